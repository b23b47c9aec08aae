// SPDX-License-Identifier: GPL-2.0
/* Rules over netlink: rule-get, -add, -set, -del and -flush. */

#include <linux/user_namespace.h>
#include <net/genetlink.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "netlink.h"
#include "netlink_gen.h"
#include "netlink_policy.h"
#include "netns.h"
#include "policy.h"
#include "rule.h"

/* Length of the prefix that all of IPv4 has in common */
#define MAPPED_LEN	96

/* Add a number and the next one, in the user namespace of who reads. */
static int put_ids(struct sk_buff *skb, int attr, u32 min, u32 max)
{
	return nla_put_u32(skb, attr, min) || nla_put_u32(skb, attr + 1, max) ?
	       -EMSGSIZE : 0;
}

static int put_uids(struct sk_buff *skb, const struct npv_selector *sel,
		    struct user_namespace *ns)
{
	if (!sel->uid_min && sel->uid_max == U32_MAX)
		return 0;

	return put_ids(skb, NPV_A_RULE_UID_MIN,
		       from_kuid_munged(ns, KUIDT_INIT(sel->uid_min)),
		       from_kuid_munged(ns, KUIDT_INIT(sel->uid_max)));
}

static int put_gids(struct sk_buff *skb, const struct npv_selector *sel,
		    struct user_namespace *ns)
{
	if (!sel->gid_min && sel->gid_max == U32_MAX)
		return 0;

	return put_ids(skb, NPV_A_RULE_GID_MIN,
		       from_kgid_munged(ns, KGIDT_INIT(sel->gid_min)),
		       from_kgid_munged(ns, KGIDT_INIT(sel->gid_max)));
}

static int put_dest(struct sk_buff *skb, const struct npv_selector *sel)
{
	bool v4 = sel->dest_len >= MAPPED_LEN && ipv6_addr_v4mapped(&sel->dest);

	if (!sel->dest_len)
		return 0;
	if (npv_nl_put_addr(skb, NPV_A_RULE_DEST_ADDR4, &sel->dest, 0))
		return -EMSGSIZE;

	return nla_put_u32(skb, NPV_A_RULE_DEST_PREFIX,
			   sel->dest_len - (v4 ? MAPPED_LEN : 0));
}

/* Add what a rule is about. */
static int put_selector(struct sk_buff *skb, const struct npv_selector *sel,
			struct user_namespace *ns)
{
	if (put_uids(skb, sel, ns) || put_gids(skb, sel, ns) || put_dest(skb, sel))
		return -EMSGSIZE;

	if ((sel->cgroup && nla_put_uint(skb, NPV_A_RULE_CGROUP, sel->cgroup)) ||
	    (sel->comm[0] && nla_put_string(skb, NPV_A_RULE_COMM, sel->comm)) ||
	    (sel->type && nla_put_u32(skb, NPV_A_RULE_TYPE, sel->type)) ||
	    (sel->name[0] && nla_put_string(skb, NPV_A_RULE_PEER_NAME, sel->name)))
		return -EMSGSIZE;
	if ((sel->port_min || sel->port_max != U16_MAX) &&
	    put_ids(skb, NPV_A_RULE_PORT_MIN, sel->port_min, sel->port_max))
		return -EMSGSIZE;
	if (sel->capacity != NPV_ANY &&
	    nla_put_u32(skb, NPV_A_RULE_CAPACITY, sel->capacity))
		return -EMSGSIZE;
	if (sel->policy != NPV_ANY &&
	    nla_put_u32(skb, NPV_A_RULE_MULTIPATH_POLICY, sel->policy))
		return -EMSGSIZE;

	return 0;
}

static int put_rule(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct npv_rule *rule)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &npv_nl_family, NLM_F_MULTI, NPV_CMD_RULE_GET);
	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	if (nla_put_u32(skb, NPV_A_RULE_ID, rule->id) ||
	    nla_put_u32(skb, NPV_A_RULE_PRIORITY, rule->priority) ||
	    put_selector(skb, &rule->sel, sk_user_ns(NETLINK_CB(cb->skb).sk)) ||
	    nla_put_string(skb, NPV_A_RULE_PROFILE, rule->profile) ||
	    nla_put_uint(skb, NPV_A_RULE_HITS, atomic64_read(&rule->hits))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);

	return 0;
}

/**
 * struct rule_dump - where a dump goes on; in netlink_callback.ctx
 * @next: place of the next rule
 */
struct rule_dump {
	unsigned int next;
};

int npv_nl_rule_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct rule_dump *dump = (struct rule_dump *)cb->ctx;
	struct npv_policy *policy;
	int err = 0;

	NL_ASSERT_DUMP_CTX_FITS(struct rule_dump);

	policy = npv_policy_seen(sock_net(skb->sk), npv_nl_policy_who(cb->skb));
	/* Where another policy comes into force meanwhile, the dump is marked. */
	cb->seq = policy->generation ?: 1;
	for (; dump->next < policy->n_rules; dump->next++) {
		err = put_rule(skb, cb, policy->rule[dump->next]);
		if (err)
			break;
	}
	npv_policy_put(policy);

	return skb->len ? skb->len : err;
}

/* A range of ids, in the user namespace of who says it. Return: 0 or -EINVAL. */
static int get_ids(const struct genl_info *info, int attr, bool group,
		   struct user_namespace *ns, u32 *min, u32 *max)
{
	const struct nlattr *low = info->attrs[attr], *high = info->attrs[attr + 1];
	u32 from, to;

	if (!low && !high)
		return 0;
	if (!low) {
		NL_SET_ERR_MSG_ATTR(info->extack, high,
				    "the highest id is given without the lowest");
		return -EINVAL;
	}

	from = nla_get_u32(low);
	to = high ? nla_get_u32(high) : from;
	if (from > to) {
		NL_SET_ERR_MSG_ATTR(info->extack, high,
				    "the highest id is lower than the lowest");
		return -EINVAL;
	}

	*min = group ? from_kgid(&init_user_ns, make_kgid(ns, from)) :
		       from_kuid(&init_user_ns, make_kuid(ns, from));
	*max = group ? from_kgid(&init_user_ns, make_kgid(ns, to)) :
		       from_kuid(&init_user_ns, make_kuid(ns, to));
	/* Elsewhere it might be others' ids that lie between them. */
	if (*min == U32_MAX || *max == U32_MAX || *max - *min != to - from) {
		NL_SET_ERR_MSG_ATTR(info->extack, *min == U32_MAX || !high ? low : high,
				    "this user namespace has no such ids, or not in one piece");
		return -EINVAL;
	}

	return 0;
}

/* Whether an address is all zero behind a prefix */
static bool prefix_is_clean(const struct in6_addr *addr, unsigned int len)
{
	struct in6_addr prefix;

	ipv6_addr_prefix(&prefix, addr, len);
	return ipv6_addr_equal(&prefix, addr);
}

static int get_dest(const struct genl_info *info, struct npv_selector *sel)
{
	const struct nlattr *a4 = info->attrs[NPV_A_RULE_DEST_ADDR4];
	const struct nlattr *a6 = info->attrs[NPV_A_RULE_DEST_ADDR6];
	const struct nlattr *prefix = info->attrs[NPV_A_RULE_DEST_PREFIX];
	struct in6_addr mapped;
	unsigned int len;

	if (!a4 && !a6) {
		if (!prefix)
			return 0;
		NL_SET_ERR_MSG_ATTR(info->extack, prefix,
				    "the destination has a prefix, but no address");
		return -EINVAL;
	}
	if (a4 && a6) {
		NL_SET_ERR_MSG_ATTR(info->extack, a6,
				    "there are two addresses; one is wanted");
		return -EINVAL;
	}

	len = prefix ? nla_get_u32(prefix) : a4 ? 32 : 128;
	if (a4) {
		if (len > 32) {
			NL_SET_ERR_MSG_ATTR(info->extack, prefix,
					    "a prefix of IPv4 is 32 bits at most");
			return -EINVAL;
		}
		len += MAPPED_LEN;
		ipv6_addr_set_v4mapped(nla_get_in_addr(a4), &sel->dest);
	} else {
		sel->dest = nla_get_in6_addr(a6);
	}

	if (!prefix_is_clean(&sel->dest, len)) {
		NL_SET_ERR_MSG_ATTR(info->extack, a4 ?: a6,
				    "bits of the destination behind its prefix are not zero");
		return -EINVAL;
	}
	/* The addresses of IPv4 are among them: not what is meant */
	ipv6_addr_set_v4mapped(0, &mapped);
	if (len < MAPPED_LEN && ipv6_prefix_equal(&sel->dest, &mapped, len)) {
		NL_SET_ERR_MSG_ATTR(info->extack, prefix,
				    "the prefix has ::ffff:0:0/96 in it, which is IPv4; 2000::/3 has not");
		return -EINVAL;
	}
	sel->dest_len = len;

	return 0;
}

static int get_ports(const struct genl_info *info, struct npv_selector *sel)
{
	const struct nlattr *min = info->attrs[NPV_A_RULE_PORT_MIN];
	const struct nlattr *max = info->attrs[NPV_A_RULE_PORT_MAX];

	if (!min && !max)
		return 0;
	if (!min) {
		NL_SET_ERR_MSG_ATTR(info->extack, max,
				    "the highest port is given without the lowest");
		return -EINVAL;
	}

	sel->port_min = nla_get_u32(min);
	sel->port_max = max ? nla_get_u32(max) : sel->port_min;
	if (sel->port_min > sel->port_max) {
		NL_SET_ERR_MSG_ATTR(info->extack, max,
				    "the highest port is lower than the lowest");
		return -EINVAL;
	}

	return 0;
}

/* What a program is, and what it has said */
static int get_program(const struct genl_info *info, struct npv_selector *sel)
{
	const struct nlattr *cgroup = info->attrs[NPV_A_RULE_CGROUP];
	const struct nlattr *type = info->attrs[NPV_A_RULE_TYPE];
	const struct nlattr *comm = info->attrs[NPV_A_RULE_COMM];

	if (cgroup) {
		sel->cgroup = nla_get_uint(cgroup);
		if (!sel->cgroup) {
			NL_SET_ERR_MSG_ATTR(info->extack, cgroup,
					    "not the id of a control group; leave it out for any");
			return -EINVAL;
		}
	}
	if (comm) {
		nla_strscpy(sel->comm, comm, sizeof(sel->comm));
		if (!sel->comm[0]) {
			NL_SET_ERR_MSG_ATTR(info->extack, comm,
					    "name of the program is empty; leave it out for any");
			return -EINVAL;
		}
	}
	if (type) {
		sel->type = nla_get_u32(type);
		if (sel->type != SOCK_STREAM && sel->type != SOCK_DGRAM &&
		    sel->type != SOCK_SEQPACKET) {
			NL_SET_ERR_MSG_ATTR(info->extack, type,
					    "type is stream, dgram or seqpacket");
			return -EINVAL;
		}
	}
	if (info->attrs[NPV_A_RULE_CAPACITY])
		sel->capacity = nla_get_u32(info->attrs[NPV_A_RULE_CAPACITY]);
	if (info->attrs[NPV_A_RULE_MULTIPATH_POLICY])
		sel->policy = nla_get_u32(info->attrs[NPV_A_RULE_MULTIPATH_POLICY]);

	return 0;
}

static int get_selector(const struct genl_info *info, struct user_namespace *ns,
			struct npv_selector *sel)
{
	const struct nlattr *name = info->attrs[NPV_A_RULE_PEER_NAME];
	int err;

	err = get_ids(info, NPV_A_RULE_UID_MIN, false, ns, &sel->uid_min, &sel->uid_max);
	if (!err)
		err = get_ids(info, NPV_A_RULE_GID_MIN, true, ns, &sel->gid_min,
			      &sel->gid_max);
	if (!err)
		err = get_program(info, sel);
	if (!err)
		err = get_dest(info, sel);
	if (!err)
		err = get_ports(info, sel);
	if (err)
		return err;

	if (name && !npv_rule_peer_name(sel->name, nla_data(name))) {
		NL_SET_ERR_MSG_ATTR(info->extack, name,
				    "a peer-name is of letters, digits, -, _ and dots; *. in front is for all below");
		return -EINVAL;
	}

	return 0;
}

/* The rule that a request describes, or ERR_PTR(), with a text */
static struct npv_rule *get_rule(struct sk_buff *skb, struct genl_info *info)
{
	struct npv_rule *rule;
	int err = -EINVAL;

	if (GENL_REQ_ATTR_CHECK(info, NPV_A_RULE_PROFILE)) {
		NL_SET_ERR_MSG(info->extack, "name of the rule's profile is missing");
		return ERR_PTR(-EINVAL);
	}

	rule = npv_rule_alloc();
	if (!rule)
		return ERR_PTR(-ENOMEM);
	nla_strscpy(rule->profile, info->attrs[NPV_A_RULE_PROFILE],
		    sizeof(rule->profile));
	if (info->attrs[NPV_A_RULE_PRIORITY])
		rule->priority = nla_get_u32(info->attrs[NPV_A_RULE_PRIORITY]);

	err = npv_nl_policy_id(info, NPV_A_RULE_ID, &rule->id);
	if (!err)
		err = get_selector(info, sk_user_ns(NETLINK_CB(skb).sk), &rule->sel);
	if (err) {
		npv_rule_put(rule);
		return ERR_PTR(err);
	}

	return rule;
}

static void tell_no_profile(const struct genl_info *info)
{
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NPV_A_RULE_PROFILE],
			    "there is no profile of that name; add it first");
}

int npv_nl_rule_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct sock *who = npv_nl_policy_who(skb);
	struct npv_policy *policy;
	struct sk_buff *reply;
	struct npv_rule *rule;
	unsigned int max;
	int err = -ENOMEM;
	u32 id;

	rule = get_rule(skb, info);
	if (IS_ERR(rule))
		return PTR_ERR(rule);
	reply = npv_nl_policy_reply_new();
	if (!reply)
		goto err_put;
	policy = npv_policy_edit(net, who);
	if (!policy)
		goto err_reply;

	max = READ_ONCE(npv_pernet(net)->sysctls.rules_max);
	if (!rule->id)
		rule->id = npv_policy_new_id(net, policy);
	id = rule->id;
	err = npv_policy_add_rule(policy, rule, max);
	err = npv_policy_edited(net, who, policy, err);
	if (err == -EEXIST)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NPV_A_RULE_ID],
				    "there is a rule of that id; set it, or leave the id out");
	else if (err == -ENOENT)
		tell_no_profile(info);
	else if (err == -ENOSPC)
		NL_SET_ERR_MSG(info->extack,
			       "too many rules; net.npv.rules_max is the limit");
	if (err)
		goto err_reply;

	return npv_nl_policy_reply(reply, info, NPV_A_RULE_ID, id);

err_reply:
	nlmsg_free(reply);
err_put:
	npv_rule_put(rule);
	return err;
}

static int get_id(const struct genl_info *info, u32 *id)
{
	if (GENL_REQ_ATTR_CHECK(info, NPV_A_RULE_ID)) {
		NL_SET_ERR_MSG(info->extack, "id of the rule is missing");
		return -EINVAL;
	}
	*id = nla_get_u32(info->attrs[NPV_A_RULE_ID]);

	return 0;
}

static void tell_no_rule(const struct genl_info *info)
{
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NPV_A_RULE_ID],
			    "no rule has that id");
}

int npv_nl_rule_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct sock *who = npv_nl_policy_who(skb);
	struct npv_policy *policy;
	struct npv_rule *rule;
	u32 id;
	int err;

	err = get_id(info, &id);
	if (err)
		return err;
	rule = get_rule(skb, info);
	if (IS_ERR(rule))
		return PTR_ERR(rule);
	err = -ENOMEM;
	policy = npv_policy_edit(net, who);
	if (!policy)
		goto err_put;

	err = npv_policy_set_rule(policy, rule);
	err = npv_policy_edited(net, who, policy, err);
	if (!err)
		return 0;
	if (err == -ESRCH) {
		err = -ENOENT;
		tell_no_rule(info);
	} else {
		tell_no_profile(info);
	}

err_put:
	npv_rule_put(rule);
	return err;
}

int npv_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct sock *who = npv_nl_policy_who(skb);
	struct npv_policy *policy;
	u32 id;
	int err;

	err = get_id(info, &id);
	if (err)
		return err;
	policy = npv_policy_edit(net, who);
	if (!policy)
		return -ENOMEM;

	err = npv_policy_edited(net, who, policy, npv_policy_del_rule(policy, id));
	if (err)
		tell_no_rule(info);

	return err;
}

int npv_nl_rule_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct sock *who = npv_nl_policy_who(skb);
	struct npv_policy *policy;

	policy = npv_policy_edit(net, who);
	if (!policy)
		return -ENOMEM;

	return npv_policy_edited(net, who, policy, !npv_policy_flush_rules(policy));
}
