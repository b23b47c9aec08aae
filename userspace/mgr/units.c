// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers with units.
 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "units.h"

/* The largest comes first, for writing */
struct unit {
	const char	*name;
	uint64_t	factor;
};

static const struct unit size_units[] = {
	{ "g", 1ULL << 30 }, { "m", 1ULL << 20 }, { "k", 1ULL << 10 },
	{ "", 1 }, { "b", 1 }, { "kb", 1ULL << 10 }, { "mb", 1ULL << 20 },
	{ "gb", 1ULL << 30 }, { }
};

static const struct unit time_units[] = {
	{ "h", 3600000 }, { "min", 60000 }, { "s", 1000 }, { "ms", 1 }, { }
};

static const struct unit bit_units[] = {
	{ "tbit", 1000000000000 }, { "gbit", 1000000000 }, { "mbit", 1000000 },
	{ "kbit", 1000 }, { "bit", 1 }, { "", 1 },
	{ "tibit", 1ULL << 40 }, { "gibit", 1ULL << 30 }, { "mibit", 1ULL << 20 },
	{ "kibit", 1ULL << 10 }, { }
};

static const struct unit byte_units[] = {
	{ "tbps", 1000000000000 }, { "gbps", 1000000000 }, { "mbps", 1000000 },
	{ "kbps", 1000 }, { "bps", 1 },
	{ "tibps", 1ULL << 40 }, { "gibps", 1ULL << 30 }, { "mibps", 1ULL << 20 },
	{ "kibps", 1ULL << 10 }, { }
};

/* strtoull() takes signs and spaces */
static bool read_number(const char *text, uint64_t *number, const char **unit)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &end, 10);
	*unit = end;

	return !errno;
}

static bool multiply(uint64_t number, const char *unit, const struct unit *units,
		     uint64_t *result)
{
	for (; units->name; units++)
		if (!strcasecmp(unit, units->name))
			return !__builtin_mul_overflow(number, units->factor, result);

	return false;
}

bool units_parse_rate(const char *text, uint64_t *bytes_per_second)
{
	uint64_t number, bits;
	const char *unit;

	if (!read_number(text, &number, &unit))
		return false;
	if (multiply(number, unit, byte_units, bytes_per_second))
		return true;
	if (!multiply(number, unit, bit_units, &bits))
		return false;
	/* less than a byte a second is something, and 0 is no limit */
	*bytes_per_second = bits / 8 + !!(bits % 8);

	return true;
}

bool units_parse_size(const char *text, uint64_t *bytes)
{
	const char *unit;
	uint64_t number;

	return read_number(text, &number, &unit) &&
	       multiply(number, unit, size_units, bytes);
}

bool units_parse_ms(const char *text, uint64_t unit_ms, uint64_t *ms)
{
	const char *unit;
	uint64_t number;

	if (!read_number(text, &number, &unit))
		return false;
	if (!*unit)
		return !__builtin_mul_overflow(number, unit_ms, ms);

	return multiply(number, unit, time_units, ms);
}

/* In the largest unit that leaves nothing over */
static const char *write_units(uint64_t number, const struct unit *units,
			       char text[UNITS_MAX])
{
	while (units->factor > 1 && number % units->factor)
		units++;
	snprintf(text, UNITS_MAX, "%" PRIu64 "%s", number / units->factor,
		 number ? units->name : "");

	return text;
}

const char *units_rate(uint64_t bytes_per_second, char text[UNITS_MAX])
{
	if (bytes_per_second > UINT64_MAX / 8)
		return write_units(bytes_per_second, byte_units, text);

	return write_units(bytes_per_second * 8, bit_units, text);
}

const char *units_size(uint64_t bytes, char text[UNITS_MAX])
{
	return write_units(bytes, size_units, text);
}

const char *units_ms(uint64_t ms, char text[UNITS_MAX])
{
	return write_units(ms, time_units, text);
}
