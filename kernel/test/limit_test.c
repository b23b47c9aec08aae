// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of limit.c, which includes this file. */

#include <kunit/test.h>

#define TEST_RATE	1000
#define TEST_BURST	200

static void npv_limit_pass__burst_and_rate(struct kunit *test)
{
	unsigned long now = INITIAL_JIFFIES;
	unsigned int i, passed = 0;
	struct npv_limit limit;

	npv_limit_init(&limit, TEST_BURST, now);
	for (i = 0; i < 2 * TEST_BURST; i++)
		passed += npv_limit_pass(&limit, TEST_RATE, TEST_BURST, now);
	KUNIT_EXPECT_EQ(test, passed, TEST_BURST);

	/* A tenth of a second, in whatever steps, brings a tenth of the rate. */
	for (i = passed = 0; i < HZ / 10; i++) {
		now++;
		while (npv_limit_pass(&limit, TEST_RATE, TEST_BURST, now))
			passed++;
	}
	KUNIT_EXPECT_EQ(test, passed, TEST_RATE * (HZ / 10) / HZ);
}

static void npv_limit_pass__saves_no_more_than_a_burst(struct kunit *test)
{
	struct npv_limit limit = { .stamp = 0 };
	unsigned int passed = 0;

	while (npv_limit_pass(&limit, TEST_RATE, TEST_BURST, LONG_MAX))
		passed++;
	KUNIT_EXPECT_EQ(test, passed, TEST_BURST);
}

static struct npv_limit *find4(struct npv_sources *sources, u32 addr)
{
	struct in6_addr in6;

	ipv6_addr_set_v4mapped(htonl(addr), &in6);
	return npv_sources_find(sources, &in6);
}

static struct npv_limit *find6(struct npv_sources *sources, u32 network, u32 host)
{
	struct in6_addr in6 = {
		.s6_addr32 = { htonl(0x20010db8), htonl(network), 0, htonl(host) },
	};

	return npv_sources_find(sources, &in6);
}

/* How many limits are used up */
static unsigned int used(const struct npv_sources *sources)
{
	unsigned int i, n = 0;

	for (i = 0; i < NPV_SOURCES; i++)
		n += !sources->limit[i].credit;
	return n;
}

static void npv_sources_find__tells_sources_apart(struct kunit *test)
{
	struct npv_sources *sources;
	unsigned int i;

	sources = kunit_kzalloc(test, sizeof(*sources), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sources);

	/* Each address of IPv4, evenly: of 512 about 324 are hit by as many. */
	npv_sources_init(sources, TEST_BURST, 0);
	for (i = 0; i < NPV_SOURCES; i++)
		find4(sources, 0x0a000000 + i)->credit = 0;
	KUNIT_EXPECT_GT(test, used(sources), NPV_SOURCES / 2);

	/* Each /64 of IPv6, */
	npv_sources_init(sources, TEST_BURST, 0);
	for (i = 0; i < NPV_SOURCES; i++)
		find6(sources, i, 1)->credit = 0;
	KUNIT_EXPECT_GT(test, used(sources), NPV_SOURCES / 2);

	/* but no address in it */
	npv_sources_init(sources, TEST_BURST, 0);
	for (i = 0; i < NPV_SOURCES; i++)
		find6(sources, 7, i)->credit = 0;
	KUNIT_EXPECT_EQ(test, used(sources), 1);
}

static void npv_sources_find__one_does_not_use_up_anothers(struct kunit *test)
{
	struct npv_sources *sources;
	struct npv_limit *one, *other;
	u32 addr = 0x0a000002;

	sources = kunit_kzalloc(test, sizeof(*sources), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, sources);
	npv_sources_init(sources, TEST_BURST, 0);
	one = find4(sources, 0x0a000001);
	KUNIT_EXPECT_PTR_EQ(test, one, find4(sources, 0x0a000001));
	do {
		other = find4(sources, addr++);
	} while (other == one);
	while (npv_limit_pass(one, TEST_RATE, TEST_BURST, 0))
		;
	KUNIT_EXPECT_TRUE(test, npv_limit_pass(other, TEST_RATE, TEST_BURST, 0));
}

static struct kunit_case limit_cases[] = {
	KUNIT_CASE(npv_limit_pass__burst_and_rate),
	KUNIT_CASE(npv_limit_pass__saves_no_more_than_a_burst),
	KUNIT_CASE(npv_sources_find__tells_sources_apart),
	KUNIT_CASE(npv_sources_find__one_does_not_use_up_anothers),
	{}
};

static struct kunit_suite limit_suite = {
	.name = "npv_limit",
	.test_cases = limit_cases,
};

kunit_test_suite(limit_suite);
