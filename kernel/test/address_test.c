// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of address.c, which includes this file. */

#include <kunit/test.h>

static void npv_addrs_parse__in(struct kunit *test)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(80),
		.sin_addr.s_addr = htonl(0xc0000201),
	};
	struct npv_addrs addrs;
	int len;

	for (len = 0; len <= (int)sizeof(sin); len++)
		KUNIT_EXPECT_EQ_MSG(test,
				    npv_addrs_parse(&addrs,
						    (struct sockaddr *)&sin,
						    len),
				    len < (int)sizeof(sin) ? -EINVAL : 0,
				    "length %d", len);

	KUNIT_EXPECT_EQ(test, addrs.family, AF_INET);
	KUNIT_EXPECT_EQ(test, ntohs(addrs.port), 80);
	KUNIT_EXPECT_EQ(test, addrs.count, 1);
	KUNIT_EXPECT_TRUE(test, ipv6_addr_v4mapped(&addrs.addr[0]));
	KUNIT_EXPECT_EQ(test, ntohl(addrs.addr[0].s6_addr32[3]), 0xc0000201);
}

static void npv_addrs_parse__in6(struct kunit *test)
{
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(80),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
		.sin6_scope_id = 7,
	};
	struct npv_addrs addrs;
	int len;

	for (len = 0; len <= (int)sizeof(sin6); len++)
		KUNIT_EXPECT_EQ_MSG(test,
				    npv_addrs_parse(&addrs,
						    (struct sockaddr *)&sin6,
						    len),
				    len < SIN6_LEN_RFC2133 ? -EINVAL : 0,
				    "length %d", len);

	KUNIT_EXPECT_EQ(test, addrs.scope_id, 7);
	KUNIT_EXPECT_TRUE(test, ipv6_addr_equal(&addrs.addr[0],
						&in6addr_loopback));

	/* RFC 2133 had no scope. */
	npv_addrs_parse(&addrs, (struct sockaddr *)&sin6, SIN6_LEN_RFC2133);
	KUNIT_EXPECT_EQ(test, addrs.scope_id, 0);
}

static void npv_addrs_parse__npv(struct kunit *test)
{
	struct sockaddr_npv snpv = {
		.snpv_family = npv_family_nr,
		.snpv_port = htons(80),
	};
	struct sockaddr *uaddr = (struct sockaddr *)&snpv;
	struct npv_addrs addrs;
	unsigned int count;
	int len, need;

	KUNIT_EXPECT_LE(test, sizeof(snpv), sizeof(struct sockaddr_storage));

	for (count = 0; count <= 255; count++) {
		snpv.snpv_count = count;
		need = offsetof(struct sockaddr_npv, snpv_addr) +
		       count * sizeof(struct in6_addr);
		for (len = 0; len <= (int)sizeof(snpv); len++)
			KUNIT_ASSERT_EQ_MSG(test,
					    npv_addrs_parse(&addrs, uaddr,
							    len),
					    count > NPV_ADDR_MAX || len < need ?
					    -EINVAL : 0,
					    "count %u length %d", count, len);
	}

	snpv.snpv_count = 1;
	snpv.snpv_flags = 1;
	KUNIT_EXPECT_EQ(test, npv_addrs_parse(&addrs, uaddr, sizeof(snpv)),
			-EINVAL);
	snpv.snpv_flags = 0;
	snpv.__snpv_pad = 1;
	KUNIT_EXPECT_EQ(test, npv_addrs_parse(&addrs, uaddr, sizeof(snpv)),
			-EINVAL);
}

static void npv_addrs_parse__other_family(struct kunit *test)
{
	struct sockaddr_storage ss = {};
	struct npv_addrs addrs;
	unsigned int family;

	for (family = 0; family <= U16_MAX; family++) {
		if (family == AF_INET || family == AF_INET6 ||
		    family == npv_family_nr)
			continue;
		ss.ss_family = family;
		KUNIT_ASSERT_EQ_MSG(test,
				    npv_addrs_parse(&addrs,
						    (struct sockaddr *)&ss,
						    sizeof(ss)),
				    -EAFNOSUPPORT, "family %u", family);
	}
}

/* Every address of either kind survives the way out and back in. */
static void npv_addr_build__round_trip(struct kunit *test)
{
	static const char * const text[] = {
		"::", "::1", "fe80::1", "2001:db8::1", "::ffff:192.0.2.1",
		"ff02::1", "::ffff:0.0.0.0", "::ffff:255.255.255.255",
	};
	sa_family_t families[] = { AF_INET, AF_INET6, npv_family_nr };
	struct sockaddr_storage ss;
	struct npv_addrs addrs;
	struct in6_addr addr;
	unsigned int i, f;
	bool linklocal;
	int len, err;

	for (i = 0; i < ARRAY_SIZE(text); i++) {
		KUNIT_ASSERT_EQ(test, in6_pton(text[i], -1, addr.s6_addr, -1,
					       NULL), 1);
		linklocal = text[i][0] == 'f';
		for (f = 0; f < ARRAY_SIZE(families); f++) {
			len = npv_addr_build(&ss, families[f], &addr,
					     htons(4711), 3);
			if (families[f] == AF_INET &&
			    !ipv6_addr_v4mapped(&addr)) {
				KUNIT_EXPECT_EQ(test, len, -EAFNOSUPPORT);
				continue;
			}
			KUNIT_ASSERT_GT(test, len, 0);
			err = npv_addrs_parse(&addrs, (struct sockaddr *)&ss,
					      len);
			KUNIT_ASSERT_EQ(test, err, 0);
			KUNIT_EXPECT_EQ(test, ntohs(addrs.port), 4711);
			KUNIT_EXPECT_TRUE_MSG(test,
					      ipv6_addr_equal(&addrs.addr[0],
							      &addr),
					      "%s by family %u", text[i],
					      families[f]);
			if (linklocal && families[f] != AF_INET)
				KUNIT_EXPECT_EQ(test, addrs.scope_id,
						text[i][1] == 'e' ||
						text[i][2] == '0' ? 3 : 0);
		}
	}
}

static void npv_addr_rename__foreign(struct kunit *test)
{
	struct sockaddr_storage ss = {};
	struct sockaddr_in *sin = (struct sockaddr_in *)&ss;
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&ss;
	bool foreign = false;

	/* An IPv6 peer of an AF_INET program is RFC 7600's dummy. */
	sin6->sin6_family = AF_INET6;
	sin6->sin6_port = htons(1234);
	sin6->sin6_addr = in6addr_loopback;
	KUNIT_EXPECT_EQ(test, npv_addr_rename(&ss, AF_INET, &foreign),
			(int)sizeof(*sin));
	KUNIT_EXPECT_TRUE(test, foreign);
	KUNIT_EXPECT_EQ(test, sin->sin_family, AF_INET);
	KUNIT_EXPECT_EQ(test, ntohs(sin->sin_port), 1234);
	KUNIT_EXPECT_EQ(test, ntohl(sin->sin_addr.s_addr), 0xc0000008);
}

static void npv_addr_rename__any(struct kunit *test)
{
	struct sockaddr_storage ss = {};
	struct sockaddr_in *sin = (struct sockaddr_in *)&ss;
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&ss;
	bool foreign = false;

	sin6->sin6_family = AF_INET6;
	npv_addr_rename(&ss, AF_INET, &foreign);
	KUNIT_EXPECT_EQ(test, sin->sin_family, AF_INET);
	KUNIT_EXPECT_EQ(test, ntohl(sin->sin_addr.s_addr), 0);

	npv_addr_rename(&ss, AF_INET6, &foreign);
	KUNIT_EXPECT_EQ(test, sin6->sin6_family, AF_INET6);
	KUNIT_EXPECT_TRUE(test, ipv6_addr_any(&sin6->sin6_addr));
	KUNIT_EXPECT_FALSE(test, foreign);
}

static struct kunit_case address_cases[] = {
	KUNIT_CASE(npv_addrs_parse__in),
	KUNIT_CASE(npv_addrs_parse__in6),
	KUNIT_CASE(npv_addrs_parse__npv),
	KUNIT_CASE(npv_addrs_parse__other_family),
	KUNIT_CASE(npv_addr_build__round_trip),
	KUNIT_CASE(npv_addr_rename__foreign),
	KUNIT_CASE(npv_addr_rename__any),
	{}
};

static struct kunit_suite address_suite = {
	.name = "npv_address",
	.test_cases = address_cases,
};

kunit_test_suite(address_suite);
