// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of packet.c, which includes this file; userspace/tests/ builds it as
 * well, with the sanitizers. Bytes are written as in frame_test.c.
 */

#include <kunit/test.h>

static u8 packet[512], packed[512];

static unsigned int packet_unhex(const char *text)
{
	unsigned int n = 0, digit;

	memset(packet, 0, sizeof(packet));
	for (; *text; text++) {
		if (*text == ' ')
			continue;
		digit = *text <= '9' ? *text - '0' : *text - 'a' + 10;
		packet[n / 2] |= digit << (n % 2 ? 0 : 4);
		n++;
	}

	return n / 2;
}

/* The examples of RFC 9000, A.1, and the limits */
static const struct varint_case {
	const char *bytes;
	u64 value;
	bool shortest;
} varint_cases[] = {
	{ "c2197c5eff14e88c", 151288809941952652ULL, true },
	{ "9d7f3e7d", 494878333, true },
	{ "7bbd", 15293, true },
	{ "25", 37, true },
	{ "4025", 37, false },
	{ "00", 0, true },
	{ "3f", 63, true },
	{ "4040", 64, true },
	{ "7fff", 16383, true },
	{ "80004000", 16384, true },
	{ "bfffffff", 1073741823, true },
	{ "c000000040000000", 1073741824, true },
	{ "ffffffffffffffff", NPV_VARINT_MAX, true },
};

static void npv_varint__table(struct kunit *test)
{
	unsigned int i, n, len;
	u64 value;

	for (i = 0; i < ARRAY_SIZE(varint_cases); i++) {
		const struct varint_case *c = &varint_cases[i];

		len = packet_unhex(c->bytes);
		for (n = 0; n < len; n++)
			KUNIT_EXPECT_EQ(test, npv_varint_decode(&value, packet, n),
					NPV_PACKET_BAD);
		KUNIT_EXPECT_EQ(test, npv_varint_decode(&value, packet, len),
				len);
		KUNIT_EXPECT_EQ(test, value, c->value);
		if (!c->shortest)
			continue;
		KUNIT_EXPECT_EQ(test, npv_varint_len(value), len);
		KUNIT_EXPECT_EQ(test, npv_varint_encode(value, packed, len - 1),
				0);
		KUNIT_EXPECT_EQ(test, npv_varint_encode(value, packed, len),
				len);
		KUNIT_EXPECT_MEMEQ(test, packed, packet, len);
	}
	KUNIT_EXPECT_EQ(test, npv_varint_encode(NPV_VARINT_MAX + 1, packed, 8),
			0);
}

static const struct expand_case {
	u64 number;
	unsigned int bits;
	u64 expected;
	u64 want;
} expand_cases[] = {
	/* RFC 9000, A.3 */
	{ 0x9b32, 16, 0xa82f30eb, 0xa82f9b32 },
	{ 0x00, 8, 0, 0 },
	{ 0xff, 8, 0, 255 },
	{ 0xff, 8, 0x100, 0xff },
	{ 0x00, 8, 0xff, 0x100 },
	{ 0x7f, 8, 0xff, 0x17f },
	{ 0x80, 8, 0x100, 0x180 },
	{ 0x81, 8, 0x100, 0x81 },
	{ 0xf, 4, 0x20, 0x1f },
	{ 0x3, 4, 0x2e, 0x33 },
	{ 0xfffffff, 28, 0x10000000, 0xfffffff },
	{ 5, 32, 0xfffffffeULL, 0x100000005ULL },
	{ 0xfffffff0, 32, 0x100000001ULL, 0xfffffff0 },
	{ 0x7fffffffffffffffULL, 64, 3, 0x7fffffffffffffffULL },
};

static void npv_number_expand__table(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(expand_cases); i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    npv_number_expand(expand_cases[i].number,
						      expand_cases[i].bits,
						      expand_cases[i].expected),
				    expand_cases[i].want, "case %u", i);
}

/* Whatever is expected within the span: the number comes back, and one bit less
 * would not do.
 */
static void npv_number_bits__suffices(struct kunit *test)
{
	static const u64 numbers[] = { 0, 1, 255, 256, 70000, 1ULL << 40 };
	static const u64 spans[] = { 0, 1, 2, 7, 8, 127, 128, 129, 40000 };
	unsigned int i, j, bits;
	u64 number, span;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		for (j = 0; j < ARRAY_SIZE(spans); j++) {
			number = numbers[i];
			span = spans[j];
			bits = npv_number_bits(span);
			KUNIT_EXPECT_EQ(test, number,
					npv_number_expand(number & (BIT_ULL(bits) - 1),
							  bits, number + span));
			if (span <= number)
				KUNIT_EXPECT_EQ(test, number,
						npv_number_expand(number & (BIT_ULL(bits) - 1),
								  bits, number - span));
			if (bits > 1)
				KUNIT_EXPECT_NE(test, number,
						npv_number_expand(number & (BIT_ULL(bits - 1) - 1),
								  bits - 1, number + span));
		}
	}
	KUNIT_EXPECT_EQ(test, npv_number_bits(1ULL << 62), 64);
	KUNIT_EXPECT_EQ(test, npv_number_bits(~0ULL), 64);
}

/* RFC 9000, A.2: 0xac5c02, with 0xabe8b3 acknowledged, takes 16 bits; 0xace8fe 24 */
static void npv_number_bits__rfc(struct kunit *test)
{
	unsigned int bits;

	bits = npv_number_bits(0xac5c02 - 0xabe8b3);
	KUNIT_EXPECT_LE(test, bits, 16);
	KUNIT_EXPECT_GT(test, bits, 8);
	bits = npv_number_bits(0xace8fe - 0xabe8b3);
	KUNIT_EXPECT_LE(test, bits, 24);
	KUNIT_EXPECT_GT(test, bits, 16);
}

struct head_case {
	const char *name;
	const char *bytes;
	unsigned int payload;
	struct npv_packet_head h;
};

static const struct head_case head_cases[] = {
	{ "numbered", "40 07", 1,
	  { .kind = NPV_PACKET_NUMBERED, .bits = 8, .number = 7 } },
	{ "numbered_2", "41 1234", 1,
	  { .kind = NPV_PACKET_NUMBERED, .bits = 16, .number = 0x1234 } },
	{ "numbered_3", "42 123456", 9,
	  { .kind = NPV_PACKET_NUMBERED, .bits = 24, .number = 0x123456 } },
	{ "numbered_4", "43 f2345678", 1,
	  { .kind = NPV_PACKET_NUMBERED, .bits = 32, .number = 0xf2345678 } },
	{ "numbered_cid", "60 1122334455667788 09", 1,
	  { .kind = NPV_PACKET_NUMBERED, .has_cid = true, .bits = 8, .number = 9,
	    .cid = 0x1122334455667788 } },
	{ "follows", "52 00f00d", 1,
	  { .kind = NPV_PACKET_NUMBERED, .follows = true, .bits = 24,
	    .number = 0xf00d } },
	{ "message_1", "8d", 0,
	  { .kind = NPV_PACKET_MESSAGE, .bits = 4, .number = 13 } },
	{ "message_2", "9d 07", 64,
	  { .kind = NPV_PACKET_MESSAGE, .bits = 12, .number = 0xd07 } },
	{ "message_3", "a1 0203", 64,
	  { .kind = NPV_PACKET_MESSAGE, .bits = 20, .number = 0x10203 } },
	{ "message_4", "bf ffffff", 64,
	  { .kind = NPV_PACKET_MESSAGE, .bits = 28, .number = 0xfffffff } },
	{ "fragment", "e0 0001 0000 0002", 1,
	  { .kind = NPV_PACKET_MESSAGE, .fragment = true, .bits = 20,
	    .number = 1, .offset = 0, .total = 2 } },
	{ "fragment_last", "f0 000001 fffe ffff", 1,
	  { .kind = NPV_PACKET_MESSAGE, .fragment = true, .bits = 28,
	    .number = 1, .offset = 65534, .total = 65535 } },
};

static void npv_packet_head__table(struct kunit *test)
{
	struct npv_packet_head h;
	unsigned int i, n, len;

	for (i = 0; i < ARRAY_SIZE(head_cases); i++) {
		const struct head_case *c = &head_cases[i];

		len = packet_unhex(c->bytes);
		for (n = 0; n < len; n++)
			KUNIT_EXPECT_EQ_MSG(test,
					    npv_packet_head_decode(&h, packet, n),
					    NPV_PACKET_BAD, "%s, %u bytes",
					    c->name, n);
		KUNIT_EXPECT_EQ_MSG(test,
				    npv_packet_head_decode(&h, packet,
							   len + c->payload),
				    len, "%s", c->name);
		KUNIT_EXPECT_EQ(test, h.kind, c->h.kind);
		KUNIT_EXPECT_EQ(test, h.has_cid, c->h.has_cid);
		KUNIT_EXPECT_EQ(test, h.follows, c->h.follows);
		KUNIT_EXPECT_EQ(test, h.fragment, c->h.fragment);
		KUNIT_EXPECT_EQ(test, h.bits, c->h.bits);
		KUNIT_EXPECT_EQ(test, h.number, c->h.number);
		KUNIT_EXPECT_EQ(test, h.cid, c->h.cid);
		KUNIT_EXPECT_EQ(test, h.offset, c->h.offset);
		KUNIT_EXPECT_EQ(test, h.total, c->h.total);

		for (n = 0; n < len; n++)
			KUNIT_EXPECT_EQ(test, npv_packet_head_encode(&c->h, packed, n),
					0);
		KUNIT_EXPECT_EQ(test, npv_packet_head_encode(&c->h, packed, len),
				len);
		KUNIT_EXPECT_MEMEQ(test, packed, packet, len);
	}
}

static void npv_packet_head__handshake(struct kunit *test)
{
	static const u8 first[] = { 0x00, 0x10, 0x16, 0x3f };
	struct npv_packet_head h;
	unsigned int i;

	for (i = 0; i < sizeof(first); i++) {
		KUNIT_EXPECT_EQ(test, npv_packet_head_decode(&h, &first[i], 1), 0);
		KUNIT_EXPECT_EQ(test, h.kind, NPV_PACKET_HANDSHAKE);
	}
}

/* Longer than said, of nothing, or with bits that mean nothing yet */
static void npv_packet_head__bad(struct kunit *test)
{
	static const char *const bytes[] = {
		"44 00 01", "48 00 01", "e5 0001 0000 0000 11",
		"e5 0001 0002 0002 11", "e5 0001 0001 0002 11 22",
		"e5 0001 0000 0002", "e5 0001 0003 0002 11",
		/* numbered in too few bits */
		"c5 0000 0002 11", "d5 01 0000 0002 11",
	};
	struct npv_packet_head h;
	unsigned int i, len;

	for (i = 0; i < ARRAY_SIZE(bytes); i++) {
		len = packet_unhex(bytes[i]);
		KUNIT_EXPECT_EQ_MSG(test, npv_packet_head_decode(&h, packet, len),
				    NPV_PACKET_BAD, "%s", bytes[i]);
	}
	h = (struct npv_packet_head){ .kind = NPV_PACKET_NUMBERED, .bits = 40 };
	KUNIT_EXPECT_EQ(test, npv_packet_head_encode(&h, packed, 64), 0);
	h = (struct npv_packet_head){ .kind = NPV_PACKET_MESSAGE, .bits = 8 };
	KUNIT_EXPECT_EQ(test, npv_packet_head_encode(&h, packed, 64), 0);
	h = (struct npv_packet_head){ .kind = NPV_PACKET_HANDSHAKE, .bits = 8 };
	KUNIT_EXPECT_EQ(test, npv_packet_head_encode(&h, packed, 64), 0);
}

static struct npv_packet_frame pf;

/* Decodes @n bytes that nothing may be read behind */
static int packet_decode(struct kunit *test, const u8 *bytes, unsigned int n)
{
	u8 *copy = kmalloc(n + 1, GFP_KERNEL);
	struct npv_ranges left;
	struct npv_frame_range range;
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, copy);
	memcpy(copy + 1, bytes, n);
	ret = npv_packet_frame_decode(&pf, copy + 1, n);
	/* The ranges while their bytes are there: they are kept by who looks. */
	if (ret > 0 && (pf.type == NPV_PF_ACK || pf.type == NPV_PF_WINDOW)) {
		left = pf.type == NPV_PF_ACK ? pf.ack.ranges : pf.window.ranges;
		while (npv_ranges_next(&left, &range))
			KUNIT_EXPECT_LT(test, range.start, range.end);
	}
	kfree(copy);

	return ret;
}

static void expect_ranges(struct kunit *test, struct npv_ranges ranges,
			  const struct npv_frame_range *want, unsigned int n)
{
	struct npv_frame_range range;
	unsigned int i;

	for (i = 0; i < n; i++) {
		KUNIT_ASSERT_TRUE(test, npv_ranges_next(&ranges, &range));
		KUNIT_EXPECT_EQ(test, range.start, want[i].start);
		KUNIT_EXPECT_EQ(test, range.end, want[i].end);
	}
	KUNIT_EXPECT_FALSE(test, npv_ranges_next(&ranges, &range));
}

static void npv_packet_ack__there_and_back(struct kunit *test)
{
	static const struct npv_frame_range ranges[] = {
		{ 100, 101 }, { 90, 99 }, { 10, 80 }, { 0, 1 },
	};
	static const u64 ecn[3] = { 70, 1, 20000 };
	static const char bytes[] =
		"02 4064 03 03  00  00 08  09 4045  08 00";
	unsigned int len = packet_unhex(bytes), n;

	KUNIT_EXPECT_EQ(test, npv_packet_ack_encode(ranges, 4, 24, NULL, packed,
						    sizeof(packed)), len);
	KUNIT_EXPECT_MEMEQ(test, packed, packet, len);
	KUNIT_EXPECT_EQ(test, npv_packet_frame_decode(&pf, packet, len), len);
	KUNIT_EXPECT_EQ(test, pf.type, NPV_PF_ACK);
	KUNIT_EXPECT_EQ(test, pf.ack.largest, 100);
	KUNIT_EXPECT_EQ(test, pf.ack.delay, 24);
	expect_ranges(test, pf.ack.ranges, ranges, 4);
	for (n = 0; n < len; n++)
		KUNIT_EXPECT_EQ(test, packet_decode(test, packet, n),
				NPV_PACKET_BAD);

	/* What doesn't fit is left out, from the lowest on. */
	KUNIT_EXPECT_EQ(test, npv_packet_ack_encode(ranges, 4, 24, NULL, packed,
						    len - 1), len - 2);
	KUNIT_EXPECT_EQ(test, npv_packet_frame_decode(&pf, packed, len - 2),
			len - 2);
	expect_ranges(test, pf.ack.ranges, ranges, 3);
	KUNIT_EXPECT_EQ(test, npv_packet_ack_encode(ranges, 4, 24, NULL, packed,
						    5), 0);

	len = npv_packet_ack_encode(ranges, 4, 24, ecn, packed, sizeof(packed));
	KUNIT_EXPECT_EQ(test, len, packet_unhex(bytes) + 2 + 1 + 4);
	KUNIT_EXPECT_EQ(test, npv_packet_frame_decode(&pf, packed, len), len);
	KUNIT_EXPECT_EQ(test, pf.type, NPV_PF_ACK_ECN);
	KUNIT_EXPECT_EQ(test, pf.ack.ect0, 70);
	KUNIT_EXPECT_EQ(test, pf.ack.ect1, 1);
	KUNIT_EXPECT_EQ(test, pf.ack.ce, 20000);
	expect_ranges(test, pf.ack.ranges, ranges, 4);
	/* The marks are kept before any range but the first. */
	len = npv_packet_ack_encode(ranges, 4, 24, ecn, packed, 14);
	KUNIT_EXPECT_EQ(test, npv_packet_frame_decode(&pf, packed, len), len);
	KUNIT_EXPECT_EQ(test, pf.ack.ce, 20000);
}

static void npv_packet_window__there_and_back(struct kunit *test)
{
	static const struct npv_frame_range ranges[] = {
		{ 6, 8 }, { 9, 10 }, { 100, 20000 },
	};
	static const char bytes[] =
		"04 05 c000001000000000 03  00 01  00 00  4059 80004dbb";
	unsigned int len = packet_unhex(bytes), n;

	KUNIT_EXPECT_EQ(test, npv_packet_window_encode(5, 5 + (1ULL << 36), ranges,
						       3, packed,
						       sizeof(packed)), len);
	KUNIT_EXPECT_MEMEQ(test, packed, packet, len);
	KUNIT_EXPECT_EQ(test, npv_packet_frame_decode(&pf, packet, len), len);
	KUNIT_EXPECT_EQ(test, pf.type, NPV_PF_WINDOW);
	KUNIT_EXPECT_EQ(test, pf.window.ack, 5);
	KUNIT_EXPECT_EQ(test, pf.window.edge, 5 + (1ULL << 36));
	expect_ranges(test, pf.window.ranges, ranges, 3);
	for (n = 0; n < len; n++)
		KUNIT_EXPECT_EQ(test, packet_decode(test, packet, n),
				NPV_PACKET_BAD);

	KUNIT_EXPECT_EQ(test, npv_packet_window_encode(5, 4, ranges, 3, packed,
						       64), 0);
	len = npv_packet_window_encode(5, 5, NULL, 0, packed, 64);
	KUNIT_EXPECT_EQ(test, len, 4);
	KUNIT_EXPECT_EQ(test, packet_decode(test, packed, len), len);
	KUNIT_EXPECT_EQ(test, pf.window.edge, 5);
}

/* Payload that follows on what was acknowledged takes no more than the head. */
static void npv_packet_data__follows(struct kunit *test)
{
	struct npv_packet_head h = {
		.kind = NPV_PACKET_NUMBERED, .follows = true, .bits = 24,
		.number = 200,
	};

	KUNIT_EXPECT_EQ(test, npv_packet_head_encode(&h, packed, sizeof(packed)),
			4);
}

static void npv_packet_data__there_and_back(struct kunit *test)
{
	const u64 seq = 0x123456789abcdef0ULL;
	unsigned int len, room;

	memset(packed, 0xaa, sizeof(packed));
	len = npv_packet_data_encode(seq, 100, true, false, packed, 64);
	KUNIT_EXPECT_EQ(test, len, 1 + 8 + 2);
	for (room = 0; room < len; room++)
		KUNIT_EXPECT_EQ(test, npv_packet_data_encode(seq, 100, true, false,
							     packet, room), 0);
	/* the whole payload, or the packet is malformed */
	KUNIT_EXPECT_EQ(test, packet_decode(test, packed, len + 99),
			NPV_PACKET_BAD);
	KUNIT_EXPECT_EQ(test, packet_decode(test, packed, len + 100), len + 100);
	/* and no more than that */
	KUNIT_EXPECT_EQ(test, packet_decode(test, packed, len + 101), len + 100);
	KUNIT_EXPECT_EQ(test, pf.type, NPV_PF_DATA);
	KUNIT_EXPECT_EQ(test, pf.data.seq, seq);
	KUNIT_EXPECT_EQ(test, pf.data.len, 100);
	KUNIT_EXPECT_TRUE(test, pf.data.ack_req);

	len = npv_packet_data_encode(seq, 3, false, true, packed, 64);
	KUNIT_EXPECT_EQ(test, len, 1 + 8);
	KUNIT_EXPECT_EQ(test, npv_packet_frame_decode(&pf, packed, len + 3),
			len + 3);
	KUNIT_EXPECT_EQ(test, pf.data.len, 3);
	KUNIT_EXPECT_PTR_EQ(test, pf.data.payload, (const u8 *)packed + len);

	KUNIT_EXPECT_EQ(test, npv_packet_data_encode(0, 0, false, true,
						     packed, 64), 0);
	KUNIT_EXPECT_EQ(test, npv_packet_data_encode(NPV_SEQ_END, 1, false, true,
						     packed, 64), 0);
	KUNIT_EXPECT_EQ(test, npv_packet_data_encode(NPV_SEQ_END - 1, 2, false,
						     true, packed, 64),
			0);
	KUNIT_EXPECT_EQ(test, npv_packet_data_encode(NPV_SEQ_END - 1, 1, false,
						     true, packed, 64),
			9);
}

/* Whatever the room: nothing is written behind it. */
static void npv_packet_ack__room(struct kunit *test)
{
	static const struct npv_frame_range ranges[] = {
		{ 1000, 1100 }, { 900, 999 }, { 10, 800 },
	};
	static const u64 small[3] = { 0, 0, 0 }, large[3] = { 1, 70, 1 << 20 };
	const u64 *marks[] = { NULL, small, large };
	unsigned int room, i, len;

	for (i = 0; i < ARRAY_SIZE(marks); i++) {
		for (room = 0; room < 40; room++) {
			memset(packed, 0xee, sizeof(packed));
			len = npv_packet_ack_encode(ranges, 3, 80, marks[i],
						    packed, room);
			KUNIT_ASSERT_LE(test, len, room);
			KUNIT_ASSERT_EQ(test, packed[room], 0xee);
			KUNIT_ASSERT_MEMEQ(test, packed + room,
					   packed + room + 1, 64);
			if (len)
				KUNIT_ASSERT_EQ(test,
						packet_decode(test, packed, len),
						len);
		}
	}
}

static const struct pf_bad_case {
	const char *why;
	const char *bytes;
} pf_bad_cases[] = {
	{ "an unknown type", "06" },
	{ "an ACK of what is below zero", "02 05 00 00 06" },
	{ "... by a gap", "02 05 00 01 02 02 00" },
	{ "... by a length", "02 09 00 01 02 02 04" },
	{ "more ranges than there may be", "02 4200 00 4040 00" },
	{ "no ranges where some are told", "02 4200 00 3f 00" },
	{ "ECN without its counts", "03 05 00 00 00 01 02" },
	{ "a WINDOW's ranges above all numbers",
	  "04 ffffffffffffffff 00 01 ffffffffffffffff 01" },
	{ "... by a gap",
	  "04 ffffffffffffffff 00 02 ffffffffffffffff 00 ffffffffffffffff 00" },
	{ "more of those than there may be", "04 00 00 1f 00 00" },
	{ "DATA of nothing", "80 0000000000000001" },
	{ "DATA shorter than said", "88 0000000000000001 04 112233" },
	{ "reserved bits of DATA", "81 0000000000000001 11" },
	{ "reserved bits of DATA", "90 0000000000000001 11" },
	{ "reserved bits of DATA", "a0 0000000000000001 11" },
	{ "reserved bits of DATA", "c0 0000000000000001 11" },
	{ "DATA above all numbers", "80 7fffffffffffffff 11 22" },
	{ "a handshake within a session", "05 12 00 0001 00000000" },
	{ "DATA as on TCP",
	  "05 01 00 0000 00000011 0000000000000000 0000000000000000 11" },
	{ "half a frame", "05 23 00 0000 00000008 00000000" },
	{ "no frame", "05 30 00 0000 00000000" },
};

static void npv_packet_frame__bad(struct kunit *test)
{
	unsigned int i, len;

	for (i = 0; i < ARRAY_SIZE(pf_bad_cases); i++) {
		len = packet_unhex(pf_bad_cases[i].bytes);
		KUNIT_EXPECT_EQ_MSG(test, packet_decode(test, packet, len),
				    NPV_PACKET_BAD, "%s", pf_bad_cases[i].why);
	}
	KUNIT_EXPECT_EQ(test, packet_decode(test, packet, 0), NPV_PACKET_BAD);
}

static void npv_packet_frame__others(struct kunit *test)
{
	unsigned int len;

	len = packet_unhex("00 01");
	KUNIT_EXPECT_EQ(test, packet_decode(test, packet, len), 1);
	KUNIT_EXPECT_EQ(test, pf.type, NPV_PF_PADDING);
	KUNIT_EXPECT_EQ(test, packet_decode(test, packet + 1, 1), 1);
	KUNIT_EXPECT_EQ(test, pf.type, NPV_PF_PING);
	len = packet_unhex("05 23 00 0000 00000008 1122334455667788");
	KUNIT_EXPECT_EQ(test, packet_decode(test, packet, len), len);
	KUNIT_EXPECT_EQ(test, pf.type, NPV_PF_FRAME);
	KUNIT_EXPECT_EQ(test, pf.frame.type, NPV_FRAME_PING);
	KUNIT_EXPECT_EQ(test, pf.frame.ping, 0x1122334455667788);
	/* DATA has payload, and no reserved bit */
	len = packet_unhex("80 0000000000000001");
	KUNIT_EXPECT_EQ(test, packet_decode(test, packet, len), NPV_PACKET_BAD);
	len = packet_unhex("82 0000000000000001 61");
	KUNIT_EXPECT_EQ(test, packet_decode(test, packet, len), NPV_PACKET_BAD);
}

static void npv_packet_data_rest__table(struct kunit *test)
{
	static const struct {
		u8 first;
		u8 high;
		u32 len;
		bool is;
	} cases[] = {
		{ 0x80, 0, 10, true },
		{ 0x84, 0, 1400, true },
		/* no payload; a length; the end of a record; a reserved bit */
		{ 0x80, 0, 9, false },
		{ 0x88, 0, 10, false },
		{ 0x82, 0, 10, false },
		{ 0x81, 0, 10, false },
		{ 0x90, 0, 10, false },
		/* no DATA; no head; numbers that end too late */
		{ 0x02, 0, 10, false },
		{ 0x80, 0, 8, false },
		{ 0x80, 0x80, 10, false },
		{ 0x80, 0x7f, 10, true },
	};
	struct npv_packet_frame f;
	static u8 buf[1400];
	unsigned int i;
	bool ack_req;
	u64 seq;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		buf[0] = cases[i].first;
		buf[1] = cases[i].high;
		KUNIT_EXPECT_EQ_MSG(test,
				    npv_packet_data_rest(buf, cases[i].len,
							 &seq, &ack_req),
				    cases[i].is, "case %u", i);
		if (!cases[i].is)
			continue;
		/* It says what the decoder does. */
		KUNIT_EXPECT_EQ(test, npv_packet_frame_decode(&f, buf,
							      cases[i].len),
				(int)cases[i].len);
		KUNIT_EXPECT_EQ(test, f.data.seq, seq);
		KUNIT_EXPECT_EQ(test, f.data.len, cases[i].len - 9);
		KUNIT_EXPECT_EQ(test, f.data.ack_req, ack_req);
	}
}

static struct kunit_case packet_test_cases[] = {
	KUNIT_CASE(npv_packet_data_rest__table),
	KUNIT_CASE(npv_varint__table),
	KUNIT_CASE(npv_number_expand__table),
	KUNIT_CASE(npv_number_bits__suffices),
	KUNIT_CASE(npv_number_bits__rfc),
	KUNIT_CASE(npv_packet_head__table),
	KUNIT_CASE(npv_packet_head__handshake),
	KUNIT_CASE(npv_packet_head__bad),
	KUNIT_CASE(npv_packet_ack__there_and_back),
	KUNIT_CASE(npv_packet_window__there_and_back),
	KUNIT_CASE(npv_packet_ack__room),
	KUNIT_CASE(npv_packet_data__follows),
	KUNIT_CASE(npv_packet_data__there_and_back),
	KUNIT_CASE(npv_packet_frame__bad),
	KUNIT_CASE(npv_packet_frame__others),
	{}
};

static struct kunit_suite packet_suite = {
	.name = "npv_packet",
	.test_cases = packet_test_cases,
};

kunit_test_suite(packet_suite);
