// SPDX-License-Identifier: GPL-2.0
/*
 * Options of SOL_SOCKET, IPPROTO_IP and IPPROTO_IPV6 that programs set: they
 * can be read back, and where it shows, they do something. That every option
 * there is has TCP's and UDP's values and errors is for optdiff.c.
 */
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>

#include "conformance.h"

enum {
	ANY	= 0,
	STREAM	= 1,	/* STREAM sockets only */
	DGRAM	= 2,	/* DGRAM sockets only */
	V6	= 4,	/* carried by IPv6 sockets only */
};

static const struct option_case {
	const char *name;
	int level, opt, value;
	/* What is read back; -1 the same as was set */
	int want;
	int only;
} option_cases[] = {
	{ "SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, 1, -1, ANY },
	{ "SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR, 1, -1, ANY },
	{ "SO_REUSEPORT", SOL_SOCKET, SO_REUSEPORT, 1, -1, ANY },
	{ "SO_BROADCAST", SOL_SOCKET, SO_BROADCAST, 1, -1, ANY },
	{ "SO_OOBINLINE", SOL_SOCKET, SO_OOBINLINE, 1, -1, ANY },
	{ "SO_DONTROUTE", SOL_SOCKET, SO_DONTROUTE, 1, -1, ANY },
	{ "SO_PRIORITY", SOL_SOCKET, SO_PRIORITY, 5, -1, ANY },
	{ "SO_MARK", SOL_SOCKET, SO_MARK, 77, -1, ANY },
	{ "SO_SNDBUF", SOL_SOCKET, SO_SNDBUF, 50000, 100000, ANY },
	{ "SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, 50000, 100000, ANY },
	{ "SO_SNDBUF of 1", SOL_SOCKET, SO_SNDBUF, 1, 4608, ANY },
	{ "SO_RCVBUF of 1", SOL_SOCKET, SO_RCVBUF, 1, 2304, ANY },
	{ "SO_RCVLOWAT", SOL_SOCKET, SO_RCVLOWAT, 99, -1, ANY },
	{ "SO_TIMESTAMP", SOL_SOCKET, SO_TIMESTAMP, 1, -1, ANY },
	{ "SO_TIMESTAMPNS", SOL_SOCKET, SO_TIMESTAMPNS, 1, -1, ANY },
	{ "SO_INCOMING_CPU", SOL_SOCKET, SO_INCOMING_CPU, 0, -1, ANY },
	{ "SO_BUSY_POLL", SOL_SOCKET, SO_BUSY_POLL, 50, -1, ANY },
	{ "SO_MAX_PACING_RATE", SOL_SOCKET, SO_MAX_PACING_RATE, 1000000, -1,
	  ANY },
	{ "SO_RXQ_OVFL", SOL_SOCKET, SO_RXQ_OVFL, 1, -1, ANY },
	{ "SO_NO_CHECK", SOL_SOCKET, SO_NO_CHECK, 1, -1, ANY },
	{ "SO_LOCK_FILTER", SOL_SOCKET, SO_LOCK_FILTER, 1, -1, ANY },
	{ "SO_SELECT_ERR_QUEUE", SOL_SOCKET, SO_SELECT_ERR_QUEUE, 1, -1, ANY },
	{ "SO_ZEROCOPY", SOL_SOCKET, SO_ZEROCOPY, 1, -1, ANY },
	{ "IP_TOS", IPPROTO_IP, IP_TOS, 0x10, -1, ANY },
	{ "IP_TTL", IPPROTO_IP, IP_TTL, 9, -1, ANY },
	{ "IP_MTU_DISCOVER", IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO, -1,
	  ANY },
	{ "IP_RECVERR", IPPROTO_IP, IP_RECVERR, 1, -1, ANY },
	{ "IP_FREEBIND", IPPROTO_IP, IP_FREEBIND, 1, -1, ANY },
	{ "IP_TRANSPARENT", IPPROTO_IP, IP_TRANSPARENT, 1, -1, ANY },
	{ "IP_MINTTL", IPPROTO_IP, IP_MINTTL, 5, -1, ANY },
	{ "IP_RECVTOS", IPPROTO_IP, IP_RECVTOS, 1, -1, ANY },
	{ "IP_PKTINFO", IPPROTO_IP, IP_PKTINFO, 1, -1, ANY },
	{ "IP_MULTICAST_TTL", IPPROTO_IP, IP_MULTICAST_TTL, 4, -1, DGRAM },
	{ "IP_MULTICAST_LOOP", IPPROTO_IP, IP_MULTICAST_LOOP, 0, -1, DGRAM },
	{ "IPV6_TCLASS", IPPROTO_IPV6, IPV6_TCLASS, 0x20, -1, V6 },
	{ "IPV6_UNICAST_HOPS", IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9, -1, V6 },
	{ "IPV6_MTU_DISCOVER", IPPROTO_IPV6, IPV6_MTU_DISCOVER,
	  IPV6_PMTUDISC_DO, -1, V6 },
	{ "IPV6_RECVERR", IPPROTO_IPV6, IPV6_RECVERR, 1, -1, V6 },
	{ "IPV6_RECVPKTINFO", IPPROTO_IPV6, IPV6_RECVPKTINFO, 1, -1, V6 },
	{ "IPV6_RECVTCLASS", IPPROTO_IPV6, IPV6_RECVTCLASS, 1, -1, V6 },
	{ "IPV6_V6ONLY", IPPROTO_IPV6, IPV6_V6ONLY, 1, -1, V6 },
	{ "IPV6_AUTOFLOWLABEL", IPPROTO_IPV6, 70, 0, -1, V6 },
	{ "IPV6_DONTFRAG", IPPROTO_IPV6, IPV6_DONTFRAG, 1, -1, V6 },
	{ "IPV6_MULTICAST_HOPS", IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 4, -1,
	  V6 | DGRAM },
	{ "IPV6_MULTICAST_LOOP", IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0, -1,
	  V6 | DGRAM },
};

static void set_and_get(int type, int skip_if)
{
	const struct option_case *c;
	size_t i;
	int fd, value;

	for (i = 0; i < sizeof(option_cases) / sizeof(option_cases[0]); i++) {
		c = &option_cases[i];
		if (c->only & skip_if)
			continue;
		if (c->only & V6 && fl->carrier != AF_INET6)
			continue;
		fd = sock(type);
		if (setsockopt(fd, c->level, c->opt, &c->value, sizeof(int)))
			FAIL("setting %s: %s", c->name, errno_name(errno));
		value = get_int(fd, c->level, c->opt);
		if (value != (c->want == -1 ? c->value : c->want))
			FAIL("%s set to %d reads as %d", c->name, c->value,
			     value);
		close(fd);
	}
}

static void options__set_and_get(void)
{
	set_and_get(SOCK_STREAM, DGRAM);
}

static void options__set_and_get_dgram(void)
{
	set_and_get(SOCK_DGRAM, STREAM);
}

static void options__identity(void)
{
	struct addr a;
	int l = listener(1, &a), s = sock(SOCK_STREAM), d = sock(SOCK_DGRAM);

	EQ(get_int(s, SOL_SOCKET, SO_TYPE), SOCK_STREAM);
	EQ(get_int(d, SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
	EQ(get_int(s, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
	EQ(get_int(d, SOL_SOCKET, SO_PROTOCOL), IPPROTO_UDP);
	EQ(get_domain(s), fl->carrier);
	EQ(get_domain(d), fl->carrier);
	EQ(get_int(s, SOL_SOCKET, SO_ACCEPTCONN), 0);
	EQ(get_int(l, SOL_SOCKET, SO_ACCEPTCONN), 1);
	OK(connect(s, &a.sa, a.len));
	s = accept_soon(l);
	EQ(get_domain(s), fl->carrier);
	EQ(get_int(s, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
}

static void options__cookie(void)
{
	struct pair p = connected();
	uint64_t one = 0, two = 0, again = 0, netns = 0;
	socklen_t len = 8;

	OK(getsockopt(p.client, SOL_SOCKET, SO_COOKIE, &one, &len));
	OK(getsockopt(p.server, SOL_SOCKET, SO_COOKIE, &two, &len));
	OK(getsockopt(p.client, SOL_SOCKET, SO_COOKIE, &again, &len));
	CHECK(one && two && one != two);
	CHECK(one == again);
	OK(getsockopt(p.client, SOL_SOCKET, 71 /* SO_NETNS_COOKIE */, &netns,
		      &len));
	CHECK(netns > 0);
}

static void options__meminfo(void)
{
	struct pair p = connected();
	uint32_t mem[SK_MEMINFO_VARS] = { };
	socklen_t len = sizeof(mem);

	OK(getsockopt(p.server, SOL_SOCKET, SO_MEMINFO, mem, &len));
	EQ(mem[SK_MEMINFO_RCVBUF], get_int(p.server, SOL_SOCKET, SO_RCVBUF));
	EQ(mem[SK_MEMINFO_RMEM_ALLOC], 0);
	send_text(p.client, "x");
	EQ(poll_events(p.server, POLLIN, 5000), POLLIN);
	OK(getsockopt(p.server, SOL_SOCKET, SO_MEMINFO, mem, &len));
	CHECK(mem[SK_MEMINFO_RMEM_ALLOC] > 0);
}

static void options__linger(void)
{
	struct linger set = { 1, 7 }, got = { };
	socklen_t len = sizeof(got);
	int fd = sock(SOCK_STREAM);

	OK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &set, sizeof(set)));
	OK(getsockopt(fd, SOL_SOCKET, SO_LINGER, &got, &len));
	EQ(got.l_onoff, 1);
	EQ(got.l_linger, 7);
	FAILS(setsockopt(fd, SOL_SOCKET, SO_LINGER, &set, 4), EINVAL);
}

static void options__timestamp(void)
{
	struct addr a;
	int d = dgram_bound(&a), c = sock(SOCK_DGRAM);
	char b, control[128];
	struct iovec iov = { &b, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct timeval tv, now;

	set_int(d, SOL_SOCKET, SO_TIMESTAMP, 1);
	EQ(sendto(c, "x", 1, 0, &a.sa, a.len), 1);
	EQ(recvmsg(d, &msg, 0), 1);
	CHECK(CMSG_FIRSTHDR(&msg));
	EQ(CMSG_FIRSTHDR(&msg)->cmsg_type, SO_TIMESTAMP);
	memcpy(&tv, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(tv));
	gettimeofday(&now, NULL);
	BETWEEN(tv.tv_sec, now.tv_sec - 30, now.tv_sec);
}

static void options__filter(void)
{
	/* Accept nothing, or everything */
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog prog = { 1, &none };
	struct addr a;
	int d = dgram_bound(&a), c = sock(SOCK_DGRAM);
	char b;

	OK(setsockopt(d, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
	EQ(sendto(c, "x", 1, 0, &a.sa, a.len), 1);
	EQ(poll_events(d, POLLIN, 50), 0);
	OK(setsockopt(d, SOL_SOCKET, SO_DETACH_FILTER, &(int){ 0 }, 4));
	EQ(sendto(c, "y", 1, 0, &a.sa, a.len), 1);
	EQ(recv(d, &b, 1, 0), 1);
	EQ(b, 'y');
	FAILS(setsockopt(d, SOL_SOCKET, SO_DETACH_FILTER, &(int){ 0 }, 4),
	      ENOENT);
}

static void options__filter_stream(void)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
	struct sock_fprog prog = { 1, &all };
	struct addr a;
	int l = listener(8, &a), c = sock(SOCK_STREAM);

	OK(setsockopt(c, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)));
	OK(connect(c, &a.sa, a.len));
	send_text(c, "through");
	expect_text(accept_soon(l), "through");
}

static void options__reuseport_filter(void)
{
	/* All goes to the second of the group */
	struct sock_filter second = BPF_STMT(BPF_RET | BPF_K, 1);
	struct sock_fprog prog = { 1, &second };
	struct addr a = addr_lo(0);
	int l[2], i, c;

	for (i = 0; i < 2; i++) {
		l[i] = sock(SOCK_STREAM);
		set_int(l[i], SOL_SOCKET, SO_REUSEPORT, 1);
		OK(bind(l[i], &a.sa, a.len));
		OK(listen(l[i], 16));
		a = name_local(l[i]);
	}
	OK(setsockopt(l[0], SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog,
		      sizeof(prog)));
	for (i = 0; i < 10; i++) {
		c = sock(SOCK_STREAM);
		OK(connect(c, &a.sa, a.len));
		accept_soon(l[1]);
	}
	set_nonblock(l[0]);
	FAILS(accept(l[0], NULL, NULL), EAGAIN);
}

static void options__interface_ioctls(void)
{
	struct ifreq ifr = { };
	struct ifconf conf = { };
	int fd = sock(SOCK_STREAM), d = sock(SOCK_DGRAM);
	char buf[4096];

	strcpy(ifr.ifr_name, "lo");
	OK(ioctl(fd, SIOCGIFINDEX, &ifr));
	EQ(ifr.ifr_ifindex, 1);
	OK(ioctl(d, SIOCGIFFLAGS, &ifr));
	CHECK(ifr.ifr_flags & IFF_LOOPBACK);
	OK(ioctl(d, SIOCGIFMTU, &ifr));
	EQ(ifr.ifr_mtu, 65536);
	/* As AF_INET sockets do: getifaddrs() of old and Java use it */
	ifr.ifr_addr.sa_family = AF_INET;
	if (fl->carrier == AF_INET) {
		OK(ioctl(fd, SIOCGIFADDR, &ifr));
		EQ(((struct sockaddr_in *)&ifr.ifr_addr)->sin_addr.s_addr,
		   htonl(INADDR_LOOPBACK));
	}
	conf.ifc_len = sizeof(buf);
	conf.ifc_buf = buf;
	OK(ioctl(d, SIOCGIFCONF, &conf));
	CHECK(conf.ifc_len >= (int)sizeof(struct ifreq));
	FAILS(ioctl(fd, 0x5401 /* TCGETS */, buf), ENOTTY);
}

static void options__mark(void)
{
	struct addr a;
	int l, c = sock(SOCK_STREAM), s;

	/* tcp_fwmark_accept is off: the accepted has the listener's */
	l = listener(8, &a);
	set_int(l, SOL_SOCKET, SO_MARK, 9);
	set_int(c, SOL_SOCKET, SO_MARK, 10);
	OK(connect(c, &a.sa, a.len));
	s = accept_soon(l);
	EQ(get_int(c, SOL_SOCKET, SO_MARK), 10);
	EQ(get_int(s, SOL_SOCKET, SO_MARK), 9);
}

static void options__tos_of_connection(void)
{
	struct pair p = connected();

	set_int(p.client, IPPROTO_IP, IP_TOS, 0x10);
	EQ(get_int(p.client, IPPROTO_IP, IP_TOS), 0x10);
	/* Sets the priority too */
	EQ(get_int(p.client, SOL_SOCKET, SO_PRIORITY), 6);
	send_text(p.client, "x");
	expect_text(p.server, "x");
	if (fl->carrier == AF_INET6) {
		set_int(p.client, IPPROTO_IPV6, IPV6_TCLASS, 0x28);
		EQ(get_int(p.client, IPPROTO_IPV6, IPV6_TCLASS), 0x28);
		EQ(get_int(p.client, IPPROTO_IP, IP_TOS), 0x10);
	}
}

static void options__mtu(void)
{
	struct pair p = connected();

	if (fl->carrier == AF_INET6 && !fl->v4)
		EQ(get_int(p.client, IPPROTO_IPV6, IPV6_MTU), 65536);
	else if (fl->carrier == AF_INET)
		/* Capped to what a header can say */
		EQ(get_int(p.client, IPPROTO_IP, IP_MTU), 65535);
	FAILS(getsockopt(sock(SOCK_STREAM), IPPROTO_IP, IP_MTU, &(int){ 0 },
			 &(socklen_t){ 4 }), ENOTCONN);
}

static void options__lengths(void)
{
	int fd = sock(SOCK_STREAM), value = -1;
	socklen_t len = 2;

	/* Cut off, and how much is told */
	OK(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
	EQ(len, 2);
	EQ(value & 0xffff, SOCK_STREAM);
	EQ(value >> 16, -1);
	len = 100;
	OK(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len));
	EQ(len, 4);
	FAILS(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, 3), EINVAL);
	FAILS(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, NULL, 4), EFAULT);
	FAILS(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, 1), EINVAL);
	/* A byte will do for these */
	OK(setsockopt(fd, IPPROTO_IP, IP_TTL, &(char){ 5 }, 1));
	EQ(get_int(fd, IPPROTO_IP, IP_TTL), 5);
}

/* A socket of IPv4 knows nothing of IPv6, whatever carries what it sends */
static void options__other_family(void)
{
	struct pair p = connected();
	int fds[] = { p.client, p.server, p.listener }, value = 5;
	socklen_t len = sizeof(value);
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (fl->carrier != AF_INET) {
			set_int(fds[i], IPPROTO_IPV6, IPV6_UNICAST_HOPS, 5);
			EQ(get_int(fds[i], IPPROTO_IPV6, IPV6_UNICAST_HOPS), 5);
			continue;
		}
		FAILS(setsockopt(fds[i], IPPROTO_IPV6, IPV6_UNICAST_HOPS,
				 &value, sizeof(value)), ENOPROTOOPT);
		FAILS(getsockopt(fds[i], IPPROTO_IPV6, IPV6_UNICAST_HOPS,
				 &value, &len), EOPNOTSUPP);
	}
}

const struct test tests_options[] = {
	{ "options set and read back", options__set_and_get },
	{ "options of datagrams set and read back",
	  options__set_and_get_dgram },
	{ "SO_TYPE, SO_PROTOCOL, SO_DOMAIN, SO_ACCEPTCONN",
	  options__identity },
	{ "SO_COOKIE and SO_NETNS_COOKIE", options__cookie },
	{ "SO_MEMINFO", options__meminfo },
	{ "SO_LINGER read back", options__linger },
	{ "SO_TIMESTAMP", options__timestamp },
	{ "SO_ATTACH_FILTER", options__filter },
	{ "SO_ATTACH_FILTER on a stream", options__filter_stream },
	{ "SO_ATTACH_REUSEPORT_CBPF", options__reuseport_filter },
	{ "interface ioctls", options__interface_ioctls },
	{ "SO_MARK of the accepted", options__mark },
	{ "IP_TOS and IPV6_TCLASS of a connection",
	  options__tos_of_connection },
	{ "IP_MTU and IPV6_MTU", options__mtu },
	{ "lengths of option values", options__lengths },
	{ "options of IPv6 on a socket of IPv4", options__other_family },
	TESTS_END
};
