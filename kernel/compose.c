// SPDX-License-Identifier: GPL-2.0
/*
 * Composition: between which addresses a native session has its stacks.
 *
 * The side that connected composes: it joins one stack for each distinct pair of
 * its own and the peer's addresses, up to the number that is wanted. The other
 * side tells its addresses. Both look again when addresses or links change.
 */

#include <linux/inetdevice.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/if_inet6.h>
#include <net/ip6_route.h>
#include <net/ipv6_stubs.h>
#include <net/route.h>

#include "address.h"
#include "compose.h"
#include "handshake.h"
#include "native.h"
#include "netns.h"
#include "pairs.h"
#include "session.h"
#include "sockopt.h"
#include "stack.h"
#include "stack_tcp.h"
#include "stack_udp.h"
#include "stacks.h"

#define LOCALS_MAX	NPV_FRAME_ADDRS_MAX
/* What it is worth that a pair's interface has no stack: more than pair_rank() */
#define RANK_INTERFACE	2
/* For so many more addresses of the peer memory is taken at a time */
#define REMOTES_MORE	3U
/* A stack that is joining is given up after this */
#define JOIN_TIMEOUT	(5 * HZ)

/**
 * struct local - an address of this host that may carry stacks
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @ifindex: its interface
 */
struct local {
	struct in6_addr addr;
	int ifindex;
};

static unsigned int locals_ipv4(const struct net_device *dev,
				struct local *local, unsigned int room)
{
	struct in_device *in_dev = __in_dev_get_rcu(dev);
	const struct in_ifaddr *ifa;
	unsigned int n = 0;

	if (!in_dev)
		return 0;
	in_dev_for_each_ifa_rcu(ifa, in_dev) {
		if (ifa->ifa_flags & IFA_F_SECONDARY ||
		    ifa->ifa_scope >= RT_SCOPE_LINK)
			continue;
		if (n == room)
			break;
		ipv6_addr_set_v4mapped(ifa->ifa_local, &local[n].addr);
		local[n++].ifindex = dev->ifindex;
	}
	return n;
}

/* One address of a link: more of them lead over the same path. */
static unsigned int locals_ipv6(const struct net_device *dev,
				struct local *local, unsigned int room)
{
	unsigned int n = 0;
#if IS_ENABLED(CONFIG_IPV6)
	struct inet6_dev *idev = __in6_dev_get(dev);
	const struct inet6_ifaddr *ifp;

	if (!idev || !room)
		return 0;
	read_lock_bh(&idev->lock);
	list_for_each_entry(ifp, &idev->addr_list, if_list) {
		if (ifp->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED |
				  IFA_F_DEPRECATED) ||
		    ipv6_addr_src_scope(&ifp->addr) <= IPV6_ADDR_SCOPE_LINKLOCAL)
			continue;
		local[0].addr = ifp->addr;
		local[0].ifindex = dev->ifindex;
		n = 1;
		break;
	}
	read_unlock_bh(&idev->lock);
#endif
	return n;
}

/* The addresses of this host. Return: their number. */
static unsigned int locals_get(struct net *net, struct local *local)
{
	struct net_device *dev;
	unsigned int n = 0;

	rcu_read_lock();
	for_each_netdev_rcu(net, dev) {
		if (!(dev->flags & IFF_UP) || dev->flags & IFF_LOOPBACK ||
		    !netif_carrier_ok(dev))
			continue;
		n += locals_ipv4(dev, local + n, LOCALS_MAX - n);
		n += locals_ipv6(dev, local + n, LOCALS_MAX - n);
	}
	rcu_read_unlock();

	return n;
}

/* Whether what is sent from @local to @remote leaves by @local's interface */
static bool pair_routes(struct npv_native *nat, const struct local *local,
			const struct in6_addr *remote)
{
	const struct sock *sk = &nat->nsk->sk;
	struct net *net = sock_net(sk);
	bool ok;

	if (ipv6_addr_v4mapped(remote)) {
		struct flowi4 fl4 = {
			.daddr = remote->s6_addr32[3],
			.saddr = local->addr.s6_addr32[3],
			.flowi4_mark = READ_ONCE(sk->sk_mark),
			.flowi4_uid = sk->sk_uid,
			.flowi4_proto = IPPROTO_TCP,
		};
		struct rtable *rt = ip_route_output_key(net, &fl4);

		if (IS_ERR(rt))
			return false;
		ok = rt->dst.dev->ifindex == local->ifindex;
		ip_rt_put(rt);
	} else {
		struct flowi6 fl6 = {
			.daddr = *remote,
			.saddr = local->addr,
			.flowi6_mark = READ_ONCE(sk->sk_mark),
			.flowi6_uid = sk->sk_uid,
			.flowi6_proto = IPPROTO_TCP,
		};
		struct dst_entry *dst;

		dst = ipv6_stub->ipv6_dst_lookup_flow(net, NULL, &fl6, NULL);
		if (IS_ERR(dst))
			return false;
		ok = dst->dev->ifindex == local->ifindex;
		dst_release(dst);
	}

	return ok;
}

/* The stacks that leave by an interface, of which @local are the addresses */
static unsigned int interface_stacks(const struct npv_native *nat,
				     const struct local *local, unsigned int n,
				     int ifindex)
{
	unsigned int i, j, count = 0;
	struct in6_addr addr;
	__be16 port;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		addr = npv_stack_local(npv_subflow_sk(nat->slot[i]), &port);
		for (j = 0; j < n; j++)
			if (local[j].ifindex == ifindex &&
			    ipv6_addr_equal(&local[j].addr, &addr))
				count++;
	}

	return count;
}

/* Bits of what pair_protocols() returns */
#define PAIR_TCP	BIT(0)
#define PAIR_UDP	BIT(1)

/* The transport protocols of the stacks between two addresses */
static unsigned int pair_protocols(const struct npv_native *nat,
				   const struct in6_addr *local,
				   const struct in6_addr *remote)
{
	unsigned int i, protocols = 0;
	struct in6_addr addr;
	__be16 port;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		const struct sock *sk = npv_subflow_sk(nat->slot[i]);

		addr = npv_stack_local(sk, &port);
		if (!ipv6_addr_equal(&addr, local))
			continue;
		addr = npv_stack_remote(sk, &port);
		if (ipv6_addr_equal(&addr, remote))
			protocols |= npv_subflow_is_tcp(nat->slot[i]) ?
				     PAIR_TCP : PAIR_UDP;
	}
	return protocols;
}

/* Whether a stack is one of UDP where that gets through */
static bool pair_prefers_udp(const struct npv_native *nat)
{
	const struct npv_net *npvn = npv_pernet(sock_net(&nat->nsk->sk));

	return (nat->datagrams || READ_ONCE(npvn->sysctls.prefer_udp)) &&
	       !npv_sockopt_near_only(nat->nsk);
}

/*
 * The transport protocol of a stack between two addresses: TCP, but where nothing
 * gets through the other one of what is there, or failed last. A firewall may have
 * come to like only one of them.
 */
static int pair_protocol(struct npv_native *nat, const struct in6_addr *local,
			 const struct in6_addr *remote)
{
	unsigned int protocols = pair_protocols(nat, local, remote);
	const struct npv_pair_failed *failed;

	/* Datagrams are for UDP, as long as it gets through. */
	if (!(protocols & PAIR_UDP) && pair_prefers_udp(nat)) {
		failed = npv_pairs_find(nat, local, remote);
		if (protocols || !failed || !(failed->times & 1))
			return IPPROTO_UDP;
	}
	if (protocols)
		return protocols & PAIR_TCP ? IPPROTO_UDP : IPPROTO_TCP;
	failed = npv_pairs_find(nat, local, remote);
	return failed && failed->times & 1 && npv_stacks_stalled(nat) ?
	       IPPROTO_UDP : IPPROTO_TCP;
}

/* Whether one more stack is of use between addresses that have those already */
static bool pair_takes(const struct npv_native *nat, unsigned int protocols)
{
	if (nat->datagrams && protocols == PAIR_TCP)
		return true;
	/* Where nothing gets through, another protocol may. */
	return npv_stacks_stalled(nat) && hweight32(protocols) == 1;
}

/*
 * How good a pair is: 0 not at all, 2 if it shares no address with a stack that
 * is there, 1 if it shares one.
 */
static unsigned int pair_rank(struct npv_native *nat, const struct local *local,
			      const struct in6_addr *remote)
{
	bool local_used = false, remote_used = false;
	unsigned long due, now = jiffies;
	struct in6_addr addr;
	unsigned int i;
	__be16 port;

	if (ipv6_addr_v4mapped(&local->addr) != ipv6_addr_v4mapped(remote))
		return 0;
	for (i = 0; i < NPV_STACKS_MAX; i++) {
		const struct sock *sk;

		if (!nat->slot[i])
			continue;
		sk = npv_subflow_sk(nat->slot[i]);
		addr = npv_stack_local(sk, &port);
		local_used |= ipv6_addr_equal(&addr, &local->addr);
		addr = npv_stack_remote(sk, &port);
		remote_used |= ipv6_addr_equal(&addr, remote);
	}
	if (local_used && remote_used &&
	    !pair_takes(nat, pair_protocols(nat, &local->addr, remote)))
		return 0;
	due = npv_pairs_due(npv_pairs_find(nat, &local->addr, remote), now,
			    npv_stacks_stalled(nat));
	if (due != now) {
		if (due - now <= NPV_RETRY_MAX &&
		    (!nat->compose_at || time_before(due, nat->compose_at)))
			nat->compose_at = due | 1;
		return 0;
	}
	if (!pair_routes(nat, local, remote))
		return 0;
	/* UDP is what datagrams are for, first of all where TCP is known to get through. */
	if (nat->datagrams && pair_protocols(nat, &local->addr, remote) == PAIR_TCP)
		return 2;
	return local_used || remote_used ? 1 : 2;
}

static struct npv_subflow *join_create_tcp(struct npv_stack *stack)
{
	/* A SYN that waits for data would never leave. */
	tcp_sk(stack->sk)->fastopen_connect = 0;
	return npv_tcp_create(stack, GFP_KERNEL);
}

/* UDP is connected at once. Return: it, or NULL with *@err set. */
static struct npv_subflow *join_create_udp(struct npv_stack *stack,
					   const struct in6_addr *remote,
					   __be16 port, int *err)
{
	struct npv_subflow *sub;
	struct sockaddr_storage ss;
	int len;

	len = npv_addr_build(&ss, stack->sk->sk_family, remote, port, 0);
	*err = len < 0 ? len : kernel_connect(stack->sock,
					      (struct sockaddr *)&ss, len, 0);
	if (!*err)
		*err = npv_udp_socket(stack->sock);
	if (*err)
		return NULL;
	sub = npv_udp_create(stack, GFP_KERNEL);
	if (!sub)
		*err = -ENOMEM;
	return sub;
}

/**
 * npv_compose_join() - begin to join one more stack
 * @nat: the session
 * @local: address to leave from; any: as routed
 * @remote: address of the peer
 * @port: its NPV port, network byte order
 * @ifindex: interface to leave by, 0: as routed
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 * @backup: it is to be used only where no other is left
 * @manual: an operator wants it, beside those that composition makes
 *
 * Context: process, session lock held.
 * Return: 0 if it is under way; -ENOSPC; -ENOMEM; -EOPNOTSUPP for UDP where the
 * program wants what UDP doesn't do; what bind() or connect() of
 * TCP or UDP return.
 */
int npv_compose_join(struct npv_native *nat, const struct in6_addr *local,
		     const struct in6_addr *remote, __be16 port, int ifindex,
		     int protocol, bool backup, bool manual)
{
	bool is4 = ipv6_addr_v4mapped(remote);
	sa_family_t family = is4 ? AF_INET : AF_INET6;
	struct sockaddr_storage ss;
	struct npv_stack *stack;
	struct npv_subflow *sub;
	int slot, len, err;

	if (protocol == IPPROTO_UDP && npv_sockopt_near_only(nat->nsk))
		return -EOPNOTSUPP;
	slot = npv_stacks_slot(nat);
	if (slot < 0)
		return slot;
	stack = npv_stack_create_native(nat->nsk, family, protocol);
	if (IS_ERR(stack))
		return PTR_ERR(stack);
	err = 0;
	if (ifindex)
		err = sock_bindtoindex(stack->sk, ifindex, true);
	if (!err && !ipv6_addr_any(local)) {
		len = npv_addr_build(&ss, family, local, 0, 0);
		err = len < 0 ? len : kernel_bind(stack->sock,
						  (struct sockaddr *)&ss, len);
	}
	if (err)
		goto err_stack;
	err = -ENOMEM;
	sub = protocol == IPPROTO_TCP ? join_create_tcp(stack) :
					join_create_udp(stack, remote, port,
							&err);
	if (!sub)
		goto err_stack;

	sub->join_at = jiffies;
	if (!nat->join_at) {
		nat->join_at = (jiffies + JOIN_TIMEOUT) | 1;
		npv_native_timer(nat, nat->join_at);
	}
	sub->initiator = true;
	sub->backup = backup;
	sub->manual = manual;
	sub->id = nat->next_stack++;
	sub->status = NPV_STACK_STATUS_JOINING;
	stack->id = sub->id;
	list_add_tail(&stack->node, &nat->nsk->stacks);
	if (protocol == IPPROTO_UDP) {
		npv_udp_attach(sub, nat, slot);
		npv_stacks_count(nat);
		return npv_handshake_join(sub);
	}
	npv_tcp_attach(sub, nat, slot);
	npv_stacks_count(nat);

	len = npv_addr_build(&ss, family, remote, port, 0);
	err = len < 0 ? len : kernel_connect(stack->sock,
					     (struct sockaddr *)&ss, len,
					     O_NONBLOCK);
	if (err && err != -EINPROGRESS) {
		npv_pairs_stack_failed(nat, sub);
		npv_stacks_remove(sub, true);
		return err;
	}
	return 0;

err_stack:
	npv_stack_discard(stack);
	return err;
}

/*
 * The stack that addresses are told on. As long as it is there it is the same, also
 * while it is suspect: on another they could overtake what was told before, and the
 * peer would be left with that. When it is gone, all is told again.
 */
static struct npv_subflow *announce_stack(const struct npv_native *nat)
{
	struct npv_subflow *sub = NULL, *it;
	unsigned int i;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		it = nat->slot[i];
		if (!npv_stacks_usable(it))
			continue;
		if (nat->announced && nat->announced_by == i)
			return it;
		/* The first, but rather one that isn't suspect */
		if (!sub || (sub->status == NPV_STACK_STATUS_SUSPECT &&
			     it->status != NPV_STACK_STATUS_SUSPECT))
			sub = it;
	}
	return sub;
}

/* Tell the peer where else it can reach us. */
static void compose_announce(struct npv_native *nat)
{
	struct local local[LOCALS_MAX];
	struct npv_frame f = { .type = NPV_FRAME_ADDR_ADD };
	unsigned int i, n;
	struct npv_subflow *sub;

	n = locals_get(sock_net(&nat->nsk->sk), local);
	sub = announce_stack(nat);
	if (!sub) {
		set_bit(NPV_NF_COMPOSE, &nat->flags);
		return;
	}

	if (n == nat->n_announced && nat->announced &&
	    !memcmp(nat->announced, local, n * sizeof(*local)))
		return;
	if (sub->ops->busy(sub)) {
		nat->compose_at = (jiffies + NPV_RETRY_LOST) | 1;
		return;
	}
	kfree(nat->announced);
	nat->announced = kmemdup(local, n * sizeof(*local), GFP_KERNEL);
	if (n && !nat->announced)
		n = 0;

	nat->announced_by = sub->slot;
	/*
	 * All that were told before are taken back with one frame; also those that
	 * were taken back already, for that may have been lost with a stack.
	 */
	if (nat->announced_most) {
		f.type = NPV_FRAME_ADDR_DEL;
		f.addrs.n = nat->announced_most;
		for (i = 0; i < f.addrs.n; i++)
			f.addrs.addr[i].id = i + 1;
		if (npv_subflow_send_frame(sub, &f))
			return;
		nat->n_announced = 0;
	}
	if (!n)
		return;
	memset(&f, 0, sizeof(f));
	f.type = NPV_FRAME_ADDR_ADD;
	f.addrs.n = n;
	for (i = 0; i < n; i++) {
		f.addrs.addr[i].id = i + 1;
		memcpy(f.addrs.addr[i].addr, &local[i].addr,
		       sizeof(local[i].addr));
	}
	nat->announced_most = max_t(u8, nat->announced_most, n);
	if (!npv_subflow_send_frame(sub, &f))
		nat->n_announced = n;
}

/**
 * npv_compose_lost() - a stack is gone, and perhaps what was told on it
 * @nat: the session
 * @slot: where it was
 *
 * Context: process, session lock held.
 */
void npv_compose_lost(struct npv_native *nat, u8 slot)
{
	if (!nat->announced || slot != nat->announced_by)
		return;
	kfree(nat->announced);
	nat->announced = NULL;
}

/*
 * The interface that has an address, 0 if none that works. Any address counts,
 * also one that composition would not choose.
 */
static bool local_works(struct net *net, const struct in6_addr *addr)
{
	struct net_device *dev;
	bool works = false;

	rcu_read_lock();
	if (ipv6_addr_v4mapped(addr)) {
		dev = __ip_dev_find(net, addr->s6_addr32[3], false);
		works = dev && dev->flags & IFF_UP && netif_carrier_ok(dev);
	} else {
		for_each_netdev_rcu(net, dev) {
			if (dev->flags & IFF_UP && netif_carrier_ok(dev) &&
			    ipv6_chk_addr(net, addr, dev, 1)) {
				works = true;
				break;
			}
		}
	}
	rcu_read_unlock();

	return works;
}

/* Links that are down and addresses that are gone take their stacks along. */
static void compose_prune(struct npv_native *nat)
{
	struct in6_addr addr;
	unsigned int i;
	__be16 port;

	for (i = 0; i < NPV_STACKS_MAX; i++) {
		struct npv_subflow *sub = nat->slot[i];

		if (!sub)
			continue;
		addr = npv_stack_local(npv_subflow_sk(sub), &port);
		if (!local_works(sock_net(&nat->nsk->sk), &addr))
			npv_stacks_down(sub, ENETDOWN);
	}
}

static unsigned int compose_wanted(const struct npv_native *nat)
{
	const struct npv_net *npvn = npv_pernet(sock_net(&nat->nsk->sk));

	return READ_ONCE(npvn->sysctls.stacks_max);
}

/*
 * The best pair, one by an interface that has no stack yet before others.
 * Return: how good it is, 0 if there is none.
 */
static unsigned int compose_best(struct npv_native *nat,
				 const struct local *local, unsigned int n,
				 const struct local **best_local,
				 const struct npv_remote **best_remote)
{
	unsigned int i, j, rank, best = 0;

	for (j = 0; j < nat->n_remotes; j++) {
		bool gone = nat->remotes[j].gone;

		if (gone && !npv_stacks_stalled(nat))
			continue;
		for (i = 0; i < n; i++) {
			rank = pair_rank(nat, &local[i], &nat->remotes[j].addr);
			if (gone)
				rank = min(rank, 1U);
			else if (rank && !interface_stacks(nat, local, n,
							   local[i].ifindex))
				rank += RANK_INTERFACE;
			if (rank <= best)
				continue;
			best = rank;
			*best_local = &local[i];
			*best_remote = &nat->remotes[j];
		}
	}

	return best;
}

/*
 * The stack that can best be spared: the youngest of those that share an
 * interface. NULL if there is none, or one is on its way out already.
 */
static struct npv_subflow *compose_spare(struct npv_native *nat,
					 const struct local *local,
					 unsigned int n)
{
	struct npv_subflow *spare = NULL;
	unsigned int i, j, count, most = 1;
	struct in6_addr addr;
	__be16 port;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		struct npv_subflow *sub = nat->slot[i];

		if (sub->retiring)
			return NULL;
		if (sub->manual || sub->status != NPV_STACK_STATUS_ACTIVE)
			continue;
		addr = npv_stack_local(npv_subflow_sk(sub), &port);
		for (j = 0; j < n; j++)
			if (ipv6_addr_equal(&local[j].addr, &addr))
				break;
		if (j == n)
			continue;
		count = interface_stacks(nat, local, n, local[j].ifindex);
		if (count > most ||
		    (spare && count == most && sub->id > spare->id)) {
			most = count;
			spare = sub;
		}
	}

	return spare;
}

static void compose_client(struct npv_native *nat)
{
	struct local local[LOCALS_MAX];
	unsigned int i, n, have = 0, joined = 0, wanted = compose_wanted(nat);
	bool stalled = npv_stacks_stalled(nat);
	const struct npv_remote *remote;
	const struct local *from;
	struct npv_subflow *spare;
	int protocol;

	/* What is about to end needs no more than it has. */
	if (nat->fin_sent && nat->recvq.fin != NPV_SEQ_NONE && !stalled)
		return;
	/*
	 * Those of an operator are beside what is wanted. Those that may never
	 * come don't count where there is none, unless they have just begun.
	 */
	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		const struct npv_subflow *sub = nat->slot[i];

		if (sub->manual || sub->retiring ||
		    sub->status == NPV_STACK_STATUS_SUSPECT)
			continue;
		/* Datagrams have it for what UDP can't do. */
		if (nat->datagrams && !sub->id && npv_subflow_is_tcp(sub))
			continue;
		if (sub->status != NPV_STACK_STATUS_JOINING)
			joined++;
		else if (stalled && time_after(jiffies, sub->join_at + HZ))
			continue;
		/* Nor do those that nothing gets through. */
		if (stalled && sub->silent)
			continue;
		have++;
	}

	n = locals_get(sock_net(&nat->nsk->sk), local);
	spare = have >= wanted ? compose_spare(nat, local, n) : NULL;
	if (spare && joined > wanted)
		npv_stacks_retire(spare);
	if (have > wanted)
		return;
	for (;;) {
		unsigned int best = compose_best(nat, local, n, &from, &remote);

		/*
		 * With as many as are wanted, one by an interface without any
		 * still takes the place of one that shares its own.
		 */
		if (!best ||
		    (have >= wanted && (!spare || best <= RANK_INTERFACE)))
			break;
		protocol = pair_protocol(nat, &from->addr, &remote->addr);
		if (npv_compose_join(nat, &from->addr, &remote->addr,
				     remote->port, 0, protocol, false, false)) {
			/* Of TCP it is noted by connect() failing. */
			if (protocol == IPPROTO_UDP)
				npv_pairs_failed(nat, &from->addr, &remote->addr);
			/* Noted; the others are tried next time. */
			nat->compose_at = (jiffies + NPV_RETRY_LOST) | 1;
			break;
		}
		if (++have > wanted)
			break;
	}
}

/**
 * npv_compose() - bring a session's stacks in line with what there is
 * @nat: the session
 *
 * Does nothing unless something has changed, or the time has come.
 *
 * Context: process, session lock held; may sleep.
 */
void npv_compose(struct npv_native *nat)
{
	const struct npv_net *npvn = npv_pernet(sock_net(&nat->nsk->sk));
	unsigned long timeout;
	bool due;

	if (test_bit(NPV_NF_DEAD, &nat->flags) ||
	    test_bit(NPV_NF_FINISHED, &nat->flags))
		return;
	timeout = READ_ONCE(npvn->sysctls.reconnect_timeout) * (unsigned long)HZ;
	if (nat->lost_since && time_after(jiffies, nat->lost_since + timeout)) {
		NPV_INC(sock_net(&nat->nsk->sk), SESSION_TIMEOUT);
		npv_native_error(nat, ETIMEDOUT);
		return;
	}

	due = nat->compose_at && time_after_eq(jiffies, nat->compose_at);
	if (!test_and_clear_bit(NPV_NF_COMPOSE, &nat->flags) && !due)
		return;
	nat->compose_at = 0;
	if (test_and_clear_bit(NPV_NF_CHANGED, &nat->flags))
		npv_pairs_forgive(nat);
	if (!ipv6_addr_loopback(&nat->remote) &&
	    !(ipv6_addr_v4mapped(&nat->remote) &&
	      ipv4_is_loopback(nat->remote.s6_addr32[3]))) {
		compose_prune(nat);
		if (test_bit(NPV_NF_DEAD, &nat->flags))
			return;
		if (test_bit(NPV_NF_SERVER, &nat->flags))
			compose_announce(nat);
		else if (test_bit(NPV_NF_WELCOMED, &nat->flags))
			compose_client(nat);
	}
	if (!nat->compose_at && npv_stacks_stalled(nat))
		nat->compose_at = (jiffies + NPV_RETRY_LOST) | 1;
}

/**
 * npv_compose_expire() - give up stacks that have been joining for too long
 * @nat: the session
 *
 * Context: process, session lock held.
 */
void npv_compose_expire(struct npv_native *nat)
{
	unsigned int i;

	if (!nat->join_at || time_before(jiffies, nat->join_at))
		return;
	nat->join_at = 0;
	for (i = 0; i < NPV_STACKS_MAX; i++) {
		struct npv_subflow *sub = nat->slot[i];

		if (!sub || sub->status != NPV_STACK_STATUS_JOINING)
			continue;
		if (time_after_eq(jiffies, sub->join_at + JOIN_TIMEOUT))
			npv_stacks_down(sub, ETIMEDOUT);
		else
			nat->join_at = (jiffies + HZ) | 1;
	}
}

/* One that is gone, NULL if none is */
static struct npv_remote *remote_gone(struct npv_native *nat)
{
	unsigned int i;

	for (i = 0; i < nat->n_remotes; i++)
		if (nat->remotes[i].gone)
			return &nat->remotes[i];
	return NULL;
}

/* A new address of the peer, NULL if there are too many or no memory */
static struct npv_remote *remote_new(struct npv_native *nat)
{
	struct npv_remote *remotes = nat->remotes;

	/* It was of use only as long as nobody needed its place. */
	if (nat->n_remotes == NPV_REMOTES_MAX)
		return remote_gone(nat);
	if (nat->n_remotes == nat->room_remotes) {
		unsigned int room = min(nat->room_remotes + REMOTES_MORE,
					NPV_REMOTES_MAX);

		remotes = krealloc_array(nat->remotes, room, sizeof(*remotes),
					 GFP_KERNEL);
		if (!remotes)
			return remote_gone(nat);
		nat->remotes = remotes;
		nat->room_remotes = room;
	}
	remotes += nat->n_remotes++;
	remotes->gone = true;
	return remotes;
}

/**
 * npv_compose_addrs() - ADDR_ADD or ADDR_DEL has come
 * @sub: the stack that it came on
 * @f: the frame
 *
 * Context: process, session and stack lock held.
 * Return: 0.
 */
int npv_compose_addrs(struct npv_subflow *sub, const struct npv_frame *f)
{
	struct npv_native *nat = sub->nat;
	unsigned int i, j;

	for (i = 0; i < f->addrs.n; i++) {
		const struct npv_frame_addr *a = &f->addrs.addr[i];
		struct npv_remote *r = NULL;

		/* The id names one address: an old one of that id is gone. */
		for (j = 0; j < nat->n_remotes; j++)
			if (nat->remotes[j].id == a->id && !nat->remotes[j].gone)
				r = &nat->remotes[j];
		if (f->type == NPV_FRAME_ADDR_DEL) {
			if (r)
				r->gone = true;
			continue;
		}
		for (j = 0; j < nat->n_remotes && !r; j++)
			if (!memcmp(&nat->remotes[j].addr, a->addr, 16))
				r = &nat->remotes[j];
		if (!r)
			r = remote_new(nat);
		if (!r)
			break;
		memcpy(&r->addr, a->addr, sizeof(r->addr));
		r->port = a->port ? htons(a->port) : nat->npv_port;
		/* One that the program named has no id, and never goes. */
		if (r->gone)
			r->id = a->id;
		r->gone = false;
	}
	/* Who accepted has nothing to do with them. */
	if (!test_bit(NPV_NF_SERVER, &nat->flags)) {
		set_bit(NPV_NF_COMPOSE, &nat->flags);
		npv_native_kick(nat);
	}

	return 0;
}

/**
 * npv_compose_changed() - addresses, links or routes of a namespace changed
 * @net: the namespace
 *
 * Context: any.
 */
void npv_compose_changed(struct net *net)
{
	struct npv_net *npvn = npv_pernet(net);
	struct npv_native *nat;
	unsigned int i;

	spin_lock_bh(&npvn->natives_lock);
	for (i = 0; i < NPV_NATIVES_HASH; i++) {
		hlist_for_each_entry(nat, &npvn->natives[i], node) {
			set_bit(NPV_NF_CHANGED, &nat->flags);
			set_bit(NPV_NF_COMPOSE, &nat->flags);
			npv_native_kick(nat);
		}
	}
	spin_unlock_bh(&npvn->natives_lock);
}
