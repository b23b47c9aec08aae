/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kinds of npv-mgr monitor share.
 */
#ifndef NPV_MGR_MONITOR_H
#define NPV_MGR_MONITOR_H

#include "mgr.h"

#define MONITOR_METRICS_USAGE \
	"[session ID] [interval TIME] [rtt PERCENT] [loss PPM] [rate PERCENT]\n" \
	"        [queue SIZE] [heard TIME] [every]"

/**
 * monitor_follow() - print events until interrupted
 * @mgr: the run
 * @start: has them come; returns what libnpv did
 * @data: for @start
 */
enum mgr_status monitor_follow(struct mgr *mgr, int (*start)(struct mgr *mgr, void *data),
			       void *data);

enum mgr_status monitor_metrics_run(struct mgr *mgr, char **args);
void show_crossed(struct emit *e, uint32_t crossed);

#endif /* NPV_MGR_MONITOR_H */
