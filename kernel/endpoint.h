/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_ENDPOINT_H
#define _NPV_ENDPOINT_H

#include <linux/if.h>
#include <linux/in6.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/types.h>

struct net;

/* Addresses of a namespace that can be endpoints; more are left out */
#define NPV_ENDPOINTS_MAX	64
/* Those that were found have numbers from here on; operators' are lower */
#define NPV_ENDPOINT_FOUND	0x80000000U

/* Weight of an endpoint, and of a stack, for which none is given */
#define NPV_ENDPOINT_WEIGHT	100

/**
 * struct npv_settings - how an endpoint is to be used
 * @cost: what its use costs; the less the better
 * @weight: share that the scheduler "weighted" gives its stacks, 1 to 1000
 * @backup: to be used only where no other is left
 * @metered: what goes over it is paid for
 * @disabled: no stacks
 * @max_rate: bytes a second that a stack may send by it; 0: no limit
 */
struct npv_settings {
	u32 cost;
	u32 weight;
	bool backup;
	bool metered;
	bool disabled;
	u64 max_rate;
};

/**
 * struct npv_named - an endpoint that an operator has named; it never changes
 * @ref: the policies that have it
 * @id: its number
 * @addr: its address, IPv4 as ::ffff:a.b.c.d; ::, all of the interface's
 * @ifname: name of its interface; empty: any
 * @set: how it is to be used
 *
 * Of those that fit an address the one that says most decides: address and
 * interface, then address, then interface, then the lowest id.
 */
struct npv_named {
	refcount_t ref;
	u32 id;
	struct in6_addr addr;
	char ifname[IFNAMSIZ];
	struct npv_settings set;
};

/**
 * struct npv_endpoint - an address of this host that stacks may leave from
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @id: its number: it has the same as long as the address stays at the interface
 * @named: id of the operator's that it has its settings from, 0 if none
 * @ifindex: its interface
 * @ifname: name of that
 * @up: the link is up and has a carrier
 * @temporary: a temporary address (RFC 8981)
 * @link_type: enum npv_link_type
 * @link_speed: Mbit/s, 0 if unknown
 * @set: how it is to be used
 */
struct npv_endpoint {
	struct in6_addr addr;
	u32 id;
	u32 named;
	int ifindex;
	char ifname[IFNAMSIZ];
	bool up;
	bool temporary;
	u8 link_type;
	u32 link_speed;
	struct npv_settings set;
};

/**
 * struct npv_endpoints - the endpoints of a namespace at a time; it never changes
 * @rcu: frees it
 * @ref: npv_endpoints_get()
 * @generation: grows with each change
 * @n: number of them
 * @endpoint: in the order of interfaces, IPv4 before IPv6
 */
struct npv_endpoints {
	struct rcu_head rcu;
	refcount_t ref;
	u32 generation;
	unsigned int n;
	struct npv_endpoint endpoint[] __counted_by(n);
};

struct npv_named *npv_named_alloc(void);
struct npv_named *npv_named_get(struct npv_named *named);
void npv_named_put(struct npv_named *named);

int npv_endpoints_init(struct net *net);
void npv_endpoints_exit(struct net *net);
struct npv_endpoints *npv_endpoints_get(struct net *net);
u32 npv_endpoints_generation(struct net *net);
bool npv_endpoints_routes(struct net *net, int *seen);
struct npv_endpoints *npv_endpoints_peek(struct net *net);
void npv_endpoints_put(struct npv_endpoints *eps);
void npv_endpoints_changed(struct net *net);
void npv_endpoints_event(struct net *net, bool link);
void npv_endpoints_down(struct net *net, int ifindex, bool going);
void npv_endpoints_gone(struct net *net, int ifindex, const struct in6_addr *addr);
const struct npv_endpoint *npv_endpoints_find(const struct npv_endpoints *eps,
					      const struct in6_addr *addr);

#endif /* _NPV_ENDPOINT_H */
