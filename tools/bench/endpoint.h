/* SPDX-License-Identifier: GPL-2.0 */
/* Sockets of the contestants; every function ends the process when it fails. */
#ifndef NPV_BENCH_ENDPOINT_H
#define NPV_BENCH_ENDPOINT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The service; further connections of one run take the ports behind it */
#define ENDPOINT_PORT 5000

/**
 * struct endpoint_kind - what became of a session
 * @native: it is a native session of NPV
 * @udp: it has a UDP stack, and no other
 * @stacks: how many stacks it has; 0: not NPV
 * @received: bytes of payload that its stacks have received
 * @srtt_us: the largest smoothed round-trip time of a stack
 */
struct endpoint_kind {
	bool native;
	bool udp;
	unsigned int stacks;
	uint64_t received;
	unsigned int srtt_us;
};

/* From now on, sockets are made in this namespace; NULL: stay */
void endpoint_enter(const char *ns);

/* Address NULL: any */
struct sockaddr_in endpoint_name(const char *address, int port);

int endpoint_listen(int port, int backlog);
int endpoint_accept(int listener);
int endpoint_socket(void);
void endpoint_connect(int fd, const char *address, int port);
void endpoint_nodelay(int fd);

/* Closes without TIME-WAIT behind it */
void endpoint_abort(int fd);

void endpoint_send(int fd, const void *data, size_t size);
void endpoint_receive(int fd, void *data, size_t size);

/* Reads until the other side is done */
void endpoint_drain(int fd);

struct endpoint_kind endpoint_kind(int fd);

/*
 * Moves a session that has connected to a UDP stack if opt.udp says so, as an
 * operator would. Of other contestants nothing changes.
 */
void endpoint_over_udp(int fd);

#endif /* NPV_BENCH_ENDPOINT_H */
