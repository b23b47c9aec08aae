// SPDX-License-Identifier: GPL-2.0
/* Two processes with a connection between them: see pair.h */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pair.h"

FILE *pair_line(char *text, const char **line)
{
	char *ns = strsep(&text, ","), *program = strsep(&text, ",");
	char command[64];
	FILE *file;

	if (!text || (strcmp(program, "ip") && strcmp(program, "tc")))
		die("what is done is NAMESPACE,ip|tc,LINE");
	endpoint_enter(ns);
	snprintf(command, sizeof(command), "exec %s -batch -", program);
	file = popen(command, "w");
	if (!file)
		die("%s", program);
	*line = text;
	return file;
}

void pair_begun(void)
{
	const char *line;
	FILE *file;
	int i;

	for (i = 0; i < opt.begun_count; i++) {
		file = pair_line(opt.begun[i], &line);
		fprintf(file, "%s\n", line);
		errno = 0;
		if (pclose(file))
			die("failed: %s", line);
	}
	endpoint_enter(opt.client_ns);
}

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
	const char *to = opt.to[index < opt.to_count ? index : 0];
	int fd = endpoint_socket();

	if (ops->raw) {
		ops->client(pair, fd, index);
		return;
	}
	endpoint_connect(fd, to, ENDPOINT_PORT + index);
	close(fd);

	fd = endpoint_socket();
	endpoint_connect(fd, to, ENDPOINT_PORT + index);
	endpoint_over_udp(fd);
	pair_begun();
	ops->client(pair, fd, index);
	close(fd);
}

pid_t pair_fork(void)
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

void pair_wait(int count)
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

int pair_count(void)
{
	return opt.to_count + opt.rival;
}

const struct pair *pair_run(const struct pair_ops *ops)
{
	struct pair *pairs;
	int listener, i;

	pairs = mmap(NULL, (TO_MAX + 1) * sizeof(*pairs), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (pairs == MAP_FAILED)
		die("mmap");

	endpoint_enter(opt.server_ns);
	for (i = 0; i < pair_count(); i++) {
		if (i == opt.to_count)
			set_family("tcp");
		listener = endpoint_listen(ENDPOINT_PORT + i, 16);
		if (!pair_fork()) {
			serve(ops, &pairs[i], listener);
			exit(0);
		}
		if (!pair_fork()) {
			close(listener);
			endpoint_enter(opt.client_ns);
			call(ops, &pairs[i], i);
			exit(0);
		}
		close(listener);
	}
	pair_wait(2 * pair_count());
	return pairs;
}

void pair_print_kind(const struct pair *pair)
{
	if (!pair->kind.stacks)
		return;
	printf(", \"native\": %s, \"udp\": %s, \"stacks\": %u, \"srtt_us\": %u",
	       pair->kind.native ? "true" : "false",
	       pair->kind.udp ? "true" : "false", pair->kind.stacks,
	       pair->kind.srtt_us);
}
