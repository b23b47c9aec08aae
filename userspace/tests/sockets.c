// SPDX-License-Identifier: GPL-2.0
/*
 * Calls socket(), for the tests of npv-run.
 *
 *	sockets DOMAIN,TYPE,PROTOCOL...	each once
 *	sockets all			every combination that matters
 *	sockets threads			the same from many threads at once
 *	sockets vfork			in a child of vfork()
 *
 * Prints "DOMAIN,TYPE,PROTOCOL RESULT ERRNO" where RESULT is 0 or -1, and
 * ERRNO is what errno holds afterwards, having been 4242 before.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const int domains[] = { -1, 0, 1, 2, 10, 16, 17, 255 };
static const int types[] = { 0, 1, 2, 3, 4, 5, 10, 15, 0x10, 0x1000001 };
static const int flags[] = {
	0, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_CLOEXEC | SOCK_NONBLOCK,
};

static const int protocols[] = { -1, 0, 1, 6, 17, 33, 58, 132, 136, 255, 262 };

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static void try(int domain, int type, int protocol, int quiet)
{
	int fd, err;

	errno = 4242;
	fd = socket(domain, type, protocol);
	err = errno;
	if (fd >= 0 && fd < 1000)
		close(fd);
	if (!quiet)
		dprintf(1, "%d,%d,%d %d %d\n", domain, type, protocol,
			fd < 0 ? -1 : 0, err);
}

static void all(int quiet)
{
	size_t d, t, f, p;

	for (d = 0; d < ARRAY_SIZE(domains); d++)
		for (t = 0; t < ARRAY_SIZE(types); t++)
			for (f = 0; f < ARRAY_SIZE(flags); f++)
				for (p = 0; p < ARRAY_SIZE(protocols); p++)
					try(domains[d], types[t] | flags[f],
					    protocols[p], quiet);
}

static void *thread(void *arg)
{
	all(1);

	return arg;
}

static int threads(void)
{
	pthread_t ids[8];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ids); i++)
		if (pthread_create(&ids[i], NULL, thread, NULL))
			return 1;
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		pthread_join(ids[i], NULL);
	puts("done");

	return 0;
}

int main(int argc, char **argv)
{
	int domain, type, protocol, i, status;

	if (argc == 2 && !strcmp(argv[1], "threads"))
		return threads();
	if (argc == 2 && !strcmp(argv[1], "vfork")) {
		if (!vfork()) {
			try(AF_INET, SOCK_STREAM, 0, 0);
			_exit(0);
		}
		wait(&status);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "all")) {
		all(0);
		return 0;
	}

	for (i = 1; i < argc; i++) {
		if (sscanf(argv[i], "%i,%i,%i", &domain, &type, &protocol) != 3)
			return 2;
		try(domain, type, protocol, 0);
	}

	return 0;
}
