/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_BENCH_RUN_H
#define _NPV_BENCH_RUN_H

#include <linux/completion.h>
#include <linux/kref.h>

#include "npv_bench.h"

struct bench_run;
struct net;
struct socket;
struct task_struct;

/**
 * struct bench_end - one of the two threads
 * @run: what it is part of; the thread holds a reference
 * @body: what it does
 * @task: the thread; a reference is held until the run is freed
 * @done: when it has ended
 * @error: how @body ended
 */
struct bench_end {
	struct bench_run *run;
	int (*body)(struct bench_run *run);
	struct task_struct *task;
	struct completion done;
	int error;
};

/**
 * struct bench_run - a sample being taken
 * @ref: held by the caller and by either thread: one that hangs in a socket
 *	call for good keeps it
 * @args: as given
 * @server_net: namespace of the server
 * @client_net: namespace of the client
 * @listener: of the server
 * @server_sock: of datagrams: of the program's, whose file is held
 * @client_sock: likewise
 * @server: the thread that accepts
 * @client: the thread that connects
 * @start: ktime_get_ns() when the client began
 * @end: when the test was over
 * @all_sent: flood: nothing more comes from the client
 */
struct bench_run {
	struct kref ref;
	struct npv_bench_args args;
	struct net *server_net;
	struct net *client_net;
	struct socket *listener;
	struct socket *server_sock;
	struct socket *client_sock;
	struct bench_end server;
	struct bench_end client;
	u64 start;
	u64 end;
	bool all_sent;
};

int bench_run(struct npv_bench_args *args);

#endif /* _NPV_BENCH_RUN_H */
