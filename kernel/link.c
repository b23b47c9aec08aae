// SPDX-License-Identifier: GPL-2.0
/* Links and addresses that come and go, for the sessions that use them. */

#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/notifier.h>
#include <net/addrconf.h>

#include "compose.h"
#include "link.h"

static int link_netdev_event(struct notifier_block *nb, unsigned long event,
			     void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	switch (event) {
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_GOING_DOWN:
	case NETDEV_CHANGE:
		npv_compose_changed(dev_net(dev));
		break;
	}

	return NOTIFY_DONE;
}

static int link_inetaddr_event(struct notifier_block *nb, unsigned long event,
			       void *ptr)
{
	const struct in_ifaddr *ifa = ptr;

	npv_compose_changed(dev_net(ifa->ifa_dev->dev));
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

	npv_compose_changed(dev_net(ifa->idev->dev));
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
