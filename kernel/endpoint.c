// SPDX-License-Identifier: GPL-2.0
/*
 * The endpoints of a namespace: the addresses that stacks may leave from.
 *
 * They are published as a whole. What goes, a link or an address, is taken out of it
 * at once, in the notifier that tells so: sessions that look for another way must not
 * choose the same. What comes may take some milliseconds, in which more of it comes.
 * Nothing is done where nobody has ever asked for endpoints.
 */

#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/fib_notifier.h>
#include <net/ip6_fib.h>
#include <net/ipv6.h>

#include "compose.h"
#include "endpoint.h"
#include "endpoint_find.h"
#include "netns.h"
#include "policy.h"

/* Changes that come sooner after each other are looked at together. */
#define EVENTS_INTERVAL	msecs_to_jiffies(20)
/* Where routes change all the time, sessions look again after this. */
#define ROUTES_INTERVAL	(HZ / 5)
/* Without memory it is tried again after this. */
#define EVENTS_RETRY	(HZ / 10)
/* Of some changes, as of addresses that grow old, nobody tells. */
#define REFRESH		(10 * HZ)

static struct npv_endpoints_net *endpoints_of(const struct net *net)
{
	return &npv_pernet(net)->endpoints;
}

/* --- snapshots --- */

static struct npv_endpoints *endpoints_alloc(unsigned int n, gfp_t gfp)
{
	struct npv_endpoints *eps = kzalloc(struct_size(eps, endpoint, n), gfp);

	if (!eps)
		return NULL;
	eps->n = n;
	refcount_set(&eps->ref, 1);
	return eps;
}

static struct npv_endpoint *endpoint_at(struct npv_endpoints *eps, int ifindex,
					const struct in6_addr *addr)
{
	unsigned int i;

	for (i = 0; i < eps->n; i++)
		if (eps->endpoint[i].ifindex == ifindex &&
		    ipv6_addr_equal(&eps->endpoint[i].addr, addr))
			return &eps->endpoint[i];
	return NULL;
}

/* What is known of the same addresses and links before: ids, and speeds if @speeds */
static void endpoints_inherit(struct npv_endpoints *eps, struct npv_endpoints *old,
			      bool speeds, u32 *last_id)
{
	unsigned int i, j;

	for (i = 0; i < eps->n; i++) {
		struct npv_endpoint *ep = &eps->endpoint[i];
		const struct npv_endpoint *was = endpoint_at(old, ep->ifindex,
							     &ep->addr);

		if (was)
			ep->id = was->id;
		else
			/* After a very long time they begin again. */
			ep->id = ++*last_id | NPV_ENDPOINT_FOUND;
		for (j = 0; speeds && ep->up && j < old->n; j++)
			if (old->endpoint[j].ifindex == ep->ifindex)
				ep->link_speed = old->endpoint[j].link_speed;
	}
}

static bool settings_equal(const struct npv_settings *a, const struct npv_settings *b)
{
	return a->cost == b->cost && a->weight == b->weight && a->backup == b->backup &&
	       a->metered == b->metered && a->disabled == b->disabled &&
	       a->max_rate == b->max_rate;
}

static bool endpoint_equal(const struct npv_endpoint *a, const struct npv_endpoint *b)
{
	return a->id == b->id && a->named == b->named && a->ifindex == b->ifindex &&
	       a->up == b->up && a->temporary == b->temporary &&
	       a->link_type == b->link_type && a->link_speed == b->link_speed &&
	       ipv6_addr_equal(&a->addr, &b->addr) && !strcmp(a->ifname, b->ifname) &&
	       settings_equal(&a->set, &b->set);
}

static bool endpoints_equal(const struct npv_endpoints *a, const struct npv_endpoints *b)
{
	unsigned int i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (!endpoint_equal(&a->endpoint[i], &b->endpoint[i]))
			return false;
	return true;
}

/**
 * npv_endpoints_find() - the endpoint that has an address
 * @eps: the endpoints
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 *
 * Context: any.
 * Return: it, one that is up before others; NULL if there is none.
 */
const struct npv_endpoint *npv_endpoints_find(const struct npv_endpoints *eps,
					      const struct in6_addr *addr)
{
	const struct npv_endpoint *down = NULL;
	unsigned int i;

	for (i = 0; i < eps->n; i++) {
		if (!ipv6_addr_equal(&eps->endpoint[i].addr, addr))
			continue;
		if (eps->endpoint[i].up)
			return &eps->endpoint[i];
		if (!down)
			down = &eps->endpoint[i];
	}
	return down;
}

/**
 * npv_endpoints_put() - what npv_endpoints_get() has returned isn't needed any more
 * @eps: that, or NULL
 *
 * Context: any.
 */
void npv_endpoints_put(struct npv_endpoints *eps)
{
	if (eps && refcount_dec_and_test(&eps->ref))
		kfree_rcu(eps, rcu);
}

static struct npv_endpoints *endpoints_live(struct npv_endpoints_net *en)
{
	return rcu_dereference_protected(en->live, lockdep_is_held(&en->lock));
}

/* Put @eps in the place of what is there. en->lock is held. */
static void endpoints_publish(struct npv_endpoints_net *en, struct npv_endpoints *eps)
{
	struct npv_endpoints *old = endpoints_live(en);

	en->changes++;
	eps->generation = old->generation + 1;
	rcu_assign_pointer(en->live, eps);
	npv_endpoints_put(old);
}

/* --- looking again --- */

static u32 endpoints_changes(struct npv_endpoints_net *en)
{
	u32 changes;

	spin_lock_bh(&en->lock);
	changes = en->changes;
	spin_unlock_bh(&en->lock);
	return changes;
}

/* Return: 1 if it was published, 0 if it is as before, -EAGAIN to look again */
static int endpoints_try(struct npv_endpoints_net *en, struct npv_endpoints *eps,
			 u32 changes, bool speeds)
{
	int ret = -EAGAIN;

	spin_lock_bh(&en->lock);
	/* What has gone in the meantime may still have been found. */
	if (changes == en->changes) {
		endpoints_inherit(eps, endpoints_live(en), !speeds, &en->last_id);
		ret = !endpoints_equal(eps, endpoints_live(en));
		if (ret > 0)
			endpoints_publish(en, eps);
	}
	spin_unlock_bh(&en->lock);

	if (ret <= 0)
		npv_endpoints_put(eps);
	return ret;
}

/*
 * Look at all addresses; @speeds: and how fast links are, with RTNL held.
 * Return: 1 if anything is other than before, 0, or -ENOMEM.
 */
static int endpoints_build(struct npv_endpoints_net *en, bool speeds)
{
	struct npv_endpoints *all, *eps;
	struct npv_policy *policy;
	u32 changes;
	int ret;

	all = endpoints_alloc(NPV_ENDPOINTS_MAX, GFP_KERNEL);
	if (!all)
		return -ENOMEM;
	do {
		changes = endpoints_changes(en);
		policy = npv_policy_get(en->net);
		npv_endpoint_find_all(en->net, policy, all);
		npv_policy_put(policy);
		if (speeds)
			npv_endpoint_find_speeds(en->net, all);
		eps = endpoints_alloc(all->n, GFP_KERNEL);
		if (!eps) {
			ret = -ENOMEM;
			break;
		}
		memcpy(eps->endpoint, all->endpoint,
		       flex_array_size(eps, endpoint, all->n));
		ret = endpoints_try(en, eps, changes, speeds);
	} while (ret == -EAGAIN);
	kfree(all);
	if (ret >= 0)
		WRITE_ONCE(en->built, jiffies);
	return ret;
}

/* How long it is until @due, jiffies */
static unsigned long endpoints_delay(unsigned long due)
{
	unsigned long now = jiffies;

	return time_before(now, due) ? due - now : 0;
}

static void endpoints_queue(struct npv_endpoints_net *en)
{
	/* It may be there for routes, which can wait. */
	mod_delayed_work(system_unbound_wq, &en->work,
			 endpoints_delay(READ_ONCE(en->ran) + EVENTS_INTERVAL));
}

/*
 * Whether a change of routes is that of an address: one of IPv6 that is known to be
 * the only one gets its route, and nobody else tells.
 */
static bool endpoints_route_local(unsigned long event,
				  const struct fib_notifier_info *info)
{
	if (!IS_ENABLED(CONFIG_IPV6) || info->family != AF_INET6)
		return false;
	switch (event) {
	case FIB_EVENT_ENTRY_REPLACE:
	case FIB_EVENT_ENTRY_APPEND:
	case FIB_EVENT_ENTRY_DEL:
		return container_of(info, const struct fib6_entry_notifier_info,
				    info)->rt->fib6_type == RTN_LOCAL;
	}
	return false;
}

static int endpoints_routes_event(struct notifier_block *nb, unsigned long event,
				  void *ptr)
{
	struct npv_endpoints_net *en = container_of(nb, struct npv_endpoints_net, routes);
	const struct fib_notifier_info *info = ptr;

	/* That there are those that there were is no news, nor are multicast's. */
	if (!READ_ONCE(en->watched) ||
	    (info->family != AF_INET && info->family != AF_INET6))
		return NOTIFY_DONE;
	atomic_inc(&en->routes_seen);
	if (endpoints_route_local(event, info)) {
		set_bit(NPV_ENDPOINTS_ADDRS, &en->events);
		endpoints_queue(en);
		return NOTIFY_DONE;
	}
	set_bit(NPV_ENDPOINTS_ROUTES, &en->events);
	queue_delayed_work(system_unbound_wq, &en->work,
			   endpoints_delay(READ_ONCE(en->routed) + ROUTES_INTERVAL));
	return NOTIFY_DONE;
}

/* Routes are watched from now on. Process context, without RTNL. */
static void endpoints_watch(struct npv_endpoints_net *en)
{
	if (en->watched)
		return;
	/* It fails where they change all the time; it's tried again at one of these. */
	if (register_fib_notifier(en->net, &en->routes, NULL, NULL))
		return;
	WRITE_ONCE(en->watched, true);
	set_bit(NPV_ENDPOINTS_ROUTES, &en->events);
}

/* It is looked again at addresses as soon as there may be memory. */
static void endpoints_again(struct npv_endpoints_net *en)
{
	set_bit(NPV_ENDPOINTS_ADDRS, &en->events);
	queue_delayed_work(system_unbound_wq, &en->work, EVENTS_RETRY);
}

/* @links: they may have another speed. Return: whether sessions are to look again */
static bool endpoints_rebuild(struct npv_endpoints_net *en, bool links)
{
	int err, ret = endpoints_build(en, false);

	if (ret < 0) {
		endpoints_again(en);
		return false;
	}
	if (!ret && !links)
		return false;
	/* Others may keep RTNL for long; speeds aren't what sessions wait for. */
	rtnl_lock();
	err = endpoints_build(en, true);
	rtnl_unlock();
	if (err < 0) {
		set_bit(NPV_ENDPOINTS_LINKS, &en->events);
		endpoints_again(en);
	}
	return ret > 0 || err > 0;
}

static void endpoints_work(struct work_struct *work)
{
	struct npv_endpoints_net *en = container_of(to_delayed_work(work),
						    struct npv_endpoints_net, work);
	bool wanted = test_bit(NPV_ENDPOINTS_WANTED, &en->events);
	bool addrs, links, routes;

	WRITE_ONCE(en->ran, jiffies);
	if (wanted)
		endpoints_watch(en);
	addrs = test_and_clear_bit(NPV_ENDPOINTS_ADDRS, &en->events);
	links = test_and_clear_bit(NPV_ENDPOINTS_LINKS, &en->events);
	routes = test_and_clear_bit(NPV_ENDPOINTS_ROUTES, &en->events);
	if (routes)
		WRITE_ONCE(en->routed, jiffies);
	if (wanted && (addrs || links))
		addrs = endpoints_rebuild(en, links);
	if (addrs || routes)
		npv_compose_changed(en->net);
}

/* --- notifiers --- */

/**
 * npv_endpoints_event() - something has changed at links or addresses
 * @net: the namespace
 * @link: a link may have another speed
 *
 * Those who have asked for endpoints are told, as npv_compose_changed() does.
 *
 * Context: any.
 */
void npv_endpoints_event(struct net *net, bool link)
{
	struct npv_endpoints_net *en = endpoints_of(net);

	set_bit(NPV_ENDPOINTS_ADDRS, &en->events);
	if (link)
		set_bit(NPV_ENDPOINTS_LINKS, &en->events);
	endpoints_queue(en);
}

/* Whether @eps has what goes: address @addr of an interface, NULL: its link */
static bool endpoints_has(const struct npv_endpoints *eps, int ifindex,
			  const struct in6_addr *addr)
{
	unsigned int i;

	for (i = 0; i < eps->n; i++) {
		const struct npv_endpoint *ep = &eps->endpoint[i];

		if (ep->ifindex == ifindex &&
		    (addr ? ipv6_addr_equal(&ep->addr, addr) : ep->up))
			return true;
	}
	return false;
}

/* The same endpoints without it. NULL: no memory */
static struct npv_endpoints *endpoints_without(const struct npv_endpoints *old,
					       int ifindex, const struct in6_addr *addr)
{
	struct npv_endpoints *eps = endpoints_alloc(old->n, GFP_ATOMIC);
	unsigned int i;

	if (!eps)
		return NULL;
	eps->n = 0;
	for (i = 0; i < old->n; i++) {
		const struct npv_endpoint *ep = &old->endpoint[i];
		bool it = ep->ifindex == ifindex;

		if (it && addr && ipv6_addr_equal(&ep->addr, addr))
			continue;
		eps->n++;
		eps->endpoint[eps->n - 1] = *ep;
		if (it && !addr)
			eps->endpoint[eps->n - 1].up = false;
	}
	return eps;
}

static void endpoints_lose(struct npv_endpoints_net *en, int ifindex,
			   const struct in6_addr *addr)
{
	struct npv_endpoints *eps = NULL;

	spin_lock_bh(&en->lock);
	/* Who looks at them right now has to look again. */
	en->changes++;
	if (endpoints_has(endpoints_live(en), ifindex, addr))
		eps = endpoints_without(endpoints_live(en), ifindex, addr);
	/* Without memory they see it a little later. */
	if (eps)
		endpoints_publish(en, eps);
	spin_unlock_bh(&en->lock);
}

/**
 * npv_endpoints_down() - a link goes down, or has no carrier any more
 * @net: the namespace
 * @ifindex: the interface
 * @going: it doesn't show yet, and will be told again when it does
 *
 * Sessions are told at once.
 *
 * Context: any.
 */
void npv_endpoints_down(struct net *net, int ifindex, bool going)
{
	endpoints_lose(endpoints_of(net), ifindex, NULL);
	if (!going)
		npv_endpoints_event(net, true);
	npv_compose_changed(net);
}

/**
 * npv_endpoints_gone() - an address was taken from an interface that is up
 * @net: the namespace
 * @ifindex: the interface
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 *
 * Sessions are told at once.
 *
 * Context: any.
 */
void npv_endpoints_gone(struct net *net, int ifindex, const struct in6_addr *addr)
{
	endpoints_lose(endpoints_of(net), ifindex, addr);
	npv_endpoints_event(net, false);
	npv_compose_changed(net);
}

/**
 * npv_endpoints_changed() - operators have changed what they say of endpoints
 * @net: the namespace
 *
 * What they say holds at once, and sessions are told.
 *
 * Context: process, may sleep.
 */
void npv_endpoints_changed(struct net *net)
{
	struct npv_endpoints_net *en = endpoints_of(net);
	int ret;

	/* Who asks for them first will see it. */
	if (!test_bit(NPV_ENDPOINTS_WANTED, &en->events))
		return;
	ret = endpoints_build(en, false);
	if (ret < 0)
		endpoints_again(en);
	else if (ret)
		npv_compose_changed(net);
}

/* --- who asks --- */

/* Nobody has asked before. */
static void endpoints_first(struct npv_endpoints_net *en)
{
	/* From here on nothing that happens is left out. */
	set_bit(NPV_ENDPOINTS_WANTED, &en->events);
	if (endpoints_build(en, false) < 0) {
		endpoints_again(en);
		return;
	}
	set_bit(NPV_ENDPOINTS_BUILT, &en->events);
	set_bit(NPV_ENDPOINTS_LINKS, &en->events);
	endpoints_queue(en);
}

/**
 * npv_endpoints_peek() - the endpoints of a namespace, as they were looked at last
 * @net: the namespace
 *
 * For who only tells of them: it gives nobody anything to do.
 *
 * Context: any.
 * Return: what is known, perhaps nothing, for npv_endpoints_put().
 */
struct npv_endpoints *npv_endpoints_peek(struct net *net)
{
	struct npv_endpoints_net *en = endpoints_of(net);
	struct npv_endpoints *eps;

	rcu_read_lock();
	do {
		eps = rcu_dereference(en->live);
	} while (!refcount_inc_not_zero(&eps->ref));
	rcu_read_unlock();
	return eps;
}

/* Somebody asks for endpoints: have them looked for, or looked at again. */
static void endpoints_ask(struct npv_endpoints_net *en)
{
	might_sleep();
	if (!test_bit(NPV_ENDPOINTS_BUILT, &en->events)) {
		endpoints_first(en);
	} else if (time_after(jiffies, READ_ONCE(en->built) + REFRESH)) {
		set_bit(NPV_ENDPOINTS_ADDRS, &en->events);
		endpoints_queue(en);
	}
}

/**
 * npv_endpoints_get() - the endpoints of a namespace
 * @net: the namespace
 *
 * The first who asks has them looked for; from then on they are kept up to date.
 *
 * Context: process, may sleep.
 * Return: what there is at the moment, for npv_endpoints_put().
 */
struct npv_endpoints *npv_endpoints_get(struct net *net)
{
	endpoints_ask(endpoints_of(net));
	return npv_endpoints_peek(net);
}

/**
 * npv_endpoints_generation() - the number of what npv_endpoints_get() would return
 * @net: the namespace
 *
 * Context: process, may sleep.
 * Return: the number, which grows with each change.
 */
u32 npv_endpoints_generation(struct net *net)
{
	struct npv_endpoints_net *en = endpoints_of(net);
	u32 generation;

	endpoints_ask(en);
	rcu_read_lock();
	generation = rcu_dereference(en->live)->generation;
	rcu_read_unlock();
	return generation;
}

/**
 * npv_endpoints_routes() - the number of changes of routes that have been seen
 * @net: the namespace
 * @seen: set to the number
 *
 * IPv6 has no number that changes with routes that go.
 *
 * Context: any.
 * Return: whether routes are watched: if not, any may have changed.
 */
bool npv_endpoints_routes(struct net *net, int *seen)
{
	const struct npv_endpoints_net *en = endpoints_of(net);

	*seen = atomic_read(&en->routes_seen);
	return READ_ONCE(en->watched);
}

/**
 * npv_endpoints_init() - a namespace begins
 * @net: the namespace
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int npv_endpoints_init(struct net *net)
{
	struct npv_endpoints_net *en = endpoints_of(net);
	struct npv_endpoints *none = endpoints_alloc(0, GFP_KERNEL);

	if (!none)
		return -ENOMEM;
	spin_lock_init(&en->lock);
	RCU_INIT_POINTER(en->live, none);
	en->ran = jiffies - EVENTS_INTERVAL;
	en->routed = jiffies - ROUTES_INTERVAL;
	INIT_DELAYED_WORK(&en->work, endpoints_work);
	en->routes.notifier_call = endpoints_routes_event;
	en->net = net;
	return 0;
}

/**
 * npv_endpoints_exit() - a namespace ends, or the module does
 * @net: the namespace
 *
 * Links and addresses aren't watched any more, or there are none. What the work waits
 * for, RTNL, is not held here.
 *
 * Context: process, may sleep, without RTNL.
 */
void npv_endpoints_exit(struct net *net)
{
	struct npv_endpoints_net *en = endpoints_of(net);

	/* Routes that still change can't queue it again. */
	disable_delayed_work_sync(&en->work);
	if (en->watched)
		unregister_fib_notifier(net, &en->routes);
	npv_endpoints_put(rcu_dereference_protected(en->live, true));
	RCU_INIT_POINTER(en->live, NULL);
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/endpoint_test.c"
#endif
