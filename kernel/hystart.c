// SPDX-License-Identifier: GPL-2.0
/*
 * HyStart++ (RFC 9406): slow start that ends before it has overrun the path.
 *
 * When the lowest round-trip time of a round is clearly above that of the
 * round before, a queue is building up, and growth becomes slower:
 * conservative slow start (CSS). If the round-trip time falls again it was
 * jitter, and slow start goes on; if it doesn't for CSS_ROUNDS rounds, slow
 * start is over.
 *
 * The RFC's limit on the growth by one ACK, L, is infinite here: it is there
 * for bursts, and what sends is paced.
 */

#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/time64.h>

#include "hystart.h"

#define N_RTT_SAMPLE		8
#define MIN_RTT_THRESH_US	(4 * USEC_PER_MSEC)
#define MAX_RTT_THRESH_US	(16 * USEC_PER_MSEC)
#define MIN_RTT_DIVISOR		8
#define CSS_GROWTH_DIVISOR	4
#define CSS_ROUNDS		5

/**
 * npv_hystart_init() - begin
 * @hs: what is to be filled in
 *
 * Context: any.
 */
void npv_hystart_init(struct npv_hystart *hs)
{
	*hs = (struct npv_hystart) {
		.last_min_us = U32_MAX,
		.min_us = U32_MAX,
		.base_us = U32_MAX,
	};
}

/**
 * npv_hystart_growth() - by how much an ACK lets the window grow
 * @hs: as it was before that ACK
 * @acked: bytes newly acknowledged
 *
 * Context: any.
 * Return: bytes.
 */
u32 npv_hystart_growth(const struct npv_hystart *hs, u32 acked)
{
	return hs->css ? acked / CSS_GROWTH_DIVISOR : acked;
}

static void round_begin(struct npv_hystart *hs, u64 last_sent)
{
	hs->last_min_us = hs->min_us;
	hs->min_us = U32_MAX;
	hs->samples = 0;
	hs->round_end = last_sent;
}

/* A queue is building up: from slow start to conservative slow start. */
static bool rtt_rises(const struct npv_hystart *hs)
{
	u32 thresh;

	if (hs->last_min_us == U32_MAX)
		return false;
	thresh = clamp_t(u32, hs->last_min_us / MIN_RTT_DIVISOR,
			 MIN_RTT_THRESH_US, MAX_RTT_THRESH_US);

	return hs->min_us >= hs->last_min_us + thresh;
}

static void sample(struct npv_hystart *hs, u32 rtt_us)
{
	hs->min_us = min(hs->min_us, rtt_us);
	/* Only whether there are enough is asked. */
	if (hs->samples < N_RTT_SAMPLE)
		hs->samples++;
	if (hs->samples < N_RTT_SAMPLE)
		return;

	if (!hs->css && rtt_rises(hs)) {
		hs->css = true;
		hs->css_rounds = 0;
		hs->base_us = hs->min_us;
	} else if (hs->css && hs->min_us < hs->base_us) {
		hs->css = false;
		hs->base_us = U32_MAX;
	}
}

/**
 * npv_hystart_acked() - an ACK came in slow start
 * @hs: the state
 * @largest: largest packet number acknowledged
 * @last_sent: packet number sent last
 * @rtt_us: round-trip time that it gave, microseconds; 0: it gave none
 *
 * To be called after the window has grown by npv_hystart_growth(), and not for
 * ACKs that come while the sender is limited by the application: they tell
 * nothing of what a growing window does to the queue.
 *
 * Context: any.
 * Return: whether slow start is over: ssthresh is to be what the window is.
 */
bool npv_hystart_acked(struct npv_hystart *hs, u64 largest, u64 last_sent,
		       u32 rtt_us)
{
	if (!hs->started) {
		/* The first round is the initial window. */
		hs->started = true;
		hs->round_end = last_sent;
	}
	if (rtt_us)
		sample(hs, rtt_us);
	if (largest < hs->round_end)
		return false;

	round_begin(hs, last_sent);
	/* The round in which CSS began counts, though it was not all CSS. */
	return hs->css && ++hs->css_rounds >= CSS_ROUNDS;
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/hystart_test.c"
#endif
