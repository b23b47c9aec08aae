// SPDX-License-Identifier: GPL-2.0
/*
 * Capacity profiles: what follows from them for one stack. The code points are those
 * that RFC 9622 recommends, section 8.1.6, each the first of its class. Priorities are
 * those for which pfifo_fast, prio and their like have bands by default.
 */

#include <linux/kernel.h>
#include <linux/pkt_sched.h>

#include "capacity.h"

/* RFC 2597, section 6, and RFC 8622 */
#define DSCP_LE		1
#define DSCP_AF11	10
#define DSCP_AF21	18
#define DSCP_AF31	26
#define DSCP_AF41	34

static const struct npv_capacity_hints capacity_hints[] = {
	[NPV_CAPACITY_DEFAULT] = {
		.priority = TC_PRIO_BESTEFFORT,
	},
	[NPV_CAPACITY_SCAVENGER] = {
		.dscp = DSCP_LE,
		.priority = TC_PRIO_FILLER,
	},
	[NPV_CAPACITY_LOW_LATENCY_INTERACTIVE] = {
		.dscp = DSCP_AF41,
		.priority = TC_PRIO_INTERACTIVE,
		.nodelay = true,
	},
	[NPV_CAPACITY_LOW_LATENCY_NON_INTERACTIVE] = {
		.dscp = DSCP_AF21,
		.priority = TC_PRIO_INTERACTIVE_BULK,
		.nodelay = true,
	},
	[NPV_CAPACITY_CONSTANT_RATE_STREAMING] = {
		.dscp = DSCP_AF31,
		.priority = TC_PRIO_INTERACTIVE_BULK,
		.nodelay = true,
	},
	[NPV_CAPACITY_CAPACITY_SEEKING] = {
		.dscp = DSCP_AF11,
		.priority = TC_PRIO_BULK,
	},
};

/**
 * npv_capacity_hints() - what a capacity profile means for a stack
 * @capacity: enum npv_capacity; what isn't one counts as the default
 *
 * Context: any.
 * Return: what it means.
 */
const struct npv_capacity_hints *npv_capacity_hints(u8 capacity)
{
	if (capacity >= ARRAY_SIZE(capacity_hints))
		capacity = NPV_CAPACITY_DEFAULT;
	return &capacity_hints[capacity];
}

#if IS_ENABLED(CONFIG_KUNIT)
#include "test/capacity_test.c"
#endif
