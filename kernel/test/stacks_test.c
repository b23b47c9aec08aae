// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of stacks.c, which includes this file: when a stack has failed. */

#include <kunit/test.h>

#define MS(ms)	((ms) * HZ / 1000)

struct silent_case {
	const char *name;
	struct progress p;
	bool want;
};

static const struct silent_case silent_cases[] = {
	/* one that a delayed ACK may answer, or few */
	{ "nothing_known", { .packets_out = 1, .silent = MS(300) }, false },
	{ "nothing_known_late", { .packets_out = 1, .silent = MS(300) + 1 },
	  true },
	{ "lone_near", { 10000, 4000, 1, .silent = MS(300) }, false },
	{ "lone_far", { 200000, 4000, 3, .silent = MS(600) }, false },
	{ "lone_far_late", { 200000, 4000, 3, .silent = MS(600) + 1 }, true },
	{ "lone_jitter", { 100000, 500000, 3, .silent = MS(300) + 1 }, true },
	/* ... as a profile has it */
	{ "patient", { .packets_out = 1, .silent = MS(1000),
	  .patience_us = 1000000 }, false },
	{ "patient_late", { .packets_out = 1, .silent = MS(1000) + 1,
	  .patience_us = 1000000 }, true },
	{ "impatient_late", { 10000, 4000, 1, .silent = MS(100) + 1,
	  .patience_us = 100000 }, true },
	/* many: from when the first was due, and at least 50 ms, for the grain */
	{ "many_near", { 10000, 4000, 4, .silent = MS(50) + 1,
	  .overdue_us = 60001 }, true },
	{ "many_near_due", { 10000, 4000, 4, .silent = MS(50) + 1,
	  .overdue_us = 60000 }, false },
	{ "many_near_heard_of", { 10000, 4000, 4, .silent = MS(50),
	  .overdue_us = 1000000 }, false },
	/* a queue of 250 ms: ACKs came one after the other, and then none */
	{ "many_queued", { 240000, 4000, 1000, .silent = MS(120) + 1,
	  .overdue_us = 360001 }, true },
	/* 64 KiB of another stack, by the same link of 4 Mbit/s, were before them */
	{ "many_queued_behind", { 220000, 2800, 63, .silent = MS(140),
	  .overdue_us = 285000 }, false },
	{ "many_far", { 1000000, 4000, 100, .silent = MS(200) + 1,
	  .overdue_us = 1200001 }, true },
	/* all sent just now, after a pause */
	{ "many_burst", { 250000, 4000, 1000, .silent = MS(200),
	  .overdue_us = 200000 }, false },
	{ "many_jitter", { 10000, 50000, 4, .silent = MS(200),
	  .overdue_us = 300000 }, false },
	{ "many_jitter_late", { 10000, 50000, 4, .silent = MS(200) + 1,
	  .overdue_us = 210001 }, true },
	/* sent again a moment ago */
	{ "many_resent", { 100000, 4000, 4, .silent = MS(500),
	  .overdue_us = 100000 }, false },
};

static void silent_desc(const struct silent_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(silent, silent_cases, silent_desc);

static void stack_silent__table(struct kunit *test)
{
	const struct silent_case *c = test->param_value;
	struct progress p = c->p;

	if (!p.patience_us)
		p.patience_us = PATIENCE_US;
	KUNIT_EXPECT_EQ(test, stack_silent(&p), c->want);
}

static void come_back_after__values(struct kunit *test)
{
	struct progress p = { .silence = MS(120) };

	KUNIT_EXPECT_EQ(test, come_back_after(&p), MS(480));
	p.silence = MS(400);
	KUNIT_EXPECT_EQ(test, come_back_after(&p), MS(1600));
	p.silence = HZ / 2;
	KUNIT_EXPECT_EQ(test, come_back_after(&p), COME_BACK);
	p.silence = 100 * HZ;
	KUNIT_EXPECT_EQ(test, come_back_after(&p), COME_BACK);
}

struct judge_case {
	const char *name;
	struct progress p;
	enum verdict want;
};

/* All have a round-trip time of 100 ms, and a variation of it of 25 ms. */
#define MANY	.packets_out = 10
#define SUSPECT	.suspect = true
#define SEVERAL	.several = true

static const struct judge_case judge_cases[] = {
	{ "busy", { MANY, SEVERAL }, VERDICT_OK },
	{ "waits", { MANY, SEVERAL, .silent = MS(100),
	  .overdue_us = 200001 }, VERDICT_OK },
	{ "silent", { MANY, SEVERAL, .silent = MS(100) + 1,
	  .overdue_us = 200001 },
	  VERDICT_SUSPECT },
	{ "silent_for_long", { MANY, SEVERAL, .silent = 100 * HZ,
	  .overdue_us = U32_MAX },
	  VERDICT_SUSPECT },
	{ "silent_alone", { MANY, .silent = MS(100) + 1,
	  .overdue_us = 200001 }, VERDICT_SILENT },
	{ "alone", { MANY, .silent = MS(100), .overdue_us = 200001 }, VERDICT_OK },
	{ "few_wait", { .packets_out = 3, SEVERAL, .silent = MS(300) },
	  VERDICT_OK },
	{ "few_silent", { .packets_out = 3, SEVERAL, .silent = MS(300) + 1 },
	  VERDICT_SUSPECT },
	/* retransmission says nothing, as long as ACKs come */
	{ "retransmits", { MANY, SEVERAL, .retransmits = 9 }, VERDICT_OK },

	{ "suspect", { MANY, SEVERAL, SUSPECT, .silent = HZ,
	  .suspected = HZ }, VERDICT_OK },
	{ "suspect_heard_of", { MANY, SEVERAL, SUSPECT, .silence = HZ,
	  .suspected = HZ },
	  VERDICT_OK },
	{ "suspect_not_for_long", { MANY, SEVERAL, SUSPECT,
	  .silence = HZ, .suspected = COME_BACK }, VERDICT_OK },
	{ "suspect_back", { MANY, SEVERAL, SUSPECT,
	  .silence = HZ, .suspected = COME_BACK + 1 }, VERDICT_RECOVERED },
	{ "suspect_back_alone", { MANY, SUSPECT, .silence = HZ,
	  .suspected = COME_BACK + 1 },
	  VERDICT_RECOVERED },
	{ "suspect_still", { MANY, SEVERAL, SUSPECT, .silent = 1,
	  .suspected = 10 * COME_BACK }, VERDICT_OK },
	{ "suspect_retransmits", { MANY, SEVERAL, SUSPECT, .silent = HZ,
	  .suspected = HZ, .retransmits = 2 }, VERDICT_OK },
	{ "suspect_given_up", { MANY, SEVERAL, SUSPECT, .silent = HZ,
	  .suspected = HZ, .retransmits = 3 }, VERDICT_DOWN },
	/* the last one is kept: TCP goes on trying */
	{ "suspect_alone", { MANY, SUSPECT, .silent = 10 * HZ,
	  .suspected = 10 * HZ, .retransmits = 9 }, VERDICT_OK },
};

static void judge_desc(const struct judge_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(judge, judge_cases, judge_desc);

static void stack_judge__table(struct kunit *test)
{
	const struct judge_case *c = test->param_value;
	struct progress p = c->p;

	p.srtt_us = 100000;
	p.rttvar_us = 25000;
	KUNIT_EXPECT_EQ(test, stack_judge(&p), c->want);
}

/* Looks at a stack, one after the other: how long it has been silent then */
static void stack_progress__looks(struct kunit *test)
{
	static const struct {
		unsigned int after;	/* the look before, ms */
		u32 una;
		bool idle;
		unsigned int silent;
	} looks[] = {
		/* idle when it began, and data was sent only now */
		{ 5000, 0, false, 0 },
		{ 20, 0, false, 20 },
		{ 20, 0, false, 40 },
		{ 20, 7, false, 0 },
		{ 20, 7, false, 20 },
		/* all is acknowledged; much later something is sent */
		{ 20, 9, true, 0 },
		{ 9000, 9, false, 0 },
		{ 20, 9, false, 20 },
		{ 20, 9, true, 0 },
		{ 20, 9, true, 0 },
		{ 20, 9, false, 0 },
		{ 20, 9, false, 20 },
		{ 20, U32_MAX, false, 0 },
	};
	struct npv_subflow *sub = kunit_kzalloc(test, sizeof(*sub), GFP_KERNEL);
	unsigned long now = -MS(6000);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, sub);
	sub->heard_at = now;
	for (i = 0; i < ARRAY_SIZE(looks); i++) {
		now += MS(looks[i].after);
		stack_progress(sub, looks[i].una, looks[i].idle, now);
		KUNIT_EXPECT_EQ_MSG(test, now - sub->heard_at,
				    MS(looks[i].silent), "look %u", i);
	}
}

static void monitor_late__table(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, monitor_late(0, 1000), 0);
	KUNIT_EXPECT_EQ(test, monitor_late(1001, 1000), 0);
	KUNIT_EXPECT_EQ(test, monitor_late(1001, 1001), 0);
	KUNIT_EXPECT_EQ(test, monitor_late(1001, 1003), 0);
	KUNIT_EXPECT_EQ(test, monitor_late(1001, 1004), 3);
	KUNIT_EXPECT_EQ(test, monitor_late(1001, 2001), 1000);
	KUNIT_EXPECT_EQ(test, monitor_late(-1UL, 9), 10);
}

static struct kunit_case stacks_cases[] = {
	KUNIT_CASE(monitor_late__table),
	KUNIT_CASE_PARAM(stack_silent__table, silent_gen_params),
	KUNIT_CASE(come_back_after__values),
	KUNIT_CASE_PARAM(stack_judge__table, judge_gen_params),
	KUNIT_CASE(stack_progress__looks),
	{}
};

static struct kunit_suite stacks_suite = {
	.name = "npv_stacks",
	.test_cases = stacks_cases,
};

kunit_test_suite(stacks_suite);
