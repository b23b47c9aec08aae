/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_ADDRESS_H
#define _NPV_ADDRESS_H

#include <linux/in6.h>
#include <linux/socket.h>
#include <linux/types.h>
#include <net/ipv6.h>

#include "../uapi/linux/npv.h"

/* Family that this module registered; set before the first socket exists. */
extern unsigned int npv_family_nr;

/**
 * struct npv_addrs - what a sockaddr of any family said
 * @family: family in which it was said
 * @port: port, network byte order
 * @count: number of @addr used
 * @scope_id: interface of link-local addresses, else 0
 * @addr: addresses, IPv4 as ::ffff:a.b.c.d
 */
struct npv_addrs {
	sa_family_t family;
	__be16 port;
	u8 count;
	u32 scope_id;
	struct in6_addr addr[NPV_ADDR_MAX];
};

/* ::ffff:0.0.0.0, any IPv4 address */
static inline bool npv_addr_is_any4(const struct in6_addr *addr)
{
	return ipv6_addr_v4mapped(addr) && !addr->s6_addr32[3];
}

int npv_addrs_parse(struct npv_addrs *addrs, const struct sockaddr *uaddr,
		    int len);
int npv_addr_build(struct sockaddr_storage *ss, sa_family_t family,
		   const struct in6_addr *addr, __be16 port, u32 scope_id);
int npv_addr_rename(struct sockaddr_storage *ss, sa_family_t family,
		    bool *foreign);
struct in6_addr npv_addr_of(const struct sockaddr_storage *ss, __be16 *port,
			    u32 *scope_id);

#endif /* _NPV_ADDRESS_H */
