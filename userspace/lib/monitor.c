// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Events, on a socket of their own so that they never mix with answers.
 */
#include <errno.h>
#include <fcntl.h>

#include <linux/genetlink.h>

#include "decode.h"
#include "export.h"
#include "handle.h"

/* Room for events that wait to be read; half of it is the kernel's overhead */
#define QUEUE_BYTES	(4 << 20)

NPV_EXPORT int npv_monitor_start(struct npv *npv)
{
	int fd, flags, bytes = QUEUE_BYTES, err;

	if (npv->monitor)
		return 0;
	if (!npv->group)
		return npv_handle_fail(npv, EOPNOTSUPP,
				       "this module has no events");

	npv->monitor = npv_handle_socket();
	if (!npv->monitor)
		return npv_handle_fail(npv, errno, NULL);

	fd = mnl_socket_get_fd(npv->monitor);
	/* more than net.core.rmem_max for root, what is allowed for others */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));

	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) ||
	    mnl_socket_setsockopt(npv->monitor, NETLINK_ADD_MEMBERSHIP,
				  &npv->group, sizeof(npv->group))) {
		err = errno;
		mnl_socket_close(npv->monitor);
		npv->monitor = NULL;
		return npv_handle_fail(npv, err, NULL);
	}

	return 0;
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
		if (npv_stack_decode(nlh, &stack))
			return -1;
		event.stack = &stack;
		return cb(&event, data);
	default:	/* of a newer module */
		return 0;
	}
}

NPV_EXPORT int npv_monitor_read(struct npv *npv, npv_event_cb cb, void *data)
{
	/* not the handle's: callbacks may make requests */
	_Alignas(struct nlmsghdr) char buf[8192];
	const struct nlmsghdr *nlh;
	bool lost = false;
	ssize_t got;
	int left, ret;

	if (!npv->monitor)
		return npv_handle_fail(npv, EINVAL, "monitor not started");

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

		left = (int)got;
		for (nlh = (const struct nlmsghdr *)buf; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			if (nlh->nlmsg_type != npv->family)
				continue;
			ret = deliver(nlh, cb, data);
			if (ret < 0) {
				npv_handle_fail(npv, errno, NULL);
				return ret;
			}
		}
	}
}
