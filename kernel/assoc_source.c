// SPDX-License-Identifier: GPL-2.0
/*
 * The ends of a datagram session. A server has to know from which port of UDP what
 * comes by a session would have come: there may be others on the client's host, whose
 * answers nobody is to have sent elsewhere. So the client's own socket sends a proof
 * to the NPV port. Where UDP doesn't get through, the server makes up a port.
 */

#include <crypto/algapi.h>
#include <linux/errqueue.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/skbuff.h>
#include <linux/udp.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>

#include "assoc.h"
#include "assoc_table.h"
#include "datagrams.h"
#include "frame.h"
#include "handshake.h"
#include "ksock.h"
#include "native.h"
#include "netns.h"
#include "offer.h"
#include "port.h"
#include "session.h"
#include "stacks.h"
#include "subflow.h"

/* The proof of a client's port is sent so often, and the first time anew after this */
#define PROOFS_MAX		4
#define PROOF_AGAIN		(HZ / 5)
/* Ports that a server gives to clients whose UDP doesn't reach it, RFC 6335 */
#define PORT_FIRST		49152
#define PORT_COUNT		16384

#define PROOF_LEN		(NPV_FRAME_HDR + 8 + NPV_MAC_LEN)

/**
 * npv_assoc_up() - the ends of a session are known
 * @a: the association
 * @source: the two ends
 *
 * From now on what comes is delivered, and what the program sends goes this way.
 *
 * Context: process or softirq, no lock held.
 * Return: whether it wasn't up, and now is.
 */
bool npv_assoc_up(struct npv_assoc *a, const struct npv_source *source)
{
	struct npv_native *nat = a->carrier->native;
	struct npv_assocs *t = a->table;
	struct net *net = sock_net(&a->carrier->sk);
	struct npv_assoc *old = NULL;
	bool ok;

	spin_lock_bh(&t->lock);
	ok = a->state == ASSOC_PROVING && !t->closed;
	if (ok && !a->hashed) {
		/* The client has begun anew, and forgotten the one before. */
		old = npv_assoc_find(t, &source->remote, source->remote_port);
		if (old) {
			hlist_del_rcu(&old->node);
			old->hashed = false;
			npv_assoc_hold(old);
		}
	}
	if (ok) {
		a->source = *source;
		npv_datagrams_begin(nat->datagrams, t->to, source);
		/* Pairs with npv_assoc_sendmsg(). */
		smp_store_release(&a->state, ASSOC_UP);
		if (!a->hashed) {
			a->hashed = true;
			hlist_add_head_rcu(&a->node,
					   npv_assoc_bucket(t, &source->remote,
							    source->remote_port));
		}
		/* Not later: who closes the table waits for what is queued by then. */
		queue_delayed_work(npv_native_wq, &t->expire, NPV_ASSOC_EXPIRE);
	}
	spin_unlock_bh(&t->lock);

	if (old) {
		if (npv_assoc_unlink(old))
			npv_assoc_queue(old, 0);
		npv_assoc_put(old);
	}
	if (!ok)
		return false;
	NPV_INC(net, ASSOC_UP);
	WRITE_ONCE(t->owner->kind, NPV_KIND_NATIVE);
	WRITE_ONCE(t->owner->reason, NPV_REASON_HELLO);
	npv_native_kick(nat);
	return true;
}

/* MAC of a SOURCE_PROOF. Return: 0, or the -errno of the crypto layer. */
static int proof_mac(const struct npv_native *nat, u8 *mac)
{
	static const u8 zeros[NPV_NONCE_LEN];
	struct npv_join_params params = { .nonce = { zeros, zeros } };

	return npv_handshake_mac(nat, NPV_MAC_SOURCE, &params, mac);
}

/**
 * npv_assoc_proof() - SOURCE_PROOF has come to the NPV port
 * @port: the port
 * @dgram: whence: from there the session's datagrams are to come
 * @f: the frame
 *
 * Context: the port's work.
 * Return: whether it is about a session that is there.
 */
bool npv_assoc_proof(struct npv_port *port, const struct npv_dgram *dgram,
		     const struct npv_frame *f)
{
	struct npv_native *nat = npv_native_get(port->net, f->proof.id);
	struct npv_source source = {
		.remote		= dgram->remote,
		.remote_port	= dgram->port,
	};
	struct npv_assoc *a;
	u8 mac[NPV_MAC_LEN];

	if (!nat)
		return false;
	a = test_bit(NPV_NF_SERVER, &nat->flags) ? npv_assoc_of(nat->nsk) : NULL;
	if (!a) {
		npv_session_put(nat->nsk);
		return false;
	}
	if (npv_offer_pass(port, &dgram->remote)) {
		/* Anybody can write another's address, but nobody connect from it. */
		if (!ipv6_addr_equal(&dgram->remote, &nat->remote) || proof_mac(nat, mac) ||
		    crypto_memneq(mac, f->proof.mac, sizeof(mac))) {
			NPV_INC(port->net, SOURCE_PROOF_FAILED);
		} else {
			source.local = nat->local;
			source.local_port = nat->local_port;
			if (npv_assoc_up(a, &source)) {
				set_bit(NPV_NF_SOURCE, &nat->flags);
				npv_native_kick(nat);
			}
		}
	}
	npv_assoc_put(a);
	npv_session_put(nat->nsk);
	return true;
}

/* A port for a client whose own isn't known, 0 if there is none */
static __be16 port_choose(struct npv_assocs *t, const struct in6_addr *remote)
{
	unsigned int i;
	__be16 port;
	bool taken;

	for (i = 0; i < 16; i++) {
		port = htons(PORT_FIRST + get_random_u32_below(PORT_COUNT));
		rcu_read_lock();
		taken = npv_assoc_find(t, remote, port);
		rcu_read_unlock();
		if (!taken)
			return port;
	}
	return 0;
}

/**
 * npv_assoc_source() - SOURCE has come on a session
 * @nat: the session
 * @f: the frame
 *
 * A client asks with it for a port, as UDP doesn't get through; a server tells that it
 * knows the ends.
 *
 * Context: process, session lock held, perhaps a stack's.
 */
void npv_assoc_source(struct npv_native *nat, const struct npv_frame *f)
{
	struct npv_source source;
	struct npv_assoc *a = npv_assoc_of(nat->nsk);

	if (!a)
		return;
	if (!test_bit(NPV_NF_SERVER, &nat->flags)) {
		WRITE_ONCE(nat->datagrams->source_known, true);
		npv_assoc_queue(a, 0);
	} else {
		source.remote = nat->remote;
		source.remote_port = port_choose(a->table, &nat->remote);
		source.local = nat->local;
		source.local_port = nat->local_port;
		if (source.remote_port)
			npv_assoc_up(a, &source);
		/* Also where the proof has come after all */
		if (READ_ONCE(a->state) == ASSOC_UP)
			set_bit(NPV_NF_SOURCE, &nat->flags);
		npv_native_kick(nat);
	}
	npv_assoc_put(a);
}

/* A stack that a control frame can go by now, or NULL */
static struct npv_subflow *tell_stack(const struct npv_native *nat)
{
	unsigned int i;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX)
		if (npv_stacks_usable(nat->slot[i]) &&
		    !nat->slot[i]->ops->busy(nat->slot[i]))
			return nat->slot[i];
	return NULL;
}

/**
 * npv_assoc_tell() - send SOURCE
 * @nat: a datagram session of which NPV_NF_SOURCE is set
 *
 * Context: process, session lock held, no stack's.
 */
void npv_assoc_tell(struct npv_native *nat)
{
	struct npv_frame f = { .type = NPV_FRAME_SOURCE };
	struct npv_subflow *sub = tell_stack(nat);
	const struct npv_source *source = &nat->datagrams->source;

	if (test_bit(NPV_NF_SERVER, &nat->flags)) {
		memcpy(f.source.addr, &source->remote, sizeof(f.source.addr));
		f.source.port = ntohs(source->remote_port);
	}
	if (sub && !npv_subflow_send_frame(sub, &f))
		clear_bit(NPV_NF_SOURCE, &nat->flags);
	else
		npv_native_timer(nat, jiffies + (HZ / 50 ?: 1));
}

/*
 * struct proof_error - an error that is a proof's, while UDP tells a socket of it
 * @sk: the socket, NULL: there is none
 * @err: what becomes its sk_err
 * @before: what that was
 */
struct proof_error {
	const struct sock *sk;
	int err;
	int before;
};

/* UDP does not let go of the processor before it has told of it all. */
static DEFINE_PER_CPU(struct proof_error, proof_error);

/* sk_error_report of all programs' sockets, as UDP has left it; NULL: not known yet */
static void (*program_error_report)(struct sock *sk);

/* Whether a proof was sent to where an error is about. npv_assocs.lock. */
static bool proof_sent(const struct npv_assocs *t, const struct sk_buff *skb)
{
	const struct sock_exterr_skb *serr = SKB_EXT_ERR(skb);
	const u8 *addr = skb_network_header(skb) + serr->addr_offset;
	const struct npv_native *nat;
	const struct npv_assoc *a;
	struct in6_addr remote;

	switch (serr->ee.ee_origin) {
	case SO_EE_ORIGIN_ICMP:
		ipv6_addr_set_v4mapped(get_unaligned((const __be32 *)addr), &remote);
		break;
	case SO_EE_ORIGIN_ICMP6:
		memcpy(&remote, addr, sizeof(remote));
		break;
	default:
		return false;
	}
	list_for_each_entry(a, &t->all, all) {
		nat = a->tries ? a->carrier->native : NULL;
		if (nat && serr->port == nat->npv_port &&
		    ipv6_addr_equal(&nat->remote, &remote))
			return true;
	}
	return false;
}

/* Take the errors that answer proofs from a socket. Return: one of them, or 0. */
static int proof_errors_take(struct npv_assocs *t, struct sock *sk)
{
	struct sk_buff_head *queue = &sk->sk_error_queue, ours;
	struct sk_buff *skb, *next;
	int err = 0;

	if (skb_queue_empty_lockless(queue))
		return 0;
	__skb_queue_head_init(&ours);
	spin_lock_bh(&t->lock);
	spin_lock_irq(&queue->lock);
	skb_queue_walk_safe(queue, skb, next) {
		if (!proof_sent(t, skb))
			continue;
		err = SKB_EXT_ERR(skb)->ee.ee_errno;
		__skb_unlink(skb, queue);
		__skb_queue_tail(&ours, skb);
	}
	spin_unlock_irq(&queue->lock);
	spin_unlock_bh(&t->lock);
	__skb_queue_purge(&ours);
	return err;
}

/*
 * A socket is told twice of what ICMP says: once when that is queued (IP_RECVERR), and
 * then when it has become sk_err. Of proofs its program knows nothing, so it isn't to
 * know what becomes of them. sk_callback_lock.
 *
 * Return: whether it was a proof's, and there is nothing else to tell.
 */
static bool proof_error_hide(struct npv_assocs *t, struct sock *sk)
{
	struct proof_error *e = this_cpu_ptr(&proof_error);

	if (e->sk == sk) {
		e->sk = NULL;
		cmpxchg(&sk->sk_err, e->err, e->before);
	} else {
		e->before = READ_ONCE(sk->sk_err);
		e->err = proof_errors_take(t, sk);
		if (!e->err)
			return false;
		e->sk = sk;
	}
	return !READ_ONCE(sk->sk_err) && skb_queue_empty_lockless(&sk->sk_error_queue);
}

/* sk_error_report of a program's socket, once it has sent a proof */
static void proof_error_report(struct sock *sk)
{
	struct npv_assocs *t = NULL;
	struct npv_sock *nsk;
	bool hide;

	/* A device's time stamp: UDP's errors come in softirq. */
	if (!in_softirq() || in_hardirq() || irqs_disabled())
		goto report;
	read_lock(&sk->sk_callback_lock);
	/* The session stays as long as the socket has it: npv_release(). */
	nsk = sk->sk_socket ? npv_session_of(sk->sk_socket) : NULL;
	if (nsk)
		t = nsk->assocs;
	hide = t && proof_error_hide(t, sk);
	read_unlock(&sk->sk_callback_lock);
	if (hide)
		return;
report:
	READ_ONCE(program_error_report)(sk);
}

/* From now on what answers proofs is not told to the program. */
static void proof_errors_hidden(struct sock *sk)
{
	void (*was)(struct sock *sk);

	write_lock_bh(&sk->sk_callback_lock);
	if (sk->sk_error_report != proof_error_report) {
		was = cmpxchg(&program_error_report, NULL, sk->sk_error_report);
		if (!was || was == sk->sk_error_report)
			WRITE_ONCE(sk->sk_error_report, proof_error_report);
	}
	write_unlock_bh(&sk->sk_callback_lock);
}

/**
 * npv_assoc_unprove() - a program's socket sends no proofs any more
 * @t: its associations, which have ended
 *
 * Context: process, may sleep.
 */
void npv_assoc_unprove(struct npv_assocs *t)
{
	struct sock *sk = t->to;

	write_lock_bh(&sk->sk_callback_lock);
	if (sk->sk_error_report == proof_error_report)
		WRITE_ONCE(sk->sk_error_report, program_error_report);
	write_unlock_bh(&sk->sk_callback_lock);
}

/* Show the server which UDP port is ours: the program's own socket sends it. */
static void send_proof(struct npv_assoc *a, const struct npv_native *nat)
{
	struct socket *sock = a->table->owner->sock;
	struct npv_frame f = {
		.type		= NPV_FRAME_SOURCE_PROOF,
		.proof.id	= nat->peer_id,
	};
	struct npv_dgram dgram = {
		.remote	= nat->remote,
		.port	= nat->npv_port,
	};
	u8 buf[PROOF_LEN];

	/* Not into the middle of a datagram that is being built */
	if (READ_ONCE(udp_sk(sock->sk)->pending) || proof_mac(nat, f.proof.mac))
		return;
	npv_frame_encode(&f, buf, sizeof(buf));
	proof_errors_hidden(sock->sk);
	npv_ksock_send(sock, &dgram, buf, sizeof(buf));
}

/**
 * npv_assoc_ends() - a client's session is up: its ends are known to itself
 * @a: the association
 *
 * What comes is delivered from now on.
 *
 * Context: npv_assocs.lock held.
 */
void npv_assoc_ends(struct npv_assoc *a)
{
	const struct npv_native *nat = a->carrier->native;

	a->source.local = nat->local;
	a->source.local_port = inet_sk(a->table->to)->inet_sport;
	npv_datagrams_begin(nat->datagrams, a->table->to, &a->source);
}

/**
 * npv_assoc_prove() - the next step of a client's session that is not in use yet
 * @a: the association
 * @nat: its native session, which is up
 *
 * Context: the association's work.
 */
void npv_assoc_prove(struct npv_assoc *a, struct npv_native *nat)
{
	unsigned long again;

	if (READ_ONCE(nat->datagrams->source_known)) {
		npv_assoc_up(a, &a->source);
	} else if (a->tries < PROOFS_MAX) {
		/* Counted before: an error may come at once. */
		again = PROOF_AGAIN << a->tries++;
		send_proof(a, nat);
		npv_assoc_queue(a, again);
	} else if (a->tries++ == PROOFS_MAX) {
		/* UDP doesn't get through, TCP does. */
		set_bit(NPV_NF_SOURCE, &nat->flags);
		npv_native_kick(nat);
		npv_assoc_queue(a, NPV_ASSOC_SOURCE);
	} else {
		npv_assoc_quiet(a->table->owner);
		if (npv_assoc_unlink(a))
			npv_assoc_end(a);
	}
}
