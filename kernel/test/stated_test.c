// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of stated.c, which includes this file. */

#include <kunit/test.h>

static const struct npv_stated_socket stream = { .type = SOCK_STREAM };
static const struct npv_stated_socket stream4 = { .type = SOCK_STREAM, .inet = true };
static const struct npv_stated_socket dgram = { .type = SOCK_DGRAM };

static struct npv_stated *stated_of(struct kunit *test,
				    const struct npv_stated_socket *sock)
{
	struct npv_stated *st = kunit_kzalloc(test, sizeof(*st), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, st);
	npv_stated_init(st, sock->type);
	return st;
}

static int say(struct npv_stated *st, const struct npv_stated_socket *sock, int option,
	       u32 what, int value)
{
	const struct npv_stated_word word = {
		.option = option, .what = what, .value = value,
	};

	return npv_stated_apply(st, sock, &word);
}

static int say_text(struct npv_stated *st, int option, const char *text, int value)
{
	struct npv_stated_word word = { .option = option, .value = value };

	strscpy(word.text, text, sizeof(word.text));
	return npv_stated_apply(st, &stream, &word);
}

static void npv_stated_apply__enums(struct kunit *test)
{
	static const struct {
		int option, last;
		u32 bit;
		size_t member;
	} enums[] = {
		{ NPV_MULTIPATH, NPV_MULTIPATH_PASSIVE, NPV_SAYS_MULTIPATH,
		  offsetof(struct npv_properties, multipath) },
		{ NPV_MULTIPATH_POLICY, NPV_MULTIPATH_POLICY_AGGREGATE, NPV_SAYS_POLICY,
		  offsetof(struct npv_properties, policy) },
		{ NPV_CAPACITY_PROFILE, NPV_CAPACITY_CAPACITY_SEEKING,
		  NPV_SAYS_CAPACITY, offsetof(struct npv_properties, capacity) },
	};
	struct npv_stated *st = stated_of(test, &stream);
	unsigned int i;
	int value;

	for (i = 0; i < ARRAY_SIZE(enums); i++) {
		const u8 *member = (u8 *)&st->says + enums[i].member;

		for (value = 0; value <= enums[i].last; value++) {
			KUNIT_EXPECT_EQ(test, say(st, &stream, enums[i].option, 0, value),
					0);
			KUNIT_EXPECT_EQ(test, st->says.says, enums[i].bit);
			KUNIT_EXPECT_EQ(test, *member, value);
		}
		KUNIT_EXPECT_EQ(test, say(st, &stream, enums[i].option, 0, value),
				-EINVAL);
		KUNIT_EXPECT_EQ(test, say(st, &stream, enums[i].option, 0, -2), -EINVAL);
		KUNIT_EXPECT_EQ(test, *member, enums[i].last);
		KUNIT_EXPECT_EQ(test, say(st, &stream, enums[i].option, 0, -1), 0);
		KUNIT_EXPECT_EQ(test, st->says.says, 0);
		KUNIT_EXPECT_EQ(test, *member, 0);
	}
	KUNIT_EXPECT_EQ(test, say(st, &stream, NPV_DIRECTION, 0, NPV_DIRECTION_SEND), 0);
	KUNIT_EXPECT_EQ(test, st->direction, NPV_DIRECTION_SEND);
	KUNIT_EXPECT_EQ(test, say(st, &stream, NPV_DIRECTION, 0, 3), -EINVAL);
	KUNIT_EXPECT_EQ(test, say(st, &stream, NPV_DIRECTION, 0, -1), 0);
	KUNIT_EXPECT_EQ(test, st->direction, NPV_DIRECTION_BIDIRECTIONAL);
	KUNIT_EXPECT_EQ(test, say(st, &stream, NPV_KEEPALIVE, 0, 0), -ENOPROTOOPT);
}

static void npv_stated_apply__reliability_of_streams(struct kunit *test)
{
	static const int options[] = { NPV_RELIABILITY, NPV_PRESERVE_ORDER };
	struct npv_stated *st = stated_of(test, &stream);
	unsigned int i;

	KUNIT_EXPECT_EQ(test, st->reliability, NPV_PREFERENCE_REQUIRE);
	KUNIT_EXPECT_EQ(test, st->order, NPV_PREFERENCE_REQUIRE);
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		KUNIT_EXPECT_EQ(test, say(st, &stream, options[i], 0,
					  NPV_PREFERENCE_PROHIBIT), -EOPNOTSUPP);
		KUNIT_EXPECT_EQ(test, say(st, &stream, options[i], 0,
					  NPV_PREFERENCE_AVOID), 0);
		KUNIT_EXPECT_EQ(test, say(st, &stream, options[i], 0, 5), -EINVAL);
	}
	KUNIT_EXPECT_EQ(test, st->reliability, NPV_PREFERENCE_AVOID);
	KUNIT_EXPECT_EQ(test, st->order, NPV_PREFERENCE_AVOID);
	for (i = 0; i < ARRAY_SIZE(options); i++)
		KUNIT_EXPECT_EQ(test, say(st, &stream, options[i], 0, -1), 0);
	KUNIT_EXPECT_EQ(test, st->reliability, NPV_PREFERENCE_REQUIRE);
	KUNIT_EXPECT_EQ(test, st->order, NPV_PREFERENCE_REQUIRE);
}

static void npv_stated_apply__order_of_datagrams_needs_reliability(struct kunit *test)
{
	struct npv_stated *st = stated_of(test, &dgram);

	KUNIT_EXPECT_EQ(test, st->reliability, NPV_PREFERENCE_NONE);
	KUNIT_EXPECT_EQ(test, say(st, &dgram, NPV_PRESERVE_ORDER, 0,
				  NPV_PREFERENCE_REQUIRE), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, say(st, &dgram, NPV_PRESERVE_ORDER, 0,
				  NPV_PREFERENCE_PREFER), 0);
	KUNIT_EXPECT_EQ(test, say(st, &dgram, NPV_RELIABILITY, 0,
				  NPV_PREFERENCE_REQUIRE), 0);
	KUNIT_EXPECT_EQ(test, say(st, &dgram, NPV_PRESERVE_ORDER, 0,
				  NPV_PREFERENCE_REQUIRE), 0);
	KUNIT_EXPECT_EQ(test, say(st, &dgram, NPV_RELIABILITY, 0, NPV_PREFERENCE_AVOID),
			-EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, st->reliability, NPV_PREFERENCE_REQUIRE);
	KUNIT_EXPECT_EQ(test, say(st, &dgram, NPV_PRESERVE_ORDER, 0, -1), 0);
	KUNIT_EXPECT_EQ(test, say(st, &dgram, NPV_RELIABILITY, 0,
				  NPV_PREFERENCE_PROHIBIT), 0);
}

static void npv_stated_apply__transports(struct kunit *test)
{
	struct npv_stated *st = stated_of(test, &stream);

	KUNIT_EXPECT_EQ(test, say(st, &stream, NPV_PREFER_TRANSPORT, NPV_TRANSPORT_TCP,
				  NPV_PREFERENCE_PROHIBIT), 0);
	KUNIT_EXPECT_EQ(test, say(st, &stream, NPV_PREFER_TRANSPORT, NPV_TRANSPORT_UDP,
				  NPV_PREFERENCE_PREFER), 0);
	KUNIT_EXPECT_EQ(test, say(st, &stream, NPV_PREFER_TRANSPORT, 2, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, say(st, &stream, NPV_PREFER_TRANSPORT, 0, 5), -EINVAL);
	KUNIT_EXPECT_EQ(test, st->says.transport[NPV_TRANSPORT_TCP],
			NPV_PREFERENCE_PROHIBIT);
	KUNIT_EXPECT_EQ(test, st->says.transport[NPV_TRANSPORT_UDP],
			NPV_PREFERENCE_PREFER);
	KUNIT_EXPECT_EQ(test, say(st, &dgram, NPV_PREFER_TRANSPORT, NPV_TRANSPORT_UDP,
				  NPV_PREFERENCE_PROHIBIT), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, say(st, &dgram, NPV_PREFER_TRANSPORT, NPV_TRANSPORT_TCP,
				  NPV_PREFERENCE_REQUIRE), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, say(st, &dgram, NPV_PREFER_TRANSPORT, NPV_TRANSPORT_TCP,
				  NPV_PREFERENCE_PROHIBIT), 0);
}

static void npv_stated_apply__networks(struct kunit *test)
{
	struct npv_stated *st = stated_of(test, &stream);

	KUNIT_EXPECT_EQ(test, say(st, &stream, NPV_PREFER_NETWORK, NPV_NETWORK_IPV4,
				  NPV_PREFERENCE_PROHIBIT), 0);
	KUNIT_EXPECT_EQ(test, say(st, &stream, NPV_PREFER_NETWORK, NPV_NETWORK_IPV6,
				  NPV_PREFERENCE_AVOID), 0);
	KUNIT_EXPECT_EQ(test, st->says.network[0], NPV_PREFERENCE_PROHIBIT);
	KUNIT_EXPECT_EQ(test, st->says.network[1], NPV_PREFERENCE_AVOID);
	KUNIT_EXPECT_EQ(test, say(st, &stream, NPV_PREFER_NETWORK, NPV_NETWORK_ANY, 0),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, say(st, &stream, NPV_PREFER_NETWORK, 3, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, say(st, &stream4, NPV_PREFER_NETWORK, NPV_NETWORK_IPV4,
				  NPV_PREFERENCE_PROHIBIT), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, say(st, &stream4, NPV_PREFER_NETWORK, NPV_NETWORK_IPV6,
				  NPV_PREFERENCE_REQUIRE), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, say(st, &stream4, NPV_TEMPORARY_ADDRESS, 0,
				  NPV_PREFERENCE_REQUIRE), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, say(st, &stream4, NPV_TEMPORARY_ADDRESS, 0,
				  NPV_PREFERENCE_PREFER), 0);
}

static void npv_stated_apply__interfaces(struct kunit *test)
{
	static const char * const bad[] = {
		"", ".", "..", "a/b", "a b", "a:1", "e*h", "0123456789abcdef",
	};
	struct npv_stated *st = stated_of(test, &stream);
	char name[IFNAMSIZ];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, say_text(st, NPV_PREFER_INTERFACE, bad[i], 1),
				    -EINVAL, "%s", bad[i]);
	KUNIT_EXPECT_EQ(test, say_text(st, NPV_PREFER_INTERFACE, "eth0", 5), -EINVAL);
	/* To forget what isn't known is no error. */
	KUNIT_EXPECT_EQ(test, say_text(st, NPV_PREFER_INTERFACE, "eth0", 0), 0);
	KUNIT_EXPECT_EQ(test, st->says.n_interfaces, 0);

	for (i = 0; i < NPV_INTERFACES_MAX; i++) {
		snprintf(name, sizeof(name), "eth%u*", i);
		KUNIT_EXPECT_EQ(test, say_text(st, NPV_PREFER_INTERFACE, name,
					       NPV_PREFERENCE_PREFER), 0);
	}
	KUNIT_EXPECT_EQ(test, say_text(st, NPV_PREFER_INTERFACE, "more",
				       NPV_PREFERENCE_PREFER), -ENOSPC);
	/* One that is known is no further one. */
	KUNIT_EXPECT_EQ(test, say_text(st, NPV_PREFER_INTERFACE, "eth3*",
				       NPV_PREFERENCE_AVOID), 0);
	KUNIT_EXPECT_EQ(test, st->says.interface[3].preference, NPV_PREFERENCE_AVOID);
	KUNIT_EXPECT_EQ(test, say_text(st, NPV_PREFER_INTERFACE, "eth0*",
				       NPV_PREFERENCE_NONE), 0);
	KUNIT_EXPECT_EQ(test, st->says.n_interfaces, NPV_INTERFACES_MAX - 1);
	KUNIT_EXPECT_STREQ(test, st->says.interface[0].name, "eth1*");
	KUNIT_EXPECT_STREQ(test, st->says.interface[2].name, "eth3*");
	KUNIT_EXPECT_EQ(test, st->says.interface[2].preference, NPV_PREFERENCE_AVOID);
	KUNIT_EXPECT_STREQ(test, st->says.interface[NPV_INTERFACES_MAX - 1].name, "");
	KUNIT_EXPECT_EQ(test, say_text(st, NPV_PREFER_INTERFACE, "more",
				       NPV_PREFERENCE_REQUIRE), 0);
	KUNIT_EXPECT_STREQ(test, st->says.interface[NPV_INTERFACES_MAX - 1].name, "more");
}

static void npv_stated_apply__names(struct kunit *test)
{
	struct npv_stated *st = stated_of(test, &stream);
	char name[NPV_PEER_NAME_MAX + 1];

	KUNIT_EXPECT_EQ(test, say_text(st, NPV_PEER_NAME, "WWW.Example.ORG.", 0), 0);
	KUNIT_EXPECT_STREQ(test, st->name, "www.example.org");
	KUNIT_EXPECT_EQ(test, say_text(st, NPV_PEER_NAME, "a b", 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, say_text(st, NPV_PEER_NAME, "a\n", 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, say_text(st, NPV_PEER_NAME, ".", 0), -EINVAL);
	KUNIT_EXPECT_STREQ(test, st->name, "www.example.org");
	/* What isn't ASCII stays as it is. */
	KUNIT_EXPECT_EQ(test, say_text(st, NPV_PEER_NAME, "B\xc3\x9cro", 0), 0);
	KUNIT_EXPECT_STREQ(test, st->name, "b\xc3\x9cro");

	memset(name, 'a', sizeof(name));
	name[NPV_PEER_NAME_MAX] = '\0';
	KUNIT_EXPECT_EQ(test, say_text(st, NPV_PEER_NAME, name, 0), -EINVAL);
	name[NPV_PEER_NAME_MAX - 1] = '.';
	KUNIT_EXPECT_EQ(test, say_text(st, NPV_PEER_NAME, name, 0), 0);
	KUNIT_EXPECT_EQ(test, strlen(st->name), NPV_PEER_NAME_MAX - 1);
	KUNIT_EXPECT_EQ(test, say_text(st, NPV_PEER_NAME, "", 0), 0);
	KUNIT_EXPECT_STREQ(test, st->name, "");

	KUNIT_EXPECT_EQ(test, say_text(st, NPV_PROFILE, "bulk", 0), 0);
	KUNIT_EXPECT_STREQ(test, st->profile, "bulk");
	name[NPV_PROFILE_NAME_MAX] = '\0';
	KUNIT_EXPECT_EQ(test, say_text(st, NPV_PROFILE, name, 0), -EINVAL);
	KUNIT_EXPECT_STREQ(test, st->profile, "bulk");
	KUNIT_EXPECT_EQ(test, say_text(st, NPV_PROFILE, "", 0), 0);
	KUNIT_EXPECT_STREQ(test, st->profile, "");
}

static struct kunit_case stated_cases[] = {
	KUNIT_CASE(npv_stated_apply__enums),
	KUNIT_CASE(npv_stated_apply__reliability_of_streams),
	KUNIT_CASE(npv_stated_apply__order_of_datagrams_needs_reliability),
	KUNIT_CASE(npv_stated_apply__transports),
	KUNIT_CASE(npv_stated_apply__networks),
	KUNIT_CASE(npv_stated_apply__interfaces),
	KUNIT_CASE(npv_stated_apply__names),
	{}
};

static struct kunit_suite stated_suite = {
	.name = "npv_stated",
	.test_cases = stated_cases,
};

kunit_test_suite(stated_suite);
