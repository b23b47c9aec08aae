// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of capacity.c, which includes this file. */

#include <kunit/test.h>

static void npv_capacity_hints__code_points(struct kunit *test)
{
	/* RFC 9622, section 8.1.6: DF, LE, AF4x, AF2x, AF3x, AF1x */
	static const u8 classes[] = { 0, 0, 4, 2, 3, 1 };
	unsigned int i;

	KUNIT_ASSERT_EQ(test, ARRAY_SIZE(classes), ARRAY_SIZE(capacity_hints));
	for (i = 0; i < ARRAY_SIZE(classes); i++)
		KUNIT_EXPECT_EQ(test, npv_capacity_hints(i)->dscp >> 3, classes[i]);
	KUNIT_EXPECT_EQ(test, npv_capacity_hints(NPV_CAPACITY_DEFAULT)->dscp, 0);
	KUNIT_EXPECT_EQ(test, npv_capacity_hints(NPV_CAPACITY_SCAVENGER)->dscp, 1);
}

static void npv_capacity_hints__no_privilege(struct kunit *test)
{
	unsigned int i;

	/* Above 6, SO_PRIORITY wants CAP_NET_ADMIN. */
	for (i = 0; i < ARRAY_SIZE(capacity_hints); i++)
		KUNIT_EXPECT_LE(test, npv_capacity_hints(i)->priority, 6);
}

static void npv_capacity_hints__unknown(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, npv_capacity_hints(U8_MAX),
			    npv_capacity_hints(NPV_CAPACITY_DEFAULT));
	KUNIT_EXPECT_PTR_EQ(test, npv_capacity_hints(ARRAY_SIZE(capacity_hints)),
			    npv_capacity_hints(NPV_CAPACITY_DEFAULT));
}

static struct kunit_case capacity_cases[] = {
	KUNIT_CASE(npv_capacity_hints__code_points),
	KUNIT_CASE(npv_capacity_hints__no_privilege),
	KUNIT_CASE(npv_capacity_hints__unknown),
	{}
};

static struct kunit_suite capacity_suite = {
	.name = "npv_capacity",
	.test_cases = capacity_cases,
};

kunit_test_suite(capacity_suite);
