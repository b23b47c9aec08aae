/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_MESSAGE_H
#define _NPV_MESSAGE_H

#include <linux/bits.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/types.h>

struct sk_buff;

/* Without a message for so long it is forgotten which came, jiffies */
#define NPV_MSG_FORGET		(2 * HZ)
/* Numbers of messages that are remembered */
#define NPV_MSG_WINDOW		2048
/* One number of so many is sent with as many bits as there are */
#define NPV_MSG_WHOLE		512
/* Messages that may be incomplete at a time */
#define NPV_REASM_MESSAGES	16
/* Truesize of all their parts, bytes */
#define NPV_REASM_BYTES		(256 * 1024)
/* For how long one waits for the rest of its parts, jiffies */
#define NPV_REASM_TIMEOUT	(2 * HZ)

/**
 * struct npv_msgwin - numbers of messages that came, of one session. All zero before
 *	the first. Its owner's lock.
 * @next: one behind the highest, below 2^63
 * @had: of the NPV_MSG_WINDOW numbers before @next those that came, each at its
 *	number modulo NPV_MSG_WINDOW
 */
struct npv_msgwin {
	u64 next;
	unsigned long had[NPV_MSG_WINDOW / BITS_PER_LONG];
};

/**
 * struct npv_msgnum - numbers of messages that are sent, of one session. All zero
 *	before the first. Its owner's lock.
 * @next: the number of the next one
 * @epoch_at: when this epoch began, jiffies
 * @epoch_first: the first number of this epoch
 * @epoch_before: the first number of the epoch before
 */
struct npv_msgnum {
	u64 next;
	unsigned long epoch_at;
	u64 epoch_first;
	u64 epoch_before;
};

/**
 * struct npv_reasm - messages of which not all parts have come, of one session. Its
 *	owner's lock.
 * @messages: struct message of message.c, the oldest first
 * @n: how many
 * @bytes: truesize of their parts
 * @expired: messages given up as their parts took too long, or there was no room
 * @bad: messages given up for parts that don't belong together
 */
struct npv_reasm {
	struct list_head messages;
	unsigned int n;
	u32 bytes;
	u64 expired;
	u64 bad;
};

u64 npv_msgwin_expand(const struct npv_msgwin *win, u32 low, u8 bits);
void npv_msgwin_forget(struct npv_msgwin *win);
bool npv_msgwin_seen(const struct npv_msgwin *win, u64 number);
void npv_msgwin_add(struct npv_msgwin *win, u64 number);

u64 npv_msgnum_take(struct npv_msgnum *num, bool parts, unsigned long now,
		    unsigned long late, u8 *bits);

void npv_reasm_init(struct npv_reasm *r);
struct sk_buff *npv_reasm_add(struct npv_reasm *r, u64 number, u32 off, u32 total,
			      struct sk_buff *skb, unsigned long now, bool *bad);
unsigned long npv_reasm_expire(struct npv_reasm *r, unsigned long now);
void npv_reasm_purge(struct npv_reasm *r);

#endif /* _NPV_MESSAGE_H */
