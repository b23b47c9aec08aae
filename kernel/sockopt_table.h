/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_SOCKOPT_TABLE_H
#define _NPV_SOCKOPT_TABLE_H

#include <linux/types.h>

struct sock;

/**
 * enum npv_option_kind - what an option means for stacks to come
 * @NPV_OPT_PIN: it can't be given to another: it names a file, a pointer or a
 *	state of this very stack. The session then connects to one address only.
 * @NPV_OPT_REPLAY: every stack gets the value set last
 * @NPV_OPT_ONCE: it acts when set, or on the socket and not the stack
 */
enum npv_option_kind {
	NPV_OPT_PIN,
	NPV_OPT_REPLAY,
	NPV_OPT_ONCE,
};

/**
 * struct npv_option_entry - an option that programs set
 * @level: level
 * @name: option
 * @kind: what it means for stacks to come
 * @twin_level: level of the option that says the same for the other family,
 *	since a program that doesn't choose the family can't choose between
 *	the options
 * @twin_name: that option, 0 if there is none; its value is an int
 */
struct npv_option_entry {
	int level;
	int name;
	enum npv_option_kind kind;
	int twin_level;
	int twin_name;
};

const struct npv_option_entry *npv_option_lookup(int level, int name);
bool npv_option_guards(const struct npv_option_entry *entry);
bool npv_option_session_only(const struct npv_option_entry *entry);
bool npv_option_carries(const struct npv_option_entry *entry);
bool npv_option_udp_only(const struct npv_option_entry *entry);
bool npv_sockopt_suits(const struct sock *sk, int level, int name);

#endif /* _NPV_SOCKOPT_TABLE_H */
