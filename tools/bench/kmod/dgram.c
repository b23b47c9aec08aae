// SPDX-License-Identifier: GPL-2.0
/*
 * The tests of datagrams. Their sockets are the program's, which sees to it that they
 * are what is to be measured: a kernel thread can't ask them.
 */

#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/socket.h>
#include <linux/uio.h>

#include "run.h"
#include "test.h"

/* One in so many round trips is for warming up, and not counted */
#define WARM_UP		10
/* The clock is looked at once in so many datagrams: in UML that is a call of the host */
#define CLOCK_EVERY	256

static int dgram_send(struct socket *sock, struct msghdr *msg, void *data,
		      size_t size)
{
	struct kvec vec = { .iov_base = data, .iov_len = size };

	return kernel_sendmsg(sock, msg, &vec, 1, size);
}

static int dgram_receive(struct socket *sock, struct msghdr *msg, void *data,
			 size_t size)
{
	struct kvec vec = { .iov_base = data, .iov_len = size };

	return kernel_recvmsg(sock, msg, &vec, 1, size, 0);
}

/**
 * bench_dgram_prepare() - take the sockets of a run
 * @run: the run
 *
 * Context: process, the caller's.
 * Return: 0, -EBADF, -ENOTSOCK.
 */
int bench_dgram_prepare(struct bench_run *run)
{
	int err;

	run->server_sock = sockfd_lookup(run->args.server_sock, &err);
	if (!run->server_sock)
		return err;
	run->client_sock = sockfd_lookup(run->args.client_sock, &err);

	return run->client_sock ? 0 : err;
}

/**
 * bench_flood_client() - send as fast as it goes
 * @run: the run
 *
 * Context: kernel thread.
 * Return: 0 or what a socket call failed with.
 */
int bench_flood_client(struct bench_run *run)
{
	void *data;
	int n = 0;
	u64 i;

	data = kvzalloc(run->args.size, GFP_KERNEL);
	if (!data)
		return -ENOMEM;

	for (i = 0; n >= 0 && i < run->args.count; i++) {
		struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };

		n = dgram_send(run->client_sock, &msg, data, run->args.size);
		/* as a program has it at the end of every call */
		cond_resched();
	}
	WRITE_ONCE(run->all_sent, true);
	kvfree(data);

	return min(n, 0);
}

/**
 * bench_flood_server() - count what comes
 * @run: the run
 *
 * Context: kernel thread.
 * Return: 0, -ENODATA where nearly nothing comes, or what a socket call failed with.
 */
int bench_flood_server(struct bench_run *run)
{
	u64 first = 0, last = 0, i = 0;
	bool all_sent = false;
	void *data;
	int n = 0;

	data = kvzalloc(run->args.size, GFP_KERNEL);
	if (!data)
		return -ENOMEM;

	for (;;) {
		struct msghdr msg = { };

		n = dgram_receive(run->server_sock, &msg, data, run->args.size);
		if (n == -EAGAIN && !all_sent) {
			/* and a whole timeout more, for what is under way */
			all_sent = READ_ONCE(run->all_sent);
			continue;
		}
		if (n < 0)
			break;
		if (++i % CLOCK_EVERY)
			continue;
		run->end = ktime_get_ns();
		last = i;
		if (!first) {
			run->start = run->end;
			first = i;
		}
	}
	kvfree(data);
	if (n != -EAGAIN)
		return n;

	run->args.received = i;
	run->args.counted = last - first;

	return last > first ? 0 : -ENODATA;
}

/**
 * bench_dgram_rr_client() - ask, and wait for the answer
 * @run: the run
 *
 * Context: kernel thread.
 * Return: 0, -ETIMEDOUT where an answer does not come, or what a socket call failed
 * with.
 */
int bench_dgram_rr_client(struct bench_run *run)
{
	u64 i, warm_up = div_u64(run->args.count, WARM_UP);
	void *data;
	int n = 0;

	data = kvzalloc(run->args.size, GFP_KERNEL);
	if (!data)
		return -ENOMEM;

	for (i = 0; n >= 0 && i < run->args.count + warm_up; i++) {
		struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };
		struct msghdr answer = { };

		if (i == warm_up)
			run->start = ktime_get_ns();
		n = dgram_send(run->client_sock, &msg, data, run->args.size);
		if (n >= 0)
			n = dgram_receive(run->client_sock, &answer, data,
					  run->args.size);
	}
	run->end = ktime_get_ns();
	kvfree(data);

	return n == -EAGAIN ? -ETIMEDOUT : min(n, 0);
}

/**
 * bench_dgram_rr_server() - answer whoever asks
 * @run: the run
 *
 * Context: kernel thread.
 * Return: 0 or what a socket call failed with.
 */
int bench_dgram_rr_server(struct bench_run *run)
{
	u64 left = run->args.count + div_u64(run->args.count, WARM_UP);
	struct sockaddr_storage from;
	void *data;
	int n = 0;

	data = kvzalloc(run->args.size, GFP_KERNEL);
	if (!data)
		return -ENOMEM;

	while (n >= 0 && left) {
		struct msghdr msg = {
			.msg_name = &from,
			.msg_namelen = sizeof(from),
		};

		n = dgram_receive(run->server_sock, &msg, data, run->args.size);
		if (n == -EAGAIN) {
			n = 0;
			continue;
		}
		if (n < 0)
			break;
		msg.msg_flags = MSG_NOSIGNAL;
		n = dgram_send(run->server_sock, &msg, data, run->args.size);
		left--;
	}
	kvfree(data);

	return min(n, 0);
}
