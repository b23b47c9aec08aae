// SPDX-License-Identifier: GPL-2.0
/* SIGIO and SIGURG: F_SETOWN, F_SETSIG, O_ASYNC, FIOASYNC, SIOCSPGRP */
#include <fcntl.h>
#include <linux/sockios.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "conformance.h"

static volatile int last_fd;
static volatile long last_band;

static void set_async(int fd, int own)
{
	OK(fcntl(fd, F_SETOWN, own));
	EQ(fcntl(fd, F_GETOWN), own);
	OK(fcntl(fd, F_SETFL, OK(fcntl(fd, F_GETFL)) | O_ASYNC));
}

static void sigio__data(void)
{
	struct pair p = connected();

	signal_catch(SIGIO, SA_RESTART);
	set_async(p.client, getpid());
	EQ(signal_count, 0);
	send_text(p.server, "x");
	EVENTUALLY(signal_count > 0, 5000);
	expect_text(p.client, "x");
}

static void sigio__listener(void)
{
	struct addr a;
	int l = listener(8, &a), c = sock(SOCK_STREAM);

	signal_catch(SIGIO, SA_RESTART);
	set_async(l, getpid());
	OK(connect(c, &a.sa, a.len));
	EVENTUALLY(signal_count > 0, 5000);
}

static void sigio__connect(void)
{
	struct addr a;
	int c = sock(SOCK_STREAM | SOCK_NONBLOCK);

	listener(8, &a);
	signal_catch(SIGIO, SA_RESTART);
	set_async(c, getpid());
	FAILS(connect(c, &a.sa, a.len), EINPROGRESS);
	EVENTUALLY(signal_count > 0, 5000);
	EQ(poll_events(c, POLLOUT, 5000), POLLOUT);
}

static void sigio__ioctls(void)
{
	struct pair p = connected();
	int pid = getpid(), got = 0, on = 1;

	signal_catch(SIGIO, SA_RESTART);
	OK(ioctl(p.client, SIOCSPGRP, &pid));
	OK(ioctl(p.client, SIOCGPGRP, &got));
	EQ(got, pid);
	OK(ioctl(p.client, FIOASYNC, &on));
	CHECK(fcntl(p.client, F_GETFL) & O_ASYNC);
	send_text(p.server, "x");
	EVENTUALLY(signal_count > 0, 5000);
	on = 0;
	OK(ioctl(p.client, FIOASYNC, &on));
	CHECK(!(fcntl(p.client, F_GETFL) & O_ASYNC));
	signal_count = 0;
	send_text(p.server, "y");
	expect_text(p.client, "xy");
	EQ(signal_count, 0);
}

static void note_siginfo(int sig, siginfo_t *info, void *context)
{
	last_fd = info->si_fd;
	last_band = info->si_band;
	signal_count++;
}

static void sigio__setsig(void)
{
	struct sigaction sa = { .sa_flags = SA_SIGINFO | SA_RESTART };
	struct pair p = connected();

	sa.sa_sigaction = note_siginfo;
	OK(sigaction(SIGRTMIN, &sa, NULL));
	OK(fcntl(p.client, F_SETSIG, SIGRTMIN));
	set_async(p.client, getpid());
	send_text(p.server, "x");
	EVENTUALLY(signal_count > 0, 5000);
	EQ(last_fd, p.client);
	CHECK(last_band & POLLIN);
}

static void sigio__hangup(void)
{
	struct pair p = connected();

	signal_catch(SIGIO, SA_RESTART);
	set_async(p.client, getpid());
	OK(shutdown(p.server, SHUT_WR));
	EVENTUALLY(signal_count > 0, 5000);
	expect_eof(p.client);
}

static void sigio__accepted_has_none(void)
{
	struct addr a;
	int l = listener(8, &a), c = sock(SOCK_STREAM), s;

	OK(fcntl(l, F_SETOWN, getpid()));
	OK(connect(c, &a.sa, a.len));
	s = accept_soon(l);
	EQ(fcntl(s, F_GETOWN), 0);
}

static void sigurg__urgent(void)
{
	struct pair p = connected();
	char b;

	signal_catch(SIGURG, SA_RESTART);
	/* No O_ASYNC needed for this one */
	OK(fcntl(p.client, F_SETOWN, getpid()));
	EQ(send(p.server, "!", 1, MSG_OOB), 1);
	EVENTUALLY(signal_count > 0, 5000);
	EQ(recv(p.client, &b, 1, MSG_OOB), 1);
	EQ(b, '!');
}

static void sigio__dgram(void)
{
	int fds[2];

	dgram_pair(fds);
	signal_catch(SIGIO, SA_RESTART);
	set_async(fds[1], getpid());
	EQ(send(fds[0], "x", 1, 0), 1);
	EVENTUALLY(signal_count > 0, 5000);
}

const struct test tests_signal[] = {
	{ "SIGIO for data", sigio__data },
	{ "SIGIO for a connection to accept", sigio__listener },
	{ "SIGIO for a connection made", sigio__connect },
	{ "SIGIO by SIOCSPGRP and FIOASYNC", sigio__ioctls },
	{ "F_SETSIG tells descriptor and band", sigio__setsig },
	{ "SIGIO for a hang-up", sigio__hangup },
	{ "F_SETOWN is not handed to the accepted", sigio__accepted_has_none },
	{ "SIGURG for urgent data", sigurg__urgent },
	{ "SIGIO for a datagram", sigio__dgram },
	TESTS_END
};
