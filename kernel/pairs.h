/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_PAIRS_H
#define _NPV_PAIRS_H

#include <linux/jiffies.h>
#include <linux/types.h>

struct in6_addr;
struct npv_native;
struct npv_pair_failed;
struct npv_subflow;

/* A pair that failed is tried again after this at the latest */
#define NPV_RETRY_MAX	(64 * HZ)
/* ... and after this where no stack gets anything through */
#define NPV_RETRY_LOST	(HZ / 2)

struct npv_pair_failed *npv_pairs_find(struct npv_native *nat,
				       const struct in6_addr *local,
				       const struct in6_addr *remote);
unsigned long npv_pairs_due(const struct npv_pair_failed *failed,
			    unsigned long now, bool lost);
void npv_pairs_failed(struct npv_native *nat, const struct in6_addr *local,
		      const struct in6_addr *remote);
void npv_pairs_stack_failed(struct npv_native *nat, struct npv_subflow *sub);
void npv_pairs_forbid(struct npv_native *nat, struct npv_subflow *sub);
void npv_pairs_forgive(struct npv_native *nat);

#endif /* _NPV_PAIRS_H */
