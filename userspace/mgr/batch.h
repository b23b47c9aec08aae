/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands out of files.
 */
#ifndef NPV_MGR_BATCH_H
#define NPV_MGR_BATCH_H

#include "mgr.h"

/**
 * batch_run() - run the commands of a file
 * @mgr: the run. With @force set each counts for itself, and what fails is passed over;
 *	else they are of the policy, and it is changed by all of them or not at all.
 * @name: name of the file; "-" for the standard input
 * @replace: they are all that the policy is to be
 */
enum mgr_status batch_run(struct mgr *mgr, const char *name, bool replace);

#endif /* NPV_MGR_BATCH_H */
