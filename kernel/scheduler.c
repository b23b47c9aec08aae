// SPDX-License-Identifier: GPL-2.0
/* Schedulers: their registry, and which stacks they may choose from. */

#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "native.h"
#include "scheduler.h"
#include "sendq.h"
#include "subflow.h"
#include "stacks.h"

static DEFINE_SPINLOCK(sched_lock);	/* protects changes of sched_list */
static LIST_HEAD(sched_list);

/**
 * npv_sched_register() - offer a scheduler
 * @ops: the scheduler
 *
 * Context: any.
 * Return: 0; -EINVAL if it is incomplete; -EEXIST if its name is taken.
 */
int npv_sched_register(struct npv_sched_ops *ops)
{
	struct npv_sched_ops *it;
	int err = 0;

	if (!ops->pick || !ops->name[0])
		return -EINVAL;
	spin_lock(&sched_lock);
	list_for_each_entry(it, &sched_list, node)
		if (!strcmp(it->name, ops->name))
			err = -EEXIST;
	if (!err)
		list_add_tail_rcu(&ops->node, &sched_list);
	spin_unlock(&sched_lock);

	return err;
}

/**
 * npv_sched_unregister() - undo npv_sched_register()
 * @ops: the scheduler; sessions that use it hold its module
 *
 * Context: process, may sleep.
 */
void npv_sched_unregister(struct npv_sched_ops *ops)
{
	spin_lock(&sched_lock);
	list_del_rcu(&ops->node);
	spin_unlock(&sched_lock);
	synchronize_rcu();
}

/**
 * npv_sched_name() - the names of the schedulers there are
 * @i: 0, 1, …
 * @name: filled in, room for NPV_SCHED_NAME_MAX
 *
 * Context: any.
 * Return: 0, or -ENOENT behind the last.
 */
int npv_sched_name(unsigned int i, char *name)
{
	const struct npv_sched_ops *it;
	int err = -ENOENT;

	rcu_read_lock();
	list_for_each_entry_rcu(it, &sched_list, node) {
		if (i--)
			continue;
		strscpy(name, it->name, NPV_SCHED_NAME_MAX);
		err = 0;
		break;
	}
	rcu_read_unlock();

	return err;
}

/**
 * npv_sched_default() - the scheduler that a session begins with
 *
 * Context: any.
 * Return: it; part of this module.
 */
const struct npv_sched_ops *npv_sched_default(void)
{
	return &npv_sched_minrtt;
}

static const struct npv_sched_ops *sched_get(const char *name)
{
	const struct npv_sched_ops *it, *found = NULL;

	rcu_read_lock();
	list_for_each_entry_rcu(it, &sched_list, node)
		if (!strcmp(it->name, name) &&
		    (it->owner == THIS_MODULE || try_module_get(it->owner))) {
			found = it;
			break;
		}
	rcu_read_unlock();

	return found;
}

/**
 * npv_sched_exists() - whether there is a scheduler of a name
 * @name: the name
 *
 * Context: any.
 * Return: whether there is.
 */
bool npv_sched_exists(const char *name)
{
	const struct npv_sched_ops *ops = sched_get(name);

	if (ops && ops->owner != THIS_MODULE)
		module_put(ops->owner);
	return ops;
}

/**
 * npv_sched_put() - a session gives its scheduler up
 * @nat: the session
 *
 * Context: session lock held, or the session's end.
 */
void npv_sched_put(struct npv_native *nat)
{
	if (nat->sched->release)
		nat->sched->release(nat);
	/* This module is held by the session itself. */
	if (nat->sched->owner != THIS_MODULE)
		module_put(nat->sched->owner);
	nat->sched = &npv_sched_minrtt;
}

/**
 * npv_sched_set() - change a session's scheduler
 * @nat: the session
 * @name: name of the new one
 *
 * Context: process, session lock held.
 * Return: 0; -ENOENT if there is none of that name; what its init returns.
 */
int npv_sched_set(struct npv_native *nat, const char *name)
{
	const struct npv_sched_ops *ops = sched_get(name);
	unsigned int i;
	int err = 0;

	if (!ops)
		return -ENOENT;
	npv_sched_put(nat);
	for (i = 0; i < NPV_STACKS_MAX; i++)
		if (nat->slot[i])
			nat->slot[i]->credit = 0;
	nat->sched = ops;
	if (ops->init)
		err = ops->init(nat);
	if (err) {
		if (ops->owner != THIS_MODULE)
			module_put(ops->owner);
		nat->sched = &npv_sched_minrtt;
	}

	return err;
}

/* Stacks that may carry payload: @room: those with room for it only */
static unsigned long sched_mask(const struct npv_native *nat, bool room)
{
	unsigned long active = 0, backup = 0, suspect = 0;
	bool any_active = false, any_backup = false;
	unsigned int i;

	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		const struct npv_subflow *sub = nat->slot[i];
		bool has;

		if (!npv_stacks_usable(sub) || sub->paused ||
		    sub->peer_paused)
			continue;
		has = !room || npv_subflow_has_room(sub);
		if (sub->status == NPV_STACK_STATUS_SUSPECT) {
			suspect |= has ? BIT(i) : 0;
		} else if (sub->backup || sub->peer_backup) {
			any_backup = true;
			backup |= has ? BIT(i) : 0;
		} else {
			any_active = true;
			active |= has ? BIT(i) : 0;
		}
	}
	if (any_active)
		return active;
	return any_backup ? backup : suspect;
}

/**
 * npv_sched_pick() - the stack for the next piece of payload
 * @nat: the session
 *
 * Context: session lock held.
 * Return: it, or NULL if none has room.
 */
struct npv_subflow *npv_sched_pick(struct npv_native *nat)
{
	struct npv_subflow *sub;
	unsigned long mask;

	/* One, which nothing is the matter with, is the usual case. */
	if (nat->slots && !(nat->slots & (nat->slots - 1))) {
		sub = nat->slot[__ffs(nat->slots)];
		if (npv_stacks_usable(sub) && !sub->paused && !sub->peer_paused)
			return npv_subflow_has_room(sub) ? sub : NULL;
		return NULL;
	}

	mask = sched_mask(nat, !nat->sched->single);
	if (!mask)
		return NULL;
	if (nat->sched->single) {
		sub = nat->slot[nat->sched->pick(nat, mask)];
		return npv_subflow_has_room(sub) ? sub : NULL;
	}
	if (!(mask & (mask - 1)))
		return nat->slot[__ffs(mask)];
	return nat->slot[nat->sched->pick(nat, mask)];
}

/* Of those in a mask the @n with the shortest round trips; @n 0: all */
static unsigned long sched_nearest(const struct npv_native *nat, unsigned long mask,
				   unsigned int n)
{
	unsigned int i, farthest;

	while (n && hweight_long(mask) > n) {
		farthest = __ffs(mask);
		for_each_set_bit(i, &mask, NPV_STACKS_MAX)
			/* Where nothing was measured, 0 is the farthest. */
			if (nat->slot[i]->ops->srtt(nat->slot[i]) - 1 >=
			    nat->slot[farthest]->ops->srtt(nat->slot[farthest]) - 1)
				farthest = i;
		mask &= ~BIT(farthest);
	}
	return mask;
}

/**
 * npv_sched_pick_udp() - the stacks for the next message of a datagram session
 * @nat: the session
 *
 * Those of UDP only, and of them only such as payload would go to: where the only
 * ones that work well are TCP's there is none.
 *
 * Context: session lock held.
 * Return: places in npv_native.slot: one, or those of all copies; 0: none.
 */
unsigned long npv_sched_pick_udp(struct npv_native *nat)
{
	unsigned long mask = 0;
	unsigned int i;

	/* The usual case: some that nothing is the matter with */
	for_each_set_bit(i, &nat->slots, NPV_STACKS_MAX) {
		const struct npv_subflow *sub = nat->slot[i];

		if (!npv_subflow_is_tcp(sub) && npv_stacks_usable(sub) &&
		    sub->status != NPV_STACK_STATUS_SUSPECT && !sub->backup &&
		    !sub->peer_backup && !sub->paused && !sub->peer_paused)
			mask |= BIT(i);
	}
	if (!mask)
		mask = sched_mask(nat, false);
	for_each_set_bit(i, &mask, NPV_STACKS_MAX)
		if (npv_subflow_is_tcp(nat->slot[i]) ||
		    !npv_subflow_has_carrier(nat->slot[i]))
			mask &= ~BIT(i);
	if (!(mask & (mask - 1)))
		return mask;
	if (nat->sched->copies)
		return sched_nearest(nat, mask, nat->copies);
	return BIT(nat->sched->pick(nat, mask));
}

/* Give other stacks what one has just been given. */
static void sched_copy(struct npv_native *nat, const struct npv_subflow *first,
		       u64 seq)
{
	unsigned long mask = sched_mask(nat, true) & ~BIT(first->slot);
	struct npv_chunk *chunk;
	unsigned int i;

	if (nat->copies == 1)
		return;
	mask = sched_nearest(nat, mask, nat->copies ? nat->copies - 1 : 0);
	if (!mask)
		return;
	list_for_each_entry_reverse(chunk, &nat->sendq.chunks, node)
		if (chunk->seq <= seq)
			break;
	if (list_entry_is_head(chunk, &nat->sendq.chunks, node))
		chunk = list_first_entry(&nat->sendq.chunks, struct npv_chunk,
					 node);
	list_for_each_entry_from(chunk, &nat->sendq.chunks, node) {
		struct npv_chunk part = *chunk;

		/* What was added to it, not what it had before */
		if (part.seq < seq) {
			part.off += seq - part.seq;
			part.len -= seq - part.seq;
			part.seq = seq;
		}
		for_each_set_bit(i, &mask, NPV_STACKS_MAX)
			if (npv_subflow_resend(nat->slot[i], &part) ||
			    !npv_subflow_has_room(nat->slot[i]))
				mask &= ~BIT(i);
	}
}

/**
 * npv_sched_sent() - payload was given to a stack
 * @nat: the session
 * @sub: the stack
 * @seq: number of the first byte
 * @bytes: number of bytes
 *
 * Context: process, session lock held.
 */
void npv_sched_sent(struct npv_native *nat, struct npv_subflow *sub, u64 seq,
		    u32 bytes)
{
	if (nat->sched->sent)
		nat->sched->sent(nat, sub, bytes);
	if (unlikely(nat->sched->copies) && nat->several)
		sched_copy(nat, sub, seq);
}

static struct npv_sched_ops * const sched_builtin[] = {
	&npv_sched_minrtt, &npv_sched_weighted, &npv_sched_redundant,
	&npv_sched_backup,
};

/**
 * npv_sched_init() - register the schedulers of this module
 *
 * Context: module init.
 * Return: 0 or -errno.
 */
int __init npv_sched_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(sched_builtin); i++) {
		sched_builtin[i]->owner = THIS_MODULE;
		err = npv_sched_register(sched_builtin[i]);
		if (err)
			goto err_builtin;
	}
	return 0;

err_builtin:
	while (i--)
		npv_sched_unregister(sched_builtin[i]);
	return err;
}

/** npv_sched_exit() - undo npv_sched_init() */
void npv_sched_exit(void)
{
	unsigned int i = ARRAY_SIZE(sched_builtin);

	while (i--)
		npv_sched_unregister(sched_builtin[i]);
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/scheduler_test.c"
#endif
