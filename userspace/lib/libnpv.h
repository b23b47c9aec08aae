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
 * grow at the end only, and say in @has which members the kernel has told: the
 * others are zero.
 *
 * Endpoints, profiles and rules are also given to the library, in the same
 * structs: NPV_SAY() notes which members are meant. Others are not looked at, so
 * that a program may be older than the library.
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
 * together with them, or look at npv_address.family.
 */
#define NPV_HAS(result, attr)	(!!((result)->has & (1ULL << NPV_A_##attr)))

/**
 * NPV_SAY() - note that a member of what is given to the library is meant
 * @object: pointer to one of the structs below
 * @attr: name of the attribute without NPV_A_, as PROFILE_NAME
 *
 * Addresses are meant where they have a family.
 */
#define NPV_SAY(object, attr)	((object)->has |= 1ULL << NPV_A_##attr)

/**
 * struct npv_address - an address and a port
 * @family: AF_INET, AF_INET6, or 0 where there is no address
 * @port: in host byte order
 * @v4: address if @family is AF_INET
 * @v6: address if @family is AF_INET6
 */
struct npv_address {
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
 * @policy: number of the policy: it grows with each change of operators' endpoints, of
 *	profiles and of rules
 */
struct npv_module {
	uint64_t has;
	uint32_t family;
	uint32_t sessions;
	char	 version[64];
	uint32_t feature_count;
	char	 features[NPV_FEATURES_MAX][32];
	uint32_t policy;
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
 *
 * Of all:
 * @rule: id of the rule that decided for it; none did if it isn't told
 * @profile: name of the profile that it has
 * @pinned: 1 if it keeps its profile and its stacks, whatever changes
 * @peer_name: name that the program connects to, if it was told
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
	struct npv_address local;
	struct npv_address remote;
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
	uint32_t rule;
	uint32_t pinned;
	char	 profile[32];
	char	 peer_name[256];
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
 * @endpoint: id of the endpoint that it leaves by
 * @link_type: enum npv_link_type: what kind of link that is
 * @link_speed: its speed in Mbit/s
 * @loss_ppm: packets lost of a million, as of late
 * @jitter_us: how much successive round trips differ, in microseconds
 * @heard_ms: milliseconds since something came from the peer
 * @queue: bytes that wait in this host to be sent the first time
 * @crossed: of a metrics event, why it is told: NPV_METRIC_*, as many as there are
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
	struct npv_address local;
	struct npv_address remote;
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
	uint64_t heard_ms;
	uint32_t endpoint;
	uint32_t link_type;
	uint32_t link_speed;
	uint32_t loss_ppm;
	uint32_t jitter_us;
	uint32_t queue;
	uint32_t crossed;
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
 * @rttvar_us: variation of the round-trip time, in microseconds
 * @delivery_rate: goodput that was seen there, in bytes per second
 * @loss_ppm: packets lost of a million
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
	struct npv_address address;
	uint64_t delivery_rate;
	uint32_t rttvar_us;
	uint32_t loss_ppm;
};

/**
 * struct npv_endpoint - an address that stacks may leave from
 * @has: see NPV_HAS(), attributes ENDPOINT_*
 * @id: its number; of those that were found by themselves 0x80000000 and more
 * @ifindex: its interface, if there is one
 * @address: its address, with port 0; family 0: all of the interface
 * @ifname: name of its interface
 *
 * Of how it is to be used:
 * @max_rate: bytes a second that a stack may send by it; 0: no limit
 * @cost: what its use costs; others that cost less are preferred
 * @weight: share that the scheduler "weighted" gives its stacks, 1 to 1000
 * @backup: 1: it is to be used only where no other is left
 * @metered: 1: what goes over it is paid for
 * @disabled: 1: no stacks
 *
 * Of those that were found:
 * @automatic: 1: it was found, no operator has named it
 * @up: 1: its link is up and has a carrier
 * @temporary: 1: its address is a temporary one
 * @link_type: enum npv_link_type
 * @link_speed: speed of the link in Mbit/s
 * @named: id of the operator's that it has its settings from (ENDPOINT_OPERATOR)
 */
struct npv_endpoint {
	uint64_t has;
	uint64_t max_rate;
	struct npv_address address;
	uint32_t id;
	uint32_t ifindex;
	char	 ifname[32];
	uint32_t cost;
	uint32_t weight;
	uint32_t backup;
	uint32_t metered;
	uint32_t disabled;
	uint32_t automatic;
	uint32_t up;
	uint32_t temporary;
	uint32_t link_type;
	uint32_t link_speed;
	uint32_t named;
};

/** NPV_INTERFACES_MAX - entries of npv_profile.interface */
#define NPV_INTERFACES_MAX	8

/**
 * struct npv_preferred_interface - how much an interface is wanted
 * @ifname: its name; what ends in * stands for all that begin so
 * @preference: enum npv_preference
 */
struct npv_preferred_interface {
	char	 ifname[32];
	uint32_t preference;
};

/**
 * struct npv_profile - a named recipe for the composition of sessions
 * @has: see NPV_HAS(), attributes PROFILE_*: which of the others the profile says
 * @max_rate: bytes a second that each stack may send; 0: no limit
 * @name: by which it is chosen
 * @builtin: 1: it comes with the module, and can't be changed
 * @strict: 1: where it says something, what the program says does not count
 * @mode: enum npv_session_mode
 * @tcp: enum npv_preference, as those behind it
 * @udp: ... of stacks over UDP
 * @ipv4: ... of stacks over IPv4
 * @ipv6: ... of stacks over IPv6
 * @metered: ... of metered endpoints
 * @temporary: ... of temporary local addresses
 * @interface_count: entries of @interface
 * @interface: preferences of interfaces
 * @multipath: enum npv_multipath
 * @multipath_policy: enum npv_multipath_policy
 * @capacity: enum npv_capacity
 * @stacks: number of stacks that are set up, 1 to 8
 * @scheduler: its name
 * @copies: stacks that the scheduler "redundant" gives each piece; 0: all
 * @suspect_ms: least silence after which a stack is suspect, milliseconds
 * @reconnect_s: seconds that a session lives without any stack
 * @keepalive_s: seconds of silence after which UDP stacks send something; 0: none
 * @send_buffer: as SO_SNDBUF, bytes; 0: as many as are of use
 * @receive_buffer: as SO_RCVBUF, bytes; 0: as many as are of use
 * @rules: number of rules that name it
 */
struct npv_profile {
	uint64_t has;
	uint64_t max_rate;
	char	 name[32];
	uint32_t builtin;
	uint32_t strict;
	uint32_t mode;
	uint32_t tcp;
	uint32_t udp;
	uint32_t ipv4;
	uint32_t ipv6;
	uint32_t metered;
	uint32_t temporary;
	uint32_t interface_count;
	struct npv_preferred_interface interface[NPV_INTERFACES_MAX];
	uint32_t multipath;
	uint32_t multipath_policy;
	uint32_t capacity;
	uint32_t stacks;
	char	 scheduler[32];
	uint32_t copies;
	uint32_t suspect_ms;
	uint32_t reconnect_s;
	uint32_t keepalive_s;
	uint32_t send_buffer;
	uint32_t receive_buffer;
	uint32_t rules;
};

/**
 * struct npv_rule - which sessions have which profile
 * @has: see NPV_HAS(), attributes RULE_*: which of its selectors the rule has
 * @cgroup: id of a control group of version 2 that the program is in or below
 * @hits: sessions that it has decided for
 * @id: its number
 * @priority: the lower, the earlier it is looked at, 0 to 65535
 * @uid_min: lowest user id of the program, in the user namespace of the caller
 * @uid_max: highest one; as the lowest if it isn't said
 * @gid_min: lowest effective group id
 * @gid_max: highest one
 * @comm: name of the program
 * @type: enum npv_socket_type
 * @dest: address of the peer, of which
 * @dest_prefix: so many bits count; all if it isn't said
 * @port_min: lowest port of the service, in host byte order
 * @port_max: highest one
 * @peer_name: name of the peer; *.example.org stands for all below it
 * @capacity: enum npv_capacity that the program has stated
 * @multipath_policy: enum npv_multipath_policy that the program has stated
 * @profile: name of the profile of sessions for which all of that holds
 */
struct npv_rule {
	uint64_t has;
	uint64_t cgroup;
	uint64_t hits;
	uint32_t id;
	uint32_t priority;
	uint32_t uid_min;
	uint32_t uid_max;
	uint32_t gid_min;
	uint32_t gid_max;
	char	 comm[32];
	uint32_t type;
	struct npv_address dest;
	uint32_t dest_prefix;
	uint32_t port_min;
	uint32_t port_max;
	char	 peer_name[256];
	uint32_t capacity;
	uint32_t multipath_policy;
	char	 profile[32];
};

/**
 * struct npv_plan_query - a session that a plan is asked for
 * @has: of NPV_SAY(), attributes PLAN_*
 * @session_id: a live session; nothing else is to be said then
 *
 * One that is thought of:
 * @cgroup: id of the control group of its program; that of the caller if not said
 * @uid: user id of its program; that of the caller if not said
 * @gid: effective group id; that of the caller if not said
 * @comm: name of the program
 * @type: enum npv_socket_type; stream if not said
 * @dest4: IPv4 address of the peer, if it has a family
 * @dest6: IPv6 address of the peer, if it has a family
 * @port: port of the service, in host byte order
 * @peer_name: name that it connects to
 * @capacity: enum npv_capacity that the program states
 * @multipath_policy: enum npv_multipath_policy that the program states
 */
struct npv_plan_query {
	uint64_t has;
	uint64_t session_id;
	uint64_t cgroup;
	uint32_t uid;
	uint32_t gid;
	char	 comm[32];
	uint32_t type;
	struct npv_address dest4;
	struct npv_address dest6;
	uint32_t port;
	char	 peer_name[256];
	uint32_t capacity;
	uint32_t multipath_policy;
};

/**
 * struct npv_candidate - a pair of addresses and a transport between them
 * @has: see NPV_HAS(), attributes CANDIDATE_*
 * @local: address of this host, with port 0
 * @remote: address of the peer, with the port of the service
 * @ifindex: interface
 * @endpoint: id of the endpoint
 * @transport: enum npv_transport
 * @network: enum npv_network
 * @rank: place in the order, 1 is the best; not told of what can't be used
 * @role: enum npv_role: what it is used for
 * @reason: enum npv_plan_reason: why
 * @cost: what the endpoint costs
 * @weight: share that the scheduler "weighted" gives it
 * @srtt_us: round-trip time that is known of it, in microseconds
 * @stack: number of the stack that there is
 */
struct npv_candidate {
	uint64_t has;
	struct npv_address local;
	struct npv_address remote;
	uint32_t ifindex;
	uint32_t endpoint;
	uint32_t transport;
	uint32_t network;
	uint32_t rank;
	uint32_t role;
	uint32_t reason;
	uint32_t cost;
	uint32_t weight;
	uint32_t srtt_us;
	uint32_t stack;
};

/**
 * struct npv_plan - how a session is composed, or one would be, and why
 * @has: see NPV_HAS(), attributes PLAN_*
 * @session_id: the session, if it is a live one
 * @age_ms: milliseconds since this was planned
 * @rule: id of the rule that applies; none does if it isn't told
 * @profile: name of the profile
 * @mode: enum npv_session_mode: what the session may become
 * @multipath_policy: enum npv_multipath_policy: what several stacks are for
 * @stacks: number of stacks that are wanted
 * @scheduler: its name
 * @kind: enum npv_kind: what is known to speak at the peer
 * @pinned: 1: the session keeps what it has
 * @candidate_count: entries of @candidates
 * @candidates: best first
 */
struct npv_plan {
	uint64_t has;
	uint64_t session_id;
	uint64_t age_ms;
	uint32_t rule;
	char	 profile[32];
	uint32_t mode;
	uint32_t multipath_policy;
	uint32_t stacks;
	char	 scheduler[32];
	uint32_t kind;
	uint32_t pinned;
	uint32_t candidate_count;
	const struct npv_candidate *candidates;
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
 * struct npv_metrics - what is to be told of the stacks of native sessions
 * @has: which of these count, NPV_A_METRICS_* as for NPV_HAS()
 * @session_id: of that session only
 * @interval_ms: least time between two events about a stack
 * @rtt_percent: when the smoothed round-trip time differs so much from what was told
 * @loss_ppm: when of a million packets so many are lost, and when half of that at most
 * @rate_percent: when the delivery rate differs so much from what was told last
 * @queue_bytes: when so many bytes wait, and when half of that at most
 * @heard_ms: when nothing was heard for so long, and when something is again
 * @every: 1: at each interval
 */
struct npv_metrics {
	uint64_t has;
	uint64_t session_id;
	uint32_t interval_ms;
	uint32_t rtt_percent;
	uint32_t loss_ppm;
	uint32_t rate_percent;
	uint32_t queue_bytes;
	uint32_t heard_ms;
	uint32_t every;
};

/**
 * struct npv_event - something that happened
 * @cmd: NPV_CMD_*_NTF
 * @session: the session, if it is about one, else NULL
 * @stack: the stack, if it is about one, else NULL
 * @policy: number of the policy that is in force now, of NPV_CMD_POLICY_CHANGE_NTF
 */
struct npv_event {
	uint32_t cmd;
	const struct npv_session *session;
	const struct npv_stack *stack;
	uint32_t policy;
};

/* Callbacks. A negative value from one ends the call, which returns it. */
typedef int (*npv_module_cb)(const struct npv_module *module, void *data);
typedef int (*npv_session_cb)(const struct npv_session *session, void *data);
typedef int (*npv_stack_cb)(const struct npv_stack *stack, void *data);
typedef int (*npv_scheduler_cb)(const struct npv_scheduler *scheduler,
				void *data);
typedef int (*npv_peer_cb)(const struct npv_peer *peer, void *data);
typedef int (*npv_endpoint_cb)(const struct npv_endpoint *endpoint, void *data);
typedef int (*npv_profile_cb)(const struct npv_profile *profile, void *data);
typedef int (*npv_rule_cb)(const struct npv_rule *rule, void *data);
typedef int (*npv_plan_cb)(const struct npv_plan *plan, void *data);
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
 * npv_session_set_profile() - give a session a profile, whatever rules say
 * @npv: handle
 * @id: number of the session
 * @profile: name of the profile; empty: the rules decide again
 *
 * Needs CAP_NET_ADMIN in the namespace.
 * Return: negative and errno ENOENT (no such session, or profile) or EPERM.
 */
int npv_session_set_profile(struct npv *npv, uint64_t id, const char *profile);

/**
 * npv_session_set_pinned() - have a session keep what it has
 * @npv: handle
 * @id: number of the session
 * @pinned: it keeps its profile and its stacks, whatever changes; lost ones are
 *	still replaced
 *
 * Needs CAP_NET_ADMIN in the namespace.
 * Return: negative and errno ENOENT (no such session) or EPERM.
 */
int npv_session_set_pinned(struct npv *npv, uint64_t id, bool pinned);

/**
 * npv_session_set() - several of the above at once
 * @npv: handle
 * @id: number of the session
 * @scheduler: as of npv_session_set_scheduler(); NULL: as it is
 * @profile: as of npv_session_set_profile(); NULL: as it is
 * @pinned: as of npv_session_set_pinned(); -1: as it is
 *
 * Return: negative and errno as those.
 */
int npv_session_set(struct npv *npv, uint64_t id, const char *scheduler,
		    const char *profile, int pinned);

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
		  const struct npv_address *local,
		  const struct npv_address *remote, uint32_t ifindex,
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
int npv_peer_set(struct npv *npv, const struct npv_address *peer,
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
int npv_peer_del(struct npv *npv, const struct npv_address *peer);

/**
 * npv_peer_flush() - forget all that was learnt
 * @npv: handle
 * @all: what was set, too
 *
 * Needs CAP_NET_ADMIN in the namespace.
 */
int npv_peer_flush(struct npv *npv, bool all);

/**
 * npv_endpoint_dump() - read the endpoints
 * @npv: handle
 * @cb: called for each, after the last has arrived from the kernel: those that
 *	operators have named, and then what there is, address by address
 * @data: for @cb
 *
 * Return: 0, NPV_INTERRUPTED, or negative.
 */
int npv_endpoint_dump(struct npv *npv, npv_endpoint_cb cb, void *data);

/**
 * npv_endpoint_add() - name an endpoint
 * @npv: handle
 * @endpoint: an address (which needs no mask), ENDPOINT_IFNAME, or both; how it is
 *	to be used; with ENDPOINT_ID, its number
 * @id: where to put its number; may be NULL
 *
 * Needs CAP_NET_ADMIN in the namespace, as everything that changes the policy.
 * Return: negative and errno, among others EEXIST, EINVAL, ENOSPC (there are as many
 * as there may be), EPERM.
 */
int npv_endpoint_add(struct npv *npv, const struct npv_endpoint *endpoint,
		     uint32_t *id);

/**
 * npv_endpoint_set() - change how an endpoint that was named is to be used
 * @npv: handle
 * @endpoint: ENDPOINT_ID, and what is to change
 *
 * Return: negative and errno, among others ENOENT (an operator has named none of that
 * number), EINVAL, EPERM.
 */
int npv_endpoint_set(struct npv *npv, const struct npv_endpoint *endpoint);

/**
 * npv_endpoint_del() - forget an endpoint that was named
 * @npv: handle
 * @id: its number
 *
 * Return: negative and errno ENOENT or EPERM.
 */
int npv_endpoint_del(struct npv *npv, uint32_t id);

/**
 * npv_endpoint_flush() - forget all endpoints that were named
 * @npv: handle
 */
int npv_endpoint_flush(struct npv *npv);

/**
 * npv_profile_get() - read one profile
 * @npv: handle
 * @name: its name
 * @cb: called once
 * @data: for @cb
 *
 * Return: negative and errno ENOENT if there is no such profile.
 */
int npv_profile_get(struct npv *npv, const char *name, npv_profile_cb cb, void *data);

/**
 * npv_profile_dump() - read all profiles, those that come with the module too
 * @npv: handle
 * @cb: called for each, after the last has arrived from the kernel
 * @data: for @cb
 *
 * Return: 0, NPV_INTERRUPTED, or negative.
 */
int npv_profile_dump(struct npv *npv, npv_profile_cb cb, void *data);

/**
 * npv_profile_add() - make a profile
 * @npv: handle
 * @profile: PROFILE_NAME and what it says
 *
 * Return: negative and errno, among others EEXIST, EINVAL, ENOENT (no such
 * scheduler), ENOSPC, EPERM.
 */
int npv_profile_add(struct npv *npv, const struct npv_profile *profile);

/**
 * npv_profile_set() - have a profile say this and nothing else
 * @npv: handle
 * @profile: PROFILE_NAME and what it says
 *
 * Sessions that have it are composed anew. What npv_profile_get() has told can be
 * changed and given back.
 * Return: negative and errno, among others ENOENT (no such profile, or scheduler),
 * EINVAL, EPERM (also of one that comes with the module).
 */
int npv_profile_set(struct npv *npv, const struct npv_profile *profile);

/**
 * npv_profile_del() - delete a profile that no rule names
 * @npv: handle
 * @name: its name
 *
 * Return: negative and errno ENOENT, EBUSY (a rule names it) or EPERM.
 */
int npv_profile_del(struct npv *npv, const char *name);

/**
 * npv_profile_flush() - delete all profiles that no rule names
 * @npv: handle
 */
int npv_profile_flush(struct npv *npv);

/**
 * npv_rule_dump() - read the rules
 * @npv: handle
 * @cb: called for each, after the last has arrived from the kernel, in the order in
 *	which they are looked at
 * @data: for @cb
 *
 * Return: 0, NPV_INTERRUPTED, or negative.
 */
int npv_rule_dump(struct npv *npv, npv_rule_cb cb, void *data);

/**
 * npv_rule_add() - add a rule
 * @npv: handle
 * @rule: its selectors, and RULE_PROFILE; with RULE_ID, its number
 * @id: where to put its number; may be NULL
 *
 * Return: negative and errno, among others EEXIST, EINVAL, ENOENT (no such profile),
 * ENOSPC, EPERM.
 */
int npv_rule_add(struct npv *npv, const struct npv_rule *rule, uint32_t *id);

/**
 * npv_rule_set() - have a rule say this and nothing else
 * @npv: handle
 * @rule: RULE_ID, its selectors, RULE_PROFILE
 *
 * Return: negative and errno as npv_rule_add(), and ENOENT if there is no such rule.
 */
int npv_rule_set(struct npv *npv, const struct npv_rule *rule);

/**
 * npv_rule_del() - delete a rule
 * @npv: handle
 * @id: its number
 *
 * Return: negative and errno ENOENT or EPERM.
 */
int npv_rule_del(struct npv *npv, uint32_t id);

/**
 * npv_rule_flush() - delete all rules
 * @npv: handle
 */
int npv_rule_flush(struct npv *npv);

/**
 * npv_policy_begin() - begin to change the policy without its coming into force
 * @npv: handle, which alone sees the changes of endpoints, profiles and rules that it
 *	makes from now on
 *
 * npv_policy_commit() ends this, and so do npv_policy_abort() and npv_close().
 * Return: negative and errno, among others EBUSY (it has been begun), EPERM.
 */
int npv_policy_begin(struct npv *npv);

/**
 * npv_policy_commit() - put all in force that was changed since npv_policy_begin()
 * @npv: handle
 *
 * Return: negative and errno, among others EAGAIN: somebody else has changed the policy
 * meanwhile; nothing is changed, begin again.
 */
int npv_policy_commit(struct npv *npv);

/**
 * npv_policy_abort() - forget all that was changed since npv_policy_begin()
 * @npv: handle
 */
int npv_policy_abort(struct npv *npv);

/**
 * npv_plan_get() - read how a session is composed, or one would be, and why
 * @npv: handle
 * @query: the session
 * @cb: called once, after the last candidate has arrived from the kernel
 * @data: for @cb
 *
 * That of another user's session needs CAP_NET_ADMIN in the namespace.
 * Return: 0, NPV_INTERRUPTED, or negative and errno, among others ENOENT (no such
 * session), EPERM.
 */
int npv_plan_get(struct npv *npv, const struct npv_plan_query *query, npv_plan_cb cb,
		 void *data);

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
 * npv_monitor_metrics() - begin to receive events about how stacks do
 * @npv: handle; requests can still be made with it
 * @want: of what; NULL: of what the multicast group "metrics" is told
 *
 * They come from npv_monitor_read() as events NPV_CMD_METRICS_NTF, whose stack has
 * @crossed; some may have come already, for which the descriptor does not become
 * readable: read first, then poll. After npv_monitor_start() they come as well as other
 * events, but not those of the group. Called again, what was wanted before is forgotten.
 * Needs CAP_NET_ADMIN in the namespace.
 *
 * Return: negative and errno ENOENT (no such session), EINVAL (nothing is wanted),
 * ENOSPC (too many listen already) or EPERM.
 */
int npv_monitor_metrics(struct npv *npv, const struct npv_metrics *want);

/**
 * npv_monitor_fd() - descriptor to poll for events
 * @npv: handle with npv_monitor_start() or npv_monitor_metrics() done
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
const char *npv_session_mode_name(uint32_t mode);
const char *npv_preference_name(uint32_t preference);
const char *npv_multipath_name(uint32_t multipath);
const char *npv_multipath_policy_name(uint32_t policy);
const char *npv_capacity_name(uint32_t capacity);
const char *npv_link_type_name(uint32_t type);
const char *npv_metric_name(uint32_t metric);
const char *npv_role_name(uint32_t role);
const char *npv_plan_reason_name(uint32_t reason);

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
