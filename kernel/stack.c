// SPDX-License-Identifier: GPL-2.0
/*
 * Communication stacks: the in-kernel TCP and UDP sockets that carry a
 * session.
 *
 * The main stack's sock hangs on the program's own struct socket, as a socket
 * of AF_INET or AF_INET6 would. Further stacks (attempts of a race, listeners
 * on further addresses) have a struct socket of their own. All are made in the
 * context of the program, so that they count against its user, its cgroup and
 * its security label, and hold its network namespace.
 */

#include <linux/fdtable.h>
#include <linux/slab.h>
#include <linux/security.h>
#include <net/inet_hashtables.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "address.h"
#include "discover.h"
#include "event.h"
#include "native.h"
#include "netns.h"
#include "session.h"
#include "sockopt.h"
#include "stack.h"
#include "stack_tcp.h"
#include "stack_udp.h"

/* Sockets that one session may keep for system calls that came too late */
#define NPV_RETIRED_MAX		8

static struct npv_stack *stack_alloc(struct npv_sock *nsk)
{
	struct npv_stack *stack;

	stack = kzalloc(sizeof(*stack), GFP_KERNEL_ACCOUNT);
	if (!stack)
		return NULL;

	INIT_LIST_HEAD(&stack->node);
	INIT_LIST_HEAD(&stack->twin_node);
	stack->nsk = nsk;

	return stack;
}

/* Session lock, or the session not published yet. */
static void stack_set_main(struct npv_sock *nsk, struct npv_stack *stack,
			   struct sock *sk)
{
	sock_hold(sk);
	stack->sk = sk;
	stack->id = nsk->next_stack++;
	list_add(&stack->node, &nsk->stacks);
	nsk->main = stack;
}

/**
 * npv_stack_create_main() - make the first stack and give it to the program
 * @nsk: a session that has no stack and isn't published
 * @family: AF_INET6 (which carries IPv4 as well) or AF_INET
 * @protocol: 0, IPPROTO_TCP or IPPROTO_UDP
 * @kern: as in net_proto_family.create
 *
 * Context: process, may sleep.
 * Return: 0; -EAFNOSUPPORT without that family; what socket() of that family
 * returns.
 */
int npv_stack_create_main(struct npv_sock *nsk, sa_family_t family,
			  int protocol, int kern)
{
	struct socket *sock = nsk->sock;
	struct npv_stack *stack;
	struct socket *tmp;
	struct sock *sk;
	int err;

	stack = stack_alloc(nsk);
	if (!stack)
		return -ENOMEM;

	err = __sock_create(sock_net(&nsk->sk), family, sock->type, protocol,
			    &tmp, kern);
	if (err) {
		kfree(stack);
		return err;
	}

	/*
	 * Move the sock over and let go of the socket that it came with. The
	 * operations stay: IPv4 is built in, and IPv6 can't be unloaded.
	 */
	sk = tmp->sk;
	nsk->base = tmp->ops;
	if (test_bit(SOCK_SUPPORT_ZC, &tmp->flags))
		set_bit(SOCK_SUPPORT_ZC, &sock->flags);
	tmp->sk = NULL;
	sock_graft(sk, sock);
	sock_release(tmp);

	stack_set_main(nsk, stack, sk);
	return 0;
}

/**
 * npv_stack_prepare_main() - get the memory for an accepted session's stack
 * @nsk: a session that has no stack
 *
 * So that nothing can fail once a connection has been taken off the listener.
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int npv_stack_prepare_main(struct npv_sock *nsk)
{
	nsk->main = stack_alloc(nsk);
	return nsk->main ? 0 : -ENOMEM;
}

/**
 * npv_stack_accept_main() - make what accept() gave the session's main stack
 * @nsk: a session after npv_stack_prepare_main(), not published
 * @ops: socket operations of the listening stack
 *
 * Context: process.
 */
void npv_stack_accept_main(struct npv_sock *nsk, const struct proto_ops *ops)
{
	nsk->base = ops;
	stack_set_main(nsk, nsk->main, nsk->sock->sk);
}

/**
 * npv_stack_set_file() - have netfilter know the owner of a stack's own socket
 * @stack: the stack
 * @file: the program's, without a reference: the stack goes before it does, or forgets it;
 *	NULL: there is none any more
 *
 * Context: process.
 */
void npv_stack_set_file(struct npv_stack *stack, struct file *file)
{
	write_lock_bh(&stack->sk->sk_callback_lock);
	WRITE_ONCE(stack->sock->file, file);
	write_unlock_bh(&stack->sk->sk_callback_lock);
}

/**
 * npv_stack_create() - make a further stack for a session
 * @nsk: the session
 * @family: AF_INET6 or AF_INET
 *
 * It has the options that the program has set. It isn't part of the session
 * until npv_stack_attach() or npv_stack_promote().
 *
 * Context: process of the program, session lock held, may sleep.
 * Return: the stack; what socket() of that family returned; or the error of an
 * option that this stack would not take, and without which it must not be used.
 */
struct npv_stack *npv_stack_create(struct npv_sock *nsk, sa_family_t family)
{
	const struct sock *main = npv_stack_sk(nsk->main);
	struct npv_stack *stack;
	struct socket *sock;
	int err;

	stack = stack_alloc(nsk);
	if (!stack)
		return ERR_PTR(-ENOMEM);

	err = __sock_create(sock_net(&nsk->sk), family,
			    main->sk_protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM,
			    main->sk_protocol, &sock, main->sk_kern_sock);
	if (err)
		goto err_free;

	stack->sock = sock;
	stack->sk = sock->sk;
	sock_hold(stack->sk);
	stack->sk->sk_ipv6only = 0;
	/* To netfilter and policy routing it is who opened the main stack. */
	stack->sk->sk_uid = main->sk_uid;
	npv_stack_set_file(stack, nsk->sock->file);

	err = npv_sockopt_replay(nsk, sock);
	if (err) {
		npv_stack_destroy(stack);
		return ERR_PTR(err);
	}

	return stack;

err_free:
	kfree(stack);
	return ERR_PTR(err);
}

/* Whether there is a signal to send is for the fasync list to say. */
static void stack_set_fasync(struct sock *sk)
{
	lock_sock(sk);
	sock_set_flag(sk, SOCK_FASYNC);
	release_sock(sk);
}

/**
 * npv_stack_attach() - make a stack part of its session
 * @stack: from npv_stack_create()
 *
 * Who waits on the program's socket is woken by this stack too.
 *
 * Context: process, session lock held.
 */
void npv_stack_attach(struct npv_stack *stack)
{
	struct npv_sock *nsk = stack->nsk;
	struct sock *sk = stack->sk;

	/* The program's socket outlives the stack: npv_release() sees to it. */
	write_lock_bh(&sk->sk_callback_lock);
	rcu_assign_pointer(sk->sk_wq, &nsk->sock->wq);
	write_unlock_bh(&sk->sk_callback_lock);
	stack_set_fasync(sk);

	stack->id = nsk->next_stack++;
	list_add_tail(&stack->node, &nsk->stacks);
	WRITE_ONCE(nsk->extra, nsk->extra + 1);
	/* What came before has told nobody. */
	wake_up_interruptible_all(&nsk->sock->wq.wait);
}

/**
 * npv_stack_further() - the sockets of the stacks beside the main one
 * @nsk: the session
 * @further: filled in, room for NPV_ADDR_MAX
 *
 * They stay until the session is released.
 *
 * Context: process, session lock not held.
 * Return: the number of them.
 */
unsigned int npv_stack_further(struct npv_sock *nsk, struct socket **further)
{
	struct npv_stack *stack;
	unsigned int n = 0;

	lock_sock(&nsk->sk);
	list_for_each_entry(stack, &nsk->stacks, node)
		/* Those of a native session come and go. */
		if (stack->sock && !stack->sub && n < NPV_ADDR_MAX)
			further[n++] = stack->sock;
	release_sock(&nsk->sk);

	return n;
}

/**
 * npv_stack_destroy() - close a stack and free it
 * @stack: any but a main stack whose program's socket is still there
 *
 * Context: process, may sleep.
 */
void npv_stack_destroy(struct npv_stack *stack)
{
	struct npv_sock *nsk = stack->nsk;

	if (!list_empty_careful(&stack->twin_node)) {
		struct npv_net *npvn = npv_pernet(sock_net(&nsk->sk));

		mutex_lock(&npvn->twins_lock);
		list_del_init_careful(&stack->twin_node);
		mutex_unlock(&npvn->twins_lock);
	}
	list_del(&stack->node);
	if (stack->sock) {
		/* sock_release() leaves it to the file to free the socket. */
		npv_stack_set_file(stack, NULL);
		sock_release(stack->sock);
	}
	if (stack->sk)
		sock_put(stack->sk);
	kfree(stack);
}

/**
 * npv_stack_discard() - close a stack at once, leaving nothing of it behind
 * @stack: as for npv_stack_destroy()
 *
 * What is connected is reset: no FIN_WAIT, no TIME_WAIT.
 *
 * Context: process, may sleep.
 */
void npv_stack_discard(struct npv_stack *stack)
{
	sock_no_linger(stack->sk);
	npv_stack_destroy(stack);
}

/**
 * npv_stack_unbind() - give back the local port and address of a closed stack
 * @sk: a TCP sock in TCP_CLOSE
 *
 * Context: process, its lock not held.
 */
void npv_stack_unbind(struct sock *sk)
{
	lock_sock(sk);
	sk->sk_userlocks &= ~(SOCK_BINDADDR_LOCK | SOCK_BINDPORT_LOCK);
	if (sk->sk_state == TCP_CLOSE && inet_csk(sk)->icsk_bind_hash)
		inet_put_port(sk);
	inet_reset_saddr(sk);
	release_sock(sk);
}

/* What is the program's and not the stack's moves to the new main stack. */
static void stack_move_identity(struct sock *from, struct sock *to)
{
	u64 cookie = atomic64_read(&from->sk_cookie);

	if (cookie) {
		atomic64_set(&from->sk_cookie, 0);
		atomic64_set(&to->sk_cookie, cookie);
	}
	stack_set_fasync(to);
}

/*
 * sock_graft() without its words to the security modules: both socks have been
 * the program's all along, and who calls may be a kernel thread.
 */
static void stack_graft(struct sock *sk, struct socket *sock)
{
	write_lock_bh(&sk->sk_callback_lock);
	rcu_assign_pointer(sk->sk_wq, &sock->wq);
	sk_set_socket(sk, sock);
	write_unlock_bh(&sk->sk_callback_lock);
	WRITE_ONCE(sock->sk, sk);
}

/**
 * npv_stack_promote() - make another stack the main one
 * @stack: from npv_stack_create(), not attached, not watched, connected
 *
 * It changes places with the one that was main, which is retired: a system
 * call that read sock->sk before may still be in it, and finds a closed socket.
 * Who reads sock->sk after npv_session_racing() was false finds the new one.
 * sock->state stays SS_CONNECTING: the next connect() takes note, as for TCP.
 *
 * Context: process, session lock held.
 */
void npv_stack_promote(struct npv_stack *stack)
{
	struct npv_sock *nsk = stack->nsk;
	struct npv_stack *old = nsk->main;
	struct socket *sock = nsk->sock;
	struct socket *spare = stack->sock;
	const struct proto_ops *ops = spare->ops;

	npv_stack_unwatch(old);
	npv_stack_set_file(stack, NULL);
	stack_move_identity(old->sk, stack->sk);

	/* The operations go with the sock that they are made for. */
	stack_graft(stack->sk, sock);
	stack_graft(old->sk, spare);
	WRITE_ONCE(spare->ops, nsk->base);
	/* Pairs with npv_session_base(): they come with the sock. */
	smp_store_release(&nsk->base, ops);
	spare->state = SS_UNCONNECTED;

	old->sock = spare;
	stack->sock = NULL;
	npv_stack_unbind(old->sk);

	list_move(&old->node, &nsk->retired);
	/* A program that goes on like this must not fill the memory. */
	if (++nsk->n_retired == NPV_RETIRED_MAX)
		set_bit(NPV_SF_PINNED, &nsk->flags);
	stack->id = nsk->next_stack++;
	list_add(&stack->node, &nsk->stacks);
	nsk->main = stack;
}

/*
 * The options of the socket layer that the program has set, which the main
 * stack's sock has taken: the session's own gets them field by field, since
 * setsockopt() would take the lock that is held.
 */
static void stack_move_options(const struct sock *from, struct sock *to)
{
	static const enum sock_flags flags[] = {
		SOCK_LINGER, SOCK_KEEPOPEN, SOCK_URGINLINE, SOCK_BROADCAST,
		SOCK_DBG, SOCK_RCVTSTAMP, SOCK_RCVTSTAMPNS, SOCK_RXQ_OVFL,
		SOCK_SELECT_ERR_QUEUE, SOCK_RCVMARK, SOCK_LOCALROUTE,
		SOCK_ZEROCOPY,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		if (sock_flag(from, flags[i]))
			sock_set_flag(to, flags[i]);
	to->sk_lingertime = from->sk_lingertime;
	WRITE_ONCE(to->sk_rcvtimeo, from->sk_rcvtimeo);
	WRITE_ONCE(to->sk_sndtimeo, from->sk_sndtimeo);
	WRITE_ONCE(to->sk_rcvlowat, from->sk_rcvlowat);
	WRITE_ONCE(to->sk_peek_off, from->sk_peek_off);
	WRITE_ONCE(to->sk_priority, from->sk_priority);
	WRITE_ONCE(to->sk_mark, from->sk_mark);
	WRITE_ONCE(to->sk_sndbuf, from->sk_sndbuf);
	WRITE_ONCE(to->sk_rcvbuf, from->sk_rcvbuf);
	WRITE_ONCE(to->sk_bound_dev_if, from->sk_bound_dev_if);
	WRITE_ONCE(to->sk_max_pacing_rate, from->sk_max_pacing_rate);
	to->sk_userlocks = from->sk_userlocks &
			   (SOCK_SNDBUF_LOCK | SOCK_RCVBUF_LOCK);
	to->sk_reuse = from->sk_reuse;
	to->sk_reuseport = from->sk_reuseport;
}

/**
 * npv_stack_go_native() - have a session's own sock take the main stack's place
 * @nsk: a session with its first native stack
 *
 * As npv_stack_promote(): the closed one that was main is retired, and stays
 * npv_sock.main, until npv_stack_reap(). Its sock has the program's socket as
 * before, so that a system call that came too late finds a closed TCP socket.
 *
 * Context: process, session lock held.
 */
void npv_stack_go_native(struct npv_sock *nsk)
{
	struct npv_stack *old = nsk->main;
	struct socket *sock = nsk->sock;
	struct sock *sk = &nsk->sk;
	u64 cookie = atomic64_read(&old->sk->sk_cookie);

	npv_stack_unwatch(old);
	if (cookie) {
		atomic64_set(&old->sk->sk_cookie, 0);
		atomic64_set(&sk->sk_cookie, cookie);
	}
	sock_set_flag(sk, SOCK_FASYNC);
	sk->sk_uid = old->sk->sk_uid;
	stack_move_options(old->sk, sk);

	stack_graft(sk, sock);
	/* Pairs with npv_session_base(): they come with the sock. */
	smp_store_release(&nsk->base, &npv_native_ops);
	npv_stack_unbind(old->sk);
	list_move(&old->node, &nsk->retired);
}

/**
 * npv_stack_bury() - free the stack that was main before the session was native
 * @stack: that stack
 *
 * Context: process, no system call can be using it any more.
 */
void npv_stack_bury(struct npv_stack *stack)
{
	struct sock *sk = stack->sk;

	READ_ONCE(sk->sk_prot)->close(sk, 0);
	npv_stack_destroy(stack);
}

/* Whether requests of io_uring, which may use the file without holding it, exist */
static bool uses_io_uring(void)
{
#if IS_ENABLED(CONFIG_IO_URING)
	return current->io_uring;
#else
	return false;
#endif
}

/*
 * Whether no system call but the one that runs can be in a session's operations.
 * Where the table of file descriptors is one thread's own, whoever else has found
 * the file holds it; so do requests of io_uring, but for its fixed files.
 */
static bool stack_alone(const struct socket *sock)
{
	const struct file *file = READ_ONCE(sock->file);

	if (!file || current->flags & (PF_KTHREAD | PF_IO_WORKER) ||
	    !current->files || atomic_read(&current->files->count) != 1 ||
	    uses_io_uring())
		return false;
	/* Who holds the file after this reads what sock->sk is since before it. */
	smp_mb();
	if (file_count(file) != 1)
		return false;
	smp_acquire__after_ctrl_dep();
	return true;
}

/*
 * Those who find a socket without holding its file, and use sock->sk under a lock:
 * chown() of a descriptor in /proc under the inode's, as sock_close() knows, and
 * cgroups that walk a process's files under the table's. Who has the lock after this
 * finds the new one.
 * Return: whether nobody has the inode's.
 */
static bool stack_unseen(struct socket *sock)
{
	struct inode *inode = SOCK_INODE(sock);

	/* close() takes it outside of the session's lock. */
	if (!inode_trylock(inode))
		return false;
	inode_unlock(inode);
	spin_lock(&current->files->file_lock);
	spin_unlock(&current->files->file_lock);
	return true;
}

/**
 * npv_stack_reap() - free what was main before a session was native, if that's safe
 * @nsk: a native session, whose main stack is there still
 *
 * It is kept only for system calls that are late. A process of one thread that
 * shares the socket with nobody can't have any; for others it stays until the end.
 *
 * Context: a system call on the session's socket, session lock held.
 */
void npv_stack_reap(struct npv_sock *nsk)
{
	if (!stack_alone(nsk->sock) || !stack_unseen(nsk->sock))
		return;
	npv_stack_bury(nsk->main);
	nsk->main = NULL;
}

/**
 * npv_stack_create_native() - make a further stack for a native session
 * @nsk: the session
 * @family: AF_INET or AF_INET6
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 *
 * As npv_stack_create(), but by the session's work, on behalf of its user.
 *
 * Context: process, session lock held, may sleep.
 * Return: as npv_stack_create().
 */
struct npv_stack *npv_stack_create_native(struct npv_sock *nsk,
					  sa_family_t family, int protocol)
{
	struct npv_stack *stack;
	struct socket *sock;
	int err;

	err = sock_create_kern(sock_net(&nsk->sk), family,
			       protocol == IPPROTO_TCP ? SOCK_STREAM :
							 SOCK_DGRAM,
			       protocol, &sock);
	if (err)
		return ERR_PTR(err);
	sk_net_refcnt_upgrade(sock->sk);
	stack = npv_stack_wrap(nsk, sock);
	if (!stack) {
		sock_release(sock);
		return ERR_PTR(-ENOMEM);
	}
	stack->sk->sk_uid = nsk->sk.sk_uid;
	err = npv_sockopt_replay(nsk, sock);
	if (err) {
		npv_stack_destroy(stack);
		return ERR_PTR(err);
	}

	return stack;
}

/**
 * npv_stack_wrap() - make a socket a stack
 * @nsk: the session
 * @sock: a socket of this module's, which belongs to the stack from then on
 *
 * Context: process, may sleep.
 * Return: the stack, not yet part of the session; NULL without memory.
 */
struct npv_stack *npv_stack_wrap(struct npv_sock *nsk, struct socket *sock)
{
	struct npv_stack *stack = stack_alloc(nsk);

	if (!stack)
		return NULL;
	stack->sock = sock;
	stack->sk = sock->sk;
	sock_hold(stack->sk);

	return stack;
}

/* What a change of the main stack's state means for the session */
static void stack_state_changed(struct npv_sock *nsk, struct sock *sk)
{
	int err = READ_ONCE(sk->sk_err);
	struct in6_addr addr;
	__be16 port;

	switch (sk->sk_state) {
	case TCP_ESTABLISHED:
		if (!test_bit(NPV_SF_CONNECTING, &nsk->flags))
			break;
		addr = npv_stack_remote(sk, &port);
		npv_peer_note(sock_net(sk), &addr, NPV_PEER_GOOD,
			      tcp_sk(sk)->srtt_us >> 3);
		npv_discover_doubt(nsk, &addr, port, tcp_sk(sk)->srtt_us >> 3);
		npv_session_connected(nsk);
		break;
	case TCP_CLOSE:
		if (test_bit(NPV_SF_CONNECTING, &nsk->flags)) {
			addr = npv_stack_remote(sk, &port);
			if (err == ETIMEDOUT || err == EHOSTUNREACH ||
			    err == ENETUNREACH)
				npv_peer_note(sock_net(sk), &addr,
					      NPV_PEER_BAD, 0);
			npv_session_connect_failed(nsk, err);
		} else {
			npv_session_down(nsk, err);
		}
		break;
	default:
		if (test_bit(NPV_SF_UP, &nsk->flags)) {
			npv_event_session(nsk, NPV_CMD_SESSION_CHANGE_NTF);
			npv_event_stack(nsk->main, NPV_CMD_STACK_CHANGE_NTF);
		}
		break;
	}
}

/*
 * sk_state_change of a main stack. Runs with the stack's lock held, or from
 * its backlog. The way to the session leads over the socket, not sk_user_data:
 * that is left to programs (sockmap).
 */
static void stack_state_change(struct sock *sk)
{
	void (*state_change)(struct sock *sk) = NULL;
	struct npv_sock *nsk = NULL;

	read_lock_bh(&sk->sk_callback_lock);
	if (sk->sk_socket)
		nsk = npv_session_of(sk->sk_socket);
	if (nsk) {
		sock_hold(&nsk->sk);
		state_change = nsk->main->state_change;
	}
	read_unlock_bh(&sk->sk_callback_lock);

	if (nsk) {
		stack_state_changed(nsk, sk);
		sock_put(&nsk->sk);
	}
	/* The session first: who is woken may ask for it at once. */
	if (!state_change) {
		/* npv_stack_unwatch() was quicker */
		state_change = READ_ONCE(sk->sk_state_change);
		if (state_change == stack_state_change)
			return;
	}
	state_change(sk);
}

/**
 * npv_stack_watch() - follow the state of a session's main stack
 * @stack: a TCP main stack; one that is watched already stays so
 *
 * Context: process, session lock held.
 */
void npv_stack_watch(struct npv_stack *stack)
{
	struct sock *sk = stack->sk;

	write_lock_bh(&sk->sk_callback_lock);
	if (!stack->state_change) {
		stack->state_change = sk->sk_state_change;
		sk->sk_state_change = stack_state_change;
	}
	write_unlock_bh(&sk->sk_callback_lock);
}

/**
 * npv_stack_settle() - tell what happened to a stack before it was watched
 * @stack: a main stack that was connected when it came
 *
 * Context: process, session lock held.
 */
void npv_stack_settle(struct npv_stack *stack)
{
	struct sock *sk = stack->sk;

	lock_sock(sk);
	if (sk->sk_state != TCP_ESTABLISHED)
		stack_state_changed(stack->nsk, sk);
	release_sock(sk);
}

/**
 * npv_stack_unwatch() - undo npv_stack_watch()
 * @stack: the stack
 *
 * Before a stack listens, lest its children inherit the callback, and before
 * it leaves the session.
 *
 * Context: process, session lock held. A callback may run once more after it,
 * until the stack's lock has been taken.
 */
void npv_stack_unwatch(struct npv_stack *stack)
{
	struct sock *sk = stack->sk;

	write_lock_bh(&sk->sk_callback_lock);
	if (stack->state_change) {
		sk->sk_state_change = stack->state_change;
		stack->state_change = NULL;
	}
	write_unlock_bh(&sk->sk_callback_lock);
}

/**
 * npv_stack_local() - local address of a stack
 * @sk: its sock
 * @port: set to the port, network byte order, 0 if none
 *
 * Context: any.
 * Return: the address, IPv4 as ::ffff:a.b.c.d.
 */
struct in6_addr npv_stack_local(const struct sock *sk, __be16 *port)
{
	const struct inet_sock *inet = inet_sk(sk);
	struct in6_addr addr;

	*port = READ_ONCE(inet->inet_sport);
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		addr = inet6_sk(sk)->saddr;
		if (ipv6_addr_any(&addr))
			addr = sk->sk_v6_rcv_saddr;
		return addr;
	}
#endif
	ipv6_addr_set_v4mapped(READ_ONCE(inet->inet_saddr) ?:
			       READ_ONCE(inet->inet_rcv_saddr), &addr);
	return addr;
}

/**
 * npv_stack_remote() - address of the peer of a stack
 * @sk: its sock
 * @port: set to the port, network byte order, 0 if there is no peer
 *
 * Context: any.
 * Return: the address, IPv4 as ::ffff:a.b.c.d.
 */
struct in6_addr npv_stack_remote(const struct sock *sk, __be16 *port)
{
	struct in6_addr addr = IN6ADDR_ANY_INIT;

	*port = READ_ONCE(inet_sk(sk)->inet_dport);
	if (!*port)
		return addr;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return sk->sk_v6_daddr;
#endif
	ipv6_addr_set_v4mapped(READ_ONCE(inet_sk(sk)->inet_daddr), &addr);
	return addr;
}

/**
 * npv_stack_network() - what network a stack runs over
 * @sk: its sock
 *
 * Context: any.
 * Return: the network; NPV_NETWORK_ANY for both.
 */
enum npv_network npv_stack_network(const struct sock *sk)
{
	struct in6_addr addr;
	__be16 port;

	if (sk->sk_family == AF_INET)
		return NPV_NETWORK_IPV4;

	addr = npv_stack_remote(sk, &port);
	if (!port)
		addr = npv_stack_local(sk, &port);
	if (ipv6_addr_v4mapped(&addr))
		return NPV_NETWORK_IPV4;
	if (ipv6_addr_any(&addr) && !sk->sk_ipv6only)
		return NPV_NETWORK_ANY;
	return NPV_NETWORK_IPV6;
}

/**
 * npv_stack_ifindex() - interface of a stack
 * @sk: its sock
 *
 * Context: any.
 * Return: the one it is bound to, else the one that it was routed over last,
 * else 0.
 */
int npv_stack_ifindex(const struct sock *sk)
{
	int ifindex = READ_ONCE(sk->sk_bound_dev_if);
	struct dst_entry *dst;

	if (ifindex)
		return ifindex;

	rcu_read_lock();
	dst = rcu_dereference(sk->sk_dst_cache);
	if (dst)
		ifindex = READ_ONCE(dst->dev)->ifindex;
	rcu_read_unlock();

	return ifindex;
}

/**
 * npv_stack_bind_if() - have a stack leave by an interface
 * @sk: its sock
 * @ifindex: the interface
 *
 * One that is bound to it already, because its program has done so, isn't asked again:
 * for a second time that takes CAP_NET_RAW, also where it is the same.
 *
 * Context: process, the sock's lock not held.
 * Return: 0; -EPERM: it is bound to another interface.
 */
int npv_stack_bind_if(struct sock *sk, int ifindex)
{
	if (READ_ONCE(sk->sk_bound_dev_if) == ifindex)
		return 0;
	return sock_bindtoindex(sk, ifindex, true);
}

/**
 * npv_stack_tcp_state() - what TCP would call the state that a stack is in
 * @stack: the stack
 *
 * Context: any of a plain session; session lock held of a native one.
 * Return: TCP_ESTABLISHED and its like.
 */
int npv_stack_tcp_state(const struct npv_stack *stack)
{
	/* A UDP socket is connected before its peer has heard of it. */
	if (stack->sub && !npv_subflow_is_tcp(stack->sub) &&
	    stack->sub->status == NPV_STACK_STATUS_JOINING)
		return TCP_SYN_SENT;
	return inet_sk_state_load(npv_stack_sk(stack));
}

/**
 * npv_stack_info() - what NPV_STACKS tells of one stack
 * @stack: the stack
 * @info: filled in
 *
 * Context: process, session lock held, the stack's not.
 */
void npv_stack_info(struct npv_stack *stack, struct npv_stack_info *info)
{
	struct sock *sk = stack->sk;

	memset(info, 0, sizeof(*info));
	info->npvs_id = stack->id;
	info->npvs_network = npv_stack_network(sk);
	info->npvs_tcp_state = npv_stack_tcp_state(stack);
	info->npvs_ifindex = npv_stack_ifindex(sk);
	info->npvs_local = npv_stack_local(sk, &info->npvs_port_local);
	info->npvs_remote = npv_stack_remote(sk, &info->npvs_port_remote);
	info->npvs_transport = NPV_TRANSPORT_UDP;

	if (sk->sk_protocol == IPPROTO_TCP) {
		struct tcp_info ti;

		tcp_get_info(sk, &ti);
		info->npvs_transport = NPV_TRANSPORT_TCP;
		if (ti.tcpi_state == TCP_LISTEN)
			return;
		info->npvs_srtt_us = ti.tcpi_rtt;
		info->npvs_cwnd = ti.tcpi_snd_cwnd;
		info->npvs_bytes_sent = ti.tcpi_bytes_sent;
		info->npvs_bytes_received = ti.tcpi_bytes_received;
		info->npvs_delivery_rate = ti.tcpi_delivery_rate;
		info->npvs_rttvar_us = ti.tcpi_rttvar;
		info->npvs_loss_ppm = npv_tcp_loss(sk);
	} else if (stack->sub) {
		npv_udp_info(stack->sub, info);
	}
	if (stack->sub) {
		npv_metrics_look(stack->sub);
		info->npvs_loss_ppm = stack->sub->metrics.loss_ppm;
	}
}
