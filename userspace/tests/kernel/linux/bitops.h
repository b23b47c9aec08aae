/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NPV_TESTS_KERNEL_BITOPS_H
#define NPV_TESTS_KERNEL_BITOPS_H

#include <linux/bits.h>

static inline unsigned int fls(unsigned int x)
{
	return x ? 32U - (unsigned int)__builtin_clz(x) : 0;
}

#endif /* NPV_TESTS_KERNEL_BITOPS_H */
