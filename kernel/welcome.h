/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_WELCOME_H
#define _NPV_WELCOME_H

#include <linux/types.h>

struct in6_addr;
struct npv_frame;
struct npv_native;
struct npv_sock;
struct npv_subflow;

struct npv_native *npv_welcome_prepare(struct npv_sock *listener,
				       const struct npv_frame *f,
				       const struct in6_addr *local,
				       const struct in6_addr *remote,
				       __be16 remote_port);
void npv_welcome_cancel(struct npv_native *nat);
bool npv_welcome(struct npv_native *nat, struct npv_subflow *sub,
		 struct npv_sock *listener);

#endif /* _NPV_WELCOME_H */
