// SPDX-License-Identifier: GPL-2.0
/* The tests of streams, over sockets of any family that takes IPv4 addresses. */

#include <linux/in.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/uio.h>
#include <net/sock.h>

#include "run.h"
#include "test.h"

/* What a read takes at most, whatever the writes are */
#define READ_SIZE	SZ_128K
/* One in so many round trips is for warming up, and not counted */
#define WARM_UP		10

static int socket_open(struct net *net, const struct npv_bench_args *args,
		       struct socket **sock)
{
	int err;

	err = sock_create_kern(net, args->domain, SOCK_STREAM, args->protocol,
			       sock);
	/* what TCP still has to do when it is closed needs the namespace */
	if (!err)
		sk_net_refcnt_upgrade((*sock)->sk);

	return err;
}

/* As a program does it, for only that reaches what is inside the socket */
static int socket_nodelay(struct socket *sock)
{
	int one = 1;

	return sock->ops->setsockopt(sock, SOL_TCP, TCP_NODELAY,
				     KERNEL_SOCKPTR(&one), sizeof(one));
}

static int socket_send(struct socket *sock, void *data, size_t size)
{
	struct msghdr msg = { .msg_flags = MSG_NOSIGNAL };
	int n;

	while (size) {
		struct kvec vec = { .iov_base = data, .iov_len = size };

		n = kernel_sendmsg(sock, &msg, &vec, 1, size);
		if (n < 0)
			return n;
		data += n;
		size -= n;
	}

	return 0;
}

/* What there is; 0 at the end of it */
static int socket_receive_some(struct socket *sock, void *data, size_t size)
{
	struct kvec vec = { .iov_base = data, .iov_len = size };
	struct msghdr msg = { };

	return kernel_recvmsg(sock, &msg, &vec, 1, size, 0);
}

static int socket_receive(struct socket *sock, void *data, size_t size)
{
	int n;

	while (size) {
		n = socket_receive_some(sock, data, size);
		if (n <= 0)
			return n ?: -ECONNRESET;
		data += n;
		size -= n;
	}

	return 0;
}

static int socket_drain(struct socket *sock, void *data, size_t size)
{
	int n;

	do {
		n = socket_receive_some(sock, data, size);
	} while (n > 0);

	return n;
}

/* The run has its namespaces. */
static int stream_prepare(struct bench_run *run)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(run->args.port),
	};
	int err;

	err = socket_open(run->server_net, &run->args, &run->listener);
	if (err)
		return err;
	sock_set_reuseaddr(run->listener->sk);

	err = kernel_bind(run->listener, (struct sockaddr *)&sin, sizeof(sin));
	if (err)
		return err;

	return kernel_listen(run->listener, 16);
}

static int connection_open(struct bench_run *run, struct socket **sock)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(run->args.port),
		.sin_addr.s_addr = run->args.address,
	};
	int err;

	err = socket_open(run->client_net, &run->args, sock);
	if (err)
		return err;

	err = kernel_connect(*sock, (struct sockaddr *)&sin, sizeof(sin), 0);
	if (err)
		sock_release(*sock);

	return err;
}

/*
 * The ends of a test: a connection that tells the hosts of each other, one that
 * is measured, and a buffer for either side.
 */
static int client_with(struct bench_run *run,
		       int (*test)(struct bench_run *run, struct socket *sock,
				   void *data))
{
	struct socket *sock;
	void *data;
	int err;

	err = connection_open(run, &sock);
	if (err)
		return err;
	sock_release(sock);

	data = kvzalloc(max_t(size_t, READ_SIZE, run->args.size), GFP_KERNEL);
	if (!data)
		return -ENOMEM;

	err = connection_open(run, &sock);
	if (!err) {
		err = test(run, sock, data);
		kernel_sock_shutdown(sock, SHUT_WR);
		if (!err)
			err = socket_drain(sock, data, READ_SIZE);
		sock_release(sock);
	}
	kvfree(data);

	return err;
}

static int server_with(struct bench_run *run,
		       int (*test)(struct bench_run *run, struct socket *sock,
				   void *data))
{
	struct socket *sock;
	void *data;
	int err;

	data = kvzalloc(max_t(size_t, READ_SIZE, run->args.size), GFP_KERNEL);
	if (!data)
		return -ENOMEM;

	err = kernel_accept(run->listener, &sock, 0);
	if (err)
		goto out;
	err = socket_drain(sock, data, READ_SIZE);
	sock_release(sock);
	if (err)
		goto out;

	err = kernel_accept(run->listener, &sock, 0);
	if (err)
		goto out;
	err = test(run, sock, data);
	if (!err)
		err = socket_drain(sock, data, READ_SIZE);
	sock_release(sock);
out:
	kvfree(data);

	return err;
}

static int bulk_send(struct bench_run *run, struct socket *sock, void *data)
{
	u64 sent;
	int err;

	run->start = ktime_get_ns();
	for (sent = 0; sent < run->args.count; sent += run->args.size) {
		err = socket_send(sock, data, run->args.size);
		if (err)
			return err;
	}

	return 0;
}

static int bulk_receive(struct bench_run *run, struct socket *sock, void *data)
{
	u64 received;
	int n;

	for (received = 0; received < run->args.count; received += n) {
		n = socket_receive_some(sock, data, READ_SIZE);
		if (n <= 0)
			return n ?: -ECONNRESET;
	}
	run->end = ktime_get_ns();

	return 0;
}

static int bulk_client(struct bench_run *run)
{
	return client_with(run, bulk_send);
}

static int bulk_server(struct bench_run *run)
{
	return server_with(run, bulk_receive);
}

static int rr_ask(struct bench_run *run, struct socket *sock, void *data)
{
	u64 i, warm_up = div_u64(run->args.count, WARM_UP);
	int err;

	err = socket_nodelay(sock);
	for (i = 0; !err && i < run->args.count + warm_up; i++) {
		if (i == warm_up)
			run->start = ktime_get_ns();
		err = socket_send(sock, data, run->args.size) ?:
		      socket_receive(sock, data, run->args.size);
	}
	run->end = ktime_get_ns();

	return err;
}

static int rr_answer(struct bench_run *run, struct socket *sock, void *data)
{
	u64 i, warm_up = div_u64(run->args.count, WARM_UP);
	int err;

	err = socket_nodelay(sock);
	for (i = 0; !err && i < run->args.count + warm_up; i++)
		err = socket_receive(sock, data, run->args.size) ?:
		      socket_send(sock, data, run->args.size);

	return err;
}

static int rr_client(struct bench_run *run)
{
	return client_with(run, rr_ask);
}

static int rr_server(struct bench_run *run)
{
	return server_with(run, rr_answer);
}

const struct bench_test bench_tests[NPV_BENCH_TESTS] = {
	[NPV_BENCH_BULK] = { stream_prepare, bulk_server, bulk_client },
	[NPV_BENCH_RR] = { stream_prepare, rr_server, rr_client },
	[NPV_BENCH_DGRAM_FLOOD] = { bench_dgram_prepare, bench_flood_server,
				    bench_flood_client },
	[NPV_BENCH_DGRAM_RR] = { bench_dgram_prepare, bench_dgram_rr_server,
				 bench_dgram_rr_client },
};
