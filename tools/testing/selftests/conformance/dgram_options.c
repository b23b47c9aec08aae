// SPDX-License-Identifier: GPL-2.0
/* Datagrams: control messages, segmentation, corking, multicast */
#include <net/if.h>
#include <netinet/udp.h>
#include <string.h>

#include "conformance.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

union control {
	char buf[512];
	struct cmsghdr align;
};

static struct cmsghdr *find(struct msghdr *msg, int level, int type)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == level && c->cmsg_type == type)
			return c;
	return NULL;
}

static struct msghdr message(struct iovec *iov, union control *control)
{
	memset(control, 0, sizeof(*control));
	return (struct msghdr){ .msg_iov = iov, .msg_iovlen = 1,
				.msg_control = control->buf,
				.msg_controllen = sizeof(control->buf) };
}

static int cmsg_int(struct msghdr *msg, int level, int type)
{
	struct cmsghdr *c = find(msg, level, type);
	int value = 0;

	if (!c)
		FAIL("no control message %d of level %d", type, level);
	memcpy(&value, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0) < 4 ?
	       c->cmsg_len - CMSG_LEN(0) : 4);
	return value;
}

static void put_cmsg(struct msghdr *msg, int level, int type, const void *data,
		     size_t len)
{
	struct cmsghdr *c = (struct cmsghdr *)msg->msg_control;

	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), data, len);
	msg->msg_controllen = CMSG_SPACE(len);
}

static void pktinfo__v4(void)
{
	struct addr any = addr_any(0), lo;
	int d = sock(SOCK_DGRAM), c = sock(SOCK_DGRAM);
	struct in_pktinfo info;
	union control control;
	struct msghdr msg;
	char b;
	struct iovec iov = { &b, 1 };

	if (!fl->v4)
		skip("IPv4 only");
	OK(bind(d, &any.sa, any.len));
	set_int(d, IPPROTO_IP, IP_PKTINFO, 1);
	lo = addr_lo(local_port(d));
	EQ(sendto(c, "x", 1, 0, &lo.sa, lo.len), 1);
	msg = message(&iov, &control);
	EQ(recvmsg(d, &msg, 0), 1);
	CHECK(find(&msg, IPPROTO_IP, IP_PKTINFO));
	memcpy(&info, CMSG_DATA(find(&msg, IPPROTO_IP, IP_PKTINFO)),
	       sizeof(info));
	EQ(info.ipi_ifindex, 1);
	EQ(info.ipi_addr.s_addr, htonl(INADDR_LOOPBACK));
}

static void pktinfo__v6(void)
{
	struct addr any = addr_any(0), lo;
	int d = sock(SOCK_DGRAM), c = sock(SOCK_DGRAM);
	struct in6_pktinfo info;
	union control control;
	struct msghdr msg;
	char b;
	struct iovec iov = { &b, 1 };

	if (fl->carrier != AF_INET6)
		skip("IPv6 sockets only");
	OK(bind(d, &any.sa, any.len));
	set_int(d, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	lo = addr_lo(local_port(d));
	EQ(sendto(c, "x", 1, 0, &lo.sa, lo.len), 1);
	msg = message(&iov, &control);
	EQ(recvmsg(d, &msg, 0), 1);
	CHECK(find(&msg, IPPROTO_IPV6, IPV6_PKTINFO));
	memcpy(&info, CMSG_DATA(find(&msg, IPPROTO_IPV6, IPV6_PKTINFO)),
	       sizeof(info));
	EQ(info.ipi6_ifindex, 1);
	EQ(IN6_IS_ADDR_V4MAPPED(&info.ipi6_addr), fl->v4);
}

static void pktinfo__source(void)
{
	struct addr a, from = addr_room();
	int d = dgram_bound(&a), c = sock(SOCK_DGRAM);
	struct in_pktinfo info = { };
	struct in6_pktinfo info6 = { };
	union control control;
	struct msghdr msg;
	char b = 'x';
	struct iovec iov = { &b, 1 };
	struct addr src = addr_of("192.0.2.1", "2001:db8::1", 0);

	/* The reply to who asked 192.0.2.1 must come from it */
	msg = message(&iov, &control);
	msg.msg_name = &a.ss;
	msg.msg_namelen = a.len;
	if (fl->carrier == AF_INET) {
		info.ipi_spec_dst = src.in.sin_addr;
		put_cmsg(&msg, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	} else {
		struct addr six = flavour_addr(&flavours[1], fl->v4 ?
					       "192.0.2.1" : "2001:db8::1", 0);

		info6.ipi6_addr = six.in6.sin6_addr;
		put_cmsg(&msg, IPPROTO_IPV6, IPV6_PKTINFO, &info6,
			 sizeof(info6));
	}
	EQ(sendmsg(c, &msg, 0), 1);
	EQ(recvfrom(d, &b, 1, 0, &from.sa, &from.len), 1);
	addr_set_port(&src, local_port(c));
	CHECK(addr_eq(&from, &src));
}

static void cmsg__tos_and_ttl(void)
{
	struct addr a;
	int d = dgram_bound(&a), c = sock(SOCK_DGRAM);
	bool v6 = fl->carrier == AF_INET6 && !fl->v4;
	union control control;
	struct msghdr msg;
	int value;
	char b = 'x';
	struct iovec iov = { &b, 1 };

	if (v6) {
		set_int(d, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
		set_int(d, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
		set_int(c, IPPROTO_IPV6, IPV6_TCLASS, 0x28);
		set_int(c, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9);
	} else {
		set_int(d, IPPROTO_IP, IP_RECVTOS, 1);
		set_int(d, IPPROTO_IP, IP_RECVTTL, 1);
		set_int(c, IPPROTO_IP, IP_TOS, 0x28);
		set_int(c, IPPROTO_IP, IP_TTL, 9);
	}
	EQ(sendto(c, "x", 1, 0, &a.sa, a.len), 1);
	msg = message(&iov, &control);
	EQ(recvmsg(d, &msg, 0), 1);
	value = v6 ? cmsg_int(&msg, IPPROTO_IPV6, IPV6_TCLASS) :
		     cmsg_int(&msg, IPPROTO_IP, IP_TOS);
	EQ(value, 0x28);
	value = v6 ? cmsg_int(&msg, IPPROTO_IPV6, IPV6_HOPLIMIT) :
		     cmsg_int(&msg, IPPROTO_IP, IP_TTL);
	EQ(value, 9);
	/* For one message only */
	msg = message(&iov, &control);
	msg.msg_name = &a.ss;
	msg.msg_namelen = a.len;
	value = 0x30;
	if (v6)
		put_cmsg(&msg, IPPROTO_IPV6, IPV6_TCLASS, &value, 4);
	else
		put_cmsg(&msg, IPPROTO_IP, IP_TOS, &value, 4);
	EQ(sendmsg(c, &msg, 0), 1);
	msg = message(&iov, &control);
	EQ(recvmsg(d, &msg, 0), 1);
	value = v6 ? cmsg_int(&msg, IPPROTO_IPV6, IPV6_TCLASS) :
		     cmsg_int(&msg, IPPROTO_IP, IP_TOS);
	EQ(value, 0x30);
}

static void cmsg__truncated(void)
{
	struct addr a;
	int d = dgram_bound(&a), c = sock(SOCK_DGRAM);
	union control control;
	struct msghdr msg;
	char b;
	struct iovec iov = { &b, 1 };

	set_int(d, SOL_SOCKET, SO_TIMESTAMP, 1);
	EQ(sendto(c, "x", 1, 0, &a.sa, a.len), 1);
	msg = message(&iov, &control);
	msg.msg_controllen = sizeof(struct cmsghdr) + 2;
	EQ(recvmsg(d, &msg, 0), 1);
	CHECK(msg.msg_flags & MSG_CTRUNC);
}

static void cmsg__bad(void)
{
	struct addr a;
	int c = sock(SOCK_DGRAM), value = 1;
	union control control;
	struct msghdr msg;
	char b = 'x';
	struct iovec iov = { &b, 1 };

	dgram_bound(&a);
	msg = message(&iov, &control);
	msg.msg_name = &a.ss;
	msg.msg_namelen = a.len;
	put_cmsg(&msg, SOL_SOCKET, 9999, &value, 4);
	FAILS(sendmsg(c, &msg, 0), EINVAL);
	put_cmsg(&msg, SOL_SOCKET, SO_MARK, &value, 4);
	EQ(sendmsg(c, &msg, 0), 1);
	((struct cmsghdr *)control.buf)->cmsg_len = 3;
	FAILS(sendmsg(c, &msg, 0), EINVAL);
}

static void gso__segments(void)
{
	struct addr a;
	int d = dgram_bound(&a), c = sock(SOCK_DGRAM), i;
	unsigned char buf[2500], in[2500];

	pattern_fill(buf, sizeof(buf), 0);
	set_int(c, IPPROTO_UDP, UDP_SEGMENT, 1000);
	EQ(get_int(c, IPPROTO_UDP, UDP_SEGMENT), 1000);
	EQ(sendto(c, buf, 2500, 0, &a.sa, a.len), 2500);
	for (i = 0; i < 3; i++) {
		EQ(recv(d, in, sizeof(in), 0), i < 2 ? 1000 : 500);
		pattern_check(in, i < 2 ? 1000 : 500, i * 1000);
	}
}

static void gso__cmsg(void)
{
	struct addr a;
	int d = dgram_bound(&a), c = sock(SOCK_DGRAM), i;
	unsigned char buf[2500];
	struct iovec iov = { buf, sizeof(buf) };
	union control control;
	struct msghdr msg = message(&iov, &control);
	uint16_t size = 1000;

	msg.msg_name = &a.ss;
	msg.msg_namelen = a.len;
	put_cmsg(&msg, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size));
	EQ(sendmsg(c, &msg, 0), 2500);
	for (i = 0; i < 3; i++)
		EQ(recv(d, buf, sizeof(buf), 0), i < 2 ? 1000 : 500);
}

static void gro__aggregate(void)
{
	struct addr a;
	int d = dgram_bound(&a), c = sock(SOCK_DGRAM);
	unsigned char buf[2500], in[4000];
	struct iovec iov = { in, sizeof(in) };
	union control control;
	struct msghdr msg;

	set_int(d, IPPROTO_UDP, UDP_GRO, 1);
	EQ(get_int(d, IPPROTO_UDP, UDP_GRO), 1);
	set_int(c, IPPROTO_UDP, UDP_SEGMENT, 1000);
	pattern_fill(buf, sizeof(buf), 0);
	EQ(sendto(c, buf, 2500, 0, &a.sa, a.len), 2500);
	msg = message(&iov, &control);
	EQ(recvmsg(d, &msg, 0), 2500);
	pattern_check(in, 2500, 0);
	EQ(cmsg_int(&msg, IPPROTO_UDP, UDP_GRO), 1000);
}

static void cork__option(void)
{
	struct addr a;
	int d = dgram_bound(&a), c = sock(SOCK_DGRAM);
	char buf[16];

	set_int(c, IPPROTO_UDP, UDP_CORK, 1);
	EQ(get_int(c, IPPROTO_UDP, UDP_CORK), 1);
	EQ(sendto(c, "abc", 3, 0, &a.sa, a.len), 3);
	EQ(sendto(c, "def", 3, 0, &a.sa, a.len), 3);
	EQ(poll_events(d, POLLIN, 50), 0);
	set_int(c, IPPROTO_UDP, UDP_CORK, 0);
	EQ(recv(d, buf, 16, 0), 6);
	CHECK(!memcmp(buf, "abcdef", 6));
}

static void cork__more(void)
{
	int fds[2];
	char buf[16];

	dgram_pair(fds);
	EQ(send(fds[0], "abc", 3, MSG_MORE), 3);
	EQ(poll_events(fds[1], POLLIN, 50), 0);
	EQ(send(fds[0], "def", 3, 0), 3);
	EQ(recv(fds[1], buf, 16, 0), 6);
}

static void multicast__v4(void)
{
	struct ip_mreqn mreq = { };
	struct addr any = addr_any(0), group;
	int d = sock(SOCK_DGRAM), c = sock(SOCK_DGRAM);
	char b;

	if (!fl->v4)
		skip("IPv4 only");
	group = flavour_addr(&flavours[0], "239.1.2.3", 0);
	mreq.imr_multiaddr = group.in.sin_addr;
	mreq.imr_ifindex = if_nametoindex("dummy0");
	OK(bind(d, &any.sa, any.len));
	OK(setsockopt(d, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof(mreq)));
	FAILS(setsockopt(d, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq,
			 sizeof(mreq)), EADDRINUSE);
	OK(setsockopt(c, IPPROTO_IP, IP_MULTICAST_IF, &mreq, sizeof(mreq)));
	group = addr_of("239.1.2.3", "::", local_port(d));
	EQ(sendto(c, "x", 1, 0, &group.sa, group.len), 1);
	EQ(recv(d, &b, 1, 0), 1);
	/* An IPv6 socket goes by its own option for IPv4 too */
	set_int(c, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
	if (fl->carrier == AF_INET6)
		set_int(c, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
	EQ(sendto(c, "x", 1, 0, &group.sa, group.len), 1);
	EQ(poll_events(d, POLLIN, 50), 0);
	OK(setsockopt(d, IPPROTO_IP, IP_DROP_MEMBERSHIP, &mreq, sizeof(mreq)));
	FAILS(setsockopt(d, IPPROTO_IP, IP_DROP_MEMBERSHIP, &mreq,
			 sizeof(mreq)), EADDRNOTAVAIL);
}

static void multicast__v6(void)
{
	struct ipv6_mreq mreq = { };
	struct addr any = addr_any(0), group;
	int d = sock(SOCK_DGRAM), c = sock(SOCK_DGRAM);
	char b;

	if (fl->carrier != AF_INET6 || fl->v4)
		skip("IPv6 only");
	group = flavour_addr(&flavours[1], "ff15::1:2:3", 0);
	mreq.ipv6mr_multiaddr = group.in6.sin6_addr;
	mreq.ipv6mr_interface = if_nametoindex("dummy0");
	OK(bind(d, &any.sa, any.len));
	OK(setsockopt(d, IPPROTO_IPV6, IPV6_JOIN_GROUP, &mreq, sizeof(mreq)));
	FAILS(setsockopt(d, IPPROTO_IPV6, IPV6_JOIN_GROUP, &mreq,
			 sizeof(mreq)), EADDRINUSE);
	set_int(c, IPPROTO_IPV6, IPV6_MULTICAST_IF, mreq.ipv6mr_interface);
	group = addr_of("0.0.0.0", "ff15::1:2:3", local_port(d));
	EQ(sendto(c, "x", 1, 0, &group.sa, group.len), 1);
	EQ(recv(d, &b, 1, 0), 1);
	set_int(c, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
	EQ(sendto(c, "x", 1, 0, &group.sa, group.len), 1);
	EQ(poll_events(d, POLLIN, 50), 0);
	OK(setsockopt(d, IPPROTO_IPV6, IPV6_LEAVE_GROUP, &mreq, sizeof(mreq)));
	FAILS(setsockopt(d, IPPROTO_IPV6, IPV6_LEAVE_GROUP, &mreq,
			 sizeof(mreq)), EADDRNOTAVAIL);
}

static void linklocal__scope(void)
{
	struct addr a, from = addr_room();
	int d = sock(SOCK_DGRAM), c = sock(SOCK_DGRAM);
	int ifindex = if_nametoindex("dummy0");
	char b;

	if (fl->carrier != AF_INET6 || fl->v4)
		skip("IPv6 only");
	/* conformance.sh gives dummy0 this address */
	a = addr_of("", "fe80::99", 0);
	FAILS(bind(d, &a.sa, a.len), EINVAL);
	if (fl->names == NAMES_NPV)
		a.npv.snpv_scope_id = ifindex;
	else
		a.in6.sin6_scope_id = ifindex;
	OK(bind(d, &a.sa, a.len));
	addr_set_port(&a, local_port(d));
	EQ(sendto(c, "x", 1, 0, &a.sa, a.len), 1);
	EQ(recvfrom(d, &b, 1, 0, &from.sa, &from.len), 1);
	EQ(fl->names == NAMES_NPV ? from.npv.snpv_scope_id :
	   from.in6.sin6_scope_id, ifindex);
}

const struct test tests_dgram_options[] = {
	{ "IP_PKTINFO", pktinfo__v4 },
	{ "IPV6_RECVPKTINFO", pktinfo__v6 },
	{ "source address of a datagram by its cmsg", pktinfo__source },
	{ "TOS and TTL by cmsg", cmsg__tos_and_ttl },
	{ "MSG_CTRUNC", cmsg__truncated },
	{ "bad control messages", cmsg__bad },
	{ "UDP_SEGMENT", gso__segments },
	{ "UDP_SEGMENT by cmsg", gso__cmsg },
	{ "UDP_GRO", gro__aggregate },
	{ "UDP_CORK", cork__option },
	{ "MSG_MORE of datagrams", cork__more },
	{ "IPv4 multicast", multicast__v4 },
	{ "IPv6 multicast", multicast__v6 },
	{ "link-local addresses and their scope", linklocal__scope },
	TESTS_END
};
