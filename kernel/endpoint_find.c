// SPDX-License-Identifier: GPL-2.0
/*
 * What addresses this host has that stacks may leave from, by what links, and how
 * operators want them to be used.
 */

#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/if_inet6.h>
#include <net/rtnetlink.h>

#include "endpoint.h"
#include "endpoint_find.h"
#include "policy.h"
#include "../uapi/linux/npv_netlink.h"

/* Of IPv6 these can't be used. */
#define UNUSABLE	(IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_DEPRECATED)

/* --- links --- */

static bool link_devtype_is(const struct net_device *dev, const char *name)
{
	const struct device_type *type = dev->dev.type;

	return type && type->name && !strcmp(type->name, name);
}

static bool link_is_wifi(const struct net_device *dev)
{
#if IS_ENABLED(CONFIG_CFG80211)
	if (dev->ieee80211_ptr)
		return true;
#endif
#ifdef CONFIG_WIRELESS_EXT
	if (dev->wireless_handlers)
		return true;
#endif
	return link_devtype_is(dev, "wlan");
}

static enum npv_link_type link_type(const struct net_device *dev)
{
	if (link_is_wifi(dev))
		return NPV_LINK_TYPE_WIFI;
	if (link_devtype_is(dev, "wwan"))
		return NPV_LINK_TYPE_WWAN;

	switch (dev->type) {
	case ARPHRD_IEEE80211:
	case ARPHRD_IEEE80211_PRISM:
	case ARPHRD_IEEE80211_RADIOTAP:
		return NPV_LINK_TYPE_WIFI;
	case ARPHRD_RAWIP:
		return NPV_LINK_TYPE_WWAN;
	case ARPHRD_IEEE802154:
	case ARPHRD_IEEE802154_MONITOR:
	case ARPHRD_6LOWPAN:
		return NPV_LINK_TYPE_LOW_POWER;
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
	case ARPHRD_IP6GRE:
	/* tun and WireGuard */
	case ARPHRD_NONE:
		return NPV_LINK_TYPE_TUNNEL;
	case ARPHRD_ETHER:
		if (link_devtype_is(dev, "vxlan") || link_devtype_is(dev, "geneve"))
			return NPV_LINK_TYPE_TUNNEL;
		return NPV_LINK_TYPE_ETHERNET;
	}
	return NPV_LINK_TYPE_OTHER;
}

static bool link_is_up(const struct net_device *dev)
{
	/* One that is going down isn't running any more, though it is still IFF_UP. */
	return dev->flags & IFF_UP && netif_running(dev) && netif_carrier_ok(dev);
}

/**
 * npv_endpoint_find_speeds() - ask the drivers how fast links are
 * @net: the namespace
 * @eps: the endpoints, whose speeds are set where a driver knows, else to 0
 *
 * Context: process, RTNL held; may sleep.
 */
void npv_endpoint_find_speeds(struct net *net, struct npv_endpoints *eps)
{
	struct ethtool_link_ksettings link;
	unsigned int i;

	ASSERT_RTNL();
	for (i = 0; i < eps->n; i++) {
		struct npv_endpoint *ep = &eps->endpoint[i];
		struct net_device *dev;

		if (i && ep[-1].ifindex == ep->ifindex) {
			ep->link_speed = ep[-1].link_speed;
			continue;
		}
		ep->link_speed = 0;
		dev = __dev_get_by_index(net, ep->ifindex);
		if (dev && ep->up && !__ethtool_get_link_ksettings(dev, &link) &&
		    link.base.speed != (u32)SPEED_UNKNOWN)
			ep->link_speed = link.base.speed;
	}
}

/* --- what operators say --- */

/* How much one says of an address: of the address, then of the interface */
enum {
	NAMED_NOTHING,
	NAMED_INTERFACE,
	NAMED_ADDR,
	NAMED_BOTH,
};

static unsigned int named_fits(const struct npv_named *named,
			       const struct in6_addr *addr, const char *ifname)
{
	unsigned int fits = NAMED_NOTHING;

	if (!ipv6_addr_any(&named->addr)) {
		if (!ipv6_addr_equal(&named->addr, addr))
			return NAMED_NOTHING;
		fits += NAMED_ADDR;
	}
	if (named->ifname[0]) {
		if (strcmp(named->ifname, ifname))
			return NAMED_NOTHING;
		fits += NAMED_INTERFACE;
	}
	return fits;
}

/*
 * The operator's endpoint that says most of an address, of equal ones the first; they
 * are by id. NULL: none is about it. @fits: set to NAMED_*.
 */
static const struct npv_named *named_find(const struct npv_named *const *named,
					  unsigned int n, const struct in6_addr *addr,
					  const char *ifname, unsigned int *fits)
{
	const struct npv_named *best = NULL;
	unsigned int i, most = NAMED_NOTHING;

	for (i = 0; i < n; i++) {
		unsigned int this = named_fits(named[i], addr, ifname);

		if (this <= most)
			continue;
		most = this;
		best = named[i];
	}
	*fits = most;
	return best;
}

/* --- addresses --- */

/**
 * struct find - the addresses that are found
 * @policy: what operators say of them
 * @eps: the endpoints
 * @dev: the interface that is looked at
 */
struct find {
	const struct npv_policy *policy;
	struct npv_endpoints *eps;
	const struct net_device *dev;
};

/*
 * One more address; @chosen: it is an endpoint also if no operator has named just it.
 * Return: whether it has become one.
 */
static bool find_add(struct find *f, const struct in6_addr *addr, bool temporary,
		     bool chosen)
{
	const struct npv_named *named;
	struct npv_endpoint *ep;
	unsigned int fits;

	named = named_find((const struct npv_named *const *)f->policy->named,
			   f->policy->n_named, addr, f->dev->name, &fits);
	if (!chosen && fits < NAMED_ADDR)
		return false;
	if (f->eps->n == NPV_ENDPOINTS_MAX)
		return false;

	f->eps->n++;
	ep = &f->eps->endpoint[f->eps->n - 1];
	memset(ep, 0, sizeof(*ep));
	ep->addr = *addr;
	ep->ifindex = f->dev->ifindex;
	strscpy(ep->ifname, f->dev->name, sizeof(ep->ifname));
	ep->up = link_is_up(f->dev);
	ep->temporary = temporary;
	ep->link_type = link_type(f->dev);
	ep->set.weight = NPV_ENDPOINT_WEIGHT;
	if (named) {
		ep->named = named->id;
		ep->set = named->set;
	}
	return true;
}

static void find_ipv4(struct find *f)
{
	struct in_device *in_dev = __in_dev_get_rcu(f->dev);
	const struct in_ifaddr *ifa;
	struct in6_addr addr;

	if (!in_dev)
		return;
	in_dev_for_each_ifa_rcu(ifa, in_dev) {
		bool chosen = !(ifa->ifa_flags & IFA_F_SECONDARY) &&
			      ifa->ifa_scope < RT_SCOPE_LINK;

		ipv6_addr_set_v4mapped(ifa->ifa_local, &addr);
		find_add(f, &addr, false, chosen);
	}
}

#if IS_ENABLED(CONFIG_IPV6)
/*
 * Two addresses of a link at most, a temporary one and another: more of them lead over
 * the same path.
 */
static void find_ipv6(struct find *f)
{
	struct inet6_dev *idev = __in6_dev_get(f->dev);
	u32 unusable = UNUSABLE;
	const struct inet6_ifaddr *ifp;
	bool had[2] = {};

	if (!idev)
		return;
	/* Those that stay when a link goes down are tentative until it is back. */
	if (!(f->dev->flags & IFF_UP))
		unusable &= ~IFA_F_TENTATIVE;
	read_lock_bh(&idev->lock);
	list_for_each_entry(ifp, &idev->addr_list, if_list) {
		bool temporary = ifp->flags & IFA_F_TEMPORARY;

		if (ifp->flags & unusable ||
		    ipv6_addr_src_scope(&ifp->addr) <= IPV6_ADDR_SCOPE_LINKLOCAL)
			continue;
		if (find_add(f, &ifp->addr, temporary, !had[temporary]))
			had[temporary] = true;
	}
	read_unlock_bh(&idev->lock);
}
#else
static void find_ipv6(struct find *f)
{
}
#endif

/**
 * npv_endpoint_find_all() - the addresses of a namespace that can be endpoints
 * @net: the namespace
 * @policy: what operators say of them
 * @eps: set to them, without ids and speeds; has room for NPV_ENDPOINTS_MAX
 *
 * Of IPv4 those that are not secondary and can be reached from elsewhere; of IPv6 one
 * or two global ones a link. Others are if operators have named them.
 *
 * Context: any but hard interrupt.
 */
void npv_endpoint_find_all(struct net *net, const struct npv_policy *policy,
			   struct npv_endpoints *eps)
{
	struct find f = { .policy = policy, .eps = eps };
	struct net_device *dev;

	eps->n = 0;
	rcu_read_lock();
	for_each_netdev_rcu(net, dev) {
		if (dev->flags & IFF_LOOPBACK)
			continue;
		f.dev = dev;
		find_ipv4(&f);
		find_ipv6(&f);
	}
	rcu_read_unlock();
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/endpoint_find_test.c"
#endif
