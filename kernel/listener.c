// SPDX-License-Identifier: GPL-2.0
/*
 * Which listener a native session is for, and the queue where it waits to be
 * accepted. listen.c is the program's side.
 */

#include <linux/slab.h>
#include <net/inet_sock.h>

#include "address.h"
#include "listener.h"
#include "native.h"
#include "netns.h"
#include "port.h"
#include "session.h"
#include "stack.h"

/**
 * npv_listener_add() - let native sessions find a listener
 * @nsk: a session that listens; one that is there already gets its addresses
 *	anew
 *
 * Without memory it has plain sessions only. The caller has the NPV port open.
 *
 * Context: process, session lock held.
 * Return: whether it is new, and takes over the caller's hold of the port.
 */
bool npv_listener_add(struct npv_sock *nsk)
{
	struct npv_port *port = &npv_pernet(sock_net(&nsk->sk))->port;
	struct npv_listen *listen = nsk->listen, *fresh = NULL;
	struct npv_stack *stack;

	if (!listen) {
		fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
		if (!fresh)
			return false;
		INIT_LIST_HEAD(&fresh->queue);
		fresh->nsk = nsk;
		fresh->sk = nsk->main->sk;
		sock_hold(fresh->sk);
		listen = fresh;
	}

	spin_lock_bh(&port->listen_lock);
	listen->count = 0;
	listen->v6only = nsk->main->sk->sk_ipv6only;
	list_for_each_entry(stack, &nsk->stacks, node) {
		if (listen->count == NPV_ADDR_MAX)
			break;
		listen->addr[listen->count++] =
			npv_stack_local(stack->sk, &listen->port);
	}
	if (fresh) {
		WRITE_ONCE(nsk->listen, fresh);
		list_add(&fresh->node, &port->listeners);
	}
	spin_unlock_bh(&port->listen_lock);

	return fresh;
}

/**
 * npv_listener_del() - no more sessions for a listener
 * @nsk: the session; need not listen
 *
 * Those that wait to be accepted are reset.
 *
 * Context: process, session lock not held, may sleep.
 */
void npv_listener_del(struct npv_sock *nsk)
{
	struct npv_port *port = &npv_pernet(sock_net(&nsk->sk))->port;
	struct npv_listen *listen;
	struct npv_sock *child;

	spin_lock_bh(&port->listen_lock);
	listen = nsk->listen;
	WRITE_ONCE(nsk->listen, NULL);
	if (listen)
		list_del(&listen->node);
	spin_unlock_bh(&port->listen_lock);
	if (!listen)
		return;

	while ((child = list_first_entry_or_null(&listen->queue,
						 struct npv_sock,
						 accept_node))) {
		list_del(&child->accept_node);
		npv_native_orphan(child->native, true);
	}
	sock_put(listen->sk);
	kfree(listen);
	npv_port_put(sock_net(&nsk->sk));
}

/* Whether a listener takes connections to an address */
static bool listen_matches(const struct npv_listen *listen,
			   const struct in6_addr *local, int ifindex)
{
	bool is4 = ipv6_addr_v4mapped(local);
	int bound = READ_ONCE(listen->sk->sk_bound_dev_if);
	unsigned int i;

	if (bound && bound != ifindex)
		return false;
	for (i = 0; i < listen->count; i++) {
		const struct in6_addr *addr = &listen->addr[i];

		if (ipv6_addr_equal(addr, local) ||
		    (ipv6_addr_any(addr) && !(is4 && listen->v6only)) ||
		    (npv_addr_is_any4(addr) && is4))
			return true;
	}
	return false;
}

/*
 * Whether a listener takes who comes from an address. A datagram socket that its program
 * has connected meanwhile takes its peer, as far as that is known yet; *@his: it is that.
 */
static bool listen_takes(const struct npv_listen *listen, const struct in6_addr *remote,
			 bool *his)
{
	int state = inet_sk_state_load(listen->sk);
	struct in6_addr addr;
	__be16 port;

	if (listen->nsk->sk.sk_type != SOCK_DGRAM)
		return state == TCP_LISTEN;
	if (state != TCP_ESTABLISHED)
		return true;
	addr = npv_stack_remote(listen->sk, &port);
	*his = ipv6_addr_equal(&addr, remote);
	return *his;
}

/**
 * npv_listener_offer() - the listener that a native session is for
 * @net: namespace
 * @type: SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM; there is none of another
 * @port: service, network byte order
 * @local: address that the peer connected to, IPv4 as ::ffff:a.b.c.d
 * @remote: the peer's address
 * @ifindex: interface that it came by
 * @nsk: set to the listener, with a reference for npv_session_put()
 *
 * Of several (SO_REUSEPORT) the one with the fewest sessions waiting.
 *
 * Context: any.
 * Return: 0; enum npv_refusal if there is none, or its queue is full.
 */
int npv_listener_offer(struct net *net, int type, __be16 port,
		       const struct in6_addr *local, const struct in6_addr *remote,
		       int ifindex, struct npv_sock **nsk)
{
	struct npv_port *np = &npv_pernet(net)->port;
	struct npv_listen *listen, *best = NULL;
	int ret = NPV_REFUSE_SERVICE;
	bool his = false;

	spin_lock_bh(&np->listen_lock);
	list_for_each_entry(listen, &np->listeners, node) {
		if (listen->port != port || listen->nsk->sk.sk_type != type ||
		    !listen_takes(listen, remote, &his) ||
		    test_bit(NPV_SF_PINNED, &listen->nsk->flags) ||
		    test_bit(NPV_SF_UDP_ONLY, &listen->nsk->flags) ||
		    npv_stack_only(listen->sk) ||
		    !listen_matches(listen, local, ifindex))
			continue;
		if (!best || his || listen->queued < best->queued)
			best = listen;
		/* None is closer. */
		if (his)
			break;
	}
	if (best) {
		ret = NPV_REFUSE_BACKLOG;
		if (type == SOCK_DGRAM ||
		    best->queued <= READ_ONCE(best->sk->sk_max_ack_backlog)) {
			*nsk = best->nsk;
			sock_hold(&best->nsk->sk);
			ret = 0;
		}
	}
	spin_unlock_bh(&np->listen_lock);

	return ret;
}

/**
 * npv_listener_queue() - have a session wait to be accepted
 * @listener: from npv_listener_offer()
 * @child: the session; its program's reference goes with it
 *
 * Context: process.
 * Return: 0; -ECONNREFUSED if the listener is gone meanwhile.
 */
int npv_listener_queue(struct npv_sock *listener, struct npv_sock *child)
{
	struct npv_port *port = &npv_pernet(sock_net(&listener->sk))->port;
	struct npv_listen *listen;
	struct sock *sk = NULL;

	spin_lock_bh(&port->listen_lock);
	listen = listener->listen;
	if (listen) {
		list_add_tail(&child->accept_node, &listen->queue);
		WRITE_ONCE(listen->queued, listen->queued + 1);
		sk = listen->sk;
		sock_hold(sk);
	}
	spin_unlock_bh(&port->listen_lock);
	if (!sk)
		return -ECONNREFUSED;

	sk->sk_data_ready(sk);
	sock_put(sk);
	return 0;
}

/**
 * npv_listener_take() - take a session that waits to be accepted
 * @nsk: the listener
 *
 * Context: process.
 * Return: the one that has waited longest, or NULL.
 */
struct npv_sock *npv_listener_take(struct npv_sock *nsk)
{
	struct npv_port *port = &npv_pernet(sock_net(&nsk->sk))->port;
	struct npv_sock *child = NULL;
	struct npv_listen *listen;

	if (npv_listener_idle(nsk))
		return NULL;
	spin_lock_bh(&port->listen_lock);
	listen = nsk->listen;
	if (listen)
		child = list_first_entry_or_null(&listen->queue,
						 struct npv_sock, accept_node);
	if (child) {
		list_del_init(&child->accept_node);
		WRITE_ONCE(listen->queued, listen->queued - 1);
	}
	spin_unlock_bh(&port->listen_lock);

	return child;
}

/**
 * npv_listener_idle() - whether no native session waits to be accepted
 * @nsk: the session; need not listen
 *
 * Context: process of the program, or session lock held.
 * Return: whether none does.
 */
bool npv_listener_idle(const struct npv_sock *nsk)
{
	bool idle;

	rcu_read_lock();
	/* Only its program's calls look, and only its close() takes it away. */
	idle = !READ_ONCE(nsk->listen) || !READ_ONCE(nsk->listen->queued);
	rcu_read_unlock();

	return idle;
}
