/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the conformance test share: the tables of cases, and
 * sockets in the states that cases start from.
 */
#ifndef NPV_TEST_CONFORMANCE_H
#define NPV_TEST_CONFORMANCE_H

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "check.h"
#include "flavour.h"

extern const struct test tests_connect[];
extern const struct test tests_accept[];
extern const struct test tests_poll[];
extern const struct test tests_data[];
extern const struct test tests_splice[];
extern const struct test tests_close[];
extern const struct test tests_signal[];
extern const struct test tests_share[];
extern const struct test tests_bind[];
extern const struct test tests_options[];
extern const struct test tests_tcp[];
extern const struct test tests_errqueue[];
extern const struct test tests_ktls[];
extern const struct test tests_dgram[];
extern const struct test tests_dgram_options[];
extern const struct test tests_optdiff[];
extern const struct test tests_npv[];

/* Connections are to be native sessions: the namespace's mode is auto */
extern bool native_mode;
/* Why a case can't hold for these, NULL if it must */
const char *native_difference(const char *name);

/* A connection: one end each */
struct pair {
	int listener;
	int client;
	int server;
};

/* A STREAM listener on a port of the kernel's choice; its name in @name */
int listener(int backlog, struct addr *name);
/* A connection over loopback */
struct pair connected(void);
/*
 * A listener whose queue is full, so that further SYNs are dropped until
 * something is accepted; the connection that fills it in @filler
 */
int listener_full(struct addr *name, int *filler);
/* Accepts with a time limit, so that a failure is one of the case */
int accept_soon(int listener);

/* A DGRAM socket bound to loopback; its name in @name */
int dgram_bound(struct addr *name);
/* Two DGRAM sockets connected to each other, [0] client and [1] server */
void dgram_pair(int fds[2]);

/* Name of a port that nothing listens on */
struct addr addr_unused(int type);

void set_nonblock(int fd);
/* Sets and gets an int option */
void set_int(int fd, int level, int opt, int value);
int get_int(int fd, int level, int opt);
int get_error(int fd);
int get_domain(int fd);
int tcp_state(int fd);

/* Events of poll() within @ms, POLLHUP and POLLERR included; 0 at timeout */
int poll_events(int fd, int events, int ms);
int epoll_with(int fd, uint32_t events);
/* Events of the one descriptor in the set, 0 at timeout */
uint32_t epoll_events(int ep, int ms);

/* Everything, or the case fails */
void send_all(int fd, const void *buf, size_t len);
void recv_all(int fd, void *buf, size_t len);
void send_text(int fd, const char *text);
/* Receives exactly this text */
void expect_text(int fd, const char *text);
void expect_eof(int fd);
/*
 * Sends from client to server until nothing fits any more; returns the number
 * of bytes. Leaves the client non-blocking, and both with small buffers.
 */
size_t fill(const struct pair *p);
/* Reads @len bytes and throws them away */
void drain(int fd, size_t len);
/* Byte of a test pattern that repeats only after a prime distance */
unsigned char pattern(size_t offset);
void pattern_fill(unsigned char *buf, size_t len, size_t offset);
void pattern_check(const unsigned char *buf, size_t len, size_t offset);

/* A handler that counts in signal_count, without SA_RESTART unless asked */
extern volatile int signal_count;
void signal_catch(int sig, int sa_flags);
/*
 * Sends SIGALRM to this process after @ms, and each second from then on: on a busy
 * machine the first may come before the call that it is to interrupt. 0: no more.
 */
void alarm_ms(int ms);

#endif /* NPV_TEST_CONFORMANCE_H */
