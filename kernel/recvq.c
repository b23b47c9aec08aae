// SPDX-License-Identifier: GPL-2.0
/*
 * Reassembly: what the stacks of a native session bring becomes one stream.
 * What comes in order is copied from the stack to the program and never enters
 * here; this holds what came too early, and what nobody was there to read.
 */

#include <linux/rbtree.h>
#include <linux/skbuff.h>
#include <net/sock.h>

#include "frame.h"
#include "recvq.h"

/**
 * struct recv_cb - where an skb of the queue lies in the stream
 * @seq: number of its first byte
 * @off: offset of that in the skb
 * @len: bytes from there on
 */
struct recv_cb {
	u64 seq;
	u32 off;
	u32 len;
};

#define RECV_CB(skb)	((struct recv_cb *)(skb)->cb)

/**
 * npv_recvq_init() - make an empty queue
 * @rq: the queue
 *
 * Numbers start at 0.
 */
void npv_recvq_init(struct npv_recvq *rq)
{
	BUILD_BUG_ON(sizeof(struct recv_cb) > sizeof_field(struct sk_buff, cb));

	memset(rq, 0, sizeof(*rq));
	__skb_queue_head_init(&rq->ordered);
	rq->ooo = RB_ROOT;
	rq->fin = NPV_SEQ_NONE;
}

/**
 * npv_recvq_purge() - free all that is in a queue
 * @rq: the queue
 * @sk: the session's sock
 *
 * Context: session lock held.
 */
void npv_recvq_purge(struct npv_recvq *rq, struct sock *sk)
{
	struct rb_node *node;

	__skb_queue_purge(&rq->ordered);
	while ((node = rb_first(&rq->ooo))) {
		rb_erase(node, &rq->ooo);
		kfree_skb(rb_to_skb(node));
	}
	rq->ooo_bytes = 0;
	sk_mem_reclaim(sk);
}

static void ooo_insert(struct npv_recvq *rq, struct sk_buff *skb)
{
	struct rb_node **p = &rq->ooo.rb_node, *parent = NULL;
	u64 seq = RECV_CB(skb)->seq;

	while (*p) {
		parent = *p;
		if (seq < RECV_CB(rb_to_skb(parent))->seq)
			p = &parent->rb_left;
		else
			p = &parent->rb_right;
	}
	rb_link_node(&skb->rbnode, parent, p);
	rb_insert_color(&skb->rbnode, &rq->ooo);
	rq->ooo_bytes += RECV_CB(skb)->len;
}

/* Drop what of an skb is there already. Return: whether something is left. */
static bool recv_trim(struct recv_cb *cb, u64 nxt)
{
	u64 dup;

	if (cb->seq >= nxt)
		return true;
	dup = nxt - cb->seq;
	if (dup >= cb->len)
		return false;
	cb->seq += dup;
	cb->off += dup;
	cb->len -= dup;
	return true;
}

/**
 * npv_recvq_advance() - take in what a filled gap has put in order
 * @rq: the queue
 *
 * Context: session lock held.
 */
void npv_recvq_advance(struct npv_recvq *rq)
{
	struct rb_node *node;

	while ((node = rb_first(&rq->ooo))) {
		struct sk_buff *skb = rb_to_skb(node);
		struct recv_cb *cb = RECV_CB(skb);

		if (cb->seq > rq->nxt)
			break;

		rb_erase(node, &rq->ooo);
		rq->ooo_bytes -= cb->len;
		/* rbnode shares its place with these. */
		skb->next = NULL;
		skb->prev = NULL;
		skb->dev = NULL;
		if (!recv_trim(cb, rq->nxt)) {
			kfree_skb(skb);
			continue;
		}
		rq->nxt += cb->len;
		__skb_queue_tail(&rq->ordered, skb);
	}

	if (rq->nxt == rq->fin)
		rq->nxt++;
}

/**
 * npv_recvq_direct() - note bytes that went straight to the program
 * @rq: a queue in which nothing is to be read
 * @len: bytes
 *
 * Context: session lock held.
 */
void npv_recvq_direct(struct npv_recvq *rq, unsigned int len)
{
	rq->copied += len;
	rq->nxt += len;
	if (unlikely(!RB_EMPTY_ROOT(&rq->ooo) || rq->nxt == rq->fin))
		npv_recvq_advance(rq);
}

/**
 * npv_recvq_end() - the peer says where its stream ends
 * @rq: the queue
 * @seq: number of its FIN
 *
 * Context: session lock held.
 * Return: 0; -EPROTO if it said something else before, or has sent more.
 */
int npv_recvq_end(struct npv_recvq *rq, u64 seq)
{
	struct rb_node *last = rb_last(&rq->ooo);
	const struct recv_cb *cb;

	if (rq->fin != NPV_SEQ_NONE)
		return rq->fin == seq ? 0 : -EPROTO;
	if (seq < rq->nxt)
		return -EPROTO;
	if (last) {
		cb = RECV_CB(rb_to_skb(last));
		if (cb->seq + cb->len > seq)
			return -EPROTO;
	}

	rq->fin = seq;
	npv_recvq_advance(rq);
	return 0;
}

/*
 * Take off the front of @cb what lies behind gaps already.
 * Return: bytes from there on that don't, 0 if all of it does.
 */
static u32 ooo_missing(const struct npv_recvq *rq, struct recv_cb *cb)
{
	struct rb_node *p = rq->ooo.rb_node, *node = NULL;

	/* The last that begins no later: those before end before it begins. */
	while (p) {
		if (RECV_CB(rb_to_skb(p))->seq > cb->seq) {
			p = p->rb_left;
		} else {
			node = p;
			p = p->rb_right;
		}
	}
	for (node = node ?: rb_first(&rq->ooo); node; node = rb_next(node)) {
		const struct recv_cb *it = RECV_CB(rb_to_skb(node));

		if (it->seq > cb->seq)
			return min_t(u64, cb->len, it->seq - cb->seq);
		if (!recv_trim(cb, it->seq + it->len))
			return 0;
	}

	return cb->len;
}

/* Keep a part of an skb that isn't there yet. Return: 0 or -ENOMEM. */
static int recv_keep(struct npv_recvq *rq, struct sock *sk, struct sk_buff *skb,
		     const struct recv_cb *cb)
{
	struct sk_buff *clone;

	/* What fills the gap at the head is what frees memory. */
	if (!sk_rmem_schedule(sk, skb, skb->truesize) && cb->seq != rq->nxt)
		return -ENOMEM;
	clone = skb_clone(skb, GFP_KERNEL);
	if (!clone)
		return -ENOMEM;

	skb_set_owner_r(clone, sk);
	*RECV_CB(clone) = *cb;
	if (cb->seq != rq->nxt) {
		ooo_insert(rq, clone);
		return 0;
	}

	rq->nxt += cb->len;
	__skb_queue_tail(&rq->ordered, clone);
	npv_recvq_advance(rq);
	return 0;
}

/**
 * npv_recvq_add() - keep a part of an skb for later
 * @rq: the queue
 * @sk: the session's sock, which the memory is charged to
 * @skb: an skb of a stack; what is kept is a clone
 * @off: offset of the part
 * @len: its length
 * @seq: number of its first byte
 *
 * No byte is kept twice: where stacks bring the same, cut into other frames,
 * only what is between those that are there is kept.
 *
 * Context: session lock held.
 * Return: 0, also for what is there already; -ENOMEM: try again later.
 */
int npv_recvq_add(struct npv_recvq *rq, struct sock *sk, struct sk_buff *skb,
		  unsigned int off, unsigned int len, u64 seq)
{
	struct recv_cb part, cb = {
		.seq	= seq,
		.off	= off,
		.len	= len,
	};
	int err = 0;

	while (!err && cb.len && recv_trim(&cb, rq->nxt)) {
		part.len = ooo_missing(rq, &cb);
		if (!part.len)
			break;
		part.seq = cb.seq;
		part.off = cb.off;
		cb.seq += part.len;
		cb.off += part.len;
		cb.len -= part.len;
		err = recv_keep(rq, sk, skb, &part);
	}

	return err;
}

/**
 * npv_recvq_read() - give the program what is in order
 * @rq: the queue
 * @msg: where to; NULL to drop it
 * @len: bytes at most
 * @flags: MSG_PEEK: leave it
 * @skip: bytes to pass over first; with MSG_PEEK only
 *
 * Context: process, session lock held.
 * Return: bytes copied, or -EFAULT if none could be.
 */
int npv_recvq_read(struct npv_recvq *rq, struct msghdr *msg, size_t len,
		   int flags, size_t skip)
{
	struct sk_buff *skb, *next;
	int copied = 0;

	skb_queue_walk_safe(&rq->ordered, skb, next) {
		struct recv_cb *cb = RECV_CB(skb);
		u32 pass = min_t(size_t, skip, cb->len);
		u32 n = min_t(size_t, cb->len - pass, len - copied);

		skip -= pass;
		if (n && msg && skb_copy_datagram_msg(skb, cb->off + pass,
						      msg, n))
			return copied ?: -EFAULT;
		copied += n;

		if (!(flags & MSG_PEEK)) {
			cb->seq += n;
			cb->off += n;
			cb->len -= n;
			rq->copied += n;
			if (!cb->len) {
				__skb_unlink(skb, &rq->ordered);
				kfree_skb(skb);
			}
		}
		if (copied == len)
			break;
	}

	return copied;
}

/**
 * npv_recvq_ranges() - what lies behind gaps, for an ACK
 * @rq: the queue
 * @range: filled in, ascending, not touching each other
 * @max: room
 *
 * Context: session lock held.
 * Return: the number of ranges.
 */
unsigned int npv_recvq_ranges(const struct npv_recvq *rq,
			      struct npv_frame_range *range, unsigned int max)
{
	struct rb_node *node;
	unsigned int n = 0;

	for (node = rb_first(&rq->ooo); node; node = rb_next(node)) {
		const struct recv_cb *cb = RECV_CB(rb_to_skb(node));

		if (n && cb->seq <= range[n - 1].end) {
			range[n - 1].end = max(range[n - 1].end,
					       cb->seq + cb->len);
			continue;
		}
		if (n == max)
			break;
		range[n].start = cb->seq;
		range[n].end = cb->seq + cb->len;
		n++;
	}

	return n;
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/recvq_test.c"
#endif
