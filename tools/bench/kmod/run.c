// SPDX-License-Identifier: GPL-2.0
/* Two threads, and an end to them, whatever the sockets do. */

#include <linux/err.h>
#include <linux/file.h>
#include <linux/in.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "run.h"
#include "test.h"

/* What a thread that was told to stop gets */
#define STOP_TIMEOUT	(5 * HZ)

static void run_close(struct bench_run *run)
{
	if (run->listener)
		sock_release(run->listener);
	if (run->server_sock)
		sockfd_put(run->server_sock);
	if (run->client_sock)
		sockfd_put(run->client_sock);
	run->listener = NULL;
	run->server_sock = NULL;
	run->client_sock = NULL;
}

static void run_free(struct kref *ref)
{
	struct bench_run *run = container_of(ref, struct bench_run, ref);

	if (run->server.task)
		put_task_struct(run->server.task);
	if (run->client.task)
		put_task_struct(run->client.task);
	run_close(run);
	if (run->server_net)
		put_net(run->server_net);
	if (run->client_net)
		put_net(run->client_net);
	kfree(run);
}

static int end_thread(void *data)
{
	struct bench_end *end = data;
	struct bench_run *run = end->run;

	/* ends every sleep in a socket call */
	allow_signal(SIGKILL);
	end->error = end->body(run);
	complete(&end->done);
	kref_put(&run->ref, run_free);
	module_put_and_kthread_exit(0);
}

static int end_start(struct bench_end *end, const char *name)
{
	struct task_struct *task;

	task = kthread_create(end_thread, end, "npv_bench_%s", name);
	if (IS_ERR(task))
		return PTR_ERR(task);

	end->task = get_task_struct(task);
	kref_get(&end->run->ref);
	__module_get(THIS_MODULE);
	wake_up_process(task);

	return 0;
}

/* Waits for the thread, and stops it when it takes longer */
static int end_wait(struct bench_end *end, unsigned long timeout)
{
	if (wait_for_completion_killable_timeout(&end->done, timeout) > 0)
		return end->error;

	send_sig(SIGKILL, end->task, 1);
	wait_for_completion_timeout(&end->done, STOP_TIMEOUT);

	return -ETIMEDOUT;
}

static int run_threads(struct bench_run *run)
{
	int err, server_err;

	err = end_start(&run->server, "server");
	if (err)
		return err;

	err = end_start(&run->client, "client");
	if (!err)
		err = end_wait(&run->client,
			       msecs_to_jiffies(run->args.timeout_ms));
	/* which has nobody to talk to now */
	server_err = end_wait(&run->server, err ? 1 : STOP_TIMEOUT);

	return err ?: server_err;
}

static void end_init(struct bench_end *end, struct bench_run *run,
		     int (*body)(struct bench_run *run))
{
	end->run = run;
	end->body = body;
	init_completion(&end->done);
}

static int run_prepare(struct bench_run *run)
{
	const struct bench_test *test = &bench_tests[run->args.test];
	struct net *net;

	net = get_net_ns_by_fd(run->args.server_ns);
	if (IS_ERR(net))
		return PTR_ERR(net);
	run->server_net = net;

	net = get_net_ns_by_fd(run->args.client_ns);
	if (IS_ERR(net))
		return PTR_ERR(net);
	run->client_net = net;

	end_init(&run->server, run, test->server);
	end_init(&run->client, run, test->client);

	return test->prepare(run);
}

/**
 * bench_run() - take a sample
 * @args: what of; on success with what was found
 *
 * Context: process; sleeps for as long as the test takes.
 * Return: 0, -EINVAL, -ENOMEM, what a socket call failed with, -ETIMEDOUT, also
 * when the caller is killed.
 */
int bench_run(struct npv_bench_args *args)
{
	struct bench_run *run;
	int err;

	if (args->test >= NPV_BENCH_TESTS || !args->size || args->size > SZ_1M)
		return -EINVAL;

	run = kzalloc(sizeof(*run), GFP_KERNEL);
	if (!run)
		return -ENOMEM;
	kref_init(&run->ref);
	run->args = *args;

	err = run_prepare(run);
	if (!err)
		err = run_threads(run);
	if (!err) {
		/*
		 * A thread may be the last to put the run, and later than this returns:
		 * then the next run would find its port in use.
		 */
		run_close(run);
		*args = run->args;
		args->ns = run->end - run->start;
	}
	kref_put(&run->ref, run_free);

	return err;
}
