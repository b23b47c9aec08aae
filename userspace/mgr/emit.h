/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one way out for what npv-mgr tells: as text for people, or as JSON.
 *
 * Text of an object is a line of words, "label value label value", or with
 * EMIT_BLOCK a line for each member. JSON has the same members by key. Output
 * gathers in memory until emit_flush(), so that a command that fails half-way
 * leaves nothing that looks like a result.
 */
#ifndef NPV_MGR_EMIT_H
#define NPV_MGR_EMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "libnpv.h"

enum emit_format {
	EMIT_TEXT,
	EMIT_JSON,	/* on one line */
	EMIT_PRETTY,	/* JSON, indented */
	EMIT_COMMANDS,	/* text that npv-mgr can read again */
};

enum emit_style {
	EMIT_LINE,
	EMIT_BLOCK,
	EMIT_ROW,	/* of emit_table_begin(); nobody else asks for it */
};

struct emit;

/**
 * emit_new() - make an emitter
 * @format: what to write
 * @out: where emit_flush() writes to
 *
 * Return: NULL without memory.
 */
struct emit *emit_new(enum emit_format format, FILE *out);
void emit_free(struct emit *e);

/**
 * emit_flush() - write out what has gathered
 * @e: emitter, outside of any object and array
 *
 * Return: false and errno if it can't be written.
 */
bool emit_flush(struct emit *e);

/* Forget what has gathered */
void emit_discard(struct emit *e);

/*
 * @key names the member in an object, and is NULL in an array and outside.
 * Arrays show in text as their contents: objects on lines of their own, values
 * as words behind @label.
 */
void emit_object_begin(struct emit *e, const char *key, enum emit_style style);
void emit_object_end(struct emit *e);
void emit_array_begin(struct emit *e, const char *key, const char *label);
void emit_array_end(struct emit *e);

/*
 * An array of objects, which text shows in the line of the object that has it, each
 * with a label of its own.
 */
void emit_items_begin(struct emit *e, const char *key);
void emit_item_begin(struct emit *e);
void emit_item_end(struct emit *e);
void emit_items_end(struct emit *e);

/*
 * An array of objects with the same members each, that text shows as columns with
 * their labels above. What an object lacks is emit_blank(). Tables aren't nested.
 */
void emit_table_begin(struct emit *e, const char *key);
void emit_table_end(struct emit *e);
void emit_blank(struct emit *e, const char *label);

/*
 * Values. @label is the word before the value in text, NULL for none. Strings
 * may hold anything: text is safe for a terminal, JSON always valid.
 */
void emit_string(struct emit *e, const char *key, const char *label,
		 const char *value);
void emit_uint(struct emit *e, const char *key, const char *label,
	       uint64_t value);
void emit_bool(struct emit *e, const char *key, const char *label, bool value);

/* JSON: true or false; text: on or off */
void emit_switch(struct emit *e, const char *key, const char *label, bool value);

/* Bytes, and bytes a second: JSON: the number; text: with a unit, as units.h has it */
void emit_size(struct emit *e, const char *key, const char *label, uint64_t bytes);
void emit_rate(struct emit *e, const char *key, const char *label, uint64_t rate);

/* JSON: a string; text: behind the value before, in parentheses; commands: nothing */
void emit_note(struct emit *e, const char *key, const char *value);

/* JSON: a number of microseconds or milliseconds; text: with a unit */
void emit_us(struct emit *e, const char *key, const char *label, uint64_t us);
void emit_ms(struct emit *e, const char *key, const char *label, uint64_t ms);

/* JSON: an object of address and port; text: 10.0.0.1:80 or [::1]:80 */
void emit_address(struct emit *e, const char *key, const char *label,
		  const struct npv_address *address);

/* The same without the port in text */
void emit_host(struct emit *e, const char *key, const char *label,
	       const struct npv_address *address);

/* A number that text shows as a name: @name in text, @value in JSON */
void emit_number_as(struct emit *e, const char *key, const char *label,
		    uint64_t value, const char *name);

/* A name, or the number where the name isn't known, in text and JSON */
void emit_enum(struct emit *e, const char *key, const char *label,
	       uint64_t value, const char *name);

/* Whether text had better not show a number: a zero that tells nothing */
bool emit_hides(const struct emit *e, uint64_t value);

/* A word that only text has */
void emit_word(struct emit *e, const char *word);

/* Values that only text has, or only JSON; a phrase is our own, and not quoted */
void emit_phrase(struct emit *e, const char *label, const char *phrase);
void emit_text(struct emit *e, const char *label, const char *value);
void emit_key_string(struct emit *e, const char *key, const char *value);
void emit_key_uint(struct emit *e, const char *key, uint64_t value);
void emit_key_bool(struct emit *e, const char *key, bool value);

/* The number that the kernel has given to a new object: an object of its own */
void emit_new_id(struct emit *e, const char *object, uint64_t id);

/* Whether it is to be read by npv-mgr again */
bool emit_is_commands(const struct emit *e);

#endif /* NPV_MGR_EMIT_H */
