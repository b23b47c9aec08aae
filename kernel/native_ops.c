// SPDX-License-Identifier: GPL-2.0
/*
 * Native sessions as programs see them: the socket operations that take the
 * place of TCP's behind those of socket.c.
 */

#include <linux/compat.h>
#include <linux/net.h>
#include <linux/pipe_fs_i.h>
#include <linux/sockios.h>
#include <linux/splice.h>
#include <asm/ioctls.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "address.h"
#include "native.h"
#include "netns.h"
#include "receive.h"
#include "scheduler.h"
#include "session.h"
#include "sockopt.h"
#include "stack_tcp.h"
#include "stacks.h"

static struct npv_native *native_of(const struct socket *sock)
{
	return npv_sk(sock->sk)->native;
}

/*
 * MSG_ZEROCOPY of a program that has asked for it: who is told when the last
 * reference to its pages is gone. io_uring brings its own.
 * Return: it, NULL if it isn't wanted, or -ENOBUFS.
 */
static struct ubuf_info *send_uarg(struct npv_native *nat,
				   const struct msghdr *msg, size_t len)
{
	struct sock *sk = &nat->nsk->sk;
	struct ubuf_info *last;

	if (!len || msg->msg_ubuf || !sock_flag(sk, SOCK_ZEROCOPY))
		return NULL;
	/* One for many small ones, or they would not share an skb either */
	last = npv_sendq_last_uarg(&nat->sendq);
	if (last && last->ops != &msg_zerocopy_ubuf_ops)
		last = NULL;
	return msg_zerocopy_realloc(sk, len, last) ?: ERR_PTR(-ENOBUFS);
}

static int native_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct npv_native *nat = native_of(sock);
	struct sock *sk = sock->sk;
	struct ubuf_info *uarg = NULL;
	bool drained = false;
	size_t copied = 0;
	int err = 0;
	long timeo;

	if (msg->msg_flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (msg->msg_flags & MSG_FASTOPEN && msg->msg_name)
		return -EISCONN;
	if (unlikely(npv_record_wanted(sk)))
		return npv_record_sendmsg(nat, msg, len);

	npv_native_acquire(nat);
	timeo = sock_sndtimeo(sk, msg->msg_flags & MSG_DONTWAIT);
	if (unlikely(msg->msg_flags & MSG_ZEROCOPY)) {
		uarg = send_uarg(nat, msg, len);
		if (IS_ERR(uarg)) {
			npv_native_release_lock(nat);
			return PTR_ERR(uarg);
		}
		if (uarg)
			msg->msg_ubuf = uarg;
	}
	while (msg_data_left(msg)) {
		struct npv_subflow *sub;
		u64 room, seq;
		int ret;

		if (unlikely(READ_ONCE(nat->rx_mask) | nat->tx_mask |
			     nat->dead_mask))
			npv_native_run(nat);
		err = -EPIPE;
		if (sk->sk_err || sk->sk_shutdown & SEND_SHUTDOWN)
			break;

		err = -EAGAIN;
		room = npv_native_send_room(nat);
		sub = room && list_empty(&nat->sendq.lost) ?
		      npv_sched_pick(nat) : NULL;
		if (sub) {
			seq = nat->sendq.nxt;
			ret = min_t(u64, room, msg_data_left(msg));
			ret = npv_subflow_send(sub, msg, ret,
					       npv_native_send_flags(nat, room, ret));
			if (ret > 0) {
				if (unlikely(test_bit(NPV_NF_HELD, &nat->flags)) &&
				    !npv_tcp_corked(sub, msg))
					npv_native_unhold(nat, true);
				copied += ret;
				npv_sched_sent(nat, sub, seq, ret);
				npv_stacks_watch(nat);
				drained = false;
				continue;
			}
			err = ret;
			if (err == -EFAULT)
				break;
			if (err != -EAGAIN && err != -ENOMEM) {
				npv_subflow_fail(sub);
				continue;
			}
		} else if (npv_native_writable(nat) &&
			   list_empty(&nat->sendq.lost)) {
			continue;
		}

		err = -EAGAIN;
		/* What is waited for may lie behind data that nobody reads. */
		if (npv_native_readable(nat) && !drained) {
			drained = true;
			npv_receive_drain(nat);
			continue;
		}
		drained = false;
		if (!timeo) {
			set_bit(NPV_NF_NOSPACE, &nat->flags);
			break;
		}
		if (signal_pending(current)) {
			err = sock_intr_errno(timeo);
			break;
		}
		/* Where memory is short nobody tells when it isn't any more. */
		if (sub) {
			long nap = min_t(long, timeo, HZ / 50 ?: 1);

			timeo -= nap - npv_native_wait(nat, nap, false);
		} else {
			timeo = npv_native_wait(nat, timeo, false);
		}
	}
	if (unlikely(uarg)) {
		msg->msg_ubuf = NULL;
		if (copied)
			net_zcopy_put(uarg);
		else
			net_zcopy_put_abort(uarg, true);
	}
	npv_native_release_lock(nat);

	if (copied)
		return copied;
	if (!err)
		return 0;
	return sk_stream_error(sk, msg->msg_flags, err);
}

/*
 * Take what is next in order, from wherever it is, into @msg, or into @pipe, which
 * is locked.
 */
static int recv_some(struct npv_native *nat, struct msghdr *msg,
		     struct pipe_inode_info *pipe, size_t len)
{
	struct npv_recvq *rq = &nat->recvq;
	size_t copied = 0;
	bool progress;
	unsigned int i;
	int ret;

	do {
		progress = false;
		if (npv_recvq_avail(rq)) {
			ret = pipe ? npv_recvq_splice(rq, &nat->nsk->sk, pipe,
						      len - copied) :
				     npv_recvq_read(rq, msg, len - copied, 0,
						    0);
			if (ret < 0)
				return copied ?: ret;
			copied += ret;
			progress = ret;
		}
		for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
			struct npv_subflow *sub = nat->slot[i];
			u64 nxt = rq->nxt;

			if (copied == len)
				break;
			if ((!test_bit(i, &nat->rx_mask) &&
			     !npv_receive_ready(sub)))
				continue;
			ret = pipe ? npv_receive_pipe(sub, pipe, len - copied) :
				     npv_receive(sub, msg, len - copied);
			if (ret < 0)
				return copied ?: ret;
			copied += ret;
			progress |= rq->nxt != nxt;
		}
	} while (progress && copied < len);

	return copied;
}

/* Look at what lies behind what was looked at before, SO_PEEK_OFF. */
static int recv_peek(struct npv_native *nat, struct msghdr *msg, size_t len,
		     size_t skip)
{
	int copied;

	copied = npv_recvq_read(&nat->recvq, msg, len, MSG_PEEK, skip);
	if (copied > 0)
		sk_peek_offset_fwd(&nat->nsk->sk, copied);
	return copied;
}

/* recv() with MSG_PEEK or MSG_TRUNC, which want bytes that lie still */
static int recv_queued(struct npv_native *nat, struct msghdr *msg, size_t len,
		       int flags, size_t target)
{
	size_t skip = max(sk_peek_offset(&nat->nsk->sk, flags), 0);

	if (flags & MSG_TRUNC)
		msg = NULL;
	npv_receive_drain(nat);
	if (!(flags & MSG_PEEK))
		return npv_recvq_read(&nat->recvq, msg, len, flags, 0);
	if (npv_recvq_avail(&nat->recvq) < skip + target)
		return 0;
	return recv_peek(nat, msg, len, skip);
}

/* TCP_INQ: how much is left to be read; at the end of the stream 1, as TCP does. */
static int recv_rest(struct npv_native *nat)
{
	u64 rest;

	/* Also what lies in further frames */
	npv_receive_drain(nat);
	rest = npv_native_readable(nat);
	if (!rest && npv_recvq_eof(&nat->recvq))
		return 1;
	return min_t(u64, rest, INT_MAX);
}

/**
 * npv_native_looks() - who reads looks at what has come
 * @nat: the session
 *
 * There is no need to tell of it, but of what is left.
 *
 * Context: process, session lock held.
 * Return: whether there was something to tell, for npv_native_looked().
 */
bool npv_native_looks(struct npv_native *nat)
{
	if (likely(!(READ_ONCE(nat->flags) &
		     (BIT(NPV_NF_UNTOLD) | BIT(NPV_NF_HELD)))))
		return false;
	/* It waits for the peer to speak first, which waits for HELLO. */
	if (test_bit(NPV_NF_HELD, &nat->flags))
		npv_native_unhold(nat, false);
	return test_and_clear_bit(NPV_NF_UNTOLD, &nat->flags);
}

/**
 * npv_native_looked() - who reads has taken what it wanted
 * @nat: the session
 * @untold: npv_native_looks() has said so
 *
 * Context: process, session lock held.
 */
void npv_native_looked(struct npv_native *nat, bool untold)
{
	untold |= npv_native_looks(nat);
	if (unlikely(untold) &&
	    (npv_native_readable(nat) || READ_ONCE(nat->rx_mask)))
		set_bit(NPV_NF_UNTOLD, &nat->flags);
}

/**
 * npv_native_refuses() - why who reads and has got nothing doesn't wait any longer
 * @sk: the session's sock
 * @timeo: how long it may wait
 *
 * Context: process, session lock held.
 * Return: -errno, 0 if it waits.
 */
int npv_native_refuses(struct sock *sk, long timeo)
{
	int err = sock_error(sk);

	if (err)
		return err;
	if (!timeo)
		return -EAGAIN;
	return signal_pending(current) ? sock_intr_errno(timeo) : 0;
}

/* As the family tells that the program takes its socket for */
static int recv_error(struct npv_sock *nsk, struct msghdr *msg, size_t len)
{
	if (test_bit(NPV_SF_STRICT, &nsk->flags) &&
	    READ_ONCE(nsk->name_family) == AF_INET6)
		return sock_recv_errqueue(&nsk->sk, msg, len, SOL_IPV6,
					  IPV6_RECVERR);
	return sock_recv_errqueue(&nsk->sk, msg, len, SOL_IP, IP_RECVERR);
}

static int native_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
			  int flags)
{
	struct npv_native *nat = native_of(sock);
	bool queued = flags & (MSG_PEEK | MSG_TRUNC), untold = false;
	struct sock *sk = sock->sk;
	size_t copied = 0, target;
	int err = 0, rest = -1, ret;
	long timeo;

	if (unlikely(flags & MSG_ERRQUEUE))
		return recv_error(nat->nsk, msg, len);
	if (flags & MSG_OOB)
		return -EINVAL;
	if (unlikely(npv_record_wanted(sk)))
		return npv_record_recvmsg(nat, msg, len, flags);

	npv_native_acquire(nat);
	if (unlikely(nat->nsk->main))
		npv_stack_reap(nat->nsk);
	timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	target = sock_rcvlowat(sk, flags & MSG_WAITALL, len);
	for (;;) {
		untold |= npv_native_looks(nat);
		if (unlikely(READ_ONCE(nat->dead_mask) | nat->tx_mask))
			npv_native_run(nat);
		if (!len) {
			/* Just a question whether there is something. */
			npv_native_run(nat);
			if (npv_native_readable(nat))
				break;
		} else if (copied < len) {
			/* Who doesn't wait (any longer) sees what there is. */
			ret = queued ? recv_queued(nat, msg, len - copied, flags,
						   timeo && !signal_pending(current) ?
						   target : 1) :
				       recv_some(nat, msg, NULL, len - copied);
			if (ret < 0) {
				err = ret;
				break;
			}
			copied += ret;
			/* It also obeys control frames, which may do this. */
			if (unlikely(nat->recvq.nxt > nat->recvq.fin ||
				     test_bit(NPV_NF_NOSPACE, &nat->flags)))
				npv_native_run(nat);
		}
		if (copied >= target || (flags & MSG_PEEK && copied))
			break;
		if (npv_recvq_eof(&nat->recvq) ||
		    sk->sk_shutdown & RCV_SHUTDOWN) {
			if (!copied && sk->sk_err)
				err = sock_error(sk);
			/* Less than was waited for, but there is no more. */
			if (!copied && flags & MSG_PEEK) {
				ret = recv_peek(nat, flags & MSG_TRUNC ? NULL :
						msg, len,
						max(sk_peek_offset(sk, flags), 0));
				copied = max(ret, 0);
				err = min(ret, 0);
			}
			break;
		}
		if (copied ? sk->sk_err || !timeo || signal_pending(current) :
			     0)
			break;
		if (!copied) {
			err = npv_native_refuses(sk, timeo);
			if (err)
				break;
		}
		/* The sender may wait for what this has read. */
		if (copied && !queued) {
			npv_receive_window(nat);
			npv_receive_ack(nat, false);
		}
		/* Others may wait for what this one leaves. */
		npv_native_looked(nat, untold);
		untold = false;
		timeo = npv_native_wait(nat, timeo, true);
	}
	if (copied && !(flags & MSG_PEEK)) {
		sk_peek_offset_bwd(sk, copied);
		npv_receive_window(nat);
	}
	if (!test_bit(NPV_NF_DEAD, &nat->flags))
		npv_receive_ack(nat, false);
	if (unlikely(nat->inq))
		rest = recv_rest(nat);
	npv_native_looked(nat, untold);
	npv_native_release_lock(nat);

	if (unlikely(rest >= 0) && (copied || !err))
		put_cmsg(msg, SOL_TCP, TCP_CM_INQ, sizeof(rest), &rest);
	return copied ?: err;
}

/* Whether the program can read what it waits for; @edges as in npv_native_look() */
static bool native_poll_reads(struct npv_native *nat, bool edges)
{
	struct sock *sk = &nat->nsk->sk;

	if (unlikely(npv_record_wanted(sk)))
		return npv_record_next(nat, !edges ||
				       !test_bit(NPV_NF_UNTOLD, &nat->flags)) >= 0;
	return npv_native_readable(nat) >= sock_rcvlowat(sk, 0, INT_MAX);
}

static __poll_t native_poll(struct file *file, struct socket *sock,
			    struct poll_table_struct *wait)
{
	struct npv_native *nat = native_of(sock);
	bool edges = wait && poll_requested_events(wait) & EPOLLET;
	struct sock *sk = sock->sk;
	__poll_t mask = 0;
	u8 shutdown;

	sock_poll_wait(file, sock, wait);

	npv_native_acquire(nat);
	if (unlikely(test_bit(NPV_NF_HELD, &nat->flags)) &&
	    poll_requested_events(wait) & (EPOLLIN | EPOLLRDNORM))
		npv_native_unhold(nat, false);
	if (edges)
		npv_native_look(nat);
	else
		npv_native_run(nat);
	shutdown = READ_ONCE(sk->sk_shutdown);
	if (shutdown == SHUTDOWN_MASK || sk->sk_state == TCP_CLOSE)
		mask |= EPOLLHUP;
	if (shutdown & RCV_SHUTDOWN)
		mask |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
	if (native_poll_reads(nat, edges))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (shutdown & SEND_SHUTDOWN || npv_native_writable(nat))
		mask |= EPOLLOUT | EPOLLWRNORM;
	/* Pairs with npv_native_error(), which sets the error first. */
	smp_rmb();
	if (READ_ONCE(sk->sk_err) ||
	    !skb_queue_empty_lockless(&sk->sk_error_queue))
		mask |= EPOLLERR;
	npv_native_release_lock(nat);

	return mask;
}

static int native_shutdown(struct socket *sock, int how)
{
	struct npv_native *nat = native_of(sock);
	struct sock *sk = sock->sk;
	int err = 0;

	how++;
	if ((how & ~SHUTDOWN_MASK) || !how)
		return -EINVAL;

	npv_native_acquire(nat);
	if (sk->sk_state == TCP_CLOSE) {
		err = -ENOTCONN;
	} else {
		if (how & RCV_SHUTDOWN)
			WRITE_ONCE(sk->sk_shutdown,
				   sk->sk_shutdown | RCV_SHUTDOWN);
		if (how & SEND_SHUTDOWN)
			npv_native_shutdown_send(nat);
		npv_native_run(nat);
	}
	sk->sk_state_change(sk);
	npv_native_release_lock(nat);

	return err;
}

/* Wait for what was sent to be acknowledged, SO_LINGER. */
static void native_linger(struct npv_native *nat)
{
	struct sock *sk = &nat->nsk->sk;
	long timeo = sk->sk_lingertime;

	npv_native_acquire(nat);
	npv_native_shutdown_send(nat);
	while (timeo && (nat->sendq.una != nat->sendq.nxt || nat->record.out) &&
	       !test_bit(NPV_NF_DEAD, &nat->flags) &&
	       !signal_pending(current)) {
		npv_receive_drain(nat);
		timeo = npv_native_wait(nat, timeo, false);
		npv_native_run(nat);
	}
	npv_native_release_lock(nat);
}

static int native_release(struct socket *sock)
{
	struct npv_native *nat = native_of(sock);
	struct sock *sk = sock->sk;
	bool abort;

	npv_native_acquire(nat);
	npv_native_run(nat);
	/* RFC 2525, 2.17: what the program didn't read is lost, so say so. */
	abort = npv_native_readable(nat) || nat->record.in_head ||
		(sock_flag(sk, SOCK_LINGER) && !sk->sk_lingertime);
	npv_native_release_lock(nat);

	if (!abort && sock_flag(sk, SOCK_LINGER) &&
	    !(current->flags & PF_EXITING))
		native_linger(nat);

	/* No more wakeups of a socket that is gone. */
	sock_orphan(sk);
	sock->sk = NULL;
	npv_native_orphan(nat, abort);

	return 0;
}

/* A plain TCP socket has names; those of the first stack stay for good. */
static int native_getname(struct socket *sock, struct sockaddr *uaddr, int peer)
{
	struct npv_native *nat = native_of(sock);
	struct sockaddr_storage *ss = (struct sockaddr_storage *)uaddr;

	if (peer && sock->sk->sk_state == TCP_CLOSE)
		return -ENOTCONN;
	return npv_addr_build(ss, AF_INET6, peer ? &nat->remote : &nat->local,
			      peer ? nat->remote_port : nat->local_port, 0);
}

/* Bytes that are sent as soon as the network lets us, frames' heads among them */
static u64 native_unsent(const struct npv_native *nat)
{
	unsigned int i;
	u64 bytes = 0;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX)
		bytes += nat->slot[i]->ops->unsent(nat->slot[i]);
	return bytes;
}

static int native_ioctl(struct socket *sock, unsigned int cmd,
			unsigned long arg)
{
	struct npv_native *nat = native_of(sock);
	struct sock *sk = sock->sk;
	struct socket *stack;
	int answ = 0, err = 0;

	npv_native_acquire(nat);
	switch (cmd) {
	case SIOCINQ:
		npv_native_run(nat);
		if (npv_record_wanted(sk)) {
			answ = max(npv_record_next(nat, true), 0);
			break;
		}
		npv_receive_drain(nat);
		answ = min_t(u64, npv_native_readable(nat), INT_MAX);
		break;
	case SIOCOUTQ:
		npv_native_run(nat);
		answ = min_t(u64, nat->sendq.nxt - nat->sendq.una +
				  npv_record_pending(&nat->record), INT_MAX);
		break;
	case SIOCOUTQNSD:
		npv_native_run(nat);
		answ = min3(native_unsent(nat),
			    nat->sendq.nxt - nat->sendq.una, (u64)INT_MAX);
		answ += npv_record_pending(&nat->record);
		break;
	case SIOCATMARK:
		break;
	default:
		stack = npv_native_first(nat);
		err = stack ? stack->ops->ioctl(stack, cmd, arg) :
			      -ENOIOCTLCMD;
		npv_native_release_lock(nat);
		return err;
	}
	npv_native_release_lock(nat);

	return put_user(answ, (int __user *)arg);
}

/* The pipe is locked by who calls. */
static ssize_t native_splice_read(struct socket *sock, loff_t *ppos,
				  struct pipe_inode_info *pipe, size_t len,
				  unsigned int flags)
{
	struct npv_native *nat = native_of(sock);
	struct sock *sk = sock->sk;
	bool untold = false;
	long timeo, nap;
	int ret = 0;

	if (*ppos)
		return -ESPIPE;
	/* A pipe knows nothing of where records end. */
	if (npv_record_wanted(sk))
		return -EOPNOTSUPP;

	npv_native_acquire(nat);
	timeo = sock_rcvtimeo(sk, sock->file->f_flags & O_NONBLOCK);
	while (len) {
		untold |= npv_native_looks(nat);
		if (unlikely(READ_ONCE(nat->dead_mask) | nat->tx_mask))
			npv_native_run(nat);
		ret = recv_some(nat, NULL, pipe, len);
		if (unlikely(nat->recvq.nxt > nat->recvq.fin ||
			     test_bit(NPV_NF_NOSPACE, &nat->flags)))
			npv_native_run(nat);
		if (ret)
			break;
		ret = -EAGAIN;
		if (pipe_full(pipe->head, pipe->tail, pipe->max_usage))
			break;
		ret = sock_error(sk);
		if (ret || npv_recvq_eof(&nat->recvq) ||
		    sk->sk_shutdown & RCV_SHUTDOWN)
			break;
		ret = npv_native_refuses(sk, timeo);
		if (ret)
			break;
		/* What is there and was not taken waits for memory. */
		nap = npv_native_readable(nat) ?
		      min_t(long, timeo, HZ / 50 ?: 1) : timeo;
		timeo -= nap - npv_native_wait(nat, nap, true);
	}
	if (ret > 0) {
		sk_peek_offset_bwd(sk, ret);
		npv_receive_window(nat);
	}
	if (!test_bit(NPV_NF_DEAD, &nat->flags))
		npv_receive_ack(nat, false);
	npv_native_looked(nat, untold);
	npv_native_release_lock(nat);

	return ret;
}

/* A sendfile() that ended early: what waits for more goes. */
static void native_splice_eof(struct socket *sock)
{
	struct npv_native *nat = native_of(sock);
	unsigned int i;

	npv_native_acquire(nat);
	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		struct socket *stack = nat->slot[i]->stack->sock;

		if (stack->ops->splice_eof)
			stack->ops->splice_eof(stack);
	}
	npv_native_release_lock(nat);
}

static int native_sendmsg_locked(struct sock *sk, struct msghdr *msg,
				 size_t size)
{
	return -EOPNOTSUPP;
}

static int native_set_peek_off(struct sock *sk, int val)
{
	/* Records are looked at one at a time. */
	if (npv_record_wanted(sk))
		return -EOPNOTSUPP;
	return sk_set_peek_off(sk, val);
}

static int native_set_rcvlowat(struct sock *sk, int val)
{
	WRITE_ONCE(sk->sk_rcvlowat, val ?: 1);
	return 0;
}

static int native_peek_len(struct socket *sock)
{
	struct npv_native *nat = native_of(sock);
	u64 len;

	npv_native_acquire(nat);
	npv_native_run(nat);
	len = npv_record_wanted(sock->sk) ? max(npv_record_next(nat, true), 0) :
					    npv_native_readable(nat);
	npv_native_release_lock(nat);

	return min_t(u64, len, INT_MAX);
}

static int native_read_sock(struct sock *sk, read_descriptor_t *desc,
			    sk_read_actor_t recv_actor)
{
	return -EOPNOTSUPP;
}

static int native_read_skb(struct sock *sk, skb_read_actor_t recv_actor)
{
	return -EOPNOTSUPP;
}

/* Connected: what connect(), bind(), listen() and accept() of TCP say then */
static int native_connect(struct socket *sock, struct sockaddr *uaddr, int len,
			  int flags)
{
	if (sock->state == SS_CONNECTING) {
		sock->state = SS_CONNECTED;
		return 0;
	}
	return -EISCONN;
}

static int native_bind(struct socket *sock, struct sockaddr *uaddr, int len)
{
	return -EINVAL;
}

static int native_listen(struct socket *sock, int backlog)
{
	return -EINVAL;
}

static int native_accept(struct socket *sock, struct socket *newsock,
			 struct proto_accept_arg *arg)
{
	return -EINVAL;
}

const struct proto_ops npv_native_ops = {
	.family		= PF_INET6,
	.release	= native_release,
	.bind		= native_bind,
	.connect	= native_connect,
	.socketpair	= sock_no_socketpair,
	.accept		= native_accept,
	.getname	= native_getname,
	.poll		= native_poll,
	.ioctl		= native_ioctl,
	.gettstamp	= sock_gettstamp,
	.listen		= native_listen,
	.shutdown	= native_shutdown,
	.setsockopt	= npv_native_setsockopt,
	.getsockopt	= npv_native_getsockopt,
	.sendmsg	= native_sendmsg,
	.recvmsg	= native_recvmsg,
	.mmap		= sock_no_mmap,
	.splice_read	= native_splice_read,
	.splice_eof	= native_splice_eof,
	.sendmsg_locked	= native_sendmsg_locked,
	.set_peek_off	= native_set_peek_off,
	.set_rcvlowat	= native_set_rcvlowat,
	.peek_len	= native_peek_len,
	.read_sock	= native_read_sock,
	.read_skb	= native_read_skb,
};
