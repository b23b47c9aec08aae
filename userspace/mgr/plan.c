// SPDX-License-Identifier: GPL-2.0
/*
 * npv-mgr plan
 */
#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "objects.h"
#include "who.h"
#include "words.h"

#define COMM_MAX	15
#define PEER_NAME_MAX	253

#define BIT_OF(attr)	(1ULL << NPV_A_PLAN_##attr)

static enum mgr_status read_session(char ***args, void *object)
{
	struct npv_plan_query *query = object;
	enum mgr_status status;

	status = mgr_parse_id(**args, &query->session_id);
	if (!status) {
		NPV_SAY(query, PLAN_SESSION_ID);
		++*args;
	}

	return status;
}

static enum mgr_status read_uid(char ***args, void *object)
{
	struct npv_plan_query *query = object;
	enum mgr_status status;

	status = who_parse(&who_uid, **args, &query->uid, NULL);
	if (!status) {
		NPV_SAY(query, PLAN_UID);
		++*args;
	}

	return status;
}

static enum mgr_status read_gid(char ***args, void *object)
{
	struct npv_plan_query *query = object;
	enum mgr_status status;

	status = who_parse(&who_gid, **args, &query->gid, NULL);
	if (!status) {
		NPV_SAY(query, PLAN_GID);
		++*args;
	}

	return status;
}

static enum mgr_status read_cgroup(char ***args, void *object)
{
	struct npv_plan_query *query = object;
	enum mgr_status status;

	status = cgroup_parse(**args, &query->cgroup);
	if (!status) {
		NPV_SAY(query, PLAN_CGROUP);
		++*args;
	}

	return status;
}

static enum mgr_status read_cgroup_id(char ***args, void *object)
{
	struct npv_plan_query *query = object;
	enum mgr_status status;

	status = mgr_parse_number(**args, 1, UINT64_MAX, "id of a control group",
				  &query->cgroup);
	if (!status) {
		NPV_SAY(query, PLAN_CGROUP);
		++*args;
	}

	return status;
}

/* One of each family; what has digits and dots, or colons, is meant to be one */
static enum mgr_status read_dest(char ***args, void *object)
{
	struct npv_plan_query *query = object;
	struct npv_address address, *to;
	enum mgr_status status;

	do {
		status = mgr_parse_address(**args, &address);
		if (status)
			return status;
		to = address.family == AF_INET ? &query->dest4 : &query->dest6;
		if (to->family)
			return mgr_usage_error("plan: \"%s\" is too much: there is one address of each family",
					       **args);
		*to = address;
		query->has |= address.family == AF_INET ? BIT_OF(DEST_ADDR4) :
							  BIT_OF(DEST_ADDR6);
		++*args;
	} while (**args && strpbrk(**args, ".:"));

	return MGR_OK;
}

static const struct word words[] = {
	{ "session", .type = WORD_CALL, .bits = BIT_OF(SESSION_ID),
	  .read = read_session },
	{ "to", .type = WORD_CALL, .bits = BIT_OF(DEST_ADDR4) | BIT_OF(DEST_ADDR6),
	  .read = read_dest, .repeated = true },
	{ "dest", .type = WORD_CALL, .bits = BIT_OF(DEST_ADDR4) | BIT_OF(DEST_ADDR6),
	  .read = read_dest, .repeated = true },
	{ "port", WORD_AT(WORD_NUMBER, npv_plan_query, PLAN_PORT, port), .min = 1,
	  .max = UINT16_MAX },
	{ "uid", .type = WORD_CALL, .bits = BIT_OF(UID), .read = read_uid },
	{ "gid", .type = WORD_CALL, .bits = BIT_OF(GID), .read = read_gid },
	{ "cgroup", .type = WORD_CALL, .bits = BIT_OF(CGROUP), .read = read_cgroup },
	{ "cgroup-id", .type = WORD_CALL, .bits = BIT_OF(CGROUP),
	  .read = read_cgroup_id },
	{ "comm", WORD_AT(WORD_TEXT, npv_plan_query, PLAN_COMM, comm), .max = COMM_MAX },
	{ "type", WORD_AT(WORD_ENUM, npv_plan_query, PLAN_TYPE, type), .min = 1,
	  .names = npv_socket_type_name },
	{ "name", WORD_AT(WORD_TEXT, npv_plan_query, PLAN_PEER_NAME, peer_name),
	  .max = PEER_NAME_MAX },
	{ "capacity", WORD_AT(WORD_ENUM, npv_plan_query, PLAN_CAPACITY, capacity),
	  .names = npv_capacity_name },
	{ "policy",
	  WORD_AT(WORD_ENUM, npv_plan_query, PLAN_MULTIPATH_POLICY, multipath_policy),
	  .names = npv_multipath_policy_name },
	{ }
};

/* As people would say it; what a newer kernel says has a number only */
static const char *reason_text(uint32_t reason)
{
	static const char * const texts[] = {
		[NPV_PLAN_REASON_CHOSEN] = "among the best",
		[NPV_PLAN_REASON_ENOUGH] = "others are better, and enough",
		[NPV_PLAN_REASON_FAMILY] = "addresses of different families",
		[NPV_PLAN_REASON_LINK_DOWN] = "the link is down",
		[NPV_PLAN_REASON_ENDPOINT_DISABLED] = "the endpoint is disabled",
		[NPV_PLAN_REASON_BOUND] =
			"the program has bound its socket to something else",
		[NPV_PLAN_REASON_TRANSPORT] =
			"the transport is prohibited, or another is required",
		[NPV_PLAN_REASON_NETWORK] =
			"the network protocol is prohibited, or another is required",
		[NPV_PLAN_REASON_INTERFACE] =
			"the interface is prohibited, or another is required",
		[NPV_PLAN_REASON_METERED] =
			"metered endpoints are prohibited, or required and this is none",
		[NPV_PLAN_REASON_TEMPORARY] =
			"temporary addresses are prohibited, or required and this is none",
		[NPV_PLAN_REASON_NO_ROUTE] =
			"no route leads there from that address by its interface",
		[NPV_PLAN_REASON_REMOTE_GONE] = "the peer has taken that address back",
		[NPV_PLAN_REASON_FAILED] = "it has failed a short time ago",
		[NPV_PLAN_REASON_FORBIDDEN] = "an operator took a stack away from there",
		[NPV_PLAN_REASON_SILENT] = "nothing is heard from its stack",
		[NPV_PLAN_REASON_SAME_PAIR] =
			"another transport between these addresses is preferred",
	};

	return reason < sizeof(texts) / sizeof(*texts) ? texts[reason] : NULL;
}

/* A number that may be missing */
static void show_cell(struct emit *e, bool has, const char *key, const char *label,
		      uint32_t value)
{
	if (has)
		emit_uint(e, key, label, value);
	else
		emit_blank(e, label);
}

static void show_candidate(struct emit *e, const struct npv_candidate *c)
{
	const char *name = c->ifindex ? device_name(c->ifindex) : NULL;

	emit_object_begin(e, NULL, EMIT_LINE);
	show_cell(e, NPV_HAS(c, CANDIDATE_RANK), "rank", "rank", c->rank);
	emit_enum(e, "role", "role", c->role, npv_role_name(c->role));
	emit_enum(e, "transport", "over", c->transport, npv_transport_name(c->transport));
	if (NPV_HAS(c, CANDIDATE_NETWORK) && npv_network_name(c->network))
		emit_key_string(e, "network", npv_network_name(c->network));
	emit_host(e, "local", "from", &c->local);
	emit_address(e, "remote", "to", &c->remote);
	if (name)
		emit_string(e, "dev", "dev", name);
	else
		emit_blank(e, "dev");
	if (NPV_HAS(c, CANDIDATE_IFINDEX))
		emit_key_uint(e, "ifindex", c->ifindex);
	show_cell(e, NPV_HAS(c, CANDIDATE_ENDPOINT), "endpoint", "endpoint", c->endpoint);
	show_cell(e, NPV_HAS(c, CANDIDATE_COST), "cost", "cost", c->cost);
	show_cell(e, NPV_HAS(c, CANDIDATE_WEIGHT), "weight", "weight", c->weight);
	if (NPV_HAS(c, CANDIDATE_SRTT_US) && c->srtt_us)
		emit_us(e, "srtt-us", "rtt", c->srtt_us);
	else
		emit_blank(e, "rtt");
	show_cell(e, NPV_HAS(c, CANDIDATE_STACK), "stack", "stack", c->stack);
	if (npv_plan_reason_name(c->reason))
		emit_key_string(e, "reason", npv_plan_reason_name(c->reason));
	else
		emit_key_uint(e, "reason", c->reason);
	emit_phrase(e, "why", reason_text(c->reason) ?: "for a reason that is not known");
	emit_object_end(e);
}

void show_plan(struct emit *e, const struct npv_plan *plan)
{
	uint32_t i;

	emit_object_begin(e, NULL, EMIT_LINE);
	if (NPV_HAS(plan, PLAN_SESSION_ID))
		emit_uint(e, "session-id", "session", plan->session_id);
	if (NPV_HAS(plan, PLAN_RULE))
		emit_uint(e, "rule", "rule", plan->rule);
	else
		emit_phrase(e, "rule", "none");
	if (NPV_HAS(plan, PLAN_PROFILE))
		emit_string(e, "profile", "profile", plan->profile);
	if (NPV_HAS(plan, PLAN_MODE))
		emit_enum(e, "mode", "mode", plan->mode,
			  npv_session_mode_name(plan->mode));
	if (NPV_HAS(plan, PLAN_KIND))
		emit_enum(e, "kind", "peer", plan->kind, npv_kind_name(plan->kind));
	if (NPV_HAS(plan, PLAN_STACKS))
		emit_uint(e, "stacks", "stacks", plan->stacks);
	if (NPV_HAS(plan, PLAN_MULTIPATH_POLICY))
		emit_enum(e, "multipath-policy", "policy", plan->multipath_policy,
			  npv_multipath_policy_name(plan->multipath_policy));
	if (NPV_HAS(plan, PLAN_SCHEDULER))
		emit_string(e, "scheduler", "scheduler", plan->scheduler);
	if (!emit_hides(e, plan->pinned))
		emit_bool(e, "pinned", "pinned", plan->pinned);
	if (NPV_HAS(plan, PLAN_AGE_MS))
		emit_ms(e, "age-ms", "age", plan->age_ms);
	emit_table_begin(e, "candidates");
	for (i = 0; i < plan->candidate_count; i++)
		show_candidate(e, &plan->candidates[i]);
	emit_table_end(e);
	emit_object_end(e);
}

static int show_one(const struct npv_plan *plan, void *data)
{
	show_plan(data, plan);

	return 0;
}

/* Options as the words that they are: --dest as "to" */
static void strip_dashes(char **args)
{
	for (; *args; args++)
		if (!strncmp(*args, "--", 2))
			*args += 2;
}

static enum mgr_status plan_show(struct mgr *mgr, char **args)
{
	struct npv_plan_query query = { 0 };
	enum mgr_status status;
	char what[40] = "plan";

	strip_dashes(args);
	status = words_read(words, "plan show", args, &query, false);
	if (status)
		return status;
	if (NPV_HAS(&query, PLAN_SESSION_ID)) {
		if (query.has != BIT_OF(SESSION_ID))
			return mgr_usage_error("plan show: of a session nothing else is asked for");
		snprintf(what, sizeof(what), "session %llu",
			 (unsigned long long)query.session_id);
	} else if (!query.dest4.family && !query.dest6.family) {
		return mgr_usage_error("plan show: what for is missing: session ID, or to ADDRESS");
	}

	status = mgr_open(mgr);
	if (status)
		return status;

	return mgr_result(mgr, npv_plan_get(mgr->npv, &query, show_one, mgr->emit), what);
}

enum mgr_status plan_run(struct mgr *mgr, char **args)
{
	/* there is no other verb: it can be left out */
	if (*args && strcmp(*args, "help") && !keyword_is(*args, "show"))
		return plan_show(mgr, args);

	return command_run(mgr, plan_commands, "plan", args);
}

const struct command plan_commands[] = {
	{ "show",	plan_show,
	  "{session ID | to ADDRESS... [port N] [uid N|NAME] [WORD VALUE]...}" },
	{ }
};
