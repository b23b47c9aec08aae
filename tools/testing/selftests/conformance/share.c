// SPDX-License-Identifier: GPL-2.0
/* A socket in several hands: dup, fork, exec, SCM_RIGHTS, threads */
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "conformance.h"

static void share__dup(void)
{
	struct pair p = connected();
	int other = OK(dup(p.client));

	close(p.client);
	send_text(other, "by the copy");
	expect_text(p.server, "by the copy");
	EQ(poll_events(p.server, POLLIN | POLLRDHUP, 50), 0);
	close(other);
	expect_eof(p.server);
}

static void answer_in_child(void *arg)
{
	struct pair *p = arg;

	close(p->client);
	expect_text(p->server, "question");
	send_text(p->server, "answer");
}

static void share__fork(void)
{
	struct pair p = connected();
	pid_t pid = spawn(answer_in_child, &p);

	send_text(p.client, "question");
	expect_text(p.client, "answer");
	reap(pid);
	/* The parent's descriptor keeps the connection */
	EQ(poll_events(p.client, POLLIN, 50), 0);
	send_text(p.server, "still here");
	expect_text(p.client, "still here");
	close(p.server);
	expect_eof(p.client);
}

static void share__fork_shutdown(void)
{
	struct pair p = connected();
	int fd = OK(dup(p.client));

	/* shutdown() acts on the connection, not on the descriptor */
	OK(shutdown(fd, SHUT_WR));
	expect_eof(p.server);
	FAILS(send(p.client, "x", 1, MSG_NOSIGNAL), EPIPE);
}

static void pass(int via, int fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { };
	struct iovec iov = { "x", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control.buf,
			      .msg_controllen = sizeof(control.buf) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	EQ(sendmsg(via, &msg, 0), 1);
}

static int take(int via)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { };
	char b;
	struct iovec iov = { &b, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control.buf,
			      .msg_controllen = sizeof(control.buf) };
	int fd;

	EQ(recvmsg(via, &msg, 0), 1);
	CHECK(CMSG_FIRSTHDR(&msg));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

static void serve_passed(void *arg)
{
	int fd = take(*(int *)arg);

	expect_text(fd, "to whom it may concern");
	send_text(fd, "received");
}

static void share__scm_rights(void)
{
	struct pair p;
	int via[2];
	pid_t pid;

	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, via));
	pid = spawn(serve_passed, &via[1]);
	p = connected();
	pass(via[0], p.server);
	close(p.server);
	send_text(p.client, "to whom it may concern");
	expect_text(p.client, "received");
	reap(pid);
	expect_eof(p.client);
}

static void share__scm_rights_listener(void)
{
	int via[2], l, taken, c = sock(SOCK_STREAM);
	struct addr a;

	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, via));
	l = listener(8, &a);
	pass(via[0], l);
	close(l);
	/* In flight it still listens */
	OK(connect(c, &a.sa, a.len));
	taken = take(via[1]);
	send_text(c, "x");
	expect_text(accept_soon(taken), "x");
}

static void share__scm_rights_never_taken(void)
{
	struct pair p = connected();
	int via[2];

	OK(socketpair(AF_UNIX, SOCK_STREAM, 0, via));
	pass(via[0], p.server);
	close(p.server);
	close(via[1]);
	close(via[0]);
	expect_eof(p.client);
}

struct job {
	int fd;
	volatile int stop, sent, received;
};

static void *keep_sending(void *arg)
{
	struct job *j = arg;
	char buf[1000];

	memset(buf, 'a', sizeof(buf));
	while (send(j->fd, buf, sizeof(buf), MSG_NOSIGNAL) > 0)
		j->sent++;
	/* What the echo had under way may be answered by a reset first */
	CHECK(errno == EPIPE || errno == ECONNRESET);
	return NULL;
}

static void *keep_receiving(void *arg)
{
	struct job *j = arg;
	char buf[1000];

	ssize_t n;

	while ((n = recv(j->fd, buf, sizeof(buf), 0)) > 0)
		j->received++;
	CHECK(!n || errno == ECONNRESET);
	return NULL;
}

static void *echo_all(void *arg)
{
	char buf[1000];
	ssize_t n;

	while ((n = recv(*(int *)arg, buf, sizeof(buf), 0)) > 0)
		if (send(*(int *)arg, buf, n, MSG_NOSIGNAL) < 0)
			break;
	return NULL;
}

static void share__threads_and_shutdown(void)
{
	struct pair p = connected();
	struct job j = { .fd = p.client };
	pthread_t sender, receiver, echo;

	OK(-pthread_create(&echo, NULL, echo_all, &p.server));
	OK(-pthread_create(&receiver, NULL, keep_receiving, &j));
	OK(-pthread_create(&sender, NULL, keep_sending, &j));
	EVENTUALLY(j.sent > 20 && j.received > 20, 10000);
	OK(shutdown(p.client, SHUT_RDWR));
	OK(-pthread_join(sender, NULL));
	OK(-pthread_join(receiver, NULL));
	/* The echo ends by the end of the stream or by a reset */
	close(p.client);
	OK(-pthread_join(echo, NULL));
}

static void share__two_readers(void)
{
	struct pair p = connected();
	struct job one = { .fd = p.server }, two = { .fd = p.server };
	static char buf[100000];
	pthread_t a, b;

	OK(-pthread_create(&a, NULL, keep_receiving, &one));
	OK(-pthread_create(&b, NULL, keep_receiving, &two));
	send_all(p.client, buf, sizeof(buf));
	OK(shutdown(p.client, SHUT_WR));
	OK(-pthread_join(a, NULL));
	OK(-pthread_join(b, NULL));
	CHECK(one.received + two.received >= 100);
}

static void share__fstat(void)
{
	struct pair p = connected();
	struct stat st, other;

	OK(fstat(p.client, &st));
	CHECK(S_ISSOCK(st.st_mode));
	CHECK(st.st_ino > 0);
	OK(fstat(p.server, &other));
	CHECK(st.st_ino != other.st_ino);
	EQ(st.st_uid, geteuid());
	OK(fchmod(p.client, 0600));
	OK(fchown(p.client, 0, 0));
}

static void share__pidfd_getfd(void)
{
	struct pair p = connected();
	int pidfd = OK(syscall(SYS_pidfd_open, getpid(), 0));
	int copy = OK(syscall(SYS_pidfd_getfd, pidfd, p.client, 0));

	close(p.client);
	send_text(copy, "x");
	expect_text(p.server, "x");
}

const struct test tests_share[] = {
	{ "dup", share__dup },
	{ "fork", share__fork },
	{ "shutdown by a dup", share__fork_shutdown },
	{ "SCM_RIGHTS", share__scm_rights },
	{ "SCM_RIGHTS of a listener", share__scm_rights_listener },
	{ "SCM_RIGHTS never taken closes it", share__scm_rights_never_taken },
	{ "two threads at work, a third shuts down",
	  share__threads_and_shutdown },
	{ "two readers of one connection", share__two_readers },
	{ "fstat, fchmod, fchown", share__fstat },
	{ "pidfd_getfd", share__pidfd_getfd },
	TESTS_END
};
