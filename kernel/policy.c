// SPDX-License-Identifier: GPL-2.0
/*
 * The policy of a namespace: endpoints, profiles and rules of operators.
 *
 * A policy that is in force never changes: to change something is to copy the arrays,
 * whose objects never change either, and to put the copy in its place. So those who
 * read need no lock, and what they read fits together. A netlink socket that has
 * said policy-begin works at a copy of its own, which comes into force as a whole.
 */

#include <linux/slab.h>
#include <linux/string.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "classify.h"
#include "endpoint.h"
#include "event.h"
#include "netns.h"
#include "policy.h"
#include "profile.h"
#include "rule.h"

static struct npv_policy *policy_alloc(unsigned int n_named, unsigned int n_profiles,
				       unsigned int n_rules)
{
	size_t n = (size_t)n_named + n_profiles + n_rules;
	struct npv_policy *policy;

	/* Containers have policies: it is their memory. */
	policy = kvzalloc(sizeof(*policy) + n * sizeof(void *), GFP_KERNEL_ACCOUNT);
	if (!policy)
		return NULL;
	refcount_set(&policy->ref, 1);
	policy->named = (struct npv_named **)(policy + 1);
	policy->profile = (struct npv_profile **)(policy->named + n_named);
	policy->rule = (struct npv_rule **)(policy->profile + n_profiles);

	return policy;
}

/* A copy with room for one more of each kind, for who has the lock */
static struct npv_policy *policy_clone(const struct npv_policy *from)
{
	struct npv_policy *policy;
	unsigned int i;

	policy = policy_alloc(from->n_named + 1, from->n_profiles + 1,
			      from->n_rules + 1);
	if (!policy)
		return NULL;
	policy->generation = from->generation + 1;
	policy->n_named = from->n_named;
	policy->n_profiles = from->n_profiles;
	policy->n_rules = from->n_rules;
	for (i = 0; i < from->n_named; i++)
		policy->named[i] = npv_named_get(from->named[i]);
	for (i = 0; i < from->n_profiles; i++)
		policy->profile[i] = npv_profile_get(from->profile[i]);
	for (i = 0; i < from->n_rules; i++)
		policy->rule[i] = npv_rule_get(from->rule[i]);

	return policy;
}

static void policy_free(struct npv_policy *policy)
{
	unsigned int i;

	for (i = 0; i < policy->n_named; i++)
		npv_named_put(policy->named[i]);
	for (i = 0; i < policy->n_profiles; i++)
		npv_profile_put(policy->profile[i]);
	for (i = 0; i < policy->n_rules; i++)
		npv_rule_put(policy->rule[i]);
	if (policy->classifier)
		npv_classifier_free(policy->classifier);
	kvfree(policy);
}

static void policy_free_rcu(struct rcu_head *rcu)
{
	policy_free(container_of(rcu, struct npv_policy, rcu));
}

/**
 * npv_policy_put() - drop a reference to a policy
 * @policy: the policy, or NULL
 *
 * Context: any.
 */
void npv_policy_put(struct npv_policy *policy)
{
	if (!policy || !refcount_dec_and_test(&policy->ref))
		return;
	if (policy->published)
		call_rcu(&policy->rcu, policy_free_rcu);
	else
		policy_free(policy);
}

/* The policy in force, for who has the lock */
static struct npv_policy *policies_live(struct npv_policies *ps)
{
	return rcu_dereference_protected(ps->live, lockdep_is_held(&ps->lock));
}

/* The policy in force, with a reference; NULL after policies_exit(). */
static struct npv_policy *policies_get(struct npv_policies *ps)
{
	struct npv_policy *policy;

	rcu_read_lock();
	do {
		policy = rcu_dereference(ps->live);
	} while (policy && !refcount_inc_not_zero(&policy->ref));
	rcu_read_unlock();

	return policy;
}

/* A policy comes into force. Lock held; the reference goes over. */
static void policies_publish(struct npv_policies *ps, struct npv_policy *policy)
{
	struct npv_policy *old = policies_live(ps);

	policy->generation = old ? old->generation + 1 : 1;
	policy->published = true;
	rcu_assign_pointer(ps->live, policy);
	npv_policy_put(old);
}

static int policies_init(struct npv_policies *ps)
{
	struct npv_policy *policy;

	policy = policy_alloc(0, 0, 0);
	if (!policy)
		return -ENOMEM;

	mutex_init(&ps->lock);
	INIT_LIST_HEAD(&ps->drafts);
	ps->n_drafts = 0;
	ps->last_id = 0;
	RCU_INIT_POINTER(ps->live, NULL);
	mutex_lock(&ps->lock);
	policies_publish(ps, policy);
	mutex_unlock(&ps->lock);

	return 0;
}

/* Lock held */
static struct npv_draft *policies_draft(struct npv_policies *ps, const struct sock *sk)
{
	struct npv_draft *draft;

	list_for_each_entry(draft, &ps->drafts, node)
		if (draft->sk == sk)
			return draft;

	return NULL;
}

/* Lock held */
static void policies_drop(struct npv_policies *ps, struct npv_draft *draft)
{
	list_del(&draft->node);
	ps->n_drafts--;
	npv_policy_put(draft->policy);
	sock_put(draft->sk);
	kfree(draft);
}

static void policies_exit(struct npv_policies *ps)
{
	struct npv_draft *draft, *next;

	mutex_lock(&ps->lock);
	list_for_each_entry_safe(draft, next, &ps->drafts, node)
		policies_drop(ps, draft);
	npv_policy_put(rcu_replace_pointer(ps->live, NULL,
					   lockdep_is_held(&ps->lock)));
	mutex_unlock(&ps->lock);
	mutex_destroy(&ps->lock);
}

static int policies_begin(struct npv_policies *ps, struct sock *sk)
{
	struct npv_draft *draft;
	int err = 0;

	draft = kzalloc(sizeof(*draft), GFP_KERNEL_ACCOUNT);
	if (!draft)
		return -ENOMEM;

	mutex_lock(&ps->lock);
	if (policies_draft(ps, sk)) {
		err = -EALREADY;
	} else if (ps->n_drafts >= NPV_DRAFTS_MAX) {
		err = -EBUSY;
	} else {
		/* Nobody else gets its address while it is held. */
		sock_hold(sk);
		draft->sk = sk;
		draft->policy = policies_live(ps);
		refcount_inc(&draft->policy->ref);
		draft->base = draft->policy->generation;
		list_add(&draft->node, &ps->drafts);
		ps->n_drafts++;
	}
	mutex_unlock(&ps->lock);

	if (err)
		kfree(draft);
	return err;
}

/*
 * Make an end of a draft, if it comes into force or not. Lock held.
 * Return: 0 or -errno; *changed, whether there is another policy now.
 */
static int policies_commit(struct npv_policies *ps, const struct sock *sk, bool *changed)
{
	struct npv_policy *live = policies_live(ps);
	struct npv_draft *draft = policies_draft(ps, sk);
	int err = 0;

	*changed = false;
	if (!draft)
		return -ENOENT;

	if (draft->base != live->generation) {
		err = -EAGAIN;
	} else if (draft->policy != live) {
		policies_publish(ps, draft->policy);
		draft->policy = NULL;
		*changed = true;
	}
	policies_drop(ps, draft);

	return err;
}

/* The policy that changes of a socket begin from. Lock held. */
static struct npv_policy *policies_seen(struct npv_policies *ps, const struct sock *sk)
{
	struct npv_draft *draft = policies_draft(ps, sk);

	return draft ? draft->policy : policies_live(ps);
}

/*
 * Put what a socket has drawn up where it belongs. Lock held.
 * Return: whether it is in force.
 */
static bool policies_put_edited(struct npv_policies *ps, const struct sock *sk,
				struct npv_policy *policy)
{
	struct npv_draft *draft = policies_draft(ps, sk);

	if (draft) {
		npv_policy_put(draft->policy);
		draft->policy = policy;
		return false;
	}
	policies_publish(ps, policy);

	return true;
}

/* Lock held. Return: a number that no rule and no endpoint of the policy has. */
static u32 policies_new_id(struct npv_policies *ps, const struct npv_policy *policy)
{
	unsigned int i;
	bool taken;

	do {
		if (ps->last_id >= NPV_POLICY_ID_MAX)
			ps->last_id = 0;
		ps->last_id++;
		taken = npv_policy_find_named(policy, ps->last_id);
		for (i = 0; !taken && i < policy->n_rules; i++)
			taken = policy->rule[i]->id == ps->last_id;
	} while (taken);

	return ps->last_id;
}

/* Forget the drafts of sockets that are closed. */
static void policies_released(struct npv_policies *ps)
{
	struct npv_draft *draft, *next;

	/* Most sockets: they had their answers before they were closed. */
	if (list_empty(&ps->drafts))
		return;

	mutex_lock(&ps->lock);
	/* By what they are: another may have the number of a closed one by now. */
	list_for_each_entry_safe(draft, next, &ps->drafts, node)
		if (sock_flag(draft->sk, SOCK_DEAD))
			policies_drop(ps, draft);
	mutex_unlock(&ps->lock);
}

static void *array_cut(void **array, unsigned int *n, unsigned int i)
{
	void *cut = array[i];

	(*n)--;
	memmove(array + i, array + i + 1, (*n - i) * sizeof(*array));

	return cut;
}

static void array_insert(void **array, unsigned int *n, unsigned int i, void *object)
{
	memmove(array + i + 1, array + i, (*n - i) * sizeof(*array));
	array[i] = object;
	(*n)++;
}

/* Place of an operator's endpoint, or where it would belong */
static unsigned int named_place(const struct npv_policy *policy, u32 id)
{
	unsigned int low = 0, high = policy->n_named;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (policy->named[mid]->id < id)
			low = mid + 1;
		else
			high = mid;
	}

	return low;
}

static bool named_at(const struct npv_policy *policy, unsigned int i, u32 id)
{
	return i < policy->n_named && policy->named[i]->id == id;
}

/**
 * npv_policy_find_named() - the operator's endpoint of a number
 * @policy: the policy
 * @id: its number
 *
 * Context: any; the policy is held.
 * Return: it, as long as the policy is; NULL if there is none.
 */
struct npv_named *npv_policy_find_named(const struct npv_policy *policy, u32 id)
{
	unsigned int i = named_place(policy, id);

	return named_at(policy, i, id) ? policy->named[i] : NULL;
}

/**
 * npv_policy_add_named() - add an operator's endpoint
 * @policy: from npv_policy_edit()
 * @named: the endpoint, with a number; its reference goes over if it is added
 * @max: how many there may be
 *
 * Context: process, between npv_policy_edit() and npv_policy_edited().
 * Return: 0; -EEXIST, if there is one of its number, or of its address and
 * interface; -ENOSPC, if there are @max.
 */
int npv_policy_add_named(struct npv_policy *policy, struct npv_named *named,
			 unsigned int max)
{
	unsigned int i;

	for (i = 0; i < policy->n_named; i++) {
		const struct npv_named *it = policy->named[i];

		if (it->id == named->id ||
		    (ipv6_addr_equal(&it->addr, &named->addr) &&
		     !strcmp(it->ifname, named->ifname)))
			return -EEXIST;
	}
	if (policy->n_named >= max)
		return -ENOSPC;

	array_insert((void **)policy->named, &policy->n_named,
		     named_place(policy, named->id), named);
	return 0;
}

/**
 * npv_policy_set_named() - put an operator's endpoint in the place of its former self
 * @policy: from npv_policy_edit()
 * @named: the endpoint, which is about the same; its reference goes over if it is set
 *
 * Context: process, between npv_policy_edit() and npv_policy_edited().
 * Return: 0; -ENOENT, if none has its number.
 */
int npv_policy_set_named(struct npv_policy *policy, struct npv_named *named)
{
	unsigned int i = named_place(policy, named->id);

	if (!named_at(policy, i, named->id))
		return -ENOENT;
	npv_named_put(policy->named[i]);
	policy->named[i] = named;

	return 0;
}

/**
 * npv_policy_del_named() - delete an operator's endpoint
 * @policy: from npv_policy_edit()
 * @id: its number
 *
 * Context: process, between npv_policy_edit() and npv_policy_edited().
 * Return: 0; -ENOENT, if none has that number.
 */
int npv_policy_del_named(struct npv_policy *policy, u32 id)
{
	unsigned int i = named_place(policy, id);

	if (!named_at(policy, i, id))
		return -ENOENT;
	npv_named_put(array_cut((void **)policy->named, &policy->n_named, i));

	return 0;
}

/**
 * npv_policy_flush_named() - delete all endpoints of operators
 * @policy: from npv_policy_edit()
 *
 * Context: process, between npv_policy_edit() and npv_policy_edited().
 * Return: how many there were.
 */
unsigned int npv_policy_flush_named(struct npv_policy *policy)
{
	unsigned int n = policy->n_named;

	while (policy->n_named)
		npv_named_put(policy->named[--policy->n_named]);

	return n;
}

/* Place of an operator's profile, or where it would belong */
static unsigned int profile_place(const struct npv_policy *policy, const char *name)
{
	unsigned int low = 0, high = policy->n_profiles;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (strcmp(policy->profile[mid]->name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}

	return low;
}

static bool profile_at(const struct npv_policy *policy, unsigned int i, const char *name)
{
	return i < policy->n_profiles && !strcmp(policy->profile[i]->name, name);
}

/**
 * npv_policy_find_profile() - the profile of a name
 * @policy: the policy
 * @name: its name
 *
 * Context: any; the policy is held, or RCU.
 * Return: it, as long as the policy is; NULL if there is none.
 */
struct npv_profile *npv_policy_find_profile(const struct npv_policy *policy,
					    const char *name)
{
	struct npv_profile *builtin = npv_profile_builtin(name);
	unsigned int i;

	if (builtin)
		return builtin;

	i = profile_place(policy, name);
	return profile_at(policy, i, name) ? policy->profile[i] : NULL;
}

/**
 * npv_policy_rules_of() - how many rules name a profile
 * @policy: the policy
 * @profile: name of the profile
 *
 * Context: any; the policy is held.
 * Return: their number.
 */
unsigned int npv_policy_rules_of(const struct npv_policy *policy, const char *profile)
{
	unsigned int i, n = 0;

	for (i = 0; i < policy->n_rules; i++)
		n += !strcmp(policy->rule[i]->profile, profile);

	return n;
}

/**
 * npv_policy_add_profile() - add a profile
 * @policy: from npv_policy_edit()
 * @profile: the profile; its reference goes over if it is added
 * @max: how many of operators there may be
 *
 * Context: process, between npv_policy_edit() and npv_policy_edited().
 * Return: 0; -EEXIST, if there is one of its name; -ENOSPC, if there are @max.
 */
int npv_policy_add_profile(struct npv_policy *policy, struct npv_profile *profile,
			   unsigned int max)
{
	if (npv_policy_find_profile(policy, profile->name))
		return -EEXIST;
	if (policy->n_profiles >= max)
		return -ENOSPC;

	array_insert((void **)policy->profile, &policy->n_profiles,
		     profile_place(policy, profile->name), profile);
	return 0;
}

/**
 * npv_policy_set_profile() - put a profile in the place of that of its name
 * @policy: from npv_policy_edit()
 * @profile: the profile; its reference goes over if it is set
 *
 * Context: process, between npv_policy_edit() and npv_policy_edited().
 * Return: 0; -ENOENT, if there is none of its name; -EBUSY, if that comes with the
 * module.
 */
int npv_policy_set_profile(struct npv_policy *policy, struct npv_profile *profile)
{
	unsigned int i = profile_place(policy, profile->name);

	if (npv_profile_builtin(profile->name))
		return -EBUSY;
	if (!profile_at(policy, i, profile->name))
		return -ENOENT;
	npv_profile_put(policy->profile[i]);
	policy->profile[i] = profile;

	return 0;
}

/**
 * npv_policy_del_profile() - delete a profile
 * @policy: from npv_policy_edit()
 * @name: its name
 *
 * Context: process, between npv_policy_edit() and npv_policy_edited().
 * Return: 0; -ENOENT, if there is none of that name; -EBUSY, if a rule names it, or
 * it comes with the module.
 */
int npv_policy_del_profile(struct npv_policy *policy, const char *name)
{
	unsigned int i = profile_place(policy, name);

	if (npv_profile_builtin(name))
		return -EBUSY;
	if (!profile_at(policy, i, name))
		return -ENOENT;
	if (npv_policy_rules_of(policy, name))
		return -EBUSY;
	npv_profile_put(array_cut((void **)policy->profile, &policy->n_profiles, i));

	return 0;
}

/**
 * npv_policy_flush_profiles() - delete all profiles of operators that no rule names
 * @policy: from npv_policy_edit()
 *
 * Context: process, between npv_policy_edit() and npv_policy_edited().
 * Return: how many were deleted.
 */
unsigned int npv_policy_flush_profiles(struct npv_policy *policy)
{
	unsigned int i, n = policy->n_profiles;

	for (i = n; i--; )
		npv_policy_del_profile(policy, policy->profile[i]->name);

	return n - policy->n_profiles;
}

/* Place of the rule of a number; n_rules if there is none */
static unsigned int rule_place(const struct npv_policy *policy, u32 id)
{
	unsigned int i;

	for (i = 0; i < policy->n_rules; i++)
		if (policy->rule[i]->id == id)
			break;

	return i;
}

static void rule_insert(struct npv_policy *policy, struct npv_rule *rule)
{
	unsigned int low = 0, high = policy->n_rules;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (npv_rule_before(policy->rule[mid], rule))
			low = mid + 1;
		else
			high = mid;
	}
	array_insert((void **)policy->rule, &policy->n_rules, low, rule);
}

/**
 * npv_policy_add_rule() - add a rule
 * @policy: from npv_policy_edit()
 * @rule: the rule, with a number; its reference goes over if it is added
 * @max: how many there may be
 *
 * Context: process, between npv_policy_edit() and npv_policy_edited().
 * Return: 0; -EEXIST, if there is one of its number; -ENOENT, if there is no profile
 * of that name; -ENOSPC, if there are @max.
 */
int npv_policy_add_rule(struct npv_policy *policy, struct npv_rule *rule,
			unsigned int max)
{
	if (rule_place(policy, rule->id) < policy->n_rules)
		return -EEXIST;
	if (!npv_policy_find_profile(policy, rule->profile))
		return -ENOENT;
	if (policy->n_rules >= max)
		return -ENOSPC;
	rule_insert(policy, rule);

	return 0;
}

/**
 * npv_policy_set_rule() - put a rule in the place of that of its number
 * @policy: from npv_policy_edit()
 * @rule: the rule; its reference goes over if it is set
 *
 * Context: process, between npv_policy_edit() and npv_policy_edited().
 * Return: 0; -ESRCH, if none has its number; -ENOENT, if there is no profile of that
 * name.
 */
int npv_policy_set_rule(struct npv_policy *policy, struct npv_rule *rule)
{
	unsigned int i = rule_place(policy, rule->id);

	if (i == policy->n_rules)
		return -ESRCH;
	if (!npv_policy_find_profile(policy, rule->profile))
		return -ENOENT;
	npv_rule_put(array_cut((void **)policy->rule, &policy->n_rules, i));
	rule_insert(policy, rule);

	return 0;
}

/**
 * npv_policy_del_rule() - delete a rule
 * @policy: from npv_policy_edit()
 * @id: its number
 *
 * Context: process, between npv_policy_edit() and npv_policy_edited().
 * Return: 0; -ENOENT, if none has that number.
 */
int npv_policy_del_rule(struct npv_policy *policy, u32 id)
{
	unsigned int i = rule_place(policy, id);

	if (i == policy->n_rules)
		return -ENOENT;
	npv_rule_put(array_cut((void **)policy->rule, &policy->n_rules, i));

	return 0;
}

/**
 * npv_policy_flush_rules() - delete all rules
 * @policy: from npv_policy_edit()
 *
 * Context: process, between npv_policy_edit() and npv_policy_edited().
 * Return: how many there were.
 */
unsigned int npv_policy_flush_rules(struct npv_policy *policy)
{
	unsigned int n = policy->n_rules;

	while (policy->n_rules)
		npv_rule_put(policy->rule[--policy->n_rules]);

	return n;
}

/*
 * Classify the rules of a policy in force. Without memory, or while somebody is at
 * it or changes the policy, whoever asks goes by the rules one by one.
 */
static void policies_classify(struct npv_policies *ps, struct npv_policy *policy)
{
	const struct npv_selector **sel;
	struct npv_classifier *c;
	unsigned int i;

	if (!mutex_trylock(&ps->lock))
		return;
	if (policy->classifier)
		goto unlock;

	sel = kvmalloc_array(policy->n_rules, sizeof(*sel), GFP_KERNEL);
	if (!sel)
		goto unlock;
	for (i = 0; i < policy->n_rules; i++)
		sel[i] = &policy->rule[i]->sel;
	c = npv_classifier_build(sel, policy->n_rules);
	if (c)
		smp_store_release(&policy->classifier, c);	/* policies_decide() */
	kvfree(sel);
unlock:
	mutex_unlock(&ps->lock);
}

/* Return: place of the first rule that matches, n_rules if none does */
static unsigned int policy_match(const struct npv_policy *policy,
				 const struct npv_classifier *c,
				 const struct npv_subject *sub)
{
	unsigned int i;
	int found;

	if (c) {
		found = npv_classify(c, sub);
		return found < 0 ? policy->n_rules : found;
	}
	for (i = 0; i < policy->n_rules; i++)
		if (npv_selector_match(&policy->rule[i]->sel, sub))
			break;

	return i;
}

static struct npv_profile *policies_decide(struct npv_policies *ps,
					   const struct npv_subject *sub, u64 *last,
					   struct npv_rule **which)
{
	struct npv_profile *profile = NULL;
	struct npv_policy *policy, *held = NULL;
	struct npv_classifier *c = NULL;
	unsigned int i;
	u64 serial = 0;

	*which = NULL;
	rcu_read_lock();
	policy = rcu_dereference(ps->live);
	if (!policy || !policy->n_rules)
		goto unlock;

	/* Pairs with smp_store_release() in policies_classify(). */
	c = smp_load_acquire(&policy->classifier);
	if (unlikely(!c) && refcount_inc_not_zero(&policy->ref)) {
		held = policy;
		rcu_read_unlock();
		policies_classify(ps, policy);
		rcu_read_lock();
		/* As above; others may have made it. */
		c = smp_load_acquire(&policy->classifier);
	}

	i = policy_match(policy, c, sub);
	if (i < policy->n_rules) {
		struct npv_rule *rule = policy->rule[i];

		*which = npv_rule_get(rule);
		if (last && *last != rule->serial)
			atomic64_inc(&rule->hits);
		serial = rule->serial;
		profile = npv_policy_find_profile(policy, rule->profile);
		/* No rule is there without its profile. */
		if (!WARN_ON_ONCE(!profile))
			npv_profile_get(profile);
	}
unlock:
	rcu_read_unlock();
	npv_policy_put(held);
	if (last)
		*last = serial;

	return profile;
}

/**
 * npv_policies_init() - a namespace begins with an empty policy
 * @net: the namespace
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int npv_policies_init(struct net *net)
{
	return policies_init(&npv_pernet(net)->policies);
}

/**
 * npv_policies_exit() - undo npv_policies_init()
 * @net: the namespace, in which there are no sockets any more
 *
 * Context: process. The memory goes after a grace period of RCU.
 */
void npv_policies_exit(struct net *net)
{
	policies_exit(&npv_pernet(net)->policies);
}

/**
 * npv_policy_get() - the policy that is in force
 * @net: the namespace
 *
 * Context: any.
 * Return: it, with a reference for npv_policy_put(); NULL after npv_policies_exit().
 */
struct npv_policy *npv_policy_get(struct net *net)
{
	return policies_get(&npv_pernet(net)->policies);
}

/**
 * npv_policy_seen() - the policy as a netlink socket sees it
 * @net: the namespace
 * @sk: the socket
 *
 * Context: process, may sleep.
 * Return: its draft, or what is in force if it has none, with a reference for
 * npv_policy_put().
 */
struct npv_policy *npv_policy_seen(struct net *net, const struct sock *sk)
{
	struct npv_policies *ps = &npv_pernet(net)->policies;
	struct npv_policy *policy;

	mutex_lock(&ps->lock);
	policy = policies_seen(ps, sk);
	refcount_inc(&policy->ref);
	mutex_unlock(&ps->lock);

	return policy;
}

/**
 * npv_policy_generation() - the number of the policy that is in force
 * @net: the namespace
 *
 * Context: any.
 * Return: the number, which grows with each change.
 */
u32 npv_policy_generation(struct net *net)
{
	const struct npv_policy *policy;
	u32 generation;

	rcu_read_lock();
	policy = rcu_dereference(npv_pernet(net)->policies.live);
	generation = policy ? policy->generation : 0;
	rcu_read_unlock();

	return generation;
}

/**
 * npv_policy_has_rules() - whether there is anything to decide
 * @net: the namespace
 *
 * Context: any.
 * Return: whether the policy in force has rules.
 */
bool npv_policy_has_rules(struct net *net)
{
	const struct npv_policy *policy;
	bool has;

	rcu_read_lock();
	policy = rcu_dereference(npv_pernet(net)->policies.live);
	has = policy && policy->n_rules;
	rcu_read_unlock();

	return has;
}

/**
 * npv_policy_has_named() - whether an operator has said something of endpoints
 * @net: the namespace
 *
 * Context: any.
 * Return: whether the policy in force has operators' endpoints.
 */
bool npv_policy_has_named(struct net *net)
{
	const struct npv_policy *policy;
	bool has;

	rcu_read_lock();
	policy = rcu_dereference(npv_pernet(net)->policies.live);
	has = policy && policy->n_named;
	rcu_read_unlock();

	return has;
}

/**
 * npv_policy_profile() - the profile of a name, in force
 * @net: the namespace
 * @name: its name
 *
 * Context: any.
 * Return: it, with a reference for npv_profile_put(); NULL if there is none.
 */
struct npv_profile *npv_policy_profile(struct net *net, const char *name)
{
	const struct npv_policy *policy;
	struct npv_profile *profile = NULL;

	rcu_read_lock();
	policy = rcu_dereference(npv_pernet(net)->policies.live);
	if (policy)
		profile = npv_policy_find_profile(policy, name);
	if (profile)
		npv_profile_get(profile);
	rcu_read_unlock();

	return profile;
}

/**
 * npv_policy_decide() - which profile the rules have for a session
 * @net: the namespace
 * @sub: the session
 * @last: NULL: of a session that is thought of; else the serial number of the rule
 *	that has decided for it last, 0 if none has; set to that of the one that does:
 *	a hit if it is another
 * @rule: set to the rule that decides, with a reference for npv_rule_put(); NULL if
 *	none does
 *
 * Context: process, may sleep.
 * Return: the profile, with a reference for npv_profile_put(); NULL if no rule
 * matches.
 */
struct npv_profile *npv_policy_decide(struct net *net, const struct npv_subject *sub,
				      u64 *last, struct npv_rule **rule)
{
	return policies_decide(&npv_pernet(net)->policies, sub, last, rule);
}

/* Whether two policies name the same endpoints */
static bool same_named(const struct npv_policy *a, const struct npv_policy *b)
{
	return a->n_named == b->n_named &&
	       !memcmp(a->named, b->named, a->n_named * sizeof(*a->named));
}

/* There is another policy than @old, which is dropped. Takes the lock off. */
static void policy_tell(struct net *net, struct npv_policy *old)
{
	struct npv_policies *ps = &npv_pernet(net)->policies;
	struct npv_policy *policy = policies_live(ps);
	bool named = !same_named(old, policy);

	npv_policy_put(old);
	/* In the order of the changes: with the lock */
	npv_event_policy(net, policy->generation);
	mutex_unlock(&ps->lock);

	if (named)
		npv_endpoints_changed(net);
	npv_policy_changed(net);
}

/**
 * npv_policy_edit() - begin to change the policy
 * @net: the namespace
 * @sk: the netlink socket that wants it
 *
 * Context: process, may sleep. The lock is held until npv_policy_edited().
 * Return: a copy of the socket's draft, or of what is in force, with room for one
 * more of each kind; NULL without memory, and without the lock.
 */
struct npv_policy *npv_policy_edit(struct net *net, const struct sock *sk)
{
	struct npv_policies *ps = &npv_pernet(net)->policies;
	struct npv_policy *policy;

	mutex_lock(&ps->lock);
	policy = policy_clone(policies_seen(ps, sk));
	if (!policy)
		mutex_unlock(&ps->lock);

	return policy;
}

/**
 * npv_policy_edited() - the policy is changed
 * @net: the namespace
 * @sk: the netlink socket that wants it
 * @policy: from npv_policy_edit()
 * @err: 0, or an -errno, or 1: it is to stay as it was
 *
 * Without a draft of the socket's what was changed is in force when it returns.
 *
 * Context: process, may sleep.
 * Return: @err, 0 if that is 1.
 */
int npv_policy_edited(struct net *net, const struct sock *sk, struct npv_policy *policy,
		      int err)
{
	struct npv_policies *ps = &npv_pernet(net)->policies;
	struct npv_policy *old;

	if (err) {
		mutex_unlock(&ps->lock);
		npv_policy_put(policy);
		return min(err, 0);
	}

	old = policies_get(ps);
	if (policies_put_edited(ps, sk, policy)) {
		policy_tell(net, old);
	} else {
		mutex_unlock(&ps->lock);
		npv_policy_put(old);
	}

	return 0;
}

/**
 * npv_policy_new_id() - a number for a rule or an operator's endpoint
 * @net: the namespace
 * @policy: the policy that gets it
 *
 * Context: process, between npv_policy_edit() and npv_policy_edited().
 * Return: the number, which neither has.
 */
u32 npv_policy_new_id(struct net *net, const struct npv_policy *policy)
{
	return policies_new_id(&npv_pernet(net)->policies, policy);
}

/**
 * npv_policy_begin() - from now on changes by a netlink socket go to a draft
 * @net: the namespace
 * @sk: the socket, which is open
 *
 * Context: process, may sleep.
 * Return: 0; -EALREADY, if it has one; -EBUSY, if there are too many; -ENOMEM.
 */
int npv_policy_begin(struct net *net, struct sock *sk)
{
	return policies_begin(&npv_pernet(net)->policies, sk);
}

/**
 * npv_policy_commit() - the draft of a netlink socket comes into force
 * @net: the namespace
 * @sk: the socket, which has no draft any more afterwards, whatever comes of it
 *
 * Context: process, may sleep.
 * Return: 0; -ENOENT, if it has none; -EAGAIN, if the policy was changed since it
 * began: nothing is changed then.
 */
int npv_policy_commit(struct net *net, const struct sock *sk)
{
	struct npv_policies *ps = &npv_pernet(net)->policies;
	struct npv_policy *old;
	bool changed;
	int err;

	mutex_lock(&ps->lock);
	old = policies_get(ps);
	err = policies_commit(ps, sk, &changed);
	if (changed) {
		policy_tell(net, old);
	} else {
		mutex_unlock(&ps->lock);
		npv_policy_put(old);
	}

	return err;
}

/**
 * npv_policy_abort() - forget the draft of a netlink socket
 * @net: the namespace
 * @sk: the socket
 *
 * Context: process, may sleep.
 * Return: 0; -ENOENT, if it has none.
 */
int npv_policy_abort(struct net *net, const struct sock *sk)
{
	struct npv_policies *ps = &npv_pernet(net)->policies;
	struct npv_draft *draft;

	mutex_lock(&ps->lock);
	draft = policies_draft(ps, sk);
	if (draft)
		policies_drop(ps, draft);
	mutex_unlock(&ps->lock);

	return draft ? 0 : -ENOENT;
}

/**
 * npv_policy_released() - a netlink socket is closed: its draft is forgotten
 * @net: the namespace
 *
 * Context: process, may sleep.
 */
void npv_policy_released(struct net *net)
{
	policies_released(&npv_pernet(net)->policies);
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/policy_test.c"
#endif
