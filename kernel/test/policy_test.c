// SPDX-License-Identifier: GPL-2.0
/* KUnit tests of policy.c, which includes this file. */

#include <kunit/test.h>

/* Policies of a namespace that there isn't, and sockets that want to change them */
struct policy_test {
	struct npv_policies ps;
	struct sock *sk[NPV_DRAFTS_MAX + 1];
};

static int policy_test_init(struct kunit *test)
{
	struct policy_test *t;
	unsigned int i;

	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(t->sk); i++) {
		t->sk[i] = kunit_kzalloc(test, sizeof(*t->sk[i]), GFP_KERNEL);
		if (!t->sk[i])
			return -ENOMEM;
		refcount_set(&t->sk[i]->sk_refcnt, 1);
	}
	test->priv = t;

	return policies_init(&t->ps);
}

static void policy_test_exit(struct kunit *test)
{
	struct policy_test *t = test->priv;
	unsigned int i;

	policies_exit(&t->ps);
	for (i = 0; i < ARRAY_SIZE(t->sk); i++)
		KUNIT_EXPECT_EQ(test, refcount_read(&t->sk[i]->sk_refcnt), 1);
}

/* As npv_policy_edit(): a copy of what the socket sees; the lock is held then. */
static struct npv_policy *edit(struct kunit *test, unsigned int who)
{
	struct policy_test *t = test->priv;
	struct npv_policy *policy;

	mutex_lock(&t->ps.lock);
	policy = policy_clone(policies_seen(&t->ps, t->sk[who]));
	if (!policy)
		mutex_unlock(&t->ps.lock);
	KUNIT_ASSERT_NOT_NULL(test, policy);

	return policy;
}

/* As npv_policy_edited() */
static int edited(struct kunit *test, unsigned int who, struct npv_policy *policy,
		  int err)
{
	struct policy_test *t = test->priv;

	if (err)
		npv_policy_put(policy);
	else
		policies_put_edited(&t->ps, t->sk[who], policy);
	mutex_unlock(&t->ps.lock);

	return err;
}

static int begin(struct kunit *test, unsigned int who)
{
	struct policy_test *t = test->priv;

	return policies_begin(&t->ps, t->sk[who]);
}

static int commit(struct kunit *test, unsigned int who, bool *changed)
{
	struct policy_test *t = test->priv;
	int err;

	mutex_lock(&t->ps.lock);
	err = policies_commit(&t->ps, t->sk[who], changed);
	mutex_unlock(&t->ps.lock);

	return err;
}

/* What a socket sees; it stays as long as nobody changes that. */
static const struct npv_policy *seen(struct kunit *test, unsigned int who)
{
	struct policy_test *t = test->priv;
	const struct npv_policy *policy;

	mutex_lock(&t->ps.lock);
	policy = policies_seen(&t->ps, t->sk[who]);
	mutex_unlock(&t->ps.lock);

	return policy;
}

/* What is in force; the last one has no draft in any test that uses it. */
static const struct npv_policy *live(struct kunit *test)
{
	return seen(test, NPV_DRAFTS_MAX);
}

static int add_rule(struct kunit *test, unsigned int who, u32 id, u32 priority,
		    const char *profile, unsigned int max)
{
	struct policy_test *t = test->priv;
	struct npv_policy *policy;
	struct npv_rule *rule;
	int err;

	rule = npv_rule_alloc();
	KUNIT_ASSERT_NOT_NULL(test, rule);
	policy = edit(test, who);
	rule->id = id ?: policies_new_id(&t->ps, policy);
	rule->priority = priority;
	strscpy(rule->profile, profile, sizeof(rule->profile));
	err = edited(test, who, policy, npv_policy_add_rule(policy, rule, max));
	if (err)
		npv_rule_put(rule);

	return err;
}

static int add_profile(struct kunit *test, unsigned int who, const char *name,
		       unsigned int max)
{
	struct npv_profile *profile;
	struct npv_policy *policy;
	int err;

	profile = npv_profile_alloc(name);
	KUNIT_ASSERT_NOT_NULL(test, profile);
	policy = edit(test, who);
	err = edited(test, who, policy, npv_policy_add_profile(policy, profile, max));
	if (err)
		npv_profile_put(profile);

	return err;
}

static int del_profile(struct kunit *test, unsigned int who, const char *name)
{
	struct npv_policy *policy = edit(test, who);

	return edited(test, who, policy, npv_policy_del_profile(policy, name));
}

static int add_named(struct kunit *test, u32 id, u32 addr, const char *ifname,
		     unsigned int max)
{
	struct npv_policy *policy;
	struct npv_named *named;
	int err;

	named = npv_named_alloc();
	KUNIT_ASSERT_NOT_NULL(test, named);
	named->id = id;
	ipv6_addr_set_v4mapped(htonl(addr), &named->addr);
	strscpy(named->ifname, ifname, sizeof(named->ifname));
	policy = edit(test, 0);
	err = edited(test, 0, policy, npv_policy_add_named(policy, named, max));
	if (err)
		npv_named_put(named);

	return err;
}

static void npv_policy__a_change_is_in_force_at_once(struct kunit *test)
{
	u32 generation = live(test)->generation;
	struct policy_test *t = test->priv;
	struct npv_policy *before;

	before = policies_get(&t->ps);
	KUNIT_ASSERT_EQ(test, add_rule(test, 0, 7, 10, "bulk", 4), 0);
	KUNIT_EXPECT_EQ(test, live(test)->generation, generation + 1);
	KUNIT_EXPECT_EQ(test, live(test)->n_rules, 1);
	/* Who has the old one sees what there was. */
	KUNIT_EXPECT_EQ(test, before->n_rules, 0);
	npv_policy_put(before);
}

static void npv_policy__what_is_refused_changes_nothing(struct kunit *test)
{
	u32 generation = live(test)->generation;

	KUNIT_EXPECT_EQ(test, add_rule(test, 0, 1, 1, "mine", 4), -ENOENT);
	KUNIT_EXPECT_EQ(test, add_profile(test, 0, "auto", 4), -EEXIST);
	KUNIT_EXPECT_EQ(test, del_profile(test, 0, "mine"), -ENOENT);
	KUNIT_EXPECT_EQ(test, live(test)->generation, generation);
}

static void npv_policy__rules_are_in_order(struct kunit *test)
{
	static const u32 want[][2] = {
		{ 0, 5 }, { 10, 1 }, { 10, 4 }, { 10, 9 }, { 11, 2 }, { 65535, 3 },
	};
	static const u8 order[] = { 3, 0, 5, 2, 4, 1 };
	struct npv_policy *policy;
	struct npv_rule *rule;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(order); i++)
		KUNIT_ASSERT_EQ(test, add_rule(test, 0, want[order[i]][1],
					       want[order[i]][0], "auto", 8), 0);
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		KUNIT_EXPECT_EQ(test, live(test)->rule[i]->priority, want[i][0]);
		KUNIT_EXPECT_EQ(test, live(test)->rule[i]->id, want[i][1]);
	}
	KUNIT_EXPECT_EQ(test, add_rule(test, 0, 9, 0, "auto", 8), -EEXIST);

	/* One that is set goes where its priority is. */
	rule = npv_rule_alloc();
	KUNIT_ASSERT_NOT_NULL(test, rule);
	rule->id = 5;
	rule->priority = 12;
	strscpy(rule->profile, "bulk", sizeof(rule->profile));
	policy = edit(test, 0);
	KUNIT_EXPECT_EQ(test, edited(test, 0, policy,
				     npv_policy_set_rule(policy, rule)), 0);
	KUNIT_EXPECT_EQ(test, live(test)->n_rules, ARRAY_SIZE(want));
	KUNIT_EXPECT_EQ(test, live(test)->rule[0]->id, 1);
	KUNIT_EXPECT_EQ(test, live(test)->rule[4]->id, 5);
	KUNIT_EXPECT_STREQ(test, live(test)->rule[4]->profile, "bulk");

	policy = edit(test, 0);
	KUNIT_EXPECT_EQ(test, edited(test, 0, policy,
				     npv_policy_del_rule(policy, 1)), 0);
	KUNIT_EXPECT_EQ(test, live(test)->rule[0]->id, 4);
	policy = edit(test, 0);
	KUNIT_EXPECT_EQ(test, edited(test, 0, policy,
				     npv_policy_del_rule(policy, 1)), -ENOENT);
	policy = edit(test, 0);
	KUNIT_EXPECT_EQ(test, npv_policy_flush_rules(policy), 5);
	edited(test, 0, policy, 0);
	KUNIT_EXPECT_EQ(test, live(test)->n_rules, 0);
}

static void npv_policy__numbers_are_free_ones(struct kunit *test)
{
	struct policy_test *t = test->priv;

	KUNIT_ASSERT_EQ(test, add_rule(test, 0, 1, 1, "auto", 8), 0);
	KUNIT_ASSERT_EQ(test, add_named(test, 2, 1, "", 8), 0);
	KUNIT_ASSERT_EQ(test, add_rule(test, 0, 0, 2, "auto", 8), 0);
	KUNIT_EXPECT_EQ(test, live(test)->rule[1]->id, 3);
	/* They begin again, and leave out what is taken. */
	t->ps.last_id = NPV_POLICY_ID_MAX - 1;
	KUNIT_ASSERT_EQ(test, add_rule(test, 0, 0, 3, "auto", 8), 0);
	KUNIT_EXPECT_EQ(test, live(test)->rule[2]->id, NPV_POLICY_ID_MAX);
	KUNIT_ASSERT_EQ(test, add_rule(test, 0, 0, 4, "auto", 8), 0);
	KUNIT_EXPECT_EQ(test, live(test)->rule[3]->id, 4);
}

static void npv_policy__profiles_are_found_by_name(struct kunit *test)
{
	static const char * const names[] = { "m", "a", "z", "zz", "b", "Z" };
	struct npv_profile *profile;
	struct npv_policy *policy;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		KUNIT_ASSERT_EQ(test, add_profile(test, 0, names[i], 6), 0);
	KUNIT_EXPECT_EQ(test, add_profile(test, 0, "zz", 7), -EEXIST);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		profile = npv_policy_find_profile(live(test), names[i]);
		KUNIT_ASSERT_NOT_NULL(test, profile);
		KUNIT_EXPECT_STREQ(test, profile->name, names[i]);
	}
	KUNIT_EXPECT_NULL(test, npv_policy_find_profile(live(test), "y"));
	for (i = 1; i < ARRAY_SIZE(names); i++)
		KUNIT_EXPECT_LT(test, strcmp(live(test)->profile[i - 1]->name,
					     live(test)->profile[i]->name), 0);

	/* What is set is another; what is gone is gone. */
	profile = npv_profile_alloc("m");
	KUNIT_ASSERT_NOT_NULL(test, profile);
	profile->strict = true;
	policy = edit(test, 0);
	KUNIT_EXPECT_EQ(test, edited(test, 0, policy,
				     npv_policy_set_profile(policy, profile)), 0);
	KUNIT_EXPECT_TRUE(test, npv_policy_find_profile(live(test), "m")->strict);
	KUNIT_EXPECT_EQ(test, del_profile(test, 0, "m"), 0);
	KUNIT_EXPECT_NULL(test, npv_policy_find_profile(live(test), "m"));
}

static void npv_policy__a_profile_in_use_stays(struct kunit *test)
{
	struct npv_policy *policy;

	KUNIT_ASSERT_EQ(test, add_profile(test, 0, "mine", 8), 0);
	KUNIT_ASSERT_EQ(test, add_profile(test, 0, "other", 8), 0);
	KUNIT_ASSERT_EQ(test, add_rule(test, 0, 1, 1, "mine", 8), 0);
	KUNIT_EXPECT_EQ(test, npv_policy_rules_of(live(test), "mine"), 1);
	KUNIT_EXPECT_EQ(test, del_profile(test, 0, "mine"), -EBUSY);
	policy = edit(test, 0);
	KUNIT_EXPECT_EQ(test, npv_policy_flush_profiles(policy), 1);
	edited(test, 0, policy, 0);
	KUNIT_EXPECT_EQ(test, live(test)->n_profiles, 1);
	KUNIT_EXPECT_STREQ(test, live(test)->profile[0]->name, "mine");
	policy = edit(test, 0);
	npv_policy_flush_rules(policy);
	edited(test, 0, policy, 0);
	KUNIT_EXPECT_EQ(test, del_profile(test, 0, "mine"), 0);
}

static void npv_policy__builtins_stay_as_they_are(struct kunit *test)
{
	struct npv_profile *first, *profile;
	struct npv_policy *policy;
	unsigned int i, n;

	n = npv_profile_builtins(&first);
	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_TRUE(test, first[i].builtin);
		KUNIT_EXPECT_TRUE(test, npv_profile_name_valid(first[i].name));
		KUNIT_EXPECT_PTR_EQ(test, &first[i],
				    npv_policy_find_profile(live(test), first[i].name));
		KUNIT_EXPECT_EQ(test, add_profile(test, 0, first[i].name, 99), -EEXIST);
		KUNIT_EXPECT_EQ(test, del_profile(test, 0, first[i].name), -EBUSY);
		profile = npv_profile_alloc(first[i].name);
		KUNIT_ASSERT_NOT_NULL(test, profile);
		policy = edit(test, 0);
		KUNIT_EXPECT_EQ(test, edited(test, 0, policy,
					     npv_policy_set_profile(policy, profile)),
				-EBUSY);
		npv_profile_put(profile);
	}
	KUNIT_EXPECT_PTR_EQ(test, npv_profile_auto(), &first[0]);
	KUNIT_EXPECT_EQ(test, first[0].says.says, 0);
}

static void npv_policy__endpoints(struct kunit *test)
{
	struct npv_policy *policy;
	struct npv_named *named;

	KUNIT_ASSERT_EQ(test, add_named(test, 9, 0x0a000001, "", 3), 0);
	KUNIT_ASSERT_EQ(test, add_named(test, 4, 0x0a000001, "eth0", 3), 0);
	KUNIT_ASSERT_EQ(test, add_named(test, 6, 0x0a000001, "eth1", 3), 0);
	KUNIT_EXPECT_EQ(test, add_named(test, 5, 0x0a000001, "", 4), -EEXIST);
	KUNIT_EXPECT_EQ(test, add_named(test, 6, 0x0a000002, "", 4), -EEXIST);
	KUNIT_EXPECT_EQ(test, add_named(test, 5, 0x0a000002, "", 3), -ENOSPC);
	KUNIT_EXPECT_EQ(test, live(test)->named[0]->id, 4);
	KUNIT_EXPECT_EQ(test, live(test)->named[2]->id, 9);
	KUNIT_EXPECT_NULL(test, npv_policy_find_named(live(test), 5));

	named = npv_named_alloc();
	KUNIT_ASSERT_NOT_NULL(test, named);
	named->id = 6;
	named->set.cost = 17;
	policy = edit(test, 0);
	KUNIT_EXPECT_EQ(test, edited(test, 0, policy,
				     npv_policy_set_named(policy, named)), 0);
	KUNIT_EXPECT_EQ(test, npv_policy_find_named(live(test), 6)->set.cost, 17);

	policy = edit(test, 0);
	KUNIT_EXPECT_EQ(test, edited(test, 0, policy,
				     npv_policy_del_named(policy, 4)), 0);
	KUNIT_EXPECT_EQ(test, live(test)->n_named, 2);
	policy = edit(test, 0);
	KUNIT_EXPECT_EQ(test, edited(test, 0, policy,
				     npv_policy_del_named(policy, 4)), -ENOENT);
	policy = edit(test, 0);
	KUNIT_EXPECT_EQ(test, npv_policy_flush_named(policy), 2);
	KUNIT_EXPECT_EQ(test, npv_policy_flush_named(policy), 0);
	edited(test, 0, policy, 0);
	KUNIT_EXPECT_EQ(test, live(test)->n_named, 0);
}

static void npv_policy__limits(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, add_rule(test, 0, 1, 1, "auto", 0), -ENOSPC);
	KUNIT_EXPECT_EQ(test, add_rule(test, 0, 1, 1, "auto", 1), 0);
	KUNIT_EXPECT_EQ(test, add_rule(test, 0, 2, 1, "auto", 1), -ENOSPC);
	KUNIT_EXPECT_EQ(test, add_profile(test, 0, "a", 1), 0);
	KUNIT_EXPECT_EQ(test, add_profile(test, 0, "b", 1), -ENOSPC);
}

static void npv_policy__a_draft_is_seen_by_its_socket_only(struct kunit *test)
{
	const struct npv_policy *before = live(test);
	bool changed;

	KUNIT_ASSERT_EQ(test, begin(test, 0), 0);
	KUNIT_EXPECT_EQ(test, begin(test, 0), -EALREADY);
	KUNIT_ASSERT_EQ(test, add_profile(test, 0, "mine", 8), 0);
	KUNIT_ASSERT_EQ(test, add_rule(test, 0, 1, 1, "mine", 8), 0);
	KUNIT_EXPECT_EQ(test, seen(test, 0)->n_rules, 1);
	KUNIT_EXPECT_PTR_EQ(test, live(test), before);
	KUNIT_EXPECT_EQ(test, live(test)->n_rules, 0);

	KUNIT_EXPECT_EQ(test, commit(test, 1, &changed), -ENOENT);
	KUNIT_EXPECT_EQ(test, commit(test, 0, &changed), 0);
	KUNIT_EXPECT_TRUE(test, changed);
	KUNIT_EXPECT_EQ(test, live(test)->n_rules, 1);
	KUNIT_EXPECT_EQ(test, live(test)->n_profiles, 1);
	KUNIT_EXPECT_EQ(test, commit(test, 0, &changed), -ENOENT);

	/* From now on it changes what is in force. */
	KUNIT_ASSERT_EQ(test, add_rule(test, 0, 2, 1, "mine", 8), 0);
	KUNIT_EXPECT_EQ(test, live(test)->n_rules, 2);
}

static void npv_policy__one_number_for_a_whole_draft(struct kunit *test)
{
	u32 generation = live(test)->generation;
	bool changed;

	KUNIT_ASSERT_EQ(test, begin(test, 0), 0);
	KUNIT_EXPECT_EQ(test, commit(test, 0, &changed), 0);
	KUNIT_EXPECT_FALSE(test, changed);
	KUNIT_EXPECT_EQ(test, live(test)->generation, generation);

	KUNIT_ASSERT_EQ(test, begin(test, 0), 0);
	KUNIT_ASSERT_EQ(test, add_rule(test, 0, 1, 1, "auto", 8), 0);
	KUNIT_ASSERT_EQ(test, add_rule(test, 0, 2, 1, "auto", 8), 0);
	KUNIT_EXPECT_EQ(test, commit(test, 0, &changed), 0);
	KUNIT_EXPECT_EQ(test, live(test)->generation, generation + 1);
}

static void npv_policy__the_first_to_commit_wins(struct kunit *test)
{
	bool changed;

	KUNIT_ASSERT_EQ(test, begin(test, 0), 0);
	KUNIT_ASSERT_EQ(test, begin(test, 1), 0);
	KUNIT_ASSERT_EQ(test, add_rule(test, 0, 1, 1, "auto", 8), 0);
	KUNIT_ASSERT_EQ(test, add_rule(test, 1, 1, 1, "bulk", 8), 0);
	KUNIT_EXPECT_EQ(test, commit(test, 1, &changed), 0);
	KUNIT_EXPECT_EQ(test, commit(test, 0, &changed), -EAGAIN);
	KUNIT_EXPECT_FALSE(test, changed);
	KUNIT_EXPECT_EQ(test, live(test)->n_rules, 1);
	KUNIT_EXPECT_STREQ(test, live(test)->rule[0]->profile, "bulk");
	/* It is forgotten, and can begin again. */
	KUNIT_EXPECT_EQ(test, commit(test, 0, &changed), -ENOENT);
	KUNIT_ASSERT_EQ(test, begin(test, 0), 0);
	KUNIT_EXPECT_EQ(test, seen(test, 0)->n_rules, 1);

	/* So does who has changed something without. */
	KUNIT_ASSERT_EQ(test, add_rule(test, 2, 2, 1, "auto", 8), 0);
	KUNIT_EXPECT_EQ(test, commit(test, 0, &changed), -EAGAIN);
}

static void npv_policy__drafts_are_few(struct kunit *test)
{
	bool changed;
	unsigned int i;

	for (i = 0; i < NPV_DRAFTS_MAX; i++)
		KUNIT_ASSERT_EQ(test, begin(test, i), 0);
	KUNIT_EXPECT_EQ(test, begin(test, NPV_DRAFTS_MAX), -EBUSY);
	KUNIT_EXPECT_EQ(test, commit(test, 3, &changed), 0);
	KUNIT_EXPECT_EQ(test, begin(test, NPV_DRAFTS_MAX), 0);
}

static void npv_policy__drafts_go_with_their_sockets(struct kunit *test)
{
	struct policy_test *t = test->priv;

	policies_released(&t->ps);
	KUNIT_ASSERT_EQ(test, begin(test, 0), 0);
	KUNIT_ASSERT_EQ(test, begin(test, 1), 0);
	KUNIT_ASSERT_EQ(test, add_rule(test, 1, 1, 1, "auto", 8), 0);
	sock_set_flag(t->sk[0], SOCK_DEAD);
	policies_released(&t->ps);
	KUNIT_EXPECT_EQ(test, t->ps.n_drafts, 1);
	KUNIT_EXPECT_EQ(test, refcount_read(&t->sk[0]->sk_refcnt), 1);
	KUNIT_EXPECT_EQ(test, seen(test, 1)->n_rules, 1);
	/* The rest is dropped when the namespace ends: policy_test_exit() */
}

/* As policies_decide(), but for the rule's number */
static struct npv_profile *decide(struct npv_policies *ps, const struct npv_subject *sub,
				  u64 *last, u32 *id)
{
	struct npv_profile *profile;
	struct npv_rule *rule;

	profile = policies_decide(ps, sub, last, &rule);
	*id = rule ? rule->id : 0;
	npv_rule_put(rule);
	return profile;
}

static void npv_policy_decide__the_first_that_matches(struct kunit *test)
{
	struct npv_subject sub = { .uid = 5, .port = 80, .type = SOCK_STREAM };
	struct policy_test *t = test->priv;
	struct npv_profile *profile;
	u64 last = 0, mine;
	unsigned int round;
	u32 id;

	KUNIT_EXPECT_NULL(test, decide(&t->ps, &sub, &last, &id));
	KUNIT_EXPECT_EQ(test, last, 0);
	KUNIT_ASSERT_EQ(test, add_profile(test, 0, "mine", 8), 0);
	KUNIT_ASSERT_EQ(test, add_rule(test, 0, 1, 20, "bulk", 8), 0);
	KUNIT_ASSERT_EQ(test, add_rule(test, 0, 2, 10, "mine", 8), 0);
	live(test)->rule[0]->sel.uid_max = 5;
	mine = live(test)->rule[0]->serial;

	/* One by one while somebody has the lock, then by a classifier */
	for (round = 0; round < 2; round++) {
		if (!round)
			mutex_lock(&t->ps.lock);
		sub.uid = 5;
		last = 0;
		profile = decide(&t->ps, &sub, &last, &id);
		KUNIT_ASSERT_NOT_NULL(test, profile);
		KUNIT_EXPECT_STREQ(test, profile->name, "mine");
		KUNIT_EXPECT_EQ(test, id, 2);
		npv_profile_put(profile);
		KUNIT_EXPECT_EQ(test, last, mine);
		sub.uid = 6;
		profile = decide(&t->ps, &sub, NULL, &id);
		KUNIT_ASSERT_NOT_NULL(test, profile);
		KUNIT_EXPECT_STREQ(test, profile->name, "bulk");
		KUNIT_EXPECT_EQ(test, id, 1);
		npv_profile_put(profile);
		if (!round)
			mutex_unlock(&t->ps.lock);
		KUNIT_EXPECT_EQ(test, !live(test)->classifier, !round);
	}
	KUNIT_EXPECT_EQ(test, atomic64_read(&live(test)->rule[0]->hits), 2);
	KUNIT_EXPECT_EQ(test, atomic64_read(&live(test)->rule[1]->hits), 0);

	/* A profile that a session has outlives its policy. */
	sub.uid = 5;
	profile = decide(&t->ps, &sub, &last, &id);
	KUNIT_ASSERT_NOT_NULL(test, profile);
	policies_exit(&t->ps);
	rcu_barrier();
	KUNIT_EXPECT_EQ(test, refcount_read(&profile->ref), 1);
	npv_profile_put(profile);
	KUNIT_ASSERT_EQ(test, policies_init(&t->ps), 0);
}

/* A session is one hit of a rule, however often it is decided for. */
static void npv_policy_decide__a_hit_is_a_session(struct kunit *test)
{
	static const struct {
		bool set;
		u32 uid;
		s64 hits;
	} step[] = {
		{ false, 5, 1 }, { false, 5, 1 },
		/* Another rule, and the first again */
		{ false, 6, 1 }, { false, 5, 2 },
		/* One that was set is a new one. */
		{ true, 5, 1 }, { false, 5, 1 },
	};
	struct npv_subject sub = { .port = 80, .type = SOCK_STREAM };
	struct policy_test *t = test->priv;
	struct npv_rule *rule;
	unsigned int i;
	u64 last = 0;
	u32 id;

	KUNIT_ASSERT_EQ(test, add_rule(test, 0, 1, 20, "bulk", 8), 0);
	KUNIT_ASSERT_EQ(test, add_rule(test, 0, 2, 10, "auto", 8), 0);
	for (i = 0; i < ARRAY_SIZE(step); i++) {
		if (step[i].set) {
			rule = npv_rule_alloc();
			KUNIT_ASSERT_NOT_NULL(test, rule);
			rule->id = 2;
			rule->priority = 10;
			strscpy(rule->profile, "auto", sizeof(rule->profile));
			npv_rule_put(live(test)->rule[0]);
			live(test)->rule[0] = rule;
		}
		rule = live(test)->rule[0];
		rule->sel.uid_max = 5;
		sub.uid = step[i].uid;
		/* Rules that are changed under it are gone through one by one. */
		mutex_lock(&t->ps.lock);
		npv_profile_put(decide(&t->ps, &sub, &last, &id));
		mutex_unlock(&t->ps.lock);
		KUNIT_EXPECT_EQ_MSG(test, atomic64_read(&rule->hits), step[i].hits,
				    "step %u", i);
	}
	KUNIT_EXPECT_EQ(test, atomic64_read(&live(test)->rule[1]->hits), 1);
}

static void npv_rule_peer_name__names(struct kunit *test)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{ "Example.ORG", "example.org" },
		{ "*.example.org", "*.example.org" },
		{ "a_b.xn--bcher-kva.example", "a_b.xn--bcher-kva.example" },
		{ "localhost", "localhost" },
		{ "*.org", "*.org" },
		{ "a.", "a" }, { "*.A.", "*.a" },
		{ "" }, { "." }, { "*" }, { "*." }, { "a..b" }, { ".a" }, { "a.." }, { "*.." },
		{ "a.*.b" }, { "*a.b" }, { "a*" }, { "*.*.b" }, { "b\xc3\xbc" }, { "a b" },
		{ "a/b" },
	};
	char name[NPV_PEER_NAME_MAX], longest[NPV_PEER_NAME_MAX + 1];
	unsigned int i;
	bool fine;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		fine = npv_rule_peer_name(name, cases[i].from);
		KUNIT_EXPECT_EQ_MSG(test, fine, !!cases[i].to, "%s", cases[i].from);
		if (fine && cases[i].to)
			KUNIT_EXPECT_STREQ(test, name, cases[i].to);
	}

	memset(longest, 'a', sizeof(longest) - 1);
	longest[NPV_PEER_NAME_MAX] = '\0';
	for (i = 63; i < NPV_PEER_NAME_MAX; i += 64)
		longest[i] = '.';
	KUNIT_EXPECT_FALSE(test, npv_rule_peer_name(name, longest));
	longest[NPV_PEER_NAME_MAX - 1] = '.';
	KUNIT_EXPECT_TRUE(test, npv_rule_peer_name(name, longest));
	longest[NPV_PEER_NAME_MAX - 1] = '\0';
	KUNIT_EXPECT_TRUE(test, npv_rule_peer_name(name, longest));
	longest[63] = 'a';
	KUNIT_EXPECT_FALSE(test, npv_rule_peer_name(name, longest));
}

static void npv_profile_name_valid__names(struct kunit *test)
{
	static const char * const valid[] = { "a", "9", "Lap-top_2.x", "a-" };
	static const char * const invalid[] = {
		"", "-a", ".a", "_", "a b", "a/b", "a*", "\xc3\xbc",
		"abcdefghijklmnopqrstuvwxyz012345",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(valid); i++)
		KUNIT_EXPECT_TRUE(test, npv_profile_name_valid(valid[i]));
	for (i = 0; i < ARRAY_SIZE(invalid); i++)
		KUNIT_EXPECT_FALSE(test, npv_profile_name_valid(invalid[i]));
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE(npv_policy__a_change_is_in_force_at_once),
	KUNIT_CASE(npv_policy__what_is_refused_changes_nothing),
	KUNIT_CASE(npv_policy__rules_are_in_order),
	KUNIT_CASE(npv_policy__numbers_are_free_ones),
	KUNIT_CASE(npv_policy__profiles_are_found_by_name),
	KUNIT_CASE(npv_policy__a_profile_in_use_stays),
	KUNIT_CASE(npv_policy__builtins_stay_as_they_are),
	KUNIT_CASE(npv_policy__endpoints),
	KUNIT_CASE(npv_policy__limits),
	KUNIT_CASE(npv_policy__a_draft_is_seen_by_its_socket_only),
	KUNIT_CASE(npv_policy__one_number_for_a_whole_draft),
	KUNIT_CASE(npv_policy__the_first_to_commit_wins),
	KUNIT_CASE(npv_policy__drafts_are_few),
	KUNIT_CASE(npv_policy__drafts_go_with_their_sockets),
	KUNIT_CASE(npv_policy_decide__the_first_that_matches),
	KUNIT_CASE(npv_policy_decide__a_hit_is_a_session),
	KUNIT_CASE(npv_rule_peer_name__names),
	KUNIT_CASE(npv_profile_name_valid__names),
	{}
};

static struct kunit_suite policy_suite = {
	.name = "npv_policy",
	.init = policy_test_init,
	.exit = policy_test_exit,
	.test_cases = policy_cases,
};

kunit_test_suite(policy_suite);
