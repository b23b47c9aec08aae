/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_PEER_H
#define _NPV_PEER_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/spinlock.h>

#include "../uapi/linux/npv_netlink.h"

#define NPV_PEER_HASH_BITS	8
/* Entries of a table that were learnt, and that an administrator has set */
#define NPV_PEER_MAX		4096
#define NPV_PEER_PINNED_MAX	1024

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
 * struct npv_peers - a table of peers
 * @lock: protects the rest; a leaf, taken with bottom halves off
 * @hash: struct npv_peer by address and port
 * @lru: those that were learnt, least recently noted first
 * @pinned: those that were set, which stay until they are deleted
 * @seed: of the hash, so that nobody can choose addresses that share a bucket
 * @count: number of those in @lru, at most NPV_PEER_MAX
 * @n_pinned: number of those in @pinned, at most NPV_PEER_PINNED_MAX
 *
 * A namespace has two: how connects to addresses went (npv_net.peers, without
 * ports), and what speaks at services (npv_net.kinds; port 0 are all of an
 * address, set only).
 */
struct npv_peers {
	spinlock_t lock;	/* protects all the rest */
	struct hlist_head hash[1 << NPV_PEER_HASH_BITS];
	struct list_head lru;
	struct list_head pinned;
	u32 seed;
	unsigned int count;
	unsigned int n_pinned;
};

void npv_peers_init(struct npv_peers *peers);
void npv_peers_exit(struct npv_peers *peers);
void npv_peer_note(struct net *net, const struct in6_addr *addr,
		   enum npv_peer_verdict verdict, u32 srtt_us);
enum npv_peer_verdict npv_peer_lookup(struct net *net,
				      const struct in6_addr *addr,
				      u32 *srtt_us);
void npv_peer_note_kind(struct net *net, const struct in6_addr *addr,
			__be16 port, enum npv_kind kind,
			enum npv_reason reason);
enum npv_kind npv_peer_kind(struct net *net, const struct in6_addr *addr,
			    __be16 port, u32 *srtt_us);
int npv_peer_pin(struct net *net, const struct in6_addr *addr, __be16 port,
		 enum npv_kind kind);

#endif /* _NPV_PEER_H */
