// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of hystart.c, which includes this file. */

#include <kunit/test.h>

/* More than enough ACKs for a round to be judged */
#define ROUND_ACKS	10

struct hystart_round {
	u32 rtt_us;	/* lowest of the round; other ACKs have 1 ms more */
	u8 acks;	/* 0: ROUND_ACKS */
	bool css;	/* is conservative after it */
	bool over;	/* slow start ends with it */
};

#define HYSTART_ROUNDS	12

struct hystart_case {
	const char *name;
	struct hystart_round round[HYSTART_ROUNDS];
};

static const struct hystart_case hystart_cases[] = {
	{ "the same round-trip time for ever", {
		{ 50000 }, { 50000 }, { 50000 }, { 50000 },
	} },
	/* 1/8 of 50 ms is 6.25 ms */
	{ "1/8 less a microsecond", { { 50000 }, { 56249 } } },
	{ "1/8", { { 50000 }, { 56250, .css = true } } },
	{ "1/8 of the round before, not of the first", {
		{ 50000 }, { 56249 }, { 62499 }, { 68749 },
	} },
	{ "at least 4 ms: less", { { 8000 }, { 11999 } } },
	{ "at least 4 ms", { { 8000 }, { 12000, .css = true } } },
	{ "at most 16 ms: less", { { 200000 }, { 215999 } } },
	{ "at most 16 ms", { { 200000 }, { 216000, .css = true } } },
	{ "60 s", { { 60000000 }, { 60016000, .css = true } } },
	{ "seven samples are too few", { { 50000 }, { 90000, 7 } } },
	{ "eight are enough", { { 50000 }, { 90000, 8, .css = true } } },
	{ "seven, then a round of the same", {
		{ 50000 }, { 90000, 7 }, { 90000 },
	} },
	{ "five rounds, the one it began in among them", {
		{ 50000 },
		{ 60000, .css = true },
		{ 60000, .css = true },
		{ 60000, .css = true },
		{ 60000, .css = true },
		{ 60000, .css = true, .over = true },
	} },
	{ "still rising", {
		{ 50000 },
		{ 60000, .css = true },
		{ 70000, .css = true },
		{ 80000, .css = true },
		{ 90000, .css = true },
		{ 100000, .css = true, .over = true },
	} },
	{ "it was jitter", {
		{ 50000 },
		{ 60000, .css = true },
		{ 60000, .css = true },
		{ 59999 },
		{ 59999 },
		{ 59999 },
		{ 59999 },
	} },
	{ "jitter that too few samples tell of", {
		{ 50000 },
		{ 60000, .css = true },
		{ 50000, 7, .css = true },
		{ 60000, .css = true },
	} },
	{ "jitter, then a queue: five rounds anew", {
		{ 50000 },
		{ 60000, .css = true },
		{ 60000, .css = true },
		{ 50000 },
		{ 60000, .css = true },
		{ 60000, .css = true },
		{ 60000, .css = true },
		{ 60000, .css = true },
		{ 60000, .css = true, .over = true },
	} },
};

static void hystart_desc(const struct hystart_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(hystart, hystart_cases, hystart_desc);

/*
 * Rounds that overlap as real ones do: by the time that the last packet of a
 * round is acknowledged all of the next have been sent.
 */
static void npv_hystart_acked__table(struct kunit *test)
{
	const struct hystart_case *c = test->param_value;
	u64 acked = 0, sent = (c->round[0].acks ?: ROUND_ACKS) - 1;
	struct npv_hystart hs;
	unsigned int i, j;

	npv_hystart_init(&hs);
	for (i = 0; i < HYSTART_ROUNDS && c->round[i].rtt_us; i++) {
		const struct hystart_round *r = &c->round[i];
		unsigned int acks = r->acks ?: ROUND_ACKS;
		unsigned int next = i + 1 < HYSTART_ROUNDS ?
				    c->round[i + 1].acks : 0;
		bool over = false;

		for (j = 0; j < acks; j++) {
			bool last = j == acks - 1;

			KUNIT_EXPECT_FALSE(test, over);
			if (last)
				sent += next ?: ROUND_ACKS;
			/* The third is the fastest. */
			over = npv_hystart_acked(&hs, acked++, sent,
						 r->rtt_us +
						 (j == 2 ? 0 : 1000));
		}
		KUNIT_EXPECT_EQ_MSG(test, hs.css, r->css, "round %u", i);
		KUNIT_EXPECT_EQ_MSG(test, over, r->over, "round %u", i);
		if (over)
			break;
	}
}

static void npv_hystart_acked__no_sample(struct kunit *test)
{
	struct npv_hystart hs;
	unsigned int i;

	npv_hystart_init(&hs);
	for (i = 0; i < 10; i++)
		npv_hystart_acked(&hs, i, 9 + i, 50000);
	KUNIT_EXPECT_EQ(test, hs.last_min_us, 50000);

	/* ACKs that gave no round-trip time end rounds, and are no samples. */
	for (i = 10; i < 18; i++)
		npv_hystart_acked(&hs, i, 30, 0);
	KUNIT_EXPECT_EQ(test, hs.samples, 0);
	KUNIT_EXPECT_FALSE(test, npv_hystart_acked(&hs, 18, 31, 0));
	KUNIT_EXPECT_EQ(test, hs.round_end, 31);
	KUNIT_EXPECT_EQ(test, hs.last_min_us, U32_MAX);

	/*
	 * The round after one without knows nothing that it could have risen
	 * from.
	 */
	for (i = 19; i < 31; i++)
		npv_hystart_acked(&hs, i, 40, 500000);
	KUNIT_EXPECT_FALSE(test, hs.css);
}

/*
 * An ACK for many packets, of which the one that ends the round isn't the last
 */
static void npv_hystart_acked__beyond(struct kunit *test)
{
	struct npv_hystart hs;

	npv_hystart_init(&hs);
	npv_hystart_acked(&hs, 3, 9, 50000);
	KUNIT_EXPECT_EQ(test, hs.round_end, 9);
	npv_hystart_acked(&hs, 8, 15, 50000);
	KUNIT_EXPECT_EQ(test, hs.round_end, 9);
	npv_hystart_acked(&hs, 12, 25, 50000);
	KUNIT_EXPECT_EQ(test, hs.round_end, 25);
}

/*
 * The initial window may make a queue by itself: there is no round before it.
 */
static void npv_hystart_acked__first_round(struct kunit *test)
{
	struct npv_hystart hs;
	unsigned int i;

	npv_hystart_init(&hs);
	for (i = 0; i < 10; i++)
		npv_hystart_acked(&hs, i, 9 + i, i ? 70000 : 50000);
	KUNIT_EXPECT_FALSE(test, hs.css);
	KUNIT_EXPECT_EQ(test, hs.last_min_us, 50000);
}

static void npv_hystart_growth__css(struct kunit *test)
{
	struct npv_hystart hs;

	npv_hystart_init(&hs);
	KUNIT_EXPECT_EQ(test, npv_hystart_growth(&hs, 1200), 1200);
	KUNIT_EXPECT_EQ(test, npv_hystart_growth(&hs, U32_MAX), U32_MAX);
	hs.css = true;
	KUNIT_EXPECT_EQ(test, npv_hystart_growth(&hs, 1200), 300);
}

static struct kunit_case hystart_test_cases[] = {
	KUNIT_CASE_PARAM(npv_hystart_acked__table, hystart_gen_params),
	KUNIT_CASE(npv_hystart_acked__no_sample),
	KUNIT_CASE(npv_hystart_acked__beyond),
	KUNIT_CASE(npv_hystart_acked__first_round),
	KUNIT_CASE(npv_hystart_growth__css),
	{}
};

static struct kunit_suite hystart_suite = {
	.name = "npv_hystart",
	.test_cases = hystart_test_cases,
};

kunit_test_suite(hystart_suite);
