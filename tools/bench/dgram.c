// SPDX-License-Identifier: GPL-2.0
/* Two datagram sockets that know each other: see dgram.h */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <linux/npv.h>

#include "bench.h"
#include "dgram.h"
#include "endpoint.h"
#include "pair.h"

/* Room for whoever sends for a while before the receiver has its turn */
#define RCVBUF		(32 << 20)
/* Until an exchange is given up, and the next begins */
#define STEP_MS		10
/* How long both ends may take to find out what they are */
#define WARM_UP_S	3
/* Exchanges that nothing was missing from, one behind the other */
#define WARM_UP		3
/* Until nothing is under way any more */
#define SETTLE_MS	50

/* linux/npv.h has it once it is there */
#ifndef NPV_MSG_RELIABLE
#define NPV_MSG_RELIABLE 7
#endif

void dgram_timeout(int fd, unsigned int ms)
{
	struct timeval tv = {
		.tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000,
	};

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)))
		die("SO_RCVTIMEO");
}

static int dgram_socket(void)
{
	int fd = socket(opt.domain, SOCK_DGRAM, opt.protocol), size = RCVBUF;

	if (fd < 0)
		die("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		die("SO_RCVBUFFORCE");
	if (opt.npv && opt.scheduler &&
	    setsockopt(fd, SOL_NPV, NPV_SCHEDULER, opt.scheduler,
		       strlen(opt.scheduler) + 1))
		die("NPV_SCHEDULER %s", opt.scheduler);
	return fd;
}

static void send_reliable(int fd, const void *data, size_t size)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(uint32_t))];
	} control = {
		.header.cmsg_level = SOL_NPV,
		.header.cmsg_type = NPV_MSG_RELIABLE,
		.header.cmsg_len = CMSG_LEN(sizeof(uint32_t)),
	};
	struct iovec iov = { .iov_base = (void *)data, .iov_len = size };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	uint32_t one = 1;

	memcpy(CMSG_DATA(&control.header), &one, sizeof(one));
	if (sendmsg(fd, &msg, 0) < 0)
		die("sendmsg");
}

void dgram_send(int fd, const void *data, size_t size)
{
	if (opt.npv && opt.reliable)
		send_reliable(fd, data, size);
	else if (send(fd, data, size, 0) < 0)
		die("send");
}

/* Return: whether one has come in time */
static bool receive(int fd, char *data, struct sockaddr_in *from)
{
	socklen_t len = sizeof(*from);

	if (recvfrom(fd, data, opt.size, 0, (struct sockaddr *)from,
		     from ? &len : NULL) >= 0)
		return true;
	if (errno != EAGAIN)
		die("recv");
	return false;
}

/* A datagram to the server, and one back. Return: whether both have come. */
static bool exchange(const struct dgram_pair *pair, char *data)
{
	struct sockaddr_in from;

	dgram_send(pair->client, data, opt.size);
	if (!receive(pair->server, data, &from))
		return false;
	if (sendto(pair->server, data, opt.size, 0, (struct sockaddr *)&from,
		   sizeof(from)) < 0)
		die("sendto");
	return receive(pair->client, data, NULL);
}

/*
 * The same, and what is still missing: NULL when there is nothing. The client's socket
 * tells whether it sends over a native session. Whether the server does is told by the
 * stacks of the client, which have received its answer then.
 */
static const char *missing(const struct dgram_pair *pair, char *data)
{
	struct endpoint_kind before = endpoint_kind(pair->client), after;

	if (!exchange(pair, data))
		return "nothing comes through";
	if (!opt.npv)
		return NULL;
	after = endpoint_kind(pair->client);
	if (!before.native || !after.native)
		return "the session is plain";
	if (after.stacks < opt.stacks)
		return "the session has too few stacks";
	if (after.received <= before.received)
		return "answers do not come over the stacks of the session";
	return NULL;
}

static void drain(int fd, char *data)
{
	while (recv(fd, data, opt.size, MSG_DONTWAIT) >= 0)
		;
	if (errno != EAGAIN)
		die("recv of what was left");
}

static void warm_up(struct dgram_pair *pair)
{
	uint64_t now = now_ns(), end = now + WARM_UP_S * NSEC_PER_SEC;
	char *data = calloc(1, opt.size);
	const char *why = NULL;
	unsigned int well = 0;

	dgram_timeout(pair->server, STEP_MS);
	dgram_timeout(pair->client, STEP_MS);
	while (well < WARM_UP && now < end) {
		why = missing(pair, data);
		well = why ? 0 : well + 1;
		sleep_until(now + STEP_MS * NSEC_PER_SEC / 1000);
		now = now_ns();
	}
	sleep_until(now + SETTLE_MS * NSEC_PER_SEC / 1000);
	drain(pair->server, data);
	drain(pair->client, data);
	free(data);

	pair->native = opt.npv && !why;
	errno = 0;
	if (why && (opt.native || !opt.npv))
		die("%s after %d s", why, WARM_UP_S);
	if (why)
		fprintf(stderr, "npv-bench: %s after %d s\n", why, WARM_UP_S);
}

struct dgram_pair dgram_open(void)
{
	struct sockaddr_in any = endpoint_name(NULL, ENDPOINT_PORT);
	struct dgram_pair pair = { };

	endpoint_enter(opt.server_ns);
	pair.server = dgram_socket();
	if (bind(pair.server, (struct sockaddr *)&any, sizeof(any)))
		die("bind");
	/* As a server does: by that peers find it. */
	if (recv(pair.server, NULL, 0, MSG_DONTWAIT) < 0 && errno != EAGAIN)
		die("recv");
	endpoint_enter(opt.client_ns);
	pair.client = dgram_socket();
	endpoint_connect(pair.client, opt.to[0], ENDPOINT_PORT);
	warm_up(&pair);
	pair_begun();
	return pair;
}

void dgram_print_kind(const struct dgram_pair *pair)
{
	struct endpoint_kind kind = endpoint_kind(pair->client);

	if (!opt.npv)
		return;
	printf(", \"native\": %s, \"udp\": %s, \"stacks\": %u, \"srtt_us\": %u",
	       pair->native && kind.native ? "true" : "false",
	       kind.udp ? "true" : "false", kind.stacks, kind.srtt_us);
}
