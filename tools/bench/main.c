// SPDX-License-Identifier: GPL-2.0
/*
 * npv-bench: one sample of one test with one contestant.
 *
 * npv-bench bulk|rr|connect|learn|idle|policy|dump|dgram-... [OPTION...]
 *
 *	--family tcp|udp|mptcp|npv	the contestant; udp: of datagrams
 *	--server-ns NAME, --client-ns NAME
 *	--to ADDRESS			of the server; several: a connection each
 *	--size BYTES, --count N		see struct options
 *	--seconds S, --skip S		bulk only
 *	--udp				NPV moves to a UDP stack
 *	--rival				bulk: TCP at the same time
 *	--begun NS,ip|tc,LINE		when the session has begun
 *	--event-at S, --event NS,ip|tc,LINE
 *	--kthreads			bulk, rr, dgram-flood, dgram-rr: by kernel threads
 *	--native			dgram-*: NPV is native, or it is an error
 *	--reliable			dgram-step: NPV delivers all
 *	--rate N			dgram-paced: datagrams a second
 *	--scheduler NAME, --stacks N	dgram-*: of NPV
 *
 * Prints a JSON object in a line. Both ends are made here, each in a process of
 * its own and as SCHED_BATCH, or else what is measured is who preempts whom.
 */
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <linux/npv.h>

#include "bench.h"

struct options opt = {
	.size = 64,
	.count = 1000,
	.rate = 1000,
};

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "bulk", bulk_test },
	{ "rr", rr_test },
	{ "connect", connect_test },
	{ "learn", learn_test },
	{ "idle", idle_test },
	{ "policy", policy_test },
	{ "dump", dump_test },
	{ "dgram-step", dgram_step_test },
	{ "dgram-paced", dgram_paced_test },
	{ }
};

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

void sleep_until(uint64_t when)
{
	struct timespec ts = {
		.tv_sec = when / NSEC_PER_SEC,
		.tv_nsec = when % NSEC_PER_SEC,
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL))
		;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

void ascending(uint64_t *value, size_t count)
{
	qsort(value, count, sizeof(*value), compare);
}

uint64_t median(uint64_t *value, size_t count)
{
	ascending(value, count);
	return value[count / 2];
}

void die(const char *format, ...)
{
	int error = errno;
	va_list args;

	fputs("npv-bench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	if (error)
		fprintf(stderr, ": %s", strerror(error));
	fputs("\n", stderr);
	exit(1);
}

void set_family(const char *name)
{
	opt.npv = false;
	opt.domain = AF_INET;
	if (!strcmp(name, "tcp")) {
		opt.protocol = IPPROTO_TCP;
	} else if (!strcmp(name, "udp")) {
		opt.protocol = IPPROTO_UDP;
	} else if (!strcmp(name, "mptcp")) {
		opt.protocol = IPPROTO_MPTCP;
	} else if (!strcmp(name, "npv")) {
		opt.npv = true;
		opt.domain = npv_family();
		opt.protocol = NPV_PROTO(AF_INET, 0);
	} else {
		errno = 0;
		die("there is no contestant %s", name);
	}
}

enum {
	FAMILY = 1, SERVER_NS, CLIENT_NS, TO, SIZE, COUNT, SECONDS, SKIP,
	EVENT_AT, EVENT, KTHREADS, UDP, BEGUN, RIVAL, NATIVE, RELIABLE, RATE,
	SCHEDULER, STACKS,
};

static const struct option long_options[] = {
	{ "family", required_argument, NULL, FAMILY },
	{ "server-ns", required_argument, NULL, SERVER_NS },
	{ "client-ns", required_argument, NULL, CLIENT_NS },
	{ "to", required_argument, NULL, TO },
	{ "size", required_argument, NULL, SIZE },
	{ "count", required_argument, NULL, COUNT },
	{ "seconds", required_argument, NULL, SECONDS },
	{ "skip", required_argument, NULL, SKIP },
	{ "event-at", required_argument, NULL, EVENT_AT },
	{ "event", required_argument, NULL, EVENT },
	{ "kthreads", no_argument, NULL, KTHREADS },
	{ "udp", no_argument, NULL, UDP },
	{ "rival", no_argument, NULL, RIVAL },
	{ "begun", required_argument, NULL, BEGUN },
	{ "native", no_argument, NULL, NATIVE },
	{ "reliable", no_argument, NULL, RELIABLE },
	{ "rate", required_argument, NULL, RATE },
	{ "scheduler", required_argument, NULL, SCHEDULER },
	{ "stacks", required_argument, NULL, STACKS },
	{ }
};

static void set_option(int which)
{
	switch (which) {
	case FAMILY:
		set_family(optarg);
		break;
	case SERVER_NS:
		opt.server_ns = optarg;
		break;
	case CLIENT_NS:
		opt.client_ns = optarg;
		break;
	case TO:
		if (opt.to_count < TO_MAX)
			opt.to[opt.to_count++] = optarg;
		break;
	case SIZE:
		opt.size = strtoul(optarg, NULL, 10);
		break;
	case COUNT:
		opt.count = strtoull(optarg, NULL, 10);
		break;
	case SECONDS:
		opt.seconds = strtod(optarg, NULL);
		break;
	case SKIP:
		opt.skip = strtod(optarg, NULL);
		break;
	case EVENT_AT:
		opt.event_at = strtod(optarg, NULL);
		break;
	case EVENT:
		if (opt.event_count < EVENT_MAX)
			opt.event[opt.event_count++] = optarg;
		break;
	case KTHREADS:
		opt.kthreads = true;
		break;
	case UDP:
		opt.udp = true;
		break;
	case RIVAL:
		opt.rival = true;
		break;
	case BEGUN:
		if (opt.begun_count < EVENT_MAX)
			opt.begun[opt.begun_count++] = optarg;
		break;
	case NATIVE:
		opt.native = true;
		break;
	case RELIABLE:
		opt.reliable = true;
		break;
	case RATE:
		opt.rate = strtod(optarg, NULL);
		break;
	case SCHEDULER:
		opt.scheduler = optarg;
		break;
	case STACKS:
		opt.stacks = strtoul(optarg, NULL, 10);
		break;
	default:
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct sched_param param = { };
	int which, i;

	set_family("tcp");
	while ((which = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		set_option(which);
	if (!opt.to_count)
		opt.to[opt.to_count++] = "127.0.0.1";
	if (!opt.size || !opt.count || !(opt.rate > 0)) {
		fprintf(stderr, "npv-bench: size, count and rate are above 0\n");
		return 2;
	}
	if (sched_setscheduler(0, SCHED_BATCH, &param))
		die("SCHED_BATCH");
	if (optind + 1 == argc && opt.kthreads) {
		kthread_test(argv[optind]);
		return 0;
	}
	for (i = 0; optind + 1 == argc && tests[i].name; i++)
		if (!strcmp(tests[i].name, argv[optind])) {
			tests[i].run();
			return 0;
		}
	fprintf(stderr, "usage: npv-bench bulk|rr|connect|learn|idle|policy|dump|dgram-... [OPTION...]\n");
	return 2;
}
