// SPDX-License-Identifier: GPL-2.0
/*
 * Options of native sessions, those below SOL_SOCKET: every stack gets what the
 * program sets, and the first answers what it asks. sockopt.c remembers them for
 * stacks to come.
 */

#include <linux/in6.h>
#include <linux/tls.h>
#include <net/tcp.h>

#include "native.h"
#include "session.h"
#include "sockopt.h"
#include "sockopt_table.h"
#include "stack.h"
#include "stack_udp.h"
#include "subflow.h"

/**
 * npv_native_first() - the first of a session's stacks
 * @nat: the session
 *
 * Context: session lock held.
 * Return: its socket, NULL if there is none over TCP.
 */
struct socket *npv_native_first(const struct npv_native *nat)
{
	unsigned int i;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX)
		if (npv_subflow_is_tcp(nat->slot[i]))
			return nat->slot[i]->stack->sock;
	return NULL;
}

/**
 * npv_native_keepalive() - look at what the program wants of stacks that are quiet
 * @nat: the session, of which that may have changed
 *
 * TCP knows itself what is wanted of it.
 *
 * Context: process, session lock held.
 */
void npv_native_keepalive(struct npv_native *nat)
{
	struct npv_keepalive_set set = {};
	unsigned int i;

	if (nat->destroyed)
		return;
	npv_sockopt_keepalive(nat->nsk, &set);
	if (!memcmp(&set, &nat->keepalive, sizeof(set)))
		return;
	nat->keepalive = set;
	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		struct npv_udp *udp;

		if (npv_subflow_is_tcp(nat->slot[i]))
			continue;
		udp = npv_udp(nat->slot[i]);
		npv_udp_now(udp);
		npv_udp_timer(udp);
	}
}

/**
 * npv_native_pace() - stacks have been told what the program wants them to send at most
 * @nat: the session
 *
 * Policy may allow less.
 *
 * Context: process, session lock held.
 */
void npv_native_pace(struct npv_native *nat)
{
	unsigned int i;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX)
		if (nat->slot[i]->rate)
			npv_subflow_pace(nat->slot[i]);
}

/* Whether an option is one of IPv6, which don't apply to a stack over IPv4 */
static bool option_foreign(const struct socket *stack, int level)
{
	return level == SOL_IPV6 && stack->sk->sk_family != AF_INET6;
}

/* Whether the program's socket is one of IPv4, and nothing else */
static bool session_inet(const struct npv_sock *nsk)
{
	return test_bit(NPV_SF_NO_IPV6, &nsk->flags) ||
	       (test_bit(NPV_SF_STRICT, &nsk->flags) &&
		READ_ONCE(nsk->name_family) == AF_INET);
}

/*
 * Whether a level is one that the stacks know and the program's socket does not:
 * those that the NPV port has accepted are of IPv6 all.
 */
static bool level_unknown(const struct npv_sock *nsk, int level)
{
	return level != SOL_TCP && level != SOL_IP && session_inet(nsk);
}

/*
 * A stack that never comes to anything, with all that the program has set: it
 * judges and answers where the session has none, at its end or while it waits.
 */
static struct npv_stack *option_stack(struct npv_native *nat)
{
	return npv_stack_create_native(nat->nsk, session_inet(nat->nsk) ?
				       AF_INET : AF_INET6, IPPROTO_TCP);
}

/* What the session's own sock has to know of an option that its stacks took */
static void option_took(struct npv_native *nat, int level, int name,
			const struct socket *stack)
{
	struct sock *sk = &nat->nsk->sk;

	/* IP_TOS sets SO_PRIORITY as well. */
	if (level == SOL_IP && name == IP_TOS)
		WRITE_ONCE(sk->sk_priority, READ_ONCE(stack->sk->sk_priority));
	if (level == SOL_TCP && name == TCP_INQ)
		nat->inq = tcp_sk(stack->sk)->recvmsg_inq;
}

static int set_without_stack(struct npv_native *nat, int level, int name,
			     sockptr_t val, unsigned int len)
{
	struct npv_stack *stack = option_stack(nat);
	int err;

	if (IS_ERR(stack))
		return PTR_ERR(stack);
	err = stack->sock->ops->setsockopt(stack->sock, level, name, val, len);
	if (!err)
		option_took(nat, level, name, stack->sock);
	npv_stack_discard(stack);
	return err;
}

/**
 * npv_native_setsockopt() - proto_ops.setsockopt of a native session
 * @sock: the program's socket
 * @level: level, not SOL_SOCKET
 * @name: option
 * @optval: value
 * @optlen: its length
 *
 * Context: process, may sleep.
 * Return: 0 or the -errno that TCP gives; -EOPNOTSUPP for what would take one
 * stack for itself.
 */
int npv_native_setsockopt(struct socket *sock, int level, int name,
			  sockptr_t optval, unsigned int optlen)
{
	struct npv_native *nat = npv_sk(sock->sk)->native;
	char val[NPV_OPTION_MAX] = {};
	unsigned long slots, further = 0;
	bool tcp = false;
	unsigned int i;
	int err = 0;

	/* An upper layer would take the one stack that it is set on. */
	if (level == SOL_TLS || (level == SOL_TCP && name == TCP_ULP) ||
	    (level == SOL_IPV6 && name == IPV6_ADDRFORM))
		return -EOPNOTSUPP;
	if (optlen > sizeof(val))
		return -EINVAL;
	/* Nothing under the session lock may wait for the program's memory. */
	if (copy_from_sockptr(val, optval, optlen))
		return -EFAULT;

	npv_native_acquire(nat);
	slots = level_unknown(nat->nsk, level) ? 0 : nat->slots;
	for_each_set_bit(i, &slots, NPV_STACKS_MAX) {
		struct socket *stack = nat->slot[i]->stack->sock;

		if (!npv_subflow_is_tcp(nat->slot[i])) {
			/* TCP judges: what it takes others get as well. */
			further |= BIT(i);
			continue;
		}
		tcp = true;
		if (option_foreign(stack, level))
			continue;
		err = stack->ops->setsockopt(stack, level, name,
					     KERNEL_SOCKPTR(val), optlen);
		if (err)
			break;
		option_took(nat, level, name, stack);
	}
	if (!tcp)
		err = set_without_stack(nat, level, name, KERNEL_SOCKPTR(val),
					optlen);
	for_each_set_bit(i, &further, NPV_STACKS_MAX) {
		struct socket *stack = nat->slot[i]->stack->sock;

		if (!err && npv_sockopt_suits(stack->sk, level, name))
			stack->ops->setsockopt(stack, level, name,
					       KERNEL_SOCKPTR(val), optlen);
	}
	npv_native_release_lock(nat);

	return err;
}

/* What TCP would call the state that a session is in */
static int native_tcp_state(const struct npv_native *nat)
{
	bool all_acked = nat->sendq.una == nat->sendq.nxt;
	bool peer_done = nat->recvq.nxt > nat->recvq.fin;

	if (test_bit(NPV_NF_DEAD, &nat->flags))
		return TCP_CLOSE;
	if (!nat->fin_sent)
		return peer_done ? TCP_CLOSE_WAIT : TCP_ESTABLISHED;
	if (peer_done)
		return all_acked ? TCP_CLOSE : TCP_LAST_ACK;
	return all_acked ? TCP_FIN_WAIT2 : TCP_FIN_WAIT1;
}

static int get_from(struct sock *sk, int level, int name, char __user *optval,
		    int __user *optlen)
{
	return READ_ONCE(sk->sk_prot)->getsockopt(sk, level, name, optval,
						  optlen);
}

static int get_without_stack(struct npv_native *nat, int level, int name,
			     char __user *optval, int __user *optlen)
{
	struct npv_stack *stack;
	int err;

	npv_native_acquire(nat);
	stack = option_stack(nat);
	npv_native_release_lock(nat);
	if (IS_ERR(stack))
		return PTR_ERR(stack);
	err = get_from(stack->sk, level, name, optval, optlen);
	npv_stack_discard(stack);
	return err;
}

/**
 * npv_native_getsockopt() - proto_ops.getsockopt of a native session
 * @sock: the program's socket
 * @level: level, not SOL_SOCKET
 * @name: option
 * @optval: where to put the value
 * @optlen: room there; set to the length of the value
 *
 * TCP_INFO tells of the first stack, but for the state: that is the session's.
 *
 * Context: process, may sleep.
 * Return: 0 or the -errno that TCP gives; -EOPNOTSUPP for TCP_ZEROCOPY_RECEIVE.
 */
int npv_native_getsockopt(struct socket *sock, int level, int name,
			  char __user *optval, int __user *optlen)
{
	struct npv_native *nat = npv_sk(sock->sk)->native;
	struct socket *stack;
	struct sock *sk = NULL;
	u8 state;
	int err, len;

	/* It would take the frames of one stack for what has been sent. */
	if (level == SOL_TCP && name == TCP_ZEROCOPY_RECEIVE)
		return -EOPNOTSUPP;
	/* Its answer is copied to the program: not under the session lock. */
	npv_native_acquire(nat);
	npv_native_run(nat);
	stack = level_unknown(nat->nsk, level) ? NULL : npv_native_first(nat);
	if (stack) {
		sk = stack->sk;
		sock_hold(sk);
	}
	state = native_tcp_state(nat);
	npv_native_release_lock(nat);

	if (sk) {
		err = get_from(sk, level, name, optval, optlen);
		sock_put(sk);
	} else {
		err = get_without_stack(nat, level, name, optval, optlen);
	}
	if (err || level != SOL_TCP || name != TCP_INFO)
		return err;

	BUILD_BUG_ON(offsetof(struct tcp_info, tcpi_state) ||
		     sizeof_field(struct tcp_info, tcpi_state) != sizeof(state));
	if (get_user(len, optlen))
		return -EFAULT;
	if (len >= (int)sizeof(state) && put_user(state, optval))
		return -EFAULT;
	return 0;
}
