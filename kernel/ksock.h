/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_KSOCK_H
#define _NPV_KSOCK_H

#include <linux/in6.h>
#include <linux/types.h>

struct net;
struct socket;

/**
 * struct npv_dgram - whence a datagram came, or where it goes
 * @remote: the other host's address, IPv4 as ::ffff:a.b.c.d
 * @local: this host's; any: routing chooses
 * @port: the other host's port, network byte order
 * @scope_id: interface of a link-local @remote, else 0
 * @ifindex: interface that it came by; where it goes it is not read
 * @via: interface that it is to leave by, 0: as routed; where it came it is not set
 */
struct npv_dgram {
	struct in6_addr remote;
	struct in6_addr local;
	__be16 port;
	u32 scope_id;
	int ifindex;
	int via;
};

void npv_ksock_share(struct socket *sock);
void npv_ksock_drain(struct socket *sock);
struct socket *npv_ksock_open(struct net *net, int type, __be16 port);
int npv_ksock_send(struct socket *sock, const struct npv_dgram *dgram,
		   void *buf, unsigned int len);
int npv_ksock_recv(struct socket *sock, struct npv_dgram *dgram, void *buf,
		   unsigned int size);

#endif /* _NPV_KSOCK_H */
