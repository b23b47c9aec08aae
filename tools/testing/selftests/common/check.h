/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checks of a C test, and the table of cases that it is made of.
 *
 * A case is a function. It runs in a process of its own, so that descriptors,
 * threads and signal handlers of one never reach the next; the first check that
 * fails ends it. Cases are printed as TAP.
 */
#ifndef NPV_TEST_CHECK_H
#define NPV_TEST_CHECK_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct test {
	const char *name;
	void (*run)(void);
};

/* End of a table of cases */
#define TESTS_END { NULL, NULL }

void fail_at(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), noreturn));
void skip(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

#define FAIL(...) fail_at(__FILE__, __LINE__, __VA_ARGS__)

/* A condition holds */
#define CHECK(cond) do {						\
	if (!(cond))							\
		FAIL("not so: %s", #cond);				\
} while (0)

/* Two numbers are equal; both are shown if not */
#define EQ(got, want) do {						\
	long long __g = (long long)(got), __w = (long long)(want);	\
	if (__g != __w)							\
		FAIL("%s is %lld (0x%llx), expected %lld (0x%llx)",	\
		     #got, __g, __g, __w, __w);				\
} while (0)

/* A number lies between two, both included */
#define BETWEEN(got, low, high) do {					\
	long long __g = (long long)(got);				\
	long long __l = (long long)(low), __h = (long long)(high);	\
	if (__g < __l || __g > __h)					\
		FAIL("%s is %lld, expected %lld to %lld",		\
		     #got, __g, __l, __h);				\
} while (0)

/* A call succeeds; its value is the expression's */
#define OK(call) ({							\
	long __r = (long)(call);					\
	if (__r < 0)							\
		FAIL("%s: %s", #call, errno_name(errno));		\
	__r;								\
})

/* A call fails with -1 and this errno */
#define FAILS(call, err) do {						\
	long __r;							\
	errno = 0;							\
	__r = (long)(call);						\
	if (__r != -1)							\
		FAIL("%s is %ld, expected %s", #call, __r,		\
		     errno_name(err));					\
	if (errno != (err))						\
		FAIL("%s: %s, expected %s", #call,			\
		     errno_name(errno), errno_name(err));		\
} while (0)

/* A condition comes true within so many milliseconds */
#define EVENTUALLY(cond, ms) do {					\
	long long __end = now_ms() + (ms);				\
	while (!(cond)) {						\
		if (now_ms() > __end)					\
			FAIL("not within %d ms: %s", (int)(ms), #cond);	\
		nap_ms(1);						\
	}								\
} while (0)

const char *errno_name(int err);
long long now_ms(void);
long long now_us(void);
void nap_ms(int ms);
/* A thread of this process sleeps in a system call */
bool is_asleep(pid_t tid);

/* Runs one case in a child; prints the TAP line. True unless it failed */
bool tap_run(const char *prefix, const struct test *test, int timeout_s);
/* A TAP line for what was found out otherwise */
bool tap_result(bool ok, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void tap_skip(const char *why, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Prints the plan; returns the program's exit status */
int tap_end(void);

/* A child that runs @fn(@arg) and exits 0 */
pid_t spawn(void (*fn)(void *arg), void *arg);
/* Waits for it; fails the case if it failed */
void reap(pid_t pid);

#endif /* NPV_TEST_CHECK_H */
