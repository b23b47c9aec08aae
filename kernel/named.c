// SPDX-License-Identifier: GPL-2.0
/* Endpoints that operators have named: how an address or an interface is to be used. */

#include <linux/slab.h>

#include "endpoint.h"

/**
 * npv_named_alloc() - make an endpoint of an operator, used as any other
 *
 * Context: process, may sleep.
 * Return: it, without an address or an interface, with a reference for
 * npv_named_put(); NULL without memory.
 */
struct npv_named *npv_named_alloc(void)
{
	struct npv_named *named;

	named = kzalloc(sizeof(*named), GFP_KERNEL_ACCOUNT);
	if (!named)
		return NULL;
	refcount_set(&named->ref, 1);
	named->set.weight = NPV_ENDPOINT_WEIGHT;

	return named;
}

/**
 * npv_named_get() - take a reference to an operator's endpoint
 * @named: one that somebody has, or one of a policy in force, under RCU
 *
 * Context: any.
 * Return: @named.
 */
struct npv_named *npv_named_get(struct npv_named *named)
{
	refcount_inc(&named->ref);

	return named;
}

/**
 * npv_named_put() - drop a reference to an operator's endpoint
 * @named: the endpoint, or NULL
 *
 * Context: any.
 */
void npv_named_put(struct npv_named *named)
{
	if (named && refcount_dec_and_test(&named->ref))
		kfree(named);
}
