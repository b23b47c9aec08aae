/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_POLICY_H
#define _NPV_POLICY_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/types.h>

struct net;
struct npv_classifier;
struct npv_named;
struct npv_policy;
struct npv_profile;
struct npv_rule;
struct npv_subject;
struct sock;

/* Drafts that a namespace can have at a time */
#define NPV_DRAFTS_MAX		16
/* Numbers of rules and of operators' endpoints are from 1 to this */
#define NPV_POLICY_ID_MAX	0x7fffffffU

/**
 * struct npv_policy - what operators want in a namespace; published, it never changes
 * @rcu: frees it
 * @ref: the namespace, what is drawn up by npv_policy_edit(), and npv_policy_get()
 * @generation: grows with each change
 * @published: it is or was in force: who reads it may have no reference
 * @n_named: operators' endpoints
 * @n_profiles: profiles of operators, without the built-in ones
 * @n_rules: rules
 * @named: by id
 * @profile: by name
 * @rule: by priority and id, as they are looked at
 * @classifier: made of the rules when it is first wanted, NULL until then. Written
 *	under npv_policies.lock, read with smp_load_acquire().
 */
struct npv_policy {
	struct rcu_head rcu;
	refcount_t ref;
	u32 generation;
	bool published;
	unsigned int n_named;
	unsigned int n_profiles;
	unsigned int n_rules;
	struct npv_named **named;
	struct npv_profile **profile;
	struct npv_rule **rule;
	struct npv_classifier *classifier;
};

/**
 * struct npv_draft - what a netlink socket is drawing up
 * @node: in npv_policies.drafts
 * @sk: the socket, held
 * @base: the policy that was in force when it began, by its generation
 * @policy: what it has drawn up so far
 */
struct npv_draft {
	struct list_head node;
	struct sock *sk;
	u32 base;
	struct npv_policy *policy;
};

/**
 * struct npv_policies - the policy of a namespace, and what is to become of it
 * @lock: for who changes it; taken without any other lock but the genl family's
 * @live: what is in force. RCU, written under @lock.
 * @drafts: struct npv_draft of netlink sockets that have said policy-begin. @lock.
 * @n_drafts: number of them. @lock.
 * @last_id: the last number given to a rule or an operator's endpoint. @lock.
 */
struct npv_policies {
	struct mutex lock;	/* protects drafts, last_id and who writes live */
	struct npv_policy __rcu *live;
	struct list_head drafts;
	unsigned int n_drafts;
	u32 last_id;
};

int npv_policies_init(struct net *net);
void npv_policies_exit(struct net *net);

struct npv_policy *npv_policy_get(struct net *net);
struct npv_policy *npv_policy_seen(struct net *net, const struct sock *sk);
void npv_policy_put(struct npv_policy *policy);
u32 npv_policy_generation(struct net *net);
bool npv_policy_has_rules(struct net *net);
bool npv_policy_has_named(struct net *net);
struct npv_profile *npv_policy_profile(struct net *net, const char *name);
struct npv_profile *npv_policy_decide(struct net *net, const struct npv_subject *sub,
				      u64 *last, struct npv_rule **rule);

struct npv_policy *npv_policy_edit(struct net *net, const struct sock *sk);
int npv_policy_edited(struct net *net, const struct sock *sk, struct npv_policy *policy,
		      int err);
u32 npv_policy_new_id(struct net *net, const struct npv_policy *policy);

struct npv_profile *npv_policy_find_profile(const struct npv_policy *policy,
					    const char *name);
unsigned int npv_policy_rules_of(const struct npv_policy *policy, const char *profile);
struct npv_named *npv_policy_find_named(const struct npv_policy *policy, u32 id);

int npv_policy_add_named(struct npv_policy *policy, struct npv_named *named,
			 unsigned int max);
int npv_policy_set_named(struct npv_policy *policy, struct npv_named *named);
int npv_policy_del_named(struct npv_policy *policy, u32 id);
unsigned int npv_policy_flush_named(struct npv_policy *policy);
int npv_policy_add_profile(struct npv_policy *policy, struct npv_profile *profile,
			   unsigned int max);
int npv_policy_set_profile(struct npv_policy *policy, struct npv_profile *profile);
int npv_policy_del_profile(struct npv_policy *policy, const char *name);
unsigned int npv_policy_flush_profiles(struct npv_policy *policy);
int npv_policy_add_rule(struct npv_policy *policy, struct npv_rule *rule,
			unsigned int max);
int npv_policy_set_rule(struct npv_policy *policy, struct npv_rule *rule);
int npv_policy_del_rule(struct npv_policy *policy, u32 id);
unsigned int npv_policy_flush_rules(struct npv_policy *policy);

int npv_policy_begin(struct net *net, struct sock *sk);
int npv_policy_commit(struct net *net, const struct sock *sk);
int npv_policy_abort(struct net *net, const struct sock *sk);
void npv_policy_released(struct net *net);

/* In decision.c: sessions are decided for and composed anew */
void npv_policy_changed(struct net *net);

#endif /* _NPV_POLICY_H */
