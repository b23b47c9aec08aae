/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_CLASSIFY_H
#define _NPV_CLASSIFY_H

#include <linux/in6.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct cgroup;
struct npv_classifier;

/* Length of a peer's name (RFC 1035, section 2.3.4), and the NUL behind it */
#define NPV_PEER_NAME_MAX	254
/* Says nothing of an enum of a selector or a subject */
#define NPV_ANY			0xff

/**
 * struct npv_selector - which sessions a rule is about: all of it has to hold
 * @uid_min: lowest user id, of the initial user namespace
 * @uid_max: highest; 0 to U32_MAX are all
 * @gid_min: lowest effective group id, of the initial user namespace
 * @gid_max: highest
 * @cgroup: id of a control group that the program is in or below; 0: any
 * @comm: name of the program; empty: any
 * @type: SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET; 0: any
 * @dest: address of the peer, IPv4 as ::ffff:a.b.c.d, bits behind the prefix zero
 * @dest_len: length of the prefix of @dest that counts, 0 to 128; of IPv4 96 to 128
 * @port_min: lowest port of the service, host byte order
 * @port_max: highest; 0 to U16_MAX are all
 * @capacity: enum npv_capacity that the program has stated; NPV_ANY: any
 * @policy: enum npv_multipath_policy that the program has stated; NPV_ANY: any
 * @name: name of the peer in lower case; one that begins with *. stands for all
 *	below it; empty: any
 */
struct npv_selector {
	u32 uid_min, uid_max;
	u32 gid_min, gid_max;
	u64 cgroup;
	char comm[TASK_COMM_LEN];
	u8 type;
	u8 dest_len;
	u8 capacity;
	u8 policy;
	u16 port_min, port_max;
	struct in6_addr dest;
	char name[NPV_PEER_NAME_MAX];
};

/**
 * struct npv_subject - a session that a rule is looked for
 * @uid: user id, of the initial user namespace
 * @gid: effective group id, of the initial user namespace
 * @cgroup: control group of the program, NULL: unknown. For its parents' sake it is
 *	held by the caller.
 * @comm: name of the program
 * @type: SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
 * @capacity: enum npv_capacity that the program has stated; NPV_ANY: none
 * @policy: enum npv_multipath_policy that the program has stated; NPV_ANY: none
 * @port: of the service, host byte order
 * @dest: address of the peer, IPv4 as ::ffff:a.b.c.d
 * @name: name of the peer in lower case, empty or NULL: unknown
 */
struct npv_subject {
	u32 uid;
	u32 gid;
	const struct cgroup *cgroup;
	const char *comm;
	u8 type;
	u8 capacity;
	u8 policy;
	u16 port;
	struct in6_addr dest;
	const char *name;
};

bool npv_selector_match(const struct npv_selector *sel, const struct npv_subject *sub);
struct npv_classifier *npv_classifier_build(const struct npv_selector *const *sel,
					    unsigned int n);
void npv_classifier_free(struct npv_classifier *c);
int npv_classify(const struct npv_classifier *c, const struct npv_subject *sub);

#endif /* _NPV_CLASSIFY_H */
