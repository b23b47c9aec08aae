// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of sockopt_table.c, which includes this file. */

#include <kunit/test.h>

#include "../address.h"

static void option_table__no_duplicates(struct kunit *test)
{
	const struct npv_option_entry *entry;
	unsigned int i;

	/* The look-up finds the first: every line must find itself. */
	for (i = 0; i < ARRAY_SIZE(option_table); i++) {
		entry = &option_table[i];
		KUNIT_EXPECT_PTR_EQ_MSG(test,
					npv_option_lookup(entry->level,
							  entry->name), entry,
					"level %d option %d is listed twice",
					entry->level, entry->name);
	}
}

static void option_table__twins_are_mutual(struct kunit *test)
{
	const struct npv_option_entry *twin;
	unsigned int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(option_table); i++) {
		const struct npv_option_entry *entry = &option_table[i];

		/* SOL_IP is 0: it's the name that tells */
		if (!entry->twin_name)
			continue;
		n += entry->level == SOL_IPV6 ? 1 : -1;
		twin = npv_option_lookup(entry->twin_level, entry->twin_name);
		KUNIT_ASSERT_NOT_NULL(test, twin);
		KUNIT_EXPECT_EQ(test, twin->twin_level, entry->level);
		KUNIT_EXPECT_EQ(test, twin->twin_name, entry->name);
		KUNIT_EXPECT_EQ(test, (int)twin->kind, (int)NPV_OPT_REPLAY);
	}
	/* As many of IPv4 as of IPv6 */
	KUNIT_EXPECT_EQ(test, n, 0);
}

static void option_lookup__unlisted(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, npv_option_lookup(SOL_SOCKET, SO_ATTACH_FILTER));
	KUNIT_EXPECT_NULL(test, npv_option_lookup(SOL_TCP, TCP_ULP));
	KUNIT_EXPECT_NULL(test, npv_option_lookup(SOL_NPV, NPV_INFO));
	KUNIT_EXPECT_NULL(test, npv_option_lookup(-1, -1));
}

static struct kunit_case sockopt_table_cases[] = {
	KUNIT_CASE(option_table__no_duplicates),
	KUNIT_CASE(option_table__twins_are_mutual),
	KUNIT_CASE(option_lookup__unlisted),
	{}
};

static struct kunit_suite sockopt_table_suite = {
	.name = "npv_sockopt_table",
	.test_cases = sockopt_table_cases,
};

kunit_test_suite(sockopt_table_suite);
