// SPDX-License-Identifier: GPL-2.0
/*
 * Scheduler "minrtt": the stack on which the next piece arrives first.
 *
 * That is the one with the lowest round-trip time, as long as it doesn't have to
 * wait there: what a stack holds unsent takes as long as its pacing rate says.
 */

#include <net/tcp.h>

#include "native.h"
#include "scheduler.h"
#include "stack_tcp.h"

/* Microseconds until what is given to a stack now has arrived, about */
static u64 minrtt_arrival(const struct npv_tcp *tcp)
{
	const struct sock *sk = npv_tcp_sk(tcp);
	const struct tcp_sock *tp = tcp_sk(sk);
	u64 rate = READ_ONCE(sk->sk_pacing_rate);
	u64 unsent = READ_ONCE(tp->write_seq) - READ_ONCE(tp->snd_nxt);
	u32 srtt = READ_ONCE(tp->srtt_us) >> 3;

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
