// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of scheduler.c, which includes this file, and of the schedulers of
 * this module. The stacks are made up: their TCP has numbers, and no connection.
 */

#include <kunit/test.h>
#include <linux/prandom.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

#include "../stack_tcp.h"

/* A stack in a table; one of all zeros is active, and has room. */
struct sched_stack {
	u32 srtt_ms;
	u32 unsent;
	u32 kbyte_s;	/* pacing rate; 0: there is none */
	u32 weight;	/* 0: 1 */
	u32 id;
	u8 status;
	bool backup;
	bool peer_backup;
	bool paused;
	bool peer_paused;
	bool broken;
	bool no_room;
	bool closed;
};

struct fake_stack {
	struct tcp_sock tp;
	struct npv_stack stack;
	struct npv_tcp tcp;
};

struct sched_fixture {
	struct npv_native nat;
	struct fake_stack fake[NPV_STACKS_MAX];
};

static int sched_test_init(struct kunit *test)
{
	struct sched_fixture *fix;

	fix = kunit_kzalloc(test, sizeof(*fix), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fix);
	fix->nat.sched = npv_sched_default();
	npv_sendq_start(&fix->nat.sendq, 0);
	test->priv = fix;

	return 0;
}

static void fake_stack(struct sched_fixture *fix, unsigned int i,
		       const struct sched_stack *from)
{
	struct fake_stack *fake = &fix->fake[i];
	struct sock *sk = (struct sock *)&fake->tp;

	memset(fake, 0, sizeof(*fake));
	sock_net_set(sk, &init_net);
	sk->sk_prot = &tcp_prot;
	sk->sk_state = from->closed ? TCP_CLOSE : TCP_ESTABLISHED;
	sk->sk_sndbuf = from->no_room ? 0 : SZ_4M;
	sk->sk_pacing_rate = from->kbyte_s ? from->kbyte_s * 1000UL : ~0UL;
	fake->tp.srtt_us = (from->srtt_ms * USEC_PER_MSEC) << 3;
	/* Numbers of TCP wrap. */
	fake->tp.snd_nxt = -1000;
	fake->tp.snd_una = fake->tp.snd_nxt;
	fake->tp.write_seq = fake->tp.snd_nxt + from->unsent;
	fake->tp.notsent_lowat = U32_MAX;

	fake->stack.sk = sk;
	fake->stack.sub = &fake->tcp.sub;
	INIT_LIST_HEAD(&fake->tcp.pending);
	fake->tcp.sub.ops = &npv_tcp_ops;
	fake->tcp.sub.stack = &fake->stack;
	fake->tcp.sub.nat = &fix->nat;
	fake->tcp.sub.slot = i;
	fake->tcp.sub.id = from->id ?: i;
	fake->tcp.sub.weight = from->weight ?: 1;
	fake->tcp.sub.status = from->status;
	fake->tcp.sub.backup = from->backup;
	fake->tcp.sub.peer_backup = from->peer_backup;
	fake->tcp.sub.paused = from->paused;
	fake->tcp.sub.peer_paused = from->peer_paused;
	fake->tcp.sub.broken = from->broken;

	fix->nat.slot[i] = &fake->tcp.sub;
	fix->nat.slots |= BIT(i);
	fix->nat.several = hweight_long(fix->nat.slots) > 1;
}

/* Which stack is picked: its place, or -1 */
static int picked(struct npv_native *nat)
{
	const struct npv_subflow *sub = npv_sched_pick(nat);

	return sub ? sub->slot : -1;
}

static unsigned int pick_first(struct npv_native *nat, unsigned long mask)
{
	return __ffs(mask);
}

static int init_fails(struct npv_native *nat)
{
	return -ENOBUFS;
}

static int init_counts(struct npv_native *nat)
{
	nat->sched_data = (void *)((unsigned long)nat->sched_data + 1);
	return 0;
}

static void release_counts(struct npv_native *nat)
{
	nat->sched_data = (void *)((unsigned long)nat->sched_data - 1);
}

static void npv_sched_register__refuses(struct kunit *test)
{
	struct npv_sched_ops no_pick = { .name = "kunit" };
	struct npv_sched_ops no_name = { .pick = pick_first };
	struct npv_sched_ops first = { .name = "kunit", .pick = pick_first,
				       .owner = THIS_MODULE };
	struct npv_sched_ops second = first;
	struct npv_sched_ops builtin = { .name = "minrtt", .pick = pick_first };

	KUNIT_EXPECT_EQ(test, npv_sched_register(&no_pick), -EINVAL);
	KUNIT_EXPECT_EQ(test, npv_sched_register(&no_name), -EINVAL);
	KUNIT_EXPECT_EQ(test, npv_sched_register(&builtin), -EEXIST);
	KUNIT_EXPECT_FALSE(test, npv_sched_exists("kunit"));

	KUNIT_EXPECT_EQ(test, npv_sched_register(&first), 0);
	KUNIT_EXPECT_EQ(test, npv_sched_register(&first), -EEXIST);
	KUNIT_EXPECT_EQ(test, npv_sched_register(&second), -EEXIST);
	KUNIT_EXPECT_TRUE(test, npv_sched_exists("kunit"));
	npv_sched_unregister(&first);

	KUNIT_EXPECT_FALSE(test, npv_sched_exists("kunit"));
	KUNIT_EXPECT_EQ(test, npv_sched_register(&second), 0);
	npv_sched_unregister(&second);
}

static void npv_sched_name__all(struct kunit *test)
{
	static const char * const names[] = {
		"minrtt", "weighted", "redundant", "backup",
	};
	char name[NPV_SCHED_NAME_MAX];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		KUNIT_ASSERT_EQ(test, npv_sched_name(i, name), 0);
		KUNIT_EXPECT_STREQ(test, name, names[i]);
		KUNIT_EXPECT_TRUE(test, npv_sched_exists(names[i]));
	}
	KUNIT_EXPECT_EQ(test, npv_sched_name(i, name), -ENOENT);
	KUNIT_EXPECT_EQ(test, npv_sched_name(U32_MAX, name), -ENOENT);
	KUNIT_EXPECT_FALSE(test, npv_sched_exists(""));
	KUNIT_EXPECT_FALSE(test, npv_sched_exists("minrt"));
	KUNIT_EXPECT_FALSE(test, npv_sched_exists("minrtt2"));
}

static void npv_sched_set__changes(struct kunit *test)
{
	struct npv_sched_ops fails = {
		.name = "kunit_fails", .owner = THIS_MODULE,
		.pick = pick_first, .init = init_fails,
	};
	struct npv_sched_ops counts = {
		.name = "kunit_counts", .owner = THIS_MODULE, .pick = pick_first,
		.init = init_counts, .release = release_counts,
	};
	struct sched_fixture *fix = test->priv;
	struct npv_native *nat = &fix->nat;

	fake_stack(fix, 3, &(struct sched_stack){});
	KUNIT_ASSERT_EQ(test, npv_sched_register(&fails), 0);
	KUNIT_ASSERT_EQ(test, npv_sched_register(&counts), 0);

	KUNIT_EXPECT_EQ(test, npv_sched_set(nat, "kunit_counts"), 0);
	KUNIT_EXPECT_PTR_EQ(test, nat->sched, &counts);
	KUNIT_EXPECT_PTR_EQ(test, nat->sched_data, (void *)1);

	/* What can't be leaves all as it is. */
	nat->slot[3]->credit = 7;
	KUNIT_EXPECT_EQ(test, npv_sched_set(nat, "none"), -ENOENT);
	KUNIT_EXPECT_PTR_EQ(test, nat->sched, &counts);
	KUNIT_EXPECT_EQ(test, nat->slot[3]->credit, 7);

	/* Again is a new beginning. */
	KUNIT_EXPECT_EQ(test, npv_sched_set(nat, "kunit_counts"), 0);
	KUNIT_EXPECT_PTR_EQ(test, nat->sched_data, (void *)1);
	KUNIT_EXPECT_EQ(test, nat->slot[3]->credit, 0);

	KUNIT_EXPECT_EQ(test, npv_sched_set(nat, "kunit_fails"), -ENOBUFS);
	KUNIT_EXPECT_PTR_EQ(test, nat->sched, npv_sched_default());
	KUNIT_EXPECT_NULL(test, nat->sched_data);

	KUNIT_EXPECT_EQ(test, npv_sched_set(nat, "weighted"), 0);
	KUNIT_EXPECT_PTR_EQ(test, nat->sched, &npv_sched_weighted);
	npv_sched_put(nat);
	KUNIT_EXPECT_PTR_EQ(test, nat->sched, npv_sched_default());
	npv_sched_unregister(&counts);
	npv_sched_unregister(&fails);
}

#define SUSPECT	.status = NPV_STACK_STATUS_SUSPECT
#define JOINING	.status = NPV_STACK_STATUS_JOINING
#define DOWN	.status = NPV_STACK_STATUS_DOWN

struct mask_case {
	const char *name;
	unsigned int n;
	struct sched_stack stack[4];
	unsigned int with_room;
	unsigned int all;
};

static const struct mask_case mask_cases[] = {
	{ "none", 0, {}, 0, 0 },
	{ "two", 2, {}, 0x3, 0x3 },
	{ "no_room", 2, { {}, { .no_room = true } }, 0x1, 0x3 },
	{ "paused", 2, { { .paused = true } }, 0x2, 0x2 },
	{ "peer_paused", 2, { { .peer_paused = true } }, 0x2, 0x2 },
	{ "all_paused", 2, { { .paused = true }, { .peer_paused = true } },
	  0, 0 },
	{ "joining", 2, { { JOINING } }, 0x2, 0x2 },
	{ "down", 2, { { DOWN } }, 0x2, 0x2 },
	{ "broken", 2, { { .broken = true } }, 0x2, 0x2 },
	{ "closed", 2, { { .closed = true } }, 0x2, 0x2 },
	{ "backup_beside_active", 3, { { .backup = true }, {},
	  { .peer_backup = true } }, 0x2, 0x2 },
	/* it waits for the active one, rather than cost what backup costs */
	{ "backup_beside_full", 2, { { .backup = true },
	  { .no_room = true } }, 0, 0x2 },
	{ "backup_only", 2, { { .backup = true }, { .peer_backup = true } },
	  0x3, 0x3 },
	{ "backup_beside_paused", 2, { { .backup = true },
	  { .paused = true } }, 0x1, 0x1 },
	{ "backup_beside_suspect", 2, { { .backup = true }, { SUSPECT } },
	  0x1, 0x1 },
	{ "backup_full_beside_suspect", 2, { { .backup = true,
	  .no_room = true }, { SUSPECT } }, 0, 0x1 },
	{ "suspect_beside_active", 2, { { SUSPECT } }, 0x2, 0x2 },
	{ "suspect_beside_full", 2, { { SUSPECT }, { .no_room = true } },
	  0, 0x2 },
	{ "suspect_only", 2, { { SUSPECT }, { SUSPECT, .no_room = true } },
	  0x1, 0x3 },
	{ "suspect_backup", 3, { { SUSPECT, .backup = true },
	  { .paused = true }, { JOINING } }, 0x1, 0x1 },
	{ "paused_backup", 2, { { .paused = true, .backup = true },
	  { SUSPECT } }, 0x2, 0x2 },
};

static void mask_desc(const struct mask_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(mask, mask_cases, mask_desc);

static void sched_mask__table(struct kunit *test)
{
	const struct mask_case *c = test->param_value;
	struct sched_fixture *fix = test->priv;
	unsigned int i;

	for (i = 0; i < c->n; i++)
		fake_stack(fix, i, &c->stack[i]);
	KUNIT_EXPECT_EQ(test, sched_mask(&fix->nat, true), c->with_room);
	KUNIT_EXPECT_EQ(test, sched_mask(&fix->nat, false), c->all);
}

/* Beside others, a stack has room for little more than it can send. */
static void sched_mask__unsent(struct kunit *test)
{
	static const struct sched_stack slow[] = {
		{ .unsent = 15624, .kbyte_s = 1000 },
		{ .unsent = 15625, .kbyte_s = 1000 },
		{ .unsent = 8191, .kbyte_s = 10 },
		{ .unsent = 8192, .kbyte_s = 10 },
	};
	struct sched_fixture *fix = test->priv;

	fake_stack(fix, 0, &(struct sched_stack){ .unsent = 64 * 1024 });
	KUNIT_EXPECT_EQ(test, sched_mask(&fix->nat, true), 0x1);
	fake_stack(fix, 1, &(struct sched_stack){ .unsent = 64 * 1024 - 1 });
	KUNIT_EXPECT_EQ(test, sched_mask(&fix->nat, true), 0x2);
	/* ... an eighth of what is under way already */
	fix->fake[0].tp.snd_una -= 512 * 1024 + 8;
	KUNIT_EXPECT_EQ(test, sched_mask(&fix->nat, true), 0x3);

	/* ... and a slow one less: 16 ms of it, but 8 KiB */
	fake_stack(fix, 0, &slow[0]);
	fake_stack(fix, 1, &slow[1]);
	KUNIT_EXPECT_EQ(test, sched_mask(&fix->nat, true), 0x1);
	fake_stack(fix, 0, &slow[2]);
	fake_stack(fix, 1, &slow[3]);
	KUNIT_EXPECT_EQ(test, sched_mask(&fix->nat, true), 0x1);
}

struct pick_case {
	const char *name;
	const char *sched;
	unsigned int n;
	struct sched_stack stack[4];
	int want;
};

static const struct pick_case pick_cases[] = {
	{ "no_stack", "minrtt", 0, {}, -1 },
	{ "one", "minrtt", 1, {}, 0 },
	{ "one_full", "minrtt", 1, { { .no_room = true } }, -1 },
	{ "one_paused", "minrtt", 1, { { .paused = true } }, -1 },
	{ "one_peer_paused", "minrtt", 1, { { .peer_paused = true } }, -1 },
	{ "one_joining", "minrtt", 1, { { JOINING } }, -1 },
	{ "one_backup", "minrtt", 1, { { .backup = true } }, 0 },
	{ "one_suspect", "minrtt", 1, { { SUSPECT } }, 0 },
	{ "all_full", "minrtt", 2, { { .no_room = true },
	  { .no_room = true } }, -1 },

	{ "minrtt_lower", "minrtt", 3, { { 30, 0, 1000 }, { 10, 0, 1000 },
	  { 20, 0, 1000 } }, 1 },
	{ "minrtt_same", "minrtt", 2, { { 10, 0, 1000 }, { 10, 0, 1000 } }, 0 },
	/* 10 ms, and 5 ms behind 2 ms that wait */
	{ "minrtt_short_queue", "minrtt", 2, { { 20, 0, 1000 },
	  { 10, 2000, 1000 } }, 1 },
	/* 10 ms, and 5 ms behind 20 ms that wait */
	{ "minrtt_long_queue", "minrtt", 2, { { 20, 0, 1000 },
	  { 10, 20000, 1000 } }, 0 },
	/* 20 ms that wait at 1 MB/s, 2 ms at 10 MB/s */
	{ "minrtt_rate", "minrtt", 2, { { 10, 20000, 1000 },
	  { 20, 20000, 10000 } }, 1 },
	{ "minrtt_slow_rate", "minrtt", 2, { { 10, 60000, 1 },
	  { 1000, 0, 1000 } }, 1 },
	{ "minrtt_fast_rate", "minrtt", 2, { { 20, 60000, 4000000 },
	  { 21, 0, 1000 } }, 0 },
	{ "minrtt_full_is_passed_over", "minrtt", 3, { { 30, 0, 1000 },
	  { 10, 0, 1000, .no_room = true }, { 20, 0, 1000 } }, 2 },
	{ "minrtt_active_before_backup", "minrtt", 2, {
	  { 10, 0, 1000, .backup = true }, { 900, 0, 1000 } }, 1 },
	/* 100 ms where nothing is known */
	{ "minrtt_unmeasured", "minrtt", 2, { {}, { 190, 0, 1000 } }, 1 },
	{ "minrtt_unmeasured_but_near", "minrtt", 2, { {}, { 210, 0, 1000 } },
	  0 },
	{ "minrtt_no_rate", "minrtt", 2, { { 30 }, { 20 } }, 1 },

	{ "redundant_lowest", "redundant", 3, { { 30 }, { 10 }, { 20 } }, 1 },
	{ "redundant_same", "redundant", 2, { { 10 }, { 10 } }, 0 },
	{ "redundant_full", "redundant", 2, { { 10, .no_room = true },
	  { 20 } }, 1 },
	{ "redundant_unmeasured", "redundant", 3, { {}, { 10 }, { 5 } }, 2 },
	{ "redundant_none_measured", "redundant", 2, {}, 0 },

	{ "backup_oldest", "backup", 3, { { .id = 7 }, { .id = 3 },
	  { .id = 5 } }, 1 },
	{ "backup_waits", "backup", 2, { { .id = 3, .no_room = true },
	  { .id = 5 } }, -1 },
	{ "backup_paused", "backup", 2, { { .id = 3, .paused = true },
	  { .id = 5 } }, 1 },
	{ "backup_suspect", "backup", 2, { { .id = 3, SUSPECT },
	  { .id = 5 } }, 1 },
	{ "backup_all_suspect", "backup", 2, { { .id = 6, SUSPECT },
	  { .id = 5, SUSPECT } }, 1 },
	{ "backup_of_the_oldest", "backup", 3, { { .id = 3, .backup = true },
	  { .id = 6 }, { .id = 5 } }, 2 },
	{ "backup_all_paused", "backup", 2, { { .paused = true },
	  { .paused = true } }, -1 },

	{ "weighted_first", "weighted", 2, { { .weight = 1 },
	  { .weight = 9 } }, 0 },
};

static void pick_desc(const struct pick_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(pick, pick_cases, pick_desc);

/* The same in other places: the last ones, and with a hole between them */
static void npv_sched_pick__table(struct kunit *test)
{
	static const u8 places[][4] = { { 0, 1, 2, 3 }, { 1, 4, 6, 7 } };
	const struct pick_case *c = test->param_value;
	struct sched_fixture *fix = test->priv;
	unsigned int i, p;

	for (p = 0; p < ARRAY_SIZE(places); p++) {
		memset(fix->nat.slot, 0, sizeof(fix->nat.slot));
		fix->nat.slots = 0;
		KUNIT_ASSERT_EQ(test, npv_sched_set(&fix->nat, c->sched), 0);
		for (i = 0; i < c->n; i++)
			fake_stack(fix, places[p][i], &c->stack[i]);
		KUNIT_EXPECT_EQ(test, picked(&fix->nat),
				c->want < 0 ? c->want : places[p][c->want]);
	}
}

struct share_case {
	const char *name;
	unsigned int n;
	struct sched_stack stack[NPV_STACKS_MAX];
	u32 piece;	/* 0: of all sizes */
};

/* Those that can't carry have no share, and change nobody's. */
static const struct share_case share_cases[] = {
	{ "alike", 2 },
	{ "eight", 8 },
	{ "three_to_one", 2, { { .weight = 3 }, { .weight = 1 } } },
	{ "five_three_two", 3, { { .weight = 5 }, { .weight = 3 },
	  { .weight = 2 } } },
	{ "most_unlike", 2, { { .weight = 1000 }, { .weight = 1 } } },
	{ "heavy", 3, { { .weight = 1000 }, { .weight = 1000 },
	  { .weight = 500 } } },
	{ "small_pieces", 2, { { .weight = 3 }, { .weight = 1 } }, 1 },
	{ "large_pieces", 2, { { .weight = 3 }, { .weight = 1 } }, 262144 },
	{ "beside_paused", 3, { { .weight = 3 }, { .weight = 1 },
	  { .weight = 4, .paused = true } } },
	{ "beside_backup", 3, { { .weight = 3 }, { .weight = 1 },
	  { .weight = 400, .backup = true } } },
	{ "beside_full", 3, { { .weight = 3 }, { .weight = 1 },
	  { .weight = 4, .no_room = true } } },
	{ "beside_joining", 3, { { .weight = 1, JOINING }, { .weight = 3 },
	  { .weight = 1 } } },
	{ "backups", 2, { { .weight = 3, .backup = true },
	  { .weight = 1, .backup = true } } },
};

static void share_desc(const struct share_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(share, share_cases, share_desc);

/* Have stacks given pieces. Return: bytes in all */
static u64 share_out(struct npv_native *nat, struct rnd_state *rnd,
		     unsigned int times, u32 piece, u64 *given)
{
	u64 sum = 0;

	while (times--) {
		u32 bytes = piece ?: 1 + prandom_u32_state(rnd) % 65536;
		struct npv_subflow *sub = npv_sched_pick(nat);

		if (!sub)
			break;
		npv_sched_sent(nat, sub, 0, bytes);
		given[sub->slot] += bytes;
		sum += bytes;
	}
	return sum;
}

static void npv_sched_weighted__shares(struct kunit *test)
{
	const struct share_case *c = test->param_value;
	struct sched_fixture *fix = test->priv;
	struct npv_native *nat = &fix->nat;
	u64 given[NPV_STACKS_MAX] = {}, all, share, slack;
	unsigned int i, weights = 0;
	struct rnd_state rnd;
	unsigned long mask;

	KUNIT_ASSERT_EQ(test, npv_sched_set(nat, "weighted"), 0);
	for (i = 0; i < c->n; i++)
		fake_stack(fix, i, &c->stack[i]);
	mask = sched_mask(nat, true);
	for_each_set_bit(i, &mask, NPV_STACKS_MAX)
		weights += nat->slot[i]->weight;

	prandom_seed_state(&rnd, 3439);
	all = share_out(nat, &rnd, 40000, c->piece, given);
	for (i = 0; i < c->n; i++) {
		share = mask & BIT(i) ?
			div_u64(all * nat->slot[i]->weight, weights) : 0;
		/* 2 %, and the piece that is one's turn or isn't */
		slack = share ? div_u64(share, 50) + (c->piece ?: 65536) : 0;
		KUNIT_EXPECT_LE_MSG(test, abs_diff(given[i], share), slack,
				    "stack %u", i);
	}
}

/* Who had no room for long gets some of it after that, but not all. */
static void npv_sched_weighted__clamped(struct kunit *test)
{
	u64 given[NPV_STACKS_MAX] = {}, all;
	struct sched_fixture *fix = test->priv;
	struct npv_native *nat = &fix->nat;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 3440);
	KUNIT_ASSERT_EQ(test, npv_sched_set(nat, "weighted"), 0);
	fake_stack(fix, 0, &(struct sched_stack){ .no_room = true });
	fake_stack(fix, 1, &(struct sched_stack){});
	share_out(nat, &rnd, 10000, 0, given);
	KUNIT_EXPECT_EQ(test, given[0], 0);

	npv_subflow_sk(nat->slot[0])->sk_sndbuf = SZ_4M;
	memset(given, 0, sizeof(given));
	all = share_out(nat, &rnd, 1000, 0, given);
	/* 1 MB that it was kept from, and what it has on its own */
	KUNIT_EXPECT_LE(test, given[0], all / 2 + SZ_1M + 65536);
	KUNIT_EXPECT_GE(test, given[0], all / 2 - 65536);
}

static struct kunit_case sched_cases[] = {
	KUNIT_CASE(npv_sched_register__refuses),
	KUNIT_CASE(npv_sched_name__all),
	KUNIT_CASE(npv_sched_set__changes),
	KUNIT_CASE_PARAM(sched_mask__table, mask_gen_params),
	KUNIT_CASE(sched_mask__unsent),
	KUNIT_CASE_PARAM(npv_sched_pick__table, pick_gen_params),
	KUNIT_CASE_PARAM(npv_sched_weighted__shares, share_gen_params),
	KUNIT_CASE(npv_sched_weighted__clamped),
	{}
};

static struct kunit_suite sched_suite = {
	.name = "npv_scheduler",
	.init = sched_test_init,
	.test_cases = sched_cases,
};

kunit_test_suite(sched_suite);
