// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One request and all of its answer.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/genetlink.h>

#include "handle.h"

/* Longest request; no attribute comes near it */
#define REQUEST_MAX	4096

struct nlmsghdr *npv_request_new(struct npv *npv, uint16_t type, uint8_t cmd,
				 uint16_t flags)
{
	struct genlmsghdr *genl;
	struct nlmsghdr *nlh;

	nlh = mnl_nlmsg_put_header(npv->buf);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++npv->seq;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = NPV_FAMILY_VERSION;

	return nlh;
}

void npv_put_uint(struct nlmsghdr *nlh, uint16_t type, uint64_t value)
{
	if (value <= UINT32_MAX)
		mnl_attr_put_u32(nlh, type, (uint32_t)value);
	else
		mnl_attr_put_u64(nlh, type, value);
}

int npv_put_addr(struct npv *npv, struct nlmsghdr *nlh, uint16_t attr4,
		 const struct npv_address *addr)
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

int npv_put_string(struct npv *npv, struct nlmsghdr *nlh, uint16_t type,
		   const char *text)
{
	if (mnl_attr_put_strz_check(nlh, REQUEST_MAX, type, text))
		return 0;

	return npv_handle_fail(npv, EINVAL, "name is too long");
}

bool npv_extack_text(const struct nlmsghdr *nlh, char *text, size_t size)
{
	const struct nlattr *attr;
	const struct nlmsgerr *err;
	const char *end, *from;
	size_t skip, max, len;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return false;

	skip = sizeof(int);		/* NLMSG_DONE */
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		skip = sizeof(*err);
		if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + skip)
			return false;
		err = mnl_nlmsg_get_payload(nlh);
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED)) {
			if (err->msg.nlmsg_len < MNL_NLMSG_HDRLEN ||
			    err->msg.nlmsg_len > nlh->nlmsg_len)
				return false;
			skip += MNL_ALIGN(err->msg.nlmsg_len) - MNL_NLMSG_HDRLEN;
		}
	}
	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + skip)
		return false;

	end = (const char *)nlh + nlh->nlmsg_len;
	attr = mnl_nlmsg_get_payload_offset(nlh, skip);
	while (mnl_attr_ok(attr, (int)(end - (const char *)attr))) {
		if (mnl_attr_get_type(attr) != NLMSGERR_ATTR_MSG) {
			attr = mnl_attr_next(attr);
			continue;
		}
		from = mnl_attr_get_payload(attr);
		max = mnl_attr_get_payload_len(attr);
		len = strnlen(from, max);
		snprintf(text, size, "%.*s", (int)len, from);
		return len > 0;
	}

	return false;
}

/* Result of a message that ends an answer, NLMSG_ERROR or NLMSG_DONE */
static int finish(struct npv *npv, const struct nlmsghdr *nlh)
{
	char text[sizeof(npv->error)];
	int error = 0;

	/* a dump of old kernels ends without a status */
	if (nlh->nlmsg_len >= MNL_NLMSG_HDRLEN + sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof(error));
	else if (nlh->nlmsg_type == NLMSG_ERROR)
		error = -EBADMSG;
	if (error >= 0)
		return 0;

	return npv_handle_fail(npv, -error,
			       npv_extack_text(nlh, text, sizeof(text)) ?
			       text : NULL);
}

int npv_request_run(struct npv *npv, struct nlmsghdr *nlh,
		    int (*cb)(const struct nlmsghdr *nlh, void *data),
		    void *data)
{
	const unsigned int portid = mnl_socket_get_portid(npv->nl);
	const uint32_t seq = nlh->nlmsg_seq;
	bool interrupted = false;
	ssize_t got;
	int left, ret;

	npv->error[0] = '\0';
	if (mnl_socket_sendto(npv->nl, nlh, nlh->nlmsg_len) < 0)
		return npv_handle_fail(npv, errno, NULL);

	for (;;) {
		got = mnl_socket_recvfrom(npv->nl, npv->buf, sizeof(npv->buf));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return npv_handle_fail(npv, errno, NULL);

		left = (int)got;
		for (nlh = (struct nlmsghdr *)npv->buf; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			/* the rest of an answer that was given up */
			if (nlh->nlmsg_seq != seq ||
			    !mnl_nlmsg_portid_ok(nlh, portid))
				continue;
			if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
				interrupted = true;
			if (nlh->nlmsg_type == NLMSG_ERROR ||
			    nlh->nlmsg_type == NLMSG_DONE) {
				ret = finish(npv, nlh);
				return ret ?: interrupted ? NPV_INTERRUPTED : 0;
			}
			if (nlh->nlmsg_type < NLMSG_MIN_TYPE || !cb)
				continue;
			ret = cb(nlh, data);
			if (ret < 0) {
				npv_handle_fail(npv, errno, NULL);
				return ret;
			}
		}
	}
}
