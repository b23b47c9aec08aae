// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a program in a named network namespace, with a time limit if asked for.
 * What `timeout S ip netns exec NAME` does, in a tenth of the time that it takes
 * in the debug kernel: it mounts nothing, and is one program instead of two.
 *
 * npv-ns [--timeout SECONDS] NAME PROGRAM [ARG...]
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* As timeout(1) */
#define EXIT_TIMED_OUT 124

static int die(const char *what)
{
	perror(what);
	return 125;
}

int main(int argc, char **argv)
{
	struct pollfd pfd = { .events = POLLIN };
	int seconds = 0, fd, status;
	char path[256];
	pid_t pid;

	if (argc > 2 && !strcmp(argv[1], "--timeout")) {
		seconds = atoi(argv[2]);
		argv += 2;
		argc -= 2;
	}
	if (argc < 3) {
		fprintf(stderr, "usage: npv-ns [--timeout S] NAME PROGRAM...\n");
		return 125;
	}

	snprintf(path, sizeof(path), "/run/netns/%s", argv[1]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		return die(path);
	close(fd);

	pid = seconds ? fork() : 0;
	if (!pid) {
		if (seconds)
			setpgid(0, 0);
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	setpgid(pid, pid);
	pfd.fd = syscall(SYS_pidfd_open, pid, 0);
	if (poll(&pfd, 1, seconds * 1000) != 1) {
		fprintf(stderr, "%s: still running after %d s\n", argv[2],
			seconds);
		kill(-pid, SIGKILL);
		waitpid(pid, &status, 0);
		return EXIT_TIMED_OUT;
	}
	if (waitpid(pid, &status, 0) != pid)
		return die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}
