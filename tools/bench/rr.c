// SPDX-License-Identifier: GPL-2.0
/* Request and response: how long a round trip takes. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "pair.h"

/* One in so many round trips is for warming up, and not counted */
#define WARM_UP 10

static void rr_client(struct pair *pair, int fd, int index)
{
	char *data = calloc(1, opt.size);
	uint64_t i;

	endpoint_nodelay(fd);
	for (i = 0; i < opt.count + opt.count / WARM_UP; i++) {
		if (i == opt.count / WARM_UP)
			pair->start = now_ns();
		endpoint_send(fd, data, opt.size);
		endpoint_receive(fd, data, opt.size);
	}
	pair->end = now_ns();
	pair->kind = endpoint_kind(fd);
}

static void rr_server(struct pair *pair, int fd)
{
	char *data = malloc(opt.size);
	uint64_t i;

	endpoint_nodelay(fd);
	for (i = 0; i < opt.count + opt.count / WARM_UP; i++) {
		endpoint_receive(fd, data, opt.size);
		endpoint_send(fd, data, opt.size);
	}
	endpoint_drain(fd);
}

void rr_test(void)
{
	static const struct pair_ops ops = {
		.client = rr_client,
		.server = rr_server,
	};
	const struct pair *pair = pair_run(&ops);

	printf("{\"ns\": %.1f", (double)(pair->end - pair->start) / opt.count);
	pair_print_kind(pair);
	printf("}\n");
}
