/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_SOCKET_H
#define _NPV_SOCKET_H

struct proto_ops;
struct socket;

const struct proto_ops *npv_socket_ops(const struct socket *sock);
int npv_socket_init(void);
void npv_socket_exit(void);

#endif /* _NPV_SOCKET_H */
