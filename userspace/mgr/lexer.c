// SPDX-License-Identifier: GPL-2.0
/*
 * Commands in files.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "lexer.h"

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;

	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A backslash and a newline are nothing, within quotes and outside */
static bool skip_continuation(struct lexer *lexer)
{
	if (lexer->at[0] != '\\' || lexer->at[1] != '\n')
		return false;
	lexer->at += 2;
	lexer->line++;

	return true;
}

/* What stands behind a backslash within double quotes */
static const char *read_escape(struct lexer *lexer, char **to)
{
	const char *at = lexer->at;

	if (*at == '"' || *at == '\\') {
		*(*to)++ = *at;
		lexer->at++;
		return NULL;
	}
	if (*at != 'x' || hex(at[1]) < 0 || hex(at[2]) < 0)
		return "behind a backslash in quotes comes \", \\ or xNN";
	if (!hex(at[1]) && !hex(at[2]))
		return "there are no words with zero bytes";
	*(*to)++ = (char)(hex(at[1]) << 4 | hex(at[2]));
	lexer->at += 3;

	return NULL;
}

static const char *read_quoted(struct lexer *lexer, char quote, char **to)
{
	const char *error;

	for (lexer->at++; *lexer->at != quote;) {
		if (quote == '"' && skip_continuation(lexer))
			continue;
		if (!*lexer->at || *lexer->at == '\n')
			return "a quote is not closed";
		if (quote == '"' && *lexer->at == '\\') {
			lexer->at++;
			error = read_escape(lexer, to);
			if (error)
				return error;
			continue;
		}
		*(*to)++ = *lexer->at++;
	}
	lexer->at++;

	return NULL;
}

static bool ends_word(char c)
{
	return !c || strchr(" \t\r\n", c);
}

static const char *read_word(struct lexer *lexer, char **to)
{
	const char *error;

	while (!ends_word(*lexer->at)) {
		if (skip_continuation(lexer))
			break;
		if (*lexer->at == '"' || *lexer->at == '\'') {
			error = read_quoted(lexer, *lexer->at, to);
			if (error)
				return error;
			continue;
		}
		if (*lexer->at == '\\' && lexer->at[1])
			lexer->at++;
		*(*to)++ = *lexer->at++;
	}
	*(*to)++ = '\0';

	return NULL;
}

/* Blanks and comments. Return: whether there is a word before the end of the line */
static bool skip_blanks(struct lexer *lexer)
{
	for (;;) {
		if (skip_continuation(lexer))
			continue;
		if (!*lexer->at || !strchr(" \t\r", *lexer->at))
			break;
		lexer->at++;
	}
	if (*lexer->at == '#')
		lexer->at += strcspn(lexer->at, "\n");

	return *lexer->at && *lexer->at != '\n';
}

const char *lexer_next(struct lexer *lexer)
{
	char *to = lexer->room;
	unsigned int n = 0;
	const char *error;

	while (*lexer->at) {
		if (!skip_blanks(lexer)) {
			if (!*lexer->at)
				break;
			lexer->at++;
			lexer->line++;
			if (n)
				break;
			continue;
		}
		if (!n)
			lexer->first = lexer->line;
		if (n == LEXER_WORDS_MAX - 1)
			return "that are too many words";
		lexer->words[n++] = to;
		error = read_word(lexer, &to);
		if (error)
			return error;
	}
	lexer->words[n] = NULL;

	return NULL;
}
