// SPDX-License-Identifier: GPL-2.0
/*
 * Native sessions: how they come and go, and how much they can take. What there is to do
 * for one meanwhile is native_run.c's.
 */

#include <linux/slab.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "address.h"
#include "compose.h"
#include "decision.h"
#include "datagrams.h"
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
#include "stack_udp.h"
#include "stacks.h"
#include "subflow.h"
#include "trace.h"

struct workqueue_struct *npv_native_wq;
static struct kmem_cache *native_cache __ro_after_init;

/* What may wait in a session to be acknowledged, bytes as its sock counts them */
static u64 send_limit(const struct npv_native *nat)
{
	const struct sock *sk = &nat->nsk->sk;
	unsigned int i;
	u64 limit;

	if (sk->sk_userlocks & SOCK_SNDBUF_LOCK)
		return READ_ONCE(sk->sk_sndbuf);

	/* What TCP would hold, and what waits for the session's ACK */
	limit = 2 * NPV_ACK_BYTES;
	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX)
		limit += npv_subflow_hold(nat->slot[i]);
	/* What a fast one brings waits for what a slow one does. */
	return nat->several ? 2 * limit : limit;
}

static u64 send_queued(const struct npv_native *nat)
{
	return max(READ_ONCE(nat->nsk->sk.sk_wmem_queued), 0);
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
	u64 window = nat->sendq.edge - nat->sendq.nxt;
	u64 limit = send_limit(nat), queued = send_queued(nat);

	if (queued >= limit)
		return 0;

	return min_t(u64, window, limit - queued);
}

/**
 * npv_native_send_flags() - flags of the next payload
 * @nat: the session
 * @room: npv_native_send_room()
 * @len: what there is to send
 *
 * Payload behind which the sender waits is to be acknowledged at once.
 *
 * Context: session lock held.
 * Return: NPV_DATA_ACK_REQ or 0.
 */
u8 npv_native_send_flags(const struct npv_native *nat, u64 room, size_t len)
{
	u64 after;

	if (!(nat->nsk->sk.sk_userlocks & SOCK_SNDBUF_LOCK))
		return 0;
	/* ... and behind which native_has_room() has it wait */
	after = send_queued(nat) + min_t(u64, len, room);
	return room <= len || send_limit(nat) < after + after / 2 ?
	       NPV_DATA_ACK_REQ : 0;
}

/*
 * Whether there is room that is worth telling of: as of TCP, a third (see
 * sk_stream_is_writeable()), lest each ACK wake who waits. A record that is begun comes
 * first.
 */
static bool native_has_room(struct npv_native *nat)
{
	u64 queued = send_queued(nat);

	return !nat->record.out && npv_native_send_room(nat) &&
	       send_limit(nat) >= queued + queued / 2 && npv_sched_pick(nat);
}

/**
 * npv_native_want_room() - have all stacks tell when they can take more
 * @nat: the session
 *
 * Context: session lock held.
 */
void npv_native_want_room(struct npv_native *nat)
{
	unsigned int i;

	for (i = 0; i < NPV_STACKS_MAX; i++)
		if (nat->slot[i])
			nat->slot[i]->ops->want_room(nat->slot[i]);
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
	if (native_has_room(nat))
		return true;

	set_bit(NPV_NF_NOSPACE, &nat->flags);
	npv_native_want_room(nat);
	return native_has_room(nat);
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

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX)
		avail += npv_subflow_readable(nat->slot[i]);

	return avail;
}

/**
 * npv_native_send_fin() - end what this side sends, once
 * @nat: the session, with no record on its way to the stacks
 *
 * Context: process, session lock held.
 */
void npv_native_send_fin(struct npv_native *nat)
{
	struct sock *sk = &nat->nsk->sk;

	if (nat->fin_sent)
		return;
	nat->fin_sent = true;
	/* It was made with the session: close() must not fail for memory. */
	npv_sendq_push_fin(&nat->sendq, nat->fin);
	nat->fin = NULL;
	if (sk->sk_state == TCP_ESTABLISHED)
		npv_native_set_state(sk, TCP_FIN_WAIT1);
	else if (sk->sk_state == TCP_CLOSE_WAIT)
		npv_native_set_state(sk, TCP_LAST_ACK);
	npv_stacks_reinject(nat);
}

/**
 * npv_native_orphan_done() - whether there is nothing more to do for a session
 * @nat: the session, whose program's socket is gone
 *
 * Context: session lock held.
 * Return: whether it can be destroyed.
 */
bool npv_native_orphan_done(const struct npv_native *nat)
{
	if (test_bit(NPV_NF_DEAD, &nat->flags) ||
	    (test_bit(NPV_NF_FINISHED, &nat->flags) && !nat->n_stacks))
		return true;
	/* Nobody waits for datagrams that nothing carries. */
	if (nat->datagrams && !nat->n_stacks)
		return true;
	return nat->close_at && time_after_eq(jiffies, nat->close_at);
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

	nat = kmem_cache_zalloc(native_cache, gfp);
	if (!nat)
		return NULL;
	nat->fin = npv_chunk_alloc(gfp);
	if (!nat->fin) {
		kmem_cache_free(native_cache, nat);
		return NULL;
	}
	if (test_bit(NPV_SF_DATAGRAMS, &nsk->flags)) {
		nat->datagrams = npv_datagrams_alloc(gfp);
		if (!nat->datagrams) {
			npv_chunk_free(nat->fin);
			kmem_cache_free(native_cache, nat);
			return NULL;
		}
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
	npv_native_run_init(nat);

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
	npv_datagrams_free(nat->datagrams);
	kfree(nat->announced);
	kfree(nat->remotes);
	kfree(nat->failed);
	npv_planned_free(nat->planned);
	if (nat->frag.page)
		put_page(nat->frag.page);
	kmem_cache_free(native_cache, nat);
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
	struct npv_subflow *first = nat->slot[0];
	struct npv_sock *nsk = nat->nsk;
	struct sock *sk = &nsk->sk;

	nsk->native = nat;
	nat->inq = npv_subflow_is_tcp(first) &&
		   tcp_sk(first->stack->sk)->recvmsg_inq;
	/* From now on a stack's number is the one that the peer knows, too. */
	first->stack->id = first->id;
	NPV_INC(sock_net(sk), STACK_UP);
	/* A session may be without a stack for a while: it holds these. */
	sk_net_refcnt_upgrade(sk);
	npv_native_set_state(sk, TCP_ESTABLISHED);
	sk_sockets_allocated_inc(sk);
	/* Who connects has been decided for when it began to. */
	if (test_bit(NPV_NF_SERVER, &nat->flags) &&
	    npv_decision_make(nsk, &nat->remote, nat->local_port))
		set_bit(NPV_NF_RESTATED, &nat->flags);
	npv_decision_apply(nat);
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
	npv_native_set_state(sk, TCP_CLOSE);
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
			npv_subflow_send_frame(nat->slot[i], &f);
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
	npv_native_set_state(sk, TCP_CLOSE);
	native_unhash(nat);
	/* Unread bytes would have TCP reset what it still has to send. */
	npv_receive_drain(nat);
	for (i = 0; i < NPV_STACKS_MAX; i++)
		if (nat->slot[i])
			npv_stacks_remove(nat->slot[i], false);
	npv_recvq_purge(&nat->recvq, sk);
	npv_record_free(nat);
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
		nat->close_at = (jiffies + NPV_ORPHAN_TIMEOUT) | 1;
	}
	npv_native_timer(nat, nat->close_at);
	done = npv_native_orphan_done(nat);
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
	/* Behind what no stack has taken yet: npv_native_run() */
	if (!nat->record.out)
		npv_native_send_fin(nat);
}

/**
 * npv_native_init() - make ready for native sessions
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int __init npv_native_init(void)
{
	int err = -ENOMEM;

	native_cache = KMEM_CACHE(npv_native, SLAB_ACCOUNT);
	if (!native_cache)
		return -ENOMEM;
	npv_native_wq = alloc_workqueue("npv", WQ_UNBOUND |
					WQ_MEM_RECLAIM, 0);
	if (!npv_native_wq)
		goto err_cache;
	err = npv_tcp_init();
	if (err)
		goto err_wq;
	err = npv_udp_init();
	if (err)
		goto err_tcp;
	err = npv_sendq_init();
	if (err)
		goto err_udp;
	return 0;

err_udp:
	npv_udp_exit();
err_tcp:
	npv_tcp_exit();
err_wq:
	destroy_workqueue(npv_native_wq);
err_cache:
	kmem_cache_destroy(native_cache);
	return err;
}

/** npv_native_exit() - undo npv_native_init() */
void npv_native_exit(void)
{
	destroy_workqueue(npv_native_wq);
	npv_sendq_exit();
	npv_udp_exit();
	npv_tcp_exit();
	kmem_cache_destroy(native_cache);
}
