// SPDX-License-Identifier: GPL-2.0
/*
 * Socket options. Those of TCP, UDP, IPv4, IPv6 and the socket layer go to the
 * main stack, which judges them; what it took is remembered, and given to every
 * stack that the session gets later. Those of SOL_NPV are in sockopt_npv.c.
 */

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/tls.h>
#include <net/inet_sock.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "address.h"
#include "assoc.h"
#include "decision.h"
#include "keepalive.h"
#include "marks.h"
#include "native.h"
#include "netns.h"
#include "race.h"
#include "record.h"
#include "session.h"
#include "socket.h"
#include "sockopt.h"
#include "sockopt_table.h"
#include "stack.h"

/**
 * struct npv_option - an option that was set, to be given to further stacks
 * @node: in npv_sock.options, in the order they were set
 * @entry: its line in the table
 * @len: bytes in @val
 * @val: the value
 */
struct npv_option {
	struct list_head node;
	const struct npv_option_entry *entry;
	unsigned int len;
	u8 val[] __counted_by(len);
};

/* SO_ZEROCOPY of a native session, which the socket layer has for TCP and UDP only */
static int set_zerocopy(struct sock *sk, sockptr_t optval, unsigned int len)
{
	int val;

	if (len < sizeof(val))
		return -EINVAL;
	if (copy_from_sockptr(&val, optval, sizeof(val)))
		return -EFAULT;
	if (val < 0 || val > 1)
		return -EINVAL;
	/* Records are copied. */
	if (npv_record_wanted(sk))
		return -EOPNOTSUPP;
	lock_sock(sk);
	sock_valbool_flag(sk, SOCK_ZEROCOPY, val);
	release_sock(sk);
	return 0;
}

/* Set an option on one stack's socket, or the program's for the main stack. */
static int option_apply(struct socket *sock, const struct proto_ops *ops,
			int level, int name, sockptr_t val, unsigned int len)
{
	if (unlikely(level == SOL_SOCKET && name == SO_ZEROCOPY &&
		     sock->sk->sk_family == npv_family_nr))
		return set_zerocopy(sock->sk, val, len);
	/* UDP minds its receive buffer itself. */
	if (level == SOL_SOCKET && sock->type == SOCK_STREAM)
		return sock_setsockopt(sock, level, name, val, len);

	return ops->setsockopt(sock, level, name, val, len);
}

static const struct npv_option *option_find(const struct npv_sock *nsk, int level,
					    int name)
{
	const struct npv_option *opt;

	list_for_each_entry(opt, &nsk->options, node)
		if (opt->entry->level == level && opt->entry->name == name)
			return opt;

	return NULL;
}

/**
 * npv_sockopt_is_set() - whether a program has set an option that is remembered
 * @nsk: the session
 * @level: level
 * @name: option
 *
 * Context: session lock held.
 * Return: whether it has.
 */
bool npv_sockopt_is_set(const struct npv_sock *nsk, int level, int name)
{
	return option_find(nsk, level, name);
}

/* The value of an option that takes an int, 0 if it was not set */
static int option_int(const struct npv_sock *nsk, int level, int name)
{
	const struct npv_option *opt = option_find(nsk, level, name);
	int value = 0;

	if (opt && opt->len >= sizeof(value))
		memcpy(&value, opt->val, sizeof(value));
	return value;
}

/*
 * Say the same for the other family. That it won't have it is no error. Who has
 * said something else for the other, or has asked for a socket of AF_INET6,
 * means each for itself. Session lock.
 */
static void option_apply_twin(struct npv_sock *nsk, struct socket *sock,
			      const struct proto_ops *ops,
			      const struct npv_option *opt)
{
	const struct npv_option_entry *entry = opt->entry;
	int value;

	if (!entry->twin_name || sock->sk->sk_family != AF_INET6 || !opt->len)
		return;
	if (test_bit(NPV_SF_STRICT, &nsk->flags) &&
	    READ_ONCE(nsk->name_family) == AF_INET6)
		return;
	if (npv_sockopt_is_set(nsk, entry->twin_level, entry->twin_name))
		return;

	/* IPv4 takes a single byte as well (ip(7)). */
	value = opt->val[0];
	if (opt->len >= sizeof(value))
		memcpy(&value, opt->val, sizeof(value));
	/* "The default" has no number in IPv4. */
	if (value < 0)
		return;

	ops->setsockopt(sock, entry->twin_level, entry->twin_name,
			KERNEL_SOCKPTR(&value), sizeof(value));
}

/**
 * npv_sockopt_near_only() - whether a program takes packets from near by only
 * @nsk: the session
 *
 * By their TTL (RFC 5082), which UDP doesn't look at.
 *
 * Context: session lock held.
 * Return: whether it does.
 */
bool npv_sockopt_near_only(const struct npv_sock *nsk)
{
	return npv_sockopt_is_set(nsk, SOL_IP, IP_MINTTL) ||
	       npv_sockopt_is_set(nsk, SOL_IPV6, IPV6_MINHOPCOUNT);
}

/* Whether a new stack is to get an option */
static bool option_fits(const struct npv_sock *nsk, const struct sock *sk,
			const struct npv_option *opt)
{
	if (nsk->sk.sk_type != SOCK_DGRAM)
		return npv_sockopt_suits(sk, opt->entry->level,
					 opt->entry->name);
	return opt->entry->level != SOL_IPV6 || sk->sk_family == AF_INET6;
}

/**
 * npv_sockopt_replay() - give a new stack the options that the program set
 * @nsk: the session
 * @sock: the stack's socket
 *
 * What doesn't apply to the stack's family is left out. A stack that refuses an
 * option (the program may have dropped the privilege that it took) is not what
 * the program asked for. Of one that is connected already, only what keeps
 * others out or names another network counts: the rest concerns bind(), listen()
 * and connect(), which are over. What is wanted of the session beside is marked, too.
 *
 * Context: process, session lock held.
 * Return: 0, or why it was refused.
 */
int npv_sockopt_replay(struct npv_sock *nsk, struct socket *sock)
{
	bool connected = inet_sk_state_load(sock->sk) != TCP_CLOSE;
	struct npv_option *opt;
	int err;

	list_for_each_entry(opt, &nsk->options, node) {
		if (option_fits(nsk, sock->sk, opt)) {
			err = option_apply(sock, sock->ops, opt->entry->level,
					   opt->entry->name,
					   KERNEL_SOCKPTR(opt->val), opt->len);
			if (err) {
				NPV_INC(sock_net(&nsk->sk),
					OPTION_REPLAY_FAIL);
				if (!connected || npv_option_guards(opt->entry))
					return err;
			}
		}
		/* UDP has but a few of them, and each in its own family. */
		if (nsk->sk.sk_type == SOCK_DGRAM ||
		    sock->sk->sk_protocol == IPPROTO_TCP ||
		    npv_sockopt_suits(sock->sk, opt->entry->twin_level,
				      opt->entry->twin_name))
			option_apply_twin(nsk, sock, sock->ops, opt);
	}

	npv_marks_apply(nsk, sock);
	return 0;
}

/**
 * npv_sockopt_replay_session() - give a native session's sock its options
 * @nsk: the session
 * @sock: the program's socket, whose sock is the session's own by now
 *
 * Those of the socket layer; what doesn't apply is left out.
 *
 * Context: process, session lock not held.
 */
void npv_sockopt_replay_session(struct npv_sock *nsk, struct socket *sock)
{
	struct npv_option *opt;

	/* Nobody else knows the socket yet, or sets options while it connects. */
	list_for_each_entry(opt, &nsk->options, node)
		if (opt->entry->level == SOL_SOCKET &&
		    option_apply(sock, sock->ops, SOL_SOCKET, opt->entry->name,
				 KERNEL_SOCKPTR(opt->val), opt->len))
			NPV_INC(sock_net(&nsk->sk), OPTION_REPLAY_FAIL);
}

/**
 * npv_sockopt_copy() - remember what another session remembers
 * @nsk: a session that nobody else knows
 * @from: the other
 *
 * What there is no memory for is left out, and counted.
 *
 * Context: process, lock of @from held.
 */
void npv_sockopt_copy(struct npv_sock *nsk, const struct npv_sock *from)
{
	const struct npv_option *opt;
	struct npv_option *copy;

	list_for_each_entry(opt, &from->options, node) {
		if (from->sk.sk_type == SOCK_DGRAM && !npv_option_carries(opt->entry))
			continue;
		copy = kmemdup(opt, struct_size(opt, val, opt->len),
			       GFP_KERNEL_ACCOUNT);
		if (!copy) {
			NPV_INC(sock_net(&nsk->sk), OPTION_REPLAY_FAIL);
			continue;
		}
		list_add_tail(&copy->node, &nsk->options);
	}
}

/**
 * npv_sockopt_carry() - set on a session what a datagram socket has that it carries for
 * @carrier: the session, new
 * @sock: its socket
 * @from: the session of the datagram socket
 *
 * Context: process, no session lock held.
 */
void npv_sockopt_carry(struct npv_sock *carrier, struct socket *sock,
		       struct npv_sock *from)
{
	const struct npv_option *opt;

	/* Nobody else has the carrier yet. */
	lock_sock(&from->sk);
	npv_sockopt_copy(carrier, from);
	release_sock(&from->sk);
	list_for_each_entry(opt, &carrier->options, node)
		option_apply(sock, npv_session_base(carrier), opt->entry->level,
			     opt->entry->name, KERNEL_SOCKPTR((void *)opt->val),
			     opt->len);
}

/**
 * npv_sockopt_keepalive() - what is set for a session that is quiet
 * @nsk: the session
 * @set: filled in
 *
 * TCP has judged the values.
 *
 * Context: session lock held.
 */
void npv_sockopt_keepalive(const struct npv_sock *nsk, struct npv_keepalive_set *set)
{
	const struct npv_properties *want = npv_decision_want(nsk);

	set->probe = option_int(nsk, SOL_SOCKET, SO_KEEPALIVE);
	set->idle = option_int(nsk, SOL_TCP, TCP_KEEPIDLE);
	set->interval = option_int(nsk, SOL_TCP, TCP_KEEPINTVL);
	set->count = option_int(nsk, SOL_TCP, TCP_KEEPCNT);
	set->refresh = want->says & NPV_SAYS_KEEPALIVE ? want->keepalive_s : nsk->keepalive;
}

/**
 * npv_sockopt_forget() - free what was remembered
 * @nsk: a session that gets no more stacks
 *
 * Context: process.
 */
void npv_sockopt_forget(struct npv_sock *nsk)
{
	struct npv_option *opt, *next;

	list_for_each_entry_safe(opt, next, &nsk->options, node) {
		list_del(&opt->node);
		kfree(opt);
	}
}

/*
 * Copy a value that is to be remembered. Return: the option; NULL where it
 * can't be read or is too long (the stack then says what is wrong); -ENOMEM.
 */
static struct npv_option *option_read(const struct npv_option_entry *entry,
				      sockptr_t val, unsigned int len)
{
	struct npv_option *opt;

	if (len > NPV_OPTION_MAX)
		return NULL;

	opt = kmalloc(struct_size(opt, val, len), GFP_KERNEL_ACCOUNT);
	if (!opt)
		return ERR_PTR(-ENOMEM);
	opt->entry = entry;
	opt->len = len;
	if (len && copy_from_sockptr(opt->val, val, len)) {
		kfree(opt);
		return NULL;
	}

	return opt;
}

/* Keep the value set last, at the end: options may depend on each other. */
static void option_remember(struct npv_sock *nsk, struct npv_option *opt)
{
	struct npv_option *old, *next;

	list_for_each_entry_safe(old, next, &nsk->options, node) {
		if (old->entry != opt->entry)
			continue;
		list_del(&old->node);
		kfree(old);
	}
	list_add_tail(&opt->node, &nsk->options);
}

/* Give an option to one more stack: @sock is its own, or the program's. */
static void option_give(struct npv_sock *nsk, struct socket *sock,
			const struct proto_ops *ops, struct npv_option *opt)
{
	int err;

	err = option_apply(sock, ops, opt->entry->level, opt->entry->name,
			   KERNEL_SOCKPTR(opt->val), opt->len);
	if (err)
		NPV_INC(sock_net(sock->sk), OPTION_REPLAY_FAIL);
	option_apply_twin(nsk, sock, ops, opt);
}

/* Give an option to the stacks beside the main one. Session lock. */
static void option_spread(struct npv_sock *nsk, struct npv_option *opt)
{
	struct npv_stack *stack;
	unsigned int i;

	list_for_each_entry(stack, &nsk->stacks, node)
		if (stack->sock && !(stack->sub && npv_option_session_only(opt->entry)) &&
		    !(stack->sub && !npv_sockopt_suits(stack->sk,
						       opt->entry->level,
						       opt->entry->name)))
			option_give(nsk, stack->sock, stack->sock->ops, opt);
	for (i = 0; (stack = npv_race_stack(nsk, i)); i++)
		option_give(nsk, stack->sock, stack->sock->ops, opt);
}

/* Whether an option may put other operations into the socket. */
static bool option_changes_ops(int level, int name)
{
	return (level == SOL_TCP && name == TCP_ULP) || level == SOL_TLS ||
	       (level == SOL_IPV6 && name == IPV6_ADDRFORM);
}

/*
 * Set an option that puts other operations into the socket: an upper layer
 * protocol (kTLS) or IPV6_ADDRFORM. What they put there belongs to the stack
 * from then on; the socket's stay NPV's. kTLS makes its own operations, for all
 * sockets of the machine, of those that it finds: it must find the stack's.
 */
static int option_apply_ops(struct npv_sock *nsk, struct socket *sock,
			    int level, int name, sockptr_t optval,
			    unsigned int optlen)
{
	char val[NPV_OPTION_MAX] = {};
	bool established;
	int err;

	if (READ_ONCE(nsk->native))
		return -EOPNOTSUPP;

	/* Nothing under the session lock may wait for the program's memory. */
	if (optlen > sizeof(val))
		optlen = sizeof(val);
	if (copy_from_sockptr(val, optval, optlen))
		return -EFAULT;

	established = inet_sk_state_load(sock->sk) == TCP_ESTABLISHED;
	if (level == SOL_TCP) {
		val[sizeof(val) - 1] = '\0';
		/* It would put another socket into the program's file. */
		if (!strcmp(val, "smc"))
			return -EOPNOTSUPP;
		if (!established && (!strcmp(val, "tls") ||
				     !strcmp(val, "espintcp")))
			return -ENOTCONN;
	}
	/* Before it is connected nothing of this kind can be had. */
	if (!established && level != SOL_TLS)
		return option_apply(sock, npv_session_base(nsk), level, name,
				    KERNEL_SOCKPTR(val), optlen);

	lock_sock(&nsk->sk);
	if (nsk->native) {
		release_sock(&nsk->sk);
		return -EOPNOTSUPP;
	}
	WRITE_ONCE(sock->ops, nsk->base);
	err = option_apply(sock, nsk->base, level, name, KERNEL_SOCKPTR(val),
			   optlen);
	WRITE_ONCE(nsk->base, READ_ONCE(sock->ops));
	WRITE_ONCE(sock->ops, npv_socket_ops(sock));
	if (!err)
		set_bit(NPV_SF_PINNED, &nsk->flags);
	release_sock(&nsk->sk);

	return err;
}

/*
 * An option that can't be remembered, set on a socket that has stacks beside
 * the main one: they get it now or never.
 */
static void option_pin(struct npv_sock *nsk, int level, int name,
		       sockptr_t optval, unsigned int optlen)
{
	struct socket *further[NPV_ADDR_MAX];
	unsigned int i, n;
	int err;

	set_bit(NPV_SF_PINNED, &nsk->flags);
	n = npv_stack_further(nsk, further);
	for (i = 0; i < n; i++) {
		err = option_apply(further[i], further[i]->ops, level, name,
				   optval, optlen);
		if (err)
			NPV_INC(sock_net(&nsk->sk), OPTION_REPLAY_FAIL);
	}
}

/* A datagram socket is another now than the sessions that carry for it were made for. */
static void option_datagrams(struct npv_sock *nsk, const struct npv_option_entry *entry)
{
	bool udp_only = !entry || npv_option_udp_only(entry);

	if (udp_only)
		set_bit(NPV_SF_UDP_ONLY, &nsk->flags);
	if (udp_only || npv_option_carries(entry))
		npv_assoc_reset(nsk);
}

/**
 * npv_setsockopt() - proto_ops.setsockopt, SOL_SOCKET included
 * @sock: the program's socket
 * @level: level
 * @name: option
 * @optval: value
 * @optlen: its length
 *
 * Context: process, may sleep.
 * Return: 0 or the -errno that TCP or UDP give; -ENOPROTOOPT for an unknown
 * option of SOL_NPV; -EOPNOTSUPP for the upper layer protocol "smc"; -ENOMEM.
 */
int npv_setsockopt(struct socket *sock, int level, int name, sockptr_t optval,
		   unsigned int optlen)
{
	struct npv_sock *nsk = npv_session_of(sock);
	bool accepted = test_bit(NPV_SF_ACCEPTED, &nsk->flags) && !nsk->native;
	const struct npv_option_entry *entry;
	struct npv_option *opt = NULL;
	struct sock *sk = sock->sk;
	int err;

	if (level == SOL_NPV)
		return npv_setsockopt_npv(nsk, name, optval, optlen);
	/* They would act on one stack, or on the frames of all. */
	if (nsk->native && level == SOL_SOCKET &&
	    (name == SO_ATTACH_FILTER || name == SO_ATTACH_BPF ||
	     name == SO_ATTACH_REUSEPORT_CBPF ||
	     name == SO_ATTACH_REUSEPORT_EBPF || name == SO_LOCK_FILTER))
		return -EOPNOTSUPP;
	if (unlikely(option_changes_ops(level, name)))
		return option_apply_ops(nsk, sock, level, name, optval,
					optlen);
	/* Such a session has one stack for ever: only twins are left to do. */
	if (accepted && level != SOL_IP && level != SOL_IPV6)
		return option_apply(sock, npv_session_base(nsk), level, name,
				    optval, optlen);

	entry = npv_option_lookup(level, name);
	if (entry && entry->kind == NPV_OPT_REPLAY) {
		opt = option_read(entry, optval, optlen);
		if (IS_ERR(opt))
			return PTR_ERR(opt);
		if (opt)
			optval = KERNEL_SOCKPTR(opt->val);
	}

	/* Without the session lock: this may wait for the program's memory. */
	err = option_apply(sock, npv_session_base(nsk), level, name, optval,
			   optlen);

	if (!err && opt) {
		lock_sock(&nsk->sk);
		option_apply_twin(nsk, sock, nsk->base, opt);
		/* A race may have been won meanwhile, by a stack without it. */
		if (!nsk->native && nsk->main->sk != sk)
			option_give(nsk, sock, nsk->base, opt);
		option_spread(nsk, opt);
		option_remember(nsk, opt);
		if (nsk->native) {
			npv_native_keepalive(nsk->native);
			if (level == SOL_SOCKET && name == SO_MAX_PACING_RATE)
				npv_native_pace(nsk->native);
		}
		release_sock(&nsk->sk);
		opt = NULL;
	} else if (!err && !accepted && (!entry || entry->kind != NPV_OPT_ONCE)) {
		option_pin(nsk, level, name, optval, optlen);
	}
	if (!err && sock->type == SOCK_DGRAM)
		option_datagrams(nsk, entry);
	kfree(opt);

	return err;
}

/*
 * Until a race is won, its main stack knows nothing of it; and TCP tells nothing at all
 * of what isn't SOCK_STREAM.
 */
static int info_state(const struct sock *sk, bool racing, char __user *optval,
		      int __user *optlen)
{
	u8 state;
	int len;

	BUILD_BUG_ON(offsetof(struct tcp_info, tcpi_state) ||
		     sizeof_field(struct tcp_info, tcpi_state) != sizeof(state));
	if (get_user(len, optlen))
		return -EFAULT;
	if (len < (int)sizeof(state))
		return 0;
	if (get_user(state, optval))
		return -EFAULT;
	state = state ?: inet_sk_state_load(sk);
	if (racing && state == TCP_CLOSE)
		state = TCP_SYN_SENT;
	return put_user(state, optval);
}

/**
 * npv_getsockopt() - proto_ops.getsockopt, SOL_SOCKET excluded
 * @sock: the program's socket
 * @level: level
 * @name: option
 * @optval: where to put the value
 * @optlen: room there; set to the length of the value
 *
 * TCP_INFO says that the session connects as long as it does.
 *
 * Context: process, may sleep.
 * Return: 0 or the -errno that TCP or UDP give.
 */
int npv_getsockopt(struct socket *sock, int level, int name,
		   char __user *optval, int __user *optlen)
{
	struct npv_sock *nsk = npv_session_of(sock);
	bool racing = READ_ONCE(nsk->race);
	int err;

	if (level == SOL_NPV)
		return npv_getsockopt_npv(nsk, name, optval, optlen);

	err = npv_session_base(nsk)->getsockopt(sock, level, name, optval, optlen);
	if (!err && level == SOL_TCP && name == TCP_INFO &&
	    (racing || npv_record_wanted(sock->sk)))
		err = info_state(sock->sk, racing, optval, optlen);
	return err;
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/sockopt_test.c"
#endif
