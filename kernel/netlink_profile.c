// SPDX-License-Identifier: GPL-2.0
/* Profiles over netlink: profile-get, -add, -set, -del and -flush. */

#include <linux/netdevice.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "netlink.h"
#include "netlink_gen.h"
#include "netlink_policy.h"
#include "netns.h"
#include "policy.h"
#include "profile.h"
#include "scheduler.h"

/**
 * struct member - a member of struct npv_properties that is a number
 * @attr: NPV_A_PROFILE_*
 * @says: bit that it is said, 0 for a preference, which begins as "none"
 * @offset: where it is
 * @size: bytes of it; 8 are a uint, fewer a u32
 */
struct member {
	u8 attr;
	u16 says;
	u16 offset;
	u8 size;
};

#define MEMBER(ATTR, bit, type, name) {					\
	.attr	= NPV_A_PROFILE_##ATTR,					\
	.says	= bit,							\
	.offset	= offsetof(struct npv_properties, name),		\
	.size	= sizeof(type),						\
}

static const struct member members[] = {
	MEMBER(MODE, NPV_SAYS_MODE, u8, mode),
	MEMBER(TCP, 0, u8, transport[NPV_TRANSPORT_TCP]),
	MEMBER(UDP, 0, u8, transport[NPV_TRANSPORT_UDP]),
	MEMBER(IPV4, 0, u8, network[0]),
	MEMBER(IPV6, 0, u8, network[1]),
	MEMBER(METERED, 0, u8, metered),
	MEMBER(TEMPORARY, 0, u8, temporary),
	MEMBER(MULTIPATH, NPV_SAYS_MULTIPATH, u8, multipath),
	MEMBER(MULTIPATH_POLICY, NPV_SAYS_POLICY, u8, policy),
	MEMBER(CAPACITY, NPV_SAYS_CAPACITY, u8, capacity),
	MEMBER(STACKS, NPV_SAYS_STACKS, u8, stacks),
	MEMBER(COPIES, NPV_SAYS_COPIES, u8, copies),
	MEMBER(SUSPECT_MS, NPV_SAYS_SUSPECT, u32, suspect_ms),
	MEMBER(RECONNECT_S, NPV_SAYS_RECONNECT, u32, reconnect_s),
	MEMBER(KEEPALIVE_S, NPV_SAYS_KEEPALIVE, u32, keepalive_s),
	MEMBER(SEND_BUFFER, NPV_SAYS_SNDBUF, u32, sndbuf),
	MEMBER(RECEIVE_BUFFER, NPV_SAYS_RCVBUF, u32, rcvbuf),
	MEMBER(MAX_RATE, NPV_SAYS_RATE, u64, rate),
};

static u64 member_read(const struct npv_properties *p, const struct member *m)
{
	const void *at = (const u8 *)p + m->offset;

	switch (m->size) {
	case sizeof(u8):
		return *(const u8 *)at;
	case sizeof(u32):
		return *(const u32 *)at;
	default:
		return *(const u64 *)at;
	}
}

static void member_write(struct npv_properties *p, const struct member *m, u64 value)
{
	void *at = (u8 *)p + m->offset;

	switch (m->size) {
	case sizeof(u8):
		*(u8 *)at = value;
		break;
	case sizeof(u32):
		*(u32 *)at = value;
		break;
	default:
		*(u64 *)at = value;
	}
}

static int put_interfaces(struct sk_buff *skb, const struct npv_properties *p)
{
	const struct npv_interface_wish *wish;
	struct nlattr *nest;
	unsigned int i;

	for (i = 0; i < p->n_interfaces; i++) {
		wish = &p->interface[i];
		nest = nla_nest_start(skb, NPV_A_PROFILE_INTERFACE);
		if (!nest ||
		    nla_put_string(skb, NPV_A_PREFERRED_INTERFACE_IFNAME, wish->name) ||
		    nla_put_u32(skb, NPV_A_PREFERRED_INTERFACE_PREFERENCE,
				wish->preference))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}

	return 0;
}

/* Add what a profile says. */
static int put_properties(struct sk_buff *skb, const struct npv_properties *p)
{
	const struct member *m;
	int err = 0;

	for (m = members; !err && m < members + ARRAY_SIZE(members); m++) {
		u64 value = member_read(p, m);

		if (m->says ? !(p->says & m->says) : !value)
			continue;
		err = m->size == sizeof(u64) ? nla_put_uint(skb, m->attr, value) :
					       nla_put_u32(skb, m->attr, value);
	}
	if (err || put_interfaces(skb, p))
		return -EMSGSIZE;

	return p->says & NPV_SAYS_SCHEDULER ?
	       nla_put_string(skb, NPV_A_PROFILE_SCHEDULER, p->scheduler) : 0;
}

static int put_profile(struct sk_buff *skb, const struct npv_nl_head *head,
		       struct netlink_callback *cb, const struct npv_policy *policy,
		       const struct npv_profile *profile)
{
	void *hdr;

	hdr = genlmsg_put(skb, head->portid, head->seq, &npv_nl_family, head->flags,
			  head->cmd);
	if (!hdr)
		return -EMSGSIZE;
	if (cb)
		genl_dump_check_consistent(cb, hdr);
	if (nla_put_string(skb, NPV_A_PROFILE_NAME, profile->name) ||
	    (profile->builtin && nla_put_flag(skb, NPV_A_PROFILE_BUILTIN)) ||
	    nla_put_u8(skb, NPV_A_PROFILE_STRICT, profile->strict) ||
	    put_properties(skb, &profile->says) ||
	    nla_put_u32(skb, NPV_A_PROFILE_RULES,
			npv_policy_rules_of(policy, profile->name))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);

	return 0;
}

/* The name of a profile that a request is about; NULL, with a text, if it has none */
static const char *get_name(const struct genl_info *info)
{
	if (GENL_REQ_ATTR_CHECK(info, NPV_A_PROFILE_NAME)) {
		NL_SET_ERR_MSG(info->extack, "name of the profile is missing");
		return NULL;
	}

	return nla_data(info->attrs[NPV_A_PROFILE_NAME]);
}

static void tell_no_profile(const struct genl_info *info)
{
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NPV_A_PROFILE_NAME],
			    "there is no profile of that name");
}

int npv_nl_profile_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct npv_nl_head head = {
		.portid	= info->snd_portid,
		.seq	= info->snd_seq,
		.cmd	= NPV_CMD_PROFILE_GET,
	};
	const char *name = get_name(info);
	struct npv_profile *profile;
	struct npv_policy *policy;
	struct sk_buff *reply;
	int err = -ENOENT;

	if (!name)
		return -EINVAL;
	reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;

	policy = npv_policy_seen(genl_info_net(info), npv_nl_policy_who(skb));
	profile = npv_policy_find_profile(policy, name);
	if (profile)
		err = put_profile(reply, &head, NULL, policy, profile);
	else
		tell_no_profile(info);
	npv_policy_put(policy);
	if (err) {
		nlmsg_free(reply);
		return err;
	}

	return genlmsg_reply(reply, info);
}

/**
 * struct profile_dump - where a dump goes on; in netlink_callback.ctx
 * @next: place of the next profile, those of the module first
 */
struct profile_dump {
	unsigned int next;
};

int npv_nl_profile_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct profile_dump *dump = (struct profile_dump *)cb->ctx;
	struct npv_nl_head head = {
		.portid	= NETLINK_CB(cb->skb).portid,
		.seq	= cb->nlh->nlmsg_seq,
		.flags	= NLM_F_MULTI,
		.cmd	= NPV_CMD_PROFILE_GET,
	};
	struct npv_profile *builtin;
	struct npv_policy *policy;
	unsigned int n_builtins;
	int err = 0;

	NL_ASSERT_DUMP_CTX_FITS(struct profile_dump);

	n_builtins = npv_profile_builtins(&builtin);
	policy = npv_policy_seen(sock_net(skb->sk), npv_nl_policy_who(cb->skb));
	cb->seq = policy->generation ?: 1;
	for (; dump->next < n_builtins + policy->n_profiles; dump->next++) {
		err = put_profile(skb, &head, cb, policy,
				  dump->next < n_builtins ?
				  builtin + dump->next :
				  policy->profile[dump->next - n_builtins]);
		if (err)
			break;
	}
	npv_policy_put(policy);

	return skb->len ? skb->len : err;
}

/* Whether interfaces can have a name: as it is, or all that begin as it does */
static bool wish_name_valid(const char *name)
{
	const char *star = strchr(name, '*');

	return dev_valid_name(name) && (!star || !star[1]);
}

/* One wish of an interface. Return: 0 or -EINVAL, with a text. */
static int get_wish(const struct genl_info *info, const struct nlattr *attr,
		    struct npv_properties *p)
{
	struct nlattr *tb[NPV_A_PREFERRED_INTERFACE_PREFERENCE + 1];
	struct npv_interface_wish *wish;
	unsigned int i;
	int err;

	err = nla_parse_nested(tb, ARRAY_SIZE(tb) - 1, attr,
			       npv_preferred_interface_nl_policy, info->extack);
	if (err)
		return err;
	if (!tb[NPV_A_PREFERRED_INTERFACE_IFNAME] ||
	    !tb[NPV_A_PREFERRED_INTERFACE_PREFERENCE]) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "name or preference of the interface is missing");
		return -EINVAL;
	}
	if (p->n_interfaces == NPV_INTERFACES_MAX) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "too many interfaces; 8 are possible");
		return -EINVAL;
	}

	wish = &p->interface[p->n_interfaces];
	wish->preference = nla_get_u32(tb[NPV_A_PREFERRED_INTERFACE_PREFERENCE]);
	nla_strscpy(wish->name, tb[NPV_A_PREFERRED_INTERFACE_IFNAME],
		    sizeof(wish->name));
	if (!wish_name_valid(wish->name)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr,
				    "not the name of an interface; * can be at its end only");
		return -EINVAL;
	}
	for (i = 0; i < p->n_interfaces; i++) {
		if (!strcmp(p->interface[i].name, wish->name)) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "that interface is named twice");
			return -EINVAL;
		}
	}
	p->n_interfaces++;

	return 0;
}

static int get_wishes(const struct genl_info *info, struct npv_properties *p)
{
	const struct nlattr *attr;
	int err, rem;

	nla_for_each_attr(attr, genlmsg_data(info->genlhdr),
			  genlmsg_len(info->genlhdr), rem) {
		if (nla_type(attr) != NPV_A_PROFILE_INTERFACE)
			continue;
		err = get_wish(info, attr, p);
		if (err)
			return err;
	}

	return 0;
}

/* A buffer's size is an int to setsockopt(). */
static int check_buffer(const struct genl_info *info, int attr)
{
	if (!info->attrs[attr] || nla_get_u32(info->attrs[attr]) <= S32_MAX)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[attr],
			    "a buffer has 2147483647 bytes at most");
	return -EINVAL;
}

static int get_properties(const struct genl_info *info, struct npv_properties *p)
{
	const struct nlattr *sched = info->attrs[NPV_A_PROFILE_SCHEDULER];
	const struct member *m;
	int err;

	err = check_buffer(info, NPV_A_PROFILE_SEND_BUFFER);
	if (!err)
		err = check_buffer(info, NPV_A_PROFILE_RECEIVE_BUFFER);
	if (!err)
		err = get_wishes(info, p);
	if (err)
		return err;

	for (m = members; m < members + ARRAY_SIZE(members); m++) {
		if (!info->attrs[m->attr])
			continue;
		p->says |= m->says;
		member_write(p, m, m->size == sizeof(u64) ?
				   nla_get_uint(info->attrs[m->attr]) :
				   nla_get_u32(info->attrs[m->attr]));
	}
	if (sched) {
		p->says |= NPV_SAYS_SCHEDULER;
		nla_strscpy(p->scheduler, sched, sizeof(p->scheduler));
		if (!npv_sched_exists(p->scheduler)) {
			NL_SET_ERR_MSG_ATTR(info->extack, sched,
					    "there is no scheduler of that name");
			return -ENOENT;
		}
	}

	return 0;
}

/* The profile that a request describes, or ERR_PTR(), with a text */
static struct npv_profile *get_profile(const struct genl_info *info)
{
	const char *name = get_name(info);
	struct npv_profile *profile;
	int err;

	if (!name)
		return ERR_PTR(-EINVAL);
	if (!npv_profile_name_valid(name)) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NPV_A_PROFILE_NAME],
				    "a name is of letters, digits, -, . and _, a letter or digit first");
		return ERR_PTR(-EINVAL);
	}

	profile = npv_profile_alloc(name);
	if (!profile)
		return ERR_PTR(-ENOMEM);
	if (info->attrs[NPV_A_PROFILE_STRICT])
		profile->strict = nla_get_u8(info->attrs[NPV_A_PROFILE_STRICT]);
	err = get_properties(info, &profile->says);
	if (err) {
		npv_profile_put(profile);
		return ERR_PTR(err);
	}

	return profile;
}

static void tell_builtin(const struct genl_info *info)
{
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NPV_A_PROFILE_NAME],
			    "that profile comes with the module; add one of another name");
}

int npv_nl_profile_add_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct sock *who = npv_nl_policy_who(skb);
	struct npv_profile *profile;
	struct npv_policy *policy;
	unsigned int max;
	int err;

	profile = get_profile(info);
	if (IS_ERR(profile))
		return PTR_ERR(profile);
	err = -ENOMEM;
	policy = npv_policy_edit(net, who);
	if (!policy)
		goto err_put;

	max = READ_ONCE(npv_pernet(net)->sysctls.profiles_max);
	err = npv_policy_add_profile(policy, profile, max);
	err = npv_policy_edited(net, who, policy, err);
	if (!err)
		return 0;
	if (err == -ENOSPC)
		NL_SET_ERR_MSG(info->extack,
			       "too many profiles; net.npv.profiles_max is the limit");
	else if (npv_profile_builtin(profile->name))
		tell_builtin(info);
	else
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NPV_A_PROFILE_NAME],
				    "there is a profile of that name; set it");

err_put:
	npv_profile_put(profile);
	return err;
}

int npv_nl_profile_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct sock *who = npv_nl_policy_who(skb);
	struct npv_profile *profile;
	struct npv_policy *policy;
	int err;

	profile = get_profile(info);
	if (IS_ERR(profile))
		return PTR_ERR(profile);
	err = -ENOMEM;
	policy = npv_policy_edit(net, who);
	if (!policy)
		goto err_put;

	err = npv_policy_set_profile(policy, profile);
	err = npv_policy_edited(net, who, policy, err);
	if (!err)
		return 0;
	if (err == -EBUSY)
		tell_builtin(info);
	else
		tell_no_profile(info);

err_put:
	npv_profile_put(profile);
	return err;
}

int npv_nl_profile_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct sock *who = npv_nl_policy_who(skb);
	const char *name = get_name(info);
	struct npv_policy *policy;
	int err;

	if (!name)
		return -EINVAL;
	policy = npv_policy_edit(net, who);
	if (!policy)
		return -ENOMEM;

	err = npv_policy_edited(net, who, policy, npv_policy_del_profile(policy, name));
	if (err == -ENOENT)
		tell_no_profile(info);
	else if (err && npv_profile_builtin(name))
		tell_builtin(info);
	else if (err)
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[NPV_A_PROFILE_NAME],
				    "a rule names that profile; delete or set the rule first");

	return err;
}

int npv_nl_profile_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct net *net = genl_info_net(info);
	struct sock *who = npv_nl_policy_who(skb);
	struct npv_policy *policy;

	policy = npv_policy_edit(net, who);
	if (!policy)
		return -ENOMEM;

	return npv_policy_edited(net, who, policy, !npv_policy_flush_profiles(policy));
}
