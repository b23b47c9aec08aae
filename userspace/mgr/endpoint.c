// SPDX-License-Identifier: GPL-2.0
/*
 * npv-mgr endpoint
 */
#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#include "objects.h"
#include "words.h"

/* Lengths of names in attributes */
#define IFNAME_MAX	15

static void show_address(struct emit *e, const struct npv_endpoint *endpoint)
{
	char address[INET6_ADDRSTRLEN];

	if (!endpoint->address.family)
		return;
	inet_ntop(endpoint->address.family, &endpoint->address.v6, address,
		  sizeof(address));
	emit_string(e, "address", NULL, address);
}

static const struct word settings[] = {
	{ "cost", WORD_AT(WORD_NUMBER, npv_endpoint, ENDPOINT_COST, cost),
	  .max = 1000000, .quiet = true },
	{ "weight", WORD_AT(WORD_NUMBER, npv_endpoint, ENDPOINT_WEIGHT, weight),
	  .min = 1, .max = 1000 },
	{ "backup", WORD_AT(WORD_SWITCH, npv_endpoint, ENDPOINT_BACKUP, backup),
	  .quiet = true },
	{ "metered", WORD_AT(WORD_SWITCH, npv_endpoint, ENDPOINT_METERED, metered),
	  .quiet = true },
	{ "disabled", WORD_AT(WORD_SWITCH, npv_endpoint, ENDPOINT_DISABLED, disabled),
	  .quiet = true },
	{ "max-rate", WORD_AT(WORD_RATE, npv_endpoint, ENDPOINT_MAX_RATE, max_rate),
	  .max = UINT64_MAX, .quiet = true },
	{ }
};

/* Which it is; an address stands there without a word */
static const struct word identity[] = {
	{ "id", WORD_AT(WORD_NUMBER, npv_endpoint, ENDPOINT_ID, id),
	  .min = 1, .max = INT32_MAX },
	{ "dev", "ifname", WORD_AT(WORD_TEXT, npv_endpoint, ENDPOINT_IFNAME, ifname),
	  .max = IFNAME_MAX },
	{ }
};

/* What is found out, of those that nobody has named */
static void show_found(struct emit *e, const struct npv_endpoint *endpoint)
{
	if (NPV_HAS(endpoint, ENDPOINT_IFINDEX))
		emit_key_uint(e, "ifindex", endpoint->ifindex);
	emit_key_bool(e, "automatic", endpoint->automatic);
	if (!endpoint->automatic)
		return;
	emit_word(e, endpoint->up ? "up" : "down");
	emit_key_bool(e, "up", endpoint->up);
	if (!emit_hides(e, endpoint->temporary))
		emit_bool(e, "temporary", "temporary", endpoint->temporary);
	if (NPV_HAS(endpoint, ENDPOINT_LINK_TYPE))
		emit_enum(e, "link-type", "link", endpoint->link_type,
			  npv_link_type_name(endpoint->link_type));
	if (NPV_HAS(endpoint, ENDPOINT_LINK_SPEED) && !emit_hides(e, endpoint->link_speed))
		emit_uint(e, "link-speed", "speed", endpoint->link_speed);
	if (NPV_HAS(endpoint, ENDPOINT_OPERATOR) && !emit_hides(e, endpoint->named))
		emit_uint(e, "operator", "as", endpoint->named);
}

void show_endpoint(struct emit *e, const struct npv_endpoint *endpoint)
{
	emit_uint(e, "id", emit_is_commands(e) ? "id" : "endpoint", endpoint->id);
	show_address(e, endpoint);
	if (NPV_HAS(endpoint, ENDPOINT_IFNAME))
		emit_string(e, "ifname", "dev", endpoint->ifname);
	words_show(settings, e, endpoint);
	if (!emit_is_commands(e))
		show_found(e, endpoint);
}

/* Which ones are to be shown */
struct listing {
	struct emit	*emit;
	bool		named;
	bool		found;
};

static int show_one(const struct npv_endpoint *endpoint, void *data)
{
	const struct listing *listing = data;

	if (endpoint->automatic ? !listing->found : !listing->named)
		return 0;
	emit_object_begin(listing->emit, NULL, EMIT_LINE);
	show_endpoint(listing->emit, endpoint);
	emit_object_end(listing->emit);

	return 0;
}

static enum mgr_status endpoint_show(struct mgr *mgr, char **args)
{
	struct listing listing = { .emit = mgr->emit, .named = true, .found = true };
	enum mgr_status status;
	int ret;

	if (*args) {
		listing.named = keyword_is(*args, "named");
		listing.found = keyword_is(*args, "found");
		if (!listing.named && !listing.found)
			return mgr_usage_error("endpoint show: \"%s\" is unknown; there are: named found",
					       *args);
		status = mgr_no_more(args + 1, "endpoint show");
		if (status)
			return status;
	}
	status = mgr_open(mgr);
	if (status)
		return status;

	emit_array_begin(mgr->emit, NULL, NULL);
	ret = npv_endpoint_dump(mgr->npv, show_one, &listing);
	emit_array_end(mgr->emit);

	return mgr_result(mgr, ret, "endpoints");
}

static bool is_address(const char *arg)
{
	struct in6_addr any;

	return inet_pton(AF_INET, arg, &any) == 1 || inet_pton(AF_INET6, arg, &any) == 1;
}

/* Takes the one address out of @args, wherever it stands alone */
static enum mgr_status take_address(char **args, struct npv_endpoint *endpoint)
{
	enum mgr_status status;
	char **to = args;

	for (; *args; args++) {
		if (endpoint->address.family || !is_address(*args)) {
			*to++ = *args;
			continue;
		}
		status = mgr_parse_address(*args, &endpoint->address);
		if (status)
			return status;
	}
	*to = NULL;

	return MGR_OK;
}

/* The words of both tables */
static enum mgr_status read_all(char **args, struct npv_endpoint *endpoint)
{
	struct word all[sizeof(identity) / sizeof(*identity) +
			sizeof(settings) / sizeof(*settings) - 1];

	memcpy(all, identity, sizeof(identity));
	memcpy(all + sizeof(identity) / sizeof(*identity) - 1, settings, sizeof(settings));

	return words_read(all, "endpoint add", args, endpoint, false);
}

static enum mgr_status endpoint_add(struct mgr *mgr, char **args)
{
	struct npv_endpoint endpoint = { 0 };
	enum mgr_status status;
	uint32_t id = 0;
	bool given;

	status = take_address(args, &endpoint);
	if (!status)
		status = read_all(args, &endpoint);
	if (status)
		return status;
	if (!endpoint.address.family && !NPV_HAS(&endpoint, ENDPOINT_IFNAME))
		return mgr_usage_error("endpoint add: which one is missing: ADDRESS, dev NAME, or both");
	given = NPV_HAS(&endpoint, ENDPOINT_ID);

	status = mgr_open(mgr);
	if (status)
		return status;
	status = mgr_result(mgr, npv_endpoint_add(mgr->npv, &endpoint, &id), "endpoint");
	if (!status && !given)
		emit_new_id(mgr->emit, "endpoint", id);

	return status;
}

/* ID; @what becomes "endpoint ID" */
static enum mgr_status parse_id(const char *arg, uint32_t *id, char *what, size_t size)
{
	enum mgr_status status;
	uint64_t number = 0;

	status = mgr_parse_number(arg, 1, UINT32_MAX, "number of an endpoint", &number);
	*id = (uint32_t)number;
	snprintf(what, size, "endpoint %u", *id);

	return status;
}

static enum mgr_status endpoint_set(struct mgr *mgr, char **args)
{
	struct npv_endpoint endpoint = { 0 };
	enum mgr_status status;
	char what[40];

	status = parse_id(*args, &endpoint.id, what, sizeof(what));
	if (status)
		return status;
	if (!args[1])
		return mgr_usage_error("endpoint set: what to set is missing; there are: cost weight backup metered disabled max-rate");
	status = words_read(settings, "endpoint set", args + 1, &endpoint, false);
	if (status)
		return status;
	NPV_SAY(&endpoint, ENDPOINT_ID);

	status = mgr_open(mgr);
	if (status)
		return status;

	return mgr_result(mgr, npv_endpoint_set(mgr->npv, &endpoint), what);
}

static enum mgr_status endpoint_del(struct mgr *mgr, char **args)
{
	enum mgr_status status;
	char what[40];
	uint32_t id;

	status = parse_id(*args, &id, what, sizeof(what));
	if (!status)
		status = mgr_no_more(args + 1, "endpoint del");
	if (!status)
		status = mgr_open(mgr);
	if (status)
		return status;

	return mgr_result(mgr, npv_endpoint_del(mgr->npv, id), what);
}

static enum mgr_status endpoint_flush(struct mgr *mgr, char **args)
{
	enum mgr_status status;

	status = mgr_no_more(args, "endpoint flush");
	if (!status)
		status = mgr_open(mgr);
	if (status)
		return status;

	return mgr_result(mgr, npv_endpoint_flush(mgr->npv), "endpoints");
}

#define SETTINGS "[cost N] [weight N] [backup on|off] [metered on|off] [disabled on|off] [max-rate RATE]"

const struct command endpoint_commands[] = {
	{ "show",	endpoint_show,	"[named|found]" },
	{ "add",	endpoint_add,
	  "[id ID] {ADDRESS [dev NAME] | dev NAME} " SETTINGS },
	{ "set",	endpoint_set,	"ID " SETTINGS },
	{ "del",	endpoint_del,	"ID" },
	{ "flush",	endpoint_flush,	"" },
	{ }
};
