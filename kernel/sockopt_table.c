// SPDX-License-Identifier: GPL-2.0
/*
 * What there is to know of single socket options: whether further stacks get them,
 * and which suit a stack.
 */

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/sock.h>

#include "sockopt_table.h"

#define REPLAY(level, name)	{ level, name, NPV_OPT_REPLAY, 0, 0 }
#define ONCE(level, name)	{ level, name, NPV_OPT_ONCE, 0, 0 }
#define TWIN(level, name, twin_level, twin_name) \
	{ level, name, NPV_OPT_REPLAY, twin_level, twin_name }
#define TWIN4(name4, name6)	TWIN(SOL_IP, name4, SOL_IPV6, name6)
#define TWIN6(name6, name4)	TWIN(SOL_IPV6, name6, SOL_IP, name4)

/* What isn't listed is passed on too, and pins the session. */
static const struct npv_option_entry option_table[] = {
	REPLAY(SOL_SOCKET, SO_DEBUG),
	REPLAY(SOL_SOCKET, SO_REUSEADDR),
	REPLAY(SOL_SOCKET, SO_REUSEPORT),
	REPLAY(SOL_SOCKET, SO_DONTROUTE),
	REPLAY(SOL_SOCKET, SO_BROADCAST),
	REPLAY(SOL_SOCKET, SO_SNDBUF),
	REPLAY(SOL_SOCKET, SO_SNDBUFFORCE),
	REPLAY(SOL_SOCKET, SO_RCVBUF),
	REPLAY(SOL_SOCKET, SO_RCVBUFFORCE),
	REPLAY(SOL_SOCKET, SO_BUF_LOCK),
	REPLAY(SOL_SOCKET, SO_RESERVE_MEM),
	REPLAY(SOL_SOCKET, SO_KEEPALIVE),
	REPLAY(SOL_SOCKET, SO_OOBINLINE),
	REPLAY(SOL_SOCKET, SO_NO_CHECK),
	REPLAY(SOL_SOCKET, SO_PRIORITY),
	REPLAY(SOL_SOCKET, SO_LINGER),
	REPLAY(SOL_SOCKET, SO_RCVLOWAT),
	REPLAY(SOL_SOCKET, SO_RCVTIMEO_OLD),
	REPLAY(SOL_SOCKET, SO_RCVTIMEO_NEW),
	REPLAY(SOL_SOCKET, SO_SNDTIMEO_OLD),
	REPLAY(SOL_SOCKET, SO_SNDTIMEO_NEW),
	REPLAY(SOL_SOCKET, SO_BINDTODEVICE),
	REPLAY(SOL_SOCKET, SO_BINDTOIFINDEX),
	REPLAY(SOL_SOCKET, SO_MARK),
	REPLAY(SOL_SOCKET, SO_RCVMARK),
	REPLAY(SOL_SOCKET, SO_RXQ_OVFL),
	REPLAY(SOL_SOCKET, SO_PEEK_OFF),
	REPLAY(SOL_SOCKET, SO_TIMESTAMP_OLD),
	REPLAY(SOL_SOCKET, SO_TIMESTAMP_NEW),
	REPLAY(SOL_SOCKET, SO_TIMESTAMPNS_OLD),
	REPLAY(SOL_SOCKET, SO_TIMESTAMPNS_NEW),
	REPLAY(SOL_SOCKET, SO_TIMESTAMPING_OLD),
	REPLAY(SOL_SOCKET, SO_TIMESTAMPING_NEW),
	REPLAY(SOL_SOCKET, SO_SELECT_ERR_QUEUE),
	REPLAY(SOL_SOCKET, SO_BUSY_POLL),
	REPLAY(SOL_SOCKET, SO_PREFER_BUSY_POLL),
	REPLAY(SOL_SOCKET, SO_BUSY_POLL_BUDGET),
	REPLAY(SOL_SOCKET, SO_MAX_PACING_RATE),
	REPLAY(SOL_SOCKET, SO_INCOMING_CPU),
	REPLAY(SOL_SOCKET, SO_ZEROCOPY),
	REPLAY(SOL_SOCKET, SO_TXTIME),
	REPLAY(SOL_SOCKET, SO_TXREHASH),
	ONCE(SOL_SOCKET, SO_PASSCRED),
	ONCE(SOL_SOCKET, SO_PASSSEC),
	ONCE(SOL_SOCKET, SO_PASSPIDFD),
	ONCE(SOL_SOCKET, SO_CNX_ADVICE),

	REPLAY(SOL_TCP, TCP_NODELAY),
	REPLAY(SOL_TCP, TCP_CORK),
	REPLAY(SOL_TCP, TCP_MAXSEG),
	REPLAY(SOL_TCP, TCP_KEEPIDLE),
	REPLAY(SOL_TCP, TCP_KEEPINTVL),
	REPLAY(SOL_TCP, TCP_KEEPCNT),
	REPLAY(SOL_TCP, TCP_SYNCNT),
	REPLAY(SOL_TCP, TCP_LINGER2),
	REPLAY(SOL_TCP, TCP_DEFER_ACCEPT),
	REPLAY(SOL_TCP, TCP_WINDOW_CLAMP),
	REPLAY(SOL_TCP, TCP_QUICKACK),
	REPLAY(SOL_TCP, TCP_CONGESTION),
	REPLAY(SOL_TCP, TCP_THIN_LINEAR_TIMEOUTS),
	REPLAY(SOL_TCP, TCP_THIN_DUPACK),
	REPLAY(SOL_TCP, TCP_USER_TIMEOUT),
	REPLAY(SOL_TCP, TCP_FASTOPEN),
	REPLAY(SOL_TCP, TCP_FASTOPEN_CONNECT),
	REPLAY(SOL_TCP, TCP_FASTOPEN_KEY),
	REPLAY(SOL_TCP, TCP_FASTOPEN_NO_COOKIE),
	REPLAY(SOL_TCP, TCP_NOTSENT_LOWAT),
	REPLAY(SOL_TCP, TCP_SAVE_SYN),
	REPLAY(SOL_TCP, TCP_INQ),
	REPLAY(SOL_TCP, TCP_TX_DELAY),

	REPLAY(SOL_UDP, UDP_CORK),
	REPLAY(SOL_UDP, UDP_NO_CHECK6_TX),
	REPLAY(SOL_UDP, UDP_NO_CHECK6_RX),
	REPLAY(SOL_UDP, UDP_SEGMENT),
	REPLAY(SOL_UDP, UDP_GRO),

	TWIN4(IP_TOS, IPV6_TCLASS),
	TWIN6(IPV6_TCLASS, IP_TOS),
	TWIN4(IP_TTL, IPV6_UNICAST_HOPS),
	TWIN6(IPV6_UNICAST_HOPS, IP_TTL),
	TWIN4(IP_MTU_DISCOVER, IPV6_MTU_DISCOVER),
	TWIN6(IPV6_MTU_DISCOVER, IP_MTU_DISCOVER),
	TWIN4(IP_RECVERR, IPV6_RECVERR),
	TWIN6(IPV6_RECVERR, IP_RECVERR),
	TWIN4(IP_MINTTL, IPV6_MINHOPCOUNT),
	TWIN6(IPV6_MINHOPCOUNT, IP_MINTTL),
	TWIN4(IP_FREEBIND, IPV6_FREEBIND),
	TWIN6(IPV6_FREEBIND, IP_FREEBIND),
	TWIN4(IP_TRANSPARENT, IPV6_TRANSPARENT),
	TWIN6(IPV6_TRANSPARENT, IP_TRANSPARENT),
	TWIN4(IP_UNICAST_IF, IPV6_UNICAST_IF),
	TWIN6(IPV6_UNICAST_IF, IP_UNICAST_IF),

	REPLAY(SOL_IP, IP_OPTIONS),
	REPLAY(SOL_IP, IP_RECVOPTS),
	REPLAY(SOL_IP, IP_RETOPTS),
	REPLAY(SOL_IP, IP_PKTINFO),
	REPLAY(SOL_IP, IP_RECVTTL),
	REPLAY(SOL_IP, IP_RECVTOS),
	REPLAY(SOL_IP, IP_RECVORIGDSTADDR),
	REPLAY(SOL_IP, IP_RECVFRAGSIZE),
	REPLAY(SOL_IP, IP_RECVERR_RFC4884),
	REPLAY(SOL_IP, IP_BIND_ADDRESS_NO_PORT),
	REPLAY(SOL_IP, IP_LOCAL_PORT_RANGE),
	REPLAY(SOL_IP, IP_MULTICAST_TTL),
	REPLAY(SOL_IP, IP_MULTICAST_LOOP),
	REPLAY(SOL_IP, IP_MULTICAST_IF),
	REPLAY(SOL_IP, IP_MULTICAST_ALL),
	REPLAY(SOL_IP, IP_CHECKSUM),

	REPLAY(SOL_IPV6, IPV6_V6ONLY),
	REPLAY(SOL_IPV6, IPV6_RECVPKTINFO),
	REPLAY(SOL_IPV6, IPV6_RECVHOPLIMIT),
	REPLAY(SOL_IPV6, IPV6_RECVTCLASS),
	REPLAY(SOL_IPV6, IPV6_RECVORIGDSTADDR),
	REPLAY(SOL_IPV6, IPV6_RECVFRAGSIZE),
	REPLAY(SOL_IPV6, IPV6_RECVERR_RFC4884),
	REPLAY(SOL_IPV6, IPV6_RECVPATHMTU),
	REPLAY(SOL_IPV6, IPV6_FLOWINFO),
	REPLAY(SOL_IPV6, IPV6_FLOWINFO_SEND),
	REPLAY(SOL_IPV6, IPV6_AUTOFLOWLABEL),
	REPLAY(SOL_IPV6, IPV6_ADDR_PREFERENCES),
	REPLAY(SOL_IPV6, IPV6_DONTFRAG),
	REPLAY(SOL_IPV6, IPV6_MTU),
	REPLAY(SOL_IPV6, IPV6_MULTICAST_HOPS),
	REPLAY(SOL_IPV6, IPV6_MULTICAST_LOOP),
	REPLAY(SOL_IPV6, IPV6_MULTICAST_IF),
	REPLAY(SOL_IPV6, IPV6_MULTICAST_ALL),
};

/**
 * npv_option_lookup() - what is known of an option
 * @level: level
 * @name: option
 *
 * Return: its line of the table; NULL if it isn't listed.
 */
const struct npv_option_entry *npv_option_lookup(int level, int name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(option_table); i++)
		if (option_table[i].level == level &&
		    option_table[i].name == name)
			return &option_table[i];

	return NULL;
}

/**
 * npv_option_guards() - whether it is no small matter that a connected stack lacks it
 * @entry: the option
 *
 * Return: whether it is none.
 */
bool npv_option_guards(const struct npv_option_entry *entry)
{
	switch (entry->level) {
	case SOL_SOCKET:
		return entry->name == SO_MARK || entry->name == SO_DONTROUTE;
	case SOL_IP:
		return entry->name == IP_MINTTL;
	case SOL_IPV6:
		return entry->name == IPV6_MINHOPCOUNT;
	default:
		return false;
	}
}

/* What of a program's options for its stream also shapes the packets of UDP */
static bool option_suits_udp(int level, int name)
{
	switch (level) {
	case SOL_SOCKET:
		return name == SO_MARK || name == SO_PRIORITY ||
		       name == SO_BINDTODEVICE || name == SO_BINDTOIFINDEX ||
		       name == SO_DONTROUTE || name == SO_MAX_PACING_RATE;
	case SOL_IP:
		return name == IP_TOS || name == IP_TTL ||
		       name == IP_FREEBIND || name == IP_TRANSPARENT ||
		       name == IP_UNICAST_IF || name == IP_OPTIONS;
	case SOL_IPV6:
		return name == IPV6_TCLASS || name == IPV6_UNICAST_HOPS ||
		       name == IPV6_FREEBIND ||
		       name == IPV6_TRANSPARENT || name == IPV6_UNICAST_IF ||
		       name == IPV6_ADDR_PREFERENCES ||
		       name == IPV6_AUTOFLOWLABEL;
	default:
		return false;
	}
}

/**
 * npv_sockopt_suits() - whether an option is for a stack
 * @sk: the stack's sock
 * @level: level
 * @name: option
 *
 * What tells how a stream or its program's socket behaves is not for UDP, nor is
 * what would keep the stack from doing its work.
 *
 * Context: any.
 * Return: whether it is.
 */
bool npv_sockopt_suits(const struct sock *sk, int level, int name)
{
	if (level == SOL_IPV6 && sk->sk_family != AF_INET6)
		return false;
	return sk->sk_protocol == IPPROTO_TCP || option_suits_udp(level, name);
}

/**
 * npv_option_session_only() - what a native session does itself
 * @entry: the option
 *
 * Return: whether its stacks must not do it as well.
 */
bool npv_option_session_only(const struct npv_option_entry *entry)
{
	return entry->level == SOL_SOCKET &&
	       (entry->name == SO_LINGER || entry->name == SO_RCVLOWAT);
}

/**
 * npv_option_carries() - what of a datagram socket means the session that carries for it
 * @entry: the option
 *
 * Return: whether the session has it too: by which way it goes, and how.
 */
bool npv_option_carries(const struct npv_option_entry *entry)
{
	switch (entry->level) {
	case SOL_SOCKET:
		return entry->name == SO_MARK || entry->name == SO_PRIORITY ||
		       entry->name == SO_BINDTODEVICE ||
		       entry->name == SO_BINDTOIFINDEX ||
		       entry->name == SO_DONTROUTE;
	case SOL_IP:
		return entry->name == IP_TOS || entry->name == IP_UNICAST_IF;
	case SOL_IPV6:
		return entry->name == IPV6_TCLASS || entry->name == IPV6_UNICAST_IF;
	default:
		return false;
	}
}

/**
 * npv_option_udp_only() - what is about the packets of UDP themselves
 * @entry: the option
 *
 * Return: whether who has set it is not to have his datagrams carried by a session.
 */
bool npv_option_udp_only(const struct npv_option_entry *entry)
{
	switch (entry->level) {
	case SOL_SOCKET:
		return entry->name == SO_TXTIME ||
		       entry->name == SO_TIMESTAMP_OLD ||
		       entry->name == SO_TIMESTAMP_NEW ||
		       entry->name == SO_TIMESTAMPNS_OLD ||
		       entry->name == SO_TIMESTAMPNS_NEW ||
		       entry->name == SO_TIMESTAMPING_OLD ||
		       entry->name == SO_TIMESTAMPING_NEW;
	case SOL_UDP:
		return entry->name == UDP_SEGMENT || entry->name == UDP_CORK;
	case SOL_IP:
		return entry->name == IP_TTL || entry->name == IP_MINTTL ||
		       entry->name == IP_TRANSPARENT || entry->name == IP_FREEBIND ||
		       entry->name == IP_OPTIONS;
	case SOL_IPV6:
		return entry->name == IPV6_UNICAST_HOPS ||
		       entry->name == IPV6_MINHOPCOUNT ||
		       entry->name == IPV6_TRANSPARENT ||
		       entry->name == IPV6_FREEBIND;
	default:
		return false;
	}
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/sockopt_table_test.c"
#endif
