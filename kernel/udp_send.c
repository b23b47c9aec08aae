// SPDX-License-Identifier: GPL-2.0
/*
 * How payload and frames get into packets of a UDP stack.
 *
 * Payload is copied once, from the program into a page, each packet's behind its
 * head, so that UDP is given many packets as one piece of memory (GSO). The session
 * takes references to what lies between the heads, so that what is lost can be sent
 * again, by this stack or another.
 */

#include <linux/bvec.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/udp.h>
#include <net/hotdata.h>
#include <net/tcp.h>
#include <net/udp.h>

#include "native.h"
#include "netns.h"
#include "receive.h"
#include "session.h"
#include "stack_send.h"
#include "stack_udp.h"
#include "stacks.h"
#include "udp_move.h"

#define UDP_FLAGS	(MSG_DONTWAIT | MSG_NOSIGNAL)
/* What is sent in one go: what UDP takes, and what leaves in a millisecond */
#define BATCH_MAX	65000
#define BATCH_US	1000
#define BATCH_PIECES	4
/*
 * What may leave at once after a timer or a process was late: packets (RFC 9002, 7.7),
 * and no more than is due in that part of a round trip
 */
#define BURST_PACKETS		10
#define BURST_ROUND_TRIP	8
/* Payload from which on it is worth to have larger pages */
#define BULK_MIN	(28 * 1024)
/* ... and more than a packet has beside it, ACK and WINDOW at their longest */
#define BESIDE_MAX	2048
/* What a packet has beside payload, but for what goes along: head, DATA */
#define DATA_HEAD	9
/* ... with PADDING for a connection id */
#define HEADS_MAX	(NPV_UDP_CID_MIN + DATA_HEAD)
/* A packet with payload has so much of it at least, if there is as much */
#define PAYLOAD_MIN	64
/* Without a packet for so long the peer's NAT may know us no more: protocol.rst */
#define CID_AFTER	(15 * HZ)
/* Numbers are unambiguous as long as what was sent before is not on its way. */
#define EPOCH		(8 * HZ)
#define BITS_MIN	24
/* After how many numbers one is left out, at least and at most */
#define SKIP_MIN	200
#define SKIP_SPAN	800
/* What could not be told for want of memory is told after this */
#define TELL_AGAIN	(HZ / 50 ?: 1)

/* Bytes that are to leave in one go at most, for pacing */
static u32 batch_bytes(const struct npv_udp *udp)
{
	u32 size = udp->pmtu.size;
	u64 rate;

	if (!udp->rec.rtt_first_us)
		return BATCH_MAX;
	rate = npv_cong_pacing_rate(&udp->cong, udp->rec.srtt_us);
	return clamp_t(u64, div_u64(rate, USEC_PER_SEC / BATCH_US), 2 * size,
		       max(BATCH_MAX, 2 * size));
}

/**
 * npv_udp_room() - bytes of packets that may be sent now
 * @udp: the stack
 * @now_us: the time
 *
 * As far as the congestion window and the pacing go; 0 if less than a full packet.
 *
 * Context: session lock held.
 * Return: bytes.
 */
u64 npv_udp_room(const struct npv_udp *udp, u64 now_us)
{
	u64 room = npv_recovery_room(&udp->rec);

	if (room < udp->pmtu.size || udp->pace_us > now_us)
		return 0;
	return room;
}

/**
 * npv_udp_has_room() - npv_subflow_ops.has_room of UDP
 * @sub: the stack
 *
 * Context: session lock held.
 * Return: whether it can take payload.
 */
bool npv_udp_has_room(const struct npv_subflow *sub)
{
	if (sub->status == NPV_STACK_STATUS_JOINING ||
	    inet_sk_state_load(npv_subflow_sk(sub)) != TCP_ESTABLISHED)
		return false;
	if (sub->nat->several && !npv_subflow_has_carrier(sub)) {
		/* Composition takes it away. */
		set_bit(NPV_NF_COMPOSE, &sub->nat->flags);
		npv_native_kick(sub->nat);
		return false;
	}
	return npv_udp_room(npv_udp(sub), tcp_clock_us());
}

/* What was sent takes its time to leave, at the rate of the pacing. */
static void pace(struct npv_udp *udp, u32 bytes, u64 now_us)
{
	u64 rate, late_us;

	if (!udp->rec.rtt_first_us)
		return;
	rate = npv_cong_pacing_rate(&udp->cong, udp->rec.srtt_us);
	rate = max_t(u64, 1, min_t(u64, rate,
				   READ_ONCE(npv_udp_sk(udp)->sk_max_pacing_rate)));
	WRITE_ONCE(npv_udp_sk(udp)->sk_pacing_rate, rate);
	/* A timer is late: what it cost may be made up for. */
	late_us = div64_u64((u64)BURST_PACKETS * udp->pmtu.size * USEC_PER_SEC,
			    rate);
	late_us = max_t(u64, min_t(u64, late_us,
				   udp->rec.srtt_us / BURST_ROUND_TRIP),
			BATCH_US);
	udp->pace_us = max(udp->pace_us, now_us - late_us) +
		       div64_u64((u64)bytes * USEC_PER_SEC, rate);
}

/* In how many bits the next number is written: protocol.rst, "Numbers in few bytes" */
static u8 number_bits(struct npv_udp *udp)
{
	struct npv_recovery *rec = &udp->rec;
	u64 acked = rec->largest == U64_MAX ? 0 : rec->largest;
	u64 span = rec->next - acked;

	if (time_after(jiffies, udp->epoch_at + EPOCH)) {
		udp->epoch_number = udp->epoch_next;
		udp->epoch_next = rec->next;
		udp->epoch_at = jiffies;
	}
	span = max(span, rec->next - udp->epoch_number);
	return npv_number_bits(2 * span) > BITS_MIN ? 32 : BITS_MIN;
}

/*
 * The number of the next packet. Some are left out, where nothing follows on the one
 * before: who acknowledges those lies.
 */
static u64 next_number(struct npv_udp *udp, bool follows)
{
	bool skip = !follows && udp->rec.next >= udp->skip_at;

	if (skip)
		udp->skip_at = udp->rec.next + SKIP_MIN +
			       get_random_u32_below(SKIP_SPAN);
	return npv_recovery_number(&udp->rec, skip);
}

/* Whether a packet has to say whose it is: the addresses may not tell */
static bool wants_cid(const struct npv_udp *udp)
{
	return !udp->spoken ||
	       time_after32((u32)jiffies, udp->heard + CID_AFTER);
}

/* With a connection id the answer may be a challenge, which is to be no longer. */
static u32 put_padding(u8 *buf, u32 at, u32 more)
{
	u32 len = at + more < NPV_UDP_CID_MIN ? NPV_UDP_CID_MIN - at - more : 0;

	BUILD_BUG_ON(NPV_PF_PADDING);
	memset(buf + at, 0, len);
	return len;
}

/* The head of the next packet, which gets @number. Return: its length. */
static u32 put_head(struct npv_udp *udp, u8 *buf, bool cid, bool follows,
		    u64 *number)
{
	struct npv_packet_head h = {
		.kind		= NPV_PACKET_NUMBERED,
		.has_cid	= cid,
		.follows	= follows,
		.bits		= number_bits(udp),
		.cid		= udp->cid_tx,
	};

	*number = next_number(udp, follows);
	h.number = (u32)*number;
	return npv_packet_head_encode(&h, buf, NPV_PACKET_HEAD_MAX);
}

/* What is to be told goes along: an ACK. Return: its length. */
static u32 put_ack(struct npv_udp *udp, struct npv_udp_sent *r, u8 *buf,
		   u32 room, u64 now_us)
{
	u32 len;

	if (!udp->received.owed)
		return 0;
	len = npv_received_ack(&udp->received, now_us, buf, room);
	if (len && r)
		r->told = npv_received_expected(&udp->received);
	return len;
}

/* ... and what the session has received. As with frames, not in npv_udp_send(). */
static noinline u32 put_window(struct npv_udp *udp, struct npv_udp_sent *r,
			       u8 *buf, u32 room)
{
	struct npv_native *nat = udp->sub.nat;
	struct npv_frame_range range[NPV_RANGES_MAX];
	unsigned int n;
	u32 len;

	if (!udp->window_wanted)
		return 0;
	n = npv_recvq_ranges(&nat->recvq, range, NPV_RANGES_MAX);
	len = npv_packet_window_encode(nat->recvq.nxt,
				       max(nat->edge, nat->recvq.nxt), range, n,
				       buf, room);
	if (!len)
		return 0;
	udp->window_wanted = false;
	r->window = true;
	return len;
}

/* What ICMP has said of a packet is not to keep the next one from leaving. */
static void forget_error(struct sock *sk)
{
	if (unlikely(READ_ONCE(sk->sk_err)))
		sock_error(sk);
}

/**
 * npv_udp_send_raw() - send one packet
 * @udp: the stack
 * @buf: the packet
 * @len: its length
 *
 * Context: process, session lock held.
 * Return: 0 or the -errno of UDP.
 */
int npv_udp_send_raw(struct npv_udp *udp, void *buf, u32 len)
{
	struct msghdr msg = { .msg_flags = UDP_FLAGS };
	struct kvec vec = { .iov_base = buf, .iov_len = len };
	struct socket *sock = udp->sub.stack->sock;

	udp->sent = (u32)jiffies;
	forget_error(sock->sk);
	WRITE_ONCE(udp_sk(sock->sk)->gso_size, 0);
	return min(kernel_sendmsg(sock, &msg, &vec, 1, len), 0);
}

/* A packet that is to be acknowledged has been built. */
static void note_sent(struct npv_udp *udp, struct npv_udp_sent *r, u64 number,
		      u32 size, u64 now_us)
{
	udp->bytes_sent += size;
	r->sent.size = size;
	r->sent.ect = udp->ect;
	npv_recovery_sent(&udp->rec, &r->sent, number, now_us);
}

/* A packet that nobody acknowledges; but its mark is counted with those of others. */
static void note_unsung(struct npv_udp *udp, u32 size)
{
	udp->bytes_sent += size;
	udp->rec.n_ect += udp->ect;
}

/**
 * npv_udp_send_failed() - a packet could not be sent
 * @udp: the stack
 * @err: -errno of UDP
 * @size: length of the packet
 * @now_us: the time
 *
 * What a local look says of a packet's size. Anything else that goes wrong here may
 * as well have happened on the way: the packet is lost.
 *
 * Context: process, session lock held.
 */
void npv_udp_send_failed(struct npv_udp *udp, int err, u32 size, u64 now_us)
{
	struct dst_entry *dst;
	u32 mtu;

	if (err == -EIO && udp->gso) {
		/* A device that can't do checksums, or IPsec */
		udp->gso = false;
		return;
	}
	if (err != -EMSGSIZE)
		return;
	dst = sk_dst_get(npv_udp_sk(udp));
	if (!dst)
		return;
	mtu = READ_ONCE(dst->dev->mtu);
	dst_release(dst);
	mtu -= min_t(u32, mtu,
		     npv_udp_sk(udp)->sk_family == AF_INET6 ? 48 : 28);
	if (mtu < size && npv_pmtu_too_big(&udp->pmtu, mtu, now_us))
		npv_udp_resize(udp);
}

/*
 * Whether there is something to tell that has to arrive, and may be sent: who
 * acknowledges nothing is told no more than the window holds.
 */
static bool may_tell(struct npv_udp *udp)
{
	return (udp->window_wanted || npv_udp_ctl_next(udp)) &&
	       npv_recovery_room(&udp->rec);
}

/*
 * Send a packet without payload: what is to be told, and PING where something has to
 * be answered.
 * Return: 0 or -ENOMEM.
 */
static int send_plain(struct npv_udp *udp, bool ping, bool cid, u64 now_us)
{
	bool elicits = ping || may_tell(udp);
	struct npv_udp_sent *r = NULL;
	u8 *buf = udp->scratch;
	u32 at, room, size;
	u64 number;
	int err;

	if (elicits) {
		r = npv_udp_sent_alloc(udp, GFP_KERNEL);
		if (!r)
			return -ENOMEM;
	}
	cid |= wants_cid(udp);
	room = min_t(u32, udp->pmtu.size, NPV_UDP_SCRATCH);
	at = put_head(udp, buf, cid, false, &number);
	at += put_ack(udp, r, buf + at, room - at, now_us);
	if (elicits) {
		at += put_window(udp, r, buf + at, room - at);
		at += npv_udp_ctl_put(udp, r, buf + at, room - at);
	}
	if (r && !r->window && !r->ctl)
		buf[at++] = NPV_PF_PING;
	if (cid)
		at += put_padding(buf, at, 0);
	size = at;
	err = npv_udp_send_raw(udp, buf, at);
	if (r)
		note_sent(udp, r, number, size, now_us);
	else
		note_unsung(udp, size);
	if (err)
		npv_udp_send_failed(udp, err, size, now_us);
	return 0;
}

/* A packet of a size that is to be tried. */
static void send_probe(struct npv_udp *udp, u64 now_us)
{
	struct npv_udp_sent *r;
	u32 at, size;
	u64 number;
	u8 *buf;
	int err;

	r = npv_udp_sent_alloc(udp, GFP_KERNEL);
	if (!r) {
		udp->pmtu.at_us = now_us + USEC_PER_SEC;
		return;
	}
	size = npv_pmtu_probe(&udp->pmtu, now_us);
	buf = size ? kvzalloc(size, GFP_KERNEL) : NULL;
	if (!buf) {
		/* It counts as sent: as if it were lost. */
		if (size)
			npv_pmtu_lost(&udp->pmtu, size, true, now_us);
		npv_udp_sent_free(udp, r);
		return;
	}
	at = put_head(udp, buf, wants_cid(udp), false, &number);
	buf[at] = NPV_PF_PING;
	err = npv_udp_send_raw(udp, buf, size);
	kvfree(buf);
	udp->probe_lost = udp->lost;
	r->sent.probe = true;
	note_sent(udp, r, number, size, now_us);
	if (err)
		npv_udp_send_failed(udp, err, size, now_us);
}

/**
 * npv_udp_tell() - send what the peer has to be told, if that is due
 * @udp: the stack
 * @now_us: the time
 *
 * Context: process, session lock held.
 */
void npv_udp_tell(struct npv_udp *udp, u64 now_us)
{
	u64 due = npv_received_due(&udp->received, NPV_UDP_ACK_DELAY_US);
	unsigned int i;

	if (udp->sub.status == NPV_STACK_STATUS_JOINING)
		return;
	udp->retry_us = 0;
	/* As much as there is, but no more than an answer should cost */
	for (i = 0; i < 16; i++) {
		if (!may_tell(udp) && !(due && due <= now_us))
			break;
		if (send_plain(udp, false, false, now_us)) {
			/* Nobody tells when there is memory again. */
			npv_native_timer(udp->sub.nat, jiffies + TELL_AGAIN);
			udp->retry_us = now_us + jiffies_to_usecs(TELL_AGAIN);
			break;
		}
		due = 0;
	}
	npv_udp_timer(udp);
}

/**
 * npv_udp_ping() - send something that has to be answered
 * @udp: the stack
 * @now_us: the time
 *
 * It tells the peer that it is this stack that speaks.
 *
 * Context: process, session lock held.
 */
void npv_udp_ping(struct npv_udp *udp, u64 now_us)
{
	send_plain(udp, true, true, now_us);
	npv_udp_timer(udp);
}

/**
 * npv_udp_ping_size() - send something that has to be answered, of a size
 * @udp: the stack
 * @size: bytes of the packet; a small one where there is no memory for that
 * @now_us: the time
 *
 * Context: process, session lock held.
 */
void npv_udp_ping_size(struct npv_udp *udp, u32 size, u64 now_us)
{
	struct npv_udp_sent *r;
	u64 number;
	u8 *buf;
	u32 at;
	int err;

	if (size < NPV_UDP_SCRATCH) {
		npv_udp_ping(udp, now_us);
		return;
	}
	r = npv_udp_sent_alloc(udp, GFP_KERNEL);
	buf = kvzalloc(size, GFP_KERNEL);
	if (!r || !buf) {
		npv_udp_sent_free(udp, r);
		kvfree(buf);
		return;
	}
	at = put_head(udp, buf, true, false, &number);
	buf[at] = NPV_PF_PING;
	err = npv_udp_send_raw(udp, buf, size);
	kvfree(buf);
	note_sent(udp, r, number, size, now_us);
	if (err)
		npv_udp_send_failed(udp, err, size, now_us);
	npv_udp_timer(udp);
}

/* Say something where a program wants a stack that is quiet to. */
static void keep_alive(struct npv_udp *udp, u64 now_us)
{
	if (udp->retry_us || npv_udp_quiet_left(udp))
		return;
	if (send_plain(udp, true, true, now_us)) {
		udp->retry_us = now_us + jiffies_to_usecs(TELL_AGAIN);
	} else {
		udp->asking = true;
		udp->asked = udp->sent;
		NPV_INC(sock_net(npv_udp_sk(udp)), KEEPALIVE_SENT);
	}
	npv_udp_timer(udp);
}

/* As of any UDP socket, so that a session takes no pages for little payload */
static struct page_frag *frag_reserve_small(u32 size)
{
	struct page_frag *frag = &current->task_frag;

	/* It says so also where it got less than was asked for. */
	if (!skb_page_frag_refill(size, frag, GFP_KERNEL) ||
	    frag->size - frag->offset < size)
		return NULL;
	return frag;
}

/* Pages for @size more bytes of packets. Return: it, or NULL without memory. */
static struct page_frag *frag_reserve(struct npv_udp *udp, u32 size, bool bulk,
				      bool *own)
{
	struct npv_sendq *sq = &udp->sub.nat->sendq;
	struct page_frag *frag = &udp->frag;
	struct page *page;

	*own = bulk;
	if (!bulk)
		return frag_reserve_small(size);
	if (frag->page && frag->offset + size <= frag->size)
		return frag;
	page = size <= PAGE_SIZE << NPV_PAGE_BULK_ORDER ? npv_sendq_page(sq) :
							  NULL;
	if (!page && size <= PAGE_SIZE << NPV_PAGE_BULK_ORDER)
		page = alloc_pages((GFP_KERNEL & ~__GFP_DIRECT_RECLAIM) |
				   __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY,
				   NPV_PAGE_BULK_ORDER);
	if (!page) {
		*own = false;
		return frag_reserve_small(size);
	}
	if (frag->page)
		put_page(frag->page);
	frag->page = page;
	frag->offset = 0;
	frag->size = PAGE_SIZE << NPV_PAGE_BULK_ORDER;
	return frag;
}

/**
 * struct batch - packets that are sent in one go
 * @bvec: where they are
 * @n: number of pieces
 * @frags: pages of memory that they lie in, each a fragment to UDP
 * @packets: number of packets
 * @bytes: of them
 * @size: of each but the last
 */
struct batch {
	struct bio_vec bvec[BATCH_PIECES];
	unsigned int n;
	unsigned int frags;
	unsigned int packets;
	u32 bytes;
	u32 size;
};

/* Whether what lies at @off of @page follows on the last piece */
static bool batch_follows(const struct batch *b, const struct page *page, u32 off)
{
	const struct bio_vec *last = b->n ? &b->bvec[b->n - 1] : NULL;

	return last && last->bv_page == page &&
	       last->bv_offset + last->bv_len == off;
}

/* Fragments that @len bytes at @off of @page add: a large page counts as many */
static unsigned int batch_frags(const struct batch *b, const struct page *page,
				u32 off, u32 len)
{
	u32 first = off >> PAGE_SHIFT, last = (off + len - 1) >> PAGE_SHIFT;

	/* The page of the byte before is one already. */
	if (batch_follows(b, page, off))
		return last - ((off - 1) >> PAGE_SHIFT);
	return last - first + 1;
}

/* Add what lies at @off of @page. */
static void batch_add(struct batch *b, struct page *page, u32 off, u32 len)
{
	b->frags += batch_frags(b, page, off, len);
	if (batch_follows(b, page, off))
		b->bvec[b->n - 1].bv_len += len;
	else
		bvec_set_page(&b->bvec[b->n++], page, len, off);
}

/* Whether there is place for @len bytes there */
static bool batch_takes(const struct batch *b, const struct page *page, u32 off,
			u32 len)
{
	unsigned int most = min_t(unsigned int, MAX_SKB_FRAGS,
				  READ_ONCE(net_hotdata.sysctl_max_skb_frags));

	/* One packet alone may have what it needs. */
	if (!b->packets)
		return true;
	return (b->n < BATCH_PIECES || batch_follows(b, page, off)) &&
	       b->frags + batch_frags(b, page, off, len) <= most;
}

static void batch_send(struct npv_udp *udp, struct batch *b, u64 now_us)
{
	struct socket *sock = udp->sub.stack->sock;
	struct msghdr msg = { .msg_flags = UDP_FLAGS | MSG_SPLICE_PAGES };
	int err;

	udp->sent = (u32)jiffies;
	forget_error(sock->sk);
	WRITE_ONCE(udp_sk(sock->sk)->gso_size, b->packets > 1 ? b->size : 0);
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, b->bvec, b->n, b->bytes);
	err = sock_sendmsg(sock, &msg);
	if (err < 0)
		npv_udp_send_failed(udp, err, b->size, now_us);
	else if (b->packets > 1)
		NPV_INC(sock_net(sock->sk), UDP_GSO);
	pace(udp, b->bytes, now_us);
}

/* Whether payload can follow on what was acknowledged, without a frame's head */
static bool can_follow(const struct npv_udp *udp, u64 seq)
{
	return udp->tx_follows == udp->rec.next && udp->tx_follows_seq == seq &&
	       udp->tx_follows && !udp->received.owed && !udp->window_wanted;
}

/*
 * Build the next packet of payload out of @msg, in @frag.
 * Return: bytes of payload; or -EFAULT or -ENOMEM, with nothing done.
 */
static int build_packet(struct npv_udp *udp, struct batch *b,
			struct page_frag *frag, struct msghdr *msg, u32 len,
			u8 flags, bool own, u64 now_us)
{
	struct npv_native *nat = udp->sub.nat;
	u8 *buf = page_address(frag->page) + frag->offset;
	bool first = !b->packets, follows, cid = wants_cid(udp);
	struct npv_udp_sent *r;
	struct npv_chunk *chunk;
	u32 at, plen, copied;
	u64 number, seq = nat->sendq.nxt;

	r = npv_udp_sent_alloc(udp, GFP_KERNEL);
	chunk = npv_sendq_chunk(&nat->sendq, GFP_KERNEL);
	if (!r || !chunk) {
		npv_udp_sent_free(udp, r);
		npv_chunk_free(chunk);
		return -ENOMEM;
	}
	follows = first && !cid && !(flags & NPV_DATA_ACK_REQ) &&
		  len <= b->size - NPV_PACKET_HEAD_MAX && can_follow(udp, seq);
	/* Nothing may be told that does not leave: first the program's memory */
	if (first && fault_in_iov_iter_readable(&msg->msg_iter,
						min(len, b->size)) ==
		     min(len, b->size)) {
		npv_udp_sent_free(udp, r);
		npv_chunk_free(chunk);
		return -EFAULT;
	}
	at = put_head(udp, buf, cid, follows, &number);
	if (first && !follows) {
		at += put_ack(udp, r, buf + at, b->size / 2, now_us);
		/* What there is no room for is told in a packet of its own. */
		at += put_window(udp, r, buf + at,
				 b->size - at - DATA_HEAD - PAYLOAD_MIN);
	}
	if (cid)
		at += put_padding(buf, at, DATA_HEAD +
				  min(len, b->size - at - DATA_HEAD));
	plen = min(len, b->size - at - (follows ? 0 : DATA_HEAD));
	if (!follows)
		at += npv_packet_data_encode(seq, plen,
					     flags & NPV_DATA_ACK_REQ, true,
					     buf + at, b->size - at);
	copied = copy_from_iter(buf + at, plen, &msg->msg_iter);
	if (!copied) {
		/* The number is left out, and what was told is told again. */
		udp->window_wanted |= r->window;
		udp->received.owed |= r->told ? 1 : 0;
		npv_udp_sent_free(udp, r);
		npv_chunk_free(chunk);
		return -EFAULT;
	}
	batch_add(b, frag->page, frag->offset, at + copied);
	npv_sendq_push(&nat->sendq, &nat->nsk->sk, chunk, frag->page,
		       frag->offset + at, copied, udp->sub.slot);
	if (own)
		npv_sendq_own(&nat->sendq);
	frag->offset += at + copied;
	b->bytes += at + copied;
	b->packets++;
	r->seq = seq;
	r->len = copied;
	note_sent(udp, r, number, at + copied, now_us);
	return copied;
}

/**
 * npv_udp_send() - npv_subflow_send() over UDP
 * @sub: a stack with room
 * @msg: the payload; advanced by what was taken
 * @len: bytes of it, at least 1
 * @frame_flags: NPV_DATA_ACK_REQ or 0
 *
 * Context: process, session lock held.
 * Return: as npv_subflow_send().
 */
int npv_udp_send(struct npv_subflow *sub, struct msghdr *msg, size_t len,
		 u8 frame_flags)
{
	struct npv_udp *udp = npv_udp(sub);
	u64 now_us = npv_udp_now(udp), room;
	struct batch b = { .size = udp->pmtu.size };
	bool bulk = len >= BULK_MIN, own;
	struct page_frag *frag;
	u32 most, done = 0;
	int err = -EAGAIN;

	/* It is copied into packets. */
	npv_pages_copied(msg);
	room = npv_udp_room(udp, now_us);
	if (!room)
		goto out;
	most = min_t(u64, room, batch_bytes(udp)) / b.size;
	most = clamp_t(u32, most, 1, udp->gso ? UDP_MAX_SEGMENTS : 1);
	while (done < len && b.packets < most &&
	       b.bytes + b.size <= max_t(u32, BATCH_MAX, b.size)) {
		frag = frag_reserve(udp, min_t(size_t, b.size,
					       len - done + BESIDE_MAX),
				    bulk, &own);
		err = -ENOMEM;
		if (!frag || !batch_takes(&b, frag->page, frag->offset,
					  b.size))
			break;
		err = build_packet(udp, &b, frag, msg,
				   min_t(size_t, len - done, U32_MAX),
				   frame_flags, own, now_us);
		if (err < 0)
			break;
		done += err;
		/* But for the last, all have to be of a size. */
		if (b.bytes % b.size)
			break;
	}
	if (b.packets) {
		sub->bytes_sent += done;
		udp->rec.app_limited = done == len;
		batch_send(udp, &b, now_us);
	}
	npv_udp_timer(udp);
out:
	if (!done && err == -EAGAIN)
		sub->ops->want_room(sub);
	return done ?: err;
}

/*
 * Send bytes of a chunk in a packet of their own.
 * Return: 0 or -ENOMEM.
 */
static int send_part(struct npv_udp *udp, const struct npv_chunk *chunk,
		     u32 off, u32 len, bool cid, u64 now_us)
{
	u8 *buf = udp->scratch;
	struct npv_udp_sent *r;
	struct bio_vec bvec[2];
	struct msghdr msg = { .msg_flags = UDP_FLAGS | MSG_SPLICE_PAGES };
	struct socket *sock = udp->sub.stack->sock;
	struct page *page;
	u64 number;
	u32 at;
	int err;

	r = npv_udp_sent_alloc(udp, GFP_KERNEL);
	if (!r)
		return -ENOMEM;
	cid |= wants_cid(udp);
	/* The head has to stay where it is until the packet has left. */
	if (!skb_page_frag_refill(HEADS_MAX,
				  &udp->sub.nat->frag, GFP_KERNEL)) {
		npv_udp_sent_free(udp, r);
		return -ENOMEM;
	}
	at = put_head(udp, buf, cid, false, &number);
	if (cid)
		at += put_padding(buf, at, DATA_HEAD + len);
	at += npv_packet_data_encode(chunk->seq + off, len, false, true,
				     buf + at, NPV_UDP_SCRATCH - at);
	page = udp->sub.nat->frag.page;
	memcpy(page_address(page) + udp->sub.nat->frag.offset, buf, at);
	bvec_set_page(&bvec[0], page, at, udp->sub.nat->frag.offset);
	udp->sub.nat->frag.offset += at;
	bvec_set_page(&bvec[1], chunk->page, len, chunk->off + off);

	r->seq = chunk->seq + off;
	r->len = len;
	note_sent(udp, r, number, at + len, now_us);
	udp->sent = (u32)jiffies;
	forget_error(sock->sk);
	/* The program's own pages stay its own: UDP copies them. */
	if (chunk->uarg)
		msg.msg_flags &= ~MSG_SPLICE_PAGES;
	WRITE_ONCE(udp_sk(sock->sk)->gso_size, 0);
	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, bvec, 2, at + len);
	err = sock_sendmsg(sock, &msg);
	if (err < 0)
		npv_udp_send_failed(udp, err, at + len, now_us);
	pace(udp, at + len, now_us);
	return 0;
}

/* Payload that a packet of its own takes */
static u32 part_size(const struct npv_udp *udp)
{
	return udp->pmtu.size - NPV_PACKET_HEAD_MAX - DATA_HEAD;
}

/**
 * npv_udp_resend() - npv_subflow_resend() over UDP
 * @sub: a stack with room
 * @chunk: bytes of the session's send queue, or its FIN
 *
 * Of one that is to be sent again no more than there is room for: the rest becomes
 * a chunk of its own. Of a copy the rest is left out.
 *
 * Context: process, session lock held.
 * Return: as npv_subflow_resend().
 */
int npv_udp_resend(struct npv_subflow *sub, struct npv_chunk *chunk)
{
	struct npv_udp *udp = npv_udp(sub);
	struct npv_native *nat = sub->nat;
	u64 now_us = npv_udp_now(udp), room;
	u32 most, off, len, part = part_size(udp);

	if (chunk->flags & NPV_CHUNK_FIN) {
		struct npv_frame f = {
			.type		= NPV_FRAME_FIN,
			.data.seq	= chunk->seq,
			.data.ack	= nat->recvq.nxt,
		};

		return npv_udp_send_frame(sub, &f, false);
	}

	room = npv_udp_room(udp, now_us);
	if (!room)
		return -EAGAIN;
	most = max_t(u32, min_t(u64, room, batch_bytes(udp)) / udp->pmtu.size,
		     1) * part;
	len = min(chunk->len, most);
	if (len < chunk->len && chunk->flags & NPV_CHUNK_LOST &&
	    !npv_sendq_split(&nat->sendq, &nat->nsk->sk, chunk, len))
		return -ENOMEM;
	for (off = 0; off < len; off += part)
		if (send_part(udp, chunk, off, min(part, len - off), false,
			      now_us)) {
			/* What was sent already comes twice. */
			npv_udp_timer(udp);
			return -ENOMEM;
		}
	sub->bytes_sent += len;
	sub->reinjected += len;
	udp->rec.app_limited = true;
	npv_udp_timer(udp);
	return 0;
}

/**
 * npv_udp_ctl_repeat() - have the first control frame under way sent once more
 * @udp: the stack
 *
 * The peer may wait for it, as for WELCOME, without which it takes nothing else. Not one
 * that tells of addresses, for those have an order.
 *
 * Context: process, session lock held.
 * Return: whether there is one: it goes with the next packet.
 */
bool npv_udp_ctl_repeat(struct npv_udp *udp)
{
	struct npv_sent *sent;

	list_for_each_entry(sent, &udp->rec.sent, node) {
		struct npv_udp_sent *r = container_of(sent, struct npv_udp_sent,
						      sent);

		if (!r->ctl || npv_udp_ctl_addrs(r->ctl))
			continue;
		npv_udp_ctl_again(udp, r->ctl);
		r->ctl = NULL;
		return true;
	}
	return false;
}

/*
 * A probe timeout: payload that is under way, the first but @skip, once more; or
 * anything that has to be answered.
 */
static void send_pto(struct npv_udp *udp, unsigned int skip, u64 now_us)
{
	struct npv_sent *sent;
	struct npv_chunk *chunk;

	list_for_each_entry(sent, &udp->rec.sent, node) {
		struct npv_udp_sent *r = container_of(sent, struct npv_udp_sent,
						      sent);
		u32 off;

		if (!r->len)
			continue;
		chunk = npv_sendq_find(&udp->sub.nat->sendq, r->seq);
		if (!chunk || chunk->seq > r->seq ||
		    chunk->flags & NPV_CHUNK_FIN)
			continue;
		if (skip && skip--)
			continue;
		off = r->seq - chunk->seq;
		if (!send_part(udp, chunk, off,
			       min3(chunk->len - off, r->len, part_size(udp)),
			       true, now_us))
			return;
	}
	send_plain(udp, true, true, now_us);
}

/**
 * npv_udp_flush() - do what is due on a stack
 * @sub: the stack
 *
 * Context: process, session lock held.
 */
void npv_udp_flush(struct npv_subflow *sub)
{
	struct npv_udp *udp = npv_udp(sub);
	u64 now_us = npv_udp_now(udp);
	unsigned int probes, i;

	if (sub->status == NPV_STACK_STATUS_JOINING) {
		npv_udp_join_timeout(udp, now_us);
		return;
	}
	probes = npv_recovery_timeout(&udp->rec, now_us);
	npv_udp_resize(udp);
	if (probes && npv_udp_ctl_repeat(udp)) {
		send_plain(udp, true, true, now_us);
		probes--;
	}
	for (i = 0; i < probes; i++)
		send_pto(udp, i, now_us);
	if (npv_udp_may_probe(udp) && npv_pmtu_due(&udp->pmtu) &&
	    npv_pmtu_due(&udp->pmtu) <= now_us)
		send_probe(udp, now_us);
	if (udp->wanted && npv_udp_room(udp, now_us))
		udp->wanted = false;
	npv_udp_tell(udp, now_us);
	keep_alive(udp, now_us);
}
