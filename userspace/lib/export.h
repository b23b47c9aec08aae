/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Marks what libnpv.map lists; everything else is hidden.
 */
#ifndef NPV_LIB_EXPORT_H
#define NPV_LIB_EXPORT_H

#define NPV_EXPORT	__attribute__((visibility("default")))

#endif /* NPV_LIB_EXPORT_H */
