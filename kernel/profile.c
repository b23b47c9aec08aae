// SPDX-License-Identifier: GPL-2.0
/*
 * Profiles: named recipes for the composition of sessions, and those that come with
 * the module. Documentation/policy.rst says what each of these is for.
 */

#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "profile.h"

static struct npv_profile builtins[] = {
	/* Says nothing: as programs and the settings of the namespace have it */
	{ .name = "auto", .builtin = true },
	{
		.name = "interactive",
		.builtin = true,
		.says = {
			.says = NPV_SAYS_POLICY | NPV_SAYS_CAPACITY,
			.policy = NPV_MULTIPATH_POLICY_INTERACTIVE,
			.capacity = NPV_CAPACITY_LOW_LATENCY_INTERACTIVE,
			.metered = NPV_PREFERENCE_AVOID,
		},
	},
	{
		.name = "bulk",
		.builtin = true,
		.says = {
			.says = NPV_SAYS_MULTIPATH | NPV_SAYS_POLICY |
				NPV_SAYS_CAPACITY | NPV_SAYS_STACKS,
			.multipath = NPV_MULTIPATH_ACTIVE,
			.policy = NPV_MULTIPATH_POLICY_AGGREGATE,
			.capacity = NPV_CAPACITY_CAPACITY_SEEKING,
			.stacks = 8,
		},
	},
	{
		.name = "handover",
		.builtin = true,
		.says = {
			.says = NPV_SAYS_MULTIPATH | NPV_SAYS_POLICY,
			.multipath = NPV_MULTIPATH_ACTIVE,
			.policy = NPV_MULTIPATH_POLICY_HANDOVER,
		},
	},
	{
		/* Two of each piece: one for the loss of the other */
		.name = "redundant",
		.builtin = true,
		.says = {
			.says = NPV_SAYS_MULTIPATH | NPV_SAYS_POLICY |
				NPV_SAYS_SCHEDULER | NPV_SAYS_COPIES,
			.multipath = NPV_MULTIPATH_ACTIVE,
			.policy = NPV_MULTIPATH_POLICY_AGGREGATE,
			.scheduler = "redundant",
			.copies = 2,
		},
	},
	{
		/* One that is free carries all; a second is ready, and costs nothing */
		.name = "metered",
		.builtin = true,
		.says = {
			.says = NPV_SAYS_MULTIPATH | NPV_SAYS_POLICY |
				NPV_SAYS_STACKS | NPV_SAYS_KEEPALIVE,
			.metered = NPV_PREFERENCE_AVOID,
			.multipath = NPV_MULTIPATH_ACTIVE,
			.policy = NPV_MULTIPATH_POLICY_HANDOVER,
			.stacks = 2,
			.keepalive_s = 0,
		},
	},
	{
		.name = "plain-only",
		.builtin = true,
		.says = {
			.says = NPV_SAYS_MODE,
			.mode = NPV_SESSION_MODE_PLAIN,
		},
	},
};

/**
 * npv_profile_builtins() - the profiles that come with the module
 * @first: set to the first of them; they lie one after the other
 *
 * Context: any.
 * Return: how many there are.
 */
unsigned int npv_profile_builtins(struct npv_profile **first)
{
	*first = builtins;
	return ARRAY_SIZE(builtins);
}

/**
 * npv_profile_builtin() - the profile of a name that comes with the module
 * @name: the name
 *
 * Context: any.
 * Return: it, NULL if there is none.
 */
struct npv_profile *npv_profile_builtin(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(builtins); i++)
		if (!strcmp(builtins[i].name, name))
			return &builtins[i];

	return NULL;
}

/**
 * npv_profile_auto() - the profile "auto", which says nothing
 *
 * Context: any.
 * Return: it, with a reference for npv_profile_put().
 */
struct npv_profile *npv_profile_auto(void)
{
	return npv_profile_get(&builtins[0]);
}

/**
 * npv_profile_name_valid() - whether a profile can have a name
 * @name: the name
 *
 * Context: any.
 * Return: whether it is of letters, digits, hyphens, dots and underscores, begins
 * with none of the signs, and is short enough.
 */
bool npv_profile_name_valid(const char *name)
{
	size_t i, len = strnlen(name, NPV_PROFILE_NAME_MAX);

	if (!len || len == NPV_PROFILE_NAME_MAX || !isascii(name[0]) ||
	    !isalnum(name[0]))
		return false;
	for (i = 1; i < len; i++)
		if (!isascii(name[i]) ||
		    (!isalnum(name[i]) && !strchr("-._", name[i])))
			return false;

	return true;
}

/**
 * npv_profile_alloc() - make a profile that says nothing
 * @name: its name
 *
 * Context: process, may sleep.
 * Return: it, with a reference for npv_profile_put(); NULL without memory.
 */
struct npv_profile *npv_profile_alloc(const char *name)
{
	struct npv_profile *profile;

	profile = kzalloc(sizeof(*profile), GFP_KERNEL_ACCOUNT);
	if (!profile)
		return NULL;
	refcount_set(&profile->ref, 1);
	strscpy(profile->name, name, sizeof(profile->name));

	return profile;
}

/**
 * npv_profile_get() - take a reference to a profile
 * @profile: a profile that somebody has, or one of a policy in force, under RCU
 *
 * Context: any.
 * Return: @profile.
 */
struct npv_profile *npv_profile_get(struct npv_profile *profile)
{
	if (!profile->builtin)
		refcount_inc(&profile->ref);

	return profile;
}

/**
 * npv_profile_put() - drop a reference to a profile
 * @profile: the profile, or NULL
 *
 * Context: any.
 */
void npv_profile_put(struct npv_profile *profile)
{
	if (profile && !profile->builtin &&
	    refcount_dec_and_test(&profile->ref))
		kfree(profile);
}
