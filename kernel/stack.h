/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_STACK_H
#define _NPV_STACK_H

#include <linux/list.h>
#include <linux/net.h>
#include <net/sock.h>

#include "../uapi/linux/npv_netlink.h"

struct file;
struct npv_sock;
struct npv_stack_info;
struct npv_subflow;

/**
 * struct npv_stack - one communication stack, held by an in-kernel socket
 * @node: in npv_sock.stacks or npv_sock.retired. Session lock.
 * @twin_node: in npv_net.twins if it is an implicit IPv6 listener, else empty.
 *	twins_lock.
 * @twin_port: the port that a twin is to listen on, network byte order; 0 of a
 *	stack that is no twin. Set before the stack is attached.
 * @twin_yields: the socket that it is stopped for, NULL if none. Compared only.
 *	twins_lock.
 * @nsk: the session
 * @sk: the TCP or UDP sock; referenced. Written under the session lock.
 * @sock: a socket of the stack's own; NULL for the main stack, whose @sk hangs
 *	on the program's socket
 * @id: number within the session
 * @sub: what it is in a native session, else NULL. Session lock.
 * @state_change: what sk_state_change was before the stack watched it; NULL
 *	while it doesn't. sk_callback_lock.
 *
 * A stack that programs could reach, as npv_sock.main, stays in memory until
 * its session is released, or until npv_stack_reap() can tell that no system call
 * is left that might use it: they read sock->sk without any lock.
 */
struct npv_stack {
	struct list_head node;
	struct list_head twin_node;
	__be16 twin_port;
	const struct socket *twin_yields;
	struct npv_sock *nsk;
	struct sock *sk;
	struct socket *sock;
	u32 id;
	struct npv_subflow *sub;
	void (*state_change)(struct sock *sk);
};

static inline struct sock *npv_stack_sk(const struct npv_stack *stack)
{
	return READ_ONCE(stack->sk);
}

int npv_stack_create_main(struct npv_sock *nsk, sa_family_t family,
			  int protocol, int kern);
int npv_stack_prepare_main(struct npv_sock *nsk);
void npv_stack_accept_main(struct npv_sock *nsk, const struct proto_ops *ops);
/* Whether a program has asked for what only a TCP socket of its own gives: times. */
static inline bool npv_stack_only(const struct sock *sk)
{
	return sock_flag(sk, SOCK_RCVTSTAMP) || READ_ONCE(sk->sk_tsflags);
}

struct npv_stack *npv_stack_create(struct npv_sock *nsk, sa_family_t family);
void npv_stack_attach(struct npv_stack *stack);
unsigned int npv_stack_further(struct npv_sock *nsk, struct socket **further);
void npv_stack_set_file(struct npv_stack *stack, struct file *file);
void npv_stack_destroy(struct npv_stack *stack);
void npv_stack_discard(struct npv_stack *stack);
void npv_stack_promote(struct npv_stack *stack);
void npv_stack_go_native(struct npv_sock *nsk);
void npv_stack_bury(struct npv_stack *stack);
void npv_stack_reap(struct npv_sock *nsk);
struct npv_stack *npv_stack_create_native(struct npv_sock *nsk,
					  sa_family_t family, int protocol);
struct npv_stack *npv_stack_wrap(struct npv_sock *nsk, struct socket *sock);
void npv_stack_unbind(struct sock *sk);
void npv_stack_watch(struct npv_stack *stack);
void npv_stack_settle(struct npv_stack *stack);
void npv_stack_unwatch(struct npv_stack *stack);
struct in6_addr npv_stack_local(const struct sock *sk, __be16 *port);
struct in6_addr npv_stack_remote(const struct sock *sk, __be16 *port);
enum npv_network npv_stack_network(const struct sock *sk);
int npv_stack_ifindex(const struct sock *sk);
int npv_stack_bind_if(struct sock *sk, int ifindex);
int npv_stack_tcp_state(const struct npv_stack *stack);
void npv_stack_info(struct npv_stack *stack, struct npv_stack_info *info);

#endif /* _NPV_STACK_H */
