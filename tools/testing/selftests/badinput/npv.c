// SPDX-License-Identifier: GPL-2.0
/* What only AF_NPV can be given: sockaddr_npv that can't be, socket() of it */
#include <arpa/inet.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "badinput.h"

#define HEAD offsetof(struct sockaddr_npv, snpv_addr)

/* Each of the three calls refuses it on each type of socket */
static void refused(const struct addr *a, socklen_t len, int err)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM };
	int i, fd;

	for (i = 0; i < 2; i++) {
		fd = OK(socket(npv_family(), types[i] | SOCK_NONBLOCK, 0));
		FAILS(bind(fd, &a->sa, len), err);
		FAILS(connect(fd, &a->sa, len), err);
		FAILS(sendto(fd, "x", 1, types[i] == SOCK_STREAM ?
			     MSG_FASTOPEN : 0, &a->sa, len), err);
		/* And is none the worse */
		FAILS(getpeername(fd, &(struct sockaddr){ }, &(socklen_t){ 2 }),
		      ENOTCONN);
		/* A datagram that can't be sent binds all the same, with UDP */
		if (types[i] == SOCK_STREAM)
			EQ(local_port(fd), 0);
		close(fd);
	}
}

static const char *const lo[NPV_ADDR_MAX + 1] = {
	"127.0.0.1", "::1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5",
	"127.0.0.6",
};

static void npv__lengths(void)
{
	struct addr a;
	int n;

	for (n = 1; n <= NPV_ADDR_MAX; n++) {
		socklen_t len;

		a = addr_npv(9, n, lo);
		/* A length of 0 is no address to sendto() */
		for (len = 1; len < HEAD + 16 * n; len += len < 16 ? 1 : 5)
			refused(&a, len, EINVAL);
	}
}

static void npv__longer_is_fine(void)
{
	struct addr a = addr_npv(0, 1, lo);
	int len, fd;

	for (len = HEAD + 16; len <= 128; len += 7) {
		fd = OK(socket(npv_family(), SOCK_STREAM, 0));
		OK(bind(fd, &a.sa, len));
		close(fd);
	}
	fd = OK(socket(npv_family(), SOCK_STREAM, 0));
	FAILS(bind(fd, &a.sa, 129), EINVAL);
}

static void npv__counts(void)
{
	struct addr a = addr_npv(9, NPV_ADDR_MAX, lo);
	int count;

	for (count = NPV_ADDR_MAX + 1; count <= 255; count += 31) {
		a.npv.snpv_count = count;
		refused(&a, sizeof(a.npv), EINVAL);
		refused(&a, sizeof(a.ss), EINVAL);
	}
	a.npv.snpv_count = 255;
	refused(&a, sizeof(a.npv), EINVAL);
}

static void npv__no_address(void)
{
	struct addr a = addr_npv(9, 0, NULL);
	int fd = OK(socket(npv_family(), SOCK_STREAM, 0));

	FAILS(connect(fd, &a.sa, a.len), EINVAL);
	FAILS(sendto(fd, "x", 1, MSG_FASTOPEN, &a.sa, a.len), EINVAL);
	a.npv.snpv_port = 0;
	OK(bind(fd, &a.sa, a.len));
	fd = OK(socket(npv_family(), SOCK_DGRAM, 0));
	FAILS(connect(fd, &a.sa, a.len), EINVAL);
	FAILS(sendto(fd, "x", 1, 0, &a.sa, a.len), EINVAL);
	OK(bind(fd, &a.sa, a.len));
}

static void npv__reserved(void)
{
	struct addr a = addr_npv(9, 1, lo);
	int bit;

	for (bit = 0; bit < 8; bit++) {
		a.npv.snpv_flags = 1 << bit;
		refused(&a, a.len, EINVAL);
	}
	a.npv.snpv_flags = 0;
	for (bit = 0; bit < 16; bit++) {
		a.npv.__snpv_pad = 1 << bit;
		refused(&a, a.len, EINVAL);
	}
}

static void npv__families(void)
{
	struct addr a = addr_npv(9, 1, lo);
	int family;

	for (family = 1; family < 60; family++) {
		if (family == AF_INET || family == AF_INET6 ||
		    family == npv_family())
			continue;
		a.sa.sa_family = family;
		refused(&a, a.len, EAFNOSUPPORT);
	}
}

static void npv__odd_lists(void)
{
	static const char *const lists[][NPV_ADDR_MAX] = {
		{ "::", "::", "::" },
		{ "0.0.0.0", "::" },
		{ "::", "127.0.0.1" },
		{ "127.0.0.1", "127.0.0.1", "127.0.0.1" },
		{ "224.0.0.1", "ff02::1" },
		{ "255.255.255.255", "127.0.0.1" },
		{ "fe80::1", "fe80::2" },
		{ "192.0.2.77", "2001:db8::77", "127.0.0.1" },
		{ "2001:db8:bad::1", "203.0.113.1" },
	};
	struct addr a;
	size_t i;
	int n, fd;

	/* Whatever comes of it, it comes at once and does no harm */
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (n = 0; n < NPV_ADDR_MAX && lists[i][n]; n++)
			;
		a = addr_npv(9, n, lists[i]);
		fd = OK(socket(npv_family(), SOCK_STREAM | SOCK_NONBLOCK, 0));
		connect(fd, &a.sa, a.len);
		connect(fd, &a.sa, a.len);
		close(fd);
		fd = OK(socket(npv_family(), SOCK_DGRAM | SOCK_NONBLOCK, 0));
		sendto(fd, "x", 1, 0, &a.sa, a.len);
		connect(fd, &a.sa, a.len);
		send(fd, "x", 1, 0);
		close(fd);
		a = addr_npv(0, n, lists[i]);
		fd = OK(socket(npv_family(), SOCK_STREAM | SOCK_NONBLOCK, 0));
		if (!bind(fd, &a.sa, a.len))
			OK(listen(fd, 4));
		close(fd);
		a.npv.snpv_scope_id = 4711;
		fd = OK(socket(npv_family(), SOCK_STREAM | SOCK_NONBLOCK, 0));
		if (!bind(fd, &a.sa, a.len))
			OK(listen(fd, 4));
		connect(fd, &a.sa, a.len);
		close(fd);
	}
}

static void npv__bind_several_all_or_none(void)
{
	static const char *const first[] = { "127.0.0.1", "192.0.2.77" };
	struct addr a = addr_npv(7777, 2, first), b = addr_npv(7777, 1, first);
	int fd = OK(socket(npv_family(), SOCK_STREAM, 0));
	int other = OK(socket(npv_family(), SOCK_STREAM, 0));

	FAILS(bind(fd, &a.sa, a.len), EADDRNOTAVAIL);
	EQ(local_port(fd), 0);
	/* The first one is free again */
	OK(bind(other, &b.sa, b.len));
	OK(listen(other, 1));
	a = addr_npv(7777, 2, lo);
	FAILS(bind(fd, &a.sa, a.len), EADDRINUSE);
	close(other);
	OK(bind(fd, &a.sa, a.len));
	FAILS(bind(fd, &a.sa, a.len), EINVAL);
}

static void npv__socket_arguments(void)
{
	static const int protocols[] = { 1, 2, 6, 17, 41, 58, 132, 136, 255 };
	int npv = npv_family(), type, fd;
	size_t i;

	for (type = 3; type < 11; type++)
		if (type != SOCK_SEQPACKET)
			FAILS(socket(npv, type, 0), ESOCKTNOSUPPORT);
	FAILS(socket(npv, 0, 0), ESOCKTNOSUPPORT);
	FAILS(socket(npv, 11, 0), EINVAL);
	FAILS(socket(npv, 15, 0), EINVAL);
	FAILS(socket(npv, -1, 0), EINVAL);
	FAILS(socket(npv, SOCK_STREAM | 0x10000, 0), EINVAL);
	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (protocols[i] != IPPROTO_TCP)
			FAILS(socket(npv, SOCK_STREAM, protocols[i]),
			      EPROTONOSUPPORT);
		if (protocols[i] != IPPROTO_UDP)
			FAILS(socket(npv, SOCK_DGRAM, protocols[i]),
			      EPROTONOSUPPORT);
		FAILS(socket(npv, SOCK_SEQPACKET, protocols[i]),
		      EPROTONOSUPPORT);
	}
	/* Some programs say it in full */
	fd = OK(socket(npv, SOCK_STREAM, IPPROTO_TCP));
	close(fd);
	fd = OK(socket(npv, SOCK_DGRAM, IPPROTO_UDP));
	close(fd);
	FAILS(socket(npv, SOCK_STREAM, -1), EINVAL);
	FAILS(socketpair(npv, SOCK_STREAM, 0, (int[2]){ }), EOPNOTSUPP);
	FAILS(socketpair(npv, SOCK_DGRAM, 0, (int[2]){ }), EOPNOTSUPP);
}

static void npv__socket_families(void)
{
	int npv = npv_family(), family;

	for (family = 0; family < 64; family++) {
		int fd = socket(npv, SOCK_STREAM, NPV_PROTO(family, 0));

		if (family == AF_INET || family == AF_INET6 ||
		    family == AF_UNSPEC) {
			OK(fd);
			close(fd);
		} else if (fd >= 0 || (errno != EPROTONOSUPPORT &&
				       errno != EINVAL)) {
			FAIL("NPV_PROTO(%d, 0): %s", family,
			     errno_name(fd < 0 ? errno : 0));
		}
	}
}

static void npv__options(void)
{
	int fd = OK(socket(npv_family(), SOCK_STREAM, 0)), opt, value = 1;
	unsigned char buf[300];
	socklen_t len;

	for (opt = -2; opt < 40; opt++) {
		if ((opt >= NPV_INFO && opt <= NPV_SCHEDULER) ||
		    (opt >= NPV_KEEPALIVE && opt <= NPV_PROFILE))
			continue;
		len = 4;
		FAILS(getsockopt(fd, SOL_NPV, opt, &value, &len), ENOPROTOOPT);
		FAILS(setsockopt(fd, SOL_NPV, opt, &value, 4), ENOPROTOOPT);
	}
	for (opt = NPV_INFO; opt <= NPV_PROFILE; opt++) {
		/* Those of sendmsg() */
		if (opt > NPV_SCHEDULER && opt < NPV_KEEPALIVE)
			continue;
		len = -1;
		FAILS(getsockopt(fd, SOL_NPV, opt, buf, &len), EINVAL);
		len = 0x80000000;
		FAILS(getsockopt(fd, SOL_NPV, opt, buf, &len), EINVAL);
		len = 16;
		/* There are none to be written. */
		if (opt != NPV_PREFER_INTERFACE)
			FAILS(getsockopt(fd, SOL_NPV, opt, (void *)8, &len), EFAULT);
		FAILS(getsockopt(fd, SOL_NPV, opt, buf, (void *)8), EFAULT);
		FAILS(setsockopt(fd, SOL_NPV, opt, buf, -1), EINVAL);
		if (opt < NPV_MULTIPATH)
			continue;
		FAILS(setsockopt(fd, SOL_NPV, opt, (void *)8, 20), EFAULT);
		if (opt < NPV_PEER_NAME)
			FAILS(setsockopt(fd, SOL_NPV, opt, buf, 3), EINVAL);
		else
			FAILS(setsockopt(fd, SOL_NPV, opt, buf, 256), EINVAL);
	}
	FAILS(setsockopt(fd, SOL_NPV, NPV_NAME_FAMILY, (void *)8, 4), EFAULT);
	FAILS(setsockopt(fd, SOL_NPV, NPV_NAME_FAMILY, buf, 0), EINVAL);
	FAILS(setsockopt(fd, SOL_NPV, NPV_SCHEDULER, (void *)8, 4), EFAULT);
	FAILS(setsockopt(fd, SOL_NPV, NPV_SCHEDULER, buf, 17), EINVAL);
	FAILS(setsockopt(fd, SOL_NPV, NPV_SCHEDULER, "none", 5), ENOENT);
	FAILS(setsockopt(fd, SOL_NPV, NPV_KEEPALIVE, (void *)8, 4), EFAULT);
	FAILS(setsockopt(fd, SOL_NPV, NPV_KEEPALIVE, buf, 0), EINVAL);
	/* Other sockets know nothing of it */
	fd = OK(socket(AF_INET, SOCK_STREAM, 0));
	len = 4;
	FAILS(getsockopt(fd, SOL_NPV, NPV_INFO, &value, &len), EOPNOTSUPP);
}

static void npv__stacks_sizes(void)
{
	static const int sizes[] = { 0, 1, 15, 16, 17, 80, 1 << 20, INT_MAX, -1,
				     INT_MIN };
	unsigned char buf[512];
	int fd = OK(socket(npv_family(), SOCK_STREAM, 0));
	size_t i, j, len;

	for (i = 0; i < 10; i++) {
		for (j = 0; j < 10; j++) {
			for (len = 0; len <= 512; len += len < 40 ? 1 : 59) {
				struct npv_stacks head = {
					.size_hdr = sizes[i],
					.size_user = sizes[j],
				};
				socklen_t room = len;

				memset(buf, 0xee, sizeof(buf));
				memcpy(buf, &head, sizeof(head));
				if (getsockopt(fd, SOL_NPV, NPV_STACKS, buf,
					       &room))
					EQ(errno, EINVAL);
				else
					CHECK(room <= len);
				/* Never a byte more than there is room for */
				for (room = len < 16 ? 16 : len;
				     room < sizeof(buf); room++)
					EQ(buf[room], 0xee);
			}
		}
	}
}

const struct test tests_npv[] = {
	{ "sockaddr_npv of every length", npv__lengths },
	{ "sockaddr_npv longer than need be", npv__longer_is_fine },
	{ "sockaddr_npv with too many addresses", npv__counts },
	{ "sockaddr_npv without addresses", npv__no_address },
	{ "sockaddr_npv with reserved fields set", npv__reserved },
	{ "other families", npv__families },
	{ "odd lists of addresses", npv__odd_lists },
	{ "bind to several: all or none", npv__bind_several_all_or_none },
	{ "arguments of socket", npv__socket_arguments },
	{ "families of NPV_PROTO", npv__socket_families },
	{ "options of SOL_NPV", npv__options },
	{ "sizes of NPV_STACKS", npv__stacks_sizes },
	TESTS_END
};
