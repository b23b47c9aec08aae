/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NPV_TESTS_KERNEL_STDDEF_H
#define NPV_TESTS_KERNEL_STDDEF_H

#include_next <linux/stddef.h>
#include <stddef.h>

#define sizeof_field(type, member)	sizeof(((type *)NULL)->member)

#endif /* NPV_TESTS_KERNEL_STDDEF_H */
