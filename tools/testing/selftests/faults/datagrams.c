// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is short: datagram sessions. What can't be had for a session is no
 * error of the program's call: its datagram goes as UDP then. Both ends are of this
 * host, at an address that is none of the loopback's.
 */
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include <linux/npv_netlink.h>

#include "faults.h"

#define HERE		"192.0.2.1"
#define NOBODY		"192.0.2.99"
#define MODE_AUTO	1
/* Longer than a packet, and than what is copied to send it */
#define LONG		20000

struct addr dgram_server(void)
{
	return npv1(HERE, PORT_DGRAM);
}

/* --- scenes --- */

/* A server of datagrams that waits, as peer */
static void scene_waiter(struct scene *s)
{
	struct pollfd pfd = { .events = POLLIN };

	setting("mode", MODE_AUTO);
	setting("peer_ttl", 0);
	setting("hello_wait", 1000);
	setting("reconnect_timeout", 2);
	s->peer = OK(dgram(SOCK_NONBLOCK));
	OK(try_bind(s->peer, in4("0.0.0.0", PORT_DGRAM)));
	pfd.fd = s->peer;
	EQ(poll(&pfd, 1, 0), 0);
}

static void scene_unknown(struct scene *s)
{
	scene_waiter(s);
	s->fd = OK(dgram(0));
}

static void scene_unknown_connected(struct scene *s)
{
	scene_unknown(s);
	OK(try_connect(s->fd, dgram_server()));
}

/* What waits in a socket, in case there is something, is thrown away. */
static void drain(int fd)
{
	while (recv(fd, sink, sizeof(sink), MSG_DONTWAIT) >= 0)
		;
}

static bool is_native(int fd)
{
	return info_of(fd).npvi_kind == NPV_KIND_NATIVE;
}

void dgram_native(int fd)
{
	EQ(send(fd, "first", 5, 0), 5);
	EVENTUALLY(is_native(fd), WAIT_MS);
}

/* The server's end is known to it, too: what it answers goes by the session. */
static void scene_native(struct scene *s)
{
	scene_unknown_connected(s);
	dgram_native(s->fd);
	await(s->peer, POLLIN);
	drain(s->peer);
}

static int youngest(const struct npv_session *session, void *data)
{
	uint64_t *id = data;

	if (session->id > *id)
		*id = session->id;
	return 0;
}

static int stacks_of(int fd)
{
	return info_of(fd).npvi_stacks;
}

void dgram_add_udp(int fd)
{
	struct npv *npv = npv_open();
	uint64_t id = 0;

	CHECK(npv);
	OK(npv_session_dump(npv, youngest, &id));
	/* Programs' own sockets, and what the server has, get none. */
	while (id && npv_stack_add(npv, id, NULL, NULL, 0, NPV_TRANSPORT_UDP, false))
		id--;
	if (!id)
		FAIL("no UDP stack: %s", npv_strerror(npv));
	npv_close(npv);
	EVENTUALLY(stacks_of(fd) == 2, WAIT_MS);
}

static void scene_udp(struct scene *s)
{
	scene_native(s);
	dgram_add_udp(s->fd);
}

static void scene_arrived(struct scene *s)
{
	scene_udp(s);
	EQ(send(s->fd, bulk, LONG, 0), LONG);
	await(s->peer, POLLIN);
}

static void scene_record_arrived(struct scene *s)
{
	scene_native(s);
	EQ(send(s->fd, bulk, LONG, 0), LONG);
	await(s->peer, POLLIN);
}

/* It has sent: a session is being begun. */
static void scene_beginning(struct scene *s)
{
	scene_unknown_connected(s);
	EQ(send(s->fd, "hello", 5, 0), 5);
}

static void scene_beginning_long(struct scene *s)
{
	scene_unknown(s);
	OK(try_connect(s->fd, npv1(NOBODY, PORT_DGRAM)));
	EQ(send(s->fd, "hello", 5, 0), 5);
}

/* --- the calls --- */

static long run_wait(struct scene *s)
{
	struct pollfd pfd = { s->fd, POLLIN, 0 };

	return poll(&pfd, 1, 0);
}

static long run_sendto(struct scene *s)
{
	struct addr to = dgram_server();

	return sendto(s->fd, "hello", 5, 0, &to.sa, to.len);
}

static long run_connect(struct scene *s)
{
	return try_connect(s->fd, dgram_server());
}

static long run_send_short(struct scene *s)
{
	return send(s->fd, "hello", 5, 0);
}

static long run_send_long(struct scene *s)
{
	return send(s->fd, bulk, LONG, 0);
}

long dgram_send(int fd, const void *buf, size_t len, bool reliable, int flags)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(uint32_t))];
	} control = { };
	struct iovec iov = { (void *)buf, len };
	struct msghdr msg = {
		.msg_iov	= &iov,
		.msg_iovlen	= 1,
		.msg_control	= control.buf,
		.msg_controllen	= sizeof(control.buf),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	uint32_t value = reliable;

	cmsg->cmsg_level = SOL_NPV;
	cmsg->cmsg_type = NPV_MSG_RELIABLE;
	cmsg->cmsg_len = CMSG_LEN(sizeof(value));
	memcpy(CMSG_DATA(cmsg), &value, sizeof(value));
	return sendmsg(fd, &msg, flags);
}

static long run_send_reliable(struct scene *s)
{
	return dgram_send(s->fd, "hello", 5, true, 0);
}

static long run_send_reliable_long(struct scene *s)
{
	return dgram_send(s->fd, bulk, LONG, true, 0);
}

static long run_recv_peer(struct scene *s)
{
	struct addr from = addr_room();

	return recvfrom(s->peer, sink, sizeof(sink), MSG_DONTWAIT, &from.sa,
			&from.len);
}

/* It makes another socket of it: its sessions end. */
static long run_udp_only(struct scene *s)
{
	int size = 1000;

	return setsockopt(s->fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size));
}

static long run_dissolve(struct scene *s)
{
	struct sockaddr sa = { .sa_family = AF_UNSPEC };

	return connect(s->fd, &sa, sizeof(sa));
}

static long run_connect_other(struct scene *s)
{
	return try_connect(s->fd, npv1(NOBODY, PORT_DGRAM));
}

static long run_set_scheduler(struct scene *s)
{
	return setsockopt(s->fd, SOL_NPV, NPV_SCHEDULER, "redundant", 10);
}

static long run_close_peer(struct scene *s)
{
	int fd = s->peer;

	s->peer = -1;
	return close(fd);
}

/* --- what must be so once a call has succeeded --- */

/* A datagram more, as one that finds no memory is lost on any path */
static void arrives(struct scene *s)
{
	if (s->struck)
		OK(run_sendto(s));
	await(s->peer, POLLIN);
	EQ(recv(s->peer, sink, sizeof(sink), 0), 5);
}

/* ... and a session is begun, now or with that. */
static void arrives_and_begins(struct scene *s)
{
	arrives(s);
	/* UDP tells when it has found no memory for the session no more than before. */
	if (!s->struck)
		EVENTUALLY(is_native(s->fd), WAIT_MS);
}

static void works(struct scene *s)
{
	EQ(send(s->fd, "again", 5, 0), 5);
	await(s->peer, POLLIN);
	EQ(recv(s->peer, sink, sizeof(sink), 0), 5);
}

static void sent_arrives(struct scene *s)
{
	EQ(s->id, 5);
	if (s->struck) {
		drain(s->peer);
		works(s);
		return;
	}
	await(s->peer, POLLIN);
	EQ(recv(s->peer, sink, sizeof(sink), 0), 5);
	CHECK(!memcmp(sink, "hello", 5));
}

static void long_is_right(struct scene *s)
{
	EQ(recv(s->peer, sink, sizeof(sink), 0), LONG);
	CHECK(!memcmp(sink, bulk, LONG));
}

static void long_arrives(struct scene *s)
{
	EQ(s->id, LONG);
	if (s->struck) {
		drain(s->peer);
		EQ(send(s->fd, bulk, LONG, 0), LONG);
	}
	await(s->peer, POLLIN);
	long_is_right(s);
}

/* Whatever had no memory meanwhile: the session was up. */
static void reliable_arrives(struct scene *s)
{
	await(s->peer, POLLIN);
	EQ(recv(s->peer, sink, sizeof(sink), 0), s->id);
	CHECK(!memcmp(sink, s->id == 5 ? "hello" : bulk, s->id));
}

static void received(struct scene *s)
{
	EQ(s->id, LONG);
	CHECK(!memcmp(sink, bulk, LONG));
}

/* The server, fd here, can be asked; or is one of UDP for want of memory. */
static void can_be_asked(struct scene *s)
{
	struct addr to = npv1(HERE, PORT_LISTEN);

	s->other = OK(dgram(0));
	OK(try_connect(s->other, to));
	EQ(send(s->other, "hello", 5, 0), 5);
	await(s->fd, POLLIN);
	EQ(recv(s->fd, sink, sizeof(sink), 0), 5);
	if (!s->struck)
		EVENTUALLY(is_native(s->other), WAIT_MS);
}

static void scene_bound(struct scene *s)
{
	scene_waiter(s);
	s->fd = OK(dgram(0));
	OK(try_bind(s->fd, in4("0.0.0.0", PORT_LISTEN)));
}

/* From whatever port it is now */
static void goes_on(struct scene *s)
{
	OK(run_sendto(s));
	await(s->peer, POLLIN);
	EQ(recv(s->peer, sink, sizeof(sink), 0), 5);
}

const struct step datagram_steps[] = {
	{ "datagrams, a server waits", scene_bound, run_wait, can_be_asked },
	{ "datagrams, sendto, unknown peer", scene_unknown, run_sendto,
	  arrives_and_begins },
	{ "datagrams, connect", scene_unknown, run_connect, works },
	{ "datagrams, send, unknown peer", scene_unknown_connected, run_send_short,
	  arrives_and_begins },

	{ "datagrams, send, over TCP", scene_native, run_send_short, sent_arrives },
	{ "datagrams, sendto, over TCP", scene_native, run_sendto, sent_arrives },
	{ "datagrams, send, over TCP, long", scene_native, run_send_long,
	  long_arrives },
	{ "datagrams, send, reliable", scene_native, run_send_reliable,
	  reliable_arrives },
	{ "datagrams, send, reliable, long", scene_native, run_send_reliable_long,
	  reliable_arrives },
	{ "datagrams, send, over UDP", scene_udp, run_send_short, sent_arrives },
	{ "datagrams, send, over UDP, in parts", scene_udp, run_send_long,
	  long_arrives },
	{ "datagrams, send, reliable, over UDP", scene_udp, run_send_reliable,
	  reliable_arrives },
	{ "datagrams, send, reliable, over UDP, long", scene_udp,
	  run_send_reliable_long, reliable_arrives },
	{ "datagrams, recvfrom, a message", scene_arrived, run_recv_peer, received },
	{ "datagrams, recvfrom, a record", scene_record_arrived, run_recv_peer,
	  received },

	{ "datagrams, UDP_SEGMENT", scene_udp, run_udp_only, goes_on },
	{ "datagrams, SO_MARK", scene_udp, run_mark, goes_on },
	{ "datagrams, NPV_SCHEDULER", scene_udp, run_set_scheduler, works },
	{ "datagrams, NPV_STACKS", scene_udp, run_stacks, works },
	{ "datagrams, connect, another peer", scene_udp, run_connect_other,
	  goes_on },
	{ "datagrams, connect, AF_UNSPEC", scene_udp, run_dissolve, goes_on },

	{ "datagrams, close", scene_udp, run_close, .once = true },
	{ "datagrams, close, beginning", scene_beginning, run_close, .once = true },
	{ "datagrams, close, beginning, no answer", scene_beginning_long, run_close,
	  .once = true },
	{ "datagrams, close, server", scene_udp, run_close_peer, .once = true },
	{ }
};
