// SPDX-License-Identifier: GPL-2.0
/*
 * Datagram sockets that several threads do anything to at once, while sessions for them
 * begin, carry and end. Every datagram says itself what its bytes are.
 *
 * npv-datagrams [OPTION...] server PORT COUNT
 * npv-datagrams [OPTION...] client PORT COUNT ADDRESS...
 *
 * server: COUNT sockets from PORT on, which send back what comes; now and then one is
 *         closed and opened anew, or connects to who has spoken.
 * client: threads that send to the COUNT ports of each ADDRESS over sockets that all of
 *         them share, connect, dissolve, set options, ask, close and open.
 *
 *   --seconds N   for so long (20); a server until it is killed
 *   --threads N   (4)
 *   --sockets N   of a client (8)
 *   --seed N      of what is done; which thread comes first is chance
 */
#include <getopt.h>
#include <netinet/udp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/npv_netlink.h>

#include "check.h"
#include "flavour.h"

#define SOCKETS_MAX	64
#define THREADS_MAX	16
#define ADDRS_MAX	8
/* In parts over UDP, now and then */
#define LONG		9000
#define MAGIC		0x6d765b31

/**
 * struct head - what a datagram begins with
 * @magic: it is one of ours
 * @size: bytes in all
 * @seed: from which the rest follows
 */
struct head {
	uint32_t magic;
	uint32_t size;
	uint32_t seed;
};

static int seconds = 20, n_threads = 4, n_sockets = 8, base_port, n_ports;
static uint32_t seed = 1;
static const char *addresses[ADDRS_MAX];
static int n_addresses;

/* Shared by all threads; who closes one may do so under another's call */
static _Atomic int fds[SOCKETS_MAX];
static atomic_long n_sent, n_received, n_opened, n_native, n_full;
static long long end_ms;

/**
 * struct worker - a thread
 * @thread: it
 * @random: state of its choices
 * @buf: room for a datagram
 */
struct worker {
	pthread_t thread;
	uint32_t random;
	char buf[65536];
};

static struct worker workers[THREADS_MAX];

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static uint32_t below(struct worker *w, uint32_t n)
{
	return next_random(&w->random) % n;
}

/* The bytes of a datagram behind its head. Return: whether they are so, if @check. */
static bool body(char *buf, size_t size, uint32_t from, bool check)
{
	uint32_t state = from | 1;
	size_t i;

	for (i = sizeof(struct head); i < size; i++) {
		char c = next_random(&state);

		if (check && buf[i] != c)
			return false;
		buf[i] = c;
	}
	return true;
}

static size_t fill(struct worker *w)
{
	static const uint32_t most[] = { 100, 1200, 1200, LONG };
	struct head h = { .magic = MAGIC };

	h.size = sizeof(h) + below(w, most[below(w, 4)]);
	h.seed = next_random(&w->random);
	memcpy(w->buf, &h, sizeof(h));
	body(w->buf, h.size, h.seed, false);
	return h.size;
}

static void judge(struct worker *w, size_t len)
{
	struct head h;

	if (len < sizeof(h))
		FAIL("a datagram of %zu bytes", len);
	memcpy(&h, w->buf, sizeof(h));
	if (h.magic != MAGIC || h.size != len || !body(w->buf, len, h.seed, true))
		FAIL("%zu bytes that were not sent: magic %x, size %u, seed %u", len,
		     h.magic, h.size, h.seed);
}

/* Another thread may just have closed or connected it, or its session have ended. */
static void excuse(const char *what)
{
	switch (errno) {
	case EAGAIN:
	case EBADF:
	case ENOTSOCK:
	case ECONNREFUSED:
	case EDESTADDRREQ:
	case EINVAL:
	case EISCONN:
	case ENOTCONN:
	case EPIPE:
	/* it is connected to one of the other family */
	case EAFNOSUPPORT:
	/* a link that is down */
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EADDRNOTAVAIL:
	/* an operator has ended the socket's own session, as ss -K does */
	case ECONNABORTED:
	/* do_udp_only() of another thread */
	case EMSGSIZE:
	/* nft's drop of what is sent, and a full queue */
	case EPERM:
	case ENOBUFS:
		return;
	}
	FAIL("%s: %s", what, errno_name(errno));
}

/* --- client --- */

static struct addr target(struct worker *w)
{
	const char *text = addresses[below(w, n_addresses)];

	return addr_npv(base_port + below(w, n_ports), 1, &text);
}

static int open_socket(void)
{
	n_opened++;
	return OK(socket(npv_family(), SOCK_DGRAM | SOCK_NONBLOCK, 0));
}

static void do_send(struct worker *w, int fd)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(uint32_t))];
	} control = { };
	struct iovec iov = { w->buf, fill(w) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct addr to = target(w);
	struct cmsghdr *cmsg;
	uint32_t value = 1;

	if (below(w, 2)) {
		msg.msg_name = &to.sa;
		msg.msg_namelen = to.len;
	}
	if (!below(w, 3)) {
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_NPV;
		cmsg->cmsg_type = below(w, 2) ? NPV_MSG_RELIABLE : NPV_MSG_LIFETIME;
		cmsg->cmsg_len = CMSG_LEN(sizeof(value));
		if (cmsg->cmsg_type == NPV_MSG_LIFETIME)
			value = 20;
		memcpy(CMSG_DATA(cmsg), &value, sizeof(value));
	}
	if (sendmsg(fd, &msg, below(w, 20) ? MSG_DONTWAIT : 0) >= 0)
		n_sent++;
	else if (errno == EAGAIN)
		n_full++;
	else
		excuse("sendmsg");
}

static void do_receive(struct worker *w, int fd)
{
	struct addr from = addr_room();
	ssize_t n;
	int i;

	for (i = 0; i < 8; i++) {
		n = recvfrom(fd, w->buf, sizeof(w->buf), MSG_DONTWAIT, &from.sa,
			     &from.len);
		if (n < 0) {
			excuse("recvfrom");
			return;
		}
		judge(w, n);
		n_received++;
	}
}

static void do_wait(struct worker *w, int fd)
{
	struct pollfd pfd = { fd, POLLIN | (below(w, 2) ? POLLOUT : 0), 0 };

	poll(&pfd, 1, below(w, 20));
}

static void do_connect(struct worker *w, int fd)
{
	struct addr to = target(w);

	if (connect(fd, &to.sa, to.len))
		excuse("connect");
}

static void do_dissolve(struct worker *w, int fd)
{
	struct sockaddr sa = { .sa_family = AF_UNSPEC };

	if (connect(fd, &sa, sizeof(sa)))
		excuse("connect, AF_UNSPEC");
}

static void do_option(struct worker *w, int fd)
{
	static const char *const names[] = {
		"minrtt", "weighted", "redundant", "backup",
	};
	int value = below(w, 4), err;

	switch (below(w, 5)) {
	case 0:
		err = setsockopt(fd, SOL_IP, IP_TOS, &value, sizeof(value));
		break;
	case 1:
		err = setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &value, sizeof(value));
		break;
	case 2:
		err = setsockopt(fd, SOL_SOCKET, SO_MARK, &value, sizeof(value));
		break;
	case 3:
		value = 20000 + below(w, 100000);
		err = setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, sizeof(value));
		break;
	default:
		err = setsockopt(fd, SOL_NPV, NPV_SCHEDULER, names[value],
				 strlen(names[value]) + 1);
		break;
	}
	if (err)
		excuse("setsockopt");
}

/* No session carries it from then on: UDP's own packets are asked for. */
static void do_udp_only(struct worker *w, int fd)
{
	int value = 60000;

	if (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &value, sizeof(value)))
		excuse("UDP_SEGMENT");
	value = 0;
	setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &value, sizeof(value));
}

static void do_ask(struct worker *w, int fd)
{
	char buf[4096];
	struct npv_info info = { };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_NPV, NPV_INFO, &info, &len))
		excuse("NPV_INFO");
	else
		n_native += info.npvi_kind == NPV_KIND_NATIVE;
	len = sizeof(buf);
	if (getsockopt(fd, SOL_NPV, NPV_STACKS, buf, &len))
		excuse("NPV_STACKS");
}

static void do_shutdown(struct worker *w, int fd)
{
	if (shutdown(fd, SHUT_RD + below(w, 3)))
		excuse("shutdown");
}

/* @slot: where the socket is, which is another one then */
static void reopen(int slot)
{
	int old = atomic_exchange(&fds[slot], open_socket());

	if (old >= 0)
		close(old);
}

static const struct {
	void (*run)(struct worker *w, int fd);
	unsigned int weight;
} deeds[] = {
	{ do_send, 500 },
	{ do_receive, 250 },
	{ do_wait, 60 },
	{ do_connect, 30 },
	{ do_dissolve, 4 },
	{ do_option, 12 },
	{ do_udp_only, 1 },
	{ do_ask, 30 },
	{ do_shutdown, 1 },
	/* the socket is closed */
	{ NULL, 8 },
};

#define N_DEEDS	(sizeof(deeds) / sizeof(*deeds))

static void step(struct worker *w)
{
	unsigned int i, all = 0, chosen;
	int slot = below(w, n_sockets);

	for (i = 0; i < N_DEEDS; i++)
		all += deeds[i].weight;
	chosen = below(w, all);
	for (i = 0; chosen >= deeds[i].weight; i++)
		chosen -= deeds[i].weight;
	if (deeds[i].run)
		deeds[i].run(w, fds[slot]);
	else
		reopen(slot);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	while (now_ms() < end_ms)
		step(w);
	return NULL;
}

static void client(void)
{
	int i;

	for (i = 0; i < n_sockets; i++)
		fds[i] = open_socket();
	for (i = 0; i < n_threads; i++) {
		workers[i].random = seed * 2654435761u + i * 40503u + 1;
		EQ(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (i = 0; i < n_threads; i++)
		pthread_join(workers[i].thread, NULL);
	for (i = 0; i < n_sockets; i++)
		close(fds[i]);
	printf("# seed %u: %ld sockets, %ld sent, %ld had no room, %ld received, %ld times native\n",
	       seed, n_opened, n_sent, n_full, n_received, n_native);
	if (!n_sent || !n_received || !n_native)
		FAIL("not much has happened");
}

/* --- server --- */

static int open_server(int port)
{
	const char *any = "::";
	struct addr a = addr_npv(port, 1, &any);
	int fd = OK(socket(npv_family(), SOCK_DGRAM | SOCK_NONBLOCK, 0));

	OK(bind(fd, &a.sa, a.len));
	return fd;
}

static void serve(struct worker *w, int slot)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	struct addr from = addr_room();
	ssize_t n;

	n = recvfrom(fds[slot], w->buf, sizeof(w->buf), MSG_DONTWAIT, &from.sa,
		     &from.len);
	if (n < 0) {
		excuse("recvfrom");
		return;
	}
	judge(w, n);
	if (sendto(fds[slot], w->buf, n, MSG_DONTWAIT, &from.sa, from.len) < 0)
		excuse("sendto");
	switch (below(w, 500)) {
	case 0:
		close(fds[slot]);
		fds[slot] = open_server(base_port + slot);
		break;
	case 1:
		if (connect(fds[slot], &from.sa, from.len))
			excuse("connect");
		break;
	case 2:
	case 3:
		if (connect(fds[slot], &unspec, sizeof(unspec)))
			excuse("connect, AF_UNSPEC");
		break;
	}
}

static void server(void)
{
	struct worker *w = &workers[0];
	struct pollfd pfd[SOCKETS_MAX];
	int i;

	w->random = seed | 1;
	for (i = 0; i < n_ports; i++)
		fds[i] = open_server(base_port + i);
	printf("listening\n");
	for (;;) {
		for (i = 0; i < n_ports; i++)
			pfd[i] = (struct pollfd){ fds[i], POLLIN, 0 };
		OK(poll(pfd, n_ports, 1000));
		for (i = 0; i < n_ports; i++)
			if (pfd[i].revents)
				serve(w, i);
	}
}

static int usage(void)
{
	fprintf(stderr,
		"usage: npv-datagrams [OPTION...] server PORT COUNT\n"
		"       npv-datagrams [OPTION...] client PORT COUNT ADDRESS...\n");
	return 2;
}

static const struct option longopts[] = {
	{ "seconds", required_argument, NULL, 's' },
	{ "threads", required_argument, NULL, 't' },
	{ "sockets", required_argument, NULL, 'n' },
	{ "seed", required_argument, NULL, 'r' },
	{ }
};

int main(int argc, char **argv)
{
	int opt, i;

	while ((opt = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		switch (opt) {
		case 's':
			seconds = atoi(optarg);
			break;
		case 't':
			n_threads = atoi(optarg);
			break;
		case 'n':
			n_sockets = atoi(optarg);
			break;
		case 'r':
			seed = strtoul(optarg, NULL, 0);
			break;
		default:
			return usage();
		}
	}
	argv += optind;
	argc -= optind;
	if (argc < 3 || argc - 3 > ADDRS_MAX || n_threads > THREADS_MAX ||
	    n_sockets > SOCKETS_MAX)
		return usage();
	base_port = atoi(argv[1]);
	n_ports = atoi(argv[2]);
	if (n_ports < 1 || n_ports > SOCKETS_MAX)
		return usage();
	setlinebuf(stdout);
	if (!strcmp(argv[0], "server")) {
		server();
	} else if (!strcmp(argv[0], "client") && argc > 3) {
		for (i = 3; i < argc; i++)
			addresses[n_addresses++] = argv[i];
		end_ms = now_ms() + seconds * 1000LL;
		client();
	} else {
		return usage();
	}
	return 0;
}
