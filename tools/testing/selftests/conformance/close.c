// SPDX-License-Identifier: GPL-2.0
/* How STREAM sessions end: shutdown, half-close, linger, reset, SIGPIPE */
#include <linux/sockios.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "conformance.h"

static void set_linger(int fd, int on, int seconds)
{
	struct linger l = { on, seconds };

	OK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
}

static void close__half(void)
{
	struct pair p = connected();

	send_text(p.client, "question");
	OK(shutdown(p.client, SHUT_WR));
	expect_text(p.server, "question");
	expect_eof(p.server);
	expect_eof(p.server);
	send_text(p.server, "answer");
	expect_text(p.client, "answer");
	close(p.server);
	expect_eof(p.client);
}

static void close__half_much_later(void)
{
	static unsigned char buf[300000];
	struct pair p = connected();
	struct addr a;

	OK(shutdown(p.client, SHUT_WR));
	expect_eof(p.server);
	set_nonblock(p.server);
	pattern_fill(buf, sizeof(buf), 0);
	EQ(send(p.server, buf, 100000, 0), 100000);
	memset(buf, 0, sizeof(buf));
	recv_all(p.client, buf, 100000);
	pattern_check(buf, 100000, 0);
	/* Still a connection in both names */
	a = name_peer(p.client);
	CHECK(addr_port(&a) > 0);
	a = name_peer(p.server);
	CHECK(addr_port(&a) > 0);
}

static void close__shut_rd(void)
{
	struct pair p = connected();

	OK(shutdown(p.client, SHUT_RD));
	expect_eof(p.client);
	/* TCP still takes what comes; it can be read */
	send_text(p.server, "late");
	EVENTUALLY(({ int n = 0; ioctl(p.client, FIONREAD, &n); n == 4; }),
		   5000);
	expect_text(p.client, "late");
	expect_eof(p.client);
	send_text(p.client, "back");
	expect_text(p.server, "back");
}

static void close__shutdown_twice(void)
{
	struct pair p = connected();

	OK(shutdown(p.client, SHUT_WR));
	OK(shutdown(p.client, SHUT_WR));
	OK(shutdown(p.client, SHUT_RDWR));
	FAILS(shutdown(p.client, 3), EINVAL);
	FAILS(shutdown(p.client, -1), EINVAL);
	expect_eof(p.server);
	OK(shutdown(p.server, SHUT_RDWR));
	EVENTUALLY(tcp_state(p.server) == TCP_CLOSE, 5000);
	FAILS(shutdown(p.server, SHUT_RDWR), ENOTCONN);
}

static void close__epipe(void)
{
	struct pair p = connected();
	char b = 'x';

	signal_catch(SIGPIPE, 0);
	OK(shutdown(p.client, SHUT_WR));
	FAILS(send(p.client, &b, 1, MSG_NOSIGNAL), EPIPE);
	EQ(signal_count, 0);
	FAILS(send(p.client, &b, 1, 0), EPIPE);
	EQ(signal_count, 1);
	FAILS(write(p.client, &b, 1), EPIPE);
	EQ(signal_count, 2);
}

static void write_to_shut(void *arg)
{
	struct pair *p = arg;

	OK(shutdown(p->client, SHUT_WR));
	signal(SIGPIPE, SIG_DFL);
	if (write(p->client, "x", 1) == 1)
		_exit(7);
	_exit(8);
}

static void close__sigpipe_kills(void)
{
	struct pair p = connected();
	int status;
	pid_t pid = spawn(write_to_shut, &p);

	EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status));
	EQ(WTERMSIG(status), SIGPIPE);
}

static void close__write_after_peer_closed(void)
{
	struct pair p = connected();
	char b = 'x';

	close(p.server);
	expect_eof(p.client);
	/* The first one is answered by RST */
	EQ(send(p.client, &b, 1, MSG_NOSIGNAL), 1);
	CHECK(poll_events(p.client, 0, 5000) & POLLHUP);
	FAILS(send(p.client, &b, 1, MSG_NOSIGNAL), EPIPE);
	EQ(recv(p.client, &b, 1, 0), 0);
}

static void close__reset_with_unread(void)
{
	struct pair p = connected();
	char b;

	send_text(p.client, "not read");
	EQ(poll_events(p.server, POLLIN, 5000), POLLIN);
	close(p.server);
	FAILS(recv(p.client, &b, 1, 0), ECONNRESET);
	/* Told once */
	EQ(recv(p.client, &b, 1, 0), 0);
	FAILS(send(p.client, &b, 1, MSG_NOSIGNAL), EPIPE);
}

static void close__reset_pending_data(void)
{
	struct pair p = connected();
	char buf[8];

	send_text(p.server, "abc");
	EQ(poll_events(p.client, POLLIN, 5000), POLLIN);
	set_linger(p.server, 1, 0);
	close(p.server);
	CHECK(poll_events(p.client, 0, 5000) & POLLERR);
	/* What had arrived is still readable, then the error */
	EQ(recv(p.client, buf, 8, 0), 3);
	FAILS(recv(p.client, buf, 8, 0), ECONNRESET);
	EQ(recv(p.client, buf, 8, 0), 0);
}

static void close__reset_by_send(void)
{
	struct pair p = connected();
	char b = 'x';

	set_linger(p.server, 1, 0);
	close(p.server);
	CHECK(poll_events(p.client, 0, 5000) & POLLERR);
	FAILS(send(p.client, &b, 1, MSG_NOSIGNAL), ECONNRESET);
	FAILS(send(p.client, &b, 1, MSG_NOSIGNAL), EPIPE);
	EQ(get_error(p.client), 0);
}

static void close__linger_zero(void)
{
	struct pair p = connected();
	char b;

	set_linger(p.client, 1, 0);
	close(p.client);
	FAILS(recv(p.server, &b, 1, 0), ECONNRESET);
}

static void close__linger_timed(void)
{
	struct pair p = connected();
	long long start;

	fill(&p);
	set_linger(p.client, 1, 1);
	/* Back to blocking: linger does not wait otherwise */
	OK(ioctl(p.client, FIONBIO, &(int){ 0 }));
	start = now_ms();
	close(p.client);
	BETWEEN(now_ms() - start, 900, 3000);
}

struct reading {
	int fd;
	size_t len;
};

static void *read_later(void *arg)
{
	struct reading *r = arg;

	nap_ms(100);
	drain(r->fd, r->len);
	expect_eof(r->fd);
	return NULL;
}

static void close__linger_until_sent(void)
{
	struct pair p = connected();
	struct reading r = { p.server, fill(&p) };
	pthread_t thread;
	long long start;

	OK(ioctl(p.client, FIONBIO, &(int){ 0 }));
	set_linger(p.client, 1, 60);
	/* before the thread, which may be the first to run */
	start = now_ms();
	OK(-pthread_create(&thread, NULL, read_later, &r));
	close(p.client);
	BETWEEN(now_ms() - start, 80, 40000);
	OK(-pthread_join(thread, NULL));
}

static void close__data_sent_before(void)
{
	static unsigned char buf[200000], in[200000];
	struct pair p = connected();

	pattern_fill(buf, sizeof(buf), 0);
	send_all(p.client, buf, sizeof(buf));
	close(p.client);
	recv_all(p.server, in, sizeof(in));
	pattern_check(in, sizeof(in), 0);
	expect_eof(p.server);
}

static void exit_with_socket(void *arg)
{
	struct pair *p = arg;

	close(p->server);
	send_text(p->client, "bye");
	_exit(0);
}

static void close__by_exit(void)
{
	struct pair p = connected();
	pid_t pid = spawn(exit_with_socket, &p);

	close(p.client);
	expect_text(p.server, "bye");
	expect_eof(p.server);
	reap(pid);
}

struct waiter {
	int fd;
	volatile pid_t tid;
	ssize_t result;
	int err;
	volatile int done;
};

static void *read_waiter(void *arg)
{
	struct waiter *w = arg;
	char b;

	w->tid = gettid();
	w->result = recv(w->fd, &b, 1, 0);
	w->err = errno;
	w->done = 1;
	return NULL;
}

static void *write_waiter(void *arg)
{
	static char buf[65536];
	struct waiter *w = arg;

	do {
		w->result = send(w->fd, buf, sizeof(buf), MSG_NOSIGNAL);
		w->err = errno;
	} while (w->result > 0);
	w->done = 1;
	return NULL;
}

static void close__shutdown_wakes_reader_and_writer(void)
{
	struct pair p = connected();
	struct waiter r = { .fd = p.client }, w = { .fd = p.client };
	pthread_t reader, writer;

	fill(&p);
	OK(ioctl(p.client, FIONBIO, &(int){ 0 }));
	OK(-pthread_create(&reader, NULL, read_waiter, &r));
	OK(-pthread_create(&writer, NULL, write_waiter, &w));
	nap_ms(100);
	EQ(r.done, 0);
	EQ(w.done, 0);
	OK(shutdown(p.client, SHUT_RDWR));
	OK(-pthread_join(reader, NULL));
	OK(-pthread_join(writer, NULL));
	EQ(r.result, 0);
	EQ(w.result, -1);
	EQ(w.err, EPIPE);
}

static void close__reset_wakes_reader(void)
{
	struct pair p = connected();
	struct waiter r = { .fd = p.client };
	pthread_t thread;

	OK(-pthread_create(&thread, NULL, read_waiter, &r));
	nap_ms(50);
	EQ(r.done, 0);
	set_linger(p.server, 1, 0);
	close(p.server);
	OK(-pthread_join(thread, NULL));
	EQ(r.result, -1);
	EQ(r.err, ECONNRESET);
}

static void close__while_another_reads(void)
{
	struct pair p = connected();
	struct waiter r = { .fd = p.client };
	pthread_t thread;

	OK(-pthread_create(&thread, NULL, read_waiter, &r));
	EVENTUALLY(is_asleep(r.tid), 5000);
	/* The call holds the socket; it ends when the peer sends */
	close(p.client);
	send_text(p.server, "x");
	OK(-pthread_join(thread, NULL));
	EQ(r.result, 1);
}

static void close__states(void)
{
	struct pair p = connected();

	OK(shutdown(p.client, SHUT_WR));
	EVENTUALLY(tcp_state(p.client) == TCP_FIN_WAIT2, 5000);
	EQ(tcp_state(p.server), TCP_CLOSE_WAIT);
	OK(shutdown(p.server, SHUT_WR));
	EVENTUALLY(tcp_state(p.server) == TCP_CLOSE, 5000);
}

const struct test tests_close[] = {
	{ "half-close, data the other way", close__half },
	{ "half-close, bulk the other way", close__half_much_later },
	{ "SHUT_RD", close__shut_rd },
	{ "shutdown twice, shutdown of nonsense", close__shutdown_twice },
	{ "EPIPE, SIGPIPE, MSG_NOSIGNAL", close__epipe },
	{ "SIGPIPE kills", close__sigpipe_kills },
	{ "write after the peer closed", close__write_after_peer_closed },
	{ "close with unread data resets", close__reset_with_unread },
	{ "reset behind data: data, ECONNRESET, end",
	  close__reset_pending_data },
	{ "reset fetched by send", close__reset_by_send },
	{ "SO_LINGER of 0 resets", close__linger_zero },
	{ "SO_LINGER, timed", close__linger_timed },
	{ "SO_LINGER, until all is sent", close__linger_until_sent },
	{ "close right behind data", close__data_sent_before },
	{ "close by exit", close__by_exit },
	{ "shutdown wakes a reader and a writer",
	  close__shutdown_wakes_reader_and_writer },
	{ "reset wakes a reader", close__reset_wakes_reader },
	{ "close while another thread reads", close__while_another_reads },
	{ "TCP states of a close", close__states },
	TESTS_END
};
