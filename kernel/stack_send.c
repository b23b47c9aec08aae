// SPDX-License-Identifier: GPL-2.0
/*
 * How payload and frames get onto a stack of a native session.
 *
 * Payload is copied once, by TCP, from the program into a page fragment: the
 * task's, or for bulk one of the stack ("capture"). The session takes references to
 * what TCP filled, so that another stack can send it again, by splice. A frame's head
 * is written before its payload; when TCP has less room than it said, what is missing
 * is copied aside (npv_tcp.pending) and follows when there is room, for a frame that
 * was begun must be finished. The pages of sendfile() are not copied at all.
 */

#include <linux/bvec.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/unaligned.h>
#include <net/tcp.h>

#include "native.h"
#include "session.h"
#include "stack_send.h"
#include "stack_tcp.h"

/* Payload of a frame for bulk; TCP sends 64 KiB at a time */
#define FRAME_BULK	(128 * 1024)
/* Up to here a copy of the payload costs less than a second call of TCP */
#define FRAME_SMALL	512
/* Payload from which on it is worth to have larger pages */
#define FRAG_BULK_MIN	(32 * 1024)

/*
 * TCP goes to a new page where less than 32 bytes are left, at every turn of its
 * loop: so many are kept free behind what it is given in one call.
 */
#define FRAG_TAIL	31

/**
 * struct npv_piece - bytes that TCP had no room for
 * @node: in npv_tcp.pending
 * @page: where they are; referenced
 * @uarg: npv_chunk.uarg; referenced
 * @off: offset there
 * @len: number of them
 */
struct npv_piece {
	struct list_head node;
	struct page *page;
	struct ubuf_info *uarg;
	u32 off;
	u32 len;
};

/*
 * Room for @len bytes in one page of the fragment that TCP will fill: the task's,
 * as of any TCP socket, so that a session takes no pages for little payload.
 */
static struct page_frag *frag_reserve(struct sock *sk, u32 len)
{
	struct page_frag *frag = &current->task_frag;

	sk->sk_use_task_frag = true;
	/* Wherever TCP cuts it, enough is left for the rest to stay here. */
	if (!skb_page_frag_refill(len + FRAG_TAIL, frag, sk->sk_allocation))
		return NULL;
	return frag;
}

/*
 * The same for bulk: pages larger than TCP itself would take, so that a frame
 * takes fewer calls of TCP and fewer fragments. They are the stack's own.
 */
static struct page_frag *frag_reserve_bulk(struct npv_tcp *tcp)
{
	struct sock *sk = npv_tcp_sk(tcp);
	struct page_frag *frag = &sk->sk_frag;
	struct page *page;

	if (frag->page && frag->offset + PAGE_SIZE / 2 <= frag->size)
		goto out;
	page = npv_sendq_page(&tcp->sub.nat->sendq);
	if (!page)
		page = alloc_pages((sk->sk_allocation & ~__GFP_DIRECT_RECLAIM) |
			   __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY,
			   NPV_PAGE_BULK_ORDER);
	if (!page)
		return frag_reserve(sk, 1);
	if (frag->page)
		put_page(frag->page);
	frag->page = page;
	frag->offset = 0;
	frag->size = PAGE_SIZE << NPV_PAGE_BULK_ORDER;
out:
	sk->sk_use_task_frag = false;
	return frag;
}

/* Bytes of ours, to be sent when TCP has room */
static int piece_add(struct npv_tcp *tcp, struct page *page, u32 off, u32 len)
{
	struct npv_piece *piece;

	piece = kmalloc(sizeof(*piece), GFP_KERNEL);
	if (!piece)
		return -ENOMEM;
	get_page(page);
	piece->page = page;
	piece->uarg = NULL;
	piece->off = off;
	piece->len = len;
	list_add_tail(&piece->node, &tcp->pending);
	return 0;
}

static void piece_drop(struct npv_piece *piece)
{
	list_del(&piece->node);
	if (piece->uarg)
		net_zcopy_put(piece->uarg);
	put_page(piece->page);
	kfree(piece);
}

/* Bytes of a chunk, to be sent again when TCP has room */
static int piece_chunk(struct npv_tcp *tcp, const struct npv_chunk *chunk)
{
	struct npv_piece *piece;
	int err;

	err = piece_add(tcp, chunk->page, chunk->off, chunk->len);
	if (!err && chunk->uarg) {
		piece = list_last_entry(&tcp->pending, struct npv_piece, node);
		piece->uarg = chunk->uarg;
		net_zcopy_get(piece->uarg);
	}
	return err;
}

/* A copy of @buf to be sent when TCP has room */
static int piece_copy(struct npv_tcp *tcp, const void *buf, u32 len)
{
	struct page_frag *frag = &tcp->sub.nat->frag;
	int err;

	if (!skb_page_frag_refill(len, frag, GFP_KERNEL))
		return -ENOMEM;
	memcpy(page_address(frag->page) + frag->offset, buf, len);
	err = piece_add(tcp, frag->page, frag->offset, len);
	if (!err)
		frag->offset += len;
	return err;
}

/* Give TCP bytes of the kernel's. Return: how many it took, or -errno. */
static int send_kvec(struct sock *sk, void *buf, u32 len, int flags)
{
	struct msghdr msg = { .msg_flags = SEND_FLAGS | flags };
	struct kvec vec = { .iov_base = buf, .iov_len = len };

	iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, &vec, 1, len);
	return tcp_sendmsg_locked(sk, &msg, len);
}

/* Give TCP what was left over. Return: 0 if nothing is any more. */
static int flush_locked(struct npv_tcp *tcp)
{
	struct sock *sk = npv_tcp_sk(tcp);
	struct npv_piece *piece;

	while ((piece = list_first_entry_or_null(&tcp->pending,
						 struct npv_piece, node))) {
		bool last = list_is_last(&piece->node, &tcp->pending);
		struct bio_vec bvec;
		int sent;

		bvec_set_page(&bvec, piece->page, piece->len, piece->off);
		sent = npv_pages_send(sk, &bvec, 1, piece->len, piece->uarg,
				      last ? 0 : MSG_MORE);
		if (sent <= 0)
			return sent ?: -EAGAIN;
		piece->off += sent;
		piece->len -= sent;
		if (!piece->len)
			piece_drop(piece);
	}

	return 0;
}

/**
 * npv_tcp_flush() - go on with what TCP had no room for
 * @sub: the stack
 *
 * Context: process, session lock held, the stack's not.
 */
void npv_tcp_flush(struct npv_subflow *sub)
{
	struct npv_tcp *tcp = npv_tcp(sub);
	struct sock *sk = npv_tcp_sk(tcp);

	if (list_empty(&tcp->pending))
		return;
	lock_sock(sk);
	if (flush_locked(tcp) == -EAGAIN)
		npv_tcp_want_room(&tcp->sub);
	release_sock(sk);
}

static void put_data_head(u8 *head, u8 flags, u64 seq, u64 ack, u32 len)
{
	head[0] = NPV_FRAME_DATA;
	head[1] = flags;
	put_unaligned_be16(0, head + 2);
	put_unaligned_be32(16 + len, head + 4);
	put_unaligned_be64(seq, head + 8);
	put_unaligned_be64(ack, head + 16);
}

/* An ACK goes with every head: none of its own is due. */
static u64 head_ack(struct npv_native *nat)
{
	nat->ack_sent = nat->recvq.nxt;
	return nat->recvq.nxt;
}

/* Whether TCP hasn't sent the head of the last frame yet */
static bool head_unsent(const struct npv_tcp *tcp)
{
	/* After a reset TCP has neither sent it nor has it any more. */
	return tcp->tx_page && npv_tcp_can_send(npv_tcp_sk(tcp)) &&
	       !before(tcp->tx_hdr_seq, tcp_sk(npv_tcp_sk(tcp))->snd_nxt);
}

static void head_set_len(struct npv_tcp *tcp, u32 len)
{
	put_unaligned_be32(16 + len,
			   page_address(tcp->tx_page) + tcp->tx_off + 4);
	tcp->tx_len = len;
}

/* Note bytes that TCP has taken. @chunk is used up, or NULL where it failed. */
void npv_capture_note(struct npv_tcp *tcp, struct npv_chunk **chunk,
		      struct page *page, u32 off, u32 len)
{
	struct npv_native *nat = tcp->sub.nat;
	struct sock *sk = &nat->nsk->sk;

	tcp->sub.bytes_sent += len;
	if (npv_sendq_extend(&nat->sendq, sk, page, off, len, tcp->sub.slot))
		return;
	npv_sendq_push(&nat->sendq, sk, *chunk, page, off, len, tcp->sub.slot);
	*chunk = NULL;
}

/*
 * Copy aside what TCP had no room for, of a frame that is begun.
 * Return: bytes, less than @len if the program's memory or ours failed.
 */
static u32 stash(struct npv_tcp *tcp, struct msghdr *msg, u32 len)
{
	struct page_frag *frag = &tcp->sub.nat->frag;
	u32 done = 0;

	while (done < len) {
		struct npv_chunk *chunk;
		u32 n;

		if (!skb_page_frag_refill(32, frag, GFP_KERNEL))
			break;
		chunk = npv_sendq_chunk(&tcp->sub.nat->sendq, GFP_KERNEL);
		if (!chunk)
			break;
		n = min(len - done, frag->size - frag->offset);
		n = copy_page_from_iter(frag->page, frag->offset, n,
					&msg->msg_iter);
		if (!n || piece_add(tcp, frag->page, frag->offset, n)) {
			iov_iter_revert(&msg->msg_iter, n);
			npv_chunk_free(chunk);
			break;
		}
		npv_capture_note(tcp, &chunk, frag->page, frag->offset, n);
		npv_chunk_free(chunk);
		frag->offset += n;
		done += n;
	}
	if (done)
		npv_tcp_want_room(&tcp->sub);

	return done;
}

/*
 * Have TCP copy payload from the program, a page fragment at a time.
 * Return: bytes it took; or -errno if none.
 */
int npv_capture(struct npv_tcp *tcp, struct msghdr *msg, u32 len, int more)
{
	struct sock *sk = npv_tcp_sk(tcp);
	u32 done = 0;
	int err = 0;

	while (done < len) {
		struct msghdr part = { .msg_flags = SEND_FLAGS };
		struct npv_chunk *chunk;
		struct page_frag *frag;
		struct page *page;
		u32 n;

		err = -ENOMEM;
		frag = len - done > FRAG_BULK_MIN ? frag_reserve_bulk(tcp) :
						    frag_reserve(sk, 1);
		if (!frag)
			break;
		chunk = npv_sendq_chunk(&tcp->sub.nat->sendq, sk->sk_allocation);
		if (!chunk)
			break;

		/* Held, TCP can't begin with it anew in the middle. */
		page = frag->page;
		get_page(page);
		n = min(len - done, frag->size - frag->offset - FRAG_TAIL);
		part.msg_iter = msg->msg_iter;
		iov_iter_truncate(&part.msg_iter, n);
		part.msg_flags |= done + n < len ? MSG_MORE : more;
		err = tcp_sendmsg_locked(sk, &part, n);
		if (err <= 0) {
			put_page(page);
			npv_chunk_free(chunk);
			break;
		}
		iov_iter_advance(&msg->msg_iter, err);
		WARN_ON_ONCE(frag->page != page);
		npv_capture_note(tcp, &chunk, page, frag->offset - err, err);
		npv_sendq_own(&tcp->sub.nat->sendq);
		put_page(page);
		npv_chunk_free(chunk);
		done += err;
		if (err < n) {
			err = -EAGAIN;
			break;
		}
	}

	return done ?: err ?: -EAGAIN;
}

/*
 * Fill a frame whose head TCP has. What it has no room for is left to the
 * program where the head can still be made to say so, and else stashed.
 * @had: payload that the frame had before
 */
static int frame_fill(struct npv_tcp *tcp, struct msghdr *msg, u32 had,
		      u32 len, int more)
{
	struct sock *sk = npv_tcp_sk(tcp);
	u32 done = 0;
	int err;

	if (list_empty(&tcp->pending)) {
		if (msg->msg_flags & MSG_SPLICE_PAGES || npv_pages_uarg(msg))
			err = npv_pages_capture(tcp, msg, len, more);
		else
			err = npv_capture(tcp, msg, len, more);
		if (err > 0)
			done = err;
	}
	if (done < len && had + done && head_unsent(tcp)) {
		head_set_len(tcp, had + done);
		npv_tcp_want_room(&tcp->sub);
	} else if (done < len) {
		npv_pages_copied(msg);
		done += stash(tcp, msg, len - done);
		if (done < len) {
			/* The peer will wait for bytes that don't come. */
			npv_subflow_fail(&tcp->sub);
			return done ?: fault_in_iov_iter_readable(&msg->msg_iter, 1) ?
					       -EFAULT : -ENOMEM;
		}
	}
	tcp->tx_end_seq = tcp_sk(sk)->write_seq;
	tcp->tx_data_end = tcp->sub.nat->sendq.nxt;

	return done ?: -EAGAIN;
}

/* A frame of its own for little payload: head and payload in one call */
static int send_small(struct npv_tcp *tcp, struct msghdr *msg, u32 len,
		      u8 flags, int more)
{
	struct npv_native *nat = tcp->sub.nat;
	struct sock *sk = npv_tcp_sk(tcp);
	u32 all = NPV_FRAME_DATA_HDR + len;
	u8 buf[NPV_FRAME_DATA_HDR + FRAME_SMALL] __uninitialized;
	struct npv_chunk *chunk;
	struct page_frag *frag;
	struct page *page;
	u32 hdr_seq;
	int sent;

	chunk = npv_sendq_chunk(&nat->sendq, sk->sk_allocation);
	frag = frag_reserve(sk, all);
	if (!chunk || !frag) {
		npv_chunk_free(chunk);
		return -ENOMEM;
	}
	if (!copy_from_iter_full(buf + NPV_FRAME_DATA_HDR, len,
				 &msg->msg_iter)) {
		npv_chunk_free(chunk);
		return -EFAULT;
	}
	put_data_head(buf, flags, nat->sendq.nxt, nat->recvq.nxt, len);

	hdr_seq = tcp_sk(sk)->write_seq;
	page = frag->page;
	get_page(page);
	sent = send_kvec(sk, buf, all, more);
	if (sent <= 0) {
		put_page(page);
		iov_iter_revert(&msg->msg_iter, len);
		npv_chunk_free(chunk);
		return sent ?: -EAGAIN;
	}
	head_ack(nat);

	if (likely(sent == all)) {
		WARN_ON_ONCE(frag->page != page);
		tcp->tx_page = page;
		tcp->tx_off = frag->offset - all;
		npv_capture_note(tcp, &chunk, page, frag->offset - len, len);
	} else {
		/* Both, the frame's rest and the bytes, from one copy */
		frag = &nat->frag;
		if (!skb_page_frag_refill(all, frag, GFP_KERNEL)) {
			put_page(page);
			npv_chunk_free(chunk);
			iov_iter_revert(&msg->msg_iter, len);
			npv_subflow_fail(&tcp->sub);
			return -ENOMEM;
		}
		memcpy(page_address(frag->page) + frag->offset, buf, all);
		if (piece_add(tcp, frag->page, frag->offset + sent,
			      all - sent))
			npv_subflow_fail(&tcp->sub);
		npv_capture_note(tcp, &chunk, frag->page,
				 frag->offset + NPV_FRAME_DATA_HDR, len);
		frag->offset += all;
		tcp->tx_page = NULL;
		npv_tcp_want_room(&tcp->sub);
	}
	put_page(page);
	npv_chunk_free(chunk);
	tcp->tx_hdr_seq = hdr_seq;
	tcp->tx_len = len;
	tcp->tx_end_seq = tcp_sk(sk)->write_seq;
	tcp->tx_data_end = nat->sendq.nxt;

	return len;
}

static int send_frame(struct npv_tcp *tcp, struct msghdr *msg, u32 len,
		      u8 flags, int more)
{
	struct npv_native *nat = tcp->sub.nat;
	struct sock *sk = npv_tcp_sk(tcp);
	u8 head[NPV_FRAME_DATA_HDR];
	struct page_frag *frag;
	struct page *page;
	size_t missing;
	int sent;

	/* Once the head is out the bytes must come. */
	missing = fault_in_iov_iter_readable(&msg->msg_iter, len);
	if (missing == len)
		return -EFAULT;
	len -= missing;

	frag = frag_reserve(sk, NPV_FRAME_DATA_HDR);
	if (!frag)
		return -ENOMEM;
	put_data_head(head, flags, nat->sendq.nxt, nat->recvq.nxt, len);
	tcp->tx_hdr_seq = tcp_sk(sk)->write_seq;
	tcp->tx_page = NULL;
	page = frag->page;
	get_page(page);
	sent = send_kvec(sk, head, sizeof(head), MSG_MORE);
	/* What TCP has of it holds the page from here on. */
	put_page(page);
	if (sent <= 0)
		return sent ?: -EAGAIN;
	head_ack(nat);

	if (sent == sizeof(head)) {
		WARN_ON_ONCE(frag->page != page);
		tcp->tx_page = page;
		tcp->tx_off = frag->offset - sent;
		tcp->tx_len = len;
	} else if (piece_copy(tcp, head + sent, sizeof(head) - sent)) {
		npv_subflow_fail(&tcp->sub);
		return -ENOMEM;
	}

	return frame_fill(tcp, msg, 0, len, more);
}

/* Whether payload can be added to the last frame: none of it is sent yet. */
static bool can_append(const struct npv_tcp *tcp)
{
	const struct sock *sk = npv_tcp_sk(tcp);

	return head_unsent(tcp) && tcp->tx_end_seq == tcp_sk(sk)->write_seq &&
	       tcp->tx_data_end == tcp->sub.nat->sendq.nxt &&
	       tcp->tx_len < FRAME_BULK && list_empty(&tcp->pending);
}

/*
 * Nagle's algorithm waits while something is unacknowledged. Frames of ours are
 * nothing to a program: with all payload acknowledged its next goes at once.
 * Return: what TCP's setting was.
 */
static u8 nagle_begin(const struct npv_tcp *tcp)
{
	struct tcp_sock *tp = tcp_sk(npv_tcp_sk(tcp));
	u8 nonagle = tp->nonagle;

	if (!(nonagle & TCP_NAGLE_CORK) &&
	    (!tcp->tx_len || !before(tp->snd_una, tcp->tx_end_seq)))
		tp->nonagle |= TCP_NAGLE_OFF | TCP_NAGLE_PUSH;
	return nonagle;
}

/* PUSH is TCP's own, and gone when it has pushed. */
static void nagle_end(const struct npv_tcp *tcp, u8 nonagle)
{
	tcp_sk(npv_tcp_sk(tcp))->nonagle = nonagle & ~TCP_NAGLE_PUSH;
}

/**
 * npv_tcp_send() - npv_subflow_send() over TCP
 * @sub: a stack with room
 * @msg: the payload; advanced by what was taken
 * @len: bytes of it, at least 1
 * @frame_flags: NPV_DATA_ACK_REQ or 0
 *
 * Context: process, session lock held, the stack's not.
 * Return: as npv_subflow_send().
 */
int npv_tcp_send(struct npv_subflow *sub, struct msghdr *msg, size_t len,
		 u8 frame_flags)
{
	struct npv_tcp *tcp = npv_tcp(sub);
	int more = msg->msg_flags & MSG_MORE;
	struct sock *sk = npv_tcp_sk(tcp);
	u8 nonagle;
	u32 had;
	int ret;

	lock_sock(sk);
	ret = -EPIPE;
	if (!npv_tcp_can_send(sk))
		goto out;
	if (!list_empty(&tcp->pending)) {
		ret = flush_locked(tcp);
		if (ret)
			goto out;
	}
	nonagle = nagle_begin(tcp);
	if (can_append(tcp)) {
		had = tcp->tx_len;
		len = min_t(size_t, len, FRAME_BULK - had);
		len -= fault_in_iov_iter_readable(&msg->msg_iter, len);
		ret = -EFAULT;
		if (!len) {
			nagle_end(tcp, nonagle);
			goto out;
		}
		/* First the promise: TCP may send at once. */
		head_set_len(tcp, had + len);
		ret = frame_fill(tcp, msg, had, len, more);
	} else if (len <= FRAME_SMALL) {
		npv_pages_copied(msg);
		ret = send_small(tcp, msg, len, frame_flags, more);
	} else {
		/* Not much more than there is room for */
		len = min_t(size_t, len, FRAME_BULK);
		len = min_t(size_t, len, max_t(int, sk_stream_wspace(sk),
					       16 * 1024));
		ret = send_frame(tcp, msg, len, frame_flags, more);
	}
	nagle_end(tcp, nonagle);
	if (ret == -EAGAIN)
		npv_tcp_want_room(&tcp->sub);
out:
	release_sock(sk);
	return ret;
}

/**
 * npv_tcp_send_frame() - npv_subflow_send_frame() over TCP
 * @sub: the stack, connected
 * @f: the frame, any but DATA
 * @hold: in one segment with the next frame; TCP itself waits for 200 ms
 *
 * Context: process, session lock held, the stack's not.
 * Return: as npv_subflow_send_frame().
 */
int npv_tcp_send_frame(struct npv_subflow *sub, const struct npv_frame *f,
		       bool hold)
{
	struct npv_tcp *tcp = npv_tcp(sub);
	struct sock *sk = npv_tcp_sk(tcp);
	u8 buf[NPV_FRAME_CTRL_MAX];
	unsigned int len;
	int sent = 0;
	u8 nonagle;

	len = npv_frame_encode(f, buf, sizeof(buf));
	if (WARN_ON_ONCE(!len))
		return -EMSGSIZE;

	lock_sock(sk);
	if (!list_empty(&tcp->pending))
		flush_locked(tcp);
	if (list_empty(&tcp->pending)) {
		nonagle = tcp_sk(sk)->nonagle;
		if (!hold) {
			tcp_sk(sk)->nonagle |= TCP_NAGLE_OFF | TCP_NAGLE_PUSH;
			tcp_sk(sk)->nonagle &= ~TCP_NAGLE_CORK;
		}
		sk->sk_use_task_frag = true;
		sent = send_kvec(sk, buf, len, hold ? MSG_MORE : 0);
		tcp_sk(sk)->nonagle = nonagle;
		if (sent == -EAGAIN)
			sent = 0;
	}
	if (sent >= 0 && sent < len) {
		sent = piece_copy(tcp, buf + sent, len - sent);
		npv_tcp_want_room(&tcp->sub);
	}
	release_sock(sk);

	return min(sent, 0);
}

/**
 * npv_tcp_push() - have TCP send what it holds
 * @sub: a stack
 *
 * Context: process, session lock held, the stack's not.
 */
void npv_tcp_push(struct npv_subflow *sub)
{
	struct sock *sk = npv_subflow_sk(sub);
	u8 nonagle;

	lock_sock(sk);
	nonagle = tcp_sk(sk)->nonagle;
	tcp_sk(sk)->nonagle &= ~TCP_NAGLE_CORK;
	release_sock(sk);
	/* Which pushes; the program can't change it meanwhile. */
	tcp_sock_set_nodelay(sk);
	lock_sock(sk);
	tcp_sk(sk)->nonagle = nonagle;
	release_sock(sk);
}

/**
 * npv_tcp_resend() - npv_subflow_resend() over TCP
 * @sub: a stack with room
 * @chunk: bytes of the session's send queue, or its FIN
 *
 * Context: process, session lock held, the stack's not.
 * Return: as npv_subflow_resend().
 */
int npv_tcp_resend(struct npv_subflow *sub, struct npv_chunk *chunk)
{
	struct npv_tcp *tcp = npv_tcp(sub);
	struct npv_native *nat = sub->nat;
	struct sock *sk = npv_tcp_sk(tcp);
	u8 head[NPV_FRAME_DATA_HDR];
	int err;

	if (chunk->flags & NPV_CHUNK_FIN) {
		struct npv_frame f = {
			.type		= NPV_FRAME_FIN,
			.data.seq	= chunk->seq,
			.data.ack	= nat->recvq.nxt,
		};

		return npv_tcp_send_frame(sub, &f, false);
	}

	put_data_head(head, 0, chunk->seq, nat->recvq.nxt, chunk->len);
	lock_sock(sk);
	err = npv_tcp_can_send(sk) ? 0 : -EPIPE;
	if (!err)
		err = piece_copy(tcp, head, sizeof(head));
	if (!err) {
		err = piece_chunk(tcp, chunk);
		if (err) {
			piece_drop(list_last_entry(&tcp->pending,
						   struct npv_piece, node));
			goto out;
		}
		tcp->sub.bytes_sent += chunk->len;
		tcp->sub.reinjected += chunk->len;
		if (flush_locked(tcp) == -EAGAIN)
			npv_tcp_want_room(&tcp->sub);
	}
out:
	release_sock(sk);
	return err;
}

/**
 * npv_tcp_drop_pending() - forget what TCP had no room for
 * @sub: a stack that sends no more
 *
 * Context: process.
 */
void npv_tcp_drop_pending(struct npv_subflow *sub)
{
	struct npv_tcp *tcp = npv_tcp(sub);
	struct npv_piece *piece, *next;

	list_for_each_entry_safe(piece, next, &tcp->pending, node)
		piece_drop(piece);
}
