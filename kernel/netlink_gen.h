/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/npv.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_NPV_GEN_H
#define _LINUX_NPV_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include "../uapi/linux/npv_netlink.h"

/* Ops table for npv */
extern const struct genl_split_ops npv_nl_ops[15];
extern const struct genl_multicast_group npv_nl_mcgrps[];

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

enum {
	NPV_NLGRP_EVENTS,
};

#endif /* _LINUX_NPV_GEN_H */
