/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A stream of bytes of which each place has its own: what is lost, repeated or
 * out of order on its way is noticed at once, and the bytes that came instead
 * tell where in the stream they belong.
 */
#ifndef NPV_TEST_STREAM_H
#define NPV_TEST_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes [pos, pos + n) of the stream that @seed names */
void stream_fill(void *buf, size_t n, uint64_t seed, uint64_t pos);

/* Index of the first byte of @buf that is not of [pos, pos + n), -1: none */
ssize_t stream_check(const void *buf, size_t n, uint64_t seed, uint64_t pos);

/* Where in the stream @buf is from: words for a message; static buffer */
const char *stream_origin(const void *buf, size_t n, uint64_t seed);

/* The next number of a generator of any 64 bits, for sizes and choices */
uint64_t stream_random(uint64_t *state);

/* 1 to @max, each magnitude equally often */
size_t stream_size(uint64_t *state, size_t max);

#endif /* NPV_TEST_STREAM_H */
