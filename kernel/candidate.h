/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_CANDIDATE_H
#define _NPV_CANDIDATE_H

#include <linux/in6.h>
#include <linux/types.h>

struct npv_addrs;
struct npv_sock;

/**
 * enum npv_candidate_class - how promising an address is, best first
 * @NPV_CANDIDATE_GOOD: it answered lately
 * @NPV_CANDIDATE_UNKNOWN: nothing is known of it
 * @NPV_CANDIDATE_LOSSY: it answered lately, but much is lost on the way there
 * @NPV_CANDIDATE_BAD: it was silent lately, or could not be reached
 * @NPV_CANDIDATE_NO_ROUTE: this host has no route to it now
 */
enum npv_candidate_class {
	NPV_CANDIDATE_GOOD,
	NPV_CANDIDATE_UNKNOWN,
	NPV_CANDIDATE_LOSSY,
	NPV_CANDIDATE_BAD,
	NPV_CANDIDATE_NO_ROUTE,
};

/**
 * struct npv_candidate - an address that a connect() may try
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @scope_id: interface of a link-local address, else 0
 * @class: how promising it is
 * @srtt_us: round-trip time seen last, microseconds; 0 unknown
 * @local: address to leave from, as policy wants it; ::, as routed
 * @ifindex: interface to bind to, as policy wants it; 0: none
 * @later: it is the same address as the one before, from elsewhere: for when that has
 *	been silent
 */
struct npv_candidate {
	struct in6_addr addr;
	u32 scope_id;
	enum npv_candidate_class class;
	u32 srtt_us;
	struct in6_addr local;
	int ifindex;
	bool later;
};

unsigned int npv_candidates_order(struct npv_candidate *cand, unsigned int n,
				  unsigned int first_family_count);
unsigned int npv_candidates_choose(struct npv_sock *nsk,
				   const struct npv_addrs *dst,
				   struct npv_candidate *cand);

#endif /* _NPV_CANDIDATE_H */
