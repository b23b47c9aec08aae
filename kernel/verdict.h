/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_VERDICT_H
#define _NPV_VERDICT_H

#include <linux/in6.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/types.h>

struct net;
struct npv_candidate;
struct npv_decision;
struct npv_rule;
struct npv_subject;
struct npv_ways;

/* Verdicts that a namespace remembers, in bits */
#define NPV_VERDICT_BITS	7

/**
 * struct npv_verdict_key - all that rules and routes look at of a session whose program
 *	has stated nothing; without holes
 * @dest: address of the peer, IPv4 as ::ffff:a.b.c.d
 * @port: of the service
 * @type: SOCK_*
 * @uid: of its user, in the kernel's numbers
 * @cgroup: id of its control group; 0: none
 * @comm: name of its program, all of the array
 * @gid: of its group
 * @mark: SO_MARK
 */
struct npv_verdict_key {
	struct in6_addr dest;
	u16 port;
	u16 type;
	u32 uid;
	u64 cgroup;
	char comm[TASK_COMM_LEN];
	u32 gid;
	u32 mark;
};

/**
 * struct npv_verdict_stamp - what the ways to a peer depend on beside the policy
 * @endpoints: generation of the endpoints
 * @routes: changes of routes that were seen
 * @route4: generation of IPv4's routes, and rules
 * @route6: of IPv6's
 * @udp: UDP is preferred
 */
struct npv_verdict_stamp {
	u32 endpoints;
	int routes;
	int route4;
	int route6;
	bool udp;
};

/**
 * struct npv_verdict - what policy has said of a connect(): that holds for all like it
 * @rcu: frees it
 * @ref: of sessions, and of the table
 * @generation: of the policy
 * @key: of whom
 * @decision: what was decided, held; NULL: nothing
 * @rule: what has decided, held, to count those who come later; NULL: none has
 * @serial: its serial number
 * @ways: from where to go there, in the order to try it; NULL: not known. RCU, written
 *	by xchg().
 */
struct npv_verdict {
	struct rcu_head rcu;
	refcount_t ref;
	u32 generation;
	struct npv_verdict_key key;
	struct npv_decision *decision;
	struct npv_rule *rule;
	u64 serial;
	struct npv_ways __rcu *ways;
};

/**
 * struct npv_verdicts - those of a namespace
 * @seed: of the hash
 * @slot: by hash, the one that was asked for last. RCU, written by xchg().
 */
struct npv_verdicts {
	u32 seed;
	struct npv_verdict __rcu *slot[1 << NPV_VERDICT_BITS];
};

void npv_verdict_key(struct npv_verdict_key *key, const struct npv_subject *sub, u32 mark);
struct npv_verdict *npv_verdict_find(struct net *net, const struct npv_verdict_key *key,
				     u32 generation);
struct npv_verdict *npv_verdict_keep(struct net *net, const struct npv_verdict_key *key,
				     u32 generation, struct npv_decision *decision,
				     struct npv_rule *rule);
void npv_verdict_put(struct npv_verdict *v);

bool npv_verdict_stamp(struct net *net, bool udp, struct npv_verdict_stamp *stamp);
unsigned int npv_verdict_ways(const struct npv_verdict *v,
			      const struct npv_verdict_stamp *stamp,
			      struct npv_candidate *cand, unsigned int room);
void npv_verdict_note_ways(struct npv_verdict *v, const struct npv_verdict_stamp *stamp,
			   const struct npv_candidate *cand, unsigned int n);
void npv_verdict_note_worked(struct npv_verdict *v, const struct in6_addr *local,
			     int ifindex);
bool npv_verdict_proven(const struct npv_verdict *v);

void npv_verdicts_init(struct net *net);
void npv_verdicts_exit(struct net *net);

#endif /* _NPV_VERDICT_H */
