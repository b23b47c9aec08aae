/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the preload remembers of getaddrinfo().
 */
#ifndef NPV_RUN_NAMES_H
#define NPV_RUN_NAMES_H

#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>

/* Longest name, RFC 1035, section 2.3.4 */
#define NAMES_NAME_MAX		253
/* Addresses of one answer that are remembered, the first ones */
#define NAMES_ADDRS		16
/* Answers that are remembered, the last ones */
#define NAMES_ANSWERS		64

/**
 * struct names_peer - what is known of an address that a program connects to
 * @name: the name that it asked for
 * @n: number of @addr
 * @addr: the address itself first, then the others of that name in the order in
 *	which they were told; IPv4 as ::ffff:a.b.c.d
 * @slot: for names_all()
 * @at: for names_all()
 */
struct names_peer {
	char		name[NAMES_NAME_MAX + 1];
	unsigned int	n;
	struct in6_addr	addr[2 * NAMES_ADDRS];
	unsigned int	slot, at;
};

void names_remember(const char *name, int family, const struct addrinfo *list);
bool names_find(const struct in6_addr *addr, struct names_peer *peer);
bool names_all(const struct names_peer *peer);

#endif /* NPV_RUN_NAMES_H */
