/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames of native sessions, as Documentation/protocol.rst has them. Pure C,
 * without a kernel call: userspace builds it too (fuzzers, tests, tools).
 */
#ifndef _NPV_FRAME_H
#define _NPV_FRAME_H

#include "frame_port.h"

#define NPV_MAGIC		0x4e505631	/* "NPV1" */
#define NPV_VERSION_WIRE	1

/* type, flags, aux, length: what every frame begins with */
#define NPV_FRAME_HDR		8
/* ... and a DATA frame, up to its payload */
#define NPV_FRAME_DATA_HDR	24
/* longest payload of a DATA frame */
#define NPV_FRAME_DATA_MAX	(256 * 1024)
/* longest frame of any other type, its header included */
#define NPV_FRAME_CTRL_MAX	512

/* shortest datagram with a HELLO; padding makes it longer than the answer */
#define NPV_HELLO_UDP_MIN	128

/* Numbers of a session, the FIN's included, are below this one. */
#define NPV_SEQ_END		BIT_ULL(63)

#define NPV_KEY_LEN		16
#define NPV_NONCE_LEN		16
#define NPV_MAC_LEN		32
#define NPV_RANGES_MAX		30
#define NPV_FRAME_ADDRS_MAX	16

/**
 * enum npv_frame_type - what a frame is
 * @NPV_FRAME_DATA: payload of the session, at its sequence number
 * @NPV_FRAME_ACK: what the sender has of the other's data, and what it can take
 * @NPV_FRAME_FIN: the sequence number behind the last byte
 * @NPV_FRAME_CLOSE: end of the session or of a stack, with a reason
 * @NPV_FRAME_HELLO: a client asks for a session
 * @NPV_FRAME_WELCOME: ... and gets it
 * @NPV_FRAME_REFUSE: ... or doesn't; also an answer to JOIN
 * @NPV_FRAME_JOIN: a stack wants to belong to a session that there is
 * @NPV_FRAME_JOIN_ACK: proof of the side that was asked
 * @NPV_FRAME_JOIN_CONFIRM: proof of the side that asked
 * @NPV_FRAME_OFFER: answer to a HELLO that came over UDP
 * @NPV_FRAME_PATH_CHALLENGE: answer to a packet of a UDP stack from a new address
 * @NPV_FRAME_PATH_RESPONSE: proof that the address, and the packet, are the peer's
 * @NPV_FRAME_SOURCE_PROOF: from a program's own UDP socket: it is a session's
 * @NPV_FRAME_BEGIN: behind a HELLO over UDP: the session is to begin over it
 * @NPV_FRAME_STATUS: what the sender wants of a stack
 * @NPV_FRAME_ADDR_ADD: further addresses of the sender
 * @NPV_FRAME_ADDR_DEL: addresses that it has no more
 * @NPV_FRAME_PING: to be answered
 * @NPV_FRAME_PONG: the answer, with the same bytes
 * @NPV_FRAME_SOURCE: the address that the datagrams of a session come from
 * @NPV_FRAME_SKIP: bit of types that may be skipped
 *
 * A receiver skips a frame of a type it doesn't know if its NPV_FRAME_SKIP bit
 * is set, and else ends the stack with NPV_CLOSE_PROTOCOL.
 */
enum npv_frame_type {
	NPV_FRAME_DATA		= 0x01,
	NPV_FRAME_ACK		= 0x02,
	NPV_FRAME_FIN		= 0x03,
	NPV_FRAME_CLOSE		= 0x04,

	NPV_FRAME_HELLO		= 0x10,
	NPV_FRAME_WELCOME	= 0x11,
	NPV_FRAME_REFUSE	= 0x12,
	NPV_FRAME_JOIN		= 0x13,
	NPV_FRAME_JOIN_ACK	= 0x14,
	NPV_FRAME_JOIN_CONFIRM	= 0x15,
	NPV_FRAME_OFFER		= 0x16,
	NPV_FRAME_PATH_CHALLENGE = 0x17,
	NPV_FRAME_PATH_RESPONSE	= 0x18,
	NPV_FRAME_SOURCE_PROOF	= 0x19,
	NPV_FRAME_BEGIN		= 0x1a,

	NPV_FRAME_STATUS	= 0x20,
	NPV_FRAME_ADDR_ADD	= 0x21,
	NPV_FRAME_ADDR_DEL	= 0x22,
	NPV_FRAME_PING		= 0x23,
	NPV_FRAME_PONG		= 0x24,
	NPV_FRAME_SOURCE	= 0x25,

	NPV_FRAME_SKIP		= 0x80,
};

/* npv_frame.flags of DATA: the sender waits for an ACK */
#define NPV_DATA_ACK_REQ	0x01
/* of HELLO, JOIN: the stack is to be used only where no other is left */
#define NPV_JOIN_BACKUP		0x01
/* of OFFER: it answers a HELLO with BEGIN */
#define NPV_OFFER_BEGIN		0x01

/* of an option's type: who doesn't know it must refuse the HELLO or JOIN */
#define NPV_OPTION_MUST		0x8000

/* enum npv_frame_socktype - the socket that a HELLO asks for; SOCK_ of Linux */
enum npv_frame_socktype {
	NPV_SOCKTYPE_STREAM	= 1,
	NPV_SOCKTYPE_DGRAM	= 2,
	NPV_SOCKTYPE_SEQPACKET	= 5,
};

/**
 * enum npv_refusal - why a HELLO or JOIN was refused (aux of REFUSE)
 * @NPV_REFUSE_VERSION: no version in common
 * @NPV_REFUSE_SERVICE: no NPV socket listens on that port
 * @NPV_REFUSE_BACKLOG: too many sessions wait to be accepted
 * @NPV_REFUSE_BUSY: too many handshakes or stacks; try again later
 * @NPV_REFUSE_SESSION: no session of that id
 * @NPV_REFUSE_MAC: the keys of the session were not proven
 * @NPV_REFUSE_STACKS: the session has as many stacks as it may
 * @NPV_REFUSE_MALFORMED: what was sent is no HELLO and no JOIN
 * @NPV_REFUSE_OPTION: an option that must be understood isn't
 */
enum npv_refusal {
	NPV_REFUSE_VERSION	= 1,
	NPV_REFUSE_SERVICE,
	NPV_REFUSE_BACKLOG,
	NPV_REFUSE_BUSY,
	NPV_REFUSE_SESSION,
	NPV_REFUSE_MAC,
	NPV_REFUSE_STACKS,
	NPV_REFUSE_MALFORMED,
	NPV_REFUSE_OPTION,
};

/**
 * enum npv_close_reason - why a session or stack ends (aux of CLOSE)
 * @NPV_CLOSE_DONE: nothing is left to say
 * @NPV_CLOSE_RESET: the program closed with data unread, or aborted
 * @NPV_CLOSE_PROTOCOL: the peer broke the protocol
 * @NPV_CLOSE_TIMEOUT: no stack could be had for too long
 * @NPV_CLOSE_ADMIN: ended over netlink
 * @NPV_CLOSE_STACK: only this stack ends; the session goes on
 */
enum npv_close_reason {
	NPV_CLOSE_DONE		= 0,
	NPV_CLOSE_RESET,
	NPV_CLOSE_PROTOCOL,
	NPV_CLOSE_TIMEOUT,
	NPV_CLOSE_ADMIN,
	NPV_CLOSE_STACK,
};

/**
 * enum npv_frame_status - what a peer wants of a stack (aux of STATUS)
 * @NPV_STATUS_ACTIVE: use it
 * @NPV_STATUS_BACKUP: use it where no active one is left
 * @NPV_STATUS_PAUSED: send no data on it
 * @NPV_STATUS_LEAVING: the sender is about to close it
 */
enum npv_frame_status {
	NPV_STATUS_ACTIVE	= 0,
	NPV_STATUS_BACKUP,
	NPV_STATUS_PAUSED,
	NPV_STATUS_LEAVING,
};

/* struct npv_frame_range - bytes [start, end) that the receiver has */
struct npv_frame_range {
	u64 start;
	u64 end;
};

/**
 * struct npv_frame_addr - an address of the sender
 * @id: by which it is taken back, 1 to 255
 * @port: NPV port there, host byte order; 0: the one that was connected to
 * @addr: IPv6 address, IPv4 as ::ffff:a.b.c.d, in wire order
 */
struct npv_frame_addr {
	u8 id;
	u16 port;
	u8 addr[16];
};

/**
 * struct npv_frame_data - the head of a DATA frame, or a FIN
 * @seq: number of the first byte, or the FIN's own
 * @ack: everything before it has been received
 * @len: bytes of payload, 0 of a FIN
 */
struct npv_frame_data {
	u64 seq;
	u64 ack;
	u32 len;
};

/**
 * struct npv_frame - a frame, decoded; numbers in host byte order
 * @type: enum npv_frame_type
 * @flags: meaning by type
 * @aux: meaning by type: refusal, close reason, status, number of addresses
 * @length: bytes behind the common header (decoding only)
 * @data: DATA and FIN. @data.len is the payload's, 0 for FIN.
 * @ack: ACK. Everything before @ack.ack is there; nothing at or behind
 *	@ack.edge may be sent; ranges ascend and don't touch.
 * @hello: HELLO, WELCOME and OFFER (version, port and id only, and as @hello.key
 *	the token).
 *	@hello.version_min: of HELLO only. @hello.option_unknown: there is an
 *	option that must be understood, and isn't (decoding only).
 * @join: JOIN, JOIN_ACK, JOIN_CONFIRM: what each has, the rest is 0.
 *	@join.version: of JOIN only; encoding takes 0 for NPV_VERSION_WIRE
 * @path: PATH_CHALLENGE, PATH_RESPONSE; @path.mac: of the latter
 * @status: STATUS
 * @addrs: ADDR_ADD; ADDR_DEL (ids only)
 * @ping: PING, PONG
 * @begin: BEGIN. @begin.token: of the OFFER
 * @proof: SOURCE_PROOF. @proof.id: the session, as the server calls it
 * @source: SOURCE. @source.addr in wire order, all zeros from a client;
 *	@source.port in host byte order
 */
struct npv_frame {
	u8 type;
	u8 flags;
	u16 aux;
	u32 length;
	union {
		struct npv_frame_data data;
		struct {
			u64 ack;
			u64 edge;
			unsigned int n;
			struct npv_frame_range range[NPV_RANGES_MAX];
		} ack;
		struct {
			u8 version;
			u8 version_min;
			u8 socktype;
			u16 port;
			u64 id;
			u64 edge;
			u8 key[NPV_KEY_LEN];
			bool option_unknown;
		} hello;
		struct {
			u8 version;
			bool option_unknown;
			u64 id;
			u32 stack;
			u8 nonce[NPV_NONCE_LEN];
			u8 mac[NPV_MAC_LEN];
		} join;
		struct {
			u64 cid;
			u8 token[NPV_NONCE_LEN];
			u8 mac[NPV_MAC_LEN];
		} path;
		struct {
			u32 stack;
			u32 number;
		} status;
		struct {
			unsigned int n;
			struct npv_frame_addr addr[NPV_FRAME_ADDRS_MAX];
		} addrs;
		u64 ping;
		struct {
			u8 token[NPV_NONCE_LEN];
			u8 nonce[NPV_NONCE_LEN];
		} begin;
		struct {
			u64 id;
			u8 mac[NPV_MAC_LEN];
		} proof;
		struct {
			u16 port;
			u8 addr[16];
		} source;
	};
};

/* What npv_frame_decode() says of bytes that are no frame */
#define NPV_FRAME_SHORT		0	/* more bytes are needed */
#define NPV_FRAME_BAD		(-1)	/* no frame begins like this */

int npv_frame_decode(struct npv_frame *f, const void *buf, unsigned int len);
bool npv_frame_decode_data(struct npv_frame_data *f, const void *buf);
unsigned int npv_frame_need(const void *buf, unsigned int len);
unsigned int npv_frame_encode(const struct npv_frame *f, void *buf,
			      unsigned int room);

#endif /* _NPV_FRAME_H */
