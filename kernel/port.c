// SPDX-License-Identifier: GPL-2.0
/*
 * The NPV port of a namespace, where native sessions and their further stacks
 * are asked for. Open while there is a listener or an accepted session.
 *
 * A connection is "half" until it has said what it wants, and proven it: it has a
 * socket and a buffer, and a deadline. There are never more than HALF_MAX, and
 * the oldest goes when one more comes.
 */

#include <crypto/algapi.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/tcp.h>

#include "event.h"
#include "frame.h"
#include "handshake.h"
#include "ksock.h"
#include "listener.h"
#include "native.h"
#include "netns.h"
#include "offer.h"
#include "port.h"
#include "session.h"
#include "sockopt.h"
#include "stack.h"
#include "stack_tcp.h"
#include "stacks.h"
#include "trace.h"
#include "welcome.h"

#define HALF_MAX	256
/* So many connections are accepted before those are read that have been */
#define ACCEPT_BATCH	64
/* There are more than HALF_MAX only of those that nobody has read yet */
#define UNREAD_MAX	(2 * HALF_MAX)
/* A half connection that hasn't said what it wants goes after this */
#define HALF_TIMEOUT	(5 * HZ)
/*
 * A HELLO for whom the listener has no room is looked at so often again: as long as
 * HALF_TIMEOUT where payload has come behind it, for the program is connected already.
 * Who has none may wait for the answer, and not for long.
 */
#define ROOM_AGAIN	(HZ / 50 ?: 1)
#define ROOM_WAIT	(3 * HZ / 100 ?: 1)
/* A connection on which nothing has come is accepted after this */
#define SPEAK_FIRST	(HZ / 50 ?: 1)

/**
 * struct npv_half - a connection to the NPV port
 * @node: in npv_port.half; npv_port.half_lock
 * @port: the port
 * @sock: its socket
 * @work: reads and answers; its delay is the deadline
 * @data_ready: what sk_data_ready was
 * @state_change: what sk_state_change was
 * @deadline: when it has to go, jiffies
 * @nat: a JOIN that waits for its confirmation: the session; referenced
 * @nonce: of who asks, and ours
 * @stack: number of the stack
 * @flags: of the JOIN
 * @waits: what it had to say was read, and it is its turn to say more
 * @have: bytes in @buf
 * @hello: length of the HELLO that is in @buf still, for it waits for room; or 0
 * @hello_at: when it came, jiffies
 * @buf: the frame that is being received
 */
struct npv_half {
	struct list_head node;
	struct npv_port *port;
	struct socket *sock;
	struct delayed_work work;
	void (*data_ready)(struct sock *sk);
	void (*state_change)(struct sock *sk);
	unsigned long deadline;

	struct npv_native *nat;
	u8 nonce[2][NPV_NONCE_LEN];
	u32 stack;
	u8 flags;
	bool waits;

	unsigned int have;
	unsigned int hello;
	unsigned long hello_at;
	u8 buf[NPV_FRAME_CTRL_MAX];
};

static void half_wake(struct sock *sk)
{
	struct npv_half *half;

	read_lock_bh(&sk->sk_callback_lock);
	half = __locked_read_sk_user_data_with_flags(sk, 0);
	if (half)
		mod_delayed_work(npv_native_wq, &half->work, 0);
	read_unlock_bh(&sk->sk_callback_lock);
}

static void half_watch(struct npv_half *half)
{
	struct sock *sk = half->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	/* The listener's own were inherited. */
	half->data_ready = half->port->data_ready;
	half->state_change = half->port->state_change;
	rcu_assign_sk_user_data(sk, half);
	sk->sk_data_ready = half_wake;
	sk->sk_state_change = half_wake;
	/* What came before told nobody. Under the lock: its work frees it. */
	mod_delayed_work(npv_native_wq, &half->work, 0);
	write_unlock_bh(&sk->sk_callback_lock);
}

static void half_unwatch(struct npv_half *half)
{
	struct sock *sk = half->sock->sk;

	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_data_ready = half->data_ready;
	sk->sk_state_change = half->state_change;
	rcu_assign_sk_user_data(sk, NULL);
	write_unlock_bh(&sk->sk_callback_lock);
}

/* Take a half connection off the list. Return: whether it was there. */
static bool half_unlink(struct npv_half *half)
{
	struct npv_port *port = half->port;
	bool was;

	spin_lock_bh(&port->half_lock);
	was = !list_empty(&half->node);
	if (was) {
		list_del_init(&half->node);
		port->n_half--;
	}
	spin_unlock_bh(&port->half_lock);

	return was;
}

/*
 * Free a half connection that is off the list; its socket too if it has one. By
 * its own work, or by who has waited for that.
 */
static void half_free(struct npv_half *half)
{
	struct sock *sk = half->sock ? half->sock->sk : NULL;

	if (sk)
		half_unwatch(half);
	/* Nobody queues it any more; what came while it ran may have. */
	cancel_delayed_work(&half->work);
	if (sk) {
		/* Without a FIN_WAIT for everybody who knocks */
		sock_no_linger(sk);
		sock_release(half->sock);
	}
	if (half->nat)
		npv_session_put(half->nat->nsk);
	kfree(half);
}

static void half_send(struct npv_half *half, const struct npv_frame *f)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	u8 buf[NPV_FRAME_CTRL_MAX];
	struct kvec vec = { .iov_base = buf };

	vec.iov_len = npv_frame_encode(f, buf, sizeof(buf));
	/* Nothing was sent before: there is room for a frame. */
	kernel_sendmsg(half->sock, &msg, &vec, 1, vec.iov_len);
}

/* Say no, in a way that arrives: the connection is closed in order. */
static void half_refuse(struct npv_half *half, enum npv_refusal why)
{
	struct npv_frame f = { .type = NPV_FRAME_REFUSE, .aux = why };
	struct socket *sock = half->sock;

	if (!sock)
		return;
	half_send(half, &f);
	half_unwatch(half);
	half->sock = NULL;
	kernel_sock_shutdown(sock, SHUT_RDWR);
	sock_release(sock);
}

/* Make the connection a stack. Return: it, or NULL without memory. */
static struct npv_subflow *half_stack(struct npv_half *half, struct npv_sock *nsk)
{
	struct npv_stack *stack;
	struct npv_subflow *sub;

	stack = npv_stack_wrap(nsk, half->sock);
	if (!stack)
		return NULL;
	sub = npv_tcp_create(stack, GFP_KERNEL);
	if (!sub) {
		stack->sock = NULL;
		npv_stack_destroy(stack);
		return NULL;
	}
	half_unwatch(half);
	half->sock = NULL;
	/* npv_stacks_remove() puts what belongs to the module that made it. */
	return sub;
}

/* A session begins. Return: 0, or why it can't, enum npv_refusal. */
static int half_session(struct npv_half *half, const struct npv_frame *f,
			struct npv_sock *listener)
{
	struct sock *sk = half->sock->sk;
	struct in6_addr local, remote;
	struct npv_subflow *sub = NULL;
	struct npv_native *nat;
	struct npv_stack *stack;
	__be16 port;

	local = npv_stack_local(sk, &port);
	remote = npv_stack_remote(sk, &port);
	nat = npv_welcome_prepare(listener, f, &local, &remote, port);
	if (!nat)
		return NPV_REFUSE_BUSY;
	if (!npv_sockopt_replay(nat->nsk, half->sock))
		sub = half_stack(half, nat->nsk);
	if (!sub)
		goto err_nat;
	if (npv_welcome(nat, sub, listener))
		return 0;

	stack = sub->stack;
	npv_subflow_free(sub);
	npv_stack_discard(stack);
err_nat:
	npv_welcome_cancel(nat);
	return NPV_REFUSE_BUSY;
}

static int half_hello(struct npv_half *half, const struct npv_frame *f)
{
	struct sock *sk = half->sock->sk;
	struct npv_sock *listener;
	struct in6_addr local, remote;
	__be16 port;
	int why;

	local = npv_stack_local(sk, &port);
	remote = npv_stack_remote(sk, &port);
	why = npv_offer_judge(sock_net(sk), f, &local, &remote,
			      READ_ONCE(sk->sk_rx_dst_ifindex), &listener);
	if (why)
		return why;
	why = half_session(half, f, listener);
	npv_session_put(listener);

	return why;
}

/*
 * Where TCP has no room for a connection it lets the SYN be sent again. Here who asked
 * may be connected already, and is not to be told that it was not. Return: whether the
 * HELLO waits.
 */
static bool half_awaits_room(struct npv_half *half)
{
	unsigned long wait = tcp_inq(half->sock->sk) ? HALF_TIMEOUT : ROOM_WAIT;

	if (time_before(jiffies, half->hello_at + wait) &&
	    time_before(jiffies, half->deadline))
		return true;
	NPV_INC(sock_net(half->sock->sk), LISTENER_BACKLOG_DROP);
	return false;
}

/* A stack wants to join. Return: 0, or why it can't, enum npv_refusal. */
static int half_join(struct npv_half *half, const struct npv_frame *f)
{
	struct net *net = sock_net(half->sock->sk);
	struct npv_join_params params = {
		.nonce	= { half->nonce[0], half->nonce[1] },
		.stack	= f->join.stack,
		.flags	= f->flags,
	};
	struct npv_frame ack = { .type = NPV_FRAME_JOIN_ACK };
	struct npv_native *nat;

	NPV_INC(net, JOIN_RECEIVED);
	if (f->join.option_unknown)
		return NPV_REFUSE_OPTION;
	nat = npv_native_get(net, f->join.id);
	if (!nat)
		return NPV_REFUSE_SESSION;
	half->nat = nat;
	if (test_bit(NPV_NF_DEAD, &nat->flags))
		return NPV_REFUSE_SESSION;
	if (!test_bit(NPV_NF_SERVER, &nat->flags))
		return NPV_REFUSE_SESSION;

	memcpy(half->nonce[0], f->join.nonce, NPV_NONCE_LEN);
	get_random_bytes(half->nonce[1], NPV_NONCE_LEN);
	half->stack = f->join.stack;
	half->flags = f->flags;
	memcpy(ack.join.nonce, half->nonce[1], NPV_NONCE_LEN);
	if (npv_handshake_mac(nat, NPV_MAC_JOIN_ACK, &params, ack.join.mac))
		return NPV_REFUSE_BUSY;
	half_send(half, &ack);

	return 0;
}

/* The proof of a JOIN has come. Return: 0, or enum npv_refusal. */
static int half_confirm(struct npv_half *half, const struct npv_frame *f)
{
	struct npv_join_params params = {
		.nonce	= { half->nonce[0], half->nonce[1] },
		.stack	= half->stack,
		.flags	= half->flags,
	};
	struct npv_native *nat = half->nat;
	u8 mac[NPV_MAC_LEN];
	struct npv_subflow *sub;
	int slot, why = 0;

	if (npv_handshake_mac(nat, NPV_MAC_JOIN_CONFIRM, &params, mac))
		return NPV_REFUSE_BUSY;
	if (crypto_memneq(mac, f->join.mac, sizeof(mac))) {
		NPV_INC(sock_net(half->sock->sk), JOIN_BAD_MAC);
		return NPV_REFUSE_MAC;
	}

	npv_native_acquire(nat);
	slot = npv_stacks_slot(nat);
	if (slot < 0)
		slot = npv_stacks_yield(nat);
	if (test_bit(NPV_NF_DEAD, &nat->flags))
		why = NPV_REFUSE_SESSION;
	else if (slot < 0 || npv_stacks_known(nat, half->stack))
		why = NPV_REFUSE_STACKS;
	if (!why && npv_sockopt_replay(nat->nsk, half->sock))
		why = NPV_REFUSE_BUSY;
	if (!why) {
		sub = half_stack(half, nat->nsk);
		if (sub) {
			sub->id = half->stack;
			sub->stack->id = sub->id;
			sub->backup = half->flags & NPV_JOIN_BACKUP;
			list_add_tail(&sub->stack->node, &nat->nsk->stacks);
			npv_tcp_attach(sub, nat, slot);
			npv_stacks_up(sub);
			npv_native_kick(nat);
		} else {
			why = NPV_REFUSE_BUSY;
		}
	}
	npv_native_release_lock(nat);

	return why;
}

/*
 * Read a frame, and no byte more: what follows belongs to the session. A HELLO that
 * waits for room is read again.
 * Return: 1 if there is one; 0 if more is to come; or -errno.
 */
static int half_read(struct npv_half *half, struct npv_frame *f)
{
	if (half->hello) {
		if (inet_sk_state_load(half->sock->sk) == TCP_CLOSE)
			return -ECONNRESET;
		return npv_frame_decode(f, half->buf, half->hello) < 0 ? -EPROTO : 1;
	}
	for (;;) {
		struct msghdr msg = { .msg_flags = MSG_DONTWAIT };
		struct kvec vec;
		int ret;

		ret = half->have ? npv_frame_decode(f, half->buf, half->have) :
				   NPV_FRAME_SHORT;
		if (ret == NPV_FRAME_BAD)
			return -EPROTO;
		if (ret != NPV_FRAME_SHORT) {
			if (f->type == NPV_FRAME_HELLO) {
				half->hello = half->have;
				half->hello_at = jiffies;
				NPV_INC(sock_net(half->sock->sk), HELLO_RECEIVED);
			}
			half->have = 0;
			return 1;
		}
		vec.iov_base = half->buf + half->have;
		vec.iov_len = npv_frame_need(half->buf, half->have) -
			      half->have;
		if (!vec.iov_len ||
		    half->have + vec.iov_len > sizeof(half->buf))
			return -EPROTO;
		ret = kernel_recvmsg(half->sock, &msg, &vec, 1, vec.iov_len,
				     MSG_DONTWAIT);
		if (ret == -EAGAIN)
			return 0;
		if (ret <= 0)
			return ret ?: -ECONNRESET;
		half->have += ret;
	}
}

/* Return: whether the connection is still half. */
static bool half_step(struct npv_half *half)
{
	struct net *net = sock_net(half->sock->sk);
	struct npv_frame f;
	int ret, why;

	while ((ret = half_read(half, &f)) == 1) {
		if (f.type == NPV_FRAME_HELLO && !half->nat) {
			why = half_hello(half, &f);
			if (why == NPV_REFUSE_BACKLOG && half_awaits_room(half))
				return true;
		} else if (f.type == NPV_FRAME_JOIN && !half->nat) {
			why = half_join(half, &f);
			if (!why)
				continue;
		} else if (f.type == NPV_FRAME_JOIN_CONFIRM && half->nat) {
			why = half_confirm(half, &f);
		} else {
			why = NPV_REFUSE_MALFORMED;
		}
		if (!why)
			return false;
		if (f.type == NPV_FRAME_HELLO)
			NPV_INC(net, HELLO_REFUSED);
		else
			NPV_INC(net, JOIN_REFUSED);
		half_refuse(half, why);
		return false;
	}
	if (ret == -EPROTO) {
		NPV_INC(net, HELLO_MALFORMED);
		half_refuse(half, NPV_REFUSE_MALFORMED);
	}

	return !ret;
}

static void half_work(struct work_struct *work)
{
	struct npv_half *half = container_of(to_delayed_work(work),
					     struct npv_half, work);
	bool stays;

	/* On its way out already, by who drops the oldest or closes the port */
	if (list_empty_careful(&half->node))
		return;
	stays = half_step(half);
	if (stays && time_after_eq(jiffies, half->deadline)) {
		NPV_INC(sock_net(half->sock->sk), HALFOPEN_DROP);
		stays = false;
	}
	if (stays) {
		WRITE_ONCE(half->waits, true);
		/* Unless something came meanwhile, and queued it at once. */
		queue_delayed_work(npv_native_wq, &half->work,
				   half->hello ? ROOM_AGAIN : half->deadline - jiffies);
		return;
	}
	/* Who took it off the list waits for this work, and frees it. */
	if (half_unlink(half))
		half_free(half);
}

/* Free one that was taken off the list. */
static void half_drop(struct npv_port *port, struct npv_half *half)
{
	NPV_INC(port->net, HALFOPEN_DROP);
	cancel_delayed_work_sync(&half->work);
	if (half->sock && half->hello)
		half_refuse(half, NPV_REFUSE_BACKLOG);
	if (half->sock)
		half_unwatch(half);
	/* It may have been woken once more before. */
	cancel_delayed_work_sync(&half->work);
	half_free(half);
}

/* The oldest half connection that keeps this side waiting; half_lock is held. */
static struct npv_half *half_oldest(struct npv_port *port, bool hello)
{
	struct npv_half *half;

	list_for_each_entry(half, &port->half, node)
		if (READ_ONCE(half->waits) && !!READ_ONCE(half->hello) == hello)
			return half;
	return NULL;
}

/*
 * Drop the oldest half connection of those that keep this side waiting. What others
 * have to say has come, and this side hasn't read it yet: that is no reason to go. Of
 * those that wait for room only where there are no others: they are told.
 * Return: whether there was one.
 */
static bool half_evict(struct npv_port *port)
{
	struct npv_half *half;

	spin_lock_bh(&port->half_lock);
	half = half_oldest(port, false) ?: half_oldest(port, true);
	if (half) {
		list_del_init(&half->node);
		port->n_half--;
	}
	spin_unlock_bh(&port->half_lock);
	if (!half)
		return false;
	half_drop(port, half);
	return true;
}

static void half_drop_all(struct npv_port *port)
{
	struct npv_half *half;

	for (;;) {
		spin_lock_bh(&port->half_lock);
		half = list_first_entry_or_null(&port->half, struct npv_half, node);
		if (half) {
			list_del_init(&half->node);
			port->n_half--;
		}
		spin_unlock_bh(&port->half_lock);
		if (!half)
			return;
		half_drop(port, half);
	}
}

static void half_begin(struct npv_port *port, struct socket *sock)
{
	struct npv_half *half;
	bool full;

	half = kzalloc(sizeof(*half), GFP_KERNEL_ACCOUNT);
	if (!half) {
		sock_release(sock);
		return;
	}
	sk_net_refcnt_upgrade(sock->sk);
	half->port = port;
	half->sock = sock;
	half->deadline = jiffies + HALF_TIMEOUT;
	INIT_DELAYED_WORK(&half->work, half_work);

	spin_lock_bh(&port->half_lock);
	list_add_tail(&half->node, &port->half);
	full = ++port->n_half > HALF_MAX;
	spin_unlock_bh(&port->half_lock);
	half_watch(half);

	if (full)
		half_evict(port);
}

static void port_accept(struct work_struct *work)
{
	struct npv_port *port = container_of(to_delayed_work(work),
					     struct npv_port, accept);
	struct socket *sock;
	unsigned int i;

	/* By now they may have been read. */
	while (READ_ONCE(port->n_half) > HALF_MAX && half_evict(port))
		;
	for (i = 0; i < ACCEPT_BATCH && READ_ONCE(port->n_half) < UNREAD_MAX; i++) {
		if (kernel_accept(port->tcp, &sock, O_NONBLOCK))
			return;
		half_begin(port, sock);
		cond_resched();
	}
	/* Behind the work of those: the rest waits in the listener's queue. */
	queue_delayed_work(npv_native_wq, &port->accept, i < ACCEPT_BATCH);
}

/*
 * Callbacks of the listener, and of its children until they are accepted. A
 * connection is there, or the first bytes on one: these are what is waited for.
 */
static void port_data_ready(struct sock *sk)
{
	struct npv_port *port = &npv_pernet(sock_net(sk))->port;

	/* Disabled while the port is closed. */
	if (sk->sk_state == TCP_LISTEN)
		queue_delayed_work(npv_native_wq, &port->accept, SPEAK_FIRST);
	else
		mod_delayed_work(npv_native_wq, &port->accept, 0);
}

static void port_state_change(struct sock *sk)
{
	struct npv_port *port;

	read_lock_bh(&sk->sk_callback_lock);
	port = __locked_read_sk_user_data_with_flags(sk, SK_USER_DATA_NOCOPY);
	/* Somebody has had the kernel destroy it, as with ss -K. */
	if (port && sk->sk_state == TCP_CLOSE)
		queue_work(npv_native_wq, &port->reopen);
	read_unlock_bh(&sk->sk_callback_lock);
}

static int port_open(struct npv_port *port)
{
	const struct npv_net *npvn = npv_pernet(port->net);
	struct socket *sock;
	int defer = 1, err;
	struct sock *sk;

	sock = npv_ksock_open(port->net, SOCK_STREAM,
			      htons(READ_ONCE(npvn->sysctls.port)));
	if (IS_ERR(sock))
		return PTR_ERR(sock);
	sk = sock->sk;
	port->tcp = sock;
	write_lock_bh(&sk->sk_callback_lock);
	port->data_ready = sk->sk_data_ready;
	port->state_change = sk->sk_state_change;
	sk->sk_data_ready = port_data_ready;
	sk->sk_state_change = port_state_change;
	__rcu_assign_sk_user_data_with_flags(sk, port, SK_USER_DATA_NOCOPY);
	write_unlock_bh(&sk->sk_callback_lock);
	enable_delayed_work(&port->accept);
	/* Who connects speaks first: no socket for who doesn't. */
	err = sock->ops->setsockopt(sock, SOL_TCP, TCP_DEFER_ACCEPT,
				    KERNEL_SOCKPTR(&defer), sizeof(defer));
	if (!err)
		err = kernel_listen(sock, 1024);
	if (err)
		goto err_tcp;

	/* Without UDP sessions take longer to find out, and that is all. */
	return npv_offer_open(port);

err_tcp:
	disable_delayed_work_sync(&port->accept);
	port->tcp = NULL;
	sock_release(sock);
	return err;
}

static void port_close(struct npv_port *port)
{
	struct socket *sock = port->tcp;
	struct sock *sk = sock->sk;

	npv_offer_close(port);
	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_data_ready = port->data_ready;
	sk->sk_state_change = port->state_change;
	rcu_assign_sk_user_data(sk, NULL);
	write_unlock_bh(&sk->sk_callback_lock);
	disable_delayed_work_sync(&port->accept);
	port->tcp = NULL;
	sock_release(sock);

	half_drop_all(port);
}

/* The listener is gone, but wanted. Those that were half go with it. */
static void port_reopen(struct work_struct *work)
{
	struct npv_port *port = container_of(work, struct npv_port, reopen);
	int err = 0;

	mutex_lock(&port->lock);
	if (port->tcp && inet_sk_state_load(port->tcp->sk) == TCP_CLOSE) {
		port_close(port);
		err = port_open(port);
	}
	mutex_unlock(&port->lock);

	if (err)
		net_warn_ratelimited("npv: the NPV port was closed from outside and can't be opened again (error %d)\n",
				     err);
}

/**
 * npv_port_get() - have the NPV port open
 * @net: the namespace
 *
 * That the number is taken is no error of who listens: it has plain sessions
 * only. It is counted, and told in the kernel log.
 *
 * Context: process, may sleep; no session's lock held.
 * Return: whether sessions can begin there.
 */
bool npv_port_get(struct net *net)
{
	struct npv_port *port = &npv_pernet(net)->port;
	int err = 0;
	bool tcp;

	mutex_lock(&port->lock);
	atomic_inc(&port->users);
	if (!port->tcp)
		err = port_open(port);
	tcp = port->tcp;
	mutex_unlock(&port->lock);

	if (err) {
		NPV_INC(net, NPV_PORT_BUSY);
		net_warn_ratelimited("npv: %s port %u can't be opened (error %d): %s; see net.npv.port\n",
				     tcp ? "UDP" : "TCP",
				     READ_ONCE(npv_pernet(net)->sysctls.port),
				     err, tcp ?
				     "others are slower to find native services" :
				     "no native sessions from others");
	}

	return tcp;
}

/**
 * npv_port_hold() - have the NPV port stay open
 * @net: the namespace
 *
 * Context: any.
 * Return: whether it is open, and will stay so until npv_port_put().
 */
bool npv_port_hold(struct net *net)
{
	return atomic_inc_not_zero(&npv_pernet(net)->port.users);
}

/**
 * npv_port_put() - undo npv_port_get() or npv_port_hold()
 * @net: the namespace
 *
 * Context: process, may sleep; not the port's own work, which may be waited for.
 */
void npv_port_put(struct net *net)
{
	struct npv_port *port = &npv_pernet(net)->port;

	if (!atomic_dec_and_mutex_lock(&port->users, &port->lock))
		return;
	if (port->tcp)
		port_close(port);
	mutex_unlock(&port->lock);
}

/**
 * npv_port_init() - a namespace's port, closed
 * @port: the port
 * @net: the namespace
 */
void npv_port_init(struct npv_port *port, struct net *net)
{
	mutex_init(&port->lock);
	port->net = net;
	INIT_DELAYED_WORK(&port->accept, port_accept);
	disable_delayed_work(&port->accept);
	INIT_WORK(&port->reopen, port_reopen);
	npv_offer_init(port);
	get_random_bytes(&port->secret, sizeof(port->secret));
	spin_lock_init(&port->half_lock);
	INIT_LIST_HEAD(&port->half);
	spin_lock_init(&port->listen_lock);
	INIT_LIST_HEAD(&port->listeners);
}

/**
 * npv_port_exit() - the namespace ends
 * @port: the port; who had it open held the namespace
 */
void npv_port_exit(struct npv_port *port)
{
	cancel_work_sync(&port->reopen);
	WARN_ON_ONCE(port->tcp || !list_empty(&port->listeners));
	mutex_destroy(&port->lock);
}
