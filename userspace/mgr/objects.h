/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Members of endpoints, profiles and rules, for lists and as commands; and plans.
 */
#ifndef NPV_MGR_OBJECTS_H
#define NPV_MGR_OBJECTS_H

#include "emit.h"

/*
 * Each emits into an object that the caller has begun. With EMIT_COMMANDS it is what
 * stands behind "add" in a command that makes the same again.
 */
void show_endpoint(struct emit *e, const struct npv_endpoint *endpoint);
void show_profile(struct emit *e, const struct npv_profile *profile);
void show_rule(struct emit *e, const struct npv_rule *rule);

/* An object of its own, for people */
void show_plan(struct emit *e, const struct npv_plan *plan);

#endif /* NPV_MGR_OBJECTS_H */
