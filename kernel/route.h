/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_ROUTE_H
#define _NPV_ROUTE_H

#include <linux/types.h>
#include <linux/uidgid.h>

struct in6_addr;
struct net;
struct sock;

/**
 * enum npv_route - what leads from an address of an interface to one of a peer
 * @NPV_ROUTE_NONE: nothing that leaves by the interface
 * @NPV_ROUTE_ADDRESS: what comes from the address leaves by the interface
 * @NPV_ROUTE_INTERFACE: ... only if the socket is bound to the interface
 */
enum npv_route {
	NPV_ROUTE_NONE,
	NPV_ROUTE_ADDRESS,
	NPV_ROUTE_INTERFACE,
};

/**
 * struct npv_route_user - what of a session routing may ask for
 * @net: namespace
 * @mark: SO_MARK
 * @uid: its user
 */
struct npv_route_user {
	struct net *net;
	u32 mark;
	kuid_t uid;
};

bool npv_route_is_here(struct net *net, const struct in6_addr *addr);
bool npv_route_default(const struct npv_route_user *user, const struct in6_addr *remote,
		       struct in6_addr *local, int *ifindex);
enum npv_route npv_route_find(const struct npv_route_user *user,
			      const struct in6_addr *local, int ifindex,
			      const struct in6_addr *remote);
struct npv_route_user npv_route_user(const struct sock *sk);

#endif /* _NPV_ROUTE_H */
