// SPDX-License-Identifier: GPL-2.0
/* Rules: which sessions have which profile. */

#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "rule.h"

/* Length of a part of a name between two dots (RFC 1035, section 2.3.4) */
#define LABEL_MAX	63

static atomic64_t rule_serial;

/**
 * npv_rule_alloc() - make a rule for all sessions, without a number or a profile
 *
 * Context: process, may sleep.
 * Return: it, with a reference for npv_rule_put(); NULL without memory.
 */
struct npv_rule *npv_rule_alloc(void)
{
	struct npv_rule *rule;

	rule = kzalloc(sizeof(*rule), GFP_KERNEL_ACCOUNT);
	if (!rule)
		return NULL;
	refcount_set(&rule->ref, 1);
	rule->serial = atomic64_inc_return(&rule_serial);
	rule->priority = NPV_RULE_PRIORITY;
	rule->sel.uid_max = U32_MAX;
	rule->sel.gid_max = U32_MAX;
	rule->sel.port_max = U16_MAX;
	rule->sel.capacity = NPV_ANY;
	rule->sel.policy = NPV_ANY;

	return rule;
}

/**
 * npv_rule_get() - take a reference to a rule
 * @rule: one that somebody has, or one of a policy in force, under RCU
 *
 * Context: any.
 * Return: @rule.
 */
struct npv_rule *npv_rule_get(struct npv_rule *rule)
{
	refcount_inc(&rule->ref);

	return rule;
}

/**
 * npv_rule_put() - drop a reference to a rule
 * @rule: the rule, or NULL
 *
 * Context: any.
 */
void npv_rule_put(struct npv_rule *rule)
{
	if (rule && refcount_dec_and_test(&rule->ref))
		kfree(rule);
}

/**
 * npv_rule_before() - whether one rule is looked at before another
 * @a: the one
 * @b: the other
 *
 * Context: any.
 * Return: whether it is: by priority, then by number.
 */
bool npv_rule_before(const struct npv_rule *a, const struct npv_rule *b)
{
	if (a->priority != b->priority)
		return a->priority < b->priority;

	return a->id < b->id;
}

/**
 * npv_rule_peer_name() - take over the name of a peer that a rule is about
 * @to: set to it in lower case, without a dot at its end; NPV_PEER_NAME_MAX bytes
 * @from: the name, or *. and the name of what it is below of
 *
 * Context: any.
 * Return: whether it is such a name: of letters, digits, hyphens and underscores
 * between single dots.
 */
bool npv_rule_peer_name(char *to, const char *from)
{
	size_t i = 0, len = strnlen(from, NPV_PEER_NAME_MAX + 1), label = 0;

	if (len && from[len - 1] == '.')
		len--;
	if (len >= NPV_PEER_NAME_MAX)
		return false;

	if (!strncmp(from, "*.", 2)) {
		memcpy(to, "*.", 2);
		i = 2;
	}
	for (; i < len; i++) {
		char c = from[i];

		if (c == '.') {
			if (!label)
				return false;
			label = 0;
		} else if (!isascii(c) || (!isalnum(c) && c != '-' && c != '_') ||
			   ++label > LABEL_MAX) {
			return false;
		}
		to[i] = tolower(c);
	}
	to[i] = '\0';

	return label;
}
