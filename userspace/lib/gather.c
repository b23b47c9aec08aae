// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Dumps.
 */
#include <stdlib.h>

#include "gather.h"

/* How often to ask again for a dump that was interrupted */
#define DUMP_TRIES	4

static int gather_reply(const struct nlmsghdr *nlh, void *data)
{
	struct npv_gather *gather = data;
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

int npv_gather_run(struct npv *npv, struct npv_gather *gather, uint8_t cmd,
		   void (*put)(struct nlmsghdr *nlh, const void *data), const void *data)
{
	struct nlmsghdr *nlh;
	int ret, i;

	for (i = 0; i < DUMP_TRIES; i++) {
		gather->count = 0;
		nlh = npv_request_new(npv, npv->family, cmd, NLM_F_DUMP);
		if (put)
			put(nlh, data);
		ret = npv_request_run(npv, nlh, gather_reply, gather);
		if (ret != NPV_INTERRUPTED)
			break;
	}

	return ret;
}
