/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_SCHEDULER_H
#define _NPV_SCHEDULER_H

#include <linux/list.h>
#include <linux/types.h>

#include "../uapi/linux/npv.h"

struct module;
struct npv_native;
struct npv_subflow;

#define NPV_SCHED_NAME_MAX	NPV_SCHEDULER_MAX

/**
 * struct npv_sched_ops - which stack carries the next piece of payload
 * @node: in the list of schedulers
 * @name: by which it is chosen
 * @owner: module that it lives in
 * @copies: every stack gets every piece
 * @single: it doesn't turn to another stack for want of room: @pick has those
 *	without in its mask too, and who is picked is waited for
 * @init: a session begins to use it; may be NULL. Return: 0 or -errno.
 * @release: the session uses it no more; may be NULL
 * @pick: choose one of the stacks in a mask of places in npv_native.slot, never
 *	empty: those that are up, not paused, and have room. Where there are any
 *	that are not backup it has only those. Return: the place.
 * @sent: a stack was given so many bytes; may be NULL
 *
 * All are called with the session's lock held. A session's state for its
 * scheduler is npv_native.sched_data; a stack's, npv_tcp.credit.
 */
struct npv_sched_ops {
	struct list_head node;
	char name[NPV_SCHED_NAME_MAX];
	struct module *owner;
	bool copies;
	bool single;

	int (*init)(struct npv_native *nat);
	void (*release)(struct npv_native *nat);
	unsigned int (*pick)(struct npv_native *nat, unsigned long mask);
	void (*sent)(struct npv_native *nat, struct npv_subflow *sub, u32 bytes);
};

int npv_sched_register(struct npv_sched_ops *ops);
void npv_sched_unregister(struct npv_sched_ops *ops);
int npv_sched_name(unsigned int i, char *name);

const struct npv_sched_ops *npv_sched_default(void);
int npv_sched_set(struct npv_native *nat, const char *name);
bool npv_sched_exists(const char *name);
void npv_sched_put(struct npv_native *nat);
struct npv_subflow *npv_sched_pick(struct npv_native *nat);
unsigned long npv_sched_pick_udp(struct npv_native *nat);
void npv_sched_sent(struct npv_native *nat, struct npv_subflow *sub, u64 seq,
		    u32 bytes);

int npv_sched_init(void);
void npv_sched_exit(void);

extern struct npv_sched_ops npv_sched_minrtt;
extern struct npv_sched_ops npv_sched_weighted;
extern struct npv_sched_ops npv_sched_redundant;
extern struct npv_sched_ops npv_sched_backup;

#endif /* _NPV_SCHEDULER_H */
