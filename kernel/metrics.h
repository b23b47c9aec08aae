/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_METRICS_H
#define _NPV_METRICS_H

#include <linux/types.h>

struct npv_subflow;

/* Packets that the loss of late is an average over, about */
#define NPV_LOSS_PACKETS	256
#define NPV_PPM			1000000U

/**
 * struct npv_measured - what a stack has counted and measured by now
 * @delivered: packets that the peer had, also those sent again; wraps
 * @lost: packets that were thought lost, less those that came after all; wraps
 * @retransmits: packets sent again; wraps
 * @cwnd: packets that may be under way
 * @rtt_us: last sample of the round-trip time, microseconds; 0: none
 * @rttvar_us: its variation, microseconds
 * @acked: bytes that were acknowledged, if @acked_us isn't 0
 * @acked_us: when one was last, microseconds; 0: the stack knows its @rate itself
 * @span_us: the shortest time to take a rate over, microseconds: a round trip
 * @rate: bytes a second that the peer has had, as the stack measured
 * @limited: there wasn't always something to send
 * @idle: nothing is under way
 */
struct npv_measured {
	u32 delivered;
	u32 lost;
	u32 retransmits;
	u32 cwnd;
	u32 rtt_us;
	u32 rttvar_us;
	u64 acked;
	u64 acked_us;
	u32 span_us;
	u64 rate;
	bool limited;
	bool idle;
};

/**
 * struct npv_metrics - how a stack does, as of late. Session lock.
 * @begun: it was looked at
 * @limited: npv_measured.limited was so since @acked_us
 * @delivered: npv_measured.delivered when it was looked at last
 * @lost: as above
 * @rtt_us: the last sample of the round-trip time that is in @jitter
 * @jitter: 16 times the jitter, microseconds
 * @loss_ppm: of a million packets so many were lost
 * @rate: bytes a second that the peer has had; 0: not known
 * @acked: npv_measured.acked at the end of the last rate
 * @acked_us: as above; 0: there is none yet
 * @known_us: round-trip time that is remembered of the peer's address, microseconds;
 *	0: none
 * @noted: when the peer cache was told last, jiffies; 0: never
 * @told: what listeners were told, by their places in struct npv_hearers, and behind
 *	them the group. NULL: nobody was told anything.
 */
struct npv_metrics {
	bool begun;
	bool limited;
	u32 delivered;
	u32 lost;
	u32 rtt_us;
	u32 jitter;
	u32 loss_ppm;
	u64 rate;
	u64 acked;
	u64 acked_us;
	u32 known_us;
	unsigned long noted;
	struct npv_told *told;
};

/**
 * struct npv_thresholds - when somebody wants to be told of a stack; 0: not for that
 * @interval: the least time between two messages about a stack, jiffies
 * @rtt_percent: the smoothed round-trip time has changed by so much
 * @loss_ppm: so much is lost
 * @rate_percent: the delivery rate has changed by so much
 * @queue: so many bytes wait in this host
 * @heard_ms: nothing was heard for so long
 * @every: at each interval
 */
struct npv_thresholds {
	unsigned long interval;
	u32 rtt_percent;
	u32 loss_ppm;
	u32 rate_percent;
	u32 queue;
	u32 heard_ms;
	bool every;
};

/**
 * struct npv_values - what is held against thresholds
 * @srtt_us: smoothed round-trip time, microseconds; 0 unknown
 * @rate: delivery rate, bytes a second; 0 unknown
 * @loss_ppm: of a million packets so many were lost, as of late
 * @queue: bytes that wait in this host
 * @heard_ms: nothing was heard for so long
 */
struct npv_values {
	u32 srtt_us;
	u64 rate;
	u32 loss_ppm;
	u32 queue;
	u32 heard_ms;
};

/**
 * struct npv_told - what a listener was told of a stack last
 * @serial: number of the listener's wishes
 * @srtt_us: npv_values.srtt_us then
 * @rate: npv_values.rate then
 * @at: when, jiffies; 0: never
 * @known: it has been told
 * @loss: the loss was over the threshold
 * @queue: the queue was
 * @heard: nothing had been heard for so long
 */
struct npv_told {
	u32 serial;
	u32 srtt_us;
	u64 rate;
	unsigned long at;
	bool known;
	bool loss;
	bool queue;
	bool heard;
};

static inline u32 npv_metrics_jitter(const struct npv_metrics *m)
{
	return (m->jitter + 8) >> 4;
}

u32 npv_metrics_loss(u32 ppm, s32 lost, u32 packets);
void npv_metrics_update(struct npv_metrics *m, const struct npv_measured *now);
u32 npv_metrics_crossed(const struct npv_thresholds *set, struct npv_told *told,
			const struct npv_values *now, unsigned long at);

/* metrics_stack.c */
void npv_metrics_begin(struct npv_subflow *sub);
void npv_metrics_look(struct npv_subflow *sub);
void npv_metrics_end(struct npv_subflow *sub);
u32 npv_metrics_heard_ms(const struct npv_subflow *sub);

/* metrics_ntf.c */
void npv_metrics_tell(struct npv_subflow *sub);

#endif /* _NPV_METRICS_H */
