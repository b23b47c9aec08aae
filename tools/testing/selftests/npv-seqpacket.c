// SPDX-License-Identifier: GPL-2.0
/*
 * SOCK_SEQPACKET: records between two sockets of AF_NPV. What a program that knows
 * the sequenced packets of AF_UNIX or SCTP expects of them; and a load that sends
 * records of all lengths both ways, and checks each.
 *
 * usage: npv-seqpacket                        the cases
 *        npv-seqpacket serve PORT RECORDS SEED
 *        npv-seqpacket load ADDRESS PORT RECORDS SEED
 *        npv-seqpacket echo PORT              to each client, for ever
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/npv.h>
#include <linux/npv_netlink.h>
#include <linux/sockios.h>

#include "check.h"

#define CASE_TIMEOUT_S	40
#define RECORD_MAX	(4 * 1024 * 1024)

static char big[RECORD_MAX + 1], room[RECORD_MAX + 1];

static int seqpacket(int flags)
{
	return OK(socket(npv_family(), SOCK_SEQPACKET | flags, 0));
}

static struct sockaddr_in6 at(const char *address, int port)
{
	struct sockaddr_in6 a = {
		.sin6_family	= AF_INET6,
		.sin6_port	= htons(port),
	};

	EQ(inet_pton(AF_INET6, address, &a.sin6_addr), 1);
	return a;
}

static int listen_on(int port, int flags)
{
	struct sockaddr_in6 a = at("::", port);
	int fd = seqpacket(flags), on = 1;

	OK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	OK(bind(fd, (struct sockaddr *)&a, sizeof(a)));
	OK(listen(fd, 16));
	return fd;
}

static int connect_to(const char *address, int port)
{
	struct sockaddr_in6 a = at(address, port);
	int fd = seqpacket(0);

	OK(connect(fd, (struct sockaddr *)&a, sizeof(a)));
	return fd;
}

struct pair {
	int listener, client, server;
};

static struct pair connected(void)
{
	struct pair p;

	p.listener = listen_on(7300, 0);
	p.client = connect_to("::1", 7300);
	p.server = OK(accept(p.listener, NULL, NULL));
	return p;
}

static int unacknowledged(int fd)
{
	int n;

	OK(ioctl(fd, SIOCOUTQ, &n));
	return n;
}

static int readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return OK(poll(&p, 1, ms)) ? p.revents : 0;
}

/* recvmsg() of one record. Return: its length; what it says in *@flags. */
static ssize_t take(int fd, void *buf, size_t len, int how, int *flags)
{
	struct iovec iov = { .iov_base = buf, .iov_len = len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = recvmsg(fd, &msg, how);

	*flags = msg.msg_flags & (MSG_EOR | MSG_TRUNC);
	return n;
}

static void expect(int fd, const void *want, size_t len)
{
	int flags;

	EQ(take(fd, room, sizeof(room), 0, &flags), len);
	EQ(flags, MSG_EOR);
	CHECK(!memcmp(room, want, len));
}

/* --- cases --- */

static void types(void)
{
	struct pair p = connected();
	int fd[] = { seqpacket(0), p.listener, p.client, p.server }, type;
	socklen_t len = sizeof(type);
	unsigned int i;

	for (i = 0; i < 4; i++) {
		OK(getsockopt(fd[i], SOL_SOCKET, SO_TYPE, &type, &len));
		EQ(type, SOCK_SEQPACKET);
	}
	OK(getsockopt(p.server, SOL_SOCKET, SO_ACCEPTCONN, &type, &len));
	EQ(type, 0);
}

static void boundaries(void)
{
	static const size_t length[] = { 1, 2, 63, 64, 65, 16383, 16384, 60000, 0, 7 };
	struct pair p = connected();
	unsigned int i;

	for (i = 0; i < sizeof(length) / sizeof(length[0]); i++)
		EQ(send(p.client, big + i, length[i], i & 1 ? MSG_EOR : 0), length[i]);
	for (i = 0; i < sizeof(length) / sizeof(length[0]); i++)
		expect(p.server, big + i, length[i]);
	EQ(send(p.server, "back", 4, 0), 4);
	expect(p.client, "back", 4);
}

static void truncated(void)
{
	struct pair p = connected();
	int flags;

	EQ(send(p.client, "longer than that", 16, 0), 16);
	EQ(send(p.client, "next", 4, 0), 4);
	EQ(take(p.server, room, 6, 0, &flags), 6);
	EQ(flags, MSG_EOR | MSG_TRUNC);
	CHECK(!memcmp(room, "longer", 6));
	/* Its length is asked for: not with a pointer that is never written to */
	EQ(take(p.server, room, 2, MSG_TRUNC | MSG_PEEK, &flags), 4);
	EQ(flags, MSG_EOR | MSG_TRUNC);
	EQ(take(p.server, room, 0, MSG_TRUNC, &flags), 4);
	EQ(recv(p.server, room, 1, MSG_DONTWAIT), -1);
	EQ(errno, EAGAIN);
}

static void peeked(void)
{
	struct pair p = connected();
	int flags, n = 0;

	EQ(send(p.client, "first", 5, 0), 5);
	EQ(send(p.client, "second", 6, 0), 6);
	CHECK(readable(p.server, 5000) & POLLIN);
	EQ(take(p.server, room, sizeof(room), MSG_PEEK, &flags), 5);
	EQ(flags, MSG_EOR);
	OK(ioctl(p.server, SIOCINQ, &n));
	EQ(n, 5);
	expect(p.server, "first", 5);
	/* MSG_WAITALL doesn't join what was sent apart. */
	EQ(recv(p.server, room, 100, MSG_WAITALL), 6);
}

static void too_long(void)
{
	struct pair p = connected();
	int size = 20000;
	socklen_t len = sizeof(size);

	FAILS(send(p.client, big, RECORD_MAX + 1, 0), EMSGSIZE);
	OK(setsockopt(p.client, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)));
	OK(getsockopt(p.client, SOL_SOCKET, SO_SNDBUF, &size, &len));
	FAILS(send(p.client, big, size + 1, 0), EMSGSIZE);
	EQ(send(p.client, big, size, 0), size);
	expect(p.server, big, size);
}

/* Longer than any window that the server has when it comes */
static void longest(void)
{
	struct pair p = connected();
	size_t i;

	for (i = 0; i < RECORD_MAX; i++)
		big[i] = i * 7 + (i >> 9);
	EQ(send(p.client, big, RECORD_MAX, 0), RECORD_MAX);
	/* It has not left, and is whose turn it is. */
	FAILS(send(p.client, "end", 3, MSG_DONTWAIT), EAGAIN);
	expect(p.server, big, RECORD_MAX);
	EQ(send(p.client, "end", 3, 0), 3);
	expect(p.server, "end", 3);
}

/* A record that has come in part can't be read, nor is it told of. */
static void whole_or_not(void)
{
	struct pair p = connected();

	EQ(send(p.client, big, 3000000, 0), 3000000);
	CHECK(readable(p.server, 10000) & POLLIN);
	/* Who says that it can be read has all of it. */
	EQ(recv(p.server, room, sizeof(room), MSG_DONTWAIT), 3000000);
	EQ(readable(p.server, 0), 0);
}

static void nonblocking(void)
{
	struct pair p = connected();
	struct pollfd w = { .fd = p.client, .events = POLLOUT };
	size_t sent = 0, got = 0;
	ssize_t n;

	FAILS(recv(p.server, room, 1, MSG_DONTWAIT), EAGAIN);
	while ((n = send(p.client, big, 50000, MSG_DONTWAIT)) == 50000)
		sent++;
	EQ(n, -1);
	EQ(errno, EAGAIN);
	CHECK(sent > 0);
	EQ(OK(poll(&w, 1, 0)), 0);
	while (got < sent) {
		expect(p.server, big, 50000);
		got++;
	}
	EQ(OK(poll(&w, 1, 5000)), 1);
	EQ(send(p.client, "on", 2, MSG_DONTWAIT), 2);
	expect(p.server, "on", 2);
}

static void ends(void)
{
	struct pair p = connected();
	int flags;

	EQ(send(p.client, "last", 4, 0), 4);
	EQ(send(p.client, NULL, 0, 0), 0);
	OK(shutdown(p.client, SHUT_WR));
	FAILS(send(p.client, "x", 1, MSG_NOSIGNAL), EPIPE);
	expect(p.server, "last", 4);
	/* An empty record isn't the end. */
	EQ(take(p.server, room, 9, 0, &flags), 0);
	EQ(flags, MSG_EOR);
	EQ(take(p.server, room, 9, 0, &flags), 0);
	EQ(flags, 0);
	EQ(send(p.server, "still", 5, 0), 5);
	expect(p.client, "still", 5);
	OK(close(p.server));
	EQ(take(p.client, room, 9, 0, &flags), 0);
	EQ(flags, 0);
}

/* close() right behind a record that no stack has room for */
static void close_behind(void)
{
	struct pair p = connected();

	EQ(send(p.client, big, RECORD_MAX, 0), RECORD_MAX);
	OK(close(p.client));
	expect(p.server, big, RECORD_MAX);
	EQ(recv(p.server, room, 9, 0), 0);
}

static void unread(void)
{
	struct pair p = connected();

	EQ(send(p.client, "unread", 6, 0), 6);
	CHECK(readable(p.server, 5000) & POLLIN);
	OK(close(p.server));
	EVENTUALLY(send(p.client, "x", 1, MSG_NOSIGNAL) < 0, 5000);
	CHECK(errno == ECONNRESET || errno == EPIPE);
}

static void epoll_edges(void)
{
	struct pair p = connected();
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	int ep = OK(epoll_create1(0));

	OK(epoll_ctl(ep, EPOLL_CTL_ADD, p.server, &ev));
	EQ(epoll_wait(ep, &ev, 1, 0), 0);
	EQ(send(p.client, "one", 3, 0), 3);
	EQ(epoll_wait(ep, &ev, 1, 5000), 1);
	EQ(epoll_wait(ep, &ev, 1, 0), 0);
	EQ(send(p.client, "two", 3, 0), 3);
	EQ(epoll_wait(ep, &ev, 1, 5000), 1);
	expect(p.server, "one", 3);
	expect(p.server, "two", 3);
	EQ(recv(p.server, room, 9, MSG_DONTWAIT), -1);
	/* One that comes in many pieces is told of when it is whole. */
	EQ(send(p.client, big, 2000000, 0), 2000000);
	do {
		EQ(epoll_wait(ep, &ev, 1, 10000), 1);
	} while (recv(p.server, room, sizeof(room), MSG_DONTWAIT) < 0);
	CHECK(!memcmp(room, big, 2000000));
}

/* Who speaks no NPV is refused, and whoever waits is not told of it. */
static void ordinary_client(void)
{
	struct sockaddr_in6 a = at("::1", 7300);
	int l = listen_on(7300, SOCK_NONBLOCK);
	int fd = OK(socket(AF_INET6, SOCK_STREAM, 0));

	OK(connect(fd, (struct sockaddr *)&a, sizeof(a)));
	EQ(readable(l, 100), 0);
	FAILS(accept(l, NULL, NULL), EAGAIN);
	FAILS(recv(fd, room, 1, 0), ECONNRESET);
	connect_to("::1", 7300);
	CHECK(readable(l, 5000) & POLLIN);
	OK(accept(l, NULL, NULL));
}

static void ordinary_server(void)
{
	struct sockaddr_in6 a = at("::1", 7301);
	int l = OK(socket(AF_INET6, SOCK_STREAM, 0)), fd = seqpacket(0);

	OK(bind(l, (struct sockaddr *)&a, sizeof(a)));
	OK(listen(l, 4));
	FAILS(connect(fd, (struct sockaddr *)&a, sizeof(a)), ECONNREFUSED);
	/* Nor did anybody connect to it. */
	EQ(readable(l, 0), 0);
}

/* A stream's listener is none of records, nor the other way round. */
static void other_type(void)
{
	struct sockaddr_in6 a = at("::1", 7302), b = at("::1", 7303);
	int l = OK(socket(npv_family(), SOCK_STREAM, 0)), fd, records;
	struct npv_info info = { };
	socklen_t len = sizeof(info);

	OK(bind(l, (struct sockaddr *)&a, sizeof(a)));
	OK(listen(l, 4));
	records = listen_on(7303, SOCK_NONBLOCK);
	FAILS(connect(seqpacket(0), (struct sockaddr *)&a, sizeof(a)), ECONNREFUSED);
	/* What was said of records is not believed of streams. */
	fd = OK(socket(npv_family(), SOCK_STREAM, 0));
	OK(connect(fd, (struct sockaddr *)&a, sizeof(a)));
	OK(getsockopt(fd, SOL_NPV, NPV_INFO, &info, &len));
	EQ(info.npvi_kind, NPV_KIND_NATIVE);
	fd = OK(socket(npv_family(), SOCK_STREAM, 0));
	/* TCP listens, and resets who comes. */
	if (!connect(fd, (struct sockaddr *)&b, sizeof(b))) {
		EQ(readable(records, 100), 0);
		FAILS(recv(fd, room, 1, 0), ECONNRESET);
	}
}

static void splices(void)
{
	struct pair p = connected();
	int fd[2];

	OK(pipe(fd));
	EQ(send(p.client, "record", 6, 0), 6);
	FAILS(splice(p.server, NULL, fd[1], NULL, 100, 0), EOPNOTSUPP);
	expect(p.server, "record", 6);
}

/*
 * One that fits the window, but ends behind what the server has let the client send:
 * it must do so when it finds that out.
 */
static void behind_the_edge(void)
{
	/* Of a window of 524288 bytes, as it is at first with what TCP has by default */
	static const size_t length[] = { 524180, 524200, 524288 };
	unsigned int i;

	for (i = 0; i < sizeof(length) / sizeof(length[0]); i++) {
		struct pair p = connected();

		EQ(send(p.client, big, 100, 0), 100);
		EQ(send(p.client, big, length[i], 0), length[i]);
		/* Acknowledged, so that nothing but the edge is in the way */
		EVENTUALLY(unacknowledged(p.client) < 2000, 5000);
		expect(p.server, big, 100);
		expect(p.server, big, length[i]);
		close(p.client);
		close(p.server);
		close(p.listener);
	}
}

/* Nothing makes a socket of records one of TCP. */
static void never_plain(void)
{
	struct sockaddr_in6 a = at("::1", 7304);
	int l = OK(socket(AF_INET6, SOCK_STREAM, 0)), fd = seqpacket(0), on = 1;
	int family = npv_family(), strict;

	OK(bind(l, (struct sockaddr *)&a, sizeof(a)));
	OK(listen(l, 4));
	FAILS(sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&a, sizeof(a)),
	      EOPNOTSUPP);
	strict = OK(socket(npv_family(), SOCK_SEQPACKET, NPV_PROTO(AF_INET6, 0)));
	OK(setsockopt(strict, SOL_NPV, NPV_NAME_FAMILY, &family, sizeof(family)));
	FAILS(connect(strict, (struct sockaddr *)&a, sizeof(a)), ECONNREFUSED);
	OK(setsockopt(fd, SOL_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof(on)));
	FAILS(connect(fd, (struct sockaddr *)&a, sizeof(a)), ECONNREFUSED);
	EQ(readable(l, 0), 0);
}

/* The error of one that doesn't wait is told once; then there may be another try. */
static void connect_again(void)
{
	struct sockaddr_in6 a = at("::1", 7305);
	int l = OK(socket(AF_INET6, SOCK_STREAM, 0)), fd = seqpacket(SOCK_NONBLOCK);
	struct pollfd w = { .fd = fd, .events = POLLOUT };
	int err = 0, state;
	socklen_t len = sizeof(err), one = 1;
	uint8_t byte = 0;

	OK(bind(l, (struct sockaddr *)&a, sizeof(a)));
	OK(listen(l, 4));
	if (connect(fd, (struct sockaddr *)&a, sizeof(a)))
		CHECK(errno == EINPROGRESS || errno == ECONNREFUSED);
	if (errno == EINPROGRESS) {
		EQ(OK(poll(&w, 1, 5000)), 1);
		OK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len));
		EQ(err, ECONNREFUSED);
	}
	/* Now there is somebody. */
	listen_on(7306, 0);
	a = at("::1", 7306);
	for (state = 0; state < 3 && connect(fd, (struct sockaddr *)&a, sizeof(a)); state++) {
		if (errno == EISCONN)
			break;
		CHECK(errno == EINPROGRESS || errno == EALREADY || errno == ECONNABORTED);
		EQ(OK(poll(&w, 1, 5000)), 1);
	}
	OK(getsockopt(fd, SOL_TCP, TCP_INFO, &byte, &one));
	EQ(byte, TCP_ESTABLISHED);
	FAILS(connect(listen_on(7307, 0), (struct sockaddr *)&a, sizeof(a)), EISCONN);
}

static void refused_options(void)
{
	struct pair p = connected();
	int on = 1, fd[2];

	FAILS(setsockopt(p.client, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)), EOPNOTSUPP);
	FAILS(setsockopt(p.client, SOL_SOCKET, SO_PEEK_OFF, &on, sizeof(on)), EOPNOTSUPP);
	OK(pipe(fd));
	EQ(write(fd[1], "piped", 5), 5);
	FAILS(splice(fd[0], NULL, p.client, NULL, 5, 0), EOPNOTSUPP);
}

static const struct test tests[] = {
	{ "SO_TYPE", types },
	{ "records keep their boundaries", boundaries },
	{ "MSG_TRUNC: the rest of a record is lost", truncated },
	{ "MSG_PEEK, SIOCINQ, MSG_WAITALL", peeked },
	{ "EMSGSIZE: longer than the send buffer", too_long },
	{ "the longest record", longest },
	{ "poll: not before a record is whole", whole_or_not },
	{ "EAGAIN: the buffer is full", nonblocking },
	{ "shutdown, half-close, the end", ends },
	{ "close behind a record that has not left", close_behind },
	{ "close with a record unread", unread },
	{ "epoll: edges", epoll_edges },
	{ "an ordinary client is reset, and accept() is not told", ordinary_client },
	{ "an ordinary server is not connected to", ordinary_server },
	{ "listeners of another type", other_type },
	{ "splice", splices },
	{ "records that end behind the window's edge", behind_the_edge },
	{ "never plain, whatever is called", never_plain },
	{ "connect() again after it has failed", connect_again },
	{ "options that records don't have", refused_options },
	TESTS_END
};

/* --- the load --- */

/* xorshift64: the same at both ends */
static uint64_t next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* Most are short, some long. Return: the record's length; it is in @buf. */
static size_t make(uint64_t *x, char *buf)
{
	uint64_t what = next(x), fill = next(x);
	size_t len, i;

	len = what % 100 < 60 ? what / 100 % 200 :
	      what % 100 < 98 ? what / 100 % 20000 : what / 100 % 300000;
	for (i = 0; i < len; i++)
		buf[i] = fill >> i % 57;
	return len;
}

static void exchange(int fd, long records, uint64_t out, uint64_t in)
{
	struct pollfd p = { .fd = fd };
	long sent = 0, got = 0;
	size_t len = 0, want;
	bool made = false;
	ssize_t n;

	OK(fcntl(fd, F_SETFL, O_NONBLOCK));
	while (sent < records || got < records) {
		if (sent < records && !made) {
			len = make(&out, big);
			made = true;
		}
		p.events = POLLIN | (made ? POLLOUT : 0);
		if (OK(poll(&p, 1, 60000)) != 1)
			FAIL("nothing for a minute: sent %ld, received %ld", sent, got);
		if (p.revents & POLLOUT) {
			n = send(fd, big, len, MSG_NOSIGNAL);
			if (n < 0 && errno != EAGAIN)
				FAIL("send: %s", errno_name(errno));
			if (n >= 0) {
				EQ(n, len);
				made = false;
				if (++sent == records)
					OK(shutdown(fd, SHUT_WR));
			}
		}
		if (p.revents & (POLLIN | POLLHUP | POLLERR) && got < records) {
			n = recv(fd, room, sizeof(room), 0);
			if (n < 0 && errno == EAGAIN)
				continue;
			if (n < 0)
				FAIL("recv: %s", errno_name(errno));
			want = make(&in, big + RECORD_MAX / 2);
			EQ(n, want);
			CHECK(!memcmp(room, big + RECORD_MAX / 2, n));
			got++;
		} else if (p.revents & (POLLHUP | POLLERR)) {
			FAIL("ended: sent %ld, received %ld", sent, got);
		}
	}
	/* The end comes behind the last record. */
	OK(fcntl(fd, F_SETFL, 0));
	EQ(recv(fd, room, 1, 0), 0);
	printf("%ld records each way\n", records);
}

/* Records go back to where they came from. */
static void *echo(void *arg)
{
	int fd = (intptr_t)arg, flags;
	char *buf = malloc(RECORD_MAX);
	ssize_t n;

	while (buf && (n = take(fd, buf, RECORD_MAX, 0, &flags)) >= 0 && flags & MSG_EOR)
		if (send(fd, buf, n, MSG_NOSIGNAL) != n)
			break;
	free(buf);
	close(fd);
	return NULL;
}

static void serve(int port)
{
	int l = listen_on(port, 0);
	pthread_t thread;
	int fd;

	for (;;) {
		fd = OK(accept(l, NULL, NULL));
		EQ(pthread_create(&thread, NULL, echo, (void *)(intptr_t)fd), 0);
		pthread_detach(thread);
	}
}

int main(int argc, char **argv)
{
	const struct test *test;
	uint64_t seed;

	if (argc == 3 && !strcmp(argv[1], "echo"))
		serve(atoi(argv[2]));
	if (argc == 5 && !strcmp(argv[1], "serve")) {
		int l = listen_on(atoi(argv[2]), 0);

		seed = strtoull(argv[4], NULL, 0);
		exchange(OK(accept(l, NULL, NULL)), atol(argv[3]), seed, seed + 1);
		return 0;
	}
	if (argc == 6 && !strcmp(argv[1], "load")) {
		seed = strtoull(argv[5], NULL, 0);
		exchange(connect_to(argv[2], atoi(argv[3])), atol(argv[4]), seed + 1, seed);
		return 0;
	}
	for (test = tests; test->name; test++)
		tap_run("seqpacket", test, CASE_TIMEOUT_S);
	return tap_end();
}
