// SPDX-License-Identifier: GPL-2.0
/* Links and addresses that come and go, for the sessions that use them. */

#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/notifier.h>
#include <net/addrconf.h>
#include <net/ipv6.h>

#include "endpoint.h"
#include "link.h"

static int link_netdev_event(struct notifier_block *nb, unsigned long event,
			     void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct net *net = dev_net(dev);

	switch (event) {
	case NETDEV_CHANGE:
		if (!netif_carrier_ok(dev)) {
			npv_endpoints_down(net, dev->ifindex, false);
			break;
		}
		fallthrough;
	case NETDEV_UP:
		npv_endpoints_event(net, true);
		break;
	case NETDEV_GOING_DOWN:
		npv_endpoints_down(net, dev->ifindex, true);
		break;
	case NETDEV_DOWN:
	case NETDEV_UNREGISTER:
		npv_endpoints_down(net, dev->ifindex, false);
		break;
	case NETDEV_CHANGENAME:
		npv_endpoints_event(net, false);
		break;
	}

	return NOTIFY_DONE;
}

static int link_inetaddr_event(struct notifier_block *nb, unsigned long event,
			       void *ptr)
{
	const struct in_ifaddr *ifa = ptr;
	const struct net_device *dev = ifa->ifa_dev->dev;
	struct in6_addr addr;

	if (event == NETDEV_DOWN) {
		ipv6_addr_set_v4mapped(ifa->ifa_local, &addr);
		npv_endpoints_gone(dev_net(dev), dev->ifindex, &addr);
	} else {
		npv_endpoints_event(dev_net(dev), false);
	}
	return NOTIFY_DONE;
}

static struct notifier_block link_netdev_nb = {
	.notifier_call = link_netdev_event,
};

static struct notifier_block link_inetaddr_nb = {
	.notifier_call = link_inetaddr_event,
};

#if IS_ENABLED(CONFIG_IPV6)
static int link_inet6addr_event(struct notifier_block *nb,
				unsigned long event, void *ptr)
{
	const struct inet6_ifaddr *ifa = ptr;
	const struct net_device *dev = ifa->idev->dev;

	/* When a link goes down it's told of each, also of those that stay. */
	if (event == NETDEV_DOWN && dev->flags & IFF_UP)
		npv_endpoints_gone(dev_net(dev), dev->ifindex, &ifa->addr);
	else
		npv_endpoints_event(dev_net(dev), false);
	return NOTIFY_DONE;
}

static struct notifier_block link_inet6addr_nb = {
	.notifier_call = link_inet6addr_event,
};

static int link_register_ipv6(void)
{
	return register_inet6addr_notifier(&link_inet6addr_nb);
}

static void link_unregister_ipv6(void)
{
	unregister_inet6addr_notifier(&link_inet6addr_nb);
}
#else
static int link_register_ipv6(void)
{
	return 0;
}

static void link_unregister_ipv6(void)
{
}
#endif

/**
 * npv_link_init() - watch links and addresses
 *
 * Context: module init.
 * Return: 0 or -errno.
 */
int __init npv_link_init(void)
{
	int err;

	err = register_netdevice_notifier(&link_netdev_nb);
	if (err)
		return err;
	err = register_inetaddr_notifier(&link_inetaddr_nb);
	if (err)
		goto err_netdev;
	err = link_register_ipv6();
	if (err)
		goto err_inetaddr;
	return 0;

err_inetaddr:
	unregister_inetaddr_notifier(&link_inetaddr_nb);
err_netdev:
	unregister_netdevice_notifier(&link_netdev_nb);
	return err;
}

/** npv_link_exit() - undo npv_link_init() */
void npv_link_exit(void)
{
	link_unregister_ipv6();
	unregister_inetaddr_notifier(&link_inetaddr_nb);
	unregister_netdevice_notifier(&link_netdev_nb);
}
