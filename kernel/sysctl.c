// SPDX-License-Identifier: GPL-2.0
/* net.npv.*: settings of a namespace. Documentation/sysctl.rst describes them. */

#include <linux/slab.h>
#include <linux/sysctl.h>

#include "netns.h"
#include "sysctl.h"

/*
 * RFC 8305, section 8: the delay SHOULD be 100 ms to 2 s and MUST NOT be under
 * 10 ms; 250 ms is what it recommends, and a First Address Family Count of 1.
 */
static unsigned int attempt_delay_min = 10;
static unsigned int attempt_delay_max = 2000;
static unsigned int first_family_min = 1;
static unsigned int first_family_max = 7;
static unsigned int history_ttl_max = 7 * 24 * 3600;

static const struct ctl_table npv_sysctl_template[] = {
	{
		.procname	= "attempt_delay_ms",
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &attempt_delay_min,
		.extra2		= &attempt_delay_max,
	}, {
		.procname	= "first_family_count",
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= &first_family_min,
		.extra2		= &first_family_max,
	}, {
		.procname	= "history_ttl",
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= &history_ttl_max,
	}, {
		.procname	= "listen_twin",
		.maxlen		= sizeof(unsigned int),
		.mode		= 0644,
		.proc_handler	= proc_douintvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= SYSCTL_ONE,
	},
};

/**
 * npv_sysctl_init() - set a namespace's settings to their defaults, offer them
 * @net: the namespace
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int npv_sysctl_init(struct net *net)
{
	struct npv_net *npvn = npv_pernet(net);
	struct npv_sysctls *s = &npvn->sysctls;
	struct ctl_table *table;

	s->attempt_delay_ms = 250;
	s->first_family_count = 1;
	s->history_ttl = 600;
	s->listen_twin = 1;

	table = kmemdup(npv_sysctl_template, sizeof(npv_sysctl_template),
			GFP_KERNEL);
	if (!table)
		return -ENOMEM;

	table[0].data = &s->attempt_delay_ms;
	table[1].data = &s->first_family_count;
	table[2].data = &s->history_ttl;
	table[3].data = &s->listen_twin;

	npvn->sysctl_header =
		register_net_sysctl_sz(net, "net/npv", table,
				       ARRAY_SIZE(npv_sysctl_template));
	if (!npvn->sysctl_header) {
		kfree(table);
		return -ENOMEM;
	}

	return 0;
}

/**
 * npv_sysctl_exit() - undo npv_sysctl_init()
 * @net: the namespace
 */
void npv_sysctl_exit(struct net *net)
{
	struct npv_net *npvn = npv_pernet(net);
	const struct ctl_table *table = npvn->sysctl_header->ctl_table_arg;

	unregister_net_sysctl_table(npvn->sysctl_header);
	kfree(table);
}
