// SPDX-License-Identifier: GPL-2.0
/* Memory that is short: sending and receiving. */
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "faults.h"

static void scene_connected4(struct scene *s)
{
	connected_to(s, npv1("127.0.0.1", PORT_ANY));
}

static void scene_received(struct scene *s)
{
	scene_connected(s);
	EQ(send(s->peer, bulk, 5000, MSG_NOSIGNAL), 5000);
}

void open_file(struct scene *s)
{
	s->other = OK(memfd_create("npv-faults", 0));
	EQ(pwrite(s->other, bulk, 5000, 0), 5000);
}

static void scene_file(struct scene *s)
{
	scene_connected(s);
	open_file(s);
}

static void scene_zerocopy(struct scene *s)
{
	int on = 1;

	scene_connected(s);
	OK(setsockopt(s->fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on)));
}

static void scene_dgrams6(struct scene *s)
{
	s->fd = OK(dgram(0));
	s->peer = OK(dgram(SOCK_NONBLOCK));
	OK(try_bind(s->peer, in6("::", PORT_DGRAM)));
}

static void scene_dgram_waits(struct scene *s)
{
	struct addr to = in4("127.0.0.1", PORT_DGRAM);

	s->fd = OK(dgram(0));
	OK(try_bind(s->fd, to));
	s->peer = OK(dgram(0));
	EQ(sendto(s->peer, "hello", 5, 0, &to.sa, to.len), 5);
}

long run_send(struct scene *s)
{
	return send(s->fd, "hello", 5, MSG_NOSIGNAL);
}

long run_send_bulk(struct scene *s)
{
	return send(s->fd, bulk, sizeof(bulk), MSG_NOSIGNAL);
}

static long run_send_zerocopy(struct scene *s)
{
	return send(s->fd, bulk, 20000, MSG_NOSIGNAL | MSG_ZEROCOPY);
}

long run_sendfile(struct scene *s)
{
	off_t offset = 0;

	return sendfile(s->fd, s->other, &offset, 5000);
}

long run_recv(struct scene *s)
{
	return recv(s->fd, sink, sizeof(sink), MSG_DONTWAIT);
}

static long run_sendto(struct scene *s)
{
	struct addr to = npv1("127.0.0.1", PORT_DGRAM);

	return sendto(s->fd, "hello", 5, 0, &to.sa, to.len);
}

static long run_sendto6(struct scene *s)
{
	struct addr to = npv1("::1", PORT_DGRAM);

	return sendto(s->fd, "hello", 5, 0, &to.sa, to.len);
}

static long run_sendto_two(struct scene *s)
{
	struct addr to = npv2("127.0.0.1", "::1", PORT_DGRAM);

	return sendto(s->fd, "hello", 5, 0, &to.sa, to.len);
}

static long run_recvfrom(struct scene *s)
{
	struct addr from = addr_room();

	return recvfrom(s->fd, sink, sizeof(sink), MSG_DONTWAIT, &from.sa,
			&from.len);
}

/* What the call said it had sent is what arrives */
static void has_sent(struct scene *s, size_t most)
{
	size_t got = 0;
	ssize_t n;

	shutdown(s->fd, SHUT_WR);
	do {
		await(s->peer, POLLIN);
		n = OK(recv(s->peer, sink, sizeof(sink), MSG_DONTWAIT));
		if (memcmp(sink, bulk + got, n))
			FAIL("other bytes arrived than were sent");
		got += n;
	} while (n);
	if (got < s->id || got > most)
		FAIL("%zu bytes arrived of %llu", got,
		     (unsigned long long)s->id);
}

void has_sent_text(struct scene *s)
{
	await(s->peer, POLLIN);
	EQ(recv(s->peer, sink, 5, MSG_DONTWAIT), 5);
	CHECK(!memcmp(sink, "hello", 5));
	is_connected(s);
}

static void has_sent_bulk(struct scene *s)
{
	has_sent(s, 2 * BULK);
}

static void has_received(struct scene *s)
{
	CHECK(!memcmp(sink, bulk, 5000));
}

static void dgram_arrives(struct scene *s)
{
	/* one that was lost to a lack of memory is lost, as on any path */
	run_sendto(s);
	await(s->peer, POLLIN);
	EQ(recv(s->peer, sink, sizeof(sink), 0), 5);
}

static void dgram6_arrives(struct scene *s)
{
	run_sendto6(s);
	await(s->peer, POLLIN);
	EQ(recv(s->peer, sink, sizeof(sink), 0), 5);
}

const struct step data_steps[] = {
	{ "send", scene_connected, run_send, has_sent_text },
	{ "send, IPv4", scene_connected4, run_send, has_sent_text },
	{ "send after a race", scene_raced, run_send, has_sent_text },
	{ "send, much", scene_connected, run_send_bulk, has_sent_bulk },
	{ "send, MSG_ZEROCOPY", scene_zerocopy, run_send_zerocopy,
	  has_sent_bulk, .once = true },
	{ "sendfile", scene_file, run_sendfile, has_sent_bulk, .once = true },
	{ "recv", scene_received, run_recv, has_received },
	{ "sendto, IPv4", scene_dgrams, run_sendto, dgram_arrives },
	{ "sendto, IPv6", scene_dgrams6, run_sendto6, dgram6_arrives },
	{ "sendto, two addresses", scene_dgrams, run_sendto_two,
	  dgram_arrives },
	{ "recvfrom", scene_dgram_waits, run_recvfrom },
	{ }
};
