// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of recvq.c, which includes this file. */

#include <kunit/test.h>
#include <linux/prandom.h>
#include <linux/uio.h>
#include <net/net_namespace.h>

#include "../session.h"

/* Bytes of a stream that the tests look at, and what one read takes */
#define STREAM_MAX	1200
#define SEGMENT_MAX	150

/* What the tests of this file have: a session to charge, and its queue */
struct recvq_fixture {
	struct npv_sock *nsk;
	struct sock *sk;
	struct npv_recvq rq;
	struct proto *prot;
	struct proto no_memory;
	long no_pages[3];
	u8 buf[STREAM_MAX];
};

/* The byte of a number: every one tells where it belongs, near enough. */
static u8 stream_byte(u64 seq)
{
	return seq * 0x9d + (seq >> 8) * 0x35 + (seq >> 16);
}

static int recvq_init(struct kunit *test)
{
	struct recvq_fixture *fix;

	fix = kunit_kzalloc(test, sizeof(*fix), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fix);
	fix->nsk = npv_session_alloc(&init_net, NULL);
	KUNIT_ASSERT_NOT_NULL(test, fix->nsk);
	fix->sk = &fix->nsk->sk;
	fix->prot = fix->sk->sk_prot;
	npv_recvq_init(&fix->rq);
	test->priv = fix;

	return 0;
}

static void recvq_exit(struct kunit *test)
{
	struct recvq_fixture *fix = test->priv;

	if (!fix)
		return;
	fix->sk->sk_prot = fix->prot;
	npv_recvq_purge(&fix->rq, fix->sk);
	npv_session_free(fix->nsk);
}

/* From here on the session gets no more memory; others do. */
static void memory_gone(struct recvq_fixture *fix)
{
	fix->no_memory = *fix->prot;
	/* less than nothing is too much */
	memset(fix->no_pages, 0xff, sizeof(fix->no_pages));
	fix->no_memory.sysctl_mem = fix->no_pages;
	fix->no_memory.memory_pressure = NULL;
	fix->no_memory.enter_memory_pressure = NULL;
	fix->no_memory.leave_memory_pressure = NULL;
	fix->sk->sk_prot = &fix->no_memory;
}

/* Nothing is charged any more. */
static void expect_uncharged(struct kunit *test)
{
	struct recvq_fixture *fix = test->priv;

	KUNIT_EXPECT_EQ(test, atomic_read(&fix->sk->sk_rmem_alloc), 0);
	KUNIT_EXPECT_EQ(test, fix->sk->sk_forward_alloc, 0);
}

/* A stack brings [seq, seq + len), at @off of an skb that has more. */
static int add_at(struct recvq_fixture *fix, u64 seq, unsigned int len,
		  unsigned int off)
{
	struct sk_buff *skb = alloc_skb(off + len + 1, GFP_KERNEL);
	unsigned int i;
	int err;

	if (!skb)
		return -ENOBUFS;
	memset(skb_put(skb, off), 0xaa, off);
	for (i = 0; i < len; i++)
		*(u8 *)skb_put(skb, 1) = stream_byte(seq + i);
	*(u8 *)skb_put(skb, 1) = 0xaa;

	err = npv_recvq_add(&fix->rq, fix->sk, skb, off, len, seq);
	kfree_skb(skb);

	return err;
}

static int add(struct recvq_fixture *fix, u64 seq, unsigned int len)
{
	return add_at(fix, seq, len, seq % 40);
}

/* The program reads. */
static int read(struct recvq_fixture *fix, size_t len, int flags, size_t skip)
{
	struct kvec vec = { .iov_base = fix->buf, .iov_len = STREAM_MAX };
	struct msghdr msg = {};

	memset(fix->buf, 0x55, sizeof(fix->buf));
	iov_iter_kvec(&msg.msg_iter, ITER_DEST, &vec, 1, STREAM_MAX);
	return npv_recvq_read(&fix->rq, &msg, len, flags, skip);
}

/* Place of the first byte that is not what the stream has, or @len */
static unsigned int buf_differs(const struct recvq_fixture *fix, u64 seq,
				unsigned int len)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		if (fix->buf[i] != stream_byte(seq + i))
			break;
	return i;
}

#define NO_FIN	U64_MAX

struct recvq_case {
	const char *name;
	/* what comes; a length of 0 is the FIN; -EPROTO if it can't be */
	struct {
		u64 seq;
		u32 len;
		int err;
	} in[6];
	unsigned int n_in;
	/* what is to be there then */
	u64 nxt;
	u64 avail;
	unsigned int n_ranges;
	struct npv_frame_range range[3];
};

static const struct recvq_case recvq_cases[] = {
	{ "nothing", {}, 0, 0, 0 },
	{ "in_order", { { 0, 10 }, { 10, 20 }, { 30, 1 } }, 3, 31, 31 },
	{ "gap", { { 0, 10 }, { 20, 10 } }, 2, 10, 10, 1, { { 20, 30 } } },
	{ "gap_at_the_start", { { 1, 9 } }, 1, 0, 0, 1, { { 1, 10 } } },
	{ "gap_filled", { { 0, 10 }, { 20, 10 }, { 10, 10 } }, 3, 30, 30 },
	{ "gap_filled_in_part", { { 20, 10 }, { 0, 10 }, { 10, 5 } }, 3, 15, 15,
	  1, { { 20, 30 } } },
	{ "gap_more_than_filled", { { 20, 10 }, { 0, 25 } }, 2, 30, 30 },
	{ "gap_swallowed", { { 20, 10 }, { 0, 40 } }, 2, 40, 40 },
	{ "backwards", { { 30, 10 }, { 20, 10 }, { 10, 10 }, { 0, 10 } }, 4,
	  40, 40 },
	{ "duplicate", { { 0, 10 }, { 0, 10 }, { 3, 4 } }, 3, 10, 10 },
	{ "overlap", { { 0, 10 }, { 5, 10 } }, 2, 15, 15 },
	{ "ooo_duplicate", { { 5, 5 }, { 5, 5 }, { 6, 2 } }, 3, 0, 0,
	  1, { { 5, 10 } } },
	{ "ooo_touching", { { 5, 5 }, { 10, 5 } }, 2, 0, 0, 1, { { 5, 15 } } },
	{ "ooo_overlap", { { 5, 5 }, { 8, 5 } }, 2, 0, 0, 1, { { 5, 13 } } },
	{ "ooo_inside", { { 5, 20 }, { 8, 2 }, { 30, 1 } }, 3, 0, 0,
	  2, { { 5, 25 }, { 30, 31 } } },
	{ "ooo_around", { { 8, 2 }, { 5, 20 }, { 30, 1 } }, 3, 0, 0,
	  2, { { 5, 25 }, { 30, 31 } } },
	{ "ooo_joins_two", { { 5, 5 }, { 15, 5 }, { 10, 5 } }, 3, 0, 0,
	  1, { { 5, 20 } } },
	{ "ooo_islands", { { 50, 1 }, { 10, 1 }, { 30, 1 } }, 3, 0, 0,
	  3, { { 10, 11 }, { 30, 31 }, { 50, 51 } } },
	{ "fin_only", { { 0, 0 } }, 1, 1, 0 },
	{ "fin_last", { { 0, 10 }, { 10, 0 } }, 2, 11, 10 },
	{ "fin_first", { { 10, 0 }, { 0, 10 } }, 2, 11, 10 },
	{ "fin_between", { { 5, 5 }, { 10, 0 }, { 0, 5 } }, 3, 11, 10 },
	{ "fin_waits", { { 10, 0 }, { 0, 5 }, { 6, 4 } }, 3, 5, 5,
	  1, { { 6, 10 } } },
	{ "fin_again", { { 0, 10 }, { 10, 0 }, { 10, 0 } }, 3, 11, 10 },
	{ "fin_duplicates_behind", { { 0, 10 }, { 10, 0 }, { 4, 6 } }, 3, 11, 10 },
	{ "fin_moves", { { 10, 0 }, { 11, 0, -EPROTO }, { 9, 0, -EPROTO } }, 3,
	  0, 0 },
	{ "fin_too_low", { { 0, 10 }, { 9, 0, -EPROTO } }, 2, 10, 10 },
	{ "fin_before_what_came", { { 5, 5 }, { 9, 0, -EPROTO } }, 2, 0, 0,
	  1, { { 5, 10 } } },
	{ "fin_inside_a_gap", { { 2, 2 }, { 8, 2 }, { 5, 0, -EPROTO } }, 3, 0, 0,
	  2, { { 2, 4 }, { 8, 10 } } },
};

static void recvq_desc(const struct recvq_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(recvq, recvq_cases, recvq_desc);

/* Where streams begin, so that numbers get long, or end */
static const u64 bases[] = {
	0, U32_MAX - 13, NPV_SEQ_END - STREAM_MAX - 1,
};

static void expect_ranges(struct kunit *test, u64 base,
			  const struct npv_frame_range *want, unsigned int n)
{
	struct recvq_fixture *fix = test->priv;
	struct npv_frame_range range[NPV_RANGES_MAX];
	unsigned int i;

	KUNIT_ASSERT_EQ(test, npv_recvq_ranges(&fix->rq, range,
					       ARRAY_SIZE(range)), n);
	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_EQ(test, range[i].start - base, want[i].start);
		KUNIT_EXPECT_EQ(test, range[i].end - base, want[i].end);
	}
}

static void npv_recvq_add__table(struct kunit *test)
{
	const struct recvq_case *c = test->param_value;
	struct recvq_fixture *fix = test->priv;
	struct npv_recvq *rq = &fix->rq;
	unsigned int b, i;
	int err;

	for (b = 0; b < ARRAY_SIZE(bases); b++) {
		npv_recvq_init(rq);
		rq->nxt = bases[b];
		rq->copied = bases[b];
		for (i = 0; i < c->n_in; i++) {
			u64 seq = bases[b] + c->in[i].seq;

			if (c->in[i].len)
				err = add(fix, seq, c->in[i].len);
			else
				err = npv_recvq_end(rq, seq);
			KUNIT_EXPECT_EQ_MSG(test, err, c->in[i].err,
					    "input %u", i);
		}

		KUNIT_EXPECT_EQ(test, rq->nxt - bases[b], c->nxt);
		KUNIT_EXPECT_EQ(test, npv_recvq_avail(rq), c->avail);
		KUNIT_EXPECT_EQ(test, npv_recvq_eof(rq),
				!c->avail && c->nxt == 1);
		expect_ranges(test, bases[b], c->range, c->n_ranges);
		KUNIT_EXPECT_EQ(test, read(fix, STREAM_MAX, 0, 0),
				c->avail);
		KUNIT_EXPECT_EQ(test, buf_differs(fix, bases[b], c->avail),
				c->avail);
		KUNIT_EXPECT_EQ(test, npv_recvq_avail(rq), 0);
		KUNIT_EXPECT_EQ(test, npv_recvq_eof(rq), c->nxt > c->avail);

		npv_recvq_purge(rq, fix->sk);
		KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&rq->ooo));
		KUNIT_EXPECT_EQ(test, rq->ooo_bytes, 0);
		expect_uncharged(test);
	}
}

/* What is there already, in whatever pieces, is not charged once more. */
static void npv_recvq_add__no_byte_twice(struct kunit *test)
{
	struct recvq_fixture *fix = test->priv;
	int charged;

	KUNIT_EXPECT_EQ(test, add(fix, 10, 10), 0);
	KUNIT_EXPECT_EQ(test, add(fix, 20, 10), 0);
	KUNIT_EXPECT_EQ(test, add(fix, 35, 5), 0);
	charged = atomic_read(&fix->sk->sk_rmem_alloc);

	KUNIT_EXPECT_EQ(test, add(fix, 10, 10), 0);
	KUNIT_EXPECT_EQ(test, add(fix, 15, 10), 0);
	KUNIT_EXPECT_EQ(test, add(fix, 10, 20), 0);
	KUNIT_EXPECT_EQ(test, fix->rq.ooo_bytes, 25);
	KUNIT_EXPECT_EQ(test, atomic_read(&fix->sk->sk_rmem_alloc), charged);

	/* Only the two holes of this are news. */
	KUNIT_EXPECT_EQ(test, add(fix, 5, 40), 0);
	KUNIT_EXPECT_EQ(test, fix->rq.ooo_bytes, 40);
	expect_ranges(test, 0, (struct npv_frame_range[]){ { 5, 45 } }, 1);

	KUNIT_EXPECT_EQ(test, add(fix, 0, 50), 0);
	KUNIT_EXPECT_EQ(test, fix->rq.ooo_bytes, 0);
	KUNIT_EXPECT_EQ(test, npv_recvq_avail(&fix->rq), 50);
	KUNIT_EXPECT_EQ(test, read(fix, 50, 0, 0), 50);
	KUNIT_EXPECT_EQ(test, buf_differs(fix, 0, 50), 50);
	expect_uncharged(test);
}

static void npv_recvq_add__no_memory(struct kunit *test)
{
	struct recvq_fixture *fix = test->priv;
	struct npv_recvq *rq = &fix->rq;

	memory_gone(fix);
	KUNIT_EXPECT_EQ(test, add(fix, 10, 10), -ENOMEM);
	KUNIT_EXPECT_TRUE(test, RB_EMPTY_ROOT(&rq->ooo));
	KUNIT_EXPECT_EQ(test, rq->ooo_bytes, 0);
	expect_uncharged(test);

	/* What the program waits for comes through, on credit. */
	KUNIT_EXPECT_EQ(test, add(fix, 0, 10), 0);
	KUNIT_EXPECT_EQ(test, npv_recvq_avail(rq), 10);
	KUNIT_EXPECT_LT(test, fix->sk->sk_forward_alloc, 0);
	KUNIT_EXPECT_EQ(test, read(fix, 10, 0, 0), 10);
	KUNIT_EXPECT_EQ(test, buf_differs(fix, 0, 10), 10);
	expect_uncharged(test);

	/* So does what it uncovers; what lies behind a further gap does not. */
	fix->sk->sk_prot = fix->prot;
	KUNIT_EXPECT_EQ(test, add(fix, 20, 10), 0);
	memory_gone(fix);
	KUNIT_EXPECT_EQ(test, add(fix, 10, 12), 0);
	KUNIT_EXPECT_EQ(test, add(fix, 40, STREAM_MAX), -ENOMEM);
	KUNIT_EXPECT_EQ(test, npv_recvq_avail(rq), 20);
	KUNIT_EXPECT_EQ(test, rq->ooo_bytes, 0);
	KUNIT_EXPECT_EQ(test, read(fix, 20, 0, 0), 20);
	KUNIT_EXPECT_EQ(test, buf_differs(fix, 10, 20), 20);
	expect_uncharged(test);
}

static void npv_recvq_direct__table(struct kunit *test)
{
	static const struct {
		u64 ooo;		/* 10 bytes there */
		unsigned int direct;
		u64 fin;
		u64 nxt;
		u64 avail;
	} cases[] = {
		{ 50, 10, NO_FIN, 10, 0 },
		{ 10, 10, NO_FIN, 20, 10 },
		{ 10, 15, NO_FIN, 20, 5 },
		{ 10, 20, NO_FIN, 20, 0 },
		{ 10, 40, NO_FIN, 40, 0 },
		{ 10, 10, 20, 21, 10 },
		{ 10, 20, 20, 21, 0 },
		{ 5, 20, 20, 21, 0 },
		{ 50, 10, 60, 10, 0 },
	};
	struct recvq_fixture *fix = test->priv;
	struct npv_recvq *rq = &fix->rq;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		npv_recvq_init(rq);
		KUNIT_EXPECT_EQ(test, add(fix, cases[i].ooo, 10), 0);
		if (cases[i].fin != NO_FIN)
			KUNIT_EXPECT_EQ(test,
					npv_recvq_end(rq, cases[i].fin), 0);
		npv_recvq_direct(rq, cases[i].direct);

		KUNIT_EXPECT_EQ_MSG(test, rq->copied, cases[i].direct,
				    "case %u", i);
		KUNIT_EXPECT_EQ_MSG(test, rq->nxt, cases[i].nxt, "case %u", i);
		KUNIT_EXPECT_EQ_MSG(test, npv_recvq_avail(rq), cases[i].avail,
				    "case %u", i);
		KUNIT_EXPECT_EQ_MSG(test, npv_recvq_eof(rq),
				    cases[i].fin == cases[i].direct,
				    "case %u", i);
		npv_recvq_purge(rq, fix->sk);
		expect_uncharged(test);
	}
}

struct read_case {
	const char *name;
	size_t len;
	int flags;
	size_t skip;
	int ret;
	u64 copied;
};

/* 30 bytes in three pieces are there. */
static const struct read_case read_cases[] = {
	{ "all", 30, 0, 0, 30, 30 },
	{ "more", 100, 0, 0, 30, 30 },
	{ "none", 0, 0, 0, 0, 0 },
	{ "a_piece", 10, 0, 0, 10, 10 },
	{ "part_of_a_piece", 3, 0, 0, 3, 3 },
	{ "over_pieces", 15, 0, 0, 15, 15 },
	{ "peek", 30, MSG_PEEK, 0, 30, 0 },
	{ "peek_part", 15, MSG_PEEK, 0, 15, 0 },
	{ "peek_skip", 10, MSG_PEEK, 3, 10, 0 },
	{ "peek_skip_a_piece", 10, MSG_PEEK, 10, 10, 0 },
	{ "peek_skip_over_pieces", 30, MSG_PEEK, 25, 5, 0 },
	{ "peek_skip_all", 30, MSG_PEEK, 30, 0, 0 },
	{ "peek_skip_more", 30, MSG_PEEK, 100, 0, 0 },
};

static void read_desc(const struct read_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(read, read_cases, read_desc);

static void npv_recvq_read__table(struct kunit *test)
{
	const struct read_case *c = test->param_value;
	struct recvq_fixture *fix = test->priv;
	unsigned int i;
	u64 left = 30 - c->copied;

	for (i = 0; i < 3; i++)
		KUNIT_ASSERT_EQ(test, add(fix, 10 * i, 10), 0);

	KUNIT_EXPECT_EQ(test, read(fix, c->len, c->flags, c->skip),
			c->ret);
	if (c->ret > 0)
		KUNIT_EXPECT_EQ(test, buf_differs(fix, c->skip, c->ret),
				c->ret);
	KUNIT_EXPECT_EQ(test, fix->rq.copied, c->copied);
	KUNIT_EXPECT_EQ(test, npv_recvq_avail(&fix->rq), left);

	/* The rest is as it was. */
	KUNIT_EXPECT_EQ(test, read(fix, 30, 0, 0), left);
	KUNIT_EXPECT_EQ(test, buf_differs(fix, c->copied, left), left);
	expect_uncharged(test);
}

/* Memory that isn't the program's: nothing is lost. */
static void npv_recvq_read__fault(struct kunit *test)
{
	struct recvq_fixture *fix = test->priv;
	struct msghdr msg = {};

	KUNIT_EXPECT_EQ(test, add(fix, 0, 30), 0);
	iov_iter_ubuf(&msg.msg_iter, ITER_DEST,
		      (void __user *)(ULONG_MAX - PAGE_SIZE), 30);
	KUNIT_EXPECT_EQ(test, npv_recvq_read(&fix->rq, &msg, 30, 0, 0),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, npv_recvq_avail(&fix->rq), 30);
	KUNIT_EXPECT_EQ(test, read(fix, 30, 0, 0), 30);
	KUNIT_EXPECT_EQ(test, buf_differs(fix, 0, 30), 30);
	expect_uncharged(test);
}

static void npv_recvq_read__drops(struct kunit *test)
{
	struct recvq_fixture *fix = test->priv;

	KUNIT_EXPECT_EQ(test, add(fix, 0, 30), 0);
	KUNIT_EXPECT_EQ(test, npv_recvq_read(&fix->rq, NULL, 20, 0, 0), 20);
	KUNIT_EXPECT_EQ(test, read(fix, 30, 0, 0), 10);
	KUNIT_EXPECT_EQ(test, buf_differs(fix, 20, 10), 10);
	expect_uncharged(test);
}

/* The lowest come first: those that there is no room for can wait. */
static void npv_recvq_ranges__capped(struct kunit *test)
{
	struct recvq_fixture *fix = test->priv;
	struct npv_frame_range range[NPV_RANGES_MAX + 1];
	unsigned int i, max;

	/* Each of two that touch: the cap counts what they are together. */
	for (i = NPV_RANGES_MAX + 5; i > 0; i--) {
		KUNIT_ASSERT_EQ(test, add(fix, 10 * i, 2), 0);
		KUNIT_ASSERT_EQ(test, add(fix, 10 * i + 2, 2), 0);
	}
	for (max = 0; max <= NPV_RANGES_MAX; max++) {
		memset(range, 0xff, sizeof(range));
		KUNIT_EXPECT_EQ(test, npv_recvq_ranges(&fix->rq, range, max),
				max);
		for (i = 0; i < max; i++) {
			KUNIT_EXPECT_EQ(test, range[i].start, 10 * i + 10);
			KUNIT_EXPECT_EQ(test, range[i].end, 10 * i + 14);
		}
		KUNIT_EXPECT_EQ(test, range[max].start, U64_MAX);
	}
}

/* A stream as it ought to be, at offsets from where it begins */
struct recvq_model {
	u64 base;
	unsigned int len;	/* and there the FIN is, if it has one */
	bool fin;		/* it has come */
	bool have[STREAM_MAX];
	unsigned int copied;
};

static unsigned int model_nxt(const struct recvq_model *m)
{
	unsigned int i;

	for (i = m->copied; i < m->len && m->have[i]; i++)
		;
	return i;
}

static unsigned int model_ranges(const struct recvq_model *m,
				 struct npv_frame_range *range,
				 unsigned int max)
{
	unsigned int i, n = 0;

	for (i = model_nxt(m); i < m->len; i++) {
		if (!m->have[i])
			continue;
		if (!m->have[i - 1]) {
			if (n == max)
				break;
			range[n++].start = m->base + i;
		}
		range[n - 1].end = m->base + i + 1;
	}
	return n;
}

/* Whether the queue is as the model says, in all that can be seen of it */
static void model_compare(struct kunit *test, const struct recvq_model *m,
			  unsigned int max)
{
	struct npv_frame_range want[NPV_RANGES_MAX], range[NPV_RANGES_MAX];
	struct recvq_fixture *fix = test->priv;
	struct npv_recvq *rq = &fix->rq;
	unsigned int i, n, nxt = model_nxt(m);
	bool ended = m->fin && nxt == m->len;
	struct rb_node *node;
	u64 end, ooo = 0;

	KUNIT_ASSERT_EQ(test, rq->copied - m->base, m->copied);
	KUNIT_ASSERT_EQ(test, rq->nxt - m->base, nxt + ended);
	KUNIT_ASSERT_EQ(test, npv_recvq_avail(rq), nxt - m->copied);
	KUNIT_ASSERT_EQ(test, npv_recvq_eof(rq),
			m->fin && m->copied == m->len);

	n = npv_recvq_ranges(rq, range, max);
	KUNIT_ASSERT_EQ(test, n, model_ranges(m, want, max));
	for (i = 0; i < n; i++) {
		KUNIT_ASSERT_EQ(test, range[i].start, want[i].start);
		KUNIT_ASSERT_EQ(test, range[i].end, want[i].end);
	}

	/* Entries lie behind a gap, and behind each other. */
	end = rq->nxt + 1;
	for (node = rb_first(&rq->ooo); node; node = rb_next(node)) {
		const struct recv_cb *cb = RECV_CB(rb_to_skb(node));

		KUNIT_ASSERT_GE(test, cb->seq, end);
		KUNIT_ASSERT_GT(test, cb->len, 0);
		end = cb->seq + cb->len;
		ooo += cb->len;
	}
	KUNIT_ASSERT_EQ(test, rq->ooo_bytes, ooo);
	if (RB_EMPTY_ROOT(&rq->ooo) && skb_queue_empty(&rq->ordered))
		expect_uncharged(test);
}

static void model_add(struct kunit *test, struct recvq_model *m,
		      unsigned int at, unsigned int len, unsigned int off)
{
	KUNIT_ASSERT_EQ(test, add_at(test->priv, m->base + at, len, off), 0);
	memset(&m->have[at], true, len);
}

static void model_read(struct kunit *test, struct recvq_model *m,
		       unsigned int len, bool peek, unsigned int skip)
{
	struct recvq_fixture *fix = test->priv;
	unsigned int avail = model_nxt(m) - m->copied;
	unsigned int want = min(len, avail - min(avail, skip));

	KUNIT_ASSERT_EQ(test, read(fix, len, peek ? MSG_PEEK : 0, skip),
			want);
	KUNIT_ASSERT_EQ(test, buf_differs(fix, m->base + m->copied + skip,
					  want), want);
	if (!peek)
		m->copied += want;
}

/* What is next goes straight to the program, which has read all else. */
static void model_direct(struct kunit *test, struct recvq_model *m,
			 unsigned int len)
{
	struct recvq_fixture *fix = test->priv;
	unsigned int nxt = model_nxt(m);

	if (nxt != m->copied || nxt == m->len)
		return;
	len = min(len, m->len - nxt);
	npv_recvq_direct(&fix->rq, len);
	memset(&m->have[nxt], true, len);
	m->copied += len;
}

static void model_fin(struct kunit *test, struct recvq_model *m)
{
	struct recvq_fixture *fix = test->priv;

	KUNIT_ASSERT_EQ(test, npv_recvq_end(&fix->rq, m->base + m->len), 0);
	m->fin = true;
}

/* One stream, as stacks might bring it and a program read it */
static void model_round(struct kunit *test, struct recvq_model *m,
			struct rnd_state *rnd)
{
	unsigned int steps = prandom_u32_state(rnd) % 150;
	unsigned int longest = 1 + prandom_u32_state(rnd) % SEGMENT_MAX;
	unsigned int ahead = 1 + prandom_u32_state(rnd) % STREAM_MAX;
	unsigned int at, len;

	while (steps--) {
		/* not far from where the gap is, or anywhere */
		at = model_nxt(m) / 2 + prandom_u32_state(rnd) % ahead;
		at %= m->len;
		len = 1 + prandom_u32_state(rnd) % longest;
		switch (prandom_u32_state(rnd) % 16) {
		case 0 ... 8:
			len = min(len, m->len - at);
			model_add(test, m, at, len,
				  prandom_u32_state(rnd) % 100);
			break;
		case 9:
			at = model_nxt(m);
			len = min(len, m->len - at);
			if (len)
				model_add(test, m, at, len, 0);
			break;
		case 10:
			model_direct(test, m, len);
			break;
		case 11 ... 12:
			model_read(test, m, prandom_u32_state(rnd) % 300,
				   false, 0);
			break;
		case 13:
			model_read(test, m, len, true,
				   prandom_u32_state(rnd) % 300);
			break;
		case 14:
			/* all that is there, so that others can follow */
			model_read(test, m, STREAM_MAX, false, 0);
			model_direct(test, m, len);
			break;
		case 15:
			if (prandom_u32_state(rnd) % 8 == 0)
				model_fin(test, m);
			break;
		}
		model_compare(test, m, prandom_u32_state(rnd) %
				       (NPV_RANGES_MAX + 1));
	}
}

/* What is missing comes, the last first; then the program reads to the end. */
static void model_finish(struct kunit *test, struct recvq_model *m)
{
	unsigned int i, len;

	for (i = m->len; i > 0; i -= len) {
		len = min(i, 31U);
		model_add(test, m, i - len, len, 5);
	}
	model_compare(test, m, NPV_RANGES_MAX);
	if (!m->fin)
		model_fin(test, m);
	model_read(test, m, STREAM_MAX, true, 0);
	model_read(test, m, STREAM_MAX, false, 0);
	model_compare(test, m, NPV_RANGES_MAX);
	KUNIT_ASSERT_EQ(test, m->copied, m->len);
	expect_uncharged(test);
}

static void npv_recvq_add__random(struct kunit *test)
{
	struct recvq_fixture *fix = test->priv;
	struct recvq_model *m;
	struct rnd_state rnd;
	unsigned int round;

	m = kunit_kmalloc(test, sizeof(*m), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	prandom_seed_state(&rnd, 8684);
	for (round = 0; round < 400; round++) {
		memset(m, 0, sizeof(*m));
		m->base = bases[round % ARRAY_SIZE(bases)];
		m->len = 1 + prandom_u32_state(&rnd) % STREAM_MAX;
		/* The last stream there can be: its FIN has the last number. */
		if (round % 8 == 7)
			m->base = NPV_SEQ_END - 1 - m->len;
		npv_recvq_init(&fix->rq);
		fix->rq.nxt = m->base;
		fix->rq.copied = m->base;

		model_round(test, m, &rnd);
		if (round & 1)
			model_finish(test, m);
		npv_recvq_purge(&fix->rq, fix->sk);
		KUNIT_ASSERT_TRUE(test, RB_EMPTY_ROOT(&fix->rq.ooo));
		KUNIT_ASSERT_TRUE(test, skb_queue_empty(&fix->rq.ordered));
		expect_uncharged(test);
	}
}

static struct kunit_case recvq_test_cases[] = {
	KUNIT_CASE_PARAM(npv_recvq_add__table, recvq_gen_params),
	KUNIT_CASE(npv_recvq_add__no_byte_twice),
	KUNIT_CASE(npv_recvq_add__no_memory),
	KUNIT_CASE(npv_recvq_add__random),
	KUNIT_CASE(npv_recvq_direct__table),
	KUNIT_CASE_PARAM(npv_recvq_read__table, read_gen_params),
	KUNIT_CASE(npv_recvq_read__fault),
	KUNIT_CASE(npv_recvq_read__drops),
	KUNIT_CASE(npv_recvq_ranges__capped),
	{}
};

static struct kunit_suite recvq_suite = {
	.name = "npv_recvq",
	.init = recvq_init,
	.exit = recvq_exit,
	.test_cases = recvq_test_cases,
};

kunit_test_suite(recvq_suite);
