// SPDX-License-Identifier: GPL-2.0
/*
 * Does a flavour of socket behave as TCP and UDP do? The same cases run on
 * plain TCP and UDP sockets, to show that they are right, and on AF_NPV ones.
 *
 * npv-conformance --family FLAVOUR [--only TEXT] [--list]
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"

/* One that hangs must not take the others with it */
#define CASE_TIMEOUT_S 120

static const struct test *const tables[] = {
	tests_connect, tests_accept, tests_poll, tests_data, tests_splice,
	tests_close, tests_signal, tests_share, tests_bind, tests_options,
	tests_tcp, tests_errqueue, tests_ktls, tests_dgram,
	tests_dgram_options, tests_optdiff, tests_npv,
};

static const struct option longopts[] = {
	{ "family", required_argument, NULL, 'f' },
	{ "only", required_argument, NULL, 'o' },
	{ "list", no_argument, NULL, 'l' },
	{ }
};

static int usage(const char *program)
{
	const struct flavour *f;

	fprintf(stderr, "usage: %s --family FLAVOUR [--only TEXT] [--list]\n",
		program);
	fprintf(stderr, "FLAVOUR is one of");
	for (f = flavours; f->name; f++)
		fprintf(stderr, " %s", f->name);
	fprintf(stderr, "\n");
	return 2;
}

int main(int argc, char **argv)
{
	const char *only = NULL;
	const struct test *test;
	bool list = false;
	size_t i;
	int opt;

	while ((opt = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		if (opt == 'f' && !flavour_choose(optarg))
			return usage(argv[0]);
		if (opt == 'o')
			only = optarg;
		if (opt == 'l')
			list = true;
		if (opt == '?')
			return usage(argv[0]);
	}
	if (optind < argc)
		return usage(argv[0]);

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (test = tables[i]; test->name; test++) {
			if (only && !strstr(test->name, only))
				continue;
			if (list)
				printf("%s\n", test->name);
			else
				tap_run(fl->name, test, CASE_TIMEOUT_S);
		}
	}
	return list ? 0 : tap_end();
}
