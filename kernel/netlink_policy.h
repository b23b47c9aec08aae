/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_NETLINK_POLICY_H
#define _NPV_NETLINK_POLICY_H

#include <linux/types.h>

struct genl_info;
struct sk_buff;
struct sock;

struct sock *npv_nl_policy_who(const struct sk_buff *skb);
int npv_nl_policy_id(const struct genl_info *info, int attr, u32 *id);
struct sk_buff *npv_nl_policy_reply_new(void);
int npv_nl_policy_reply(struct sk_buff *reply, struct genl_info *info, int attr, u32 id);

int npv_nl_policy_init(void);
void npv_nl_policy_exit(void);

#endif /* _NPV_NETLINK_POLICY_H */
