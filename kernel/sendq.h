/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_SENDQ_H
#define _NPV_SENDQ_H

#include <linux/list.h>
#include <asm/page.h>
#include <linux/types.h>

struct npv_frame_range;
struct page;
struct sock;
struct ubuf_info;

/* Bits of npv_chunk.flags */
#define NPV_CHUNK_FIN	0x01	/* the end of the stream: one number, no byte */
#define NPV_CHUNK_LOST	0x02	/* is to be sent again; on npv_sendq.lost */
#define NPV_CHUNK_HELD	0x04	/* the peer has it, behind a gap */

/* Order of pages for bulk, and how many a queue keeps for the next bytes */
#define NPV_PAGE_BULK_ORDER	(BITS_PER_LONG > 32 ? get_order(128 * 1024) : \
				 get_order(32 * 1024))
#define NPV_PAGES_SPARE		8
/* Chunks that are kept for the next: what an ACK frees, over UDP one a packet */
#define NPV_CHUNKS_SPARE	128

/* npv_chunk.slot of what no stack carries */
#define NPV_SLOT_NONE	0xff

/**
 * struct npv_chunk - bytes that the peer's session hasn't acknowledged
 * @node: in npv_sendq.chunks, by sequence number
 * @lost: in npv_sendq.lost if NPV_CHUNK_LOST
 * @page: where they are; referenced. NULL for the FIN.
 * @uarg: the program's MSG_ZEROCOPY, which is told when nobody refers to @page any
 *	more; NULL if it isn't. Referenced.
 * @seq: number of the first
 * @off: offset in @page, which may be compound
 * @len: number of them, 1 for the FIN
 * @flags: NPV_CHUNK_*
 * @slot: stack that carries them, by its place in npv_native.slot
 * @own: the page was made for the queue, and may be filled anew when it is free
 */
struct npv_chunk {
	struct list_head node;
	struct list_head lost;
	struct page *page;
	struct ubuf_info *uarg;
	u64 seq;
	u32 off;
	u32 len;
	u8 flags;
	u8 slot;
	bool own;
};

/**
 * struct npv_sendq - what was sent and isn't acknowledged. Session lock.
 * @chunks: struct npv_chunk, from @una to @nxt without a gap
 * @lost: those that are to be sent again, by sequence number
 * @una: number of the first byte not acknowledged
 * @nxt: number of the next byte to send
 * @edge: the peer takes no byte of this number or above
 * @uarg: npv_chunk.uarg of what is added now
 * @spare: struct npv_chunk that were freed last, for the next ones
 * @n_spare: number of them
 * @page: pages of NPV_PAGE_BULK_ORDER that nobody else refers to any more
 * @n_pages: number of them
 */
struct npv_sendq {
	struct list_head chunks;
	struct list_head lost;
	u64 una;
	u64 nxt;
	u64 edge;
	struct ubuf_info *uarg;
	struct list_head spare;
	unsigned int n_spare;
	struct page *page[NPV_PAGES_SPARE];
	unsigned int n_pages;
};

int npv_sendq_init(void);
void npv_sendq_exit(void);

void npv_sendq_start(struct npv_sendq *sq, u64 edge);
void npv_sendq_purge(struct npv_sendq *sq, struct sock *sk);
struct npv_chunk *npv_chunk_alloc(gfp_t gfp);
void npv_chunk_free(struct npv_chunk *chunk);
struct npv_chunk *npv_sendq_chunk(struct npv_sendq *sq, gfp_t gfp);
struct page *npv_sendq_page(struct npv_sendq *sq);
void npv_sendq_idle(struct npv_sendq *sq);
void npv_sendq_push(struct npv_sendq *sq, struct sock *sk,
		    struct npv_chunk *chunk, struct page *page, u32 off,
		    u32 len, u8 slot);
void npv_sendq_own(struct npv_sendq *sq);
bool npv_sendq_extend(struct npv_sendq *sq, struct sock *sk, struct page *page,
		      u32 off, u32 len, u8 slot);
void npv_sendq_push_fin(struct npv_sendq *sq, struct npv_chunk *chunk);
int npv_sendq_ack(struct npv_sendq *sq, struct sock *sk, u64 ack);
void npv_sendq_held(struct npv_sendq *sq, const struct npv_frame_range *range,
		    unsigned int n);
u64 npv_sendq_lose(struct npv_sendq *sq, u8 slot);
void npv_sendq_lose_range(struct npv_sendq *sq, struct sock *sk, u8 slot,
			  u64 seq, u32 len);
bool npv_sendq_split(struct npv_sendq *sq, struct sock *sk,
		     struct npv_chunk *chunk, u32 len);
struct npv_chunk *npv_sendq_find(struct npv_sendq *sq, u64 seq);
void npv_sendq_resent(struct npv_sendq *sq, struct npv_chunk *chunk, u8 slot);

static inline struct npv_chunk *npv_sendq_first_lost(struct npv_sendq *sq)
{
	return list_first_entry_or_null(&sq->lost, struct npv_chunk, lost);
}

/* npv_chunk.uarg of what was added last */
static inline struct ubuf_info *npv_sendq_last_uarg(struct npv_sendq *sq)
{
	return list_empty(&sq->chunks) ? NULL :
	       list_last_entry(&sq->chunks, struct npv_chunk, node)->uarg;
}

#endif /* _NPV_SENDQ_H */
