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

/* --- datagrams --- */

#define MESSAGES	200
#define MESSAGE_ROUNDS	12
/* In parts, over UDP */
#define MESSAGE_MOST	4000

/* What a datagram begins with; the rest is of bulk */
struct head {
	uint32_t number, size;
};

/* Of one direction: what was sent, and how often each of it has come */
struct messages {
	bool reliable[MESSAGES];
	unsigned char come[MESSAGES];
};

static void message_fill(char *buf, uint32_t number)
{
	struct head h = {
		.number	= number,
		.size	= sizeof(h) + number * 7919 % (MESSAGE_MOST - sizeof(h)),
	};

	memcpy(buf, &h, sizeof(h));
	memcpy(buf + sizeof(h), bulk + number, h.size - sizeof(h));
}

/* Take what has come to @fd. Return: whether there was something. */
static bool message_take(int fd, struct messages *m, struct addr *from)
{
	struct head h = { };
	ssize_t n;

	n = recvfrom(fd, sink, sizeof(sink), MSG_DONTWAIT, &from->sa, &from->len);
	if (n < 0) {
		if (errno != EAGAIN)
			excuse("recvfrom");
		return false;
	}
	if (n == 5 && !memcmp(sink, "first", 5))
		return true;
	memcpy(&h, sink, sizeof(h));
	if (n < (ssize_t)sizeof(h) || h.number >= MESSAGES || h.size != n ||
	    memcmp(sink + sizeof(h), bulk + h.number, n - sizeof(h))) {
		storm(0);
		FAIL("%zd other bytes arrived than were sent", n);
	}
	m->come[h.number]++;
	return true;
}

static bool reliable_there(const struct messages *m)
{
	int i;

	for (i = 0; i < MESSAGES; i++)
		if (m->reliable[i] && !m->come[i])
			return false;
	return true;
}

static void none_twice(const struct messages *m)
{
	int i;

	for (i = 0; i < MESSAGES; i++)
		if (m->come[i] > 1)
			FAIL("message %d has come %d times", i, m->come[i]);
}

static long assocs_up(void)
{
	FILE *file = fopen("/proc/net/npv_stat", "r");
	long value, up = -1;
	char name[64];

	CHECK(file);
	while (fscanf(file, "%63s %ld", name, &value) == 2)
		if (!strcmp(name, "AssocUp"))
			up = value;
	fclose(file);
	return up;
}

/*
 * @fd sends all of them to @peer, every other one as reliable, while it rains. What a
 * call has taken as reliable arrives, as long as the session lives.
 */
static void message_round(int percent, bool udp)
{
	struct addr from = addr_room();
	struct messages m = { };
	int fd, peer, i, room = 4 << 20;
	char buf[MESSAGE_MOST];
	struct head h;
	long long dry;
	ssize_t sent;
	long up;

	peer = OK(dgram(SOCK_NONBLOCK));
	/* What has no room there is dropped, reliable or not. */
	OK(setsockopt(peer, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)));
	OK(try_bind(peer, in4("0.0.0.0", PORT_DGRAM)));
	EQ(message_take(peer, &m, &from), false);
	fd = OK(dgram(SOCK_NONBLOCK));
	OK(try_connect(fd, dgram_server()));
	dgram_native(fd);
	if (udp)
		dgram_add_udp(fd);
	up = assocs_up();

	storm(percent);
	for (i = 0; i < MESSAGES; i++) {
		message_fill(buf, i);
		memcpy(&h, buf, sizeof(h));
		if (dgram_send(fd, buf, h.size, i % 2, 0) == h.size)
			m.reliable[i] = i % 2;
		else if (errno != EAGAIN)
			excuse("sendmsg");
		while (message_take(peer, &m, &from))
			;
	}
	storm(0);
	if (info_of(fd).npvi_kind != NPV_KIND_NATIVE || assocs_up() != up) {
		result.died++;
	} else {
		long long end = now_ms() + RECOVER_MS;

		while (!reliable_there(&m) && now_ms() < end)
			if (!message_take(peer, &m, &from))
				nap_ms(1);
		if (assocs_up() == up && !reliable_there(&m))
			FAIL("reliable messages are lost, and the session lives");
		result.native++;
	}
	none_twice(&m);
	/* ... and what is sent in the dry arrives, however. */
	dry = now_ms() + RECOVER_MS;
	memset(&m, 0, sizeof(m));
	message_fill(buf, 1);
	memcpy(&h, buf, sizeof(h));
	/* behind what waits still */
	do {
		sent = send(fd, buf, h.size, 0);
	} while (sent < 0 && errno == EAGAIN && now_ms() < dry);
	if (sent != h.size)
		FAIL("send: %zd, %s", sent, errno_name(errno));
	EVENTUALLY((message_take(peer, &m, &from), m.come[1]), RECOVER_MS);
	close(fd);
	close(peer);
}

static void message_rounds(int percent)
{
	int i, before;

	OK(mlockall(MCL_CURRENT | MCL_FUTURE));
	storm_ready();
	setting("mode", 1);
	setting("peer_ttl", 0);
	setting("hello_wait", 2000);
	setting("reconnect_timeout", 5);
	before = sessions();
	for (i = 0; i < MESSAGE_ROUNDS; i++)
		message_round(percent, i % 2);
	printf("# %d sessions lived, %d ended\n", result.native, result.died);
	EVENTUALLY(sessions() == before, 70000);
	transfer();
	CHECK(result.native);
}

static void message_drizzle(void)
{
	message_rounds(1);
}

static void message_shower(void)
{
	message_rounds(3);
}

static void message_cloudburst(void)
{
	message_rounds(9);
}

const struct test storm_tests[] = {
	{ "storm, 1 % of all allocations", drizzle },
	{ "storm, 3 % of all allocations", shower },
	{ "storm, 9 % of all allocations", cloudburst },
	{ "storm, 1 %, datagrams", message_drizzle },
	{ "storm, 3 %, datagrams", message_shower },
	{ "storm, 9 %, datagrams", message_cloudburst },
	TESTS_END
};
