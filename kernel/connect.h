/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_CONNECT_H
#define _NPV_CONNECT_H

#include <linux/socket.h>

struct npv_addrs;
struct npv_candidate;
struct npv_sock;
struct socket;

int npv_connect(struct socket *sock, struct sockaddr *uaddr, int len,
		int flags);
int npv_connect_from(struct npv_sock *nsk, struct socket *sock,
		     const struct npv_candidate *cand);
int npv_connect_parse(struct npv_sock *nsk, const struct sockaddr *uaddr,
		      int len, struct npv_addrs *dst);
int npv_connect_target(struct npv_sock *nsk, const struct sockaddr *uaddr,
		       int len, struct sockaddr_storage *ss);

#endif /* _NPV_CONNECT_H */
