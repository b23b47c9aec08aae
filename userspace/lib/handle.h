/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The handle, and making requests with it.
 */
#ifndef NPV_LIB_HANDLE_H
#define NPV_LIB_HANDLE_H

#include <stddef.h>

#include <libmnl/libmnl.h>

#include "libnpv.h"

/**
 * struct npv - a handle
 * @nl: socket for requests
 * @monitor: socket for events, NULL before npv_monitor_start()
 * @seq: number of the last request
 * @family: number of the generic netlink family
 * @group: number of the multicast group of events, 0 if there is none
 * @metrics_group: of that of metrics
 * @early: events that came before the answer to a request on @monitor, NULL if none
 * @early_len: bytes of them
 * @error: what went wrong last, "" if nothing
 * @buf: for messages; as large as the kernel's largest
 */
struct npv {
	struct mnl_socket *nl;
	struct mnl_socket *monitor;
	uint32_t	seq;
	uint16_t	family;
	uint32_t	group;
	uint32_t	metrics_group;
	char		*early;
	size_t		early_len;
	char		error[256];
	/* mnl reads headers in place */
	_Alignas(struct nlmsghdr) char buf[32768];
};

/**
 * npv_handle_fail() - note what went wrong
 * @npv: handle
 * @err: positive errno
 * @text: sentence, or NULL for that of @err
 *
 * Return: -1, with errno set to @err.
 */
int npv_handle_fail(struct npv *npv, int err, const char *text);

/**
 * npv_handle_socket() - open a netlink socket with the options that we want
 *
 * Return: NULL and errno upon failure.
 */
struct mnl_socket *npv_handle_socket(void);

/**
 * npv_request_new() - begin a request in the buffer of the handle
 * @npv: handle
 * @type: family, or GENL_ID_CTRL
 * @cmd: command
 * @flags: NLM_F_ACK or NLM_F_DUMP
 *
 * Return: the message, to which attributes can be added.
 */
struct nlmsghdr *npv_request_new(struct npv *npv, uint16_t type, uint8_t cmd,
				 uint16_t flags);

/* Adding of attributes. npv_put_uint() takes the shorter form of type "uint";
 * npv_put_addr() puts IPv4 into @attr4 and IPv6 into the attribute behind it. Those
 * that return int return 0, or -1 with errno EINVAL and text set.
 */
void npv_put_uint(struct nlmsghdr *nlh, uint16_t type, uint64_t value);
int npv_put_addr(struct npv *npv, struct nlmsghdr *nlh, uint16_t attr4,
		 const struct npv_address *addr);
int npv_put_string(struct npv *npv, struct nlmsghdr *nlh, uint16_t type,
		   const char *text);

/**
 * npv_request_run() - send a request and read all that comes back
 * @npv: handle
 * @nlh: message from npv_request_new(); gone afterwards
 * @cb: called for each message of data; may be NULL
 * @data: for @cb
 *
 * Return: 0, NPV_INTERRUPTED, or negative with errno and text set, also when
 * that is what @cb returned.
 */
int npv_request_run(struct npv *npv, struct nlmsghdr *nlh,
		    int (*cb)(const struct nlmsghdr *nlh, void *data),
		    void *data);

/**
 * npv_extack_text() - the kernel's sentence in an error or end of dump
 * @nlh: message of type NLMSG_ERROR or NLMSG_DONE, not trusted
 * @text: where to put it
 * @size: room there
 *
 * Return: false if there is none.
 */
bool npv_extack_text(const struct nlmsghdr *nlh, char *text, size_t size);

#endif /* NPV_LIB_HANDLE_H */
