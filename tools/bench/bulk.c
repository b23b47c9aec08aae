// SPDX-License-Identifier: GPL-2.0
/*
 * Data streamed one way: a number of bytes as fast as it goes, or as much as
 * goes in a number of seconds. Something can be done to the paths on the way;
 * then the longest time that the receiver had to wait is of interest.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pair.h"

/* What a read takes at most, whatever the writes are */
#define READ_SIZE (128 * 1024)

static uint64_t deadline(const struct pair *pair)
{
	return pair->start + (uint64_t)(opt.seconds * NSEC_PER_SEC);
}

static void event_run(struct pair *pair, int fd, pid_t parent)
{
	const char *line[EVENT_MAX];
	FILE *file[EVENT_MAX];
	int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	for (i = 0; i < opt.event_count; i++)
		file[i] = pair_line(opt.event[i], &line[i]);
	sleep_until(pair->start + (uint64_t)(opt.event_at * NSEC_PER_SEC));
	pair->kind = endpoint_kind(fd);
	pair->event = now_ns();
	for (i = 0; i < opt.event_count; i++) {
		fprintf(file[i], "%s\n", line[i]);
		fflush(file[i]);
	}
	for (i = 0; i < opt.event_count; i++)
		if (pclose(file[i]))
			fprintf(stderr, "event failed: %s\n", line[i]);
	_exit(0);
}

static void send_for_a_time(struct pair *pair, int fd, const char *data)
{
	struct timeval tv = {
		/* also wakes one that can't send when the time is over */
		.tv_usec = 200 * 1000,
	};
	uint64_t end = deadline(pair);

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	while (now_ns() < end) {
		if (send(fd, data, opt.size, MSG_NOSIGNAL) >= 0 ||
		    errno == EAGAIN)
			continue;
		/* the receiver may be the first to see that the time is over */
		if (!pair->end)
			die("send");
		break;
	}
}

static void bulk_client(struct pair *pair, int fd, int index)
{
	char *data = malloc(opt.size);
	pid_t self = getpid();
	uint64_t sent;

	memset(data, 'x', opt.size);
	pair->start = now_ns();
	if (opt.event_count && !fork())
		event_run(pair, fd, self);
	if (opt.seconds) {
		send_for_a_time(pair, fd, data);
		if (!opt.event_count)
			pair->kind = endpoint_kind(fd);
		/* what is still on its way is of no interest to anybody */
		while (!pair->end)
			sleep_until(now_ns() + NSEC_PER_SEC / 1000);
		endpoint_abort(dup(fd));
		return;
	}
	for (sent = 0; sent < opt.count; sent += opt.size)
		endpoint_send(fd, data, opt.size);
	pair->kind = endpoint_kind(fd);
	shutdown(fd, SHUT_WR);
	endpoint_drain(fd);
}

/* A read ended at @now, the one before at @last */
static void note_gap(struct pair *pair, uint64_t last, uint64_t now)
{
	uint64_t event = pair->event;

	if (event && now > event) {
		if (now - last > pair->gap)
			pair->gap = now - last;
	} else if (now - last > pair->calm) {
		pair->calm = now - last;
	}
}

static void receive_for_a_time(struct pair *pair, int fd, char *data)
{
	struct timeval tv = { .tv_usec = 200 * 1000 };
	uint64_t first, end, last, now;
	ssize_t n;

	n = recv(fd, data, 1, 0);
	if (n != 1)
		die("recv of the first byte");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	first = pair->start + (uint64_t)(opt.skip * NSEC_PER_SEC);
	end = deadline(pair);
	last = now_ns();
	while (last < end) {
		n = recv(fd, data, READ_SIZE, 0);
		if (n < 0 && errno != EAGAIN)
			die("recv");
		now = now_ns();
		if (!n)
			break;
		if (n < 0) {
			if (now >= end) {
				note_gap(pair, last, now);
				break;
			}
			continue;
		}
		if (now >= first) {
			pair->bytes += n;
			note_gap(pair, last, now);
		}
		last = now;
	}
	pair->end = now_ns();
}

static void bulk_server(struct pair *pair, int fd)
{
	char *data = malloc(READ_SIZE);
	ssize_t n;

	if (opt.seconds) {
		receive_for_a_time(pair, fd, data);
		return;
	}
	while (pair->bytes < opt.count) {
		n = recv(fd, data, READ_SIZE, 0);
		if (n < 0)
			die("recv");
		if (!n)
			break;
		pair->bytes += n;
	}
	pair->end = now_ns();
	endpoint_drain(fd);
}

void bulk_test(void)
{
	static const struct pair_ops ops = {
		.client = bulk_client,
		.server = bulk_server,
	};
	const struct pair *pairs = pair_run(&ops);
	double mbit[TO_MAX + 1], sum = 0;
	int i;

	for (i = 0; i < pair_count(); i++) {
		double ns = pairs[i].end - pairs[i].start;

		ns -= opt.skip * NSEC_PER_SEC;
		mbit[i] = pairs[i].bytes * 8e3 / ns;
		sum += mbit[i];
	}
	printf("{\"mbit\": %.3f, \"ns_per_mb\": %.1f, \"mbit_each\": [", sum,
	       8e6 / sum * 1e3);
	for (i = 0; i < pair_count(); i++)
		printf("%s%.3f", i ? ", " : "", mbit[i]);
	printf("], \"gap_ms\": %.3f, \"calm_ms\": %.3f", pairs[0].gap / 1e6,
	       pairs[0].calm / 1e6);
	pair_print_kind(&pairs[0]);
	printf("}\n");
}
