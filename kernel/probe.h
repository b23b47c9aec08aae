/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_PROBE_H
#define _NPV_PROBE_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "frame.h"

struct net;
struct npv_probe;
struct npv_race;
struct sock;

/**
 * struct npv_offered - a question, and what a session that begins with it needs
 * @remote: the address that was asked, IPv4 as ::ffff:a.b.c.d
 * @local: from where, likewise
 * @port: the NPV port there, network byte order
 * @sport: the port that it was asked from, network byte order
 * @scope_id: interface of a link-local @remote, else 0
 * @ifindex: interface to leave by, 0: as routed
 * @id: of the HELLO
 * @key: of the HELLO
 * @token: of the OFFER, once that has come; zeros: no session can begin over UDP
 */
struct npv_offered {
	struct in6_addr remote;
	struct in6_addr local;
	__be16 port;
	__be16 sport;
	u32 scope_id;
	int ifindex;
	u64 id;
	u8 key[NPV_KEY_LEN];
	u8 token[NPV_NONCE_LEN];
};

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
const struct npv_offered *npv_probe_offered(const struct npv_probe *probe,
					    unsigned int i);
void npv_probe_share(struct npv_probe *probe);
void npv_probe_again(struct npv_probe *probe);
int npv_probe_read(struct npv_probe *probe, unsigned int *refusal);
void npv_probe_free(struct npv_probe *probe);
void npv_probe_linger(struct npv_probe *probe);

void npv_probes_init(struct npv_probes *probes);
void npv_probes_exit(struct npv_probes *probes);

#endif /* _NPV_PROBE_H */
