// SPDX-License-Identifier: GPL-2.0
/*
 * The receiving side of native sessions: what becomes of the frames that their
 * stacks bring (stack_recv.c, udp_recv.c), and what the peer is told of them.
 *
 * Payload is pulled: it stays in TCP's queue until the program reads, and goes
 * from there straight to it when it is the next in order. What lies behind a gap
 * goes to the session's queue at once, so that no stack's queue fills up with
 * it; so does what is in order when nobody comes to read it, for a control frame
 * may lie behind.
 */

#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <net/tcp.h>

#include "assoc.h"
#include "announce.h"
#include "frame.h"
#include "handshake.h"
#include "native.h"
#include "netns.h"
#include "receive.h"
#include "session.h"
#include "stacks.h"
#include "subflow.h"

/* Hand out bytes in order. Return: how many were taken, or -errno. */
static int rx_deliver(struct npv_rx *rx, struct sk_buff *skb, unsigned int off,
		      unsigned int len)
{
	size_t n;

	if (rx->pipe)
		return skb_splice_bits(skb, npv_subflow_sk(rx->sub), off,
				       rx->pipe, len, 0);
	if (rx->bytes) {
		n = copy_to_iter(rx->bytes, len, &rx->msg->msg_iter);
		if (likely(n == len))
			return (int)len;
		/* All or nothing, as below */
		iov_iter_revert(&rx->msg->msg_iter, n);
		return -EFAULT;
	}
	return skb_copy_datagram_msg(skb, off, rx->msg, len) ?: (int)len;
}

/**
 * npv_receive_payload() - take in payload of a DATA frame
 * @rx: the look
 * @skb: where it is
 * @off: offset there
 * @len: number of bytes
 * @seq: number of the first
 *
 * Context: process, session lock held; TCP's as well.
 * Return: bytes used up, @len at most. What is left has to wait, with @rx->stop set.
 */
unsigned int npv_receive_payload(struct npv_rx *rx, struct sk_buff *skb,
				 unsigned int off, unsigned int len, u64 seq)
{
	struct npv_subflow *sub = rx->sub;
	struct npv_native *nat = sub->nat;
	struct npv_recvq *rq = &nat->recvq;
	int err, n;

	/* What is there already: a stack died, and another sent it again. */
	if (seq < rq->nxt) {
		len = min_t(u64, len, rq->nxt - seq);
		nat->dup_bytes += len;
		NPV_ADD(sock_net(&nat->nsk->sk), RECV_DUPLICATE_BYTES, len);
		/* Perhaps the ACK was lost with a stack. */
		set_bit(NPV_NF_ACK_NOW, &nat->flags);
		return len;
	}

	if (test_bit(NPV_NF_ORPHAN, &nat->flags)) {
		/* TCP resets as well when data comes after close(). */
		rx->err = -EPIPE;
		rx->stop = true;
		return 0;
	}

	if (seq == rq->nxt && !rx->drain) {
		len = min_t(size_t, len, rx->room);
		if (!len || npv_recvq_avail(rq)) {
			rx->stop = true;
			return 0;
		}
		n = rx_deliver(rx, skb, off, len);
		if (n <= 0) {
			rx->stop = true;
			rx->out = n;
			return 0;
		}
		rx->room -= n;
		rx->copied += n;
		npv_recvq_direct(rq, n);
		return n;
	}

	if (seq != rq->nxt)
		NPV_INC(sock_net(&nat->nsk->sk), RECV_OOO_FRAMES);
	err = npv_recvq_add(rq, &nat->nsk->sk, skb, off, len, seq);
	if (err) {
		/* It stays in TCP's queue, until there is memory. */
		rx->stop = true;
		nat->ack_at = (jiffies + (HZ / 50 ?: 1)) | 1;
		npv_native_timer(nat, nat->ack_at);
		return 0;
	}
	return len;
}

/**
 * npv_receive_data() - a DATA frame begins
 * @sub: the stack that it came on
 * @f: its numbers
 * @flags: NPV_DATA_*
 *
 * Context: process, session lock held; TCP's as well.
 * Return: 0 or -EPROTO.
 */
int npv_receive_data(struct npv_subflow *sub, const struct npv_frame_data *f,
		     u8 flags)
{
	struct npv_native *nat = sub->nat;

	/* Behind the edge, or behind its own end: a peer may do neither. */
	if (f->seq + f->len > nat->edge ||
	    f->seq + f->len > nat->recvq.fin)
		return -EPROTO;
	if (npv_sendq_ack(&nat->sendq, &nat->nsk->sk, f->ack) < 0)
		return -EPROTO;

	nat->recvq.seen = max(nat->recvq.seen, f->seq + f->len);
	nat->last_rx = sub->slot;
	if (flags & NPV_DATA_ACK_REQ)
		set_bit(NPV_NF_ACK_NOW, &nat->flags);
	return 0;
}

/**
 * npv_receive_window_frame() - ACK, or WINDOW, has come
 * @sub: the stack that it came on
 * @ack: the peer has all numbers before it
 * @edge: we may send those before it
 * @range: what else the peer has, ascending
 * @n: number of ranges
 *
 * Context: process, session lock held; TCP's as well.
 * Return: 0 or -EPROTO.
 */
int npv_receive_window_frame(struct npv_subflow *sub, u64 ack, u64 edge,
			     const struct npv_frame_range *range,
			     unsigned int n)
{
	struct npv_native *nat = sub->nat;

	if (npv_sendq_ack(&nat->sendq, &nat->nsk->sk, ack) < 0 ||
	    (n && range[n - 1].end > nat->sendq.nxt))
		return -EPROTO;
	if (edge > nat->sendq.edge)
		nat->sendq.edge = edge;
	if (n)
		npv_sendq_held(&nat->sendq, range, n);
	return 0;
}

static int rx_fin(struct npv_subflow *sub, const struct npv_frame *f)
{
	struct npv_native *nat = sub->nat;

	if (npv_sendq_ack(&nat->sendq, &nat->nsk->sk, f->data.ack) < 0)
		return -EPROTO;
	/* Nothing lies behind the end, nor is it on its way. */
	if (f->data.seq > nat->edge || f->data.seq < nat->recvq.seen)
		return -EPROTO;
	if (npv_recvq_end(&nat->recvq, f->data.seq))
		return -EPROTO;
	set_bit(NPV_NF_ACK_NOW, &nat->flags);
	return 0;
}

/**
 * npv_receive_frame() - obey a control frame
 * @sub: the stack that it came on
 * @f: the frame, any but DATA
 *
 * Context: process, session lock held; TCP's as well.
 * Return: 0 or -EPROTO.
 */
int npv_receive_frame(struct npv_subflow *sub, const struct npv_frame *f)
{
	/* Who asked for a session hears nothing before the answer. */
	if (!test_bit(NPV_NF_WELCOMED, &sub->nat->flags) &&
	    f->type != NPV_FRAME_WELCOME && f->type != NPV_FRAME_REFUSE &&
	    f->type != NPV_FRAME_CLOSE)
		return -EPROTO;
	/* Nothing but its own handshake before a stack is part of the session */
	if (sub->status == NPV_STACK_STATUS_JOINING &&
	    (f->type < NPV_FRAME_HELLO || f->type > NPV_FRAME_OFFER) &&
	    f->type != NPV_FRAME_CLOSE)
		return -EPROTO;

	switch (f->type) {
	case NPV_FRAME_ACK:
		return npv_receive_window_frame(sub, f->ack.ack, f->ack.edge,
						f->ack.range, f->ack.n);
	case NPV_FRAME_FIN:
		return rx_fin(sub, f);
	case NPV_FRAME_CLOSE:
		npv_stacks_closed(sub, f->aux);
		return 0;
	case NPV_FRAME_WELCOME:
	case NPV_FRAME_REFUSE:
	case NPV_FRAME_JOIN_ACK:
		return npv_handshake_frame(sub, f);
	case NPV_FRAME_STATUS:
		return npv_stacks_status(sub, f);
	case NPV_FRAME_ADDR_ADD:
	case NPV_FRAME_ADDR_DEL:
		return npv_announced(sub, f);
	case NPV_FRAME_PING:
		sub->pong = f->ping;
		sub->pong_wanted = true;
		return 0;
	case NPV_FRAME_PONG:
		return 0;
	case NPV_FRAME_SOURCE:
		if (!sub->nat->datagrams)
			return -EPROTO;
		npv_assoc_source(sub->nat, f);
		return 0;
	default:
		return f->type & NPV_FRAME_SKIP ? 0 : -EPROTO;
	}
}

/*
 * What the peer waits for. A struct npv_frame is large, and cleared by kernels that
 * clear the stack: not in receive().
 */
static noinline void rx_answer(struct npv_subflow *sub)
{
	if (sub->pong_wanted && !sub->ops->busy(sub)) {
		struct npv_frame pong = {
			.type = NPV_FRAME_PONG,
			.ping = sub->pong,
		};

		sub->pong_wanted = false;
		npv_subflow_send_frame(sub, &pong);
	}
	if (sub->confirm_wanted) {
		struct npv_frame confirm = { .type = NPV_FRAME_JOIN_CONFIRM };

		sub->confirm_wanted = false;
		memcpy(confirm.join.mac, sub->confirm, NPV_MAC_LEN);
		if (npv_subflow_send_frame(sub, &confirm))
			npv_subflow_fail(sub);
		else if (npv_subflow_is_tcp(sub))
			npv_stacks_up(sub);
		/* Over UDP it may be lost: who has got it says something. */
	}
}

static int receive(struct npv_rx *rx)
{
	struct npv_subflow *sub = rx->sub;

	if (sub->rx_broken)
		return 0;
	INDIRECT_CALL_1(sub->ops->receive, npv_tcp_receive, sub, rx);
	if (unlikely(sub->pong_wanted | sub->confirm_wanted))
		rx_answer(sub);
	if (likely(!rx->err))
		return rx->copied ?: rx->out;

	/* A stranger can't end the session, only its own stack. */
	if (rx->err == -EPROTO)
		sub->rx_broken = true;
	if (rx->err == -EPROTO && sub->status == NPV_STACK_STATUS_JOINING) {
		NPV_INC(sock_net(&sub->nat->nsk->sk), PROTOCOL_ERROR);
		npv_subflow_fail(sub);
	} else if (rx->err == -EPROTO) {
		NPV_INC(sock_net(&sub->nat->nsk->sk), PROTOCOL_ERROR);
		npv_native_close(sub->nat, NPV_CLOSE_PROTOCOL, EPROTO);
	} else if (rx->err == -EPIPE) {
		npv_native_close(sub->nat, NPV_CLOSE_RESET, ECONNRESET);
	} else if (rx->err == -ENOMEM) {
		sub->rx_broken = true;
		npv_subflow_fail(sub);
	}

	return rx->copied ?: rx->out;
}

/**
 * npv_receive() - take in what a stack has
 * @sub: the stack
 * @msg: where bytes in order go to; NULL: they stay where they are
 * @len: room there
 *
 * Control frames are obeyed, and what lies behind a gap is kept.
 *
 * Context: process, session lock held, the stack's not.
 * Return: bytes that @msg got; -EFAULT if it couldn't take any.
 */
int npv_receive(struct npv_subflow *sub, struct msghdr *msg, size_t len)
{
	struct npv_rx rx = {
		.sub	= sub,
		.msg	= msg,
		.room	= msg ? len : 0,
	};

	clear_bit(sub->slot, &sub->nat->rx_mask);
	/* What is set from here on is news. */
	smp_mb__after_atomic();
	return receive(&rx);
}

/**
 * npv_receive_pipe() - take in what a stack has, and put it into a pipe
 * @sub: the stack
 * @pipe: where bytes in order go to; locked
 * @len: bytes at most
 *
 * As npv_receive(); the pages go there, not copies.
 *
 * Context: process, session lock held, the stack's not.
 * Return: bytes that @pipe got, 0 if there were none or no memory; -EAGAIN if it is
 * full.
 */
int npv_receive_pipe(struct npv_subflow *sub, struct pipe_inode_info *pipe,
		     size_t len)
{
	struct npv_rx rx = {
		.sub	= sub,
		.pipe	= pipe,
		.room	= len,
	};

	clear_bit(sub->slot, &sub->nat->rx_mask);
	/* as npv_receive() does */
	smp_mb__after_atomic();
	return receive(&rx);
}

/**
 * npv_receive_ready() - whether a stack has bytes that are next in order
 * @sub: the stack, after npv_receive()
 *
 * Context: session lock held.
 * Return: whether it has, or may have behind something that was not looked at.
 */
bool npv_receive_ready(const struct npv_subflow *sub)
{
	return npv_subflow_readable(sub) ||
	       unlikely(sub->ops->waits && sub->ops->waits(sub));
}

/**
 * npv_receive_drain() - take in all that the stacks have
 * @nat: the session
 *
 * What is in order goes to the session's queue: for MSG_PEEK, before a stack is
 * closed, and where nobody reads but control frames may lie behind.
 *
 * Context: process, session lock held.
 */
void npv_receive_drain(struct npv_native *nat)
{
	u64 nxt, readable = npv_native_readable(nat);
	bool more = true, told = true;
	unsigned int i;

	/* What one stack brings may put in order what another has. */
	while (more) {
		nxt = nat->recvq.nxt;
		for (i = 0; i < NPV_STACKS_MAX; i++) {
			struct npv_rx rx = { .sub = nat->slot[i], .drain = true };

			if (!rx.sub)
				continue;
			if (rx.sub->ops->waits && rx.sub->ops->waits(rx.sub))
				told = false;
			clear_bit(i, &nat->rx_mask);
			/* as npv_receive() does */
			smp_mb__after_atomic();
			receive(&rx);
		}
		more = nat->recvq.nxt != nxt && !RB_EMPTY_ROOT(&nat->recvq.ooo);
	}
	/*
	 * It was told of when it came, but for what nobody had looked at. And who
	 * waits for so many bytes has counted those only that lay in one frame.
	 */
	if ((!told || (READ_ONCE(nat->nsk->sk.sk_rcvlowat) > 1 &&
		       !npv_record_wanted(&nat->nsk->sk))) &&
	    npv_native_readable(nat) > readable)
		set_bit(NPV_NF_UNTOLD, &nat->flags);
}

/* How well an ACK goes by a stack; 0: not at all */
static unsigned int ack_rank(const struct npv_subflow *sub)
{
	/* Behind what there is no room for it would be old when it leaves. */
	if (!sub || !npv_stacks_usable(sub) || sub->ops->busy(sub))
		return 0;
	return sub->status == NPV_STACK_STATUS_SUSPECT ? 1 : 2;
}

/* The stack that an ACK goes by: where data came from, or any that works. */
static struct npv_subflow *ack_stack(struct npv_native *nat)
{
	struct npv_subflow *best = nat->slot[nat->last_rx];
	unsigned int i;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX)
		if (ack_rank(nat->slot[i]) > ack_rank(best))
			best = nat->slot[i];
	return ack_rank(best) ? best : NULL;
}

/* How far the peer may send: what was read, and the window. */
static u64 window_edge(const struct npv_native *nat)
{
	/* The FIN needs no window, and its acknowledgment is behind the edge. */
	return max3(nat->edge, nat->recvq.copied + nat->rcvwin,
		    nat->recvq.nxt);
}

/* As with rx_answer(), not in npv_receive_ack(). */
static noinline void ack_send(struct npv_native *nat, u64 edge)
{
	struct npv_subflow *sub;
	struct npv_frame f;

	sub = ack_stack(nat);
	if (!sub) {
		/* npv_native_run() comes back to it when there is room. */
		set_bit(NPV_NF_ACK_NOW, &nat->flags);
		return;
	}
	nat->edge = edge;
	memset(&f, 0, offsetof(struct npv_frame, ack.range));
	f.type = NPV_FRAME_ACK;
	f.ack.ack = nat->recvq.nxt;
	f.ack.edge = edge;
	f.ack.n = npv_recvq_ranges(&nat->recvq, f.ack.range, NPV_RANGES_MAX);
	if (npv_subflow_send_frame(sub, &f)) {
		npv_subflow_fail(sub);
		set_bit(NPV_NF_ACK_NOW, &nat->flags);
		return;
	}
	NPV_INC(sock_net(&nat->nsk->sk), ACK_SENT);
	nat->ack_sent = nat->recvq.nxt;
	nat->edge_sent = edge;
	nat->ack_at = 0;
	/* It may be lost with its stack. */
	npv_stacks_watch(nat);
}

/**
 * npv_receive_ack() - acknowledge what was received, if that is due
 * @nat: the session
 * @now: it is
 *
 * Context: process, session lock held.
 */
void npv_receive_ack(struct npv_native *nat, bool now)
{
	u64 edge = window_edge(nat);
	u64 news = nat->recvq.nxt - nat->ack_sent;
	u64 step = min_t(u64, NPV_ACK_BYTES, nat->rcvwin / 4);

	if (test_and_clear_bit(NPV_NF_ACK_NOW, &nat->flags))
		now = true;
	/* The last one is under way on every stack, with nothing behind it. */
	if (unlikely(test_bit(NPV_NF_FINISHED, &nat->flags)))
		return;
	if (!now && news < step && edge - nat->edge_sent < step) {
		/* An old deadline is as good as a new one. */
		if (news && !nat->ack_at) {
			nat->ack_at = (jiffies +
				       msecs_to_jiffies(NPV_ACK_DELAY_MS)) | 1;
			npv_native_timer(nat, nat->ack_at);
		}
		return;
	}

	ack_send(nat, edge);
}

/**
 * npv_receive_last_ack() - acknowledge all that was received, on every stack
 * @nat: a session of which both sides have all
 *
 * Whatever becomes of the other stacks, the peer learns from the last bytes of
 * each that it is done, before that stack ends.
 *
 * Context: process, session lock held.
 */
void npv_receive_last_ack(struct npv_native *nat)
{
	struct npv_frame f = {
		.type		= NPV_FRAME_ACK,
		.ack.ack	= nat->recvq.nxt,
		.ack.edge	= window_edge(nat),
	};
	unsigned int i;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		if (!npv_stacks_usable(nat->slot[i]))
			continue;
		if (npv_subflow_send_frame(nat->slot[i], &f))
			npv_subflow_fail(nat->slot[i]);
		else
			NPV_INC(sock_net(&nat->nsk->sk), ACK_SENT);
	}
	nat->ack_sent = nat->recvq.nxt;
	nat->ack_at = 0;
	clear_bit(NPV_NF_ACK_NOW, &nat->flags);
}

/**
 * npv_receive_window() - let the receive window follow what the program reads
 * @nat: the session
 *
 * As TCP's Dynamic Right-Sizing, over the round-trip time of the slowest stack
 * that is in use: the window is twice what is read in it.
 *
 * Context: process, session lock held.
 */
void npv_receive_window(struct npv_native *nat)
{
	const struct net *net = sock_net(&nat->nsk->sk);
	u64 now, read, max;
	u32 srtt, rtt = 1000;
	unsigned int i;

	/* Little was read: the window can't have been in the way. */
	if (nat->recvq.copied - nat->win_copied < nat->rcvwin / 4 ||
	    nat->nsk->sk.sk_userlocks & SOCK_RCVBUF_LOCK)
		return;
	now = tcp_clock_us();
	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		if (!npv_stacks_usable(nat->slot[i]))
			continue;
		srtt = nat->slot[i]->ops->window_rtt(nat->slot[i]);
		rtt = max(rtt, srtt);
	}
	if (now - nat->win_start < rtt)
		return;

	/* What took several round trips says how much is read in one. */
	read = nat->recvq.copied - nat->win_copied;
	read = div64_u64(read * rtt, now - nat->win_start);
	max = (u64)READ_ONCE(net->ipv4.sysctl_tcp_rmem[2]) *
	      (nat->several ? 4 : 2);
	/* Several stacks of unlike delay need more, for what lies behind gaps */
	read = min(read * (nat->several ? 4 : 3), max);
	if (read > nat->rcvwin)
		nat->rcvwin = read;
	nat->win_start = now;
	nat->win_copied = nat->recvq.copied;
}
