// SPDX-License-Identifier: GPL-2.0
/*
 * Scheduler "weighted": every stack gets bytes in proportion to its weight, as
 * far as it has room (weighted round robin by bytes).
 */

#include "native.h"
#include "scheduler.h"
#include "stack_tcp.h"

static unsigned int weighted_pick(struct npv_native *nat, unsigned long mask)
{
	unsigned int i, best = __ffs(mask);

	for_each_set_bit(i, &mask, NPV_STACKS_MAX)
		if (nat->slot[i]->credit > nat->slot[best]->credit)
			best = i;
	return best;
}

/* What one is given is shared out to all, and taken from that one. */
static void weighted_sent(struct npv_native *nat, struct npv_tcp *tcp,
			  u32 bytes)
{
	/* A stack that had no room for long must not have it all after that. */
	const s64 limit = 1 << 20;
	unsigned int i, sum = 0;

	for (i = 0; i < NPV_STACKS_MAX; i++)
		if (nat->slot[i])
			sum += nat->slot[i]->weight;
	for (i = 0; i < NPV_STACKS_MAX && sum; i++) {
		struct npv_tcp *it = nat->slot[i];

		if (!it)
			continue;
		it->credit += div_s64((s64)bytes * it->weight, sum);
		if (it == tcp)
			it->credit -= bytes;
		it->credit = clamp(it->credit, -limit, limit);
	}
}

struct npv_sched_ops npv_sched_weighted = {
	.name	= "weighted",
	.pick	= weighted_pick,
	.sent	= weighted_sent,
};
