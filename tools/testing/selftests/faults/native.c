// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is short: native sessions. What their further ends do, the NPV port
 * and the sessions' work items, is not hit; see storm.c for these.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/npv_netlink.h>
#include <linux/sockios.h>

#include "faults.h"

/* net.npv.mode: ask whether the peer speaks NPV */
#define MODE_AUTO	1

/* --- scenes --- */

void setting(const char *name, int value)
{
	char path[64], text[16];
	int fd, len;

	snprintf(path, sizeof(path), "/proc/sys/net/npv/%s", name);
	len = snprintf(text, sizeof(text), "%d", value);
	fd = OK(open(path, O_WRONLY));
	EQ(write(fd, text, len), len);
	close(fd);
}

/* From here on sessions are native, with peers that are @known or not */
static void go_native(bool known)
{
	setting("mode", MODE_AUTO);
	setting("peer_ttl", known ? 600 : 0);
	/* HELLO that was lost is a plain session, without much ado */
	setting("hello_wait", 1000);
	/* Where the last word had no memory the peer waits for the other's return */
	setting("reconnect_timeout", 2);
}

void native_pair(struct scene *s)
{
	go_native(true);
	scene_connected(s);
	EQ(info_of(s->fd).npvi_kind, NPV_KIND_NATIVE);
	EQ(info_of(s->peer).npvi_kind, NPV_KIND_NATIVE);
}

static void scene_unknown(struct scene *s)
{
	go_native(false);
	scene_server(s);
}

static void scene_known(struct scene *s)
{
	struct scene first = { .fd = -1, .peer = -1, .listener = -1, .other = -1 };

	native_pair(&first);
	close(first.listener);
	first.listener = -1;
	scene_end(&first);
	scene_server(s);
}

static void scene_unknown_nonblock(struct scene *s)
{
	scene_unknown(s);
	OK(fcntl(s->fd, F_SETFL, O_NONBLOCK));
}

static void scene_unknown_options(struct scene *s)
{
	scene_unknown(s);
	OK(run_nodelay(s));
	OK(run_mark(s));
	OK(run_congestion(s));
}

static void scene_queued(struct scene *s)
{
	go_native(false);
	scene_waiting(s);
	EQ(info_of(s->peer).npvi_kind, NPV_KIND_NATIVE);
	await(s->listener, POLLIN);
}

static void scene_queue(struct scene *s)
{
	scene_queued(s);
	s->fd = s->listener;
	s->listener = -1;
}

static void scene_got(struct scene *s)
{
	native_pair(s);
	EQ(send(s->peer, bulk, 5000, MSG_NOSIGNAL), 5000);
	await(s->fd, POLLIN);
}

static void scene_unacknowledged(struct scene *s)
{
	native_pair(s);
	EQ(send(s->fd, bulk, BULK, MSG_NOSIGNAL), BULK);
}

static void scene_file(struct scene *s)
{
	native_pair(s);
	open_file(s);
}

static int count_established(const struct npv_stack *stack, void *data)
{
	*(int *)data += stack->status == NPV_STACK_STATUS_ACTIVE;
	return 0;
}

int native_stacks(struct npv *npv, uint64_t id)
{
	int count = 0;

	npv_stack_dump(npv, id, count_established, &count);
	return count;
}

static void scene_commanded(struct scene *s)
{
	char c;

	native_pair(s);
	/* Of a known peer connect() awaits no WELCOME, a command needs it. */
	EQ(send(s->peer, "w", 1, MSG_NOSIGNAL), 1);
	await(s->fd, POLLIN);
	EQ(recv(s->fd, &c, 1, 0), 1);
	s->npv = npv_open();
	CHECK(s->npv);
	s->id = info_of(s->fd).npvi_id;
}

/* On the loopback there are none but those that are asked for */
static long run_stack_add(struct scene *s)
{
	return npv_stack_add(s->npv, s->id, NULL, NULL, 0, -1, false);
}

static void scene_two_stacks(struct scene *s)
{
	scene_commanded(s);
	OK(run_stack_add(s));
	EVENTUALLY(native_stacks(s->npv, s->id) == 2, WAIT_MS);
	EVENTUALLY(native_stacks(s->npv, info_of(s->peer).npvi_id) == 2,
		   WAIT_MS);
}

/* Without the handle: a number of bytes is what counts then */
static void scene_two_stacks_data(struct scene *s)
{
	scene_two_stacks(s);
	npv_close(s->npv);
	s->npv = NULL;
}

/* --- the calls --- */

static long run_nonblock(struct scene *s)
{
	return begin_connect(s->fd, npv2("::1", "127.0.0.1", PORT_ANY));
}

static long run_send_dontwait(struct scene *s)
{
	return send(s->fd, bulk, BULK, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static long run_peek(struct scene *s)
{
	return recv(s->fd, sink, sizeof(sink), MSG_DONTWAIT | MSG_PEEK);
}

static long run_poll(struct scene *s)
{
	struct pollfd pfd = { s->fd, POLLIN, 0 };

	return poll(&pfd, 1, 0);
}

static long run_inq(struct scene *s)
{
	int len;

	return ioctl(s->fd, SIOCINQ, &len);
}

static long run_stack_del(struct scene *s)
{
	return npv_stack_del(s->npv, s->id, 0);
}

static long run_stack_backup(struct scene *s)
{
	return npv_stack_set(s->npv, s->id, 0, -1, NPV_STACK_STATUS_BACKUP);
}

static long run_scheduler(struct scene *s)
{
	return npv_session_set_scheduler(s->npv, s->id, "redundant");
}

static long run_session_show(struct scene *s)
{
	int count = 0;

	return npv_session_get(s->npv, s->id, count_session, &count);
}

static long run_shut(struct scene *s)
{
	return shutdown(s->fd, SHUT_WR);
}

/* --- what must be so once a call has succeeded --- */

/* HELLO that had no memory leaves a plain session, which works as well */
static void is_connected_somehow(struct scene *s)
{
	/* where nothing failed it has to be a native one */
	if (has_connected(s) && !s->struck)
		EQ(info_of(s->fd).npvi_kind, NPV_KIND_NATIVE);
}

static void options_replayed(struct scene *s)
{
	is_connected_somehow(s);
	options_kept(s);
}

/* All that has come until the end of the stream, @least bytes at least */
static void arrived(struct scene *s, size_t least, size_t most)
{
	size_t got = 0;
	ssize_t n;

	do {
		await(s->peer, POLLIN);
		n = recv(s->peer, sink, sizeof(sink), MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			continue;
		OK(n);
		if (memcmp(sink, bulk + got % BULK, n))
			FAIL("other bytes arrived than were sent");
		got += n;
	} while (n);
	if (got < least || got > most)
		FAIL("%zu bytes arrived, not %zu to %zu", got, least, most);
}

static void bulk_arrives(struct scene *s)
{
	OK(shutdown(s->fd, SHUT_WR));
	arrived(s, s->id, s->id);
}

static void all_arrives(struct scene *s)
{
	arrived(s, BULK, BULK);
}

static void end_arrives(struct scene *s)
{
	arrived(s, 0, 0);
}

static void has_got(struct scene *s)
{
	CHECK(!memcmp(sink, bulk, s->id));
}

static void has_waited(struct scene *s)
{
	EQ(recv(s->fd, sink, sizeof(sink), MSG_DONTWAIT), 5000);
	has_got(&(struct scene){ .id = 5000 });
	is_connected(s);
}

/* It works on, and what was asked for comes or fails, as with a lost packet */
static void works_on(struct scene *s)
{
	is_connected(s);
}

static void has_second(struct scene *s)
{
	if (!s->struck)
		EVENTUALLY(native_stacks(s->npv, s->id) == 2, WAIT_MS);
	is_connected(s);
}

static void has_one(struct scene *s)
{
	EVENTUALLY(native_stacks(s->npv, s->id) == 1, WAIT_MS);
	is_connected(s);
}

const struct step native_steps[] = {
	{ "native, connect", scene_unknown, run_connect6, is_connected_somehow },
	{ "native, connect, IPv4", scene_unknown, run_connect4,
	  is_connected_somehow },
	{ "native, connect, two addresses", scene_unknown, run_connect_two,
	  is_connected_somehow },
	{ "native, connect, known peer", scene_known, run_connect6,
	  is_connected_somehow },
	{ "native, connect, non-blocking", scene_unknown_nonblock, run_nonblock,
	  is_connected_somehow },
	{ "native, connect, non-blocking, one address", scene_unknown_nonblock,
	  run_connect_nonblock1, is_connected_somehow },
	{ "native, connect, options replayed", scene_unknown_options,
	  run_connect_two, options_replayed },
	{ "native, accept", scene_queued, run_accept, is_connected },

	{ "native, send", native_pair, run_send, has_sent_text },
	{ "native, send, much", native_pair, run_send_bulk, bulk_arrives },
	{ "native, send, MSG_DONTWAIT", native_pair, run_send_dontwait,
	  bulk_arrives, { EAGAIN } },
	{ "native, send, two stacks", scene_two_stacks_data, run_send_bulk,
	  bulk_arrives },
	{ "native, sendfile", scene_file, run_sendfile, bulk_arrives,
	  .once = true },
	{ "native, recv", scene_got, run_recv, has_got },
	{ "native, recv, MSG_PEEK", scene_got, run_peek, has_got, { EAGAIN } },
	{ "native, poll", scene_got, run_poll, has_waited },
	{ "native, SIOCINQ", scene_got, run_inq },

	{ "native, SO_MARK", scene_two_stacks_data, run_mark, works_on },
	{ "native, TCP_CONGESTION", scene_two_stacks_data, run_congestion,
	  works_on },
	{ "native, NPV_STACKS", scene_two_stacks_data, run_stacks,
	  works_on },

	/* what fails may be the reply: it has happened then */
	{ "native, stack add", scene_commanded, run_stack_add, has_second },
	{ "native, stack del", scene_two_stacks, run_stack_del, has_one,
	  .once = true },
	{ "native, stack set", scene_two_stacks, run_stack_backup, works_on },
	{ "native, session set", scene_two_stacks, run_scheduler, works_on },
	{ "native, session show", scene_two_stacks, run_session_show,
	  works_on },
	{ "native, session del", scene_two_stacks, run_session_del, is_ended,
	  .once = true },

	{ "native, shutdown", native_pair, run_shut, end_arrives },
	{ "native, shutdown, behind data", scene_unacknowledged, run_shut,
	  all_arrives },
	{ "native, shutdown, two stacks", scene_two_stacks_data, run_shutdown },
	{ "native, close", native_pair, run_close, end_arrives, .once = true },
	{ "native, close, behind data", scene_unacknowledged, run_close,
	  all_arrives, .once = true },
	{ "native, close, unread", scene_got, run_close, .once = true },
	{ "native, close, two stacks", scene_two_stacks_data, run_close,
	  end_arrives, .once = true },
	{ "native, close, a listener with a session", scene_queue, run_close,
	  .once = true },
	{ }
};
