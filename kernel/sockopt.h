/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_SOCKOPT_H
#define _NPV_SOCKOPT_H

#include <linux/sockptr.h>

/* Longest value that is remembered; the longest in the table has 44 bytes. */
#define NPV_OPTION_MAX		128

struct npv_keepalive_set;
struct npv_sock;
struct socket;

int npv_setsockopt(struct socket *sock, int level, int optname,
		   sockptr_t optval, unsigned int optlen);
int npv_getsockopt(struct socket *sock, int level, int optname,
		   char __user *optval, int __user *optlen);
bool npv_sockopt_is_set(const struct npv_sock *nsk, int level, int name);
bool npv_sockopt_near_only(const struct npv_sock *nsk);
int npv_sockopt_replay(struct npv_sock *nsk, struct socket *sock);
void npv_sockopt_replay_session(struct npv_sock *nsk, struct socket *sock);
void npv_sockopt_copy(struct npv_sock *nsk, const struct npv_sock *from);
void npv_sockopt_carry(struct npv_sock *carrier, struct socket *sock,
		       struct npv_sock *from);
void npv_sockopt_keepalive(const struct npv_sock *nsk, struct npv_keepalive_set *set);
void npv_sockopt_forget(struct npv_sock *nsk);

/* sockopt_npv.c */
int npv_setsockopt_npv(struct npv_sock *nsk, int name, sockptr_t optval,
		       unsigned int optlen);
int npv_getsockopt_npv(struct npv_sock *nsk, int name, char __user *optval,
		       int __user *optlen);

#endif /* _NPV_SOCKOPT_H */
