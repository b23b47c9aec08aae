// SPDX-License-Identifier: GPL-2.0
/*
 * Scheduler "backup": one stack carries everything, the oldest that works; the
 * others wait until it fails.
 */

#include "native.h"
#include "scheduler.h"
#include "subflow.h"
#include "stacks.h"

static unsigned int backup_pick(struct npv_native *nat, unsigned long mask)
{
	unsigned int i, best = __ffs(mask);

	for_each_set_bit(i, &mask, NPV_STACKS_MAX)
		if (nat->slot[i]->id < nat->slot[best]->id)
			best = i;
	return best;
}

struct npv_sched_ops npv_sched_backup = {
	.name	= "backup",
	.single	= true,
	.pick	= backup_pick,
};
