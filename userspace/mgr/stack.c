// SPDX-License-Identifier: GPL-2.0
/*
 * npv-mgr stack
 */
#include <net/if.h>

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

static enum mgr_status stack_add(struct mgr *mgr, char **args)
{
	struct npv_address local = { 0 }, remote = { 0 };
	const char *session = *args, *dev = NULL;
	unsigned int ifindex = 0;
	enum mgr_status status;
	bool backup = false;
	int transport = -1;
	char what[40];
	uint64_t id;

	status = mgr_parse_id(session, &id);
	if (status)
		return status;
	for (args++; *args; args++) {
		if (keyword_is(*args, "local")) {
			status = mgr_parse_address(*++args, &local);
		} else if (keyword_is(*args, "remote")) {
			status = mgr_parse_address(*++args, &remote);
		} else if (keyword_is(*args, "dev")) {
			dev = *++args;
			if (!dev)
				return mgr_usage_error("the name of the interface is missing");
		} else if (keyword_is(*args, "tcp")) {
			transport = NPV_TRANSPORT_TCP;
		} else if (keyword_is(*args, "udp")) {
			transport = NPV_TRANSPORT_UDP;
		} else if (keyword_is(*args, "backup")) {
			backup = true;
		} else {
			return mgr_usage_error("stack add: \"%s\" is unknown; there are: tcp udp local remote dev backup",
					       *args);
		}
		if (status)
			return status;
	}
	snprintf(what, sizeof(what), "session %s", session);

	/* of our namespace, which is the one asked about */
	if (dev) {
		ifindex = if_nametoindex(dev);
		if (!ifindex) {
			mgr_complain("there is no interface %s", dev);
			return MGR_NOT_FOUND;
		}
	}
	status = mgr_open(mgr);
	if (status)
		return status;

	return mgr_result(mgr, npv_stack_add(mgr->npv, id, &local, &remote,
					     ifindex, transport, backup),
			  what);
}

/* SESSION ID; @what becomes "session SESSION stack ID" */
static enum mgr_status parse_stack(char **args, uint64_t *session, uint32_t *id,
				   char *what, size_t size)
{
	enum mgr_status status;
	uint64_t number;

	status = mgr_parse_id(args[0], session);
	if (status)
		return status;
	status = mgr_parse_number(args[1], 0, UINT32_MAX, "number of a stack",
				  &number);
	if (status)
		return status;
	*id = (uint32_t)number;
	snprintf(what, size, "session %s stack %s", args[0], args[1]);

	return MGR_OK;
}

static enum mgr_status stack_del(struct mgr *mgr, char **args)
{
	enum mgr_status status;
	uint64_t session = 0;
	uint32_t id = 0;
	char what[64];

	status = parse_stack(args, &session, &id, what, sizeof(what));
	if (status)
		return status;
	if (args[2])
		return mgr_usage_error("stack del: \"%s\" is too much",
				       args[2]);

	status = mgr_open(mgr);
	if (status)
		return status;

	return mgr_result(mgr, npv_stack_del(mgr->npv, session, id), what);
}

static enum mgr_status stack_set(struct mgr *mgr, char **args)
{
	enum mgr_status status;
	int weight = -1, use = -1;
	uint64_t session = 0, number;
	uint32_t id = 0;
	char what[64];

	status = parse_stack(args, &session, &id, what, sizeof(what));
	if (status)
		return status;
	if (!args[2])
		return mgr_usage_error("stack set: what to set is missing; there are: weight N, active, backup, paused");
	for (args += 2; *args; args++) {
		if (keyword_is(*args, "weight")) {
			status = mgr_parse_number(*++args, 1, 1000, "weight",
						  &number);
			if (status)
				return status;
			weight = (int)number;
		} else if (use != -1) {
			return mgr_usage_error("stack set: \"%s\" is too much",
					       *args);
		} else if (keyword_is(*args, "active")) {
			use = NPV_STACK_STATUS_ACTIVE;
		} else if (keyword_is(*args, "backup")) {
			use = NPV_STACK_STATUS_BACKUP;
		} else if (keyword_is(*args, "paused")) {
			use = NPV_STACK_STATUS_PAUSED;
		} else {
			return mgr_usage_error("stack set: \"%s\" is unknown; there are: weight active backup paused",
					       *args);
		}
	}

	status = mgr_open(mgr);
	if (status)
		return status;

	return mgr_result(mgr, npv_stack_set(mgr->npv, session, id, weight,
					     use), what);
}

const struct command stack_commands[] = {
	{ "show",	stack_show,	"[session ID]" },
	{ "add",	stack_add,
	  "SESSION [tcp|udp] [local ADDRESS] [remote ADDRESS] [dev NAME] [backup]" },
	{ "del",	stack_del,	"SESSION ID" },
	{ "set",	stack_set,
	  "SESSION ID [weight N] [active|backup|paused]" },
	{ }
};
