// SPDX-License-Identifier: GPL-2.0
/* The error queue: MSG_ERRQUEUE, zero-copy completions, timestamps */
/* before linux/errqueue.h, which uses its struct timespec */
#include <time.h>

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"

#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60
#endif
#ifndef MSG_ZEROCOPY
#define MSG_ZEROCOPY 0x4000000
#endif

/* One message of the error queue; its control part in @control */
static struct msghdr error_message(int fd, void *control, size_t len)
{
	static char buf[2048];
	static struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control, .msg_controllen = len };

	CHECK(poll_events(fd, 0, 5000) & POLLERR);
	OK(recvmsg(fd, &msg, MSG_ERRQUEUE));
	CHECK(msg.msg_flags & MSG_ERRQUEUE);
	return msg;
}

static struct cmsghdr *find(struct msghdr *msg, int level, int type)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == level && c->cmsg_type == type)
			return c;
	return NULL;
}

/* The extended error of a message, whichever family reports it */
static struct sock_extended_err *extended(struct msghdr *msg)
{
	struct cmsghdr *c = find(msg, IPPROTO_IP, IP_RECVERR);

	if (!c)
		c = find(msg, IPPROTO_IPV6, IPV6_RECVERR);
	if (!c)
		FAIL("no extended error in the message");
	return (struct sock_extended_err *)CMSG_DATA(c);
}

static void errqueue__empty(void)
{
	struct pair p = connected();
	char b;

	FAILS(recv(p.client, &b, 1, MSG_ERRQUEUE), EAGAIN);
	/* It never blocks, and leaves data alone */
	send_text(p.server, "x");
	EQ(poll_events(p.client, POLLIN, 5000), POLLIN);
	FAILS(recv(p.client, &b, 1, MSG_ERRQUEUE), EAGAIN);
	expect_text(p.client, "x");
}

static void zerocopy__completion(void)
{
	struct pair p = connected();
	size_t len = 65536;
	unsigned char *buf = aligned_alloc(4096, len), *in = malloc(len);
	struct sock_extended_err *ee;
	struct msghdr msg;
	char control[256];
	uint32_t next = 0;
	int i;

	/* The flag does nothing without the option */
	pattern_fill(buf, len, 0);
	EQ(send(p.client, buf, len, MSG_ZEROCOPY), len);
	recv_all(p.server, in, len);
	FAILS(recv(p.client, in, 1, MSG_ERRQUEUE), EAGAIN);
	set_int(p.client, SOL_SOCKET, SO_ZEROCOPY, 1);
	for (i = 0; i < 4; i++) {
		EQ(send(p.client, buf, len, MSG_ZEROCOPY), len);
		recv_all(p.server, in, len);
		pattern_check(in, len, 0);
	}
	/* Notices may be merged, but come in order and complete */
	while (next < 4) {
		msg = error_message(p.client, control, sizeof(control));
		ee = extended(&msg);
		EQ(ee->ee_errno, 0);
		EQ(ee->ee_origin, SO_EE_ORIGIN_ZEROCOPY);
		EQ(ee->ee_info, next);
		next = ee->ee_data + 1;
	}
	EQ(next, 4);
	EQ(get_error(p.client), 0);
}

/* What is not sent any more is the program's again, before it closes */
static void zerocopy__reset(void)
{
	struct linger now = { 1, 0 };
	struct pair p = connected();
	size_t len = 65536;
	unsigned char *buf = aligned_alloc(4096, len);
	struct sock_extended_err *ee;
	struct msghdr msg;
	char control[256];

	pattern_fill(buf, len, 0);
	set_int(p.client, SOL_SOCKET, SO_ZEROCOPY, 1);
	set_int(p.server, SOL_SOCKET, SO_RCVBUF, 4096);
	EQ(send(p.client, buf, len, MSG_ZEROCOPY), len);
	OK(setsockopt(p.server, SOL_SOCKET, SO_LINGER, &now, sizeof(now)));
	OK(close(p.server));
	EVENTUALLY(poll_events(p.client, 0, 0) & POLLHUP, 5000);
	msg = (struct msghdr){ .msg_control = control,
			       .msg_controllen = sizeof(control) };
	EVENTUALLY(!recvmsg(p.client, &msg, MSG_ERRQUEUE), 5000);
	ee = extended(&msg);
	EQ(ee->ee_origin, SO_EE_ORIGIN_ZEROCOPY);
	EQ(ee->ee_info, 0);
}

static void zerocopy__completion_of_dgram(void)
{
	struct sock_extended_err *ee;
	unsigned char *buf = aligned_alloc(4096, 4096), in[4096];
	struct msghdr msg;
	char control[256];
	int fds[2];

	dgram_pair(fds);
	if (setsockopt(fds[0], SOL_SOCKET, SO_ZEROCOPY, &(int){ 1 }, 4)) {
		EQ(errno, EOPNOTSUPP);
		skip("no zero-copy datagrams");
	}
	pattern_fill(buf, 4096, 0);
	EQ(send(fds[0], buf, 4096, MSG_ZEROCOPY), 4096);
	EQ(recv(fds[1], in, 4096, 0), 4096);
	pattern_check(in, 4096, 0);
	msg = error_message(fds[0], control, sizeof(control));
	ee = extended(&msg);
	EQ(ee->ee_origin, SO_EE_ORIGIN_ZEROCOPY);
	EQ(ee->ee_info, 0);
	EQ(ee->ee_data, 0);
}

#define TX (SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE | \
	    SOF_TIMESTAMPING_OPT_ID)

static void timestamping__tx_stream(void)
{
	struct pair p = connected();
	struct sock_extended_err *ee;
	struct msghdr msg;
	char control[512];
	int seen = 0;

	set_int(p.client, SOL_SOCKET, SO_TIMESTAMPING, TX |
		SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_ACK |
		SOF_TIMESTAMPING_OPT_TSONLY);
	EQ(get_int(p.client, SOL_SOCKET, SO_TIMESTAMPING), TX |
	   SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_ACK |
	   SOF_TIMESTAMPING_OPT_TSONLY);
	send_text(p.client, "12345");
	expect_text(p.server, "12345");
	/* Loopback has no driver to take the one of sending */
	while (!(seen & 1 << SCM_TSTAMP_ACK)) {
		msg = error_message(p.client, control, sizeof(control));
		ee = extended(&msg);
		EQ(ee->ee_errno, ENOMSG);
		EQ(ee->ee_origin, SO_EE_ORIGIN_TIMESTAMPING);
		EQ(ee->ee_data, 4);
		CHECK(find(&msg, SOL_SOCKET, SCM_TIMESTAMPING));
		seen |= 1 << ee->ee_info;
	}
	CHECK(seen & 1 << SCM_TSTAMP_SCHED);
}

static void timestamping__tx_dgram(void)
{
	struct sock_extended_err *ee;
	struct msghdr msg;
	char control[512];
	int fds[2];

	dgram_pair(fds);
	set_int(fds[0], SOL_SOCKET, SO_TIMESTAMPING, TX);
	EQ(send(fds[0], "x", 1, 0), 1);
	msg = error_message(fds[0], control, sizeof(control));
	ee = extended(&msg);
	EQ(ee->ee_origin, SO_EE_ORIGIN_TIMESTAMPING);
	EQ(ee->ee_data, 0);
	CHECK(find(&msg, SOL_SOCKET, SCM_TIMESTAMPING));
}

static void timestamping__rx(void)
{
	struct pair p = connected();
	char buf[8], control[512];
	struct iovec iov = { buf, 8 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	struct timespec ts[3];

	set_int(p.server, SOL_SOCKET, SO_TIMESTAMPING,
		SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE);
	/* The stack may turn its clock on a moment later */
	do {
		send_text(p.client, "x");
		EQ(poll_events(p.server, POLLIN, 5000), POLLIN);
		msg.msg_controllen = sizeof(control);
		EQ(recvmsg(p.server, &msg, 0), 1);
		c = find(&msg, SOL_SOCKET, SCM_TIMESTAMPING);
	} while (!c);
	memcpy(ts, CMSG_DATA(c), sizeof(ts));
	BETWEEN(ts[0].tv_sec, time(NULL) - 30, time(NULL) + 1);
}

static void recverr__stream(void)
{
	struct addr a = addr_unused(SOCK_STREAM);
	int c = sock(SOCK_STREAM);

	set_int(c, IPPROTO_IP, IP_RECVERR, 1);
	FAILS(connect(c, &a.sa, a.len), ECONNREFUSED);
	FAILS(recv(c, &(char){ 0 }, 1, MSG_ERRQUEUE), EAGAIN);
}

static void recverr__refused_dgram(void)
{
	struct addr a = addr_unused(SOCK_DGRAM), offender;
	struct sock_extended_err *ee;
	struct msghdr msg;
	char control[512], buf[16];
	struct iovec iov = { buf, sizeof(buf) };
	int c = sock(SOCK_DGRAM);
	bool v6 = fl->carrier == AF_INET6;

	/* Both, as a program that talks to both families does */
	if (v6)
		set_int(c, IPPROTO_IPV6, IPV6_RECVERR, 1);
	if (fl->v4)
		set_int(c, IPPROTO_IP, IP_RECVERR, 1);
	EQ(sendto(c, "payload", 7, 0, &a.sa, a.len), 7);
	CHECK(poll_events(c, 0, 5000) & POLLERR);
	offender = addr_room();
	msg = (struct msghdr){ .msg_iov = &iov, .msg_iovlen = 1,
			       .msg_name = &offender.ss,
			       .msg_namelen = offender.len,
			       .msg_control = control,
			       .msg_controllen = sizeof(control) };
	EQ(recvmsg(c, &msg, MSG_ERRQUEUE), 7);
	CHECK(!memcmp(buf, "payload", 7));
	CHECK(msg.msg_flags & MSG_ERRQUEUE);
	/* Its name is where the datagram was going to */
	offender.len = msg.msg_namelen;
	CHECK(addr_eq(&offender, &a));
	ee = extended(&msg);
	EQ(ee->ee_errno, ECONNREFUSED);
	EQ(ee->ee_origin, fl->v4 ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6);
	EQ(ee->ee_type, fl->v4 ? 3 : 1);
	EQ(ee->ee_code, fl->v4 ? 3 : 4);
	FAILS(recv(c, buf, 1, MSG_ERRQUEUE), EAGAIN);
}

static void recverr__local_too_big(void)
{
	struct sock_extended_err *ee;
	struct msghdr msg;
	static char big[65530];
	char control[512];
	int fds[2];

	if (fl->v4)
		skip("the message goes by lo's MTU, which IPv4 can't reach");
	dgram_pair(fds);
	set_int(fds[0], IPPROTO_IPV6, IPV6_RECVERR, 1);
	set_int(fds[0], IPPROTO_IPV6, IPV6_DONTFRAG, 1);
	FAILS(send(fds[0], big, 65520, 0), EMSGSIZE);
	msg = error_message(fds[0], control, sizeof(control));
	ee = extended(&msg);
	EQ(ee->ee_errno, EMSGSIZE);
	EQ(ee->ee_origin, SO_EE_ORIGIN_LOCAL);
	EQ(ee->ee_info, 65536);
}

const struct test tests_errqueue[] = {
	{ "MSG_ERRQUEUE, empty", errqueue__empty },
	{ "MSG_ZEROCOPY", zerocopy__completion },
	{ "MSG_ZEROCOPY, and a reset", zerocopy__reset },
	{ "MSG_ZEROCOPY of datagrams", zerocopy__completion_of_dgram },
	{ "SO_TIMESTAMPING of sending", timestamping__tx_stream },
	{ "SO_TIMESTAMPING of sending a datagram", timestamping__tx_dgram },
	{ "SO_TIMESTAMPING of receiving", timestamping__rx },
	{ "IP_RECVERR on a stream", recverr__stream },
	{ "IP_RECVERR and IPV6_RECVERR: refused datagram",
	  recverr__refused_dgram },
	{ "IPV6_RECVERR: datagram too big", recverr__local_too_big },
	TESTS_END
};
