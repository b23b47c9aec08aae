// SPDX-License-Identifier: GPL-2.0
/* Native sessions over netlink: their figures, and changes of their stacks. */

#include <linux/netdevice.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "endpoint.h"
#include "native.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "scheduler.h"
#include "session.h"
#include "stack_udp.h"
#include "subflow.h"

/**
 * npv_nl_put_native() - add what only a native session has
 * @skb: message buffer
 * @nat: the session
 *
 * Context: session lock held.
 * Return: 0, or -EMSGSIZE where it doesn't fit.
 */
int npv_nl_put_native(struct sk_buff *skb, const struct npv_native *nat)
{
	const struct npv_sendq *sq = &nat->sendq;
	const struct npv_recvq *rq = &nat->recvq;
	/* The ends of the streams have numbers, but are no bytes. */
	u64 sent = sq->nxt - nat->fin_sent;
	u64 received = rq->nxt - (rq->nxt > rq->fin);
	unsigned int i, remotes = 0;

	for (i = 0; i < nat->n_remotes; i++)
		remotes += !nat->remotes[i].gone;

	if (nla_put_string(skb, NPV_A_SESSION_SCHEDULER, nat->sched->name) ||
	    nla_put_uint(skb, NPV_A_SESSION_BYTES_SENT, sent) ||
	    nla_put_uint(skb, NPV_A_SESSION_BYTES_ACKED, min(sq->una, sent)) ||
	    nla_put_uint(skb, NPV_A_SESSION_BYTES_RECEIVED, received) ||
	    nla_put_uint(skb, NPV_A_SESSION_SNDQ, sent - min(sq->una, sent)) ||
	    nla_put_uint(skb, NPV_A_SESSION_RCVQ, npv_native_readable(nat)) ||
	    nla_put_uint(skb, NPV_A_SESSION_OOO_QUEUE, rq->ooo_bytes) ||
	    nla_put_uint(skb, NPV_A_SESSION_SND_WINDOW,
			 sq->edge - min(sq->nxt, sq->edge)) ||
	    nla_put_uint(skb, NPV_A_SESSION_RCV_WINDOW, nat->rcvwin) ||
	    nla_put_uint(skb, NPV_A_SESSION_REINJECTED, nat->reinject_bytes) ||
	    nla_put_uint(skb, NPV_A_SESSION_DUPLICATES, nat->dup_bytes) ||
	    nla_put_uint(skb, NPV_A_SESSION_NATIVE_ID, nat->id) ||
	    nla_put_uint(skb, NPV_A_SESSION_NATIVE_PEER_ID, nat->peer_id) ||
	    nla_put_u32(skb, NPV_A_SESSION_REMOTES, remotes))
		return -EMSGSIZE;

	/* Who accepted the session need not know it. */
	return nat->npv_port ? nla_put_be16(skb, NPV_A_SESSION_NPV_PORT,
					    nat->npv_port) : 0;
}

/**
 * npv_nl_status() - what a stack is used for: what either side wants, if it works
 * @sub: the stack
 *
 * Context: session lock held.
 * Return: the status.
 */
enum npv_stack_status npv_nl_status(const struct npv_subflow *sub)
{
	if (sub->status != NPV_STACK_STATUS_ACTIVE)
		return sub->status;
	if (sub->paused || sub->peer_paused)
		return NPV_STACK_STATUS_PAUSED;
	if (sub->backup || sub->peer_backup)
		return NPV_STACK_STATUS_BACKUP;

	return NPV_STACK_STATUS_ACTIVE;
}

/**
 * npv_nl_put_subflow() - add what only a stack of a native session has
 * @skb: message buffer
 * @sub: the stack
 *
 * Context: session lock held.
 * Return: 0, or -EMSGSIZE where it doesn't fit.
 */
int npv_nl_put_subflow(struct sk_buff *skb, const struct npv_subflow *sub)
{
	if (nla_put_u32(skb, NPV_A_STACK_STATUS, npv_nl_status(sub)) ||
	    nla_put_u32(skb, NPV_A_STACK_WEIGHT, sub->weight) ||
	    nla_put_uint(skb, NPV_A_STACK_PAYLOAD_SENT, sub->bytes_sent) ||
	    nla_put_uint(skb, NPV_A_STACK_PAYLOAD_RECEIVED,
			 sub->bytes_received) ||
	    nla_put_uint(skb, NPV_A_STACK_REINJECTED, sub->reinjected))
		return -EMSGSIZE;

	if ((sub->backup && nla_put_flag(skb, NPV_A_STACK_BACKUP)) ||
	    (sub->peer_backup && nla_put_flag(skb, NPV_A_STACK_PEER_BACKUP)) ||
	    (sub->paused && nla_put_flag(skb, NPV_A_STACK_PAUSED)) ||
	    (sub->peer_paused && nla_put_flag(skb, NPV_A_STACK_PEER_PAUSED)))
		return -EMSGSIZE;
	if (sub->err && nla_put_u32(skb, NPV_A_STACK_ERROR, sub->err))
		return -EMSGSIZE;

	return 0;
}

/**
 * npv_nl_put_metrics() - add how a stack does, of what all transports have
 * @skb: message buffer
 * @sub: the stack, just looked at
 *
 * Context: session lock held.
 * Return: 0, or -EMSGSIZE where it doesn't fit.
 */
int npv_nl_put_metrics(struct sk_buff *skb, const struct npv_subflow *sub)
{
	if (nla_put_u32(skb, NPV_A_STACK_LOSS_PPM, sub->metrics.loss_ppm) ||
	    nla_put_u32(skb, NPV_A_STACK_JITTER_US,
			npv_metrics_jitter(&sub->metrics)) ||
	    nla_put_uint(skb, NPV_A_STACK_HEARD_MS, npv_metrics_heard_ms(sub)) ||
	    nla_put_u32(skb, NPV_A_STACK_QUEUE, sub->ops->unsent(sub)))
		return -EMSGSIZE;

	return 0;
}

/**
 * npv_nl_put_link() - add which endpoint a stack leaves by, and what link that is
 * @skb: message buffer
 * @stack: the stack
 *
 * Context: process, may sleep; session lock held.
 * Return: 0, or -EMSGSIZE where it doesn't fit.
 */
int npv_nl_put_link(struct sk_buff *skb, const struct npv_stack *stack)
{
	const struct sock *sk = npv_stack_sk(stack);
	const struct npv_endpoint *ep;
	struct npv_endpoints *eps;
	struct in6_addr local;
	__be16 port;
	int err = 0;

	local = npv_stack_local(sk, &port);
	eps = npv_endpoints_peek(sock_net(sk));
	ep = npv_endpoints_find(eps, &local);
	if (ep && (nla_put_u32(skb, NPV_A_STACK_ENDPOINT, ep->id) ||
		   nla_put_u32(skb, NPV_A_STACK_LINK_TYPE, ep->link_type) ||
		   (ep->link_speed &&
		    nla_put_u32(skb, NPV_A_STACK_LINK_SPEED, ep->link_speed))))
		err = -EMSGSIZE;
	npv_endpoints_put(eps);

	return err;
}

/**
 * npv_nl_put_udp() - add what is measured of a stack over UDP
 * @skb: message buffer
 * @sub: the stack
 *
 * Context: session lock held.
 * Return: 0, or -EMSGSIZE where it doesn't fit.
 */
int npv_nl_put_udp(struct sk_buff *skb, const struct npv_subflow *sub)
{
	const struct npv_udp *udp = npv_udp(sub);
	u32 mss = udp->pmtu.size;

	if (nla_put_u32(skb, NPV_A_STACK_SRTT_US, sub->ops->srtt(sub)) ||
	    nla_put_u32(skb, NPV_A_STACK_RTTVAR_US, udp->rec.rttvar_us) ||
	    nla_put_u32(skb, NPV_A_STACK_CWND,
			div_u64(npv_cong_window(&udp->cong), mss)) ||
	    nla_put_u32(skb, NPV_A_STACK_MSS, mss) ||
	    nla_put_u32(skb, NPV_A_STACK_RETRANSMITS, udp->lost) ||
	    nla_put_uint(skb, NPV_A_STACK_BYTES_SENT, udp->bytes_sent) ||
	    nla_put_uint(skb, NPV_A_STACK_BYTES_ACKED, udp->bytes_acked) ||
	    nla_put_uint(skb, NPV_A_STACK_BYTES_RECEIVED,
			 udp->bytes_received +
			 READ_ONCE(udp->message_bytes)) ||
	    nla_put_u32(skb, NPV_A_STACK_RQUEUE,
			sk_rmem_alloc_get(npv_subflow_sk(sub))) ||
	    nla_put_u32(skb, NPV_A_STACK_WQUEUE,
			min_t(u64, udp->rec.in_flight, U32_MAX)) ||
	    nla_put_uint(skb, NPV_A_STACK_DELIVERY_RATE, sub->metrics.rate) ||
	    nla_put_string(skb, NPV_A_STACK_CONGESTION, udp->cong.ops->name))
		return -EMSGSIZE;

	return 0;
}

int npv_nl_session_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *sched = info->attrs[NPV_A_SESSION_SCHEDULER];
	const struct nlattr *profile = info->attrs[NPV_A_SESSION_PROFILE];
	const struct nlattr *pinned = info->attrs[NPV_A_SESSION_PINNED];
	struct npv_sock *nsk;
	int err = 0;

	if (!sched && !profile && !pinned) {
		NL_SET_ERR_MSG(info->extack,
			       "nothing to set: scheduler, profile or pinned is wanted");
		return -EINVAL;
	}
	/* All of it or nothing: what can be wrong is looked at first. */
	if (sched && !npv_sched_exists(nla_data(sched))) {
		NL_SET_ERR_MSG_ATTR(info->extack, sched, "no scheduler has that name");
		return -ENOENT;
	}
	nsk = npv_nl_get_session(info, NPV_A_SESSION_ID);
	if (IS_ERR(nsk))
		return PTR_ERR(nsk);

	if (profile)
		err = npv_native_set_profile(nsk, nla_data(profile), info->extack);
	if (!err && sched)
		err = npv_native_set_scheduler(nsk, nla_data(sched), true,
					       info->extack);
	if (!err && pinned)
		err = npv_native_set_pinned(nsk, nla_get_u8(pinned), info->extack);
	npv_session_put(nsk);

	return err;
}

/* Which interface a request names, 0 if none. Return: 0 or -ENODEV. */
static int ifindex_of_request(struct genl_info *info, int *ifindex)
{
	const struct nlattr *attr = info->attrs[NPV_A_STACK_IFINDEX];
	bool exists;

	*ifindex = 0;
	if (!attr)
		return 0;

	*ifindex = nla_get_u32(attr);
	rcu_read_lock();
	exists = dev_get_by_index_rcu(genl_info_net(info), *ifindex);
	rcu_read_unlock();
	if (!exists) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "no interface has that number");
		return -ENODEV;
	}

	return 0;
}

static int protocol_of_request(struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[NPV_A_STACK_TRANSPORT];

	return attr && nla_get_u32(attr) == NPV_TRANSPORT_UDP ? IPPROTO_UDP :
								 IPPROTO_TCP;
}

int npv_nl_stack_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct in6_addr local, remote;
	struct npv_sock *nsk;
	int ifindex, err;

	err = npv_nl_get_addr(info, NPV_A_STACK_LOCAL_ADDR4, &local) ?:
	      npv_nl_get_addr(info, NPV_A_STACK_REMOTE_ADDR4, &remote) ?:
	      ifindex_of_request(info, &ifindex);
	if (err)
		return err;
	nsk = npv_nl_get_session(info, NPV_A_STACK_SESSION_ID);
	if (IS_ERR(nsk))
		return PTR_ERR(nsk);

	err = npv_native_stack_add(nsk, &local, &remote, ifindex,
				   protocol_of_request(info),
				   nla_get_flag(info->attrs[NPV_A_STACK_BACKUP]),
				   info->extack);
	npv_session_put(nsk);

	return err;
}

int npv_nl_stack_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct npv_sock *nsk;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, NPV_A_STACK_ID)) {
		NL_SET_ERR_MSG(info->extack, "id of the stack is missing");
		return -EINVAL;
	}
	nsk = npv_nl_get_session(info, NPV_A_STACK_SESSION_ID);
	if (IS_ERR(nsk))
		return PTR_ERR(nsk);

	err = npv_native_stack_del(nsk, nla_get_u32(info->attrs[NPV_A_STACK_ID]),
				   info->extack);
	npv_session_put(nsk);

	return err;
}

int npv_nl_stack_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *weight = info->attrs[NPV_A_STACK_WEIGHT];
	const struct nlattr *status = info->attrs[NPV_A_STACK_STATUS];
	struct npv_sock *nsk;
	int err;

	if (GENL_REQ_ATTR_CHECK(info, NPV_A_STACK_ID)) {
		NL_SET_ERR_MSG(info->extack, "id of the stack is missing");
		return -EINVAL;
	}
	if (!weight && !status) {
		NL_SET_ERR_MSG(info->extack,
			       "nothing to set: weight or status is wanted");
		return -EINVAL;
	}
	nsk = npv_nl_get_session(info, NPV_A_STACK_SESSION_ID);
	if (IS_ERR(nsk))
		return PTR_ERR(nsk);

	err = npv_native_stack_set(nsk, nla_get_u32(info->attrs[NPV_A_STACK_ID]),
				   weight ? nla_get_u32(weight) : -1,
				   status ? nla_get_u32(status) : -1,
				   info->extack);
	npv_session_put(nsk);

	return err;
}

int npv_nl_scheduler_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb)
{
	const char *standard = npv_sched_default()->name;
	char name[NPV_SCHED_NAME_MAX];
	void *hdr;

	for (; !npv_sched_name(cb->args[0], name); cb->args[0]++) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				  cb->nlh->nlmsg_seq, &npv_nl_family,
				  NLM_F_MULTI, NPV_CMD_SCHEDULER_GET);
		if (!hdr)
			break;
		if (nla_put_string(skb, NPV_A_SCHEDULER_NAME, name) ||
		    (!strcmp(name, standard) &&
		     nla_put_flag(skb, NPV_A_SCHEDULER_DEFAULT))) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}

	return skb->len;
}
