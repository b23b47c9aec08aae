/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_PLAIN_H
#define _NPV_PLAIN_H

#include <linux/net.h>

struct npv_sock;

int npv_plain_rename(struct npv_sock *nsk, void *uaddr, int len);

int npv_stream_sendmsg(struct socket *sock, struct msghdr *msg, size_t len);
int npv_stream_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
		       int flags);
int npv_dgram_sendmsg(struct socket *sock, struct msghdr *msg, size_t len);
int npv_dgram_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
		      int flags);

int npv_plain_mmap(struct file *file, struct socket *sock,
		   struct vm_area_struct *vma);
ssize_t npv_plain_splice_read(struct socket *sock, loff_t *ppos,
			      struct pipe_inode_info *pipe, size_t len,
			      unsigned int flags);
void npv_plain_splice_eof(struct socket *sock);
int npv_plain_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size);
int npv_plain_set_peek_off(struct sock *sk, int val);
int npv_plain_set_rcvlowat(struct sock *sk, int val);
int npv_plain_peek_len(struct socket *sock);
int npv_plain_read_sock(struct sock *sk, read_descriptor_t *desc,
			sk_read_actor_t recv_actor);
int npv_plain_read_skb(struct sock *sk, skb_read_actor_t recv_actor);

#endif /* _NPV_PLAIN_H */
