// SPDX-License-Identifier: GPL-2.0
/* Plans over netlink: how sessions are composed, or would be, and why. */

#include <linux/cgroup.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "classify.h"
#include "compose.h"
#include "decision.h"
#include "endpoint.h"
#include "native.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "netns.h"
#include "peer.h"
#include "plan.h"
#include "policy.h"
#include "profile.h"
#include "route.h"
#include "rule.h"
#include "scheduler.h"
#include "session.h"

/* Addresses of a peer that is thought of: one of each family */
#define REMOTES_ASKED	2

/**
 * struct plan_answer - what a dump tells
 * @session: id of a live session, 0 of one that is thought of
 * @rule: id of the rule that applies, 0: none
 * @profile: name of the profile
 * @mode: enum npv_session_mode
 * @policy: enum npv_multipath_policy, NPV_ANY: nobody says
 * @wanted: number of stacks that are wanted
 * @scheduler: name of the scheduler
 * @kind: enum npv_kind that is known of the peer
 * @pinned: the session keeps what it has
 * @age_ms: how long ago it was planned
 * @user: for whom routes are looked up
 * @eps: what there is here, NULL: nothing was planned
 * @remote: what there is there
 * @n_remotes: number of them
 * @at: message that comes next: 0 is what applies, then the candidates
 * @n_usable: of the candidates, from the first on, can be used
 * @n: number of candidates
 * @entry: the candidates
 */
struct plan_answer {
	u64 session;
	u32 rule;
	char profile[NPV_PROFILE_NAME_MAX];
	u8 mode;
	u8 policy;
	unsigned int wanted;
	char scheduler[NPV_SCHEDULER_MAX];
	u8 kind;
	bool pinned;
	u64 age_ms;
	struct npv_route_user user;
	struct npv_endpoints *eps;
	struct npv_plan_remote remote[NPV_REMOTES_MAX];
	unsigned int n_remotes;
	unsigned int at;
	unsigned int n_usable;
	unsigned int n;
	struct npv_plan_entry entry[NPV_PLAN_MAX];
};

struct plan_dump {
	struct plan_answer *answer;
};

/* What was planned for a session that lives. Session lock. */
static void answer_live(struct plan_answer *a, const struct npv_sock *nsk)
{
	const struct npv_decision *decision = npv_decision_of(nsk);
	const struct npv_properties *want = npv_decision_want(nsk);
	const struct npv_native *nat = nsk->native;
	unsigned int i;

	a->session = nsk->id;
	a->rule = decision ? decision->rule : 0;
	strscpy(a->profile, (decision ? decision->profile : npv_profile_auto())->name,
		sizeof(a->profile));
	a->mode = npv_decision_mode(nsk);
	a->policy = want->says & NPV_SAYS_POLICY ? want->policy : NPV_ANY;
	a->wanted = npv_decision_stacks(nsk);
	a->kind = READ_ONCE(nsk->kind);
	if (!nat)
		return;
	strscpy(a->scheduler, nat->sched->name, sizeof(a->scheduler));
	a->pinned = test_bit(NPV_NF_PINNED, &nat->flags);
	for (i = 0; i < nat->n_remotes; i++) {
		a->remote[i].addr = nat->remotes[i].addr;
		a->remote[i].port = nat->remotes[i].port;
	}
	a->n_remotes = nat->n_remotes;
	if (!nat->planned)
		return;
	a->wanted = nat->planned->wanted;
	a->age_ms = jiffies_to_msecs(jiffies - nat->planned->at);
	refcount_inc(&nat->planned->eps->ref);
	a->eps = nat->planned->eps;
	a->n = min(nat->planned->n, NPV_PLAN_MAX);
	a->n_usable = min(nat->planned->n_usable, a->n);
	memcpy(a->entry, nat->planned->entry, a->n * sizeof(a->entry[0]));
}

static int plan_live(struct plan_answer *a, const struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[NPV_A_PLAN_SESSION_ID];
	struct net *net = genl_info_net(info);
	struct npv_sock *nsk;
	int err = 0;

	nsk = npv_session_get(net, nla_get_uint(attr));
	if (!nsk) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "no session has that id");
		return -ENOENT;
	}
	if (!uid_eq(nsk->sk.sk_uid, current_euid()) &&
	    !ns_capable(net->user_ns, CAP_NET_ADMIN)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "the session is another user's: that needs CAP_NET_ADMIN");
		err = -EPERM;
	} else {
		lock_sock(&nsk->sk);
		answer_live(a, nsk);
		release_sock(&nsk->sk);
	}
	npv_session_put(nsk);

	return err;
}

/* Who would connect, as far as the request says. Return: 0 or -EINVAL. */
static int subject_user(struct npv_subject *sub, struct plan_answer *a,
			const struct genl_info *info, struct user_namespace *ns)
{
	const struct nlattr *uid = info->attrs[NPV_A_PLAN_UID];
	const struct nlattr *gid = info->attrs[NPV_A_PLAN_GID];
	kuid_t kuid = uid ? make_kuid(ns, nla_get_u32(uid)) : current_euid();
	kgid_t kgid = gid ? make_kgid(ns, nla_get_u32(gid)) : current_egid();

	if (!uid_valid(kuid) || !gid_valid(kgid)) {
		NL_SET_ERR_MSG_ATTR(info->extack, uid ?: gid,
				    "there is no such user or group in this namespace");
		return -EINVAL;
	}
	a->user.uid = kuid;
	sub->uid = from_kuid(&init_user_ns, kuid);
	sub->gid = from_kgid(&init_user_ns, kgid);
	return 0;
}

/* The control group of a request, or of who asks, with a reference; NULL: none */
static struct cgroup *subject_cgroup(const struct genl_info *info, int *err)
{
	struct cgroup *cgroup = NULL;
#ifdef CONFIG_CGROUPS
	const struct nlattr *attr = info->attrs[NPV_A_PLAN_CGROUP];

	if (!attr) {
		rcu_read_lock();
		cgroup = task_dfl_cgroup(current);
		if (!cgroup_tryget(cgroup))
			cgroup = NULL;
		rcu_read_unlock();
		return cgroup;
	}
	cgroup = cgroup_get_from_id(nla_get_uint(attr));
	if (IS_ERR(cgroup)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "no control group has that id");
		*err = -ENOENT;
		cgroup = NULL;
	}
#endif
	return cgroup;
}

/* Where it would connect to. Return: 0 or -EINVAL. */
static int plan_remotes(struct plan_answer *a, const struct genl_info *info, __be16 port)
{
	static const int family[REMOTES_ASKED] = {
		NPV_A_PLAN_DEST_ADDR4, NPV_A_PLAN_DEST_ADDR6,
	};
	struct net *net = genl_info_net(info);
	unsigned int i;
	u32 srtt_us;

	for (i = 0; i < ARRAY_SIZE(family); i++) {
		const struct nlattr *attr = info->attrs[family[i]];
		struct npv_plan_remote *r = &a->remote[a->n_remotes];
		struct npv_peer_known known;
		enum npv_kind kind;

		if (!attr)
			continue;
		if (i)
			r->addr = nla_get_in6_addr(attr);
		else
			ipv6_addr_set_v4mapped(nla_get_in_addr(attr), &r->addr);
		r->port = port;
		r->bad = npv_peer_lookup(net, &r->addr, &known) == NPV_PEER_BAD;
		r->srtt_us = known.srtt_us;
		kind = npv_peer_kind(net, &r->addr, port, &srtt_us);
		if (kind != NPV_KIND_OPEN)
			a->kind = kind;
		a->n_remotes++;
	}
	if (a->n_remotes)
		return 0;
	NL_SET_ERR_MSG(info->extack,
		       "a session or the address of a peer is missing");
	return -EINVAL;
}

static bool plan_routed(void *ctx, unsigned int endpoint, unsigned int remote)
{
	const struct plan_answer *a = ctx;
	const struct npv_endpoint *ep = &a->eps->endpoint[endpoint];

	return npv_route_find(&a->user, &ep->addr, ep->ifindex,
			      &a->remote[remote].addr) != NPV_ROUTE_NONE;
}

/* Plan for a session that has @want. Return: 0 or -ENOMEM. */
static int plan_thought(struct plan_answer *a, const struct npv_properties *want)
{
	const struct npv_net *npvn = npv_pernet(a->user.net);
	struct npv_plan_input in = {
		.want		= want,
		.remote		= a->remote,
		.n_remotes	= a->n_remotes,
		.stacks_max	= READ_ONCE(npvn->sysctls.stacks_max),
		.prefer_udp	= READ_ONCE(npvn->sysctls.prefer_udp),
		.routed		= plan_routed,
		.ctx		= a,
		.explain	= true,
	};
	struct npv_plan *plan;

	plan = kvzalloc(sizeof(*plan), GFP_KERNEL);
	if (!plan)
		return -ENOMEM;
	a->eps = npv_endpoints_get(a->user.net);
	in.eps = a->eps;
	npv_plan_make(plan, &in);
	a->mode = want->says & NPV_SAYS_MODE ? want->mode :
					       READ_ONCE(npvn->sysctls.mode);
	a->policy = want->says & NPV_SAYS_POLICY ? want->policy : NPV_ANY;
	a->wanted = plan->wanted;
	strscpy(a->scheduler, npv_plan_scheduler(want) ?: npv_sched_default()->name,
		sizeof(a->scheduler));
	a->n = plan->n;
	a->n_usable = plan->n_usable;
	memcpy(a->entry, plan->entry, a->n * sizeof(a->entry[0]));
	kvfree(plan);
	return 0;
}

/* A session that somebody thinks of */
static int plan_asked(struct plan_answer *a, const struct genl_info *info,
		      struct user_namespace *ns)
{
	struct nlattr **attrs = info->attrs;
	__be16 port = attrs[NPV_A_PLAN_PORT] ? nla_get_be16(attrs[NPV_A_PLAN_PORT]) : 0;
	struct npv_properties says = {}, *want;
	struct npv_rule *rule;
	struct npv_subject sub = {
		.comm		= "",
		.type		= SOCK_STREAM,
		.capacity	= NPV_ANY,
		.policy		= NPV_ANY,
		.port		= ntohs(port),
	};
	struct npv_profile *profile;
	struct cgroup *cgroup;
	int err;

	a->user.net = genl_info_net(info);
	err = subject_user(&sub, a, info, ns) ?: plan_remotes(a, info, port);
	if (err)
		return err;
	want = kzalloc(sizeof(*want), GFP_KERNEL);
	if (!want)
		return -ENOMEM;
	cgroup = subject_cgroup(info, &err);
	if (err)
		goto out;
	sub.cgroup = cgroup;
	sub.dest = a->remote[0].addr;
	if (attrs[NPV_A_PLAN_COMM])
		sub.comm = nla_data(attrs[NPV_A_PLAN_COMM]);
	if (attrs[NPV_A_PLAN_TYPE])
		sub.type = nla_get_u32(attrs[NPV_A_PLAN_TYPE]);
	if (attrs[NPV_A_PLAN_PEER_NAME])
		sub.name = nla_data(attrs[NPV_A_PLAN_PEER_NAME]);
	if (attrs[NPV_A_PLAN_CAPACITY]) {
		sub.capacity = nla_get_u32(attrs[NPV_A_PLAN_CAPACITY]);
		says.capacity = sub.capacity;
		says.says |= NPV_SAYS_CAPACITY;
	}
	if (attrs[NPV_A_PLAN_MULTIPATH_POLICY]) {
		sub.policy = nla_get_u32(attrs[NPV_A_PLAN_MULTIPATH_POLICY]);
		says.policy = sub.policy;
		says.says |= NPV_SAYS_POLICY;
	}
	profile = npv_policy_decide(a->user.net, &sub, NULL, &rule);
	a->rule = rule ? rule->id : 0;
	npv_rule_put(rule);
	if (!profile)
		profile = npv_profile_get(npv_profile_auto());
	strscpy(a->profile, profile->name, sizeof(a->profile));
	npv_properties_merge(want, &profile->says, profile->strict, &says);
	npv_profile_put(profile);
	err = plan_thought(a, want);
#ifdef CONFIG_CGROUPS
	if (cgroup)
		cgroup_put(cgroup);
#endif
out:
	kfree(want);
	return err;
}

static void answer_free(struct plan_answer *a)
{
	if (a && a->eps)
		npv_endpoints_put(a->eps);
	kvfree(a);
}

int npv_nl_plan_get_start(struct netlink_callback *cb)
{
	const struct genl_info *info = genl_info_dump(cb);
	struct plan_dump *dump = (struct plan_dump *)cb->ctx;
	struct plan_answer *a;
	int err;

	NL_ASSERT_DUMP_CTX_FITS(struct plan_dump);

	a = kvzalloc(sizeof(*a), GFP_KERNEL_ACCOUNT);
	if (!a)
		return -ENOMEM;
	err = info->attrs[NPV_A_PLAN_SESSION_ID] ?
	      plan_live(a, info) :
	      plan_asked(a, info, sk_user_ns(NETLINK_CB(cb->skb).sk));
	if (err) {
		answer_free(a);
		return err;
	}
	dump->answer = a;
	return 0;
}

int npv_nl_plan_get_done(struct netlink_callback *cb)
{
	answer_free(((struct plan_dump *)cb->ctx)->answer);
	return 0;
}

static int put_applies(struct sk_buff *skb, const struct plan_answer *a)
{
	if ((a->session && nla_put_uint(skb, NPV_A_PLAN_SESSION_ID, a->session)) ||
	    (a->rule && nla_put_u32(skb, NPV_A_PLAN_RULE, a->rule)) ||
	    nla_put_string(skb, NPV_A_PLAN_PROFILE, a->profile) ||
	    nla_put_u32(skb, NPV_A_PLAN_MODE, a->mode) ||
	    (a->policy != NPV_ANY &&
	     nla_put_u32(skb, NPV_A_PLAN_MULTIPATH_POLICY, a->policy)) ||
	    nla_put_u32(skb, NPV_A_PLAN_STACKS, a->wanted) ||
	    (a->scheduler[0] &&
	     nla_put_string(skb, NPV_A_PLAN_SCHEDULER, a->scheduler)) ||
	    nla_put_u32(skb, NPV_A_PLAN_KIND, a->kind) ||
	    (a->pinned && nla_put_flag(skb, NPV_A_PLAN_PINNED)) ||
	    (a->eps && nla_put_uint(skb, NPV_A_PLAN_AGE_MS, a->age_ms)))
		return -EMSGSIZE;
	return 0;
}

static int put_candidate(struct sk_buff *skb, const struct plan_answer *a, unsigned int i)
{
	const struct npv_plan_entry *e = &a->entry[i];
	const struct npv_endpoint *ep = &a->eps->endpoint[e->endpoint];
	const struct npv_plan_remote *r = &a->remote[e->remote];
	struct nlattr *nest;

	nest = nla_nest_start(skb, NPV_A_PLAN_CANDIDATE);
	if (!nest ||
	    npv_nl_put_addr(skb, NPV_A_CANDIDATE_LOCAL_ADDR4, &ep->addr, 0) ||
	    npv_nl_put_addr(skb, NPV_A_CANDIDATE_REMOTE_ADDR4, &r->addr, r->port) ||
	    nla_put_u32(skb, NPV_A_CANDIDATE_IFINDEX, ep->ifindex) ||
	    nla_put_u32(skb, NPV_A_CANDIDATE_ENDPOINT, ep->named ?: ep->id) ||
	    nla_put_u32(skb, NPV_A_CANDIDATE_TRANSPORT, e->transport) ||
	    nla_put_u32(skb, NPV_A_CANDIDATE_NETWORK,
			ipv6_addr_v4mapped(&ep->addr) ? NPV_NETWORK_IPV4 :
							NPV_NETWORK_IPV6) ||
	    (i < a->n_usable && nla_put_u32(skb, NPV_A_CANDIDATE_RANK, i + 1)) ||
	    nla_put_u32(skb, NPV_A_CANDIDATE_ROLE, e->role) ||
	    nla_put_u32(skb, NPV_A_CANDIDATE_REASON, e->reason) ||
	    nla_put_u32(skb, NPV_A_CANDIDATE_COST, ep->set.cost) ||
	    nla_put_u32(skb, NPV_A_CANDIDATE_WEIGHT, ep->set.weight) ||
	    (e->srtt_us && nla_put_u32(skb, NPV_A_CANDIDATE_SRTT_US, e->srtt_us)) ||
	    (e->stack != U32_MAX && nla_put_u32(skb, NPV_A_CANDIDATE_STACK, e->stack)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int npv_nl_plan_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct plan_answer *a = ((struct plan_dump *)cb->ctx)->answer;
	void *hdr;

	for (; a->at <= a->n; a->at++) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  &npv_nl_family, NLM_F_MULTI, NPV_CMD_PLAN_GET);
		if (!hdr)
			break;
		if (a->at ? put_candidate(skb, a, a->at - 1) : put_applies(skb, a)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}

	return skb->len;
}
