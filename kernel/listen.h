/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_LISTEN_H
#define _NPV_LISTEN_H

#include <linux/poll.h>
#include <linux/socket.h>

struct npv_sock;
struct proto_accept_arg;
struct socket;

int npv_bind(struct socket *sock, struct sockaddr *uaddr, int len);
int npv_listen(struct socket *sock, int backlog);
int npv_accept(struct socket *sock, struct socket *newsock,
	       struct proto_accept_arg *arg);
__poll_t npv_listen_poll(struct npv_sock *nsk, struct file *file,
			 struct socket *sock);

#endif /* _NPV_LISTEN_H */
