/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A flavour is a way to make sockets and to name addresses: plain TCP and UDP,
 * which are the reference, or AF_NPV as the different kinds of program use it.
 * A test written against it runs unchanged on every one.
 */
#ifndef NPV_TEST_FLAVOUR_H
#define NPV_TEST_FLAVOUR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <linux/npv.h>

struct addr {
	socklen_t len;
	union {
		struct sockaddr		sa;
		struct sockaddr_in	in;
		struct sockaddr_in6	in6;
		struct sockaddr_npv	npv;
		struct sockaddr_storage	ss;
	};
};

enum names { NAMES_IN, NAMES_IN6, NAMES_NPV };

/**
 * struct flavour - how sockets are made and addressed
 * @name: as given to --family
 * @npv: AF_NPV sockets; else the domain that @carrier says
 * @name_family: family for NPV_PROTO(), 0 for none
 * @names: struct in which addresses are given and expected back
 * @carrier: domain of the TCP or UDP socket underneath, as SO_DOMAIN says
 * @v4: the addresses used are IPv4 ones
 */
struct flavour {
	const char *name;
	bool npv;
	int name_family;
	enum names names;
	int carrier;
	bool v4;
};

extern const struct flavour flavours[];
extern const struct flavour *fl;

/* Sets fl; false if there is no such flavour */
bool flavour_choose(const char *name);

/* A socket of the flavour: @type may hold SOCK_NONBLOCK and SOCK_CLOEXEC */
int flavour_socket(const struct flavour *f, int type);
int sock(int type);

/* An address of the flavour from text, of either family */
struct addr flavour_addr(const struct flavour *f, const char *text, int port);
struct addr addr_of(const char *v4, const char *v6, int port);
struct addr addr_lo(int port);
struct addr addr_any(int port);
/* What is silently dropped: conformance.sh sets up the route */
struct addr addr_hole(int port);
/* sockaddr_npv of @n addresses, of either family */
struct addr addr_npv(int port, int n, const char *const text[]);

int addr_port(const struct addr *a);
void addr_set_port(struct addr *a, int port);
bool addr_eq(const struct addr *a, const struct addr *b);
/* Text of it for messages; static buffer */
const char *addr_str(const struct addr *a);
/* Room for any name, to be filled in by the kernel */
struct addr addr_room(void);

struct addr name_local(int fd);
struct addr name_peer(int fd);
int local_port(int fd);

#endif /* NPV_TEST_FLAVOUR_H */
