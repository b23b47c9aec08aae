// SPDX-License-Identifier: GPL-2.0
/* The begin of one more stack of a native session, in the background. */

#include <net/ipv6.h>
#include <net/tcp.h>

#include "address.h"
#include "handshake.h"
#include "join.h"
#include "native.h"
#include "pairs.h"
#include "session.h"
#include "sockopt.h"
#include "stack.h"
#include "stack_tcp.h"
#include "stack_udp.h"
#include "stacks.h"

/* A stack that is joining is given up after this */
#define JOIN_TIMEOUT	(5 * HZ)

static struct npv_subflow *join_create_tcp(struct npv_stack *stack)
{
	/* A SYN that waits for data would never leave. */
	tcp_sk(stack->sk)->fastopen_connect = 0;
	return npv_tcp_create(stack, GFP_KERNEL);
}

/* UDP is connected at once. Return: it, or NULL with *@err set. */
static struct npv_subflow *join_create_udp(struct npv_stack *stack,
					   const struct in6_addr *remote,
					   __be16 port, int *err)
{
	struct npv_subflow *sub;
	struct sockaddr_storage ss;
	int len;

	len = npv_addr_build(&ss, stack->sk->sk_family, remote, port, 0);
	*err = len < 0 ? len : kernel_connect(stack->sock,
					      (struct sockaddr *)&ss, len, 0);
	if (!*err)
		*err = npv_udp_socket(stack->sock);
	if (*err)
		return NULL;
	sub = npv_udp_create(stack, GFP_KERNEL);
	if (!sub)
		*err = -ENOMEM;
	return sub;
}

/**
 * npv_join_start() - begin to join one more stack
 * @nat: the session
 * @join: what is wanted
 *
 * Context: process, session lock held.
 * Return: 0 if it is under way; -ENOSPC; -ENOMEM; -EOPNOTSUPP for UDP where the
 * program wants what UDP doesn't do; what bind() or connect() of
 * TCP or UDP return.
 */
int npv_join_start(struct npv_native *nat, const struct npv_join *join)
{
	bool is4 = ipv6_addr_v4mapped(&join->remote);
	sa_family_t family = is4 ? AF_INET : AF_INET6;
	struct sockaddr_storage ss;
	struct npv_stack *stack;
	struct npv_subflow *sub;
	int slot, len, err;

	if (join->protocol == IPPROTO_UDP && npv_sockopt_near_only(nat->nsk))
		return -EOPNOTSUPP;
	slot = npv_stacks_slot(nat);
	if (slot < 0)
		return slot;
	stack = npv_stack_create_native(nat->nsk, family, join->protocol);
	if (IS_ERR(stack))
		return PTR_ERR(stack);
	err = 0;
	if (join->ifindex)
		err = npv_stack_bind_if(stack->sk, join->ifindex);
	if (!err && !ipv6_addr_any(&join->local)) {
		len = npv_addr_build(&ss, family, &join->local, 0, 0);
		err = len < 0 ? len : kernel_bind(stack->sock,
						  (struct sockaddr *)&ss, len);
	}
	if (err)
		goto err_stack;
	err = -ENOMEM;
	if (join->protocol == IPPROTO_TCP)
		sub = join_create_tcp(stack);
	else
		sub = join_create_udp(stack, &join->remote, join->port, &err);
	if (!sub)
		goto err_stack;

	sub->join_at = jiffies;
	if (!nat->join_at) {
		nat->join_at = (jiffies + JOIN_TIMEOUT) | 1;
		npv_native_timer(nat, nat->join_at);
	}
	sub->initiator = true;
	sub->backup = join->backup;
	sub->manual = join->manual;
	sub->id = nat->next_stack++;
	sub->status = NPV_STACK_STATUS_JOINING;
	stack->id = sub->id;
	list_add_tail(&stack->node, &nat->nsk->stacks);
	if (join->protocol == IPPROTO_UDP) {
		npv_udp_attach(sub, nat, slot);
		npv_stacks_count(nat);
		return npv_handshake_join(sub);
	}
	npv_tcp_attach(sub, nat, slot);
	npv_stacks_count(nat);

	len = npv_addr_build(&ss, family, &join->remote, join->port, 0);
	err = len < 0 ? len : kernel_connect(stack->sock,
					     (struct sockaddr *)&ss, len,
					     O_NONBLOCK);
	if (err && err != -EINPROGRESS) {
		npv_pairs_stack_failed(nat, sub);
		npv_stacks_remove(sub, true);
		return err;
	}
	return 0;

err_stack:
	npv_stack_discard(stack);
	return err;
}

/**
 * npv_join_expire() - give up stacks that have been joining for too long
 * @nat: the session
 *
 * Context: process, session lock held.
 */
void npv_join_expire(struct npv_native *nat)
{
	unsigned int i;

	if (!nat->join_at || time_before(jiffies, nat->join_at))
		return;
	nat->join_at = 0;
	for (i = 0; i < NPV_STACKS_MAX; i++) {
		struct npv_subflow *sub = nat->slot[i];

		if (!sub || sub->status != NPV_STACK_STATUS_JOINING)
			continue;
		if (time_after_eq(jiffies, sub->join_at + JOIN_TIMEOUT))
			npv_stacks_down(sub, ETIMEDOUT);
		else
			nat->join_at = (jiffies + HZ) | 1;
	}
}
