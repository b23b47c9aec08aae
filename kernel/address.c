// SPDX-License-Identifier: GPL-2.0
/*
 * Socket addresses: the three families that a program may use, one form
 * inside (IPv6, with IPv4 as ::ffff:a.b.c.d), and the way back.
 */

#include <linux/in.h>
#include <linux/module.h>
#include <linux/inet.h>
#include <linux/string.h>

#include "address.h"

unsigned int npv_family_nr = NPV_FAMILY_DEFAULT;

/*
 * An IPv6 peer has no address that fits a sockaddr_in. RFC 7600 reserves
 * 192.0.0.8, the IPv4 dummy address, for just this: it is nobody's, so that no
 * access list of a program can take it for somebody's.
 */
#define NPV_ADDR4_DUMMY		0xc0000008

/**
 * npv_addrs_parse() - read a sockaddr of any family that NPV takes
 * @addrs: what it says
 * @uaddr: sockaddr_npv, sockaddr_in or sockaddr_in6, already in kernel memory
 * @len: its length in bytes
 *
 * Context: any.
 * Return: 0; -EINVAL where the address is too short for what it says, or says
 * what can't be; -EAFNOSUPPORT for another family.
 */
int npv_addrs_parse(struct npv_addrs *addrs, const struct sockaddr *uaddr,
		    int len)
{
	const struct sockaddr_npv *snpv = (const struct sockaddr_npv *)uaddr;
	const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)uaddr;
	const struct sockaddr_in *sin = (const struct sockaddr_in *)uaddr;

	if (len < (int)sizeof(sa_family_t))
		return -EINVAL;

	memset(addrs, 0, sizeof(*addrs));
	addrs->family = uaddr->sa_family;

	if (addrs->family == AF_INET) {
		if (len < (int)sizeof(*sin))
			return -EINVAL;
		addrs->port = sin->sin_port;
		addrs->count = 1;
		ipv6_addr_set_v4mapped(sin->sin_addr.s_addr, &addrs->addr[0]);
		return 0;
	}

	if (addrs->family == AF_INET6) {
		if (len < SIN6_LEN_RFC2133)
			return -EINVAL;
		addrs->port = sin6->sin6_port;
		addrs->count = 1;
		addrs->addr[0] = sin6->sin6_addr;
		if (len >= (int)sizeof(*sin6))
			addrs->scope_id = sin6->sin6_scope_id;
		return 0;
	}

	if (addrs->family != npv_family_nr)
		return -EAFNOSUPPORT;

	if (len < (int)offsetof(struct sockaddr_npv, snpv_addr) ||
	    snpv->snpv_count > NPV_ADDR_MAX ||
	    len < (int)offsetof(struct sockaddr_npv,
				snpv_addr[snpv->snpv_count]) ||
	    snpv->snpv_flags || snpv->__snpv_pad)
		return -EINVAL;

	addrs->port = snpv->snpv_port;
	addrs->count = snpv->snpv_count;
	addrs->scope_id = snpv->snpv_scope_id;
	memcpy(addrs->addr, snpv->snpv_addr,
	       addrs->count * sizeof(addrs->addr[0]));
	return 0;
}

/**
 * npv_addr_build() - make a sockaddr of a given family
 * @ss: filled in, unused bytes zero
 * @family: AF_INET, AF_INET6 or the NPV family
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @port: port, network byte order
 * @scope_id: interface, used with link-local addresses only
 *
 * Context: any.
 * Return: its length in bytes, or -EAFNOSUPPORT where the address has no form
 * in that family.
 */
int npv_addr_build(struct sockaddr_storage *ss, sa_family_t family,
		   const struct in6_addr *addr, __be16 port, u32 scope_id)
{
	bool linklocal = __ipv6_addr_needs_scope_id(__ipv6_addr_type(addr));

	memset(ss, 0, sizeof(*ss));

	if (family == AF_INET) {
		struct sockaddr_in *sin = (struct sockaddr_in *)ss;

		if (!ipv6_addr_v4mapped(addr))
			return -EAFNOSUPPORT;
		sin->sin_family = AF_INET;
		sin->sin_port = port;
		sin->sin_addr.s_addr = addr->s6_addr32[3];
		return sizeof(*sin);
	}

	if (family == AF_INET6) {
		struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)ss;

		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = port;
		sin6->sin6_addr = *addr;
		sin6->sin6_scope_id = linklocal ? scope_id : 0;
		return sizeof(*sin6);
	}

	if (family == npv_family_nr) {
		struct sockaddr_npv *snpv = (struct sockaddr_npv *)ss;

		snpv->snpv_family = family;
		snpv->snpv_port = port;
		if (!ipv6_addr_any(addr)) {
			snpv->snpv_count = 1;
			snpv->snpv_scope_id = linklocal ? scope_id : 0;
			snpv->snpv_addr[0] = *addr;
		}
		return sizeof(*snpv);
	}

	return -EAFNOSUPPORT;
}

/**
 * npv_addr_of() - the address in a sockaddr_in or sockaddr_in6
 * @ss: of one of these families, else the answer is ::
 * @port: set to its port, network byte order
 * @scope_id: set to its scope, 0 for IPv4
 *
 * Context: any.
 * Return: the address, IPv4 as ::ffff:a.b.c.d.
 */
struct in6_addr npv_addr_of(const struct sockaddr_storage *ss, __be16 *port,
			    u32 *scope_id)
{
	struct in6_addr addr = IN6ADDR_ANY_INIT;

	*port = 0;
	*scope_id = 0;

	if (ss->ss_family == AF_INET) {
		const struct sockaddr_in *sin = (const void *)ss;

		ipv6_addr_set_v4mapped(sin->sin_addr.s_addr, &addr);
		*port = sin->sin_port;
	} else if (ss->ss_family == AF_INET6) {
		const struct sockaddr_in6 *sin6 = (const void *)ss;

		addr = sin6->sin6_addr;
		*port = sin6->sin6_port;
		*scope_id = sin6->sin6_scope_id;
	}

	return addr;
}

/**
 * npv_addr_rename() - tell an address in the family that a program uses
 * @ss: sockaddr_in or sockaddr_in6 as the stack gave it, rewritten in place;
 *	must have room for any sockaddr
 * @family: family that the program expects
 * @foreign: set to true where it has no form in that family, and the dummy
 *	address of RFC 7600 stands for it; else left alone
 *
 * Context: any.
 * Return: its new length in bytes.
 */
int npv_addr_rename(struct sockaddr_storage *ss, sa_family_t family,
		    bool *foreign)
{
	struct in6_addr addr;
	u32 scope_id;
	__be16 port;

	addr = npv_addr_of(ss, &port, &scope_id);

	if (family == AF_INET && !ipv6_addr_v4mapped(&addr)) {
		__be32 addr4 = 0;

		/* Any address stays any address. */
		if (!ipv6_addr_any(&addr)) {
			addr4 = htonl(NPV_ADDR4_DUMMY);
			*foreign = true;
		}
		ipv6_addr_set_v4mapped(addr4, &addr);
	} else if (family != AF_INET && npv_addr_is_any4(&addr)) {
		addr = in6addr_any;
	}

	return npv_addr_build(ss, family, &addr, port, scope_id);
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/address_test.c"
#endif
