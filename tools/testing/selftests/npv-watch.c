// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps files of the stacks in namespaces up to date, for scripts that look often
 * and must not start a program each time: in the debug kernel that takes longer
 * than what they look for.
 *
 * npv-watch MS NAMESPACE FILE [NAMESPACE FILE]...
 *
 * A line for each stack, every MS milliseconds; a file is replaced as a whole:
 *
 *	SESSION STACK ipv4|ipv6 DEVICE STATE SENT RECEIVED LOCAL PORT REMOTE PORT
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "libnpv.h"

#define HOSTS_MAX 4

static struct host {
	struct npv *npv;
	int ns;
	char file[256], next[264];
} hosts[HOSTS_MAX];

static void print_address(FILE *file, const struct npv_address *end)
{
	char text[INET6_ADDRSTRLEN] = "*";

	if (end->family)
		inet_ntop(end->family, &end->v6, text, sizeof(text));
	fprintf(file, " %s %u", text, end->port);
}

static int print_stack(const struct npv_stack *stack, void *data)
{
	const char *state = npv_tcp_state_name(stack->tcp_state);
	const char *network = npv_network_name(stack->network);
	char device[IF_NAMESIZE] = "-";
	FILE *file = data;

	if_indextoname(stack->ifindex, device);
	fprintf(file, "%llu %u %s %s %s %llu %llu",
		(unsigned long long)stack->session_id, stack->id,
		network ? network : "?", device, state ? state : "?",
		(unsigned long long)stack->bytes_sent,
		(unsigned long long)stack->bytes_received);
	print_address(file, &stack->local);
	print_address(file, &stack->remote);
	fprintf(file, " %s\n", npv_transport_name(stack->transport));
	return 0;
}

static void open_host(struct host *host, const char *name, const char *file)
{
	char path[256];

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	host->ns = OK(open(path, O_RDONLY | O_CLOEXEC));
	OK(setns(host->ns, CLONE_NEWNET));
	host->npv = npv_open();
	if (!host->npv)
		FAIL("%s: %s", name, npv_strerror(NULL));
	snprintf(host->file, sizeof(host->file), "%s", file);
	snprintf(host->next, sizeof(host->next), "%s.new", file);
}

static void write_host(struct host *host)
{
	FILE *file = fopen(host->next, "w");

	CHECK(file);
	/* for the names of devices */
	OK(setns(host->ns, CLONE_NEWNET));
	if (npv_stack_dump(host->npv, 0, print_stack, file) < 0)
		FAIL("%s", npv_strerror(host->npv));
	fclose(file);
	OK(rename(host->next, host->file));
}

int main(int argc, char **argv)
{
	int i, n = (argc - 2) / 2;

	if (argc < 4 || argc % 2 || n > HOSTS_MAX) {
		fprintf(stderr, "usage: npv-watch MS NAMESPACE FILE...\n");
		return 2;
	}
	for (i = 0; i < n; i++)
		open_host(&hosts[i], argv[2 + 2 * i], argv[3 + 2 * i]);
	for (;;) {
		for (i = 0; i < n; i++)
			write_host(&hosts[i]);
		nap_ms(atoi(argv[1]));
	}
}
