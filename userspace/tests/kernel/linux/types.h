/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel's pure logic needs of the kernel, for the tests of it that run
 * outside: each header of that name has as much of the kernel's as is used.
 */
#ifndef NPV_TESTS_KERNEL_TYPES_H
#define NPV_TESTS_KERNEL_TYPES_H

#include_next <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;

#endif /* NPV_TESTS_KERNEL_TYPES_H */
