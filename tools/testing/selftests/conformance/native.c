// SPDX-License-Identifier: GPL-2.0
/*
 * Where a native session can't be what a TCP socket is, though both ends are
 * AF_NPV ones that find each other; npv(7) tells programmers the same. Whatever
 * isn't listed here has to pass there too.
 */
#include <string.h>

#include "conformance.h"

bool native_mode;

static const struct {
	const char *name, *why;
} differences[] = {
	/* what a stack below doesn't tell the session */
	{ "poll: urgent data", "no urgent data" },
	{ "select: read, write, except", "no urgent data" },
	{ "MSG_OOB and SIOCATMARK", "no urgent data" },
	{ "SO_OOBINLINE", "no urgent data" },
	{ "SIGURG for urgent data", "no urgent data" },
	{ "TCP_SAVE_SYN", "the SYN was the NPV port's" },
	{ "TCP_DEFER_ACCEPT", "HELLO is data" },
	{ "TCP_FASTOPEN_CONNECT", "HELLO is data" },
	{ "SO_TIMESTAMPING of receiving", "only if asked for before connect()" },
	{ "SO_TIMESTAMPING of sending", "only if asked for before connect()" },
	{ "mmap and TCP_ZEROCOPY_RECEIVE", "frames lie between the pages" },
	{ "kTLS: round trip", "EOPNOTSUPP: a stack is not the session" },
	{ "kTLS: bulk", "EOPNOTSUPP: a stack is not the session" },
	{ "kTLS: close", "EOPNOTSUPP: a stack is not the session" },
	{ "kTLS: record types", "EOPNOTSUPP: a stack is not the session" },
	{ "kTLS: sendfile and splice", "EOPNOTSUPP: a stack is not the session" },
	{ "IPV6_ADDRFORM", "EOPNOTSUPP: a stack is not the session" },
	{ "connect(AF_UNSPEC) disconnects", "EISCONN" },
	/* the service's port is the listener's alone */
	{ "TIME_WAIT keeps the port", "a session doesn't occupy the port" },
	{ "a connection keeps its listener's port",
	  "a session doesn't occupy the port" },
	/* the NPV port answers for the service, with a queue of its own */
	{ "connect, non-blocking, done late", "a full queue refuses, no SYN is lost" },
	{ "connect interrupted by a signal goes on",
	  "a full queue refuses, no SYN is lost" },
	{ "connect interrupted by a signal with SA_RESTART",
	  "a full queue refuses, no SYN is lost" },
	{ "connect with epoll registered before, level",
	  "a full queue refuses, no SYN is lost" },
	{ "connect with epoll registered before, edge",
	  "a full queue refuses, no SYN is lost" },
	{ "listen backlog, raised later", "a full queue refuses, no SYN is lost" },
	/* bytes are acknowledged by the peer's session as long as its window lasts */
	{ "SO_LINGER, timed", "nothing is left to linger for" },
	{ "SO_LINGER, until all is sent", "nothing is left to linger for" },
	{ "TCP_NOTSENT_LOWAT", "nothing waits in this host" },
	{ "SO_MEMINFO", "what is received waits in the stacks" },
	/* the session's sock is neither of AF_INET6 nor of TCP */
	{ "SO_TYPE, SO_PROTOCOL, SO_DOMAIN, SO_ACCEPTCONN",
	  "SO_DOMAIN is AF_NPV, SO_PROTOCOL 0" },
	{ "connect in progress: EALREADY and the other calls",
	  "no local name before it is connected" },
	/* of plain sessions by their nature */
	{ "NPV_INFO through the life of a stream", "of a plain session" },
	{ "NPV_STACKS of a connection", "of a plain session" },
	{ "connect to the second of two addresses", "attempts to the NPV port count" },
};

const char *native_difference(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(differences) / sizeof(differences[0]); i++)
		if (!strcmp(differences[i].name, name))
			return differences[i].why;
	return NULL;
}
