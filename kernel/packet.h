/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets of UDP stacks, as Documentation/protocol.rst has them. Pure C, without
 * a kernel call, as frame.h.
 */
#ifndef _NPV_PACKET_H
#define _NPV_PACKET_H

#include "frame.h"

/* Bytes of a connection id */
#define NPV_CID_LEN		8
/* Longest head of a packet: first byte, connection id, number */
#define NPV_PACKET_HEAD_MAX	(1 + NPV_CID_LEN + 4)
/* A number that is written in fewer bytes than it has */
#define NPV_NUMBER_BITS_MAX	62
/* Bit of the first byte of a MESSAGE */
#define NPV_PACKET_MESSAGE_BIT	0x80
/* Ranges that an ACK of packets has at most, the first one included */
#define NPV_ACKS_MAX		64
/* What a varint can say */
#define NPV_VARINT_MAX		(BIT_ULL(62) - 1)

/**
 * enum npv_packet_kind - what a packet is, by its first byte
 * @NPV_PACKET_HANDSHAKE: one frame of the handshake, as on TCP
 * @NPV_PACKET_NUMBERED: frames that are acknowledged
 * @NPV_PACKET_MESSAGE: a message of a datagram session, or a part of one
 */
enum npv_packet_kind {
	NPV_PACKET_HANDSHAKE,
	NPV_PACKET_NUMBERED,
	NPV_PACKET_MESSAGE,
};

/**
 * struct npv_packet_head - what a packet begins with
 * @kind: enum npv_packet_kind
 * @has_cid: NUMBERED: @cid is there
 * @follows: NUMBERED: there are no frames but payload of the session, which follows
 *	on that of the packet before
 * @fragment: MESSAGE: it has but a part of the message
 * @bits: of @number that are there: 8, 16, 24, 32 of NUMBERED; 4, 12, 20, 28 of
 *	MESSAGE
 * @number: the low @bits of the packet's number, or the message's
 * @cid: id that the receiver has chosen for the stack
 * @offset: where in the message the part begins, bytes
 * @total: length of the whole message, bytes, not 0
 */
struct npv_packet_head {
	u8 kind;
	bool has_cid;
	bool follows;
	bool fragment;
	u8 bits;
	u32 number;
	u64 cid;
	u16 offset;
	u16 total;
};

/**
 * enum npv_packet_frame_type - what is in a NUMBERED packet
 * @NPV_PF_PADDING: nothing
 * @NPV_PF_PING: nothing, but wants to be acknowledged
 * @NPV_PF_ACK: packets that were received
 * @NPV_PF_ACK_ECN: the same, with counts of ECN marks
 * @NPV_PF_WINDOW: numbers of the session that were received, and the edge
 * @NPV_PF_FRAME: a frame as on TCP, which is no DATA
 * @NPV_PF_DATA: payload of the session
 */
enum npv_packet_frame_type {
	NPV_PF_PADDING	= 0x00,
	NPV_PF_PING	= 0x01,
	NPV_PF_ACK	= 0x02,
	NPV_PF_ACK_ECN	= 0x03,
	NPV_PF_WINDOW	= 0x04,
	NPV_PF_FRAME	= 0x05,
	NPV_PF_DATA	= 0x80,
};

/**
 * struct npv_ranges - ranges of an ACK or a WINDOW, checked but not yet decoded
 * @p: the next one
 * @left: how many there are still
 * @next: from where the next one is counted
 * @down: they descend, as those of ACK do
 */
struct npv_ranges {
	const u8 *p;
	unsigned int left;
	u64 next;
	bool down;
};

/**
 * struct npv_packet_frame - a frame of a NUMBERED packet, decoded
 * @type: enum npv_packet_frame_type
 * @ack: ACK, ACK_ECN. @ack.largest: highest number that was received;
 *	@ack.delay: how long ago, microseconds; @ack.ranges: all, that of @ack.largest
 *	first, for npv_ranges_next(); @ack.ect0 to @ack.ce: packets of the whole
 *	stack that came with that mark, ACK_ECN only
 * @window: everything before @window.ack is there, nothing at or behind
 *	@window.edge may be sent, @window.ranges is there as well
 * @frame: FRAME
 * @data: @data.seq is the number of the first byte of @data.payload, which has
 *	@data.len. @data.ack_req: the sender waits for a WINDOW
 */
struct npv_packet_frame {
	u8 type;
	union {
		struct {
			u64 largest;
			u64 delay;
			struct npv_ranges ranges;
			u64 ect0;
			u64 ect1;
			u64 ce;
		} ack;
		struct {
			u64 ack;
			u64 edge;
			struct npv_ranges ranges;
		} window;
		struct npv_frame frame;
		struct {
			u64 seq;
			const u8 *payload;
			u32 len;
			bool ack_req;
		} data;
	};
};

/* What the decoders of this file say of bytes that are no packet */
#define NPV_PACKET_BAD		(-1)

int npv_varint_decode(u64 *value, const void *buf, unsigned int len);
unsigned int npv_varint_len(u64 value);
unsigned int npv_varint_encode(u64 value, void *buf, unsigned int room);

u64 npv_number_expand(u64 number, unsigned int bits, u64 expected);
unsigned int npv_number_bits(u64 span);

int npv_packet_head_decode(struct npv_packet_head *h, const void *buf,
			   unsigned int len);
unsigned int npv_packet_head_encode(const struct npv_packet_head *h, void *buf,
				    unsigned int room);

int npv_packet_frame_decode(struct npv_packet_frame *f, const void *buf,
			    unsigned int len);
bool npv_packet_data_rest(const void *buf, unsigned int len, u64 *seq,
			  bool *ack_req);
bool npv_ranges_next(struct npv_ranges *ranges, struct npv_frame_range *range);

unsigned int npv_packet_ack_encode(const struct npv_frame_range *range,
				   unsigned int n, u64 delay, const u64 *ecn,
				   void *buf, unsigned int room);
unsigned int npv_packet_window_encode(u64 ack, u64 edge,
				      const struct npv_frame_range *range,
				      unsigned int n, void *buf,
				      unsigned int room);
unsigned int npv_packet_data_encode(u64 seq, u32 len, bool ack_req, bool last,
				    void *buf, unsigned int room);

#endif /* _NPV_PACKET_H */
