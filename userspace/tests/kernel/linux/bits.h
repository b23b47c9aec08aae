/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NPV_TESTS_KERNEL_BITS_H
#define NPV_TESTS_KERNEL_BITS_H

#define BIT(nr)		(1UL << (nr))
#define BIT_ULL(nr)	(1ULL << (nr))

#endif /* NPV_TESTS_KERNEL_BITS_H */
