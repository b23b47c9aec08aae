// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is short, for everybody: a share of all allocations of the machine
 * fails, so also those of work items and softirqs, where the NPV port, further
 * stacks and the end of native sessions are. Nothing has to work then; but what
 * arrives is right, and once there is memory again a session that was not ended
 * with an errno goes on.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/npv_netlink.h>

#include "faults.h"

#define FAILSLAB	"/sys/kernel/debug/failslab/"
#define ROUNDS		40
#define AMOUNT		(4 * BULK)
/* TCP may have backed off from what it could not send */
#define RECOVER_MS	15000

/* One end of a session: what it has sent and received of AMOUNT bytes */
struct end {
	int fd;
	size_t sent, got;
	bool shut, eof;
};

static int probability_fd;

static void failslab(const char *name, const char *value)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), FAILSLAB "%s", name);
	fd = OK(open(path, O_WRONLY));
	OK(write(fd, value, strlen(value)));
	close(fd);
}

static void storm_ready(void)
{
	failslab("task-filter", "N");
	failslab("interval", "1");
	failslab("times", "-1");
	probability_fd = OK(open(FAILSLAB "probability", O_WRONLY));
}

/* @percent of all allocations fail from now on; without allocating itself */
static void storm(int percent)
{
	char digit = '0' + percent;

	while (write(probability_fd, &digit, 1) != 1)
		;
}

/* What a call may fail with, or a session end with, when memory is short */
static bool excused(int err)
{
	switch (err) {
	case ENOMEM:
	case ENOBUFS:
	case ENFILE:
	case EADDRINUSE:
	case ECONNREFUSED:
	case ECONNRESET:
	case ECONNABORTED:
	case ETIMEDOUT:
	case EPIPE:
		return true;
	}
	return false;
}

static void excuse(const char *what)
{
	int err = errno;

	storm(0);
	if (!excused(err))
		FAIL("%s: %s", what, errno_name(err));
}

static int push(struct end *end)
{
	size_t at = end->sent % BULK;
	ssize_t n;

	if (end->sent == AMOUNT) {
		if (!end->shut && shutdown(end->fd, SHUT_WR))
			return -1;
		end->shut = true;
		return 0;
	}
	n = send(end->fd, bulk + at, BULK - at, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	end->sent += n;
	return 0;
}

static int pull(struct end *end)
{
	size_t at = end->got % BULK;
	ssize_t n;

	n = recv(end->fd, sink, BULK - at, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	if (memcmp(sink, bulk + at, n)) {
		storm(0);
		FAIL("other bytes arrived than were sent, after %zu", end->got);
	}
	end->got += n;
	end->eof = !n;
	return 0;
}

static int step_end(struct end *end)
{
	if (push(end))
		return -1;
	return end->eof ? 0 : pull(end);
}

/*
 * Both ends send and receive, all or for so long. Return: 1 if all is there, 0
 * if time is over, -1 and errno if the session has ended.
 */
static int pump(struct end end[2], int ms)
{
	long long limit = now_ms() + ms;
	struct pollfd pfd[2];
	int i;

	while (now_ms() < limit) {
		for (i = 0; i < 2; i++) {
			pfd[i].fd = end[i].fd;
			pfd[i].events = (end[i].eof ? 0 : POLLIN) |
					(end[i].shut ? 0 : POLLOUT);
			if (step_end(&end[i]))
				return -1;
		}
		if (end[0].eof && end[1].eof && end[0].shut && end[1].shut)
			return 1;
		poll(pfd, 2, 20);
	}
	return 0;
}

/* A listener, a client and what is accepted. Return: whether all are there. */
static bool begin(struct scene *s)
{
	struct pollfd pfd = { .events = POLLOUT };
	struct addr a = npv1("::1", PORT_ANY);
	socklen_t len = sizeof(int);
	int on = 1, err = 0;

	s->fd = stream(SOCK_NONBLOCK);
	if (s->fd < 0 || (try_connect(s->fd, a) && errno != EINPROGRESS)) {
		excuse("connect");
		return false;
	}
	pfd.fd = s->fd;
	/* A SYN that had no memory comes again after a second, or three */
	if (poll(&pfd, 1, WAIT_MS) != 1) {
		storm(0);
		FAIL("connect() has not ended");
	}
	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &len))
		return false;
	errno = err;
	if (err) {
		excuse("SO_ERROR");
		return false;
	}
	pfd.fd = s->listener;
	pfd.events = POLLIN;
	if (poll(&pfd, 1, 1000) == 1)
		s->peer = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK);
	setsockopt(s->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	return s->peer >= 0;
}

static struct { int native, plain, died, none, no_fin; } result;

/* @late: it begins in the dry */
static void one_round(int percent, bool late)
{
	struct scene s = { .fd = -1, .peer = -1, .other = -1 };
	struct end end[2] = { };
	struct npv_info info = { };
	socklen_t len = sizeof(info);
	int done;

	s.listener = listen_on(in4("0.0.0.0", PORT_ANY));
	s.npv = npv_open();
	storm(late ? 0 : percent);
	if (!begin(&s)) {
		storm(0);
		result.none++;
		scene_end(&s);
		return;
	}
	storm(percent);
	end[0].fd = s.fd;
	end[1].fd = s.peer;
	getsockopt(s.fd, SOL_NPV, NPV_INFO, &info, &len);
	if (s.npv && info.npvi_kind == NPV_KIND_NATIVE) {
		npv_stack_add(s.npv, info.npvi_id, NULL, NULL, 0,
			      NPV_TRANSPORT_UDP, false);
		npv_stack_add(s.npv, info.npvi_id, NULL, NULL, 0, -1, true);
		pump(end, 40);
		npv_stack_del(s.npv, info.npvi_id, 0);
	}
	done = pump(end, 60);
	storm(0);
	if (done >= 0)
		done = pump(end, RECOVER_MS);
	if (done < 0) {
		excuse("transfer");
		result.died++;
	} else if (!done && info.npvi_kind == NPV_KIND_PLAIN) {
		/* TCP forgets a FIN that it has no memory for; no byte of it */
		result.no_fin++;
	} else if (!done) {
		FAIL("a session of kind %d hangs: sent %zu and %zu, received %zu and %zu, ended %d and %d",
		     info.npvi_kind, end[0].sent, end[1].sent, end[0].got, end[1].got,
		     end[0].eof, end[1].eof);
	} else if (end[0].got != AMOUNT || end[1].got != AMOUNT) {
		FAIL("a stream ended early: %zu and %zu bytes", end[0].got,
		     end[1].got);
	} else if (info.npvi_kind == NPV_KIND_NATIVE) {
		result.native++;
	} else {
		result.plain++;
	}
	scene_end(&s);
}

static void rounds(int percent)
{
	int i, before;

	OK(mlockall(MCL_CURRENT | MCL_FUTURE));
	storm_ready();
	setting("mode", 1);
	setting("peer_ttl", 0);
	setting("hello_wait", 2000);
	setting("reconnect_timeout", 5);
	before = sessions();
	for (i = 0; i < ROUNDS; i++)
		one_round(percent, i % 2);
	printf("# %d native and %d plain whole, %d without an end, %d ended, %d not begun\n",
	       result.native, result.plain, result.no_fin, result.died,
	       result.none);
	EVENTUALLY(sessions() == before, 15000);
	/* ... and everything is as before */
	transfer();
	CHECK(result.native + result.died > ROUNDS / 4);
}

static void drizzle(void)
{
	rounds(1);
}

static void shower(void)
{
	rounds(3);
}

static void cloudburst(void)
{
	rounds(9);
}

const struct test storm_tests[] = {
	{ "storm, 1 % of all allocations", drizzle },
	{ "storm, 3 % of all allocations", shower },
	{ "storm, 9 % of all allocations", cloudburst },
	TESTS_END
};
