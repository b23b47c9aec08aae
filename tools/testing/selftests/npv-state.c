// SPDX-License-Identifier: GPL-2.0
/*
 * Brings AF_NPV sockets into a state, prints "ready", and stays there until it
 * is killed: for tests of what is left behind then.
 *
 * npv-state STATE	all over loopback; 192.0.2.99 and 2001:db8::99 are
 *			expected to be silent
 * npv-state --list
 */
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "check.h"
#include "flavour.h"

static const char *const silent[] = { "2001:db8::99", "192.0.2.99" };
static const char *const local[] = { "::1", "127.0.0.1" };

static int stream(int flags)
{
	return OK(socket(npv_family(), SOCK_STREAM | flags, 0));
}

static int listener(struct addr *name)
{
	int fd = stream(0);

	*name = addr_npv(0, 1, local);
	OK(bind(fd, &name->sa, name->len));
	OK(listen(fd, 8));
	*name = name_local(fd);
	return fd;
}

static void ready(void)
{
	printf("ready\n");
	fflush(stdout);
}

static void connected(int fd[2])
{
	struct addr a;
	int l = listener(&a);

	fd[0] = stream(0);
	OK(connect(fd[0], &a.sa, a.len));
	fd[1] = OK(accept(l, NULL, NULL));
	close(l);
}

static void state__bound(void)
{
	struct addr a = addr_npv(0, 2, local);

	OK(bind(stream(0), &a.sa, a.len));
	ready();
}

static void state__connecting(void)
{
	struct addr a = addr_npv(9, 1, silent);

	ready();
	connect(stream(0), &a.sa, a.len);
}

static void state__connecting_unattended(void)
{
	struct addr a = addr_npv(9, 1, silent);

	FAILS(connect(stream(SOCK_NONBLOCK), &a.sa, a.len), EINPROGRESS);
	ready();
}

static void state__racing(void)
{
	struct addr a = addr_npv(9, 2, silent);

	ready();
	connect(stream(0), &a.sa, a.len);
}

static void state__racing_unattended(void)
{
	struct addr a = addr_npv(9, 2, silent);

	FAILS(connect(stream(SOCK_NONBLOCK), &a.sa, a.len), EINPROGRESS);
	ready();
}

static void state__listening(void)
{
	struct addr a;

	listener(&a);
	ready();
}

static void state__listening_twin(void)
{
	struct addr a = flavour_addr(&flavours[0], "0.0.0.0", 0);
	int fd = OK(socket(npv_family(), SOCK_STREAM, NPV_PROTO(AF_INET, 0)));

	OK(bind(fd, &a.sa, a.len));
	OK(listen(fd, 8));
	ready();
}

static void state__listening_several(void)
{
	struct addr a = addr_npv(0, 2, local);
	int fd = stream(0);

	OK(bind(fd, &a.sa, a.len));
	OK(listen(fd, 8));
	ready();
}

static void state__unaccepted(void)
{
	struct addr a;
	int l = listener(&a), i, c;

	for (i = 0; i < 4; i++) {
		c = stream(0);
		OK(connect(c, &a.sa, a.len));
		OK(send(c, "x", 1, 0));
	}
	close(c);
	(void)l;
	ready();
}

static void state__accepting(void)
{
	struct addr a;
	int l = listener(&a);

	ready();
	accept(l, NULL, NULL);
}

static void state__established(void)
{
	int fd[2];

	connected(fd);
	ready();
}

static void state__unread(void)
{
	char buf[1000] = "";
	int fd[2];

	connected(fd);
	OK(send(fd[0], buf, sizeof(buf), 0));
	OK(send(fd[1], buf, sizeof(buf), 0));
	ready();
}

static void state__unsent(void)
{
	static char buf[100000];
	int fd[2];

	connected(fd);
	OK(fcntl(fd[0], F_SETFL, O_NONBLOCK));
	while (send(fd[0], buf, sizeof(buf), 0) > 0)
		;
	ready();
}

static void state__half_closed(void)
{
	int fd[2];

	connected(fd);
	OK(shutdown(fd[0], SHUT_WR));
	ready();
}

static void state__closed_by_peer(void)
{
	int fd[2];

	connected(fd);
	close(fd[1]);
	ready();
}

static void state__reset(void)
{
	struct linger l = { 1, 0 };
	int fd[2];

	connected(fd);
	OK(setsockopt(fd[1], SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	close(fd[1]);
	ready();
}

static void state__receiving(void)
{
	int fd[2];
	char b;

	connected(fd);
	ready();
	recv(fd[0], &b, 1, 0);
}

static void state__sending(void)
{
	static char buf[100000];
	int fd[2];

	connected(fd);
	ready();
	while (send(fd[0], buf, sizeof(buf), 0) > 0)
		;
}

static void state__watched(void)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	int ep = OK(epoll_create1(0)), fd[2];
	struct addr a = addr_npv(9, 2, silent);
	int racing = stream(SOCK_NONBLOCK);

	OK(epoll_ctl(ep, EPOLL_CTL_ADD, racing, &ev));
	connected(fd);
	OK(epoll_ctl(ep, EPOLL_CTL_ADD, fd[0], &ev));
	OK(epoll_ctl(ep, EPOLL_CTL_ADD, listener(&(struct addr){ }), &ev));
	FAILS(connect(racing, &a.sa, a.len), EINPROGRESS);
	/* The fresh socket's hang-up may come first */
	epoll_wait(ep, &ev, 1, 0);
	ready();
	epoll_wait(ep, &ev, 1, -1);
}

static void state__dgram(void)
{
	int fd = OK(socket(npv_family(), SOCK_DGRAM, 0));
	struct addr a = addr_npv(0, 1, local);

	OK(bind(fd, &a.sa, a.len));
	a = name_local(fd);
	OK(sendto(fd, "unread", 6, 0, &a.sa, a.len));
	ready();
}

static void state__dgram_several(void)
{
	int fd = OK(socket(npv_family(), SOCK_DGRAM, 0));
	struct addr a = addr_npv(0, 2, local);
	char b;

	OK(bind(fd, &a.sa, a.len));
	ready();
	recv(fd, &b, 1, 0);
}

static void state__ktls(void)
{
	int fd[2];

	connected(fd);
	/* without CONFIG_TLS it is just an established one */
	setsockopt(fd[0], IPPROTO_TCP, TCP_ULP, "tls", 3);
	ready();
}

static void state__in_flight(void)
{
	/* In a message that nobody takes */
	char control[CMSG_SPACE(sizeof(int))] = "";
	struct iovec iov = { "x", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int fd[2], via[2];

	connected(fd);
	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, via));
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd[0], sizeof(int));
	OK(sendmsg(via[0], &msg, 0));
	close(fd[0]);
	ready();
}

static void state__elsewhere(void)
{
	/* In another namespace than its sockets */
	int fd[2];
	struct addr a;

	connected(fd);
	listener(&a);
	OK(unshare(CLONE_NEWNET));
	OK(send(fd[0], "x", 1, 0));
	OK(recv(fd[1], &(char){ 0 }, 1, 0));
	ready();
}

static const struct {
	const char *name;
	void (*enter)(void);
} states[] = {
	{ "bound", state__bound },
	{ "connecting", state__connecting },
	{ "connecting-unattended", state__connecting_unattended },
	{ "racing", state__racing },
	{ "racing-unattended", state__racing_unattended },
	{ "listening", state__listening },
	{ "listening-twin", state__listening_twin },
	{ "listening-several", state__listening_several },
	{ "unaccepted", state__unaccepted },
	{ "accepting", state__accepting },
	{ "established", state__established },
	{ "unread", state__unread },
	{ "unsent", state__unsent },
	{ "half-closed", state__half_closed },
	{ "closed-by-peer", state__closed_by_peer },
	{ "reset", state__reset },
	{ "receiving", state__receiving },
	{ "sending", state__sending },
	{ "watched", state__watched },
	{ "dgram", state__dgram },
	{ "dgram-several", state__dgram_several },
	{ "ktls", state__ktls },
	{ "in-flight", state__in_flight },
	{ "elsewhere", state__elsewhere },
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (argc == 2 && !strcmp(argv[1], "--list")) {
			printf("%s\n", states[i].name);
		} else if (argc == 2 && !strcmp(argv[1], states[i].name)) {
			states[i].enter();
			for (;;)
				pause();
		}
	}
	return argc == 2 && !strcmp(argv[1], "--list") ? 0 : 2;
}
