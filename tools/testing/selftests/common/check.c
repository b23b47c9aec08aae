// SPDX-License-Identifier: GPL-2.0
/* Checks of a C test: see check.h */
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define EXIT_SKIP 4
/* Cases that take longer say so */
#define SLOW_MS 1000

static int tap_count, tap_failed;

const char *errno_name(int err)
{
	static __thread char buf[32];
	const char *name = err ? strerrorname_np(err) : "no error";

	if (name)
		return name;
	snprintf(buf, sizeof(buf), "errno %d", err);
	return buf;
}

long long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

long long now_ms(void)
{
	return now_us() / 1000;
}

void nap_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

bool is_asleep(pid_t tid)
{
	char path[64], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (fscanf(f, "%*d %*s %c", &state) != 1)
		state = 0;
	fclose(f);
	return state == 'S';
}

void fail_at(const char *file, int line, const char *fmt, ...)
{
	const char *base = strrchr(file, '/');
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	printf("# %s:%d: %s\n", base ? base + 1 : file, line, text);
	fflush(stdout);
	_exit(1);
}

void skip(const char *fmt, ...)
{
	va_list ap;

	printf("# skipped: ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	_exit(EXIT_SKIP);
}

static void tap_line(bool ok, const char *why, const char *fmt, va_list ap)
{
	printf("%sok %d - ", ok ? "" : "not ", ++tap_count);
	vprintf(fmt, ap);
	printf("%s%s\n", why ? " # SKIP " : "", why ? why : "");
	fflush(stdout);
	if (!ok)
		tap_failed++;
}

bool tap_result(bool ok, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_line(ok, NULL, fmt, ap);
	va_end(ap);
	return ok;
}

void tap_skip(const char *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_line(true, why, fmt, ap);
	va_end(ap);
}

int tap_end(void)
{
	printf("1..%d\n", tap_count);
	fflush(stdout);
	return tap_failed || !tap_count;
}

/* Exit status of a child as waitpid() tells it, -1 if it was still running */
static int wait_child(pid_t pid, int timeout_s)
{
	struct pollfd pfd = { .events = POLLIN };
	int status = 0, ready;

	pfd.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	ready = poll(&pfd, 1, timeout_s * 1000);
	close(pfd.fd);
	/* What the case has left running is of its process group */
	kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	return ready == 1 ? status : -1;
}

bool tap_run(const char *prefix, const struct test *test, int timeout_s)
{
	long long start;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		test->run();
		fflush(stdout);
		_exit(0);
	}
	setpgid(pid, pid);
	start = now_ms();
	status = wait_child(pid, timeout_s);
	if (now_ms() - start > SLOW_MS)
		printf("# took %lld ms\n", now_ms() - start);
	if (status == -1)
		printf("# still running after %d s\n", timeout_s);
	else if (WIFSIGNALED(status))
		printf("# ended by signal %s\n",
		       sigabbrev_np(WTERMSIG(status)));
	if (status >= 0 && WIFEXITED(status) &&
	    WEXITSTATUS(status) == EXIT_SKIP) {
		tap_skip("not here", "%s: %s", prefix, test->name);
		return true;
	}
	return tap_result(!status, "%s: %s", prefix, test->name);
}

pid_t spawn(void (*fn)(void *arg), void *arg)
{
	pid_t pid = fork();

	if (pid < 0)
		FAIL("fork: %s", errno_name(errno));
	if (!pid) {
		fn(arg);
		fflush(stdout);
		_exit(0);
	}
	return pid;
}

void reap(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		FAIL("waitpid: %s", errno_name(errno));
	if (status)
		FAIL("the child ended with status 0x%x", status);
}
