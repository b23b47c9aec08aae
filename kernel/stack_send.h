/* SPDX-License-Identifier: GPL-2.0 */
/* What stack_send.c and stack_pages.c know of each other, and nobody else. */
#ifndef _NPV_STACK_SEND_H
#define _NPV_STACK_SEND_H

#include <linux/socket.h>
#include <linux/types.h>

struct bio_vec;
struct npv_chunk;
struct npv_tcp;
struct page;
struct sock;
struct ubuf_info;

#define SEND_FLAGS	(MSG_DONTWAIT | MSG_NOSIGNAL)

int npv_capture(struct npv_tcp *tcp, struct msghdr *msg, u32 len, int more);
void npv_capture_note(struct npv_tcp *tcp, struct npv_chunk **chunk,
		      struct page *page, u32 off, u32 len);
struct ubuf_info *npv_pages_uarg(const struct msghdr *msg);
void npv_pages_copied(const struct msghdr *msg);
int npv_pages_capture(struct npv_tcp *tcp, struct msghdr *msg, u32 len,
		      int more);
int npv_pages_send(struct sock *sk, const struct bio_vec *bvec, unsigned int n,
		   u32 len, struct ubuf_info *uarg, int flags);

#endif /* _NPV_STACK_SEND_H */
