// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of cong_cubic.c, which includes this file. */

#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/string.h>

#define CUBIC_RTT	50000

static void cbrt_u64__exact(struct kunit *test)
{
	struct rnd_state rnd;
	unsigned int i;
	u64 root;

	KUNIT_EXPECT_EQ(test, cbrt_u64(0), 0);
	KUNIT_EXPECT_EQ(test, cbrt_u64(1), 1);
	KUNIT_EXPECT_EQ(test, cbrt_u64(7), 1);
	KUNIT_EXPECT_EQ(test, cbrt_u64(8), 2);
	KUNIT_EXPECT_EQ(test, cbrt_u64(U64_MAX), CBRT_MAX);
	root = CBRT_MAX;
	KUNIT_EXPECT_EQ(test, cbrt_u64(root * root * root), root);
	KUNIT_EXPECT_EQ(test, cbrt_u64(root * root * root - 1), root - 1);

	prandom_seed_state(&rnd, 3);
	for (i = 0; i < 2000; i++) {
		root = 1 + (prandom_u32_state(&rnd) % CBRT_MAX >> (i % 20));
		KUNIT_ASSERT_EQ(test, cbrt_u64(root * root * root), root);
		KUNIT_ASSERT_EQ(test, cbrt_u64(root * root * root - 1),
				root - 1);
		KUNIT_ASSERT_EQ(test, cbrt_u64(root * root * root +
					       3 * root * root), root);
	}
}

/*
 * K and W_cubic(t) of RFC 9438, sections 4.2 and 4.3, in real numbers: after a
 * loss at a window of @w_max segments
 */
struct curve_case {
	u32 mss;
	u32 w_max;
	u64 k_us;
	u32 at_s[6];
	u64 bytes[6];
};

static const struct curve_case curve_cases[] = {
	{ 1200, 100, 4217163, { 0, 1, 2, 5, 10, 20 },
	  { 84000, 104017, 114768, 120230, 212825, 2007107 } },
	{ 1200, 1000, 9085603, { 0, 1, 2, 5, 10, 20 },
	  { 840000, 946266, 1029246, 1167265, 1200367, 1824080 } },
	{ 508, 50, 3347165, { 0, 1, 2, 5, 10, 20 },
	  { 17780, 22772, 24903, 26318, 85233, 963801 } },
	{ 9000, 10000, 19574338, { 0, 1, 2, 5, 10, 20 },
	  { 63000000, 66930268, 70459330, 78855283, 86840424, 90000278 } },
	{ 1200, 800000, 84343266, { 0, 1, 2, 5, 10, 20 },
	  { 672000000, 682122878, 692005728, 720242906, 762773097,
	    832135333 } },
};

static void curve_desc(const struct curve_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u of %u bytes", c->w_max,
		 c->mss);
}

KUNIT_ARRAY_PARAM(curve, curve_cases, curve_desc);

/* @a and @b differ by less than 1/10000, or by no more than 2 */
static bool near(u64 a, u64 b)
{
	u64 differ = a > b ? a - b : b - a;

	return differ <= max_t(u64, 2, div_u64(b, 10000));
}

static void w_cubic__table(struct kunit *test)
{
	const struct curve_case *p = test->param_value;
	struct npv_cong_ack ack = {
		.now_us = 2, .sent_us = 2, .acked = p->mss,
	};
	struct npv_cong c;
	unsigned int i;

	npv_cong_init(&c, &npv_cong_cubic, p->mss);
	c.cwnd = (u64)p->mss * p->w_max;
	npv_cong_lost(&c, 1, 1, p->mss);
	npv_cong_acked(&c, &ack);
	KUNIT_EXPECT_TRUE(test, c.priv.cubic.epoch);
	KUNIT_EXPECT_TRUE_MSG(test, near(c.priv.cubic.k, p->k_us),
			      "K is %llu us", c.priv.cubic.k);
	for (i = 0; i < ARRAY_SIZE(p->at_s); i++) {
		u64 w = w_cubic(&c.priv.cubic, p->mss,
				p->at_s[i] * USEC_PER_SEC);

		KUNIT_EXPECT_TRUE_MSG(test, near(w, p->bytes[i]),
				      "%llu after %u s", w, p->at_s[i]);
	}
}

/*
 * There and back; monotonic; and nothing that doesn't fit, however long it is.
 */
static void curve__inverse(struct kunit *test)
{
	static const u32 sizes[] = { 508, 1200, 1452, 9000 };
	struct rnd_state rnd;
	unsigned int i, j;

	prandom_seed_state(&rnd, 4);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		u32 mss = sizes[i];
		u64 last = 0, us;

		KUNIT_EXPECT_EQ(test, curve_us(mss, 0), 0);
		for (j = 0; j < 500; j++) {
			u64 bytes = 1 + (prandom_u32_state(&rnd) % SZ_1G >>
					 (j % 20));
			/* 0.1 ms less of K, there where it is steepest */
			u64 back = curve_bytes(mss, curve_us(mss, bytes));

			KUNIT_EXPECT_LE(test, back, bytes);
			KUNIT_EXPECT_GE(test, back + 2 + bytes / 500, bytes);
		}
		for (us = 1; us < U64_MAX / 3; us += us / 3 + 1) {
			u64 now = curve_bytes(mss, us);

			KUNIT_EXPECT_GE(test, now, last);
			last = now;
		}
		KUNIT_EXPECT_GE(test, last, NPV_CONG_CWND_MAX);
		KUNIT_EXPECT_EQ(test, curve_bytes(mss, U64_MAX), last);
	}
	/* datagrams too small for it: not as far, but no overflow */
	KUNIT_EXPECT_EQ(test, curve_us(100, SZ_1G), CURVE_MAX_US);
}

/* RFC 9438, section 4.7 */
static void cubic_congestion__fast_convergence(struct kunit *test)
{
	struct npv_cong c;

	npv_cong_init(&c, &npv_cong_cubic, 1000);
	c.cwnd = 100000;
	npv_cong_lost(&c, 1, 1, 1000);
	KUNIT_EXPECT_EQ(test, c.cwnd, 70000);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 70000);
	KUNIT_EXPECT_EQ(test, c.priv.cubic.w_max, 100000);
	KUNIT_EXPECT_EQ(test, c.priv.cubic.cwnd_prior, 100000);
	/* less than before */
	c.cwnd = 80000;
	npv_cong_lost(&c, 2, 2, 1000);
	KUNIT_EXPECT_EQ(test, c.cwnd, 56000);
	KUNIT_EXPECT_EQ(test, c.priv.cubic.w_max, 68000);
	KUNIT_EXPECT_EQ(test, c.priv.cubic.cwnd_prior, 80000);
	/* as much as before is not less */
	c.cwnd = 68000;
	npv_cong_ecn(&c, 3, 3);
	KUNIT_EXPECT_EQ(test, c.priv.cubic.w_max, 68000);
}

/*
 * RFC 9438, section 5.1: average windows, in segments, where every 1/p-th
 * packet is lost: tables 1 and 2 for C = 0.4. Each of their numbers is of one
 * region, that with the higher; where the two are near, a window that is in
 * both between losses has some percent more.
 */
struct average_case {
	u32 rtt_us;
	u32 packets;	/* 1/p */
	u32 window;
};

static const struct average_case average_cases[] = {
	{ 100000, 100, 12 },
	{ 100000, 1000, 38 },
	{ 100000, 10000, 187 },
	{ 100000, 100000, 1054 },
	{ 100000, 1000000, 5926 },
	{ 100000, 10000000, 33325 },
	{ 100000, 100000000, 187400 },
	{ 10000, 100, 12 },
	{ 10000, 1000, 38 },
	{ 10000, 10000, 120 },
	{ 10000, 100000, 379 },
	{ 10000, 1000000, 1200 },
	{ 10000, 10000000, 5926 },
	{ 10000, 100000000, 33325 },
};

static void average_desc(const struct average_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u ms, 1 lost of %u",
		 c->rtt_us / 1000, c->packets);
}

KUNIT_ARRAY_PARAM(average, average_cases, average_desc);

#define AVERAGE_STEPS	16	/* ACKs a round trip */
#define AVERAGE_WARM_UP	14	/* losses until it is what it will be */
#define AVERAGE_LOSSES	8

static void cubic__average_window(struct kunit *test)
{
	const struct average_case *p = test->param_value;
	u64 until_loss = (u64)p->packets * 1200;
	struct npv_cong_ack ack = {
		.latest_rtt_us = p->rtt_us, .min_rtt_us = p->rtt_us,
		.srtt_us = p->rtt_us,
	};
	u64 sum = 0, steps = 0, over = 0, left = until_loss, average;
	unsigned int losses = 0;
	struct npv_cong c;
	u64 now = 1;

	npv_cong_init(&c, &npv_cong_cubic, 1200);
	c.cwnd = 1200 * (u64)p->window;
	c.ssthresh = c.cwnd;
	while (losses < AVERAGE_WARM_UP + AVERAGE_LOSSES) {
		now += p->rtt_us / AVERAGE_STEPS;
		over += c.cwnd;
		ack.acked = min_t(u64, over / AVERAGE_STEPS, left);
		over %= AVERAGE_STEPS;
		/*
		 * The RFC's model has no recovery period: all was sent after
		 * it.
		 */
		ack.sent_us = now;
		ack.now_us = now;
		npv_cong_acked(&c, &ack);
		if (losses >= AVERAGE_WARM_UP) {
			sum += c.cwnd;
			steps++;
		}
		left -= ack.acked;
		if (!left) {
			npv_cong_lost(&c, now, now, 1200);
			losses++;
			left = until_loss;
		}
	}
	average = div64_u64(sum, steps * 1200);
	KUNIT_EXPECT_GE_MSG(test, average, p->window * 96 / 100, "of %u",
			    p->window);
	KUNIT_EXPECT_LE_MSG(test, average, p->window * 106 / 100 + 1, "of %u",
			    p->window);
}

static void cubic_start(struct npv_cong *c, u64 before)
{
	npv_cong_init(c, &npv_cong_cubic, 1200);
	c->cwnd = before;
	npv_cong_lost(c, 1, 1, 1200);
}

static void cubic_ack(struct npv_cong *c, u64 now, u32 bytes, bool app_limited)
{
	struct npv_cong_ack ack = {
		.now_us = now, .sent_us = now, .acked = bytes,
		.latest_rtt_us = CUBIC_RTT, .min_rtt_us = CUBIC_RTT,
		.srtt_us = CUBIC_RTT, .app_limited = app_limited,
	};

	npv_cong_acked(c, &ack);
}

/*
 * Short round trips: 9/17 of a datagram each, a whole one once it is as before
 */
static void cubic_acked__reno_friendly(struct kunit *test)
{
	unsigned int rounds = 0;
	u64 now = 10, cwnd;
	struct npv_cong c;

	cubic_start(&c, 120000);
	cubic_ack(&c, now, 84000, false);
	while (c.cwnd < 120000) {
		cwnd = c.cwnd;
		cubic_ack(&c, now += 100, c.cwnd, false);
		KUNIT_ASSERT_GE(test, c.cwnd - cwnd, 635);
		KUNIT_ASSERT_LE(test, c.cwnd - cwnd, 636);
		rounds++;
	}
	/* (120000 - 84000) / (1200 * 9 / 17) is 56.7; the first ACK had one */
	KUNIT_EXPECT_EQ(test, rounds, 56);
	cwnd = c.cwnd;
	cubic_ack(&c, now += 100, c.cwnd, false);
	KUNIT_EXPECT_EQ(test, c.cwnd - cwnd, 1200);
}

/* The same of a window that grows by less than a byte an ACK */
static void cubic_acked__large_window(struct kunit *test)
{
	struct npv_cong c;
	unsigned int i;

	cubic_start(&c, 1200 * 800000);
	for (i = 0; i < 560000 + 1; i++)
		cubic_ack(&c, 10, 1200, false);
	KUNIT_EXPECT_GE(test, c.priv.cubic.w_est, 1200 * 560000 + 634);
	KUNIT_EXPECT_LE(test, c.priv.cubic.w_est, 1200 * 560000 + 636);
}

/*
 * Never more than half of the window in a round trip, and never less than
 * before
 */
static void cubic_acked__target(struct kunit *test)
{
	struct npv_cong c;
	u64 cwnd;

	cubic_start(&c, 1200000);
	cubic_ack(&c, 10, 1200, false);
	cwnd = c.cwnd;
	cubic_ack(&c, 10 + 100 * USEC_PER_SEC, cwnd, false);
	KUNIT_EXPECT_EQ(test, c.cwnd, cwnd + cwnd / 2);
	cwnd = c.cwnd;
	/* by ACKs of a part of it the same, less what it has grown by */
	cubic_ack(&c, 10 + 100 * USEC_PER_SEC, cwnd / 2, false);
	KUNIT_EXPECT_EQ(test, c.cwnd, cwnd + cwnd / 4);

	/* an ACK for more than the window is as one for all of it */
	cwnd = c.cwnd;
	cubic_ack(&c, 10 + 100 * USEC_PER_SEC, 10 * cwnd, false);
	KUNIT_EXPECT_EQ(test, c.cwnd, cwnd + cwnd / 2);

	/* where the curve is a round trip later */
	cubic_start(&c, 1200000);
	cubic_ack(&c, 10, 1, false);
	cubic_ack(&c, 10 + CUBIC_RTT, c.cwnd, false);
	KUNIT_EXPECT_EQ(test, c.cwnd,
			w_cubic(&c.priv.cubic, 1200, 2 * CUBIC_RTT));
	KUNIT_EXPECT_GT(test, c.cwnd, 840000 + 4 * 1200);

	/* a window that is above the curve stays */
	cubic_start(&c, 1200000);
	cubic_ack(&c, 10, 1200, false);
	cwnd = 2400000;
	c.cwnd = cwnd;
	cubic_ack(&c, 20, 1200, false);
	KUNIT_EXPECT_EQ(test, c.cwnd, cwnd);
}

/* A window as it is after an ACK each millisecond for a second */
static void cubic_second(struct npv_cong *c, u64 *now, bool app_limited)
{
	unsigned int i;

	for (i = 0; i < 1000; i++)
		cubic_ack(c, *now += 1000, 12000, app_limited);
}

/* Time in which the window wasn't used is no time of the curve's. */
static void cubic_acked__unused_time(struct kunit *test)
{
	u64 t, now = 10, now_idle = 10, now_limited = 10;
	struct npv_cong busy, idle, limited;

	cubic_start(&busy, 1200000);
	idle = busy;
	limited = busy;
	cubic_second(&busy, &now, false);
	t = busy.priv.cubic.t;
	KUNIT_EXPECT_EQ(test, t, 999000);
	cubic_second(&busy, &now, false);

	cubic_second(&idle, &now_idle, false);
	KUNIT_EXPECT_EQ(test, idle.priv.cubic.t, t);
	/* an hour, then a round trip of 50 ms to the next ACK */
	now_idle += 3600 * (u64)USEC_PER_SEC;
	npv_cong_sent(&idle, now_idle, 1, 0);
	npv_cong_sent(&idle, now_idle + 10, 2, 1200);
	cubic_ack(&idle, now_idle + CUBIC_RTT, 1, false);
	KUNIT_EXPECT_EQ(test, idle.priv.cubic.t, t + CUBIC_RTT);

	cubic_second(&limited, &now_limited, false);
	cubic_second(&limited, &now_limited, true);
	KUNIT_EXPECT_EQ(test, limited.priv.cubic.t, t);
	cubic_second(&limited, &now_limited, false);
	KUNIT_EXPECT_EQ(test, limited.priv.cubic.t, busy.priv.cubic.t);
	KUNIT_EXPECT_EQ(test, limited.cwnd, busy.cwnd);
}

/* Nor is that of a recovery period which was none. */
static void cubic_acked__undone(struct kunit *test)
{
	u64 now = 10, w_max, t;
	struct npv_cong c;

	cubic_start(&c, 1200000);
	cubic_second(&c, &now, false);
	w_max = c.priv.cubic.w_max;
	t = c.priv.cubic.t;
	npv_cong_lost(&c, now, now, 1200);
	KUNIT_EXPECT_NE(test, c.priv.cubic.w_max, w_max);
	cubic_second(&c, &now, false);
	KUNIT_EXPECT_TRUE(test, npv_cong_undo(&c));
	KUNIT_EXPECT_EQ(test, c.priv.cubic.w_max, w_max);
	KUNIT_EXPECT_EQ(test, c.priv.cubic.t, t);
	cubic_ack(&c, now += 1000, 1200, false);
	t += 1000;
	KUNIT_EXPECT_EQ(test, c.priv.cubic.t, t);

	/* an hour of silence too */
	npv_cong_lost(&c, now, now, 1200);
	npv_cong_persistent(&c, now += 3600 * (u64)USEC_PER_SEC);
	KUNIT_EXPECT_TRUE(test, npv_cong_undo(&c));
	cubic_ack(&c, now + 1000, 1200, false);
	KUNIT_EXPECT_EQ(test, c.priv.cubic.t, t + 1000);
}

/* RFC 9438, section 4.10: slow start ended without a loss */
static void cubic_acked__no_loss(struct kunit *test)
{
	struct npv_cong c;

	npv_cong_init(&c, &npv_cong_cubic, 1200);
	c.cwnd = 600000;
	c.ssthresh = 600000;
	cubic_ack(&c, 10, 1, false);
	KUNIT_EXPECT_EQ(test, c.priv.cubic.k, 0);
	KUNIT_EXPECT_EQ(test, c.priv.cubic.w_max, 600000);
	/*
	 * Reno's own growth at once: nothing was lost that is to be made up
	 * for
	 */
	cubic_ack(&c, 20, 600000, false);
	KUNIT_EXPECT_EQ(test, c.cwnd, 601200);
}

/* RFC 9438, section 4.8: the curve begins where slow start has led */
static void cubic_persistent__restarts(struct kunit *test)
{
	struct npv_cong c;

	cubic_start(&c, 1200000);
	cubic_ack(&c, 5, 1, false);
	KUNIT_EXPECT_GT(test, c.priv.cubic.k, 0);
	npv_cong_persistent(&c, 6);
	KUNIT_EXPECT_EQ(test, c.cwnd, 2400);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 840000);
	cubic_ack(&c, 10, 800000, false);
	KUNIT_EXPECT_EQ(test, c.cwnd, 802400);
	KUNIT_EXPECT_FALSE(test, c.priv.cubic.epoch);
	cubic_ack(&c, 20, 40000, false);
	KUNIT_EXPECT_TRUE(test, c.priv.cubic.epoch);
	KUNIT_EXPECT_EQ(test, c.priv.cubic.k, 0);
	KUNIT_EXPECT_GE(test, c.priv.cubic.w_max, 840000);
	KUNIT_EXPECT_LE(test, c.priv.cubic.w_max, 841199);
}

/*
 * Other datagrams: the curve leads from the same window to the same, by its
 * rules
 */
static void cubic_mss_changed__curve(struct kunit *test)
{
	struct npv_cong c;
	u64 now = 10, cwnd;

	cubic_start(&c, 1200000);
	cubic_second(&c, &now, false);
	cwnd = c.cwnd;
	npv_cong_set_mss(&c, 9000);
	cubic_ack(&c, ++now, 1, false);
	KUNIT_EXPECT_EQ(test, c.priv.cubic.t, 0);
	KUNIT_EXPECT_EQ(test, c.priv.cubic.w_max, 1200000);
	KUNIT_EXPECT_TRUE(test, near(w_cubic(&c.priv.cubic, 9000, 0), cwnd));
	KUNIT_EXPECT_TRUE(test, near(w_cubic(&c.priv.cubic, 9000,
					     c.priv.cubic.k), 1200000));
}

static struct kunit_case cubic_cases[] = {
	KUNIT_CASE(cbrt_u64__exact),
	KUNIT_CASE_PARAM(w_cubic__table, curve_gen_params),
	KUNIT_CASE(curve__inverse),
	KUNIT_CASE(cubic_congestion__fast_convergence),
	KUNIT_CASE_PARAM(cubic__average_window, average_gen_params),
	KUNIT_CASE(cubic_acked__reno_friendly),
	KUNIT_CASE(cubic_acked__large_window),
	KUNIT_CASE(cubic_acked__target),
	KUNIT_CASE(cubic_acked__unused_time),
	KUNIT_CASE(cubic_acked__undone),
	KUNIT_CASE(cubic_acked__no_loss),
	KUNIT_CASE(cubic_persistent__restarts),
	KUNIT_CASE(cubic_mss_changed__curve),
	{}
};

static struct kunit_suite cubic_suite = {
	.name = "npv_cong_cubic",
	.test_cases = cubic_cases,
};

kunit_test_suite(cubic_suite);
