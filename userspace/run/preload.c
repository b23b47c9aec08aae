// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The preload of npv-run: turns TCP and UDP sockets into NPV sockets.
 *
 * Interposes socket() and nothing else. It may run in a signal handler, in
 * a child of vfork(), in any thread, and before any constructor: so no
 * malloc, no stdio, no locks; all state is a few atomic words that every
 * thread would fill in alike.
 *
 * glibc's resolver and other code inside libc call __socket directly and
 * can't be interposed: their sockets stay what they are.
 */
#include <dlfcn.h>
#include <errno.h>
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

#include "run.h"

/* SOCK_TYPE_MASK of the kernel: the rest of @type is flags */
#define TYPE_MASK	0xf

#define OPT_KNOWN	(1 << 0)
#define OPT_VERBOSE	(1 << 1)
#define OPT_STRICT	(1 << 2)

typedef int (*socket_fn)(int domain, int type, int protocol);

/* The next socket() in line: libc's, or that of another preload. NULL until
 * the constructor ran: dlsym() isn't safe wherever socket() is.
 */
static _Atomic(socket_fn) next_socket;

/* The family number last found, 0 before. The module may come, go, and come
 * back under another number while the program runs, see npv_socket().
 */
static atomic_int family;

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
	errno = saved;
}

static int real_socket(int domain, int type, int protocol)
{
	socket_fn fn = next_socket;

	if (fn)
		return fn(domain, type, protocol);

	return (int)syscall(SYS_socket, domain, type, protocol);
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

/* "npv-run: curl[42]: socket(AF_INET, SOCK_STREAM, 6)" + @what + @number */
static void report(int domain, int type, int protocol, const char *what,
		   int number)
{
	struct line l = { 0 };
	ssize_t ignored;

	if (!(options_get() & OPT_VERBOSE) || !stderr_unchanged())
		return;

	line_str(&l, "npv-run: ");
	line_str(&l, program_invocation_short_name ?: "?");
	line_str(&l, "[");
	line_int(&l, (int)getpid());
	line_str(&l, "]: socket(");
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
	l.text[l.len++] = '\n';
	ignored = write(STDERR_FILENO, l.text, l.len);
	(void)ignored;
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

	nf = atomic_load_explicit(&family, memory_order_relaxed);
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
		atomic_store_explicit(&family, nf, memory_order_relaxed);

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
