// SPDX-License-Identifier: GPL-2.0
/*
 * The socket family: socket() and close(), and the tables that say which
 * function answers which call.
 */

#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/net.h>
#include <net/inet_sock.h>

#include "address.h"
#include "assoc.h"
#include "connect.h"
#include "listen.h"
#include "listener.h"
#include "netns.h"
#include "plain.h"
#include "race.h"
#include "record.h"
#include "session.h"
#include "socket.h"
#include "sockopt.h"
#include "stack.h"
#include "trace.h"

/* Close a session's stacks, all but the one on the program's socket. */
static void session_close_stacks(struct npv_sock *nsk, struct list_head *list)
{
	struct npv_stack *stack, *next;

	list_for_each_entry_safe(stack, next, list, node)
		if (stack->sock)
			npv_stack_destroy(stack);
}

/* close() of a native session: it ends by itself, without its socket. */
static int native_close(struct npv_sock *nsk, struct socket *sock)
{
	struct npv_stack *stack;

	lock_sock(&nsk->sk);
	/* They may outlive the file. */
	list_for_each_entry(stack, &nsk->stacks, node)
		if (stack->sock)
			npv_stack_set_file(stack, NULL);
	npv_session_down(nsk, 0);
	WRITE_ONCE(SOCK_INODE(sock)->i_private, NULL);
	nsk->sock = NULL;
	if (nsk->main)
		npv_stack_bury(nsk->main);
	nsk->main = NULL;
	session_close_stacks(nsk, &nsk->retired);
	release_sock(&nsk->sk);

	return nsk->base->release(sock);
}

static int npv_release(struct socket *sock)
{
	struct npv_sock *nsk = npv_session_of(sock);
	struct npv_stack *main;
	int err = 0;

	/* accept() may give up on a socket before it gets a session. */
	if (!nsk)
		return 0;

	npv_race_cancel(nsk);
	npv_listener_del(nsk);
	npv_assoc_close(nsk);
	if (nsk->native)
		return native_close(nsk, sock);
	npv_session_unpublish(nsk);

	lock_sock(&nsk->sk);
	main = nsk->main;
	npv_stack_unwatch(main);
	npv_session_down(nsk, 0);
	write_lock_bh(&main->sk->sk_callback_lock);
	WRITE_ONCE(SOCK_INODE(sock)->i_private, NULL);
	write_unlock_bh(&main->sk->sk_callback_lock);
	nsk->sock = NULL;
	session_close_stacks(nsk, &nsk->stacks);
	session_close_stacks(nsk, &nsk->retired);
	release_sock(&nsk->sk);

	/* Last, since it may linger: the stack that the program knows. */
	err = nsk->base->release(sock);

	lock_sock(&nsk->sk);
	nsk->main = NULL;
	npv_stack_destroy(main);
	release_sock(&nsk->sk);
	npv_session_free(nsk);

	return err;
}

static int npv_getname(struct socket *sock, struct sockaddr *uaddr, int peer)
{
	struct npv_sock *nsk = npv_session_of(sock);
	int len;

	len = npv_session_base(nsk)->getname(sock, uaddr, peer);
	return len < 0 ? len : npv_plain_rename(nsk, uaddr, len);
}

/* What any of several stacks is ready for. The caller waits on @sock already. */
static __poll_t poll_several(struct npv_sock *nsk, struct file *file,
			     struct socket *sock)
{
	struct npv_stack *stack;
	__poll_t mask;

	mask = npv_session_base(nsk)->poll(file, sock, NULL);
	/* Datagrams: who has connected hears its peer only. */
	if (inet_sk_state_load(sock->sk) == TCP_ESTABLISHED)
		return mask;

	lock_sock(&nsk->sk);
	list_for_each_entry(stack, &nsk->stacks, node)
		if (stack->sock &&
		    (sock->type == SOCK_DGRAM ||
		     inet_sk_state_load(stack->sk) == TCP_LISTEN))
			mask |= stack->sock->ops->poll(file, stack->sock, NULL);
	release_sock(&nsk->sk);

	return mask;
}

/*
 * Whether a session may yet become a native one, while it is polled: sock->sk is a
 * sock of another kind then than the operations were read for.
 */
static bool poll_undecided(const struct npv_sock *nsk,
			   const struct socket *sock)
{
	return sock->type == SOCK_STREAM &&
	       READ_ONCE(nsk->kind) == NPV_KIND_OPEN &&
	       inet_sk_state_load(sock->sk) == TCP_CLOSE;
}

/* poll() of such a session; the caller waits on @sock already. */
static __poll_t poll_settled(struct npv_sock *nsk, struct file *file,
			     struct socket *sock)
{
	__poll_t mask = 0;
	bool native;

	lock_sock(&nsk->sk);
	native = nsk->native;
	if (!native)
		mask = nsk->base->poll(file, sock, NULL);
	release_sock(&nsk->sk);

	/* Which takes the lock itself, and it stays native. */
	return native ? nsk->base->poll(file, sock, NULL) : mask;
}

static __poll_t npv_poll(struct file *file, struct socket *sock,
			 struct poll_table_struct *wait)
{
	struct npv_sock *nsk = npv_session_of(sock);
	__poll_t mask;

	if (unlikely(npv_assoc_waits(nsk)))
		npv_assoc_listen(nsk);
	if (npv_session_racing(nsk)) {
		/* Nothing can happen but that it ends. */
		sock_poll_wait(file, sock, wait);
		if (npv_session_racing(nsk))
			return 0;
		wait = NULL;
	}
	if (unlikely(npv_record_wanted(&nsk->sk)) &&
	    inet_sk_state_load(sock->sk) == TCP_LISTEN) {
		sock_poll_wait(file, sock, wait);
		npv_listen_refuse(nsk, sock);
		return npv_listener_idle(nsk) ? 0 : EPOLLIN | EPOLLRDNORM;
	}
	if (unlikely(READ_ONCE(nsk->extra))) {
		sock_poll_wait(file, sock, wait);
		mask = poll_several(nsk, file, sock);
	} else if (poll_undecided(nsk, sock)) {
		sock_poll_wait(file, sock, wait);
		mask = poll_settled(nsk, file, sock);
	} else {
		mask = npv_session_base(nsk)->poll(file, sock, wait);
	}
	if (unlikely(!npv_listener_idle(nsk)))
		mask |= EPOLLIN | EPOLLRDNORM;
	/* UDP has room; the session that carries its datagrams has not. */
	if (unlikely(test_bit(NPV_SF_FULL, &nsk->flags)))
		mask &= ~(EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);

	return mask;
}

static int npv_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	return npv_session_base(npv_session_of(sock))->ioctl(sock, cmd, arg);
}

#ifdef CONFIG_COMPAT
static int npv_compat_ioctl(struct socket *sock, unsigned int cmd,
			    unsigned long arg)
{
	const struct proto_ops *base = npv_session_base(npv_session_of(sock));

	return base->compat_ioctl ? base->compat_ioctl(sock, cmd, arg) :
				    -ENOIOCTLCMD;
}
#endif

static int npv_shutdown(struct socket *sock, int how)
{
	struct npv_sock *nsk = npv_session_of(sock);
	struct npv_stack *stack;
	bool listening;
	int err;

	if (npv_session_racing(nsk)) {
		if (how < SHUT_RD || how > SHUT_RDWR)
			return -EINVAL;
		npv_race_shutdown(nsk);
		return 0;
	}

	if (unlikely(READ_ONCE(nsk->extra))) {
		lock_sock(&nsk->sk);
		list_for_each_entry(stack, &nsk->stacks, node)
			if (stack->sock)
				kernel_sock_shutdown(stack->sock, how);
		release_sock(&nsk->sk);
	}

	listening = inet_sk_state_load(sock->sk) == TCP_LISTEN;
	err = npv_session_base(nsk)->shutdown(sock, how);
	/* A listener isn't watched. */
	if (listening && inet_sk_state_load(sock->sk) == TCP_CLOSE)
		npv_session_down(nsk, 0);

	return err;
}

static const struct proto_ops npv_stream_ops = {
	.owner		= THIS_MODULE,
	.release	= npv_release,
	.bind		= npv_bind,
	.connect	= npv_connect,
	.socketpair	= sock_no_socketpair,
	.accept		= npv_accept,
	.getname	= npv_getname,
	.poll		= npv_poll,
	.ioctl		= npv_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl	= npv_compat_ioctl,
#endif
	.gettstamp	= sock_gettstamp,
	.listen		= npv_listen,
	.shutdown	= npv_shutdown,
	.setsockopt	= npv_setsockopt,
	.getsockopt	= npv_getsockopt,
	.sendmsg	= npv_stream_sendmsg,
	.recvmsg	= npv_stream_recvmsg,
	.mmap		= npv_plain_mmap,
	.splice_read	= npv_plain_splice_read,
	.splice_eof	= npv_plain_splice_eof,
	.sendmsg_locked	= npv_plain_sendmsg_locked,
	.set_peek_off	= npv_plain_set_peek_off,
	.set_rcvlowat	= npv_plain_set_rcvlowat,
	.peek_len	= npv_plain_peek_len,
	.read_sock	= npv_plain_read_sock,
	.read_skb	= npv_plain_read_skb,
};

static const struct proto_ops npv_dgram_ops = {
	.owner		= THIS_MODULE,
	.release	= npv_release,
	.bind		= npv_bind,
	.connect	= npv_connect,
	.socketpair	= sock_no_socketpair,
	.accept		= sock_no_accept,
	.getname	= npv_getname,
	.poll		= npv_poll,
	.ioctl		= npv_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl	= npv_compat_ioctl,
#endif
	.gettstamp	= sock_gettstamp,
	.listen		= sock_no_listen,
	.shutdown	= npv_shutdown,
	.setsockopt	= npv_setsockopt,
	.getsockopt	= npv_getsockopt,
	.sendmsg	= npv_dgram_sendmsg,
	.recvmsg	= npv_dgram_recvmsg,
	.mmap		= sock_no_mmap,
	.splice_eof	= npv_plain_splice_eof,
	.set_peek_off	= npv_plain_set_peek_off,
	.read_skb	= npv_plain_read_skb,
};

/**
 * npv_socket_ops() - the operations that a socket of this family must have
 * @sock: the program's socket
 *
 * Context: any.
 * Return: the table, by the socket's type.
 */
const struct proto_ops *npv_socket_ops(const struct socket *sock)
{
	return sock->type == SOCK_STREAM ? &npv_stream_ops : &npv_dgram_ops;
}

/* Make the stack that a fresh socket starts with. */
static int create_main(struct npv_sock *nsk, sa_family_t family, int protocol,
		       int kern)
{
	struct npv_net *npvn = npv_pernet(sock_net(&nsk->sk));
	unsigned long retry;
	int err;

	/* AF_INET6 carries both; AF_INET is for who wants nothing else. */
	if (family) {
		set_bit(NPV_SF_STRICT, &nsk->flags);
		nsk->name_family = family;
		nsk->name_fixed = true;
		return npv_stack_create_main(nsk, family, protocol, kern);
	}

	/*
	 * Where there is no IPv6 every try would start a modprobe: look again
	 * only now and then.
	 */
	retry = READ_ONCE(npvn->ipv6_retry);
	err = -EAFNOSUPPORT;
	if (!retry || time_after_eq(jiffies, retry)) {
		err = npv_stack_create_main(nsk, AF_INET6, protocol, kern);
		if (retry || err == -EAFNOSUPPORT)
			WRITE_ONCE(npvn->ipv6_retry, err == -EAFNOSUPPORT ?
				   (jiffies + 60 * HZ) | 1 : 0);
	}
	if (!err) {
		/* Whatever net.ipv6.bindv6only says: it is to carry both. */
		nsk->main->sk->sk_ipv6only = 0;
		return 0;
	}
	if (err != -EAFNOSUPPORT)
		return err;

	NPV_INC(sock_net(&nsk->sk), FALLBACK_NO_IPV6);
	nsk->reason = NPV_REASON_NO_IPV6;
	set_bit(NPV_SF_NO_IPV6, &nsk->flags);
	trace_npv_fallback(nsk, nsk->reason);
	return npv_stack_create_main(nsk, AF_INET, protocol, kern);
}

/* net_proto_family.create: socket(AF_NPV, type, NPV_PROTO(family, protocol)) */
static int npv_create(struct net *net, struct socket *sock, int protocol,
		      int kern)
{
	unsigned int family = (unsigned int)protocol >> 16;
	struct npv_sock *nsk;
	int want, err;

	protocol &= 0xffff;
	if (family && family != AF_INET && family != AF_INET6)
		return -EINVAL;
	if (protocol >= IPPROTO_MAX)
		return -EINVAL;

	switch (sock->type) {
	case SOCK_STREAM:
	case SOCK_SEQPACKET:
		want = IPPROTO_TCP;
		sock->ops = &npv_stream_ops;
		break;
	case SOCK_DGRAM:
		want = IPPROTO_UDP;
		sock->ops = &npv_dgram_ops;
		break;
	default:
		return -ESOCKTNOSUPPORT;
	}
	/* Of records there is no other protocol. */
	if (protocol && (protocol != want || sock->type == SOCK_SEQPACKET))
		return -EPROTONOSUPPORT;

	nsk = npv_session_alloc(net, sock);
	if (!nsk)
		return -ENOBUFS;
	/* Records are within streams: to TCP it is one. */
	if (sock->type == SOCK_SEQPACKET)
		sock->type = SOCK_STREAM;
	err = npv_session_reserve(nsk);
	if (err)
		goto err_free;
	err = create_main(nsk, family, want, kern);
	if (err)
		goto err_unreserve;

	/* SO_TYPE */
	nsk->main->sk->sk_type = nsk->sk.sk_type;
	/* SOL_SOCKET options are wanted too: they are remembered. */
	set_bit(SOCK_CUSTOM_SOCKOPT, &sock->flags);
	SOCK_INODE(sock)->i_private = nsk;
	npv_session_publish(nsk);
	return 0;

err_unreserve:
	npv_session_unreserve(nsk);
err_free:
	npv_session_free(nsk);
	return err;
}

/* The family is a module parameter, known only when the module loads. */
static struct net_proto_family npv_proto_family = {
	.create	= npv_create,
	.owner	= THIS_MODULE,
};

/**
 * npv_socket_init() - register the socket family
 *
 * Context: module init, last: from then on there can be sockets.
 * Return: 0; -EEXIST where the number is taken; -EINVAL where it can't be.
 */
int __init npv_socket_init(void)
{
	int err;

	if (npv_family_nr == AF_UNSPEC || npv_family_nr >= NPROTO) {
		pr_err("npv: family %u is out of range, 1 to %d are possible\n",
		       npv_family_nr, NPROTO - 1);
		return -EINVAL;
	}

	npv_proto_family.family = npv_family_nr;
	err = sock_register(&npv_proto_family);
	if (err)
		pr_err("npv: family %u is taken; choose another with the parameter family=\n",
		       npv_family_nr);

	return err;
}

/** npv_socket_exit() - undo npv_socket_init() */
void npv_socket_exit(void)
{
	sock_unregister(npv_family_nr);
}
