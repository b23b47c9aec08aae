// SPDX-License-Identifier: GPL-2.0
/*
 * Congestion control "cubic": RFC 9438.
 *
 * In congestion avoidance the window follows
 *
 *	W_cubic(t) = C * (t - K)^3 + W_max
 *	K = cbrt((W_max - cwnd_epoch) / C)
 *
 * or what Reno would have, if that is more. Windows count bytes and times
 * microseconds here; C = 0.4 is segments/s^3, so that each conversion has the
 * size of a datagram in it.
 *
 * The RFC lets a sender go by the window where it says flight_size, if the
 * window doesn't grow unused. It doesn't: see npv_cong_acked().
 */

#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/time64.h>

#include "cong.h"

/* beta_cubic = 0.7, and (1 + beta_cubic) / 2 of fast convergence */
#define BETA_NUM	7
#define BETA_DEN	10
#define FAST_NUM	17
#define FAST_DEN	20

/* alpha_cubic = 3 * (1 - beta_cubic) / (1 + beta_cubic) = 9 / 17 */
#define ALPHA_NUM	9
#define ALPHA_DEN	17

/*
 * No time that the curve is asked for is farther from K: within it even
 * windows of the smallest datagrams (508 bytes) grow from 0 to
 * NPV_CONG_CWND_MAX, and its cube fits into 64 bits where it has to.
 */
#define CURVE_MAX_MS	180000ULL
#define CURVE_MAX_US	(CURVE_MAX_MS * USEC_PER_MSEC)

/* The largest number whose cube is a u64 */
#define CBRT_MAX	2642245U

/* The largest number whose cube is no more than @x: bit by bit */
static u32 cbrt_u64(u64 x)
{
	u32 root = 0;
	u32 bit;

	for (bit = BIT(21); bit; bit >>= 1) {
		u64 try = root | bit;

		if (try <= CBRT_MAX && try * try * try <= x)
			root = try;
	}

	return root;
}

/*
 * How far below or above W_max the curve is @us before or after K:
 * 0.4 * mss * us^3 / 10^18 bytes. The steps between lose less than a byte.
 */
static u64 curve_bytes(u32 mss, u64 us)
{
	u64 x = min_t(u64, us, CURVE_MAX_US);

	x = div_u64(x * x, USEC_PER_SEC) * x;	/* < 2^63 */
	x = div_u64(x, USEC_PER_SEC);		/* 10^-6 s^3; < 2^43 */

	return div_u64(x * 2 * mss, 5 * USEC_PER_SEC);
}

/* The inverse: how long the curve takes for so many bytes, microseconds */
static u64 curve_us(u32 mss, u64 bytes)
{
	/* 10^-9 s^3; * 10^9 / 0.4 is < 2^62 */
	u64 cube = div_u64(bytes * 2500000000ULL, mss);

	cube = min_t(u64, cube, CURVE_MAX_MS * CURVE_MAX_MS * CURVE_MAX_MS);

	/* by tenths of milliseconds: what still has a cube of 64 bits */
	return (u64)cbrt_u64(cube * 1000) * (USEC_PER_MSEC / 10);
}

static u64 w_cubic(const struct npv_cubic *cubic, u32 mss, u64 t)
{
	if (t >= cubic->k)
		return cubic->w_max + curve_bytes(mss, t - cubic->k);
	/* K is rounded down: it is no more than W_max - cwnd_epoch. */
	return cubic->w_max - curve_bytes(mss, cubic->k - t);
}

/* Congestion avoidance begins. */
static void epoch_begin(struct npv_cong *c)
{
	struct npv_cubic *cubic = &c->priv.cubic;

	cubic->epoch = true;
	cubic->t = 0;
	cubic->k = 0;
	cubic->w_est = c->cwnd;
	cubic->credit = 0;
	cubic->est_credit = 0;
	/*
	 * Above W_max it isn't known where the path is full, as after a slow
	 * start that ended without a loss, or after persistent congestion:
	 * look for it from here (RFC 9438, sections 4.8 and 4.10).
	 */
	if (cubic->w_max > c->cwnd)
		cubic->k = curve_us(c->mss, cubic->w_max - c->cwnd);
	else
		cubic->w_max = c->cwnd;
}

/*
 * RFC 9438, section 4.3: what Reno would have, with this beta and that alpha
 */
static void reno_acked(struct npv_cong *c, u32 bytes)
{
	struct npv_cubic *cubic = &c->priv.cubic;
	/*
	 * Once the window lost is made up for, Reno's own increase is as fair.
	 */
	u32 alpha = cubic->w_est < cubic->cwnd_prior ? ALPHA_NUM : ALPHA_DEN;
	u64 credit = cubic->est_credit + (u64)c->mss * bytes * alpha;

	cubic->w_est += div64_u64_rem(credit, c->cwnd * ALPHA_DEN,
				      &cubic->est_credit);
	cubic->w_est = min_t(u64, cubic->w_est, NPV_CONG_CWND_MAX);
}

static void cubic_acked(struct npv_cong *c, const struct npv_cong_ack *ack,
			u64 busy_us)
{
	struct npv_cubic *cubic = &c->priv.cubic;
	u32 bytes = ack->acked;
	u64 target, credit;

	if (npv_cong_in_slow_start(c)) {
		bytes = npv_cong_slow_start(c, ack);
		if (!bytes)
			return;
	}
	/*
	 * An ACK may be for more than the window, where that has just been
	 * cut.
	 */
	bytes = min_t(u64, bytes, c->cwnd);
	if (cubic->epoch)
		cubic->t += busy_us;
	else
		epoch_begin(c);

	reno_acked(c, bytes);
	if (w_cubic(cubic, c->mss, cubic->t) < cubic->w_est) {
		c->cwnd = max(c->cwnd, cubic->w_est);
		return;
	}

	/* Be a round trip later where the curve is then. */
	target = clamp_t(u64, w_cubic(cubic, c->mss, cubic->t + ack->srtt_us),
			 c->cwnd, c->cwnd + c->cwnd / 2);
	credit = cubic->credit + (target - c->cwnd) * bytes;
	npv_cong_grow(c, div64_u64_rem(credit, c->cwnd, &cubic->credit));
}

static void cubic_congestion(struct npv_cong *c, u32 lost)
{
	struct npv_cubic *cubic = &c->priv.cubic;

	/*
	 * Fast convergence: who gets less than before gives some to who is
	 * new.
	 */
	if (c->cwnd < cubic->w_max)
		cubic->w_max = div_u64(c->cwnd * FAST_NUM, FAST_DEN);
	else
		cubic->w_max = c->cwnd;
	cubic->cwnd_prior = c->cwnd;
	cubic->epoch = false;
	c->ssthresh = div_u64(c->cwnd * BETA_NUM, BETA_DEN);
	c->cwnd = c->ssthresh;
}

/* RFC 9438, section 4.8: what the path had room for is no more known. */
static void cubic_persistent(struct npv_cong *c)
{
	c->priv.cubic.w_max = 0;
	c->priv.cubic.epoch = false;
}

/*
 * K was of the old size. Below W_max an epoch from here on has the same curve,
 * as far as sizes let it; above, it goes off from the flat once more.
 */
static void cubic_mss_changed(struct npv_cong *c)
{
	c->priv.cubic.epoch = false;
}

const struct npv_cong_ops npv_cong_cubic = {
	.name		= "cubic",
	.acked		= cubic_acked,
	.congestion	= cubic_congestion,
	.persistent	= cubic_persistent,
	.mss_changed	= cubic_mss_changed,
};

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/cong_cubic_test.c"
#endif
