// SPDX-License-Identifier: GPL-2.0
/*
 * Names of interfaces. To ask the kernel takes three system calls, which is most of what
 * it costs to list thousands of stacks that use the same few.
 */
#include <net/if.h>
#include <stdbool.h>
#include <time.h>

#include "device.h"

/* As long as an answer is believed: monitor may see an interface renamed */
#define FRESH_S	1

static struct known {
	uint32_t ifindex;
	time_t at;
	bool there;
	char name[IF_NAMESIZE];
} known[64];

const char *device_name(uint32_t ifindex)
{
	struct known *k = &known[ifindex % (sizeof(known) / sizeof(known[0]))];
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (k->ifindex != ifindex || !k->ifindex || now.tv_sec - k->at > FRESH_S) {
		k->ifindex = ifindex;
		k->at = now.tv_sec;
		k->there = if_indextoname(ifindex, k->name);
	}
	return k->there ? k->name : NULL;
}
