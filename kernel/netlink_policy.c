// SPDX-License-Identifier: GPL-2.0
/*
 * Policy over netlink: drafts, which come into force as a whole, and what the commands
 * of endpoints, profiles and rules have in common.
 */

#include <linux/netlink.h>
#include <linux/notifier.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "netlink.h"
#include "netlink_gen.h"
#include "netlink_policy.h"
#include "policy.h"

/**
 * npv_nl_policy_who() - the socket that a request came by
 * @skb: the request
 *
 * Context: process.
 * Return: it, open while the request is dealt with.
 */
struct sock *npv_nl_policy_who(const struct sk_buff *skb)
{
	return NETLINK_CB(skb).sk;
}

/**
 * npv_nl_policy_id() - the number that a request names
 * @info: the request
 * @attr: attribute that has it
 * @id: set to the number; 0 if there is none
 *
 * Context: process.
 * Return: 0; -EINVAL, with a text, if there can't be such a number.
 */
int npv_nl_policy_id(const struct genl_info *info, int attr, u32 *id)
{
	*id = 0;
	if (!info->attrs[attr])
		return 0;

	*id = nla_get_u32(info->attrs[attr]);
	if (!*id || *id > NPV_POLICY_ID_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[attr],
				    "an id is 1 to 2147483647; leave it out to get one");
		return -EINVAL;
	}

	return 0;
}

/**
 * npv_nl_policy_reply_new() - room for a reply that tells a number
 *
 * Nothing can fail any more when the policy is changed.
 *
 * Context: process, may sleep.
 * Return: it, for npv_nl_policy_reply(); NULL without memory.
 */
struct sk_buff *npv_nl_policy_reply_new(void)
{
	return genlmsg_new(nla_total_size(sizeof(u32)), GFP_KERNEL);
}

/**
 * npv_nl_policy_reply() - tell a number
 * @reply: from npv_nl_policy_reply_new(); it is used up
 * @info: the request
 * @attr: attribute of the number
 * @id: the number
 *
 * Context: process.
 * Return: 0 or the -errno of genlmsg_reply().
 */
int npv_nl_policy_reply(struct sk_buff *reply, struct genl_info *info, int attr, u32 id)
{
	void *hdr;

	hdr = genlmsg_put_reply(reply, info, &npv_nl_family, 0, info->genlhdr->cmd);
	if (WARN_ON_ONCE(!hdr || nla_put_u32(reply, attr, id))) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, hdr);

	return genlmsg_reply(reply, info);
}

int npv_nl_policy_begin_doit(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	err = npv_policy_begin(genl_info_net(info), npv_nl_policy_who(skb));
	if (err == -EALREADY)
		NL_SET_ERR_MSG(info->extack,
			       "this socket has begun already; commit or abort it");
	else if (err == -EBUSY)
		NL_SET_ERR_MSG(info->extack,
			       "too many sockets are changing the policy; try again later");

	return err;
}

int npv_nl_policy_commit_doit(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	err = npv_policy_commit(genl_info_net(info), npv_nl_policy_who(skb));
	if (err == -ENOENT)
		NL_SET_ERR_MSG(info->extack,
			       "nothing to commit: this socket has not begun");
	else if (err == -EAGAIN)
		NL_SET_ERR_MSG(info->extack,
			       "the policy was changed meanwhile; begin again");

	return err;
}

int npv_nl_policy_abort_doit(struct sk_buff *skb, struct genl_info *info)
{
	int err;

	err = npv_policy_abort(genl_info_net(info), npv_nl_policy_who(skb));
	if (err == -ENOENT)
		NL_SET_ERR_MSG(info->extack,
			       "nothing to abort: this socket has not begun");

	return err;
}

/* A socket with a draft may go without having said what is to become of it. */
static int policy_netlink_event(struct notifier_block *nb, unsigned long event,
				void *data)
{
	const struct netlink_notify *notify = data;

	if (event == NETLINK_URELEASE && notify->protocol == NETLINK_GENERIC)
		npv_policy_released(notify->net);

	return NOTIFY_DONE;
}

static struct notifier_block policy_netlink_notifier = {
	.notifier_call	= policy_netlink_event,
};

/**
 * npv_nl_policy_init() - begin to watch for sockets that are closed
 *
 * Context: module init, after the namespaces.
 * Return: 0 or -errno.
 */
int __init npv_nl_policy_init(void)
{
	return netlink_register_notifier(&policy_netlink_notifier);
}

/**
 * npv_nl_policy_exit() - undo npv_nl_policy_init()
 */
void npv_nl_policy_exit(void)
{
	netlink_unregister_notifier(&policy_netlink_notifier);
}
