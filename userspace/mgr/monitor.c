// SPDX-License-Identifier: GPL-2.0
/*
 * npv-mgr monitor
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "mgr.h"
#include "monitor.h"
#include "show.h"

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

/* ISO 8601 in local time, with milliseconds: 2026-11-23T22:12:59.123+01:00 */
static void show_time(struct emit *e)
{
	char day[32], zone[8], text[64];
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	snprintf(text, sizeof(text), "%s.%03ld%.3s:%s", day,
		 now.tv_nsec / 1000000, zone, zone + 3);
	emit_string(e, "time", NULL, text);
}

/* A reader wants each event when it happens: no gathering */
static int finish_event(struct emit *e)
{
	emit_object_end(e);

	return emit_flush(e) ? 0 : -1;
}

static int show_event(const struct npv_event *event, void *data)
{
	struct emit *e = data;

	emit_object_begin(e, NULL, EMIT_LINE);
	show_time(e);
	emit_string(e, "event", NULL, npv_event_name(event->cmd));
	if (event->session)
		show_session(e, event->session);
	if (event->stack)
		show_stack(e, event->stack);
	if (event->cmd == NPV_CMD_METRICS_NTF)
		show_crossed(e, event->stack->crossed);
	if (event->cmd == NPV_CMD_POLICY_CHANGE_NTF)
		emit_uint(e, "policy", "policy", event->policy);

	return finish_event(e);
}

static int show_lost(struct emit *e)
{
	mgr_complain("events were lost, they came faster than they were read");
	emit_object_begin(e, NULL, EMIT_LINE);
	show_time(e);
	emit_string(e, "event", NULL, "lost");

	return finish_event(e);
}

static int read_events(struct mgr *mgr)
{
	int ret;

	ret = npv_monitor_read(mgr->npv, show_event, mgr->emit);
	if (ret < 0 && errno == ENOBUFS)
		return show_lost(mgr->emit);

	return ret;
}

static enum mgr_status write_error(void)
{
	mgr_complain("can't write: %s", strerror(errno));

	return MGR_FAILED;
}

enum mgr_status monitor_follow(struct mgr *mgr, int (*start)(struct mgr *mgr, void *data),
			       void *data)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct pollfd poll = { .events = POLLIN };
	sigset_t blocked, before;
	enum mgr_status status;
	int ret;

	/* one event, one line, whatever the format */
	if (mgr->format == EMIT_PRETTY) {
		emit_free(mgr->emit);
		mgr->emit = emit_new(EMIT_JSON, stdout);
		if (!mgr->emit)
			return write_error();
	}

	status = mgr_open(mgr);
	if (status)
		return status;

	/* signals come in while we wait only: no half-written line */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);

	ret = start(mgr, data);
	if (ret < 0)
		return mgr_result(mgr, ret, "monitor");

	poll.fd = npv_monitor_fd(mgr->npv);
	while (!stop) {
		/* something may have come before anybody polled */
		ret = read_events(mgr);
		if (ret >= 0)
			ret = ppoll(&poll, 1, NULL, &before);
		if (ret < 0 && errno == EINTR && !ferror(stdout))
			continue;
		if (ret < 0)
			return ferror(stdout) ? write_error() :
						mgr_result(mgr, ret, "monitor");
	}

	return MGR_OK;
}

static int start_events(struct mgr *mgr, void *data)
{
	(void)data;

	return npv_monitor_start(mgr->npv);
}

static enum mgr_status events_run(struct mgr *mgr, char **args)
{
	enum mgr_status status = mgr_no_more(args, "monitor");

	return status ?: monitor_follow(mgr, start_events, NULL);
}

static const struct command monitor_commands[] = {
	{ "events",	events_run,		"" },
	{ "metrics",	monitor_metrics_run,	MONITOR_METRICS_USAGE },
	{ }
};

enum mgr_status monitor_run(struct mgr *mgr, char **args)
{
	return command_run(mgr, monitor_commands, "monitor", args);
}
