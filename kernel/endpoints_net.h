/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_ENDPOINTS_NET_H
#define _NPV_ENDPOINTS_NET_H

#include <linux/notifier.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "endpoint.h"

/* Bits of npv_endpoints_net.events */
#define NPV_ENDPOINTS_ADDRS	0	/* addresses or links changed */
#define NPV_ENDPOINTS_LINKS	1	/* links may have another speed */
#define NPV_ENDPOINTS_ROUTES	2	/* routes changed */
#define NPV_ENDPOINTS_WANTED	3	/* somebody has asked: they are kept */
#define NPV_ENDPOINTS_BUILT	4	/* ... and they are there */

/**
 * struct npv_endpoints_net - the endpoints of a namespace, and what becomes of them
 * @live: what there is. RCU, written under @lock.
 * @lock: taken with no other inside, bottom halves off
 * @changes: grows when @live is changed, and when something goes that it has. @lock.
 * @last_id: last id given out, from NPV_ENDPOINT_FOUND on. @lock.
 * @events: NPV_ENDPOINTS_*: what @work has to look at
 * @ran: when it did last, jiffies. READ_ONCE(), WRITE_ONCE().
 * @routed: when it did for routes, jiffies. READ_ONCE(), WRITE_ONCE().
 * @built: when it looked at addresses last, jiffies. READ_ONCE(), WRITE_ONCE().
 * @work: looks again, and has sessions do so
 * @routes: of routes, while @watched
 * @watched: @routes is registered, by @work
 * @routes_seen: changes of routes that it was told of
 * @net: the namespace
 */
struct npv_endpoints_net {
	struct npv_endpoints __rcu *live;
	spinlock_t lock;	/* protects changes, last_id and who writes live */
	u32 changes;
	u32 last_id;
	unsigned long events;
	unsigned long ran;
	unsigned long routed;
	unsigned long built;
	struct delayed_work work;
	struct notifier_block routes;
	bool watched;
	atomic_t routes_seen;
	struct net *net;
};

#endif /* _NPV_ENDPOINTS_NET_H */
