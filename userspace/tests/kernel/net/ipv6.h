/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NPV_TESTS_KERNEL_IPV6_H
#define NPV_TESTS_KERNEL_IPV6_H

#include <arpa/inet.h>
#include <linux/in6.h>
#include <linux/types.h>
#include <string.h>

static inline bool ipv6_addr_any(const struct in6_addr *a)
{
	static const struct in6_addr any;

	return !memcmp(a, &any, sizeof(any));
}

static inline bool ipv6_addr_equal(const struct in6_addr *a, const struct in6_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static inline bool ipv6_addr_v4mapped(const struct in6_addr *a)
{
	return !a->s6_addr32[0] && !a->s6_addr32[1] &&
	       a->s6_addr32[2] == htonl(0xffff);
}

#endif /* NPV_TESTS_KERNEL_IPV6_H */
