// SPDX-License-Identifier: GPL-2.0
/*
 * The uapi header in a program: together with libc's headers, in either order
 * of inclusion that works for the kernel's own headers.
 */
#include <netinet/in.h>
#include <sys/socket.h>

#include <linux/npv.h>

_Static_assert(sizeof(struct sockaddr_npv) <= sizeof(struct sockaddr_storage),
	       "sockaddr_npv doesn't fit sockaddr_storage");
_Static_assert(sizeof(struct sockaddr_npv) == 12 + 16 * NPV_ADDR_MAX,
	       "sockaddr_npv has holes");
_Static_assert(sizeof(struct npv_info) % 8 == 0, "npv_info has a tail");
_Static_assert(sizeof(struct npv_stack_info) % 8 == 0,
	       "npv_stack_info has a tail");
_Static_assert(sizeof(struct npv_prefer) == 8, "npv_prefer has holes");
_Static_assert(sizeof(struct npv_prefer_interface) == 20,
	       "npv_prefer_interface has holes");

int use(void);

int use(void)
{
	return socket(npv_family(), SOCK_STREAM, 0);
}
