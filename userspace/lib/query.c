// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The requests of the family.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "export.h"
#include "handle.h"

/* Longest request; no attribute comes near it */
#define REQUEST_MAX	4096

/* How often to ask again for a dump that was interrupted */
#define DUMP_TRIES	4

/* Where the one answer of a get goes */
struct single {
	npv_module_cb	module_cb;
	npv_session_cb	session_cb;
	npv_stats_cb	stats_cb;
	void		*data;
};

static int module_reply(const struct nlmsghdr *nlh, void *data)
{
	struct single *single = data;
	struct npv_module module;

	if (npv_module_decode(nlh, &module))
		return -1;

	return single->module_cb(&module, single->data);
}

static int session_reply(const struct nlmsghdr *nlh, void *data)
{
	struct single *single = data;
	struct npv_session session;

	if (npv_session_decode(nlh, &session))
		return -1;

	return single->session_cb(&session, single->data);
}

static int stats_reply(const struct nlmsghdr *nlh, void *data)
{
	struct single *single = data;
	struct npv_stats stats;

	if (npv_stats_decode(nlh, &stats))
		return -1;

	return single->stats_cb(&stats, single->data);
}

/* The shorter of the two forms that type "uint" has */
static void put_uint(struct nlmsghdr *nlh, uint16_t type, uint64_t value)
{
	if (value <= UINT32_MAX)
		mnl_attr_put_u32(nlh, type, (uint32_t)value);
	else
		mnl_attr_put_u64(nlh, type, value);
}

NPV_EXPORT int npv_info_get(struct npv *npv, npv_module_cb cb, void *data)
{
	struct single single = { .module_cb = cb, .data = data };
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_INFO_GET, NLM_F_ACK);

	return npv_request_run(npv, nlh, module_reply, &single);
}

NPV_EXPORT int npv_session_get(struct npv *npv, uint64_t id, npv_session_cb cb,
			       void *data)
{
	struct single single = { .session_cb = cb, .data = data };
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_SESSION_GET, NLM_F_ACK);
	put_uint(nlh, NPV_A_SESSION_ID, id);

	return npv_request_run(npv, nlh, session_reply, &single);
}

NPV_EXPORT int npv_session_del(struct npv *npv, uint64_t id)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_SESSION_DEL, NLM_F_ACK);
	put_uint(nlh, NPV_A_SESSION_ID, id);

	return npv_request_run(npv, nlh, NULL, NULL);
}

NPV_EXPORT int npv_session_set_scheduler(struct npv *npv, uint64_t id,
					 const char *scheduler)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_SESSION_SET, NLM_F_ACK);
	put_uint(nlh, NPV_A_SESSION_ID, id);
	if (!mnl_attr_put_strz_check(nlh, REQUEST_MAX, NPV_A_SESSION_SCHEDULER,
				     scheduler))
		return npv_handle_fail(npv, EINVAL, "name is too long");

	return npv_request_run(npv, nlh, NULL, NULL);
}

/* In the attribute @attr4 or, of IPv6, the one behind it.
 * Return: -1 and errno EINVAL if @addr is of no family that the kernel knows
 */
static int put_addr(struct npv *npv, struct nlmsghdr *nlh, uint16_t attr4,
		    const struct npv_endpoint *addr)
{
	switch (addr->family) {
	case AF_INET:
		mnl_attr_put(nlh, attr4, sizeof(addr->v4), &addr->v4);
		return 0;
	case AF_INET6:
		mnl_attr_put(nlh, attr4 + 1, sizeof(addr->v6), &addr->v6);
		return 0;
	default:
		return npv_handle_fail(npv, EINVAL, "address of no known family");
	}
}

NPV_EXPORT int npv_stack_add(struct npv *npv, uint64_t session_id,
			     const struct npv_endpoint *local,
			     const struct npv_endpoint *remote,
			     uint32_t ifindex, int transport, bool backup)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_STACK_ADD, NLM_F_ACK);
	put_uint(nlh, NPV_A_STACK_SESSION_ID, session_id);
	if (local && local->family &&
	    put_addr(npv, nlh, NPV_A_STACK_LOCAL_ADDR4, local))
		return -1;
	if (remote && remote->family &&
	    put_addr(npv, nlh, NPV_A_STACK_REMOTE_ADDR4, remote))
		return -1;
	if (ifindex)
		mnl_attr_put_u32(nlh, NPV_A_STACK_IFINDEX, ifindex);
	if (transport >= 0)
		mnl_attr_put_u32(nlh, NPV_A_STACK_TRANSPORT,
				 (uint32_t)transport);
	if (backup)
		mnl_attr_put(nlh, NPV_A_STACK_BACKUP, 0, NULL);

	return npv_request_run(npv, nlh, NULL, NULL);
}

NPV_EXPORT int npv_stack_del(struct npv *npv, uint64_t session_id, uint32_t id)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_STACK_DEL, NLM_F_ACK);
	put_uint(nlh, NPV_A_STACK_SESSION_ID, session_id);
	mnl_attr_put_u32(nlh, NPV_A_STACK_ID, id);

	return npv_request_run(npv, nlh, NULL, NULL);
}

NPV_EXPORT int npv_stack_set(struct npv *npv, uint64_t session_id, uint32_t id,
			     int weight, int status)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_STACK_SET, NLM_F_ACK);
	put_uint(nlh, NPV_A_STACK_SESSION_ID, session_id);
	mnl_attr_put_u32(nlh, NPV_A_STACK_ID, id);
	if (weight != -1)
		mnl_attr_put_u32(nlh, NPV_A_STACK_WEIGHT, (uint32_t)weight);
	if (status != -1)
		mnl_attr_put_u32(nlh, NPV_A_STACK_STATUS, (uint32_t)status);

	return npv_request_run(npv, nlh, NULL, NULL);
}

static int put_peer(struct npv *npv, struct nlmsghdr *nlh,
		    const struct npv_endpoint *peer)
{
	if (put_addr(npv, nlh, NPV_A_PEER_ADDR4, peer))
		return -1;
	if (peer->port)
		mnl_attr_put_u16(nlh, NPV_A_PEER_PORT, htons(peer->port));

	return 0;
}

NPV_EXPORT int npv_peer_set(struct npv *npv, const struct npv_endpoint *peer,
			    uint32_t kind)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_PEER_SET, NLM_F_ACK);
	if (put_peer(npv, nlh, peer))
		return -1;
	mnl_attr_put_u32(nlh, NPV_A_PEER_KIND, kind);

	return npv_request_run(npv, nlh, NULL, NULL);
}

NPV_EXPORT int npv_peer_del(struct npv *npv, const struct npv_endpoint *peer)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_PEER_DEL, NLM_F_ACK);
	if (put_peer(npv, nlh, peer))
		return -1;

	return npv_request_run(npv, nlh, NULL, NULL);
}

NPV_EXPORT int npv_peer_flush(struct npv *npv, bool all)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_PEER_FLUSH, NLM_F_ACK);
	if (all)
		mnl_attr_put(nlh, NPV_A_PEER_STATIC, 0, NULL);

	return npv_request_run(npv, nlh, NULL, NULL);
}

NPV_EXPORT int npv_stats_get(struct npv *npv, npv_stats_cb cb, void *data)
{
	struct single single = { .stats_cb = cb, .data = data };
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_STATS_GET, NLM_F_ACK);

	return npv_request_run(npv, nlh, stats_reply, &single);
}

/* A dump is gathered first and delivered then, so that it can be asked for
 * again, and so that callbacks can make requests of their own.
 */
struct gather {
	int	(*decode)(const struct nlmsghdr *nlh, void *entry);
	size_t	size;
	size_t	count;
	size_t	room;
	char	*entries;
};

static int gather_reply(const struct nlmsghdr *nlh, void *data)
{
	struct gather *gather = data;
	size_t room;
	char *more;

	if (gather->count == gather->room) {
		room = gather->room ? gather->room * 2 : 32;
		more = reallocarray(gather->entries, room, gather->size);
		if (!more)
			return -1;
		gather->entries = more;
		gather->room = room;
	}
	if (gather->decode(nlh, gather->entries + gather->count * gather->size))
		return -1;
	gather->count++;

	return 0;
}

static int gather_run(struct npv *npv, struct gather *gather, uint8_t cmd,
		      uint16_t attr, uint64_t value)
{
	struct nlmsghdr *nlh;
	int ret, i;

	for (i = 0; i < DUMP_TRIES; i++) {
		gather->count = 0;
		nlh = npv_request_new(npv, npv->family, cmd, NLM_F_DUMP);
		if (value)
			put_uint(nlh, attr, value);
		ret = npv_request_run(npv, nlh, gather_reply, gather);
		if (ret != NPV_INTERRUPTED)
			break;
	}

	return ret;
}

static int decode_peer(const struct nlmsghdr *nlh, void *entry)
{
	return npv_peer_decode(nlh, entry);
}

static int decode_scheduler(const struct nlmsghdr *nlh, void *entry)
{
	return npv_scheduler_decode(nlh, entry);
}

static int decode_session(const struct nlmsghdr *nlh, void *entry)
{
	return npv_session_decode(nlh, entry);
}

static int decode_stack(const struct nlmsghdr *nlh, void *entry)
{
	return npv_stack_decode(nlh, entry);
}

NPV_EXPORT int npv_session_dump(struct npv *npv, npv_session_cb cb, void *data)
{
	struct gather gather = {
		.decode = decode_session, .size = sizeof(struct npv_session),
	};
	const struct npv_session *sessions;
	int ret, done = 0;
	size_t i;

	ret = gather_run(npv, &gather, NPV_CMD_SESSION_GET, 0, 0);
	sessions = (const struct npv_session *)gather.entries;
	for (i = 0; ret >= 0 && done >= 0 && i < gather.count; i++)
		done = cb(&sessions[i], data);
	free(gather.entries);

	return done < 0 ? done : ret;
}

NPV_EXPORT int npv_stack_dump(struct npv *npv, uint64_t session_id,
			      npv_stack_cb cb, void *data)
{
	struct gather gather = {
		.decode = decode_stack, .size = sizeof(struct npv_stack),
	};
	const struct npv_stack *stacks;
	int ret, done = 0;
	size_t i;

	ret = gather_run(npv, &gather, NPV_CMD_STACK_GET,
			 NPV_A_STACK_SESSION_ID, session_id);
	stacks = (const struct npv_stack *)gather.entries;
	for (i = 0; ret >= 0 && done >= 0 && i < gather.count; i++)
		done = cb(&stacks[i], data);
	free(gather.entries);

	return done < 0 ? done : ret;
}

NPV_EXPORT int npv_peer_dump(struct npv *npv, npv_peer_cb cb, void *data)
{
	struct gather gather = {
		.decode = decode_peer, .size = sizeof(struct npv_peer),
	};
	const struct npv_peer *peers;
	int ret, done = 0;
	size_t i;

	ret = gather_run(npv, &gather, NPV_CMD_PEER_GET, 0, 0);
	peers = (const struct npv_peer *)gather.entries;
	for (i = 0; ret >= 0 && done >= 0 && i < gather.count; i++)
		done = cb(&peers[i], data);
	free(gather.entries);

	return done < 0 ? done : ret;
}

NPV_EXPORT int npv_scheduler_dump(struct npv *npv, npv_scheduler_cb cb,
				  void *data)
{
	struct gather gather = {
		.decode = decode_scheduler,
		.size = sizeof(struct npv_scheduler),
	};
	const struct npv_scheduler *schedulers;
	int ret, done = 0;
	size_t i;

	ret = gather_run(npv, &gather, NPV_CMD_SCHEDULER_GET, 0, 0);
	schedulers = (const struct npv_scheduler *)gather.entries;
	for (i = 0; ret >= 0 && done >= 0 && i < gather.count; i++)
		done = cb(&schedulers[i], data);
	free(gather.entries);

	return done < 0 ? done : ret;
}
