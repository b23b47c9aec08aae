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

static const struct netlink_range_validation npv_a_metrics_interval_ms_range = {
	.min	= 100ULL,
	.max	= 60000ULL,
};

static const struct netlink_range_validation npv_a_metrics_loss_ppm_range = {
	.min	= 1ULL,
	.max	= 1000000ULL,
};

static const struct netlink_range_validation npv_a_metrics_heard_ms_range = {
	.min	= 100ULL,
	.max	= 86400000ULL,
};

static const struct netlink_range_validation npv_a_endpoint_cost_range = {
	.max	= 1000000ULL,
};

static const struct netlink_range_validation npv_a_profile_suspect_ms_range = {
	.min	= 50ULL,
	.max	= 60000ULL,
};

static const struct netlink_range_validation npv_a_rule_priority_range = {
	.max	= 65535ULL,
};

static const struct netlink_range_validation npv_a_rule_port_min_range = {
	.min	= 1ULL,
	.max	= 65535ULL,
};

static const struct netlink_range_validation npv_a_rule_port_max_range = {
	.min	= 1ULL,
	.max	= 65535ULL,
};

/* Common nested types */
const struct nla_policy npv_preferred_interface_nl_policy[NPV_A_PREFERRED_INTERFACE_PREFERENCE + 1] = {
	[NPV_A_PREFERRED_INTERFACE_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[NPV_A_PREFERRED_INTERFACE_PREFERENCE] = NLA_POLICY_MAX(NLA_U32, 4),
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
static const struct nla_policy npv_session_set_nl_policy[NPV_A_SESSION_PINNED + 1] = {
	[NPV_A_SESSION_ID] = { .type = NLA_UINT, },
	[NPV_A_SESSION_SCHEDULER] = { .type = NLA_NUL_STRING, .len = 15, },
	[NPV_A_SESSION_PROFILE] = { .type = NLA_NUL_STRING, .len = 31, },
	[NPV_A_SESSION_PINNED] = NLA_POLICY_MAX(NLA_U8, 1),
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

/* NPV_CMD_ENDPOINT_ADD - do */
static const struct nla_policy npv_endpoint_add_nl_policy[NPV_A_ENDPOINT_MAX_RATE + 1] = {
	[NPV_A_ENDPOINT_ID] = { .type = NLA_U32, },
	[NPV_A_ENDPOINT_ADDR4] = { .type = NLA_U32, },
	[NPV_A_ENDPOINT_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[NPV_A_ENDPOINT_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[NPV_A_ENDPOINT_COST] = NLA_POLICY_FULL_RANGE(NLA_U32, &npv_a_endpoint_cost_range),
	[NPV_A_ENDPOINT_WEIGHT] = NLA_POLICY_RANGE(NLA_U32, 1, 1000),
	[NPV_A_ENDPOINT_BACKUP] = NLA_POLICY_MAX(NLA_U8, 1),
	[NPV_A_ENDPOINT_METERED] = NLA_POLICY_MAX(NLA_U8, 1),
	[NPV_A_ENDPOINT_DISABLED] = NLA_POLICY_MAX(NLA_U8, 1),
	[NPV_A_ENDPOINT_MAX_RATE] = { .type = NLA_UINT, },
};

/* NPV_CMD_ENDPOINT_SET - do */
static const struct nla_policy npv_endpoint_set_nl_policy[NPV_A_ENDPOINT_MAX_RATE + 1] = {
	[NPV_A_ENDPOINT_ID] = { .type = NLA_U32, },
	[NPV_A_ENDPOINT_COST] = NLA_POLICY_FULL_RANGE(NLA_U32, &npv_a_endpoint_cost_range),
	[NPV_A_ENDPOINT_WEIGHT] = NLA_POLICY_RANGE(NLA_U32, 1, 1000),
	[NPV_A_ENDPOINT_BACKUP] = NLA_POLICY_MAX(NLA_U8, 1),
	[NPV_A_ENDPOINT_METERED] = NLA_POLICY_MAX(NLA_U8, 1),
	[NPV_A_ENDPOINT_DISABLED] = NLA_POLICY_MAX(NLA_U8, 1),
	[NPV_A_ENDPOINT_MAX_RATE] = { .type = NLA_UINT, },
};

/* NPV_CMD_ENDPOINT_DEL - do */
static const struct nla_policy npv_endpoint_del_nl_policy[NPV_A_ENDPOINT_ID + 1] = {
	[NPV_A_ENDPOINT_ID] = { .type = NLA_U32, },
};

/* NPV_CMD_PROFILE_GET - do */
static const struct nla_policy npv_profile_get_nl_policy[NPV_A_PROFILE_NAME + 1] = {
	[NPV_A_PROFILE_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* NPV_CMD_PROFILE_ADD - do */
static const struct nla_policy npv_profile_add_nl_policy[NPV_A_PROFILE_MAX_RATE + 1] = {
	[NPV_A_PROFILE_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
	[NPV_A_PROFILE_STRICT] = NLA_POLICY_MAX(NLA_U8, 1),
	[NPV_A_PROFILE_MODE] = NLA_POLICY_MAX(NLA_U32, 2),
	[NPV_A_PROFILE_TCP] = NLA_POLICY_MAX(NLA_U32, 4),
	[NPV_A_PROFILE_UDP] = NLA_POLICY_MAX(NLA_U32, 4),
	[NPV_A_PROFILE_IPV4] = NLA_POLICY_MAX(NLA_U32, 4),
	[NPV_A_PROFILE_IPV6] = NLA_POLICY_MAX(NLA_U32, 4),
	[NPV_A_PROFILE_INTERFACE] = NLA_POLICY_NESTED(npv_preferred_interface_nl_policy),
	[NPV_A_PROFILE_METERED] = NLA_POLICY_MAX(NLA_U32, 4),
	[NPV_A_PROFILE_TEMPORARY] = NLA_POLICY_MAX(NLA_U32, 4),
	[NPV_A_PROFILE_MULTIPATH] = NLA_POLICY_MAX(NLA_U32, 2),
	[NPV_A_PROFILE_MULTIPATH_POLICY] = NLA_POLICY_MAX(NLA_U32, 2),
	[NPV_A_PROFILE_CAPACITY] = NLA_POLICY_MAX(NLA_U32, 5),
	[NPV_A_PROFILE_STACKS] = NLA_POLICY_RANGE(NLA_U32, 1, 8),
	[NPV_A_PROFILE_SCHEDULER] = { .type = NLA_NUL_STRING, .len = 15, },
	[NPV_A_PROFILE_COPIES] = NLA_POLICY_MAX(NLA_U32, 8),
	[NPV_A_PROFILE_SUSPECT_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &npv_a_profile_suspect_ms_range),
	[NPV_A_PROFILE_RECONNECT_S] = NLA_POLICY_RANGE(NLA_U32, 1, 3600),
	[NPV_A_PROFILE_KEEPALIVE_S] = NLA_POLICY_MAX(NLA_U32, 32767),
	[NPV_A_PROFILE_SEND_BUFFER] = { .type = NLA_U32, },
	[NPV_A_PROFILE_RECEIVE_BUFFER] = { .type = NLA_U32, },
	[NPV_A_PROFILE_MAX_RATE] = { .type = NLA_UINT, },
};

/* NPV_CMD_PROFILE_SET - do */
static const struct nla_policy npv_profile_set_nl_policy[NPV_A_PROFILE_MAX_RATE + 1] = {
	[NPV_A_PROFILE_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
	[NPV_A_PROFILE_STRICT] = NLA_POLICY_MAX(NLA_U8, 1),
	[NPV_A_PROFILE_MODE] = NLA_POLICY_MAX(NLA_U32, 2),
	[NPV_A_PROFILE_TCP] = NLA_POLICY_MAX(NLA_U32, 4),
	[NPV_A_PROFILE_UDP] = NLA_POLICY_MAX(NLA_U32, 4),
	[NPV_A_PROFILE_IPV4] = NLA_POLICY_MAX(NLA_U32, 4),
	[NPV_A_PROFILE_IPV6] = NLA_POLICY_MAX(NLA_U32, 4),
	[NPV_A_PROFILE_INTERFACE] = NLA_POLICY_NESTED(npv_preferred_interface_nl_policy),
	[NPV_A_PROFILE_METERED] = NLA_POLICY_MAX(NLA_U32, 4),
	[NPV_A_PROFILE_TEMPORARY] = NLA_POLICY_MAX(NLA_U32, 4),
	[NPV_A_PROFILE_MULTIPATH] = NLA_POLICY_MAX(NLA_U32, 2),
	[NPV_A_PROFILE_MULTIPATH_POLICY] = NLA_POLICY_MAX(NLA_U32, 2),
	[NPV_A_PROFILE_CAPACITY] = NLA_POLICY_MAX(NLA_U32, 5),
	[NPV_A_PROFILE_STACKS] = NLA_POLICY_RANGE(NLA_U32, 1, 8),
	[NPV_A_PROFILE_SCHEDULER] = { .type = NLA_NUL_STRING, .len = 15, },
	[NPV_A_PROFILE_COPIES] = NLA_POLICY_MAX(NLA_U32, 8),
	[NPV_A_PROFILE_SUSPECT_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &npv_a_profile_suspect_ms_range),
	[NPV_A_PROFILE_RECONNECT_S] = NLA_POLICY_RANGE(NLA_U32, 1, 3600),
	[NPV_A_PROFILE_KEEPALIVE_S] = NLA_POLICY_MAX(NLA_U32, 32767),
	[NPV_A_PROFILE_SEND_BUFFER] = { .type = NLA_U32, },
	[NPV_A_PROFILE_RECEIVE_BUFFER] = { .type = NLA_U32, },
	[NPV_A_PROFILE_MAX_RATE] = { .type = NLA_UINT, },
};

/* NPV_CMD_PROFILE_DEL - do */
static const struct nla_policy npv_profile_del_nl_policy[NPV_A_PROFILE_NAME + 1] = {
	[NPV_A_PROFILE_NAME] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* NPV_CMD_RULE_ADD - do */
static const struct nla_policy npv_rule_add_nl_policy[NPV_A_RULE_PROFILE + 1] = {
	[NPV_A_RULE_ID] = { .type = NLA_U32, },
	[NPV_A_RULE_PRIORITY] = NLA_POLICY_FULL_RANGE(NLA_U32, &npv_a_rule_priority_range),
	[NPV_A_RULE_UID_MIN] = { .type = NLA_U32, },
	[NPV_A_RULE_UID_MAX] = { .type = NLA_U32, },
	[NPV_A_RULE_GID_MIN] = { .type = NLA_U32, },
	[NPV_A_RULE_GID_MAX] = { .type = NLA_U32, },
	[NPV_A_RULE_CGROUP] = { .type = NLA_UINT, },
	[NPV_A_RULE_COMM] = { .type = NLA_NUL_STRING, .len = 15, },
	[NPV_A_RULE_TYPE] = NLA_POLICY_RANGE(NLA_U32, 1, 5),
	[NPV_A_RULE_DEST_ADDR4] = { .type = NLA_U32, },
	[NPV_A_RULE_DEST_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[NPV_A_RULE_DEST_PREFIX] = NLA_POLICY_MAX(NLA_U32, 128),
	[NPV_A_RULE_PORT_MIN] = NLA_POLICY_FULL_RANGE(NLA_U32, &npv_a_rule_port_min_range),
	[NPV_A_RULE_PORT_MAX] = NLA_POLICY_FULL_RANGE(NLA_U32, &npv_a_rule_port_max_range),
	[NPV_A_RULE_PEER_NAME] = { .type = NLA_NUL_STRING, .len = 253, },
	[NPV_A_RULE_CAPACITY] = NLA_POLICY_MAX(NLA_U32, 5),
	[NPV_A_RULE_MULTIPATH_POLICY] = NLA_POLICY_MAX(NLA_U32, 2),
	[NPV_A_RULE_PROFILE] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* NPV_CMD_RULE_SET - do */
static const struct nla_policy npv_rule_set_nl_policy[NPV_A_RULE_PROFILE + 1] = {
	[NPV_A_RULE_ID] = { .type = NLA_U32, },
	[NPV_A_RULE_PRIORITY] = NLA_POLICY_FULL_RANGE(NLA_U32, &npv_a_rule_priority_range),
	[NPV_A_RULE_UID_MIN] = { .type = NLA_U32, },
	[NPV_A_RULE_UID_MAX] = { .type = NLA_U32, },
	[NPV_A_RULE_GID_MIN] = { .type = NLA_U32, },
	[NPV_A_RULE_GID_MAX] = { .type = NLA_U32, },
	[NPV_A_RULE_CGROUP] = { .type = NLA_UINT, },
	[NPV_A_RULE_COMM] = { .type = NLA_NUL_STRING, .len = 15, },
	[NPV_A_RULE_TYPE] = NLA_POLICY_RANGE(NLA_U32, 1, 5),
	[NPV_A_RULE_DEST_ADDR4] = { .type = NLA_U32, },
	[NPV_A_RULE_DEST_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[NPV_A_RULE_DEST_PREFIX] = NLA_POLICY_MAX(NLA_U32, 128),
	[NPV_A_RULE_PORT_MIN] = NLA_POLICY_FULL_RANGE(NLA_U32, &npv_a_rule_port_min_range),
	[NPV_A_RULE_PORT_MAX] = NLA_POLICY_FULL_RANGE(NLA_U32, &npv_a_rule_port_max_range),
	[NPV_A_RULE_PEER_NAME] = { .type = NLA_NUL_STRING, .len = 253, },
	[NPV_A_RULE_CAPACITY] = NLA_POLICY_MAX(NLA_U32, 5),
	[NPV_A_RULE_MULTIPATH_POLICY] = NLA_POLICY_MAX(NLA_U32, 2),
	[NPV_A_RULE_PROFILE] = { .type = NLA_NUL_STRING, .len = 31, },
};

/* NPV_CMD_RULE_DEL - do */
static const struct nla_policy npv_rule_del_nl_policy[NPV_A_RULE_ID + 1] = {
	[NPV_A_RULE_ID] = { .type = NLA_U32, },
};

/* NPV_CMD_PLAN_GET - dump */
static const struct nla_policy npv_plan_get_nl_policy[NPV_A_PLAN_MULTIPATH_POLICY + 1] = {
	[NPV_A_PLAN_SESSION_ID] = { .type = NLA_UINT, },
	[NPV_A_PLAN_UID] = { .type = NLA_U32, },
	[NPV_A_PLAN_GID] = { .type = NLA_U32, },
	[NPV_A_PLAN_CGROUP] = { .type = NLA_UINT, },
	[NPV_A_PLAN_COMM] = { .type = NLA_NUL_STRING, .len = 15, },
	[NPV_A_PLAN_TYPE] = NLA_POLICY_RANGE(NLA_U32, 1, 5),
	[NPV_A_PLAN_DEST_ADDR4] = { .type = NLA_U32, },
	[NPV_A_PLAN_DEST_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[NPV_A_PLAN_PORT] = { .type = NLA_U16, },
	[NPV_A_PLAN_PEER_NAME] = { .type = NLA_NUL_STRING, .len = 253, },
	[NPV_A_PLAN_CAPACITY] = NLA_POLICY_MAX(NLA_U32, 5),
	[NPV_A_PLAN_MULTIPATH_POLICY] = NLA_POLICY_MAX(NLA_U32, 2),
};

/* NPV_CMD_METRICS_SET - do */
static const struct nla_policy npv_metrics_set_nl_policy[NPV_A_METRICS_EVERY + 1] = {
	[NPV_A_METRICS_INTERVAL_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &npv_a_metrics_interval_ms_range),
	[NPV_A_METRICS_SESSION_ID] = { .type = NLA_UINT, },
	[NPV_A_METRICS_RTT_PERCENT] = NLA_POLICY_RANGE(NLA_U32, 1, 1000),
	[NPV_A_METRICS_LOSS_PPM] = NLA_POLICY_FULL_RANGE(NLA_U32, &npv_a_metrics_loss_ppm_range),
	[NPV_A_METRICS_RATE_PERCENT] = NLA_POLICY_RANGE(NLA_U32, 1, 1000),
	[NPV_A_METRICS_QUEUE_BYTES] = NLA_POLICY_MIN(NLA_U32, 1),
	[NPV_A_METRICS_HEARD_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &npv_a_metrics_heard_ms_range),
	[NPV_A_METRICS_EVERY] = { .type = NLA_FLAG, },
};

/* Ops table for npv */
const struct genl_split_ops npv_nl_ops[37] = {
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
		.maxattr	= NPV_A_SESSION_PINNED,
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
	{
		.cmd	= NPV_CMD_ENDPOINT_GET,
		.dumpit	= npv_nl_endpoint_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= NPV_CMD_ENDPOINT_ADD,
		.doit		= npv_nl_endpoint_add_doit,
		.policy		= npv_endpoint_add_nl_policy,
		.maxattr	= NPV_A_ENDPOINT_MAX_RATE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NPV_CMD_ENDPOINT_SET,
		.doit		= npv_nl_endpoint_set_doit,
		.policy		= npv_endpoint_set_nl_policy,
		.maxattr	= NPV_A_ENDPOINT_MAX_RATE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NPV_CMD_ENDPOINT_DEL,
		.doit		= npv_nl_endpoint_del_doit,
		.policy		= npv_endpoint_del_nl_policy,
		.maxattr	= NPV_A_ENDPOINT_ID,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= NPV_CMD_ENDPOINT_FLUSH,
		.doit	= npv_nl_endpoint_flush_doit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NPV_CMD_PROFILE_GET,
		.doit		= npv_nl_profile_get_doit,
		.policy		= npv_profile_get_nl_policy,
		.maxattr	= NPV_A_PROFILE_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= NPV_CMD_PROFILE_GET,
		.dumpit	= npv_nl_profile_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= NPV_CMD_PROFILE_ADD,
		.doit		= npv_nl_profile_add_doit,
		.policy		= npv_profile_add_nl_policy,
		.maxattr	= NPV_A_PROFILE_MAX_RATE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NPV_CMD_PROFILE_SET,
		.doit		= npv_nl_profile_set_doit,
		.policy		= npv_profile_set_nl_policy,
		.maxattr	= NPV_A_PROFILE_MAX_RATE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NPV_CMD_PROFILE_DEL,
		.doit		= npv_nl_profile_del_doit,
		.policy		= npv_profile_del_nl_policy,
		.maxattr	= NPV_A_PROFILE_NAME,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= NPV_CMD_PROFILE_FLUSH,
		.doit	= npv_nl_profile_flush_doit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= NPV_CMD_RULE_GET,
		.dumpit	= npv_nl_rule_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= NPV_CMD_RULE_ADD,
		.doit		= npv_nl_rule_add_doit,
		.policy		= npv_rule_add_nl_policy,
		.maxattr	= NPV_A_RULE_PROFILE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NPV_CMD_RULE_SET,
		.doit		= npv_nl_rule_set_doit,
		.policy		= npv_rule_set_nl_policy,
		.maxattr	= NPV_A_RULE_PROFILE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NPV_CMD_RULE_DEL,
		.doit		= npv_nl_rule_del_doit,
		.policy		= npv_rule_del_nl_policy,
		.maxattr	= NPV_A_RULE_ID,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= NPV_CMD_RULE_FLUSH,
		.doit	= npv_nl_rule_flush_doit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= NPV_CMD_POLICY_BEGIN,
		.doit	= npv_nl_policy_begin_doit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= NPV_CMD_POLICY_COMMIT,
		.doit	= npv_nl_policy_commit_doit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= NPV_CMD_POLICY_ABORT,
		.doit	= npv_nl_policy_abort_doit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NPV_CMD_PLAN_GET,
		.start		= npv_nl_plan_get_start,
		.dumpit		= npv_nl_plan_get_dumpit,
		.done		= npv_nl_plan_get_done,
		.policy		= npv_plan_get_nl_policy,
		.maxattr	= NPV_A_PLAN_MULTIPATH_POLICY,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= NPV_CMD_METRICS_SET,
		.doit		= npv_nl_metrics_set_doit,
		.policy		= npv_metrics_set_nl_policy,
		.maxattr	= NPV_A_METRICS_EVERY,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= NPV_CMD_METRICS_DEL,
		.doit	= npv_nl_metrics_del_doit,
		.flags	= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
};

const struct genl_multicast_group npv_nl_mcgrps[] = {
	[NPV_NLGRP_EVENTS] = { "events", .flags = GENL_MCAST_CAP_NET_ADMIN, },
	[NPV_NLGRP_METRICS] = { "metrics", .flags = GENL_MCAST_CAP_NET_ADMIN, },
};
