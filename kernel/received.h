/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_RECEIVED_H
#define _NPV_RECEIVED_H

#include <linux/types.h>

#include "packet.h"

/* Ranges of numbers that are remembered */
#define NPV_RECEIVED_MAX	32
/* An ACK is sent for so many packets that want one */
#define NPV_RECEIVED_EVERY	2

/* enum npv_ecn - the ECN field of an IP header, RFC 3168 */
enum npv_ecn {
	NPV_ECN_NOT	= 0,
	NPV_ECN_ECT1	= 1,
	NPV_ECN_ECT0	= 2,
	NPV_ECN_CE	= 3,
};

/**
 * struct npv_received - numbers of packets that came on a UDP stack, and what is to
 *	be said of them. Its owner's lock.
 * @range: numbers, the highest range first, none touching another
 * @n: how many ranges
 * @floor: of numbers below it nothing is known any more; they pass for received
 * @largest_us: when the largest came, microseconds
 * @since_us: when the first came that is to be acknowledged and is not, if @owed
 * @owed: packets that are to be acknowledged
 * @urgent: ... at once
 * @marks: packets that came with ECT(0), ECT(1), CE
 */
struct npv_received {
	struct npv_frame_range range[NPV_RECEIVED_MAX];
	u32 n;
	u32 owed;
	bool urgent;
	u64 floor;
	u64 largest_us;
	u64 since_us;
	u64 marks[3];
};

void npv_received_init(struct npv_received *r);
u64 npv_received_expected(const struct npv_received *r);
bool npv_received_has(const struct npv_received *r, u64 number);
bool npv_received_add(struct npv_received *r, u64 number, bool eliciting,
		      enum npv_ecn ecn, u64 now_us);
u64 npv_received_due(const struct npv_received *r, u32 delay_us);
unsigned int npv_received_ack(struct npv_received *r, u64 now_us, void *buf,
			      unsigned int room);
void npv_received_told(struct npv_received *r, u64 largest);

#endif /* _NPV_RECEIVED_H */
