/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls that are made to fail for want of memory: what a step of the test is, and
 * what the tables of steps share.
 */
#ifndef NPV_TEST_FAULTS_H
#define NPV_TEST_FAULTS_H

#include <libnpv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "check.h"
#include "flavour.h"

/* Where a connection ends up: of one address or of several */
#define PORT_ANY	7000
#define PORT_TWO	7001
#define PORT_BIND	7002
#define PORT_LISTEN	7003
#define PORT_DGRAM	7004
#define PORT_SHUT	7999

#define WAIT_MS		20000
#define BULK		60000
/* What SO_MARK is set to */
#define MARK		7

/**
 * struct scene - what a step works on; made anew for every allocation
 * @fd: the socket that the step is about
 * @peer: the other end, or -1
 * @listener: what @peer comes from, or -1
 * @other: one more descriptor, or -1
 * @npv: netlink handle, or NULL
 * @id: number of a session
 * @sessions: how many a dump tells of
 * @stacks: how many of these
 * @struck: an allocation has failed
 */
struct scene {
	int fd, peer, listener, other;
	struct npv *npv;
	uint64_t id;
	int sessions, stacks;
	bool struck;
};

/**
 * struct step - one call that is made to fail
 * @name: of the case
 * @prepare: makes the scene, without faults
 * @run: the call; -1 and errno, or what is not negative
 * @verify: that the call did what it should, once it has succeeded
 * @errors: what it may fail with, beyond ENOMEM, ENOBUFS and ENFILE; ends with 0
 * @once: a call that failed is not to be made again
 */
struct step {
	const char *name;
	void (*prepare)(struct scene *s);
	long (*run)(struct scene *s);
	void (*verify)(struct scene *s);
	int errors[4];
	bool once;
};

/* Each ends with one that has no name */
extern const struct step connect_steps[];
extern const struct step data_steps[];
extern const struct step option_steps[];
extern const struct step netlink_steps[];
extern const struct step close_steps[];
extern const struct step native_steps[];
extern const struct step datagram_steps[];

/* What is sent, and room for what is received */
extern char bulk[BULK], sink[BULK];

/* Whether the step under way may fail with that */
bool allowed(int err);

/* Sockets, which fail the case if they can't be had */
struct addr npv1(const char *text, int port);
struct addr npv2(const char *first, const char *second, int port);
struct addr in4(const char *text, int port);
struct addr in6(const char *text, int port);
int stream(int flags);
int dgram(int flags);
long try_bind(int fd, struct addr a);
long try_connect(int fd, struct addr a);
/* On a socket that doesn't block: 0 if it is under way, too */
long begin_connect(int fd, struct addr a);
int listen_on(struct addr a);
int accept_soon(int listener);
/* A race under way that nobody wins */
int racing(void);
/* @s gets a listener, and is connected to it by the name @a */
void connected_to(struct scene *s, struct addr a);

/* poll() tells of one of @events, in time */
void await(int fd, int events);
/* A socket option that is an int */
int option_of(int fd, int level, int name);
/* What NPV_INFO says */
struct npv_info info_of(int fd);

/* Sockets of their own work as ever */
void transfer(void);

/* Scenes that more than one table has */
void scene_end(struct scene *s);
void scene_none(struct scene *s);
void scene_stream(struct scene *s);
void scene_dgram(struct scene *s);
void scene_server(struct scene *s);
void scene_connected(struct scene *s);
void scene_raced(struct scene *s);
void scene_racing(struct scene *s);
/* A client that nobody has accepted yet */
void scene_waiting(struct scene *s);
void scene_dgrams(struct scene *s);

/* @s gets a file with bytes to send */
void open_file(struct scene *s);

/* Calls that more than one table has, each beside those of its kind */
long run_connect4(struct scene *s);
long run_connect6(struct scene *s);
long run_connect_two(struct scene *s);
long run_connect_nonblock1(struct scene *s);
long run_accept(struct scene *s);
long run_send(struct scene *s);
long run_send_bulk(struct scene *s);
long run_sendfile(struct scene *s);
long run_recv(struct scene *s);
long run_nodelay(struct scene *s);
long run_congestion(struct scene *s);
long run_mark(struct scene *s);
long run_stacks(struct scene *s);
long run_session_del(struct scene *s);
long run_shutdown(struct scene *s);
long run_close(struct scene *s);

/* Both ends get what the other sends */
void is_connected(struct scene *s);
/* A connect() that was under way is over: whether it connected, which then works */
bool has_connected(struct scene *s);
/* run_nodelay() and run_mark() have not been forgotten */
void options_kept(struct scene *s);
/* What run_send() sent is there, and the connection works */
void has_sent_text(struct scene *s);
/* run_session_del() has ended it */
void is_ended(struct scene *s);
/* For libnpv: one more session in the int at @data */
int count_session(const struct npv_session *session, void *data);

/* net.npv.@name of this namespace */
void setting(const char *name, int value);
/* Both ends of a native session */
void native_pair(struct scene *s);
/* How many stacks a session has that may carry data */
int native_stacks(struct npv *npv, uint64_t id);

/* Where the servers of datagram sessions are */
struct addr dgram_server(void);
/* A connected datagram socket gets a session, with a datagram */
void dgram_native(int fd);
/* ... and a UDP stack beside that of TCP */
void dgram_add_udp(int fd);
/* send() of a message that is to be @reliable */
long dgram_send(int fd, const void *buf, size_t len, bool reliable, int flags);

/* Faults that hit everybody, not only the caller; a case each */
extern const struct test storm_tests[];

/* Sessions of this namespace, as /proc/net/protocols has them */
int sessions(void);

#endif /* NPV_TEST_FAULTS_H */
