/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_ENDPOINT_FIND_H
#define _NPV_ENDPOINT_FIND_H

struct net;
struct npv_endpoints;
struct npv_policy;

void npv_endpoint_find_all(struct net *net, const struct npv_policy *policy,
			   struct npv_endpoints *eps);
void npv_endpoint_find_speeds(struct net *net, struct npv_endpoints *eps);

#endif /* _NPV_ENDPOINT_FIND_H */
