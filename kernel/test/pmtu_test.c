// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of pmtu.c, which includes this file. */

#include <kunit/test.h>

static struct npv_pmtu pmtu;
static u64 pmtu_now;

/*
 * A path that carries @mtu: probes until nothing is due for a while.
 * Return: how many it took
 */
static unsigned int settle(u16 mtu)
{
	unsigned int n = 0;
	u16 size;

	while (npv_pmtu_due(&pmtu) && npv_pmtu_due(&pmtu) <= pmtu_now) {
		size = npv_pmtu_probe(&pmtu, pmtu_now);
		pmtu_now += 20000;
		n++;
		if (size <= mtu)
			npv_pmtu_acked(&pmtu, size, true, pmtu_now);
		else
			npv_pmtu_lost(&pmtu, size, true, pmtu_now);
		if (n > 100)
			break;
	}
	return n;
}

static void npv_pmtu__finds(struct kunit *test)
{
	static const u16 paths[] = {
		1200, 1208, 1252, 1272, 1280, 1372, 1400, 1432, 1452, 1471, 1472,
		2000, 4000, 8952, 8972,
	};
	unsigned int i, n;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		pmtu_now = 1000000;
		npv_pmtu_init(&pmtu, 548, 8972, pmtu_now);
		KUNIT_EXPECT_EQ(test, pmtu.size, 1200);
		n = settle(paths[i]);
		KUNIT_EXPECT_LE(test, pmtu.size, paths[i]);
		KUNIT_EXPECT_GE(test, pmtu.size + STEP, paths[i]);
		/* three for each that is too large */
		KUNIT_EXPECT_LE(test, n, 3 * 11);
	}
}

/* Most often the interface's is the path's: one probe, and no more ever. */
static void npv_pmtu__interface(struct kunit *test)
{
	pmtu_now = 1000000;
	npv_pmtu_init(&pmtu, 548, 1472, pmtu_now);
	KUNIT_EXPECT_EQ(test, settle(1472), 1);
	KUNIT_EXPECT_EQ(test, pmtu.size, 1472);
	KUNIT_EXPECT_EQ(test, npv_pmtu_due(&pmtu), 0);
}

/* An interface that carries less than the base, and one of less than must be */
static void npv_pmtu__narrow(struct kunit *test)
{
	npv_pmtu_init(&pmtu, 548, 800, 1000000);
	KUNIT_EXPECT_EQ(test, pmtu.size, 800);
	KUNIT_EXPECT_EQ(test, npv_pmtu_due(&pmtu), 0);
	npv_pmtu_init(&pmtu, 548, 40, 1000000);
	KUNIT_EXPECT_EQ(test, pmtu.size, 548);
	npv_pmtu_init(&pmtu, 1232, 1452, 1000000);
	KUNIT_EXPECT_EQ(test, pmtu.size, 1232);
}

/* One probe at a time; a lost one is sent again, twice. */
static void npv_pmtu__again(struct kunit *test)
{
	npv_pmtu_init(&pmtu, 548, 1472, 1000000);
	KUNIT_EXPECT_EQ(test, npv_pmtu_probe(&pmtu, 999999), 0);
	KUNIT_EXPECT_EQ(test, npv_pmtu_probe(&pmtu, 1000000), 1472);
	KUNIT_EXPECT_EQ(test, npv_pmtu_probe(&pmtu, 1000001), 0);
	npv_pmtu_lost(&pmtu, 1472, true, 1000002);
	KUNIT_EXPECT_EQ(test, npv_pmtu_probe(&pmtu, 1000002), 1472);
	npv_pmtu_lost(&pmtu, 1472, true, 1000003);
	KUNIT_EXPECT_EQ(test, npv_pmtu_probe(&pmtu, 1000003), 1472);
	/* that of another size, or that was given up, says nothing */
	npv_pmtu_acked(&pmtu, 1300, true, 1000004);
	KUNIT_EXPECT_EQ(test, pmtu.size, 1200);
	npv_pmtu_lost(&pmtu, 1472, true, 1000004);
	KUNIT_EXPECT_EQ(test, npv_pmtu_probe(&pmtu, 1000004), 1336);
	npv_pmtu_acked(&pmtu, 1336, true, 1000005);
	KUNIT_EXPECT_EQ(test, pmtu.size, 1336);
}

/* Ten minutes later it is looked at again. */
static void npv_pmtu__raise(struct kunit *test)
{
	u64 done;

	pmtu_now = 1000000;
	npv_pmtu_init(&pmtu, 548, 1472, pmtu_now);
	settle(1400);
	done = pmtu_now;
	KUNIT_EXPECT_EQ(test, npv_pmtu_due(&pmtu), done + 600000000);
	pmtu_now = done + 600000000;
	settle(1472);
	KUNIT_EXPECT_EQ(test, pmtu.size, 1472);
}

/* The path becomes narrower under way: in two steps, if it must be. */
static void npv_pmtu__falls(struct kunit *test)
{
	pmtu_now = 1000000;
	npv_pmtu_init(&pmtu, 548, 8972, pmtu_now);
	settle(8972);
	KUNIT_EXPECT_EQ(test, pmtu.size, 8972);

	/* Losses of which some got through mean nothing. */
	npv_pmtu_lost(&pmtu, 8972, false, pmtu_now);
	npv_pmtu_lost(&pmtu, 8972, false, pmtu_now);
	npv_pmtu_lost(&pmtu, 8972, false, pmtu_now);
	npv_pmtu_acked(&pmtu, 8972, false, pmtu_now);
	KUNIT_EXPECT_FALSE(test, npv_pmtu_lost(&pmtu, 8972, false, pmtu_now));

	/* Small ones that do get through don't count, nor small ones lost. */
	npv_pmtu_acked(&pmtu, 100, false, pmtu_now);
	npv_pmtu_lost(&pmtu, 100, false, pmtu_now);
	KUNIT_EXPECT_FALSE(test, npv_pmtu_lost(&pmtu, 8972, false, pmtu_now));
	KUNIT_EXPECT_FALSE(test, npv_pmtu_lost(&pmtu, 8972, false, pmtu_now));
	KUNIT_EXPECT_TRUE(test, npv_pmtu_lost(&pmtu, 8972, false, pmtu_now));
	KUNIT_EXPECT_EQ(test, pmtu.size, 1200);
	settle(1472);
	KUNIT_EXPECT_LE(test, pmtu.size, 1472);
	KUNIT_EXPECT_GE(test, pmtu.size + STEP, 1472);

	/* and below the base */
	npv_pmtu_init(&pmtu, 548, 8972, pmtu_now);
	KUNIT_EXPECT_FALSE(test, npv_pmtu_lost(&pmtu, 1200, false, pmtu_now));
	KUNIT_EXPECT_FALSE(test, npv_pmtu_lost(&pmtu, 1200, false, pmtu_now));
	KUNIT_EXPECT_FALSE(test, npv_pmtu_lost(&pmtu, 1200, false, pmtu_now));
	KUNIT_EXPECT_TRUE(test, npv_pmtu_lost(&pmtu, 1200, false, pmtu_now));
	KUNIT_EXPECT_EQ(test, pmtu.size, 548);
	settle(900);
	KUNIT_EXPECT_LE(test, pmtu.size, 900);
	KUNIT_EXPECT_GE(test, pmtu.size + STEP, 900);
	/* Less than must be isn't tried. */
	pmtu.size = 548;
	KUNIT_EXPECT_FALSE(test, npv_pmtu_lost(&pmtu, 548, false, pmtu_now));
}

static void npv_pmtu__icmp(struct kunit *test)
{
	pmtu_now = 1000000;
	npv_pmtu_init(&pmtu, 548, 8972, pmtu_now);
	/* not yet tried: the search ends with it */
	KUNIT_EXPECT_FALSE(test, npv_pmtu_too_big(&pmtu, 1400, pmtu_now));
	KUNIT_EXPECT_EQ(test, settle(1400), 1);
	KUNIT_EXPECT_EQ(test, pmtu.size, 1400);
	/* what is already known, out of range, or a lie */
	KUNIT_EXPECT_FALSE(test, npv_pmtu_too_big(&pmtu, 1400, pmtu_now));
	KUNIT_EXPECT_FALSE(test, npv_pmtu_too_big(&pmtu, 8972, pmtu_now));
	KUNIT_EXPECT_FALSE(test, npv_pmtu_too_big(&pmtu, 68, pmtu_now));
	KUNIT_EXPECT_EQ(test, pmtu.size, 1400);
	KUNIT_EXPECT_TRUE(test, npv_pmtu_too_big(&pmtu, 1300, pmtu_now));
	KUNIT_EXPECT_EQ(test, pmtu.size, 1300);
	KUNIT_EXPECT_EQ(test, settle(1300), 0);
	pmtu_now += RAISE_US;
	settle(1472);
	KUNIT_EXPECT_GE(test, pmtu.size + STEP, 1472);
}

/* What went to the wrong address says nothing of sizes. */
static void npv_pmtu__moved(struct kunit *test)
{
	unsigned int i;

	pmtu_now = 1000000;
	npv_pmtu_init(&pmtu, 548, 1472, pmtu_now);
	for (i = 0; i < 2 * PROBES_MAX; i++) {
		KUNIT_EXPECT_EQ(test, npv_pmtu_probe(&pmtu, pmtu_now), 1472);
		KUNIT_EXPECT_EQ(test, npv_pmtu_due(&pmtu), 0);
		npv_pmtu_moved(&pmtu, pmtu_now);
	}
	KUNIT_EXPECT_EQ(test, settle(1472), 1);
	KUNIT_EXPECT_EQ(test, pmtu.size, 1472);
	for (i = 0; i < 2 * LOSSES_MAX; i++) {
		KUNIT_EXPECT_FALSE(test, npv_pmtu_lost(&pmtu, 1472, false,
						       pmtu_now));
		npv_pmtu_moved(&pmtu, pmtu_now);
	}
	KUNIT_EXPECT_EQ(test, pmtu.size, 1472);
}

static struct kunit_case pmtu_test_cases[] = {
	KUNIT_CASE(npv_pmtu__finds),
	KUNIT_CASE(npv_pmtu__interface),
	KUNIT_CASE(npv_pmtu__narrow),
	KUNIT_CASE(npv_pmtu__again),
	KUNIT_CASE(npv_pmtu__raise),
	KUNIT_CASE(npv_pmtu__falls),
	KUNIT_CASE(npv_pmtu__icmp),
	KUNIT_CASE(npv_pmtu__moved),
	{}
};

static struct kunit_suite pmtu_suite = {
	.name = "npv_pmtu",
	.test_cases = pmtu_test_cases,
};

kunit_test_suite(pmtu_suite);
