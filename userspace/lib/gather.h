/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Dumps. One is gathered first and delivered then, so that it can be asked for again,
 * and so that callbacks can make requests of their own.
 */
#ifndef NPV_LIB_GATHER_H
#define NPV_LIB_GATHER_H

#include "handle.h"

/**
 * struct npv_gather - a dump
 * @decode: fills an entry from a message; 0, or -1 and errno
 * @size: of an entry
 * @count: entries that came
 * @room: for entries, in @entries
 * @entries: to be freed by the caller, whether or not the dump succeeded
 */
struct npv_gather {
	int	(*decode)(const struct nlmsghdr *nlh, void *entry);
	size_t	size;
	size_t	count;
	size_t	room;
	char	*entries;
};

/**
 * npv_gather_run() - dump
 * @npv: handle
 * @gather: with @decode and @size set
 * @cmd: command
 * @put: adds attributes to the request; NULL for none
 * @data: for @put
 *
 * Return: 0, NPV_INTERRUPTED, or negative with errno and text set.
 */
int npv_gather_run(struct npv *npv, struct npv_gather *gather, uint8_t cmd,
		   void (*put)(struct nlmsghdr *nlh, const void *data), const void *data);

#endif /* NPV_LIB_GATHER_H */
