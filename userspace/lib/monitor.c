// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Events, on a socket of their own so that they never mix with answers.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>

#include "decode.h"
#include "export.h"
#include "handle.h"

/* Room for events that wait to be read; half of it is the kernel's overhead */
#define QUEUE_BYTES	(4 << 20)

static void monitor_close(struct npv *npv)
{
	mnl_socket_close(npv->monitor);
	npv->monitor = NULL;
}

/* Open the socket, if it isn't; in a group, if there is a number */
static int monitor_open(struct npv *npv, uint32_t group)
{
	int fd, flags, bytes = QUEUE_BYTES, err;

	if (npv->monitor)
		return 0;

	npv->monitor = npv_handle_socket();
	if (!npv->monitor)
		return npv_handle_fail(npv, errno, NULL);

	fd = mnl_socket_get_fd(npv->monitor);
	/* more than net.core.rmem_max for root, what is allowed for others */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));

	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) ||
	    (group && mnl_socket_setsockopt(npv->monitor, NETLINK_ADD_MEMBERSHIP,
					    &group, sizeof(group)))) {
		err = errno;
		monitor_close(npv);
		return npv_handle_fail(npv, err, NULL);
	}

	return 0;
}

NPV_EXPORT int npv_monitor_start(struct npv *npv)
{
	if (!npv->group)
		return npv_handle_fail(npv, EOPNOTSUPP,
				       "this module has no events");

	return monitor_open(npv, npv->group);
}

static struct nlmsghdr *metrics_request(struct npv *npv, const struct npv_metrics *want)
{
	static const struct {
		uint16_t attr;
		size_t offset;
	} numbers[] = {
		{ NPV_A_METRICS_INTERVAL_MS, offsetof(struct npv_metrics, interval_ms) },
		{ NPV_A_METRICS_RTT_PERCENT, offsetof(struct npv_metrics, rtt_percent) },
		{ NPV_A_METRICS_LOSS_PPM, offsetof(struct npv_metrics, loss_ppm) },
		{ NPV_A_METRICS_RATE_PERCENT, offsetof(struct npv_metrics, rate_percent) },
		{ NPV_A_METRICS_QUEUE_BYTES, offsetof(struct npv_metrics, queue_bytes) },
		{ NPV_A_METRICS_HEARD_MS, offsetof(struct npv_metrics, heard_ms) },
	};
	struct nlmsghdr *nlh;
	uint32_t number;
	size_t i;

	nlh = npv_request_new(npv, npv->family, NPV_CMD_METRICS_SET, NLM_F_ACK);
	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		memcpy(&number, (const char *)want + numbers[i].offset, sizeof(number));
		if (want->has & 1ULL << numbers[i].attr)
			mnl_attr_put_u32(nlh, numbers[i].attr, number);
	}
	if (NPV_HAS(want, METRICS_SESSION_ID))
		npv_put_uint(nlh, NPV_A_METRICS_SESSION_ID, want->session_id);
	if (want->every)
		mnl_attr_put(nlh, NPV_A_METRICS_EVERY, 0, NULL);

	return nlh;
}

/* Keep events that came before the answer, for npv_monitor_read(). */
static int keep_early(struct npv *npv, const void *buf, size_t len)
{
	char *more = realloc(npv->early, npv->early_len + len);

	if (!more)
		return npv_handle_fail(npv, ENOMEM, NULL);
	memcpy(more + npv->early_len, buf, len);
	npv->early = more;
	npv->early_len += len;

	return 0;
}

/* Look for an answer in what has come. Return: 1: it is there, 0: not yet, or -1. */
static int take_answer(struct npv *npv, size_t len, uint32_t seq)
{
	const struct nlmsghdr *nlh;
	const struct nlmsgerr *err;
	int left = (int)len;
	char text[256];

	for (nlh = (const struct nlmsghdr *)npv->buf; mnl_nlmsg_ok(nlh, left);
	     nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_type == npv->family) {
			if (keep_early(npv, nlh, MNL_ALIGN(nlh->nlmsg_len)))
				return -1;
			continue;
		}
		if (nlh->nlmsg_type != NLMSG_ERROR || nlh->nlmsg_seq != seq ||
		    nlh->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(*err))
			continue;
		err = mnl_nlmsg_get_payload(nlh);
		if (!err->error)
			return 1;
		return npv_handle_fail(npv, -err->error,
				       npv_extack_text(nlh, text, sizeof(text)) ?
				       text : NULL);
	}

	return 0;
}

static int monitor_request(struct npv *npv, struct nlmsghdr *nlh)
{
	struct pollfd poll_fd = {
		.fd	= mnl_socket_get_fd(npv->monitor),
		.events	= POLLIN,
	};
	uint32_t seq = nlh->nlmsg_seq;
	ssize_t got;
	int ret;

	if (mnl_socket_sendto(npv->monitor, nlh, nlh->nlmsg_len) < 0)
		return npv_handle_fail(npv, errno, NULL);
	do {
		got = mnl_socket_recvfrom(npv->monitor, npv->buf, sizeof(npv->buf));
		if (got < 0 && errno == EAGAIN) {
			poll(&poll_fd, 1, -1);
			ret = 0;
			continue;
		}
		if (got < 0 && errno != EINTR)
			return npv_handle_fail(npv, errno, NULL);
		ret = got < 0 ? 0 : take_answer(npv, (size_t)got, seq);
	} while (!ret);

	return ret < 0 ? ret : 0;
}

NPV_EXPORT int npv_monitor_metrics(struct npv *npv, const struct npv_metrics *want)
{
	if (!npv->metrics_group)
		return npv_handle_fail(npv, EOPNOTSUPP,
				       "this module tells no metrics");
	if (npv->monitor && !want)
		return npv_handle_fail(npv, EINVAL, "monitor is started already");
	if (monitor_open(npv, want ? 0 : npv->metrics_group))
		return -1;

	return want ? monitor_request(npv, metrics_request(npv, want)) : 0;
}

NPV_EXPORT int npv_monitor_fd(const struct npv *npv)
{
	return npv->monitor ? mnl_socket_get_fd(npv->monitor) : -1;
}

static int deliver(const struct nlmsghdr *nlh, npv_event_cb cb, void *data)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	struct npv_event event = { 0 };
	struct npv_session session;
	struct npv_module module;
	struct npv_stack stack;

	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + GENL_HDRLEN) {
		errno = EBADMSG;
		return -1;
	}

	event.cmd = genl->cmd;
	switch (event.cmd) {
	case NPV_CMD_SESSION_UP_NTF:
	case NPV_CMD_SESSION_DOWN_NTF:
	case NPV_CMD_SESSION_CHANGE_NTF:
		if (npv_session_decode(nlh, &session))
			return -1;
		event.session = &session;
		return cb(&event, data);
	case NPV_CMD_STACK_UP_NTF:
	case NPV_CMD_STACK_DOWN_NTF:
	case NPV_CMD_STACK_CHANGE_NTF:
	case NPV_CMD_METRICS_NTF:
		if (npv_stack_decode(nlh, &stack))
			return -1;
		event.stack = &stack;
		return cb(&event, data);
	case NPV_CMD_POLICY_CHANGE_NTF:
		if (npv_module_decode(nlh, &module))
			return -1;
		event.policy = module.policy;
		return cb(&event, data);
	default:	/* of a newer module */
		return 0;
	}
}

static int deliver_all(struct npv *npv, const void *buf, size_t len, npv_event_cb cb,
		       void *data)
{
	const struct nlmsghdr *nlh;
	int left = (int)len, ret;

	for (nlh = buf; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_type != npv->family)
			continue;
		ret = deliver(nlh, cb, data);
		if (ret < 0) {
			npv_handle_fail(npv, errno, NULL);
			return ret;
		}
	}

	return 0;
}

static int deliver_early(struct npv *npv, npv_event_cb cb, void *data)
{
	char *early = npv->early;
	int ret;

	if (!early)
		return 0;
	npv->early = NULL;
	ret = deliver_all(npv, early, npv->early_len, cb, data);
	npv->early_len = 0;
	free(early);

	return ret;
}

NPV_EXPORT int npv_monitor_read(struct npv *npv, npv_event_cb cb, void *data)
{
	/* not the handle's: callbacks may make requests */
	_Alignas(struct nlmsghdr) char buf[8192];
	bool lost = false;
	ssize_t got;
	int ret;

	if (!npv->monitor)
		return npv_handle_fail(npv, EINVAL, "monitor not started");
	ret = deliver_early(npv, cb, data);
	if (ret < 0)
		return ret;

	for (;;) {
		got = mnl_socket_recvfrom(npv->monitor, buf, sizeof(buf));
		if (got < 0 && errno == EINTR)
			continue;
		/* What is queued came before what was dropped, and the kernel
		 * queues nothing more until all of it is read.
		 */
		if (got < 0 && errno == ENOBUFS) {
			lost = true;
			continue;
		}
		if (got < 0 && errno == EAGAIN)
			return lost ? npv_handle_fail(npv, ENOBUFS,
						      "events were lost") : 0;
		if (got < 0)
			return npv_handle_fail(npv, errno, NULL);

		ret = deliver_all(npv, buf, (size_t)got, cb, data);
		if (ret < 0)
			return ret;
	}
}
