/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NPV_MGR_DEVICE_H
#define NPV_MGR_DEVICE_H

#include <stdint.h>

/*
 * Name of an interface of this program's namespace, which is the one asked about; NULL:
 * there is none. Good until the next call.
 */
const char *device_name(uint32_t ifindex);

#endif /* NPV_MGR_DEVICE_H */
