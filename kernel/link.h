/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NPV_LINK_H
#define _NPV_LINK_H

int npv_link_init(void);
void npv_link_exit(void);

#endif /* _NPV_LINK_H */
