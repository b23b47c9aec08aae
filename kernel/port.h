/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_PORT_H
#define _NPV_PORT_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "frame.h"
#include "limit.h"

struct net;
struct npv_native;
struct npv_once;
struct npv_sock;
struct sock;
struct socket;

/**
 * struct npv_port - the NPV port of a namespace
 * @lock: of opening and closing
 * @users: listeners and accepted sessions; the first comes and the last goes with
 *	@lock held
 * @net: the namespace
 * @tcp: its TCP socket, NULL while closed
 * @udp: its UDP socket, NULL while closed or where it could not be had
 * @data_ready: what sk_data_ready of @tcp was
 * @state_change: what its sk_state_change was
 * @udp_data_ready: what that of @udp was
 * @accept: takes connections from @tcp; disabled while closed
 * @reopen: opens @tcp again when something has closed it
 * @answer: answers what came to @udp; offer.c
 * @limit: of the answers. @answer's own.
 * @sources: of the answers to each. @answer's own.
 * @question: what is being answered. @answer's own.
 * @confirmed: proofs over UDP that wait for their session; udp_join.c, udp_move.c
 * @begun: which tokens of OFFER were used; NULL: no session begins over UDP. @answer's
 *	own.
 * @begin_secret: what these are made from
 * @secret: what nonces and tokens are made from that are not kept; as above
 * @half_lock: of @half and @n_half; a leaf, with bottom halves off
 * @half: struct npv_half, connections that haven't said what they want
 * @n_half: number of them
 * @listen_lock: of @listeners and their queues; a leaf, with bottom halves off
 * @listeners: struct npv_listen
 */
struct npv_port {
	struct mutex lock;	/* serialises opening and closing */
	atomic_t users;
	struct net *net;
	struct socket *tcp;
	struct socket *udp;
	void (*data_ready)(struct sock *sk);
	void (*state_change)(struct sock *sk);
	void (*udp_data_ready)(struct sock *sk);
	struct delayed_work accept;
	struct work_struct reopen;
	struct work_struct answer;
	struct npv_limit limit;
	struct npv_sources sources;
	u8 question[NPV_FRAME_CTRL_MAX];
	atomic_t confirmed;
	struct npv_once *begun;
	siphash_key_t begin_secret;
	siphash_key_t secret;

	spinlock_t half_lock;	/* protects half, n_half */
	struct list_head half;
	unsigned int n_half;

	spinlock_t listen_lock;	/* protects listeners and their queues */
	struct list_head listeners;
};

void npv_port_init(struct npv_port *port, struct net *net);
void npv_port_exit(struct npv_port *port);
bool npv_port_get(struct net *net);
bool npv_port_hold(struct net *net);
void npv_port_put(struct net *net);

#endif /* _NPV_PORT_H */
