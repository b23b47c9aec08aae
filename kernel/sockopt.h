/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_SOCKOPT_H
#define _NPV_SOCKOPT_H

#include <linux/sockptr.h>

struct npv_sock;
struct socket;

int npv_setsockopt(struct socket *sock, int level, int optname,
		   sockptr_t optval, unsigned int optlen);
int npv_getsockopt(struct socket *sock, int level, int optname,
		   char __user *optval, int __user *optlen);
int npv_sockopt_replay(struct npv_sock *nsk, struct socket *sock);
void npv_sockopt_forget(struct npv_sock *nsk);

#endif /* _NPV_SOCKOPT_H */
