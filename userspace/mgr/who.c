// SPDX-License-Identifier: GPL-2.0
/*
 * Users and groups, by number and name.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "who.h"

/* The number that stands for none */
#define LAST_ID		(UINT32_MAX - 1)

static int64_t user_number(const char *name)
{
	const struct passwd *pw = getpwnam(name);

	return pw ? (int64_t)pw->pw_uid : -1;
}

static const char *user_name(uint32_t number)
{
	const struct passwd *pw = getpwuid(number);

	return pw ? pw->pw_name : NULL;
}

static int64_t group_number(const char *name)
{
	const struct group *gr = getgrnam(name);

	return gr ? (int64_t)gr->gr_gid : -1;
}

static const char *group_name(uint32_t number)
{
	const struct group *gr = getgrgid(number);

	return gr ? gr->gr_name : NULL;
}

const struct who_range who_uid = {
	"uid", "uid-min", "uid-max", "user", "user", user_number, user_name,
};

const struct who_range who_gid = {
	"gid", "gid-min", "gid-max", "group", "group", group_number, group_name,
};

static bool read_id(const char *text, const char **end, uint32_t *id)
{
	uint64_t number;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoull(text, (char **)end, 10);
	*id = (uint32_t)number;

	return !errno && number <= LAST_ID;
}

enum mgr_status who_parse(const struct who_range *range, const char *arg, uint32_t *min,
			  uint32_t *max)
{
	int64_t number;
	const char *end;
	uint32_t upper;

	if (!arg || !*arg)
		return mgr_usage_error("behind \"%s\" the number or name of a %s is missing",
				       range->word, range->what);
	/* names don't begin with a digit */
	if (*arg >= '0' && *arg <= '9') {
		if (!read_id(arg, &end, min))
			goto invalid;
		upper = *min;
		if (*end == '-' && (!max || !read_id(end + 1, &end, &upper)))
			goto invalid;
		if (*end || upper < *min)
			goto invalid;
		if (max)
			*max = upper;
		return MGR_OK;
	}

	number = range->number(arg);
	if (number < 0) {
		mgr_complain("there is no %s %s", range->what, arg);
		return MGR_NOT_FOUND;
	}
	*min = (uint32_t)number;
	if (max)
		*max = *min;

	return MGR_OK;

invalid:
	return mgr_usage_error("%s: \"%s\" is neither a number nor a name%s", range->word,
			       arg, max ? ", nor a range as 1000-1999" : "");
}

void who_show(const struct who_range *range, struct emit *e, uint32_t min, uint32_t max)
{
	const char *name = min == max ? range->name(min) : NULL;
	char text[32];

	snprintf(text, sizeof(text), min == max ? "%u" : "%u-%u", min, max);
	emit_number_as(e, range->min_key, range->word, min, text);
	emit_key_uint(e, range->max_key, max);
	if (name)
		emit_note(e, range->name_key, name);
}
