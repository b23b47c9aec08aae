// SPDX-License-Identifier: GPL-2.0
/* Memory that is short: socket(), bind(), listen(), connect() and accept(). */
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "faults.h"

static int count_event(const struct npv_event *event, void *data)
{
	++*(int *)data;
	return 0;
}

static void scene_inet(struct scene *s)
{
	int on = 1;

	s->fd = OK(socket(npv_family(), SOCK_STREAM, NPV_PROTO(AF_INET, 0)));
	OK(setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
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
		{ SOL_SOCKET, SO_MARK, MARK },
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

static void scene_waiting_two(struct scene *s)
{
	s->listener = listen_on(npv2("127.0.0.1", "::1", PORT_TWO));
	s->peer = OK(stream(0));
	OK(try_connect(s->peer, npv1("::1", PORT_TWO)));
}

/* Events are told to somebody */
static void scene_monitored(struct scene *s)
{
	s->npv = npv_open();
	CHECK(s->npv);
	OK(npv_monitor_start(s->npv));
	scene_server(s);
}

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

long run_connect4(struct scene *s)
{
	return try_connect(s->fd, npv1("127.0.0.1", PORT_ANY));
}

long run_connect6(struct scene *s)
{
	return try_connect(s->fd, npv1("::1", PORT_ANY));
}

long run_connect_two(struct scene *s)
{
	return try_connect(s->fd, npv2("127.0.0.1", "::1", PORT_ANY));
}

static long run_connect_in(struct scene *s)
{
	return try_connect(s->fd, in4("127.0.0.1", PORT_ANY));
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
	return begin_connect(s->fd, npv2("127.0.0.1", "::1", PORT_ANY));
}

long run_connect_nonblock1(struct scene *s)
{
	return begin_connect(s->fd, npv1("::1", PORT_ANY));
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

long run_accept(struct scene *s)
{
	return s->fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK);
}

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

bool has_connected(struct scene *s)
{
	int err;

	await(s->fd, POLLOUT);
	err = option_of(s->fd, SOL_SOCKET, SO_ERROR);
	if (err && !allowed(err))
		FAIL("SO_ERROR is %s", errno_name(err));
	if (!err)
		is_connected(s);
	return !err;
}

static void gets_connected(struct scene *s)
{
	has_connected(s);
}

static void dgram_connected(struct scene *s)
{
	EQ(send(s->fd, "hello", 5, 0), 5);
	await(s->peer, POLLIN);
}

static void options_set(struct scene *s)
{
	is_connected(s);
	options_kept(s);
}

static void connects_again(struct scene *s)
{
	OK(run_connect6(s));
	close(s->peer);
	s->peer = -1;
	is_connected(s);
}

static void events_come(struct scene *s)
{
	int count = 0;

	is_connected(s);
	if (npv_monitor_read(s->npv, count_event, &count) && errno != ENOBUFS)
		FAIL("npv_monitor_read: %s", errno_name(errno));
}

const struct step connect_steps[] = {
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
	{ }
};
