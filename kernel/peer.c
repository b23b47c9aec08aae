// SPDX-License-Identifier: GPL-2.0
/*
 * The peer cache: what is remembered of an address that was tried, so that the
 * next connect tries the best first (RFC 8305, section 4, "history"), and of
 * what speaks at a service, so that the next session need not find out.
 */

#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "netns.h"
#include "peer.h"

/* After so long half of a loss, or of a rate, is still believed */
#define METRICS_HALF	(2 * 60 * HZ)

/**
 * struct npv_peer - one address, or one service at it
 * @node: in npv_peers.hash
 * @lru: in npv_peers.lru or npv_peers.pinned
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @port: port of the service; 0 the address, or all its services
 * @pinned: it was set by an administrator
 * @verdict: how the last connect went
 * @kind: what speaks there
 * @reason: how that is known
 * @known: how stacks to the address did
 * @measured: that was noted, and not the round-trip time alone
 * @measured_at: when it was last, jiffies
 * @stamp: when the entry was, jiffies
 */
struct npv_peer {
	struct hlist_node node;
	struct list_head lru;
	struct in6_addr addr;
	__be16 port;
	bool pinned;
	enum npv_peer_verdict verdict;
	enum npv_kind kind;
	enum npv_reason reason;
	struct npv_peer_known known;
	bool measured;
	unsigned long measured_at;
	unsigned long stamp;
};

static struct hlist_head *peer_bucket(struct npv_peers *peers,
				      const struct in6_addr *addr, __be16 port)
{
	u32 hash = jhash2((const u32 *)addr->s6_addr32, 4, peers->seed);

	return &peers->hash[hash_32(hash + (__force u16)port, peers->bits)];
}

static struct npv_peer *peer_find(struct npv_peers *peers,
				  const struct in6_addr *addr, __be16 port)
{
	struct npv_peer *peer;

	hlist_for_each_entry(peer, peer_bucket(peers, addr, port), node)
		if (peer->port == port && ipv6_addr_equal(&peer->addr, addr))
			return peer;

	return NULL;
}

static void peer_free(struct npv_peers *peers, struct npv_peer *peer)
{
	hlist_del(&peer->node);
	list_del(&peer->lru);
	WRITE_ONCE(peers->generation, peers->generation + 1);
	if (peer->pinned)
		peers->n_pinned--;
	else
		peers->count--;
	kfree(peer);
}

/* Buckets for twice as many. Without memory they are searched for longer. */
static void peers_grow(struct npv_peers *peers)
{
	unsigned int i, n = 1 << peers->bits;
	struct hlist_head *old = peers->hash;
	struct hlist_node *next;
	struct npv_peer *peer;

	peers->hash = kcalloc(2 * n, sizeof(*old), GFP_ATOMIC | __GFP_NOWARN);
	if (!peers->hash) {
		peers->hash = old;
		return;
	}
	peers->bits++;
	for (i = 0; i < n; i++)
		hlist_for_each_entry_safe(peer, next, &old[i], node)
			hlist_add_head(&peer->node,
				       peer_bucket(peers, &peer->addr, peer->port));
	kfree(old);
}

static void peer_add(struct npv_peers *peers, struct npv_peer *peer)
{
	if (peers->count + peers->n_pinned >= 2U << peers->bits &&
	    peers->bits < NPV_PEER_HASH_MAX)
		peers_grow(peers);
	hlist_add_head(&peer->node,
		       peer_bucket(peers, &peer->addr, peer->port));
	WRITE_ONCE(peers->generation, peers->generation + 1);
	if (peer->pinned) {
		list_add_tail(&peer->lru, &peers->pinned);
		peers->n_pinned++;
	} else {
		list_add_tail(&peer->lru, &peers->lru);
		peers->count++;
	}
}

/* So many make room for one at most, with bottom halves off */
#define EVICT_MAX	16

/*
 * The entry of an address and port, made where there is none; the newest of
 * those learnt, of which there are @max. The least recently noted makes room.
 *
 * Return: NULL without memory.
 */
static struct npv_peer *peer_obtain(struct npv_peers *peers,
				    const struct in6_addr *addr, __be16 port,
				    unsigned int max, bool *evicted)
{
	struct npv_peer *peer;
	unsigned int i;

	peer = peer_find(peers, addr, port);
	if (peer) {
		if (!peer->pinned)
			list_move_tail(&peer->lru, &peers->lru);
		return peer;
	}

	/* There may be fewer than there were: not all of them go at once. */
	for (i = 0; i < EVICT_MAX && peers->count >= max; i++) {
		peer_free(peers, list_first_entry(&peers->lru, struct npv_peer,
						  lru));
		*evicted = true;
	}
	peer = kzalloc(sizeof(*peer), GFP_ATOMIC | __GFP_NOWARN);
	if (!peer)
		return NULL;
	peer->addr = *addr;
	peer->port = port;
	peer_add(peers, peer);

	return peer;
}

static bool peer_expired(const struct npv_peer *peer, unsigned int ttl)
{
	return !peer->pinned &&
	       time_after_eq(jiffies, peer->stamp + ttl * (unsigned long)HZ);
}

/* The entry of an address and port. What is too old is forgotten here. */
static struct npv_peer *peer_fresh(struct npv_peers *peers,
				   const struct in6_addr *addr, __be16 port,
				   unsigned int ttl)
{
	struct npv_peer *peer;

	peer = peer_find(peers, addr, port);
	if (peer && peer_expired(peer, ttl)) {
		peer_free(peers, peer);
		return NULL;
	}

	return peer;
}

/**
 * npv_peer_note() - remember how a connect to an address went
 * @net: namespace
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @verdict: NPV_PEER_GOOD or NPV_PEER_BAD
 * @srtt_us: round-trip time seen, microseconds; 0 unknown
 *
 * Without memory nothing is remembered: it is but a hint. The table is bounded,
 * the least recently noted address makes room.
 *
 * Context: any; takes npv_peers.lock.
 */
void npv_peer_note(struct net *net, const struct in6_addr *addr,
		   enum npv_peer_verdict verdict, u32 srtt_us)
{
	struct npv_net *npvn = npv_pernet(net);
	struct npv_peers *peers = &npvn->peers;
	struct npv_peer *peer;
	bool evicted = false;

	if (!READ_ONCE(npvn->sysctls.history_ttl))
		return;

	spin_lock_bh(&peers->lock);
	peer = peer_obtain(peers, addr, 0, READ_ONCE(npvn->sysctls.peers_max), &evicted);
	if (peer) {
		peer->verdict = verdict;
		peer->known.srtt_us = srtt_us;
		peer->stamp = jiffies;
	}
	spin_unlock_bh(&peers->lock);

	if (evicted)
		NPV_INC(net, HISTORY_EVICT);
}

/*
 * What is known by now: of a loss as long ago as this only half is believed, lest an
 * address that was bad once is never tried again. Of what it can do too.
 */
static struct npv_peer_known peer_decay(const struct npv_peer_known *known,
					unsigned long age)
{
	unsigned int halves = min(age / METRICS_HALF, 63);
	struct npv_peer_known now = *known;

	now.loss_ppm = halves < 32 ? now.loss_ppm >> halves : 0;
	now.rate >>= halves;

	return now;
}

/* What is to be remembered: how it does now, in the light of how it did */
static struct npv_peer_known peer_merge(const struct npv_peer_known *was,
					const struct npv_peer_known *now,
					unsigned long age)
{
	struct npv_peer_known known = *now;
	unsigned int halves = min(age / METRICS_HALF, 30);

	/* Who had little to send doesn't know what would have been. */
	known.rate = max(now->rate, peer_decay(was, age).rate);
	known.loss_ppm += ((s32)was->loss_ppm - (s32)now->loss_ppm) /
			  (1 << halves) / 2;

	return known;
}

/**
 * npv_peer_note_metrics() - remember how a stack to an address does, or did
 * @net: namespace
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @now: how; the round-trip time is known
 * @learn: also if nothing is known of it yet
 * @works: it is not the end of one that has failed
 *
 * That it works is remembered with it. One that failed had worked before, so an address
 * of which nothing was known is good all the same. Bounded, as npv_peer_note() is.
 *
 * Context: any; takes npv_peers.lock.
 */
void npv_peer_note_metrics(struct net *net, const struct in6_addr *addr,
			   const struct npv_peer_known *now, bool learn, bool works)
{
	struct npv_net *npvn = npv_pernet(net);
	struct npv_peers *peers = &npvn->peers;
	unsigned int ttl = READ_ONCE(npvn->sysctls.history_ttl);
	struct npv_peer *peer;
	bool evicted = false;

	if (!ttl)
		return;

	spin_lock_bh(&peers->lock);
	peer = peer_fresh(peers, addr, 0, ttl);
	works |= !peer;
	if (peer || learn)
		peer = peer_obtain(peers, addr, 0, READ_ONCE(npvn->sysctls.peers_max),
				   &evicted);
	if (peer) {
		peer->known = peer->measured ?
			      peer_merge(&peer->known, now,
					 jiffies - peer->measured_at) : *now;
		peer->measured = true;
		peer->measured_at = jiffies;
		if (works) {
			peer->verdict = NPV_PEER_GOOD;
			peer->stamp = jiffies;
		}
	}
	spin_unlock_bh(&peers->lock);

	if (evicted)
		NPV_INC(net, HISTORY_EVICT);
}

/**
 * npv_peer_known() - what is remembered of an address, without that it counts
 * @net: namespace
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @known: set to how stacks to it did, all zeros if nothing is known; the longer ago,
 *	the less of it is believed
 *
 * As npv_peer_lookup().
 *
 * Context: any; takes npv_peers.lock.
 * Return: the verdict.
 */
enum npv_peer_verdict npv_peer_known(struct net *net, const struct in6_addr *addr,
				     struct npv_peer_known *known)
{
	enum npv_peer_verdict verdict = NPV_PEER_UNKNOWN;
	struct npv_net *npvn = npv_pernet(net);
	struct npv_peers *peers = &npvn->peers;
	struct npv_peer *peer;

	*known = (struct npv_peer_known) {};
	spin_lock_bh(&peers->lock);
	peer = peer_fresh(peers, addr, 0,
			  READ_ONCE(npvn->sysctls.history_ttl));
	if (peer) {
		verdict = peer->verdict;
		*known = peer_decay(&peer->known, jiffies - peer->measured_at);
	}
	spin_unlock_bh(&peers->lock);

	return verdict;
}

/**
 * npv_peer_lookup() - what is remembered of an address
 * @net: namespace
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @known: set to how stacks to it did, as by npv_peer_known()
 *
 * What is older than net.npv.history_ttl is forgotten here.
 *
 * Context: any; takes npv_peers.lock.
 * Return: the verdict.
 */
enum npv_peer_verdict npv_peer_lookup(struct net *net,
				      const struct in6_addr *addr,
				      struct npv_peer_known *known)
{
	enum npv_peer_verdict verdict;

	verdict = npv_peer_known(net, addr, known);
	if (verdict != NPV_PEER_UNKNOWN)
		NPV_INC(net, HISTORY_HIT);

	return verdict;
}

/* What was set for a service, or else for all services of its address */
static struct npv_peer *kind_pinned(struct npv_peers *kinds,
				    const struct in6_addr *addr, __be16 port)
{
	struct npv_peer *peer;

	if (!kinds->n_pinned)
		return NULL;

	peer = peer_find(kinds, addr, port);
	if (peer && peer->pinned)
		return peer;

	return peer_find(kinds, addr, 0);
}

/**
 * npv_peer_note_kind() - remember what speaks at a service
 * @net: namespace
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @port: port of the service, not 0
 * @kind: NPV_KIND_PLAIN or NPV_KIND_NATIVE; NPV_KIND_OPEN forgets what was
 *	learnt before
 * @reason: how it was found out
 *
 * Where an administrator has set the kind, that stays. Without memory nothing
 * is remembered: it is but a hint. The table is bounded, the least recently
 * noted service makes room.
 *
 * Context: any; takes npv_peers.lock.
 */
void npv_peer_note_kind(struct net *net, const struct in6_addr *addr,
			__be16 port, enum npv_kind kind,
			enum npv_reason reason)
{
	struct npv_net *npvn = npv_pernet(net);
	struct npv_peers *kinds = &npvn->kinds;
	bool evicted = false;
	struct npv_peer *peer;

	if (kind != NPV_KIND_OPEN && !READ_ONCE(npvn->sysctls.peer_ttl))
		return;

	spin_lock_bh(&kinds->lock);
	if (kind_pinned(kinds, addr, port))
		goto out;
	if (kind == NPV_KIND_OPEN) {
		peer = peer_find(kinds, addr, port);
		if (peer)
			peer_free(kinds, peer);
		goto out;
	}
	peer = peer_obtain(kinds, addr, port, READ_ONCE(npvn->sysctls.peers_max),
			   &evicted);
	if (peer) {
		peer->kind = kind;
		peer->reason = reason;
		peer->stamp = jiffies;
	}
out:
	spin_unlock_bh(&kinds->lock);

	if (evicted)
		NPV_INC(net, PEER_EVICT);
}

/**
 * npv_peer_doubt() - forget what was learnt of a service, if for this reason
 * @net: namespace
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @port: port of the service
 * @reason: that no longer holds
 *
 * Context: any; takes npv_peers.lock.
 */
void npv_peer_doubt(struct net *net, const struct in6_addr *addr, __be16 port,
		    enum npv_reason reason)
{
	struct npv_peers *kinds = &npv_pernet(net)->kinds;
	struct npv_peer *peer;

	spin_lock_bh(&kinds->lock);
	peer = peer_find(kinds, addr, port);
	if (peer && !kind_pinned(kinds, addr, port) && peer->reason == reason)
		peer_free(kinds, peer);
	spin_unlock_bh(&kinds->lock);
}

/**
 * npv_peer_kind() - what is known to speak at a service
 * @net: namespace
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @port: port of the service
 * @srtt_us: set to the round-trip time that the last connect to the address
 *	saw, microseconds; 0 unknown. May be NULL.
 *
 * What was set for the service goes before what was set for its address, and
 * that before what was learnt. What was learnt longer than net.npv.peer_ttl ago
 * is forgotten here.
 *
 * Context: any; takes npv_peers.lock.
 * Return: the kind, NPV_KIND_OPEN if it isn't known.
 */
enum npv_kind npv_peer_kind(struct net *net, const struct in6_addr *addr,
			    __be16 port, u32 *srtt_us)
{
	struct npv_net *npvn = npv_pernet(net);
	struct npv_peers *kinds = &npvn->kinds;
	enum npv_kind kind = NPV_KIND_OPEN;
	struct npv_peer_known known;
	struct npv_peer *peer;

	if (srtt_us) {
		npv_peer_known(net, addr, &known);
		*srtt_us = known.srtt_us;
	}

	spin_lock_bh(&kinds->lock);
	peer = kind_pinned(kinds, addr, port) ?:
	       peer_fresh(kinds, addr, port, READ_ONCE(npvn->sysctls.peer_ttl));
	if (peer)
		kind = peer->kind;
	spin_unlock_bh(&kinds->lock);

	return kind;
}

/* No session can be had with a service of UDP. npv_peers.lock of the table. */
static void datagrams_note(struct net *net, const struct in6_addr *addr, __be16 port)
{
	struct npv_net *npvn = npv_pernet(net);
	bool evicted = false;
	struct npv_peer *peer;

	if (!READ_ONCE(npvn->sysctls.peer_ttl))
		return;
	peer = peer_obtain(&npvn->datagrams, addr, port,
			   READ_ONCE(npvn->sysctls.peers_max), &evicted);
	if (peer) {
		peer->kind = NPV_KIND_PLAIN;
		peer->stamp = jiffies;
	}
	if (evicted)
		NPV_INC(net, PEER_EVICT);
}

/**
 * npv_peer_note_datagrams() - remember that no session can be had with a service of UDP
 * @net: namespace
 * @addr: its address, IPv4 as ::ffff:a.b.c.d
 * @port: its port, network byte order
 *
 * Context: any; takes npv_peers.lock.
 */
void npv_peer_note_datagrams(struct net *net, const struct in6_addr *addr,
			     __be16 port)
{
	struct npv_peers *peers = &npv_pernet(net)->datagrams;

	spin_lock_bh(&peers->lock);
	datagrams_note(net, addr, port);
	spin_unlock_bh(&peers->lock);
}

/* Whether an administrator has set that a service is plain; then that is noted. */
static bool datagrams_pinned_plain(struct net *net, const struct in6_addr *addr,
				   __be16 port)
{
	struct npv_net *npvn = npv_pernet(net);
	struct npv_peer *peer;
	bool plain;

	if (!READ_ONCE(npvn->kinds.n_pinned))
		return false;
	spin_lock_bh(&npvn->kinds.lock);
	peer = kind_pinned(&npvn->kinds, addr, port);
	plain = peer && peer->kind == NPV_KIND_PLAIN;
	if (plain) {
		/* With both locks: who changes it forgets what is noted afterwards. */
		spin_lock_nested(&npvn->datagrams.lock, SINGLE_DEPTH_NESTING);
		datagrams_note(net, addr, port);
		spin_unlock(&npvn->datagrams.lock);
	}
	spin_unlock_bh(&npvn->kinds.lock);

	return plain;
}

/**
 * npv_peer_datagrams_plain() - whether no session can be had with a service of UDP
 * @net: namespace
 * @addr: its address, IPv4 as ::ffff:a.b.c.d
 * @port: its port, network byte order
 *
 * By what an administrator has set, or what was learnt. It is asked for each datagram:
 * what is known takes one look.
 *
 * Context: any; takes npv_peers.lock.
 * Return: whether that is known.
 */
bool npv_peer_datagrams_plain(struct net *net, const struct in6_addr *addr,
			      __be16 port)
{
	struct npv_net *npvn = npv_pernet(net);
	bool plain = false;

	if (READ_ONCE(npvn->datagrams.count)) {
		spin_lock_bh(&npvn->datagrams.lock);
		plain = peer_fresh(&npvn->datagrams, addr, port,
				   READ_ONCE(npvn->sysctls.peer_ttl));
		spin_unlock_bh(&npvn->datagrams.lock);
	}
	return plain || datagrams_pinned_plain(net, addr, port);
}

static bool peers_forget(struct npv_peers *peers, const struct in6_addr *addr,
			 __be16 port)
{
	struct npv_peer *peer;
	struct hlist_node *next;
	bool found = false;
	unsigned int i;

	spin_lock_bh(&peers->lock);
	if (port) {
		peer = peer_find(peers, addr, port);
		found = peer;
		if (peer)
			peer_free(peers, peer);
		goto out;
	}
	for (i = 0; i < 1 << peers->bits; i++) {
		hlist_for_each_entry_safe(peer, next, &peers->hash[i], node) {
			if (!ipv6_addr_equal(&peer->addr, addr))
				continue;
			peer_free(peers, peer);
			found = true;
		}
	}
out:
	spin_unlock_bh(&peers->lock);

	return found;
}

/**
 * npv_peer_pin() - set what speaks at a service, for good
 * @net: namespace
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @port: port of the service; 0: all services of the address
 * @kind: NPV_KIND_PLAIN or NPV_KIND_NATIVE
 *
 * Context: process, may sleep; takes npv_peers.lock.
 * Return: 0, -ENOMEM, or -ENOSPC where net.npv.peers_max are set already.
 */
int npv_peer_pin(struct net *net, const struct in6_addr *addr, __be16 port,
		 enum npv_kind kind)
{
	struct npv_net *npvn = npv_pernet(net);
	struct npv_peers *kinds = &npvn->kinds;
	struct npv_peer *peer, *old;
	int err = 0;

	peer = kzalloc(sizeof(*peer), GFP_KERNEL_ACCOUNT);
	if (!peer)
		return -ENOMEM;
	peer->addr = *addr;
	peer->port = port;
	peer->pinned = true;
	peer->kind = kind;
	peer->stamp = jiffies;

	spin_lock_bh(&kinds->lock);
	old = peer_find(kinds, addr, port);
	if (!(old && old->pinned) &&
	    kinds->n_pinned >= READ_ONCE(npvn->sysctls.peers_max)) {
		err = -ENOSPC;
		goto out;
	}
	if (old)
		peer_free(kinds, old);
	peer_add(kinds, peer);
	peer = NULL;
out:
	spin_unlock_bh(&kinds->lock);
	kfree(peer);
	/* What was found out before, or noted as it was set */
	if (!err)
		peers_forget(&npvn->datagrams, addr, port);

	return err;
}

/**
 * npv_peer_forget() - forget a peer, whether it was set or learnt
 * @net: namespace
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @port: port of the service; 0: everything known of the address
 *
 * Context: any; takes npv_peers.lock.
 * Return: whether something was known.
 */
bool npv_peer_forget(struct net *net, const struct in6_addr *addr, __be16 port)
{
	struct npv_net *npvn = npv_pernet(net);
	bool found;

	found = peers_forget(&npvn->kinds, addr, port);
	found |= peers_forget(&npvn->datagrams, addr, port);
	if (!port)
		found |= peers_forget(&npvn->peers, addr, 0);

	return found;
}

static void peers_flush(struct npv_peers *peers, bool pinned)
{
	struct npv_peer *peer, *next;

	spin_lock_bh(&peers->lock);
	list_for_each_entry_safe(peer, next, &peers->lru, lru)
		peer_free(peers, peer);
	if (pinned)
		list_for_each_entry_safe(peer, next, &peers->pinned, lru)
			peer_free(peers, peer);
	spin_unlock_bh(&peers->lock);
}

/**
 * npv_peer_flush() - forget all peers
 * @net: namespace
 * @pinned: those that were set, too
 *
 * Context: any; takes npv_peers.lock.
 */
void npv_peer_flush(struct net *net, bool pinned)
{
	struct npv_net *npvn = npv_pernet(net);

	peers_flush(&npvn->kinds, pinned);
	peers_flush(&npvn->datagrams, pinned);
	peers_flush(&npvn->peers, pinned);
}

/**
 * npv_peer_generation() - a number that changes when an entry comes or goes
 * @net: namespace
 *
 * Context: any.
 * Return: the number.
 */
unsigned int npv_peer_generation(struct net *net)
{
	struct npv_net *npvn = npv_pernet(net);

	return READ_ONCE(npvn->kinds.generation) +
	       READ_ONCE(npvn->peers.generation);
}

/* What there is to tell of an entry. Return: false if it has expired. */
static bool peer_tells(const struct npv_peer *peer, unsigned int ttl,
		       struct npv_peer_info *info)
{
	unsigned long now = jiffies;

	if (peer_expired(peer, ttl))
		return false;

	*info = (struct npv_peer_info) {
		.addr = peer->addr,
		.port = peer->port,
		.pinned = peer->pinned,
		.verdict = peer->verdict,
		.kind = peer->kind,
		.reason = peer->reason,
		.known = peer_decay(&peer->known, now - peer->measured_at),
		.age_ms = jiffies64_to_msecs(now - peer->stamp),
	};
	if (!peer->pinned)
		info->left_ms = jiffies_to_msecs(peer->stamp +
						 ttl * (unsigned long)HZ - now);

	return true;
}

/* Return: 0, -ENOENT if there is no such bucket, or what @tell returned */
static int peers_walk_bucket(struct npv_peers *peers, unsigned int ttl,
			     struct npv_peer_pos *pos,
			     int (*tell)(const struct npv_peer_info *info,
					 void *data),
			     void *data)
{
	struct npv_peer_info info;
	struct npv_peer *peer;
	unsigned int i = 0;
	int err = 0;

	spin_lock_bh(&peers->lock);
	if (pos->bucket >= 1 << peers->bits) {
		spin_unlock_bh(&peers->lock);
		return -ENOENT;
	}
	hlist_for_each_entry(peer, &peers->hash[pos->bucket], node) {
		if (i++ < pos->skip)
			continue;
		if (peer_tells(peer, ttl, &info))
			err = tell(&info, data);
		if (err)
			break;
		pos->skip++;
	}
	spin_unlock_bh(&peers->lock);

	return err;
}

/**
 * npv_peer_walk() - tell what is known of all peers, and not older than it may
 * @net: namespace
 * @pos: where to begin; left where to go on
 * @tell: called for each, services first; must not sleep. Where it returns
 *	something else than 0 the walk ends, to go on with the same peer.
 * @data: for @tell
 *
 * What comes or goes between two calls may be missed or told twice:
 * npv_peer_generation() shows that.
 *
 * Context: any; takes npv_peers.lock.
 * Return: 0 at the end, or what @tell returned.
 */
int npv_peer_walk(struct net *net, struct npv_peer_pos *pos,
		  int (*tell)(const struct npv_peer_info *info, void *data),
		  void *data)
{
	struct npv_net *npvn = npv_pernet(net);
	unsigned int ttl;
	int err;

	for (; pos->table < 2; pos->table++, pos->bucket = 0) {
		ttl = pos->table ? READ_ONCE(npvn->sysctls.history_ttl) :
				   READ_ONCE(npvn->sysctls.peer_ttl);
		for (;; pos->bucket++, pos->skip = 0) {
			err = peers_walk_bucket(pos->table ? &npvn->peers :
							     &npvn->kinds,
						ttl, pos, tell, data);
			if (err == -ENOENT)
				break;
			if (err)
				return err;
		}
	}

	return 0;
}

/**
 * npv_peers_init() - make an empty table
 * @peers: the table
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int npv_peers_init(struct npv_peers *peers)
{
	peers->bits = NPV_PEER_HASH_MIN;
	peers->hash = kcalloc(1 << peers->bits, sizeof(*peers->hash), GFP_KERNEL);
	if (!peers->hash)
		return -ENOMEM;
	spin_lock_init(&peers->lock);
	peers->seed = get_random_u32();
	INIT_LIST_HEAD(&peers->lru);
	INIT_LIST_HEAD(&peers->pinned);
	return 0;
}

/**
 * npv_peers_exit() - empty a table that nobody uses any more
 * @peers: the table, also one that was not made: all zeros
 */
void npv_peers_exit(struct npv_peers *peers)
{
	struct npv_peer *peer, *next;

	if (!peers->hash)
		return;
	list_for_each_entry_safe(peer, next, &peers->lru, lru)
		peer_free(peers, peer);
	list_for_each_entry_safe(peer, next, &peers->pinned, lru)
		peer_free(peers, peer);
	kfree(peers->hash);
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/peer_test.c"
#endif
