// SPDX-License-Identifier: GPL-2.0
/*
 * Associations: what a datagram socket has with a peer that speaks NPV. The program's
 * socket stays one of UDP, and what it sends goes as that until a session is up that
 * carries it: a native session of its own for each peer, the carrier.
 * Documentation/protocol.rst, "Datagram sessions".
 *
 * Who is bound to a port by its program, and waits, is asked; others ask. A client's
 * carrier is a socket that nobody sees; a server's is what HELLO has made. Its ends
 * are known to a server when the client has shown that the UDP port is its own.
 *
 * Locks: npv_assocs.lock is a leaf but for npv_datagrams.lock; a carrier's session lock
 * is taken outside of it. No lock of the program's session is taken with a carrier's.
 */

#include <linux/slab.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>

#include "assoc.h"
#include "assoc_table.h"
#include "datagrams.h"
#include "native.h"
#include "netns.h"
#include "peer.h"
#include "session.h"
#include "stack.h"

/* Sessions of one socket */
#define ASSOCS_MAX		4096
/* Sessions that clients of one address may have with one socket */
#define SOURCE_MAX		256
/* A server waits for so many times as long as a client for one to be of no use */
#define SERVER_PATIENCE		4

static void assoc_work(struct work_struct *work);
static void expire_work(struct work_struct *work);

/**
 * npv_assoc_put() - drop a reference
 * @a: the association
 *
 * Context: any.
 */
void npv_assoc_put(struct npv_assoc *a)
{
	if (!refcount_dec_and_test(&a->refs))
		return;
	npv_session_put(a->carrier);
	npv_session_put(a->table->owner);
	kfree_rcu(a, rcu);
}

/**
 * npv_assoc_hold() - take a reference
 * @a: the association
 *
 * Context: RCU, npv_assocs.lock, or a reference.
 * Return: whether there was any left.
 */
bool npv_assoc_hold(struct npv_assoc *a)
{
	return refcount_inc_not_zero(&a->refs);
}

/**
 * npv_assoc_queue() - have an association's work run after a time
 * @a: the association
 * @delay: jiffies from now
 *
 * Context: any but hard interrupts, with a reference.
 */
void npv_assoc_queue(struct npv_assoc *a, unsigned long delay)
{
	refcount_inc(&a->refs);
	/* It is never cancelled: what was pending has a reference of its own. */
	if (mod_delayed_work(npv_native_wq, &a->work, delay))
		npv_assoc_put(a);
}

/**
 * npv_assoc_of() - the association that a session carries for
 * @carrier: the session; any
 *
 * Context: any but hard interrupts.
 * Return: it, with a reference for npv_assoc_put(); NULL if there is none.
 */
struct npv_assoc *npv_assoc_of(struct npv_sock *carrier)
{
	struct npv_assoc *a;

	rcu_read_lock();
	a = rcu_dereference(carrier->assoc);
	if (a && !npv_assoc_hold(a))
		a = NULL;
	rcu_read_unlock();

	return a;
}

/**
 * npv_assoc_bucket() - where an association with a peer is
 * @t: the table
 * @addr: the peer's address, IPv4 as ::ffff:a.b.c.d
 * @port: its port, network byte order
 *
 * Return: a list in npv_assocs.hash.
 */
struct hlist_head *npv_assoc_bucket(struct npv_assocs *t, const struct in6_addr *addr,
				    __be16 port)
{
	u32 hash = (__force u32)addr->s6_addr32[3] ^ (__force u32)port;

	return &t->hash[(hash ^ hash >> 8 ^ hash >> 24) % NPV_ASSOC_HASH];
}

/**
 * npv_assoc_find() - the association with a peer
 * @t: the table of a datagram socket
 * @addr: the peer's address, IPv4 as ::ffff:a.b.c.d
 * @port: its port, network byte order
 *
 * Context: RCU, or npv_assocs.lock.
 * Return: it, without a reference; NULL if there is none.
 */
struct npv_assoc *npv_assoc_find(struct npv_assocs *t, const struct in6_addr *addr,
				 __be16 port)
{
	struct npv_assoc *a;

	hlist_for_each_entry_rcu(a, npv_assoc_bucket(t, addr, port), node,
				 lockdep_is_held(&t->lock))
		if (a->source.remote_port == port &&
		    ipv6_addr_equal(&a->source.remote, addr))
			return a;
	return NULL;
}

/**
 * npv_assoc_table() - the table of a datagram socket, made where there is none
 * @nsk: its session
 * @sock: the program's socket
 *
 * Context: process, may sleep.
 * Return: the table, which stays as long as the session; NULL without memory.
 */
struct npv_assocs *npv_assoc_table(struct npv_sock *nsk, struct socket *sock)
{
	/* Pairs with the release below. */
	struct npv_assocs *t = smp_load_acquire(&nsk->assocs), *other;
	unsigned int i;

	if (t)
		return t;
	t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);
	if (!t)
		return NULL;
	t->owner = nsk;
	t->to = sock->sk;
	spin_lock_init(&t->lock);
	INIT_LIST_HEAD(&t->all);
	for (i = 0; i < NPV_ASSOC_HASH; i++)
		INIT_HLIST_HEAD(&t->hash[i]);
	INIT_DELAYED_WORK(&t->expire, expire_work);
	/* Pairs with the loads: who sees it sees what is in it. */
	other = cmpxchg_release(&nsk->assocs, NULL, t);
	if (!other)
		return t;
	kfree(t);
	return other;
}

/**
 * npv_assoc_alloc() - make an association
 * @t: the table that it is for
 * @carrier: the native session, of which it takes a reference
 * @sock: the socket of that, if this side begins it, else NULL
 *
 * Context: process, may sleep.
 * Return: it, with one reference, that of the table; NULL without memory.
 */
struct npv_assoc *npv_assoc_alloc(struct npv_assocs *t, struct npv_sock *carrier,
				  struct socket *sock)
{
	struct npv_assoc *a = kzalloc(sizeof(*a), GFP_KERNEL_ACCOUNT);

	if (!a)
		return NULL;
	refcount_set(&a->refs, 1);
	a->table = t;
	sock_hold(&t->owner->sk);
	a->carrier = carrier;
	sock_hold(&carrier->sk);
	a->sock = sock;
	a->starting = sock;
	a->used = jiffies;
	INIT_DELAYED_WORK(&a->work, assoc_work);
	return a;
}

/* Sessions that clients of one address have begun. npv_assocs.lock. */
static unsigned int carried_for(const struct npv_assocs *t, const struct in6_addr *remote)
{
	const struct npv_assoc *a;
	unsigned int n = 0;

	list_for_each_entry(a, &t->all, all)
		if (!a->sock && ipv6_addr_equal(&a->carrier->native->remote, remote))
			n++;
	return n;
}

/**
 * npv_assoc_link() - put an association into its table
 * @a: the association
 *
 * Context: any but hard interrupts.
 * Return: whether there was place, and the socket is to stay.
 */
bool npv_assoc_link(struct npv_assoc *a)
{
	struct npv_assocs *t = a->table;
	bool ok;

	spin_lock_bh(&t->lock);
	ok = !t->closed && t->n < ASSOCS_MAX;
	/* Those that ask are known by whom they ask, others by where they are. */
	if (!a->sock)
		ok &= carried_for(t, &a->carrier->native->remote) < SOURCE_MAX;
	else
		ok &= t->asked < NPV_ASSOC_ASKED && !npv_assoc_find(t, &a->source.remote,
						    a->source.remote_port);
	if (ok) {
		t->n++;
		t->asked += !!a->sock;
		list_add_tail(&a->all, &t->all);
		if (a->sock) {
			a->hashed = true;
			hlist_add_head_rcu(&a->node,
					   npv_assoc_bucket(t, &a->source.remote,
							    a->source.remote_port));
		}
	}
	spin_unlock_bh(&t->lock);

	return ok;
}

/**
 * npv_assoc_unlink() - take an association out of its table
 * @a: the association
 *
 * Context: any but hard interrupts, with a reference.
 * Return: whether it was there. Then npv_assoc_end() is the caller's to do.
 */
bool npv_assoc_unlink(struct npv_assoc *a)
{
	struct npv_assocs *t = a->table;
	bool was;

	spin_lock_bh(&t->lock);
	was = a->state != ASSOC_ENDED;
	if (was) {
		WRITE_ONCE(a->state, ASSOC_ENDED);
		list_del(&a->all);
		t->n--;
		t->asked -= !!a->sock;
		if (a->hashed)
			hlist_del_rcu(&a->node);
		/* From here on the socket may go: close() looks at the list only. */
		if (a->carrier->native)
			npv_datagrams_end(a->carrier->native->datagrams);
		if (test_and_clear_bit(NPV_SF_FULL, &t->owner->flags))
			t->to->sk_write_space(t->to);
	}
	spin_unlock_bh(&t->lock);

	return was;
}

/**
 * npv_assoc_end() - end an association, and its carrier with it
 * @a: one that npv_assoc_unlink() took out
 *
 * What was sent on it still arrives. The table's reference is dropped.
 *
 * Context: process, no lock held, may sleep; not of the NPV port's work.
 */
void npv_assoc_end(struct npv_assoc *a)
{
	struct npv_sock *carrier = a->carrier;

	if (xchg(&a->over, true))
		return;
	rcu_assign_pointer(carrier->assoc, NULL);
	if (a->sock)
		sock_release(a->sock);
	else
		npv_native_orphan(carrier->native, false);
	npv_assoc_put(a);
}

/**
 * npv_assoc_connected() - whether the socket is connected with this peer
 * @a: the association
 *
 * Context: any.
 * Return: whether it is: then the session stays, used or not.
 */
bool npv_assoc_connected(const struct npv_assoc *a)
{
	const struct sock *to = a->table->to;
	struct in6_addr addr;
	__be16 port;

	if (inet_sk_state_load(to) != TCP_ESTABLISHED)
		return false;
	addr = npv_stack_remote(to, &port);
	return port == a->source.remote_port &&
	       ipv6_addr_equal(&addr, &a->source.remote);
}

/* What a carrier is now, with its session lock taken for the look */
enum carrier {
	CARRIER_WAITS,
	CARRIER_UP,
	CARRIER_ENDED,
	CARRIER_REFUSED,
};

static enum carrier carrier_look(struct npv_assoc *a)
{
	struct npv_sock *carrier = a->carrier;
	enum carrier ret = CARRIER_WAITS;
	struct npv_native *nat;

	lock_sock(&carrier->sk);
	nat = carrier->native;
	if (nat && (test_bit(NPV_NF_DEAD, &nat->flags) || nat->recvq.nxt > nat->recvq.fin))
		ret = CARRIER_ENDED;
	else if (nat && test_bit(NPV_NF_WELCOMED, &nat->flags))
		ret = CARRIER_UP;
	else if (!nat && !carrier->race)
		ret = CARRIER_REFUSED;
	release_sock(&carrier->sk);

	return ret;
}

static void assoc_refused(struct npv_assoc *a)
{
	struct net *net = sock_net(&a->carrier->sk);

	NPV_INC(net, ASSOC_REFUSED);
	switch (READ_ONCE(a->carrier->err)) {
	case ECONNREFUSED:
	case ETIMEDOUT:
		npv_peer_note_datagrams(net, &a->source.remote,
					a->source.remote_port);
		break;
	}
	npv_assoc_quiet(a->table->owner);
	if (npv_assoc_unlink(a))
		npv_assoc_end(a);
}

static void assoc_look(struct npv_assoc *a)
{
	bool asking;

	if (READ_ONCE(a->state) == ASSOC_STARTING)
		return;
	switch (carrier_look(a)) {
	case CARRIER_WAITS:
		return;
	case CARRIER_REFUSED:
		assoc_refused(a);
		return;
	case CARRIER_ENDED:
		if (READ_ONCE(a->state) != ASSOC_UP)
			npv_assoc_quiet(a->table->owner);
		if (npv_assoc_unlink(a))
			npv_assoc_end(a);
		return;
	case CARRIER_UP:
		break;
	}
	if (!a->sock) {
		/* It has had its time to say where it speaks from. */
		if (READ_ONCE(a->state) == ASSOC_PROVING && npv_assoc_unlink(a))
			npv_assoc_end(a);
		return;
	}
	spin_lock_bh(&a->table->lock);
	asking = a->state == ASSOC_ASKING;
	if (asking) {
		/* The server may speak before we know that it knows. */
		npv_assoc_ends(a);
		WRITE_ONCE(a->state, ASSOC_PROVING);
	}
	spin_unlock_bh(&a->table->lock);
	if (READ_ONCE(a->state) == ASSOC_PROVING)
		npv_assoc_prove(a, a->carrier->native);
}

static void assoc_work(struct work_struct *work)
{
	struct npv_assoc *a = container_of(to_delayed_work(work), struct npv_assoc, work);

	/* Who begins queues it again. Another thread's setsockopt() may have ended it. */
	if (smp_load_acquire(&a->starting))
		goto out;
	/* The one that another has taken the place of still has to end. */
	if (READ_ONCE(a->state) != ASSOC_ENDED)
		assoc_look(a);
	else
		npv_assoc_end(a);
out:
	npv_assoc_put(a);
}

/* Whether an association is of no use any more */
static bool unused(const struct npv_assoc *a, unsigned long idle)
{
	const struct npv_native *nat = a->carrier->native;
	const struct npv_datagrams *m = nat->datagrams;

	/* It is for the client to begin anew. */
	if (!a->sock && !READ_ONCE(nat->n_stacks))
		return true;
	return time_after_eq(jiffies, READ_ONCE(a->used) + idle) &&
	       time_after_eq(jiffies, READ_ONCE(m->came) + idle) &&
	       !npv_assoc_connected(a);
}

/* One that is of no use any more, with a reference, or NULL; *@left: others stay */
static struct npv_assoc *unused_get(struct npv_assocs *t, bool *left)
{
	const struct npv_net *npvn = npv_pernet(sock_net(t->to));
	unsigned long idle = READ_ONCE(npvn->sysctls.datagram_idle) * (unsigned long)HZ;
	struct npv_assoc *a, *found = NULL;

	*left = false;
	spin_lock_bh(&t->lock);
	list_for_each_entry(a, &t->all, all) {
		if (a->state != ASSOC_UP)
			continue;
		if (!found && unused(a, a->sock ? idle : SERVER_PATIENCE * idle) &&
		    npv_assoc_hold(a))
			found = a;
		else
			*left |= !npv_assoc_connected(a);
	}
	spin_unlock_bh(&t->lock);

	return found;
}

static void expire_work(struct work_struct *work)
{
	struct npv_assocs *t = container_of(to_delayed_work(work), struct npv_assocs,
					    expire);
	struct npv_assoc *a;
	bool left;

	while ((a = unused_get(t, &left))) {
		if (npv_assoc_unlink(a))
			npv_assoc_end(a);
		npv_assoc_put(a);
	}
	if (left && !READ_ONCE(t->closed))
		queue_delayed_work(npv_native_wq, &t->expire, NPV_ASSOC_EXPIRE);
}

/**
 * npv_assoc_reset() - end all sessions that carry for a datagram socket
 * @nsk: the session of any socket
 *
 * Context: process, no lock held, may sleep.
 */
void npv_assoc_reset(struct npv_sock *nsk)
{
	/* Pairs with npv_assoc_table(). */
	struct npv_assocs *t = smp_load_acquire(&nsk->assocs);
	struct npv_assoc *a;

	if (!t)
		return;
	for (;;) {
		spin_lock_bh(&t->lock);
		a = list_first_entry_or_null(&t->all, struct npv_assoc, all);
		if (a)
			npv_assoc_hold(a);
		spin_unlock_bh(&t->lock);
		if (!a)
			break;
		if (npv_assoc_unlink(a))
			/* Its work ends it, unless it is about to use the socket. */
			npv_assoc_queue(a, 0);
		flush_delayed_work(&a->work);
		npv_assoc_put(a);
	}
}

/**
 * npv_assoc_close() - a datagram socket is about to go
 * @nsk: its session
 *
 * Context: process, no lock held, may sleep; nobody sends on it any more.
 */
void npv_assoc_close(struct npv_sock *nsk)
{
	struct npv_assocs *t = nsk->assocs;

	if (!t)
		return;
	spin_lock_bh(&t->lock);
	t->closed = true;
	spin_unlock_bh(&t->lock);
	npv_assoc_reset(nsk);
	cancel_delayed_work_sync(&t->expire);
	npv_assoc_unprove(t);
}

/**
 * npv_assoc_kick() - something has become of a carrier
 * @carrier: its session
 *
 * Context: any but hard interrupts.
 */
void npv_assoc_kick(struct npv_sock *carrier)
{
	struct npv_assoc *a = npv_assoc_of(carrier);

	if (!a)
		return;
	npv_assoc_queue(a, 0);
	npv_assoc_put(a);
}
