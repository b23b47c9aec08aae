/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What npv-run and its preload agree on.
 */
#ifndef NPV_RUN_H
#define NPV_RUN_H

/** NPV_RUN_PRELOAD - file name of the library that npv-run preloads */
#define NPV_RUN_PRELOAD		"libnpv-run.so"

/**
 * NPV_RUN_ENV - environment variable with the options of npv-run
 *
 * Its letters are NPV_RUN_ENV_*, in any order; unset means none of them.
 * Programs started by the program inherit it together with LD_PRELOAD.
 */
#define NPV_RUN_ENV		"NPV_RUN"

/** NPV_RUN_ENV_VERBOSE - say on stderr what became of each socket */
#define NPV_RUN_ENV_VERBOSE	'v'

/** NPV_RUN_ENV_STRICT - never fall back to the family asked for */
#define NPV_RUN_ENV_STRICT	's'

/** NPV_RUN_ENV_NO_NAMES - let getaddrinfo() and connect() alone */
#define NPV_RUN_ENV_NO_NAMES	'n'

#endif /* NPV_RUN_H */
