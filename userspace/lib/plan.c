// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Plans: a message of what applies, and then one a candidate.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "export.h"
#include "fields.h"
#include "gather.h"

#define BIT_OF(attr)	(1ULL << NPV_A_PLAN_##attr)

static const struct npv_field query_fields[NPV_A_PLAN_MULTIPATH_POLICY + 1] = {
	[NPV_A_PLAN_SESSION_ID]	= NPV_FIELD(NPV_T_UINT, npv_plan_query, session_id),
	[NPV_A_PLAN_UID]	= NPV_FIELD(NPV_T_U32, npv_plan_query, uid),
	[NPV_A_PLAN_GID]	= NPV_FIELD(NPV_T_U32, npv_plan_query, gid),
	[NPV_A_PLAN_CGROUP]	= NPV_FIELD(NPV_T_UINT, npv_plan_query, cgroup),
	[NPV_A_PLAN_COMM]	= NPV_FIELD(NPV_T_STRING, npv_plan_query, comm),
	[NPV_A_PLAN_TYPE]	= NPV_FIELD(NPV_T_U32, npv_plan_query, type),
	[NPV_A_PLAN_DEST_ADDR4]	= NPV_FIELD(NPV_T_ADDR4, npv_plan_query, dest4),
	[NPV_A_PLAN_DEST_ADDR6]	= NPV_FIELD(NPV_T_ADDR6, npv_plan_query, dest6),
	[NPV_A_PLAN_PORT]	= NPV_FIELD(NPV_T_BE16, npv_plan_query, port),
	[NPV_A_PLAN_PEER_NAME]	= NPV_FIELD(NPV_T_STRING, npv_plan_query, peer_name),
	[NPV_A_PLAN_CAPACITY]	= NPV_FIELD(NPV_T_U32, npv_plan_query, capacity),
	[NPV_A_PLAN_MULTIPATH_POLICY] =
			NPV_FIELD(NPV_T_U32, npv_plan_query, multipath_policy),
};

static const struct npv_field candidate_fields[NPV_A_CANDIDATE_MAX + 1] = {
	[NPV_A_CANDIDATE_LOCAL_ADDR4]	= NPV_FIELD(NPV_T_ADDR4, npv_candidate, local),
	[NPV_A_CANDIDATE_LOCAL_ADDR6]	= NPV_FIELD(NPV_T_ADDR6, npv_candidate, local),
	[NPV_A_CANDIDATE_REMOTE_ADDR4]	= NPV_FIELD(NPV_T_ADDR4, npv_candidate, remote),
	[NPV_A_CANDIDATE_REMOTE_ADDR6]	= NPV_FIELD(NPV_T_ADDR6, npv_candidate, remote),
	[NPV_A_CANDIDATE_REMOTE_PORT]	= NPV_FIELD(NPV_T_PORT, npv_candidate, remote),
	[NPV_A_CANDIDATE_IFINDEX]	= NPV_FIELD(NPV_T_U32, npv_candidate, ifindex),
	[NPV_A_CANDIDATE_ENDPOINT]	= NPV_FIELD(NPV_T_U32, npv_candidate, endpoint),
	[NPV_A_CANDIDATE_TRANSPORT]	= NPV_FIELD(NPV_T_U32, npv_candidate, transport),
	[NPV_A_CANDIDATE_NETWORK]	= NPV_FIELD(NPV_T_U32, npv_candidate, network),
	[NPV_A_CANDIDATE_RANK]		= NPV_FIELD(NPV_T_U32, npv_candidate, rank),
	[NPV_A_CANDIDATE_ROLE]		= NPV_FIELD(NPV_T_U32, npv_candidate, role),
	[NPV_A_CANDIDATE_REASON]	= NPV_FIELD(NPV_T_U32, npv_candidate, reason),
	[NPV_A_CANDIDATE_COST]		= NPV_FIELD(NPV_T_U32, npv_candidate, cost),
	[NPV_A_CANDIDATE_WEIGHT]	= NPV_FIELD(NPV_T_U32, npv_candidate, weight),
	[NPV_A_CANDIDATE_SRTT_US]	= NPV_FIELD(NPV_T_U32, npv_candidate, srtt_us),
	[NPV_A_CANDIDATE_STACK]		= NPV_FIELD(NPV_T_U32, npv_candidate, stack),
};

static int decode_candidate(void *object, const struct nlattr *attr)
{
	struct npv_plan_entry *entry = object;

	return npv_fields_decode_nest(attr, &entry->candidate, sizeof(entry->candidate),
				      candidate_fields, NPV_A_CANDIDATE_MAX);
}

static const struct npv_field fields[NPV_A_PLAN_MAX + 1] = {
	[NPV_A_PLAN_SESSION_ID]	= NPV_FIELD(NPV_T_UINT, npv_plan_entry, plan.session_id),
	[NPV_A_PLAN_MULTIPATH_POLICY] =
			NPV_FIELD(NPV_T_U32, npv_plan_entry, plan.multipath_policy),
	[NPV_A_PLAN_RULE]	= NPV_FIELD(NPV_T_U32, npv_plan_entry, plan.rule),
	[NPV_A_PLAN_PROFILE]	= NPV_FIELD(NPV_T_STRING, npv_plan_entry, plan.profile),
	[NPV_A_PLAN_MODE]	= NPV_FIELD(NPV_T_U32, npv_plan_entry, plan.mode),
	[NPV_A_PLAN_STACKS]	= NPV_FIELD(NPV_T_U32, npv_plan_entry, plan.stacks),
	[NPV_A_PLAN_SCHEDULER]	= NPV_FIELD(NPV_T_STRING, npv_plan_entry, plan.scheduler),
	[NPV_A_PLAN_KIND]	= NPV_FIELD(NPV_T_U32, npv_plan_entry, plan.kind),
	[NPV_A_PLAN_PINNED]	= NPV_FIELD(NPV_T_FLAG, npv_plan_entry, plan.pinned),
	[NPV_A_PLAN_AGE_MS]	= NPV_FIELD(NPV_T_UINT, npv_plan_entry, plan.age_ms),
	[NPV_A_PLAN_CANDIDATE]	= NPV_FIELD_CALL(decode_candidate),
};

int npv_plan_entry_decode(const struct nlmsghdr *nlh, struct npv_plan_entry *entry)
{
	return npv_fields_decode(nlh, entry, sizeof(*entry), fields, NPV_A_PLAN_MAX);
}

static int decode_entry(const struct nlmsghdr *nlh, void *entry)
{
	return npv_plan_entry_decode(nlh, entry);
}

static void put_query(struct nlmsghdr *nlh, const void *data)
{
	npv_fields_put(nlh, data, ~0ULL, query_fields, NPV_A_PLAN_MULTIPATH_POLICY);
}

NPV_EXPORT int npv_plan_get(struct npv *npv, const struct npv_plan_query *query,
			    npv_plan_cb cb, void *data)
{
	struct npv_gather gather = {
		.decode = decode_entry, .size = sizeof(struct npv_plan_entry),
	};
	const struct npv_plan_entry *entries;
	struct npv_candidate *candidates;
	struct npv_plan plan = { 0 };
	int ret, done = 0;
	size_t i, n = 0;

	ret = npv_gather_run(npv, &gather, NPV_CMD_PLAN_GET, put_query, query);
	entries = (const struct npv_plan_entry *)gather.entries;
	candidates = calloc(gather.count + 1, sizeof(*candidates));
	if (ret >= 0 && !candidates)
		ret = npv_handle_fail(npv, ENOMEM, NULL);
	if (ret < 0)
		goto out;

	for (i = 0; i < gather.count; i++) {
		if (entries[i].plan.has & BIT_OF(CANDIDATE))
			candidates[n++] = entries[i].candidate;
		else
			plan = entries[i].plan;
	}
	plan.candidate_count = (uint32_t)n;
	plan.candidates = candidates;
	done = cb(&plan, data);
out:
	free(candidates);
	free(gather.entries);

	return done < 0 ? done : ret;
}
