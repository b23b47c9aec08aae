// SPDX-License-Identifier: GPL-2.0
/*
 * Load with a check of every byte: both ends of a connection send a stream of
 * which each place has its own byte (common/stream.h), both at once, in pieces
 * of random sizes, and end it with how long it was. Each end tells in JSON what
 * came of it, and by its exit status whether all was well.
 *
 * npv-stream [OPTION...] listen PORT ADDRESS...
 * npv-stream [OPTION...] connect PORT ADDRESS...
 *
 * A line when a connection is up, one at its end; both ends need the same seed:
 *
 *	{"event":"connected","session":7,"kind":"native","reason":"hello",
 *	 "stacks":1}
 *	{"event":"end","sent":1000,"received":1000,"seconds":0.123,"gap_ms":3,
 *	 "errno":"","error":""}
 *
 * gap_ms is the longest time between two reads that brought something, from the
 * first byte to the end of the stream.
 *
 * Upon SIGUSR1 an end that sends without a limit ends its stream.
 */
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <linux/npv_netlink.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "flavour.h"
#include "libnpv.h"
#include "stream.h"

#define BUFFER		(1 << 20)
/* Behind the stream: this and its length, both as numbers of this machine */
#define TRAILER_MAGIC	0x444e452d5650564eULL
#define TRAILER		16
/* Buffers are taken to be full when nothing could be written for so long */
#define FULL_MS		300
#define STEPS		16	/* of one kind, before both are asked for */
#define MAX_CHILDREN	4096

enum mode { MODE_BLOCKING, MODE_POLL, MODE_EPOLL, MODE_EDGE };

enum {
	OPT_PROTO = 256,
	OPT_SEND,
	OPT_SECONDS,
	OPT_SEED,
	OPT_MODE,
	OPT_WRITE,
	OPT_READ,
	OPT_VARY,
	OPT_SLOW,
	OPT_WRITE_FIRST,
	OPT_SNDBUF,
	OPT_RCVBUF,
	OPT_COUNT,
	OPT_TIMEOUT,
	OPT_PROGRESS,
	OPT_IDLE,
	OPT_EOF_AFTER,
};

static const struct option longopts[] = {
	{ "proto", required_argument, NULL, OPT_PROTO },
	{ "send", required_argument, NULL, OPT_SEND },
	{ "seconds", required_argument, NULL, OPT_SECONDS },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "write", required_argument, NULL, OPT_WRITE },
	{ "read", required_argument, NULL, OPT_READ },
	{ "vary", no_argument, NULL, OPT_VARY },
	{ "slow", required_argument, NULL, OPT_SLOW },
	{ "write-first", no_argument, NULL, OPT_WRITE_FIRST },
	{ "sndbuf", required_argument, NULL, OPT_SNDBUF },
	{ "rcvbuf", required_argument, NULL, OPT_RCVBUF },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "progress", required_argument, NULL, OPT_PROGRESS },
	{ "idle", required_argument, NULL, OPT_IDLE },
	{ "eof-after", no_argument, NULL, OPT_EOF_AFTER },
	{ }
};

static const char usage_text[] =
"usage: npv-stream [OPTION...] listen|connect PORT ADDRESS...\n"
"  --proto P        npv (default), npv-inet, npv-inet6, tcp or mptcp; only npv\n"
"                   takes several addresses\n"
"  --send BYTES     length of this end's stream (1M)\n"
"  --seconds S      send for so long instead; 0: until SIGUSR1\n"
"  --seed N         of the streams, the same on both ends (1)\n"
"  --mode M         blocking (default), poll, epoll, edge\n"
"  --write BYTES    largest write, sizes are random (1M); --read the same\n"
"  --vary           writev, MSG_MORE, readv, MSG_PEEK, MSG_WAITALL in between\n"
"  --slow US        wait so long after each read\n"
"  --write-first    don't read before all is written or the buffers are full\n"
"  --sndbuf BYTES   SO_SNDBUF; --rcvbuf the same\n"
"  --count N        connections at once, each in a process\n"
"  --timeout S      fail when nothing moves for so long (30)\n"
"  --progress MS    a line each so often\n"
"  --idle MS        connect, then do nothing for so long\n"
"  --eof-after      end this stream only when the peer's has ended\n";

static struct {
	const char *proto;
	uint64_t send, seed;
	bool limited, vary, write_first, eof_after;
	double seconds;
	enum mode mode;
	size_t write, read;
	int slow, sndbuf, rcvbuf, count, timeout, progress, idle;
} opts = {
	.proto = "npv", .send = 1 << 20, .limited = true, .seed = 1,
	.write = BUFFER, .read = BUFFER, .count = 1, .timeout = 30,
};

/* What this end sends. pos is also read by the watchdog, as the reader's */
static struct {
	uint64_t seed, random;
	atomic_ullong pos;
	size_t off, len;
	bool last;
	atomic_bool done;
	char buf[BUFFER];
} out;

/*
 * What it receives: the last bytes may be the trailer, and are kept until more
 * have come, at the front of the buffer
 */
static struct {
	uint64_t seed, random;
	atomic_ullong pos;
	size_t kept;
	atomic_bool done;
	long long before, gap;
	char buf[TRAILER + BUFFER];
} in;

static int fd, ep = -1;
static long long start;
static volatile sig_atomic_t stop_signal;
static atomic_bool told;

/* --- what is told --- */

static void finish(int status, int err, const char *fmt, ...)
{
	char error[256];
	va_list ap;

	/* The first one of the threads that finds something */
	if (atomic_exchange(&told, true))
		pause();
	va_start(ap, fmt);
	vsnprintf(error, sizeof(error), fmt, ap);
	va_end(ap);
	printf("{\"event\":\"end\",\"sent\":%llu,\"received\":%llu,\"seconds\":%.3f,\"gap_ms\":%lld,\"errno\":\"%s\",\"error\":\"%s\"}\n",
	       (unsigned long long)out.pos, (unsigned long long)in.pos,
	       (now_us() - start) / 1e6, in.gap / 1000,
	       err ? errno_name(err) : "", error);
	fflush(stdout);
	_exit(status);
}

#define BROKEN(...) finish(1, 0, __VA_ARGS__)
#define BROKEN_CALL(what) finish(1, errno, "%s: %s", what, errno_name(errno))

static void tell_connected(void)
{
	struct npv_info info = { };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_NPV, NPV_INFO, &info, &len))
		info.npvi_kind = NPV_KIND_PLAIN;
	printf("{\"event\":\"connected\",\"session\":%llu,\"kind\":\"%s\",\"reason\":\"%s\",\"stacks\":%u}\n",
	       (unsigned long long)info.npvi_id,
	       npv_kind_name(info.npvi_kind) ?: "?",
	       npv_reason_name(info.npvi_reason) ?: "?", info.npvi_stacks);
}

static void *watchdog(void *arg)
{
	uint64_t now, last = 0, tick = 0;
	long long moved = now_ms();
	int each = opts.progress ? opts.progress : 250;

	for (;; tick++) {
		nap_ms(each);
		if (opts.progress)
			printf("{\"event\":\"progress\",\"sent\":%llu,\"received\":%llu}\n",
			       (unsigned long long)out.pos,
			       (unsigned long long)in.pos);
		now = out.pos + in.pos;
		if (now != last)
			moved = now_ms();
		last = now;
		if (now_ms() - moved > opts.timeout * 1000LL)
			BROKEN("nothing moved for %d s; sending %s, receiving %s",
			       opts.timeout, out.done ? "ended" : "did not end",
			       in.done ? "ended" : "did not end");
	}
	return NULL;
}

/* --- sending --- */

static void on_signal(int sig)
{
	stop_signal = 1;
}

static uint64_t left_to_send(void)
{
	if (opts.limited)
		return opts.send - out.pos;
	if (stop_signal ||
	    (opts.seconds && now_us() - start > opts.seconds * 1e6))
		return 0;
	return UINT64_MAX;
}

/* The next piece; false where the stream ends but may not end yet */
static bool prepare(void)
{
	uint64_t trailer[2] = { TRAILER_MAGIC, out.pos };
	uint64_t left = left_to_send();

	if (!left && opts.eof_after && !in.done)
		return false;
	out.off = 0;
	out.last = !left;
	if (out.last) {
		out.len = TRAILER;
		memcpy(out.buf, trailer, TRAILER);
		return true;
	}
	out.len = stream_size(&out.random, opts.write);
	if (out.len > left)
		out.len = left;
	stream_fill(out.buf, out.len, out.seed, out.pos);
	return true;
}

static ssize_t write_somehow(const char *buf, size_t len)
{
	struct iovec iov[3];
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 3 };
	int flags = MSG_NOSIGNAL;

	if (opts.vary && !(stream_random(&out.random) & 3)) {
		iov[0].iov_base = (void *)buf;
		iov[0].iov_len = len / 3;
		iov[1].iov_base = (void *)(buf + len / 3);
		iov[1].iov_len = 0;
		iov[2].iov_base = iov[1].iov_base;
		iov[2].iov_len = len - len / 3;
		return sendmsg(fd, &msg, flags);
	}
	/* The trailer is followed by the end, which pushes it */
	if (opts.vary && !(stream_random(&out.random) & 7) && !out.last)
		flags |= MSG_MORE;
	return send(fd, buf, len, flags);
}

/* One write; false if there was no room */
static bool write_step(void)
{
	ssize_t n;

	if (out.off == out.len && !prepare())
		return false;
	n = write_somehow(out.buf + out.off, out.len - out.off);
	if (n < 0 && errno == EINTR)
		return true;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return false;
	if (n <= 0)
		BROKEN_CALL("send");
	out.off += n;
	if (!out.last)
		out.pos += n;
	if (out.off == out.len && out.last) {
		if (shutdown(fd, SHUT_WR))
			BROKEN_CALL("shutdown");
		out.done = true;
	}
	return true;
}

/* --- receiving --- */

static void mismatch(ssize_t at)
{
	const char *from = stream_origin(in.buf + at, TRAILER, in.seed);

	if (!strncmp(from, "of no", 5)) {
		from = stream_origin(in.buf + at, TRAILER, out.seed);
		if (strncmp(from, "of no", 5))
			BROKEN("byte %llu is not right: those of this end came back",
			       (unsigned long long)in.pos + at);
	}
	BROKEN("byte %llu is not right: the bytes there are %s",
	       (unsigned long long)in.pos + at, from);
}

/* @n bytes more are in the buffer, behind those kept */
static void check(size_t n)
{
	size_t len = in.kept + n, part = len > TRAILER ? len - TRAILER : 0;
	long long now = now_us();
	ssize_t at;

	if (in.before && now - in.before > in.gap)
		in.gap = now - in.before;
	in.before = now;
	at = stream_check(in.buf, part, in.seed, in.pos);
	if (at >= 0)
		mismatch(at);
	in.kept = len - part;
	memmove(in.buf, in.buf + part, in.kept);
	in.pos += part;
}

static void end_of_stream(void)
{
	uint64_t trailer[2] = { };

	memcpy(trailer, in.buf, in.kept);
	if (in.kept < TRAILER || trailer[0] != TRAILER_MAGIC)
		BROKEN("the stream ended at byte %llu, before its end",
		       (unsigned long long)in.pos + in.kept);
	if (trailer[1] != in.pos)
		BROKEN("the stream ended at byte %llu, its end is at %llu",
		       (unsigned long long)in.pos,
		       (unsigned long long)trailer[1]);
	in.done = true;
}

static ssize_t read_somehow(char *buf, size_t len)
{
	struct iovec iov[2] = {
		{ buf, len / 2 }, { buf + len / 2, len - len / 2 }
	};
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	unsigned int choice = stream_random(&in.random) & 15;
	static char peeked[4096];
	ssize_t n, again;

	if (!opts.vary || choice > 3)
		return recv(fd, buf, len, 0);
	if (choice == 0)
		return recvmsg(fd, &msg, 0);
	if (choice == 1)
		/* in blocking mode it would wait for what the peer sends last */
		return recv(fd, buf, len < 512 ? len : 512, MSG_WAITALL);
	if (len > sizeof(peeked))
		len = sizeof(peeked);
	n = recv(fd, peeked, len, MSG_PEEK);
	if (n <= 0)
		return n;
	again = recv(fd, buf, n, MSG_DONTWAIT);
	if (again != n || memcmp(peeked, buf, n))
		BROKEN("%zd bytes were there by MSG_PEEK, %zd were read, %s", n,
		       again, again < 0 ? errno_name(errno) : "which differ");
	return n;
}

/* One read; false if there was nothing */
static bool read_step(void)
{
	ssize_t n = read_somehow(in.buf + in.kept,
				 stream_size(&in.random, opts.read));

	if (n < 0 && errno == EINTR)
		return true;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return false;
	if (n < 0)
		BROKEN_CALL("recv");
	if (n)
		check(n);
	else
		end_of_stream();
	if (opts.slow)
		usleep(opts.slow);
	return true;
}

/* --- the ways to wait --- */

static void *write_all(void *arg)
{
	while (!out.done)
		if (!write_step())
			nap_ms(1);
	return NULL;
}

static void run_blocking(void)
{
	pthread_t writer;

	if (pthread_create(&writer, NULL, write_all, NULL))
		BROKEN("no thread");
	while (!in.done)
		read_step();
	pthread_join(writer, NULL);
}

/* May be asked to wait for nothing but the end of a delay */
static short wait_poll(short events, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	if (poll(&pfd, 1, ms) < 0 && errno != EINTR)
		BROKEN_CALL("poll");
	return pfd.revents;
}

static short wait_epoll(short events, int ms)
{
	struct epoll_event ev = { .events = events };
	int n;

	if (opts.mode == MODE_EPOLL && epoll_ctl(ep, EPOLL_CTL_MOD, fd, &ev))
		BROKEN_CALL("epoll_ctl");
	n = epoll_wait(ep, &ev, 1, ms);
	if (n < 0 && errno != EINTR)
		BROKEN_CALL("epoll_wait");
	return n > 0 ? ev.events : 0;
}

static void run_nonblocking(void)
{
	bool hold_back = opts.write_first, readable = true, writable = true;
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	unsigned int steps = 0;
	short want, got;
	int ms;

	if (opts.mode != MODE_POLL) {
		ep = epoll_create1(EPOLL_CLOEXEC);
		if (opts.mode == MODE_EPOLL)
			ev.events = 0;
		if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev))
			BROKEN_CALL("epoll");
	}
	while (!in.done || !out.done) {
		if (out.done)
			hold_back = false;
		if (!in.done && !hold_back && readable)
			readable = read_step();
		if (!out.done && writable)
			writable = write_step();
		if (in.done)
			readable = false;
		if (out.done)
			writable = false;
		if (in.done && out.done)
			break;
		/*
		 * What is always there to be received must not keep this end
		 * from learning that it may send again.
		 */
		ms = hold_back ? FULL_MS : -1;
		if (writable || (readable && !hold_back)) {
			if (++steps % STEPS)
				continue;
			ms = 0;
		}
		/* The end of this stream waits for that of the other, no event */
		want = (in.done || hold_back ? 0 : POLLIN) |
			(out.done || (out.off == out.len && !hold_back &&
				      opts.eof_after && !left_to_send() &&
				      !in.done) ? 0 : POLLOUT);
		/* For ever, so that a wake-up that is lost is noticed */
		got = opts.mode == MODE_POLL ?
			wait_poll(want, ms) : wait_epoll(want, ms);
		if (!got && hold_back && ms)
			hold_back = false;
		if (got & (POLLIN | POLLHUP | POLLERR | POLLRDHUP))
			readable = true;
		if (got & (POLLOUT | POLLERR | POLLHUP))
			writable = true;
		if (opts.eof_after && in.done && !out.done)
			writable = true;
	}
}

/* --- connections --- */

static void run(bool is_client)
{
	uint64_t up = 2 * opts.seed, down = up + 1;
	pthread_t thread;

	setvbuf(stdout, NULL, _IOLBF, 0);
	tell_connected();
	if (opts.idle)
		nap_ms(opts.idle);
	start = now_us();
	out.seed = is_client ? up : down;
	in.seed = is_client ? down : up;
	out.random = out.seed ^ 0x5151;
	in.random = out.seed ^ 0x1515;
	if (pthread_create(&thread, NULL, watchdog, NULL))
		BROKEN("no thread");
	if (opts.mode == MODE_BLOCKING) {
		run_blocking();
	} else {
		if (fcntl(fd, F_SETFL, O_NONBLOCK))
			BROKEN_CALL("fcntl");
		run_nonblocking();
	}
	finish(0, 0, "%s", "");
}

static int make_socket(const char *first)
{
	int s;

	if (!strcmp(opts.proto, "tcp") || !strcmp(opts.proto, "mptcp"))
		s = socket(strchr(first, ':') ? AF_INET6 : AF_INET, SOCK_STREAM,
			   opts.proto[0] == 'm' ? 262 : 0);
	else
		s = flavour_socket(fl, SOCK_STREAM);
	if (s < 0)
		BROKEN_CALL("socket");
	if (opts.sndbuf)
		setsockopt(s, SOL_SOCKET, SO_SNDBUF, &opts.sndbuf, sizeof(int));
	if (opts.rcvbuf)
		setsockopt(s, SOL_SOCKET, SO_RCVBUF, &opts.rcvbuf, sizeof(int));
	return s;
}

static struct addr make_addr(int port, int n, char **text)
{
	const struct flavour *f = fl;

	if (!strcmp(opts.proto, "tcp") || !strcmp(opts.proto, "mptcp")) {
		flavour_choose(strchr(text[0], ':') ? "inet6" : "inet");
		f = fl;
	}
	if (f->names == NAMES_NPV)
		return addr_npv(port, n, (const char *const *)text);
	return flavour_addr(f, text[0], port);
}

static pid_t children[MAX_CHILDREN];
static int nchildren;

static void pass_on(int sig)
{
	int i;

	stop_signal = 1;
	for (i = 0; i < nchildren; i++)
		kill(children[i], sig);
}

static int wait_children(void)
{
	int i, status, failed = 0;

	for (i = 0; i < nchildren; i++) {
		while (waitpid(children[i], &status, 0) < 0 && errno == EINTR)
			;
		failed |= status != 0;
	}
	return failed;
}

static void in_child(bool is_client, int listener, struct addr *a,
		     char **addresses)
{
	pid_t pid = fork();

	if (pid < 0)
		BROKEN_CALL("fork");
	if (pid) {
		children[nchildren++] = pid;
		if (!is_client)
			close(fd);
		return;
	}
	signal(SIGUSR1, on_signal);
	if (is_client) {
		fd = make_socket(addresses[0]);
		if (connect(fd, &a->sa, a->len))
			BROKEN_CALL("connect");
	} else {
		close(listener);
	}
	run(is_client);
}

static int usage(void)
{
	fputs(usage_text, stderr);
	return 2;
}

static uint64_t bytes(const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 0);

	switch (*end) {
	case 'G':
		n <<= 10;
		/* fall through */
	case 'M':
		n <<= 10;
		/* fall through */
	case 'K':
		n <<= 10;
		end++;
	}
	if (*end || end == text) {
		fprintf(stderr, "npv-stream: %s is no number\n", text);
		exit(2);
	}
	return n;
}

static bool parse_mode(const char *text)
{
	static const char *const names[] = { "blocking", "poll", "epoll", "edge" };
	int i;

	for (i = 0; i < 4; i++)
		if (!strcmp(text, names[i])) {
			opts.mode = i;
			return true;
		}
	return false;
}

static bool option(int opt)
{
	switch (opt) {
	case OPT_PROTO:
		opts.proto = optarg;
		return !strcmp(optarg, "tcp") || !strcmp(optarg, "mptcp") ||
			flavour_choose(optarg);
	case OPT_SEND:
		opts.send = bytes(optarg);
		break;
	case OPT_SECONDS:
		opts.seconds = atof(optarg);
		opts.limited = false;
		break;
	case OPT_SEED:
		opts.seed = bytes(optarg);
		break;
	case OPT_MODE:
		return parse_mode(optarg);
	case OPT_WRITE:
		opts.write = bytes(optarg);
		return opts.write && opts.write <= BUFFER;
	case OPT_READ:
		opts.read = bytes(optarg);
		return opts.read && opts.read <= BUFFER;
	case OPT_VARY:
		opts.vary = true;
		break;
	case OPT_SLOW:
		opts.slow = bytes(optarg);
		break;
	case OPT_WRITE_FIRST:
		opts.write_first = true;
		break;
	case OPT_SNDBUF:
		opts.sndbuf = bytes(optarg);
		break;
	case OPT_RCVBUF:
		opts.rcvbuf = bytes(optarg);
		break;
	case OPT_COUNT:
		opts.count = bytes(optarg);
		return opts.count >= 1 && opts.count <= MAX_CHILDREN;
	case OPT_TIMEOUT:
		opts.timeout = bytes(optarg);
		break;
	case OPT_PROGRESS:
		opts.progress = bytes(optarg);
		break;
	case OPT_IDLE:
		opts.idle = bytes(optarg);
		break;
	case OPT_EOF_AFTER:
		opts.eof_after = true;
		break;
	default:
		return false;
	}
	return true;
}

static int listen_and_run(int port, int n, char **addresses)
{
	struct addr a = make_addr(port, n, addresses);
	int listener = make_socket(addresses[0]), on = 1, i;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, &a.sa, a.len) ||
	    listen(listener, opts.count > 64 ? opts.count : 64))
		BROKEN_CALL("listen");
	for (i = 0; i < opts.count; i++) {
		do
			fd = accept(listener, NULL, NULL);
		while (fd < 0 && errno == EINTR);
		if (fd < 0)
			BROKEN_CALL("accept");
		if (opts.count > 1) {
			in_child(false, listener, NULL, addresses);
			continue;
		}
		close(listener);
		run(false);
	}
	close(listener);
	return wait_children();
}

static int connect_and_run(int port, int n, char **addresses)
{
	struct addr a = make_addr(port, n, addresses);
	int i;

	if (opts.count == 1) {
		fd = make_socket(addresses[0]);
		if (connect(fd, &a.sa, a.len))
			BROKEN_CALL("connect");
		run(true);
	}
	for (i = 0; i < opts.count; i++)
		in_child(true, -1, &a, addresses);
	return wait_children();
}

int main(int argc, char **argv)
{
	struct sigaction action = { };
	int opt, port, n;

	flavour_choose("npv");
	while ((opt = getopt_long(argc, argv, "", longopts, NULL)) != -1)
		if (!option(opt))
			return usage();
	argv += optind;
	n = argc - optind - 2;
	if (n < 1 || (opts.write_first && opts.mode == MODE_BLOCKING))
		return usage();
	port = bytes(argv[1]);
	start = now_us();

	action.sa_handler = opts.count > 1 ? pass_on : on_signal;
	sigaction(SIGUSR1, &action, NULL);
	if (!strcmp(argv[0], "listen"))
		return listen_and_run(port, n, argv + 2);
	if (!strcmp(argv[0], "connect"))
		return connect_and_run(port, n, argv + 2);
	return usage();
}
