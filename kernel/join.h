/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_JOIN_H
#define _NPV_JOIN_H

#include <linux/in6.h>
#include <linux/types.h>

struct npv_native;

/**
 * struct npv_join - a stack that is to be begun
 * @local: address to leave from; any: as routed
 * @remote: address of the peer
 * @port: its NPV port, network byte order
 * @ifindex: interface to bind to, 0: none
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 * @backup: it is to be used only where no other is left
 * @manual: an operator wants it, beside those that composition makes
 */
struct npv_join {
	struct in6_addr local;
	struct in6_addr remote;
	__be16 port;
	int ifindex;
	int protocol;
	bool backup;
	bool manual;
};

int npv_join_start(struct npv_native *nat, const struct npv_join *join);
void npv_join_expire(struct npv_native *nat);

#endif /* _NPV_JOIN_H */
