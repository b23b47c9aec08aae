/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_EVENT_H
#define _NPV_EVENT_H

#include <linux/types.h>

struct net;
struct npv_sock;
struct npv_stack;

void npv_event_session(struct npv_sock *nsk, int cmd);
void npv_event_stack(struct npv_stack *stack, int cmd);
void npv_event_policy(struct net *net, u32 number);

#endif /* _NPV_EVENT_H */
