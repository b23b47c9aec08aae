/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_RECVQ_H
#define _NPV_RECVQ_H

#include <linux/rbtree.h>
#include <linux/skbuff.h>
#include <linux/types.h>

struct msghdr;
struct npv_frame_range;
struct pipe_inode_info;
struct sock;

/* npv_recvq.fin while the peer hasn't said where its stream ends */
#define NPV_SEQ_NONE	U64_MAX

/**
 * struct npv_recvq - reassembly of a session's incoming stream. Session lock.
 * @ordered: what is in order and not read yet; clones of the stacks' skbs
 * @ooo: what lies behind a gap, by sequence number; no byte twice
 * @copied: number of the next byte for the program
 * @nxt: number of the next byte expected; @copied and @nxt differ by what
 *	is in @ordered
 * @fin: number of the peer's FIN, NPV_SEQ_NONE if unknown
 * @seen: number behind the last byte that the peer has begun to send
 * @ooo_bytes: bytes in @ooo
 */
struct npv_recvq {
	struct sk_buff_head ordered;
	struct rb_root ooo;
	u64 copied;
	u64 nxt;
	u64 fin;
	u64 seen;
	u64 ooo_bytes;
};

/* Bytes that can be read without a look into the stacks */
static inline u64 npv_recvq_avail(const struct npv_recvq *rq)
{
	/* The FIN has a number, but there is nothing to read. */
	return rq->nxt - rq->copied - (rq->nxt > rq->fin);
}

/* Whether the program has got all that the peer ever sent */
static inline bool npv_recvq_eof(const struct npv_recvq *rq)
{
	return rq->copied >= rq->fin;
}

void npv_recvq_init(struct npv_recvq *rq);
void npv_recvq_purge(struct npv_recvq *rq, struct sock *sk);
int npv_recvq_add(struct npv_recvq *rq, struct sock *sk, struct sk_buff *skb,
		  unsigned int off, unsigned int len, u64 seq);
void npv_recvq_direct(struct npv_recvq *rq, unsigned int len);
void npv_recvq_advance(struct npv_recvq *rq);
int npv_recvq_end(struct npv_recvq *rq, u64 seq);
int npv_recvq_read(struct npv_recvq *rq, struct msghdr *msg, size_t len,
		   int flags, size_t skip);
int npv_recvq_splice(struct npv_recvq *rq, struct sock *sk,
		     struct pipe_inode_info *pipe, size_t len);
unsigned int npv_recvq_ranges(const struct npv_recvq *rq,
			      struct npv_frame_range *range, unsigned int max);

#endif /* _NPV_RECVQ_H */
