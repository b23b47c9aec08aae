// SPDX-License-Identifier: GPL-2.0
/* What an operator, or the program, commands of a native session. */

#include <linux/netlink.h>
#include <net/sock.h>

#include "address.h"
#include "compose.h"
#include "decision.h"
#include "event.h"
#include "join.h"
#include "native.h"
#include "netns.h"
#include "pairs.h"
#include "policy.h"
#include "scheduler.h"
#include "session.h"
#include "subflow.h"
#include "stacks.h"

/*
 * Take the lock of a native session. Return: 0 with it held, or -ENOTCONN or
 * -EOPNOTSUPP without it.
 */
static int control_begin(struct npv_sock *nsk, struct netlink_ext_ack *extack)
{
	struct npv_native *nat = READ_ONCE(nsk->native);

	if (!nat) {
		NL_SET_ERR_MSG(extack,
			       "session is plain: it has the one stack");
		return -EOPNOTSUPP;
	}
	npv_native_acquire(nat);
	if (test_bit(NPV_NF_DEAD, &nat->flags)) {
		npv_native_release_lock(nat);
		NL_SET_ERR_MSG(extack, "session has ended");
		return -ENOTCONN;
	}

	return 0;
}

static struct npv_subflow *control_stack(struct npv_native *nat, u32 id,
					 struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < NPV_STACKS_MAX; i++)
		if (nat->slot[i] && nat->slot[i]->stack->id == id)
			return nat->slot[i];
	NL_SET_ERR_MSG(extack, "session has no stack of that id");
	return NULL;
}

/**
 * npv_native_stack_add() - have a session get one more stack
 * @nsk: the session
 * @local: address to leave from, any: as routed
 * @remote: address of the peer, any: the first known of the family of @local, or
 *	of any family
 * @ifindex: interface to leave by, 0: as routed
 * @protocol: IPPROTO_TCP or IPPROTO_UDP
 * @backup: it is to be used only where no other is left
 * @extack: gets the reason of a refusal
 *
 * The stack is joined in the background: events tell whether it came up.
 *
 * Context: process, session lock not held.
 * Return: 0 if it is under way; -EOPNOTSUPP for a plain session or the side that
 * accepted; -ENOTCONN; -EADDRNOTAVAIL without an address of the peer; -ENOSPC;
 * -ENOMEM; what bind() and connect() of TCP return.
 */
int npv_native_stack_add(struct npv_sock *nsk, const struct in6_addr *local,
			 const struct in6_addr *remote, int ifindex,
			 int protocol, bool backup,
			 struct netlink_ext_ack *extack)
{
	struct npv_native *nat;
	__be16 port;
	unsigned int i;
	int err;

	err = control_begin(nsk, extack);
	if (err)
		return err;
	nat = nsk->native;
	port = nat->npv_port;

	err = -EOPNOTSUPP;
	if (test_bit(NPV_NF_SERVER, &nat->flags)) {
		NL_SET_ERR_MSG(extack,
			       "stacks are added by the side that connected");
		goto out;
	}
	if (!test_bit(NPV_NF_WELCOMED, &nat->flags)) {
		NL_SET_ERR_MSG(extack, "peer has not answered yet");
		err = -EAGAIN;
		goto out;
	}
	if (ipv6_addr_any(remote)) {
		for (i = 0; i < nat->n_remotes; i++)
			if (!nat->remotes[i].gone &&
			    (ipv6_addr_any(local) ||
			     ipv6_addr_v4mapped(local) ==
			     ipv6_addr_v4mapped(&nat->remotes[i].addr)))
				break;
		err = -EADDRNOTAVAIL;
		if (i == nat->n_remotes) {
			NL_SET_ERR_MSG(extack,
				       "no address of the peer is known in that family");
			goto out;
		}
		remote = &nat->remotes[i].addr;
		port = nat->remotes[i].port;
	} else if (!ipv6_addr_any(local) && ipv6_addr_v4mapped(local) !=
					    ipv6_addr_v4mapped(remote)) {
		NL_SET_ERR_MSG(extack, "addresses are of different families");
		err = -EINVAL;
		goto out;
	}

	err = npv_join_start(nat, &(struct npv_join) {
		.local		= *local,
		.remote		= *remote,
		.port		= port,
		.ifindex	= ifindex,
		.protocol	= protocol,
		.backup		= backup,
		.manual		= true,
	});
	if (err == -EOPNOTSUPP)
		NL_SET_ERR_MSG(extack,
			       "the program limits the TTL of what it takes, which UDP can't");
	else if (err == -ENOSPC)
		NL_SET_ERR_MSG(extack, "session has as many stacks as it can");
	else if (err)
		NL_SET_ERR_MSG(extack,
			       "no connection can be begun between these addresses");
out:
	npv_native_release_lock(nat);
	return err;
}

/**
 * npv_native_stack_del() - take a stack away from a session
 * @nsk: the session
 * @id: number of the stack
 * @extack: gets the reason of a refusal
 *
 * What it owes is sent by the others; the last one can be taken away as well, and
 * the session then looks for another. It isn't set up again by itself.
 *
 * Context: process, session lock not held.
 * Return: 0; -EOPNOTSUPP; -ENOTCONN; -ENOENT.
 */
int npv_native_stack_del(struct npv_sock *nsk, u32 id,
			 struct netlink_ext_ack *extack)
{
	struct npv_native *nat;
	struct npv_subflow *sub;
	int err;

	err = control_begin(nsk, extack);
	if (err)
		return err;
	nat = nsk->native;
	sub = control_stack(nat, id, extack);
	if (sub) {
		npv_pairs_forbid(nat, sub);
		npv_stacks_leave(sub);
	} else {
		err = -ENOENT;
	}
	npv_native_release_lock(nat);

	return err;
}

/**
 * npv_native_stack_set() - say how a stack is to be used
 * @nsk: the session
 * @id: number of the stack
 * @weight: share that "weighted" gives it, 1 to 1000; -1: as it is
 * @status: NPV_STACK_STATUS_ACTIVE, _BACKUP or _PAUSED; -1: as it is
 * @extack: gets the reason of a refusal
 *
 * The peer is told.
 *
 * Context: process, session lock not held.
 * Return: 0; -EINVAL; -EOPNOTSUPP; -ENOTCONN; -ENOENT.
 */
int npv_native_stack_set(struct npv_sock *nsk, u32 id, int weight, int status,
			 struct netlink_ext_ack *extack)
{
	struct npv_native *nat;
	struct npv_subflow *sub;
	int err;

	if (weight != -1 && (weight < 1 || weight > 1000)) {
		NL_SET_ERR_MSG(extack, "weight is 1 to 1000");
		return -EINVAL;
	}
	if (status != -1 && status != NPV_STACK_STATUS_ACTIVE &&
	    status != NPV_STACK_STATUS_BACKUP &&
	    status != NPV_STACK_STATUS_PAUSED) {
		NL_SET_ERR_MSG(extack,
			       "a stack can be set to active, backup or paused");
		return -EINVAL;
	}

	err = control_begin(nsk, extack);
	if (err)
		return err;
	nat = nsk->native;
	sub = control_stack(nat, id, extack);
	if (!sub) {
		err = -ENOENT;
		goto out;
	}
	if (weight != -1) {
		sub->weight = weight;
		sub->weight_fixed = true;
	}
	if (status != -1) {
		sub->status_fixed = true;
		sub->retiring = false;
		sub->paused = status == NPV_STACK_STATUS_PAUSED;
		sub->backup = status == NPV_STACK_STATUS_BACKUP;
		npv_stacks_tell(sub);
	}
	npv_event_stack(sub->stack, NPV_CMD_STACK_CHANGE_NTF);
	npv_stacks_count(nat);
	/* Who waits for room may find some. */
	set_bit(sub->slot, &nat->tx_mask);
	npv_native_run(nat);
out:
	npv_native_release_lock(nat);
	return err;
}

/**
 * npv_native_set_scheduler() - change a session's scheduler
 * @nsk: the session
 * @name: name of the new one
 * @fixed: an operator wants it, whatever policy says
 * @extack: gets the reason of a refusal; may be NULL
 *
 * Context: process, session lock not held.
 * Return: 0; -EOPNOTSUPP; -ENOTCONN; -ENOENT.
 */
int npv_native_set_scheduler(struct npv_sock *nsk, const char *name, bool fixed,
			     struct netlink_ext_ack *extack)
{
	int err;

	err = control_begin(nsk, extack);
	if (err)
		return err;
	if (fixed) {
		err = npv_sched_set(nsk->native, name);
	} else {
		/* What a program wants policy has to agree to. */
		strscpy(nsk->sched, name, sizeof(nsk->sched));
		set_bit(NPV_NF_RESTATED, &nsk->native->flags);
		npv_decision_refresh(nsk->native);
	}
	if (err == -ENOENT) {
		NL_SET_ERR_MSG(extack, "no scheduler has that name");
	} else if (!err) {
		if (fixed)
			set_bit(NPV_NF_SCHED_FIXED, &nsk->native->flags);
		npv_event_session(nsk, NPV_CMD_SESSION_CHANGE_NTF);
	}
	npv_native_release_lock(nsk->native);

	return err;
}

/**
 * npv_native_set_profile() - name the profile of a session
 * @nsk: the session
 * @name: name of the profile; empty: the one that rules name
 * @extack: gets the reason of a refusal
 *
 * Context: process, session lock not held.
 * Return: 0; -EOPNOTSUPP; -ENOTCONN; -ENOENT; -ENOMEM.
 */
int npv_native_set_profile(struct npv_sock *nsk, const char *name,
			   struct netlink_ext_ack *extack)
{
	struct npv_profile *profile = NULL;
	int err;

	if (name[0]) {
		profile = npv_policy_profile(sock_net(&nsk->sk), name);
		if (!profile) {
			NL_SET_ERR_MSG(extack, "no profile has that name");
			return -ENOENT;
		}
	}
	err = control_begin(nsk, extack);
	if (err) {
		if (profile)
			npv_profile_put(profile);
		return err;
	}
	err = npv_decision_fix(nsk->native, profile);
	if (!err)
		npv_event_session(nsk, NPV_CMD_SESSION_CHANGE_NTF);
	npv_native_release_lock(nsk->native);

	return err;
}

/**
 * npv_native_set_pinned() - have a session keep what it has, or not any more
 * @nsk: the session
 * @pinned: which
 * @extack: gets the reason of a refusal
 *
 * Context: process, session lock not held.
 * Return: 0; -EOPNOTSUPP; -ENOTCONN.
 */
int npv_native_set_pinned(struct npv_sock *nsk, bool pinned,
			  struct netlink_ext_ack *extack)
{
	struct npv_native *nat;
	int err;

	err = control_begin(nsk, extack);
	if (err)
		return err;
	nat = nsk->native;
	if (pinned) {
		nat->pinned_stacks = nat->n_stacks;
		set_bit(NPV_NF_PINNED, &nat->flags);
	} else {
		clear_bit(NPV_NF_PINNED, &nat->flags);
		set_bit(NPV_NF_COMPOSE, &nat->flags);
		npv_native_kick(nat);
	}
	npv_event_session(nsk, NPV_CMD_SESSION_CHANGE_NTF);
	npv_native_release_lock(nat);

	return 0;
}
