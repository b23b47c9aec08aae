// SPDX-License-Identifier: GPL-2.0
/*
 * The IPv6 twin of an IPv4 listener: whom it serves, and that it is in nobody's
 * way. Each case says what it showed before the kernel was mended; the numbers
 * are those of the review.
 *
 * npv-twin [GROUP]		"on" or "off", as net.npv.listen_twin is
 */
#include <arpa/inet.h>
#include <linux/filter.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "flavour.h"

#define CASE_TIMEOUT_S 20
/* Far more than a connection over loopback takes, in milliseconds */
#define SOON 3000
/* So long nothing must happen */
#define QUIET 300
#define CLIENTS 20
#define OTHER_USER 1000

static int set(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

/* A socket on any address of a family, as an unmodified program has it */
static int try_bind(int family, int port, int option, int *fd)
{
	struct addr a;

	*fd = (int)OK(socket(npv_family(), SOCK_STREAM | SOCK_NONBLOCK,
			     NPV_PROTO(family, 0)));
	if (option)
		OK(set(*fd, SOL_SOCKET, option, 1));
	if (family == AF_INET6)
		OK(set(*fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	a = family == AF_INET ? flavour_addr(&flavours[0], "0.0.0.0", port) :
				flavour_addr(&flavours[1], "::", port);
	return bind(*fd, &a.sa, a.len) ? errno : 0;
}

static int bound(int family, int port, int option)
{
	int fd, err = try_bind(family, port, option, &fd);

	if (err)
		FAIL("bind of port %d for %s: %s", port,
		     family == AF_INET ? "IPv4" : "IPv6", errno_name(err));
	return fd;
}

static int listener(int family, int port, int option)
{
	int fd = bound(family, port, option);

	OK(listen(fd, 64));
	return fd;
}

/* What a plain client sees that stays connected: 0 or an errno */
static int client_for(const char *text, int port, int ms)
{
	bool v4 = strchr(text, '.');
	struct addr a = flavour_addr(&flavours[v4 ? 0 : 1], text, port);
	struct pollfd pfd = { .events = POLLOUT };
	socklen_t len = sizeof(int);
	int err = 0;

	pfd.fd = (int)OK(socket(a.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0));
	if (!connect(pfd.fd, &a.sa, a.len))
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	if (poll(&pfd, 1, ms) != 1)
		return ETIMEDOUT;
	OK(getsockopt(pfd.fd, SOL_SOCKET, SO_ERROR, &err, &len));
	return err;
}

static int client4(int port)
{
	return client_for("127.0.0.1", port, SOON);
}

static int client6(int port)
{
	return client_for("::1", port, SOON);
}

/* Takes what waits on a listener; returns how many that were */
static int take(int fd)
{
	int n = 0;

	while (accept(fd, NULL, NULL) >= 0)
		n++;
	EQ(errno, EAGAIN);
	return n;
}

/* All @n clients that came last arrive at @fd, none at @other */
static void arrive(int fd, int n, int other)
{
	int got = 0;

	EVENTUALLY((got += take(fd)) >= n, SOON);
	EQ(got, n);
	if (other >= 0)
		EQ(take(other), 0);
}

/* IPv6 clients reach an IPv4 listener */
static void twin_works(int fd, int port)
{
	EQ(client6(port), 0);
	arrive(fd, 1, -1);
}

static long counter(const char *name)
{
	FILE *f = fopen("/proc/self/net/npv_stat", "r");
	long value, found = -1;
	char line[64];

	CHECK(f);
	while (fscanf(f, "%63s %ld", line, &value) == 2)
		if (!strcmp(line, name))
			found = value;
	fclose(f);
	return found;
}

/* TCP sockets that listen on IPv6, whatever the port */
static int listening6(void)
{
	FILE *f = fopen("/proc/self/net/tcp6", "r");
	char line[512], state[8];
	int n = 0;

	CHECK(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%*s %*s %*s %7s", state) == 1 &&
		    !strcmp(state, "0A"))
			n++;
	fclose(f);
	return n;
}

/* A second program, which has no privilege */
static void other_program(void (*fn)(void *arg), void *arg)
{
	pid_t pid = fork();

	if (pid < 0)
		FAIL("fork: %s", errno_name(errno));
	if (!pid) {
		OK(setresgid(OTHER_USER, OTHER_USER, OTHER_USER));
		OK(setresuid(OTHER_USER, OTHER_USER, OTHER_USER));
		fn(arg);
		fflush(stdout);
		_exit(0);
	}
	reap(pid);
}

static const struct sock_filter drop_all[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
static const struct sock_filter pass_all[] = { BPF_STMT(BPF_RET | BPF_K, -1) };

static void filter(int fd, const struct sock_filter *code)
{
	struct sock_fprog prog = { 1, (struct sock_filter *)code };

	OK(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
}

/* The twin as such: else none of the cases below says anything */
static void plain_twin(void)
{
	long twins = counter("TwinListen");
	int fd = listener(AF_INET, 7100, 0);

	EQ(counter("TwinListen"), twins + 1);
	twin_works(fd, 7100);
	EQ(client4(7100), 0);
	arrive(fd, 1, -1);
	close(fd);
	EQ(client6(7100), ECONNREFUSED);
}

/* 6: the second listen() was EADDRINUSE */
static void bind_both_listen_both(void)
{
	int four = bound(AF_INET, 7101, SO_REUSEADDR);
	int six = bound(AF_INET6, 7101, SO_REUSEADDR);

	OK(listen(four, 64));
	OK(listen(six, 64));
	EQ(client6(7101), 0);
	arrive(six, 1, four);
	EQ(client4(7101), 0);
	arrive(four, 1, six);
}

static void bind_both_listen_six_first(void)
{
	int four = bound(AF_INET, 7102, SO_REUSEADDR);
	int six = bound(AF_INET6, 7102, SO_REUSEADDR);

	OK(listen(six, 64));
	OK(listen(four, 64));
	EQ(client6(7102), 0);
	arrive(six, 1, four);
	EQ(client4(7102), 0);
	arrive(four, 1, six);
}

static void one_after_the_other(void)
{
	long yields = counter("TwinYield");
	int four = listener(AF_INET, 7103, 0);
	int six = listener(AF_INET6, 7103, 0);

	EQ(counter("TwinYield"), yields + 1);
	EQ(client6(7103), 0);
	arrive(six, 1, four);
	EQ(client4(7103), 0);
	arrive(four, 1, six);
}

/*
 * 34: only the first of a group had a twin, so that the others were not reached
 * over IPv6, and nobody was once the first had ended
 */
static void reuseport_group(void)
{
	int fd[3], got[3] = { }, i, n;

	for (i = 0; i < 3; i++)
		fd[i] = listener(AF_INET, 7104, SO_REUSEPORT);
	for (n = 0; n < CLIENTS; n++)
		EQ(client6(7104), 0);
	for (i = 0, n = 0; i < 3; i++)
		n += got[i] = take(fd[i]);
	EQ(n, CLIENTS);
	/* That all have the same hash is one chance in a billion. */
	CHECK(got[0] < CLIENTS && got[1] < CLIENTS && got[2] < CLIENTS);

	close(fd[0]);
	for (n = 0; n < CLIENTS; n++)
		EQ(client6(7104), 0);
	EQ(take(fd[1]) + take(fd[2]), CLIENTS);
	close(fd[1]);
	for (n = 0; n < CLIENTS; n++)
		EQ(client6(7104), 0);
	EQ(take(fd[2]), CLIENTS);
}

/* 7: 11 of 20 IPv6 clients arrived at the IPv4 socket */
static void reuseport_explicit(void)
{
	int four[2], six, n;

	four[0] = listener(AF_INET, 7105, SO_REUSEPORT);
	four[1] = listener(AF_INET, 7105, SO_REUSEPORT);
	six = listener(AF_INET6, 7105, SO_REUSEPORT);
	for (n = 0; n < CLIENTS; n++)
		EQ(client6(7105), 0);
	arrive(six, CLIENTS, four[0]);
	EQ(take(four[1]), 0);
	for (n = 0; n < CLIENTS; n++)
		EQ(client4(7105), 0);
	EQ(take(four[0]) + take(four[1]), CLIENTS);
	EQ(take(six), 0);
}

/* A worker that comes later must not open a twin beside it either */
static void reuseport_explicit_first(void)
{
	int four, six, n;

	six = listener(AF_INET6, 7106, SO_REUSEPORT);
	four = listener(AF_INET, 7106, SO_REUSEPORT);
	for (n = 0; n < CLIENTS; n++)
		EQ(client6(7106), 0);
	arrive(six, CLIENTS, four);
}

/* 34: an option that was set after listen() made the twin share its port */
static void reuseport_late(void)
{
	int four, six, n;

	four = listener(AF_INET, 7107, 0);
	OK(set(four, SOL_SOCKET, SO_REUSEPORT, 1));
	six = listener(AF_INET6, 7107, SO_REUSEPORT);
	for (n = 0; n < CLIENTS; n++)
		EQ(client6(7107), 0);
	arrive(six, CLIENTS, four);
}

/* An IPv6 socket that wants IPv4 as well, where that is taken */
static void bind_dual(void *arg)
{
	struct addr a = flavour_addr(&flavours[1], "::", *(int *)arg);
	int fd;

	fd = (int)OK(socket(npv_family(), SOCK_STREAM, NPV_PROTO(AF_INET6, 0)));
	FAILS(bind(fd, &a.sa, a.len), EADDRINUSE);
}

/*
 * 8: the twin was gone for ever; after a first attempt at mending that, only if
 * it still had connections
 */
static void failing_bind(void)
{
	int port = 7108, fd = listener(AF_INET, port, 0);

	twin_works(fd, port);
	other_program(bind_dual, &port);
	twin_works(fd, port);
	other_program(bind_dual, &port);
	twin_works(fd, port);
}

/* It leaves the twins of a group as they were */
static void failing_bind_group(void)
{
	int port = 7109, fd[2], n;

	fd[0] = listener(AF_INET, port, SO_REUSEPORT);
	fd[1] = listener(AF_INET, port, SO_REUSEPORT);
	other_program(bind_dual, &port);
	for (n = 0; n < CLIENTS; n++)
		EQ(client6(port), 0);
	EQ(take(fd[0]) + take(fd[1]), CLIENTS);
	close(fd[0]);
	twin_works(fd[1], port);
}

static void bind_mapped(void *arg)
{
	struct addr a = flavour_addr(&flavours[0], "0.0.0.0", *(int *)arg);
	int fd = (int)OK(socket(npv_family(), SOCK_STREAM, 0));

	FAILS(bind(fd, &a.sa, a.len), EADDRINUSE);
}

/* 8, 38: one of IPv4 closed the twin, with the connections waiting there */
static void failing_bind_mapped(void)
{
	int port = 7110, fd = listener(AF_INET, port, 0);

	EQ(client6(port), 0);
	other_program(bind_mapped, &port);
	arrive(fd, 1, -1);
	twin_works(fd, port);
}

static void bind_privileged(void *arg)
{
	int fd;

	EQ(try_bind(AF_INET6, *(int *)arg, SO_REUSEPORT, &fd), EACCES);
}

/*
 * Nor can who is not allowed the port close a twin there: it was not opened
 * again, for who had failed was to open it
 */
static void forbidden_bind(void)
{
	int port = 710, fd = listener(AF_INET, port, SO_REUSEPORT);

	other_program(bind_privileged, &port);
	twin_works(fd, port);
}

/* 9: the second listen() had the twin listen on a port that nobody chose */
static void listen_again_yielded(void)
{
	int four = listener(AF_INET, 7111, 0);
	int six;

	EQ(listening6(), 1);
	six = bound(AF_INET6, 7111, 0);
	EQ(listening6(), 0);
	OK(shutdown(four, SHUT_RD));
	OK(listen(four, 64));
	EQ(listening6(), 0);
	EQ(client4(7111), 0);
	arrive(four, 1, -1);
	OK(listen(six, 64));
	EQ(client6(7111), 0);
	arrive(six, 1, four);
}

static void listen_again(void)
{
	int fd = listener(AF_INET, 7112, 0);

	OK(shutdown(fd, SHUT_RD));
	EQ(client6(7112), ECONNREFUSED);
	EQ(client4(7112), ECONNREFUSED);
	OK(listen(fd, 64));
	twin_works(fd, 7112);
	EQ(client4(7112), 0);
	arrive(fd, 1, -1);
	EQ(listening6(), 1);
}

/*
 * The twin took itself for one that was in its way, gave up its own port, and
 * listened on one that nobody chose
 */
static void listen_again_taken(void)
{
	int four = listener(AF_INET, 7131, 0);
	int six;

	OK(shutdown(four, SHUT_RD));
	six = bound(AF_INET6, 7131, SO_REUSEADDR);
	OK(listen(six, 64));
	OK(listen(four, 64));
	EQ(listening6(), 1);
	EQ(client4(7131), 0);
	arrive(four, 1, -1);
	EQ(client6(7131), 0);
	arrive(six, 1, four);
}

/* Who had the port is gone: the twin stayed closed for ever */
static void listen_again_free(void)
{
	int four = listener(AF_INET, 7132, 0), c, fd;
	struct addr plain;
	char b;

	OK(close(bound(AF_INET6, 7132, 0)));
	EQ(listening6(), 0);
	OK(shutdown(four, SHUT_RD));
	OK(listen(four, 64));
	twin_works(four, 7132);
	/* Its connections are whole: shutdown() is not theirs to inherit */
	plain = flavour_addr(&flavours[1], "::1", 7132);
	c = (int)OK(socket(AF_INET6, SOCK_STREAM, 0));
	OK(connect(c, &plain.sa, plain.len));
	EVENTUALLY((fd = accept(four, NULL, NULL)) >= 0, SOON);
	EQ(send(c, "x", 1, 0), 1);
	EQ(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 5000), 1);
	EQ(recv(fd, &b, 1, MSG_DONTWAIT), 1);
}

/* A twin that its program had stopped was opened by a bind that failed */
static void failing_bind_stopped(void)
{
	int port = 7133, fd = listener(AF_INET, port, 0);

	OK(shutdown(fd, SHUT_RD));
	other_program(bind_dual, &port);
	EQ(client6(port), ECONNREFUSED);
	EQ(listening6(), 0);
}

/* 10: the twin went on to listen, and nobody could take what it accepted */
static void dissolve(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int fd = listener(AF_INET, 7113, 0);

	OK(connect(fd, &none, sizeof(none)));
	EQ(client4(7113), ECONNREFUSED);
	EQ(client6(7113), ECONNREFUSED);
	EQ(listening6(), 0);
	FAILS(accept(fd, NULL, NULL), EINVAL);
	OK(listen(fd, 64));
	twin_works(fd, 7113);
}

/* 10: the same for the addresses beyond the first */
static void dissolve_several(void)
{
	static const char *const both[] = { "127.0.0.1", "::1" };
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct addr a = addr_npv(7114, 2, both);
	int fd;

	fd = (int)OK(socket(npv_family(), SOCK_STREAM | SOCK_NONBLOCK, 0));
	OK(bind(fd, &a.sa, a.len));
	OK(listen(fd, 64));
	EQ(client4(7114), 0);
	EQ(client6(7114), 0);
	arrive(fd, 2, -1);
	OK(connect(fd, &none, sizeof(none)));
	EQ(client4(7114), ECONNREFUSED);
	EQ(client6(7114), ECONNREFUSED);
}

/* 11: the twin took connections that the filter had dropped */
static void filter_before(void)
{
	long twins = counter("TwinListen");
	int fd = bound(AF_INET, 7115, 0);

	filter(fd, pass_all);
	OK(listen(fd, 64));
	EQ(counter("TwinListen"), twins);
	EQ(listening6(), 0);
	EQ(client6(7115), ECONNREFUSED);
	EQ(client4(7115), 0);
	arrive(fd, 1, -1);
}

static void filter_after(void)
{
	int fd = listener(AF_INET, 7116, 0);

	twin_works(fd, 7116);
	filter(fd, drop_all);
	EQ(client_for("127.0.0.1", 7116, QUIET), ETIMEDOUT);
	EQ(client_for("::1", 7116, QUIET), ETIMEDOUT);
	OK(set(fd, SOL_SOCKET, SO_DETACH_FILTER, 0));
	twin_works(fd, 7116);
}

/* 11: bound, and the addresses beyond the first went without the filter */
static void filter_several(void)
{
	static const char *const both[] = { "127.0.0.1", "::1" };
	struct addr a = addr_npv(7117, 2, both);
	int fd;

	fd = (int)OK(socket(npv_family(), SOCK_STREAM | SOCK_NONBLOCK, 0));
	filter(fd, drop_all);
	FAILS(bind(fd, &a.sa, a.len), EOPNOTSUPP);
}

static void filter_several_after(void)
{
	static const char *const both[] = { "127.0.0.1", "::1" };
	struct addr a = addr_npv(7118, 2, both);
	int fd;

	fd = (int)OK(socket(npv_family(), SOCK_STREAM | SOCK_NONBLOCK, 0));
	OK(bind(fd, &a.sa, a.len));
	OK(listen(fd, 64));
	filter(fd, drop_all);
	EQ(client_for("127.0.0.1", 7118, QUIET), ETIMEDOUT);
	EQ(client_for("::1", 7118, QUIET), ETIMEDOUT);
}

static void switched_off(void)
{
	long twins = counter("TwinListen"), fails = counter("TwinFail");
	int fd = listener(AF_INET, 7119, 0);

	EQ(listening6(), 0);
	EQ(client6(7119), ECONNREFUSED);
	EQ(client4(7119), 0);
	arrive(fd, 1, -1);
	EQ(counter("TwinListen"), twins);
	EQ(counter("TwinFail"), fails);
	/* and the port is free for who wants it */
	OK(listen(bound(AF_INET6, 7119, 0), 64));
}

static const struct test tests_on[] = {
	{ "an IPv4 listener is reached over IPv6", plain_twin },
	{ "bind IPv4 and IPv6, then listen on both", bind_both_listen_both },
	{ "the same, IPv6 listens first", bind_both_listen_six_first },
	{ "listen on IPv4, then bind and listen on IPv6", one_after_the_other },
	{ "SO_REUSEPORT: twins of a group share", reuseport_group },
	{ "SO_REUSEPORT: an IPv6 listener has all its clients",
	  reuseport_explicit },
	{ "SO_REUSEPORT: it had the port first", reuseport_explicit_first },
	{ "SO_REUSEPORT: set after listen", reuseport_late },
	{ "a bind that fails leaves the twin", failing_bind },
	{ "a bind that fails leaves the twins of a group", failing_bind_group },
	{ "an IPv4 bind that fails leaves the twin's queue",
	  failing_bind_mapped },
	{ "a bind that is forbidden leaves the twin", forbidden_bind },
	{ "listen again, the twin has yielded", listen_again_yielded },
	{ "listen again, twin and all", listen_again },
	{ "listen again, the twin's port is taken", listen_again_taken },
	{ "listen again, the twin's port is free again", listen_again_free },
	{ "a bind that fails leaves a stopped twin", failing_bind_stopped },
	{ "connect(AF_UNSPEC) stops the twin", dissolve },
	{ "connect(AF_UNSPEC) stops all addresses", dissolve_several },
	{ "SO_ATTACH_FILTER before listen: no twin", filter_before },
	{ "SO_ATTACH_FILTER after listen: filters the twin", filter_after },
	{ "SO_ATTACH_FILTER before bind to several", filter_several },
	{ "SO_ATTACH_FILTER on several", filter_several_after },
	TESTS_END
};

static const struct test tests_off[] = {
	{ "listen_twin=0: none", switched_off },
	TESTS_END
};

int main(int argc, char **argv)
{
	const struct test *test = tests_on;

	if (argc > 1 && !strcmp(argv[1], "off"))
		test = tests_off;
	for (; test->name; test++)
		tap_run("twin", test, CASE_TIMEOUT_S);
	return tap_end();
}
