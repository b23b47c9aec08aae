// SPDX-License-Identifier: GPL-2.0
/*
 * The stacks of a native session: their coming and going, what becomes of the
 * bytes that one owed, and when one is thought to have failed.
 *
 * Everything here runs in a process that holds the session's lock.
 */

#include <net/tcp.h>

#include "announce.h"
#include "compose.h"
#include "decision.h"
#include "event.h"
#include "handshake.h"
#include "native.h"
#include "netns.h"
#include "pairs.h"
#include "receive.h"
#include "scheduler.h"
#include "session.h"
#include "stack.h"
#include "stack_udp.h"
#include "subflow.h"
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
/*
 * What comes later than TCP expects by less than this isn't late, nor by less than
 * half a round-trip time up to this, microseconds: where a link is slow, a burst of
 * another stack is waited for
 */
#define LATE_MIN_US	50000U
#define LATE_FAR_US	200000U
/* Silence of a lone segment for less than this says nothing, microseconds */
#define PATIENCE_US	300000U
/* How often the stacks of a session with a policy of its own are ranked anew */
#define REPLAN		(2 * HZ)
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
 * npv_stacks_known() - whether a session has a stack of a number
 * @nat: the session
 * @id: the number that both sides know
 *
 * Context: session lock held.
 * Return: whether it has.
 */
bool npv_stacks_known(const struct npv_native *nat, u32 id)
{
	unsigned int i;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX)
		if (nat->slot[i]->id == id)
			return true;
	return false;
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
	struct npv_subflow *oldest = NULL;
	unsigned int i;

	for (i = 0; i < NPV_STACKS_MAX; i++) {
		struct npv_subflow *sub = nat->slot[i];

		if (!sub)
			continue;
		if (!oldest ||
		    before(sub->ops->heard(sub), oldest->ops->heard(oldest)))
			oldest = sub;
	}
	if (oldest &&
	    time_after32(tcp_jiffies32,
			 oldest->ops->heard(oldest) + LOST_AFTER))
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
static void stack_event(struct npv_subflow *sub, int cmd)
{
	if (test_bit(NPV_SF_UP, &sub->nat->nsk->flags))
		npv_event_stack(sub->stack, cmd);
}

/**
 * npv_stacks_changed() - a stack is for something else now
 * @sub: the stack
 *
 * Context: session lock held.
 */
void npv_stacks_changed(struct npv_subflow *sub)
{
	stack_event(sub, NPV_CMD_STACK_CHANGE_NTF);
	/* Who waits for room may find some. */
	set_bit(sub->slot, &sub->nat->tx_mask);
	npv_native_kick(sub->nat);
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
 * @sub: the stack, its handshake done
 *
 * Context: session lock held.
 */
void npv_stacks_up(struct npv_subflow *sub)
{
	struct npv_native *nat = sub->nat;

	sub->status = NPV_STACK_STATUS_ACTIVE;
	sub->heard_at = jiffies;
	npv_metrics_begin(sub);
	/* With the first one there is not even a session yet. */
	if (!nat->nsk->native)
		return;
	nat->joins_failed = 0;
	npv_stacks_count(nat);
	NPV_INC(sock_net(&nat->nsk->sk), STACK_UP);
	stack_event(sub, NPV_CMD_STACK_UP_NTF);
	/* What waits for a stack can go; perhaps another can be spared now. */
	set_bit(sub->slot, &nat->tx_mask);
	set_bit(NPV_NF_COMPOSE, &nat->flags);
	npv_native_kick(nat);
}

/**
 * npv_stacks_remove() - take a stack away
 * @sub: the stack; freed
 * @abort: reset it
 *
 * Context: process, session lock held, the stack's not.
 */
void npv_stacks_remove(struct npv_subflow *sub, bool abort)
{
	struct npv_stack *stack = sub->stack;
	struct npv_native *nat = sub->nat;

	if (sub->status != NPV_STACK_STATUS_JOINING &&
	    sub->status != NPV_STACK_STATUS_DOWN)
		NPV_INC(sock_net(&nat->nsk->sk), STACK_DOWN);
	sub->status = NPV_STACK_STATUS_DOWN;
	npv_event_stack(stack, NPV_CMD_STACK_DOWN_NTF);
	npv_metrics_end(sub);
	npv_subflow_detach(sub);
	npv_subflow_free(sub);
	if (abort)
		npv_stack_discard(stack);
	else
		npv_stack_destroy(stack);
	npv_stacks_count(nat);
}

/*
 * Whether a session that was begun with who is known to speak NPV has lost all that it
 * could have been answered by. What it sent may have arrived or not, as with TCP: to
 * begin it anew might be to do it twice.
 */
static bool stacks_unheard(const struct npv_native *nat)
{
	return !nat->n_stacks && nat->nsk->native &&
	       !test_bit(NPV_NF_SERVER, &nat->flags) &&
	       !test_bit(NPV_NF_WELCOMED, &nat->flags) &&
	       !test_bit(NPV_NF_DEAD, &nat->flags);
}

/**
 * npv_stacks_down() - a stack has failed, or was taken away
 * @sub: the stack; freed
 * @err: why, positive errno; 0 in order
 *
 * What it brought is kept, and what it owes is sent by others.
 *
 * Context: process, session lock held, the stack's not.
 */
void npv_stacks_down(struct npv_subflow *sub, int err)
{
	struct npv_native *nat = sub->nat;
	struct net *net = sock_net(&nat->nsk->sk);
	bool joining = sub->status == NPV_STACK_STATUS_JOINING;
	u64 owed;

	if (joining) {
		/* It may say why. */
		npv_receive(sub, NULL, 0);
	} else {
		npv_receive_drain(nat);
		NPV_INC(net, STACK_DOWN);
		/* What we said last may have been lost with it. */
		set_bit(NPV_NF_ACK_NOW, &nat->flags);
	}
	if (joining || err)
		npv_pairs_stack_failed(nat, sub);
	sub->status = NPV_STACK_STATUS_DOWN;
	sub->err = err;
	trace_npv_stack_down(sub->stack, err);
	owed = npv_sendq_lose(&nat->sendq, sub->slot);
	npv_announce_lost(nat, sub->slot);
	/* The peer may not have noticed. */
	if (err && !joining && !test_bit(NPV_NF_DEAD, &nat->flags)) {
		sub->leaving = true;
		npv_stacks_tell(sub);
	}
	npv_stacks_remove(sub, err);
	/* Nobody has answered whom another stack could join. */
	if (stacks_unheard(nat))
		npv_native_error(nat, !err || err == EPIPE ? ECONNRESET : err);
	if (owed)
		npv_stacks_reinject(nat);
	set_bit(NPV_NF_COMPOSE, &nat->flags);
	npv_native_kick(nat);
}

/**
 * npv_stacks_leave() - take a stack away in order
 * @sub: the stack; freed
 *
 * The peer is told. What is owed is sent by others.
 *
 * Context: process, session lock held, the stack's not.
 */
void npv_stacks_leave(struct npv_subflow *sub)
{
	struct npv_frame f = {
		.type	= NPV_FRAME_CLOSE,
		.aux	= NPV_CLOSE_STACK,
	};

	sub->leaving = true;
	if (npv_stacks_usable(sub)) {
		npv_stacks_tell(sub);
		npv_subflow_send_frame(sub, &f);
	}
	npv_stacks_down(sub, 0);
}

/**
 * npv_stacks_retire() - take a stack away when nothing is on it any more
 * @sub: the stack
 *
 * Neither side gives it more.
 *
 * Context: process, session lock held.
 */
void npv_stacks_retire(struct npv_subflow *sub)
{
	sub->retiring = true;
	sub->paused = true;
	npv_stacks_tell(sub);
	npv_stacks_watch(sub->nat);
}

/*
 * Nobody is there any more to join, at the end of a session of which this side
 * has all: it was the peer's last word that got lost.
 */
static bool stack_check_gone(const struct npv_subflow *sub, int err)
{
	const struct npv_native *nat = sub->nat;

	return err == -ECONNREFUSED &&
	       sub->status == NPV_STACK_STATUS_JOINING && nat->lost_since &&
	       nat->fin_sent && nat->recvq.nxt > nat->recvq.fin;
}

static void stack_check(struct npv_subflow *sub)
{
	struct sock *sk = npv_subflow_sk(sub);
	int err;

	if (sub->broken) {
		npv_stacks_down(sub, EPIPE);
		return;
	}
	/* Nobody listens there; what has worked so far is judged by what comes. */
	if (!npv_subflow_is_tcp(sub) && sub->status == NPV_STACK_STATUS_JOINING &&
	    READ_ONCE(sk->sk_err)) {
		npv_stacks_down(sub, ECONNREFUSED);
		return;
	}
	/* Who asked for the session has given it up before it got the answer. */
	if (!npv_subflow_is_tcp(sub) && !sub->id && !sub->initiator &&
	    !npv_udp(sub)->spoken && READ_ONCE(sk->sk_err) == ECONNREFUSED) {
		npv_native_error(sub->nat, ECONNRESET);
		return;
	}
	/* The peer is done with it; what it brought is read. */
	if (sub->rx_end) {
		npv_stacks_down(sub, 0);
		return;
	}
	switch (inet_sk_state_load(sk)) {
	case TCP_ESTABLISHED:
		if (sub->status == NPV_STACK_STATUS_JOINING &&
		    sub->initiator && !sub->wire_hello &&
		    npv_handshake_join(sub))
			npv_stacks_down(sub, ENOMEM);
		break;
	case TCP_CLOSE:
		err = sock_error(sk);
		if (stack_check_gone(sub, err))
			npv_native_error(sub->nat, 0);
		npv_stacks_down(sub, err ? ECONNRESET :
				     sub->leaving ? 0 : EPIPE);
		break;
	case TCP_CLOSE_WAIT:
		/* Whatever the peer had to say is in the queue. */
		npv_stacks_down(sub, 0);
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
	struct npv_subflow *sub;
	unsigned int i;
	int err;

	while ((chunk = npv_sendq_first_lost(&nat->sendq))) {
		sub = npv_sched_pick(nat);
		if (!sub)
			break;
		err = npv_subflow_resend(sub, chunk);
		if (err == -ENOMEM) {
			/* Nobody tells when there is some again. */
			npv_native_timer(nat, jiffies + (HZ / 50 ?: 1));
			break;
		}
		if (err) {
			npv_subflow_fail(sub);
			break;
		}
		if (chunk->page) {
			NPV_INC(net, REINJECT_FRAMES);
			NPV_ADD(net, REINJECT_BYTES, chunk->len);
			nat->reinject_bytes += chunk->len;
		}
		npv_sendq_resent(&nat->sendq, chunk, sub->slot);
		npv_stacks_watch(nat);
	}
	if (chunk)
		for (i = 0; i < NPV_STACKS_MAX; i++)
			if (nat->slot[i])
				nat->slot[i]->ops->want_room(nat->slot[i]);
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
 * @patience_us: least silence that is one, microseconds
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
	u32 patience_us;
	bool suspect;
	bool several;
};

/*
 * Whether TCP has been without an ACK for too long. With many segments under way
 * one follows the other: silence counts from when the first of them was due.
 */
static bool stack_silent(const struct progress *p)
{
	u32 late_us = max3(4 * p->rttvar_us, min(p->srtt_us / 2, LATE_FAR_US), LATE_MIN_US);

	/* A lone segment may wait for a delayed ACK. */
	if (p->packets_out < 4)
		return p->silent > usecs_to_jiffies(max(3 * p->srtt_us,
							p->patience_us));
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
static void stack_progress(struct npv_subflow *sub, u32 delivered, bool idle,
			   unsigned long now)
{
	if (delivered != sub->delivered || idle || !sub->waiting) {
		sub->delivered = delivered;
		sub->heard_at = now;
	}
	sub->waiting = !idle;
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

/* How long a stack may be silent at least, microseconds */
static u32 stack_patience(const struct npv_native *nat)
{
	const struct npv_properties *want = npv_decision_want(nat->nsk);

	return want->says & NPV_SAYS_SUSPECT ? want->suspect_ms * USEC_PER_MSEC : PATIENCE_US;
}

/* Look at a stack's progress. Return: whether it has to be looked at again. */
static bool stack_monitor(struct npv_subflow *sub, unsigned long late)
{
	struct npv_native *nat = sub->nat;
	struct net *net = sock_net(&nat->nsk->sk);
	unsigned long now = jiffies;
	struct npv_progress seen;
	struct progress p;

	if (nat->several && !npv_subflow_has_carrier(sub)) {
		npv_stacks_down(sub, ENETDOWN);
		return true;
	}
	sub->ops->progress(sub, &seen);
	if (seen.dead) {
		npv_stacks_down(sub, ETIMEDOUT);
		return true;
	}
	npv_metrics_look(sub);
	p = (struct progress) {
		.srtt_us	= seen.srtt_us,
		.rttvar_us	= seen.rttvar_us,
		.packets_out	= seen.packets_out,
		.retransmits	= seen.retransmits,
		.suspect	= sub->status == NPV_STACK_STATUS_SUSPECT,
		.patience_us	= stack_patience(nat),
		.several	= nat->several,
	};
	sub->heard_at += min(late, now - sub->heard_at);
	stack_progress(sub, seen.delivered, seen.idle, now);
	p.silent = now - sub->heard_at;
	/* It has to work for a while: as long as it doesn't, that hasn't begun. */
	if (p.silent) {
		sub->suspect_at = now;
		sub->silence = max(sub->silence, p.silent);
	}
	p.suspected = now - sub->suspect_at;
	p.silence = sub->silence;
	if (!p.suspect && !p.silent)
		sub->silence = 0;
	if (p.silent && p.packets_out)
		p.overdue_us = sub->ops->overdue(sub);
	switch (stack_judge(&p)) {
	case VERDICT_OK:
		sub->silent = false;
		if (seen.idle && sub->retiring) {
			npv_stacks_leave(sub);
			return false;
		}
		if (seen.idle && sub->ops->idle)
			sub->ops->idle(sub);
		return p.suspect || !seen.idle;
	case VERDICT_SILENT:
		sub->silent = true;
		set_bit(NPV_NF_COMPOSE, &nat->flags);
		break;
	case VERDICT_SUSPECT:
		set_bit(NPV_NF_COMPOSE, &nat->flags);
		sub->status = NPV_STACK_STATUS_SUSPECT;
		sub->suspect_at = now;
		NPV_INC(net, STACK_SUSPECT);
		stack_event(sub, NPV_CMD_STACK_CHANGE_NTF);
		set_bit(NPV_NF_ACK_NOW, &nat->flags);
		if (npv_sendq_lose(&nat->sendq, sub->slot))
			npv_stacks_reinject(nat);
		break;
	case VERDICT_RECOVERED:
		sub->status = NPV_STACK_STATUS_ACTIVE;
		sub->silent = false;
		npv_stacks_count(nat);
		NPV_INC(net, STACK_RECOVERED);
		stack_event(sub, NPV_CMD_STACK_CHANGE_NTF);
		set_bit(sub->slot, &nat->tx_mask);
		set_bit(NPV_NF_COMPOSE, &nat->flags);
		break;
	case VERDICT_DOWN:
		npv_stacks_down(sub, ETIMEDOUT);
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

	/* Which one is the best may have changed. */
	if (again && nat->planned && !test_bit(NPV_NF_PINNED, &nat->flags) &&
	    time_after(jiffies, nat->planned->at + REPLAN) &&
	    npv_decision_want(nat->nsk)->says & NPV_SAYS_POLICY)
		set_bit(NPV_NF_COMPOSE, &nat->flags);
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
 * @sub: the stack that it came on
 * @reason: what it says
 *
 * Context: process, session and stack lock held.
 */
void npv_stacks_closed(struct npv_subflow *sub, u16 reason)
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
		sub->rx_end = true;
		set_bit(sub->slot, &sub->nat->dead_mask);
		return;
	}
	/* Strangers can't end a session. */
	if (sub->status == NPV_STACK_STATUS_JOINING) {
		npv_subflow_fail(sub);
		return;
	}
	if (test_bit(NPV_NF_DEAD, &sub->nat->flags))
		return;
	err = reason < ARRAY_SIZE(errs) ? errs[reason] : ECONNRESET;
	/* As TCP: who has heard the peer's end learns that writing is in vain. */
	if (err == ECONNRESET && sub->nat->nsk->sk.sk_state == TCP_CLOSE_WAIT)
		err = EPIPE;
	npv_native_error(sub->nat, err);
}

/**
 * npv_stacks_status() - STATUS has come
 * @sub: the stack that it came on
 * @f: the frame
 *
 * Context: process, session and stack lock held.
 * Return: 0 or -EPROTO.
 */
int npv_stacks_status(struct npv_subflow *sub, const struct npv_frame *f)
{
	struct npv_native *nat = sub->nat;
	unsigned int i;

	for (i = 0; i < NPV_STACKS_MAX; i++) {
		struct npv_subflow *it = nat->slot[i];

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
			if (it != sub)
				npv_subflow_fail(it);
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
 * @sub: the stack
 *
 * Context: process, session lock held.
 * Return: 0 or what npv_subflow_send_frame() returns; -ENOTCONN without a stack.
 */
int npv_stacks_tell(struct npv_subflow *sub)
{
	struct npv_native *nat = sub->nat;
	struct npv_frame f = {
		.type		= NPV_FRAME_STATUS,
		.aux		= sub->leaving ? NPV_STATUS_LEAVING :
				  sub->paused ? NPV_STATUS_PAUSED :
				  sub->backup ? NPV_STATUS_BACKUP :
						NPV_STATUS_ACTIVE,
		.status.stack	= sub->id,
		.status.number	= ++nat->status_number,
	};
	unsigned int i;

	/* Over UDP nobody would see to it that the last word arrives. */
	if (npv_stacks_usable(sub) && (!sub->leaving || npv_subflow_is_tcp(sub)))
		return npv_subflow_send_frame(sub, &f);
	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX)
		if (nat->slot[i] != sub && npv_stacks_usable(nat->slot[i]))
			return npv_subflow_send_frame(nat->slot[i], &f);
	return npv_stacks_usable(sub) ? npv_subflow_send_frame(sub, &f) :
					-ENOTCONN;
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/stacks_test.c"
#endif
