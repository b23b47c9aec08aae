// SPDX-License-Identifier: GPL-2.0
/* Sending and receiving on STREAM sockets: flags, vectors, queues, limits */
#include <linux/sockios.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "conformance.h"

#define BULK (2 << 20)

static void data__peek(void)
{
	struct pair p = connected();
	char buf[8] = "";

	send_text(p.client, "abcdef");
	EQ(recv(p.server, buf, 3, MSG_PEEK), 3);
	CHECK(!memcmp(buf, "abc", 3));
	EQ(recv(p.server, buf, 6, MSG_PEEK | MSG_WAITALL), 6);
	expect_text(p.server, "abcdef");
	FAILS(recv(p.server, buf, 1, MSG_PEEK | MSG_DONTWAIT), EAGAIN);
	OK(shutdown(p.client, SHUT_WR));
	EQ(recv(p.server, buf, 1, MSG_PEEK), 0);
}

static void data__peek_offset(void)
{
	struct pair p = connected();
	char buf[4];

	EQ(get_int(p.server, SOL_SOCKET, SO_PEEK_OFF), -1);
	set_int(p.server, SOL_SOCKET, SO_PEEK_OFF, 2);
	send_text(p.client, "abcdef");
	EQ(poll_events(p.server, POLLIN, 5000), POLLIN);
	EQ(recv(p.server, buf, 2, MSG_PEEK), 2);
	CHECK(!memcmp(buf, "cd", 2));
	EQ(get_int(p.server, SOL_SOCKET, SO_PEEK_OFF), 4);
	expect_text(p.server, "abcdef");
}

static void *send_in_three(void *arg)
{
	static const char *const parts[] = { "one", "two", "six" };
	int i;

	for (i = 0; i < 3; i++) {
		nap_ms(20);
		send_text(*(int *)arg, parts[i]);
	}
	return NULL;
}

static void data__waitall(void)
{
	struct pair p = connected();
	pthread_t thread;
	char buf[16];

	OK(-pthread_create(&thread, NULL, send_in_three, &p.client));
	EQ(recv(p.server, buf, 9, MSG_WAITALL), 9);
	CHECK(!memcmp(buf, "onetwosix", 9));
	OK(-pthread_join(thread, NULL));
	/* Less at the end of the stream, or when a signal comes */
	send_text(p.client, "rest");
	signal_catch(SIGALRM, 0);
	alarm_ms(100);
	EQ(recv(p.server, buf, 9, MSG_WAITALL), 4);
	alarm_ms(0);
	send_text(p.client, "end");
	OK(shutdown(p.client, SHUT_WR));
	EQ(recv(p.server, buf, 9, MSG_WAITALL), 3);
}

static void data__trunc(void)
{
	struct pair p = connected();
	char buf[4] = "....";

	send_text(p.client, "abcdef");
	/* TCP throws that many bytes away and copies nothing */
	EQ(recv(p.server, buf, 3, MSG_TRUNC), 3);
	CHECK(!memcmp(buf, "....", 4));
	expect_text(p.server, "def");
}

static void data__more(void)
{
	struct pair p = connected();
	char buf[8];

	EQ(send(p.client, "ab", 2, MSG_MORE), 2);
	EQ(poll_events(p.server, POLLIN, 50), 0);
	EQ(send(p.client, "cd", 2, 0), 2);
	EQ(recv(p.server, buf, 8, 0), 4);
	CHECK(!memcmp(buf, "abcd", 4));
}

static void data__dontwait(void)
{
	static char page[4096];
	struct pair p = connected();
	char buf[4];

	FAILS(recv(p.server, buf, 4, MSG_DONTWAIT), EAGAIN);
	send_text(p.client, "x");
	EQ(poll_events(p.server, POLLIN, 5000), POLLIN);
	EQ(recv(p.server, buf, 4, MSG_DONTWAIT), 1);
	fill(&p);
	/* A little may find room still; in the end there is none */
	while (send(p.client, page, sizeof(page), MSG_DONTWAIT) > 0)
		;
	EQ(errno, EAGAIN);
}

static void data__oob(void)
{
	struct pair p = connected();
	char b = 0;
	int mark;

	FAILS(recv(p.server, &b, 1, MSG_OOB), EINVAL);
	send_text(p.client, "ab");
	EQ(send(p.client, "!", 1, MSG_OOB), 1);
	send_text(p.client, "cd");
	EQ(poll_events(p.server, POLLPRI, 5000), POLLPRI);
	OK(ioctl(p.server, SIOCATMARK, &mark));
	EQ(mark, 0);
	expect_text(p.server, "ab");
	OK(ioctl(p.server, SIOCATMARK, &mark));
	EQ(mark, 1);
	EQ(recv(p.server, &b, 1, MSG_OOB), 1);
	EQ(b, '!');
	FAILS(recv(p.server, &b, 1, MSG_OOB), EINVAL);
	expect_text(p.server, "cd");
}

static void data__oob_inline(void)
{
	struct pair p = connected();
	char buf[8];
	int mark;

	set_int(p.server, SOL_SOCKET, SO_OOBINLINE, 1);
	send_text(p.client, "ab");
	EQ(send(p.client, "!", 1, MSG_OOB), 1);
	EQ(poll_events(p.server, POLLPRI, 5000), POLLPRI);
	FAILS(recv(p.server, buf, 1, MSG_OOB), EINVAL);
	/* Reading stops in front of the mark */
	EQ(recv(p.server, buf, 8, 0), 2);
	OK(ioctl(p.server, SIOCATMARK, &mark));
	EQ(mark, 1);
	EQ(recv(p.server, buf, 8, 0), 1);
	EQ(buf[0], '!');
}

static void *recv_lowat(void *arg)
{
	char buf[16];

	EQ(recv(*(int *)arg, buf, 16, 0), 8);
	CHECK(!memcmp(buf, "abcdefgh", 8));
	return NULL;
}

static void data__rcvlowat(void)
{
	struct pair p = connected();
	int ep = epoll_with(p.server, EPOLLIN);
	pthread_t thread;

	EQ(get_int(p.server, SOL_SOCKET, SO_RCVLOWAT), 1);
	set_int(p.server, SOL_SOCKET, SO_RCVLOWAT, 8);
	EQ(get_int(p.server, SOL_SOCKET, SO_RCVLOWAT), 8);
	send_text(p.client, "1234567");
	EQ(epoll_events(ep, 50), 0);
	send_text(p.client, "8");
	EQ(epoll_events(ep, 5000), EPOLLIN);
	expect_text(p.server, "12345678");
	OK(-pthread_create(&thread, NULL, recv_lowat, &p.server));
	nap_ms(50);
	send_text(p.client, "abcdefgh");
	OK(-pthread_join(thread, NULL));
}

static void data__queues(void)
{
	struct pair p = connected();
	int n = -1;

	OK(ioctl(p.server, SIOCINQ, &n));
	EQ(n, 0);
	send_text(p.client, "12345");
	EQ(poll_events(p.server, POLLIN, 5000), POLLIN);
	OK(ioctl(p.server, FIONREAD, &n));
	EQ(n, 5);
	expect_text(p.server, "12");
	OK(ioctl(p.server, SIOCINQ, &n));
	EQ(n, 3);
	send_text(p.client, "678");
	EVENTUALLY(!ioctl(p.server, SIOCINQ, &n) && n == 6, 5000);
	EVENTUALLY(!ioctl(p.client, SIOCOUTQ, &n) && !n, 5000);
	EQ(send(p.client, "ab", 2, MSG_MORE), 2);
	OK(ioctl(p.client, SIOCOUTQ, &n));
	EQ(n, 2);
	OK(ioctl(p.client, SIOCOUTQNSD, &n));
	EQ(n, 2);
	FAILS(ioctl(p.listener, SIOCINQ, &n), EINVAL);
	FAILS(ioctl(p.listener, SIOCOUTQ, &n), EINVAL);
}

/* Segments that the other host's TCP has not acknowledged */
static unsigned int unacked(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	OK(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	return info.tcpi_unacked;
}

struct reader {
	int fd;
	volatile pid_t tid;
	volatile ssize_t got;
};

static void *receive_one(void *arg)
{
	struct reader *r = arg;
	char buf[1000];

	r->tid = gettid();
	r->got = recv(r->fd, buf, sizeof(buf), 0);
	return NULL;
}

/* Less than is waited for, and no more to come */
static void data__rcvlowat_end(void)
{
	struct pair p = connected();
	struct reader r = { p.server, 0, -1 };
	pthread_t thread;

	set_int(p.server, SOL_SOCKET, SO_RCVLOWAT, 1000);
	OK(-pthread_create(&thread, NULL, receive_one, &r));
	EVENTUALLY(r.tid && is_asleep(r.tid), 5000);
	send_text(p.client, "12345");
	OK(shutdown(p.client, SHUT_WR));
	EVENTUALLY(r.got == 5, 5000);
	OK(-pthread_join(thread, NULL));
	expect_eof(p.server);
}

/* Less than is waited for, by who doesn't wait */
static void data__rcvlowat_nonblock(void)
{
	struct timeval tv = { 0, 50000 }, never = { };
	struct pair p = connected();
	char buf[16];
	int n;

	set_int(p.server, SOL_SOCKET, SO_RCVLOWAT, 1000);
	send_text(p.client, "12345");
	EVENTUALLY(!ioctl(p.server, SIOCINQ, &n) && n == 5, 5000);
	EQ(recv(p.server, buf, sizeof(buf), MSG_DONTWAIT | MSG_PEEK), 5);
	OK(setsockopt(p.server, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	EQ(recv(p.server, buf, sizeof(buf), MSG_PEEK), 5);
	signal_catch(SIGALRM, 0);
	OK(setsockopt(p.server, SOL_SOCKET, SO_RCVTIMEO, &never,
		      sizeof(never)));
	alarm_ms(50);
	EQ(recv(p.server, buf, sizeof(buf), MSG_PEEK), 5);
	alarm_ms(0);
	EQ(recv(p.server, buf, sizeof(buf), MSG_DONTWAIT), 5);
	CHECK(!memcmp(buf, "12345", 5));
}

static void data__inq_cmsg(void)
{
	struct pair p = connected();
	char buf[2], control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { buf, 2 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg;

	set_int(p.server, IPPROTO_TCP, TCP_INQ, 1);
	set_int(p.server, IPPROTO_TCP, TCP_QUICKACK, 1);
	send_text(p.client, "12345");
	send_text(p.client, "678");
	EQ(poll_events(p.server, POLLIN, 5000), POLLIN);
	/* Both are there. The server's end isn't asked, which may count anew. */
	EVENTUALLY(!unacked(p.client), 5000);
	EQ(recvmsg(p.server, &msg, 0), 2);
	cmsg = CMSG_FIRSTHDR(&msg);
	CHECK(cmsg && cmsg->cmsg_level == SOL_TCP);
	EQ(cmsg->cmsg_type, TCP_CM_INQ);
	EQ(*(int *)CMSG_DATA(cmsg), 6);
}

static void data__vectors(void)
{
	struct pair p = connected();
	char one[2], two[3], three[8];
	struct iovec out[3] = { { "ab", 2 }, { "", 0 }, { "cdefg", 5 } };
	struct iovec in[3] = { { one, 2 }, { two, 3 }, { three, 8 } };

	EQ(writev(p.client, out, 3), 7);
	EQ(poll_events(p.server, POLLIN, 5000), POLLIN);
	EQ(readv(p.server, in, 3), 7);
	CHECK(!memcmp(one, "ab", 2) && !memcmp(two, "cde", 3) &&
	      !memcmp(three, "fg", 2));
}

static void data__read_write(void)
{
	struct pair p = connected();
	char buf[8];

	EQ(write(p.client, "abc", 3), 3);
	EQ(read(p.server, buf, 8), 3);
	EQ(write(p.client, "", 0), 0);
	EQ(read(p.server, buf, 0), 0);
	FAILS(lseek(p.client, 0, SEEK_CUR), ESPIPE);
	FAILS(pread(p.server, buf, 1, 0), ESPIPE);
}

static void data__recvmsg_fields(void)
{
	struct pair p = connected();
	struct addr from = addr_room();
	char buf[8], control[64];
	struct iovec iov = { buf, 8 };
	struct msghdr msg = { .msg_name = &from.ss, .msg_namelen = from.len,
			      .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control),
			      .msg_flags = -1 };

	send_text(p.client, "abc");
	EQ(recvmsg(p.server, &msg, 0), 3);
	EQ(msg.msg_namelen, 0);
	EQ(msg.msg_controllen, 0);
	EQ(msg.msg_flags, 0);
}

static void data__mmsg(void)
{
	struct pair p = connected();
	char in[4][4];
	struct iovec iov[4];
	struct mmsghdr m[4];
	struct timespec ts = { 5, 0 };
	int i;

	memset(m, 0, sizeof(m));
	for (i = 0; i < 4; i++) {
		iov[i].iov_base = i % 2 ? "wxyz" : "abcd";
		iov[i].iov_len = 4;
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
	}
	EQ(sendmmsg(p.client, m, 4, 0), 4);
	EQ(m[3].msg_len, 4);
	for (i = 0; i < 4; i++)
		iov[i].iov_base = in[i];
	EQ(recvmmsg(p.server, m, 4, MSG_WAITALL, &ts), 4);
	CHECK(!memcmp(in[1], "wxyz", 4) && !memcmp(in[2], "abcd", 4));
	FAILS(recvmmsg(p.server, m, 4, MSG_DONTWAIT, NULL), EAGAIN);
}

static void data__bad_memory(void)
{
	struct pair p = connected();
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char buf[8];

	CHECK(page != MAP_FAILED);
	OK(munmap(page + 4096, 4096));
	FAILS(send(p.client, page + 4096, 4, 0), EFAULT);
	send_text(p.client, "abcd");
	EQ(poll_events(p.server, POLLIN, 5000), POLLIN);
	FAILS(recv(p.server, page + 4096, 4, 0), EFAULT);
	/* Nothing was lost by it */
	EQ(recv(p.server, buf, 8, 0), 4);
}

static void data__sendto_ignores_name(void)
{
	struct pair p = connected();
	struct addr a = addr_hole(9);

	EQ(sendto(p.client, "abc", 3, 0, &a.sa, a.len), 3);
	expect_text(p.server, "abc");
}

struct stream {
	int fd;
	size_t len;
};

static void *bulk_send(void *arg)
{
	struct stream *s = arg;
	unsigned char *buf = malloc(s->len);

	pattern_fill(buf, s->len, 0);
	send_all(s->fd, buf, s->len);
	OK(shutdown(s->fd, SHUT_WR));
	free(buf);
	return NULL;
}

static void *bulk_recv(void *arg)
{
	struct stream *s = arg;
	unsigned char *buf = malloc(s->len);

	recv_all(s->fd, buf, s->len);
	pattern_check(buf, s->len, 0);
	expect_eof(s->fd);
	free(buf);
	return NULL;
}

static void data__both_ways_at_once(void)
{
	struct pair p = connected();
	struct stream c = { p.client, BULK }, s = { p.server, BULK };
	pthread_t t[4];
	int i;

	OK(-pthread_create(&t[0], NULL, bulk_recv, &s));
	OK(-pthread_create(&t[1], NULL, bulk_recv, &c));
	OK(-pthread_create(&t[2], NULL, bulk_send, &s));
	OK(-pthread_create(&t[3], NULL, bulk_send, &c));
	for (i = 0; i < 4; i++)
		OK(-pthread_join(t[i], NULL));
}

static void data__blocking_send_interrupted(void)
{
	struct pair p = connected();
	static unsigned char buf[BULK];
	ssize_t n;

	set_int(p.client, SOL_SOCKET, SO_SNDBUF, 65536);
	set_int(p.server, SOL_SOCKET, SO_RCVBUF, 65536);
	signal_catch(SIGALRM, 0);
	alarm_ms(200);
	/* What fitted is told; nothing fits now: EINTR */
	n = OK(send(p.client, buf, sizeof(buf), 0));
	BETWEEN(n, 1, sizeof(buf) - 1);
	/* The peer's host may have made some room in the meantime */
	do {
		alarm_ms(100);
		n = send(p.client, buf, sizeof(buf), 0);
	} while (n > 0);
	EQ(errno, EINTR);
}

static void data__rcvtimeo(void)
{
	struct timeval tv = { 0, 200000 }, got;
	struct pair p = connected();
	socklen_t len = sizeof(got);
	long long start;
	char b;

	OK(setsockopt(p.client, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	OK(getsockopt(p.client, SOL_SOCKET, SO_RCVTIMEO, &got, &len));
	EQ(got.tv_sec, 0);
	EQ(got.tv_usec, 200000);
	start = now_ms();
	FAILS(recv(p.client, &b, 1, 0), EAGAIN);
	BETWEEN(now_ms() - start, 180, 2000);
	tv.tv_usec = 0;
	OK(setsockopt(p.client, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	send_text(p.server, "x");
	EQ(recv(p.client, &b, 1, 0), 1);
}

struct receiver {
	int fd;
	volatile pid_t tid;
};

static void *recv_once(void *arg)
{
	struct receiver *r = arg;
	char b;

	r->tid = gettid();
	return (void *)(recv(r->fd, &b, 1, 0) < 0 ? (long)errno : 0L);
}

static void data__rcvtimeo_while_waiting(void)
{
	struct timeval tv = { 2, 0 };
	struct pair p = connected();
	struct receiver r = { .fd = p.client };
	pthread_t thread;
	long long start;
	void *err;

	OK(setsockopt(p.client, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	start = now_ms();
	OK(-pthread_create(&thread, NULL, recv_once, &r));
	EVENTUALLY(r.tid && is_asleep(r.tid), 1500);
	/* For the next call; the one that waits keeps its own */
	tv.tv_sec = 15;
	OK(setsockopt(p.client, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	OK(-pthread_join(thread, &err));
	EQ((long)err, EAGAIN);
	BETWEEN(now_ms() - start, 1900, 10000);
}

static void data__sndtimeo(void)
{
	struct timeval tv = { 0, 200000 };
	static char buf[BULK];
	struct pair p = connected();
	long long start;
	ssize_t n;

	OK(setsockopt(p.client, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
	set_int(p.client, SOL_SOCKET, SO_SNDBUF, 65536);
	set_int(p.server, SOL_SOCKET, SO_RCVBUF, 65536);
	start = now_ms();
	n = OK(send(p.client, buf, sizeof(buf), 0));
	BETWEEN(n, 1, sizeof(buf) - 1);
	BETWEEN(now_ms() - start, 180, 3000);
	/* Until nothing at all fits any more */
	do {
		start = now_ms();
		n = send(p.client, buf, sizeof(buf), 0);
	} while (n > 0);
	EQ(errno, EAGAIN);
	BETWEEN(now_ms() - start, 180, 3000);
}

static void data__small_messages(void)
{
	struct pair p = connected();
	unsigned char buf[3000], in[3000];
	int i;

	pattern_fill(buf, sizeof(buf), 0);
	for (i = 0; i < 3000; i += 3)
		send_all(p.client, buf + i, 3);
	recv_all(p.server, in, sizeof(in));
	pattern_check(in, sizeof(in), 0);
}

static void data__ping_pong(void)
{
	struct pair p = connected();
	char b = 0;
	int i;

	for (i = 0; i < 200; i++) {
		EQ(send(p.client, &b, 1, 0), 1);
		EQ(recv(p.server, &b, 1, 0), 1);
		b++;
		EQ(send(p.server, &b, 1, 0), 1);
		EQ(recv(p.client, &b, 1, 0), 1);
	}
	EQ(b, (char)200);
}

const struct test tests_data[] = {
	{ "MSG_PEEK", data__peek },
	{ "SO_PEEK_OFF", data__peek_offset },
	{ "MSG_WAITALL, with a signal, with the end", data__waitall },
	{ "MSG_TRUNC", data__trunc },
	{ "MSG_MORE", data__more },
	{ "MSG_DONTWAIT", data__dontwait },
	{ "MSG_OOB and SIOCATMARK", data__oob },
	{ "SO_OOBINLINE", data__oob_inline },
	{ "SO_RCVLOWAT", data__rcvlowat },
	{ "SO_RCVLOWAT, less and the end", data__rcvlowat_end },
	{ "SO_RCVLOWAT, less, without waiting", data__rcvlowat_nonblock },
	{ "SIOCINQ, SIOCOUTQ, SIOCOUTQNSD", data__queues },
	{ "TCP_INQ", data__inq_cmsg },
	{ "readv and writev", data__vectors },
	{ "read and write, of nothing too", data__read_write },
	{ "recvmsg: name, control, flags", data__recvmsg_fields },
	{ "sendmmsg and recvmmsg", data__mmsg },
	{ "EFAULT loses nothing", data__bad_memory },
	{ "sendto with a name on a connection", data__sendto_ignores_name },
	{ "bulk in both directions at once", data__both_ways_at_once },
	{ "blocking send interrupted", data__blocking_send_interrupted },
	{ "SO_RCVTIMEO", data__rcvtimeo },
	{ "SO_RCVTIMEO changed while waiting", data__rcvtimeo_while_waiting },
	{ "SO_SNDTIMEO", data__sndtimeo },
	{ "1,000 messages of 3 bytes", data__small_messages },
	{ "200 round trips of a byte", data__ping_pong },
	TESTS_END
};
