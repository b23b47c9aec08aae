// SPDX-License-Identifier: GPL-2.0
/*
 * Connects one AF_NPV socket to one of several addresses and tells in JSON what
 * came of it: which address, how long, how many attempts, which errno.
 *
 * npv-connect [OPTION...] PORT ADDRESS...
 *
 * The options set the scene: how it waits, what is set on the socket before,
 * and what disturbs it half way.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/filter.h>
#include <linux/npv_netlink.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <unistd.h>

#include "check.h"
#include "flavour.h"

enum {
	OPT_NONBLOCK = 256,
	OPT_EPOLL,
	OPT_TIMEOUT,
	OPT_SNDTIMEO,
	OPT_BIND,
	OPT_DEVICE,
	OPT_SET,
	OPT_CONGESTION,
	OPT_FILTER,
	OPT_SIGNAL,
	OPT_RESTART,
	OPT_SHUTDOWN,
	OPT_CLOSE,
	OPT_UNSPEC,
	OPT_AGAIN,
	OPT_SEND,
	OPT_HOLD,
	OPT_PROGRESS,
	OPT_SCOPE,
};

static const struct option longopts[] = {
	{ "nonblock", no_argument, NULL, OPT_NONBLOCK },
	{ "epoll", no_argument, NULL, OPT_EPOLL },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "sndtimeo", required_argument, NULL, OPT_SNDTIMEO },
	{ "bind", required_argument, NULL, OPT_BIND },
	{ "device", required_argument, NULL, OPT_DEVICE },
	{ "set", required_argument, NULL, OPT_SET },
	{ "congestion", required_argument, NULL, OPT_CONGESTION },
	{ "filter", no_argument, NULL, OPT_FILTER },
	{ "signal", required_argument, NULL, OPT_SIGNAL },
	{ "restart", no_argument, NULL, OPT_RESTART },
	{ "shutdown", required_argument, NULL, OPT_SHUTDOWN },
	{ "close", required_argument, NULL, OPT_CLOSE },
	{ "unspec", required_argument, NULL, OPT_UNSPEC },
	{ "again", no_argument, NULL, OPT_AGAIN },
	{ "send", required_argument, NULL, OPT_SEND },
	{ "hold", no_argument, NULL, OPT_HOLD },
	{ "progress", no_argument, NULL, OPT_PROGRESS },
	{ "scope", required_argument, NULL, OPT_SCOPE },
	{ }
};

static const char usage_text[] =
"usage: npv-connect [OPTION...] PORT ADDRESS...\n"
"  --nonblock       connect without blocking, then poll\n"
"  --epoll          the same, with epoll registered before connect()\n"
"  --timeout MS     of that poll (10000)\n"
"  --sndtimeo MS    SO_SNDTIMEO of the blocking connect\n"
"  --bind ADDR PORT source address (- for any) and port, as one word ADDR,PORT\n"
"  --device NAME    SO_BINDTODEVICE\n"
"  --set L,O,V      int option O of level L, before; read back at the end\n"
"  --congestion N   TCP_CONGESTION, before; read back at the end\n"
"  --filter         SO_ATTACH_FILTER, before\n"
"  --signal MS      a signal after so long, without SA_RESTART\n"
"  --restart        with SA_RESTART\n"
"  --shutdown MS    shutdown() from another thread after so long\n"
"  --close MS       close after so long (with --nonblock)\n"
"  --unspec MS      connect(AF_UNSPEC) after so long (with --nonblock)\n"
"  --again          connect once more at the end\n"
"  --send TEXT      send it, and receive it back\n"
"  --hold           stay until standard input ends\n"
"  --progress       tell on standard output when connect() has returned\n"
"  --scope NAME     interface of link-local addresses\n";

enum { MAX_SETS = 8 };

static struct {
	bool nonblock, epoll, filter, restart, again, hold, progress;
	int timeout, sndtimeo, signal, shutdown, close, unspec;
	const char *bind, *device, *congestion, *send, *scope;
	int sets, set[MAX_SETS][3];
} opts = { .timeout = 10000 };

static int fd, epfd = -1, signals;

static void on_signal(int sig)
{
	signals++;
}

static int number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 0);

	if (*end || end == text) {
		fprintf(stderr, "npv-connect: %s is no number\n", text);
		exit(2);
	}
	return n;
}

static void parse_set(const char *text)
{
	int *s = opts.set[opts.sets++];

	if (opts.sets > MAX_SETS ||
	    sscanf(text, "%i,%i,%i", &s[0], &s[1], &s[2]) != 3) {
		fprintf(stderr, "npv-connect: bad --set %s\n", text);
		exit(2);
	}
}

static void parse(int argc, char **argv)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		switch (opt) {
		case OPT_NONBLOCK:
			opts.nonblock = true;
			break;
		case OPT_EPOLL:
			opts.nonblock = true;
			opts.epoll = true;
			break;
		case OPT_TIMEOUT:
			opts.timeout = number(optarg);
			break;
		case OPT_SNDTIMEO:
			opts.sndtimeo = number(optarg);
			break;
		case OPT_BIND:
			opts.bind = optarg;
			break;
		case OPT_DEVICE:
			opts.device = optarg;
			break;
		case OPT_SET:
			parse_set(optarg);
			break;
		case OPT_CONGESTION:
			opts.congestion = optarg;
			break;
		case OPT_FILTER:
			opts.filter = true;
			break;
		case OPT_SIGNAL:
			opts.signal = number(optarg);
			break;
		case OPT_RESTART:
			opts.restart = true;
			break;
		case OPT_SHUTDOWN:
			opts.shutdown = number(optarg);
			break;
		case OPT_CLOSE:
			opts.close = number(optarg);
			break;
		case OPT_UNSPEC:
			opts.unspec = number(optarg);
			break;
		case OPT_AGAIN:
			opts.again = true;
			break;
		case OPT_SEND:
			opts.send = optarg;
			break;
		case OPT_HOLD:
			opts.hold = true;
			break;
		case OPT_PROGRESS:
			opts.progress = true;
			break;
		case OPT_SCOPE:
			opts.scope = optarg;
			break;
		default:
			fputs(usage_text, stderr);
			exit(2);
		}
	}
	if (argc - optind < 2 || argc - optind > 1 + NPV_ADDR_MAX) {
		fputs(usage_text, stderr);
		exit(2);
	}
}

static void bind_source(void)
{
	char text[64], *comma;
	const char *addrs[1] = { text };
	struct addr a;

	snprintf(text, sizeof(text), "%s", opts.bind);
	comma = strchr(text, ',');
	if (!comma)
		exit(2);
	*comma = 0;
	a = addr_npv(number(comma + 1), strcmp(text, "-") ? 1 : 0, addrs);
	OK(bind(fd, &a.sa, a.len));
}

static void prepare(void)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
	struct sock_fprog prog = { 1, &all };
	struct epoll_event ev = { .events = EPOLLOUT | EPOLLET };
	struct timeval tv = { opts.sndtimeo / 1000,
			      opts.sndtimeo % 1000 * 1000 };
	int i;

	fd = OK(socket(npv_family(), SOCK_STREAM |
		       (opts.nonblock ? SOCK_NONBLOCK : 0), 0));
	for (i = 0; i < opts.sets; i++)
		OK(setsockopt(fd, opts.set[i][0], opts.set[i][1],
			      &opts.set[i][2], sizeof(int)));
	if (opts.congestion)
		OK(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, opts.congestion,
			      strlen(opts.congestion)));
	if (opts.device)
		OK(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, opts.device,
			      strlen(opts.device)));
	if (opts.filter)
		OK(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			      sizeof(prog)));
	if (opts.sndtimeo)
		OK(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
	if (opts.bind)
		bind_source();
	if (opts.epoll) {
		epfd = OK(epoll_create1(0));
		OK(epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev));
		/* A fresh socket's hang-up, as TCP has it */
		epoll_wait(epfd, &ev, 1, 0);
	}
	if (opts.signal) {
		struct sigaction sa = { .sa_handler = on_signal };
		struct itimerval it = { .it_value = {
			opts.signal / 1000, opts.signal % 1000 * 1000 } };

		sa.sa_flags = opts.restart ? SA_RESTART : 0;
		sigaction(SIGALRM, &sa, NULL);
		setitimer(ITIMER_REAL, &it, NULL);
	}
}

static void *shut_it_down(void *arg)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	nap_ms(opts.shutdown);
	shutdown(fd, SHUT_RDWR);
	return NULL;
}

/* Poll until it is decided; 0 or the errno */
static int wait_until_done(void)
{
	struct pollfd pfd = { fd, POLLOUT, 0 };
	struct epoll_event ev = { };
	socklen_t len = sizeof(int);
	long long end = now_ms() + opts.timeout;
	int n, err = 0;

	do {
		int left = (int)(end - now_ms());

		n = opts.epoll ? epoll_wait(epfd, &ev, 1, left > 0 ? left : 0) :
				 poll(&pfd, 1, left > 0 ? left : 0);
	} while (n < 0 && errno == EINTR);
	if (n < 1)
		return EINPROGRESS;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
	return err;
}

/* Poll for so long while nothing is to happen; true if nothing did */
static bool wait_quietly(int ms)
{
	struct pollfd pfd = { fd, POLLOUT, 0 };

	return poll(&pfd, 1, ms) == 0;
}

static int try_connect(const struct addr *to)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int err = connect(fd, &to->sa, to->len) ? errno : 0;

	if (opts.progress) {
		printf("%s\n", errno_name(err));
		fflush(stdout);
	}
	if (opts.close && err == EINPROGRESS) {
		wait_quietly(opts.close);
		close(fd);
		return EBADF;
	}
	if (opts.unspec && err == EINPROGRESS) {
		wait_quietly(opts.unspec);
		return connect(fd, &none, sizeof(none)) ? errno : 0;
	}
	/* A signal interrupts only the waiting; the race goes on */
	if ((err == EINPROGRESS && opts.nonblock) ||
	    (err == EINTR && opts.signal))
		err = wait_until_done();
	return err;
}

static void print_addr(const char *name, const struct in6_addr *a)
{
	char text[INET6_ADDRSTRLEN];

	if (IN6_IS_ADDR_V4MAPPED(a))
		inet_ntop(AF_INET, &a->s6_addr32[3], text, sizeof(text));
	else
		inet_ntop(AF_INET6, a, text, sizeof(text));
	printf(",\"%s\":\"%s\"", name, text);
}

static void report(int err, long long elapsed)
{
	struct npv_info info = { };
	socklen_t len = sizeof(info);
	int i, value;

	printf("{\"errno\":\"%s\",\"elapsed_us\":%lld,\"signals\":%d",
	       err ? errno_name(err) : "", elapsed, signals);
	if (!getsockopt(fd, SOL_NPV, NPV_INFO, &info, &len)) {
		if (!err) {
			print_addr("address", &info.npvi_remote);
			print_addr("source", &info.npvi_local);
		}
		printf(",\"state\":%d,\"source_port\":%d", info.npvi_state,
		       ntohs(info.npvi_port_local));
		printf(",\"connect_us\":%u,\"attempts\":%u,\"candidates\":%u",
		       info.npvi_connect_us, info.npvi_attempts,
		       info.npvi_candidates);
	}
	for (i = 0; i < opts.sets; i++) {
		len = sizeof(value);
		if (getsockopt(fd, opts.set[i][0], opts.set[i][1], &value,
			       &len))
			value = -1;
		printf(",\"option%d\":%d", i, value);
	}
	if (opts.congestion) {
		char name[16] = "";

		len = sizeof(name);
		getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len);
		printf(",\"congestion\":\"%s\"", name);
	}
	if (opts.device) {
		char name[IFNAMSIZ] = "";

		len = sizeof(name);
		getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len);
		printf(",\"device\":\"%s\"", name);
	}
}

static void echo(void)
{
	size_t want = strlen(opts.send), got = 0;
	char buf[256];
	ssize_t n;

	/* a winner is as blocking as the socket was */
	fcntl(fd, F_SETFL, 0);
	if (send(fd, opts.send, want, MSG_NOSIGNAL) != (ssize_t)want) {
		printf(",\"echo\":\"%s\"", errno_name(errno));
		return;
	}
	while (got < want) {
		n = recv(fd, buf + got, sizeof(buf) - 1 - got, 0);
		if (n <= 0)
			break;
		got += n;
	}
	buf[got] = 0;
	printf(",\"echo\":\"%s\"", buf);
}

int main(int argc, char **argv)
{
	pthread_t thread;
	struct addr to;
	long long start;
	int err;

	parse(argc, argv);
	to = addr_npv(number(argv[optind]), argc - optind - 1,
		      (const char *const *)argv + optind + 1);
	if (opts.scope)
		to.npv.snpv_scope_id = if_nametoindex(opts.scope);
	prepare();
	if (opts.shutdown)
		pthread_create(&thread, NULL, shut_it_down, NULL);

	start = now_us();
	err = try_connect(&to);
	report(err, now_us() - start);
	if (!err && opts.send)
		echo();
	if (opts.again)
		printf(",\"again\":\"%s\"", connect(fd, &to.sa, to.len) ?
		       errno_name(errno) : "");
	printf("}\n");
	fflush(stdout);
	if (opts.hold) {
		char b;

		while (read(0, &b, 1) > 0)
			;
	}
	return err ? 1 : 0;
}
