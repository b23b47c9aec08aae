// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Opening and closing a handle; finding the generic netlink family.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>

#include "export.h"
#include "handle.h"

int npv_handle_fail(struct npv *npv, int err, const char *text)
{
	snprintf(npv->error, sizeof(npv->error), "%s", text ?: strerror(err));
	errno = err;

	return -1;
}

struct mnl_socket *npv_handle_socket(void)
{
	struct mnl_socket *nl;
	int one = 1, err;

	nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl)
		return NULL;

	/* Texts with errors, errors without a copy of the request, and errors
	 * for attributes that the kernel doesn't know. Kernels with this
	 * module have all three.
	 */
	if (mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &one, sizeof(one)) ||
	    mnl_socket_setsockopt(nl, NETLINK_CAP_ACK, &one, sizeof(one)) ||
	    mnl_socket_setsockopt(nl, NETLINK_GET_STRICT_CHK, &one,
				  sizeof(one)) ||
	    mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID)) {
		err = errno;
		mnl_socket_close(nl);
		errno = err;
		return NULL;
	}

	return nl;
}

static bool is_u32(const struct nlattr *attr)
{
	return mnl_attr_validate(attr, MNL_TYPE_U32) >= 0;
}

/* Take the number of the group in one entry of CTRL_ATTR_MCAST_GROUPS. */
static void take_group(struct npv *npv, const struct nlattr *entry)
{
	const struct nlattr *attr;
	const char *name = "";
	uint32_t id = 0;

	mnl_attr_for_each_nested(attr, entry) {
		switch (mnl_attr_get_type(attr)) {
		case CTRL_ATTR_MCAST_GRP_NAME:
			if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
				name = mnl_attr_get_str(attr);
			break;
		case CTRL_ATTR_MCAST_GRP_ID:
			if (is_u32(attr))
				id = mnl_attr_get_u32(attr);
			break;
		}
	}

	if (!strcmp(name, NPV_MCGRP_EVENTS))
		npv->group = id;
	else if (!strcmp(name, NPV_MCGRP_METRICS))
		npv->metrics_group = id;
}

static int family_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *entry;
	struct npv *npv = data;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		switch (mnl_attr_get_type(attr)) {
		case CTRL_ATTR_FAMILY_ID:
			if (mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
				npv->family = mnl_attr_get_u16(attr);
			break;
		case CTRL_ATTR_MCAST_GROUPS:
			mnl_attr_for_each_nested(entry, attr)
				take_group(npv, entry);
			break;
		}
	}

	return 0;
}

static int family_resolve(struct npv *npv)
{
	struct nlmsghdr *nlh;

	nlh = npv_request_new(npv, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, NPV_FAMILY_NAME);
	if (npv_request_run(npv, nlh, family_cb, npv) < 0)
		return -1;
	if (!npv->family) {
		errno = ENOENT;
		return -1;
	}

	return 0;
}

NPV_EXPORT struct npv *npv_open(void)
{
	struct npv *npv;
	int err;

	npv = calloc(1, sizeof(*npv));
	if (!npv)
		return NULL;

	npv->nl = npv_handle_socket();
	if (!npv->nl || family_resolve(npv)) {
		err = errno == ENOENT ? EAFNOSUPPORT : errno;
		npv_close(npv);
		errno = err;
		return NULL;
	}

	return npv;
}

NPV_EXPORT void npv_close(struct npv *npv)
{
	if (!npv)
		return;
	if (npv->monitor)
		mnl_socket_close(npv->monitor);
	free(npv->early);
	if (npv->nl)
		mnl_socket_close(npv->nl);
	free(npv);
}

NPV_EXPORT const char *npv_strerror(const struct npv *npv)
{
	if (npv)
		return npv->error;
	if (errno == EAFNOSUPPORT)
		return "module npv is not loaded";

	return strerror(errno);
}
