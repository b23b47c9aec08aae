// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of keepalive.c, which includes this file. */

#include <kunit/test.h>

/* Behind the wrap of 32 bits, as times mostly are not */
#define TEST_NOW	(3 * HZ)

static struct npv_keepalive keepalive_of(const struct npv_keepalive_set *set)
{
	struct npv_keepalive k;

	npv_keepalive_get(set, &init_net, &k);
	return k;
}

static void npv_keepalive_get__as_set(struct kunit *test)
{
	struct npv_keepalive_set set = {
		.probe = true, .idle = 7, .interval = 3, .count = 5, .refresh = 11,
	};
	struct npv_keepalive k = keepalive_of(&set);

	KUNIT_EXPECT_EQ(test, k.idle, 7 * HZ);
	KUNIT_EXPECT_EQ(test, k.patience, 15 * HZ);
	KUNIT_EXPECT_EQ(test, k.refresh, 11 * HZ);
}

static void npv_keepalive_get__defaults_are_those_of_tcp(struct kunit *test)
{
	struct npv_keepalive_set set = { .probe = true };
	struct npv_keepalive k = keepalive_of(&set);

	KUNIT_EXPECT_EQ(test, k.idle, init_net.ipv4.sysctl_tcp_keepalive_time);
	KUNIT_EXPECT_EQ(test, k.patience,
			init_net.ipv4.sysctl_tcp_keepalive_intvl *
			init_net.ipv4.sysctl_tcp_keepalive_probes);
	KUNIT_EXPECT_EQ(test, k.refresh, 0);
}

static void npv_keepalive_get__without_so_keepalive(struct kunit *test)
{
	struct npv_keepalive_set set = { .idle = 7, .interval = 3, .count = 5 };
	struct npv_keepalive k = keepalive_of(&set);

	KUNIT_EXPECT_FALSE(test, npv_keepalive_on(&set));
	KUNIT_EXPECT_EQ(test, k.idle, 0);
	KUNIT_EXPECT_EQ(test, npv_keepalive_left(&k, 0, 0, TEST_NOW),
			NPV_KEEPALIVE_NEVER);
	KUNIT_EXPECT_FALSE(test, npv_keepalive_dead(&k, 0, 0, U32_MAX));
}

static void npv_keepalive_get__the_longest_there_can_be(struct kunit *test)
{
	struct npv_keepalive_set set = {
		.probe = true, .idle = 32767, .interval = 32767, .count = 127,
		.refresh = 32767,
	};
	struct npv_keepalive k = keepalive_of(&set);

	KUNIT_EXPECT_EQ(test, k.idle, 32767 * HZ);
	KUNIT_EXPECT_EQ(test, k.refresh, 32767 * HZ);
	KUNIT_EXPECT_GE(test, k.patience, min_t(u64, 32767ULL * 127 * HZ, S32_MAX));
	KUNIT_EXPECT_FALSE(test, npv_keepalive_dead(&k, 0, k.idle, k.idle));
}

static void npv_keepalive_left__since_what_came_and_was_sent(struct kunit *test)
{
	struct npv_keepalive k = { .idle = 10 * HZ, .patience = HZ };

	/* What was sent is no sign of the peer, */
	KUNIT_EXPECT_EQ(test, npv_keepalive_left(&k, TEST_NOW - 4 * HZ, TEST_NOW,
						 TEST_NOW), 6 * HZ);
	KUNIT_EXPECT_EQ(test, npv_keepalive_left(&k, TEST_NOW - 10 * HZ, TEST_NOW,
						 TEST_NOW), 0);
	/* and what came need not have passed the NAT as it was asked to. */
	k.refresh = 5 * HZ;
	KUNIT_EXPECT_EQ(test, npv_keepalive_left(&k, TEST_NOW, TEST_NOW - 2 * HZ,
						 TEST_NOW), 3 * HZ);
	KUNIT_EXPECT_EQ(test, npv_keepalive_left(&k, TEST_NOW - 8 * HZ, TEST_NOW,
						 TEST_NOW), 2 * HZ);
	/* It may have been asked for when the time had long been over. */
	KUNIT_EXPECT_EQ(test, npv_keepalive_left(&k, TEST_NOW, TEST_NOW - 60 * HZ,
						 TEST_NOW), 0);
}

static void npv_keepalive_dead__after_all_its_patience(struct kunit *test)
{
	struct npv_keepalive k = { .idle = 2 * HZ, .patience = 3 * HZ };
	u32 heard = TEST_NOW - 10 * HZ, asked = heard + 2 * HZ;

	KUNIT_EXPECT_FALSE(test, npv_keepalive_dead(&k, heard, asked, asked + 3 * HZ - 1));
	KUNIT_EXPECT_TRUE(test, npv_keepalive_dead(&k, heard, asked, asked + 3 * HZ));
	/* What was asked for just now has its time. */
	asked = TEST_NOW;
	KUNIT_EXPECT_FALSE(test, npv_keepalive_dead(&k, heard, asked, asked + 3 * HZ - 1));
	/* Something has come, if no answer. */
	KUNIT_EXPECT_FALSE(test, npv_keepalive_dead(&k, asked + 3 * HZ, asked,
						    asked + 4 * HZ));
	/* It was asked before its time, for the NAT. */
	KUNIT_EXPECT_FALSE(test, npv_keepalive_dead(&k, asked - HZ, asked,
						    asked + 3 * HZ));
	KUNIT_EXPECT_TRUE(test, npv_keepalive_dead(&k, asked - HZ, asked,
						   asked + 4 * HZ));
}

static struct kunit_case keepalive_cases[] = {
	KUNIT_CASE(npv_keepalive_get__as_set),
	KUNIT_CASE(npv_keepalive_get__defaults_are_those_of_tcp),
	KUNIT_CASE(npv_keepalive_get__without_so_keepalive),
	KUNIT_CASE(npv_keepalive_get__the_longest_there_can_be),
	KUNIT_CASE(npv_keepalive_left__since_what_came_and_was_sent),
	KUNIT_CASE(npv_keepalive_dead__after_all_its_patience),
	{}
};

static struct kunit_suite keepalive_suite = {
	.name = "npv_keepalive",
	.test_cases = keepalive_cases,
};

kunit_test_suite(keepalive_suite);
