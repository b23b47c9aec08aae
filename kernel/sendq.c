// SPDX-License-Identifier: GPL-2.0
/*
 * The send queue of a native session: references to the pages that its stacks
 * were given, kept until the peer's session has the bytes. So a stack can die
 * at any byte: what it owes is sent again by another.
 */

#include <linux/mm.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "frame.h"
#include "sendq.h"

static struct kmem_cache *chunk_cache __ro_after_init;

/**
 * npv_chunk_alloc() - make room for one more chunk
 * @gfp: how to
 *
 * Return: the chunk, or NULL without memory.
 */
struct npv_chunk *npv_chunk_alloc(gfp_t gfp)
{
	return kmem_cache_alloc(chunk_cache, gfp);
}

/**
 * npv_chunk_free() - undo npv_chunk_alloc()
 * @chunk: a chunk that is in no queue, or NULL
 */
void npv_chunk_free(struct npv_chunk *chunk)
{
	if (chunk)
		kmem_cache_free(chunk_cache, chunk);
}

/**
 * npv_sendq_chunk() - make room for one more chunk of a queue
 * @sq: the queue
 * @gfp: how to
 *
 * One that was freed, where there is one: who asks and answers by turns gets the same
 * one each time.
 *
 * Context: session lock held.
 * Return: the chunk, or NULL without memory.
 */
struct npv_chunk *npv_sendq_chunk(struct npv_sendq *sq, gfp_t gfp)
{
	struct npv_chunk *chunk;

	chunk = list_first_entry_or_null(&sq->spare, struct npv_chunk, node);
	if (!chunk)
		return npv_chunk_alloc(gfp);
	list_del(&chunk->node);
	sq->n_spare--;
	return chunk;
}

/**
 * npv_sendq_start() - make an empty queue
 * @sq: the queue
 * @edge: how far the peer lets us send
 */
void npv_sendq_start(struct npv_sendq *sq, u64 edge)
{
	INIT_LIST_HEAD(&sq->chunks);
	INIT_LIST_HEAD(&sq->lost);
	sq->uarg = NULL;
	INIT_LIST_HEAD(&sq->spare);
	sq->n_spare = 0;
	sq->n_pages = 0;
	sq->una = 0;
	sq->nxt = 0;
	sq->edge = edge;
}

/*
 * sk_mem_uncharge(), but what a message or two take is kept: to give it back and
 * get it again for each would cost more than to send it.
 */
static void sendq_uncharge(struct sock *sk, u32 len)
{
	sk_wmem_queued_add(sk, -(int)len);
	sk_forward_alloc_add(sk, len);
	if (sk->sk_forward_alloc > 2 * PAGE_SIZE)
		sk_mem_reclaim(sk);
}

/* What is charged beside the bytes */
static int chunk_overhead(void)
{
	return sizeof(struct npv_chunk);
}

/*
 * Large pages come from the buddy allocator each time, and cold: one that is free
 * now is kept for what is sent next. Not one of a file, as sendfile() brings them:
 * it may be large as well, and has more to it than its references.
 */
static void page_drop(struct npv_sendq *sq, struct page *page, bool own)
{
	struct page *head = compound_head(page);

	if (own && page_ref_count(head) == 1 && sq->n_pages < NPV_PAGES_SPARE &&
	    compound_order(head) == NPV_PAGE_BULK_ORDER &&
	    dev_page_is_reusable(head))
		sq->page[sq->n_pages++] = head;
	else
		put_page(head);
}

/**
 * npv_sendq_page() - a page for bulk that the queue has kept
 * @sq: the queue
 *
 * Context: session lock held.
 * Return: the page, of NPV_PAGE_BULK_ORDER, with its reference; NULL if there is
 * none.
 */
struct page *npv_sendq_page(struct npv_sendq *sq)
{
	return sq->n_pages ? sq->page[--sq->n_pages] : NULL;
}

/**
 * npv_sendq_idle() - give back what a queue keeps for bytes to come
 * @sq: the queue
 *
 * Context: session lock held.
 */
void npv_sendq_idle(struct npv_sendq *sq)
{
	struct npv_chunk *chunk, *next;

	while (sq->n_pages)
		put_page(sq->page[--sq->n_pages]);
	list_for_each_entry_safe(chunk, next, &sq->spare, node)
		npv_chunk_free(chunk);
	INIT_LIST_HEAD(&sq->spare);
	sq->n_spare = 0;
}

static void chunk_drop(struct npv_sendq *sq, struct sock *sk,
		       struct npv_chunk *chunk)
{
	list_del(&chunk->node);
	if (chunk->flags & NPV_CHUNK_LOST)
		list_del(&chunk->lost);
	if (chunk->page) {
		sendq_uncharge(sk, chunk->len + chunk_overhead());
		page_drop(sq, chunk->page, chunk->own);
	}
	if (unlikely(chunk->uarg))
		net_zcopy_put(chunk->uarg);
	if (sq->n_spare == NPV_CHUNKS_SPARE) {
		kmem_cache_free(chunk_cache, chunk);
		return;
	}
	list_add(&chunk->node, &sq->spare);
	sq->n_spare++;
}

/**
 * npv_sendq_purge() - free all that is in a queue
 * @sq: the queue
 * @sk: the session's sock
 *
 * Context: session lock held.
 */
void npv_sendq_purge(struct npv_sendq *sq, struct sock *sk)
{
	struct npv_chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, &sq->chunks, node)
		chunk_drop(sq, sk, chunk);
	npv_sendq_idle(sq);
	sq->una = sq->nxt;
	sk_mem_reclaim(sk);
}

static void sendq_charge(struct sock *sk, u32 len)
{
	/*
	 * The bytes are on their way: too late to refuse them. A failure puts
	 * TCP under pressure, and leaves a debt that the next one has to pay.
	 */
	if (!sk_wmem_schedule(sk, len))
		sk->sk_prot->enter_memory_pressure(sk);
	sk_wmem_queued_add(sk, len);
	sk_mem_charge(sk, len);
}

/**
 * npv_sendq_push() - add bytes at the end
 * @sq: the queue
 * @sk: the session's sock
 * @chunk: from npv_chunk_alloc()
 * @page: where they are; a reference is taken
 * @off: offset there
 * @len: number of them
 * @slot: stack that has them
 *
 * Context: session lock held.
 */
void npv_sendq_push(struct npv_sendq *sq, struct sock *sk,
		    struct npv_chunk *chunk, struct page *page, u32 off,
		    u32 len, u8 slot)
{
	get_page(page);
	if (unlikely(sq->uarg))
		net_zcopy_get(sq->uarg);
	chunk->page = page;
	chunk->uarg = sq->uarg;
	chunk->seq = sq->nxt;
	chunk->off = off;
	chunk->len = len;
	chunk->flags = 0;
	chunk->slot = slot;
	chunk->own = false;
	list_add_tail(&chunk->node, &sq->chunks);
	sq->nxt += len;
	sendq_charge(sk, len + chunk_overhead());
}

/**
 * npv_sendq_own() - the bytes added last are in a page made for the queue
 * @sq: the queue, not empty
 *
 * Context: session lock held.
 */
void npv_sendq_own(struct npv_sendq *sq)
{
	list_last_entry(&sq->chunks, struct npv_chunk, node)->own = true;
}

/**
 * npv_sendq_extend() - add bytes that follow the last ones in memory as well
 * @sq: the queue
 * @sk: the session's sock
 * @page: where they are
 * @off: offset there
 * @len: number of them
 * @slot: stack that has them
 *
 * Context: session lock held.
 * Return: whether they do, and were added.
 */
bool npv_sendq_extend(struct npv_sendq *sq, struct sock *sk, struct page *page,
		      u32 off, u32 len, u8 slot)
{
	struct npv_chunk *last;

	if (list_empty(&sq->chunks))
		return false;
	last = list_last_entry(&sq->chunks, struct npv_chunk, node);
	if (last->page != page || last->off + last->len != off ||
	    last->slot != slot || last->flags || last->uarg != sq->uarg)
		return false;

	last->len += len;
	sq->nxt += len;
	sendq_charge(sk, len);
	return true;
}

/**
 * npv_sendq_push_fin() - add the end of the stream, which no stack has yet
 * @sq: the queue
 * @chunk: from npv_chunk_alloc()
 *
 * Context: session lock held.
 */
void npv_sendq_push_fin(struct npv_sendq *sq, struct npv_chunk *chunk)
{
	chunk->page = NULL;
	chunk->uarg = NULL;
	chunk->seq = sq->nxt++;
	chunk->off = 0;
	chunk->len = 1;
	chunk->flags = NPV_CHUNK_FIN | NPV_CHUNK_LOST;
	chunk->slot = NPV_SLOT_NONE;
	chunk->own = false;
	list_add_tail(&chunk->node, &sq->chunks);
	list_add_tail(&chunk->lost, &sq->lost);
}

/**
 * npv_sendq_ack() - the peer's session has everything before a number
 * @sq: the queue
 * @sk: the session's sock
 * @ack: the number
 *
 * Context: session lock held.
 * Return: 1 if that is news, 0 if not, -EPROTO if it was never sent.
 */
int npv_sendq_ack(struct npv_sendq *sq, struct sock *sk, u64 ack)
{
	struct npv_chunk *chunk, *next;

	if (ack > sq->nxt)
		return -EPROTO;
	if (ack <= sq->una)
		return 0;

	sq->una = ack;
	list_for_each_entry_safe(chunk, next, &sq->chunks, node) {
		u32 part;

		if (chunk->seq + chunk->len <= ack) {
			chunk_drop(sq, sk, chunk);
			continue;
		}
		if (chunk->seq < ack) {
			part = ack - chunk->seq;
			chunk->seq += part;
			chunk->off += part;
			chunk->len -= part;
			sendq_uncharge(sk, part);
		}
		break;
	}

	return 1;
}

/**
 * npv_sendq_held() - the peer has these ranges, behind a gap
 * @sq: the queue
 * @range: ascending
 * @n: number of them
 *
 * They stay, for the peer may still have to give them up with a stack; but
 * nothing of them needs to be sent again now.
 *
 * Context: session lock held.
 */
void npv_sendq_held(struct npv_sendq *sq, const struct npv_frame_range *range,
		    unsigned int n)
{
	struct npv_chunk *chunk;
	unsigned int i = 0;

	list_for_each_entry(chunk, &sq->chunks, node) {
		while (i < n && range[i].end <= chunk->seq)
			i++;
		if (i == n)
			break;
		if (chunk->seq < range[i].start ||
		    chunk->seq + chunk->len > range[i].end)
			continue;
		if (chunk->flags & NPV_CHUNK_LOST)
			list_del(&chunk->lost);
		chunk->flags &= ~NPV_CHUNK_LOST;
		chunk->flags |= NPV_CHUNK_HELD;
	}
}

/**
 * npv_sendq_lose() - have all that a stack owes sent again
 * @sq: the queue
 * @slot: the stack
 *
 * Context: session lock held.
 * Return: bytes that it owed.
 */
u64 npv_sendq_lose(struct npv_sendq *sq, u8 slot)
{
	struct list_head *at = &sq->lost;
	struct npv_chunk *chunk;
	u64 bytes = 0;

	/* @at follows, so that lost stays sorted. */
	list_for_each_entry(chunk, &sq->chunks, node) {
		if (chunk->flags & NPV_CHUNK_LOST) {
			at = &chunk->lost;
			continue;
		}
		if (chunk->slot != slot || chunk->flags & NPV_CHUNK_HELD)
			continue;
		chunk->flags |= NPV_CHUNK_LOST;
		chunk->slot = NPV_SLOT_NONE;
		list_add(&chunk->lost, at);
		at = &chunk->lost;
		bytes += chunk->len;
	}

	return bytes;
}

/**
 * npv_sendq_split() - make two of a chunk
 * @sq: the queue
 * @sk: the session's sock
 * @chunk: one of its chunks, not the FIN
 * @len: bytes that stay in it; 1 to its length less 1
 *
 * The rest follows in a chunk of its own, which is lost if @chunk is.
 *
 * Context: session lock held, may sleep.
 * Return: whether there was memory for it.
 */
bool npv_sendq_split(struct npv_sendq *sq, struct sock *sk,
		     struct npv_chunk *chunk, u32 len)
{
	struct npv_chunk *rest = npv_chunk_alloc(GFP_KERNEL);

	if (!rest)
		return false;
	*rest = *chunk;
	get_page(rest->page);
	if (rest->uarg)
		net_zcopy_get(rest->uarg);
	rest->seq += len;
	rest->off += len;
	rest->len -= len;
	chunk->len = len;
	list_add(&rest->node, &chunk->node);
	if (rest->flags & NPV_CHUNK_LOST)
		list_add(&rest->lost, &chunk->lost);
	sendq_charge(sk, chunk_overhead());
	return true;
}

/**
 * npv_sendq_find() - where a byte is
 * @sq: the queue
 * @seq: its number
 *
 * Context: session lock held.
 * Return: the chunk that has it, or NULL if none has, or none any more.
 */
struct npv_chunk *npv_sendq_find(struct npv_sendq *sq, u64 seq)
{
	struct npv_chunk *chunk;

	if (seq < sq->una)
		return NULL;
	list_for_each_entry(chunk, &sq->chunks, node)
		if (seq < chunk->seq + chunk->len)
			return chunk;
	return NULL;
}

/**
 * npv_sendq_lose_range() - have bytes sent again that a stack has lost
 * @sq: the queue
 * @sk: the session's sock
 * @slot: the stack
 * @seq: number of the first
 * @len: number of them
 *
 * Not those that the peer has after all, or that another stack has been given.
 * Without memory to tell them from others these are sent again as well.
 *
 * Context: session lock held, may sleep.
 */
void npv_sendq_lose_range(struct npv_sendq *sq, struct sock *sk, u8 slot,
			  u64 seq, u32 len)
{
	struct list_head *at = &sq->lost;
	struct npv_chunk *chunk;
	u64 end = seq + len;

	list_for_each_entry(chunk, &sq->chunks, node) {
		if (chunk->seq >= end)
			break;
		if (chunk->flags & NPV_CHUNK_LOST) {
			at = &chunk->lost;
			continue;
		}
		if (chunk->seq + chunk->len <= seq || chunk->slot != slot ||
		    chunk->flags & (NPV_CHUNK_HELD | NPV_CHUNK_FIN))
			continue;
		/* The second part is looked at next. */
		if (chunk->seq < seq &&
		    npv_sendq_split(sq, sk, chunk, seq - chunk->seq))
			continue;
		if (chunk->seq + chunk->len > end && chunk->seq < end)
			npv_sendq_split(sq, sk, chunk, end - chunk->seq);
		chunk->flags |= NPV_CHUNK_LOST;
		chunk->slot = NPV_SLOT_NONE;
		list_add(&chunk->lost, at);
		at = &chunk->lost;
	}
}

/**
 * npv_sendq_resent() - note that a lost chunk is under way again
 * @sq: the queue
 * @chunk: the chunk
 * @slot: stack that has it now
 *
 * Context: session lock held.
 */
void npv_sendq_resent(struct npv_sendq *sq, struct npv_chunk *chunk, u8 slot)
{
	list_del(&chunk->lost);
	chunk->flags &= ~NPV_CHUNK_LOST;
	chunk->slot = slot;
}

/**
 * npv_sendq_init() - make ready for send queues
 *
 * Context: module init.
 * Return: 0 or -ENOMEM.
 */
int __init npv_sendq_init(void)
{
	/* Accounted with the bytes, to the session: chunk_overhead(). */
	chunk_cache = KMEM_CACHE(npv_chunk, 0);
	return chunk_cache ? 0 : -ENOMEM;
}

/** npv_sendq_exit() - undo npv_sendq_init() */
void npv_sendq_exit(void)
{
	kmem_cache_destroy(chunk_cache);
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/sendq_test.c"
#endif
