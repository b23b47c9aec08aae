/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libnpv: reading and controlling AF_NPV over generic netlink.
 *
 *	struct npv *npv = npv_open();
 *
 *	if (!npv)
 *		errx(1, "%s", npv_strerror(NULL));
 *	if (npv_session_dump(npv, print_session, NULL) < 0)
 *		errx(1, "%s", npv_strerror(npv));
 *	npv_close(npv);
 *
 * Everything concerns the network namespace that the calling thread was in at
 * npv_open(). A handle belongs to one thread at a time. Functions that return
 * int return a negative value upon failure, with errno set and a sentence in
 * npv_strerror().
 *
 * Results come as structs handed to a callback, valid until it returns. They
 * grow at the end only, are never allocated by the caller, and say in @has
 * which members the kernel has told: the others are zero.
 */
#ifndef LIBNPV_H
#define LIBNPV_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include <linux/npv_netlink.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct npv - a handle; opaque */
struct npv;

/**
 * NPV_HAS() - whether the kernel told a member of a result
 * @result: pointer to one of the structs below
 * @attr: name of the attribute without NPV_A_, as SESSION_COMM
 *
 * Addresses have one attribute for each family; ask for the port, which comes
 * together with them, or look at npv_endpoint.family.
 */
#define NPV_HAS(result, attr)	(!!((result)->has & (1ULL << NPV_A_##attr)))

/**
 * struct npv_endpoint - an address and a port
 * @family: AF_INET, AF_INET6, or 0 where there is no address
 * @port: in host byte order
 * @v4: address if @family is AF_INET
 * @v6: address if @family is AF_INET6
 */
struct npv_endpoint {
	uint16_t family;
	uint16_t port;
	union {
		struct in_addr	v4;
		struct in6_addr	v6;
	};
};

/** NPV_FEATURES_MAX - room for names in struct npv_module */
#define NPV_FEATURES_MAX	32

/**
 * struct npv_module - what the module is
 * @has: see NPV_HAS(), attributes INFO_*
 * @family: address family to give to socket()
 * @sessions: number of sessions in the namespace
 * @version: version of the module
 * @feature_count: number of entries in @features
 * @features: names of what this module can do
 */
struct npv_module {
	uint64_t has;
	uint32_t family;
	uint32_t sessions;
	char	 version[64];
	uint32_t feature_count;
	char	 features[NPV_FEATURES_MAX][32];
};

/**
 * struct npv_session - a session
 * @has: see NPV_HAS(), attributes SESSION_*
 * @id: number, never used twice in a boot
 * @inode: inode of the socket, as in /proc/PID/fd
 * @age_ms: milliseconds since the socket was opened or accepted
 * @type: enum npv_socket_type
 * @kind: enum npv_kind
 * @state: enum npv_state
 * @reason: enum npv_reason: why it is of that kind
 * @uid: owner, in the user namespace of the reader
 * @name_family: address family in which the program is told names
 * @stacks: number of stacks
 * @candidates: addresses that the last connect() had to choose from
 * @attempts: connection attempts that the last connect() started
 * @connect_us: microseconds from connect() to established
 * @error: positive errno that ended the session or its last connect(), or 0
 * @local: where it starts from
 * @remote: true address of the peer
 * @comm: name of the program; anything may be in it
 *
 * Of native sessions only:
 * @scheduler: name of the scheduler
 * @bytes_sent: payload bytes that the program has sent
 * @bytes_acked: payload bytes of them that the peer's session has
 * @bytes_received: payload bytes that came, in order and once
 * @sndq: bytes kept until the peer's session acknowledges them
 * @rcvq: bytes that the program can read now
 * @ooo_queue: bytes that wait for earlier ones
 * @snd_window: bytes that the peer would take now
 * @rcv_window: size of the receive window in bytes
 * @reinjected: payload bytes sent again on another stack
 * @duplicates: payload bytes that came more than once
 * @native_id: number by which the peer's stacks find the session
 * @native_peer_id: number of the session at the peer, 0 until it has answered
 * @npv_port: the peer's NPV port, in host byte order
 * @remotes: addresses at which the peer can be reached
 */
struct npv_session {
	uint64_t has;
	uint64_t id;
	uint64_t inode;
	uint64_t age_ms;
	uint32_t type;
	uint32_t kind;
	uint32_t state;
	uint32_t reason;
	uint32_t uid;
	uint32_t name_family;
	uint32_t stacks;
	uint32_t candidates;
	uint32_t attempts;
	uint32_t connect_us;
	uint32_t error;
	struct npv_endpoint local;
	struct npv_endpoint remote;
	char	 comm[32];
	char	 scheduler[32];
	uint64_t bytes_sent;
	uint64_t bytes_acked;
	uint64_t bytes_received;
	uint64_t sndq;
	uint64_t rcvq;
	uint64_t ooo_queue;
	uint64_t snd_window;
	uint64_t rcv_window;
	uint64_t reinjected;
	uint64_t duplicates;
	uint64_t native_id;
	uint64_t native_peer_id;
	uint32_t npv_port;
	uint32_t remotes;
};

/**
 * struct npv_stack - a communication stack of a session
 * @has: see NPV_HAS(), attributes STACK_*
 * @session_id: session that it belongs to
 * @bytes_sent: payload bytes sent, retransmissions included
 * @bytes_acked: payload bytes that the peer has acknowledged
 * @bytes_received: payload bytes received in order
 * @delivery_rate: most recent goodput in bytes per second
 * @id: number within the session
 * @transport: enum npv_transport
 * @network: enum npv_network
 * @tcp_state: enum npv_tcp_state
 * @ifindex: interface that it is bound to or routed over
 * @srtt_us: smoothed round-trip time in microseconds
 * @rttvar_us: its variation
 * @cwnd: congestion window in segments
 * @mss: maximum segment size in bytes
 * @retransmits: segments sent again
 * @rqueue: bytes received and not read; for a listener, sessions waiting
 * @wqueue: bytes written and not acknowledged; for a listener, the backlog
 * @local: local address
 * @remote: address of the peer
 * @congestion: name of the congestion control in use
 *
 * Of native sessions only:
 * @status: enum npv_stack_status: what it is used for
 * @weight: share that the scheduler "weighted" gives it
 * @backup: 1 if this side wants it to be used only where no other is left
 * @peer_backup: 1 if the peer wants that
 * @paused: 1 if this side wants it to carry no data
 * @peer_paused: 1 if the peer wants that
 * @error: positive errno that ended it, or 0
 * @payload_sent: payload bytes of the session given to it
 * @payload_received: payload bytes of the session that came on it
 * @reinjected: bytes of @payload_sent that another stack had owed
 */
struct npv_stack {
	uint64_t has;
	uint64_t session_id;
	uint64_t bytes_sent;
	uint64_t bytes_acked;
	uint64_t bytes_received;
	uint64_t delivery_rate;
	uint32_t id;
	uint32_t transport;
	uint32_t network;
	uint32_t tcp_state;
	uint32_t ifindex;
	uint32_t srtt_us;
	uint32_t rttvar_us;
	uint32_t cwnd;
	uint32_t mss;
	uint32_t retransmits;
	uint32_t rqueue;
	uint32_t wqueue;
	struct npv_endpoint local;
	struct npv_endpoint remote;
	char	 congestion[32];
	uint32_t status;
	uint32_t weight;
	uint32_t backup;
	uint32_t peer_backup;
	uint32_t paused;
	uint32_t peer_paused;
	uint32_t error;
	uint64_t payload_sent;
	uint64_t payload_received;
	uint64_t reinjected;
};

/**
 * struct npv_scheduler - what chooses the stacks of a native session
 * @has: see NPV_HAS(), attributes SCHEDULER_*
 * @is_default: 1 if sessions begin with it
 * @name: by which it is chosen
 */
struct npv_scheduler {
	uint64_t has;
	uint32_t is_default;
	char	 name[32];
};

/**
 * struct npv_peer - something that the peer cache remembers
 * @has: see NPV_HAS(), attributes PEER_*
 * @age_ms: milliseconds since it was learnt or set
 * @expires_ms: milliseconds until it will be forgotten
 * @kind: enum npv_kind: what speaks at the service
 * @reason: enum npv_reason: how that was learnt
 * @is_static: 1 if it was set over netlink, and does not expire
 * @verdict: enum npv_peer_verdict: how the last connect to the address went
 * @srtt_us: round-trip time seen then, in microseconds
 * @address: the address, and the port of the service, 0 for all
 *
 * It is of one of two sorts: a service, which has @kind, or an address, which
 * has @verdict.
 */
struct npv_peer {
	uint64_t has;
	uint64_t age_ms;
	uint64_t expires_ms;
	uint32_t kind;
	uint32_t reason;
	uint32_t is_static;
	uint32_t verdict;
	uint32_t srtt_us;
	struct npv_endpoint address;
};

/** NPV_STATS_MAX - room for counters in struct npv_stats */
#define NPV_STATS_MAX		96

/**
 * struct npv_stats - counters of the namespace
 * @has: whether @value was told, by the same number; there are more than the 64
 *	that NPV_HAS() can tell apart
 * @value: the counters, by attribute number (NPV_A_STATS_*)
 */
struct npv_stats {
	bool has[NPV_STATS_MAX];
	uint64_t value[NPV_STATS_MAX];
};

/**
 * struct npv_event - something that happened to a session or stack
 * @cmd: NPV_CMD_*_NTF
 * @session: the session, if it is about one, else NULL
 * @stack: the stack, if it is about one, else NULL
 */
struct npv_event {
	uint32_t cmd;
	const struct npv_session *session;
	const struct npv_stack *stack;
};

/* Callbacks. A negative value from one ends the call, which returns it. */
typedef int (*npv_module_cb)(const struct npv_module *module, void *data);
typedef int (*npv_session_cb)(const struct npv_session *session, void *data);
typedef int (*npv_stack_cb)(const struct npv_stack *stack, void *data);
typedef int (*npv_scheduler_cb)(const struct npv_scheduler *scheduler,
				void *data);
typedef int (*npv_peer_cb)(const struct npv_peer *peer, void *data);
typedef int (*npv_stats_cb)(const struct npv_stats *stats, void *data);
typedef int (*npv_event_cb)(const struct npv_event *event, void *data);

/**
 * NPV_INTERRUPTED - positive result of a dump: it may not be consistent
 *
 * Sessions came and went while the kernel wrote the dump, also when asked
 * again a few times. What was delivered is each true by itself, but an entry
 * may be missing.
 */
#define NPV_INTERRUPTED		1

/**
 * npv_open() - open a handle
 *
 * Return: NULL upon failure. errno is EAFNOSUPPORT where the module isn't
 * loaded (and the kernel could not load it).
 */
struct npv *npv_open(void);

/**
 * npv_close() - close a handle
 * @npv: handle or NULL
 */
void npv_close(struct npv *npv);

/**
 * npv_strerror() - say what went wrong last
 * @npv: handle, or NULL after a failed npv_open()
 *
 * Return: a sentence without a newline; the kernel's own (extended ACK) where
 * it gave one. Valid until the next call with @npv.
 */
const char *npv_strerror(const struct npv *npv);

/**
 * npv_info_get() - read what the module is
 * @npv: handle
 * @cb: called once
 * @data: for @cb
 */
int npv_info_get(struct npv *npv, npv_module_cb cb, void *data);

/**
 * npv_session_get() - read one session
 * @npv: handle
 * @id: its number
 * @cb: called once
 * @data: for @cb
 *
 * Return: negative and errno ENOENT if there is no such session.
 */
int npv_session_get(struct npv *npv, uint64_t id, npv_session_cb cb,
		    void *data);

/**
 * npv_session_dump() - read all sessions
 * @npv: handle
 * @cb: called for each, after the last has arrived from the kernel
 * @data: for @cb
 *
 * Return: 0, NPV_INTERRUPTED, or negative.
 */
int npv_session_dump(struct npv *npv, npv_session_cb cb, void *data);

/**
 * npv_session_del() - end a session at once
 * @npv: handle
 * @id: its number
 *
 * The program gets ECONNABORTED. Needs CAP_NET_ADMIN in the namespace.
 * Return: negative and errno ENOENT (no such session) or EPERM.
 */
int npv_session_del(struct npv *npv, uint64_t id);

/**
 * npv_stack_dump() - read the stacks of all sessions or of one
 * @npv: handle
 * @session_id: number of the session, 0 for all
 * @cb: called for each, after the last has arrived from the kernel
 * @data: for @cb
 *
 * Return: 0, NPV_INTERRUPTED, or negative.
 */
int npv_stack_dump(struct npv *npv, uint64_t session_id, npv_stack_cb cb,
		   void *data);

/**
 * npv_session_set_scheduler() - change what chooses the stacks of a session
 * @npv: handle
 * @id: number of a native session
 * @scheduler: name of the scheduler
 *
 * Needs CAP_NET_ADMIN in the namespace.
 * Return: negative and errno ENOENT (no such session, or scheduler), EOPNOTSUPP
 * (the session is plain), ENOTCONN (it has ended) or EPERM.
 */
int npv_session_set_scheduler(struct npv *npv, uint64_t id,
			      const char *scheduler);

/**
 * npv_stack_add() - have a native session get one more stack
 * @npv: handle
 * @session_id: number of a session that this side connected
 * @local: address to leave from, NULL or family 0: as routed
 * @remote: address of the peer, NULL or family 0: the first known one
 * @ifindex: interface to leave by, 0: as routed
 * @transport: enum npv_transport, -1: TCP
 * @backup: it is to be used only where no other is left
 *
 * Ports are not looked at. The stack is joined in the background: events tell
 * whether it came up. Needs CAP_NET_ADMIN in the namespace.
 * Return: negative and errno upon failure, among others ENOENT (no such session),
 * ENODEV (no such interface), EOPNOTSUPP (the session is plain, or was accepted),
 * ENOTCONN (it has ended), EADDRNOTAVAIL, ENOSPC (it has as many as it can).
 */
int npv_stack_add(struct npv *npv, uint64_t session_id,
		  const struct npv_endpoint *local,
		  const struct npv_endpoint *remote, uint32_t ifindex,
		  int transport, bool backup);

/**
 * npv_stack_del() - take a stack away from a native session
 * @npv: handle
 * @session_id: number of the session
 * @id: number of the stack within it
 *
 * What it owes goes elsewhere. Needs CAP_NET_ADMIN in the namespace.
 * Return: negative and errno as npv_session_set_scheduler().
 */
int npv_stack_del(struct npv *npv, uint64_t session_id, uint32_t id);

/**
 * npv_stack_set() - say how a stack of a native session is to be used
 * @npv: handle
 * @session_id: number of the session
 * @id: number of the stack within it
 * @weight: share that the scheduler "weighted" gives it, 1 to 1000; -1: as it is
 * @status: NPV_STACK_STATUS_ACTIVE, NPV_STACK_STATUS_BACKUP or
 *	NPV_STACK_STATUS_PAUSED; -1: as it is
 *
 * The peer is told. Needs CAP_NET_ADMIN in the namespace.
 * Return: negative and errno as npv_session_set_scheduler().
 */
int npv_stack_set(struct npv *npv, uint64_t session_id, uint32_t id, int weight,
		  int status);

/**
 * npv_scheduler_dump() - read what schedulers there are
 * @npv: handle
 * @cb: called for each, after the last has arrived from the kernel
 * @data: for @cb
 *
 * Return: 0 or negative.
 */
int npv_scheduler_dump(struct npv *npv, npv_scheduler_cb cb, void *data);

/**
 * npv_peer_dump() - read the peer cache
 * @npv: handle
 * @cb: called for each entry, after the last has arrived from the kernel;
 *	services come first
 * @data: for @cb
 *
 * Return: 0, NPV_INTERRUPTED, or negative.
 */
int npv_peer_dump(struct npv *npv, npv_peer_cb cb, void *data);

/**
 * npv_peer_set() - set what speaks at a service, until it is deleted
 * @npv: handle
 * @peer: address and port of the service; port 0: all services there
 * @kind: NPV_KIND_PLAIN or NPV_KIND_NATIVE
 *
 * Needs CAP_NET_ADMIN in the namespace.
 */
int npv_peer_set(struct npv *npv, const struct npv_endpoint *peer,
		 uint32_t kind);

/**
 * npv_peer_del() - forget what speaks at a service
 * @npv: handle
 * @peer: address and port of the service; port 0: all that is known of the
 *	address
 *
 * Needs CAP_NET_ADMIN in the namespace.
 * Return: negative and errno ENOENT if nothing was known.
 */
int npv_peer_del(struct npv *npv, const struct npv_endpoint *peer);

/**
 * npv_peer_flush() - forget all that was learnt
 * @npv: handle
 * @all: what was set, too
 *
 * Needs CAP_NET_ADMIN in the namespace.
 */
int npv_peer_flush(struct npv *npv, bool all);

/**
 * npv_stats_get() - read the counters
 * @npv: handle
 * @cb: called once
 * @data: for @cb
 */
int npv_stats_get(struct npv *npv, npv_stats_cb cb, void *data);

/**
 * npv_monitor_start() - begin to receive events
 * @npv: handle; requests can still be made with it
 */
int npv_monitor_start(struct npv *npv);

/**
 * npv_monitor_fd() - descriptor to poll for events
 * @npv: handle with npv_monitor_start() done
 *
 * Return: a non-blocking descriptor that becomes readable, or -1.
 */
int npv_monitor_fd(const struct npv *npv);

/**
 * npv_monitor_read() - deliver the events that have arrived
 * @npv: handle with npv_monitor_start() done
 * @cb: called for each
 * @data: for @cb
 *
 * Return: 0 when all have been delivered; negative upon failure, where errno
 * ENOBUFS means that the kernel had to drop events because they were not read
 * soon enough. Those before the gap have been delivered: read on, and dump if
 * the state matters.
 */
int npv_monitor_read(struct npv *npv, npv_event_cb cb, void *data);

/*
 * Names as in the netlink specification, NULL for values without one
 */
const char *npv_kind_name(uint32_t kind);
const char *npv_state_name(uint32_t state);
const char *npv_reason_name(uint32_t reason);
const char *npv_stack_status_name(uint32_t status);
const char *npv_peer_verdict_name(uint32_t verdict);
const char *npv_transport_name(uint32_t transport);
const char *npv_network_name(uint32_t network);
const char *npv_socket_type_name(uint32_t type);
const char *npv_tcp_state_name(uint32_t state);

/**
 * npv_stats_name() - name of a counter
 * @attr: NPV_A_STATS_*
 *
 * Return: as "session-open", or NULL.
 */
const char *npv_stats_name(unsigned int attr);

/**
 * npv_event_name() - name of an event
 * @cmd: NPV_CMD_*_NTF
 *
 * Return: as "session-up", or NULL.
 */
const char *npv_event_name(uint32_t cmd);

#ifdef __cplusplus
}
#endif

#endif /* LIBNPV_H */
