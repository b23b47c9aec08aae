/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NPV_FUZZ_H
#define NPV_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's name for what it calls with every input */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* NPV_FUZZ_H */
