// SPDX-License-Identifier: GPL-2.0
/*
 * Many sessions, one after the other or at once, every byte compared. All of it
 * on loopback, where time goes into making and ending sessions.
 *
 * npv-stress [--port PORT] [--cpu CPU] cycles COUNT [SEED]
 * npv-stress [--port PORT] many COUNT
 *
 * cycles: connect, transfer, close, by turns in each of the ways in kinds[].
 * many:   so many connections, all open at once, in one epoll set.
 *
 * Two listeners take PORT and PORT + 1. With --cpu the client runs on that
 * processor and its server in a process of its own on the other, so that both
 * ends of a session are worked on at once; without it one process is both.
 */
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "flavour.h"

/* Fits the buffers of both ends: nobody reads while the client sends */
#define PAYLOAD_MAX	16384
#define MANY_PAYLOAD	3000
#define MANY_EVENTS	256
#define MANY_TIMEOUT_S	120

/* What a client tells its server first */
struct header {
	uint32_t size;
	uint32_t seed;
	/* closes the connection, or waits until the client did */
	uint32_t server_closes;
};

static int port = 4000;
static int cpu = -1;
/* On all addresses with a twin; and on two addresses, none refused there */
static int any_fd, two_fd;
/* Connections that were accepted and then lost their race */
static int losers;
static long lost_before;

/* --- payload --- */

static uint32_t next_random(uint32_t *state)
{
	/* xorshift: the same on both ends, and no two payloads alike */
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void payload_fill(void *buf, size_t size, uint32_t seed)
{
	uint32_t state = seed | 1, word;
	size_t i;

	for (i = 0; i < size; i += sizeof(word)) {
		word = next_random(&state);
		memcpy((char *)buf + i, &word,
		       size - i < sizeof(word) ? size - i : sizeof(word));
	}
}

static bool payload_ok(const void *buf, size_t size, uint32_t seed)
{
	char want[PAYLOAD_MAX];

	payload_fill(want, size, seed);
	return !memcmp(buf, want, size);
}

static void send_all(int fd, const void *buf, size_t size)
{
	size_t done = 0;

	while (done < size)
		done += OK(send(fd, (const char *)buf + done, size - done,
				MSG_NOSIGNAL));
}

static void recv_all(int fd, void *buf, size_t size)
{
	size_t done = 0;
	ssize_t n;

	while (done < size) {
		n = OK(recv(fd, (char *)buf + done, size - done, 0));
		if (!n)
			FAIL("the connection ended after %zu of %zu bytes",
			     done, size);
		done += n;
	}
}

/* --- the ways to connect --- */

struct kind {
	const char *name;
	/* for NPV_PROTO() */
	int family;
	/* addresses: more than one is a race */
	int n;
	const char *addr[2];
	/* to the listener on two addresses */
	bool two;
	bool nonblock;
};

static const struct kind kinds[] = {
	{ "one, IPv4", 0, 1, { "127.0.0.1" } },
	{ "one, IPv6", 0, 1, { "::1" } },
	{ "race, IPv6 first", 0, 2, { "::1", "127.0.0.1" } },
	{ "race, IPv4 first", 0, 2, { "127.0.0.1", "::1" }, true },
	{ "AF_INET", AF_INET, 1, { "127.0.0.1" } },
	{ "AF_INET6", AF_INET6, 1, { "::1" } },
	{ "race, first refused", 0, 2, { "127.0.0.2", "::1" }, true },
	{ "race, non-blocking", 0, 2, { "::1", "127.0.0.1" }, false, true },
};

#define NKINDS ((int)(sizeof(kinds) / sizeof(*kinds)))

static struct addr kind_addr(const struct kind *k)
{
	int to = port + k->two;
	struct addr a = addr_npv(to, k->n, k->addr);
	const struct flavour *f;

	/* Who has a family gives addresses of that family */
	for (f = flavours; k->family && f->name; f++)
		if (f->npv && f->name_family == k->family)
			return flavour_addr(f, k->addr[0], to);
	return a;
}

static int kind_connect(const struct kind *k)
{
	struct pollfd pfd = { .events = POLLOUT };
	struct addr a = kind_addr(k);
	socklen_t len = sizeof(int);
	int fd, err = 0;

	fd = OK(socket(npv_family(),
		       SOCK_STREAM | (k->nonblock ? SOCK_NONBLOCK : 0),
		       NPV_PROTO(k->family, 0)));
	if (!connect(fd, &a.sa, a.len))
		goto connected;
	if (!k->nonblock || errno != EINPROGRESS)
		FAIL("%s: connect: %s", k->name, errno_name(errno));
	pfd.fd = fd;
	if (poll(&pfd, 1, 10000) != 1)
		FAIL("%s: not connected after 10 s", k->name);
	OK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len));
	if (err)
		FAIL("%s: connect: %s", k->name, errno_name(err));
connected:
	OK(fcntl(fd, F_SETFL, 0));
	return fd;
}

static int listener(struct addr a)
{
	int fd = OK(socket(npv_family(), SOCK_STREAM, 0)), on = 1;

	OK(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	OK(bind(fd, &a.sa, a.len));
	OK(listen(fd, 1024));
	return fd;
}

static void listen_on_both(void)
{
	static const char *const two[] = { "::1", "127.0.0.1" };
	static const char *const any[] = { "0.0.0.0" };

	any_fd = listener(addr_npv(port, 1, any));
	two_fd = listener(addr_npv(port + 1, 2, two));
}

/* --- cycles --- */

/* Half of the closing is by reset, which leaves the other half orderly */
static void close_by_reset(int fd)
{
	struct linger linger = { .l_onoff = 1 };

	OK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	close(fd);
}

/* RaceAttemptLost of this namespace */
static long lost_attempts(void)
{
	FILE *file = fopen("/proc/net/npv_stat", "r");
	char name[64];
	long value, lost = -1;

	CHECK(file);
	while (fscanf(file, "%63s %ld", name, &value) == 2)
		if (!strcmp(name, "RaceAttemptLost"))
			lost = value;
	fclose(file);
	CHECK(lost >= 0);
	return lost;
}

/*
 * A server's connection was reset before a byte came: it must be the loser of a
 * race that was established as well. Where the winner's answer takes longer
 * than the delay between attempts there is one.
 */
static void count_loser(void)
{
	if (++losers > lost_attempts() - lost_before)
		FAIL("a connection was reset that has lost no race");
}

/* What the server does for a connection up to the echo; false for a loser */
static bool serve(int fd, struct header *head)
{
	char buf[PAYLOAD_MAX];
	struct header h;

	if (recv(fd, &h, 1, MSG_PEEK) < 0 && errno == ECONNRESET) {
		close(fd);
		count_loser();
		return false;
	}
	recv_all(fd, &h, sizeof(h));
	if (h.size > sizeof(buf))
		FAIL("header says %u bytes", h.size);
	recv_all(fd, buf, h.size);
	if (!payload_ok(buf, h.size, h.seed))
		FAIL("the server received other bytes than were sent");
	send_all(fd, buf, h.size);
	*head = h;
	return true;
}

static void serve_end(int fd, const struct header *h)
{
	char byte;

	/* A reset of the client is as good as its end */
	if (!h->server_closes && recv(fd, &byte, 1, 0) > 0)
		FAIL("a byte too many");
	close(fd);
}

static void serve_forever(void *arg)
{
	struct pollfd pfd[2] = { { any_fd, POLLIN, 0 }, { two_fd, POLLIN, 0 } };
	struct header h;
	int i, fd;

	for (;;) {
		OK(poll(pfd, 2, -1));
		for (i = 0; i < 2; i++) {
			if (!pfd[i].revents)
				continue;
			fd = OK(accept(pfd[i].fd, NULL, NULL));
			if (serve(fd, &h))
				serve_end(fd, &h);
		}
	}
}

static void run_on(int which)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(which, &set);
	OK(sched_setaffinity(0, sizeof(set), &set));
}

static void serve_elsewhere(void *arg)
{
	run_on(!cpu);
	serve_forever(NULL);
}

static void cycle(int i, uint32_t *random)
{
	const struct kind *k = &kinds[i % NKINDS];
	char out[PAYLOAD_MAX], in[PAYLOAD_MAX];
	struct header h;
	int fd, peer = -1;
	char byte;

	h.seed = next_random(random);
	/* mostly small: making and ending sessions is what this is about */
	h.size = 1 + h.seed % (i % 16 ? 512 : PAYLOAD_MAX);
	h.server_closes = i / NKINDS % 2;
	payload_fill(out, h.size, h.seed);

	fd = kind_connect(k);
	send_all(fd, &h, sizeof(h));
	send_all(fd, out, h.size);
	if (cpu < 0)
		do
			peer = OK(accept(k->two ? two_fd : any_fd, NULL, NULL));
		while (!serve(peer, &h));
	recv_all(fd, in, h.size);
	if (memcmp(in, out, h.size))
		FAIL("%s: other bytes came back than were sent", k->name);

	if (h.server_closes) {
		if (peer >= 0)
			close(peer);
		EQ(recv(fd, &byte, 1, 0), 0);
		close(fd);
		return;
	}
	if (i / NKINDS % 4 < 2)
		close(fd);
	else
		close_by_reset(fd);
	if (peer >= 0)
		serve_end(peer, &h);
}

static int cycles(int count, uint32_t seed)
{
	uint32_t random = seed | 1;
	pid_t server = 0;
	int i;

	if (cpu >= 0) {
		server = spawn(serve_elsewhere, NULL);
		run_on(cpu);
	}
	for (i = 0; i < count; i++)
		cycle(i, &random);
	if (server) {
		/* It would not be there any more if it had failed */
		CHECK(!waitpid(server, NULL, WNOHANG));
		kill(server, SIGKILL);
		waitpid(server, NULL, 0);
	}
	printf("# %d cycles with seed %u, every byte compared\n", count, seed);
	return 0;
}

/* --- many at once --- */

/**
 * struct end - one end of a connection of many()
 * @fd: its socket
 * @client: which end it is
 * @seed: of the client's payload
 * @connected: of a client: connect() is done
 * @sent: bytes sent so far
 * @got: bytes received so far; of a server not those that it sent back
 * @buf: of a server what it has to send back, of a client what came back
 */
struct end {
	int fd;
	bool client;
	uint32_t seed;
	bool connected;
	size_t sent, got;
	char buf[MANY_PAYLOAD];
};

static struct end *ends;
static int ep, nends, connected, accepted, finished;

static void watch(struct end *end)
{
	/* Edge-triggered: a wake-up that is lost is a test that hangs */
	struct epoll_event ev = {
		.events = EPOLLIN | EPOLLOUT | EPOLLET,
		.data.ptr = end,
	};

	OK(epoll_ctl(ep, EPOLL_CTL_ADD, end->fd, &ev));
}

static struct end *new_end(int fd, bool client)
{
	struct end *end = &ends[nends++];

	end->fd = fd;
	end->client = client;
	return end;
}

static void start_client(int i)
{
	const struct kind *k = &kinds[i % NKINDS];
	struct addr a = kind_addr(k);
	struct end *end;

	end = new_end(OK(socket(npv_family(), SOCK_STREAM | SOCK_NONBLOCK,
				NPV_PROTO(k->family, 0))), true);
	end->seed = 1000 + i;
	/* before connect(): what poll() waits on must not move with a race */
	watch(end);
	if (connect(end->fd, &a.sa, a.len) && errno != EINPROGRESS)
		FAIL("%s: connect: %s", k->name, errno_name(errno));
}

static void accept_all(int fd)
{
	int peer;

	while ((peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		accepted++;
		watch(new_end(peer, false));
	}
	if (errno != EAGAIN)
		FAIL("accept: %s", errno_name(errno));
}

/* Sends bytes [sent, limit) of @buf; whether all have gone */
static bool push(struct end *end, const char *buf, size_t limit)
{
	ssize_t n;

	while (end->sent < limit) {
		n = send(end->fd, buf + end->sent, limit - end->sent,
			 MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			return false;
		end->sent += OK(n);
	}
	return true;
}

static void pull(struct end *end)
{
	ssize_t n;

	while (end->got < sizeof(end->buf)) {
		n = recv(end->fd, end->buf + end->got,
			 sizeof(end->buf) - end->got, 0);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0 && errno == ECONNRESET && !end->client && !end->got) {
			OK(epoll_ctl(ep, EPOLL_CTL_DEL, end->fd, NULL));
			count_loser();
			return;
		}
		if (n <= 0)
			FAIL("%s %u: %s after %zu bytes",
			     end->client ? "client" : "server", end->seed,
			     n ? errno_name(errno) : "the end", end->got);
		end->got += n;
	}
}

/* Nothing is sent before all are connected, so that all are open at once */
static void client_step(struct end *end, bool all)
{
	char out[MANY_PAYLOAD];
	bool had = end->got == sizeof(end->buf);
	struct pollfd pfd = { end->fd, POLLOUT, 0 };
	socklen_t len = sizeof(int);
	int err = 0;

	if (!end->connected) {
		/* epoll first tells of the socket before its connect() */
		if (poll(&pfd, 1, 0) != 1 || pfd.revents & POLLHUP)
			return;
		OK(getsockopt(end->fd, SOL_SOCKET, SO_ERROR, &err, &len));
		if (err)
			FAIL("connect: %s", errno_name(err));
		end->connected = true;
		connected++;
	}
	if (!all)
		return;
	payload_fill(out, sizeof(out), end->seed);
	push(end, out, sizeof(out));
	pull(end);
	if (had || end->got < sizeof(end->buf))
		return;
	if (memcmp(out, end->buf, sizeof(out)))
		FAIL("connection %u: other bytes came back", end->seed);
	finished++;
}

static void server_step(struct end *end)
{
	pull(end);
	push(end, end->buf, end->got);
}

static void raise_limit(int files)
{
	struct rlimit limit;

	OK(getrlimit(RLIMIT_NOFILE, &limit));
	if (limit.rlim_cur >= (rlim_t)files)
		return;
	limit.rlim_cur = files;
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_max = limit.rlim_cur;
	OK(setrlimit(RLIMIT_NOFILE, &limit));
}

static void dispatch(const struct epoll_event *ev, bool all)
{
	struct end *end = ev->data.ptr;

	if ((void *)end == &any_fd || (void *)end == &two_fd)
		accept_all(*(int *)end);
	else if (end->client)
		client_step(end, all);
	else
		server_step(end);
}

static void watch_listener(int *fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = fd };

	OK(fcntl(*fd, F_SETFL, O_NONBLOCK));
	OK(epoll_ctl(ep, EPOLL_CTL_ADD, *fd, &ev));
}

static int many(int count)
{
	long long start = now_ms(), limit = start + MANY_TIMEOUT_S * 1000;
	struct epoll_event ev[MANY_EVENTS];
	bool all = false;
	int i, n;

	raise_limit(3 * count + 64);
	/* each may have one loser */
	ends = calloc(3 * count, sizeof(*ends));
	CHECK(ends);
	ep = OK(epoll_create1(0));
	watch_listener(&any_fd);
	watch_listener(&two_fd);
	for (i = 0; i < count; i++)
		start_client(i);

	while (finished < count) {
		if (now_ms() > limit)
			FAIL("%d connected, %d accepted, %d finished of %d after %d s",
			     connected, accepted, finished, count,
			     MANY_TIMEOUT_S);
		n = OK(epoll_wait(ep, ev, MANY_EVENTS, 1000));
		for (i = 0; i < n; i++)
			dispatch(&ev[i], all);
		if (all || connected < count || accepted - losers < count)
			continue;
		all = true;
		printf("# %d connections open after %lld ms\n", connected,
		       now_ms() - start);
		for (i = 0; i < nends; i++)
			if (ends[i].client)
				client_step(&ends[i], true);
	}
	/* Nobody connected twice */
	EQ(accepted - losers, count);
	printf("# %d connections, %d bytes to and fro on each, %lld ms; %d losers accepted\n",
	       count, MANY_PAYLOAD, now_ms() - start, losers);
	for (i = 0; i < nends; i++)
		close(ends[i].fd);
	return 0;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: npv-stress [--port P] [--cpu N] cycles COUNT [SEED]\n"
		"       npv-stress [--port P] many COUNT\n");
	return 2;
}

static const struct option longopts[] = {
	{ "port", required_argument, NULL, 'p' },
	{ "cpu", required_argument, NULL, 'c' },
	{ }
};

int main(int argc, char **argv)
{
	int opt, count;

	while ((opt = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		if (opt == 'p')
			port = atoi(optarg);
		else if (opt == 'c')
			cpu = atoi(optarg);
		else
			return usage();
	}
	argv += optind;
	argc -= optind;
	if (argc < 2)
		return usage();
	count = atoi(argv[1]);
	setlinebuf(stdout);
	lost_before = lost_attempts();
	listen_on_both();
	if (!strcmp(argv[0], "cycles"))
		return cycles(count, argc > 2 ? strtoul(argv[2], NULL, 0) : 1);
	if (!strcmp(argv[0], "many"))
		return many(count);
	return usage();
}
