// SPDX-License-Identifier: GPL-2.0
/*
 * Attempts of a race belong to the program as its own socket does: to owner
 * matches of netfilter, to marks and ports that it had the privilege for, to
 * rules of routing. Each case says what it showed before the kernel was mended;
 * the numbers are those of the review.
 *
 * owner.sh sets up what the ports stand for. Starts as root.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "flavour.h"

#define CASE_TIMEOUT_S 20
#define USER 1000
#define OTHER 1001
#define MARK 77

/* To what owner.sh gives these ports: see there */
enum {
	PORT_REJECT_UID = 7301,
	PORT_ACCEPT_UID,
	PORT_REJECT_GID,
	PORT_ACCEPT_GID,
	PORT_ACCEPT_MARK,
	PORT_OPEN,
	PORT_LISTEN,
};

/* The servers are on all addresses; what is refused is so by netfilter. */
static const char *const lo64[] = { "::1", "127.0.0.1" };
static const char *const lo46[] = { "127.0.0.1", "::1" };
/* Reached by the user's route only */
static const char *const far4[] = { "192.0.2.2", "192.0.2.3" };
static const char *const far6[] = { "2001:db8::2", "2001:db8::3" };

static void become(int id)
{
	OK(setresgid(id, id, id));
	OK(setresuid(id, id, id));
}

static int npv(void)
{
	return (int)OK(socket(npv_family(), SOCK_STREAM, 0));
}

static int race_on(int fd, const char *const to[2], int port)
{
	struct addr a = addr_npv(port, 2, to);

	return connect(fd, &a.sa, a.len) ? errno : 0;
}

static int race(const char *const to[2], int port)
{
	int fd = npv(), err = race_on(fd, to, port);

	close(fd);
	return err;
}

/* The same to the first of them by TCP: what it has to be like */
static int single(const char *const to[2], int port)
{
	const struct flavour *f = &flavours[strchr(to[0], '.') ? 0 : 1];
	struct addr a = flavour_addr(f, to[0], port);
	int fd, err;

	fd = (int)OK(socket(a.sa.sa_family, SOCK_STREAM, 0));
	err = connect(fd, &a.sa, a.len) ? errno : 0;
	close(fd);
	return err;
}

static long counter(const char *name)
{
	FILE *f = fopen("/proc/self/net/npv_stat", "r");
	long value, found = -1;
	char line[64];

	CHECK(f);
	while (fscanf(f, "%63s %ld", line, &value) == 2)
		if (!strcmp(line, name))
			found = value;
	fclose(f);
	return found;
}

/* All of both families, raced and not, end the same way. */
static void all_end(int port, int err)
{
	long races = counter("RaceStart");

	EQ(single(lo64, port), err);
	EQ(single(lo46, port), err);
	EQ(race(lo64, port), err);
	EQ(race(lo46, port), err);
	/* Else it was not what this is about */
	EQ(counter("RaceStart"), races + 2);
}

/* 4: skuid 1000 reject: plain TCP ECONNREFUSED, the race 0 */
static void reject_uid(void)
{
	become(USER);
	all_end(PORT_REJECT_UID, ECONNREFUSED);
}

static void reject_uid_other(void)
{
	become(OTHER);
	all_end(PORT_REJECT_UID, 0);
}

/* 4: the other way round: ECONNREFUSED though it is allowed */
static void accept_uid(void)
{
	become(USER);
	all_end(PORT_ACCEPT_UID, 0);
}

static void accept_uid_other(void)
{
	become(OTHER);
	all_end(PORT_ACCEPT_UID, ECONNREFUSED);
}

static void reject_gid(void)
{
	become(USER);
	all_end(PORT_REJECT_GID, ECONNREFUSED);
}

static void accept_gid(void)
{
	become(USER);
	all_end(PORT_ACCEPT_GID, 0);
}

/* netfilter's owner is who opened the socket, whoever connects it */
static void owner_is_opener(void)
{
	int fd[4], i;

	for (i = 0; i < 4; i++)
		fd[i] = npv();
	become(USER);
	EQ(race_on(fd[0], lo64, PORT_REJECT_UID), 0);
	EQ(race_on(fd[1], lo46, PORT_REJECT_UID), 0);
	EQ(race_on(fd[2], lo64, PORT_ACCEPT_UID), ECONNREFUSED);
	EQ(race_on(fd[3], lo46, PORT_ACCEPT_UID), ECONNREFUSED);
}

/* Nor is the owner lost with the one who won */
static void owner_of_winner(void)
{
	int fd;
	char b;

	become(USER);
	fd = npv();
	EQ(race_on(fd, lo64, PORT_ACCEPT_UID), 0);
	EQ(send(fd, "x", 1, MSG_NOSIGNAL), 1);
	EQ(recv(fd, &b, 1, 0), 1);
}

static int mark_of(int fd)
{
	socklen_t len = sizeof(int);
	int mark = -1;

	OK(getsockopt(fd, SOL_SOCKET, SO_MARK, &mark, &len));
	return mark;
}

static int marked(void)
{
	int fd = npv(), mark = MARK;

	OK(setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)));
	return fd;
}

/* Who may set it races with it. */
static void mark_privileged(void)
{
	long races = counter("RaceStart"), pinned = counter("RacePinned");
	int fd[2] = { marked(), marked() };

	EQ(race_on(fd[0], lo64, PORT_ACCEPT_MARK), 0);
	EQ(mark_of(fd[0]), MARK);
	EQ(race_on(fd[1], lo46, PORT_ACCEPT_MARK), 0);
	EQ(mark_of(fd[1]), MARK);
	EQ(race(lo64, PORT_ACCEPT_MARK), ECONNREFUSED);
	EQ(counter("RaceStart"), races + 3);
	EQ(counter("RacePinned"), pinned);
}

/* 5: connected without the mark, which SO_MARK then told to be 0 */
static void mark_dropped(void)
{
	long races = counter("RaceStart"), pinned = counter("RacePinned");
	int fd[2] = { marked(), marked() };

	become(USER);
	EQ(race_on(fd[0], lo64, PORT_ACCEPT_MARK), 0);
	EQ(mark_of(fd[0]), MARK);
	EQ(race_on(fd[1], lo46, PORT_ACCEPT_MARK), 0);
	EQ(mark_of(fd[1]), MARK);
	EQ(counter("RaceStart"), races);
	EQ(counter("RacePinned"), pinned + 2);
}

/* The server's end of a connection that was just made */
static struct addr peer_of_next(int server)
{
	struct pollfd pfd = { server, POLLIN, 0 };
	struct addr from = addr_room();

	EQ(poll(&pfd, 1, 3000), 1);
	OK(accept(server, &from.sa, &from.len));
	return from;
}

static int open_server(void)
{
	struct addr a = flavour_addr(&flavours[1], "::", PORT_LISTEN);
	int fd = (int)OK(socket(AF_INET6, SOCK_STREAM, 0)), one = 1;

	/* What the case before it has left in TIME-WAIT */
	OK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)));
	OK(bind(fd, &a.sa, a.len));
	OK(listen(fd, 10));
	return fd;
}

/* 5: bound as root, connected by who may not bind that port: EACCES */
static void port_dropped(void)
{
	long pinned = counter("RacePinned");
	int server = open_server(), fd = npv();
	struct addr a = addr_npv(81, 0, NULL), from;

	OK(bind(fd, &a.sa, a.len));
	become(USER);
	EQ(race_on(fd, lo64, PORT_LISTEN), 0);
	from = peer_of_next(server);
	EQ(addr_port(&from), 81);
	EQ(local_port(fd), 81);
	EQ(counter("RacePinned"), pinned + 1);
}

static void port_privileged(void)
{
	long races = counter("RaceStart");
	int server = open_server(), fd = npv();
	struct addr a = addr_npv(82, 0, NULL), from;

	OK(bind(fd, &a.sa, a.len));
	EQ(race_on(fd, lo64, PORT_LISTEN), 0);
	from = peer_of_next(server);
	EQ(addr_port(&from), 82);
	EQ(counter("RaceStart"), races + 1);
}

/* A port that is anybody's is no reason not to race. */
static void port_common(void)
{
	long races = counter("RaceStart");
	int server = open_server(), fd = npv();
	struct addr a = addr_npv(7381, 0, NULL), from;

	OK(bind(fd, &a.sa, a.len));
	become(USER);
	EQ(race_on(fd, lo64, PORT_LISTEN), 0);
	from = peer_of_next(server);
	EQ(addr_port(&from), 7381);
	EQ(counter("RaceStart"), races + 1);
}

static void rule_user(void)
{
	become(USER);
	EQ(single(far4, PORT_OPEN), 0);
	EQ(single(far6, PORT_OPEN), 0);
	EQ(race(far4, PORT_OPEN), 0);
	EQ(race(far6, PORT_OPEN), 0);
}

static void rule_other(void)
{
	become(OTHER);
	EQ(single(far4, PORT_OPEN), ENETUNREACH);
	EQ(single(far6, PORT_OPEN), ENETUNREACH);
	EQ(race(far4, PORT_OPEN), ENETUNREACH);
	EQ(race(far6, PORT_OPEN), ENETUNREACH);
}

/* 4: attempts were routed as who called connect(), TCP is as who opened it */
static void rule_opener(void)
{
	int fd[2];

	/* Only what may come back counts: the saved one stays root */
	OK(setresuid(USER, USER, 0));
	fd[0] = npv();
	fd[1] = npv();
	OK(setresuid(0, 0, 0));
	EQ(race(far4, PORT_OPEN), ENETUNREACH);
	EQ(race(far6, PORT_OPEN), ENETUNREACH);
	EQ(race_on(fd[0], far4, PORT_OPEN), 0);
	EQ(race_on(fd[1], far6, PORT_OPEN), 0);
}

static const struct test tests[] = {
	{ "skuid: who is rejected", reject_uid },
	{ "skuid: others are not", reject_uid_other },
	{ "skuid: who is accepted", accept_uid },
	{ "skuid: others are not accepted", accept_uid_other },
	{ "skgid: who is rejected", reject_gid },
	{ "skgid: who is accepted", accept_gid },
	{ "skuid: of who opened the socket", owner_is_opener },
	{ "skuid: of a connection that was raced for", owner_of_winner },
	{ "SO_MARK: raced with", mark_privileged },
	{ "SO_MARK: the privilege dropped since", mark_dropped },
	{ "privileged port: the privilege dropped since", port_dropped },
	{ "privileged port: raced from", port_privileged },
	{ "another port: raced from by anybody", port_common },
	{ "ip rule uidrange: the user's route", rule_user },
	{ "ip rule uidrange: others have none", rule_other },
	{ "ip rule uidrange: of who opened the socket", rule_opener },
	TESTS_END
};

int main(int argc, char **argv)
{
	const struct test *test;

	for (test = tests; test->name; test++)
		tap_run("owner", test, CASE_TIMEOUT_S);
	return tap_end();
}
