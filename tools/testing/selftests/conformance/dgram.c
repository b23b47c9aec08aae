// SPDX-License-Identifier: GPL-2.0
/* Datagrams: sending to anyone, connected, sizes, flags, queues */
#include <linux/sockios.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>

#include "conformance.h"

static void dgram__to_anyone(void)
{
	struct addr a, b, from;
	int one = dgram_bound(&a), two = dgram_bound(&b);
	int c = sock(SOCK_DGRAM);
	char buf[8];

	EQ(sendto(c, "for one", 7, 0, &a.sa, a.len), 7);
	EQ(sendto(c, "for two", 7, 0, &b.sa, b.len), 7);
	from = addr_room();
	EQ(recvfrom(one, buf, 8, 0, &from.sa, &from.len), 7);
	CHECK(!memcmp(buf, "for one", 7));
	EQ(addr_port(&from), local_port(c));
	EQ(from.sa.sa_family, a.sa.sa_family);
	from = addr_room();
	EQ(recvfrom(two, buf, 8, 0, &from.sa, &from.len), 7);
	CHECK(!memcmp(buf, "for two", 7));
	EQ(addr_port(&from), local_port(c));
	/* And back to the name that was told */
	EQ(sendto(two, "back", 4, 0, &from.sa, from.len), 4);
	from = addr_room();
	EQ(recvfrom(c, buf, 8, 0, &from.sa, &from.len), 4);
	CHECK(addr_eq(&from, &b));
}

static void dgram__both_families(void)
{
	struct addr to4, to6, from, want;
	int d4, d6, c;
	char b;

	if (fl->carrier != AF_INET6 || fl->names == NAMES_IN)
		skip("sockets that can name both families only");
	d4 = OK(socket(AF_INET, SOCK_DGRAM, 0));
	d6 = OK(socket(AF_INET6, SOCK_DGRAM, 0));
	to4 = flavour_addr(&flavours[0], "127.0.0.1", 0);
	to6 = flavour_addr(&flavours[1], "::1", 0);
	OK(bind(d4, &to4.sa, to4.len));
	OK(bind(d6, &to6.sa, to6.len));
	c = sock(SOCK_DGRAM);
	to4 = flavour_addr(fl, "127.0.0.1", local_port(d4));
	to6 = flavour_addr(fl, "::1", local_port(d6));
	EQ(sendto(c, "4", 1, 0, &to4.sa, to4.len), 1);
	EQ(sendto(c, "6", 1, 0, &to6.sa, to6.len), 1);
	from = addr_room();
	EQ(recvfrom(d4, &b, 1, 0, &from.sa, &from.len), 1);
	want = flavour_addr(&flavours[0], "127.0.0.1", local_port(c));
	CHECK(addr_eq(&from, &want));
	EQ(sendto(d4, "4", 1, 0, &from.sa, from.len), 1);
	from = addr_room();
	EQ(recvfrom(d6, &b, 1, 0, &from.sa, &from.len), 1);
	want = flavour_addr(&flavours[1], "::1", local_port(c));
	CHECK(addr_eq(&from, &want));
	EQ(sendto(d6, "6", 1, 0, &from.sa, from.len), 1);
	/* Their answers come with their true names */
	from = addr_room();
	EQ(recvfrom(c, &b, 1, 0, &from.sa, &from.len), 1);
	EQ(b, '4');
	CHECK(addr_eq(&from, &to4));
	from = addr_room();
	EQ(recvfrom(c, &b, 1, 0, &from.sa, &from.len), 1);
	EQ(b, '6');
	CHECK(addr_eq(&from, &to6));
}

static void dgram__connected(void)
{
	struct addr a, own, stranger;
	int fds[2], other = dgram_bound(&stranger);
	char buf[8];

	dgram_pair(fds);
	a = name_peer(fds[0]);
	own = name_local(fds[1]);
	CHECK(addr_eq(&a, &own));
	EQ(send(fds[0], "abc", 3, 0), 3);
	EQ(recv(fds[1], buf, 8, 0), 3);
	/* Only the peer is heard */
	EQ(sendto(other, "x", 1, 0, &own.sa, own.len), 1);
	EQ(poll_events(fds[1], POLLIN, 50), 0);
	/* An address for once goes before the peer's */
	EQ(sendto(fds[0], "y", 1, 0, &stranger.sa, stranger.len), 1);
	EQ(recv(other, buf, 8, 0), 1);
	/* And connecting elsewhere changes the peer */
	OK(connect(fds[0], &stranger.sa, stranger.len));
	EQ(send(fds[0], "z", 1, 0), 1);
	EQ(recv(other, buf, 8, 0), 1);
}

static void dgram__refused(void)
{
	struct addr a = addr_unused(SOCK_DGRAM);
	int c = sock(SOCK_DGRAM);
	char b = 'x';

	OK(connect(c, &a.sa, a.len));
	EQ(send(c, &b, 1, 0), 1);
	CHECK(poll_events(c, POLLOUT, 5000) & POLLERR);
	FAILS(recv(c, &b, 1, MSG_DONTWAIT), ECONNREFUSED);
	FAILS(recv(c, &b, 1, MSG_DONTWAIT), EAGAIN);
	EQ(send(c, &b, 1, 0), 1);
	EQ(get_error(c), ECONNREFUSED);
	EQ(send(c, &b, 1, 0), 1);
	FAILS(send(c, &b, 1, 0), ECONNREFUSED);
}

static void dgram__refused_unconnected(void)
{
	struct addr a = addr_unused(SOCK_DGRAM);
	int c = sock(SOCK_DGRAM);
	char b = 'x';

	/* An error of one of many peers is nobody's */
	EQ(sendto(c, &b, 1, 0, &a.sa, a.len), 1);
	FAILS(recv(c, &b, 1, MSG_DONTWAIT), EAGAIN);
	EQ(sendto(c, &b, 1, 0, &a.sa, a.len), 1);
	EQ(get_error(c), 0);
}

static void dgram__unspec_dissolves(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	struct addr a, peer = addr_room(), bound = addr_unused(SOCK_DGRAM);
	int d = dgram_bound(&a), c = sock(SOCK_DGRAM);
	char b = 'x';

	OK(connect(c, &a.sa, a.len));
	CHECK(local_port(c) > 0);
	OK(connect(c, &none, sizeof(none)));
	FAILS(getpeername(c, &peer.sa, &peer.len), ENOTCONN);
	/* The port of the kernel's choice goes, one bound to stays */
	EQ(local_port(c), 0);
	OK(bind(c, &bound.sa, bound.len));
	OK(connect(c, &a.sa, a.len));
	OK(connect(c, &none, sizeof(none)));
	EQ(local_port(c), addr_port(&bound));
	FAILS(send(c, &b, 1, 0), EDESTADDRREQ);
	OK(connect(c, &a.sa, a.len));
	EQ(send(c, &b, 1, 0), 1);
	EQ(recv(d, &b, 1, 0), 1);
}

static void dgram__unconnected_io(void)
{
	struct addr peer = addr_room();
	int c = sock(SOCK_DGRAM);
	char b = 'x';

	EQ(local_port(c), 0);
	FAILS(send(c, &b, 1, 0), EDESTADDRREQ);
	/* The attempt has bound it */
	CHECK(local_port(c) > 0);
	FAILS(recv(c, &b, 1, MSG_DONTWAIT), EAGAIN);
	FAILS(getpeername(c, &peer.sa, &peer.len), ENOTCONN);
	FAILS(shutdown(c, SHUT_WR), ENOTCONN);
	EQ(poll_events(c, POLLIN | POLLOUT, 0), POLLOUT);
}

static void dgram__boundaries(void)
{
	int fds[2];
	char buf[16];

	dgram_pair(fds);
	EQ(send(fds[0], "one", 3, 0), 3);
	EQ(send(fds[0], "", 0, 0), 0);
	EQ(send(fds[0], "three", 5, 0), 5);
	EQ(recv(fds[1], buf, 16, 0), 3);
	/* An empty one is one, and not the end */
	EQ(poll_events(fds[1], POLLIN, 0), POLLIN);
	EQ(recv(fds[1], buf, 16, 0), 0);
	EQ(recv(fds[1], buf, 16, 0), 5);
}

static void dgram__peek_and_trunc(void)
{
	int fds[2];
	char buf[16];
	struct iovec iov = { buf, 2 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	dgram_pair(fds);
	EQ(send(fds[0], "abcdef", 6, 0), 6);
	EQ(recv(fds[1], buf, 16, MSG_PEEK), 6);
	EQ(recv(fds[1], buf, 2, MSG_PEEK | MSG_TRUNC), 6);
	EQ(recvmsg(fds[1], &msg, 0), 2);
	CHECK(msg.msg_flags & MSG_TRUNC);
	/* The rest of it is gone */
	FAILS(recv(fds[1], buf, 16, MSG_DONTWAIT), EAGAIN);
	EQ(send(fds[0], "ghijkl", 6, 0), 6);
	EQ(recv(fds[1], buf, 2, MSG_TRUNC), 6);
}

static void dgram__peek_offset(void)
{
	int fds[2];
	char buf[16];

	dgram_pair(fds);
	set_int(fds[1], SOL_SOCKET, SO_PEEK_OFF, 2);
	EQ(send(fds[0], "abcdef", 6, 0), 6);
	EQ(recv(fds[1], buf, 2, MSG_PEEK), 2);
	CHECK(!memcmp(buf, "cd", 2));
	EQ(recv(fds[1], buf, 16, MSG_PEEK), 2);
	CHECK(!memcmp(buf, "ef", 2));
}

static void dgram__too_big(void)
{
	static char buf[70000];
	int fds[2];

	dgram_pair(fds);
	FAILS(send(fds[0], buf, 65536, 0), EMSGSIZE);
	FAILS(send(fds[0], buf, 70000, 0), EMSGSIZE);
	/* Fragments where it must */
	EQ(send(fds[0], buf, 60000, 0), 60000);
	EQ(recv(fds[1], buf, sizeof(buf), 0), 60000);
}

static void dgram__broadcast(void)
{
	struct addr a;
	int c;

	if (!fl->v4)
		skip("IPv6 has no broadcast");
	c = sock(SOCK_DGRAM);
	a = flavour_addr(fl, "192.0.2.255", 9);
	FAILS(sendto(c, "x", 1, 0, &a.sa, a.len), EACCES);
	FAILS(connect(c, &a.sa, a.len), EACCES);
	set_int(c, SOL_SOCKET, SO_BROADCAST, 1);
	EQ(sendto(c, "x", 1, 0, &a.sa, a.len), 1);
	OK(connect(c, &a.sa, a.len));
}

static void dgram__unreachable(void)
{
	struct addr a = addr_of("203.0.113.1", "2001:db8:bad::1", 9);
	int c = sock(SOCK_DGRAM);

	FAILS(sendto(c, "x", 1, 0, &a.sa, a.len), ENETUNREACH);
	FAILS(connect(c, &a.sa, a.len), ENETUNREACH);
}

static void dgram__bad_flags(void)
{
	int fds[2];
	char b = 'x';

	dgram_pair(fds);
	if (fl->v4)
		FAILS(send(fds[0], &b, 1, MSG_OOB), EOPNOTSUPP);
	FAILS(recv(fds[1], &b, 1, MSG_OOB | MSG_DONTWAIT), EAGAIN);
	EQ(send(fds[0], &b, 1, MSG_NOSIGNAL | MSG_CONFIRM | MSG_DONTWAIT), 1);
	EQ(recv(fds[1], &b, 1, MSG_WAITALL), 1);
}

static void dgram__queues(void)
{
	int fds[2], n = -1;
	char buf[16];

	dgram_pair(fds);
	OK(ioctl(fds[1], SIOCINQ, &n));
	EQ(n, 0);
	EQ(send(fds[0], "12345", 5, 0), 5);
	EQ(send(fds[0], "67", 2, 0), 2);
	/* The next one, not the sum */
	OK(ioctl(fds[1], SIOCINQ, &n));
	EQ(n, 5);
	EQ(recv(fds[1], buf, 16, 0), 5);
	OK(ioctl(fds[1], FIONREAD, &n));
	EQ(n, 2);
	EVENTUALLY(!ioctl(fds[0], SIOCOUTQ, &n) && !n, 5000);
}

static void dgram__poll(void)
{
	int fds[2], ep;
	char b;

	dgram_pair(fds);
	ep = epoll_with(fds[1], EPOLLIN | EPOLLOUT | EPOLLET | EPOLLRDHUP);
	EQ(epoll_events(ep, 0), EPOLLOUT);
	EQ(epoll_events(ep, 0), 0);
	EQ(send(fds[0], "x", 1, 0), 1);
	EQ(epoll_events(ep, 5000), EPOLLIN | EPOLLOUT);
	EQ(epoll_events(ep, 0), 0);
	EQ(recv(fds[1], &b, 1, 0), 1);
	EQ(poll_events(fds[1], POLLIN | POLLOUT, 0), POLLOUT);
}

static void *recv_zero(void *arg)
{
	char b;

	EQ(recv(*(int *)arg, &b, 1, 0), 0);
	return NULL;
}

static void dgram__shutdown(void)
{
	pthread_t thread;
	int fds[2];
	char b = 'x';

	dgram_pair(fds);
	OK(-pthread_create(&thread, NULL, recv_zero, &fds[0]));
	nap_ms(50);
	OK(shutdown(fds[0], SHUT_RDWR));
	OK(-pthread_join(thread, NULL));
	EQ(poll_events(fds[0], POLLIN | POLLRDHUP, 0),
	   POLLIN | POLLRDHUP | POLLHUP);
	FAILS(send(fds[0], &b, 1, MSG_NOSIGNAL), EPIPE);
	EQ(recv(fds[0], &b, 1, 0), 0);
	FAILS(recv(fds[0], &b, 1, MSG_DONTWAIT), EAGAIN);
	FAILS(shutdown(fds[1], 7), EINVAL);
}

static void dgram__timeout(void)
{
	struct timeval tv = { 0, 200000 };
	struct addr a;
	int d = dgram_bound(&a);
	long long start = now_ms();
	char b;

	OK(setsockopt(d, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	FAILS(recv(d, &b, 1, 0), EAGAIN);
	BETWEEN(now_ms() - start, 180, 2000);
	/* Longer than until the next signal, should the first come too early */
	tv.tv_sec = 20;
	OK(setsockopt(d, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	signal_catch(SIGALRM, SA_RESTART);
	alarm_ms(50);
	FAILS(recv(d, &b, 1, 0), EINTR);
	alarm_ms(0);
}

static void dgram__mmsg(void)
{
	struct addr a, from[4];
	int d = dgram_bound(&a), c = sock(SOCK_DGRAM), i;
	struct mmsghdr m[4] = { };
	struct iovec iov[4];
	char in[4][8];

	for (i = 0; i < 4; i++) {
		iov[i] = (struct iovec){ "message", i + 1 };
		m[i].msg_hdr.msg_iov = &iov[i];
		m[i].msg_hdr.msg_iovlen = 1;
		m[i].msg_hdr.msg_name = &a.ss;
		m[i].msg_hdr.msg_namelen = a.len;
	}
	EQ(sendmmsg(c, m, 4, 0), 4);
	EQ(m[3].msg_len, 4);
	for (i = 0; i < 4; i++) {
		iov[i] = (struct iovec){ in[i], 8 };
		from[i] = addr_room();
		m[i].msg_hdr.msg_name = &from[i].ss;
		m[i].msg_hdr.msg_namelen = from[i].len;
	}
	EQ(recvmmsg(d, m, 4, 0, NULL), 4);
	for (i = 0; i < 4; i++) {
		EQ(m[i].msg_len, i + 1);
		EQ(addr_port(&from[i]), local_port(c));
		EQ(m[i].msg_hdr.msg_namelen, a.len);
	}
}

static void dgram__short_name(void)
{
	struct addr a, from = addr_room();
	int d = dgram_bound(&a), c = sock(SOCK_DGRAM);
	char b;

	EQ(sendto(c, "x", 1, 0, &a.sa, a.len), 1);
	from.len = 4;
	EQ(recvfrom(d, &b, 1, 0, &from.sa, &from.len), 1);
	EQ(from.len, a.len);
	EQ(addr_port(&from), local_port(c));
	EQ(((unsigned char *)&from.ss)[4], 0xee);
	/* No name wanted, none told */
	EQ(sendto(c, "x", 1, 0, &a.sa, a.len), 1);
	EQ(recvfrom(d, &b, 1, 0, NULL, NULL), 1);
}

static void dgram__bound_to_any_hears_all(void)
{
	struct addr any = addr_any(0), lo, dummy;
	int d = sock(SOCK_DGRAM), c = sock(SOCK_DGRAM);
	char b;

	OK(bind(d, &any.sa, any.len));
	lo = addr_lo(local_port(d));
	dummy = addr_of("192.0.2.1", "2001:db8::1", local_port(d));
	EQ(sendto(c, "x", 1, 0, &lo.sa, lo.len), 1);
	EQ(sendto(c, "y", 1, 0, &dummy.sa, dummy.len), 1);
	EQ(recv(d, &b, 1, 0), 1);
	EQ(recv(d, &b, 1, 0), 1);
	EQ(b, 'y');
}

static void dgram__to_itself(void)
{
	struct addr a, from = addr_room();
	int d = dgram_bound(&a);
	char b;

	EQ(sendto(d, "x", 1, 0, &a.sa, a.len), 1);
	EQ(recvfrom(d, &b, 1, 0, &from.sa, &from.len), 1);
	CHECK(addr_eq(&from, &a));
}

static void dgram__receive_buffer_full(void)
{
	static char buf[1000];
	int fds[2], i, got = 0;

	dgram_pair(fds);
	set_int(fds[1], SOL_SOCKET, SO_RCVBUF, 8192);
	for (i = 0; i < 100; i++)
		EQ(send(fds[0], buf, sizeof(buf), 0), sizeof(buf));
	while (recv(fds[1], buf, sizeof(buf), MSG_DONTWAIT) > 0)
		got++;
	BETWEEN(got, 1, 99);
}

const struct test tests_dgram[] = {
	{ "datagrams to anyone and back", dgram__to_anyone },
	{ "datagrams to both families from one socket", dgram__both_families },
	{ "connected datagrams", dgram__connected },
	{ "datagrams refused", dgram__refused },
	{ "datagrams refused, unconnected", dgram__refused_unconnected },
	{ "connect(AF_UNSPEC) of datagrams", dgram__unspec_dissolves },
	{ "datagram calls without a peer", dgram__unconnected_io },
	{ "datagram boundaries, empty datagrams", dgram__boundaries },
	{ "MSG_PEEK and MSG_TRUNC of datagrams", dgram__peek_and_trunc },
	{ "SO_PEEK_OFF of datagrams", dgram__peek_offset },
	{ "EMSGSIZE", dgram__too_big },
	{ "SO_BROADCAST", dgram__broadcast },
	{ "datagrams without a route", dgram__unreachable },
	{ "flags of datagrams", dgram__bad_flags },
	{ "SIOCINQ and SIOCOUTQ of datagrams", dgram__queues },
	{ "epoll and poll of datagrams", dgram__poll },
	{ "shutdown of datagrams", dgram__shutdown },
	{ "SO_RCVTIMEO of datagrams, signal", dgram__timeout },
	{ "sendmmsg and recvmmsg of datagrams", dgram__mmsg },
	{ "recvfrom with little room for the name", dgram__short_name },
	{ "datagrams to any of its addresses", dgram__bound_to_any_hears_all },
	{ "datagram to itself", dgram__to_itself },
	{ "datagrams beyond SO_RCVBUF", dgram__receive_buffer_full },
	TESTS_END
};
