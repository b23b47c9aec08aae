/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_STEER_H
#define _NPV_STEER_H

#include <linux/types.h>

struct npv_candidate;
struct npv_sock;

bool npv_steered(const struct npv_sock *nsk);
unsigned int npv_steer(struct npv_sock *nsk, __be16 port, struct npv_candidate *cand,
		       unsigned int n);

#endif /* _NPV_STEER_H */
