// SPDX-License-Identifier: GPL-2.0
/*
 * What policy makes of the addresses that a connect() may try: which are left, from
 * which endpoints they are tried, and in what order.
 *
 * Where nobody has said anything the kernel's routes decide, as of any socket.
 */

#include <linux/inetdevice.h>
#include <linux/slab.h>
#include <net/route.h>

#include "address.h"
#include "candidate.h"
#include "decision.h"
#include "endpoint.h"
#include "netns.h"
#include "plan.h"
#include "policy.h"
#include "route.h"
#include "session.h"
#include "stack.h"
#include "steer.h"
#include "verdict.h"

/* By so many interfaces an address is tried that is the only one */
#define STEER_TRIES	4

/**
 * struct steering - what it takes to steer a connect()
 * @nsk: the session
 * @user: for whom routes are looked up
 * @eps: what there is here
 * @remote: the addresses of the peer
 * @plan: from where to where
 * @room: for how many there is room in @out
 * @one: there is one address, which is tried once by an interface
 * @dev: interface of each of @out
 * @out: what comes out of it
 */
struct steering {
	struct npv_sock *nsk;
	struct npv_route_user user;
	struct npv_endpoints *eps;
	struct npv_plan_remote remote[NPV_ADDR_MAX];
	struct npv_plan plan;
	unsigned int room;
	bool one;
	int dev[NPV_ADDR_MAX];
	struct npv_candidate out[NPV_ADDR_MAX];
};

/**
 * npv_steered() - whether policy has a say in where a session goes
 * @nsk: the session, decided for
 *
 * Context: session lock held.
 * Return: whether it has.
 */
bool npv_steered(const struct npv_sock *nsk)
{
	return npv_decision_of(nsk) || npv_policy_has_named(sock_net(&nsk->sk));
}

/*
 * An address of this host, or of its link, or of many hosts, which the program names an
 * interface for, or routes do: no endpoint has to do with that.
 */
static bool is_near(struct net *net, const struct in6_addr *addr)
{
	int type;

	if (npv_route_is_here(net, addr))
		return true;
	if (ipv6_addr_v4mapped(addr))
		return ipv4_is_linklocal_169(addr->s6_addr32[3]) ||
		       inet_addr_type(net, addr->s6_addr32[3]) != RTN_UNICAST;
	type = ipv6_addr_type(addr);
	return type == IPV6_ADDR_ANY ||
	       type & (IPV6_ADDR_LINKLOCAL | IPV6_ADDR_MULTICAST);
}

/* npv_plan_input.routed */
static bool steer_routed(void *ctx, unsigned int endpoint, unsigned int remote)
{
	struct steering *s = ctx;
	const struct npv_endpoint *ep = &s->eps->endpoint[endpoint];

	return npv_route_find(&s->user, &ep->addr, ep->ifindex,
			      &s->remote[remote].addr) != NPV_ROUTE_NONE;
}

/*
 * The one address that a program has bound its socket to, :: if it has not. What an
 * earlier connect() has left there doesn't count; of several a race takes what suits.
 */
static struct in6_addr steer_bound(const struct npv_sock *nsk)
{
	const struct sock *sk = npv_stack_sk(nsk->main);
	struct in6_addr addr;
	__be16 port;

	if (!(sk->sk_userlocks & SOCK_BINDADDR_LOCK) || READ_ONCE(nsk->extra))
		return in6addr_any;
	addr = npv_stack_local(sk, &port);
	return npv_addr_is_any4(&addr) ? in6addr_any : addr;
}

static void steer_plan(struct steering *s, unsigned int n)
{
	struct npv_sock *nsk = s->nsk;
	struct npv_plan_input in = {
		.want		= npv_decision_want(nsk),
		.eps		= s->eps,
		.remote		= s->remote,
		.n_remotes	= n,
		.stacks_max	= NPV_ADDR_MAX,
		.prefer_udp	= npv_decision_prefers_udp(nsk),
		.bound_if	= READ_ONCE(npv_stack_sk(nsk->main)->sk_bound_dev_if),
		.routed		= steer_routed,
		.ctx		= s,
		.bound		= steer_bound(nsk),
	};

	npv_plan_make(&s->plan, &in);
}

/* Add what an entry of the plan says. Return: the number that there are now. */
static unsigned int steer_add(struct steering *s, const struct npv_plan_entry *e,
			      const struct npv_candidate *cand, unsigned int n)
{
	const struct npv_endpoint *ep = &s->eps->endpoint[e->endpoint];
	struct npv_candidate *c;
	unsigned int i;

	for (i = 0; i < n; i++)
		if (s->one ? s->dev[i] == ep->ifindex :
			     ipv6_addr_equal(&s->out[i].addr, &cand->addr) &&
			     ipv6_addr_equal(&s->out[i].local, &ep->addr))
			return n;
	if (n == s->room)
		return n;
	c = &s->out[n];
	*c = *cand;
	c->local = ep->addr;
	c->later = s->one && n;
	s->dev[n] = ep->ifindex;
	/* Of what it doesn't choose the plan doesn't know. */
	switch (npv_route_find(&s->user, &ep->addr, ep->ifindex, &cand->addr)) {
	case NPV_ROUTE_NONE:
		return n;
	case NPV_ROUTE_ADDRESS:
		break;
	case NPV_ROUTE_INTERFACE:
		c->ifindex = ep->ifindex;
		break;
	}
	return n + 1;
}

/* The best entry of the plan for an address, NULL if there is none */
static const struct npv_plan_entry *best_entry(const struct steering *s,
					       unsigned int remote)
{
	unsigned int i;

	for (i = 0; i < s->plan.n_usable; i++)
		if (s->plan.entry[i].remote == remote)
			return &s->plan.entry[i];
	return NULL;
}

static u64 grade(const struct steering *s, const struct npv_plan_entry *e)
{
	return npv_plan_grade(&s->plan, e->endpoint, e->remote);
}

/*
 * First each address from its best endpoint: the better ones first, and of equal ones
 * in the order in which they were to be tried anyway (RFC 8305). Then from others.
 */
static unsigned int steer_order(struct steering *s, const struct npv_candidate *cand,
				unsigned int n)
{
	unsigned int i, j, made = 0, order[NPV_ADDR_MAX];
	const struct npv_plan_entry *e, *f;

	for (i = 0; i < n; i++) {
		e = best_entry(s, i);
		for (j = i; j && e; j--) {
			f = best_entry(s, order[j - 1]);
			if (f && grade(s, f) <= grade(s, e))
				break;
			order[j] = order[j - 1];
		}
		order[j] = i;
	}
	for (i = 0; i < n; i++) {
		e = best_entry(s, order[i]);
		if (e)
			made = steer_add(s, e, &cand[order[i]], made);
	}
	for (i = 0; i < s->plan.n_usable; i++)
		made = steer_add(s, &s->plan.entry[i],
				 &cand[s->plan.entry[i].remote], made);
	return made;
}

/* Whether a program has said which of the addresses of IPv6 is to be picked */
static bool prefers_source(const struct sock *sk)
{
	return sk->sk_family == AF_INET6 && inet6_sk(sk)->srcprefs;
}

/*
 * Mostly the kernel would leave from where policy wants the first one to: nothing is to
 * be bound then.
 */
static void steer_leave(const struct steering *s, struct npv_candidate *first)
{
	struct in6_addr local;
	int ifindex;

	if (!first->ifindex && !prefers_source(npv_stack_sk(s->nsk->main)) &&
	    npv_route_default(&s->user, &first->addr, &local, &ifindex) &&
	    ifindex == s->dev[0] && ipv6_addr_equal(&local, &first->local))
		first->local = in6addr_any;
}

/* Whether the protocol of an address may be used */
static bool network_allowed(const struct npv_properties *want, const struct in6_addr *addr)
{
	bool is6 = !ipv6_addr_v4mapped(addr);

	return want->network[is6] != NPV_PREFERENCE_PROHIBIT &&
	       (want->network[!is6] != NPV_PREFERENCE_REQUIRE ||
		want->network[is6] == NPV_PREFERENCE_REQUIRE);
}

/* Put what no endpoint has to do with in front. Return: the number of it. */
static unsigned int near_first(struct net *net, struct npv_candidate *cand,
			       unsigned int n)
{
	struct npv_candidate tmp;
	unsigned int i, near = 0;

	for (i = 0; i < n; i++) {
		if (!is_near(net, &cand[i].addr))
			continue;
		tmp = cand[i];
		memmove(&cand[near + 1], &cand[near], (i - near) * sizeof(*cand));
		cand[near++] = tmp;
	}
	return near;
}

/* Steer what is far. Return: the number that is left; 0, also without memory. */
static unsigned int steer_far(struct npv_sock *nsk, __be16 port,
			      struct npv_candidate *cand, unsigned int n,
			      unsigned int room)
{
	struct steering *s = kvzalloc(sizeof(*s), GFP_KERNEL);
	unsigned int i;

	if (!s)
		return 0;
	s->nsk = nsk;
	s->one = n == 1;
	s->room = s->one ? min(room, STEER_TRIES) : room;
	s->user = npv_route_user(npv_stack_sk(nsk->main));
	s->eps = npv_endpoints_get(sock_net(&nsk->sk));
	for (i = 0; i < n; i++) {
		s->remote[i].addr = cand[i].addr;
		s->remote[i].port = port;
		s->remote[i].bad = cand[i].class == NPV_CANDIDATE_BAD;
		s->remote[i].srtt_us = cand[i].srtt_us;
	}
	steer_plan(s, n);
	n = steer_order(s, cand, n);
	if (n && s->one)
		steer_leave(s, &s->out[0]);
	memcpy(cand, s->out, n * sizeof(*cand));
	npv_endpoints_put(s->eps);
	kvfree(s);
	return n;
}

/* Whether the ways that were found out for others hold for a session as well */
static bool steer_is_common(const struct npv_sock *nsk, const struct npv_candidate *cand,
			    unsigned int n)
{
	const struct sock *sk = npv_stack_sk(nsk->main);

	return n == 1 && nsk->verdict && !cand->scope_id &&
	       ipv6_addr_equal(&cand->addr, &nsk->verdict->key.dest) &&
	       READ_ONCE(sk->sk_mark) == nsk->verdict->key.mark &&
	       !READ_ONCE(sk->sk_bound_dev_if) && !prefers_source(sk) &&
	       !(sk->sk_userlocks & SOCK_BINDADDR_LOCK) && !READ_ONCE(nsk->extra);
}

/* Have policy choose. Return: the number that is left. */
static unsigned int steer(struct npv_sock *nsk, __be16 port, struct npv_candidate *cand,
			  unsigned int n)
{
	const struct npv_properties *want = npv_decision_want(nsk);
	struct net *net = sock_net(&nsk->sk);
	unsigned int i, kept = 0, near;

	for (i = 0; i < n; i++)
		if (network_allowed(want, &cand[i].addr))
			cand[kept++] = cand[i];
	near = near_first(net, cand, kept);
	n = near;
	if (kept > near)
		n += steer_far(nsk, port, cand + near, kept - near,
			       NPV_ADDR_MAX - near);
	return n;
}

/**
 * npv_steer() - have policy choose among addresses
 * @nsk: the session, decided for
 * @port: of the service, network byte order
 * @cand: the addresses in the order to try them; changed. Room for NPV_ADDR_MAX
 * @n: number of them
 *
 * What is of this host or its links comes first and is left to routes.
 *
 * Context: process, session lock held; may sleep.
 * Return: the number that is left. 0: policy allows none, or there is no memory to find
 * out what it allows: none is tried that it may not.
 */
unsigned int npv_steer(struct npv_sock *nsk, __be16 port, struct npv_candidate *cand,
		       unsigned int n)
{
	struct net *net = sock_net(&nsk->sk);
	struct npv_verdict_stamp stamp;
	unsigned int ways;
	bool common;

	if (!n || !npv_steered(nsk))
		return n;
	common = steer_is_common(nsk, cand, n) &&
		 npv_verdict_stamp(net, npv_decision_prefers_udp(nsk), &stamp);
	if (common) {
		ways = npv_verdict_ways(nsk->verdict, &stamp, cand, NPV_ADDR_MAX);
		if (ways)
			return ways;
	}
	n = steer(nsk, port, cand, n);
	if (!n)
		NPV_INC(net, POLICY_REFUSED);
	else if (common)
		npv_verdict_note_ways(nsk->verdict, &stamp, cand, n);
	return n;
}
