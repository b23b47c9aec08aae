// SPDX-License-Identifier: GPL-2.0
/*
 * Composition: makes the plan of a native session's stacks true.
 *
 * The side that connected composes: plan.c says which stacks there are to be, in
 * which order and for what; here those that are missing are joined, those that are
 * not wanted any more are drained and taken away, and the others are told what they
 * are for. The other side tells its addresses. Both look again when something
 * changes: addresses, links, routes, the policy, what the program has stated, what
 * is heard of the stacks.
 */

#include <linux/inetdevice.h>
#include <linux/slab.h>
#include <net/addrconf.h>

#include "address.h"
#include "announce.h"
#include "compose.h"
#include "decision.h"
#include "endpoint.h"
#include "event.h"
#include "join.h"
#include "native.h"
#include "netns.h"
#include "pairs.h"
#include "plan.h"
#include "policy.h"
#include "route.h"
#include "session.h"
#include "sockopt.h"
#include "stack.h"
#include "stacks.h"

/* One that has been joining for so long may never come, where there is none */
#define JOIN_DOUBTFUL	HZ
/* Changes of which there may be a lot have sessions composed that often at most */
#define RECOMPOSE	(HZ / 20 ?: 1)
/* Up to so many candidates all that can be said of each is found out and kept */
#define EXPLAIN_MAX	64

/*
 * The interface that has an address, 0 if none that works. Any address counts,
 * also one that composition would not choose.
 */
static bool local_works(struct net *net, const struct in6_addr *addr)
{
	struct net_device *dev;
	bool works = false;

	rcu_read_lock();
	if (ipv6_addr_v4mapped(addr)) {
		dev = __ip_dev_find(net, addr->s6_addr32[3], false);
		works = dev && dev->flags & IFF_UP && netif_carrier_ok(dev);
	} else {
		for_each_netdev_rcu(net, dev) {
			if (dev->flags & IFF_UP && netif_carrier_ok(dev) &&
			    ipv6_chk_addr(net, addr, dev, 1)) {
				works = true;
				break;
			}
		}
	}
	rcu_read_unlock();

	return works;
}

/* Links that are down and addresses that are gone take their stacks along. */
static void compose_prune(struct npv_native *nat)
{
	struct in6_addr addr;
	unsigned int i;
	__be16 port;

	for (i = 0; i < NPV_STACKS_MAX; i++) {
		struct npv_subflow *sub = nat->slot[i];

		if (!sub)
			continue;
		addr = npv_stack_local(npv_subflow_sk(sub), &port);
		if (!local_works(sock_net(&nat->nsk->sk), &addr))
			npv_stacks_down(sub, ENETDOWN);
	}
}

/**
 * struct composer - what it takes to compose a session
 * @nat: the session
 * @user: for whom routes are looked up
 * @eps: what there is here
 * @stalled: nothing gets through
 * @now: when it is composed, jiffies: for all that the plan asks
 * @remote: what there is there
 * @in: what the plan is made of
 * @plan: the plan
 */
struct composer {
	struct npv_native *nat;
	struct npv_route_user user;
	struct npv_endpoints *eps;
	bool stalled;
	unsigned long now;
	struct npv_plan_remote remote[NPV_REMOTES_MAX];
	struct npv_plan_input in;
	struct npv_plan plan;
};

/* The stack between two addresses over a transport, NULL if there is none */
static struct npv_subflow *stack_between(const struct npv_native *nat,
					 const struct in6_addr *local,
					 const struct in6_addr *remote, bool tcp)
{
	struct in6_addr addr;
	unsigned int i;
	__be16 port;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		struct npv_subflow *sub = nat->slot[i];

		if (npv_subflow_is_tcp(sub) != tcp)
			continue;
		addr = npv_stack_local(npv_subflow_sk(sub), &port);
		if (!ipv6_addr_equal(&addr, local))
			continue;
		addr = npv_stack_remote(npv_subflow_sk(sub), &port);
		if (ipv6_addr_equal(&addr, remote))
			return sub;
	}
	return NULL;
}

/* Datagrams have one for what UDP can't do. */
static bool stack_is_beside(const struct npv_subflow *sub)
{
	return sub->nat->datagrams && !sub->id && npv_subflow_is_tcp(sub);
}

/*
 * Whether a stack counts as one of those that are wanted. Those of an operator are
 * beside them. Those that may never come don't count where there is none, unless they
 * have just begun; nor do those that nothing gets through.
 */
static bool stack_counts(const struct npv_subflow *sub, bool stalled)
{
	if (sub->manual || sub->retiring || sub->status == NPV_STACK_STATUS_SUSPECT)
		return false;
	if (stack_is_beside(sub))
		return false;
	if (!stalled)
		return true;
	if (sub->status == NPV_STACK_STATUS_JOINING)
		return !time_after(jiffies, sub->join_at + JOIN_DOUBTFUL);
	return !sub->silent;
}

/* npv_plan_input.routed */
static bool compose_routed(void *ctx, unsigned int endpoint, unsigned int remote)
{
	struct composer *c = ctx;
	const struct npv_endpoint *ep = &c->eps->endpoint[endpoint];

	return npv_route_find(&c->user, &ep->addr, ep->ifindex,
			      &c->remote[remote].addr) != NPV_ROUTE_NONE;
}

/* npv_plan_input.fact */
static void compose_fact(void *ctx, unsigned int endpoint, unsigned int remote,
			 u8 transport, struct npv_plan_fact *fact)
{
	struct composer *c = ctx;
	const struct in6_addr *local = &c->eps->endpoint[endpoint].addr;
	const struct in6_addr *peer = &c->remote[remote].addr;
	const struct npv_pair_failed *failed;
	struct npv_native *nat = c->nat;
	struct npv_subflow *sub;
	unsigned long due;

	sub = stack_between(nat, local, peer, transport == NPV_TRANSPORT_TCP);
	if (sub) {
		fact->id = sub->id;
		fact->srtt_us = sub->ops->srtt(sub);
		/* One that doesn't count isn't to be made twice. */
		if (sub->manual)
			fact->state = NPV_PLAN_HAS | NPV_PLAN_MANUAL;
		else if (stack_is_beside(sub) ||
			 (stack_counts(sub, c->stalled) &&
			  compose_routed(c, endpoint, remote)))
			fact->state = NPV_PLAN_HAS;
		else
			fact->state = NPV_PLAN_SILENT;
		return;
	}
	failed = npv_pairs_find(nat, local, peer);
	if (!failed)
		return;
	if (failed->forbidden) {
		fact->state = NPV_PLAN_FORBIDDEN;
		return;
	}
	due = npv_pairs_due(failed, c->now, c->stalled);
	if (time_after(due, c->now)) {
		fact->state = NPV_PLAN_FAILED;
		if (due - c->now <= NPV_RETRY_MAX &&
		    (!nat->compose_at || time_before(due, nat->compose_at)))
			nat->compose_at = due | 1;
		return;
	}
	/* A firewall may have come to like only one of them: they take turns. */
	if (failed->times & 1 && (c->in.prefer_udp || c->stalled) &&
	    transport == (c->in.prefer_udp ? NPV_TRANSPORT_UDP : NPV_TRANSPORT_TCP) &&
	    npv_decision_allows(nat->nsk, !transport))
		fact->state = NPV_PLAN_FAILED;
}

static void compose_input(struct composer *c)
{
	struct npv_plan_input *in = &c->in;
	struct npv_native *nat = c->nat;
	struct npv_sock *nsk = nat->nsk;
	unsigned int i;

	for (i = 0; i < nat->n_remotes; i++) {
		c->remote[i].addr = nat->remotes[i].addr;
		c->remote[i].port = nat->remotes[i].port;
		c->remote[i].gone = nat->remotes[i].gone;
	}
	in->want = npv_decision_want(nsk);
	in->eps = c->eps;
	in->remote = c->remote;
	in->n_remotes = nat->n_remotes;
	in->stacks_max = npv_decision_stacks(nsk);
	in->no_udp = npv_sockopt_near_only(nsk);
	in->prefer_udp = !in->no_udp &&
			 (nat->datagrams || npv_decision_prefers_udp(nsk));
	in->datagrams = nat->datagrams;
	in->stalled = c->stalled;
	in->bound_if = READ_ONCE(nsk->sk.sk_bound_dev_if);
	in->fact = compose_fact;
	in->routed = compose_routed;
	in->ctx = c;
	in->explain = c->eps->n * nat->n_remotes <= EXPLAIN_MAX;
}

/* The stack that an entry of the plan speaks of, NULL if there is none */
static struct npv_subflow *entry_stack(const struct composer *c,
				       const struct npv_plan_entry *e)
{
	unsigned int i;

	if (e->stack == U32_MAX)
		return NULL;
	for_each_set_bit(i, &c->nat->slots, NPV_STACKS_MAX)
		if (c->nat->slot[i]->id == e->stack)
			return c->nat->slot[i];
	return NULL;
}

/* How much a stack may send at most, bytes a second; 0: no limit */
static u64 stack_rate(const struct composer *c, const struct npv_endpoint *ep)
{
	return min_not_zero(c->in.want->rate, ep->set.max_rate);
}

/* Have a stack do what the plan says. An operator's word on this very one stays. */
static void stack_instruct(const struct composer *c, struct npv_subflow *sub,
			   const struct npv_plan_entry *e)
{
	const struct npv_endpoint *ep = &c->eps->endpoint[e->endpoint];
	bool backup = e->role == NPV_ROLE_BACKUP;

	npv_subflow_set_rate(sub, stack_rate(c, ep));
	if (!sub->weight_fixed)
		sub->weight = ep->set.weight;
	/* What JOIN has said holds until it is there, and can be told something else. */
	if (sub->status_fixed || sub->status == NPV_STACK_STATUS_JOINING ||
	    e->role == NPV_ROLE_UNUSED || sub->backup == backup)
		return;
	sub->backup = backup;
	npv_stacks_tell(sub);
	npv_stacks_changed(sub);
}

/* Begin a stack. Return: whether the next may be begun as well. */
static bool compose_join(struct composer *c, const struct npv_plan_entry *e)
{
	const struct npv_endpoint *ep = &c->eps->endpoint[e->endpoint];
	struct npv_native *nat = c->nat;
	struct npv_join join = {
		.local		= ep->addr,
		.remote		= c->remote[e->remote].addr,
		.port		= c->remote[e->remote].port,
		.protocol	= e->transport == NPV_TRANSPORT_TCP ? IPPROTO_TCP :
								      IPPROTO_UDP,
		.backup		= e->role == NPV_ROLE_BACKUP,
	};

	if (npv_route_find(&c->user, &join.local, ep->ifindex, &join.remote) ==
	    NPV_ROUTE_INTERFACE)
		join.ifindex = ep->ifindex;
	if (!npv_join_start(nat, &join))
		return true;
	/* Of TCP it is noted by connect() failing. */
	if (join.protocol == IPPROTO_UDP)
		npv_pairs_failed(nat, &join.local, &join.remote);
	/* Noted; the others are tried next time. */
	nat->compose_at = (jiffies + NPV_RETRY_LOST) | 1;
	return false;
}

/* Whether the plan wants no stack there, however few there are */
static bool entry_is_out(const struct npv_plan_entry *e)
{
	switch (e->reason) {
	case NPV_PLAN_REASON_ENDPOINT_DISABLED:
	case NPV_PLAN_REASON_BOUND:
	case NPV_PLAN_REASON_INTERFACE:
	case NPV_PLAN_REASON_NETWORK:
	case NPV_PLAN_REASON_METERED:
	case NPV_PLAN_REASON_TEMPORARY:
	case NPV_PLAN_REASON_TRANSPORT:
		return true;
	default:
		return false;
	}
}

/*
 * The stack that can best be spared: the last in the plan's order of those that are
 * not wanted. NULL if there is none, or one is on its way out already.
 */
static struct npv_subflow *compose_spare(const struct composer *c)
{
	struct npv_subflow *spare = NULL, *sub;
	unsigned int i;

	for_each_set_bit(i, &c->nat->slots, NPV_STACKS_MAX)
		if (c->nat->slot[i]->retiring)
			return NULL;
	for (i = 0; i < c->plan.n; i++) {
		const struct npv_plan_entry *e = &c->plan.entry[i];

		if (e->role != NPV_ROLE_UNUSED)
			continue;
		sub = entry_stack(c, e);
		if (sub && !sub->manual && sub->status == NPV_STACK_STATUS_ACTIVE)
			spare = sub;
	}
	return spare;
}

/* Drain what may not be used any more. */
static void compose_expel(const struct composer *c)
{
	struct npv_subflow *sub;
	unsigned int i;

	for (i = 0; i < c->plan.n; i++) {
		const struct npv_plan_entry *e = &c->plan.entry[i];

		sub = entry_is_out(e) ? entry_stack(c, e) : NULL;
		if (!sub || sub->manual || sub->retiring)
			continue;
		if (npv_stacks_usable(sub))
			npv_stacks_retire(sub);
		else if (sub->status == NPV_STACK_STATUS_JOINING)
			npv_stacks_down(sub, 0);
	}
}

/* What is told of an entry: a stack that is left by its route isn't silent. */
static struct npv_plan_entry entry_told(struct composer *c, const struct npv_plan_entry *e)
{
	struct npv_plan_entry told = *e;

	if (e->reason == NPV_PLAN_REASON_SILENT &&
	    !compose_routed(c, e->endpoint, e->remote))
		told.reason = NPV_PLAN_REASON_NO_ROUTE;
	return told;
}

/* Keep the plan, for who asks why it is as it is. */
static void compose_keep(struct composer *c)
{
	struct npv_native *nat = c->nat;
	struct npv_planned *planned;
	unsigned int i, n = 0;

	for (i = 0; i < c->plan.n; i++)
		n += c->plan.entry[i].reason != NPV_PLAN_REASON_FAMILY;
	planned = kmalloc(struct_size(planned, entry, n), GFP_KERNEL_ACCOUNT);
	if (!planned)
		return;
	planned->n = n;
	planned->n_usable = c->plan.n_usable;
	planned->wanted = c->plan.wanted;
	planned->at = jiffies;
	/* Its indices are those of this state of the endpoints. */
	planned->eps = c->eps;
	for (i = 0, n = 0; i < c->plan.n; i++)
		if (c->plan.entry[i].reason != NPV_PLAN_REASON_FAMILY)
			planned->entry[n++] = entry_told(c, &c->plan.entry[i]);
	c->eps = NULL;
	npv_planned_free(nat->planned);
	nat->planned = planned;
}

static void compose_realise(struct composer *c)
{
	unsigned int i, have = 0, joined = 0;
	struct npv_native *nat = c->nat;
	struct npv_subflow *spare, *sub;

	if (!test_bit(NPV_NF_PINNED, &nat->flags))
		compose_expel(c);
	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		sub = nat->slot[i];
		if (sub->manual || sub->retiring || sub->status == NPV_STACK_STATUS_SUSPECT)
			continue;
		joined += stack_counts(sub, false) &&
			  sub->status != NPV_STACK_STATUS_JOINING;
		have += stack_counts(sub, c->stalled);
	}
	for (i = 0; i < c->plan.n; i++) {
		sub = entry_stack(c, &c->plan.entry[i]);
		if (sub && !sub->manual)
			stack_instruct(c, sub, &c->plan.entry[i]);
	}
	spare = have >= c->plan.wanted ? compose_spare(c) : NULL;
	if (spare && joined > c->plan.wanted)
		npv_stacks_retire(spare);
	/*
	 * With as many as are wanted, one that is better still takes the place of one
	 * that is not: as soon as it is there.
	 */
	for (i = 0; i < c->plan.n_usable && have < c->plan.wanted + !!spare; i++) {
		const struct npv_plan_entry *e = &c->plan.entry[i];

		if (e->role == NPV_ROLE_UNUSED || e->stack != U32_MAX)
			continue;
		if (!compose_join(c, e))
			break;
		have++;
	}
}

static void compose_client(struct npv_native *nat)
{
	struct composer *c;
	bool stalled = npv_stacks_stalled(nat);

	/* What is about to end needs no more than it has. */
	if (nat->fin_sent && nat->recvq.fin != NPV_SEQ_NONE && !stalled)
		return;
	/* As long as there is one, nothing is to change. */
	if (test_bit(NPV_NF_PINNED, &nat->flags) && nat->n_stacks >= nat->pinned_stacks &&
	    !stalled)
		return;
	c = kvzalloc(sizeof(*c), GFP_KERNEL);
	if (!c) {
		nat->compose_at = (jiffies + NPV_RETRY_LOST) | 1;
		return;
	}
	c->nat = nat;
	c->user = npv_route_user(&nat->nsk->sk);
	c->eps = npv_endpoints_get(sock_net(&nat->nsk->sk));
	c->stalled = stalled;
	c->now = jiffies;
	compose_input(c);
	npv_plan_make(&c->plan, &c->in);
	compose_realise(c);
	compose_keep(c);
	if (c->eps)
		npv_endpoints_put(c->eps);
	kvfree(c);
}

/**
 * npv_planned_free() - forget a plan
 * @planned: the plan, or NULL
 *
 * Context: any.
 */
void npv_planned_free(struct npv_planned *planned)
{
	if (!planned)
		return;
	npv_endpoints_put(planned->eps);
	kfree(planned);
}

/**
 * npv_compose() - bring a session's stacks in line with what there is
 * @nat: the session
 *
 * Does nothing unless something has changed, or the time has come.
 *
 * Context: process, session lock held; may sleep.
 */
void npv_compose(struct npv_native *nat)
{
	bool due;

	if (test_bit(NPV_NF_DEAD, &nat->flags) ||
	    test_bit(NPV_NF_FINISHED, &nat->flags))
		return;
	if (nat->lost_since &&
	    time_after(jiffies, nat->lost_since + npv_decision_reconnect(nat->nsk))) {
		NPV_INC(sock_net(&nat->nsk->sk), SESSION_TIMEOUT);
		npv_native_error(nat, ETIMEDOUT);
		return;
	}

	due = nat->compose_at && time_after_eq(jiffies, nat->compose_at);
	if (!test_and_clear_bit(NPV_NF_COMPOSE, &nat->flags) && !due)
		return;
	nat->compose_at = 0;
	npv_decision_refresh(nat);
	if (test_and_clear_bit(NPV_NF_CHANGED, &nat->flags))
		npv_pairs_forgive(nat);
	if (!ipv6_addr_loopback(&nat->remote) &&
	    !(ipv6_addr_v4mapped(&nat->remote) &&
	      ipv4_is_loopback(nat->remote.s6_addr32[3]))) {
		compose_prune(nat);
		if (test_bit(NPV_NF_DEAD, &nat->flags))
			return;
		if (test_bit(NPV_NF_SERVER, &nat->flags))
			npv_announce(nat);
		else if (test_bit(NPV_NF_WELCOMED, &nat->flags) &&
			 !npv_route_is_here(sock_net(&nat->nsk->sk), &nat->remote))
			/* To this host itself there are no paths to choose from. */
			compose_client(nat);
	}
	if (!nat->compose_at && npv_stacks_stalled(nat))
		nat->compose_at = (jiffies + NPV_RETRY_LOST) | 1;
}

/**
 * npv_compose_changed() - addresses, links or routes of a namespace changed
 * @net: the namespace
 *
 * Context: any.
 */
void npv_compose_changed(struct net *net)
{
	struct npv_net *npvn = npv_pernet(net);
	struct npv_native *nat;
	unsigned int i;

	spin_lock_bh(&npvn->natives_lock);
	for (i = 0; i < NPV_NATIVES_HASH; i++) {
		hlist_for_each_entry(nat, &npvn->natives[i], node) {
			set_bit(NPV_NF_CHANGED, &nat->flags);
			set_bit(NPV_NF_COMPOSE, &nat->flags);
			npv_native_kick(nat);
		}
	}
	spin_unlock_bh(&npvn->natives_lock);
}

static void recompose_work(struct work_struct *work)
{
	struct npv_net *npvn = container_of(to_delayed_work(work), struct npv_net,
					    recompose);

	npvn->recomposed_at = jiffies;
	npv_compose_changed(npvn->net);
}

/**
 * npv_compose_soon() - something changed of which there may be a lot
 * @net: the namespace
 *
 * The first change has sessions composed at once, what follows within a short while is
 * taken together.
 *
 * Context: any.
 */
void npv_compose_soon(struct net *net)
{
	struct npv_net *npvn = npv_pernet(net);
	unsigned long at = npvn->recomposed_at + RECOMPOSE;

	queue_delayed_work(npv_native_wq, &npvn->recompose,
			   time_in_range(jiffies, npvn->recomposed_at, at) ?
			   at - jiffies : 0);
}

/**
 * npv_policy_changed() - there is another policy
 * @net: the namespace
 *
 * Context: any.
 */
void npv_policy_changed(struct net *net)
{
	npv_compose_soon(net);
}

/**
 * npv_compose_init() - make ready to compose a namespace's sessions
 * @net: the namespace
 */
void npv_compose_init(struct net *net)
{
	struct npv_net *npvn = npv_pernet(net);

	npvn->net = net;
	npvn->recomposed_at = jiffies - RECOMPOSE;
	INIT_DELAYED_WORK(&npvn->recompose, recompose_work);
}

/**
 * npv_compose_exit() - undo npv_compose_init()
 * @net: the namespace, without sessions
 */
void npv_compose_exit(struct net *net)
{
	cancel_delayed_work_sync(&npv_pernet(net)->recompose);
}
