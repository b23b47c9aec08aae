/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_BENCH_TEST_H
#define _NPV_BENCH_TEST_H

#include "npv_bench.h"

struct bench_run;

/**
 * struct bench_test - what the two threads do
 * @prepare: makes or takes the sockets that are there before the threads are
 * @server: accepts, and is done when the client is
 * @client: connects and measures
 */
struct bench_test {
	int (*prepare)(struct bench_run *run);
	int (*server)(struct bench_run *run);
	int (*client)(struct bench_run *run);
};

extern const struct bench_test bench_tests[NPV_BENCH_TESTS];

int bench_dgram_prepare(struct bench_run *run);
int bench_flood_server(struct bench_run *run);
int bench_flood_client(struct bench_run *run);
int bench_dgram_rr_server(struct bench_run *run);
int bench_dgram_rr_client(struct bench_run *run);

#endif /* _NPV_BENCH_TEST_H */
