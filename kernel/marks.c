// SPDX-License-Identifier: GPL-2.0
/*
 * What is wanted of a session and every stack of it has to be told: how its packets are
 * marked, and what local addresses are picked for it. What the program has set itself,
 * it means.
 */

#include <linux/in6.h>
#include <linux/tcp.h>
#include <net/inet_sock.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/tcp.h>

#include "capacity.h"
#include "marks.h"
#include "native.h"
#include "properties.h"
#include "race.h"
#include "session.h"
#include "sockopt.h"
#include "stack.h"

/* A stack's socket, or the program's for the main one */
struct mark_to {
	struct npv_sock *nsk;
	struct socket *sock;
	const struct proto_ops *ops;
};

static void set_int(const struct mark_to *to, int level, int name, int value)
{
	to->ops->setsockopt(to->sock, level, name, KERNEL_SOCKPTR(&value), sizeof(value));
}

/* Whether a program has set DSCP; the priority follows from that. */
static bool dscp_is_set(const struct npv_sock *nsk)
{
	return npv_sockopt_is_set(nsk, SOL_IP, IP_TOS) ||
	       npv_sockopt_is_set(nsk, SOL_IPV6, IPV6_TCLASS);
}

/* An accepted session doesn't remember its options: what it has tells. */
static void mark_dscp(const struct mark_to *to, u8 from, u8 dscp)
{
	struct sock *sk = to->sock->sk;
	u8 tos = READ_ONCE(inet_sk(sk)->tos);

	if ((tos & ~INET_ECN_MASK) != from << 2)
		return;
	tos = dscp << 2 | (tos & INET_ECN_MASK);
	ip_sock_set_tos(sk, tos);
	if (sk->sk_family == AF_INET6)
		set_int(to, SOL_IPV6, IPV6_TCLASS, tos);
}

static void mark_capacity(const struct mark_to *to, u8 from, u8 capacity)
{
	const struct npv_capacity_hints *old = npv_capacity_hints(from);
	const struct npv_capacity_hints *hints = npv_capacity_hints(capacity);
	bool said = dscp_is_set(to->nsk);
	struct sock *sk = to->sock->sk;
	u32 priority = READ_ONCE(sk->sk_priority);

	if (!said)
		mark_dscp(to, old->dscp, hints->dscp);
	/* IP_TOS has set one of its own. */
	if (!said && !npv_sockopt_is_set(to->nsk, SOL_SOCKET, SO_PRIORITY) &&
	    priority == old->priority)
		priority = hints->priority;
	WRITE_ONCE(sk->sk_priority, priority);

	/* It isn't taken back: who wants to wait says so. */
	if (hints->nodelay && sk->sk_protocol == IPPROTO_TCP &&
	    !npv_sockopt_is_set(to->nsk, SOL_TCP, TCP_NODELAY))
		tcp_sock_set_nodelay(sk);
}

/* An address that the program has bound its socket to is not picked. */
static void mark_temporary(const struct mark_to *to, u8 temporary)
{
	int value = IPV6_PREFER_SRC_PUBTMP_DEFAULT;

	if (to->sock->sk->sk_family != AF_INET6 ||
	    npv_sockopt_is_set(to->nsk, SOL_IPV6, IPV6_ADDR_PREFERENCES))
		return;
	if (temporary == NPV_PREFERENCE_PREFER || temporary == NPV_PREFERENCE_REQUIRE)
		value = IPV6_PREFER_SRC_TMP;
	else if (temporary != NPV_PREFERENCE_NONE)
		value = IPV6_PREFER_SRC_PUBLIC;
	set_int(to, SOL_IPV6, IPV6_ADDR_PREFERENCES, value);
}

static void mark(struct npv_sock *nsk, struct socket *sock, const struct proto_ops *ops,
		 u8 capacity, u8 temporary)
{
	const struct mark_to to = { .nsk = nsk, .sock = sock, .ops = ops };

	if (capacity != nsk->capacity)
		mark_capacity(&to, capacity, nsk->capacity);
	if (temporary != nsk->temporary)
		mark_temporary(&to, nsk->temporary);
}

/* Who has the session's own sock, asks it. */
static void mark_own(struct npv_sock *nsk, u8 capacity)
{
	struct sock *sk = &nsk->sk;

	if (READ_ONCE(sk->sk_priority) == npv_capacity_hints(capacity)->priority &&
	    !dscp_is_set(nsk) && !npv_sockopt_is_set(nsk, SOL_SOCKET, SO_PRIORITY))
		WRITE_ONCE(sk->sk_priority, npv_capacity_hints(nsk->capacity)->priority);
}

/**
 * npv_marks_set() - say what is wanted of a session, as far as it is marked on its stacks
 * @nsk: the session
 * @want: what is wanted; NULL: nothing
 *
 * The stacks that there are get it now, those to come by npv_marks_apply().
 *
 * Context: process, session lock held, may sleep.
 */
void npv_marks_set(struct npv_sock *nsk, const struct npv_properties *want)
{
	u8 capacity = nsk->capacity, temporary = nsk->temporary;
	struct npv_stack *stack;
	unsigned int i;

	nsk->capacity = want && want->says & NPV_SAYS_CAPACITY ? want->capacity :
								 NPV_CAPACITY_DEFAULT;
	nsk->temporary = want ? want->temporary : NPV_PREFERENCE_NONE;
	if (nsk->capacity == capacity && nsk->temporary == temporary)
		return;

	if (nsk->native)
		mark_own(nsk, capacity);
	else if (nsk->sock && nsk->base)
		mark(nsk, nsk->sock, nsk->base, capacity, temporary);
	list_for_each_entry(stack, &nsk->stacks, node)
		if (stack->sock)
			mark(nsk, stack->sock, stack->sock->ops, capacity, temporary);
	for (i = 0; (stack = npv_race_stack(nsk, i)); i++)
		mark(nsk, stack->sock, stack->sock->ops, capacity, temporary);
}

/**
 * npv_marks_apply() - mark a new stack as its session wants it
 * @nsk: the session
 * @sock: the stack's socket, with the options that the program has set
 *
 * Context: process, session lock held, may sleep.
 */
void npv_marks_apply(struct npv_sock *nsk, struct socket *sock)
{
	mark(nsk, sock, sock->ops, NPV_CAPACITY_DEFAULT, NPV_PREFERENCE_NONE);
}
