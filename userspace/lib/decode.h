/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Netlink messages to structs.
 */
#ifndef NPV_LIB_DECODE_H
#define NPV_LIB_DECODE_H

#include <linux/netlink.h>

#include "libnpv.h"

/* A message of a plan: what applies, or a candidate. The mask is that of @plan. */
struct npv_plan_entry {
	struct npv_plan plan;
	struct npv_candidate candidate;
};

/*
 * Each takes a complete message as the kernel sent it, of which nothing is
 * trusted, and fills all of its result. Attributes that are not known are
 * left out. Returns 0, or -1 and errno EBADMSG if an attribute isn't of the
 * size that its type has or the message ends in the middle of one.
 */
int npv_module_decode(const struct nlmsghdr *nlh, struct npv_module *module);
int npv_session_decode(const struct nlmsghdr *nlh, struct npv_session *session);
int npv_stack_decode(const struct nlmsghdr *nlh, struct npv_stack *stack);
int npv_scheduler_decode(const struct nlmsghdr *nlh,
			 struct npv_scheduler *scheduler);
int npv_peer_decode(const struct nlmsghdr *nlh, struct npv_peer *peer);
int npv_endpoint_decode(const struct nlmsghdr *nlh, struct npv_endpoint *endpoint);
int npv_profile_decode(const struct nlmsghdr *nlh, struct npv_profile *profile);
int npv_rule_decode(const struct nlmsghdr *nlh, struct npv_rule *rule);
int npv_plan_entry_decode(const struct nlmsghdr *nlh, struct npv_plan_entry *entry);
int npv_stats_decode(const struct nlmsghdr *nlh, struct npv_stats *stats);

#endif /* NPV_LIB_DECODE_H */
