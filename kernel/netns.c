// SPDX-License-Identifier: GPL-2.0
/* State of AF_NPV in each network namespace. */

#include "compose.h"
#include "netns.h"
#include "sysctl.h"

unsigned int npv_net_id __read_mostly;

static int __net_init npv_net_init(struct net *net)
{
	struct npv_net *npvn = npv_pernet(net);
	int err;

	xa_init(&npvn->sessions);
	INIT_LIST_HEAD(&npvn->twins);
	mutex_init(&npvn->twins_lock);
	npv_probes_init(&npvn->probes);
	npv_port_init(&npvn->port, net);
	spin_lock_init(&npvn->natives_lock);
	npv_hearers_init(&npvn->hearers, net);
	npv_compose_init(net);
	npv_verdicts_init(net);

	err = npv_peers_init(&npvn->peers) ?:
	      npv_peers_init(&npvn->kinds) ?:
	      npv_peers_init(&npvn->datagrams);
	if (err)
		goto err_peers;

	err = npv_policies_init(net);
	if (err)
		goto err_peers;

	err = npv_endpoints_init(net);
	if (err)
		goto err_policies;

	err = npv_udp_names_init(&npvn->udp_names);
	if (err)
		goto err_endpoints;

	err = npv_mib_init(net);
	if (err)
		goto err_names;

	err = npv_sysctl_init(net);
	if (err)
		goto err_mib;

	return 0;

err_mib:
	npv_mib_exit(net);
err_names:
	npv_udp_names_exit(&npvn->udp_names);
err_endpoints:
	npv_endpoints_exit(net);
err_policies:
	npv_policies_exit(net);
err_peers:
	npv_peers_exit(&npvn->datagrams);
	npv_peers_exit(&npvn->kinds);
	npv_peers_exit(&npvn->peers);
	return err;
}

static void __net_exit npv_net_exit(struct net *net)
{
	struct npv_net *npvn = npv_pernet(net);

	/* Sockets hold the namespace through their stacks: none is left. */
	WARN_ON_ONCE(!xa_empty(&npvn->sessions));
	WARN_ON_ONCE(!list_empty(&npvn->twins));

	npv_compose_exit(net);
	npv_hearers_exit(&npvn->hearers);
	npv_port_exit(&npvn->port);
	npv_probes_exit(&npvn->probes);
	npv_sysctl_exit(net);
	npv_mib_exit(net);
	npv_udp_names_exit(&npvn->udp_names);
	npv_verdicts_exit(net);
	npv_endpoints_exit(net);
	npv_policies_exit(net);
	npv_peers_exit(&npvn->datagrams);
	npv_peers_exit(&npvn->kinds);
	npv_peers_exit(&npvn->peers);
	mutex_destroy(&npvn->twins_lock);
	xa_destroy(&npvn->sessions);
}

static struct pernet_operations npv_net_ops = {
	.init	= npv_net_init,
	.exit	= npv_net_exit,
	.id	= &npv_net_id,
	.size	= sizeof(struct npv_net),
};

/**
 * npv_netns_init() - give every namespace, now and later, its state
 *
 * Context: module init.
 * Return: 0 or the -errno of a namespace's set-up.
 */
int __init npv_netns_init(void)
{
	return register_pernet_subsys(&npv_net_ops);
}

/** npv_netns_exit() - undo npv_netns_init() */
void npv_netns_exit(void)
{
	unregister_pernet_subsys(&npv_net_ops);
}
