// SPDX-License-Identifier: GPL-2.0
/*
 * Emitter for text and JSON.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <inttypes.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "emit.h"
#include "units.h"

/* Deepest nesting: the array, an object, a member that is one */
#define DEPTH_MAX	8

/* Columns of a table that are aligned */
#define COLUMNS_MAX	16

/* Column of the values in EMIT_BLOCK */
#define BLOCK_WIDTH	20

struct level {
	bool		array;
	bool		table;
	bool		used;	/* has a member: JSON needs a comma */
	enum emit_style	style;
};

struct emit {
	enum emit_format format;
	FILE		*out;
	FILE		*mem;
	char		*text;
	size_t		size;
	unsigned int	depth;
	struct level	levels[DEPTH_MAX];
	/* of the table that is being gathered */
	off_t		table;	/* where it begins in @text */
	char		header[256];
	bool		titled;	/* @header is complete */
};

struct emit *emit_new(enum emit_format format, FILE *out)
{
	struct emit *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->format = format;
	e->out = out;
	e->mem = open_memstream(&e->text, &e->size);
	if (!e->mem) {
		free(e);
		return NULL;
	}
	/* Nobody else has it. */
	__fsetlocking(e->mem, FSETLOCKING_BYCALLER);

	return e;
}

void emit_free(struct emit *e)
{
	if (!e)
		return;
	fclose(e->mem);
	free(e->text);
	free(e);
}

bool emit_flush(struct emit *e)
{
	bool fine;

	assert(!e->depth);
	fine = !fflush(e->mem) && !ferror(e->mem) &&
	       fwrite(e->text, 1, e->size, e->out) == e->size &&
	       !fflush(e->out);
	rewind(e->mem);

	return fine;
}

void emit_discard(struct emit *e)
{
	fflush(e->mem);
	rewind(e->mem);
	e->depth = 0;
}

static bool is_text(const struct emit *e)
{
	return e->format == EMIT_TEXT || e->format == EMIT_COMMANDS;
}

static struct level *top(struct emit *e)
{
	return e->depth ? &e->levels[e->depth - 1] : NULL;
}

static void newline_indent(struct emit *e)
{
	if (e->format == EMIT_PRETTY)
		fprintf(e->mem, "\n%*s", (int)(4 * e->depth), "");
}

static void json_string(struct emit *e, const char *s);

/* What comes before a member's value in JSON: comma, line, key */
static void json_member(struct emit *e, const char *key)
{
	struct level *level = top(e);

	if (!level)
		return;
	assert(level->array == !key);
	if (level->used)
		fputc(',', e->mem);
	level->used = true;
	newline_indent(e);
	if (key) {
		json_string(e, key);
		fputs(e->format == EMIT_PRETTY ? ": " : ":", e->mem);
	}
}

/* A cell: a tab, until the table is complete and its columns' widths are known */
static void text_cell(struct emit *e, const char *label)
{
	size_t used = strlen(e->header);

	if (top(e)->used)
		fputc('\t', e->mem);
	top(e)->used = true;
	if (!e->titled)
		snprintf(e->header + used, sizeof(e->header) - used, "%s%s",
			 used ? "\t" : "", label ?: "");
}

/* What comes before a value in text: space or line, label */
static void text_member(struct emit *e, const char *key, const char *label)
{
	struct level *level = top(e);

	if (level && level->style == EMIT_ROW) {
		text_cell(e, label);
		return;
	}
	if (level && level->style == EMIT_BLOCK && !level->array) {
		fprintf(e->mem, "%s%-*s ", level->used ? "\n" : "",
			BLOCK_WIDTH, label ?: key ?: "");
	} else {
		if (level && level->used)
			fputc(' ', e->mem);
		if (label)
			fprintf(e->mem, "%s ", label);
	}
	if (level)
		level->used = true;
}

static void push(struct emit *e, bool array, enum emit_style style)
{
	assert(e->depth < DEPTH_MAX);
	e->levels[e->depth++] = (struct level){ .array = array, .style = style };
}

static void json_close(struct emit *e, char bracket)
{
	bool used = top(e)->used;

	e->depth--;
	if (used)
		newline_indent(e);
	fputc(bracket, e->mem);
	if (!e->depth)
		fputc('\n', e->mem);
}

void emit_object_begin(struct emit *e, const char *key, enum emit_style style)
{
	if (!is_text(e)) {
		json_member(e, key);
		fputc('{', e->mem);
	}
	if (top(e) && top(e)->table)
		style = EMIT_ROW;
	push(e, false, style);
}

void emit_object_end(struct emit *e)
{
	bool used = top(e)->used;

	assert(!top(e)->array);
	if (!is_text(e)) {
		json_close(e, '}');
		return;
	}
	if (top(e)->style == EMIT_ROW)
		e->titled = true;
	e->depth--;
	if (used)
		fputc('\n', e->mem);
}

void emit_array_begin(struct emit *e, const char *key, const char *label)
{
	if (!is_text(e)) {
		json_member(e, key);
		fputc('[', e->mem);
	} else if (key) {
		text_member(e, key, label);
	}
	push(e, true, EMIT_LINE);
}

void emit_array_end(struct emit *e)
{
	assert(top(e)->array);
	if (!is_text(e))
		json_close(e, ']');
	else
		e->depth--;
}

void emit_items_begin(struct emit *e, const char *key)
{
	if (!is_text(e))
		emit_array_begin(e, key, NULL);
}

void emit_item_begin(struct emit *e)
{
	if (!is_text(e))
		emit_object_begin(e, NULL, EMIT_LINE);
}

void emit_item_end(struct emit *e)
{
	if (!is_text(e))
		emit_object_end(e);
}

void emit_items_end(struct emit *e)
{
	if (!is_text(e))
		emit_array_end(e);
}

void emit_table_begin(struct emit *e, const char *key)
{
	if (!is_text(e)) {
		json_member(e, key);
		fputc('[', e->mem);
	} else {
		/* the line before it, of the object that has the table */
		if (top(e) && top(e)->used) {
			fputc('\n', e->mem);
			top(e)->used = false;
		}
		fflush(e->mem);
		e->table = ftello(e->mem);
		e->header[0] = '\0';
		e->titled = false;
	}
	push(e, true, EMIT_LINE);
	top(e)->table = true;
}

/* Length of the cell that begins @line; cells end with a tab, lines with a newline */
static size_t cell_length(const char *line)
{
	return strcspn(line, "\t\n");
}

static void widen(size_t *widths, const char *text)
{
	unsigned int column = 0;
	size_t len;

	for (; *text; text += len + 1) {
		len = cell_length(text);
		if (column < COLUMNS_MAX && widths[column] < len)
			widths[column] = len;
		column = text[len] == '\t' ? column + 1 : 0;
		if (!text[len])
			break;
	}
}

static void align(FILE *out, const size_t *widths, const char *text)
{
	unsigned int column = 0;
	size_t len;

	for (; *text; text += len + 1) {
		len = cell_length(text);
		fwrite(text, 1, len, out);
		if (text[len] == '\t') {
			if (column < COLUMNS_MAX)
				fprintf(out, "%*s", (int)(widths[column] - len), "");
			fputs("  ", out);
			column++;
		} else {
			fputc('\n', out);
			column = 0;
		}
		if (!text[len])
			break;
	}
}

void emit_table_end(struct emit *e)
{
	size_t widths[COLUMNS_MAX] = { 0 };
	char *rows;

	assert(top(e)->table);
	if (!is_text(e)) {
		json_close(e, ']');
		return;
	}
	e->depth--;
	fflush(e->mem);
	rows = strndup(e->text + e->table, e->size - (size_t)e->table);
	if (!rows || !*rows) {
		free(rows);
		return;
	}
	widen(widths, e->header);
	widen(widths, rows);
	/* what is put in its place is longer */
	fseeko(e->mem, e->table, SEEK_SET);
	align(e->mem, widths, e->header);
	align(e->mem, widths, rows);
	free(rows);
}

void emit_blank(struct emit *e, const char *label)
{
	if (is_text(e)) {
		text_member(e, NULL, label);
		fputc('-', e->mem);
	}
}

/* Length of the UTF-8 sequence at @s that is valid by RFC 3629, or 0 */
static size_t utf8_length(const unsigned char *s)
{
	size_t len, i;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	for (i = 1; i < len; i++)	/* the NUL at the end stops it too */
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* overlong, surrogates, beyond U+10FFFF */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;

	return len;
}

static bool json_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* RFC 8259; a byte that isn't UTF-8 becomes U+FFFD */
static void json_string(struct emit *e, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t len;

	fputc('"', e->mem);
	while (*p) {
		/* Most is nothing else. */
		for (len = 0; json_plain(p[len]); len++)
			;
		fwrite(p, 1, len, e->mem);
		p += len;
		if (!*p)
			break;
		len = utf8_length(p);
		if (!len) {
			fputs("\\ufffd", e->mem);
			p++;
		} else if (len > 1) {
			fwrite(p, 1, len, e->mem);
			p += len;
		} else {
			if (*p == '"' || *p == '\\')
				fprintf(e->mem, "\\%c", *p);
			else
				fprintf(e->mem, "\\u%04x", *p);
			p++;
		}
	}
	fputc('"', e->mem);
}

/* Is @c harmless, and in a command too? */
static bool is_plain(const struct emit *e, unsigned char c)
{
	if (e->format == EMIT_COMMANDS && (c == '#' || c == '\''))
		return false;

	return c > ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* As it is where that is one harmless word; else in quotes, with everything
 * that a terminal could take for a command, or draw as something else, escaped
 */
static void text_string(struct emit *e, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	while (is_plain(e, *p))
		p++;
	if (!*p && *s) {
		fputs(s, e->mem);
		return;
	}

	fputc('"', e->mem);
	for (p = (const unsigned char *)s; *p; p++) {
		if (*p == '"' || *p == '\\')
			fprintf(e->mem, "\\%c", *p);
		else if (is_plain(e, *p) || strchr(" #'", *p))
			fputc(*p, e->mem);
		else
			fprintf(e->mem, "\\x%02x", *p);
	}
	fputc('"', e->mem);
}

/* Does text get the value? If not, JSON has its comma and key written */
static bool begin(struct emit *e, const char *key, const char *label)
{
	if (is_text(e))
		text_member(e, key, label);
	else
		json_member(e, key);

	return is_text(e);
}

void emit_string(struct emit *e, const char *key, const char *label,
		 const char *value)
{
	if (begin(e, key, label))
		text_string(e, value);
	else
		json_string(e, value);
}

void emit_uint(struct emit *e, const char *key, const char *label,
	       uint64_t value)
{
	begin(e, key, label);
	fprintf(e->mem, "%" PRIu64, value);
}

void emit_bool(struct emit *e, const char *key, const char *label, bool value)
{
	if (begin(e, key, label))
		fputs(value ? "yes" : "no", e->mem);
	else
		fputs(value ? "true" : "false", e->mem);
}

void emit_switch(struct emit *e, const char *key, const char *label, bool value)
{
	if (begin(e, key, label))
		fputs(value ? "on" : "off", e->mem);
	else
		fputs(value ? "true" : "false", e->mem);
}

void emit_size(struct emit *e, const char *key, const char *label, uint64_t bytes)
{
	char text[UNITS_MAX];

	emit_number_as(e, key, label, bytes, units_size(bytes, text));
}

void emit_rate(struct emit *e, const char *key, const char *label, uint64_t rate)
{
	char text[UNITS_MAX];

	emit_number_as(e, key, label, rate, units_rate(rate, text));
}

void emit_note(struct emit *e, const char *key, const char *value)
{
	switch (e->format) {
	case EMIT_JSON:
	case EMIT_PRETTY:
		emit_string(e, key, NULL, value);
		break;
	case EMIT_TEXT:
		text_member(e, NULL, NULL);
		fputc('(', e->mem);
		text_string(e, value);
		fputc(')', e->mem);
		break;
	case EMIT_COMMANDS:
		break;
	}
}

void emit_us(struct emit *e, const char *key, const char *label, uint64_t us)
{
	if (begin(e, key, label))
		fprintf(e->mem, "%" PRIu64 ".%03ums", us / 1000,
			(unsigned int)(us % 1000));
	else
		fprintf(e->mem, "%" PRIu64, us);
}

void emit_ms(struct emit *e, const char *key, const char *label, uint64_t ms)
{
	if (begin(e, key, label))
		fprintf(e->mem, "%" PRIu64 ".%03us", ms / 1000,
			(unsigned int)(ms % 1000));
	else
		fprintf(e->mem, "%" PRIu64, ms);
}

void emit_address(struct emit *e, const char *key, const char *label,
		  const struct npv_address *address)
{
	char addr[INET6_ADDRSTRLEN] = "*";

	if (address->family)
		inet_ntop(address->family, &address->v6, addr, sizeof(addr));

	if (!is_text(e)) {
		emit_object_begin(e, key, EMIT_LINE);
		if (address->family)
			emit_string(e, "address", NULL, addr);
		emit_uint(e, "port", NULL, address->port);
		emit_object_end(e);
		return;
	}

	text_member(e, key, label);
	fprintf(e->mem, address->family == AF_INET6 ? "[%s]:" : "%s:", addr);
	if (address->port)
		fprintf(e->mem, "%u", address->port);
	else
		fputc('*', e->mem);
}

void emit_host(struct emit *e, const char *key, const char *label,
	       const struct npv_address *address)
{
	char addr[INET6_ADDRSTRLEN] = "*";

	if (!is_text(e)) {
		emit_address(e, key, label, address);
		return;
	}
	if (address->family)
		inet_ntop(address->family, &address->v6, addr, sizeof(addr));
	text_member(e, key, label);
	fputs(addr, e->mem);
}

void emit_number_as(struct emit *e, const char *key, const char *label,
		    uint64_t value, const char *name)
{
	if (is_text(e) && name)
		emit_string(e, key, label, name);
	else
		emit_uint(e, key, label, value);
}

void emit_enum(struct emit *e, const char *key, const char *label,
	       uint64_t value, const char *name)
{
	if (name)
		emit_string(e, key, label, name);
	else
		emit_uint(e, key, label, value);
}

bool emit_hides(const struct emit *e, uint64_t value)
{
	return is_text(e) && !value;
}

void emit_word(struct emit *e, const char *word)
{
	if (is_text(e)) {
		text_member(e, NULL, NULL);
		fputs(word, e->mem);
	}
}

void emit_phrase(struct emit *e, const char *label, const char *phrase)
{
	if (is_text(e)) {
		text_member(e, NULL, label);
		fputs(phrase, e->mem);
	}
}

void emit_text(struct emit *e, const char *label, const char *value)
{
	if (is_text(e)) {
		text_member(e, NULL, label);
		text_string(e, value);
	}
}

void emit_key_string(struct emit *e, const char *key, const char *value)
{
	if (!is_text(e))
		emit_string(e, key, NULL, value);
}

void emit_key_uint(struct emit *e, const char *key, uint64_t value)
{
	if (!is_text(e))
		emit_uint(e, key, NULL, value);
}

void emit_key_bool(struct emit *e, const char *key, bool value)
{
	if (!is_text(e))
		emit_bool(e, key, NULL, value);
}

void emit_new_id(struct emit *e, const char *object, uint64_t id)
{
	emit_object_begin(e, NULL, EMIT_LINE);
	emit_uint(e, "id", object, id);
	emit_object_end(e);
}

bool emit_is_commands(const struct emit *e)
{
	return e->format == EMIT_COMMANDS;
}
