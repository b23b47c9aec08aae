// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of sendq.c, which includes this file. */

#include <kunit/test.h>
#include <linux/prandom.h>
#include <net/net_namespace.h>

#include "../session.h"

/* Pages that the tests send from, and the order of each */
#define PAGES		3
#define PAGE_LEN	(PAGE_SIZE << 1)
/* Numbers that one random stream has */
#define NUMBERS_MAX	3000
#define SLOTS		3

/* What the tests of this file have: a session to charge, and its queue */
struct sendq_fixture {
	struct npv_sock *nsk;
	struct sock *sk;
	struct npv_sendq sq;
	struct page *page[PAGES];
	struct proto *prot;
	struct proto no_memory;
	long no_pages[3];
};

static int sendq_init(struct kunit *test)
{
	struct sendq_fixture *fix;
	unsigned int i;

	fix = kunit_kzalloc(test, sizeof(*fix), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fix);
	test->priv = fix;
	for (i = 0; i < PAGES; i++) {
		fix->page[i] = alloc_pages(GFP_KERNEL | __GFP_COMP, 1);
		KUNIT_ASSERT_NOT_NULL(test, fix->page[i]);
	}
	fix->nsk = npv_session_alloc(&init_net, NULL);
	KUNIT_ASSERT_NOT_NULL(test, fix->nsk);
	fix->sk = &fix->nsk->sk;
	fix->prot = fix->sk->sk_prot;
	npv_sendq_start(&fix->sq, NPV_SEQ_END);

	return 0;
}

static void sendq_exit(struct kunit *test)
{
	struct sendq_fixture *fix = test->priv;
	unsigned int i;

	if (!fix)
		return;
	if (fix->nsk) {
		fix->sk->sk_prot = fix->prot;
		npv_sendq_purge(&fix->sq, fix->sk);
		npv_session_free(fix->nsk);
	}
	for (i = 0; i < PAGES; i++)
		if (fix->page[i])
			put_page(fix->page[i]);
}

/*
 * Nothing is charged any more but what is kept for the next message, and that
 * goes with the queue; all pages are given back.
 */
static void expect_released(struct kunit *test)
{
	struct sendq_fixture *fix = test->priv;
	unsigned int i;

	KUNIT_EXPECT_TRUE(test, list_empty(&fix->sq.chunks));
	KUNIT_EXPECT_TRUE(test, list_empty(&fix->sq.lost));
	KUNIT_EXPECT_EQ(test, fix->sk->sk_wmem_queued, 0);
	KUNIT_EXPECT_GE(test, fix->sk->sk_forward_alloc, 0);
	KUNIT_EXPECT_LE(test, fix->sk->sk_forward_alloc, 2 * (int)PAGE_SIZE);
	for (i = 0; i < PAGES; i++)
		KUNIT_EXPECT_EQ(test, page_ref_count(fix->page[i]), 1);

	npv_sendq_purge(&fix->sq, fix->sk);
	KUNIT_EXPECT_EQ(test, fix->sk->sk_forward_alloc, 0);
}

static void push(struct kunit *test, unsigned int page, u32 off, u32 len,
		 u8 slot)
{
	struct sendq_fixture *fix = test->priv;
	struct npv_chunk *chunk = npv_chunk_alloc(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, chunk);
	npv_sendq_push(&fix->sq, fix->sk, chunk, fix->page[page], off, len,
		       slot);
}

static void push_fin(struct kunit *test)
{
	struct sendq_fixture *fix = test->priv;
	struct npv_chunk *chunk = npv_chunk_alloc(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, chunk);
	npv_sendq_push_fin(&fix->sq, chunk);
}

/* What a chunk is to be; a list of them ends with a length of 0. */
struct chunk_want {
	u64 seq;
	u32 off;
	u32 len;
	u8 flags;
	u8 slot;
};

static void expect_chunks(struct kunit *test, const struct chunk_want *want)
{
	struct sendq_fixture *fix = test->priv;
	struct npv_chunk *chunk;

	list_for_each_entry(chunk, &fix->sq.chunks, node) {
		KUNIT_EXPECT_EQ(test, chunk->seq, want->seq);
		KUNIT_EXPECT_EQ(test, chunk->off, want->off);
		KUNIT_EXPECT_EQ(test, chunk->len, want->len);
		KUNIT_EXPECT_EQ(test, chunk->flags, want->flags);
		KUNIT_EXPECT_EQ(test, chunk->slot, want->slot);
		if (!want->len)
			return;
		want++;
	}
	KUNIT_EXPECT_EQ(test, want->len, 0);
}

static void npv_sendq_extend__table(struct kunit *test)
{
	static const struct {
		unsigned int page;
		u32 off;
		u8 slot;
		u8 flags;
		bool extends;
	} cases[] = {
		{ 0, 150, 1, 0, true },
		{ 1, 150, 1, 0, false },
		{ 0, 151, 1, 0, false },
		{ 0, 149, 1, 0, false },
		{ 0, 100, 1, 0, false },
		{ 0, 150, 2, 0, false },
		{ 0, 150, 1, NPV_CHUNK_HELD, false },
		{ 0, 150, 1, NPV_CHUNK_LOST, false },
	};
	struct sendq_fixture *fix = test->priv;
	struct npv_frame_range all = { 0, 100 };
	unsigned int i;
	bool extends;

	/* There is nothing to extend. */
	KUNIT_EXPECT_FALSE(test, npv_sendq_extend(&fix->sq, fix->sk,
						  fix->page[0], 0, 1, 0));
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		npv_sendq_start(&fix->sq, NPV_SEQ_END);
		push(test, 0, 50, 100, 1);
		if (cases[i].flags & NPV_CHUNK_LOST)
			npv_sendq_lose(&fix->sq, 1);
		if (cases[i].flags & NPV_CHUNK_HELD)
			npv_sendq_held(&fix->sq, &all, 1);

		extends = npv_sendq_extend(&fix->sq, fix->sk,
					   fix->page[cases[i].page],
					   cases[i].off, 20, cases[i].slot);
		KUNIT_EXPECT_EQ_MSG(test, extends, cases[i].extends, "case %u",
				    i);
		KUNIT_EXPECT_EQ(test, fix->sq.nxt, extends ? 120 : 100);
		KUNIT_EXPECT_EQ(test, fix->sk->sk_wmem_queued,
				(int)fix->sq.nxt + chunk_overhead());
		npv_sendq_purge(&fix->sq, fix->sk);
		expect_released(test);
	}
}

struct ack_case {
	const char *name;
	u64 ack;
	int ret;
	u64 una;
	struct chunk_want want[4];
};

/* Of [0, 100), [100, 300) and the FIN, 300 */
static const struct ack_case ack_cases[] = {
	{ "none", 0, 0, 0, { { 0, 10, 100, 0, 0 }, { 100, 0, 200, 0, 1 },
	  { 300, 0, 1, NPV_CHUNK_FIN | NPV_CHUNK_LOST, NPV_SLOT_NONE } } },
	{ "a_byte", 1, 1, 1, { { 1, 11, 99, 0, 0 }, { 100, 0, 200, 0, 1 },
	  { 300, 0, 1, NPV_CHUNK_FIN | NPV_CHUNK_LOST, NPV_SLOT_NONE } } },
	{ "part", 99, 1, 99, { { 99, 109, 1, 0, 0 }, { 100, 0, 200, 0, 1 },
	  { 300, 0, 1, NPV_CHUNK_FIN | NPV_CHUNK_LOST, NPV_SLOT_NONE } } },
	{ "a_chunk", 100, 1, 100, { { 100, 0, 200, 0, 1 },
	  { 300, 0, 1, NPV_CHUNK_FIN | NPV_CHUNK_LOST, NPV_SLOT_NONE } } },
	{ "a_chunk_and_a_part", 250, 1, 250, { { 250, 150, 50, 0, 1 },
	  { 300, 0, 1, NPV_CHUNK_FIN | NPV_CHUNK_LOST, NPV_SLOT_NONE } } },
	{ "all_but_the_fin", 300, 1, 300, {
	  { 300, 0, 1, NPV_CHUNK_FIN | NPV_CHUNK_LOST, NPV_SLOT_NONE } } },
	{ "all", 301, 1, 301 },
	{ "more", 302, -EPROTO, 0, { { 0, 10, 100, 0, 0 }, { 100, 0, 200, 0, 1 },
	  { 300, 0, 1, NPV_CHUNK_FIN | NPV_CHUNK_LOST, NPV_SLOT_NONE } } },
	{ "the_end", NPV_SEQ_END, -EPROTO, 0, { { 0, 10, 100, 0, 0 },
	  { 100, 0, 200, 0, 1 },
	  { 300, 0, 1, NPV_CHUNK_FIN | NPV_CHUNK_LOST, NPV_SLOT_NONE } } },
};

static void ack_desc(const struct ack_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(ack, ack_cases, ack_desc);

static void npv_sendq_ack__table(struct kunit *test)
{
	const struct ack_case *c = test->param_value;
	struct sendq_fixture *fix = test->priv;

	push(test, 0, 10, 100, 0);
	push(test, 1, 0, 200, 1);
	push_fin(test);
	KUNIT_EXPECT_EQ(test, fix->sq.nxt, 301);

	KUNIT_EXPECT_EQ(test, npv_sendq_ack(&fix->sq, fix->sk, c->ack), c->ret);
	KUNIT_EXPECT_EQ(test, fix->sq.una, c->una);
	expect_chunks(test, c->want);

	/* What is old says nothing. */
	KUNIT_EXPECT_EQ(test, npv_sendq_ack(&fix->sq, fix->sk, c->una), 0);
	KUNIT_EXPECT_EQ(test, npv_sendq_ack(&fix->sq, fix->sk, 0), 0);
	expect_chunks(test, c->want);

	KUNIT_EXPECT_EQ(test, npv_sendq_ack(&fix->sq, fix->sk, 301),
			c->una < 301);
	expect_released(test);
}

struct lose_case {
	const char *name;
	u8 slot;
	u64 seq;
	u32 len;
	struct chunk_want want[7];
};

#define L NPV_CHUNK_LOST
#define N NPV_SLOT_NONE
#define F { 300, 0, 1, NPV_CHUNK_FIN | L, N }

/* Of [0, 100) of slot 0, [100, 300) of slot 1 and the FIN, 300 */
static const struct lose_case lose_cases[] = {
	{ "a_whole_chunk", 0, 0, 100,
	  { { 0, 10, 100, L, N }, { 100, 0, 200, 0, 1 }, F } },
	{ "its_beginning", 0, 0, 30,
	  { { 0, 10, 30, L, N }, { 30, 40, 70, 0, 0 }, { 100, 0, 200, 0, 1 },
	    F } },
	{ "its_middle", 0, 30, 40,
	  { { 0, 10, 30, 0, 0 }, { 30, 40, 40, L, N }, { 70, 80, 30, 0, 0 },
	    { 100, 0, 200, 0, 1 }, F } },
	{ "its_end", 0, 99, 1,
	  { { 0, 10, 99, 0, 0 }, { 99, 109, 1, L, N }, { 100, 0, 200, 0, 1 },
	    F } },
	{ "another_slots", 0, 150, 100,
	  { { 0, 10, 100, 0, 0 }, { 100, 0, 200, 0, 1 }, F } },
	{ "over_another_slots", 0, 50, 100,
	  { { 0, 10, 50, 0, 0 }, { 50, 60, 50, L, N }, { 100, 0, 200, 0, 1 },
	    F } },
	{ "up_to_the_end", 1, 200, 101,
	  { { 0, 10, 100, 0, 0 }, { 100, 0, 100, 0, 1 },
	    { 200, 100, 100, L, N }, F } },
};

#undef L
#undef N
#undef F

static void lose_desc(const struct lose_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(lose, lose_cases, lose_desc);

static void npv_sendq_lose_range__table(struct kunit *test)
{
	const struct lose_case *c = test->param_value;
	struct sendq_fixture *fix = test->priv;
	const struct npv_chunk *chunk;
	u64 seq = 0;

	push(test, 0, 10, 100, 0);
	push(test, 1, 0, 200, 1);
	push_fin(test);

	npv_sendq_lose_range(&fix->sq, fix->sk, c->slot, c->seq, c->len);
	expect_chunks(test, c->want);
	/* A second time it is nobody's any more. */
	npv_sendq_lose_range(&fix->sq, fix->sk, c->slot, c->seq, c->len);
	expect_chunks(test, c->want);
	/* in order, and behind them what else is lost */
	KUNIT_EXPECT_EQ(test, npv_sendq_lose(&fix->sq, 0) +
			      npv_sendq_lose(&fix->sq, 1) > 0, true);
	list_for_each_entry(chunk, &fix->sq.lost, lost) {
		KUNIT_EXPECT_EQ(test, chunk->seq, seq);
		seq += chunk->len;
	}
	KUNIT_EXPECT_EQ(test, seq, 301);

	KUNIT_EXPECT_EQ(test, npv_sendq_ack(&fix->sq, fix->sk, 301), 1);
	expect_released(test);
}

static void npv_sendq_find__table(struct kunit *test)
{
	struct sendq_fixture *fix = test->priv;

	push(test, 0, 10, 100, 0);
	push(test, 1, 0, 200, 1);
	KUNIT_EXPECT_EQ(test, npv_sendq_find(&fix->sq, 0)->seq, 0);
	KUNIT_EXPECT_EQ(test, npv_sendq_find(&fix->sq, 99)->seq, 0);
	KUNIT_EXPECT_EQ(test, npv_sendq_find(&fix->sq, 100)->seq, 100);
	KUNIT_EXPECT_NULL(test, npv_sendq_find(&fix->sq, 300));
	npv_sendq_ack(&fix->sq, fix->sk, 50);
	KUNIT_EXPECT_NULL(test, npv_sendq_find(&fix->sq, 49));
	KUNIT_EXPECT_EQ(test, npv_sendq_find(&fix->sq, 50)->seq, 50);
}

static void npv_sendq_lose__keeps_order(struct kunit *test)
{
	struct sendq_fixture *fix = test->priv;
	struct npv_frame_range held = { 20, 30 };
	struct npv_chunk *chunk;
	unsigned int i;
	u64 seq;

	/* of slots 0, 1, 2, 0, 1, 2, and the end */
	for (i = 0; i < 6; i++)
		push(test, 0, 50 * i, 10, i % 3);
	push_fin(test);
	npv_sendq_held(&fix->sq, &held, 1);

	KUNIT_EXPECT_EQ(test, npv_sendq_lose(&fix->sq, 5), 0);
	KUNIT_EXPECT_EQ(test, npv_sendq_lose(&fix->sq, 1), 20);
	KUNIT_EXPECT_EQ(test, npv_sendq_lose(&fix->sq, 1), 0);
	KUNIT_EXPECT_EQ(test, npv_sendq_lose(&fix->sq, 2), 10);
	KUNIT_EXPECT_EQ(test, npv_sendq_lose(&fix->sq, 0), 20);

	seq = 0;
	list_for_each_entry(chunk, &fix->sq.lost, lost) {
		if (seq == 20)
			seq = 30;
		KUNIT_EXPECT_EQ(test, chunk->seq, seq);
		KUNIT_EXPECT_EQ(test, chunk->slot, NPV_SLOT_NONE);
		seq += 10;
	}
	KUNIT_EXPECT_EQ(test, seq, 70);

	/* The first goes out again, is lost again, and is the first again. */
	chunk = npv_sendq_first_lost(&fix->sq);
	npv_sendq_resent(&fix->sq, chunk, 4);
	KUNIT_EXPECT_EQ(test, chunk->slot, 4);
	KUNIT_EXPECT_EQ(test, chunk->flags, 0);
	KUNIT_EXPECT_EQ(test, npv_sendq_first_lost(&fix->sq)->seq, 10);
	KUNIT_EXPECT_EQ(test, npv_sendq_lose(&fix->sq, 4), 10);
	KUNIT_EXPECT_PTR_EQ(test, npv_sendq_first_lost(&fix->sq), chunk);

	/* An ACK takes what was lost as well. */
	KUNIT_EXPECT_EQ(test, npv_sendq_ack(&fix->sq, fix->sk, 45), 1);
	KUNIT_EXPECT_EQ(test, npv_sendq_first_lost(&fix->sq)->seq, 45);
	KUNIT_EXPECT_EQ(test, npv_sendq_ack(&fix->sq, fix->sk, 61), 1);
	KUNIT_EXPECT_NULL(test, npv_sendq_first_lost(&fix->sq));
	expect_released(test);
}

/* The FIN is lost with its stack, as bytes are. */
static void npv_sendq_lose__fin(struct kunit *test)
{
	struct sendq_fixture *fix = test->priv;

	push(test, 0, 0, 10, 0);
	push_fin(test);
	npv_sendq_resent(&fix->sq, npv_sendq_first_lost(&fix->sq), 1);
	KUNIT_EXPECT_NULL(test, npv_sendq_first_lost(&fix->sq));
	KUNIT_EXPECT_EQ(test, npv_sendq_lose(&fix->sq, 0), 10);
	KUNIT_EXPECT_GT(test, npv_sendq_lose(&fix->sq, 1), 0);
	expect_chunks(test, (struct chunk_want[]){
		{ 0, 0, 10, NPV_CHUNK_LOST, NPV_SLOT_NONE },
		{ 10, 0, 1, NPV_CHUNK_FIN | NPV_CHUNK_LOST, NPV_SLOT_NONE },
		{} });
	KUNIT_EXPECT_EQ(test, npv_sendq_first_lost(&fix->sq)->seq, 0);
}

struct held_case {
	const char *name;
	unsigned int n;
	struct npv_frame_range range[3];
	/* of the chunks [0, 10), [10, 20)... [50, 60), a bit for each */
	unsigned int held;
};

static const struct held_case held_cases[] = {
	{ "none", 0, {}, 0 },
	{ "one", 1, { { 10, 20 } }, 0x02 },
	{ "several", 1, { { 10, 40 } }, 0x0e },
	{ "the_last", 1, { { 50, 60 } }, 0x20 },
	{ "part", 1, { { 11, 20 } }, 0 },
	{ "other_part", 1, { { 10, 19 } }, 0 },
	{ "inside", 1, { { 12, 18 } }, 0 },
	{ "more_than_one", 1, { { 5, 25 } }, 0x02 },
	{ "two_halves", 2, { { 5, 15 }, { 16, 25 } }, 0 },
	{ "two", 2, { { 10, 20 }, { 40, 50 } }, 0x12 },
	{ "three", 3, { { 5, 20 }, { 25, 27 }, { 39, 60 } }, 0x32 },
	{ "many_of_one", 3, { { 11, 13 }, { 14, 15 }, { 20, 30 } }, 0x04 },
	{ "all", 1, { { 0, 60 } }, 0x3f },
};

static void held_desc(const struct held_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(held, held_cases, held_desc);

/* Twice: where all is under way, and where all is lost. */
static void npv_sendq_held__table(struct kunit *test)
{
	const struct held_case *c = test->param_value;
	struct sendq_fixture *fix = test->priv;
	struct npv_chunk *chunk;
	unsigned int i, lost;

	for (lost = 0; lost < 2; lost++) {
		npv_sendq_start(&fix->sq, NPV_SEQ_END);
		for (i = 0; i < 6; i++)
			push(test, 0, 50 * i, 10, 1);
		if (lost)
			npv_sendq_lose(&fix->sq, 1);
		npv_sendq_held(&fix->sq, c->range, c->n);

		i = 0;
		list_for_each_entry(chunk, &fix->sq.chunks, node) {
			u8 flags = c->held & BIT(i) ? NPV_CHUNK_HELD :
				   lost ? NPV_CHUNK_LOST : 0;

			KUNIT_EXPECT_EQ_MSG(test, chunk->flags, flags,
					    "chunk %u, lost %u", i, lost);
			i++;
		}
		KUNIT_EXPECT_EQ(test, list_count_nodes(&fix->sq.lost),
				lost ? 6 - hweight32(c->held) : 0);
		/* and it isn't lost any more */
		KUNIT_EXPECT_EQ(test, npv_sendq_lose(&fix->sq, 1),
				lost ? 0 : 60 - 10 * hweight32(c->held));
		npv_sendq_purge(&fix->sq, fix->sk);
		expect_released(test);
	}
}

static void pressure_noted(struct sock *sk)
{
}

/* It is too late to refuse what TCP has: there is a debt, which is paid. */
static void npv_sendq_push__no_memory(struct kunit *test)
{
	struct sendq_fixture *fix = test->priv;

	fix->no_memory = *fix->prot;
	/* less than nothing is too much */
	memset(fix->no_pages, 0xff, sizeof(fix->no_pages));
	fix->no_memory.sysctl_mem = fix->no_pages;
	fix->no_memory.memory_pressure = NULL;
	fix->no_memory.enter_memory_pressure = pressure_noted;
	fix->no_memory.leave_memory_pressure = NULL;
	fix->sk->sk_prot = &fix->no_memory;

	push(test, 0, 0, 1000, 0);
	KUNIT_EXPECT_TRUE(test, npv_sendq_extend(&fix->sq, fix->sk,
						 fix->page[0], 1000, 100, 0));
	KUNIT_EXPECT_LT(test, fix->sk->sk_forward_alloc, 0);
	KUNIT_EXPECT_EQ(test, fix->sk->sk_wmem_queued,
			1100 + chunk_overhead());
	KUNIT_EXPECT_EQ(test, npv_sendq_ack(&fix->sq, fix->sk, 1100), 1);
	expect_released(test);
}

static void npv_sendq_chunk__used_again(struct kunit *test)
{
	struct sendq_fixture *fix = test->priv;
	struct npv_chunk *chunk, *last;

	push(test, 0, 0, 10, 0);
	push(test, 0, 10, 10, 1);
	last = list_last_entry(&fix->sq.chunks, struct npv_chunk, node);
	push(test, 0, 20, 10, 0);
	KUNIT_EXPECT_EQ(test, npv_sendq_ack(&fix->sq, fix->sk, 10), 1);
	chunk = npv_sendq_chunk(&fix->sq, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, chunk);
	KUNIT_EXPECT_EQ(test, npv_sendq_ack(&fix->sq, fix->sk, 20), 1);
	npv_chunk_free(chunk);

	/* Nobody has it twice. */
	chunk = npv_sendq_chunk(&fix->sq, GFP_KERNEL);
	KUNIT_EXPECT_PTR_EQ(test, chunk, last);
	npv_chunk_free(chunk);
	chunk = npv_sendq_chunk(&fix->sq, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, chunk);
	KUNIT_EXPECT_EQ(test, fix->sq.n_spare, 0);
	npv_sendq_push(&fix->sq, fix->sk, chunk, fix->page[1], 0, 10, 1);
	expect_chunks(test, (struct chunk_want[]){
		{ 20, 20, 10, 0, 0 }, { 30, 0, 10, 0, 1 }, {} });
	KUNIT_EXPECT_EQ(test, npv_sendq_ack(&fix->sq, fix->sk, 40), 1);
	expect_released(test);
}

static void npv_sendq_chunk__bounded(struct kunit *test)
{
	struct sendq_fixture *fix = test->priv;
	unsigned int i;

	for (i = 0; i < NPV_CHUNKS_SPARE + 2; i++)
		push(test, 0, 0, 10, i % 2);
	KUNIT_EXPECT_EQ(test, npv_sendq_ack(&fix->sq, fix->sk, 10), 1);
	KUNIT_EXPECT_EQ(test, fix->sq.n_spare, 1);
	KUNIT_EXPECT_EQ(test, npv_sendq_ack(&fix->sq, fix->sk, fix->sq.nxt), 1);
	KUNIT_EXPECT_EQ(test, fix->sq.n_spare, NPV_CHUNKS_SPARE);
	npv_sendq_idle(&fix->sq);
	KUNIT_EXPECT_EQ(test, fix->sq.n_spare, 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&fix->sq.spare));
	expect_released(test);
}

static void npv_sendq_purge__frees_all(struct kunit *test)
{
	struct sendq_fixture *fix = test->priv;
	struct npv_frame_range held = { 200, 300 };
	unsigned int i;

	for (i = 0; i < 6; i++)
		push(test, i % PAGES, 100, 100, i);
	push_fin(test);
	npv_sendq_held(&fix->sq, &held, 1);
	npv_sendq_lose(&fix->sq, 1);
	npv_sendq_lose(&fix->sq, 4);
	npv_sendq_ack(&fix->sq, fix->sk, 150);

	npv_sendq_purge(&fix->sq, fix->sk);
	KUNIT_EXPECT_EQ(test, fix->sq.una, 601);
	KUNIT_EXPECT_EQ(test, fix->sq.nxt, 601);
	expect_released(test);
}

/* What the model knows of a number: where its byte is, and what became of it */
struct number {
	u32 off;
	u8 page;
	u8 slot;
	u8 flags;
	bool first;	/* a chunk begins with it */
};

struct sendq_model {
	struct number n[NUMBERS_MAX + 2];
	unsigned int una;
	unsigned int nxt;
	bool ended;
};

/* The number behind the chunk that one is the first of */
static unsigned int model_end(const struct sendq_model *m, unsigned int i)
{
	while (++i < m->nxt && !m->n[i].first)
		;
	return i;
}

/* Whether the queue is as the model says, in all that can be seen of it */
static void model_compare(struct kunit *test, const struct sendq_model *m)
{
	struct sendq_fixture *fix = test->priv;
	struct npv_sendq *sq = &fix->sq;
	struct list_head *lost = sq->lost.next;
	struct npv_chunk *chunk;
	unsigned int i = m->una;
	int charged = 0;

	KUNIT_ASSERT_EQ(test, sq->una, m->una);
	KUNIT_ASSERT_EQ(test, sq->nxt, m->nxt);
	list_for_each_entry(chunk, &sq->chunks, node) {
		const struct number *n = &m->n[i];

		KUNIT_ASSERT_EQ(test, chunk->seq, i);
		KUNIT_ASSERT_EQ(test, chunk->len, model_end(m, i) - i);
		KUNIT_ASSERT_EQ(test, chunk->flags, n->flags);
		KUNIT_ASSERT_EQ(test, chunk->slot, n->slot);
		if (n->flags & NPV_CHUNK_LOST) {
			KUNIT_ASSERT_PTR_EQ(test, lost, &chunk->lost);
			lost = lost->next;
		}
		i += chunk->len;
		if (n->flags & NPV_CHUNK_FIN) {
			KUNIT_ASSERT_NULL(test, chunk->page);
			continue;
		}
		KUNIT_ASSERT_PTR_EQ(test, chunk->page, fix->page[n->page]);
		KUNIT_ASSERT_EQ(test, chunk->off, n->off);
		charged += chunk->len + chunk_overhead();
	}
	KUNIT_ASSERT_EQ(test, i, m->nxt);
	KUNIT_ASSERT_PTR_EQ(test, lost, &sq->lost);
	KUNIT_ASSERT_EQ(test, fix->sk->sk_wmem_queued, charged);
}

/* As captured() does: extend, or else push */
static void model_send(struct kunit *test, struct sendq_model *m,
		       struct number n, unsigned int len)
{
	struct sendq_fixture *fix = test->priv;
	const struct number *last = NULL;
	unsigned int i;
	bool extends;

	if (m->nxt > m->una)
		last = &m->n[m->nxt - 1];
	len = min(len, NUMBERS_MAX - m->nxt);
	len = min_t(unsigned int, len, PAGE_LEN - n.off);
	if (!len || m->ended)
		return;
	extends = last && last->page == n.page && last->off + 1 == n.off &&
		  last->slot == n.slot && !last->flags;
	KUNIT_ASSERT_EQ(test, npv_sendq_extend(&fix->sq, fix->sk,
					       fix->page[n.page], n.off, len,
					       n.slot), extends);
	if (!extends)
		push(test, n.page, n.off, len, n.slot);
	for (i = 0; i < len; i++) {
		m->n[m->nxt] = n;
		m->n[m->nxt].off += i;
		m->n[m->nxt++].first = !i && !extends;
	}
}

static void model_fin(struct kunit *test, struct sendq_model *m)
{
	if (m->ended)
		return;
	push_fin(test);
	m->n[m->nxt++] = (struct number){
		.slot = NPV_SLOT_NONE,
		.flags = NPV_CHUNK_FIN | NPV_CHUNK_LOST,
		.first = true,
	};
	m->ended = true;
}

static void model_ack(struct kunit *test, struct sendq_model *m,
		      unsigned int ack)
{
	struct sendq_fixture *fix = test->priv;
	int want = ack > m->nxt ? -EPROTO : ack > m->una;

	KUNIT_ASSERT_EQ(test, npv_sendq_ack(&fix->sq, fix->sk, ack), want);
	if (want == 1) {
		m->una = ack;
		m->n[ack].first = true;
	}
}

static void model_held(struct kunit *test, struct sendq_model *m,
		       struct rnd_state *rnd)
{
	unsigned int bytes = m->nxt - m->ended, at = m->una, i, j, n, end;
	struct npv_frame_range range[NPV_RANGES_MAX];
	struct sendq_fixture *fix = test->priv;

	for (n = 0; n < NPV_RANGES_MAX; n++) {
		at += 1 + prandom_u32_state(rnd) % 100;
		range[n].start = at;
		at += 1 + prandom_u32_state(rnd) % 300;
		range[n].end = at;
		if (at > bytes)
			break;
	}
	npv_sendq_held(&fix->sq, range, n);
	for (i = m->una; i < m->nxt; i = end) {
		end = model_end(m, i);
		for (j = 0; j < n; j++)
			if (range[j].start <= i && range[j].end >= end)
				break;
		for (; j < n && i < end; i++) {
			m->n[i].flags &= ~NPV_CHUNK_LOST;
			m->n[i].flags |= NPV_CHUNK_HELD;
		}
	}
}

static void model_lose(struct kunit *test, struct sendq_model *m, u8 slot)
{
	struct sendq_fixture *fix = test->priv;
	unsigned int i, owed = 0;

	for (i = m->una; i < m->nxt; i++) {
		struct number *n = &m->n[i];

		if (n->slot != slot ||
		    n->flags & (NPV_CHUNK_LOST | NPV_CHUNK_HELD))
			continue;
		n->slot = NPV_SLOT_NONE;
		n->flags |= NPV_CHUNK_LOST;
		owed++;
	}
	KUNIT_ASSERT_EQ(test, npv_sendq_lose(&fix->sq, slot), owed);
}

static void model_resend(struct kunit *test, struct sendq_model *m,
			 unsigned int times, u8 slot)
{
	struct sendq_fixture *fix = test->priv;
	struct npv_chunk *chunk;
	unsigned int i;

	while (times-- && (chunk = npv_sendq_first_lost(&fix->sq))) {
		for (i = chunk->seq; i < chunk->seq + chunk->len; i++) {
			m->n[i].slot = slot;
			m->n[i].flags &= ~NPV_CHUNK_LOST;
		}
		npv_sendq_resent(&fix->sq, chunk, slot);
	}
}

/* One stream, as a program and its peer might have it */
static void model_round(struct kunit *test, struct sendq_model *m,
			struct rnd_state *rnd)
{
	unsigned int steps = prandom_u32_state(rnd) % 200;
	struct number frag[SLOTS] = {};
	unsigned int i, len;

	for (i = 0; i < SLOTS; i++)
		frag[i].slot = i;
	while (steps--) {
		i = prandom_u32_state(rnd) % SLOTS;
		len = 1 + prandom_u32_state(rnd) % 200;
		switch (prandom_u32_state(rnd) % 16) {
		case 0 ... 7:
			model_send(test, m, frag[i], len);
			frag[i].off = (frag[i].off + len) % PAGE_LEN;
			break;
		case 8:
			frag[i].page = prandom_u32_state(rnd) % PAGES;
			frag[i].off = prandom_u32_state(rnd) % PAGE_LEN;
			break;
		case 9 ... 10:
			model_ack(test, m, m->una + prandom_u32_state(rnd) %
					   (m->nxt - m->una + 3));
			break;
		case 11:
			model_ack(test, m, m->una / 2);
			break;
		case 12:
			model_held(test, m, rnd);
			break;
		case 13:
			model_lose(test, m, i);
			break;
		case 14:
			model_resend(test, m, len % 4, i);
			break;
		case 15:
			if (steps < 20)
				model_fin(test, m);
			break;
		}
		model_compare(test, m);
	}
}

static void npv_sendq__random(struct kunit *test)
{
	struct sendq_fixture *fix = test->priv;
	struct sendq_model *m;
	struct rnd_state rnd;
	unsigned int round;

	m = kunit_kmalloc(test, sizeof(*m), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	prandom_seed_state(&rnd, 6582);
	for (round = 0; round < 300; round++) {
		memset(m, 0, sizeof(*m));
		npv_sendq_start(&fix->sq, NPV_SEQ_END);
		model_round(test, m, &rnd);
		if (round & 1)
			model_ack(test, m, m->nxt);
		else
			npv_sendq_purge(&fix->sq, fix->sk);
		expect_released(test);
	}
}

/* A large page is kept when nobody else refers to it, and given back when idle. */
static void npv_sendq_page__kept(struct kunit *test)
{
	struct sendq_fixture *fix = test->priv;
	struct npv_sendq *sq = &fix->sq;
	struct page *page[NPV_PAGES_SPARE + 2];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(page); i++) {
		page[i] = alloc_pages(GFP_KERNEL | __GFP_COMP,
				      NPV_PAGE_BULK_ORDER);
		KUNIT_ASSERT_NOT_NULL(test, page[i]);
		npv_sendq_push(sq, fix->sk, npv_chunk_alloc(GFP_KERNEL),
			       page[i], 0, 10, 0);
		npv_sendq_own(sq);
	}
	/* TCP still has the first of them, and none of the others. */
	for (i = 1; i < ARRAY_SIZE(page); i++)
		put_page(page[i]);
	KUNIT_EXPECT_EQ(test, npv_sendq_ack(sq, fix->sk, 10), 1);
	KUNIT_EXPECT_NULL(test, npv_sendq_page(sq));
	KUNIT_EXPECT_EQ(test, page_ref_count(page[0]), 1);
	put_page(page[0]);

	npv_sendq_ack(sq, fix->sk, sq->nxt);
	KUNIT_EXPECT_EQ(test, sq->n_pages, NPV_PAGES_SPARE);
	KUNIT_EXPECT_PTR_EQ(test, npv_sendq_page(sq), page[NPV_PAGES_SPARE]);
	put_page(page[NPV_PAGES_SPARE]);
	npv_sendq_idle(sq);
	KUNIT_EXPECT_EQ(test, sq->n_pages, 0);

	/* a page of another size */
	npv_sendq_push(sq, fix->sk, npv_chunk_alloc(GFP_KERNEL), fix->page[0],
		       0, 10, 0);
	npv_sendq_own(sq);
	npv_sendq_ack(sq, fix->sk, sq->nxt);
	KUNIT_EXPECT_NULL(test, npv_sendq_page(sq));

	/* one of that size which is somebody else's, as of a file */
	page[0] = alloc_pages(GFP_KERNEL | __GFP_COMP, NPV_PAGE_BULK_ORDER);
	KUNIT_ASSERT_NOT_NULL(test, page[0]);
	npv_sendq_push(sq, fix->sk, npv_chunk_alloc(GFP_KERNEL), page[0], 0, 10,
		       0);
	put_page(page[0]);
	npv_sendq_ack(sq, fix->sk, sq->nxt);
	KUNIT_EXPECT_NULL(test, npv_sendq_page(sq));
}

static struct kunit_case sendq_cases[] = {
	KUNIT_CASE(npv_sendq_page__kept),
	KUNIT_CASE(npv_sendq_extend__table),
	KUNIT_CASE_PARAM(npv_sendq_ack__table, ack_gen_params),
	KUNIT_CASE_PARAM(npv_sendq_lose_range__table, lose_gen_params),
	KUNIT_CASE(npv_sendq_find__table),
	KUNIT_CASE(npv_sendq_lose__keeps_order),
	KUNIT_CASE(npv_sendq_lose__fin),
	KUNIT_CASE_PARAM(npv_sendq_held__table, held_gen_params),
	KUNIT_CASE(npv_sendq_push__no_memory),
	KUNIT_CASE(npv_sendq_chunk__used_again),
	KUNIT_CASE(npv_sendq_chunk__bounded),
	KUNIT_CASE(npv_sendq_purge__frees_all),
	KUNIT_CASE(npv_sendq__random),
	{}
};

static struct kunit_suite sendq_suite = {
	.name = "npv_sendq",
	.init = sendq_init,
	.exit = sendq_exit,
	.test_cases = sendq_cases,
};

kunit_test_suite(sendq_suite);
