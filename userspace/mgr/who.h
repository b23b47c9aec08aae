/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose program it is: users, groups and control groups, by number and name.
 */
#ifndef NPV_MGR_WHO_H
#define NPV_MGR_WHO_H

#include "mgr.h"

/* Room for the path of a control group */
#define CGROUP_PATH_MAX	4096

/**
 * struct who_range - how a pair of members is read and shown
 * @word: the word, as "uid"
 * @min_key: JSON key of the lower one
 * @max_key: ... of the upper one
 * @name_key: ... of the name
 * @what: of what they are numbers, as "user"
 * @number: number of a name, -1 if there is none
 * @name: name of a number, NULL if there is none; valid until the next call
 */
struct who_range {
	const char *word;
	const char *min_key;
	const char *max_key;
	const char *name_key;
	const char *what;
	int64_t (*number)(const char *name);
	const char *(*name)(uint32_t number);
};

extern const struct who_range who_uid;
extern const struct who_range who_gid;

/**
 * who_parse() - read N, N-M or a name
 * @range: uid or gid
 * @arg: argument, may be NULL
 * @min: where to put the lower number
 * @max: where to put the upper one; NULL: a range makes no sense
 *
 * Return: MGR_OK; MGR_NOT_FOUND or MGR_USAGE after a complaint.
 */
enum mgr_status who_parse(const struct who_range *range, const char *arg, uint32_t *min,
			  uint32_t *max);

/**
 * who_show() - show a number, or a range of them, and the name
 * @range: uid or gid
 * @e: emitter
 * @min: the lower number
 * @max: the upper one
 */
void who_show(const struct who_range *range, struct emit *e, uint32_t min, uint32_t max);

/**
 * cgroup_parse() - find the id of a control group of version 2
 * @arg: its path, below the mount point or a full one; may be NULL
 * @id: where to put it
 *
 * Return: MGR_OK; MGR_NOT_FOUND or MGR_USAGE after a complaint.
 */
enum mgr_status cgroup_parse(const char *arg, uint64_t *id);

/**
 * cgroup_show() - show a control group by its path, or its id if that is not found
 * @e: emitter
 * @id: its id
 */
void cgroup_show(struct emit *e, uint64_t id);

#endif /* NPV_MGR_WHO_H */
