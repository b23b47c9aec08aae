// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of received.c, which includes this file. */

#include <kunit/test.h>
#include <linux/prandom.h>

#define NUMBERS	2000

static struct npv_received received;

static bool add(u64 number, u64 now_us)
{
	return npv_received_add(&received, number, true, NPV_ECN_NOT, now_us);
}

static void expect_acked(struct kunit *test, u64 now_us, u64 delay_us,
			 const struct npv_frame_range *want, unsigned int n)
{
	struct npv_packet_frame f;
	struct npv_frame_range range;
	unsigned int len, i;
	u8 bytes[256];

	len = npv_received_ack(&received, now_us, bytes, sizeof(bytes));
	KUNIT_ASSERT_GT(test, len, 0);
	KUNIT_ASSERT_EQ(test, npv_packet_frame_decode(&f, bytes, len), len);
	KUNIT_EXPECT_EQ(test, f.ack.delay, delay_us);
	for (i = 0; i < n; i++) {
		KUNIT_ASSERT_TRUE(test, npv_ranges_next(&f.ack.ranges, &range));
		KUNIT_EXPECT_EQ(test, range.start, want[i].start);
		KUNIT_EXPECT_EQ(test, range.end, want[i].end);
	}
	KUNIT_EXPECT_FALSE(test, npv_ranges_next(&f.ack.ranges, &range));
}

static void npv_received__order(struct kunit *test)
{
	static const struct npv_frame_range want[] = { { 7, 8 }, { 0, 5 } };

	npv_received_init(&received);
	KUNIT_EXPECT_EQ(test, npv_received_expected(&received), 0);
	KUNIT_EXPECT_TRUE(test, add(0, 8000));
	KUNIT_EXPECT_FALSE(test, add(0, 8000));
	KUNIT_EXPECT_TRUE(test, add(2, 16000));
	KUNIT_EXPECT_TRUE(test, add(4, 16000));
	KUNIT_EXPECT_EQ(test, received.n, 3);
	KUNIT_EXPECT_TRUE(test, add(3, 16000));
	KUNIT_EXPECT_TRUE(test, add(1, 16000));
	KUNIT_EXPECT_EQ(test, received.n, 1);
	KUNIT_EXPECT_TRUE(test, add(7, 24000));
	/* late: it isn't the largest */
	KUNIT_EXPECT_FALSE(test, add(4, 99000));
	KUNIT_EXPECT_EQ(test, npv_received_expected(&received), 8);
	expect_acked(test, 32000, 8000, want, 2);
}

static void npv_received__due(struct kunit *test)
{
	u8 bytes[64];

	npv_received_init(&received);
	KUNIT_EXPECT_EQ(test, npv_received_due(&received, 25000), 0);
	/* ACKs are not acknowledged */
	npv_received_add(&received, 0, false, NPV_ECN_NOT, 1000);
	KUNIT_EXPECT_EQ(test, npv_received_due(&received, 25000), 0);
	add(1, 2000);
	KUNIT_EXPECT_EQ(test, npv_received_due(&received, 25000), 27000);
	add(2, 9000);
	KUNIT_EXPECT_EQ(test, npv_received_due(&received, 25000), 1);
	expect_acked(test, 9000, 0, (struct npv_frame_range[]){ { 0, 3 } }, 1);
	KUNIT_EXPECT_EQ(test, npv_received_due(&received, 25000), 0);

	/* a gap, and what fills it, at once */
	add(4, 10000);
	KUNIT_EXPECT_EQ(test, npv_received_due(&received, 25000), 1);
	npv_received_ack(&received, 10000, bytes, sizeof(bytes));
	add(3, 11000);
	KUNIT_EXPECT_EQ(test, npv_received_due(&received, 25000), 1);
	npv_received_ack(&received, 11000, bytes, sizeof(bytes));
	/* congestion, too */
	npv_received_add(&received, 5, true, NPV_ECN_CE, 12000);
	KUNIT_EXPECT_EQ(test, npv_received_due(&received, 25000), 1);
	/* no room: it is still owed */
	KUNIT_EXPECT_EQ(test, npv_received_ack(&received, 12000, bytes, 2), 0);
	KUNIT_EXPECT_EQ(test, npv_received_due(&received, 25000), 1);
}

static void npv_received__marks(struct kunit *test)
{
	struct npv_packet_frame f;
	unsigned int len;
	u8 bytes[64];

	npv_received_init(&received);
	npv_received_add(&received, 0, true, NPV_ECN_NOT, 0);
	npv_received_ack(&received, 0, bytes, sizeof(bytes));
	KUNIT_EXPECT_EQ(test, bytes[0], NPV_PF_ACK);
	npv_received_add(&received, 1, true, NPV_ECN_ECT0, 0);
	npv_received_add(&received, 2, true, NPV_ECN_CE, 0);
	npv_received_add(&received, 3, true, NPV_ECN_ECT0, 0);
	/* what came twice is counted once */
	npv_received_add(&received, 3, true, NPV_ECN_ECT0, 0);
	npv_received_add(&received, 4, true, NPV_ECN_ECT1, 0);
	len = npv_received_ack(&received, 0, bytes, sizeof(bytes));
	KUNIT_ASSERT_EQ(test, npv_packet_frame_decode(&f, bytes, len), len);
	KUNIT_EXPECT_EQ(test, f.type, NPV_PF_ACK_ECN);
	KUNIT_EXPECT_EQ(test, f.ack.ect0, 2);
	KUNIT_EXPECT_EQ(test, f.ack.ect1, 1);
	KUNIT_EXPECT_EQ(test, f.ack.ce, 1);
}

/* What the peer knows that we have is forgotten, and passes for received. */
static void npv_received__told(struct kunit *test)
{
	npv_received_init(&received);
	add(0, 0);
	add(2, 0);
	add(3, 0);
	add(4, 0);
	add(6, 0);
	npv_received_told(&received, 3);
	expect_acked(test, 0, 0, (struct npv_frame_range[]){ { 6, 7 }, { 3, 5 } },
		     2);
	KUNIT_EXPECT_FALSE(test, add(1, 0));
	KUNIT_EXPECT_FALSE(test, add(3, 0));
	KUNIT_EXPECT_TRUE(test, add(5, 0));
	/* what was never told of, and what was before, change nothing */
	npv_received_told(&received, 9);
	npv_received_told(&received, 2);
	expect_acked(test, 0, 0, (struct npv_frame_range[]){ { 3, 7 } }, 1);
	npv_received_told(&received, 6);
	expect_acked(test, 0, 0, (struct npv_frame_range[]){ { 6, 7 } }, 1);
	KUNIT_EXPECT_EQ(test, npv_received_expected(&received), 7);
}

/* Every second number, in either direction: the highest are kept. */
static void npv_received__gaps(struct kunit *test)
{
	u64 i;

	npv_received_init(&received);
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_TRUE(test, add(2 * i, 0));
	KUNIT_EXPECT_EQ(test, received.n, NPV_RECEIVED_MAX);
	KUNIT_EXPECT_EQ(test, received.range[0].start, 198);
	KUNIT_EXPECT_FALSE(test, add(1, 0));
	KUNIT_EXPECT_FALSE(test, add(0, 0));
	KUNIT_EXPECT_TRUE(test, add(197, 0));

	npv_received_init(&received);
	for (i = 100; i--;)
		add(2 * i + 1, 0);
	KUNIT_EXPECT_EQ(test, received.n, NPV_RECEIVED_MAX);
	KUNIT_EXPECT_EQ(test, received.range[0].start, 199);
	KUNIT_EXPECT_EQ(test, received.range[NPV_RECEIVED_MAX - 1].start,
			199 - 2 * (NPV_RECEIVED_MAX - 1));
	/* The first that had no place was taken all the same, once. */
	KUNIT_EXPECT_EQ(test, received.floor,
			199 - 2 * NPV_RECEIVED_MAX + 1);
}

/* Nothing is taken twice; what is new is taken, but where it was forgotten. */
static void npv_received__random(struct kunit *test)
{
	static bool had[NUMBERS];
	unsigned int round, i, j, refused;
	struct rnd_state rnd;
	u64 number, base;
	bool is_new;

	prandom_seed_state(&rnd, 6780);
	for (round = 0; round < 20; round++) {
		npv_received_init(&received);
		memset(had, 0, sizeof(had));
		refused = 0;
		for (i = 0; i < 3 * NUMBERS; i++) {
			base = i / 3;
			number = base + prandom_u32_state(&rnd) % (1 + 2 * round);
			if (number >= NUMBERS)
				continue;
			is_new = add(number, i);
			if (is_new)
				KUNIT_ASSERT_FALSE(test, had[number]);
			else if (!had[number])
				refused++;
			had[number] |= is_new;
			for (j = 0; j < received.n; j++) {
				KUNIT_ASSERT_LT(test, received.range[j].start,
						received.range[j].end);
				if (j)
					KUNIT_ASSERT_LT(test,
							received.range[j].end,
							received.range[j - 1].start);
			}
			if (received.n)
				KUNIT_ASSERT_GE(test,
						received.range[received.n - 1].start,
						received.floor);
			if (!(prandom_u32_state(&rnd) % 50) && received.n)
				npv_received_told(&received,
						  received.range[0].end - 1);
		}
		if (!round)
			KUNIT_EXPECT_EQ(test, refused, 0);
	}
}

static struct kunit_case received_test_cases[] = {
	KUNIT_CASE(npv_received__order),
	KUNIT_CASE(npv_received__due),
	KUNIT_CASE(npv_received__marks),
	KUNIT_CASE(npv_received__told),
	KUNIT_CASE(npv_received__gaps),
	KUNIT_CASE(npv_received__random),
	{}
};

static struct kunit_suite received_suite = {
	.name = "npv_received",
	.test_cases = received_test_cases,
};

kunit_test_suite(received_suite);
