// SPDX-License-Identifier: GPL-2.0
/*
 * Records of SOCK_SEQPACKET: in the stream of a native session each has its length
 * before it (protocol.rst, "Records"). So they need nothing of the stacks.
 *
 * A record is copied whole before its first byte leaves: what comes between its
 * beginning and its end must not fail. What no stack has room for then goes when one
 * has, without its program.
 */

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "datagrams.h"
#include "native.h"
#include "netns.h"
#include "packet.h"
#include "receive.h"
#include "record.h"
#include "scheduler.h"
#include "session.h"
#include "stack.h"
#include "stack_tcp.h"
#include "stacks.h"
#include "subflow.h"

/* Longest head of a record: npv_varint_len(NPV_RECORD_MAX) */
#define HEAD_MAX	4

/* The longest record that may be sent: what the send buffer may ever hold */
static size_t record_max(const struct npv_native *nat)
{
	const struct sock *sk = &nat->nsk->sk;

	if (sk->sk_userlocks & SOCK_SNDBUF_LOCK)
		return min_t(size_t, READ_ONCE(sk->sk_sndbuf), NPV_RECORD_MAX);
	return NPV_RECORD_MAX;
}

/* The stack that the next bytes go by, and how many in *@room; NULL: none has room */
static struct npv_subflow *record_stack(struct npv_native *nat, u64 *room)
{
	unsigned long mask;

	*room = npv_native_send_room(nat);
	if (!*room || !list_empty(&nat->sendq.lost))
		return NULL;
	/* What a datagram is it is on UDP: TCP is for where that doesn't work. */
	mask = nat->datagrams ? npv_sched_pick_udp(nat) : 0;
	if (mask && npv_subflow_has_room(nat->slot[__ffs(mask)]))
		return nat->slot[__ffs(mask)];
	return npv_sched_pick(nat);
}

/**
 * npv_record_flush() - go on with a record that no stack had room for
 * @nat: the session
 *
 * Where there still is none, the stacks tell when there is.
 *
 * Context: process, session lock held.
 */
void npv_record_flush(struct npv_native *nat)
{
	struct npv_record *r = &nat->record;
	struct npv_subflow *sub;
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct kvec vec;
	u64 room, seq;
	int ret;

	while (r->out && !test_bit(NPV_NF_DEAD, &nat->flags)) {
		sub = record_stack(nat, &room);
		if (!sub) {
			npv_native_want_room(nat);
			/* What came in between told nobody. */
			sub = record_stack(nat, &room);
			if (!sub)
				return;
		}
		vec.iov_base = r->out + r->out_off;
		vec.iov_len = r->out_len - r->out_off;
		iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, &vec, 1, vec.iov_len);
		seq = nat->sendq.nxt;
		ret = npv_subflow_send(sub, &msg, min_t(u64, room, vec.iov_len),
				       npv_native_send_flags(nat, room, vec.iov_len));
		if (ret == -EAGAIN || ret == -ENOMEM) {
			/* Nobody tells when there is memory again. */
			npv_native_timer(nat, jiffies + (HZ / 50 ?: 1));
			npv_native_want_room(nat);
			return;
		}
		if (ret < 0) {
			npv_subflow_fail(sub);
			continue;
		}
		if (unlikely(test_bit(NPV_NF_HELD, &nat->flags)) &&
		    !npv_tcp_corked(sub, &msg))
			npv_native_unhold(nat, true);
		npv_sched_sent(nat, sub, seq, ret);
		npv_stacks_watch(nat);
		r->out_off += ret;
		if (r->out_off == r->out_len)
			npv_record_free(nat);
	}
}

/* Send a record; there is room. Return: @len; -EFAULT; -ENOMEM. */
static int record_send(struct npv_native *nat, struct msghdr *msg, size_t len)
{
	struct npv_record *r = &nat->record;
	struct sock *sk = &nat->nsk->sk;
	unsigned int head;
	u8 *buf;

	if (!sk_wmem_schedule(sk, HEAD_MAX + len))
		return -ENOMEM;
	buf = kvmalloc(HEAD_MAX + len, GFP_KERNEL_ACCOUNT);
	if (!buf)
		return -ENOMEM;
	head = npv_varint_encode(len, buf, HEAD_MAX);
	if (!copy_from_iter_full(buf + head, len, &msg->msg_iter)) {
		kvfree(buf);
		return -EFAULT;
	}
	r->out = buf;
	r->out_len = head + len;
	r->out_off = 0;
	sk_mem_charge(sk, r->out_len);
	npv_record_flush(nat);
	return len;
}

/**
 * npv_record_send() - send a record
 * @nat: the session
 * @msg: the record; MSG_EOR is understood, MSG_MORE does nothing
 * @len: its length, 0 for an empty one
 * @timeo: jiffies that it may wait for room
 *
 * Context: process, session lock not held, may sleep.
 * Return: @len; -EMSGSIZE: longer than the send buffer; -EAGAIN; -EPIPE; -ENOMEM...
 */
int npv_record_send(struct npv_native *nat, struct msghdr *msg, size_t len, long timeo)
{
	struct sock *sk = &nat->nsk->sk;
	bool drained = false;
	int err = 0;

	npv_native_acquire(nat);
	for (;;) {
		npv_native_run(nat);
		err = -EPIPE;
		if (sk->sk_err || sk->sk_shutdown & SEND_SHUTDOWN)
			break;
		err = -EMSGSIZE;
		if (len > record_max(nat))
			break;
		if (npv_native_writable(nat)) {
			err = record_send(nat, msg, len);
			break;
		}
		/* What is waited for may lie behind data that nobody reads. */
		if (!drained) {
			drained = true;
			npv_receive_drain(nat);
			continue;
		}
		drained = false;
		err = -EAGAIN;
		if (!timeo) {
			set_bit(NPV_NF_NOSPACE, &nat->flags);
			break;
		}
		if (signal_pending(current)) {
			err = sock_intr_errno(timeo);
			break;
		}
		timeo = npv_native_wait(nat, timeo, false);
	}
	npv_native_release_lock(nat);

	return err < 0 ? sk_stream_error(sk, msg->msg_flags, err) : err;
}

/**
 * npv_record_sendmsg() - sendmsg() of a session of sequenced packets
 * @nat: the session
 * @msg: the record
 * @len: its length
 *
 * Context: process, session lock not held, may sleep.
 * Return: as npv_record_send().
 */
int npv_record_sendmsg(struct npv_native *nat, struct msghdr *msg, size_t len)
{
	/* sendfile() knows nothing of where records end. */
	if (msg->msg_flags & MSG_SPLICE_PAGES)
		return -EOPNOTSUPP;
	return npv_record_send(nat, msg, len,
			       sock_sndtimeo(&nat->nsk->sk,
					     msg->msg_flags & MSG_DONTWAIT));
}

/* Read the head of the next record. Return: 0, -EAGAIN, -EPROTO, -ENOMEM. */
static int read_head(struct npv_native *nat)
{
	struct npv_recvq *rq = &nat->recvq;
	u64 avail = npv_recvq_avail(rq), len;
	struct npv_record *r = &nat->record;
	struct msghdr msg = { };
	u8 buf[HEAD_MAX];
	struct kvec vec = { .iov_base = buf };
	int size;

	if (!avail)
		return -EAGAIN;
	vec.iov_len = min_t(u64, avail, sizeof(buf));
	iov_iter_kvec(&msg.msg_iter, ITER_DEST, &vec, 1, vec.iov_len);
	size = npv_recvq_read(rq, &msg, vec.iov_len, MSG_PEEK, 0);
	if (size != vec.iov_len)
		return -ENOMEM;
	/* In 8 bytes no length is written that may be. */
	if (buf[0] >> 6 == 3)
		return -EPROTO;
	size = npv_varint_decode(&len, buf, vec.iov_len);
	if (size < 0)
		return -EAGAIN;
	if (len > (nat->datagrams ? NPV_MESSAGE_MAX : NPV_RECORD_MAX))
		return -EPROTO;
	npv_recvq_read(rq, NULL, size, 0, 0);
	r->in_head = true;
	r->in_len = len;
	return 0;
}

/* Whether the peer's stream ends, or has gone wrong, within a record */
static bool record_cut(const struct npv_native *nat, int err)
{
	const struct npv_recvq *rq = &nat->recvq;

	if (err == -EPROTO)
		return true;
	if (rq->nxt <= rq->fin)
		return false;
	return nat->record.in_head ? npv_recvq_avail(rq) < nat->record.in_len :
				     err && npv_recvq_avail(rq);
}

/**
 * npv_record_next() - whether a whole record is there
 * @nat: the session
 * @drain: also among what nobody has looked at
 *
 * The peer is let send all of a record that has begun, whatever the window: nobody
 * reads before it is whole.
 *
 * Context: process, session lock held.
 * Return: its length; -EAGAIN if there is none yet; -EPROTO if the peer has broken
 * the protocol, with the session closed.
 */
int npv_record_next(struct npv_native *nat, bool drain)
{
	struct npv_record *r = &nat->record;
	int err = 0;
	u64 end;

	if (drain) {
		npv_receive_drain(nat);
		npv_native_leave(nat);
	}
	if (!r->in_head)
		err = read_head(nat);
	if (record_cut(nat, err)) {
		/* The error is told once, and then the end. */
		if (test_bit(NPV_NF_DEAD, &nat->flags))
			return -EAGAIN;
		NPV_INC(sock_net(&nat->nsk->sk), PROTOCOL_ERROR);
		npv_native_close(nat, NPV_CLOSE_PROTOCOL, EPROTO);
		return -EPROTO;
	}
	if (err)
		return -EAGAIN;
	if (npv_recvq_avail(&nat->recvq) >= r->in_len)
		return r->in_len;
	if (test_bit(NPV_NF_DEAD, &nat->flags))
		return -EAGAIN;
	end = nat->recvq.copied + r->in_len;
	nat->edge = max(nat->edge, end);
	npv_receive_ack(nat, end > nat->edge_sent);
	return -EAGAIN;
}

/*
 * Give the program a record. What of it has no room is lost; but should the copy fail
 * it is still there.
 */
static int record_read(struct npv_native *nat, struct msghdr *msg, size_t len, int flags)
{
	struct npv_record *r = &nat->record;
	int size = npv_record_next(nat, true), copied = 0;

	if (size < 0)
		return size;
	len = min_t(size_t, len, size);
	if (len)
		copied = npv_recvq_read(&nat->recvq, msg, len, MSG_PEEK, 0);
	if (copied < (int)len)
		return -EFAULT;
	msg->msg_flags |= MSG_EOR;
	if (copied < size)
		msg->msg_flags |= MSG_TRUNC;
	if (!(flags & MSG_PEEK)) {
		if (size)
			npv_recvq_read(&nat->recvq, NULL, size, 0, 0);
		r->in_head = false;
	}
	return flags & MSG_TRUNC ? size : copied;
}

/**
 * npv_record_recvmsg() - recvmsg() of a session of sequenced packets
 * @nat: the session
 * @msg: where to; MSG_EOR is set there and, if the record was longer, MSG_TRUNC
 * @len: room, bytes
 * @flags: MSG_PEEK: it stays; MSG_TRUNC: its length is returned, not what was copied
 *
 * Context: process, session lock not held, may sleep.
 * Return: bytes, of an empty record 0, with MSG_EOR; at the end 0 without; -EAGAIN;
 * -ECONNRESET...
 */
int npv_record_recvmsg(struct npv_native *nat, struct msghdr *msg, size_t len, int flags)
{
	struct sock *sk = &nat->nsk->sk;
	bool untold = false;
	int ret;
	long timeo;

	npv_native_acquire(nat);
	if (unlikely(nat->nsk->main))
		npv_stack_reap(nat->nsk);
	timeo = sock_rcvtimeo(sk, flags & MSG_DONTWAIT);
	for (;;) {
		untold |= npv_native_looks(nat);
		npv_native_run(nat);
		ret = record_read(nat, msg, len, flags);
		if (ret != -EAGAIN)
			break;
		ret = 0;
		if (npv_recvq_eof(&nat->recvq) || sk->sk_shutdown & RCV_SHUTDOWN) {
			ret = sock_error(sk);
			break;
		}
		ret = npv_native_refuses(sk, timeo);
		if (ret)
			break;
		npv_native_looked(nat, untold);
		untold = false;
		timeo = npv_native_wait(nat, timeo, true);
	}
	if (ret == -EPROTO)
		ret = sock_error(sk) ?: -ECONNRESET;
	if (ret > 0)
		npv_receive_window(nat);
	if (!test_bit(NPV_NF_DEAD, &nat->flags))
		npv_receive_ack(nat, false);
	npv_native_looked(nat, untold);
	npv_native_release_lock(nat);

	return ret;
}

/**
 * npv_record_free() - forget what of a record has not left
 * @nat: the session
 *
 * Context: process, session lock held.
 */
void npv_record_free(struct npv_native *nat)
{
	struct npv_record *r = &nat->record;

	if (!r->out)
		return;
	sk_mem_uncharge(&nat->nsk->sk, r->out_len);
	kvfree(r->out);
	r->out = NULL;
}
