// SPDX-License-Identifier: GPL-2.0
/* What a program learns of the sessions that carry its datagrams, and says of them. */

#include <net/inet_sock.h>

#include "assoc.h"
#include "assoc_table.h"
#include "native.h"
#include "netns.h"
#include "session.h"
#include "stack.h"
#include "stated.h"

/**
 * npv_assoc_carrier() - the session that a connected socket's datagrams go by
 * @nsk: the session of any socket
 *
 * Context: process of the program.
 * Return: it, with a reference for npv_session_put(); NULL if there is none.
 */
struct npv_sock *npv_assoc_carrier(struct npv_sock *nsk)
{
	/* Pairs with npv_assoc_table(). */
	struct npv_assocs *t = smp_load_acquire(&nsk->assocs);
	struct npv_sock *carrier = NULL;
	struct npv_assoc *a;
	struct in6_addr addr;
	__be16 port;

	if (!t || inet_sk_state_load(t->to) != TCP_ESTABLISHED)
		return NULL;
	addr = npv_stack_remote(t->to, &port);
	rcu_read_lock();
	a = npv_assoc_find(t, &addr, port);
	/* Pairs with npv_assoc_up(). */
	if (a && smp_load_acquire(&a->state) == ASSOC_UP && npv_assoc_hold(a)) {
		carrier = a->carrier;
		sock_hold(&carrier->sk);
		npv_assoc_put(a);
	}
	rcu_read_unlock();

	return carrier;
}

/**
 * npv_assoc_info() - what NPV_INFO tells of a datagram socket beside
 * @nsk: the session of any socket
 * @info: what npv_session_info() has filled in
 *
 * Of a connected one whether a session carries its datagrams now; of another whether
 * one ever did.
 *
 * Context: process of the program, session lock not held.
 */
void npv_assoc_info(struct npv_sock *nsk, struct npv_info *info)
{
	/* Pairs with npv_assoc_table(). */
	struct npv_assocs *t = smp_load_acquire(&nsk->assocs);
	struct npv_sock *carrier = npv_assoc_carrier(nsk);

	if (carrier) {
		info->npvi_kind = NPV_KIND_NATIVE;
		info->npvi_stacks = npv_session_stacks(carrier);
		npv_session_put(carrier);
	} else if (t && inet_sk_state_load(t->to) == TCP_ESTABLISHED) {
		info->npvi_kind = NPV_KIND_PLAIN;
	}
}

/**
 * npv_assoc_set_scheduler() - change the scheduler of the sessions that there are
 * @nsk: the session of any socket
 * @name: name of the scheduler
 *
 * Of 16 at most: a program that has more peers says so before it has them.
 *
 * Context: process of the program, session lock not held.
 */
void npv_assoc_set_scheduler(struct npv_sock *nsk, const char *name)
{
	/* Pairs with npv_assoc_table(). */
	struct npv_assocs *t = smp_load_acquire(&nsk->assocs);
	struct npv_assoc *held[16], *a;
	unsigned int i, n = 0;

	if (!t)
		return;
	spin_lock_bh(&t->lock);
	list_for_each_entry(a, &t->all, all)
		if (n < ARRAY_SIZE(held) && a->state == ASSOC_UP && npv_assoc_hold(a))
			held[n++] = a;
	spin_unlock_bh(&t->lock);
	for (i = 0; i < n; i++) {
		npv_native_set_scheduler(held[i]->carrier, name, false, NULL);
		npv_assoc_put(held[i]);
	}
}

/*
 * The association behind @last, or the first if @last is NULL or gone: then some are
 * met once more. Return: it, with a reference; NULL at the end.
 */
static struct npv_assoc *assoc_behind(struct npv_assocs *t, struct npv_assoc *last)
{
	struct npv_assoc *a;

	spin_lock_bh(&t->lock);
	if (last && last->state != ASSOC_ENDED)
		a = list_next_entry(last, all);
	else
		a = list_first_entry(&t->all, struct npv_assoc, all);
	if (list_entry_is_head(a, &t->all, all))
		a = NULL;
	else
		npv_assoc_hold(a);
	spin_unlock_bh(&t->lock);

	return a;
}

/* Do something for each of the sessions that there are. They come and go meanwhile. */
static void carriers_each(struct npv_sock *nsk,
			  void (*fn)(struct npv_sock *carrier, const void *arg),
			  const void *arg)
{
	/* Pairs with npv_assoc_table(). */
	struct npv_assocs *t = smp_load_acquire(&nsk->assocs);
	struct npv_assoc *a = NULL, *last;

	if (!t)
		return;
	do {
		last = a;
		a = assoc_behind(t, last);
		if (last)
			npv_assoc_put(last);
		if (a)
			fn(a->carrier, arg);
	} while (a);
}

static void carrier_keepalive(struct npv_sock *carrier, const void *seconds)
{
	npv_session_set_keepalive(carrier, *(const u16 *)seconds);
}

/**
 * npv_assoc_set_keepalive() - how long UDP stacks may be silent that carry datagrams
 * @nsk: the session of any socket
 * @seconds: as of npv_session_set_keepalive()
 *
 * Context: process of the program, session lock not held.
 */
void npv_assoc_set_keepalive(struct npv_sock *nsk, u16 seconds)
{
	carriers_each(nsk, carrier_keepalive, &seconds);
}

static void carrier_say(struct npv_sock *carrier, const void *word)
{
	/* What the socket took they do. */
	if (npv_stated_say(carrier, word))
		NPV_INC(sock_net(&carrier->sk), OPTION_REPLAY_FAIL);
}

/**
 * npv_assoc_say() - have a program say something of the sessions that carry its datagrams
 * @nsk: the session of any socket
 * @word: what it says, which npv_stated_say() took of @nsk
 *
 * Context: process of the program, session lock not held.
 */
void npv_assoc_say(struct npv_sock *nsk, const struct npv_stated_word *word)
{
	carriers_each(nsk, carrier_say, word);
}
