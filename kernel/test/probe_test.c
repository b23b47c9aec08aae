// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of probe.c, which includes this file: what counts as an answer. */

#include <kunit/test.h>

#define TEST_ID	0x1122334455667788ULL

static struct in6_addr probe_test_addr(u32 n)
{
	struct in6_addr addr;

	ipv6_addr_set_v4mapped(htonl(0xc0000200 + n), &addr);
	return addr;
}

struct match_case {
	const char *name;
	u32 from;
	u16 port;
	u16 service;
	u64 id;
	u8 type;
	unsigned int cut;
	int found;
};

static const struct match_case match_cases[] = {
	{ "first", 0, 6780, 80, TEST_ID, NPV_FRAME_OFFER, 0, 0 },
	{ "second", 1, 6780, 80, TEST_ID + 1, NPV_FRAME_OFFER, 0, 1 },
	{ "of_another", 1, 6780, 80, TEST_ID, NPV_FRAME_OFFER, 0, -EINVAL },
	{ "stranger", 7, 6780, 80, TEST_ID, NPV_FRAME_OFFER, 0, -EINVAL },
	{ "wrong_id", 0, 6780, 80, TEST_ID + 2, NPV_FRAME_OFFER, 0, -EINVAL },
	{ "wrong_port", 0, 6781, 80, TEST_ID, NPV_FRAME_OFFER, 0, -EINVAL },
	{ "wrong_service", 0, 6780, 81, TEST_ID, NPV_FRAME_OFFER, 0, -EINVAL },
	{ "not_asked", 2, 6780, 80, 0, NPV_FRAME_OFFER, 0, -EINVAL },
	{ "cut", 0, 6780, 80, TEST_ID, NPV_FRAME_OFFER, 1, -EINVAL },
	{ "empty", 0, 6780, 80, TEST_ID, NPV_FRAME_OFFER, 40, -EINVAL },
	{ "refuse", 0, 6780, 80, TEST_ID, NPV_FRAME_REFUSE, 0, -EINVAL },
	{ "ping", 0, 6780, 80, TEST_ID, NPV_FRAME_PING, 0, -EINVAL },
};

static void match_desc(const struct match_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(match, match_cases, match_desc);

static void probe_match__table(struct kunit *test)
{
	const struct match_case *c = test->param_value;
	struct npv_frame f = { .type = c->type };
	struct npv_dgram dgram = {
		.remote	= probe_test_addr(c->from),
		.port	= htons(c->port),
	};
	struct npv_probe *probe;
	unsigned int i, len;
	u8 buf[64] = {};

	probe = kunit_kzalloc(test, struct_size(probe, asked, 3), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, probe);
	probe->n = 3;
	probe->port = htons(6780);
	probe->service = htons(80);
	for (i = 0; i < probe->n; i++)
		probe->asked[i].offered.remote = probe_test_addr(i);
	for (i = 0; i < 2; i++) {
		probe->asked[i].offered.id = TEST_ID + i;
		probe->asked[i].open = true;
	}

	if (c->type == NPV_FRAME_OFFER) {
		f.hello.version = NPV_VERSION_WIRE;
		f.hello.port = c->service;
		f.hello.id = c->id;
	}
	len = npv_frame_encode(&f, buf, sizeof(buf));
	KUNIT_ASSERT_GT(test, len, 0);
	KUNIT_EXPECT_EQ(test, probe_match(probe, &dgram, buf, len - c->cut, &f),
			c->found);
}

static struct kunit_case probe_cases[] = {
	KUNIT_CASE_PARAM(probe_match__table, match_gen_params),
	{}
};

static struct kunit_suite probe_suite = {
	.name = "npv_probe",
	.test_cases = probe_cases,
};

kunit_test_suite(probe_suite);
