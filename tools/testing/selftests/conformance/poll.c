// SPDX-License-Identifier: GPL-2.0
/* poll(), select() and epoll of STREAM sockets in every state */
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/select.h>

#include "conformance.h"

#define ALL (POLLIN | POLLOUT | POLLPRI | POLLRDHUP)

static void poll__states(void)
{
	struct pair p = connected();

	EQ(poll_events(p.client, ALL, 0), POLLOUT);
	EQ(poll_events(p.client, ALL | POLLWRNORM | POLLRDNORM, 0),
	   POLLOUT | POLLWRNORM);
	send_text(p.server, "x");
	EQ(poll_events(p.client, POLLIN, 5000), POLLIN);
	EQ(poll_events(p.client, ALL | POLLRDNORM, 0),
	   POLLIN | POLLOUT | POLLRDNORM);
	expect_text(p.client, "x");
	EQ(poll_events(p.client, ALL, 0), POLLOUT);
}

static void poll__peer_shut_down(void)
{
	struct pair p = connected();

	OK(shutdown(p.server, SHUT_WR));
	EQ(poll_events(p.client, POLLRDHUP, 5000), POLLRDHUP);
	EQ(poll_events(p.client, ALL, 0), POLLIN | POLLOUT | POLLRDHUP);
	expect_eof(p.client);
	EQ(poll_events(p.client, ALL, 0), POLLIN | POLLOUT | POLLRDHUP);
	OK(shutdown(p.client, SHUT_WR));
	EQ(poll_events(p.client, ALL, 0),
	   POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
}

static void poll__own_shutdown(void)
{
	struct pair p = connected();

	OK(shutdown(p.client, SHUT_WR));
	EQ(poll_events(p.client, ALL, 0), POLLOUT);
	p = connected();
	OK(shutdown(p.client, SHUT_RD));
	EQ(poll_events(p.client, ALL, 0), POLLIN | POLLOUT | POLLRDHUP);
	p = connected();
	OK(shutdown(p.client, SHUT_RDWR));
	EQ(poll_events(p.client, ALL, 0),
	   POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
}

static void poll__reset(void)
{
	struct linger linger = { 1, 0 };
	struct pair p = connected();

	OK(setsockopt(p.server, SOL_SOCKET, SO_LINGER, &linger,
		      sizeof(linger)));
	close(p.server);
	CHECK(poll_events(p.client, 0, 5000) & POLLERR);
	EQ(poll_events(p.client, ALL, 0),
	   POLLIN | POLLOUT | POLLRDHUP | POLLHUP | POLLERR);
	EQ(get_error(p.client), ECONNRESET);
	EQ(poll_events(p.client, ALL, 0),
	   POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
}

static void poll__full(void)
{
	struct pair p = connected();
	size_t sent = fill(&p);

	EQ(poll_events(p.client, ALL, 0), 0);
	drain(p.server, sent);
	EQ(poll_events(p.client, ALL, 5000), POLLOUT);
}

static void *send_later(void *arg)
{
	nap_ms(50);
	send_text(*(int *)arg, "x");
	return NULL;
}

static void poll__wakes(void)
{
	struct pair p = connected();
	pthread_t thread;

	EQ(poll_events(p.client, POLLIN, 0), 0);
	OK(-pthread_create(&thread, NULL, send_later, &p.server));
	EQ(poll_events(p.client, POLLIN, 5000), POLLIN);
	OK(-pthread_join(thread, NULL));
}

static void epoll__level(void)
{
	struct pair p = connected();
	int ep = epoll_with(p.client, EPOLLIN);

	EQ(epoll_events(ep, 0), 0);
	send_text(p.server, "ab");
	EQ(epoll_events(ep, 5000), EPOLLIN);
	EQ(epoll_events(ep, 0), EPOLLIN);
	expect_text(p.client, "a");
	EQ(epoll_events(ep, 0), EPOLLIN);
	expect_text(p.client, "b");
	EQ(epoll_events(ep, 0), 0);
}

static void epoll__edge(void)
{
	struct pair p = connected();
	int ep = epoll_with(p.client, EPOLLIN | EPOLLET);

	EQ(epoll_events(ep, 0), 0);
	send_text(p.server, "ab");
	EQ(epoll_events(ep, 5000), EPOLLIN);
	EQ(epoll_events(ep, 0), 0);
	/* Half read is no edge, more data is */
	expect_text(p.client, "a");
	EQ(epoll_events(ep, 0), 0);
	send_text(p.server, "c");
	EQ(epoll_events(ep, 5000), EPOLLIN);
	EQ(epoll_events(ep, 0), 0);
}

static void epoll__edge_writable(void)
{
	struct pair p = connected();
	int ep = epoll_with(p.client, EPOLLOUT | EPOLLET);
	size_t sent;

	EQ(epoll_events(ep, 0), EPOLLOUT);
	EQ(epoll_events(ep, 0), 0);
	sent = fill(&p);
	/* Edges while it was being filled are not the matter */
	epoll_events(ep, 0);
	EQ(epoll_events(ep, 0), 0);
	drain(p.server, sent);
	EQ(epoll_events(ep, 5000), EPOLLOUT);
}

static void epoll__oneshot(void)
{
	struct pair p = connected();
	struct epoll_event ev = { .events = EPOLLIN | EPOLLONESHOT };
	int ep = epoll_with(p.client, ev.events);

	send_text(p.server, "a");
	EQ(epoll_events(ep, 5000), EPOLLIN);
	EQ(epoll_events(ep, 0), 0);
	send_text(p.server, "b");
	EQ(epoll_events(ep, 50), 0);
	OK(epoll_ctl(ep, EPOLL_CTL_MOD, p.client, &ev));
	EQ(epoll_events(ep, 5000), EPOLLIN);
}

static void epoll__rdhup(void)
{
	struct pair p = connected();
	int ep = epoll_with(p.client, EPOLLRDHUP);

	EQ(epoll_events(ep, 0), 0);
	OK(shutdown(p.server, SHUT_WR));
	EQ(epoll_events(ep, 5000), EPOLLRDHUP);
	close(p.server);
}

static void epoll__rdhup_edge(void)
{
	struct pair p = connected();
	int ep = epoll_with(p.client, EPOLLIN | EPOLLRDHUP | EPOLLET);

	EQ(epoll_events(ep, 0), 0);
	send_text(p.server, "last");
	OK(shutdown(p.server, SHUT_WR));
	EVENTUALLY(epoll_events(ep, 0) == (EPOLLIN | EPOLLRDHUP), 5000);
	expect_text(p.client, "last");
	expect_eof(p.client);
	EQ(epoll_events(ep, 0), 0);
}

/*
 * Nothing else runs on this processor meanwhile: what polls is the first to look at
 * what has come. Each event is still reported once.
 */
static void epoll__rdhup_edge_busy(void)
{
	struct sched_param first = { .sched_priority = 1 };
	struct pair p = connected();
	int ep = epoll_with(p.client, EPOLLIN | EPOLLRDHUP | EPOLLET);
	int i, times = 0;

	EQ(epoll_events(ep, 0), 0);
	OK(sched_setscheduler(0, SCHED_FIFO, &first));
	/* An event that is waiting, though what it told of is read already */
	send_text(p.server, "last");
	expect_text(p.client, "last");
	OK(shutdown(p.server, SHUT_WR));
	for (i = 0; i < 3; i++)
		times += !!(epoll_events(ep, 0) & EPOLLRDHUP);
	OK(sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){ }));
	for (i = 0; i < 2 && !times; i++)
		times += !!(epoll_events(ep, 5000) & EPOLLRDHUP);
	expect_eof(p.client);
	EQ(epoll_events(ep, 0), 0);
	EQ(times, 1);
}

static void epoll__close_removes(void)
{
	struct pair p = connected();
	int ep = epoll_with(p.client, EPOLLOUT);
	struct epoll_event ev = { .events = EPOLLIN };

	EQ(epoll_events(ep, 0), EPOLLOUT);
	close(p.client);
	EQ(epoll_events(ep, 0), 0);
	FAILS(epoll_ctl(ep, EPOLL_CTL_MOD, p.client, &ev), EBADF);
}

static void epoll__nested(void)
{
	struct pair p = connected();
	int inner = epoll_with(p.client, EPOLLIN);
	int outer = epoll_with(inner, EPOLLIN);

	EQ(epoll_events(outer, 0), 0);
	send_text(p.server, "x");
	EQ(epoll_events(outer, 5000), EPOLLIN);
	EQ(epoll_events(inner, 0), EPOLLIN);
}

static void epoll__listener(void)
{
	struct addr a;
	int l = listener(8, &a), ep = epoll_with(l, EPOLLIN | EPOLLET);
	int c = sock(SOCK_STREAM), d = sock(SOCK_STREAM);

	EQ(epoll_events(ep, 0), 0);
	OK(connect(c, &a.sa, a.len));
	EQ(epoll_events(ep, 5000), EPOLLIN);
	EQ(epoll_events(ep, 0), 0);
	OK(connect(d, &a.sa, a.len));
	EQ(epoll_events(ep, 5000), EPOLLIN);
	accept_soon(l);
	accept_soon(l);
}

static void epoll__listener_registered_before_listen(void)
{
	struct addr a = addr_lo(0);
	int l = sock(SOCK_STREAM), c = sock(SOCK_STREAM);
	int ep = epoll_with(l, EPOLLIN);

	EQ(epoll_events(ep, 0), EPOLLHUP);
	OK(bind(l, &a.sa, a.len));
	OK(listen(l, 8));
	EQ(epoll_events(ep, 0), 0);
	a = name_local(l);
	OK(connect(c, &a.sa, a.len));
	EQ(epoll_events(ep, 5000), EPOLLIN);
}

static void epoll__exclusive(void)
{
	struct addr a;
	int l = listener(8, &a), c = sock(SOCK_STREAM);
	int one = epoll_with(l, EPOLLIN | EPOLLEXCLUSIVE);
	int two = epoll_with(l, EPOLLIN | EPOLLEXCLUSIVE);

	OK(connect(c, &a.sa, a.len));
	EQ(epoll_events(one, 5000), EPOLLIN);
	accept_soon(l);
	EQ(epoll_events(one, 0), 0);
	EQ(epoll_events(two, 0), 0);
}

static int select_one(int fd, bool rd, bool wr, bool ex, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };
	fd_set r, w, e;
	int n;

	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_ZERO(&e);
	if (rd)
		FD_SET(fd, &r);
	if (wr)
		FD_SET(fd, &w);
	if (ex)
		FD_SET(fd, &e);
	n = OK(select(fd + 1, &r, &w, &e, &tv));
	EQ(n, FD_ISSET(fd, &r) + FD_ISSET(fd, &w) + FD_ISSET(fd, &e));
	return (FD_ISSET(fd, &r) ? 1 : 0) | (FD_ISSET(fd, &w) ? 2 : 0) |
	       (FD_ISSET(fd, &e) ? 4 : 0);
}

static void select__states(void)
{
	struct pair p = connected();
	size_t sent;

	EQ(select_one(p.client, true, true, true, 0), 2);
	send_text(p.server, "x");
	EQ(select_one(p.client, true, false, false, 5000), 1);
	expect_text(p.client, "x");
	EQ(send(p.server, "!", 1, MSG_OOB), 1);
	EQ(select_one(p.client, false, false, true, 5000), 4);
	sent = fill(&p);
	EQ(select_one(p.client, false, true, false, 0), 0);
	drain(p.server, sent);
	EQ(select_one(p.client, false, true, false, 5000), 2);
	close(p.server);
}

static void poll__urgent(void)
{
	struct pair p = connected();
	int ep = epoll_with(p.client, EPOLLPRI);
	char b;

	EQ(epoll_events(ep, 0), 0);
	EQ(send(p.server, "!", 1, MSG_OOB), 1);
	EQ(epoll_events(ep, 5000), EPOLLPRI);
	EQ(poll_events(p.client, POLLPRI, 0), POLLPRI);
	EQ(recv(p.client, &b, 1, MSG_OOB), 1);
	EQ(poll_events(p.client, POLLPRI, 0), 0);
}

const struct test tests_poll[] = {
	{ "poll: idle, data, read", poll__states },
	{ "poll: the peer's shutdown", poll__peer_shut_down },
	{ "poll: the own shutdown", poll__own_shutdown },
	{ "poll: reset", poll__reset },
	{ "poll: full, then room", poll__full },
	{ "poll: wakes up", poll__wakes },
	{ "poll: urgent data", poll__urgent },
	{ "epoll: level", epoll__level },
	{ "epoll: edge", epoll__edge },
	{ "epoll: edge of writability", epoll__edge_writable },
	{ "epoll: oneshot", epoll__oneshot },
	{ "epoll: EPOLLRDHUP", epoll__rdhup },
	{ "epoll: EPOLLRDHUP, edge", epoll__rdhup_edge },
	{ "epoll: EPOLLRDHUP, edge, nothing else runs", epoll__rdhup_edge_busy },
	{ "epoll: close removes it", epoll__close_removes },
	{ "epoll: nested", epoll__nested },
	{ "epoll: listener, edge", epoll__listener },
	{ "epoll: registered before listen",
	  epoll__listener_registered_before_listen },
	{ "epoll: EPOLLEXCLUSIVE", epoll__exclusive },
	{ "select: read, write, except", select__states },
	TESTS_END
};
