// SPDX-License-Identifier: GPL-2.0
/*
 * The peer cache: what is remembered of an address that was tried, so that the
 * next connect tries the best first (RFC 8305, section 4, "history").
 */

#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/jiffies.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "netns.h"
#include "peer.h"

/**
 * struct npv_peer - one address
 * @node: in npv_peers.hash
 * @lru: in npv_peers.lru
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @verdict: how the last connect went
 * @srtt_us: round-trip time then, microseconds; 0 unknown
 * @stamp: when, jiffies
 */
struct npv_peer {
	struct hlist_node node;
	struct list_head lru;
	struct in6_addr addr;
	enum npv_peer_verdict verdict;
	u32 srtt_us;
	unsigned long stamp;
};

static struct hlist_head *peer_bucket(struct npv_peers *peers,
				      const struct in6_addr *addr)
{
	return &peers->hash[hash_32(jhash2((const u32 *)addr->s6_addr32,
					   4, peers->seed),
				    NPV_PEER_HASH_BITS)];
}

static struct npv_peer *peer_find(struct npv_peers *peers,
				  const struct in6_addr *addr)
{
	struct npv_peer *peer;

	hlist_for_each_entry(peer, peer_bucket(peers, addr), node)
		if (ipv6_addr_equal(&peer->addr, addr))
			return peer;

	return NULL;
}

static void peer_free(struct npv_peers *peers, struct npv_peer *peer)
{
	hlist_del(&peer->node);
	list_del(&peer->lru);
	peers->count--;
	kfree(peer);
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

	if (!READ_ONCE(npvn->sysctls.history_ttl))
		return;

	spin_lock_bh(&peers->lock);
	peer = peer_find(peers, addr);
	if (!peer) {
		if (peers->count >= NPV_PEER_MAX) {
			peer_free(peers, list_first_entry(&peers->lru,
							  struct npv_peer,
							  lru));
			NPV_INC(net, HISTORY_EVICT);
		}
		peer = kzalloc(sizeof(*peer), GFP_ATOMIC | __GFP_NOWARN);
		if (!peer)
			goto out;
		peer->addr = *addr;
		hlist_add_head(&peer->node, peer_bucket(peers, addr));
		list_add_tail(&peer->lru, &peers->lru);
		peers->count++;
	}
	peer->verdict = verdict;
	peer->srtt_us = srtt_us;
	peer->stamp = jiffies;
	list_move_tail(&peer->lru, &peers->lru);
out:
	spin_unlock_bh(&peers->lock);
}

/**
 * npv_peer_lookup() - what is remembered of an address
 * @net: namespace
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @srtt_us: set to the round-trip time seen, microseconds; 0 unknown
 *
 * What is older than net.npv.history_ttl is forgotten here.
 *
 * Context: any; takes npv_peers.lock.
 * Return: the verdict.
 */
enum npv_peer_verdict npv_peer_lookup(struct net *net,
				      const struct in6_addr *addr,
				      u32 *srtt_us)
{
	enum npv_peer_verdict verdict = NPV_PEER_UNKNOWN;
	struct npv_net *npvn = npv_pernet(net);
	struct npv_peers *peers = &npvn->peers;
	struct npv_peer *peer;
	unsigned long ttl;

	*srtt_us = 0;
	ttl = READ_ONCE(npvn->sysctls.history_ttl) * (unsigned long)HZ;

	spin_lock_bh(&peers->lock);
	peer = peer_find(peers, addr);
	if (peer && time_after_eq(jiffies, peer->stamp + ttl)) {
		peer_free(peers, peer);
		peer = NULL;
	}
	if (peer) {
		verdict = peer->verdict;
		*srtt_us = peer->srtt_us;
		NPV_INC(net, HISTORY_HIT);
	}
	spin_unlock_bh(&peers->lock);

	return verdict;
}

/**
 * npv_peers_init() - make an empty table
 * @peers: the table
 */
void npv_peers_init(struct npv_peers *peers)
{
	spin_lock_init(&peers->lock);
	peers->seed = get_random_u32();
	INIT_LIST_HEAD(&peers->lru);
}

/**
 * npv_peers_exit() - empty a table that nobody uses any more
 * @peers: the table
 */
void npv_peers_exit(struct npv_peers *peers)
{
	struct npv_peer *peer, *next;

	list_for_each_entry_safe(peer, next, &peers->lru, lru)
		peer_free(peers, peer);
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/peer_test.c"
#endif
