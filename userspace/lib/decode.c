// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Netlink messages to structs: what can be read and not written.
 */
#include <string.h>

#include <libmnl/libmnl.h>

#include "decode.h"
#include "fields.h"

/* One of several, for struct npv_module */
static int decode_feature(void *object, const struct nlattr *attr)
{
	struct npv_module *module = object;
	int ret;

	if (module->feature_count == NPV_FEATURES_MAX)
		return 0;
	ret = npv_field_string(module->features[module->feature_count],
			       sizeof(module->features[0]), attr);
	if (!ret)
		module->feature_count++;

	return ret;
}

static const struct npv_field module_fields[NPV_A_INFO_MAX + 1] = {
	[NPV_A_INFO_VERSION]	= NPV_FIELD(NPV_T_STRING, npv_module, version),
	[NPV_A_INFO_FAMILY]	= NPV_FIELD(NPV_T_U32, npv_module, family),
	[NPV_A_INFO_SESSIONS]	= NPV_FIELD(NPV_T_U32, npv_module, sessions),
	[NPV_A_INFO_FEATURES]	= NPV_FIELD_CALL(decode_feature),
	[NPV_A_INFO_POLICY]	= NPV_FIELD(NPV_T_U32, npv_module, policy),
};

static const struct npv_field session_fields[NPV_A_SESSION_MAX + 1] = {
	[NPV_A_SESSION_ID]		= NPV_FIELD(NPV_T_UINT, npv_session, id),
	[NPV_A_SESSION_TYPE]		= NPV_FIELD(NPV_T_U32, npv_session, type),
	[NPV_A_SESSION_KIND]		= NPV_FIELD(NPV_T_U32, npv_session, kind),
	[NPV_A_SESSION_STATE]		= NPV_FIELD(NPV_T_U32, npv_session, state),
	[NPV_A_SESSION_REASON]		= NPV_FIELD(NPV_T_U32, npv_session, reason),
	[NPV_A_SESSION_UID]		= NPV_FIELD(NPV_T_U32, npv_session, uid),
	[NPV_A_SESSION_INODE]		= NPV_FIELD(NPV_T_UINT, npv_session, inode),
	[NPV_A_SESSION_COMM]		= NPV_FIELD(NPV_T_STRING, npv_session, comm),
	[NPV_A_SESSION_NAME_FAMILY]	= NPV_FIELD(NPV_T_U32, npv_session, name_family),
	[NPV_A_SESSION_LOCAL_ADDR4]	= NPV_FIELD(NPV_T_ADDR4, npv_session, local),
	[NPV_A_SESSION_LOCAL_ADDR6]	= NPV_FIELD(NPV_T_ADDR6, npv_session, local),
	[NPV_A_SESSION_LOCAL_PORT]	= NPV_FIELD(NPV_T_PORT, npv_session, local),
	[NPV_A_SESSION_REMOTE_ADDR4]	= NPV_FIELD(NPV_T_ADDR4, npv_session, remote),
	[NPV_A_SESSION_REMOTE_ADDR6]	= NPV_FIELD(NPV_T_ADDR6, npv_session, remote),
	[NPV_A_SESSION_REMOTE_PORT]	= NPV_FIELD(NPV_T_PORT, npv_session, remote),
	[NPV_A_SESSION_STACKS]		= NPV_FIELD(NPV_T_U32, npv_session, stacks),
	[NPV_A_SESSION_CANDIDATES]	= NPV_FIELD(NPV_T_U32, npv_session, candidates),
	[NPV_A_SESSION_ATTEMPTS]	= NPV_FIELD(NPV_T_U32, npv_session, attempts),
	[NPV_A_SESSION_CONNECT_US]	= NPV_FIELD(NPV_T_U32, npv_session, connect_us),
	[NPV_A_SESSION_AGE_MS]		= NPV_FIELD(NPV_T_UINT, npv_session, age_ms),
	[NPV_A_SESSION_ERROR]		= NPV_FIELD(NPV_T_U32, npv_session, error),
	[NPV_A_SESSION_SCHEDULER]	= NPV_FIELD(NPV_T_STRING, npv_session, scheduler),
	[NPV_A_SESSION_BYTES_SENT]	= NPV_FIELD(NPV_T_UINT, npv_session, bytes_sent),
	[NPV_A_SESSION_BYTES_ACKED]	= NPV_FIELD(NPV_T_UINT, npv_session, bytes_acked),
	[NPV_A_SESSION_BYTES_RECEIVED]	= NPV_FIELD(NPV_T_UINT, npv_session, bytes_received),
	[NPV_A_SESSION_SNDQ]		= NPV_FIELD(NPV_T_UINT, npv_session, sndq),
	[NPV_A_SESSION_RCVQ]		= NPV_FIELD(NPV_T_UINT, npv_session, rcvq),
	[NPV_A_SESSION_OOO_QUEUE]	= NPV_FIELD(NPV_T_UINT, npv_session, ooo_queue),
	[NPV_A_SESSION_SND_WINDOW]	= NPV_FIELD(NPV_T_UINT, npv_session, snd_window),
	[NPV_A_SESSION_RCV_WINDOW]	= NPV_FIELD(NPV_T_UINT, npv_session, rcv_window),
	[NPV_A_SESSION_REINJECTED]	= NPV_FIELD(NPV_T_UINT, npv_session, reinjected),
	[NPV_A_SESSION_DUPLICATES]	= NPV_FIELD(NPV_T_UINT, npv_session, duplicates),
	[NPV_A_SESSION_NATIVE_ID]	= NPV_FIELD(NPV_T_UINT, npv_session, native_id),
	[NPV_A_SESSION_NATIVE_PEER_ID]	= NPV_FIELD(NPV_T_UINT, npv_session, native_peer_id),
	[NPV_A_SESSION_NPV_PORT]	= NPV_FIELD(NPV_T_BE16, npv_session, npv_port),
	[NPV_A_SESSION_REMOTES]		= NPV_FIELD(NPV_T_U32, npv_session, remotes),
	[NPV_A_SESSION_RULE]		= NPV_FIELD(NPV_T_U32, npv_session, rule),
	[NPV_A_SESSION_PROFILE]		= NPV_FIELD(NPV_T_STRING, npv_session, profile),
	[NPV_A_SESSION_PINNED]		= NPV_FIELD(NPV_T_U8, npv_session, pinned),
	[NPV_A_SESSION_PEER_NAME]	= NPV_FIELD(NPV_T_STRING, npv_session, peer_name),
};

static const struct npv_field stack_fields[NPV_A_STACK_MAX + 1] = {
	[NPV_A_STACK_SESSION_ID]	= NPV_FIELD(NPV_T_UINT, npv_stack, session_id),
	[NPV_A_STACK_ID]		= NPV_FIELD(NPV_T_U32, npv_stack, id),
	[NPV_A_STACK_TRANSPORT]		= NPV_FIELD(NPV_T_U32, npv_stack, transport),
	[NPV_A_STACK_NETWORK]		= NPV_FIELD(NPV_T_U32, npv_stack, network),
	[NPV_A_STACK_TCP_STATE]		= NPV_FIELD(NPV_T_U32, npv_stack, tcp_state),
	[NPV_A_STACK_LOCAL_ADDR4]	= NPV_FIELD(NPV_T_ADDR4, npv_stack, local),
	[NPV_A_STACK_LOCAL_ADDR6]	= NPV_FIELD(NPV_T_ADDR6, npv_stack, local),
	[NPV_A_STACK_LOCAL_PORT]	= NPV_FIELD(NPV_T_PORT, npv_stack, local),
	[NPV_A_STACK_REMOTE_ADDR4]	= NPV_FIELD(NPV_T_ADDR4, npv_stack, remote),
	[NPV_A_STACK_REMOTE_ADDR6]	= NPV_FIELD(NPV_T_ADDR6, npv_stack, remote),
	[NPV_A_STACK_REMOTE_PORT]	= NPV_FIELD(NPV_T_PORT, npv_stack, remote),
	[NPV_A_STACK_IFINDEX]		= NPV_FIELD(NPV_T_U32, npv_stack, ifindex),
	[NPV_A_STACK_SRTT_US]		= NPV_FIELD(NPV_T_U32, npv_stack, srtt_us),
	[NPV_A_STACK_RTTVAR_US]		= NPV_FIELD(NPV_T_U32, npv_stack, rttvar_us),
	[NPV_A_STACK_CWND]		= NPV_FIELD(NPV_T_U32, npv_stack, cwnd),
	[NPV_A_STACK_MSS]		= NPV_FIELD(NPV_T_U32, npv_stack, mss),
	[NPV_A_STACK_RETRANSMITS]	= NPV_FIELD(NPV_T_U32, npv_stack, retransmits),
	[NPV_A_STACK_BYTES_SENT]	= NPV_FIELD(NPV_T_UINT, npv_stack, bytes_sent),
	[NPV_A_STACK_BYTES_ACKED]	= NPV_FIELD(NPV_T_UINT, npv_stack, bytes_acked),
	[NPV_A_STACK_BYTES_RECEIVED]	= NPV_FIELD(NPV_T_UINT, npv_stack, bytes_received),
	[NPV_A_STACK_DELIVERY_RATE]	= NPV_FIELD(NPV_T_UINT, npv_stack, delivery_rate),
	[NPV_A_STACK_RQUEUE]		= NPV_FIELD(NPV_T_U32, npv_stack, rqueue),
	[NPV_A_STACK_WQUEUE]		= NPV_FIELD(NPV_T_U32, npv_stack, wqueue),
	[NPV_A_STACK_CONGESTION]	= NPV_FIELD(NPV_T_STRING, npv_stack, congestion),
	[NPV_A_STACK_STATUS]		= NPV_FIELD(NPV_T_U32, npv_stack, status),
	[NPV_A_STACK_WEIGHT]		= NPV_FIELD(NPV_T_U32, npv_stack, weight),
	[NPV_A_STACK_BACKUP]		= NPV_FIELD(NPV_T_FLAG, npv_stack, backup),
	[NPV_A_STACK_PEER_BACKUP]	= NPV_FIELD(NPV_T_FLAG, npv_stack, peer_backup),
	[NPV_A_STACK_PAUSED]		= NPV_FIELD(NPV_T_FLAG, npv_stack, paused),
	[NPV_A_STACK_PEER_PAUSED]	= NPV_FIELD(NPV_T_FLAG, npv_stack, peer_paused),
	[NPV_A_STACK_PAYLOAD_SENT]	= NPV_FIELD(NPV_T_UINT, npv_stack, payload_sent),
	[NPV_A_STACK_PAYLOAD_RECEIVED]	= NPV_FIELD(NPV_T_UINT, npv_stack, payload_received),
	[NPV_A_STACK_REINJECTED]	= NPV_FIELD(NPV_T_UINT, npv_stack, reinjected),
	[NPV_A_STACK_ERROR]		= NPV_FIELD(NPV_T_U32, npv_stack, error),
	[NPV_A_STACK_ENDPOINT]		= NPV_FIELD(NPV_T_U32, npv_stack, endpoint),
	[NPV_A_STACK_LINK_TYPE]		= NPV_FIELD(NPV_T_U32, npv_stack, link_type),
	[NPV_A_STACK_LINK_SPEED]	= NPV_FIELD(NPV_T_U32, npv_stack, link_speed),
	[NPV_A_STACK_LOSS_PPM]		= NPV_FIELD(NPV_T_U32, npv_stack, loss_ppm),
	[NPV_A_STACK_JITTER_US]		= NPV_FIELD(NPV_T_U32, npv_stack, jitter_us),
	[NPV_A_STACK_HEARD_MS]		= NPV_FIELD(NPV_T_UINT, npv_stack, heard_ms),
	[NPV_A_STACK_QUEUE]		= NPV_FIELD(NPV_T_U32, npv_stack, queue),
	[NPV_A_STACK_CROSSED]		= NPV_FIELD(NPV_T_U32, npv_stack, crossed),
};

static const struct npv_field scheduler_fields[NPV_A_SCHEDULER_MAX + 1] = {
	[NPV_A_SCHEDULER_NAME]		= NPV_FIELD(NPV_T_STRING, npv_scheduler, name),
	[NPV_A_SCHEDULER_DEFAULT]	= NPV_FIELD(NPV_T_FLAG, npv_scheduler, is_default),
};

static const struct npv_field peer_fields[NPV_A_PEER_MAX + 1] = {
	[NPV_A_PEER_ADDR4]		= NPV_FIELD(NPV_T_ADDR4, npv_peer, address),
	[NPV_A_PEER_ADDR6]		= NPV_FIELD(NPV_T_ADDR6, npv_peer, address),
	[NPV_A_PEER_PORT]		= NPV_FIELD(NPV_T_PORT, npv_peer, address),
	[NPV_A_PEER_KIND]		= NPV_FIELD(NPV_T_U32, npv_peer, kind),
	[NPV_A_PEER_REASON]		= NPV_FIELD(NPV_T_U32, npv_peer, reason),
	[NPV_A_PEER_STATIC]		= NPV_FIELD(NPV_T_FLAG, npv_peer, is_static),
	[NPV_A_PEER_VERDICT]		= NPV_FIELD(NPV_T_U32, npv_peer, verdict),
	[NPV_A_PEER_SRTT_US]		= NPV_FIELD(NPV_T_U32, npv_peer, srtt_us),
	[NPV_A_PEER_AGE_MS]		= NPV_FIELD(NPV_T_UINT, npv_peer, age_ms),
	[NPV_A_PEER_EXPIRES_MS]		= NPV_FIELD(NPV_T_UINT, npv_peer, expires_ms),
	[NPV_A_PEER_RTTVAR_US]		= NPV_FIELD(NPV_T_U32, npv_peer, rttvar_us),
	[NPV_A_PEER_DELIVERY_RATE]	= NPV_FIELD(NPV_T_UINT, npv_peer, delivery_rate),
	[NPV_A_PEER_LOSS_PPM]		= NPV_FIELD(NPV_T_U32, npv_peer, loss_ppm),
};

_Static_assert(NPV_A_SESSION_MAX < 64 && NPV_A_STACK_MAX < 64 &&
	       NPV_A_INFO_MAX < 64 && NPV_A_PEER_MAX < 64,
	       "attributes don't fit the mask in @has");
_Static_assert(NPV_A_STATS_MAX < NPV_STATS_MAX, "counters don't fit");

int npv_module_decode(const struct nlmsghdr *nlh, struct npv_module *module)
{
	return npv_fields_decode(nlh, module, sizeof(*module), module_fields,
				 NPV_A_INFO_MAX);
}

int npv_session_decode(const struct nlmsghdr *nlh, struct npv_session *session)
{
	return npv_fields_decode(nlh, session, sizeof(*session), session_fields,
				 NPV_A_SESSION_MAX);
}

int npv_stack_decode(const struct nlmsghdr *nlh, struct npv_stack *stack)
{
	return npv_fields_decode(nlh, stack, sizeof(*stack), stack_fields,
				 NPV_A_STACK_MAX);
}

int npv_scheduler_decode(const struct nlmsghdr *nlh,
			 struct npv_scheduler *scheduler)
{
	return npv_fields_decode(nlh, scheduler, sizeof(*scheduler), scheduler_fields,
				 NPV_A_SCHEDULER_MAX);
}

int npv_peer_decode(const struct nlmsghdr *nlh, struct npv_peer *peer)
{
	return npv_fields_decode(nlh, peer, sizeof(*peer), peer_fields,
				 NPV_A_PEER_MAX);
}

/* All of one type and kept by number, so counters of a newer module show too */
int npv_stats_decode(const struct nlmsghdr *nlh, struct npv_stats *stats)
{
	const struct nlattr *attr;
	int left;

	memset(stats, 0, sizeof(*stats));
	attr = npv_attrs_start(nlh, &left);
	if (!attr)
		return npv_field_malformed();

	for (; left; attr = npv_attr_next(attr, &left)) {
		unsigned int type;

		if (!mnl_attr_ok(attr, left))
			return npv_field_malformed();
		type = mnl_attr_get_type(attr);
		if (!type || type >= NPV_STATS_MAX)
			continue;
		if (npv_field_uint(&stats->value[type], attr))
			return -1;
		stats->has[type] = true;
	}

	return 0;
}
