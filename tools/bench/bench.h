/* SPDX-License-Identifier: GPL-2.0 */
/* npv-bench: what its parts share. main.c tells what the program does. */
#ifndef NPV_BENCH_H
#define NPV_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Paths of one run, events of one run */
#define TO_MAX		4
#define EVENT_MAX	4

/**
 * struct options - the command line
 * @domain: first argument of socket()
 * @protocol: third argument of socket()
 * @npv: the sockets are NPV ones, which can be asked what they are
 * @server_ns: name of the namespace of the server, NULL: the caller's
 * @client_ns: name of the namespace of the client
 * @to: addresses of the server, one connection each, all at once
 * @to_count: how many
 * @size: bytes of a write, of a request and of a response, of a datagram
 * @count: bytes to carry (bulk), or round trips, connections, sessions, datagrams
 * @seconds: bulk: stop after that time instead, 0: don't
 * @skip: bulk: seconds at the start that are not counted
 * @kthreads: let the kernel module do it
 * @udp: an NPV session goes over one UDP stack
 * @native: an NPV session of datagrams that is not native is an error
 * @reliable: NPV is to deliver every datagram
 * @rate: dgram-paced: datagrams a second
 * @scheduler: of NPV sessions of datagrams, NULL: the default
 * @stacks: that those are to have before anything is measured
 * @rival: one more pair is a TCP connection to the first address, at the same time
 * @begun: lines as of @event, for when a session has begun, and before anything is
 *	measured: what its beginning is not to meet
 * @begun_count: how many
 * @event_at: bulk: seconds until what @event says is done
 * @event: "NAMESPACE,PROGRAM,LINE": one line for `ip -batch` or `tc -batch`
 * @event_count: how many
 */
struct options {
	int domain;
	int protocol;
	bool npv;
	const char *server_ns;
	const char *client_ns;
	const char *to[TO_MAX];
	int to_count;
	size_t size;
	uint64_t count;
	double seconds;
	double skip;
	bool kthreads;
	bool udp;
	bool native;
	bool reliable;
	double rate;
	const char *scheduler;
	unsigned int stacks;
	bool rival;
	char *begun[EVENT_MAX];
	int begun_count;
	double event_at;
	char *event[EVENT_MAX];
	int event_count;
};

extern struct options opt;

/* The tests: each prints a JSON object in a line */
void bulk_test(void);
void rr_test(void);
void connect_test(void);
void learn_test(void);
void idle_test(void);
void policy_test(void);
void dump_test(void);
void dgram_step_test(void);
void dgram_paced_test(void);
void kthread_test(const char *test);

#define NSEC_PER_SEC 1000000000ULL

/* A session between the two namespaces that has carried a byte each way; 2 sockets */
void sessions_open(int listener, int *fd);

/* Sockets are of that contestant from now on */
void set_family(const char *name);

/* Nanoseconds of CLOCK_MONOTONIC */
uint64_t now_ns(void);

void sleep_until(uint64_t when);

void ascending(uint64_t *value, size_t count);

/* The element in the middle; sorts @value */
uint64_t median(uint64_t *value, size_t count);

/* Prints what went wrong, with errno, and ends the process */
void die(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

#endif /* NPV_BENCH_H */
