// SPDX-License-Identifier: GPL-2.0
/*
 * Pairs of addresses between which a native session could have no stack: when they
 * may be tried again.
 */

#include <linux/jiffies.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "native.h"
#include "pairs.h"
#include "stack.h"
#include "stacks.h"
#include "subflow.h"

/* A pair that failed is tried again after this, doubled each time */
#define RETRY_FIRST	(2 * HZ)

/**
 * npv_pairs_find() - what is known of two addresses
 * @nat: the session
 * @local: our address
 * @remote: the peer's
 *
 * Context: session lock held.
 * Return: how they failed; NULL if they did not lately.
 */
struct npv_pair_failed *npv_pairs_find(struct npv_native *nat,
				       const struct in6_addr *local,
				       const struct in6_addr *remote)
{
	unsigned int i;

	for (i = 0; nat->failed && i < NPV_PAIRS_FAILED; i++)
		if (nat->failed[i].times &&
		    ipv6_addr_equal(&nat->failed[i].local, local) &&
		    ipv6_addr_equal(&nat->failed[i].remote, remote))
			return &nat->failed[i];
	return NULL;
}

/**
 * npv_pairs_due() - when a pair may be tried again
 * @failed: what npv_pairs_find() says of it
 * @now: the time, jiffies
 * @lost: no stack gets anything through: then one that fails often, or that an
 *	operator has forbidden, is better than nothing
 *
 * Return: @now, or a later time.
 */
unsigned long npv_pairs_due(const struct npv_pair_failed *failed,
			    unsigned long now, bool lost)
{
	if (!failed)
		return now;
	if (failed->forbidden && !lost)
		return now + MAX_JIFFY_OFFSET;
	if (time_after_eq(now, failed->until) ||
	    (lost && failed->until - now > NPV_RETRY_LOST))
		return now;
	return failed->until;
}

/* The entry for two addresses; the oldest makes room. NULL: no memory */
static struct npv_pair_failed *pair_note(struct npv_native *nat,
					 const struct in6_addr *local,
					 const struct in6_addr *remote)
{
	struct npv_pair_failed *failed;
	unsigned int i;

	failed = npv_pairs_find(nat, local, remote);
	if (failed)
		return failed;

	if (!nat->failed)
		nat->failed = kcalloc(NPV_PAIRS_FAILED, sizeof(*nat->failed),
				      GFP_KERNEL);
	if (!nat->failed)
		return NULL;
	/* The oldest makes room, a forbidden one only for lack of others. */
	failed = &nat->failed[0];
	for (i = 1; i < NPV_PAIRS_FAILED; i++)
		if (failed->forbidden != nat->failed[i].forbidden ?
		    failed->forbidden :
		    time_before(nat->failed[i].until, failed->until))
			failed = &nat->failed[i];
	failed->local = *local;
	failed->remote = *remote;
	failed->times = 0;
	failed->forbidden = false;
	return failed;
}

/* The same for the addresses of a stack */
static struct npv_pair_failed *pair_note_stack(struct npv_native *nat,
					       const struct npv_subflow *sub)
{
	struct in6_addr local, remote;
	__be16 port;

	local = npv_stack_local(npv_subflow_sk(sub), &port);
	remote = npv_stack_remote(npv_subflow_sk(sub), &port);
	return pair_note(nat, &local, &remote);
}

/*
 * After how long a pair is tried again that has just failed: @times before, in
 * a row; @worked: it has carried data until now; @lost: no stack gets anything
 * through.
 */
static unsigned long retry_delay(u32 times, bool worked, bool lost)
{
	if (lost)
		return NPV_RETRY_LOST;
	/* One that worked until now may be back soon. */
	if (worked && !times)
		return HZ / 2;
	return min(RETRY_FIRST << min(times, 5U), NPV_RETRY_MAX);
}

/* How often a pair has failed in a row, before it does so now */
static u32 failed_in_a_row(const struct npv_pair_failed *failed,
			   unsigned long now, bool worked)
{
	/* Between this failure and that before it there was a good time. */
	if (worked && time_after(now, failed->until + NPV_RETRY_MAX))
		return 0;
	return failed->times;
}

/* Between these addresses no stack can be had now; @worked: there was one. */
static void pair_fails(struct npv_native *nat, struct npv_pair_failed *failed,
		       bool worked)
{
	failed->times = failed_in_a_row(failed, jiffies, worked);
	failed->until = jiffies + retry_delay(failed->times, worked,
					      npv_stacks_stalled(nat));
	failed->times++;
}

/**
 * npv_pairs_failed() - between two addresses no stack could be begun
 * @nat: the session
 * @local: our address
 * @remote: the peer's
 *
 * Context: process, session lock held.
 */
void npv_pairs_failed(struct npv_native *nat, const struct in6_addr *local,
		      const struct in6_addr *remote)
{
	struct npv_pair_failed *failed = pair_note(nat, local, remote);

	if (failed)
		pair_fails(nat, failed, false);
}

/**
 * npv_pairs_stack_failed() - between these addresses no stack can be had now
 * @nat: the session
 * @sub: the stack that failed
 *
 * Context: session lock held.
 */
void npv_pairs_stack_failed(struct npv_native *nat, struct npv_subflow *sub)
{
	bool worked = sub->status != NPV_STACK_STATUS_JOINING;
	struct npv_pair_failed *failed;

	/* It is the other side that composes. */
	if (test_bit(NPV_NF_SERVER, &nat->flags))
		return;
	failed = pair_note_stack(nat, sub);
	if (failed)
		pair_fails(nat, failed, worked);
}

/**
 * npv_pairs_forbid() - an operator doesn't want a stack between these addresses
 * @nat: the session
 * @sub: the stack that was taken away
 *
 * It isn't set up again by itself while another works.
 *
 * Context: session lock held.
 */
void npv_pairs_forbid(struct npv_native *nat, struct npv_subflow *sub)
{
	struct npv_pair_failed *failed = pair_note_stack(nat, sub);

	if (!failed)
		return;
	failed->times++;
	failed->until = jiffies;
	failed->forbidden = true;
}

/**
 * npv_pairs_forgive() - addresses or links changed: what failed before may work now
 * @nat: the session
 *
 * Context: session lock held.
 */
void npv_pairs_forgive(struct npv_native *nat)
{
	unsigned int i;

	for (i = 0; nat->failed && i < NPV_PAIRS_FAILED; i++)
		/* Not those that an operator has forbidden */
		if (!nat->failed[i].forbidden)
			nat->failed[i].times = 0;
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/pairs_test.c"
#endif
