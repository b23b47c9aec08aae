/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_PROFILE_H
#define _NPV_PROFILE_H

#include <linux/refcount.h>
#include <linux/types.h>

#include "properties.h"

/* Length of a profile's name, and the NUL behind it */
#define NPV_PROFILE_NAME_MAX	32

/**
 * struct npv_profile - a named recipe; it never changes
 * @ref: the policies and sessions that have it
 * @name: by which it is chosen
 * @builtin: it comes with the module: one object for all namespaces, never freed
 * @strict: where it says something, what a program says doesn't count
 * @says: what it says
 *
 * To change one is to put another of its name in its place.
 */
struct npv_profile {
	refcount_t ref;
	char name[NPV_PROFILE_NAME_MAX];
	bool builtin;
	bool strict;
	struct npv_properties says;
};

struct npv_profile *npv_profile_get(struct npv_profile *profile);
void npv_profile_put(struct npv_profile *profile);
struct npv_profile *npv_profile_auto(void);
struct npv_profile *npv_profile_builtin(const char *name);
unsigned int npv_profile_builtins(struct npv_profile **first);
bool npv_profile_name_valid(const char *name);
struct npv_profile *npv_profile_alloc(const char *name);

#endif /* _NPV_PROFILE_H */
