// SPDX-License-Identifier: GPL-2.0
/* The stacks' metrics: when they are looked at, and what is remembered of them. */

#include <linux/jiffies.h>
#include <net/sock.h>

#include "metrics.h"
#include "native.h"
#include "peer.h"
#include "session.h"
#include "stack.h"
#include "subflow.h"

/* How often the peer cache is told of a stack that carries data for long */
#define NOTE_EVERY	(10 * HZ)

/* Have the peer cache remember how a stack does, or did until it failed. */
static void metrics_note(struct npv_subflow *sub)
{
	struct sock *sk = npv_subflow_sk(sub);
	struct npv_peer_known known;
	struct npv_measured now = {};
	struct in6_addr addr;
	__be16 port;

	/* Without a sample the round-trip time is but a guess. */
	if (!sub->ops->srtt(sub))
		return;
	sub->ops->measure(sub, &now);
	known = (struct npv_peer_known) {
		.srtt_us	= sub->ops->srtt(sub),
		.rttvar_us	= now.rttvar_us,
		.rate		= sub->metrics.rate,
		.loss_ppm	= sub->metrics.loss_ppm,
	};
	addr = npv_stack_remote(sk, &port);
	/* Who connects to us is no one whom we are going to connect to. */
	npv_peer_note_metrics(sock_net(sk), &addr, &known, sub->initiator,
			      !sub->err);
	sub->metrics.noted = jiffies | 1;
}

/**
 * npv_metrics_begin() - a stack has joined its session
 * @sub: the stack
 *
 * Context: session lock held.
 */
void npv_metrics_begin(struct npv_subflow *sub)
{
	struct sock *sk = npv_subflow_sk(sub);
	struct npv_peer_known known;
	struct in6_addr addr;
	__be16 port;

	sub->metrics.noted = jiffies | 1;
	if (sub->ops->srtt(sub))
		return;
	addr = npv_stack_remote(sk, &port);
	npv_peer_known(sock_net(sk), &addr, &known);
	sub->metrics.known_us = known.srtt_us;
}

/**
 * npv_metrics_look() - look how a stack does
 * @sub: the stack
 *
 * As often as somebody looks at its progress: the packets don't pay for it.
 *
 * Context: process, session lock held, the stack's not.
 */
void npv_metrics_look(struct npv_subflow *sub)
{
	struct npv_metrics *m = &sub->metrics;
	struct npv_measured now = {};

	sub->ops->measure(sub, &now);
	npv_metrics_update(m, &now);
	npv_metrics_tell(sub);
	if (m->noted && time_after(jiffies, m->noted + NOTE_EVERY))
		metrics_note(sub);
}

/**
 * npv_metrics_end() - a stack ends
 * @sub: the stack, still attached, npv_subflow.err set
 *
 * How it did is remembered, all the more if it fails: much may have been lost.
 *
 * Context: process, session lock held, the stack's not.
 */
void npv_metrics_end(struct npv_subflow *sub)
{
	if (!sub->metrics.noted)
		return;
	npv_metrics_look(sub);
	metrics_note(sub);
}

/**
 * npv_metrics_heard_ms() - how long nothing has come on a stack
 * @sub: the stack
 *
 * Context: session lock held.
 * Return: milliseconds.
 */
u32 npv_metrics_heard_ms(const struct npv_subflow *sub)
{
	return jiffies_to_msecs((u32)jiffies - sub->ops->heard(sub));
}
