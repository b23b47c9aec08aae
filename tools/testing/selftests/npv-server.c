// SPDX-License-Identifier: GPL-2.0
/*
 * Listens on ports and addresses, by any flavour of socket, and echoes what it
 * receives. A line for each listener and for each accepted connection:
 *
 *	listening ADDRESS PORT
 *	accepted PORT PEER PEER_PORT LOCAL
 *
 * npv-server [OPTION...] PORT[-PORT] ADDRESS...
 *
 * With AF_NPV names (--family npv) all addresses go to one socket; else each
 * gets its own.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "check.h"
#include "flavour.h"

#define MAX_FDS 4096

static const struct option longopts[] = {
	{ "family", required_argument, NULL, 'f' },
	{ "hold", no_argument, NULL, 'h' },
	{ "v6only", no_argument, NULL, '6' },
	{ "reuseport", no_argument, NULL, 'r' },
	{ "threads", no_argument, NULL, 't' },
	{ }
};

static const char usage_text[] =
"usage: npv-server [OPTION...] PORT[-PORT] ADDRESS...\n"
"  --family FLAVOUR  inet (default), inet6, npv, npv-inet, npv-inet6...\n"
"  --hold            accept nothing\n"
"  --v6only          IPV6_V6ONLY\n"
"  --reuseport       SO_REUSEPORT\n"
"  --threads         a thread for each connection: one whose peer does not read\n"
"                    is in nobody's way\n";

static bool is_listener[MAX_FDS], hold, v6only, reuseport, threads;
static int ep;

static const char *host(const struct addr *a)
{
	static char text[2][INET6_ADDRSTRLEN];
	static int which;
	char *t = text[which ^= 1];

	if (a->sa.sa_family == AF_INET)
		inet_ntop(AF_INET, &a->in.sin_addr, t, INET6_ADDRSTRLEN);
	else if (a->sa.sa_family == AF_INET6)
		inet_ntop(AF_INET6, &a->in6.sin6_addr, t, INET6_ADDRSTRLEN);
	else
		inet_ntop(AF_INET6, &a->npv.snpv_addr[0], t, INET6_ADDRSTRLEN);
	return strncmp(t, "::ffff:", 7) ? t : t + 7;
}

static void watch(int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	if (fd >= MAX_FDS)
		FAIL("too many connections");
	OK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev));
}

static void listen_on(struct addr a)
{
	int fd = OK(flavour_socket(fl, SOCK_STREAM)), on = 1;

	OK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	if (reuseport)
		OK(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)));
	if (v6only)
		OK(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)));
	if (bind(fd, &a.sa, a.len) || listen(fd, 64)) {
		fprintf(stderr, "npv-server: %s: %s\n", addr_str(&a),
			errno_name(errno));
		exit(1);
	}
	a = name_local(fd);
	printf("listening %s %d\n", host(&a), addr_port(&a));
	is_listener[fd] = true;
	watch(fd);
}

/* Returns false when the connection has ended, and closes it */
static bool echo(int fd)
{
	char buf[4096];
	ssize_t n = recv(fd, buf, sizeof(buf), 0), done = 0;

	while (done < n) {
		ssize_t sent = send(fd, buf + done, n - done, MSG_NOSIGNAL);

		if (sent < 0)
			break;
		done += sent;
	}
	if (n > 0 && done == n)
		return true;
	close(fd);
	return false;
}

static void *echo_all(void *arg)
{
	while (echo((int)(long)arg))
		;
	return NULL;
}

static void accept_on(int listener)
{
	struct addr peer = addr_room(), local;
	int fd = accept(listener, &peer.sa, &peer.len);
	pthread_t thread;

	if (fd < 0)
		return;
	if (threads) {
		/* nothing is told, for there may be thousands */
		if (pthread_create(&thread, NULL, echo_all, (void *)(long)fd))
			close(fd);
		else
			pthread_detach(thread);
		return;
	}
	local = name_local(fd);
	printf("accepted %d %s %d %s\n", addr_port(&local), host(&peer),
	       addr_port(&peer), host(&local));
	is_listener[fd] = false;
	watch(fd);
}

static int usage(void)
{
	fputs(usage_text, stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct epoll_event ev;
	int opt, first, last, i;
	char *end;

	while ((opt = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		if (opt == 'h')
			hold = true;
		else if (opt == '6')
			v6only = true;
		else if (opt == 'r')
			reuseport = true;
		else if (opt == 't')
			threads = true;
		else if (opt != 'f' || !flavour_choose(optarg))
			return usage();
	}
	if (argc - optind < 2)
		return usage();
	first = strtol(argv[optind], &end, 10);
	last = first;
	if (*end == '-')
		last = strtol(end + 1, &end, 10);
	if (*end)
		return usage();

	setlinebuf(stdout);
	ep = OK(epoll_create1(0));
	for (; first <= last; first++) {
		if (fl->names == NAMES_NPV) {
			listen_on(addr_npv(first, argc - optind - 1,
					   (const char *const *)argv +
					   optind + 1));
			continue;
		}
		for (i = optind + 1; i < argc; i++)
			listen_on(flavour_addr(fl, argv[i], first));
	}
	for (;;) {
		if (epoll_wait(ep, &ev, 1, hold ? 1000 : -1) < 1 || hold)
			continue;
		if (is_listener[ev.data.fd])
			accept_on(ev.data.fd);
		else
			echo(ev.data.fd);
	}
}
