// SPDX-License-Identifier: GPL-2.0
/*
 * Finding out what a peer is: a race to its NPV port, which turns into one to the
 * service's own port when no answer comes. design: protocol.rst, "Discovery".
 *
 * The first address that answers is sent HELLO. To a peer that is known to speak
 * NPV the session begins with that; of another WELCOME is waited for, and each
 * address of it is asked over UDP as well. A refusal turns to plain stacks at
 * once, silence after net.npv.hello_wait.
 *
 * Where TCP is silent and UDP isn't, or is preferred (net.npv.prefer_udp), the session
 * begins over UDP.
 */

#include <linux/slab.h>
#include <net/tcp.h>

#include "address.h"
#include "attempt.h"
#include "connect.h"
#include "decision.h"
#include "discover.h"
#include "handshake.h"
#include "native.h"
#include "netns.h"
#include "peer.h"
#include "probe.h"
#include "race.h"
#include "record.h"
#include "session.h"
#include "sockopt.h"
#include "stack.h"
#include "stack_tcp.h"
#include "stack_udp.h"
#include "stacks.h"
#include "trace.h"

/* How long a peer that is known to speak NPV may be silent */
#define KNOWN_WAIT	HZ
/* ... and one that has said so over UDP */
#define OFFERED_WAIT	HZ
/* ... and one that a session begins with over UDP: for a loss, and the next */
#define BEGUN_WAIT	(3 * HZ)
/* ... and one that is not to be spoken to in another way */
#define NATIVE_WAIT	(60 * HZ)
/* ... and one whose datagrams go as UDP meanwhile */
#define DATAGRAMS_WAIT	(3 * HZ)
/* ... and over UDP, where TCP has failed */
#define REFUSED_WAIT	HZ
/* Who doesn't answer over UDP is asked again after so long, doubled each time */
#define ASK_FIRST	(HZ / 5 ?: 1)
#define ASK_SHIFT_MAX	((u8)4)
/* How long an answer over TCP waits for one over UDP, where that is preferred */
#define PREFERRED_WAIT	(HZ / 40 ?: 1)
/* What a round trip adds at most, however long the last one took */
#define RTT_WAIT	(3 * USEC_PER_SEC)

/* How long TCP, or an address, is given before another is tried as well; jiffies */
static unsigned long discover_delay(const struct npv_race *race)
{
	const struct npv_net *npvn = npv_pernet(sock_net(&race->nsk->sk));

	return msecs_to_jiffies(READ_ONCE(npvn->sysctls.attempt_delay_ms));
}

/* Whether there is no other kind of session to turn to */
static bool discover_native_only(const struct npv_race *race)
{
	return npv_decision_mode(race->nsk) == NPV_MODE_NATIVE ||
	       npv_record_wanted(&race->nsk->sk) || race->no_tcp;
}

/*
 * Whether UDP is asked whatever TCP says: it is preferred, or the last resort. What
 * carries datagrams has another, and there is no hurry.
 */
static bool discover_wants_udp(const struct npv_race *race)
{
	return race->prefer_udp ||
	       (discover_native_only(race) &&
		!test_bit(NPV_SF_DATAGRAMS, &race->nsk->flags));
}

/**
 * npv_discover_prepare() - get all that a native race needs
 * @race: the race
 *
 * So that nothing can fail later for want of memory. Who is known to speak NPV is
 * not asked over UDP.
 *
 * Context: process of the program, session lock held, may sleep.
 * Return: 0 or -errno.
 */
int npv_discover_prepare(struct npv_race *race)
{
	struct npv_sock *nsk = race->nsk;
	const struct npv_net *npvn = npv_pernet(sock_net(&nsk->sk));
	unsigned long wait;

	race->no_tcp = !npv_decision_allows(nsk, NPV_TRANSPORT_TCP);
	race->nat = npv_native_alloc(nsk, GFP_KERNEL_ACCOUNT);
	if (!race->nat)
		return -ENOMEM;
	race->nat->remotes = kcalloc(race->n, sizeof(*race->nat->remotes),
				     GFP_KERNEL_ACCOUNT);
	if (!race->nat->remotes)
		return -ENOMEM;
	race->nat->room_remotes = race->n;
	race->sub = npv_tcp_create(NULL, GFP_KERNEL_ACCOUNT);
	if (!race->sub)
		return -ENOMEM;
	npv_handshake_identify(race->nat);

	/* From its SYN on: how far away it is nobody knows better than TCP. */
	wait = msecs_to_jiffies(READ_ONCE(npvn->sysctls.hello_wait)) +
	       usecs_to_jiffies(min_t(u32, race->rtt_us, RTT_WAIT));
	if (discover_native_only(race))
		wait = NATIVE_WAIT;
	if (test_bit(NPV_SF_DATAGRAMS, &nsk->flags))
		wait = DATAGRAMS_WAIT;
	else if (race->known)
		wait = max_t(unsigned long, wait, KNOWN_WAIT);
	race->deadline = jiffies + wait;
	race->prefer_udp = npv_decision_prefers_udp(nsk) && npv_udp_begin_allowed(nsk);
	if (!race->known || discover_wants_udp(race))
		race->probe = npv_probe_create(race, race->attempt[0].stack->sk,
					       race->n);
	race->ask_at = jiffies + (race->probe ? ASK_FIRST : discover_delay(race));

	return 0;
}

/* No answer over UDP is of interest any more. */
static void discover_hush(struct npv_race *race)
{
	if (race->probe)
		npv_probe_free(race->probe);
	race->probe = NULL;
}

/**
 * npv_discover_ask() - ask over UDP what an attempt asks
 * @race: a race that has a probe
 * @attempt: the attempt, just started
 *
 * Context: process, session lock held.
 */
void npv_discover_ask(struct npv_race *race, struct npv_attempt *attempt)
{
	struct sock *sk = attempt->stack->sk;

	/* Near by, TCP may have its answer already, which may be no more than a no. */
	if (inet_sk_state_load(sk) != TCP_SYN_SENT && !race->prefer_udp &&
	    (inet_sk_state_load(sk) != TCP_CLOSE || !discover_wants_udp(race)))
		return;
	npv_probe_ask(race->probe, attempt - race->attempt, &attempt->addr,
		      attempt->scope_id, sk, race->nat->edge);
}

/**
 * npv_discover_drop() - give up the native session in the making
 * @race: the race
 *
 * Context: process, session lock held.
 */
void npv_discover_drop(struct npv_race *race)
{
	struct npv_native *nat = race->nat;
	struct npv_stack *stack;
	struct npv_subflow *sub;

	discover_hush(race);
	if (!nat)
		return;
	set_bit(NPV_NF_DEAD, &nat->flags);
	sub = nat->slot[0];
	if (sub) {
		stack = sub->stack;
		npv_subflow_detach(sub);
		npv_subflow_free(sub);
		npv_stack_discard(stack);
	}
	npv_recvq_purge(&nat->recvq, &race->nsk->sk);
	npv_sendq_purge(&nat->sendq, &race->nsk->sk);
}

/**
 * npv_discover_free() - free what npv_discover_prepare() got
 * @race: a race that is over
 *
 * Context: process, session lock not held, may sleep.
 */
void npv_discover_free(struct npv_race *race)
{
	struct npv_native *nat = race->nat;

	if (nat) {
		sk_stop_timer_sync(&race->nsk->sk, &nat->timer);
		if (cancel_work_sync(&nat->work))
			sock_put(&race->nsk->sk);
		npv_native_free(nat);
	}
	if (race->sub)
		npv_subflow_free(race->sub);
}

static bool remote_is_known(const struct npv_native *nat, const struct in6_addr *addr)
{
	unsigned int i;

	for (i = 0; i < nat->n_remotes; i++)
		if (ipv6_addr_equal(&nat->remotes[i].addr, addr))
			return true;
	return false;
}

/* The session's first stack is this one. */
static void discover_place(struct npv_race *race, struct npv_subflow *sub)
{
	struct npv_stack *stack = sub->stack;
	struct npv_native *nat = race->nat;
	struct npv_remote *remote;
	unsigned int i;

	race->running = 0;
	race->hello = true;
	nat->local = npv_stack_local(stack->sk, &nat->local_port);
	nat->remote = npv_stack_remote(stack->sk, &nat->npv_port);
	nat->remote_port = race->service;
	nat->next_stack = 1;
	for (i = 0; i < race->n; i++) {
		/* One may have been tried from several addresses. */
		if (remote_is_known(nat, &race->attempt[i].addr))
			continue;
		remote = &nat->remotes[nat->n_remotes++];
		remote->addr = race->attempt[i].addr;
		remote->port = nat->npv_port;
	}

	sub->initiator = true;
	stack->id = sub->id;
	list_add_tail(&stack->node, &race->nsk->stacks);
}

/* The peer has answered: begin, as far as it goes without WELCOME. */
static void discover_hello(struct npv_race *race, struct npv_attempt *winner)
{
	struct npv_native *nat = race->nat;
	struct npv_stack *stack = winner->stack;
	struct npv_subflow *sub = race->sub;
	unsigned long wait;
	int err;

	npv_race_lose(race, winner);
	npv_attempt_unwatch(winner);
	winner->stack = NULL;
	winner->state = ATTEMPT_FAILED;

	race->sub = NULL;
	sub->stack = stack;
	sub->status = NPV_STACK_STATUS_ACTIVE;
	npv_metrics_begin(sub);
	discover_place(race, sub);
	npv_tcp_attach(sub, nat, 0);
	err = npv_handshake_hello(sub, race->service, race->known);
	if (err) {
		race->err = err;
		npv_subflow_fail(sub);
	} else if (race->known) {
		npv_native_hold(nat);
	}
	/*
	 * To see what came unwatched. Who is known speaks only now: as long as it
	 * is there the next call is soon enough.
	 */
	if (!race->known || sub->broken ||
	    inet_sk_state_load(stack->sk) != TCP_ESTABLISHED)
		npv_native_kick(nat);

	/* What is known to be far away may take its time. */
	wait = usecs_to_jiffies(2 * (tcp_sk(stack->sk)->srtt_us >> 3)) +
	       msecs_to_jiffies(50);
	if (time_before(race->deadline, jiffies + wait))
		race->deadline = jiffies + wait;
}

/* The peer has answered over UDP, and TCP is not waited for: begin. */
static void discover_begin(struct npv_race *race)
{
	struct npv_native *nat = race->nat;
	const struct npv_offered *offered;
	struct npv_subflow *sub;
	int err;

	offered = npv_probe_offered(race->probe, race->offer);
	npv_probe_share(race->probe);
	sub = npv_udp_begin_create(race->nsk, offered, &err);
	if (!sub) {
		/* It is as if there had been no offer. What is wrong is here. */
		race->offered = false;
		race->prefer_udp = false;
		race->udp_at = 0;
		race->ours = true;
		discover_hush(race);
		return;
	}
	npv_race_lose(race, NULL);
	nat->id = offered->id;
	memcpy(nat->key[0], offered->key, NPV_KEY_LEN);
	sub->status = NPV_STACK_STATUS_JOINING;
	discover_place(race, sub);
	npv_udp_attach(sub, nat, 0);
	npv_udp_begin(sub, offered);
	if (time_before(race->deadline, jiffies + BEGUN_WAIT))
		race->deadline = jiffies + BEGUN_WAIT;
	/* From now on it is the stack that hears. */
	discover_hush(race);
	npv_native_kick(nat);
}

/* The session is native from now on. */
static void discover_promote(struct npv_race *race)
{
	struct npv_sock *nsk = race->nsk;
	struct npv_native *nat = race->nat;

	race->nat = NULL;
	discover_hush(race);
	npv_race_drop_plain(race);
	WRITE_ONCE(nsk->kind, NPV_KIND_NATIVE);
	WRITE_ONCE(nsk->reason, !test_bit(NPV_NF_WELCOMED, &nat->flags) ?
				NPV_REASON_KNOWN_NATIVE :
				NPV_REASON_HELLO);
	npv_native_start(nat);
	npv_stack_go_native(nsk);
	npv_race_finish(race);
	npv_session_connected(nsk);
}

/* The main stack connects to the one address there is. */
static void discover_single(struct npv_race *race)
{
	struct npv_sock *nsk = race->nsk;
	struct socket *sock = nsk->sock;
	struct sockaddr_storage ss;
	int err, len;

	len = npv_addr_build(&ss, sock->sk->sk_family, &race->single.addr,
			     race->service, race->single.scope_id);
	err = len;
	if (len > 0) {
		npv_stack_watch(nsk->main);
		sock->state = SS_UNCONNECTED;
		err = npv_connect_from(nsk, sock, &race->single);
	}
	if (len > 0 && !err)
		err = nsk->base->connect(sock, (struct sockaddr *)&ss, len,
					 O_NONBLOCK);
	if (err && err != -EINPROGRESS) {
		sock->state = SS_CONNECTING;
		race->err = err;
		npv_race_end(race, NULL);
		return;
	}
	npv_race_finish(race);
}

/* A session could not be native. */
static void count_fallback(struct net *net, enum npv_reason reason)
{
	switch (reason) {
	case NPV_REASON_NPV_PORT_REFUSED:
	case NPV_REASON_HELLO_REFUSED:
		NPV_INC(net, FALLBACK_REFUSED);
		break;
	case NPV_REASON_HELLO_TIMEOUT:
		NPV_INC(net, FALLBACK_TIMEOUT);
		break;
	default:
		NPV_INC(net, FALLBACK_MALFORMED);
		break;
	}
}

static void discover_fallback(struct npv_race *race, enum npv_reason reason)
{
	struct npv_sock *nsk = race->nsk;
	struct net *net = sock_net(&nsk->sk);
	struct npv_race *plain = race->plain;
	unsigned int i;
	bool ours;

	/* What carries datagrams falls back to nothing: they go as UDP anyway. */
	if (!test_bit(NPV_SF_DATAGRAMS, &nsk->flags))
		count_fallback(net, reason);
	if (reason == NPV_REASON_HELLO_TIMEOUT)
		NPV_INC(net, HELLO_TIMEOUT);
	/* That there was no memory here tells nothing of the peer, nor of streams to it. */
	ours = race->ours || race->err == -ENOMEM || race->err == -ENOBUFS ||
	       npv_record_wanted(&nsk->sk);
	for (i = 0; i < race->n && !ours; i++) {
		/* Who was not asked may not be blamed for silence. */
		if (reason == NPV_REASON_HELLO_TIMEOUT && i >= race->next)
			break;
		npv_peer_note_kind(net, &race->attempt[i].addr, race->service,
				   NPV_KIND_PLAIN, reason);
	}
	if (reason == NPV_REASON_HELLO_TIMEOUT && !race->rtt_us &&
	    !race->known && !race->offered && !race->hello)
		set_bit(NPV_SF_HASTY, &nsk->flags);
	/* Who said yes over UDP, and then nothing over TCP, is not believed. */
	if (race->probe && reason == NPV_REASON_HELLO_TIMEOUT &&
	    !race->offered && !npv_record_wanted(&nsk->sk)) {
		npv_probe_linger(race->probe);
		race->probe = NULL;
	}

	if (discover_native_only(race)) {
		if (!race->err)
			race->err = reason == NPV_REASON_HELLO_TIMEOUT ?
				    -ETIMEDOUT : -ECONNREFUSED;
		npv_race_end(race, NULL);
		return;
	}

	race->err = 0;
	WRITE_ONCE(nsk->reason, reason);
	trace_npv_fallback(nsk, reason);
	npv_race_lose(race, NULL);
	npv_discover_drop(race);
	if (plain) {
		race->plain = NULL;
		npv_race_turn(race, plain);
	} else {
		discover_single(race);
	}
}

/**
 * npv_discover_doubt() - judge by the round trip whether silence meant anything
 * @nsk: a session that has turned out plain
 * @addr: the peer's address, IPv4 as ::ffff:a.b.c.d
 * @port: its service port, network byte order
 * @srtt_us: round-trip time to it, microseconds
 *
 * Who was given up before it could have answered isn't taken for plain: the next
 * session knows the round trip, and waits for it.
 *
 * Context: any.
 */
void npv_discover_doubt(struct npv_sock *nsk, const struct in6_addr *addr,
			__be16 port, u32 srtt_us)
{
	struct net *net = sock_net(&nsk->sk);
	const struct npv_net *npvn = npv_pernet(net);

	if (!test_and_clear_bit(NPV_SF_HASTY, &nsk->flags) ||
	    srtt_us < READ_ONCE(npvn->sysctls.hello_wait) * USEC_PER_MSEC)
		return;
	/* Where no round trip is remembered it would be the same each time. */
	if (READ_ONCE(npvn->sysctls.history_ttl))
		npv_peer_doubt(net, addr, port, NPV_REASON_HELLO_TIMEOUT);
}

/* When to begin over UDP: TCP has its delay, or where it is far a little more. */
static unsigned long discover_udp_at(const struct npv_race *race,
				     const struct npv_attempt *attempt)
{
	unsigned long now = jiffies, taken = now - attempt->started, at;

	if (race->prefer_udp)
		return now | 1;
	at = attempt->started + discover_delay(race);
	if (time_before(at, now + taken / 8 + 1))
		at = now + taken / 8 + 1;
	return at | 1;
}

/* What is full or busy now is so for now: that tells nothing of the peer. */
static bool refusal_passes(unsigned int refusal)
{
	return refusal == NPV_REFUSE_BUSY || refusal == NPV_REFUSE_BACKLOG;
}

/*
 * Read what has come over UDP.
 * Return: whether it says no. Once HELLO was sent over TCP, the answer to that
 * counts: it is on its way as well, and the peer may have a session already.
 */
static bool discover_refused(struct npv_race *race)
{
	bool refused = false;
	unsigned int refusal;
	int i;

	while (race->probe && (i = npv_probe_read(race->probe, &refusal)) >= 0) {
		if (refusal) {
			refused = true;
			race->ours |= refusal_passes(refusal);
			continue;
		}
		if (!race->offered &&
		    npv_udp_begin_possible(race->nsk,
					   npv_probe_offered(race->probe, i))) {
			race->offer = i;
			race->udp_at = discover_udp_at(race, &race->attempt[i]);
		}
		race->offered = true;
		if (time_before(race->deadline, jiffies + OFFERED_WAIT))
			race->deadline = jiffies + OFFERED_WAIT;
	}

	return refused && !race->offered && !race->hello;
}

/* TCP is silent, and so is UDP; or there nobody was asked, for the peer is known. */
static void discover_ask_again(struct npv_race *race)
{
	unsigned int i;

	race->ask_at = jiffies + (ASK_FIRST << min(++race->asked, ASK_SHIFT_MAX));
	if (race->probe) {
		npv_probe_again(race->probe);
		return;
	}
	for (i = 0; i < race->next; i++) {
		struct npv_attempt *attempt = &race->attempt[i];

		if (attempt->state != ATTEMPT_RUNNING)
			continue;
		if (!race->probe)
			race->probe = npv_probe_create(race, attempt->stack->sk,
						       race->n);
		if (race->probe)
			npv_discover_ask(race, attempt);
	}
}

/* Whether UDP may have an answer that is worth waiting for */
static bool discover_awaits_udp(const struct npv_race *race)
{
	return race->probe && !race->udp_at && !race->offered &&
	       npv_udp_begin_allowed(race->nsk) && discover_wants_udp(race);
}

/* UDP's answer may be a little later than TCP's, which has taken so long. */
static void discover_refused_by_tcp(struct npv_race *race)
{
	const struct npv_net *npvn = npv_pernet(sock_net(&race->nsk->sk));
	unsigned long wait;

	if (race->refused)
		return;
	race->refused = true;
	wait = jiffies - race->attempt[0].started +
	       msecs_to_jiffies(READ_ONCE(npvn->sysctls.hello_wait));
	wait = min_t(unsigned long, wait, REFUSED_WAIT);
	if (time_before(jiffies + wait, race->deadline))
		race->deadline = jiffies + wait;
}

/* Whether an answer over TCP is to wait for one over UDP */
static bool discover_prefers_udp(struct npv_race *race)
{
	if (!race->prefer_udp || !discover_awaits_udp(race))
		return false;
	if (!race->tcp_at)
		race->tcp_at = (jiffies + PREFERRED_WAIT) | 1;
	return time_before(jiffies, race->tcp_at);
}

/* Whether the session is to begin over UDP now; @winner: TCP has an answer */
static bool discover_over_udp(const struct npv_race *race,
			      const struct npv_attempt *winner)
{
	if (!race->probe || !race->udp_at)
		return false;
	if (winner)
		return race->prefer_udp;
	return time_after_eq(jiffies, race->udp_at) ||
	       (!race->running && race->next == race->n);
}

/**
 * npv_discover_next() - when there is something to do
 * @race: a native race that is under way
 * @at: when something else of it has to be done, jiffies
 *
 * Context: session lock held.
 * Return: that, or what comes before it.
 */
unsigned long npv_discover_next(const struct npv_race *race, unsigned long at)
{
	const unsigned long times[] = {
		race->udp_at, race->tcp_at,
		race->offered || race->tcp_at ? 0 : race->ask_at,
	};
	unsigned int i;

	if (time_before(race->deadline, at))
		at = race->deadline;
	for (i = 0; i < ARRAY_SIZE(times) && !race->hello; i++)
		if (times[i] && time_before(times[i], at))
			at = times[i];
	return at;
}

/**
 * npv_discover_step() - what a native race has to do now
 * @race: the race
 * @winner: an attempt that is established, or NULL
 *
 * Context: process, session lock held.
 * Return: whether the race is over, or has turned into another.
 */
bool npv_discover_step(struct npv_race *race, struct npv_attempt *winner)
{
	struct npv_native *nat = race->nat;

	if (discover_refused(race)) {
		discover_fallback(race, NPV_REASON_HELLO_REFUSED);
		return true;
	}
	/* It is gone again, and with it what was waited for. */
	if (!winner)
		race->tcp_at = 0;
	if (!race->hello && !race->offered && !winner &&
	    time_after_eq(jiffies, race->ask_at))
		discover_ask_again(race);
	if (!race->hello && discover_over_udp(race, winner))
		discover_begin(race);
	if (winner && !race->hello && !discover_prefers_udp(race)) {
		discover_hello(race, winner);
		if (race->known && !nat->slot[0]->broken) {
			discover_promote(race);
			return true;
		}
	}
	if (race->hello) {
		if (test_bit(NPV_NF_REFUSED, &nat->flags)) {
			race->ours |= refusal_passes(nat->refusal);
			discover_fallback(race, NPV_REASON_HELLO_REFUSED);
			return true;
		}
		if (test_bit(NPV_NF_DEAD, &nat->flags) || !nat->slot[0]) {
			discover_fallback(race, NPV_REASON_HELLO_MALFORMED);
			return true;
		}
		if (test_bit(NPV_NF_WELCOMED, &nat->flags)) {
			discover_promote(race);
			return true;
		}
	} else if (!race->running && race->next == race->n) {
		if (!discover_awaits_udp(race)) {
			discover_fallback(race, NPV_REASON_NPV_PORT_REFUSED);
			return true;
		}
		discover_refused_by_tcp(race);
	}
	if (time_after_eq(jiffies, race->deadline)) {
		discover_fallback(race, race->refused && !race->hello ?
				  NPV_REASON_NPV_PORT_REFUSED :
				  NPV_REASON_HELLO_TIMEOUT);
		return true;
	}

	return false;
}
