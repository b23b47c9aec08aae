// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of once.c, which includes this file. */

#include <kunit/test.h>

/* Two that fall into the same place */
#define TOKEN_A		0x2a00000001ULL
#define TOKEN_B		0x2b00000001ULL

static struct npv_once *once_new(struct kunit *test)
{
	struct npv_once *once = kunit_kzalloc(test, sizeof(*once), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, once);
	return once;
}

static void npv_once__a_token_is_used_once(struct kunit *test)
{
	struct npv_once *once = once_new(test);

	KUNIT_EXPECT_EQ(test, npv_once(once, 7, 0x1122334455667788), 0);
	KUNIT_EXPECT_EQ(test, npv_once(once, 7, 0x1122334455667788), -EALREADY);
	/* in the same place, */
	KUNIT_EXPECT_EQ(test, npv_once(once, 7, 0x1122334555667788), 0);
	/* and where all that is told apart is 0 */
	KUNIT_EXPECT_EQ(test, npv_once(once, 7, 0x0000000055667788), 0);
	KUNIT_EXPECT_EQ(test, npv_once(once, 7, 0x0000000055667788), -EALREADY);
}

static void npv_once__epochs(struct kunit *test)
{
	struct npv_once *once = once_new(test);

	KUNIT_EXPECT_EQ(test, npv_once(once, 7, TOKEN_A), 0);
	/* The last one is remembered in this one, whenever the token was made, */
	KUNIT_EXPECT_EQ(test, npv_once(once, 8, TOKEN_A), -EALREADY);
	KUNIT_EXPECT_EQ(test, npv_once(once, 8, TOKEN_B), 0);
	KUNIT_EXPECT_EQ(test, npv_once(once, 7, TOKEN_A), -EALREADY);
	KUNIT_EXPECT_EQ(test, npv_once(once, 8, TOKEN_B), -EALREADY);
	/* and forgotten in the next, when nothing of it is good any more. */
	KUNIT_EXPECT_EQ(test, npv_once(once, 9, TOKEN_A), 0);
	KUNIT_EXPECT_EQ(test, npv_once(once, 8, TOKEN_B), -EALREADY);
}

static void npv_once_room__half(struct kunit *test)
{
	struct npv_once *once = once_new(test);
	unsigned int i;

	for (i = 0; i < NPV_ONCE_TOKENS / 2; i++) {
		KUNIT_ASSERT_TRUE(test, npv_once_room(once, 3));
		KUNIT_ASSERT_EQ(test, npv_once(once, 3, i | (u64)(i + 1) << 32), 0);
	}
	KUNIT_EXPECT_FALSE(test, npv_once_room(once, 3));
	KUNIT_EXPECT_TRUE(test, npv_once_room(once, 4));
	KUNIT_EXPECT_EQ(test, npv_once(once, 5, 1), 0);
	KUNIT_EXPECT_TRUE(test, npv_once_room(once, 5));
}

static void npv_once__full(struct kunit *test)
{
	struct npv_once *once = once_new(test);
	unsigned int i;

	for (i = 0; i < NPV_ONCE_WAYS; i++)
		KUNIT_EXPECT_EQ(test, npv_once(once, 3, (u64)(i + 1) << 32), 0);
	/* No token that was used is ever taken for a new one. */
	KUNIT_EXPECT_EQ(test, npv_once(once, 3, 99ULL << 32), -ENOSPC);
	for (i = 0; i < NPV_ONCE_WAYS; i++)
		KUNIT_EXPECT_EQ(test, npv_once(once, 3, (u64)(i + 1) << 32),
				-EALREADY);
	/* The others have places of their own. */
	for (i = NPV_ONCE_WAYS; i < NPV_ONCE_TOKENS; i++)
		KUNIT_ASSERT_EQ(test, npv_once(once, 3, i | 5ULL << 32),
				i % NPV_ONCE_WAYS ? -EALREADY : 0);
}

static struct kunit_case once_cases[] = {
	KUNIT_CASE(npv_once__a_token_is_used_once),
	KUNIT_CASE(npv_once__epochs),
	KUNIT_CASE(npv_once__full),
	KUNIT_CASE(npv_once_room__half),
	{}
};

static struct kunit_suite once_suite = {
	.name		= "npv_once",
	.test_cases	= once_cases,
};

kunit_test_suite(once_suite);
