/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NPV_TESTS_KERNEL_LIMITS_H
#define NPV_TESTS_KERNEL_LIMITS_H

#include_next <linux/limits.h>

#define U32_MAX	0xffffffffU

#endif /* NPV_TESTS_KERNEL_LIMITS_H */
