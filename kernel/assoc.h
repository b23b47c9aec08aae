/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_ASSOC_H
#define _NPV_ASSOC_H

#include <linux/in6.h>
#include <linux/types.h>

#include "session.h"

struct msghdr;
struct npv_dgram;
struct npv_frame;
struct npv_native;
struct npv_port;
struct npv_stated_word;
struct socket;

/**
 * struct npv_assoc_dest - where a datagram goes, as far as sessions go
 * @addr: the peer's address, IPv4 as ::ffff:a.b.c.d
 * @port: its port, network byte order
 * @begin: nothing is known of it: a session is to be begun
 */
struct npv_assoc_dest {
	struct in6_addr addr;
	__be16 port;
	bool begin;
};

int npv_assoc_sendmsg(struct npv_sock *nsk, struct socket *sock, struct msghdr *msg,
		      size_t len, struct npv_assoc_dest *dest);
void npv_assoc_begin(struct npv_sock *nsk, struct socket *sock,
		     const struct npv_assoc_dest *dest);
struct npv_sock *npv_assoc_carrier(struct npv_sock *nsk);
void npv_assoc_info(struct npv_sock *nsk, struct npv_info *info);
void npv_assoc_set_keepalive(struct npv_sock *nsk, u16 seconds);
void npv_assoc_set_scheduler(struct npv_sock *nsk, const char *name);
void npv_assoc_say(struct npv_sock *nsk, const struct npv_stated_word *word);
void npv_assoc_listen(struct npv_sock *nsk);
int npv_assoc_accept(struct npv_sock *listener, struct npv_sock *carrier);
void npv_assoc_reset(struct npv_sock *nsk);
void npv_assoc_close(struct npv_sock *nsk);
void npv_assoc_connecting(struct npv_sock *nsk);

void npv_assoc_kick(struct npv_sock *carrier);
void npv_assoc_space(struct npv_native *nat);
void npv_assoc_source(struct npv_native *nat, const struct npv_frame *f);
bool npv_assoc_proof(struct npv_port *port, const struct npv_dgram *dgram,
		     const struct npv_frame *f);
void npv_assoc_tell(struct npv_native *nat);

/* Whether a datagram socket is one that peers may ask for, and has not said so yet */
static inline bool npv_assoc_waits(const struct npv_sock *nsk)
{
	return test_bit(NPV_SF_BOUND, &nsk->flags) &&
	       !test_bit(NPV_SF_WAITED, &nsk->flags);
}

#endif /* _NPV_ASSOC_H */
