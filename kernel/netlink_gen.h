/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/npv.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_NPV_GEN_H
#define _LINUX_NPV_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include "../uapi/linux/npv_netlink.h"

/* Common nested types */
extern const struct nla_policy npv_preferred_interface_nl_policy[NPV_A_PREFERRED_INTERFACE_PREFERENCE + 1];

/* Ops table for npv */
extern const struct genl_split_ops npv_nl_ops[37];
extern const struct genl_multicast_group npv_nl_mcgrps[2];

int npv_nl_plan_get_start(struct netlink_callback *cb);
int npv_nl_plan_get_done(struct netlink_callback *cb);

int npv_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_session_get_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_session_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int npv_nl_session_del_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_stack_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int npv_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_peer_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int npv_nl_peer_set_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_peer_del_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_peer_flush_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_session_set_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_stack_add_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_stack_del_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_stack_set_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_scheduler_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int npv_nl_endpoint_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int npv_nl_endpoint_add_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_endpoint_set_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_endpoint_del_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_endpoint_flush_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_profile_get_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_profile_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int npv_nl_profile_add_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_profile_set_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_profile_del_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_profile_flush_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_rule_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int npv_nl_rule_add_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_rule_set_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_rule_flush_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_policy_begin_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_policy_commit_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_policy_abort_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_plan_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int npv_nl_metrics_set_doit(struct sk_buff *skb, struct genl_info *info);
int npv_nl_metrics_del_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	NPV_NLGRP_EVENTS,
	NPV_NLGRP_METRICS,
};

#endif /* _LINUX_NPV_GEN_H */
