/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_RULE_H
#define _NPV_RULE_H

#include <linux/atomic.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include "classify.h"
#include "profile.h"

/* Priority of a rule for which none is given */
#define NPV_RULE_PRIORITY	1000

/**
 * struct npv_rule - which sessions have which profile; it never changes
 * @ref: the policies that have it
 * @id: its number
 * @priority: the lower, the earlier; of equal ones the lower id
 * @sel: which sessions
 * @profile: name of their profile
 * @hits: sessions that it has decided for
 * @serial: its own, of no other rule: one that was set is another
 */
struct npv_rule {
	refcount_t ref;
	u32 id;
	u32 priority;
	struct npv_selector sel;
	char profile[NPV_PROFILE_NAME_MAX];
	atomic64_t hits;
	u64 serial;
};

struct npv_rule *npv_rule_alloc(void);
struct npv_rule *npv_rule_get(struct npv_rule *rule);
void npv_rule_put(struct npv_rule *rule);
bool npv_rule_before(const struct npv_rule *a, const struct npv_rule *b);
bool npv_rule_peer_name(char *to, const char *from);

#endif /* _NPV_RULE_H */
