/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_HYSTART_H
#define _NPV_HYSTART_H

#include <linux/types.h>

/**
 * struct npv_hystart - the first slow start of a path, by HyStart++ (RFC 9406)
 * @round_end: packet number whose acknowledgment ends the round
 * @last_min_us: lowest round-trip time of the round before; U32_MAX: none
 * @min_us: lowest of this round; U32_MAX: none
 * @base_us: what @min_us was when conservative slow start began
 * @samples: round-trip times measured in this round, no more than are needed
 * @css_rounds: rounds of conservative slow start that are over
 * @css: it is conservative slow start
 * @started: @round_end has a meaning
 */
struct npv_hystart {
	u64 round_end;
	u32 last_min_us;
	u32 min_us;
	u32 base_us;
	u8 samples;
	u8 css_rounds;
	bool css;
	bool started;
};

void npv_hystart_init(struct npv_hystart *hs);
u32 npv_hystart_growth(const struct npv_hystart *hs, u32 acked);
bool npv_hystart_acked(struct npv_hystart *hs, u64 largest, u64 last_sent,
		       u32 rtt_us);

#endif /* _NPV_HYSTART_H */
