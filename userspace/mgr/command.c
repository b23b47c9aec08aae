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

const char *mgr_where = "";

static void complain(const char *format, va_list ap)
{
	fprintf(stderr, "npv-mgr: %s", mgr_where);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
}

void mgr_complain(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	complain(format, ap);
	va_end(ap);
}

enum mgr_status mgr_usage_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	complain(format, ap);
	va_end(ap);

	return MGR_USAGE;
}

bool keyword_is(const char *arg, const char *keyword)
{
	return *arg && !strncmp(arg, keyword, strlen(arg));
}

/* strtoull() takes signs and spaces */
bool mgr_is_number(const char *arg, uint64_t *number)
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
	if (!mgr_is_number(arg, id) || !*id)
		return mgr_usage_error("\"%s\" is not the number of a session",
				       arg);

	return MGR_OK;
}

enum mgr_status mgr_parse_number(const char *arg, uint64_t min, uint64_t max,
				 const char *what, uint64_t *number)
{
	if (!arg)
		return mgr_usage_error("the %s is missing", what);
	if (!mgr_is_number(arg, number) || *number < min || *number > max)
		return mgr_usage_error("\"%s\" is not a %s: %" PRIu64 " to %" PRIu64,
				       arg, what, min, max);

	return MGR_OK;
}

enum mgr_status mgr_parse_enum(const char *arg, uint32_t first,
			       const char *(*name)(uint32_t value), const char *what,
			       uint32_t *value)
{
	char all[256] = "";
	unsigned int found = 0;
	uint32_t i;

	for (i = first; name(i); i++) {
		if (arg && !strcmp(arg, name(i))) {
			*value = i;
			return MGR_OK;
		}
		if (arg && keyword_is(arg, name(i))) {
			*value = i;
			found++;
		}
		snprintf(all + strlen(all), sizeof(all) - strlen(all), " %s", name(i));
	}
	if (found == 1)
		return MGR_OK;
	if (!arg)
		return mgr_usage_error("the %s is missing; there are:%s", what, all);

	return mgr_usage_error("%s: \"%s\" is %s; there are:%s", what, arg,
			       found ? "ambiguous" : "unknown", all);
}

enum mgr_status mgr_no_more(char **args, const char *what)
{
	if (!*args)
		return MGR_OK;

	return mgr_usage_error("%s: \"%s\" is too much", what, *args);
}

enum mgr_status mgr_parse_address(const char *arg, struct npv_address *address)
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

const struct command *command_find(const struct command *table, const char *object,
				   const char *word)
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

	fprintf(stderr, "npv-mgr: %s%s%s\"%s\" is %s:", mgr_where, object ?: "",
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

	c = command_find(table, object, *args);

	return c ? c->run(mgr, args + 1) : MGR_USAGE;
}
