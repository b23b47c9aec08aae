// SPDX-License-Identifier: GPL-2.0
/* How long connect() takes, and how long until the first byte of an answer. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pair.h"

/* Connections before those that are measured: both ends then know each other */
#define WARM_UP 2

/* By the client, for the process that prints */
static uint64_t *connected, *answered;

static void connect_client(struct pair *pair, int fd, int index)
{
	uint64_t i, start, middle, n = opt.count + WARM_UP;
	char *data = calloc(1, opt.size);

	for (i = 0; i < n; i++) {
		start = now_ns();
		endpoint_connect(fd, opt.to[index], ENDPOINT_PORT + index);
		middle = now_ns();
		endpoint_send(fd, data, opt.size);
		endpoint_receive(fd, data, 1);
		if (i >= WARM_UP) {
			answered[i - WARM_UP] = now_ns() - start;
			connected[i - WARM_UP] = middle - start;
		}
		endpoint_receive(fd, data, opt.size - 1);
		pair->kind = endpoint_kind(fd);
		/* Kept: how the one before is closed is not what is measured. */
		if (i + 1 < n)
			fd = endpoint_socket();
	}
}

static void connect_server(struct pair *pair, int listener)
{
	char *data = malloc(opt.size);
	uint64_t i;

	for (i = 0; i < opt.count + WARM_UP; i++) {
		int fd = endpoint_accept(listener);

		endpoint_receive(fd, data, opt.size);
		endpoint_send(fd, data, opt.size);
	}
}

void connect_test(void)
{
	static const struct pair_ops ops = {
		.client = connect_client,
		.server = connect_server,
		.raw = true,
	};
	const struct pair *pair;
	uint64_t middle, quarter;

	connected = mmap(NULL, 2 * opt.count * sizeof(*connected),
			 PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			 -1, 0);
	if (connected == MAP_FAILED)
		die("mmap");
	answered = connected + opt.count;
	pair = pair_run(&ops);
	middle = median(connected, opt.count);
	/* which has put them in order */
	quarter = connected[opt.count / 4];
	printf("{\"connect_ns\": %llu, \"connect_quarter_ns\": %llu, \"first_byte_ns\": %llu",
	       (unsigned long long)middle, (unsigned long long)quarter,
	       (unsigned long long)median(answered, opt.count));
	pair_print_kind(pair);
	printf("}\n");
}

/* Connects to as many addresses of this host: the kernel remembers how that went */
void learn_test(void)
{
	int listener = endpoint_listen(ENDPOINT_PORT, 16);
	char address[16];
	uint64_t i;

	for (i = 0; i < opt.count; i++) {
		int fd = endpoint_socket(), accepted;

		snprintf(address, sizeof(address), "127.%u.%u.%u",
			 (unsigned int)(i >> 16 & 0x7f) + 1,
			 (unsigned int)(i >> 8 & 0xff), (unsigned int)(i & 0xff));
		endpoint_connect(fd, address, ENDPOINT_PORT);
		accepted = endpoint_accept(listener);
		endpoint_abort(fd);
		endpoint_abort(accepted);
	}
	close(listener);
	printf("{\"addresses\": %llu}\n", (unsigned long long)opt.count);
}
