// SPDX-License-Identifier: GPL-2.0
/*
 * npv-mgr session
 */
#include <string.h>

#include "mgr.h"
#include "show.h"

static int show_one(const struct npv_session *session, void *data)
{
	struct emit *e = data;

	emit_object_begin(e, NULL, EMIT_LINE);
	show_session(e, session);
	emit_object_end(e);

	return 0;
}

static enum mgr_status session_show(struct mgr *mgr, char **args)
{
	enum mgr_status status;
	char what[40] = "sessions";
	uint64_t id = 0;
	int ret;

	if (*args) {
		if (!keyword_is(*args, "id"))
			return mgr_usage_error("session show: \"%s\" is unknown; there is: id ID",
					       *args);
		status = mgr_parse_id(args[1], &id);
		if (status)
			return status;
		if (args[2])
			return mgr_usage_error("session show: \"%s\" is too much",
					       args[2]);
		snprintf(what, sizeof(what), "session %s", args[1]);
	}

	status = mgr_open(mgr);
	if (status)
		return status;

	emit_array_begin(mgr->emit, NULL, NULL);
	if (id)
		ret = npv_session_get(mgr->npv, id, show_one, mgr->emit);
	else
		ret = npv_session_dump(mgr->npv, show_one, mgr->emit);
	emit_array_end(mgr->emit);

	return mgr_result(mgr, ret, what);
}

static enum mgr_status session_kill(struct mgr *mgr, char **args)
{
	enum mgr_status status;
	char what[40];
	uint64_t id;

	status = mgr_parse_id(*args, &id);
	if (status)
		return status;
	if (args[1])
		return mgr_usage_error("session kill: \"%s\" is too much",
				       args[1]);
	snprintf(what, sizeof(what), "session %s", *args);

	status = mgr_open(mgr);
	if (status)
		return status;

	return mgr_result(mgr, npv_session_del(mgr->npv, id), what);
}

/* WORD VALUE, of which @args is the value */
static enum mgr_status parse_setting(char ***args, const char **scheduler,
				     const char **profile, int *pinned)
{
	const char *word = (*args)[0], *value = (*args)[1];

	if (keyword_is(word, "scheduler")) {
		if (!value)
			return mgr_usage_error("session set: the name of the scheduler is missing; all of them: npv-mgr scheduler");
		*scheduler = value;
	} else if (keyword_is(word, "profile")) {
		if (!value || !*value)
			return mgr_usage_error("session set: the name of the profile is missing; all of them: npv-mgr profile");
		/* a name of no letters stands for the rules' choice */
		*profile = strcmp(value, "auto-by-rules") ? value : "";
	} else if (keyword_is(word, "pinned")) {
		if (!value || (strcmp(value, "on") && strcmp(value, "off")))
			return mgr_usage_error("session set: pinned is on or off");
		*pinned = !strcmp(value, "on");
	} else {
		return mgr_usage_error("session set: \"%s\" is unknown; there are: scheduler profile pinned",
				       word);
	}
	*args += 2;

	return MGR_OK;
}

static enum mgr_status session_set(struct mgr *mgr, char **args)
{
	const char *scheduler = NULL, *profile = NULL, *session = *args;
	enum mgr_status status;
	int pinned = -1;
	char what[40];
	uint64_t id;

	status = mgr_parse_id(session, &id);
	if (status)
		return status;
	if (!args[1])
		return mgr_usage_error("session set: what to set is missing; there are: scheduler NAME, profile NAME|auto-by-rules, pinned on|off");
	for (args++; *args;) {
		status = parse_setting(&args, &scheduler, &profile, &pinned);
		if (status)
			return status;
	}
	snprintf(what, sizeof(what), "session %s", session);

	status = mgr_open(mgr);
	if (status)
		return status;

	return mgr_result(mgr, npv_session_set(mgr->npv, id, scheduler, profile, pinned),
			  what);
}

const struct command session_commands[] = {
	{ "show",	session_show,	"[id ID]" },
	{ "set",	session_set,
	  "ID [scheduler NAME] [profile NAME|auto-by-rules] [pinned on|off]" },
	{ "del",	session_kill,	"ID" },
	{ "kill",	session_kill,	"ID" },
	{ }
};
