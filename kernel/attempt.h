/* SPDX-License-Identifier: GPL-2.0 */
/* What race.c and discover.c know of a race, and nobody else. */
#ifndef _NPV_ATTEMPT_H
#define _NPV_ATTEMPT_H

#include <linux/in6.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "candidate.h"

struct npv_native;
struct npv_probe;
struct npv_race;
struct npv_sock;
struct npv_stack;
struct npv_subflow;
struct sock;

/**
 * enum attempt_state - what became of an attempt
 * @ATTEMPT_WAITING: its turn hasn't come
 * @ATTEMPT_RUNNING: SYN sent
 * @ATTEMPT_FAILED: over, with an error or without a need
 */
enum attempt_state {
	ATTEMPT_WAITING,
	ATTEMPT_RUNNING,
	ATTEMPT_FAILED,
};

/**
 * struct npv_attempt - one address being tried
 * @race: the race it is part of
 * @stack: its stack, NULL once that is gone, or where it is made @later
 * @state_change: the sock's own sk_state_change. sk_callback_lock.
 * @addr: address tried
 * @local: address to leave from, as policy wants it; ::, as routed or bound
 * @ifindex: interface to bind to, as policy wants it; 0: none
 * @scope_id: interface of a link-local address, else 0
 * @later: it has no stack before its turn
 * @state: what became of it
 * @started: when the SYN was sent, jiffies
 */
struct npv_attempt {
	struct npv_race *race;
	struct npv_stack *stack;
	void (*state_change)(struct sock *sk);
	struct in6_addr addr;
	struct in6_addr local;
	int ifindex;
	u32 scope_id;
	bool later;
	enum attempt_state state;
	unsigned long started;
};

/**
 * struct npv_race - the attempts of one connect(). Session lock.
 * @nsk: the session; outlives the race, which npv_race_cancel() ends
 * @work: runs race_work()
 * @err: the most telling error of attempts that failed, -errno
 * @port: remote port, network byte order
 * @n: number of attempts
 * @next: index of the next to start
 * @running: number under way
 * @next_at: when to start the next though none has failed, jiffies
 * @deadline: when a native race turns to plain stacks, jiffies
 * @service: port that the program named, network byte order; @port is the NPV
 *	port in a native race
 * @native: it looks for a peer that speaks NPV; discover.c
 * @known: the peer is known to
 * @rtt_us: the longest round trip to one of the addresses, as far as is known, or 0;
 *	microseconds
 * @nat: the native session in the making, of a native race
 * @hello: HELLO was sent
 * @prefer_udp: a session begins over UDP where both it and TCP get through
 * @no_tcp: nothing goes over TCP, as policy wants it
 * @offered: OFFER has come, and no refusal
 * @offer: of which attempt's address
 * @ours: that there is no session is this host's fault, or for want of room: it tells
 *	nothing of the peer
 * @refused: TCP has failed, and UDP alone is waited for
 * @udp_at: when to begin over UDP if TCP is silent still, jiffies; 0: not known yet
 * @tcp_at: when to begin over TCP if UDP is silent still, jiffies; 0: not known yet
 * @ask_at: when to ask over UDP once more, or for once though the peer is known, jiffies
 * @asked: how often that was done
 * @probe: the questions over UDP, NULL where none are asked
 * @sub: memory for its first stack, or that
 * @plain: the race to turn to, or NULL: the main stack does it
 * @single: the address that the main stack is to connect to
 * @done: the race that came before this one; freed with it
 * @attempt: the attempts, in order
 */
struct npv_race {
	struct npv_sock *nsk;
	struct delayed_work work;
	int err;
	__be16 port;
	unsigned int n;
	unsigned int next;
	unsigned int running;
	unsigned long next_at;

	unsigned long deadline;
	__be16 service;
	bool native;
	bool known;
	u32 rtt_us;
	bool prefer_udp;
	bool no_tcp;
	bool hello;
	bool offered;
	bool ours;
	bool refused;
	unsigned int offer;
	unsigned long udp_at;
	unsigned long tcp_at;
	unsigned long ask_at;
	u8 asked;
	struct npv_probe *probe;
	struct npv_native *nat;
	struct npv_subflow *sub;
	struct npv_race *plain;
	struct npv_candidate single;
	struct npv_race *done;

	struct npv_attempt attempt[] __counted_by(n);
};

void npv_attempt_unwatch(struct npv_attempt *attempt);
void npv_race_end(struct npv_race *race, struct npv_attempt *winner);
void npv_race_wake(struct npv_race *race);
void npv_race_lose(struct npv_race *race, struct npv_attempt *winner);
void npv_race_drop_plain(struct npv_race *race);
void npv_race_turn(struct npv_race *race, struct npv_race *plain);
void npv_race_finish(struct npv_race *race);

int npv_discover_prepare(struct npv_race *race);
void npv_discover_ask(struct npv_race *race, struct npv_attempt *attempt);
void npv_discover_free(struct npv_race *race);
void npv_discover_drop(struct npv_race *race);
bool npv_discover_step(struct npv_race *race, struct npv_attempt *winner);
unsigned long npv_discover_next(const struct npv_race *race, unsigned long at);

#endif /* _NPV_ATTEMPT_H */
