// SPDX-License-Identifier: GPL-2.0
/*
 * Stacks of native sessions, whatever transport protocol they have: their place in
 * the session.
 */

#include <linux/netdevice.h>
#include <linux/slab.h>
#include <net/dst.h>

#include "endpoint.h"
#include "native.h"
#include "session.h"
#include "subflow.h"

/**
 * npv_subflow_has_carrier() - whether the link that a stack leaves by is there
 * @sub: the stack
 *
 * Notifiers tell as well, but may take a second.
 *
 * Context: session lock held.
 * Return: whether it is, as far as is known.
 */
bool npv_subflow_has_carrier(const struct npv_subflow *sub)
{
	const struct dst_entry *dst;
	bool ok = true;

	rcu_read_lock();
	dst = rcu_dereference(npv_subflow_sk(sub)->sk_dst_cache);
	if (dst)
		ok = netif_running(dst->dev) && netif_carrier_ok(dst->dev);
	rcu_read_unlock();

	return ok;
}

/**
 * npv_subflow_pace() - have a stack send no more than program and policy want
 * @sub: the stack
 *
 * Context: process, session lock held, the stack's not.
 */
void npv_subflow_pace(struct npv_subflow *sub)
{
	unsigned long most = READ_ONCE(sub->nat->nsk->sk.sk_max_pacing_rate);
	struct sock *sk = npv_subflow_sk(sub);

	if (sub->rate)
		most = min_t(u64, most, sub->rate);
	lock_sock(sk);
	if (most != ~0UL)
		cmpxchg(&sk->sk_pacing_status, SK_PACING_NONE, SK_PACING_NEEDED);
	WRITE_ONCE(sk->sk_max_pacing_rate, most);
	WRITE_ONCE(sk->sk_pacing_rate, min(sk->sk_pacing_rate, most));
	release_sock(sk);
}

/**
 * npv_subflow_set_rate() - limit what a stack sends
 * @sub: the stack
 * @rate: bytes a second; 0: as the program has it (SO_MAX_PACING_RATE)
 *
 * Context: process, session lock held, the stack's not.
 */
void npv_subflow_set_rate(struct npv_subflow *sub, u64 rate)
{
	if (rate == sub->rate)
		return;
	sub->rate = rate;
	npv_subflow_pace(sub);
}

/**
 * npv_subflow_fail() - give a stack up, which can't go on in order
 * @sub: the stack
 *
 * Context: session lock held. What it owes is sent by others when the session
 * looks at npv_native.dead_mask.
 */
void npv_subflow_fail(struct npv_subflow *sub)
{
	sub->broken = true;
	set_bit(sub->slot, &sub->nat->dead_mask);
}

/* Leave word. Return: whether the session has to be told as well. */
static bool leave_word(struct npv_subflow *sub, unsigned long *mask)
{
	struct npv_native *nat = sub->nat;

	set_bit(sub->slot, mask);
	/* Pairs with npv_native_release_lock(). */
	smp_mb__after_atomic();
	return !test_bit(NPV_NF_BUSY, &nat->flags);
}

/**
 * npv_subflow_notify() - leave word for the session
 * @sub: the stack, whose bit is set
 * @mask: npv_native.tx_mask or .dead_mask
 *
 * Context: a callback of the stack's.
 */
void npv_subflow_notify(struct npv_subflow *sub, unsigned long *mask)
{
	if (leave_word(sub, mask))
		npv_native_wake(sub->nat);
}

/**
 * npv_subflow_arrived() - something has come for the session to look at
 * @sub: the stack
 * @data: what comes next concerns who reads; a guess is enough
 *
 * Context: a callback of the stack's.
 */
void npv_subflow_arrived(struct npv_subflow *sub, bool data)
{
	struct npv_native *nat = sub->nat;
	struct sock *session = &nat->nsk->sk;

	if (!leave_word(sub, &nat->rx_mask)) {
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
	} else if (data) {
		session->sk_data_ready(session);
		npv_native_timer(nat, jiffies +
				 msecs_to_jiffies(NPV_ACK_DELAY_MS));
	} else {
		/* Data may lie behind it. */
		set_bit(NPV_NF_UNTOLD, &nat->flags);
		npv_native_wake(nat);
	}
}

/**
 * npv_subflow_init() - what all stacks have
 * @sub: the stack, zeros
 * @ops: of its transport protocol
 * @stack: its socket; NULL: filled in later, before it is attached
 */
void npv_subflow_init(struct npv_subflow *sub, const struct npv_subflow_ops *ops,
		      struct npv_stack *stack)
{
	sub->ops = ops;
	sub->stack = stack;
	sub->weight = NPV_ENDPOINT_WEIGHT;
}

/**
 * npv_subflow_place() - give a stack its place in a session
 * @sub: the stack; its callbacks follow
 * @nat: the session
 * @slot: a free place there
 *
 * Context: process, session lock held.
 */
void npv_subflow_place(struct npv_subflow *sub, struct npv_native *nat, u8 slot)
{
	sub->nat = nat;
	sub->slot = slot;
	sub->heard_at = jiffies;
	sub->stack->sub = sub;
	nat->slot[slot] = sub;
	nat->slots |= BIT(slot);
}

/**
 * npv_subflow_detach() - take a stack out of its session
 * @sub: the stack
 *
 * Context: process, session lock held, the stack's not. No callback reaches the
 * session after it.
 */
void npv_subflow_detach(struct npv_subflow *sub)
{
	struct npv_native *nat = sub->nat;

	sub->ops->detach(sub);
	nat->slot[sub->slot] = NULL;
	nat->slots &= ~BIT(sub->slot);
	clear_bit(sub->slot, &nat->rx_mask);
	clear_bit(sub->slot, &nat->tx_mask);
	clear_bit(sub->slot, &nat->dead_mask);
}

/**
 * npv_subflow_free() - free what a stack has
 * @sub: a stack that is not attached (any more); its socket is not touched
 *
 * Context: process.
 */
void npv_subflow_free(struct npv_subflow *sub)
{
	if (sub->stack)
		sub->stack->sub = NULL;
	kfree(sub->metrics.told);
	sub->ops->free(sub);
}
