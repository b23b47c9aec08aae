// SPDX-License-Identifier: GPL-2.0
/*
 * What policy decides for a session: which rule is about it, what profile that
 * names, and what follows from the profile and from what the program has stated.
 *
 * It is decided when the program connects, and again when the policy changes or
 * the program states something else: composition then makes it true.
 */

#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "classify.h"
#include "decision.h"
#include "marks.h"
#include "native.h"
#include "netns.h"
#include "plan.h"
#include "policy.h"
#include "rule.h"
#include "scheduler.h"
#include "session.h"
#include "sockopt.h"
#include "stack.h"
#include "stated.h"
#include "verdict.h"

const struct npv_properties npv_wants_nothing;

/**
 * npv_decision_init() - note whose session it is
 * @nsk: a session that is being made
 *
 * Context: process of the program.
 */
void npv_decision_init(struct npv_sock *nsk)
{
	nsk->gid = current_egid();
#ifdef CONFIG_CGROUPS
	rcu_read_lock();
	nsk->cgroup = task_dfl_cgroup(current);
	if (!cgroup_tryget(nsk->cgroup))
		nsk->cgroup = NULL;
	rcu_read_unlock();
#endif
}

static void decision_free(struct rcu_head *rcu)
{
	struct npv_decision *decision = container_of(rcu, struct npv_decision, rcu);

	npv_profile_put(decision->profile);
	kfree(decision);
}

/**
 * npv_decision_get() - take a reference to a decision
 * @decision: the decision, or NULL
 *
 * Context: any.
 * Return: @decision.
 */
struct npv_decision *npv_decision_get(struct npv_decision *decision)
{
	if (decision)
		refcount_inc(&decision->ref);
	return decision;
}

/**
 * npv_decision_put() - drop a reference to a decision
 * @decision: the decision, or NULL
 *
 * Context: any.
 */
void npv_decision_put(struct npv_decision *decision)
{
	if (decision && refcount_dec_and_test(&decision->ref))
		call_rcu(&decision->rcu, decision_free);
}

/*
 * Put a decision, and the verdict that it is of, in the place of others; the references
 * go with them. Session lock, or nobody else has it.
 */
static void decision_replace(struct npv_sock *nsk, struct npv_decision *decision,
			     struct npv_verdict *verdict)
{
	struct npv_decision *old = rcu_dereference_protected(nsk->decision, 1);

	rcu_assign_pointer(nsk->decision, decision);
	npv_decision_put(old);
	npv_verdict_put(nsk->verdict);
	nsk->verdict = verdict;
}

/**
 * npv_decision_exit() - forget whose it was, and what was decided
 * @nsk: a session that goes
 *
 * Context: any.
 */
void npv_decision_exit(struct npv_sock *nsk)
{
	decision_replace(nsk, NULL, NULL);
#ifdef CONFIG_CGROUPS
	if (nsk->cgroup)
		cgroup_put(nsk->cgroup);
	nsk->cgroup = NULL;
#endif
}

/**
 * npv_decision_copy() - a session belongs to whom another does
 * @nsk: a session that is being made, without npv_decision_init()
 * @from: the other
 *
 * Context: process, lock of @from held.
 */
void npv_decision_copy(struct npv_sock *nsk, const struct npv_sock *from)
{
	nsk->gid = from->gid;
#ifdef CONFIG_CGROUPS
	nsk->cgroup = from->cgroup;
	if (nsk->cgroup)
		cgroup_get(nsk->cgroup);
#endif
}

/* A session as rules look at it */
static void decision_subject(const struct npv_sock *nsk, const struct in6_addr *peer,
			     __be16 port, struct npv_subject *sub)
{
	const struct npv_stated *stated = nsk->stated;

	*sub = (struct npv_subject) {
		.uid		= from_kuid(&init_user_ns, nsk->sk.sk_uid),
		.gid		= from_kgid(&init_user_ns, nsk->gid),
		.cgroup		= nsk->cgroup,
		.comm		= nsk->comm,
		.type		= npv_session_socktype(nsk),
		.capacity	= NPV_ANY,
		.policy		= NPV_ANY,
		.port		= ntohs(port),
		.dest		= *peer,
		.name		= stated ? stated->name : NULL,
	};
	if (stated && stated->says.says & NPV_SAYS_CAPACITY)
		sub->capacity = stated->says.capacity;
	if (stated && stated->says.says & NPV_SAYS_POLICY)
		sub->policy = stated->says.policy;
}

/* Whether a program has said anything, by whatever option */
static bool program_speaks(const struct npv_sock *nsk)
{
	return nsk->stated || nsk->sched[0] || nsk->keepalive;
}

/* What it has said. Return: whether that is anything. */
static bool program_says(const struct npv_sock *nsk, struct npv_properties *says)
{
	if (!program_speaks(nsk))
		return false;
	*says = nsk->stated ? nsk->stated->says : npv_wants_nothing;
	if (nsk->sched[0]) {
		says->says |= NPV_SAYS_SCHEDULER;
		strscpy(says->scheduler, nsk->sched, sizeof(says->scheduler));
	}
	if (nsk->keepalive) {
		says->says |= NPV_SAYS_KEEPALIVE;
		says->keepalive_s = nsk->keepalive;
	}
	return true;
}

/*
 * Which profile a session is to have, with a reference; NULL: nobody says.
 * @rule: set to the rule that names it, with a reference; NULL: none
 */
static struct npv_profile *profile_choose(struct npv_sock *nsk,
					  const struct npv_subject *sub,
					  struct npv_rule **rule)
{
	struct net *net = sock_net(&nsk->sk);
	struct npv_profile *profile = NULL;

	*rule = NULL;
	if (npv_policy_has_rules(net))
		profile = npv_policy_decide(net, sub, &nsk->rule_seen, rule);
	/* What an operator says goes before what the program asks for. */
	if (!profile && nsk->stated && nsk->stated->profile[0])
		profile = npv_policy_profile(net, nsk->stated->profile);
	return profile;
}

/*
 * Put a decision into force; the reference to @profile goes with it. Without memory
 * it stays as it was. Return: 0 or -ENOMEM.
 */
static int decision_take(struct npv_sock *nsk, struct npv_profile *profile, u32 rule,
			 bool fixed)
{
	struct npv_decision *decision;
	struct npv_properties says;

	if (!profile && !nsk->stated) {
		decision_replace(nsk, NULL, NULL);
		npv_marks_set(nsk, NULL);
		return 0;
	}
	if (!profile)
		profile = npv_profile_get(npv_profile_auto());
	decision = kzalloc(sizeof(*decision), GFP_KERNEL_ACCOUNT);
	if (!decision) {
		npv_profile_put(profile);
		return -ENOMEM;
	}
	refcount_set(&decision->ref, 1);
	decision->profile = profile;
	decision->rule = rule;
	decision->fixed = fixed;
	npv_properties_merge(&decision->want, &profile->says, profile->strict,
			     program_says(nsk, &says) ? &says : NULL);
	decision_replace(nsk, decision, NULL);
	npv_marks_set(nsk, npv_stated_wanted(nsk));
	return 0;
}

/* What was decided for one like it holds for a session; the reference goes with it. */
static void verdict_take(struct npv_sock *nsk, struct npv_verdict *v)
{
	if (v->rule && nsk->rule_seen != v->serial)
		atomic64_inc(&v->rule->hits);
	nsk->rule_seen = v->serial;
	decision_replace(nsk, npv_decision_get(v->decision), v);
	npv_marks_set(nsk, v->decision ? npv_stated_wanted(nsk) : NULL);
}

/*
 * Whether others may be like a session. Who has been accepted isn't: with each other peer
 * it is another one.
 */
static bool decision_is_common(const struct npv_sock *nsk)
{
	return !program_speaks(nsk) &&
	       !(nsk->native && test_bit(NPV_NF_SERVER, &nsk->native->flags));
}

/* SO_MARK of a session; a native one has no main stack */
static u32 decision_mark(const struct npv_sock *nsk)
{
	return READ_ONCE((nsk->main ? npv_stack_sk(nsk->main) : &nsk->sk)->sk_mark);
}

/**
 * npv_decision_make() - decide for a session
 * @nsk: the session
 * @peer: address of the peer, IPv4 as ::ffff:a.b.c.d
 * @port: of the service, network byte order
 *
 * What an operator has set for this very session stays.
 *
 * Context: process, session lock held; may sleep.
 * Return: 0 or -ENOMEM: what was decided before holds.
 */
int npv_decision_make(struct npv_sock *nsk, const struct in6_addr *peer, __be16 port)
{
	const struct npv_decision *decision = npv_decision_of(nsk);
	struct net *net = sock_net(&nsk->sk);
	struct npv_profile *profile = NULL;
	struct npv_rule *rule = NULL;
	struct npv_verdict_key key;
	struct npv_subject sub;
	struct npv_verdict *v;
	bool common;
	int err;

	/* Before it is looked at: what changes meanwhile has it looked at again. */
	nsk->policy_seen = npv_policy_generation(net);
	if (!decision && !nsk->stated && !npv_policy_has_rules(net) &&
	    !npv_policy_has_named(net)) {
		decision_replace(nsk, NULL, NULL);
		return 0;
	}
	if (decision && decision->fixed)
		profile = npv_policy_profile(net, decision->profile->name);
	if (profile)
		return decision_take(nsk, profile, 0, true);
	decision_subject(nsk, peer, port, &sub);
	common = decision_is_common(nsk);
	if (common) {
		npv_verdict_key(&key, &sub, decision_mark(nsk));
		v = npv_verdict_find(net, &key, nsk->policy_seen);
		if (v) {
			verdict_take(nsk, v);
			return 0;
		}
	}
	profile = profile_choose(nsk, &sub, &rule);
	err = decision_take(nsk, profile, rule ? rule->id : 0, false);
	/* Without memory it is decided again for who comes next. */
	if (!err && common)
		nsk->verdict = npv_verdict_keep(net, &key, nsk->policy_seen,
						npv_decision_of(nsk), rule);
	npv_rule_put(rule);
	return err;
}

/* The service that a native session is of: its address and port */
static __be16 native_peer(const struct npv_native *nat, struct in6_addr *peer)
{
	*peer = nat->remote;
	return test_bit(NPV_NF_SERVER, &nat->flags) ? nat->local_port : nat->remote_port;
}

/**
 * npv_decision_refresh() - decide again if the policy has changed
 * @nat: a session
 *
 * Context: process, session lock held; may sleep.
 * Return: whether it was decided again.
 */
bool npv_decision_refresh(struct npv_native *nat)
{
	struct npv_sock *nsk = nat->nsk;
	struct in6_addr peer;
	__be16 port;

	if (nsk->policy_seen == npv_policy_generation(sock_net(&nsk->sk)) &&
	    !test_bit(NPV_NF_RESTATED, &nat->flags))
		return false;
	if (test_bit(NPV_NF_PINNED, &nat->flags))
		return false;
	clear_bit(NPV_NF_RESTATED, &nat->flags);
	port = native_peer(nat, &peer);
	if (npv_decision_make(nsk, &peer, port)) {
		/* There may be some memory later. */
		set_bit(NPV_NF_RESTATED, &nat->flags);
		nat->compose_at = (jiffies + HZ) | 1;
	}
	npv_decision_apply(nat);
	NPV_INC(sock_net(&nsk->sk), POLICY_APPLIED);
	return true;
}

/* Whether it isn't the program that says how large a buffer is */
static bool policy_sizes(const struct npv_sock *nsk, int option, int force)
{
	return npv_decision_of(nsk)->profile->strict ||
	       !(npv_sockopt_is_set(nsk, SOL_SOCKET, option) ||
		 npv_sockopt_is_set(nsk, SOL_SOCKET, force));
}

/* Have a buffer be of a size, 0: as large as is of use. */
static void apply_buffer(struct sock *sk, int *buf, u32 bytes, u32 least, u8 lock)
{
	if (!bytes) {
		sk->sk_userlocks &= ~lock;
		return;
	}
	WRITE_ONCE(*buf, max(min_t(u32, bytes, INT_MAX / 2), least));
	sk->sk_userlocks |= lock;
}

/**
 * npv_decision_apply() - what of a decision is not for composition
 * @nat: the session
 *
 * Context: process, session lock held.
 */
void npv_decision_apply(struct npv_native *nat)
{
	const struct npv_properties *want = npv_decision_want(nat->nsk);
	const char *sched = npv_plan_scheduler(want);
	struct sock *sk = &nat->nsk->sk;

	if (!test_bit(NPV_NF_SCHED_FIXED, &nat->flags)) {
		if (!sched && nat->nsk->sched[0])
			sched = nat->nsk->sched;
		if (!sched)
			sched = npv_sched_default()->name;
		/* It was there when it was named; if no more, what there is will do. */
		if (strcmp(sched, nat->sched->name))
			npv_sched_set(nat, sched);
	}
	nat->copies = want->says & NPV_SAYS_COPIES ? want->copies : 0;
	if (want->says & NPV_SAYS_SNDBUF &&
	    policy_sizes(nat->nsk, SO_SNDBUF, SO_SNDBUFFORCE))
		apply_buffer(sk, &sk->sk_sndbuf, want->sndbuf, SOCK_MIN_SNDBUF,
			     SOCK_SNDBUF_LOCK);
	if (want->says & NPV_SAYS_RCVBUF &&
	    policy_sizes(nat->nsk, SO_RCVBUF, SO_RCVBUFFORCE))
		apply_buffer(sk, &sk->sk_rcvbuf, want->rcvbuf, SOCK_MIN_RCVBUF,
			     SOCK_RCVBUF_LOCK);
	npv_native_keepalive(nat);
}

/**
 * npv_decision_stated() - the program has stated something else
 * @nsk: its session
 *
 * Context: process, session lock held.
 */
void npv_decision_stated(struct npv_sock *nsk)
{
	const struct npv_decision *decision = npv_decision_of(nsk);
	struct npv_native *nat = nsk->native;

	if (nat && !nat->destroyed) {
		set_bit(NPV_NF_RESTATED, &nat->flags);
		npv_decision_refresh(nat);
		set_bit(NPV_NF_COMPOSE, &nat->flags);
		npv_native_kick(nat);
	} else if (decision) {
		/* Who is connected stays what it is. */
		decision_take(nsk, npv_profile_get(decision->profile), decision->rule,
			      decision->fixed);
	} else {
		/* Before connect() nothing has been decided yet. */
		npv_marks_set(nsk, npv_stated_wanted(nsk));
	}
}

/**
 * npv_decision_fix() - an operator names the profile of a session
 * @nat: the session
 * @profile: the profile, with a reference that is taken over; NULL: by rules again
 *
 * Context: process, session lock held; may sleep.
 * Return: 0 or -ENOMEM.
 */
int npv_decision_fix(struct npv_native *nat, struct npv_profile *profile)
{
	struct npv_sock *nsk = nat->nsk;
	struct in6_addr peer;
	__be16 port;
	int err;

	err = decision_take(nsk, profile, 0, profile);
	if (err)
		return err;
	/* Also of one that is pinned: it is the operator who says so. */
	if (!profile) {
		port = native_peer(nat, &peer);
		if (npv_decision_make(nsk, &peer, port))
			set_bit(NPV_NF_RESTATED, &nat->flags);
	}
	npv_decision_apply(nat);
	set_bit(NPV_NF_COMPOSE, &nat->flags);
	npv_native_kick(nat);
	return 0;
}

/**
 * npv_decision_mode() - what a session may become
 * @nsk: the session
 *
 * Context: session lock held.
 * Return: enum npv_session_mode, which has the numbers of enum npv_mode.
 */
unsigned int npv_decision_mode(const struct npv_sock *nsk)
{
	const struct npv_properties *want = npv_decision_want(nsk);

	static_assert((int)NPV_SESSION_MODE_PLAIN == (int)NPV_MODE_PLAIN);
	static_assert((int)NPV_SESSION_MODE_NATIVE == (int)NPV_MODE_NATIVE);

	return want->says & NPV_SAYS_MODE ? want->mode :
	       READ_ONCE(npv_pernet(sock_net(&nsk->sk))->sysctls.mode);
}

/**
 * npv_decision_stacks() - how many stacks a session sets up
 * @nsk: the session
 *
 * Context: session lock held.
 * Return: the number, at least 1.
 */
unsigned int npv_decision_stacks(const struct npv_sock *nsk)
{
	const struct npv_properties *want = npv_decision_want(nsk);

	return want->says & NPV_SAYS_STACKS ? want->stacks :
	       READ_ONCE(npv_pernet(sock_net(&nsk->sk))->sysctls.stacks_max);
}

/**
 * npv_decision_reconnect() - how long a session lives without any stack
 * @nsk: the session
 *
 * Context: session lock held.
 * Return: jiffies.
 */
unsigned long npv_decision_reconnect(const struct npv_sock *nsk)
{
	const struct npv_properties *want = npv_decision_want(nsk);
	unsigned int s = want->says & NPV_SAYS_RECONNECT ? want->reconnect_s :
		READ_ONCE(npv_pernet(sock_net(&nsk->sk))->sysctls.reconnect_timeout);

	return s * (unsigned long)HZ;
}

/**
 * npv_decision_prefers_udp() - whether a session rather has stacks over UDP
 * @nsk: the session
 *
 * Context: session lock held.
 * Return: whether it does, as far as policy goes.
 */
bool npv_decision_prefers_udp(const struct npv_sock *nsk)
{
	const struct npv_properties *want = npv_decision_want(nsk);
	u8 udp = want->transport[NPV_TRANSPORT_UDP];
	u8 tcp = want->transport[NPV_TRANSPORT_TCP];

	if (udp == NPV_PREFERENCE_REQUIRE || tcp == NPV_PREFERENCE_PROHIBIT)
		return true;
	if (tcp == NPV_PREFERENCE_REQUIRE || udp == NPV_PREFERENCE_PROHIBIT)
		return false;
	if (udp == NPV_PREFERENCE_PREFER || tcp == NPV_PREFERENCE_AVOID)
		return true;
	if (tcp == NPV_PREFERENCE_PREFER || udp == NPV_PREFERENCE_AVOID)
		return false;
	return READ_ONCE(npv_pernet(sock_net(&nsk->sk))->sysctls.prefer_udp);
}

/**
 * npv_decision_allows() - whether a session may have stacks of a transport
 * @nsk: the session
 * @transport: the transport
 *
 * Context: session lock held.
 * Return: whether it may.
 */
bool npv_decision_allows(const struct npv_sock *nsk, enum npv_transport transport)
{
	const struct npv_properties *want = npv_decision_want(nsk);

	return want->transport[transport] != NPV_PREFERENCE_PROHIBIT &&
	       (want->transport[!transport] != NPV_PREFERENCE_REQUIRE ||
		want->transport[transport] == NPV_PREFERENCE_REQUIRE);
}
