/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_COMPOSE_H
#define _NPV_COMPOSE_H

#include <linux/types.h>

#include "plan.h"

struct net;
struct npv_endpoints;
struct npv_native;

/**
 * struct npv_planned - the plan that a session was composed by last
 * @eps: the endpoints that it speaks of; holds a reference
 * @at: when it was made, jiffies
 * @wanted: number of stacks that are wanted
 * @n: number of @entry
 * @n_usable: of them, from the first on, can be used
 * @entry: as those of struct npv_plan; their remotes are those of npv_native.remotes
 */
struct npv_planned {
	struct npv_endpoints *eps;
	unsigned long at;
	unsigned int wanted;
	unsigned int n;
	unsigned int n_usable;
	struct npv_plan_entry entry[] __counted_by(n);
};

void npv_compose(struct npv_native *nat);
void npv_compose_changed(struct net *net);
void npv_compose_soon(struct net *net);
void npv_compose_init(struct net *net);
void npv_compose_exit(struct net *net);
void npv_planned_free(struct npv_planned *planned);

#endif /* _NPV_COMPOSE_H */
