/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_LISTEN_H
#define _NPV_LISTEN_H

#include <linux/socket.h>

struct npv_sock;
struct proto_accept_arg;
struct socket;

int npv_bind(struct socket *sock, struct sockaddr *uaddr, int len);
int npv_listen(struct socket *sock, int backlog);
void npv_listen_refuse(struct npv_sock *nsk, struct socket *sock);
int npv_accept(struct socket *sock, struct socket *newsock,
	       struct proto_accept_arg *arg);

#endif /* _NPV_LISTEN_H */
