/* SPDX-License-Identifier: GPL-2.0 */
/* Two processes with a connection between them: the body of most tests. */
#ifndef NPV_BENCH_PAIR_H
#define NPV_BENCH_PAIR_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "bench.h"
#include "endpoint.h"

/**
 * struct pair - what the two processes of a connection tell each other
 * @start: when the client began to send, 0: not yet
 * @end: when the server had all
 * @bytes: that the server counted
 * @gap: bulk: longest time between two reads after the event
 * @calm: bulk: the same before the event
 * @event: bulk: when something was done to the paths, 0: nothing yet
 * @kind: what the session is, from the client; at the event if there was one
 *
 * Shared memory: a field is written by one process and read by the other.
 */
struct pair {
	_Atomic uint64_t start;
	_Atomic uint64_t end;
	uint64_t bytes;
	uint64_t gap;
	uint64_t calm;
	_Atomic uint64_t event;
	struct endpoint_kind kind;
};

/**
 * struct pair_ops - a test
 * @client: has the connected socket @fd; @index is that of the connection
 * @server: has the accepted socket
 * @raw: both have an unconnected or a listening socket instead
 */
struct pair_ops {
	void (*client)(struct pair *pair, int fd, int index);
	void (*server)(struct pair *pair, int fd);
	bool raw;
};

/**
 * pair_run() - run a test in processes of its own, one pair for each address
 * @ops: what to run
 *
 * A first connection is made and closed before the one of the test, so that
 * both ends know each other.
 *
 * Return: the pairs, an array of pair_count(), when all have ended well; else
 * the process ends.
 */
const struct pair *pair_run(const struct pair_ops *ops);

/* One for each address; and the rival is the last */
int pair_count(void);

/* Prints what the session was, as members of a JSON object */
void pair_print_kind(const struct pair *pair);

/**
 * pair_line() - make ready what is done to the network: "NAMESPACE,ip|tc,LINE"
 * @text: that; is changed
 * @line: out: LINE, to be written to the file, which is then closed
 *
 * The program is started now: to start it only when it is needed would take the
 * processor away from those that are measured. The process is in that namespace then.
 *
 * Return: what to write LINE to, and pclose().
 */
FILE *pair_line(char *text, const char **line);

/* Does opt.begun; the process is in the namespace of the client then */
void pair_begun(void);

/* fork(), but whoever starts a process is not to leave it behind */
pid_t pair_fork(void);

/* Until @count of them have ended; ends the process if one has failed */
void pair_wait(int count);

#endif /* NPV_BENCH_PAIR_H */
