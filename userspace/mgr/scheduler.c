// SPDX-License-Identifier: GPL-2.0
/*
 * npv-mgr scheduler
 */
#include "mgr.h"

static int show_one(const struct npv_scheduler *scheduler, void *data)
{
	struct emit *e = data;

	emit_object_begin(e, NULL, EMIT_LINE);
	emit_string(e, "name", "scheduler", scheduler->name);
	emit_bool(e, "default", "default", scheduler->is_default);
	emit_object_end(e);

	return 0;
}

static enum mgr_status scheduler_show(struct mgr *mgr, char **args)
{
	enum mgr_status status;
	int ret;

	if (*args)
		return mgr_usage_error("scheduler show: \"%s\" is too much",
				       *args);
	status = mgr_open(mgr);
	if (status)
		return status;

	emit_array_begin(mgr->emit, NULL, NULL);
	ret = npv_scheduler_dump(mgr->npv, show_one, mgr->emit);
	emit_array_end(mgr->emit);

	return mgr_result(mgr, ret, "schedulers");
}

const struct command scheduler_commands[] = {
	{ "show",	scheduler_show,	"" },
	{ }
};
