/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_UDP_MOVE_H
#define _NPV_UDP_MOVE_H

#include <linux/rcupdate.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>

struct net;
struct npv_dgram;
struct npv_frame;
struct npv_native;
struct npv_port;
struct npv_udp;

/* Shortest packet with a connection id: no PATH_CHALLENGE is longer */
#define NPV_UDP_CID_MIN		32

/**
 * struct npv_udp_name - by what a packet from an unknown address finds its stack
 * @node: in npv_net.udp_names
 * @cid: connection id that the server has chosen
 * @peer_cid: that of the client
 * @session: npv_native.id
 * @stack: number of the stack
 * @moves: how often it was moved. Written under the session's lock.
 * @rcu: it is freed
 *
 * Of a server's stacks only. It refers to nothing, so that who looks it up need hold
 * nothing.
 */
struct npv_udp_name {
	struct rhash_head node;
	u64 cid;
	u64 peer_cid;
	u64 session;
	u32 stack;
	u32 moves;
	struct rcu_head rcu;
};

int npv_udp_names_init(struct rhashtable *names);
void npv_udp_names_exit(struct rhashtable *names);
int npv_udp_name_add(struct npv_udp *udp, const struct npv_native *nat);
void npv_udp_name_del(struct npv_udp *udp);

bool npv_udp_move_packet(struct npv_port *port, const struct npv_dgram *dgram,
			 const u8 *buf, unsigned int len);
bool npv_udp_move_response(struct npv_port *port, const struct npv_dgram *dgram,
			   const struct npv_frame *f);
int npv_udp_move_challenged(struct npv_udp *udp, const struct npv_frame *f);

#endif /* _NPV_UDP_MOVE_H */
