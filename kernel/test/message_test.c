// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of message.c, which includes this file. */

#include <kunit/test.h>
#include <linux/prandom.h>

/* Numbers that the tests of the window look at, and times that those of bits do */
#define NUMBERS		20000
/* Parts of one message at most: their truesize is within bounds then */
#define PARTS_MAX	24
/* Some time, near where jiffies wrap */
#define START		(ULONG_MAX - HZ / 2)

/* --- numbers that came --- */

static const struct {
	u64 next;
	u32 low;
	u8 bits;
	u64 want;
} expand_cases[] = {
	/* near 0: nothing is below it */
	{ 0, 0, 4, 0 },
	{ 0, 15, 4, 15 },
	{ 0, 0xfff, 12, 0xfff },
	{ 0, 0xfffffff, 28, 0xfffffff },
	{ 1, 0, 4, 0 },
	{ 7, 15, 4, 15 },
	{ 15, 0, 4, 16 },
	{ 16, 15, 4, 15 },
	/* the higher one of two */
	{ 16, 8, 4, 24 },
	{ 16, 9, 4, 9 },
	{ 8, 0, 4, 16 },
	{ 7, 0, 4, 0 },
	/* over wraps, either way */
	{ 0xfff, 0, 12, 0x1000 },
	{ 0x1000, 0xfff, 12, 0xfff },
	{ 0x5000, 0x7ff, 12, 0x57ff },
	{ 0x5000, 0x801, 12, 0x4801 },
	{ 0xfffff, 0, 20, 0x100000 },
	{ 0x100000, 0xfffff, 20, 0xfffff },
	{ 0x12345, 0x12345, 20, 0x12345 },
	{ 0xfffffff, 5, 28, 0x10000005 },
	{ 0x10000000, 0xffffffe, 28, 0xffffffe },
	{ 1ULL << 62, 0xfffffff, 28, (1ULL << 62) - 1 },
	{ (1ULL << 62) - 1, 0, 4, 1ULL << 62 },
};

static void npv_msgwin__expand(struct kunit *test)
{
	struct npv_msgwin *win = kunit_kzalloc(test, sizeof(*win), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, win);
	for (i = 0; i < ARRAY_SIZE(expand_cases); i++) {
		win->next = expand_cases[i].next;
		KUNIT_EXPECT_EQ_MSG(test,
				    npv_msgwin_expand(win, expand_cases[i].low,
						      expand_cases[i].bits),
				    expand_cases[i].want, "case %u", i);
	}
}

static void npv_msgwin__duplicates(struct kunit *test)
{
	struct npv_msgwin *win = kunit_kzalloc(test, sizeof(*win), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, win);
	KUNIT_EXPECT_FALSE(test, npv_msgwin_seen(win, 0));
	npv_msgwin_add(win, 0);
	KUNIT_EXPECT_TRUE(test, npv_msgwin_seen(win, 0));
	KUNIT_EXPECT_FALSE(test, npv_msgwin_seen(win, 1));
	npv_msgwin_add(win, 5);
	KUNIT_EXPECT_EQ(test, win->next, 6);
	KUNIT_EXPECT_FALSE(test, npv_msgwin_seen(win, 3));
	npv_msgwin_add(win, 3);
	KUNIT_EXPECT_TRUE(test, npv_msgwin_seen(win, 3));
	KUNIT_EXPECT_FALSE(test, npv_msgwin_seen(win, 4));
	KUNIT_EXPECT_EQ(test, win->next, 6);
}

/* What lies before the window is new, and leaves no mark on what is in it. */
static void npv_msgwin__old(struct kunit *test)
{
	struct npv_msgwin *win = kunit_kzalloc(test, sizeof(*win), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, win);
	npv_msgwin_add(win, 0);
	npv_msgwin_add(win, NPV_MSG_WINDOW - 1);
	KUNIT_EXPECT_TRUE(test, npv_msgwin_seen(win, 0));
	npv_msgwin_add(win, NPV_MSG_WINDOW + 1);
	KUNIT_EXPECT_FALSE(test, npv_msgwin_seen(win, 0));
	KUNIT_EXPECT_FALSE(test, npv_msgwin_seen(win, NPV_MSG_WINDOW));
	npv_msgwin_add(win, 0);
	KUNIT_EXPECT_EQ(test, win->next, NPV_MSG_WINDOW + 2);
	KUNIT_EXPECT_FALSE(test, npv_msgwin_seen(win, 0));
	KUNIT_EXPECT_FALSE(test, npv_msgwin_seen(win, NPV_MSG_WINDOW));
	KUNIT_EXPECT_TRUE(test, npv_msgwin_seen(win, NPV_MSG_WINDOW - 1));
}

/* Leaps from a full window: nothing between is taken for seen. */
static void npv_msgwin__leaps(struct kunit *test)
{
	static const u64 leaps[] = {
		1, 2, 63, 64, 65, NPV_MSG_WINDOW - 1, NPV_MSG_WINDOW,
		NPV_MSG_WINDOW + 1, 3 * NPV_MSG_WINDOW + 7, 1ULL << 27, 1ULL << 61,
	};
	struct npv_msgwin *win = kunit_kzalloc(test, sizeof(*win), GFP_KERNEL);
	unsigned int i, lost;
	u64 n, last, from = 1000;

	KUNIT_ASSERT_NOT_NULL(test, win);
	for (i = 0; i < ARRAY_SIZE(leaps); i++) {
		memset(win, 0xff, sizeof(*win));
		win->next = from;
		last = from - 1 + leaps[i];
		npv_msgwin_add(win, last);
		KUNIT_EXPECT_EQ(test, win->next, last + 1);
		KUNIT_EXPECT_TRUE(test, npv_msgwin_seen(win, last));
		lost = 0;
		for (n = last - min(last, NPV_MSG_WINDOW + 10ULL); n < last; n++) {
			bool want = n < from && last - n < NPV_MSG_WINDOW;

			if (npv_msgwin_seen(win, n) != want)
				lost++;
		}
		KUNIT_EXPECT_EQ_MSG(test, lost, 0, "leap %u", i);
	}
}

/* Beside a window that has no end. */
static void npv_msgwin__random(struct kunit *test)
{
	struct npv_msgwin *win = kunit_kzalloc(test, sizeof(*win), GFP_KERNEL);
	bool *had = kunit_kzalloc(test, NUMBERS, GFP_KERNEL);
	struct rnd_state rnd;
	u32 base = 0, n;

	KUNIT_ASSERT_NOT_NULL(test, win);
	KUNIT_ASSERT_NOT_NULL(test, had);
	prandom_seed_state(&rnd, 2048);
	while (base < NUMBERS) {
		base += prandom_u32_state(&rnd) % 3;
		if (!(prandom_u32_state(&rnd) % 500))
			base += prandom_u32_state(&rnd) % 3000;
		n = base - min(base, prandom_u32_state(&rnd) % 3000);
		if (n >= NUMBERS)
			continue;
		if (n + NPV_MSG_WINDOW < win->next)
			KUNIT_ASSERT_FALSE(test, npv_msgwin_seen(win, n));
		else
			KUNIT_ASSERT_EQ(test, npv_msgwin_seen(win, n), had[n]);
		npv_msgwin_add(win, n);
		had[n] = true;
	}
}

static void npv_msgwin__forget(struct kunit *test)
{
	struct npv_msgwin *win = kunit_kzalloc(test, sizeof(*win), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, win);
	npv_msgwin_add(win, 5000);
	KUNIT_EXPECT_TRUE(test, npv_msgwin_seen(win, 5000));
	npv_msgwin_forget(win);
	KUNIT_EXPECT_FALSE(test, npv_msgwin_seen(win, 5000));
	/* but not where it is */
	KUNIT_EXPECT_EQ(test, npv_msgwin_expand(win, 5001 & 0xfff, 12), 5001);
}

/* --- numbers to send --- */

/* Whether a number is sent with as many bits as there are, whatever the rate */
static bool is_whole(u64 number)
{
	return number % NPV_MSG_WHOLE == NPV_MSG_WHOLE - 1;
}

static u8 take_bits(struct npv_msgnum *num, bool parts, unsigned long now)
{
	u8 bits;

	npv_msgnum_take(num, parts, now, HZ, &bits);
	return bits;
}

static void npv_msgnum__bits(struct kunit *test)
{
	struct npv_msgnum num = {};
	unsigned long now = START;
	unsigned int i, wrong = 0;
	u8 bits;

	for (i = 0; i < BIT(18) + 10; i++) {
		u64 number = npv_msgnum_take(&num, false, now, HZ, &bits);

		if (number != i || bits != (is_whole(i) ? 28 : i < BIT(10) ? 12 :
					    i < BIT(18) ? 20 : 28))
			wrong++;
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_EQ(test, take_bits(&num, true, now), 28);
	/* for a second and more they count, though jiffies wrap */
	now += HZ;
	KUNIT_EXPECT_EQ(test, take_bits(&num, false, now), 28);
	now += HZ - 1;
	KUNIT_EXPECT_EQ(test, take_bits(&num, false, now), 28);
	now++;
	KUNIT_EXPECT_EQ(test, take_bits(&num, false, now), 12);
	KUNIT_EXPECT_EQ(test, take_bits(&num, true, now), 20);
	/* as after a pause */
	for (i = 0; i < BIT(10); i++)
		take_bits(&num, false, now);
	KUNIT_EXPECT_EQ(test, take_bits(&num, false, now), 20);
	now += 2 * HZ;
	KUNIT_EXPECT_EQ(test, take_bits(&num, false, now), 12);
	KUNIT_EXPECT_EQ(test, num.next, BIT(18) + 10 + 1 + 4 + BIT(10) + 2);
}

/*
 * Whatever the rate: fewer than 2^(bits - 2) in the last second, and no bits more than
 * the last two ask for.
 */
static void npv_msgnum__rates(struct kunit *test)
{
	u32 *at = kunit_kcalloc(test, NUMBERS, sizeof(*at), GFP_KERNEL);
	u32 now = HZ, i, one = 0, two = 0, rate = 1;
	struct npv_msgnum num = {};
	struct rnd_state rnd;
	bool parts;
	u8 bits;

	KUNIT_ASSERT_NOT_NULL(test, at);
	prandom_seed_state(&rnd, 1220);
	for (i = 0; i < NUMBERS; i++) {
		if (!(prandom_u32_state(&rnd) % 1000))
			rate = 1 + prandom_u32_state(&rnd) % 40;
		if (!(prandom_u32_state(&rnd) % rate))
			now += 1 + prandom_u32_state(&rnd) % 2;
		if (!(prandom_u32_state(&rnd) % 2000))
			now += prandom_u32_state(&rnd) % (3 * HZ);
		parts = !(prandom_u32_state(&rnd) % 5);
		at[i] = now;
		KUNIT_ASSERT_EQ(test, npv_msgnum_take(&num, parts, now, HZ, &bits), i);
		while (at[one] + HZ <= now)
			one++;
		while (at[two] + 2 * HZ <= now)
			two++;
		KUNIT_ASSERT_LT(test, i - one, BIT(bits - 2));
		if (parts)
			KUNIT_ASSERT_GE(test, bits, 20);
		if (bits > (parts ? 20 : 12) && !is_whole(i))
			KUNIT_ASSERT_GE(test, i - two, BIT(bits - 8 - 2));
	}
}

/* --- parts --- */

/* In what a part comes: as bytes, in a page, with a list, or shared */
enum form {
	FORM_LINEAR,
	FORM_PAGE,
	FORM_LIST,
	FORM_CLONE,
	FORM_LIST_CLONE,
	FORMS,
};

/**
 * struct reasm_fixture - what the tests of parts have
 * @r: the incomplete messages
 * @others: skbs of which clones are parts
 * @rnd: for those that want it
 * @buf: a whole message, or more
 */
struct reasm_fixture {
	struct npv_reasm r;
	struct sk_buff_head others;
	struct rnd_state rnd;
	u8 buf[U16_MAX + 1];
};

/* struct other_cb - what an skb in @others has */
struct other_cb {
	u64 number;
	u32 off;
	u32 len;
};

/* The byte of a message: every one tells where it belongs, near enough. */
static u8 message_byte(u64 number, u32 off)
{
	return number * 0x4f + off * 0x9d + (off >> 8) * 0x35;
}

static int reasm_init(struct kunit *test)
{
	struct reasm_fixture *fix;

	fix = kunit_kzalloc(test, sizeof(*fix), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fix);
	npv_reasm_init(&fix->r);
	__skb_queue_head_init(&fix->others);
	prandom_seed_state(&fix->rnd, 65535);
	test->priv = fix;

	return 0;
}

static void reasm_exit(struct kunit *test)
{
	struct reasm_fixture *fix = test->priv;

	if (!fix)
		return;
	npv_reasm_purge(&fix->r);
	KUNIT_EXPECT_EQ(test, fix->r.bytes, 0);
	KUNIT_EXPECT_EQ(test, fix->r.n, 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&fix->r.messages));
	__skb_queue_purge(&fix->others);
}

/* [off, off + len) of a message as plain bytes, with something before and behind */
static struct sk_buff *linear(u64 number, u32 off, u32 len)
{
	struct sk_buff *skb = alloc_skb(len + 20, GFP_KERNEL);
	u32 i;
	u8 *p;

	if (!skb)
		return NULL;
	memset(skb_put(skb, 10), 0xaa, 10);
	skb_pull(skb, 10);
	p = skb_put(skb, len);
	for (i = 0; i < len; i++)
		p[i] = message_byte(number, off + i);
	return skb;
}

/* The same, with its second half in a page. */
static struct sk_buff *paged(u64 number, u32 off, u32 len)
{
	u32 half = len - len / 2, i;
	struct sk_buff *skb = linear(number, off, half);
	struct page *page;
	u8 *p;

	if (!skb || half == len)
		return skb;
	page = alloc_page(GFP_KERNEL);
	if (!page) {
		kfree_skb(skb);
		return NULL;
	}
	p = page_address(page);
	for (i = half; i < len; i++)
		p[i - half] = message_byte(number, off + i);
	skb_add_rx_frag(skb, 0, page, 0, len - half, PAGE_SIZE);
	return skb;
}

/* The same, with its second half in a list. */
static struct sk_buff *listed(u64 number, u32 off, u32 len)
{
	u32 half = len - len / 2;
	struct sk_buff *skb = linear(number, off, half), *second;

	if (!skb || half == len)
		return skb;
	second = linear(number, off + half, len - half);
	if (!second) {
		kfree_skb(skb);
		return NULL;
	}
	skb_shinfo(skb)->frag_list = second;
	skb->len += second->len;
	skb->data_len += second->len;
	skb->truesize += second->truesize;
	return skb;
}

static struct sk_buff *part_in(struct kunit *test, u64 number, u32 off, u32 len,
			       enum form form)
{
	struct reasm_fixture *fix = test->priv;
	struct sk_buff *skb, *clone;

	if (form == FORM_PAGE && len <= 2 * PAGE_SIZE)
		skb = paged(number, off, len);
	else if (form == FORM_LIST || form == FORM_LIST_CLONE)
		skb = listed(number, off, len);
	else
		skb = linear(number, off, len);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	if (form != FORM_CLONE && form != FORM_LIST_CLONE)
		return skb;
	*(struct other_cb *)skb->cb = (struct other_cb){ number, off, len };
	__skb_queue_tail(&fix->others, skb);
	clone = skb_clone(skb, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, clone);
	return clone;
}

static struct sk_buff *part(struct kunit *test, u64 number, u32 off, u32 len)
{
	return part_in(test, number, off, len, FORM_LINEAR);
}

/* A part comes that is good. */
static struct sk_buff *add_good(struct kunit *test, u64 number, u32 off, u32 total,
				struct sk_buff *skb, unsigned long now)
{
	struct reasm_fixture *fix = test->priv;
	struct sk_buff *whole;
	bool bad = true;

	whole = npv_reasm_add(&fix->r, number, off, total, skb, now, &bad);
	KUNIT_EXPECT_FALSE(test, bad);
	return whole;
}

static void add_none(struct kunit *test, u64 number, u32 off, u32 len, u32 total,
		     unsigned long now)
{
	struct sk_buff *whole;

	whole = add_good(test, number, off, total, part(test, number, off, len), now);
	KUNIT_EXPECT_NULL(test, whole);
	kfree_skb(whole);
}

static void add_bad(struct kunit *test, u64 number, u32 off, u32 len, u32 total,
		    unsigned long now)
{
	struct reasm_fixture *fix = test->priv;
	u64 before = fix->r.bad;
	struct sk_buff *whole;
	bool bad = false;

	whole = npv_reasm_add(&fix->r, number, off, total,
			      part(test, number, off, len), now, &bad);
	KUNIT_EXPECT_NULL(test, whole);
	KUNIT_EXPECT_TRUE(test, bad);
	KUNIT_EXPECT_EQ(test, fix->r.bad, before + 1);
	kfree_skb(whole);
}

static void expect_bytes(struct kunit *test, const struct sk_buff *skb, u64 number,
			 u32 off, u32 len)
{
	struct reasm_fixture *fix = test->priv;
	u32 i;

	KUNIT_ASSERT_EQ(test, skb->len, len);
	KUNIT_ASSERT_LE(test, len, sizeof(fix->buf));
	KUNIT_ASSERT_EQ(test, skb_copy_bits(skb, 0, fix->buf, len), 0);
	for (i = 0; i < len && fix->buf[i] == message_byte(number, off + i); i++)
		;
	KUNIT_EXPECT_EQ(test, i, len);
}

/* It is that message; it goes. */
static void expect_whole(struct kunit *test, struct sk_buff *whole, u64 number,
			 u32 total)
{
	struct sk_buff *iter;
	u32 truesize;

	KUNIT_ASSERT_NOT_NULL(test, whole);
	expect_bytes(test, whole, number, 0, total);
	truesize = whole->truesize;
	skb_walk_frags(whole, iter)
		truesize -= iter->truesize;
	KUNIT_EXPECT_GE(test, truesize, SKB_TRUESIZE(0));
	KUNIT_EXPECT_LE(test, truesize, whole->truesize);
	KUNIT_EXPECT_FALSE(test, skb_cloned(whole));
	/* as a reader may have to */
	KUNIT_EXPECT_EQ(test, skb_linearize(whole), 0);
	expect_bytes(test, whole, number, 0, total);
	kfree_skb(whole);
}

/* Nothing waits. */
static void expect_empty(struct kunit *test)
{
	struct reasm_fixture *fix = test->priv;

	KUNIT_EXPECT_EQ(test, fix->r.n, 0);
	KUNIT_EXPECT_EQ(test, fix->r.bytes, 0);
}

static void npv_reasm__order(struct kunit *test)
{
	struct reasm_fixture *fix = test->priv;
	struct sk_buff *whole;

	add_none(test, 7, 0, 1000, 2500, START);
	KUNIT_EXPECT_EQ(test, fix->r.n, 1);
	add_none(test, 7, 1000, 1000, 2500, START);
	whole = add_good(test, 7, 2000, 2500, part(test, 7, 2000, 500), START);
	expect_whole(test, whole, 7, 2500);
	expect_empty(test);

	add_none(test, 8, 2000, 500, 2500, START);
	add_none(test, 8, 1000, 1000, 2500, START);
	whole = add_good(test, 8, 0, 2500, part(test, 8, 0, 1000), START);
	expect_whole(test, whole, 8, 2500);
	expect_empty(test);

	/* what is missing lies between */
	add_none(test, 9, 65534, 1, 65535, START);
	add_none(test, 9, 0, 1, 65535, START);
	whole = add_good(test, 9, 1, 65535, part(test, 9, 1, 65533), START);
	expect_whole(test, whole, 9, 65535);
	expect_empty(test);

	/* one part is a message, too */
	whole = add_good(test, 10, 0, 1, part(test, 10, 0, 1), START);
	expect_whole(test, whole, 10, 1);
	expect_empty(test);
	KUNIT_EXPECT_EQ(test, fix->r.bad, 0);
	KUNIT_EXPECT_EQ(test, fix->r.expired, 0);
}

/* The first part in each form, and others behind it. */
static void npv_reasm__forms(struct kunit *test)
{
	struct reasm_fixture *fix = test->priv;
	struct sk_buff *whole, *other;
	enum form first, second;

	for (first = 0; first < FORMS; first++) {
		for (second = 0; second < FORMS; second++) {
			whole = add_good(test, 1, 500, 1500,
					 part_in(test, 1, 500, 600, second), START);
			KUNIT_EXPECT_NULL(test, whole);
			whole = add_good(test, 1, 0, 1500,
					 part_in(test, 1, 0, 500, first), START);
			KUNIT_EXPECT_NULL(test, whole);
			whole = add_good(test, 1, 1100, 1500,
					 part(test, 1, 1100, 400), START);
			expect_whole(test, whole, 1, 1500);
			expect_empty(test);
		}
	}
	/* what shared bytes with a part is as it was */
	skb_queue_walk(&fix->others, other) {
		struct other_cb *cb = (struct other_cb *)other->cb;

		expect_bytes(test, other, cb->number, cb->off, cb->len);
	}
}

/* Random parts in random order, some of them twice. */
static void npv_reasm__shuffled(struct kunit *test)
{
	struct reasm_fixture *fix = test->priv;
	struct rnd_state *rnd = &fix->rnd;
	u32 ends[PARTS_MAX], order[PARTS_MAX];
	unsigned int round, n, i, j;
	struct sk_buff *whole;
	u32 total, off;

	for (round = 0; round < 300; round++) {
		total = 1 + prandom_u32_state(rnd) % (round % 2 ? U16_MAX : 3000);
		n = 0;
		for (off = 0; off < total; off = ends[n++]) {
			ends[n] = total;
			if (n < PARTS_MAX - 1)
				ends[n] = off + 1 + prandom_u32_state(rnd) %
					  min(total - off, 1 + total / 8);
			order[n] = n;
		}
		for (i = n - 1; i; i--) {
			j = prandom_u32_state(rnd) % (i + 1);
			swap(order[i], order[j]);
		}
		for (i = 0; i < n; i++) {
			j = order[i];
			off = j ? ends[j - 1] : 0;
			whole = add_good(test, round, off, total,
					 part_in(test, round, off, ends[j] - off,
						 prandom_u32_state(rnd) % FORMS),
					 START);
			if (i == n - 1) {
				expect_whole(test, whole, round, total);
				break;
			}
			KUNIT_ASSERT_NULL(test, whole);
			if (prandom_u32_state(rnd) % 4)
				continue;
			add_none(test, round, off, ends[j] - off, total, START);
		}
		expect_empty(test);
		__skb_queue_purge(&fix->others);
	}
	KUNIT_EXPECT_EQ(test, fix->r.bad, 0);
	KUNIT_EXPECT_EQ(test, fix->r.expired, 0);
}

static void npv_reasm__duplicates(struct kunit *test)
{
	struct reasm_fixture *fix = test->priv;
	struct sk_buff *whole;
	u32 bytes;

	add_none(test, 3, 100, 100, 300, START);
	bytes = fix->r.bytes;
	add_none(test, 3, 100, 100, 300, START);
	KUNIT_EXPECT_EQ(test, fix->r.bytes, bytes);
	add_none(test, 3, 0, 100, 300, START);
	bytes = fix->r.bytes;
	add_none(test, 3, 100, 100, 300, START);
	add_none(test, 3, 0, 100, 300, START);
	KUNIT_EXPECT_EQ(test, fix->r.bytes, bytes);
	KUNIT_EXPECT_EQ(test, fix->r.n, 1);
	whole = add_good(test, 3, 200, 300, part(test, 3, 200, 100), START);
	expect_whole(test, whole, 3, 300);
	expect_empty(test);
	KUNIT_EXPECT_EQ(test, fix->r.bad, 0);
}

/* Of a message of 1000 bytes [200, 300) and [500, 600) have come. */
static const struct {
	u32 off;
	u32 len;
	u32 total;
} bad_cases[] = {
	/* overlaps: with the first, the second, both, all over */
	{ 200, 99, 1000 },
	{ 200, 101, 1000 },
	{ 199, 101, 1000 },
	{ 199, 2, 1000 },
	{ 201, 99, 1000 },
	{ 250, 10, 1000 },
	{ 299, 1, 1000 },
	{ 299, 201, 1000 },
	{ 300, 201, 1000 },
	{ 250, 300, 1000 },
	{ 400, 300, 1000 },
	{ 0, 201, 1000 },
	{ 0, 1000, 1000 },
	{ 599, 401, 1000 },
	/* another length, of a part that is new, or isn't */
	{ 700, 100, 1001 },
	{ 700, 100, 999 },
	{ 700, 100, 800 },
	{ 200, 100, 999 },
	/* over the end, and what overflows */
	{ 999, 2, 1000 },
	{ 1000, 1, 1000 },
	{ 1001, 1, 1000 },
	{ U32_MAX, 1, 1000 },
	{ U32_MAX - 49, 100, 1000 },
	{ 600, 500, 1000 },
	/* nothing */
	{ 700, 0, 1000 },
	{ 1000, 0, 1000 },
	{ 0, 0, 0 },
	/* lengths that no message has */
	{ 0, 1, 0 },
	{ 0, 1, U16_MAX + 1 },
	{ U32_MAX - 1, 1, U32_MAX },
};

static void npv_reasm__bad(struct kunit *test)
{
	struct reasm_fixture *fix = test->priv;
	struct sk_buff *whole;
	unsigned int i;
	u32 bytes;

	/* another message isn't touched */
	add_none(test, 1, 0, 100, 200, START);
	bytes = fix->r.bytes;
	for (i = 0; i < ARRAY_SIZE(bad_cases); i++) {
		add_none(test, 2, 200, 100, 1000, START);
		add_none(test, 2, 500, 100, 1000, START);
		add_bad(test, 2, bad_cases[i].off, bad_cases[i].len,
			bad_cases[i].total, START);
		KUNIT_EXPECT_EQ_MSG(test, fix->r.n, 1, "case %u", i);
		KUNIT_EXPECT_EQ_MSG(test, fix->r.bytes, bytes, "case %u", i);
	}
	/* nor does it need the message to be bad */
	add_bad(test, 3, 10, 1, 10, START);
	add_bad(test, 3, 0, 0, 10, START);
	add_bad(test, 3, 0, 1, U16_MAX + 1, START);
	KUNIT_EXPECT_EQ(test, fix->r.n, 1);
	whole = add_good(test, 1, 100, 200, part(test, 1, 100, 100), START);
	expect_whole(test, whole, 1, 200);
	expect_empty(test);
	KUNIT_EXPECT_EQ(test, fix->r.expired, 0);

	/* What touches doesn't overlap. */
	add_none(test, 2, 200, 100, 1000, START);
	add_none(test, 2, 500, 100, 1000, START);
	add_none(test, 2, 300, 200, 1000, START);
	add_none(test, 2, 199, 1, 1000, START);
	add_none(test, 2, 600, 400, 1000, START);
	whole = add_good(test, 2, 0, 1000, part(test, 2, 0, 199), START);
	expect_whole(test, whole, 2, 1000);
	expect_empty(test);
}

static void npv_reasm__many(struct kunit *test)
{
	struct reasm_fixture *fix = test->priv;
	struct sk_buff *whole;
	unsigned int i;

	for (i = 0; i < NPV_REASM_MESSAGES + 3; i++) {
		add_none(test, i, 0, 10, 20, START);
		KUNIT_EXPECT_EQ(test, fix->r.n, min(i + 1, NPV_REASM_MESSAGES));
	}
	KUNIT_EXPECT_EQ(test, fix->r.expired, 3);
	/* the newer ones are all there, in any order */
	for (i = NPV_REASM_MESSAGES + 3; i-- > 3;) {
		whole = add_good(test, i, 10, 20, part(test, i, 10, 10), START);
		expect_whole(test, whole, i, 20);
	}
	expect_empty(test);
	/* the oldest isn't */
	add_none(test, 0, 10, 10, 20, START);
	KUNIT_EXPECT_EQ(test, fix->r.n, 1);
	KUNIT_EXPECT_EQ(test, fix->r.expired, 3);
}

static void npv_reasm__bytes(struct kunit *test)
{
	struct reasm_fixture *fix = test->priv;
	struct sk_buff *skb, *whole;
	unsigned int i;

	/* four are too much, whoever brings it */
	for (i = 0; i < 4; i++) {
		skb = part(test, i, 0, 10);
		skb->truesize += NPV_REASM_BYTES / 4;
		whole = add_good(test, i, 0, 20, skb, START);
		KUNIT_EXPECT_NULL(test, whole);
		KUNIT_EXPECT_LE(test, fix->r.bytes, NPV_REASM_BYTES);
	}
	KUNIT_EXPECT_EQ(test, fix->r.n, 3);
	KUNIT_EXPECT_EQ(test, fix->r.expired, 1);
	/* the oldest goes, even for a part of its own */
	skb = part(test, 1, 10, 5);
	skb->truesize += NPV_REASM_BYTES / 4;
	whole = add_good(test, 1, 10, 20, skb, START);
	KUNIT_EXPECT_NULL(test, whole);
	KUNIT_EXPECT_EQ(test, fix->r.n, 2);
	KUNIT_EXPECT_EQ(test, fix->r.expired, 2);
	for (i = 2; i < 4; i++) {
		whole = add_good(test, i, 10, 20, part(test, i, 10, 10), START);
		expect_whole(test, whole, i, 20);
	}
	expect_empty(test);

	/* one that is too large alone */
	skb = part(test, 5, 0, 10);
	skb->truesize += NPV_REASM_BYTES;
	whole = add_good(test, 5, 0, 20, skb, START);
	KUNIT_EXPECT_NULL(test, whole);
	expect_empty(test);
	KUNIT_EXPECT_EQ(test, fix->r.expired, 3);

	/* a byte in each skb: there is an end to it */
	for (i = 0; i < 2000; i++) {
		add_none(test, 6, 2 * i, 1, 5000, START);
		KUNIT_ASSERT_LE(test, fix->r.bytes, NPV_REASM_BYTES);
	}
	KUNIT_EXPECT_GE(test, fix->r.expired, 4);
}

static void npv_reasm__timeout(struct kunit *test)
{
	struct reasm_fixture *fix = test->priv;
	unsigned long now = START;
	struct sk_buff *whole;

	add_none(test, 1, 0, 10, 20, now);
	add_none(test, 2, 0, 10, 30, now + HZ);
	/* it is the first part that counts */
	add_none(test, 2, 10, 10, 30, now + NPV_REASM_TIMEOUT);
	KUNIT_EXPECT_EQ(test, fix->r.n, 2);
	/* in time, just so */
	whole = add_good(test, 1, 10, 20, part(test, 1, 10, 10),
			 now + NPV_REASM_TIMEOUT);
	expect_whole(test, whole, 1, 20);
	KUNIT_EXPECT_EQ(test, fix->r.expired, 0);

	/* too late: it is the first of another now */
	add_none(test, 2, 20, 10, 30, now + HZ + NPV_REASM_TIMEOUT + 1);
	KUNIT_EXPECT_EQ(test, fix->r.expired, 1);
	KUNIT_EXPECT_EQ(test, fix->r.n, 1);
	/* any part makes others go */
	add_none(test, 3, 0, 10, 20, now + 10 * HZ);
	KUNIT_EXPECT_EQ(test, fix->r.expired, 2);
	KUNIT_EXPECT_EQ(test, fix->r.n, 1);
}

/* Nothing need come for that. */
static void npv_reasm__expire(struct kunit *test)
{
	struct reasm_fixture *fix = test->priv;
	unsigned long now = START, due;

	KUNIT_EXPECT_EQ(test, npv_reasm_expire(&fix->r, now), 0);
	add_none(test, 1, 0, 10, 20, now);
	add_none(test, 2, 0, 10, 30, now + HZ);
	due = npv_reasm_expire(&fix->r, now + NPV_REASM_TIMEOUT);
	KUNIT_EXPECT_EQ(test, fix->r.n, 2);
	KUNIT_EXPECT_EQ(test, fix->r.expired, 0);
	KUNIT_EXPECT_TRUE(test, time_after(due, now + NPV_REASM_TIMEOUT));
	KUNIT_EXPECT_TRUE(test, time_before(due, now + NPV_REASM_TIMEOUT + 3));
	/* who comes then has something to do, and need not come at once again */
	due = npv_reasm_expire(&fix->r, due);
	KUNIT_EXPECT_EQ(test, fix->r.expired, 1);
	KUNIT_EXPECT_TRUE(test, time_after(due, now + HZ + NPV_REASM_TIMEOUT));
	KUNIT_EXPECT_EQ(test, npv_reasm_expire(&fix->r, due), 0);
	KUNIT_EXPECT_EQ(test, fix->r.expired, 2);
	expect_empty(test);
}

static void npv_reasm__purge(struct kunit *test)
{
	struct reasm_fixture *fix = test->priv;
	struct sk_buff *whole;
	unsigned int i;

	for (i = 0; i < 10; i++) {
		add_none(test, i, 0, 10, 100, START);
		add_none(test, i, 20, 10, 100, START);
	}
	KUNIT_EXPECT_EQ(test, fix->r.n, 10);
	KUNIT_EXPECT_GT(test, fix->r.bytes, 0);
	npv_reasm_purge(&fix->r);
	expect_empty(test);
	KUNIT_EXPECT_EQ(test, fix->r.expired, 0);
	/* it can go on */
	add_none(test, 1, 10, 10, 20, START);
	whole = add_good(test, 1, 0, 20, part(test, 1, 0, 10), START);
	expect_whole(test, whole, 1, 20);
}

static struct kunit_case message_number_test_cases[] = {
	KUNIT_CASE(npv_msgwin__expand),
	KUNIT_CASE(npv_msgwin__duplicates),
	KUNIT_CASE(npv_msgwin__old),
	KUNIT_CASE(npv_msgwin__forget),
	KUNIT_CASE(npv_msgwin__leaps),
	KUNIT_CASE(npv_msgwin__random),
	KUNIT_CASE(npv_msgnum__bits),
	KUNIT_CASE(npv_msgnum__rates),
	{}
};

static struct kunit_suite message_number_suite = {
	.name = "npv_message_number",
	.test_cases = message_number_test_cases,
};

static struct kunit_case message_reasm_test_cases[] = {
	KUNIT_CASE(npv_reasm__order),
	KUNIT_CASE(npv_reasm__forms),
	KUNIT_CASE(npv_reasm__shuffled),
	KUNIT_CASE(npv_reasm__duplicates),
	KUNIT_CASE(npv_reasm__bad),
	KUNIT_CASE(npv_reasm__many),
	KUNIT_CASE(npv_reasm__bytes),
	KUNIT_CASE(npv_reasm__timeout),
	KUNIT_CASE(npv_reasm__expire),
	KUNIT_CASE(npv_reasm__purge),
	{}
};

static struct kunit_suite message_reasm_suite = {
	.name = "npv_message_reasm",
	.init = reasm_init,
	.exit = reasm_exit,
	.test_cases = message_reasm_test_cases,
};

kunit_test_suites(&message_number_suite, &message_reasm_suite);
