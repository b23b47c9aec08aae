/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_PEER_H
#define _NPV_PEER_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/spinlock.h>

#define NPV_PEER_HASH_BITS	8
#define NPV_PEER_MAX		4096

struct net;
struct npv_peer;

/**
 * enum npv_peer_verdict - how the last connect to an address went
 * @NPV_PEER_UNKNOWN: nothing is remembered
 * @NPV_PEER_GOOD: it answered
 * @NPV_PEER_BAD: it was silent, or could not be reached
 */
enum npv_peer_verdict {
	NPV_PEER_UNKNOWN,
	NPV_PEER_GOOD,
	NPV_PEER_BAD,
};

/**
 * struct npv_peers - addresses that were tried in a namespace, and outcomes
 * @lock: protects the rest; a leaf, taken with bottom halves off
 * @hash: struct npv_peer by address
 * @lru: the same, least recently noted first
 * @seed: of the hash, so that nobody can choose addresses that share a bucket
 * @count: number of them, at most NPV_PEER_MAX
 */
struct npv_peers {
	spinlock_t lock;	/* protects all the rest */
	struct hlist_head hash[1 << NPV_PEER_HASH_BITS];
	struct list_head lru;
	u32 seed;
	unsigned int count;
};

void npv_peers_init(struct npv_peers *peers);
void npv_peers_exit(struct npv_peers *peers);
void npv_peer_note(struct net *net, const struct in6_addr *addr,
		   enum npv_peer_verdict verdict, u32 srtt_us);
enum npv_peer_verdict npv_peer_lookup(struct net *net,
				      const struct in6_addr *addr,
				      u32 *srtt_us);

#endif /* _NPV_PEER_H */
