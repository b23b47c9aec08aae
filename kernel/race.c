// SPDX-License-Identifier: GPL-2.0
/*
 * Happy Eyeballs (RFC 8305, section 5): connection attempts to several
 * addresses, staggered, until one is established.
 *
 * Every attempt is a stack of its own, made in connect() so that it belongs to
 * the program. A work item, kicked by a timer and by the attempts' state
 * changes, starts the next and takes the winner, all under the session lock.
 * The main stack stays closed meanwhile; the winner takes its place.
 */

#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/tcp.h>

#include "address.h"
#include "attempt.h"
#include "candidate.h"
#include "decision.h"
#include "discover.h"
#include "netns.h"
#include "probe.h"
#include "race.h"
#include "record.h"
#include "session.h"
#include "stack.h"
#include "trace.h"
#include "verdict.h"

static struct workqueue_struct *npv_race_wq;

/* sk_state_change of an attempt; its stack's lock is held, or BHs are off */
static void attempt_state_change(struct sock *sk)
{
	void (*state_change)(struct sock *sk) = NULL;
	struct npv_attempt *attempt;

	read_lock_bh(&sk->sk_callback_lock);
	attempt = __locked_read_sk_user_data_with_flags(sk, 0);
	if (attempt) {
		state_change = attempt->state_change;
		npv_race_wake(attempt->race);
	}
	read_unlock_bh(&sk->sk_callback_lock);

	if (state_change)
		state_change(sk);
}

static void attempt_watch(struct npv_attempt *attempt)
{
	struct sock *sk = attempt->stack->sk;

	write_lock_bh(&sk->sk_callback_lock);
	attempt->state_change = sk->sk_state_change;
	rcu_assign_sk_user_data(sk, attempt);
	sk->sk_state_change = attempt_state_change;
	write_unlock_bh(&sk->sk_callback_lock);
}

/**
 * npv_attempt_unwatch() - leave an attempt's sock alone
 * @attempt: the attempt
 *
 * No callback of it starts after this, none touches the race.
 *
 * Context: process, session lock held.
 */
void npv_attempt_unwatch(struct npv_attempt *attempt)
{
	struct sock *sk = attempt->stack->sk;

	/* It was not even started. */
	if (!attempt->state_change)
		return;
	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_state_change = attempt->state_change;
	rcu_assign_sk_user_data(sk, NULL);
	write_unlock_bh(&sk->sk_callback_lock);
}

/* Which of two errors says more of why there is no connection */
static int error_rank(int err)
{
	switch (err) {
	case 0:
		return 0;
	case -ENETUNREACH:
	case -EADDRNOTAVAIL:
		return 1;
	case -EHOSTUNREACH:
		return 2;
	case -ETIMEDOUT:
		return 3;
	case -ECONNREFUSED:
		return 5;
	default:
		return 4;
	}
}

static void attempt_failed(struct npv_attempt *attempt, int err)
{
	struct npv_race *race = attempt->race;
	struct npv_sock *nsk = race->nsk;

	attempt->state = ATTEMPT_FAILED;
	if (error_rank(err) > error_rank(race->err))
		race->err = err;
	NPV_INC(sock_net(&nsk->sk), RACE_ATTEMPT_FAIL);
	if (err == -ETIMEDOUT || err == -EHOSTUNREACH || err == -ENETUNREACH)
		npv_peer_note(sock_net(&nsk->sk), &attempt->addr,
			      NPV_PEER_BAD, 0);
	trace_npv_race_attempt(nsk, attempt - race->attempt, &attempt->addr,
			       -err);

	/* Who refuses is there: a plain session may get there by that way. */
	if (race->native && err == -ECONNREFUSED)
		race->single = (struct npv_candidate) {
			.addr		= attempt->addr,
			.scope_id	= attempt->scope_id,
			.local		= attempt->local,
			.ifindex	= attempt->ifindex,
		};
	if (!attempt->stack)
		return;
	npv_attempt_unwatch(attempt);
	npv_stack_discard(attempt->stack);
	attempt->stack = NULL;
}

/*
 * Where the program bound its socket, for a family: one of several addresses if
 * it named several.
 */
static struct in6_addr bound_address(struct npv_sock *nsk, bool is4,
				     __be16 *port)
{
	struct npv_stack *stack;
	struct in6_addr addr;

	list_for_each_entry(stack, &nsk->stacks, node) {
		addr = npv_stack_local(stack->sk, port);
		if (*port && ipv6_addr_v4mapped(&addr) == is4)
			return addr;
	}

	return npv_stack_local(nsk->main->sk, port);
}

/* An attempt leaves from where the program bound its socket. */
static int attempt_bind(struct npv_attempt *attempt, const struct sock *main)
{
	struct npv_stack *stack = attempt->stack;
	struct sock *sk = stack->sk;
	struct sockaddr_storage ss;
	struct in6_addr addr;
	__be16 port;
	int err, len;

	if (attempt->ifindex) {
		err = npv_stack_bind_if(sk, attempt->ifindex);
		if (err)
			return err;
	}
	addr = bound_address(stack->nsk, ipv6_addr_v4mapped(&attempt->addr),
			     &port);
	if (ipv6_addr_any(&addr) || npv_addr_is_any4(&addr)) {
		if (!port && ipv6_addr_any(&attempt->local))
			return 0;
		/* Which port can wait until it is known where it goes. */
		if (!port)
			inet_set_bit(BIND_ADDRESS_NO_PORT, sk);
		if (!ipv6_addr_any(&attempt->local))
			addr = attempt->local;
	}

	/* Any address is any address of the attempt's family. */
	if (npv_addr_is_any4(&addr) && !ipv6_addr_v4mapped(&attempt->addr))
		addr = in6addr_any;
	if (ipv6_addr_any(&addr) && ipv6_addr_v4mapped(&attempt->addr))
		ipv6_addr_set_v4mapped(0, &addr);

	len = npv_addr_build(&ss, sk->sk_family, &addr, port,
			     READ_ONCE(sk->sk_bound_dev_if));
	if (len < 0)
		return len;

	/*
	 * All attempts share the main stack's port; the one that wins gets it
	 * for itself.
	 */
	sk->sk_reuse = SK_FORCE_REUSE;
	err = kernel_bind(stack->sock, (struct sockaddr *)&ss, len);
	sk->sk_reuse = main->sk_reuse;

	return err;
}

/* Make the stack of an attempt. Return: 0 or -errno. */
static int attempt_make(struct npv_attempt *attempt)
{
	struct npv_sock *nsk = attempt->race->nsk;
	const struct sock *main = nsk->main->sk;
	struct npv_stack *stack;
	int err;

	stack = npv_stack_create(nsk, ipv6_addr_v4mapped(&attempt->addr) ?
				      main->sk_family : AF_INET6);
	if (IS_ERR(stack)) {
		err = PTR_ERR(stack);
		return err == -EAFNOSUPPORT || err == -ENOMEM || err == -ENOBUFS ?
		       err : -EOPNOTSUPP;
	}
	attempt->stack = stack;
	/* A SYN that waits for data would tell nothing of the path. */
	tcp_sk(stack->sk)->fastopen_connect = 0;
	err = attempt_bind(attempt, main);
	if (err) {
		npv_stack_destroy(stack);
		attempt->stack = NULL;
	}
	/* A port that the program may no longer bind */
	return err == -EACCES ? -EOPNOTSUPP : err;
}

static void attempt_start(struct npv_attempt *attempt)
{
	struct npv_race *race = attempt->race;
	struct npv_sock *nsk = race->nsk;
	struct sockaddr_storage ss;
	struct npv_stack *stack;
	int err, len;

	if (attempt->later) {
		/* That tells nothing of the peer. */
		if (attempt_make(attempt)) {
			attempt_failed(attempt, -EADDRNOTAVAIL);
			return;
		}
	}
	stack = attempt->stack;
	attempt->state = ATTEMPT_RUNNING;
	attempt->started = jiffies;
	race->running++;
	nsk->attempts++;
	NPV_INC(sock_net(&nsk->sk), RACE_ATTEMPT);
	trace_npv_race_attempt(nsk, attempt - race->attempt, &attempt->addr,
			       EINPROGRESS);

	/* Then it is UDP alone that asks. */
	if (race->native && race->no_tcp) {
		if (race->probe)
			npv_discover_ask(race, attempt);
		return;
	}
	len = npv_addr_build(&ss, stack->sk->sk_family, &attempt->addr,
			     race->port, attempt->scope_id);
	err = len < 0 ? len : kernel_connect(stack->sock,
					     (struct sockaddr *)&ss, len,
					     O_NONBLOCK);
	if (race->probe)
		npv_discover_ask(race, attempt);
	if (err && err != -EINPROGRESS) {
		race->running--;
		attempt_failed(attempt, err);
		return;
	}
	/*
	 * Only from now on: what has become of it by now race_step() sees, and
	 * need not be woken for.
	 */
	attempt_watch(attempt);
}

/*
 * Whether an ICMP error came back while the SYN was still being sent: to TCP it
 * is a soft error then, and the attempt goes on, but there is no use in waiting.
 */
static bool attempt_doubtful(const struct npv_attempt *attempt)
{
	return attempt->stack && READ_ONCE(attempt->stack->sk->sk_err_soft);
}

/* Whether an attempt that was overtaken had been silent for a good while */
static bool attempt_silent(const struct npv_attempt *attempt)
{
	const struct net *net = sock_net(&attempt->race->nsk->sk);
	unsigned int delay;

	delay = READ_ONCE(npv_pernet(net)->sysctls.attempt_delay_ms);
	return inet_sk_state_load(attempt->stack->sk) == TCP_SYN_SENT &&
	       time_after_eq(jiffies,
			     attempt->started + msecs_to_jiffies(delay));
}

static void attempt_lost(struct npv_attempt *attempt, bool overtaken)
{
	struct npv_sock *nsk = attempt->race->nsk;

	if (attempt->state == ATTEMPT_RUNNING) {
		if (overtaken && attempt_silent(attempt))
			npv_peer_note(sock_net(&nsk->sk), &attempt->addr,
				      NPV_PEER_BAD, 0);
		NPV_INC(sock_net(&nsk->sk), RACE_ATTEMPT_LOST);
		trace_npv_race_attempt(nsk, attempt - attempt->race->attempt,
				       &attempt->addr, ECANCELED);
	}

	attempt->state = ATTEMPT_FAILED;
	npv_attempt_unwatch(attempt);
	npv_stack_discard(attempt->stack);
	attempt->stack = NULL;
}

static void attempt_won(struct npv_attempt *attempt)
{
	struct npv_sock *nsk = attempt->race->nsk;
	struct net *net = sock_net(&nsk->sk);
	struct npv_stack *stack = attempt->stack;

	if (ipv6_addr_v4mapped(&attempt->addr))
		NPV_INC(net, RACE_WIN_IPV4);
	else
		NPV_INC(net, RACE_WIN_IPV6);
	npv_peer_note(net, &attempt->addr, NPV_PEER_GOOD,
		      tcp_sk(stack->sk)->srtt_us >> 3);
	npv_discover_doubt(nsk, &attempt->addr, attempt->race->port,
			   tcp_sk(stack->sk)->srtt_us >> 3);
	trace_npv_race_attempt(nsk, attempt - attempt->race->attempt,
			       &attempt->addr, 0);

	if (nsk->verdict && attempt == attempt->race->attempt &&
	    ipv6_addr_equal(&attempt->addr, &nsk->verdict->key.dest))
		npv_verdict_note_worked(nsk->verdict, &attempt->local,
					attempt->ifindex);

	npv_attempt_unwatch(attempt);
	attempt->stack = NULL;
	npv_stack_promote(stack);
}

/**
 * npv_race_lose() - end all attempts but one
 * @race: the race
 * @winner: that one, or NULL
 *
 * Context: process, session lock held.
 */
void npv_race_lose(struct npv_race *race, struct npv_attempt *winner)
{
	unsigned int i;

	for (i = 0; i < race->n; i++)
		if (race->attempt[i].stack && &race->attempt[i] != winner)
			attempt_lost(&race->attempt[i], winner);
}

/**
 * npv_race_drop_plain() - a native race needs no other to turn to
 * @race: the race
 *
 * Context: process, session lock held.
 */
void npv_race_drop_plain(struct npv_race *race)
{
	struct npv_race *plain = race->plain;

	if (!plain)
		return;
	race->plain = NULL;
	npv_race_lose(plain, NULL);
	plain->done = race->done;
	race->done = plain;
}

/**
 * npv_race_finish() - let go of a race, and tell who waits
 * @race: the race; sock->sk is what it will be
 *
 * Context: process, session lock held.
 */
void npv_race_finish(struct npv_race *race)
{
	struct npv_sock *nsk = race->nsk;
	struct socket *sock = nsk->sock;

	nsk->race_done = race;
	/* Pairs with npv_session_racing(): sock->sk is the winner's by now. */
	smp_store_release(&nsk->race, NULL);

	wake_up_interruptible_all(&sock->wq.wait);
	rcu_read_lock();
	sock_wake_async(&sock->wq, SOCK_WAKE_IO, POLL_OUT);
	rcu_read_unlock();
}

/**
 * npv_race_end() - the race is over; what is left of it goes
 * @race: the race
 * @winner: the attempt that takes the main stack's place, or NULL
 *
 * With no winner the main stack gets the error, as if it had tried: connect(),
 * poll() and SO_ERROR find it there. No error means that the program gave it up.
 *
 * Context: process, session lock held.
 */
void npv_race_end(struct npv_race *race, struct npv_attempt *winner)
{
	struct npv_sock *nsk = race->nsk;

	npv_race_lose(race, winner);
	if (race->native)
		npv_discover_drop(race);
	npv_race_drop_plain(race);

	if (winner) {
		attempt_won(winner);
	} else if (race->err) {
		struct sock *sk = nsk->main->sk;

		lock_sock(sk);
		WRITE_ONCE(sk->sk_err, -race->err);
		WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
		release_sock(sk);
	}

	if (winner) {
		npv_race_finish(race);
		npv_session_connected(nsk);
		npv_stack_watch(nsk->main);
		npv_stack_settle(nsk->main);
	} else {
		npv_race_finish(race);
		npv_session_connect_failed(nsk, -race->err ?: ECONNABORTED);
	}
}

/*
 * Look what became of the attempts under way.
 * Return: the one that is established, if any.
 */
static struct npv_attempt *race_harvest(struct npv_race *race)
{
	struct npv_attempt *attempt;
	unsigned int i;
	int err;

	for (i = 0; i < race->next; i++) {
		attempt = &race->attempt[i];
		if (attempt->state != ATTEMPT_RUNNING ||
		    (race->native && race->no_tcp))
			continue;

		switch (inet_sk_state_load(attempt->stack->sk)) {
		case TCP_SYN_SENT:
		case TCP_SYN_RECV:
			break;
		case TCP_CLOSE:
			err = sock_error(attempt->stack->sk);
			race->running--;
			attempt_failed(attempt, err ?: -ECONNABORTED);
			/* RFC 8305, 5: the next need not wait any longer. */
			race->next_at = jiffies;
			break;
		default:
			return attempt;
		}
	}

	return NULL;
}

/* Do what is to be done now. Session lock held, nsk->race is race. */
static void race_step(struct npv_race *race)
{
	const struct net *net = sock_net(&race->nsk->sk);
	struct npv_attempt *attempt, *winner;
	unsigned long delay, at;

again:
	winner = race_harvest(race);
	if (race->native) {
		if (npv_discover_step(race, winner))
			return;
	} else if (winner) {
		npv_race_end(race, winner);
		return;
	}

	delay = msecs_to_jiffies(READ_ONCE(npv_pernet(net)->sysctls.attempt_delay_ms));

	while (race->next < race->n && !race->hello && !winner &&
	       (!race->running || time_after_eq(jiffies, race->next_at))) {
		if (race->running && race->attempt[race->next - 1].state ==
				     ATTEMPT_RUNNING)
			NPV_INC(net, RACE_DELAY);
		attempt = &race->attempt[race->next++];
		attempt_start(attempt);
		race->next_at = jiffies;
		if (attempt->state == ATTEMPT_RUNNING && !attempt_doubtful(attempt))
			race->next_at += delay;
		if (!attempt->stack ||
		    inet_sk_state_load(attempt->stack->sk) == TCP_SYN_SENT)
			continue;
		/*
		 * A peer on this host has answered already: HELLO can go. But
		 * who doesn't wait is to see a plain connect() in progress.
		 */
		if (race->native)
			goto again;
		npv_race_wake(race);
	}

	if (!race->running && !race->hello && race->next == race->n) {
		if (!race->native)
			npv_race_end(race, NULL);
		if (!race->native || npv_discover_step(race, NULL))
			return;
	}

	/* Queue, not modify: an attempt may just have asked for it at once. */
	if (!race->native && race->next == race->n)
		return;
	at = race->next < race->n && !race->hello && !winner ?
	     race->next_at : race->deadline;
	if (race->native)
		at = npv_discover_next(race, at);
	queue_delayed_work(npv_race_wq, &race->work,
			   time_before(jiffies, at) ? at - jiffies : 0);
}

/**
 * npv_race_kick() - have a race look at what has come
 * @nsk: the session
 *
 * Context: session lock held.
 */
void npv_race_kick(struct npv_sock *nsk)
{
	if (nsk->race)
		npv_race_wake(nsk->race);
}

/**
 * npv_race_wake() - have a race look at what has come, from a callback
 * @race: the race; the caller has seen to it that its end waits
 *
 * Context: any.
 */
void npv_race_wake(struct npv_race *race)
{
	mod_delayed_work(npv_race_wq, &race->work, 0);
}

/**
 * npv_race_turn() - go on with another race
 * @race: one that is over
 * @plain: the other, prepared
 *
 * Context: process, session lock held.
 */
void npv_race_turn(struct npv_race *race, struct npv_race *plain)
{
	plain->done = race;
	/* Pairs with npv_session_racing(). */
	smp_store_release(&race->nsk->race, plain);
	plain->next_at = jiffies;
	race_step(plain);
}

static void race_work(struct work_struct *work)
{
	struct npv_race *race = container_of(to_delayed_work(work),
					     struct npv_race, work);
	struct npv_sock *nsk = race->nsk;

	lock_sock(&nsk->sk);
	if (nsk->race == race)
		race_step(race);
	release_sock(&nsk->sk);
}

/* Free a race that is over, and those before it. Session lock not held. */
static void race_free(struct npv_race *race)
{
	struct npv_race *done;

	for (; race; race = done) {
		done = race->done;
		cancel_delayed_work_sync(&race->work);
		if (race->native)
			npv_discover_free(race);
		kfree(race);
	}
}

/*
 * Have a race that was not begun freed with the next one: attempts that were
 * watched may have queued its work, which takes the session's lock.
 */
static void race_discard(struct npv_race *race)
{
	struct npv_sock *nsk = race->nsk;
	struct npv_race *last = race;

	npv_race_lose(race, NULL);
	if (race->probe)
		npv_probe_free(race->probe);
	race->probe = NULL;
	npv_race_drop_plain(race);
	while (last->done)
		last = last->done;
	last->done = nsk->race_done;
	nsk->race_done = race;
}

/* Make the attempts of a race. Return: it, or an error pointer. */
static struct npv_race *race_prepare(struct npv_sock *nsk,
				     const struct npv_candidate *cand,
				     unsigned int n, __be16 port, bool lazy)
{
	struct npv_attempt *attempt;
	struct npv_race *race;
	unsigned int i, made = 0;
	int err;

	race = kzalloc(struct_size(race, attempt, n), GFP_KERNEL_ACCOUNT);
	if (!race)
		return ERR_PTR(-ENOMEM);
	race->nsk = nsk;
	race->n = n;
	race->port = port;
	INIT_DELAYED_WORK(&race->work, race_work);

	for (i = 0; i < n; i++) {
		attempt = &race->attempt[made];
		attempt->race = race;
		attempt->addr = cand[i].addr;
		attempt->scope_id = cand[i].scope_id;
		attempt->local = cand[i].local;
		attempt->ifindex = cand[i].ifindex;
		/* Others may ask the first one's stack. */
		attempt->later = lazy && cand[i].later && made;
		if (!attempt->later) {
			err = attempt_make(attempt);
			if (err == -ENOMEM || err == -ENOBUFS || err == -EOPNOTSUPP)
				goto err_attempts;
			if (err)
				continue;
		}
		made++;
	}
	if (!made)
		goto err_free;
	race->n = made;
	return race;

err_attempts:
	race->n = made;
err_free:
	race_discard(race);
	return ERR_PTR(err);
}

/*
 * The last one's work may still be about to find that it is over.
 * Return: 0, or -EALREADY if another thread was quicker to connect.
 */
static int race_reap(struct npv_sock *nsk)
{
	struct npv_race *race;

	while (nsk->race_done) {
		race = nsk->race_done;
		nsk->race_done = NULL;
		release_sock(&nsk->sk);
		race_free(race);
		lock_sock(&nsk->sk);
		if (nsk->race || nsk->sock->state != SS_UNCONNECTED)
			return -EALREADY;
	}

	return 0;
}

/* Begin a race that is prepared. On failure it is gone. */
static int race_launch(struct npv_race *race)
{
	struct npv_sock *nsk = race->nsk;
	int err = -EALREADY;

	/* Another thread may have begun to connect the main stack meanwhile. */
	lock_sock(nsk->main->sk);
	if (nsk->sock->state == SS_UNCONNECTED &&
	    nsk->main->sk->sk_state == TCP_CLOSE) {
		nsk->sock->state = SS_CONNECTING;
		err = 0;
	}
	release_sock(nsk->main->sk);
	if (err) {
		race_discard(race);
		return err;
	}

	npv_session_connecting(nsk, race->n);
	nsk->attempts = 0;
	NPV_INC(sock_net(&nsk->sk), RACE_START);
	/* Pairs with npv_session_racing(). */
	smp_store_release(&nsk->race, race);

	race_step(race);
	return 0;
}

/**
 * npv_race_start() - start connecting to several addresses
 * @nsk: the session, with no race under way, its main stack closed
 * @cand: the addresses, in the order to try them
 * @n: number of them
 * @port: remote port, network byte order
 *
 * When it returns the race may be over already, with nsk->race NULL and the
 * error on the main stack.
 *
 * Context: process of the program, session lock held, may sleep.
 * Return: 0; -ENOMEM; -EOPNOTSUPP where only the main stack has what the
 * program set up; or why no address could be tried at all.
 */
int npv_race_start(struct npv_sock *nsk, const struct npv_candidate *cand,
		   unsigned int n, __be16 port)
{
	struct npv_race *race;
	int err;

	err = race_reap(nsk);
	if (err)
		return err;
	race = race_prepare(nsk, cand, n, port, false);
	if (IS_ERR(race))
		return PTR_ERR(race);

	return race_launch(race);
}

/**
 * npv_race_start_native() - start connecting to a peer that may speak NPV
 * @nsk: the session, with no race under way, its main stack closed
 * @cand: the addresses, in the order to try them
 * @n: number of them
 * @port: remote port, network byte order
 * @known: the peer is known to speak NPV
 *
 * If it doesn't, the race goes on to plain stacks. discover.c has the rules.
 *
 * Context: process of the program, session lock held, may sleep.
 * Return: as npv_race_start().
 */
int npv_race_start_native(struct npv_sock *nsk,
			  const struct npv_candidate *cand, unsigned int n,
			  __be16 port, bool known)
{
	const struct npv_net *npvn = npv_pernet(sock_net(&nsk->sk));
	__be16 npv_port = htons(READ_ONCE(npvn->sysctls.port));
	struct npv_race *race, *plain = NULL;
	unsigned int i;
	int err;

	err = race_reap(nsk);
	if (err)
		return err;
	/*
	 * All sockets are made by the program itself: they count as its, and are in its
	 * control group. As stacks that join, further ones of a native session need not.
	 */
	race = race_prepare(nsk, cand, n, npv_port, known);
	if (IS_ERR(race))
		return PTR_ERR(race);
	race->native = true;
	race->known = known;
	race->service = port;
	race->single = cand[0];
	for (i = 0; i < n; i++)
		race->rtt_us = max(race->rtt_us, cand[i].srtt_us);

	while (known && n > 1 && cand[n - 1].later)
		n--;
	if (n > 1 && !npv_record_wanted(&nsk->sk) &&
	    npv_decision_allows(nsk, NPV_TRANSPORT_TCP))
		plain = race_prepare(nsk, cand, n, port, false);
	err = PTR_ERR_OR_ZERO(plain);
	if (!err) {
		race->plain = plain;
		err = npv_discover_prepare(race);
	}
	if (err) {
		race_discard(race);
		return err;
	}

	return race_launch(race);
}

/**
 * npv_race_abort() - fail a race that is under way
 * @nsk: the session
 * @err: positive errno that the program gets
 *
 * Context: process, session lock not held, may sleep.
 * Return: whether there was one.
 */
bool npv_race_abort(struct npv_sock *nsk, int err)
{
	bool racing;

	lock_sock(&nsk->sk);
	racing = nsk->race;
	if (racing) {
		nsk->race->err = -err;
		npv_race_end(nsk->race, NULL);
	}
	release_sock(&nsk->sk);

	return racing;
}

/**
 * npv_race_shutdown() - shutdown() while a race is under way
 * @nsk: the session
 *
 * As in SYN_SENT: the attempts are given up, the socket is unconnected, and who
 * waits for it gets ECONNRESET.
 *
 * Context: process, session lock not held, may sleep.
 */
void npv_race_shutdown(struct npv_sock *nsk)
{
	lock_sock(&nsk->sk);
	if (nsk->race) {
		nsk->sock->state = SS_UNCONNECTED;
		nsk->race->err = -ECONNRESET;
		npv_race_end(nsk->race, NULL);
		WRITE_ONCE(nsk->main->sk->sk_shutdown, 0);
	}
	release_sock(&nsk->sk);
}

/**
 * npv_race_cancel() - give a race up, and free one that is over
 * @nsk: the session
 *
 * Who waits for it is woken and finds the socket unconnected.
 *
 * Context: process, session lock not held, may sleep.
 * Return: whether one was under way.
 */
bool npv_race_cancel(struct npv_sock *nsk)
{
	struct npv_race *race;
	bool was;

	lock_sock(&nsk->sk);
	race = nsk->race;
	was = race;
	if (race) {
		nsk->sock->state = SS_UNCONNECTED;
		race->err = 0;
		npv_race_end(race, NULL);
	}
	race = nsk->race_done;
	nsk->race_done = NULL;
	release_sock(&nsk->sk);

	race_free(race);
	return was;
}

/**
 * npv_race_reap() - free a race that is over
 * @nsk: the session
 *
 * Else the next one does, or the session's end.
 *
 * Context: process, session lock not held, may sleep.
 */
void npv_race_reap(struct npv_sock *nsk)
{
	struct npv_race *race;

	lock_sock(&nsk->sk);
	race = nsk->race_done;
	nsk->race_done = NULL;
	release_sock(&nsk->sk);

	race_free(race);
}

/**
 * npv_race_wait() - wait until no race is under way
 * @nsk: the session
 * @timeo: jiffies to wait at most, 0 not to wait
 *
 * Context: process, session lock not held.
 * Return: 0 when there is none; -EAGAIN after that time; -ERESTARTSYS or -EINTR
 * on a signal.
 */
int npv_race_wait(struct npv_sock *nsk, long timeo)
{
	long left = timeo;

	if (!npv_session_racing(nsk))
		return 0;
	if (!timeo)
		return -EAGAIN;

	left = wait_event_interruptible_timeout(nsk->sock->wq.wait,
						!npv_session_racing(nsk),
						timeo);
	if (left > 0)
		return 0;
	return left ? sock_intr_errno(timeo) : -EAGAIN;
}

/**
 * npv_race_stack() - the stacks of the attempts of a race
 * @nsk: the session
 * @i: 0, 1, …
 *
 * Context: session lock held.
 * Return: the i-th stack, NULL behind the last.
 */
struct npv_stack *npv_race_stack(struct npv_sock *nsk, unsigned int i)
{
	struct npv_race *race = nsk->race;
	unsigned int k;

	for (k = 0; race && k < race->n; k++)
		if (race->attempt[k].stack && !i--)
			return race->attempt[k].stack;

	return NULL;
}

/**
 * npv_race_init() - make ready for races
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int __init npv_race_init(void)
{
	npv_race_wq = alloc_workqueue("npv_race", WQ_UNBOUND | WQ_HIGHPRI, 0);
	return npv_race_wq ? 0 : -ENOMEM;
}

/** npv_race_exit() - undo npv_race_init() */
void npv_race_exit(void)
{
	destroy_workqueue(npv_race_wq);
}
