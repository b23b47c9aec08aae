// SPDX-License-Identifier: GPL-2.0
/* A number of datagrams a second: how many are lost, and how late the others are. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "dgram.h"
#include "pair.h"

/* After the last one was sent: whatever comes later is lost */
#define PATIENCE_MS	500

/* How a datagram begins; the first has number 1 */
struct stamp {
	uint64_t number;
	uint64_t sent;
};

/**
 * struct record - what the receiver tells
 * @end: when the last one was sent, 0: not yet; by the sender
 * @start: when the first one was to be sent; by the sender
 * @received: how many have come, each counted once
 * @again: how many came again
 * @delay: of each, nanoseconds; 0: it has not come
 */
struct record {
	_Atomic uint64_t end;
	uint64_t start;
	uint64_t received;
	uint64_t again;
	uint64_t delay[];
};

static struct record *record;

static void note(const struct stamp *stamp, uint64_t now)
{
	uint64_t *delay = &record->delay[stamp->number - 1];

	/* late, from when both ends found out what they are */
	if (!stamp->number)
		return;
	if (stamp->number > opt.count) {
		errno = 0;
		die("a datagram that nobody sent");
	}
	if (*delay) {
		record->again++;
		return;
	}
	record->received++;
	*delay = now > stamp->sent ? now - stamp->sent : 1;
}

static void paced_server(int fd)
{
	struct stamp *data = malloc(opt.size);
	uint64_t now;
	ssize_t n;

	dgram_timeout(fd, PATIENCE_MS / 5);
	for (;;) {
		n = recv(fd, data, opt.size, 0);
		now = now_ns();
		if (n >= (ssize_t)sizeof(*data))
			note(data, now);
		else if (n < 0 && errno != EAGAIN)
			die("recv");
		if (record->end &&
		    now > record->end + PATIENCE_MS * (NSEC_PER_SEC / 1000))
			break;
	}
}

static void paced_client(int fd)
{
	struct stamp *data = calloc(1, opt.size);
	double step = NSEC_PER_SEC / opt.rate;

	record->start = now_ns();
	while (data->number < opt.count) {
		sleep_until(record->start + (uint64_t)(data->number * step));
		data->number++;
		data->sent = now_ns();
		dgram_send(fd, data, opt.size);
	}
	record->end = now_ns();
}

/* Microseconds that a part of those that came took at most; delays are sorted */
static double late(double part)
{
	const uint64_t *delay = &record->delay[opt.count - record->received];

	return delay[(uint64_t)(part * (record->received - 1))] / 1e3;
}

void dgram_paced_test(void)
{
	size_t size = sizeof(*record) + opt.count * sizeof(record->delay[0]);
	struct dgram_pair pair;

	errno = 0;
	if (opt.size < sizeof(struct stamp))
		die("a datagram has %zu bytes at least", sizeof(struct stamp));
	record = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (record == MAP_FAILED)
		die("mmap");
	pair = dgram_open();
	if (!pair_fork()) {
		paced_server(pair.server);
		exit(0);
	}
	if (!pair_fork()) {
		paced_client(pair.client);
		exit(0);
	}
	pair_wait(2);

	errno = 0;
	if (!record->received)
		die("nothing has come");
	/* those that have not come are in front then */
	ascending(record->delay, opt.count);
	printf("{\"lost\": %.7f, \"again\": %llu, \"rate\": %.1f",
	       1 - (double)record->received / opt.count,
	       (unsigned long long)record->again,
	       opt.count * 1e9 / (record->end - record->start));
	printf(", \"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f", late(0.5),
	       late(0.99), late(0.999));
	dgram_print_kind(&pair);
	printf("}\n");
}
