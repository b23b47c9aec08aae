// SPDX-License-Identifier: GPL-2.0
/* AF_NPV: Network Protocol Virtualization. Loading and unloading. */

#include <linux/module.h>
#include <linux/rcupdate.h>
#include <net/genetlink.h>

#include "address.h"
#include "compat.h"
#include "handshake.h"
#include "link.h"
#include "native.h"
#include "netlink.h"
#include "netns.h"
#include "race.h"
#include "scheduler.h"
#include "session.h"
#include "socket.h"

module_param_named(family, npv_family_nr, uint, 0444);
MODULE_PARM_DESC(family, "Number of the socket family (default 18)");

static int __init npv_init(void)
{
	int err;

	err = npv_race_init();
	if (err)
		return err;

	err = npv_sched_init();
	if (err)
		goto err_race;

	err = npv_handshake_init();
	if (err)
		goto err_sched;

	err = npv_native_init();
	if (err)
		goto err_handshake;

	err = npv_netns_init();
	if (err)
		goto err_native;

	err = npv_session_init();
	if (err)
		goto err_netns;

	err = npv_metrics_init();
	if (err)
		goto err_session;

	err = npv_netlink_init();
	if (err)
		goto err_metrics;

	err = npv_link_init();
	if (err)
		goto err_netlink;

	err = npv_socket_init();
	if (err)
		goto err_link;

	return 0;

err_link:
	npv_link_exit();
err_netlink:
	npv_netlink_exit();
err_metrics:
	npv_metrics_exit();
err_session:
	npv_session_exit();
err_netns:
	npv_netns_exit();
err_native:
	npv_native_exit();
err_handshake:
	npv_handshake_exit();
err_sched:
	npv_sched_exit();
err_race:
	npv_race_exit();
	return err;
}

static void __exit npv_exit(void)
{
	npv_socket_exit();
	npv_link_exit();
	npv_netlink_exit();
	npv_metrics_exit();
	npv_session_exit();
	npv_netns_exit();
	npv_native_exit();
	npv_handshake_exit();
	npv_sched_exit();
	npv_race_exit();
	/* Callbacks of stacks that were let go run under RCU at the latest. */
	rcu_barrier();
}

module_init(npv_init);
module_exit(npv_exit);

MODULE_DESCRIPTION("Network Protocol Virtualization: AF_NPV sockets");
MODULE_LICENSE("GPL");
MODULE_ALIAS_NETPROTO(NPV_FAMILY_DEFAULT);
MODULE_ALIAS_GENL_FAMILY("npv");
