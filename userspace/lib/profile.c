// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Profiles.
 */
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "export.h"
#include "fields.h"
#include "gather.h"

/* All that a profile says, without what is told of it only */
#define SETTINGS	(((1ULL << (NPV_A_PROFILE_MAX_RATE + 1)) - 1) & \
			 ~(1ULL << NPV_A_PROFILE_BUILTIN))

/* An entry of the list with a mask, as tables want it */
struct interface {
	uint64_t has;
	struct npv_preferred_interface preferred;
};

static const struct npv_field interface_fields[NPV_A_PREFERRED_INTERFACE_MAX + 1] = {
	[NPV_A_PREFERRED_INTERFACE_IFNAME] =
		NPV_FIELD(NPV_T_STRING, interface, preferred.ifname),
	[NPV_A_PREFERRED_INTERFACE_PREFERENCE] =
		NPV_FIELD(NPV_T_U32, interface, preferred.preference),
};

/* One of several */
static int decode_interface(void *object, const struct nlattr *attr)
{
	struct npv_profile *profile = object;
	struct interface one;

	if (npv_fields_decode_nest(attr, &one, sizeof(one), interface_fields,
				   NPV_A_PREFERRED_INTERFACE_MAX))
		return -1;
	if (profile->interface_count < NPV_INTERFACES_MAX)
		profile->interface[profile->interface_count++] = one.preferred;

	return 0;
}

static const struct npv_field fields[NPV_A_PROFILE_MAX + 1] = {
	[NPV_A_PROFILE_NAME]		= NPV_FIELD(NPV_T_STRING, npv_profile, name),
	[NPV_A_PROFILE_BUILTIN]		= NPV_FIELD(NPV_T_FLAG, npv_profile, builtin),
	[NPV_A_PROFILE_STRICT]		= NPV_FIELD(NPV_T_U8, npv_profile, strict),
	[NPV_A_PROFILE_MODE]		= NPV_FIELD(NPV_T_U32, npv_profile, mode),
	[NPV_A_PROFILE_TCP]		= NPV_FIELD(NPV_T_U32, npv_profile, tcp),
	[NPV_A_PROFILE_UDP]		= NPV_FIELD(NPV_T_U32, npv_profile, udp),
	[NPV_A_PROFILE_IPV4]		= NPV_FIELD(NPV_T_U32, npv_profile, ipv4),
	[NPV_A_PROFILE_IPV6]		= NPV_FIELD(NPV_T_U32, npv_profile, ipv6),
	[NPV_A_PROFILE_INTERFACE]	= NPV_FIELD_CALL(decode_interface),
	[NPV_A_PROFILE_METERED]		= NPV_FIELD(NPV_T_U32, npv_profile, metered),
	[NPV_A_PROFILE_TEMPORARY]	= NPV_FIELD(NPV_T_U32, npv_profile, temporary),
	[NPV_A_PROFILE_MULTIPATH]	= NPV_FIELD(NPV_T_U32, npv_profile, multipath),
	[NPV_A_PROFILE_MULTIPATH_POLICY] =
			NPV_FIELD(NPV_T_U32, npv_profile, multipath_policy),
	[NPV_A_PROFILE_CAPACITY]	= NPV_FIELD(NPV_T_U32, npv_profile, capacity),
	[NPV_A_PROFILE_STACKS]		= NPV_FIELD(NPV_T_U32, npv_profile, stacks),
	[NPV_A_PROFILE_SCHEDULER]	= NPV_FIELD(NPV_T_STRING, npv_profile, scheduler),
	[NPV_A_PROFILE_COPIES]		= NPV_FIELD(NPV_T_U32, npv_profile, copies),
	[NPV_A_PROFILE_SUSPECT_MS]	= NPV_FIELD(NPV_T_U32, npv_profile, suspect_ms),
	[NPV_A_PROFILE_RECONNECT_S]	= NPV_FIELD(NPV_T_U32, npv_profile, reconnect_s),
	[NPV_A_PROFILE_KEEPALIVE_S]	= NPV_FIELD(NPV_T_U32, npv_profile, keepalive_s),
	[NPV_A_PROFILE_SEND_BUFFER]	= NPV_FIELD(NPV_T_U32, npv_profile, send_buffer),
	[NPV_A_PROFILE_RECEIVE_BUFFER]	= NPV_FIELD(NPV_T_U32, npv_profile, receive_buffer),
	[NPV_A_PROFILE_MAX_RATE]	= NPV_FIELD(NPV_T_UINT, npv_profile, max_rate),
	[NPV_A_PROFILE_RULES]		= NPV_FIELD(NPV_T_U32, npv_profile, rules),
};

int npv_profile_decode(const struct nlmsghdr *nlh, struct npv_profile *profile)
{
	return npv_fields_decode(nlh, profile, sizeof(*profile), fields,
				 NPV_A_PROFILE_MAX);
}

static int decode_entry(const struct nlmsghdr *nlh, void *entry)
{
	return npv_profile_decode(nlh, entry);
}

struct single {
	npv_profile_cb	cb;
	void		*data;
};

static int profile_reply(const struct nlmsghdr *nlh, void *data)
{
	const struct single *single = data;
	struct npv_profile profile;

	if (npv_profile_decode(nlh, &profile))
		return -1;

	return single->cb(&profile, single->data);
}

/* A request about one name. Return: NULL after npv_handle_fail() */
static struct nlmsghdr *named_request(struct npv *npv, uint8_t cmd, const char *name)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, cmd, NLM_F_ACK);

	return npv_put_string(npv, nlh, NPV_A_PROFILE_NAME, name) ? NULL : nlh;
}

NPV_EXPORT int npv_profile_get(struct npv *npv, const char *name, npv_profile_cb cb,
			       void *data)
{
	struct single single = { .cb = cb, .data = data };
	struct nlmsghdr *nlh;

	nlh = named_request(npv, NPV_CMD_PROFILE_GET, name);

	return nlh ? npv_request_run(npv, nlh, profile_reply, &single) : -1;
}

NPV_EXPORT int npv_profile_dump(struct npv *npv, npv_profile_cb cb, void *data)
{
	struct npv_gather gather = {
		.decode = decode_entry, .size = sizeof(struct npv_profile),
	};
	const struct npv_profile *profiles;
	int ret, done = 0;
	size_t i;

	ret = npv_gather_run(npv, &gather, NPV_CMD_PROFILE_GET, NULL, NULL);
	profiles = (const struct npv_profile *)gather.entries;
	for (i = 0; ret >= 0 && done >= 0 && i < gather.count; i++)
		done = cb(&profiles[i], data);
	free(gather.entries);

	return done < 0 ? done : ret;
}

static void put_interface(struct nlmsghdr *nlh,
			  const struct npv_preferred_interface *preferred)
{
	struct interface one = {
		.has = 1ULL << NPV_A_PREFERRED_INTERFACE_IFNAME |
		       1ULL << NPV_A_PREFERRED_INTERFACE_PREFERENCE,
		.preferred = *preferred,
	};
	struct nlattr *nest;

	nest = mnl_attr_nest_start(nlh, NPV_A_PROFILE_INTERFACE);
	npv_fields_put(nlh, &one, one.has, interface_fields,
		       NPV_A_PREFERRED_INTERFACE_MAX);
	mnl_attr_nest_end(nlh, nest);
}

static int say(struct npv *npv, uint8_t cmd, const struct npv_profile *profile)
{
	struct nlmsghdr *nlh;
	uint32_t i;

	nlh = npv_request_new(npv, npv->family, cmd, NLM_F_ACK);
	npv_fields_put(nlh, profile, SETTINGS, fields, NPV_A_PROFILE_MAX);
	if (NPV_HAS(profile, PROFILE_INTERFACE))
		for (i = 0; i < profile->interface_count && i < NPV_INTERFACES_MAX; i++)
			put_interface(nlh, &profile->interface[i]);

	return npv_request_run(npv, nlh, NULL, NULL);
}

NPV_EXPORT int npv_profile_add(struct npv *npv, const struct npv_profile *profile)
{
	return say(npv, NPV_CMD_PROFILE_ADD, profile);
}

NPV_EXPORT int npv_profile_set(struct npv *npv, const struct npv_profile *profile)
{
	return say(npv, NPV_CMD_PROFILE_SET, profile);
}

NPV_EXPORT int npv_profile_del(struct npv *npv, const char *name)
{
	struct nlmsghdr *nlh;

	nlh = named_request(npv, NPV_CMD_PROFILE_DEL, name);

	return nlh ? npv_request_run(npv, nlh, NULL, NULL) : -1;
}

NPV_EXPORT int npv_profile_flush(struct npv *npv)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_PROFILE_FLUSH, NLM_F_ACK);

	return npv_request_run(npv, nlh, NULL, NULL);
}
