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
#include "gather.h"
#include "handle.h"

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
	npv_put_uint(nlh, NPV_A_SESSION_ID, id);

	return npv_request_run(npv, nlh, session_reply, &single);
}

NPV_EXPORT int npv_session_del(struct npv *npv, uint64_t id)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_SESSION_DEL, NLM_F_ACK);
	npv_put_uint(nlh, NPV_A_SESSION_ID, id);

	return npv_request_run(npv, nlh, NULL, NULL);
}

NPV_EXPORT int npv_session_set(struct npv *npv, uint64_t id, const char *scheduler,
			       const char *profile, int pinned)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_SESSION_SET, NLM_F_ACK);
	npv_put_uint(nlh, NPV_A_SESSION_ID, id);
	if (scheduler &&
	    npv_put_string(npv, nlh, NPV_A_SESSION_SCHEDULER, scheduler))
		return -1;
	if (profile && npv_put_string(npv, nlh, NPV_A_SESSION_PROFILE, profile))
		return -1;
	if (pinned >= 0)
		mnl_attr_put_u8(nlh, NPV_A_SESSION_PINNED, !!pinned);

	return npv_request_run(npv, nlh, NULL, NULL);
}

NPV_EXPORT int npv_session_set_scheduler(struct npv *npv, uint64_t id,
					 const char *scheduler)
{
	return npv_session_set(npv, id, scheduler, NULL, -1);
}

NPV_EXPORT int npv_session_set_profile(struct npv *npv, uint64_t id,
				       const char *profile)
{
	return npv_session_set(npv, id, NULL, profile, -1);
}

NPV_EXPORT int npv_session_set_pinned(struct npv *npv, uint64_t id, bool pinned)
{
	return npv_session_set(npv, id, NULL, NULL, pinned);
}

NPV_EXPORT int npv_stack_add(struct npv *npv, uint64_t session_id,
			     const struct npv_address *local,
			     const struct npv_address *remote,
			     uint32_t ifindex, int transport, bool backup)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_STACK_ADD, NLM_F_ACK);
	npv_put_uint(nlh, NPV_A_STACK_SESSION_ID, session_id);
	if (local && local->family &&
	    npv_put_addr(npv, nlh, NPV_A_STACK_LOCAL_ADDR4, local))
		return -1;
	if (remote && remote->family &&
	    npv_put_addr(npv, nlh, NPV_A_STACK_REMOTE_ADDR4, remote))
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
	npv_put_uint(nlh, NPV_A_STACK_SESSION_ID, session_id);
	mnl_attr_put_u32(nlh, NPV_A_STACK_ID, id);

	return npv_request_run(npv, nlh, NULL, NULL);
}

NPV_EXPORT int npv_stack_set(struct npv *npv, uint64_t session_id, uint32_t id,
			     int weight, int status)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_STACK_SET, NLM_F_ACK);
	npv_put_uint(nlh, NPV_A_STACK_SESSION_ID, session_id);
	mnl_attr_put_u32(nlh, NPV_A_STACK_ID, id);
	if (weight != -1)
		mnl_attr_put_u32(nlh, NPV_A_STACK_WEIGHT, (uint32_t)weight);
	if (status != -1)
		mnl_attr_put_u32(nlh, NPV_A_STACK_STATUS, (uint32_t)status);

	return npv_request_run(npv, nlh, NULL, NULL);
}

static int put_peer(struct npv *npv, struct nlmsghdr *nlh,
		    const struct npv_address *peer)
{
	if (npv_put_addr(npv, nlh, NPV_A_PEER_ADDR4, peer))
		return -1;
	if (peer->port)
		mnl_attr_put_u16(nlh, NPV_A_PEER_PORT, htons(peer->port));

	return 0;
}

NPV_EXPORT int npv_peer_set(struct npv *npv, const struct npv_address *peer,
			    uint32_t kind)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_PEER_SET, NLM_F_ACK);
	if (put_peer(npv, nlh, peer))
		return -1;
	mnl_attr_put_u32(nlh, NPV_A_PEER_KIND, kind);

	return npv_request_run(npv, nlh, NULL, NULL);
}

NPV_EXPORT int npv_peer_del(struct npv *npv, const struct npv_address *peer)
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
	struct npv_gather gather = {
		.decode = decode_session, .size = sizeof(struct npv_session),
	};
	const struct npv_session *sessions;
	int ret, done = 0;
	size_t i;

	ret = npv_gather_run(npv, &gather, NPV_CMD_SESSION_GET, NULL, NULL);
	sessions = (const struct npv_session *)gather.entries;
	for (i = 0; ret >= 0 && done >= 0 && i < gather.count; i++)
		done = cb(&sessions[i], data);
	free(gather.entries);

	return done < 0 ? done : ret;
}

static void put_session(struct nlmsghdr *nlh, const void *data)
{
	const uint64_t *session_id = data;

	if (*session_id)
		npv_put_uint(nlh, NPV_A_STACK_SESSION_ID, *session_id);
}

NPV_EXPORT int npv_stack_dump(struct npv *npv, uint64_t session_id,
			      npv_stack_cb cb, void *data)
{
	struct npv_gather gather = {
		.decode = decode_stack, .size = sizeof(struct npv_stack),
	};
	const struct npv_stack *stacks;
	int ret, done = 0;
	size_t i;

	ret = npv_gather_run(npv, &gather, NPV_CMD_STACK_GET, put_session, &session_id);
	stacks = (const struct npv_stack *)gather.entries;
	for (i = 0; ret >= 0 && done >= 0 && i < gather.count; i++)
		done = cb(&stacks[i], data);
	free(gather.entries);

	return done < 0 ? done : ret;
}

NPV_EXPORT int npv_peer_dump(struct npv *npv, npv_peer_cb cb, void *data)
{
	struct npv_gather gather = {
		.decode = decode_peer, .size = sizeof(struct npv_peer),
	};
	const struct npv_peer *peers;
	int ret, done = 0;
	size_t i;

	ret = npv_gather_run(npv, &gather, NPV_CMD_PEER_GET, NULL, NULL);
	peers = (const struct npv_peer *)gather.entries;
	for (i = 0; ret >= 0 && done >= 0 && i < gather.count; i++)
		done = cb(&peers[i], data);
	free(gather.entries);

	return done < 0 ? done : ret;
}

NPV_EXPORT int npv_scheduler_dump(struct npv *npv, npv_scheduler_cb cb,
				  void *data)
{
	struct npv_gather gather = {
		.decode = decode_scheduler,
		.size = sizeof(struct npv_scheduler),
	};
	const struct npv_scheduler *schedulers;
	int ret, done = 0;
	size_t i;

	ret = npv_gather_run(npv, &gather, NPV_CMD_SCHEDULER_GET, NULL, NULL);
	schedulers = (const struct npv_scheduler *)gather.entries;
	for (i = 0; ret >= 0 && done >= 0 && i < gather.count; i++)
		done = cb(&schedulers[i], data);
	free(gather.entries);

	return done < 0 ? done : ret;
}
