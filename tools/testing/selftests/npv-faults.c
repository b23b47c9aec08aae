// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is short: each call is made again and again, the first time with
 * its first allocation failing, then with the second, until none is left to
 * fail. It must end in an errno or work; what failed must work when it is
 * called again; and a transfer over sockets of its own must still work.
 *
 * npv-faults [--only PART_OF_NAME] [--max N] [--verbose]
 *
 * The N-th allocation of this task fails (/proc/thread-self/fail-nth), once.
 * Softirqs and work items are not hit. faults.sh sets the kernel up.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <libnpv.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "check.h"
#include "flavour.h"

/* Where a connection ends up: of one address or of several */
#define PORT_ANY	7000
#define PORT_TWO	7001
#define PORT_BIND	7002
#define PORT_LISTEN	7003
#define PORT_DGRAM	7004
#define PORT_SHUT	7999

/* A call with more allocations than this can't be seen to end */
#define MAX_NTH		3000
#define STEP_TIMEOUT_S	110
#define WAIT_MS		20000
#define BULK		60000

/**
 * struct scene - what a step works on; made anew for every allocation
 * @fd: the socket that the step is about
 * @peer: the other end, or -1
 * @listener: what @peer comes from, or -1
 * @other: one more descriptor, or -1
 * @npv: netlink handle, or NULL
 * @id: number of a session
 * @sessions: how many a dump tells of
 * @stacks: how many of these
 */
struct scene {
	int fd, peer, listener, other;
	struct npv *npv;
	uint64_t id;
	int sessions, stacks;
};

/**
 * struct step - one call that is made to fail
 * @name: of the case
 * @prepare: makes the scene, without faults
 * @run: the call; -1 and errno, or what is not negative
 * @verify: that the call did what it should, once it has succeeded
 * @errors: what it may fail with, beyond ENOMEM, ENOBUFS and ENFILE; ends with 0
 * @once: a call that failed is not to be made again
 */
struct step {
	const char *name;
	void (*prepare)(struct scene *s);
	long (*run)(struct scene *s);
	void (*verify)(struct scene *s);
	int errors[4];
	bool once;
};

static const struct step *step;
static int nth_fd, max_nth = MAX_NTH;
static bool verbose;
static char bulk[BULK], sink[BULK];

/* --- faults --- */

static void faults_on(int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", nth);

	EQ(pwrite(nth_fd, text, len, 0), len);
}

/* Whether the fault has struck */
static bool faults_off(void)
{
	char text[16] = "";

	OK(pread(nth_fd, text, sizeof(text) - 1, 0));
	EQ(pwrite(nth_fd, "0", 1, 0), 1);
	return !atoi(text);
}

static bool allowed(int err)
{
	const int *e;

	if (err == ENOMEM || err == ENOBUFS || err == ENFILE)
		return true;
	for (e = step->errors; *e; e++)
		if (*e == err)
			return true;
	return false;
}

/* --- sockets --- */

static struct addr npv1(const char *text, int port)
{
	return addr_npv(port, 1, &text);
}

static struct addr npv2(const char *first, const char *second, int port)
{
	const char *const text[] = { first, second };

	return addr_npv(port, 2, text);
}

static struct addr in4(const char *text, int port)
{
	struct addr a = { .len = sizeof(a.in) };

	a.in.sin_family = AF_INET;
	a.in.sin_port = htons(port);
	EQ(inet_pton(AF_INET, text, &a.in.sin_addr), 1);
	return a;
}

static struct addr in6(const char *text, int port)
{
	struct addr a = { .len = sizeof(a.in6) };

	a.in6.sin6_family = AF_INET6;
	a.in6.sin6_port = htons(port);
	EQ(inet_pton(AF_INET6, text, &a.in6.sin6_addr), 1);
	return a;
}

static int stream(int flags)
{
	return socket(npv_family(), SOCK_STREAM | flags, 0);
}

static int dgram(int flags)
{
	return socket(npv_family(), SOCK_DGRAM | flags, 0);
}

static long try_bind(int fd, struct addr a)
{
	return bind(fd, &a.sa, a.len);
}

static long try_connect(int fd, struct addr a)
{
	return connect(fd, &a.sa, a.len);
}

static int listen_on(struct addr a)
{
	int fd = OK(stream(0)), on = 1;

	OK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	OK(try_bind(fd, a));
	OK(listen(fd, 16));
	return fd;
}

static void echo(int from, int to)
{
	char buf[16];
	struct pollfd pfd = { to, POLLIN, 0 };

	EQ(send(from, "hello", 5, MSG_NOSIGNAL), 5);
	EQ(poll(&pfd, 1, WAIT_MS), 1);
	EQ(recv(to, buf, sizeof(buf), MSG_DONTWAIT), 5);
	CHECK(!memcmp(buf, "hello", 5));
}

static int accept_soon(int listener)
{
	struct pollfd pfd = { listener, POLLIN, 0 };

	EQ(poll(&pfd, 1, WAIT_MS), 1);
	return OK(accept4(listener, NULL, NULL, SOCK_NONBLOCK));
}

/* Sockets of their own work as ever */
static void transfer(void)
{
	int listener, fd, peer;

	listener = listen_on(npv1("::1", 0));
	fd = OK(stream(0));
	OK(try_connect(fd, npv1("::1", local_port(listener))));
	peer = accept_soon(listener);
	echo(fd, peer);
	echo(peer, fd);
	close(fd);
	close(peer);
	close(listener);
}

/* --- what netlink tells --- */

static int count_session(const struct npv_session *session, void *data)
{
	++*(int *)data;
	return 0;
}

static int count_stack(const struct npv_stack *stack, void *data)
{
	++*(int *)data;
	return 0;
}

static int count_stats(const struct npv_stats *stats, void *data)
{
	++*(int *)data;
	return 0;
}

static int count_event(const struct npv_event *event, void *data)
{
	++*(int *)data;
	return 0;
}

static int count_module(const struct npv_module *module, void *data)
{
	++*(int *)data;
	return 0;
}

/* --- scenes --- */

static void scene_none(struct scene *s)
{
}

static void scene_stream(struct scene *s)
{
	int on = 1;

	s->fd = OK(stream(0));
	OK(setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
}

static void scene_inet(struct scene *s)
{
	int on = 1;

	s->fd = OK(socket(npv_family(), SOCK_STREAM, NPV_PROTO(AF_INET, 0)));
	OK(setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
}

static void scene_dgram(struct scene *s)
{
	s->fd = OK(dgram(0));
}

static void scene_bound_any(struct scene *s)
{
	scene_stream(s);
	OK(try_bind(s->fd, in4("0.0.0.0", PORT_LISTEN)));
}

static void scene_bound_two(struct scene *s)
{
	scene_stream(s);
	OK(try_bind(s->fd, npv2("127.0.0.1", "::1", PORT_LISTEN)));
}

static void scene_server(struct scene *s)
{
	scene_stream(s);
	s->listener = listen_on(in4("0.0.0.0", PORT_ANY));
}

static void scene_server_inet(struct scene *s)
{
	scene_inet(s);
	s->listener = listen_on(in4("0.0.0.0", PORT_ANY));
}

static void scene_server_two(struct scene *s)
{
	scene_stream(s);
	s->listener = listen_on(npv2("127.0.0.1", "::1", PORT_TWO));
}

static void scene_nonblock(struct scene *s)
{
	scene_server(s);
	OK(fcntl(s->fd, F_SETFL, O_NONBLOCK));
}

/* Everything that is replayed on the stacks of a race */
static void scene_options(struct scene *s)
{
	struct { int level, name, value; } set[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ SOL_SOCKET, SO_MARK, 7 },
		{ SOL_SOCKET, SO_SNDBUF, 30000 },
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, 9000 },
		{ IPPROTO_IP, IP_TOS, 16 },
		{ IPPROTO_IPV6, IPV6_TCLASS, 16 },
	};
	unsigned int i;

	scene_server(s);
	for (i = 0; i < sizeof(set) / sizeof(*set); i++)
		OK(setsockopt(s->fd, set[i].level, set[i].name, &set[i].value,
			      sizeof(int)));
	OK(setsockopt(s->fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
}

static void scene_race_bound(struct scene *s)
{
	scene_server(s);
	OK(try_bind(s->fd, npv2("127.0.0.1", "::1", PORT_BIND)));
}

static void scene_waiting(struct scene *s)
{
	s->listener = listen_on(in4("0.0.0.0", PORT_ANY));
	s->peer = OK(stream(0));
	OK(try_connect(s->peer, npv1("::1", PORT_ANY)));
}

static void scene_waiting_two(struct scene *s)
{
	s->listener = listen_on(npv2("127.0.0.1", "::1", PORT_TWO));
	s->peer = OK(stream(0));
	OK(try_connect(s->peer, npv1("::1", PORT_TWO)));
}

static void connected_to(struct scene *s, const char *addr)
{
	s->listener = listen_on(in4("0.0.0.0", PORT_ANY));
	s->fd = OK(stream(0));
	OK(try_connect(s->fd, npv1(addr, PORT_ANY)));
	s->peer = accept_soon(s->listener);
}

static void scene_connected(struct scene *s)
{
	connected_to(s, "::1");
}

static void scene_connected4(struct scene *s)
{
	connected_to(s, "127.0.0.1");
}

static void scene_received(struct scene *s)
{
	scene_connected(s);
	EQ(send(s->peer, bulk, 5000, MSG_NOSIGNAL), 5000);
}

static void scene_file(struct scene *s)
{
	scene_connected(s);
	s->other = OK(memfd_create("npv-faults", 0));
	EQ(pwrite(s->other, bulk, 5000, 0), 5000);
}

static void scene_zerocopy(struct scene *s)
{
	int on = 1;

	scene_connected(s);
	OK(setsockopt(s->fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)));
}

static void scene_raced(struct scene *s)
{
	s->listener = listen_on(in4("0.0.0.0", PORT_ANY));
	s->fd = OK(stream(0));
	OK(try_connect(s->fd, npv2("127.0.0.1", "::1", PORT_ANY)));
	s->peer = accept_soon(s->listener);
}

/* A race under way that nobody wins */
static void scene_racing(struct scene *s)
{
	s->fd = OK(stream(SOCK_NONBLOCK));
	FAILS(try_connect(s->fd, npv2("192.0.2.99", "2001:db8::99", 9)),
	      EINPROGRESS);
}

static void scene_listening(struct scene *s)
{
	s->fd = listen_on(in4("0.0.0.0", PORT_ANY));
}

static void scene_dgrams(struct scene *s)
{
	s->fd = OK(dgram(0));
	s->peer = OK(dgram(SOCK_NONBLOCK));
	OK(try_bind(s->peer, in4("0.0.0.0", PORT_DGRAM)));
}

static void scene_dgrams6(struct scene *s)
{
	s->fd = OK(dgram(0));
	s->peer = OK(dgram(SOCK_NONBLOCK));
	OK(try_bind(s->peer, in6("::", PORT_DGRAM)));
}

static void scene_dgram_waits(struct scene *s)
{
	struct addr to = in4("127.0.0.1", PORT_DGRAM);

	s->fd = OK(dgram(0));
	OK(try_bind(s->fd, to));
	s->peer = OK(dgram(0));
	EQ(sendto(s->peer, "hello", 5, 0, &to.sa, to.len), 5);
}

/* Sessions to be shown: a listener with its twin, both ends, a race, datagrams */
static void scene_crowd(struct scene *s)
{
	scene_connected(s);
	s->other = OK(stream(SOCK_NONBLOCK));
	FAILS(try_connect(s->other, npv2("192.0.2.99", "2001:db8::99", 9)),
	      EINPROGRESS);
}

static void scene_netlink(struct scene *s)
{
	struct npv_info info;
	socklen_t len = sizeof(info);

	scene_crowd(s);
	s->npv = npv_open();
	CHECK(s->npv);
	OK(getsockopt(s->fd, SOL_NPV, NPV_INFO, &info, &len));
	s->id = info.npvi_id;
	EQ(npv_session_dump(s->npv, count_session, &s->sessions), 0);
	EQ(npv_stack_dump(s->npv, 0, count_stack, &s->stacks), 0);
	/* two ends, a listener and a race; the listener with its twin */
	EQ(s->sessions, 4);
	CHECK(s->stacks > s->sessions);
}

/* Events are told to somebody */
static void scene_monitored(struct scene *s)
{
	s->npv = npv_open();
	CHECK(s->npv);
	OK(npv_monitor_start(s->npv));
	scene_server(s);
}

static void scene_end(struct scene *s)
{
	npv_close(s->npv);
	if (s->fd >= 0)
		close(s->fd);
	if (s->peer >= 0)
		close(s->peer);
	if (s->listener >= 0)
		close(s->listener);
	if (s->other >= 0)
		close(s->other);
}

/* --- the calls --- */

static long run_socket(struct scene *s)
{
	return s->fd = stream(0);
}

static long run_socket_inet(struct scene *s)
{
	return s->fd = socket(npv_family(), SOCK_STREAM, NPV_PROTO(AF_INET, 0));
}

static long run_socket_inet6(struct scene *s)
{
	return s->fd = socket(npv_family(), SOCK_STREAM,
			      NPV_PROTO(AF_INET6, IPPROTO_TCP));
}

static long run_socket_dgram(struct scene *s)
{
	return s->fd = dgram(0);
}

static long run_socket_dgram_inet(struct scene *s)
{
	return s->fd = socket(npv_family(), SOCK_DGRAM, NPV_PROTO(AF_INET, 0));
}

static long run_bind(struct scene *s)
{
	return try_bind(s->fd, npv1("127.0.0.1", PORT_BIND));
}

static long run_bind_any(struct scene *s)
{
	return try_bind(s->fd, in4("0.0.0.0", PORT_BIND));
}

static long run_bind_two(struct scene *s)
{
	return try_bind(s->fd, npv2("127.0.0.1", "::1", PORT_BIND));
}

static long run_listen(struct scene *s)
{
	return listen(s->fd, 16);
}

static long run_connect4(struct scene *s)
{
	return try_connect(s->fd, npv1("127.0.0.1", PORT_ANY));
}

static long run_connect6(struct scene *s)
{
	return try_connect(s->fd, npv1("::1", PORT_ANY));
}

static long run_connect_in(struct scene *s)
{
	return try_connect(s->fd, in4("127.0.0.1", PORT_ANY));
}

static long run_connect_two(struct scene *s)
{
	return try_connect(s->fd, npv2("127.0.0.1", "::1", PORT_ANY));
}

static long run_connect_two_inet(struct scene *s)
{
	return try_connect(s->fd, npv2("::1", "127.0.0.1", PORT_ANY));
}

static long run_connect_refused(struct scene *s)
{
	return try_connect(s->fd, npv2("127.0.0.2", "::1", PORT_TWO));
}

static long run_connect_nobody(struct scene *s)
{
	long ret = try_connect(s->fd, npv2("127.0.0.1", "::1", PORT_SHUT));

	/* what would be its success */
	return ret && errno == ECONNREFUSED ? 0 : ret;
}

static long run_connect_nonblock(struct scene *s)
{
	long ret = try_connect(s->fd, npv2("127.0.0.1", "::1", PORT_ANY));

	return ret && errno == EINPROGRESS ? 0 : ret;
}

static long run_connect_nonblock1(struct scene *s)
{
	long ret = try_connect(s->fd, npv1("::1", PORT_ANY));

	return ret && errno == EINPROGRESS ? 0 : ret;
}

static long run_connect_dgram(struct scene *s)
{
	return try_connect(s->fd, npv1("127.0.0.1", PORT_DGRAM));
}

static long run_connect_dgram_two(struct scene *s)
{
	return try_connect(s->fd, npv2("127.0.0.1", "::1", PORT_DGRAM));
}

static long run_dissolve(struct scene *s)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };

	return connect(s->fd, &none, sizeof(none));
}

static long run_accept(struct scene *s)
{
	return s->fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK);
}

static long run_send(struct scene *s)
{
	return send(s->fd, "hello", 5, MSG_NOSIGNAL);
}

static long run_send_bulk(struct scene *s)
{
	return send(s->fd, bulk, sizeof(bulk), MSG_NOSIGNAL);
}

static long run_send_zerocopy(struct scene *s)
{
	return send(s->fd, bulk, 20000, MSG_NOSIGNAL | MSG_ZEROCOPY);
}

static long run_sendfile(struct scene *s)
{
	off_t offset = 0;

	return sendfile(s->fd, s->other, &offset, 5000);
}

static long run_recv(struct scene *s)
{
	return recv(s->fd, sink, sizeof(sink), MSG_DONTWAIT);
}

static long run_sendto(struct scene *s)
{
	struct addr to = npv1("127.0.0.1", PORT_DGRAM);

	return sendto(s->fd, "hello", 5, 0, &to.sa, to.len);
}

static long run_sendto6(struct scene *s)
{
	struct addr to = npv1("::1", PORT_DGRAM);

	return sendto(s->fd, "hello", 5, 0, &to.sa, to.len);
}

static long run_sendto_two(struct scene *s)
{
	struct addr to = npv2("127.0.0.1", "::1", PORT_DGRAM);

	return sendto(s->fd, "hello", 5, 0, &to.sa, to.len);
}

static long run_recvfrom(struct scene *s)
{
	struct addr from = addr_room();

	return recvfrom(s->fd, sink, sizeof(sink), MSG_DONTWAIT, &from.sa,
			&from.len);
}

static long run_nodelay(struct scene *s)
{
	int on = 1;

	return setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static long run_congestion(struct scene *s)
{
	return setsockopt(s->fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
}

static long run_mark(struct scene *s)
{
	int mark = 7;

	return setsockopt(s->fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark));
}

static long run_device(struct scene *s)
{
	return setsockopt(s->fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2);
}

static long run_filter(struct scene *s)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
	struct sock_fprog prog = { 1, &all };

	return setsockopt(s->fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog));
}

static long run_membership(struct scene *s)
{
	struct ip_mreqn req = { .imr_ifindex = 1 };

	req.imr_multiaddr.s_addr = htonl(0xefff0001);
	return setsockopt(s->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &req,
			  sizeof(req));
}

static long run_tls(struct scene *s)
{
	return setsockopt(s->fd, IPPROTO_TCP, TCP_ULP, "tls", 3);
}

static long run_name_family(struct scene *s)
{
	int family = AF_INET6;

	return setsockopt(s->fd, SOL_NPV, NPV_NAME_FAMILY, &family,
			  sizeof(family));
}

static long run_info(struct scene *s)
{
	struct npv_info info;
	socklen_t len = sizeof(info);

	return getsockopt(s->fd, SOL_NPV, NPV_INFO, &info, &len);
}

static long run_stacks(struct scene *s)
{
	struct {
		struct npv_stacks head;
		struct npv_stack_info stack[8];
	} buf = { .head = { .size_hdr = sizeof(buf.head),
			    .size_user = sizeof(buf.stack[0]) } };
	socklen_t len = sizeof(buf);

	return getsockopt(s->fd, SOL_NPV, NPV_STACKS, &buf, &len);
}

static long run_shutdown(struct scene *s)
{
	return shutdown(s->fd, SHUT_RDWR);
}

static long run_close(struct scene *s)
{
	int fd = s->fd;

	s->fd = -1;
	return close(fd);
}

static long run_epoll(struct scene *s)
{
	struct epoll_event ev = { .events = EPOLLIN };

	if (s->other < 0)
		s->other = epoll_create1(0);
	if (s->other < 0)
		return -1;
	return epoll_ctl(s->other, EPOLL_CTL_ADD, s->fd, &ev);
}

static long run_netlink_open(struct scene *s)
{
	s->npv = npv_open();
	return s->npv ? 0 : -1;
}

/* A dump that says it is whole has everything in it */
static long whole(int ret, int count, int all)
{
	if (ret >= 0 && count != all)
		FAIL("a result without an error has %d of %d entries", count,
		     all);
	return ret;
}

static long run_session_dump(struct scene *s)
{
	int count = 0, ret;

	ret = npv_session_dump(s->npv, count_session, &count);
	return whole(ret, count, s->sessions);
}

static long run_session_get(struct scene *s)
{
	int count = 0, ret;

	ret = npv_session_get(s->npv, s->id, count_session, &count);
	return whole(ret, count, 1);
}

static long run_stack_dump(struct scene *s)
{
	int count = 0, ret;

	ret = npv_stack_dump(s->npv, 0, count_stack, &count);
	return whole(ret, count, s->stacks);
}

static long run_stats(struct scene *s)
{
	int count = 0, ret;

	ret = npv_stats_get(s->npv, count_stats, &count);
	return whole(ret, count, 1);
}

static long run_module_info(struct scene *s)
{
	int count = 0, ret;

	ret = npv_info_get(s->npv, count_module, &count);
	return whole(ret, count, 1);
}

static long run_session_del(struct scene *s)
{
	return npv_session_del(s->npv, s->id);
}

static long run_monitor(struct scene *s)
{
	return npv_monitor_start(s->npv);
}

/* --- what must be so once a call has succeeded --- */

static void is_usable(struct scene *s)
{
	struct addr a = name_local(s->fd);

	EQ(addr_port(&a), 0);
	OK(run_bind(s));
}

static void is_bound(struct scene *s)
{
	EQ(local_port(s->fd), PORT_BIND);
}

/* It listens on all its addresses */
static void takes(struct scene *s, const char *const addr[2])
{
	int i, fd, peer;

	for (i = 0; i < 2; i++) {
		fd = OK(stream(SOCK_NONBLOCK));
		try_connect(fd, npv1(addr[i], PORT_LISTEN));
		peer = accept_soon(s->fd);
		close(peer);
		close(fd);
	}
}

static void is_listening(struct scene *s)
{
	static const char *const addr[] = { "127.0.0.1", "::1" };

	takes(s, addr);
}

/* Without memory for the twin there is none: it was not asked for */
static void is_listening4(struct scene *s)
{
	static const char *const addr[] = { "127.0.0.1", "127.0.0.1" };

	takes(s, addr);
}

static void is_connected(struct scene *s)
{
	if (s->peer < 0)
		s->peer = accept_soon(s->listener);
	echo(s->fd, s->peer);
	echo(s->peer, s->fd);
}

static void gets_connected(struct scene *s)
{
	struct pollfd pfd = { s->fd, POLLOUT, 0 };
	socklen_t len = sizeof(int);
	int err = 0;

	EQ(poll(&pfd, 1, WAIT_MS), 1);
	OK(getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &len));
	if (err && !allowed(err))
		FAIL("SO_ERROR is %s", errno_name(err));
	if (!err)
		is_connected(s);
}

/* What the call said it had sent is what arrives */
static void has_sent(struct scene *s, size_t most)
{
	struct pollfd pfd = { s->peer, POLLIN, 0 };
	size_t got = 0;
	ssize_t n;

	shutdown(s->fd, SHUT_WR);
	do {
		EQ(poll(&pfd, 1, WAIT_MS), 1);
		n = OK(recv(s->peer, sink, sizeof(sink), MSG_DONTWAIT));
		if (memcmp(sink, bulk + got, n))
			FAIL("other bytes arrived than were sent");
		got += n;
	} while (n);
	if (got < s->id || got > most)
		FAIL("%zu bytes arrived of %llu", got,
		     (unsigned long long)s->id);
}

static void has_sent_text(struct scene *s)
{
	struct pollfd pfd = { s->peer, POLLIN, 0 };

	EQ(poll(&pfd, 1, WAIT_MS), 1);
	EQ(recv(s->peer, sink, 5, MSG_DONTWAIT), 5);
	CHECK(!memcmp(sink, "hello", 5));
	is_connected(s);
}

static void has_sent_bulk(struct scene *s)
{
	has_sent(s, 2 * BULK);
}

static void has_received(struct scene *s)
{
	CHECK(!memcmp(sink, bulk, 5000));
}

static void dgram_arrives(struct scene *s)
{
	struct pollfd pfd = { s->peer, POLLIN, 0 };

	/* one that was lost to a lack of memory is lost, as on any path */
	run_sendto(s);
	EQ(poll(&pfd, 1, WAIT_MS), 1);
	EQ(recv(s->peer, sink, sizeof(sink), 0), 5);
}

static void dgram6_arrives(struct scene *s)
{
	struct pollfd pfd = { s->peer, POLLIN, 0 };

	run_sendto6(s);
	EQ(poll(&pfd, 1, WAIT_MS), 1);
	EQ(recv(s->peer, sink, sizeof(sink), 0), 5);
}

static void dgram_connected(struct scene *s)
{
	struct pollfd pfd = { s->peer, POLLIN, 0 };

	EQ(send(s->fd, "hello", 5, 0), 5);
	EQ(poll(&pfd, 1, WAIT_MS), 1);
}

/* Remembered, and on the stack that wins */
static void nodelay_set(struct scene *s)
{
	int on = 0;
	socklen_t len = sizeof(on);

	OK(run_connect_two(s));
	OK(getsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, &len));
	EQ(on, 1);
}

static void congestion_set(struct scene *s)
{
	char name[16] = "";
	socklen_t len = sizeof(name);

	OK(run_connect_two(s));
	OK(getsockopt(s->fd, IPPROTO_TCP, TCP_CONGESTION, name, &len));
	CHECK(!strcmp(name, "reno"));
}

static void mark_set(struct scene *s)
{
	int mark = 0;
	socklen_t len = sizeof(mark);

	OK(run_connect_two(s));
	OK(getsockopt(s->fd, SOL_SOCKET, SO_MARK, &mark, &len));
	EQ(mark, 7);
}

static void options_set(struct scene *s)
{
	int on = 0;
	socklen_t len = sizeof(on);

	is_connected(s);
	OK(getsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, &len));
	EQ(on, 1);
	OK(getsockopt(s->fd, SOL_SOCKET, SO_MARK, &on, &len));
	EQ(on, 7);
}

static void connects(struct scene *s)
{
	OK(run_connect_two(s));
	is_connected(s);
}

static void connects_again(struct scene *s)
{
	OK(run_connect6(s));
	close(s->peer);
	s->peer = -1;
	is_connected(s);
}

static void is_told(struct scene *s)
{
	int count = 0;

	EQ(npv_session_dump(s->npv, count_session, &count), 0);
	CHECK(count >= 4);
}

static void is_ended(struct scene *s)
{
	FAILS(recv(s->fd, sink, 1, MSG_DONTWAIT), ECONNABORTED);
}

static void events_come(struct scene *s)
{
	int count = 0;

	is_connected(s);
	if (npv_monitor_read(s->npv, count_event, &count) && errno != ENOBUFS)
		FAIL("npv_monitor_read: %s", errno_name(errno));
}

/* --- the table --- */

static const struct step steps[] = {
	{ "socket, stream", scene_none, run_socket, is_usable },
	{ "socket, stream, NPV_PROTO(AF_INET)", scene_none, run_socket_inet,
	  is_usable },
	{ "socket, stream, NPV_PROTO(AF_INET6)", scene_none, run_socket_inet6 },
	{ "socket, dgram", scene_none, run_socket_dgram, is_usable },
	{ "socket, dgram, NPV_PROTO(AF_INET)", scene_none,
	  run_socket_dgram_inet, is_usable },

	/* TCP says of a port for which it has no memory that it is in use */
	{ "bind, stream, one address", scene_stream, run_bind, is_bound,
	  { EADDRINUSE } },
	{ "bind, stream, any address", scene_stream, run_bind_any, is_bound,
	  { EADDRINUSE } },
	{ "bind, stream, two addresses", scene_stream, run_bind_two, is_bound,
	  { EADDRINUSE } },
	{ "bind, dgram, one address", scene_dgram, run_bind, is_bound },
	{ "bind, dgram, two addresses", scene_dgram, run_bind_two, is_bound },
	{ "listen, with a twin", scene_bound_any, run_listen, is_listening4 },
	{ "listen, two addresses", scene_bound_two, run_listen, is_listening },
	{ "listen, no port yet", scene_stream, run_listen, NULL,
	  { EADDRINUSE } },

	{ "connect, one IPv4 address", scene_server, run_connect4,
	  is_connected },
	{ "connect, one IPv6 address", scene_server, run_connect6,
	  is_connected },
	{ "connect, one, non-blocking", scene_nonblock, run_connect_nonblock1,
	  gets_connected },
	{ "connect, AF_INET", scene_server_inet, run_connect_in, is_connected },
	{ "connect, race of two", scene_server, run_connect_two, is_connected },
	{ "connect, race, AF_INET socket", scene_server_inet,
	  run_connect_two_inet, is_connected },
	{ "connect, race, first refused", scene_server_two, run_connect_refused,
	  is_connected, { ECONNREFUSED } },
	{ "connect, race, both refused", scene_stream, run_connect_nobody,
	  NULL },
	{ "connect, race, non-blocking", scene_nonblock, run_connect_nonblock,
	  gets_connected },
	{ "connect, race, options replayed", scene_options, run_connect_two,
	  options_set },
	{ "connect, race, bound to two addresses", scene_race_bound,
	  run_connect_two, is_connected },
	{ "connect, race, events told", scene_monitored, run_connect_two,
	  events_come },
	{ "connect, dgram", scene_dgrams, run_connect_dgram, dgram_connected },
	{ "connect, dgram, two addresses", scene_dgrams, run_connect_dgram_two,
	  dgram_connected },
	{ "connect(AF_UNSPEC), connected", scene_connected, run_dissolve,
	  connects_again },
	{ "connect(AF_UNSPEC), mid-race", scene_racing, run_dissolve },

	{ "accept, from the twin", scene_waiting, run_accept, is_connected },
	{ "accept, one of two addresses", scene_waiting_two, run_accept,
	  is_connected },

	{ "send", scene_connected, run_send, has_sent_text },
	{ "send, IPv4", scene_connected4, run_send, has_sent_text },
	{ "send after a race", scene_raced, run_send, has_sent_text },
	{ "send, much", scene_connected, run_send_bulk, has_sent_bulk },
	{ "send, MSG_ZEROCOPY", scene_zerocopy, run_send_zerocopy,
	  has_sent_bulk, .once = true },
	{ "sendfile", scene_file, run_sendfile, has_sent_bulk, .once = true },
	{ "recv", scene_received, run_recv, has_received },
	{ "sendto, IPv4", scene_dgrams, run_sendto, dgram_arrives },
	{ "sendto, IPv6", scene_dgrams6, run_sendto6, dgram6_arrives },
	{ "sendto, two addresses", scene_dgrams, run_sendto_two,
	  dgram_arrives },
	{ "recvfrom", scene_dgram_waits, run_recvfrom },

	{ "setsockopt TCP_NODELAY", scene_server, run_nodelay, nodelay_set },
	{ "setsockopt TCP_CONGESTION", scene_server, run_congestion,
	  congestion_set },
	{ "setsockopt SO_MARK", scene_server, run_mark, mark_set },
	{ "setsockopt SO_BINDTODEVICE", scene_server, run_device, connects },
	{ "setsockopt SO_ATTACH_FILTER", scene_server, run_filter, connects },
	{ "setsockopt IP_ADD_MEMBERSHIP", scene_dgram, run_membership },
	{ "setsockopt TCP_ULP", scene_connected, run_tls, is_connected },
	{ "setsockopt NPV_NAME_FAMILY", scene_stream, run_name_family },
	{ "getsockopt NPV_INFO", scene_raced, run_info, is_connected },
	{ "getsockopt NPV_STACKS", scene_raced, run_stacks, is_connected },
	{ "getsockopt NPV_STACKS, mid-race", scene_racing, run_stacks },
	{ "epoll_ctl", scene_connected, run_epoll, is_connected },

	{ "netlink, open", scene_crowd, run_netlink_open, is_told,
	  { EAFNOSUPPORT } },
	{ "netlink, session dump", scene_netlink, run_session_dump, is_told },
	{ "netlink, session", scene_netlink, run_session_get, is_told },
	{ "netlink, stack dump", scene_netlink, run_stack_dump, is_told },
	{ "netlink, stats", scene_netlink, run_stats, is_told },
	{ "netlink, info", scene_netlink, run_module_info, is_told },
	/* what fails may be the reply: it has happened then */
	{ "netlink, session del", scene_netlink, run_session_del, is_ended,
	  .once = true },
	{ "netlink, monitor", scene_netlink, run_monitor, is_told },

	{ "shutdown, connected", scene_connected, run_shutdown },
	{ "shutdown, mid-race", scene_racing, run_shutdown, NULL,
	  { ENOTCONN } },
	{ "close, fresh", scene_stream, run_close, .once = true },
	{ "close, connected", scene_connected, run_close, .once = true },
	{ "close, mid-race", scene_racing, run_close, .once = true },
	{ "close, listening with a twin", scene_listening, run_close,
	  .once = true },
	{ "close, dgram", scene_dgrams, run_close, .once = true },
	{ }
};

/* Sessions of this namespace, as /proc/net/protocols has them */
static int sessions(void)
{
	FILE *file = fopen("/proc/net/protocols", "r");
	int count = 0, n, size;
	char line[256], name[32];

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%31s %d %d", name, &size, &n) == 3 &&
		    !strncmp(name, "NPV", 3))
			count += n;
	fclose(file);
	return count;
}

/* Returns whether there was an allocation to fail */
static bool one_fault(int nth, int *failed)
{
	struct scene s = { .fd = -1, .peer = -1, .listener = -1, .other = -1 };
	bool struck;
	long ret;
	int err;

	step->prepare(&s);
	faults_on(nth);
	ret = step->run(&s);
	err = errno;
	struck = faults_off();
	if (verbose)
		printf("# %d: %ld %s\n", nth, ret, errno_name(ret < 0 ? err : 0));

	if (ret < 0) {
		++*failed;
		if (!struck)
			FAIL("allocation %d: %s without a fault", nth,
			     errno_name(err));
		if (!allowed(err))
			FAIL("allocation %d: %s", nth, errno_name(err));
		if (!step->once) {
			ret = step->run(&s);
			if (ret < 0)
				FAIL("allocation %d: %s, and then %s", nth,
				     errno_name(err), errno_name(errno));
		}
	}
	if (step->verify && ret >= 0) {
		/* where the number of bytes counts */
		if (!s.npv)
			s.id = ret;
		step->verify(&s);
	}
	scene_end(&s);
	transfer();
	return struck;
}

static void run_step(void)
{
	int nth = 1, failed = 0, before;

	/* No fault is to hit the loading of a page */
	OK(mlockall(MCL_CURRENT | MCL_FUTURE));
	nth_fd = OK(open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC));
	before = sessions();
	while (one_fault(nth, &failed))
		if (++nth > max_nth)
			FAIL("more than %d allocations", max_nth);
	EVENTUALLY(sessions() == before, 5000);
	printf("# %d allocations, %d of them failed the call\n", nth - 1,
	       failed);
}

static const struct option longopts[] = {
	{ "only", required_argument, NULL, 'o' },
	{ "max", required_argument, NULL, 'm' },
	{ "verbose", no_argument, NULL, 'v' },
	{ }
};

int main(int argc, char **argv)
{
	struct test test = { .run = run_step };
	const char *only = "";
	unsigned int i;
	int opt;

	while ((opt = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		switch (opt) {
		case 'o':
			only = optarg;
			break;
		case 'm':
			max_nth = atoi(optarg);
			break;
		case 'v':
			verbose = true;
			break;
		default:
			fprintf(stderr,
				"usage: npv-faults [--only NAME] [--max N] [--verbose]\n");
			return 2;
		}
	}
	for (i = 0; i < sizeof(bulk); i++)
		bulk[i] = i * 31 ^ i >> 8;

	setlinebuf(stdout);
	for (step = steps; step->name; step++) {
		if (!strstr(step->name, only))
			continue;
		test.name = step->name;
		tap_run("faults", &test, STEP_TIMEOUT_S);
	}
	return tap_end();
}
