// SPDX-License-Identifier: GPL-2.0
/*
 * npv-mgr stats
 */
#include <ctype.h>
#include <string.h>

#include "mgr.h"

/* "session-open", "SessionOpen" as in npv_stat, and "sessionopen" are one */
static bool same_name(const char *a, const char *b)
{
	for (;; a++, b++) {
		while (*a == '-')
			a++;
		while (*b == '-')
			b++;
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
	}
}

static bool is_wanted(const char *name, char **wanted)
{
	if (!*wanted)
		return true;
	for (; *wanted; wanted++)
		if (same_name(name, *wanted))
			return true;

	return false;
}

struct wish {
	struct emit	*emit;
	char		**names;	/* all if it is empty */
};

static int show_stats(const struct npv_stats *stats, void *data)
{
	struct wish *wish = data;
	const char *name;
	char number[16];
	unsigned int i;

	emit_object_begin(wish->emit, NULL, EMIT_BLOCK);
	for (i = 1; i < NPV_STATS_MAX; i++) {
		if (!stats->has[i])
			continue;
		name = npv_stats_name(i);
		if (!name) {	/* of a newer module */
			snprintf(number, sizeof(number), "counter-%u", i);
			name = number;
		}
		if (is_wanted(name, wish->names))
			emit_uint(wish->emit, name, NULL, stats->value[i]);
	}
	emit_object_end(wish->emit);

	return 0;
}

static bool is_counter(const char *name)
{
	unsigned int i;

	for (i = 1; i <= NPV_A_STATS_MAX; i++)
		if (same_name(name, npv_stats_name(i)))
			return true;

	return !strncmp(name, "counter-", strlen("counter-"));
}

static enum mgr_status stats_show(struct mgr *mgr, char **args)
{
	struct wish wish = { .emit = mgr->emit, .names = args };
	enum mgr_status status;

	for (; *args; args++)
		if (!is_counter(*args))
			return mgr_usage_error("stats show: there is no counter \"%s\"; all of them: npv-mgr stats",
					       *args);

	status = mgr_open(mgr);
	if (status)
		return status;

	return mgr_result(mgr, npv_stats_get(mgr->npv, show_stats, &wish),
			  "stats");
}

const struct command stats_commands[] = {
	{ "show",	stats_show,	"[NAME]..." },
	{ }
};
