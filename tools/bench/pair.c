// SPDX-License-Identifier: GPL-2.0
/* Two processes with a connection between them: see pair.h */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pair.h"

static void serve(const struct pair_ops *ops, struct pair *pair, int listener)
{
	int fd;

	if (ops->raw) {
		ops->server(pair, listener);
		return;
	}
	fd = endpoint_accept(listener);
	endpoint_drain(fd);
	close(fd);

	fd = endpoint_accept(listener);
	ops->server(pair, fd);
	close(fd);
}

static void call(const struct pair_ops *ops, struct pair *pair, int index)
{
	int fd = endpoint_socket();

	if (ops->raw) {
		ops->client(pair, fd, index);
		return;
	}
	endpoint_connect(fd, opt.to[index], ENDPOINT_PORT + index);
	close(fd);

	fd = endpoint_socket();
	endpoint_connect(fd, opt.to[index], ENDPOINT_PORT + index);
	ops->client(pair, fd, index);
	close(fd);
}

/* Whoever starts a process is not to leave it behind */
static pid_t start(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	return 0;
}

static void wait_all(int count)
{
	int status;

	while (count--) {
		if (wait(&status) < 0)
			die("wait");
		if (status)
			/* has said why; the others end with this process */
			exit(1);
	}
}

const struct pair *pair_run(const struct pair_ops *ops)
{
	struct pair *pairs;
	int listener, i;

	pairs = mmap(NULL, TO_MAX * sizeof(*pairs), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (pairs == MAP_FAILED)
		die("mmap");

	endpoint_enter(opt.server_ns);
	for (i = 0; i < opt.to_count; i++) {
		listener = endpoint_listen(ENDPOINT_PORT + i, 16);
		if (!start()) {
			serve(ops, &pairs[i], listener);
			exit(0);
		}
		if (!start()) {
			close(listener);
			endpoint_enter(opt.client_ns);
			call(ops, &pairs[i], i);
			exit(0);
		}
		close(listener);
	}
	wait_all(2 * opt.to_count);
	return pairs;
}

void pair_print_kind(const struct pair *pair)
{
	if (!pair->kind.stacks)
		return;
	printf(", \"native\": %s, \"stacks\": %u, \"srtt_us\": %u",
	       pair->kind.native ? "true" : "false", pair->kind.stacks,
	       pair->kind.srtt_us);
}
