/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_STACKS_H
#define _NPV_STACKS_H

#include <linux/types.h>

#include "subflow.h"

struct npv_frame;
struct npv_native;

/* Whether a stack is part of its session, and its TCP works as far as we know */
static inline bool npv_stacks_usable(const struct npv_subflow *sub)
{
	return !sub->broken && !sub->rx_end &&
	       (sub->status == NPV_STACK_STATUS_ACTIVE ||
		sub->status == NPV_STACK_STATUS_SUSPECT) &&
	       (1 << READ_ONCE(npv_subflow_sk(sub)->sk_state)) &
	       (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT);
}

int npv_stacks_yield(struct npv_native *nat);
int npv_stacks_slot(const struct npv_native *nat);
bool npv_stacks_known(const struct npv_native *nat, u32 id);
void npv_stacks_count(struct npv_native *nat);
bool npv_stacks_stalled(const struct npv_native *nat);
void npv_stacks_up(struct npv_subflow *sub);
void npv_stacks_changed(struct npv_subflow *sub);
void npv_stacks_told(struct npv_native *nat);
void npv_stacks_remove(struct npv_subflow *sub, bool abort);
void npv_stacks_down(struct npv_subflow *sub, int err);
void npv_stacks_leave(struct npv_subflow *sub);
void npv_stacks_retire(struct npv_subflow *sub);
void npv_stacks_check(struct npv_native *nat);
void npv_stacks_reinject(struct npv_native *nat);
void npv_stacks_monitor(struct npv_native *nat);
void npv_stacks_closed(struct npv_subflow *sub, u16 reason);
int npv_stacks_status(struct npv_subflow *sub, const struct npv_frame *f);
void npv_stacks_watch(struct npv_native *nat);
int npv_stacks_tell(struct npv_subflow *sub);

#endif /* _NPV_STACKS_H */
