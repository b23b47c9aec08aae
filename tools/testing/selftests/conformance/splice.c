// SPDX-License-Identifier: GPL-2.0
/* Sending and receiving without read() and write(): splice, sendfile, mmap */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "conformance.h"

#define FILE_SIZE (1 << 20)

/* A file of the test pattern */
static int pattern_file(size_t len)
{
	int fd = OK(memfd_create("pattern", MFD_CLOEXEC));
	unsigned char *buf = malloc(len);

	pattern_fill(buf, len, 0);
	EQ(pwrite(fd, buf, len, 0), len);
	free(buf);
	return fd;
}

struct sink {
	int fd;
	size_t len;
};

/* Receives the pattern and the end of the stream */
static void *recv_pattern(void *arg)
{
	struct sink *s = arg;
	unsigned char *buf = malloc(s->len);

	recv_all(s->fd, buf, s->len);
	pattern_check(buf, s->len, 0);
	expect_eof(s->fd);
	free(buf);
	return NULL;
}

static void sendfile__whole(void)
{
	struct pair p = connected();
	struct sink sink = { p.server, FILE_SIZE };
	int file = pattern_file(FILE_SIZE);
	pthread_t thread;
	off_t off = 0;

	OK(-pthread_create(&thread, NULL, recv_pattern, &sink));
	while (off < FILE_SIZE)
		CHECK(OK(sendfile(p.client, file, &off, FILE_SIZE - off)) > 0);
	EQ(sendfile(p.client, file, &off, 1), 0);
	OK(shutdown(p.client, SHUT_WR));
	OK(-pthread_join(thread, NULL));
}

static void sendfile__nonblocking(void)
{
	struct pair p = connected();
	struct sink sink = { p.server, 2 * FILE_SIZE };
	int file = pattern_file(2 * FILE_SIZE);
	pthread_t thread;
	off_t off = 0;
	ssize_t n;

	set_int(p.client, SOL_SOCKET, SO_SNDBUF, 65536);
	set_int(p.server, SOL_SOCKET, SO_RCVBUF, 65536);
	set_nonblock(p.client);
	while ((n = sendfile(p.client, file, &off, 2 * FILE_SIZE - off)) > 0)
		;
	EQ(n, -1);
	EQ(errno, EAGAIN);
	OK(-pthread_create(&thread, NULL, recv_pattern, &sink));
	while (off < 2 * FILE_SIZE) {
		n = sendfile(p.client, file, &off, 2 * FILE_SIZE - off);
		if (n < 0) {
			EQ(errno, EAGAIN);
			EQ(poll_events(p.client, POLLOUT, 5000), POLLOUT);
		}
	}
	OK(shutdown(p.client, SHUT_WR));
	OK(-pthread_join(thread, NULL));
}

static void splice__out(void)
{
	struct pair p = connected();
	struct sink sink = { p.server, FILE_SIZE };
	int file = pattern_file(FILE_SIZE), pipes[2];
	pthread_t thread;
	loff_t off = 0;

	OK(pipe(pipes));
	OK(-pthread_create(&thread, NULL, recv_pattern, &sink));
	while (off < FILE_SIZE) {
		ssize_t n = OK(splice(file, &off, pipes[1], NULL, 65536, 0));

		while (n > 0)
			n -= OK(splice(pipes[0], NULL, p.client, NULL, n,
				       SPLICE_F_MORE));
	}
	OK(shutdown(p.client, SHUT_WR));
	OK(-pthread_join(thread, NULL));
}

static void *send_pattern(void *arg)
{
	struct sink *s = arg;
	unsigned char *buf = malloc(s->len);

	pattern_fill(buf, s->len, 0);
	send_all(s->fd, buf, s->len);
	OK(shutdown(s->fd, SHUT_WR));
	free(buf);
	return NULL;
}

static void splice__in(void)
{
	struct pair p = connected();
	struct sink source = { p.client, FILE_SIZE };
	unsigned char *buf = malloc(FILE_SIZE);
	size_t done = 0;
	pthread_t thread;
	int pipes[2];
	ssize_t n;

	OK(pipe(pipes));
	OK(-pthread_create(&thread, NULL, send_pattern, &source));
	while ((n = OK(splice(p.server, NULL, pipes[1], NULL, 65536, 0))) > 0)
		while (n > 0) {
			ssize_t got = OK(read(pipes[0], buf + done, n));

			done += got;
			n -= got;
		}
	EQ(done, FILE_SIZE);
	pattern_check(buf, done, 0);
	OK(-pthread_join(thread, NULL));
}

static void splice__nonblocking(void)
{
	struct pair p = connected();
	int pipes[2];

	OK(pipe(pipes));
	set_nonblock(p.server);
	FAILS(splice(p.server, NULL, pipes[1], NULL, 1, 0), EAGAIN);
	send_text(p.client, "ab");
	EQ(poll_events(p.server, POLLIN, 5000), POLLIN);
	EQ(splice(p.server, NULL, pipes[1], NULL, 1, 0), 1);
	expect_text(p.server, "b");
}

static void splice__where_it_cannot(void)
{
	struct addr a;
	int l = listener(1, &a), fresh = sock(SOCK_STREAM), pipes[2];

	OK(pipe(pipes));
	EQ(write(pipes[1], "x", 1), 1);
	FAILS(splice(l, NULL, pipes[1], NULL, 1, 0), ENOTCONN);
	FAILS(splice(fresh, NULL, pipes[1], NULL, 1, 0), ENOTCONN);
	signal_catch(SIGPIPE, 0);
	FAILS(splice(pipes[0], NULL, fresh, NULL, 1, 0), EPIPE);
}

static void splice__socket_to_socket(void)
{
	struct pair in = connected(), out = connected();
	int pipes[2];

	OK(pipe(pipes));
	send_text(in.client, "through");
	EQ(splice(in.server, NULL, pipes[1], NULL, 100, 0), 7);
	EQ(splice(pipes[0], NULL, out.client, NULL, 7, SPLICE_F_MOVE), 7);
	expect_text(out.server, "through");
}

static void vmsplice__out(void)
{
	struct pair p = connected();
	struct sink sink = { p.server, 65536 };
	unsigned char *buf = aligned_alloc(4096, 65536);
	struct iovec iov = { buf, 65536 };
	pthread_t thread;
	int pipes[2];
	ssize_t n;

	OK(pipe(pipes));
	pattern_fill(buf, 65536, 0);
	OK(-pthread_create(&thread, NULL, recv_pattern, &sink));
	while (iov.iov_len) {
		n = OK(vmsplice(pipes[1], &iov, 1, 0));
		iov.iov_base = (char *)iov.iov_base + n;
		iov.iov_len -= n;
		while (n > 0)
			n -= OK(splice(pipes[0], NULL, p.client, NULL, n, 0));
	}
	OK(shutdown(p.client, SHUT_WR));
	OK(-pthread_join(thread, NULL));
}

static void mmap__zerocopy_receive(void)
{
	struct pair p = connected();
	struct tcp_zerocopy_receive zc = { };
	socklen_t len = sizeof(zc);
	char buf[16];
	void *area;

	area = mmap(NULL, 65536, PROT_READ, MAP_SHARED, p.server, 0);
	if (area == MAP_FAILED)
		FAIL("mmap of the socket: %s", errno_name(errno));
	send_text(p.client, "too short");
	EQ(poll_events(p.server, POLLIN, 5000), POLLIN);
	zc.address = (uintptr_t)area;
	zc.length = 65536;
	OK(getsockopt(p.server, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &zc, &len));
	/* Nothing fills a page: to be read */
	EQ(zc.length, 0);
	EQ(zc.recv_skip_hint, 9);
	EQ(recv(p.server, buf, sizeof(buf), 0), 9);
	FAILS(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, p.server, 0)
	      == MAP_FAILED ? -1 : 0, EPERM);
}

const struct test tests_splice[] = {
	{ "sendfile", sendfile__whole },
	{ "sendfile, non-blocking", sendfile__nonblocking },
	{ "splice from a pipe", splice__out },
	{ "splice to a pipe", splice__in },
	{ "splice, non-blocking", splice__nonblocking },
	{ "splice where it can't be", splice__where_it_cannot },
	{ "splice from socket to socket", splice__socket_to_socket },
	{ "vmsplice and splice", vmsplice__out },
	{ "mmap and TCP_ZEROCOPY_RECEIVE", mmap__zerocopy_receive },
	TESTS_END
};
