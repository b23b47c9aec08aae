/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers with units: rates and sizes as tc(8) has them, and times.
 */
#ifndef NPV_MGR_UNITS_H
#define NPV_MGR_UNITS_H

#include <stdbool.h>
#include <stdint.h>

/* Room for what the functions that write need */
#define UNITS_MAX	32

/*
 * Reading; all of @text is to be the number and its unit. Return: false if it isn't,
 * or too large.
 *
 * Rates: bits a second with bit, kbit, mbit, gbit, tbit, or without a unit; bytes a
 * second with bps, kbps...; with an i before "bit" or "bps" by 1024 instead of 1000.
 * Sizes: bytes, or k, m, g of 1024. Times: ms, s, min, h, or without in @unit_ms.
 */
bool units_parse_rate(const char *text, uint64_t *bytes_per_second);
bool units_parse_size(const char *text, uint64_t *bytes);
bool units_parse_ms(const char *text, uint64_t unit_ms, uint64_t *ms);

/*
 * Writing, so that reading gives the same number again. Return: @text.
 */
const char *units_rate(uint64_t bytes_per_second, char text[UNITS_MAX]);
const char *units_size(uint64_t bytes, char text[UNITS_MAX]);
const char *units_ms(uint64_t ms, char text[UNITS_MAX]);

#endif /* NPV_MGR_UNITS_H */
