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
#include "session.h"
#include "stack.h"
#include "stack_tcp.h"
#include "stacks.h"

#define LOCALS_MAX	NPV_FRAME_ADDRS_MAX
/* What it is worth that a pair's interface has no stack: more than pair_rank() */
#define RANK_INTERFACE	2
/* A pair that failed is tried again after this, doubled each time */
#define RETRY_FIRST	(2 * HZ)
#define RETRY_MAX	(64 * HZ)
/* ... and after this where no stack gets anything through */
#define RETRY_LOST	(HZ / 2)
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

static struct npv_pair_failed *pair_failed(struct npv_native *nat,
					   const struct in6_addr *local,
					   const struct in6_addr *remote)
{
	unsigned int i;

	for (i = 0; nat->failed && i < NPV_PAIRS_FAILED; i++)
		if (nat->failed[i].times &&
		    ipv6_addr_equal(&nat->failed[i].local, local) &&
		    ipv6_addr_equal(&nat->failed[i].remote, remote))
			return &nat->failed[i];
	return NULL;
}

/*
 * When a pair that failed may be tried again: @now, or later. Where no stack gets
 * anything through, one that fails often, or that an operator has forbidden, is
 * better than nothing.
 */
static unsigned long pair_due(const struct npv_pair_failed *failed,
			      unsigned long now, bool lost)
{
	if (!failed)
		return now;
	if (failed->forbidden && !lost)
		return now + MAX_JIFFY_OFFSET;
	if (time_after_eq(now, failed->until) ||
	    (lost && failed->until - now > RETRY_LOST))
		return now;
	return failed->until;
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
		addr = npv_stack_local(npv_tcp_sk(nat->slot[i]), &port);
		for (j = 0; j < n; j++)
			if (local[j].ifindex == ifindex &&
			    ipv6_addr_equal(&local[j].addr, &addr))
				count++;
	}

	return count;
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
		sk = npv_tcp_sk(nat->slot[i]);
		addr = npv_stack_local(sk, &port);
		local_used |= ipv6_addr_equal(&addr, &local->addr);
		addr = npv_stack_remote(sk, &port);
		remote_used |= ipv6_addr_equal(&addr, remote);
	}
	if (local_used && remote_used)
		return 0;
	due = pair_due(pair_failed(nat, &local->addr, remote), now,
		       npv_stacks_stalled(nat));
	if (due != now) {
		if (due - now <= RETRY_MAX &&
		    (!nat->compose_at || time_before(due, nat->compose_at)))
			nat->compose_at = due | 1;
		return 0;
	}
	if (!pair_routes(nat, local, remote))
		return 0;
	return local_used || remote_used ? 1 : 2;
}

/**
 * npv_compose_join() - begin to join one more stack
 * @nat: the session
 * @local: address to leave from; any: as routed
 * @remote: address of the peer
 * @port: its NPV port, network byte order
 * @ifindex: interface to leave by, 0: as routed
 * @backup: it is to be used only where no other is left
 * @manual: an operator wants it, beside those that composition makes
 *
 * Context: process, session lock held.
 * Return: 0 if it is under way; -ENOSPC; -ENOMEM; what bind() or connect() of
 * TCP return.
 */
int npv_compose_join(struct npv_native *nat, const struct in6_addr *local,
		     const struct in6_addr *remote, __be16 port, int ifindex,
		     bool backup, bool manual)
{
	bool is4 = ipv6_addr_v4mapped(remote);
	sa_family_t family = is4 ? AF_INET : AF_INET6;
	struct sockaddr_storage ss;
	struct npv_stack *stack;
	struct npv_tcp *tcp;
	int slot, len, err;

	slot = npv_stacks_slot(nat);
	if (slot < 0)
		return slot;
	stack = npv_stack_create_native(nat->nsk, family);
	if (IS_ERR(stack))
		return PTR_ERR(stack);
	tcp = npv_tcp_create(stack, GFP_KERNEL);
	if (!tcp) {
		npv_stack_discard(stack);
		return -ENOMEM;
	}

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

	/* A SYN that waits for data would never leave. */
	tcp_sk(stack->sk)->fastopen_connect = 0;
	tcp->join_at = jiffies;
	if (!nat->join_at) {
		nat->join_at = (jiffies + JOIN_TIMEOUT) | 1;
		npv_native_timer(nat, nat->join_at);
	}
	tcp->initiator = true;
	tcp->backup = backup;
	tcp->manual = manual;
	tcp->id = nat->next_stack++;
	tcp->status = NPV_STACK_STATUS_JOINING;
	stack->id = tcp->id;
	list_add_tail(&stack->node, &nat->nsk->stacks);
	npv_tcp_attach(tcp, nat, slot);
	npv_stacks_count(nat);

	len = npv_addr_build(&ss, family, remote, port, 0);
	err = len < 0 ? len : kernel_connect(stack->sock,
					     (struct sockaddr *)&ss, len,
					     O_NONBLOCK);
	if (err && err != -EINPROGRESS) {
		npv_compose_failed(nat, tcp);
		npv_stacks_remove(tcp, true);
		return err;
	}
	return 0;

err_stack:
	npv_tcp_free(tcp);
	npv_stack_discard(stack);
	return err;
}

/* The entry for the addresses of a stack; the oldest makes room. NULL: no memory */
static struct npv_pair_failed *pair_note(struct npv_native *nat,
					 const struct npv_tcp *tcp)
{
	struct npv_pair_failed *failed;
	struct in6_addr local, remote;
	unsigned int i;
	__be16 port;

	local = npv_stack_local(npv_tcp_sk(tcp), &port);
	remote = npv_stack_remote(npv_tcp_sk(tcp), &port);
	failed = pair_failed(nat, &local, &remote);
	if (failed)
		return failed;

	if (!nat->failed)
		nat->failed = kcalloc(NPV_PAIRS_FAILED, sizeof(*nat->failed),
				      GFP_KERNEL);
	if (!nat->failed)
		return NULL;
	/* The oldest makes room, a forbidden one only for lack of others. */
	failed = &nat->failed[0];
	for (i = 1; i < NPV_PAIRS_FAILED; i++)
		if (failed->forbidden != nat->failed[i].forbidden ?
		    failed->forbidden :
		    time_before(nat->failed[i].until, failed->until))
			failed = &nat->failed[i];
	failed->local = local;
	failed->remote = remote;
	failed->times = 0;
	failed->forbidden = false;
	return failed;
}

/*
 * After how long a pair is tried again that has just failed: @times before, in
 * a row; @worked: it has carried data until now; @lost: no stack gets anything
 * through.
 */
static unsigned long retry_delay(u32 times, bool worked, bool lost)
{
	if (lost)
		return RETRY_LOST;
	/* One that worked until now may be back soon. */
	if (worked && !times)
		return HZ / 2;
	return min(RETRY_FIRST << min(times, 5U), RETRY_MAX);
}

/* How often a pair has failed in a row, before it does so now */
static u32 failed_in_a_row(const struct npv_pair_failed *failed,
			   unsigned long now, bool worked)
{
	/* Between this failure and that before it there was a good time. */
	if (worked && time_after(now, failed->until + RETRY_MAX))
		return 0;
	return failed->times;
}

/**
 * npv_compose_failed() - between these addresses no stack can be had now
 * @nat: the session
 * @tcp: the stack that failed
 *
 * Context: session lock held.
 */
void npv_compose_failed(struct npv_native *nat, struct npv_tcp *tcp)
{
	bool worked = tcp->status != NPV_STACK_STATUS_JOINING;
	struct npv_pair_failed *failed;

	/* It is the other side that composes. */
	if (test_bit(NPV_NF_SERVER, &nat->flags))
		return;
	failed = pair_note(nat, tcp);
	if (!failed)
		return;
	failed->times = failed_in_a_row(failed, jiffies, worked);
	failed->until = jiffies + retry_delay(failed->times, worked,
					      npv_stacks_stalled(nat));
	failed->times++;
}

/**
 * npv_compose_forbid() - an operator doesn't want a stack between these addresses
 * @nat: the session
 * @tcp: the stack that was taken away
 *
 * It isn't set up again by itself while another works.
 *
 * Context: session lock held.
 */
void npv_compose_forbid(struct npv_native *nat, struct npv_tcp *tcp)
{
	struct npv_pair_failed *failed = pair_note(nat, tcp);

	if (!failed)
		return;
	failed->times++;
	failed->until = jiffies;
	failed->forbidden = true;
}

/* Tell the peer where else it can reach us. */
static void compose_announce(struct npv_native *nat)
{
	struct local local[LOCALS_MAX];
	struct npv_frame f = { .type = NPV_FRAME_ADDR_ADD };
	unsigned int i, n;
	struct npv_tcp *tcp = NULL;

	n = locals_get(sock_net(&nat->nsk->sk), local);
	/* The first, but rather one that isn't suspect */
	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		if (!npv_stacks_usable(nat->slot[i]))
			continue;
		if (!tcp || (tcp->status == NPV_STACK_STATUS_SUSPECT &&
			     nat->slot[i]->status != NPV_STACK_STATUS_SUSPECT))
			tcp = nat->slot[i];
	}
	if (!tcp) {
		set_bit(NPV_NF_COMPOSE, &nat->flags);
		return;
	}

	if (n == nat->n_announced && nat->announced &&
	    !memcmp(nat->announced, local, n * sizeof(*local)))
		return;
	if (!list_empty(&tcp->pending)) {
		nat->compose_at = (jiffies + RETRY_LOST) | 1;
		return;
	}
	kfree(nat->announced);
	nat->announced = kmemdup(local, n * sizeof(*local), GFP_KERNEL);
	if (n && !nat->announced)
		n = 0;

	nat->announced_by = tcp->slot;
	/*
	 * All that were told before are taken back with one frame; also those that
	 * were taken back already, for that may have been lost with a stack.
	 */
	if (nat->announced_most) {
		f.type = NPV_FRAME_ADDR_DEL;
		f.addrs.n = nat->announced_most;
		for (i = 0; i < f.addrs.n; i++)
			f.addrs.addr[i].id = i + 1;
		if (npv_tcp_send_frame(tcp, &f))
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
	if (!npv_tcp_send_frame(tcp, &f))
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
		struct npv_tcp *tcp = nat->slot[i];

		if (!tcp)
			continue;
		addr = npv_stack_local(npv_tcp_sk(tcp), &port);
		if (!local_works(sock_net(&nat->nsk->sk), &addr))
			npv_stacks_down(tcp, ENETDOWN);
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
static struct npv_tcp *compose_spare(struct npv_native *nat,
				     const struct local *local, unsigned int n)
{
	struct npv_tcp *spare = NULL;
	unsigned int i, j, count, most = 1;
	struct in6_addr addr;
	__be16 port;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		struct npv_tcp *tcp = nat->slot[i];

		if (tcp->retiring)
			return NULL;
		if (tcp->manual || tcp->status != NPV_STACK_STATUS_ACTIVE)
			continue;
		addr = npv_stack_local(npv_tcp_sk(tcp), &port);
		for (j = 0; j < n; j++)
			if (ipv6_addr_equal(&local[j].addr, &addr))
				break;
		if (j == n)
			continue;
		count = interface_stacks(nat, local, n, local[j].ifindex);
		if (count > most ||
		    (spare && count == most && tcp->id > spare->id)) {
			most = count;
			spare = tcp;
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
	struct npv_tcp *spare;

	/* What is about to end needs no more than it has. */
	if (nat->fin_sent && nat->recvq.fin != NPV_SEQ_NONE && !stalled)
		return;
	/*
	 * Those of an operator are beside what is wanted. Those that may never
	 * come don't count where there is none, unless they have just begun.
	 */
	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		const struct npv_tcp *tcp = nat->slot[i];

		if (tcp->manual || tcp->retiring ||
		    tcp->status == NPV_STACK_STATUS_SUSPECT)
			continue;
		if (tcp->status != NPV_STACK_STATUS_JOINING)
			joined++;
		else if (stalled && time_after(jiffies, tcp->join_at + HZ))
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
		if (npv_compose_join(nat, &from->addr, &remote->addr,
				     remote->port, 0, false, false)) {
			/* Noted; the others are tried next time. */
			nat->compose_at = (jiffies + RETRY_LOST) | 1;
			break;
		}
		if (++have > wanted)
			break;
	}
}

/* What failed before addresses or links changed may work now. */
static void compose_forgive(struct npv_native *nat)
{
	unsigned int i;

	for (i = 0; nat->failed && i < NPV_PAIRS_FAILED; i++)
		/* Not those that an operator has forbidden */
		if (!nat->failed[i].forbidden)
			nat->failed[i].times = 0;
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
		compose_forgive(nat);
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
		nat->compose_at = (jiffies + RETRY_LOST) | 1;
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
		struct npv_tcp *tcp = nat->slot[i];

		if (!tcp || tcp->status != NPV_STACK_STATUS_JOINING)
			continue;
		if (time_after_eq(jiffies, tcp->join_at + JOIN_TIMEOUT))
			npv_stacks_down(tcp, ETIMEDOUT);
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
		remotes = krealloc_array(nat->remotes, NPV_REMOTES_MAX,
					 sizeof(*remotes), GFP_KERNEL);
		if (!remotes)
			return NULL;
		nat->remotes = remotes;
		nat->room_remotes = NPV_REMOTES_MAX;
	}
	remotes += nat->n_remotes++;
	remotes->gone = true;
	return remotes;
}

/**
 * npv_compose_addrs() - ADDR_ADD or ADDR_DEL has come
 * @tcp: the stack that it came on
 * @f: the frame
 *
 * Context: process, session and stack lock held.
 * Return: 0.
 */
int npv_compose_addrs(struct npv_tcp *tcp, const struct npv_frame *f)
{
	struct npv_native *nat = tcp->nat;
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

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/compose_test.c"
#endif
