/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_RECOVERY_H
#define _NPV_RECOVERY_H

#include <linux/list.h>
#include <linux/types.h>

struct npv_cong;
struct npv_packet_frame;
struct npv_recovery;

/* How long a peer may keep an acknowledgment back, microseconds */
#define NPV_MAX_ACK_DELAY_US	25000
/* Timers are no finer than this, microseconds: kGranularity of RFC 9002 */
#define NPV_GRANULARITY_US	1000
/* Round-trip time before there is a sample, microseconds: kInitialRtt */
#define NPV_INITIAL_RTT_US	333000
/* Lost packets of which is remembered that they were, for late acknowledgments */
#define NPV_LOST_MAX		256

/**
 * struct npv_sent - a packet that was sent and may have to be acknowledged
 * @node: in npv_recovery.sent or .lost, ascending by @number
 * @number: its number
 * @sent_us: when, microseconds
 * @lost_us: when it was told lost, microseconds
 * @size: bytes that it counts in flight
 * @epoch: recovery period that it was lost in
 * @after_ack: one that was sent between the one before it in the list and this one
 *	has been acknowledged
 * @probe: it only tries a size: its loss says nothing of congestion
 * @ect: it was marked ECT(0)
 *
 * Part of the owner's record of the packet, who fills in @size, @probe and @ect.
 */
struct npv_sent {
	struct list_head node;
	u64 number;
	u64 sent_us;
	u64 lost_us;
	u32 epoch;
	u16 size;
	bool after_ack;
	bool probe;
	bool ect;
};

/**
 * struct npv_recovery_ops - what becomes of packets; called with the owner's lock,
 *	from a walk through them: nothing of recovery.h may be called back
 * @acked: it was received. It is in no list any more, and the owner's to free.
 *	Late: it had been told lost before.
 * @lost: it was lost, as far as is known. It stays in @lost, for an
 *	acknowledgment that is late, until @acked or @forget.
 * @forget: nothing will be heard of it any more; the owner's to free. After @lost,
 *	or from npv_recovery_clear().
 */
struct npv_recovery_ops {
	void (*acked)(struct npv_recovery *rec, struct npv_sent *sent, bool late);
	void (*lost)(struct npv_recovery *rec, struct npv_sent *sent);
	void (*forget)(struct npv_recovery *rec, struct npv_sent *sent);
};

/**
 * struct npv_recovery - loss detection of one direction of a UDP stack
 * @ops: what becomes of packets
 * @cong: its congestion control
 * @sent: struct npv_sent under way
 * @lost: struct npv_sent that were lost lately
 * @n_sent: how many are in @sent
 * @n_lost: how many are in @lost
 * @next: number of the next packet
 * @skipped: a number that was left out: who acknowledges it lies. 0: none
 * @largest: the largest number acknowledged; U64_MAX: none
 * @in_flight: bytes of @sent
 * @last_us: when the last packet was sent that is to be acknowledged
 * @loss_us: when the first of @sent is lost that some later one has overtaken; 0
 * @rtt_first_us: when there was the first sample of the round-trip time; 0: none
 * @max_ack_delay_us: the peer's
 * @latest_us: last sample of the round-trip time, microseconds as all that follow
 * @min_us: lowest
 * @srtt_us: smoothed
 * @rttvar_us: its variation
 * @pto_count: probe timeouts in a row
 * @packet_threshold: so many numbers behind one is lost
 * @time_eighths: so many eighths of a round trip later one is lost, beyond one
 * @epoch: number of recovery periods
 * @epoch_start: when the present one began, by the congestion control
 * @epoch_lost: packets lost in it
 * @epoch_late: those of them that were received after all
 * @run_start_us: when the first of the lost packets was sent between which none
 *	was acknowledged
 * @run: there is such a run
 * @after_ack: npv_sent.after_ack of the next packet
 * @app_limited: the owner had no more to send than there was room for
 * @ecn: packets may be marked; the path and the peer have done it right so far
 * @n_ect: packets sent with ECT(0)
 * @ecn_ect0: count that the peer told last
 * @ecn_ce: count that the peer told last
 * @late: packets lost that were received after all, since the stack began
 */
struct npv_recovery {
	const struct npv_recovery_ops *ops;
	struct npv_cong *cong;
	struct list_head sent;
	struct list_head lost;
	u32 n_sent;
	u32 n_lost;

	u64 next;
	u64 skipped;
	u64 largest;
	u64 in_flight;
	u64 last_us;
	u64 loss_us;
	u64 rtt_first_us;

	u32 max_ack_delay_us;
	u32 latest_us;
	u32 min_us;
	u32 srtt_us;
	u32 rttvar_us;
	u32 pto_count;
	u32 packet_threshold;
	u32 time_eighths;

	u32 epoch;
	u32 epoch_lost;
	u32 epoch_late;
	u64 epoch_start;
	u64 run_start_us;
	bool run;
	bool after_ack;
	bool app_limited;
	bool ecn;
	u64 n_ect;
	u64 ecn_ect0;
	u64 ecn_ce;
	u64 late;
};

void npv_recovery_init(struct npv_recovery *rec,
		       const struct npv_recovery_ops *ops,
		       struct npv_cong *cong);
void npv_recovery_clear(struct npv_recovery *rec);
void npv_recovery_moved(struct npv_recovery *rec, bool reset, u64 now_us);
u64 npv_recovery_number(struct npv_recovery *rec, bool skip);
void npv_recovery_sent(struct npv_recovery *rec, struct npv_sent *sent,
		       u64 number, u64 now_us);
int npv_recovery_ack(struct npv_recovery *rec, const struct npv_packet_frame *f,
		     u64 now_us);
u64 npv_recovery_timer(const struct npv_recovery *rec);
unsigned int npv_recovery_timeout(struct npv_recovery *rec, u64 now_us);
u32 npv_recovery_pto(const struct npv_recovery *rec);
u64 npv_recovery_room(const struct npv_recovery *rec);

#endif /* _NPV_RECOVERY_H */
