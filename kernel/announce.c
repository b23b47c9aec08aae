// SPDX-License-Identifier: GPL-2.0
/*
 * At which addresses a native session's ends can be reached: ADDR_ADD and ADDR_DEL.
 * protocol.rst, "Further addresses".
 */

#include <linux/slab.h>
#include <net/ipv6.h>

#include "announce.h"
#include "endpoint.h"
#include "native.h"
#include "pairs.h"
#include "session.h"
#include "stack.h"
#include "stacks.h"
#include "subflow.h"

/* For so many more addresses of the peer memory is taken at a time */
#define REMOTES_MORE	3U

/*
 * The stack that addresses are told on. As long as it is there it is the same, also
 * while it is suspect: on another they could overtake what was told before, and the
 * peer would be left with that. When it is gone, all is told again.
 */
static struct npv_subflow *announce_stack(const struct npv_native *nat)
{
	struct npv_subflow *sub = NULL, *it;
	unsigned int i;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		it = nat->slot[i];
		if (!npv_stacks_usable(it))
			continue;
		if (nat->announced && nat->announced_by == i)
			return it;
		/* The first, but rather one that isn't suspect */
		if (!sub || (sub->status == NPV_STACK_STATUS_SUSPECT &&
			     it->status != NPV_STACK_STATUS_SUSPECT))
			sub = it;
	}
	return sub;
}

/* Whether an interface has a stable address beside a temporary one */
static bool has_stable(const struct npv_endpoints *eps, int ifindex)
{
	unsigned int i;

	for (i = 0; i < eps->n; i++)
		if (eps->endpoint[i].ifindex == ifindex && !eps->endpoint[i].temporary &&
		    !ipv6_addr_v4mapped(&eps->endpoint[i].addr))
			return true;
	return false;
}

/* The addresses that peers are told. Return: their number. */
static unsigned int announce_addrs(struct net *net, struct in6_addr *addr)
{
	struct npv_endpoints *eps = npv_endpoints_get(net);
	unsigned int i, n = 0;

	for (i = 0; i < eps->n && n < NPV_FRAME_ADDRS_MAX; i++) {
		const struct npv_endpoint *ep = &eps->endpoint[i];

		if (!ep->up || ep->set.disabled ||
		    (ep->temporary && has_stable(eps, ep->ifindex)))
			continue;
		addr[n++] = ep->addr;
	}
	npv_endpoints_put(eps);
	return n;
}

/**
 * npv_announce() - tell the peer where else it can reach us
 * @nat: a session that the peer composes
 *
 * Only what has changed since it was told last.
 *
 * Context: process, session lock held; may sleep.
 */
void npv_announce(struct npv_native *nat)
{
	struct in6_addr addr[NPV_FRAME_ADDRS_MAX];
	struct npv_frame f = { .type = NPV_FRAME_ADDR_ADD };
	struct npv_subflow *sub;
	unsigned int i, n;

	n = announce_addrs(sock_net(&nat->nsk->sk), addr);
	sub = announce_stack(nat);
	if (!sub) {
		set_bit(NPV_NF_COMPOSE, &nat->flags);
		return;
	}

	if (n == nat->n_announced && nat->announced &&
	    !memcmp(nat->announced, addr, n * sizeof(*addr)))
		return;
	if (sub->ops->busy(sub)) {
		nat->compose_at = (jiffies + NPV_RETRY_LOST) | 1;
		return;
	}
	kfree(nat->announced);
	nat->announced = kmemdup(addr, n * sizeof(*addr), GFP_KERNEL);
	if (n && !nat->announced)
		n = 0;

	nat->announced_by = sub->slot;
	/*
	 * All that were told before are taken back with one frame; also those that
	 * were taken back already, for that may have been lost with a stack.
	 */
	if (nat->announced_most) {
		f.type = NPV_FRAME_ADDR_DEL;
		f.addrs.n = nat->announced_most;
		for (i = 0; i < f.addrs.n; i++)
			f.addrs.addr[i].id = i + 1;
		if (npv_subflow_send_frame(sub, &f))
			return;
		nat->n_announced = 0;
	}
	if (!n)
		return;
	memset(&f, 0, sizeof(f));
	f.type = NPV_FRAME_ADDR_ADD;
	f.addrs.n = n;
	for (i = 0; i < n; i++) {
		f.addrs.addr[i].id = i + 1;
		memcpy(f.addrs.addr[i].addr, &addr[i], sizeof(addr[i]));
	}
	nat->announced_most = max_t(u8, nat->announced_most, n);
	if (!npv_subflow_send_frame(sub, &f))
		nat->n_announced = n;
}

/**
 * npv_announce_lost() - a stack is gone, and perhaps what was told on it
 * @nat: the session
 * @slot: where it was
 *
 * Context: process, session lock held.
 */
void npv_announce_lost(struct npv_native *nat, u8 slot)
{
	if (!nat->announced || slot != nat->announced_by)
		return;
	kfree(nat->announced);
	nat->announced = NULL;
}

/* One that is gone, NULL if none is */
static struct npv_remote *remote_gone(struct npv_native *nat)
{
	unsigned int i;

	for (i = 0; i < nat->n_remotes; i++)
		if (nat->remotes[i].gone)
			return &nat->remotes[i];
	return NULL;
}

/* A new address of the peer, NULL if there are too many or no memory */
static struct npv_remote *remote_new(struct npv_native *nat)
{
	struct npv_remote *remotes = nat->remotes;

	/* It was of use only as long as nobody needed its place. */
	if (nat->n_remotes == NPV_REMOTES_MAX)
		return remote_gone(nat);
	if (nat->n_remotes == nat->room_remotes) {
		unsigned int room = min(nat->room_remotes + REMOTES_MORE,
					NPV_REMOTES_MAX);

		remotes = krealloc_array(nat->remotes, room, sizeof(*remotes),
					 GFP_KERNEL);
		if (!remotes)
			return remote_gone(nat);
		nat->remotes = remotes;
		nat->room_remotes = room;
	}
	remotes += nat->n_remotes++;
	remotes->gone = true;
	return remotes;
}

/**
 * npv_announced() - ADDR_ADD or ADDR_DEL has come
 * @sub: the stack that it came on
 * @f: the frame
 *
 * Context: process, session and stack lock held.
 * Return: 0.
 */
int npv_announced(struct npv_subflow *sub, const struct npv_frame *f)
{
	struct npv_native *nat = sub->nat;
	unsigned int i, j;

	for (i = 0; i < f->addrs.n; i++) {
		const struct npv_frame_addr *a = &f->addrs.addr[i];
		struct npv_remote *r = NULL;

		/* The id names one address: an old one of that id is gone. */
		for (j = 0; j < nat->n_remotes; j++)
			if (nat->remotes[j].id == a->id && !nat->remotes[j].gone)
				r = &nat->remotes[j];
		if (f->type == NPV_FRAME_ADDR_DEL) {
			if (r)
				r->gone = true;
			continue;
		}
		for (j = 0; j < nat->n_remotes && !r; j++)
			if (!memcmp(&nat->remotes[j].addr, a->addr, 16))
				r = &nat->remotes[j];
		if (!r)
			r = remote_new(nat);
		if (!r)
			break;
		memcpy(&r->addr, a->addr, sizeof(r->addr));
		r->port = a->port ? htons(a->port) : nat->npv_port;
		/* One that the program named has no id, and never goes. */
		if (r->gone)
			r->id = a->id;
		r->gone = false;
	}
	/* Who accepted has nothing to do with them. */
	if (!test_bit(NPV_NF_SERVER, &nat->flags)) {
		set_bit(NPV_NF_COMPOSE, &nat->flags);
		npv_native_kick(nat);
	}

	return 0;
}
