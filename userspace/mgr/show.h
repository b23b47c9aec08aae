/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Members of sessions and stacks, for the lists and the monitor.
 */
#ifndef NPV_MGR_SHOW_H
#define NPV_MGR_SHOW_H

#include "emit.h"

/* Both emit into an object that the caller has begun */
void show_session(struct emit *e, const struct npv_session *s);
void show_stack(struct emit *e, const struct npv_stack *s);

#endif /* NPV_MGR_SHOW_H */
