// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What getaddrinfo() has told: the last answers, each with its name and addresses.
 *
 * Answers are read where connect() may be called: in signal handlers, in children of
 * vfork() and fork(). So no locks: who writes an answer makes its number odd meanwhile,
 * who reads one looks whether the number has changed, and nobody waits for anybody.
 */
#include <arpa/inet.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "names.h"

/* An answer; made of words that are read and written one by one */
struct answer {
	char		name[NAMES_NAME_MAX + 3];
	int32_t		family;		/* asked for, AF_UNSPEC: any */
	uint32_t	n;
	struct in6_addr	addr[NAMES_ADDRS];
};

#define WORDS	(sizeof(struct answer) / sizeof(uint64_t))

_Static_assert(sizeof(struct answer) % sizeof(uint64_t) == 0, "a word in part");

/*
 * @seq is odd while it is written. @first is 1 more than the index of the address
 * for which the others were told first, 0 as long as there is none.
 */
struct slot {
	atomic_uint		seq;
	atomic_uint		first;
	atomic_uint_least64_t	word[WORDS];
};

static struct slot slots[NAMES_ANSWERS];

/* Answers ever remembered; the last is in the slot before this one */
static atomic_uint answers;

static void slot_write(struct slot *slot, const struct answer *answer)
{
	const char *from = (const char *)answer;
	uint64_t word;
	size_t i;

	for (i = 0; i < WORDS; i++) {
		memcpy(&word, from + i * sizeof(word), sizeof(word));
		atomic_store_explicit(&slot->word[i], word, memory_order_relaxed);
	}
	atomic_store_explicit(&slot->first, 0, memory_order_relaxed);
}

/* Returns false where it is being written, or never was */
static bool slot_read(struct slot *slot, struct answer *answer)
{
	unsigned int seq = atomic_load_explicit(&slot->seq, memory_order_acquire);
	char *to = (char *)answer;
	uint64_t word;
	size_t i;

	if (!seq || seq & 1)
		return false;
	for (i = 0; i < WORDS; i++) {
		word = atomic_load_explicit(&slot->word[i], memory_order_relaxed);
		memcpy(to + i * sizeof(word), &word, sizeof(word));
	}
	atomic_thread_fence(memory_order_acquire);

	return atomic_load_explicit(&slot->seq, memory_order_relaxed) == seq;
}

/* The address in @ai, IPv4 as ::ffff:a.b.c.d; false if none is of use */
static bool address_of(const struct addrinfo *ai, struct in6_addr *addr)
{
	if (ai->ai_family == AF_INET && ai->ai_addr) {
		memset(addr, 0, sizeof(*addr));
		addr->s6_addr[10] = 0xff;
		addr->s6_addr[11] = 0xff;
		memcpy(&addr->s6_addr[12],
		       &((const struct sockaddr_in *)(const void *)ai->ai_addr)->sin_addr, 4);
		return true;
	}
	if (ai->ai_family == AF_INET6 && ai->ai_addr) {
		*addr = ((const struct sockaddr_in6 *)(const void *)ai->ai_addr)->sin6_addr;
		/* It is somebody else's on every link. */
		return !IN6_IS_ADDR_LINKLOCAL(addr);
	}

	return false;
}

static bool has(const struct in6_addr *list, unsigned int n, const struct in6_addr *addr,
		unsigned int *at)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!memcmp(&list[i], addr, sizeof(*addr))) {
			if (at)
				*at = i;
			return true;
		}

	return false;
}

/* Whether getaddrinfo() had nothing to look up */
static bool is_number(const char *name)
{
	struct in_addr addr;

	return strchr(name, ':') || inet_aton(name, &addr);
}

/**
 * names_remember() - take note of an answer
 * @name: what was asked for
 * @family: in which family, AF_UNSPEC: any
 * @list: the answer
 *
 * Not in a signal handler, as getaddrinfo() itself.
 */
void names_remember(const char *name, int family, const struct addrinfo *list)
{
	struct answer answer = { .family = family };
	unsigned int i, seq, turn;
	struct in6_addr addr;
	struct slot *slot;
	size_t len;

	len = strnlen(name, NAMES_NAME_MAX + 2);
	if (len && name[len - 1] == '.')
		len--;
	if (!len || len > NAMES_NAME_MAX || is_number(name))
		return;
	memcpy(answer.name, name, len);
	for (; list && answer.n < NAMES_ADDRS; list = list->ai_next)
		/* It comes once for each type of socket. */
		if (address_of(list, &addr) && !has(answer.addr, answer.n, &addr, NULL))
			answer.addr[answer.n++] = addr;
	if (!answer.n)
		return;

	/* One that stays odd, after fork() in the midst of it, is given up. */
	for (i = 0; i < NAMES_ANSWERS; i++) {
		turn = atomic_fetch_add_explicit(&answers, 1, memory_order_relaxed);
		slot = &slots[turn % NAMES_ANSWERS];
		seq = atomic_load_explicit(&slot->seq, memory_order_relaxed);
		if (seq & 1 || !atomic_compare_exchange_strong(&slot->seq, &seq, seq + 1))
			continue;
		atomic_thread_fence(memory_order_release);
		slot_write(slot, &answer);
		/* 0 says that it never was written. */
		atomic_store_explicit(&slot->seq, seq + 2 ? seq + 2 : 2,
				      memory_order_release);
		return;
	}
}

static void peer_add(struct names_peer *peer, const struct answer *answer)
{
	unsigned int i;

	for (i = 0; i < answer->n; i++)
		if (!has(peer->addr, peer->n, &answer->addr[i], NULL))
			peer->addr[peer->n++] = answer->addr[i];
}

/* Who asks for each family apart has the rest of a name in another answer */
static void peer_add_other(struct names_peer *peer, const struct answer *answer,
			   unsigned int last)
{
	int family = answer->family == AF_INET ? AF_INET6 : AF_INET;
	struct answer other;
	unsigned int i;

	for (i = 1; i <= NAMES_ANSWERS; i++)
		if (slot_read(&slots[(last - i) % NAMES_ANSWERS], &other) &&
		    other.family == family && !strcmp(other.name, answer->name)) {
			peer_add(peer, &other);
			return;
		}
}

/**
 * names_find() - what is known of an address that a program connects to
 * @addr: it, IPv4 as ::ffff:a.b.c.d
 * @peer: filled in
 *
 * May be called in a signal handler.
 *
 * Return: whether it is one that getaddrinfo() has told.
 */
bool names_find(const struct in6_addr *addr, struct names_peer *peer)
{
	unsigned int last = atomic_load_explicit(&answers, memory_order_relaxed);
	struct answer answer;
	unsigned int i;

	for (i = 1; i <= NAMES_ANSWERS; i++) {
		peer->slot = (last - i) % NAMES_ANSWERS;
		if (!slot_read(&slots[peer->slot], &answer) ||
		    !has(answer.addr, answer.n, addr, &peer->at))
			continue;

		memcpy(peer->name, answer.name, sizeof(peer->name));
		peer->addr[0] = *addr;
		peer->n = 1;
		peer_add(peer, &answer);
		if (answer.family != AF_UNSPEC)
			peer_add_other(peer, &answer, last);
		return true;
	}

	return false;
}

/**
 * names_all() - whether all addresses are to be given to connect()
 * @peer: from names_find()
 *
 * Not where another address of that answer was the first: the program goes through
 * them itself.
 *
 * May be called in a signal handler.
 *
 * Return: whether they are.
 */
bool names_all(const struct names_peer *peer)
{
	unsigned int first = 0;

	return atomic_compare_exchange_strong(&slots[peer->slot].first, &first,
					      peer->at + 1) ||
	       first == peer->at + 1;
}
