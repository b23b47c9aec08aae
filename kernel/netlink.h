/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_NETLINK_H
#define _NPV_NETLINK_H

#include <linux/types.h>

#include "../uapi/linux/npv_netlink.h"

struct genl_family;
struct genl_info;
struct in6_addr;
struct npv_native;
struct npv_sock;
struct npv_stack;
struct npv_subflow;
struct sk_buff;
struct user_namespace;

/**
 * struct npv_nl_head - header of a message
 * @portid: receiver, 0 for an event
 * @seq: sequence number of the request, 0 for an event
 * @flags: NLM_F_*
 * @cmd: NPV_CMD_*
 */
struct npv_nl_head {
	u32 portid;
	u32 seq;
	int flags;
	u8 cmd;
};

extern struct genl_family npv_nl_family;

int npv_nl_put_addr(struct sk_buff *skb, int attr4, const struct in6_addr *addr,
		    __be16 port);
int npv_nl_get_addr(const struct genl_info *info, int attr4,
		    struct in6_addr *addr);
struct npv_sock *npv_nl_get_session(struct genl_info *info, int attr);
int npv_nl_put_stack_name(struct sk_buff *skb, const struct npv_stack *stack);
enum npv_stack_status npv_nl_status(const struct npv_subflow *sub);
int npv_nl_put_native(struct sk_buff *skb, const struct npv_native *nat);
int npv_nl_put_metrics(struct sk_buff *skb, const struct npv_subflow *sub);
int npv_nl_put_link(struct sk_buff *skb, const struct npv_stack *stack);
int npv_nl_put_udp(struct sk_buff *skb, const struct npv_subflow *sub);
int npv_nl_put_subflow(struct sk_buff *skb, const struct npv_subflow *sub);
int npv_nl_put_session(struct sk_buff *skb, const struct npv_nl_head *head,
		       struct npv_sock *nsk, struct user_namespace *ns);
int npv_nl_put_stack(struct sk_buff *skb, const struct npv_nl_head *head,
		     struct npv_stack *stack, bool measured);

int npv_netlink_init(void);
void npv_netlink_exit(void);

#endif /* _NPV_NETLINK_H */
