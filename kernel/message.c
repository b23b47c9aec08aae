// SPDX-License-Identifier: GPL-2.0
/*
 * Messages of datagram sessions: their numbers, which of them came already, and
 * putting those together that came in parts.
 *
 * A number may be mistaken, for only its low bits are sent, and nobody vouches for
 * them. That must cost a message at most, and memory is bounded whatever comes.
 */

#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/dst.h>

#include "message.h"
#include "packet.h"

/**
 * struct message - a message of which not all parts have come
 * @list: in struct npv_reasm
 * @number: its number
 * @since: when its first part came, jiffies
 * @total: its length, bytes
 * @got: of these have come
 * @truesize: of its parts
 * @parts: by their offsets, none overlapping another; the lock isn't used
 */
struct message {
	struct list_head list;
	u64 number;
	unsigned long since;
	u32 total;
	u32 got;
	u32 truesize;
	struct sk_buff_head parts;
};

/* struct part_cb - where in its message the first byte of a part lies */
struct part_cb {
	u32 off;
};

#define PART_CB(skb)	((struct part_cb *)(skb)->cb)

/* --- numbers that came --- */

/**
 * npv_msgwin_expand() - the whole number of a message that came
 * @win: numbers that came before
 * @low: low bits of the number, nothing above them
 * @bits: how many, 4 to 28
 *
 * Return: that of the numbers with such low bits which is nearest to the one behind
 * the highest that came; none is below 0.
 */
u64 npv_msgwin_expand(const struct npv_msgwin *win, u32 low, u8 bits)
{
	return npv_number_expand(low, bits, win->next);
}

/* It is none of the numbers that are remembered, but lower. */
static bool before_window(const struct npv_msgwin *win, u64 number)
{
	return number < win->next && win->next - number > NPV_MSG_WINDOW;
}

/**
 * npv_msgwin_forget() - forget which numbers came
 * @win: the window
 *
 * Where none came for as long as it takes to send half of what the fewest bits of a
 * number tell apart, what comes next may have any number.
 *
 * Context: any.
 */
void npv_msgwin_forget(struct npv_msgwin *win)
{
	memset(win->had, 0, sizeof(win->had));
}

/**
 * npv_msgwin_seen() - whether a message came already
 * @win: numbers that came
 * @number: its number
 *
 * Context: owner's lock held.
 * Return: whether it did. Of what lies before the window nothing is known: it may be
 * late, or another than it seems, and is new.
 */
bool npv_msgwin_seen(const struct npv_msgwin *win, u64 number)
{
	return number < win->next && !before_window(win, number) &&
	       test_bit(number % NPV_MSG_WINDOW, win->had);
}

/**
 * npv_msgwin_add() - a message came
 * @win: numbers that came
 * @number: its number, below 2^63 - 1
 *
 * The window goes with the highest number. What lies before it isn't remembered.
 *
 * Context: owner's lock held.
 */
void npv_msgwin_add(struct npv_msgwin *win, u64 number)
{
	unsigned int start, skipped, to_end;

	BUILD_BUG_ON_NOT_POWER_OF_2(NPV_MSG_WINDOW);
	if (before_window(win, number))
		return;
	if (number >= win->next) {
		/* nothing has come of what lies between, it was others' place */
		skipped = min_t(u64, number - win->next, NPV_MSG_WINDOW);
		if (unlikely(skipped)) {
			start = win->next % NPV_MSG_WINDOW;
			to_end = min(skipped, NPV_MSG_WINDOW - start);
			bitmap_clear(win->had, start, to_end);
			bitmap_clear(win->had, 0, skipped - to_end);
		}
		win->next = number + 1;
	}
	__set_bit(number % NPV_MSG_WINDOW, win->had);
}

/* --- numbers to send --- */

/* Begin another epoch if this one is over; what is longer ago doesn't count. */
static void epoch_move(struct npv_msgnum *num, unsigned long now, unsigned long late)
{
	unsigned long elapsed = now - num->epoch_at;

	if (elapsed < late)
		return;
	if (elapsed < 2 * late) {
		num->epoch_before = num->epoch_first;
		num->epoch_at += late;
	} else {
		num->epoch_before = num->next;
		num->epoch_at = now;
	}
	num->epoch_first = num->next;
}

/**
 * npv_msgnum_take() - the number of a message that is to be sent
 * @num: the numbers
 * @parts: it is sent in parts
 * @now: jiffies
 * @late: jiffies by which a message may come later than those sent after it, not 0
 * @bits: where to put in how many low bits it is sent: 12, 20 or 28, with @parts 20
 *	at least
 *
 * 2^(@bits - 2) is more than the numbers that were taken in the last one to two times
 * @late. Unless twice as many are taken in the next, or lost, the receiver is right
 * about it even when it comes so late. One in NPV_MSG_WHOLE has as many bits as there
 * are: where more were lost, it is wrong about no more than these.
 *
 * Context: owner's lock held.
 * Return: the number, which is taken then.
 */
u64 npv_msgnum_take(struct npv_msgnum *num, bool parts, unsigned long now,
		    unsigned long late, u8 *bits)
{
	u64 taken;

	epoch_move(num, now, late);
	taken = num->next - num->epoch_before;
	*bits = parts ? 20 : 12;
	while (*bits < 28 && taken >= BIT_ULL(*bits - 2))
		*bits += 8;
	if (num->next % NPV_MSG_WHOLE == NPV_MSG_WHOLE - 1)
		*bits = 28;

	return num->next++;
}

/* --- parts --- */

/**
 * npv_reasm_init() - begin, with no message
 * @r: the incomplete messages
 */
void npv_reasm_init(struct npv_reasm *r)
{
	BUILD_BUG_ON(sizeof(struct part_cb) > sizeof_field(struct sk_buff, cb));

	memset(r, 0, sizeof(*r));
	INIT_LIST_HEAD(&r->messages);
}

static struct message *message_find(const struct npv_reasm *r, u64 number)
{
	struct message *m;

	list_for_each_entry(m, &r->messages, list)
		if (m->number == number)
			return m;
	return NULL;
}

/* Free a message with the parts that it has. */
static void message_free(struct npv_reasm *r, struct message *m)
{
	r->bytes -= m->truesize;
	r->n--;
	list_del(&m->list);
	__skb_queue_purge(&m->parts);
	kfree(m);
}

/* Give up the oldest message. */
static void oldest_expire(struct npv_reasm *r)
{
	message_free(r, list_first_entry(&r->messages, struct message, list));
	r->expired++;
}

/**
 * npv_reasm_expire() - give up the messages that have waited for too long
 * @r: the incomplete messages
 * @now: jiffies
 *
 * Context: any; owner's lock held.
 * Return: when the next one has, jiffies, not 0; 0: there is none.
 */
unsigned long npv_reasm_expire(struct npv_reasm *r, unsigned long now)
{
	struct message *m;

	while ((m = list_first_entry_or_null(&r->messages, struct message, list))) {
		if (!time_after(now, m->since + NPV_REASM_TIMEOUT))
			return (m->since + NPV_REASM_TIMEOUT + 1) | 1;
		oldest_expire(r);
	}
	return 0;
}

static struct message *message_new(struct npv_reasm *r, u64 number, u32 total,
				   unsigned long now)
{
	struct message *m;

	if (r->n == NPV_REASM_MESSAGES)
		oldest_expire(r);
	m = kmalloc(sizeof(*m), GFP_ATOMIC);
	if (!m)
		return NULL;
	m->number = number;
	m->since = now;
	m->total = total;
	m->got = 0;
	m->truesize = 0;
	__skb_queue_head_init(&m->parts);
	list_add_tail(&m->list, &r->messages);
	r->n++;

	return m;
}

enum place {
	PLACE_FREE,
	PLACE_SAME,	/* the very part has come */
	PLACE_OVERLAP,
};

/*
 * Look for the place of a part, and put it there if it is free. There are few parts,
 * as their truesize is limited, and most come in order.
 */
static enum place part_insert(struct message *m, struct sk_buff *skb, u32 off)
{
	struct sk_buff *before, *after;

	skb_queue_reverse_walk(&m->parts, before)
		if (PART_CB(before)->off <= off)
			break;
	/* the head of the queue, if it is the first one or the last */
	after = before->next;
	if (before != (struct sk_buff *)&m->parts) {
		if (PART_CB(before)->off == off && before->len == skb->len)
			return PLACE_SAME;
		if (PART_CB(before)->off + before->len > off)
			return PLACE_OVERLAP;
	}
	if (after != (struct sk_buff *)&m->parts &&
	    off + skb->len > PART_CB(after)->off)
		return PLACE_OVERLAP;
	PART_CB(skb)->off = off;
	__skb_queue_after(&m->parts, before, skb);

	return PLACE_FREE;
}

/*
 * Make one skb of a message that is complete, which goes in any case. Return: it, or
 * NULL if there is no memory.
 */
static struct sk_buff *message_finish(struct npv_reasm *r, struct message *m)
{
	struct sk_buff *head = skb_peek(&m->parts), *part, **next;

	/* The others go where it has none, and where its clones don't see them. */
	if ((skb_has_frag_list(head) && skb_linearize(head)) ||
	    skb_unclone(head, GFP_ATOMIC)) {
		message_free(r, m);
		r->expired++;
		return NULL;
	}
	__skb_unlink(head, &m->parts);
	next = &skb_shinfo(head)->frag_list;
	while ((part = __skb_dequeue(&m->parts))) {
		*next = part;
		next = &part->next;
		head->len += part->len;
		head->data_len += part->len;
		head->truesize += part->truesize;
	}
	/* no sum is that of the whole */
	head->ip_summed = CHECKSUM_NONE;
	message_free(r, m);

	return head;
}

/**
 * npv_reasm_add() - a part of a message came
 * @r: the incomplete messages
 * @number: the message's number
 * @off: where in the message the part begins, bytes
 * @total: length of the whole message, bytes
 * @skb: the part, and nothing else; not shared. It is taken over, with its cb; what
 *	it holds of socket, route and device is let go.
 * @now: jiffies
 * @bad: where to put whether it doesn't fit: it has nothing, is too long, overlaps
 *	others of its message or says another length. All of them are dropped then.
 *
 * A part that came before is dropped and changes nothing. Messages that wait for too
 * long, and where there are too many or too much the oldest, are given up.
 *
 * Context: any; owner's lock held.
 * Return: the whole message if it is complete now: the first part, with the others on
 * its frag_list; it has the caller's. NULL if it isn't.
 */
struct sk_buff *npv_reasm_add(struct npv_reasm *r, u64 number, u32 off, u32 total,
			      struct sk_buff *skb, unsigned long now, bool *bad)
{
	struct message *m;

	npv_reasm_expire(r, now);
	m = message_find(r, number);

	*bad = !skb->len || total > U16_MAX || off > total ||
	       skb->len > total - off || (m && m->total != total);
	if (*bad)
		goto drop;
	if (!m) {
		m = message_new(r, number, total, now);
		if (!m) {
			r->expired++;
			goto drop;
		}
	}
	switch (part_insert(m, skb, off)) {
	case PLACE_FREE:
		break;
	case PLACE_OVERLAP:
		*bad = true;
		fallthrough;
	case PLACE_SAME:
		goto drop;
	}
	/* It may be kept for seconds. */
	skb_orphan(skb);
	skb_dst_drop(skb);
	skb->dev = NULL;
	m->got += skb->len;
	m->truesize += skb->truesize;
	r->bytes += skb->truesize;
	if (m->got == total)
		return message_finish(r, m);
	while (r->bytes > NPV_REASM_BYTES)
		oldest_expire(r);

	return NULL;

drop:
	if (*bad) {
		if (m)
			message_free(r, m);
		r->bad++;
	}
	kfree_skb(skb);

	return NULL;
}

/**
 * npv_reasm_purge() - drop all parts, which doesn't count as given up
 * @r: the incomplete messages, none of them afterwards
 *
 * Context: any; owner's lock held, or nobody else left.
 */
void npv_reasm_purge(struct npv_reasm *r)
{
	struct message *m, *next;

	list_for_each_entry_safe(m, next, &r->messages, list)
		message_free(r, m);
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/message_test.c"
#endif
