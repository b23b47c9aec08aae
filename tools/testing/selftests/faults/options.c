// SPDX-License-Identifier: GPL-2.0
/* Memory that is short: socket options and epoll. */
#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>

#include "faults.h"

long run_nodelay(struct scene *s)
{
	int on = 1;

	return setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

long run_congestion(struct scene *s)
{
	return setsockopt(s->fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
}

long run_mark(struct scene *s)
{
	int mark = MARK;

	return setsockopt(s->fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark));
}

static long run_device(struct scene *s)
{
	return setsockopt(s->fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2);
}

static long run_filter(struct scene *s)
{
	struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
	struct sock_fprog prog = { 1, &all };

	return setsockopt(s->fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog));
}

static long run_membership(struct scene *s)
{
	struct ip_mreqn req = { .imr_ifindex = 1 };

	req.imr_multiaddr.s_addr = htonl(0xefff0001);
	return setsockopt(s->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &req,
			  sizeof(req));
}

static long run_tls(struct scene *s)
{
	return setsockopt(s->fd, IPPROTO_TCP, TCP_ULP, "tls", 3);
}

static long run_name_family(struct scene *s)
{
	int family = AF_INET6;

	return setsockopt(s->fd, SOL_NPV, NPV_NAME_FAMILY, &family,
			  sizeof(family));
}

static long run_info(struct scene *s)
{
	struct npv_info info;
	socklen_t len = sizeof(info);

	return getsockopt(s->fd, SOL_NPV, NPV_INFO, &info, &len);
}

long run_stacks(struct scene *s)
{
	struct {
		struct npv_stacks head;
		struct npv_stack_info stack[8];
	} buf = { .head = { .size_hdr = sizeof(buf.head),
			    .size_user = sizeof(buf.stack[0]) } };
	socklen_t len = sizeof(buf);

	return getsockopt(s->fd, SOL_NPV, NPV_STACKS, &buf, &len);
}

static long run_epoll(struct scene *s)
{
	struct epoll_event ev = { .events = EPOLLIN };

	if (s->other < 0)
		s->other = epoll_create1(0);
	if (s->other < 0)
		return -1;
	return epoll_ctl(s->other, EPOLL_CTL_ADD, s->fd, &ev);
}

void options_kept(struct scene *s)
{
	EQ(option_of(s->fd, IPPROTO_TCP, TCP_NODELAY), 1);
	EQ(option_of(s->fd, SOL_SOCKET, SO_MARK), MARK);
}

/* Remembered, and on the stack that wins */
static void nodelay_set(struct scene *s)
{
	OK(run_connect_two(s));
	EQ(option_of(s->fd, IPPROTO_TCP, TCP_NODELAY), 1);
}

static void congestion_set(struct scene *s)
{
	char name[16] = "";
	socklen_t len = sizeof(name);

	OK(run_connect_two(s));
	OK(getsockopt(s->fd, IPPROTO_TCP, TCP_CONGESTION, name, &len));
	CHECK(!strcmp(name, "reno"));
}

static void mark_set(struct scene *s)
{
	OK(run_connect_two(s));
	EQ(option_of(s->fd, SOL_SOCKET, SO_MARK), MARK);
}

static void connects(struct scene *s)
{
	OK(run_connect_two(s));
	is_connected(s);
}

const struct step option_steps[] = {
	{ "setsockopt TCP_NODELAY", scene_server, run_nodelay, nodelay_set },
	{ "setsockopt TCP_CONGESTION", scene_server, run_congestion,
	  congestion_set },
	{ "setsockopt SO_MARK", scene_server, run_mark, mark_set },
	{ "setsockopt SO_BINDTODEVICE", scene_server, run_device, connects },
	{ "setsockopt SO_ATTACH_FILTER", scene_server, run_filter, connects },
	{ "setsockopt IP_ADD_MEMBERSHIP", scene_dgram, run_membership },
	{ "setsockopt TCP_ULP", scene_connected, run_tls, is_connected },
	{ "setsockopt NPV_NAME_FAMILY", scene_stream, run_name_family },
	{ "getsockopt NPV_INFO", scene_raced, run_info, is_connected },
	{ "getsockopt NPV_STACKS", scene_raced, run_stacks, is_connected },
	{ "getsockopt NPV_STACKS, mid-race", scene_racing, run_stacks },
	{ "epoll_ctl", scene_connected, run_epoll, is_connected },
	{ }
};
