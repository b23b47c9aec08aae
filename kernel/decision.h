/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_DECISION_H
#define _NPV_DECISION_H

#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <net/sock.h>

#include "profile.h"
#include "properties.h"
#include "session.h"

struct cgroup;
struct in6_addr;
struct npv_native;

/**
 * struct npv_decision - what policy has decided for a session; it never changes
 * @rcu: frees it
 * @ref: of sessions, and of verdicts
 * @profile: its profile
 * @rule: id of the rule that named it, 0 if none did
 * @fixed: an operator has named the profile for this very session
 * @want: what follows from it and from what the program has stated
 *
 * npv_sock.decision is written under the session lock, and read under it or by RCU.
 * A session for which nobody has said anything has none: the settings of the namespace
 * hold, and nothing is to be paid for.
 */
struct npv_decision {
	struct rcu_head rcu;
	refcount_t ref;
	struct npv_profile *profile;
	u32 rule;
	bool fixed;
	struct npv_properties want;
};

extern const struct npv_properties npv_wants_nothing;

/* What was decided, NULL: nothing. Session lock. */
static inline struct npv_decision *npv_decision_of(const struct npv_sock *nsk)
{
	return rcu_dereference_protected(nsk->decision,
					 lockdep_sock_is_held(&nsk->sk));
}

/* What is wanted of a session's composition. Session lock. */
static inline const struct npv_properties *npv_decision_want(const struct npv_sock *nsk)
{
	const struct npv_decision *decision = npv_decision_of(nsk);

	return decision ? &decision->want : &npv_wants_nothing;
}

struct npv_decision *npv_decision_get(struct npv_decision *decision);
void npv_decision_put(struct npv_decision *decision);
void npv_decision_init(struct npv_sock *nsk);
void npv_decision_exit(struct npv_sock *nsk);
void npv_decision_copy(struct npv_sock *nsk, const struct npv_sock *from);
int npv_decision_make(struct npv_sock *nsk, const struct in6_addr *peer, __be16 port);
void npv_decision_stated(struct npv_sock *nsk);
bool npv_decision_refresh(struct npv_native *nat);
void npv_decision_apply(struct npv_native *nat);
int npv_decision_fix(struct npv_native *nat, struct npv_profile *profile);

unsigned int npv_decision_mode(const struct npv_sock *nsk);
unsigned int npv_decision_stacks(const struct npv_sock *nsk);
unsigned long npv_decision_reconnect(const struct npv_sock *nsk);
bool npv_decision_prefers_udp(const struct npv_sock *nsk);
bool npv_decision_allows(const struct npv_sock *nsk, enum npv_transport transport);

#endif /* _NPV_DECISION_H */
