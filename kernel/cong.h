/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_CONG_H
#define _NPV_CONG_H

#include <linux/limits.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include "hystart.h"

struct npv_cong;

#define NPV_CONG_NAME_MAX	16

/* No window grows above this; the arithmetic is made for it. */
#define NPV_CONG_CWND_MAX	SZ_1G

/* npv_cong.ssthresh until the first congestion, or HyStart++, tells it */
#define NPV_CONG_SSTHRESH_NONE	U64_MAX

/**
 * struct npv_cong_ack - what an ACK told
 * @now_us: the time
 * @sent_us: when the largest packet that it newly acknowledged was sent
 * @largest: largest packet number acknowledged
 * @in_flight: bytes in flight before it
 * @acked: bytes that it newly acknowledged
 * @latest_rtt_us: round-trip time that it gave; 0: it gave none
 * @min_rtt_us: lowest of the path
 * @srtt_us: smoothed
 * @app_limited: the window was not used up, and it was neither pacing nor the
 *	window that kept the sender from it (RFC 9002, section 7.8)
 *
 * Times are microseconds of one monotonic clock.
 */
struct npv_cong_ack {
	u64 now_us;
	u64 sent_us;
	u64 largest;
	u64 in_flight;
	u32 acked;
	u32 latest_rtt_us;
	u32 min_rtt_us;
	u32 srtt_us;
	bool app_limited;
};

/**
 * struct npv_cong_ops - an algorithm
 * @name: by which it is chosen
 * @acked: an ACK lets the window grow; with the time since the last ACK,
 *	without that in which nothing was under way
 * @congestion: a recovery period begins, for so many bytes lost, or 0: for
 *	ECN-CE. Sets the window and ssthresh; who calls it raises what is too
 *	low.
 * @persistent: the window has been cut to the minimum; may be NULL
 * @mss_changed: npv_cong.mss is another; may be NULL
 *
 * Its state, npv_cong.priv, is zeros at first, and put back by
 * npv_cong_undo().
 */
struct npv_cong_ops {
	char name[NPV_CONG_NAME_MAX];

	void (*acked)(struct npv_cong *c, const struct npv_cong_ack *ack,
		      u64 busy_us);
	void (*congestion)(struct npv_cong *c, u32 lost);
	void (*persistent)(struct npv_cong *c);
	void (*mss_changed)(struct npv_cong *c);
};

/**
 * struct npv_newreno - state of NewReno
 * @credit: growth that was not yet a byte: bytes * window
 */
struct npv_newreno {
	u64 credit;
};

/**
 * struct npv_cubic - state of CUBIC, with the names of RFC 9438; in bytes and
 *	microseconds
 * @w_max: window where the curve is flat; 0: unknown
 * @cwnd_prior: window before the last congestion; 0: there was none
 * @w_est: window that Reno would have
 * @t: time in this epoch, that is since congestion avoidance began, as far as
 *	the window was used
 * @k: when the curve reaches @w_max
 * @credit: growth that was not yet a byte: bytes * window
 * @est_credit: the same of @w_est: bytes * window * 17
 * @epoch: there is one: @w_est, @t and @k have a meaning
 */
struct npv_cubic {
	u64 w_max;
	u64 cwnd_prior;
	u64 w_est;
	u64 t;
	u64 k;
	u64 credit;
	u64 est_credit;
	bool epoch;
};

/**
 * union npv_cong_priv - state of an algorithm
 * @newreno: of NewReno
 * @cubic: of CUBIC
 */
union npv_cong_priv {
	struct npv_newreno newreno;
	struct npv_cubic cubic;
};

/**
 * struct npv_cong_undo - what was before a recovery period
 * @cwnd: npv_cong.cwnd
 * @ssthresh: npv_cong.ssthresh
 * @recovery_start: npv_cong.recovery_start
 * @priv: npv_cong.priv
 * @recovery: npv_cong.recovery
 * @valid: there is something to go back to
 */
struct npv_cong_undo {
	u64 cwnd;
	u64 ssthresh;
	u64 recovery_start;
	union npv_cong_priv priv;
	bool recovery;
	bool valid;
};

/**
 * struct npv_cong - congestion control of one path. Its owner's lock.
 * @ops: the algorithm
 * @cwnd: congestion window, bytes
 * @ssthresh: slow start ends here, bytes; NPV_CONG_SSTHRESH_NONE: unknown
 * @recovery_start: when the last recovery period began, if @recovery
 * @last_us: when the last ACK came, or what was sent after an idle time
 * @last_pn: packet number sent last
 * @mss: bytes of a full datagram
 * @recovery: there was a recovery period
 * @hystart: the first slow start
 * @priv: the algorithm's
 * @undo: to go back to when losses prove spurious
 */
struct npv_cong {
	const struct npv_cong_ops *ops;
	u64 cwnd;
	u64 ssthresh;
	u64 recovery_start;
	u64 last_us;
	u64 last_pn;
	u32 mss;
	bool recovery;
	struct npv_hystart hystart;
	union npv_cong_priv priv;
	struct npv_cong_undo undo;
};

const struct npv_cong_ops *npv_cong_find(const char *name);
const struct npv_cong_ops *npv_cong_default(void);

void npv_cong_init(struct npv_cong *c, const struct npv_cong_ops *ops, u32 mss);
void npv_cong_set_mss(struct npv_cong *c, u32 mss);
void npv_cong_sent(struct npv_cong *c, u64 now_us, u64 pn, u64 in_flight);
void npv_cong_acked(struct npv_cong *c, const struct npv_cong_ack *ack);
void npv_cong_lost(struct npv_cong *c, u64 now_us, u64 sent_us, u32 bytes);
void npv_cong_ecn(struct npv_cong *c, u64 now_us, u64 sent_us);
void npv_cong_persistent(struct npv_cong *c, u64 now_us);
bool npv_cong_undo(struct npv_cong *c);
u64 npv_cong_pacing_rate(const struct npv_cong *c, u32 srtt_us);

/* Bytes that may be in flight */
static inline u64 npv_cong_window(const struct npv_cong *c)
{
	return c->cwnd;
}

static inline bool npv_cong_in_slow_start(const struct npv_cong *c)
{
	return c->cwnd < c->ssthresh;
}

/* For the algorithms */
void npv_cong_grow(struct npv_cong *c, u64 bytes);
u32 npv_cong_slow_start(struct npv_cong *c, const struct npv_cong_ack *ack);

extern const struct npv_cong_ops npv_cong_newreno;
extern const struct npv_cong_ops npv_cong_cubic;

#endif /* _NPV_CONG_H */
