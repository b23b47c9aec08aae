// SPDX-License-Identifier: GPL-2.0
/*
 * The receiving side of native sessions: frames out of the stacks' TCP queues.
 *
 * Payload is pulled: it stays in TCP's queue until the program reads, and goes
 * from there straight to it when it is the next in order. What lies behind a gap
 * goes to the session's queue at once, so that no stack's queue fills up with
 * it; so does what is in order when nobody comes to read it, for a control frame
 * may lie behind.
 */

#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/tcp.h>

#include "compose.h"
#include "frame.h"
#include "handshake.h"
#include "native.h"
#include "netns.h"
#include "receive.h"
#include "session.h"
#include "stack_tcp.h"
#include "stacks.h"

/**
 * struct rx - one look at a stack's queue
 * @tcp: the stack
 * @msg: where bytes in order go to, or NULL
 * @pipe: where they go to else, locked, or NULL; with neither they stay
 * @room: bytes that @msg or @pipe still takes
 * @copied: bytes that it got
 * @drain: keep what is in order in the session's queue
 * @stop: what is next has to wait
 * @err: -errno that ends the stack
 * @out: -errno of @msg or @pipe
 */
struct rx {
	struct npv_tcp *tcp;
	struct msghdr *msg;
	struct pipe_inode_info *pipe;
	size_t room;
	size_t copied;
	bool drain;
	bool stop;
	int err;
	int out;
};

/* Hand out bytes in order. Return: how many were taken, or -errno. */
static int rx_deliver(struct rx *rx, struct sk_buff *skb, unsigned int off,
		      unsigned int len)
{
	if (rx->pipe)
		return skb_splice_bits(skb, npv_tcp_sk(rx->tcp), off, rx->pipe,
				       len, 0);
	return skb_copy_datagram_msg(skb, off, rx->msg, len) ?: (int)len;
}

/* Payload of a DATA frame. Return: bytes used up. */
static unsigned int rx_payload(struct rx *rx, struct sk_buff *skb,
			       unsigned int off, unsigned int len)
{
	struct npv_tcp *tcp = rx->tcp;
	struct npv_native *nat = tcp->nat;
	struct npv_recvq *rq = &nat->recvq;
	int err, n;

	/* What is there already: a stack died, and another sent it again. */
	if (tcp->rx_seq < rq->nxt) {
		len = min_t(u64, len, rq->nxt - tcp->rx_seq);
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

	if (tcp->rx_seq == rq->nxt && !rx->drain) {
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

	if (tcp->rx_seq != rq->nxt)
		NPV_INC(sock_net(&nat->nsk->sk), RECV_OOO_FRAMES);
	err = npv_recvq_add(rq, &nat->nsk->sk, skb, off, len, tcp->rx_seq);
	if (err) {
		/* It stays in TCP's queue, until there is memory. */
		rx->stop = true;
		nat->ack_at = (jiffies + (HZ / 50 ?: 1)) | 1;
		npv_native_timer(nat, nat->ack_at);
		return 0;
	}
	return len;
}

/* A DATA frame begins. */
static int rx_data(struct npv_tcp *tcp, const struct npv_frame_data *f,
		   u8 flags)
{
	struct npv_native *nat = tcp->nat;

	/* Behind the edge, or behind its own end: a peer may do neither. */
	if (f->seq + f->len > nat->edge ||
	    f->seq + f->len > nat->recvq.fin)
		return -EPROTO;
	if (npv_sendq_ack(&nat->sendq, &nat->nsk->sk, f->ack) < 0)
		return -EPROTO;

	nat->recvq.seen = max(nat->recvq.seen, f->seq + f->len);
	tcp->rx_seq = f->seq;
	WRITE_ONCE(tcp->rx_left, f->len);
	nat->last_rx = tcp->slot;
	if (flags & NPV_DATA_ACK_REQ)
		set_bit(NPV_NF_ACK_NOW, &nat->flags);
	return 0;
}

static int rx_ack(struct npv_tcp *tcp, const struct npv_frame *f)
{
	struct npv_native *nat = tcp->nat;

	if (npv_sendq_ack(&nat->sendq, &nat->nsk->sk, f->ack.ack) < 0 ||
	    (f->ack.n && f->ack.range[f->ack.n - 1].end > nat->sendq.nxt))
		return -EPROTO;
	if (f->ack.edge > nat->sendq.edge)
		nat->sendq.edge = f->ack.edge;
	if (f->ack.n)
		npv_sendq_held(&nat->sendq, f->ack.range, f->ack.n);
	return 0;
}

static int rx_fin(struct npv_tcp *tcp, const struct npv_frame *f)
{
	struct npv_native *nat = tcp->nat;

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

static int rx_frame(struct rx *rx, const struct npv_frame *f)
{
	struct npv_tcp *tcp = rx->tcp;

	/* Who asked for a session hears nothing before the answer. */
	if (!test_bit(NPV_NF_WELCOMED, &tcp->nat->flags) &&
	    f->type != NPV_FRAME_WELCOME && f->type != NPV_FRAME_REFUSE &&
	    f->type != NPV_FRAME_CLOSE)
		return -EPROTO;
	/* Nothing but its own handshake before a stack is part of the session */
	if (tcp->status == NPV_STACK_STATUS_JOINING &&
	    (f->type < NPV_FRAME_HELLO || f->type > NPV_FRAME_OFFER) &&
	    f->type != NPV_FRAME_CLOSE)
		return -EPROTO;

	switch (f->type) {
	case NPV_FRAME_DATA:
		return rx_data(tcp, &f->data, f->flags);
	case NPV_FRAME_ACK:
		return rx_ack(tcp, f);
	case NPV_FRAME_FIN:
		return rx_fin(tcp, f);
	case NPV_FRAME_CLOSE:
		npv_stacks_closed(tcp, f->aux);
		return 0;
	case NPV_FRAME_WELCOME:
	case NPV_FRAME_REFUSE:
	case NPV_FRAME_JOIN_ACK:
		return npv_handshake_frame(tcp, f);
	case NPV_FRAME_STATUS:
		return npv_stacks_status(tcp, f);
	case NPV_FRAME_ADDR_ADD:
	case NPV_FRAME_ADDR_DEL:
		return npv_compose_addrs(tcp, f);
	case NPV_FRAME_PING:
		tcp->pong = f->ping;
		tcp->pong_wanted = true;
		return 0;
	case NPV_FRAME_PONG:
		return 0;
	default:
		return f->type & NPV_FRAME_SKIP ? 0 : -EPROTO;
	}
}

/*
 * The head of a DATA frame that lies in one piece: the usual case.
 * Return: whether it was, and the frame has begun.
 */
static bool rx_data_head(struct rx *rx, struct sk_buff *skb, unsigned int off)
{
	u8 buf[NPV_FRAME_DATA_HDR] __uninitialized;
	struct npv_frame_data f __uninitialized;
	const u8 *head;

	head = skb_header_pointer(skb, off, sizeof(buf), buf);
	if (!head || !npv_frame_decode_data(&f, head))
		return false;
	if (rx->tcp->status == NPV_STACK_STATUS_JOINING ||
	    !test_bit(NPV_NF_WELCOMED, &rx->tcp->nat->flags))
		rx->err = -EPROTO;
	else
		rx->err = rx_data(rx->tcp, &f, head[1]);
	return true;
}

/*
 * Bytes of a control frame, or of a head that comes in pieces. A struct npv_frame
 * is large, and cleared by kernels that clear the stack: not for each DATA frame.
 * Return: bytes used up.
 */
static noinline unsigned int rx_control(struct rx *rx, struct sk_buff *skb,
					unsigned int off, unsigned int len)
{
	struct npv_tcp *tcp = rx->tcp;
	struct npv_frame f;
	unsigned int n;
	u8 *buf;
	int ret;

	if (!tcp->rx_have)
		tcp->rx_need = NPV_FRAME_HDR;
	buf = tcp->rx_ctl ?: tcp->rx_hdr;
	n = min_t(unsigned int, len, tcp->rx_need - tcp->rx_have);
	if (skb_copy_bits(skb, off, buf + tcp->rx_have, n)) {
		rx->err = -EPROTO;
		return 0;
	}
	tcp->rx_have += n;
	if (tcp->rx_have < tcp->rx_need)
		return n;

	ret = npv_frame_decode(&f, buf, tcp->rx_have);
	if (ret == NPV_FRAME_SHORT) {
		tcp->rx_need = npv_frame_need(buf, tcp->rx_have);
		if (tcp->rx_need > sizeof(tcp->rx_hdr) && !tcp->rx_ctl) {
			tcp->rx_ctl = kmalloc(NPV_FRAME_CTRL_MAX, GFP_KERNEL);
			if (!tcp->rx_ctl) {
				rx->err = -ENOMEM;
				return n;
			}
			memcpy(tcp->rx_ctl, tcp->rx_hdr, tcp->rx_have);
		}
		return n;
	}

	tcp->rx_have = 0;
	kfree(tcp->rx_ctl);
	tcp->rx_ctl = NULL;
	if (ret == NPV_FRAME_BAD)
		rx->err = -EPROTO;
	else
		rx->err = rx_frame(rx, &f);
	return n;
}

/* Bytes of a frame's head, or of a control frame. Return: bytes used up. */
static unsigned int rx_head(struct rx *rx, struct sk_buff *skb,
			    unsigned int off, unsigned int len)
{
	if (!rx->tcp->rx_have && len >= NPV_FRAME_DATA_HDR &&
	    rx_data_head(rx, skb, off))
		return NPV_FRAME_DATA_HDR;
	return rx_control(rx, skb, off, len);
}

/* sk_read_actor_t of npv_receive() */
static int rx_actor(read_descriptor_t *desc, struct sk_buff *skb,
		    unsigned int off, size_t len)
{
	struct rx *rx = desc->arg.data;
	struct npv_tcp *tcp = rx->tcp;
	unsigned int used = 0, n;

	while (used < len && !rx->stop && !rx->err) {
		if (tcp->rx_left) {
			n = min_t(size_t, tcp->rx_left, len - used);
			n = rx_payload(rx, skb, off + used, n);
			WRITE_ONCE(tcp->rx_left, tcp->rx_left - n);
			tcp->rx_seq += n;
			tcp->bytes_received += n;
		} else {
			n = rx_head(rx, skb, off + used, len - used);
		}
		used += n;
	}
	/* Nothing can come behind the last one meanwhile: spare TCP the look. */
	if (rx->stop || rx->err ||
	    TCP_SKB_CB(skb)->end_seq == tcp_sk(npv_tcp_sk(tcp))->rcv_nxt)
		desc->count = 0;

	return used;
}

/* What the peer waits for. As with rx_control(), not in receive(). */
static noinline void rx_answer(struct npv_tcp *tcp)
{
	if (tcp->pong_wanted && list_empty(&tcp->pending)) {
		struct npv_frame pong = {
			.type = NPV_FRAME_PONG,
			.ping = tcp->pong,
		};

		tcp->pong_wanted = false;
		npv_tcp_send_frame(tcp, &pong);
	}
	if (tcp->confirm_wanted) {
		struct npv_frame confirm = { .type = NPV_FRAME_JOIN_CONFIRM };

		tcp->confirm_wanted = false;
		memcpy(confirm.join.mac, tcp->confirm, NPV_MAC_LEN);
		if (npv_tcp_send_frame(tcp, &confirm))
			npv_tcp_fail(tcp);
		else
			npv_stacks_up(tcp);
	}
}

static int receive(struct rx *rx)
{
	struct npv_tcp *tcp = rx->tcp;
	struct sock *sk = npv_tcp_sk(tcp);
	read_descriptor_t desc = {
		.arg.data	= rx,
		.count		= 1,
	};

	if (tcp->rx_broken)
		return 0;
	lock_sock(sk);
	tcp_read_sock(sk, &desc, rx_actor);
	release_sock(sk);

	if (unlikely(tcp->pong_wanted | tcp->confirm_wanted))
		rx_answer(tcp);
	if (likely(!rx->err))
		return rx->copied ?: rx->out;

	/* A stranger can't end the session, only its own stack. */
	if (rx->err == -EPROTO)
		tcp->rx_broken = true;
	if (rx->err == -EPROTO && tcp->status == NPV_STACK_STATUS_JOINING) {
		NPV_INC(sock_net(&tcp->nat->nsk->sk), PROTOCOL_ERROR);
		npv_tcp_fail(tcp);
	} else if (rx->err == -EPROTO) {
		NPV_INC(sock_net(&tcp->nat->nsk->sk), PROTOCOL_ERROR);
		npv_native_close(tcp->nat, NPV_CLOSE_PROTOCOL, EPROTO);
	} else if (rx->err == -EPIPE) {
		npv_native_close(tcp->nat, NPV_CLOSE_RESET, ECONNRESET);
	} else if (rx->err == -ENOMEM) {
		tcp->rx_broken = true;
		npv_tcp_fail(tcp);
	}

	return rx->copied ?: rx->out;
}

/**
 * npv_receive() - take in what a stack has
 * @tcp: the stack
 * @msg: where bytes in order go to; NULL: they stay where they are
 * @len: room there
 *
 * Control frames are obeyed, and what lies behind a gap is kept.
 *
 * Context: process, session lock held, the stack's not.
 * Return: bytes that @msg got; -EFAULT if it couldn't take any.
 */
int npv_receive(struct npv_tcp *tcp, struct msghdr *msg, size_t len)
{
	struct rx rx = {
		.tcp	= tcp,
		.msg	= msg,
		.room	= msg ? len : 0,
	};

	clear_bit(tcp->slot, &tcp->nat->rx_mask);
	/* What is set from here on is news. */
	smp_mb__after_atomic();
	return receive(&rx);
}

/**
 * npv_receive_pipe() - take in what a stack has, and put it into a pipe
 * @tcp: the stack
 * @pipe: where bytes in order go to; locked
 * @len: bytes at most
 *
 * As npv_receive(); the pages go there, not copies.
 *
 * Context: process, session lock held, the stack's not.
 * Return: bytes that @pipe got, 0 if there were none or no memory; -EAGAIN if it is
 * full.
 */
int npv_receive_pipe(struct npv_tcp *tcp, struct pipe_inode_info *pipe,
		     size_t len)
{
	struct rx rx = {
		.tcp	= tcp,
		.pipe	= pipe,
		.room	= len,
	};

	clear_bit(tcp->slot, &tcp->nat->rx_mask);
	/* as npv_receive() does */
	smp_mb__after_atomic();
	return receive(&rx);
}

/**
 * npv_receive_ready() - whether a stack has bytes that are next in order
 * @tcp: the stack, after npv_receive()
 *
 * Context: session lock held.
 * Return: whether it has.
 */
bool npv_receive_ready(const struct npv_tcp *tcp)
{
	const struct tcp_sock *tp = tcp_sk(npv_tcp_sk(tcp));

	return tcp->rx_left && tcp->rx_seq == tcp->nat->recvq.nxt &&
	       READ_ONCE(tp->rcv_nxt) != READ_ONCE(tp->copied_seq);
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
	bool more = true;
	unsigned int i;

	/* What one stack brings may put in order what another has. */
	while (more) {
		nxt = nat->recvq.nxt;
		for (i = 0; i < NPV_STACKS_MAX; i++) {
			struct rx rx = { .tcp = nat->slot[i], .drain = true };

			if (!rx.tcp)
				continue;
			clear_bit(i, &nat->rx_mask);
			/* as npv_receive() does */
			smp_mb__after_atomic();
			receive(&rx);
		}
		more = nat->recvq.nxt != nxt && !RB_EMPTY_ROOT(&nat->recvq.ooo);
	}
	/*
	 * It was told of when it came. But who waits for so many bytes has counted
	 * those only that lay in one frame.
	 */
	if (READ_ONCE(nat->nsk->sk.sk_rcvlowat) > 1 &&
	    npv_native_readable(nat) > readable)
		set_bit(NPV_NF_UNTOLD, &nat->flags);
}

/* How well an ACK goes by a stack; 0: not at all */
static unsigned int ack_rank(const struct npv_tcp *tcp)
{
	/* Behind what TCP has no room for it would be old when it leaves. */
	if (!tcp || !npv_stacks_usable(tcp) || !list_empty(&tcp->pending))
		return 0;
	return tcp->status == NPV_STACK_STATUS_SUSPECT ? 1 : 2;
}

/* The stack that an ACK goes by: where data came from, or any that works. */
static struct npv_tcp *ack_stack(struct npv_native *nat)
{
	struct npv_tcp *best = nat->slot[nat->last_rx];
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

/* As with rx_control(), not in npv_receive_ack(). */
static noinline void ack_send(struct npv_native *nat, u64 edge)
{
	struct npv_tcp *tcp;
	struct npv_frame f;

	tcp = ack_stack(nat);
	if (!tcp) {
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
	if (npv_tcp_send_frame(tcp, &f)) {
		npv_tcp_fail(tcp);
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
		if (npv_tcp_send_frame(nat->slot[i], &f))
			npv_tcp_fail(nat->slot[i]);
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
		srtt = READ_ONCE(tcp_sk(npv_tcp_sk(nat->slot[i]))->srtt_us);
		rtt = max(rtt, srtt >> 3);
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
