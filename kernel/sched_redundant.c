// SPDX-License-Identifier: GPL-2.0
/*
 * Scheduler "redundant": every stack gets every piece, as far as it has room. The
 * peer takes what comes first.
 */

#include "native.h"
#include "scheduler.h"
#include "subflow.h"

/* By what they are ranked; where nothing was measured, 0 is the highest. */
static u32 redundant_rank(const struct npv_subflow *sub)
{
	return sub->ops->srtt(sub) - 1;
}

/* The one that is likely to be the first: the others get copies. */
static unsigned int redundant_pick(struct npv_native *nat, unsigned long mask)
{
	unsigned int i, best = __ffs(mask);

	for_each_set_bit(i, &mask, NPV_STACKS_MAX)
		if (redundant_rank(nat->slot[i]) <
		    redundant_rank(nat->slot[best]))
			best = i;
	return best;
}

struct npv_sched_ops npv_sched_redundant = {
	.name	= "redundant",
	.copies	= true,
	.pick	= redundant_pick,
};
