// SPDX-License-Identifier: GPL-2.0
/* bind(): who may have which port and address, and which device */
#include <net/if.h>
#include <string.h>

#include "conformance.h"

static int bound(int type, const struct addr *a)
{
	int fd = sock(type);

	OK(bind(fd, &a->sa, a->len));
	return fd;
}

static void bind__taken(void)
{
	struct addr a;
	int l = listener(8, &a), fd = sock(SOCK_STREAM);

	FAILS(bind(fd, &a.sa, a.len), EADDRINUSE);
	/* And the socket is none the worse */
	addr_set_port(&a, 0);
	OK(bind(fd, &a.sa, a.len));
	OK(listen(fd, 1));
	close(l);
}

static void bind__twice(void)
{
	struct addr a = addr_lo(0);
	int fd = bound(SOCK_STREAM, &a), d = bound(SOCK_DGRAM, &a);

	FAILS(bind(fd, &a.sa, a.len), EINVAL);
	FAILS(bind(d, &a.sa, a.len), EINVAL);
}

static void bind__taken_dgram(void)
{
	struct addr a;
	int first = dgram_bound(&a), fd = sock(SOCK_DGRAM);

	FAILS(bind(fd, &a.sa, a.len), EADDRINUSE);
	close(first);
	OK(bind(fd, &a.sa, a.len));
}

static void bind__not_local(void)
{
	struct addr a = addr_of("192.0.2.77", "2001:db8::77", 0);
	int fd = sock(SOCK_STREAM), d = sock(SOCK_DGRAM);

	FAILS(bind(fd, &a.sa, a.len), EADDRNOTAVAIL);
	FAILS(bind(d, &a.sa, a.len), EADDRNOTAVAIL);
	/* Unless asked for */
	set_int(fd, IPPROTO_IP, IP_FREEBIND, 1);
	OK(bind(fd, &a.sa, a.len));
}

static void bind__reuseaddr(void)
{
	struct addr a = addr_lo(0);
	struct pair p = connected();
	int one, two;

	/* Two that are bound only may share, then only one may listen */
	one = sock(SOCK_STREAM);
	two = sock(SOCK_STREAM);
	set_int(one, SOL_SOCKET, SO_REUSEADDR, 1);
	set_int(two, SOL_SOCKET, SO_REUSEADDR, 1);
	OK(bind(one, &a.sa, a.len));
	a = name_local(one);
	OK(bind(two, &a.sa, a.len));
	OK(listen(one, 1));
	FAILS(listen(two, 1), EADDRINUSE);
	close(one);
	OK(listen(two, 1));
	close(p.client);
}

static void bind__after_time_wait(void)
{
	struct pair p = connected();
	struct addr a = name_local(p.listener);
	int fd;

	/* The server closes first: its port is in TIME_WAIT */
	close(p.listener);
	close(p.server);
	expect_eof(p.client);
	close(p.client);
	fd = sock(SOCK_STREAM);
	FAILS(bind(fd, &a.sa, a.len), EADDRINUSE);
	set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	/* As every server does; the listener before has not set it */
	FAILS(bind(fd, &a.sa, a.len), EADDRINUSE);
}

static void bind__reuseaddr_after_time_wait(void)
{
	struct addr a = addr_lo(0);
	int l = sock(SOCK_STREAM), c = sock(SOCK_STREAM), s;

	set_int(l, SOL_SOCKET, SO_REUSEADDR, 1);
	OK(bind(l, &a.sa, a.len));
	OK(listen(l, 1));
	a = name_local(l);
	OK(connect(c, &a.sa, a.len));
	s = accept_soon(l);
	close(l);
	close(s);
	expect_eof(c);
	close(c);
	l = sock(SOCK_STREAM);
	set_int(l, SOL_SOCKET, SO_REUSEADDR, 1);
	OK(bind(l, &a.sa, a.len));
	OK(listen(l, 1));
}

static void bind__reuseport(void)
{
	enum { COUNT = 40 };
	struct addr a = addr_lo(0);
	int l[2], i, got[2] = { 0, 0 };

	for (i = 0; i < 2; i++) {
		l[i] = sock(SOCK_STREAM);
		set_int(l[i], SOL_SOCKET, SO_REUSEPORT, 1);
		OK(bind(l[i], &a.sa, a.len));
		OK(listen(l[i], COUNT));
		a = name_local(l[i]);
		set_nonblock(l[i]);
	}
	for (i = 0; i < COUNT; i++) {
		int c = sock(SOCK_STREAM);

		OK(connect(c, &a.sa, a.len));
	}
	/* Both get some: the chance that not is 2^-39 */
	for (i = 0; i < 2; i++)
		while (accept(l[i], NULL, NULL) >= 0)
			got[i]++;
	EQ(got[0] + got[1], COUNT);
	CHECK(got[0] && got[1]);
	/* One without the option can't join */
	FAILS(bind(sock(SOCK_STREAM), &a.sa, a.len), EADDRINUSE);
}

static void bind__reuseport_dgram(void)
{
	enum { COUNT = 40 };
	struct addr a = addr_lo(0);
	int d[2], i, got[2] = { 0, 0 };
	char b;

	for (i = 0; i < 2; i++) {
		d[i] = sock(SOCK_DGRAM);
		set_int(d[i], SOL_SOCKET, SO_REUSEPORT, 1);
		OK(bind(d[i], &a.sa, a.len));
		a = name_local(d[i]);
		set_nonblock(d[i]);
	}
	for (i = 0; i < COUNT; i++) {
		int c = sock(SOCK_DGRAM);

		EQ(sendto(c, "x", 1, 0, &a.sa, a.len), 1);
	}
	for (i = 0; i < 2; i++)
		while (recv(d[i], &b, 1, 0) >= 0)
			got[i]++;
	EQ(got[0] + got[1], COUNT);
	CHECK(got[0] && got[1]);
}

static void bind__address_no_port(void)
{
	struct addr a, from = addr_lo(0);
	int l = listener(8, &a), c = sock(SOCK_STREAM);

	set_int(c, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	OK(bind(c, &from.sa, from.len));
	EQ(local_port(c), 0);
	OK(connect(c, &a.sa, a.len));
	CHECK(local_port(c) > 0);
	accept_soon(l);
}

static void bind__local_port_range(void)
{
	struct addr a;
	int l = listener(8, &a), c = sock(SOCK_STREAM);
	/* Upper bound in the upper half (Linux 6.3) */
	int range = 50000 | 50007 << 16;

	set_int(c, IPPROTO_IP, 51 /* IP_LOCAL_PORT_RANGE */, range);
	EQ(get_int(c, IPPROTO_IP, 51), range);
	OK(connect(c, &a.sa, a.len));
	BETWEEN(local_port(c), 50000, 50007);
	accept_soon(l);
}

static void bind__device(void)
{
	char name[IFNAMSIZ] = "";
	socklen_t len = sizeof(name);
	struct addr a;
	int l = listener(8, &a), c = sock(SOCK_STREAM);

	OK(setsockopt(c, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2));
	OK(getsockopt(c, SOL_SOCKET, SO_BINDTODEVICE, name, &len));
	EQ(len, 3);
	CHECK(!strcmp(name, "lo"));
	EQ(get_int(c, SOL_SOCKET, SO_BINDTOIFINDEX), 1);
	OK(connect(c, &a.sa, a.len));
	close(accept_soon(l));
	FAILS(setsockopt(c, SOL_SOCKET, SO_BINDTODEVICE, "none99", 6), ENODEV);
	/* A listener hears its device only */
	c = sock(SOCK_STREAM);
	OK(setsockopt(l, SOL_SOCKET, SO_BINDTODEVICE, "dummy0", 6));
	FAILS(connect(c, &a.sa, a.len), ECONNREFUSED);
	OK(setsockopt(l, SOL_SOCKET, SO_BINDTODEVICE, "", 0));
	OK(connect(c, &a.sa, a.len));
}

static void bind__device_dgram(void)
{
	struct addr a;
	int d = dgram_bound(&a), c = sock(SOCK_DGRAM);
	char b;

	OK(setsockopt(d, SOL_SOCKET, SO_BINDTODEVICE, "dummy0", 6));
	OK(connect(c, &a.sa, a.len));
	EQ(send(c, "x", 1, 0), 1);
	FAILS(send(c, "x", 1, 0), ECONNREFUSED);
	OK(setsockopt(d, SOL_SOCKET, SO_BINDTODEVICE, "", 0));
	EQ(send(c, "x", 1, 0), 1);
	EQ(recv(d, &b, 1, 0), 1);
}

static void bind__v6only(void)
{
	struct addr any = addr_any(0);
	int fd, other;

	if (fl->carrier != AF_INET6 || fl->v4)
		skip("IPv6 sockets only");
	fd = sock(SOCK_STREAM);
	EQ(get_int(fd, IPPROTO_IPV6, IPV6_V6ONLY), 0);
	set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	EQ(get_int(fd, IPPROTO_IPV6, IPV6_V6ONLY), 1);
	OK(bind(fd, &any.sa, any.len));
	/* Too late now */
	FAILS(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){ 0 }, 4),
	      EINVAL);
	OK(listen(fd, 1));
	/* The other family's port is free */
	other = OK(socket(AF_INET, SOCK_STREAM, 0));
	any = flavour_addr(&flavours[0], "127.0.0.1", local_port(fd));
	FAILS(connect(other, &any.sa, any.len), ECONNREFUSED);
	OK(bind(other, &any.sa, any.len));
	OK(listen(other, 1));
}

static void bind__dual_stack(void)
{
	struct addr any = addr_any(0), lo;
	int fd, c4, s;

	if (fl->carrier != AF_INET6 || fl->v4)
		skip("IPv6 sockets only");
	fd = sock(SOCK_STREAM);
	OK(bind(fd, &any.sa, any.len));
	OK(listen(fd, 1));
	/* An IPv4 peer shows as ::ffff:a.b.c.d */
	c4 = OK(socket(AF_INET, SOCK_STREAM, 0));
	lo = flavour_addr(&flavours[0], "127.0.0.1", local_port(fd));
	OK(connect(c4, &lo.sa, lo.len));
	s = accept_soon(fd);
	any = name_peer(s);
	lo = flavour_addr(fl, "127.0.0.1", local_port(c4));
	CHECK(addr_eq(&any, &lo));
}

static void bind__mapped_on_v6only(void)
{
	struct addr a;
	int fd;

	if (fl->carrier != AF_INET6 || fl->names != NAMES_IN6)
		skip("sockets that name addresses by sockaddr_in6 only");
	fd = sock(SOCK_STREAM);
	set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	a = flavour_addr(fl, "127.0.0.1", 0);
	FAILS(bind(fd, &a.sa, a.len), EINVAL);
	addr_set_port(&a, 9);
	FAILS(connect(fd, &a.sa, a.len), ENETUNREACH);
}

static void bind__any_then_specific(void)
{
	struct addr any = addr_any(0), lo;
	int fd = sock(SOCK_STREAM), other = sock(SOCK_STREAM);

	OK(bind(fd, &any.sa, any.len));
	OK(listen(fd, 1));
	lo = addr_lo(local_port(fd));
	FAILS(bind(other, &lo.sa, lo.len), EADDRINUSE);
	close(fd);
	OK(bind(other, &lo.sa, lo.len));
	OK(listen(other, 1));
}

static void bind__port_kept_after_close(void)
{
	struct pair p = connected();
	struct addr a = name_local(p.listener);
	int fd = sock(SOCK_STREAM);

	/* A live connection keeps the port */
	close(p.listener);
	FAILS(bind(fd, &a.sa, a.len), EADDRINUSE);
	send_text(p.client, "x");
	expect_text(p.server, "x");
}

const struct test tests_bind[] = {
	{ "bind: EADDRINUSE", bind__taken },
	{ "bind twice: EINVAL", bind__twice },
	{ "bind: EADDRINUSE of datagrams", bind__taken_dgram },
	{ "bind: EADDRNOTAVAIL, IP_FREEBIND", bind__not_local },
	{ "SO_REUSEADDR", bind__reuseaddr },
	{ "TIME_WAIT keeps the port", bind__after_time_wait },
	{ "SO_REUSEADDR and TIME_WAIT", bind__reuseaddr_after_time_wait },
	{ "SO_REUSEPORT", bind__reuseport },
	{ "SO_REUSEPORT of datagrams", bind__reuseport_dgram },
	{ "IP_BIND_ADDRESS_NO_PORT", bind__address_no_port },
	{ "IP_LOCAL_PORT_RANGE", bind__local_port_range },
	{ "SO_BINDTODEVICE", bind__device },
	{ "SO_BINDTODEVICE of datagrams", bind__device_dgram },
	{ "IPV6_V6ONLY", bind__v6only },
	{ "IPv4 on a dual-stack listener", bind__dual_stack },
	{ "IPv4-mapped on an IPV6_V6ONLY socket", bind__mapped_on_v6only },
	{ "bind of a specific address beside any", bind__any_then_specific },
	{ "a connection keeps its listener's port",
	  bind__port_kept_after_close },
	TESTS_END
};
