// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Endpoints.
 */
#include <stdlib.h>

#include "decode.h"
#include "export.h"
#include "fields.h"
#include "gather.h"

#define BIT_OF(attr)	(1ULL << NPV_A_ENDPOINT_##attr)

/* What says how an endpoint is to be used, and what says which it is */
#define SETTINGS	(BIT_OF(COST) | BIT_OF(WEIGHT) | BIT_OF(BACKUP) | \
			 BIT_OF(METERED) | BIT_OF(DISABLED) | BIT_OF(MAX_RATE))
#define IDENTITY	(BIT_OF(ADDR4) | BIT_OF(ADDR6) | BIT_OF(IFNAME))

static const struct npv_field fields[NPV_A_ENDPOINT_MAX + 1] = {
	[NPV_A_ENDPOINT_ID]		= NPV_FIELD(NPV_T_U32, npv_endpoint, id),
	[NPV_A_ENDPOINT_ADDR4]		= NPV_FIELD(NPV_T_ADDR4, npv_endpoint, address),
	[NPV_A_ENDPOINT_ADDR6]		= NPV_FIELD(NPV_T_ADDR6, npv_endpoint, address),
	[NPV_A_ENDPOINT_IFINDEX]	= NPV_FIELD(NPV_T_U32, npv_endpoint, ifindex),
	[NPV_A_ENDPOINT_IFNAME]		= NPV_FIELD(NPV_T_STRING, npv_endpoint, ifname),
	[NPV_A_ENDPOINT_COST]		= NPV_FIELD(NPV_T_U32, npv_endpoint, cost),
	[NPV_A_ENDPOINT_WEIGHT]		= NPV_FIELD(NPV_T_U32, npv_endpoint, weight),
	[NPV_A_ENDPOINT_BACKUP]		= NPV_FIELD(NPV_T_U8, npv_endpoint, backup),
	[NPV_A_ENDPOINT_METERED]	= NPV_FIELD(NPV_T_U8, npv_endpoint, metered),
	[NPV_A_ENDPOINT_DISABLED]	= NPV_FIELD(NPV_T_U8, npv_endpoint, disabled),
	[NPV_A_ENDPOINT_MAX_RATE]	= NPV_FIELD(NPV_T_UINT, npv_endpoint, max_rate),
	[NPV_A_ENDPOINT_AUTOMATIC]	= NPV_FIELD(NPV_T_FLAG, npv_endpoint, automatic),
	[NPV_A_ENDPOINT_UP]		= NPV_FIELD(NPV_T_FLAG, npv_endpoint, up),
	[NPV_A_ENDPOINT_TEMPORARY]	= NPV_FIELD(NPV_T_FLAG, npv_endpoint, temporary),
	[NPV_A_ENDPOINT_LINK_TYPE]	= NPV_FIELD(NPV_T_U32, npv_endpoint, link_type),
	[NPV_A_ENDPOINT_LINK_SPEED]	= NPV_FIELD(NPV_T_U32, npv_endpoint, link_speed),
	[NPV_A_ENDPOINT_OPERATOR]	= NPV_FIELD(NPV_T_U32, npv_endpoint, named),
};

int npv_endpoint_decode(const struct nlmsghdr *nlh, struct npv_endpoint *endpoint)
{
	return npv_fields_decode(nlh, endpoint, sizeof(*endpoint), fields,
				 NPV_A_ENDPOINT_MAX);
}

static int decode_entry(const struct nlmsghdr *nlh, void *entry)
{
	return npv_endpoint_decode(nlh, entry);
}

NPV_EXPORT int npv_endpoint_dump(struct npv *npv, npv_endpoint_cb cb, void *data)
{
	struct npv_gather gather = {
		.decode = decode_entry, .size = sizeof(struct npv_endpoint),
	};
	const struct npv_endpoint *endpoints;
	int ret, done = 0;
	size_t i;

	ret = npv_gather_run(npv, &gather, NPV_CMD_ENDPOINT_GET, NULL, NULL);
	endpoints = (const struct npv_endpoint *)gather.entries;
	for (i = 0; ret >= 0 && done >= 0 && i < gather.count; i++)
		done = cb(&endpoints[i], data);
	free(gather.entries);

	return done < 0 ? done : ret;
}

static int id_reply(const struct nlmsghdr *nlh, void *data)
{
	struct npv_endpoint endpoint;
	uint32_t *id = data;

	if (npv_endpoint_decode(nlh, &endpoint))
		return -1;
	if (id && NPV_HAS(&endpoint, ENDPOINT_ID))
		*id = endpoint.id;

	return 0;
}

NPV_EXPORT int npv_endpoint_add(struct npv *npv, const struct npv_endpoint *endpoint,
				uint32_t *id)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_ENDPOINT_ADD, NLM_F_ACK);
	npv_fields_put(nlh, endpoint, BIT_OF(ID) | IDENTITY | SETTINGS, fields,
		       NPV_A_ENDPOINT_MAX);

	return npv_request_run(npv, nlh, id_reply, id);
}

NPV_EXPORT int npv_endpoint_set(struct npv *npv, const struct npv_endpoint *endpoint)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_ENDPOINT_SET, NLM_F_ACK);
	npv_fields_put(nlh, endpoint, BIT_OF(ID) | SETTINGS, fields,
		       NPV_A_ENDPOINT_MAX);

	return npv_request_run(npv, nlh, NULL, NULL);
}

NPV_EXPORT int npv_endpoint_del(struct npv *npv, uint32_t id)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_ENDPOINT_DEL, NLM_F_ACK);
	mnl_attr_put_u32(nlh, NPV_A_ENDPOINT_ID, id);

	return npv_request_run(npv, nlh, NULL, NULL);
}

NPV_EXPORT int npv_endpoint_flush(struct npv *npv)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_ENDPOINT_FLUSH, NLM_F_ACK);

	return npv_request_run(npv, nlh, NULL, NULL);
}
