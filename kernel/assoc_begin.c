// SPDX-License-Identifier: GPL-2.0
/*
 * How associations begin. Who speaks first asks, in the background; who is bound to a
 * port by its program, and waits, can be asked.
 */

#include <linux/net.h>
#include <net/inet_sock.h>

#include "address.h"
#include "assoc.h"
#include "assoc_table.h"
#include "connect.h"
#include "datagrams.h"
#include "listener.h"
#include "native.h"
#include "netns.h"
#include "peer.h"
#include "port.h"
#include "session.h"
#include "sockopt.h"
#include "stack.h"
#include "stated.h"

/**
 * npv_assoc_wanted() - whether datagrams may be carried by sessions at all
 * @nsk: the session of a datagram socket
 *
 * As far as this host, and what its program has made of the socket, go.
 *
 * Context: any.
 * Return: whether they may.
 */
bool npv_assoc_wanted(const struct npv_sock *nsk)
{
	const struct npv_net *npvn = npv_pernet(sock_net(&nsk->sk));

	return READ_ONCE(npvn->sysctls.mode) != NPV_MODE_PLAIN &&
	       READ_ONCE(npvn->sysctls.datagram_idle) &&
	       !test_bit(NPV_SF_PINNED, &nsk->flags) &&
	       !test_bit(NPV_SF_UDP_ONLY, &nsk->flags) && !READ_ONCE(nsk->extra);
}

/* A carrier has something for the session's work, in place of telling a program. */
static void carrier_data_ready(struct sock *sk)
{
	struct npv_native *nat = READ_ONCE(npv_sk(sk)->native);

	/* Before it is up there is nothing but the handshake, which its race sees. */
	if (nat)
		npv_native_kick(nat);
}

static void carrier_write_space(struct sock *sk)
{
	struct npv_native *nat = npv_sk(sk)->native;

	if (nat)
		npv_assoc_space(nat);
}

/* Make a session one that carries datagrams. */
static void carrier_init(struct npv_sock *carrier, struct npv_assoc *a)
{
	carrier->sk.sk_data_ready = carrier_data_ready;
	carrier->sk.sk_write_space = carrier_write_space;
	rcu_assign_pointer(carrier->assoc, a);
}

/* A socket for the carrier, as the program's would be. Return: it, or an ERR_PTR. */
static struct socket *carrier_open(struct npv_sock *nsk, struct socket *owner)
{
	struct sock *sk = owner->sk;
	struct sockaddr_storage ss;
	struct npv_sock *carrier;
	struct in6_addr local;
	struct socket *sock;
	__be16 port;
	int err, len;

	err = __sock_create(sock_net(sk), npv_family_nr, SOCK_SEQPACKET, 0, &sock, 0);
	if (err)
		return ERR_PTR(err);
	carrier = npv_session_of(sock);
	set_bit(NPV_SF_DATAGRAMS, &carrier->flags);
	memcpy(carrier->sched, nsk->sched, sizeof(carrier->sched));
	carrier->keepalive = READ_ONCE(nsk->keepalive);
	lock_sock(&nsk->sk);
	npv_stated_copy(carrier, nsk);
	release_sock(&nsk->sk);
	npv_sockopt_carry(carrier, sock, nsk);
	if (sk->sk_userlocks & SOCK_BINDADDR_LOCK) {
		local = npv_stack_local(sk, &port);
		len = npv_addr_build(&ss, AF_INET6, &local, 0, 0);
		err = len < 0 ? len : kernel_bind(sock, (struct sockaddr *)&ss, len);
		if (err) {
			sock_release(sock);
			return ERR_PTR(err);
		}
	}
	return sock;
}

/**
 * npv_assoc_begin() - ask a peer of which nothing is known
 * @nsk: the session of a datagram socket
 * @sock: the program's socket, which has a port
 * @dest: from npv_assoc_sendmsg(), which said so
 *
 * In the background: what is sent meanwhile goes as UDP.
 *
 * Context: process of the program, session lock not held, may sleep.
 */
void npv_assoc_begin(struct npv_sock *nsk, struct socket *sock,
		     const struct npv_assoc_dest *dest)
{
	struct sockaddr_npv to = {
		.snpv_family	= npv_family_nr,
		.snpv_port	= dest->port,
		.snpv_count	= 1,
		.snpv_addr[0]	= dest->addr,
	};
	struct net *net = sock_net(&nsk->sk);
	struct socket *carrier;
	struct npv_assocs *t;
	struct npv_assoc *a;

	if (npv_peer_datagrams_plain(net, &dest->addr, dest->port)) {
		if (inet_sk_state_load(sock->sk) == TCP_ESTABLISHED)
			npv_assoc_quiet(nsk);
		return;
	}
	t = npv_assoc_table(nsk, sock);
	if (!t || READ_ONCE(t->asked) >= NPV_ASSOC_ASKED)
		return;
	carrier = carrier_open(nsk, sock);
	if (IS_ERR(carrier)) {
		npv_assoc_quiet(nsk);
		return;
	}
	a = npv_assoc_alloc(t, npv_session_of(carrier), carrier);
	if (!a) {
		sock_release(carrier);
		return;
	}
	a->source.remote = dest->addr;
	a->source.remote_port = dest->port;
	/* For its work, which may end it at once */
	npv_assoc_hold(a);
	carrier_init(a->carrier, a);
	if (!npv_assoc_link(a)) {
		rcu_assign_pointer(a->carrier->assoc, NULL);
		sock_release(carrier);
		npv_assoc_put(a);
		npv_assoc_put(a);
		return;
	}
	npv_connect(carrier, (struct sockaddr *)&to, sizeof(to), O_NONBLOCK);
	spin_lock_bh(&t->lock);
	if (a->state == ASSOC_STARTING)
		WRITE_ONCE(a->state, ASSOC_ASKING);
	spin_unlock_bh(&t->lock);
	/* Pairs with assoc_work(). */
	smp_store_release(&a->starting, false);
	/* However it went: its work looks. */
	npv_assoc_queue(a, 0);
	npv_assoc_put(a);
}

/**
 * npv_assoc_listen() - let peers begin sessions with a datagram socket
 * @nsk: its session; its program has bound it to a port, and waits
 *
 * Context: process, session lock not held, may sleep.
 */
void npv_assoc_listen(struct npv_sock *nsk)
{
	struct net *net = sock_net(&nsk->sk);
	bool hold;

	if (test_and_set_bit(NPV_SF_WAITED, &nsk->flags) || !npv_assoc_wanted(nsk))
		return;
	/* Whose datagrams are spread over several sockets can't have them in one. */
	if (nsk->main->sk->sk_reuseport || npv_stack_only(nsk->main->sk) ||
	    !npv_assoc_table(nsk, nsk->sock))
		return;
	hold = npv_port_get(net);
	lock_sock(&nsk->sk);
	if (hold && npv_listener_add(nsk)) {
		release_sock(&nsk->sk);
		return;
	}
	release_sock(&nsk->sk);
	npv_port_put(net);
}

/**
 * npv_assoc_accept() - a client has begun a session with a datagram socket
 * @listener: the socket's session, which listens
 * @carrier: the native session
 *
 * Context: process, no lock held.
 * Return: 0; -ECONNREFUSED: the socket is gone, or has too many; -ENOMEM.
 */
int npv_assoc_accept(struct npv_sock *listener, struct npv_sock *carrier)
{
	/* Pairs with npv_assoc_table(). */
	struct npv_assocs *t = smp_load_acquire(&listener->assocs);
	struct npv_assoc *a;

	if (!t)
		return -ECONNREFUSED;
	a = npv_assoc_alloc(t, carrier, NULL);
	if (!a)
		return -ENOMEM;
	a->state = ASSOC_PROVING;
	npv_assoc_hold(a);
	carrier_init(carrier, a);
	if (!npv_assoc_link(a)) {
		rcu_assign_pointer(carrier->assoc, NULL);
		npv_assoc_put(a);
		npv_assoc_put(a);
		return -ECONNREFUSED;
	}
	npv_native_acquire(carrier->native);
	npv_session_up(carrier);
	npv_native_release_lock(carrier->native);
	/* If it never says where its datagrams come from */
	npv_assoc_queue(a, 2 * NPV_ASSOC_SOURCE);
	npv_assoc_put(a);
	return 0;
}

/**
 * npv_assoc_connecting() - a datagram socket is to have a peer, or another one
 * @nsk: the session of any socket
 *
 * Of that one nothing is known; what there was with others is of less use.
 *
 * Context: process of the program.
 */
void npv_assoc_connecting(struct npv_sock *nsk)
{
	/* Pairs with npv_assoc_table(). */
	struct npv_assocs *t = smp_load_acquire(&nsk->assocs);

	WRITE_ONCE(nsk->quiet_until, 0);
	if (t)
		queue_delayed_work(npv_native_wq, &t->expire, NPV_ASSOC_EXPIRE);
}
