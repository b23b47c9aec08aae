/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels that this module builds for, and nothing
 * else. No other file asks for a version.
 */
#ifndef _NPV_COMPAT_H
#define _NPV_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#error "AF_NPV needs Linux 6.12 or later"
#endif

#endif /* _NPV_COMPAT_H */
