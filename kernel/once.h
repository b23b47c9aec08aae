/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_ONCE_H
#define _NPV_ONCE_H

#include <linux/types.h>

/* Tokens of one epoch that are remembered, at most: a power of two */
#define NPV_ONCE_TOKENS		4096
/* ... and of those that fall into the same place */
#define NPV_ONCE_WAYS		4

/**
 * struct npv_once - which tokens were used
 * @epoch: of which each half of @used is; 0: of none
 * @n: how many of each are taken
 * @used: parts of the tokens by another part; 0: free
 *
 * A token is good for the epoch in which it was made, and the next.
 */
struct npv_once {
	u64 epoch[2];
	unsigned int n[2];
	u32 used[2][NPV_ONCE_TOKENS];
};

bool npv_once_room(const struct npv_once *once, u64 epoch);
int npv_once(struct npv_once *once, u64 epoch, u64 token);

#endif /* _NPV_ONCE_H */
