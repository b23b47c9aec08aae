/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_COMPOSE_H
#define _NPV_COMPOSE_H

struct in6_addr;
struct net;
struct npv_frame;
struct npv_native;
struct npv_subflow;

void npv_compose(struct npv_native *nat);
void npv_compose_lost(struct npv_native *nat, u8 slot);
void npv_compose_expire(struct npv_native *nat);
int npv_compose_addrs(struct npv_subflow *sub, const struct npv_frame *f);
int npv_compose_join(struct npv_native *nat, const struct in6_addr *local,
		     const struct in6_addr *remote, __be16 port, int ifindex,
		     int protocol, bool backup, bool manual);
void npv_compose_changed(struct net *net);

#endif /* _NPV_COMPOSE_H */
