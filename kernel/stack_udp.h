/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_STACK_UDP_H
#define _NPV_STACK_UDP_H

#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/types.h>
#include <net/tcp.h>

#include "cong.h"
#include "packet.h"
#include "pmtu.h"
#include "received.h"
#include "recovery.h"
#include "subflow.h"

struct npv_dgram;
struct npv_offered;
struct npv_sock;
struct npv_stack_info;
struct npv_port;
struct npv_udp_name;
struct sk_buff;

/* An acknowledgment is kept back for so long, microseconds: what the peer expects */
#define NPV_UDP_ACK_DELAY_US	NPV_MAX_ACK_DELAY_US
/*
 * Room in which the frames of a packet without payload are put together, and into
 * which those are copied that don't lie in one piece: more than the longest ACK.
 */
#define NPV_UDP_SCRATCH		1152
/* Records of packets that are kept for the next: what an ACK frees in bulk */
#define NPV_UDP_SENT_SPARE	128
/* Shortest JOIN over UDP: no answer is longer */
#define NPV_JOIN_UDP_MIN	128

/**
 * struct npv_udp_ctl - a control frame that has to arrive
 * @node: in npv_udp.ctl
 * @order: which it is of all of the stack
 * @len: its length
 * @buf: the frame, as on TCP
 */
struct npv_udp_ctl {
	struct list_head node;
	u32 order;
	u16 len;
	u8 buf[] __counted_by(len);
};

/**
 * struct npv_udp_sent - a packet that was sent and is to be acknowledged
 * @sent: what recovery knows of it
 * @seq: number of its first byte of payload
 * @len: bytes of payload
 * @ctl: the control frame in it, NULL if there is none
 * @told: one more than the largest number in its ACK, 0 if it has none
 * @window: it has a WINDOW
 */
struct npv_udp_sent {
	struct npv_sent sent;
	u64 seq;
	u32 len;
	bool window;
	struct npv_udp_ctl *ctl;
	u64 told;
};

/**
 * struct npv_udp - a stack of a native session: packets over UDP
 * @sub: what all stacks have
 * @data_ready: the sock's own callbacks. sk_callback_lock.
 * @write_space: as above
 * @error_report: as above
 * @timer: has the session look at it when the pacing lets more leave
 *
 * @rec: which packets were received, and which lost. Session lock, as the rest.
 * @cong: how many may be under way
 * @received: which of the peer's have come
 * @pmtu: how large they may be
 * @passed: number of the last packet acknowledged that was as large as may be
 * @probe_lost: @lost when the last probe of the path's MTU was sent
 * @probes_excused: probes in a row that were lost among other packets
 * @passed_us: when that was, microseconds
 * @counted_us: when a loss was counted last that may be one of size
 * @cid_rx: what the peer calls us
 * @cid_tx: what we call the peer
 * @name: by what it is found from an address that isn't its own; NULL of a client's
 * @ctl: struct npv_udp_ctl, to be sent, by npv_udp_ctl.order
 * @ctl_next: npv_udp_ctl.order of the next
 * @n_ctl: number of those that have not arrived
 * @spare: struct npv_udp_sent for the next packets, NPV_UDP_SENT_SPARE at most
 * @n_spare: number of them
 * @addrs_out: one that tells of addresses is under way: another waits for it
 * @skip_at: number that is left out
 * @frag: memory for packets with payload
 * @scratch: NPV_UDP_SCRATCH bytes
 * @delivered: packets acknowledged so far; wraps
 * @lost: packets lost so far, as far as is known
 * @bytes_sent: of packets so far, of UDP's payload as those that follow
 * @bytes_acked: of those that were acknowledged
 * @bytes_received: of packets that came
 * @message_bytes: of those with messages, which are not among them;
 *	npv_datagrams.lock
 * @now_us: the time, as it was when the stack was looked at
 * @due: when it is to be looked at, jiffies; 0 never
 * @pace_us: when what was sent last has left, as far as the pacing goes
 * @acked_us: when one was last, microseconds
 * @heard: when a packet came last, jiffies
 * @spoken: one has come: the peer knows our addresses
 * @sent: when one was sent last, jiffies
 * @asked: when the peer was asked for an answer, as the stack was quiet, jiffies
 * @asking: ... and nothing was acknowledged since
 * @ping_at: when the stack has to show that it works, as messages are sent; jiffies
 * @message_size: length of the longest packet of a message since it last did
 * @wanted: payload waits for room
 * @window_wanted: a WINDOW is to be sent
 * @gso: the path takes many packets at once
 * @ect: packets leave with ECT(0)
 * @joined: JOIN_CONFIRM was sent; it is sent again until the peer speaks
 * @moving: PATH_RESPONSE was sent, and no packet with @cid_rx has come since
 * @answered_us: when PATH_RESPONSE was sent last, microseconds
 * @moved_us: when the address of one side has changed last, microseconds; 0: never
 * @tries: how often JOIN, or JOIN_CONFIRM, was sent
 * @retry_us: when it is to be sent again, microseconds; 0 never
 * @tx_follows: number of the packet behind one with payload that was acknowledged
 * @tx_follows_seq: number behind that payload
 * @rx_follows: the same of the peer's
 * @rx_follows_seq: as above
 * @rx_skb: what came last and was not read to its end, NULL if nothing
 * @rx_off: how far it was read
 * @epoch_at: when @epoch_number was taken, jiffies
 * @epoch_number: numbers before it were sent more than 8 s ago
 * @epoch_next: of the epoch after it
 */
struct npv_udp {
	struct npv_subflow sub;

	void (*data_ready)(struct sock *sk);
	void (*write_space)(struct sock *sk);
	void (*error_report)(struct sock *sk);
	struct hrtimer timer;

	struct npv_recovery rec;
	struct npv_cong cong;
	struct npv_received received;
	struct npv_pmtu pmtu;

	u64 passed;
	u64 passed_us;
	u64 counted_us;
	u32 probe_lost;
	u8 probes_excused;
	u64 cid_rx;
	u64 cid_tx;
	struct npv_udp_name *name;
	struct list_head ctl;
	u32 ctl_next;
	u32 n_ctl;
	struct list_head spare;
	u32 n_spare;
	bool addrs_out;
	u64 skip_at;
	struct page_frag frag;
	u8 *scratch;
	u32 delivered;
	u32 lost;
	u64 bytes_sent;
	u64 bytes_acked;
	u64 bytes_received;
	u64 message_bytes;
	u64 now_us;
	unsigned long due;
	u64 pace_us;
	u64 acked_us;
	u32 heard;
	bool spoken;
	u32 sent;
	u32 asked;
	bool asking;
	unsigned long ping_at;
	u32 message_size;
	bool wanted;
	bool window_wanted;
	bool gso;
	bool ect;
	bool joined;
	bool moving;
	u64 answered_us;
	u64 moved_us;
	u8 tries;
	u64 retry_us;

	u64 tx_follows;
	u64 tx_follows_seq;
	u64 rx_follows;
	u64 rx_follows_seq;
	struct sk_buff *rx_skb;
	u32 rx_off;

	unsigned long epoch_at;
	u64 epoch_number;
	u64 epoch_next;
};

static inline struct npv_udp *npv_udp(const struct npv_subflow *sub)
{
	return container_of(sub, struct npv_udp, sub);
}

static inline struct sock *npv_udp_sk(const struct npv_udp *udp)
{
	return udp->sub.stack->sk;
}

/* The time, microseconds. Asking for it takes long: once for each look at a stack */
static inline u64 npv_udp_now(struct npv_udp *udp)
{
	udp->now_us = tcp_clock_us();
	return udp->now_us;
}

int npv_udp_init(void);
void npv_udp_exit(void);

struct npv_subflow *npv_udp_create(struct npv_stack *stack, gfp_t gfp);
void npv_udp_moved(struct npv_udp *udp, bool path);
void npv_udp_attach(struct npv_subflow *sub, struct npv_native *nat, u8 slot);
void npv_udp_info(const struct npv_subflow *sub, struct npv_stack_info *info);
void npv_udp_timer(struct npv_udp *udp);
bool npv_udp_may_probe(const struct npv_udp *udp);
u32 npv_udp_quiet_left(const struct npv_udp *udp);
void npv_udp_resize(struct npv_udp *udp);
void npv_udp_ecn(struct npv_udp *udp);
struct npv_udp_sent *npv_udp_sent_alloc(struct npv_udp *udp, gfp_t gfp);
void npv_udp_sent_free(struct npv_udp *udp, struct npv_udp_sent *r);

/* udp_send.c */
u64 npv_udp_room(const struct npv_udp *udp, u64 now_us);
bool npv_udp_has_room(const struct npv_subflow *sub);
int npv_udp_send(struct npv_subflow *sub, struct msghdr *msg, size_t len,
		 u8 frame_flags);
int npv_udp_resend(struct npv_subflow *sub, struct npv_chunk *chunk);
void npv_udp_flush(struct npv_subflow *sub);
bool npv_udp_ctl_repeat(struct npv_udp *udp);
void npv_udp_tell(struct npv_udp *udp, u64 now_us);
void npv_udp_ping(struct npv_udp *udp, u64 now_us);
void npv_udp_ping_size(struct npv_udp *udp, u32 size, u64 now_us);
void npv_udp_send_failed(struct npv_udp *udp, int err, u32 size, u64 now_us);
int npv_udp_send_raw(struct npv_udp *udp, void *buf, u32 len);

/* udp_ctl.c */
bool npv_udp_ctl_addrs(const struct npv_udp_ctl *ctl);
void npv_udp_ctl_again(struct npv_udp *udp, struct npv_udp_ctl *ctl);
struct npv_udp_ctl *npv_udp_ctl_next(struct npv_udp *udp);
u32 npv_udp_ctl_put(struct npv_udp *udp, struct npv_udp_sent *r, u8 *buf,
		    u32 room);
int npv_udp_send_frame(struct npv_subflow *sub, const struct npv_frame *f,
		       bool hold);

/* udp_recv.c */
int npv_udp_receive(struct npv_subflow *sub, struct npv_rx *rx);
bool npv_udp_waits(const struct npv_subflow *sub);
u32 npv_udp_readable(const struct npv_subflow *sub);

/* udp_begin.c */
bool npv_udp_begin_allowed(const struct npv_sock *nsk);
bool npv_udp_begin_possible(const struct npv_sock *nsk,
			    const struct npv_offered *offered);
struct npv_subflow *npv_udp_begin_create(struct npv_sock *nsk,
					 const struct npv_offered *offered,
					 int *err);
int npv_udp_begin(struct npv_subflow *sub, const struct npv_offered *offered);
int npv_udp_begin_send(struct npv_udp *udp);
int npv_udp_begin_packet(struct npv_udp *udp, const struct npv_frame *f);
void npv_udp_begin_token(const struct npv_port *port, const struct npv_frame *f,
			 const struct npv_dgram *dgram, u8 *token);
bool npv_udp_begin_behind(const struct npv_frame *f, const u8 *buf, unsigned int len);
bool npv_udp_begin_asked(struct npv_port *port, const struct npv_frame *f,
			 const struct npv_dgram *dgram, const u8 *buf,
			 unsigned int len);

/* udp_join.c */
int npv_udp_ask(struct npv_udp *udp, unsigned int len);
struct socket *npv_udp_answer_socket(const struct npv_port *port,
				     const struct npv_dgram *dgram, __be16 sport);
int npv_udp_join(struct npv_subflow *sub, const struct npv_frame *f);
void npv_udp_join_timeout(struct npv_udp *udp, u64 now_us);
int npv_udp_join_packet(struct npv_udp *udp, struct sk_buff *skb,
			unsigned int off, unsigned int len);
bool npv_udp_join_asked(struct npv_port *port, struct npv_frame *f,
			const struct npv_dgram *dgram, const u8 *buf,
			unsigned int len);
int npv_udp_socket(struct socket *sock);

#endif /* _NPV_STACK_UDP_H */
