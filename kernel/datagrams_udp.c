// SPDX-License-Identifier: GPL-2.0
/*
 * Messages of datagram sessions over stacks of UDP: each is a packet, or some if it is
 * longer than one, and nothing of them is kept. What comes goes to the program's socket
 * from the softirq that brings it, without the session's lock.
 *
 * A path that has died is found by what is acknowledged: while messages are sent a
 * PING goes along now and then.
 */

#include <linux/bvec.h>
#include <linux/skbuff.h>
#include <linux/uio.h>
#include <linux/udp.h>
#include <net/pkt_sched.h>
#include <net/tcp.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>

#include "../uapi/linux/npv.h"
#include "datagrams.h"
#include "native.h"
#include "netns.h"
#include "packet.h"
#include "scheduler.h"
#include "session.h"
#include "stack.h"
#include "stack_udp.h"
#include "stacks.h"
#include "subflow.h"

#define UDP_FLAGS	(MSG_DONTWAIT | MSG_NOSIGNAL)
/* What is shorter is copied once more, which takes less than to have pages for it */
#define COPY_MAX	512
/* What a packet of a message has beside payload: first byte, number; offset, total */
#define HEAD_MAX	8
/* At which intervals a stack has to show that it works */
#define PING_EACH	(HZ / 2)

/* The class of a message's packets, for queues that know some: RFC 9622, 9.1.3.2 */
static u32 packet_priority(const struct npv_native *nat,
			   const struct npv_message_opts *opts)
{
	if (opts->priority < NPV_MSG_PRIORITY_DEFAULT)
		return TC_PRIO_INTERACTIVE;
	if (opts->priority > NPV_MSG_PRIORITY_DEFAULT)
		return TC_PRIO_BULK;
	return READ_ONCE(nat->nsk->sk.sk_priority);
}

/**
 * struct part - a packet to send
 * @bvec: where it is, if it lies in pages
 * @buf: ... and else
 * @len: its length
 */
struct part {
	struct bio_vec bvec;
	void *buf;
	u32 len;
};

static int part_send(struct npv_udp *udp, const struct part *part, u32 priority)
{
	struct socket *sock = udp->sub.stack->sock;
	struct msghdr msg = { .msg_flags = UDP_FLAGS };
	struct kvec vec = { .iov_base = part->buf, .iov_len = part->len };
	struct sock *sk = sock->sk;
	int err;

	udp->sent = (u32)jiffies;
	if (unlikely(READ_ONCE(sk->sk_err)))
		sock_error(sk);
	if (READ_ONCE(udp_sk(sk)->gso_size))
		WRITE_ONCE(udp_sk(sk)->gso_size, 0);
	if (unlikely(READ_ONCE(sk->sk_priority) != priority))
		WRITE_ONCE(sk->sk_priority, priority);
	if (part->buf) {
		iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, &vec, 1, part->len);
	} else {
		msg.msg_flags |= MSG_SPLICE_PAGES;
		iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, &part->bvec, 1, part->len);
	}
	/* The program's own call has been looked at by who cares: sock_sendmsg() */
	err = READ_ONCE(sk->sk_prot)->sendmsg(sk, &msg, part->len);
	if (err > 0)
		udp->bytes_sent += part->len;
	else
		npv_udp_send_failed(udp, err, part->len, npv_udp_now(udp));
	return min(err, 0);
}

/*
 * Build a packet out of @msg: @plen bytes of payload behind @head. Return: 0; -EFAULT;
 * -ENOMEM.
 */
static int part_build(struct part *part, const struct npv_packet_head *head,
		      struct msghdr *msg, u32 plen, u8 *small)
{
	struct page_frag *frag = &current->task_frag;
	u8 *buf = small;
	u32 at;

	part->buf = small;
	if (HEAD_MAX + plen > COPY_MAX) {
		if (!skb_page_frag_refill(HEAD_MAX + plen, frag, GFP_KERNEL) ||
		    frag->size - frag->offset < HEAD_MAX + plen)
			return -ENOMEM;
		part->buf = NULL;
		buf = page_address(frag->page) + frag->offset;
	}
	at = npv_packet_head_encode(head, buf, HEAD_MAX);
	if (!copy_from_iter_full(buf + at, plen, &msg->msg_iter))
		return -EFAULT;
	part->len = at + plen;
	if (!part->buf) {
		bvec_set_page(&part->bvec, frag->page, part->len, frag->offset);
		frag->offset += part->len;
	}
	return 0;
}

/* Have a stack show that it works, if it hasn't just done so, and is not about to. */
static void stack_ping(struct npv_udp *udp, u32 size)
{
	udp->message_size = max(udp->message_size, size);
	if (udp->rec.n_sent || time_before(jiffies, udp->ping_at))
		return;
	udp->ping_at = jiffies + PING_EACH;
	/* As long as what was sent: the path may not take that any more. */
	npv_udp_ping_size(udp, udp->message_size, npv_udp_now(udp));
	udp->message_size = 0;
}

/* Whether a stack's queue has room, as a socket's send buffer would have */
static bool stack_has_space(struct npv_udp *udp, const struct npv_native *nat)
{
	const struct sock *sk = npv_udp_sk(udp), *to;
	int most = 0;

	if (!sk_wmem_alloc_get(sk))
		return true;
	rcu_read_lock();
	to = READ_ONCE(nat->datagrams->to);
	if (to)
		most = READ_ONCE(to->sk_sndbuf);
	rcu_read_unlock();
	if (sk_wmem_alloc_get(sk) < most)
		return true;
	set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	/* Pairs with udp_write_space(): it may have become so meanwhile. */
	smp_mb__after_atomic();
	return sk_wmem_alloc_get(sk) < most / 2;
}

/*
 * Take from *@mask the stacks whose queue has no room. Return: whether one of all is
 * known to get through.
 */
static bool stacks_look(const struct npv_native *nat, unsigned long *mask)
{
	const struct npv_subflow *sub;
	unsigned long all = *mask;
	bool through = false;
	unsigned int i;

	for_each_set_bit(i, &all, NPV_STACKS_MAX) {
		sub = nat->slot[i];
		through |= !sub->silent && sub->status != NPV_STACK_STATUS_SUSPECT;
		if (!stack_has_space(npv_udp(sub), nat))
			*mask &= ~BIT(i);
	}
	return through;
}

/* Jiffies by which one message may come later than others: two round trips */
static unsigned long lateness(const struct npv_native *nat, unsigned long mask)
{
	u32 srtt, most = 0;
	unsigned int i;

	for_each_set_bit(i, &mask, NPV_STACKS_MAX) {
		srtt = npv_udp(nat->slot[i])->rec.srtt_us;
		most = max(most, srtt);
	}
	return max(usecs_to_jiffies(2 * most), 1UL);
}

/*
 * Send a message on the stacks of @mask. Return: 0; -EFAULT; -ENOMEM; what UDP says if
 * no stack took it.
 */
static int message_send(struct npv_native *nat, unsigned long mask,
			struct msghdr *msg, size_t len,
			const struct npv_message_opts *opts)
{
	struct npv_datagrams *m = nat->datagrams;
	struct npv_packet_head head = {
		.kind	= NPV_PACKET_MESSAGE,
		.total	= len,
	};
	u32 priority = packet_priority(nat, opts), size = U32_MAX, at = 0, plen;
	u8 small[COPY_MAX] __uninitialized;
	struct part part;
	unsigned int i;
	u32 longest = 0;
	bool sent = false;
	int err, ret;

	for_each_set_bit(i, &mask, NPV_STACKS_MAX)
		size = min(size, npv_udp(nat->slot[i])->pmtu.size);
	head.fragment = len > size - HEAD_MAX;
	head.number = npv_msgnum_take(&m->num, head.fragment, jiffies,
				      lateness(nat, mask), &head.bits);
	do {
		plen = min_t(size_t, len - at, size - HEAD_MAX);
		head.offset = at;
		ret = part_build(&part, &head, msg, plen, small);
		if (ret)
			return ret;
		longest = max(longest, part.len);
		for_each_set_bit(i, &mask, NPV_STACKS_MAX) {
			err = part_send(npv_udp(nat->slot[i]), &part, priority);
			if (err)
				ret = err;
			else
				sent = true;
		}
		at += plen;
	} while (at < len);
	for_each_set_bit(i, &mask, NPV_STACKS_MAX) {
		nat->slot[i]->bytes_sent += len;
		stack_ping(npv_udp(nat->slot[i]), longest);
	}
	return sent ? 0 : ret;
}

/**
 * npv_datagrams_send_udp() - send a message over stacks of UDP
 * @nat: a datagram session
 * @msg: the message
 * @len: its length
 * @opts: what its program wants
 * @timeo: jiffies that it may wait for room
 *
 * Context: process, session lock not held, may sleep.
 * Return: @len; -EOPNOTSUPP if there is no such stack that works; -ENOTCONN if there is
 * none at all; -EAGAIN; -EPIPE;
 * -EINTR; -EFAULT; -ENOMEM.
 */
int npv_datagrams_send_udp(struct npv_native *nat, struct msghdr *msg, size_t len,
			   const struct npv_message_opts *opts, long timeo)
{
	struct sock *session = &nat->nsk->sk;
	unsigned long mask, picked;
	struct iov_iter from;
	int ret;

	npv_native_acquire(nat);
	for (;;) {
		ret = -EPIPE;
		if (session->sk_err || session->sk_shutdown & SEND_SHUTDOWN)
			break;
		ret = -EOPNOTSUPP;
		mask = npv_sched_pick_udp(nat);
		picked = mask;
		if (!stacks_look(nat, &mask) && npv_stacks_stalled(nat))
			ret = -ENOTCONN;
		if (!picked || ret == -ENOTCONN)
			break;
		if (mask) {
			from = msg->msg_iter;
			ret = message_send(nat, mask, msg, len, opts) ?: len;
			/* What UDP can't do now the stream perhaps can. */
			if (ret < 0 && ret != -EFAULT && ret != -ENOMEM) {
				msg->msg_iter = from;
				ret = -EOPNOTSUPP;
			}
			break;
		}
		ret = -EAGAIN;
		if (!timeo) {
			nat->datagrams->full = true;
			break;
		}
		if (signal_pending(current)) {
			ret = sock_intr_errno(timeo);
			break;
		}
		timeo = npv_native_wait(nat, timeo, false);
		npv_native_run(nat);
	}
	npv_native_release_lock(nat);

	return ret;
}

/* Truesize of the parts that all sessions keep, and of how many at most */
static atomic_long_t parts_bytes;
#define PARTS_BYTES	(16 * 1024 * 1024L)

/**
 * npv_datagrams_purge() - forget the parts of messages
 * @m: the session's
 *
 * Context: npv_datagrams.lock held, or nobody else has it any more.
 */
void npv_datagrams_purge(struct npv_datagrams *m)
{
	atomic_long_sub(m->reasm.bytes, &parts_bytes);
	npv_reasm_purge(&m->reasm);
	WRITE_ONCE(m->parts_due, 0);
}

/* Messages that were given up so far */
static u64 parts_lost(const struct npv_datagrams *m)
{
	return m->reasm.expired + m->reasm.bad;
}

/*
 * A part has come: as npv_reasm_add(), with what all sessions have in mind. *@lost: how
 * many messages were given up.
 */
static struct sk_buff *part_add(struct npv_datagrams *m, u64 number,
				const struct npv_packet_head *head, struct sk_buff *skb,
				u32 *lost)
{
	long before = m->reasm.bytes;
	u64 had = parts_lost(m);
	bool bad;

	skb = npv_reasm_add(&m->reasm, number, head->offset, head->total, skb, jiffies,
			    &bad);
	*lost = parts_lost(m) - had;
	WRITE_ONCE(m->parts_due, npv_reasm_expire(&m->reasm, jiffies));
	if (atomic_long_add_return(m->reasm.bytes - before, &parts_bytes) > PARTS_BYTES) {
		*lost += m->reasm.n;
		npv_datagrams_purge(m);
	}
	return skb;
}

/**
 * npv_datagrams_expire() - give up the messages that wait for parts for too long
 * @nat: a datagram session
 *
 * Context: process, session lock held.
 */
void npv_datagrams_expire(struct npv_native *nat)
{
	struct npv_datagrams *m = nat->datagrams;
	unsigned long due = READ_ONCE(m->parts_due);
	long before;
	u64 had;

	if (!due || time_before(jiffies, due))
		return;
	spin_lock_bh(&m->lock);
	before = m->reasm.bytes;
	had = parts_lost(m);
	WRITE_ONCE(m->parts_due, npv_reasm_expire(&m->reasm, jiffies));
	atomic_long_add(m->reasm.bytes - before, &parts_bytes);
	had = parts_lost(m) - had;
	spin_unlock_bh(&m->lock);
	NPV_ADD(sock_net(&nat->nsk->sk), MESSAGE_INCOMPLETE, had);
}

/* A message, or a part of one, is to be delivered: @skb has the packet. */
static void message_take(struct npv_udp *udp, struct sk_buff *skb)
{
	struct npv_native *nat = udp->sub.nat;
	struct net *net = sock_net(&nat->nsk->sk);
	struct npv_datagrams *m = nat->datagrams;
	u8 buf[HEAD_MAX] __uninitialized;
	struct npv_packet_head head;
	unsigned long due = 0;
	const u8 *bytes;
	struct sock *to;
	u32 lost = 0;
	u64 number;
	bool seen;
	int size;

	bytes = skb_header_pointer(skb, 0, min_t(u32, skb->len, sizeof(buf)), buf);
	/* It looks at no more than the head, but at the whole length. */
	size = bytes ? npv_packet_head_decode(&head, bytes, skb->len) : NPV_PACKET_BAD;
	if (size < 0) {
		NPV_INC(net, UDP_MALFORMED);
		goto drop;
	}
	/* Without memory it is as lost as any. */
	if (!pskb_pull(skb, size)) {
		NPV_INC(net, MESSAGE_DROPPED);
		goto drop;
	}
	spin_lock(&m->lock);
	udp->message_bytes += size + skb->len;
	if (unlikely(time_after(jiffies, m->came + NPV_MSG_FORGET)))
		npv_msgwin_forget(&m->win);
	WRITE_ONCE(m->came, jiffies);
	to = m->to;
	number = npv_msgwin_expand(&m->win, head.number, head.bits);
	seen = !to || npv_msgwin_seen(&m->win, number);
	if (!seen && head.fragment) {
		skb = part_add(m, number, &head, skb, &lost);
		due = m->parts_due;
	}
	if (!seen && skb)
		npv_msgwin_add(&m->win, number);
	spin_unlock(&m->lock);
	if (seen && to)
		NPV_INC(net, MESSAGE_DUPLICATE);
	if (unlikely(lost))
		NPV_ADD(net, MESSAGE_INCOMPLETE, lost);
	/* Nothing else need come. */
	if (due)
		npv_native_timer(nat, due);
	if (seen)
		goto drop;
	if (!skb)
		return;
	if (npv_deliver(to, &m->source, skb))
		NPV_INC(net, MESSAGE_DROPPED);
	else
		NPV_INC(net, MESSAGE_RECEIVED);
	return;
drop:
	kfree_skb(skb);
}

/* Whether what begins at @off is a message, not for the session's lock */
static bool is_message(struct sk_buff *skb, u32 off)
{
	u8 byte __uninitialized;
	const u8 *p = skb_header_pointer(skb, off, 1, &byte);

	return p && *p & NPV_PACKET_MESSAGE_BIT;
}

/* What is no message waits for the session, as ever. */
static void packet_keep(struct sock *sk, struct sk_buff *skb)
{
	skb_dst_drop(skb);
	if (__udp_enqueue_schedule_skb(sk, skb))
		kfree_skb(skb);
}

/* Whether there is a message among what GRO has put together */
static bool has_messages(struct sk_buff *skb)
{
	u32 off;

	if (!skb_is_gso(skb))
		return is_message(skb, sizeof(struct udphdr));
	for (off = sizeof(struct udphdr); off < skb->len;
	     off += skb_shinfo(skb)->gso_size)
		if (is_message(skb, off))
			return true;
	return false;
}

/* Packets that GRO has put together, one by one */
static void packets_take(struct sock *sk, struct npv_udp *udp, struct sk_buff *skb)
{
	struct sk_buff *segs, *next;

	/* As udp_queue_rcv_skb() does for who can't have them together */
	__skb_push(skb, -skb_mac_offset(skb));
	segs = udp_rcv_segment(sk, skb, skb->protocol == htons(ETH_P_IP));
	skb_list_walk_safe(segs, skb, next) {
		skb_mark_not_on_list(skb);
		__skb_pull(skb, skb_transport_offset(skb));
		udp_post_segment_fix_csum(skb);
		__skb_pull(skb, sizeof(struct udphdr));
		if (is_message(skb, 0))
			message_take(udp, skb);
		else
			packet_keep(sk, skb);
	}
}

/*
 * udp_sock.encap_rcv: a datagram, from its UDP header on, with its checksum checked.
 * Softirq, RCU. Return: 0 if it was taken over; 1 if UDP is to queue it.
 */
static int datagrams_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct npv_udp *udp;

	if (!has_messages(skb))
		return 1;
	/* UDP calls it with bottom halves off. */
	read_lock(&sk->sk_callback_lock);
	udp = __locked_read_sk_user_data_with_flags(sk, 0);
	/* Who sets this function has datagrams. */
	if (!udp) {
		kfree_skb(skb);
	} else if (skb_is_gso(skb)) {
		WRITE_ONCE(udp->heard, (u32)jiffies);
		packets_take(sk, udp, skb);
	} else {
		WRITE_ONCE(udp->heard, (u32)jiffies);
		__skb_pull(skb, sizeof(struct udphdr));
		message_take(udp, skb);
	}
	read_unlock(&sk->sk_callback_lock);
	return 0;
}

/* udp_sock.encap_err_rcv: what ICMP says, of which UDP would tell as well */
static void datagrams_err(struct sock *sk, struct sk_buff *skb, int err, __be16 port,
			  u32 info, u8 *payload)
{
	if (err != ECONNREFUSED)
		return;
	WRITE_ONCE(sk->sk_err, err);
	sk_error_report(sk);
}

/**
 * npv_datagrams_open() - take messages out of what comes to a stack
 * @udp: a stack of a datagram session, attached
 *
 * Context: process, session lock held, may sleep.
 */
void npv_datagrams_open(struct npv_udp *udp)
{
	struct sock *sk = npv_udp_sk(udp);

	/* Messages are not slowed down where a mark asks for it. */
	udp->rec.ecn = false;
	WRITE_ONCE(udp_sk(sk)->encap_rcv, datagrams_rcv);
	WRITE_ONCE(udp_sk(sk)->encap_err_rcv, datagrams_err);
	WRITE_ONCE(udp_sk(sk)->encap_type, 1);
	udp_tunnel_encap_enable(sk);
}

/**
 * npv_datagrams_shut() - undo npv_datagrams_open(), if that was done
 * @udp: the stack
 *
 * Context: sk_callback_lock of the stack held.
 */
void npv_datagrams_shut(struct npv_udp *udp)
{
	struct sock *sk = npv_udp_sk(udp);

	WRITE_ONCE(udp_sk(sk)->encap_type, 0);
	WRITE_ONCE(udp_sk(sk)->encap_err_rcv, NULL);
	WRITE_ONCE(udp_sk(sk)->encap_rcv, NULL);
}
