/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NPV_TESTS_KERNEL_ARRAY_SIZE_H
#define NPV_TESTS_KERNEL_ARRAY_SIZE_H

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#endif /* NPV_TESTS_KERNEL_ARRAY_SIZE_H */
