/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_KEEPALIVE_H
#define _NPV_KEEPALIVE_H

#include <linux/types.h>

struct net;

/* Nothing is to be sent, however long a stack is quiet */
#define NPV_KEEPALIVE_NEVER	U32_MAX

/**
 * struct npv_keepalive_set - what a program has set, in seconds
 * @idle: TCP_KEEPIDLE, 0: the namespace's tcp_keepalive_time
 * @interval: TCP_KEEPINTVL, 0: the namespace's tcp_keepalive_intvl
 * @refresh: NPV_KEEPALIVE, 0: none
 * @count: TCP_KEEPCNT, 0: the namespace's tcp_keepalive_probes
 * @probe: SO_KEEPALIVE
 */
struct npv_keepalive_set {
	u16 idle;
	u16 interval;
	u16 refresh;
	u8 count;
	bool probe;
};

/**
 * struct npv_keepalive - what that is for a stack now, in jiffies
 * @idle: nothing has come for so long: the peer is asked for an answer. 0: never
 * @patience: the answer may take so long
 * @refresh: nothing was sent for so long: something is. 0: never
 */
struct npv_keepalive {
	u32 idle;
	u32 patience;
	u32 refresh;
};

/* Whether there is anything to keep alive */
static inline bool npv_keepalive_on(const struct npv_keepalive_set *set)
{
	return set->probe || set->refresh;
}

void npv_keepalive_get(const struct npv_keepalive_set *set, const struct net *net,
		       struct npv_keepalive *k);
u32 npv_keepalive_left(const struct npv_keepalive *k, u32 heard, u32 sent, u32 now);
bool npv_keepalive_dead(const struct npv_keepalive *k, u32 heard, u32 asked, u32 now);

#endif /* _NPV_KEEPALIVE_H */
