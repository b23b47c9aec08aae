/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_PLAN_H
#define _NPV_PLAN_H

#include <linux/bits.h>
#include <linux/in6.h>
#include <linux/types.h>

#include "endpoint.h"

struct npv_properties;

/* Candidates that a plan tells of at most; more are left out, the last ones first */
#define NPV_PLAN_MAX		256
/* Addresses of the peer that are looked at; more are left out */
#define NPV_PLAN_REMOTES_MAX	16

/* Bits of npv_plan_fact.state: what there is between two addresses over a transport */
#define NPV_PLAN_HAS		BIT(0)	/* a stack that works, or joins */
#define NPV_PLAN_SILENT		BIT(1)	/* a stack from which nothing is heard */
#define NPV_PLAN_FAILED		BIT(2)	/* none: it has failed a short time ago */
#define NPV_PLAN_FORBIDDEN	BIT(3)	/* none: an operator took it away */
#define NPV_PLAN_MANUAL		BIT(4)	/* HAS, and an operator has set it up */

/**
 * struct npv_plan_remote - an address of the peer
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @port: its port, network byte order
 * @gone: the peer has taken it back
 * @bad: nothing was heard from it the last time
 * @srtt_us: round-trip time that is known of it, 0 if none is
 */
struct npv_plan_remote {
	struct in6_addr addr;
	__be16 port;
	bool gone;
	bool bad;
	u32 srtt_us;
};

/**
 * struct npv_plan_fact - what is known of two addresses and a transport
 * @state: NPV_PLAN_*
 * @srtt_us: its round-trip time, 0 if unknown
 * @id: number of that stack, U32_MAX if there is none; who has the lower is older
 */
struct npv_plan_fact {
	u8 state;
	u32 srtt_us;
	u32 id;
};

/**
 * struct npv_plan_input - all that a plan depends on
 * @want: what is wanted, NULL: nobody says anything
 * @eps: what there is here
 * @remote: what there is there
 * @n_remotes: number of them
 * @stacks_max: stacks to be set up where @want doesn't say how many
 * @prefer_udp: UDP is preferred where nobody says what is
 * @no_udp: UDP can't be had, for what the program wants of its socket
 * @datagrams: it is for messages: over UDP, and over TCP what UDP can't do
 * @stalled: nothing gets through as it is: what failed is tried again, and what the
 *	peer has taken back
 * @bound: the program has bound its socket to this address, IPv4 as ::ffff:a.b.c.d;
 *	:: to none
 * @bound_if: ... and to this interface, 0 to none
 * @fact: what is known of an endpoint, a remote address, both by index, and a
 *	transport; asked of all pairs of one family, of some twice. NULL: nothing
 * @routed: whether what goes from an endpoint to a remote address leaves by the
 *	endpoint's interface. It is asked as seldom as may be, and never where there
 *	is a stack that works. NULL: all do
 * @ctx: for @fact and @routed
 * @explain: say of every candidate all that can be said, also of those that nobody
 *	needs to know of
 */
struct npv_plan_input {
	const struct npv_properties *want;
	const struct npv_endpoints *eps;
	const struct npv_plan_remote *remote;
	unsigned int n_remotes;
	unsigned int stacks_max;
	bool prefer_udp;
	bool no_udp;
	bool datagrams;
	bool stalled;
	struct in6_addr bound;
	int bound_if;
	void (*fact)(void *ctx, unsigned int endpoint, unsigned int remote,
		     u8 transport, struct npv_plan_fact *fact);
	bool (*routed)(void *ctx, unsigned int endpoint, unsigned int remote);
	void *ctx;
	bool explain;
};

/**
 * struct npv_plan_entry - what a plan says of two addresses and a transport
 * @endpoint: index in npv_plan_input.eps
 * @remote: index in npv_plan_input.remote
 * @transport: enum npv_transport
 * @role: enum npv_role
 * @reason: enum npv_plan_reason
 * @stack: number of the stack that there is, U32_MAX if there is none
 * @srtt_us: round-trip time that is known, 0 if none is
 */
struct npv_plan_entry {
	u8 endpoint;
	u8 remote;
	u8 transport;
	u8 role;
	u8 reason;
	u32 stack;
	u32 srtt_us;
};

/**
 * struct npv_plan_pair - two addresses, as long as a plan is being made
 * @key: the less the better
 * @endpoint: index in npv_plan_input.eps
 * @remote: index in npv_plan_input.remote
 * @reason: what throws each transport out; NPV_PLAN_REASON_ENOUGH: nothing does
 * @state: NPV_PLAN_* of each transport
 * @first: the transport that is used between them; another value: none is
 * @magnitude: fls() of the round-trip time, 0 if unknown
 * @taken: bits of the transports that the plan uses
 */
struct npv_plan_pair {
	u64 key;
	u8 endpoint;
	u8 remote;
	u8 reason[2];
	u8 state[2];
	u8 first;
	u8 magnitude : 6;
	u8 taken : 2;
};

/**
 * struct npv_plan - an ordered plan of stacks
 * @wanted: number of stacks that are wanted
 * @n: number of @entry
 * @n_chosen: of them, from the first on, are those that are wanted
 * @n_kept: of them, behind those, are kept beside what is wanted: stacks of an
 *	operator, and what carries of datagrams what UDP can't
 * @n_usable: of them, from the first on, can be used; the others can't
 * @entry: best first
 * @n_pairs: private, as all that follows: entries of @pair
 * @pair: addresses of one family
 * @blocked: bits of endpoints that may not be used with a remote address, as the
 *	plan has another of the same interface for that
 * @out: what throws an endpoint out
 * @wish: how much its interface is wanted
 * @interface: the first endpoint of its interface
 * @cost: how many endpoints cost less
 * @backup: bits of endpoints that are to be used only where no other is left
 */
struct npv_plan {
	unsigned int wanted;
	unsigned int n;
	unsigned int n_chosen;
	unsigned int n_kept;
	unsigned int n_usable;
	struct npv_plan_entry entry[NPV_PLAN_MAX];

	unsigned int n_pairs;
	struct npv_plan_pair pair[NPV_ENDPOINTS_MAX * NPV_PLAN_REMOTES_MAX];
	u64 blocked[NPV_PLAN_REMOTES_MAX];
	u8 out[NPV_ENDPOINTS_MAX];
	u8 wish[NPV_ENDPOINTS_MAX];
	u8 interface[NPV_ENDPOINTS_MAX];
	u8 cost[NPV_ENDPOINTS_MAX];
	u64 backup;
};

u64 npv_plan_grade(const struct npv_plan *plan, u8 endpoint, u8 remote);
void npv_plan_make(struct npv_plan *plan, const struct npv_plan_input *in);
const char *npv_plan_scheduler(const struct npv_properties *want);

#endif /* _NPV_PLAN_H */
