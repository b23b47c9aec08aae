// SPDX-License-Identifier: GPL-2.0
/* Endpoints over netlink: endpoint-get, open to everybody. */

#include <net/genetlink.h>
#include <net/ipv6.h>

#include "endpoint.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "netlink_policy.h"
#include "policy.h"

/**
 * struct endpoint_dump - where a dump is, in its callback
 * @named: the next of those that operators have named
 * @found: the next of those found
 */
struct endpoint_dump {
	unsigned int named;
	unsigned int found;
};

static int put_settings(struct sk_buff *skb, const struct npv_settings *set)
{
	if (nla_put_u32(skb, NPV_A_ENDPOINT_COST, set->cost) ||
	    nla_put_u32(skb, NPV_A_ENDPOINT_WEIGHT, set->weight) ||
	    nla_put_u8(skb, NPV_A_ENDPOINT_BACKUP, set->backup) ||
	    nla_put_u8(skb, NPV_A_ENDPOINT_METERED, set->metered) ||
	    nla_put_u8(skb, NPV_A_ENDPOINT_DISABLED, set->disabled))
		return -EMSGSIZE;
	return nla_put_uint(skb, NPV_A_ENDPOINT_MAX_RATE, set->max_rate);
}

static int put_named_attrs(struct sk_buff *skb, const struct npv_named *named)
{
	if (nla_put_u32(skb, NPV_A_ENDPOINT_ID, named->id))
		return -EMSGSIZE;
	if (!ipv6_addr_any(&named->addr) &&
	    npv_nl_put_addr(skb, NPV_A_ENDPOINT_ADDR4, &named->addr, 0))
		return -EMSGSIZE;
	if (named->ifname[0] &&
	    nla_put_string(skb, NPV_A_ENDPOINT_IFNAME, named->ifname))
		return -EMSGSIZE;
	return put_settings(skb, &named->set);
}

static int put_found_attrs(struct sk_buff *skb, const struct npv_endpoint *ep)
{
	if (nla_put_u32(skb, NPV_A_ENDPOINT_ID, ep->id) ||
	    npv_nl_put_addr(skb, NPV_A_ENDPOINT_ADDR4, &ep->addr, 0) ||
	    nla_put_u32(skb, NPV_A_ENDPOINT_IFINDEX, ep->ifindex) ||
	    nla_put_string(skb, NPV_A_ENDPOINT_IFNAME, ep->ifname) ||
	    put_settings(skb, &ep->set) ||
	    nla_put_flag(skb, NPV_A_ENDPOINT_AUTOMATIC))
		return -EMSGSIZE;
	if ((ep->up && nla_put_flag(skb, NPV_A_ENDPOINT_UP)) ||
	    (ep->temporary && nla_put_flag(skb, NPV_A_ENDPOINT_TEMPORARY)) ||
	    nla_put_u32(skb, NPV_A_ENDPOINT_LINK_TYPE, ep->link_type))
		return -EMSGSIZE;
	if (ep->link_speed &&
	    nla_put_u32(skb, NPV_A_ENDPOINT_LINK_SPEED, ep->link_speed))
		return -EMSGSIZE;
	return ep->named ? nla_put_u32(skb, NPV_A_ENDPOINT_OPERATOR, ep->named) : 0;
}

/* One of both. Return: 0, or -EMSGSIZE if it doesn't fit any more. */
static int put_endpoint(struct sk_buff *skb, struct netlink_callback *cb,
			const struct npv_named *named, const struct npv_endpoint *ep)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &npv_nl_family, NLM_F_MULTI, NPV_CMD_ENDPOINT_GET);
	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (named ? put_named_attrs(skb, named) : put_found_attrs(skb, ep)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

int npv_nl_endpoint_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct endpoint_dump *dump = (struct endpoint_dump *)cb->ctx;
	struct net *net = sock_net(skb->sk);
	struct npv_endpoints *eps;
	struct npv_policy *policy;
	int err = 0;

	NL_ASSERT_DUMP_CTX_FITS(struct endpoint_dump);

	policy = npv_policy_seen(net, npv_nl_policy_who(cb->skb));
	eps = npv_endpoints_get(net);
	/* Both only grow: where either does meanwhile, the dump is marked. */
	cb->seq = policy->generation + eps->generation ?: 1;
	for (; !err && dump->named < policy->n_named; dump->named += !err)
		err = put_endpoint(skb, cb, policy->named[dump->named], NULL);
	for (; !err && dump->found < eps->n; dump->found += !err)
		err = put_endpoint(skb, cb, NULL, &eps->endpoint[dump->found]);
	npv_endpoints_put(eps);
	npv_policy_put(policy);

	return skb->len ? skb->len : err;
}
