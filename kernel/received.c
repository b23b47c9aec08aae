// SPDX-License-Identifier: GPL-2.0
/*
 * Which packets have come on a UDP stack: no packet is taken twice, and the peer is
 * told what has come (RFC 9000, 13.2).
 *
 * Memory is bounded whatever a peer sends: with too many gaps the lowest numbers are
 * forgotten, and what still comes of them is taken for a repetition. The peer sends
 * it again with another number.
 */

#include <linux/string.h>

#include "received.h"

/**
 * npv_received_init() - make ready for the first packet
 * @r: what has come
 */
void npv_received_init(struct npv_received *r)
{
	memset(r, 0, sizeof(*r));
}

/**
 * npv_received_expected() - the number that would come next in order
 * @r: what has come
 *
 * Return: one more than the largest, by which those of later packets are expanded.
 */
u64 npv_received_expected(const struct npv_received *r)
{
	return r->n ? r->range[0].end : r->floor;
}

/**
 * npv_received_has() - whether a packet has come before
 * @r: what has come
 * @number: its number
 *
 * Return: whether it has, or may have.
 */
bool npv_received_has(const struct npv_received *r, u64 number)
{
	u32 i;

	if (number < r->floor)
		return true;
	for (i = 0; i < r->n && number < r->range[i].end; i++)
		if (number >= r->range[i].start)
			return true;
	return false;
}

/* The range at @i goes, or makes room. */
static void range_drop(struct npv_received *r, u32 i)
{
	r->n--;
	memmove(&r->range[i], &r->range[i + 1],
		(r->n - i) * sizeof(r->range[0]));
}

/* Note a number that is new, and lies between the ranges at @i - 1 and @i. */
static void range_insert(struct npv_received *r, u32 i, u64 number)
{
	bool above = i && r->range[i - 1].start == number + 1;
	bool below = i < r->n && r->range[i].end == number;

	if (above && below) {
		r->range[i - 1].start = r->range[i].start;
		range_drop(r, i);
		return;
	}
	if (above) {
		r->range[i - 1].start = number;
		return;
	}
	if (below) {
		r->range[i].end = number + 1;
		return;
	}
	if (r->n == NPV_RECEIVED_MAX) {
		/* It is the lowest itself: it was there, and is forgotten. */
		if (i == r->n) {
			r->floor = number + 1;
			return;
		}
		r->floor = r->range[r->n - 1].end;
		r->n--;
	}
	memmove(&r->range[i + 1], &r->range[i],
		(r->n - i) * sizeof(r->range[0]));
	r->range[i] = (struct npv_frame_range){ number, number + 1 };
	r->n++;
}

/**
 * npv_received_add() - a packet has come
 * @r: what has come
 * @number: its number
 * @eliciting: it wants to be acknowledged
 * @ecn: the mark that it came with
 * @now_us: the time
 *
 * Return: whether it is new. If it is not, nothing in it is to be looked at.
 */
bool npv_received_add(struct npv_received *r, u64 number, bool eliciting,
		      enum npv_ecn ecn, u64 now_us)
{
	u64 expected = npv_received_expected(r);
	u32 i = 0;

	if (npv_received_has(r, number))
		return false;
	while (i < r->n && number < r->range[i].end)
		i++;
	range_insert(r, i, number);

	if (number >= expected)
		r->largest_us = now_us;
	if (ecn == NPV_ECN_ECT0)
		r->marks[0]++;
	else if (ecn == NPV_ECN_ECT1)
		r->marks[1]++;
	else if (ecn == NPV_ECN_CE)
		r->marks[2]++;
	if (!eliciting)
		return true;
	if (!r->owed++)
		r->since_us = now_us;
	/* Out of order: the sender wants to know soon what is missing, or isn't. */
	if (number != expected || ecn == NPV_ECN_CE ||
	    r->owed >= NPV_RECEIVED_EVERY)
		r->urgent = true;
	return true;
}

/**
 * npv_received_due() - when an ACK is to be sent
 * @r: what has come
 * @delay_us: for how long it may be kept back, microseconds
 *
 * Return: the time, microseconds; 1 if at once; 0 if none is.
 */
u64 npv_received_due(const struct npv_received *r, u32 delay_us)
{
	if (!r->owed)
		return 0;
	return r->urgent ? 1 : r->since_us + delay_us;
}

/**
 * npv_received_ack() - write an ACK of all that has come
 * @r: what has come
 * @now_us: the time
 * @buf: where to
 * @room: bytes there; what doesn't fit is left out, from the lowest numbers on
 *
 * Nothing is owed any more then, but that an ACK was sent doesn't say that it came:
 * see npv_received_told().
 *
 * Return: bytes written; 0 if nothing has come or nothing fits.
 */
unsigned int npv_received_ack(struct npv_received *r, u64 now_us, void *buf,
			      unsigned int room)
{
	bool marked = r->marks[0] || r->marks[1] || r->marks[2];
	unsigned int len;

	if (!r->n)
		return 0;
	len = npv_packet_ack_encode(r->range, r->n, now_us - r->largest_us,
				    marked ? r->marks : NULL, buf, room);
	if (len) {
		r->owed = 0;
		r->urgent = false;
	}
	return len;
}

/**
 * npv_received_told() - the peer has had an ACK of this side's
 * @r: what has come
 * @largest: the largest number in that ACK
 *
 * It need not be told again of what is lower (RFC 9000, 13.2.4). That number stays,
 * for there always is one.
 */
void npv_received_told(struct npv_received *r, u64 largest)
{
	u32 i;

	if (largest <= r->floor || !npv_received_has(r, largest))
		return;
	r->floor = largest;
	for (i = r->n; i && r->range[i - 1].end <= largest; i--)
		;
	r->n = i;
	if (i && r->range[i - 1].start < largest)
		r->range[i - 1].start = largest;
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/received_test.c"
#endif
