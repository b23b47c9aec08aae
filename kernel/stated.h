/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_STATED_H
#define _NPV_STATED_H

#include <linux/types.h>

#include "classify.h"
#include "profile.h"
#include "properties.h"

struct npv_sock;

/**
 * struct npv_stated - what a program has said that it needs (RFC 9622)
 * @says: what composition goes by
 * @reliability: enum npv_preference: data arrives. READ_ONCE().
 * @order: enum npv_preference: it does in order
 * @direction: enum npv_direction
 * @profile: name of the profile that it asks for, empty: none
 * @name: name of the peer in lower case, empty: unknown
 *
 * Most programs say nothing, and their sessions have none (npv_sock.stated is NULL).
 */
struct npv_stated {
	struct npv_properties says;
	u8 reliability;
	u8 order;
	u8 direction;
	char profile[NPV_PROFILE_NAME_MAX];
	char name[NPV_PEER_NAME_MAX];
};

/**
 * struct npv_stated_word - one thing that a program says
 * @option: the option of SOL_NPV by which it does
 * @what: enum npv_transport or enum npv_network, of options that have it
 * @value: the number that it says, -1: nothing any more
 * @text: name of an interface, of the peer or of a profile; one byte more than the
 *	longest, for a dot at the end
 */
struct npv_stated_word {
	int option;
	u32 what;
	int value;
	char text[NPV_PEER_NAME_MAX + 1];
};

/**
 * struct npv_stated_socket - what of a socket says what can be had with it
 * @type: SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM
 * @inet: it is one of IPv4 alone
 */
struct npv_stated_socket {
	u8 type;
	bool inet;
};

void npv_stated_init(struct npv_stated *st, u8 type);
int npv_stated_apply(struct npv_stated *st, const struct npv_stated_socket *sock,
		     const struct npv_stated_word *word);

int npv_stated_say(struct npv_sock *nsk, const struct npv_stated_word *word);
void npv_stated_copy(struct npv_sock *nsk, const struct npv_sock *from);
const struct npv_properties *npv_stated_wanted(const struct npv_sock *nsk);
const struct npv_stated *npv_stated_of(const struct npv_sock *nsk);
bool npv_stated_reliable(const struct npv_sock *nsk);

#endif /* _NPV_STATED_H */
