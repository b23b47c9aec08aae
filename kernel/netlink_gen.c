// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/npv.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include "../uapi/linux/npv_netlink.h"

/* NPV_CMD_SESSION_GET - do */
static const struct nla_policy npv_session_get_nl_policy[NPV_A_SESSION_ID + 1] = {
	[NPV_A_SESSION_ID] = { .type = NLA_UINT, },
};

/* NPV_CMD_SESSION_DEL - do */
static const struct nla_policy npv_session_del_nl_policy[NPV_A_SESSION_ID + 1] = {
	[NPV_A_SESSION_ID] = { .type = NLA_UINT, },
};

/* NPV_CMD_STACK_GET - dump */
static const struct nla_policy npv_stack_get_nl_policy[NPV_A_STACK_SESSION_ID + 1] = {
	[NPV_A_STACK_SESSION_ID] = { .type = NLA_UINT, },
};

/* Ops table for npv */
const struct genl_split_ops npv_nl_ops[6] = {
	{
		.cmd	= NPV_CMD_INFO_GET,
		.doit	= npv_nl_info_get_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NPV_CMD_SESSION_GET,
		.doit		= npv_nl_session_get_doit,
		.policy		= npv_session_get_nl_policy,
		.maxattr	= NPV_A_SESSION_ID,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= NPV_CMD_SESSION_GET,
		.dumpit	= npv_nl_session_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= NPV_CMD_SESSION_DEL,
		.doit		= npv_nl_session_del_doit,
		.policy		= npv_session_del_nl_policy,
		.maxattr	= NPV_A_SESSION_ID,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NPV_CMD_STACK_GET,
		.dumpit		= npv_nl_stack_get_dumpit,
		.policy		= npv_stack_get_nl_policy,
		.maxattr	= NPV_A_STACK_SESSION_ID,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd	= NPV_CMD_STATS_GET,
		.doit	= npv_nl_stats_get_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
};

const struct genl_multicast_group npv_nl_mcgrps[] = {
	[NPV_NLGRP_EVENTS] = { "events", .flags = GENL_MCAST_CAP_NET_ADMIN, },
};
