// SPDX-License-Identifier: GPL-2.0
/*
 * A library whose constructor calls socket(), as libraries do that start
 * before main(). Set EARLY to see the result.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

__attribute__((constructor)) static void early(void)
{
	if (getenv("EARLY"))
		dprintf(1, "early %d\n", socket(AF_INET, SOCK_STREAM, 0) >= 0);
}
