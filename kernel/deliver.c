// SPDX-License-Identifier: GPL-2.0
/*
 * Messages of datagram sessions into the socket that a datagram of UDP would have come
 * to. What a program then does with it, from poll() to MSG_PEEK, is UDP's: it finds a
 * datagram from its peer, whatever stack has carried it.
 */

#include <linux/filter.h>
#include <linux/skbuff.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/udp.h>

#include "datagrams.h"

/* Whether a socket hears this peer and nobody else: it needs no search */
static bool hears_only(const struct sock *sk, const struct npv_source *source)
{
	const struct inet_sock *inet = inet_sk(sk);

	if (inet_sk_state_load(sk) != TCP_ESTABLISHED ||
	    inet->inet_dport != source->remote_port ||
	    inet->inet_sport != source->local_port)
		return false;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		return ipv6_addr_equal(&sk->sk_v6_daddr, &source->remote);
#endif
	return inet->inet_daddr == source->remote.s6_addr32[3] &&
	       ipv6_addr_v4mapped(&source->remote);
}

/*
 * Whether UDP would find this socket of a server: it fits, and there is no other in its
 * place of UDP's table, so that none has its port. RCU.
 *
 * Nothing is remembered that bind(), connect() or close() of another could make wrong:
 * the table is asked each time, but for one pointer. Its first entry is read first, and
 * what follows on it then. A socket that was taken out keeps what follows, so both fit
 * what was there at one moment, unless others came and went in between; then a search
 * is no better.
 */
static bool has_port_alone(const struct sock *sk, const struct npv_source *source)
{
	const struct net *net = sock_net(sk);
	u16 port = ntohs(source->local_port);
	const struct udp_hslot *slot;

	/* It is for a program of BPF to say, or for the group. */
	if (static_branch_unlikely(&bpf_sk_lookup_enabled) || sk->sk_reuseport)
		return false;
	if (udp_sk(sk)->udp_port_hash != port || inet_sk(sk)->inet_dport)
		return false;
	slot = udp_hashslot(net->ipv4.udp_table, net, port);
	/* Before what follows is read, which it may have had before it was there. */
	if (smp_load_acquire(&slot->head.first) != &sk->sk_node ||
	    READ_ONCE(sk->sk_node.next))
		return false;
	if (ipv6_addr_v4mapped(&source->remote))
		return !ipv6_only_sock(sk) &&
		       (!inet_sk(sk)->inet_rcv_saddr ||
			inet_sk(sk)->inet_rcv_saddr == source->local.s6_addr32[3]);
#if IS_ENABLED(CONFIG_IPV6)
	return sk->sk_family == AF_INET6 &&
	       (ipv6_addr_any(&sk->sk_v6_rcv_saddr) ||
		ipv6_addr_equal(&sk->sk_v6_rcv_saddr, &source->local));
#else
	return false;
#endif
}

/*
 * The socket that UDP would choose: @to, unless its program, or another, has one that
 * is closer to this peer. RCU.
 */
static struct sock *find(struct sock *to, const struct npv_source *source)
{
	struct net *net = sock_net(to);
	int dif = READ_ONCE(to->sk_bound_dev_if);
	struct sock *sk = NULL;

	if (hears_only(to, source) || has_port_alone(to, source))
		sk = to;
	else if (ipv6_addr_v4mapped(&source->remote))
		sk = __udp4_lib_lookup(net, source->remote.s6_addr32[3],
				       source->remote_port,
				       source->local.s6_addr32[3],
				       source->local_port, dif, 0,
				       net->ipv4.udp_table, NULL);
#if IS_ENABLED(CONFIG_IPV6)
	else
		sk = __udp6_lib_lookup(net, &source->remote, source->remote_port,
				       &source->local, source->local_port, dif, 0,
				       net->ipv4.udp_table, NULL);
#endif
	/* Sockets of tunnels take packets as they are on the wire. */
	return sk && !READ_ONCE(udp_sk(sk)->encap_type) ? sk : NULL;
}

/* Mark and hops that the packet came with, 0 and 64 if it was none */
static void carried_by(const struct sk_buff *skb, u8 *tos, u8 *ttl)
{
	*tos = 0;
	*ttl = 64;
	if (skb->protocol == htons(ETH_P_IP)) {
		*tos = ip_hdr(skb)->tos;
		*ttl = ip_hdr(skb)->ttl;
	} else if (skb->protocol == htons(ETH_P_IPV6)) {
		*tos = ipv6_get_dsfield(ipv6_hdr(skb));
		*ttl = ipv6_hdr(skb)->hop_limit;
	}
}

static void forge_ipv4(struct sk_buff *skb, const struct npv_source *source)
{
	struct iphdr *iph;
	u8 tos, ttl;

	carried_by(skb, &tos, &ttl);
	skb_set_network_header(skb, -(int)sizeof(*iph));
	iph = ip_hdr(skb);
	memset(iph, 0, sizeof(*iph));
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = tos;
	iph->ttl = ttl;
	iph->protocol = IPPROTO_UDP;
	iph->tot_len = htons(min_t(u32, skb->len + sizeof(*iph), U16_MAX));
	iph->saddr = source->remote.s6_addr32[3];
	iph->daddr = source->local.s6_addr32[3];
	skb->protocol = htons(ETH_P_IP);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	IPCB(skb)->iif = skb->skb_iif;
}

static void forge_ipv6(struct sk_buff *skb, const struct npv_source *source)
{
	struct ipv6hdr *iph;
	u8 tos, ttl;

	carried_by(skb, &tos, &ttl);
	skb_set_network_header(skb, -(int)sizeof(*iph));
	iph = ipv6_hdr(skb);
	memset(iph, 0, sizeof(*iph));
	iph->version = 6;
	ipv6_change_dsfield(iph, 0, tos);
	iph->hop_limit = ttl;
	iph->nexthdr = IPPROTO_UDP;
	iph->payload_len = htons(min_t(u32, skb->len, U16_MAX));
	iph->saddr = source->remote;
	iph->daddr = source->local;
	skb->protocol = htons(ETH_P_IPV6);
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	IP6CB(skb)->iif = skb->skb_iif;
}

/* Headers as of UDP, before the payload that @skb has. Return: 0 or -ENOMEM. */
static int forge(struct sk_buff *skb, const struct npv_source *source)
{
	bool is4 = ipv6_addr_v4mapped(&source->remote);
	struct udphdr *uh;

	/* Who has a copy, as tcpdump, keeps what was on the wire. */
	if (skb_cow_head(skb, sizeof(*uh) + (is4 ? sizeof(struct iphdr) :
						   sizeof(struct ipv6hdr))))
		return -ENOMEM;
	__skb_push(skb, sizeof(*uh));
	skb_reset_transport_header(skb);
	uh = udp_hdr(skb);
	uh->source = source->remote_port;
	uh->dest = source->local_port;
	uh->len = htons(min_t(u32, skb->len, U16_MAX));
	uh->check = 0;
	if (is4)
		forge_ipv4(skb, source);
	else
		forge_ipv6(skb, source);
	return 0;
}

/* What IP_PKTINFO tells, as ipv4_pktinfo_prepare() */
static void tell_pktinfo(struct sk_buff *skb, const struct npv_source *source)
{
	struct in_pktinfo *info = PKTINFO_SKB_CB(skb);

	if (skb->protocol == htons(ETH_P_IP)) {
		info->ipi_ifindex = skb->skb_iif;
		info->ipi_spec_dst.s_addr = source->local.s6_addr32[3];
	}
	skb_dst_drop(skb);
}

static void count_error(struct sock *sk, int mib)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6) {
		__UDP6_INC_STATS(sock_net(sk), mib, 0);
		__UDP6_INC_STATS(sock_net(sk), UDP_MIB_INERRORS, 0);
		return;
	}
#endif
	__UDP_INC_STATS(sock_net(sk), mib, 0);
	__UDP_INC_STATS(sock_net(sk), UDP_MIB_INERRORS, 0);
}

/**
 * npv_deliver() - put a message into the socket that it is for
 * @to: the UDP sock that the session's datagrams are for
 * @source: the two ends
 * @skb: the message, nothing before skb->data but what may be written over; it is
 *	taken over
 *
 * As with UDP, what has no room is dropped, the newest, and counted at the socket.
 *
 * Context: softirq, or bottom halves off; RCU.
 * Return: 0; -ENOENT without a socket; -EPERM by a filter; -ENOMEM without room.
 */
int npv_deliver(struct sock *to, const struct npv_source *source, struct sk_buff *skb)
{
	struct sock *sk = find(to, source);
	int err = -ENOENT;

	if (!sk)
		goto drop;
	err = -ENOMEM;
	if (forge(skb, source))
		goto drop;
	err = -EPERM;
	if (sk_filter_trim_cap(sk, skb, sizeof(struct udphdr))) {
		atomic_inc(&sk->sk_drops);
		goto drop;
	}
	__skb_pull(skb, sizeof(struct udphdr));
	/* It was checked on the stack that it came by. */
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->csum_level = 0;
	tell_pktinfo(skb, source);
	err = __udp_enqueue_schedule_skb(sk, skb);
	if (!err)
		return 0;
	count_error(sk, err == -ENOMEM ? UDP_MIB_RCVBUFERRORS : UDP_MIB_MEMERRORS);
drop:
	kfree_skb(skb);
	return err;
}
