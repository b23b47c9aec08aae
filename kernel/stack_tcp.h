/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_STACK_TCP_H
#define _NPV_STACK_TCP_H

#include <linux/list.h>
#include <linux/types.h>
#include <net/tcp.h>

#include "frame.h"
#include "subflow.h"

struct msghdr;
struct page;

/*
 * Control frames up to here need no memory to be received, WELCOME and JOIN_ACK
 * among them: no second one comes.
 */
#define NPV_RX_SMALL	64

/**
 * struct npv_tcp - a stack of a native session: frames over TCP
 * @sub: what all stacks have
 * @data_ready: the sock's own callbacks. sk_callback_lock.
 * @write_space: as above
 * @state_change: as above
 * @error_report: as above
 *
 * @rx_left: bytes of payload left of the DATA frame that is being received.
 *	Session and stack lock, as the rest.
 * @rx_seq: number of the next of them
 * @rx_have: bytes in @rx_hdr, or @rx_ctl
 * @rx_need: bytes that the frame's head, or all of a control frame, takes
 * @rx_hdr: head of the frame that is being received, or all of a small one
 * @rx_ctl: a control frame longer than that, being put together
 *
 * @pending: struct npv_piece, what belongs to frames already begun and TCP had
 *	no room for; nothing may be sent before it
 * @tx_page: where the head of the last DATA frame is, without a reference: it
 *	is looked at only while TCP has it unsent
 * @tx_off: its offset there
 * @tx_hdr_seq: TCP sequence number of that head
 * @tx_end_seq: TCP sequence number behind that frame
 * @tx_data_end: number behind the last byte of payload in that frame
 * @tx_len: payload of that frame
 */
struct npv_tcp {
	struct npv_subflow sub;

	void (*data_ready)(struct sock *sk);
	void (*write_space)(struct sock *sk);
	void (*state_change)(struct sock *sk);
	void (*error_report)(struct sock *sk);

	u32 rx_left;
	u64 rx_seq;
	u16 rx_have;
	u16 rx_need;
	u8 rx_hdr[NPV_RX_SMALL];
	u8 *rx_ctl;

	struct list_head pending;
	struct page *tx_page;
	u32 tx_off;
	u32 tx_hdr_seq;
	u32 tx_end_seq;
	u64 tx_data_end;
	u32 tx_len;
};

static inline struct npv_tcp *npv_tcp(const struct npv_subflow *sub)
{
	return container_of(sub, struct npv_tcp, sub);
}

static inline struct sock *npv_tcp_sk(const struct npv_tcp *tcp)
{
	return tcp->sub.stack->sk;
}

/* Whether TCP takes anything to send */
static inline bool npv_tcp_can_send(const struct sock *sk)
{
	return (1 << READ_ONCE(sk->sk_state)) &
	       (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT);
}

/* Whether TCP keeps the end of @msg for what follows it: MSG_MORE, TCP_CORK */
static inline bool npv_tcp_corked(const struct npv_subflow *sub,
				  const struct msghdr *msg)
{
	return msg->msg_flags & MSG_MORE ||
	       tcp_sk(npv_subflow_sk(sub))->nonagle & TCP_NAGLE_CORK;
}

/**
 * npv_tcp_peek() - skb_copy_bits() of few bytes, so many that the compiler knows
 * @skb: what came
 * @off: where in it
 * @to: for the bytes; always a copy, as who sent them may own the page
 * @len: how many
 *
 * Without a call where they lie in one piece: it is done for each frame.
 *
 * Return: 0, or less when @skb is shorter.
 */
static __always_inline int npv_tcp_peek(const struct sk_buff *skb, unsigned int off,
					void *to, unsigned int len)
{
	const skb_frag_t *frag = skb_shinfo(skb)->frags;
	unsigned int head = skb_headlen(skb);

	if (off + len <= head) {
		memcpy(to, skb->data + off, len);
		return 0;
	}
	if (skb_shinfo(skb)->nr_frags && off >= head &&
	    off - head + len <= skb_frag_size(frag) && skb_frags_readable(skb) &&
	    !PageHighMem(skb_frag_page(frag))) {
		memcpy(to, skb_frag_address(frag) + off - head, len);
		return 0;
	}
	return skb_copy_bits(skb, off, to, len);
}

extern const struct npv_subflow_ops npv_tcp_ops;

void npv_tcp_measure(const struct sock *sk, struct npv_measured *m);
u32 npv_tcp_loss(const struct sock *sk);
u32 npv_tcp_heard(const struct sock *sk);

int npv_tcp_init(void);
void npv_tcp_exit(void);
struct npv_subflow *npv_tcp_create(struct npv_stack *stack, gfp_t gfp);
void npv_tcp_attach(struct npv_subflow *sub, struct npv_native *nat, u8 slot);

void npv_tcp_want_room(struct npv_subflow *sub);
int npv_tcp_resend(struct npv_subflow *sub, struct npv_chunk *chunk);
int npv_tcp_send_frame(struct npv_subflow *sub, const struct npv_frame *f,
		       bool hold);
void npv_tcp_push(struct npv_subflow *sub);
void npv_tcp_flush(struct npv_subflow *sub);
void npv_tcp_drop_pending(struct npv_subflow *sub);

#endif /* _NPV_STACK_TCP_H */
