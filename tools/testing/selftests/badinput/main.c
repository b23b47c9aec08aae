// SPDX-License-Identifier: GPL-2.0
/*
 * Bad input to AF_NPV sockets.
 *
 * npv-badinput --compare FLAVOUR	errno by errno against plain TCP and UDP
 * npv-badinput --npv			what only AF_NPV can be given
 * npv-badinput --fuzz SECONDS [--seed N]
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "badinput.h"

#define CASE_TIMEOUT_S 60
#define MAX_NOTES 8192
#define SHOWN 15

/* What a probe noted, in memory shared with the process that ran it */
struct notes {
	int count;
	struct {
		char what[52];
		int result;
	} note[MAX_NOTES];
};

static struct notes *notes;
static const char *compared;
static const struct probe *current;

void note(long result, const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	if (notes->count == MAX_NOTES)
		FAIL("too many notes");
	va_start(ap, fmt);
	vsnprintf(notes->note[notes->count].what,
		  sizeof(notes->note[0].what), fmt, ap);
	va_end(ap);
	notes->note[notes->count++].result = result == -1 ? -err : (int)result;
}

static void run_probe(void *flavour)
{
	if (!flavour_choose(flavour))
		FAIL("no such flavour");
	current->run();
}

static struct notes *probe_as(const char *flavour)
{
	notes = mmap(NULL, sizeof(*notes), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (notes == MAP_FAILED)
		FAIL("no memory");
	reap(spawn(run_probe, (void *)flavour));
	return notes;
}

static const char *result_name(int result)
{
	static char buf[2][40];
	static int which;
	char *b = buf[which ^= 1];

	if (result < 0)
		snprintf(b, sizeof(buf[0]), "%s", errno_name(-result));
	else
		snprintf(b, sizeof(buf[0]), "%d", result);
	return b;
}

/* The plain flavour that must behave the same */
static const char *reference(const char *flavour)
{
	return strcmp(flavour, "npv-inet") ? "inet6" : "inet";
}

static void compare(void)
{
	struct notes *want = probe_as(reference(compared));
	struct notes *got = probe_as(compared);
	int i, bad = 0;

	CHECK(want->count > 0);
	for (i = 0; i < want->count && i < got->count; i++) {
		CHECK(!strcmp(want->note[i].what, got->note[i].what));
		if (want->note[i].result == got->note[i].result)
			continue;
		if (++bad <= SHOWN)
			printf("# %s: %s, %s gives %s\n", got->note[i].what,
			       result_name(got->note[i].result),
			       reference(compared),
			       result_name(want->note[i].result));
	}
	EQ(got->count, want->count);
	if (bad)
		FAIL("%d of %d results differ", bad, i);
	printf("# %d results agree\n", i);
}

static void compare_table(const struct probe *table)
{
	struct test test = { .run = compare };
	char prefix[64];

	snprintf(prefix, sizeof(prefix), "%s as %s", compared,
		 reference(compared));
	flavour_choose(compared);
	for (current = table; current->name; current++) {
		if (current->strict && !fl->name_family)
			continue;
		test.name = current->name;
		tap_run(prefix, &test, CASE_TIMEOUT_S);
	}
}

static const char usage[] =
"usage: npv-badinput --compare FLAVOUR | --npv | --fuzz SECONDS [--seed N]\n";

static const struct option longopts[] = {
	{ "compare", required_argument, NULL, 'c' },
	{ "npv", no_argument, NULL, 'n' },
	{ "fuzz", required_argument, NULL, 'f' },
	{ "seed", required_argument, NULL, 's' },
	{ }
};

int main(int argc, char **argv)
{
	unsigned int seed = (unsigned int)now_us();
	const struct test *test;
	int opt, seconds = 0;
	bool npv = false;

	while ((opt = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		switch (opt) {
		case 'c':
			compared = optarg;
			if (!flavour_choose(compared))
				return 2;
			break;
		case 'n':
			npv = true;
			break;
		case 'f':
			seconds = atoi(optarg);
			break;
		case 's':
			seed = strtoul(optarg, NULL, 0);
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}

	if (compared) {
		compare_table(probes_address);
		compare_table(probes_call);
	}
	if (npv)
		for (test = tests_npv; test->name; test++)
			tap_run("npv", test, CASE_TIMEOUT_S);
	if (seconds)
		return fuzz(seconds, seed);
	return tap_end();
}
