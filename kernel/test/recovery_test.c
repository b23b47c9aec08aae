// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of recovery.c, which includes this file. Times are milliseconds. */

#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/slab.h>

#define PACKETS	4096
#define MS	1000ULL

enum fate {
	FATE_NONE,
	FATE_SENT,
	FATE_ACKED,
	FATE_LOST,
	FATE_LATE,
	FATE_FORGOTTEN,
};

struct test_packet {
	struct npv_sent sent;
	enum fate fate;
};

static struct rec_fixture {
	struct npv_recovery rec;
	struct npv_cong cong;
	struct test_packet packet[PACKETS];
	struct kunit *test;
	u64 now;
	u8 bytes[1024];
} *fix;

static struct test_packet *test_packet(struct npv_sent *sent)
{
	return container_of(sent, struct test_packet, sent);
}

static void on_acked(struct npv_recovery *rec, struct npv_sent *sent, bool late)
{
	struct test_packet *p = test_packet(sent);

	KUNIT_EXPECT_EQ(fix->test, p->fate, late ? FATE_LOST : FATE_SENT);
	p->fate = late ? FATE_LATE : FATE_ACKED;
}

static void on_lost(struct npv_recovery *rec, struct npv_sent *sent)
{
	KUNIT_EXPECT_EQ(fix->test, test_packet(sent)->fate, FATE_SENT);
	test_packet(sent)->fate = FATE_LOST;
}

static void on_forget(struct npv_recovery *rec, struct npv_sent *sent)
{
	struct test_packet *p = test_packet(sent);

	if (p->fate != FATE_LOST)
		KUNIT_EXPECT_EQ(fix->test, p->fate, FATE_SENT);
	p->fate = FATE_FORGOTTEN;
}

static const struct npv_recovery_ops test_ops = {
	.acked	= on_acked,
	.lost	= on_lost,
	.forget	= on_forget,
};

static int rec_init(struct kunit *test)
{
	fix = kunit_kzalloc(test, sizeof(*fix), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fix);
	fix->test = test;
	fix->now = 1000 * MS;
	npv_cong_init(&fix->cong, npv_cong_find("newreno"), 1200);
	npv_recovery_init(&fix->rec, &test_ops, &fix->cong);
	return 0;
}

/* Send one at @ms milliseconds. Return: its number */
static u64 send_at(u64 ms)
{
	u64 number = npv_recovery_number(&fix->rec, false);
	struct test_packet *p = &fix->packet[number];

	fix->now = (1000 + ms) * MS;
	p->sent.size = 1200;
	p->fate = FATE_SENT;
	npv_recovery_sent(&fix->rec, &p->sent, number, fix->now);
	return number;
}

static int ack_ranges_at(u64 ms, const struct npv_frame_range *range,
			 unsigned int n, const u64 *ecn)
{
	struct npv_packet_frame f;
	unsigned int len;

	fix->now = (1000 + ms) * MS;
	len = npv_packet_ack_encode(range, n, 0, ecn, fix->bytes,
				    sizeof(fix->bytes));
	KUNIT_ASSERT_EQ(fix->test, npv_packet_frame_decode(&f, fix->bytes, len),
			len);
	return npv_recovery_ack(&fix->rec, &f, fix->now);
}

/* Acknowledge @first to @last at @ms milliseconds */
static int ack_at(u64 ms, u64 first, u64 last)
{
	struct npv_frame_range range = { first, last + 1 };

	return ack_ranges_at(ms, &range, 1, NULL);
}

static unsigned int fated(enum fate fate)
{
	unsigned int i, n = 0;

	for (i = 0; i < PACKETS; i++)
		n += fix->packet[i].fate == fate;
	return n;
}

/* RFC 9002, 5.3, by hand */
static void npv_recovery_rtt(struct kunit *test)
{
	struct npv_recovery *rec = &fix->rec;

	send_at(0);
	KUNIT_EXPECT_EQ(test, ack_at(100, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, rec->srtt_us, 100000);
	KUNIT_EXPECT_EQ(test, rec->rttvar_us, 50000);
	KUNIT_EXPECT_EQ(test, rec->min_us, 100000);
	KUNIT_EXPECT_EQ(test, npv_recovery_pto(rec), 100000 + 200000 + 25000);

	send_at(200);
	ack_at(380, 1, 1);
	/* var = (3 * 50 + |100 - 180|) / 4, srtt = (7 * 100 + 180) / 8 */
	KUNIT_EXPECT_EQ(test, rec->rttvar_us, 57500);
	KUNIT_EXPECT_EQ(test, rec->srtt_us, 110000);
	KUNIT_EXPECT_EQ(test, rec->latest_us, 180000);
	KUNIT_EXPECT_EQ(test, rec->min_us, 100000);

	/* What isn't new says nothing of the time. */
	ack_at(9000, 0, 1);
	KUNIT_EXPECT_EQ(test, rec->srtt_us, 110000);
}

/* The peer's delay is taken off, but no more than it may, and not below min_rtt */
static void npv_recovery_rtt__delay(struct kunit *test)
{
	struct npv_recovery *rec = &fix->rec;

	rtt_sample(rec, 100 * MS, 0, 0);
	rtt_sample(rec, 220 * MS, 100 * MS, 20 * MS);
	KUNIT_EXPECT_EQ(test, rec->srtt_us, 100000);
	rtt_sample(rec, 440 * MS, 300 * MS, 100 * MS);
	/* 140 - 25 = 115 */
	KUNIT_EXPECT_EQ(test, rec->srtt_us, (7 * 100000 + 115000) / 8);
	rtt_sample(rec, 610 * MS, 500 * MS, 20 * MS);
	/* 110 - 20 would be below 100 */
	KUNIT_EXPECT_EQ(test, rec->srtt_us,
			(7 * ((7 * 100000 + 115000) / 8) + 110000) / 8);
	KUNIT_EXPECT_EQ(test, rec->latest_us, 110000);
}

static void npv_recovery_lost__packets(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		send_at(i);
	ack_at(50, 2, 2);
	KUNIT_EXPECT_EQ(test, fated(FATE_LOST), 0);
	ack_at(50, 3, 3);
	KUNIT_EXPECT_EQ(test, fix->packet[0].fate, FATE_LOST);
	KUNIT_EXPECT_EQ(test, fix->packet[1].fate, FATE_SENT);
	KUNIT_EXPECT_EQ(test, fix->rec.in_flight, 1200);
	KUNIT_EXPECT_EQ(test, fix->cong.cwnd, fix->cong.ssthresh);
}

static void npv_recovery_lost__time(struct kunit *test)
{
	send_at(0);
	send_at(1);
	ack_at(81, 1, 1);
	KUNIT_EXPECT_EQ(test, fated(FATE_LOST), 0);
	/* 9/8 of 80 ms */
	KUNIT_EXPECT_EQ(test, npv_recovery_timer(&fix->rec), 1090 * MS);
	KUNIT_EXPECT_EQ(test, npv_recovery_timeout(&fix->rec, 1089 * MS), 0);
	KUNIT_EXPECT_EQ(test, fated(FATE_LOST), 0);
	KUNIT_EXPECT_EQ(test, npv_recovery_timeout(&fix->rec, 1090 * MS), 0);
	KUNIT_EXPECT_EQ(test, fated(FATE_LOST), 1);
	KUNIT_EXPECT_EQ(test, npv_recovery_timer(&fix->rec), 0);
}

/* The last packet of all is lost: one probe timeout, and then the probe tells. */
static void npv_recovery_pto__tail(struct kunit *test)
{
	struct npv_recovery *rec = &fix->rec;
	unsigned int i;
	u64 pto;

	KUNIT_EXPECT_EQ(test, npv_recovery_timer(rec), 0);
	send_at(0);
	KUNIT_EXPECT_EQ(test, npv_recovery_timer(rec),
			1000 * MS + 333000 + 4 * 166500 + 25000);
	ack_at(100, 0, 0);
	send_at(200);
	pto = npv_recovery_pto(rec);
	KUNIT_EXPECT_EQ(test, npv_recovery_timer(rec), 1200 * MS + pto);
	KUNIT_EXPECT_EQ(test, npv_recovery_timeout(rec, 1200 * MS + pto - 1), 0);
	KUNIT_EXPECT_EQ(test, npv_recovery_timeout(rec, 1200 * MS + pto), 2);
	KUNIT_EXPECT_EQ(test, npv_recovery_timer(rec), 1200 * MS + 3 * pto);
	send_at(200 + pto / MS);
	send_at(200 + pto / MS);
	KUNIT_EXPECT_EQ(test, npv_recovery_timer(rec), 1200 * MS + 3 * pto);
	/* The window is as it was: nothing was lost yet. */
	KUNIT_EXPECT_EQ(test, fix->cong.ssthresh, NPV_CONG_SSTHRESH_NONE);
	ack_at(200 + pto / MS + 100, 2, 3);
	KUNIT_EXPECT_EQ(test, rec->pto_count, 0);
	KUNIT_EXPECT_EQ(test, fix->packet[1].fate, FATE_LOST);

	/* They double, up to a limit; after four one probe is enough. */
	send_at(3000);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, npv_recovery_timeout(rec,
							   npv_recovery_timer(rec)),
				i < 4 ? 2 : 1);
	pto = npv_recovery_pto(rec);
	KUNIT_EXPECT_EQ(test, npv_recovery_timer(rec), 4000 * MS + 63 * pto);
	rec->pto_count = 1000;
	KUNIT_EXPECT_EQ(test, npv_recovery_timer(rec),
			4000 * MS + 31 * pto + 60000 * MS);
}

/* The example of RFC 9002, 7.6.2, whose packets are numbered from 1 */
static void example_762(u64 last_ms)
{
	struct npv_recovery *rec = &fix->rec;
	u64 ms;

	rec->rtt_first_us = 1;
	send_at(0);
	send_at(1000);
	ack_at(1200, 0, 0);
	for (ms = 2000; ms <= 6000; ms += 1000)
		send_at(ms);
	send_at(last_ms);
	send_at(12000);
	/* With the sample to come, srtt + 4 * rttvar + max_ack_delay is 2 s. */
	rec->srtt_us = 514286;
	rec->rttvar_us = 395238;
	rec->min_us = 200000;
}

static void npv_recovery_persistent__rfc(struct kunit *test)
{
	example_762(8000);
	ack_at(12200, 8, 8);
	KUNIT_EXPECT_EQ(test, fated(FATE_LOST), 7);
	/* the least, and what the ninth has let it grow */
	KUNIT_EXPECT_EQ(test, fix->cong.cwnd, 2 * 1200 + 1200);
}

/* Not so long after the first that was lost */
static void npv_recovery_persistent__short(struct kunit *test)
{
	example_762(6900);
	ack_at(12200, 8, 8);
	KUNIT_EXPECT_EQ(test, fated(FATE_LOST), 7);
	KUNIT_EXPECT_GT(test, fix->cong.cwnd, 3 * 1200);
}

/* One in between was received */
static void npv_recovery_persistent__acked_between(struct kunit *test)
{
	struct npv_frame_range ranges[] = { { 8, 9 }, { 4, 5 } };

	example_762(8000);
	ack_ranges_at(12200, ranges, 2, NULL);
	KUNIT_EXPECT_EQ(test, fated(FATE_LOST), 6);
	KUNIT_EXPECT_GT(test, fix->cong.cwnd, 3 * 1200);
}

/* ... and was the last that was under way then */
static void npv_recovery_persistent__acked_last(struct kunit *test)
{
	struct npv_recovery *rec = &fix->rec;

	rec->rtt_first_us = 1;
	rec->srtt_us = 100000;
	rec->rttvar_us = 10000;
	send_at(0);
	send_at(1);
	ack_at(101, 1, 1);
	npv_recovery_timeout(rec, npv_recovery_timer(rec));
	KUNIT_EXPECT_EQ(test, fix->packet[0].fate, FATE_LOST);
	send_at(5000);
	send_at(5001);
	ack_at(5101, 3, 3);
	npv_recovery_timeout(rec, npv_recovery_timer(rec));
	KUNIT_EXPECT_EQ(test, fix->packet[2].fate, FATE_LOST);
	/* It is the first of another run. */
	KUNIT_EXPECT_TRUE(test, rec->run);
	KUNIT_EXPECT_EQ(test, rec->run_start_us, 6000 * MS);
}

static void npv_recovery_late__undone(struct kunit *test)
{
	struct npv_recovery *rec = &fix->rec;
	u64 cwnd;
	unsigned int i;

	send_at(0);
	ack_at(100, 0, 0);
	for (i = 1; i <= 10; i++)
		send_at(200 + i);
	cwnd = fix->cong.cwnd;
	ack_at(310, 9, 10);
	KUNIT_EXPECT_EQ(test, fated(FATE_LOST), 7);
	KUNIT_EXPECT_LT(test, fix->cong.cwnd, cwnd);
	ack_at(311, 2, 10);
	KUNIT_EXPECT_EQ(test, fated(FATE_LATE), 6);
	KUNIT_EXPECT_LT(test, fix->cong.cwnd, cwnd);
	ack_at(312, 1, 10);
	KUNIT_EXPECT_GE(test, fix->cong.cwnd, cwnd);
	KUNIT_EXPECT_EQ(test, fix->cong.ssthresh, NPV_CONG_SSTHRESH_NONE);
	KUNIT_EXPECT_EQ(test, rec->late, 7);
	KUNIT_EXPECT_EQ(test, rec->n_lost, 0);
	/* Reordered so far, others are waited for. */
	KUNIT_EXPECT_EQ(test, rec->packet_threshold, 10);
	for (i = 11; i <= 20; i++)
		send_at(400 + i);
	ack_at(511, 20, 20);
	KUNIT_EXPECT_EQ(test, fated(FATE_LOST), 0);
}

/* One was lost indeed: the window stays what it was made. */
static void npv_recovery_late__not_all(struct kunit *test)
{
	u64 cwnd;
	unsigned int i;

	send_at(0);
	ack_at(100, 0, 0);
	for (i = 1; i <= 10; i++)
		send_at(200 + i);
	cwnd = fix->cong.cwnd;
	ack_at(310, 9, 10);
	ack_at(312, 2, 10);
	KUNIT_EXPECT_LT(test, fix->cong.cwnd, cwnd);
	KUNIT_EXPECT_EQ(test, fix->packet[1].fate, FATE_LOST);
	/* It is forgotten some time; with the next ACK at the latest. */
	send_at(100000);
	ack_at(100100, 11, 11);
	KUNIT_EXPECT_EQ(test, fix->packet[1].fate, FATE_FORGOTTEN);
	KUNIT_EXPECT_EQ(test, fix->rec.n_lost, 0);
}

static void npv_recovery_ack__refused(struct kunit *test)
{
	struct npv_recovery *rec = &fix->rec;

	KUNIT_EXPECT_EQ(test, ack_at(0, 0, 0), -EPROTO);
	send_at(0);
	KUNIT_EXPECT_EQ(test, ack_at(10, 0, 1), -EPROTO);
	KUNIT_EXPECT_EQ(test, fix->packet[0].fate, FATE_SENT);
	KUNIT_EXPECT_EQ(test, npv_recovery_number(rec, true), 2);
	KUNIT_EXPECT_EQ(test, ack_at(10, 0, 2), -EPROTO);
	KUNIT_EXPECT_EQ(test, ack_at(10, 1, 1), -EPROTO);
	KUNIT_EXPECT_EQ(test, fix->packet[0].fate, FATE_SENT);
	KUNIT_EXPECT_EQ(test, ack_at(10, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, fix->packet[0].fate, FATE_ACKED);
}

static void npv_recovery_ecn__counts(struct kunit *test)
{
	struct npv_frame_range range = { 0, 2 };
	u64 ecn[3] = { 2, 0, 0 };
	u64 cwnd;
	unsigned int i;

	for (i = 0; i < 6; i++) {
		fix->packet[i].sent.ect = true;
		send_at(i);
	}
	ack_ranges_at(100, &range, 1, ecn);
	KUNIT_EXPECT_TRUE(test, fix->rec.ecn);
	cwnd = fix->cong.cwnd;
	range = (struct npv_frame_range){ 2, 4 };
	ecn[0] = 3;
	ecn[2] = 1;
	ack_ranges_at(101, &range, 1, ecn);
	KUNIT_EXPECT_TRUE(test, fix->rec.ecn);
	KUNIT_EXPECT_LT(test, fix->cong.cwnd, cwnd);
	KUNIT_EXPECT_EQ(test, fated(FATE_LOST), 0);
	/* One more was received, but none more marked */
	range = (struct npv_frame_range){ 4, 5 };
	ack_ranges_at(102, &range, 1, ecn);
	KUNIT_EXPECT_FALSE(test, fix->rec.ecn);
}

static void npv_recovery_ecn__bleached(struct kunit *test)
{
	fix->packet[0].sent.ect = true;
	send_at(0);
	ack_at(100, 0, 0);
	KUNIT_EXPECT_FALSE(test, fix->rec.ecn);
}

/* An ACK that another has overtaken, and whose counts are older, proves nothing. */
static void npv_recovery_ecn__overtaken(struct kunit *test)
{
	struct npv_frame_range late = { 0, 2 }, first = { 2, 4 };
	u64 older[3] = { 2, 0, 0 }, newer[3] = { 4, 0, 0 };
	unsigned int i;

	for (i = 0; i < 4; i++) {
		fix->packet[i].sent.ect = true;
		send_at(i);
	}
	ack_ranges_at(100, &first, 1, newer);
	KUNIT_EXPECT_TRUE(test, fix->rec.ecn);
	ack_ranges_at(101, &late, 1, older);
	KUNIT_EXPECT_TRUE(test, fix->rec.ecn);
	KUNIT_EXPECT_EQ(test, fated(FATE_ACKED), 3);
	KUNIT_EXPECT_EQ(test, fated(FATE_LATE), 1);
}

/* More marked packets than were sent */
static void npv_recovery_ecn__too_many(struct kunit *test)
{
	struct npv_frame_range range = { 0, 1 };
	u64 ecn[3] = { 2, 0, 0 };

	fix->packet[0].sent.ect = true;
	send_at(0);
	ack_ranges_at(100, &range, 1, ecn);
	KUNIT_EXPECT_FALSE(test, fix->rec.ecn);
}

/* One that nobody keeps, an ACK, is acknowledged: what it has overtaken is lost. */
static void npv_recovery_lost__overtaken_by_ack(struct kunit *test)
{
	unsigned int i;

	send_at(0);
	ack_at(50, 0, 0);
	for (i = 0; i < 3; i++)
		send_at(60 + i);
	npv_recovery_number(&fix->rec, false);
	ack_at(110, 4, 4);
	KUNIT_EXPECT_EQ(test, fix->packet[1].fate, FATE_LOST);
	KUNIT_EXPECT_EQ(test, fix->packet[2].fate, FATE_SENT);
}

/* Nothing can be sent for a while: timeouts come no faster for it. */
static void npv_recovery_pto__unsent(struct kunit *test)
{
	struct npv_recovery *rec = &fix->rec;
	unsigned int i, n = 0;
	u64 now;

	send_at(0);
	ack_at(1, 0, 0);
	send_at(2);
	now = 5000000 * MS;
	for (i = 0; i < 100; i++)
		n += npv_recovery_timeout(rec, now);
	KUNIT_EXPECT_EQ(test, n, 2);
	KUNIT_EXPECT_GT(test, npv_recovery_timer(rec), now);
	for (i = 0; i < 40; i++)
		npv_recovery_timeout(rec, npv_recovery_timer(rec));
	KUNIT_EXPECT_EQ(test, npv_recovery_timer(rec) - rec->last_us,
			60000 * MS);
}

/* However many are lost, and however long nothing comes: no more are kept. */
static void npv_recovery_lost__bounded(struct kunit *test)
{
	unsigned int i;

	send_at(0);
	ack_at(50, 0, 0);
	for (i = 0; i < 2000; i++)
		send_at(60);
	ack_at(110, 2000, 2000);
	KUNIT_EXPECT_EQ(test, fix->rec.n_lost, NPV_LOST_MAX);
	KUNIT_EXPECT_EQ(test, fated(FATE_LOST), NPV_LOST_MAX);
	KUNIT_EXPECT_EQ(test, fix->rec.epoch_lost, 1997);
}

/* One of the run was received after all, though late. */
static void npv_recovery_persistent__late(struct kunit *test)
{
	struct npv_recovery *rec = &fix->rec;

	rec->rtt_first_us = 1;
	rec->srtt_us = 100000;
	rec->rttvar_us = 10000;
	rec->min_us = 100000;
	send_at(0);
	send_at(1000);
	send_at(1001);
	ack_at(1101, 2, 2);
	KUNIT_EXPECT_EQ(test, fix->packet[0].fate, FATE_LOST);
	KUNIT_EXPECT_EQ(test, fix->packet[1].fate, FATE_SENT);
	ack_at(1102, 0, 0);
	KUNIT_EXPECT_EQ(test, fix->packet[0].fate, FATE_LATE);
	npv_recovery_timeout(rec, npv_recovery_timer(rec));
	KUNIT_EXPECT_EQ(test, fix->packet[1].fate, FATE_LOST);
	KUNIT_EXPECT_GT(test, fix->cong.cwnd, 3 * 1200);
}

/* What only tried a size says nothing of congestion when it is lost. */
static void npv_recovery_lost__probe(struct kunit *test)
{
	unsigned int i;

	fix->packet[0].sent.probe = true;
	for (i = 0; i < 5; i++)
		send_at(i);
	ack_at(100, 1, 4);
	KUNIT_EXPECT_EQ(test, fix->packet[0].fate, FATE_LOST);
	KUNIT_EXPECT_EQ(test, fix->cong.ssthresh, NPV_CONG_SSTHRESH_NONE);
}

/*
 * A path that loses, repeats and reorders at random, and a peer that acknowledges
 * what it has: in the end every packet has one fate, and nothing is in flight.
 */
static void random_path(struct kunit *test, u32 seed, u32 loss_percent,
			u32 jitter_ms)
{
	static u64 due[PACKETS];
	struct npv_recovery *rec = &fix->rec;
	struct npv_frame_range ranges[16];
	unsigned int i, n, probes;
	struct rnd_state rnd;
	bool owed = false;
	u64 ms, in_flight;
	static bool had[PACKETS];

	prandom_seed_state(&rnd, seed);
	memset(due, 0, sizeof(due));
	memset(had, 0, sizeof(had));
	for (ms = 0; ms < 600000; ms++) {
		fix->now = (1000 + ms) * MS;
		probes = 0;
		if (npv_recovery_timer(rec) &&
		    npv_recovery_timer(rec) <= fix->now)
			probes = npv_recovery_timeout(rec, fix->now);
		for (i = 0; i < 3 && rec->next < PACKETS; i++) {
			u64 number;

			if (npv_recovery_room(rec) < 1200) {
				if (!probes)
					break;
				probes--;
			}
			number = send_at(ms);
			due[number] = ~0ULL;
			if (prandom_u32_state(&rnd) % 100 >= loss_percent)
				due[number] = ms + 20 + (jitter_ms ?
					prandom_u32_state(&rnd) % jitter_ms : 0);
		}
		for (i = 0; i < rec->next; i++)
			if (due[i] <= ms && !had[i]) {
				had[i] = true;
				owed = true;
			}
		/* It tells soon of what has come; what it says may be lost. */
		if (owed && !(prandom_u32_state(&rnd) % 4)) {
			owed = false;
			if (prandom_u32_state(&rnd) % 100 < loss_percent / 2)
				continue;
			n = 0;
			for (i = rec->next; i-- && n < ARRAY_SIZE(ranges);) {
				if (!had[i])
					continue;
				ranges[n].end = i + 1;
				while (i && had[i - 1])
					i--;
				ranges[n++].start = i;
			}
			KUNIT_ASSERT_EQ(test, ack_ranges_at(ms, ranges, n, NULL),
					0);
		}
		in_flight = 0;
		for (i = 0; i < rec->next; i++)
			in_flight += fix->packet[i].fate == FATE_SENT ? 1200 : 0;
		KUNIT_ASSERT_EQ(test, rec->in_flight, in_flight);
		KUNIT_ASSERT_LE(test, rec->n_lost, NPV_LOST_MAX);
		if (rec->next == PACKETS && !in_flight)
			break;
		/* Who has nothing left sends the same again when asked to. */
		for (i = PACKETS; probes && rec->next == PACKETS && i--;) {
			if (fix->packet[i].fate != FATE_SENT)
				continue;
			due[i] = ms + 20;
			had[i] = false;
			break;
		}
	}
	KUNIT_EXPECT_EQ_MSG(test, rec->in_flight, 0,
			    "loss %u, jitter %u, next %llu, %llu ms, %u timeouts",
			    loss_percent, jitter_ms, rec->next, ms,
			    rec->pto_count);
	KUNIT_EXPECT_EQ(test, rec->n_sent, 0);
	npv_recovery_clear(rec);
	KUNIT_EXPECT_EQ(test, fated(FATE_SENT), 0);
	KUNIT_EXPECT_EQ(test, fated(FATE_LOST), 0);
	/* Nothing that was received is held for lost for good, while it is known. */
	if (!loss_percent && jitter_ms < 20)
		KUNIT_EXPECT_EQ(test, fated(FATE_FORGOTTEN), 0);
}

static void npv_recovery_random(struct kunit *test)
{
	static const struct { u32 loss, jitter; } paths[] = {
		{ 0, 0 }, { 0, 15 }, { 1, 5 }, { 5, 50 }, { 20, 10 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		memset(fix->packet, 0, sizeof(fix->packet));
		npv_cong_init(&fix->cong, npv_cong_find("newreno"), 1200);
		npv_recovery_init(&fix->rec, &test_ops, &fix->cong);
		random_path(test, 6780 + i, paths[i].loss, paths[i].jitter);
	}
}

/* All is lost, at once and for good; what was measured stays, or not. */
static void npv_recovery_moved__all_lost(struct kunit *test)
{
	struct npv_recovery *rec = &fix->rec;
	unsigned int turn;
	u64 cwnd, i, first;

	for (turn = 0; turn < 2; turn++) {
		send_at(0 + 1000 * turn);
		ack_at(100 + 1000 * turn, rec->next - 1, rec->next - 1);
		cwnd = npv_cong_window(&fix->cong);
		first = rec->next;
		for (i = 0; i < 6; i++)
			send_at(200 + i + 1000 * turn);
		fix->now = npv_recovery_timer(rec);
		KUNIT_EXPECT_GT(test, npv_recovery_timeout(rec, fix->now), 0);
		KUNIT_EXPECT_EQ(test, rec->pto_count, 1);

		npv_recovery_moved(rec, turn, fix->now);
		for (i = first; i < rec->next; i++)
			KUNIT_EXPECT_EQ(test, fix->packet[i].fate, FATE_FORGOTTEN);
		KUNIT_EXPECT_EQ(test, rec->n_sent, 0);
		KUNIT_EXPECT_EQ(test, rec->n_lost, 0);
		KUNIT_EXPECT_EQ(test, rec->in_flight, 0);
		KUNIT_EXPECT_EQ(test, rec->pto_count, 0);
		KUNIT_EXPECT_EQ(test, npv_recovery_timer(rec), 0);
		KUNIT_EXPECT_EQ(test, npv_cong_window(&fix->cong), cwnd);
		KUNIT_EXPECT_EQ(test, rec->srtt_us,
				turn ? NPV_INITIAL_RTT_US : 100 * MS);
		/* An acknowledgment that is late is none of reordering. */
		ack_at(900 + 1000 * turn, first, rec->next - 1);
		KUNIT_EXPECT_EQ(test, rec->packet_threshold, PACKET_THRESHOLD);
		KUNIT_EXPECT_EQ(test, rec->late, 0);
	}
}

static struct kunit_case recovery_test_cases[] = {
	KUNIT_CASE(npv_recovery_rtt),
	KUNIT_CASE(npv_recovery_rtt__delay),
	KUNIT_CASE(npv_recovery_lost__packets),
	KUNIT_CASE(npv_recovery_lost__time),
	KUNIT_CASE(npv_recovery_lost__probe),
	KUNIT_CASE(npv_recovery_pto__tail),
	KUNIT_CASE(npv_recovery_persistent__rfc),
	KUNIT_CASE(npv_recovery_persistent__short),
	KUNIT_CASE(npv_recovery_persistent__acked_between),
	KUNIT_CASE(npv_recovery_persistent__acked_last),
	KUNIT_CASE(npv_recovery_late__undone),
	KUNIT_CASE(npv_recovery_late__not_all),
	KUNIT_CASE(npv_recovery_ack__refused),
	KUNIT_CASE(npv_recovery_ecn__counts),
	KUNIT_CASE(npv_recovery_ecn__bleached),
	KUNIT_CASE(npv_recovery_ecn__overtaken),
	KUNIT_CASE(npv_recovery_ecn__too_many),
	KUNIT_CASE(npv_recovery_lost__overtaken_by_ack),
	KUNIT_CASE(npv_recovery_lost__bounded),
	KUNIT_CASE(npv_recovery_pto__unsent),
	KUNIT_CASE(npv_recovery_persistent__late),
	KUNIT_CASE(npv_recovery_moved__all_lost),
	KUNIT_CASE_SLOW(npv_recovery_random),
	{}
};

static struct kunit_suite recovery_suite = {
	.name = "npv_recovery",
	.init = rec_init,
	.test_cases = recovery_test_cases,
};

kunit_test_suite(recovery_suite);
