// SPDX-License-Identifier: GPL-2.0
/*
 * A session begins on the side that was asked, whatever its first stack is: port.c has
 * HELLO over TCP, udp_begin.c over UDP.
 */

#include <net/net_namespace.h>
#include <net/sock.h>

#include "assoc.h"
#include "frame.h"
#include "handshake.h"
#include "listener.h"
#include "native.h"
#include "port.h"
#include "session.h"
#include "stack.h"
#include "stack_tcp.h"
#include "stack_udp.h"
#include "subflow.h"
#include "stacks.h"
#include "welcome.h"

/**
 * npv_welcome_prepare() - make the session that a HELLO asks for
 * @listener: who is to have it
 * @f: the HELLO
 * @local: address that it came to, IPv4 as ::ffff:a.b.c.d
 * @remote: address of who asks, likewise
 * @remote_port: its port, network byte order
 *
 * Context: process, may sleep; no session's lock held.
 * Return: it, for npv_welcome() or npv_welcome_cancel(); NULL without memory.
 */
struct npv_native *npv_welcome_prepare(struct npv_sock *listener,
				       const struct npv_frame *f,
				       const struct in6_addr *local,
				       const struct in6_addr *remote,
				       __be16 remote_port)
{
	struct net *net = sock_net(&listener->sk);
	struct npv_native *nat;
	struct npv_sock *nsk;

	nsk = npv_session_alloc(net, NULL);
	if (!nsk)
		return NULL;
	npv_session_inherit(nsk, listener);
	nat = npv_native_alloc(nsk, GFP_KERNEL_ACCOUNT);
	if (!nat || npv_session_reserve(nsk))
		goto err_free;

	set_bit(NPV_NF_SERVER, &nat->flags);
	set_bit(NPV_NF_WELCOMED, &nat->flags);
	npv_handshake_identify(nat);
	nat->peer_id = f->hello.id;
	memcpy(nat->key[0], f->hello.key, NPV_KEY_LEN);
	nat->sendq.edge = max_t(u64, f->hello.edge, NPV_EDGE_FIRST);
	nat->local = *local;
	nat->local_port = htons(f->hello.port);
	nat->remote = *remote;
	nat->remote_port = remote_port;
	nat->next_stack = 1;
	return nat;

err_free:
	npv_native_free(nat);
	npv_session_free(nsk);
	return NULL;
}

/**
 * npv_welcome_cancel() - undo npv_welcome_prepare()
 * @nat: the session
 *
 * Context: process, may sleep.
 */
void npv_welcome_cancel(struct npv_native *nat)
{
	struct npv_sock *nsk = nat->nsk;

	npv_session_unreserve(nsk);
	npv_native_free(nat);
	npv_session_free(nsk);
}

/**
 * npv_welcome() - begin a session: WELCOME, and to whom it is for
 * @nat: from npv_welcome_prepare()
 * @sub: the stack that HELLO came on
 * @listener: as above
 *
 * Context: process, may sleep; no session's lock held.
 * Return: whether it has begun; if not, because the port is being closed, both are still
 * the caller's.
 */
bool npv_welcome(struct npv_native *nat, struct npv_subflow *sub,
		 struct npv_sock *listener)
{
	struct npv_sock *nsk = nat->nsk;

	/* Not to be let go of again: this may be the port's own work. */
	if (!npv_port_hold(sock_net(&nsk->sk)))
		return false;
	npv_native_acquire(nat);
	npv_session_publish(nsk);
	sub->status = NPV_STACK_STATUS_ACTIVE;
	npv_metrics_begin(sub);
	list_add_tail(&sub->stack->node, &nsk->stacks);
	if (npv_subflow_is_tcp(sub))
		npv_tcp_attach(sub, nat, 0);
	else
		npv_udp_attach(sub, nat, 0);
	npv_native_start(nat);
	if (npv_handshake_welcome(sub, nat->local_port))
		npv_subflow_fail(sub);
	npv_native_release_lock(nat);

	/* Its end may close the port, which waits for this work. */
	if (nat->datagrams ? npv_assoc_accept(listener, nsk) :
			    npv_listener_queue(listener, nsk))
		npv_native_abandon(nat);
	return true;
}
