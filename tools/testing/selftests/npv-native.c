// SPDX-License-Identifier: GPL-2.0
/*
 * What a program may do with a native session, one case each: how it begins and
 * ends, what poll() and the errors say, what is left of it. Both ends are in one
 * process, in a namespace each, as sockets stay where they were made.
 *
 * npv-native native|plain CLIENT_NS SERVER_NS ADDRESS...
 *
 * The sessions have to be of that kind: what is true of native ones is so of
 * plain ones, too. The addresses are those of the server. TAP on standard output.
 * NPV_TEST_ONLY in the environment is a part of the names of the cases to run.
 */
#include <fcntl.h>
#include <linux/npv_netlink.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "flavour.h"
#include "stream.h"

#define CASE_TIMEOUT_S	30
#define PATIENCE_MS	10000
/* More than the buffers of both ends hold */
#define MUCH		(24 << 20)
#define PIECE		65536
#define SEED		7

static int ns[2];
enum { CLIENT, SERVER };

static int kind, naddresses, next_port;
static const char *const *addresses;
static const char *const any[] = { "::" };

/* --- both ends --- */

static int socket_in(int which, int type)
{
	OK(setns(ns[which], CLONE_NEWNET));
	return OK(socket(npv_family(), SOCK_STREAM | type, 0));
}

static int listener_with(int backlog)
{
	struct addr a = addr_npv(next_port, 1, any);
	int fd = socket_in(SERVER, 0), on = 1;

	OK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	OK(bind(fd, &a.sa, a.len));
	OK(listen(fd, backlog));
	return fd;
}

static struct npv_info info_of(int fd)
{
	struct npv_info info = { };
	socklen_t len = sizeof(info);

	OK(getsockopt(fd, SOL_NPV, NPV_INFO, &info, &len));
	return info;
}

static void right_kind(int fd)
{
	EQ(info_of(fd).npvi_kind, kind);
}

static int client(void)
{
	struct addr a = addr_npv(next_port, naddresses, addresses);
	int fd = socket_in(CLIENT, 0);

	OK(connect(fd, &a.sa, a.len));
	return fd;
}

/* A session: @fd[CLIENT] and @fd[SERVER]; the listener, or -1 once closed */
static int pair_with(int fd[2])
{
	int listener = listener_with(8);

	fd[CLIENT] = client();
	fd[SERVER] = OK(accept(listener, NULL, NULL));
	right_kind(fd[CLIENT]);
	right_kind(fd[SERVER]);
	return listener;
}

static void pair(int fd[2])
{
	close(pair_with(fd));
}

static void nonblock(int fd)
{
	OK(fcntl(fd, F_SETFL, O_NONBLOCK));
}

/* --- data --- */

static void put(int fd, const void *buf, size_t n)
{
	size_t done = 0;

	while (done < n)
		done += OK(send(fd, (const char *)buf + done, n - done,
				MSG_NOSIGNAL));
}

static void get(int fd, void *buf, size_t n)
{
	size_t done = 0;
	ssize_t got;

	while (done < n) {
		got = OK(recv(fd, (char *)buf + done, n - done, 0));
		if (!got)
			FAIL("the stream ended after %zu of %zu bytes", done, n);
		done += got;
	}
}

static void put_much(int fd, uint64_t from, uint64_t n)
{
	static char buf[PIECE];
	size_t part;

	for (; n; n -= part, from += part) {
		part = n < sizeof(buf) ? n : sizeof(buf);
		stream_fill(buf, part, SEED, from);
		put(fd, buf, part);
	}
}

static void get_much(int fd, uint64_t from, uint64_t n)
{
	static char buf[PIECE];
	size_t part;
	ssize_t bad;

	for (; n; n -= part, from += part) {
		part = n < sizeof(buf) ? n : sizeof(buf);
		get(fd, buf, part);
		bad = stream_check(buf, part, SEED, from);
		if (bad >= 0)
			FAIL("byte %llu is wrong: the bytes there are %s",
			     (unsigned long long)from + bad,
			     stream_origin(buf + bad, part - bad, SEED));
	}
}

static void at_end(int fd)
{
	char byte;

	EQ(recv(fd, &byte, 1, 0), 0);
}

static void exchange(int a, int b)
{
	char word[6] = "";

	put(a, "hello", 5);
	get(b, word, 5);
	CHECK(!strcmp(word, "hello"));
	put(b, "world", 5);
	get(a, word, 5);
	CHECK(!strcmp(word, "world"));
}

static int revents(int fd, int events, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	OK(poll(&pfd, 1, ms));
	return pfd.revents;
}

static int queued(int fd, unsigned long request)
{
	int n = -1;

	OK(ioctl(fd, request, &n));
	return n;
}

static int error_of(int fd)
{
	socklen_t len = sizeof(int);
	int err = -1;

	OK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len));
	return err;
}

/* Receives till an error comes, which has to */
static void reset_at(int fd)
{
	char buf[4096];
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		;
	EQ(n, -1);
	EQ(errno, ECONNRESET);
}

/* --- it begins --- */

static void begin__kind_at_both_ends(void)
{
	struct npv_info info;
	int fd[2];

	pair(fd);
	info = info_of(fd[CLIENT]);
	EQ(info.npvi_state, NPV_STATE_ESTABLISHED);
	CHECK(info.npvi_stacks >= 1);
	exchange(fd[CLIENT], fd[SERVER]);
}

/* Names are those of the service, whatever port the stacks go to */
static void begin__names(void)
{
	struct addr peer, local;
	int fd[2];

	pair(fd);
	peer = name_peer(fd[CLIENT]);
	EQ(addr_port(&peer), next_port);
	EQ(local_port(fd[SERVER]), next_port);
	local = name_local(fd[CLIENT]);
	peer = name_peer(fd[SERVER]);
	CHECK(addr_port(&local));
	EQ(addr_port(&local), addr_port(&peer));
	CHECK(!memcmp(&local.npv.snpv_addr[0], &peer.npv.snpv_addr[0],
		      sizeof(struct in6_addr)));
}

static void begin__server_speaks_first(void)
{
	int fd[2];

	pair(fd);
	put_much(fd[SERVER], 0, 1000);
	get_much(fd[CLIENT], 0, 1000);
	exchange(fd[CLIENT], fd[SERVER]);
}

static void begin__data_before_accept(void)
{
	int listener = listener_with(8), fd, peer;

	fd = client();
	put_much(fd, 0, 20000);
	OK(shutdown(fd, SHUT_WR));
	peer = OK(accept(listener, NULL, NULL));
	get_much(peer, 0, 20000);
	at_end(peer);
	put_much(peer, 0, 20000);
	get_much(fd, 0, 20000);
}

static void begin__not_blocking(void)
{
	struct addr a = addr_npv(next_port, naddresses, addresses);
	int listener = listener_with(8), fd = socket_in(CLIENT, SOCK_NONBLOCK);
	int peer;

	FAILS(connect(fd, &a.sa, a.len), EINPROGRESS);
	EQ(revents(fd, POLLOUT, PATIENCE_MS), POLLOUT);
	EQ(error_of(fd), 0);
	right_kind(fd);
	CHECK(revents(listener, POLLIN, PATIENCE_MS));
	peer = OK(accept(listener, NULL, NULL));
	OK(fcntl(fd, F_SETFL, 0));
	exchange(fd, peer);
}

static void begin__nobody_listens(void)
{
	struct addr a = addr_npv(next_port + 1, naddresses, addresses);
	int fd;

	/* so that the NPV port is open */
	listener_with(8);
	fd = socket_in(CLIENT, 0);
	FAILS(connect(fd, &a.sa, a.len), ECONNREFUSED);
}

static void begin__closed_before_accept(void)
{
	int listener = listener_with(8), fd = client(), peer;

	put_much(fd, 0, 1000);
	close(fd);
	peer = OK(accept(listener, NULL, NULL));
	get_much(peer, 0, 1000);
	at_end(peer);
}

static void begin__never_accepted(void)
{
	int listener = listener_with(8), fd = client();

	close(listener);
	CHECK(revents(fd, POLLIN, PATIENCE_MS) & POLLIN);
	reset_at(fd);
}

/* As many as fit wait; what is too much gets no session, and disturbs none */
static void begin__backlog(void)
{
	struct addr a = addr_npv(next_port, naddresses, addresses);
	int listener = listener_with(2), fd[12], i, n = 0, peer;

	for (i = 0; i < 12; i++) {
		fd[i] = socket_in(CLIENT, SOCK_NONBLOCK);
		CHECK(!connect(fd[i], &a.sa, a.len) || errno == EINPROGRESS);
		revents(fd[i], POLLOUT, 200);
	}
	nonblock(listener);
	while ((peer = accept(listener, NULL, NULL)) >= 0) {
		put(peer, "x", 1);
		n++;
	}
	CHECK(n >= 2);
}

/* --- data goes --- */

static void send_in_child(void *arg)
{
	int fd = *(int *)arg;

	put_much(fd, 0, MUCH);
	OK(shutdown(fd, SHUT_WR));
	at_end(fd);
}

static void data__up(void)
{
	pid_t pid;
	int fd[2];

	pair(fd);
	pid = spawn(send_in_child, &fd[CLIENT]);
	get_much(fd[SERVER], 0, MUCH);
	at_end(fd[SERVER]);
	OK(shutdown(fd[SERVER], SHUT_WR));
	reap(pid);
}

static void data__down(void)
{
	pid_t pid;
	int fd[2];

	pair(fd);
	pid = spawn(send_in_child, &fd[SERVER]);
	get_much(fd[CLIENT], 0, MUCH);
	at_end(fd[CLIENT]);
	OK(shutdown(fd[CLIENT], SHUT_WR));
	reap(pid);
}

static void data__byte_by_byte(void)
{
	char c = 0, got;
	int fd[2], i;

	pair(fd);
	for (i = 0; i < 300; i++, c++) {
		put(fd[i & 1], &c, 1);
		get(fd[!(i & 1)], &got, 1);
		EQ(got, c);
	}
}

/* Writes without a reader until no more fits; all of it comes, in the end */
static size_t fill(int fd)
{
	static char buf[PIECE];
	size_t done = 0;
	ssize_t n;

	nonblock(fd);
	do {
		stream_fill(buf, sizeof(buf), SEED, done);
		while ((n = send(fd, buf, sizeof(buf), MSG_NOSIGNAL)) > 0) {
			done += n;
			stream_fill(buf, sizeof(buf), SEED, done);
			if (done > 1 << 30)
				FAIL("no end of what can be sent unread");
		}
		EQ(errno, EAGAIN);
	} while (revents(fd, POLLOUT, 300));
	return done;
}

static void data__buffers_fill(void)
{
	size_t n;
	int fd[2];

	pair(fd);
	n = fill(fd[CLIENT]);
	get_much(fd[SERVER], 0, n);
	CHECK(revents(fd[CLIENT], POLLOUT, PATIENCE_MS) & POLLOUT);
	OK(fcntl(fd[CLIENT], F_SETFL, 0));
	exchange(fd[CLIENT], fd[SERVER]);
}

static void data__both_buffers_fill(void)
{
	size_t up, down;
	int fd[2];

	pair(fd);
	up = fill(fd[CLIENT]);
	down = fill(fd[SERVER]);
	OK(fcntl(fd[CLIENT], F_SETFL, 0));
	OK(fcntl(fd[SERVER], F_SETFL, 0));
	get_much(fd[SERVER], 0, up);
	get_much(fd[CLIENT], 0, down);
	exchange(fd[SERVER], fd[CLIENT]);
}

static void data__small_buffers(void)
{
	int fd[2], listener = listener_with(8), size = 4096;
	struct addr a = addr_npv(next_port, naddresses, addresses);
	pid_t pid;

	fd[CLIENT] = socket_in(CLIENT, 0);
	OK(setsockopt(fd[CLIENT], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)));
	OK(setsockopt(fd[CLIENT], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
	OK(setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)));
	OK(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
	OK(connect(fd[CLIENT], &a.sa, a.len));
	fd[SERVER] = OK(accept(listener, NULL, NULL));
	right_kind(fd[CLIENT]);
	pid = spawn(send_in_child, &fd[CLIENT]);
	get_much(fd[SERVER], 0, MUCH);
	at_end(fd[SERVER]);
	OK(shutdown(fd[SERVER], SHUT_WR));
	reap(pid);
}

static void data__peek_and_waitall(void)
{
	char buf[64] = "";
	int fd[2];

	pair(fd);
	FAILS(recv(fd[SERVER], buf, 1, MSG_DONTWAIT), EAGAIN);
	put(fd[CLIENT], "abc", 3);
	CHECK(revents(fd[SERVER], POLLIN, PATIENCE_MS));
	EQ(recv(fd[SERVER], buf, sizeof(buf), MSG_PEEK), 3);
	EQ(queued(fd[SERVER], SIOCINQ), 3);
	EQ(recv(fd[SERVER], buf, 2, MSG_PEEK), 2);
	EQ(recv(fd[SERVER], buf, 1, 0), 1);
	EQ(buf[0], 'a');
	put(fd[CLIENT], "def", 3);
	EQ(recv(fd[SERVER], buf, 5, MSG_WAITALL), 5);
	CHECK(!memcmp(buf, "bcdef", 5));
	EQ(queued(fd[SERVER], SIOCINQ), 0);
	/* what the peer has is not queued for sending any more */
	EVENTUALLY(!queued(fd[CLIENT], SIOCOUTQ), PATIENCE_MS);
}

/* Nothing is taken that way, and nothing is lost */
static void data__zerocopy_receive(void)
{
	struct tcp_zerocopy_receive zc = { .length = 4096 };
	socklen_t len = sizeof(zc);
	char buf[16] = "";
	int fd[2];

	pair(fd);
	put(fd[CLIENT], "abc", 3);
	CHECK(revents(fd[SERVER], POLLIN, PATIENCE_MS));
	if (kind == NPV_KIND_NATIVE)
		FAILS(getsockopt(fd[SERVER], IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE,
				 &zc, &len), EOPNOTSUPP);
	EQ(recv(fd[SERVER], buf, sizeof(buf), 0), 3);
}

static void data__rcvlowat(void)
{
	int fd[2], low = 1000;
	char buf[1000] = "";

	pair(fd);
	OK(setsockopt(fd[SERVER], SOL_SOCKET, SO_RCVLOWAT, &low, sizeof(low)));
	put(fd[CLIENT], buf, 999);
	EVENTUALLY(queued(fd[SERVER], SIOCINQ) == 999, PATIENCE_MS);
	EQ(revents(fd[SERVER], POLLIN, 0), 0);
	put(fd[CLIENT], buf, 1);
	EQ(revents(fd[SERVER], POLLIN, PATIENCE_MS), POLLIN);
}

static void data__edges(void)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	int fd[2], ep = OK(epoll_create1(0)), i;
	char byte;

	pair(fd);
	OK(epoll_ctl(ep, EPOLL_CTL_ADD, fd[SERVER], &ev));
	for (i = 0; i < 50; i++) {
		put(fd[CLIENT], "x", 1);
		EQ(epoll_wait(ep, &ev, 1, PATIENCE_MS), 1);
		EQ(recv(fd[SERVER], &byte, 1, MSG_DONTWAIT), 1);
		EQ(epoll_wait(ep, &ev, 1, 0), 0);
	}
}

/* --- it ends --- */

static void end__by_halves(void)
{
	int fd[2];

	pair(fd);
	put_much(fd[CLIENT], 0, 5000);
	OK(shutdown(fd[CLIENT], SHUT_WR));
	FAILS(send(fd[CLIENT], "x", 1, MSG_NOSIGNAL), EPIPE);
	get_much(fd[SERVER], 0, 5000);
	at_end(fd[SERVER]);
	EQ(revents(fd[SERVER], POLLIN | POLLRDHUP | POLLOUT, PATIENCE_MS),
	   POLLIN | POLLRDHUP | POLLOUT);
	put_much(fd[SERVER], 0, 50000);
	get_much(fd[CLIENT], 0, 50000);
	OK(shutdown(fd[SERVER], SHUT_WR));
	at_end(fd[CLIENT]);
	EVENTUALLY(revents(fd[CLIENT], POLLIN, 0) & POLLHUP, PATIENCE_MS);
	EVENTUALLY(revents(fd[SERVER], POLLIN, 0) & POLLHUP, PATIENCE_MS);
	EQ(error_of(fd[CLIENT]), 0);
	EQ(error_of(fd[SERVER]), 0);
}

/* close() right behind the last byte: it comes for all that */
static void end__close_behind_data(void)
{
	int fd[2], i;

	for (i = 0; i < 20; i++) {
		pair(fd);
		put_much(fd[CLIENT], 0, 300000);
		close(fd[CLIENT]);
		get_much(fd[SERVER], 0, 300000);
		at_end(fd[SERVER]);
		close(fd[SERVER]);
		next_port++;
	}
}

static void end__close_with_data_unread(void)
{
	int fd[2];

	pair(fd);
	put(fd[SERVER], "unread", 6);
	CHECK(revents(fd[CLIENT], POLLIN, PATIENCE_MS));
	close(fd[CLIENT]);
	CHECK(revents(fd[SERVER], POLLIN, PATIENCE_MS) & (POLLHUP | POLLERR));
	reset_at(fd[SERVER]);
	FAILS(send(fd[SERVER], "x", 1, MSG_NOSIGNAL), EPIPE);
}

static void end__linger_0(void)
{
	struct linger linger = { .l_onoff = 1 };
	int fd[2];

	pair(fd);
	exchange(fd[CLIENT], fd[SERVER]);
	OK(setsockopt(fd[SERVER], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	close(fd[SERVER]);
	CHECK(revents(fd[CLIENT], POLLIN, PATIENCE_MS) & POLLERR);
	EQ(error_of(fd[CLIENT]), ECONNRESET);
}

/* close() waits until the peer has all, which it can have at once here */
static void end__linger(void)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 10 };
	long long start;
	int fd[2];

	pair(fd);
	put_much(fd[CLIENT], 0, 20000);
	OK(setsockopt(fd[CLIENT], SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	start = now_ms();
	close(fd[CLIENT]);
	CHECK(now_ms() - start < 5000);
	get_much(fd[SERVER], 0, 20000);
	at_end(fd[SERVER]);
}

static void end__sent_after_the_peer_closed(void)
{
	int fd[2];

	pair(fd);
	close(fd[SERVER]);
	at_end(fd[CLIENT]);
	send(fd[CLIENT], "nobody", 6, MSG_NOSIGNAL);
	EVENTUALLY(revents(fd[CLIENT], POLLIN, 0) & (POLLHUP | POLLERR),
		   PATIENCE_MS);
	CHECK(send(fd[CLIENT], "x", 1, MSG_NOSIGNAL) == -1);
	CHECK(errno == EPIPE || errno == ECONNRESET);
}

static void end__both_shut_down_at_once(void)
{
	int fd[2], i;

	for (i = 0; i < 20; i++) {
		pair(fd);
		put_much(fd[CLIENT], 0, 1000);
		put_much(fd[SERVER], 0, 1000);
		OK(shutdown(fd[CLIENT], SHUT_WR));
		OK(shutdown(fd[SERVER], SHUT_WR));
		get_much(fd[CLIENT], 0, 1000);
		get_much(fd[SERVER], 0, 1000);
		at_end(fd[CLIENT]);
		at_end(fd[SERVER]);
		EQ(error_of(fd[CLIENT]), 0);
		EQ(error_of(fd[SERVER]), 0);
		close(fd[CLIENT]);
		close(fd[SERVER]);
		next_port++;
	}
}

static void *close_it(void *arg)
{
	close(*(int *)arg);
	return NULL;
}

static void end__both_close_at_once(void)
{
	pthread_t thread;
	int fd[2], i;

	for (i = 0; i < 20; i++) {
		pair(fd);
		if (i & 1)
			exchange(fd[CLIENT], fd[SERVER]);
		CHECK(!pthread_create(&thread, NULL, close_it, &fd[SERVER]));
		close(fd[CLIENT]);
		pthread_join(thread, NULL);
		next_port++;
	}
}

static void end__shutdown_for_reading(void)
{
	int fd[2];

	pair(fd);
	OK(shutdown(fd[CLIENT], SHUT_RD));
	at_end(fd[CLIENT]);
	put_much(fd[CLIENT], 0, 1000);
	get_much(fd[SERVER], 0, 1000);
}

static void *shut_it_down(void *arg)
{
	nap_ms(50);
	OK(shutdown(*(int *)arg, SHUT_RDWR));
	return NULL;
}

static void end__shutdown_wakes_the_reader(void)
{
	pthread_t thread;
	int fd[2];

	pair(fd);
	CHECK(!pthread_create(&thread, NULL, shut_it_down, &fd[CLIENT]));
	at_end(fd[CLIENT]);
	pthread_join(thread, NULL);
	at_end(fd[SERVER]);
}

static void hold_for_ever(void *arg)
{
	int *fd = arg;

	close(fd[SERVER]);
	pause();
}

static void end__killed(void)
{
	pid_t pid;
	int fd[2];

	pair(fd);
	pid = spawn(hold_for_ever, fd);
	close(fd[CLIENT]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	at_end(fd[SERVER]);
}

/* --- listeners --- */

static void listener__closed_while_a_session_lives(void)
{
	int fd[2], listener = pair_with(fd);

	exchange(fd[CLIENT], fd[SERVER]);
	close(listener);
	exchange(fd[SERVER], fd[CLIENT]);
	put_much(fd[CLIENT], 0, 100000);
	get_much(fd[SERVER], 0, 100000);
	/* the port is free again */
	close(listener_with(1));
}

static void serve_child(void *arg)
{
	int fd = *(int *)arg;
	char buf[5];

	get(fd, buf, sizeof(buf));
	put(fd, "world", 5);
	/* until the client has it: a child's end is no end of the session */
	at_end(fd);
}

static void listener__forks(void)
{
	int listener = listener_with(8), fd[4], peer, i;
	char buf[6] = "";
	pid_t pid[4];

	for (i = 0; i < 4; i++) {
		fd[i] = client();
		/* a child that has them all would keep them open */
		OK(fcntl(fd[i], F_SETFD, FD_CLOEXEC));
		peer = OK(accept(listener, NULL, NULL));
		pid[i] = spawn(serve_child, &peer);
		close(peer);
	}
	for (i = 0; i < 4; i++) {
		put(fd[i], "hello", 5);
		get(fd[i], buf, 5);
		CHECK(!strcmp(buf, "world"));
	}
	for (i = 0; i < 4; i++)
		OK(shutdown(fd[i], SHUT_WR));
	for (i = 0; i < 4; i++) {
		reap(pid[i]);
		at_end(fd[i]);
	}
}

static void listener__short_sessions(void)
{
	int listener = listener_with(64), i, fd[2];

	for (i = 0; i < 100; i++) {
		fd[CLIENT] = client();
		fd[SERVER] = OK(accept(listener, NULL, NULL));
		exchange(fd[CLIENT], fd[SERVER]);
		close(fd[i & 1]);
		at_end(fd[!(i & 1)]);
		close(fd[!(i & 1)]);
	}
}

static void listener__many_at_once(void)
{
	struct addr a = addr_npv(next_port, naddresses, addresses);
	int listener = listener_with(128), fd[100], peer[100], i;
	int right = 0;

	for (i = 0; i < 100; i++) {
		fd[i] = socket_in(CLIENT, SOCK_NONBLOCK);
		CHECK(!connect(fd[i], &a.sa, a.len) || errno == EINPROGRESS);
	}
	for (i = 0; i < 100; i++)
		peer[i] = OK(accept(listener, NULL, NULL));
	for (i = 0; i < 100; i++) {
		CHECK(revents(fd[i], POLLOUT, PATIENCE_MS) & POLLOUT);
		EQ(error_of(fd[i]), 0);
		right += info_of(fd[i]).npvi_kind == kind;
		OK(fcntl(fd[i], F_SETFL, 0));
	}
	/* under load a late answer may have made one plain */
	CHECK(right >= 90);
	for (i = 0; i < 100; i++)
		put_much(fd[i], 0, 2000);
	for (i = 0; i < 100; i++)
		get_much(peer[i], 0, 2000);
	/* Which of the peers is whose is not said. */
	for (i = 0; i < 100; i++)
		close(fd[i]);
	for (i = 0; i < 100; i++)
		at_end(peer[i]);
}

static const struct test tests[] = {
	{ "begin__kind_at_both_ends", begin__kind_at_both_ends },
	{ "begin__names", begin__names },
	{ "begin__server_speaks_first", begin__server_speaks_first },
	{ "begin__data_before_accept", begin__data_before_accept },
	{ "begin__not_blocking", begin__not_blocking },
	{ "begin__nobody_listens", begin__nobody_listens },
	{ "begin__closed_before_accept", begin__closed_before_accept },
	{ "begin__never_accepted", begin__never_accepted },
	{ "begin__backlog", begin__backlog },
	{ "data__up", data__up },
	{ "data__down", data__down },
	{ "data__byte_by_byte", data__byte_by_byte },
	{ "data__buffers_fill", data__buffers_fill },
	{ "data__both_buffers_fill", data__both_buffers_fill },
	{ "data__small_buffers", data__small_buffers },
	{ "data__peek_and_waitall", data__peek_and_waitall },
	{ "data__zerocopy_receive", data__zerocopy_receive },
	{ "data__rcvlowat", data__rcvlowat },
	{ "data__edges", data__edges },
	{ "end__by_halves", end__by_halves },
	{ "end__close_behind_data", end__close_behind_data },
	{ "end__close_with_data_unread", end__close_with_data_unread },
	{ "end__linger_0", end__linger_0 },
	{ "end__linger", end__linger },
	{ "end__sent_after_the_peer_closed", end__sent_after_the_peer_closed },
	{ "end__both_shut_down_at_once", end__both_shut_down_at_once },
	{ "end__both_close_at_once", end__both_close_at_once },
	{ "end__shutdown_for_reading", end__shutdown_for_reading },
	{ "end__shutdown_wakes_the_reader", end__shutdown_wakes_the_reader },
	{ "end__killed", end__killed },
	{ "listener__closed_while_a_session_lives",
	  listener__closed_while_a_session_lives },
	{ "listener__forks", listener__forks },
	{ "listener__short_sessions", listener__short_sessions },
	{ "listener__many_at_once", listener__many_at_once },
	TESTS_END
};

static int open_ns(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	return OK(open(path, O_RDONLY | O_CLOEXEC));
}

int main(int argc, char **argv)
{
	const char *only = getenv("NPV_TEST_ONLY");
	const struct test *test;

	if (argc < 5) {
		fprintf(stderr, "usage: npv-native native|plain CLIENT_NS SERVER_NS ADDRESS...\n");
		return 2;
	}
	kind = strcmp(argv[1], "plain") ? NPV_KIND_NATIVE : NPV_KIND_PLAIN;
	ns[CLIENT] = open_ns(argv[2]);
	ns[SERVER] = open_ns(argv[3]);
	addresses = (const char *const *)argv + 4;
	naddresses = argc - 4;
	next_port = 20000;
	for (test = tests; test->name; test++) {
		if (!only || strstr(test->name, only))
			tap_run(argv[1], test, CASE_TIMEOUT_S);
		/* each has its own ports, so that none meets what the last left */
		next_port += 50;
	}
	return tap_end();
}
