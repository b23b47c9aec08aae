/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_RECEIVE_H
#define _NPV_RECEIVE_H

#include <linux/types.h>

struct msghdr;
struct npv_native;
struct npv_tcp;
struct pipe_inode_info;

int npv_receive(struct npv_tcp *tcp, struct msghdr *msg, size_t len);
int npv_receive_pipe(struct npv_tcp *tcp, struct pipe_inode_info *pipe,
		     size_t len);
bool npv_receive_ready(const struct npv_tcp *tcp);
void npv_receive_drain(struct npv_native *nat);
void npv_receive_last_ack(struct npv_native *nat);
void npv_receive_ack(struct npv_native *nat, bool now);
void npv_receive_window(struct npv_native *nat);

#endif /* _NPV_RECEIVE_H */
