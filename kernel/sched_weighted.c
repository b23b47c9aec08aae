// SPDX-License-Identifier: GPL-2.0
/*
 * Scheduler "weighted": every stack gets bytes in proportion to its weight, as
 * far as it has room (weighted round robin by bytes).
 */

#include <linux/math64.h>
#include <linux/sizes.h>

#include "native.h"
#include "scheduler.h"
#include "subflow.h"

/* A stack that had no room for long gets so many bytes first, not all. */
#define CREDIT_MAX	SZ_1M

/* What bytes cost a stack; fine enough for one byte and the highest weight */
static s64 weighted_cost(const struct npv_subflow *sub, u32 bytes)
{
	return div_u64((u64)bytes << 20, sub->weight);
}

static unsigned int weighted_pick(struct npv_native *nat, unsigned long mask)
{
	unsigned int i, best = __ffs(mask);

	for_each_set_bit(i, &mask, NPV_STACKS_MAX)
		if (nat->slot[i]->credit > nat->slot[best]->credit)
			best = i;
	return best;
}

/*
 * Credit is counted from where the stack was that has just carried: of those
 * that can carry it had the most. What the others have more is what they were
 * kept from, for want of room or because they are not to be used.
 */
static void weighted_sent(struct npv_native *nat, struct npv_subflow *sub,
			  u32 bytes)
{
	s64 from = sub->credit;
	unsigned int i;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		struct npv_subflow *it = nat->slot[i];

		it->credit -= from;
		if (it == sub)
			it->credit -= weighted_cost(it, bytes);
		it->credit = min(it->credit, weighted_cost(it, CREDIT_MAX));
	}
}

struct npv_sched_ops npv_sched_weighted = {
	.name	= "weighted",
	.pick	= weighted_pick,
	.sent	= weighted_sent,
};
