/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_NETNS_H
#define _NPV_NETNS_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "metrics_ntf.h"
#include "endpoints_net.h"
#include "mib.h"
#include "peer.h"
#include "policy.h"
#include "port.h"
#include "probe.h"
#include "udp_move.h"
#include "verdict.h"

struct ctl_table_header;

/**
 * enum npv_mode - what sessions may become, net.npv.mode
 * @NPV_MODE_PLAIN: plain only
 * @NPV_MODE_AUTO: native where the peer speaks NPV, else plain
 * @NPV_MODE_NATIVE: native only
 */
enum npv_mode {
	NPV_MODE_PLAIN,
	NPV_MODE_AUTO,
	NPV_MODE_NATIVE,
};

/**
 * struct npv_sysctls - the namespace's settings, net.npv.*
 * @attempt_delay_ms: RFC 8305 Connection Attempt Delay, milliseconds
 * @first_family_count: RFC 8305 First Address Family Count
 * @history_ttl: seconds that the outcome of a connect is remembered; 0: never
 * @listen_twin: whether a listener on any IPv4 address also opens IPv6
 * @mode: enum npv_mode
 * @port: the NPV port, host byte order
 * @hello_wait: milliseconds that an unknown peer has to answer HELLO
 * @peer_ttl: seconds that a peer's kind is remembered; 0: never
 * @stacks_max: stacks that a native session sets up by itself
 * @reconnect_timeout: seconds that a native session lives without any stack
 * @prefer_udp: whether native sessions begin over UDP, and have stacks of it, where
 *	it gets through
 * @datagram_idle: seconds that a session carries no datagram before it ends; 0:
 *	datagrams go as UDP always
 * @endpoints_max: endpoints that operators can name
 * @profiles_max: profiles that they can make
 * @rules_max: rules that they can make
 * @sessions_max: sessions that there can be; 0: no limit
 * @peers_max: entries of a table of peers: so many learnt, and as many set
 *
 * Written by sysctl at any time: read each with READ_ONCE().
 */
struct npv_sysctls {
	unsigned int attempt_delay_ms;
	unsigned int first_family_count;
	unsigned int history_ttl;
	unsigned int listen_twin;
	unsigned int mode;
	unsigned int port;
	unsigned int hello_wait;
	unsigned int peer_ttl;
	unsigned int stacks_max;
	unsigned int reconnect_timeout;
	unsigned int prefer_udp;
	unsigned int datagram_idle;
	unsigned int endpoints_max;
	unsigned int profiles_max;
	unsigned int rules_max;
	unsigned int sessions_max;
	unsigned int peers_max;
};

/* Buckets of npv_net.natives, whose ids are random */
#define NPV_NATIVES_HASH	256

/**
 * struct npv_net - everything that a network namespace owns
 * @mib: counters
 * @sessions: struct npv_sock by id; changed under its own lock
 * @last_id: last session id given out
 * @count: number of sessions
 * @places: of these, and of those that are about to begin
 * @generation: changes when a session comes or goes, for dumps
 * @twins: struct npv_stack of implicit IPv6 listeners, by twin_node
 * @twins_lock: protects @twins; taken with at most a session's lock held, and
 *	held while a stack's is taken
 * @peers: how connects to addresses went
 * @kinds: what speaks there
 * @datagrams: services of UDP that no session can be had with
 * @probes: questions over UDP whose answer may still come
 * @ipv6_retry: when to look again whether there is IPv6, jiffies; 0 if there
 *	was the last time. READ_ONCE(), WRITE_ONCE().
 * @port: the NPV port, and who listens
 * @natives: struct npv_native by id
 * @natives_lock: protects @natives; a leaf, taken with bottom halves off
 * @udp_names: struct npv_udp_name of servers' UDP stacks, by connection id
 * @policies: what operators want
 * @net: the namespace
 * @recompose: has sessions composed anew
 * @recomposed_at: when it did last, jiffies
 * @hearers: who is told of stacks' metrics
 * @endpoints: addresses that stacks may leave from
 * @verdicts: what policy has said of connects
 * @sysctls: settings
 * @sysctl_header: registration of the settings
 */
struct npv_net {
	struct npv_mib __percpu *mib;

	struct xarray sessions;
	atomic64_t last_id;
	atomic_t count;
	atomic_t places;
	atomic_t generation;

	struct list_head twins;
	struct mutex twins_lock;	/* protects twins */

	struct npv_peers peers;
	struct npv_peers kinds;
	struct npv_peers datagrams;
	struct npv_probes probes;
	unsigned long ipv6_retry;

	struct npv_port port;
	struct hlist_head natives[NPV_NATIVES_HASH];
	spinlock_t natives_lock;	/* protects natives */
	struct rhashtable udp_names;
	struct npv_hearers hearers;

	struct npv_policies policies;
	struct net *net;
	struct delayed_work recompose;
	unsigned long recomposed_at;

	struct npv_endpoints_net endpoints;
	struct npv_verdicts verdicts;
	struct npv_sysctls sysctls;
	struct ctl_table_header *sysctl_header;
};

extern unsigned int npv_net_id;

static inline struct npv_net *npv_pernet(const struct net *net)
{
	return net_generic(net, npv_net_id);
}

/* Count one event in a namespace: NPV_INC(net, RACE_START). Any context. */
#define NPV_INC(net, name) \
	SNMP_INC_STATS(npv_pernet(net)->mib, NPV_A_STATS_##name)

/* Add to a counter: NPV_ADD(net, REINJECT_BYTES, n). Any context. */
#define NPV_ADD(net, name, n) \
	SNMP_ADD_STATS(npv_pernet(net)->mib, NPV_A_STATS_##name, n)

int npv_netns_init(void);
void npv_netns_exit(void);

#endif /* _NPV_NETNS_H */
