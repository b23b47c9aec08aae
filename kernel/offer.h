/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_OFFER_H
#define _NPV_OFFER_H

#include <linux/types.h>

struct in6_addr;
struct net;
struct npv_dgram;
struct npv_frame;
struct npv_port;
struct npv_sock;

void npv_offer_init(struct npv_port *port);
int npv_offer_open(struct npv_port *port);
void npv_offer_close(struct npv_port *port);
void npv_offer_answer(struct npv_port *port, const struct npv_frame *f,
		      const struct npv_dgram *dgram, u8 flags, int why);
int npv_offer_judge(struct net *net, const struct npv_frame *f,
		    const struct in6_addr *local, const struct in6_addr *remote,
		    int ifindex, struct npv_sock **listener);
bool npv_offer_pass(struct npv_port *port, const struct in6_addr *remote);

#endif /* _NPV_OFFER_H */
