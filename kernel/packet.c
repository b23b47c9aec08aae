// SPDX-License-Identifier: GPL-2.0
/*
 * Encoding and decoding of the packets of UDP stacks, as Documentation/protocol.rst
 * has them.
 *
 * As in frame.c, everything that is read comes from a peer that may be hostile.
 * Unlike there a packet is whole or lost: what is short is malformed.
 */
#include "packet.h"

/* First byte of a packet */
#define HEAD_MESSAGE		NPV_PACKET_MESSAGE_BIT
#define HEAD_NUMBERED		0x40
/* of a NUMBERED one */
#define HEAD_CID		0x20
#define HEAD_FOLLOWS		0x10
#define HEAD_RESERVED		0x0c
#define HEAD_NUMBER_LEN		0x03
/* of a MESSAGE */
#define HEAD_FRAGMENT		0x40
#define HEAD_MORE_SHIFT		4
#define HEAD_MORE		0x03
#define HEAD_HIGH		0x0f
/* Parts are put together by their number: it must not come again soon. */
#define FRAGMENT_MORE_MIN	2

/* First byte of DATA */
#define DATA_LEN		0x08
#define DATA_ACK_REQ		0x04
#define DATA_RESERVED		0x73
/* ... and its number behind that */
#define DATA_SEQ_LEN		8

/* An ACK's delay counts units of so many microseconds: shifted by this */
#define DELAY_SHIFT		3

/* --- numbers --- */

/**
 * npv_varint_decode() - read a number of 1 to 8 bytes
 * @value: set to it
 * @buf: where it is
 * @len: bytes there
 *
 * Return: the bytes that it has, NPV_PACKET_BAD if there are fewer. Any number may
 * be written in more bytes than it needs. Source: RFC 9000, 16.
 */
int npv_varint_decode(u64 *value, const void *buf, unsigned int len)
{
	const u8 *p = buf;
	unsigned int size, i;
	u64 v;

	if (!len)
		return NPV_PACKET_BAD;
	size = 1U << (p[0] >> 6);
	if (len < size)
		return NPV_PACKET_BAD;
	v = p[0] & 0x3f;
	for (i = 1; i < size; i++)
		v = v << 8 | p[i];
	*value = v;

	return (int)size;
}

/**
 * npv_varint_len() - how many bytes a number takes
 * @value: the number, NPV_VARINT_MAX at most
 *
 * Return: 1, 2, 4 or 8.
 */
unsigned int npv_varint_len(u64 value)
{
	if (value < BIT_ULL(6))
		return 1;
	if (value < BIT_ULL(14))
		return 2;
	return value < BIT_ULL(30) ? 4 : 8;
}

/**
 * npv_varint_encode() - write a number in as few bytes as it needs
 * @value: the number
 * @buf: where to
 * @room: bytes there
 *
 * Return: bytes written; 0 if they don't fit, or @value is above NPV_VARINT_MAX.
 */
unsigned int npv_varint_encode(u64 value, void *buf, unsigned int room)
{
	unsigned int size = npv_varint_len(value), i;
	u8 *p = buf;

	if (value > NPV_VARINT_MAX || size > room)
		return 0;
	for (i = size; i--; value >>= 8)
		p[i] = (u8)value;
	/* the logarithm of its size in the two bits that are free */
	p[0] |= (u8)(size == 8 ? 0xc0 : size == 4 ? 0x80 : size == 2 ? 0x40 : 0);

	return size;
}

/**
 * npv_number_expand() - the whole of a number of which the low bits are known
 * @number: these
 * @bits: how many, 1 to 64
 * @expected: a number near to it, below 2^63
 *
 * Return: that of the numbers with such low bits which is nearest to @expected, the
 * higher one of two; what is below 0 isn't considered. Source: RFC 9000, A.3.
 */
u64 npv_number_expand(u64 number, unsigned int bits, u64 expected)
{
	u64 size, half, candidate;

	if (bits >= 64)
		return number;
	size = BIT_ULL(bits);
	half = size / 2;
	candidate = (expected & ~(size - 1)) | number;
	/* without a sum or difference that wraps */
	if (candidate <= expected && expected - candidate >= half)
		return candidate + size;
	if (candidate > expected && candidate - expected > half &&
	    candidate >= size)
		return candidate - size;
	return candidate;
}

/**
 * npv_number_bits() - how many low bits tell a number from its neighbours
 * @span: what the receiver expects is at most so far from it
 *
 * Return: the fewest bits, 1 to 64, with which npv_number_expand() gives that very
 * number, whichever way it is off.
 */
unsigned int npv_number_bits(u64 span)
{
	unsigned int bits = 1, step;

	/* One more than it has, by halves */
	for (step = 32; step; step /= 2)
		if (span >> step) {
			span >>= step;
			bits += step;
		}
	bits += (unsigned int)span;
	return bits > 64 ? 64 : bits;
}

static u64 get_be(const u8 *p, unsigned int size)
{
	u64 v = 0;

	while (size--)
		v = v << 8 | *p++;
	return v;
}

static void put_be(u64 v, u8 *p, unsigned int size)
{
	for (; size--; v >>= 8)
		p[size] = (u8)v;
}

/* --- the head --- */

static int head_decode_numbered(struct npv_packet_head *h, const u8 *p,
				unsigned int len)
{
	unsigned int at = 1, size = (p[0] & HEAD_NUMBER_LEN) + 1U;

	if (p[0] & HEAD_RESERVED)
		return NPV_PACKET_BAD;
	h->kind = NPV_PACKET_NUMBERED;
	h->bits = (u8)(8 * size);
	h->has_cid = p[0] & HEAD_CID;
	h->follows = p[0] & HEAD_FOLLOWS;
	if (h->has_cid) {
		if (len < at + NPV_CID_LEN)
			return NPV_PACKET_BAD;
		h->cid = get_unaligned_be64(p + at);
		at += NPV_CID_LEN;
	}
	/* At least one byte of a frame follows, or of payload. */
	if (len <= at + size)
		return NPV_PACKET_BAD;
	h->number = (u32)get_be(p + at, size);

	return (int)(at + size);
}

static int head_decode_message(struct npv_packet_head *h, const u8 *p,
			       unsigned int len)
{
	unsigned int more = p[0] >> HEAD_MORE_SHIFT & HEAD_MORE;
	unsigned int at = 1 + more;

	h->kind = NPV_PACKET_MESSAGE;
	h->fragment = p[0] & HEAD_FRAGMENT;
	h->bits = (u8)(4 + 8 * more);
	if (len < at + (h->fragment ? 4 : 0) ||
	    (h->fragment && more < FRAGMENT_MORE_MIN))
		return NPV_PACKET_BAD;
	h->number = (u32)((u64)(p[0] & HEAD_HIGH) << (8 * more) |
			  get_be(p + 1, more));
	if (!h->fragment)
		return (int)at;

	h->offset = get_unaligned_be16(p + at);
	h->total = get_unaligned_be16(p + at + 2);
	at += 4;
	/* Part of something, which it doesn't reach over */
	if (len == at || h->offset >= h->total ||
	    len - at > (unsigned int)(h->total - h->offset))
		return NPV_PACKET_BAD;

	return (int)at;
}

/**
 * npv_packet_head_decode() - read what a packet begins with
 * @h: filled in
 * @buf: the packet
 * @len: its length
 *
 * Return: the bytes of the head, 0 of a HANDSHAKE, whose frame begins at once;
 * NPV_PACKET_BAD if it is malformed.
 */
int npv_packet_head_decode(struct npv_packet_head *h, const void *buf,
			   unsigned int len)
{
	const u8 *p = buf;

	memset(h, 0, sizeof(*h));
	if (!len)
		return NPV_PACKET_BAD;
	if (p[0] & HEAD_MESSAGE)
		return head_decode_message(h, p, len);
	if (p[0] & HEAD_NUMBERED)
		return head_decode_numbered(h, p, len);
	h->kind = NPV_PACKET_HANDSHAKE;

	return 0;
}

/**
 * npv_packet_head_encode() - write what a packet begins with
 * @h: the head, NUMBERED or MESSAGE; higher bits of @h->number are cut off
 * @buf: where to
 * @room: bytes there
 *
 * What the caller puts behind it has to suit: at least a byte, and of a part no more
 * than is left of @h->total.
 *
 * Return: bytes written; 0 if they don't fit, or there is no such head.
 */
unsigned int npv_packet_head_encode(const struct npv_packet_head *h, void *buf,
				    unsigned int room)
{
	unsigned int at = 1, size = h->bits / 8;
	u8 *p = buf;

	switch (h->kind) {
	case NPV_PACKET_NUMBERED:
		if (h->bits % 8 || !size || size > 4 ||
		    room < at + (h->has_cid ? NPV_CID_LEN : 0) + size)
			return 0;
		p[0] = (u8)(HEAD_NUMBERED | (h->has_cid ? HEAD_CID : 0) |
			    (h->follows ? HEAD_FOLLOWS : 0) | (size - 1));
		if (h->has_cid) {
			put_unaligned_be64(h->cid, p + at);
			at += NPV_CID_LEN;
		}
		put_be(h->number, p + at, size);
		return at + size;
	case NPV_PACKET_MESSAGE:
		if (h->bits % 8 != 4 || size > 3 ||
		    room < at + size + (h->fragment ? 4 : 0) ||
		    (h->fragment && (h->offset >= h->total ||
				     size < FRAGMENT_MORE_MIN)))
			return 0;
		p[0] = (u8)(HEAD_MESSAGE | size << HEAD_MORE_SHIFT |
			    (h->fragment ? HEAD_FRAGMENT : 0) |
			    (h->number >> (8 * size) & HEAD_HIGH));
		put_be(h->number, p + at, size);
		at += size;
		if (h->fragment) {
			put_unaligned_be16(h->offset, p + at);
			put_unaligned_be16(h->total, p + at + 2);
			at += 4;
		}
		return at;
	}

	return 0;
}

/* --- frames --- */

/* A varint at @at; false if there is none. */
static bool take(u64 *value, const u8 *p, unsigned int len, unsigned int *at)
{
	int size = npv_varint_decode(value, p + *at, len - *at);

	if (size < 0)
		return false;
	*at += (unsigned int)size;
	return true;
}

/*
 * Ranges of an ACK: how many below @next the first begins and how far it reaches
 * below that, and so on downwards. The first one begins at @next, without a gap.
 */
static bool take_ranges_down(struct npv_ranges *r, const u8 *p,
			     unsigned int len, unsigned int *at)
{
	u64 gap, length, next = r->next;
	unsigned int i;

	for (i = 0; i < r->left; i++) {
		/* Between two that don't touch is one at least that is missing. */
		if (i) {
			if (!take(&gap, p, len, at) || next < 2 || gap > next - 2)
				return false;
			next -= gap + 2;
		}
		if (!take(&length, p, len, at) || length > next)
			return false;
		next -= length;
	}

	return true;
}

/* Ranges of a WINDOW: the gap behind what was before, and the length, upwards */
static bool take_ranges_up(struct npv_ranges *r, const u8 *p,
			   unsigned int len, unsigned int *at)
{
	u64 gap, length, next = r->next;
	unsigned int i;

	for (i = 0; i < r->left; i++) {
		if (!take(&gap, p, len, at) || !take(&length, p, len, at))
			return false;
		if (gap + 1 > NPV_SEQ_END - next)
			return false;
		next += gap + 1;
		if (length + 1 > NPV_SEQ_END - next)
			return false;
		next += length + 1;
	}

	return true;
}

/**
 * npv_ranges_next() - the next of the ranges of an ACK or a WINDOW
 * @ranges: as npv_packet_frame_decode() has filled it in, the packet's bytes still
 *	there
 * @range: set to numbers [start, end)
 *
 * Return: whether there was one.
 */
bool npv_ranges_next(struct npv_ranges *ranges, struct npv_frame_range *range)
{
	/* They were checked, in bytes that nobody changes: what is read is there. */
	const unsigned int len = 16;
	unsigned int at = 0;
	u64 gap = 0, length = 0;

	if (!ranges->left)
		return false;
	ranges->left--;
	if (!ranges->down) {
		take(&gap, ranges->p, len, &at);
		take(&length, ranges->p, len, &at);
		range->start = ranges->next + gap + 1;
		range->end = range->start + length + 1;
		ranges->next = range->end;
	} else {
		take(&length, ranges->p, len, &at);
		range->end = ranges->next + 1;
		range->start = ranges->next - length;
		if (ranges->left) {
			take(&gap, ranges->p, len, &at);
			ranges->next = range->start - gap - 2;
		}
	}
	ranges->p += at;

	return true;
}

static int decode_ack(struct npv_packet_frame *f, const u8 *p, unsigned int len)
{
	unsigned int at = 1;
	u64 count;

	if (!take(&f->ack.largest, p, len, &at) ||
	    !take(&f->ack.delay, p, len, &at) || !take(&count, p, len, &at))
		return NPV_PACKET_BAD;
	if (count >= NPV_ACKS_MAX)
		return NPV_PACKET_BAD;
	/* What is too long to be said in microseconds is long enough. */
	f->ack.delay = f->ack.delay > NPV_VARINT_MAX >> DELAY_SHIFT ?
		       NPV_VARINT_MAX : f->ack.delay << DELAY_SHIFT;
	f->ack.ranges.p = p + at;
	f->ack.ranges.left = (unsigned int)count + 1;
	f->ack.ranges.next = f->ack.largest;
	f->ack.ranges.down = true;
	if (!take_ranges_down(&f->ack.ranges, p, len, &at))
		return NPV_PACKET_BAD;
	f->ack.ect0 = 0;
	f->ack.ect1 = 0;
	f->ack.ce = 0;
	if (f->type == NPV_PF_ACK_ECN &&
	    (!take(&f->ack.ect0, p, len, &at) ||
	     !take(&f->ack.ect1, p, len, &at) || !take(&f->ack.ce, p, len, &at)))
		return NPV_PACKET_BAD;

	return (int)at;
}

static int decode_window(struct npv_packet_frame *f, const u8 *p,
			 unsigned int len)
{
	unsigned int at = 1;
	u64 more, count;

	if (!take(&f->window.ack, p, len, &at) || !take(&more, p, len, &at) ||
	    !take(&count, p, len, &at))
		return NPV_PACKET_BAD;
	/* Two varints are below the end of numbers, and so is their sum. */
	if (count > NPV_RANGES_MAX)
		return NPV_PACKET_BAD;
	f->window.edge = f->window.ack + more;
	f->window.ranges.p = p + at;
	f->window.ranges.left = (unsigned int)count;
	f->window.ranges.next = f->window.ack;
	f->window.ranges.down = false;
	if (!take_ranges_up(&f->window.ranges, p, len, &at))
		return NPV_PACKET_BAD;

	return (int)at;
}

static int decode_data(struct npv_packet_frame *f, const u8 *p,
		       unsigned int len)
{
	unsigned int at = 1 + DATA_SEQ_LEN;
	u64 length;

	if (p[0] & DATA_RESERVED || len < at)
		return NPV_PACKET_BAD;
	f->type = NPV_PF_DATA;
	f->data.seq = get_unaligned_be64(p + 1);
	f->data.ack_req = p[0] & DATA_ACK_REQ;
	if (p[0] & DATA_LEN) {
		if (!take(&length, p, len, &at) || length > len - at)
			return NPV_PACKET_BAD;
	} else {
		length = len - at;
	}
	if (!length)
		return NPV_PACKET_BAD;
	if (f->data.seq >= NPV_SEQ_END || length > NPV_SEQ_END - f->data.seq)
		return NPV_PACKET_BAD;
	f->data.payload = p + at;
	f->data.len = (u32)length;

	return (int)(at + (unsigned int)length);
}

/*
 * A frame as on TCP, whole. DATA has a form of its own, handshakes have packets but for
 * WELCOME, with which a session begins.
 */
static int decode_frame(struct npv_packet_frame *f, const u8 *p,
			unsigned int len)
{
	int size = npv_frame_decode(&f->frame, p + 1, len - 1);

	if (size <= 0)
		return NPV_PACKET_BAD;
	if (f->frame.type == NPV_FRAME_DATA ||
	    (f->frame.type >= NPV_FRAME_HELLO &&
	     f->frame.type <= NPV_FRAME_BEGIN &&
	     f->frame.type != NPV_FRAME_WELCOME))
		return NPV_PACKET_BAD;

	return 1 + size;
}

/**
 * npv_packet_frame_decode() - read the next frame of a NUMBERED packet
 * @f: filled in; of FRAME only what npv_frame_decode() does
 * @buf: what is left of the packet
 * @len: its length
 *
 * Return: bytes of the frame, its payload included; NPV_PACKET_BAD if it is
 * malformed, and with it the packet.
 */
int npv_packet_frame_decode(struct npv_packet_frame *f, const void *buf,
			    unsigned int len)
{
	const u8 *p = buf;

	if (!len)
		return NPV_PACKET_BAD;
	f->type = p[0];
	if (p[0] & NPV_PF_DATA)
		return decode_data(f, p, len);
	switch (f->type) {
	case NPV_PF_PADDING:
	case NPV_PF_PING:
		return 1;
	case NPV_PF_ACK:
	case NPV_PF_ACK_ECN:
		return decode_ack(f, p, len);
	case NPV_PF_WINDOW:
		return decode_window(f, p, len);
	case NPV_PF_FRAME:
		return decode_frame(f, p, len);
	}

	return NPV_PACKET_BAD;
}

/**
 * npv_packet_data_rest() - whether all that is left of a packet is one DATA
 * @buf: what is left; no more is looked at than the head of DATA
 * @len: its length
 * @seq: set to the number of the first byte of payload, which begins behind 9 bytes
 * @ack_req: set to whether the sender waits for a WINDOW
 *
 * Most packets are such; what npv_packet_frame_decode() says of others is not said
 * here.
 *
 * Return: whether it is, and well formed, with payload, and no record ends with it.
 */
bool npv_packet_data_rest(const void *buf, unsigned int len, u64 *seq,
			  bool *ack_req)
{
	const u8 *p = buf;

	if (len <= 1 + DATA_SEQ_LEN || (p[0] & ~DATA_ACK_REQ) != NPV_PF_DATA)
		return false;
	*seq = get_unaligned_be64(p + 1);
	*ack_req = p[0] & DATA_ACK_REQ;
	len -= 1 + DATA_SEQ_LEN;
	return *seq < NPV_SEQ_END && len <= NPV_SEQ_END - *seq;
}

/* A varint to @at; false if it doesn't fit. */
static bool give(u64 value, u8 *p, unsigned int room, unsigned int *at)
{
	unsigned int size;

	if (*at > room)
		return false;
	size = npv_varint_encode(value, p + *at, room - *at);
	*at += size;
	return size;
}

/**
 * npv_packet_ack_encode() - write an ACK of packets
 * @range: numbers that were received: the highest range first, none touching
 *	another
 * @n: how many, 1 to NPV_ACKS_MAX; of those that don't fit the last are left out
 * @delay: since the highest came, microseconds
 * @ecn: counts of ECT(0), ECT(1) and CE; NULL: none are told
 * @buf: where to
 * @room: bytes there
 *
 * Return: bytes written; 0 if not even one range fits.
 */
unsigned int npv_packet_ack_encode(const struct npv_frame_range *range,
				   unsigned int n, u64 delay, const u64 *ecn,
				   void *buf, unsigned int room)
{
	unsigned int at = 1, i, count_at, tail = 0, mark;
	u8 *p = buf;

	if (!n || n > NPV_ACKS_MAX || !room)
		return 0;
	for (i = 0; ecn && i < 3; i++)
		tail += npv_varint_len(ecn[i]);
	/* Room for the marks, and for what is before them */
	if (room <= tail)
		return 0;
	room -= tail;
	p[0] = ecn ? NPV_PF_ACK_ECN : NPV_PF_ACK;
	if (!give(range[0].end - 1, p, room, &at) ||
	    !give(delay >> DELAY_SHIFT, p, room, &at))
		return 0;
	/* The count has one byte: it is below 64. */
	count_at = at++;
	if (at > room || !give(range[0].end - 1 - range[0].start, p, room, &at))
		return 0;
	for (i = 1; i < n; i++) {
		mark = at;
		if (!give(range[i - 1].start - range[i].end - 1, p, room, &at) ||
		    !give(range[i].end - 1 - range[i].start, p, room, &at)) {
			at = mark;
			break;
		}
	}
	p[count_at] = (u8)(i - 1);
	room += tail;
	for (i = 0; ecn && i < 3; i++)
		if (!give(ecn[i], p, room, &at))
			return 0;

	return at;
}

/**
 * npv_packet_window_encode() - write a WINDOW
 * @ack: all numbers of the session before it have been received
 * @edge: numbers from here on must not be sent; not below @ack
 * @range: what else was received: ascending, touching neither each other nor @ack
 * @n: how many, NPV_RANGES_MAX at most; of those that don't fit the last are left
 *	out
 * @buf: where to
 * @room: bytes there
 *
 * Return: bytes written, 0 if they don't fit.
 */
unsigned int npv_packet_window_encode(u64 ack, u64 edge,
				      const struct npv_frame_range *range,
				      unsigned int n, void *buf,
				      unsigned int room)
{
	unsigned int at = 1, i, count_at, mark;
	u64 next = ack;
	u8 *p = buf;

	if (!room || edge < ack || n > NPV_RANGES_MAX)
		return 0;
	p[0] = NPV_PF_WINDOW;
	if (!give(ack, p, room, &at) || !give(edge - ack, p, room, &at))
		return 0;
	count_at = at++;
	if (at > room)
		return 0;
	for (i = 0; i < n; i++) {
		mark = at;
		if (!give(range[i].start - next - 1, p, room, &at) ||
		    !give(range[i].end - range[i].start - 1, p, room, &at)) {
			at = mark;
			break;
		}
		next = range[i].end;
	}
	p[count_at] = (u8)i;

	return at;
}

/**
 * npv_packet_data_encode() - write the head of DATA
 * @seq: number of its first byte
 * @len: bytes of payload, which the caller puts behind it
 * @ack_req: the sender waits for a WINDOW
 * @last: nothing follows in the packet, so the length need not be told
 * @buf: where to
 * @room: bytes there; of the payload there need be none
 *
 * Return: bytes written, 0 if they don't fit or there is no such DATA.
 */
unsigned int npv_packet_data_encode(u64 seq, u32 len, bool ack_req, bool last,
				    void *buf, unsigned int room)
{
	unsigned int at = 1 + DATA_SEQ_LEN;
	u8 *p = buf;

	if (room < at || !len || seq >= NPV_SEQ_END || len > NPV_SEQ_END - seq)
		return 0;
	p[0] = (u8)(NPV_PF_DATA | (last ? 0 : DATA_LEN) |
		    (ack_req ? DATA_ACK_REQ : 0));
	put_unaligned_be64(seq, p + 1);
	if (!last && !give(len, p, room, &at))
		return 0;

	return at;
}

#ifdef __KERNEL__
#if IS_ENABLED(CONFIG_KUNIT)
#include "test/packet_test.c"
#endif
#endif
