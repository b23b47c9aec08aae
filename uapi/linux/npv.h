/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Socket interface of AF_NPV, Network Protocol Virtualization.
 *
 * A program opens one kind of socket and never picks IPv4 or IPv6, an address
 * or an interface:
 *
 *	int fd = socket(npv_family(), SOCK_STREAM, 0);
 *
 * bind(), connect() and sendto() take struct sockaddr_npv (several addresses,
 * one port), struct sockaddr_in or struct sockaddr_in6. Names come back in the
 * family that the program used first; see NPV_NAME_FAMILY.
 *
 * All structs grow at the end only. Sizes are negotiated by optlen (NPV_INFO)
 * or by the sizes in the header (NPV_STACKS): the kernel never writes more
 * than the caller has room for, and says how much it knows of.
 */
#ifndef _UAPI_LINUX_NPV_H
#define _UAPI_LINUX_NPV_H

#include <linux/types.h>
#include <linux/in6.h>
#include <linux/socket.h>

/**
 * NPV_FAMILY_DEFAULT - the address family unless parameter "family" moved it
 *
 * 18 is AF_ASH in the kernel's list, which nothing has registered for decades.
 * The number in force is in /sys/module/npv/parameters/family and in the reply
 * to the netlink command NPV_CMD_INFO_GET; npv_family() below reads the former.
 */
#define NPV_FAMILY_DEFAULT	18

/** SOL_NPV - level of get- and setsockopt() for the options below ("NP") */
#define SOL_NPV			0x4e50

/** NPV_ADDR_MAX - number of addresses in one struct sockaddr_npv */
#define NPV_ADDR_MAX		7

/**
 * NPV_PROTO - protocol argument of socket() for a program that has a family
 * @family: AF_INET or AF_INET6
 * @protocol: 0, IPPROTO_TCP or IPPROTO_UDP, as the type has it
 *
 *	socket(npv_family(), SOCK_STREAM, NPV_PROTO(AF_INET, 0));
 *
 * The socket takes addresses of that family (and sockaddr_npv), tells names in
 * it, and answers every call as a socket of that family does, down to the
 * errno and the level of control messages. npv-run makes such sockets for
 * programs that know nothing of NPV.
 */
#define NPV_PROTO(family, protocol)	((family) << 16 | (protocol))

/**
 * struct sockaddr_npv - where a session goes to, or where it starts from
 * @snpv_family: the NPV family, see npv_family()
 * @snpv_port: port, network byte order, the same for every address
 * @snpv_count: number of addresses used, 0 to NPV_ADDR_MAX. None means "any
 *	address" to bind() and is EINVAL to connect() and sendto().
 * @snpv_flags: must be zero
 * @__snpv_pad: must be zero
 * @snpv_scope_id: interface index for link-local addresses among @snpv_addr,
 *	else zero
 * @snpv_addr: IPv6 addresses; IPv4 ones as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2),
 *	in order of the program's preference
 *
 * The length given with it may end behind the last address used. It fits
 * struct sockaddr_storage.
 */
struct sockaddr_npv {
	__kernel_sa_family_t	snpv_family;
	__be16			snpv_port;
	__u8			snpv_count;
	__u8			snpv_flags;
	__u16			__snpv_pad;
	__u32			snpv_scope_id;
	struct in6_addr		snpv_addr[NPV_ADDR_MAX];
};

/**
 * NPV_INFO - getsockopt: what the session is; struct npv_info
 *
 * Errors: EFAULT, EINVAL (negative length).
 */
#define NPV_INFO		1

/**
 * NPV_STACKS - getsockopt: the session's communication stacks
 *
 * The buffer starts with struct npv_stacks, filled in by the caller (@size_hdr
 * and @size_user); an array of struct npv_stack_info, each @size_user bytes
 * apart, follows. As many as fit are written.
 * Errors: EFAULT, EINVAL (a size that can't be).
 */
#define NPV_STACKS		2

/**
 * NPV_NAME_FAMILY - get/setsockopt: family in which names are returned; int
 *
 * AF_INET, AF_INET6 or the NPV family (the default until the first bind(),
 * connect() or sendto() with another). It changes names only; see NPV_PROTO()
 * for a socket that is to behave as an AF_INET or AF_INET6 one throughout.
 * Errors: EINVAL (another value, or too short).
 */
#define NPV_NAME_FAMILY		3

/**
 * NPV_SCHEDULER - get/setsockopt: which stack carries what; a string
 *
 * Name of the scheduler of a native session, up to 15 bytes: "minrtt",
 * "weighted", "redundant", "backup", or what another module offers. Set before
 * connect() or listen(), or on a live session. Accepted sessions have their
 * listener's.
 * Errors: ENOENT (none has that name), EINVAL (too long), EFAULT.
 */
#define NPV_SCHEDULER		4

/**
 * NPV_MSG_LIFETIME - control message of sendmsg(): when a datagram is of no use; __u32
 *
 * Of SOCK_DGRAM, as the two that follow, with level SOL_NPV; names are those of
 * RFC 9622, section 9.1.3. Milliseconds; one that could not leave for so long is
 * dropped, and counted (message-expired). 0, the default: it always is of use.
 * Errors, also of the others: EINVAL (length, or a value that can't be).
 */
#define NPV_MSG_LIFETIME	5

/**
 * NPV_MSG_PRIORITY - control message of sendmsg(): how important a datagram is; __u32
 *
 * The lower, the more. Below NPV_MSG_PRIORITY_DEFAULT it goes as interactive, above it
 * as bulk traffic, by queues that tell them apart (tc-prio(8)).
 */
#define NPV_MSG_PRIORITY	6

/** NPV_MSG_PRIORITY_DEFAULT - that of datagrams of which nothing is said */
#define NPV_MSG_PRIORITY_DEFAULT	100

/**
 * NPV_MSG_RELIABLE - control message of sendmsg(): whether a datagram is to arrive; __u32
 *
 * 1: where a session carries the socket's datagrams it is sent again until the peer's
 * host has it, in order with others like it; what the socket there has no room for is
 * lost all the same. As long as there is no session it goes as UDP.
 */
#define NPV_MSG_RELIABLE	7

/**
 * NPV_KEEPALIVE - get/setsockopt: after which silence something is sent; int
 *
 * Seconds, 1 to 32767, after which a UDP stack of a native session that has sent
 * nothing sends a packet, so that NATs and firewalls on its way know it still. 0, the
 * default: a session that has nothing to say is silent. Of SOCK_DGRAM it holds for the
 * sessions that carry the socket's datagrams, as long as they are used. Set at any
 * time; accepted sessions have their listener's. TCP stacks have SO_KEEPALIVE.
 * Errors: EINVAL (another value, or too short), EFAULT.
 */
#define NPV_KEEPALIVE		8

/*
 * What follows are properties of RFC 9622 (TAPS), sections 6.2 and 8.1: what a
 * program needs of a session, before connect() or listen() or, if it is live, from
 * then on. Its profile (npv-mgr-profile(8)) may say otherwise, and counts if it is
 * strict. Accepted sessions have their listener's, those that carry datagrams their
 * socket's. Where there is an enum for it, <linux/npv_netlink.h> has it.
 *
 * To get one tells what is wanted of the session, by its profile and its program
 * together; where nobody has said anything, how it is without. Setting an int to -1
 * takes back what was said.
 * Errors: EINVAL (a value that can't be, too short), EOPNOTSUPP (it can't be had
 * with such a socket), EFAULT, ENOMEM.
 */

/**
 * NPV_MULTIPATH - get/setsockopt: whether there may be several stacks; int
 *
 * enum npv_multipath, "multipath" of section 6.2.14; without a word active.
 */
#define NPV_MULTIPATH		9

/**
 * NPV_MULTIPATH_POLICY - get/setsockopt: what several stacks are for; int
 *
 * enum npv_multipath_policy, "multipathPolicy" of section 8.1.7; without a word
 * interactive. NPV_SCHEDULER, if it was set, says more than this.
 */
#define NPV_MULTIPATH_POLICY	10

/**
 * NPV_CAPACITY_PROFILE - get/setsockopt: what the traffic is like; int
 *
 * enum npv_capacity, "connCapacityProfile" of section 8.1.6; without a word default.
 * Where the program has not set them itself, DSCP (IP_TOS, IPV6_TCLASS), SO_PRIORITY
 * and, if that is of use, TCP_NODELAY of every stack follow from it.
 */
#define NPV_CAPACITY_PROFILE	11

/**
 * NPV_RELIABILITY - get/setsockopt: whether data is to arrive; int
 *
 * enum npv_preference, "reliability" of section 6.2.1. SOCK_STREAM and SOCK_SEQPACKET
 * have it: required without a word, prohibited it can't be. Of SOCK_DGRAM, where it is
 * preferred or required, messages are reliable of which NPV_MSG_RELIABLE says nothing:
 * as they are, they are so only where a session carries them (NPV_INFO tells).
 */
#define NPV_RELIABILITY		12

/**
 * NPV_PRESERVE_ORDER - get/setsockopt: whether data is to arrive in order; int
 *
 * enum npv_preference, "preserveOrder" of section 6.2.4. As NPV_RELIABILITY; of
 * SOCK_DGRAM reliable messages are in order, so that it can be required only where
 * reliability is, and that not be taken back before it.
 */
#define NPV_PRESERVE_ORDER	13

/**
 * NPV_DIRECTION - get/setsockopt: whether the program sends, receives or both; int
 *
 * enum npv_direction, "direction" of section 6.2.16. All sessions can do both, and go
 * on to: shutdown() ends a direction, this doesn't.
 */
#define NPV_DIRECTION		14

/**
 * enum npv_direction - value of NPV_DIRECTION
 * @NPV_DIRECTION_BIDIRECTIONAL: both
 * @NPV_DIRECTION_SEND: unidirectional send: it receives nothing
 * @NPV_DIRECTION_RECEIVE: unidirectional receive: it sends nothing
 */
enum npv_direction {
	NPV_DIRECTION_BIDIRECTIONAL,
	NPV_DIRECTION_SEND,
	NPV_DIRECTION_RECEIVE,
};

/**
 * NPV_PREFER_TRANSPORT - get/setsockopt: TCP or UDP below; struct npv_prefer
 *
 * Of one enum npv_transport at a time. To get it fills an array with as many as there
 * are, and there is room for. Datagrams can't be kept from UDP (EOPNOTSUPP): they go
 * over it as long as no session carries them.
 */
#define NPV_PREFER_TRANSPORT	15

/**
 * NPV_PREFER_NETWORK - get/setsockopt: IPv4 or IPv6 below; struct npv_prefer
 *
 * Of NPV_NETWORK_IPV4 or NPV_NETWORK_IPV6, else as NPV_PREFER_TRANSPORT. A socket
 * of AF_INET (NPV_PROTO()) can't be kept from IPv4.
 */
#define NPV_PREFER_NETWORK	16

/**
 * NPV_PREFER_INTERFACE - get/setsockopt: interfaces; struct npv_prefer_interface
 *
 * "interface" of section 6.2.11. Each that is set is one more, or another preference
 * of it; NPV_PREFERENCE_NONE forgets it. To get them fills an array with all of them
 * that there is room for. Errors: also ENOSPC (8 of them are set).
 */
#define NPV_PREFER_INTERFACE	17

/**
 * NPV_TEMPORARY_ADDRESS - get/setsockopt: temporary local addresses (RFC 8981); int
 *
 * enum npv_preference, "useTemporaryLocalAddress" of section 6.2.13; without a word
 * as the host has it (IPV6_ADDR_PREFERENCES, net.ipv6.conf.*.use_tempaddr). IPv4 has
 * none. For a socket that is bound to an address it says nothing.
 */
#define NPV_TEMPORARY_ADDRESS	18

/**
 * NPV_PEER_NAME - get/setsockopt: name of the peer that the program connects to; a string
 *
 * Up to 253 bytes, as it asked the resolver for it. Case and a dot at the end don't
 * count. It is for operators' rules, and to be shown; nothing is looked up. Empty
 * takes it back.
 */
#define NPV_PEER_NAME		19

/**
 * NPV_PROFILE - get/setsockopt: the profile that the program asks for; a string
 *
 * Up to 31 bytes. A rule that names another counts more. Empty takes it back. To get
 * it tells the one that the session has; empty: none.
 * Errors: also ENOENT (there is no such profile).
 */
#define NPV_PROFILE		20

/**
 * struct npv_prefer - value of NPV_PREFER_TRANSPORT and NPV_PREFER_NETWORK
 * @npvp_what: enum npv_transport, or enum npv_network without "any"
 * @npvp_preference: enum npv_preference
 */
struct npv_prefer {
	__u32		npvp_what;
	__u32		npvp_preference;
};

/**
 * struct npv_prefer_interface - value of NPV_PREFER_INTERFACE
 * @npvp_name: name of the interface, up to 15 bytes and NUL; one that ends in * stands
 *	for all that begin so
 * @npvp_preference: enum npv_preference
 */
struct npv_prefer_interface {
	char		npvp_name[16];
	__u32		npvp_preference;
};

/** NPV_SCHEDULER_MAX - room for its name and the NUL behind it */
#define NPV_SCHEDULER_MAX	16

/**
 * struct npv_info - answer to NPV_INFO
 * @npvi_id: number of the session, as in netlink; never used twice in a boot
 * @npvi_kind: enum npv_kind
 * @npvi_state: enum npv_state
 * @npvi_reason: enum npv_reason: why it is of that kind
 * @__npvi_pad: zero
 * @npvi_name_family: family in which names are returned
 * @npvi_stacks: number of stacks the session has
 * @npvi_candidates: addresses that the last connect() had to choose from
 * @npvi_attempts: connection attempts that the last connect() started
 * @npvi_connect_us: microseconds from connect() to established, 0 if not yet
 * @npvi_port_local: local port, network byte order
 * @npvi_port_remote: remote port, network byte order
 * @npvi_scope_id: interface index of link-local addresses, else zero
 * @npvi_local: local address, IPv4 as ::ffff:a.b.c.d
 * @npvi_remote: true address of the peer, also where getpeername() can't
 *	express it in the program's family
 * @npvi_rule: id of the rule that named the profile, 0 if none did
 * @__npvi_pad2: zero
 * @npvi_profile: name of the session's profile, empty: it has none
 */
struct npv_info {
	__u64		npvi_id;
	__u8		npvi_kind;
	__u8		npvi_state;
	__u8		npvi_reason;
	__u8		__npvi_pad;
	__u32		npvi_name_family;
	__u32		npvi_stacks;
	__u32		npvi_candidates;
	__u32		npvi_attempts;
	__u32		npvi_connect_us;
	__be16		npvi_port_local;
	__be16		npvi_port_remote;
	__u32		npvi_scope_id;
	struct in6_addr	npvi_local;
	struct in6_addr	npvi_remote;
	__u32		npvi_rule;
	__u32		__npvi_pad2;
	char		npvi_profile[32];
};

/**
 * struct npv_stacks - header of the NPV_STACKS buffer
 * @size_hdr: in: sizeof(struct npv_stacks) as the caller knows it
 * @num_stacks: out: number of stacks the session has, also if they don't fit
 * @size_kernel: out: sizeof(struct npv_stack_info) as the kernel knows it
 * @size_user: in: the caller's; out: how much of each entry was filled in
 */
struct npv_stacks {
	__u32	size_hdr;
	__u32	num_stacks;
	__u32	size_kernel;
	__u32	size_user;
};

/**
 * struct npv_stack_info - one communication stack
 * @npvs_id: number of the stack within its session
 * @npvs_transport: enum npv_transport
 * @npvs_network: enum npv_network
 * @npvs_tcp_state: state as in struct tcp_info, for UDP TCP_ESTABLISHED or
 *	TCP_CLOSE (7)
 * @__npvs_pad: zero
 * @npvs_ifindex: interface the stack is bound to or was routed over, 0 unknown
 * @npvs_port_local: local port, network byte order
 * @npvs_port_remote: remote port, network byte order
 * @npvs_local: local address, IPv4 as ::ffff:a.b.c.d
 * @npvs_remote: remote address, IPv4 as ::ffff:a.b.c.d
 * @npvs_srtt_us: smoothed round-trip time in microseconds, 0 unknown
 * @npvs_cwnd: congestion window in segments, 0 where there is none
 * @npvs_bytes_sent: payload bytes handed to the stack and sent by it
 * @npvs_bytes_received: payload bytes that the stack has received
 * @npvs_delivery_rate: most recent goodput in bytes a second, 0 unknown
 * @npvs_rttvar_us: variation of the round-trip time in microseconds, 0 unknown
 * @npvs_loss_ppm: of a million packets so many were lost: as of late, or of a plain
 *	session since it began
 */
struct npv_stack_info {
	__u32		npvs_id;
	__u8		npvs_transport;
	__u8		npvs_network;
	__u8		npvs_tcp_state;
	__u8		__npvs_pad;
	__u32		npvs_ifindex;
	__be16		npvs_port_local;
	__be16		npvs_port_remote;
	struct in6_addr	npvs_local;
	struct in6_addr	npvs_remote;
	__u32		npvs_srtt_us;
	__u32		npvs_cwnd;
	__u64		npvs_bytes_sent;
	__u64		npvs_bytes_received;
	__u64		npvs_delivery_rate;
	__u32		npvs_rttvar_us;
	__u32		npvs_loss_ppm;
};

#ifndef __KERNEL__
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/**
 * npv_family() - the address family to give to socket()
 *
 * Return: the number that the loaded module registered, or NPV_FAMILY_DEFAULT
 * where the module isn't loaded: socket() then loads it, or fails with
 * EAFNOSUPPORT. errno is left alone.
 */
static inline int npv_family(void)
{
	char buf[16] = "";
	int saved = errno;
	int fd, n = 0;

	fd = open("/sys/module/npv/parameters/family", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = (int)read(fd, buf, sizeof(buf) - 1);
		close(fd);
	}
	n = n > 0 ? atoi(buf) : 0;
	errno = saved;

	return n > 0 ? n : NPV_FAMILY_DEFAULT;
}
#endif /* !__KERNEL__ */

#endif /* _UAPI_LINUX_NPV_H */
