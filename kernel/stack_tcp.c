// SPDX-License-Identifier: GPL-2.0
/*
 * A stack of a native session: frames over a TCP socket. How it comes and goes,
 * what it can take, and its callbacks; stack_send.c and receive.c do the rest.
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

/**
 * npv_tcp_has_carrier() - whether the link that a stack leaves by is there
 * @tcp: the stack
 *
 * Notifiers tell as well, but may take a second.
 *
 * Context: session lock held.
 * Return: whether it is, as far as is known.
 */
bool npv_tcp_has_carrier(const struct npv_tcp *tcp)
{
	const struct dst_entry *dst;
	bool ok = true;

	rcu_read_lock();
	dst = rcu_dereference(npv_tcp_sk(tcp)->sk_dst_cache);
	if (dst)
		ok = netif_running(dst->dev) && netif_carrier_ok(dst->dev);
	rcu_read_unlock();

	return ok;
}

/**
 * npv_tcp_has_room() - whether a stack can take payload now
 * @tcp: the stack
 *
 * Beside others a stack is given little more than it can send: what TCP has
 * can't be taken back, and would wait in a slow stack while a fast one idles.
 *
 * Context: session lock held.
 * Return: whether it can.
 */
bool npv_tcp_has_room(const struct npv_tcp *tcp)
{
	const struct sock *sk = npv_tcp_sk(tcp);
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 unsent, limit, burst;

	if (!list_empty(&tcp->pending) || !npv_tcp_can_send(sk) ||
	    !sk_stream_memory_free(sk))
		return false;
	if (!tcp->nat->several)
		return true;
	if (!npv_tcp_has_carrier(tcp)) {
		/* Composition takes it away. */
		set_bit(NPV_NF_COMPOSE, &tcp->nat->flags);
		npv_native_kick(tcp->nat);
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
 * @tcp: the stack
 *
 * Context: session lock held.
 */
void npv_tcp_want_room(struct npv_tcp *tcp)
{
	set_bit(SOCK_NOSPACE, &npv_tcp_sk(tcp)->sk_socket->flags);
}

/**
 * npv_tcp_fail() - give a stack up, which can't go on in order
 * @tcp: the stack
 *
 * Context: session lock held. What it owes is sent by others when the session
 * looks at npv_native.dead_mask.
 */
void npv_tcp_fail(struct npv_tcp *tcp)
{
	tcp->broken = true;
	set_bit(tcp->slot, &tcp->nat->dead_mask);
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
	if (!skb || off >= skb->len || skb_copy_bits(skb, off, &type, 1))
		return false;
	return type == NPV_FRAME_DATA;
}

/* Leave word. Return: whether the session has to be told as well. */
static bool leave_word(struct npv_tcp *tcp, unsigned long *mask)
{
	struct npv_native *nat = tcp->nat;

	set_bit(tcp->slot, mask);
	/* Pairs with npv_native_release_lock(). */
	smp_mb__after_atomic();
	return !test_bit(NPV_NF_BUSY, &nat->flags);
}

static void notify(struct npv_tcp *tcp, unsigned long *mask)
{
	if (leave_word(tcp, mask))
		npv_native_wake(tcp->nat);
}

static void arrived(struct npv_tcp *tcp, struct sock *sk)
{
	struct npv_native *nat = tcp->nat;
	struct sock *session = &nat->nsk->sk;

	if (!leave_word(tcp, &nat->rx_mask)) {
		set_bit(NPV_NF_UNTOLD, &nat->flags);
		/* Pairs with npv_native_release_lock(). */
		smp_mb__after_atomic();
		if (test_bit(NPV_NF_BUSY, &nat->flags))
			return;
		/* It was let go of meanwhile, perhaps before the bit was set. */
	}
	/* Who sleeps to read looks at whatever it is. */
	if (atomic_read(&nat->readers)) {
		session->sk_data_ready(session);
	} else if (head_is_data(tcp, sk)) {
		session->sk_data_ready(session);
		npv_native_timer(nat, jiffies +
				 msecs_to_jiffies(NPV_ACK_DELAY_MS));
	} else {
		/* Data may lie behind it. */
		set_bit(NPV_NF_UNTOLD, &nat->flags);
		npv_native_wake(nat);
	}
}

static void stack_data_ready(struct sock *sk)
{
	struct npv_tcp *tcp;

	read_lock_bh(&sk->sk_callback_lock);
	tcp = __locked_read_sk_user_data_with_flags(sk, 0);
	if (tcp)
		arrived(tcp, sk);
	read_unlock_bh(&sk->sk_callback_lock);
}

static void stack_write_space(struct sock *sk)
{
	struct npv_tcp *tcp;

	read_lock_bh(&sk->sk_callback_lock);
	tcp = __locked_read_sk_user_data_with_flags(sk, 0);
	/* TCP asks for a third to be free; with many stacks we ask for less */
	if (tcp && (sk_stream_is_writeable(sk) ||
		    (READ_ONCE(tcp->nat->several) &&
		     sk_stream_memory_free(sk)))) {
		clear_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		notify(tcp, &tcp->nat->tx_mask);
	}
	read_unlock_bh(&sk->sk_callback_lock);
}

static void stack_state_change(struct sock *sk)
{
	struct npv_tcp *tcp;

	read_lock_bh(&sk->sk_callback_lock);
	tcp = __locked_read_sk_user_data_with_flags(sk, 0);
	if (tcp)
		notify(tcp, &tcp->nat->dead_mask);
	read_unlock_bh(&sk->sk_callback_lock);
}

static void stack_error_report(struct sock *sk)
{
	stack_state_change(sk);
}

/**
 * npv_tcp_idle() - give back what a stack keeps for payload to come
 * @tcp: a stack on which nothing is under way
 *
 * Context: process, session lock held, the stack's not.
 */
void npv_tcp_idle(struct npv_tcp *tcp)
{
	struct sock *sk = npv_tcp_sk(tcp);

	if (!sk->sk_frag.page)
		return;
	lock_sock(sk);
	put_page(sk->sk_frag.page);
	sk->sk_frag.page = NULL;
	tcp->tx_page = NULL;
	release_sock(sk);
}

/**
 * npv_tcp_create() - make what a stack of a native session needs
 * @stack: from npv_stack_create() or accepted; it stays the caller's if this
 *	fails. May be filled in later, before npv_tcp_attach().
 * @gfp: how to allocate
 *
 * Return: it, or NULL without memory.
 */
struct npv_tcp *npv_tcp_create(struct npv_stack *stack, gfp_t gfp)
{
	struct npv_tcp *tcp;

	tcp = kzalloc(sizeof(*tcp), gfp);
	if (!tcp)
		return NULL;
	tcp->stack = stack;
	tcp->weight = 1;
	INIT_LIST_HEAD(&tcp->pending);
	return tcp;
}

/**
 * npv_tcp_attach() - make a stack part of a native session
 * @tcp: the stack
 * @nat: the session
 * @slot: a free place there
 *
 * Context: process, session lock held, the stack's not.
 */
void npv_tcp_attach(struct npv_tcp *tcp, struct npv_native *nat, u8 slot)
{
	struct sock *sk = npv_tcp_sk(tcp);

	tcp->nat = nat;
	tcp->slot = slot;
	nat->slot[slot] = tcp;
	nat->slots |= BIT(slot);
	tcp->stack->tcp = tcp;

	lock_sock(sk);
	/* It is the session that lingers, and that waits for so many bytes. */
	sock_reset_flag(sk, SOCK_LINGER);
	WRITE_ONCE(sk->sk_rcvlowat, 1);
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
	tcp->delivered = tcp_sk(sk)->delivered;
	tcp->heard_at = jiffies;
	release_sock(sk);

	/* What came before told nobody. */
	set_bit(slot, &nat->rx_mask);
	set_bit(slot, &nat->dead_mask);
	set_bit(NPV_NF_UNTOLD, &nat->flags);
}

/**
 * npv_tcp_detach() - take a stack out of its session
 * @tcp: the stack
 *
 * Context: process, session lock held, the stack's not. No callback reaches the
 * session after it.
 */
void npv_tcp_detach(struct npv_tcp *tcp)
{
	struct npv_native *nat = tcp->nat;
	struct sock *sk = npv_tcp_sk(tcp);

	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_data_ready = tcp->data_ready;
	sk->sk_write_space = tcp->write_space;
	sk->sk_state_change = tcp->state_change;
	sk->sk_error_report = tcp->error_report;
	rcu_assign_sk_user_data(sk, NULL);
	write_unlock_bh(&sk->sk_callback_lock);

	nat->slot[tcp->slot] = NULL;
	nat->slots &= ~BIT(tcp->slot);
	clear_bit(tcp->slot, &nat->rx_mask);
	clear_bit(tcp->slot, &nat->tx_mask);
	clear_bit(tcp->slot, &nat->dead_mask);
}

/**
 * npv_tcp_free() - free what npv_tcp_create() made
 * @tcp: a stack that is not attached (any more); its socket is not touched
 */
void npv_tcp_free(struct npv_tcp *tcp)
{
	npv_tcp_drop_pending(tcp);
	if (tcp->stack)
		tcp->stack->tcp = NULL;
	kfree(tcp->rx_ctl);
	kfree(tcp);
}
