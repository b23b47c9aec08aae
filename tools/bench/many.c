// SPDX-License-Identifier: GPL-2.0
/*
 * Many sessions that live: how long it takes until a change of the policy holds for
 * all, whether traffic goes on meanwhile, and how long they take to be told.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/npv_netlink.h>

#include "bench.h"
#include "endpoint.h"
#include "pair.h"

/* Sessions that carry traffic, of all */
#define BUSY 16
/* Dumps of which the median counts */
#define DUMPS 5
#define CALM_US 1000000
#define TIMEOUT (60 * NSEC_PER_SEC)

/**
 * struct traffic - what the process with the busy sessions and the other share
 * @changing: the policy is being changed
 * @stop: nothing more is to be sent
 * @calm: longest time without a round trip before
 * @gap: the same from then on
 */
struct traffic {
	_Atomic int changing;
	_Atomic int stop;
	uint64_t calm;
	uint64_t gap;
};

static int *many_open(void)
{
	struct rlimit limit = {
		.rlim_cur = 2 * opt.count + 64,
		.rlim_max = 2 * opt.count + 64,
	};
	int listener, *fd;
	uint64_t i;

	if (setrlimit(RLIMIT_NOFILE, &limit))
		die("RLIMIT_NOFILE");
	fd = calloc(2 * opt.count, sizeof(*fd));
	endpoint_enter(opt.server_ns);
	listener = endpoint_listen(ENDPOINT_PORT, 128);
	for (i = 0; i < opt.count; i++)
		sessions_open(listener, &fd[2 * i]);
	endpoint_enter(opt.client_ns);
	return fd;
}

static void many_close(const int *fd)
{
	uint64_t i;

	for (i = 0; i < 2 * opt.count; i++)
		endpoint_abort(fd[i]);
}

static void print_kind(int fd)
{
	struct endpoint_kind kind = endpoint_kind(fd);

	printf(", \"native\": %s, \"stacks\": %u}\n", kind.native ? "true" : "false",
	       kind.stacks);
}

static void command(const char *line)
{
	if (system(line)) {
		errno = 0;
		die("%s", line);
	}
}

/* --- dumps --- */

/**
 * struct dump - a dump over generic netlink
 * @messages: told
 * @like: of them, have a string @text as attribute @attr
 */
struct dump {
	unsigned int messages;
	unsigned int like;
	unsigned int attr;
	const char *text;
};

static struct nlattr *attr_find(struct nlmsghdr *nlh, unsigned int type)
{
	char *at = (char *)nlh + NLMSG_HDRLEN + GENL_HDRLEN;
	char *end = (char *)nlh + nlh->nlmsg_len;

	while (at + NLA_HDRLEN <= end) {
		struct nlattr *attr = (struct nlattr *)at;

		if (attr->nla_len < NLA_HDRLEN)
			break;
		if ((attr->nla_type & NLA_TYPE_MASK) == type)
			return attr;
		at += NLA_ALIGN(attr->nla_len);
	}
	return NULL;
}

static void netlink_ask(int fd, uint16_t type, uint16_t flags, uint8_t cmd,
			const char *family)
{
	struct {
		struct nlmsghdr nlh;
		struct genlmsghdr genl;
		struct nlattr attr;
		char name[GENL_NAMSIZ];
	} ask = {
		.nlh.nlmsg_type = type,
		.nlh.nlmsg_flags = NLM_F_REQUEST | flags,
		.nlh.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN,
		.genl.cmd = cmd,
		.genl.version = 1,
	};

	if (family) {
		ask.attr.nla_type = CTRL_ATTR_FAMILY_NAME;
		ask.attr.nla_len = NLA_HDRLEN + strlen(family) + 1;
		strcpy(ask.name, family);
		ask.nlh.nlmsg_len += NLA_ALIGN(ask.attr.nla_len);
	}
	if (send(fd, &ask, ask.nlh.nlmsg_len, 0) < 0)
		die("netlink");
}

/* Return: whether there is more to come. */
static bool netlink_read(int fd, struct dump *dump)
{
	static char buffer[32768];
	struct nlmsghdr *nlh = (struct nlmsghdr *)buffer;
	int len = recv(fd, buffer, sizeof(buffer), 0);

	if (len < 0)
		die("dump");
	for (; NLMSG_OK(nlh, len); nlh = NLMSG_NEXT(nlh, len)) {
		struct nlattr *attr;

		if (nlh->nlmsg_type == NLMSG_ERROR) {
			errno = -*(int *)NLMSG_DATA(nlh);
			die("dump");
		}
		if (nlh->nlmsg_type == NLMSG_DONE)
			return false;
		dump->messages++;
		attr = dump->text ? attr_find(nlh, dump->attr) : NULL;
		dump->like += attr && !strcmp((char *)attr + NLA_HDRLEN, dump->text);
	}
	return true;
}

static uint16_t netlink_family(int fd)
{
	char buffer[8192];
	struct nlattr *attr;

	netlink_ask(fd, GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY, NPV_FAMILY_NAME);
	if (recv(fd, buffer, sizeof(buffer), 0) < 0)
		die("netlink family");
	attr = attr_find((struct nlmsghdr *)buffer, CTRL_ATTR_FAMILY_ID);
	if (!attr)
		die("no netlink family %s", NPV_FAMILY_NAME);
	return *(uint16_t *)((char *)attr + NLA_HDRLEN);
}

/* Return: nanoseconds that it took */
static uint64_t dump_take(uint8_t cmd, struct dump *dump)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	uint64_t start;
	uint16_t family;

	if (fd < 0)
		die("netlink");
	family = netlink_family(fd);
	dump->messages = 0;
	dump->like = 0;
	start = now_ns();
	netlink_ask(fd, family, NLM_F_DUMP, cmd, NULL);
	while (netlink_read(fd, dump))
		;
	start = now_ns() - start;
	close(fd);
	return start;
}

void dump_test(void)
{
	uint64_t raw[DUMPS], mgr[DUMPS];
	struct dump sessions = { }, stacks = { };
	int i, *fd = many_open();

	for (i = 0; i < DUMPS; i++) {
		raw[i] = dump_take(NPV_CMD_SESSION_GET, &sessions) +
			 dump_take(NPV_CMD_STACK_GET, &stacks);
		mgr[i] = now_ns();
		command("npv-mgr -j session > /dev/null");
		command("npv-mgr -j stack > /dev/null");
		mgr[i] = now_ns() - mgr[i];
	}
	errno = 0;
	if (sessions.messages < opt.count || stacks.messages < opt.count)
		die("only %u sessions and %u stacks were told", sessions.messages,
		    stacks.messages);
	printf("{\"raw_ms\": %.3f, \"mgr_ms\": %.3f", median(raw, DUMPS) / 1e6,
	       median(mgr, DUMPS) / 1e6);
	print_kind(fd[0]);
	many_close(fd);
}

/* --- a change of the policy --- */

static void traffic_run(struct traffic *traffic, const int *fd)
{
	uint64_t last = now_ns(), now;
	uint64_t data = 0;
	int i = 0;

	while (!traffic->stop) {
		endpoint_send(fd[2 * i], &data, sizeof(data));
		endpoint_receive(fd[2 * i + 1], &data, sizeof(data));
		endpoint_send(fd[2 * i + 1], &data, sizeof(data));
		endpoint_receive(fd[2 * i], &data, sizeof(data));
		now = now_ns();
		if (traffic->changing && now - last > traffic->gap)
			traffic->gap = now - last;
		else if (!traffic->changing && now - last > traffic->calm)
			traffic->calm = now - last;
		last = now;
		i = (i + 1) % BUSY;
	}
}

/* A counter of the caller's namespace */
static unsigned long long counter(const char *name)
{
	char line[128], word[64];
	unsigned long long value, found = 0;
	FILE *file = fopen("/proc/net/npv_stat", "r");

	if (!file)
		die("/proc/net/npv_stat");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%63s %llu", word, &value) == 2 && !strcmp(word, name))
			found = value;
	fclose(file);
	return found;
}

/* Until it holds for all. Return: nanoseconds */
static uint64_t policy_change(const char *line)
{
	unsigned long long before = counter("PolicyApplied");
	uint64_t start = now_ns();

	command(line);
	while (counter("PolicyApplied") < before + opt.count) {
		errno = ETIMEDOUT;
		if (now_ns() - start > TIMEOUT)
			die("of %llu sessions only %llu took it",
			    (unsigned long long)opt.count,
			    counter("PolicyApplied") - before);
		usleep(5000);
	}
	return now_ns() - start;
}

void policy_test(void)
{
	struct dump dump = { .attr = NPV_A_SESSION_SCHEDULER, .text = "redundant" };
	struct traffic *traffic;
	uint64_t took;
	int *fd;

	traffic = mmap(NULL, sizeof(*traffic), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (traffic == MAP_FAILED)
		die("mmap");
	endpoint_enter(opt.client_ns);
	command("npv-mgr profile add bench scheduler weighted");
	command("npv-mgr rule add id 1 profile bench > /dev/null");
	fd = many_open();
	if (!pair_fork()) {
		traffic_run(traffic, fd);
		_exit(0);
	}
	usleep(CALM_US);
	traffic->changing = true;
	took = policy_change("npv-mgr profile set bench scheduler redundant policy handover");
	traffic->changing = false;
	traffic->stop = true;
	pair_wait(1);
	dump_take(NPV_CMD_SESSION_GET, &dump);
	errno = 0;
	if (dump.like < opt.count)
		die("of %u sessions only %u have changed", dump.messages, dump.like);
	printf("{\"policy_ms\": %.3f, \"gap_ms\": %.3f, \"calm_ms\": %.3f",
	       took / 1e6, traffic->gap / 1e6, traffic->calm / 1e6);
	print_kind(fd[0]);
	command("npv-mgr rule flush");
	command("npv-mgr profile flush");
	many_close(fd);
}
