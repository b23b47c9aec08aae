/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_STACKS_H
#define _NPV_STACKS_H

#include <linux/types.h>

#include "stack_tcp.h"

struct npv_frame;
struct npv_native;

/* Whether a stack is part of its session, and its TCP works as far as we know */
static inline bool npv_stacks_usable(const struct npv_tcp *tcp)
{
	return !tcp->broken && !tcp->rx_end &&
	       (tcp->status == NPV_STACK_STATUS_ACTIVE ||
		tcp->status == NPV_STACK_STATUS_SUSPECT) &&
	       (1 << READ_ONCE(npv_tcp_sk(tcp)->sk_state)) &
	       (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT);
}

int npv_stacks_yield(struct npv_native *nat);
int npv_stacks_slot(const struct npv_native *nat);
void npv_stacks_count(struct npv_native *nat);
bool npv_stacks_stalled(const struct npv_native *nat);
void npv_stacks_up(struct npv_tcp *tcp);
void npv_stacks_told(struct npv_native *nat);
void npv_stacks_remove(struct npv_tcp *tcp, bool abort);
void npv_stacks_down(struct npv_tcp *tcp, int err);
void npv_stacks_leave(struct npv_tcp *tcp);
void npv_stacks_retire(struct npv_tcp *tcp);
void npv_stacks_check(struct npv_native *nat);
void npv_stacks_reinject(struct npv_native *nat);
void npv_stacks_monitor(struct npv_native *nat);
void npv_stacks_closed(struct npv_tcp *tcp, u16 reason);
int npv_stacks_status(struct npv_tcp *tcp, const struct npv_frame *f);
void npv_stacks_watch(struct npv_native *nat);
int npv_stacks_tell(struct npv_tcp *tcp);

#endif /* _NPV_STACKS_H */
