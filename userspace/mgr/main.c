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

#include "batch.h"

#define NETNS_DIR	"/run/netns"

static void usage(FILE *out)
{
	fputs("Usage: npv-mgr [OPTION]... OBJECT [COMMAND]\n"
	      "       npv-mgr [OPTION]... -b FILE\n"
	      "Look at and control AF_NPV sessions, and what decides of them.\n"
	      "\n"
	      "  info       what the module is and can do\n"
	      "  session    sessions: show, set, del\n"
	      "  stack      communication stacks: show, add, set, del\n"
	      "  endpoint   addresses of this host: show, add, set, del, flush\n"
	      "  profile    recipes for sessions: show, add, set, replace, del, flush\n"
	      "  rule       which session has which: show, add, set, replace, del, flush\n"
	      "  plan       how a session is composed, and why: show\n"
	      "  peer       what is known of peers: show, set, del, flush\n"
	      "  scheduler  what chooses among stacks: show\n"
	      "  stats      counters: show\n"
	      "  monitor    print events until interrupted\n"
	      "  save [FILE]     write endpoints, profiles and rules as commands\n"
	      "  restore [FILE]  put what was saved in the place of what there is\n"
	      "\n"
	      "  -j, --json         write JSON\n"
	      "  -p, --pretty       write indented JSON\n"
	      "  -n, --netns NAME   look into a named network namespace\n"
	      "  -b, --batch FILE   run commands that change the policy, all or none\n"
	      "  -f, --force        run all commands of a batch, each by itself\n"
	      "  -h, --help         show this help\n"
	      "  -V, --version      show the version\n"
	      "\n"
	      "Words can be abbreviated. npv-mgr OBJECT help tells what its commands take,\n"
	      "npv-mgr-OBJECT(8) what that means.\n",
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

static enum mgr_status endpoint_run(struct mgr *mgr, char **args)
{
	return command_run(mgr, endpoint_commands, "endpoint", args);
}

static enum mgr_status profile_run(struct mgr *mgr, char **args)
{
	return command_run(mgr, profile_commands, "profile", args);
}

static enum mgr_status rule_run(struct mgr *mgr, char **args)
{
	return command_run(mgr, rule_commands, "rule", args);
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

const struct command commands[] = {
	{ "info",	info_run,	"" },
	{ "session",	session_run,	"" },
	{ "stack",	stack_run,	"" },
	{ "endpoint",	endpoint_run,	"" },
	{ "profile",	profile_run,	"" },
	{ "rule",	rule_run,	"" },
	{ "plan",	plan_run,	"" },
	{ "peer",	peer_run,	"" },
	{ "scheduler",	scheduler_run,	"" },
	{ "stats",	stats_run,	"" },
	{ "monitor",	monitor_run,	"" },
	{ "save",	save_run,	"" },
	{ "restore",	restore_run,	"" },
	{ "help",	help_run,	"" },
	{ }
};

enum mgr_status mgr_open(struct mgr *mgr)
{
	if (mgr->parse_only)
		return MGR_PARSED;
	if (mgr->npv)
		return MGR_OK;
	mgr->npv = npv_open();
	if (mgr->npv)
		return MGR_OK;

	if (errno == EAFNOSUPPORT) {
		mgr_complain("module npv is not loaded; try: modprobe npv");
		return MGR_NO_MODULE;
	}
	mgr_complain("can't talk to the kernel: %s", npv_strerror(NULL));

	return MGR_FAILED;
}

enum mgr_status mgr_result(struct mgr *mgr, int ret, const char *what)
{
	int err = errno;

	if (ret == NPV_INTERRUPTED)
		mgr_complain("warning: entries came and went while they were read, some may be missing");
	if (ret >= 0)
		return MGR_OK;

	mgr_complain("%s%s%s%s", what ?: "", what ? ": " : "", npv_strerror(mgr->npv),
		     err == EPERM && !strcmp(npv_strerror(mgr->npv), strerror(EPERM)) ?
		     " (needs CAP_NET_ADMIN in the namespace)" : "");

	switch (err) {
	case ENOENT:
	case ENODEV:
		return MGR_NOT_FOUND;
	case EINVAL:
	case ERANGE:
		return MGR_USAGE;
	default:
		return MGR_FAILED;
	}
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
		mgr_complain("can't open namespace %s: %s: %s", name, path,
			     strerror(err));
		return err == ENOENT ? MGR_NOT_FOUND : MGR_FAILED;
	}
	if (setns(fd, CLONE_NEWNET)) {
		mgr_complain("can't enter namespace %s: %s", name, strerror(errno));
		close(fd);
		return MGR_FAILED;
	}
	close(fd);

	return MGR_OK;
}

static enum mgr_status write_failed(void)
{
	mgr_complain("can't write: %s", strerror(errno));

	return MGR_FAILED;
}

/* Status after text on stdout that didn't go through the emitter */
static enum mgr_status written(void)
{
	return fflush(stdout) || ferror(stdout) ? write_failed() : MGR_OK;
}

static enum mgr_status run(struct mgr *mgr, const char *batch, char **args)
{
	enum mgr_status status;

	mgr->emit = emit_new(mgr->format, stdout);
	if (!mgr->emit) {
		mgr_complain("%s", strerror(errno));
		return MGR_FAILED;
	}

	status = batch ? batch_run(mgr, batch, false) :
			 command_run(mgr, commands, NULL, args);
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
		{ "batch",	required_argument,	NULL, 'b' },
		{ "force",	no_argument,		NULL, 'f' },
		{ "help",	no_argument,		NULL, 'h' },
		{ "version",	no_argument,		NULL, 'V' },
		{ }
	};
	struct mgr mgr = { .format = EMIT_TEXT };
	const char *netns = NULL, *batch = NULL;
	enum mgr_status status;
	int opt;

	while ((opt = getopt_long(argc, argv, "+jpn:b:fhV", longopts,
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
		case 'b':
			batch = optarg;
			break;
		case 'f':
			mgr.force = true;
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

	if (batch && optind < argc)
		return mgr_usage_error("\"%s\" is too much: the commands are in the batch",
				       argv[optind]);
	if (!batch && optind == argc) {
		usage(stderr);
		return MGR_USAGE;
	}

	if (netns) {
		status = netns_enter(netns);
		if (status)
			return status;
	}

	return run(&mgr, batch, argv + optind);
}
