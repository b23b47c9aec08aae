// SPDX-License-Identifier: GPL-2.0
/*
 * npv-mgr: look at and control AF_NPV. See npv-mgr(8).
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mgr.h"

#define NETNS_DIR	"/run/netns"

static void usage(FILE *out)
{
	fputs("Usage: npv-mgr [OPTION]... COMMAND\n"
	      "Look at and control AF_NPV sessions.\n"
	      "\n"
	      "  info [show]                  what the module is and can do\n"
	      "  session [show [id ID]]       sessions\n"
	      "  session kill ID              end a session at once\n"
	      "  session set ID scheduler NAME\n"
	      "  stack [show [session ID]]    communication stacks\n"
	      "  stack add SESSION [tcp|udp] [local ADDRESS] [remote ADDRESS] [dev NAME]\n"
	      "            [backup]\n"
	      "  stack del SESSION ID\n"
	      "  stack set SESSION ID [weight N] [active|backup|paused]\n"
	      "  scheduler [show]             what chooses among stacks\n"
	      "  peer [show [ADDRESS]]        what is remembered of peers\n"
	      "  peer set ADDRESS [port PORT] kind plain|native\n"
	      "  peer del ADDRESS [port PORT]\n"
	      "  peer flush [all]             forget what was learnt, or all\n"
	      "  stats [show [NAME]...]       counters\n"
	      "  monitor                      print events until interrupted\n"
	      "\n"
	      "  -j, --json         write JSON\n"
	      "  -p, --pretty       write indented JSON\n"
	      "  -n, --netns NAME   look into a named network namespace\n"
	      "  -h, --help         show this help\n"
	      "  -V, --version      show the version\n"
	      "\n"
	      "Commands can be abbreviated.\n",
	      out);
}

static enum mgr_status info_run(struct mgr *mgr, char **args)
{
	return command_run(mgr, info_commands, "info", args);
}

static enum mgr_status session_run(struct mgr *mgr, char **args)
{
	return command_run(mgr, session_commands, "session", args);
}

static enum mgr_status stack_run(struct mgr *mgr, char **args)
{
	return command_run(mgr, stack_commands, "stack", args);
}

static enum mgr_status scheduler_run(struct mgr *mgr, char **args)
{
	return command_run(mgr, scheduler_commands, "scheduler", args);
}

static enum mgr_status peer_run(struct mgr *mgr, char **args)
{
	return command_run(mgr, peer_commands, "peer", args);
}

static enum mgr_status stats_run(struct mgr *mgr, char **args)
{
	return command_run(mgr, stats_commands, "stats", args);
}

static enum mgr_status help_run(struct mgr *mgr, char **args)
{
	(void)mgr;
	(void)args;
	usage(stdout);

	return MGR_OK;
}

static const struct command commands[] = {
	{ "info",	info_run,	"" },
	{ "session",	session_run,	"" },
	{ "stack",	stack_run,	"" },
	{ "scheduler",	scheduler_run,	"" },
	{ "peer",	peer_run,	"" },
	{ "stats",	stats_run,	"" },
	{ "monitor",	monitor_run,	"" },
	{ "help",	help_run,	"" },
	{ }
};

enum mgr_status mgr_open(struct mgr *mgr)
{
	mgr->npv = npv_open();
	if (mgr->npv)
		return MGR_OK;

	if (errno == EAFNOSUPPORT) {
		fputs("npv-mgr: module npv is not loaded; try: modprobe npv\n",
		      stderr);
		return MGR_NO_MODULE;
	}
	fprintf(stderr, "npv-mgr: can't talk to the kernel: %s\n",
		npv_strerror(NULL));

	return MGR_FAILED;
}

enum mgr_status mgr_result(struct mgr *mgr, int ret, const char *what)
{
	int err = errno;

	if (ret == NPV_INTERRUPTED)
		fputs("npv-mgr: warning: entries came and went while they were read, some may be missing\n",
		      stderr);
	if (ret >= 0)
		return MGR_OK;

	fprintf(stderr, "npv-mgr: %s%s%s%s\n", what ?: "", what ? ": " : "",
		npv_strerror(mgr->npv),
		err == EPERM ? " (needs CAP_NET_ADMIN in the namespace)" : "");

	return err == ENOENT ? MGR_NOT_FOUND : MGR_FAILED;
}

/* Go to a namespace that ip-netns(8) has named */
static enum mgr_status netns_enter(const char *name)
{
	char path[PATH_MAX];
	int fd, err;

	if (!*name || strchr(name, '/') || !strcmp(name, ".") ||
	    !strcmp(name, ".."))
		return mgr_usage_error("\"%s\" is not the name of a namespace",
				       name);

	snprintf(path, sizeof(path), NETNS_DIR "/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err = errno;
		fprintf(stderr, "npv-mgr: can't open namespace %s: %s: %s\n",
			name, path, strerror(err));
		return err == ENOENT ? MGR_NOT_FOUND : MGR_FAILED;
	}
	if (setns(fd, CLONE_NEWNET)) {
		fprintf(stderr, "npv-mgr: can't enter namespace %s: %s\n", name,
			strerror(errno));
		close(fd);
		return MGR_FAILED;
	}
	close(fd);

	return MGR_OK;
}

static enum mgr_status write_failed(void)
{
	fprintf(stderr, "npv-mgr: can't write: %s\n", strerror(errno));

	return MGR_FAILED;
}

/* Status after text on stdout that didn't go through the emitter */
static enum mgr_status written(void)
{
	return fflush(stdout) || ferror(stdout) ? write_failed() : MGR_OK;
}

static enum mgr_status run(struct mgr *mgr, char **args)
{
	enum mgr_status status;

	mgr->emit = emit_new(mgr->format, stdout);
	if (!mgr->emit) {
		fprintf(stderr, "npv-mgr: %s\n", strerror(errno));
		return MGR_FAILED;
	}

	status = command_run(mgr, commands, NULL, args);
	/* what a command has gathered before it failed is no result */
	if (status == MGR_OK && !emit_flush(mgr->emit))
		status = write_failed();
	npv_close(mgr->npv);
	emit_free(mgr->emit);

	return status;
}

int main(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "json",	no_argument,		NULL, 'j' },
		{ "pretty",	no_argument,		NULL, 'p' },
		{ "netns",	required_argument,	NULL, 'n' },
		{ "help",	no_argument,		NULL, 'h' },
		{ "version",	no_argument,		NULL, 'V' },
		{ }
	};
	struct mgr mgr = { .format = EMIT_TEXT };
	const char *netns = NULL;
	enum mgr_status status;
	int opt;

	while ((opt = getopt_long(argc, argv, "+jpn:hV", longopts,
				  NULL)) != -1) {
		switch (opt) {
		case 'j':
			if (mgr.format == EMIT_TEXT)
				mgr.format = EMIT_JSON;
			break;
		case 'p':
			mgr.format = EMIT_PRETTY;
			break;
		case 'n':
			netns = optarg;
			break;
		case 'h':
			usage(stdout);
			return written();
		case 'V':
			puts("npv-mgr " NPV_VERSION);
			return written();
		default:
			fputs("Try: npv-mgr --help\n", stderr);
			return MGR_USAGE;
		}
	}

	if (optind == argc) {
		usage(stderr);
		return MGR_USAGE;
	}

	if (netns) {
		status = netns_enter(netns);
		if (status)
			return status;
	}

	return run(&mgr, argv + optind);
}
