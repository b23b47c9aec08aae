// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of udp_move.c, which includes this file: what a token is good for. */

#include <kunit/test.h>

static void token_right__only_where_it_was_made_for(struct kunit *test)
{
	struct npv_dgram dgram = {
		.local	= in6addr_loopback,
		.port	= htons(40000),
	}, other;
	struct npv_udp_name name = { .cid = 0x1122334455667788 }, named;
	u8 token[NPV_NONCE_LEN], again[NPV_NONCE_LEN];
	u64 epoch = token_epoch();
	struct npv_port *port;
	unsigned int i;

	port = kunit_kzalloc(test, sizeof(*port), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, port);
	get_random_bytes(&port->secret, sizeof(port->secret));
	ipv6_addr_set_v4mapped(htonl(0xc0000201), &dgram.remote);

	/* of this epoch, or the one before */
	for (i = 0; i < 2; i++) {
		make_token(port, &dgram, &name, epoch - i, token);
		KUNIT_EXPECT_TRUE(test, token_right(port, &dgram, &name, token));
	}
	make_token(port, &dgram, &name, epoch - 2, again);
	KUNIT_EXPECT_FALSE(test, token_right(port, &dgram, &name, again));
	make_token(port, &dgram, &name, epoch, token);
	make_token(port, &dgram, &name, epoch, again);
	KUNIT_EXPECT_MEMEQ(test, token, again, sizeof(token));

	/* another address, port, address of ours */
	other = dgram;
	other.remote.s6_addr[15]++;
	KUNIT_EXPECT_FALSE(test, token_right(port, &other, &name, token));
	other = dgram;
	other.port = htons(40001);
	KUNIT_EXPECT_FALSE(test, token_right(port, &other, &name, token));
	other = dgram;
	other.local.s6_addr[0]++;
	KUNIT_EXPECT_FALSE(test, token_right(port, &other, &name, token));
	/* another stack, or the same after a move */
	named = name;
	named.cid++;
	KUNIT_EXPECT_FALSE(test, token_right(port, &dgram, &named, token));
	named = name;
	named.moves++;
	KUNIT_EXPECT_FALSE(test, token_right(port, &dgram, &named, token));
	/* each byte counts */
	for (i = 0; i < NPV_NONCE_LEN; i++) {
		token[i] ^= 1;
		KUNIT_EXPECT_FALSE(test, token_right(port, &dgram, &name, token));
		token[i] ^= 1;
	}
	/* another secret */
	port->secret.key[0]++;
	KUNIT_EXPECT_FALSE(test, token_right(port, &dgram, &name, token));
}

static struct kunit_case udp_move_cases[] = {
	KUNIT_CASE(token_right__only_where_it_was_made_for),
	{}
};

static struct kunit_suite udp_move_suite = {
	.name = "npv_udp_move",
	.test_cases = udp_move_cases,
};

kunit_test_suite(udp_move_suite);
