// SPDX-License-Identifier: GPL-2.0
/* Sockets of the contestants: see endpoint.h */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/npv.h>
#include <linux/npv_netlink.h>

#include "bench.h"
#include "endpoint.h"

/* Stacks of a session that are looked at */
#define STACKS_SEEN 16

void endpoint_enter(const char *ns)
{
	char path[256];
	int fd;

	if (!ns)
		return;
	snprintf(path, sizeof(path), "/run/netns/%s", ns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die("%s", path);
	close(fd);
}

struct sockaddr_in endpoint_name(const char *address, int port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};

	if (address && inet_pton(AF_INET, address, &sin.sin_addr) != 1)
		die("%s is no IPv4 address", address);
	return sin;
}

int endpoint_socket(void)
{
	int fd = socket(opt.domain, SOCK_STREAM, opt.protocol);

	if (fd < 0)
		die("socket");
	return fd;
}

int endpoint_listen(int port, int backlog)
{
	struct sockaddr_in sin = endpoint_name(NULL, port);
	int fd = endpoint_socket(), one = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)))
		die("SO_REUSEADDR");
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)))
		die("bind");
	if (listen(fd, backlog))
		die("listen");
	return fd;
}

int endpoint_accept(int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		die("accept");
	return fd;
}

void endpoint_connect(int fd, const char *address, int port)
{
	struct sockaddr_in sin = endpoint_name(address, port);

	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)))
		die("connect to %s", address);
}

void endpoint_nodelay(int fd)
{
	int one = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)))
		die("TCP_NODELAY");
}

void endpoint_abort(int fd)
{
	struct linger linger = { .l_onoff = 1 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)))
		die("SO_LINGER");
	close(fd);
}

void endpoint_send(int fd, const void *data, size_t size)
{
	while (size) {
		ssize_t n = send(fd, data, size, MSG_NOSIGNAL);

		if (n < 0)
			die("send");
		data += n;
		size -= n;
	}
}

void endpoint_receive(int fd, void *data, size_t size)
{
	while (size) {
		ssize_t n = recv(fd, data, size, 0);

		if (n < 0)
			die("recv");
		if (!n) {
			errno = 0;
			die("the other side is gone");
		}
		data += n;
		size -= n;
	}
}

void endpoint_drain(int fd)
{
	char data[4096];
	ssize_t n;

	do {
		n = recv(fd, data, sizeof(data), 0);
	} while (n > 0);
	if (n < 0)
		die("recv of the end");
}

/* The stacks of a session, the first of them */
struct stack_list {
	struct npv_stacks header;
	struct npv_stack_info stack[STACKS_SEEN];
};

static struct stack_list session_stacks(int fd)
{
	struct stack_list list = {
		.header.size_hdr = sizeof(list.header),
		.header.size_user = sizeof(list.stack[0]),
	};
	socklen_t len = sizeof(list);

	if (getsockopt(fd, SOL_NPV, NPV_STACKS, &list, &len))
		die("NPV_STACKS");
	return list;
}

static struct npv_info session_info(int fd)
{
	struct npv_info info = { };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_NPV, NPV_INFO, &info, &len))
		die("NPV_INFO");
	return info;
}

/* Whether all stacks that are left are of a transport, and up */
static bool only_over(int fd, uint8_t transport, unsigned int count)
{
	struct stack_list list = session_stacks(fd);
	unsigned int i, found = 0;

	for (i = 0; i < list.header.num_stacks && i < STACKS_SEEN; i++)
		found += list.stack[i].npvs_transport == transport &&
			 list.stack[i].npvs_tcp_state == TCP_ESTABLISHED;
	return found && list.header.num_stacks == count;
}

static void wait_over(int fd, unsigned int count)
{
	uint64_t end = now_ns() + 5 * NSEC_PER_SEC;

	while (!only_over(fd, NPV_TRANSPORT_UDP, count)) {
		errno = ETIMEDOUT;
		if (now_ns() > end)
			die("no session over UDP");
		usleep(1000);
	}
}

/*
 * A connect() to a peer that is known returns before that has answered, and until then
 * no stack can be added: so it is tried again. Only the last time says why.
 */
static void manage(const char *format, unsigned long long session)
{
	uint64_t end = now_ns() + 5 * NSEC_PER_SEC;
	char command[100], quiet[120];
	bool last = false;

	snprintf(command, sizeof(command), format, session);
	snprintf(quiet, sizeof(quiet), "%s 2> /dev/null", command);
	while (system(last ? command : quiet)) {
		errno = 0;
		if (last)
			die("%s", command);
		usleep(10000);
		last = now_ns() > end;
	}
}

void endpoint_over_udp(int fd)
{
	unsigned long long id;

	if (!opt.npv || !opt.udp)
		return;
	id = session_info(fd).npvi_id;
	manage("npv-mgr stack add %llu udp", id);
	wait_over(fd, 2);
	manage("npv-mgr stack del %llu 0", id);
	wait_over(fd, 1);
}

struct endpoint_kind endpoint_kind(int fd)
{
	struct endpoint_kind kind = { };
	struct stack_list list;
	unsigned int i;

	if (!opt.npv)
		return kind;
	kind.native = session_info(fd).npvi_kind == NPV_KIND_NATIVE;
	kind.udp = only_over(fd, NPV_TRANSPORT_UDP, 1);
	list = session_stacks(fd);
	kind.stacks = list.header.num_stacks;
	for (i = 0; i < kind.stacks && i < STACKS_SEEN; i++) {
		kind.received += list.stack[i].npvs_bytes_received;
		if (list.stack[i].npvs_srtt_us > kind.srtt_us)
			kind.srtt_us = list.stack[i].npvs_srtt_us;
	}
	return kind;
}
