/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_PROBE_H
#define _NPV_PROBE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct in6_addr;
struct net;
struct npv_probe;
struct npv_race;
struct sock;

/**
 * struct npv_probes - questions whose answer comes late, if at all
 * @lock: protects @late and @n; inside of a session's lock
 * @late: struct npv_probe, the one to be given up first at the front
 * @n: number of them
 * @work: learns from the answers, and gives up
 */
struct npv_probes {
	struct mutex lock;	/* protects late, n */
	struct list_head late;
	unsigned int n;
	struct delayed_work work;
};

struct npv_probe *npv_probe_create(struct npv_race *race,
				   const struct sock *like, unsigned int n);
void npv_probe_ask(struct npv_probe *probe, unsigned int i,
		   const struct in6_addr *addr, u32 scope_id, struct sock *sk,
		   u64 edge);
int npv_probe_read(struct npv_probe *probe, unsigned int *refusal);
void npv_probe_free(struct npv_probe *probe);
void npv_probe_linger(struct npv_probe *probe);

void npv_probes_init(struct npv_probes *probes);
void npv_probes_exit(struct npv_probes *probes);

#endif /* _NPV_PROBE_H */
