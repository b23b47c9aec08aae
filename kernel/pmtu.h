/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_PMTU_H
#define _NPV_PMTU_H

#include <linux/types.h>

/* BASE_PLPMTU of RFC 8899: what nearly every path carries, bytes of UDP payload */
#define NPV_PMTU_BASE		1200

/**
 * struct npv_pmtu - search for the largest packet that a path carries. Its owner's
 *	lock. Sizes are bytes of UDP payload.
 * @size: what may be sent
 * @min: what every path must carry
 * @max: what the interface carries
 * @low: largest size that is known, or held, to pass
 * @high: smallest size that is held not to pass; @max + 1: none
 * @probing: size of the probe that is under way, or is to be sent again; 0: none
 * @probes: how often it was sent
 * @flying: one of them is under way
 * @losses: packets of more than the next lower size lost in a row
 * @at_us: when the next probe may be sent, or the search begins again, microseconds
 */
struct npv_pmtu {
	u16 size;
	u16 min;
	u16 max;
	u16 low;
	u32 high;
	u16 probing;
	u8 probes;
	bool flying;
	u8 losses;
	u64 at_us;
};

void npv_pmtu_init(struct npv_pmtu *p, u16 min, u16 max, u64 now_us);
u16 npv_pmtu_probe(struct npv_pmtu *p, u64 now_us);
u64 npv_pmtu_due(const struct npv_pmtu *p);
void npv_pmtu_acked(struct npv_pmtu *p, u16 size, bool probe, u64 now_us);
bool npv_pmtu_lost(struct npv_pmtu *p, u16 size, bool probe, u64 now_us);
void npv_pmtu_again(struct npv_pmtu *p, u64 now_us);
void npv_pmtu_moved(struct npv_pmtu *p, u64 now_us);
bool npv_pmtu_too_big(struct npv_pmtu *p, u16 size, u64 now_us);

#endif /* _NPV_PMTU_H */
