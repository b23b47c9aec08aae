/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_PEER_H
#define _NPV_PEER_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/spinlock.h>

#include "../uapi/linux/npv_netlink.h"

/* Buckets of an empty table, and what one grows to, in bits */
#define NPV_PEER_HASH_MIN	6
#define NPV_PEER_HASH_MAX	15

struct net;
struct npv_peer;

/**
 * struct npv_peers - a table of peers
 * @lock: protects the rest; a leaf, taken with bottom halves off
 * @hash: struct npv_peer by address and port; grows with their number
 * @bits: log2 of its number of buckets
 * @lru: those that were learnt, least recently noted first
 * @pinned: those that were set, which stay until they are deleted
 * @seed: of the hash, so that nobody can choose addresses that share a bucket
 * @count: number of those in @lru, at most net.npv.peers_max
 * @n_pinned: number of those in @pinned, likewise
 * @generation: changes when an entry comes or goes, for dumps. READ_ONCE().
 *
 * A namespace has three: how connects to addresses went (npv_net.peers, without
 * ports), what speaks at services (npv_net.kinds; port 0 are all of an
 * address, set only), and services of UDP that no session can be had with
 * (npv_net.datagrams).
 */
struct npv_peers {
	spinlock_t lock;	/* protects all the rest */
	struct hlist_head *hash;
	u8 bits;
	struct list_head lru;
	struct list_head pinned;
	u32 seed;
	unsigned int count;
	unsigned int n_pinned;
	unsigned int generation;
};

/**
 * struct npv_peer_known - what is remembered of how stacks to an address did
 * @srtt_us: smoothed round-trip time, microseconds; 0 unknown
 * @rttvar_us: its variation; 0 unknown
 * @rate: bytes a second that the peer has had; 0 unknown
 * @loss_ppm: of a million packets so many were lost
 */
struct npv_peer_known {
	u32 srtt_us;
	u32 rttvar_us;
	u64 rate;
	u32 loss_ppm;
};

/**
 * struct npv_peer_info - what is known, as it is told to administrators
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @port: port of the service, network byte order; 0: all services, or none
 * @pinned: it was set by an administrator
 * @verdict: how the last connect to the address went; NPV_PEER_UNKNOWN where
 *	this is about a service
 * @kind: what speaks at the service; NPV_KIND_OPEN where this is about an
 *	address
 * @reason: how that is known
 * @known: how stacks to the address did
 * @age_ms: milliseconds since then
 * @left_ms: milliseconds until it is forgotten
 */
struct npv_peer_info {
	struct in6_addr addr;
	__be16 port;
	bool pinned;
	enum npv_peer_verdict verdict;
	enum npv_kind kind;
	enum npv_reason reason;
	struct npv_peer_known known;
	u64 age_ms;
	u64 left_ms;
};

/**
 * struct npv_peer_pos - how far npv_peer_walk() has come; starts zeroed
 * @table: 0: kinds, 1: history, 2: the end
 * @bucket: in that table
 * @skip: entries of that bucket already told
 */
struct npv_peer_pos {
	unsigned int table;
	unsigned int bucket;
	unsigned int skip;
};

int npv_peers_init(struct npv_peers *peers);
void npv_peers_exit(struct npv_peers *peers);
void npv_peer_note(struct net *net, const struct in6_addr *addr,
		   enum npv_peer_verdict verdict, u32 srtt_us);
void npv_peer_note_metrics(struct net *net, const struct in6_addr *addr,
			   const struct npv_peer_known *now, bool learn, bool works);
enum npv_peer_verdict npv_peer_known(struct net *net, const struct in6_addr *addr,
				     struct npv_peer_known *known);
enum npv_peer_verdict npv_peer_lookup(struct net *net,
				      const struct in6_addr *addr,
				      struct npv_peer_known *known);
void npv_peer_note_kind(struct net *net, const struct in6_addr *addr,
			__be16 port, enum npv_kind kind,
			enum npv_reason reason);
void npv_peer_doubt(struct net *net, const struct in6_addr *addr, __be16 port,
		    enum npv_reason reason);
enum npv_kind npv_peer_kind(struct net *net, const struct in6_addr *addr,
			    __be16 port, u32 *srtt_us);
void npv_peer_note_datagrams(struct net *net, const struct in6_addr *addr,
			     __be16 port);
bool npv_peer_datagrams_plain(struct net *net, const struct in6_addr *addr,
			      __be16 port);
int npv_peer_pin(struct net *net, const struct in6_addr *addr, __be16 port,
		 enum npv_kind kind);
bool npv_peer_forget(struct net *net, const struct in6_addr *addr, __be16 port);
void npv_peer_flush(struct net *net, bool pinned);
unsigned int npv_peer_generation(struct net *net);
int npv_peer_walk(struct net *net, struct npv_peer_pos *pos,
		  int (*tell)(const struct npv_peer_info *info, void *data),
		  void *data);

#endif /* _NPV_PEER_H */
