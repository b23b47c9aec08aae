// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of plan.c, which includes this file. */

#include <kunit/test.h>

#define TCP	NPV_TRANSPORT_TCP
#define UDP	NPV_TRANSPORT_UDP
#define MS	1000U

/* --- a host, a peer, and what there is between them --- */

#define FACTS_MAX	64

struct known {
	unsigned int endpoint;
	unsigned int remote;
	u8 transport;
	struct npv_plan_fact fact;
};

static struct {
	u64 mem[(sizeof(struct npv_endpoints) +
		 NPV_ENDPOINTS_MAX * sizeof(struct npv_endpoint)) / 8 + 1];
	struct npv_endpoints *eps;
	struct npv_plan_remote remote[NPV_PLAN_REMOTES_MAX];
	struct known known[FACTS_MAX];
	unsigned int n_known;
	u32 unrouted[NPV_ENDPOINTS_MAX];	/* bits of remote addresses */
	unsigned int routes_asked;
	u32 next_id;
	struct npv_properties want;
	struct npv_plan_input in;
	char line[4096];
} world;

static struct npv_plan plan, plan_again;

static struct known *known_find(unsigned int endpoint, unsigned int remote, u8 transport)
{
	unsigned int i;

	for (i = 0; i < world.n_known; i++)
		if (world.known[i].endpoint == endpoint &&
		    world.known[i].remote == remote &&
		    world.known[i].transport == transport)
			return &world.known[i];
	return NULL;
}

static void world_fact(void *ctx, unsigned int endpoint, unsigned int remote,
		       u8 transport, struct npv_plan_fact *fact)
{
	struct known *k = known_find(endpoint, remote, transport);

	if (k)
		*fact = k->fact;
}

static bool world_routed(void *ctx, unsigned int endpoint, unsigned int remote)
{
	world.routes_asked++;
	return !(world.unrouted[endpoint] & BIT(remote));
}

static void world_begin(void)
{
	memset(&world, 0, sizeof(world));
	world.eps = (struct npv_endpoints *)world.mem;
	world.in.want = &world.want;
	world.in.eps = world.eps;
	world.in.remote = world.remote;
	world.in.stacks_max = 4;
	world.in.fact = world_fact;
	world.in.routed = world_routed;
}

/* An address of an interface: '4', '6', or 't' for a temporary one of IPv6 */
static struct npv_endpoint *local(const char *ifname, char kind)
{
	struct npv_endpoints *eps = world.eps;
	struct npv_endpoint *ep;
	unsigned int i;

	eps->n++;
	ep = &eps->endpoint[eps->n - 1];
	ep->ifindex = 100 + (int)eps->n;
	for (i = 0; i < eps->n - 1; i++)
		if (!strcmp(eps->endpoint[i].ifname, ifname))
			ep->ifindex = eps->endpoint[i].ifindex;
	strscpy(ep->ifname, ifname, IFNAMSIZ);
	ep->id = 1000 + eps->n;
	ep->up = true;
	ep->temporary = kind == 't';
	if (kind == '4')
		ep->addr.s6_addr32[2] = htonl(0xffff);
	else
		ep->addr.s6_addr32[0] = htonl(0x20010db8);
	ep->addr.s6_addr32[3] = htonl(0x0a000000 + eps->n);
	return ep;
}

/* An address of the peer, which the tests call a, b, c, … */
static struct npv_plan_remote *peer(char kind)
{
	struct npv_plan_remote *r = &world.remote[world.in.n_remotes++];

	if (kind == '4')
		r->addr.s6_addr32[2] = htonl(0xffff);
	else
		r->addr.s6_addr32[0] = htonl(0x20010db8);
	r->addr.s6_addr32[3] = htonl(0x0a010000 + world.in.n_remotes);
	return r;
}

static struct npv_plan_fact *fact(unsigned int endpoint, unsigned int remote,
				  u8 transport)
{
	struct known *k = known_find(endpoint, remote, transport);

	if (!k) {
		k = &world.known[world.n_known++];
		memset(k, 0, sizeof(*k));
		k->endpoint = endpoint;
		k->remote = remote;
		k->transport = transport;
		k->fact.id = U32_MAX;
	}
	return &k->fact;
}

/* There is a stack, the youngest */
static struct npv_plan_fact *stack(unsigned int endpoint, unsigned int remote,
				   u8 transport)
{
	struct npv_plan_fact *f = fact(endpoint, remote, transport);

	f->state = NPV_PLAN_HAS;
	f->id = world.next_id++;
	return f;
}

/* Stacks become what the plan says. Return: whether anything had to be done. */
static bool carry_out(void)
{
	unsigned int i, kept = 0;
	bool done = false;

	for (i = 0; i < plan.n_chosen; i++) {
		struct npv_plan_entry *e = &plan.entry[i];
		struct npv_plan_fact *f = fact(e->endpoint, e->remote, e->transport);

		if (f->state & NPV_PLAN_HAS)
			continue;
		done = true;
		f->state = NPV_PLAN_HAS;
		f->srtt_us = 0;
		f->id = world.next_id++;
	}
	for (i = plan.n_chosen + plan.n_kept; i < plan.n; i++) {
		struct npv_plan_entry *e = &plan.entry[i];
		struct npv_plan_fact *f;

		if (e->stack == U32_MAX)
			continue;
		f = fact(e->endpoint, e->remote, e->transport);
		if (f->state & NPV_PLAN_HAS) {
			f->state = 0;
			done = true;
			/* as the peer cache does */
			if (f->srtt_us)
				world.remote[e->remote].srtt_us = f->srtt_us;
		}
	}
	for (i = 0; i < world.n_known; i++)
		if (world.known[i].fact.state)
			world.known[kept++] = world.known[i];
	world.n_known = kept;

	return done;
}

/*
 * Make the plan. Return: what it uses, in its order: "eth0.4>a:tcp", in parentheses
 * what is a backup, with a + what is kept beside.
 */
static const char *planned(void)
{
	char *to = world.line;
	size_t room = sizeof(world.line);
	unsigned int i;

	npv_plan_make(&plan, &world.in);
	*to = 0;
	for (i = 0; i < plan.n_chosen + plan.n_kept; i++) {
		const struct npv_plan_entry *e = &plan.entry[i];
		const struct npv_endpoint *ep = &world.eps->endpoint[e->endpoint];
		bool backup = e->role == NPV_ROLE_BACKUP;
		int len;

		len = snprintf(to, room, "%s%s%s%s.%c>%c:%s%s", i ? " " : "",
			       i < plan.n_chosen ? "" : "+", backup ? "(" : "",
			       ep->ifname,
			       is_v4(ep) ? '4' : ep->temporary ? 't' : '6',
			       'a' + e->remote, e->transport == TCP ? "tcp" : "udp",
			       backup ? ")" : "");
		to += len;
		room -= (size_t)len;
	}
	return world.line;
}

/* Why a candidate is what it is, -1 if the plan doesn't tell of it */
static int why(unsigned int endpoint, unsigned int remote, u8 transport)
{
	unsigned int i;

	for (i = 0; i < plan.n; i++)
		if (plan.entry[i].endpoint == endpoint &&
		    plan.entry[i].remote == remote &&
		    plan.entry[i].transport == transport)
			return plan.entry[i].reason;
	return -1;
}

#define EXPECT_PLAN(test, text)		KUNIT_EXPECT_STREQ(test, planned(), text)
#define EXPECT_WHY(test, endpoint, remote, transport, name)		\
	KUNIT_EXPECT_EQ(test, why(endpoint, remote, transport),		\
			NPV_PLAN_REASON_##name)

/* --- stories --- */

/* Nobody says anything: as many as the namespace has, different paths first. */
static void npv_plan__default(struct kunit *test)
{
	world_begin();
	local("eth0", '4');
	local("eth0", '6');
	local("eth1", '4');
	peer('4');
	peer('6');
	peer('4');
	stack(0, 0, TCP);
	/* another interface, then addresses that aren't used, then one that is */
	EXPECT_PLAN(test, "eth0.4>a:tcp eth1.4>c:tcp eth0.6>b:tcp eth0.4>c:tcp");
	KUNIT_EXPECT_EQ(test, plan.wanted, 4);
	KUNIT_EXPECT_EQ(test, plan.n_usable, 5);
	EXPECT_WHY(test, 2, 0, TCP, ENOUGH);
	/* the other transport, and the other family, are not worth a word */
	KUNIT_EXPECT_EQ(test, why(0, 0, UDP), -1);
	KUNIT_EXPECT_EQ(test, why(0, 1, TCP), -1);
	world.in.explain = true;
	EXPECT_PLAN(test, "eth0.4>a:tcp eth1.4>c:tcp eth0.6>b:tcp eth0.4>c:tcp");
	EXPECT_WHY(test, 0, 0, UDP, SAME_PAIR);
	EXPECT_WHY(test, 0, 1, TCP, FAMILY);
	KUNIT_EXPECT_EQ(test, plan.n, 3 * 3 * 2);
	world.in.explain = false;

	world.in.want = NULL;
	EXPECT_PLAN(test, "eth0.4>a:tcp eth1.4>c:tcp eth0.6>b:tcp eth0.4>c:tcp");
	world.in.stacks_max = 1;
	EXPECT_PLAN(test, "eth0.4>a:tcp");
	/* one address on both sides: one stack, and no more */
	world.in.stacks_max = 8;
	world.in.n_remotes = 1;
	world.eps->n = 1;
	EXPECT_PLAN(test, "eth0.4>a:tcp");
	world.in.prefer_udp = true;
	EXPECT_PLAN(test, "eth0.4>a:tcp");
	world.n_known = 0;
	EXPECT_PLAN(test, "eth0.4>a:udp");
	world.in.no_udp = true;
	EXPECT_PLAN(test, "eth0.4>a:tcp");
	/* none at all */
	world.in.n_remotes = 0;
	EXPECT_PLAN(test, "");
	KUNIT_EXPECT_EQ(test, plan.n, 0);
}

/* What works isn't given up for another address, but for another interface. */
static void npv_plan__working(struct kunit *test)
{
	world_begin();
	world.in.stacks_max = 2;
	local("eth0", '4');
	local("eth1", '4');
	peer('4');
	peer('4');
	stack(1, 1, TCP);
	stack(0, 1, TCP);
	EXPECT_PLAN(test, "eth1.4>b:tcp eth0.4>b:tcp");
	KUNIT_EXPECT_FALSE(test, carry_out());
	local("eth2", '4');
	EXPECT_PLAN(test, "eth1.4>b:tcp eth0.4>b:tcp");

	world_begin();
	world.in.stacks_max = 2;
	local("eth0", '4');
	peer('4');
	peer('4');
	stack(0, 0, TCP);
	stack(0, 1, TCP);
	EXPECT_PLAN(test, "eth0.4>a:tcp eth0.4>b:tcp");
	/* the younger one of those that share an interface makes room */
	local("eth1", '4');
	EXPECT_PLAN(test, "eth0.4>a:tcp eth1.4>b:tcp");
	EXPECT_WHY(test, 0, 1, TCP, ENOUGH);
	KUNIT_EXPECT_TRUE(test, carry_out());
	EXPECT_PLAN(test, "eth0.4>a:tcp eth1.4>b:tcp");
	KUNIT_EXPECT_FALSE(test, carry_out());
}

/* Wi-Fi and metered LTE, for somebody who waits: LTE only where nothing else is */
static void npv_plan__laptop(struct kunit *test)
{
	struct npv_endpoint *wifi, *lte;

	world_begin();
	world.want.says = NPV_SAYS_POLICY;
	world.want.policy = NPV_MULTIPATH_POLICY_INTERACTIVE;
	world.want.metered = NPV_PREFERENCE_AVOID;
	lte = local("wwan0", '4');
	lte->set.metered = true;
	wifi = local("wlan0", '4');
	peer('4')->srtt_us = 20 * MS;
	EXPECT_PLAN(test, "wlan0.4>a:tcp (wwan0.4>a:tcp)");
	carry_out();
	/* the train leaves the station */
	wifi->up = false;
	EXPECT_PLAN(test, "wwan0.4>a:tcp");
	EXPECT_WHY(test, 1, 0, TCP, LINK_DOWN);
	carry_out();
	/* the next one: LTE stays where it is, behind it */
	wifi->up = true;
	EXPECT_PLAN(test, "wlan0.4>a:tcp (wwan0.4>a:tcp)");
	carry_out();
	EXPECT_PLAN(test, "wlan0.4>a:tcp (wwan0.4>a:tcp)");
	/* Wi-Fi is slow, but paid for already */
	fact(1, 0, TCP)->srtt_us = 300 * MS;
	fact(0, 0, TCP)->srtt_us = 30 * MS;
	EXPECT_PLAN(test, "wlan0.4>a:tcp (wwan0.4>a:tcp)");
	/* a place for one only */
	world.in.stacks_max = 1;
	EXPECT_PLAN(test, "wlan0.4>a:tcp");

	/* LTE isn't metered, and only one is wanted: who has it keeps it */
	world.want.metered = NPV_PREFERENCE_NONE;
	carry_out();
	wifi->up = false;
	EXPECT_PLAN(test, "wwan0.4>a:tcp");
	carry_out();
	fact(0, 0, TCP)->srtt_us = 50 * MS;
	wifi->up = true;
	EXPECT_PLAN(test, "wwan0.4>a:tcp");
	/* ... until the other is clearly better: more than by a factor of two */
	fact(1, 0, TCP)->srtt_us = 17 * MS;
	EXPECT_PLAN(test, "wwan0.4>a:tcp");
	fact(1, 0, TCP)->srtt_us = 16 * MS;
	EXPECT_PLAN(test, "wlan0.4>a:tcp");
	carry_out();
	fact(1, 0, TCP)->srtt_us = 32 * MS;
	fact(0, 0, TCP)->srtt_us = 17 * MS;
	EXPECT_PLAN(test, "wlan0.4>a:tcp");
}

/* What isn't known yet gets its chance, but nothing has to go for it. */
static void npv_plan__unknown(struct kunit *test)
{
	world_begin();
	world.want.says = NPV_SAYS_POLICY | NPV_SAYS_STACKS;
	world.want.policy = NPV_MULTIPATH_POLICY_INTERACTIVE;
	world.want.stacks = 2;
	local("eth0", '4');
	peer('4')->srtt_us = 10 * MS;
	peer('4')->srtt_us = 100 * MS;
	peer('4');
	EXPECT_PLAN(test, "eth0.4>a:tcp eth0.4>c:tcp");
	stack(0, 0, TCP)->srtt_us = 10 * MS;
	stack(0, 1, TCP)->srtt_us = 100 * MS;
	EXPECT_PLAN(test, "eth0.4>a:tcp eth0.4>b:tcp");
	/* one that is known to be less than half as far is worth it */
	world.remote[2].srtt_us = 20 * MS;
	EXPECT_PLAN(test, "eth0.4>a:tcp eth0.4>c:tcp");
	/* while a joins, what was known of it goes on to count */
	world.n_known = 0;
	world.want.stacks = 1;
	world.remote[2].srtt_us = 11 * MS;
	EXPECT_PLAN(test, "eth0.4>a:tcp");
	carry_out();
	EXPECT_PLAN(test, "eth0.4>a:tcp");
	/* that it is one round trip by one way says nothing of another */
	fact(0, 0, TCP)->srtt_us = 90 * MS;
	world.in.n_remotes = 1;
	local("eth1", '4');
	EXPECT_PLAN(test, "eth0.4>a:tcp");
}

/* Two uplinks of IPv6 and one of IPv4: all of them, the fastest first */
static void npv_plan__server(struct kunit *test)
{
	world_begin();
	world.want.says = NPV_SAYS_POLICY;
	world.want.policy = NPV_MULTIPATH_POLICY_AGGREGATE;
	local("up0", '6')->link_speed = 1000;
	local("up1", '6')->link_speed = 10000;
	local("up2", '4')->link_speed = 2500;
	local("up3", '4');
	peer('6');
	peer('4');
	EXPECT_PLAN(test, "up1.6>a:tcp up2.4>b:tcp up0.6>a:tcp up3.4>b:tcp");
	/* what is paid for by what it costs goes before how fast it is */
	world.eps->endpoint[1].set.cost = 10;
	world.in.stacks_max = 3;
	EXPECT_PLAN(test, "up2.4>b:tcp up0.6>a:tcp up3.4>b:tcp");
	/* no IPv4 */
	world.want.network[0] = NPV_PREFERENCE_PROHIBIT;
	world.in.explain = true;
	EXPECT_PLAN(test, "up0.6>a:tcp up1.6>a:tcp");
	EXPECT_WHY(test, 2, 1, TCP, NETWORK);
	EXPECT_WHY(test, 2, 0, TCP, FAMILY);
	/* the same, said otherwise */
	world.want.network[0] = NPV_PREFERENCE_NONE;
	world.want.network[1] = NPV_PREFERENCE_REQUIRE;
	EXPECT_PLAN(test, "up0.6>a:tcp up1.6>a:tcp");
	EXPECT_WHY(test, 2, 1, TCP, NETWORK);
	world.want.network[1] = NPV_PREFERENCE_AVOID;
	EXPECT_PLAN(test, "up2.4>b:tcp up3.4>b:tcp up0.6>a:tcp");
	/* each by a whole factor of two, as long as they don't have a stack */
	world.want.network[1] = NPV_PREFERENCE_NONE;
	world.eps->endpoint[1].set.cost = 0;
	stack(2, 1, TCP);
	world.in.stacks_max = 1;
	EXPECT_PLAN(test, "up1.6>a:tcp");
	world.eps->endpoint[1].link_speed = 5000;
	EXPECT_PLAN(test, "up2.4>b:tcp");
}

/* One carries data, the others wait: the oldest, until it fails. */
static void npv_plan__handover(struct kunit *test)
{
	world_begin();
	world.want.says = NPV_SAYS_POLICY;
	world.want.policy = NPV_MULTIPATH_POLICY_HANDOVER;
	local("eth0", '4');
	local("eth1", '4');
	peer('4');
	EXPECT_PLAN(test, "eth0.4>a:tcp (eth1.4>a:tcp)");
	carry_out();
	EXPECT_PLAN(test, "eth0.4>a:tcp (eth1.4>a:tcp)");
	world.eps->endpoint[0].up = false;
	EXPECT_PLAN(test, "eth1.4>a:tcp");
	carry_out();
	world.eps->endpoint[0].up = true;
	EXPECT_PLAN(test, "eth1.4>a:tcp (eth0.4>a:tcp)");
	carry_out();
	EXPECT_PLAN(test, "eth1.4>a:tcp (eth0.4>a:tcp)");
	KUNIT_EXPECT_STREQ(test, npv_plan_scheduler(&world.want), "backup");

	world.want.says |= NPV_SAYS_MULTIPATH;
	world.want.multipath = NPV_MULTIPATH_DISABLED;
	EXPECT_PLAN(test, "eth1.4>a:tcp");
	world.want.multipath = NPV_MULTIPATH_PASSIVE;
	EXPECT_PLAN(test, "eth1.4>a:tcp");
	world.want.multipath = NPV_MULTIPATH_ACTIVE;
	EXPECT_PLAN(test, "eth1.4>a:tcp (eth0.4>a:tcp)");
}

static void npv_plan__scheduler(struct kunit *test)
{
	struct npv_properties want = {};

	KUNIT_EXPECT_TRUE(test, !npv_plan_scheduler(NULL));
	KUNIT_EXPECT_TRUE(test, !npv_plan_scheduler(&want));
	want.says = NPV_SAYS_POLICY;
	want.policy = NPV_MULTIPATH_POLICY_INTERACTIVE;
	KUNIT_EXPECT_TRUE(test, !npv_plan_scheduler(&want));
	want.policy = NPV_MULTIPATH_POLICY_AGGREGATE;
	KUNIT_EXPECT_TRUE(test, !npv_plan_scheduler(&want));
	want.policy = NPV_MULTIPATH_POLICY_HANDOVER;
	strscpy(want.scheduler, "redundant", NPV_SCHEDULER_MAX);
	KUNIT_EXPECT_STREQ(test, npv_plan_scheduler(&want), "backup");
	want.says |= NPV_SAYS_SCHEDULER;
	KUNIT_EXPECT_STREQ(test, npv_plan_scheduler(&want), "redundant");
	want.scheduler[0] = 0;
	KUNIT_EXPECT_STREQ(test, npv_plan_scheduler(&want), "backup");
}

/* Interfaces, and what they cost */
static void npv_plan__interfaces(struct kunit *test)
{
	struct npv_properties *want = &world.want;

	world_begin();
	local("eth0", '4');
	local("wlan0", '4');
	local("wwan0", '4');
	peer('4');
	peer('4');
	world.in.stacks_max = 3;
	EXPECT_PLAN(test, "eth0.4>a:tcp wlan0.4>b:tcp wwan0.4>a:tcp");
	want->n_interfaces = 1;
	strscpy(want->interface[0].name, "wlan*", IFNAMSIZ);
	want->interface[0].preference = NPV_PREFERENCE_PREFER;
	EXPECT_PLAN(test, "wlan0.4>a:tcp eth0.4>b:tcp wwan0.4>a:tcp");
	/* what is avoided is taken when there is nothing else */
	want->interface[0].preference = NPV_PREFERENCE_AVOID;
	EXPECT_PLAN(test, "eth0.4>a:tcp wwan0.4>b:tcp eth0.4>b:tcp");
	world.in.stacks_max = 5;
	EXPECT_PLAN(test,
		    "eth0.4>a:tcp wwan0.4>b:tcp eth0.4>b:tcp wwan0.4>a:tcp wlan0.4>a:tcp");
	want->interface[0].preference = NPV_PREFERENCE_PROHIBIT;
	world.in.explain = true;
	EXPECT_PLAN(test, "eth0.4>a:tcp wwan0.4>b:tcp eth0.4>b:tcp wwan0.4>a:tcp");
	EXPECT_WHY(test, 1, 0, TCP, INTERFACE);
	want->interface[0].preference = NPV_PREFERENCE_REQUIRE;
	EXPECT_PLAN(test, "wlan0.4>a:tcp wlan0.4>b:tcp");
	EXPECT_WHY(test, 0, 0, TCP, INTERFACE);
	world.eps->endpoint[1].up = false;
	EXPECT_PLAN(test, "");
	EXPECT_WHY(test, 1, 0, TCP, LINK_DOWN);

	/* cost */
	want->n_interfaces = 0;
	world.eps->endpoint[1].up = true;
	world.eps->endpoint[0].set.cost = 4000000000U;
	world.eps->endpoint[2].set.cost = 7;
	world.in.stacks_max = 2;
	EXPECT_PLAN(test, "wlan0.4>a:tcp wwan0.4>b:tcp");
	/* ... goes before a path that shares no address, but not before interfaces */
	world.eps->endpoint[1].ifindex = world.eps->endpoint[2].ifindex;
	world.eps->endpoint[0].up = false;
	world.in.stacks_max = 3;
	EXPECT_PLAN(test, "wlan0.4>a:tcp wlan0.4>b:tcp wwan0.4>a:tcp");
	world.eps->endpoint[1].ifindex = 1;
	world.eps->endpoint[0].up = true;
	world.in.stacks_max = 2;
	/* an operator's backup, and one that isn't wanted at all */
	world.eps->endpoint[1].set.backup = true;
	EXPECT_PLAN(test, "wwan0.4>a:tcp eth0.4>b:tcp");
	world.in.stacks_max = 8;
	world.eps->endpoint[0].set.disabled = true;
	EXPECT_PLAN(test, "wwan0.4>a:tcp wwan0.4>b:tcp (wlan0.4>a:tcp) (wlan0.4>b:tcp)");
	EXPECT_WHY(test, 0, 0, TCP, ENDPOINT_DISABLED);
	world.eps->endpoint[0].up = false;
	planned();
	EXPECT_WHY(test, 0, 0, TCP, ENDPOINT_DISABLED);

	/* what is metered */
	world.eps->endpoint[0].up = true;
	world.eps->endpoint[0].set.disabled = false;
	world.eps->endpoint[1].set.backup = false;
	world.eps->endpoint[2].set.metered = true;
	world.in.n_remotes = 1;
	EXPECT_PLAN(test, "wlan0.4>a:tcp wwan0.4>a:tcp eth0.4>a:tcp");
	want->metered = NPV_PREFERENCE_PREFER;
	EXPECT_PLAN(test, "wwan0.4>a:tcp wlan0.4>a:tcp eth0.4>a:tcp");
	want->metered = NPV_PREFERENCE_AVOID;
	EXPECT_PLAN(test, "wlan0.4>a:tcp eth0.4>a:tcp (wwan0.4>a:tcp)");
	want->metered = NPV_PREFERENCE_PROHIBIT;
	EXPECT_PLAN(test, "wlan0.4>a:tcp eth0.4>a:tcp");
	EXPECT_WHY(test, 2, 0, TCP, METERED);
	want->metered = NPV_PREFERENCE_REQUIRE;
	EXPECT_PLAN(test, "wwan0.4>a:tcp");
	EXPECT_WHY(test, 1, 0, TCP, METERED);
}

static void npv_plan__bound(struct kunit *test)
{
	world_begin();
	local("eth0", '4');
	local("eth0", '6');
	local("eth1", '4');
	peer('4');
	peer('6');
	world.in.explain = true;
	world.in.bound = world.eps->endpoint[2].addr;
	EXPECT_PLAN(test, "eth1.4>a:tcp");
	EXPECT_WHY(test, 0, 0, TCP, BOUND);
	world.in.bound_if = world.eps->endpoint[0].ifindex;
	EXPECT_PLAN(test, "");
	memset(&world.in.bound, 0, sizeof(world.in.bound));
	EXPECT_PLAN(test, "eth0.4>a:tcp eth0.6>b:tcp");
	EXPECT_WHY(test, 2, 0, UDP, BOUND);
}

/* A temporary address and the stable one share a path. */
static void npv_plan__temporary(struct kunit *test)
{
	world_begin();
	local("eth0", 't');
	local("eth0", '6');
	local("eth1", '6');
	local("eth1", 't');
	local("eth1", '4');
	peer('6');
	peer('4');
	world.in.stacks_max = 8;
	EXPECT_PLAN(test, "eth0.6>a:tcp eth1.4>b:tcp eth1.6>a:tcp");
	EXPECT_WHY(test, 0, 0, TCP, ENOUGH);
	/* one that works already will do */
	stack(0, 0, TCP);
	EXPECT_PLAN(test, "eth0.t>a:tcp eth1.4>b:tcp eth1.6>a:tcp");
	world.n_known = 0;
	world.want.temporary = NPV_PREFERENCE_PREFER;
	EXPECT_PLAN(test, "eth0.t>a:tcp eth1.t>a:tcp eth1.4>b:tcp");
	stack(1, 0, TCP);
	EXPECT_PLAN(test, "eth0.t>a:tcp eth1.t>a:tcp eth1.4>b:tcp");
	EXPECT_WHY(test, 1, 0, TCP, ENOUGH);
	world.n_known = 0;
	world.in.explain = true;
	world.want.temporary = NPV_PREFERENCE_REQUIRE;
	EXPECT_PLAN(test, "eth0.t>a:tcp eth1.t>a:tcp");
	EXPECT_WHY(test, 1, 0, TCP, TEMPORARY);
	EXPECT_WHY(test, 4, 1, TCP, TEMPORARY);
	world.want.temporary = NPV_PREFERENCE_PROHIBIT;
	EXPECT_PLAN(test, "eth0.6>a:tcp eth1.4>b:tcp eth1.6>a:tcp");
	EXPECT_WHY(test, 0, 0, TCP, TEMPORARY);
	/* the stable one can't be used */
	world.want.temporary = NPV_PREFERENCE_AVOID;
	world.eps->endpoint[1].set.disabled = true;
	fact(2, 0, TCP)->state = NPV_PLAN_FAILED;
	fact(2, 0, UDP)->state = NPV_PLAN_FAILED;
	EXPECT_PLAN(test, "eth1.4>b:tcp eth0.t>a:tcp eth1.t>a:tcp");
	/* to another address of the peer they are one address as well */
	world_begin();
	local("eth0", '6');
	local("eth0", 't');
	peer('6');
	peer('6');
	EXPECT_PLAN(test, "eth0.6>a:tcp eth0.6>b:tcp");
}

/* An address of the peer that it takes back, and one that it was silent at */
static void npv_plan__remotes(struct kunit *test)
{
	world_begin();
	local("eth0", '4');
	local("eth1", '4');
	peer('4')->bad = true;
	peer('4');
	EXPECT_PLAN(test, "eth0.4>b:tcp eth1.4>b:tcp eth0.4>a:tcp eth1.4>a:tcp");
	world.in.stacks_max = 2;
	stack(1, 0, TCP);
	EXPECT_PLAN(test, "eth1.4>a:tcp eth0.4>b:tcp");
	/* no new stacks to it; what works goes last, when there are others */
	world.remote[0].gone = true;
	world.in.explain = true;
	EXPECT_PLAN(test, "eth0.4>b:tcp eth1.4>b:tcp");
	EXPECT_WHY(test, 1, 0, TCP, ENOUGH);
	EXPECT_WHY(test, 0, 0, TCP, REMOTE_GONE);
	world.eps->endpoint[0].up = false;
	EXPECT_PLAN(test, "eth1.4>b:tcp eth1.4>a:tcp");
	world.in.n_remotes = 1;
	EXPECT_PLAN(test, "eth1.4>a:tcp");
}

/* An endpoint goes, and comes back. */
static void npv_plan__withdrawn(struct kunit *test)
{
	struct npv_endpoint *ep;

	world_begin();
	ep = local("eth0", '4');
	local("eth1", '4');
	peer('4');
	EXPECT_PLAN(test, "eth0.4>a:tcp eth1.4>a:tcp");
	carry_out();
	ep->set.disabled = true;
	/* composition has to know of its stack */
	EXPECT_PLAN(test, "eth1.4>a:tcp");
	EXPECT_WHY(test, 0, 0, TCP, ENDPOINT_DISABLED);
	KUNIT_EXPECT_EQ(test, plan.n, 2);
	KUNIT_EXPECT_EQ(test, plan.n_usable, 1);
	KUNIT_EXPECT_EQ(test, plan.entry[1].stack, 0);
	carry_out();
	EXPECT_PLAN(test, "eth1.4>a:tcp");
	KUNIT_EXPECT_EQ(test, plan.n, 1);
	ep->set.disabled = false;
	EXPECT_PLAN(test, "eth1.4>a:tcp eth0.4>a:tcp");
}

/* Addresses are replaced one by one under a session: there is always a stack. */
static void npv_plan__renumbered(struct kunit *test)
{
	struct npv_endpoint *old0, *old1;

	world_begin();
	old0 = local("eth0", '4');
	old1 = local("eth1", '4');
	peer('4');
	world.in.stacks_max = 2;
	planned();
	carry_out();
	local("eth0", '4');
	EXPECT_PLAN(test, "eth0.4>a:tcp eth1.4>a:tcp");
	KUNIT_EXPECT_FALSE(test, carry_out());
	old0->up = false;
	EXPECT_PLAN(test, "eth1.4>a:tcp eth0.4>a:tcp");
	KUNIT_EXPECT_EQ(test, plan.entry[1].endpoint, 2);
	carry_out();
	local("eth1", '4');
	EXPECT_PLAN(test, "eth1.4>a:tcp eth0.4>a:tcp");
	KUNIT_EXPECT_EQ(test, plan.entry[0].endpoint, 1);
	old1->up = false;
	EXPECT_PLAN(test, "eth0.4>a:tcp eth1.4>a:tcp");
	KUNIT_EXPECT_EQ(test, plan.entry[1].endpoint, 3);
}

/* Routes are asked for only of what would be taken. */
static void npv_plan__routes(struct kunit *test)
{
	unsigned int i;

	world_begin();
	for (i = 0; i < 4; i++)
		local(i < 2 ? "eth0" : "eth1", '4');
	for (i = 0; i < 4; i++)
		peer('4');
	world.in.stacks_max = 2;
	EXPECT_PLAN(test, "eth0.4>a:tcp eth1.4>b:tcp");
	KUNIT_EXPECT_EQ(test, world.routes_asked, 2);
	KUNIT_EXPECT_EQ(test, plan.n_usable, 16);
	carry_out();
	world.routes_asked = 0;
	planned();
	KUNIT_EXPECT_EQ(test, world.routes_asked, 0);
	world.n_known = 0;
	world.unrouted[0] = BIT(0) | BIT(1);
	world.unrouted[2] = ~0U;
	world.unrouted[3] = BIT(0) | BIT(1) | BIT(3);
	world.routes_asked = 0;
	EXPECT_PLAN(test, "eth0.4>c:tcp eth1.4>c:tcp");
	KUNIT_EXPECT_EQ(test, plan.entry[1].endpoint, 3);
	KUNIT_EXPECT_LE(test, world.routes_asked, 12);
	KUNIT_EXPECT_EQ(test, why(2, 0, TCP), -1);
	world.in.explain = true;
	EXPECT_PLAN(test, "eth0.4>c:tcp eth1.4>c:tcp");
	EXPECT_WHY(test, 2, 0, TCP, NO_ROUTE);
	EXPECT_WHY(test, 2, 0, UDP, NO_ROUTE);
	EXPECT_WHY(test, 0, 3, TCP, ENOUGH);
	/* what works is routed, whatever is said */
	stack(2, 0, TCP);
	EXPECT_PLAN(test, "eth1.4>a:tcp eth0.4>c:tcp");
}

/* Of two transports between the same addresses one is used. */
static void npv_plan__transports(struct kunit *test)
{
	u8 *transport = world.want.transport;

	world_begin();
	world.in.explain = true;
	local("eth0", '4');
	peer('4');
	transport[UDP] = NPV_PREFERENCE_PREFER;
	EXPECT_PLAN(test, "eth0.4>a:udp");
	EXPECT_WHY(test, 0, 0, TCP, SAME_PAIR);
	stack(0, 0, TCP);
	EXPECT_PLAN(test, "eth0.4>a:udp");
	transport[UDP] = NPV_PREFERENCE_NONE;
	world.in.prefer_udp = true;
	EXPECT_PLAN(test, "eth0.4>a:tcp");
	transport[TCP] = NPV_PREFERENCE_AVOID;
	EXPECT_PLAN(test, "eth0.4>a:udp");
	transport[TCP] = NPV_PREFERENCE_PROHIBIT;
	EXPECT_PLAN(test, "eth0.4>a:udp");
	EXPECT_WHY(test, 0, 0, TCP, TRANSPORT);
	transport[TCP] = NPV_PREFERENCE_NONE;
	transport[UDP] = NPV_PREFERENCE_REQUIRE;
	EXPECT_PLAN(test, "eth0.4>a:udp");
	EXPECT_WHY(test, 0, 0, TCP, TRANSPORT);
	world.in.no_udp = true;
	EXPECT_PLAN(test, "");
	EXPECT_WHY(test, 0, 0, UDP, TRANSPORT);
	transport[UDP] = NPV_PREFERENCE_NONE;
	EXPECT_PLAN(test, "eth0.4>a:tcp");

	/* A firewall likes only one of them. */
	world.in.no_udp = false;
	world.in.prefer_udp = false;
	world.n_known = 0;
	fact(0, 0, TCP)->state = NPV_PLAN_FAILED;
	EXPECT_PLAN(test, "eth0.4>a:udp");
	EXPECT_WHY(test, 0, 0, TCP, FAILED);
	carry_out();
	fact(0, 0, TCP)->state = 0;
	EXPECT_PLAN(test, "eth0.4>a:udp");
	fact(0, 0, UDP)->state = NPV_PLAN_FORBIDDEN;
	EXPECT_PLAN(test, "eth0.4>a:tcp");
	EXPECT_WHY(test, 0, 0, UDP, FORBIDDEN);

	/* Beside one that is silent there is no other, as long as some work. */
	world.n_known = 0;
	fact(0, 0, TCP)->state = NPV_PLAN_SILENT;
	fact(0, 0, TCP)->id = 3;
	EXPECT_PLAN(test, "");
	EXPECT_WHY(test, 0, 0, TCP, SILENT);
	EXPECT_WHY(test, 0, 0, UDP, SAME_PAIR);
	world.in.stalled = true;
	EXPECT_PLAN(test, "eth0.4>a:udp");
	EXPECT_WHY(test, 0, 0, TCP, SILENT);

	/* Of other pairs, those where what is preferred can be used go first. */
	world_begin();
	local("eth0", '4');
	local("eth1", '4');
	peer('4');
	world.in.stacks_max = 1;
	transport[UDP] = NPV_PREFERENCE_PREFER;
	fact(0, 0, UDP)->state = NPV_PLAN_FAILED;
	EXPECT_PLAN(test, "eth1.4>a:udp");
	stack(0, 0, TCP);
	EXPECT_PLAN(test, "eth0.4>a:tcp");
}

/* Nothing gets through: then all that may is tried. */
static void npv_plan__stalled(struct kunit *test)
{
	world_begin();
	world.in.stalled = true;
	world.in.explain = true;
	local("e0", '4');
	local("e1", '4');
	peer('4');
	peer('4')->gone = true;
	fact(0, 0, TCP)->state = NPV_PLAN_SILENT;
	fact(0, 0, TCP)->id = 0;
	/* other paths first, then others over the same, gone addresses last */
	EXPECT_PLAN(test, "e1.4>a:tcp e0.4>a:udp e1.4>a:udp e0.4>b:tcp");
	EXPECT_WHY(test, 0, 0, TCP, SILENT);
	world.in.stacks_max = 8;
	EXPECT_PLAN(test,
		    "e1.4>a:tcp e0.4>a:udp e1.4>a:udp e0.4>b:tcp e1.4>b:tcp e0.4>b:udp e1.4>b:udp");
	world.in.stacks_max = 2;
	EXPECT_PLAN(test, "e1.4>a:tcp e0.4>a:udp");
	/* what has just failed has its time, what is forbidden is better than nothing */
	fact(1, 0, TCP)->state = NPV_PLAN_FORBIDDEN;
	fact(0, 0, UDP)->state = NPV_PLAN_FAILED;
	EXPECT_PLAN(test, "e1.4>a:udp e0.4>b:tcp");
	EXPECT_WHY(test, 0, 0, UDP, FAILED);
	EXPECT_WHY(test, 1, 0, TCP, ENOUGH);
	world.in.n_remotes = 1;
	EXPECT_PLAN(test, "e1.4>a:udp e1.4>a:tcp");
	/* one works again, that is enough */
	world.in.stalled = false;
	world.in.stacks_max = 4;
	EXPECT_PLAN(test, "e1.4>a:udp");
	EXPECT_WHY(test, 1, 0, TCP, FORBIDDEN);

	/* A silent one doesn't count, but what is like it comes later. */
	world_begin();
	world.in.stacks_max = 1;
	local("e0", '4');
	local("e1", '4');
	peer('4');
	peer('4');
	fact(0, 0, TCP)->state = NPV_PLAN_SILENT;
	EXPECT_PLAN(test, "e1.4>b:tcp");
}

/* Datagrams are for UDP, and what that can't carry for a stack of TCP beside. */
static void npv_plan__datagrams(struct kunit *test)
{
	world_begin();
	world.in.datagrams = true;
	local("eth0", '4');
	local("eth1", '4');
	peer('4');
	EXPECT_PLAN(test, "eth0.4>a:udp eth1.4>a:udp");
	/* first where TCP is known to get through */
	world.n_known = 0;
	stack(1, 0, TCP);
	EXPECT_PLAN(test, "eth1.4>a:udp eth0.4>a:udp +eth1.4>a:tcp");
	KUNIT_EXPECT_EQ(test, plan.n_kept, 1);
	carry_out();
	EXPECT_PLAN(test, "eth1.4>a:udp eth0.4>a:udp +eth1.4>a:tcp");
	KUNIT_EXPECT_FALSE(test, carry_out());
	world.in.stacks_max = 1;
	EXPECT_PLAN(test, "eth1.4>a:udp +eth1.4>a:tcp");
	/* UDP doesn't get through there, nor anywhere */
	fact(1, 0, UDP)->state = NPV_PLAN_FAILED;
	EXPECT_PLAN(test, "eth0.4>a:udp +eth1.4>a:tcp");
	fact(0, 0, UDP)->state = NPV_PLAN_FAILED;
	EXPECT_PLAN(test, "eth0.4>a:tcp +eth1.4>a:tcp");
	/* it comes back, and takes the place of a later one of TCP */
	carry_out();
	fact(0, 0, UDP)->state = 0;
	EXPECT_PLAN(test, "eth0.4>a:udp +eth1.4>a:tcp");
	EXPECT_WHY(test, 0, 0, TCP, SAME_PAIR);
	/* UDP beside a silent stack of TCP, but not the other way round */
	world.n_known = 0;
	world.eps->n = 1;
	fact(0, 0, TCP)->state = NPV_PLAN_SILENT;
	EXPECT_PLAN(test, "eth0.4>a:udp");
	fact(0, 0, TCP)->state = 0;
	fact(0, 0, UDP)->state = NPV_PLAN_SILENT;
	EXPECT_PLAN(test, "");
	world.want.transport[UDP] = NPV_PREFERENCE_PROHIBIT;
	fact(0, 0, UDP)->state = 0;
	EXPECT_PLAN(test, "eth0.4>a:tcp");
}

/* What an operator has set up stays, beside what is wanted. */
static void npv_plan__manual(struct kunit *test)
{
	world_begin();
	world.in.stacks_max = 1;
	local("eth0", '4');
	local("eth1", '4');
	peer('4');
	stack(0, 0, TCP)->state |= NPV_PLAN_MANUAL;
	EXPECT_PLAN(test, "eth1.4>a:tcp +eth0.4>a:tcp");
	world.in.stacks_max = 4;
	EXPECT_PLAN(test, "eth1.4>a:tcp +eth0.4>a:tcp");
	world.eps->endpoint[0].set.disabled = true;
	EXPECT_PLAN(test, "eth1.4>a:tcp +eth0.4>a:tcp");
	KUNIT_EXPECT_EQ(test, plan.n, 2);
}

/* More than there is room for: the best of them, and all that have a stack */
static void npv_plan__caps(struct kunit *test)
{
	unsigned int i, stacks = 0;
	char name[IFNAMSIZ];

	world_begin();
	for (i = 0; i < NPV_ENDPOINTS_MAX; i++) {
		snprintf(name, sizeof(name), "e%u", i / 2);
		local(name, '4');
	}
	for (i = 0; i < NPV_PLAN_REMOTES_MAX; i++)
		peer('4');
	stack(63, 15, TCP);
	stack(63, 14, UDP);
	fact(62, 13, UDP)->state = NPV_PLAN_SILENT;
	fact(62, 13, UDP)->id = 7;
	fact(62, 12, TCP)->state = NPV_PLAN_SILENT;
	fact(62, 12, TCP)->id = 8;
	world.eps->endpoint[63].set.cost = 1;
	world.in.stacks_max = 6;
	world.in.explain = true;
	EXPECT_PLAN(test,
		    "e0.4>a:tcp e1.4>b:tcp e2.4>c:tcp e3.4>d:tcp e4.4>e:tcp e5.4>f:tcp");
	KUNIT_EXPECT_EQ(test, plan.n, NPV_PLAN_MAX);
	for (i = 0; i < plan.n; i++)
		stacks += plan.entry[i].stack != U32_MAX;
	KUNIT_EXPECT_EQ(test, stacks, 4);
	EXPECT_WHY(test, 63, 15, TCP, ENOUGH);
	EXPECT_WHY(test, 62, 13, UDP, SILENT);

	world.want.says = NPV_SAYS_STACKS;
	world.want.stacks = 255;
	world.in.explain = false;
	planned();
	KUNIT_EXPECT_EQ(test, plan.n_chosen, NPV_PLAN_MAX / 2);
	KUNIT_EXPECT_EQ(test, plan.n, NPV_PLAN_MAX);
	world.want.stacks = 0;
	planned();
	KUNIT_EXPECT_EQ(test, plan.n_chosen, 1);
}

/* --- whatever there may be --- */

#define SEEDS	3000

static u32 any_state;

/* 0 to @n - 1 */
static u32 any(u32 n)
{
	any_state = any_state * 1664525 + 1013904223;
	return (any_state >> 8) % n;
}

static bool rarely(u32 in)
{
	return !any(in);
}

/* A wish that leaves something to be chosen more often than not */
static u8 any_wish(void)
{
	static const u8 wishes[] = {
		NPV_PREFERENCE_NONE, NPV_PREFERENCE_NONE, NPV_PREFERENCE_NONE,
		NPV_PREFERENCE_NONE, NPV_PREFERENCE_PREFER, NPV_PREFERENCE_AVOID,
		NPV_PREFERENCE_AVOID, NPV_PREFERENCE_REQUIRE,
		NPV_PREFERENCE_PROHIBIT,
	};

	return wishes[any(ARRAY_SIZE(wishes))];
}

static void any_world(u32 seed)
{
	static const char kinds[] = "446t";
	struct npv_properties *want = &world.want;
	unsigned int i, n, locals, remotes;
	char name[IFNAMSIZ];

	any_state = seed * 2654435761U;
	world_begin();
	world.in.stacks_max = 1 + any(8);
	locals = any(9);
	remotes = any(7);
	for (i = 0; i < locals; i++) {
		struct npv_endpoint *ep;

		snprintf(name, sizeof(name), "%s%u", any(2) ? "eth" : "wlan", any(3));
		ep = local(name, kinds[any(4)]);
		ep->up = !rarely(6);
		ep->link_speed = any(3) * 1000;
		ep->set.cost = any(2) * any(3);
		ep->set.backup = rarely(6);
		ep->set.metered = rarely(4);
		ep->set.disabled = rarely(8);
	}
	for (i = 0; i < remotes; i++) {
		struct npv_plan_remote *r = peer(kinds[any(3)]);

		r->gone = rarely(6);
		r->bad = rarely(6);
		r->srtt_us = any(2) * any(200) * MS;
	}

	want->says = any(2) * (NPV_SAYS_POLICY | NPV_SAYS_STACKS);
	if (rarely(8))
		want->says |= NPV_SAYS_MULTIPATH;
	want->policy = any(3);
	want->multipath = any(3);
	want->stacks = 1 + any(8);
	for (i = 0; i < 2; i++) {
		want->transport[i] = any_wish();
		want->network[i] = any_wish();
	}
	want->metered = any_wish();
	want->temporary = any_wish();
	want->n_interfaces = any(2);
	strscpy(want->interface[0].name, any(2) ? "eth*" : "wlan0", IFNAMSIZ);
	want->interface[0].preference = any_wish();
	world.in.prefer_udp = any(2);
	world.in.no_udp = rarely(5);
	world.in.datagrams = rarely(3);
	world.in.stalled = rarely(4);
	if (rarely(10) && locals)
		world.in.bound = world.eps->endpoint[any(locals)].addr;
	if (rarely(10) && locals)
		world.in.bound_if = world.eps->endpoint[any(locals)].ifindex;
	for (i = 0; i < locals; i++)
		world.unrouted[i] = any(2) * any(3) * any(64);

	n = locals && remotes ? any(12) : 0;
	while (n--) {
		unsigned int endpoint = any(locals), remote = any(remotes);
		struct npv_plan_fact *f;
		u8 transport = any(2);

		if (is_v4(&world.eps->endpoint[endpoint]) !=
		    ipv6_addr_v4mapped(&world.remote[remote].addr) ||
		    known_find(endpoint, remote, transport))
			continue;
		f = fact(endpoint, remote, transport);
		switch (any(8)) {
		case 0:
			f->state = NPV_PLAN_FAILED;
			break;
		case 1:
			f->state = NPV_PLAN_FORBIDDEN;
			break;
		case 2:
			f->state = NPV_PLAN_SILENT;
			f->id = world.next_id++;
			break;
		case 3:
			f->state = NPV_PLAN_HAS | NPV_PLAN_MANUAL;
			f->id = world.next_id++;
			break;
		default:
			f->state = NPV_PLAN_HAS;
			f->id = world.next_id++;
			f->srtt_us = any(2) * any(200) * MS;
		}
	}
}

/* Whether a candidate may be used, said in another way than plan.c says it */
static bool allowed(const struct npv_plan_entry *e)
{
	const struct npv_endpoint *ep = &world.eps->endpoint[e->endpoint];
	const struct npv_plan_remote *r = &world.remote[e->remote];
	const struct npv_properties *want = &world.want;
	bool v4 = ep->addr.s6_addr32[2] == htonl(0xffff);
	bool remote_v4 = r->addr.s6_addr32[2] == htonl(0xffff);
	struct known *k = known_find(e->endpoint, e->remote, e->transport);
	u8 wish = npv_properties_interface(want, ep->ifname);
	u8 state = k ? k->fact.state : 0;
	u8 others[4], wishes[4];
	struct known *other;
	unsigned int i;

	other = known_find(e->endpoint, e->remote, !e->transport);
	if (ep->set.disabled || !ep->up)
		return false;
	if (memcmp(&world.in.bound, &nothing, sizeof(world.in.bound)) &&
	    memcmp(&world.in.bound, &ep->addr, sizeof(ep->addr)))
		return false;
	if (world.in.bound_if && world.in.bound_if != ep->ifindex)
		return false;
	if (v4 != remote_v4)
		return false;
	if (world.in.no_udp && e->transport == UDP)
		return false;

	wishes[0] = want->transport[e->transport];
	others[0] = want->transport[!e->transport];
	wishes[1] = want->network[!v4];
	others[1] = want->network[v4];
	wishes[2] = ep->set.metered ? want->metered : NPV_PREFERENCE_NONE;
	others[2] = ep->set.metered ? NPV_PREFERENCE_NONE : want->metered;
	wishes[3] = ep->temporary ? want->temporary : NPV_PREFERENCE_NONE;
	others[3] = ep->temporary ? NPV_PREFERENCE_NONE : want->temporary;
	for (i = 0; i < 4; i++)
		if (wishes[i] == NPV_PREFERENCE_PROHIBIT ||
		    (others[i] == NPV_PREFERENCE_REQUIRE &&
		     wishes[i] != NPV_PREFERENCE_REQUIRE))
			return false;
	if (wish == NPV_PREFERENCE_PROHIBIT ||
	    (want->n_interfaces && wish != NPV_PREFERENCE_REQUIRE &&
	     want->interface[0].preference == NPV_PREFERENCE_REQUIRE))
		return false;

	if (state & NPV_PLAN_HAS)
		return true;
	if (state & (NPV_PLAN_FAILED | NPV_PLAN_SILENT))
		return false;
	if (!world.in.stalled && (r->gone || state & NPV_PLAN_FORBIDDEN))
		return false;
	return !(world.unrouted[e->endpoint] & BIT(e->remote)) ||
	       (other && other->fact.state & NPV_PLAN_HAS);
}

/* Two stacks that may not be there together */
static bool contradict(const struct npv_plan_entry *a, const struct npv_plan_entry *b)
{
	const struct npv_endpoint *x = &world.eps->endpoint[a->endpoint];
	const struct npv_endpoint *y = &world.eps->endpoint[b->endpoint];

	if (a->remote != b->remote)
		return false;
	if (a->endpoint == b->endpoint)
		return !world.in.stalled || a->transport == b->transport;
	return x->ifindex == y->ifindex && x->temporary != y->temporary &&
	       !is_v4(x) && !is_v4(y);
}

static void check_plan(struct kunit *test, u32 seed)
{
	unsigned int i, j, stacks = 0, has = 0;

	KUNIT_EXPECT_LE(test, plan.n_chosen, plan.wanted);
	KUNIT_EXPECT_LE(test, plan.n_chosen + plan.n_kept, plan.n_usable);
	KUNIT_EXPECT_LE(test, plan.n_usable, plan.n);
	for (i = 0; i < plan.n; i++) {
		const struct npv_plan_entry *e = &plan.entry[i];
		bool used = i < plan.n_chosen + plan.n_kept;

		KUNIT_EXPECT_EQ_MSG(test, e->reason == NPV_PLAN_REASON_CHOSEN, used,
				    "seed %u", seed);
		KUNIT_EXPECT_EQ(test, e->role != NPV_ROLE_UNUSED, used);
		if (i < plan.n_chosen)
			KUNIT_EXPECT_TRUE(test, allowed(e));
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_TRUE(test, e->endpoint != plan.entry[j].endpoint ||
					  e->remote != plan.entry[j].remote ||
					  e->transport != plan.entry[j].transport);
		for (j = 0; j < i && i < plan.n_chosen; j++)
			KUNIT_EXPECT_FALSE(test, contradict(e, &plan.entry[j]));
		has += e->stack != U32_MAX;
		/* Where there is a place, it isn't left empty. */
		if (world.in.explain && plan.n_chosen < plan.wanted &&
		    i < plan.n_usable && e->reason == NPV_PLAN_REASON_ENOUGH) {
			for (j = 0; j < plan.n; j++)
				if (j != i && contradict(e, &plan.entry[j]) &&
				    (j < plan.n_chosen + plan.n_kept ||
				     plan.entry[j].stack != U32_MAX))
					break;
			KUNIT_EXPECT_LT(test, j, plan.n);
		}
	}
	for (i = 0; i < world.n_known; i++)
		stacks += world.known[i].fact.id != U32_MAX;
	KUNIT_EXPECT_EQ_MSG(test, has, stacks, "seed %u", seed);
}

/* Whether two plans use the same */
static bool same_use(const struct npv_plan *a, const struct npv_plan *b)
{
	unsigned int i, j;

	if (a->n_chosen != b->n_chosen || a->n_kept != b->n_kept)
		return false;
	for (i = 0; i < a->n_chosen; i++) {
		for (j = 0; j < b->n_chosen; j++)
			if (a->entry[i].endpoint == b->entry[j].endpoint &&
			    a->entry[i].remote == b->entry[j].remote &&
			    a->entry[i].transport == b->entry[j].transport)
				break;
		if (j == b->n_chosen)
			return false;
	}
	return true;
}

static void npv_plan__any(struct kunit *test)
{
	unsigned int i, seed;

	for (seed = 1; seed <= SEEDS; seed++) {
		any_world(seed);
		planned();
		check_plan(test, seed);
		/* the same gives the same */
		npv_plan_make(&plan_again, &world.in);
		KUNIT_EXPECT_EQ(test, plan.n, plan_again.n);
		KUNIT_EXPECT_TRUE(test, !memcmp(plan.entry, plan_again.entry,
						plan.n * sizeof(plan.entry[0])));
		/* ... what doesn't matter nothing else */
		for (i = 0; i < world.eps->n; i++) {
			world.eps->endpoint[i].link_type = any(6);
			world.eps->endpoint[i].set.weight = any(1000);
			world.eps->endpoint[i].set.max_rate = any(1000);
			if (plan_policy(&world.want) !=
			    NPV_MULTIPATH_POLICY_AGGREGATE)
				world.eps->endpoint[i].link_speed = any(1000);
		}
		for (i = 0; i < world.n_known; i++)
			if (plan_policy(&world.want) !=
			    NPV_MULTIPATH_POLICY_INTERACTIVE)
				world.known[i].fact.srtt_us = any(1000);
		npv_plan_make(&plan_again, &world.in);
		KUNIT_EXPECT_TRUE(test, same_use(&plan, &plan_again));
		/* ... nor does it that somebody wants to know why */
		world.in.explain = true;
		planned();
		check_plan(test, seed);
		KUNIT_EXPECT_TRUE(test, same_use(&plan, &plan_again));
	}
}

/* A plan that has been carried out is planned again: nothing flaps. */
static void npv_plan__settles(struct kunit *test)
{
	unsigned int seed, rounds;

	for (seed = 1; seed <= SEEDS; seed++) {
		any_world(seed);
		if (world.in.stalled)
			continue;
		/* The session's first has been there before. */
		world.next_id++;
		planned();
		carry_out();
		planned();
		/* With a stack goes what it measured: that may change a few more. */
		rounds = 3;
		while (plan_policy(&world.want) == NPV_MULTIPATH_POLICY_INTERACTIVE &&
		       rounds-- && carry_out())
			planned();
		KUNIT_EXPECT_EQ_MSG(test, carry_out(), false, "seed %u", seed);
	}
}

static struct kunit_case plan_test_cases[] = {
	KUNIT_CASE(npv_plan__default),
	KUNIT_CASE(npv_plan__working),
	KUNIT_CASE(npv_plan__laptop),
	KUNIT_CASE(npv_plan__unknown),
	KUNIT_CASE(npv_plan__server),
	KUNIT_CASE(npv_plan__handover),
	KUNIT_CASE(npv_plan__scheduler),
	KUNIT_CASE(npv_plan__interfaces),
	KUNIT_CASE(npv_plan__bound),
	KUNIT_CASE(npv_plan__temporary),
	KUNIT_CASE(npv_plan__remotes),
	KUNIT_CASE(npv_plan__withdrawn),
	KUNIT_CASE(npv_plan__renumbered),
	KUNIT_CASE(npv_plan__routes),
	KUNIT_CASE(npv_plan__transports),
	KUNIT_CASE(npv_plan__stalled),
	KUNIT_CASE(npv_plan__datagrams),
	KUNIT_CASE(npv_plan__manual),
	KUNIT_CASE(npv_plan__caps),
	KUNIT_CASE(npv_plan__any),
	KUNIT_CASE(npv_plan__settles),
	{}
};

static struct kunit_suite plan_suite = {
	.name = "npv_plan",
	.test_cases = plan_test_cases,
};

kunit_test_suite(plan_suite);
