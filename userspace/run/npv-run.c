// SPDX-License-Identifier: GPL-2.0
/*
 * npv-run: run an unmodified program on NPV sockets, by preloading a library
 * that interposes socket(), and some calls of names. See npv-run(1).
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/npv.h>

#include "inspect.h"
#include "run.h"

/* As env(1), nohup(1) and others have them */
#define EXIT_OWN_FAILURE	125
#define EXIT_CANNOT_INVOKE	126
#define EXIT_NOT_FOUND		127

static void usage(FILE *out)
{
	fputs("Usage: npv-run [OPTION]... PROGRAM [ARGUMENT]...\n"
	      "Run PROGRAM with NPV sockets in place of its TCP and UDP sockets.\n"
	      "\n"
	      "  -n, --no-names tell NPV sockets nothing of the names that PROGRAM\n"
	      "                 looks up: one address for each connect()\n"
	      "  -s, --strict   let socket() fail where NPV is not to be had,\n"
	      "                 instead of falling back to TCP and UDP\n"
	      "  -v, --verbose  say on standard error what becomes of each socket\n"
	      "  -h, --help     show this help\n"
	      "  -V, --version  show the version\n",
	      out);
}

/* Path of the preload in the build tree or beside the installed program; the
 * place it was configured for comes last. Returns false if it is nowhere,
 * which has been said then.
 */
static bool preload_find(char *path, size_t size)
{
	static const char * const beside[] = {
		"/../lib/" NPV_RUN_PRELOAD,
		"/../lib/npv/" NPV_RUN_PRELOAD,
	};
	char dir[PATH_MAX], tried[3][PATH_MAX + 64];
	size_t i, n = 0;
	ssize_t len;

	len = readlink("/proc/self/exe", dir, sizeof(dir) - 1);
	if (len > 0) {
		dir[len] = '\0';
		*strrchr(dir, '/') = '\0';
		for (i = 0; i < sizeof(beside) / sizeof(beside[0]); i++)
			snprintf(tried[n++], sizeof(tried[0]), "%s%s", dir,
				 beside[i]);
	}
	snprintf(tried[n++], sizeof(tried[0]), "%s/" NPV_RUN_PRELOAD,
		 NPV_RUN_LIBDIR);

	for (i = 0; i < n; i++) {
		char real[PATH_MAX];

		if (!realpath(tried[i], real))
			continue;
		if (strpbrk(real, " :")) {
			fprintf(stderr, "npv-run: can't preload %s: ld.so takes no path with a space or a colon\n",
				real);
			return false;
		}
		snprintf(path, size, "%s", real);
		return true;
	}

	fprintf(stderr, "npv-run: %s not found; looked for\n", NPV_RUN_PRELOAD);
	for (i = 0; i < n; i++)
		fprintf(stderr, "npv-run:   %s\n", tried[i]);

	return false;
}

/* Put @preload in front of what LD_PRELOAD holds */
static bool preload_set(const char *preload)
{
	const char *old = getenv("LD_PRELOAD");
	char *both;
	int ret;

	if (!old || !*old)
		return !setenv("LD_PRELOAD", preload, 1);

	if (asprintf(&both, "%s:%s", preload, old) < 0)
		return false;
	ret = setenv("LD_PRELOAD", both, 1);
	free(both);

	return !ret;
}

/* Opens and closes one socket, which loads the module if an alias leads to it,
 * and tells the user here, once, what the program wouldn't tell.
 */
static void family_probe(bool strict)
{
	const char *then = strict ? "sockets will fail (--strict)" :
				    "the program will use TCP and UDP";
	int fd, err;

	fd = socket(npv_family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 && errno == EAFNOSUPPORT) /* just loaded under another? */
		fd = socket(npv_family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		close(fd);
		return;
	}

	err = errno;
	if (access("/sys/module/npv", F_OK))
		fprintf(stderr, "npv-run: warning: module npv is not loaded, %s; try: modprobe npv\n",
			then);
	else
		fprintf(stderr, "npv-run: warning: no NPV socket to be had (%s), %s\n",
			strerror(err), then);
}

/* Say what will keep @program from being preloaded; it is run all the same */
static void program_check(const char *program, const char *path)
{
	switch (npv_inspect(path)) {
	case NPV_PROGRAM_STATIC:
		fprintf(stderr, "npv-run: warning: %s is statically linked: nothing can be preloaded into it, its sockets stay as they are\n",
			program);
		break;
	case NPV_PROGRAM_SECURE:
		fprintf(stderr, "npv-run: warning: %s gains privileges when run: nothing can be preloaded into it, its sockets stay as they are\n",
			program);
		break;
	case NPV_PROGRAM_FOREIGN:
		fprintf(stderr, "npv-run: warning: %s is of another machine type than npv-run: nothing can be preloaded into it, its sockets stay as they are\n",
			program);
		break;
	case NPV_PROGRAM_FINE:
		break;
	}
}

static int program_exec(char **argv)
{
	char path[PATH_MAX];
	bool found;
	int err;

	found = npv_program_find(argv[0], path, sizeof(path));
	if (found)
		program_check(argv[0], path);

	execvp(argv[0], argv);
	err = errno;

	if (err == ENOENT && found) {
		fprintf(stderr, "npv-run: can't run %s: the interpreter that it names is missing\n",
			argv[0]);
		return EXIT_CANNOT_INVOKE;
	}
	fprintf(stderr, "npv-run: can't run %s: %s\n", argv[0], strerror(err));

	return err == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_INVOKE;
}

int main(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "help",	no_argument, NULL, 'h' },
		{ "no-names",	no_argument, NULL, 'n' },
		{ "strict",	no_argument, NULL, 's' },
		{ "verbose",	no_argument, NULL, 'v' },
		{ "version",	no_argument, NULL, 'V' },
		{ }
	};
	bool strict = false, verbose = false, no_names = false;
	char preload[PATH_MAX], env[4] = "";
	size_t n = 0;
	int opt;

	/* "+": what follows PROGRAM belongs to it */
	while ((opt = getopt_long(argc, argv, "+hnsvV", longopts, NULL)) != -1) {
		switch (opt) {
		case 'h':
			usage(stdout);
			return fflush(stdout) ? EXIT_OWN_FAILURE : EXIT_SUCCESS;
		case 'V':
			puts("npv-run " NPV_VERSION);
			return fflush(stdout) ? EXIT_OWN_FAILURE : EXIT_SUCCESS;
		case 'n':
			no_names = true;
			break;
		case 's':
			strict = true;
			break;
		case 'v':
			verbose = true;
			break;
		default:
			usage(stderr);
			return EXIT_OWN_FAILURE;
		}
	}
	argv += optind;
	if (!*argv) {
		fputs("npv-run: no program given\n", stderr);
		usage(stderr);
		return EXIT_OWN_FAILURE;
	}

	if (!preload_find(preload, sizeof(preload)))
		return EXIT_OWN_FAILURE;

	if (verbose)
		env[n++] = NPV_RUN_ENV_VERBOSE;
	if (strict)
		env[n++] = NPV_RUN_ENV_STRICT;
	if (no_names)
		env[n++] = NPV_RUN_ENV_NO_NAMES;

	family_probe(strict);

	if (!preload_set(preload) || setenv(NPV_RUN_ENV, env, 1)) {
		fprintf(stderr, "npv-run: can't set the environment: %s\n",
			strerror(errno));
		return EXIT_OWN_FAILURE;
	}

	return program_exec(argv);
}
