/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_ANNOUNCE_H
#define _NPV_ANNOUNCE_H

#include <linux/types.h>

struct npv_frame;
struct npv_native;
struct npv_subflow;

void npv_announce(struct npv_native *nat);
void npv_announce_lost(struct npv_native *nat, u8 slot);
int npv_announced(struct npv_subflow *sub, const struct npv_frame *f);

#endif /* _NPV_ANNOUNCE_H */
