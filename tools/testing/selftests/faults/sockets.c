// SPDX-License-Identifier: GPL-2.0
/* Sockets, and the scenes that several tables of calls begin with. */
#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"

struct addr npv1(const char *text, int port)
{
	return addr_npv(port, 1, &text);
}

struct addr npv2(const char *first, const char *second, int port)
{
	const char *const text[] = { first, second };

	return addr_npv(port, 2, text);
}

struct addr in4(const char *text, int port)
{
	struct addr a = { .len = sizeof(a.in) };

	a.in.sin_family = AF_INET;
	a.in.sin_port = htons(port);
	EQ(inet_pton(AF_INET, text, &a.in.sin_addr), 1);
	return a;
}

struct addr in6(const char *text, int port)
{
	struct addr a = { .len = sizeof(a.in6) };

	a.in6.sin6_family = AF_INET6;
	a.in6.sin6_port = htons(port);
	EQ(inet_pton(AF_INET6, text, &a.in6.sin6_addr), 1);
	return a;
}

int stream(int flags)
{
	return socket(npv_family(), SOCK_STREAM | flags, 0);
}

int dgram(int flags)
{
	return socket(npv_family(), SOCK_DGRAM | flags, 0);
}

long try_bind(int fd, struct addr a)
{
	return bind(fd, &a.sa, a.len);
}

long try_connect(int fd, struct addr a)
{
	return connect(fd, &a.sa, a.len);
}

long begin_connect(int fd, struct addr a)
{
	long ret = try_connect(fd, a);

	/* under way is its success */
	return ret && errno == EINPROGRESS ? 0 : ret;
}

int listen_on(struct addr a)
{
	int fd = OK(stream(0)), on = 1;

	OK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	OK(try_bind(fd, a));
	OK(listen(fd, 16));
	return fd;
}

void await(int fd, int events)
{
	struct pollfd pfd = { fd, events, 0 };

	EQ(poll(&pfd, 1, WAIT_MS), 1);
}

int option_of(int fd, int level, int name)
{
	int value = 0;
	socklen_t len = sizeof(value);

	OK(getsockopt(fd, level, name, &value, &len));
	return value;
}

struct npv_info info_of(int fd)
{
	struct npv_info info;
	socklen_t len = sizeof(info);

	OK(getsockopt(fd, SOL_NPV, NPV_INFO, &info, &len));
	return info;
}

static void echo(int from, int to)
{
	char buf[16];

	EQ(send(from, "hello", 5, MSG_NOSIGNAL), 5);
	await(to, POLLIN);
	EQ(recv(to, buf, sizeof(buf), MSG_DONTWAIT), 5);
	CHECK(!memcmp(buf, "hello", 5));
}

int accept_soon(int listener)
{
	await(listener, POLLIN);
	return OK(accept4(listener, NULL, NULL, SOCK_NONBLOCK));
}

int racing(void)
{
	int fd = OK(stream(SOCK_NONBLOCK));

	FAILS(try_connect(fd, npv2("192.0.2.99", "2001:db8::99", 9)),
	      EINPROGRESS);
	return fd;
}

/* Sockets of their own work as ever */
void transfer(void)
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

void scene_end(struct scene *s)
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

void scene_none(struct scene *s)
{
}

void scene_stream(struct scene *s)
{
	int on = 1;

	s->fd = OK(stream(0));
	OK(setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
}

void scene_dgram(struct scene *s)
{
	s->fd = OK(dgram(0));
}

void scene_server(struct scene *s)
{
	scene_stream(s);
	s->listener = listen_on(in4("0.0.0.0", PORT_ANY));
}

void connected_to(struct scene *s, struct addr a)
{
	s->listener = listen_on(in4("0.0.0.0", PORT_ANY));
	s->fd = OK(stream(0));
	OK(try_connect(s->fd, a));
	s->peer = accept_soon(s->listener);
}

void scene_connected(struct scene *s)
{
	connected_to(s, npv1("::1", PORT_ANY));
}

void scene_raced(struct scene *s)
{
	connected_to(s, npv2("127.0.0.1", "::1", PORT_ANY));
}

void scene_racing(struct scene *s)
{
	s->fd = racing();
}

void scene_waiting(struct scene *s)
{
	s->listener = listen_on(in4("0.0.0.0", PORT_ANY));
	s->peer = OK(stream(0));
	OK(try_connect(s->peer, npv1("::1", PORT_ANY)));
}

void scene_dgrams(struct scene *s)
{
	s->fd = OK(dgram(0));
	s->peer = OK(dgram(SOCK_NONBLOCK));
	OK(try_bind(s->peer, in4("0.0.0.0", PORT_DGRAM)));
}

void is_connected(struct scene *s)
{
	if (s->peer < 0)
		s->peer = accept_soon(s->listener);
	echo(s->fd, s->peer);
	echo(s->peer, s->fd);
}
