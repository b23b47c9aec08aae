/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands in files: words, quotes, comments, continued lines.
 */
#ifndef NPV_MGR_LEXER_H
#define NPV_MGR_LEXER_H

/* Words of a command, with the NULL behind them */
#define LEXER_WORDS_MAX	256

/**
 * struct lexer - a text that is being read
 * @at: what comes next; the text ends with NUL
 * @line: its line, from 1 on
 * @first: line on which the last command began
 * @words: of that command, ended by NULL
 * @room: what the words are in, as large as the text
 */
struct lexer {
	const char	*at;
	unsigned int	line;
	unsigned int	first;
	char		*words[LEXER_WORDS_MAX];
	char		*room;
};

/**
 * lexer_next() - read a command
 * @lexer: lexer
 *
 * A command is a line, or several that all but the last end in a backslash. What
 * stands behind a word that begins with # is a comment. Single quotes keep all; within
 * double quotes a backslash stands before ", \ and xNN, a byte in hexadecimal.
 * Return: NULL if @lexer->words has a command, or none at the end; else what is wrong.
 */
const char *lexer_next(struct lexer *lexer);

#endif /* NPV_MGR_LEXER_H */
