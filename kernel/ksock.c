// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets of the kernel's own that speak IPv6 and IPv4, or IPv4 where that is
 * all there is; and datagrams with the address that they came to.
 */

#include <linux/err.h>
#include <linux/net.h>
#include <linux/uidgid.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/udp.h>

#include "address.h"
#include "ksock.h"

/**
 * npv_ksock_share() - let a UDP socket share its port with others of this module
 * @sock: the socket, not bound yet
 *
 * As SO_REUSEPORT of one user, who is the kernel, whoever's process this is: what
 * comes from a peer that one of them is connected to is that one's.
 *
 * Context: process.
 */
void npv_ksock_share(struct socket *sock)
{
	SOCK_INODE(sock)->i_uid = GLOBAL_ROOT_UID;
	sock->sk->sk_reuseport = 1;
}

/**
 * npv_ksock_open() - make a socket on all addresses
 * @net: namespace, which the socket does not hold
 * @type: SOCK_STREAM or SOCK_DGRAM
 * @port: local port, network byte order; 0: not bound yet
 *
 * Context: process, may sleep.
 * Return: it, or an error pointer.
 */
struct socket *npv_ksock_open(struct net *net, int type, __be16 port)
{
	struct in6_addr any = in6addr_any;
	sa_family_t family = AF_INET6;
	struct sockaddr_storage ss;
	struct socket *sock;
	int err, len;

	err = sock_create_kern(net, family, type, 0, &sock);
	if (err == -EAFNOSUPPORT) {
		family = AF_INET;
		ipv6_addr_set_v4mapped(0, &any);
		err = sock_create_kern(net, family, type, 0, &sock);
	}
	if (err)
		return ERR_PTR(err);

	if (family == AF_INET6)
		sock->sk->sk_ipv6only = 0;
	if (type == SOCK_STREAM)
		sock->sk->sk_reuse = SK_CAN_REUSE;
	if (!port)
		return sock;
	if (type == SOCK_DGRAM)
		npv_ksock_share(sock);

	len = npv_addr_build(&ss, family, &any, port, 0);
	err = kernel_bind(sock, (struct sockaddr *)&ss, len);
	if (err) {
		sock_release(sock);
		return ERR_PTR(err);
	}

	return sock;
}

/**
 * npv_ksock_drain() - forget what has come to a UDP socket
 * @sock: the socket, just connected
 *
 * What came before that may be anybody's.
 *
 * Context: process.
 */
void npv_ksock_drain(struct socket *sock)
{
	struct sk_buff *skb;
	int err;

	while ((skb = skb_recv_udp(sock->sk, MSG_DONTWAIT, &err)))
		kfree_skb(skb);
}

/* Room for the one control message that either family has here */
union ksock_control {
	struct cmsghdr cmsg;
	u8 in[CMSG_SPACE(sizeof(struct in_pktinfo))];
	u8 in6[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

/* Have a datagram leave from an address. Return: length of the message. */
static unsigned int control_build(union ksock_control *control,
				  sa_family_t family,
				  const struct npv_dgram *dgram)
{
	struct cmsghdr *cmsg = &control->cmsg;

	memset(control, 0, sizeof(*control));
	if (family == AF_INET6) {
		struct in6_pktinfo *info = CMSG_DATA(cmsg);

		cmsg->cmsg_level = SOL_IPV6;
		cmsg->cmsg_type = IPV6_PKTINFO;
		cmsg->cmsg_len = CMSG_LEN(sizeof(*info));
		info->ipi6_addr = dgram->local;
		info->ipi6_ifindex = dgram->via;
		return sizeof(control->in6);
	}

	cmsg->cmsg_level = SOL_IP;
	cmsg->cmsg_type = IP_PKTINFO;
	cmsg->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
	((struct in_pktinfo *)CMSG_DATA(cmsg))->ipi_spec_dst.s_addr =
		dgram->local.s6_addr32[3];
	((struct in_pktinfo *)CMSG_DATA(cmsg))->ipi_ifindex = dgram->via;
	return sizeof(control->in);
}

/**
 * npv_ksock_send() - send a datagram
 * @sock: from npv_ksock_open()
 * @dgram: from where to where
 * @buf: what
 * @len: how many bytes
 *
 * Context: process, may sleep for memory, not for room.
 * Return: 0 or the -errno of UDP.
 */
int npv_ksock_send(struct socket *sock, const struct npv_dgram *dgram,
		   void *buf, unsigned int len)
{
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL };
	struct kvec vec = { .iov_base = buf, .iov_len = len };
	sa_family_t family = sock->sk->sk_family;
	union ksock_control control;
	struct sockaddr_storage ss;
	int ret;

	ret = npv_addr_build(&ss, family, &dgram->remote, dgram->port,
			     dgram->scope_id);
	if (ret < 0)
		return ret;
	msg.msg_name = &ss;
	msg.msg_namelen = ret;
	if (!ipv6_addr_any(&dgram->local) && !npv_addr_is_any4(&dgram->local)) {
		msg.msg_control = &control;
		msg.msg_controllen = control_build(&control, family, dgram);
	}

	ret = kernel_sendmsg(sock, &msg, &vec, 1, len);
	return min(ret, 0);
}

/* What control messages tell of the address that a datagram came to */
static void control_read(struct msghdr *msg, struct npv_dgram *dgram)
{
	struct cmsghdr *cmsg;

	for_each_cmsghdr(cmsg, msg) {
		if (cmsg->cmsg_level == SOL_IPV6 &&
		    cmsg->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo *info = CMSG_DATA(cmsg);

			dgram->local = info->ipi6_addr;
			dgram->ifindex = info->ipi6_ifindex;
		} else if (cmsg->cmsg_level == SOL_IP &&
			   cmsg->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo *info = CMSG_DATA(cmsg);

			ipv6_addr_set_v4mapped(info->ipi_addr.s_addr,
					       &dgram->local);
			dgram->ifindex = info->ipi_ifindex;
		}
	}
}

/**
 * npv_ksock_recv() - take a datagram that has come
 * @sock: from npv_ksock_open()
 * @dgram: whence; the address that it came to only where the socket has been
 *	told to say (IP_PKTINFO, IPV6_RECVPKTINFO), else any
 * @buf: where it goes
 * @size: room there; what is longer is cut
 *
 * Context: process.
 * Return: bytes in @buf; -EAGAIN if none has come; or the -errno of UDP.
 */
int npv_ksock_recv(struct socket *sock, struct npv_dgram *dgram, void *buf,
		   unsigned int size)
{
	struct kvec vec = { .iov_base = buf, .iov_len = size };
	struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
	union ksock_control control;
	struct msghdr msg = {
		.msg_name	= &ss,
		.msg_control	= &control,
		.msg_controllen	= sizeof(control),
	};
	int len;

	memset(dgram, 0, sizeof(*dgram));
	len = kernel_recvmsg(sock, &msg, &vec, 1, size, MSG_DONTWAIT);
	if (len < 0)
		return len;

	dgram->remote = npv_addr_of(&ss, &dgram->port, &dgram->scope_id);
	/* What was written was taken off the front. */
	msg.msg_control = &control;
	msg.msg_controllen = sizeof(control) - msg.msg_controllen;
	control_read(&msg, dgram);

	return len;
}
