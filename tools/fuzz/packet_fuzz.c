// SPDX-License-Identifier: GPL-2.0
/*
 * What must hold of the codec of packets whatever a peer sends; as frame_fuzz.c.
 */
#include <stdlib.h>

#include "../../kernel/packet.h"
#include "fuzz.h"

static unsigned int take_all(struct npv_ranges ranges,
			     struct npv_frame_range *range)
{
	unsigned int n = 0;

	while (npv_ranges_next(&ranges, &range[n])) {
		hold(range[n].start < range[n].end);
		if (n && ranges.down)
			hold(range[n].end < range[n - 1].start);
		if (n && !ranges.down)
			hold(range[n].start > range[n - 1].end);
		n++;
	}

	return n;
}

static bool same(const struct npv_frame_range *a, unsigned int n,
		 const struct npv_frame_range *b, unsigned int m)
{
	unsigned int i;

	for (i = 0; i < n && i < m; i++)
		if (a[i].start != b[i].start || a[i].end != b[i].end)
			return false;

	return n == m;
}

/* With less room there is less in it, and nothing is written behind it. */
static void check_ack_room(const struct npv_frame_range *range, unsigned int n,
			   u64 delay, const u64 *ecn, unsigned int room)
{
	struct npv_packet_frame f;
	u8 *bytes = malloc(room + 1);
	unsigned int size;

	hold(bytes);
	size = npv_packet_ack_encode(range, n, delay, ecn, bytes + 1, room);
	hold(size <= room);
	if (size)
		hold(npv_packet_frame_decode(&f, bytes + 1, size) == (int)size);
	free(bytes);
}

static void check_ack(const struct npv_packet_frame *f)
{
	struct npv_frame_range range[NPV_ACKS_MAX], again[NPV_ACKS_MAX];
	u64 ecn[3] = { f->ack.ect0, f->ack.ect1, f->ack.ce };
	unsigned int n = take_all(f->ack.ranges, range), size;
	struct npv_packet_frame g;
	u8 bytes[2048];

	hold(n >= 1 && n <= NPV_ACKS_MAX);
	hold(range[0].end == f->ack.largest + 1);
	size = npv_packet_ack_encode(range, n, f->ack.delay,
				     f->type == NPV_PF_ACK_ECN ? ecn : NULL,
				     bytes, sizeof(bytes));
	hold(size);
	hold(npv_packet_frame_decode(&g, bytes, size) == (int)size);
	hold(g.type == f->type && g.ack.largest == f->ack.largest);
	hold(g.ack.delay == f->ack.delay || f->ack.delay == NPV_VARINT_MAX);
	hold(g.ack.ect0 == f->ack.ect0 && g.ack.ect1 == f->ack.ect1 &&
	     g.ack.ce == f->ack.ce);
	hold(same(range, n, again, take_all(g.ack.ranges, again)));
	check_ack_room(range, n, f->ack.delay,
		       f->type == NPV_PF_ACK_ECN ? ecn : NULL,
		       (unsigned int)(f->ack.largest % (size + 1)));
}

static void check_window(const struct npv_packet_frame *f)
{
	struct npv_frame_range range[NPV_RANGES_MAX], again[NPV_RANGES_MAX];
	unsigned int n = take_all(f->window.ranges, range), size;
	struct npv_packet_frame g;
	u8 bytes[1024];

	hold(f->window.edge >= f->window.ack && f->window.edge <= NPV_SEQ_END);
	hold(!n || (range[0].start > f->window.ack &&
		    range[n - 1].end <= NPV_SEQ_END));
	size = npv_packet_window_encode(f->window.ack, f->window.edge, range, n,
					bytes, sizeof(bytes));
	hold(size);
	hold(npv_packet_frame_decode(&g, bytes, size) == (int)size);
	hold(g.window.ack == f->window.ack && g.window.edge == f->window.edge);
	hold(same(range, n, again, take_all(g.window.ranges, again)));
}

static void check_data(const struct npv_packet_frame *f, const u8 *p,
		       unsigned int size)
{
	u8 bytes[32];
	unsigned int head;

	hold(f->data.payload >= p && f->data.payload + f->data.len == p + size);
	hold(f->data.len);
	head = npv_packet_data_encode(f->data.seq, f->data.len,
				      f->data.ack_req, !(p[0] & 8),
				      bytes, sizeof(bytes));
	/* but a length may have been written in more bytes */
	hold(head && head <= size - f->data.len);
	hold(!memcmp(bytes, p, 9));
}

static void check_frames(const u8 *p, unsigned int len)
{
	struct npv_packet_frame f;
	int ret;

	while (len) {
		ret = npv_packet_frame_decode(&f, p, len);
		if (ret < 0)
			return;
		hold(ret > 0 && (unsigned int)ret <= len);
		if (f.type == NPV_PF_ACK || f.type == NPV_PF_ACK_ECN)
			check_ack(&f);
		else if (f.type == NPV_PF_WINDOW)
			check_window(&f);
		else if (f.type == NPV_PF_DATA)
			check_data(&f, p, (unsigned int)ret);
		p += ret;
		len -= (unsigned int)ret;
	}
}

static void check_packet(const u8 *p, unsigned int len)
{
	u8 bytes[NPV_PACKET_HEAD_MAX];
	struct npv_packet_head h;
	int ret;

	ret = npv_packet_head_decode(&h, p, len);
	if (ret < 0 || h.kind == NPV_PACKET_HANDSHAKE)
		return;
	hold(ret > 0 && (unsigned int)ret <= len && ret <= NPV_PACKET_HEAD_MAX);
	hold(npv_packet_head_encode(&h, bytes, sizeof(bytes)) ==
	     (unsigned int)ret);
	hold(!memcmp(bytes, p, (size_t)ret));
	if (h.fragment)
		hold(h.offset + (len - (unsigned int)ret) <= h.total);
	if (h.kind == NPV_PACKET_NUMBERED && !h.follows)
		check_frames(p + ret, len - (unsigned int)ret);
}

/* Where a number is sent with as many bits as its distance asks for, it comes back. */
static void check_number(u64 number, u64 expected)
{
	unsigned int bits;
	u64 span;

	number &= BIT_ULL(62) - 1;
	expected &= BIT_ULL(62) - 1;
	span = number > expected ? number - expected : expected - number;
	bits = npv_number_bits(span);
	if (bits < 64)
		hold(npv_number_expand(number & (BIT_ULL(bits) - 1), bits,
				       expected) == number);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	u64 numbers[2];

	check_packet(data, (unsigned int)size);
	check_frames(data, (unsigned int)size);
	if (size >= sizeof(numbers)) {
		memcpy(numbers, data, sizeof(numbers));
		check_number(numbers[0], numbers[1]);
		check_number(numbers[0], numbers[0] ^ (numbers[1] & 0xffff));
	}

	return 0;
}
