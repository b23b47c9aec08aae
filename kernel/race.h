/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_RACE_H
#define _NPV_RACE_H

#include <linux/types.h>

struct npv_candidate;
struct npv_sock;
struct npv_stack;

int npv_race_init(void);
void npv_race_exit(void);

int npv_race_start(struct npv_sock *nsk, const struct npv_candidate *cand,
		   unsigned int n, __be16 port);
int npv_race_start_native(struct npv_sock *nsk,
			  const struct npv_candidate *cand, unsigned int n,
			  __be16 port, bool known);
void npv_race_kick(struct npv_sock *nsk);
bool npv_race_abort(struct npv_sock *nsk, int err);
void npv_race_shutdown(struct npv_sock *nsk);
bool npv_race_cancel(struct npv_sock *nsk);
void npv_race_reap(struct npv_sock *nsk);
int npv_race_wait(struct npv_sock *nsk, long timeo);
struct npv_stack *npv_race_stack(struct npv_sock *nsk, unsigned int i);

#endif /* _NPV_RACE_H */
