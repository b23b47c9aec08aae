// SPDX-License-Identifier: GPL-2.0
/*
 * What programs say that they need of a session: properties of RFC 9622, sections 6.2
 * and 8.1. Here it is judged and kept; what follows from it is decided in decision.c.
 */

#include <linux/ctype.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/sock.h>

#include "assoc.h"
#include "decision.h"
#include "native.h"
#include "netns.h"
#include "session.h"
#include "stated.h"

/**
 * npv_stated_init() - begin, with what holds of a socket without a word
 * @st: filled in
 * @type: SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM
 */
void npv_stated_init(struct npv_stated *st, u8 type)
{
	memset(st, 0, sizeof(*st));
	if (type == SOCK_DGRAM)
		return;
	st->reliability = NPV_PREFERENCE_REQUIRE;
	st->order = NPV_PREFERENCE_REQUIRE;
}

/* Have an enum say @value, or nothing if it is -1. */
static int say_enum(struct npv_stated *st, u8 *member, u32 bit, int value, int last)
{
	if (value < -1 || value > last)
		return -EINVAL;
	if (value < 0) {
		st->says.says &= ~bit;
		*member = 0;
	} else {
		st->says.says |= bit;
		*member = value;
	}
	return 0;
}

/* -1 says as much as "none". */
static int preference(int value)
{
	if (value < -1 || value > NPV_PREFERENCE_PROHIBIT)
		return -EINVAL;
	return value < 0 ? NPV_PREFERENCE_NONE : value;
}

static bool wanted(u8 preference)
{
	return preference == NPV_PREFERENCE_PREFER ||
	       preference == NPV_PREFERENCE_REQUIRE;
}

static int say_reliability(struct npv_stated *st, u8 type, int value)
{
	if (value == -1 && type != SOCK_DGRAM)
		value = NPV_PREFERENCE_REQUIRE;
	value = preference(value);
	if (value < 0)
		return value;
	if (type != SOCK_DGRAM && value == NPV_PREFERENCE_PROHIBIT)
		return -EOPNOTSUPP;
	/* Of datagrams only reliable ones are in order. */
	if (type == SOCK_DGRAM && !wanted(value) && st->order == NPV_PREFERENCE_REQUIRE)
		return -EOPNOTSUPP;
	WRITE_ONCE(st->reliability, value);
	return 0;
}

static int say_order(struct npv_stated *st, u8 type, int value)
{
	if (value == -1 && type != SOCK_DGRAM)
		value = NPV_PREFERENCE_REQUIRE;
	value = preference(value);
	if (value < 0)
		return value;
	if (type != SOCK_DGRAM && value == NPV_PREFERENCE_PROHIBIT)
		return -EOPNOTSUPP;
	if (type == SOCK_DGRAM && value == NPV_PREFERENCE_REQUIRE &&
	    !wanted(st->reliability))
		return -EOPNOTSUPP;
	st->order = value;
	return 0;
}

static int say_transport(struct npv_stated *st, u8 type, u32 what, int value)
{
	if (what > NPV_TRANSPORT_UDP)
		return -EINVAL;
	value = preference(value);
	if (value < 0)
		return value;
	/* They go over UDP as long as no session carries them. */
	if (type == SOCK_DGRAM &&
	    value == (what == NPV_TRANSPORT_UDP ? NPV_PREFERENCE_PROHIBIT :
						  NPV_PREFERENCE_REQUIRE))
		return -EOPNOTSUPP;
	st->says.transport[what] = value;
	return 0;
}

static int say_network(struct npv_stated *st, bool inet, u32 what, int value)
{
	if (what != NPV_NETWORK_IPV4 && what != NPV_NETWORK_IPV6)
		return -EINVAL;
	value = preference(value);
	if (value < 0)
		return value;
	if (inet && value == (what == NPV_NETWORK_IPV4 ? NPV_PREFERENCE_PROHIBIT :
							 NPV_PREFERENCE_REQUIRE))
		return -EOPNOTSUPP;
	st->says.network[what - NPV_NETWORK_IPV4] = value;
	return 0;
}

/* Whether it can be the name of an interface, or the beginning of some and a * */
static bool interface_name(const char *name)
{
	size_t i, len = strlen(name);

	if (!len || len >= IFNAMSIZ || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (i = 0; i < len; i++)
		if (name[i] == '/' || name[i] == ':' || isspace(name[i]) ||
		    (name[i] == '*' && i + 1 < len))
			return false;
	return true;
}

static int say_interface(struct npv_stated *st, const char *name, int value)
{
	struct npv_properties *p = &st->says;
	unsigned int i;

	if (!interface_name(name))
		return -EINVAL;
	value = preference(value);
	if (value < 0)
		return value;
	for (i = 0; i < p->n_interfaces; i++)
		if (!strcmp(p->interface[i].name, name))
			break;
	if (value == NPV_PREFERENCE_NONE) {
		if (i == p->n_interfaces)
			return 0;
		p->n_interfaces--;
		memmove(&p->interface[i], &p->interface[i + 1],
			(p->n_interfaces - i) * sizeof(p->interface[0]));
		memset(&p->interface[p->n_interfaces], 0, sizeof(p->interface[0]));
		return 0;
	}
	if (i == NPV_INTERFACES_MAX)
		return -ENOSPC;
	if (i == p->n_interfaces) {
		p->n_interfaces++;
		strscpy(p->interface[i].name, name, sizeof(p->interface[i].name));
	}
	p->interface[i].preference = value;
	return 0;
}

static int say_temporary(struct npv_stated *st, bool inet, int value)
{
	value = preference(value);
	if (value < 0)
		return value;
	/* IPv4 has none. */
	if (inet && value == NPV_PREFERENCE_REQUIRE)
		return -EOPNOTSUPP;
	st->says.temporary = value;
	return 0;
}

static int say_name(struct npv_stated *st, const char *name)
{
	size_t i, len = strlen(name);

	if (len && name[len - 1] == '.')
		len--;
	if (len >= sizeof(st->name) || (!len && *name))
		return -EINVAL;
	for (i = 0; i < len; i++)
		if (name[i] == ' ' || iscntrl(name[i]))
			return -EINVAL;
	memset(st->name, 0, sizeof(st->name));
	/* Of ASCII alone: what else there is, is not ours to know. */
	for (i = 0; i < len; i++)
		st->name[i] = isascii(name[i]) ? tolower(name[i]) : name[i];
	return 0;
}

static int say_profile(struct npv_stated *st, const char *name)
{
	if (strlen(name) >= sizeof(st->profile))
		return -EINVAL;
	strscpy_pad(st->profile, name, sizeof(st->profile));
	return 0;
}

/**
 * npv_stated_apply() - take note of what a program says
 * @st: what it has said before; left alone if there is an error
 * @sock: what socket it says it of
 * @word: what it says
 *
 * Context: any.
 * Return: 0; -EINVAL: that can't be; -EOPNOTSUPP: it can't be had; -ENOSPC: too many
 * interfaces; -ENOPROTOOPT: nothing is said by that option.
 */
int npv_stated_apply(struct npv_stated *st, const struct npv_stated_socket *sock,
		     const struct npv_stated_word *word)
{
	switch (word->option) {
	case NPV_MULTIPATH:
		return say_enum(st, &st->says.multipath, NPV_SAYS_MULTIPATH, word->value,
				NPV_MULTIPATH_PASSIVE);
	case NPV_MULTIPATH_POLICY:
		return say_enum(st, &st->says.policy, NPV_SAYS_POLICY, word->value,
				NPV_MULTIPATH_POLICY_AGGREGATE);
	case NPV_CAPACITY_PROFILE:
		return say_enum(st, &st->says.capacity, NPV_SAYS_CAPACITY, word->value,
				NPV_CAPACITY_CAPACITY_SEEKING);
	case NPV_RELIABILITY:
		return say_reliability(st, sock->type, word->value);
	case NPV_PRESERVE_ORDER:
		return say_order(st, sock->type, word->value);
	case NPV_DIRECTION:
		if (word->value < -1 || word->value > NPV_DIRECTION_RECEIVE)
			return -EINVAL;
		st->direction = word->value < 0 ? NPV_DIRECTION_BIDIRECTIONAL :
						  word->value;
		return 0;
	case NPV_PREFER_TRANSPORT:
		return say_transport(st, sock->type, word->what, word->value);
	case NPV_PREFER_NETWORK:
		return say_network(st, sock->inet, word->what, word->value);
	case NPV_PREFER_INTERFACE:
		return say_interface(st, word->text, word->value);
	case NPV_TEMPORARY_ADDRESS:
		return say_temporary(st, sock->inet, word->value);
	case NPV_PEER_NAME:
		return say_name(st, word->text);
	case NPV_PROFILE:
		return say_profile(st, word->text);
	default:
		return -ENOPROTOOPT;
	}
}

/* That of the program: a carrier of datagrams is another. */
static void socket_of(const struct npv_sock *nsk, struct npv_stated_socket *sock)
{
	sock->type = npv_session_socktype(nsk);
	sock->inet = test_bit(NPV_SF_STRICT, &nsk->flags) && nsk->name_family == AF_INET;
}

/**
 * npv_stated_say() - have a program say something of a session
 * @nsk: the session
 * @word: what it says
 *
 * What is to follow from it, does.
 *
 * Context: process, session lock not held, may sleep.
 * Return: as npv_stated_apply(); or -ENOMEM.
 */
int npv_stated_say(struct npv_sock *nsk, const struct npv_stated_word *word)
{
	struct npv_stated_socket sock;
	struct npv_native *nat;
	int err = -ENOMEM;

	lock_sock(&nsk->sk);
	nat = nsk->native;
	if (nat) {
		/* It stays native. */
		release_sock(&nsk->sk);
		npv_native_acquire(nat);
	}
	socket_of(nsk, &sock);
	if (!nsk->stated) {
		struct npv_stated *st = kmalloc(sizeof(*st), GFP_KERNEL_ACCOUNT);

		if (!st)
			goto out;
		npv_stated_init(st, sock.type);
		/* Pairs with npv_stated_of(). */
		smp_store_release(&nsk->stated, st);
	}
	err = npv_stated_apply(nsk->stated, &sock, word);
	if (!err)
		npv_decision_stated(nsk);
out:
	if (nat)
		npv_native_release_lock(nat);
	else
		release_sock(&nsk->sk);

	return err;
}

/**
 * npv_stated_copy() - have a session that its program has said of what it said of another
 * @nsk: a session of which nothing was said, and that nobody else knows
 * @from: the other
 *
 * If there is no memory for it, it is left out, and counted. Nothing follows from it
 * yet.
 *
 * Context: process, lock of @from held.
 */
void npv_stated_copy(struct npv_sock *nsk, const struct npv_sock *from)
{
	if (!from->stated)
		return;
	nsk->stated = kmemdup(from->stated, sizeof(*from->stated), GFP_KERNEL_ACCOUNT);
	if (!nsk->stated)
		NPV_INC(sock_net(&nsk->sk), OPTION_REPLAY_FAIL);
}

/**
 * npv_stated_of() - what a program has said of a session
 * @nsk: the session
 *
 * Context: any. Without the session lock only what is said to be read so.
 * Return: it, which stays as long as the session; NULL: nothing.
 */
const struct npv_stated *npv_stated_of(const struct npv_sock *nsk)
{
	/* Pairs with npv_stated_say(). */
	return smp_load_acquire(&nsk->stated);
}

/**
 * npv_stated_wanted() - what is wanted of a session, by its profile and its program
 * @nsk: the session
 *
 * Context: session lock held.
 * Return: it; NULL: nothing.
 */
const struct npv_properties *npv_stated_wanted(const struct npv_sock *nsk)
{
	if (npv_decision_of(nsk))
		return npv_decision_want(nsk);
	return nsk->stated ? &nsk->stated->says : NULL;
}

/**
 * npv_stated_reliable() - whether messages are reliable of which nothing is said
 * @nsk: the session of a datagram socket
 *
 * Context: any.
 * Return: whether they are.
 */
bool npv_stated_reliable(const struct npv_sock *nsk)
{
	const struct npv_stated *st = npv_stated_of(nsk);

	return st && wanted(READ_ONCE(st->reliability));
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/stated_test.c"
#endif
