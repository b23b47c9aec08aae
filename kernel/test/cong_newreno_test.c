// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of cong_newreno.c, which includes this file: random events,
 * beside the pseudocode of RFC 9002, appendix B.
 */

#include <kunit/test.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/string.h>

#define RENO_PACKETS	4096
#define RENO_STEPS	20000

/*
 * Appendix B, with its names. Where it divides, what is over is kept for the
 * next time, for its numbers are real ones.
 */
struct reno_model {
	u64 congestion_window;
	u64 ssthresh;
	u64 recovery_start_time;
	u64 over;
	u32 max_datagram_size;
};

struct reno_packet {
	u64 time_sent;
	u32 size;
};

static void model_init(struct reno_model *m, u32 mss)
{
	m->max_datagram_size = mss;
	m->congestion_window = min(10 * mss, max(2 * mss, 14720U));
	m->ssthresh = U64_MAX;
	m->recovery_start_time = 0;
	m->over = 0;
}

static bool model_in_recovery(const struct reno_model *m, u64 time_sent)
{
	return time_sent <= m->recovery_start_time;
}

static void model_acked(struct reno_model *m, const struct reno_packet *acked,
			bool app_limited)
{
	u64 acked_windows;

	if (app_limited || model_in_recovery(m, acked->time_sent))
		return;
	if (m->congestion_window < m->ssthresh) {
		m->congestion_window += acked->size;
		return;
	}
	m->over += (u64)m->max_datagram_size * acked->size;
	acked_windows = div64_u64(m->over, m->congestion_window);
	m->over -= acked_windows * m->congestion_window;
	m->congestion_window += acked_windows;
}

static void model_congestion(struct reno_model *m, u64 now, u64 time_sent)
{
	if (model_in_recovery(m, time_sent))
		return;
	m->recovery_start_time = now;
	m->ssthresh = m->congestion_window / 2;
	m->congestion_window = max_t(u64, m->ssthresh,
				     2 * m->max_datagram_size);
	m->over = 0;
}

static void model_persistent(struct reno_model *m)
{
	m->congestion_window = 2 * m->max_datagram_size;
	m->recovery_start_time = 0;
}

/* A sender of packets that are acknowledged, or lost, in order */
struct reno_fixture {
	struct rnd_state rnd;
	struct npv_cong c;
	struct reno_model m;
	struct reno_packet packet[RENO_PACKETS];
	u64 now;
	u64 first;	/* number of the first packet under way */
	u64 next;	/* number of the next packet */
	u64 in_flight;
	bool full;	/* all packets have the full size */
};

static u32 reno_below(struct reno_fixture *fix, u32 below)
{
	return prandom_u32_state(&fix->rnd) % below;
}

static struct reno_packet *reno_packet(struct reno_fixture *fix, u64 pn)
{
	return &fix->packet[pn % RENO_PACKETS];
}

static void reno_send(struct reno_fixture *fix)
{
	while (fix->next - fix->first < RENO_PACKETS &&
	       fix->in_flight < npv_cong_window(&fix->c)) {
		struct reno_packet *p = reno_packet(fix, fix->next);

		fix->now += 1 + reno_below(fix, 10);
		p->time_sent = fix->now;
		p->size = fix->full ? fix->c.mss :
			  1 + reno_below(fix, fix->c.mss);
		npv_cong_sent(&fix->c, fix->now, fix->next, fix->in_flight);
		fix->in_flight += p->size;
		fix->next++;
		/* Sometimes there is no more to send. */
		if (!reno_below(fix, 50))
			break;
	}
}

/*
 * Acknowledge up to @most packets, all of which were sent in recovery, or
 * none; and no more than half of the window, or it would make a difference how
 * it is cut up.
 */
static void reno_ack(struct reno_fixture *fix, unsigned int most)
{
	struct npv_cong_ack ack = {
		.now_us = fix->now,
		.in_flight = fix->in_flight,
		.latest_rtt_us = 50000,
		.min_rtt_us = 50000,
		.srtt_us = 50000,
		.app_limited = !reno_below(fix, 10),
	};
	unsigned int n = 1 + reno_below(fix, most);
	bool recovery;

	recovery = model_in_recovery(&fix->m,
				     reno_packet(fix, fix->first)->time_sent);
	while (n-- && fix->first != fix->next) {
		struct reno_packet *p = reno_packet(fix, fix->first);

		if (model_in_recovery(&fix->m, p->time_sent) != recovery ||
		    (ack.acked && ack.acked + p->size > fix->c.cwnd / 2))
			break;
		model_acked(&fix->m, p, ack.app_limited);
		ack.largest = fix->first++;
		ack.sent_us = p->time_sent;
		ack.acked += p->size;
		fix->in_flight -= p->size;
	}
	npv_cong_acked(&fix->c, &ack);
}

static void reno_step(struct reno_fixture *fix, unsigned int most)
{
	struct reno_packet *p;

	reno_send(fix);
	p = reno_packet(fix, fix->first);
	fix->now += 1 + reno_below(fix, 1000);
	if (!reno_below(fix, 300)) {
		npv_cong_lost(&fix->c, fix->now, p->time_sent, p->size);
		model_congestion(&fix->m, fix->now, p->time_sent);
		if (!reno_below(fix, 10)) {
			npv_cong_persistent(&fix->c, fix->now);
			model_persistent(&fix->m);
		}
		fix->in_flight -= p->size;
		fix->first++;
		return;
	}
	if (!reno_below(fix, 1000)) {
		npv_cong_ecn(&fix->c, fix->now, p->time_sent);
		model_congestion(&fix->m, fix->now, p->time_sent);
	}
	reno_ack(fix, most);
}

static const u32 reno_sizes[] = { 508, 1200, 1452, 9000 };

static void reno_desc(const u32 *mss, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "datagrams of %u bytes", *mss);
}

KUNIT_ARRAY_PARAM(reno, reno_sizes, reno_desc);

static struct reno_fixture *reno_fixture(struct kunit *test)
{
	const u32 *mss = test->param_value;
	struct reno_fixture *fix;

	fix = kunit_kzalloc(test, sizeof(*fix), GFP_KERNEL);
	if (!fix)
		return NULL;
	prandom_seed_state(&fix->rnd, *mss);
	fix->now = 1;
	npv_cong_init(&fix->c, &npv_cong_newreno, *mss);
	model_init(&fix->m, *mss);

	return fix;
}

/* An ACK for each packet: equal to the byte */
static void newreno__random(struct kunit *test)
{
	struct reno_fixture *fix = reno_fixture(test);
	unsigned int i, events = 0, avoidance = 0;

	KUNIT_ASSERT_NOT_NULL(test, fix);
	for (i = 0; i < RENO_STEPS; i++) {
		u64 before = fix->m.recovery_start_time;

		reno_step(fix, 1);
		events += fix->m.recovery_start_time != before;
		avoidance += !npv_cong_in_slow_start(&fix->c);
		KUNIT_ASSERT_EQ_MSG(test, npv_cong_window(&fix->c),
				    fix->m.congestion_window, "step %u", i);
		/*
		 * It makes no difference that the threshold has a minimum too.
		 */
		KUNIT_ASSERT_EQ_MSG(test, fix->c.ssthresh,
				    max_t(u64, fix->m.ssthresh, 2 * fix->c.mss),
				    "step %u", i);
	}
	/* It has been somewhere. */
	KUNIT_EXPECT_GE(test, events, 20);
	KUNIT_EXPECT_GE(test, avoidance, RENO_STEPS / 4);
	KUNIT_EXPECT_LT(test, avoidance, RENO_STEPS);
}

/*
 * An ACK for up to 16 packets of the full size: all are divided by the window
 * before them, where the pseudocode has it grow between them, and the first to
 * pass ssthresh needn't be the end of a packet.
 */
static void newreno__random_many(struct kunit *test)
{
	struct reno_fixture *fix = reno_fixture(test);
	unsigned int i;
	u32 most;

	KUNIT_ASSERT_NOT_NULL(test, fix);
	fix->full = true;
	most = 2 * fix->c.mss;
	for (i = 0; i < RENO_STEPS; i++) {
		u64 model;

		reno_step(fix, 16);
		model = fix->m.congestion_window;
		KUNIT_ASSERT_GE_MSG(test, npv_cong_window(&fix->c) + most,
				    model, "step %u", i);
		KUNIT_ASSERT_LE_MSG(test, npv_cong_window(&fix->c),
				    model + most, "step %u", i);
	}
}

/*
 * An ACK for what was sent before the window was cut: one datagram more, no
 * more
 */
static void newreno_acked__more_than_the_window(struct kunit *test)
{
	struct npv_cong_ack ack = { .now_us = 1, .acked = 120000 };
	struct npv_cong c;

	npv_cong_init(&c, &npv_cong_newreno, 1200);
	c.ssthresh = c.cwnd;
	npv_cong_acked(&c, &ack);
	KUNIT_EXPECT_EQ(test, c.cwnd, 13200);
}

/*
 * 1 GiB grows by 1200 bytes while it is acknowledged, by a millionth each ACK.
 */
static void newreno__large_window(struct kunit *test)
{
	struct npv_cong_ack ack = { .acked = 1200, .srtt_us = 50000 };
	struct npv_cong c;
	unsigned int i;

	npv_cong_init(&c, &npv_cong_newreno, 1200);
	c.cwnd = 1200 * 800000;
	c.ssthresh = c.cwnd;
	for (i = 0; i < 800000 + 1; i++) {
		ack.now_us = i;
		npv_cong_acked(&c, &ack);
	}
	KUNIT_EXPECT_GE(test, c.cwnd, 1200 * 800001 - 1);
	KUNIT_EXPECT_LE(test, c.cwnd, 1200 * 800001);
}

static struct kunit_case newreno_cases[] = {
	KUNIT_CASE_PARAM(newreno__random, reno_gen_params),
	KUNIT_CASE_PARAM(newreno__random_many, reno_gen_params),
	KUNIT_CASE(newreno_acked__more_than_the_window),
	KUNIT_CASE(newreno__large_window),
	{}
};

static struct kunit_suite newreno_suite = {
	.name = "npv_cong_newreno",
	.test_cases = newreno_cases,
};

kunit_test_suite(newreno_suite);
