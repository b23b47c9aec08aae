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
#include "endpoint.h"
#include "kmod/npv_bench.h"

#define TIMEOUT_MS 30000

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

void kthread_test(const char *test)
{
	struct npv_bench_args args = {
		.server_ns = namespace_open(opt.server_ns),
		.client_ns = namespace_open(opt.client_ns),
		.domain = opt.domain,
		.protocol = opt.protocol,
		.port = ENDPOINT_PORT,
		.size = opt.size,
		.timeout_ms = TIMEOUT_MS,
		.count = opt.count,
	};
	int fd = open("/dev/npv_bench", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("/dev/npv_bench");
	if (inet_pton(AF_INET, opt.to[0], &args.address) != 1)
		die("%s is no IPv4 address", opt.to[0]);
	if (!strcmp(test, "bulk")) {
		args.test = NPV_BENCH_BULK;
	} else if (!strcmp(test, "rr")) {
		args.test = NPV_BENCH_RR;
	} else {
		errno = 0;
		die("kernel threads can't do %s", test);
	}

	if (ioctl(fd, NPV_BENCH_RUN, &args))
		die("%s between kernel threads", test);
	if (args.test == NPV_BENCH_BULK)
		printf("{\"mbit\": %.3f, \"ns_per_mb\": %.1f}\n",
		       args.count * 8e3 / args.ns, args.ns * 1e6 / args.count);
	else
		printf("{\"ns\": %.1f}\n", (double)args.ns / args.count);
}
