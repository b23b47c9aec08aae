// SPDX-License-Identifier: GPL-2.0
/*
 * connect(): to one address straight through to the main stack, to several by
 * a race (streams) or to the first that can be reached (datagrams).
 */

#include <linux/net.h>
#include <net/inet_sock.h>
#include <net/ip.h>

#include "address.h"
#include "assoc.h"
#include "candidate.h"
#include "connect.h"
#include "decision.h"
#include "netns.h"
#include "peer.h"
#include "race.h"
#include "record.h"
#include "session.h"
#include "sockopt.h"
#include "stack.h"
#include "steer.h"
#include "verdict.h"

/**
 * npv_connect_parse() - read the address that a program wants to reach
 * @nsk: the session; it learns from it in what family to tell names
 * @uaddr: the address
 * @len: its length
 * @dst: filled in
 *
 * Context: process.
 * Return: 0, or what npv_addrs_parse() returns, or -EINVAL for a sockaddr_npv
 * without addresses.
 */
int npv_connect_parse(struct npv_sock *nsk, const struct sockaddr *uaddr,
		      int len, struct npv_addrs *dst)
{
	int err;

	err = npv_addrs_parse(dst, uaddr, len);
	if (!err && !dst->count)
		err = -EINVAL;
	if (err) {
		NPV_INC(sock_net(&nsk->sk), ADDRESS_INVALID);
		return err;
	}

	if (!nsk->name_fixed) {
		WRITE_ONCE(nsk->name_family, dst->family);
		nsk->name_fixed = true;
	}

	return 0;
}

/* Whether an address goes to the stack as the program gave it. */
static bool connect_verbatim(const struct npv_sock *nsk,
			     const struct sockaddr *uaddr, int len)
{
	return len < (int)sizeof(sa_family_t) ||
	       (test_bit(NPV_SF_STRICT, &nsk->flags) &&
		uaddr->sa_family != npv_family_nr);
}

/* Put the most promising address first. */
static noinline_for_stack void target_choose(struct npv_sock *nsk,
					     struct npv_addrs *dst)
{
	struct npv_candidate cand[NPV_ADDR_MAX];

	lock_sock(&nsk->sk);
	if (npv_candidates_choose(nsk, dst, cand))
		dst->addr[0] = cand[0].addr;
	release_sock(&nsk->sk);
}

/**
 * npv_connect_target() - the one address that a stack is to be given
 * @nsk: the session
 * @uaddr: address as the program gave it, one or several
 * @len: its length
 * @ss: filled in, in the family of the main stack
 *
 * Of several the most promising one. For sendto() and for connects that can't
 * race.
 *
 * Context: process, session lock not held.
 * Return: length of @ss, or -errno.
 */
int npv_connect_target(struct npv_sock *nsk, const struct sockaddr *uaddr,
		       int len, struct sockaddr_storage *ss)
{
	struct npv_addrs dst;
	int err;

	err = npv_connect_parse(nsk, uaddr, len, &dst);
	if (err)
		return err;

	if (dst.count > 1)
		target_choose(nsk, &dst);

	return npv_addr_build(ss, npv_stack_sk(nsk->main)->sk_family,
			      &dst.addr[0], dst.port, dst.scope_id);
}

/* One address: the stack's own connect() does it all. */
static int connect_single(struct npv_sock *nsk, struct socket *sock,
			  struct sockaddr *uaddr, int len, int flags)
{
	bool fresh;
	int err;

	lock_sock(&nsk->sk);
	fresh = sock->state == SS_UNCONNECTED &&
		inet_sk_state_load(sock->sk) != TCP_LISTEN;
	if (fresh) {
		npv_session_connecting(nsk, 1);
		if (sock->type == SOCK_STREAM)
			npv_stack_watch(nsk->main);
	}
	release_sock(&nsk->sk);

	err = npv_session_base(nsk)->connect(sock, uaddr, len, flags);
	if (!fresh)
		return err;

	if (sock->type == SOCK_DGRAM) {
		if (err)
			npv_session_connect_failed(nsk, -err);
		else
			npv_session_connected(nsk);
		return err;
	}

	/*
	 * Non-blocking, deferred (TCP_FASTOPEN_CONNECT) and interrupted ones
	 * go on: what becomes of them is told by the stack's state.
	 */
	switch (inet_sk_state_load(sock->sk)) {
	case TCP_ESTABLISHED:
		if (!err)
			npv_session_connected(nsk);
		break;
	case TCP_CLOSE:
		if (err)
			npv_session_connect_failed(nsk, -err);
		break;
	}

	return err;
}

/*
 * Have the main stack answer a connect() that it is not to carry out: how the
 * last one went, or that there was one. No stack connects to such an address.
 */
static noinline_for_stack int connect_ask(struct npv_sock *nsk,
					  struct socket *sock, int flags)
{
	struct sockaddr_storage ss = { .ss_family = npv_family_nr };

	return npv_session_base(nsk)->connect(sock, (struct sockaddr *)&ss,
					      sizeof(ss), flags);
}

/*
 * Whether a first connect() that doesn't wait tells what has happened already. As
 * with TCP only what this host itself has refused; what the network has answered
 * meanwhile, good or bad, is for poll(), SO_ERROR and the next connect() to tell.
 */
static bool connect_tells(const struct socket *sock)
{
	switch (READ_ONCE(sock->sk->sk_err)) {
	case 0:
		return inet_sk_state_load(sock->sk) == TCP_CLOSE;
	case ECONNREFUSED:
	case ECONNRESET:
	case ETIMEDOUT:
		return false;
	default:
		return true;
	}
}

/*
 * Wait for the race that is under way, and tell how it ended. @err is the
 * answer to who doesn't wait.
 */
static int connect_wait(struct npv_sock *nsk, struct socket *sock, int flags,
			int err)
{
	int wait;

	wait = npv_race_wait(nsk, sock_sndtimeo(sock->sk, flags & O_NONBLOCK));
	if (wait)
		return wait == -EAGAIN ? err : wait;

	npv_race_reap(nsk);
	/* Given up by another thread: shutdown() left an error, connect() none */
	if (sock->state == SS_UNCONNECTED)
		return sock_error(sock->sk) ?: -EPIPE;
	if (err == -EINPROGRESS && flags & O_NONBLOCK && !connect_tells(sock))
		return err;
	/* The SYN waits for data: as with TCP, connect() is done. */
	if (err == -EINPROGRESS && !READ_ONCE(nsk->native) &&
	    inet_test_bit(DEFER_CONNECT, sock->sk))
		return 0;

	/* It may have turned to the main stack, which is under way itself. */
	wait = connect_ask(nsk, sock, flags);
	return wait == -EALREADY ? err : wait;
}

/* connect() while a race is under way already */
static int connect_racing(struct npv_sock *nsk, struct socket *sock, int flags)
{
	return connect_wait(nsk, sock, flags, -EALREADY);
}

static int connect_race(struct npv_sock *nsk, struct socket *sock,
			const struct npv_candidate *cand, unsigned int n,
			__be16 port, int flags)
{
	int err = -EALREADY;

	lock_sock(&nsk->sk);
	if (!nsk->race && sock->state == SS_UNCONNECTED) {
		err = npv_race_start(nsk, cand, n, port);
		if (err) {
			release_sock(&nsk->sk);
			return err;
		}
		err = -EINPROGRESS;
	}
	release_sock(&nsk->sk);

	return connect_wait(nsk, sock, flags, err);
}

/* A connect() that failed has left the main stack bound as it was for that. Session lock. */
static void connect_unsteer(struct npv_sock *nsk)
{
	struct sock *sk = npv_stack_sk(nsk->main);

	if (!test_and_clear_bit(NPV_SF_STEERED, &nsk->flags))
		return;
	lock_sock(sk);
	if (sk->sk_state == TCP_CLOSE && !inet_sk(sk)->inet_num &&
	    !(sk->sk_userlocks & SOCK_BINDADDR_LOCK)) {
		WRITE_ONCE(sk->sk_bound_dev_if, 0);
		sk_dst_reset(sk);
		if (!npv_sockopt_is_set(nsk, SOL_IP, IP_BIND_ADDRESS_NO_PORT))
			inet_clear_bit(BIND_ADDRESS_NO_PORT, sk);
		inet_reset_saddr(sk);
	}
	release_sock(sk);
}

/**
 * npv_connect_from() - have the main stack leave from where policy wants it to
 * @nsk: the session
 * @sock: the program's socket, not connected
 * @cand: where it is to be connected to, and from where
 *
 * Where its program has said so itself, that counts.
 *
 * Context: process, may sleep.
 * Return: 0, or what bind() returns.
 */
int npv_connect_from(struct npv_sock *nsk, struct socket *sock,
		     const struct npv_candidate *cand)
{
	struct sock *sk = sock->sk;
	struct sockaddr_storage ss;
	__be16 port;
	int len, err;

	if (ipv6_addr_any(&cand->local))
		return 0;
	npv_stack_local(sk, &port);
	if (port || sk->sk_userlocks & SOCK_BINDADDR_LOCK)
		return 0;
	/* What the program has said stays. */
	if (!READ_ONCE(sk->sk_bound_dev_if))
		set_bit(NPV_SF_STEERED, &nsk->flags);
	if (cand->ifindex) {
		err = npv_stack_bind_if(sk, cand->ifindex);
		if (err)
			return err;
	}
	inet_set_bit(BIND_ADDRESS_NO_PORT, sk);
	len = npv_addr_build(&ss, sk->sk_family, &cand->local, 0, 0);
	if (len < 0)
		return len;
	err = npv_session_base(nsk)->bind(sock, (struct sockaddr *)&ss, len);
	if (err)
		return err;
	/* It is as if a route had chosen it: the next connect() may have another. */
	lock_sock(sk);
	sk->sk_userlocks &= ~SOCK_BINDADDR_LOCK;
	release_sock(sk);
	return 0;
}

/*
 * Without a race: no handshake tells which address works, but routes may.
 * Datagrams, and streams that are pinned to one stack.
 */
static int connect_routed(struct npv_sock *nsk, struct socket *sock,
			  const struct npv_candidate *cand, unsigned int n,
			  __be16 port, int flags)
{
	struct sockaddr_storage ss;
	int err = -ENETUNREACH;
	struct in6_addr local;
	__be16 local_port;
	unsigned int i;
	int len;

	for (i = 0; i < n; i++) {
		err = npv_connect_from(nsk, sock, &cand[i]);
		if (err)
			continue;
		/* What suits a further stack may not suit the main one. */
		local = npv_stack_local(sock->sk, &local_port);
		if (local_port && !ipv6_addr_any(&local) &&
		    ipv6_addr_v4mapped(&local) !=
		    ipv6_addr_v4mapped(&cand[i].addr)) {
			err = -ENETUNREACH;
			continue;
		}
		len = npv_addr_build(&ss, sock->sk->sk_family, &cand[i].addr,
				     port, cand[i].scope_id);
		if (len < 0) {
			err = len;
			continue;
		}
		err = connect_single(nsk, sock, (struct sockaddr *)&ss, len,
				     flags);
		if (!err || sock->type == SOCK_STREAM)
			break;
	}

	return err;
}

/* Break the association, of whatever kind. */
static int connect_dissolve(struct npv_sock *nsk, struct socket *sock,
			    struct sockaddr *uaddr, int len, int flags)
{
	struct npv_stack *stack;
	bool racing;
	int err;

	racing = npv_race_cancel(nsk);
	/* It may just have been won, by a native session. */
	if (READ_ONCE(nsk->native))
		return npv_session_base(nsk)->connect(sock, uaddr, len, flags);

	lock_sock(&nsk->sk);
	npv_stack_unwatch(nsk->main);
	/* A listener stops to listen, on all its addresses. */
	list_for_each_entry(stack, &nsk->stacks, node)
		if (stack->sock && inet_sk_state_load(stack->sk) == TCP_LISTEN)
			kernel_sock_shutdown(stack->sock, SHUT_RDWR);
	release_sock(&nsk->sk);

	/* UDP may have the port no more; another thread may just have begun a session. */
	npv_assoc_reset(nsk);
	err = npv_session_base(nsk)->connect(sock, uaddr, len, flags);
	npv_assoc_reset(nsk);
	/* As from SYN_SENT, where the main stack didn't get to. */
	if (racing && !err)
		WRITE_ONCE(sock->sk->sk_err, ECONNRESET);
	npv_session_connect_failed(nsk, ECONNABORTED);
	npv_session_down(nsk, 0);

	return err;
}

/*
 * connect() of a session of records that is not to become native: they are not for plain
 * peers. What is no first connect(), TCP answers.
 */
static int connect_records(struct npv_sock *nsk, struct socket *sock, int flags)
{
	if (sock->state != SS_UNCONNECTED ||
	    inet_sk_state_load(sock->sk) != TCP_CLOSE)
		return connect_ask(nsk, sock, flags);
	switch (nsk->reason) {
	case NPV_REASON_MODE:
	case NPV_REASON_PINNED:
		return -EOPNOTSUPP;
	default:
		return -ECONNREFUSED;
	}
}

/* Whether a session is native or not at all, as policy wants it. Session lock. */
static bool native_only(const struct npv_sock *nsk)
{
	return npv_decision_mode(nsk) == NPV_MODE_NATIVE ||
	       !npv_decision_allows(nsk, NPV_TRANSPORT_TCP);
}

/* Whether a session may be native, as far as its program goes */
static bool native_possible(struct npv_sock *nsk, const struct socket *sock,
			    const struct npv_addrs *dst)
{
	const struct npv_net *npvn = npv_pernet(sock_net(&nsk->sk));

	if (sock->type != SOCK_STREAM || sock->state != SS_UNCONNECTED ||
	    inet_sk_state_load(sock->sk) != TCP_CLOSE)
		return false;
	if (npv_decision_mode(nsk) == NPV_MODE_PLAIN) {
		nsk->reason = NPV_REASON_MODE;
		return false;
	}
	/* Something that only a TCP socket of one's own has */
	if (test_bit(NPV_SF_PINNED, &nsk->flags) || READ_ONCE(nsk->extra) ||
	    READ_ONCE(nsk->listen) || npv_stack_only(sock->sk)) {
		nsk->reason = NPV_REASON_PINNED;
		return false;
	}
	return dst->port && dst->port != htons(READ_ONCE(npvn->sysctls.port));
}

/*
 * Look for a peer that speaks NPV.
 * Return: -EOPNOTSUPP if it isn't to be looked for; else as connect().
 */
static noinline_for_stack int connect_native(struct npv_sock *nsk,
					     struct socket *sock,
					     const struct npv_addrs *dst,
					     int flags)
{
	struct npv_candidate cand[NPV_ADDR_MAX];
	enum npv_kind kind = NPV_KIND_OPEN;
	struct net *net = sock_net(&nsk->sk);
	unsigned int i, n, kept = 0;
	bool known = false;
	int err;

	lock_sock(&nsk->sk);
	if (!native_possible(nsk, sock, dst)) {
		release_sock(&nsk->sk);
		return -EOPNOTSUPP;
	}
	n = npv_candidates_choose(nsk, dst, cand);
	/* What is known to be plain need not be asked; the others are. */
	for (i = 0; i < n; i++) {
		/* One may be tried from several endpoints. */
		if (i && ipv6_addr_equal(&cand[i].addr, &cand[i - 1].addr))
			cand[i].srtt_us = cand[i - 1].srtt_us;
		else
			kind = npv_peer_kind(net, &cand[i].addr, dst->port,
					     &cand[i].srtt_us);
		/* That is said of streams, and for who has a choice. */
		if (kind == NPV_KIND_PLAIN &&
		    (npv_record_wanted(&nsk->sk) || native_only(nsk)))
			kind = NPV_KIND_OPEN;
		if (kind == NPV_KIND_NATIVE)
			known = true;
		if (kind != NPV_KIND_PLAIN)
			kept++;
	}
	err = -EOPNOTSUPP;
	if (kept && kept == n) {
		err = -EALREADY;
		if (!nsk->race && sock->state == SS_UNCONNECTED)
			err = npv_race_start_native(nsk, cand, n, dst->port,
						    known) ?: -EINPROGRESS;
	} else if (n) {
		nsk->reason = NPV_REASON_KNOWN_PLAIN;
	} else if (npv_record_wanted(&nsk->sk)) {
		err = -ENETUNREACH;
	}
	release_sock(&nsk->sk);
	if (err != -EINPROGRESS && err != -EALREADY)
		return err;

	return connect_wait(nsk, sock, flags, err);
}

/* Several addresses, one that the main stack can't take, or one for policy to judge. */
static noinline_for_stack int connect_several(struct npv_sock *nsk,
					      struct socket *sock,
					      const struct npv_addrs *dst,
					      int flags, bool steered)
{
	struct npv_candidate cand[NPV_ADDR_MAX];
	unsigned int n;

	lock_sock(&nsk->sk);
	if (steered && sock->type == SOCK_STREAM &&
	    !npv_decision_allows(nsk, NPV_TRANSPORT_TCP)) {
		NPV_INC(sock_net(&nsk->sk), POLICY_REFUSED);
		n = 0;
	} else {
		n = npv_candidates_choose(nsk, dst, cand);
	}
	/* By the way that has worked lately alone: a race has its price. */
	if (n > 1 && cand[1].later && nsk->verdict && npv_verdict_proven(nsk->verdict))
		n = 1;
	release_sock(&nsk->sk);
	if (!n)
		return -ENETUNREACH;

	if (sock->type == SOCK_DGRAM)
		return connect_routed(nsk, sock, cand, n, dst->port, flags);

	/* From the best endpoint the main stack gets there by itself. */
	if (steered && n == 1 && !READ_ONCE(nsk->extra) &&
	    (sock->sk->sk_family == AF_INET6 || ipv6_addr_v4mapped(&cand[0].addr)))
		return connect_routed(nsk, sock, cand, n, dst->port, flags);

	if (!test_bit(NPV_SF_PINNED, &nsk->flags)) {
		int err = connect_race(nsk, sock, cand, n, dst->port, flags);

		if (err != -EOPNOTSUPP)
			return err;
	}

	/* Only the main stack is what the program has made of its socket. */
	NPV_INC(sock_net(&nsk->sk), RACE_PINNED);
	return connect_routed(nsk, sock, cand, n, dst->port, flags);
}

/* Whether a connect() is one that there was none before, which may still choose */
static bool connect_is_first(const struct socket *sock)
{
	return sock->state == SS_UNCONNECTED &&
	       inet_sk_state_load(sock->sk) == TCP_CLOSE;
}

/*
 * Have policy decide for a session that is to be connected.
 * Return: 1 if it has a say in where that goes, 0 if not; -ENOMEM.
 */
static noinline_for_stack int connect_decide(struct npv_sock *nsk, struct socket *sock,
					     const struct npv_addrs *dst)
{
	int steered = 0;

	/* Datagram sockets may be connected as often as one likes. */
	if (sock->type == SOCK_STREAM && !connect_is_first(sock))
		return 0;
	lock_sock(&nsk->sk);
	if (!nsk->race && !nsk->native) {
		connect_unsteer(nsk);
		steered = npv_decision_make(nsk, &dst->addr[0], dst->port) ?:
			  npv_steered(nsk);
	}
	release_sock(&nsk->sk);
	return steered;
}

/**
 * npv_connect() - proto_ops.connect
 * @sock: the program's socket
 * @uaddr: sockaddr_npv, sockaddr_in, sockaddr_in6 or AF_UNSPEC
 * @len: its length
 * @flags: O_NONBLOCK
 *
 * Context: process, may sleep.
 * Return: 0 or the -errno that TCP or UDP give; -EINVAL and -EAFNOSUPPORT as
 * npv_addrs_parse(); -ENETUNREACH where no address fits how the socket is
 * bound, or policy allows none; -ENOMEM; with several addresses the most telling
 * error of their attempts.
 */
int npv_connect(struct socket *sock, struct sockaddr *uaddr, int len,
		int flags)
{
	struct npv_sock *nsk = npv_session_of(sock);
	struct sockaddr_storage ss;
	struct npv_addrs dst;
	int err, steered = 0;

	npv_assoc_connecting(nsk);
	if (unlikely(nsk->native))
		return npv_session_base(nsk)->connect(sock, uaddr, len, flags);
	if (len >= (int)sizeof(sa_family_t) && uaddr->sa_family == AF_UNSPEC)
		return connect_dissolve(nsk, sock, uaddr, len, flags);

	if (connect_verbatim(nsk, uaddr, len)) {
		if (npv_session_racing(nsk))
			return connect_racing(nsk, sock, flags);
		/* An address that this family would not take is for it to judge */
		if (uaddr->sa_family == READ_ONCE(nsk->name_family) &&
		    !npv_addrs_parse(&dst, uaddr, len) && dst.count) {
			steered = connect_decide(nsk, sock, &dst);
			if (steered < 0)
				return steered;
			err = connect_native(nsk, sock, &dst, flags);
			if (err != -EOPNOTSUPP)
				return err;
		}
		if (npv_record_wanted(&nsk->sk))
			return npv_addrs_parse(&dst, uaddr, len) ?:
			       connect_records(nsk, sock, flags);
		if (steered)
			return connect_several(nsk, sock, &dst, flags, true);
		return connect_single(nsk, sock, uaddr, len, flags);
	}

	err = npv_connect_parse(nsk, uaddr, len, &dst);
	if (err)
		return err;

	if (npv_session_racing(nsk))
		return connect_racing(nsk, sock, flags);

	steered = connect_decide(nsk, sock, &dst);
	if (steered < 0)
		return steered;
	err = connect_native(nsk, sock, &dst, flags);
	if (err != -EOPNOTSUPP)
		return err;
	if (npv_record_wanted(&nsk->sk))
		return connect_records(nsk, sock, flags);
	if (steered)
		return connect_several(nsk, sock, &dst, flags, true);

	/* What isn't a first connect() is for the stack to answer. */
	err = npv_addr_build(&ss, sock->sk->sk_family, &dst.addr[0], dst.port,
			     dst.scope_id);
	if ((dst.count > 1 || err < 0 || READ_ONCE(nsk->extra)) &&
	    sock->state == SS_UNCONNECTED &&
	    inet_sk_state_load(sock->sk) != TCP_LISTEN)
		return connect_several(nsk, sock, &dst, flags, false);
	if (err < 0)
		return connect_ask(nsk, sock, flags);

	return connect_single(nsk, sock, (struct sockaddr *)&ss, err, flags);
}
