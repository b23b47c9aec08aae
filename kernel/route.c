// SPDX-License-Identifier: GPL-2.0
/* Whether there is a way from an address of this host to one of a peer. */

#include <net/addrconf.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/ipv6.h>
#include <net/ipv6_stubs.h>
#include <net/route.h>
#include <net/sock.h>

#include "route.h"

/**
 * npv_route_is_here() - whether an address is one of this host
 * @net: the namespace
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 *
 * Context: any.
 * Return: whether it is, loopback included.
 */
bool npv_route_is_here(struct net *net, const struct in6_addr *addr)
{
	if (ipv6_addr_v4mapped(addr))
		return inet_addr_type(net, addr->s6_addr32[3]) == RTN_LOCAL;
	return ipv6_addr_loopback(addr) || ipv6_chk_addr(net, addr, NULL, 0);
}

/*
 * Look for a route by an interface only. Not by ip_route_output_key(): where there is
 * none that takes the destination for a neighbour.
 */
static bool route4_by(struct net *net, struct flowi4 *fl4, int ifindex)
{
	struct fib_result res;
	bool ok;

	fl4->flowi4_oif = ifindex;
	rcu_read_lock();
	ok = !fib_lookup(net, fl4, &res, 0) && res.type == RTN_UNICAST &&
	     FIB_RES_DEV(res)->ifindex == ifindex;
	rcu_read_unlock();
	return ok;
}

static enum npv_route route4_find(struct net *net, struct flowi4 *fl4, int ifindex)
{
	struct rtable *rt = ip_route_output_key(net, fl4);
	bool ok = false;

	if (!IS_ERR(rt)) {
		ok = rt->dst.dev->ifindex == ifindex;
		ip_rt_put(rt);
	}
	if (ok)
		return NPV_ROUTE_ADDRESS;
	return route4_by(net, fl4, ifindex) ? NPV_ROUTE_INTERFACE : NPV_ROUTE_NONE;
}

static bool route6_leads(struct net *net, struct flowi6 *fl6, int ifindex)
{
	struct dst_entry *dst;
	bool ok;

	dst = ipv6_stub->ipv6_dst_lookup_flow(net, NULL, fl6, NULL);
	if (IS_ERR(dst))
		return false;
	ok = dst->dev->ifindex == ifindex;
	dst_release(dst);
	return ok;
}

static enum npv_route route6_find(struct net *net, struct flowi6 *fl6, int ifindex)
{
	if (route6_leads(net, fl6, ifindex))
		return NPV_ROUTE_ADDRESS;
	/* Without a source address the interface is not just a wish. */
	fl6->saddr = in6addr_any;
	fl6->flowi6_oif = ifindex;
	return route6_leads(net, fl6, ifindex) ? NPV_ROUTE_INTERFACE : NPV_ROUTE_NONE;
}

/**
 * npv_route_find() - whether what leaves from an address goes by its interface
 * @user: for whose session
 * @local: the address, IPv4 as ::ffff:a.b.c.d
 * @ifindex: the interface
 * @remote: address of the peer, of the same family
 *
 * A host with several uplinks has several default routes, of which those with the
 * larger metric are for sockets that are bound to their interface.
 *
 * Context: process.
 * Return: whether, and how.
 */
enum npv_route npv_route_find(const struct npv_route_user *user,
			      const struct in6_addr *local, int ifindex,
			      const struct in6_addr *remote)
{
	struct flowi6 fl6 = {
		.daddr = *remote,
		.saddr = *local,
		.flowi6_mark = user->mark,
		.flowi6_uid = user->uid,
		.flowi6_proto = IPPROTO_TCP,
	};

	if (ipv6_addr_v4mapped(remote)) {
		struct flowi4 fl4 = {
			.daddr = remote->s6_addr32[3],
			.saddr = local->s6_addr32[3],
			.flowi4_mark = user->mark,
			.flowi4_uid = user->uid,
			.flowi4_proto = IPPROTO_TCP,
		};

		return route4_find(user->net, &fl4, ifindex);
	}
	return route6_find(user->net, &fl6, ifindex);
}

static bool route4_default(const struct npv_route_user *user, __be32 remote,
			   struct in6_addr *local, int *ifindex)
{
	struct flowi4 fl4 = {
		.daddr = remote,
		.flowi4_mark = user->mark,
		.flowi4_uid = user->uid,
		.flowi4_proto = IPPROTO_TCP,
	};
	struct rtable *rt = ip_route_output_key(user->net, &fl4);

	if (IS_ERR(rt))
		return false;
	ipv6_addr_set_v4mapped(fl4.saddr, local);
	*ifindex = rt->rt_type == RTN_LOCAL ? 0 : rt->dst.dev->ifindex;
	ip_rt_put(rt);
	return true;
}

/**
 * npv_route_default() - by which way the kernel would have a socket leave
 * @user: for whose session
 * @remote: address of the peer, IPv4 as ::ffff:a.b.c.d
 * @local: set to the address that it would pick
 * @ifindex: set to the interface, 0: the peer is this host
 *
 * Context: process.
 * Return: whether there is a way.
 */
bool npv_route_default(const struct npv_route_user *user, const struct in6_addr *remote,
		       struct in6_addr *local, int *ifindex)
{
	struct flowi6 fl6 = {
		.daddr = *remote,
		.flowi6_mark = user->mark,
		.flowi6_uid = user->uid,
		.flowi6_proto = IPPROTO_TCP,
	};
	struct dst_entry *dst;

	if (ipv6_addr_v4mapped(remote))
		return route4_default(user, remote->s6_addr32[3], local, ifindex);
	dst = ipv6_stub->ipv6_dst_lookup_flow(user->net, NULL, &fl6, NULL);
	if (IS_ERR(dst))
		return false;
	*local = fl6.saddr;
	*ifindex = dst->dev->flags & IFF_LOOPBACK ? 0 : dst->dev->ifindex;
	dst_release(dst);
	return true;
}

/**
 * npv_route_user() - for whom routes are looked up
 * @sk: what the program has set it on
 *
 * Context: any.
 * Return: what npv_route_find() wants.
 */
struct npv_route_user npv_route_user(const struct sock *sk)
{
	return (struct npv_route_user) {
		.net	= sock_net(sk),
		.mark	= READ_ONCE(sk->sk_mark),
		.uid	= sk->sk_uid,
	};
}
