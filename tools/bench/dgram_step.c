// SPDX-License-Identifier: GPL-2.0
/*
 * One datagram at a time, sent and received by one process: what each costs, and how
 * many bytes it has on the wire. Nobody else has a turn meanwhile, and none shares a
 * packet with another.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bench.h"
#include "dgram.h"

/* One in so many is for warming up, and not counted */
#define WARM_UP		10
#define TIMEOUT_MS	1000

/* Bytes that went through the devices of the client */
struct wire {
	unsigned long long out;
	unsigned long long in;
};

/* /proc/net/dev is of the process's namespace, /sys is not. */
static struct wire wire_bytes(void)
{
	unsigned long long in, out;
	struct wire wire = { };
	char line[512], *name;
	FILE *file;

	file = fopen("/proc/net/dev", "r");
	if (!file)
		die("/proc/net/dev");
	while (fgets(line, sizeof(line), file)) {
		name = strchr(line, ':');
		if (!name || strstr(line, "lo:") ||
		    sscanf(name, ": %llu %*u %*u %*u %*u %*u %*u %*u %llu", &in,
			   &out) != 2)
			continue;
		wire.in += in;
		wire.out += out;
	}
	fclose(file);
	return wire;
}

static void steps(const struct dgram_pair *pair, char *data, uint64_t count)
{
	while (count--) {
		dgram_send(pair->client, data, opt.size);
		if (recv(pair->server, data, opt.size, 0) < 0)
			die("a datagram has not come");
	}
}

void dgram_step_test(void)
{
	struct dgram_pair pair = dgram_open();
	char *data = calloc(1, opt.size);
	struct wire before, after;
	uint64_t start, end;

	dgram_timeout(pair.server, TIMEOUT_MS);
	steps(&pair, data, opt.count / WARM_UP);
	before = wire_bytes();
	start = now_ns();
	steps(&pair, data, opt.count);
	end = now_ns();
	after = wire_bytes();

	printf("{\"ns\": %.1f, \"wire_bytes\": %.3f, \"wire_bytes_back\": %.3f",
	       (double)(end - start) / opt.count,
	       (double)(after.out - before.out) / opt.count,
	       (double)(after.in - before.in) / opt.count);
	dgram_print_kind(&pair);
	printf("}\n");
}
