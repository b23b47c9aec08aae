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
 * @own: the skb is nobody else's, and more may be put behind its end
 */
struct recv_cb {
	u64 seq;
	u32 off;
	u32 len;
	bool own;
};

/* Room in an skb for bytes that are copied, the first and those to come */
#define RECV_COPY_ROOM	SKB_WITH_OVERHEAD(PAGE_SIZE)

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

/* The entry out of order that begins last before or at a number, or NULL */
static struct sk_buff *ooo_before(const struct npv_recvq *rq, u64 seq)
{
	struct rb_node *p = rq->ooo.rb_node;
	struct sk_buff *found = NULL;

	while (p) {
		struct sk_buff *skb = rb_to_skb(p);

		if (RECV_CB(skb)->seq <= seq) {
			found = skb;
			p = p->rb_right;
		} else {
			p = p->rb_left;
		}
	}

	return found;
}

/* Copy bytes to the end of an skb of our own, as far as it has room for them. */
static bool recv_append(struct sk_buff *tail, struct sk_buff *skb,
			const struct recv_cb *cb)
{
	struct recv_cb *at = tail ? RECV_CB(tail) : NULL;

	if (!at || !at->own || at->seq + at->len != cb->seq ||
	    skb_tailroom(tail) < cb->len)
		return false;
	if (skb_copy_bits(skb, cb->off, skb_put(tail, cb->len), cb->len))
		return false;
	at->len += cb->len;
	return true;
}

/*
 * An skb for bytes of another. Of one that has little more it is a clone; else
 * they are copied, so that few bytes don't hold, and count for, many.
 */
static struct sk_buff *recv_take(struct sock *sk, struct sk_buff *skb,
				 const struct recv_cb *cb, bool gap)
{
	bool own = cb->len < skb->truesize / 4;
	struct sk_buff *kept;

	if (own) {
		kept = alloc_skb(max_t(u32, cb->len, RECV_COPY_ROOM),
				 GFP_KERNEL);
		if (kept && skb_copy_bits(skb, cb->off,
					  skb_put(kept, cb->len), cb->len)) {
			kfree_skb(kept);
			kept = NULL;
		}
	} else {
		kept = skb_clone(skb, GFP_KERNEL);
	}
	if (!kept)
		return NULL;

	/* What fills the gap at the head is what frees memory. */
	if (!sk_rmem_schedule(sk, kept, kept->truesize) && gap) {
		kfree_skb(kept);
		return NULL;
	}
	skb_set_owner_r(kept, sk);
	*RECV_CB(kept) = *cb;
	RECV_CB(kept)->own = own;
	if (own)
		RECV_CB(kept)->off = 0;
	return kept;
}

/* Keep bytes behind a gap, those that are not there yet. */
static int ooo_add(struct npv_recvq *rq, struct sock *sk, struct sk_buff *skb,
		   struct recv_cb cb)
{
	while (cb.len) {
		struct sk_buff *prev = ooo_before(rq, cb.seq), *kept;
		struct recv_cb part = cb;
		struct rb_node *node;
		u32 skip = 0;

		if (prev && RECV_CB(prev)->seq + RECV_CB(prev)->len > cb.seq) {
			skip = min_t(u64, cb.len, RECV_CB(prev)->seq +
						  RECV_CB(prev)->len - cb.seq);
		} else {
			node = prev ? rb_next(&prev->rbnode) :
				      rb_first(&rq->ooo);
			if (node)
				part.len = min_t(u64, part.len,
						 RECV_CB(rb_to_skb(node))->seq -
						 part.seq);
			skip = part.len;
			if (recv_append(prev, skb, &part)) {
				rq->ooo_bytes += part.len;
			} else {
				kept = recv_take(sk, skb, &part, true);
				if (!kept)
					return -ENOMEM;
				ooo_insert(rq, kept);
			}
		}
		cb.seq += skip;
		cb.off += skip;
		cb.len -= skip;
	}

	return 0;
}

/**
 * npv_recvq_add() - keep a part of an skb for later
 * @rq: the queue
 * @sk: the session's sock, which the memory is charged to
 * @skb: an skb of a stack; what is kept is a clone, or a copy
 * @off: offset of the part
 * @len: its length
 * @seq: number of its first byte
 *
 * No byte is kept twice: the peer's window bounds what a queue holds.
 *
 * Context: session lock held.
 * Return: 0, also for what is there already; -ENOMEM: try again later.
 */
int npv_recvq_add(struct npv_recvq *rq, struct sock *sk, struct sk_buff *skb,
		  unsigned int off, unsigned int len, u64 seq)
{
	struct sk_buff *kept;
	struct recv_cb cb = {
		.seq	= seq,
		.off	= off,
		.len	= len,
	};

	if (!recv_trim(&cb, rq->nxt))
		return 0;
	if (cb.seq != rq->nxt)
		return ooo_add(rq, sk, skb, cb);

	if (!recv_append(skb_peek_tail(&rq->ordered), skb, &cb)) {
		kept = recv_take(sk, skb, &cb, false);
		if (!kept)
			return -ENOMEM;
		__skb_queue_tail(&rq->ordered, kept);
	}
	rq->nxt += cb.len;
	npv_recvq_advance(rq);
	return 0;
}

/* Bytes of an skb at the head of what is in order have been read. */
static void recv_consume(struct npv_recvq *rq, struct sk_buff *skb, u32 n)
{
	struct recv_cb *cb = RECV_CB(skb);

	cb->seq += n;
	cb->off += n;
	cb->len -= n;
	rq->copied += n;
	if (!cb->len) {
		__skb_unlink(skb, &rq->ordered);
		kfree_skb(skb);
	}
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

		if (!(flags & MSG_PEEK))
			recv_consume(rq, skb, n);
		if (copied == len)
			break;
	}

	return copied;
}

/**
 * npv_recvq_splice() - put what is in order into a pipe
 * @rq: the queue
 * @sk: the session's sock
 * @pipe: the pipe, locked
 * @len: bytes at most
 *
 * Context: process, session lock held.
 * Return: bytes that it took, 0 if there were none or no memory; -EAGAIN if it is
 * full.
 */
int npv_recvq_splice(struct npv_recvq *rq, struct sock *sk,
		     struct pipe_inode_info *pipe, size_t len)
{
	struct sk_buff *skb;
	int copied = 0, n;

	while (copied < len && (skb = skb_peek(&rq->ordered))) {
		u32 part = min_t(size_t, RECV_CB(skb)->len, len - copied);

		n = skb_splice_bits(skb, sk, RECV_CB(skb)->off, pipe, part, 0);
		if (n <= 0)
			return copied ?: n;
		copied += n;
		recv_consume(rq, skb, n);
		if (n < part)
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
