// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of classify.c, which includes this file. */

#include <kunit/test.h>
#include <linux/inet.h>
#include <linux/kernfs.h>
#include <linux/prandom.h>

/* Rules in one test at most: more than one bit a word has */
#define RULES_MAX	(2 * WORD_BITS * WORD_BITS)

/**
 * struct rules - those of a test
 * @sel: what they say
 * @list: the same for npv_classifier_build()
 */
struct rules {
	struct npv_selector *sel;
	const struct npv_selector **list;
};

static const struct npv_selector any = {
	.uid_max = U32_MAX,
	.gid_max = U32_MAX,
	.port_max = U16_MAX,
	.capacity = NPV_ANY,
	.policy = NPV_ANY,
};

static struct rules *rules_alloc(struct kunit *test, unsigned int n)
{
	struct rules *rules = kunit_kzalloc(test, sizeof(*rules), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, rules);
	rules->sel = kunit_kcalloc(test, n, sizeof(*rules->sel), GFP_KERNEL);
	rules->list = kunit_kcalloc(test, n, sizeof(*rules->list), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, rules->sel);
	KUNIT_ASSERT_NOT_NULL(test, rules->list);
	for (i = 0; i < n; i++) {
		rules->sel[i] = any;
		rules->list[i] = &rules->sel[i];
	}
	return rules;
}

static struct npv_classifier *build(struct kunit *test, const struct rules *rules,
				    unsigned int n)
{
	struct npv_classifier *c = npv_classifier_build(rules->list, n);

	KUNIT_ASSERT_NOT_NULL(test, c);
	return c;
}

/* One after the other, as it has to be */
static int linear(const struct rules *rules, unsigned int n,
		  const struct npv_subject *sub)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (npv_selector_match(&rules->sel[i], sub))
			return i;
	return -ENOENT;
}

/* Both ways say the same, and what is expected. */
static void expect(struct kunit *test, const struct rules *rules, unsigned int n,
		   const struct npv_subject *sub, int want, const char *what)
{
	struct npv_classifier *c = build(test, rules, n);

	KUNIT_EXPECT_EQ_MSG(test, npv_classify(c, sub), want, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, linear(rules, n, sub), want, "%s, linear", what);
	npv_classifier_free(c);
}

static struct in6_addr addr_of(const char *text)
{
	struct in6_addr addr;
	u8 v4[4];

	if (in4_pton(text, -1, v4, -1, NULL))
		ipv6_addr_set_v4mapped(get_unaligned((__be32 *)v4), &addr);
	else
		WARN_ON(!in6_pton(text, -1, addr.s6_addr, -1, NULL));
	return addr;
}

static void npv_classify__no_rules(struct kunit *test)
{
	struct npv_subject sub = { .uid = 1, .comm = "a", .name = "b" };
	struct rules *rules = rules_alloc(test, 1);

	expect(test, rules, 0, &sub, -ENOENT, "none");
	expect(test, rules, 1, &sub, 0, "one for all");
	npv_classifier_free(NULL);
}

static void npv_classify__numbers(struct kunit *test)
{
	static const struct {
		u32 min, max;
	} range[] = {
		{ 5, 4 }, { 0, 0 }, { 1, 9 }, { 10, 20 }, { 12, 14 }, { 21, 21 },
		{ 65535, 65535 }, { 60000, 65535 }, { 65536, U32_MAX },
	};
	static const struct {
		u32 value;
		int rule;
	} want[] = {
		{ 0, 1 }, { 1, 2 }, { 9, 2 }, { 10, 3 }, { 13, 3 }, { 20, 3 },
		{ 21, 5 }, { 22, -ENOENT }, { 59999, -ENOENT }, { 60000, 7 },
		{ 65534, 7 }, { 65535, 6 }, { 65536, 8 }, { U32_MAX, 8 },
	};
	struct rules *rules = rules_alloc(test, ARRAY_SIZE(range));
	struct npv_subject sub = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(range); i++) {
		rules->sel[i].uid_min = range[i].min;
		rules->sel[i].uid_max = range[i].max;
	}
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		sub.uid = want[i].value;
		expect(test, rules, ARRAY_SIZE(range), &sub, want[i].rule, "uid");
	}

	for (i = 0; i < ARRAY_SIZE(range); i++) {
		rules->sel[i] = any;
		rules->sel[i].gid_min = range[i].min;
		rules->sel[i].gid_max = range[i].max;
	}
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		sub.gid = want[i].value;
		expect(test, rules, ARRAY_SIZE(range), &sub, want[i].rule, "gid");
	}

	/* Of ports without the last one, */
	for (i = 0; i < ARRAY_SIZE(range) - 1; i++) {
		rules->sel[i] = any;
		rules->sel[i].port_min = range[i].min;
		rules->sel[i].port_max = range[i].max;
	}
	/* and what lies beyond */
	for (i = 0; i < ARRAY_SIZE(want) - 2; i++) {
		sub.port = want[i].value;
		expect(test, rules, ARRAY_SIZE(range) - 1, &sub, want[i].rule, "port");
	}
}

static void npv_classify__enums(struct kunit *test)
{
	struct npv_subject sub = {
		.type = SOCK_DGRAM, .capacity = NPV_ANY, .policy = NPV_ANY,
	};
	struct rules *rules = rules_alloc(test, 6);

	rules->sel[0].type = SOCK_STREAM;
	rules->sel[0].capacity = 0;
	rules->sel[1].type = SOCK_STREAM;
	rules->sel[2].capacity = 0;
	rules->sel[3].capacity = 3;
	rules->sel[3].policy = 0;
	rules->sel[4].policy = 2;

	expect(test, rules, 5, &sub, -ENOENT, "nothing is said");
	expect(test, rules, 6, &sub, 5, "one for all");
	sub.capacity = 0;
	expect(test, rules, 6, &sub, 2, "capacity");
	sub.type = SOCK_STREAM;
	expect(test, rules, 6, &sub, 0, "type and capacity");
	sub.capacity = 1;
	expect(test, rules, 6, &sub, 1, "type");
	sub.type = SOCK_SEQPACKET;
	sub.capacity = 3;
	expect(test, rules, 6, &sub, 5, "capacity without policy");
	sub.policy = 0;
	expect(test, rules, 6, &sub, 3, "capacity and policy");
	sub.policy = 2;
	expect(test, rules, 6, &sub, 4, "policy");
}

static void npv_classify__dest(struct kunit *test)
{
	static const struct {
		const char *prefix;
		u8 len;
	} dest[] = {
		{ "10.1.2.3", 128 }, { "10.1.2.0", 120 }, { "10.0.0.0", 104 },
		{ "192.168.0.128", 121 }, { "2001:db8::1", 128 },
		{ "2001:db8::", 127 }, { "2001:db8::", 64 }, { "2001:db8::", 63 },
		{ "2001:db8::", 32 }, { "ffff::", 16 }, { "::", 1 },
	};
	static const struct {
		const char *addr;
		int rule;
	} want[] = {
		{ "10.1.2.3", 0 }, { "10.1.2.4", 1 }, { "10.1.2.255", 1 },
		{ "10.1.3.0", 2 }, { "10.0.0.0", 2 }, { "10.255.255.255", 2 },
		{ "192.168.0.127", 10 }, { "192.168.0.128", 3 },
		{ "192.168.0.255", 3 }, { "192.168.1.0", 10 },
		{ "2001:db8::", 5 }, { "2001:db8::1", 4 }, { "2001:db8::2", 6 },
		{ "2001:db8::ffff:ffff:ffff:ffff", 6 }, { "2001:db8:0:1::", 7 },
		{ "2001:db8:0:1:ffff:ffff:ffff:ffff", 7 },
		{ "2001:db8:0:2::", 8 }, { "2001:db8:ffff:ffff::", 8 },
		{ "2001:db9::", 10 }, { "2001:db7:ffff::", 10 },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 9 }, { "ffff::", 9 },
		{ "fffe:ffff::", -ENOENT }, { "8000::", -ENOENT }, { "::", 10 },
		{ "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 10 },
	};
	struct rules *rules = rules_alloc(test, ARRAY_SIZE(dest));
	struct npv_subject sub = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dest); i++) {
		rules->sel[i].dest = addr_of(dest[i].prefix);
		rules->sel[i].dest_len = dest[i].len;
	}
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		sub.dest = addr_of(want[i].addr);
		expect(test, rules, ARRAY_SIZE(dest), &sub, want[i].rule,
		       want[i].addr);
	}
}

static void npv_classify__comm(struct kunit *test)
{
	static const char fifteen[TASK_COMM_LEN] = "123456789012345";
	struct rules *rules = rules_alloc(test, 4);
	struct npv_subject sub = {};

	strscpy(rules->sel[0].comm, "curl");
	strscpy(rules->sel[1].comm, fifteen);
	/* The same again, for less */
	strscpy(rules->sel[2].comm, "curl");
	rules->sel[2].uid_max = 5;

	expect(test, rules, 3, &sub, -ENOENT, "no name");
	sub.comm = "";
	expect(test, rules, 4, &sub, 3, "empty");
	sub.comm = "curl";
	expect(test, rules, 4, &sub, 0, "curl");
	sub.comm = "Curl";
	expect(test, rules, 4, &sub, 3, "case");
	sub.comm = "curl2";
	expect(test, rules, 4, &sub, 3, "longer");
	sub.comm = fifteen;
	expect(test, rules, 4, &sub, 1, fifteen);
	sub.comm = "12345678901234";
	expect(test, rules, 4, &sub, 3, "one less");
}

static void npv_classify__name(struct kunit *test)
{
	static const char *const name[] = {
		"host.example.org", "*.example.org", "*.a.example.org", "*.org",
		"example.org", "*.net", "*.x.y.z", "*.z",
	};
	static const struct {
		const char *name;
		int rule;
	} want[] = {
		{ "host.example.org", 0 }, { "a.example.org", 1 },
		{ "a.b.example.org", 1 }, { "b.a.example.org", 1 },
		{ "example.org", 3 }, { "notexample.org", 3 }, { "org", -ENOENT },
		{ "net", -ENOENT }, { "a.net", 5 }, { "", -ENOENT },
		{ "w.x.y.z", 6 }, { "x.y.z", 7 }, { "y.z", 7 }, { "z", -ENOENT },
		{ ".example.org", 3 }, { ".net", -ENOENT }, { ".", -ENOENT },
		{ "a..", -ENOENT }, { "HOST.example.org", 1 },
	};
	struct rules *rules = rules_alloc(test, ARRAY_SIZE(name));
	char longest[NPV_PEER_NAME_MAX];
	struct npv_subject sub = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(name); i++)
		strscpy(rules->sel[i].name, name[i]);
	expect(test, rules, ARRAY_SIZE(name), &sub, -ENOENT, "unknown");
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		sub.name = want[i].name;
		expect(test, rules, ARRAY_SIZE(name), &sub, want[i].rule,
		       want[i].name);
	}

	/* a.a.a. ... .z, as long as a name may be */
	for (i = 0; i < sizeof(longest) - 2; i++)
		longest[i] = i & 1 ? '.' : 'a';
	strscpy(longest + sizeof(longest) - 2, "z", 2);
	sub.name = longest;
	expect(test, rules, ARRAY_SIZE(name), &sub, 7, "longest");
	strscpy(rules->sel[0].name, longest);
	expect(test, rules, ARRAY_SIZE(name), &sub, 0, "longest, itself");
}

/* A group as far as it is looked at; @id: what is added to its level */
static struct cgroup *group_alloc(struct kunit *test, struct cgroup *parent, u64 id)
{
	int level = parent ? parent->level + 1 : 0;
	struct cgroup *cgrp;

	cgrp = kunit_kzalloc(test, struct_size(cgrp, ancestors, level + 1), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cgrp);
	cgrp->kn = kunit_kzalloc(test, sizeof(*cgrp->kn), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cgrp->kn);
	cgrp->kn->id = id + level;
	cgrp->level = level;
	if (parent)
		memcpy(cgrp->ancestors, parent->ancestors,
		       level * sizeof(cgrp->ancestors[0]));
	cgrp->ancestors[level] = cgrp;
	return cgrp;
}

static void npv_classify__cgroup(struct kunit *test)
{
	struct cgroup *root = group_alloc(test, NULL, 1);
	struct cgroup *a = group_alloc(test, root, 10);
	struct cgroup *b = group_alloc(test, a, 20);
	struct cgroup *other = group_alloc(test, root, 1000);
	struct rules *rules = rules_alloc(test, 4);
	struct npv_subject sub = {};

	rules->sel[0].cgroup = cgroup_id(b);
	rules->sel[1].cgroup = cgroup_id(a);
	rules->sel[2].cgroup = cgroup_id(a);
	rules->sel[3].cgroup = cgroup_id(root);

	expect(test, rules, 4, &sub, -ENOENT, "unknown");
	sub.cgroup = root;
	expect(test, rules, 4, &sub, 3, "root");
	sub.cgroup = a;
	expect(test, rules, 4, &sub, 1, "a");
	sub.cgroup = b;
	expect(test, rules, 4, &sub, 0, "b");
	rules->sel[0].uid_min = 1;
	expect(test, rules, 4, &sub, 1, "b, but not this user");
	sub.cgroup = other;
	expect(test, rules, 4, &sub, 3, "neither");
	expect(test, rules, 3, &sub, -ENOENT, "neither, and none for all");
}

/* Groups in groups, with more rules than are looked up */
static void npv_classify__cgroups(struct kunit *test)
{
	const unsigned int n = 2 * GROUPS_MAX, deep = 3 * GROUPS_MAX;
	struct rules *rules = rules_alloc(test, n + 1);
	struct cgroup *cgrp = NULL;
	struct npv_subject sub = {};
	unsigned int i;

	/* The innermost has the last rule. */
	for (i = 0; i < n; i++) {
		rules->sel[i].cgroup = 100 + i;
		rules->sel[i].uid_min = i;
	}
	for (i = 0; i < deep; i++) {
		cgrp = group_alloc(test, cgrp, 100);
		sub.cgroup = cgrp;
		sub.uid = i;
		expect(test, rules, n, &sub, 0, "the outermost");
		rules->sel[0].uid_max = 0;
		expect(test, rules, n, &sub, i ? 1 : 0, "all but the outermost");
		rules->sel[0].uid_max = U32_MAX;
	}
	for (i = 0; i < n; i++)
		rules->sel[i].cgroup = 1000;
	expect(test, rules, n, &sub, -ENOENT, "none");
	expect(test, rules, n + 1, &sub, n, "one for all");
}

/* --- random rules --- */

static const char *const words[] = { "org", "net", "a", "b", "example", "notexample" };

/* Some labels, of few */
static void random_name(struct rnd_state *rnd, char *name, bool below)
{
	unsigned int i, n = 1 + prandom_u32_state(rnd) % 4;

	*name = '\0';
	if (below)
		strcat(name, "*.");
	for (i = 0; i < n; i++) {
		if (i)
			strcat(name, ".");
		strcat(name, words[prandom_u32_state(rnd) % ARRAY_SIZE(words)]);
	}
}

/* A few numbers next to each other, at both ends and in the middle */
static u32 random_number(struct rnd_state *rnd, u32 max)
{
	u32 r = prandom_u32_state(rnd) % 12;

	switch (prandom_u32_state(rnd) % 3) {
	case 0:
		return r;
	case 1:
		return max - r;
	}
	return max / 2 + r;
}

static void random_addr(struct rnd_state *rnd, struct in6_addr *addr)
{
	*addr = (struct in6_addr){};
	addr->s6_addr[1 + prandom_u32_state(rnd) % 2] = prandom_u32_state(rnd) & 3;
	addr->s6_addr[7 + prandom_u32_state(rnd) % 2] = prandom_u32_state(rnd) & 3;
	addr->s6_addr[15] = prandom_u32_state(rnd) & 3;
	if (prandom_u32_state(rnd) % 2)
		ipv6_addr_set_v4mapped(addr->s6_addr32[3], addr);
	if (!(prandom_u32_state(rnd) % 8))
		memset(addr, 0xff, sizeof(*addr));
}

static void random_range(struct rnd_state *rnd, u32 max, u32 *from, u32 *to)
{
	*from = random_number(rnd, max);
	*to = random_number(rnd, max);
	if (*from > *to)
		swap(*from, *to);
}

/* One rule asks for each dimension in one of @sparse cases. */
static void random_selector(struct rnd_state *rnd, struct npv_selector *sel,
			    unsigned int sparse)
{
	struct in6_addr addr;
	u32 from, to;

	*sel = any;
	if (!(prandom_u32_state(rnd) % sparse))
		random_range(rnd, U32_MAX, &sel->uid_min, &sel->uid_max);
	if (!(prandom_u32_state(rnd) % sparse))
		random_range(rnd, U32_MAX, &sel->gid_min, &sel->gid_max);
	if (!(prandom_u32_state(rnd) % sparse)) {
		random_range(rnd, U16_MAX, &from, &to);
		sel->port_min = from;
		sel->port_max = to;
	}
	if (!(prandom_u32_state(rnd) % sparse))
		sel->type = 1 + prandom_u32_state(rnd) % 3;
	if (!(prandom_u32_state(rnd) % sparse))
		sel->capacity = prandom_u32_state(rnd) % 4;
	if (!(prandom_u32_state(rnd) % sparse))
		sel->policy = prandom_u32_state(rnd) % 3;
	if (!(prandom_u32_state(rnd) % sparse)) {
		random_addr(rnd, &addr);
		sel->dest_len = prandom_u32_state(rnd) % 129;
		ipv6_addr_prefix(&sel->dest, &addr, sel->dest_len);
	}
	if (!(prandom_u32_state(rnd) % sparse))
		strscpy(sel->comm, words[prandom_u32_state(rnd) % ARRAY_SIZE(words)]);
	if (!(prandom_u32_state(rnd) % sparse))
		sel->cgroup = 100 + prandom_u32_state(rnd) % 40;
	if (!(prandom_u32_state(rnd) % sparse))
		random_name(rnd, sel->name, prandom_u32_state(rnd) % 2);
}

static void random_subject(struct rnd_state *rnd, struct npv_subject *sub, char *name)
{
	random_name(rnd, name, false);
	sub->name = prandom_u32_state(rnd) % 8 ? name : NULL;
	sub->comm = words[prandom_u32_state(rnd) % ARRAY_SIZE(words)];
	sub->uid = random_number(rnd, U32_MAX);
	sub->gid = random_number(rnd, U32_MAX);
	sub->port = random_number(rnd, U16_MAX);
	sub->type = 1 + prandom_u32_state(rnd) % 3;
	sub->capacity = prandom_u32_state(rnd) % 4 ?: NPV_ANY;
	sub->policy = prandom_u32_state(rnd) % 3 ?: NPV_ANY;
	random_addr(rnd, &sub->dest);
}

/* Return: how many of @n_subjects had a rule */
static unsigned int random_rules(struct kunit *test, struct rnd_state *rnd,
				 struct rules *rules, unsigned int n,
				 unsigned int sparse, struct cgroup **groups,
				 unsigned int n_subjects)
{
	unsigned int i, found = 0;
	struct npv_subject sub;
	struct npv_classifier *c;
	char name[NPV_PEER_NAME_MAX];

	for (i = 0; i < n; i++)
		random_selector(rnd, &rules->sel[i], sparse);
	c = build(test, rules, n);
	for (i = 0; i < n_subjects; i++) {
		int got, want;

		random_subject(rnd, &sub, name);
		sub.cgroup = groups[prandom_u32_state(rnd) % 40];
		got = npv_classify(c, &sub);
		want = linear(rules, n, &sub);
		KUNIT_ASSERT_EQ_MSG(test, got, want, "of %u rules", n);
		found += want >= 0;
	}
	npv_classifier_free(c);
	return found;
}

static void npv_classify__random(struct kunit *test)
{
	struct rules *rules = rules_alloc(test, RULES_MAX);
	struct cgroup *groups[40] = {};
	unsigned int i, found = 0;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 5);
	for (i = 1; i < ARRAY_SIZE(groups); i++)
		groups[i] = group_alloc(test, i > 1 ? groups[i - 1] : NULL, 100);
	for (i = 0; i < 1000; i++) {
		found += random_rules(test, &rnd, rules,
				      1 + prandom_u32_state(&rnd) % 100,
				      1 + prandom_u32_state(&rnd) % 10, groups, 8);
		cond_resched();
	}
	KUNIT_EXPECT_GT(test, found, 2000);
	KUNIT_EXPECT_LT(test, found, 7500);
	for (i = 0; i < 5; i++) {
		random_rules(test, &rnd, rules, RULES_MAX - i * 777, 1 + 2 * i,
			     groups, 40);
		cond_resched();
	}
}

/* --- memory, time --- */

static unsigned int allocs_left;
static size_t allocated;

static void *alloc_some(size_t n, size_t size)
{
	if (!allocs_left)
		return NULL;
	allocs_left--;
	allocated += n * size;
	return kvcalloc(n, size, GFP_KERNEL);
}

static void npv_classifier_build__no_memory(struct kunit *test)
{
	struct rules *rules = rules_alloc(test, 100);
	struct npv_classifier *c = NULL;
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, 6);
	for (i = 0; i < 100; i++)
		random_selector(&rnd, &rules->sel[i], 2);
	kunit_activate_static_stub(test, classify_alloc, alloc_some);
	for (i = 0; i < 100 && !c; i++) {
		allocs_left = i;
		c = npv_classifier_build(rules->list, 100);
	}
	kunit_deactivate_static_stub(test, classify_alloc);
	KUNIT_EXPECT_NOT_NULL(test, c);
	KUNIT_EXPECT_EQ(test, allocs_left, 0);
	KUNIT_EXPECT_GT(test, i, 30);
	npv_classifier_free(c);
}

/* No two rules are alike in anything. */
static void rules_differ(struct rules *rules, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct npv_selector *sel = &rules->sel[i];

		sel->uid_min = 1000 + i;
		sel->uid_max = 1000 + i;
		sel->gid_min = 100 + i;
		sel->gid_max = U32_MAX - i;
		sel->port_min = i;
		sel->port_max = U16_MAX - i;
		sel->dest.s6_addr32[0] = htonl(0x20010db8);
		sel->dest.s6_addr32[1] = htonl(i);
		sel->dest_len = 64;
		snprintf(sel->comm, sizeof(sel->comm), "program%u", i);
		snprintf(sel->name, sizeof(sel->name), "*.host%u.example.org", i);
	}
}

static void npv_classifier_build__size(struct kunit *test)
{
	const unsigned int n = 1024;
	struct rules *rules = rules_alloc(test, n);
	struct npv_classifier *c;

	rules_differ(rules, n);
	allocs_left = UINT_MAX;
	allocated = 0;
	kunit_activate_static_stub(test, classify_alloc, alloc_some);
	c = build(test, rules, n);
	kunit_deactivate_static_stub(test, classify_alloc);
	npv_classifier_free(c);
	kunit_info(test, "%u rules: %zu bytes", n, allocated);
	/* Of which much is given back when it is built */
	KUNIT_EXPECT_LT(test, allocated, 4 << 20);
}

static void npv_classifier_build__all_differ(struct kunit *test)
{
	const unsigned int n = 1024, times = 10;
	struct rules *rules = rules_alloc(test, n);
	struct npv_subject sub = {};
	struct npv_classifier *c;
	char comm[TASK_COMM_LEN], name[64];
	unsigned int i;
	u64 begun;

	rules_differ(rules, n);
	begun = ktime_get_ns();
	for (i = 0; i < times; i++)
		npv_classifier_free(build(test, rules, n));
	kunit_info(test, "%u rules are built in %llu us", n,
		   div_u64(ktime_get_ns() - begun, times * NSEC_PER_USEC));
	c = build(test, rules, n);
	sub.comm = comm;
	sub.name = name;
	begun = ktime_get_ns();
	for (i = 0; i < n; i++) {
		sub.uid = 1000 + i;
		sub.gid = 20000;
		sub.port = 20000;
		sub.dest.s6_addr32[0] = htonl(0x20010db8);
		sub.dest.s6_addr32[1] = htonl(i);
		sub.dest.s6_addr32[3] = htonl(i);
		snprintf(comm, sizeof(comm), "program%u", i);
		snprintf(name, sizeof(name), "www.host%u.example.org", i);
		KUNIT_EXPECT_EQ(test, npv_classify(c, &sub), i);
	}
	kunit_info(test, "%llu ns each",
		   div_u64(ktime_get_ns() - begun, n));
	npv_classifier_free(c);
}

static struct kunit_case classify_cases[] = {
	KUNIT_CASE(npv_classify__no_rules),
	KUNIT_CASE(npv_classify__numbers),
	KUNIT_CASE(npv_classify__enums),
	KUNIT_CASE(npv_classify__dest),
	KUNIT_CASE(npv_classify__comm),
	KUNIT_CASE(npv_classify__name),
	KUNIT_CASE(npv_classify__cgroup),
	KUNIT_CASE(npv_classify__cgroups),
	KUNIT_CASE(npv_classify__random),
	KUNIT_CASE(npv_classifier_build__no_memory),
	KUNIT_CASE(npv_classifier_build__size),
	KUNIT_CASE(npv_classifier_build__all_differ),
	{}
};

static struct kunit_suite classify_suite = {
	.name = "npv_classify",
	.test_cases = classify_cases,
};

kunit_test_suite(classify_suite);
