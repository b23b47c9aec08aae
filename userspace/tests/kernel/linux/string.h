/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NPV_TESTS_KERNEL_STRING_H
#define NPV_TESTS_KERNEL_STRING_H

#include <string.h>

#endif /* NPV_TESTS_KERNEL_STRING_H */
