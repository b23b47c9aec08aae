// SPDX-License-Identifier: GPL-2.0
/* Memory that is short: what netlink tells and does. */
#include <string.h>

#include "faults.h"

int count_session(const struct npv_session *session, void *data)
{
	++*(int *)data;
	return 0;
}

static int count_stack(const struct npv_stack *stack, void *data)
{
	++*(int *)data;
	return 0;
}

static int count_stats(const struct npv_stats *stats, void *data)
{
	++*(int *)data;
	return 0;
}

static int count_module(const struct npv_module *module, void *data)
{
	++*(int *)data;
	return 0;
}

/* Sessions to be shown: a listener with its twin, both ends, a race, datagrams */
static void scene_crowd(struct scene *s)
{
	scene_connected(s);
	s->other = racing();
}

static void scene_netlink(struct scene *s)
{
	scene_crowd(s);
	s->npv = npv_open();
	CHECK(s->npv);
	s->id = info_of(s->fd).npvi_id;
	EQ(npv_session_dump(s->npv, count_session, &s->sessions), 0);
	EQ(npv_stack_dump(s->npv, 0, count_stack, &s->stacks), 0);
	/* two ends, a listener and a race; the listener with its twin */
	EQ(s->sessions, 4);
	CHECK(s->stacks > s->sessions);
}

static long run_netlink_open(struct scene *s)
{
	s->npv = npv_open();
	return s->npv ? 0 : -1;
}

/* A dump that says it is whole has everything in it */
static long whole(int ret, int count, int all)
{
	if (ret >= 0 && count != all)
		FAIL("a result without an error has %d of %d entries", count,
		     all);
	return ret;
}

static long run_session_dump(struct scene *s)
{
	int count = 0, ret;

	ret = npv_session_dump(s->npv, count_session, &count);
	return whole(ret, count, s->sessions);
}

static long run_session_get(struct scene *s)
{
	int count = 0, ret;

	ret = npv_session_get(s->npv, s->id, count_session, &count);
	return whole(ret, count, 1);
}

static long run_stack_dump(struct scene *s)
{
	int count = 0, ret;

	ret = npv_stack_dump(s->npv, 0, count_stack, &count);
	return whole(ret, count, s->stacks);
}

static long run_stats(struct scene *s)
{
	int count = 0, ret;

	ret = npv_stats_get(s->npv, count_stats, &count);
	return whole(ret, count, 1);
}

static long run_module_info(struct scene *s)
{
	int count = 0, ret;

	ret = npv_info_get(s->npv, count_module, &count);
	return whole(ret, count, 1);
}

long run_session_del(struct scene *s)
{
	return npv_session_del(s->npv, s->id);
}

static long run_monitor(struct scene *s)
{
	return npv_monitor_start(s->npv);
}

static void is_told(struct scene *s)
{
	int count = 0;

	EQ(npv_session_dump(s->npv, count_session, &count), 0);
	CHECK(count >= 4);
}

void is_ended(struct scene *s)
{
	FAILS(recv(s->fd, sink, 1, MSG_DONTWAIT), ECONNABORTED);
}

const struct step netlink_steps[] = {
	{ "netlink, open", scene_crowd, run_netlink_open, is_told,
	  { EAFNOSUPPORT } },
	{ "netlink, session dump", scene_netlink, run_session_dump, is_told },
	{ "netlink, session", scene_netlink, run_session_get, is_told },
	{ "netlink, stack dump", scene_netlink, run_stack_dump, is_told },
	{ "netlink, stats", scene_netlink, run_stats, is_told },
	{ "netlink, info", scene_netlink, run_module_info, is_told },
	/* what fails may be the reply: it has happened then */
	{ "netlink, session del", scene_netlink, run_session_del, is_ended,
	  .once = true },
	{ "netlink, monitor", scene_netlink, run_monitor, is_told },
	{ }
};
