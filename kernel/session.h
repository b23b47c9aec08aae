/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_SESSION_H
#define _NPV_SESSION_H

#include <linux/fs.h>
#include <linux/in6.h>
#include <linux/list.h>
#include <linux/net.h>
#include <linux/sched.h>
#include <net/sock.h>

#include "../uapi/linux/npv.h"
#include "../uapi/linux/npv_netlink.h"

struct cgroup;
struct npv_assoc;
struct npv_assocs;
struct npv_decision;
struct npv_info;
struct npv_listen;
struct npv_native;
struct npv_race;
struct npv_stack;
struct npv_stated;
struct npv_verdict;

/* Bits of npv_sock.flags */
enum {
	/*
	 * The program asked for AF_INET or AF_INET6 by name (NPV_PROTO): its
	 * addresses go to the stack as they are, with that family's errors.
	 */
	NPV_SF_STRICT,
	/* A connect() is being counted; who clears it counts the outcome. */
	NPV_SF_CONNECTING,
	/* The session was told to be up, and not yet to be down. */
	NPV_SF_UP,
	/* No further stack can be made like the main one: no races, no twin. */
	NPV_SF_PINNED,
	/* It was made by accept(): no options are remembered. */
	NPV_SF_ACCEPTED,
	/* The host has no IPv6: the main stack is IPv4's. */
	NPV_SF_NO_IPV6,
	/* The peer's address could not be told; counted once. */
	NPV_SF_FOREIGN,
	/* HELLO was given up, and nobody knew how long a round trip takes. */
	NPV_SF_HASTY,
	/* It carries the datagrams of another session's socket. */
	NPV_SF_DATAGRAMS,
	/* A datagram socket: its program has bound it to a port. */
	NPV_SF_BOUND,
	/* ... and was seen to wait before it sent, or the other way round. */
	NPV_SF_WAITED,
	/* ... and wants of it what UDP alone can do. */
	NPV_SF_UDP_ONLY,
	/* A datagram socket whose program was told that there is no room. */
	NPV_SF_FULL,
	/* policy has bound its main stack, for a connect() */
	NPV_SF_STEERED,
};

/**
 * struct npv_sock - a session: what one AF_NPV socket has with one peer
 * @sk: first; its lock is the session's lock
 * @id: number in its namespace
 * @sock: the program's socket; NULL once released. Session lock.
 * @base: socket operations of the main stack. Written under the session lock,
 *	read with npv_session_base().
 * @race: attempts under way, NULL if none. Written under the session lock, read
 *	with npv_session_racing().
 * @race_done: the last race, over but with its work item perhaps still to run.
 *	Session lock.
 * @stacks: all struct npv_stack, the main one first. Session lock.
 * @main: the stack whose sk is @sock->sk. Set when the session is made; NULL of
 *	a native session that was accepted. Of one that connected it is the
 *	closed one that the socket had before, or NULL after npv_stack_reap().
 * @native: what it is when the peer speaks NPV, else NULL. Written under the
 *	session lock, before @sock->sk is changed.
 * @listen: where native sessions find it if it listens, else NULL
 * @assocs: sessions that carry its datagrams, NULL if there never was one; stays
 * @assoc: of a session that carries datagrams: for whom. RCU.
 * @quiet_until: no peer is asked for a session that carries datagrams before, jiffies;
 *	0: any may be
 * @accept_node: in npv_listen.queue while it waits to be accepted
 * @retired: struct npv_stack that were main once. Session lock.
 * @options: struct npv_option, in the order they were set. Session lock.
 * @flags: NPV_SF_*, atomic bit operations
 * @kind: enum npv_kind
 * @reason: enum npv_reason
 * @name_family: family to return names in
 * @name_fixed: that is settled
 * @n_retired: number of them. Session lock.
 * @extra: number of stacks beside the main one. Read with READ_ONCE().
 * @next_stack: number for the next stack. Session lock.
 * @candidates: addresses that the last connect() had
 * @attempts: attempts that it started
 * @connect_us: microseconds that it took, 0 if it hasn't succeeded
 * @err: positive errno that ended the session, or its last connect()
 * @connect_start: when connect() was called
 * @born: when the session was made
 * @ino: inode of @sock
 * @comm: name of the program that made it
 * @sched: scheduler that a native session is to have, empty: the default one.
 *	Session lock.
 * @policy_seen: number of the policy that it was decided by. Session lock.
 * @rule_seen: serial number of the rule that has decided for it last, 0: none has.
 *	Session lock.
 * @gid: effective group of the program that made it
 * @cgroup: its control group, NULL if there is none; holds a reference
 * @keepalive: NPV_KEEPALIVE, seconds; 0: none. Written under the session lock.
 * @stated: what its program has said that it needs, NULL: nothing yet; stays. Written
 *	under the session lock, read with npv_stated_of() without it.
 * @verdict: where that is remembered for others, NULL: nowhere; holds a reference.
 *	Session lock.
 * @decision: what policy has decided for it, NULL: nothing. Written under the session
 *	lock, read with npv_decision_of() or by RCU.
 * @capacity: enum npv_capacity that its stacks are marked for. Session lock.
 * @temporary: enum npv_preference of temporary addresses that they have. Session lock.
 *
 * The lock order is lock_sock(session) -> npv_net.twins_lock ->
 * lock_sock(stack) -> sk_callback_lock -> npv_peers.lock. Callbacks of a stack
 * come with the stack's lock held and never take the session's. npv_probes.lock is
 * taken with at most a session's lock held, and outside of the last two.
 *
 * While a session is plain, @sock->sk is the main stack's own sock: the calls
 * of the program go straight through, and everything the socket layer does by
 * itself (SOL_SOCKET, SIGIO, busy polling) meets the real TCP or UDP socket.
 */
struct npv_sock {
	struct sock sk;

	u64 id;
	struct socket *sock;
	const struct proto_ops *base;
	struct npv_race *race;
	struct npv_race *race_done;

	struct list_head stacks;
	struct npv_stack *main;
	struct npv_native *native;
	struct npv_listen *listen;
	struct npv_assocs *assocs;
	struct npv_assoc __rcu *assoc;
	unsigned long quiet_until;
	struct list_head accept_node;
	struct list_head retired;
	struct list_head options;

	unsigned long flags;
	u8 kind;
	u8 reason;
	sa_family_t name_family;
	bool name_fixed;

	unsigned int n_retired;
	unsigned int extra;
	u32 next_stack;

	u32 candidates;
	u32 attempts;
	u32 connect_us;
	u32 err;
	ktime_t connect_start;
	ktime_t born;
	unsigned long ino;
	char comm[TASK_COMM_LEN];
	char sched[NPV_SCHEDULER_MAX];
	u16 keepalive;

	struct npv_stated *stated;
	struct npv_decision __rcu *decision;
	struct npv_verdict *verdict;
	u32 policy_seen;
	u64 rule_seen;
	kgid_t gid;
	struct cgroup *cgroup;
	u8 capacity;
	u8 temporary;
};

#define npv_sk(ptr) container_of_const(ptr, struct npv_sock, sk)

/*
 * The session of a program's socket. sock->sk is its stack's, so the socket's
 * inode keeps the way to it. NULL for a socket that accept() gave up on.
 */
static inline struct npv_sock *npv_session_of(const struct socket *sock)
{
	return SOCK_INODE((struct socket *)sock)->i_private;
}

/*
 * Whether attempts are under way. Where not, sock->sk read after this is the
 * stack that won.
 */
static inline bool npv_session_racing(struct npv_sock *nsk)
{
	/* Pairs with the release in race_end(). */
	return unlikely(smp_load_acquire(&nsk->race));
}

/*
 * The operations of the main stack. sock->sk read after this is the one that
 * they are made for.
 */
static inline const struct proto_ops *
npv_session_base(const struct npv_sock *nsk)
{
	/* Pairs with the release in npv_stack_promote(). */
	return smp_load_acquire(&nsk->base);
}

/* The type of socket that both ends of a session have: enum npv_frame_socktype */
static inline u8 npv_session_socktype(const struct npv_sock *nsk)
{
	return test_bit(NPV_SF_DATAGRAMS, &nsk->flags) ? SOCK_DGRAM : nsk->sk.sk_type;
}

int npv_session_init(void);
void npv_session_exit(void);

struct npv_sock *npv_session_alloc(struct net *net, struct socket *sock);
int npv_session_reserve(struct npv_sock *nsk);
void npv_session_unreserve(struct npv_sock *nsk);
void npv_session_publish(struct npv_sock *nsk);
void npv_session_unpublish(struct npv_sock *nsk);
void npv_session_free(struct npv_sock *nsk);
void npv_session_inherit(struct npv_sock *nsk, struct npv_sock *listener);
void npv_session_adopt(struct npv_sock *nsk, struct socket *sock);
struct npv_sock *npv_session_get(struct net *net, u64 id);
struct npv_sock *npv_session_next(struct net *net, u64 *id);
static inline void npv_session_put(struct npv_sock *nsk)
{
	sock_put(&nsk->sk);
}

enum npv_state npv_session_state(const struct npv_sock *nsk);
void npv_session_plain(struct npv_sock *nsk);
void npv_session_connecting(struct npv_sock *nsk, u32 candidates);
void npv_session_connected(struct npv_sock *nsk);
void npv_session_connect_failed(struct npv_sock *nsk, int err);
void npv_session_up(struct npv_sock *nsk);
void npv_session_down(struct npv_sock *nsk, int err);
struct in6_addr npv_session_local(const struct npv_sock *nsk, __be16 *port);
struct in6_addr npv_session_remote(const struct npv_sock *nsk, __be16 *port);
u32 npv_session_stacks(const struct npv_sock *nsk);
void npv_session_set_keepalive(struct npv_sock *nsk, u16 seconds);
void npv_session_info(struct npv_sock *nsk, struct npv_info *info);

#endif /* _NPV_SESSION_H */
