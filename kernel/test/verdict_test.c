// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of verdict.c, which includes this file: what is remembered of connects. */

#include <kunit/test.h>

static const struct npv_verdict_key verdict_one = {
	.dest	= { .s6_addr = { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1 } },
	.port	= 443,
	.type	= SOCK_STREAM,
	.uid	= 1000,
	.cgroup	= 7,
	.comm	= "browser",
	.gid	= 100,
	.mark	= 3,
};

/* Nothing of a key may be overlooked. */
static void npv_verdict_find__key(struct kunit *test)
{
	struct npv_verdict_key key = verdict_one;
	struct npv_verdict *v, *found;
	unsigned int i;

	v = npv_verdict_keep(&init_net, &key, 5, NULL, NULL);
	KUNIT_ASSERT_NOT_NULL(test, v);
	found = npv_verdict_find(&init_net, &key, 5);
	KUNIT_EXPECT_PTR_EQ(test, found, v);
	npv_verdict_put(found);
	KUNIT_EXPECT_NULL(test, npv_verdict_find(&init_net, &key, 4));
	KUNIT_EXPECT_NULL(test, npv_verdict_find(&init_net, &key, 6));
	for (i = 0; i < sizeof(key); i++) {
		((u8 *)&key)[i] ^= 0x40;
		found = npv_verdict_find(&init_net, &key, 5);
		KUNIT_EXPECT_NULL_MSG(test, found, "byte %u", i);
		npv_verdict_put(found);
		((u8 *)&key)[i] ^= 0x40;
	}
	npv_verdict_put(v);
	npv_verdicts_exit(&init_net);
	KUNIT_EXPECT_NULL(test, npv_verdict_find(&init_net, &verdict_one, 5));
}

/* The last one counts, and the one before is as long as somebody has it. */
static void npv_verdict_keep__again(struct kunit *test)
{
	struct npv_verdict *old, *new, *found;

	old = npv_verdict_keep(&init_net, &verdict_one, 5, NULL, NULL);
	KUNIT_ASSERT_NOT_NULL(test, old);
	new = npv_verdict_keep(&init_net, &verdict_one, 6, NULL, NULL);
	KUNIT_EXPECT_NOT_NULL(test, new);
	KUNIT_EXPECT_EQ(test, refcount_read(&old->ref), 1);
	KUNIT_EXPECT_NULL(test, npv_verdict_find(&init_net, &verdict_one, 5));
	found = npv_verdict_find(&init_net, &verdict_one, 6);
	KUNIT_EXPECT_PTR_EQ(test, found, new);
	npv_verdict_put(found);
	npv_verdict_put(old);
	npv_verdict_put(new);
	npv_verdicts_exit(&init_net);
}

/* As many as one likes: no more than there is room for stay. */
static void npv_verdict_keep__many(struct kunit *test)
{
	struct npv_verdict_key key = verdict_one;
	struct npv_verdict *v;
	unsigned int i, known = 0;

	for (i = 0; i < 2000; i++) {
		key.dest.s6_addr32[3] = (__force __be32)i;
		npv_verdict_put(npv_verdict_keep(&init_net, &key, 1, NULL, NULL));
	}
	for (i = 0; i < 2000; i++) {
		key.dest.s6_addr32[3] = (__force __be32)i;
		v = npv_verdict_find(&init_net, &key, 1);
		known += !!v;
		npv_verdict_put(v);
	}
	KUNIT_EXPECT_LE(test, known, 1U << NPV_VERDICT_BITS);
	/* The hash spreads them. */
	KUNIT_EXPECT_GE(test, known, 1U << (NPV_VERDICT_BITS - 1));
	npv_verdicts_exit(&init_net);
	rcu_barrier();
}

/* A rule that has decided is there as long as what it has decided is remembered. */
static void npv_verdict_keep__rule(struct kunit *test)
{
	struct npv_rule *rule = npv_rule_alloc();
	struct npv_verdict *v;

	KUNIT_ASSERT_NOT_NULL(test, rule);
	v = npv_verdict_keep(&init_net, &verdict_one, 1, NULL, rule);
	KUNIT_EXPECT_NOT_NULL(test, v);
	KUNIT_EXPECT_EQ(test, refcount_read(&rule->ref), 2);
	KUNIT_EXPECT_EQ(test, v->serial, rule->serial);
	npv_verdict_put(v);
	npv_verdicts_exit(&init_net);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, refcount_read(&rule->ref), 1);
	npv_rule_put(rule);
}

/* Ways hold as long as nothing that they depend on has changed. */
static void npv_verdict_ways__stamp(struct kunit *test)
{
	static const struct npv_verdict_stamp now = { 1, 2, 3, 4, false };
	static const struct npv_verdict_stamp other[] = {
		{ 2, 2, 3, 4, false }, { 1, 1, 3, 4, false }, { 1, 2, 4, 4, false },
		{ 1, 2, 3, 3, false }, { 1, 2, 3, 4, true },
	};
	struct npv_candidate cand[4] = { { .ifindex = 5 }, { .ifindex = 6, .later = true } };
	struct npv_verdict *v;
	unsigned int i;

	v = npv_verdict_keep(&init_net, &verdict_one, 1, NULL, NULL);
	KUNIT_ASSERT_NOT_NULL(test, v);
	KUNIT_EXPECT_EQ(test, npv_verdict_ways(v, &now, cand, 4), 0);
	npv_verdict_note_ways(v, &now, cand, 2);
	memset(cand, 0, sizeof(cand));
	for (i = 0; i < ARRAY_SIZE(other); i++)
		KUNIT_EXPECT_EQ(test, npv_verdict_ways(v, &other[i], cand, 4), 0);
	KUNIT_EXPECT_EQ(test, npv_verdict_ways(v, &now, cand, 1), 0);
	KUNIT_EXPECT_EQ(test, cand[0].ifindex, 0);
	KUNIT_EXPECT_EQ(test, npv_verdict_ways(v, &now, cand, 2), 2);
	KUNIT_EXPECT_EQ(test, cand[0].ifindex, 5);
	KUNIT_EXPECT_EQ(test, cand[1].ifindex, 6);
	KUNIT_EXPECT_TRUE(test, cand[1].later);
	/* It is the first one that has to have worked. */
	KUNIT_EXPECT_FALSE(test, npv_verdict_proven(v));
	npv_verdict_note_worked(v, &cand[1].local, 6);
	KUNIT_EXPECT_FALSE(test, npv_verdict_proven(v));
	npv_verdict_note_worked(v, &verdict_one.dest, 5);
	KUNIT_EXPECT_FALSE(test, npv_verdict_proven(v));
	npv_verdict_note_worked(v, &cand[0].local, 5);
	KUNIT_EXPECT_TRUE(test, npv_verdict_proven(v));
	/* What is found out later takes its place. */
	cand[0].ifindex = 9;
	npv_verdict_note_ways(v, &other[0], cand, 1);
	KUNIT_EXPECT_EQ(test, npv_verdict_ways(v, &now, cand, 4), 0);
	KUNIT_EXPECT_EQ(test, npv_verdict_ways(v, &other[0], cand, 4), 1);
	KUNIT_EXPECT_EQ(test, cand[0].ifindex, 9);
	KUNIT_EXPECT_FALSE(test, npv_verdict_proven(v));
	npv_verdict_put(v);
	npv_verdicts_exit(&init_net);
}

static struct kunit_case verdict_cases[] = {
	KUNIT_CASE(npv_verdict_find__key),
	KUNIT_CASE(npv_verdict_keep__again),
	KUNIT_CASE(npv_verdict_keep__many),
	KUNIT_CASE(npv_verdict_keep__rule),
	KUNIT_CASE(npv_verdict_ways__stamp),
	{}
};

static struct kunit_suite verdict_suite = {
	.name = "npv_verdict",
	.test_cases = verdict_cases,
};

kunit_test_suite(verdict_suite);
