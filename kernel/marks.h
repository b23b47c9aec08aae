/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_MARKS_H
#define _NPV_MARKS_H

struct npv_properties;
struct npv_sock;
struct socket;

void npv_marks_set(struct npv_sock *nsk, const struct npv_properties *want);
void npv_marks_apply(struct npv_sock *nsk, struct socket *sock);

#endif /* _NPV_MARKS_H */
