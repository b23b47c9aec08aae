/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_CAPACITY_H
#define _NPV_CAPACITY_H

#include <linux/types.h>

#include "../uapi/linux/npv_netlink.h"

/**
 * struct npv_capacity_hints - what a capacity profile means for a stack
 * @dscp: code point that packets are marked with, 0 to 63
 * @priority: as SO_PRIORITY; none needs a privilege
 * @nodelay: TCP is not to wait until it can fill a packet
 */
struct npv_capacity_hints {
	u8 dscp;
	u8 priority;
	bool nodelay;
};

const struct npv_capacity_hints *npv_capacity_hints(u8 capacity);

#endif /* _NPV_CAPACITY_H */
