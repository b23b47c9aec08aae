// SPDX-License-Identifier: GPL-2.0
/*
 * What there is to do for a native session, and who does it.
 *
 * All of a session's state is changed by a process that holds the session's
 * lock: a program in a system call, or the session's work item. Callbacks of the
 * stacks set bits (npv_native.rx_mask and its kin) and wake one of the two. Who
 * holds the lock is "busy": it looks at the bits before it lets go.
 */

#include <net/sock.h>
#include <net/tcp.h>

#include "assoc.h"
#include "compose.h"
#include "join.h"
#include "datagrams.h"
#include "event.h"
#include "native.h"
#include "race.h"
#include "receive.h"
#include "session.h"
#include "stack_tcp.h"
#include "stacks.h"
#include "subflow.h"

/* The peer has so long to close its stacks when all is done */
#define FINISH_TIMEOUT	(5 * HZ)

static bool native_news(const struct npv_native *nat)
{
	return READ_ONCE(nat->rx_mask) | READ_ONCE(nat->tx_mask) |
	       READ_ONCE(nat->dead_mask);
}

/* Who waits for edges is told by the session's work, if by nobody else. */
static bool native_untold(const struct npv_native *nat)
{
	return test_bit(NPV_NF_UNTOLD, &nat->flags) &&
	       !test_bit(NPV_NF_DEAD, &nat->flags);
}

/**
 * npv_native_kick() - have the session's work run
 * @nat: the session
 *
 * Context: any, with a reference to the session, or a stack's callback.
 */
void npv_native_kick(struct npv_native *nat)
{
	sock_hold(&nat->nsk->sk);
	if (!queue_work(npv_native_wq, &nat->work))
		sock_put(&nat->nsk->sk);
}

/**
 * npv_native_timer() - have the session's work run at a time at the latest
 * @nat: the session
 * @at: jiffies
 *
 * Context: any, with a reference to the session, or a stack's callback.
 */
void npv_native_timer(struct npv_native *nat, unsigned long at)
{
	/* It may be set from softirq at the same time: the sooner counts. */
	if (!timer_reduce(&nat->timer, at))
		sock_hold(&nat->nsk->sk);
}

static void native_timer(struct timer_list *t)
{
	struct npv_native *nat = from_timer(nat, t, timer);

	set_bit(NPV_NF_TIMER, &nat->flags);
	npv_native_kick(nat);
	sock_put(&nat->nsk->sk);
}

/**
 * npv_native_acquire() - take the session's lock
 * @nat: the session
 *
 * Context: process.
 */
void npv_native_acquire(struct npv_native *nat)
{
	lock_sock(&nat->nsk->sk);
	set_bit(NPV_NF_BUSY, &nat->flags);
}

/* Where who waits in a system call does; a carrier of datagrams may have no socket. */
static wait_queue_head_t *native_sleep(const struct npv_native *nat)
{
	return unlikely(nat->datagrams) ? &nat->datagrams->wait :
					  sk_sleep(&nat->nsk->sk);
}

/* Return: whether somebody slept in a system call. */
static bool native_wake_sleepers(struct npv_native *nat)
{
	struct sock *sk = &nat->nsk->sk;
	struct socket_wq *wq;
	bool woken = false;

	if (unlikely(nat->datagrams)) {
		if (!wq_has_sleeper(&nat->datagrams->wait))
			return false;
		wake_up_interruptible(&nat->datagrams->wait);
		return true;
	}
	rcu_read_lock();
	wq = rcu_dereference(sk->sk_wq);
	if (skwq_has_sleeper(wq)) {
		wake_up_interruptible(&wq->wait);
		woken = true;
	}
	rcu_read_unlock();

	return woken;
}

/**
 * npv_native_wake() - have somebody look at what the stacks' callbacks left
 * @nat: the session
 *
 * Who sleeps in a system call, else the session's work.
 *
 * Context: any, with a reference to the session, or a stack's callback.
 */
void npv_native_wake(struct npv_native *nat)
{
	if (!atomic_read(&nat->waiters) || !native_wake_sleepers(nat))
		npv_native_kick(nat);
}

/**
 * npv_native_release_lock() - let go of the session's lock
 * @nat: the session
 *
 * Context: process.
 */
void npv_native_release_lock(struct npv_native *nat)
{
	clear_bit(NPV_NF_BUSY, &nat->flags);
	/* Pairs with leave_word() of subflow.c. */
	smp_mb__after_atomic();
	if (unlikely(native_untold(nat)))
		npv_native_kick(nat);
	else if (unlikely(native_news(nat)) &&
		 !test_bit(NPV_NF_DEAD, &nat->flags))
		npv_native_wake(nat);
	release_sock(&nat->nsk->sk);
}

/**
 * npv_native_wait() - sleep until something happens to the session
 * @nat: the session
 * @timeo: jiffies at most
 * @reader: what comes in order will be read when it does
 *
 * Context: process, session lock held; let go of meanwhile.
 * Return: jiffies left.
 */
long npv_native_wait(struct npv_native *nat, long timeo, bool reader)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	struct sock *sk = &nat->nsk->sk;

	if (unlikely(test_bit(NPV_NF_HELD, &nat->flags)))
		npv_native_unhold(nat, false);
	add_wait_queue(native_sleep(nat), &wait);
	atomic_inc(&nat->waiters);
	if (reader)
		atomic_inc(&nat->readers);
	clear_bit(NPV_NF_BUSY, &nat->flags);
	/* Pairs with leave_word() of subflow.c. */
	smp_mb__after_atomic();
	release_sock(sk);

	if (!native_news(nat)) {
		if (unlikely(native_untold(nat)))
			npv_native_kick(nat);
		timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, timeo);
	}

	remove_wait_queue(native_sleep(nat), &wait);
	npv_native_acquire(nat);
	atomic_dec(&nat->waiters);
	if (reader)
		atomic_dec(&nat->readers);

	return timeo;
}

/* Whether the peer's FIN is next, and the program does not know */
static bool native_fin_news(const struct npv_native *nat)
{
	return nat->nsk->native && nat->recvq.nxt > nat->recvq.fin &&
	       !(nat->nsk->sk.sk_shutdown & RCV_SHUTDOWN);
}

/* Tell the program of the peer's FIN. */
static void native_tell_fin(struct npv_native *nat)
{
	struct sock *sk = &nat->nsk->sk;

	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN);
	if (sk->sk_state == TCP_ESTABLISHED)
		npv_native_set_state(sk, TCP_CLOSE_WAIT);
	sk->sk_state_change(sk);
	/* SIGIO: a hang-up, or something that can be read, as of TCP */
	sk_wake_async(sk, SOCK_WAKE_WAITD,
		      sk->sk_shutdown == SHUTDOWN_MASK ? POLL_HUP : POLL_IN);
	npv_event_session(nat->nsk, NPV_CMD_SESSION_CHANGE_NTF);
	npv_assoc_kick(nat->nsk);
}

/* Whether both directions are at their end, and both sides know */
static bool native_done(const struct npv_native *nat)
{
	return nat->fin_sent && nat->sendq.una == nat->sendq.nxt &&
	       nat->recvq.nxt > nat->recvq.fin;
}

/*
 * Both sides have all: close the stacks in order, behind the last ACK, and wait
 * for the peer to do so too.
 */
static void native_finish(struct npv_native *nat)
{
	struct sock *sk = &nat->nsk->sk;
	unsigned int i;

	if (!test_and_set_bit(NPV_NF_FINISHED, &nat->flags)) {
		npv_receive_last_ack(nat);
		npv_native_set_state(sk, TCP_CLOSE);
		npv_session_down(nat->nsk, 0);
		nat->close_una = nat->sendq.una;
		nat->close_at = (jiffies + FINISH_TIMEOUT) | 1;
		npv_native_timer(nat, nat->close_at);
		sk->sk_state_change(sk);
	}
	for (i = 0; i < NPV_STACKS_MAX; i++) {
		struct npv_subflow *sub = nat->slot[i];

		if (!sub)
			continue;
		if (sub->status == NPV_STACK_STATUS_JOINING) {
			npv_stacks_remove(sub, true);
		} else if (!sub->ops->busy(sub) && !sub->leaving) {
			sub->leaving = true;
			sub->ops->finish(sub);
		}
	}
}

/* How far payload has come in order: several stacks may have the same bytes. */
static u64 native_come(const struct npv_native *nat)
{
	u32 most = 0;
	unsigned int i;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX)
		most = max(most, npv_subflow_readable(nat->slot[i]));
	return nat->recvq.nxt + most;
}

/*
 * Tell the program of what has come, unless a callback has (not @untold) or it was
 * told before: each time is an edge for who waits for edges (EPOLLET), so there is
 * one for payload and FIN.
 */
static void native_tell(struct npv_native *nat, bool untold)
{
	struct sock *sk = &nat->nsk->sk;
	u64 readable = npv_native_readable(nat);
	u64 come = native_come(nat);

	/* More may lie behind it, as arrived() says. */
	if (readable)
		npv_native_timer(nat, jiffies +
				 msecs_to_jiffies(NPV_ACK_DELAY_MS));
	if (native_fin_news(nat)) {
		native_tell_fin(nat);
	} else if (untold && readable && come != nat->told) {
		/* Only here: a callback's edge may still be to come. */
		nat->told = come;
		sk->sk_data_ready(sk);
	}
}

/**
 * npv_native_leave() - leave to the session's work what has come to be done
 * @nat: the session, whose stacks were looked at by who does no more than that
 *
 * Context: process, session lock held.
 */
void npv_native_leave(struct npv_native *nat)
{
	if (native_fin_news(nat) || !list_empty(&nat->sendq.lost) ||
	    READ_ONCE(nat->tx_mask) || READ_ONCE(nat->dead_mask) ||
	    test_bit(NPV_NF_ACK_NOW, &nat->flags) ||
	    (native_done(nat) && !test_bit(NPV_NF_FINISHED, &nat->flags)) ||
	    (nat->record.out && npv_native_send_room(nat)) ||
	    (test_bit(NPV_NF_NOSPACE, &nat->flags) && npv_native_writable(nat)))
		npv_native_kick(nat);
}

/**
 * npv_native_look() - take in what has come, without telling the program of it
 * @nat: the session
 *
 * For epoll that reports edges (EPOLLET): what it was not told of yet is not for it
 * to see, or it would report that twice. The session's work tells.
 *
 * Context: process, session lock held.
 */
void npv_native_look(struct npv_native *nat)
{
	unsigned int i;

	if (test_bit(NPV_NF_DEAD, &nat->flags) ||
	    test_bit(NPV_NF_UNTOLD, &nat->flags))
		return;
	for (i = 0; i < NPV_STACKS_MAX; i++)
		if (nat->slot[i] && test_bit(i, &nat->rx_mask))
			npv_receive(nat->slot[i], NULL, 0);
	npv_native_leave(nat);
}

/**
 * npv_native_run() - do what the stacks' callbacks left to do
 * @nat: the session
 *
 * Context: process, session lock held.
 */
void npv_native_run(struct npv_native *nat)
{
	struct sock *sk = &nat->nsk->sk;
	unsigned int i;

	if (test_bit(NPV_NF_DEAD, &nat->flags))
		return;
	if (READ_ONCE(nat->dead_mask))
		npv_stacks_check(nat);
	if (READ_ONCE(nat->rx_mask) || test_bit(NPV_NF_UNTOLD, &nat->flags)) {
		/* Before the look: what is set from here on is news. */
		bool untold = test_and_clear_bit(NPV_NF_UNTOLD, &nat->flags);

		for (i = 0; i < NPV_STACKS_MAX; i++)
			if (nat->slot[i] && test_bit(i, &nat->rx_mask))
				npv_receive(nat->slot[i], NULL, 0);
		native_tell(nat, untold);
	}
	if (unlikely(nat->datagrams)) {
		npv_datagrams_drain(nat);
		if (test_bit(NPV_NF_SOURCE, &nat->flags))
			npv_assoc_tell(nat);
		/* It may be a stack that has gone. */
		if (nat->datagrams->full)
			npv_assoc_space(nat);
	}
	if (READ_ONCE(nat->tx_mask)) {
		for (i = 0; i < NPV_STACKS_MAX; i++)
			if (test_and_clear_bit(i, &nat->tx_mask) &&
			    nat->slot[i]) {
				nat->slot[i]->ops->flush(nat->slot[i]);
				/* A PONG may have waited for that. */
				if (nat->slot[i]->pong_wanted)
					npv_receive(nat->slot[i], NULL, 0);
			}
	}
	if (test_bit(NPV_NF_DEAD, &nat->flags))
		return;
	/* A stack that failed may have brought it. */
	if (unlikely(native_fin_news(nat)))
		native_tell_fin(nat);
	if (!list_empty(&nat->sendq.lost))
		npv_stacks_reinject(nat);
	if (unlikely(nat->record.out)) {
		npv_record_flush(nat);
		if (!nat->record.out && sk->sk_shutdown & SEND_SHUTDOWN)
			npv_native_send_fin(nat);
	}
	if (test_bit(NPV_NF_ACK_NOW, &nat->flags))
		npv_receive_ack(nat, true);
	if (unlikely(native_done(nat)))
		native_finish(nat);

	/* Where there is still none, TCP is asked again to tell. */
	if (test_bit(NPV_NF_NOSPACE, &nat->flags) &&
	    npv_native_writable(nat)) {
		clear_bit(NPV_NF_NOSPACE, &nat->flags);
		sk->sk_write_space(sk);
	}
}

/* Look at all that has a time. */
static void native_timeouts(struct npv_native *nat)
{
	unsigned int i;

	if (test_bit(NPV_NF_HELD, &nat->flags))
		npv_native_unhold(nat, false);
	if (nat->ack_at && time_after_eq(jiffies, nat->ack_at)) {
		nat->ack_at = 0;
		set_bit(NPV_NF_ACK_NOW, &nat->flags);
	}
	/* Nobody has read for a while: what lies behind the data may matter. */
	if (!atomic_read(&nat->readers))
		npv_receive_drain(nat);
	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		struct npv_subflow *sub = nat->slot[i];

		if (sub->ops->due && sub->ops->due(sub) &&
		    time_after_eq(jiffies, sub->ops->due(sub)))
			sub->ops->flush(sub);
	}
	npv_receive_ack(nat, nat->recvq.nxt != nat->ack_sent);
	npv_stacks_monitor(nat);
	npv_join_expire(nat);
	if (nat->datagrams)
		npv_datagrams_expire(nat);
	/* What was closed with is delivered as long as the peer takes it. */
	if (test_bit(NPV_NF_FINISHED, &nat->flags) &&
	    time_after_eq(jiffies, nat->close_at)) {
		nat->close_at = 0;
		for (i = 0; i < NPV_STACKS_MAX; i++)
			if (nat->slot[i])
				npv_stacks_remove(nat->slot[i], true);
	} else if (nat->close_at && nat->close_una != nat->sendq.una) {
		nat->close_una = nat->sendq.una;
		nat->close_at = (jiffies + NPV_ORPHAN_TIMEOUT) | 1;
	}
}

static void native_rearm_at(struct npv_native *nat, unsigned long at)
{
	if (at)
		npv_native_timer(nat, time_after(at, jiffies) ? at :
							       jiffies + 1);
}

/* The next time at which native_timeouts() has something to do */
static void native_rearm(struct npv_native *nat)
{
	unsigned long at[] = {
		nat->ack_at, nat->compose_at, nat->close_at, nat->monitor_at,
		nat->join_at, nat->datagrams ? READ_ONCE(nat->datagrams->parts_due) : 0,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(at); i++)
		native_rearm_at(nat, at[i]);
	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX)
		if (nat->slot[i]->ops->due)
			native_rearm_at(nat, nat->slot[i]->ops->due(nat->slot[i]));
}

/**
 * npv_native_hold() - let HELLO wait for the first bytes, which mostly follow
 * @nat: a session whose first stack holds it
 *
 * Not for long: the peer may be the one who speaks first.
 *
 * Context: process, session lock held.
 */
void npv_native_hold(struct npv_native *nat)
{
	set_bit(NPV_NF_HELD, &nat->flags);
	npv_native_timer(nat, jiffies + 1);
}

/**
 * npv_native_unhold() - HELLO waits no longer
 * @nat: a session of which NPV_NF_HELD is set
 * @sent: it has gone, with the first bytes
 *
 * Context: process, session lock held, no stack's.
 */
void npv_native_unhold(struct npv_native *nat, bool sent)
{
	clear_bit(NPV_NF_HELD, &nat->flags);
	if (!sent && nat->slot[0] && nat->slot[0]->ops->push)
		nat->slot[0]->ops->push(nat->slot[0]);
	/* Its time is over, too. */
	sk_stop_timer(&nat->nsk->sk, &nat->timer);
	native_rearm(nat);
}

/*
 * Nothing is sent any more. The program's own pages are its again at once, not when
 * it closes its socket: it may wait for that before it does, as io_uring.
 */
static void native_unsend(struct npv_native *nat)
{
	unsigned int i;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX)
		if (nat->slot[i]->ops->unsend)
			nat->slot[i]->ops->unsend(nat->slot[i]);
	npv_record_free(nat);
	npv_sendq_purge(&nat->sendq, &nat->nsk->sk);
}

static void native_work(struct work_struct *work)
{
	struct npv_native *nat = container_of(work, struct npv_native, work);
	struct npv_sock *nsk = nat->nsk;
	struct sock *sk = &nsk->sk;
	bool done = false;

	npv_native_acquire(nat);
	if (test_bit(NPV_NF_DEAD, &nat->flags)) {
		if (nsk->native)
			native_unsend(nat);
		/* Of others the socket has told them. */
		if (nat->datagrams && atomic_read(&nat->waiters))
			native_wake_sleepers(nat);
		goto out;
	}
	npv_native_run(nat);
	if (test_and_clear_bit(NPV_NF_TIMER, &nat->flags))
		native_timeouts(nat);
	if (nsk->native)
		npv_compose(nat);
	else
		npv_race_kick(nsk);
	npv_native_run(nat);
	if (!test_bit(NPV_NF_DEAD, &nat->flags))
		native_rearm(nat);
	if (atomic_read(&nat->waiters))
		native_wake_sleepers(nat);
out:
	done = test_bit(NPV_NF_ORPHAN, &nat->flags) && npv_native_orphan_done(nat);
	npv_native_release_lock(nat);
	if (done)
		npv_native_destroy(nat);
	sock_put(sk);
}

/**
 * npv_native_run_init() - make a session's work and timer
 * @nat: the session
 */
void npv_native_run_init(struct npv_native *nat)
{
	INIT_WORK(&nat->work, native_work);
	timer_setup(&nat->timer, native_timer, 0);
}
