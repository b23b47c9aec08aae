// SPDX-License-Identifier: GPL-2.0
/* Events: what happens to sessions, stacks and the policy, told to a netlink group. */

#include <net/genetlink.h>
#include <net/sock.h>

#include "event.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "netns.h"
#include "session.h"
#include "stack.h"

static void event_send(struct net *net, struct sk_buff *skb)
{
	genlmsg_multicast_netns(&npv_nl_family, net, skb, 0, NPV_NLGRP_EVENTS,
				GFP_ATOMIC);
}

static struct sk_buff *event_new(struct net *net)
{
	struct sk_buff *skb;

	/* Building what nobody reads would be paid by every connection. */
	if (!genl_has_listeners(&npv_nl_family, net, NPV_NLGRP_EVENTS))
		return NULL;

	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_ATOMIC);
	if (!skb)
		NPV_INC(net, EVENT_LOST);

	return skb;
}

/**
 * npv_event_session() - tell what happened to a session
 * @nsk: the session
 * @cmd: NPV_CMD_SESSION_*_NTF
 *
 * Context: any; session lock held, or a callback of its main stack.
 */
void npv_event_session(struct npv_sock *nsk, int cmd)
{
	struct net *net = sock_net(&nsk->sk);
	struct npv_nl_head head = { .cmd = cmd };
	struct sk_buff *skb;

	skb = event_new(net);
	if (!skb)
		return;

	if (npv_nl_put_session(skb, &head, nsk, net->user_ns)) {
		nlmsg_free(skb);
		return;
	}
	event_send(net, skb);
}

/**
 * npv_event_stack() - tell what happened to a stack
 * @stack: the stack
 * @cmd: NPV_CMD_STACK_*_NTF
 *
 * Context: any; session lock held, or a callback of the stack.
 */
void npv_event_stack(struct npv_stack *stack, int cmd)
{
	struct net *net = sock_net(stack->sk);
	struct npv_nl_head head = { .cmd = cmd };
	struct sk_buff *skb;

	skb = event_new(net);
	if (!skb)
		return;

	if (npv_nl_put_stack(skb, &head, stack, false)) {
		nlmsg_free(skb);
		return;
	}
	event_send(net, skb);
}

/**
 * npv_event_policy() - tell that operators have changed the policy
 * @net: the namespace
 * @number: the policy's number now
 *
 * Context: any.
 */
void npv_event_policy(struct net *net, u32 number)
{
	struct sk_buff *skb;
	void *hdr;

	skb = event_new(net);
	if (!skb)
		return;

	hdr = genlmsg_put(skb, 0, 0, &npv_nl_family, 0, NPV_CMD_POLICY_CHANGE_NTF);
	if (!hdr || nla_put_u32(skb, NPV_A_INFO_POLICY, number)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, hdr);
	event_send(net, skb);
}
