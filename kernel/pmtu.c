// SPDX-License-Identifier: GPL-2.0
/*
 * Path MTU discovery of UDP stacks by probes of their own, RFC 8899: no packet is
 * fragmented, and no ICMP is needed. Time is passed in, as in recovery.c.
 *
 * Between what passes and what doesn't the search halves the distance; it begins with
 * what the interface carries, for that is right on most paths. What gets lost in a row
 * while nothing so large arrives says that the path has become narrower.
 */

#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "pmtu.h"

/* MAX_PROBES: a size doesn't pass that was lost so often */
#define PROBES_MAX	3
/* PMTU_RAISE_TIMER: whether a larger one passes now is looked at again after this */
#define RAISE_US	(600ULL * USEC_PER_SEC)
/* Less than this isn't worth another probe */
#define STEP		8U
/* The path has become narrower when so many large packets in a row are lost */
#define LOSSES_MAX	4

/* Begin to search between what is held to pass and @high. */
static void search(struct npv_pmtu *p, u16 low, u32 high, u64 at_us)
{
	p->low = low;
	p->high = high;
	p->probing = 0;
	p->probes = 0;
	p->flying = false;
	p->losses = 0;
	p->at_us = at_us;
}

/* What to try next: 0 when that is found. */
static u16 next_size(const struct npv_pmtu *p)
{
	if (p->high > p->max)
		return p->low < p->max ? p->max : 0;
	if (p->high - p->low <= STEP)
		return 0;
	return (u16)((p->low + p->high) / 2);
}

/**
 * npv_pmtu_init() - begin with what nearly every path carries
 * @p: the search
 * @min: what every path must carry, not 0
 * @max: what the interface carries
 * @now_us: the time
 */
void npv_pmtu_init(struct npv_pmtu *p, u16 min, u16 max, u64 now_us)
{
	memset(p, 0, sizeof(*p));
	p->min = min;
	p->max = max(max, min);
	p->size = clamp_t(u16, NPV_PMTU_BASE, p->min, p->max);
	search(p, p->size, p->max + 1U, now_us);
}

/**
 * npv_pmtu_due() - when npv_pmtu_probe() may have something to send
 * @p: the search
 *
 * A stack that is idle need not be woken for it.
 *
 * Return: the time, microseconds; 0 never, as long as a probe is under way or nothing
 * larger than what is sent can pass.
 */
u64 npv_pmtu_due(const struct npv_pmtu *p)
{
	if (p->flying || p->size >= p->max)
		return 0;
	return p->at_us;
}

/**
 * npv_pmtu_probe() - the size of a probe that is to be sent now
 * @p: the search
 * @now_us: the time
 *
 * Return: it, 0 if none is. It counts as sent.
 */
u16 npv_pmtu_probe(struct npv_pmtu *p, u64 now_us)
{
	if (!npv_pmtu_due(p) || now_us < p->at_us)
		return 0;
	if (!p->probing) {
		p->probing = next_size(p);
		p->probes = 0;
	}
	if (!p->probing) {
		/* Long after the search has ended: does more pass now? */
		p->high = p->max + 1U;
		p->probing = next_size(p);
	}
	p->probes++;
	p->flying = true;
	return p->probing;
}

/* What is tried next, or when the search is done, is tried again */
static void advance(struct npv_pmtu *p, u64 now_us)
{
	p->probing = 0;
	p->probes = 0;
	p->at_us = next_size(p) ? now_us : now_us + RAISE_US;
}

/* What is left when packets of more than this don't pass any more */
static u16 step_down(const struct npv_pmtu *p)
{
	return p->size > NPV_PMTU_BASE && p->min < NPV_PMTU_BASE ?
	       NPV_PMTU_BASE : p->min;
}

/**
 * npv_pmtu_acked() - a packet was received
 * @p: the search
 * @size: its size
 * @probe: it was a probe
 * @now_us: the time
 */
void npv_pmtu_acked(struct npv_pmtu *p, u16 size, bool probe, u64 now_us)
{
	/* What is smaller than what would be left says nothing of larger ones. */
	if (size > step_down(p))
		p->losses = 0;
	if (!probe || size != p->probing || !p->flying)
		return;
	p->flying = false;
	p->low = size;
	p->size = size;
	advance(p, now_us);
}

/**
 * npv_pmtu_lost() - a packet was lost
 * @p: the search
 * @size: its size
 * @probe: it was a probe
 * @now_us: the time
 *
 * Return: whether less than before may be sent from now on.
 */
bool npv_pmtu_lost(struct npv_pmtu *p, u16 size, bool probe, u64 now_us)
{
	u16 down = step_down(p);

	if (probe) {
		if (size != p->probing || !p->flying)
			return false;
		p->flying = false;
		if (p->probes < PROBES_MAX) {
			p->at_us = now_us;
			return false;
		}
		p->high = size;
		advance(p, now_us);
		return false;
	}

	if (size <= down || ++p->losses < LOSSES_MAX)
		return false;
	search(p, down, p->size, now_us);
	p->size = down;
	return true;
}

/**
 * npv_pmtu_again() - that a probe was lost tells nothing of its size
 * @p: the search
 * @now_us: the time
 *
 * It is as if it had not been sent.
 */
void npv_pmtu_again(struct npv_pmtu *p, u64 now_us)
{
	if (!p->flying)
		return;
	p->flying = false;
	p->probes--;
	p->at_us = now_us;
}

/**
 * npv_pmtu_moved() - what is under way went nowhere, whatever its size
 * @p: the search
 * @now_us: the time
 */
void npv_pmtu_moved(struct npv_pmtu *p, u64 now_us)
{
	p->losses = 0;
	npv_pmtu_again(p, now_us);
}

/**
 * npv_pmtu_too_big() - a router says what it carries
 * @p: the search
 * @size: that, less headers; the caller has seen that a packet of this stack is meant
 * @now_us: the time
 *
 * It is believed only downwards, and no lower than @p->min: RFC 8899, 4.6.1.
 *
 * Return: whether less than before may be sent from now on.
 */
bool npv_pmtu_too_big(struct npv_pmtu *p, u16 size, u64 now_us)
{
	bool lower = size < p->size;

	if (size < p->min || size >= p->max)
		return false;
	if (!lower) {
		/* What is larger than this need not be tried. */
		if (size + 1U < p->high && size > p->low) {
			search(p, p->low, size + 1U, now_us);
			/* It may be just this. */
			p->probing = size;
		}
		return false;
	}
	search(p, size, size + 1U, now_us + RAISE_US);
	p->size = size;
	return true;
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/pmtu_test.c"
#endif
