// SPDX-License-Identifier: GPL-2.0
/*
 * Loss detection of UDP stacks, as RFC 9002 has it: what was received, what was
 * lost, when to probe, and the round-trip time.
 *
 * There is no timer and no lock here: time is passed in, and the owner calls with
 * its own lock held.
 */

#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "cong.h"
#include "packet.h"
#include "recovery.h"

/* kPacketThreshold of RFC 9002, and where it ends when packets are reordered */
#define PACKET_THRESHOLD	3
#define PACKET_THRESHOLD_MAX	300
/* kTimeThreshold is 9/8; up to twice the round-trip time where that is too short */
#define TIME_EIGHTHS		1
#define TIME_EIGHTHS_MAX	8
/* kPersistentCongestionThreshold */
#define PERSISTENT		3
/* Probe timeouts double up to this */
#define PTO_SHIFT_MAX		16
/* So many times two packets are sent then, as RFC 9002, 6.2.4 allows */
#define PTO_PAIRS		4
#define PTO_MAX_US		(60ULL * USEC_PER_SEC)
/* A lost packet is forgotten after so many probe timeouts */
#define FORGET_PTO		3

#define NONE			U64_MAX

/**
 * npv_recovery_init() - make ready for the first packet
 * @rec: the recovery
 * @ops: what becomes of packets
 * @cong: the congestion control, made ready as well
 */
void npv_recovery_init(struct npv_recovery *rec,
		       const struct npv_recovery_ops *ops,
		       struct npv_cong *cong)
{
	memset(rec, 0, sizeof(*rec));
	rec->ops = ops;
	rec->cong = cong;
	INIT_LIST_HEAD(&rec->sent);
	INIT_LIST_HEAD(&rec->lost);
	rec->largest = NONE;
	rec->max_ack_delay_us = NPV_MAX_ACK_DELAY_US;
	rec->srtt_us = NPV_INITIAL_RTT_US;
	rec->rttvar_us = NPV_INITIAL_RTT_US / 2;
	rec->packet_threshold = PACKET_THRESHOLD;
	rec->time_eighths = TIME_EIGHTHS;
	rec->ecn = true;
}

static void forget(struct npv_recovery *rec, struct npv_sent *sent)
{
	list_del(&sent->node);
	rec->ops->forget(rec, sent);
}

/**
 * npv_recovery_clear() - forget all packets
 * @rec: the recovery
 *
 * The stack ends. Nothing is told lost: what was in them is the owner's affair.
 */
void npv_recovery_clear(struct npv_recovery *rec)
{
	struct npv_sent *sent, *next;

	list_for_each_entry_safe(sent, next, &rec->sent, node)
		forget(rec, sent);
	list_for_each_entry_safe(sent, next, &rec->lost, node)
		forget(rec, sent);
	rec->n_sent = 0;
	rec->n_lost = 0;
	rec->in_flight = 0;
	rec->loss_us = 0;
}

/**
 * npv_recovery_moved() - what was sent went where the peer is no more
 * @rec: the recovery
 * @reset: the path is another: what was measured says nothing of it. The congestion
 *	control is the owner's affair.
 * @now_us: the time
 *
 * All that is under way is told lost and forgotten. It is no sign of congestion; and
 * if some of it has arrived, and only the acknowledgment was lost, that is none of
 * reordering.
 */
void npv_recovery_moved(struct npv_recovery *rec, bool reset, u64 now_us)
{
	struct npv_sent *sent;

	list_for_each_entry(sent, &rec->sent, node) {
		sent->lost_us = now_us;
		rec->ops->lost(rec, sent);
	}
	npv_recovery_clear(rec);
	rec->pto_count = 0;
	rec->run = false;
	rec->after_ack = false;
	/* None is left that may prove that there was no congestion. */
	rec->epoch_lost = 0;
	rec->epoch_late = 0;
	if (!reset)
		return;
	rec->rtt_first_us = 0;
	rec->latest_us = 0;
	rec->min_us = 0;
	rec->srtt_us = NPV_INITIAL_RTT_US;
	rec->rttvar_us = NPV_INITIAL_RTT_US / 2;
	rec->packet_threshold = PACKET_THRESHOLD;
	rec->time_eighths = TIME_EIGHTHS;
	rec->epoch_start = 0;
}

/**
 * npv_recovery_number() - the number of the next packet
 * @rec: the recovery
 * @skip: leave one out, now and then: a peer that acknowledges what it can't have
 *	wants the window to grow beyond what the path bears (RFC 9000, 21.4)
 *
 * Return: the number, which is used up.
 */
u64 npv_recovery_number(struct npv_recovery *rec, bool skip)
{
	if (skip && rec->next)
		rec->skipped = rec->next++;
	return rec->next++;
}

/**
 * npv_recovery_sent() - a packet was sent that is to be acknowledged
 * @rec: the recovery
 * @sent: its record, with size, probe and ect filled in
 * @number: from npv_recovery_number(), the last that was taken
 * @now_us: the time
 */
void npv_recovery_sent(struct npv_recovery *rec, struct npv_sent *sent,
		       u64 number, u64 now_us)
{
	npv_cong_sent(rec->cong, now_us, number, rec->in_flight);
	sent->number = number;
	sent->sent_us = now_us;
	sent->after_ack = rec->after_ack;
	rec->after_ack = false;
	list_add_tail(&sent->node, &rec->sent);
	rec->n_sent++;
	rec->in_flight += sent->size;
	rec->n_ect += sent->ect;
	rec->last_us = now_us;
}

/* RFC 9002, 5.3 */
static void rtt_sample(struct npv_recovery *rec, u64 now_us, u64 sent_us,
		       u64 delay_us)
{
	u32 rtt = (u32)clamp_t(u64, now_us - sent_us, 1, U32_MAX / 8);
	u32 delay = (u32)min_t(u64, delay_us, rec->max_ack_delay_us);
	u32 var;

	rec->latest_us = rtt;
	if (!rec->rtt_first_us) {
		rec->rtt_first_us = now_us;
		rec->min_us = rtt;
		rec->srtt_us = rtt;
		rec->rttvar_us = rtt / 2;
		return;
	}
	rec->min_us = min(rec->min_us, rtt);
	if (rtt >= rec->min_us + delay)
		rtt -= delay;
	var = rtt > rec->srtt_us ? rtt - rec->srtt_us : rec->srtt_us - rtt;
	rec->rttvar_us = (u32)((3ULL * rec->rttvar_us + var) / 4);
	rec->srtt_us = (u32)((7ULL * rec->srtt_us + rtt) / 8);
}

/* What a lost packet may be later than others before it is held for lost */
static u64 loss_delay(const struct npv_recovery *rec)
{
	u64 rtt = rec->rtt_first_us ? max(rec->latest_us, rec->srtt_us) :
				      rec->srtt_us;

	return max_t(u64, rtt * (8 + rec->time_eighths) / 8,
		     NPV_GRANULARITY_US);
}

/**
 * npv_recovery_pto() - the probe timeout, without backing off
 * @rec: the recovery
 *
 * Return: microseconds. Source: RFC 9002, 6.2.1.
 */
u32 npv_recovery_pto(const struct npv_recovery *rec)
{
	return rec->srtt_us + max_t(u32, 4 * rec->rttvar_us,
				    NPV_GRANULARITY_US) +
	       rec->max_ack_delay_us;
}

/*
 * A packet that is under way no more. Between the one before it and the next one, or
 * the one that is sent next, there is then one that was received, or may have been.
 */
static void take_out(struct npv_recovery *rec, struct npv_sent *sent, bool acked)
{
	/* A probe's loss ends no run of lost packets, and begins none. */
	if (acked || (sent->probe && sent->after_ack)) {
		if (list_is_last(&sent->node, &rec->sent))
			rec->after_ack = true;
		else
			list_next_entry(sent, node)->after_ack = true;
	}
	list_del(&sent->node);
	rec->n_sent--;
	rec->in_flight -= sent->size;
}

/*
 * Persistent congestion: two packets lost, sent so long after one another, and none
 * between them received. RFC 9002, 7.6.
 */
static bool persistent(struct npv_recovery *rec, const struct npv_sent *sent)
{
	u64 span = (u64)npv_recovery_pto(rec) * PERSISTENT;

	/* Before there was a sample nobody knows how long that is. */
	if (!rec->rtt_first_us || sent->sent_us <= rec->rtt_first_us) {
		rec->run = false;
		return false;
	}
	if (!rec->run || sent->after_ack) {
		rec->run = true;
		rec->run_start_us = sent->sent_us;
		return false;
	}
	return sent->sent_us - rec->run_start_us > span;
}

static void lose(struct npv_recovery *rec, struct npv_sent *sent, u64 now_us)
{
	take_out(rec, sent, false);
	sent->lost_us = now_us;
	sent->epoch = rec->epoch;
	list_add_tail(&sent->node, &rec->lost);
	rec->n_lost++;
	rec->ops->lost(rec, sent);
}

/* Too old or too many: their acknowledgment will not come any more. */
static void forget_lost(struct npv_recovery *rec, u64 now_us)
{
	u64 age = (u64)npv_recovery_pto(rec) * FORGET_PTO;
	struct npv_sent *sent, *next;

	list_for_each_entry_safe(sent, next, &rec->lost, node) {
		if (rec->n_lost <= NPV_LOST_MAX && now_us - sent->lost_us < age)
			break;
		rec->n_lost--;
		forget(rec, sent);
	}
}

/* RFC 9002, 6.1: what was overtaken by so many packets, or so long ago, is lost. */
static void detect_lost(struct npv_recovery *rec, u64 now_us)
{
	u64 delay = loss_delay(rec), newest_us = 0;
	struct npv_sent *sent, *next;
	bool congested = false, persists = false;
	u32 bytes = 0, count = 0;

	rec->loss_us = 0;
	if (rec->largest == NONE)
		return;
	list_for_each_entry_safe(sent, next, &rec->sent, node) {
		if (sent->number > rec->largest)
			break;
		if (sent->sent_us + delay > now_us &&
		    rec->largest < sent->number + rec->packet_threshold) {
			/* They are in the order they were sent: so are losses. */
			rec->loss_us = sent->sent_us + delay;
			break;
		}
		if (!sent->probe) {
			persists |= persistent(rec, sent);
			congested = true;
			newest_us = sent->sent_us;
			bytes += sent->size;
			count++;
		}
		lose(rec, sent, now_us);
	}
	if (!congested) {
		forget_lost(rec, now_us);
		return;
	}

	npv_cong_lost(rec->cong, now_us, newest_us, bytes);
	if (rec->cong->recovery_start != rec->epoch_start) {
		rec->epoch_start = rec->cong->recovery_start;
		rec->epoch++;
		rec->epoch_lost = 0;
		rec->epoch_late = 0;
	}
	rec->epoch_lost += count;
	/* They were noted with the period before, if they began this one. */
	list_for_each_entry_reverse(sent, &rec->lost, node) {
		if (!count)
			break;
		if (sent->probe)
			continue;
		sent->epoch = rec->epoch;
		count--;
	}
	if (persists) {
		npv_cong_persistent(rec->cong, now_us);
		rec->run = false;
		/* The path may be another: RFC 9002, 5.2 */
		rec->min_us = rec->latest_us;
	}
	forget_lost(rec, now_us);
}

/*
 * One that was lost has been received after all: it was but reordered. Wait longer
 * for others; and if all losses of the period were such, it was none.
 */
static void received_late(struct npv_recovery *rec, struct npv_sent *sent,
			  u64 now_us)
{
	u64 behind = rec->largest - sent->number, rtt;

	list_del(&sent->node);
	rec->n_lost--;
	rec->late++;
	/* Something was received while all seemed to be lost. */
	rec->run = false;
	if (behind + 1 > rec->packet_threshold)
		rec->packet_threshold = (u32)min_t(u64, behind + 1,
						   PACKET_THRESHOLD_MAX);
	rtt = max(rec->latest_us, rec->srtt_us);
	while (rec->time_eighths < TIME_EIGHTHS_MAX &&
	       sent->sent_us + rtt * (8 + rec->time_eighths) / 8 < now_us)
		rec->time_eighths++;
	if (!sent->probe && sent->epoch == rec->epoch && rec->epoch_lost &&
	    ++rec->epoch_late == rec->epoch_lost) {
		rec->epoch_lost = 0;
		rec->epoch_late = 0;
		npv_cong_undo(rec->cong);
		rec->epoch_start = rec->cong->recovery_start;
	}
	rec->ops->acked(rec, sent, true);
}

/*
 * Whether the counts of ECN marks can be true, and if so what they say. RFC 9000,
 * 13.4.2.1; @ect of the packets just acknowledged were sent with ECT(0). An ACK that
 * others have overtaken proves nothing.
 */
static void ecn_counts(struct npv_recovery *rec, const struct npv_packet_frame *f,
		       u32 ect, u64 sent_us, u64 now_us, bool newest)
{
	u64 ect0, ce;

	if (!rec->ecn || !newest)
		return;
	if (f->type != NPV_PF_ACK_ECN) {
		/* Marks were lost on the way, or the peer doesn't look at them. */
		if (ect)
			rec->ecn = false;
		return;
	}
	ect0 = f->ack.ect0 - rec->ecn_ect0;
	ce = f->ack.ce - rec->ecn_ce;
	if (f->ack.ect0 < rec->ecn_ect0 || f->ack.ce < rec->ecn_ce ||
	    ect0 + ce < ect || f->ack.ect0 + f->ack.ce > rec->n_ect ||
	    f->ack.ect1) {
		rec->ecn = false;
		return;
	}
	rec->ecn_ect0 = f->ack.ect0;
	rec->ecn_ce = f->ack.ce;
	if (ce)
		npv_cong_ecn(rec->cong, now_us, sent_us);
}

/**
 * struct acked - a range of an ACK: how far below the largest number of all it is
 * @near: its largest number
 * @far: its smallest number
 *
 * What is further away than can be said was sent too long ago to be of interest.
 */
struct acked {
	u32 near;
	u32 far;
};

/* The ranges of an ACK, upwards. Return: their number */
static unsigned int ack_ranges(const struct npv_packet_frame *f,
			       struct acked *acked)
{
	struct npv_ranges left = f->ack.ranges;
	unsigned int n = left.left, i = n;
	struct npv_frame_range range;

	while (i && npv_ranges_next(&left, &range)) {
		i--;
		acked[i].near = (u32)min_t(u64, f->ack.largest + 1 - range.end,
					   U32_MAX);
		acked[i].far = (u32)min_t(u64, f->ack.largest - range.start,
					  U32_MAX - 1);
	}
	return n;
}

/*
 * Whether a number that is @below the largest of all is in one of the ranges from
 * *@i on, which go upwards as it does
 */
static bool in_ranges(const struct acked *acked, unsigned int n,
		      unsigned int *i, u64 below)
{
	while (*i < n && acked[*i].near > below)
		(*i)++;
	return *i < n && below <= acked[*i].far;
}

static bool acks_skipped(const struct npv_recovery *rec,
			 const struct npv_packet_frame *f,
			 const struct acked *acked, unsigned int n)
{
	unsigned int i = 0;

	return rec->skipped && rec->skipped <= f->ack.largest &&
	       in_ranges(acked, n, &i, f->ack.largest - rec->skipped);
}

/**
 * npv_recovery_ack() - an ACK has come
 * @rec: the recovery
 * @f: the frame, of type ACK or ACK_ECN, its packet's bytes still there
 * @now_us: the time
 *
 * Return: 0; -EPROTO if it acknowledges what was never sent.
 */
int npv_recovery_ack(struct npv_recovery *rec, const struct npv_packet_frame *f,
		     u64 now_us)
{
	struct acked range[NPV_ACKS_MAX];
	struct npv_cong_ack ack = {
		.now_us		= now_us,
		.in_flight	= rec->in_flight,
		.app_limited	= rec->app_limited,
	};
	unsigned int n = ack_ranges(f, range), i = 0;
	struct npv_sent *sent, *next;
	u32 newly = 0, ect = 0;
	u64 acked = 0;
	bool newest, late = false;

	if (f->ack.largest >= rec->next || acks_skipped(rec, f, range, n))
		return -EPROTO;
	newest = rec->largest == NONE || f->ack.largest > rec->largest;
	if (newest)
		rec->largest = f->ack.largest;

	list_for_each_entry_safe(sent, next, &rec->sent, node) {
		if (sent->number > f->ack.largest)
			break;
		if (!in_ranges(range, n, &i, f->ack.largest - sent->number))
			continue;
		newly++;
		ect += sent->ect;
		acked += sent->size;
		ack.largest = sent->number;
		ack.sent_us = sent->sent_us;
		take_out(rec, sent, true);
		rec->ops->acked(rec, sent, false);
	}
	i = 0;
	list_for_each_entry_safe(sent, next, &rec->lost, node)
		if (sent->number <= f->ack.largest &&
		    in_ranges(range, n, &i, f->ack.largest - sent->number)) {
			received_late(rec, sent, now_us);
			late = true;
		}
	if (!newly) {
		/*
		 * One that isn't kept, an ACK itself, has overtaken others; or
		 * they are to be waited for longer.
		 */
		if (newest || late)
			detect_lost(rec, now_us);
		else
			forget_lost(rec, now_us);
		return 0;
	}

	if (ack.largest == f->ack.largest) {
		rtt_sample(rec, now_us, ack.sent_us, f->ack.delay);
		ack.latest_rtt_us = rec->latest_us;
	}
	ecn_counts(rec, f, ect, ack.sent_us, now_us, newest);
	detect_lost(rec, now_us);
	ack.acked = (u32)min_t(u64, acked, U32_MAX);
	ack.min_rtt_us = rec->min_us;
	ack.srtt_us = rec->srtt_us;
	npv_cong_acked(rec->cong, &ack);
	rec->pto_count = 0;

	return 0;
}

/**
 * npv_recovery_timer() - when npv_recovery_timeout() is to be called
 * @rec: the recovery
 *
 * Return: the time, microseconds; 0 never. It may change with whatever is called
 * here. Source: RFC 9002, A.8.
 */
u64 npv_recovery_timer(const struct npv_recovery *rec)
{
	u64 pto;

	if (rec->loss_us)
		return rec->loss_us;
	if (list_empty(&rec->sent))
		return 0;
	pto = (u64)npv_recovery_pto(rec) << min_t(u32, rec->pto_count,
						  PTO_SHIFT_MAX);
	return rec->last_us + min(pto, PTO_MAX_US);
}

/**
 * npv_recovery_timeout() - the time has come
 * @rec: the recovery
 * @now_us: the time
 *
 * Packets that are lost are told so.
 *
 * Return: the number of packets to send now, whatever the window says, that want to
 * be acknowledged: 0 to 2. Source: RFC 9002, 6.2.4.
 */
unsigned int npv_recovery_timeout(struct npv_recovery *rec, u64 now_us)
{
	u64 due = npv_recovery_timer(rec);

	if (!due || now_us < due)
		return 0;
	if (rec->loss_us) {
		detect_lost(rec, now_us);
		return 0;
	}
	rec->pto_count++;
	/* Also where nothing can be sent now: the next one is then as far away. */
	rec->last_us = now_us;
	/*
	 * Of two one is more likely to get through, before the next one is far
	 * away; after so many the path is more likely gone.
	 */
	return rec->pto_count <= PTO_PAIRS ? 2 : 1;
}

/**
 * npv_recovery_room() - bytes that may be sent now
 * @rec: the recovery
 *
 * Return: what the congestion window leaves.
 */
u64 npv_recovery_room(const struct npv_recovery *rec)
{
	u64 cwnd = npv_cong_window(rec->cong);

	return cwnd > rec->in_flight ? cwnd - rec->in_flight : 0;
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/recovery_test.c"
#endif
