// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of endpoint.c, which includes this file. */

#include <kunit/test.h>

/* Addresses 10.0.0.@at at interface @ifindex, all of which are up */
static struct npv_endpoints *some(struct kunit *test, unsigned int n, const u8 *at,
				  int ifindex)
{
	struct npv_endpoints *eps = endpoints_alloc(n, GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, eps);
	for (i = 0; i < n; i++) {
		ipv6_addr_set_v4mapped(htonl(0x0a000000 + at[i]),
				       &eps->endpoint[i].addr);
		eps->endpoint[i].ifindex = ifindex;
		eps->endpoint[i].up = true;
	}
	return eps;
}

static void npv_endpoints__ids_stay(struct kunit *test)
{
	static const u8 before[] = { 1, 2, 3 }, after[] = { 9, 3, 1 };
	struct npv_endpoints *none = endpoints_alloc(0, GFP_KERNEL);
	struct npv_endpoints *old = some(test, 3, before, 4);
	struct npv_endpoints *eps = some(test, 3, after, 4);
	struct npv_endpoints *moved = some(test, 3, after, 5);
	u32 last = 0;

	KUNIT_ASSERT_NOT_NULL(test, none);
	endpoints_inherit(old, none, true, &last);
	KUNIT_EXPECT_EQ(test, old->endpoint[0].id, NPV_ENDPOINT_FOUND + 1);
	KUNIT_EXPECT_EQ(test, old->endpoint[2].id, NPV_ENDPOINT_FOUND + 3);

	/* Whether its link is up doesn't matter. */
	old->endpoint[2].up = false;
	endpoints_inherit(eps, old, true, &last);
	KUNIT_EXPECT_EQ(test, eps->endpoint[0].id, NPV_ENDPOINT_FOUND + 4);
	KUNIT_EXPECT_EQ(test, eps->endpoint[1].id, NPV_ENDPOINT_FOUND + 3);
	KUNIT_EXPECT_EQ(test, eps->endpoint[2].id, NPV_ENDPOINT_FOUND + 1);

	/* At another interface it is another. */
	endpoints_inherit(moved, eps, true, &last);
	KUNIT_EXPECT_EQ(test, moved->endpoint[0].id, NPV_ENDPOINT_FOUND + 5);

	/* However many there have been, found ones are told from others. */
	last = U32_MAX;
	endpoints_inherit(moved, none, true, &last);
	KUNIT_EXPECT_GE(test, moved->endpoint[0].id, NPV_ENDPOINT_FOUND);

	npv_endpoints_put(none);
	npv_endpoints_put(old);
	npv_endpoints_put(eps);
	npv_endpoints_put(moved);
}

static void npv_endpoints__speeds(struct kunit *test)
{
	static const u8 at[] = { 1, 2 };
	struct npv_endpoints *old = some(test, 1, at, 4);
	struct npv_endpoints *eps = some(test, 2, at, 4);
	u32 last = 0;

	old->endpoint[0].link_speed = 1000;
	eps->endpoint[0].up = false;
	endpoints_inherit(eps, old, true, &last);
	KUNIT_EXPECT_EQ(test, eps->endpoint[0].link_speed, 0);
	KUNIT_EXPECT_EQ(test, eps->endpoint[1].link_speed, 1000);
	/* A driver has been asked. */
	eps->endpoint[1].link_speed = 10;
	endpoints_inherit(eps, old, false, &last);
	KUNIT_EXPECT_EQ(test, eps->endpoint[1].link_speed, 10);

	npv_endpoints_put(old);
	npv_endpoints_put(eps);
}

static void npv_endpoints__equal(struct kunit *test)
{
	static const u8 at[] = { 1, 2 };
	struct npv_endpoints *a = some(test, 2, at, 4), *b = some(test, 2, at, 4);
	struct npv_endpoints *less = some(test, 1, at, 4);
	struct npv_endpoint *ep = &b->endpoint[1];
	const struct npv_endpoint was = *ep;

	KUNIT_EXPECT_TRUE(test, endpoints_equal(a, b));
	KUNIT_EXPECT_FALSE(test, endpoints_equal(a, less));
	b->generation++;
	KUNIT_EXPECT_TRUE(test, endpoints_equal(a, b));

#define DIFFERS(change) do {						\
	change;								\
	KUNIT_EXPECT_FALSE_MSG(test, endpoints_equal(a, b), #change);	\
	*ep = was;							\
} while (0)
	DIFFERS(ep->addr.s6_addr[15]++);
	DIFFERS(ep->id++);
	DIFFERS(ep->named++);
	DIFFERS(ep->ifindex++);
	DIFFERS(ep->ifname[0] = 'e');
	DIFFERS(ep->up = false);
	DIFFERS(ep->temporary = true);
	DIFFERS(ep->link_type++);
	DIFFERS(ep->link_speed++);
	DIFFERS(ep->set.cost++);
	DIFFERS(ep->set.weight++);
	DIFFERS(ep->set.backup = true);
	DIFFERS(ep->set.metered = true);
	DIFFERS(ep->set.disabled = true);
	DIFFERS(ep->set.max_rate++);
#undef DIFFERS
	KUNIT_EXPECT_TRUE(test, endpoints_equal(a, b));

	npv_endpoints_put(a);
	npv_endpoints_put(b);
	npv_endpoints_put(less);
}

static void npv_endpoints__goes(struct kunit *test)
{
	static const u8 at[] = { 1, 2, 3 };
	struct npv_endpoints *old = some(test, 3, at, 4), *eps;
	const struct in6_addr *addr = &old->endpoint[1].addr;

	old->endpoint[2].ifindex = 5;
	KUNIT_EXPECT_TRUE(test, endpoints_has(old, 4, addr));
	KUNIT_EXPECT_FALSE(test, endpoints_has(old, 5, addr));
	eps = endpoints_without(old, 4, addr);
	KUNIT_ASSERT_NOT_NULL(test, eps);
	KUNIT_EXPECT_EQ(test, eps->n, 2);
	KUNIT_EXPECT_NULL(test, npv_endpoints_find(eps, addr));
	npv_endpoints_put(eps);

	KUNIT_EXPECT_FALSE(test, endpoints_has(old, 6, NULL));
	KUNIT_EXPECT_TRUE(test, endpoints_has(old, 4, NULL));
	eps = endpoints_without(old, 4, NULL);
	KUNIT_ASSERT_NOT_NULL(test, eps);
	KUNIT_EXPECT_EQ(test, eps->n, 3);
	KUNIT_EXPECT_FALSE(test, eps->endpoint[0].up);
	KUNIT_EXPECT_FALSE(test, eps->endpoint[1].up);
	KUNIT_EXPECT_TRUE(test, eps->endpoint[2].up);
	KUNIT_EXPECT_FALSE(test, endpoints_has(eps, 4, NULL));
	npv_endpoints_put(eps);
	npv_endpoints_put(old);
}

static void npv_endpoints_find__up_before_down(struct kunit *test)
{
	static const u8 at[] = { 1, 1, 2 };
	struct npv_endpoints *eps = some(test, 3, at, 4);
	const struct in6_addr *addr = &eps->endpoint[0].addr;

	KUNIT_EXPECT_PTR_EQ(test, npv_endpoints_find(eps, addr), &eps->endpoint[0]);
	eps->endpoint[0].up = false;
	KUNIT_EXPECT_PTR_EQ(test, npv_endpoints_find(eps, addr), &eps->endpoint[1]);
	eps->endpoint[1].up = false;
	KUNIT_EXPECT_PTR_EQ(test, npv_endpoints_find(eps, addr), &eps->endpoint[0]);
	KUNIT_EXPECT_NULL(test, npv_endpoints_find(eps, &in6addr_any));
	npv_endpoints_put(eps);
}

static struct kunit_case endpoint_cases[] = {
	KUNIT_CASE(npv_endpoints__ids_stay),
	KUNIT_CASE(npv_endpoints__speeds),
	KUNIT_CASE(npv_endpoints__equal),
	KUNIT_CASE(npv_endpoints__goes),
	KUNIT_CASE(npv_endpoints_find__up_before_down),
	{}
};

static struct kunit_suite endpoint_suite = {
	.name = "npv_endpoints",
	.test_cases = endpoint_cases,
};

kunit_test_suite(endpoint_suite);
