/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_LIMIT_H
#define _NPV_LIMIT_H

#include <linux/siphash.h>
#include <linux/types.h>

struct in6_addr;

/* Sources that are told apart, a power of two */
#define NPV_SOURCES		512

/**
 * struct npv_limit - how often something may be done
 * @credit: times that it may be at once, in parts of HZ
 * @stamp: when that was so, the low bits of jiffies
 */
struct npv_limit {
	u32 credit;
	u32 stamp;
};

/**
 * struct npv_sources - how often something may be done for who asks
 * @secret: who asks can't know whose limit it shares
 * @limit: by a hash of the source
 */
struct npv_sources {
	siphash_key_t secret;
	struct npv_limit limit[NPV_SOURCES];
};

void npv_limit_init(struct npv_limit *limit, u32 burst, unsigned long now);
bool npv_limit_pass(struct npv_limit *limit, u32 rate, u32 burst,
		    unsigned long now);
void npv_sources_init(struct npv_sources *sources, u32 burst, unsigned long now);
struct npv_limit *npv_sources_find(struct npv_sources *sources,
				   const struct in6_addr *addr);

#endif /* _NPV_LIMIT_H */
