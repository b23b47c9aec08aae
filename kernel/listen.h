/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_LISTEN_H
#define _NPV_LISTEN_H

#include <linux/socket.h>

struct proto_accept_arg;
struct socket;

int npv_bind(struct socket *sock, struct sockaddr *uaddr, int len);
int npv_listen(struct socket *sock, int backlog);
int npv_accept(struct socket *sock, struct socket *newsock,
	       struct proto_accept_arg *arg);

#endif /* _NPV_LISTEN_H */
