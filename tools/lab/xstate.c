// SPDX-License-Identifier: GPL-2.0
/*
 * For UML on processors whose extended state is longer than the 2696 bytes that UML
 * 6.12 knows of (AMX has 8 KiB): the host takes it as a whole only, and UML panics with
 * "ptrace set fp regs failed, errno = 14". Preloaded, this pads what UML sets. Guests
 * have no more state than UML keeps for them.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* Where it says what state there is; Intel SDM, volume 1, 13.4.2 */
#define XSTATE_BV	512
/* x87, SSE, AVX, MPX, AVX-512, PKRU: what lies within the bytes that UML knows */
#define XSTATE_KNOWN	0x2ffULL
#define XSTATE_MAX	32768

/* Bytes of the state, with all that the host has enabled; CPUID leaf 0Dh */
static unsigned int xstate_size(void)
{
	static unsigned int size;
	unsigned int a, c, d;

	if (!size)
		__cpuid_count(0xd, 0, a, size, c, d);
	return size;
}

static long set_xstate(int pid, const struct iovec *set)
{
	static char buf[XSTATE_MAX] __attribute__((aligned(64)));
	struct iovec whole = { .iov_base = buf, .iov_len = xstate_size() };
	uint64_t have;

	memset(buf, 0, sizeof(buf));
	memcpy(buf, set->iov_base, set->iov_len);
	memcpy(&have, buf + XSTATE_BV, sizeof(have));
	have &= XSTATE_KNOWN;
	memcpy(buf + XSTATE_BV, &have, sizeof(have));
	return syscall(SYS_ptrace, PTRACE_SETREGSET, pid, NT_X86_XSTATE, &whole);
}

long ptrace(enum __ptrace_request request, ...)
{
	long ret, word;
	void *addr, *data;
	va_list ap;
	int pid;

	va_start(ap, request);
	pid = va_arg(ap, int);
	addr = va_arg(ap, void *);
	data = va_arg(ap, void *);
	va_end(ap);

	switch ((int)request) {
	case PTRACE_SETREGSET:
		if ((uintptr_t)addr == NT_X86_XSTATE) {
			const struct iovec *set = data;

			if (set->iov_len < xstate_size() && xstate_size() <= XSTATE_MAX)
				return set_xstate(pid, set);
		}
		break;
	case PTRACE_PEEKTEXT:
	case PTRACE_PEEKDATA:
	case PTRACE_PEEKUSER:
		/* The system call puts the word elsewhere than the function does. */
		ret = syscall(SYS_ptrace, request, pid, addr, &word);
		if (ret < 0)
			return ret;
		errno = 0;
		return word;
	}
	return syscall(SYS_ptrace, request, pid, addr, data);
}
