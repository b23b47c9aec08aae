// SPDX-License-Identifier: GPL-2.0
/* The peer cache over netlink: shown to everybody, set by administrators. */

#include <net/genetlink.h>
#include <net/ipv6.h>

#include "netlink.h"
#include "netlink_gen.h"
#include "peer.h"

/**
 * struct peer_dump - what a dump's callback needs
 * @skb: message buffer
 * @head: header of each message
 * @cb: the dump
 */
struct peer_dump {
	struct sk_buff *skb;
	struct npv_nl_head head;
	struct netlink_callback *cb;
};

static int put_peer_attrs(struct sk_buff *skb, const struct npv_peer_info *info)
{
	if (npv_nl_put_addr(skb, NPV_A_PEER_ADDR4, &info->addr, info->port))
		return -EMSGSIZE;

	if (info->kind != NPV_KIND_OPEN &&
	    (nla_put_u32(skb, NPV_A_PEER_KIND, info->kind) ||
	     nla_put_u32(skb, NPV_A_PEER_REASON, info->reason)))
		return -EMSGSIZE;
	if (info->verdict != NPV_PEER_UNKNOWN &&
	    nla_put_u32(skb, NPV_A_PEER_VERDICT, info->verdict))
		return -EMSGSIZE;
	if ((info->known.srtt_us &&
	     nla_put_u32(skb, NPV_A_PEER_SRTT_US, info->known.srtt_us)) ||
	    (info->known.rttvar_us &&
	     (nla_put_u32(skb, NPV_A_PEER_RTTVAR_US, info->known.rttvar_us) ||
	      nla_put_u32(skb, NPV_A_PEER_LOSS_PPM, info->known.loss_ppm))) ||
	    (info->known.rate &&
	     nla_put_uint(skb, NPV_A_PEER_DELIVERY_RATE, info->known.rate)))
		return -EMSGSIZE;

	if (nla_put_uint(skb, NPV_A_PEER_AGE_MS, info->age_ms))
		return -EMSGSIZE;
	if (info->pinned)
		return nla_put_flag(skb, NPV_A_PEER_STATIC);

	return nla_put_uint(skb, NPV_A_PEER_EXPIRES_MS, info->left_ms);
}

static int put_peer(const struct npv_peer_info *info, void *data)
{
	struct peer_dump *dump = data;
	void *hdr;

	hdr = genlmsg_put(dump->skb, dump->head.portid, dump->head.seq,
			  &npv_nl_family, dump->head.flags, dump->head.cmd);
	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(dump->cb, hdr);
	if (put_peer_attrs(dump->skb, info)) {
		genlmsg_cancel(dump->skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(dump->skb, hdr);

	return 0;
}

int npv_nl_peer_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct npv_peer_pos *pos = (struct npv_peer_pos *)cb->ctx;
	struct net *net = sock_net(skb->sk);
	struct peer_dump dump = {
		.skb	= skb,
		.cb	= cb,
		.head	= {
			.portid	= NETLINK_CB(cb->skb).portid,
			.seq	= cb->nlh->nlmsg_seq,
			.flags	= NLM_F_MULTI,
			.cmd	= NPV_CMD_PEER_GET,
		},
	};
	int err;

	NL_ASSERT_DUMP_CTX_FITS(struct npv_peer_pos);

	cb->seq = npv_peer_generation(net) ?: 1;
	err = npv_peer_walk(net, pos, put_peer, &dump);

	return skb->len ? skb->len : err;
}

/* Which peer a request is about. Return: 0 or -EINVAL, with a text. */
static int peer_of_request(struct genl_info *info, struct in6_addr *addr,
			   __be16 *port)
{
	int err;

	err = npv_nl_get_addr(info, NPV_A_PEER_ADDR4, addr);
	if (err)
		return err;
	if (ipv6_addr_any(addr)) {
		NL_SET_ERR_MSG(info->extack, "address of the peer is missing");
		return -EINVAL;
	}

	*port = 0;
	if (!info->attrs[NPV_A_PEER_PORT])
		return 0;
	*port = nla_get_be16(info->attrs[NPV_A_PEER_PORT]);
	if (!*port) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NPV_A_PEER_PORT],
				    "port is 1 to 65535; leave it out for all");
		return -EINVAL;
	}

	return 0;
}

int npv_nl_peer_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct in6_addr addr;
	enum npv_kind kind;
	__be16 port;
	int err;

	err = peer_of_request(info, &addr, &port);
	if (err)
		return err;

	if (GENL_REQ_ATTR_CHECK(info, NPV_A_PEER_KIND)) {
		NL_SET_ERR_MSG(info->extack, "kind of the peer is missing");
		return -EINVAL;
	}
	kind = nla_get_u32(info->attrs[NPV_A_PEER_KIND]);
	if (kind == NPV_KIND_OPEN) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NPV_A_PEER_KIND],
				    "kind is plain or native; to forget a peer, delete it");
		return -EINVAL;
	}

	err = npv_peer_pin(genl_info_net(info), &addr, port, kind);
	if (err == -ENOSPC)
		NL_SET_ERR_MSG(info->extack,
			       "too many peers are set; delete some");

	return err;
}

int npv_nl_peer_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct in6_addr addr;
	__be16 port;
	int err;

	err = peer_of_request(info, &addr, &port);
	if (err)
		return err;

	if (!npv_peer_forget(genl_info_net(info), &addr, port)) {
		NL_SET_ERR_MSG(info->extack, "nothing is known of that peer");
		return -ENOENT;
	}

	return 0;
}

int npv_nl_peer_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	npv_peer_flush(genl_info_net(info),
		       nla_get_flag(info->attrs[NPV_A_PEER_STATIC]));

	return 0;
}
