// SPDX-License-Identifier: GPL-2.0
/*
 * Command tables: abbreviations, defaults, complaints.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mgr.h"

enum mgr_status mgr_usage_error(const char *format, ...)
{
	va_list ap;

	fputs("npv-mgr: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);

	return MGR_USAGE;
}

bool keyword_is(const char *arg, const char *keyword)
{
	return *arg && !strncmp(arg, keyword, strlen(arg));
}

/* strtoull() takes signs and spaces */
static bool is_number(const char *arg, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(arg, &end, 10);

	return *arg >= '0' && *arg <= '9' && !*end && !errno;
}

enum mgr_status mgr_parse_id(const char *arg, uint64_t *id)
{
	if (!arg)
		return mgr_usage_error("the number of a session is missing");
	if (!is_number(arg, id) || !*id)
		return mgr_usage_error("\"%s\" is not the number of a session",
				       arg);

	return MGR_OK;
}

enum mgr_status mgr_parse_number(const char *arg, uint64_t min, uint64_t max,
				 const char *what, uint64_t *number)
{
	if (!arg)
		return mgr_usage_error("the %s is missing", what);
	if (!is_number(arg, number) || *number < min || *number > max)
		return mgr_usage_error("\"%s\" is not a %s: %" PRIu64 " to %" PRIu64,
				       arg, what, min, max);

	return MGR_OK;
}

enum mgr_status mgr_parse_address(const char *arg, struct npv_endpoint *address)
{
	memset(address, 0, sizeof(*address));
	if (!arg)
		return mgr_usage_error("the address is missing");

	if (inet_pton(AF_INET, arg, &address->v4) == 1)
		address->family = AF_INET;
	else if (inet_pton(AF_INET6, arg, &address->v6) == 1)
		address->family = AF_INET6;
	else
		return mgr_usage_error("\"%s\" is not an IPv4 or IPv6 address",
				       arg);

	return MGR_OK;
}

static void list_names(const struct command *table, const char *prefix)
{
	for (; table->name; table++)
		if (keyword_is(prefix, table->name) || !*prefix)
			fprintf(stderr, " %s", table->name);
	fputc('\n', stderr);
}

static void print_usage(FILE *out, const struct command *table,
			const char *object)
{
	for (; table->name; table++)
		fprintf(out, "npv-mgr [OPTION]... %s %s%s%s\n", object,
			table->name, *table->usage ? " " : "", table->usage);
}

/* The one command that @word is or begins, NULL after a complaint */
static const struct command *find(const struct command *table,
				  const char *object, const char *word)
{
	const struct command *c, *found = NULL;
	bool ambiguous = false;

	for (c = table; c->name; c++) {
		if (!strcmp(word, c->name))
			return c;
		if (!keyword_is(word, c->name))
			continue;
		ambiguous = found;
		if (ambiguous)
			break;
		found = c;
	}
	if (found && !ambiguous)
		return found;

	fprintf(stderr, "npv-mgr: %s%s\"%s\" is %s:", object ?: "",
		object ? ": " : "", word,
		ambiguous ? "ambiguous" : "unknown; there are");
	list_names(table, ambiguous ? word : "");

	return NULL;
}

enum mgr_status command_run(struct mgr *mgr, const struct command *table,
			    const char *object, char **args)
{
	const struct command *c;

	if (object && !*args)
		return table->run(mgr, args);
	if (object && !strcmp(*args, "help")) {
		print_usage(stdout, table, object);
		return MGR_OK;
	}

	c = find(table, object, *args);

	return c ? c->run(mgr, args + 1) : MGR_USAGE;
}
