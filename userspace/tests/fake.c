// SPDX-License-Identifier: GPL-2.0
/*
 * Takes the place of libc, and of a kernel with NPV, behind the preload of npv-run:
 * a library to be preloaded after it.
 *
 *	FAKE_HOSTS=NAME=ADDRESS[,ADDRESS...] [...]	what getaddrinfo() finds
 *	FAKE_GOOD=ADDRESS [...]			whom connect() reaches
 *
 * Each call that the preload makes of a socket is a line on descriptor 9.
 */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/npv.h>

#define LOG	9
#define PUBLIC	__attribute__((visibility("default")))

/* The family of each NPV socket, 0 of others */
static int family_of[1024];

PUBLIC int socket(int domain, int type, int protocol)
{
	int family = 0, fd;

	if (domain == npv_family()) {
		family = protocol >> 16;
		domain = family;
		protocol &= 0xffff;
	}
	fd = (int)syscall(SYS_socket, domain, type, protocol);
	if (fd >= 0 && fd < 1024)
		family_of[fd] = family;

	return fd;
}

PUBLIC int getsockopt(int fd, int level, int name, void *val, socklen_t *len)
{
	if (level == SOL_NPV && name == NPV_NAME_FAMILY && family_of[fd]) {
		*(int *)val = family_of[fd];
		*len = sizeof(int);
		return 0;
	}

	return (int)syscall(SYS_getsockopt, fd, level, name, val, len);
}

PUBLIC int setsockopt(int fd, int level, int name, const void *val, socklen_t len)
{
	if (level == SOL_NPV && name == NPV_PEER_NAME) {
		dprintf(LOG, "name %.*s\n", (int)len, (const char *)val);
		return 0;
	}

	return (int)syscall(SYS_setsockopt, fd, level, name, val, len);
}

static int is_good(const struct in6_addr *addr)
{
	char text[64], list[512], *word, *rest = NULL;
	const char *shown;

	shown = inet_ntop(AF_INET6, addr, text, sizeof(text));
	if (IN6_IS_ADDR_V4MAPPED(addr))
		shown += strlen("::ffff:");
	snprintf(list, sizeof(list), "%s", getenv("FAKE_GOOD") ?: "");
	for (word = strtok_r(list, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		if (!strcmp(word, shown))
			return 1;

	return 0;
}

PUBLIC int connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	const struct sockaddr_npv *all = (const void *)addr;
	struct sockaddr_npv one = { .snpv_count = 1 };
	char text[64], line[512];
	unsigned int i, n;
	int good = 0;

	n = (unsigned int)snprintf(line, sizeof(line), "connect");
	if (addr->sa_family == AF_INET6) {
		one.snpv_port = ((const struct sockaddr_in6 *)(const void *)addr)->sin6_port;
		one.snpv_addr[0] = ((const struct sockaddr_in6 *)(const void *)addr)->sin6_addr;
		all = &one;
	} else if (addr->sa_family == AF_INET) {
		one.snpv_port = ((const struct sockaddr_in *)(const void *)addr)->sin_port;
		inet_pton(AF_INET6, "::ffff:0.0.0.0", &one.snpv_addr[0]);
		memcpy(&one.snpv_addr[0].s6_addr[12],
		       &((const struct sockaddr_in *)(const void *)addr)->sin_addr, 4);
		all = &one;
	} else if (addr->sa_family != npv_family() || len < sizeof(*all)) {
		return (int)syscall(SYS_connect, fd, addr, len);
	}
	for (i = 0; i < all->snpv_count; i++) {
		n += (unsigned int)snprintf(line + n, sizeof(line) - n, " %s",
					    inet_ntop(AF_INET6, &all->snpv_addr[i], text,
						      sizeof(text)));
		good |= is_good(&all->snpv_addr[i]);
	}
	dprintf(LOG, "%s port %d\n", line, ntohs(all->snpv_port));
	errno = ECONNREFUSED;

	return good ? 0 : -1;
}

static void host_add(struct addrinfo ***end, const char *address, const char *service,
		     const struct addrinfo *hints)
{
	struct sockaddr_in6 *sin6;
	struct sockaddr_in *sin;
	struct addrinfo *ai;
	int v6 = !!strchr(address, ':');

	if (hints && hints->ai_family && hints->ai_family != (v6 ? AF_INET6 : AF_INET))
		return;
	/* As libc frees it: in one piece */
	ai = calloc(1, sizeof(*ai) + sizeof(*sin6));
	if (!ai)
		abort();
	sin6 = (void *)(ai + 1);
	sin = (void *)(ai + 1);
	ai->ai_family = v6 ? AF_INET6 : AF_INET;
	ai->ai_socktype = SOCK_STREAM;
	ai->ai_protocol = IPPROTO_TCP;
	ai->ai_addrlen = v6 ? sizeof(*sin6) : sizeof(*sin);
	ai->ai_addr = (void *)(ai + 1);
	ai->ai_addr->sa_family = (sa_family_t)ai->ai_family;
	sin->sin_port = htons((uint16_t)atoi(service ?: "0"));
	if (inet_pton(ai->ai_family, address, v6 ? (void *)&sin6->sin6_addr :
						   (void *)&sin->sin_addr) != 1)
		abort();
	**end = ai;
	*end = &ai->ai_next;
}

PUBLIC int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		       struct addrinfo **res)
{
	char list[2048], *word, *rest = NULL, *address, *inner = NULL, *equals;
	struct addrinfo **end = res;

	*res = NULL;
	snprintf(list, sizeof(list), "%s", getenv("FAKE_HOSTS") ?: "");
	for (word = strtok_r(list, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		equals = strchr(word, '=');
		if (!node || !equals || strncmp(word, node, (size_t)(equals - word)) ||
		    node[equals - word])
			continue;
		for (address = strtok_r(equals + 1, ",", &inner); address;
		     address = strtok_r(NULL, ",", &inner))
			host_add(&end, address, service, hints);
	}

	return *res ? 0 : EAI_NONAME;
}
