// SPDX-License-Identifier: GPL-2.0
/*
 * Scheduler "minrtt": the stack on which the next piece arrives first.
 *
 * That is the one with the lowest round-trip time, as long as it doesn't have to
 * wait there: what a stack holds unsent takes as long as its pacing rate says. Before
 * it is measured it is what the peer cache remembers of the way there.
 */

#include <linux/math64.h>
#include <net/sock.h>

#include "native.h"
#include "scheduler.h"
#include "subflow.h"

/* Microseconds until what is given to a stack now has arrived, about */
static u64 minrtt_arrival(const struct npv_subflow *sub)
{
	u64 rate = READ_ONCE(npv_subflow_sk(sub)->sk_pacing_rate);
	u64 unsent = sub->ops->unsent(sub);
	u32 srtt = sub->ops->srtt(sub) ?: sub->metrics.known_us;

	/* Where nothing has been measured, what others have is better. */
	if (!rate || rate == ~0UL)
		return srtt ?: USEC_PER_SEC / 10;
	return srtt / 2 + div64_u64(unsent * USEC_PER_SEC, rate);
}

static unsigned int minrtt_pick(struct npv_native *nat, unsigned long mask)
{
	u64 arrival, best_arrival = U64_MAX;
	unsigned int i, best = __ffs(mask);

	for_each_set_bit(i, &mask, NPV_STACKS_MAX) {
		arrival = minrtt_arrival(nat->slot[i]);
		if (arrival < best_arrival) {
			best_arrival = arrival;
			best = i;
		}
	}
	return best;
}

struct npv_sched_ops npv_sched_minrtt = {
	.name	= "minrtt",
	.pick	= minrtt_pick,
};
