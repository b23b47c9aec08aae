/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_PROPERTIES_H
#define _NPV_PROPERTIES_H

#include <linux/bits.h>
#include <linux/if.h>
#include <linux/types.h>

#include "../uapi/linux/npv.h"
#include "../uapi/linux/npv_netlink.h"

/* Interfaces of which one side may say how much it wants them */
#define NPV_INTERFACES_MAX	8

/* Bits of npv_properties.says; preferences need none: they begin as "none" */
#define NPV_SAYS_MODE		BIT(0)
#define NPV_SAYS_MULTIPATH	BIT(1)
#define NPV_SAYS_POLICY		BIT(2)
#define NPV_SAYS_CAPACITY	BIT(3)
#define NPV_SAYS_STACKS		BIT(4)
#define NPV_SAYS_SCHEDULER	BIT(5)
#define NPV_SAYS_COPIES		BIT(6)
#define NPV_SAYS_SUSPECT	BIT(7)
#define NPV_SAYS_RECONNECT	BIT(8)
#define NPV_SAYS_KEEPALIVE	BIT(9)
#define NPV_SAYS_SNDBUF		BIT(10)
#define NPV_SAYS_RCVBUF		BIT(11)
#define NPV_SAYS_RATE		BIT(12)

/**
 * struct npv_interface_wish - how much an interface is wanted
 * @name: its name; one that ends in * stands for all that begin so
 * @preference: enum npv_preference
 */
struct npv_interface_wish {
	char name[IFNAMSIZ];
	u8 preference;
};

/**
 * struct npv_properties - how a session is to be composed
 * @says: NPV_SAYS_*: which of the members from @mode on mean something
 * @transport: enum npv_preference by enum npv_transport
 * @network: enum npv_preference of IPv4 and of IPv6, in this order
 * @metered: enum npv_preference of metered endpoints
 * @temporary: enum npv_preference of temporary local addresses
 * @n_interfaces: entries of @interface
 * @interface: preferences of interfaces
 * @mode: enum npv_session_mode
 * @multipath: enum npv_multipath
 * @policy: enum npv_multipath_policy
 * @capacity: enum npv_capacity
 * @stacks: number of stacks that are set up, 1 to NPV_STACKS_MAX
 * @copies: stacks that the scheduler "redundant" gives each piece; 0: all
 * @scheduler: name of the scheduler
 * @suspect_ms: least silence after which a stack is suspect, milliseconds
 * @reconnect_s: seconds that a session lives without any stack
 * @keepalive_s: seconds of silence after which UDP stacks send something; 0: none
 * @sndbuf: as SO_SNDBUF, bytes; 0: TCP's own way
 * @rcvbuf: as SO_RCVBUF, bytes; 0: TCP's own way
 * @rate: bytes a second that each stack may send; 0: no limit
 *
 * A profile says some, a program says some (RFC 9622, sections 6.2 and 8.1), and
 * npv_properties_merge() makes of them what is to be done. All zero says nothing.
 */
struct npv_properties {
	u32 says;
	u8 transport[2];
	u8 network[2];
	u8 metered;
	u8 temporary;
	u8 n_interfaces;
	struct npv_interface_wish interface[NPV_INTERFACES_MAX];
	u8 mode;
	u8 multipath;
	u8 policy;
	u8 capacity;
	u8 stacks;
	u8 copies;
	char scheduler[NPV_SCHEDULER_MAX];
	u32 suspect_ms;
	u32 reconnect_s;
	u32 keepalive_s;
	u32 sndbuf;
	u32 rcvbuf;
	u64 rate;
};

void npv_properties_merge(struct npv_properties *out,
			  const struct npv_properties *profile, bool strict,
			  const struct npv_properties *program);
enum npv_preference npv_properties_interface(const struct npv_properties *p,
					     const char *name);
bool npv_properties_interface_required(const struct npv_properties *p);

#endif /* _NPV_PROPERTIES_H */
