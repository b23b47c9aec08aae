// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of offer.c, which includes this file: what is answered. */

#include <kunit/test.h>

struct asked_case {
	const char *name;
	u8 type;
	unsigned int len;
	int spoil;
	bool asked;
};

static const struct asked_case asked_cases[] = {
	{ "shortest", NPV_FRAME_HELLO, NPV_HELLO_UDP_MIN, -1, true },
	{ "longer", NPV_FRAME_HELLO, 400, -1, true },
	{ "unpadded", NPV_FRAME_HELLO, 52, -1, false },
	{ "one_byte_short", NPV_FRAME_HELLO, NPV_HELLO_UDP_MIN - 1, -1, false },
	{ "empty", NPV_FRAME_HELLO, 0, -1, false },
	{ "welcome", NPV_FRAME_WELCOME, NPV_HELLO_UDP_MIN, -1, false },
	{ "offer", NPV_FRAME_OFFER, NPV_HELLO_UDP_MIN, -1, false },
	{ "wrong_magic", NPV_FRAME_HELLO, NPV_HELLO_UDP_MIN, 8, false },
	{ "short_header", NPV_FRAME_HELLO, NPV_HELLO_UDP_MIN, 0, false },
};

static void asked_desc(const struct asked_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(asked, asked_cases, asked_desc);

static void offer_asked__table(struct kunit *test)
{
	const struct asked_case *c = test->param_value;
	struct npv_frame f = {
		.type			= c->type,
		.hello.version		= NPV_VERSION_WIRE,
		.hello.version_min	= NPV_VERSION_WIRE,
		.hello.socktype		= NPV_SOCKTYPE_STREAM,
		.hello.port		= 80,
		.hello.id		= 1,
	};
	u8 buf[400] = {};

	KUNIT_ASSERT_GT(test, npv_frame_encode(&f, buf, sizeof(buf)), 0);
	if (c->spoil >= 0)
		buf[c->spoil] ^= 0x40;
	KUNIT_EXPECT_EQ(test, offer_asked(buf, c->len, &f), c->asked);
}

static void npv_offer_judge__without_listener(struct kunit *test)
{
	struct npv_frame f = {
		.type			= NPV_FRAME_HELLO,
		.hello.version		= NPV_VERSION_WIRE,
		.hello.version_min	= NPV_VERSION_WIRE,
		.hello.socktype		= NPV_SOCKTYPE_STREAM,
		.hello.port		= 1,
		.hello.id		= 1,
	};
	struct in6_addr local = in6addr_loopback;
	struct npv_sock *listener;

	KUNIT_EXPECT_EQ(test, npv_offer_judge(&init_net, &f, &local, &local, 1,
					      &listener), NPV_REFUSE_SERVICE);
	f.hello.version = 9;
	KUNIT_EXPECT_EQ(test, npv_offer_judge(&init_net, &f, &local, &local, 1,
					      &listener), NPV_REFUSE_SERVICE);
	f.hello.version_min = 2;
	KUNIT_EXPECT_EQ(test, npv_offer_judge(&init_net, &f, &local, &local, 1,
					      &listener), NPV_REFUSE_VERSION);
	f.hello.version_min = 1;
	f.hello.option_unknown = true;
	KUNIT_EXPECT_EQ(test, npv_offer_judge(&init_net, &f, &local, &local, 1,
					      &listener), NPV_REFUSE_OPTION);
}

static void offer_unicast__not_for_many(struct kunit *test)
{
	struct in6_addr addr = in6addr_loopback;

	KUNIT_EXPECT_TRUE(test, offer_unicast(&addr));
	addr = in6addr_linklocal_allnodes;
	KUNIT_EXPECT_FALSE(test, offer_unicast(&addr));
	addr = in6addr_any;
	KUNIT_EXPECT_FALSE(test, offer_unicast(&addr));
	ipv6_addr_set_v4mapped(htonl(0x0a000001), &addr);
	KUNIT_EXPECT_TRUE(test, offer_unicast(&addr));
	ipv6_addr_set_v4mapped(htonl(INADDR_BROADCAST), &addr);
	KUNIT_EXPECT_FALSE(test, offer_unicast(&addr));
	ipv6_addr_set_v4mapped(htonl(INADDR_ALLHOSTS_GROUP), &addr);
	KUNIT_EXPECT_FALSE(test, offer_unicast(&addr));
}

static struct kunit_case offer_cases[] = {
	KUNIT_CASE_PARAM(offer_asked__table, asked_gen_params),
	KUNIT_CASE(npv_offer_judge__without_listener),
	KUNIT_CASE(offer_unicast__not_for_many),
	{}
};

static struct kunit_suite offer_suite = {
	.name = "npv_offer",
	.test_cases = offer_cases,
};

kunit_test_suite(offer_suite);
