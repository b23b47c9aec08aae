// SPDX-License-Identifier: GPL-2.0
/*
 * Random calls with random arguments on AF_NPV sockets, from two threads, as an
 * unprivileged user. It looks for reports of the kernel, not for results: the
 * lab fails the run on any. The seed is printed and gives the same calls again,
 * as far as timing lets it.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/time.h>
#include <unistd.h>

#include "badinput.h"

enum { SLOTS = 24, THREADS = 2, BUF = 4096 };

/* Both threads use all of them, also while the other closes one */
static volatile int slot[SLOTS];
static volatile bool stop;
static int files[2], null_fd;

struct fuzzer {
	unsigned int state;
	unsigned long calls, succeeded;
	unsigned char buf[BUF];
};

static unsigned int rnd(struct fuzzer *f, unsigned int below)
{
	/* xorshift32: the same on every machine */
	f->state ^= f->state << 13;
	f->state ^= f->state >> 17;
	f->state ^= f->state << 5;
	return f->state % below;
}

static int any_fd(struct fuzzer *f)
{
	return slot[rnd(f, SLOTS)];
}

static int odd_number(struct fuzzer *f)
{
	static const int odd[] = { 0, 1, -1, 2, 4, 8, 16, 28, 64, 127, 128, 129,
				   255, 256, 4095, 4096, 65535, INT_MAX,
				   INT_MIN };

	if (rnd(f, 4))
		return odd[rnd(f, sizeof(odd) / sizeof(odd[0]))];
	return (int)(rnd(f, 0xffffffff));
}

static void *odd_pointer(struct fuzzer *f)
{
	switch (rnd(f, 12)) {
	case 0:
		return NULL;
	case 1:
		return (void *)(unsigned long)rnd(f, 8192);
	case 2:
		return (void *)-(long)rnd(f, 8192);
	default:
		return f->buf + rnd(f, 64);
	}
}

static struct addr some_addr(struct fuzzer *f)
{
	static const char *const text[] = {
		"127.0.0.1", "::1", "0.0.0.0", "::", "192.0.2.99",
		"2001:db8::99", "203.0.113.1", "ff02::1", "224.0.0.1",
		"255.255.255.255", "fe80::1", "127.0.0.2",
	};
	const char *list[NPV_ADDR_MAX];
	int port = 20000 + rnd(f, 6), i, n;
	struct addr a = { };
	size_t pos;

	for (i = 0; i < NPV_ADDR_MAX; i++)
		list[i] = text[rnd(f, rnd(f, 3) ? 6 : 12)];
	n = rnd(f, 4) ? 1 + rnd(f, 3) : rnd(f, NPV_ADDR_MAX + 1);
	switch (rnd(f, 4)) {
	case 0:
		a = flavour_addr(&flavours[0], rnd(f, 2) ? "127.0.0.1" :
				 "192.0.2.99", port);
		break;
	case 1:
		a = flavour_addr(&flavours[1], list[0], port);
		break;
	default:
		a = addr_npv(port, n, list);
	}
	if (!rnd(f, 6)) {
		pos = rnd(f, sizeof(a.ss));
		((unsigned char *)&a.ss)[pos] = rnd(f, 256);
	}
	if (!rnd(f, 10))
		a.len = rnd(f, 140);
	if (!rnd(f, 20))
		a.sa.sa_family = AF_UNSPEC;
	return a;
}

static long call_socket(struct fuzzer *f)
{
	int i = rnd(f, SLOTS), fd, old;
	int type = rnd(f, 3) ? SOCK_STREAM : rnd(f, 2) ? SOCK_DGRAM : SOCK_SEQPACKET;
	int protocol = rnd(f, 2) ? 0 : rnd(f, 2) ? NPV_PROTO(AF_INET, 0) :
		       NPV_PROTO(AF_INET6, 0);

	if (!rnd(f, 20))
		type = odd_number(f);
	if (!rnd(f, 20))
		protocol = odd_number(f);
	fd = socket(rnd(f, 8) ? npv_family() : AF_INET6, type | SOCK_NONBLOCK,
		    protocol);
	if (fd < 0)
		return fd;
	old = slot[i];
	slot[i] = fd;
	close(old);
	return 0;
}

static long call_accept(struct fuzzer *f)
{
	socklen_t len = rnd(f, 130);
	int i = rnd(f, SLOTS), fd, old;

	fd = accept4(any_fd(f), rnd(f, 2) ? odd_pointer(f) : NULL,
		     &len, SOCK_NONBLOCK);
	if (fd < 0)
		return fd;
	old = slot[i];
	slot[i] = fd;
	close(old);
	return 0;
}

static long call_name(struct fuzzer *f)
{
	socklen_t len = odd_number(f);

	return rnd(f, 2) ? getsockname(any_fd(f), odd_pointer(f), &len) :
			   getpeername(any_fd(f), odd_pointer(f), &len);
}

/* Sizes with a meaning: the kernel reads and writes no more than BUF of ours */
static size_t some_size(struct fuzzer *f)
{
	return rnd(f, 8) ? rnd(f, BUF - 64) : 0;
}

static long call_send(struct fuzzer *f)
{
	struct addr a = some_addr(f);
	int flags = MSG_NOSIGNAL | MSG_DONTWAIT;

	if (!rnd(f, 3))
		flags |= 1U << rnd(f, 32);
	if (rnd(f, 2))
		return send(any_fd(f), odd_pointer(f), some_size(f), flags);
	return sendto(any_fd(f), f->buf, some_size(f), flags, &a.sa, a.len);
}

static long call_recv(struct fuzzer *f)
{
	socklen_t len = rnd(f, 140);
	int flags = MSG_DONTWAIT;

	if (!rnd(f, 3))
		flags |= 1U << rnd(f, 32);
	return recvfrom(any_fd(f), odd_pointer(f), some_size(f), flags,
			rnd(f, 2) ? odd_pointer(f) : NULL, &len);
}

static long call_msg(struct fuzzer *f)
{
	struct addr a = some_addr(f);
	struct iovec iov[3];
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = rnd(f, 4) };
	unsigned char control[128];
	struct cmsghdr *c = (struct cmsghdr *)control;
	size_t i;

	for (i = 0; i < 3; i++)
		iov[i] = (struct iovec){ odd_pointer(f), some_size(f) / 4 };
	if (rnd(f, 2)) {
		msg.msg_name = &a.ss;
		msg.msg_namelen = a.len;
	}
	if (rnd(f, 2)) {
		for (i = 0; i < sizeof(control); i++)
			control[i] = rnd(f, 256);
		c->cmsg_len = rnd(f, 3) ? CMSG_LEN(rnd(f, 40)) : rnd(f, 300);
		c->cmsg_level = rnd(f, 2) ? SOL_SOCKET : rnd(f, 60);
		c->cmsg_type = rnd(f, 60);
		msg.msg_control = control;
		msg.msg_controllen = rnd(f, sizeof(control) + 1);
	}
	if (rnd(f, 2))
		return sendmsg(any_fd(f), &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	return recvmsg(any_fd(f), &msg, MSG_DONTWAIT |
		       (rnd(f, 4) ? 0 : MSG_ERRQUEUE));
}

static int some_level(struct fuzzer *f)
{
	static const int levels[] = { SOL_SOCKET, IPPROTO_IP, IPPROTO_TCP,
				      IPPROTO_IPV6, IPPROTO_UDP, SOL_NPV, 282 };

	return rnd(f, 20) ? levels[rnd(f, 7)] : odd_number(f);
}

static long call_setsockopt(struct fuzzer *f)
{
	int value = odd_number(f), level = some_level(f), opt = rnd(f, 110);

	/* TCP_ULP and TCP_CONGESTION of unknown names run modprobe */
	if (level == IPPROTO_TCP && (opt == 31 || opt == 13)) {
		const char *name = opt == 31 ? "tls" : "reno";

		return setsockopt(any_fd(f), level, opt, name, strlen(name));
	}
	if (rnd(f, 3))
		return setsockopt(any_fd(f), level, opt, &value, 4);
	return setsockopt(any_fd(f), level, opt, odd_pointer(f), rnd(f, 300));
}

static long call_getsockopt(struct fuzzer *f)
{
	socklen_t len = rnd(f, 4) ? rnd(f, 300) : (socklen_t)odd_number(f);

	/* Longer values than the buffer don't exist */
	return getsockopt(any_fd(f), some_level(f), rnd(f, 110), odd_pointer(f),
			  &len);
}

static long call_splice(struct fuzzer *f)
{
	off_t off = 0;

	switch (rnd(f, 4)) {
	case 0:
		return sendfile(any_fd(f), null_fd, &off, some_size(f));
	case 1:
		return splice(any_fd(f), NULL, files[1], NULL, some_size(f),
			      SPLICE_F_NONBLOCK);
	case 2:
		return splice(files[0], NULL, any_fd(f), NULL, some_size(f),
			      SPLICE_F_NONBLOCK);
	default:
		return write(files[1], f->buf, rnd(f, 100));
	}
}

static long call_ioctl(struct fuzzer *f)
{
	static const int known[] = { FIONREAD, 0x5411, 0x5421, 0x894b, 0x8905,
				     0x8906, 0x8907, 0x8904, 0x8912, 0x8913 };
	int nr = rnd(f, 2) ? known[rnd(f, 10)] : 0x8900 + (int)rnd(f, 256);
	int zero = 1;

	if (nr == 0x5421)	/* it stays non-blocking */
		return ioctl(any_fd(f), nr, &zero);
	return ioctl(any_fd(f), nr, odd_pointer(f));
}

static long call_poll(struct fuzzer *f)
{
	struct pollfd pfd[3];
	struct epoll_event ev = { .events = rnd(f, 0xffffffff) };
	int i;

	for (i = 0; i < 3; i++)
		pfd[i] = (struct pollfd){ any_fd(f), (short)rnd(f, 65536), 0 };
	if (rnd(f, 2))
		return poll(pfd, 3, rnd(f, 2));
	i = epoll_create1(0);
	epoll_ctl(i, EPOLL_CTL_ADD, any_fd(f), &ev);
	epoll_ctl(i, 1 + rnd(f, 3), any_fd(f), &ev);
	epoll_wait(i, &ev, 1, rnd(f, 2));
	return close(i);
}

static long call_mmap(struct fuzzer *f)
{
	void *p = mmap(NULL, 4096 << rnd(f, 5), 1 + rnd(f, 3), MAP_SHARED,
		       any_fd(f), 0);

	return p == MAP_FAILED ? -1 : munmap(p, 4096);
}

static long call_dup(struct fuzzer *f)
{
	int fd = dup(any_fd(f)), i = rnd(f, SLOTS), old;

	if (fd < 0)
		return fd;
	old = slot[i];
	slot[i] = fd;
	return close(old);
}

static long call_bind(struct fuzzer *f)
{
	struct addr a = some_addr(f);

	return bind(any_fd(f), &a.sa, a.len);
}

static long call_connect(struct fuzzer *f)
{
	struct addr a = some_addr(f);

	return connect(any_fd(f), &a.sa, a.len);
}

static long call_listen(struct fuzzer *f)
{
	return listen(any_fd(f), rnd(f, 5) ? (int)rnd(f, 10) : odd_number(f));
}

static long call_shutdown(struct fuzzer *f)
{
	return shutdown(any_fd(f), rnd(f, 8) ? (int)rnd(f, 3) : odd_number(f));
}

static const struct {
	long (*call)(struct fuzzer *f);
	/* Of how many calls one is this */
	int weight;
} fuzz_calls[] = {
	{ call_socket, 8 },	{ call_bind, 8 },	{ call_listen, 6 },
	{ call_connect, 12 },	{ call_accept, 10 },	{ call_name, 3 },
	{ call_send, 10 },	{ call_recv, 8 },	{ call_msg, 8 },
	{ call_setsockopt, 10 },{ call_getsockopt, 8 },	{ call_splice, 4 },
	{ call_ioctl, 4 },	{ call_poll, 6 },	{ call_shutdown, 2 },
	{ call_mmap, 1 },	{ call_dup, 1 },
};

static void *fuzzer(void *arg)
{
	struct fuzzer *f = arg;
	size_t i, n = sizeof(fuzz_calls) / sizeof(fuzz_calls[0]);
	int total = 0, pick;

	for (i = 0; i < n; i++)
		total += fuzz_calls[i].weight;
	while (!stop) {
		pick = rnd(f, total);
		for (i = 0; pick >= fuzz_calls[i].weight; i++)
			pick -= fuzz_calls[i].weight;
		f->succeeded += fuzz_calls[i].call(f) >= 0;
		f->calls++;
	}
	return NULL;
}

static void interrupt(int sig)
{
}

int fuzz(int seconds, unsigned int seed)
{
	/* Nothing may wait for ever, whatever it has been told */
	struct itimerval tick = { { 0, 20000 }, { 0, 20000 } };
	struct sigaction sa = { .sa_handler = interrupt };
	static struct fuzzer fuzzers[THREADS];
	unsigned long calls = 0, succeeded = 0;
	pthread_t threads[THREADS];
	int i;

	printf("# seed %u\n", seed);
	fflush(stdout);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGURG, SIG_IGN);
	signal(SIGIO, SIG_IGN);
	sigaction(SIGALRM, &sa, NULL);
	if (setgid(65534) || setuid(65534))
		printf("# fuzzing with privileges\n");
	null_fd = open("/dev/zero", O_RDONLY);
	OK(pipe2(files, O_NONBLOCK));
	for (i = 0; i < SLOTS; i++)
		slot[i] = OK(socket(npv_family(), SOCK_STREAM | SOCK_NONBLOCK,
				    0));
	setitimer(ITIMER_REAL, &tick, NULL);
	for (i = 0; i < THREADS; i++) {
		fuzzers[i].state = (seed + i) * 2654435761u | 1;
		pthread_create(&threads[i], NULL, fuzzer, &fuzzers[i]);
	}
	for (i = 0; i < seconds * 10; i++)
		nap_ms(100);
	stop = true;
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		calls += fuzzers[i].calls;
		succeeded += fuzzers[i].succeeded;
	}
	printf("# %lu calls, %lu succeeded\n", calls, succeeded);
	tap_result(calls > 1000 && succeeded > calls / 50,
		   "random calls for %d s", seconds);
	return tap_end();
}
