/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_NATIVE_H
#define _NPV_NATIVE_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/sockptr.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include <net/net_trackers.h>

#include "frame.h"
#include "keepalive.h"
#include "record.h"
#include "recvq.h"
#include "sendq.h"

struct netlink_ext_ack;
struct npv_datagrams;
struct npv_planned;
struct npv_sched_ops;
struct npv_sock;
struct npv_stack;
struct npv_subflow;
struct proto_ops;
struct socket;

/* Stacks that one session may have at a time */
#define NPV_STACKS_MAX		8
/* Addresses of the peer that a session knows */
#define NPV_REMOTES_MAX		16
/* Pairs of addresses of which a session remembers that they failed */
#define NPV_PAIRS_FAILED	8
/* What an acceptor grants before it has said so, bytes */
#define NPV_EDGE_FIRST		65536
/* Data is acknowledged after so long at the latest, milliseconds */
#define NPV_ACK_DELAY_MS	40
/* ... or after so many bytes */
#define NPV_ACK_BYTES		(512 * 1024)
/* Half-done ends of sessions whose program is gone are given up after this */
#define NPV_ORPHAN_TIMEOUT	(60 * HZ)

/* Bits of npv_native.flags; atomic bit operations */
enum {
	/* HELLO came from the peer: this side accepted the session. */
	NPV_NF_SERVER,
	/* WELCOME has come: id, keys and edge of the peer are known. */
	NPV_NF_WELCOMED,
	/* A system call or the work runs and will look at the masks. */
	NPV_NF_BUSY,
	/* The timer ran out. */
	NPV_NF_TIMER,
	/* Addresses, links or routes changed, or a stack came or went. */
	NPV_NF_COMPOSE,
	/* Addresses or links did: what failed may work now. */
	NPV_NF_CHANGED,
	/* The program's socket is gone. */
	NPV_NF_ORPHAN,
	/* CLOSE was sent or received, or all is done. */
	NPV_NF_DEAD,
	/* An ACK is to be sent as soon as a stack can take it. */
	NPV_NF_ACK_NOW,
	/* The program wants to write, and was told that it can't. */
	NPV_NF_NOSPACE,
	/* Both sides have all; the stacks are being closed. */
	NPV_NF_FINISHED,
	/* REFUSE came instead of WELCOME. */
	NPV_NF_REFUSED,
	/* Data may have come of which the program has not been told. */
	NPV_NF_UNTOLD,
	/* HELLO waits for the first bytes, to go with them. */
	NPV_NF_HELD,
	/* SOURCE is to be sent. */
	NPV_NF_SOURCE,
	/* The program has stated something else, or an operator has. */
	NPV_NF_RESTATED,
	/* An operator wants it to keep its profile and its stacks. */
	NPV_NF_PINNED,
	/* An operator has chosen its scheduler. */
	NPV_NF_SCHED_FIXED,
};

/**
 * struct npv_remote - an address at which the peer says it can be reached
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @port: NPV port there, network byte order
 * @id: what the peer calls it; 0: the program named it
 * @gone: the peer has taken it back. Where no stack is left it can't say that it is
 *	there again, so it is tried when nothing else works.
 */
struct npv_remote {
	struct in6_addr addr;
	__be16 port;
	u8 id;
	bool gone;
};

/**
 * struct npv_pair_failed - addresses between which no stack could be had
 * @local: our address
 * @remote: the peer's
 * @until: don't try again before, jiffies
 * @times: in a row
 * @forbidden: an operator took a stack away: not while another works
 */
struct npv_pair_failed {
	struct in6_addr local;
	struct in6_addr remote;
	unsigned long until;
	u32 times;
	bool forbidden;
};

/**
 * struct npv_native - what a session is when its peer speaks NPV
 * @nsk: the session
 * @node: in npv_net.natives by @id, RCU; npv_net.natives_lock
 * @sched: scheduler
 * @sched_data: what that keeps for the session
 * @slot: its stacks; the place is the bit in all masks. Session lock.
 * @rx_mask: stacks on which something came. Atomic.
 * @tx_mask: stacks that can take data again. Atomic.
 * @dead_mask: stacks whose state changed. Atomic.
 * @flags: NPV_NF_*
 * @waiters: tasks asleep in system calls, who will look at the masks
 * @readers: those of them who read what comes
 * @several: more than one stack may carry data. Session lock.
 * @inq: TCP_INQ: recvmsg() tells how much is left. Session lock.
 * @keepalive: what is wanted of UDP stacks that are quiet. Session lock.
 * @slots: places of @slot that are taken. Session lock.
 * @n_stacks: number of stacks, those included that are joining
 * @frag: memory for what TCP has no room for. Session lock.
 * @sendq: what was sent. Session lock, as all that follows.
 * @recvq: what was received
 * @edge: how far we have let the peer send
 * @edge_sent: how far the peer knows that
 * @ack_sent: how far the peer knows what we have
 * @rcvwin: size of the receive window, bytes
 * @win_start: when the measurement for @rcvwin began, microseconds
 * @win_copied: bytes read by then
 * @told: how far the session's work has told the program of payload
 * @last_rx: slot that data came on last
 * @record: where a session of sequenced packets is
 * @datagrams: of a session that carries datagrams, else NULL
 * @fin: memory for the end of the stream, until that is sent
 * @fin_sent: it is in @sendq
 * @destroyed: npv_native_destroy() was there
 * @refusal: enum npv_refusal that came instead of WELCOME
 * @id: number by which the peer's stacks find this session
 * @peer_id: that of the peer's
 * @key: of who asked, and of who answered; in this order the key of MACs
 * @local: local address of the first stack, IPv4 as ::ffff:a.b.c.d
 * @remote: remote address of the first stack
 * @local_port: port that the program is told
 * @remote_port: that of the peer
 * @npv_port: the peer's NPV port
 * @remotes: where the peer can be reached
 * @n_remotes: number of them
 * @room_remotes: for how many there is memory, NPV_REMOTES_MAX at most
 * @announced: our addresses that the peer was told, NULL if none
 * @n_announced: number of them
 * @announced_by: slot of the stack on which it was told
 * @announced_most: the largest number of them that ever was told
 * @failed: pairs of addresses that could not be joined lately, NPV_PAIRS_FAILED; NULL
 *	if there was none yet
 * @planned: the plan that its stacks are composed by, NULL: none yet
 * @pinned_stacks: stacks that it had when an operator pinned it
 * @copies: stacks that the scheduler "redundant" gives each piece; 0: all
 * @next_stack: number for the next stack
 * @udp_joined: the highest number of a stack that has joined over UDP, and a bit for
 *	each of the 64 up to it: none joins a second time
 * @joins_failed: joins that failed in a row
 * @status_number: of the last STATUS sent
 * @lost_since: when the last stack was lost, jiffies; 0 if there is one
 * @reinject_bytes: bytes sent again, since the session began
 * @dup_bytes: bytes that came twice
 * @compose_at: when to try composition again, jiffies
 * @close_at: when an orphan is given up, jiffies
 * @close_una: what was acknowledged when @close_at was set
 * @join_at: when a stack that is joining is to be given up, jiffies; 0 never
 * @ack_at: when an ACK is due, jiffies; 0 if none is
 * @monitor_at: when to look at the stacks' progress, jiffies; 0 never
 * @work: does what needs a process and no program is there to do
 * @timer: kicks @work
 * @ns_tracker: of the reference to the namespace
 */
struct npv_native {
	struct npv_sock *nsk;
	struct hlist_node node;
	const struct npv_sched_ops *sched;
	void *sched_data;

	struct npv_subflow *slot[NPV_STACKS_MAX];
	unsigned long rx_mask;
	unsigned long tx_mask;
	unsigned long dead_mask;
	unsigned long flags;
	atomic_t waiters;
	atomic_t readers;
	bool several;
	bool inq;
	struct npv_keepalive_set keepalive;
	u32 n_stacks;
	unsigned long slots;
	struct page_frag frag;

	struct npv_sendq sendq;
	struct npv_recvq recvq;
	u64 edge;
	u64 edge_sent;
	u64 ack_sent;
	u64 rcvwin;
	u64 win_start;
	u64 win_copied;
	u64 told;
	u8 last_rx;
	struct npv_record record;
	struct npv_datagrams *datagrams;

	struct npv_chunk *fin;
	bool fin_sent;
	bool destroyed;
	u8 refusal;

	u64 id;
	u64 peer_id;
	u8 key[2][NPV_KEY_LEN];

	struct in6_addr local;
	struct in6_addr remote;
	__be16 local_port;
	__be16 remote_port;
	__be16 npv_port;
	struct npv_remote *remotes;
	unsigned int n_remotes;
	unsigned int room_remotes;

	void *announced;
	unsigned int n_announced;
	u8 announced_by;
	u8 announced_most;
	struct npv_pair_failed *failed;
	struct npv_planned *planned;
	u8 pinned_stacks;
	u8 copies;

	u32 next_stack;
	struct {
		u32 highest;
		u64 bits;
	} udp_joined;
	u32 joins_failed;
	u32 status_number;
	unsigned long lost_since;
	u64 reinject_bytes;
	u64 dup_bytes;

	unsigned long compose_at;
	unsigned long close_at;
	u64 close_una;
	unsigned long join_at;
	unsigned long ack_at;
	unsigned long monitor_at;
	struct work_struct work;
	struct timer_list timer;
	netns_tracker ns_tracker;
};

/* Readers have no lock: inet_sk_state_load(). */
static inline void npv_native_set_state(struct sock *sk, int state)
{
	/* Pairs with inet_sk_state_load(). */
	smp_store_release(&sk->sk_state, state);
}

int npv_native_init(void);
void npv_native_exit(void);
void npv_native_run_init(struct npv_native *nat);

struct npv_native *npv_native_alloc(struct npv_sock *nsk, gfp_t gfp);
void npv_native_free(struct npv_native *nat);
void npv_native_start(struct npv_native *nat);
struct npv_native *npv_native_get(struct net *net, u64 id);

void npv_native_kick(struct npv_native *nat);
void npv_native_timer(struct npv_native *nat, unsigned long at);
void npv_native_acquire(struct npv_native *nat);
void npv_native_release_lock(struct npv_native *nat);
long npv_native_wait(struct npv_native *nat, long timeo, bool reader);
void npv_native_wake(struct npv_native *nat);
void npv_native_run(struct npv_native *nat);
void npv_native_look(struct npv_native *nat);
void npv_native_leave(struct npv_native *nat);
void npv_native_hold(struct npv_native *nat);
void npv_native_unhold(struct npv_native *nat, bool sent);

u64 npv_native_send_room(const struct npv_native *nat);
u8 npv_native_send_flags(const struct npv_native *nat, u64 room, size_t len);
void npv_native_want_room(struct npv_native *nat);
bool npv_native_writable(struct npv_native *nat);
bool npv_native_looks(struct npv_native *nat);
void npv_native_looked(struct npv_native *nat, bool untold);
int npv_native_refuses(struct sock *sk, long timeo);
u64 npv_native_readable(const struct npv_native *nat);

void npv_native_send_fin(struct npv_native *nat);
void npv_native_shutdown_send(struct npv_native *nat);
bool npv_native_orphan_done(const struct npv_native *nat);
void npv_native_error(struct npv_native *nat, int err);
void npv_native_close(struct npv_native *nat, enum npv_close_reason reason,
		      int err);
void npv_native_orphan(struct npv_native *nat, bool abort);
void npv_native_abandon(struct npv_native *nat);
void npv_native_destroy(struct npv_native *nat);

int npv_native_stack_add(struct npv_sock *nsk, const struct in6_addr *local,
			 const struct in6_addr *remote, int ifindex,
			 int protocol, bool backup,
			 struct netlink_ext_ack *extack);
int npv_native_stack_del(struct npv_sock *nsk, u32 id,
			 struct netlink_ext_ack *extack);
int npv_native_stack_set(struct npv_sock *nsk, u32 id, int weight, int status,
			 struct netlink_ext_ack *extack);
int npv_native_set_scheduler(struct npv_sock *nsk, const char *name, bool fixed,
			     struct netlink_ext_ack *extack);
int npv_native_set_pinned(struct npv_sock *nsk, bool pinned,
			  struct netlink_ext_ack *extack);
int npv_native_set_profile(struct npv_sock *nsk, const char *name,
			   struct netlink_ext_ack *extack);

struct socket *npv_native_first(const struct npv_native *nat);
void npv_native_keepalive(struct npv_native *nat);
void npv_native_pace(struct npv_native *nat);
int npv_native_setsockopt(struct socket *sock, int level, int name,
			  sockptr_t optval, unsigned int optlen);
int npv_native_getsockopt(struct socket *sock, int level, int name,
			  char __user *optval, int __user *optlen);

extern const struct proto_ops npv_native_ops;
extern struct workqueue_struct *npv_native_wq;

#endif /* _NPV_NATIVE_H */
