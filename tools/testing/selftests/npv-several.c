// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets bound to several addresses: datagrams on any of them are heard, and
 * answered from the right one; streams leave from the one of their family. Each
 * case says what it showed before the kernel was mended; the numbers are those
 * of the review.
 *
 * The namespace has 127.0.0.1 and ::1, and V4B and V6B besides.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "flavour.h"

#define CASE_TIMEOUT_S 20
#define SOON 3000
#define QUIET 200
/* So long a thread gets to come to rest in its system call */
#define BLOCKED 100

#define V4B "127.0.0.2"
#define V6B "fd00:1::1"
#define ADDRS 4

static const char *const all[ADDRS] = { "127.0.0.1", "::1", V4B, V6B };
static const char *const pair[2] = { V4B, V6B };

/* What a thread works on */
static int shared_fd;
static long shared_result;
static int shared_errno;
static void *shared_page;

static const struct flavour *plain(const char *text)
{
	return &flavours[strchr(text, '.') ? 0 : 1];
}

/* A plain UDP socket of the family of an address; bound there if @port >= 0 */
static int udp(const char *text, int port)
{
	struct addr a = flavour_addr(plain(text), text, port < 0 ? 0 : port);
	int fd = (int)OK(socket(a.sa.sa_family, SOCK_DGRAM, 0));

	if (port >= 0)
		OK(bind(fd, &a.sa, a.len));
	return fd;
}

static void send_to(int fd, const char *text, int port, const char *data)
{
	struct addr a = flavour_addr(plain(text), text, port);

	EQ(sendto(fd, data, strlen(data), 0, &a.sa, a.len), strlen(data));
}

static int bound(int type, int n, const char *const text[], int port)
{
	struct addr a = addr_npv(port, n, text);
	int fd = (int)OK(socket(npv_family(), type, 0));

	OK(bind(fd, &a.sa, a.len));
	return fd;
}

static int dgram(int port)
{
	return bound(SOCK_DGRAM, ADDRS, all, port);
}

/* What comes next, from whom; fails the case if it isn't @data */
static struct addr receive(int fd, const char *data)
{
	struct addr from = addr_room();
	char buf[64];
	ssize_t n;

	n = OK(recvfrom(fd, buf, sizeof(buf) - 1, 0, &from.sa, &from.len));
	buf[n] = 0;
	if (strcmp(buf, data))
		FAIL("got \"%s\", expected \"%s\"", buf, data);
	return from;
}

static bool readable(int fd, int ms)
{
	struct pollfd pfd = { fd, POLLIN, 0 };

	return poll(&pfd, 1, ms) == 1 && pfd.revents & POLLIN;
}

/* 12: none but the first address was ever ready */
static void poll_any(void)
{
	int fd = dgram(7200), i;

	for (i = 0; i < ADDRS; i++) {
		CHECK(!readable(fd, 0));
		send_to(udp(all[i], -1), all[i], 7200, all[i]);
		if (!readable(fd, SOON))
			FAIL("poll: not ready by %s", all[i]);
		receive(fd, all[i]);
	}
	CHECK(!readable(fd, 0));
}

/* Is in poll() already when it comes */
static void *send_later(void *text)
{
	nap_ms(BLOCKED);
	send_to(udp(text, -1), text, 7201, text);
	return NULL;
}

static void poll_wakes(void)
{
	int fd = dgram(7201), i;
	pthread_t thread;

	for (i = 0; i < ADDRS; i++) {
		pthread_create(&thread, NULL, send_later, (void *)all[i]);
		if (!readable(fd, SOON))
			FAIL("poll: not woken by %s", all[i]);
		receive(fd, all[i]);
		pthread_join(thread, NULL);
	}
}

static void epoll_any(int flags, int port)
{
	struct epoll_event ev = { .events = EPOLLIN | flags };
	struct addr a = addr_npv(port, ADDRS, all);
	int ep = (int)OK(epoll_create1(0));
	int fd, i;

	fd = (int)OK(socket(npv_family(), SOCK_DGRAM, 0));
	OK(bind(fd, &a.sa, a.len));
	OK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
	while (flags & EPOLLET && epoll_wait(ep, &ev, 1, 0) == 1)
		CHECK(!(ev.events & EPOLLIN));
	for (i = 0; i < ADDRS; i++) {
		EQ(epoll_wait(ep, &ev, 1, 0), 0);
		send_to(udp(all[i], -1), all[i], port, all[i]);
		if (epoll_wait(ep, &ev, 1, SOON) != 1)
			FAIL("epoll: not ready by %s", all[i]);
		receive(fd, all[i]);
	}
}

static void epoll_level(void)
{
	epoll_any(0, 7202);
}

static void epoll_edge(void)
{
	epoll_any(EPOLLET, 7203);
}

static void select_any(void)
{
	int fd = dgram(7204), i;

	for (i = 0; i < ADDRS; i++) {
		struct timeval tv = { SOON / 1000, 0 };
		fd_set set;

		send_to(udp(all[i], -1), all[i], 7204, all[i]);
		FD_ZERO(&set);
		FD_SET(fd, &set);
		if (select(fd + 1, &set, NULL, NULL, &tv) != 1)
			FAIL("select: not ready by %s", all[i]);
		receive(fd, all[i]);
	}
}

/*
 * 31: what comes while bind() is at it, when one address is bound and the next
 * is not, is heard of all the same. By reading only: on the debug kernel's one
 * processor this has never failed.
 */
static void *send_on(void *text)
{
	int fd = udp(text, -1);

	for (;;) {
		struct addr a = flavour_addr(plain(text), text, 7205);

		/* ECONNREFUSED until it is bound */
		sendto(fd, "early", 5, MSG_DONTWAIT, &a.sa, a.len);
		if (__atomic_load_n(&shared_result, __ATOMIC_ACQUIRE))
			return NULL;
	}
}

static void bind_under_fire(void)
{
	struct addr a = addr_npv(7205, ADDRS, all);
	pthread_t thread[ADDRS];
	int i, round;

	for (round = 0; round < 10; round++) {
		int fd = (int)OK(socket(npv_family(), SOCK_DGRAM, 0));
		struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
		int ep = (int)OK(epoll_create1(0));

		OK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
		__atomic_store_n(&shared_result, 0, __ATOMIC_RELEASE);
		for (i = 0; i < ADDRS; i++)
			pthread_create(&thread[i], NULL, send_on,
				       (void *)all[i]);
		nap_ms(5);
		OK(bind(fd, &a.sa, a.len));
		__atomic_store_n(&shared_result, 1, __ATOMIC_RELEASE);
		for (i = 0; i < ADDRS; i++)
			pthread_join(thread[i], NULL);
		/* Either nothing has come, or it has been told. */
		if (readable(fd, 0))
			EQ(epoll_wait(ep, &ev, 1, SOON), 1);
		close(ep);
		close(fd);
	}
}

static void *receive_one(void *arg)
{
	char buf[64];

	shared_errno = 0;
	shared_result = recv(shared_fd, buf, sizeof(buf), 0);
	if (shared_result < 0)
		shared_errno = errno;
	return NULL;
}

static void recv_blocks(void)
{
	pthread_t thread;
	int i;

	shared_fd = dgram(7206);
	for (i = 0; i < ADDRS; i++) {
		pthread_create(&thread, NULL, receive_one, NULL);
		nap_ms(BLOCKED);
		send_to(udp(all[i], -1), all[i], 7206, all[i]);
		pthread_join(thread, NULL);
		EQ(shared_errno, 0);
		EQ(shared_result, strlen(all[i]));
	}
}

static void recv_times_out(void)
{
	struct timeval tv = { 0, QUIET * 1000 };
	int fd = dgram(7207);
	long long start;
	char b;

	FAILS(recv(fd, &b, 1, MSG_DONTWAIT), EAGAIN);
	OK(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	start = now_ms();
	FAILS(recv(fd, &b, 1, 0), EAGAIN);
	BETWEEN(now_ms() - start, QUIET - 20, SOON);
}

/* Senders have names of the session's kind; answers come from where they asked */
static void names_and_replies(void)
{
	int fd = bound(SOCK_DGRAM, 2, pair, 7208), i;

	for (i = 0; i < 2; i++) {
		int peer = udp(pair[i], 0);
		struct addr want, from, to;

		send_to(peer, pair[i], 7208, "ask");
		from = receive(fd, "ask");
		want = addr_npv(local_port(peer), 1, &pair[i]);
		if (!addr_eq(&from, &want)) {
			printf("# %s\n", addr_str(&want));
			FAIL("the sender is %s", addr_str(&from));
		}
		EQ(sendto(fd, "answer", 6, 0, &from.sa, from.len), 6);
		to = receive(peer, "answer");
		want = flavour_addr(plain(pair[i]), pair[i], 7208);
		if (!addr_eq(&to, &want))
			FAIL("the answer to %s is from %s", pair[i],
			     addr_str(&to));
	}
}

/* 13: strangers were heard on the addresses beyond the first */
static void connected_to(const char *text, int port)
{
	int peer = udp(text, 0), fd = dgram(port), i;
	struct addr a = addr_npv(local_port(peer), 1, &text), name;
	char buf[64];

	OK(connect(fd, &a.sa, a.len));
	for (i = 0; i < ADDRS; i++) {
		int stranger = udp(all[i], -1);
		struct addr to = flavour_addr(plain(all[i]), all[i], port);

		/* Refused, where nobody hears it */
		sendto(stranger, "stranger", 8, 0, &to.sa, to.len);
	}
	CHECK(!readable(fd, QUIET));
	FAILS(recv(fd, buf, sizeof(buf), MSG_DONTWAIT), EAGAIN);

	EQ(send(fd, "ask", 3, 0), 3);
	name = receive(peer, "ask");
	EQ(sendto(peer, "answer", 6, 0, &name.sa, name.len), 6);
	CHECK(readable(fd, SOON));
	receive(fd, "answer");
}

static void connected_v4(void)
{
	connected_to("127.0.0.1", 7209);
}

/*
 * 29: EAFNOSUPPORT. Datagrams are connected by the first address only: a peer of
 * the other family is out of its reach, and nothing has changed after that.
 */
static void connected_v6(void)
{
	static const char *const lo6[] = { "::1" };
	int peer = udp("::1", 0), fd = dgram(7210), i;
	struct addr a = addr_npv(local_port(peer), 1, lo6), name;

	FAILS(connect(fd, &a.sa, a.len), ENETUNREACH);
	for (i = 0; i < ADDRS; i++) {
		send_to(udp(all[i], -1), all[i], 7210, all[i]);
		CHECK(readable(fd, SOON));
		receive(fd, all[i]);
	}
	EQ(sendto(fd, "ask", 3, 0, &a.sa, a.len), 3);
	name = receive(peer, "ask");
	EQ(addr_port(&name), 7210);
}

/* 14: recv() went on to wait */
static void shutdown_wakes(bool connected, int port)
{
	int peer = udp("127.0.0.1", 0);
	const char *text = "127.0.0.1";
	struct addr a = addr_npv(local_port(peer), 1, &text);
	long long start;
	pthread_t thread;

	shared_fd = dgram(port);
	if (connected)
		OK(connect(shared_fd, &a.sa, a.len));
	pthread_create(&thread, NULL, receive_one, NULL);
	nap_ms(BLOCKED);
	start = now_ms();
	/* As for UDP: ENOTCONN, and done nevertheless */
	if (connected)
		OK(shutdown(shared_fd, SHUT_RD));
	else
		FAILS(shutdown(shared_fd, SHUT_RD), ENOTCONN);
	pthread_join(thread, NULL);
	BETWEEN(now_ms() - start, 0, SOON);
	EQ(shared_errno, 0);
	EQ(shared_result, 0);
}

static void shutdown_wakes_connected(void)
{
	shutdown_wakes(true, 7211);
}

static void shutdown_wakes_unconnected(void)
{
	shutdown_wakes(false, 7212);
}

/*
 * 29: a stream bound to {IPv4, IPv6} could not connect to an IPv6 peer
 * (ENETUNREACH), or left from an address that it was not bound to.
 * @listen_on: where the server is; a race to both has this one winner
 */
static void stream_leaves(const char *listen_on, const char *source, int n,
			  const char *const to[], int port, int local)
{
	struct addr a = flavour_addr(plain(listen_on), listen_on, port), from;
	int server, fd, one = 1;

	server = (int)OK(socket(a.sa.sa_family, SOCK_STREAM, 0));
	OK(bind(server, &a.sa, a.len));
	OK(listen(server, 5));

	fd = (int)OK(socket(npv_family(), SOCK_STREAM, 0));
	OK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	a = addr_npv(local, 2, pair);
	OK(bind(fd, &a.sa, a.len));
	if (!local)
		local = local_port(fd);
	a = addr_npv(port, n, to);
	OK(connect(fd, &a.sa, a.len));

	from = addr_room();
	OK(accept(server, &from.sa, &from.len));
	a = flavour_addr(plain(source), source, local);
	if (!addr_eq(&from, &a))
		FAIL("it came from %s, not %s port %d", addr_str(&from), source,
		     local);
	a = addr_npv(local, 1, &source);
	from = name_local(fd);
	if (!addr_eq(&from, &a))
		FAIL("its own name is %s", addr_str(&from));
}

static const char *const lo64[] = { "::1", "127.0.0.1" };
static const char *const lo46[] = { "127.0.0.1", "::1" };

static void stream_race_v4(void)
{
	stream_leaves("127.0.0.1", V4B, 2, lo64, 7213, 0);
	stream_leaves("127.0.0.1", V4B, 2, lo64, 7214, 7301);
}

static void stream_race_v6(void)
{
	stream_leaves("::1", V6B, 2, lo46, 7215, 0);
	stream_leaves("::1", V6B, 2, lo46, 7216, 7302);
}

static void stream_single_v4(void)
{
	stream_leaves("127.0.0.1", V4B, 1, lo46, 7217, 0);
	stream_leaves("127.0.0.1", V4B, 1, lo46, 7218, 7303);
}

static void stream_single_v6(void)
{
	stream_leaves("::1", V6B, 1, lo64, 7219, 0);
	stream_leaves("::1", V6B, 1, lo64, 7220, 7304);
}

static void *receive_there(void *arg)
{
	shared_result = recv(shared_fd, shared_page, 64, 0);
	return NULL;
}

static pid_t start_mgr(const char *object)
{
	pid_t pid = fork();

	if (pid < 0)
		FAIL("fork: %s", errno_name(errno));
	if (!pid) {
		CHECK(freopen("/dev/null", "w", stdout));
		execlp("npv-mgr", "npv-mgr", object, "show", NULL);
		_exit(127);
	}
	return pid;
}

/* 18: npv-mgr of any user hung until the program's page was there */
static void dump_while_receiving(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_zeropage zero = { };
	size_t size = sysconf(_SC_PAGESIZE);
	struct uffd_msg msg;
	struct pollfd pfd = { .events = POLLIN };
	int fd, status, i;
	pthread_t thread;
	pid_t pid;

	fd = (int)syscall(SYS_userfaultfd, O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		skip("userfaultfd: %s", errno_name(errno));
	OK(ioctl(fd, UFFDIO_API, &api));
	shared_page = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(shared_page != MAP_FAILED);
	reg.range.start = (unsigned long)shared_page;
	reg.range.len = size;
	zero.range = reg.range;
	OK(ioctl(fd, UFFDIO_REGISTER, &reg));

	shared_fd = dgram(7221);
	/* by a further stack, and then by the main one */
	for (i = 1; i >= 0; i--) {
		static const char *const objects[] = { "session", "stack" };

		send_to(udp(all[i], -1), all[i], 7221, "x");
		pthread_create(&thread, NULL, receive_there, NULL);
		/* recv() is in the page fault as soon as it is reported. */
		pfd.fd = fd;
		EQ(poll(&pfd, 1, SOON), 1);
		EQ(pfd.revents, POLLIN);
		pid = start_mgr(objects[i]);
		pfd.fd = (int)OK(syscall(SYS_pidfd_open, pid, 0));
		if (poll(&pfd, 1, SOON) != 1) {
			kill(pid, SIGKILL);
			ioctl(fd, UFFDIO_ZEROPAGE, &zero);
			FAIL("npv-mgr %s hangs", objects[i]);
		}
		OK(waitpid(pid, &status, 0));
		EQ(status, 0);
		OK(ioctl(fd, UFFDIO_ZEROPAGE, &zero));
		pthread_join(thread, NULL);
		EQ(shared_result, 1);
		/* missing once more */
		OK(madvise(shared_page, size, MADV_DONTNEED));
		while (read(fd, &msg, sizeof(msg)) > 0)
			;
	}
}

static const struct test tests[] = {
	{ "datagrams: poll", poll_any },
	{ "datagrams: poll wakes", poll_wakes },
	{ "datagrams: epoll", epoll_level },
	{ "datagrams: epoll, edges", epoll_edge },
	{ "datagrams: select", select_any },
	{ "datagrams: bound while they come", bind_under_fire },
	{ "datagrams: recv waits for all addresses", recv_blocks },
	{ "datagrams: recv, SO_RCVTIMEO", recv_times_out },
	{ "datagrams: names, and from where answers leave", names_and_replies },
	{ "datagrams: connected over IPv4, strangers", connected_v4 },
	{ "datagrams: connect to the other family's", connected_v6 },
	{ "datagrams: shutdown wakes recv", shutdown_wakes_unconnected },
	{ "datagrams: shutdown wakes recv, connected",
	  shutdown_wakes_connected },
	{ "streams: a race that IPv4 wins", stream_race_v4 },
	{ "streams: a race that IPv6 wins", stream_race_v6 },
	{ "streams: one IPv4 address", stream_single_v4 },
	{ "streams: one IPv6 address", stream_single_v6 },
	{ "a dump does not wait for a program's memory", dump_while_receiving },
	TESTS_END
};

int main(int argc, char **argv)
{
	const struct test *test;

	for (test = tests; test->name; test++)
		tap_run("several", test, CASE_TIMEOUT_S);
	return tap_end();
}
