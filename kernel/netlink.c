// SPDX-License-Identifier: GPL-2.0
/*
 * The generic-netlink family "npv": Documentation/netlink/specs/npv.yaml has
 * the words, netlink_gen.c the policies made of it, and this file the answers.
 */

#include <linux/module.h>
#include <net/genetlink.h>
#include <net/inet_sock.h>
#include <net/tcp.h>

#include "address.h"
#include "decision.h"
#include "native.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "netlink_policy.h"
#include "netns.h"
#include "policy.h"
#include "race.h"
#include "session.h"
#include "stack.h"
#include "stack_tcp.h"

#define NPV_VERSION	"0.1.0"

/* What this module can do, for userspace that must run with several. */
static const char * const npv_features[] = {
	"plain-stream", "plain-dgram", "race", "listen-twin", "peer-cache",
	"native-stream", "policy",
};

/**
 * npv_nl_put_addr() - add an address and its port
 * @skb: message buffer
 * @attr4: attribute of an IPv4 address; those of an IPv6 address and of the port
 *	follow it in the spec
 * @addr: the address, IPv4 as ::ffff:a.b.c.d
 * @port: network byte order; 0: leave it out
 *
 * Context: any.
 * Return: 0, or -EMSGSIZE where it doesn't fit.
 */
int npv_nl_put_addr(struct sk_buff *skb, int attr4, const struct in6_addr *addr,
		    __be16 port)
{
	int attr6 = attr4 + 1, attr_port = attr4 + 2;

	if (ipv6_addr_v4mapped(addr)) {
		if (nla_put_in_addr(skb, attr4, addr->s6_addr32[3]))
			return -EMSGSIZE;
	} else if (nla_put_in6_addr(skb, attr6, addr)) {
		return -EMSGSIZE;
	}

	return port ? nla_put_be16(skb, attr_port, port) : 0;
}

/**
 * npv_nl_get_addr() - the address that a request names
 * @info: the request
 * @attr4: attribute of an IPv4 address; that of an IPv6 address follows it
 * @addr: set to the address, IPv4 as ::ffff:a.b.c.d; :: if there is none
 *
 * Context: process.
 * Return: 0, or -EINVAL (with a text) if it isn't that of a host.
 */
int npv_nl_get_addr(const struct genl_info *info, int attr4,
		    struct in6_addr *addr)
{
	const struct nlattr *a4 = info->attrs[attr4];
	const struct nlattr *a6 = info->attrs[attr4 + 1];

	*addr = in6addr_any;
	if (!a4 && !a6)
		return 0;
	if (a4 && a6) {
		NL_SET_ERR_MSG_ATTR(info->extack, a6,
				    "there are two addresses; one is wanted");
		return -EINVAL;
	}

	if (a4)
		ipv6_addr_set_v4mapped(nla_get_in_addr(a4), addr);
	else
		*addr = nla_get_in6_addr(a6);

	if (ipv6_addr_v4mapped(addr) ?
	    ipv4_is_zeronet(addr->s6_addr32[3]) ||
	    ipv4_is_multicast(addr->s6_addr32[3]) ||
	    ipv4_is_lbcast(addr->s6_addr32[3]) :
	    ipv6_addr_any(addr) || ipv6_addr_is_multicast(addr)) {
		NL_SET_ERR_MSG_ATTR(info->extack, a4 ?: a6,
				    "not the address of a host");
		return -EINVAL;
	}

	return 0;
}

/* What policy has decided, and by what */
static int put_session_policy(struct sk_buff *skb, const struct npv_sock *nsk)
{
	const struct npv_native *nat = nsk->native;
	const struct npv_decision *decision;
	int err = 0;

	rcu_read_lock();
	decision = rcu_dereference(nsk->decision);
	if (decision)
		err = (decision->rule &&
		       nla_put_u32(skb, NPV_A_SESSION_RULE, decision->rule)) ||
		      nla_put_string(skb, NPV_A_SESSION_PROFILE,
				     decision->profile->name) ? -EMSGSIZE : 0;
	rcu_read_unlock();
	if (!err && nat && test_bit(NPV_NF_PINNED, &nat->flags))
		err = nla_put_u8(skb, NPV_A_SESSION_PINNED, 1);
	return err;
}

static int put_session_attrs(struct sk_buff *skb, struct npv_sock *nsk,
			     struct user_namespace *ns)
{
	struct in6_addr addr;
	__be16 port;

	if (nla_put_uint(skb, NPV_A_SESSION_ID, nsk->id) ||
	    nla_put_u32(skb, NPV_A_SESSION_TYPE, npv_session_socktype(nsk)) ||
	    nla_put_u32(skb, NPV_A_SESSION_KIND, READ_ONCE(nsk->kind)) ||
	    nla_put_u32(skb, NPV_A_SESSION_STATE, npv_session_state(nsk)) ||
	    nla_put_u32(skb, NPV_A_SESSION_REASON, READ_ONCE(nsk->reason)) ||
	    nla_put_u32(skb, NPV_A_SESSION_UID,
			from_kuid_munged(ns, nsk->sk.sk_uid)) ||
	    nla_put_uint(skb, NPV_A_SESSION_INODE, nsk->ino) ||
	    nla_put_string(skb, NPV_A_SESSION_COMM, nsk->comm) ||
	    nla_put_u32(skb, NPV_A_SESSION_NAME_FAMILY,
			READ_ONCE(nsk->name_family)))
		return -EMSGSIZE;

	addr = npv_session_local(nsk, &port);
	if (port && npv_nl_put_addr(skb, NPV_A_SESSION_LOCAL_ADDR4, &addr, port))
		return -EMSGSIZE;
	addr = npv_session_remote(nsk, &port);
	if (port && npv_nl_put_addr(skb, NPV_A_SESSION_REMOTE_ADDR4, &addr, port))
		return -EMSGSIZE;

	if (nla_put_u32(skb, NPV_A_SESSION_STACKS,
			npv_session_stacks(nsk)) ||
	    nla_put_uint(skb, NPV_A_SESSION_AGE_MS,
			 ktime_ms_delta(ktime_get(), nsk->born)))
		return -EMSGSIZE;
	if (nsk->candidates &&
	    (nla_put_u32(skb, NPV_A_SESSION_CANDIDATES, nsk->candidates) ||
	     nla_put_u32(skb, NPV_A_SESSION_ATTEMPTS, nsk->attempts)))
		return -EMSGSIZE;
	if (READ_ONCE(nsk->connect_us) &&
	    nla_put_u32(skb, NPV_A_SESSION_CONNECT_US, nsk->connect_us))
		return -EMSGSIZE;
	if (READ_ONCE(nsk->err) &&
	    nla_put_u32(skb, NPV_A_SESSION_ERROR, nsk->err))
		return -EMSGSIZE;

	return put_session_policy(skb, nsk) ?:
	       (nsk->native ? npv_nl_put_native(skb, nsk->native) : 0);
}

/* What only a look into TCP tells; takes the stack's lock. */
static int put_stack_measured(struct sk_buff *skb, struct sock *sk)
{
	const struct tcp_congestion_ops *ca;
	struct tcp_info ti;
	int err = 0;

	tcp_get_info(sk, &ti);
	/* For a listener: sessions that wait, and how many may */
	if (ti.tcpi_state == TCP_LISTEN)
		return nla_put_u32(skb, NPV_A_STACK_RQUEUE,
				   READ_ONCE(sk->sk_ack_backlog)) ||
		       nla_put_u32(skb, NPV_A_STACK_WQUEUE,
				   READ_ONCE(sk->sk_max_ack_backlog)) ?
		       -EMSGSIZE : 0;

	if (nla_put_u32(skb, NPV_A_STACK_SRTT_US, ti.tcpi_rtt) ||
	    nla_put_u32(skb, NPV_A_STACK_RTTVAR_US, ti.tcpi_rttvar) ||
	    nla_put_u32(skb, NPV_A_STACK_CWND, ti.tcpi_snd_cwnd) ||
	    nla_put_u32(skb, NPV_A_STACK_MSS, ti.tcpi_snd_mss) ||
	    nla_put_u32(skb, NPV_A_STACK_RETRANSMITS, ti.tcpi_total_retrans) ||
	    nla_put_uint(skb, NPV_A_STACK_BYTES_SENT, ti.tcpi_bytes_sent) ||
	    nla_put_uint(skb, NPV_A_STACK_BYTES_ACKED, ti.tcpi_bytes_acked) ||
	    nla_put_uint(skb, NPV_A_STACK_BYTES_RECEIVED,
			 ti.tcpi_bytes_received) ||
	    nla_put_uint(skb, NPV_A_STACK_DELIVERY_RATE,
			 ti.tcpi_delivery_rate) ||
	    nla_put_u32(skb, NPV_A_STACK_RQUEUE,
			max_t(int, 0, READ_ONCE(tcp_sk(sk)->rcv_nxt) -
				      READ_ONCE(tcp_sk(sk)->copied_seq))) ||
	    nla_put_u32(skb, NPV_A_STACK_WQUEUE,
			READ_ONCE(tcp_sk(sk)->write_seq) -
			READ_ONCE(tcp_sk(sk)->snd_una)))
		return -EMSGSIZE;

	rcu_read_lock();
	ca = READ_ONCE(inet_csk(sk)->icsk_ca_ops);
	if (ca)
		err = nla_put_string(skb, NPV_A_STACK_CONGESTION, ca->name);
	rcu_read_unlock();

	return err;
}

/* How the stack of a plain session does: nobody looks at it from time to time. */
static int put_stack_plain(struct sk_buff *skb, const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	if (!((1 << inet_sk_state_load(sk)) &
	      ~(TCPF_CLOSE | TCPF_LISTEN | TCPF_SYN_SENT | TCPF_SYN_RECV)))
		return 0;
	if (nla_put_u32(skb, NPV_A_STACK_LOSS_PPM, npv_tcp_loss(sk)) ||
	    nla_put_uint(skb, NPV_A_STACK_HEARD_MS,
			 jiffies_to_msecs((u32)jiffies - npv_tcp_heard(sk))) ||
	    nla_put_u32(skb, NPV_A_STACK_QUEUE,
			READ_ONCE(tp->write_seq) - READ_ONCE(tp->snd_nxt)))
		return -EMSGSIZE;

	return 0;
}

/**
 * npv_nl_put_stack_name() - add what a stack is: its number, addresses and interface
 * @skb: message buffer
 * @stack: the stack
 *
 * Context: any; session lock held, or of a plain session the stack's.
 * Return: 0, or -EMSGSIZE where it doesn't fit.
 */
int npv_nl_put_stack_name(struct sk_buff *skb, const struct npv_stack *stack)
{
	struct sock *sk = npv_stack_sk(stack);
	bool tcp = sk->sk_protocol == IPPROTO_TCP;
	struct in6_addr addr;
	int ifindex;
	__be16 port;

	if (nla_put_uint(skb, NPV_A_STACK_SESSION_ID, stack->nsk->id) ||
	    nla_put_u32(skb, NPV_A_STACK_ID, stack->id) ||
	    nla_put_u32(skb, NPV_A_STACK_TRANSPORT,
			tcp ? NPV_TRANSPORT_TCP : NPV_TRANSPORT_UDP) ||
	    nla_put_u32(skb, NPV_A_STACK_NETWORK, npv_stack_network(sk)))
		return -EMSGSIZE;

	addr = npv_stack_local(sk, &port);
	if (port && npv_nl_put_addr(skb, NPV_A_STACK_LOCAL_ADDR4, &addr, port))
		return -EMSGSIZE;
	addr = npv_stack_remote(sk, &port);
	if (port && npv_nl_put_addr(skb, NPV_A_STACK_REMOTE_ADDR4, &addr, port))
		return -EMSGSIZE;
	ifindex = npv_stack_ifindex(sk);
	if (ifindex && nla_put_u32(skb, NPV_A_STACK_IFINDEX, ifindex))
		return -EMSGSIZE;

	return 0;
}

static int put_stack_attrs(struct sk_buff *skb, struct npv_stack *stack,
			   bool measured)
{
	struct sock *sk = npv_stack_sk(stack);
	bool tcp = sk->sk_protocol == IPPROTO_TCP;

	if (npv_nl_put_stack_name(skb, stack) ||
	    nla_put_u32(skb, NPV_A_STACK_TCP_STATE, npv_stack_tcp_state(stack)))
		return -EMSGSIZE;
	if (stack->sub && npv_nl_put_subflow(skb, stack->sub))
		return -EMSGSIZE;

	if (!measured)
		return 0;
	if (npv_nl_put_link(skb, stack))
		return -EMSGSIZE;
	if (stack->sub) {
		npv_metrics_look(stack->sub);
		if (npv_nl_put_metrics(skb, stack->sub))
			return -EMSGSIZE;
	}
	if (tcp)
		return put_stack_measured(skb, sk) ?:
		       stack->sub ? 0 : put_stack_plain(skb, sk);
	if (stack->sub)
		return npv_nl_put_udp(skb, stack->sub);

	return nla_put_u32(skb, NPV_A_STACK_RQUEUE, sk_rmem_alloc_get(sk)) ||
	       nla_put_u32(skb, NPV_A_STACK_WQUEUE, sk_wmem_alloc_get(sk)) ?
	       -EMSGSIZE : 0;
}

/**
 * npv_nl_put_session() - add a message that describes a session
 * @skb: message buffer
 * @head: header
 * @nsk: a session with its main stack
 * @ns: user namespace of the reader
 *
 * Context: any; session lock held, or of a plain session a callback of its main
 * stack.
 * Return: 0, or -EMSGSIZE where it doesn't fit (@skb is as before).
 */
int npv_nl_put_session(struct sk_buff *skb, const struct npv_nl_head *head,
		       struct npv_sock *nsk, struct user_namespace *ns)
{
	void *hdr;

	hdr = genlmsg_put(skb, head->portid, head->seq, &npv_nl_family,
			  head->flags, head->cmd);
	if (!hdr)
		return -EMSGSIZE;
	if (put_session_attrs(skb, nsk, ns)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);

	return 0;
}

/**
 * npv_nl_put_stack() - add a message that describes a stack
 * @skb: message buffer
 * @head: header
 * @stack: the stack
 * @measured: also what takes the stack's lock to find out
 *
 * Context: process with the session lock held and the stack's not; or any,
 * if not @measured, with the session lock held, or of a plain session either.
 * Return: 0, or -EMSGSIZE where it doesn't fit (@skb is as before).
 */
int npv_nl_put_stack(struct sk_buff *skb, const struct npv_nl_head *head,
		     struct npv_stack *stack, bool measured)
{
	void *hdr;

	hdr = genlmsg_put(skb, head->portid, head->seq, &npv_nl_family,
			  head->flags, head->cmd);
	if (!hdr)
		return -EMSGSIZE;
	if (put_stack_attrs(skb, stack, measured)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);

	return 0;
}

int npv_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct sk_buff *reply;
	unsigned int i;
	void *hdr;

	reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;

	hdr = genlmsg_put_reply(reply, info, &npv_nl_family, 0,
				NPV_CMD_INFO_GET);
	if (!hdr || nla_put_string(reply, NPV_A_INFO_VERSION, NPV_VERSION) ||
	    nla_put_u32(reply, NPV_A_INFO_FAMILY, npv_family_nr) ||
	    nla_put_u32(reply, NPV_A_INFO_SESSIONS,
			atomic_read(&npv_pernet(net)->count)) ||
	    nla_put_u32(reply, NPV_A_INFO_POLICY, npv_policy_generation(net)))
		goto err_free;
	for (i = 0; i < ARRAY_SIZE(npv_features); i++)
		if (nla_put_string(reply, NPV_A_INFO_FEATURES,
				   npv_features[i]))
			goto err_free;
	genlmsg_end(reply, hdr);

	return genlmsg_reply(reply, info);

err_free:
	nlmsg_free(reply);
	return -EMSGSIZE;
}

int npv_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct sk_buff *reply;
	void *hdr;
	int i;

	reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;

	hdr = genlmsg_put_reply(reply, info, &npv_nl_family, 0,
				NPV_CMD_STATS_GET);
	if (!hdr)
		goto err_free;
	for (i = 1; i < __NPV_A_STATS_MAX; i++)
		if (nla_put_uint(reply, i, npv_mib_read(net, i)))
			goto err_free;
	genlmsg_end(reply, hdr);

	return genlmsg_reply(reply, info);

err_free:
	nlmsg_free(reply);
	return -EMSGSIZE;
}

/**
 * npv_nl_get_session() - the session that a request names
 * @info: the request
 * @attr: attribute that has its number
 *
 * Context: process.
 * Return: the session, with a reference for npv_session_put(); -EINVAL or
 * -ENOENT, with a text.
 */
struct npv_sock *npv_nl_get_session(struct genl_info *info, int attr)
{
	struct npv_sock *nsk;

	if (GENL_REQ_ATTR_CHECK(info, attr)) {
		NL_SET_ERR_MSG(info->extack, "id of the session is missing");
		return ERR_PTR(-EINVAL);
	}

	nsk = npv_session_get(genl_info_net(info),
			      nla_get_uint(info->attrs[attr]));
	if (!nsk) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[attr],
				    "no session has that id");
		return ERR_PTR(-ENOENT);
	}

	return nsk;
}

/*
 * Whether there is something to tell of a session: it may have been closed since
 * it was found. A native one goes on while it has something to deliver.
 * Session lock held.
 */
static bool session_is_alive(const struct npv_sock *nsk)
{
	return nsk->native ? !nsk->native->destroyed : !!nsk->sock;
}

int npv_nl_session_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct npv_nl_head head = {
		.portid	= info->snd_portid,
		.seq	= info->snd_seq,
		.cmd	= NPV_CMD_SESSION_GET,
	};
	struct sk_buff *reply;
	struct npv_sock *nsk;
	int err = -ENOENT;

	nsk = npv_nl_get_session(info, NPV_A_SESSION_ID);
	if (IS_ERR(nsk))
		return PTR_ERR(nsk);

	reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply) {
		npv_session_put(nsk);
		return -ENOMEM;
	}

	lock_sock(&nsk->sk);
	if (session_is_alive(nsk))
		err = npv_nl_put_session(reply, &head, nsk,
					 sk_user_ns(NETLINK_CB(skb).sk));
	release_sock(&nsk->sk);
	npv_session_put(nsk);

	if (err) {
		nlmsg_free(reply);
		return err;
	}

	return genlmsg_reply(reply, info);
}

/**
 * struct dump_state - where a dump goes on; in netlink_callback.ctx
 * @id: lowest session id still to tell
 * @stack: number of that session's stacks already told
 */
struct dump_state {
	u64 id;
	unsigned int stack;
};

int npv_nl_session_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump_state *state = (struct dump_state *)cb->ctx;
	struct npv_nl_head head = {
		.portid	= NETLINK_CB(cb->skb).portid,
		.seq	= cb->nlh->nlmsg_seq,
		.flags	= NLM_F_MULTI,
		.cmd	= NPV_CMD_SESSION_GET,
	};
	struct net *net = sock_net(skb->sk);
	struct npv_sock *nsk;
	int err = 0;

	NL_ASSERT_DUMP_CTX_FITS(struct dump_state);

	/* Netlink flags a dump during which this changed as inconsistent. */
	cb->seq = atomic_read(&npv_pernet(net)->generation) ?: 1;

	for (; !err && (nsk = npv_session_next(net, &state->id)); ) {
		lock_sock(&nsk->sk);
		if (session_is_alive(nsk))
			err = npv_nl_put_session(skb, &head, nsk,
						 sk_user_ns(NETLINK_CB(cb->skb).sk));
		release_sock(&nsk->sk);
		npv_session_put(nsk);
		if (!err)
			state->id++;
	}
	nl_dump_check_consistent(cb, nlmsg_hdr(skb));

	/* What didn't fit comes with the next buffer. */
	return skb->len ? skb->len : err;
}

/* Tell those stacks of a session that weren't told yet. */
static int dump_stacks(struct sk_buff *skb, const struct npv_nl_head *head,
		       struct npv_sock *nsk, struct dump_state *state)
{
	struct npv_stack *stack;
	unsigned int i = 0;
	int err = 0;

	lock_sock(&nsk->sk);
	if (session_is_alive(nsk)) {
		list_for_each_entry(stack, &nsk->stacks, node) {
			if (i++ < state->stack)
				continue;
			err = npv_nl_put_stack(skb, head, stack, true);
			if (err)
				break;
			state->stack++;
		}
	}
	release_sock(&nsk->sk);

	return err;
}

int npv_nl_stack_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct genl_info *info = genl_info_dump(cb);
	struct dump_state *state = (struct dump_state *)cb->ctx;
	struct nlattr *only = info->attrs[NPV_A_STACK_SESSION_ID];
	struct npv_nl_head head = {
		.portid	= NETLINK_CB(cb->skb).portid,
		.seq	= cb->nlh->nlmsg_seq,
		.flags	= NLM_F_MULTI,
		.cmd	= NPV_CMD_STACK_GET,
	};
	struct net *net = sock_net(skb->sk);
	struct npv_sock *nsk;
	int err = 0;

	cb->seq = atomic_read(&npv_pernet(net)->generation) ?: 1;

	if (only && !state->id) {
		state->id = nla_get_uint(only);
		nsk = npv_session_get(net, state->id);
		if (!nsk) {
			NL_SET_ERR_MSG_ATTR(info->extack, only,
					    "no session has that id");
			return -ENOENT;
		}
		npv_session_put(nsk);
	}

	for (; !err && (nsk = npv_session_next(net, &state->id)); ) {
		if (only && nsk->id != nla_get_uint(only)) {
			npv_session_put(nsk);
			break;
		}
		err = dump_stacks(skb, &head, nsk, state);
		npv_session_put(nsk);
		if (!err) {
			state->id++;
			state->stack = 0;
		}
	}
	nl_dump_check_consistent(cb, nlmsg_hdr(skb));

	return skb->len ? skb->len : err;
}

/* Abort all stacks of a plain session. Return: how many there were to abort. */
static int session_kill(struct npv_sock *nsk)
{
	struct sock *sks[NPV_ADDR_MAX + 1];
	struct npv_stack *stack;
	int i, n = 0, killed = 0;

	lock_sock(&nsk->sk);
	if (nsk->sock) {
		list_for_each_entry(stack, &nsk->stacks, node) {
			if (n == ARRAY_SIZE(sks))
				break;
			sock_hold(stack->sk);
			sks[n++] = stack->sk;
		}
	}
	release_sock(&nsk->sk);

	for (i = 0; i < n; i++) {
		struct proto *prot = READ_ONCE(sks[i]->sk_prot);

		if (inet_sk_state_load(sks[i]) != TCP_CLOSE ||
		    sks[i]->sk_type == SOCK_DGRAM)
			killed += !prot->diag_destroy(sks[i], ECONNABORTED);
		sock_put(sks[i]);
	}

	/* Listeners and datagram sockets aren't watched. */
	if (killed) {
		lock_sock(&nsk->sk);
		if (nsk->sock)
			npv_session_down(nsk, ECONNABORTED);
		release_sock(&nsk->sk);
	}

	return killed;
}

/* End a native session, and tell the peer. Return: whether it was alive. */
static bool native_kill(struct npv_native *nat)
{
	bool alive;

	npv_native_acquire(nat);
	alive = !test_bit(NPV_NF_DEAD, &nat->flags);
	npv_native_close(nat, NPV_CLOSE_ADMIN, ECONNABORTED);
	/* One that no program has is freed by the work. */
	npv_native_kick(nat);
	npv_native_release_lock(nat);

	return alive;
}

int npv_nl_session_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct npv_sock *nsk;
	bool racing, killed;

	nsk = npv_nl_get_session(info, NPV_A_SESSION_ID);
	if (IS_ERR(nsk))
		return PTR_ERR(nsk);

	racing = npv_race_abort(nsk, ECONNABORTED);
	killed = READ_ONCE(nsk->native) ? native_kill(nsk->native) :
					  session_kill(nsk);
	npv_session_put(nsk);

	if (!racing && !killed) {
		NL_SET_ERR_MSG(info->extack,
			       "session is not connected, connecting or listening");
		return -ENOTCONN;
	}

	NPV_INC(genl_info_net(info), SESSION_KILL);
	return 0;
}

struct genl_family npv_nl_family __ro_after_init = {
	.name		= NPV_FAMILY_NAME,
	.version	= NPV_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.split_ops	= npv_nl_ops,
	.n_split_ops	= ARRAY_SIZE(npv_nl_ops),
	.mcgrps		= npv_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(npv_nl_mcgrps),
};

/**
 * npv_netlink_init() - register the family
 *
 * Context: module init.
 * Return: 0 or the -errno of genl_register_family().
 */
int __init npv_netlink_init(void)
{
	int err;

	err = npv_nl_policy_init();
	if (err)
		return err;
	err = genl_register_family(&npv_nl_family);
	if (err)
		npv_nl_policy_exit();

	return err;
}

/** npv_netlink_exit() - undo npv_netlink_init() */
void npv_netlink_exit(void)
{
	genl_unregister_family(&npv_nl_family);
	npv_nl_policy_exit();
}
