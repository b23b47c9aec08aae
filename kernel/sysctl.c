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
static unsigned int first_family_max = 7;
static unsigned int week = 7 * 24 * 3600;
static unsigned int port_max = U16_MAX;
static unsigned int hello_wait_max = 10000;
static unsigned int stacks_max = 8;
static unsigned int reconnect_timeout_max = 3600;
static unsigned int datagram_idle_max = 86400;
static unsigned int endpoints_max = 1024;
static unsigned int profiles_max = 1024;
static unsigned int rules_max = 4096;
static unsigned int peers_max = 65536;

/* A setting, named as its member of struct npv_sysctls */
#define SETTING(name, min, max)						\
	{								\
		.procname	= #name,				\
		.data		= (void *)offsetof(struct npv_sysctls, name), \
		.maxlen		= sizeof(unsigned int),			\
		.mode		= 0644,					\
		.proc_handler	= proc_douintvec_minmax,		\
		.extra1		= min,					\
		.extra2		= max,					\
	}

/* Data is where in struct npv_sysctls the setting lies. */
static const struct ctl_table npv_sysctl_template[] = {
	SETTING(attempt_delay_ms, &attempt_delay_min, &attempt_delay_max),
	SETTING(first_family_count, SYSCTL_ONE, &first_family_max),
	SETTING(history_ttl, SYSCTL_ZERO, &week),
	SETTING(listen_twin, SYSCTL_ZERO, SYSCTL_ONE),
	SETTING(mode, SYSCTL_ZERO, SYSCTL_TWO),
	SETTING(port, SYSCTL_ONE, &port_max),
	SETTING(hello_wait, SYSCTL_ONE, &hello_wait_max),
	SETTING(peer_ttl, SYSCTL_ZERO, &week),
	SETTING(stacks_max, SYSCTL_ONE, &stacks_max),
	SETTING(reconnect_timeout, SYSCTL_ONE, &reconnect_timeout_max),
	SETTING(prefer_udp, SYSCTL_ZERO, SYSCTL_ONE),
	SETTING(datagram_idle, SYSCTL_ZERO, &datagram_idle_max),
	SETTING(endpoints_max, SYSCTL_ZERO, &endpoints_max),
	SETTING(profiles_max, SYSCTL_ZERO, &profiles_max),
	SETTING(rules_max, SYSCTL_ZERO, &rules_max),
	SETTING(sessions_max, SYSCTL_ZERO, SYSCTL_INT_MAX),
	SETTING(peers_max, SYSCTL_ONE, &peers_max),
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
	unsigned int i;

	s->attempt_delay_ms = 250;
	s->first_family_count = 1;
	s->history_ttl = 600;
	s->listen_twin = 1;
	s->mode = NPV_MODE_AUTO;
	s->port = 6780;
	s->hello_wait = 50;
	s->peer_ttl = 600;
	s->stacks_max = 4;
	s->reconnect_timeout = 60;
	s->prefer_udp = 0;
	s->datagram_idle = 60;
	s->endpoints_max = 64;
	s->profiles_max = 64;
	s->rules_max = 1024;
	s->sessions_max = 0;
	s->peers_max = 4096;

	table = kmemdup(npv_sysctl_template, sizeof(npv_sysctl_template),
			GFP_KERNEL);
	if (!table)
		return -ENOMEM;

	for (i = 0; i < ARRAY_SIZE(npv_sysctl_template); i++)
		table[i].data = (void *)s + (unsigned long)table[i].data;

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
