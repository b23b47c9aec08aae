// SPDX-License-Identifier: GPL-2.0
/*
 * Payload that nobody has to copy: the pages of sendfile(), splice() and vmsplice(),
 * and those of the program with MSG_ZEROCOPY. The part of stack_send.c that gives
 * them to TCP and to the session. Session and stack lock held, as there.
 */

#include <linux/bvec.h>
#include <linux/mm.h>
#include <linux/uio.h>
#include <net/tcp.h>

#include "native.h"
#include "stack_send.h"
#include "stack_tcp.h"

/* Pages that TCP is given in one call */
#define SPLICE_PAGES	16

/*
 * Have TCP refer to pages. Those of the program are its own until @uarg has told
 * it: whoever can't keep them, as a receiver on this host, copies.
 * Return: how many bytes it took, or -errno.
 */
int npv_pages_send(struct sock *sk, const struct bio_vec *bvec,
		   unsigned int n, u32 len, struct ubuf_info *uarg,
		   int flags)
{
	struct msghdr msg = {
		.msg_flags = SEND_FLAGS | flags |
			     (uarg ? MSG_ZEROCOPY : MSG_SPLICE_PAGES),
		.msg_ubuf = uarg,
	};

	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, bvec, n, len);
	return tcp_sendmsg_locked(sk, &msg, len);
}

/* Whether payload is the program's, which wants to be told: MSG_ZEROCOPY */
struct ubuf_info *npv_pages_uarg(const struct msghdr *msg)
{
	return msg->msg_flags & MSG_ZEROCOPY ? msg->msg_ubuf : NULL;
}

/* It was copied after all: nothing to be gained, as the program will be told. */
void npv_pages_copied(const struct msghdr *msg)
{
	struct ubuf_info *uarg = npv_pages_uarg(msg);

	if (uarg && uarg->ops == &msg_zerocopy_ubuf_ops)
		uarg_to_msgzc(uarg)->zerocopy = 0;
}

/* Undo pages_extract(), where TCP and the session have their own references. */
static void pages_put(const struct bio_vec *bvec, unsigned int n, bool user)
{
	while (user && n)
		put_page(bvec[--n].bv_page);
}

/*
 * Pages of the payload as it lies in memory; @n: at most so many, then how many.
 * Those of @user are referenced.
 * Return: bytes in them, by which @iter is advanced; 0 if they can't be sent as
 * they are; -errno.
 */
static ssize_t pages_extract(struct iov_iter *iter, size_t len,
			     struct bio_vec *bvec, unsigned int *n, bool user)
{
	struct page *page[SPLICE_PAGES], **at = page;
	unsigned int i = 0;
	ssize_t all, left;
	size_t off, part;

	if (user)
		all = iov_iter_get_pages2(iter, page, len, *n, &off);
	else
		all = iov_iter_extract_pages(iter, &at, len, *n, 0, &off);
	if (all <= 0)
		return all;
	for (left = all; left; left -= part) {
		part = min_t(size_t, left, PAGE_SIZE - off);
		if (!user && !sendpage_ok(page[i])) {
			iov_iter_revert(iter, all);
			return 0;
		}
		bvec_set_page(&bvec[i], page[i], part, off);
		off = 0;
		i++;
	}
	*n = i;
	return all;
}

/* Note what TCP has taken of pages; @chunk: one for each, as for npv_capture_note() */
static void pages_captured(struct npv_tcp *tcp, struct npv_chunk **chunk,
			   const struct bio_vec *bvec, u32 sent)
{
	u32 part;

	for (; sent; sent -= part, bvec++, chunk++) {
		part = min(sent, bvec->bv_len);
		npv_capture_note(tcp, chunk, bvec->bv_page, bvec->bv_offset, part);
	}
}

/* Pages for one call of TCP, which come one at a time; as pages_extract() */
static ssize_t pages_gather(struct iov_iter *iter, size_t len,
			    struct bio_vec *bvec, unsigned int *n, bool user)
{
	unsigned int k, have = 0;
	ssize_t got, bytes = 0;

	while (have < *n && bytes < len) {
		k = *n - have;
		got = pages_extract(iter, len - bytes, bvec + have, &k, user);
		if (got <= 0) {
			if (!bytes)
				return got;
			break;
		}
		bytes += got;
		have += k;
	}
	*n = have;
	return bytes;
}

/*
 * As npv_capture(), of payload that nobody has to copy: the pages of sendfile(),
 * splice(), vmsplice() and MSG_ZEROCOPY, to which TCP and the session take
 * references.
 */
int npv_pages_capture(struct npv_tcp *tcp, struct msghdr *msg, u32 len,
		      int more)
{
	struct npv_sendq *sq = &tcp->sub.nat->sendq;
	struct npv_chunk *chunk[SPLICE_PAGES];
	struct ubuf_info *uarg = npv_pages_uarg(msg);
	struct bio_vec bvec[SPLICE_PAGES];
	struct sock *sk = npv_tcp_sk(tcp);
	u32 done = 0;
	int err = 0;

	/* As TCP: such a device has everything copied. */
	if (!(sk->sk_route_caps & NETIF_F_SG))
		npv_pages_copied(msg);
	while (done < len && err >= 0) {
		unsigned int i, n = SPLICE_PAGES, all, chunks;
		ssize_t bytes;

		bytes = pages_gather(&msg->msg_iter, len - done, bvec, &n, uarg);
		all = n;
		if (bytes <= 0) {
			/* Memory that can't be referred to, as of the slab */
			if (!bytes)
				npv_pages_copied(msg);
			err = bytes ?: npv_capture(tcp, msg, len - done, more);
			done += max(err, 0);
			break;
		}
		for (chunks = 0; chunks < n; chunks++) {
			chunk[chunks] = npv_sendq_chunk(sq, sk->sk_allocation);
			if (!chunk[chunks])
				break;
		}
		/* Short of memory: fewer pages, or none */
		while (n > chunks) {
			bytes -= bvec[--n].bv_len;
			iov_iter_revert(&msg->msg_iter, bvec[n].bv_len);
		}
		err = -ENOMEM;
		if (n) {
			err = npv_pages_send(sk, bvec, n, bytes, uarg,
					     done + bytes < len ? MSG_MORE : more) ?:
			      -EAGAIN;
			iov_iter_revert(&msg->msg_iter, bytes - max(err, 0));
		}
		if (err > 0) {
			sq->uarg = uarg;
			pages_captured(tcp, chunk, bvec, err);
			sq->uarg = NULL;
			done += err;
			if (err < bytes)
				err = -EAGAIN;
		}
		pages_put(bvec, all, uarg);
		for (i = 0; i < chunks; i++)
			npv_chunk_free(chunk[i]);
	}

	return done ?: err ?: -EAGAIN;
}
