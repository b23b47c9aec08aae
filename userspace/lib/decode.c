// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Netlink messages to structs: one table an object.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "decode.h"

/* Types of attributes as in the specification */
enum type {
	T_NONE,
	T_U32,		/* into uint32_t */
	T_UINT,		/* 4 or 8 bytes, into uint64_t */
	T_STRING,	/* into char[], cut off where it is too long */
	T_STRINGS,	/* repeated, into the features of struct npv_module */
	T_PORT,		/* big endian u16, into npv_endpoint.port */
	T_BE16,		/* big endian u16, into uint32_t */
	T_ADDR4,	/* into npv_endpoint.v4 */
	T_ADDR6,	/* into npv_endpoint.v6 */
	T_FLAG,		/* empty, into uint32_t as 1 */
};

struct field {
	enum type	type;
	uint16_t	offset;
	uint16_t	size;
};

#define FIELD(t, s, m)	{ t, offsetof(struct s, m), sizeof(((struct s *)0)->m) }

static const struct field module_fields[NPV_A_INFO_MAX + 1] = {
	[NPV_A_INFO_VERSION]	= FIELD(T_STRING, npv_module, version),
	[NPV_A_INFO_FAMILY]	= FIELD(T_U32, npv_module, family),
	[NPV_A_INFO_SESSIONS]	= FIELD(T_U32, npv_module, sessions),
	[NPV_A_INFO_FEATURES]	= FIELD(T_STRINGS, npv_module, features),
};

static const struct field session_fields[NPV_A_SESSION_MAX + 1] = {
	[NPV_A_SESSION_ID]		= FIELD(T_UINT, npv_session, id),
	[NPV_A_SESSION_TYPE]		= FIELD(T_U32, npv_session, type),
	[NPV_A_SESSION_KIND]		= FIELD(T_U32, npv_session, kind),
	[NPV_A_SESSION_STATE]		= FIELD(T_U32, npv_session, state),
	[NPV_A_SESSION_REASON]		= FIELD(T_U32, npv_session, reason),
	[NPV_A_SESSION_UID]		= FIELD(T_U32, npv_session, uid),
	[NPV_A_SESSION_INODE]		= FIELD(T_UINT, npv_session, inode),
	[NPV_A_SESSION_COMM]		= FIELD(T_STRING, npv_session, comm),
	[NPV_A_SESSION_NAME_FAMILY]	= FIELD(T_U32, npv_session, name_family),
	[NPV_A_SESSION_LOCAL_ADDR4]	= FIELD(T_ADDR4, npv_session, local),
	[NPV_A_SESSION_LOCAL_ADDR6]	= FIELD(T_ADDR6, npv_session, local),
	[NPV_A_SESSION_LOCAL_PORT]	= FIELD(T_PORT, npv_session, local),
	[NPV_A_SESSION_REMOTE_ADDR4]	= FIELD(T_ADDR4, npv_session, remote),
	[NPV_A_SESSION_REMOTE_ADDR6]	= FIELD(T_ADDR6, npv_session, remote),
	[NPV_A_SESSION_REMOTE_PORT]	= FIELD(T_PORT, npv_session, remote),
	[NPV_A_SESSION_STACKS]		= FIELD(T_U32, npv_session, stacks),
	[NPV_A_SESSION_CANDIDATES]	= FIELD(T_U32, npv_session, candidates),
	[NPV_A_SESSION_ATTEMPTS]	= FIELD(T_U32, npv_session, attempts),
	[NPV_A_SESSION_CONNECT_US]	= FIELD(T_U32, npv_session, connect_us),
	[NPV_A_SESSION_AGE_MS]		= FIELD(T_UINT, npv_session, age_ms),
	[NPV_A_SESSION_ERROR]		= FIELD(T_U32, npv_session, error),
	[NPV_A_SESSION_SCHEDULER]	= FIELD(T_STRING, npv_session, scheduler),
	[NPV_A_SESSION_BYTES_SENT]	= FIELD(T_UINT, npv_session, bytes_sent),
	[NPV_A_SESSION_BYTES_ACKED]	= FIELD(T_UINT, npv_session, bytes_acked),
	[NPV_A_SESSION_BYTES_RECEIVED]	= FIELD(T_UINT, npv_session, bytes_received),
	[NPV_A_SESSION_SNDQ]		= FIELD(T_UINT, npv_session, sndq),
	[NPV_A_SESSION_RCVQ]		= FIELD(T_UINT, npv_session, rcvq),
	[NPV_A_SESSION_OOO_QUEUE]	= FIELD(T_UINT, npv_session, ooo_queue),
	[NPV_A_SESSION_SND_WINDOW]	= FIELD(T_UINT, npv_session, snd_window),
	[NPV_A_SESSION_RCV_WINDOW]	= FIELD(T_UINT, npv_session, rcv_window),
	[NPV_A_SESSION_REINJECTED]	= FIELD(T_UINT, npv_session, reinjected),
	[NPV_A_SESSION_DUPLICATES]	= FIELD(T_UINT, npv_session, duplicates),
	[NPV_A_SESSION_NATIVE_ID]	= FIELD(T_UINT, npv_session, native_id),
	[NPV_A_SESSION_NATIVE_PEER_ID]	= FIELD(T_UINT, npv_session, native_peer_id),
	[NPV_A_SESSION_NPV_PORT]	= FIELD(T_BE16, npv_session, npv_port),
	[NPV_A_SESSION_REMOTES]		= FIELD(T_U32, npv_session, remotes),
};

static const struct field stack_fields[NPV_A_STACK_MAX + 1] = {
	[NPV_A_STACK_SESSION_ID]	= FIELD(T_UINT, npv_stack, session_id),
	[NPV_A_STACK_ID]		= FIELD(T_U32, npv_stack, id),
	[NPV_A_STACK_TRANSPORT]		= FIELD(T_U32, npv_stack, transport),
	[NPV_A_STACK_NETWORK]		= FIELD(T_U32, npv_stack, network),
	[NPV_A_STACK_TCP_STATE]		= FIELD(T_U32, npv_stack, tcp_state),
	[NPV_A_STACK_LOCAL_ADDR4]	= FIELD(T_ADDR4, npv_stack, local),
	[NPV_A_STACK_LOCAL_ADDR6]	= FIELD(T_ADDR6, npv_stack, local),
	[NPV_A_STACK_LOCAL_PORT]	= FIELD(T_PORT, npv_stack, local),
	[NPV_A_STACK_REMOTE_ADDR4]	= FIELD(T_ADDR4, npv_stack, remote),
	[NPV_A_STACK_REMOTE_ADDR6]	= FIELD(T_ADDR6, npv_stack, remote),
	[NPV_A_STACK_REMOTE_PORT]	= FIELD(T_PORT, npv_stack, remote),
	[NPV_A_STACK_IFINDEX]		= FIELD(T_U32, npv_stack, ifindex),
	[NPV_A_STACK_SRTT_US]		= FIELD(T_U32, npv_stack, srtt_us),
	[NPV_A_STACK_RTTVAR_US]		= FIELD(T_U32, npv_stack, rttvar_us),
	[NPV_A_STACK_CWND]		= FIELD(T_U32, npv_stack, cwnd),
	[NPV_A_STACK_MSS]		= FIELD(T_U32, npv_stack, mss),
	[NPV_A_STACK_RETRANSMITS]	= FIELD(T_U32, npv_stack, retransmits),
	[NPV_A_STACK_BYTES_SENT]	= FIELD(T_UINT, npv_stack, bytes_sent),
	[NPV_A_STACK_BYTES_ACKED]	= FIELD(T_UINT, npv_stack, bytes_acked),
	[NPV_A_STACK_BYTES_RECEIVED]	= FIELD(T_UINT, npv_stack, bytes_received),
	[NPV_A_STACK_DELIVERY_RATE]	= FIELD(T_UINT, npv_stack, delivery_rate),
	[NPV_A_STACK_RQUEUE]		= FIELD(T_U32, npv_stack, rqueue),
	[NPV_A_STACK_WQUEUE]		= FIELD(T_U32, npv_stack, wqueue),
	[NPV_A_STACK_CONGESTION]	= FIELD(T_STRING, npv_stack, congestion),
	[NPV_A_STACK_STATUS]		= FIELD(T_U32, npv_stack, status),
	[NPV_A_STACK_WEIGHT]		= FIELD(T_U32, npv_stack, weight),
	[NPV_A_STACK_BACKUP]		= FIELD(T_FLAG, npv_stack, backup),
	[NPV_A_STACK_PEER_BACKUP]	= FIELD(T_FLAG, npv_stack, peer_backup),
	[NPV_A_STACK_PAUSED]		= FIELD(T_FLAG, npv_stack, paused),
	[NPV_A_STACK_PEER_PAUSED]	= FIELD(T_FLAG, npv_stack, peer_paused),
	[NPV_A_STACK_PAYLOAD_SENT]	= FIELD(T_UINT, npv_stack, payload_sent),
	[NPV_A_STACK_PAYLOAD_RECEIVED]	= FIELD(T_UINT, npv_stack, payload_received),
	[NPV_A_STACK_REINJECTED]	= FIELD(T_UINT, npv_stack, reinjected),
	[NPV_A_STACK_ERROR]		= FIELD(T_U32, npv_stack, error),
};

static const struct field scheduler_fields[NPV_A_SCHEDULER_MAX + 1] = {
	[NPV_A_SCHEDULER_NAME]		= FIELD(T_STRING, npv_scheduler, name),
	[NPV_A_SCHEDULER_DEFAULT]	= FIELD(T_FLAG, npv_scheduler, is_default),
};

static const struct field peer_fields[NPV_A_PEER_MAX + 1] = {
	[NPV_A_PEER_ADDR4]		= FIELD(T_ADDR4, npv_peer, address),
	[NPV_A_PEER_ADDR6]		= FIELD(T_ADDR6, npv_peer, address),
	[NPV_A_PEER_PORT]		= FIELD(T_PORT, npv_peer, address),
	[NPV_A_PEER_KIND]		= FIELD(T_U32, npv_peer, kind),
	[NPV_A_PEER_REASON]		= FIELD(T_U32, npv_peer, reason),
	[NPV_A_PEER_STATIC]		= FIELD(T_FLAG, npv_peer, is_static),
	[NPV_A_PEER_VERDICT]		= FIELD(T_U32, npv_peer, verdict),
	[NPV_A_PEER_SRTT_US]		= FIELD(T_U32, npv_peer, srtt_us),
	[NPV_A_PEER_AGE_MS]		= FIELD(T_UINT, npv_peer, age_ms),
	[NPV_A_PEER_EXPIRES_MS]		= FIELD(T_UINT, npv_peer, expires_ms),
};

_Static_assert(NPV_A_SESSION_MAX < 64 && NPV_A_STACK_MAX < 64 &&
	       NPV_A_INFO_MAX < 64 && NPV_A_PEER_MAX < 64,
	       "attributes don't fit the mask in @has");
_Static_assert(NPV_A_STATS_MAX < NPV_STATS_MAX, "counters don't fit");

static int malformed(void)
{
	errno = EBADMSG;
	return -1;
}

/* Attributes lie at 4 bytes, whatever they hold: never look at them in place */
static int copy_exact(void *to, const struct nlattr *attr, size_t size)
{
	if (mnl_attr_get_payload_len(attr) != size)
		return malformed();
	memcpy(to, mnl_attr_get_payload(attr), size);

	return 0;
}

static int copy_uint(uint64_t *to, const struct nlattr *attr)
{
	uint32_t u32;

	if (mnl_attr_get_payload_len(attr) == sizeof(*to))
		return copy_exact(to, attr, sizeof(*to));
	if (copy_exact(&u32, attr, sizeof(u32)))
		return -1;
	*to = u32;

	return 0;
}

static int copy_string(char *to, size_t size, const struct nlattr *attr)
{
	const char *from = mnl_attr_get_payload(attr);
	size_t max = mnl_attr_get_payload_len(attr);
	size_t len = strnlen(from, max);

	if (len == max)		/* no NUL at its end */
		return malformed();
	if (len >= size)
		len = size - 1;
	memcpy(to, from, len);
	to[len] = '\0';

	return 0;
}

static int decode_feature(struct npv_module *module, const struct nlattr *attr)
{
	int ret;

	if (module->feature_count == NPV_FEATURES_MAX)
		return 0;
	ret = copy_string(module->features[module->feature_count],
			  sizeof(module->features[0]), attr);
	if (!ret)
		module->feature_count++;

	return ret;
}

static int decode_attr(void *result, const struct field *field,
		       const struct nlattr *attr)
{
	void *to = (char *)result + field->offset;
	struct npv_endpoint *endpoint = to;
	uint32_t u32 = 1;
	uint16_t port;

	switch (field->type) {
	case T_NONE:
		return 0;
	case T_U32:
		return copy_exact(to, attr, sizeof(uint32_t));
	case T_UINT:
		return copy_uint(to, attr);
	case T_STRING:
		return copy_string(to, field->size, attr);
	case T_STRINGS:
		return decode_feature(result, attr);
	case T_PORT:
		if (copy_exact(&port, attr, sizeof(port)))
			return -1;
		endpoint->port = ntohs(port);
		return 0;
	case T_BE16:
		if (copy_exact(&port, attr, sizeof(port)))
			return -1;
		u32 = ntohs(port);
		memcpy(to, &u32, sizeof(u32));
		return 0;
	case T_ADDR4:
		endpoint->family = AF_INET;
		return copy_exact(&endpoint->v4, attr, sizeof(endpoint->v4));
	case T_ADDR6:
		endpoint->family = AF_INET6;
		return copy_exact(&endpoint->v6, attr, sizeof(endpoint->v6));
	case T_FLAG:
		memcpy(to, &u32, sizeof(u32));
		return mnl_attr_get_payload_len(attr) ? malformed() : 0;
	}

	return 0;
}

/* Start of the attributes and, in @left, their length */
static const struct nlattr *attrs_start(const struct nlmsghdr *nlh, int *left)
{
	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + GENL_HDRLEN)
		return NULL;
	*left = (int)(nlh->nlmsg_len - MNL_NLMSG_HDRLEN - GENL_HDRLEN);

	return mnl_nlmsg_get_payload_offset(nlh, GENL_HDRLEN);
}

/* The attribute after @attr; the last need not be padded */
static const struct nlattr *attr_next(const struct nlattr *attr, int *left)
{
	int step = MNL_ALIGN(attr->nla_len);

	*left -= step < *left ? step : *left;

	return (const struct nlattr *)((const char *)attr + step);
}

/* Every result begins with its mask */
static int decode(const struct nlmsghdr *nlh, void *result, size_t size,
		  const struct field *fields, unsigned int max)
{
	const struct nlattr *attr;
	uint64_t *has = result;
	int left;

	memset(result, 0, size);
	attr = attrs_start(nlh, &left);
	if (!attr)
		return malformed();

	for (; left; attr = attr_next(attr, &left)) {
		unsigned int type;

		if (!mnl_attr_ok(attr, left))
			return malformed();
		type = mnl_attr_get_type(attr);
		if (type > max || fields[type].type == T_NONE)
			continue;
		if (decode_attr(result, &fields[type], attr))
			return -1;
		*has |= 1ULL << type;
	}

	return 0;
}

int npv_module_decode(const struct nlmsghdr *nlh, struct npv_module *module)
{
	return decode(nlh, module, sizeof(*module), module_fields,
		      NPV_A_INFO_MAX);
}

int npv_session_decode(const struct nlmsghdr *nlh, struct npv_session *session)
{
	return decode(nlh, session, sizeof(*session), session_fields,
		      NPV_A_SESSION_MAX);
}

int npv_stack_decode(const struct nlmsghdr *nlh, struct npv_stack *stack)
{
	return decode(nlh, stack, sizeof(*stack), stack_fields,
		      NPV_A_STACK_MAX);
}

int npv_scheduler_decode(const struct nlmsghdr *nlh,
			 struct npv_scheduler *scheduler)
{
	return decode(nlh, scheduler, sizeof(*scheduler), scheduler_fields,
		      NPV_A_SCHEDULER_MAX);
}

int npv_peer_decode(const struct nlmsghdr *nlh, struct npv_peer *peer)
{
	return decode(nlh, peer, sizeof(*peer), peer_fields, NPV_A_PEER_MAX);
}

/* All of one type and kept by number, so counters of a newer module show too */
int npv_stats_decode(const struct nlmsghdr *nlh, struct npv_stats *stats)
{
	const struct nlattr *attr;
	int left;

	memset(stats, 0, sizeof(*stats));
	attr = attrs_start(nlh, &left);
	if (!attr)
		return malformed();

	for (; left; attr = attr_next(attr, &left)) {
		unsigned int type;

		if (!mnl_attr_ok(attr, left))
			return malformed();
		type = mnl_attr_get_type(attr);
		if (!type || type >= NPV_STATS_MAX)
			continue;
		if (copy_uint(&stats->value[type], attr))
			return -1;
		stats->has[type] = true;
	}

	return 0;
}
