// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of frame.c, which includes this file; userspace/tests/ builds it
 * as well, with the sanitizers. Bytes are written in hexadecimal, as
 * Documentation/protocol.rst has them; blanks are for the reader.
 */

#include <kunit/test.h>

#define HDR(type, flags, aux, length)	type " " flags " " aux " " length "  "
#define PAIR(start, end)		"00000000000000" start " 00000000000000" end " "
#define KEY	"000102030405060708090a0b0c0d0e0f"
#define MAC	KEY "101112131415161718191a1b1c1d1e1f"
#define BYTES	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 }
#define BYTES32	{ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		  17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31 }
/* up to the id, with socket type 1 and port 443 */
#define HELLO_V1	"4e505631 01 01 01 00 01bb 0000 "
#define HELLO_END	"1122334455667788 0000000000010000 " KEY
#define JOIN_V1		"4e505631 01 00 0000 1122334455667788 00000002 " KEY

struct frame_case {
	const char *name;
	const char *bytes;
	struct npv_frame f;
};

static const struct frame_case frame_cases[] = {
	{ "data", HDR("01", "01", "0000", "00000013")
	  "0000000100000002 0000000300000004",
	  { .type = NPV_FRAME_DATA, .flags = NPV_DATA_ACK_REQ, .length = 19,
	    .data = { 0x100000002, 0x300000004, 3 } } },
	{ "data_longest", HDR("01", "00", "0000", "00040010")
	  "7ffffffffffc0000 8000000000000000",
	  { .type = NPV_FRAME_DATA, .length = 0x40010,
	    .data = { NPV_SEQ_END - 0x40000, NPV_SEQ_END, 0x40000 } } },
	{ "fin", HDR("03", "00", "0000", "00000010")
	  "7fffffffffffffff 0000000000000000",
	  { .type = NPV_FRAME_FIN, .length = 16,
	    .data = { .seq = NPV_SEQ_END - 1 } } },
	{ "ack", HDR("02", "00", "0000", "00000010")
	  "0000000000000005 0000000000000005",
	  { .type = NPV_FRAME_ACK, .length = 16,
	    .ack = { .ack = 5, .edge = 5 } } },
	{ "ack_ranges", HDR("02", "00", "0000", "00000030")
	  "0000000000000005 8000000000000000 " PAIR("06", "08")
	  "0000000000000009 8000000000000000",
	  { .type = NPV_FRAME_ACK, .length = 48,
	    .ack = { 5, NPV_SEQ_END, 2, { { 6, 8 }, { 9, NPV_SEQ_END } } } } },
	{ "ack_all", HDR("02", "00", "0000", "00000010")
	  "8000000000000000 8000000000000000",
	  { .type = NPV_FRAME_ACK, .length = 16,
	    .ack = { .ack = NPV_SEQ_END, .edge = NPV_SEQ_END } } },
	{ "close", HDR("04", "00", "0001", "00000000"),
	  { .type = NPV_FRAME_CLOSE, .aux = NPV_CLOSE_RESET } },
	{ "hello", HDR("10", "01", "0000", "0000002c") HELLO_V1 HELLO_END,
	  { .type = NPV_FRAME_HELLO, .flags = NPV_JOIN_BACKUP, .length = 44,
	    .hello = { 1, 1, NPV_SOCKTYPE_STREAM, 443, 0x1122334455667788,
		       65536, BYTES } } },
	{ "hello_v2", HDR("10", "00", "0000", "0000002c")
	  "4e505631 02 01 05 00 01bb 0000 " HELLO_END,
	  { .type = NPV_FRAME_HELLO, .length = 44,
	    .hello = { 2, 1, NPV_SOCKTYPE_SEQPACKET, 443, 0x1122334455667788,
		       65536, BYTES } } },
	{ "hello_edge_end", HDR("10", "00", "0000", "0000002c") HELLO_V1
	  "ffffffffffffffff 8000000000000000 " KEY,
	  { .type = NPV_FRAME_HELLO, .length = 44,
	    .hello = { 1, 1, NPV_SOCKTYPE_STREAM, 443, ~0ULL, NPV_SEQ_END,
		       BYTES } } },
	{ "welcome", HDR("11", "00", "0000", "0000002c")
	  "4e505631 01 00 02 00 01bb 0000 " HELLO_END,
	  { .type = NPV_FRAME_WELCOME, .length = 44,
	    .hello = { 1, 0, NPV_SOCKTYPE_DGRAM, 443, 0x1122334455667788,
		       65536, BYTES } } },
	{ "refuse", HDR("12", "00", "0002", "00000000"),
	  { .type = NPV_FRAME_REFUSE, .aux = NPV_REFUSE_SERVICE } },
	{ "join", HDR("13", "01", "0000", "00000024") JOIN_V1,
	  { .type = NPV_FRAME_JOIN, .flags = NPV_JOIN_BACKUP, .length = 36,
	    .join = { .version = 1, .id = 0x1122334455667788, .stack = 2,
		      .nonce = BYTES } } },
	{ "join_ack", HDR("14", "00", "0000", "00000030") KEY MAC,
	  { .type = NPV_FRAME_JOIN_ACK, .length = 48,
	    .join = { .nonce = BYTES, .mac = BYTES32 } } },
	{ "join_confirm", HDR("15", "00", "0000", "00000020") MAC,
	  { .type = NPV_FRAME_JOIN_CONFIRM, .length = 32,
	    .join = { .mac = BYTES32 } } },
	{ "offer", HDR("16", "00", "0002", "00000020")
	  "4e505631 01 00 01bb 1122334455667788 " KEY,
	  { .type = NPV_FRAME_OFFER, .aux = NPV_REFUSE_SERVICE, .length = 32,
	    .hello = { .version = 1, .port = 443, .id = 0x1122334455667788,
		       .key = BYTES } } },
	{ "begin", HDR("1a", "00", "0000", "00000020") KEY KEY,
	  { .type = NPV_FRAME_BEGIN, .length = 32,
	    .begin = { BYTES, BYTES } } },
	{ "path_challenge", HDR("17", "00", "0000", "00000018")
	  "1122334455667788 " KEY,
	  { .type = NPV_FRAME_PATH_CHALLENGE, .length = 24,
	    .path = { .cid = 0x1122334455667788, .token = BYTES } } },
	{ "path_response", HDR("18", "00", "0000", "00000038")
	  "1122334455667788 " KEY MAC,
	  { .type = NPV_FRAME_PATH_RESPONSE, .length = 56,
	    .path = { 0x1122334455667788, BYTES, BYTES32 } } },
	{ "source_proof", HDR("19", "00", "0000", "00000028")
	  "1122334455667788 " MAC,
	  { .type = NPV_FRAME_SOURCE_PROOF, .length = 40,
	    .proof = { 0x1122334455667788, BYTES32 } } },
	{ "status", HDR("20", "00", "0003", "00000008") "00000001 80000000",
	  { .type = NPV_FRAME_STATUS, .aux = NPV_STATUS_LEAVING, .length = 8,
	    .status = { 1, 0x80000000 } } },
	{ "addr_add", HDR("21", "00", "0002", "00000028")
	  "01 00 0000 " KEY " ff 00 1a7c " KEY,
	  { .type = NPV_FRAME_ADDR_ADD, .aux = 2, .length = 40,
	    .addrs = { 2, { { 1, 0, BYTES }, { 255, 6780, BYTES } } } } },
	{ "addr_del", HDR("22", "00", "0002", "00000008") "01000000 ff000000",
	  { .type = NPV_FRAME_ADDR_DEL, .aux = 2, .length = 8,
	    .addrs = { 2, { { .id = 1 }, { .id = 255 } } } } },
	{ "ping", HDR("23", "00", "0000", "00000008") "0123456789abcdef",
	  { .type = NPV_FRAME_PING, .length = 8, .ping = 0x0123456789abcdef } },
	{ "pong", HDR("24", "00", "0000", "00000008") "0123456789abcdef",
	  { .type = NPV_FRAME_PONG, .length = 8, .ping = 0x0123456789abcdef } },
	{ "source", HDR("25", "00", "0000", "00000018") KEY "1a7c 0000 00000000",
	  { .type = NPV_FRAME_SOURCE, .length = 24, .source = { 6780, BYTES } } },
};

/* Frames that this version reads, but would not write like this */
static const struct frame_case skip_cases[] = {
	{ "unknown_empty", HDR("80", "00", "0000", "00000000"),
	  { .type = 0x80 } },
	{ "unknown", HDR("f1", "ff", "ffff", "00000003") "ffffff",
	  { .type = 0xf1, .flags = 0xff, .aux = 0xffff, .length = 3 } },
	{ "refuse_longer", HDR("12", "00", "0009", "00000001") "ff",
	  { .type = NPV_FRAME_REFUSE, .aux = NPV_REFUSE_OPTION, .length = 1 } },
	{ "hello_option", HDR("10", "00", "0000", "00000035")
	  HELLO_V1 HELLO_END "0001 0000 7fff 0001 ff",
	  { .type = NPV_FRAME_HELLO, .length = 53,
	    .hello = { 1, 1, 1, 443, 0x1122334455667788, 65536, BYTES } } },
	{ "hello_option_must", HDR("10", "00", "0000", "00000035")
	  HELLO_V1 HELLO_END "8001 0000 7fff 0001 ff",
	  { .type = NPV_FRAME_HELLO, .length = 53,
	    .hello = { 1, 1, 1, 443, 0x1122334455667788, 65536, BYTES,
		       true } } },
	/* what is reserved in version 1 may have a meaning in a later one */
	{ "hello_v3", HDR("10", "ff", "ffff", "0000002c")
	  "4e505631 03 02 07 ff 01bb ffff " HELLO_END,
	  { .type = NPV_FRAME_HELLO, .flags = 0xff, .aux = 0xffff, .length = 44,
	    .hello = { 3, 2, 7, 443, 0x1122334455667788, 65536, BYTES } } },
	{ "join_option", HDR("13", "00", "0000", "00000028")
	  JOIN_V1 "0001 0000",
	  { .type = NPV_FRAME_JOIN, .length = 40,
	    .join = { .version = 1, .id = 0x1122334455667788, .stack = 2,
		      .nonce = BYTES } } },
	{ "join_option_must", HDR("13", "00", "0000", "0000002a")
	  JOIN_V1 "ffff 0002 0000",
	  { .type = NPV_FRAME_JOIN, .length = 42,
	    .join = { .version = 1, .option_unknown = true,
		      .id = 0x1122334455667788, .stack = 2, .nonce = BYTES } } },
};

/*
 * What is no frame, and how many bytes it takes to see it: with one byte less,
 * the rest could still make it right.
 */
struct bad_case {
	const char *name;
	const char *bytes;
	unsigned int seen;
};

static const struct bad_case bad_cases[] = {
	{ "type_0", "00", 1 },
	{ "type_unknown", "05", 1 },
	{ "type_between", "26", 1 },
	{ "type_high", "7f", 1 },
	{ "skip_long", HDR("80", "00", "0000", "000001f9"), 8 },
	{ "skip_huge", HDR("ff", "00", "0000", "ffffffff"), 8 },
	{ "data_aux", "01 00 0001", 4 },
	{ "data_empty", HDR("01", "00", "0000", "00000010"), 8 },
	{ "data_short", HDR("01", "00", "0000", "0000000f"), 8 },
	{ "data_long", HDR("01", "00", "0000", "00040011"), 8 },
	{ "data_huge", HDR("01", "00", "0000", "ffffffff"), 8 },
	{ "data_seq_over", HDR("01", "00", "0000", "00000011")
	  "8000000000000000", 16 },
	{ "data_seq_len_over", HDR("01", "00", "0000", "00000012")
	  "7fffffffffffffff", 16 },
	{ "data_seq_len_wraps", HDR("01", "00", "0000", "00000011")
	  "ffffffffffffffff", 16 },
	{ "data_ack_over", HDR("01", "00", "0000", "00000011")
	  "0000000000000000 8000000000000001", 24 },
	{ "fin_payload", HDR("03", "00", "0000", "00000011"), 8 },
	{ "fin_short", HDR("03", "00", "0000", "00000008"), 8 },
	{ "fin_aux", "03 00 8000", 4 },
	{ "fin_seq_over", HDR("03", "00", "0000", "00000010")
	  "8000000000000000", 16 },
	{ "ack_aux", "02 00 0100", 4 },
	{ "ack_short", HDR("02", "00", "0000", "00000008"), 8 },
	{ "ack_half_range", HDR("02", "00", "0000", "00000018"), 8 },
	{ "ack_31_ranges", HDR("02", "00", "0000", "00000200"), 8 },
	{ "ack_over", HDR("02", "00", "0000", "00000010")
	  "8000000000000001", 16 },
	{ "ack_edge_below", HDR("02", "00", "0000", "00000010")
	  "0000000000000005 0000000000000004", 24 },
	{ "ack_edge_over", HDR("02", "00", "0000", "00000010")
	  "0000000000000005 8000000000000001", 24 },
	{ "ack_range_at_ack", HDR("02", "00", "0000", "00000020")
	  PAIR("05", "09") "0000000000000005", 32 },
	{ "ack_range_below_ack", HDR("02", "00", "0000", "00000020")
	  PAIR("05", "09") "0000000000000004", 32 },
	{ "ack_range_empty", HDR("02", "00", "0000", "00000020")
	  PAIR("05", "09") "0000000000000006 0000000000000006", 40 },
	{ "ack_range_backwards", HDR("02", "00", "0000", "00000020")
	  PAIR("05", "09") "0000000000000007 0000000000000006", 40 },
	{ "ack_range_start_over", HDR("02", "00", "0000", "00000020")
	  PAIR("05", "09") "8000000000000000", 32 },
	{ "ack_range_end_over", HDR("02", "00", "0000", "00000020")
	  PAIR("05", "09") "0000000000000006 8000000000000001", 40 },
	{ "ack_ranges_touch", HDR("02", "00", "0000", "00000030")
	  PAIR("05", "09") PAIR("06", "07") "0000000000000007", 48 },
	{ "ack_ranges_descend", HDR("02", "00", "0000", "00000030")
	  PAIR("05", "09") PAIR("08", "09") "0000000000000006", 48 },
	{ "close_long", HDR("04", "00", "0000", "00000001"), 8 },
	{ "hello_short", HDR("10", "00", "0000", "0000002b"), 8 },
	{ "hello_long", HDR("10", "00", "0000", "000001f9"), 8 },
	{ "hello_magic", HDR("10", "00", "0000", "0000002c") "4e505632", 12 },
	{ "hello_version_0", HDR("10", "00", "0000", "0000002c")
	  "4e505631 00 00 01 00", 16 },
	{ "hello_min_0", HDR("10", "00", "0000", "0000002c")
	  "4e505631 01 00 01 00", 16 },
	{ "hello_min_above", HDR("10", "00", "0000", "0000002c")
	  "4e505631 01 02 01 00", 16 },
	{ "hello_aux", HDR("10", "00", "0001", "0000002c")
	  "4e505631 01 01 01 00", 16 },
	{ "hello_socktype_0", HDR("10", "00", "0000", "0000002c")
	  "4e505631 01 01 00 00", 16 },
	{ "hello_socktype_3", HDR("10", "00", "0000", "0000002c")
	  "4e505631 01 01 03 00", 16 },
	{ "hello_socktype_4", HDR("10", "00", "0000", "0000002c")
	  "4e505631 01 01 04 00", 16 },
	{ "hello_reserved8", HDR("10", "00", "0000", "0000002c")
	  "4e505631 01 01 01 01", 16 },
	{ "hello_reserved16", HDR("10", "00", "0000", "0000002c")
	  "4e505631 01 01 01 00 01bb 0001", 20 },
	{ "hello_edge_over", HDR("10", "00", "0000", "0000002c") HELLO_V1
	  "1122334455667788 8000000000000001", 36 },
	{ "hello_option_cut", HDR("10", "00", "0000", "0000002f"), 8 },
	{ "hello_option_over", HDR("10", "00", "0000", "00000031")
	  HELLO_V1 HELLO_END "0001 0002", 56 },
	{ "hello_option_2_cut", HDR("10", "00", "0000", "00000034")
	  HELLO_V1 HELLO_END "0001 0001", 56 },
	{ "welcome_short", HDR("11", "00", "0000", "00000000"), 8 },
	{ "welcome_magic", HDR("11", "00", "0000", "0000002c") "00000000", 12 },
	{ "welcome_version_0", HDR("11", "00", "0000", "0000002c")
	  "4e505631 00 00 01 00", 16 },
	{ "refuse_long", HDR("12", "00", "0001", "000001f9"), 8 },
	{ "join_short", HDR("13", "00", "0000", "00000023"), 8 },
	{ "join_long", HDR("13", "00", "0000", "000001f9"), 8 },
	{ "join_magic", HDR("13", "00", "0000", "00000024") "4e505630", 12 },
	{ "join_version_0", HDR("13", "00", "0000", "00000024")
	  "4e505631 00 00 0000", 16 },
	{ "join_reserved", HDR("13", "00", "0000", "00000024")
	  "4e505631 01 00 0001", 16 },
	{ "join_aux", HDR("13", "00", "0001", "00000024")
	  "4e505631 01 00 0000", 16 },
	{ "join_option_over", HDR("13", "00", "0000", "00000028")
	  JOIN_V1 "8001 0001", 48 },
	{ "join_ack_short", HDR("14", "00", "0000", "0000002f"), 8 },
	{ "join_ack_long", HDR("14", "00", "0000", "00000031"), 8 },
	{ "join_ack_aux", "14 00 0001", 4 },
	{ "join_confirm_long", HDR("15", "00", "0000", "00000030"), 8 },
	{ "offer_long", HDR("16", "00", "0000", "00000024"), 8 },
	{ "offer_magic", HDR("16", "00", "0000", "00000020") "4e505600", 12 },
	{ "offer_reserved", HDR("16", "00", "0000", "00000020")
	  "4e505631 01 01 01bb", 16 },
	{ "offer_version_0", HDR("16", "00", "0000", "00000020")
	  "4e505631 00 00 01bb", 16 },
	{ "status_short", HDR("20", "00", "0000", "00000004"), 8 },
	{ "status_long", HDR("20", "00", "0000", "0000000c"), 8 },
	{ "addr_add_none", "21 00 0000", 4 },
	{ "addr_add_17", "21 00 0011", 4 },
	{ "addr_add_count", HDR("21", "00", "0002", "00000014"), 8 },
	{ "addr_add_half", HDR("21", "00", "0001", "00000018"), 8 },
	{ "addr_add_id_0", HDR("21", "00", "0001", "00000014") "00000000", 12 },
	{ "addr_add_reserved", HDR("21", "00", "0001", "00000014")
	  "01010000", 12 },
	{ "addr_add_second", HDR("21", "00", "0002", "00000028")
	  "01000000 " KEY "00000000", 32 },
	{ "addr_del_none", "22 00 0000", 4 },
	{ "addr_del_count", HDR("22", "00", "0001", "00000008"), 8 },
	{ "addr_del_17", "22 00 0011", 4 },
	{ "addr_del_id_0", HDR("22", "00", "0001", "00000004") "00000000", 12 },
	{ "addr_del_reserved", HDR("22", "00", "0001", "00000004")
	  "01000001", 12 },
	{ "ping_short", HDR("23", "00", "0000", "00000007"), 8 },
	{ "ping_long", HDR("23", "00", "0000", "00000009"), 8 },
	{ "ping_aux", "23 00 0001", 4 },
	{ "pong_long", HDR("24", "00", "0000", "00000010"), 8 },
};

static void frame_desc(const struct frame_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(frame, frame_cases, frame_desc);
KUNIT_ARRAY_PARAM(skip, skip_cases, frame_desc);

static void bad_desc(const struct bad_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad, bad_cases, bad_desc);

/* frames are too long for a stack that the sanitizers share */
static struct npv_frame got, again;
static u8 wire[NPV_FRAME_CTRL_MAX], written[NPV_FRAME_CTRL_MAX];

/* The bytes of @text, in wire; how many they are */
static unsigned int unhex(const char *text)
{
	unsigned int n = 0, digit;

	memset(wire, 0, sizeof(wire));
	for (; *text; text++) {
		if (*text == ' ')
			continue;
		digit = *text <= '9' ? *text - '0' : *text - 'a' + 10;
		wire[n / 2] |= digit << (n % 2 ? 0 : 4);
		n++;
	}

	return n / 2;
}

/* Decodes @n bytes that nothing may be read behind, at an odd address */
static int decode_exactly(struct kunit *test, const u8 *bytes, unsigned int n)
{
	u8 *copy = kmalloc(n + 1, GFP_KERNEL);
	int ret;

	KUNIT_ASSERT_NOT_NULL(test, copy);
	memcpy(copy + 1, bytes, n);
	memset(&got, 0, sizeof(got));
	ret = npv_frame_decode(&got, copy + 1, n);
	kfree(copy);

	return ret;
}

static void expect_frame(struct kunit *test, const struct frame_case *c)
{
	unsigned int len = unhex(c->bytes), n;

	for (n = 0; n < len; n++) {
		KUNIT_EXPECT_EQ_MSG(test, decode_exactly(test, wire, n),
				    NPV_FRAME_SHORT, "with %u of %u bytes", n,
				    len);
		KUNIT_EXPECT_EQ(test, npv_frame_need(wire, n),
				n < NPV_FRAME_HDR ? NPV_FRAME_HDR : len);
	}

	KUNIT_EXPECT_EQ(test, decode_exactly(test, wire, len), len);
	KUNIT_EXPECT_EQ(test, npv_frame_need(wire, len), len);
	KUNIT_EXPECT_MEMEQ(test, &got, &c->f, sizeof(got));

	/* what follows doesn't matter */
	memset(wire + len, 0xff, sizeof(wire) - len);
	KUNIT_EXPECT_EQ(test, decode_exactly(test, wire, sizeof(wire)), len);
	KUNIT_EXPECT_MEMEQ(test, &got, &c->f, sizeof(got));
}

static void npv_frame_decode__table(struct kunit *test)
{
	expect_frame(test, test->param_value);
}

static void npv_frame_decode__skips(struct kunit *test)
{
	expect_frame(test, test->param_value);
}

static void npv_frame_decode__bad(struct kunit *test)
{
	const struct bad_case *c = test->param_value;
	unsigned int n;

	unhex(c->bytes);
	for (n = 0; n < c->seen; n++)
		KUNIT_EXPECT_EQ_MSG(test, decode_exactly(test, wire, n),
				    NPV_FRAME_SHORT, "with %u bytes", n);
	for (; n < sizeof(wire); n++)
		KUNIT_EXPECT_EQ_MSG(test, decode_exactly(test, wire, n),
				    NPV_FRAME_BAD, "with %u bytes", n);
}

static void npv_frame_encode__table(struct kunit *test)
{
	const struct frame_case *c = test->param_value;
	unsigned int len = unhex(c->bytes), room;

	for (room = 0; room < len; room++)
		KUNIT_EXPECT_EQ(test, npv_frame_encode(&c->f, written, room), 0);
	memset(written, 0xee, sizeof(written));
	KUNIT_EXPECT_EQ(test, npv_frame_encode(&c->f, written, len), len);
	KUNIT_EXPECT_MEMEQ(test, written, wire, len);
	KUNIT_EXPECT_EQ(test, written[len], 0xee);
}

/* Length, number of addresses and the version of a JOIN are filled in. */
static void npv_frame_encode__fills_in(struct kunit *test)
{
	struct npv_frame *f = &again;

	memset(f, 0, sizeof(*f));
	f->type = NPV_FRAME_ADDR_DEL;
	f->length = 12345;
	f->aux = 7;
	f->addrs.n = 1;
	f->addrs.addr[0].id = 9;
	KUNIT_EXPECT_EQ(test, npv_frame_encode(f, written, 512), 12);
	KUNIT_EXPECT_EQ(test, decode_exactly(test, written, 12), 12);
	KUNIT_EXPECT_EQ(test, got.aux, 1);
	KUNIT_EXPECT_EQ(test, got.length, 4);

	memset(f, 0, sizeof(*f));
	f->type = NPV_FRAME_JOIN;
	KUNIT_EXPECT_EQ(test, npv_frame_encode(f, written, 512), 44);
	KUNIT_EXPECT_EQ(test, decode_exactly(test, written, 44), 44);
	KUNIT_EXPECT_EQ(test, got.join.version, NPV_VERSION_WIRE);
}

static void npv_frame_encode__longest(struct kunit *test)
{
	struct npv_frame *f = &again;
	unsigned int i;

	memset(f, 0, sizeof(*f));
	f->type = NPV_FRAME_ACK;
	f->ack.edge = NPV_SEQ_END;
	f->ack.n = NPV_RANGES_MAX;
	for (i = 0; i < NPV_RANGES_MAX; i++) {
		f->ack.range[i].start = 2 * i + 1;
		f->ack.range[i].end = 2 * i + 2;
	}
	KUNIT_EXPECT_EQ(test, npv_frame_encode(f, written, 512), 504);
	KUNIT_EXPECT_EQ(test, decode_exactly(test, written, 504), 504);
	KUNIT_EXPECT_EQ(test, got.ack.n, NPV_RANGES_MAX);
	KUNIT_EXPECT_EQ(test, got.ack.range[29].end, 60);

	memset(f, 0, sizeof(*f));
	f->type = NPV_FRAME_ADDR_ADD;
	f->addrs.n = NPV_FRAME_ADDRS_MAX;
	for (i = 0; i < NPV_FRAME_ADDRS_MAX; i++)
		f->addrs.addr[i].id = 255 - i;
	KUNIT_EXPECT_EQ(test, npv_frame_encode(f, written, 512), 328);
	KUNIT_EXPECT_EQ(test, decode_exactly(test, written, 328), 328);
	KUNIT_EXPECT_EQ(test, got.addrs.addr[15].id, 240);

	/* as long as a frame that is skipped may be */
	memset(wire, 0, sizeof(wire));
	wire[0] = NPV_FRAME_SKIP;
	put_unaligned_be32(NPV_FRAME_CTRL_MAX - NPV_FRAME_HDR, wire + 4);
	KUNIT_EXPECT_EQ(test, decode_exactly(test, wire, 511), NPV_FRAME_SHORT);
	KUNIT_EXPECT_EQ(test, npv_frame_need(wire, 8), 512);
	KUNIT_EXPECT_EQ(test, decode_exactly(test, wire, 512), 512);
	wire[0] = NPV_FRAME_REFUSE;
	KUNIT_EXPECT_EQ(test, decode_exactly(test, wire, 512), 512);
}

/* What npv_frame_decode() would not take is not written. */
static void npv_frame_encode__refuses(struct kunit *test)
{
#define refused(...) do {						\
	again = (struct npv_frame){ __VA_ARGS__ };			\
	KUNIT_EXPECT_EQ_MSG(test, npv_frame_encode(&again, written, 512), \
			    0, "line %d", __LINE__);			\
} while (0)

	refused(.type = 0);
	refused(.type = 0x05);
	refused(.type = 0x7f);
	refused(.type = NPV_FRAME_SKIP);
	refused(.type = NPV_FRAME_DATA);
	refused(.type = NPV_FRAME_DATA, .data.len = NPV_FRAME_DATA_MAX + 1);
	refused(.type = NPV_FRAME_DATA, .data.len = ~0U);
	refused(.type = NPV_FRAME_DATA, .data.len = 1, .aux = 1);
	refused(.type = NPV_FRAME_DATA, .data.len = 1, .data.seq = NPV_SEQ_END);
	refused(.type = NPV_FRAME_DATA, .data.len = 2, .data.seq = ~0ULL);
	refused(.type = NPV_FRAME_FIN, .data.ack = NPV_SEQ_END + 1);
	refused(.type = NPV_FRAME_FIN, .data.len = 1);
	refused(.type = NPV_FRAME_FIN, .data.seq = NPV_SEQ_END);
	refused(.type = NPV_FRAME_ACK, .ack = { .ack = 2, .edge = 1 });
	refused(.type = NPV_FRAME_ACK, .ack = { .edge = NPV_SEQ_END + 1 });
	refused(.type = NPV_FRAME_ACK, .ack = { .n = NPV_RANGES_MAX + 1 });
	refused(.type = NPV_FRAME_ACK, .ack = { .n = ~0U });
	refused(.type = NPV_FRAME_ACK, .ack = { 2, 9, 1, { { 2, 3 } } });
	refused(.type = NPV_FRAME_ACK, .ack = { 2, 9, 1, { { 3, 3 } } });
	refused(.type = NPV_FRAME_ACK, .ack = { 2, 9, 1, { { 3, ~0ULL } } });
	refused(.type = NPV_FRAME_ACK,
		.ack = { 2, 9, 2, { { 3, 4 }, { 4, 5 } } });
	refused(.type = NPV_FRAME_HELLO, .hello = { 0, 0, 1 });
	refused(.type = NPV_FRAME_HELLO, .hello = { 1, 0, 1 });
	refused(.type = NPV_FRAME_HELLO, .hello = { 1, 2, 1 });
	refused(.type = NPV_FRAME_HELLO, .hello = { 1, 1, 0 });
	refused(.type = NPV_FRAME_HELLO, .hello = { 1, 1, 4 });
	refused(.type = NPV_FRAME_HELLO, .aux = 1, .hello = { 1, 1, 1 });
	refused(.type = NPV_FRAME_WELCOME, .hello = { 0, 0, 1 });
	refused(.type = NPV_FRAME_WELCOME,
		.hello = { .version = 1, .socktype = 1,
			   .edge = NPV_SEQ_END + 1 });
	refused(.type = NPV_FRAME_OFFER);
	refused(.type = NPV_FRAME_JOIN, .join.version = 1, .aux = 1);
	refused(.type = NPV_FRAME_PATH_CHALLENGE, .aux = 1);
	refused(.type = NPV_FRAME_ADDR_ADD);
	refused(.type = NPV_FRAME_ADDR_ADD, .addrs.n = 1);
	refused(.type = NPV_FRAME_ADDR_ADD, .addrs.n = NPV_FRAME_ADDRS_MAX + 1);
	refused(.type = NPV_FRAME_ADDR_DEL, .addrs.n = ~0U);
	refused(.type = NPV_FRAME_PING, .aux = 1);
#undef refused
}

/* Frames with bytes changed: what is taken is the same once written again. */
static void npv_frame_decode__mutated(struct kunit *test)
{
	unsigned int i, k, len, taken = 0;
	u32 random = 6780;
	int ret;

	for (i = 0; i < 40000; i++) {
		len = unhex(frame_cases[i % ARRAY_SIZE(frame_cases)].bytes);
		for (k = 0; k <= i % 3; k++) {
			random = random * 1664525 + 1013904223;
			wire[(random >> 8) % len] ^= 1 << (random >> 29);
		}
		ret = decode_exactly(test, wire, len);
		KUNIT_ASSERT_LE(test, ret, (int)len);
		if (ret <= 0 || got.type & NPV_FRAME_SKIP ||
		    got.length != get_unaligned_be32(wire + 4))
			continue;

		again = got;
		len = npv_frame_encode(&again, written, sizeof(written));
		/* what only a later version may say can't be written */
		if (!len && (got.type == NPV_FRAME_HELLO ||
			     got.type == NPV_FRAME_WELCOME ||
			     got.type == NPV_FRAME_JOIN))
			continue;
		KUNIT_ASSERT_GT(test, len, 0);
		KUNIT_ASSERT_EQ(test, decode_exactly(test, written, len), len);
		again.length = got.length;
		KUNIT_ASSERT_MEMEQ(test, &again, &got, sizeof(got));
		taken++;
	}
	KUNIT_EXPECT_GT(test, taken, 10000);
}

static struct kunit_case frame_test_cases[] = {
	KUNIT_CASE_PARAM(npv_frame_decode__table, frame_gen_params),
	KUNIT_CASE_PARAM(npv_frame_decode__skips, skip_gen_params),
	KUNIT_CASE_PARAM(npv_frame_decode__bad, bad_gen_params),
	KUNIT_CASE_PARAM(npv_frame_encode__table, frame_gen_params),
	KUNIT_CASE(npv_frame_encode__fills_in),
	KUNIT_CASE(npv_frame_encode__longest),
	KUNIT_CASE(npv_frame_encode__refuses),
	KUNIT_CASE(npv_frame_decode__mutated),
	{}
};

static struct kunit_suite frame_suite = {
	.name = "npv_frame",
	.test_cases = frame_test_cases,
};

kunit_test_suite(frame_suite);
