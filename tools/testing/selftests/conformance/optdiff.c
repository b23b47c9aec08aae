// SPDX-License-Identifier: GPL-2.0
/*
 * Every option number of every level, set to several values and lengths and
 * read in every state: the flavour's socket and a plain one of the same kind
 * must give the same value, length and errno each time. For the plain flavours
 * this shows that the comparison itself is sound.
 */
#include <netinet/udp.h>
#include <stdio.h>
#include <string.h>

#include "conformance.h"

#define SHOWN 12

/* The two sockets compared, and the flavour of the second */
static struct twins {
	int fd[2];
} twins;
static const struct flavour *plain;
static int differences;

static const struct level {
	const char *name;
	int level, last;
} levels[] = {
	{ "SOL_SOCKET", SOL_SOCKET, 82 },
	{ "IPPROTO_IP", IPPROTO_IP, 63 },
	{ "IPPROTO_TCP", IPPROTO_TCP, 44 },
	{ "IPPROTO_UDP", IPPROTO_UDP, 106 },
	{ "IPPROTO_IPV6", IPPROTO_IPV6, 84 },
	{ "level 4711", 4711, 3 },
	{ "level -1", -1, 1 },
	{ }
};

/* Differ from socket to socket by their nature, or have a test of their own */
static const struct {
	int level, opt;
} unequal[] = {
	{ SOL_SOCKET, SO_COOKIE },
	{ SOL_SOCKET, SO_PEERNAME },
	{ SOL_SOCKET, 55 /* SO_MEMINFO: other timing */ },
	{ SOL_SOCKET, 73 /* SO_RESERVE_MEM */ },
	{ IPPROTO_IP, 52 /* IP_PROTOCOL: its port, in fact */ },
	{ IPPROTO_TCP, TCP_INFO },
	{ IPPROTO_TCP, TCP_QUICKACK /* says what it is doing just now */ },
	{ IPPROTO_TCP, 24 /* TCP_TIMESTAMP: random offset */ },
	{ IPPROTO_TCP, 26 /* TCP_CC_INFO: times */ },
	{ IPPROTO_TCP, 13 /* TCP_CONGESTION: names; a test of its own */ },
};

/*
 * ... if it is the sock of a native session that answers, or a stack whose
 * connection is another one than the program's, or over
 */
static const struct {
	int level, opt;
} unequal_native[] = {
	{ SOL_SOCKET, SO_SNDBUF },
	{ SOL_SOCKET, SO_RCVBUF },
	{ SOL_SOCKET, SO_PROTOCOL },
	{ SOL_SOCKET, SO_DOMAIN },
	{ SOL_SOCKET, SO_INCOMING_CPU },
	{ SOL_SOCKET, 74 /* SO_TXREHASH */ },
	{ IPPROTO_IP, IP_MTU },
	{ IPPROTO_IP, IP_MULTICAST_ALL },
	{ IPPROTO_TCP, TCP_MAXSEG },
	{ IPPROTO_TCP, TCP_WINDOW_CLAMP },
	{ IPPROTO_TCP, 35 /* TCP_ZEROCOPY_RECEIVE */ },
	{ IPPROTO_IPV6, IPV6_MTU },
	{ IPPROTO_IPV6, 61 /* IPV6_PATHMTU */ },
	{ IPPROTO_IPV6, IPV6_V6ONLY },
};

static bool is_unequal(int level, int opt)
{
	size_t i;

	for (i = 0; native_mode &&
	     i < sizeof(unequal_native) / sizeof(unequal_native[0]); i++)
		if (unequal_native[i].level == level &&
		    unequal_native[i].opt == opt)
			return true;
	for (i = 0; i < sizeof(unequal) / sizeof(unequal[0]); i++)
		if (unequal[i].level == level && unequal[i].opt == opt)
			return true;
	return false;
}

/* SO_RESERVE_MEM reserves it; TCP_CONGESTION and TCP_ULP run modprobe */
static bool has_side_effects(int level, int opt)
{
	return (level == SOL_SOCKET && opt == 73) ||
	       (level == IPPROTO_TCP && (opt == TCP_CONGESTION ||
					 opt == TCP_ULP));
}

static void compare_get(const struct level *l, int opt, int size,
			const char *when)
{
	unsigned char value[2][256] = { };
	socklen_t len[2] = { size, size };
	int err[2], i;

	for (i = 0; i < 2; i++) {
		errno = 0;
		getsockopt(twins.fd[i], l->level, opt, value[i], &len[i]);
		err[i] = errno;
	}
	if (err[0] == err[1] && len[0] == len[1] &&
	    !memcmp(value[0], value[1], sizeof(value[0])))
		return;
	if (++differences > SHOWN)
		return;
	printf("# reading %s option %d, length %d, %s: ", l->name, opt, size,
	       when);
	for (i = 0; i < 2; i++)
		printf("%s%s length %d value %02x%02x%02x%02x%s",
		       i ? ", plain: " : "", errno_name(err[i]), len[i],
		       value[i][3], value[i][2], value[i][1], value[i][0],
		       i ? "\n" : "");
}

static void compare_set(const struct level *l, int opt, int value, int size)
{
	unsigned char buf[64] = { };
	char when[64];
	int err[2], i;

	memcpy(buf, &value, 4);
	for (i = 0; i < 2; i++) {
		errno = 0;
		setsockopt(twins.fd[i], l->level, opt, buf, size);
		err[i] = errno;
	}
	snprintf(when, sizeof(when), "after setting it to %d, length %d",
		 value, size);
	if (err[0] != err[1] && ++differences <= SHOWN) {
		printf("# setting %s option %d to %d, length %d: ", l->name,
		       opt, value, size);
		printf("%s, plain: ", errno_name(err[0]));
		printf("%s\n", errno_name(err[1]));
	}
	if (!is_unequal(l->level, opt))
		compare_get(l, opt, 64, when);
}

static void compare_all(const char *when)
{
	const struct level *l;
	int opt;

	for (l = levels; l->name; l++) {
		for (opt = 0; opt <= l->last; opt++) {
			if (is_unequal(l->level, opt))
				continue;
			compare_get(l, opt, 256, when);
			compare_get(l, opt, 4, when);
			compare_get(l, opt, 1, when);
			compare_get(l, opt, 0, when);
			compare_get(l, opt, -1, when);
		}
	}
	if (differences)
		FAIL("%d differences from a plain socket", differences);
}

static void choose_plain(void)
{
	plain = fl->carrier == AF_INET ? &flavours[0] :
		fl->v4 ? &flavours[2] : &flavours[1];
}

static void twins_open(int type)
{
	choose_plain();
	twins.fd[0] = sock(type);
	twins.fd[1] = OK(flavour_socket(plain, type));
}

/* Each of the twins does it, with its own flavour in force */
#define BOTH(i) for (const struct flavour *__f = fl, *__o = (i = 0, fl); __o; \
	(fl = ++i == 1 ? plain : __f), __o = i < 2 ? __o : NULL)

static void twins_bind(void)
{
	struct addr a;
	int i;

	BOTH(i) {
		a = addr_lo(0);
		OK(bind(twins.fd[i], &a.sa, a.len));
	}
}

static void optdiff__fresh(void)
{
	twins_open(SOCK_STREAM);
	compare_all("fresh");
}

static void optdiff__bound(void)
{
	twins_open(SOCK_STREAM);
	twins_bind();
	compare_all("bound");
}

static void optdiff__listening(void)
{
	twins_open(SOCK_STREAM);
	twins_bind();
	OK(listen(twins.fd[0], 5));
	OK(listen(twins.fd[1], 5));
	compare_all("listening");
}

static void optdiff__connecting(void)
{
	struct addr a;
	int i;

	twins_open(SOCK_STREAM);
	BOTH(i) {
		a = addr_hole(9);
		set_nonblock(twins.fd[i]);
		FAILS(connect(twins.fd[i], &a.sa, a.len), EINPROGRESS);
	}
	compare_all("connecting");
}

static void optdiff__connected(void)
{
	int i;

	choose_plain();
	BOTH(i)
		twins.fd[i] = connected().client;
	compare_all("connected");
}

static void optdiff__accepted(void)
{
	int i;

	choose_plain();
	BOTH(i)
		twins.fd[i] = connected().server;
	compare_all("accepted");
}

static void optdiff__shut_down(void)
{
	struct pair p;
	int i;

	choose_plain();
	BOTH(i) {
		p = connected();
		close(p.server);
		expect_eof(p.client);
		OK(shutdown(p.client, SHUT_RDWR));
		twins.fd[i] = p.client;
	}
	compare_all("shut down");
}

static void optdiff__dgram(void)
{
	twins_open(SOCK_DGRAM);
	compare_all("fresh");
	twins_bind();
	compare_all("bound");
}

static void optdiff__dgram_connected(void)
{
	int i, fds[2];

	choose_plain();
	BOTH(i) {
		dgram_pair(fds);
		twins.fd[i] = fds[0];
	}
	compare_all("connected");
}

static void set_everything(int type)
{
	static const int values[] = { 0, 1, -1, 2, 255, 0x7fffffff };
	static const int sizes[] = { 0, 1, 3, 12, 64, -1 };
	const struct level *l;
	size_t i;
	int opt;

	for (l = levels; l->name; l++) {
		twins_open(type);
		for (opt = 0; opt <= l->last; opt++) {
			if (has_side_effects(l->level, opt))
				continue;
			for (i = 0; i < 6; i++)
				compare_set(l, opt, values[i], 4);
			for (i = 0; i < 6; i++)
				compare_set(l, opt, 1, sizes[i]);
		}
		close(twins.fd[0]);
		close(twins.fd[1]);
	}
	if (differences)
		FAIL("%d differences from a plain socket", differences);
}

static void optdiff__set(void)
{
	set_everything(SOCK_STREAM);
}

static void optdiff__set_dgram(void)
{
	set_everything(SOCK_DGRAM);
}

const struct test tests_optdiff[] = {
	{ "every option of a fresh stream", optdiff__fresh },
	{ "every option of a bound stream", optdiff__bound },
	{ "every option of a listener", optdiff__listening },
	{ "every option while connecting", optdiff__connecting },
	{ "every option of a connected stream", optdiff__connected },
	{ "every option of an accepted stream", optdiff__accepted },
	{ "every option after shutdown", optdiff__shut_down },
	{ "every option of a datagram socket", optdiff__dgram },
	{ "every option of a connected datagram socket",
	  optdiff__dgram_connected },
	{ "every option of a stream, set", optdiff__set },
	{ "every option of a datagram socket, set", optdiff__set_dgram },
	TESTS_END
};
