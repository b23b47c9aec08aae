// SPDX-License-Identifier: GPL-2.0
/*
 * When a UDP stack that is quiet says something: SO_KEEPALIVE, as TCP does to find out
 * whether its peer is still there, and NPV_KEEPALIVE, lest a NAT forget it. It asks for
 * an answer once; recovery asks again, as for anything that was not acknowledged.
 *
 * Times are the low 32 bits of jiffies: none is further away than they reach.
 */

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <net/net_namespace.h>

#include "keepalive.h"

/**
 * npv_keepalive_get() - what a program has set, with the defaults of TCP
 * @set: what it has set
 * @net: its namespace
 * @k: filled in
 *
 * Context: any.
 */
void npv_keepalive_get(const struct npv_keepalive_set *set, const struct net *net,
		       struct npv_keepalive *k)
{
	u64 interval, idle;

	k->refresh = set->refresh * HZ;
	k->idle = 0;
	k->patience = 0;
	if (!set->probe)
		return;
	/* These are in jiffies, and what an administrator makes of them. */
	idle = set->idle ? set->idle * HZ :
			   max(READ_ONCE(net->ipv4.sysctl_tcp_keepalive_time), 1);
	interval = set->interval ? set->interval * HZ :
				   max(READ_ONCE(net->ipv4.sysctl_tcp_keepalive_intvl), 1);
	interval *= set->count ?: READ_ONCE(net->ipv4.sysctl_tcp_keepalive_probes) ?: 1;
	k->idle = idle;
	k->patience = min_t(u64, interval, S32_MAX);
}

/* What is left of @span that began at @since */
static u32 left_of(u32 span, u32 since, u32 now)
{
	u32 passed = now - since;

	/* It may have been just now, on another processor. */
	if ((s32)passed < 0)
		return span;
	return span > passed ? span - passed : 0;
}

/**
 * npv_keepalive_left() - after which time a stack with nothing under way is to send
 * @k: what is wanted
 * @heard: when a packet came last
 * @sent: when one was sent last
 * @now: the time
 *
 * Context: any.
 * Return: jiffies, 0: now; NPV_KEEPALIVE_NEVER.
 */
u32 npv_keepalive_left(const struct npv_keepalive *k, u32 heard, u32 sent, u32 now)
{
	u32 left = NPV_KEEPALIVE_NEVER;

	if (k->idle)
		left = left_of(k->idle, heard, now);
	if (k->refresh)
		left = min(left, left_of(k->refresh, sent, now));
	return left;
}

/**
 * npv_keepalive_dead() - whether the answer has taken too long
 * @k: what is wanted
 * @heard: when a packet came last
 * @asked: when the peer was asked first, of those times that it has not answered
 * @now: the time
 *
 * Context: any.
 * Return: whether the stack is to be given up, for SO_KEEPALIVE.
 */
bool npv_keepalive_dead(const struct npv_keepalive *k, u32 heard, u32 asked, u32 now)
{
	/* Who asks more often, for the NAT, is not to be less patient. */
	return k->idle && now - asked >= k->patience && (s32)(now - heard) >= 0 &&
	       now - heard >= (u64)k->idle + k->patience;
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/keepalive_test.c"
#endif
