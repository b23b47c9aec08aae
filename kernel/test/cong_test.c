// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of cong.c, which includes this file: what holds for all
 * algorithms. The clock of these tests is far from 0, where a real one may be
 * too.
 */

#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/string.h>

#define CONG_T0		1000000000000ULL
#define CONG_RTT	50000
#define CONG_MSS	1200

struct cong_case {
	const struct npv_cong_ops *ops;
	u32 kept;	/* thousandths of the window that a loss leaves */
};

static const struct cong_case cong_cases[] = {
	{ &npv_cong_cubic, 700 },
	{ &npv_cong_newreno, 500 },
};

static void cong_desc(const struct cong_case *c, char *desc)
{
	strscpy(desc, c->ops->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(cong, cong_cases, cong_desc);

static void cong_start(struct kunit *test, struct npv_cong *c, u32 mss)
{
	const struct cong_case *param = test->param_value;

	/* All of it is filled in. */
	memset(c, 0xa5, sizeof(*c));
	npv_cong_init(c, param->ops, mss);
	npv_cong_sent(c, CONG_T0, 0, 0);
}

/* An ACK for what was sent a round trip ago */
static void cong_ack(struct npv_cong *c, u64 now, u32 bytes)
{
	struct npv_cong_ack ack = {
		.now_us = now,
		.sent_us = now - CONG_RTT,
		.in_flight = c->cwnd,
		.acked = bytes,
		.latest_rtt_us = CONG_RTT,
		.min_rtt_us = CONG_RTT,
		.srtt_us = CONG_RTT,
	};

	npv_cong_acked(c, &ack);
}

static bool cong_same(const struct npv_cong *a, const struct npv_cong *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* In congestion avoidance, with a window of so many bytes or a little more */
static void cong_avoidance(struct kunit *test, struct npv_cong *c, u64 bytes)
{
	const struct cong_case *param = test->param_value;

	cong_start(test, c, CONG_MSS);
	c->cwnd = div_u64(bytes * 1000, param->kept) + 1;
	npv_cong_lost(c, CONG_T0 + 1, CONG_T0, CONG_MSS);
	cong_ack(c, CONG_T0 + 2 + CONG_RTT, 1);
}

static void npv_cong_find__names(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, npv_cong_find("cubic"), &npv_cong_cubic);
	KUNIT_EXPECT_PTR_EQ(test, npv_cong_find("newreno"), &npv_cong_newreno);
	KUNIT_EXPECT_PTR_EQ(test, npv_cong_default(), &npv_cong_cubic);
	KUNIT_EXPECT_NULL(test, npv_cong_find("reno"));
	KUNIT_EXPECT_NULL(test, npv_cong_find("cubi"));
	KUNIT_EXPECT_NULL(test, npv_cong_find(""));
}

static void npv_cong_init__window(struct kunit *test)
{
	/* RFC 9002, section 7.2 */
	static const struct { u32 mss; u64 window; } table[] = {
		{ 508, 5080 }, { 1200, 12000 }, { 1252, 12520 },
		{ 1452, 14520 }, { 1472, 14720 }, { 1473, 14720 },
		{ 7360, 14720 }, { 7361, 14722 }, { 9000, 18000 },
	};
	struct npv_cong c;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		cong_start(test, &c, table[i].mss);
		KUNIT_EXPECT_EQ(test, npv_cong_window(&c), table[i].window);
		KUNIT_EXPECT_EQ(test, c.ssthresh, U64_MAX);
		KUNIT_EXPECT_TRUE(test, npv_cong_in_slow_start(&c));
		/* Nothing is recovered from, at whatever time. */
		KUNIT_EXPECT_FALSE(test, in_recovery(&c, 0));
	}
}

static void npv_cong_acked__slow_start(struct kunit *test)
{
	struct npv_cong c;

	cong_start(test, &c, CONG_MSS);
	cong_ack(&c, CONG_T0 + CONG_RTT, 5000);
	KUNIT_EXPECT_EQ(test, c.cwnd, 17000);
	cong_ack(&c, CONG_T0 + CONG_RTT, 17000);
	KUNIT_EXPECT_EQ(test, c.cwnd, 34000);
	cong_ack(&c, CONG_T0 + CONG_RTT, 0);
	KUNIT_EXPECT_EQ(test, c.cwnd, 34000);

	/* a later one: up to ssthresh, and a datagram's rest */
	c.ssthresh = 40000;
	cong_ack(&c, CONG_T0 + CONG_RTT, 5000);
	KUNIT_EXPECT_EQ(test, c.cwnd, 39000);
	cong_ack(&c, CONG_T0 + CONG_RTT, 39000);
	KUNIT_EXPECT_GE(test, c.cwnd, 40000 + CONG_MSS);
	KUNIT_EXPECT_LE(test, c.cwnd, 40000 + 2 * CONG_MSS);
}

/* The first slow start is HyStart++, for what nobody lost; others are not. */
static void npv_cong_acked__hystart(struct kunit *test)
{
	unsigned int round, i;
	struct npv_cong c;
	u64 now = CONG_T0;
	u64 pn = 0;
	bool later;

	for (later = false; ; later = true) {
		cong_start(test, &c, CONG_MSS);
		if (later)
			c.ssthresh = SZ_1G;
		npv_cong_sent(&c, now, pn + 9, 1);
		for (round = 0; round < 8; round++) {
			for (i = 0; i < 10; i++) {
				struct npv_cong_ack ack = {
					.now_us = ++now,
					.sent_us = now,
					.largest = pn++,
					.acked = CONG_MSS,
					.latest_rtt_us = round ? 80000 : 50000,
					.srtt_us = 50000,
				};

				/* all of the next round */
				if (i == 9)
					npv_cong_sent(&c, now, pn + 9, 1);
				npv_cong_acked(&c, &ack);
			}
			/*
			 * eight samples of the second round later: a quarter
			 */
			if (!later && round == 1)
				KUNIT_EXPECT_EQ(test, c.cwnd, 12000 +
						18 * CONG_MSS +
						2 * CONG_MSS / 4);
			if (!later && round < 5)
				KUNIT_EXPECT_EQ(test, c.ssthresh, U64_MAX);
		}
		if (later)
			break;
		/* five rounds, of which the first was no whole one */
		KUNIT_EXPECT_EQ(test, c.ssthresh,
				12000 + 18 * CONG_MSS + 42 * CONG_MSS / 4);
		KUNIT_EXPECT_FALSE(test, npv_cong_in_slow_start(&c));
	}
	KUNIT_EXPECT_EQ(test, c.cwnd, 12000 + 80 * CONG_MSS);
}

static void npv_cong_lost__once_a_round_trip(struct kunit *test)
{
	const struct cong_case *param = test->param_value;
	struct npv_cong c, before;
	u64 half;

	cong_start(test, &c, CONG_MSS);
	c.cwnd = 1000000;
	npv_cong_lost(&c, CONG_T0 + 100, CONG_T0 + 50, CONG_MSS);
	half = 1000 * param->kept;
	KUNIT_EXPECT_EQ(test, c.cwnd, half);
	KUNIT_EXPECT_EQ(test, c.ssthresh, half);
	KUNIT_EXPECT_FALSE(test, npv_cong_in_slow_start(&c));

	/* what was sent before it began, to the microsecond */
	before = c;
	npv_cong_lost(&c, CONG_T0 + 200, CONG_T0 + 60, CONG_MSS);
	npv_cong_lost(&c, CONG_T0 + 200, CONG_T0 + 100, CONG_MSS);
	KUNIT_EXPECT_TRUE(test, cong_same(&c, &before));
	npv_cong_ecn(&c, CONG_T0 + 200, CONG_T0 + 100);
	KUNIT_EXPECT_EQ(test, c.cwnd, half);
	KUNIT_EXPECT_EQ(test, c.recovery_start, CONG_T0 + 100);

	/* nor does the window grow by it */
	cong_ack(&c, CONG_T0 + 100 + CONG_RTT, 12000);
	KUNIT_EXPECT_EQ(test, c.cwnd, half);
	cong_ack(&c, CONG_T0 + 101 + CONG_RTT, 12000);
	cong_ack(&c, CONG_T0 + 102 + CONG_RTT, 12000);
	KUNIT_EXPECT_GT(test, c.cwnd, half);

	/* what was sent in it */
	half = c.cwnd;
	npv_cong_lost(&c, CONG_T0 + 300, CONG_T0 + 101, CONG_MSS);
	KUNIT_EXPECT_EQ(test, c.cwnd, div_u64(half * param->kept, 1000));
	KUNIT_EXPECT_EQ(test, c.recovery_start, CONG_T0 + 300);
}

static void npv_cong_ecn__as_a_loss(struct kunit *test)
{
	struct npv_cong lost, ecn;

	cong_avoidance(test, &lost, 500000);
	ecn = lost;
	npv_cong_lost(&lost, CONG_T0 + 200000, CONG_T0 + 190000, CONG_MSS);
	npv_cong_ecn(&ecn, CONG_T0 + 200000, CONG_T0 + 190000);
	KUNIT_EXPECT_LT(test, ecn.cwnd, 400000);
	KUNIT_EXPECT_EQ(test, ecn.cwnd, lost.cwnd);
	KUNIT_EXPECT_EQ(test, ecn.ssthresh, lost.ssthresh);
	KUNIT_EXPECT_EQ(test, ecn.recovery_start, lost.recovery_start);
	npv_cong_ecn(&ecn, CONG_T0 + 300000, CONG_T0 + 200000);
	KUNIT_EXPECT_EQ(test, ecn.cwnd, lost.cwnd);
}

static void npv_cong_lost__minimum(struct kunit *test)
{
	struct npv_cong c;
	unsigned int i;

	cong_start(test, &c, CONG_MSS);
	for (i = 0; i < 20; i++)
		npv_cong_lost(&c, CONG_T0 + i, CONG_T0 + i, CONG_MSS);
	KUNIT_EXPECT_EQ(test, c.cwnd, 2 * CONG_MSS);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 2 * CONG_MSS);
}

static void npv_cong_persistent__minimum(struct kunit *test)
{
	const struct cong_case *param = test->param_value;
	struct npv_cong c;
	u64 ssthresh;

	cong_start(test, &c, CONG_MSS);
	c.cwnd = 1000000;
	npv_cong_lost(&c, CONG_T0 + 100, CONG_T0 + 90, CONG_MSS);
	npv_cong_persistent(&c, CONG_T0 + 100);
	ssthresh = 1000 * param->kept;
	KUNIT_EXPECT_EQ(test, c.cwnd, 2 * CONG_MSS);
	KUNIT_EXPECT_EQ(test, c.ssthresh, ssthresh);

	/* Slow start begins with the next ACK, whatever it is for. */
	cong_ack(&c, CONG_T0 + 90 + CONG_RTT, CONG_MSS);
	KUNIT_EXPECT_EQ(test, c.cwnd, 3 * CONG_MSS);
	cong_ack(&c, CONG_T0 + 90 + CONG_RTT, 500000);
	KUNIT_EXPECT_GE(test, c.cwnd, min_t(u64, ssthresh, 503600));

	/* So does recovery. */
	npv_cong_lost(&c, CONG_T0 + 200, CONG_T0 + 50, CONG_MSS);
	KUNIT_EXPECT_EQ(test, c.recovery_start, CONG_T0 + 200);
}

static void npv_cong_undo__restores(struct kunit *test)
{
	struct npv_cong c, before;
	u64 t = CONG_T0 + 3 * CONG_RTT;
	unsigned int i;

	cong_avoidance(test, &c, 200000);
	for (i = 0; i < 20; i++)
		cong_ack(&c, t += 1000, 12345);
	before = c;

	npv_cong_lost(&c, t, t, CONG_MSS);
	KUNIT_EXPECT_LT(test, c.cwnd, before.cwnd);
	cong_ack(&c, t += CONG_RTT + 1, CONG_MSS);
	KUNIT_EXPECT_NE(test, memcmp(&c.priv, &before.priv, sizeof(c.priv)), 0);
	KUNIT_EXPECT_TRUE(test, npv_cong_undo(&c));

	/*
	 * all of it, but for when the last ACK came, and for the copy itself
	 */
	before.last_us = c.last_us;
	before.undo = c.undo;
	KUNIT_EXPECT_TRUE(test, cong_same(&c, &before));
	KUNIT_EXPECT_FALSE(test, npv_cong_undo(&c));
	KUNIT_EXPECT_TRUE(test, cong_same(&c, &before));

	/* A packet from before can be lost in earnest, */
	npv_cong_lost(&c, t + 10, t - CONG_RTT - 1, CONG_MSS);
	KUNIT_EXPECT_LT(test, c.cwnd, before.cwnd);
	/* but not one from before the period that came before. */
	KUNIT_EXPECT_TRUE(test, npv_cong_undo(&c));
	npv_cong_lost(&c, t + 20, CONG_T0 + 1, CONG_MSS);
	KUNIT_EXPECT_EQ(test, c.cwnd, before.cwnd);
}

static void npv_cong_undo__first_slow_start(struct kunit *test)
{
	struct npv_cong c;

	cong_start(test, &c, CONG_MSS);
	npv_cong_lost(&c, CONG_T0 + 100, CONG_T0 + 90, CONG_MSS);
	npv_cong_persistent(&c, CONG_T0 + 100);
	KUNIT_EXPECT_TRUE(test, npv_cong_undo(&c));
	KUNIT_EXPECT_EQ(test, c.cwnd, 12000);
	KUNIT_EXPECT_EQ(test, c.ssthresh, U64_MAX);
	/* There is no period any more. */
	cong_ack(&c, CONG_T0 + 90 + CONG_RTT, 1200);
	KUNIT_EXPECT_EQ(test, c.cwnd, 13200);

	cong_start(test, &c, CONG_MSS);
	npv_cong_lost(&c, CONG_T0 + 100, CONG_T0 + 90, CONG_MSS);
	KUNIT_EXPECT_TRUE(test, npv_cong_undo(&c));
	KUNIT_EXPECT_FALSE(test, in_recovery(&c, 0));
	/* Once is enough. */
	npv_cong_persistent(&c, CONG_T0 + 200);
	KUNIT_EXPECT_FALSE(test, npv_cong_undo(&c));
	KUNIT_EXPECT_EQ(test, c.cwnd, 2 * CONG_MSS);
}

static void npv_cong_undo__not(struct kunit *test)
{
	struct npv_cong c, start;
	u64 cwnd;

	cong_start(test, &start, CONG_MSS);
	start.cwnd = 100000;
	c = start;
	KUNIT_EXPECT_FALSE(test, npv_cong_undo(&c));
	KUNIT_EXPECT_TRUE(test, cong_same(&c, &start));

	/* it was ECN-CE; losses belong to what it began */
	npv_cong_ecn(&c, CONG_T0 + 100, CONG_T0 + 90);
	npv_cong_lost(&c, CONG_T0 + 110, CONG_T0 + 95, CONG_MSS);
	cwnd = c.cwnd;
	KUNIT_EXPECT_FALSE(test, npv_cong_undo(&c));
	KUNIT_EXPECT_EQ(test, c.cwnd, cwnd);

	/* it was a loss, but there was ECN-CE too */
	c = start;
	npv_cong_lost(&c, CONG_T0 + 100, CONG_T0 + 90, CONG_MSS);
	npv_cong_ecn(&c, CONG_T0 + 110, CONG_T0 + 95);
	KUNIT_EXPECT_FALSE(test, npv_cong_undo(&c));
	KUNIT_EXPECT_EQ(test, c.cwnd, cwnd);

	/* datagrams are of another size */
	c = start;
	npv_cong_lost(&c, CONG_T0 + 100, CONG_T0 + 90, CONG_MSS);
	npv_cong_set_mss(&c, 1400);
	KUNIT_EXPECT_FALSE(test, npv_cong_undo(&c));
	KUNIT_EXPECT_EQ(test, c.cwnd, cwnd);

	/*
	 * only the last period: before it the window was what the first left
	 */
	c = start;
	npv_cong_lost(&c, CONG_T0 + 100, CONG_T0 + 90, CONG_MSS);
	npv_cong_lost(&c, CONG_T0 + 200, CONG_T0 + 101, CONG_MSS);
	KUNIT_EXPECT_TRUE(test, npv_cong_undo(&c));
	KUNIT_EXPECT_EQ(test, c.cwnd, cwnd);
	KUNIT_EXPECT_EQ(test, c.recovery_start, CONG_T0 + 100);

	/* the window is as large again */
	c = start;
	npv_cong_lost(&c, CONG_T0 + 100, CONG_T0 + 90, CONG_MSS);
	c.cwnd = 100000;
	KUNIT_EXPECT_FALSE(test, npv_cong_undo(&c));
	KUNIT_EXPECT_EQ(test, c.ssthresh, cwnd);
	KUNIT_EXPECT_EQ(test, c.recovery_start, CONG_T0 + 100);
}

static void npv_cong_acked__app_limited(struct kunit *test)
{
	struct npv_cong_ack ack = {
		.acked = 1200, .latest_rtt_us = CONG_RTT, .srtt_us = CONG_RTT,
		.app_limited = true,
	};
	struct npv_cong c, before;
	u64 t = CONG_T0 + 10 * CONG_RTT;
	unsigned int i;

	cong_start(test, &c, CONG_MSS);
	before = c;
	for (i = 0; i < 1000; i++) {
		ack.now_us = t + i * 1000;
		ack.sent_us = ack.now_us - CONG_RTT;
		ack.largest = i;
		npv_cong_acked(&c, &ack);
	}
	before.last_us = ack.now_us;
	KUNIT_EXPECT_TRUE(test, cong_same(&c, &before));

	cong_avoidance(test, &c, 100000);
	before = c;
	for (i = 0; i < 1000; i++) {
		ack.now_us = t + i * 1000;
		ack.sent_us = ack.now_us - CONG_RTT;
		npv_cong_acked(&c, &ack);
	}
	before.last_us = ack.now_us;
	KUNIT_EXPECT_TRUE(test, cong_same(&c, &before));
	for (i = 0; i < 1000; i++)
		cong_ack(&c, t + 1000000 + i * 1000, 1200);
	KUNIT_EXPECT_GT(test, c.cwnd, before.cwnd);
}

static void npv_cong_set_mss__window(struct kunit *test)
{
	struct npv_cong c, before;

	/* still the initial window */
	cong_start(test, &c, 1200);
	npv_cong_set_mss(&c, 1452);
	KUNIT_EXPECT_EQ(test, c.cwnd, 14520);
	npv_cong_set_mss(&c, 9000);
	KUNIT_EXPECT_EQ(test, c.cwnd, 18000);
	npv_cong_set_mss(&c, 508);
	KUNIT_EXPECT_EQ(test, c.cwnd, 5080);
	KUNIT_EXPECT_EQ(test, c.ssthresh, U64_MAX);

	/* not any more */
	cong_ack(&c, CONG_T0 + CONG_RTT, 508);
	npv_cong_set_mss(&c, 1452);
	KUNIT_EXPECT_EQ(test, c.cwnd, 5588);
	npv_cong_set_mss(&c, 9000);
	KUNIT_EXPECT_EQ(test, c.cwnd, 18000);
	KUNIT_EXPECT_EQ(test, c.ssthresh, U64_MAX);

	/* the same number of bytes, but after a loss */
	cong_start(test, &c, 1200);
	c.cwnd = 12000;
	c.ssthresh = 20000;
	npv_cong_set_mss(&c, 1452);
	KUNIT_EXPECT_EQ(test, c.cwnd, 12000);

	/* the minimum, and the threshold's */
	cong_start(test, &c, 1200);
	npv_cong_lost(&c, CONG_T0 + 1, CONG_T0, 1200);
	npv_cong_persistent(&c, CONG_T0 + 1);
	npv_cong_set_mss(&c, 9000);
	KUNIT_EXPECT_EQ(test, c.cwnd, 18000);
	KUNIT_EXPECT_EQ(test, c.ssthresh, 18000);

	cong_avoidance(test, &c, 100000);
	before = c;
	npv_cong_set_mss(&c, CONG_MSS);
	KUNIT_EXPECT_TRUE(test, cong_same(&c, &before));
}

static void npv_cong_pacing_rate__table(struct kunit *test)
{
	static const struct {
		u64 cwnd;
		u64 ssthresh;
		u32 srtt_us;
		u64 rate;
	} table[] = {
		{ 12000, U64_MAX, 50000, 480000 },
		{ 12000, 12001, 50000, 480000 },
		{ 12000, 12000, 50000, 300000 },
		{ 12000, 6000, 100000, 150000 },
		{ 2400, 2400, 60000000, 50 },
		{ SZ_1G, SZ_1G, 1, 1342177280000000ULL },
		{ SZ_1G, U64_MAX, 1, 2147483648000000ULL },
		/* not measured */
		{ 12000, 12000, 0, 15000000000ULL },
		/* never 0 */
		{ 1, 1, U32_MAX, 1 },
	};
	struct npv_cong c;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		cong_start(test, &c, CONG_MSS);
		c.cwnd = table[i].cwnd;
		c.ssthresh = table[i].ssthresh;
		KUNIT_EXPECT_EQ_MSG(test,
				    npv_cong_pacing_rate(&c, table[i].srtt_us),
				    table[i].rate, "line %u", i);
	}
}

/*
 * Whatever comes, with whatever numbers: the window stays within its bounds.
 */
static void npv_cong__extremes(struct kunit *test)
{
	static const u32 sizes[] = { 508, 1200, 9000 };
	struct npv_cong_ack ack = {};
	struct rnd_state rnd;
	u64 now = CONG_T0, most = 0;
	struct npv_cong c;
	unsigned int i;

	prandom_seed_state(&rnd, 9438);
	cong_start(test, &c, 1200);
	for (i = 0; i < 30000; i++) {
		u64 before = c.cwnd, sent;

		/* from microseconds to days */
		now += prandom_u32_state(&rnd) >>
		       (prandom_u32_state(&rnd) % 32);
		if (!(prandom_u32_state(&rnd) % 20))
			now += (u64)prandom_u32_state(&rnd) << 8;
		sent = now - prandom_u32_state(&rnd) % 60000000;
		switch (prandom_u32_state(&rnd) % 2048) {
		case 0:
			npv_cong_lost(&c, now, sent, 1200);
			npv_cong_persistent(&c, now);
			break;
		case 1 ... 8:
			npv_cong_lost(&c, now, sent, 1200);
			break;
		case 9 ... 12:
			npv_cong_ecn(&c, now, sent);
			break;
		case 13 ... 20:
			npv_cong_undo(&c);
			break;
		case 21 ... 28:
			npv_cong_set_mss(&c,
					 sizes[prandom_u32_state(&rnd) % 3]);
			break;
		case 29:
			npv_cong_init(&c, c.ops, c.mss);
			break;
		case 30 ... 40:
			npv_cong_sent(&c, now, i, 0);
			break;
		default:
			ack.now_us = now;
			ack.sent_us = sent;
			ack.largest = i;
			ack.acked = 1 + prandom_u32_state(&rnd) % c.cwnd;
			ack.latest_rtt_us = prandom_u32_state(&rnd) % 60000000;
			ack.srtt_us = 1 + prandom_u32_state(&rnd) % 60000000;
			npv_cong_acked(&c, &ack);
			KUNIT_ASSERT_GE_MSG(test, c.cwnd, before, "step %u", i);
			KUNIT_ASSERT_LE_MSG(test, c.cwnd, 2 * before + c.mss,
					    "step %u", i);
		}
		KUNIT_ASSERT_GE_MSG(test, c.cwnd, 2 * c.mss, "step %u", i);
		KUNIT_ASSERT_GE_MSG(test, c.ssthresh, 2 * c.mss, "step %u", i);
		KUNIT_ASSERT_LE_MSG(test, c.cwnd, NPV_CONG_CWND_MAX, "step %u",
				    i);
		KUNIT_ASSERT_GT(test, npv_cong_pacing_rate(&c, ack.srtt_us), 0);
		most = max(most, c.cwnd);
	}
	/* It has been there. */
	KUNIT_EXPECT_EQ(test, most, NPV_CONG_CWND_MAX);
}

static struct kunit_case cong_test_cases[] = {
	KUNIT_CASE(npv_cong_find__names),
	KUNIT_CASE_PARAM(npv_cong_init__window, cong_gen_params),
	KUNIT_CASE_PARAM(npv_cong_acked__slow_start, cong_gen_params),
	KUNIT_CASE_PARAM(npv_cong_acked__hystart, cong_gen_params),
	KUNIT_CASE_PARAM(npv_cong_lost__once_a_round_trip, cong_gen_params),
	KUNIT_CASE_PARAM(npv_cong_ecn__as_a_loss, cong_gen_params),
	KUNIT_CASE_PARAM(npv_cong_lost__minimum, cong_gen_params),
	KUNIT_CASE_PARAM(npv_cong_persistent__minimum, cong_gen_params),
	KUNIT_CASE_PARAM(npv_cong_undo__restores, cong_gen_params),
	KUNIT_CASE_PARAM(npv_cong_undo__first_slow_start, cong_gen_params),
	KUNIT_CASE_PARAM(npv_cong_undo__not, cong_gen_params),
	KUNIT_CASE_PARAM(npv_cong_acked__app_limited, cong_gen_params),
	KUNIT_CASE_PARAM(npv_cong_set_mss__window, cong_gen_params),
	KUNIT_CASE_PARAM(npv_cong_pacing_rate__table, cong_gen_params),
	KUNIT_CASE_PARAM(npv_cong__extremes, cong_gen_params),
	{}
};

static struct kunit_suite cong_suite = {
	.name = "npv_cong",
	.test_cases = cong_test_cases,
};

kunit_test_suite(cong_suite);
