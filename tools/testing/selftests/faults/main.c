// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is short: each call is made again and again, the first time with
 * its first allocation failing, then with the second, until none is left to
 * fail. It must end in an errno or work; what failed must work when it is
 * called again; and a transfer over sockets of its own must still work.
 *
 * npv-faults [--only PART_OF_NAME] [--max N] [--verbose]
 *
 * The N-th allocation of this task fails (/proc/thread-self/fail-nth), once.
 * Softirqs and work items are not hit; storm.c is for them. faults.sh sets the
 * kernel up.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "faults.h"

/* A call with more allocations than this can't be seen to end */
#define MAX_NTH		3000
#define STEP_TIMEOUT_S	110
#define STORM_TIMEOUT_S	200

char bulk[BULK], sink[BULK];

static const struct step *const tables[] = {
	connect_steps, data_steps, option_steps, netlink_steps, close_steps,
	native_steps, datagram_steps,
};

static const struct step *step;
static int nth_fd, max_nth = MAX_NTH;
static bool verbose;

static void faults_on(int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", nth);

	EQ(pwrite(nth_fd, text, len, 0), len);
}

/* Whether the fault has struck */
static bool faults_off(void)
{
	char text[16] = "";

	OK(pread(nth_fd, text, sizeof(text) - 1, 0));
	EQ(pwrite(nth_fd, "0", 1, 0), 1);
	return !atoi(text);
}

bool allowed(int err)
{
	const int *e;

	if (err == ENOMEM || err == ENOBUFS || err == ENFILE)
		return true;
	for (e = step->errors; *e; e++)
		if (*e == err)
			return true;
	return false;
}

int sessions(void)
{
	FILE *file = fopen("/proc/net/protocols", "r");
	int count = 0, n, size;
	char line[256], name[32];

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%31s %d %d", name, &size, &n) == 3 &&
		    !strncmp(name, "NPV", 3))
			count += n;
	fclose(file);
	return count;
}

/* Returns whether there was an allocation to fail */
static bool one_fault(int nth, int *failed)
{
	struct scene s = { .fd = -1, .peer = -1, .listener = -1, .other = -1 };
	bool struck;
	long ret;
	int err;

	step->prepare(&s);
	faults_on(nth);
	ret = step->run(&s);
	err = errno;
	struck = faults_off();
	s.struck = struck;
	if (verbose)
		printf("# %d: %ld %s\n", nth, ret, errno_name(ret < 0 ? err : 0));

	if (ret < 0) {
		++*failed;
		if (!struck)
			FAIL("allocation %d: %s without a fault", nth,
			     errno_name(err));
		if (!allowed(err))
			FAIL("allocation %d: %s", nth, errno_name(err));
		if (!step->once) {
			ret = step->run(&s);
			if (ret < 0)
				FAIL("allocation %d: %s, and then %s", nth,
				     errno_name(err), errno_name(errno));
		}
	}
	if (step->verify && ret >= 0) {
		/* where the number of bytes counts */
		if (!s.npv)
			s.id = ret;
		step->verify(&s);
	}
	scene_end(&s);
	transfer();
	return struck;
}

static void run_step(void)
{
	int nth = 1, failed = 0, before;

	/* No fault is to hit the loading of a page */
	OK(mlockall(MCL_CURRENT | MCL_FUTURE));
	nth_fd = OK(open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC));
	before = sessions();
	while (one_fault(nth, &failed))
		if (++nth > max_nth)
			FAIL("more than %d allocations", max_nth);
	/* A session with a UDP stack tells its peer for 5 s what that may have missed. */
	EVENTUALLY(sessions() == before, 12000);
	printf("# %d allocations, %d of them failed the call\n", nth - 1,
	       failed);
}

static const struct option longopts[] = {
	{ "only", required_argument, NULL, 'o' },
	{ "max", required_argument, NULL, 'm' },
	{ "verbose", no_argument, NULL, 'v' },
	{ }
};

int main(int argc, char **argv)
{
	struct test test = { .run = run_step };
	const struct test *storm;
	const char *only = "";
	unsigned int i, table;
	int opt;

	while ((opt = getopt_long(argc, argv, "", longopts, NULL)) != -1) {
		switch (opt) {
		case 'o':
			only = optarg;
			break;
		case 'm':
			max_nth = atoi(optarg);
			break;
		case 'v':
			verbose = true;
			break;
		default:
			fprintf(stderr,
				"usage: npv-faults [--only NAME] [--max N] [--verbose]\n");
			return 2;
		}
	}
	for (i = 0; i < sizeof(bulk); i++)
		bulk[i] = i * 31 ^ i >> 8;

	setlinebuf(stdout);
	for (table = 0; table < sizeof(tables) / sizeof(*tables); table++) {
		for (step = tables[table]; step->name; step++) {
			if (!strstr(step->name, only))
				continue;
			test.name = step->name;
			tap_run("faults", &test, STEP_TIMEOUT_S);
		}
	}
	for (storm = storm_tests; storm->name; storm++)
		if (strstr(storm->name, only))
			tap_run("faults", storm, STORM_TIMEOUT_S);
	return tap_end();
}
