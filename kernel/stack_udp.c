// SPDX-License-Identifier: GPL-2.0
/*
 * A stack of a native session: packets over a connected UDP socket. How it comes
 * and goes, its callbacks and its timer; udp_send.c, udp_ctl.c, udp_recv.c and
 * udp_join.c do the rest. Documentation/protocol.rst, "UDP stacks".
 *
 * UDP itself keeps nothing of what it has sent: what is lost goes back to the
 * session's send queue, and this stack or another one sends it again.
 */

#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <net/inet_ecn.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "datagrams.h"
#include "decision.h"
#include "native.h"
#include "netns.h"
#include "session.h"
#include "stack_udp.h"
#include "stacks.h"
#include "udp_move.h"

/* Bytes of UDP payload that any path carries, RFC 791 and RFC 8200 */
#define UDP_MIN4	(576 - 20 - 8)
#define UDP_MIN6	(1280 - 40 - 8)
/* ... and that a packet can have at most */
#define UDP_MAX		16000
/* What may wait for the session to look at it, bytes as the socket counts them */
#define UDP_RCVBUF	(6 * 1024 * 1024)
/* What is under way is bounded by the congestion window: no other bound is needed. */
#define UDP_SNDBUF	(512 * 1024 * 1024)

/* Messages go on when no more of them waits to leave */
#define SPACE_LOW	(64 * 1024)
/* What moves again so soon begins anew with its window */
#define MOVED_AGAIN_US	USEC_PER_SEC
/* Probes of one size that may be lost among other packets, and tell nothing */
#define PROBES_EXCUSED	16

/* The least time after which TCP sends again, milliseconds: TCP_RTO_MIN */
#define RTO_MIN_MS	200

static struct kmem_cache *udp_cache __ro_after_init;
static struct kmem_cache *sent_cache __ro_after_init;

/**
 * npv_udp_sent_alloc() - make room to remember one more packet
 * @udp: the stack that sends it
 * @gfp: how to
 *
 * Context: session lock held.
 * Return: it, zeros, or NULL without memory.
 */
struct npv_udp_sent *npv_udp_sent_alloc(struct npv_udp *udp, gfp_t gfp)
{
	struct npv_udp_sent *r;

	r = list_first_entry_or_null(&udp->spare, struct npv_udp_sent, sent.node);
	if (!r)
		return kmem_cache_zalloc(sent_cache, gfp);
	list_del(&r->sent.node);
	udp->n_spare--;
	memset(r, 0, sizeof(*r));
	return r;
}

/**
 * npv_udp_sent_free() - undo npv_udp_sent_alloc()
 * @udp: the stack
 * @r: what no list has any more, or NULL
 *
 * Some are kept: for each packet one is needed, and one comes free.
 *
 * Context: session lock held, or nobody else has the stack any more.
 */
void npv_udp_sent_free(struct npv_udp *udp, struct npv_udp_sent *r)
{
	if (!r)
		return;
	kfree(r->ctl);
	if (udp->n_spare == NPV_UDP_SENT_SPARE) {
		kmem_cache_free(sent_cache, r);
		return;
	}
	list_add(&r->sent.node, &udp->spare);
	udp->n_spare++;
}

/* Those that are kept go. */
static void spare_free(struct npv_udp *udp)
{
	struct npv_udp_sent *r, *next;

	list_for_each_entry_safe(r, next, &udp->spare, sent.node)
		kmem_cache_free(sent_cache, r);
	INIT_LIST_HEAD(&udp->spare);
	udp->n_spare = 0;
}

static struct npv_udp_sent *sent_of(struct npv_sent *sent)
{
	return container_of(sent, struct npv_udp_sent, sent);
}

/* npv_recovery_ops.acked */
static void packet_acked(struct npv_recovery *rec, struct npv_sent *sent,
			 bool late)
{
	struct npv_udp *udp = container_of(rec, struct npv_udp, rec);
	struct npv_udp_sent *r = sent_of(sent);

	udp->delivered++;
	udp->acked_us = udp->now_us;
	udp->asking = false;
	udp->bytes_acked += sent->size;
	if (sent->size >= udp->pmtu.size) {
		udp->passed = max(udp->passed, sent->number);
		udp->passed_us = udp->now_us;
	}
	npv_pmtu_acked(&udp->pmtu, sent->size, sent->probe, udp->now_us);
	if (r->told)
		npv_received_told(&udp->received, r->told - 1);
	if (r->len) {
		udp->tx_follows = sent->number + 1;
		udp->tx_follows_seq = r->seq + r->len;
	}
	if (r->ctl) {
		udp->n_ctl--;
		udp->addrs_out &= !npv_udp_ctl_addrs(r->ctl);
	}
	npv_udp_sent_free(udp, r);
}

/* npv_recovery_ops.lost */
static void packet_lost(struct npv_recovery *rec, struct npv_sent *sent)
{
	struct npv_udp *udp = container_of(rec, struct npv_udp, rec);
	struct npv_native *nat = udp->sub.nat;
	struct npv_udp_sent *r = sent_of(sent);

	/* What doesn't pass is no loss, it is what a probe asks for. */
	udp->lost += !sent->probe;
	/* A probe that was lost among others may have met congestion as well. */
	if (sent->probe && udp->lost != udp->probe_lost &&
	    udp->probes_excused < PROBES_EXCUSED) {
		udp->probes_excused++;
		npv_pmtu_again(&udp->pmtu, udp->now_us);
	} else if (sent->probe) {
		udp->probes_excused = 0;
		npv_pmtu_lost(&udp->pmtu, sent->size, true, udp->now_us);
	} else if (sent->number >= udp->passed &&
		   (udp->now_us - udp->passed_us >=
		    2 * udp->rec.srtt_us + NPV_UDP_ACK_DELAY_US ||
		    udp->now_us - udp->counted_us >= udp->rec.srtt_us)) {
		/*
		 * None behind it was as large and got through; and as long as
		 * such do, those that were lost together count as one.
		 */
		udp->counted_us = udp->now_us;
		npv_pmtu_lost(&udp->pmtu, sent->size, false, udp->now_us);
	}
	if (r->len)
		npv_sendq_lose_range(&nat->sendq, &nat->nsk->sk,
				     udp->sub.slot, r->seq, r->len);
	if (r->ctl)
		npv_udp_ctl_again(udp, r->ctl);
	r->ctl = NULL;
	udp->window_wanted |= r->window;
	r->window = false;
}

/* npv_recovery_ops.forget */
static void packet_forget(struct npv_recovery *rec, struct npv_sent *sent)
{
	npv_udp_sent_free(container_of(rec, struct npv_udp, rec), sent_of(sent));
}

static const struct npv_recovery_ops recovery_ops = {
	.acked	= packet_acked,
	.lost	= packet_lost,
	.forget	= packet_forget,
};

/*
 * Callbacks, which only leave word for the session. They come from softirq, without
 * the socket's lock.
 */

static void udp_data_ready(struct sock *sk)
{
	struct npv_udp *udp;

	read_lock_bh(&sk->sk_callback_lock);
	udp = __locked_read_sk_user_data_with_flags(sk, 0);
	/* What it is takes a look at all of it, which is not for here. */
	if (udp)
		npv_subflow_arrived(&udp->sub, false);
	read_unlock_bh(&sk->sk_callback_lock);
}

static void udp_write_space(struct sock *sk)
{
	const struct socket *sock;
	struct npv_udp *udp;
	bool wanted;

	/* For payload UDP has room for what the congestion window has. */
	if (sk_wmem_alloc_get(sk) > SPACE_LOW)
		return;
	/* Pairs with stack_has_space() of datagrams_udp.c. */
	smp_mb__after_atomic();
	rcu_read_lock();
	sock = READ_ONCE(sk->sk_socket);
	wanted = sock && test_bit(SOCK_NOSPACE, &sock->flags);
	rcu_read_unlock();
	if (likely(!wanted))
		return;
	read_lock_bh(&sk->sk_callback_lock);
	udp = __locked_read_sk_user_data_with_flags(sk, 0);
	if (udp && test_and_clear_bit(SOCK_NOSPACE, &sk->sk_socket->flags))
		npv_subflow_notify(&udp->sub, &udp->sub.nat->tx_mask);
	read_unlock_bh(&sk->sk_callback_lock);
}

static void udp_error_report(struct sock *sk)
{
	struct npv_udp *udp;

	read_lock_bh(&sk->sk_callback_lock);
	udp = __locked_read_sk_user_data_with_flags(sk, 0);
	if (udp)
		npv_subflow_notify(&udp->sub, &udp->sub.nat->dead_mask);
	read_unlock_bh(&sk->sk_callback_lock);
}

static enum hrtimer_restart udp_timer(struct hrtimer *timer)
{
	struct npv_udp *udp = container_of(timer, struct npv_udp, timer);

	npv_subflow_notify(&udp->sub, &udp->sub.nat->tx_mask);
	return HRTIMER_NORESTART;
}

/**
 * npv_udp_may_probe() - whether a probe of the path's MTU may be sent
 * @udp: the stack
 *
 * A path that is idle need not be measured, nor one that is only kept alive.
 *
 * Context: session lock held.
 * Return: whether it may, as far as npv_udp.pmtu wants one.
 */
bool npv_udp_may_probe(const struct npv_udp *udp)
{
	return udp->rec.n_sent && !udp->asking &&
	       npv_recovery_room(&udp->rec) >= udp->pmtu.max;
}

/**
 * npv_udp_ecn() - mark what is sent with ECT(0), or not
 * @udp: the stack
 *
 * Until it is found that marks get lost on the path, RFC 9000, 13.4.2.
 *
 * Context: process, session lock held.
 */
void npv_udp_ecn(struct npv_udp *udp)
{
	u8 mark = udp->rec.ecn ? INET_ECN_ECT_0 : INET_ECN_NOT_ECT;
	struct sock *sk = npv_udp_sk(udp);

	if (udp->ect == udp->rec.ecn)
		return;
	udp->ect = udp->rec.ecn;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		inet6_sk(sk)->tclass = (inet6_sk(sk)->tclass & ~INET_ECN_MASK) |
				       mark;
		return;
	}
#endif
	WRITE_ONCE(inet_sk(sk)->tos,
		   (inet_sk(sk)->tos & ~INET_ECN_MASK) | mark);
}

/**
 * npv_udp_resize() - let the window count in packets of the size that passes
 * @udp: the stack
 *
 * Context: session lock held, not from npv_recovery_ops.
 */
void npv_udp_resize(struct npv_udp *udp)
{
	if (udp->cong.mss != udp->pmtu.size)
		npv_cong_set_mss(&udp->cong, udp->pmtu.size);
}

/**
 * npv_udp_quiet_left() - after which time a stack that is quiet is to send
 * @udp: the stack
 *
 * Where something is under way recovery sees to it that the peer hears of us.
 *
 * Context: session lock held.
 * Return: jiffies, 0: now; NPV_KEEPALIVE_NEVER.
 */
u32 npv_udp_quiet_left(const struct npv_udp *udp)
{
	const struct npv_native *nat = udp->sub.nat;
	struct npv_keepalive k;
	u32 heard;

	if (likely(!npv_keepalive_on(&nat->keepalive)) || udp->rec.n_sent ||
	    udp->sub.status == NPV_STACK_STATUS_JOINING)
		return NPV_KEEPALIVE_NEVER;
	npv_keepalive_get(&nat->keepalive, sock_net(&nat->nsk->sk), &k);
	/* Messages come without the session's lock. */
	heard = READ_ONCE(udp->heard);
	return npv_keepalive_left(&k, heard, udp->sent, (u32)jiffies);
}

/* Whether the peer was asked as the stack was quiet, and has not answered for too long */
static bool udp_lifeless(const struct npv_udp *udp)
{
	const struct npv_native *nat = udp->sub.nat;
	struct npv_keepalive k;
	u32 heard;

	if (likely(!udp->asking) || !npv_keepalive_on(&nat->keepalive))
		return false;
	npv_keepalive_get(&nat->keepalive, sock_net(&nat->nsk->sk), &k);
	heard = READ_ONCE(udp->heard);
	return npv_keepalive_dead(&k, heard, udp->asked, (u32)jiffies);
}

/* The earlier of two times, where 0 is never */
static u64 sooner(u64 a, u64 b)
{
	if (!a || !b)
		return a ?: b;
	return min(a, b);
}

/**
 * npv_udp_timer() - have the session look at a stack when something is due there
 * @udp: the stack, attached
 *
 * With the session's timer, which is coarse, but costs nothing where it is set again
 * and again and never runs out. Pacing has a finer one.
 *
 * Context: process, session lock held.
 */
void npv_udp_timer(struct npv_udp *udp)
{
	u64 at = sooner(npv_recovery_timer(&udp->rec), udp->retry_us);
	u64 now_us = udp->now_us;
	unsigned long quiet;
	u32 left;

	at = sooner(at, npv_received_due(&udp->received, NPV_UDP_ACK_DELAY_US));
	if (npv_udp_may_probe(udp))
		at = sooner(at, npv_pmtu_due(&udp->pmtu));
	udp->due = 0;
	if (at) {
		/* What is due stays so, however often this is called before. */
		udp->due = at > now_us ?
			   (jiffies + usecs_to_jiffies(at - now_us)) | 1 :
			   (jiffies - 1) | 1;
	}
	/* What there was no memory for is tried again when all that is. */
	left = udp->retry_us ? NPV_KEEPALIVE_NEVER : npv_udp_quiet_left(udp);
	if (left != NPV_KEEPALIVE_NEVER) {
		quiet = (left ? jiffies + left : jiffies - 1) | 1;
		if (!udp->due || time_before(quiet, udp->due))
			udp->due = quiet;
	}
	if (udp->due)
		npv_native_timer(udp->sub.nat, udp->due);
	if (udp->wanted && udp->pace_us > now_us &&
	    npv_recovery_room(&udp->rec) >= udp->pmtu.size)
		hrtimer_start(&udp->timer,
			      ns_to_ktime(udp->pace_us * NSEC_PER_USEC),
			      HRTIMER_MODE_ABS_SOFT);
}

static unsigned long udp_due(const struct npv_subflow *sub)
{
	return npv_udp(sub)->due;
}

static void udp_want_room(struct npv_subflow *sub)
{
	struct npv_udp *udp = npv_udp(sub);

	/* Payload waits for something else, as the peer's window. */
	if (npv_udp_room(udp, npv_udp_now(udp)))
		return;
	/* It is not for want of payload that no more is under way. */
	udp->rec.app_limited = false;
	udp->wanted = true;
	npv_udp_timer(udp);
}

static bool udp_busy(const struct npv_subflow *sub)
{
	return !list_empty(&npv_udp(sub)->ctl);
}

/* Whatever the peer has missed it is told again, as long as the session is there. */
static void udp_finish(struct npv_subflow *sub)
{
}

/* For how long nothing was acknowledged that was to be, milliseconds */
static u32 udp_silent(struct npv_udp *udp)
{
	struct npv_sent *sent;
	u64 since_us;

	sent = list_first_entry_or_null(&udp->rec.sent, struct npv_sent, node);
	if (!sent)
		return 0;
	since_us = max(udp->acked_us, sent->sent_us);
	return div_u64(tcp_clock_us() - since_us, USEC_PER_MSEC);
}

/*
 * Probe timeouts follow each other faster than TCP's retransmissions, by which stacks
 * are judged: as many as those would have been in that time.
 */
static u32 udp_retransmits(const struct npv_udp *udp, u32 silent)
{
	return min_t(u32, udp->rec.pto_count, ilog2(silent / RTO_MIN_MS + 1));
}

static void udp_progress(struct npv_subflow *sub, struct npv_progress *p)
{
	struct npv_udp *udp = npv_udp(sub);
	u32 silent = udp_silent(udp);

	p->idle = !udp->rec.n_sent;
	p->srtt_us = udp->rec.srtt_us;
	p->rttvar_us = udp->rec.rttvar_us;
	p->packets_out = udp->rec.n_sent;
	p->retransmits = udp_retransmits(udp, silent);
	/* TCP closes its connection by itself after a time. */
	p->dead = silent / MSEC_PER_SEC > npv_decision_reconnect(sub->nat->nsk) / HZ ||
		  udp_lifeless(udp);
	p->delivered = udp->delivered;
}

static void udp_counts(const struct npv_subflow *sub, struct npv_measured *m)
{
	const struct npv_udp *udp = npv_udp(sub);

	m->delivered = udp->delivered;
	m->lost = udp->lost - (u32)udp->rec.late;
	m->retransmits = udp->lost;
	m->cwnd = div_u64(npv_cong_window(&udp->cong), udp->pmtu.size);
	m->rtt_us = udp->rec.latest_us;
	m->rttvar_us = udp->rec.rttvar_us;
	m->acked = udp->bytes_acked;
	m->acked_us = udp->acked_us;
	m->span_us = udp->rec.min_us;
	m->limited = udp->rec.app_limited;
	m->idle = !udp->rec.n_sent;
}

static u32 udp_overdue(struct npv_subflow *sub)
{
	struct npv_udp *udp = npv_udp(sub);
	const struct npv_sent *sent;

	sent = list_first_entry_or_null(&udp->rec.sent, struct npv_sent, node);
	if (!sent)
		return 0;
	return min_t(u64, tcp_clock_us() - sent->sent_us, U32_MAX);
}

static u32 udp_srtt(const struct npv_subflow *sub)
{
	const struct npv_udp *udp = npv_udp(sub);

	return udp->rec.rtt_first_us ? udp->rec.srtt_us : 0;
}

static u32 udp_window_rtt(const struct npv_subflow *sub)
{
	return npv_udp(sub)->rec.min_us;
}

/* What it is given it has sent. */
static u32 udp_unsent(const struct npv_subflow *sub)
{
	return 0;
}

static u32 udp_hold(const struct npv_subflow *sub)
{
	const struct npv_udp *udp = npv_udp(sub);

	const struct net *net = sock_net(npv_udp_sk(udp));
	u64 most = READ_ONCE(net->ipv4.sysctl_tcp_wmem[2]);

	return min(2 * npv_cong_window(&udp->cong), most);
}

static u32 udp_heard(const struct npv_subflow *sub)
{
	return npv_udp(sub)->heard;
}

static void udp_idle(struct npv_subflow *sub)
{
	struct npv_udp *udp = npv_udp(sub);

	if (udp->frag.page)
		put_page(udp->frag.page);
	udp->frag.page = NULL;
	spare_free(udp);
}

static void udp_detach(struct npv_subflow *sub)
{
	struct npv_udp *udp = npv_udp(sub);
	struct sock *sk = npv_udp_sk(udp);

	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_data_ready = udp->data_ready;
	sk->sk_write_space = udp->write_space;
	sk->sk_error_report = udp->error_report;
	npv_datagrams_shut(udp);
	rcu_assign_sk_user_data(sk, NULL);
	write_unlock_bh(&sk->sk_callback_lock);
	hrtimer_cancel(&udp->timer);
}

static void udp_free(struct npv_subflow *sub)
{
	struct npv_udp *udp = npv_udp(sub);
	struct npv_udp_ctl *ctl, *next;

	npv_udp_name_del(udp);
	npv_recovery_clear(&udp->rec);
	list_for_each_entry_safe(ctl, next, &udp->ctl, node)
		kfree(ctl);
	udp_idle(sub);
	kfree_skb(udp->rx_skb);
	kfree(udp->scratch);
	kmem_cache_free(udp_cache, udp);
}

static const struct npv_subflow_ops udp_ops = {
	.protocol	= IPPROTO_UDP,
	.detach		= udp_detach,
	.free		= udp_free,
	.has_room	= npv_udp_has_room,
	.want_room	= udp_want_room,
	.busy		= udp_busy,
	.send		= npv_udp_send,
	.resend		= npv_udp_resend,
	.send_frame	= npv_udp_send_frame,
	.flush		= npv_udp_flush,
	.due		= udp_due,
	.idle		= udp_idle,
	.finish		= udp_finish,
	.receive	= npv_udp_receive,
	.readable	= npv_udp_readable,
	.waits		= npv_udp_waits,
	.progress	= udp_progress,
	.measure	= udp_counts,
	.overdue	= udp_overdue,
	.srtt		= udp_srtt,
	.window_rtt	= udp_window_rtt,
	.unsent		= udp_unsent,
	.hold		= udp_hold,
	.heard		= udp_heard,
};

/* Bytes of UDP payload that the interface carries */
static u32 udp_max(const struct sock *sk)
{
	struct dst_entry *dst = sk_dst_get((struct sock *)sk);
	u32 mtu = dst ? READ_ONCE(dst->dev->mtu) : ETH_DATA_LEN;

	dst_release(dst);
	mtu -= min_t(u32, mtu, sk->sk_family == AF_INET6 ? 40 + 8 : 20 + 8);
	return min_t(u32, mtu, UDP_MAX);
}

/* Nothing is known of the path's MTU. */
static void udp_measure(struct npv_udp *udp, const struct sock *sk, u64 now_us)
{
	npv_pmtu_init(&udp->pmtu,
		      sk->sk_family == AF_INET6 ? UDP_MIN6 : UDP_MIN4,
		      udp_max(sk), now_us);
}

/**
 * npv_udp_create() - make what a stack of a native session over UDP needs
 * @stack: its socket, connected; it stays the caller's if this fails
 * @gfp: how to allocate
 *
 * Return: it, for npv_subflow_free(), or NULL without memory.
 */
struct npv_subflow *npv_udp_create(struct npv_stack *stack, gfp_t gfp)
{
	const struct sock *sk = stack->sk;
	struct npv_udp *udp;
	u64 now_us = tcp_clock_us();

	udp = kmem_cache_zalloc(udp_cache, gfp);
	if (!udp)
		return NULL;
	udp->scratch = kmalloc(NPV_UDP_SCRATCH, gfp);
	if (!udp->scratch) {
		kmem_cache_free(udp_cache, udp);
		return NULL;
	}
	npv_subflow_init(&udp->sub, &udp_ops, stack);
	INIT_LIST_HEAD(&udp->ctl);
	INIT_LIST_HEAD(&udp->spare);
	udp_measure(udp, sk, now_us);
	npv_cong_init(&udp->cong, npv_cong_default(), udp->pmtu.size);
	npv_recovery_init(&udp->rec, &recovery_ops, &udp->cong);
	npv_received_init(&udp->received);
	udp->gso = true;
	udp->heard = (u32)jiffies;
	udp->sent = (u32)jiffies;
	udp->epoch_at = jiffies;
	udp->now_us = now_us;
	hrtimer_init(&udp->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_SOFT);
	udp->timer.function = udp_timer;

	return &udp->sub;
}

/**
 * npv_udp_attach() - make a stack part of a native session
 * @sub: the stack, of UDP
 * @nat: the session
 * @slot: a free place there
 *
 * Context: process, session lock held, the stack's not.
 */
void npv_udp_attach(struct npv_subflow *sub, struct npv_native *nat, u8 slot)
{
	struct npv_udp *udp = npv_udp(sub);
	struct sock *sk = npv_udp_sk(udp);

	npv_subflow_place(sub, nat, slot);
	npv_native_keepalive(nat);
	WRITE_ONCE(sk->sk_rcvbuf, UDP_RCVBUF);
	WRITE_ONCE(sk->sk_sndbuf, UDP_SNDBUF);
	write_lock_bh(&sk->sk_callback_lock);
	udp->data_ready = sk->sk_data_ready;
	udp->write_space = sk->sk_write_space;
	udp->error_report = sk->sk_error_report;
	rcu_assign_sk_user_data(sk, udp);
	sk->sk_data_ready = udp_data_ready;
	sk->sk_write_space = udp_write_space;
	sk->sk_error_report = udp_error_report;
	write_unlock_bh(&sk->sk_callback_lock);
	if (nat->datagrams)
		npv_datagrams_open(udp);

	npv_udp_ecn(udp);
	/* What came before told nobody. */
	set_bit(slot, &nat->rx_mask);
	set_bit(NPV_NF_UNTOLD, &nat->flags);
}

/**
 * npv_udp_moved() - go on where the address of one side has changed
 * @udp: the stack; both sides are known to have each other's again
 * @path: the path is another as well, as far as is known
 *
 * What is under way went to where nobody is, or was dropped for where it came from.
 *
 * Context: process, session lock held.
 */
void npv_udp_moved(struct npv_udp *udp, bool path)
{
	struct npv_pmtu pmtu = udp->pmtu;
	u64 now_us = npv_udp_now(udp);

	/* Nobody is to get what a window holds again and again, for the asking. */
	path |= udp->moved_us && now_us - udp->moved_us < MOVED_AGAIN_US;
	udp->moved_us = now_us;
	npv_recovery_moved(&udp->rec, path, now_us);
	/* These losses say nothing of sizes. */
	udp->pmtu = pmtu;
	npv_pmtu_moved(&udp->pmtu, now_us);
	if (path) {
		udp_measure(udp, npv_udp_sk(udp), now_us);
		npv_cong_init(&udp->cong, udp->cong.ops, udp->pmtu.size);
	}
	udp->pace_us = 0;
	udp->acked_us = now_us;
	udp->heard = (u32)jiffies;
	udp->sub.heard_at = jiffies;
	NPV_INC(sock_net(npv_udp_sk(udp)), UDP_REBOUND);
	/* The peer need not send again what did arrive. */
	udp->window_wanted = true;
	npv_udp_ping(udp, now_us);
	/* What was lost goes out again. */
	set_bit(udp->sub.slot, &udp->sub.nat->tx_mask);
}

/**
 * npv_udp_info() - figures of a stack for its program
 * @sub: the stack, of UDP
 * @info: filled in with what is measured
 *
 * Context: session lock held.
 */
void npv_udp_info(const struct npv_subflow *sub, struct npv_stack_info *info)
{
	const struct npv_udp *udp = npv_udp(sub);

	info->npvs_srtt_us = udp_srtt(sub);
	info->npvs_cwnd = div_u64(npv_cong_window(&udp->cong), udp->pmtu.size);
	info->npvs_bytes_sent = udp->bytes_sent;
	info->npvs_bytes_received = udp->bytes_received +
				    READ_ONCE(udp->message_bytes);
	info->npvs_delivery_rate = sub->metrics.rate;
	info->npvs_rttvar_us = udp->rec.rtt_first_us ? udp->rec.rttvar_us : 0;
}

/**
 * npv_udp_init() - make ready for stacks of native sessions over UDP
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int __init npv_udp_init(void)
{
	udp_cache = KMEM_CACHE(npv_udp, SLAB_ACCOUNT);
	sent_cache = KMEM_CACHE(npv_udp_sent, SLAB_ACCOUNT);
	if (udp_cache && sent_cache)
		return 0;
	npv_udp_exit();
	return -ENOMEM;
}

/** npv_udp_exit() - undo npv_udp_init() */
void npv_udp_exit(void)
{
	kmem_cache_destroy(sent_cache);
	kmem_cache_destroy(udp_cache);
}
