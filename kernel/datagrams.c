// SPDX-License-Identifier: GPL-2.0
/*
 * Datagram sessions: native sessions that carry the datagrams of two UDP sockets.
 * Over stacks of UDP a message is a packet, or some (datagrams_udp.c); where there is
 * none that works, and for what is to arrive, it is a record in the session's stream
 * (record.c). assoc.c is the program's side.
 */

#include <linux/mm.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "../uapi/linux/npv.h"
#include "assoc.h"
#include "datagrams.h"
#include "native.h"
#include "netns.h"
#include "receive.h"
#include "record.h"
#include "session.h"
#include "stack.h"
#include "subflow.h"

/**
 * npv_datagrams_alloc() - make what a datagram session needs
 * @gfp: how to allocate
 *
 * Return: it, which delivers nothing yet; NULL without memory.
 */
struct npv_datagrams *npv_datagrams_alloc(gfp_t gfp)
{
	struct npv_datagrams *m = kzalloc(sizeof(*m), gfp);

	if (!m)
		return NULL;
	spin_lock_init(&m->lock);
	init_waitqueue_head(&m->wait);
	npv_reasm_init(&m->reasm);
	return m;
}

/**
 * npv_datagrams_free() - undo npv_datagrams_alloc()
 * @m: it, which no stack reaches any more; or NULL
 */
void npv_datagrams_free(struct npv_datagrams *m)
{
	if (!m)
		return;
	npv_datagrams_purge(m);
	kfree(m);
}

/**
 * npv_datagrams_begin() - deliver what comes
 * @m: the session's
 * @to: the program's UDP sock; npv_datagrams_end() before it goes
 * @source: the two ends, for good
 *
 * Context: any but hard interrupts.
 */
void npv_datagrams_begin(struct npv_datagrams *m, struct sock *to,
			 const struct npv_source *source)
{
	spin_lock_bh(&m->lock);
	m->source = *source;
	/* Who sees it sees @source. */
	smp_store_release(&m->to, to);
	spin_unlock_bh(&m->lock);
}

/**
 * npv_datagrams_end() - deliver nothing any more
 * @m: the session's
 *
 * What is under way to the socket gets there before an RCU grace period is over, which
 * is when UDP frees it.
 *
 * Context: any but hard interrupts.
 */
void npv_datagrams_end(struct npv_datagrams *m)
{
	spin_lock_bh(&m->lock);
	WRITE_ONCE(m->to, NULL);
	npv_datagrams_purge(m);
	spin_unlock_bh(&m->lock);
}

static int opt_read(const struct cmsghdr *cmsg, struct npv_message_opts *opts)
{
	u32 value;

	if (cmsg->cmsg_len != CMSG_LEN(sizeof(value)))
		return -EINVAL;
	memcpy(&value, CMSG_DATA(cmsg), sizeof(value));
	switch (cmsg->cmsg_type) {
	case NPV_MSG_LIFETIME:
		opts->lifetime = value;
		return 0;
	case NPV_MSG_PRIORITY:
		opts->priority = value;
		return 0;
	case NPV_MSG_RELIABLE:
		if (value > 1)
			return -EINVAL;
		opts->reliable = value;
		return 0;
	default:
		return -EINVAL;
	}
}

/* Whether IP_PKTINFO or IPV6_PKTINFO names the address that is @local anyway */
static bool pktinfo_suits(const struct cmsghdr *cmsg, const struct in6_addr *local)
{
	if (cmsg->cmsg_level == SOL_IP && cmsg->cmsg_type == IP_PKTINFO &&
	    cmsg->cmsg_len == CMSG_LEN(sizeof(struct in_pktinfo))) {
		const struct in_pktinfo *info = CMSG_DATA(cmsg);

		return !info->ipi_ifindex &&
		       (!info->ipi_spec_dst.s_addr ||
			(ipv6_addr_v4mapped(local) &&
			 info->ipi_spec_dst.s_addr == local->s6_addr32[3]));
	}
	if (cmsg->cmsg_level == SOL_IPV6 && cmsg->cmsg_type == IPV6_PKTINFO &&
	    cmsg->cmsg_len == CMSG_LEN(sizeof(struct in6_pktinfo))) {
		const struct in6_pktinfo *info = CMSG_DATA(cmsg);

		return !info->ipi6_ifindex &&
		       (ipv6_addr_any(&info->ipi6_addr) ||
			ipv6_addr_equal(&info->ipi6_addr, local));
	}
	return false;
}

/**
 * npv_datagrams_opts() - read a message's control messages
 * @msg: the message
 * @reliable: whether it is reliable if they don't say
 * @opts: filled in
 *
 * Those of SOL_NPV: what is wrong with them doesn't depend on where the message goes.
 *
 * Context: any.
 * Return: 0; -EINVAL: one is wrong.
 */
int npv_datagrams_opts(struct msghdr *msg, bool reliable, struct npv_message_opts *opts)
{
	struct cmsghdr *cmsg;
	int err;

	opts->lifetime = 0;
	opts->priority = NPV_MSG_PRIORITY_DEFAULT;
	opts->reliable = reliable;
	if (likely(!msg->msg_controllen))
		return 0;
	for_each_cmsghdr(cmsg, msg) {
		if (!CMSG_OK(msg, cmsg))
			return -EINVAL;
		if (cmsg->cmsg_level != SOL_NPV)
			continue;
		err = opt_read(cmsg, opts);
		if (err)
			return err;
	}
	return 0;
}

/**
 * npv_datagrams_suits() - whether a session can obey a message's control messages
 * @msg: the message, of which npv_datagrams_opts() found nothing wrong
 * @local: the address that it leaves from in the session, IPv4 as ::ffff:a.b.c.d
 *
 * Context: any.
 * Return: whether it can; else only UDP itself does.
 */
bool npv_datagrams_suits(struct msghdr *msg, const struct in6_addr *local)
{
	struct cmsghdr *cmsg;

	if (likely(!msg->msg_controllen))
		return true;
	for_each_cmsghdr(cmsg, msg)
		if (cmsg->cmsg_level != SOL_NPV && !pktinfo_suits(cmsg, local))
			return false;
	return true;
}

/**
 * npv_datagrams_send() - send a message
 * @nat: a datagram session that is up
 * @msg: the message
 * @len: its length, NPV_MESSAGE_MAX at most
 * @opts: what its program wants
 * @timeo: jiffies that it may wait for room
 * @patient: it may wait for the peer, too; else one that the peer doesn't take is dropped,
 *	as on the way, unless it is to be reliable
 *
 * One that has waited for as long as it is good for is dropped, and counted.
 *
 * Context: process, session lock not held, may sleep.
 * Return: @len; -EAGAIN; -EPIPE, -ECONNRESET...: the session is no more; -ENOTCONN: no
 * stack works just now; -EINTR;
 * -EFAULT; -ENOMEM.
 */
int npv_datagrams_send(struct npv_native *nat, struct msghdr *msg, size_t len,
		       const struct npv_message_opts *opts, long timeo, bool patient)
{
	struct net *net = sock_net(&nat->nsk->sk);
	int ret = -EOPNOTSUPP;
	bool expires = false;

	patient |= opts->reliable;

	if (opts->lifetime && timeo > (long)msecs_to_jiffies(opts->lifetime)) {
		timeo = msecs_to_jiffies(opts->lifetime);
		expires = true;
	}
	if (!opts->reliable)
		ret = npv_datagrams_send_udp(nat, msg, len, opts, timeo);
	if (ret == -ENOTCONN)
		return ret;
	if (ret == -EOPNOTSUPP) {
		ret = npv_record_send(nat, msg, len, patient ? timeo : 0);
		if (ret == -EAGAIN && !patient) {
			NPV_INC(net, MESSAGE_UNSENT);
			return len;
		}
	}
	if (ret == -EAGAIN && expires) {
		NPV_INC(net, MESSAGE_EXPIRED);
		return len;
	}
	if (ret >= 0)
		NPV_INC(net, MESSAGE_SENT);
	return ret;
}

/* The interface that records come by: that of the first stack */
static int record_iif(const struct npv_native *nat)
{
	unsigned int i;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX)
		return npv_stack_ifindex(npv_subflow_sk(nat->slot[i]));
	return 0;
}

/* Room before a message, for the headers that it never had */
#define HEADERS		(sizeof(struct ipv6hdr) + sizeof(struct udphdr))

/* Take a record out of the stream, as a message. Return: it, or NULL without memory. */
static struct sk_buff *record_take(struct npv_native *nat, u32 len)
{
	struct npv_recvq *rq = &nat->recvq;
	struct msghdr msg = { };
	struct sk_buff *skb;
	struct kvec vec;
	int err;

	skb = alloc_skb_with_frags(HEADERS, len, PAGE_ALLOC_COSTLY_ORDER, &err,
				   GFP_KERNEL);
	vec.iov_len = len;
	vec.iov_base = skb ? kvmalloc(len ?: 1, GFP_KERNEL) : NULL;
	if (!vec.iov_base) {
		kfree_skb(skb);
		return NULL;
	}
	iov_iter_kvec(&msg.msg_iter, ITER_DEST, &vec, 1, len);
	if (len)
		npv_recvq_read(rq, &msg, len, 0, 0);
	skb_reserve(skb, HEADERS);
	skb->len = len;
	skb->data_len = len;
	if (len)
		skb_store_bits(skb, 0, vec.iov_base, len);
	kvfree(vec.iov_base);
	return skb;
}

/**
 * npv_datagrams_drain() - deliver the records that have come
 * @nat: a datagram session
 *
 * Nobody reads them but this.
 *
 * Context: process, session lock held, may sleep.
 */
void npv_datagrams_drain(struct npv_native *nat)
{
	struct net *net = sock_net(&nat->nsk->sk);
	struct npv_datagrams *m = nat->datagrams;
	struct sk_buff *skb;
	struct sock *to;
	int len, err;

	if (!READ_ONCE(m->to))
		return;
	npv_receive_drain(nat);
	while ((len = npv_record_next(nat, false)) >= 0) {
		skb = record_take(nat, len);
		if (!skb) {
			/* It has been acknowledged; nobody tells when there is memory. */
			npv_native_timer(nat, jiffies + (HZ / 50 ?: 1));
			break;
		}
		nat->record.in_head = false;
		skb->skb_iif = record_iif(nat);
		WRITE_ONCE(m->came, jiffies);
		err = -ENOENT;
		rcu_read_lock();
		local_bh_disable();
		/* Pairs with npv_datagrams_begin(). */
		to = smp_load_acquire(&m->to);
		if (to)
			err = npv_deliver(to, &m->source, skb);
		else
			kfree_skb(skb);
		local_bh_enable();
		rcu_read_unlock();
		if (err)
			NPV_INC(net, MESSAGE_DROPPED);
		else
			NPV_INC(net, MESSAGE_RECEIVED);
		npv_receive_window(nat);
		if (test_bit(NPV_NF_DEAD, &nat->flags))
			return;
	}
	if (!test_bit(NPV_NF_DEAD, &nat->flags))
		npv_receive_ack(nat, false);
}
