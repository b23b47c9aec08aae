// SPDX-License-Identifier: GPL-2.0
/* Probes: addresses that can't be, in bind(), connect(), sendto() */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "badinput.h"

struct call {
	const char *name;
	int (*call)(int fd, const void *addr, socklen_t len);
};

static int do_bind(int fd, const void *addr, socklen_t len)
{
	return bind(fd, addr, len);
}

static int do_connect(int fd, const void *addr, socklen_t len)
{
	return connect(fd, addr, len);
}

static int do_sendto(int fd, const void *addr, socklen_t len)
{
	return (int)sendto(fd, "x", 1, MSG_NOSIGNAL, addr, len);
}

static int do_sendmsg(int fd, const void *addr, socklen_t len)
{
	struct iovec iov = { "x", 1 };
	struct msghdr msg = { .msg_name = (void *)addr, .msg_namelen = len,
			      .msg_iov = &iov, .msg_iovlen = 1 };

	return (int)sendmsg(fd, &msg, MSG_NOSIGNAL);
}

static int do_fastopen(int fd, const void *addr, socklen_t len)
{
	return (int)sendto(fd, "x", 1, MSG_NOSIGNAL | MSG_FASTOPEN, addr, len);
}

static const struct call calls[] = {
	{ "bind", do_bind },
	{ "connect", do_connect },
	{ "sendto", do_sendto },
	{ "sendmsg", do_sendmsg },
	{ "fastopen", do_fastopen },
	{ }
};

static const char *type_name(int type)
{
	return type == SOCK_STREAM ? "stream" : "dgram";
}

/* Every call on a fresh socket of every type */
static void each_call(const void *addr, socklen_t len, const char *what)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM };
	const struct call *c;
	size_t t;
	int fd;

	for (c = calls; c->name; c++) {
		for (t = 0; t < 2; t++) {
			fd = sock(types[t] | SOCK_NONBLOCK);
			note(c->call(fd, addr, len), "%s %s %s", c->name,
			     type_name(types[t]), what);
			close(fd);
		}
	}
}

static void address__lengths(void)
{
	struct addr a = addr_lo(9);
	char what[32];
	int len;

	for (len = 0; len <= 129; len++) {
		snprintf(what, sizeof(what), "length %d", len);
		each_call(&a.ss, len, what);
	}
	each_call(&a.ss, -1, "length -1");
	each_call(&a.ss, 0x7fffffff, "length 2^31-1");
	each_call(&a.ss, 0x80000000, "length -2^31");
}

static void address__families(void)
{
	struct addr a = addr_lo(9);
	char what[32];
	int family, len;

	for (family = 0; family < 50; family++) {
		/* NPV takes its own, and the other one without NPV_PROTO() */
		if (family == npv_family() ||
		    (family == AF_INET && fl->names != NAMES_IN))
			continue;
		for (len = 2; len <= 28; len += len == 2 ? 14 : 12) {
			a.sa.sa_family = family;
			snprintf(what, sizeof(what), "family %d length %d",
				 family, len);
			each_call(&a.ss, len, what);
		}
	}
	a.sa.sa_family = 0xffff;
	each_call(&a.ss, 28, "family 65535");
}

static void address__unspec_of_every_length(void)
{
	struct addr a = { };
	char what[32];
	int len;

	for (len = 0; len <= 32; len++) {
		snprintf(what, sizeof(what), "unspec length %d", len);
		each_call(&a.ss, len, what);
	}
}

static void address__ports(void)
{
	static const int ports[] = { 0, 1, 1023, 1024, 65535 };
	char what[32];
	struct addr a;
	size_t i;

	for (i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		a = addr_lo(ports[i]);
		snprintf(what, sizeof(what), "port %d", ports[i]);
		each_call(&a.ss, a.len, what);
	}
}

static void address__ports_unprivileged(void)
{
	OK(seteuid(65534));
	address__ports();
}

static void address__special(void)
{
	static const char *const v4[] = {
		"0.0.0.0", "127.255.255.255", "192.0.2.0", "192.0.2.255",
		"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
		"203.0.113.1", "192.0.2.77",
	};
	static const char *const v6[] = {
		"::", "::2", "ff02::1", "ff05::1:3", "fe80::1", "fec0::1",
		"2001:db8:bad::1", "2001:db8::77", "::ffff:0.0.0.0",
		"::ffff:224.0.0.1", "::ffff:255.255.255.255",
		"::ffff:192.0.2.255", "::ffff:203.0.113.1", "::127.0.0.1",
		"64:ff9b::1",
	};
	bool four = fl->names == NAMES_IN;
	const char *const *list = four ? v4 : v6;
	int i, n = four ? sizeof(v4) / sizeof(v4[0]) :
			  sizeof(v6) / sizeof(v6[0]);
	struct addr a;

	for (i = 0; i < n; i++) {
		a = flavour_addr(fl, list[i], 9);
		each_call(&a.ss, a.len, list[i]);
	}
}

static void address__scopes(void)
{
	static const int scopes[] = { 0, 1, 2, 9999, -1 };
	char what[32];
	struct addr a;
	size_t i;

	if (fl->names != NAMES_IN6) {
		note(0, "nothing to probe");
		return;
	}
	for (i = 0; i < 5; i++) {
		a = flavour_addr(fl, "fe80::1", 9);
		a.in6.sin6_scope_id = scopes[i];
		snprintf(what, sizeof(what), "fe80::1 scope %d", scopes[i]);
		each_call(&a.ss, a.len, what);
		a = flavour_addr(fl, "ff02::1", 9);
		a.in6.sin6_scope_id = scopes[i];
		snprintf(what, sizeof(what), "ff02::1 scope %d", scopes[i]);
		each_call(&a.ss, a.len, what);
	}
	a = addr_lo(9);
	a.in6.sin6_flowinfo = 0xffffffff;
	each_call(&a.ss, a.len, "flowinfo");
}

static void address__bad_pointers(void)
{
	struct addr a = addr_lo(9);

	each_call(NULL, a.len, "NULL");
	each_call((void *)8, a.len, "pointer 8");
	each_call((void *)-4096L, a.len, "pointer -4096");
	each_call(NULL, 0, "NULL length 0");
}

const struct probe probes_address[] = {
	{ "addresses of every length", address__lengths },
	{ "addresses of every family", address__families, true },
	{ "AF_UNSPEC of every length", address__unspec_of_every_length, true },
	{ "ports", address__ports },
	{ "ports, unprivileged", address__ports_unprivileged },
	{ "special addresses", address__special },
	{ "scopes", address__scopes },
	{ "addresses at bad pointers", address__bad_pointers },
	{ }
};
