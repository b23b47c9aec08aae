// SPDX-License-Identifier: GPL-2.0
/* listen() and accept() of STREAM sockets */
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>

#include "conformance.h"

static int client_of(const struct addr *a)
{
	int c = sock(SOCK_STREAM);

	OK(connect(c, &a->sa, a->len));
	return c;
}

static void accept__name(void)
{
	struct addr a, from = addr_room(), own;
	int l = listener(8, &a), c = client_of(&a);

	OK(accept(l, &from.sa, &from.len));
	own = name_local(c);
	CHECK(addr_eq(&from, &own));
	EQ(from.len, own.len);
}

static void accept__short_name(void)
{
	struct addr a, from = addr_room(), own;
	int l = listener(8, &a), c = client_of(&a);

	from.len = 4;
	OK(accept(l, &from.sa, &from.len));
	own = name_local(c);
	/* Cut off, and the true length told */
	EQ(from.len, own.len);
	EQ(addr_port(&from), addr_port(&own));
	EQ(((unsigned char *)&from.ss)[4], 0xee);
}

static void accept__flags(void)
{
	struct addr a;
	int l = listener(8, &a), s;

	set_nonblock(l);
	client_of(&a);
	EQ(poll_events(l, POLLIN, 5000), POLLIN);
	s = OK(accept4(l, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
	EQ(fcntl(s, F_GETFD), FD_CLOEXEC);
	CHECK(fcntl(s, F_GETFL) & O_NONBLOCK);
	client_of(&a);
	EQ(poll_events(l, POLLIN, 5000), POLLIN);
	s = OK(accept(l, NULL, NULL));
	EQ(fcntl(s, F_GETFD), 0);
	CHECK(!(fcntl(s, F_GETFL) & O_NONBLOCK));
}

static void accept__nonblocking(void)
{
	struct addr a;
	int l = listener(8, &a);

	set_nonblock(l);
	FAILS(accept(l, NULL, NULL), EAGAIN);
	EQ(poll_events(l, POLLIN | POLLOUT, 0), 0);
	client_of(&a);
	EQ(poll_events(l, POLLIN | POLLOUT | POLLRDNORM, 5000),
	   POLLIN | POLLRDNORM);
	OK(accept(l, NULL, NULL));
	FAILS(accept(l, NULL, NULL), EAGAIN);
}

static void accept__timeout(void)
{
	struct timeval tv = { 0, 200000 };
	struct addr a;
	int l = listener(8, &a);
	long long start;

	OK(setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	start = now_ms();
	FAILS(accept(l, NULL, NULL), EAGAIN);
	BETWEEN(now_ms() - start, 180, 2000);
}

static void accept__interrupted(void)
{
	struct addr a;
	int l = listener(8, &a);

	signal_catch(SIGALRM, 0);
	alarm_ms(100);
	FAILS(accept(l, NULL, NULL), EINTR);
}

static void accept__invalid(void)
{
	struct addr a = addr_lo(0);
	struct pair p;
	int fd = sock(SOCK_STREAM);

	FAILS(accept(fd, NULL, NULL), EINVAL);
	OK(bind(fd, &a.sa, a.len));
	FAILS(accept(fd, NULL, NULL), EINVAL);
	p = connected();
	FAILS(accept(p.client, NULL, NULL), EINVAL);
	FAILS(accept4(p.listener, NULL, NULL, 0x40000000), EINVAL);
	fd = sock(SOCK_DGRAM);
	FAILS(accept(fd, NULL, NULL), EOPNOTSUPP);
	FAILS(listen(fd, 1), EOPNOTSUPP);
}

static void accept__inherits_options(void)
{
	static const struct {
		int level, opt, value;
	} opts[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ SOL_SOCKET, SO_RCVBUF, 65536 },
		{ SOL_SOCKET, SO_SNDBUF, 65536 },
		{ SOL_SOCKET, SO_RCVLOWAT, 7 },
		{ SOL_SOCKET, SO_OOBINLINE, 1 },
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, 77 },
		{ IPPROTO_TCP, TCP_KEEPINTVL, 11 },
		{ IPPROTO_TCP, TCP_KEEPCNT, 3 },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, 12345 },
		{ IPPROTO_TCP, TCP_LINGER2, 9 },
		{ IPPROTO_TCP, TCP_NOTSENT_LOWAT, 16384 },
		{ IPPROTO_IP, IP_TTL, 33 },
	};
	struct linger linger = { 1, 5 }, got;
	socklen_t len = sizeof(got);
	struct addr a;
	int l = listener(8, &a), s;
	size_t i;

	for (i = 0; i < sizeof(opts) / sizeof(opts[0]); i++)
		set_int(l, opts[i].level, opts[i].opt, opts[i].value);
	OK(setsockopt(l, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	client_of(&a);
	s = accept_soon(l);
	for (i = 0; i < sizeof(opts) / sizeof(opts[0]); i++) {
		int want = get_int(l, opts[i].level, opts[i].opt);
		int value = get_int(s, opts[i].level, opts[i].opt);

		if (value != want)
			FAIL("option %d of level %d is %d, the listener's %d",
			     opts[i].opt, opts[i].level, value, want);
	}
	OK(getsockopt(s, SOL_SOCKET, SO_LINGER, &got, &len));
	EQ(got.l_onoff, 1);
	EQ(got.l_linger, 5);
}

static void accept__after_reset(void)
{
	struct linger linger = { 1, 0 };
	struct addr a;
	int l = listener(8, &a), c = client_of(&a), s;
	char b;

	EQ(poll_events(l, POLLIN, 5000), POLLIN);
	OK(setsockopt(c, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	close(c);
	s = accept_soon(l);
	FAILS(recv(s, &b, 1, 0), ECONNRESET);
}

static void accept__after_data_and_close(void)
{
	struct addr a;
	int l = listener(8, &a), c = client_of(&a), s;

	send_text(c, "sent and gone");
	close(c);
	s = accept_soon(l);
	expect_text(s, "sent and gone");
	expect_eof(s);
}

static void accept__in_order(void)
{
	struct addr a, from, own;
	int l = listener(8, &a), c[5], i;

	for (i = 0; i < 5; i++)
		c[i] = client_of(&a);
	for (i = 0; i < 5; i++) {
		from = addr_room();
		OK(accept(l, &from.sa, &from.len));
		own = name_local(c[i]);
		CHECK(addr_eq(&from, &own));
	}
}

static void listen__closed_with_unaccepted(void)
{
	struct addr a;
	int l = listener(8, &a), c = client_of(&a);
	char b;

	EQ(poll_events(l, POLLIN, 5000), POLLIN);
	close(l);
	FAILS(recv(c, &b, 1, 0), ECONNRESET);
	l = sock(SOCK_STREAM);
	FAILS(connect(l, &a.sa, a.len), ECONNREFUSED);
}

struct accepting {
	int fd, result, err;
	volatile int done;
};

static void *accept_thread(void *arg)
{
	struct accepting *t = arg;

	t->result = accept(t->fd, NULL, NULL);
	t->err = errno;
	t->done = 1;
	return NULL;
}

static void listen__shutdown_wakes_accept(void)
{
	struct addr a;
	struct accepting t = { .fd = listener(8, &a) };
	pthread_t thread;

	OK(-pthread_create(&thread, NULL, accept_thread, &t));
	nap_ms(50);
	EQ(t.done, 0);
	OK(shutdown(t.fd, SHUT_RD));
	OK(-pthread_join(thread, NULL));
	EQ(t.result, -1);
	EQ(t.err, EINVAL);
	EQ(poll_events(t.fd, POLLIN | POLLOUT, 0) & POLLHUP, POLLHUP);
	/* It can listen again */
	OK(listen(t.fd, 8));
	EQ(get_int(t.fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
	EQ(poll_events(t.fd, POLLIN | POLLOUT, 0), 0);
}

static void accept__blocked_until_connect(void)
{
	struct addr a;
	struct accepting t = { .fd = listener(8, &a) };
	pthread_t thread;

	OK(-pthread_create(&thread, NULL, accept_thread, &t));
	nap_ms(50);
	EQ(t.done, 0);
	send_text(client_of(&a), "now");
	OK(-pthread_join(thread, NULL));
	expect_text(t.result, "now");
}

static void accept_one(void *arg)
{
	expect_text(accept_soon(*(int *)arg), "one");
}

static void accept__in_two_processes(void)
{
	struct addr a;
	int l = listener(8, &a);
	pid_t first, second;

	first = spawn(accept_one, &l);
	second = spawn(accept_one, &l);
	/* Both may be woken for the first; one has to go on waiting */
	send_text(client_of(&a), "one");
	send_text(client_of(&a), "one");
	reap(first);
	reap(second);
}

static void listen__state(void)
{
	struct addr a, peer = addr_room();
	struct pair p;
	int l = listener(8, &a);
	char b = 'x';

	EQ(get_int(l, SOL_SOCKET, SO_ACCEPTCONN), 1);
	EQ(get_int(l, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
	EQ(tcp_state(l), TCP_LISTEN);
	FAILS(getpeername(l, &peer.sa, &peer.len), ENOTCONN);
	FAILS(send(l, &b, 1, MSG_NOSIGNAL), EPIPE);
	FAILS(recv(l, &b, 1, 0), ENOTCONN);
	OK(listen(l, 16));
	p = connected();
	EQ(get_int(p.server, SOL_SOCKET, SO_ACCEPTCONN), 0);
	FAILS(listen(p.client, 1), EINVAL);
	FAILS(listen(p.server, 1), EINVAL);
}

static void listen__without_bind(void)
{
	struct addr any;
	int l = sock(SOCK_STREAM), c;

	OK(listen(l, 1));
	any = name_local(l);
	CHECK(addr_port(&any) > 0);
	any = addr_lo(addr_port(&any));
	c = client_of(&any);
	accept_soon(l);
	close(c);
}

static void listen__backlog(void)
{
	struct addr a;
	int filler, l = listener_full(&a, &filler), i;
	int c = sock(SOCK_STREAM | SOCK_NONBLOCK);

	FAILS(connect(c, &a.sa, a.len), EINPROGRESS);
	EQ(poll_events(c, POLLOUT, 100), 0);
	/* Raised while it listens */
	OK(listen(l, 4));
	for (i = 0; i < 3; i++)
		client_of(&a);
	for (i = 0; i < 4; i++)
		accept_soon(l);
	EQ(poll_events(c, POLLOUT, 10000), POLLOUT);
	accept_soon(l);
}

static void listen__any_name(void)
{
	struct addr any = addr_any(0), lo, from;
	int l = sock(SOCK_STREAM), c, s;

	OK(bind(l, &any.sa, any.len));
	OK(listen(l, 4));
	lo = addr_lo(local_port(l));
	c = client_of(&lo);
	s = accept_soon(l);
	/* The accepted one knows which address it was */
	from = name_local(s);
	CHECK(addr_eq(&from, &lo));
	close(c);
}

const struct test tests_accept[] = {
	{ "accept names the peer", accept__name },
	{ "accept with little room for the name", accept__short_name },
	{ "accept4 flags", accept__flags },
	{ "accept, non-blocking", accept__nonblocking },
	{ "accept with SO_RCVTIMEO", accept__timeout },
	{ "accept interrupted by a signal", accept__interrupted },
	{ "accept where it can't be", accept__invalid },
	{ "accept hands the listener's options on", accept__inherits_options },
	{ "accept of what was reset", accept__after_reset },
	{ "accept of what was sent and closed", accept__after_data_and_close },
	{ "accept in order", accept__in_order },
	{ "accept blocks until there is one", accept__blocked_until_connect },
	{ "accept in two processes", accept__in_two_processes },
	{ "listener closed with unaccepted ones",
	  listen__closed_with_unaccepted },
	{ "listener shut down wakes accept; listens again",
	  listen__shutdown_wakes_accept },
	{ "listener's state and the calls that it refuses", listen__state },
	{ "listen without bind", listen__without_bind },
	{ "listen backlog, raised later", listen__backlog },
	{ "listen on any address, name of the accepted", listen__any_name },
	TESTS_END
};
