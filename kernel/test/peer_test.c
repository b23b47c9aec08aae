// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of peer.c, which includes this file. */

#include <kunit/test.h>

/* Addresses that no other test uses, from the documentation prefix */
static struct in6_addr peer_test_addr(u32 n)
{
	struct in6_addr addr = {
		.s6_addr = { 0x20, 0x01, 0x0d, 0xb8, 0x6b },
	};

	addr.s6_addr32[3] = htonl(n);
	return addr;
}

static void npv_peer_lookup__unknown(struct kunit *test)
{
	struct in6_addr addr = peer_test_addr(1);
	struct npv_peer_known known = { .srtt_us = 1 };

	KUNIT_EXPECT_EQ(test, npv_peer_lookup(&init_net, &addr, &known),
			NPV_PEER_UNKNOWN);
	KUNIT_EXPECT_EQ(test, known.srtt_us, 0);
}

static void npv_peer_note__last_verdict_counts(struct kunit *test)
{
	struct in6_addr addr = peer_test_addr(2);
	struct npv_peer_known known;

	npv_peer_note(&init_net, &addr, NPV_PEER_GOOD, 1234);
	KUNIT_EXPECT_EQ(test, npv_peer_lookup(&init_net, &addr, &known),
			NPV_PEER_GOOD);
	KUNIT_EXPECT_EQ(test, known.srtt_us, 1234);

	npv_peer_note(&init_net, &addr, NPV_PEER_BAD, 0);
	KUNIT_EXPECT_EQ(test, npv_peer_lookup(&init_net, &addr, &known),
			NPV_PEER_BAD);
	KUNIT_EXPECT_EQ(test, known.srtt_us, 0);
}

/* Let the metrics of an address be so much older, jiffies. */
static void metrics_age(struct kunit *test, const struct in6_addr *addr,
			unsigned long age)
{
	struct npv_peers *peers = &npv_pernet(&init_net)->peers;
	struct npv_peer *peer;

	spin_lock_bh(&peers->lock);
	peer = peer_find(peers, addr, 0);
	if (peer)
		peer->measured_at -= age;
	spin_unlock_bh(&peers->lock);
	KUNIT_ASSERT_NOT_NULL(test, peer);
}

static void npv_peer_note_metrics__decays(struct kunit *test)
{
	struct npv_peer_known now = {
		.srtt_us = 20000, .rttvar_us = 1000, .rate = 4000000,
		.loss_ppm = 80000,
	};
	struct in6_addr addr = peer_test_addr(4);
	struct npv_peer_known known;

	/* Not known, and not to be learnt */
	npv_peer_note_metrics(&init_net, &addr, &now, false, true);
	KUNIT_EXPECT_EQ(test, npv_peer_known(&init_net, &addr, &known),
			NPV_PEER_UNKNOWN);
	KUNIT_EXPECT_EQ(test, known.loss_ppm, 0);

	npv_peer_note_metrics(&init_net, &addr, &now, true, true);
	KUNIT_EXPECT_EQ(test, npv_peer_known(&init_net, &addr, &known),
			NPV_PEER_GOOD);
	KUNIT_EXPECT_MEMEQ(test, &known, &now, sizeof(now));

	metrics_age(test, &addr, 2 * METRICS_HALF);
	npv_peer_known(&init_net, &addr, &known);
	KUNIT_EXPECT_EQ(test, known.srtt_us, 20000);
	KUNIT_EXPECT_EQ(test, known.rttvar_us, 1000);
	KUNIT_EXPECT_EQ(test, known.rate, 1000000);
	KUNIT_EXPECT_EQ(test, known.loss_ppm, 20000);

	/* An eighth of what was, and a rate that is less than what was. */
	now = (struct npv_peer_known) {
		.srtt_us = 30000, .rttvar_us = 2000, .rate = 500000,
	};
	npv_peer_note_metrics(&init_net, &addr, &now, false, true);
	npv_peer_known(&init_net, &addr, &known);
	KUNIT_EXPECT_EQ(test, known.srtt_us, 30000);
	KUNIT_EXPECT_EQ(test, known.rate, 1000000);
	KUNIT_EXPECT_EQ(test, known.loss_ppm, 10000);

	/* A connect says nothing of that. */
	npv_peer_note(&init_net, &addr, NPV_PEER_GOOD, 1);
	npv_peer_known(&init_net, &addr, &known);
	KUNIT_EXPECT_EQ(test, known.srtt_us, 1);
	KUNIT_EXPECT_EQ(test, known.loss_ppm, 10000);

	/* One that fails takes nothing back of what is known to be bad. */
	npv_peer_note(&init_net, &addr, NPV_PEER_BAD, 0);
	now.loss_ppm = 30000;
	npv_peer_note_metrics(&init_net, &addr, &now, true, false);
	KUNIT_EXPECT_EQ(test, npv_peer_known(&init_net, &addr, &known),
			NPV_PEER_BAD);
	KUNIT_EXPECT_EQ(test, known.loss_ppm, 20000);

	metrics_age(test, &addr, 100 * METRICS_HALF);
	npv_peer_known(&init_net, &addr, &known);
	KUNIT_EXPECT_EQ(test, known.loss_ppm, 0);
	KUNIT_EXPECT_EQ(test, known.rate, 0);
}

static void npv_peer_note_metrics__failed(struct kunit *test)
{
	struct npv_peer_known now = {
		.srtt_us = 20000, .rttvar_us = 1000, .loss_ppm = 80000,
	};
	struct in6_addr addr = peer_test_addr(5);
	struct npv_peer_known known;

	npv_peer_note_metrics(&init_net, &addr, &now, true, false);
	KUNIT_EXPECT_EQ(test, npv_peer_known(&init_net, &addr, &known),
			NPV_PEER_GOOD);
	KUNIT_EXPECT_EQ(test, known.loss_ppm, 80000);
}

static void npv_peer_lookup__expires(struct kunit *test)
{
	struct npv_net *npvn = npv_pernet(&init_net);
	struct in6_addr addr = peer_test_addr(3);
	struct npv_peer *peer;
	unsigned int count;
	struct npv_peer_known known;

	npv_peer_note(&init_net, &addr, NPV_PEER_GOOD, 1);
	count = npvn->peers.count;

	spin_lock_bh(&npvn->peers.lock);
	peer = peer_find(&npvn->peers, &addr, 0);
	if (peer)
		peer->stamp -= (npvn->sysctls.history_ttl + 1) * HZ;
	spin_unlock_bh(&npvn->peers.lock);
	KUNIT_ASSERT_NOT_NULL(test, peer);

	KUNIT_EXPECT_EQ(test, npv_peer_lookup(&init_net, &addr, &known),
			NPV_PEER_UNKNOWN);
	KUNIT_EXPECT_EQ(test, npvn->peers.count, count - 1);
}

static void npv_peer_note__bounded(struct kunit *test)
{
	struct npv_net *npvn = npv_pernet(&init_net);
	struct in6_addr addr;
	struct npv_peer_known known;
	u32 i;

	for (i = 0; i < npvn->sysctls.peers_max + 100; i++) {
		addr = peer_test_addr(1000 + i);
		npv_peer_note(&init_net, &addr, NPV_PEER_GOOD, i);
	}
	KUNIT_EXPECT_EQ(test, npvn->peers.count, npvn->sysctls.peers_max);

	/* The oldest went, the newest stayed. */
	addr = peer_test_addr(1000);
	KUNIT_EXPECT_EQ(test, npv_peer_lookup(&init_net, &addr, &known),
			NPV_PEER_UNKNOWN);
	addr = peer_test_addr(1000 + npvn->sysctls.peers_max + 99);
	KUNIT_EXPECT_EQ(test, npv_peer_lookup(&init_net, &addr, &known),
			NPV_PEER_GOOD);
}

static const __be16 service = cpu_to_be16(80);

static enum npv_kind kind_of(const struct in6_addr *addr, __be16 port)
{
	return npv_peer_kind(&init_net, addr, port, NULL);
}

static void npv_peer_kind__unknown(struct kunit *test)
{
	struct in6_addr addr = peer_test_addr(20);
	u32 srtt = 1;

	KUNIT_EXPECT_EQ(test, npv_peer_kind(&init_net, &addr, service, &srtt),
			NPV_KIND_OPEN);
	KUNIT_EXPECT_EQ(test, srtt, 0);

	/* History knows the time, and nothing of the kind. */
	npv_peer_note(&init_net, &addr, NPV_PEER_GOOD, 777);
	KUNIT_EXPECT_EQ(test, npv_peer_kind(&init_net, &addr, service, &srtt),
			NPV_KIND_OPEN);
	KUNIT_EXPECT_EQ(test, srtt, 777);
}

static void npv_peer_note_kind__last_counts(struct kunit *test)
{
	struct in6_addr addr = peer_test_addr(21);
	struct npv_peer_known known;

	npv_peer_note_kind(&init_net, &addr, service, NPV_KIND_NATIVE,
			   NPV_REASON_HELLO);
	KUNIT_EXPECT_EQ(test, kind_of(&addr, service), NPV_KIND_NATIVE);
	/* another service there, and how to reach the address, are not known */
	KUNIT_EXPECT_EQ(test, kind_of(&addr, htons(81)), NPV_KIND_OPEN);
	KUNIT_EXPECT_EQ(test, npv_peer_lookup(&init_net, &addr, &known),
			NPV_PEER_UNKNOWN);

	npv_peer_note_kind(&init_net, &addr, service, NPV_KIND_PLAIN,
			   NPV_REASON_HELLO_TIMEOUT);
	KUNIT_EXPECT_EQ(test, kind_of(&addr, service), NPV_KIND_PLAIN);

	npv_peer_note_kind(&init_net, &addr, service, NPV_KIND_OPEN,
			   NPV_REASON_NONE);
	KUNIT_EXPECT_EQ(test, kind_of(&addr, service), NPV_KIND_OPEN);
}

/* Make what is known of a service older than net.npv.peer_ttl. */
static void kind_age(struct kunit *test, const struct in6_addr *addr,
		     __be16 port)
{
	struct npv_net *npvn = npv_pernet(&init_net);
	struct npv_peer *peer;

	spin_lock_bh(&npvn->kinds.lock);
	peer = peer_find(&npvn->kinds, addr, port);
	if (peer)
		peer->stamp -= (npvn->sysctls.peer_ttl + 1) * HZ;
	spin_unlock_bh(&npvn->kinds.lock);
	KUNIT_ASSERT_NOT_NULL(test, peer);
}

static void npv_peer_kind__expires(struct kunit *test)
{
	struct npv_net *npvn = npv_pernet(&init_net);
	struct in6_addr addr = peer_test_addr(22);
	unsigned int count = npvn->kinds.count;

	npv_peer_note_kind(&init_net, &addr, service, NPV_KIND_NATIVE,
			   NPV_REASON_HELLO);
	KUNIT_EXPECT_EQ(test, npvn->kinds.count, count + 1);
	kind_age(test, &addr, service);
	KUNIT_EXPECT_EQ(test, kind_of(&addr, service), NPV_KIND_OPEN);
	KUNIT_EXPECT_EQ(test, npvn->kinds.count, count);
}

static void npv_peer_note_kind__ttl_zero(struct kunit *test)
{
	struct npv_sysctls *s = &npv_pernet(&init_net)->sysctls;
	struct in6_addr addr = peer_test_addr(23);
	unsigned int ttl = s->peer_ttl;

	WRITE_ONCE(s->peer_ttl, 0);
	npv_peer_note_kind(&init_net, &addr, service, NPV_KIND_NATIVE,
			   NPV_REASON_HELLO);
	WRITE_ONCE(s->peer_ttl, ttl);
	KUNIT_EXPECT_EQ(test, kind_of(&addr, service), NPV_KIND_OPEN);
}

static void npv_peer_pin__stays(struct kunit *test)
{
	struct in6_addr addr = peer_test_addr(24);

	npv_peer_note_kind(&init_net, &addr, service, NPV_KIND_NATIVE,
			   NPV_REASON_HELLO);
	KUNIT_EXPECT_EQ(test, npv_peer_pin(&init_net, &addr, service,
					   NPV_KIND_PLAIN), 0);
	KUNIT_EXPECT_EQ(test, kind_of(&addr, service), NPV_KIND_PLAIN);

	/* neither time nor experience changes it, but the next one who sets it */
	kind_age(test, &addr, service);
	npv_peer_note_kind(&init_net, &addr, service, NPV_KIND_NATIVE,
			   NPV_REASON_HELLO);
	npv_peer_note_kind(&init_net, &addr, service, NPV_KIND_OPEN,
			   NPV_REASON_NONE);
	KUNIT_EXPECT_EQ(test, kind_of(&addr, service), NPV_KIND_PLAIN);
	KUNIT_EXPECT_EQ(test, npv_peer_pin(&init_net, &addr, service,
					   NPV_KIND_NATIVE), 0);
	KUNIT_EXPECT_EQ(test, kind_of(&addr, service), NPV_KIND_NATIVE);
}

static void npv_peer_pin__all_services(struct kunit *test)
{
	struct in6_addr addr = peer_test_addr(25);

	npv_peer_note_kind(&init_net, &addr, service, NPV_KIND_NATIVE,
			   NPV_REASON_HELLO);
	KUNIT_EXPECT_EQ(test, npv_peer_pin(&init_net, &addr, 0,
					   NPV_KIND_PLAIN), 0);
	KUNIT_EXPECT_EQ(test, npv_peer_pin(&init_net, &addr, htons(443),
					   NPV_KIND_NATIVE), 0);

	KUNIT_EXPECT_EQ(test, kind_of(&addr, service), NPV_KIND_PLAIN);
	KUNIT_EXPECT_EQ(test, kind_of(&addr, htons(81)), NPV_KIND_PLAIN);
	KUNIT_EXPECT_EQ(test, kind_of(&addr, htons(443)), NPV_KIND_NATIVE);
}

static bool datagrams_plain(const struct in6_addr *addr, __be16 port)
{
	return npv_peer_datagrams_plain(&init_net, addr, port);
}

static void npv_peer_datagrams__learnt(struct kunit *test)
{
	struct in6_addr addr = peer_test_addr(27);

	KUNIT_EXPECT_FALSE(test, datagrams_plain(&addr, service));
	npv_peer_note_datagrams(&init_net, &addr, service);
	KUNIT_EXPECT_TRUE(test, datagrams_plain(&addr, service));
	KUNIT_EXPECT_FALSE(test, datagrams_plain(&addr, htons(81)));
	KUNIT_EXPECT_EQ(test, kind_of(&addr, service), NPV_KIND_OPEN);
	KUNIT_EXPECT_TRUE(test, npv_peer_forget(&init_net, &addr, service));
	KUNIT_EXPECT_FALSE(test, datagrams_plain(&addr, service));

	/* who sets it otherwise wants it to be asked */
	npv_peer_note_datagrams(&init_net, &addr, service);
	KUNIT_EXPECT_EQ(test, npv_peer_pin(&init_net, &addr, service,
					   NPV_KIND_NATIVE), 0);
	KUNIT_EXPECT_FALSE(test, datagrams_plain(&addr, service));
	npv_peer_note_datagrams(&init_net, &addr, service);
	KUNIT_EXPECT_TRUE(test, datagrams_plain(&addr, service));
}

static void npv_peer_datagrams__set(struct kunit *test)
{
	struct npv_net *npvn = npv_pernet(&init_net);
	struct in6_addr addr = peer_test_addr(28);

	KUNIT_EXPECT_EQ(test, npv_peer_pin(&init_net, &addr, 0, NPV_KIND_PLAIN), 0);
	KUNIT_EXPECT_TRUE(test, datagrams_plain(&addr, service));
	/* from then on it is found at the first look */
	KUNIT_EXPECT_NOT_NULL(test, peer_find(&npvn->datagrams, &addr, service));
	KUNIT_EXPECT_TRUE(test, datagrams_plain(&addr, service));

	/* and isn't any more when it is set otherwise */
	KUNIT_EXPECT_EQ(test, npv_peer_pin(&init_net, &addr, service,
					   NPV_KIND_NATIVE), 0);
	KUNIT_EXPECT_FALSE(test, datagrams_plain(&addr, service));
	KUNIT_EXPECT_TRUE(test, datagrams_plain(&addr, htons(81)));
	KUNIT_EXPECT_TRUE(test, npv_peer_forget(&init_net, &addr, service));
	KUNIT_EXPECT_TRUE(test, datagrams_plain(&addr, service));
	KUNIT_EXPECT_TRUE(test, npv_peer_forget(&init_net, &addr, 0));
	KUNIT_EXPECT_FALSE(test, datagrams_plain(&addr, service));
	KUNIT_EXPECT_FALSE(test, datagrams_plain(&addr, htons(81)));
}

static void npv_peer_note_kind__bounded(struct kunit *test)
{
	struct npv_net *npvn = npv_pernet(&init_net);
	u64 evicted = npv_mib_read(&init_net, NPV_A_STATS_PEER_EVICT);
	struct in6_addr addr, pinned = peer_test_addr(26);
	u32 i;

	KUNIT_EXPECT_EQ(test, npv_peer_pin(&init_net, &pinned, service,
					   NPV_KIND_NATIVE), 0);
	for (i = 0; i < npvn->sysctls.peers_max + 100; i++) {
		addr = peer_test_addr(1000 + i);
		npv_peer_note_kind(&init_net, &addr, service, NPV_KIND_PLAIN,
				   NPV_REASON_HELLO_TIMEOUT);
	}
	KUNIT_EXPECT_EQ(test, npvn->kinds.count, npvn->sysctls.peers_max);
	KUNIT_EXPECT_GE(test, npv_mib_read(&init_net, NPV_A_STATS_PEER_EVICT),
			evicted + 100);

	addr = peer_test_addr(1000);
	KUNIT_EXPECT_EQ(test, kind_of(&addr, service), NPV_KIND_OPEN);
	addr = peer_test_addr(1000 + npvn->sysctls.peers_max + 99);
	KUNIT_EXPECT_EQ(test, kind_of(&addr, service), NPV_KIND_PLAIN);
	KUNIT_EXPECT_EQ(test, kind_of(&pinned, service), NPV_KIND_NATIVE);
}

static void npv_peer_note_kind__many(struct kunit *test)
{
	struct npv_net *npvn = npv_pernet(&init_net);
	unsigned int max = npvn->sysctls.peers_max;
	struct in6_addr addr;
	u32 i, found = 0;

	npv_peer_flush(&init_net, true);
	npvn->sysctls.peers_max = 10000;
	for (i = 0; i < 10000; i++) {
		addr = peer_test_addr(1000 + i);
		npv_peer_note_kind(&init_net, &addr, service, NPV_KIND_PLAIN,
				   NPV_REASON_HELLO_TIMEOUT);
	}
	KUNIT_EXPECT_EQ(test, npvn->kinds.count, 10000);
	for (i = 0; i < 10000; i++) {
		addr = peer_test_addr(1000 + i);
		found += kind_of(&addr, service) == NPV_KIND_PLAIN;
	}
	KUNIT_EXPECT_EQ(test, found, 10000);
	/* There are few to a bucket. */
	KUNIT_EXPECT_GE(test, 2U << npvn->kinds.bits, 10000);

	/* With fewer from now on the newest stay; not all others go at once. */
	npvn->sysctls.peers_max = 10;
	for (i = 0; i < 9990 / (EVICT_MAX - 1) + 1; i++) {
		KUNIT_EXPECT_GE(test, npvn->kinds.count, 10000 - i * (EVICT_MAX - 1));
		addr = peer_test_addr(20000 + i);
		npv_peer_note_kind(&init_net, &addr, service, NPV_KIND_PLAIN,
				   NPV_REASON_HELLO_TIMEOUT);
	}
	KUNIT_EXPECT_EQ(test, npvn->kinds.count, 10);
	KUNIT_EXPECT_EQ(test, kind_of(&addr, service), NPV_KIND_PLAIN);
	addr = peer_test_addr(20000 + i - 10);
	KUNIT_EXPECT_EQ(test, kind_of(&addr, service), NPV_KIND_PLAIN);
	addr = peer_test_addr(20000 + i - 11);
	KUNIT_EXPECT_EQ(test, kind_of(&addr, service), NPV_KIND_OPEN);
	npvn->sysctls.peers_max = max;
}

static void npv_peer_pin__bounded(struct kunit *test)
{
	struct npv_net *npvn = npv_pernet(&init_net);
	struct in6_addr addr;
	int err = 0;
	u32 i;

	for (i = 0; !err && i <= npvn->sysctls.peers_max; i++) {
		addr = peer_test_addr(100000 + i);
		err = npv_peer_pin(&init_net, &addr, service, NPV_KIND_PLAIN);
	}
	KUNIT_EXPECT_EQ(test, err, -ENOSPC);
	KUNIT_EXPECT_EQ(test, npvn->kinds.n_pinned, npvn->sysctls.peers_max);

	/* What is there already can be set anew. */
	addr = peer_test_addr(100000);
	KUNIT_EXPECT_EQ(test, npv_peer_pin(&init_net, &addr, service,
					   NPV_KIND_NATIVE), 0);
	KUNIT_EXPECT_EQ(test, kind_of(&addr, service), NPV_KIND_NATIVE);
}

struct walk {
	unsigned int refuse;	/* every so manieth */
	unsigned int calls;
	unsigned int services;
	unsigned int addresses;
	struct npv_peer_info last;
};

static int walk_tell(const struct npv_peer_info *info, void *data)
{
	struct walk *walk = data;

	if (walk->refuse && ++walk->calls % walk->refuse == 0)
		return -EMSGSIZE;
	if (info->kind != NPV_KIND_OPEN)
		walk->services++;
	if (info->verdict != NPV_PEER_UNKNOWN)
		walk->addresses++;
	walk->last = *info;

	return 0;
}

static void walk_all(struct walk *walk)
{
	struct npv_peer_pos pos = {};

	while (npv_peer_walk(&init_net, &pos, walk_tell, walk))
		;
}

static void npv_peer_walk__what_is_told(struct kunit *test)
{
	struct in6_addr addr = peer_test_addr(30);
	struct walk walk = {};

	npv_peer_flush(&init_net, true);
	walk_all(&walk);
	KUNIT_EXPECT_EQ(test, walk.services + walk.addresses, 0);

	npv_peer_note_kind(&init_net, &addr, service, NPV_KIND_PLAIN,
			   NPV_REASON_NPV_PORT_REFUSED);
	walk_all(&walk);
	KUNIT_EXPECT_EQ(test, walk.services, 1);
	KUNIT_EXPECT_MEMEQ(test, &walk.last.addr, &addr, sizeof(addr));
	KUNIT_EXPECT_TRUE(test, walk.last.port == service);
	KUNIT_EXPECT_EQ(test, walk.last.kind, NPV_KIND_PLAIN);
	KUNIT_EXPECT_EQ(test, walk.last.reason, NPV_REASON_NPV_PORT_REFUSED);
	KUNIT_EXPECT_FALSE(test, walk.last.pinned);
	KUNIT_EXPECT_GT(test, walk.last.left_ms, 500 * 1000);
	KUNIT_EXPECT_LE(test, walk.last.left_ms, 600 * 1000);

	kind_age(test, &addr, service);
	npv_peer_note(&init_net, &addr, NPV_PEER_GOOD, 1234);
	walk = (struct walk) {};
	walk_all(&walk);
	KUNIT_EXPECT_EQ(test, walk.services, 0);
	KUNIT_EXPECT_EQ(test, walk.addresses, 1);
	KUNIT_EXPECT_EQ(test, walk.last.verdict, NPV_PEER_GOOD);
	KUNIT_EXPECT_EQ(test, walk.last.known.srtt_us, 1234);
}

static void npv_peer_walk__goes_on(struct kunit *test)
{
	struct walk walk = { .refuse = 3 };
	struct in6_addr addr;
	u32 i;

	npv_peer_flush(&init_net, true);
	for (i = 0; i < 700; i++) {
		addr = peer_test_addr(2000 + i);
		npv_peer_note_kind(&init_net, &addr, service, NPV_KIND_PLAIN,
				   NPV_REASON_HELLO_TIMEOUT);
		if (i < 500)
			npv_peer_note(&init_net, &addr, NPV_PEER_BAD, 0);
	}
	walk_all(&walk);
	KUNIT_EXPECT_EQ(test, walk.services, 700);
	KUNIT_EXPECT_EQ(test, walk.addresses, 500);
}

static void npv_peer_forget__service_and_address(struct kunit *test)
{
	struct in6_addr addr = peer_test_addr(31), other = peer_test_addr(32);
	unsigned int generation;
	struct npv_peer_known known;

	npv_peer_note(&init_net, &addr, NPV_PEER_GOOD, 1);
	npv_peer_note_kind(&init_net, &other, service, NPV_KIND_NATIVE,
			   NPV_REASON_HELLO);
	npv_peer_note_kind(&init_net, &addr, service, NPV_KIND_NATIVE,
			   NPV_REASON_HELLO);
	npv_peer_pin(&init_net, &addr, htons(443), NPV_KIND_NATIVE);
	npv_peer_pin(&init_net, &addr, 0, NPV_KIND_PLAIN);

	generation = npv_peer_generation(&init_net);
	KUNIT_EXPECT_TRUE(test, npv_peer_forget(&init_net, &addr, htons(443)));
	KUNIT_EXPECT_FALSE(test, npv_peer_forget(&init_net, &addr, htons(443)));
	KUNIT_EXPECT_NE(test, npv_peer_generation(&init_net), generation);
	KUNIT_EXPECT_EQ(test, kind_of(&addr, htons(443)), NPV_KIND_PLAIN);

	KUNIT_EXPECT_TRUE(test, npv_peer_forget(&init_net, &addr, 0));
	KUNIT_EXPECT_FALSE(test, npv_peer_forget(&init_net, &addr, 0));
	KUNIT_EXPECT_EQ(test, kind_of(&addr, service), NPV_KIND_OPEN);
	KUNIT_EXPECT_EQ(test, npv_peer_lookup(&init_net, &addr, &known),
			NPV_PEER_UNKNOWN);
	KUNIT_EXPECT_EQ(test, kind_of(&other, service), NPV_KIND_NATIVE);
}

static void npv_peer_flush__keeps_what_was_set(struct kunit *test)
{
	struct in6_addr addr = peer_test_addr(33), pinned = peer_test_addr(34);
	struct npv_net *npvn = npv_pernet(&init_net);
	struct npv_peer_known known;

	npv_peer_note(&init_net, &addr, NPV_PEER_GOOD, 1);
	npv_peer_note_kind(&init_net, &addr, service, NPV_KIND_NATIVE,
			   NPV_REASON_HELLO);
	npv_peer_pin(&init_net, &pinned, service, NPV_KIND_NATIVE);

	npv_peer_flush(&init_net, false);
	KUNIT_EXPECT_EQ(test, kind_of(&addr, service), NPV_KIND_OPEN);
	KUNIT_EXPECT_EQ(test, npv_peer_lookup(&init_net, &addr, &known),
			NPV_PEER_UNKNOWN);
	KUNIT_EXPECT_EQ(test, kind_of(&pinned, service), NPV_KIND_NATIVE);

	npv_peer_flush(&init_net, true);
	KUNIT_EXPECT_EQ(test, kind_of(&pinned, service), NPV_KIND_OPEN);
	KUNIT_EXPECT_EQ(test, npvn->kinds.n_pinned + npvn->kinds.count, 0);
}

/* Leave nothing behind for those who measure from here on. */
static void peer_suite_exit(struct kunit_suite *suite)
{
	npv_peers_exit(&npv_pernet(&init_net)->kinds);
	npv_peers_exit(&npv_pernet(&init_net)->peers);
	/* The namespace goes on, and ends with those that it has. */
	WARN_ON(npv_peers_init(&npv_pernet(&init_net)->kinds) ||
		npv_peers_init(&npv_pernet(&init_net)->peers));
}

static struct kunit_case peer_cases[] = {
	KUNIT_CASE(npv_peer_lookup__unknown),
	KUNIT_CASE(npv_peer_note__last_verdict_counts),
	KUNIT_CASE(npv_peer_note_metrics__decays),
	KUNIT_CASE(npv_peer_note_metrics__failed),
	KUNIT_CASE(npv_peer_lookup__expires),
	KUNIT_CASE(npv_peer_note__bounded),
	KUNIT_CASE(npv_peer_kind__unknown),
	KUNIT_CASE(npv_peer_note_kind__last_counts),
	KUNIT_CASE(npv_peer_kind__expires),
	KUNIT_CASE(npv_peer_note_kind__ttl_zero),
	KUNIT_CASE(npv_peer_pin__stays),
	KUNIT_CASE(npv_peer_pin__all_services),
	KUNIT_CASE(npv_peer_datagrams__learnt),
	KUNIT_CASE(npv_peer_datagrams__set),
	KUNIT_CASE(npv_peer_note_kind__bounded),
	KUNIT_CASE(npv_peer_note_kind__many),
	KUNIT_CASE(npv_peer_pin__bounded),
	KUNIT_CASE(npv_peer_walk__what_is_told),
	KUNIT_CASE(npv_peer_walk__goes_on),
	KUNIT_CASE(npv_peer_forget__service_and_address),
	KUNIT_CASE(npv_peer_flush__keeps_what_was_set),
	{}
};

static struct kunit_suite peer_suite = {
	.name = "npv_peer",
	.test_cases = peer_cases,
	.suite_exit = peer_suite_exit,
};

kunit_test_suite(peer_suite);
