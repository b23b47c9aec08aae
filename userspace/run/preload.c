// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The preload of npv-run: turns TCP and UDP sockets into NPV sockets, and tells
 * them whom the program connects to.
 *
 * Interposes socket(), and getaddrinfo() and connect(). The first and the last
 * may run in a signal handler, in a child of vfork(), in any thread, and before
 * any constructor: so no malloc, no stdio, no locks; all state is a few atomic
 * words that every thread would fill in alike, and the answers in names.c.
 *
 * glibc's resolver and other code inside libc call __socket directly and
 * can't be interposed: their sockets stay what they are.
 */
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/npv.h>

#include "names.h"
#include "run.h"

/* SOCK_TYPE_MASK of the kernel: the rest of @type is flags */
#define TYPE_MASK	0xf

#define OPT_KNOWN	(1 << 0)
#define OPT_VERBOSE	(1 << 1)
#define OPT_STRICT	(1 << 2)
#define OPT_NO_NAMES	(1 << 3)

typedef int (*socket_fn)(int domain, int type, int protocol);
typedef int (*connect_fn)(int fd, const struct sockaddr *addr, socklen_t len);
typedef int (*getaddrinfo_fn)(const char *node, const char *service,
			      const struct addrinfo *hints, struct addrinfo **res);

/* The next in line: libc's, or those of another preload. NULL until the
 * constructor ran: dlsym() isn't safe wherever socket() and connect() are.
 */
static _Atomic(socket_fn) next_socket;
static _Atomic(connect_fn) next_connect;

/* The family number last found, 0 before. The module may come, go, and come
 * back under another number while the program runs, see npv_socket().
 */
static atomic_int family_nr;

static atomic_int options;

/* What stderr was at the start: a daemon that closes it gets another file
 * under number 2 sooner or later, into which no message of ours may go.
 */
static _Atomic(dev_t) stderr_dev;
static _Atomic(ino_t) stderr_ino;

static int options_get(void)
{
	const char *env;
	int opts;

	opts = atomic_load_explicit(&options, memory_order_relaxed);
	if (opts)
		return opts;

	opts = OPT_KNOWN;
	env = getenv(NPV_RUN_ENV);
	if (env && strchr(env, NPV_RUN_ENV_VERBOSE))
		opts |= OPT_VERBOSE;
	if (env && strchr(env, NPV_RUN_ENV_STRICT))
		opts |= OPT_STRICT;
	if (env && strchr(env, NPV_RUN_ENV_NO_NAMES))
		opts |= OPT_NO_NAMES;
	atomic_store_explicit(&options, opts, memory_order_relaxed);

	return opts;
}

static bool stderr_unchanged(void)
{
	struct stat st;

	return !fstat(STDERR_FILENO, &st) && st.st_dev == stderr_dev &&
	       st.st_ino == stderr_ino;
}

__attribute__((constructor)) static void preload_init(void)
{
	int saved = errno;
	struct stat st;

	options_get();
	if (!fstat(STDERR_FILENO, &st)) {
		stderr_dev = st.st_dev;
		stderr_ino = st.st_ino;
	}
	next_socket = (socket_fn)dlsym(RTLD_NEXT, "socket");
	next_connect = (connect_fn)dlsym(RTLD_NEXT, "connect");
	errno = saved;
}

static int real_socket(int domain, int type, int protocol)
{
	socket_fn fn = next_socket;

	if (fn)
		return fn(domain, type, protocol);

	return (int)syscall(SYS_socket, domain, type, protocol);
}

static int real_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	connect_fn fn = next_connect;

	if (fn)
		return fn(fd, addr, len);

	return (int)syscall(SYS_connect, fd, addr, len);
}

/* A line of text put together without stdio, written with one call */
struct line {
	size_t	len;
	char	text[256];
};

static void line_str(struct line *l, const char *s)
{
	while (*s && l->len < sizeof(l->text) - 1)
		l->text[l->len++] = *s++;
}

static void line_int(struct line *l, int value)
{
	unsigned int u = value < 0 ? -(unsigned int)value : (unsigned int)value;
	char digits[12];
	size_t n = sizeof(digits);

	digits[--n] = '\0';
	do {
		digits[--n] = (char)('0' + u % 10);
		u /= 10;
	} while (u);
	if (value < 0)
		digits[--n] = '-';
	line_str(l, digits + n);
}

/* "npv-run: curl[42]: ". Returns false if nothing is to be said. */
static bool line_begin(struct line *l)
{
	if (!(options_get() & OPT_VERBOSE) || !stderr_unchanged())
		return false;

	line_str(l, "npv-run: ");
	line_str(l, program_invocation_short_name ?: "?");
	line_str(l, "[");
	line_int(l, (int)getpid());
	line_str(l, "]: ");

	return true;
}

static void line_end(struct line *l)
{
	ssize_t ignored;

	l->text[l->len++] = '\n';
	ignored = write(STDERR_FILENO, l->text, l->len);
	(void)ignored;
}

/* ... "socket(AF_INET, SOCK_STREAM, 6)" + @what + @number */
static void report(int domain, int type, int protocol, const char *what,
		   int number)
{
	struct line l = { 0 };

	if (!line_begin(&l))
		return;
	line_str(&l, "socket(");
	line_str(&l, domain == AF_INET ? "AF_INET" : "AF_INET6");
	line_str(&l, (type & TYPE_MASK) == SOCK_STREAM ? ", SOCK_STREAM" :
							 ", SOCK_DGRAM");
	line_str(&l, type & SOCK_NONBLOCK ? "|SOCK_NONBLOCK" : "");
	line_str(&l, type & SOCK_CLOEXEC ? "|SOCK_CLOEXEC" : "");
	line_str(&l, ", ");
	line_int(&l, protocol);
	line_str(&l, ")");
	line_str(&l, what);
	line_int(&l, number);
	line_end(&l);
}

/* ... "connect(3): www.example.org, 4 addresses" */
static void report_names(int fd, const struct names_peer *peer, int told)
{
	struct line l = { 0 };

	if (!line_begin(&l))
		return;
	line_str(&l, "connect(");
	line_int(&l, fd);
	line_str(&l, "): ");
	line_str(&l, peer->name);
	line_str(&l, ", ");
	line_int(&l, told);
	line_str(&l, told == 1 ? " address" : " addresses");
	line_end(&l);
}

static bool is_ours(int domain, int type, int protocol)
{
	if (domain != AF_INET && domain != AF_INET6)
		return false;
	/* flags that the kernel refuses: let it refuse them */
	if (type & ~(TYPE_MASK | SOCK_CLOEXEC | SOCK_NONBLOCK))
		return false;

	switch (type & TYPE_MASK) {
	case SOCK_STREAM:
		return protocol == 0 || protocol == IPPROTO_TCP;
	case SOCK_DGRAM:
		return protocol == 0 || protocol == IPPROTO_UDP;
	default:
		return false;
	}
}

/* Errors that say that the family isn't to be had here: no module, a family
 * that a seccomp filter or security module forbids, or a number that belongs
 * to somebody else. The others (EMFILE, ENOBUFS, ...) the family asked for
 * would have given as well.
 */
static bool is_refusal(int err)
{
	switch (err) {
	case EAFNOSUPPORT:
	case EPROTONOSUPPORT:
	case ESOCKTNOSUPPORT:
	case EINVAL:
	case ENOSYS:
	case EPERM:
	case EACCES:
		return true;
	default:
		return false;
	}
}

/* An NPV socket that behaves as one of @domain, or -1 and errno */
static int npv_socket(int domain, int type, int protocol)
{
	int fd, nf, fresh;

	nf = atomic_load_explicit(&family_nr, memory_order_relaxed);
	if (!nf)
		nf = npv_family();

	fd = real_socket(nf, type, NPV_PROTO(domain, protocol));
	if (fd < 0 && errno == EAFNOSUPPORT) {
		/* loaded by this very call, or again, under another number? */
		fresh = npv_family();
		errno = EAFNOSUPPORT;
		if (fresh == nf)
			return -1;
		nf = fresh;
		fd = real_socket(nf, type, NPV_PROTO(domain, protocol));
	}
	if (fd >= 0)
		atomic_store_explicit(&family_nr, nf, memory_order_relaxed);

	return fd;
}

__attribute__((visibility("default")))
int socket(int domain, int type, int protocol)
{
	int saved = errno;
	int fd, err;

	if (!is_ours(domain, type, protocol))
		return real_socket(domain, type, protocol);

	fd = npv_socket(domain, type, protocol);
	if (fd >= 0) {
		report(domain, type, protocol, " turned into NPV, descriptor ",
		       fd);
		errno = saved;
		return fd;
	}

	err = errno;
	if (!is_refusal(err) || options_get() & OPT_STRICT) {
		report(domain, type, protocol, " failed as NPV with errno ",
		       err);
		errno = err;
		return -1;
	}

	report(domain, type, protocol, " left alone, NPV failed with errno ",
	       err);
	errno = saved;
	return real_socket(domain, type, protocol);
}

__attribute__((visibility("default")))
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **res)
{
	getaddrinfo_fn fn = (getaddrinfo_fn)dlsym(RTLD_NEXT, "getaddrinfo");
	int ret, saved;

	if (!fn) {
		errno = ENOSYS;
		return EAI_SYSTEM;
	}
	ret = fn(node, service, hints, res);
	if (ret || !node || options_get() & OPT_NO_NAMES)
		return ret;
	saved = errno;
	names_remember(node, hints ? hints->ai_family : AF_UNSPEC, *res);
	errno = saved;

	return ret;
}

/* The address and port that a program connects to; false where it is no such thing */
static bool connects_to(const struct sockaddr *addr, socklen_t len, struct in6_addr *to,
			in_port_t *port)
{
	const struct sockaddr_in6 *sin6 = (const void *)addr;
	const struct sockaddr_in *sin = (const void *)addr;

	if (!addr || len < (socklen_t)sizeof(sa_family_t))
		return false;
	if (addr->sa_family == AF_INET && len >= (socklen_t)sizeof(*sin)) {
		memset(to, 0, sizeof(*to));
		to->s6_addr[10] = 0xff;
		to->s6_addr[11] = 0xff;
		memcpy(&to->s6_addr[12], &sin->sin_addr, sizeof(sin->sin_addr));
		*port = sin->sin_port;
		return true;
	}
	if (addr->sa_family == AF_INET6 && len >= (socklen_t)sizeof(*sin6)) {
		*to = sin6->sin6_addr;
		*port = sin6->sin6_port;
		return true;
	}

	return false;
}

/* An option that is an int; -1 if there is none */
static int option_int(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int value;

	return getsockopt(fd, level, name, &value, &len) ? -1 : value;
}

/* All addresses that a socket of @family can be told, and its names be in.
 * Returns how many there are.
 */
static int addresses_for(int fd, int family, const struct names_peer *peer,
			 in_port_t port, struct sockaddr_npv *all)
{
	bool v4 = true, v6 = family == AF_INET6;
	unsigned int i;
	bool mapped;

	if (family == AF_INET6)
		v4 = !option_int(fd, IPPROTO_IPV6, IPV6_V6ONLY);
	memset(all, 0, sizeof(*all));
	all->snpv_family = (sa_family_t)atomic_load_explicit(&family_nr,
							     memory_order_relaxed);
	all->snpv_port = port;
	for (i = 0; i < peer->n && all->snpv_count < NPV_ADDR_MAX; i++) {
		mapped = IN6_IS_ADDR_V4MAPPED(&peer->addr[i]);
		if (mapped ? v4 : v6)
			all->snpv_addr[all->snpv_count++] = peer->addr[i];
	}

	return all->snpv_count;
}

/* Tell an NPV socket whom it is to reach. Returns whether @all is to be given to
 * connect() instead of the one address.
 */
static bool peer_tell(int fd, const struct sockaddr *addr, const struct in6_addr *to,
		      in_port_t port, struct sockaddr_npv *all)
{
	struct names_peer peer;
	int n = 1;

	if (!names_find(to, &peer))
		return false;
	/* A family number of ours: none was ever turned, or it is another's socket */
	if (!atomic_load_explicit(&family_nr, memory_order_relaxed) ||
	    option_int(fd, SOL_NPV, NPV_NAME_FAMILY) != addr->sa_family)
		return false;

	setsockopt(fd, SOL_NPV, NPV_PEER_NAME, peer.name, (socklen_t)strlen(peer.name));
	if (peer.n > 1 && option_int(fd, SOL_SOCKET, SO_TYPE) == SOCK_STREAM &&
	    names_all(&peer))
		n = addresses_for(fd, addr->sa_family, &peer, port, all);
	report_names(fd, &peer, n);

	return n > 1;
}

__attribute__((visibility("default")))
int connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	struct sockaddr_npv all;
	struct in6_addr to;
	int saved = errno;
	in_port_t port;
	bool several;

	if (options_get() & OPT_NO_NAMES || !connects_to(addr, len, &to, &port))
		return real_connect(fd, addr, len);
	several = peer_tell(fd, addr, &to, port, &all);
	errno = saved;
	if (several)
		return real_connect(fd, (const struct sockaddr *)&all, sizeof(all));

	return real_connect(fd, addr, len);
}
