// SPDX-License-Identifier: GPL-2.0
/*
 * npv-mgr rule
 */
#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "objects.h"
#include "who.h"
#include "words.h"

#define COMM_MAX	15
#define PEER_NAME_MAX	253
#define NAME_MAX_LEN	31

#define BIT_OF(attr)	(1ULL << NPV_A_RULE_##attr)
#define DEST_BITS	(BIT_OF(DEST_ADDR4) | BIT_OF(DEST_ADDR6) | BIT_OF(DEST_PREFIX))

static enum mgr_status read_uid(char ***args, void *object)
{
	struct npv_rule *rule = object;
	enum mgr_status status;

	status = who_parse(&who_uid, **args, &rule->uid_min, &rule->uid_max);
	if (!status) {
		rule->has |= BIT_OF(UID_MIN) | BIT_OF(UID_MAX);
		++*args;
	}

	return status;
}

static void show_uid(struct emit *e, const void *object)
{
	const struct npv_rule *rule = object;

	if (NPV_HAS(rule, RULE_UID_MIN))
		who_show(&who_uid, e, rule->uid_min,
			 NPV_HAS(rule, RULE_UID_MAX) ? rule->uid_max : rule->uid_min);
}

static enum mgr_status read_gid(char ***args, void *object)
{
	struct npv_rule *rule = object;
	enum mgr_status status;

	status = who_parse(&who_gid, **args, &rule->gid_min, &rule->gid_max);
	if (!status) {
		rule->has |= BIT_OF(GID_MIN) | BIT_OF(GID_MAX);
		++*args;
	}

	return status;
}

static void show_gid(struct emit *e, const void *object)
{
	const struct npv_rule *rule = object;

	if (NPV_HAS(rule, RULE_GID_MIN))
		who_show(&who_gid, e, rule->gid_min,
			 NPV_HAS(rule, RULE_GID_MAX) ? rule->gid_max : rule->gid_min);
}

static enum mgr_status read_cgroup(char ***args, void *object)
{
	struct npv_rule *rule = object;
	enum mgr_status status;

	status = cgroup_parse(**args, &rule->cgroup);
	if (!status) {
		NPV_SAY(rule, RULE_CGROUP);
		++*args;
	}

	return status;
}

static enum mgr_status read_cgroup_id(char ***args, void *object)
{
	struct npv_rule *rule = object;
	enum mgr_status status;

	status = mgr_parse_number(**args, 1, UINT64_MAX, "id of a control group",
				  &rule->cgroup);
	if (!status) {
		NPV_SAY(rule, RULE_CGROUP);
		++*args;
	}

	return status;
}

static void show_cgroup(struct emit *e, const void *object)
{
	const struct npv_rule *rule = object;

	if (NPV_HAS(rule, RULE_CGROUP))
		cgroup_show(e, rule->cgroup);
}

/* ADDRESS[/LENGTH] */
static enum mgr_status read_dest(char ***args, void *object)
{
	struct npv_rule *rule = object;
	char text[INET6_ADDRSTRLEN + 8];
	enum mgr_status status;
	uint64_t prefix, max;
	char *slash;

	if (!**args)
		return mgr_usage_error("behind \"to\" an address or prefix is missing");
	snprintf(text, sizeof(text), "%s", **args);
	slash = strchr(text, '/');
	if (slash)
		*slash++ = '\0';
	status = mgr_parse_address(text, &rule->dest);
	if (status)
		return status;
	max = rule->dest.family == AF_INET ? 32 : 128;
	prefix = max;
	if (slash)
		status = mgr_parse_number(slash, 0, max, "length of a prefix", &prefix);
	if (status)
		return status;

	rule->dest_prefix = (uint32_t)prefix;
	rule->has &= ~DEST_BITS;
	rule->has |= BIT_OF(DEST_PREFIX) | (rule->dest.family == AF_INET ?
					    BIT_OF(DEST_ADDR4) : BIT_OF(DEST_ADDR6));
	++*args;

	return MGR_OK;
}

static void show_dest(struct emit *e, const void *object)
{
	const struct npv_rule *rule = object;
	const uint32_t all = rule->dest.family == AF_INET ? 32 : 128;
	char address[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 8];
	uint32_t prefix;

	if (!(rule->has & (BIT_OF(DEST_ADDR4) | BIT_OF(DEST_ADDR6))))
		return;
	prefix = NPV_HAS(rule, RULE_DEST_PREFIX) ? rule->dest_prefix : all;
	inet_ntop(rule->dest.family, &rule->dest.v6, address, sizeof(address));
	snprintf(text, sizeof(text), prefix == all ? "%s" : "%s/%u", address, prefix);
	emit_text(e, "to", text);
	emit_key_string(e, "dest", address);
	emit_key_uint(e, "dest-prefix", prefix);
}

/* N[-M] */
static enum mgr_status read_port(char ***args, void *object)
{
	struct npv_rule *rule = object;
	enum mgr_status status;
	uint64_t min = 0, max = 0;
	char text[16];
	char *dash;

	if (!**args)
		return mgr_usage_error("the port is missing");
	snprintf(text, sizeof(text), "%s", **args);
	dash = strchr(text, '-');
	if (dash)
		*dash++ = '\0';
	status = mgr_parse_number(text, 1, UINT16_MAX, "port", &min);
	if (status)
		return status;
	max = min;
	if (dash)
		status = mgr_parse_number(dash, min, UINT16_MAX, "last port", &max);
	if (status)
		return status;
	rule->port_min = (uint32_t)min;
	rule->port_max = (uint32_t)max;
	rule->has |= BIT_OF(PORT_MIN) | BIT_OF(PORT_MAX);
	++*args;

	return MGR_OK;
}

static void show_port(struct emit *e, const void *object)
{
	const struct npv_rule *rule = object;
	uint32_t max = NPV_HAS(rule, RULE_PORT_MAX) ? rule->port_max : rule->port_min;
	char text[16];

	if (!NPV_HAS(rule, RULE_PORT_MIN))
		return;
	snprintf(text, sizeof(text), max == rule->port_min ? "%u" : "%u-%u",
		 rule->port_min, max);
	emit_number_as(e, "port-min", "port", rule->port_min, text);
	emit_key_uint(e, "port-max", max);
}

/* Behind it nothing means "default": these are names, or one of them is that */
static const struct word words[] = {
	{ "priority", WORD_AT(WORD_NUMBER, npv_rule, RULE_PRIORITY, priority),
	  .max = UINT16_MAX },
	{ "uid", .type = WORD_CALL, .bits = BIT_OF(UID_MIN) | BIT_OF(UID_MAX),
	  .read = read_uid, .show = show_uid, .literal = true },
	{ "gid", .type = WORD_CALL, .bits = BIT_OF(GID_MIN) | BIT_OF(GID_MAX),
	  .read = read_gid, .show = show_gid, .literal = true },
	{ "cgroup", .type = WORD_CALL, .bits = BIT_OF(CGROUP), .read = read_cgroup,
	  .show = show_cgroup, .literal = true },
	{ "cgroup-id", .type = WORD_CALL, .bits = BIT_OF(CGROUP),
	  .read = read_cgroup_id },
	{ "comm", WORD_AT(WORD_TEXT, npv_rule, RULE_COMM, comm), .max = COMM_MAX,
	  .literal = true },
	{ "type", WORD_AT(WORD_ENUM, npv_rule, RULE_TYPE, type), .min = 1,
	  .names = npv_socket_type_name },
	{ "to", .type = WORD_CALL, .bits = DEST_BITS, .read = read_dest,
	  .show = show_dest },
	{ "port", .type = WORD_CALL, .bits = BIT_OF(PORT_MIN) | BIT_OF(PORT_MAX),
	  .read = read_port, .show = show_port },
	{ "name", "peer-name", WORD_AT(WORD_TEXT, npv_rule, RULE_PEER_NAME, peer_name),
	  .max = PEER_NAME_MAX, .literal = true },
	{ "capacity", WORD_AT(WORD_ENUM, npv_rule, RULE_CAPACITY, capacity),
	  .names = npv_capacity_name, .literal = true },
	{ "policy", "multipath-policy",
	  WORD_AT(WORD_ENUM, npv_rule, RULE_MULTIPATH_POLICY, multipath_policy),
	  .names = npv_multipath_policy_name },
	{ "profile", WORD_AT(WORD_TEXT, npv_rule, RULE_PROFILE, profile),
	  .max = NAME_MAX_LEN, .literal = true },
	{ }
};

void show_rule(struct emit *e, const struct npv_rule *rule)
{
	emit_uint(e, "id", emit_is_commands(e) ? "id" : "rule", rule->id);
	words_show(words, e, rule);
	if (!emit_is_commands(e) && NPV_HAS(rule, RULE_HITS))
		emit_uint(e, "hits", "hits", rule->hits);
}

static int show_one(const struct npv_rule *rule, void *data)
{
	struct emit *e = data;

	emit_object_begin(e, NULL, EMIT_LINE);
	show_rule(e, rule);
	emit_object_end(e);

	return 0;
}

static enum mgr_status rule_show(struct mgr *mgr, char **args)
{
	enum mgr_status status;
	int ret;

	status = mgr_no_more(args, "rule show");
	if (!status)
		status = mgr_open(mgr);
	if (status)
		return status;

	emit_array_begin(mgr->emit, NULL, NULL);
	ret = npv_rule_dump(mgr->npv, show_one, mgr->emit);
	emit_array_end(mgr->emit);

	return mgr_result(mgr, ret, "rules");
}

static enum mgr_status parse_id(const char *arg, uint32_t *id)
{
	enum mgr_status status;
	uint64_t number = 0;

	status = mgr_parse_number(arg, 1, UINT32_MAX, "number of a rule", &number);
	*id = (uint32_t)number;

	return status;
}

/* "id ID" comes first, if at all */
static enum mgr_status take_id(char ***args, struct npv_rule *rule)
{
	enum mgr_status status;

	if (!**args || strcmp(**args, "id"))
		return MGR_OK;
	status = parse_id((*args)[1], &rule->id);
	if (status)
		return status;
	NPV_SAY(rule, RULE_ID);
	*args += 2;

	return MGR_OK;
}

/* What is not of the rule has no address either */
static void settle(struct npv_rule *rule)
{
	if (!(rule->has & (BIT_OF(DEST_ADDR4) | BIT_OF(DEST_ADDR6))))
		rule->dest.family = 0;
}

static enum mgr_status rule_add(struct mgr *mgr, char **args)
{
	struct npv_rule rule = { 0 };
	enum mgr_status status;
	uint32_t id = 0;
	bool given;

	status = take_id(&args, &rule);
	if (!status)
		status = words_read(words, "rule add", args, &rule, false);
	if (status)
		return status;
	if (!NPV_HAS(&rule, RULE_PROFILE))
		return mgr_usage_error("rule add: profile NAME is missing");
	given = NPV_HAS(&rule, RULE_ID);

	status = mgr_open(mgr);
	if (status)
		return status;
	status = mgr_result(mgr, npv_rule_add(mgr->npv, &rule, &id), "rule");
	if (!status && !given)
		emit_new_id(mgr->emit, "rule", id);

	return status;
}

struct wish {
	uint32_t	id;
	struct npv_rule	rule;
	bool		found;
};

static int keep(const struct npv_rule *rule, void *data)
{
	struct wish *wish = data;

	if (rule->id == wish->id) {
		wish->rule = *rule;
		wish->found = true;
	}

	return 0;
}

/* What the words say is read twice, as of profiles */
static enum mgr_status change(struct mgr *mgr, char **args, bool replace,
			      const char *command)
{
	struct wish wish = { 0 };
	enum mgr_status status;
	char what[40];
	int ret;

	status = parse_id(*args, &wish.id);
	if (status)
		return status;
	snprintf(what, sizeof(what), "rule %u", wish.id);
	if (!args[1])
		return mgr_usage_error("%s: what to set is missing", command);
	status = words_read(words, command, args + 1, &wish.rule, !replace);
	if (status)
		return status;
	if (replace && !NPV_HAS(&wish.rule, RULE_PROFILE))
		return mgr_usage_error("%s: profile NAME is missing", command);

	status = mgr_open(mgr);
	if (status)
		return status;
	if (!replace) {
		ret = npv_rule_dump(mgr->npv, keep, &wish);
		status = mgr_result(mgr, ret, what);
		if (!status && !wish.found) {
			mgr_complain("%s: there is no such rule", what);
			status = MGR_NOT_FOUND;
		}
		if (!status)
			status = words_read(words, command, args + 1, &wish.rule, true);
		if (status)
			return status;
	}
	wish.rule.id = wish.id;
	NPV_SAY(&wish.rule, RULE_ID);
	settle(&wish.rule);

	return mgr_result(mgr, npv_rule_set(mgr->npv, &wish.rule), what);
}

static enum mgr_status rule_set(struct mgr *mgr, char **args)
{
	return change(mgr, args, false, "rule set");
}

static enum mgr_status rule_replace(struct mgr *mgr, char **args)
{
	return change(mgr, args, true, "rule replace");
}

static enum mgr_status rule_del(struct mgr *mgr, char **args)
{
	enum mgr_status status;
	char what[40];
	uint32_t id;

	status = parse_id(*args, &id);
	if (!status)
		status = mgr_no_more(args + 1, "rule del");
	if (!status)
		status = mgr_open(mgr);
	if (status)
		return status;
	snprintf(what, sizeof(what), "rule %u", id);

	return mgr_result(mgr, npv_rule_del(mgr->npv, id), what);
}

static enum mgr_status rule_flush(struct mgr *mgr, char **args)
{
	enum mgr_status status;

	status = mgr_no_more(args, "rule flush");
	if (!status)
		status = mgr_open(mgr);
	if (status)
		return status;

	return mgr_result(mgr, npv_rule_flush(mgr->npv), "rules");
}

const struct command rule_commands[] = {
	{ "show",	rule_show,	"" },
	{ "add",	rule_add,
	  "[id ID] [priority N] [SELECTOR]... profile NAME" },
	{ "set",	rule_set,	"ID {SELECTOR | priority N | profile NAME | no WORD}..." },
	{ "replace",	rule_replace,	"ID [priority N] [SELECTOR]... profile NAME" },
	{ "del",	rule_del,	"ID" },
	{ "flush",	rule_flush,	"" },
	{ }
};
