/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_MIB_H
#define _NPV_MIB_H

#include <linux/types.h>
#include <net/snmp.h>

#include "../uapi/linux/npv_netlink.h"

struct net;

/**
 * struct npv_mib - counters of a namespace
 * @mibs: indexed by the netlink attribute that reports the counter, so that
 *	the spec is the one place that lists them
 */
struct npv_mib {
	unsigned long mibs[__NPV_A_STATS_MAX];
};

int npv_mib_init(struct net *net);
void npv_mib_exit(struct net *net);
u64 npv_mib_read(struct net *net, int attr);

#endif /* _NPV_MIB_H */
