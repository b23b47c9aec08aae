// SPDX-License-Identifier: GPL-2.0
/*
 * Tokens that are good for one use. They are made from a secret and not kept, so what is
 * remembered is which were used, as long as they would be good: in memory of a fixed
 * size, by bits of the token, which nobody can choose.
 */

#include <linux/errno.h>
#include <linux/string.h>

#include "once.h"

/**
 * npv_once() - use a token
 * @once: what was used; all zeros at first
 * @epoch: in which the token was made, not 0: this one or the last
 * @token: bits of it that are as good as random
 *
 * Context: one caller at a time.
 * Return: 0, and it is used from now on; -EALREADY if it was; -ENOSPC if that could not
 * be remembered.
 */
int npv_once(struct npv_once *once, u64 epoch, u64 token)
{
	u32 *used = once->used[epoch & 1];
	u32 part = (token >> 32) ?: 1;
	unsigned int i;

	if (once->epoch[epoch & 1] != epoch) {
		once->epoch[epoch & 1] = epoch;
		memset(used, 0, sizeof(once->used[0]));
	}
	used += (u32)token % NPV_ONCE_TOKENS / NPV_ONCE_WAYS * NPV_ONCE_WAYS;
	for (i = 0; i < NPV_ONCE_WAYS; i++) {
		if (used[i] == part)
			return -EALREADY;
		if (used[i])
			continue;
		used[i] = part;
		return 0;
	}

	return -ENOSPC;
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/once_test.c"
#endif
