// SPDX-License-Identifier: GPL-2.0
/*
 * How often strangers are answered: token buckets, one for all and one for each of a
 * fixed number of sources, so that who asks too often takes it from nobody but
 * itself, and those few whose hash is the same. No memory is taken for anybody.
 */

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <net/ipv6.h>

#include "limit.h"

/**
 * npv_limit_init() - begin, with nothing used up
 * @limit: the limit
 * @burst: as of npv_limit_pass()
 * @now: jiffies
 */
void npv_limit_init(struct npv_limit *limit, u32 burst, unsigned long now)
{
	limit->credit = burst * HZ;
	limit->stamp = (u32)now;
}

/**
 * npv_limit_pass() - whether it may be done once more
 * @limit: the limit
 * @rate: so often in a second
 * @burst: so often at once, after a while without
 * @now: jiffies
 *
 * Context: one caller at a time.
 * Return: whether it may. Then it counts as done.
 */
bool npv_limit_pass(struct npv_limit *limit, u32 rate, u32 burst,
		    unsigned long now)
{
	u32 elapsed = min_t(u32, (u32)now - limit->stamp, HZ);

	limit->stamp = (u32)now;
	limit->credit = min(limit->credit + elapsed * rate, burst * HZ);
	if (limit->credit < HZ)
		return false;
	limit->credit -= HZ;

	return true;
}

/**
 * npv_sources_init() - begin, with nothing used up
 * @sources: the limits
 * @burst: as of npv_limit_pass()
 * @now: jiffies
 */
void npv_sources_init(struct npv_sources *sources, u32 burst, unsigned long now)
{
	unsigned int i;

	get_random_bytes(&sources->secret, sizeof(sources->secret));
	for (i = 0; i < NPV_SOURCES; i++)
		npv_limit_init(&sources->limit[i], burst, now);
}

/**
 * npv_sources_find() - the limit of one source
 * @sources: the limits
 * @addr: its address, IPv4 as ::ffff:a.b.c.d; of IPv6 only the first 64 bits count,
 *	for who has one address there has all of them
 *
 * Context: any.
 * Return: it.
 */
struct npv_limit *npv_sources_find(struct npv_sources *sources,
				   const struct in6_addr *addr)
{
	u64 source;

	BUILD_BUG_ON_NOT_POWER_OF_2(NPV_SOURCES);
	if (ipv6_addr_v4mapped(addr))
		source = siphash_1u32((__force u32)addr->s6_addr32[3],
				      &sources->secret);
	else
		source = siphash_2u32((__force u32)addr->s6_addr32[0],
				      (__force u32)addr->s6_addr32[1],
				      &sources->secret);
	return &sources->limit[source % NPV_SOURCES];
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/limit_test.c"
#endif
