// SPDX-License-Identifier: GPL-2.0
/*
 * The data path of plain sessions: straight through to the main stack, whose
 * sock is the socket's own. What is added are addresses of any family on the
 * way in, names in the program's family on the way out, and waiting for a race.
 */

#include <linux/net.h>
#include <linux/splice.h>
#include <net/tcp.h>

#include "address.h"
#include "assoc.h"
#include "connect.h"
#include "netns.h"
#include "plain.h"
#include "race.h"
#include "record.h"
#include "session.h"
#include "stack.h"

/**
 * npv_plain_rename() - tell a name in the family that the program uses
 * @nsk: the session
 * @uaddr: sockaddr_in or sockaddr_in6 from a stack, rewritten in place; has
 *	room for a sockaddr_storage
 * @len: its length
 *
 * Context: any.
 * Return: its new length.
 */
int npv_plain_rename(struct npv_sock *nsk, void *uaddr, int len)
{
	struct sockaddr_storage *ss = uaddr;
	bool foreign = false;

	if (ss->ss_family == READ_ONCE(nsk->name_family))
		return len;

	len = npv_addr_rename(ss, READ_ONCE(nsk->name_family), &foreign);
	if (foreign && !test_and_set_bit(NPV_SF_FOREIGN, &nsk->flags))
		NPV_INC(sock_net(&nsk->sk), NAME_FOREIGN);

	return len;
}

/*
 * sendto(MSG_FASTOPEN) connects and sends at once. With several addresses the
 * most promising gets it: data must not go out twice.
 */
static noinline int stream_fastopen(struct npv_sock *nsk, struct socket *sock,
				    struct msghdr *msg, size_t len)
{
	struct sockaddr *uaddr = msg->msg_name;
	int namelen = msg->msg_namelen;
	struct sockaddr_storage ss;
	bool fresh;
	int err;

	if (msg->msg_namelen >= (int)sizeof(sa_family_t) &&
	    !(test_bit(NPV_SF_STRICT, &nsk->flags) &&
	      uaddr->sa_family != npv_family_nr)) {
		err = npv_connect_target(nsk, uaddr, msg->msg_namelen, &ss);
		if (err < 0)
			return err;
		msg->msg_name = &ss;
		msg->msg_namelen = err;
	}

	lock_sock(&nsk->sk);
	fresh = sock->state == SS_UNCONNECTED &&
		inet_sk_state_load(sock->sk) == TCP_CLOSE;
	if (fresh) {
		npv_session_connecting(nsk, 1);
		npv_stack_watch(nsk->main);
	}
	release_sock(&nsk->sk);

	err = npv_session_base(nsk)->sendmsg(sock, msg, len);
	if (fresh && err < 0 && inet_sk_state_load(sock->sk) == TCP_CLOSE)
		npv_session_connect_failed(nsk, -err);
	msg->msg_name = uaddr;
	msg->msg_namelen = namelen;

	return err;
}

/**
 * npv_stream_sendmsg() - proto_ops.sendmsg of SOCK_STREAM
 * @sock: the program's socket
 * @msg: what to send; msg_name is used with MSG_FASTOPEN only
 * @len: bytes
 *
 * Context: process, may sleep; takes no lock of the session.
 * Return: bytes sent, or the -errno that TCP gives.
 */
int npv_stream_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct npv_sock *nsk = npv_session_of(sock);

	if (npv_session_racing(nsk)) {
		bool nonblock = msg->msg_flags & MSG_DONTWAIT;
		int err;

		err = npv_race_wait(nsk, sock_sndtimeo(sock->sk, nonblock));
		if (err)
			return err;
	}
	/* A native session may have no main stack; it is connected anyway. */
	if (unlikely(msg->msg_flags & MSG_FASTOPEN && msg->msg_name) &&
	    !READ_ONCE(nsk->native)) {
		/* It would connect the TCP sock itself, which knows no records. */
		if (npv_record_wanted(&nsk->sk))
			return -EOPNOTSUPP;
		return stream_fastopen(nsk, sock, msg, len);
	}

	return npv_session_base(nsk)->sendmsg(sock, msg, len);
}

/**
 * npv_stream_recvmsg() - proto_ops.recvmsg of SOCK_STREAM
 * @sock: the program's socket
 * @msg: where to put it
 * @len: room, bytes
 * @flags: MSG_*
 *
 * Context: process, may sleep; takes no lock of the session.
 * Return: bytes received, 0 at the end, or the -errno that TCP gives.
 */
int npv_stream_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
		       int flags)
{
	struct npv_sock *nsk = npv_session_of(sock);
	int err;

	if (npv_session_racing(nsk) && !(flags & MSG_ERRQUEUE)) {
		bool nonblock = flags & MSG_DONTWAIT;

		err = npv_race_wait(nsk, sock_rcvtimeo(sock->sk, nonblock));
		if (err)
			return err;
	}

	err = npv_session_base(nsk)->recvmsg(sock, msg, len, flags);
	/* From the error queue only: a stream names nobody. */
	if (unlikely(msg->msg_namelen) && msg->msg_name && err >= 0)
		msg->msg_namelen = npv_plain_rename(nsk, msg->msg_name,
						    msg->msg_namelen);

	return err;
}

/*
 * The stack that is to send to an address: the main one, unless the socket is
 * bound to several addresses and another is of the right family.
 */
static struct socket *dgram_route(struct npv_sock *nsk, struct socket *sock,
				  const struct in6_addr *dst)
{
	bool is4 = ipv6_addr_v4mapped(dst);
	struct npv_stack *stack;
	struct in6_addr local;
	__be16 port;

	lock_sock(&nsk->sk);
	list_for_each_entry(stack, &nsk->stacks, node) {
		local = npv_stack_local(stack->sk, &port);
		if (ipv6_addr_v4mapped(&local) == is4) {
			if (stack->sock)
				sock = stack->sock;
			break;
		}
	}
	release_sock(&nsk->sk);

	return sock;
}

/* sendmsg() of a datagram that goes as UDP */
static int dgram_sendmsg(struct npv_sock *nsk, struct socket *sock, struct msghdr *msg,
			 size_t len)
{
	const struct proto_ops *base = npv_session_base(nsk);
	struct sockaddr *uaddr = msg->msg_name;
	int namelen = msg->msg_namelen;
	struct sockaddr_storage ss;
	struct socket *to = sock;
	struct in6_addr dst;
	u32 scope_id;
	__be16 port;
	int err;

	if (!uaddr || msg->msg_namelen < (int)sizeof(sa_family_t) ||
	    (test_bit(NPV_SF_STRICT, &nsk->flags) &&
	     uaddr->sa_family != npv_family_nr))
		return base->sendmsg(sock, msg, len);

	err = npv_connect_target(nsk, uaddr, msg->msg_namelen, &ss);
	if (err < 0)
		return err;

	if (unlikely(READ_ONCE(nsk->extra))) {
		dst = npv_addr_of(&ss, &port, &scope_id);
		to = dgram_route(nsk, sock, &dst);
		if (to != sock)
			base = to->ops;
	}

	msg->msg_name = &ss;
	msg->msg_namelen = err;
	err = base->sendmsg(to, msg, len);
	/* Who asked may ask again, with the same message. */
	msg->msg_name = uaddr;
	msg->msg_namelen = namelen;

	return err;
}

/**
 * npv_dgram_sendmsg() - proto_ops.sendmsg of SOCK_DGRAM
 * @sock: the program's socket
 * @msg: what to send, and to whom; of several addresses the most promising
 * @len: bytes
 *
 * Where a session carries its datagrams to that peer it goes there; else as UDP, and
 * the peer is asked.
 *
 * Context: process, may sleep; takes the session lock only for several addresses.
 * Return: bytes sent, or the -errno that UDP gives.
 */
int npv_dgram_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct npv_sock *nsk = npv_session_of(sock);
	struct npv_assoc_dest dest;
	int err;

	if (unlikely(nsk->kind == NPV_KIND_OPEN))
		npv_session_plain(nsk);
	/* Who speaks first isn't the one that is asked. */
	if (unlikely(test_bit(NPV_SF_BOUND, &nsk->flags) &&
		     !test_bit(NPV_SF_WAITED, &nsk->flags)))
		set_bit(NPV_SF_WAITED, &nsk->flags);
	err = npv_assoc_sendmsg(nsk, sock, msg, len, &dest);
	if (err != -EOPNOTSUPP)
		return err;
	err = dgram_sendmsg(nsk, sock, msg, len);
	/* It has left, and the socket has a port. */
	if (unlikely(dest.begin) && err >= 0)
		npv_assoc_begin(nsk, sock, &dest);
	return err;
}

/* Take a datagram from whichever stack has one. Session lock not held. */
static int dgram_recv_any(struct npv_sock *nsk, struct socket *sock,
			  struct msghdr *msg, size_t len, int flags)
{
	struct socket *further[NPV_ADDR_MAX];
	unsigned int i, n;
	int err;

	flags |= MSG_DONTWAIT;
	err = npv_session_base(nsk)->recvmsg(sock, msg, len, flags);
	/* Who has connected hears its peer only. */
	if (err != -EAGAIN ||
	    inet_sk_state_load(sock->sk) == TCP_ESTABLISHED)
		return err;

	/* Without the session lock: it copies to the program's memory. */
	n = npv_stack_further(nsk, further);
	for (i = 0; i < n && err == -EAGAIN; i++)
		err = further[i]->ops->recvmsg(further[i], msg, len, flags);

	return err;
}

/* recvmsg() of a socket that is bound to several addresses */
static noinline int dgram_recv_several(struct npv_sock *nsk,
				       struct socket *sock, struct msghdr *msg,
				       size_t len, int flags)
{
	long timeo = sock_rcvtimeo(sock->sk, flags & MSG_DONTWAIT);
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int err;

	add_wait_queue(&sock->wq.wait, &wait);
	for (;;) {
		err = dgram_recv_any(nsk, sock, msg, len, flags);
		if (err != -EAGAIN || !timeo || flags & MSG_ERRQUEUE)
			break;
		if (READ_ONCE(sock->sk->sk_shutdown) & RCV_SHUTDOWN) {
			err = 0;
			break;
		}
		if (signal_pending(current)) {
			err = sock_intr_errno(timeo);
			break;
		}
		timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, timeo);
	}
	remove_wait_queue(&sock->wq.wait, &wait);

	return err;
}

/**
 * npv_dgram_recvmsg() - proto_ops.recvmsg of SOCK_DGRAM
 * @sock: the program's socket
 * @msg: where to put it, and from whom it came, in the program's family
 * @len: room, bytes
 * @flags: MSG_*
 *
 * Context: process, may sleep; takes the session lock only of a socket that is
 * bound to several addresses, and never while it copies.
 * Return: length of the datagram, or the -errno that UDP gives.
 */
int npv_dgram_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
		      int flags)
{
	struct npv_sock *nsk = npv_session_of(sock);
	int err;

	if (unlikely(npv_assoc_waits(nsk)))
		npv_assoc_listen(nsk);
	if (unlikely(READ_ONCE(nsk->extra)))
		err = dgram_recv_several(nsk, sock, msg, len, flags);
	else
		err = npv_session_base(nsk)->recvmsg(sock, msg, len, flags);

	if (err >= 0 && msg->msg_name && msg->msg_namelen)
		msg->msg_namelen = npv_plain_rename(nsk, msg->msg_name,
						    msg->msg_namelen);

	return err;
}

/*
 * The rest of proto_ops is the stack's: each takes, returns and locks what the
 * operation of that name of AF_INET and AF_INET6 does.
 */

int npv_plain_mmap(struct file *file, struct socket *sock,
		   struct vm_area_struct *vma)
{
	return npv_session_base(npv_session_of(sock))->mmap(file, sock, vma);
}

ssize_t npv_plain_splice_read(struct socket *sock, loff_t *ppos,
			      struct pipe_inode_info *pipe, size_t len,
			      unsigned int flags)
{
	struct npv_sock *nsk = npv_session_of(sock);
	bool nonblock = sock->file->f_flags & O_NONBLOCK ||
			flags & SPLICE_F_NONBLOCK;
	int err;

	if (npv_session_racing(nsk)) {
		err = npv_race_wait(nsk, sock_rcvtimeo(sock->sk, nonblock));
		if (err)
			return err;
	}

	return npv_session_base(nsk)->splice_read(sock, ppos, pipe, len, flags);
}

void npv_plain_splice_eof(struct socket *sock)
{
	const struct proto_ops *base = npv_session_base(npv_session_of(sock));

	if (base->splice_eof)
		base->splice_eof(sock);
}

/*
 * The operations that belong to a sock. Who comes here with one that has been
 * retired meanwhile finds it on a socket that is just its own.
 */
static const struct proto_ops *base_of(const struct sock *sk)
{
	const struct socket *sock = READ_ONCE(sk->sk_socket);
	struct npv_sock *nsk = npv_session_of(sock);

	return nsk ? npv_session_base(nsk) : READ_ONCE(sock->ops);
}

int npv_plain_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size)
{
	return base_of(sk)->sendmsg_locked(sk, msg, size);
}

int npv_plain_set_peek_off(struct sock *sk, int val)
{
	return base_of(sk)->set_peek_off(sk, val);
}

int npv_plain_set_rcvlowat(struct sock *sk, int val)
{
	return base_of(sk)->set_rcvlowat(sk, val);
}

int npv_plain_peek_len(struct socket *sock)
{
	return npv_session_base(npv_session_of(sock))->peek_len(sock);
}

int npv_plain_read_sock(struct sock *sk, read_descriptor_t *desc,
			sk_read_actor_t recv_actor)
{
	return base_of(sk)->read_sock(sk, desc, recv_actor);
}

int npv_plain_read_skb(struct sock *sk, skb_read_actor_t recv_actor)
{
	return base_of(sk)->read_skb(sk, recv_actor);
}
