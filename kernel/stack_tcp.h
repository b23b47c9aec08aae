/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_STACK_TCP_H
#define _NPV_STACK_TCP_H

#include <linux/list.h>
#include <linux/types.h>
#include <net/tcp.h>

#include "frame.h"
#include "stack.h"

struct msghdr;
struct npv_chunk;
struct npv_native;
struct page;

/*
 * Control frames up to here need no memory to be received, WELCOME and JOIN_ACK
 * among them: no second one comes.
 */
#define NPV_RX_SMALL	64

/**
 * struct npv_tcp - a stack of a native session: frames over TCP
 * @stack: its socket, name and place
 * @nat: the session
 * @slot: its place in npv_native.slot
 * @status: enum npv_stack_status_ of the netlink spec. Session lock.
 * @backup: to be used only where no other is left. Session lock.
 * @weight: share that the scheduler "weighted" gives it. Session lock.
 * @paused: no data is to be sent
 * @peer_backup: as @backup, as the peer wants it
 * @peer_paused: as @paused, as the peer wants it
 * @leaving: it is about to be closed
 * @retiring: ... when all that is on it has arrived
 * @manual: an operator has added it
 * @initiator: this side connected it
 * @id: number of the stack that both sides know
 * @wire_hello: HELLO or JOIN was sent
 * @broken: it can't go on in order; npv_tcp_fail()
 * @rx_broken: what comes on it makes no sense any more
 * @join_at: when it began to join, jiffies
 * @err: positive errno that it goes down with, 0 in order. Session lock.
 * @data_ready: the sock's own callbacks. sk_callback_lock.
 * @write_space: as above
 * @state_change: as above
 * @error_report: as above
 *
 * @rx_left: bytes of payload left of the DATA frame that is being received.
 *	Session and stack lock, as the rest.
 * @rx_seq: number of the next of them
 * @rx_have: bytes in @rx_hdr, or @rx_ctl
 * @rx_need: bytes that the frame's head, or all of a control frame, takes
 * @rx_hdr: head of the frame that is being received, or all of a small one
 * @rx_ctl: a control frame longer than that, being put together
 * @rx_end: the peer closes this stack in order
 *
 * @pending: struct npv_piece, what belongs to frames already begun and TCP had
 *	no room for; nothing may be sent before it
 * @tx_page: where the head of the last DATA frame is, without a reference: it
 *	is looked at only while TCP has it unsent
 * @tx_off: its offset there
 * @tx_hdr_seq: TCP sequence number of that head
 * @tx_end_seq: TCP sequence number behind that frame
 * @tx_data_end: number behind the last byte of payload in that frame
 * @tx_len: payload of that frame
 *
 * @nonce: ours, in a JOIN
 * @confirm: the MAC that proves our keys
 * @confirm_wanted: that is to be sent
 * @pong: what a PING wants to have back
 * @pong_wanted: that is to be sent
 * @status_seen: number of the last STATUS for it
 * @delivered: segments that the peer had, also behind gaps, when it was looked at
 *	last; TCP's count
 * @heard_at: when that had changed last, or TCP had been idle, jiffies
 * @waiting: TCP wasn't idle when it was looked at last
 * @silent: nothing was acknowledged for too long, and there was no other stack
 * @suspect_at: when it was silent last, jiffies
 * @silence: how long it has been silent, at most since it was not suspect, jiffies
 * @bytes_sent: payload given to TCP
 * @bytes_received: payload that came
 * @reinjected: of @bytes_sent, what another stack had owed
 * @credit: of the scheduler
 */
struct npv_tcp {
	struct npv_stack *stack;
	struct npv_native *nat;
	u8 slot;
	u8 status;
	bool backup;
	bool paused;
	bool peer_backup;
	bool peer_paused;
	bool leaving;
	bool retiring;
	bool manual;
	bool initiator;
	bool wire_hello;
	bool rx_end;
	bool broken;
	bool rx_broken;
	unsigned long join_at;
	int err;
	u32 weight;
	u32 id;

	void (*data_ready)(struct sock *sk);
	void (*write_space)(struct sock *sk);
	void (*state_change)(struct sock *sk);
	void (*error_report)(struct sock *sk);

	u32 rx_left;
	u64 rx_seq;
	u16 rx_have;
	u16 rx_need;
	u8 rx_hdr[NPV_RX_SMALL];
	u8 *rx_ctl;

	struct list_head pending;
	struct page *tx_page;
	u32 tx_off;
	u32 tx_hdr_seq;
	u32 tx_end_seq;
	u64 tx_data_end;
	u32 tx_len;

	u8 nonce[NPV_NONCE_LEN];
	u8 confirm[NPV_MAC_LEN];
	bool confirm_wanted;
	u64 pong;
	bool pong_wanted;
	u32 status_seen;
	u32 delivered;
	unsigned long heard_at;
	bool waiting;
	bool silent;
	unsigned long suspect_at;
	unsigned long silence;
	u64 bytes_sent;
	u64 bytes_received;
	u64 reinjected;
	s64 credit;
};

static inline struct sock *npv_tcp_sk(const struct npv_tcp *tcp)
{
	return tcp->stack->sk;
}

/* Whether TCP takes anything to send */
static inline bool npv_tcp_can_send(const struct sock *sk)
{
	return (1 << READ_ONCE(sk->sk_state)) &
	       (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT);
}

/* Whether TCP keeps the end of @msg for what follows it: MSG_MORE, TCP_CORK */
static inline bool npv_tcp_corked(const struct npv_tcp *tcp,
				  const struct msghdr *msg)
{
	return msg->msg_flags & MSG_MORE ||
	       tcp_sk(npv_tcp_sk(tcp))->nonagle & TCP_NAGLE_CORK;
}

struct npv_tcp *npv_tcp_create(struct npv_stack *stack, gfp_t gfp);
void npv_tcp_attach(struct npv_tcp *tcp, struct npv_native *nat, u8 slot);
void npv_tcp_detach(struct npv_tcp *tcp);
void npv_tcp_free(struct npv_tcp *tcp);

bool npv_tcp_has_carrier(const struct npv_tcp *tcp);
bool npv_tcp_has_room(const struct npv_tcp *tcp);
void npv_tcp_want_room(struct npv_tcp *tcp);
int npv_tcp_send(struct npv_tcp *tcp, struct msghdr *msg, size_t len,
		 u8 frame_flags);
int npv_tcp_resend(struct npv_tcp *tcp, struct npv_chunk *chunk);
int npv_tcp_send_frame(struct npv_tcp *tcp, const struct npv_frame *f);
int npv_tcp_hold_frame(struct npv_tcp *tcp, const struct npv_frame *f);
void npv_tcp_push(struct npv_tcp *tcp);
void npv_tcp_flush(struct npv_tcp *tcp);
void npv_tcp_drop_pending(struct npv_tcp *tcp);
void npv_tcp_idle(struct npv_tcp *tcp);
void npv_tcp_fail(struct npv_tcp *tcp);

#endif /* _NPV_STACK_TCP_H */
