// SPDX-License-Identifier: GPL-2.0
/*
 * Does a flavour of socket behave as TCP and UDP do? The same cases run on
 * plain TCP and UDP sockets, to show that they are right, and on AF_NPV ones.
 *
 * npv-conformance --family FLAVOUR [--native] [--only TEXT] [--list]
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

/* The case that is being run */
static const char *running;

static const struct option longopts[] = {
	{ "family", required_argument, NULL, 'f' },
	{ "native", no_argument, NULL, 'n' },
	{ "only", required_argument, NULL, 'o' },
	{ "list", no_argument, NULL, 'l' },
	{ }
};

static int usage(const char *program)
{
	const struct flavour *f;

	fprintf(stderr, "usage: %s --family FLAVOUR [--native] [--only TEXT] [--list]\n",
		program);
	fprintf(stderr, "FLAVOUR is one of");
	for (f = flavours; f->name; f++)
		fprintf(stderr, " %s", f->name);
	fprintf(stderr, "\n");
	return 2;
}

static void differs(void)
{
	skip("%s", native_difference(running));
}

static void run(const struct test *test)
{
	const struct test other = { test->name, differs };
	char flavour[64];

	snprintf(flavour, sizeof(flavour), "%s%s", fl->name,
		 native_mode ? ", native" : "");
	running = test->name;
	if (native_mode && native_difference(test->name))
		test = &other;
	tap_run(flavour, test, CASE_TIMEOUT_S);
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
		if (opt == 'n')
			native_mode = true;
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
				run(test);
		}
	}
	return list ? 0 : tap_end();
}
