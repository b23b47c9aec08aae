/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the bad input test share. */
#ifndef NPV_TEST_BADINPUT_H
#define NPV_TEST_BADINPUT_H

#include "check.h"
#include "flavour.h"

/*
 * A probe makes calls with bad arguments on sockets of the flavour in force and
 * notes what each returns. The same probe on plain sockets must note the same.
 */
struct probe {
	const char *name;
	void (*run)(void);
	/* Of sockets of NPV_PROTO(): others say EAFNOSUPPORT on their own */
	bool strict;
};

extern const struct probe probes_address[];
extern const struct probe probes_call[];
/* Cases of their own: what only AF_NPV has */
extern const struct test tests_npv[];

/* Notes a result: 0 or more as it is, -1 as the errno, negative */
void note(long result, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Random calls for so long; false if a call did what it must not */
int fuzz(int seconds, unsigned int seed);

#endif /* NPV_TEST_BADINPUT_H */
