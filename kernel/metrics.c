// SPDX-License-Identifier: GPL-2.0
/*
 * How a stack does: what is made of its counters when it is looked at. Nothing here
 * is paid for by packets; what happens between two looks is seen as its sum.
 */

#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/typecheck.h>

#include "../uapi/linux/npv_netlink.h"
#include "metrics.h"

/**
 * npv_metrics_loss() - the share of lost packets, as of late
 * @ppm: what it was
 * @lost: packets lost since; less than 0: so many that were counted before have
 *	come after all
 * @packets: packets of which was heard since, or which were lost
 *
 * An average over the last NPV_LOSS_PACKETS or so: it is as good with many as with
 * few packets between two looks, and one loss among few says little.
 *
 * Context: any; a pure function.
 * Return: of a million, 0 to NPV_PPM.
 */
u32 npv_metrics_loss(u32 ppm, s32 lost, u32 packets)
{
	s64 sum = (s64)ppm * NPV_LOSS_PACKETS + (s64)lost * NPV_PPM;

	if (sum <= 0)
		return 0;
	packets = min_t(u32, packets, S32_MAX);
	return min_t(u64, div_u64(sum, NPV_LOSS_PACKETS + packets), NPV_PPM);
}

/* RFC 3550, A.8: J += (|D| - J) / 16, rounded, and kept sixteenfold */
static void metrics_jitter(struct npv_metrics *m, u32 rtt_us)
{
	u32 last_us = m->rtt_us;

	m->rtt_us = min(rtt_us, U32_MAX / 16);
	if (last_us)
		m->jitter += abs_diff(m->rtt_us, last_us) -
			     ((m->jitter + 8) >> 4);
}

/*
 * Bytes acknowledged over the time in which they were, from one acknowledgment to
 * another that is at least a round trip later (draft-cheng-iccrg-delivery-rate-
 * estimation, 2.2, of which this is the acknowledgments' half). What is less because
 * there was less to send says nothing, unless it is more than was known.
 */
static void metrics_rate(struct npv_metrics *m, const struct npv_measured *now)
{
	u64 span_us = now->acked_us - m->acked_us;
	u64 rate;

	m->limited |= now->limited;
	if (m->acked_us) {
		if (now->acked_us <= m->acked_us ||
		    span_us < max(now->span_us, 1000U))
			return;
		rate = mul_u64_u64_div_u64(now->acked - m->acked, 1000000,
					   span_us);
		if (!m->limited || rate > m->rate)
			m->rate = rate;
	}
	m->acked = now->acked;
	m->acked_us = now->acked_us;
	/* What comes after a pause is no slower for that. */
	m->limited = now->idle;
}

/**
 * npv_metrics_update() - take in what a stack has counted and measured
 * @m: how it does; zeros at first
 * @now: by now
 *
 * Context: any; a pure function.
 */
void npv_metrics_update(struct npv_metrics *m, const struct npv_measured *now)
{
	u32 delivered = now->delivered - m->delivered;
	s32 lost = now->lost - m->lost;

	if (m->begun)
		m->loss_ppm = npv_metrics_loss(m->loss_ppm, lost,
					       max_t(s64, (s64)delivered + lost,
						     0));
	/* Where nothing was acknowledged since, it is the same sample. */
	if (now->rtt_us && (!m->begun || delivered))
		metrics_jitter(m, now->rtt_us);
	if (now->acked_us)
		metrics_rate(m, now);
	else
		m->rate = now->rate;
	m->delivered = now->delivered;
	m->lost = now->lost;
	m->begun = true;
}

/* Whether a value is over its threshold: it has to fall well below to be so no more */
static bool value_over(u32 value, u32 threshold, bool was)
{
	return threshold && value >= (was ? threshold / 2 + 1 : threshold);
}

static bool value_differs(u64 value, u64 was, u32 percent)
{
	u64 by = abs_diff(value, was);

	return percent && by &&
	       by >= mul_u64_u64_div_u64(was, percent, 100);
}

/**
 * npv_metrics_crossed() - whether a listener is to be told of a stack
 * @set: when it wants to be
 * @told: what it was told last; updated if it is
 * @now: how the stack does
 * @at: jiffies
 *
 * What comes too soon after the last message is kept back, and told by a later call
 * if it is still so.
 *
 * Context: any; a pure function.
 * Return: why, NPV_METRIC_*; 0: it isn't.
 */
u32 npv_metrics_crossed(const struct npv_thresholds *set, struct npv_told *told,
			const struct npv_values *now, unsigned long at)
{
	bool loss = value_over(now->loss_ppm, set->loss_ppm, told->loss);
	bool queue = value_over(now->queue, set->queue, told->queue);
	bool heard = set->heard_ms && now->heard_ms >= set->heard_ms;
	u32 crossed = 0;

	if (told->at && time_before(at, told->at + set->interval))
		return 0;
	if (!told->known) {
		/* Before it is measured there is nothing to tell. */
		crossed = now->srtt_us ? NPV_METRIC_FIRST : 0;
	} else {
		if (value_differs(now->srtt_us, told->srtt_us, set->rtt_percent))
			crossed |= NPV_METRIC_RTT;
		if (loss != told->loss)
			crossed |= NPV_METRIC_LOSS;
		if (value_differs(now->rate, told->rate, set->rate_percent))
			crossed |= NPV_METRIC_RATE;
		if (queue != told->queue)
			crossed |= NPV_METRIC_QUEUE;
		if (heard != told->heard)
			crossed |= NPV_METRIC_HEARD;
		if (set->every)
			crossed |= NPV_METRIC_INTERVAL;
	}
	if (!crossed)
		return 0;

	told->known = true;
	told->srtt_us = now->srtt_us;
	told->rate = now->rate;
	told->loss = loss;
	told->queue = queue;
	told->heard = heard;
	told->at = at ?: 1;

	return crossed;
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/metrics_test.c"
#endif
