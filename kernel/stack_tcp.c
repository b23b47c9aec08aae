// SPDX-License-Identifier: GPL-2.0
/*
 * A stack of a native session: frames over a TCP socket. How it comes and goes,
 * what it can take, and its callbacks; stack_send.c and stack_recv.c do the rest.
 */

#include <linux/slab.h>
#include <net/tcp.h>

#include "native.h"
#include "netns.h"
#include "session.h"
#include "stack_tcp.h"

/*
 * With several stacks: bytes that one may hold back, at least. As many as it sends
 * in 16 ms, within these limits; TCP sends the larger number at a time.
 */
#define UNSENT_MIN	(8 * 1024)
#define UNSENT_BURST	(64 * 1024)
#define UNSENT_SHIFT	6

static struct kmem_cache *tcp_cache __ro_after_init;

/**
 * npv_tcp_has_room() - npv_subflow_ops.has_room of TCP
 * @sub: the stack
 *
 * Context: session lock held.
 * Return: whether it can take payload.
 */
bool npv_tcp_has_room(const struct npv_subflow *sub)
{
	const struct npv_tcp *tcp = npv_tcp(sub);
	const struct sock *sk = npv_tcp_sk(tcp);
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 unsent, limit, burst;

	if (!list_empty(&tcp->pending) || !npv_tcp_can_send(sk) ||
	    !sk_stream_memory_free(sk))
		return false;
	if (!sub->nat->several)
		return true;
	if (!npv_subflow_has_carrier(sub)) {
		/* Composition takes it away. */
		set_bit(NPV_NF_COMPOSE, &sub->nat->flags);
		npv_native_kick(sub->nat);
		return false;
	}

	unsent = READ_ONCE(tp->write_seq) - READ_ONCE(tp->snd_nxt);
	limit = (READ_ONCE(tp->snd_nxt) - READ_ONCE(tp->snd_una)) / 8;
	burst = clamp_t(unsigned long,
			READ_ONCE(sk->sk_pacing_rate) >> UNSENT_SHIFT,
			UNSENT_MIN, UNSENT_BURST);
	return unsent < max(limit, burst);
}

/**
 * npv_tcp_want_room() - have a stack tell when it can take more
 * @sub: the stack
 *
 * Context: session lock held.
 */
void npv_tcp_want_room(struct npv_subflow *sub)
{
	set_bit(SOCK_NOSPACE, &npv_subflow_sk(sub)->sk_socket->flags);
}

/*
 * Callbacks. They come with the stack's lock held, from softirq or its
 * backlog, and only leave word for the session.
 */

/* Whether what comes next concerns who reads; a guess is enough. */
static bool head_is_data(struct npv_tcp *tcp, struct sock *sk)
{
	struct sk_buff *skb;
	u32 off;
	u8 type;

	if (READ_ONCE(tcp->rx_left))
		return true;
	if (READ_ONCE(tcp->rx_have))
		return tcp->rx_hdr[0] == NPV_FRAME_DATA;
	skb = tcp_recv_skb(sk, tcp_sk(sk)->copied_seq, &off);
	if (!skb || off >= skb->len || npv_tcp_peek(skb, off, &type, 1))
		return false;
	return type == NPV_FRAME_DATA;
}

static void stack_data_ready(struct sock *sk)
{
	struct npv_tcp *tcp;

	read_lock_bh(&sk->sk_callback_lock);
	tcp = __locked_read_sk_user_data_with_flags(sk, 0);
	if (tcp)
		npv_subflow_arrived(&tcp->sub, head_is_data(tcp, sk));
	read_unlock_bh(&sk->sk_callback_lock);
}

static void stack_write_space(struct sock *sk)
{
	struct npv_tcp *tcp;

	read_lock_bh(&sk->sk_callback_lock);
	tcp = __locked_read_sk_user_data_with_flags(sk, 0);
	/* TCP asks for a third to be free; with many stacks we ask for less */
	if (tcp && (sk_stream_is_writeable(sk) ||
		    (READ_ONCE(tcp->sub.nat->several) &&
		     sk_stream_memory_free(sk)))) {
		clear_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		npv_subflow_notify(&tcp->sub, &tcp->sub.nat->tx_mask);
	}
	read_unlock_bh(&sk->sk_callback_lock);
}

static void stack_state_change(struct sock *sk)
{
	struct npv_tcp *tcp;

	read_lock_bh(&sk->sk_callback_lock);
	tcp = __locked_read_sk_user_data_with_flags(sk, 0);
	if (tcp)
		npv_subflow_notify(&tcp->sub, &tcp->sub.nat->dead_mask);
	read_unlock_bh(&sk->sk_callback_lock);
}

static void stack_error_report(struct sock *sk)
{
	stack_state_change(sk);
}

/* Give back what the stack keeps for payload to come. */
static void tcp_idle(struct npv_subflow *sub)
{
	struct sock *sk = npv_subflow_sk(sub);

	if (!sk->sk_frag.page)
		return;
	lock_sock(sk);
	put_page(sk->sk_frag.page);
	sk->sk_frag.page = NULL;
	npv_tcp(sub)->tx_page = NULL;
	release_sock(sk);
}

static bool tcp_busy(const struct npv_subflow *sub)
{
	return !list_empty(&npv_tcp(sub)->pending);
}

static void tcp_finish(struct npv_subflow *sub)
{
	kernel_sock_shutdown(sub->stack->sock, SHUT_WR);
}

static void tcp_progress(struct npv_subflow *sub, struct npv_progress *p)
{
	struct sock *sk = npv_subflow_sk(sub);
	const struct tcp_sock *tp = tcp_sk(sk);

	p->dead = false;
	p->idle = READ_ONCE(tp->snd_una) == READ_ONCE(tp->snd_nxt);
	p->srtt_us = READ_ONCE(tp->srtt_us) >> 3;
	/* Its own, not TCP's rttvar, which is no less than the least RTO */
	p->rttvar_us = READ_ONCE(tp->mdev_us) >> 2;
	p->packets_out = READ_ONCE(tp->packets_out);
	p->retransmits = READ_ONCE(inet_csk(sk)->icsk_retransmits);
	/* What a lost segment holds back in sequence comes behind it all the same. */
	p->delivered = READ_ONCE(tp->delivered);
}

/**
 * npv_tcp_measure() - what a TCP connection has counted and measured
 * @sk: the connection
 * @m: filled in
 *
 * There is no hook for each sample of the round-trip time: this is that of the
 * packet that was sent last of those that the peer had (RACK's).
 *
 * Context: any; the values need not be of the same moment.
 */
void npv_tcp_measure(const struct sock *sk, struct npv_measured *m)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 delivered = READ_ONCE(tp->rate_delivered);
	u32 interval_us = READ_ONCE(tp->rate_interval_us);

	*m = (struct npv_measured) {
		.delivered	= READ_ONCE(tp->delivered),
		/* What was sent again and had arrived before was late, not lost. */
		.lost		= READ_ONCE(tp->lost) - READ_ONCE(tp->dsack_dups),
		.retransmits	= READ_ONCE(tp->total_retrans),
		.cwnd		= READ_ONCE(tp->snd_cwnd),
		.rtt_us		= READ_ONCE(tp->rack.rtt_us),
		.rttvar_us	= READ_ONCE(tp->mdev_us) >> 2,
	};
	if (delivered && interval_us)
		m->rate = div_u64((u64)delivered * READ_ONCE(tp->mss_cache) *
				  USEC_PER_SEC, interval_us);
}

/**
 * npv_tcp_loss() - what a TCP connection has lost since it began
 * @sk: the connection
 *
 * Context: any.
 * Return: of a million packets so many.
 */
u32 npv_tcp_loss(const struct sock *sk)
{
	struct npv_measured m;
	u32 lost;

	npv_tcp_measure(sk, &m);
	lost = max_t(s32, m.lost, 0);

	return lost ? div64_u64((u64)lost * NPV_PPM, (u64)m.delivered + lost) : 0;
}

/**
 * npv_tcp_heard() - when something came on a TCP connection last
 * @sk: the connection
 *
 * Context: any.
 * Return: jiffies.
 */
u32 npv_tcp_heard(const struct sock *sk)
{
	u32 acked = READ_ONCE(tcp_sk(sk)->rcv_tstamp);
	u32 data = READ_ONCE(inet_csk(sk)->icsk_ack.lrcvtime);

	/* What acknowledges nothing new need not count as an ACK. */
	return data && after(data, acked) ? data : acked;
}

static void tcp_measure(const struct npv_subflow *sub, struct npv_measured *m)
{
	npv_tcp_measure(npv_subflow_sk(sub), m);
}

static u32 tcp_overdue(struct npv_subflow *sub)
{
	struct sock *sk = npv_subflow_sk(sub);
	const struct sk_buff *skb;
	u64 age = 0;

	lock_sock(sk);
	skb = tcp_rtx_queue_head(sk);
	if (skb)
		age = tcp_clock_us() - tcp_skb_timestamp_us(skb);
	release_sock(sk);

	return min_t(u64, age, U32_MAX);
}

static u32 tcp_srtt(const struct npv_subflow *sub)
{
	return READ_ONCE(tcp_sk(npv_subflow_sk(sub))->srtt_us) >> 3;
}

static u32 tcp_unsent(const struct npv_subflow *sub)
{
	const struct tcp_sock *tp = tcp_sk(npv_subflow_sk(sub));

	return READ_ONCE(tp->write_seq) - READ_ONCE(tp->snd_nxt);
}

static u32 tcp_hold(const struct npv_subflow *sub)
{
	return READ_ONCE(npv_subflow_sk(sub)->sk_sndbuf);
}

static u32 tcp_heard(const struct npv_subflow *sub)
{
	return npv_tcp_heard(npv_subflow_sk(sub));
}

static void tcp_detach(struct npv_subflow *sub)
{
	struct npv_tcp *tcp = npv_tcp(sub);
	struct sock *sk = npv_tcp_sk(tcp);

	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_data_ready = tcp->data_ready;
	sk->sk_write_space = tcp->write_space;
	sk->sk_state_change = tcp->state_change;
	sk->sk_error_report = tcp->error_report;
	rcu_assign_sk_user_data(sk, NULL);
	write_unlock_bh(&sk->sk_callback_lock);
}

static void tcp_free(struct npv_subflow *sub)
{
	struct npv_tcp *tcp = npv_tcp(sub);

	npv_tcp_drop_pending(sub);
	kfree(tcp->rx_ctl);
	kmem_cache_free(tcp_cache, tcp);
}

const struct npv_subflow_ops npv_tcp_ops = {
	.protocol	= IPPROTO_TCP,
	.detach		= tcp_detach,
	.free		= tcp_free,
	.has_room	= npv_tcp_has_room,
	.want_room	= npv_tcp_want_room,
	.busy		= tcp_busy,
	.send		= npv_tcp_send,
	.resend		= npv_tcp_resend,
	.send_frame	= npv_tcp_send_frame,
	.push		= npv_tcp_push,
	.flush		= npv_tcp_flush,
	.unsend		= npv_tcp_drop_pending,
	.idle		= tcp_idle,
	.finish		= tcp_finish,
	.receive	= npv_tcp_receive,
	.readable	= npv_tcp_readable,
	.progress	= tcp_progress,
	.measure	= tcp_measure,
	.overdue	= tcp_overdue,
	.srtt		= tcp_srtt,
	.window_rtt	= tcp_srtt,
	.unsent		= tcp_unsent,
	.hold		= tcp_hold,
	.heard		= tcp_heard,
};

/**
 * npv_tcp_create() - make what a stack of a native session over TCP needs
 * @stack: from npv_stack_create() or accepted; it stays the caller's if this
 *	fails. May be filled in later, before npv_tcp_attach().
 * @gfp: how to allocate
 *
 * Return: it, for npv_subflow_free(), or NULL without memory.
 */
struct npv_subflow *npv_tcp_create(struct npv_stack *stack, gfp_t gfp)
{
	struct npv_tcp *tcp;

	tcp = kmem_cache_zalloc(tcp_cache, gfp);
	if (!tcp)
		return NULL;
	npv_subflow_init(&tcp->sub, &npv_tcp_ops, stack);
	INIT_LIST_HEAD(&tcp->pending);
	return &tcp->sub;
}

/**
 * npv_tcp_attach() - make a stack part of a native session
 * @sub: the stack, of TCP
 * @nat: the session
 * @slot: a free place there
 *
 * Context: process, session lock held, the stack's not.
 */
void npv_tcp_attach(struct npv_subflow *sub, struct npv_native *nat, u8 slot)
{
	struct npv_tcp *tcp = npv_tcp(sub);
	struct sock *sk = npv_tcp_sk(tcp);

	npv_subflow_place(sub, nat, slot);
	lock_sock(sk);
	/* It is the session that lingers, and that waits for so many bytes. */
	sock_reset_flag(sk, SOCK_LINGER);
	WRITE_ONCE(sk->sk_rcvlowat, 1);
	/* No datagram waits for another to be acknowledged. */
	if (nat->datagrams)
		tcp_sk(sk)->nonagle |= TCP_NAGLE_OFF;
	write_lock_bh(&sk->sk_callback_lock);
	tcp->data_ready = sk->sk_data_ready;
	tcp->write_space = sk->sk_write_space;
	tcp->state_change = sk->sk_state_change;
	tcp->error_report = sk->sk_error_report;
	rcu_assign_sk_user_data(sk, tcp);
	sk->sk_data_ready = stack_data_ready;
	sk->sk_write_space = stack_write_space;
	sk->sk_state_change = stack_state_change;
	sk->sk_error_report = stack_error_report;
	write_unlock_bh(&sk->sk_callback_lock);
	sub->delivered = tcp_sk(sk)->delivered;
	release_sock(sk);

	/* What came before told nobody. */
	set_bit(slot, &nat->rx_mask);
	set_bit(slot, &nat->dead_mask);
	set_bit(NPV_NF_UNTOLD, &nat->flags);
}

/**
 * npv_tcp_init() - make ready for stacks of native sessions over TCP
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int __init npv_tcp_init(void)
{
	tcp_cache = KMEM_CACHE(npv_tcp, SLAB_ACCOUNT);
	return tcp_cache ? 0 : -ENOMEM;
}

/** npv_tcp_exit() - undo npv_tcp_init() */
void npv_tcp_exit(void)
{
	kmem_cache_destroy(tcp_cache);
}
