// SPDX-License-Identifier: GPL-2.0
/*
 * bind(), listen() and accept(): sessions on one address or several, and IPv4
 * listeners that are reachable over IPv6 as well.
 *
 * A stream bound to any IPv4 address gets a twin when it listens: a stack on
 * any IPv6 address and the same port, for IPv6 only. The program has not asked
 * for it, so it must never be in anybody's way: it is left out where the port
 * is taken, and closed when a program binds it on IPv6 itself.
 */

#include <linux/net.h>
#include <net/inet_common.h>
#include <net/inet_connection_sock.h>
#include <net/tcp.h>

#include "address.h"
#include "listen.h"
#include "listener.h"
#include "native.h"
#include "netns.h"
#include "port.h"
#include "race.h"
#include "session.h"
#include "sockopt.h"
#include "stack.h"
#include "stated.h"

/* Have a twin give its port back, if it has one. */
static void twin_stop(struct npv_stack *stack)
{
	struct sock *sk = stack->sk;

	if (inet_sk_state_load(sk) == TCP_LISTEN)
		kernel_sock_shutdown(stack->sock, SHUT_RDWR);
	npv_stack_unbind(sk);
}

/*
 * Open a twin's socket, for IPv6 only. The first on its port must be alone there
 * when it binds: in an SO_REUSEPORT group with a socket that somebody opened on
 * purpose it would take connections from that. The twins of a group share.
 */
static int twin_start(struct npv_stack *stack, bool first, int backlog)
{
	struct sock *sk = stack->sk;
	bool reuseport = sk->sk_reuseport;
	struct sockaddr_storage ss;
	int err, len;

	sk->sk_ipv6only = 1;
	/* The program's shutdown() reached it while it was closed. */
	WRITE_ONCE(sk->sk_shutdown, 0);
	/* Or its own connections would keep it from opening again. */
	sk->sk_reuse = SK_CAN_REUSE;
	sk->sk_reuseport = reuseport && !first;
	len = npv_addr_build(&ss, AF_INET6, &in6addr_any, stack->twin_port, 0);
	err = kernel_bind(stack->sock, (struct sockaddr *)&ss, len);
	sk->sk_reuseport = reuseport;
	if (!err)
		err = kernel_listen(stack->sock, backlog);

	return err;
}

/* The twin that listens on a port, any if there are several. twins_lock. */
static struct npv_stack *twin_find(struct npv_net *npvn, __be16 port)
{
	struct npv_stack *stack;

	list_for_each_entry(stack, &npvn->twins, twin_node)
		if (stack->twin_port == port && !stack->twin_yields)
			return stack;

	return NULL;
}

/*
 * Let a program have a port for IPv6: do what failed for twins that were in its
 * way, with the twins stopped, and start them again if it fails still. Only for
 * who may bind the port: to start again takes the same privilege.
 * @retry: bind or listen of @sock, which is the stack's own socket, or the
 *	program's for the main stack. It may wait for that program, so nothing
 *	that concerns others is locked meanwhile.
 */
static int twins_yield(struct socket *sock, const struct proto_ops *ops,
		       __be16 port, struct sockaddr *uaddr, int arg,
		       int (*retry)(struct socket *sock,
				    const struct proto_ops *ops,
				    struct sockaddr *uaddr, int arg))
{
	struct net *net = sock_net(sock->sk);
	struct npv_net *npvn = npv_pernet(net);
	struct npv_stack *stack, *next;
	int err;

	mutex_lock(&npvn->twins_lock);
	while ((stack = twin_find(npvn, port))) {
		bool listens = inet_sk_state_load(stack->sk) == TCP_LISTEN;

		twin_stop(stack);
		if (listens)
			stack->twin_yields = sock;
		else
			/* Its program has stopped it: listen() may open it. */
			list_del_init_careful(&stack->twin_node);
	}
	mutex_unlock(&npvn->twins_lock);

	err = retry(sock, ops, uaddr, arg);

	mutex_lock(&npvn->twins_lock);
	list_for_each_entry_safe(stack, next, &npvn->twins, twin_node) {
		int backlog = READ_ONCE(stack->sk->sk_max_ack_backlog);

		bool first = !twin_find(npvn, port);

		if (stack->twin_yields != sock)
			continue;
		stack->twin_yields = NULL;
		if (err && !twin_start(stack, first, backlog))
			continue;
		/* It stays a stack of its session, for the next listen(). */
		list_del_init_careful(&stack->twin_node);
		NPV_INC(net, TWIN_YIELD);
	}
	mutex_unlock(&npvn->twins_lock);

	return err;
}

static int do_nothing(struct socket *sock, const struct proto_ops *ops,
		      struct sockaddr *uaddr, int arg)
{
	return 0;
}

static int do_bind(struct socket *sock, const struct proto_ops *ops,
		   struct sockaddr *uaddr, int len)
{
	return ops->bind(sock, uaddr, len);
}

static int do_listen(struct socket *sock, const struct proto_ops *ops,
		     struct sockaddr *uaddr, int backlog)
{
	return ops->listen(sock, backlog);
}

/* Bind a stack; a twin is in nobody's way. */
static int bind_stack(struct socket *sock, const struct proto_ops *ops,
		      struct sockaddr *uaddr, int len)
{
	const struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)uaddr;
	int err;

	if (sock->type != SOCK_STREAM || len < SIN6_LEN_RFC2133 ||
	    uaddr->sa_family != AF_INET6 || !sin6->sin6_port ||
	    ipv6_addr_v4mapped(&sin6->sin6_addr))
		return ops->bind(sock, uaddr, len);

	err = ops->bind(sock, uaddr, len);
	/* With SO_REUSEPORT it succeeds, and would share with the twins. */
	if (!err && sock->sk->sk_reuseport)
		return twins_yield(sock, ops, sin6->sin6_port, uaddr, len,
				   do_nothing);
	if (err != -EADDRINUSE)
		return err;

	return twins_yield(sock, ops, sin6->sin6_port, uaddr, len, do_bind);
}

/* Have a stack listen: with SO_REUSEADDR it's only here that ports collide. */
static int listen_stack(struct socket *sock, const struct proto_ops *ops,
			int backlog)
{
	struct sock *sk = sock->sk;
	struct in6_addr addr;
	__be16 port;
	int err;

	err = ops->listen(sock, backlog);
	if (err != -EADDRINUSE)
		return err;

	addr = npv_stack_local(sk, &port);
	if (!port || ipv6_addr_v4mapped(&addr))
		return err;

	return twins_yield(sock, ops, port, NULL, backlog, do_listen);
}

/* Bind a further stack to one more address. */
static struct npv_stack *bind_further(struct npv_sock *nsk,
				      const struct in6_addr *addr, __be16 port,
				      u32 scope_id)
{
	const struct sock *main = nsk->main->sk;
	struct sockaddr_storage ss;
	struct npv_stack *stack;
	sa_family_t family;
	int err, len;

	family = ipv6_addr_v4mapped(addr) ? main->sk_family : AF_INET6;
	stack = npv_stack_create(nsk, family);
	if (IS_ERR(stack))
		return stack;

	/* Beside a stack for IPv4, any IPv6 address is just that. */
	if (family == AF_INET6 && !ipv6_addr_v4mapped(addr))
		stack->sk->sk_ipv6only = 1;

	len = npv_addr_build(&ss, family, addr, port, scope_id);
	err = bind_stack(stack->sock, stack->sock->ops, (struct sockaddr *)&ss,
			 len);
	if (err) {
		npv_stack_destroy(stack);
		return ERR_PTR(err);
	}

	return stack;
}

/*
 * Bind to several addresses: all or none. The main stack comes last, since a
 * socket that the program has can't be bound a second time.
 */
static int bind_several(struct npv_sock *nsk, struct socket *sock,
			const struct npv_addrs *addrs)
{
	struct npv_stack *stacks[NPV_ADDR_MAX];
	struct sockaddr_storage ss;
	__be16 port = addrs->port;
	unsigned int i, n = 0;
	int err, len;

	for (i = 1; i < addrs->count; i++) {
		struct npv_stack *stack;

		stack = bind_further(nsk, &addrs->addr[i], port,
				     addrs->scope_id);
		if (IS_ERR(stack)) {
			err = PTR_ERR(stack);
			goto err_stacks;
		}
		stacks[n++] = stack;
		/* A port that the kernel chose is the same for all. */
		port = inet_sk(stack->sk)->inet_sport;
	}

	len = npv_addr_build(&ss, sock->sk->sk_family, &addrs->addr[0], port,
			     addrs->scope_id);
	err = len < 0 ? len : bind_stack(sock, nsk->base,
					 (struct sockaddr *)&ss, len);
	if (err)
		goto err_stacks;

	for (i = 0; i < n; i++)
		npv_stack_attach(stacks[i]);
	return 0;

err_stacks:
	while (n--)
		npv_stack_destroy(stacks[n]);
	return err;
}

/* Whether an address names a port */
static bool bound_port(const struct sockaddr *uaddr, int len)
{
	struct npv_addrs addrs;

	return npv_addrs_parse(&addrs, uaddr, len) || addrs.port;
}

/**
 * npv_bind() - proto_ops.bind
 * @sock: the program's socket
 * @uaddr: sockaddr_npv, sockaddr_in or sockaddr_in6
 * @len: its length
 *
 * Context: process, may sleep.
 * Return: 0 or the -errno that TCP or UDP give; -EOPNOTSUPP for several addresses
 * of a pinned session.
 */
int npv_bind(struct socket *sock, struct sockaddr *uaddr, int len)
{
	struct npv_sock *nsk = npv_session_of(sock);
	struct sockaddr_storage ss;
	struct npv_addrs addrs;
	int err;

	lock_sock(&nsk->sk);
	err = -EINVAL;
	if (nsk->race || nsk->native)
		goto out;

	if (len < (int)sizeof(sa_family_t) ||
	    (test_bit(NPV_SF_STRICT, &nsk->flags) &&
	     uaddr->sa_family != npv_family_nr)) {
		err = bind_stack(sock, nsk->base, uaddr, len);
		goto out;
	}

	err = npv_addrs_parse(&addrs, uaddr, len);
	if (err) {
		NPV_INC(sock_net(&nsk->sk), ADDRESS_INVALID);
		goto out;
	}

	if (addrs.count > 1) {
		err = -EINVAL;
		/* A filter or key that guards one stack must not miss others. */
		if (test_bit(NPV_SF_PINNED, &nsk->flags))
			err = -EOPNOTSUPP;
		else if (!inet_sk(sock->sk)->inet_num &&
			 inet_sk_state_load(sock->sk) == TCP_CLOSE)
			err = bind_several(nsk, sock, &addrs);
	} else {
		/* None means any, of both families where there are two. */
		if (!addrs.count && sock->sk->sk_family == AF_INET)
			ipv6_addr_set_v4mapped(0, &addrs.addr[0]);
		err = npv_addr_build(&ss, sock->sk->sk_family, &addrs.addr[0],
				     addrs.port, addrs.scope_id);
		if (err < 0)
			err = -EADDRNOTAVAIL;
		else
			err = bind_stack(sock, nsk->base,
					 (struct sockaddr *)&ss, err);
	}
	if (!err && !nsk->name_fixed) {
		nsk->name_family = addrs.family;
		nsk->name_fixed = true;
	}
out:
	/* Nobody but its peers tells a bound datagram socket what they are. */
	if (!err && sock->type == SOCK_DGRAM)
		npv_session_plain(nsk);
	/* Who was asked for by its port is a server. */
	if (!err && sock->type == SOCK_DGRAM && bound_port(uaddr, len))
		set_bit(NPV_SF_BOUND, &nsk->flags);
	release_sock(&nsk->sk);
	return err;
}

/* Whether the main stack listens on any IPv4 address, and on no IPv6 one. */
static bool twin_wanted(const struct npv_sock *nsk)
{
	const struct npv_net *npvn = npv_pernet(sock_net(&nsk->sk));
	const struct sock *sk = nsk->main->sk;
	struct in6_addr addr;
	__be16 port;

	/* Pinned: a filter or key of the main stack would not guard the twin. */
	if (nsk->extra || !READ_ONCE(npvn->sysctls.listen_twin) ||
	    test_bit(NPV_SF_NO_IPV6, &nsk->flags) ||
	    test_bit(NPV_SF_PINNED, &nsk->flags))
		return false;

	addr = npv_stack_local(sk, &port);
	return npv_addr_is_any4(&addr);
}

/*
 * Have a twin listen, whether it is new, did so before, or has yielded its port.
 * Return: 0, or why it can't.
 */
static int twin_open(struct npv_stack *stack, int backlog)
{
	struct npv_net *npvn = npv_pernet(sock_net(stack->sk));
	int err = 0;

	mutex_lock(&npvn->twins_lock);
	if (inet_sk_state_load(stack->sk) == TCP_LISTEN) {
		err = kernel_listen(stack->sock, backlog);
	} else if (!stack->twin_yields) {
		/* Else who made it yield opens it again, or takes the port. */
		list_del_init_careful(&stack->twin_node);
		twin_stop(stack);
		err = twin_start(stack, !twin_find(npvn, stack->twin_port),
				 backlog);
		if (err)
			twin_stop(stack);
		else
			list_add(&stack->twin_node, &npvn->twins);
	}
	mutex_unlock(&npvn->twins_lock);

	return err;
}

/*
 * Make the twin. That it can't be is no error: the program has what it asked
 * for.
 */
static void twin_create(struct npv_sock *nsk, int backlog)
{
	struct net *net = sock_net(&nsk->sk);
	struct npv_stack *stack;

	stack = npv_stack_create(nsk, AF_INET6);
	if (IS_ERR(stack)) {
		NPV_INC(net, TWIN_FAIL);
		return;
	}

	npv_stack_local(nsk->main->sk, &stack->twin_port);
	if (twin_open(stack, backlog)) {
		npv_stack_destroy(stack);
		NPV_INC(net, TWIN_FAIL);
		return;
	}

	npv_stack_attach(stack);
	NPV_INC(net, TWIN_LISTEN);
}

/**
 * npv_listen() - proto_ops.listen
 * @sock: the program's socket
 * @backlog: as for TCP, for each stack
 *
 * Context: process, may sleep.
 * Return: 0 or the -errno that TCP gives.
 */
int npv_listen(struct socket *sock, int backlog)
{
	struct npv_sock *nsk = npv_session_of(sock);
	struct net *net = sock_net(&nsk->sk);
	struct npv_stack *stack;
	bool first, native, records, open = false;
	int err;

	/* Its lock is not taken under a session's: its work takes those. */
	native = READ_ONCE(npv_pernet(net)->sysctls.mode) != NPV_MODE_PLAIN;
	if (native)
		open = npv_port_get(net);

	lock_sock(&nsk->sk);
	err = -EINVAL;
	if (nsk->race)
		goto out;
	err = -EOPNOTSUPP;
	records = npv_record_wanted(&nsk->sk);
	if (records && (!native || test_bit(NPV_SF_PINNED, &nsk->flags) ||
			npv_stack_only(sock->sk)))
		goto out;
	err = -EADDRINUSE;
	if (records && !open)
		goto out;

	first = inet_sk_state_load(sock->sk) != TCP_LISTEN;
	/* Lest the children inherit the callback */
	if (sock->state == SS_UNCONNECTED)
		npv_stack_unwatch(nsk->main);

	err = listen_stack(sock, nsk->base, backlog);
	if (err)
		goto out;

	list_for_each_entry(stack, &nsk->stacks, node) {
		if (!stack->sock)
			continue;
		if (stack->twin_port) {
			twin_open(stack, backlog);
			continue;
		}
		err = listen_stack(stack->sock, stack->sock->ops, backlog);
		if (err)
			goto err_stop;
	}

	if (first && twin_wanted(nsk))
		twin_create(nsk, backlog);

	npv_session_plain(nsk);
	npv_session_up(nsk);
	/* Pinned: a filter or key of the main stack would not guard others. */
	if (native && !test_bit(NPV_SF_PINNED, &nsk->flags) &&
	    npv_listener_add(nsk))
		native = false;
	if (records && !nsk->listen) {
		npv_session_down(nsk, 0);
		err = -ENOMEM;
		goto err_stop;
	}
	goto out;

err_stop:
	list_for_each_entry(stack, &nsk->stacks, node)
		if (stack->sock)
			kernel_sock_shutdown(stack->sock, SHUT_RD);
	inet_shutdown(sock, SHUT_RD);
out:
	release_sock(&nsk->sk);
	if (native)
		npv_port_put(net);
	return err;
}

/* Reset the connections that wait to be accepted from one stack. */
static void refuse_plain(struct npv_sock *nsk, struct socket *sock,
			 const struct proto_ops *ops)
{
	struct proto_accept_arg arg = { .flags = O_NONBLOCK, .kern = true };
	unsigned int most = READ_ONCE(sock->sk->sk_max_ack_backlog) + 1;
	struct socket *child;
	int err;

	while (!reqsk_queue_empty(&inet_csk(sock->sk)->icsk_accept_queue)) {
		/* Who connects all the time is not to keep the program here. */
		if (!most--) {
			sock->sk->sk_data_ready(sock->sk);
			return;
		}
		cond_resched();
		if (sock_create_lite(sock->sk->sk_family, SOCK_STREAM, IPPROTO_TCP,
				     &child))
			return;
		err = ops->accept(sock, child, &arg);
		if (!err) {
			child->ops = ops;
			__module_get(ops->owner);
			sock_no_linger(child->sk);
			NPV_INC(sock_net(&nsk->sk), SEQPACKET_REFUSED);
		}
		sock_release(child);
		if (err)
			return;
	}
}

/**
 * npv_listen_refuse() - reset who speaks no NPV to a listener of sequenced packets
 * @nsk: the session; need not be one
 * @sock: the program's socket
 *
 * TCP has to listen for the port to be taken, and knows no records.
 *
 * Context: process, session lock not held, may sleep.
 */
void npv_listen_refuse(struct npv_sock *nsk, struct socket *sock)
{
	struct npv_stack *stack;

	if (!npv_record_wanted(&nsk->sk) ||
	    inet_sk_state_load(sock->sk) != TCP_LISTEN)
		return;
	refuse_plain(nsk, sock, npv_session_base(nsk));
	if (!READ_ONCE(nsk->extra))
		return;
	lock_sock(&nsk->sk);
	list_for_each_entry(stack, &nsk->stacks, node)
		if (stack->sock && inet_sk_state_load(stack->sk) == TCP_LISTEN)
			refuse_plain(nsk, stack->sock, stack->sock->ops);
	release_sock(&nsk->sk);
}

/* Take a native session that waits. Return: whether there was one. */
static bool accept_native(struct npv_sock *nsk, struct socket *newsock)
{
	struct npv_sock *child = npv_listener_take(nsk);

	if (!child)
		return false;

	npv_native_acquire(child->native);
	npv_session_adopt(child, newsock);
	npv_session_up(child);
	npv_native_release_lock(child->native);
	npv_sockopt_replay_session(child, newsock);
	NPV_INC(sock_net(&nsk->sk), SESSION_ACCEPT);
	return true;
}

/*
 * Take a connection from whichever stack has one. Session lock not held.
 * Return: 0 with *@ops NULL for a native session, which is complete.
 */
static int accept_any(struct npv_sock *nsk, struct socket *sock,
		      struct socket *newsock, struct proto_accept_arg *arg,
		      const struct proto_ops **ops)
{
	struct proto_accept_arg now = *arg;
	struct npv_stack *stack;
	int err;

	if (accept_native(nsk, newsock)) {
		*ops = NULL;
		return 0;
	}

	if (npv_record_wanted(&nsk->sk)) {
		npv_listen_refuse(nsk, sock);
		arg->is_empty = true;
		return inet_sk_state_load(sock->sk) == TCP_LISTEN ? -EAGAIN : -EINVAL;
	}
	now.flags |= O_NONBLOCK;
	*ops = npv_session_base(nsk);
	err = (*ops)->accept(sock, newsock, &now);
	if (err != -EAGAIN)
		goto out;

	lock_sock(&nsk->sk);
	list_for_each_entry(stack, &nsk->stacks, node) {
		if (!stack->sock ||
		    inet_sk_state_load(stack->sk) != TCP_LISTEN)
			continue;
		*ops = stack->sock->ops;
		now = *arg;
		now.flags |= O_NONBLOCK;
		err = stack->sock->ops->accept(stack->sock, newsock, &now);
		if (err != -EAGAIN)
			break;
	}
	/* Fair to all: the next time another comes first. */
	if (!err)
		list_move_tail(&stack->node, &nsk->stacks);
	release_sock(&nsk->sk);
out:
	arg->is_empty = now.is_empty;
	return err;
}

/* accept() of a listener with several stacks; inet_csk_wait_for_connect() */
static int accept_several(struct npv_sock *nsk, struct socket *sock,
			  struct socket *newsock, struct proto_accept_arg *arg,
			  const struct proto_ops **ops)
{
	long timeo = sock_rcvtimeo(sock->sk, arg->flags & O_NONBLOCK);
	DEFINE_WAIT(wait);
	int err;

	for (;;) {
		prepare_to_wait_exclusive(&sock->wq.wait, &wait,
					  TASK_INTERRUPTIBLE);
		sched_annotate_sleep();
		err = accept_any(nsk, sock, newsock, arg, ops);
		if (err != -EAGAIN || !timeo)
			break;
		if (signal_pending(current)) {
			err = sock_intr_errno(timeo);
			break;
		}
		timeo = schedule_timeout(timeo);
	}
	finish_wait(&sock->wq.wait, &wait);

	return err;
}

/* Whether a session listens, and nobody waits to be accepted. */
static bool listen_idle(struct npv_sock *nsk, struct socket *sock)
{
	struct npv_stack *stack;
	bool idle;

	npv_listen_refuse(nsk, sock);
	idle = inet_sk_state_load(sock->sk) == TCP_LISTEN &&
	       npv_listener_idle(nsk) &&
	       reqsk_queue_empty(&inet_csk(sock->sk)->icsk_accept_queue);
	if (!idle || !READ_ONCE(nsk->extra))
		return idle;

	lock_sock(&nsk->sk);
	list_for_each_entry(stack, &nsk->stacks, node)
		if (!reqsk_queue_empty(&inet_csk(stack->sk)->icsk_accept_queue))
			idle = false;
	release_sock(&nsk->sk);

	return idle;
}

/* What is said of a listener is said of who is accepted; TCP has copied the marks. */
static void listener_stated(struct npv_sock *child, struct npv_sock *nsk)
{
	if (likely(!npv_stated_of(nsk) && !READ_ONCE(nsk->capacity)))
		return;
	lock_sock(&nsk->sk);
	npv_stated_copy(child, nsk);
	child->capacity = nsk->capacity;
	child->temporary = nsk->temporary;
	release_sock(&nsk->sk);
}

/**
 * npv_accept() - proto_ops.accept
 * @sock: the listening socket
 * @newsock: the one to fill in
 * @arg: flags
 *
 * Context: process, may sleep.
 * Return: 0 or the -errno that TCP gives.
 */
int npv_accept(struct socket *sock, struct socket *newsock,
	       struct proto_accept_arg *arg)
{
	struct npv_sock *nsk = npv_session_of(sock), *child;
	struct net *net = sock_net(&nsk->sk);
	const struct proto_ops *ops;
	int err;

	/* Servers call until there is nothing more: that is to cost nothing. */
	if (arg->flags & O_NONBLOCK && listen_idle(nsk, sock))
		return -EAGAIN;

	/* Whatever can fail does so before a connection is taken. */
	child = npv_session_alloc(net, newsock);
	if (!child)
		return -ENOMEM;
	listener_stated(child, nsk);
	err = npv_stack_prepare_main(child);
	if (err)
		goto err_free;
	err = npv_session_reserve(child);
	if (err)
		goto err_main;

	if (READ_ONCE(nsk->extra) || READ_ONCE(nsk->listen) ||
	    npv_record_wanted(&nsk->sk)) {
		err = accept_several(nsk, sock, newsock, arg, &ops);
	} else {
		ops = npv_session_base(nsk);
		err = ops->accept(sock, newsock, arg);
	}
	if (err || !ops)
		goto err_unreserve;

	lock_sock(&child->sk);
	__set_bit(NPV_SF_ACCEPTED, &child->flags);
	__set_bit(NPV_SF_PINNED, &child->flags);
	if (test_bit(NPV_SF_STRICT, &nsk->flags))
		__set_bit(NPV_SF_STRICT, &child->flags);
	child->kind = NPV_KIND_PLAIN;
	child->reason = NPV_REASON_ACCEPTED;
	child->name_family = nsk->name_family;
	child->name_fixed = nsk->name_fixed;
	child->keepalive = READ_ONCE(nsk->keepalive);
	npv_stack_accept_main(child, ops);
	set_bit(SOCK_CUSTOM_SOCKOPT, &newsock->flags);
	WRITE_ONCE(SOCK_INODE(newsock)->i_private, child);
	npv_session_publish(child);
	npv_stack_watch(child->main);
	NPV_INC(net, SESSION_ACCEPT);
	npv_session_up(child);
	npv_stack_settle(child->main);
	release_sock(&child->sk);

	return 0;

err_unreserve:
	npv_session_unreserve(child);
err_main:
	npv_stack_destroy(child->main);
	child->main = NULL;
err_free:
	npv_session_free(child);
	return err;
}
