// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/npv.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include "../uapi/linux/npv_netlink.h"

/* Integer value ranges */
static const struct netlink_range_validation npv_a_stack_ifindex_range = {
	.min	= 1ULL,
	.max	= S32_MAX,
};

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

/* NPV_CMD_PEER_SET - do */
static const struct nla_policy npv_peer_set_nl_policy[NPV_A_PEER_KIND + 1] = {
	[NPV_A_PEER_ADDR4] = { .type = NLA_U32, },
	[NPV_A_PEER_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[NPV_A_PEER_PORT] = { .type = NLA_U16, },
	[NPV_A_PEER_KIND] = NLA_POLICY_MAX(NLA_U32, 2),
};

/* NPV_CMD_PEER_DEL - do */
static const struct nla_policy npv_peer_del_nl_policy[NPV_A_PEER_PORT + 1] = {
	[NPV_A_PEER_ADDR4] = { .type = NLA_U32, },
	[NPV_A_PEER_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[NPV_A_PEER_PORT] = { .type = NLA_U16, },
};

/* NPV_CMD_PEER_FLUSH - do */
static const struct nla_policy npv_peer_flush_nl_policy[NPV_A_PEER_STATIC + 1] = {
	[NPV_A_PEER_STATIC] = { .type = NLA_FLAG, },
};

/* NPV_CMD_SESSION_SET - do */
static const struct nla_policy npv_session_set_nl_policy[NPV_A_SESSION_SCHEDULER + 1] = {
	[NPV_A_SESSION_ID] = { .type = NLA_UINT, },
	[NPV_A_SESSION_SCHEDULER] = { .type = NLA_NUL_STRING, .len = 15, },
};

/* NPV_CMD_STACK_ADD - do */
static const struct nla_policy npv_stack_add_nl_policy[NPV_A_STACK_BACKUP + 1] = {
	[NPV_A_STACK_SESSION_ID] = { .type = NLA_UINT, },
	[NPV_A_STACK_LOCAL_ADDR4] = { .type = NLA_U32, },
	[NPV_A_STACK_LOCAL_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[NPV_A_STACK_REMOTE_ADDR4] = { .type = NLA_U32, },
	[NPV_A_STACK_REMOTE_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[NPV_A_STACK_IFINDEX] = NLA_POLICY_FULL_RANGE(NLA_U32, &npv_a_stack_ifindex_range),
	[NPV_A_STACK_TRANSPORT] = NLA_POLICY_MAX(NLA_U32, 1),
	[NPV_A_STACK_BACKUP] = { .type = NLA_FLAG, },
};

/* NPV_CMD_STACK_DEL - do */
static const struct nla_policy npv_stack_del_nl_policy[NPV_A_STACK_ID + 1] = {
	[NPV_A_STACK_SESSION_ID] = { .type = NLA_UINT, },
	[NPV_A_STACK_ID] = { .type = NLA_U32, },
};

/* NPV_CMD_STACK_SET - do */
static const struct nla_policy npv_stack_set_nl_policy[NPV_A_STACK_WEIGHT + 1] = {
	[NPV_A_STACK_SESSION_ID] = { .type = NLA_UINT, },
	[NPV_A_STACK_ID] = { .type = NLA_U32, },
	[NPV_A_STACK_WEIGHT] = NLA_POLICY_RANGE(NLA_U32, 1, 1000),
	[NPV_A_STACK_STATUS] = NLA_POLICY_MAX(NLA_U32, 5),
};

/* Ops table for npv */
const struct genl_split_ops npv_nl_ops[15] = {
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
	{
		.cmd	= NPV_CMD_PEER_GET,
		.dumpit	= npv_nl_peer_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= NPV_CMD_PEER_SET,
		.doit		= npv_nl_peer_set_doit,
		.policy		= npv_peer_set_nl_policy,
		.maxattr	= NPV_A_PEER_KIND,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NPV_CMD_PEER_DEL,
		.doit		= npv_nl_peer_del_doit,
		.policy		= npv_peer_del_nl_policy,
		.maxattr	= NPV_A_PEER_PORT,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NPV_CMD_PEER_FLUSH,
		.doit		= npv_nl_peer_flush_doit,
		.policy		= npv_peer_flush_nl_policy,
		.maxattr	= NPV_A_PEER_STATIC,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NPV_CMD_SESSION_SET,
		.doit		= npv_nl_session_set_doit,
		.policy		= npv_session_set_nl_policy,
		.maxattr	= NPV_A_SESSION_SCHEDULER,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NPV_CMD_STACK_ADD,
		.doit		= npv_nl_stack_add_doit,
		.policy		= npv_stack_add_nl_policy,
		.maxattr	= NPV_A_STACK_BACKUP,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NPV_CMD_STACK_DEL,
		.doit		= npv_nl_stack_del_doit,
		.policy		= npv_stack_del_nl_policy,
		.maxattr	= NPV_A_STACK_ID,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NPV_CMD_STACK_SET,
		.doit		= npv_nl_stack_set_doit,
		.policy		= npv_stack_set_nl_policy,
		.maxattr	= NPV_A_STACK_WEIGHT,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= NPV_CMD_SCHEDULER_GET,
		.dumpit	= npv_nl_scheduler_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
};

const struct genl_multicast_group npv_nl_mcgrps[] = {
	[NPV_NLGRP_EVENTS] = { "events", .flags = GENL_MCAST_CAP_NET_ADMIN, },
};
