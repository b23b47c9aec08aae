/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of associations know of them, and nobody else. */
#ifndef _NPV_ASSOC_TABLE_H
#define _NPV_ASSOC_TABLE_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/workqueue.h>

#include "datagrams.h"
#include "session.h"

struct socket;

#define NPV_ASSOC_HASH		64
/* Sessions that one socket begins */
#define NPV_ASSOC_ASKED		64
/* A connected peer that is known not to speak NPV is not looked up again for so long */
#define NPV_ASSOC_QUIET		(5 * HZ)
/* A session that has no ends after this never gets them */
#define NPV_ASSOC_SOURCE	(5 * HZ)
/* How often it is looked whether a session is of use */
#define NPV_ASSOC_EXPIRE	(5 * HZ)

/* enum npv_assoc_state - how far an association has got. npv_assocs.lock, or READ_ONCE(). */
enum npv_assoc_state {
	ASSOC_STARTING,	/* its socket is being connected, not for others to touch */
	ASSOC_ASKING,	/* whether the peer speaks NPV */
	ASSOC_PROVING,	/* the session is up, the server does not know its ends */
	ASSOC_UP,	/* messages go over it */
	ASSOC_ENDED,
};

/**
 * struct npv_assoc - a datagram socket and one peer
 * @node: in npv_assocs.hash, a server's once its ends are known; npv_assocs.lock, RCU
 * @all: in npv_assocs.all
 * @rcu: frees it
 * @refs: who holds it: the table, its work, who looks
 * @table: of the socket, whose session is referenced
 * @carrier: the native session; referenced
 * @sock: a client's: its socket
 * @state: enum npv_assoc_state
 * @hashed: it is in npv_assocs.hash
 * @over: npv_assoc_end() was there
 * @starting: npv_assoc_begin() has its socket, whatever becomes of it meanwhile
 * @source: the two ends
 * @used: when a message was sent last, jiffies
 * @tries: proofs that were sent
 * @work: does what has to be done without a lock held
 */
struct npv_assoc {
	struct hlist_node node;
	struct list_head all;
	struct rcu_head rcu;
	refcount_t refs;
	struct npv_assocs *table;
	struct npv_sock *carrier;
	struct socket *sock;
	u8 state;
	bool hashed;
	bool over;
	bool starting;
	struct npv_source source;
	unsigned long used;
	unsigned int tries;
	struct delayed_work work;
};

/**
 * struct npv_assocs - the associations of a datagram socket
 * @owner: its session, which this belongs to
 * @to: its UDP sock
 * @lock: protects what is below
 * @closed: the program's socket is about to go
 * @n: number of associations
 * @asked: number of those that this side has begun
 * @all: struct npv_assoc
 * @hash: those whose peer is known, by that
 * @expire: ends those that are not used any more
 */
struct npv_assocs {
	struct npv_sock *owner;
	struct sock *to;
	spinlock_t lock;	/* protects all the rest */
	bool closed;
	unsigned int n;
	unsigned int asked;
	struct list_head all;
	struct hlist_head hash[NPV_ASSOC_HASH];
	struct delayed_work expire;
};

bool npv_assoc_wanted(const struct npv_sock *nsk);
struct npv_assocs *npv_assoc_table(struct npv_sock *nsk, struct socket *sock);
struct npv_assoc *npv_assoc_alloc(struct npv_assocs *t, struct npv_sock *carrier,
				  struct socket *sock);
bool npv_assoc_hold(struct npv_assoc *a);
void npv_assoc_put(struct npv_assoc *a);
struct npv_assoc *npv_assoc_of(struct npv_sock *carrier);
struct npv_assoc *npv_assoc_find(struct npv_assocs *t, const struct in6_addr *addr,
				 __be16 port);
struct hlist_head *npv_assoc_bucket(struct npv_assocs *t, const struct in6_addr *addr,
				    __be16 port);
bool npv_assoc_link(struct npv_assoc *a);
bool npv_assoc_unlink(struct npv_assoc *a);
void npv_assoc_end(struct npv_assoc *a);
void npv_assoc_queue(struct npv_assoc *a, unsigned long delay);
bool npv_assoc_connected(const struct npv_assoc *a);

/* For a moment no peer is asked. */
static inline void npv_assoc_quiet(struct npv_sock *nsk)
{
	WRITE_ONCE(nsk->quiet_until, (jiffies + NPV_ASSOC_QUIET) | 1);
}

/* assoc_source.c */
void npv_assoc_ends(struct npv_assoc *a);
bool npv_assoc_up(struct npv_assoc *a, const struct npv_source *source);
void npv_assoc_prove(struct npv_assoc *a, struct npv_native *nat);
void npv_assoc_unprove(struct npv_assocs *t);

#endif /* _NPV_ASSOC_TABLE_H */
