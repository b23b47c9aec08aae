// SPDX-License-Identifier: GPL-2.0
/*
 * npv-mgr profile
 */
#include <stddef.h>
#include <string.h>

#include "objects.h"
#include "words.h"

#define IFNAME_MAX	15
#define NAME_MAX_LEN	31
#define SCHEDULER_MAX	15

/**
 * struct draft - a profile that a command is about
 * @profile: as it is to be
 * @like: name of another that it begins as, "" if none
 */
struct draft {
	struct npv_profile profile;
	char like[NAME_MAX_LEN + 1];
};

/* The entry of an interface, NULL if there is none and none can be made */
static struct npv_preferred_interface *interface_entry(struct npv_profile *profile,
						       const char *name)
{
	uint32_t i;

	/* "no interface" has taken them all back */
	if (!NPV_HAS(profile, PROFILE_INTERFACE))
		profile->interface_count = 0;
	for (i = 0; i < profile->interface_count; i++)
		if (!strcmp(profile->interface[i].ifname, name))
			return &profile->interface[i];
	if (i == NPV_INTERFACES_MAX)
		return NULL;
	profile->interface_count++;
	memset(&profile->interface[i], 0, sizeof(profile->interface[i]));
	snprintf(profile->interface[i].ifname, sizeof(profile->interface[i].ifname), "%s",
		 name);

	return &profile->interface[i];
}

static void interface_drop(struct npv_profile *profile,
			   struct npv_preferred_interface *entry)
{
	struct npv_preferred_interface *end;

	end = &profile->interface[--profile->interface_count];
	memmove(entry, entry + 1, (size_t)((char *)end - (char *)entry));
	if (!profile->interface_count)
		profile->has &= ~(1ULL << NPV_A_PROFILE_INTERFACE);
}

/* NAME PREFERENCE */
static enum mgr_status read_interface(char ***args, void *object)
{
	struct npv_profile *profile = object;
	struct npv_preferred_interface *entry;
	const char *name = **args;
	enum mgr_status status;

	if (!name)
		return mgr_usage_error("behind \"interface\" its name is missing");
	if (!*name || strlen(name) > IFNAME_MAX)
		return mgr_usage_error("interface: \"%s\" is no name: it has 1 to %d characters",
				       name, IFNAME_MAX);
	++*args;
	entry = interface_entry(profile, name);
	if (!entry)
		return mgr_usage_error("interface: %s is one too many, there can be %d",
				       name, NPV_INTERFACES_MAX);
	NPV_SAY(profile, PROFILE_INTERFACE);
	if (**args && !strcmp(**args, "default")) {
		interface_drop(profile, entry);
		++*args;
		return MGR_OK;
	}
	status = mgr_parse_enum(**args, 0, npv_preference_name, "preference",
				&entry->preference);
	if (status)
		return status;
	++*args;

	return MGR_OK;
}

static void show_interfaces(struct emit *e, const void *object)
{
	const struct npv_profile *profile = object;
	const struct npv_preferred_interface *entry;
	uint32_t i;

	if (!NPV_HAS(profile, PROFILE_INTERFACE))
		return;
	emit_items_begin(e, "interface");
	for (i = 0; i < profile->interface_count; i++) {
		entry = &profile->interface[i];
		emit_item_begin(e);
		emit_string(e, "ifname", "interface", entry->ifname);
		emit_enum(e, "preference", NULL, entry->preference,
			  npv_preference_name(entry->preference));
		emit_item_end(e);
	}
	emit_items_end(e);
}

static enum mgr_status read_like(char ***args, void *object)
{
	struct draft *draft = object;
	const char *name = **args;

	if (!name || !*name || strlen(name) > NAME_MAX_LEN)
		return mgr_usage_error("behind \"like\" the name of a profile is missing");
	snprintf(draft->like, sizeof(draft->like), "%s", name);
	++*args;

	return MGR_OK;
}

#define PREFERENCE(a, m) \
	WORD_AT(WORD_ENUM, npv_profile, PROFILE_##a, m), .names = npv_preference_name

/* "like" begins with its own bit, which no attribute has */
static const struct word words[] = {
	{ "like", .type = WORD_CALL, .bits = 1ULL << 63, .literal = true,
	  .read = read_like },
	{ "strict", WORD_AT(WORD_SWITCH, npv_profile, PROFILE_STRICT, strict),
	  .quiet = true },
	{ "mode", WORD_AT(WORD_ENUM, npv_profile, PROFILE_MODE, mode),
	  .names = npv_session_mode_name },
	{ "tcp", PREFERENCE(TCP, tcp) },
	{ "udp", PREFERENCE(UDP, udp) },
	{ "ipv4", PREFERENCE(IPV4, ipv4) },
	{ "ipv6", PREFERENCE(IPV6, ipv6) },
	{ "interface", .type = WORD_CALL, .bits = 1ULL << NPV_A_PROFILE_INTERFACE,
	  .literal = true, .repeated = true, .read = read_interface,
	  .show = show_interfaces },
	{ "metered", PREFERENCE(METERED, metered) },
	{ "temporary", PREFERENCE(TEMPORARY, temporary) },
	{ "multipath", WORD_AT(WORD_ENUM, npv_profile, PROFILE_MULTIPATH, multipath),
	  .names = npv_multipath_name },
	{ "policy", "multipath-policy",
	  WORD_AT(WORD_ENUM, npv_profile, PROFILE_MULTIPATH_POLICY, multipath_policy),
	  .names = npv_multipath_policy_name },
	/* one of them is called "default" */
	{ "capacity", WORD_AT(WORD_ENUM, npv_profile, PROFILE_CAPACITY, capacity),
	  .names = npv_capacity_name, .literal = true },
	{ "stacks", WORD_AT(WORD_NUMBER, npv_profile, PROFILE_STACKS, stacks),
	  .min = 1, .max = 8 },
	{ "scheduler", WORD_AT(WORD_TEXT, npv_profile, PROFILE_SCHEDULER, scheduler),
	  .max = SCHEDULER_MAX },
	{ "copies", WORD_AT(WORD_NUMBER, npv_profile, PROFILE_COPIES, copies), .max = 8 },
	{ "suspect", "suspect-ms",
	  WORD_AT(WORD_MS, npv_profile, PROFILE_SUSPECT_MS, suspect_ms),
	  .min = 50, .max = 60000 },
	{ "reconnect", "reconnect-s",
	  WORD_AT(WORD_S, npv_profile, PROFILE_RECONNECT_S, reconnect_s),
	  .min = 1, .max = 3600 },
	{ "keepalive", "keepalive-s",
	  WORD_AT(WORD_S, npv_profile, PROFILE_KEEPALIVE_S, keepalive_s), .max = 32767 },
	{ "send-buffer",
	  WORD_AT(WORD_SIZE, npv_profile, PROFILE_SEND_BUFFER, send_buffer),
	  .max = UINT32_MAX },
	{ "receive-buffer",
	  WORD_AT(WORD_SIZE, npv_profile, PROFILE_RECEIVE_BUFFER, receive_buffer),
	  .max = UINT32_MAX },
	{ "max-rate", WORD_AT(WORD_RATE, npv_profile, PROFILE_MAX_RATE, max_rate),
	  .max = UINT64_MAX },
	{ }
};

void show_profile(struct emit *e, const struct npv_profile *profile)
{
	emit_string(e, "name", emit_is_commands(e) ? NULL : "profile", profile->name);
	if (emit_is_commands(e)) {
		words_show(words, e, profile);
		return;
	}
	emit_key_bool(e, "builtin", profile->builtin);
	if (profile->builtin)
		emit_word(e, "builtin");
	words_show(words, e, profile);
	if (NPV_HAS(profile, PROFILE_RULES) && !emit_hides(e, profile->rules))
		emit_uint(e, "rules", "rules", profile->rules);
}

static int show_one(const struct npv_profile *profile, void *data)
{
	struct emit *e = data;

	emit_object_begin(e, NULL, EMIT_LINE);
	show_profile(e, profile);
	emit_object_end(e);

	return 0;
}

/* NAME; @what becomes "profile NAME" */
static enum mgr_status parse_name(const char *arg, char *what, size_t size)
{
	if (!arg || !*arg)
		return mgr_usage_error("the name of a profile is missing");
	if (strlen(arg) > NAME_MAX_LEN)
		return mgr_usage_error("\"%s\" is not the name of a profile: it has 1 to %d characters",
				       arg, NAME_MAX_LEN);
	snprintf(what, size, "profile %s", arg);

	return MGR_OK;
}

static enum mgr_status profile_show(struct mgr *mgr, char **args)
{
	enum mgr_status status = MGR_OK;
	char what[64] = "profiles";
	const char *name = *args;
	int ret;

	if (name)
		status = parse_name(name, what, sizeof(what));
	if (!status && name)
		status = mgr_no_more(args + 1, "profile show");
	if (!status)
		status = mgr_open(mgr);
	if (status)
		return status;

	emit_array_begin(mgr->emit, NULL, NULL);
	if (name)
		ret = npv_profile_get(mgr->npv, name, show_one, mgr->emit);
	else
		ret = npv_profile_dump(mgr->npv, show_one, mgr->emit);
	emit_array_end(mgr->emit);

	return mgr_result(mgr, ret, what);
}

static int keep(const struct npv_profile *profile, void *data)
{
	*(struct npv_profile *)data = *profile;

	return 0;
}

/* What a command begins with, and the command that the kernel gets */
enum how { ADD, SET, REPLACE };

/*
 * The words are read twice: once to see whether they make sense, before the kernel is
 * asked for anything, and then to change what it has told.
 */
static enum mgr_status change(struct mgr *mgr, char **args, enum how how,
			      const char *command)
{
	const char *name = *args, *base;
	struct draft draft = { 0 };
	enum mgr_status status;
	char what[64], from[64];
	int ret;

	status = parse_name(name, what, sizeof(what));
	if (status)
		return status;
	if (how == SET && !args[1])
		return mgr_usage_error("%s: what to set is missing", command);
	status = words_read(words, command, args + 1, &draft, true);
	if (status)
		return status;
	if (how == SET && *draft.like)
		return mgr_usage_error("%s: \"like\" goes with add and replace", command);

	status = mgr_open(mgr);
	if (status)
		return status;
	base = how == SET ? name : draft.like;
	if (*base) {
		snprintf(from, sizeof(from), "profile %s", base);
		ret = npv_profile_get(mgr->npv, base, keep, &draft.profile);
		status = mgr_result(mgr, ret, from);
		if (!status)
			status = words_read(words, command, args + 1, &draft, true);
		if (status)
			return status;
	}
	snprintf(draft.profile.name, sizeof(draft.profile.name), "%s", name);
	NPV_SAY(&draft.profile, PROFILE_NAME);

	ret = how == ADD ? npv_profile_add(mgr->npv, &draft.profile) :
			   npv_profile_set(mgr->npv, &draft.profile);

	return mgr_result(mgr, ret, what);
}

static enum mgr_status profile_add(struct mgr *mgr, char **args)
{
	return change(mgr, args, ADD, "profile add");
}

static enum mgr_status profile_set(struct mgr *mgr, char **args)
{
	return change(mgr, args, SET, "profile set");
}

static enum mgr_status profile_replace(struct mgr *mgr, char **args)
{
	return change(mgr, args, REPLACE, "profile replace");
}

static enum mgr_status profile_del(struct mgr *mgr, char **args)
{
	enum mgr_status status;
	char what[64];

	status = parse_name(*args, what, sizeof(what));
	if (!status)
		status = mgr_no_more(args + 1, "profile del");
	if (!status)
		status = mgr_open(mgr);
	if (status)
		return status;

	return mgr_result(mgr, npv_profile_del(mgr->npv, *args), what);
}

static enum mgr_status profile_flush(struct mgr *mgr, char **args)
{
	enum mgr_status status;

	status = mgr_no_more(args, "profile flush");
	if (!status)
		status = mgr_open(mgr);
	if (status)
		return status;

	return mgr_result(mgr, npv_profile_flush(mgr->npv), "profiles");
}

const struct command profile_commands[] = {
	{ "show",	profile_show,	"[NAME]" },
	{ "add",	profile_add,	"NAME [like NAME] [SETTING]..." },
	{ "set",	profile_set,	"NAME {SETTING | no WORD | WORD default}..." },
	{ "replace",	profile_replace, "NAME [like NAME] [SETTING]..." },
	{ "del",	profile_del,	"NAME" },
	{ "flush",	profile_flush,	"" },
	{ }
};
