// SPDX-License-Identifier: GPL-2.0
/* connect() of STREAM sockets: blocking, not blocking, interrupted, repeated */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "conformance.h"

#define REFUSED_EVENTS (POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP)

static void connect__blocking(void)
{
	struct pair p = connected();
	struct addr local, peer;

	local = name_local(p.client);
	peer = name_peer(p.server);
	CHECK(addr_eq(&local, &peer));
	local = name_local(p.server);
	peer = name_peer(p.client);
	CHECK(addr_eq(&local, &peer));
	send_text(p.client, "to the server");
	expect_text(p.server, "to the server");
	send_text(p.server, "to the client");
	expect_text(p.client, "to the client");
}

static void connect__nonblocking(void)
{
	struct addr a;
	int l = listener(8, &a);
	int c = sock(SOCK_STREAM | SOCK_NONBLOCK);
	int s;

	FAILS(connect(c, &a.sa, a.len), EINPROGRESS);
	EQ(poll_events(c, POLLOUT, 5000), POLLOUT);
	EQ(get_error(c), 0);
	s = accept_soon(l);
	send_text(c, "hello");
	expect_text(s, "hello");
	/* The first one after success fetches the result */
	OK(connect(c, &a.sa, a.len));
	FAILS(connect(c, &a.sa, a.len), EISCONN);
}

static void connect__twice_blocking(void)
{
	struct pair p = connected();
	struct addr a = name_peer(p.client);

	FAILS(connect(p.client, &a.sa, a.len), EISCONN);
}

static void connect__refused(void)
{
	struct addr a = addr_unused(SOCK_STREAM), good;
	int c = sock(SOCK_STREAM), l;

	FAILS(connect(c, &a.sa, a.len), ECONNREFUSED);
	EQ(get_error(c), 0);
	FAILS(getpeername(c, &a.sa, &a.len), ENOTCONN);
	/* The same socket can try elsewhere */
	l = listener(8, &good);
	OK(connect(c, &good.sa, good.len));
	send_text(c, "again");
	expect_text(accept_soon(l), "again");
}

static void connect__refused_nonblocking(void)
{
	struct addr a = addr_unused(SOCK_STREAM);
	int c = sock(SOCK_STREAM | SOCK_NONBLOCK);

	FAILS(connect(c, &a.sa, a.len), EINPROGRESS);
	EQ(poll_events(c, POLLIN | POLLOUT | POLLRDHUP, 5000), REFUSED_EVENTS);
	EQ(get_error(c), ECONNREFUSED);
	EQ(get_error(c), 0);
}

static void connect__refused_fetched_by_connect(void)
{
	struct addr a = addr_unused(SOCK_STREAM);
	int c = sock(SOCK_STREAM | SOCK_NONBLOCK);

	FAILS(connect(c, &a.sa, a.len), EINPROGRESS);
	CHECK(poll_events(c, POLLOUT, 5000) & POLLERR);
	FAILS(connect(c, &a.sa, a.len), ECONNREFUSED);
	/* And then it starts afresh */
	FAILS(connect(c, &a.sa, a.len), EINPROGRESS);
}

static void connect__refused_fetched_by_send_and_recv(void)
{
	struct addr a = addr_unused(SOCK_STREAM);
	int c = sock(SOCK_STREAM | SOCK_NONBLOCK);
	char b = 'x';

	FAILS(connect(c, &a.sa, a.len), EINPROGRESS);
	CHECK(poll_events(c, POLLOUT, 5000) & POLLERR);
	FAILS(recv(c, &b, 1, 0), ECONNREFUSED);
	FAILS(send(c, &b, 1, MSG_NOSIGNAL), EPIPE);
}

static void connect__already(void)
{
	struct addr a = addr_hole(9), peer = addr_room();
	int c = sock(SOCK_STREAM | SOCK_NONBLOCK);
	char b = 'x';

	FAILS(connect(c, &a.sa, a.len), EINPROGRESS);
	FAILS(connect(c, &a.sa, a.len), EALREADY);
	EQ(poll_events(c, POLLIN | POLLOUT | POLLRDHUP, 50), 0);
	EQ(get_error(c), 0);
	FAILS(getpeername(c, &peer.sa, &peer.len), ENOTCONN);
	FAILS(send(c, &b, 1, MSG_NOSIGNAL), EAGAIN);
	FAILS(recv(c, &b, 1, 0), EAGAIN);
	FAILS(listen(c, 1), EINVAL);
	CHECK(local_port(c) > 0);
	EQ(tcp_state(c), TCP_SYN_SENT);
}

static void connect__nonblocking_later(void)
{
	struct addr a;
	int filler, l = listener_full(&a, &filler);
	int c = sock(SOCK_STREAM | SOCK_NONBLOCK);

	FAILS(connect(c, &a.sa, a.len), EINPROGRESS);
	EQ(poll_events(c, POLLOUT, 100), 0);
	accept_soon(l);
	/* Its SYN comes again after a second */
	EQ(poll_events(c, POLLOUT, 10000), POLLOUT);
	EQ(get_error(c), 0);
	send_text(c, "late");
	expect_text(accept_soon(l), "late");
}

static void connect__interrupted(void)
{
	struct addr a;
	int filler, l = listener_full(&a, &filler);
	int c = sock(SOCK_STREAM);

	signal_catch(SIGALRM, 0);
	alarm_ms(100);
	FAILS(connect(c, &a.sa, a.len), EINTR);
	CHECK(signal_count > 0);
	alarm_ms(0);
	/* It goes on by itself */
	set_nonblock(c);
	FAILS(connect(c, &a.sa, a.len), EALREADY);
	EQ(poll_events(c, POLLOUT, 50), 0);
	accept_soon(l);
	EQ(poll_events(c, POLLOUT, 10000), POLLOUT);
	EQ(get_error(c), 0);
	OK(connect(c, &a.sa, a.len));
	FAILS(connect(c, &a.sa, a.len), EISCONN);
	send_text(c, "after the signal");
	expect_text(accept_soon(l), "after the signal");
}

static void *accept_after_signal(void *arg)
{
	EVENTUALLY(signal_count > 0, 5000);
	accept_soon(*(int *)arg);
	return NULL;
}

static void block_alarm(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	OK(-pthread_sigmask(how, &set, NULL));
}

static void connect__interrupted_restarts(void)
{
	struct addr a;
	int filler, l = listener_full(&a, &filler);
	int c = sock(SOCK_STREAM);
	pthread_t thread;

	/* The signal is for this thread */
	block_alarm(SIG_BLOCK);
	OK(-pthread_create(&thread, NULL, accept_after_signal, &l));
	block_alarm(SIG_UNBLOCK);
	signal_catch(SIGALRM, SA_RESTART);
	alarm_ms(100);
	OK(connect(c, &a.sa, a.len));
	CHECK(signal_count > 0);
	alarm_ms(0);
	OK(-pthread_join(thread, NULL));
	send_text(c, "restarted");
	expect_text(accept_soon(l), "restarted");
}

static void connect__timeout(void)
{
	struct timeval tv = { 0, 200000 };
	struct addr a = addr_hole(9);
	int c = sock(SOCK_STREAM);
	long long start;

	OK(setsockopt(c, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
	start = now_ms();
	FAILS(connect(c, &a.sa, a.len), EINPROGRESS);
	BETWEEN(now_ms() - start, 180, 2000);
	start = now_ms();
	FAILS(connect(c, &a.sa, a.len), EALREADY);
	BETWEEN(now_ms() - start, 180, 2000);
}

static void connect__epoll_registered_before(void)
{
	struct addr a;
	int filler, l = listener_full(&a, &filler);
	int c = sock(SOCK_STREAM | SOCK_NONBLOCK);
	int ep = epoll_with(c, EPOLLIN | EPOLLOUT | EPOLLRDHUP);

	EQ(epoll_events(ep, 0), EPOLLOUT | EPOLLHUP);
	FAILS(connect(c, &a.sa, a.len), EINPROGRESS);
	EQ(epoll_events(ep, 100), 0);
	accept_soon(l);
	EQ(epoll_events(ep, 10000), EPOLLOUT);
	close(accept_soon(l));
	EVENTUALLY(epoll_events(ep, 0) == (EPOLLIN | EPOLLOUT | EPOLLRDHUP),
		   5000);
}

static void connect__epoll_edge_registered_before(void)
{
	struct addr a;
	int filler, l = listener_full(&a, &filler);
	int c = sock(SOCK_STREAM | SOCK_NONBLOCK);
	int ep = epoll_with(c, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);

	EQ(epoll_events(ep, 0), EPOLLOUT | EPOLLHUP);
	FAILS(connect(c, &a.sa, a.len), EINPROGRESS);
	EQ(epoll_events(ep, 50), 0);
	accept_soon(l);
	EQ(epoll_events(ep, 10000), EPOLLOUT);
	EQ(epoll_events(ep, 0), 0);
	send_text(accept_soon(l), "x");
	EQ(epoll_events(ep, 5000), EPOLLIN | EPOLLOUT);
	EQ(epoll_events(ep, 0), 0);
}

static void connect__epoll_refused(void)
{
	struct addr a = addr_unused(SOCK_STREAM);
	int c = sock(SOCK_STREAM | SOCK_NONBLOCK);
	int ep = epoll_with(c, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);

	FAILS(connect(c, &a.sa, a.len), EINPROGRESS);
	EQ(epoll_events(ep, 5000), (uint32_t)REFUSED_EVENTS);
	EQ(get_error(c), ECONNREFUSED);
}

static void connect__unspec_disconnects(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct pair p = connected();
	struct addr a = name_local(p.listener), peer = addr_room();
	char b;

	OK(connect(p.client, &none, sizeof(none)));
	FAILS(getpeername(p.client, &peer.sa, &peer.len), ENOTCONN);
	FAILS(recv(p.server, &b, 1, 0), ECONNRESET);
	FAILS(recv(p.client, &b, 1, 0), ECONNRESET);
	FAILS(recv(p.client, &b, 1, 0), ENOTCONN);
	EQ(tcp_state(p.client), TCP_CLOSE);
	/* And connects again */
	OK(connect(p.client, &a.sa, a.len));
	send_text(p.client, "second");
	expect_text(accept_soon(p.listener), "second");
}

static void connect__unspec_while_connecting(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct addr a = addr_hole(9), good;
	int c = sock(SOCK_STREAM | SOCK_NONBLOCK);
	int l = listener(8, &good);

	FAILS(connect(c, &a.sa, a.len), EINPROGRESS);
	OK(connect(c, &none, sizeof(none)));
	EQ(get_error(c), ECONNRESET);
	EQ(get_error(c), 0);
	EQ(tcp_state(c), TCP_CLOSE);
	FAILS(connect(c, &good.sa, good.len), EINPROGRESS);
	EQ(poll_events(c, POLLOUT, 5000), POLLOUT);
	accept_soon(l);
}

static void connect__unspec_fresh(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int c = sock(SOCK_STREAM);

	OK(connect(c, &none, sizeof(none)));
	EQ(poll_events(c, POLLOUT, 0), POLLOUT | POLLHUP);
}

static void connect__unspec_stops_listening(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct addr a;
	int l = listener(8, &a), c = sock(SOCK_STREAM);

	OK(connect(l, &none, sizeof(none)));
	FAILS(accept(l, NULL, NULL), EINVAL);
	EQ(get_int(l, SOL_SOCKET, SO_ACCEPTCONN), 0);
	FAILS(connect(c, &a.sa, a.len), ECONNREFUSED);
	/* The port stays its own */
	EQ(local_port(l), addr_port(&a));
	OK(listen(l, 8));
	EQ(get_int(l, SOL_SOCKET, SO_ACCEPTCONN), 1);
}

static void connect__shutdown_while_connecting(void)
{
	struct addr a = addr_hole(9);
	int c = sock(SOCK_STREAM | SOCK_NONBLOCK);

	FAILS(connect(c, &a.sa, a.len), EINPROGRESS);
	OK(shutdown(c, SHUT_RDWR));
	CHECK(poll_events(c, POLLIN | POLLOUT, 1000) & POLLHUP);
	EQ(tcp_state(c), TCP_CLOSE);
}

struct blocked {
	int fd;
	struct addr to;
	int result, err;
	volatile int running, done;
};

static void *blocking_connect(void *arg)
{
	struct blocked *b = arg;

	b->running = 1;
	b->result = connect(b->fd, &b->to.sa, b->to.len);
	b->err = errno;
	b->done = 1;
	return NULL;
}

static void connect__shutdown_wakes_it(void)
{
	struct blocked b = { .fd = sock(SOCK_STREAM), .to = addr_hole(9) };
	pthread_t thread;

	OK(-pthread_create(&thread, NULL, blocking_connect, &b));
	EVENTUALLY(tcp_state(b.fd) == TCP_SYN_SENT, 5000);
	OK(shutdown(b.fd, SHUT_RDWR));
	OK(-pthread_join(thread, NULL));
	EQ(b.result, -1);
	EQ(b.err, ECONNRESET);
}

static void connect__on_a_listener(void)
{
	struct addr a, b;
	int l = listener(8, &a);

	listener(8, &b);
	FAILS(connect(l, &b.sa, b.len), EISCONN);
}

static void connect__from_bound_port(void)
{
	struct addr a, from, own = addr_unused(SOCK_STREAM);
	int l = listener(8, &a), c = sock(SOCK_STREAM), s;

	OK(bind(c, &own.sa, own.len));
	OK(connect(c, &a.sa, a.len));
	from = name_local(c);
	EQ(addr_port(&from), addr_port(&own));
	s = accept_soon(l);
	from = name_peer(s);
	CHECK(addr_eq(&from, &own));
}

static void connect__to_itself(void)
{
	struct addr own = addr_unused(SOCK_STREAM);
	int c = sock(SOCK_STREAM);

	OK(bind(c, &own.sa, own.len));
	OK(connect(c, &own.sa, own.len));
	send_text(c, "echo");
	expect_text(c, "echo");
}

static void connect__to_any_is_loopback(void)
{
	struct addr a, any;
	int l = listener(8, &a), c = sock(SOCK_STREAM);

	any = addr_any(addr_port(&a));
	OK(connect(c, &any.sa, any.len));
	accept_soon(l);
	any = name_peer(c);
	CHECK(addr_eq(&any, &a));
}

static void connect__unreachable(void)
{
	/* No route in the namespace of the test */
	struct addr a = addr_of("203.0.113.1", "2001:db8:bad::1", 9);
	int c = sock(SOCK_STREAM);

	FAILS(connect(c, &a.sa, a.len), ENETUNREACH);
	EQ(get_error(c), 0);
	EQ(poll_events(c, POLLOUT, 0), POLLOUT | POLLHUP);
}

static void connect__names_before(void)
{
	struct addr a = addr_lo(0), peer = addr_room();
	int c = sock(SOCK_STREAM);

	FAILS(getpeername(c, &peer.sa, &peer.len), ENOTCONN);
	/* A program for AF_NPV has not said yet how it names addresses */
	EQ(name_local(c).sa.sa_family, fl->npv && !fl->name_family ?
	   npv_family() : a.sa.sa_family);
	EQ(local_port(c), 0);
	OK(bind(c, &a.sa, a.len));
	EQ(name_local(c).sa.sa_family, a.sa.sa_family);
	CHECK(local_port(c) > 0);
	FAILS(getpeername(c, &peer.sa, &peer.len), ENOTCONN);
}

static void connect__unconnected_io(void)
{
	int c = sock(SOCK_STREAM);
	char b = 'x';

	FAILS(send(c, &b, 1, MSG_NOSIGNAL), EPIPE);
	FAILS(recv(c, &b, 1, 0), ENOTCONN);
	EQ(poll_events(c, POLLIN | POLLOUT | POLLRDHUP, 0), POLLOUT | POLLHUP);
	/* An error, and yet it has its effect */
	FAILS(shutdown(c, SHUT_RDWR), ENOTCONN);
	EQ(poll_events(c, POLLIN | POLLOUT | POLLRDHUP, 0),
	   POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
}

static void connect__many_at_once(void)
{
	enum { COUNT = 50 };
	struct addr a;
	int l = listener(COUNT, &a), c[COUNT], i;

	for (i = 0; i < COUNT; i++) {
		c[i] = sock(SOCK_STREAM | SOCK_NONBLOCK);
		FAILS(connect(c[i], &a.sa, a.len), EINPROGRESS);
	}
	for (i = 0; i < COUNT; i++) {
		EQ(poll_events(c[i], POLLOUT, 5000), POLLOUT);
		close(accept_soon(l));
	}
}

static void connect__exec_flags(void)
{
	int c = sock(SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK);

	EQ(fcntl(c, F_GETFD), FD_CLOEXEC);
	CHECK(fcntl(c, F_GETFL) & O_NONBLOCK);
	c = sock(SOCK_STREAM);
	EQ(fcntl(c, F_GETFD), 0);
	CHECK(!(fcntl(c, F_GETFL) & O_NONBLOCK));
}

const struct test tests_connect[] = {
	{ "connect, blocking", connect__blocking },
	{ "connect, non-blocking: EINPROGRESS, POLLOUT, EISCONN",
	  connect__nonblocking },
	{ "connect twice: EISCONN", connect__twice_blocking },
	{ "connect refused, then elsewhere", connect__refused },
	{ "connect refused, non-blocking: poll, SO_ERROR",
	  connect__refused_nonblocking },
	{ "connect refused, result from connect()",
	  connect__refused_fetched_by_connect },
	{ "connect refused, result from recv() and send()",
	  connect__refused_fetched_by_send_and_recv },
	{ "connect in progress: EALREADY and the other calls",
	  connect__already },
	{ "connect, non-blocking, done late", connect__nonblocking_later },
	{ "connect interrupted by a signal goes on", connect__interrupted },
	{ "connect interrupted by a signal with SA_RESTART",
	  connect__interrupted_restarts },
	{ "connect with SO_SNDTIMEO", connect__timeout },
	{ "connect with epoll registered before, level",
	  connect__epoll_registered_before },
	{ "connect with epoll registered before, edge",
	  connect__epoll_edge_registered_before },
	{ "connect refused with epoll registered before",
	  connect__epoll_refused },
	{ "connect(AF_UNSPEC) disconnects", connect__unspec_disconnects },
	{ "connect(AF_UNSPEC) while connecting",
	  connect__unspec_while_connecting },
	{ "connect(AF_UNSPEC) on a fresh socket", connect__unspec_fresh },
	{ "connect(AF_UNSPEC) on a listener", connect__unspec_stops_listening },
	{ "connect, shutdown while connecting",
	  connect__shutdown_while_connecting },
	{ "connect woken by shutdown in another thread",
	  connect__shutdown_wakes_it },
	{ "connect on a listener: EISCONN", connect__on_a_listener },
	{ "connect from a bound port", connect__from_bound_port },
	{ "connect to itself", connect__to_itself },
	{ "connect to the any address", connect__to_any_is_loopback },
	{ "connect without a route: ENETUNREACH", connect__unreachable },
	{ "names of a socket before connect", connect__names_before },
	{ "send, recv, shutdown without connect", connect__unconnected_io },
	{ "connect, 50 at once", connect__many_at_once },
	{ "SOCK_NONBLOCK and SOCK_CLOEXEC of socket()", connect__exec_flags },
	TESTS_END
};
