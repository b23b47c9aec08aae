// SPDX-License-Identifier: GPL-2.0
/* Endpoints of operators over netlink: endpoint-add, -set, -del and -flush. */

#include <linux/netdevice.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "endpoint.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "netlink_policy.h"
#include "netns.h"
#include "policy.h"

/* How an endpoint is to be used: what a request says of it. Return: whether any. */
static bool get_settings(const struct genl_info *info, struct npv_settings *set)
{
	struct nlattr **attrs = info->attrs;
	bool any = false;

	if (attrs[NPV_A_ENDPOINT_COST]) {
		set->cost = nla_get_u32(attrs[NPV_A_ENDPOINT_COST]);
		any = true;
	}
	if (attrs[NPV_A_ENDPOINT_WEIGHT]) {
		set->weight = nla_get_u32(attrs[NPV_A_ENDPOINT_WEIGHT]);
		any = true;
	}
	if (attrs[NPV_A_ENDPOINT_BACKUP]) {
		set->backup = nla_get_u8(attrs[NPV_A_ENDPOINT_BACKUP]);
		any = true;
	}
	if (attrs[NPV_A_ENDPOINT_METERED]) {
		set->metered = nla_get_u8(attrs[NPV_A_ENDPOINT_METERED]);
		any = true;
	}
	if (attrs[NPV_A_ENDPOINT_DISABLED]) {
		set->disabled = nla_get_u8(attrs[NPV_A_ENDPOINT_DISABLED]);
		any = true;
	}
	if (attrs[NPV_A_ENDPOINT_MAX_RATE]) {
		set->max_rate = nla_get_uint(attrs[NPV_A_ENDPOINT_MAX_RATE]);
		any = true;
	}

	return any;
}

/* Which endpoint a request names. Return: 0 or -EINVAL, with a text. */
static int get_named(const struct genl_info *info, struct npv_named *named)
{
	const struct nlattr *ifname = info->attrs[NPV_A_ENDPOINT_IFNAME];
	int err;

	err = npv_nl_policy_id(info, NPV_A_ENDPOINT_ID, &named->id);
	if (err)
		return err;
	err = npv_nl_get_addr(info, NPV_A_ENDPOINT_ADDR4, &named->addr);
	if (err)
		return err;

	if (ifname) {
		nla_strscpy(named->ifname, ifname, sizeof(named->ifname));
		if (!dev_valid_name(named->ifname)) {
			NL_SET_ERR_MSG_ATTR(info->extack, ifname,
					    "not the name of an interface");
			return -EINVAL;
		}
	} else if (ipv6_addr_any(&named->addr)) {
		NL_SET_ERR_MSG(info->extack,
			       "an address, the name of an interface, or both are wanted");
		return -EINVAL;
	}

	return 0;
}

int npv_nl_endpoint_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct sock *who = npv_nl_policy_who(skb);
	struct npv_policy *policy;
	struct npv_named *named;
	struct sk_buff *reply;
	unsigned int max;
	u32 id;
	int err;

	named = npv_named_alloc();
	if (!named)
		return -ENOMEM;
	err = get_named(info, named);
	if (err)
		goto err_put;
	get_settings(info, &named->set);

	err = -ENOMEM;
	reply = npv_nl_policy_reply_new();
	if (!reply)
		goto err_put;
	policy = npv_policy_edit(net, who);
	if (!policy)
		goto err_reply;

	max = READ_ONCE(npv_pernet(net)->sysctls.endpoints_max);
	if (!named->id)
		named->id = npv_policy_new_id(net, policy);
	id = named->id;
	err = npv_policy_add_named(policy, named, max);
	err = npv_policy_edited(net, who, policy, err);
	if (err == -EEXIST)
		NL_SET_ERR_MSG(info->extack,
			       "there is an endpoint of that id, or of that address and interface");
	else if (err == -ENOSPC)
		NL_SET_ERR_MSG(info->extack,
			       "too many endpoints; net.npv.endpoints_max is the limit");
	if (err)
		goto err_reply;

	return npv_nl_policy_reply(reply, info, NPV_A_ENDPOINT_ID, id);

err_reply:
	nlmsg_free(reply);
err_put:
	npv_named_put(named);
	return err;
}

/* The number of the endpoint that a request is about. Return: 0 or -EINVAL. */
static int get_id(const struct genl_info *info, u32 *id)
{
	if (GENL_REQ_ATTR_CHECK(info, NPV_A_ENDPOINT_ID)) {
		NL_SET_ERR_MSG(info->extack, "id of the endpoint is missing");
		return -EINVAL;
	}
	/* That of one that was found, too: there is no operator's of it. */
	*id = nla_get_u32(info->attrs[NPV_A_ENDPOINT_ID]);

	return 0;
}

static void tell_no_endpoint(const struct genl_info *info, u32 id)
{
	if (id & NPV_ENDPOINT_FOUND)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NPV_A_ENDPOINT_ID],
				    "nobody has named that endpoint; add one of its address");
	else
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NPV_A_ENDPOINT_ID],
				    "no operator's endpoint has that id");
}

int npv_nl_endpoint_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct sock *who = npv_nl_policy_who(skb);
	const struct npv_named *old;
	struct npv_policy *policy;
	struct npv_named *named;
	u32 id;
	int err;

	err = get_id(info, &id);
	if (err)
		return err;
	named = npv_named_alloc();
	if (!named)
		return -ENOMEM;
	if (!get_settings(info, &named->set)) {
		NL_SET_ERR_MSG(info->extack,
			       "nothing to set: cost, weight, backup or the like is wanted");
		err = -EINVAL;
		goto err_put;
	}

	err = -ENOMEM;
	policy = npv_policy_edit(net, who);
	if (!policy)
		goto err_put;

	err = -ENOENT;
	old = npv_policy_find_named(policy, id);
	if (old) {
		named->id = id;
		named->addr = old->addr;
		memcpy(named->ifname, old->ifname, sizeof(named->ifname));
		named->set = old->set;
		get_settings(info, &named->set);
		err = npv_policy_set_named(policy, named);
	}
	err = npv_policy_edited(net, who, policy, err);
	if (!err)
		return 0;
	tell_no_endpoint(info, id);

err_put:
	npv_named_put(named);
	return err;
}

int npv_nl_endpoint_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct sock *who = npv_nl_policy_who(skb);
	struct npv_policy *policy;
	u32 id;
	int err;

	err = get_id(info, &id);
	if (err)
		return err;
	policy = npv_policy_edit(net, who);
	if (!policy)
		return -ENOMEM;

	err = npv_policy_edited(net, who, policy, npv_policy_del_named(policy, id));
	if (err)
		tell_no_endpoint(info, id);

	return err;
}

int npv_nl_endpoint_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct sock *who = npv_nl_policy_who(skb);
	struct npv_policy *policy;

	policy = npv_policy_edit(net, who);
	if (!policy)
		return -ENOMEM;

	return npv_policy_edited(net, who, policy, !npv_policy_flush_named(policy));
}
