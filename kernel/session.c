// SPDX-License-Identifier: GPL-2.0
/*
 * Sessions: their making and end, the registry of a namespace, and their
 * state as programs and operators see it.
 */

#include <linux/slab.h>
#include <net/inet_sock.h>
#include <net/tcp.h>

#include "address.h"
#include "assoc.h"
#include "decision.h"
#include "event.h"
#include "native.h"
#include "netns.h"
#include "session.h"
#include "sockopt.h"
#include "stack.h"
#include "stacks.h"
#include "stated.h"
#include "trace.h"

static struct lock_class_key npv_slock_key;
static struct lock_class_key npv_lock_key;

/*
 * A call that began when the program's socket had a TCP sock may come to find the
 * session's own there (npv_stack_go_native()): as to TCP before connect(), it is
 * not connected.
 */
static int late_sendmsg(struct sock *sk, struct msghdr *msg, size_t len)
{
	return -EPIPE;
}

static int late_recvmsg(struct sock *sk, struct msghdr *msg, size_t len,
			int flags, int *addr_len)
{
	return -ENOTCONN;
}

static int late_setsockopt(struct sock *sk, int level, int name,
			   sockptr_t optval, unsigned int optlen)
{
	return -ENOTCONN;
}

static int late_getsockopt(struct sock *sk, int level, int name,
			   char __user *optval, int __user *optlen)
{
	return -ENOTCONN;
}

static int late_connect(struct sock *sk, struct sockaddr *uaddr, int len)
{
	return -EISCONN;
}

static int late_disconnect(struct sock *sk, int flags)
{
	return -EOPNOTSUPP;
}

static int late_ioctl(struct sock *sk, int cmd, int *karg)
{
	return -ENOTCONN;
}

static int late_get_port(struct sock *sk, unsigned short num)
{
	return -EINVAL;
}

static void late_shutdown(struct sock *sk, int how)
{
}

/* Memory is accounted as TCP's, in its pool: npv_session_init() */
static struct proto npv_prot = {
	.name		= "NPV",
	.sendmsg	= late_sendmsg,
	.recvmsg	= late_recvmsg,
	.setsockopt	= late_setsockopt,
	.getsockopt	= late_getsockopt,
	.connect	= late_connect,
	.disconnect	= late_disconnect,
	.ioctl		= late_ioctl,
	.get_port	= late_get_port,
	.shutdown	= late_shutdown,
	.no_autobind	= true,
	.owner		= THIS_MODULE,
	.obj_size	= sizeof(struct npv_sock),
};

static void session_destruct(struct sock *sk)
{
	struct npv_sock *nsk = npv_sk(sk);

	skb_queue_purge(&sk->sk_error_queue);
	if (nsk->native)
		sk_sockets_allocated_dec(sk);
	npv_native_free(nsk->native);
	npv_decision_exit(nsk);
	kfree(nsk->assocs);
	kfree(nsk->stated);
}

/**
 * npv_session_alloc() - make a session for a socket, without stacks
 * @net: namespace
 * @sock: the program's socket, whose inode will lead to the session; NULL for a
 *	stream that waits to be accepted, which gets it by npv_session_adopt()
 *
 * The session takes no reference to the namespace: its stacks do, as the
 * sockets of a user.
 *
 * Context: process, may sleep.
 * Return: the session, or NULL without memory.
 */
struct npv_sock *npv_session_alloc(struct net *net, struct socket *sock)
{
	struct npv_sock *nsk;
	struct sock *sk;

	sk = sk_alloc(net, npv_family_nr, GFP_KERNEL, &npv_prot, 1);
	if (!sk)
		return NULL;

	/* Without a socket of its own: that one has the stack's sk. */
	sock_init_data_uid(NULL, sk, sock ? SOCK_INODE(sock)->i_uid :
				     GLOBAL_ROOT_UID);
	sock_lock_init_class_and_name(sk, "slock-AF_NPV", &npv_slock_key,
				      "sk_lock-AF_NPV", &npv_lock_key);
	sk->sk_family = npv_family_nr;
	sk->sk_type = sock ? sock->type : SOCK_STREAM;
	sk->sk_state = TCP_CLOSE;
	sk->sk_destruct = session_destruct;
	nsk = npv_sk(sk);
	nsk->sock = sock;
	INIT_LIST_HEAD(&nsk->accept_node);
	INIT_LIST_HEAD(&nsk->stacks);
	INIT_LIST_HEAD(&nsk->retired);
	INIT_LIST_HEAD(&nsk->options);
	nsk->kind = NPV_KIND_OPEN;
	nsk->reason = NPV_REASON_NONE;
	nsk->name_family = npv_family_nr;
	nsk->born = ktime_get();
	if (sock) {
		nsk->ino = SOCK_INODE(sock)->i_ino;
		get_task_comm(nsk->comm, current);
		npv_decision_init(nsk);
	}

	return nsk;
}

/**
 * npv_session_inherit() - a session that waits to be accepted
 * @nsk: the session, not published
 * @listener: who will accept it
 *
 * It is its listener's user's, and has its options, as a TCP child has.
 *
 * Context: process, may sleep; no lock of either held.
 */
void npv_session_inherit(struct npv_sock *nsk, struct npv_sock *listener)
{
	struct sock *sk = &nsk->sk;

	lock_sock_nested(&listener->sk, SINGLE_DEPTH_NESTING);
	sk->sk_uid = listener->sk.sk_uid;
	/* To the session a datagram is a record, if it isn't a packet. */
	if (listener->sk.sk_type == SOCK_DGRAM)
		__set_bit(NPV_SF_DATAGRAMS, &nsk->flags);
	sk->sk_type = listener->sk.sk_type == SOCK_DGRAM ? SOCK_SEQPACKET :
							   listener->sk.sk_type;
	memcpy(nsk->comm, listener->comm, sizeof(nsk->comm));
	memcpy(nsk->sched, listener->sched, sizeof(nsk->sched));
	npv_decision_copy(nsk, listener);
	nsk->keepalive = listener->keepalive;
	nsk->name_family = listener->name_family;
	nsk->name_fixed = listener->name_fixed;
	npv_stated_copy(nsk, listener);
	if (test_bit(NPV_SF_STRICT, &listener->flags))
		__set_bit(NPV_SF_STRICT, &nsk->flags);
	npv_sockopt_copy(nsk, listener);
	release_sock(&listener->sk);

	__set_bit(NPV_SF_ACCEPTED, &nsk->flags);
	nsk->kind = NPV_KIND_NATIVE;
	nsk->reason = NPV_REASON_ACCEPTED;
}

/**
 * npv_session_adopt() - give an accepted session to the program
 * @nsk: the session, which has no socket
 * @sock: the socket that accept() fills
 *
 * Context: process of the program, session lock held.
 */
void npv_session_adopt(struct npv_sock *nsk, struct socket *sock)
{
	struct sock *sk = &nsk->sk;

	nsk->sock = sock;
	nsk->ino = SOCK_INODE(sock)->i_ino;
	get_task_comm(nsk->comm, current);
	nsk->base = &npv_native_ops;
	sock_graft(sk, sock);
	sock->state = SS_CONNECTED;
	set_bit(SOCK_CUSTOM_SOCKOPT, &sock->flags);
	WRITE_ONCE(SOCK_INODE(sock)->i_private, nsk);
}

/**
 * npv_session_reserve() - give a session its number, and room in the registry
 * @nsk: a session without a number
 *
 * Context: process, may sleep.
 * Return: 0; -ENFILE, if the namespace has as many as it may (sessions_max);
 * -ENOMEM.
 */
int npv_session_reserve(struct npv_sock *nsk)
{
	struct net *net = sock_net(&nsk->sk);
	struct npv_net *npvn = npv_pernet(net);
	unsigned int max = READ_ONCE(npvn->sysctls.sessions_max);
	int err;

	if (atomic_inc_return(&npvn->places) > max && max) {
		NPV_INC(net, SESSION_LIMIT);
		err = -ENFILE;
		goto err_place;
	}

	nsk->id = atomic64_inc_return(&npvn->last_id);
	err = xa_reserve(&npvn->sessions, nsk->id, GFP_KERNEL);
	if (err)
		goto err_place;

	return 0;

err_place:
	atomic_dec(&npvn->places);
	return err;
}

/**
 * npv_session_unreserve() - undo npv_session_reserve()
 * @nsk: a session that wasn't published
 *
 * Context: process.
 */
void npv_session_unreserve(struct npv_sock *nsk)
{
	struct npv_net *npvn = npv_pernet(sock_net(&nsk->sk));

	xa_release(&npvn->sessions, nsk->id);
	atomic_dec(&npvn->places);
}

/**
 * npv_session_publish() - let others find a session by its number
 * @nsk: a session with its main stack, after npv_session_reserve()
 *
 * Context: process. It can't fail.
 */
void npv_session_publish(struct npv_sock *nsk)
{
	struct npv_net *npvn = npv_pernet(sock_net(&nsk->sk));

	/* The room is reserved: nothing is allocated. */
	xa_store(&npvn->sessions, nsk->id, nsk, GFP_ATOMIC);
	sock_prot_inuse_add(sock_net(&nsk->sk), &npv_prot, 1);
	atomic_inc(&npvn->count);
	atomic_inc(&npvn->generation);
	NPV_INC(sock_net(&nsk->sk), SESSION_OPEN);
}

/**
 * npv_session_unpublish() - take a session out of the registry
 * @nsk: a session that npv_session_publish() took
 *
 * While the session has its stacks: they hold the namespace.
 *
 * Context: process. Those who found it before may still hold it.
 */
void npv_session_unpublish(struct npv_sock *nsk)
{
	struct npv_net *npvn = npv_pernet(sock_net(&nsk->sk));

	xa_erase(&npvn->sessions, nsk->id);
	sock_prot_inuse_add(sock_net(&nsk->sk), &npv_prot, -1);
	atomic_dec(&npvn->count);
	atomic_dec(&npvn->places);
	atomic_inc(&npvn->generation);
	NPV_INC(sock_net(&nsk->sk), SESSION_CLOSE);
}

/**
 * npv_session_free() - drop the socket's reference to a session
 * @nsk: a session without stacks, not published (any more)
 *
 * Context: process, session lock not held. The memory goes with the last reference.
 */
void npv_session_free(struct npv_sock *nsk)
{
	struct sock *sk = &nsk->sk;

	WARN_ON_ONCE(!list_empty(&nsk->stacks) || !list_empty(&nsk->retired));
	/* Who has found it meanwhile may look at its options. */
	lock_sock(sk);
	npv_sockopt_forget(nsk);
	release_sock(sk);
	sock_put(sk);
}

/**
 * npv_session_next() - the session with the lowest number from a given one on
 * @net: namespace
 * @id: in: lowest number; out: the session's
 *
 * Context: any.
 * Return: the session with a reference for npv_session_put(), or NULL if there
 * is none.
 */
struct npv_sock *npv_session_next(struct net *net, u64 *id)
{
	struct npv_net *npvn = npv_pernet(net);
	unsigned long index = *id;
	struct npv_sock *nsk;

	/* Sessions leave under this lock before their last reference goes. */
	xa_lock(&npvn->sessions);
	nsk = xa_find(&npvn->sessions, &index, ULONG_MAX, XA_PRESENT);
	if (nsk)
		sock_hold(&nsk->sk);
	xa_unlock(&npvn->sessions);

	*id = index;
	return nsk;
}

/**
 * npv_session_get() - the session of a number
 * @net: namespace
 * @id: its number
 *
 * Context: any.
 * Return: the session with a reference for npv_session_put(), or NULL if there
 * is none.
 */
struct npv_sock *npv_session_get(struct net *net, u64 id)
{
	struct npv_sock *nsk;
	u64 found = id;

	nsk = npv_session_next(net, &found);
	if (nsk && found != id) {
		npv_session_put(nsk);
		nsk = NULL;
	}

	return nsk;
}

/**
 * npv_session_state() - where a session is in its life
 * @nsk: the session
 *
 * Context: the session's or the main stack's lock held, or else the answer may
 * be old already.
 * Return: the state.
 */
enum npv_state npv_session_state(const struct npv_sock *nsk)
{
	const struct sock *sk = nsk->main ? npv_stack_sk(nsk->main) : NULL;

	/* Where a race has turned to the main stack, that tells. */
	if (READ_ONCE(nsk->race) &&
	    (!sk || inet_sk_state_load(sk) == TCP_CLOSE))
		return NPV_STATE_CONNECTING;
	if (nsk->native)
		sk = &nsk->sk;
	if (!sk)
		return NPV_STATE_CLOSED;

	switch (inet_sk_state_load(sk)) {
	case TCP_ESTABLISHED:
		return NPV_STATE_ESTABLISHED;
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
	case TCP_NEW_SYN_RECV:
		return NPV_STATE_CONNECTING;
	case TCP_LISTEN:
		return NPV_STATE_LISTENING;
	case TCP_CLOSE:
		return sk->sk_type == SOCK_DGRAM && inet_sk(sk)->inet_num ?
		       NPV_STATE_LISTENING : NPV_STATE_CLOSED;
	default:
		return NPV_STATE_CLOSING;
	}
}

/**
 * npv_session_plain() - decide that a session speaks to ordinary peers
 * @nsk: the session
 *
 * Context: any.
 */
void npv_session_plain(struct npv_sock *nsk)
{
	WRITE_ONCE(nsk->kind, NPV_KIND_PLAIN);
	if (nsk->reason == NPV_REASON_NONE)
		WRITE_ONCE(nsk->reason, NPV_REASON_PLAIN_ONLY);
}

/**
 * npv_session_connecting() - a connect() starts
 * @nsk: the session
 * @candidates: number of addresses it has
 *
 * Context: session lock held.
 */
void npv_session_connecting(struct npv_sock *nsk, u32 candidates)
{
	nsk->candidates = candidates;
	nsk->attempts = 1;
	nsk->connect_us = 0;
	nsk->err = 0;
	nsk->connect_start = ktime_get();
	npv_session_plain(nsk);

	clear_bit(NPV_SF_HASTY, &nsk->flags);
	set_bit(NPV_SF_CONNECTING, &nsk->flags);
	NPV_INC(sock_net(&nsk->sk), CONNECT_START);
	trace_npv_session_state(nsk, NPV_STATE_CONNECTING, 0);
}

/**
 * npv_session_connected() - a connect() succeeded; counts and tells it once
 * @nsk: the session
 *
 * Context: any, the main stack's lock held, or the session's.
 */
void npv_session_connected(struct npv_sock *nsk)
{
	if (!test_and_clear_bit(NPV_SF_CONNECTING, &nsk->flags))
		return;

	WRITE_ONCE(nsk->connect_us,
		   max_t(s64, ktime_us_delta(ktime_get(), nsk->connect_start),
			 1));
	NPV_INC(sock_net(&nsk->sk), CONNECT_OK);
	npv_session_up(nsk);
	npv_assoc_kick(nsk);
}

/**
 * npv_session_connect_failed() - a connect() failed; counts it once
 * @nsk: the session
 * @err: positive errno
 *
 * Context: any.
 */
void npv_session_connect_failed(struct npv_sock *nsk, int err)
{
	if (!test_and_clear_bit(NPV_SF_CONNECTING, &nsk->flags))
		return;

	WRITE_ONCE(nsk->err, err);
	NPV_INC(sock_net(&nsk->sk), CONNECT_FAIL);
	trace_npv_session_state(nsk, NPV_STATE_CLOSED, err);
	npv_event_session(nsk, NPV_CMD_SESSION_CHANGE_NTF);
	npv_assoc_kick(nsk);
}

/**
 * npv_session_up() - a session was established, or began to listen
 * @nsk: the session
 *
 * What was up already has changed: another peer of a datagram socket, another
 * backlog.
 *
 * Context: any; of a native session, session lock held.
 */
void npv_session_up(struct npv_sock *nsk)
{
	trace_npv_session_state(nsk, npv_session_state(nsk), 0);
	if (test_and_set_bit(NPV_SF_UP, &nsk->flags)) {
		npv_event_session(nsk, NPV_CMD_SESSION_CHANGE_NTF);
		return;
	}

	npv_event_session(nsk, NPV_CMD_SESSION_UP_NTF);
	if (nsk->native)
		npv_stacks_told(nsk->native);
	else
		npv_event_stack(nsk->main, NPV_CMD_STACK_UP_NTF);
}

/**
 * npv_session_down() - a session ended; tells it once
 * @nsk: the session
 * @err: positive errno that ended it, 0 if it was closed in order
 *
 * Context: any.
 */
void npv_session_down(struct npv_sock *nsk, int err)
{
	if (!test_and_clear_bit(NPV_SF_UP, &nsk->flags))
		return;

	WRITE_ONCE(nsk->err, err);
	if (err)
		NPV_INC(sock_net(&nsk->sk), SESSION_RESET);
	trace_npv_session_state(nsk, NPV_STATE_CLOSED, err);
	if (!nsk->native)
		npv_event_stack(nsk->main, NPV_CMD_STACK_DOWN_NTF);
	npv_event_session(nsk, NPV_CMD_SESSION_DOWN_NTF);
	npv_assoc_kick(nsk);
}

/**
 * npv_session_local() - local address of a session
 * @nsk: the session
 * @port: set to the port, network byte order, 0 if none
 *
 * Context: any; session lock held, or a callback of its main stack.
 * Return: the address, IPv4 as ::ffff:a.b.c.d. Of a native session, where its
 * first stack began.
 */
struct in6_addr npv_session_local(const struct npv_sock *nsk, __be16 *port)
{
	if (!nsk->native)
		return npv_stack_local(npv_stack_sk(nsk->main), port);
	*port = nsk->native->local_port;
	return nsk->native->local;
}

/**
 * npv_session_remote() - address of a session's peer
 * @nsk: the session
 * @port: set to the port, network byte order, 0 if there is no peer
 *
 * Context: as npv_session_local().
 * Return: the address, IPv4 as ::ffff:a.b.c.d.
 */
struct in6_addr npv_session_remote(const struct npv_sock *nsk, __be16 *port)
{
	if (!nsk->native)
		return npv_stack_remote(npv_stack_sk(nsk->main), port);
	*port = nsk->native->remote_port;
	return nsk->native->remote;
}

/**
 * npv_session_stacks() - how many stacks a session has
 * @nsk: the session
 *
 * Context: any.
 * Return: the number.
 */
u32 npv_session_stacks(const struct npv_sock *nsk)
{
	return nsk->native ? READ_ONCE(nsk->native->n_stacks) :
			     1 + READ_ONCE(nsk->extra);
}

/**
 * npv_session_set_keepalive() - how long UDP stacks of a session may be silent
 * @nsk: the session; any
 * @seconds: after so many something is sent; 0: nothing is
 *
 * Context: process, session lock not held.
 */
void npv_session_set_keepalive(struct npv_sock *nsk, u16 seconds)
{
	lock_sock(&nsk->sk);
	WRITE_ONCE(nsk->keepalive, seconds);
	if (npv_decision_of(nsk))
		npv_decision_stated(nsk);
	if (nsk->native)
		npv_native_keepalive(nsk->native);
	release_sock(&nsk->sk);
}

/**
 * npv_session_info() - what NPV_INFO tells
 * @nsk: the session
 * @info: filled in
 *
 * Context: process, session lock held.
 */
void npv_session_info(struct npv_sock *nsk, struct npv_info *info)
{
	memset(info, 0, sizeof(*info));
	info->npvi_id = nsk->id;
	info->npvi_kind = nsk->kind;
	info->npvi_state = npv_session_state(nsk);
	info->npvi_reason = nsk->reason;
	info->npvi_name_family = nsk->name_family;
	info->npvi_stacks = npv_session_stacks(nsk);
	info->npvi_candidates = nsk->candidates;
	info->npvi_attempts = nsk->attempts;
	info->npvi_connect_us = READ_ONCE(nsk->connect_us);
	info->npvi_local = npv_session_local(nsk, &info->npvi_port_local);
	info->npvi_remote = npv_session_remote(nsk, &info->npvi_port_remote);
	if (npv_decision_of(nsk)) {
		info->npvi_rule = npv_decision_of(nsk)->rule;
		strscpy(info->npvi_profile, npv_decision_of(nsk)->profile->name,
			sizeof(info->npvi_profile));
	}
	if (nsk->native)
		return;
	if (ipv6_addr_type(&info->npvi_remote) & IPV6_ADDR_LINKLOCAL ||
	    ipv6_addr_type(&info->npvi_local) & IPV6_ADDR_LINKLOCAL)
		info->npvi_scope_id =
			READ_ONCE(npv_stack_sk(nsk->main)->sk_bound_dev_if);
}

/**
 * npv_session_init() - make ready for sessions
 *
 * Context: module init.
 * Return: 0 or -ENOBUFS.
 */
int __init npv_session_init(void)
{
	npv_prot.enter_memory_pressure = tcp_prot.enter_memory_pressure;
	npv_prot.leave_memory_pressure = tcp_prot.leave_memory_pressure;
	npv_prot.sockets_allocated = tcp_prot.sockets_allocated;
	npv_prot.memory_allocated = tcp_prot.memory_allocated;
	npv_prot.per_cpu_fw_alloc = tcp_prot.per_cpu_fw_alloc;
	npv_prot.memory_pressure = tcp_prot.memory_pressure;
	npv_prot.sysctl_mem = tcp_prot.sysctl_mem;
	npv_prot.sysctl_wmem_offset = tcp_prot.sysctl_wmem_offset;
	npv_prot.sysctl_rmem_offset = tcp_prot.sysctl_rmem_offset;

	return proto_register(&npv_prot, 1);
}

/** npv_session_exit() - undo npv_session_init() */
void npv_session_exit(void)
{
	proto_unregister(&npv_prot);
}
