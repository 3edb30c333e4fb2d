/* SPDX-License-Identifier: MIT */
/*
 * newfile.c - a file that has its name once it is whole
 *
 * Publishing, where 'replace' is false: linkat() or RENAME_NOREPLACE, which
 * refuse an existing name by themselves; a test beforehand would leave a gap.
 * Where it is true: a link under the hidden name, then rename().
 *
 * An unnamed file gets its name by way of /proc (the other way, AT_EMPTY_PATH,
 * is for root).  Where there is no /proc the file is a hidden one from the
 * start, as on file systems without O_TMPFILE.
 */
#define _GNU_SOURCE /* O_TMPFILE, renameat2, getrandom */

#include "bytes/newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"

#define TEMP_STEM 64 /* bytes of the final name in the hidden one */
#define TEMP_SIZE (TEMP_STEM + 32)

/* ---- opening ---- */

static enum tk_status check_target(const struct tk_newfile *f,
				   struct tk_error *err)
{
	struct stat st;

	if (!f->name[0] || !strcmp(f->name, ".") || !strcmp(f->name, ".."))
		return tk_fail(err, TK_E_IO, TK_NO_OFFSET,
			       "the output's name is that of a directory");
	if (fstatat(f->dir, f->name, &st, AT_SYMLINK_NOFOLLOW)) {
		if (errno == ENOENT)
			return TK_OK;
		return tk_fail_errno(err, "stat");
	}
	if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return tk_fail(err, TK_E_IO, TK_NO_OFFSET,
			       "the output is there, and is no regular file");
	if (!f->replace)
		return tk_fail(err, TK_E_EXISTS, TK_NO_OFFSET,
			       "output exists");
	return TK_OK;
}

/* ".NAME.tk-0123456789abcdef.tmp", NAME cut between characters of UTF-8. */
static void choose_temp(struct tk_newfile *f)
{
	size_t stem = strlen(f->name);
	uint64_t x;

	if (stem > TEMP_STEM) {
		stem = TEMP_STEM;
		while (stem && (f->name[stem] & 0xc0) == 0x80)
			stem--;
	}
	if (getrandom(&x, sizeof(x), 0) != (ssize_t)sizeof(x))
		x = (uint64_t)getpid() << 32 ^ (uint64_t)(uintptr_t)f;
	snprintf(f->temp, TEMP_SIZE, ".%.*s.tk-%016llx.tmp", (int)stem, f->name,
		 (unsigned long long)x);
}

static void self_path(char path[48], int fd)
{
	snprintf(path, 48, "/proc/self/fd/%d", fd);
}

/* An unnamed file that can be given a name later, or -1 and errno. */
static int open_unnamed(const struct tk_newfile *f)
{
	int fd = openat(f->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
	char self[48];

	if (fd < 0)
		return -1;
	self_path(self, fd);
	if (!access(self, F_OK))
		return fd;
	close(fd);
	errno = EOPNOTSUPP;
	return -1;
}

static enum tk_status open_temp(struct tk_newfile *f, struct tk_error *err)
{
	choose_temp(f);
	f->fd = open_unnamed(f);
	if (f->fd >= 0)
		return TK_OK;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT &&
	    errno != EINVAL)
		return tk_fail_errno(err, "cannot write in the directory");
	for (int tries = 0; tries < 100; tries++) {
		f->fd = openat(f->dir, f->temp,
			       O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW |
				       O_CLOEXEC,
			       0666);
		if (f->fd >= 0) {
			f->named = true;
			return TK_OK;
		}
		if (errno != EEXIST)
			break;
		choose_temp(f);
	}
	return tk_fail_errno(err, "cannot write in the directory");
}

static enum tk_status open_directory(struct tk_newfile *f, struct tk_error *err)
{
	char *slash = strrchr(f->path, '/');
	const char *dir = slash ? f->path : ".";
	size_t len;

	f->name = slash ? slash + 1 : f->path;
	if (slash == f->path)
		dir = "/";
	else if (slash)
		*slash = 0;
	f->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir < 0)
		return tk_fail_errno(err, "the output's directory");
	len = strlen(dir);
	f->temp_path = malloc(len + 1 + TEMP_SIZE);
	if (!f->temp_path)
		return tk_fail_memory(err);
	memcpy(f->temp_path, dir, len);
	f->temp_path[len] = '/';
	f->temp = f->temp_path + len + 1;
	return TK_OK;
}

enum tk_status tk_newfile_open(struct tk_newfile *f, const char *path,
			       bool replace, struct tk_error *err)
{
	enum tk_status status;

	*f = (struct tk_newfile){.dir = -1, .fd = -1, .replace = replace};
	f->path = strdup(path);
	if (!f->path)
		return tk_fail_memory(err);
	status = open_directory(f, err);
	if (!status)
		status = check_target(f, err);
	if (!status)
		status = open_temp(f, err);
	if (status)
		tk_newfile_close(f);
	return status;
}

/* ---- publishing ---- */

/* Gives the unnamed file the name 'to'. */
static int link_unnamed(const struct tk_newfile *f, const char *to)
{
	char self[48];

	self_path(self, f->fd);
	return linkat(AT_FDCWD, self, f->dir, to, AT_SYMLINK_FOLLOW);
}

static int publish_new(struct tk_newfile *f)
{
	if (!f->named)
		return link_unnamed(f, f->name);
	if (!renameat2(f->dir, f->temp, f->dir, f->name, RENAME_NOREPLACE)) {
		f->named = false;
		return 0;
	}
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* tk_newfile_close() removes the hidden name. */
	return linkat(f->dir, f->temp, f->dir, f->name, 0);
}

static int publish_over(struct tk_newfile *f)
{
	if (!f->named) {
		if (link_unnamed(f, f->temp))
			return -1;
		f->named = true;
	}
	if (renameat(f->dir, f->temp, f->dir, f->name))
		return -1;
	f->named = false;
	return 0;
}

enum tk_status tk_newfile_publish(struct tk_newfile *f, struct tk_error *err)
{
	enum tk_status status = TK_OK;
	sigset_t all, old;
	int failed;

	/* Between link and rename a signal would leave the hidden name. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = f->replace ? publish_over(f) : publish_new(f);
	if (failed && errno == EEXIST)
		status = tk_fail(err, TK_E_EXISTS, TK_NO_OFFSET,
				 "output exists");
	else if (failed)
		status = tk_fail_errno(err, "cannot name the output");
	if (status && f->named && !unlinkat(f->dir, f->temp, 0))
		f->named = false;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (status)
		return status;
	/* Some network file systems cannot sync a directory. */
	if (fsync(f->dir) && errno != EINVAL)
		return tk_fail_errno(err, "fsync of the directory");
	return TK_OK;
}

void tk_newfile_close(struct tk_newfile *f)
{
	if (f->named)
		unlinkat(f->dir, f->temp, 0);
	/* Its status says nothing new: what there is was synced, or is gone. */
	if (f->fd >= 0)
		close(f->fd);
	if (f->dir >= 0)
		close(f->dir);
	free(f->temp_path);
	free(f->path);
}
