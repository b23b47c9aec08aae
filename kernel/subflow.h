/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_SUBFLOW_H
#define _NPV_SUBFLOW_H

#include <linux/indirect_call_wrapper.h>
#include <linux/types.h>
#include <net/sock.h>

#include "frame.h"
#include "metrics.h"
#include "stack.h"

struct msghdr;
struct npv_chunk;
struct npv_native;
struct npv_rx;
struct npv_subflow;

/**
 * struct npv_progress - how a stack gets on
 * @delivered: segments or packets that the peer had, also behind gaps, so far; a
 *	count that wraps
 * @srtt_us: smoothed round-trip time, microseconds
 * @rttvar_us: its variation, without what is added to it for timers
 * @packets_out: segments or packets under way
 * @retransmits: timeouts in a row
 * @idle: nothing is under way
 * @dead: so long that it is to be given up, be there another or not
 */
struct npv_progress {
	u32 delivered;
	u32 srtt_us;
	u32 rttvar_us;
	u32 packets_out;
	u32 retransmits;
	bool idle;
	bool dead;
};

/**
 * struct npv_subflow_ops - how a transport protocol does what stacks do
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 * @detach: have no callback of the socket reach the session any more
 * @free: free it; it is not attached (any more). Its socket is not touched.
 * @has_room: whether it can take payload now. What it has can't be taken back, and
 *	would wait in a slow stack while a fast one idles: with several stacks that
 *	is little more than it can send.
 * @want_room: have it set its bit of npv_native.tx_mask when it can
 * @busy: a control frame would have to wait, and be old when it leaves
 * @send: send payload: npv_subflow_send()
 * @resend: send again what another stack owed: npv_subflow_resend()
 * @send_frame: send a control frame; @hold: with what comes next, if that is soon
 * @push: nothing comes next; may be NULL
 * @flush: its bit of npv_native.tx_mask was set, or its time has come
 * @due: when @flush is to be called at the latest, jiffies; 0 never. NULL: never.
 * @unsend: forget what it keeps of the program's memory; may be NULL
 * @idle: give back what it keeps for payload to come; nothing is under way. May be
 *	NULL.
 * @finish: the session is done: close it in order
 * @receive: take in what has come, npv_receive()
 * @readable: bytes at its head that are next in order for the program
 * @waits: something has come that was not looked at for want of room; NULL: never
 * @progress: how it gets on
 * @measure: what it has counted and measured; filled in, zeros before;
 *	the socket may be closed
 * @overdue: how long ago the first that is under way was sent last, microseconds
 * @srtt: smoothed round-trip time, microseconds, 0 if unknown
 * @window_rtt: round-trip time for the receive window, which is what is read in some
 *	of them; it ought not to grow with what waits on the way
 * @unsent: bytes that it has been given and not sent yet
 * @hold: bytes that it may have under way, about
 * @heard: when something came from the peer last, jiffies
 *
 * All are called with the session's lock held and the socket's not.
 */
struct npv_subflow_ops {
	u8 protocol;

	void (*detach)(struct npv_subflow *sub);
	void (*free)(struct npv_subflow *sub);
	bool (*has_room)(const struct npv_subflow *sub);
	void (*want_room)(struct npv_subflow *sub);
	bool (*busy)(const struct npv_subflow *sub);
	int (*send)(struct npv_subflow *sub, struct msghdr *msg, size_t len,
		    u8 frame_flags);
	int (*resend)(struct npv_subflow *sub, struct npv_chunk *chunk);
	int (*send_frame)(struct npv_subflow *sub, const struct npv_frame *f,
			  bool hold);
	void (*push)(struct npv_subflow *sub);
	void (*flush)(struct npv_subflow *sub);
	unsigned long (*due)(const struct npv_subflow *sub);
	void (*unsend)(struct npv_subflow *sub);
	void (*idle)(struct npv_subflow *sub);
	void (*finish)(struct npv_subflow *sub);
	int (*receive)(struct npv_subflow *sub, struct npv_rx *rx);
	u32 (*readable)(const struct npv_subflow *sub);
	bool (*waits)(const struct npv_subflow *sub);
	void (*progress)(struct npv_subflow *sub, struct npv_progress *p);
	void (*measure)(const struct npv_subflow *sub, struct npv_measured *m);
	u32 (*overdue)(struct npv_subflow *sub);
	u32 (*srtt)(const struct npv_subflow *sub);
	u32 (*window_rtt)(const struct npv_subflow *sub);
	u32 (*unsent)(const struct npv_subflow *sub);
	u32 (*hold)(const struct npv_subflow *sub);
	u32 (*heard)(const struct npv_subflow *sub);
};

/**
 * struct npv_subflow - a stack of a native session, as the session sees it
 * @ops: those of its transport protocol
 * @stack: its socket, name and place
 * @nat: the session
 * @slot: its place in npv_native.slot
 * @status: enum npv_stack_status_ of the netlink spec. Session lock.
 * @backup: to be used only where no other is left. Session lock.
 * @paused: no data is to be sent
 * @peer_backup: as @backup, as the peer wants it
 * @peer_paused: as @paused, as the peer wants it
 * @leaving: it is about to be closed
 * @retiring: ... when all that is on it has arrived
 * @manual: an operator has added it
 * @status_fixed: ... has said whether it is a backup, or paused
 * @weight_fixed: ... has said what its weight is
 * @initiator: this side connected it
 * @wire_hello: HELLO or JOIN was sent
 * @rx_end: the peer closes this stack in order
 * @broken: it can't go on in order; npv_subflow_fail()
 * @rx_broken: what comes on it makes no sense any more
 * @confirm_wanted: JOIN_CONFIRM is to be sent
 * @pong_wanted: PONG is to be sent
 * @waiting: it wasn't idle when it was looked at last
 * @silent: nothing was acknowledged for too long, and there was no other stack
 * @join_at: when it began to join, jiffies
 * @err: positive errno that it goes down with, 0 in order. Session lock.
 * @weight: share that the scheduler "weighted" gives it, 1 to 1000: that of its
 *	endpoint, if nobody says another. Session lock.
 * @id: number of the stack that both sides know
 * @nonce: ours, in a JOIN
 * @confirm: the MAC that proves our keys
 * @pong: what a PING wants to have back
 * @status_seen: number of the last STATUS for it
 * @delivered: npv_progress.delivered when it was looked at last
 * @heard_at: when that had changed last, or it had been idle, jiffies
 * @suspect_at: when it was silent last, jiffies
 * @silence: how long it has been silent, at most since it was not suspect, jiffies
 * @bytes_sent: payload given to it
 * @bytes_received: payload that came
 * @reinjected: of @bytes_sent, what another stack had owed
 * @credit: of the scheduler
 * @rate: bytes a second that policy lets it send, 0: no limit
 * @metrics: how it does
 *
 * Part of what the transport protocol keeps: struct npv_tcp, struct npv_udp.
 */
struct npv_subflow {
	const struct npv_subflow_ops *ops;
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
	bool status_fixed;
	bool weight_fixed;
	bool initiator;
	bool wire_hello;
	bool rx_end;
	bool broken;
	bool rx_broken;
	bool confirm_wanted;
	bool pong_wanted;
	bool waiting;
	bool silent;
	unsigned long join_at;
	int err;
	u32 weight;
	u32 id;

	u8 nonce[NPV_NONCE_LEN];
	u8 confirm[NPV_MAC_LEN];
	u64 pong;
	u32 status_seen;
	u32 delivered;
	unsigned long heard_at;
	unsigned long suspect_at;
	unsigned long silence;
	u64 bytes_sent;
	u64 bytes_received;
	u64 reinjected;
	s64 credit;
	u64 rate;
	struct npv_metrics metrics;
};

static inline struct sock *npv_subflow_sk(const struct npv_subflow *sub)
{
	return sub->stack->sk;
}

static inline bool npv_subflow_is_tcp(const struct npv_subflow *sub)
{
	return sub->ops->protocol == IPPROTO_TCP;
}

/* Most stacks are TCP's: their calls need not be indirect ones. */
bool npv_tcp_has_room(const struct npv_subflow *sub);
int npv_tcp_send(struct npv_subflow *sub, struct msghdr *msg, size_t len,
		 u8 frame_flags);
int npv_tcp_receive(struct npv_subflow *sub, struct npv_rx *rx);
u32 npv_tcp_readable(const struct npv_subflow *sub);

/**
 * npv_subflow_has_room() - whether a stack can take payload now
 * @sub: the stack
 *
 * Context: session lock held.
 * Return: whether it can.
 */
static inline bool npv_subflow_has_room(const struct npv_subflow *sub)
{
	return INDIRECT_CALL_1(sub->ops->has_room, npv_tcp_has_room, sub);
}

/**
 * npv_subflow_send() - send payload on a stack
 * @sub: a stack with room
 * @msg: the payload; advanced by what was taken
 * @len: bytes of it, at least 1
 * @frame_flags: NPV_DATA_ACK_REQ or 0
 *
 * The bytes get the session's next numbers and are in its send queue.
 *
 * Context: process, session lock held, the stack's not. It may wait for the
 * program's memory, not for room.
 * Return: bytes taken, more than 0; -EAGAIN without room; -EFAULT; -ENOMEM; what
 * the transport protocol returns for a broken connection.
 */
static inline int npv_subflow_send(struct npv_subflow *sub, struct msghdr *msg,
				   size_t len, u8 frame_flags)
{
	return INDIRECT_CALL_1(sub->ops->send, npv_tcp_send, sub, msg, len,
			       frame_flags);
}

/* Bytes that a stack may have under way, about */
static inline u32 npv_subflow_hold(const struct npv_subflow *sub)
{
	if (likely(npv_subflow_is_tcp(sub)))
		return READ_ONCE(npv_subflow_sk(sub)->sk_sndbuf);
	return sub->ops->hold(sub);
}

/**
 * npv_subflow_readable() - what a stack has that is next in order
 * @sub: the stack, after npv_receive()
 *
 * Context: session lock held.
 * Return: bytes, those at its head only; more may lie behind them.
 */
static inline u32 npv_subflow_readable(const struct npv_subflow *sub)
{
	return INDIRECT_CALL_1(sub->ops->readable, npv_tcp_readable, sub);
}

/**
 * npv_subflow_resend() - send again what another stack owed
 * @sub: a stack with room
 * @chunk: bytes of the session's send queue, or its FIN
 *
 * Context: process, session lock held, the stack's not.
 * Return: 0 if it is under way; -ENOMEM; -EAGAIN; what the transport protocol
 * returns for a broken connection.
 */
static inline int npv_subflow_resend(struct npv_subflow *sub,
				     struct npv_chunk *chunk)
{
	return sub->ops->resend(sub, chunk);
}

/**
 * npv_subflow_send_frame() - send a control frame
 * @sub: the stack, connected
 * @f: the frame, any but DATA
 *
 * It goes at once, whatever the program thinks of Nagle's algorithm, and after what
 * is pending.
 *
 * Context: process, session lock held, the stack's not.
 * Return: 0; -ENOMEM; -EMSGSIZE for a frame that can't be; what the transport
 * protocol returns for a broken connection.
 */
static inline int npv_subflow_send_frame(struct npv_subflow *sub,
					 const struct npv_frame *f)
{
	return sub->ops->send_frame(sub, f, false);
}

/**
 * npv_subflow_hold_frame() - send a control frame with what comes next
 * @sub: the stack, connected
 * @f: the frame, any but DATA
 *
 * As npv_subflow_send_frame(), but together with the next frame;
 * npv_subflow_push() where none comes.
 *
 * Context: process, session lock held, the stack's not.
 * Return: as npv_subflow_send_frame().
 */
static inline int npv_subflow_hold_frame(struct npv_subflow *sub,
					 const struct npv_frame *f)
{
	return sub->ops->send_frame(sub, f, true);
}

bool npv_subflow_has_carrier(const struct npv_subflow *sub);
void npv_subflow_pace(struct npv_subflow *sub);
void npv_subflow_set_rate(struct npv_subflow *sub, u64 rate);
void npv_subflow_fail(struct npv_subflow *sub);
void npv_subflow_notify(struct npv_subflow *sub, unsigned long *mask);
void npv_subflow_arrived(struct npv_subflow *sub, bool data);
void npv_subflow_init(struct npv_subflow *sub, const struct npv_subflow_ops *ops,
		      struct npv_stack *stack);
void npv_subflow_place(struct npv_subflow *sub, struct npv_native *nat, u8 slot);
void npv_subflow_detach(struct npv_subflow *sub);
void npv_subflow_free(struct npv_subflow *sub);

#endif /* _NPV_SUBFLOW_H */
