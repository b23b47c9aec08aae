/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NPV_TESTS_KERNEL_MINMAX_H
#define NPV_TESTS_KERNEL_MINMAX_H

static inline unsigned int min(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static inline unsigned int max(unsigned int a, unsigned int b)
{
	return a > b ? a : b;
}

static inline unsigned int clamp(unsigned int value, unsigned int low,
				 unsigned int high)
{
	return min(max(value, low), high);
}

#endif /* NPV_TESTS_KERNEL_MINMAX_H */
