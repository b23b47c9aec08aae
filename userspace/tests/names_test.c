// SPDX-License-Identifier: GPL-2.0
/*
 * What the preload of npv-run remembers of getaddrinfo(): names.c.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../run/names.h"
#include "tap.h"

union address {
	struct sockaddr		sa;
	struct sockaddr_in	in;
	struct sockaddr_in6	in6;
};

static struct in6_addr addr_of(const char *text)
{
	char mapped[80];
	struct in6_addr addr;

	snprintf(mapped, sizeof(mapped), "%s%s", strchr(text, ':') ? "" : "::ffff:", text);
	if (inet_pton(AF_INET6, mapped, &addr) != 1)
		abort();

	return addr;
}

/* getaddrinfo() has told @addresses, divided by spaces, of @name */
static void told(const char *name, int family, const char *addresses)
{
	static union address address[64];
	static struct addrinfo list[64];
	char words[2048], *word, *rest = NULL;
	unsigned int n = 0;

	memset(list, 0, sizeof(list));
	memset(address, 0, sizeof(address));
	snprintf(words, sizeof(words), "%s", addresses);
	for (word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		list[n].ai_family = strchr(word, ':') ? AF_INET6 : AF_INET;
		list[n].ai_addr = &address[n].sa;
		address[n].sa.sa_family = (sa_family_t)list[n].ai_family;
		inet_pton(list[n].ai_family, word, list[n].ai_family == AF_INET ?
			  (void *)&address[n].in.sin_addr : (void *)&address[n].in6.sin6_addr);
		if (n)
			list[n - 1].ai_next = &list[n];
		n++;
	}
	names_remember(name, family, n ? list : NULL);
}

/* "NAME ADDRESS..." that is found for @addr, "" if nothing is */
static const char *found(const char *addr, struct names_peer *peer)
{
	static char text[4096];
	struct in6_addr in6 = addr_of(addr);
	char word[64];
	unsigned int i;

	text[0] = '\0';
	if (!names_find(&in6, peer))
		return text;
	strcat(text, peer->name);
	for (i = 0; i < peer->n; i++) {
		strcat(text, " ");
		strcat(text, inet_ntop(AF_INET6, &peer->addr[i], word, sizeof(word)));
	}

	return text;
}

static void is(const char *what, const char *addr, const char *want)
{
	struct names_peer peer;
	const char *got = found(addr, &peer);

	tap_ok(!strcmp(got, want), "%s", what);
	if (strcmp(got, want))
		printf("# got  \"%s\"\n# want \"%s\"\n", got, want);
}

static bool all(const char *addr)
{
	struct names_peer peer;

	found(addr, &peer);

	return names_all(&peer);
}

/* Answers that are all alike: each of its addresses has the number of its name */
static void *writer(void *arg)
{
	unsigned int number = (unsigned int)(uintptr_t)arg, i;
	char name[32], addresses[256];

	for (i = 0; i < 20000; i++) {
		unsigned int n = number * 20000 + i % 50;

		snprintf(name, sizeof(name), "n%x", n);
		snprintf(addresses, sizeof(addresses),
			 "2001:db8::1:%x 2001:db8::2:%x 2001:db8::3:%x",
			 n & 0xffff, n & 0xffff, n & 0xffff);
		told(name, AF_UNSPEC, addresses);
	}

	return NULL;
}

/* Return: how many answers were not as a writer wrote them */
static void *reader(void *arg)
{
	uintptr_t bad = 0;
	struct names_peer peer;
	char addr[64], want[32];
	unsigned int i, n;

	(void)arg;
	for (i = 0; i < 20000; i++) {
		struct in6_addr in6;

		n = 20000 + i % 50;
		snprintf(addr, sizeof(addr), "2001:db8::1:%x", n & 0xffff);
		inet_pton(AF_INET6, addr, &in6);
		if (!names_find(&in6, &peer))
			continue;
		snprintf(want, sizeof(want), "n%x", n);
		bad += peer.n != 3 || strcmp(peer.name, want) ||
		       memcmp(&peer.addr[1].s6_addr[14], &peer.addr[2].s6_addr[14], 2);
	}

	return (void *)bad;
}

static void threads(void)
{
	pthread_t id[4];
	uintptr_t bad = 0;
	void *result;
	unsigned int i;

	/* One writer: told() has its list from one thread only. */
	pthread_create(&id[0], NULL, writer, (void *)1);
	for (i = 1; i < 4; i++)
		pthread_create(&id[i], NULL, reader, NULL);
	for (i = 0; i < 4; i++) {
		pthread_join(id[i], &result);
		bad += (uintptr_t)result;
	}
	tap_ok(!bad, "read while it is written: whole answers only");
}

int main(void)
{
	char name[300], text[64], want[64], many[512] = "";
	unsigned int i;

	is("nothing is known", "192.0.2.1", "");
	told("www.example.org", AF_UNSPEC, "2001:db8::1 192.0.2.1 192.0.2.2");
	is("an answer, from its first address", "2001:db8::1",
	   "www.example.org 2001:db8::1 ::ffff:192.0.2.1 ::ffff:192.0.2.2");
	is("... from another: that one first", "192.0.2.2",
	   "www.example.org ::ffff:192.0.2.2 2001:db8::1 ::ffff:192.0.2.1");
	is("no such address", "192.0.2.3", "");
	told("once.example.org", AF_UNSPEC, "192.0.2.9 192.0.2.9 192.0.2.9");
	is("an address that is told for each type of socket", "192.0.2.9",
	   "once.example.org ::ffff:192.0.2.9");

	told("new.example.org", AF_UNSPEC, "192.0.2.1");
	is("the last answer counts", "192.0.2.1", "new.example.org ::ffff:192.0.2.1");
	told("dot.example.org.", AF_UNSPEC, "192.0.2.10");
	is("a dot at the end", "192.0.2.10", "dot.example.org ::ffff:192.0.2.10");

	told("two.example.org", AF_INET6, "2001:db8::20 2001:db8::21");
	is("one family alone", "2001:db8::20",
	   "two.example.org 2001:db8::20 2001:db8::21");
	told("two.example.org", AF_INET, "192.0.2.20");
	is("the other, by another call", "2001:db8::20",
	   "two.example.org 2001:db8::20 2001:db8::21 ::ffff:192.0.2.20");
	is("... and back", "192.0.2.20",
	   "two.example.org ::ffff:192.0.2.20 2001:db8::20 2001:db8::21");
	told("two.example.org", AF_UNSPEC, "192.0.2.21");
	is("an answer of both has no other", "192.0.2.21",
	   "two.example.org ::ffff:192.0.2.21");

	told("192.0.2.30", AF_UNSPEC, "192.0.2.30");
	is("an address is no name", "192.0.2.30", "");
	told("2001:db8::30", AF_UNSPEC, "2001:db8::30");
	is("... nor of IPv6", "2001:db8::30", "");
	told("", AF_UNSPEC, "192.0.2.31");
	is("no name", "192.0.2.31", "");
	told("link.example.org", AF_UNSPEC, "fe80::1 192.0.2.32");
	is("link-local addresses are left out", "192.0.2.32",
	   "link.example.org ::ffff:192.0.2.32");
	is("... also alone", "fe80::1", "");
	memset(name, 'a', 254);
	name[254] = '\0';
	told(name, AF_UNSPEC, "192.0.2.33");
	is("a name too long", "192.0.2.33", "");
	told(name + 1, AF_UNSPEC, "192.0.2.34");
	strcat(name, " ::ffff:192.0.2.34");
	is("the longest name", "192.0.2.34", name + 1);

	for (i = 100; i <= 100 + NAMES_ADDRS; i++) {
		snprintf(text, sizeof(text), " 192.0.2.%u", i);
		strcat(many, text);
	}
	told("many.example.org", AF_UNSPEC, many);
	is("the first addresses of many", "192.0.2.116", "");
	{
		struct names_peer peer;

		found("192.0.2.115", &peer);
		tap_ok(peer.n == NAMES_ADDRS, "... which are %d", NAMES_ADDRS);
	}

	told("turn.example.org", AF_UNSPEC, "2001:db8::40 192.0.2.40 192.0.2.41");
	tap_ok(all("2001:db8::40"), "the first to be connected to gets all");
	tap_ok(all("2001:db8::40"), "... and does again");
	tap_ok(!all("192.0.2.40"), "another does not: the program goes through them");
	tap_ok(all("2001:db8::40"), "... the first still does");
	told("turn.example.org", AF_UNSPEC, "2001:db8::40 192.0.2.40 192.0.2.41");
	tap_ok(all("192.0.2.40"), "asked for again: another may be the first");
	tap_ok(!all("2001:db8::40"), "... then that one is alone");

	for (i = 0; i < NAMES_ANSWERS; i++) {
		snprintf(name, sizeof(name), "f%u.example.org", i);
		snprintf(text, sizeof(text), "198.51.100.%u", i);
		told(name, AF_UNSPEC, text);
	}
	is("old answers are forgotten", "192.0.2.40", "");
	snprintf(want, sizeof(want), "f0.example.org ::ffff:198.51.100.0");
	is("... the last ones are not", "198.51.100.0", want);
	threads();

	return tap_end();
}
