// SPDX-License-Identifier: GPL-2.0
/*
 * Will a program take a preload? What can be told from its file.
 */
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "inspect.h"

/* As many scripts interpreted by scripts as the kernel follows */
#define SCRIPT_DEPTH	5

#if __SIZEOF_POINTER__ == 8
#define ELFCLASS_OWN	ELFCLASS64
#else
#define ELFCLASS_OWN	ELFCLASS32
#endif

static bool is_program(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

bool npv_program_find(const char *name, char *path, size_t size)
{
	const char *dir, *end;

	if (strchr(name, '/')) {
		snprintf(path, size, "%s", name);
		return is_program(path);
	}

	dir = getenv("PATH") ?: "/bin:/usr/bin";
	for (;; dir = end + 1) {
		end = strchrnul(dir, ':');
		snprintf(path, size, "%.*s%s%s", (int)(end - dir), dir,
			 end == dir ? "" : "/", name);
		if (is_program(path))
			return true;
		if (!*end)
			return false;
	}
}

/* Does running it change who we are? Root gains nothing from capabilities. */
static bool gains_privileges(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return false;
	if (st.st_mode & S_ISUID && st.st_uid != getuid())
		return true;
	/* without group execution the bit means mandatory locking */
	if ((st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
	    st.st_gid != getgid())
		return true;

	return getuid() && getxattr(path, "security.capability", NULL, 0) > 0;
}

static bool has_interpreter(int fd, const ElfW(Ehdr) *ehdr)
{
	ElfW(Phdr) phdr;
	off_t pos;
	int i;

	for (i = 0; i < ehdr->e_phnum; i++) {
		pos = (off_t)ehdr->e_phoff + (off_t)i * ehdr->e_phentsize;
		if (pread(fd, &phdr, sizeof(phdr), pos) != sizeof(phdr))
			break;
		if (phdr.p_type == PT_INTERP)
			return true;
	}

	return false;
}

/* Path of the interpreter out of "#! /path argument" */
static bool script_interpreter(char *line, char *path, size_t size)
{
	char *start;

	line[strcspn(line, "\n")] = '\0';
	start = line + 2 + strspn(line + 2, " \t");
	start[strcspn(start, " \t")] = '\0';
	snprintf(path, size, "%s", start);

	return *start;
}

static enum npv_program inspect(const char *path, int depth)
{
	union {
		ElfW(Ehdr)	ehdr;
		char		text[PATH_MAX];
	} head = { 0 };
	enum npv_program ret = NPV_PROGRAM_FINE;
	char next[PATH_MAX];
	ssize_t len;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)	/* to be run, but not to be read */
		return gains_privileges(path) ? NPV_PROGRAM_SECURE : ret;

	len = pread(fd, &head, sizeof(head) - 1, 0);
	if (len > 2 && !memcmp(head.text, "#!", 2)) {
		if (depth && script_interpreter(head.text, next, sizeof(next)))
			ret = inspect(next, depth - 1);
	} else if (len < (ssize_t)sizeof(head.ehdr) ||
		   memcmp(head.ehdr.e_ident, ELFMAG, SELFMAG)) {
		ret = NPV_PROGRAM_FINE;	/* sh will run it, or nobody */
	} else if (head.ehdr.e_ident[EI_CLASS] != ELFCLASS_OWN) {
		ret = NPV_PROGRAM_FOREIGN;
	} else if (!has_interpreter(fd, &head.ehdr)) {
		ret = NPV_PROGRAM_STATIC;
	} else if (gains_privileges(path)) {
		ret = NPV_PROGRAM_SECURE;
	}
	close(fd);

	return ret;
}

enum npv_program npv_inspect(const char *path)
{
	return inspect(path, SCRIPT_DEPTH);
}
