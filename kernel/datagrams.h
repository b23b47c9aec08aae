/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_DATAGRAMS_H
#define _NPV_DATAGRAMS_H

#include <linux/in6.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "message.h"

struct msghdr;
struct npv_native;
struct npv_udp;
struct sk_buff;
struct sock;

/* Longest message: what a datagram of UDP over IPv4 has at most, RFC 768 */
#define NPV_MESSAGE_MAX	65507

/**
 * struct npv_message_opts - what a program wants of one message, RFC 9622, 9.1.3
 * @lifetime: milliseconds after which it is of no use, 0: it always is
 * @priority: the lower, the more important; NPV_MSG_PRIORITY_DEFAULT
 * @reliable: it is to arrive, or the session ends
 */
struct npv_message_opts {
	u32 lifetime;
	u32 priority;
	bool reliable;
};

/**
 * struct npv_source - the two ends of a datagram session, as programs know them
 * @remote: the peer's address, IPv4 as ::ffff:a.b.c.d
 * @local: ours
 * @remote_port: port of the peer's socket, network byte order
 * @local_port: port of this side's
 */
struct npv_source {
	struct in6_addr remote;
	struct in6_addr local;
	__be16 remote_port;
	__be16 local_port;
};

/**
 * struct npv_datagrams - what a native session has that carries datagrams
 * @num: numbers of what is sent. Session lock.
 * @wait: who waits for room, since a carrier's socket may go meanwhile, or there is none
 * @full: a program was told that there is no room. Session lock.
 * @came: when a message came last, jiffies. READ_ONCE().
 * @source_known: client: the server knows where the datagrams come from. READ_ONCE().
 * @parts_due: when parts are to be given up, jiffies; 0: there are none. READ_ONCE(),
 *	to write it @lock.
 * @lock: protects the rest; a leaf, with bottom halves off
 * @win: numbers that came
 * @reasm: parts that came
 * @source: the two ends
 * @to: the program's UDP sock, NULL as long as nothing is to be delivered; read
 *	under RCU too
 */
struct npv_datagrams {
	struct npv_msgnum num;
	wait_queue_head_t wait;
	bool full;
	bool source_known;
	unsigned long came;
	unsigned long parts_due;

	spinlock_t lock;	/* protects all the rest */
	struct npv_msgwin win;
	struct npv_reasm reasm;
	struct npv_source source;
	struct sock *to;
};

struct npv_datagrams *npv_datagrams_alloc(gfp_t gfp);
void npv_datagrams_free(struct npv_datagrams *m);
void npv_datagrams_begin(struct npv_datagrams *m, struct sock *to,
			 const struct npv_source *source);
void npv_datagrams_end(struct npv_datagrams *m);

int npv_datagrams_opts(struct msghdr *msg, bool reliable, struct npv_message_opts *opts);
bool npv_datagrams_suits(struct msghdr *msg, const struct in6_addr *local);
int npv_datagrams_send(struct npv_native *nat, struct msghdr *msg, size_t len,
		       const struct npv_message_opts *opts, long timeo, bool patient);
void npv_datagrams_drain(struct npv_native *nat);

/* datagrams_udp.c */
int npv_datagrams_send_udp(struct npv_native *nat, struct msghdr *msg, size_t len,
			   const struct npv_message_opts *opts, long timeo);
void npv_datagrams_open(struct npv_udp *udp);
void npv_datagrams_shut(struct npv_udp *udp);
void npv_datagrams_purge(struct npv_datagrams *m);
void npv_datagrams_expire(struct npv_native *nat);

/* deliver.c */
int npv_deliver(struct sock *to, const struct npv_source *source, struct sk_buff *skb);

#endif /* _NPV_DATAGRAMS_H */
