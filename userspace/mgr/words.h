/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Words of commands and what they set: one table an object, by which it is read from
 * the command line, shown, and written as commands again.
 */
#ifndef NPV_MGR_WORDS_H
#define NPV_MGR_WORDS_H

#include "mgr.h"

/** enum word_type - what follows a word */
enum word_type {
	WORD_NUMBER,	/* of type uint32_t */
	WORD_SWITCH,	/* on or off, into a uint32_t */
	WORD_MS,	/* a time, into a uint32_t of milliseconds */
	WORD_S,		/* a time, into a uint32_t of seconds */
	WORD_SIZE,	/* bytes, into a uint32_t */
	WORD_RATE,	/* bytes a second, into a uint64_t */
	WORD_ENUM,	/* a name, into a uint32_t */
	WORD_TEXT,	/* into a char[] */
	WORD_CALL,	/* by functions of the word's own */
};

/**
 * struct word - a word of a command; a table ends with name NULL
 * @name: the word, which can be abbreviated; it is what text shows too
 * @key: name of the attribute, for JSON; NULL: as @name
 * @type: what follows
 * @bits: of the object's mask; the first of them says whether the object has this
 * @offset: of the member in the object, which begins with its mask
 * @size: of that member; of WORD_TEXT with its NUL
 * @min: smallest number; of WORD_ENUM the first value
 * @max: largest number
 * @names: names of WORD_ENUM
 * @literal: "default" behind it is a value like others
 * @repeated: it may come more than once
 * @quiet: text leaves a zero out
 * @hidden: it is shown by another word
 * @read: of WORD_CALL: reads what follows and moves @args behind it. NULL: it is for
 *	showing only.
 * @show: of WORD_CALL: shows it, if the object has it
 */
struct word {
	const char	*name;
	const char	*key;
	enum word_type	type;
	uint64_t	bits;
	size_t		offset;
	size_t		size;
	uint64_t	min;
	uint64_t	max;
	const char	*(*names)(uint32_t value);
	bool		literal;
	bool		repeated;
	bool		quiet;
	bool		hidden;
	enum mgr_status	(*read)(char ***args, void *object);
	void		(*show)(struct emit *e, const void *object);
};

/**
 * words_read() - have words change an object
 * @words: table
 * @what: the command, as "profile set", for complaints
 * @args: the words
 * @object: what they change
 * @clear: "no WORD" and "WORD default" take back what the object has
 *
 * Return: MGR_OK, or MGR_USAGE (or else) after a complaint.
 */
enum mgr_status words_read(const struct word *words, const char *what, char **args,
			   void *object, bool clear);

/**
 * words_show() - show all that an object has
 * @words: table
 * @e: emitter, in an object that the caller has begun
 * @object: the object
 */
void words_show(const struct word *words, struct emit *e, const void *object);

/* A member of the table: the type's struct, the attribute, and the member */
#define WORD_AT(t, s, a, m) \
	.type = (t), .bits = 1ULL << NPV_A_##a, .offset = offsetof(struct s, m), \
	.size = sizeof(((struct s *)0)->m)

#endif /* NPV_MGR_WORDS_H */
