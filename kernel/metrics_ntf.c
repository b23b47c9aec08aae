// SPDX-License-Identifier: GPL-2.0
/*
 * Who listens for stacks' metrics: netlink sockets with wishes of their own, each
 * told by messages to it alone, and the group "metrics", which has those of
 * everybody else.
 *
 * A stack that is busy is held against them whenever its session looks at it. One on
 * which nothing is sent is not looked at: a work item does, as long as somebody
 * listens. What each was told of a stack is kept with the stack.
 */

#include <linux/netlink.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "metrics_ntf.h"
#include "native.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "netns.h"
#include "session.h"
#include "stack.h"
#include "stacks.h"
#include "subflow.h"

/* The least time between two messages where nothing else is wanted */
#define INTERVAL_MS	1000
/* The work takes one of so many parts of a processor's time at most */
#define WORK_SHARE	10

/* What the group wants to be told */
static const struct npv_thresholds group_set = {
	.interval	= INTERVAL_MS * HZ / MSEC_PER_SEC,
	.rtt_percent	= 25,
	.loss_ppm	= 10000,
	.rate_percent	= 50,
};

static bool group_listens(struct net *net)
{
	return genl_has_listeners(&npv_nl_family, net, NPV_NLGRP_METRICS);
}

/* A stack, and how it does now */
struct tale {
	struct npv_subflow *sub;
	struct npv_measured measured;
	struct npv_values values;
};

static int put_tale(struct sk_buff *skb, const struct tale *tale, u32 crossed)
{
	const struct npv_subflow *sub = tale->sub;
	const struct npv_measured *m = &tale->measured;

	if (npv_nl_put_stack_name(skb, sub->stack) ||
	    nla_put_u32(skb, NPV_A_STACK_SRTT_US, tale->values.srtt_us) ||
	    nla_put_u32(skb, NPV_A_STACK_RTTVAR_US, m->rttvar_us) ||
	    nla_put_u32(skb, NPV_A_STACK_CWND, m->cwnd) ||
	    nla_put_u32(skb, NPV_A_STACK_RETRANSMITS, m->retransmits) ||
	    nla_put_uint(skb, NPV_A_STACK_DELIVERY_RATE, sub->metrics.rate) ||
	    nla_put_u32(skb, NPV_A_STACK_STATUS, npv_nl_status(sub)) ||
	    npv_nl_put_metrics(skb, sub) || npv_nl_put_link(skb, sub->stack) ||
	    nla_put_u32(skb, NPV_A_STACK_CROSSED, crossed))
		return -EMSGSIZE;

	return 0;
}

/* Send it. Return: whether that was done. */
static bool send_tale(const struct tale *tale, u32 crossed, u32 portid)
{
	struct net *net = sock_net(npv_subflow_sk(tale->sub));
	struct sk_buff *skb;
	void *hdr;

	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return false;
	hdr = genlmsg_put(skb, portid, 0, &npv_nl_family, 0,
			  NPV_CMD_METRICS_NTF);
	if (!hdr || put_tale(skb, tale, crossed)) {
		nlmsg_free(skb);
		return false;
	}
	genlmsg_end(skb, hdr);

	/* Who has no room for it is told that it missed something (ENOBUFS). */
	if (portid)
		return !genlmsg_unicast(net, skb, portid);
	genlmsg_multicast_netns(&npv_nl_family, net, skb, 0, NPV_NLGRP_METRICS,
				GFP_ATOMIC);

	return true;
}

static void tell_one(const struct tale *tale, const struct npv_thresholds *set,
		     struct npv_told *told, u32 portid)
{
	u32 crossed = npv_metrics_crossed(set, told, &tale->values, jiffies);

	if (!crossed || send_tale(tale, crossed, portid))
		return;
	NPV_INC(sock_net(npv_subflow_sk(tale->sub)), EVENT_LOST);
	/* It doesn't know: it is told all of it later. */
	told->known = false;
}

/* Who listens at a place. Return: whether there is somebody. */
static bool hearer_get(const struct npv_hearers *hearers, unsigned int i,
		       struct npv_hearer *copy)
{
	const struct npv_hearer *hearer;

	rcu_read_lock();
	hearer = rcu_dereference(hearers->hearer[i]);
	if (hearer)
		*copy = *hearer;
	rcu_read_unlock();

	return hearer;
}

static void tell_hearers(const struct tale *tale, const struct npv_hearers *hearers)
{
	struct npv_told *told = tale->sub->metrics.told;
	u64 session = tale->sub->nat->nsk->id;
	struct npv_hearer hearer;
	unsigned int i;

	for (i = 0; i < NPV_HEARERS_MAX; i++, told++) {
		/* Sending may sleep. */
		if (!hearer_get(hearers, i, &hearer) ||
		    (hearer.session && hearer.session != session))
			continue;
		if (told->serial != hearer.serial)
			*told = (struct npv_told) { .serial = hearer.serial };
		tell_one(tale, &hearer.set, told, hearer.portid);
	}
}

/**
 * npv_metrics_tell() - tell who wants to know how a stack does
 * @sub: the stack, just looked at
 *
 * Context: process, session lock held.
 */
void npv_metrics_tell(struct npv_subflow *sub)
{
	struct net *net = sock_net(npv_subflow_sk(sub));
	struct npv_hearers *hearers = &npv_pernet(net)->hearers;
	struct npv_metrics *m = &sub->metrics;
	bool group = group_listens(net);
	struct tale tale;

	/* Who listens to the group next begins anew. */
	if (!group && m->told)
		m->told[NPV_HEARERS_MAX].known = false;
	if ((!group && !READ_ONCE(hearers->n)) || !npv_stacks_usable(sub))
		return;
	if (!m->told)
		m->told = kcalloc(NPV_HEARERS_MAX + 1, sizeof(*m->told),
				  GFP_ATOMIC | __GFP_NOWARN);
	if (!m->told)
		return;

	tale = (struct tale) {
		.sub	= sub,
		.values	= {
			.srtt_us	= sub->ops->srtt(sub),
			.rate		= m->rate,
			.loss_ppm	= m->loss_ppm,
			.queue		= sub->ops->unsent(sub),
			.heard_ms	= npv_metrics_heard_ms(sub),
		},
	};
	sub->ops->measure(sub, &tale.measured);
	tell_hearers(&tale, hearers);
	if (!group)
		return;
	tell_one(&tale, &group_set, &m->told[NPV_HEARERS_MAX], 0);
	/* What it was too soon to tell of is not to be forgotten. */
	queue_delayed_work(system_unbound_wq, &hearers->work, group_set.interval);
}

static void look_at_session(struct npv_sock *nsk)
{
	struct npv_native *nat;
	unsigned int i;

	if (!READ_ONCE(nsk->native))
		return;

	lock_sock(&nsk->sk);
	nat = nsk->native;
	if (nat && !nat->destroyed)
		for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX)
			if (npv_stacks_usable(nat->slot[i]))
				npv_metrics_look(nat->slot[i]);
	release_sock(&nsk->sk);
}

static void look_at_all(struct net *net)
{
	struct npv_sock *nsk;
	u64 id;

	for (id = 0; (nsk = npv_session_next(net, &id)); id++) {
		look_at_session(nsk);
		npv_session_put(nsk);
		cond_resched();
	}
}

static void look_at_one(struct net *net, u64 id)
{
	struct npv_sock *nsk = npv_session_get(net, id);

	if (!nsk)
		return;
	look_at_session(nsk);
	npv_session_put(nsk);
}

/* What the work has to look at */
struct errand {
	u64 session[NPV_HEARERS_MAX];
	unsigned int n;
	bool all;
	unsigned long interval;		/* jiffies; 0: nobody listens */
};

static struct errand hearers_errand(const struct npv_hearers *hearers)
{
	struct errand errand = {};
	struct npv_hearer hearer;
	unsigned int i;

	if (group_listens(hearers->net)) {
		errand.all = true;
		errand.interval = group_set.interval;
	}
	for (i = 0; i < NPV_HEARERS_MAX; i++) {
		if (!hearer_get(hearers, i, &hearer))
			continue;
		errand.interval = min_not_zero(errand.interval,
					       hearer.set.interval);
		if (hearer.session)
			errand.session[errand.n++] = hearer.session;
		else
			errand.all = true;
	}

	return errand;
}

static void hearers_work(struct work_struct *work)
{
	struct npv_hearers *hearers = container_of(to_delayed_work(work),
						   struct npv_hearers, work);
	struct errand errand = hearers_errand(hearers);
	unsigned long start = jiffies;
	unsigned int i;

	if (!errand.interval)
		return;
	if (errand.all)
		look_at_all(hearers->net);
	else
		for (i = 0; i < errand.n; i++)
			look_at_one(hearers->net, errand.session[i]);

	queue_delayed_work(system_unbound_wq, &hearers->work,
			   max(errand.interval,
			       (jiffies - start) * (WORK_SHARE - 1)));
}

static struct npv_hearer *hearer_at(struct npv_hearers *hearers, unsigned int i)
{
	return rcu_dereference_protected(hearers->hearer[i],
					 lockdep_is_held(&hearers->lock));
}

/* Where a socket is, or a free place if @room. Return: -ENOENT or -ENOSPC. */
static int hearer_place(struct npv_hearers *hearers, u32 portid, bool room)
{
	int place = room ? -ENOSPC : -ENOENT;
	const struct npv_hearer *hearer;
	unsigned int i;

	for (i = 0; i < NPV_HEARERS_MAX; i++) {
		hearer = hearer_at(hearers, i);
		if (hearer && hearer->portid == portid)
			return i;
		if (!hearer && room && place < 0)
			place = i;
	}

	return place;
}

/* Put wishes, NULL for none, in the place of others. */
static void hearer_replace(struct npv_hearers *hearers, unsigned int i,
			   struct npv_hearer *hearer)
{
	struct npv_hearer *old = hearer_at(hearers, i);

	if (hearer) {
		hearers->serial = hearers->serial + 1 ?: 1;
		hearer->serial = hearers->serial;
	}
	WRITE_ONCE(hearers->n, hearers->n + !!hearer - !!old);
	rcu_assign_pointer(hearers->hearer[i], hearer);
	kfree_rcu(old, rcu);
}

static bool hearer_remove(struct npv_hearers *hearers, u32 portid)
{
	int place;

	mutex_lock(&hearers->lock);
	place = hearer_place(hearers, portid, false);
	if (place >= 0)
		hearer_replace(hearers, place, NULL);
	mutex_unlock(&hearers->lock);

	return place >= 0;
}

static u32 wish(const struct genl_info *info, int attr)
{
	return info->attrs[attr] ? nla_get_u32(info->attrs[attr]) : 0;
}

/* The session that a request names, 0 if none. Return: 0 or -ENOENT. */
static int session_of_request(struct genl_info *info, u64 *id)
{
	struct npv_sock *nsk;

	*id = 0;
	if (!info->attrs[NPV_A_METRICS_SESSION_ID])
		return 0;
	nsk = npv_nl_get_session(info, NPV_A_METRICS_SESSION_ID);
	if (IS_ERR(nsk))
		return PTR_ERR(nsk);
	*id = nsk->id;
	npv_session_put(nsk);

	return 0;
}

int npv_nl_metrics_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct npv_hearers *hearers = &npv_pernet(genl_info_net(info))->hearers;
	u32 interval_ms = wish(info, NPV_A_METRICS_INTERVAL_MS) ?: INTERVAL_MS;
	struct npv_thresholds set = {
		.interval	= msecs_to_jiffies(interval_ms),
		.rtt_percent	= wish(info, NPV_A_METRICS_RTT_PERCENT),
		.loss_ppm	= wish(info, NPV_A_METRICS_LOSS_PPM),
		.rate_percent	= wish(info, NPV_A_METRICS_RATE_PERCENT),
		.queue		= wish(info, NPV_A_METRICS_QUEUE_BYTES),
		.heard_ms	= wish(info, NPV_A_METRICS_HEARD_MS),
		.every		= nla_get_flag(info->attrs[NPV_A_METRICS_EVERY]),
	};
	struct npv_hearer *hearer;
	u64 session;
	int err, place;

	if (!set.rtt_percent && !set.loss_ppm && !set.rate_percent &&
	    !set.queue && !set.heard_ms && !set.every) {
		NL_SET_ERR_MSG(info->extack,
			       "nothing to be told of: a threshold or every is wanted");
		return -EINVAL;
	}
	err = session_of_request(info, &session);
	if (err)
		return err;

	hearer = kzalloc(sizeof(*hearer), GFP_KERNEL_ACCOUNT);
	if (!hearer)
		return -ENOMEM;
	hearer->portid = info->snd_portid;
	hearer->session = session;
	hearer->set = set;

	mutex_lock(&hearers->lock);
	place = hearer_place(hearers, hearer->portid, true);
	if (place >= 0)
		hearer_replace(hearers, place, hearer);
	mutex_unlock(&hearers->lock);

	if (place < 0) {
		NL_SET_ERR_MSG_FMT(info->extack,
				   "%u sockets listen already, that is the limit",
				   NPV_HEARERS_MAX);
		kfree(hearer);
		return place;
	}
	mod_delayed_work(system_unbound_wq, &hearers->work, 0);

	return 0;
}

int npv_nl_metrics_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct npv_hearers *hearers = &npv_pernet(genl_info_net(info))->hearers;

	if (!hearer_remove(hearers, info->snd_portid)) {
		NL_SET_ERR_MSG(info->extack, "this socket listens for no metrics");
		return -ENOENT;
	}

	return 0;
}

/* A netlink socket is closed. */
static int hearers_netlink_event(struct notifier_block *nb, unsigned long event,
				 void *data)
{
	const struct netlink_notify *notify = data;
	struct npv_hearers *hearers;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	hearers = &npv_pernet(notify->net)->hearers;
	if (READ_ONCE(hearers->n))
		hearer_remove(hearers, notify->portid);

	return NOTIFY_DONE;
}

static struct notifier_block hearers_notifier = {
	.notifier_call	= hearers_netlink_event,
};

/**
 * npv_hearers_init() - nobody listens in a namespace yet
 * @hearers: zeros
 * @net: the namespace
 */
void npv_hearers_init(struct npv_hearers *hearers, struct net *net)
{
	mutex_init(&hearers->lock);
	INIT_DELAYED_WORK(&hearers->work, hearers_work);
	hearers->net = net;
}

/**
 * npv_hearers_exit() - nobody listens in a namespace any more
 * @hearers: of a namespace without sessions
 *
 * Context: process, may sleep.
 */
void npv_hearers_exit(struct npv_hearers *hearers)
{
	unsigned int i;

	cancel_delayed_work_sync(&hearers->work);
	/* Of the kernel that unloads the module: their sockets are still there. */
	mutex_lock(&hearers->lock);
	for (i = 0; i < NPV_HEARERS_MAX; i++)
		hearer_replace(hearers, i, NULL);
	mutex_unlock(&hearers->lock);
	mutex_destroy(&hearers->lock);
}

/**
 * npv_metrics_init() - notice that netlink sockets are closed
 *
 * Context: module init.
 * Return: 0 or -errno.
 */
int __init npv_metrics_init(void)
{
	return netlink_register_notifier(&hearers_notifier);
}

/** npv_metrics_exit() - undo npv_metrics_init() */
void npv_metrics_exit(void)
{
	netlink_unregister_notifier(&hearers_notifier);
}
