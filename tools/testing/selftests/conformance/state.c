// SPDX-License-Identifier: GPL-2.0
/* Sockets in the states that cases start from: see conformance.h */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "conformance.h"

#define PATTERN_PRIME 251

volatile int signal_count;

int listener(int backlog, struct addr *name)
{
	struct addr a = addr_lo(0);
	int fd = sock(SOCK_STREAM);

	OK(bind(fd, &a.sa, a.len));
	OK(listen(fd, backlog));
	*name = name_local(fd);
	return fd;
}

int accept_soon(int listener)
{
	EQ(poll_events(listener, POLLIN, 5000), POLLIN);
	return OK(accept(listener, NULL, NULL));
}

struct pair connected(void)
{
	struct pair p;
	struct addr a;

	p.listener = listener(8, &a);
	p.client = sock(SOCK_STREAM);
	OK(connect(p.client, &a.sa, a.len));
	p.server = accept_soon(p.listener);
	return p;
}

int listener_full(struct addr *name, int *filler)
{
	int fd = listener(0, name);

	*filler = sock(SOCK_STREAM);
	OK(connect(*filler, &name->sa, name->len));
	EQ(poll_events(fd, POLLIN, 5000), POLLIN);
	return fd;
}

int dgram_bound(struct addr *name)
{
	struct addr a = addr_lo(0);
	int fd = sock(SOCK_DGRAM);

	OK(bind(fd, &a.sa, a.len));
	*name = name_local(fd);
	return fd;
}

void dgram_pair(int fds[2])
{
	struct addr client, server;

	fds[0] = dgram_bound(&client);
	fds[1] = dgram_bound(&server);
	OK(connect(fds[0], &server.sa, server.len));
	OK(connect(fds[1], &client.sa, client.len));
}

struct addr addr_unused(int type)
{
	struct addr a = addr_lo(0);
	int fd = sock(type);

	OK(bind(fd, &a.sa, a.len));
	a = name_local(fd);
	close(fd);
	return a;
}

void set_nonblock(int fd)
{
	OK(fcntl(fd, F_SETFL, OK(fcntl(fd, F_GETFL)) | O_NONBLOCK));
}

void set_int(int fd, int level, int opt, int value)
{
	if (setsockopt(fd, level, opt, &value, sizeof(value)))
		FAIL("setting option %d of level %d to %d: %s", opt, level,
		     value, errno_name(errno));
}

int get_int(int fd, int level, int opt)
{
	socklen_t len = sizeof(int);
	int value = 0;

	if (getsockopt(fd, level, opt, &value, &len))
		FAIL("reading option %d of level %d: %s", opt, level,
		     errno_name(errno));
	EQ(len, sizeof(int));
	return value;
}

int get_error(int fd)
{
	return get_int(fd, SOL_SOCKET, SO_ERROR);
}

int get_domain(int fd)
{
	return get_int(fd, SOL_SOCKET, SO_DOMAIN);
}

int tcp_state(int fd)
{
	struct tcp_info info = { };
	socklen_t len = sizeof(info);

	OK(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	return info.tcpi_state;
}

int poll_events(int fd, int events, int ms)
{
	struct pollfd pfd = { fd, events, 0 };
	int n = OK(poll(&pfd, 1, ms));

	return n ? pfd.revents : 0;
}

int epoll_with(int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };
	int ep = OK(epoll_create1(EPOLL_CLOEXEC));

	OK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
	return ep;
}

uint32_t epoll_events(int ep, int ms)
{
	struct epoll_event ev = { };

	return OK(epoll_wait(ep, &ev, 1, ms)) ? ev.events : 0;
}

void send_all(int fd, const void *buf, size_t len)
{
	size_t done = 0;

	while (done < len)
		done += OK(send(fd, (const char *)buf + done, len - done,
				MSG_NOSIGNAL));
}

void recv_all(int fd, void *buf, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = OK(recv(fd, (char *)buf + done, len - done, 0));
		if (!n)
			FAIL("end of stream after %zu of %zu bytes", done, len);
		done += n;
	}
}

void send_text(int fd, const char *text)
{
	send_all(fd, text, strlen(text));
}

void expect_text(int fd, const char *text)
{
	char buf[256] = "";

	CHECK(strlen(text) < sizeof(buf));
	recv_all(fd, buf, strlen(text));
	if (strcmp(buf, text))
		FAIL("received \"%s\", expected \"%s\"", buf, text);
}

void expect_eof(int fd)
{
	char c;

	EQ(recv(fd, &c, 1, 0), 0);
}

size_t fill(const struct pair *p)
{
	static unsigned char buf[65536];
	int idle = 0, fd = p->client;
	size_t total = 0;
	ssize_t n;

	/* Else TCP goes on to make both larger */
	set_int(p->client, SOL_SOCKET, SO_SNDBUF, 65536);
	set_int(p->server, SOL_SOCKET, SO_RCVBUF, 65536);
	set_nonblock(fd);
	/* The peer's window may open a little more once it has got it all */
	while (idle < 3) {
		pattern_fill(buf, sizeof(buf), total);
		n = send(fd, buf, sizeof(buf), MSG_NOSIGNAL);
		if (n > 0) {
			total += n;
			idle = 0;
			continue;
		}
		EQ(errno, EAGAIN);
		idle += !poll_events(fd, POLLOUT, 50);
	}
	CHECK(total > 0);
	return total;
}

void drain(int fd, size_t len)
{
	static char buf[65536];

	while (len) {
		ssize_t n = OK(recv(fd, buf, len < sizeof(buf) ? len :
				    sizeof(buf), 0));

		CHECK(n > 0);
		len -= n;
	}
}

unsigned char pattern(size_t offset)
{
	return (unsigned char)(offset % PATTERN_PRIME + offset / 65536);
}

void pattern_fill(unsigned char *buf, size_t len, size_t offset)
{
	size_t i;

	for (i = 0; i < len; i++)
		buf[i] = pattern(offset + i);
}

void pattern_check(const unsigned char *buf, size_t len, size_t offset)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (buf[i] != pattern(offset + i))
			FAIL("byte %zu is 0x%02x, expected 0x%02x", offset + i,
			     buf[i], pattern(offset + i));
}

static void count_signal(int sig)
{
	signal_count++;
}

void signal_catch(int sig, int sa_flags)
{
	struct sigaction sa = { .sa_flags = sa_flags };

	sa.sa_handler = count_signal;
	OK(sigaction(sig, &sa, NULL));
}

void alarm_ms(int ms)
{
	struct itimerval it = {
		.it_value	= { ms / 1000, ms % 1000 * 1000 },
		.it_interval	= { 1, 0 },
	};

	OK(setitimer(ITIMER_REAL, &it, NULL));
}
