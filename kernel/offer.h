/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_OFFER_H
#define _NPV_OFFER_H

#include <linux/types.h>

struct in6_addr;
struct net;
struct npv_frame;
struct npv_port;
struct npv_sock;

/**
 * struct npv_offer_limit - how many HELLOs over UDP may be answered
 * @credit: answers that may be given at once, in parts of HZ
 * @stamp: when that was so, jiffies
 */
struct npv_offer_limit {
	u32 credit;
	unsigned long stamp;
};

void npv_offer_init(struct npv_port *port);
int npv_offer_open(struct npv_port *port);
void npv_offer_close(struct npv_port *port);
int npv_offer_judge(struct net *net, const struct npv_frame *f,
		    const struct in6_addr *local, int ifindex,
		    struct npv_sock **listener);

#endif /* _NPV_OFFER_H */
