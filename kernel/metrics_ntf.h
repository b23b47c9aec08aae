/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_METRICS_NTF_H
#define _NPV_METRICS_NTF_H

#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "metrics.h"

/* Netlink sockets of a namespace that can have wishes of their own */
#define NPV_HEARERS_MAX		16

struct net;

/**
 * struct npv_hearer - a netlink socket that is told of stacks; it never changes
 * @rcu: frees it
 * @portid: its address
 * @serial: number of its wishes, never 0
 * @session: number of the session that it wants to hear of; 0: all
 * @set: when it is to be told
 */
struct npv_hearer {
	struct rcu_head rcu;
	u32 portid;
	u32 serial;
	u64 session;
	struct npv_thresholds set;
};

/**
 * struct npv_hearers - who is told of the stacks of a namespace
 * @lock: protects changes of all but @work
 * @hearer: they, RCU
 * @n: how many. READ_ONCE().
 * @serial: number of the last wishes
 * @work: looks at stacks that nothing is sent on
 * @net: the namespace
 */
struct npv_hearers {
	struct mutex lock;	/* protects changes */
	struct npv_hearer __rcu *hearer[NPV_HEARERS_MAX];
	unsigned int n;
	u32 serial;
	struct delayed_work work;
	struct net *net;
};

void npv_hearers_init(struct npv_hearers *hearers, struct net *net);
void npv_hearers_exit(struct npv_hearers *hearers);

int npv_metrics_init(void);
void npv_metrics_exit(void);

#endif /* _NPV_METRICS_NTF_H */
