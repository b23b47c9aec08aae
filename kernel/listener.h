/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_LISTENER_H
#define _NPV_LISTENER_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/types.h>

#include "../uapi/linux/npv.h"

struct net;
struct npv_native;
struct npv_sock;
struct sock;

/**
 * struct npv_listen - a listener, as native sessions find it
 * @node: in npv_port.listeners. npv_port.listen_lock, as all that changes.
 * @nsk: the session that listens; referenced
 * @sk: the sock that its program's socket has; referenced
 * @port: service, network byte order
 * @count: number of addresses
 * @addr: where it listens
 * @v6only: any IPv6 address doesn't mean any IPv4 one
 * @queue: struct npv_sock that wait for accept(), by accept_node
 * @queued: number of them
 */
struct npv_listen {
	struct list_head node;
	struct npv_sock *nsk;
	struct sock *sk;
	__be16 port;
	u8 count;
	bool v6only;
	struct in6_addr addr[NPV_ADDR_MAX];
	struct list_head queue;
	unsigned int queued;
};

bool npv_listener_add(struct npv_sock *nsk);
void npv_listener_del(struct npv_sock *nsk);
int npv_listener_offer(struct net *net, int type, __be16 port,
		       const struct in6_addr *local, const struct in6_addr *remote,
		       int ifindex, struct npv_sock **nsk);
int npv_listener_queue(struct npv_sock *listener, struct npv_sock *child);
struct npv_sock *npv_listener_take(struct npv_sock *nsk);
bool npv_listener_idle(const struct npv_sock *nsk);

#endif /* _NPV_LISTENER_H */
