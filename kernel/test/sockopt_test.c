// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of sockopt.c, which includes this file. */

#include <kunit/test.h>

static void option_remember__last_value_last(struct kunit *test)
{
	static const int names[] = { TCP_NODELAY, TCP_CORK, TCP_NODELAY };
	struct npv_sock *nsk = kunit_kzalloc(test, sizeof(*nsk), GFP_KERNEL);
	struct npv_option *opt;
	unsigned int i;
	int val;

	KUNIT_ASSERT_NOT_NULL(test, nsk);
	INIT_LIST_HEAD(&nsk->options);

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		val = i;
		opt = option_read(npv_option_lookup(SOL_TCP, names[i]),
				  KERNEL_SOCKPTR(&val), sizeof(val));
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, opt);
		option_remember(nsk, opt);
	}

	/* TCP_NODELAY was set again: it comes once, last, with its last value */
	KUNIT_EXPECT_EQ(test, list_count_nodes(&nsk->options), 2);
	opt = list_last_entry(&nsk->options, struct npv_option, node);
	KUNIT_EXPECT_EQ(test, opt->entry->name, TCP_NODELAY);
	memcpy(&val, opt->val, sizeof(val));
	KUNIT_EXPECT_EQ(test, val, 2);

	npv_sockopt_forget(nsk);
	KUNIT_EXPECT_TRUE(test, list_empty(&nsk->options));
}

static void option_read__too_long(struct kunit *test)
{
	u8 val[NPV_OPTION_MAX + 1] = {};

	KUNIT_EXPECT_NULL(test,
			  option_read(npv_option_lookup(SOL_TCP, TCP_NODELAY),
				      KERNEL_SOCKPTR(val), sizeof(val)));
}

static struct kunit_case sockopt_cases[] = {
	KUNIT_CASE(option_remember__last_value_last),
	KUNIT_CASE(option_read__too_long),
	{}
};

static struct kunit_suite sockopt_suite = {
	.name = "npv_sockopt",
	.test_cases = sockopt_cases,
};

kunit_test_suite(sockopt_suite);
