// SPDX-License-Identifier: GPL-2.0
/*
 * The stacks of a native session: their coming and going, what becomes of the
 * bytes that one owed, and when one is thought to have failed.
 *
 * Everything here runs in a process that holds the session's lock.
 */

#include <net/tcp.h>

#include "compose.h"
#include "event.h"
#include "handshake.h"
#include "native.h"
#include "netns.h"
#include "receive.h"
#include "scheduler.h"
#include "session.h"
#include "stack.h"
#include "stack_tcp.h"
#include "stacks.h"
#include "trace.h"

/* How often the progress of busy stacks is looked at, of one and of several */
#define MONITOR_ONE	(HZ / 4 ?: 1)
#define MONITOR_SEVERAL	(HZ / 50 ?: 1)
/*
 * A stack that failed and works again must do so for so many times as long as it
 * was silent, but no longer than this
 */
#define COME_BACK_TIMES	4
#define COME_BACK	(2 * HZ)
/* What comes later than TCP expects by less than this isn't late, microseconds */
#define LATE_MIN_US	50000U
/* One that was silent for so long may be lost, where a place is wanted */
#define LOST_AFTER	(2 * HZ)

/**
 * npv_stacks_slot() - a free place for one more stack
 * @nat: the session
 *
 * Context: session lock held.
 * Return: the place, or -ENOSPC.
 */
int npv_stacks_slot(const struct npv_native *nat)
{
	unsigned int i;

	for (i = 0; i < NPV_STACKS_MAX; i++)
		if (!nat->slot[i])
			return i;
	return -ENOSPC;
}

/**
 * npv_stacks_yield() - make place for a stack that the peer proves to have
 * @nat: a session all of whose places are taken
 *
 * Where the peer has but as many itself, the one that was silent for longest is
 * one that it has lost. None is, if all have just been heard of.
 *
 * Context: process, session lock held.
 * Return: the place, or -ENOSPC.
 */
int npv_stacks_yield(struct npv_native *nat)
{
	struct npv_tcp *oldest = NULL;
	unsigned int i;

	for (i = 0; i < NPV_STACKS_MAX; i++) {
		struct npv_tcp *tcp = nat->slot[i];

		if (!tcp)
			continue;
		if (!oldest ||
		    before(READ_ONCE(tcp_sk(npv_tcp_sk(tcp))->rcv_tstamp),
			   READ_ONCE(tcp_sk(npv_tcp_sk(oldest))->rcv_tstamp)))
			oldest = tcp;
	}
	if (oldest &&
	    time_after32(tcp_jiffies32,
			 READ_ONCE(tcp_sk(npv_tcp_sk(oldest))->rcv_tstamp) +
			 LOST_AFTER))
		npv_stacks_down(oldest, ETIMEDOUT);
	return npv_stacks_slot(nat);
}

/**
 * npv_stacks_count() - note how many stacks may carry data
 * @nat: the session
 *
 * Context: session lock held.
 */
void npv_stacks_count(struct npv_native *nat)
{
	unsigned int i, n = 0, all = 0;

	for (i = 0; i < NPV_STACKS_MAX; i++) {
		if (!nat->slot[i])
			continue;
		all++;
		if (npv_stacks_usable(nat->slot[i]))
			n++;
	}
	WRITE_ONCE(nat->several, n > 1);
	WRITE_ONCE(nat->n_stacks, all);
	if (!n && !nat->lost_since)
		nat->lost_since = jiffies | 1;
	else if (n)
		nat->lost_since = 0;
}

/**
 * npv_stacks_stalled() - whether nothing gets through now, as far as is known
 * @nat: the session
 *
 * Context: session lock held.
 * Return: whether there is no stack but those that are silent.
 */
bool npv_stacks_stalled(const struct npv_native *nat)
{
	unsigned int i;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX)
		if (npv_stacks_usable(nat->slot[i]) &&
		    nat->slot[i]->status != NPV_STACK_STATUS_SUSPECT &&
		    !nat->slot[i]->silent)
			return false;
	return true;
}

/* Tell what happened to a stack, if its session was told to be there. */
static void stack_event(struct npv_tcp *tcp, int cmd)
{
	if (test_bit(NPV_SF_UP, &tcp->nat->nsk->flags))
		npv_event_stack(tcp->stack, cmd);
}

/**
 * npv_stacks_told() - tell of the stacks of a session that was just told of
 * @nat: the session
 *
 * Context: session lock held.
 */
void npv_stacks_told(struct npv_native *nat)
{
	unsigned int i;

	for (i = 0; i < NPV_STACKS_MAX; i++)
		if (nat->slot[i] &&
		    nat->slot[i]->status != NPV_STACK_STATUS_JOINING)
			npv_event_stack(nat->slot[i]->stack,
					NPV_CMD_STACK_UP_NTF);
}

/**
 * npv_stacks_up() - a stack has joined its session
 * @tcp: the stack, its handshake done
 *
 * Context: session lock held.
 */
void npv_stacks_up(struct npv_tcp *tcp)
{
	struct npv_native *nat = tcp->nat;

	tcp->status = NPV_STACK_STATUS_ACTIVE;
	tcp->heard_at = jiffies;
	nat->joins_failed = 0;
	npv_stacks_count(nat);
	NPV_INC(sock_net(&nat->nsk->sk), STACK_UP);
	stack_event(tcp, NPV_CMD_STACK_UP_NTF);
	/* What waits for a stack can go; perhaps another can be spared now. */
	set_bit(tcp->slot, &nat->tx_mask);
	set_bit(NPV_NF_COMPOSE, &nat->flags);
	npv_native_kick(nat);
}

/**
 * npv_stacks_remove() - take a stack away
 * @tcp: the stack; freed
 * @abort: reset it
 *
 * Context: process, session lock held, the stack's not.
 */
void npv_stacks_remove(struct npv_tcp *tcp, bool abort)
{
	struct npv_stack *stack = tcp->stack;
	struct npv_native *nat = tcp->nat;

	if (tcp->status != NPV_STACK_STATUS_JOINING &&
	    tcp->status != NPV_STACK_STATUS_DOWN)
		NPV_INC(sock_net(&nat->nsk->sk), STACK_DOWN);
	tcp->status = NPV_STACK_STATUS_DOWN;
	npv_event_stack(stack, NPV_CMD_STACK_DOWN_NTF);
	npv_tcp_detach(tcp);
	npv_tcp_free(tcp);
	if (abort)
		npv_stack_discard(stack);
	else
		npv_stack_destroy(stack);
	npv_stacks_count(nat);
}

/**
 * npv_stacks_down() - a stack has failed, or was taken away
 * @tcp: the stack; freed
 * @err: why, positive errno; 0 in order
 *
 * What it brought is kept, and what it owes is sent by others.
 *
 * Context: process, session lock held, the stack's not.
 */
void npv_stacks_down(struct npv_tcp *tcp, int err)
{
	struct npv_native *nat = tcp->nat;
	struct net *net = sock_net(&nat->nsk->sk);
	bool joining = tcp->status == NPV_STACK_STATUS_JOINING;
	u64 owed;

	if (joining) {
		/* It may say why. */
		npv_receive(tcp, NULL, 0);
	} else {
		npv_receive_drain(nat);
		NPV_INC(net, STACK_DOWN);
		/* What we said last may have been lost with it. */
		set_bit(NPV_NF_ACK_NOW, &nat->flags);
	}
	if (joining || err)
		npv_compose_failed(nat, tcp);
	tcp->status = NPV_STACK_STATUS_DOWN;
	tcp->err = err;
	trace_npv_stack_down(tcp->stack, err);
	owed = npv_sendq_lose(&nat->sendq, tcp->slot);
	npv_compose_lost(nat, tcp->slot);
	/* The peer may not have noticed. */
	if (err && !joining && !test_bit(NPV_NF_DEAD, &nat->flags)) {
		tcp->leaving = true;
		npv_stacks_tell(tcp);
	}
	npv_stacks_remove(tcp, err);
	if (owed)
		npv_stacks_reinject(nat);
	set_bit(NPV_NF_COMPOSE, &nat->flags);
	npv_native_kick(nat);
}

/**
 * npv_stacks_leave() - take a stack away in order
 * @tcp: the stack; freed
 *
 * The peer is told. What is owed is sent by others.
 *
 * Context: process, session lock held, the stack's not.
 */
void npv_stacks_leave(struct npv_tcp *tcp)
{
	struct npv_frame f = {
		.type	= NPV_FRAME_CLOSE,
		.aux	= NPV_CLOSE_STACK,
	};

	tcp->leaving = true;
	if (npv_stacks_usable(tcp)) {
		npv_stacks_tell(tcp);
		npv_tcp_send_frame(tcp, &f);
	}
	npv_stacks_down(tcp, 0);
}

/**
 * npv_stacks_retire() - take a stack away when nothing is on it any more
 * @tcp: the stack
 *
 * Neither side gives it more.
 *
 * Context: process, session lock held.
 */
void npv_stacks_retire(struct npv_tcp *tcp)
{
	tcp->retiring = true;
	tcp->paused = true;
	npv_stacks_tell(tcp);
	npv_stacks_watch(tcp->nat);
}

/*
 * Nobody is there any more to join, at the end of a session of which this side
 * has all: it was the peer's last word that got lost.
 */
static bool stack_check_gone(const struct npv_tcp *tcp, int err)
{
	const struct npv_native *nat = tcp->nat;

	return err == -ECONNREFUSED &&
	       tcp->status == NPV_STACK_STATUS_JOINING && nat->lost_since &&
	       nat->fin_sent && nat->recvq.nxt > nat->recvq.fin;
}

static void stack_check(struct npv_tcp *tcp)
{
	struct sock *sk = npv_tcp_sk(tcp);
	int err;

	if (tcp->broken) {
		npv_stacks_down(tcp, EPIPE);
		return;
	}
	/* The peer is done with it; what it brought is read. */
	if (tcp->rx_end) {
		npv_stacks_down(tcp, 0);
		return;
	}
	switch (inet_sk_state_load(sk)) {
	case TCP_ESTABLISHED:
		if (tcp->status == NPV_STACK_STATUS_JOINING &&
		    tcp->initiator && !tcp->wire_hello &&
		    npv_handshake_join(tcp))
			npv_stacks_down(tcp, ENOMEM);
		break;
	case TCP_CLOSE:
		err = sock_error(sk);
		if (stack_check_gone(tcp, err))
			npv_native_error(tcp->nat, 0);
		npv_stacks_down(tcp, err ? ECONNRESET :
				     tcp->leaving ? 0 : EPIPE);
		break;
	case TCP_CLOSE_WAIT:
		/* Whatever the peer had to say is in the queue. */
		npv_stacks_down(tcp, 0);
		break;
	}
}

/**
 * npv_stacks_check() - look at stacks whose state has changed
 * @nat: the session
 *
 * Context: process, session lock held.
 */
void npv_stacks_check(struct npv_native *nat)
{
	unsigned int i;

	for (i = 0; i < NPV_STACKS_MAX; i++)
		if (test_and_clear_bit(i, &nat->dead_mask) && nat->slot[i])
			stack_check(nat->slot[i]);
}

/**
 * npv_stacks_reinject() - send again what failed stacks owed
 * @nat: the session
 *
 * As much as there is room for; more room has it called again.
 *
 * Context: process, session lock held.
 */
void npv_stacks_reinject(struct npv_native *nat)
{
	struct net *net = sock_net(&nat->nsk->sk);
	struct npv_chunk *chunk;
	struct npv_tcp *tcp;
	unsigned int i;
	int err;

	while ((chunk = npv_sendq_first_lost(&nat->sendq))) {
		tcp = npv_sched_pick(nat);
		if (!tcp)
			break;
		err = npv_tcp_resend(tcp, chunk);
		if (err == -ENOMEM) {
			/* Nobody tells when there is some again. */
			npv_native_timer(nat, jiffies + (HZ / 50 ?: 1));
			break;
		}
		if (err) {
			npv_tcp_fail(tcp);
			break;
		}
		if (chunk->page) {
			NPV_INC(net, REINJECT_FRAMES);
			NPV_ADD(net, REINJECT_BYTES, chunk->len);
			nat->reinject_bytes += chunk->len;
		}
		npv_sendq_resent(&nat->sendq, chunk, tcp->slot);
		npv_stacks_watch(nat);
	}
	if (chunk)
		for (i = 0; i < NPV_STACKS_MAX; i++)
			if (nat->slot[i])
				npv_tcp_want_room(nat->slot[i]);
}

/* What is done with a stack that was looked at */
enum verdict {
	VERDICT_OK,
	VERDICT_SILENT,		/* for too long, but there is no other */
	VERDICT_SUSPECT,
	VERDICT_RECOVERED,
	VERDICT_DOWN,
};

/**
 * struct progress - what there is to judge a stack by
 * @srtt_us: smoothed round-trip time
 * @rttvar_us: its variation
 * @packets_out: segments under way
 * @retransmits: timeouts of TCP in a row
 * @silent: since when nothing was acknowledged that was to be, jiffies
 * @overdue_us: how long ago the first segment under way was sent, microseconds
 * @suspected: for how long it has been heard of, though suspect, jiffies
 * @silence: how long it was silent before that, jiffies
 * @suspect: it is
 * @several: there are others
 */
struct progress {
	u32 srtt_us;
	u32 rttvar_us;
	u32 packets_out;
	u32 retransmits;
	unsigned long silent;
	u32 overdue_us;
	unsigned long suspected;
	unsigned long silence;
	bool suspect;
	bool several;
};

/*
 * Whether TCP has been without an ACK for too long. With many segments under way
 * one follows the other: silence counts from when the first of them was due.
 */
static bool stack_silent(const struct progress *p)
{
	u32 late_us = max(p->rttvar_us, LATE_MIN_US);

	/* A lone segment may wait for a delayed ACK. */
	if (p->packets_out < 4)
		return p->silent > usecs_to_jiffies(max(3 * p->srtt_us,
							300000U));
	return p->silent > usecs_to_jiffies(late_us) &&
	       p->overdue_us > p->srtt_us + late_us;
}

/* How long a stack has to work before it is used again, jiffies */
static unsigned long come_back_after(const struct progress *p)
{
	return min(COME_BACK_TIMES * p->silence, (unsigned long)COME_BACK);
}

static enum verdict stack_judge(const struct progress *p)
{
	if (p->suspect) {
		if (!p->silent && p->suspected > come_back_after(p))
			return VERDICT_RECOVERED;
		return p->several && p->retransmits > 2 ? VERDICT_DOWN :
							  VERDICT_OK;
	}
	if (!stack_silent(p))
		return VERDICT_OK;
	return p->several ? VERDICT_SUSPECT : VERDICT_SILENT;
}

/*
 * Note what TCP has had acknowledged. Nobody looks at a stack that is idle: what
 * was sent after that has not been waited for since then.
 */
static void stack_progress(struct npv_tcp *tcp, u32 delivered, bool idle,
			   unsigned long now)
{
	if (delivered != tcp->delivered || idle || !tcp->waiting) {
		tcp->delivered = delivered;
		tcp->heard_at = now;
	}
	tcp->waiting = !idle;
}

/*
 * How much later than at @due the stacks are looked at, but for the timer's grain.
 * The machine, or the virtual one, may have been stopped: what has come meanwhile
 * has not been seen yet, and its silence is not the stacks'.
 */
static unsigned long monitor_late(unsigned long due, unsigned long now)
{
	return due && time_after(now, due + 2) ? now - due : 0;
}

/* How long ago the first segment that is under way was sent last, microseconds */
static u32 stack_overdue(struct sock *sk)
{
	const struct sk_buff *skb;
	u64 age = 0;

	lock_sock(sk);
	skb = tcp_rtx_queue_head(sk);
	if (skb)
		age = tcp_clock_us() - tcp_skb_timestamp_us(skb);
	release_sock(sk);

	return min_t(u64, age, U32_MAX);
}

/* Look at a stack's progress. Return: whether it has to be looked at again. */
static bool stack_monitor(struct npv_tcp *tcp, unsigned long late)
{
	struct npv_native *nat = tcp->nat;
	struct sock *sk = npv_tcp_sk(tcp);
	const struct tcp_sock *tp = tcp_sk(sk);
	struct net *net = sock_net(sk);
	unsigned long now = jiffies;
	bool idle = READ_ONCE(tp->snd_una) == READ_ONCE(tp->snd_nxt);
	struct progress p = {
		.srtt_us	= READ_ONCE(tp->srtt_us) >> 3,
		/* Its own, not TCP's rttvar, which is no less than the least RTO */
		.rttvar_us	= READ_ONCE(tp->mdev_us),
		.packets_out	= READ_ONCE(tp->packets_out),
		.retransmits	= READ_ONCE(inet_csk(sk)->icsk_retransmits),
		.suspect	= tcp->status == NPV_STACK_STATUS_SUSPECT,
		.several	= nat->several,
	};

	if (nat->several && !npv_tcp_has_carrier(tcp)) {
		npv_stacks_down(tcp, ENETDOWN);
		return true;
	}
	tcp->heard_at += min(late, now - tcp->heard_at);
	/* What a lost segment holds back in sequence comes behind it all the same. */
	stack_progress(tcp, READ_ONCE(tp->delivered), idle, now);
	p.silent = now - tcp->heard_at;
	/* It has to work for a while: as long as it doesn't, that hasn't begun. */
	if (p.silent) {
		tcp->suspect_at = now;
		tcp->silence = max(tcp->silence, p.silent);
	}
	p.suspected = now - tcp->suspect_at;
	p.silence = tcp->silence;
	if (!p.suspect && !p.silent)
		tcp->silence = 0;
	if (p.silent && p.packets_out)
		p.overdue_us = stack_overdue(sk);
	switch (stack_judge(&p)) {
	case VERDICT_OK:
		tcp->silent = false;
		if (idle && tcp->retiring) {
			npv_stacks_leave(tcp);
			return false;
		}
		if (idle)
			npv_tcp_idle(tcp);
		return p.suspect || !idle;
	case VERDICT_SILENT:
		tcp->silent = true;
		set_bit(NPV_NF_COMPOSE, &nat->flags);
		break;
	case VERDICT_SUSPECT:
		set_bit(NPV_NF_COMPOSE, &nat->flags);
		tcp->status = NPV_STACK_STATUS_SUSPECT;
		tcp->suspect_at = now;
		NPV_INC(net, STACK_SUSPECT);
		stack_event(tcp, NPV_CMD_STACK_CHANGE_NTF);
		set_bit(NPV_NF_ACK_NOW, &nat->flags);
		if (npv_sendq_lose(&nat->sendq, tcp->slot))
			npv_stacks_reinject(nat);
		break;
	case VERDICT_RECOVERED:
		tcp->status = NPV_STACK_STATUS_ACTIVE;
		tcp->silent = false;
		npv_stacks_count(nat);
		NPV_INC(net, STACK_RECOVERED);
		stack_event(tcp, NPV_CMD_STACK_CHANGE_NTF);
		set_bit(tcp->slot, &nat->tx_mask);
		set_bit(NPV_NF_COMPOSE, &nat->flags);
		break;
	case VERDICT_DOWN:
		npv_stacks_down(tcp, ETIMEDOUT);
		break;
	}
	return true;
}

/**
 * npv_stacks_monitor() - look whether stacks make progress
 * @nat: the session
 *
 * One from which nothing was acknowledged for too long is suspect: what it owes
 * goes elsewhere, while TCP goes on trying. One that doesn't come back is given
 * up.
 *
 * Context: process, session lock held.
 */
void npv_stacks_monitor(struct npv_native *nat)
{
	unsigned long late = monitor_late(nat->monitor_at, jiffies);
	bool again = false;
	unsigned int i;

	for (i = 0; i < NPV_STACKS_MAX; i++)
		if (nat->slot[i] && npv_stacks_usable(nat->slot[i]))
			again |= stack_monitor(nat->slot[i], late);
	/* The last pages come free with the session's ACK, behind TCP's. */
	if (!list_empty(&nat->sendq.chunks))
		again = true;
	else if (!again)
		npv_sendq_idle(&nat->sendq);

	nat->monitor_at = 0;
	if (again)
		nat->monitor_at = (jiffies + (nat->several ? MONITOR_SEVERAL :
					      MONITOR_ONE)) | 1;
}

/**
 * npv_stacks_watch() - have stacks that were given data looked at
 * @nat: the session
 *
 * Context: process, session lock held.
 */
void npv_stacks_watch(struct npv_native *nat)
{
	if (nat->monitor_at)
		return;
	nat->monitor_at = (jiffies + (nat->several ? MONITOR_SEVERAL :
				      MONITOR_ONE)) | 1;
	npv_native_timer(nat, nat->monitor_at);
}

/**
 * npv_stacks_closed() - CLOSE has come
 * @tcp: the stack that it came on
 * @reason: what it says
 *
 * Context: process, session and stack lock held.
 */
void npv_stacks_closed(struct npv_tcp *tcp, u16 reason)
{
	static const int errs[] = {
		[NPV_CLOSE_RESET]	= ECONNRESET,
		[NPV_CLOSE_PROTOCOL]	= ECONNRESET,
		[NPV_CLOSE_TIMEOUT]	= ETIMEDOUT,
		[NPV_CLOSE_ADMIN]	= ECONNRESET,
	};
	int err;

	/* DONE says nothing new: the FINs tell. */
	if (reason == NPV_CLOSE_STACK || reason == NPV_CLOSE_DONE) {
		tcp->rx_end = true;
		set_bit(tcp->slot, &tcp->nat->dead_mask);
		return;
	}
	/* Strangers can't end a session. */
	if (tcp->status == NPV_STACK_STATUS_JOINING) {
		npv_tcp_fail(tcp);
		return;
	}
	if (test_bit(NPV_NF_DEAD, &tcp->nat->flags))
		return;
	err = reason < ARRAY_SIZE(errs) ? errs[reason] : ECONNRESET;
	/* As TCP: who has heard the peer's end learns that writing is in vain. */
	if (err == ECONNRESET && tcp->nat->nsk->sk.sk_state == TCP_CLOSE_WAIT)
		err = EPIPE;
	npv_native_error(tcp->nat, err);
}

/**
 * npv_stacks_status() - STATUS has come
 * @tcp: the stack that it came on
 * @f: the frame
 *
 * Context: process, session and stack lock held.
 * Return: 0 or -EPROTO.
 */
int npv_stacks_status(struct npv_tcp *tcp, const struct npv_frame *f)
{
	struct npv_native *nat = tcp->nat;
	unsigned int i;

	for (i = 0; i < NPV_STACKS_MAX; i++) {
		struct npv_tcp *it = nat->slot[i];

		if (!it || it->id != f->status.stack)
			continue;
		/* One that took another way and came too late */
		if ((s32)(f->status.number - it->status_seen) <= 0)
			return 0;
		it->status_seen = f->status.number;
		switch (f->aux) {
		case NPV_STATUS_ACTIVE:
			it->peer_backup = false;
			it->peer_paused = false;
			break;
		case NPV_STATUS_BACKUP:
			it->peer_backup = true;
			it->peer_paused = false;
			break;
		case NPV_STATUS_PAUSED:
			it->peer_paused = true;
			break;
		case NPV_STATUS_LEAVING:
			/* On itself, what it still brings comes first. */
			it->peer_paused = true;
			if (it != tcp)
				npv_tcp_fail(it);
			break;
		default:
			return -EPROTO;
		}
		stack_event(it, NPV_CMD_STACK_CHANGE_NTF);
		set_bit(it->slot, &nat->tx_mask);
	}

	return 0;
}

/**
 * npv_stacks_tell() - tell the peer how a stack is to be used
 * @tcp: the stack
 *
 * Context: process, session lock held.
 * Return: 0 or what npv_tcp_send_frame() returns; -ENOTCONN without a stack.
 */
int npv_stacks_tell(struct npv_tcp *tcp)
{
	struct npv_native *nat = tcp->nat;
	struct npv_frame f = {
		.type		= NPV_FRAME_STATUS,
		.aux		= tcp->leaving ? NPV_STATUS_LEAVING :
				  tcp->paused ? NPV_STATUS_PAUSED :
				  tcp->backup ? NPV_STATUS_BACKUP :
						NPV_STATUS_ACTIVE,
		.status.stack	= tcp->id,
		.status.number	= ++nat->status_number,
	};
	unsigned int i;

	if (npv_stacks_usable(tcp))
		return npv_tcp_send_frame(tcp, &f);
	for (i = 0; i < NPV_STACKS_MAX; i++)
		if (nat->slot[i] && npv_stacks_usable(nat->slot[i]))
			return npv_tcp_send_frame(nat->slot[i], &f);
	return -ENOTCONN;
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/stacks_test.c"
#endif
