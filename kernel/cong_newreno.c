// SPDX-License-Identifier: GPL-2.0
/* Congestion control "newreno": RFC 9002, section 7.3 and appendix B */

#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "cong.h"

/* One datagram more for each window that is acknowledged */
static void newreno_acked(struct npv_cong *c, const struct npv_cong_ack *ack,
			  u64 busy_us)
{
	u64 *credit = &c->priv.newreno.credit;
	u32 bytes = ack->acked;

	if (npv_cong_in_slow_start(c)) {
		bytes = npv_cong_slow_start(c, ack);
		if (!bytes)
			return;
	}
	/*
	 * An ACK may be for more than the window, where that has just been
	 * cut.
	 */
	bytes = min_t(u64, bytes, c->cwnd);
	/*
	 * A large window grows by less than a byte an ACK: keep what is over.
	 */
	npv_cong_grow(c, div64_u64_rem(*credit + (u64)c->mss * bytes, c->cwnd,
				       credit));
}

static void newreno_congestion(struct npv_cong *c, u32 lost)
{
	c->ssthresh = c->cwnd / 2;
	c->cwnd = c->ssthresh;
	c->priv.newreno.credit = 0;
}

const struct npv_cong_ops npv_cong_newreno = {
	.name		= "newreno",
	.acked		= newreno_acked,
	.congestion	= newreno_congestion,
};

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/cong_newreno_test.c"
#endif
