// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of endpoint_find.c, which includes this file. */

#include <kunit/test.h>

static struct in6_addr v4(u32 addr)
{
	struct in6_addr in6;

	ipv6_addr_set_v4mapped(htonl(addr), &in6);
	return in6;
}

static void npv_endpoint_find__link_type(struct kunit *test)
{
	static const struct {
		u16 type;
		const char *devtype;
		enum npv_link_type want;
	} link[] = {
		{ ARPHRD_ETHER, NULL, NPV_LINK_TYPE_ETHERNET },
		{ ARPHRD_ETHER, "bridge", NPV_LINK_TYPE_ETHERNET },
		{ ARPHRD_ETHER, "wlan", NPV_LINK_TYPE_WIFI },
		{ ARPHRD_ETHER, "wwan", NPV_LINK_TYPE_WWAN },
		{ ARPHRD_ETHER, "vxlan", NPV_LINK_TYPE_TUNNEL },
		{ ARPHRD_IEEE80211_RADIOTAP, NULL, NPV_LINK_TYPE_WIFI },
		{ ARPHRD_RAWIP, NULL, NPV_LINK_TYPE_WWAN },
		{ ARPHRD_NONE, "wwan", NPV_LINK_TYPE_WWAN },
		{ ARPHRD_NONE, "wireguard", NPV_LINK_TYPE_TUNNEL },
		{ ARPHRD_IPGRE, NULL, NPV_LINK_TYPE_TUNNEL },
		{ ARPHRD_6LOWPAN, NULL, NPV_LINK_TYPE_LOW_POWER },
		{ ARPHRD_PPP, NULL, NPV_LINK_TYPE_OTHER },
		{ ARPHRD_INFINIBAND, NULL, NPV_LINK_TYPE_OTHER },
	};
	struct net_device *dev = kunit_kzalloc(test, sizeof(*dev), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	for (i = 0; i < ARRAY_SIZE(link); i++) {
		const struct device_type type = { .name = link[i].devtype };

		dev->type = link[i].type;
		dev->dev.type = type.name ? &type : NULL;
		KUNIT_EXPECT_EQ_MSG(test, link_type(dev), link[i].want,
				    "type %u, %s", link[i].type,
				    link[i].devtype ?: "none");
	}
}

static void npv_endpoint_find__named(struct kunit *test)
{
	const struct npv_named named[] = {
		{ .id = 1, .ifname = "wlan0" },
		{ .id = 2, .ifname = "wlan0" },
		{ .id = 3, .addr = v4(0x0a000001) },
		{ .id = 4, .addr = v4(0x0a000001), .ifname = "eth0" },
		{ .id = 5, .addr = v4(0x0a000001) },
		{ .id = 6, .addr = v4(0x0a000001), .ifname = "eth0" },
		{ .id = 7, .ifname = "eth0" },
		{ .id = 8, .addr = v4(0x0a000009), .ifname = "eth0" },
	};
	static const struct {
		u32 addr;
		const char *ifname;
		unsigned int fits;
		u32 id;
	} want[] = {
		{ 0x0a000001, "eth0", NAMED_BOTH, 4 },
		{ 0x0a000001, "wlan0", NAMED_ADDR, 3 },
		{ 0x0a000001, "eth", NAMED_ADDR, 3 },
		{ 0x0a000002, "wlan0", NAMED_INTERFACE, 1 },
		{ 0x0a000002, "eth0", NAMED_INTERFACE, 7 },
		{ 0x0a000009, "eth0", NAMED_BOTH, 8 },
		{ 0x0a000009, "wlan1", NAMED_NOTHING, 0 },
		{ 0x0a000002, "eth1", NAMED_NOTHING, 0 },
	};
	const struct npv_named *list[ARRAY_SIZE(named)], *found;
	unsigned int i, fits;

	for (i = 0; i < ARRAY_SIZE(named); i++)
		list[i] = &named[i];
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		struct in6_addr addr = v4(want[i].addr);

		found = named_find(list, ARRAY_SIZE(list), &addr, want[i].ifname,
				   &fits);
		KUNIT_EXPECT_EQ_MSG(test, found ? found->id : 0, want[i].id, "%u", i);
		KUNIT_EXPECT_EQ_MSG(test, fits, want[i].fits, "%u", i);
	}
}

/* What an operator has named just so is an endpoint, whatever else is there. */
static void npv_endpoint_find__add(struct kunit *test)
{
	struct npv_named one = {
		.id = 5, .addr = v4(0x0a000001), .set = { .cost = 3, .weight = 7 },
	};
	struct npv_named other = { .id = 6, .ifname = "eth0", .set.weight = 8 };
	struct npv_named *list[] = { &one, &other };
	struct npv_policy policy = { .n_named = 2, .named = list };
	struct find f = { .policy = &policy };
	struct in6_addr addr = v4(0x0a000001);
	struct net_device *dev;
	unsigned int i;

	dev = kunit_kzalloc(test, sizeof(*dev), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	strscpy(dev->name, "eth0");
	dev->ifindex = 9;
	dev->flags = IFF_UP;
	set_bit(__LINK_STATE_START, &dev->state);
	f.dev = dev;
	f.eps = kunit_kzalloc(test, struct_size(f.eps, endpoint, NPV_ENDPOINTS_MAX),
			      GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f.eps);

	KUNIT_EXPECT_TRUE(test, find_add(&f, &addr, false, false));
	KUNIT_EXPECT_EQ(test, f.eps->endpoint[0].named, 5);
	KUNIT_EXPECT_EQ(test, f.eps->endpoint[0].set.cost, 3);
	addr = v4(0x0a000002);
	KUNIT_EXPECT_FALSE(test, find_add(&f, &addr, false, false));
	KUNIT_EXPECT_TRUE(test, find_add(&f, &addr, true, true));
	KUNIT_EXPECT_EQ(test, f.eps->endpoint[1].named, 6);
	KUNIT_EXPECT_TRUE(test, f.eps->endpoint[1].temporary);
	KUNIT_EXPECT_TRUE(test, f.eps->endpoint[1].up);

	strscpy(dev->name, "eth1");
	for (i = 2; i < NPV_ENDPOINTS_MAX; i++)
		KUNIT_EXPECT_TRUE(test, find_add(&f, &addr, false, true));
	KUNIT_EXPECT_EQ(test, f.eps->endpoint[2].named, 0);
	KUNIT_EXPECT_EQ(test, f.eps->endpoint[2].set.weight, NPV_ENDPOINT_WEIGHT);
	KUNIT_EXPECT_FALSE(test, find_add(&f, &addr, false, true));
	KUNIT_EXPECT_EQ(test, f.eps->n, NPV_ENDPOINTS_MAX);
}

static struct kunit_case endpoint_find_cases[] = {
	KUNIT_CASE(npv_endpoint_find__link_type),
	KUNIT_CASE(npv_endpoint_find__named),
	KUNIT_CASE(npv_endpoint_find__add),
	{}
};

static struct kunit_suite endpoint_find_suite = {
	.name = "npv_endpoint_find",
	.test_cases = endpoint_find_cases,
};

kunit_test_suite(endpoint_find_suite);
