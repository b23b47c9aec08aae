// SPDX-License-Identifier: GPL-2.0
/*
 * Datagrams of programs, that go by a session where there is one, and else as UDP.
 */

#include <linux/udp.h>
#include <net/inet_sock.h>

#include "address.h"
#include "assoc.h"
#include "assoc_table.h"
#include "datagrams.h"
#include "native.h"
#include "netns.h"
#include "session.h"
#include "stack.h"
#include "stated.h"

/* Whether there can be a session with who has that address */
static bool unicast(const struct in6_addr *addr)
{
	__be32 a4 = addr->s6_addr32[3];

	if (ipv6_addr_v4mapped(addr))
		return !ipv4_is_multicast(a4) && !ipv4_is_lbcast(a4) &&
		       !ipv4_is_zeronet(a4) && !ipv4_is_loopback(a4);
	return !ipv6_addr_is_multicast(addr) && !ipv6_addr_any(addr) &&
	       !ipv6_addr_loopback(addr) &&
	       !(ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL);
}

/* Whether a session is to be begun with a peer of which the socket knows nothing */
static bool may_begin(struct npv_sock *nsk, const struct socket *sock,
		      const struct npv_assoc_dest *dest)
{
	const struct npv_net *npvn = npv_pernet(sock_net(&nsk->sk));

	return npv_assoc_wanted(nsk) && !test_bit(NPV_SF_BOUND, &nsk->flags) &&
	       unicast(&dest->addr) && dest->port &&
	       dest->port != htons(READ_ONCE(npvn->sysctls.port)) &&
	       !npv_stack_only(sock->sk);
}

/* Whether no peer is to be asked just now */
static bool quiet(const struct npv_sock *nsk)
{
	unsigned long until = READ_ONCE(nsk->quiet_until);

	return until && time_before(jiffies, until);
}

/* The peer that a datagram names. Apart, for what it needs room for. */
static noinline bool dest_named(const struct msghdr *msg, struct npv_assoc_dest *dest)
{
	struct npv_addrs addrs;

	if (npv_addrs_parse(&addrs, msg->msg_name, msg->msg_namelen) ||
	    addrs.count != 1 || addrs.scope_id)
		return false;
	dest->addr = addrs.addr[0];
	dest->port = addrs.port;
	return true;
}

/* The peer of a datagram. Return: whether it is one that a session may be with. */
static bool dest_of(struct socket *sock, const struct msghdr *msg,
		    struct npv_assoc_dest *dest)
{
	if (msg->msg_name)
		return dest_named(msg, dest);
	if (inet_sk_state_load(sock->sk) != TCP_ESTABLISHED)
		return false;
	dest->addr = npv_stack_remote(sock->sk, &dest->port);
	return true;
}

/* Whether a datagram is one that a session can carry */
static bool carries(const struct sock *sk, const struct msghdr *msg, size_t len)
{
	const unsigned int flags = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_CONFIRM | MSG_EOR |
				   MSG_BATCH | MSG_CMSG_COMPAT;

	return !(msg->msg_flags & ~flags) && len <= NPV_MESSAGE_MAX &&
	       !READ_ONCE(udp_sk(sk)->pending) &&
	       !(READ_ONCE(sk->sk_shutdown) & SEND_SHUTDOWN);
}

/*
 * A program was told that there is no room: poll() is to say so, too. Not where it waits
 * for a peer which need not be the only one, nor once nobody is there to say otherwise.
 */
static void tell_full(struct npv_assoc *a, struct npv_native *nat, bool patient)
{
	npv_native_acquire(nat);
	if (nat->datagrams->full || (patient && test_bit(NPV_NF_NOSPACE, &nat->flags))) {
		spin_lock_bh(&a->table->lock);
		if (a->state != ASSOC_ENDED)
			set_bit(NPV_SF_FULL, &a->table->owner->flags);
		spin_unlock_bh(&a->table->lock);
	}
	npv_native_release_lock(nat);
}

/* Send a message over a session. Return: as npv_assoc_sendmsg(). */
static int assoc_send(struct npv_assoc *a, struct socket *sock, struct msghdr *msg,
		      size_t len, const struct npv_message_opts *opts)
{
	struct npv_native *nat = a->carrier->native;
	unsigned int flags = msg->msg_flags;
	bool patient = !msg->msg_name;
	struct iov_iter from;
	int ret;

	if (!npv_datagrams_suits(msg, &a->source.local))
		return -EOPNOTSUPP;
	from = msg->msg_iter;
	/* What becomes of the session is nothing to be signalled. */
	msg->msg_flags |= MSG_NOSIGNAL;
	ret = npv_datagrams_send(nat, msg, len, opts,
				 sock_sndtimeo(sock->sk, flags & MSG_DONTWAIT), patient);
	msg->msg_flags = flags;
	WRITE_ONCE(a->used, jiffies);
	if (ret >= 0)
		return ret;
	switch (ret) {
	case -EAGAIN:
		tell_full(a, nat, patient);
		return ret;
	case -EFAULT:
	case -ENOMEM:
	case -EINTR:
	case -ERESTARTSYS:
		return ret;
	case -ENOTCONN:
		/* It may come again. UDP can do no worse. */
		break;
	default:
		/* It has ended, however: what it didn't take goes as UDP. */
		npv_assoc_queue(a, 0);
		break;
	}
	msg->msg_iter = from;
	return -EOPNOTSUPP;
}

/**
 * npv_assoc_sendmsg() - send a datagram over a session, if there is one
 * @nsk: the session of a datagram socket
 * @sock: the program's socket
 * @msg: the datagram
 * @len: its length
 * @dest: filled in for npv_assoc_begin()
 *
 * Context: process, session lock not held, may sleep.
 * Return: @len; -EOPNOTSUPP: it is to go as UDP; -EAGAIN; -EINTR; -EFAULT; -ENOMEM;
 * -EINVAL: a control message is wrong.
 */
int npv_assoc_sendmsg(struct npv_sock *nsk, struct socket *sock, struct msghdr *msg,
		      size_t len, struct npv_assoc_dest *dest)
{
	/* Pairs with npv_assoc_table(). */
	struct npv_assocs *t = smp_load_acquire(&nsk->assocs);
	struct npv_message_opts opts;
	struct npv_assoc *a;
	int ret;

	dest->begin = false;
	/* Whoever sends, and wherever to: a program is to learn it the first time. */
	ret = npv_datagrams_opts(msg, npv_stated_reliable(nsk), &opts);
	if (ret)
		return ret;
	if (!t && (test_bit(NPV_SF_BOUND, &nsk->flags) || !npv_assoc_wanted(nsk)))
		return -EOPNOTSUPP;
	/* Nobody is asked just now, and there is nobody who was. */
	if (quiet(nsk) && (!t || !READ_ONCE(t->n)))
		return -EOPNOTSUPP;
	if (!carries(sock->sk, msg, len) || !dest_of(sock, msg, dest))
		return -EOPNOTSUPP;
	rcu_read_lock();
	a = t ? npv_assoc_find(t, &dest->addr, dest->port) : NULL;
	if (a && !npv_assoc_hold(a))
		a = NULL;
	rcu_read_unlock();
	if (!a) {
		dest->begin = !quiet(nsk) && may_begin(nsk, sock, dest);
		return -EOPNOTSUPP;
	}
	ret = -EOPNOTSUPP;
	/* Pairs with npv_assoc_up(). */
	if (smp_load_acquire(&a->state) == ASSOC_UP)
		ret = assoc_send(a, sock, msg, len, &opts);
	npv_assoc_put(a);
	return ret;
}

/**
 * npv_assoc_space() - there is room for messages again
 * @nat: a datagram session
 *
 * Context: process, session lock held.
 */
void npv_assoc_space(struct npv_native *nat)
{
	struct npv_assoc *a;
	struct sock *to;

	nat->datagrams->full = false;
	rcu_read_lock();
	a = rcu_dereference(nat->nsk->assoc);
	if (a && READ_ONCE(a->state) != ASSOC_ENDED) {
		to = a->table->to;
		if (test_and_clear_bit(NPV_SF_FULL, &a->table->owner->flags))
			to->sk_write_space(to);
	}
	rcu_read_unlock();
}
