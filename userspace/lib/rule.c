// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Rules.
 */
#include <stdlib.h>

#include "decode.h"
#include "export.h"
#include "fields.h"
#include "gather.h"

/* All that a rule says: what is told of it, and can not be set, comes behind */
#define SETTINGS	((1ULL << (NPV_A_RULE_PROFILE + 1)) - 1)

static const struct npv_field fields[NPV_A_RULE_MAX + 1] = {
	[NPV_A_RULE_ID]		= NPV_FIELD(NPV_T_U32, npv_rule, id),
	[NPV_A_RULE_PRIORITY]	= NPV_FIELD(NPV_T_U32, npv_rule, priority),
	[NPV_A_RULE_UID_MIN]	= NPV_FIELD(NPV_T_U32, npv_rule, uid_min),
	[NPV_A_RULE_UID_MAX]	= NPV_FIELD(NPV_T_U32, npv_rule, uid_max),
	[NPV_A_RULE_GID_MIN]	= NPV_FIELD(NPV_T_U32, npv_rule, gid_min),
	[NPV_A_RULE_GID_MAX]	= NPV_FIELD(NPV_T_U32, npv_rule, gid_max),
	[NPV_A_RULE_CGROUP]	= NPV_FIELD(NPV_T_UINT, npv_rule, cgroup),
	[NPV_A_RULE_COMM]	= NPV_FIELD(NPV_T_STRING, npv_rule, comm),
	[NPV_A_RULE_TYPE]	= NPV_FIELD(NPV_T_U32, npv_rule, type),
	[NPV_A_RULE_DEST_ADDR4]	= NPV_FIELD(NPV_T_ADDR4, npv_rule, dest),
	[NPV_A_RULE_DEST_ADDR6]	= NPV_FIELD(NPV_T_ADDR6, npv_rule, dest),
	[NPV_A_RULE_DEST_PREFIX] = NPV_FIELD(NPV_T_U32, npv_rule, dest_prefix),
	[NPV_A_RULE_PORT_MIN]	= NPV_FIELD(NPV_T_U32, npv_rule, port_min),
	[NPV_A_RULE_PORT_MAX]	= NPV_FIELD(NPV_T_U32, npv_rule, port_max),
	[NPV_A_RULE_PEER_NAME]	= NPV_FIELD(NPV_T_STRING, npv_rule, peer_name),
	[NPV_A_RULE_CAPACITY]	= NPV_FIELD(NPV_T_U32, npv_rule, capacity),
	[NPV_A_RULE_MULTIPATH_POLICY] =
			NPV_FIELD(NPV_T_U32, npv_rule, multipath_policy),
	[NPV_A_RULE_PROFILE]	= NPV_FIELD(NPV_T_STRING, npv_rule, profile),
	[NPV_A_RULE_HITS]	= NPV_FIELD(NPV_T_UINT, npv_rule, hits),
};

int npv_rule_decode(const struct nlmsghdr *nlh, struct npv_rule *rule)
{
	return npv_fields_decode(nlh, rule, sizeof(*rule), fields, NPV_A_RULE_MAX);
}

static int decode_entry(const struct nlmsghdr *nlh, void *entry)
{
	return npv_rule_decode(nlh, entry);
}

NPV_EXPORT int npv_rule_dump(struct npv *npv, npv_rule_cb cb, void *data)
{
	struct npv_gather gather = {
		.decode = decode_entry, .size = sizeof(struct npv_rule),
	};
	const struct npv_rule *rules;
	int ret, done = 0;
	size_t i;

	ret = npv_gather_run(npv, &gather, NPV_CMD_RULE_GET, NULL, NULL);
	rules = (const struct npv_rule *)gather.entries;
	for (i = 0; ret >= 0 && done >= 0 && i < gather.count; i++)
		done = cb(&rules[i], data);
	free(gather.entries);

	return done < 0 ? done : ret;
}

static int id_reply(const struct nlmsghdr *nlh, void *data)
{
	struct npv_rule rule;
	uint32_t *id = data;

	if (npv_rule_decode(nlh, &rule))
		return -1;
	if (id && NPV_HAS(&rule, RULE_ID))
		*id = rule.id;

	return 0;
}

NPV_EXPORT int npv_rule_add(struct npv *npv, const struct npv_rule *rule, uint32_t *id)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_RULE_ADD, NLM_F_ACK);
	npv_fields_put(nlh, rule, SETTINGS, fields, NPV_A_RULE_MAX);

	return npv_request_run(npv, nlh, id_reply, id);
}

NPV_EXPORT int npv_rule_set(struct npv *npv, const struct npv_rule *rule)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_RULE_SET, NLM_F_ACK);
	npv_fields_put(nlh, rule, SETTINGS, fields, NPV_A_RULE_MAX);

	return npv_request_run(npv, nlh, NULL, NULL);
}

NPV_EXPORT int npv_rule_del(struct npv *npv, uint32_t id)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_RULE_DEL, NLM_F_ACK);
	mnl_attr_put_u32(nlh, NPV_A_RULE_ID, id);

	return npv_request_run(npv, nlh, NULL, NULL);
}

NPV_EXPORT int npv_rule_flush(struct npv *npv)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_RULE_FLUSH, NLM_F_ACK);

	return npv_request_run(npv, nlh, NULL, NULL);
}
