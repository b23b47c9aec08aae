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
	u32 srtt = 1;

	KUNIT_EXPECT_EQ(test, npv_peer_lookup(&init_net, &addr, &srtt),
			NPV_PEER_UNKNOWN);
	KUNIT_EXPECT_EQ(test, srtt, 0);
}

static void npv_peer_note__last_verdict_counts(struct kunit *test)
{
	struct in6_addr addr = peer_test_addr(2);
	u32 srtt;

	npv_peer_note(&init_net, &addr, NPV_PEER_GOOD, 1234);
	KUNIT_EXPECT_EQ(test, npv_peer_lookup(&init_net, &addr, &srtt),
			NPV_PEER_GOOD);
	KUNIT_EXPECT_EQ(test, srtt, 1234);

	npv_peer_note(&init_net, &addr, NPV_PEER_BAD, 0);
	KUNIT_EXPECT_EQ(test, npv_peer_lookup(&init_net, &addr, &srtt),
			NPV_PEER_BAD);
	KUNIT_EXPECT_EQ(test, srtt, 0);
}

static void npv_peer_lookup__expires(struct kunit *test)
{
	struct npv_net *npvn = npv_pernet(&init_net);
	struct in6_addr addr = peer_test_addr(3);
	struct npv_peer *peer;
	unsigned int count;
	u32 srtt;

	npv_peer_note(&init_net, &addr, NPV_PEER_GOOD, 1);
	count = npvn->peers.count;

	spin_lock_bh(&npvn->peers.lock);
	peer = peer_find(&npvn->peers, &addr);
	if (peer)
		peer->stamp -= (npvn->sysctls.history_ttl + 1) * HZ;
	spin_unlock_bh(&npvn->peers.lock);
	KUNIT_ASSERT_NOT_NULL(test, peer);

	KUNIT_EXPECT_EQ(test, npv_peer_lookup(&init_net, &addr, &srtt),
			NPV_PEER_UNKNOWN);
	KUNIT_EXPECT_EQ(test, npvn->peers.count, count - 1);
}

static void npv_peer_note__bounded(struct kunit *test)
{
	struct npv_net *npvn = npv_pernet(&init_net);
	struct in6_addr addr;
	u32 i, srtt;

	for (i = 0; i < NPV_PEER_MAX + 100; i++) {
		addr = peer_test_addr(1000 + i);
		npv_peer_note(&init_net, &addr, NPV_PEER_GOOD, i);
	}
	KUNIT_EXPECT_EQ(test, npvn->peers.count, NPV_PEER_MAX);

	/* The oldest went, the newest stayed. */
	addr = peer_test_addr(1000);
	KUNIT_EXPECT_EQ(test, npv_peer_lookup(&init_net, &addr, &srtt),
			NPV_PEER_UNKNOWN);
	addr = peer_test_addr(1000 + NPV_PEER_MAX + 99);
	KUNIT_EXPECT_EQ(test, npv_peer_lookup(&init_net, &addr, &srtt),
			NPV_PEER_GOOD);
}

/* Leave nothing behind for those who measure from here on. */
static void peer_suite_exit(struct kunit_suite *suite)
{
	npv_peers_exit(&npv_pernet(&init_net)->peers);
}

static struct kunit_case peer_cases[] = {
	KUNIT_CASE(npv_peer_lookup__unknown),
	KUNIT_CASE(npv_peer_note__last_verdict_counts),
	KUNIT_CASE(npv_peer_lookup__expires),
	KUNIT_CASE(npv_peer_note__bounded),
	{}
};

static struct kunit_suite peer_suite = {
	.name = "npv_peer",
	.test_cases = peer_cases,
	.suite_exit = peer_suite_exit,
};

kunit_test_suite(peer_suite);
