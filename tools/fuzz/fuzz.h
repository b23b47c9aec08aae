/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NPV_FUZZ_H
#define NPV_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* What has to be so, or the fuzzer ends here */
#define hold(condition) do {						\
	if (!(condition)) {						\
		fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__,	\
			__LINE__, #condition);				\
		abort();						\
	}								\
} while (0)

/* libFuzzer's name for what it calls with every input */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* NPV_FUZZ_H */
