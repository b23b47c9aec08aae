/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TAP for test programs.
 */
#ifndef NPV_TESTS_TAP_H
#define NPV_TESTS_TAP_H

#include <stdio.h>

static int tap_count, tap_failed;

/* One case; shows where it is if it failed */
#define tap_ok(condition, ...) do {					\
	int tap_fine = !!(condition);					\
									\
	printf("%sok %d - ", tap_fine ? "" : "not ", ++tap_count);	\
	printf(__VA_ARGS__);						\
	printf("\n");							\
	if (!tap_fine)							\
		printf("# %s:%d: %s\n", __FILE__, __LINE__, #condition);\
	tap_failed += !tap_fine;					\
} while (0)

static inline int tap_end(void)
{
	printf("1..%d\n", tap_count);

	return !!tap_failed;
}

#endif /* NPV_TESTS_TAP_H */
