/* SPDX-License-Identifier: GPL-2.0 */
/* Two datagram sockets that know each other; every function ends when it fails. */
#ifndef NPV_BENCH_DGRAM_H
#define NPV_BENCH_DGRAM_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct dgram_pair - both ends, in one process
 * @server: bound to the service's port, and not connected
 * @client: connected to it
 * @native: NPV: datagrams went over a native session in both directions before
 *	anything was measured
 */
struct dgram_pair {
	int server;
	int client;
	bool native;
};

/**
 * dgram_open() - make both ends, and let them find out what they are
 *
 * Datagrams go to and fro until an NPV session is native in either direction and has
 * opt.stacks stacks, for 3 seconds at most: with opt.native the process then ends. Of
 * other contestants a few do. Then opt.begun is done. The process is in the namespace
 * of the client afterwards.
 *
 * Return: the pair; there is nothing under way between them.
 */
struct dgram_pair dgram_open(void);

/* As the options have it, reliable or not */
void dgram_send(int fd, const void *data, size_t size);

/* A receive call that takes longer fails with EAGAIN */
void dgram_timeout(int fd, unsigned int ms);

/* Prints what an NPV session was and still is, as members of a JSON object */
void dgram_print_kind(const struct dgram_pair *pair);

#endif /* NPV_BENCH_DGRAM_H */
