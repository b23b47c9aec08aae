// SPDX-License-Identifier: GPL-2.0
/*
 * Scheduler "redundant": every stack gets every piece, as far as it has room. The
 * peer takes what comes first.
 */

#include <net/tcp.h>

#include "native.h"
#include "scheduler.h"
#include "stack_tcp.h"

/* The one that is likely to be the first: the others get copies. */
static unsigned int redundant_pick(struct npv_native *nat, unsigned long mask)
{
	unsigned int i, best = __ffs(mask);

	for_each_set_bit(i, &mask, NPV_STACKS_MAX)
		if (READ_ONCE(tcp_sk(npv_tcp_sk(nat->slot[i]))->srtt_us) <
		    READ_ONCE(tcp_sk(npv_tcp_sk(nat->slot[best]))->srtt_us))
			best = i;
	return best;
}

struct npv_sched_ops npv_sched_redundant = {
	.name	= "redundant",
	.copies	= true,
	.pick	= redundant_pick,
};
