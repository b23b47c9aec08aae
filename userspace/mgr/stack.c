// SPDX-License-Identifier: GPL-2.0
/*
 * npv-mgr stack
 */
#include "mgr.h"
#include "show.h"

struct listing {
	struct emit	*emit;
	unsigned int	count;
};

static int show_one(const struct npv_stack *stack, void *data)
{
	struct listing *listing = data;

	emit_object_begin(listing->emit, NULL, EMIT_LINE);
	show_stack(listing->emit, stack);
	emit_object_end(listing->emit);
	listing->count++;

	return 0;
}

static int ignore(const struct npv_session *session, void *data)
{
	(void)session;
	(void)data;

	return 0;
}

static enum mgr_status stack_show(struct mgr *mgr, char **args)
{
	struct listing listing = { .emit = mgr->emit };
	enum mgr_status status;
	char what[40] = "stacks";
	uint64_t id = 0;
	int ret;

	if (*args) {
		if (!keyword_is(*args, "session"))
			return mgr_usage_error("stack show: \"%s\" is unknown; there is: session ID",
					       *args);
		status = mgr_parse_id(args[1], &id);
		if (status)
			return status;
		if (args[2])
			return mgr_usage_error("stack show: \"%s\" is too much",
					       args[2]);
		snprintf(what, sizeof(what), "session %s", args[1]);
	}

	status = mgr_open(mgr);
	if (status)
		return status;

	emit_array_begin(mgr->emit, NULL, NULL);
	ret = npv_stack_dump(mgr->npv, id, show_one, &listing);
	emit_array_end(mgr->emit);
	/* a session without stacks, or none at all? */
	if (id && ret >= 0 && !listing.count)
		ret = npv_session_get(mgr->npv, id, ignore, NULL);

	return mgr_result(mgr, ret, what);
}

const struct command stack_commands[] = {
	{ "show",	stack_show,	"[session ID]" },
	{ }
};
