// SPDX-License-Identifier: GPL-2.0
/*
 * Encoding and decoding of frames, as Documentation/protocol.rst has them.
 *
 * Everything that is read here comes from a peer that may be hostile. A frame
 * is judged field by field as its bytes arrive, and what can't become a frame
 * any more is given up at once: nobody waits for the rest of it.
 */
#include "frame.h"

/* Lengths behind the common header, without options */
#define LEN_DATA		(NPV_FRAME_DATA_HDR - NPV_FRAME_HDR)
#define LEN_ACK			16
#define LEN_RANGE		16
#define LEN_HELLO		44
#define LEN_JOIN		36
#define LEN_JOIN_ACK		(NPV_NONCE_LEN + NPV_MAC_LEN)
#define LEN_OFFER		(16 + NPV_NONCE_LEN)
#define LEN_BEGIN		(2 * NPV_NONCE_LEN)
#define LEN_PATH		(8 + NPV_NONCE_LEN)
#define LEN_STATUS		8
#define LEN_ADDR		20
#define LEN_ADDR_ID		4
#define LEN_PING		8
#define LEN_PROOF		(8 + NPV_MAC_LEN)
#define LEN_SOURCE		24
#define LEN_CTRL_MAX		(NPV_FRAME_CTRL_MAX - NPV_FRAME_HDR)

/* type and length of an option */
#define OPTION_HDR		4

/*
 * struct frame_shape - what the common header of a type may say
 * @min: shortest length
 * @max: longest length
 * @step: lengths between are @min + n * @step; 0: no such type
 * @aux: aux has a meaning, or is judged later; else it is 0
 */
struct frame_shape {
	u32 min;
	u32 max;
	u8 step;
	bool aux;
};

static const struct frame_shape shapes[] = {
	[NPV_FRAME_DATA] = { LEN_DATA + 1, LEN_DATA + NPV_FRAME_DATA_MAX, 1,
			     false },
	[NPV_FRAME_ACK] = { LEN_ACK, LEN_ACK + NPV_RANGES_MAX * LEN_RANGE,
			    LEN_RANGE, false },
	[NPV_FRAME_FIN] = { LEN_DATA, LEN_DATA, 1, false },
	[NPV_FRAME_CLOSE] = { 0, 0, 1, true },
	[NPV_FRAME_HELLO] = { LEN_HELLO, LEN_CTRL_MAX, 1, true },
	[NPV_FRAME_WELCOME] = { LEN_HELLO, LEN_CTRL_MAX, 1, true },
	[NPV_FRAME_REFUSE] = { 0, LEN_CTRL_MAX, 1, true },
	[NPV_FRAME_JOIN] = { LEN_JOIN, LEN_CTRL_MAX, 1, true },
	[NPV_FRAME_JOIN_ACK] = { LEN_JOIN_ACK, LEN_JOIN_ACK, 1, false },
	[NPV_FRAME_JOIN_CONFIRM] = { NPV_MAC_LEN, NPV_MAC_LEN, 1, false },
	[NPV_FRAME_OFFER] = { LEN_OFFER, LEN_OFFER, 1, true },
	[NPV_FRAME_PATH_CHALLENGE] = { LEN_PATH, LEN_PATH, 1, false },
	[NPV_FRAME_PATH_RESPONSE] = { LEN_PATH + NPV_MAC_LEN,
				      LEN_PATH + NPV_MAC_LEN, 1, false },
	[NPV_FRAME_SOURCE_PROOF] = { LEN_PROOF, LEN_PROOF, 1, false },
	[NPV_FRAME_BEGIN] = { LEN_BEGIN, LEN_BEGIN, 1, false },
	[NPV_FRAME_STATUS] = { LEN_STATUS, LEN_STATUS, 1, true },
	[NPV_FRAME_ADDR_ADD] = { LEN_ADDR, NPV_FRAME_ADDRS_MAX * LEN_ADDR,
				 LEN_ADDR, true },
	[NPV_FRAME_ADDR_DEL] = { LEN_ADDR_ID, NPV_FRAME_ADDRS_MAX * LEN_ADDR_ID,
				 LEN_ADDR_ID, true },
	[NPV_FRAME_PING] = { LEN_PING, LEN_PING, 1, false },
	[NPV_FRAME_PONG] = { LEN_PING, LEN_PING, 1, false },
	[NPV_FRAME_SOURCE] = { LEN_SOURCE, LEN_SOURCE, 1, false },
};

/* of a type that is to be skipped */
static const struct frame_shape skipped = { 0, LEN_CTRL_MAX, 1, true };

/* NULL: a type that nobody may send */
static const struct frame_shape *frame_shape(u8 type)
{
	if (type & NPV_FRAME_SKIP)
		return &skipped;
	if (type >= ARRAY_SIZE(shapes) || !shapes[type].step)
		return NULL;

	return &shapes[type];
}

/* @count numbers from @seq on are within what a session has */
static bool seq_fits(u64 seq, u32 count)
{
	return seq <= NPV_SEQ_END && count <= NPV_SEQ_END - seq;
}

static bool socktype_known(u8 type)
{
	return type == NPV_SOCKTYPE_STREAM || type == NPV_SOCKTYPE_DGRAM ||
	       type == NPV_SOCKTYPE_SEQPACKET;
}

static u32 addr_len(u8 type)
{
	return type == NPV_FRAME_ADDR_ADD ? LEN_ADDR : LEN_ADDR_ID;
}

/*
 * The common header. Like all that follow: false if the @have bytes at @p, of
 * which some may be missing yet, can't begin a frame.
 */
static bool decode_header(struct npv_frame *f, const u8 *p, unsigned int have)
{
	const struct frame_shape *shape;

	if (have < 1)
		return true;
	f->type = p[0];
	shape = frame_shape(f->type);
	if (!shape)
		return false;

	if (have < 4)
		return true;
	f->flags = p[1];
	f->aux = get_unaligned_be16(p + 2);
	if (f->aux && !shape->aux)
		return false;
	if (f->type == NPV_FRAME_ADDR_ADD || f->type == NPV_FRAME_ADDR_DEL) {
		if (!f->aux || f->aux > NPV_FRAME_ADDRS_MAX)
			return false;
	}

	if (have < NPV_FRAME_HDR)
		return true;
	f->length = get_unaligned_be32(p + 4);
	if (f->length < shape->min || f->length > shape->max ||
	    (f->length - shape->min) % shape->step)
		return false;
	if (f->type == NPV_FRAME_ADDR_ADD || f->type == NPV_FRAME_ADDR_DEL)
		return f->length == f->aux * addr_len(f->type);

	return true;
}

static bool decode_data(struct npv_frame *f, const u8 *p, unsigned int have)
{
	/* a FIN takes a number, though it has no payload */
	f->data.len = f->length - LEN_DATA;
	if (have < 8)
		return true;
	f->data.seq = get_unaligned_be64(p);
	if (!seq_fits(f->data.seq, f->data.len ?: 1))
		return false;

	if (have < LEN_DATA)
		return true;
	f->data.ack = get_unaligned_be64(p + 8);

	return f->data.ack <= NPV_SEQ_END;
}

static bool decode_ack(struct npv_frame *f, const u8 *p, unsigned int have)
{
	struct npv_frame_range *r;
	unsigned int at;
	u64 last;

	if (have < 8)
		return true;
	f->ack.ack = get_unaligned_be64(p);
	if (f->ack.ack > NPV_SEQ_END)
		return false;

	if (have < LEN_ACK)
		return true;
	f->ack.edge = get_unaligned_be64(p + 8);
	if (f->ack.edge < f->ack.ack || f->ack.edge > NPV_SEQ_END)
		return false;

	f->ack.n = (f->length - LEN_ACK) / LEN_RANGE;
	last = f->ack.ack;
	r = f->ack.range;
	for (at = LEN_ACK; at < f->length; at += LEN_RANGE, r++) {
		if (have < at + 8)
			return true;
		r->start = get_unaligned_be64(p + at);
		if (r->start <= last || r->start >= NPV_SEQ_END)
			return false;

		if (have < at + LEN_RANGE)
			return true;
		r->end = get_unaligned_be64(p + at + 8);
		if (r->end <= r->start || r->end > NPV_SEQ_END)
			return false;
		last = r->end;
	}

	return true;
}

/*
 * Options from @at to the end of the frame. Version 1 has none, so all are
 * skipped; @unknown tells of one that must not be.
 */
static bool decode_options(const struct npv_frame *f, const u8 *p,
			   unsigned int have, unsigned int at, bool *unknown)
{
	u16 length;

	*unknown = false;
	while (at < f->length) {
		if (f->length - at < OPTION_HDR)
			return false;
		if (have < at + OPTION_HDR)
			return true;
		if (get_unaligned_be16(p + at) & NPV_OPTION_MUST)
			*unknown = true;
		length = get_unaligned_be16(p + at + 2);
		at += OPTION_HDR;
		if (length > f->length - at)
			return false;
		at += length;
	}

	return true;
}

/* HELLO, WELCOME */
static bool decode_hello(struct npv_frame *f, const u8 *p, unsigned int have)
{
	/* who speaks a later version may have a meaning for what is reserved */
	bool reserved;

	if (!decode_options(f, p, have, LEN_HELLO, &f->hello.option_unknown))
		return false;
	if (have < 4)
		return true;
	if (get_unaligned_be32(p) != NPV_MAGIC)
		return false;

	if (have < 8)
		return true;
	f->hello.version = p[4];
	f->hello.version_min = f->type == NPV_FRAME_HELLO ? p[5] : 0;
	f->hello.socktype = p[6];
	if (!f->hello.version)
		return false;
	if (f->type == NPV_FRAME_HELLO &&
	    (!f->hello.version_min || f->hello.version_min > f->hello.version))
		return false;
	reserved = f->hello.version == NPV_VERSION_WIRE;
	if (reserved && (f->aux || p[7] || !socktype_known(f->hello.socktype)))
		return false;

	if (have < 12)
		return true;
	f->hello.port = get_unaligned_be16(p + 8);
	if (reserved && get_unaligned_be16(p + 10))
		return false;

	if (have < 28)
		return true;
	f->hello.id = get_unaligned_be64(p + 12);
	f->hello.edge = get_unaligned_be64(p + 20);
	if (f->hello.edge > NPV_SEQ_END)
		return false;

	if (have >= LEN_HELLO)
		memcpy(f->hello.key, p + 28, NPV_KEY_LEN);

	return true;
}

static bool decode_offer(struct npv_frame *f, const u8 *p, unsigned int have)
{
	memset(&f->hello, 0, sizeof(f->hello));
	if (have < 4)
		return true;
	if (get_unaligned_be32(p) != NPV_MAGIC)
		return false;

	if (have < 8)
		return true;
	f->hello.version = p[4];
	f->hello.port = get_unaligned_be16(p + 6);
	if (!f->hello.version)
		return false;
	if (f->hello.version == NPV_VERSION_WIRE && p[5])
		return false;

	if (have < LEN_OFFER)
		return true;
	f->hello.id = get_unaligned_be64(p + 8);
	memcpy(f->hello.key, p + 16, NPV_NONCE_LEN);

	return true;
}

static bool decode_join(struct npv_frame *f, const u8 *p, unsigned int have)
{
	memset(&f->join, 0, sizeof(f->join));
	if (!decode_options(f, p, have, LEN_JOIN, &f->join.option_unknown))
		return false;
	if (have < 4)
		return true;
	if (get_unaligned_be32(p) != NPV_MAGIC)
		return false;

	if (have < 8)
		return true;
	f->join.version = p[4];
	if (!f->join.version)
		return false;
	if (f->join.version == NPV_VERSION_WIRE &&
	    (f->aux || p[5] || get_unaligned_be16(p + 6)))
		return false;

	if (have < LEN_JOIN)
		return true;
	f->join.id = get_unaligned_be64(p + 8);
	f->join.stack = get_unaligned_be32(p + 16);
	memcpy(f->join.nonce, p + 20, NPV_NONCE_LEN);

	return true;
}

/* JOIN_ACK, JOIN_CONFIRM */
static void decode_proof(struct npv_frame *f, const u8 *p)
{
	memset(&f->join, 0, sizeof(f->join));
	if (f->type == NPV_FRAME_JOIN_ACK) {
		memcpy(f->join.nonce, p, NPV_NONCE_LEN);
		p += NPV_NONCE_LEN;
	}
	memcpy(f->join.mac, p, NPV_MAC_LEN);
}

/* PATH_CHALLENGE, PATH_RESPONSE */
static void decode_path(struct npv_frame *f, const u8 *p)
{
	memset(&f->path, 0, sizeof(f->path));
	f->path.cid = get_unaligned_be64(p);
	memcpy(f->path.token, p + 8, NPV_NONCE_LEN);
	if (f->type == NPV_FRAME_PATH_RESPONSE)
		memcpy(f->path.mac, p + LEN_PATH, NPV_MAC_LEN);
}

/* ADDR_ADD, ADDR_DEL */
static bool decode_addrs(struct npv_frame *f, const u8 *p, unsigned int have)
{
	u32 length = addr_len(f->type);
	struct npv_frame_addr *addr;

	f->addrs.n = f->aux;
	addr = f->addrs.addr;
	for (; have >= 4; p += length, have -= length, addr++) {
		memset(addr, 0, sizeof(*addr));
		addr->id = p[0];
		if (!addr->id || p[1])
			return false;
		if (f->type == NPV_FRAME_ADDR_ADD)
			addr->port = get_unaligned_be16(p + 2);
		else if (get_unaligned_be16(p + 2))
			return false;

		if (have < length)
			return true;
		memcpy(addr->addr, p + 4, length - LEN_ADDR_ID);
	}

	return true;
}

static bool decode_source(struct npv_frame *f, const u8 *p, unsigned int have)
{
	memset(&f->source, 0, sizeof(f->source));
	if (have < LEN_SOURCE)
		return true;
	memcpy(f->source.addr, p, sizeof(f->source.addr));
	f->source.port = get_unaligned_be16(p + 16);

	return !get_unaligned_be16(p + 18) && !get_unaligned_be32(p + 20);
}

static bool decode_body(struct npv_frame *f, const u8 *p, unsigned int have)
{
	switch (f->type) {
	case NPV_FRAME_DATA:
	case NPV_FRAME_FIN:
		return decode_data(f, p, have);
	case NPV_FRAME_ACK:
		return decode_ack(f, p, have);
	case NPV_FRAME_HELLO:
	case NPV_FRAME_WELCOME:
		return decode_hello(f, p, have);
	case NPV_FRAME_OFFER:
		return decode_offer(f, p, have);
	case NPV_FRAME_JOIN:
		return decode_join(f, p, have);
	case NPV_FRAME_ADDR_ADD:
	case NPV_FRAME_ADDR_DEL:
		return decode_addrs(f, p, have);
	case NPV_FRAME_SOURCE:
		return decode_source(f, p, have);
	}

	/* Nothing is wrong with any value of the others. */
	if (have < f->length)
		return true;
	switch (f->type) {
	case NPV_FRAME_JOIN_ACK:
	case NPV_FRAME_JOIN_CONFIRM:
		decode_proof(f, p);
		break;
	case NPV_FRAME_PATH_CHALLENGE:
	case NPV_FRAME_PATH_RESPONSE:
		decode_path(f, p);
		break;
	case NPV_FRAME_STATUS:
		f->status.stack = get_unaligned_be32(p);
		f->status.number = get_unaligned_be32(p + 4);
		break;
	case NPV_FRAME_PING:
	case NPV_FRAME_PONG:
		f->ping = get_unaligned_be64(p);
		break;
	case NPV_FRAME_SOURCE_PROOF:
		f->proof.id = get_unaligned_be64(p);
		memcpy(f->proof.mac, p + 8, NPV_MAC_LEN);
		break;
	case NPV_FRAME_BEGIN:
		memcpy(f->begin.token, p, NPV_NONCE_LEN);
		memcpy(f->begin.nonce, p + NPV_NONCE_LEN, NPV_NONCE_LEN);
		break;
	}

	return true;
}

/* How much of a frame is the codec's: all but the payload */
static unsigned int frame_size(u8 type, u32 length)
{
	if (type == NPV_FRAME_DATA)
		return NPV_FRAME_DATA_HDR;

	return NPV_FRAME_HDR + length;
}

/**
 * npv_frame_decode - decode the frame that bytes begin with
 * @f: where it goes; only what its type has is set. Undefined unless the frame
 *	is there.
 * @buf: the bytes, of any alignment
 * @len: how many there are; more than the frame is fine
 *
 * A frame of a type that is unknown but may be skipped has its type, flags, aux
 * and length only.
 *
 * Context: any.
 * Return: how many bytes the frame takes: NPV_FRAME_DATA_HDR for DATA, behind
 * which npv_frame.data.len bytes of payload follow, else all of it.
 * NPV_FRAME_SHORT if more bytes are needed, at most NPV_FRAME_CTRL_MAX in all.
 * NPV_FRAME_BAD if no bytes to follow could make a frame of these; it comes with
 * the first 32-bit or longer field that is wrong.
 */
int npv_frame_decode(struct npv_frame *f, const void *buf, unsigned int len)
{
	const u8 *p = buf;
	unsigned int size;

	if (!decode_header(f, p, len))
		return NPV_FRAME_BAD;
	if (len < NPV_FRAME_HDR)
		return NPV_FRAME_SHORT;

	size = frame_size(f->type, f->length);
	if (!decode_body(f, p + NPV_FRAME_HDR, min(len, size) - NPV_FRAME_HDR))
		return NPV_FRAME_BAD;

	return len < size ? NPV_FRAME_SHORT : size;
}

/**
 * npv_frame_decode_data() - read the head of a DATA frame, quickly
 * @f: filled in
 * @buf: NPV_FRAME_DATA_HDR bytes
 *
 * Return: whether it is one without a fault; if not, npv_frame_decode() tells
 * what it is.
 */
bool npv_frame_decode_data(struct npv_frame_data *f, const void *buf)
{
	const u8 *p = buf;

	if (p[0] != NPV_FRAME_DATA || get_unaligned_be16(p + 2))
		return false;
	/* Below LEN_DATA it wraps, and is too much as well. */
	f->len = get_unaligned_be32(p + 4) - LEN_DATA;
	f->seq = get_unaligned_be64(p + 8);
	f->ack = get_unaligned_be64(p + 16);

	return f->len - 1 < NPV_FRAME_DATA_MAX && seq_fits(f->seq, f->len) &&
	       f->ack <= NPV_SEQ_END;
}

/**
 * npv_frame_need - how many bytes npv_frame_decode() needs
 * @buf: bytes of which it said NPV_FRAME_SHORT
 * @len: how many there are
 *
 * Context: any.
 * Return: how many must be there in all, more than @len, at most
 * NPV_FRAME_CTRL_MAX. As long as the common header isn't there: its length, as
 * well as for bytes that are no frame.
 */
unsigned int npv_frame_need(const void *buf, unsigned int len)
{
	const u8 *p = buf;
	u32 length;

	if (len < NPV_FRAME_HDR)
		return NPV_FRAME_HDR;
	length = get_unaligned_be32(p + 4);
	if (p[0] != NPV_FRAME_DATA && length > LEN_CTRL_MAX)
		return NPV_FRAME_HDR;

	return frame_size(p[0], length);
}

static bool encode_data(const struct npv_frame *f, u8 *p)
{
	if (!seq_fits(f->data.seq, f->data.len ?: 1) ||
	    f->data.ack > NPV_SEQ_END)
		return false;
	put_unaligned_be64(f->data.seq, p);
	put_unaligned_be64(f->data.ack, p + 8);

	return true;
}

static bool encode_ack(const struct npv_frame *f, u8 *p)
{
	const struct npv_frame_range *r = f->ack.range;
	u64 last = f->ack.ack;
	unsigned int i;

	if (f->ack.edge < last || f->ack.edge > NPV_SEQ_END)
		return false;
	put_unaligned_be64(last, p);
	put_unaligned_be64(f->ack.edge, p + 8);

	for (i = 0, p += LEN_ACK; i < f->ack.n; i++, r++, p += LEN_RANGE) {
		if (r->start <= last || r->end <= r->start ||
		    r->end > NPV_SEQ_END)
			return false;
		put_unaligned_be64(r->start, p);
		put_unaligned_be64(r->end, p + 8);
		last = r->end;
	}

	return true;
}

static bool encode_hello(const struct npv_frame *f, u8 *p)
{
	u8 version_min = f->type == NPV_FRAME_HELLO ? f->hello.version_min : 0;

	if (!f->hello.version || version_min > f->hello.version ||
	    (f->type == NPV_FRAME_HELLO && !version_min) ||
	    !socktype_known(f->hello.socktype) ||
	    f->hello.edge > NPV_SEQ_END || f->aux)
		return false;
	put_unaligned_be32(NPV_MAGIC, p);
	p[4] = f->hello.version;
	p[5] = version_min;
	p[6] = f->hello.socktype;
	p[7] = 0;
	put_unaligned_be16(f->hello.port, p + 8);
	put_unaligned_be16(0, p + 10);
	put_unaligned_be64(f->hello.id, p + 12);
	put_unaligned_be64(f->hello.edge, p + 20);
	memcpy(p + 28, f->hello.key, NPV_KEY_LEN);

	return true;
}

static bool encode_offer(const struct npv_frame *f, u8 *p)
{
	if (!f->hello.version)
		return false;
	put_unaligned_be32(NPV_MAGIC, p);
	p[4] = f->hello.version;
	p[5] = 0;
	put_unaligned_be16(f->hello.port, p + 6);
	put_unaligned_be64(f->hello.id, p + 8);
	memcpy(p + 16, f->hello.key, NPV_NONCE_LEN);

	return true;
}

static bool encode_join(const struct npv_frame *f, u8 *p)
{
	if (f->aux)
		return false;
	put_unaligned_be32(NPV_MAGIC, p);
	p[4] = f->join.version ?: NPV_VERSION_WIRE;
	p[5] = 0;
	put_unaligned_be16(0, p + 6);
	put_unaligned_be64(f->join.id, p + 8);
	put_unaligned_be32(f->join.stack, p + 16);
	memcpy(p + 20, f->join.nonce, NPV_NONCE_LEN);

	return true;
}

/* JOIN_ACK, JOIN_CONFIRM */
static void encode_proof(const struct npv_frame *f, u8 *p)
{
	if (f->type == NPV_FRAME_JOIN_ACK) {
		memcpy(p, f->join.nonce, NPV_NONCE_LEN);
		p += NPV_NONCE_LEN;
	}
	memcpy(p, f->join.mac, NPV_MAC_LEN);
}

/* PATH_CHALLENGE, PATH_RESPONSE */
static void encode_path(const struct npv_frame *f, u8 *p)
{
	put_unaligned_be64(f->path.cid, p);
	memcpy(p + 8, f->path.token, NPV_NONCE_LEN);
	if (f->type == NPV_FRAME_PATH_RESPONSE)
		memcpy(p + LEN_PATH, f->path.mac, NPV_MAC_LEN);
}

/* ADDR_ADD, ADDR_DEL */
static bool encode_addrs(const struct npv_frame *f, u8 *p)
{
	const struct npv_frame_addr *addr = f->addrs.addr;
	u32 length = addr_len(f->type);
	unsigned int i;

	for (i = 0; i < f->addrs.n; i++, addr++, p += length) {
		if (!addr->id)
			return false;
		p[0] = addr->id;
		p[1] = 0;
		put_unaligned_be16(0, p + 2);
		if (f->type == NPV_FRAME_ADDR_ADD) {
			put_unaligned_be16(addr->port, p + 2);
			memcpy(p + 4, addr->addr, sizeof(addr->addr));
		}
	}

	return true;
}

static bool encode_body(const struct npv_frame *f, u8 *p)
{
	switch (f->type) {
	case NPV_FRAME_DATA:
	case NPV_FRAME_FIN:
		return encode_data(f, p);
	case NPV_FRAME_ACK:
		return encode_ack(f, p);
	case NPV_FRAME_HELLO:
	case NPV_FRAME_WELCOME:
		return encode_hello(f, p);
	case NPV_FRAME_OFFER:
		return encode_offer(f, p);
	case NPV_FRAME_JOIN:
		return encode_join(f, p);
	case NPV_FRAME_JOIN_ACK:
	case NPV_FRAME_JOIN_CONFIRM:
		encode_proof(f, p);
		break;
	case NPV_FRAME_PATH_CHALLENGE:
	case NPV_FRAME_PATH_RESPONSE:
		encode_path(f, p);
		break;
	case NPV_FRAME_STATUS:
		put_unaligned_be32(f->status.stack, p);
		put_unaligned_be32(f->status.number, p + 4);
		break;
	case NPV_FRAME_ADDR_ADD:
	case NPV_FRAME_ADDR_DEL:
		return encode_addrs(f, p);
	case NPV_FRAME_PING:
	case NPV_FRAME_PONG:
		put_unaligned_be64(f->ping, p);
		break;
	case NPV_FRAME_SOURCE_PROOF:
		put_unaligned_be64(f->proof.id, p);
		memcpy(p + 8, f->proof.mac, NPV_MAC_LEN);
		break;
	case NPV_FRAME_BEGIN:
		memcpy(p, f->begin.token, NPV_NONCE_LEN);
		memcpy(p + NPV_NONCE_LEN, f->begin.nonce, NPV_NONCE_LEN);
		break;
	case NPV_FRAME_SOURCE:
		memset(p, 0, LEN_SOURCE);
		memcpy(p, f->source.addr, sizeof(f->source.addr));
		put_unaligned_be16(f->source.port, p + 16);
		break;
	}

	return true;
}

/* What the length field will say; wrong for what can't be encoded */
static u32 encoded_length(const struct npv_frame *f, u32 shortest)
{
	u32 count;

	switch (f->type) {
	case NPV_FRAME_DATA:
	case NPV_FRAME_FIN:
		count = min(f->data.len, NPV_FRAME_DATA_MAX + 1U);
		return LEN_DATA + count;
	case NPV_FRAME_ACK:
		count = min(f->ack.n, NPV_RANGES_MAX + 1U);
		return LEN_ACK + count * LEN_RANGE;
	case NPV_FRAME_ADDR_ADD:
	case NPV_FRAME_ADDR_DEL:
		count = min(f->addrs.n, NPV_FRAME_ADDRS_MAX + 1U);
		return count * addr_len(f->type);
	}

	return shortest;
}

/**
 * npv_frame_encode - write a frame
 * @f: the frame; its length is not read, nor the aux of ADDR_ADD and ADDR_DEL
 * @buf: where it goes, of any alignment
 * @room: how many bytes may be written
 *
 * Context: any.
 * Return: how many bytes were written: NPV_FRAME_DATA_HDR for DATA, behind which
 * npv_frame.data.len bytes of payload are to follow, else the whole frame. 0 if
 * @room is too small, or if npv_frame_decode() would not take such a frame; @buf
 * has nothing of use then.
 */
unsigned int npv_frame_encode(const struct npv_frame *f, void *buf,
			      unsigned int room)
{
	const struct frame_shape *shape = frame_shape(f->type);
	unsigned int size;
	u32 length;
	u16 aux;
	u8 *p = buf;

	/* what is unknown can be skipped, but not written */
	if (!shape || shape == &skipped || (f->aux && !shape->aux))
		return 0;

	length = encoded_length(f, shape->min);
	if (length < shape->min || length > shape->max)
		return 0;
	size = frame_size(f->type, length);
	if (room < size || !encode_body(f, p + NPV_FRAME_HDR))
		return 0;

	aux = f->aux;
	if (f->type == NPV_FRAME_ADDR_ADD || f->type == NPV_FRAME_ADDR_DEL)
		aux = f->addrs.n;
	p[0] = f->type;
	p[1] = f->flags;
	put_unaligned_be16(aux, p + 2);
	put_unaligned_be32(length, p + 4);

	return size;
}

#ifdef __KERNEL__
#if IS_ENABLED(CONFIG_KUNIT)
#include "test/frame_test.c"
#endif
#endif
