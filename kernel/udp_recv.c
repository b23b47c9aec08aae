// SPDX-License-Identifier: GPL-2.0
/*
 * Packets out of a UDP stack's socket. The part of receive.c for stacks over UDP;
 * session lock held.
 *
 * What has come together is read together (GRO). Payload that is next in order goes
 * straight to the program; as long as nobody reads it stays, for a moment, and with
 * it whatever came behind. Then the session keeps it, for it has to be acknowledged.
 */

#include <linux/skbuff.h>
#include <linux/slab.h>
#include <net/inet_ecn.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include <net/udp.h>

#include "frame.h"
#include "native.h"
#include "netns.h"
#include "receive.h"
#include "session.h"
#include "stack_udp.h"
#include "stacks.h"

/* A packet's number is further from what is expected: somebody else has sent it. */
#define JUMP_MAX	BIT_ULL(20)
/* What a DATA that reaches to the end of its packet has before its payload */
#define DATA_HEAD	9
/* While a program reads, an ACK waits for so many packets: those of two skbs */
#define ACK_BUSY	80
/* What is looked at in one go */
#define SKBS_AT_ONCE	64

/**
 * struct packet - one that is being read
 * @skb: what has it, perhaps among others
 * @off: where in @skb it begins
 * @len: its length
 * @bytes: it, as far as it lies in one piece
 * @have: bytes there
 * @at: where its frames, or its payload, begin
 * @head: what it begins with
 * @number: its number, whole
 * @ecn: the mark that it came with
 */
struct packet {
	struct sk_buff *skb;
	u32 off;
	u32 len;
	const u8 *bytes;
	u32 have;
	u32 at;
	struct npv_packet_head head;
	u64 number;
	enum npv_ecn ecn;
};

/* What came of reading a packet */
enum verdict {
	PACKET_DONE,	/* it is used up, or dropped */
	PACKET_LATER,	/* it stays until there is room for what is next in it */
};

static enum npv_ecn ecn_of(const struct sk_buff *skb, const struct sock *sk)
{
	/* On a socket of IPv6 there is nothing else. */
	if (sk->sk_family == AF_INET6)
		return ipv6_get_dsfield(ipv6_hdr(skb)) & INET_ECN_MASK;
	return ip_hdr(skb)->tos & INET_ECN_MASK;
}

/**
 * struct piece - bytes of an skb that lie in one piece
 * @bytes: where
 * @from: offset of the first in the skb
 * @to: offset behind the last; 0: nothing was looked at yet
 * @frags: fragments of the skb that were looked at
 */
struct piece {
	const u8 *bytes;
	u32 from;
	u32 to;
	unsigned int frags;
};

static const u8 *frag_bytes(const skb_frag_t *frag)
{
	struct page *page = skb_frag_page(frag);

	/* Memory of a device can't be read, and some has no address of its own. */
	return page && !PageHighMem(page) ? skb_frag_address(frag) : NULL;
}

/* Whether a fragment follows on a piece in memory, in the same allocation */
static bool piece_follows(const struct piece *piece, const skb_frag_t *frag)
{
	u32 len = piece->to - piece->from;

	return piece->bytes && piece->bytes + len == frag_bytes(frag) &&
	       virt_to_head_page(piece->bytes) ==
	       compound_head(skb_frag_page(frag));
}

/* Go on to the next piece. One that has to be copied to be read has no bytes. */
static void piece_next(struct piece *piece, const struct sk_buff *skb)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);

	piece->from = piece->to;
	if (!piece->to && skb_headlen(skb)) {
		piece->bytes = skb->data;
		piece->to = skb_headlen(skb);
		return;
	}
	if (piece->frags == shinfo->nr_frags) {
		/* What is left lies in skbs of its own. */
		piece->bytes = NULL;
		piece->to = skb->len;
		return;
	}
	piece->bytes = frag_bytes(&shinfo->frags[piece->frags]);
	do
		piece->to += skb_frag_size(&shinfo->frags[piece->frags++]);
	while (piece->frags < shinfo->nr_frags &&
	       piece_follows(piece, &shinfo->frags[piece->frags]));
}

/*
 * Bytes of a packet; copied into @buf where they don't lie in one piece, or where others
 * may change them while they are looked at, as who has sent them by splice() can.
 */
static const u8 *packet_bytes(const struct packet *p, u32 at, u32 len, void *buf)
{
	if (at + len <= p->have && skb_has_shared_frag(p->skb))
		return memcpy(buf, p->bytes + at, len);
	if (at + len <= p->have)
		return p->bytes + at;
	return skb_header_pointer(p->skb, p->off + at, len, buf);
}

/* Whether a packet that follows on another does so on the last one that has come */
static bool packet_follows(const struct npv_udp *udp, const struct packet *p)
{
	return p->number && udp->rx_follows == p->number &&
	       p->number == npv_received_expected(&udp->received);
}

/* Read a packet's head. Return: whether it is one, of this stack. */
static bool packet_head(const struct npv_udp *udp, struct packet *p)
{
	u64 expected = npv_received_expected(&udp->received);
	u8 buf[NPV_PACKET_HEAD_MAX] __uninitialized;
	const u8 *bytes;
	int size;

	bytes = packet_bytes(p, 0, min_t(u32, p->len, sizeof(buf)), buf);
	if (!bytes)
		return false;
	/* It looks at no more than the head. */
	size = npv_packet_head_decode(&p->head, bytes, p->len);
	if (size < 0)
		return false;
	p->at = size;
	if (p->head.kind != NPV_PACKET_NUMBERED)
		return true;
	if (p->head.has_cid && p->head.cid != udp->cid_rx)
		return false;
	p->number = npv_number_expand(p->head.number, p->head.bits, expected);
	/* Who has proven who it is need not say so first, but who answers that. */
	return p->head.has_cid ||
	       (p->number <= expected + JUMP_MAX &&
		(!udp->sub.initiator || udp->spoken));
}

/*
 * Bytes of the frame at @at, as many as a frame's head has at most. Those that don't
 * lie in one piece are copied into npv_udp.scratch.
 */
static const u8 *frame_bytes(struct npv_udp *udp, const struct packet *p,
			     u32 at, u32 *have)
{
	*have = min_t(u32, p->len - at, NPV_UDP_SCRATCH);
	return packet_bytes(p, at, *have, udp->scratch);
}

/* Decode the frame at @at. Return: its length with payload, or NPV_PACKET_BAD. */
static int frame_at(struct npv_udp *udp, const struct packet *p, u32 at,
		    struct npv_packet_frame *f)
{
	const u8 *bytes;
	u32 have;

	bytes = frame_bytes(udp, p, at, &have);
	if (!bytes)
		return NPV_PACKET_BAD;
	/* Of DATA it looks at no more than the head. */
	if (bytes[0] & NPV_PF_DATA)
		have = p->len - at;
	return npv_packet_frame_decode(f, bytes, have);
}

/**
 * struct survey - what is in a packet
 * @seq: of the first DATA
 * @tail_seq: number behind the payload that ends the packet
 * @at: where the payload of the first DATA begins
 * @len: its length, 0: there is none
 * @acks: frames with an ACK, of which there may be one
 * @eliciting: it wants to be acknowledged
 * @ack_req: the first DATA has NPV_DATA_ACK_REQ
 * @tail: payload ends the packet
 * @only: there is nothing but the first DATA
 * @welcome: it has WELCOME
 * @lies: it acknowledges what was never sent
 */
struct survey {
	u64 seq;
	u64 tail_seq;
	u32 at;
	u32 len;
	u32 acks;
	bool eliciting;
	bool ack_req;
	bool tail;
	bool only;
	bool welcome;
	bool lies;
};

/* Look at all the frames of a packet. Return: whether they're right. */
static noinline bool survey_frames(struct npv_udp *udp, const struct packet *p,
				   struct survey *s)
{
	struct npv_packet_frame f;
	u32 at = p->at;
	int size;

	while (at < p->len) {
		size = frame_at(udp, p, at, &f);
		if (size < 0)
			return false;
		at += size;
		s->tail = false;
		switch (f.type) {
		case NPV_PF_PADDING:
			continue;
		case NPV_PF_ACK:
		case NPV_PF_ACK_ECN:
			if (s->acks++)
				return false;
			s->lies |= f.ack.largest >= udp->rec.next;
			continue;
		case NPV_PF_FRAME:
			s->welcome |= f.frame.type == NPV_FRAME_WELCOME;
			break;
		case NPV_PF_DATA:
			if (!s->len) {
				s->seq = f.data.seq;
				s->at = at - f.data.len;
				s->len = f.data.len;
			}
			s->tail_seq = f.data.seq + f.data.len;
			s->tail = true;
			break;
		}
		s->eliciting = true;
	}
	return at > p->at;
}

/* Look at all of a packet before anything of it is obeyed. Return: whether it's right. */
static bool survey_packet(struct npv_udp *udp, const struct packet *p,
			  struct survey *s)
{
	u8 buf[DATA_HEAD] __uninitialized;
	const u8 *bytes;

	memset(s, 0, sizeof(*s));
	s->at = p->at;
	if (p->head.follows) {
		s->seq = udp->rx_follows_seq;
	} else {
		bytes = p->len - p->at < DATA_HEAD ? NULL :
			packet_bytes(p, p->at, DATA_HEAD, buf);
		if (!bytes || !npv_packet_data_rest(bytes, p->len - p->at,
						    &s->seq, &s->ack_req))
			return survey_frames(udp, p, s);
		s->at += DATA_HEAD;
	}
	s->len = p->len - s->at;
	s->tail_seq = s->seq + s->len;
	s->tail = true;
	s->only = true;
	s->eliciting = true;
	return s->tail_seq <= NPV_SEQ_END;
}

/* Take in payload, all of it. Return: 0, -ENOMEM, -EPROTO. */
static int packet_payload(struct npv_rx *rx, const struct packet *p, u32 at,
			  u32 len, u64 seq, bool ack_req)
{
	struct npv_frame_data data = {
		.seq	= seq,
		.ack	= rx->sub->nat->sendq.una,
		.len	= len,
	};
	bool drain = rx->drain;
	u32 used;
	int err;

	err = npv_receive_data(rx->sub, &data, ack_req ? NPV_DATA_ACK_REQ : 0);
	if (err)
		return err;
	while (len) {
		rx->bytes = at + len <= p->have ? p->bytes + at : NULL;
		used = npv_receive_payload(rx, p->skb, p->off + at, len, seq);
		at += used;
		len -= used;
		seq += used;
		rx->sub->bytes_received += used;
		if (rx->err)
			return 0;
		if (!rx->stop)
			continue;
		/* What the program doesn't take has to be kept. */
		rx->stop = false;
		if (rx->drain) {
			rx->drain = drain;
			return -ENOMEM;
		}
		rx->drain = true;
	}
	rx->drain = drain;
	return 0;
}

/* WINDOW. As with frames, not in obey_frames(). */
static noinline int packet_window(struct npv_udp *udp,
				  const struct npv_packet_frame *f)
{
	struct npv_ranges left = f->window.ranges;
	struct npv_frame_range range[NPV_RANGES_MAX];
	unsigned int n = 0;

	while (n < NPV_RANGES_MAX && npv_ranges_next(&left, &range[n]))
		n++;
	return npv_receive_window_frame(&udp->sub, f->window.ack,
					f->window.edge, range, n);
}

/* Obey the frames of a packet that was looked at. Return: 0, -ENOMEM, -EPROTO. */
static noinline int obey_frames(struct npv_udp *udp, struct npv_rx *rx,
				const struct packet *p, u64 now_us)
{
	struct npv_packet_frame f;
	u32 at = p->at;
	int size, err = 0;

	while (at < p->len && !err && !rx->err) {
		size = frame_at(udp, p, at, &f);
		if (size < 0)
			return -EPROTO;
		at += size;
		switch (f.type) {
		case NPV_PF_ACK:
		case NPV_PF_ACK_ECN:
			/* Who says what can't be lies; that is all there is to it. */
			if (npv_recovery_ack(&udp->rec, &f, now_us))
				NPV_INC(sock_net(&udp->sub.nat->nsk->sk),
					PROTOCOL_ERROR);
			break;
		case NPV_PF_WINDOW:
			err = packet_window(udp, &f);
			break;
		case NPV_PF_FRAME:
			err = npv_receive_frame(&udp->sub, &f.frame);
			break;
		case NPV_PF_DATA:
			err = packet_payload(rx, p, at - f.data.len,
					     f.data.len, f.data.seq,
					     f.data.ack_req);
			break;
		}
	}
	return err;
}

static int packet_obey(struct npv_udp *udp, struct npv_rx *rx,
		       const struct packet *p, const struct survey *s,
		       u64 now_us)
{
	if (s->only)
		return packet_payload(rx, p, s->at, s->len, s->seq, s->ack_req);
	return obey_frames(udp, rx, p, now_us);
}

/* Whether what is next in the packet has to wait for the program */
static bool packet_waits(const struct npv_rx *rx, const struct survey *s)
{
	const struct npv_recvq *rq = &rx->sub->nat->recvq;

	return s->len && !rx->drain && s->seq == rq->nxt &&
	       (!rx->room || npv_recvq_avail(rq)) &&
	       !test_bit(NPV_NF_ORPHAN, &rx->sub->nat->flags);
}

/* A NUMBERED packet */
static enum verdict packet_numbered(struct npv_udp *udp, struct npv_rx *rx,
				    struct packet *p, u64 now_us)
{
	struct net *net = sock_net(&udp->sub.nat->nsk->sk);
	struct survey s;
	int err;

	if (npv_received_has(&udp->received, p->number)) {
		/* The ACK may have been lost. */
		udp->received.urgent |= udp->received.owed;
		NPV_INC(net, UDP_DUPLICATE);
		return PACKET_DONE;
	}
	/* Only behind the very packet that it follows on */
	if (p->head.follows && !packet_follows(udp, p))
		return PACKET_DONE;
	if (!survey_packet(udp, p, &s)) {
		NPV_INC(net, UDP_MALFORMED);
		return PACKET_DONE;
	}
	if (s.lies) {
		NPV_INC(net, UDP_MALFORMED);
		/* By the connection id it is the peer who says so. */
		if (p->head.has_cid)
			rx->err = -EPROTO;
		return PACKET_DONE;
	}
	/* Before WELCOME there is no session: what has overtaken it is sent again. */
	if (unlikely(!test_bit(NPV_NF_WELCOMED, &udp->sub.nat->flags)) && !s.welcome)
		return PACKET_DONE;
	if (packet_waits(rx, &s))
		return PACKET_LATER;

	udp->heard = (u32)jiffies;
	if (!udp->spoken) {
		udp->spoken = true;
		if (udp->sub.status == NPV_STACK_STATUS_JOINING) {
			udp->retry_us = 0;
			npv_stacks_up(&udp->sub);
		}
	}
	err = packet_obey(udp, rx, p, &s, now_us);
	if (err == -EPROTO)
		rx->err = err;
	/* It was not received, as far as the peer will learn. */
	if (err)
		return PACKET_DONE;
	npv_received_add(&udp->received, p->number, s.eliciting, p->ecn, now_us);
	if (s.tail && p->number + 1 == npv_received_expected(&udp->received)) {
		udp->rx_follows = p->number + 1;
		udp->rx_follows_seq = s.tail_seq;
	}
	/* The server has moved the stack: it has not got what we sent meanwhile. */
	if (unlikely(udp->moving) && p->head.has_cid) {
		udp->moving = false;
		npv_udp_moved(udp, false);
	}
	return PACKET_DONE;
}

static enum verdict packet_read(struct npv_udp *udp, struct npv_rx *rx,
				struct packet *p, u64 now_us)
{
	struct net *net = sock_net(&udp->sub.nat->nsk->sk);

	if (!packet_head(udp, p)) {
		NPV_INC(net, UDP_MALFORMED);
		return PACKET_DONE;
	}
	switch (p->head.kind) {
	case NPV_PACKET_NUMBERED:
		if (udp->sub.status == NPV_STACK_STATUS_JOINING && !udp->joined)
			return PACKET_DONE;
		return packet_numbered(udp, rx, p, now_us);
	case NPV_PACKET_HANDSHAKE:
		if (npv_udp_join_packet(udp, p->skb, p->off, p->len))
			NPV_INC(net, UDP_MALFORMED);
		return PACKET_DONE;
	default:
		/* Messages are of datagram sessions. */
		NPV_INC(net, UDP_MALFORMED);
		return PACKET_DONE;
	}
}

/* The next thing that has come. Return: whether there is one. */
static bool next_skb(struct npv_udp *udp)
{
	struct sock *sk = npv_udp_sk(udp);
	struct sk_buff *skb;
	int err;

	for (;;) {
		skb = skb_recv_udp(sk, MSG_DONTWAIT, &err);
		if (!skb) {
			/* What ICMP says of a stack that works is no news. */
			if (err == -EAGAIN)
				return false;
			continue;
		}
		/* It had another use in the queue. */
		skb->dev = NULL;
		if (!skb_csum_unnecessary(skb) &&
		    __skb_checksum_complete(skb)) {
			NPV_INC(sock_net(sk), UDP_MALFORMED);
			kfree_skb(skb);
			continue;
		}
		if (skb_is_gso(skb))
			NPV_INC(sock_net(sk), UDP_GRO);
		udp->rx_skb = skb;
		udp->rx_off = 0;
		return true;
	}
}

/* The packet at which reading has got to; @piece of the one before, or zeros */
static void packet_at(const struct npv_udp *udp, struct packet *p,
		      struct piece *piece)
{
	struct sk_buff *skb = udp->rx_skb;
	u32 left = skb->len - udp->rx_off;

	p->skb = skb;
	p->off = udp->rx_off;
	p->len = left;
	if (skb_is_gso(skb) && skb_shinfo(skb)->gso_type & SKB_GSO_UDP_L4)
		p->len = min_t(u32, left, skb_shinfo(skb)->gso_size);
	while (piece->to <= p->off)
		piece_next(piece, skb);
	p->bytes = NULL;
	p->have = 0;
	if (!piece->bytes)
		return;
	p->bytes = piece->bytes + (p->off - piece->from);
	p->have = min(p->len, piece->to - p->off);
}

/**
 * npv_udp_receive() - npv_subflow_ops.receive of UDP
 * @sub: the stack
 * @rx: the look at it
 *
 * Context: process, session lock held.
 * Return: 0; what there is to say is in @rx.
 */
int npv_udp_receive(struct npv_subflow *sub, struct npv_rx *rx)
{
	struct npv_udp *udp = npv_udp(sub);
	unsigned int budget = SKBS_AT_ONCE;
	bool later = false;
	struct packet p;
	u64 now_us;

	while (!rx->err && (udp->rx_skb || next_skb(udp))) {
		struct piece piece = {};

		now_us = npv_udp_now(udp);
		p.ecn = ecn_of(udp->rx_skb, npv_udp_sk(udp));
		while (udp->rx_off < udp->rx_skb->len && !rx->err) {
			packet_at(udp, &p, &piece);
			if (packet_read(udp, rx, &p, now_us) == PACKET_LATER)
				goto later;
			udp->rx_off += p.len;
			udp->bytes_received += p.len;
		}
		/* An empty datagram is one, too. */
		consume_skb(udp->rx_skb);
		udp->rx_skb = NULL;
		/* Others want to have their turn; there may be more. */
		if (!--budget) {
			set_bit(sub->slot, &sub->nat->rx_mask);
			break;
		}
	}
	goto out;
later:
	/* What nobody reads soon has to be acknowledged all the same. */
	npv_native_timer(sub->nat, jiffies + 2);
	later = true;
out:
	now_us = npv_udp_now(udp);
	npv_udp_resize(udp);
	npv_udp_ecn(udp);
	if (udp->wanted && npv_udp_room(udp, now_us)) {
		udp->wanted = false;
		set_bit(sub->slot, &sub->nat->tx_mask);
	}
	/* What was lost goes out again: who reads doesn't look at it. */
	if (!list_empty(&sub->nat->sendq.lost))
		set_bit(sub->slot, &sub->nat->tx_mask);
	/* Who reads is back for the rest in a moment. */
	if (!rx->err && !(later && rx->copied && udp->received.owed < ACK_BUSY))
		npv_udp_tell(udp, now_us);
	return 0;
}

/**
 * npv_udp_readable() - npv_subflow_ops.readable of UDP
 * @sub: the stack, after npv_receive()
 *
 * Context: session lock held.
 * Return: bytes of the packet that was left that are next in order.
 */
u32 npv_udp_readable(const struct npv_subflow *sub)
{
	struct npv_udp *udp = npv_udp(sub);
	struct piece piece = {};
	struct survey s;
	struct packet p;

	if (!udp->rx_skb || udp->rx_off >= udp->rx_skb->len)
		return 0;
	packet_at(udp, &p, &piece);
	if (!packet_head(udp, &p) || p.head.kind != NPV_PACKET_NUMBERED ||
	    npv_received_has(&udp->received, p.number) ||
	    (p.head.follows && !packet_follows(udp, &p)) ||
	    !survey_packet(udp, &p, &s) || s.seq != sub->nat->recvq.nxt)
		return 0;
	return s.len;
}

/**
 * npv_udp_waits() - npv_subflow_ops.waits of UDP
 * @sub: the stack, after npv_receive()
 *
 * Context: session lock held.
 * Return: whether something was left; what is behind it is not known.
 */
bool npv_udp_waits(const struct npv_subflow *sub)
{
	return npv_udp(sub)->rx_skb;
}
