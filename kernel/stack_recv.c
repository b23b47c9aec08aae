// SPDX-License-Identifier: GPL-2.0
/*
 * Frames out of TCP's queue. The part of receive.c for stacks over TCP; session and
 * stack lock held.
 */

#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/tcp.h>

#include "frame.h"
#include "native.h"
#include "receive.h"
#include "stack_tcp.h"

/* A DATA frame begins. */
static void rx_data(struct npv_rx *rx, const struct npv_frame_data *f, u8 flags)
{
	struct npv_tcp *tcp = npv_tcp(rx->sub);

	/* Nothing but its handshake before a stack is part of the session */
	if (rx->sub->status == NPV_STACK_STATUS_JOINING ||
	    !test_bit(NPV_NF_WELCOMED, &rx->sub->nat->flags)) {
		rx->err = -EPROTO;
		return;
	}
	rx->err = npv_receive_data(rx->sub, f, flags);
	if (rx->err)
		return;
	tcp->rx_seq = f->seq;
	WRITE_ONCE(tcp->rx_left, f->len);
}

/*
 * The head of a DATA frame that lies in one piece: the usual case.
 * Return: whether it was, and the frame has begun.
 */
static bool rx_data_head(struct npv_rx *rx, struct sk_buff *skb, unsigned int off)
{
	u8 buf[NPV_FRAME_DATA_HDR] __uninitialized;
	struct npv_frame_data f __uninitialized;

	if (npv_tcp_peek(skb, off, buf, sizeof(buf)) ||
	    !npv_frame_decode_data(&f, buf))
		return false;
	rx_data(rx, &f, buf[1]);
	return true;
}

/*
 * Bytes of a control frame, or of a head that comes in pieces. A struct npv_frame
 * is large, and cleared by kernels that clear the stack: not for each DATA frame.
 * Return: bytes used up.
 */
static noinline unsigned int rx_control(struct npv_rx *rx, struct sk_buff *skb,
					unsigned int off, unsigned int len)
{
	struct npv_tcp *tcp = npv_tcp(rx->sub);
	struct npv_frame f;
	unsigned int n;
	u8 *buf;
	int ret;

	if (!tcp->rx_have)
		tcp->rx_need = NPV_FRAME_HDR;
	buf = tcp->rx_ctl ?: tcp->rx_hdr;
	n = min_t(unsigned int, len, tcp->rx_need - tcp->rx_have);
	if (skb_copy_bits(skb, off, buf + tcp->rx_have, n)) {
		rx->err = -EPROTO;
		return 0;
	}
	tcp->rx_have += n;
	if (tcp->rx_have < tcp->rx_need)
		return n;

	ret = npv_frame_decode(&f, buf, tcp->rx_have);
	if (ret == NPV_FRAME_SHORT) {
		tcp->rx_need = npv_frame_need(buf, tcp->rx_have);
		if (tcp->rx_need > sizeof(tcp->rx_hdr) && !tcp->rx_ctl) {
			tcp->rx_ctl = kmalloc(NPV_FRAME_CTRL_MAX, GFP_KERNEL);
			if (!tcp->rx_ctl) {
				rx->err = -ENOMEM;
				return n;
			}
			memcpy(tcp->rx_ctl, tcp->rx_hdr, tcp->rx_have);
		}
		return n;
	}

	tcp->rx_have = 0;
	kfree(tcp->rx_ctl);
	tcp->rx_ctl = NULL;
	if (ret == NPV_FRAME_BAD)
		rx->err = -EPROTO;
	else if (f.type == NPV_FRAME_DATA)
		rx_data(rx, &f.data, f.flags);
	else
		rx->err = npv_receive_frame(rx->sub, &f);
	return n;
}

/* Bytes of a frame's head, or of a control frame. Return: bytes used up. */
static unsigned int rx_head(struct npv_rx *rx, struct sk_buff *skb,
			    unsigned int off, unsigned int len)
{
	if (!npv_tcp(rx->sub)->rx_have && len >= NPV_FRAME_DATA_HDR &&
	    rx_data_head(rx, skb, off))
		return NPV_FRAME_DATA_HDR;
	return rx_control(rx, skb, off, len);
}

/* sk_read_actor_t of npv_tcp_receive() */
static int rx_actor(read_descriptor_t *desc, struct sk_buff *skb,
		    unsigned int off, size_t len)
{
	struct npv_rx *rx = desc->arg.data;
	struct npv_tcp *tcp = npv_tcp(rx->sub);
	unsigned int used = 0, n;

	while (used < len && !rx->stop && !rx->err) {
		if (tcp->rx_left) {
			n = min_t(size_t, tcp->rx_left, len - used);
			n = npv_receive_payload(rx, skb, off + used, n, tcp->rx_seq);
			WRITE_ONCE(tcp->rx_left, tcp->rx_left - n);
			tcp->rx_seq += n;
			rx->sub->bytes_received += n;
		} else {
			n = rx_head(rx, skb, off + used, len - used);
		}
		used += n;
	}
	/* Nothing can come behind the last one meanwhile: spare TCP the look. */
	if (rx->stop || rx->err ||
	    TCP_SKB_CB(skb)->end_seq == tcp_sk(npv_tcp_sk(tcp))->rcv_nxt)
		desc->count = 0;

	return used;
}

/**
 * npv_tcp_receive() - npv_subflow_ops.receive of TCP
 * @sub: the stack
 * @rx: the look at it
 *
 * Context: process, session lock held, the stack's not.
 * Return: 0; what there is to say is in @rx.
 */
int npv_tcp_receive(struct npv_subflow *sub, struct npv_rx *rx)
{
	struct sock *sk = npv_subflow_sk(sub);
	read_descriptor_t desc = {
		.arg.data	= rx,
		.count		= 1,
	};

	lock_sock(sk);
	tcp_read_sock(sk, &desc, rx_actor);
	release_sock(sk);
	return 0;
}

/**
 * npv_tcp_readable() - npv_subflow_ops.readable of TCP
 * @sub: the stack, after npv_receive()
 *
 * Context: session lock held.
 * Return: bytes of its DATA frame that are next in order and have come.
 */
u32 npv_tcp_readable(const struct npv_subflow *sub)
{
	const struct npv_tcp *tcp = npv_tcp(sub);
	const struct tcp_sock *tp = tcp_sk(npv_tcp_sk(tcp));

	if (!tcp->rx_left || tcp->rx_seq != sub->nat->recvq.nxt)
		return 0;
	return min_t(u32, tcp->rx_left, READ_ONCE(tp->rcv_nxt) -
					READ_ONCE(tp->copied_seq));
}
