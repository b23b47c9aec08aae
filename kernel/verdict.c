// SPDX-License-Identifier: GPL-2.0
/*
 * What policy has said of connects, for those that are like them: the same program of the
 * same user, to the same service. Rules need not be gone through again, nor endpoints be
 * ranked and routes be looked up, as long as all that it depends on is what it was.
 *
 * It is a cache as that of routes was: a table without chains, where the last one counts.
 * Nobody can fill it with more than it has room for.
 */

#include <linux/cgroup.h>
#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>

#include "candidate.h"
#include "classify.h"
#include "decision.h"
#include "endpoint.h"
#include "netns.h"
#include "rule.h"
#include "verdict.h"

/* For so long a way that has worked is taken to work: for connects that follow each other */
#define PROVEN	HZ

/**
 * struct npv_ways - from where to go to a peer
 * @rcu: frees it
 * @stamp: holds as long as this does
 * @worked: when a connection was last made by the first one, jiffies; 0: never yet
 * @n: number of @cand
 * @cand: as npv_steer() made them
 */
struct npv_ways {
	struct rcu_head rcu;
	struct npv_verdict_stamp stamp;
	unsigned long worked;
	unsigned int n;
	struct npv_candidate cand[] __counted_by(n);
};

/**
 * npv_verdict_key() - what verdicts are told apart by
 * @key: filled in
 * @sub: a session, as rules look at it
 * @mark: its SO_MARK
 *
 * Context: any.
 */
void npv_verdict_key(struct npv_verdict_key *key, const struct npv_subject *sub, u32 mark)
{
	static_assert(sizeof(*key) == 56 && !(sizeof(*key) % sizeof(u32)));

	key->dest = sub->dest;
	key->cgroup = 0;
#ifdef CONFIG_CGROUPS
	if (sub->cgroup)
		key->cgroup = cgroup_id(sub->cgroup);
#endif
	/* That of a session, which is padded */
	memcpy(key->comm, sub->comm, sizeof(key->comm));
	key->uid = sub->uid;
	key->gid = sub->gid;
	key->mark = mark;
	key->port = sub->port;
	key->type = sub->type;
}

static struct npv_verdict __rcu **verdict_slot(struct npv_verdicts *vs,
					       const struct npv_verdict_key *key)
{
	/* Which service, and whose session: what follows differs seldom. */
	u32 hash = jhash2((const u32 *)key, offsetof(struct npv_verdict_key, cgroup) /
			  sizeof(u32), vs->seed);

	return &vs->slot[hash >> (32 - NPV_VERDICT_BITS)];
}

/**
 * npv_verdict_put() - what npv_verdict_find() or _keep() has returned isn't needed any more
 * @v: that, or NULL
 *
 * Context: any.
 */
void npv_verdict_put(struct npv_verdict *v)
{
	if (!v || !refcount_dec_and_test(&v->ref))
		return;
	/* Who comes upon it still looks no further than at its key. */
	npv_decision_put(v->decision);
	npv_rule_put(v->rule);
	kfree(rcu_dereference_protected(v->ways, 1));
	kfree_rcu(v, rcu);
}

/**
 * npv_verdict_find() - what policy has said of a session like this one
 * @net: the namespace
 * @key: of the session
 * @generation: of the policy that is in force
 *
 * Context: any.
 * Return: it, for npv_verdict_put(); NULL if it isn't known.
 */
struct npv_verdict *npv_verdict_find(struct net *net, const struct npv_verdict_key *key,
				     u32 generation)
{
	struct npv_verdict *v;

	rcu_read_lock();
	v = rcu_dereference(*verdict_slot(&npv_pernet(net)->verdicts, key));
	if (v && (v->generation != generation || memcmp(&v->key, key, sizeof(*key)) ||
		  !refcount_inc_not_zero(&v->ref)))
		v = NULL;
	rcu_read_unlock();

	return v;
}

/* Put a verdict, or NULL, where there may be another. */
static void slot_set(struct npv_verdict __rcu **slot, struct npv_verdict *v)
{
	npv_verdict_put(unrcu_pointer(xchg(slot, RCU_INITIALIZER(v))));
}

/**
 * npv_verdict_keep() - remember what policy has said of a session
 * @net: the namespace
 * @key: of the session
 * @generation: of the policy that has said it
 * @decision: what was decided, or NULL
 * @rule: what has decided, or NULL
 *
 * Context: process, may sleep.
 * Return: it, for npv_verdict_put(); NULL without memory.
 */
struct npv_verdict *npv_verdict_keep(struct net *net, const struct npv_verdict_key *key,
				     u32 generation, struct npv_decision *decision,
				     struct npv_rule *rule)
{
	struct npv_verdict *v = kzalloc(sizeof(*v), GFP_KERNEL | __GFP_NOWARN);

	if (!v)
		return NULL;
	/* The caller's, and the table's */
	refcount_set(&v->ref, 2);
	v->generation = generation;
	v->key = *key;
	v->decision = npv_decision_get(decision);
	if (rule) {
		v->rule = npv_rule_get(rule);
		v->serial = rule->serial;
	}
	slot_set(verdict_slot(&npv_pernet(net)->verdicts, key), v);
	return v;
}

/**
 * npv_verdict_stamp() - what the ways to a peer depend on now
 * @net: the namespace
 * @udp: whether UDP is preferred
 * @stamp: filled in
 *
 * Context: process, may sleep.
 * Return: whether all of it is known.
 */
bool npv_verdict_stamp(struct net *net, bool udp, struct npv_verdict_stamp *stamp)
{
	stamp->endpoints = npv_endpoints_generation(net);
	stamp->route4 = rt_genid_ipv4(net);
#if IS_ENABLED(CONFIG_IPV6)
	stamp->route6 = atomic_read(&net->ipv6.fib6_sernum);
#else
	stamp->route6 = 0;
#endif
	stamp->udp = udp;
	return npv_endpoints_routes(net, &stamp->routes);
}

static bool same_stamp(const struct npv_verdict_stamp *a,
		       const struct npv_verdict_stamp *b)
{
	return a->endpoints == b->endpoints && a->routes == b->routes &&
	       a->route4 == b->route4 && a->route6 == b->route6 && a->udp == b->udp;
}

/**
 * npv_verdict_ways() - from where to go to a peer, as found out before
 * @v: the verdict
 * @stamp: what it depends on now
 * @cand: filled in
 * @room: for how many there is room
 *
 * Context: any.
 * Return: the number; 0: it isn't known, or doesn't hold any more.
 */
unsigned int npv_verdict_ways(const struct npv_verdict *v,
			      const struct npv_verdict_stamp *stamp,
			      struct npv_candidate *cand, unsigned int room)
{
	const struct npv_ways *ways;
	unsigned int n = 0;

	rcu_read_lock();
	ways = rcu_dereference(v->ways);
	if (ways && same_stamp(&ways->stamp, stamp) && ways->n <= room) {
		n = ways->n;
		memcpy(cand, ways->cand, n * sizeof(*cand));
	}
	rcu_read_unlock();

	return n;
}

/**
 * npv_verdict_note_ways() - remember from where to go to a peer
 * @v: the verdict
 * @stamp: what it depends on, from before it was found out
 * @cand: the ways, in the order to try them
 * @n: their number
 *
 * Without memory it has to be found out again.
 *
 * Context: process, may sleep.
 */
void npv_verdict_note_ways(struct npv_verdict *v, const struct npv_verdict_stamp *stamp,
			   const struct npv_candidate *cand, unsigned int n)
{
	struct npv_ways *ways;

	ways = kmalloc(struct_size(ways, cand, n), GFP_KERNEL | __GFP_NOWARN);
	if (!ways)
		return;
	ways->stamp = *stamp;
	ways->worked = 0;
	ways->n = n;
	memcpy(ways->cand, cand, n * sizeof(*cand));
	ways = unrcu_pointer(xchg(&v->ways, RCU_INITIALIZER(ways)));
	if (ways)
		kfree_rcu(ways, rcu);
}

/**
 * npv_verdict_note_worked() - a connection was made
 * @v: the verdict
 * @local: from there, as the candidate had it
 * @ifindex: the interface that it was bound to, likewise
 *
 * Context: any.
 */
void npv_verdict_note_worked(struct npv_verdict *v, const struct in6_addr *local,
			     int ifindex)
{
	struct npv_ways *ways;

	rcu_read_lock();
	ways = rcu_dereference(v->ways);
	if (ways && ways->n && ways->cand[0].ifindex == ifindex &&
	    ipv6_addr_equal(&ways->cand[0].local, local))
		WRITE_ONCE(ways->worked, jiffies | 1);
	rcu_read_unlock();
}

/**
 * npv_verdict_proven() - whether the first way needs no others beside it
 * @v: the verdict
 *
 * Context: any.
 * Return: whether a connection was made by it within a second.
 */
bool npv_verdict_proven(const struct npv_verdict *v)
{
	const struct npv_ways *ways;
	unsigned long worked = 0;

	rcu_read_lock();
	ways = rcu_dereference(v->ways);
	if (ways)
		worked = READ_ONCE(ways->worked);
	rcu_read_unlock();

	return worked && time_before(jiffies, worked + PROVEN);
}

/**
 * npv_verdicts_init() - make ready to remember
 * @net: a namespace that begins
 */
void npv_verdicts_init(struct net *net)
{
	npv_pernet(net)->verdicts.seed = get_random_u32();
}

/**
 * npv_verdicts_exit() - forget all of it
 * @net: a namespace that goes, without sessions
 *
 * Context: process.
 */
void npv_verdicts_exit(struct net *net)
{
	struct npv_verdicts *vs = &npv_pernet(net)->verdicts;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vs->slot); i++)
		slot_set(&vs->slot[i], NULL);
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/verdict_test.c"
#endif
