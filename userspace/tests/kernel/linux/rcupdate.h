/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NPV_TESTS_KERNEL_RCUPDATE_H
#define NPV_TESTS_KERNEL_RCUPDATE_H

struct rcu_head {
	void *unused;
};

#endif /* NPV_TESTS_KERNEL_RCUPDATE_H */
