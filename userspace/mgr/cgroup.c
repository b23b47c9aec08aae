// SPDX-License-Identifier: GPL-2.0
/*
 * Control groups of version 2: from paths to ids and back.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <mntent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "who.h"

/* What <linux/exportfs.h> calls FILEID_KERNFS: a handle that is the 64-bit id */
#define HANDLE_KERNFS	0xfe

/* Folders that a walk has open at a time */
#define WALK_OPEN	16

/* Where they are mounted, "" if nowhere */
static const char *mount_point(void)
{
	static char point[PATH_MAX];
	static bool known;
	struct mntent *entry;
	FILE *mounts;

	if (known)
		return point;
	known = true;
	mounts = setmntent("/proc/self/mounts", "r");
	if (!mounts)
		return point;
	while (!*point && (entry = getmntent(mounts)))
		if (!strcmp(entry->mnt_type, "cgroup2"))
			snprintf(point, sizeof(point), "%s", entry->mnt_dir);
	endmntent(mounts);

	return point;
}

/* The inode has the number of the id where inodes have 64 bits, the handle always */
static bool read_id(const char *path, uint64_t *id)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(*id)];
	} u = { .handle.handle_bytes = sizeof(*id) };
	struct stat st;
	int mount_id;

	if (!name_to_handle_at(AT_FDCWD, path, &u.handle, &mount_id, 0) &&
	    u.handle.handle_bytes == sizeof(*id)) {
		memcpy(id, u.handle.f_handle, sizeof(*id));
		return true;
	}
	if (stat(path, &st))
		return false;
	*id = st.st_ino;

	return true;
}

/* Is it a folder of the mounted hierarchy, and not of another file system? */
static bool is_cgroup(const char *path)
{
	struct stat root, st;

	return !stat(mount_point(), &root) && !stat(path, &st) && S_ISDIR(st.st_mode) &&
	       st.st_dev == root.st_dev;
}

enum mgr_status cgroup_parse(const char *arg, uint64_t *id)
{
	const char *path, *point = mount_point();
	char below[CGROUP_PATH_MAX];

	if (!arg || !*arg)
		return mgr_usage_error("behind \"cgroup\" the path of a control group is missing");
	if (!*point) {
		mgr_complain("control groups of version 2 are not mounted");
		return MGR_NOT_FOUND;
	}

	if ((size_t)snprintf(below, sizeof(below), "%s/%s", point, arg) >= sizeof(below))
		return mgr_usage_error("cgroup: the path is too long");
	path = is_cgroup(below) ? below : arg;
	if (!is_cgroup(path) || !read_id(path, id)) {
		mgr_complain("there is no control group %s, nor %s", arg, below);
		return MGR_NOT_FOUND;
	}

	return MGR_OK;
}

/* By the handle, which takes CAP_DAC_READ_SEARCH */
static bool path_by_handle(uint64_t id, char path[CGROUP_PATH_MAX])
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(id)];
	} u = {
		.handle.handle_bytes = sizeof(id),
		.handle.handle_type = HANDLE_KERNFS,
	};
	char link[64];
	int root, fd;
	ssize_t len;

	memcpy(u.handle.f_handle, &id, sizeof(id));
	root = open(mount_point(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return false;
	fd = open_by_handle_at(root, &u.handle, O_PATH | O_CLOEXEC);
	close(root);
	if (fd < 0)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, path, CGROUP_PATH_MAX - 1);
	close(fd);
	if (len < 0)
		return false;
	path[len] = '\0';

	/* deleted ones have lost theirs */
	return is_cgroup(path);
}

static uint64_t wanted;
static char *found;

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	uint64_t id;

	(void)st;
	(void)ftw;
	if (type != FTW_D || !read_id(path, &id) || id != wanted)
		return 0;
	snprintf(found, CGROUP_PATH_MAX, "%s", path);

	return 1;
}

static bool path_by_walk(uint64_t id, char path[CGROUP_PATH_MAX])
{
	wanted = id;
	found = path;

	return nftw(mount_point(), visit, WALK_OPEN, FTW_PHYS | FTW_MOUNT) == 1;
}

void cgroup_show(struct emit *e, uint64_t id)
{
	const size_t skip = strlen(mount_point());
	char path[CGROUP_PATH_MAX];

	if (*mount_point() &&
	    (path_by_handle(id, path) || path_by_walk(id, path)) &&
	    !strncmp(path, mount_point(), skip)) {
		emit_text(e, "cgroup", path[skip] ? path + skip : "/");
		emit_key_string(e, "cgroup-path", path[skip] ? path + skip : "/");
		emit_key_uint(e, "cgroup", id);
		return;
	}
	emit_uint(e, "cgroup", "cgroup-id", id);
}
