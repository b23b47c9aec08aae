// SPDX-License-Identifier: GPL-2.0
/*
 * Congestion control of UDP stacks: what is common to the algorithms.
 *
 * It follows RFC 9002, section 7 and appendix B. All of it is arithmetic: it
 * takes no lock, no memory and no timer, and the time is an argument. So who
 * owns a struct npv_cong has to see to it that one call at a time is made.
 *
 * An idle time leaves the window as it is: what is sent after it is paced,
 * which is what RFC 9002, section 7.7, asks for.
 */

#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/time64.h>

#include "cong.h"

#define INITIAL_DATAGRAMS	10
#define INITIAL_BYTES		14720
#define MINIMUM_DATAGRAMS	2

static const struct npv_cong_ops * const algorithms[] = {
	&npv_cong_cubic, &npv_cong_newreno,
};

/**
 * npv_cong_find() - an algorithm by its name
 * @name: the name
 *
 * Context: any.
 * Return: it, or NULL if there is none of that name.
 */
const struct npv_cong_ops *npv_cong_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(algorithms); i++)
		if (!strcmp(algorithms[i]->name, name))
			return algorithms[i];

	return NULL;
}

/**
 * npv_cong_default() - the algorithm for who has no other wish
 *
 * Context: any.
 * Return: it.
 */
const struct npv_cong_ops *npv_cong_default(void)
{
	return &npv_cong_cubic;
}

/* RFC 9002, section 7.2 */
static u64 initial_window(u32 mss)
{
	return min_t(u64, (u64)INITIAL_DATAGRAMS * mss,
		     max_t(u64, INITIAL_BYTES, (u64)MINIMUM_DATAGRAMS * mss));
}

static u64 minimum_window(const struct npv_cong *c)
{
	return (u64)MINIMUM_DATAGRAMS * c->mss;
}

/**
 * npv_cong_init() - begin
 * @c: what is to be filled in
 * @ops: the algorithm
 * @mss: bytes of a full datagram, not 0
 *
 * Context: any.
 */
void npv_cong_init(struct npv_cong *c, const struct npv_cong_ops *ops, u32 mss)
{
	memset(c, 0, sizeof(*c));
	c->ops = ops;
	c->mss = mss;
	c->cwnd = initial_window(mss);
	c->ssthresh = NPV_CONG_SSTHRESH_NONE;
	npv_hystart_init(&c->hystart);
}

/**
 * npv_cong_set_mss() - datagrams have another size
 * @c: congestion control of the path
 * @mss: bytes of a full one, not 0
 *
 * The window counts bytes, and stays. Only one that is still the initial
 * window becomes that of the new size (RFC 9002, section 7.2).
 *
 * Context: any.
 */
void npv_cong_set_mss(struct npv_cong *c, u32 mss)
{
	bool initial = c->ssthresh == NPV_CONG_SSTHRESH_NONE &&
		       c->cwnd == initial_window(c->mss);

	if (mss == c->mss)
		return;
	c->mss = mss;
	if (initial)
		c->cwnd = initial_window(mss);
	c->cwnd = max(c->cwnd, minimum_window(c));
	c->ssthresh = max(c->ssthresh, minimum_window(c));
	/* What has been kept was made of datagrams of the old size. */
	c->undo.valid = false;
	if (c->ops->mss_changed)
		c->ops->mss_changed(c);
}

/**
 * npv_cong_grow() - make the window larger
 * @c: congestion control of the path
 * @bytes: by so much, as far as NPV_CONG_CWND_MAX lets it
 *
 * Context: from an algorithm.
 */
void npv_cong_grow(struct npv_cong *c, u64 bytes)
{
	c->cwnd = min_t(u64, c->cwnd + bytes, NPV_CONG_CWND_MAX);
}

/**
 * npv_cong_slow_start() - growth by an ACK while the window is below ssthresh
 * @c: congestion control of the path, npv_cong_in_slow_start()
 * @ack: the ACK
 *
 * The first slow start is HyStart++. Later ones know by ssthresh where to end,
 * and are the standard one (RFC 9406, section 4.3).
 *
 * Context: from an algorithm.
 * Return: bytes acknowledged that are left for congestion avoidance.
 */
u32 npv_cong_slow_start(struct npv_cong *c, const struct npv_cong_ack *ack)
{
	u32 bytes = ack->acked;

	if (c->ssthresh == NPV_CONG_SSTHRESH_NONE) {
		npv_cong_grow(c, npv_hystart_growth(&c->hystart, bytes));
		if (npv_hystart_acked(&c->hystart, ack->largest, c->last_pn,
				      ack->latest_rtt_us))
			c->ssthresh = c->cwnd;
		return 0;
	}

	/*
	 * The packet that reaches ssthresh counts as one of slow start with
	 * all its bytes; an ACK may acknowledge more behind it.
	 */
	bytes = min_t(u64, bytes, c->ssthresh - c->cwnd + c->mss - 1);
	npv_cong_grow(c, bytes);

	return ack->acked - bytes;
}

/*
 * Whether a packet sent at that time is part of what recovery is about already
 */
static bool in_recovery(const struct npv_cong *c, u64 sent_us)
{
	return c->recovery && sent_us <= c->recovery_start;
}

/**
 * npv_cong_sent() - a packet that counts as in flight was sent
 * @c: congestion control of the path
 * @now_us: the time, microseconds
 * @pn: its packet number
 * @in_flight: bytes in flight before it
 *
 * Context: any.
 */
void npv_cong_sent(struct npv_cong *c, u64 now_us, u64 pn, u64 in_flight)
{
	/* The time before it was idle, and is no time of the algorithm's. */
	if (!in_flight)
		c->last_us = now_us;
	c->last_pn = pn;
}

/**
 * npv_cong_acked() - packets were acknowledged
 * @c: congestion control of the path
 * @ack: what the ACK told
 *
 * To be called once an ACK, after npv_cong_lost() and npv_cong_ecn() for what
 * the same ACK told. The window grows unless the application limits the
 * sender, or the packets were sent before the recovery period began; of an ACK
 * for packets from before and after, the largest decides for all.
 *
 * Context: any.
 */
void npv_cong_acked(struct npv_cong *c, const struct npv_cong_ack *ack)
{
	u64 busy_us = 0;

	if (ack->now_us > c->last_us) {
		busy_us = ack->now_us - c->last_us;
		c->last_us = ack->now_us;
	}
	if (!ack->acked || ack->app_limited || in_recovery(c, ack->sent_us))
		return;
	c->ops->acked(c, ack, busy_us);
}

static void recovery_begin(struct npv_cong *c, u64 now_us, u32 lost)
{
	c->recovery = true;
	c->recovery_start = now_us;
	c->ops->congestion(c, lost);
	c->ssthresh = max(c->ssthresh, minimum_window(c));
	c->cwnd = max(c->cwnd, minimum_window(c));
}

/**
 * npv_cong_lost() - packets were lost
 * @c: congestion control of the path
 * @now_us: the time, microseconds
 * @sent_us: when the packet of them that was sent last was sent
 * @bytes: of all of them
 *
 * Begins a recovery period, and makes the window smaller, unless that packet
 * was sent before the last one began: once a round trip (RFC 9002, section
 * 7.3.2). Lost probes of the path MTU are no sign of congestion, and not for
 * here.
 *
 * Context: any.
 */
void npv_cong_lost(struct npv_cong *c, u64 now_us, u64 sent_us, u32 bytes)
{
	if (in_recovery(c, sent_us))
		return;
	c->undo.cwnd = c->cwnd;
	c->undo.ssthresh = c->ssthresh;
	c->undo.recovery = c->recovery;
	c->undo.recovery_start = c->recovery_start;
	c->undo.priv = c->priv;
	c->undo.valid = true;
	recovery_begin(c, now_us, bytes);
}

/**
 * npv_cong_ecn() - the peer has counted more packets with ECN-CE
 * @c: congestion control of the path
 * @now_us: the time, microseconds
 * @sent_us: when the largest packet that the ACK acknowledges was sent
 *
 * The same as npv_cong_lost(), but for that no ACK can prove it wrong.
 *
 * Context: any.
 */
void npv_cong_ecn(struct npv_cong *c, u64 now_us, u64 sent_us)
{
	/*
	 * Also of a period that began with a loss: there was congestion then.
	 */
	c->undo.valid = false;
	if (!in_recovery(c, sent_us))
		recovery_begin(c, now_us, 0);
}

/**
 * npv_cong_persistent() - nothing got through for long
 * @c: congestion control of the path
 * @now_us: the time, microseconds
 *
 * RFC 9002, section 7.6.2: the window becomes the minimum, and a loss found
 * from here on begins a recovery period whenever the packet was sent. ssthresh
 * is what npv_cong_lost() made it, which is to be called before, for the same
 * packets.
 *
 * Context: any.
 */
void npv_cong_persistent(struct npv_cong *c, u64 now_us)
{
	c->cwnd = minimum_window(c);
	c->recovery = false;
	c->last_us = max(c->last_us, now_us);
	if (c->ops->persistent)
		c->ops->persistent(c);
}

/**
 * npv_cong_undo() - all losses of the last recovery period were none
 * @c: congestion control of the path
 *
 * Everything is as it was before the period (RFC 9438, section 4.9), unless
 * the window has become as large since. The time in between doesn't count for
 * the algorithm: the window wasn't in use.
 *
 * Context: any.
 * Return: whether there was something to go back to: not if the period began
 *	with ECN-CE, if ECN-CE or another size of datagrams came since, or if
 *	it was undone before.
 */
bool npv_cong_undo(struct npv_cong *c)
{
	if (!c->undo.valid)
		return false;
	c->undo.valid = false;
	if (c->cwnd >= c->undo.cwnd)
		return false;
	c->cwnd = c->undo.cwnd;
	c->ssthresh = c->undo.ssthresh;
	c->recovery = c->undo.recovery;
	c->recovery_start = c->undo.recovery_start;
	c->priv = c->undo.priv;

	return true;
}

/**
 * npv_cong_pacing_rate() - how fast to send
 * @c: congestion control of the path
 * @srtt_us: smoothed round-trip time, microseconds
 *
 * N times the window in a round trip (RFC 9002, section 7.7). N is 1.25, as is
 * proposed there, so that the window is used up though timers are late. In
 * slow start, where the window of the next round trip is twice that of this
 * one, such a rate would be what limits the growth: N is 2 there, as of TCP in
 * Linux (net.ipv4.tcp_pacing_ss_ratio).
 *
 * Context: any.
 * Return: bytes a second, never 0.
 */
u64 npv_cong_pacing_rate(const struct npv_cong *c, u32 srtt_us)
{
	u64 quarters = c->cwnd * (npv_cong_in_slow_start(c) ? 8 : 5);
	u64 rate = div_u64(quarters * (USEC_PER_SEC / 4), max(srtt_us, 1U));

	return max_t(u64, rate, 1);
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/cong_test.c"
#endif
