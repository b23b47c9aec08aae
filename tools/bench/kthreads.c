// SPDX-License-Identifier: GPL-2.0
/* Has kernel threads do the test: the module is in kmod/. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bench.h"
#include "dgram.h"
#include "endpoint.h"
#include "kmod/npv_bench.h"

#define TIMEOUT_MS 30000
/* Of the sockets: longer than a datagram is under way */
#define DGRAM_TIMEOUT_MS 200

static const struct {
	const char *name;
	bool dgram;
} tests[NPV_BENCH_TESTS] = {
	[NPV_BENCH_BULK] = { "bulk" },
	[NPV_BENCH_RR] = { "rr" },
	[NPV_BENCH_DGRAM_FLOOD] = { "dgram-flood", true },
	[NPV_BENCH_DGRAM_RR] = { "dgram-rr", true },
};

static int namespace_open(const char *name)
{
	char path[256] = "/proc/self/ns/net";
	int fd;

	if (name)
		snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("%s", path);
	return fd;
}

static int test_number(const char *test)
{
	int i;

	for (i = 0; i < NPV_BENCH_TESTS; i++)
		if (!strcmp(tests[i].name, test))
			return i;
	errno = 0;
	die("kernel threads can't do %s", test);
}

/* The first members of a JSON object */
static void print(const struct npv_bench_args *args)
{
	switch (args->test) {
	case NPV_BENCH_BULK:
		printf("{\"mbit\": %.3f, \"ns_per_mb\": %.1f",
		       args->count * 8e3 / args->ns, args->ns * 1e6 / args->count);
		break;
	case NPV_BENCH_DGRAM_FLOOD:
		printf("{\"per_second\": %.1f, \"lost\": %.7f",
		       args->counted * 1e9 / args->ns,
		       1 - (double)args->received / args->count);
		break;
	default:
		printf("{\"ns\": %.1f", (double)args->ns / args->count);
	}
}

void kthread_test(const char *test)
{
	struct npv_bench_args args = {
		.server_ns = namespace_open(opt.server_ns),
		.client_ns = namespace_open(opt.client_ns),
		.domain = opt.domain,
		.protocol = opt.protocol,
		.port = ENDPOINT_PORT,
		.test = test_number(test),
		.size = opt.size,
		.timeout_ms = TIMEOUT_MS,
		.count = opt.count,
	};
	int fd = open("/dev/npv_bench", O_RDWR | O_CLOEXEC);
	bool dgram = tests[args.test].dgram;
	struct dgram_pair pair;

	if (fd < 0)
		die("/dev/npv_bench");
	if (inet_pton(AF_INET, opt.to[0], &args.address) != 1)
		die("%s is no IPv4 address", opt.to[0]);
	if (dgram) {
		pair = dgram_open();
		dgram_timeout(pair.server, DGRAM_TIMEOUT_MS);
		dgram_timeout(pair.client, DGRAM_TIMEOUT_MS);
		args.server_sock = pair.server;
		args.client_sock = pair.client;
	}

	if (ioctl(fd, NPV_BENCH_RUN, &args))
		die("%s between kernel threads", test);
	print(&args);
	if (dgram)
		dgram_print_kind(&pair);
	printf("}\n");
}
