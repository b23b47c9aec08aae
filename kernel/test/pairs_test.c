// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of pairs.c, which includes this file. */

#include <kunit/test.h>

struct retry_case {
	const char *name;
	u32 times;
	bool worked;
	bool lost;
	unsigned long delay;
};

static const struct retry_case retry_cases[] = {
	{ "first", 0, false, false, 2 * HZ },
	{ "second", 1, false, false, 4 * HZ },
	{ "fifth", 4, false, false, 32 * HZ },
	{ "sixth", 5, false, false, 64 * HZ },
	{ "many", 1000, false, false, 64 * HZ },
	{ "all", U32_MAX, false, false, 64 * HZ },
	{ "worked", 0, true, false, HZ / 2 },
	{ "worked_again", 1, true, false, 4 * HZ },
	{ "lost", 0, false, true, HZ / 2 },
	{ "lost_many", 9, false, true, HZ / 2 },
	{ "lost_worked", 0, true, true, HZ / 2 },
};

static void retry_desc(const struct retry_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(retry, retry_cases, retry_desc);

static void retry_delay__table(struct kunit *test)
{
	const struct retry_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, retry_delay(c->times, c->worked, c->lost),
			c->delay);
}

struct due_case {
	const char *name;
	bool failed;
	long until;	/* from now, jiffies */
	bool lost;
	long due;
	bool forbidden;
};

static const struct due_case due_cases[] = {
	{ "never_failed", false, 0, false, 0 },
	{ "waits", true, 100, false, 100 },
	{ "over", true, 0, false, 0 },
	{ "long_over", true, -10000, false, 0 },
	{ "longest", true, NPV_RETRY_MAX, false, NPV_RETRY_MAX },
	{ "forbidden", true, 0, false, MAX_JIFFY_OFFSET, true },
	/* ... also when it has failed since */
	{ "forbidden_failed", true, 100, false, MAX_JIFFY_OFFSET, true },
	/* without any stack: who has just failed waits, others need not */
	{ "lost_waits", true, NPV_RETRY_LOST, true, NPV_RETRY_LOST },
	{ "lost_over", true, -1, true, 0 },
	{ "lost_longest", true, NPV_RETRY_MAX, true, 0 },
	{ "lost_forbidden", true, 0, true, 0, true },
	{ "lost_forbidden_failed", true, NPV_RETRY_LOST, true, NPV_RETRY_LOST, true },
};

static void due_desc(const struct due_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(due, due_cases, due_desc);

/* At any time, and where jiffies wrap */
static void npv_pairs_due__table(struct kunit *test)
{
	static const unsigned long times[] = { 1000000, -50, 0, LONG_MAX };
	const struct due_case *c = test->param_value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		struct npv_pair_failed failed = {
			.until = times[i] + c->until,
			.times = 1,
			.forbidden = c->forbidden,
		};

		KUNIT_EXPECT_EQ(test, npv_pairs_due(c->failed ? &failed : NULL,
						    times[i], c->lost),
				times[i] + c->due);
	}
}

struct row_case {
	const char *name;
	u32 times;
	long until;	/* from now, jiffies */
	bool worked;
	u32 want;
};

/* How many failures in a row were there before this one? */
static const struct row_case row_cases[] = {
	{ "first", 0, 0, true, 0 },
	{ "again", 3, -HZ, true, 3 },
	{ "again_at_once", 3, 10, true, 3 },
	{ "worked_for_long", 3, -2 * NPV_RETRY_MAX, true, 0 },
	{ "took_long_to_fail", 3, -2 * NPV_RETRY_MAX, false, 3 },
	{ "forbidden", 3, MAX_JIFFY_OFFSET, true, 3 },
};

static void row_desc(const struct row_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(row, row_cases, row_desc);

static void failed_in_a_row__table(struct kunit *test)
{
	const struct row_case *c = test->param_value;
	struct npv_pair_failed failed = {
		.until = jiffies + c->until,
		.times = c->times,
	};

	KUNIT_EXPECT_EQ(test, failed_in_a_row(&failed, jiffies, c->worked),
			c->want);
}

static struct kunit_case pairs_cases[] = {
	KUNIT_CASE_PARAM(retry_delay__table, retry_gen_params),
	KUNIT_CASE_PARAM(npv_pairs_due__table, due_gen_params),
	KUNIT_CASE_PARAM(failed_in_a_row__table, row_gen_params),
	{}
};

static struct kunit_suite pairs_suite = {
	.name = "npv_pairs",
	.test_cases = pairs_cases,
};

kunit_test_suite(pairs_suite);
