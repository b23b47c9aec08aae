// SPDX-License-Identifier: GPL-2.0
/*
 * Native sessions: their life, and the work that is done where no program is
 * there to do it.
 *
 * All of a session's state is changed by a process that holds the session's
 * lock: a program in a system call, or the session's work item. Callbacks of the
 * stacks set bits (npv_native.rx_mask and its kin) and wake one of the two. Who
 * holds the lock is "busy": it looks at the bits before it lets go.
 */

#include <linux/slab.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "address.h"
#include "compose.h"
#include "event.h"
#include "handshake.h"
#include "native.h"
#include "netns.h"
#include "port.h"
#include "race.h"
#include "receive.h"
#include "scheduler.h"
#include "session.h"
#include "sockopt.h"
#include "stack.h"
#include "stack_tcp.h"
#include "stacks.h"
#include "trace.h"

/* Half-done ends of sessions whose program is gone are given up after this */
#define ORPHAN_TIMEOUT	(60 * HZ)
/* The peer has so long to close its stacks when all is done */
#define FINISH_TIMEOUT	(5 * HZ)

struct workqueue_struct *npv_native_wq;

/* Readers have no lock: inet_sk_state_load(). */
static void native_set_state(struct sock *sk, int state)
{
	/* Pairs with inet_sk_state_load(). */
	smp_store_release(&sk->sk_state, state);
}

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
	if (timer_pending(&nat->timer) &&
	    time_after_eq(at, READ_ONCE(nat->timer.expires)))
		return;
	sk_reset_timer(&nat->nsk->sk, &nat->timer, at);
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

/* Return: whether somebody slept in a system call. */
static bool native_wake_sleepers(struct npv_native *nat)
{
	struct sock *sk = &nat->nsk->sk;
	struct socket_wq *wq;
	bool woken = false;

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
	/* Pairs with leave_word() of stack_tcp.c. */
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
	add_wait_queue(sk_sleep(sk), &wait);
	atomic_inc(&nat->waiters);
	if (reader)
		atomic_inc(&nat->readers);
	clear_bit(NPV_NF_BUSY, &nat->flags);
	/* Pairs with leave_word() of stack_tcp.c. */
	smp_mb__after_atomic();
	release_sock(sk);

	if (!native_news(nat)) {
		if (unlikely(native_untold(nat)))
			npv_native_kick(nat);
		timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, timeo);
	}

	remove_wait_queue(sk_sleep(sk), &wait);
	npv_native_acquire(nat);
	atomic_dec(&nat->waiters);
	if (reader)
		atomic_dec(&nat->readers);

	return timeo;
}

/**
 * npv_native_send_room() - how many bytes may be sent now
 * @nat: the session
 *
 * As far as the peer's window and this side's memory go.
 *
 * Context: session lock held.
 * Return: bytes.
 */
u64 npv_native_send_room(const struct npv_native *nat)
{
	const struct sock *sk = &nat->nsk->sk;
	u64 window = nat->sendq.edge - nat->sendq.nxt;
	u64 limit, queued = max(READ_ONCE(sk->sk_wmem_queued), 0);
	unsigned int i;

	if (sk->sk_userlocks & SOCK_SNDBUF_LOCK) {
		limit = READ_ONCE(sk->sk_sndbuf);
	} else {
		/* What TCP would hold, and what waits for the session's ACK */
		limit = 2 * NPV_ACK_BYTES;
		for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX)
			limit += READ_ONCE(npv_tcp_sk(nat->slot[i])->sk_sndbuf);
		/* What a fast one brings waits for what a slow one does. */
		if (nat->several)
			limit *= 2;
	}
	if (queued >= limit)
		return 0;

	return min_t(u64, window, limit - queued);
}

/**
 * npv_native_writable() - whether the program can write now
 * @nat: the session
 *
 * Context: session lock held.
 * Return: whether it can. If not, sk_write_space() will tell when.
 */
bool npv_native_writable(struct npv_native *nat)
{
	unsigned int i;

	if (npv_native_send_room(nat) && npv_sched_pick(nat))
		return true;

	set_bit(NPV_NF_NOSPACE, &nat->flags);
	for (i = 0; i < NPV_STACKS_MAX; i++)
		if (nat->slot[i])
			npv_tcp_want_room(nat->slot[i]);
	return npv_native_send_room(nat) && npv_sched_pick(nat);
}

/**
 * npv_native_readable() - bytes that can be read now
 * @nat: the session
 *
 * Context: session lock held.
 * Return: a number of bytes, more may be there; the end of the stream isn't
 * counted.
 */
u64 npv_native_readable(const struct npv_native *nat)
{
	u64 avail = npv_recvq_avail(&nat->recvq);
	unsigned int i;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		const struct npv_tcp *tcp = nat->slot[i];
		const struct tcp_sock *tp;

		if (!npv_receive_ready(tcp))
			continue;
		tp = tcp_sk(npv_tcp_sk(tcp));
		avail += min_t(u32, tcp->rx_left, READ_ONCE(tp->rcv_nxt) -
						  READ_ONCE(tp->copied_seq));
	}

	return avail;
}

/* The peer's FIN, and ours: where the session is in its end */
static void native_ends(struct npv_native *nat)
{
	struct sock *sk = &nat->nsk->sk;
	struct npv_recvq *rq = &nat->recvq;

	if (nat->nsk->native && rq->nxt > rq->fin && !(sk->sk_shutdown & RCV_SHUTDOWN)) {
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN);
		if (sk->sk_state == TCP_ESTABLISHED)
			native_set_state(sk, TCP_CLOSE_WAIT);
		sk->sk_state_change(sk);
		/* SIGIO: a hang-up, or something that can be read, as of TCP */
		sk_wake_async(sk, SOCK_WAKE_WAITD,
			      sk->sk_shutdown == SHUTDOWN_MASK ? POLL_HUP :
								 POLL_IN);
		npv_event_session(nat->nsk, NPV_CMD_SESSION_CHANGE_NTF);
	}
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
		native_set_state(sk, TCP_CLOSE);
		npv_session_down(nat->nsk, 0);
		nat->close_una = nat->sendq.una;
		nat->close_at = (jiffies + FINISH_TIMEOUT) | 1;
		npv_native_timer(nat, nat->close_at);
		sk->sk_state_change(sk);
	}
	for (i = 0; i < NPV_STACKS_MAX; i++) {
		struct npv_tcp *tcp = nat->slot[i];

		if (!tcp)
			continue;
		if (tcp->status == NPV_STACK_STATUS_JOINING) {
			npv_stacks_remove(tcp, true);
		} else if (list_empty(&tcp->pending) && !tcp->leaving) {
			tcp->leaving = true;
			kernel_sock_shutdown(tcp->stack->sock, SHUT_WR);
		}
	}
}

/*
 * Tell the program of what has come, unless a callback has (not @untold): each time
 * is an edge for who waits for edges (EPOLLET).
 */
static void native_tell(struct npv_native *nat, bool untold)
{
	struct sock *sk = &nat->nsk->sk;

	if (!npv_native_readable(nat))
		return;
	/* More may lie behind it, as arrived() says. */
	npv_native_timer(nat, jiffies + msecs_to_jiffies(NPV_ACK_DELAY_MS));
	if (untold)
		sk->sk_data_ready(sk);
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
	if (READ_ONCE(nat->tx_mask)) {
		for (i = 0; i < NPV_STACKS_MAX; i++)
			if (test_and_clear_bit(i, &nat->tx_mask) &&
			    nat->slot[i]) {
				npv_tcp_flush(nat->slot[i]);
				/* A PONG may have waited for that. */
				if (nat->slot[i]->pong_wanted)
					npv_receive(nat->slot[i], NULL, 0);
			}
	}
	if (test_bit(NPV_NF_DEAD, &nat->flags))
		return;
	native_ends(nat);
	if (!list_empty(&nat->sendq.lost))
		npv_stacks_reinject(nat);
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

/* A program's socket is gone: is there still something to do for it? */
static bool orphan_done(struct npv_native *nat)
{
	if (test_bit(NPV_NF_DEAD, &nat->flags) ||
	    (test_bit(NPV_NF_FINISHED, &nat->flags) && !nat->n_stacks))
		return true;
	return nat->close_at && time_after_eq(jiffies, nat->close_at);
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
	npv_receive_ack(nat, nat->recvq.nxt != nat->ack_sent);
	npv_stacks_monitor(nat);
	npv_compose_expire(nat);
	/* What was closed with is delivered as long as the peer takes it. */
	if (test_bit(NPV_NF_FINISHED, &nat->flags) &&
	    time_after_eq(jiffies, nat->close_at)) {
		nat->close_at = 0;
		for (i = 0; i < NPV_STACKS_MAX; i++)
			if (nat->slot[i])
				npv_stacks_remove(nat->slot[i], true);
	} else if (nat->close_at && nat->close_una != nat->sendq.una) {
		nat->close_una = nat->sendq.una;
		nat->close_at = (jiffies + ORPHAN_TIMEOUT) | 1;
	}
}

/* The next time at which native_timeouts() has something to do */
static void native_rearm(struct npv_native *nat)
{
	unsigned long at[] = {
		nat->ack_at, nat->compose_at, nat->close_at, nat->monitor_at,
		nat->join_at,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(at); i++)
		if (at[i])
			npv_native_timer(nat, time_after(at[i], jiffies) ?
					 at[i] : jiffies + 1);
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
	if (!sent && nat->slot[0])
		npv_tcp_push(nat->slot[0]);
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
		npv_tcp_drop_pending(nat->slot[i]);
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
	done = test_bit(NPV_NF_ORPHAN, &nat->flags) && orphan_done(nat);
	npv_native_release_lock(nat);
	if (done)
		npv_native_destroy(nat);
	sock_put(sk);
}

/**
 * npv_native_alloc() - make what a native session needs
 * @nsk: the session
 * @gfp: how to allocate
 *
 * Context: process.
 * Return: it, not yet in use; NULL without memory.
 */
struct npv_native *npv_native_alloc(struct npv_sock *nsk, gfp_t gfp)
{
	struct net *net = sock_net(&nsk->sk);
	struct npv_native *nat;

	nat = kzalloc(sizeof(*nat), gfp);
	if (!nat)
		return NULL;
	nat->fin = npv_chunk_alloc(gfp);
	if (!nat->fin) {
		kfree(nat);
		return NULL;
	}

	nat->nsk = nsk;
	nat->sched = npv_sched_default();
	npv_recvq_init(&nat->recvq);
	npv_sendq_start(&nat->sendq, NPV_EDGE_FIRST);
	nat->rcvwin = max_t(u64, NPV_EDGE_FIRST,
			    (u64)READ_ONCE(net->ipv4.sysctl_tcp_rmem[1]) * 4);
	nat->edge = nat->rcvwin;
	nat->edge_sent = nat->edge;
	nat->win_start = tcp_clock_us();
	INIT_HLIST_NODE(&nat->node);
	INIT_WORK(&nat->work, native_work);
	timer_setup(&nat->timer, native_timer, 0);

	return nat;
}

/**
 * npv_native_free() - free what npv_native_alloc() made
 * @nat: a session with no stacks, or that never had any; or NULL
 */
void npv_native_free(struct npv_native *nat)
{
	if (!nat)
		return;
	npv_sched_put(nat);
	npv_chunk_free(nat->fin);
	kfree(nat->announced);
	kfree(nat->remotes);
	kfree(nat->failed);
	if (nat->frag.page)
		put_page(nat->frag.page);
	kfree(nat);
}

/* Give a session the number by which stacks find it, and let them. */
static void native_hash(struct npv_native *nat)
{
	struct npv_net *npvn = npv_pernet(sock_net(&nat->nsk->sk));

	spin_lock_bh(&npvn->natives_lock);
	hlist_add_head_rcu(&nat->node,
			   &npvn->natives[nat->id % NPV_NATIVES_HASH]);
	spin_unlock_bh(&npvn->natives_lock);
}

static void native_unhash(struct npv_native *nat)
{
	struct npv_net *npvn = npv_pernet(sock_net(&nat->nsk->sk));

	spin_lock_bh(&npvn->natives_lock);
	hlist_del_init_rcu(&nat->node);
	spin_unlock_bh(&npvn->natives_lock);
}

/**
 * npv_native_get() - the native session of a number
 * @net: namespace
 * @id: the number that the peer was told
 *
 * Context: any.
 * Return: it, with a reference to its npv_sock, or NULL.
 */
struct npv_native *npv_native_get(struct net *net, u64 id)
{
	struct npv_net *npvn = npv_pernet(net);
	struct npv_native *nat;

	spin_lock_bh(&npvn->natives_lock);
	hlist_for_each_entry(nat, &npvn->natives[id % NPV_NATIVES_HASH],
			     node) {
		if (nat->id == id) {
			sock_hold(&nat->nsk->sk);
			spin_unlock_bh(&npvn->natives_lock);
			return nat;
		}
	}
	spin_unlock_bh(&npvn->natives_lock);

	return NULL;
}

/**
 * npv_native_start() - a session begins
 * @nat: from npv_native_alloc(), with id, keys and addresses filled in, and its
 *	first stack attached, in place 0
 *
 * Context: process, session lock held.
 */
void npv_native_start(struct npv_native *nat)
{
	struct npv_tcp *first = nat->slot[0];
	struct npv_sock *nsk = nat->nsk;
	struct sock *sk = &nsk->sk;

	nsk->native = nat;
	nat->inq = tcp_sk(first->stack->sk)->recvmsg_inq;
	/* From now on a stack's number is the one that the peer knows, too. */
	first->stack->id = first->id;
	NPV_INC(sock_net(sk), STACK_UP);
	/* A session may be without a stack for a while: it holds these. */
	sk_net_refcnt_upgrade(sk);
	native_set_state(sk, TCP_ESTABLISHED);
	sk_sockets_allocated_inc(sk);
	/* It was there when it was set; if no more, the default will do. */
	if (nsk->sched[0])
		npv_sched_set(nat, nsk->sched);
	native_hash(nat);
	npv_stacks_count(nat);
	if (test_bit(NPV_NF_SERVER, &nat->flags))
		NPV_INC(sock_net(sk), SESSION_NATIVE_IN);
	else
		NPV_INC(sock_net(sk), SESSION_NATIVE_OUT);
	/* Who connected has stacks to add as soon as it has WELCOME. */
	if (!test_bit(NPV_NF_WELCOMED, &nat->flags))
		return;
	set_bit(NPV_NF_COMPOSE, &nat->flags);
	npv_native_kick(nat);
}

/**
 * npv_native_error() - tell the program that its session is over
 * @nat: the session
 * @err: positive errno, 0 for an end in order
 *
 * Context: session lock held.
 */
void npv_native_error(struct npv_native *nat, int err)
{
	struct sock *sk = &nat->nsk->sk;

	set_bit(NPV_NF_DEAD, &nat->flags);
	/* Still in the making: nothing of it is the program's yet. */
	if (!nat->nsk->native) {
		npv_race_kick(nat->nsk);
		return;
	}
	WRITE_ONCE(sk->sk_err, err);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	native_set_state(sk, TCP_CLOSE);
	npv_session_down(nat->nsk, err);
	sk->sk_state_change(sk);
	if (err)
		sk_error_report(sk);
	/* Who can write or read finds the error. */
	sk->sk_write_space(sk);
	/* Here a stack's lock may be held. */
	npv_native_kick(nat);
}

/**
 * npv_native_close() - end a session at once
 * @nat: the session
 * @reason: what the peer is told, on every stack
 * @err: positive errno that the program gets
 *
 * Context: process, session lock held.
 */
void npv_native_close(struct npv_native *nat, enum npv_close_reason reason,
		      int err)
{
	struct npv_frame f = { .type = NPV_FRAME_CLOSE, .aux = reason };
	unsigned int i;

	if (test_bit(NPV_NF_DEAD, &nat->flags))
		return;
	for (i = 0; i < NPV_STACKS_MAX; i++)
		if (nat->slot[i] && npv_stacks_usable(nat->slot[i]))
			npv_tcp_send_frame(nat->slot[i], &f);
	npv_native_error(nat, err);
	npv_native_kick(nat);
}

/**
 * npv_native_destroy() - close the stacks of a session and free its queues
 * @nat: a session whose program is gone
 *
 * Context: process, session lock not held. Once.
 */
void npv_native_destroy(struct npv_native *nat)
{
	struct npv_sock *nsk = nat->nsk;
	struct sock *sk = &nsk->sk;
	unsigned int i;

	lock_sock(sk);
	if (nat->destroyed) {
		release_sock(sk);
		return;
	}
	nat->destroyed = true;
	set_bit(NPV_NF_DEAD, &nat->flags);
	native_set_state(sk, TCP_CLOSE);
	native_unhash(nat);
	/* Unread bytes would have TCP reset what it still has to send. */
	npv_receive_drain(nat);
	for (i = 0; i < NPV_STACKS_MAX; i++)
		if (nat->slot[i])
			npv_stacks_remove(nat->slot[i], false);
	npv_recvq_purge(&nat->recvq, sk);
	npv_sendq_purge(&nat->sendq, sk);
	sk_mem_reclaim_final(sk);
	release_sock(sk);

	sk_stop_timer(sk, &nat->timer);
	npv_session_unpublish(nsk);
	if (test_bit(NPV_NF_SERVER, &nat->flags))
		npv_port_put(sock_net(sk));
	npv_session_free(nsk);
}

/**
 * npv_native_orphan() - the program has closed its socket
 * @nat: the session, npv_sock.sock NULL already
 * @abort: nothing is to be delivered any more
 *
 * What was sent is still delivered. The socket's reference to the session goes
 * over to its end.
 *
 * Context: process, session lock not held.
 */
void npv_native_orphan(struct npv_native *nat, bool abort)
{
	bool done;

	npv_native_acquire(nat);
	set_bit(NPV_NF_ORPHAN, &nat->flags);
	if (abort) {
		npv_native_close(nat, NPV_CLOSE_RESET, ECONNRESET);
	} else if (!test_bit(NPV_NF_DEAD, &nat->flags)) {
		npv_native_shutdown_send(nat);
		npv_native_run(nat);
	}
	if (!nat->close_at) {
		nat->close_una = nat->sendq.una;
		nat->close_at = (jiffies + ORPHAN_TIMEOUT) | 1;
	}
	npv_native_timer(nat, nat->close_at);
	done = orphan_done(nat);
	npv_native_release_lock(nat);

	if (done)
		npv_native_destroy(nat);
}

/**
 * npv_native_abandon() - end a session that no program has got
 * @nat: the session
 *
 * As npv_native_orphan() with @abort, but by the session's work.
 *
 * Context: process, session lock not held.
 */
void npv_native_abandon(struct npv_native *nat)
{
	npv_native_acquire(nat);
	set_bit(NPV_NF_ORPHAN, &nat->flags);
	npv_native_close(nat, NPV_CLOSE_RESET, ECONNRESET);
	npv_native_kick(nat);
	npv_native_release_lock(nat);
}

/**
 * npv_native_shutdown_send() - nothing more will be sent
 * @nat: the session
 *
 * Context: process, session lock held.
 */
void npv_native_shutdown_send(struct npv_native *nat)
{
	struct sock *sk = &nat->nsk->sk;

	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
	if (nat->fin_sent)
		return;
	nat->fin_sent = true;
	/* It was made with the session: close() must not fail for memory. */
	npv_sendq_push_fin(&nat->sendq, nat->fin);
	nat->fin = NULL;
	if (sk->sk_state == TCP_ESTABLISHED)
		native_set_state(sk, TCP_FIN_WAIT1);
	else if (sk->sk_state == TCP_CLOSE_WAIT)
		native_set_state(sk, TCP_LAST_ACK);
	npv_stacks_reinject(nat);
}

/**
 * npv_native_init() - make ready for native sessions
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int __init npv_native_init(void)
{
	int err;

	npv_native_wq = alloc_workqueue("npv", WQ_UNBOUND |
					WQ_MEM_RECLAIM, 0);
	if (!npv_native_wq)
		return -ENOMEM;
	err = npv_sendq_init();
	if (err)
		destroy_workqueue(npv_native_wq);
	return err;
}

/** npv_native_exit() - undo npv_native_init() */
void npv_native_exit(void)
{
	destroy_workqueue(npv_native_wq);
	npv_sendq_exit();
}
