/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_SYSCTL_H
#define _NPV_SYSCTL_H

struct net;

int npv_sysctl_init(struct net *net);
void npv_sysctl_exit(struct net *net);

#endif /* _NPV_SYSCTL_H */
