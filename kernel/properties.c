// SPDX-License-Identifier: GPL-2.0
/*
 * What a profile says and what a program says, made into what is to be done.
 *
 * A profile is an operator's: what it requires or prohibits stands. Its other
 * preferences, and its numbers, are a program's to change, unless it is strict.
 *
 * Nothing here knows of sessions, so that it can be tested outside the kernel.
 */

#include <linux/array_size.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include "properties.h"

#define AT(member)	offsetof(struct npv_properties, member)
#define SIZE(member)	sizeof_field(struct npv_properties, member)

/* The members that a bit of npv_properties.says is about */
static const struct {
	u32 bit;
	u16 offset;
	u16 size;
} scalars[] = {
	{ NPV_SAYS_MODE,	AT(mode),		SIZE(mode) },
	{ NPV_SAYS_MULTIPATH,	AT(multipath),		SIZE(multipath) },
	{ NPV_SAYS_POLICY,	AT(policy),		SIZE(policy) },
	{ NPV_SAYS_CAPACITY,	AT(capacity),		SIZE(capacity) },
	{ NPV_SAYS_STACKS,	AT(stacks),		SIZE(stacks) },
	{ NPV_SAYS_SCHEDULER,	AT(scheduler),		SIZE(scheduler) },
	{ NPV_SAYS_COPIES,	AT(copies),		SIZE(copies) },
	{ NPV_SAYS_SUSPECT,	AT(suspect_ms),		SIZE(suspect_ms) },
	{ NPV_SAYS_RECONNECT,	AT(reconnect_s),	SIZE(reconnect_s) },
	{ NPV_SAYS_KEEPALIVE,	AT(keepalive_s),	SIZE(keepalive_s) },
	{ NPV_SAYS_SNDBUF,	AT(sndbuf),		SIZE(sndbuf) },
	{ NPV_SAYS_RCVBUF,	AT(rcvbuf),		SIZE(rcvbuf) },
	{ NPV_SAYS_RATE,	AT(rate),		SIZE(rate) },
};

/* Length of what a name and all that it stands for have in common */
static size_t stem_len(const char *name)
{
	size_t len = strnlen(name, IFNAMSIZ);

	return len && name[len - 1] == '*' ? len - 1 : len;
}

/* How much a name says: of two that have a name in common the narrower says more. */
static size_t narrowness(const char *name)
{
	size_t stem = stem_len(name);

	return 2 * stem + (stem == strnlen(name, IFNAMSIZ));
}

/* Whether all that @name stands for, itself if it is none that ends in *, fits @wish */
static bool wish_covers(const char *wish, const char *name)
{
	size_t stem = stem_len(wish), len = strnlen(name, IFNAMSIZ);

	if (stem == strnlen(wish, IFNAMSIZ))
		return len == stem && !memcmp(wish, name, len);
	return stem <= stem_len(name) && !memcmp(wish, name, stem);
}

/**
 * npv_properties_interface() - how much an interface is wanted
 * @p: the properties
 * @name: name of the interface; one that ends in * asks for all that begin so
 *
 * Of the wishes that fit, the one that says most of the name decides: "eth0" rather
 * than "eth*" rather than "*".
 *
 * Context: any.
 * Return: how much, NPV_PREFERENCE_NONE if nothing is said of it.
 */
enum npv_preference npv_properties_interface(const struct npv_properties *p,
					     const char *name)
{
	const struct npv_interface_wish *wish, *best = NULL;
	unsigned int i;

	for (i = 0; i < p->n_interfaces; i++) {
		wish = &p->interface[i];
		if (wish_covers(wish->name, name) &&
		    (!best || narrowness(wish->name) > narrowness(best->name)))
			best = wish;
	}
	return best ? best->preference : NPV_PREFERENCE_NONE;
}

/**
 * npv_properties_interface_required() - whether an interface is required
 * @p: the properties
 *
 * Context: any.
 * Return: whether one is. Then all that aren't are as if prohibited.
 */
bool npv_properties_interface_required(const struct npv_properties *p)
{
	unsigned int i;

	for (i = 0; i < p->n_interfaces; i++)
		if (p->interface[i].preference == NPV_PREFERENCE_REQUIRE)
			return true;
	return false;
}

static bool is_firm(u8 preference)
{
	return preference == NPV_PREFERENCE_REQUIRE ||
	       preference == NPV_PREFERENCE_PROHIBIT;
}

static u8 merge_one(u8 profile, bool strict, u8 program)
{
	if (is_firm(profile) || (strict && profile != NPV_PREFERENCE_NONE))
		return profile;
	return program != NPV_PREFERENCE_NONE ? program : profile;
}

/*
 * Preferences of @n things, of which one that is required rules out those that are
 * not: by requiring another a program must not get past what an operator requires,
 * but it may be content with less of it.
 */
static void merge_group(u8 *out, const u8 *profile, bool strict, const u8 *program,
			unsigned int n)
{
	bool required = false, narrower = false;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (profile[i] != NPV_PREFERENCE_REQUIRE)
			continue;
		required = true;
		if (program[i] == NPV_PREFERENCE_REQUIRE)
			narrower = true;
	}
	for (i = 0; i < n; i++) {
		bool asked = program[i] == NPV_PREFERENCE_REQUIRE;
		bool given = profile[i] == NPV_PREFERENCE_REQUIRE;

		if (!required || given == asked)
			out[i] = merge_one(profile[i], strict, program[i]);
		else
			out[i] = given && narrower ? NPV_PREFERENCE_NONE : profile[i];
	}
}

/* Add the wishes of @p to the names in @out that aren't there yet. */
static void add_names(struct npv_properties *out, const struct npv_properties *p,
		      bool firm)
{
	unsigned int i, j;

	for (i = 0; i < p->n_interfaces; i++) {
		const struct npv_interface_wish *wish = &p->interface[i];

		if (is_firm(wish->preference) != firm)
			continue;
		for (j = 0; j < out->n_interfaces; j++)
			if (!strncmp(out->interface[j].name, wish->name, IFNAMSIZ))
				break;
		if (j < out->n_interfaces || j == NPV_INTERFACES_MAX)
			continue;
		out->interface[out->n_interfaces++] = *wish;
	}
}

/*
 * Any two names are disjoint, or one is within the other: so each name that one of
 * the two has gets what both say of all that it stands for, and every interface what
 * both say of it.
 */
static void merge_interfaces(struct npv_properties *out,
			     const struct npv_properties *profile, bool strict,
			     const struct npv_properties *program)
{
	u8 of_profile[NPV_INTERFACES_MAX] = {};
	u8 of_program[NPV_INTERFACES_MAX] = {};
	u8 merged[NPV_INTERFACES_MAX];
	unsigned int i;

	/* What there is no room for is rather a program's mere preference. */
	add_names(out, program, true);
	add_names(out, program, false);

	for (i = 0; i < out->n_interfaces; i++) {
		const char *name = out->interface[i].name;

		of_profile[i] = npv_properties_interface(profile, name);
		of_program[i] = npv_properties_interface(program, name);
	}
	merge_group(merged, of_profile, strict, of_program, out->n_interfaces);
	for (i = 0; i < out->n_interfaces; i++)
		out->interface[i].preference = merged[i];
}

/**
 * npv_properties_merge() - what follows from a profile and from what a program says
 * @out: filled in; neither of the other two
 * @profile: what the profile says
 * @strict: where the profile says something, what the program says doesn't count
 * @program: what the program says; NULL: nothing
 *
 * Preferences: what the profile requires or prohibits stands; of others the
 * program's, if it has one, and the profile isn't strict about the same. Of
 * transports, networks and interfaces a program can't require others than those that
 * the profile requires, but fewer of them. All else: the program's, but a strict
 * profile's goes first.
 *
 * Of interfaces the same holds for each by itself, whatever the names by which the
 * two mean it. There is room for NPV_INTERFACES_MAX names: the profile's, then those
 * that the program requires or prohibits, then its others.
 *
 * Context: any.
 */
void npv_properties_merge(struct npv_properties *out,
			  const struct npv_properties *profile, bool strict,
			  const struct npv_properties *program)
{
	unsigned int i;

	*out = *profile;
	if (!program)
		return;

	merge_group(out->transport, profile->transport, strict, program->transport, 2);
	merge_group(out->network, profile->network, strict, program->network, 2);
	out->metered = merge_one(profile->metered, strict, program->metered);
	out->temporary = merge_one(profile->temporary, strict, program->temporary);
	if (program->n_interfaces)
		merge_interfaces(out, profile, strict, program);

	for (i = 0; i < ARRAY_SIZE(scalars); i++) {
		if (!(program->says & scalars[i].bit) ||
		    (strict && profile->says & scalars[i].bit))
			continue;
		memcpy((u8 *)out + scalars[i].offset,
		       (const u8 *)program + scalars[i].offset, scalars[i].size);
		out->says |= scalars[i].bit;
	}
}

#ifdef __KERNEL__
#if IS_ENABLED(CONFIG_KUNIT)
#include "test/properties_test.c"
#endif
#endif
