/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_DISCOVER_H
#define _NPV_DISCOVER_H

#include <linux/types.h>

struct in6_addr;
struct npv_sock;

void npv_discover_doubt(struct npv_sock *nsk, const struct in6_addr *addr,
			__be16 port, u32 srtt_us);

#endif /* _NPV_DISCOVER_H */
