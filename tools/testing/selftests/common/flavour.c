// SPDX-License-Identifier: GPL-2.0
/* Ways to make sockets and to name addresses: see flavour.h */
#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "flavour.h"

const struct flavour flavours[] = {
	/* The references */
	{ "inet", false, 0, NAMES_IN, AF_INET, true },
	{ "inet6", false, 0, NAMES_IN6, AF_INET6, false },
	{ "inet6-mapped", false, 0, NAMES_IN6, AF_INET6, true },
	/* Programs written for AF_NPV */
	{ "npv", true, 0, NAMES_NPV, AF_INET6, false },
	{ "npv-mapped", true, 0, NAMES_NPV, AF_INET6, true },
	{ "npv-in", true, 0, NAMES_IN, AF_INET6, true },
	{ "npv-in6", true, 0, NAMES_IN6, AF_INET6, false },
	/* Programs under npv-run */
	{ "npv-inet", true, AF_INET, NAMES_IN, AF_INET, true },
	{ "npv-inet6", true, AF_INET6, NAMES_IN6, AF_INET6, false },
	{ }
};

const struct flavour *fl = flavours;

bool flavour_choose(const char *name)
{
	for (fl = flavours; fl->name; fl++)
		if (!strcmp(fl->name, name))
			return true;
	return false;
}

int flavour_socket(const struct flavour *f, int type)
{
	if (!f->npv)
		return socket(f->carrier, type, 0);
	return socket(npv_family(), type, NPV_PROTO(f->name_family, 0));
}

int sock(int type)
{
	return (int)OK(flavour_socket(fl, type));
}

/* ::ffff:a.b.c.d of a dotted quad, or the IPv6 address itself */
static struct in6_addr parse(const char *text)
{
	struct in6_addr a = { };

	if (inet_pton(AF_INET, text, &a.s6_addr32[3]) == 1)
		a.s6_addr32[2] = htonl(0xffff);
	else if (inet_pton(AF_INET6, text, &a) != 1)
		FAIL("%s is no address", text);
	return a;
}

struct addr addr_npv(int port, int n, const char *const text[])
{
	struct addr a = { };
	int i;

	a.npv.snpv_family = npv_family();
	a.npv.snpv_port = htons(port);
	a.npv.snpv_count = n;
	for (i = 0; i < n; i++)
		a.npv.snpv_addr[i] = parse(text[i]);
	a.len = offsetof(struct sockaddr_npv, snpv_addr[n]);
	return a;
}

struct addr flavour_addr(const struct flavour *f, const char *text, int port)
{
	struct addr a = { };

	switch (f->names) {
	case NAMES_IN:
		a.in.sin_family = AF_INET;
		a.in.sin_port = htons(port);
		if (inet_pton(AF_INET, text, &a.in.sin_addr) != 1)
			FAIL("%s is no IPv4 address", text);
		a.len = sizeof(a.in);
		break;
	case NAMES_IN6:
		a.in6.sin6_family = AF_INET6;
		a.in6.sin6_port = htons(port);
		a.in6.sin6_addr = parse(text);
		a.len = sizeof(a.in6);
		break;
	case NAMES_NPV:
		a = addr_npv(port, 1, &text);
		break;
	}
	return a;
}

struct addr addr_of(const char *v4, const char *v6, int port)
{
	return flavour_addr(fl, fl->v4 ? v4 : v6, port);
}

struct addr addr_lo(int port)
{
	return addr_of("127.0.0.1", "::1", port);
}

struct addr addr_any(int port)
{
	return addr_of("0.0.0.0", "::", port);
}

struct addr addr_hole(int port)
{
	return addr_of("192.0.2.99", "2001:db8::99", port);
}

struct addr addr_room(void)
{
	struct addr a;

	memset(&a, 0xee, sizeof(a));
	a.len = sizeof(a.ss);
	return a;
}

int addr_port(const struct addr *a)
{
	/* The port is at the same place in all three */
	return ntohs(a->in.sin_port);
}

void addr_set_port(struct addr *a, int port)
{
	a->in.sin_port = htons(port);
}

bool addr_eq(const struct addr *a, const struct addr *b)
{
	if (a->sa.sa_family != b->sa.sa_family || addr_port(a) != addr_port(b))
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	if (a->sa.sa_family == AF_INET6)
		return !memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, 16);
	return a->npv.snpv_count == b->npv.snpv_count &&
	       !memcmp(a->npv.snpv_addr, b->npv.snpv_addr,
		       16 * a->npv.snpv_count);
}

const char *addr_str(const struct addr *a)
{
	static char text[512];
	char one[INET6_ADDRSTRLEN] = "?";
	int i;

	if (a->sa.sa_family == AF_INET)
		inet_ntop(AF_INET, &a->in.sin_addr, one, sizeof(one));
	else if (a->sa.sa_family == AF_INET6)
		inet_ntop(AF_INET6, &a->in6.sin6_addr, one, sizeof(one));
	snprintf(text, sizeof(text), "family %d port %d %s", a->sa.sa_family,
		 addr_port(a), one);
	if (a->sa.sa_family != npv_family())
		return text;
	snprintf(text, sizeof(text), "npv port %d", addr_port(a));
	for (i = 0; i < a->npv.snpv_count && i < NPV_ADDR_MAX; i++) {
		inet_ntop(AF_INET6, &a->npv.snpv_addr[i], one, sizeof(one));
		strcat(text, " ");
		strcat(text, one);
	}
	return text;
}

struct addr name_local(int fd)
{
	struct addr a = addr_room();

	OK(getsockname(fd, &a.sa, &a.len));
	return a;
}

struct addr name_peer(int fd)
{
	struct addr a = addr_room();

	OK(getpeername(fd, &a.sa, &a.len));
	return a;
}

int local_port(int fd)
{
	struct addr a = name_local(fd);

	return addr_port(&a);
}
