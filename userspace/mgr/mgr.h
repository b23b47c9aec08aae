/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the commands of npv-mgr share.
 */
#ifndef NPV_MGR_MGR_H
#define NPV_MGR_MGR_H

#include <stdbool.h>
#include <stdint.h>

#include "emit.h"
#include "libnpv.h"

/** enum mgr_status - exit status; documented in npv-mgr(8) */
enum mgr_status {
	MGR_OK		= 0,
	MGR_FAILED	= 1,	/* the kernel refused, or a write failed */
	MGR_USAGE	= 2,	/* the command makes no sense, to us or to the kernel */
	MGR_NOT_FOUND	= 3,	/* no such session, stack, peer... */
	MGR_NO_MODULE	= 4,	/* the module isn't loaded */
	MGR_PARSED	= 255,	/* with parse_only: it makes sense; never an exit status */
};

/**
 * struct mgr - one run of npv-mgr
 * @format: what to write
 * @emit: emitter
 * @npv: handle, NULL before mgr_open()
 * @parse_only: mgr_open() is as far as a command gets
 * @force: commands of a batch count each for itself
 */
struct mgr {
	enum emit_format format;
	struct emit	*emit;
	struct npv	*npv;
	bool		parse_only;
	bool		force;
};

/**
 * struct command - an entry of a command table; a table ends with name NULL
 * @name: can be abbreviated as long as it is unambiguous
 * @run: gets the arguments behind the name, ended by NULL
 * @usage: what can follow the name
 */
struct command {
	const char	*name;
	enum mgr_status	(*run)(struct mgr *mgr, char **args);
	const char	*usage;
};

/** commands - the first words */
extern const struct command commands[];

/**
 * command_find() - find the one command that a word is or begins
 * @table: commands to choose from
 * @object: what the table belongs to, as "session"; NULL for the first word
 * @word: the word
 *
 * Return: NULL after a complaint.
 */
const struct command *command_find(const struct command *table, const char *object,
				   const char *word);

/**
 * command_run() - run the command that the arguments name
 * @mgr: the run
 * @table: commands to choose from
 * @object: what the table belongs to, as "session"; NULL for the first word
 * @args: arguments; none means the table's first command, unless @object
 *	is NULL
 */
enum mgr_status command_run(struct mgr *mgr, const struct command *table,
			    const char *object, char **args);

/**
 * keyword_is() - compare an argument with a keyword that may be abbreviated
 * @arg: argument
 * @keyword: keyword
 */
bool keyword_is(const char *arg, const char *keyword);

/** mgr_where - what complaints begin with, as "policy:12: "; "" on the command line */
extern const char *mgr_where;

/**
 * mgr_complain() - say what is wrong
 * @format: as for printf, without a newline
 */
__attribute__((format(printf, 1, 2)))
void mgr_complain(const char *format, ...);

/**
 * mgr_usage_error() - complain about the command line
 * @format: as for printf, without a newline
 *
 * Return: MGR_USAGE.
 */
__attribute__((format(printf, 1, 2)))
enum mgr_status mgr_usage_error(const char *format, ...);

/**
 * mgr_is_number() - read a decimal number, without a sign or blanks
 * @arg: all of it is to be the number
 * @number: where to put it
 */
bool mgr_is_number(const char *arg, uint64_t *number);

/**
 * mgr_parse_id() - read the number of a session
 * @arg: argument, may be NULL
 * @id: where to put it
 *
 * Return: MGR_OK, or MGR_USAGE after a complaint.
 */
enum mgr_status mgr_parse_id(const char *arg, uint64_t *id);

/**
 * mgr_parse_number() - read a number
 * @arg: argument, may be NULL
 * @min: smallest that makes sense
 * @max: largest
 * @what: what it is, for complaints
 * @number: where to put it
 *
 * Return: MGR_OK, or MGR_USAGE after a complaint.
 */
enum mgr_status mgr_parse_number(const char *arg, uint64_t min, uint64_t max,
				 const char *what, uint64_t *number);

/**
 * mgr_parse_enum() - read one of several names, which may be abbreviated
 * @arg: argument, may be NULL
 * @first: smallest value
 * @name: tells the names, NULL behind the last
 * @what: what it is, for complaints
 * @value: where to put it
 *
 * Return: MGR_OK, or MGR_USAGE after a complaint.
 */
enum mgr_status mgr_parse_enum(const char *arg, uint32_t first,
			       const char *(*name)(uint32_t value), const char *what,
			       uint32_t *value);

/**
 * mgr_parse_address() - read an IPv4 or IPv6 address
 * @arg: argument, may be NULL
 * @address: where to put it, with port 0
 *
 * Return: MGR_OK, or MGR_USAGE after a complaint.
 */
enum mgr_status mgr_parse_address(const char *arg,
				  struct npv_address *address);

/**
 * mgr_no_more() - check that there are no more arguments
 * @args: what is left of them
 * @what: the command, as "endpoint del"
 *
 * Return: MGR_OK, or MGR_USAGE after a complaint.
 */
enum mgr_status mgr_no_more(char **args, const char *what);

/**
 * mgr_open() - open the handle; done when the arguments are known to be right
 * @mgr: the run
 *
 * Return: MGR_OK; MGR_PARSED if that is all that is wanted; or else after a complaint.
 */
enum mgr_status mgr_open(struct mgr *mgr);

/**
 * mgr_result() - turn what libnpv returned into a status
 * @mgr: the run
 * @ret: result of the libnpv call that came last, errno as it left it
 * @what: what it was about, as "session 12"; may be NULL
 *
 * Return: MGR_OK, or else after a complaint.
 */
enum mgr_status mgr_result(struct mgr *mgr, int ret, const char *what);

/* The commands, one a file */
extern const struct command info_commands[];
extern const struct command session_commands[];
extern const struct command stack_commands[];
extern const struct command scheduler_commands[];
extern const struct command peer_commands[];
extern const struct command endpoint_commands[];
extern const struct command profile_commands[];
extern const struct command rule_commands[];
extern const struct command plan_commands[];
extern const struct command stats_commands[];
enum mgr_status plan_run(struct mgr *mgr, char **args);
enum mgr_status monitor_run(struct mgr *mgr, char **args);
enum mgr_status save_run(struct mgr *mgr, char **args);
enum mgr_status restore_run(struct mgr *mgr, char **args);

#endif /* NPV_MGR_MGR_H */
