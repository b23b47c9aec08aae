/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_RECEIVE_H
#define _NPV_RECEIVE_H

#include <linux/types.h>

struct msghdr;
struct npv_frame;
struct npv_frame_data;
struct npv_frame_range;
struct npv_native;
struct npv_subflow;
struct pipe_inode_info;
struct sk_buff;

/**
 * struct npv_rx - one look at what a stack has
 * @sub: the stack
 * @msg: where bytes in order go to, or NULL
 * @pipe: where they go to else, locked, or NULL; with neither they stay
 * @bytes: the payload, where it lies in one piece; NULL: it's in the skb
 * @room: bytes that @msg or @pipe still takes
 * @copied: bytes that it got
 * @drain: keep what is in order in the session's queue
 * @stop: what is next has to wait
 * @err: -errno that ends the stack
 * @out: -errno of @msg or @pipe
 */
struct npv_rx {
	struct npv_subflow *sub;
	struct msghdr *msg;
	struct pipe_inode_info *pipe;
	const u8 *bytes;
	size_t room;
	size_t copied;
	bool drain;
	bool stop;
	int err;
	int out;
};

unsigned int npv_receive_payload(struct npv_rx *rx, struct sk_buff *skb,
				 unsigned int off, unsigned int len, u64 seq);
int npv_receive_data(struct npv_subflow *sub, const struct npv_frame_data *f,
		     u8 flags);
int npv_receive_window_frame(struct npv_subflow *sub, u64 ack, u64 edge,
			     const struct npv_frame_range *range,
			     unsigned int n);
int npv_receive_frame(struct npv_subflow *sub, const struct npv_frame *f);

int npv_receive(struct npv_subflow *sub, struct msghdr *msg, size_t len);
int npv_receive_pipe(struct npv_subflow *sub, struct pipe_inode_info *pipe,
		     size_t len);
bool npv_receive_ready(const struct npv_subflow *sub);
void npv_receive_drain(struct npv_native *nat);
void npv_receive_last_ack(struct npv_native *nat);
void npv_receive_ack(struct npv_native *nat, bool now);
void npv_receive_window(struct npv_native *nat);

#endif /* _NPV_RECEIVE_H */
