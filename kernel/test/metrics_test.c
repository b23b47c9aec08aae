// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of metrics.c, which includes this file. */

#include <kunit/test.h>

struct loss_case {
	const char *name;
	u32 ppm;
	s32 lost;
	u32 packets;
	u32 want;
};

static const struct loss_case loss_cases[] = {
	{ "nothing_new", 1234, 0, 0, 1234 },
	{ "none_lost", 0, 0, 1000, 0 },
	/* 1 / (256 + 4): one of four is no loss of a quarter */
	{ "one_of_four", 0, 1, 4, 3846 },
	/* 1000000 * 100 / (256 + 1000) */
	{ "a_tenth", 0, 100, 1000, 79617 },
	/* (79617 * 256 + 100 * 1000000) / (256 + 1000) */
	{ "again", 79617, 100, 1000, 95845 },
	{ "over", 100000, 0, 256, 50000 },
	{ "came_after_all", 3906, -1, 0, 0 },
	{ "most_came_after_all", 100000, -1, 0, 96093 },
	{ "more_than_was_counted", 100, -1000, 0, 0 },
	{ "all", NPV_PPM, 1000, 1000, NPV_PPM },
	{ "too_many", NPV_PPM, 10, 1, NPV_PPM },
	{ "most", 0, S32_MAX, U32_MAX, 999999 },
};

static void loss_desc(const struct loss_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(loss, loss_cases, loss_desc);

static void npv_metrics_loss__table(struct kunit *test)
{
	const struct loss_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, npv_metrics_loss(c->ppm, c->lost, c->packets),
			c->want);
}

/* One packet more is acknowledged, after so long */
static void sample(struct npv_metrics *m, struct npv_measured *now, u32 rtt_us)
{
	now->delivered++;
	now->rtt_us = rtt_us;
	npv_metrics_update(m, now);
}

/* RFC 3550, 6.4.1: J(i) = J(i-1) + (|D(i-1,i)| - J(i-1)) / 16, by hand */
static void npv_metrics_update__jitter(struct kunit *test)
{
	struct npv_measured now = {};
	struct npv_metrics m = {};

	sample(&m, &now, 20000);
	KUNIT_EXPECT_EQ(test, npv_metrics_jitter(&m), 0);
	/* 0 + (16000 - 0) / 16 */
	sample(&m, &now, 36000);
	KUNIT_EXPECT_EQ(test, npv_metrics_jitter(&m), 1000);
	/* 1000 + (0 - 1000) / 16 = 937.5 */
	sample(&m, &now, 36000);
	KUNIT_EXPECT_EQ(test, npv_metrics_jitter(&m), 938);
	/* 937.5 + (32000 - 937.5) / 16 = 2878.9 */
	sample(&m, &now, 4000);
	KUNIT_EXPECT_EQ(test, npv_metrics_jitter(&m), 2879);
}

static void npv_metrics_update__jitter_converges(struct kunit *test)
{
	struct npv_measured now = {};
	struct npv_metrics m = {};
	unsigned int i;

	for (i = 0; i < 1000; i++)
		sample(&m, &now, i & 1 ? 10000 : 15000);
	KUNIT_EXPECT_EQ(test, npv_metrics_jitter(&m), 5000);
	for (i = 0; i < 1000; i++)
		sample(&m, &now, 15000);
	KUNIT_EXPECT_EQ(test, npv_metrics_jitter(&m), 0);
	/* The largest that there can be */
	for (i = 0; i < 1000; i++)
		sample(&m, &now, i & 1 ? 1 : U32_MAX);
	KUNIT_EXPECT_GT(test, npv_metrics_jitter(&m), U32_MAX / 16 - 100);
	KUNIT_EXPECT_LT(test, npv_metrics_jitter(&m), U32_MAX / 16 + 100);
}

static void npv_metrics_update__same_sample(struct kunit *test)
{
	struct npv_measured now = { .delivered = 5, .rtt_us = 1000 };
	struct npv_metrics m = {};

	npv_metrics_update(&m, &now);
	/* Nothing was acknowledged: whatever is read there is no sample. */
	now.rtt_us = 9000;
	npv_metrics_update(&m, &now);
	KUNIT_EXPECT_EQ(test, npv_metrics_jitter(&m), 0);
}

static void npv_metrics_update__loss(struct kunit *test)
{
	/* What was lost before anybody looked is not as of late. */
	struct npv_measured now = { .delivered = U32_MAX, .lost = U32_MAX - 10 };
	struct npv_metrics m = {};

	npv_metrics_update(&m, &now);
	KUNIT_EXPECT_EQ(test, m.loss_ppm, 0);

	/* 100 of 1000, and both have wrapped */
	now.delivered += 900;
	now.lost += 100;
	npv_metrics_update(&m, &now);
	KUNIT_EXPECT_EQ(test, m.loss_ppm, 79617);

	/* They came after all: each is delivered, and none was lost. */
	now.delivered += 100;
	now.lost -= 100;
	npv_metrics_update(&m, &now);
	KUNIT_EXPECT_EQ(test, m.loss_ppm, 0);
}

static void npv_metrics_update__rate(struct kunit *test)
{
	struct npv_measured now = {
		.acked = 1000, .acked_us = 5000000, .span_us = 20000,
	};
	struct npv_metrics m = {};

	npv_metrics_update(&m, &now);
	KUNIT_EXPECT_EQ(test, m.rate, 0);

	/* Less than a round trip: it goes on */
	now.acked += 10000;
	now.acked_us += 19999;
	npv_metrics_update(&m, &now);
	KUNIT_EXPECT_EQ(test, m.rate, 0);

	/* 20000 bytes in 40 ms */
	now.acked += 10000;
	now.acked_us += 20001;
	npv_metrics_update(&m, &now);
	KUNIT_EXPECT_EQ(test, m.rate, 500000);

	/* Less, as there was less to send: 1000 bytes in 1 s */
	now.acked += 1000;
	now.acked_us += 1000000;
	now.limited = true;
	npv_metrics_update(&m, &now);
	KUNIT_EXPECT_EQ(test, m.rate, 500000);

	/* ... but more in spite of that counts */
	now.acked += 40000;
	now.acked_us += 40000;
	npv_metrics_update(&m, &now);
	KUNIT_EXPECT_EQ(test, m.rate, 1000000);

	/* Less, with always something to send */
	now.acked += 10000;
	now.acked_us += 100000;
	now.limited = false;
	npv_metrics_update(&m, &now);
	KUNIT_EXPECT_EQ(test, m.rate, 100000);

	/* Limited for a part of the time only */
	now.acked += 100;
	now.acked_us += 10000;
	now.limited = true;
	npv_metrics_update(&m, &now);
	now.acked += 100;
	now.acked_us += 10000;
	now.limited = false;
	npv_metrics_update(&m, &now);
	KUNIT_EXPECT_EQ(test, m.rate, 100000);
}

static void npv_metrics_update__rate_of_its_own(struct kunit *test)
{
	struct npv_measured now = { .rate = 12345 };
	struct npv_metrics m = {};

	npv_metrics_update(&m, &now);
	KUNIT_EXPECT_EQ(test, m.rate, 12345);
	now.rate = 1;
	npv_metrics_update(&m, &now);
	KUNIT_EXPECT_EQ(test, m.rate, 1);
}

#define AT	(1000000UL)

static const struct npv_thresholds some = {
	.interval = HZ, .rtt_percent = 25, .loss_ppm = 10000, .rate_percent = 50,
	.queue = 100000, .heard_ms = 3000,
};

static const struct npv_values usual = {
	.srtt_us = 20000, .rate = 1000000, .loss_ppm = 0,
};

struct crossed_case {
	const char *name;
	struct npv_values now;
	u32 want;
};

static const struct crossed_case crossed_cases[] = {
	{ "usual", { 20000, 1000000 }, 0 },
	{ "rtt_up_less", { 24999, 1000000 }, 0 },
	{ "rtt_up", { 25000, 1000000 }, NPV_METRIC_RTT },
	{ "rtt_down_less", { 15001, 1000000 }, 0 },
	{ "rtt_down", { 15000, 1000000 }, NPV_METRIC_RTT },
	{ "rate_down_less", { 20000, 500001 }, 0 },
	{ "rate_down", { 20000, 500000 }, NPV_METRIC_RATE },
	{ "rate_up", { 20000, 1500000 }, NPV_METRIC_RATE },
	{ "rate_enormous", { 20000, U64_MAX }, NPV_METRIC_RATE },
	{ "loss_less", { 20000, 1000000, 9999 }, 0 },
	{ "loss", { 20000, 1000000, 10000 }, NPV_METRIC_LOSS },
	{ "queue_less", { 20000, 1000000, 0, 99999 }, 0 },
	{ "queue", { 20000, 1000000, 0, 100000 }, NPV_METRIC_QUEUE },
	{ "heard_less", { 20000, 1000000, 0, 0, 2999 }, 0 },
	{ "heard", { 20000, 1000000, 0, 0, 3000 }, NPV_METRIC_HEARD },
	{ "all", { 1, 1, NPV_PPM, U32_MAX, U32_MAX },
	  NPV_METRIC_RTT | NPV_METRIC_RATE | NPV_METRIC_LOSS |
	  NPV_METRIC_QUEUE | NPV_METRIC_HEARD },
};

static void crossed_desc(const struct crossed_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(crossed, crossed_cases, crossed_desc);

static void npv_metrics_crossed__table(struct kunit *test)
{
	const struct crossed_case *c = test->param_value;
	struct npv_told told = {};

	KUNIT_EXPECT_EQ(test, npv_metrics_crossed(&some, &told, &usual, AT),
			NPV_METRIC_FIRST);
	KUNIT_EXPECT_EQ(test, npv_metrics_crossed(&some, &told, &c->now, AT + HZ),
			c->want);
}

static void npv_metrics_crossed__first_when_measured(struct kunit *test)
{
	struct npv_values now = {};
	struct npv_told told = {};

	KUNIT_EXPECT_EQ(test, npv_metrics_crossed(&some, &told, &now, AT), 0);
	now.srtt_us = 1;
	KUNIT_EXPECT_EQ(test, npv_metrics_crossed(&some, &told, &now, AT + 1),
			NPV_METRIC_FIRST);
}

static void npv_metrics_crossed__interval(struct kunit *test)
{
	struct npv_values now = usual;
	struct npv_told told = {};

	npv_metrics_crossed(&some, &told, &now, AT);
	now.srtt_us *= 2;
	/* Too soon: kept back until it may be told */
	KUNIT_EXPECT_EQ(test, npv_metrics_crossed(&some, &told, &now, AT + 1), 0);
	KUNIT_EXPECT_EQ(test, npv_metrics_crossed(&some, &told, &now,
						  AT + HZ - 1), 0);
	KUNIT_EXPECT_EQ(test, npv_metrics_crossed(&some, &told, &now, AT + HZ),
			NPV_METRIC_RTT);
	/* From now on that is what it was told last. */
	KUNIT_EXPECT_EQ(test, npv_metrics_crossed(&some, &told, &now,
						  AT + 2 * HZ), 0);
	/* ... and what is over by the time that it may be told isn't told. */
	now.srtt_us *= 2;
	npv_metrics_crossed(&some, &told, &now, AT + HZ + 1);
	now.srtt_us /= 2;
	KUNIT_EXPECT_EQ(test, npv_metrics_crossed(&some, &told, &now,
						  AT + 3 * HZ), 0);
}

static void npv_metrics_crossed__every(struct kunit *test)
{
	struct npv_thresholds set = { .interval = HZ, .every = true };
	struct npv_told told = {};

	npv_metrics_crossed(&set, &told, &usual, AT);
	KUNIT_EXPECT_EQ(test, npv_metrics_crossed(&set, &told, &usual,
						  AT + HZ - 1), 0);
	KUNIT_EXPECT_EQ(test, npv_metrics_crossed(&set, &told, &usual, AT + HZ),
			NPV_METRIC_INTERVAL);
	KUNIT_EXPECT_EQ(test, npv_metrics_crossed(&set, &told, &usual,
						  AT + 2 * HZ - 1), 0);
}

/* A value that is about its threshold isn't told again and again. */
static void npv_metrics_crossed__hysteresis(struct kunit *test)
{
	struct npv_values now = usual;
	unsigned long at = AT;
	struct npv_told told = {};
	static const struct {
		u32 loss_ppm;
		u32 crossed;
	} steps[] = {
		{ 10000, NPV_METRIC_FIRST }, { 9999, 0 }, { 5001, 0 }, { 20000, 0 },
		{ 5000, NPV_METRIC_LOSS }, { 5001, 0 }, { 9999, 0 },
		{ 10000, NPV_METRIC_LOSS }, { 0, NPV_METRIC_LOSS },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++, at += HZ) {
		now.loss_ppm = steps[i].loss_ppm;
		KUNIT_EXPECT_EQ_MSG(test,
				    npv_metrics_crossed(&some, &told, &now, at),
				    steps[i].crossed, "step %u", i);
	}
}

/* Nothing is told of what nobody asked for. */
static void npv_metrics_crossed__not_wanted(struct kunit *test)
{
	struct npv_thresholds set = { .interval = HZ, .loss_ppm = 10000 };
	struct npv_values now = { 1, U64_MAX, 9999, U32_MAX, U32_MAX };
	struct npv_told told = {};

	npv_metrics_crossed(&set, &told, &usual, AT);
	KUNIT_EXPECT_EQ(test, npv_metrics_crossed(&set, &told, &now, AT + HZ), 0);
}

static struct kunit_case metrics_cases[] = {
	KUNIT_CASE_PARAM(npv_metrics_loss__table, loss_gen_params),
	KUNIT_CASE(npv_metrics_update__jitter),
	KUNIT_CASE(npv_metrics_update__jitter_converges),
	KUNIT_CASE(npv_metrics_update__same_sample),
	KUNIT_CASE(npv_metrics_update__loss),
	KUNIT_CASE(npv_metrics_update__rate),
	KUNIT_CASE(npv_metrics_update__rate_of_its_own),
	KUNIT_CASE_PARAM(npv_metrics_crossed__table, crossed_gen_params),
	KUNIT_CASE(npv_metrics_crossed__first_when_measured),
	KUNIT_CASE(npv_metrics_crossed__interval),
	KUNIT_CASE(npv_metrics_crossed__every),
	KUNIT_CASE(npv_metrics_crossed__hysteresis),
	KUNIT_CASE(npv_metrics_crossed__not_wanted),
	{}
};

static struct kunit_suite metrics_suite = {
	.name = "npv_metrics",
	.test_cases = metrics_cases,
};

kunit_test_suite(metrics_suite);
