// SPDX-License-Identifier: GPL-2.0
/*
 * Selection: between which addresses, and over what, a session is to have its
 * stacks. One pure function of all that counts, which says of each candidate why.
 *
 * A candidate is an address of this host, one of the peer, and a transport. First
 * each is looked at by itself: what there may be that throws it out. Of the transports
 * between two addresses one is kept. What is left is put into an order, and of that as
 * many are taken as are wanted, different paths first. Documentation/policy.rst has
 * the rules, and why they are as they are.
 *
 * What works stays unless something else is clearly better: a plan that has been
 * carried out is planned again.
 */

#include <linux/bitops.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <net/ipv6.h>

#include "plan.h"
#include "properties.h"

/* No transport, as npv_plan_pair.first */
#define FIRST_NONE	2
/* That a candidate isn't thrown out; what is not taken then is left for this reason. */
#define USABLE		NPV_PLAN_REASON_ENOUGH
/* There is a stack, whatever it does */
#define STACK		(NPV_PLAN_HAS | NPV_PLAN_SILENT)
/* There is a stack that works, of an operator */
#define MANUAL		(NPV_PLAN_HAS | NPV_PLAN_MANUAL)
/* Stacks of which it counts how old they are; all others are the youngest */
#define AGES_MAX	15
/* Of a key of what can't be used: it is behind all that can */
#define KEY_OUT		BIT_ULL(63)

/* Which candidates are taken before any of the next are, as they stand in a key */
enum tier {
	TIER_ACTIVE,
	TIER_AVOIDED,
	TIER_BACKUP,
	TIER_LAST,
	TIERS,
};

/* Bits of a key behind the tier, and behind all that makes one better than another */
#define KEY_TIER_SHIFT	39
#define KEY_EQUAL_SHIFT	17

/**
 * struct planner - what a plan is made with
 * @in: what it is made of
 * @want: what is wanted
 * @plan: the plan
 * @n_eps: number of endpoints that are looked at
 * @n_remotes: number of the peer's addresses that are looked at
 * @beside: a stack of TCP is kept for what UDP can't do
 * @measured: bits of remote addresses to which there is a round-trip time
 * @slowest: least known speed of a link, 0 if none is
 * @unknown: level of a pair of which no round-trip time is known
 * @joining: ... of one that has a stack
 * @used_if: bits of npv_plan.interface that stacks leave by
 * @used_local: bits of endpoints that stacks have, or that share a path with those
 * @used_remote: bits of remote addresses that stacks have
 * @must: entries to come that the plan has to have, for there are stacks
 * @n_stacks: entries of @stack
 * @stack: number of a pair's older stack that works, and index in npv_plan.pair
 */
struct planner {
	const struct npv_plan_input *in;
	const struct npv_properties *want;
	struct npv_plan *plan;
	unsigned int n_eps;
	unsigned int n_remotes;
	bool beside;
	u32 measured;
	u32 slowest;
	u8 unknown;
	u8 joining;
	u64 used_if;
	u64 used_local;
	u32 used_remote;
	unsigned int must;
	unsigned int n_stacks;
	struct {
		u32 id;
		u32 pair;
	} stack[AGES_MAX];
};

static const struct npv_properties nothing;

static bool is_v4(const struct npv_endpoint *ep)
{
	return ipv6_addr_v4mapped(&ep->addr);
}

/* 0 the best, what nobody speaks of is in the middle */
static unsigned int wish_rank(u8 preference)
{
	switch (preference) {
	case NPV_PREFERENCE_REQUIRE:
	case NPV_PREFERENCE_PREFER:
		return 0;
	case NPV_PREFERENCE_NONE:
		return 1;
	default:
		return 2;
	}
}

/* Whether @preference throws out what is so, or isn't */
static bool wish_excludes(u8 preference, bool is_so)
{
	return preference == (is_so ? NPV_PREFERENCE_PROHIBIT :
				      NPV_PREFERENCE_REQUIRE);
}

/* The same for the @i-th of two, which exclude each other */
static bool wish_excludes_of(const u8 preference[2], unsigned int i)
{
	return preference[i] == NPV_PREFERENCE_PROHIBIT ||
	       (preference[i] != NPV_PREFERENCE_REQUIRE &&
		preference[!i] == NPV_PREFERENCE_REQUIRE);
}

/* The policy for several stacks, negative if nobody says it */
static int plan_policy(const struct npv_properties *want)
{
	return want->says & NPV_SAYS_POLICY ? want->policy : -1;
}

static unsigned int plan_wanted(const struct planner *p)
{
	unsigned int wanted = p->in->stacks_max;

	if (p->want->says & NPV_SAYS_STACKS)
		wanted = p->want->stacks;
	if (p->want->says & NPV_SAYS_MULTIPATH &&
	    p->want->multipath != NPV_MULTIPATH_ACTIVE)
		wanted = 1;
	return clamp(wanted, 1U, NPV_PLAN_MAX / 2U);
}

/* --- each candidate by itself --- */

/* What throws an endpoint out, whatever the peer's address and the transport */
static u8 endpoint_reason(const struct planner *p, const struct npv_endpoint *ep,
			  u8 wish)
{
	const struct npv_properties *want = p->want;

	if (ep->set.disabled)
		return NPV_PLAN_REASON_ENDPOINT_DISABLED;
	if (!ep->up)
		return NPV_PLAN_REASON_LINK_DOWN;
	if ((!ipv6_addr_any(&p->in->bound) &&
	     !ipv6_addr_equal(&p->in->bound, &ep->addr)) ||
	    (p->in->bound_if && p->in->bound_if != ep->ifindex))
		return NPV_PLAN_REASON_BOUND;
	if (wish == NPV_PREFERENCE_PROHIBIT ||
	    (wish != NPV_PREFERENCE_REQUIRE &&
	     npv_properties_interface_required(want)))
		return NPV_PLAN_REASON_INTERFACE;
	if (wish_excludes_of(want->network, !is_v4(ep)))
		return NPV_PLAN_REASON_NETWORK;
	if (wish_excludes(want->metered, ep->set.metered))
		return NPV_PLAN_REASON_METERED;
	if (wish_excludes(want->temporary, ep->temporary))
		return NPV_PLAN_REASON_TEMPORARY;
	return USABLE;
}

static bool endpoint_is_backup(const struct planner *p, const struct npv_endpoint *ep)
{
	return ep->set.backup ||
	       (ep->set.metered && p->want->metered == NPV_PREFERENCE_AVOID);
}

static void look_at_endpoints(struct planner *p)
{
	const struct npv_endpoint *ep = p->in->eps->endpoint;
	struct npv_plan *plan = p->plan;
	unsigned int i, j;

	plan->backup = 0;
	for (i = 0; i < p->n_eps; i++) {
		plan->wish[i] = npv_properties_interface(p->want, ep[i].ifname);
		plan->out[i] = endpoint_reason(p, &ep[i], plan->wish[i]);
		if (endpoint_is_backup(p, &ep[i]))
			plan->backup |= BIT_ULL(i);
		for (j = 0; j < i && ep[j].ifindex != ep[i].ifindex; j++)
			;
		plan->interface[i] = j;
		plan->cost[i] = 0;
		for (j = 0; j < p->n_eps; j++)
			plan->cost[i] += ep[j].set.cost < ep[i].set.cost;
	}
}

/* Whether there is a stack that works, and counts */
static bool pair_has(const struct npv_plan_pair *pair)
{
	return (pair->state[0] & MANUAL) == NPV_PLAN_HAS ||
	       (pair->state[1] & MANUAL) == NPV_PLAN_HAS;
}

static void get_fact(const struct planner *p, unsigned int endpoint,
		     unsigned int remote, u8 transport, struct npv_plan_fact *fact)
{
	memset(fact, 0, sizeof(*fact));
	fact->id = U32_MAX;
	if (p->in->fact)
		p->in->fact(p->in->ctx, endpoint, remote, transport, fact);
}

/*
 * Whether what goes from a pair's one address to the other leaves by its interface.
 * A stack that works says so, too.
 */
static bool pair_routed(const struct planner *p, const struct npv_plan_pair *pair)
{
	if ((pair->state[0] | pair->state[1]) & NPV_PLAN_HAS || !p->in->routed)
		return true;
	return p->in->routed(p->in->ctx, pair->endpoint, pair->remote);
}

/* What throws a candidate out. Whether there is a route is asked later, if at all. */
static u8 candidate_reason(const struct planner *p, const struct npv_plan_pair *pair,
			   unsigned int transport)
{
	u8 state = pair->state[transport];

	if (p->plan->out[pair->endpoint] != USABLE)
		return p->plan->out[pair->endpoint];
	if (wish_excludes_of(p->want->transport, transport) ||
	    (transport == NPV_TRANSPORT_UDP && p->in->no_udp))
		return NPV_PLAN_REASON_TRANSPORT;
	/* What it has taken back is for new stacks. */
	if (p->in->remote[pair->remote].gone && !p->in->stalled && !(state & STACK))
		return NPV_PLAN_REASON_REMOTE_GONE;
	if (state & NPV_PLAN_HAS)
		return USABLE;
	if (state & NPV_PLAN_FORBIDDEN && !p->in->stalled)
		return NPV_PLAN_REASON_FORBIDDEN;
	if (state & NPV_PLAN_FAILED)
		return NPV_PLAN_REASON_FAILED;
	if (state & NPV_PLAN_SILENT)
		return NPV_PLAN_REASON_SILENT;
	return USABLE;
}

/* Stacks that take no part, but stay where they are: what is there isn't diverse. */
static bool state_stays(u8 state)
{
	return state & NPV_PLAN_MANUAL || (state & STACK) == NPV_PLAN_SILENT;
}

/*
 * The plan has a stack between these addresses, or there is one that stays. @block:
 * then no other over the same path.
 */
static void mark_used(struct planner *p, unsigned int endpoint, unsigned int remote,
		      bool block)
{
	const struct npv_endpoint *ep = p->in->eps->endpoint;
	u64 same = 0;
	unsigned int i;

	/* An address and its temporary one share a path: one of them is enough. */
	if (!is_v4(&ep[endpoint]))
		for (i = 0; i < p->n_eps; i++)
			if (ep[i].ifindex == ep[endpoint].ifindex && !is_v4(&ep[i]) &&
			    ep[i].temporary != ep[endpoint].temporary)
				same |= BIT_ULL(i);
	p->used_if |= BIT_ULL(p->plan->interface[endpoint]);
	p->used_local |= same | BIT_ULL(endpoint);
	p->used_remote |= BIT(remote);
	if (block)
		p->plan->blocked[remote] |= same;
}

/* Look at two addresses of one family. Return: whether there is something to say. */
static bool look_at_pair(struct planner *p, struct npv_plan_pair *pair)
{
	struct npv_plan_fact fact[2];
	bool tell = p->in->explain;
	u32 srtt_us = 0, id = U32_MAX;
	unsigned int t;

	for (t = 0; t < 2; t++) {
		get_fact(p, pair->endpoint, pair->remote, t, &fact[t]);
		pair->state[t] = fact[t].state;
		if ((fact[t].state & MANUAL) == NPV_PLAN_HAS)
			id = min(id, fact[t].id);
		if (!fact[t].srtt_us)
			continue;
		if (fact[t].state & NPV_PLAN_HAS)
			p->measured |= BIT(pair->remote);
		/* One that is there knows better than one that was. */
		if (!srtt_us || fact[t].state & NPV_PLAN_HAS)
			srtt_us = fact[t].srtt_us;
	}
	pair->magnitude = fls(srtt_us);
	if (id != U32_MAX && p->n_stacks < AGES_MAX) {
		p->stack[p->n_stacks].id = id;
		p->stack[p->n_stacks++].pair = p->plan->n_pairs;
	}

	for (t = 0; t < 2; t++) {
		pair->reason[t] = candidate_reason(p, pair, t);
		if (pair->reason[t] == USABLE || pair->state[t] & STACK)
			tell = true;
		if (pair->state[t] & STACK)
			p->must++;
		if (state_stays(pair->state[t]))
			mark_used(p, pair->endpoint, pair->remote, !p->in->stalled);
	}
	return tell;
}

static void look_at_pairs(struct planner *p)
{
	const struct npv_endpoint *ep = p->in->eps->endpoint;
	struct npv_plan *plan = p->plan;
	unsigned int i, j;

	for (i = 0; i < p->n_eps; i++) {
		for (j = 0; j < p->n_remotes; j++) {
			struct npv_plan_pair *pair = &plan->pair[plan->n_pairs];

			if (is_v4(&ep[i]) !=
			    ipv6_addr_v4mapped(&p->in->remote[j].addr))
				continue;
			memset(pair, 0, sizeof(*pair));
			pair->endpoint = i;
			pair->remote = j;
			if (look_at_pair(p, pair))
				plan->n_pairs++;
		}
	}
}

/* --- one transport between two addresses --- */

/* Whether a stack carries of datagrams what UDP can't: the session's first, of TCP */
static bool is_beside(const struct planner *p, const struct npv_plan_pair *pair,
		      unsigned int transport)
{
	struct npv_plan_fact fact;

	if (!p->beside || transport != NPV_TRANSPORT_TCP ||
	    !(pair->state[transport] & NPV_PLAN_HAS))
		return false;
	get_fact(p, pair->endpoint, pair->remote, transport, &fact);
	return !fact.id;
}

/* Whether @transport is of use where the other one has a stack that stays */
static bool transport_adds(const struct planner *p, const struct npv_plan_pair *pair,
			   unsigned int transport)
{
	if (pair->state[transport] & NPV_PLAN_HAS ||
	    !state_stays(pair->state[!transport]))
		return true;
	/* Where nothing gets through, another may. Datagrams are for UDP. */
	return p->in->stalled ||
	       (p->in->datagrams && transport == NPV_TRANSPORT_UDP);
}

/* Which of two transports that can be used is */
static u8 transport_first(const struct planner *p, const struct npv_plan_pair *pair)
{
	unsigned int tcp = wish_rank(p->want->transport[NPV_TRANSPORT_TCP]);
	unsigned int udp = wish_rank(p->want->transport[NPV_TRANSPORT_UDP]);
	bool has_tcp = pair->state[NPV_TRANSPORT_TCP] & NPV_PLAN_HAS;
	bool has_udp = pair->state[NPV_TRANSPORT_UDP] & NPV_PLAN_HAS;
	bool no_tcp = pair->state[NPV_TRANSPORT_TCP] & NPV_PLAN_FORBIDDEN;
	bool no_udp = pair->state[NPV_TRANSPORT_UDP] & NPV_PLAN_FORBIDDEN;

	if (no_tcp != no_udp)
		return no_udp ? NPV_TRANSPORT_TCP : NPV_TRANSPORT_UDP;
	if (tcp != udp)
		return tcp < udp ? NPV_TRANSPORT_TCP : NPV_TRANSPORT_UDP;
	if (p->in->datagrams)
		return NPV_TRANSPORT_UDP;
	if (has_tcp != has_udp)
		return has_tcp ? NPV_TRANSPORT_TCP : NPV_TRANSPORT_UDP;
	return p->in->prefer_udp ? NPV_TRANSPORT_UDP : NPV_TRANSPORT_TCP;
}

static void choose_transport(struct planner *p, struct npv_plan_pair *pair)
{
	bool can[2];
	unsigned int t;

	for (t = 0; t < 2; t++) {
		can[t] = pair->reason[t] == USABLE &&
			 !(pair->state[t] & NPV_PLAN_MANUAL) && !is_beside(p, pair, t);
		if (can[t] && !transport_adds(p, pair, t)) {
			pair->reason[t] = NPV_PLAN_REASON_SAME_PAIR;
			can[t] = false;
		}
	}
	if (can[0] && can[1])
		pair->first = transport_first(p, pair);
	else
		pair->first = can[0] ? 0 : can[1] ? 1 : FIRST_NONE;
}

/* --- the order --- */

/* The slowest of the endpoints: that of those whose speed isn't known, too */
static void look_at_speeds(struct planner *p)
{
	const struct npv_endpoint *ep = p->in->eps->endpoint;
	unsigned int i;

	for (i = 0; i < p->n_eps; i++)
		if (p->plan->out[i] == USABLE && ep[i].link_speed &&
		    (!p->slowest || ep[i].link_speed < p->slowest))
			p->slowest = ep[i].link_speed;
}

/* What is known of how far it is, and what to make of what isn't */
static void look_at_times(struct planner *p)
{
	unsigned int i, m, best = 0, worst_stack = 0;
	struct npv_plan *plan = p->plan;

	for (i = 0; i < plan->n_pairs; i++) {
		struct npv_plan_pair *pair = &plan->pair[i];

		/*
		 * What was known of the peer's address says nothing of another way to
		 * it while one is being measured.
		 */
		m = pair->magnitude;
		if (!m && !(p->measured & BIT(pair->remote)))
			m = fls(p->in->remote[pair->remote].srtt_us);
		pair->magnitude = m;
		if (!m || pair->first == FIRST_NONE)
			continue;
		if (!best || m < best)
			best = m;
		if (pair_has(pair))
			worst_stack = max(worst_stack, m);
	}
	if (!best)
		return;
	/*
	 * What isn't known may be somewhat worse than the best. It doesn't take the
	 * place of a stack that is: as soon as it was known they would change again.
	 * For the same reason it isn't given up once it joins.
	 */
	p->unknown = max(2 * (best + 1), 2 * worst_stack) + 1;
	p->joining = 2 * (worst_stack ?: best);
}

/*
 * What the policy makes of a pair: the less the better. Two steps are a factor of two:
 * by that one without a stack must be better than one that has it.
 */
static u8 pair_level(const struct planner *p, const struct npv_plan_pair *pair)
{
	u32 speed = p->in->eps->endpoint[pair->endpoint].link_speed;
	bool has = pair_has(pair);
	unsigned int level;

	switch (plan_policy(p->want)) {
	case NPV_MULTIPATH_POLICY_INTERACTIVE:
		if (pair->magnitude)
			level = 2 * pair->magnitude;
		else
			level = has ? p->joining : p->unknown;
		break;
	case NPV_MULTIPATH_POLICY_AGGREGATE:
		level = 2 * (33 - fls(speed ?: p->slowest));
		break;
	default:
		return 0;
	}
	return has ? level : level + 2;
}

static enum tier pair_tier(const struct planner *p, const struct npv_plan_pair *pair)
{
	const struct npv_endpoint *ep = &p->in->eps->endpoint[pair->endpoint];

	if (p->in->remote[pair->remote].gone ||
	    pair->state[pair->first] & NPV_PLAN_FORBIDDEN)
		return TIER_LAST;
	if (p->plan->backup & BIT_ULL(pair->endpoint))
		return TIER_BACKUP;
	if (p->plan->wish[pair->endpoint] == NPV_PREFERENCE_AVOID ||
	    p->want->network[!is_v4(ep)] == NPV_PREFERENCE_AVOID)
		return TIER_AVOIDED;
	return TIER_ACTIVE;
}

/* 1 for what is worse, as long as somebody says what is */
static unsigned int temporary_rank(const struct planner *p,
				   const struct npv_endpoint *ep)
{
	switch (wish_rank(p->want->temporary)) {
	case 0:
		return !ep->temporary;
	case 1:
		return 0;
	default:
		return ep->temporary;
	}
}

static u64 key_add(u64 key, unsigned int bits, unsigned int value)
{
	return key << bits | value;
}

/* How many stacks are older than a pair's, AGES_MAX for one that isn't there */
static unsigned int pair_age(const struct planner *p, unsigned int pair)
{
	unsigned int i, j, age = 0;

	for (i = 0; i < p->n_stacks && p->stack[i].pair != pair; i++)
		;
	if (i == p->n_stacks)
		return AGES_MAX;
	for (j = 0; j < p->n_stacks; j++)
		age += p->stack[j].id < p->stack[i].id;
	return age;
}

static u64 pair_key(const struct planner *p, unsigned int i)
{
	const struct npv_plan_pair *pair = &p->plan->pair[i];
	const struct npv_endpoint *ep = &p->in->eps->endpoint[pair->endpoint];
	bool backup = p->plan->backup & BIT_ULL(pair->endpoint);
	const struct npv_properties *want = p->want;
	unsigned int transport;
	bool has = pair_has(pair);
	u64 key;

	if (pair->first == FIRST_NONE)
		return KEY_OUT | pair->endpoint << 4 | pair->remote;
	transport = wish_rank(want->transport[pair->first]);
	if (p->in->datagrams && want->transport[0] == want->transport[1])
		transport = pair->first != NPV_TRANSPORT_UDP;

	key = pair_tier(p, pair);
	/* From here on there are KEY_TIER_SHIFT bits. */
	key = key_add(key, 1, backup);
	key = key_add(key, 2, wish_rank(p->plan->wish[pair->endpoint]));
	key = key_add(key, 2, wish_rank(want->network[!is_v4(ep)]));
	key = key_add(key, 1, !wish_rank(want->metered) && !ep->set.metered);
	key = key_add(key, 1, temporary_rank(p, ep));
	key = key_add(key, 1, !has && p->in->remote[pair->remote].bad);
	key = key_add(key, 6, p->plan->cost[pair->endpoint]);
	key = key_add(key, 7, pair_level(p, pair));
	key = key_add(key, 1, !has);
	/* ... and here KEY_EQUAL_SHIFT: of what is equal different paths go first. */
	key = key_add(key, 4, pair_age(p, i));
	key = key_add(key, 2, transport);
	key = key_add(key, 1, ep->temporary);
	key = key_add(key, 6, pair->endpoint);
	return key_add(key, 4, pair->remote);
}

static int pair_cmp(const void *a, const void *b)
{
	const struct npv_plan_pair *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

static void put_in_order(struct planner *p)
{
	struct npv_plan *plan = p->plan;
	unsigned int i;

	for (i = 0; i < plan->n_pairs; i++)
		choose_transport(p, &plan->pair[i]);
	if (plan_policy(p->want) == NPV_MULTIPATH_POLICY_AGGREGATE)
		look_at_speeds(p);
	if (plan_policy(p->want) == NPV_MULTIPATH_POLICY_INTERACTIVE)
		look_at_times(p);
	for (i = 0; i < plan->n_pairs; i++)
		plan->pair[i].key = pair_key(p, i);
	sort(plan->pair, plan->n_pairs, sizeof(plan->pair[0]), pair_cmp, NULL);
}

/* --- what is taken --- */

static void add_entry(struct planner *p, const struct npv_plan_pair *pair,
		      unsigned int transport, u8 reason)
{
	struct npv_plan_entry *entry = &p->plan->entry[p->plan->n];
	u8 state = pair->state[transport];
	struct npv_plan_fact fact = { .id = U32_MAX };

	if (p->plan->n == NPV_PLAN_MAX)
		return;
	if (state & STACK)
		p->must--;
	if (state & STACK || p->in->explain)
		get_fact(p, pair->endpoint, pair->remote, transport, &fact);
	entry->endpoint = pair->endpoint;
	entry->remote = pair->remote;
	entry->transport = transport;
	entry->role = NPV_ROLE_UNUSED;
	entry->reason = reason;
	entry->stack = state & STACK ? fact.id : U32_MAX;
	entry->srtt_us = fact.srtt_us ?: p->in->remote[pair->remote].srtt_us;
	p->plan->n++;
}

static void take(struct planner *p, struct npv_plan_pair *pair, unsigned int transport)
{
	add_entry(p, pair, transport, NPV_PLAN_REASON_CHOSEN);
	pair->taken |= BIT(transport);
}

/* No route: those that could be used can't. */
static void throw_out(struct npv_plan_pair *pair)
{
	unsigned int t;

	for (t = 0; t < 2; t++)
		if (pair->reason[t] != NPV_PLAN_REASON_TRANSPORT &&
		    pair->reason[t] != NPV_PLAN_REASON_REMOTE_GONE &&
		    !(pair->state[t] & STACK))
			pair->reason[t] = NPV_PLAN_REASON_NO_ROUTE;
	pair->first = FIRST_NONE;
}

static bool is_blocked(const struct planner *p, const struct npv_plan_pair *pair)
{
	return p->plan->blocked[pair->remote] & BIT_ULL(pair->endpoint);
}

/* Whether it leaves by an interface by which no stack does yet */
static bool is_new_path(const struct planner *p, const struct npv_plan_pair *pair)
{
	return !(p->used_if & BIT_ULL(p->plan->interface[pair->endpoint]));
}

/* Whether it shares no address with others; for that what works isn't given up. */
static bool is_apart(const struct planner *p, const struct npv_plan_pair *pair)
{
	return pair_has(pair) || (!(p->used_local & BIT_ULL(pair->endpoint)) &&
				  !(p->used_remote & BIT(pair->remote)));
}

/* Whether two pairs can be told apart in their key as far as @shift */
static bool keys_equal(const struct npv_plan_pair *a, const struct npv_plan_pair *b,
		       unsigned int shift)
{
	return a->key >> shift == b->key >> shift;
}

/* Take of pairs that are equally good: on new paths only, or all that are left. */
static void choose_equal(struct planner *p, struct npv_plan_pair *pair,
			 const struct npv_plan_pair *end, bool new_path, bool apart)
{
	for (; pair < end && p->plan->n < p->plan->wanted; pair++) {
		if (pair->first == FIRST_NONE || pair->taken || is_blocked(p, pair) ||
		    (new_path && !is_new_path(p, pair)) ||
		    (apart && !is_apart(p, pair)))
			continue;
		if (!pair_routed(p, pair)) {
			throw_out(pair);
			continue;
		}
		take(p, pair, pair->first);
		mark_used(p, pair->endpoint, pair->remote, true);
	}
}

/* The same of a tier, the better first */
static void choose_tier(struct planner *p, struct npv_plan_pair *pair,
			const struct npv_plan_pair *end, bool new_path)
{
	struct npv_plan_pair *next;

	for (; pair < end; pair = next) {
		next = pair + 1;
		while (next < end && keys_equal(pair, next, KEY_EQUAL_SHIFT))
			next++;
		choose_equal(p, pair, next, new_path, true);
		choose_equal(p, pair, next, new_path, false);
	}
}

/* Where nothing gets through: over the other transport perhaps it does. */
static void choose_second(struct planner *p, struct npv_plan_pair *pair,
			  const struct npv_plan_pair *end, bool forbidden)
{
	for (; pair < end && p->plan->n < p->plan->wanted; pair++) {
		unsigned int second = !pair->first;

		if (!pair->taken || pair->taken & BIT(second) ||
		    pair->reason[second] != USABLE ||
		    pair->state[second] & NPV_PLAN_MANUAL || is_beside(p, pair, second))
			continue;
		if (forbidden == !!(pair->state[second] & NPV_PLAN_FORBIDDEN))
			take(p, pair, second);
	}
}

static void choose(struct planner *p)
{
	struct npv_plan_pair *pair = p->plan->pair;
	struct npv_plan_pair *end = pair + p->plan->n_pairs;
	struct npv_plan_pair *next;

	for (; pair < end && !(pair->key & KEY_OUT); pair = next) {
		next = pair + 1;
		while (next < end && keys_equal(pair, next, KEY_TIER_SHIFT))
			next++;
		choose_tier(p, pair, next, true);
		choose_tier(p, pair, next, false);
		if (p->in->stalled)
			choose_second(p, pair, next, false);
	}
	if (p->in->stalled)
		choose_second(p, p->plan->pair, pair, true);
	p->plan->n_chosen = p->plan->n;
}

/* Stacks that are kept beside those that are wanted */
static void keep(struct planner *p)
{
	struct npv_plan *plan = p->plan;
	unsigned int i, t;

	for (i = 0; i < plan->n_pairs; i++) {
		struct npv_plan_pair *pair = &plan->pair[i];

		for (t = 0; t < 2; t++)
			if ((pair->state[t] & MANUAL) == MANUAL ||
			    (pair->reason[t] == USABLE && is_beside(p, pair, t)))
				take(p, pair, t);
	}
	plan->n_kept = plan->n - plan->n_chosen;
}

static void give_roles(struct planner *p)
{
	bool handover = plan_policy(p->want) == NPV_MULTIPATH_POLICY_HANDOVER;
	struct npv_plan *plan = p->plan;
	bool active = false;
	unsigned int i;

	for (i = 0; i < plan->n_chosen; i++)
		if (!(plan->backup & BIT_ULL(plan->entry[i].endpoint)))
			active = true;
	for (i = 0; i < plan->n; i++) {
		struct npv_plan_entry *entry = &plan->entry[i];
		bool backup = plan->backup & BIT_ULL(entry->endpoint) && active;

		if (handover && i < plan->n_chosen)
			backup = i;
		entry->role = backup ? NPV_ROLE_BACKUP : NPV_ROLE_ACTIVE;
	}
}

/* --- what is said of the others --- */

/* Add one that isn't taken, as long as there remains room for those with a stack. */
static void add_other(struct planner *p, const struct npv_plan_pair *pair,
		      unsigned int transport, u8 reason)
{
	if (!(pair->taken & BIT(transport)) &&
	    (pair->state[transport] & STACK || p->plan->n + p->must < NPV_PLAN_MAX))
		add_entry(p, pair, transport, reason);
}

/* Whether one that isn't used has to be told of */
static bool need_tell(const struct planner *p, const struct npv_plan_pair *pair,
		      unsigned int transport)
{
	return p->in->explain || pair->state[transport] & STACK;
}

/* Those that could be used */
static void add_usable(struct planner *p, const struct npv_plan_pair *pair)
{
	unsigned int t = pair->first;

	if (t == FIRST_NONE)
		return;
	add_other(p, pair, t, NPV_PLAN_REASON_ENOUGH);
	if (pair->reason[!t] == USABLE && need_tell(p, pair, !t))
		add_other(p, pair, !t, p->in->stalled ? NPV_PLAN_REASON_ENOUGH :
							NPV_PLAN_REASON_SAME_PAIR);
}

/* Those that can't, as far as somebody needs to know of them */
static void add_thrown_out(struct planner *p, const struct npv_plan_pair *pair)
{
	unsigned int t;

	for (t = 0; t < 2; t++)
		if (pair->reason[t] != USABLE && need_tell(p, pair, t))
			add_other(p, pair, t, pair->reason[t]);
}

/* Those of which there is nothing to be said */
static void add_families(struct planner *p)
{
	const struct npv_endpoint *ep = p->in->eps->endpoint;
	struct npv_plan_pair pair = {};
	unsigned int i, j, t;

	for (i = 0; i < p->n_eps; i++) {
		for (j = 0; j < p->n_remotes; j++) {
			if (is_v4(&ep[i]) ==
			    ipv6_addr_v4mapped(&p->in->remote[j].addr))
				continue;
			pair.endpoint = i;
			pair.remote = j;
			for (t = 0; t < 2; t++)
				add_other(p, &pair, t, NPV_PLAN_REASON_FAMILY);
		}
	}
}

static void tell_of_others(struct planner *p)
{
	struct npv_plan *plan = p->plan;
	unsigned int i;

	for (i = 0; i < plan->n_pairs && p->in->explain; i++)
		if (!plan->pair[i].taken &&
		    plan->out[plan->pair[i].endpoint] == USABLE &&
		    !pair_routed(p, &plan->pair[i]))
			throw_out(&plan->pair[i]);
	for (i = 0; i < plan->n_pairs; i++)
		add_usable(p, &plan->pair[i]);
	plan->n_usable = plan->n;
	for (i = 0; i < plan->n_pairs; i++)
		add_thrown_out(p, &plan->pair[i]);
	if (p->in->explain)
		add_families(p);
}

/**
 * npv_plan_make() - between which addresses, and over what, to have stacks
 * @plan: filled in; large
 * @in: what it depends on; the same gives the same
 *
 * Entries: first those that are wanted, npv_plan.n_chosen at most npv_plan.wanted, best
 * first, with a role each; then stacks that are kept beside those; then what could be
 * used too, best first, of which it isn't known whether there is a route unless @in
 * wants it explained. Behind npv_plan.n_usable is what can't be used, and why: what has
 * a stack, or all.
 *
 * Context: any in which @in's functions may be called.
 */
void npv_plan_make(struct npv_plan *plan, const struct npv_plan_input *in)
{
	struct planner p = {
		.in = in,
		.want = in->want ?: &nothing,
		.plan = plan,
		.n_eps = min(in->eps->n, NPV_ENDPOINTS_MAX),
		.n_remotes = min(in->n_remotes, NPV_PLAN_REMOTES_MAX),
	};

	p.beside = in->datagrams && !in->no_udp &&
		   !wish_excludes_of(p.want->transport, NPV_TRANSPORT_UDP) &&
		   wish_rank(p.want->transport[NPV_TRANSPORT_UDP]) <=
		   wish_rank(p.want->transport[NPV_TRANSPORT_TCP]);
	plan->wanted = plan_wanted(&p);
	plan->n = 0;
	plan->n_pairs = 0;
	memset(plan->blocked, 0, sizeof(plan->blocked));

	look_at_endpoints(&p);
	look_at_pairs(&p);
	put_in_order(&p);
	choose(&p);
	keep(&p);
	give_roles(&p);
	tell_of_others(&p);
}

/**
 * npv_plan_grade() - how good two addresses are for each other
 * @plan: the plan
 * @endpoint: index of the endpoint
 * @remote: index of the peer's address
 *
 * Context: any.
 * Return: the less the better; those of one grade differ by nothing that was said or
 * measured.
 */
u64 npv_plan_grade(const struct npv_plan *plan, u8 endpoint, u8 remote)
{
	unsigned int i;

	for (i = 0; i < plan->n_pairs; i++)
		if (plan->pair[i].endpoint == endpoint && plan->pair[i].remote == remote)
			return plan->pair[i].key >> KEY_EQUAL_SHIFT;
	return ~0ULL;
}

/**
 * npv_plan_scheduler() - the scheduler that suits what is wanted
 * @want: what is wanted, NULL: nobody says anything
 *
 * Of a handover all but one stack are backups. When that one fails, and until there is
 * a new plan, "backup" has only one of those carry what it carried.
 *
 * Context: any.
 * Return: its name, part of @want or static; NULL: that of the namespace.
 */
const char *npv_plan_scheduler(const struct npv_properties *want)
{
	if (!want)
		return NULL;
	if (want->says & NPV_SAYS_SCHEDULER && want->scheduler[0])
		return want->scheduler;
	return plan_policy(want) == NPV_MULTIPATH_POLICY_HANDOVER ? "backup" : NULL;
}

#ifdef __KERNEL__
#if IS_ENABLED(CONFIG_KUNIT)
#include "test/plan_test.c"
#endif
#endif
