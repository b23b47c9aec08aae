// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of candidate.c, which includes this file. */

#include <kunit/test.h>

/*
 * An order is written as a string: '4' and '6' tell the family, the letter
 * that follows names the address. "6a4b" is two candidates.
 */
struct order_case {
	const char *name;
	const char *in;		/* the program's order */
	const char *classes;	/* g, u, l, b or n for each; default all u */
	u32 srtt_us[NPV_ADDR_MAX];
	unsigned int first_family_count;
	const char *out;
};

static const struct order_case order_cases[] = {
	{ "one", "6a", "", {}, 1, "6a" },
	{ "v6_first_alternates", "6a6b4c4d", "", {}, 1, "6a4c6b4d" },
	{ "v4_first_alternates", "4a4b6c6d", "", {}, 1, "4a6c4b6d" },
	{ "already_interleaved", "6a4b6c4d", "", {}, 1, "6a4b6c4d" },
	/* RFC 8305, section 4: First Address Family Count 2 */
	{ "first_family_count_2", "6a6b6c4d4e", "", {}, 2, "6a6b4d6c4e" },
	{ "first_family_count_exceeds", "6a4b4c", "", {}, 3, "6a4b4c" },
	{ "single_family_keeps_order", "4a4b4c", "", {}, 1, "4a4b4c" },
	{ "seven", "6a6b6c6d4e4f4g", "", {}, 1, "6a4e6b4f6c4g6d" },
	{ "duplicates_removed", "6a4b6a4b", "", {}, 1, "6a4b" },
	{ "no_route_last", "6a6b4c", "nnu", {}, 1, "4c6a6b" },
	{ "bad_after_unknown", "6a4b", "bu", {}, 1, "4b6a" },
	{ "good_before_unknown", "6a4b", "ug", {}, 1, "4b6a" },
	{ "classes_never_mix", "6a6b4c4d", "bbgg", {}, 1, "4c4d6a6b" },
	{ "lossy_behind_unknown", "6a4b4c", "lub", {}, 1, "4b6a4c" },
	{ "good_by_rtt", "6a4b", "gg", { 100000, 1000 }, 1, "4b6a" },
	{ "similar_rtt_keeps_order", "6a4b", "gg", { 2000, 1100 }, 1, "6a4b" },
	{ "unknown_rtt_keeps_order", "6a4b", "gg", { 100000, 0 }, 1, "6a4b" },
	{ "all_bad_keeps_order", "6a4b", "bb", {}, 1, "6a4b" },
};

static void order_desc(const struct order_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(order, order_cases, order_desc);

static void order_addr(struct in6_addr *addr, char family, char name)
{
	if (family == '4') {
		ipv6_addr_set_v4mapped(htonl(0x0a000000 | name), addr);
	} else {
		memset(addr, 0, sizeof(*addr));
		addr->s6_addr[0] = 0xfd;
		addr->s6_addr[15] = name;
	}
}

static void npv_candidates_order__table(struct kunit *test)
{
	const struct order_case *c = test->param_value;
	struct npv_candidate cand[NPV_ADDR_MAX] = {};
	unsigned int i, n = strlen(c->in) / 2;
	struct in6_addr want;

	for (i = 0; i < n; i++) {
		order_addr(&cand[i].addr, c->in[2 * i], c->in[2 * i + 1]);
		cand[i].class = NPV_CANDIDATE_UNKNOWN;
		cand[i].srtt_us = c->srtt_us[i];
		switch (i < strlen(c->classes) ? c->classes[i] : 'u') {
		case 'g':
			cand[i].class = NPV_CANDIDATE_GOOD;
			break;
		case 'l':
			cand[i].class = NPV_CANDIDATE_LOSSY;
			break;
		case 'b':
			cand[i].class = NPV_CANDIDATE_BAD;
			break;
		case 'n':
			cand[i].class = NPV_CANDIDATE_NO_ROUTE;
			break;
		}
	}

	n = npv_candidates_order(cand, n, c->first_family_count);
	KUNIT_ASSERT_EQ(test, n, strlen(c->out) / 2);
	for (i = 0; i < n; i++) {
		order_addr(&want, c->out[2 * i], c->out[2 * i + 1]);
		KUNIT_EXPECT_TRUE_MSG(test, ipv6_addr_equal(&want,
							    &cand[i].addr),
				      "place %u is not %.2s but %pI6c", i,
				      &c->out[2 * i], &cand[i].addr);
	}
}

/* Whatever comes in, the same set goes out, and classes never mix. */
static void npv_candidates_order__permutes(struct kunit *test)
{
	struct npv_candidate cand[NPV_ADDR_MAX];
	struct rnd_state rnd;
	unsigned int round, i, n, seen;

	prandom_seed_state(&rnd, 8305);
	for (round = 0; round < 2000; round++) {
		n = 1 + prandom_u32_state(&rnd) % NPV_ADDR_MAX;
		memset(cand, 0, sizeof(cand));
		for (i = 0; i < n; i++) {
			order_addr(&cand[i].addr,
				   prandom_u32_state(&rnd) & 1 ? '4' : '6',
				   'a' + i);
			cand[i].class = prandom_u32_state(&rnd) % 5;
			cand[i].srtt_us = prandom_u32_state(&rnd) % 4 * 5000;
		}
		i = npv_candidates_order(cand, n, 1 + round % 3);
		KUNIT_ASSERT_EQ(test, i, n);

		for (i = seen = 0; i < n; i++) {
			seen |= 1 << (cand[i].addr.s6_addr[15] - 'a');
			if (i)
				KUNIT_ASSERT_LE(test, cand[i - 1].class,
						cand[i].class);
		}
		KUNIT_ASSERT_EQ(test, seen, (1 << n) - 1);
	}
}

static void candidate_class__loss(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, candidate_class(NPV_PEER_GOOD, 0),
			NPV_CANDIDATE_GOOD);
	KUNIT_EXPECT_EQ(test, candidate_class(NPV_PEER_GOOD, 50000),
			NPV_CANDIDATE_GOOD);
	KUNIT_EXPECT_EQ(test, candidate_class(NPV_PEER_GOOD, 50001),
			NPV_CANDIDATE_LOSSY);
	KUNIT_EXPECT_EQ(test, candidate_class(NPV_PEER_BAD, 50001),
			NPV_CANDIDATE_BAD);
	KUNIT_EXPECT_EQ(test, candidate_class(NPV_PEER_UNKNOWN, 0),
			NPV_CANDIDATE_UNKNOWN);
}

static struct kunit_case candidate_cases[] = {
	KUNIT_CASE_PARAM(npv_candidates_order__table, order_gen_params),
	KUNIT_CASE(npv_candidates_order__permutes),
	KUNIT_CASE(candidate_class__loss),
	{}
};

static struct kunit_suite candidate_suite = {
	.name = "npv_candidate",
	.test_cases = candidate_cases,
};

kunit_test_suite(candidate_suite);
