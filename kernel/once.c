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
	unsigned int half, i, at = (u32)token % NPV_ONCE_TOKENS;
	u32 part = (token >> 32) ?: 1;

	half = epoch & 1;
	if (once->epoch[half] != epoch) {
		once->epoch[half] = epoch;
		once->n[half] = 0;
		memset(once->used[half], 0, sizeof(once->used[half]));
	}
	at -= at % NPV_ONCE_WAYS;
	/* It may have been made anew since it was used. */
	for (i = 0; i < NPV_ONCE_WAYS; i++)
		if (once->used[half][at + i] == part ||
		    (once->used[!half][at + i] == part &&
		     (once->epoch[!half] == epoch - 1 || once->epoch[!half] == epoch + 1)))
			return -EALREADY;
	for (i = 0; i < NPV_ONCE_WAYS; i++) {
		if (once->used[half][at + i])
			continue;
		once->used[half][at + i] = part;
		once->n[half]++;
		return 0;
	}

	return -ENOSPC;
}

/**
 * npv_once_room() - whether one more token is likely to be remembered
 * @once: what was used
 * @epoch: this one
 *
 * Context: as npv_once().
 * Return: whether it is worth giving one away.
 */
bool npv_once_room(const struct npv_once *once, u64 epoch)
{
	return once->epoch[epoch & 1] != epoch ||
	       once->n[epoch & 1] < NPV_ONCE_TOKENS / 2;
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/once_test.c"
#endif
