/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NPV_TESTS_KERNEL_SORT_H
#define NPV_TESTS_KERNEL_SORT_H

#include <linux/types.h>
#include <stdlib.h>

static inline void sort(void *base, size_t n, size_t size,
			int (*cmp)(const void *a, const void *b), void *swap)
{
	(void)swap;
	qsort(base, n, size, cmp);
}

#endif /* NPV_TESTS_KERNEL_SORT_H */
