// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of idle sessions: what the kernel has less when a number of them is
 * established, both ends counted, and has carried a byte each way.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/resource.h>

#include "bench.h"
#include "endpoint.h"

/* Sessions made before the first look: caches and per-CPU lists are filled */
#define WARM_UP 32
/* Until delayed ACKs are sent and what was freed under RCU is gone */
#define SETTLE_US 1500000

/* Bytes in use: objects in slabs, and pages that are neither slab, user
 * memory nor page cache. Free room in slabs is not counted.
 */
static long long memory_used(void)
{
	static const char *const spare[] = {
		"MemFree:", "Buffers:", "Cached:", "AnonPages:", "Slab:",
	};
	unsigned long long active, total, size, value;
	long long used = 0;
	char line[512], word[64];
	size_t i;
	FILE *file;

	file = fopen("/proc/meminfo", "r");
	if (!file)
		die("/proc/meminfo");
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %llu", word, &value) != 2)
			continue;
		if (!strcmp(word, "MemTotal:"))
			used += value * 1024;
		for (i = 0; i < sizeof(spare) / sizeof(spare[0]); i++)
			if (!strcmp(word, spare[i]))
				used -= value * 1024;
	}
	fclose(file);

	file = fopen("/proc/slabinfo", "r");
	if (!file)
		die("/proc/slabinfo");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%63s %llu %llu %llu", word, &active, &total,
			   &size) == 4)
			used += active * size;
	fclose(file);
	return used;
}

void sessions_open(int listener, int *fd)
{
	char byte = 0;

	endpoint_enter(opt.client_ns);
	fd[0] = endpoint_socket();
	endpoint_connect(fd[0], opt.to[0], ENDPOINT_PORT);
	/* A peer that is known is greeted with the first byte, or 20 ms later. */
	endpoint_send(fd[0], &byte, 1);
	fd[1] = endpoint_accept(listener);
	endpoint_receive(fd[1], &byte, 1);
	endpoint_send(fd[1], &byte, 1);
	endpoint_receive(fd[0], &byte, 1);
}

void idle_test(void)
{
	struct rlimit limit = {
		.rlim_cur = 2 * (opt.count + WARM_UP) + 64,
		.rlim_max = 2 * (opt.count + WARM_UP) + 64,
	};
	struct endpoint_kind kind;
	long long before, after;
	int listener, *fd;
	uint64_t i;

	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("RLIMIT_NOFILE");
	fd = malloc(2 * (opt.count + WARM_UP) * sizeof(*fd));
	/* the table of descriptors grows now, not later */
	if (dup2(0, limit.rlim_cur - 1) < 0)
		die("dup2");
	memset(fd, 0, 2 * (opt.count + WARM_UP) * sizeof(*fd));

	endpoint_enter(opt.server_ns);
	listener = endpoint_listen(ENDPOINT_PORT, 128);
	for (i = 0; i < WARM_UP; i++)
		sessions_open(listener, &fd[2 * i]);
	usleep(SETTLE_US);
	before = memory_used();
	for (; i < opt.count + WARM_UP; i++)
		sessions_open(listener, &fd[2 * i]);
	usleep(SETTLE_US);
	after = memory_used();

	kind = endpoint_kind(fd[2 * (i - 1)]);
	printf("{\"bytes\": %.1f", (double)(after - before) / opt.count);
	if (kind.stacks)
		printf(", \"native\": %s, \"stacks\": %u",
		       kind.native ? "true" : "false", kind.stacks);
	printf("}\n");
	for (i = 0; i < opt.count + WARM_UP; i++) {
		endpoint_abort(fd[2 * i]);
		endpoint_abort(fd[2 * i + 1]);
	}
}
