/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NPV_TESTS_KERNEL_REFCOUNT_H
#define NPV_TESTS_KERNEL_REFCOUNT_H

#define refcount_t	int

#endif /* NPV_TESTS_KERNEL_REFCOUNT_H */
