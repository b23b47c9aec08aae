// SPDX-License-Identifier: GPL-2.0
/* Options of IPPROTO_TCP, and what they do */
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "conformance.h"

#ifndef TCP_NOTSENT_LOWAT
#define TCP_NOTSENT_LOWAT 25
#endif
#ifndef TCP_FASTOPEN_CONNECT
#define TCP_FASTOPEN_CONNECT 30
#endif

static const struct {
	const char *name;
	int opt, value;
} tcp_options[] = {
	{ "TCP_NODELAY", TCP_NODELAY, 1 },
	{ "TCP_CORK", TCP_CORK, 1 },
	{ "TCP_MAXSEG", TCP_MAXSEG, 1000 },
	{ "TCP_KEEPIDLE", TCP_KEEPIDLE, 70 },
	{ "TCP_KEEPINTVL", TCP_KEEPINTVL, 8 },
	{ "TCP_KEEPCNT", TCP_KEEPCNT, 4 },
	{ "TCP_SYNCNT", TCP_SYNCNT, 3 },
	{ "TCP_LINGER2", TCP_LINGER2, 11 },
	{ "TCP_DEFER_ACCEPT", TCP_DEFER_ACCEPT, 7 },
	{ "TCP_WINDOW_CLAMP", TCP_WINDOW_CLAMP, 60000 },
	{ "TCP_QUICKACK", TCP_QUICKACK, 0 },
	{ "TCP_USER_TIMEOUT", TCP_USER_TIMEOUT, 5000 },
	{ "TCP_THIN_LINEAR_TIMEOUTS", TCP_THIN_LINEAR_TIMEOUTS, 1 },
	{ "TCP_NOTSENT_LOWAT", TCP_NOTSENT_LOWAT, 20000 },
	{ "TCP_SAVE_SYN", TCP_SAVE_SYN, 1 },
	{ "TCP_FASTOPEN_CONNECT", TCP_FASTOPEN_CONNECT, 1 },
	{ "TCP_FASTOPEN_NO_COOKIE", TCP_FASTOPEN_NO_COOKIE, 1 },
	{ "TCP_INQ", TCP_INQ, 1 },
	{ "TCP_TX_DELAY", 37, 1000 },
};

static void tcp__set_and_get(void)
{
	size_t i;
	int fd, value;

	for (i = 0; i < sizeof(tcp_options) / sizeof(tcp_options[0]); i++) {
		fd = sock(SOCK_STREAM);
		if (setsockopt(fd, IPPROTO_TCP, tcp_options[i].opt,
			       &tcp_options[i].value, sizeof(int)))
			FAIL("setting %s: %s", tcp_options[i].name,
			     errno_name(errno));
		value = get_int(fd, IPPROTO_TCP, tcp_options[i].opt);
		if (tcp_options[i].opt == TCP_MAXSEG)
			/* Takes effect, and shows, when it connects */
			continue;
		if (value != tcp_options[i].value)
			FAIL("%s set to %d reads as %d", tcp_options[i].name,
			     tcp_options[i].value, value);
		close(fd);
	}
}

static void tcp__not_on_dgram(void)
{
	int fd = sock(SOCK_DGRAM), on = 1;

	if (fl->carrier == AF_INET)
		FAILS(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, 4),
		      ENOPROTOOPT);
	else
		FAILS(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, 4),
		      ENOPROTOOPT);
}

static void tcp__info(void)
{
	struct pair p = connected();
	struct tcp_info info = { };
	socklen_t len = sizeof(info);

	OK(getsockopt(p.client, IPPROTO_TCP, TCP_INFO, &info, &len));
	EQ(len, sizeof(info));
	EQ(info.tcpi_state, TCP_ESTABLISHED);
	CHECK(info.tcpi_snd_mss > 500);
	CHECK(info.tcpi_snd_cwnd >= 10);
	CHECK(info.tcpi_rtt > 0);
	len = 1;
	memset(&info, 0xee, sizeof(info));
	OK(getsockopt(p.client, IPPROTO_TCP, TCP_INFO, &info, &len));
	EQ(len, 1);
	EQ(info.tcpi_state, TCP_ESTABLISHED);
	EQ(info.tcpi_ca_state, 0xee);
}

static void get_congestion(int fd, char name[16])
{
	socklen_t len = 16;

	memset(name, 0, 16);
	OK(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len));
}

static void tcp__congestion(void)
{
	struct addr a;
	int l = listener(8, &a), c = sock(SOCK_STREAM), s;
	char name[16];

	OK(setsockopt(c, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
	get_congestion(c, name);
	CHECK(!strcmp(name, "reno"));
	FAILS(setsockopt(c, IPPROTO_TCP, TCP_CONGESTION, "nonesuch", 8),
	      ENOENT);
	OK(setsockopt(l, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
	OK(connect(c, &a.sa, a.len));
	get_congestion(c, name);
	CHECK(!strcmp(name, "reno"));
	s = accept_soon(l);
	get_congestion(s, name);
	CHECK(!strcmp(name, "reno"));
	OK(setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5));
	get_congestion(s, name);
	CHECK(!strcmp(name, "cubic"));
}

/*
 * TCP may push a corked segment at any time, and does after 200 ms: a machine that
 * was busy for so long, or a control frame of a session behind it, has it sent
 * early. That is rare.
 */
#define CORK_TRIES 5

static bool held_by_cork(const struct pair *p)
{
	bool held;
	char buf[16];

	set_int(p->client, IPPROTO_TCP, TCP_CORK, 1);
	send_text(p->client, "ab");
	send_text(p->client, "cd");
	held = !poll_events(p->server, POLLIN, 50);
	set_int(p->client, IPPROTO_TCP, TCP_CORK, 0);
	EQ(poll_events(p->server, POLLIN, 5000), POLLIN);
	if (held)
		EQ(recv(p->server, buf, 16, 0), 4);
	return held;
}

static void tcp__cork(void)
{
	struct pair p;
	int i;

	for (i = 0; i < CORK_TRIES; i++) {
		p = connected();
		if (held_by_cork(&p))
			return;
	}
	CHECK(!"corked, and sent at once");
}

static void tcp__cork_pushed_after_200_ms(void)
{
	struct pair p = connected();
	long long start = now_ms();

	set_int(p.client, IPPROTO_TCP, TCP_CORK, 1);
	send_text(p.client, "ab");
	EQ(poll_events(p.server, POLLIN, 5000), POLLIN);
	BETWEEN(now_ms() - start, 150, 3000);
}

static void tcp__nodelay(void)
{
	struct pair p = connected();
	int i;

	set_int(p.client, IPPROTO_TCP, TCP_NODELAY, 1);
	EQ(get_int(p.client, IPPROTO_TCP, TCP_NODELAY), 1);
	for (i = 0; i < 5; i++) {
		send_text(p.client, "x");
		EQ(poll_events(p.server, POLLIN, 5000), POLLIN);
		expect_text(p.server, "x");
	}
}

static void tcp__defer_accept(void)
{
	struct addr a;
	int l = listener(8, &a), c = sock(SOCK_STREAM);

	set_int(l, IPPROTO_TCP, TCP_DEFER_ACCEPT, 30);
	OK(connect(c, &a.sa, a.len));
	EQ(poll_events(l, POLLIN, 100), 0);
	send_text(c, "now");
	expect_text(accept_soon(l), "now");
}

static bool fastopen_on(void)
{
	FILE *f = fopen("/proc/sys/net/ipv4/tcp_fastopen", "r");
	int value = 0;

	if (f) {
		if (fscanf(f, "%d", &value) != 1)
			value = 0;
		fclose(f);
	}
	/* Client, server, and no cookie needed for either */
	return (value & 0x207) == 0x207;
}

static void tcp__fastopen_sendto(void)
{
	struct addr a;
	int l, c, s;

	if (!fastopen_on())
		skip("sysctl net.ipv4.tcp_fastopen is not 0x207");
	l = listener(8, &a);
	set_int(l, IPPROTO_TCP, TCP_FASTOPEN, 8);
	EQ(get_int(l, IPPROTO_TCP, TCP_FASTOPEN), 8);
	c = sock(SOCK_STREAM);
	EQ(sendto(c, "in the SYN", 10, MSG_FASTOPEN, &a.sa, a.len), 10);
	s = accept_soon(l);
	expect_text(s, "in the SYN");
	send_text(s, "answer");
	expect_text(c, "answer");
	FAILS(connect(c, &a.sa, a.len), EISCONN);
	FAILS(sendto(c, "x", 1, MSG_FASTOPEN, &a.sa, a.len), EISCONN);
}

/* Whoever is connected stays so, and what it wanted to send is not sent. */
static void tcp__fastopen_connected(void)
{
	struct addr a;
	int l, c, s;

	if (!fastopen_on())
		skip("sysctl net.ipv4.tcp_fastopen is not 0x207");
	l = listener(8, &a);
	c = sock(SOCK_STREAM);
	EQ(connect(c, &a.sa, a.len), 0);
	s = accept_soon(l);
	FAILS(sendto(c, "x", 1, MSG_FASTOPEN, &a.sa, a.len), EISCONN);
	FAILS(sendto(s, "x", 1, MSG_FASTOPEN, &a.sa, a.len), EISCONN);
	send_text(c, "question");
	expect_text(s, "question");
	send_text(s, "answer");
	expect_text(c, "answer");
	FAILS(sendto(c, "x", 1, MSG_FASTOPEN, &a.sa, a.len), EISCONN);
	FAILS(sendto(s, "x", 1, MSG_FASTOPEN, &a.sa, a.len), EISCONN);
	send_text(c, "more");
	expect_text(s, "more");
}

static void tcp__fastopen_sendto_nonblocking(void)
{
	struct addr a;
	int l, c;

	if (!fastopen_on())
		skip("sysctl net.ipv4.tcp_fastopen is not 0x207");
	l = listener(8, &a);
	set_int(l, IPPROTO_TCP, TCP_FASTOPEN, 8);
	c = sock(SOCK_STREAM | SOCK_NONBLOCK);
	EQ(sendto(c, "in the SYN", 10, MSG_FASTOPEN, &a.sa, a.len), 10);
	EQ(poll_events(c, POLLOUT, 5000), POLLOUT);
	EQ(get_error(c), 0);
	expect_text(accept_soon(l), "in the SYN");
}

static void tcp__fastopen_connect(void)
{
	struct addr a;
	int l, c;

	if (!fastopen_on())
		skip("sysctl net.ipv4.tcp_fastopen is not 0x207");
	l = listener(8, &a);
	set_int(l, IPPROTO_TCP, TCP_FASTOPEN, 8);
	c = sock(SOCK_STREAM);
	set_int(c, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1);
	/* Done at once; the SYN goes with the first data */
	OK(connect(c, &a.sa, a.len));
	EQ(poll_events(l, POLLIN, 50), 0);
	CHECK(poll_events(c, POLLOUT, 5000) & POLLOUT);
	send_text(c, "in the SYN");
	expect_text(accept_soon(l), "in the SYN");
}

static void tcp__fastopen_refused(void)
{
	struct addr a = addr_unused(SOCK_STREAM);
	int c = sock(SOCK_STREAM);

	if (!fastopen_on())
		skip("sysctl net.ipv4.tcp_fastopen is not 0x207");
	FAILS(sendto(c, "x", 1, MSG_FASTOPEN, &a.sa, a.len), ECONNREFUSED);
	FAILS(sendto(c, "x", 1, MSG_FASTOPEN, NULL, 0), EINVAL);
}

static void tcp__maxseg(void)
{
	struct addr a;
	int l = listener(8, &a), c = sock(SOCK_STREAM), s;

	set_int(c, IPPROTO_TCP, TCP_MAXSEG, 600);
	OK(connect(c, &a.sa, a.len));
	s = accept_soon(l);
	BETWEEN(get_int(c, IPPROTO_TCP, TCP_MAXSEG), 500, 600);
	BETWEEN(get_int(s, IPPROTO_TCP, TCP_MAXSEG), 500, 600);
}

static void tcp__save_syn(void)
{
	struct addr a;
	int l = listener(8, &a), c = sock(SOCK_STREAM), s;
	unsigned char syn[200];
	socklen_t len = sizeof(syn);

	set_int(l, IPPROTO_TCP, TCP_SAVE_SYN, 1);
	OK(connect(c, &a.sa, a.len));
	s = accept_soon(l);
	OK(getsockopt(s, IPPROTO_TCP, TCP_SAVED_SYN, syn, &len));
	CHECK(len >= 40);
	EQ(syn[0] >> 4, fl->v4 ? 4 : 6);
}

static void tcp__notsent_lowat(void)
{
	struct pair p = connected();
	int unsent;

	set_int(p.client, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 4096);
	fill(&p);
	OK(ioctl(p.client, SIOCOUTQNSD, &unsent));
	EQ(poll_events(p.client, POLLOUT, 0), 0);
	CHECK(unsent >= 4096);
}

static void tcp__user_timeout(void)
{
	struct addr a = addr_hole(9);
	int c = sock(SOCK_STREAM);
	long long start = now_ms();

	/* Ends a handshake too */
	set_int(c, IPPROTO_TCP, TCP_USER_TIMEOUT, 500);
	FAILS(connect(c, &a.sa, a.len), ETIMEDOUT);
	BETWEEN(now_ms() - start, 400, 10000);
}

static void tcp__syncnt(void)
{
	struct addr a = addr_hole(9);
	int c = sock(SOCK_STREAM | SOCK_NONBLOCK);

	set_int(c, IPPROTO_TCP, TCP_SYNCNT, 1);
	FAILS(connect(c, &a.sa, a.len), EINPROGRESS);
	CHECK(poll_events(c, POLLOUT, 20000) & POLLERR);
	EQ(get_error(c), ETIMEDOUT);
}

static void tcp__keepalive(void)
{
	struct pair p = connected();

	set_int(p.client, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_int(p.client, IPPROTO_TCP, TCP_KEEPIDLE, 1);
	set_int(p.client, IPPROTO_TCP, TCP_KEEPINTVL, 1);
	set_int(p.client, IPPROTO_TCP, TCP_KEEPCNT, 2);
	/* The peer answers: nothing happens */
	EQ(poll_events(p.client, POLLIN, 1500), 0);
	send_text(p.client, "alive");
	expect_text(p.server, "alive");
	FAILS(setsockopt(p.client, IPPROTO_TCP, TCP_KEEPIDLE, &(int){ 0 }, 4),
	      EINVAL);
	FAILS(setsockopt(p.client, IPPROTO_TCP, TCP_KEEPCNT, &(int){ 128 }, 4),
	      EINVAL);
}

static void tcp__md5sig_needs_key(void)
{
	struct tcp_md5sig sig = { .tcpm_keylen = 6, .tcpm_key = "secret" };
	struct addr a, lo = addr_lo(0);
	int l, c = sock(SOCK_STREAM), plain = sock(SOCK_STREAM);

	l = listener(8, &a);
	if (fl->carrier == AF_INET) {
		memcpy(&sig.tcpm_addr, &lo.in, sizeof(lo.in));
	} else {
		struct addr six = flavour_addr(&flavours[1], fl->v4 ?
					       "127.0.0.1" : "::1", 0);
		memcpy(&sig.tcpm_addr, &six.in6, sizeof(six.in6));
	}
	if (setsockopt(l, IPPROTO_TCP, TCP_MD5SIG, &sig, sizeof(sig))) {
		EQ(errno, ENOPROTOOPT);
		skip("no CONFIG_TCP_MD5SIG");
	}
	OK(setsockopt(c, IPPROTO_TCP, TCP_MD5SIG, &sig, sizeof(sig)));
	OK(connect(c, &a.sa, a.len));
	send_text(c, "signed");
	expect_text(accept_soon(l), "signed");
	/* Who has no key is not heard */
	set_nonblock(plain);
	FAILS(connect(plain, &a.sa, a.len), EINPROGRESS);
	EQ(poll_events(plain, POLLOUT, 200), 0);
}

const struct test tests_tcp[] = {
	{ "TCP options set and read back", tcp__set_and_get },
	{ "TCP options on datagrams", tcp__not_on_dgram },
	{ "TCP_INFO", tcp__info },
	{ "TCP_CONGESTION", tcp__congestion },
	{ "TCP_CORK", tcp__cork },
	{ "TCP_CORK for 200 ms", tcp__cork_pushed_after_200_ms },
	{ "TCP_NODELAY", tcp__nodelay },
	{ "TCP_DEFER_ACCEPT", tcp__defer_accept },
	{ "TCP_FASTOPEN, sendto(MSG_FASTOPEN)", tcp__fastopen_sendto },
	{ "MSG_FASTOPEN when connected", tcp__fastopen_connected },
	{ "TCP_FASTOPEN, non-blocking", tcp__fastopen_sendto_nonblocking },
	{ "TCP_FASTOPEN_CONNECT", tcp__fastopen_connect },
	{ "MSG_FASTOPEN refused", tcp__fastopen_refused },
	{ "TCP_MAXSEG", tcp__maxseg },
	{ "TCP_SAVE_SYN", tcp__save_syn },
	{ "TCP_NOTSENT_LOWAT", tcp__notsent_lowat },
	{ "TCP_USER_TIMEOUT of a connect", tcp__user_timeout },
	{ "TCP_SYNCNT of a connect", tcp__syncnt },
	{ "keepalive", tcp__keepalive },
	{ "TCP_MD5SIG", tcp__md5sig_needs_key },
	TESTS_END
};
