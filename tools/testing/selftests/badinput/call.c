// SPDX-License-Identifier: GPL-2.0
/* Probes: calls with bad arguments, and calls that don't fit the state */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "badinput.h"

#define NOWHERE ((void *)8)

enum state {
	FRESH,
	BOUND,
	LISTENING,
	CONNECTED,
	PEER_GONE,
	SHUT_DOWN,
	DGRAM_FRESH,
	DGRAM_BOUND,
	DGRAM_CONNECTED,
	STATES
};

static const char *const state_names[] = {
	"fresh", "bound", "listening", "connected", "peer gone", "shut down",
	"dgram", "dgram bound", "dgram connected",
};

/* The other end of the last connected one */
static int peer = -1;

static int bound(int type)
{
	struct addr a = addr_lo(0);
	int fd = sock(type | SOCK_NONBLOCK);

	OK(bind(fd, &a.sa, a.len));
	return fd;
}

static int connected(void)
{
	int l = bound(SOCK_STREAM), fd = sock(SOCK_STREAM);
	struct addr a;

	OK(listen(l, 4));
	a = name_local(l);
	OK(connect(fd, &a.sa, a.len));
	OK(fcntl(fd, F_SETFL, O_NONBLOCK));
	OK(fcntl(l, F_SETFL, 0));
	peer = OK(accept(l, NULL, NULL));
	close(l);
	return fd;
}

static int make(enum state state)
{
	struct addr a;
	char b;
	int fd;

	switch (state) {
	case FRESH:
		return sock(SOCK_STREAM | SOCK_NONBLOCK);
	case BOUND:
		return bound(SOCK_STREAM);
	case LISTENING:
		fd = bound(SOCK_STREAM);
		OK(listen(fd, 4));
		return fd;
	case PEER_GONE:
		fd = connected();
		close(peer);
		peer = -1;
		OK(fcntl(fd, F_SETFL, 0));
		EQ(recv(fd, &b, 1, 0), 0);
		OK(fcntl(fd, F_SETFL, O_NONBLOCK));
		return fd;
	case SHUT_DOWN:
		fd = connected();
		OK(shutdown(fd, SHUT_RDWR));
		return fd;
	case DGRAM_FRESH:
		return sock(SOCK_DGRAM | SOCK_NONBLOCK);
	case DGRAM_BOUND:
		return bound(SOCK_DGRAM);
	case DGRAM_CONNECTED:
		fd = bound(SOCK_DGRAM);
		peer = bound(SOCK_DGRAM);
		a = name_local(fd);
		OK(connect(peer, &a.sa, a.len));
		a = name_local(peer);
		OK(connect(fd, &a.sa, a.len));
		return fd;
	default:
		return connected();
	}
}

static void unmake(int fd)
{
	close(fd);
	if (peer >= 0)
		close(peer);
	peer = -1;
}

#define EACH_STATE(s) for (enum state s = FRESH; s < STATES; s++)

static void call__wrong_state(void)
{
	struct addr a, lo = addr_lo(9);
	char b = 'x';
	int fd;

	EACH_STATE(s) {
		const char *n = state_names[s];

#define PROBE(call) do {						\
	fd = make(s);							\
	note((call) < 0 ? -1 : 0, "%s: %.30s", n, #call);		\
	unmake(fd);							\
} while (0)
		PROBE(bind(fd, &lo.sa, lo.len));
		PROBE(listen(fd, 1));
		PROBE(listen(fd, -1));
		PROBE(listen(fd, INT_MAX));
		PROBE(listen(fd, 0));
		PROBE(accept(fd, NULL, NULL));
		PROBE(accept4(fd, NULL, NULL, 1));
		PROBE(accept4(fd, NULL, NULL, INT_MIN));
		PROBE(accept4(fd, NULL, NULL, SOCK_CLOEXEC));
		PROBE(connect(fd, &lo.sa, lo.len));
		PROBE((a = addr_room(), getsockname(fd, &a.sa, &a.len)));
		PROBE((a = addr_room(), getpeername(fd, &a.sa, &a.len)));
		PROBE(send(fd, &b, 1, MSG_NOSIGNAL));
		PROBE(send(fd, &b, 0, MSG_NOSIGNAL));
		PROBE(recv(fd, &b, 1, 0));
		PROBE(recv(fd, &b, 0, 0));
		PROBE(shutdown(fd, SHUT_RD));
		PROBE(shutdown(fd, SHUT_WR));
		PROBE(shutdown(fd, SHUT_RDWR));
		PROBE(shutdown(fd, -1));
		PROBE(shutdown(fd, 3));
		PROBE(shutdown(fd, INT_MAX));
		PROBE(lseek(fd, 0, SEEK_CUR));
		PROBE(ftruncate(fd, 0));
		PROBE(fsync(fd));
		PROBE(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) ==
		      MAP_FAILED ? -1 : 0);
		PROBE(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			   0) == MAP_FAILED ? -1 : 0);
#undef PROBE
	}
}

static void call__bad_pointers(void)
{
	struct addr a;
	socklen_t len;
	struct iovec iov = { NOWHERE, 4 };
	struct msghdr msg;
	char b = 'x';
	int fd;

	EACH_STATE(s) {
		const char *n = state_names[s];

#define PROBE(call) do {						\
	fd = make(s);							\
	memset(&msg, 0, sizeof(msg));					\
	len = 16;							\
	note((call) < 0 ? -1 : 0, "%s: %.30s", n, #call);		\
	unmake(fd);							\
} while (0)
		PROBE(getsockname(fd, NOWHERE, &len));
		PROBE(getsockname(fd, &a.sa, NULL));
		PROBE(getsockname(fd, &a.sa, NOWHERE));
		PROBE((len = -1, getsockname(fd, &a.sa, &len)));
		PROBE((len = 0, getsockname(fd, NULL, &len)));
		PROBE(getpeername(fd, NOWHERE, &len));
		PROBE((len = -1, getpeername(fd, &a.sa, &len)));
		PROBE(send(fd, NOWHERE, 4, MSG_NOSIGNAL));
		PROBE(send(fd, &b, -1, MSG_NOSIGNAL | MSG_OOB));
		PROBE(recv(fd, NOWHERE, 4, 0));
		PROBE(recvfrom(fd, &b, 1, 0, NOWHERE, &len));
		PROBE((len = -1, recvfrom(fd, &b, 1, 0, &a.sa, &len)));
		PROBE(recvfrom(fd, &b, 1, 0, &a.sa, NULL));
		PROBE(sendmsg(fd, NULL, MSG_NOSIGNAL));
		PROBE(sendmsg(fd, NOWHERE, MSG_NOSIGNAL));
		PROBE(recvmsg(fd, NULL, 0));
		PROBE(sendmsg(fd, &msg, MSG_NOSIGNAL));
		PROBE((msg.msg_iov = &iov, msg.msg_iovlen = 1,
		       sendmsg(fd, &msg, MSG_NOSIGNAL)));
		PROBE((msg.msg_iov = NOWHERE, msg.msg_iovlen = 1,
		       sendmsg(fd, &msg, MSG_NOSIGNAL)));
		PROBE((msg.msg_iov = &iov, msg.msg_iovlen = 5000,
		       sendmsg(fd, &msg, MSG_NOSIGNAL)));
		PROBE((msg.msg_iovlen = -1, sendmsg(fd, &msg, MSG_NOSIGNAL)));
		PROBE((msg.msg_name = &a, msg.msg_namelen = -1,
		       sendmsg(fd, &msg, MSG_NOSIGNAL)));
		PROBE((msg.msg_control = NOWHERE, msg.msg_controllen = 64,
		       sendmsg(fd, &msg, MSG_NOSIGNAL)));
		PROBE((msg.msg_control = &b, msg.msg_controllen = -1,
		       sendmsg(fd, &msg, MSG_NOSIGNAL)));
		PROBE((msg.msg_iov = &iov, msg.msg_iovlen = 1,
		       recvmsg(fd, &msg, 0)));
		PROBE(sendmmsg(fd, NULL, 1, MSG_NOSIGNAL));
		PROBE(sendmmsg(fd, NULL, 0, MSG_NOSIGNAL));
		PROBE(recvmmsg(fd, NULL, 1, 0, NULL));
		PROBE(recvmmsg(fd, NULL, 0, 0, NULL));
		PROBE(recvmmsg(fd, NULL, 1, 0, NOWHERE));
		PROBE(sendfile(fd, -1, NULL, 1));
		PROBE(sendfile(fd, fd, NULL, 1));
		PROBE(splice(fd, NULL, fd, NULL, 1, 0));
		PROBE(getsockopt(fd, SOL_SOCKET, SO_TYPE, NOWHERE, &len));
		PROBE(getsockopt(fd, SOL_SOCKET, SO_TYPE, &b, NULL));
		PROBE(getsockopt(fd, IPPROTO_TCP, 1, NOWHERE, &len));
		PROBE(getsockopt(fd, IPPROTO_TCP, 1, &b, NOWHERE));
		PROBE(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, NOWHERE, 4));
		PROBE(setsockopt(fd, IPPROTO_TCP, 1, NOWHERE, 4));
		PROBE(setsockopt(fd, IPPROTO_TCP, 1, &b, -1));
		PROBE(setsockopt(fd, IPPROTO_TCP, 1, &b, INT_MAX));
		PROBE(setsockopt(fd, IPPROTO_TCP, 13, NOWHERE, 4));
		PROBE(setsockopt(fd, IPPROTO_IP, 1, NOWHERE, 4));
		PROBE(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, NOWHERE, 4));
		PROBE(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, NULL, -1));
		PROBE(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, NOWHERE,
				 16));
#undef PROBE
	}
}

static void call__send_flags(void)
{
	int bit, fd, i;

	for (i = 0; i < 2; i++) {
		fd = make(i ? DGRAM_CONNECTED : CONNECTED);
		for (bit = 0; bit < 32; bit++)
			note(send(fd, "x", 1, 1U << bit | MSG_NOSIGNAL),
			     "%s: send flag 2^%d", i ? "dgram" : "stream", bit);
		note(send(fd, "x", 1, -1), "%s: all flags", i ? "dgram" :
		     "stream");
		unmake(fd);
	}
}

static void call__recv_flags(void)
{
	int bit, fd, i;
	char b[4];

	for (i = 0; i < 2; i++) {
		for (bit = 0; bit < 32; bit++) {
			fd = make(i ? DGRAM_CONNECTED : CONNECTED);
			EQ(send(peer, "abc", 3, 0), 3);
			note(recv(fd, b, 2, 1U << bit | MSG_DONTWAIT),
			     "%s: recv flag 2^%d", i ? "dgram" : "stream", bit);
			unmake(fd);
		}
	}
}

/* Not those that act on the machine when given a zeroed argument */
static void call__ioctls(void)
{
	static const struct { int from, to; } ranges[] = {
		{ 0x5400, 0x547f }, { 0x8900, 0x89ff }, { 0x8b00, 0x8b3f },
	};
	static const enum state states[] = { FRESH, LISTENING, CONNECTED,
					     DGRAM_FRESH, DGRAM_CONNECTED };
	char buf[512];
	size_t i, j;
	int fd, nr;

	OK(seteuid(65534));
	for (i = 0; i < 5; i++) {
		fd = make(states[i]);
		for (j = 0; j < 3; j++) {
			for (nr = ranges[j].from; nr <= ranges[j].to; nr++) {
				note(ioctl(fd, nr, NULL) < 0 ? -1 : 0,
				     "%s: ioctl 0x%x NULL",
				     state_names[states[i]], nr);
				memset(buf, 0, sizeof(buf));
				note(ioctl(fd, nr, buf) < 0 ? -1 : 0,
				     "%s: ioctl 0x%x zero",
				     state_names[states[i]], nr);
			}
		}
		unmake(fd);
	}
}

static void call__levels(void)
{
	static const int levels[] = { -1, 2, 3, 132, 136, 255, 256, 262, 263,
				      270, 282, 284, 0x7fffffff };
	size_t i;
	int opt, fd, value;
	socklen_t len;

	EACH_STATE(s) {
		fd = make(s);
		for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
			for (opt = -1; opt < 8; opt++) {
				value = 0;
				len = 4;
				note(getsockopt(fd, levels[i], opt, &value,
						&len),
				     "%s: get level %d option %d",
				     state_names[s], levels[i], opt);
				note(setsockopt(fd, levels[i], opt, &value, 4),
				     "%s: set level %d option %d",
				     state_names[s], levels[i], opt);
			}
		}
		unmake(fd);
	}
}

static void call__epoll(void)
{
	struct epoll_event ev = { .events = -1 };
	int ep = OK(epoll_create1(0)), fd;

	EACH_STATE(s) {
		fd = make(s);
		note(epoll_ctl(ep, EPOLL_CTL_MOD, fd, &ev), "%s: mod",
		     state_names[s]);
		ev.events = EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT;
		note(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev), "%s: exclusive",
		     state_names[s]);
		ev.events = ~(EPOLLEXCLUSIVE | EPOLLWAKEUP);
		note(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev), "%s: all events",
		     state_names[s]);
		note(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev), "%s: twice",
		     state_names[s]);
		note(epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL), "%s: del",
		     state_names[s]);
		unmake(fd);
	}
}

const struct probe probes_call[] = {
	{ "calls in every state", call__wrong_state },
	{ "bad pointers and sizes in every state", call__bad_pointers },
	{ "flags of send", call__send_flags },
	{ "flags of recv", call__recv_flags },
	{ "ioctls", call__ioctls },
	{ "option levels", call__levels },
	{ "epoll_ctl", call__epoll },
	{ }
};
