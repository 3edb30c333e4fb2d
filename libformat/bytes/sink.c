/* SPDX-License-Identifier: MIT */
/*
 * sink.c - bytes -> file, all or nothing
 *
 * Publishing, where 'replace' is false: linkat() or RENAME_NOREPLACE, which
 * refuse an existing name by themselves; a test beforehand would leave a gap.
 * Where it is true: a link under the hidden name, then rename().
 */
#define _GNU_SOURCE /* O_TMPFILE, renameat2, getrandom */

#include "bytes/sink.h"

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

#define BUFFER_SIZE ((size_t)4 << 20)

struct tk_sink {
	int dir;
	int fd;
	bool replace;
	bool named;	   /* the temporary file has a name */
	char temp[32];	   /* its name in the directory */
	const char *name;  /* the final one, in 'path' */
	uint64_t written;  /* bytes in the file */
	size_t fill;	   /* bytes in the buffer */
	uint8_t *buffer;
	char path[];
};

/* ---- opening ---- */

static enum tk_status check_target(const struct tk_sink *s,
				   struct tk_error *err)
{
	struct stat st;

	if (!s->name[0] || !strcmp(s->name, ".") || !strcmp(s->name, ".."))
		return tk_fail(err, TK_E_IO, TK_NO_OFFSET,
			       "the output's name is that of a directory");
	if (fstatat(s->dir, s->name, &st, AT_SYMLINK_NOFOLLOW)) {
		if (errno == ENOENT)
			return TK_OK;
		return tk_fail_errno(err, "stat");
	}
	if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		return tk_fail(err, TK_E_IO, TK_NO_OFFSET,
			       "the output is there, and is no regular file");
	if (!s->replace)
		return tk_fail(err, TK_E_EXISTS, TK_NO_OFFSET,
			       "output exists");
	return TK_OK;
}

static void random_name(struct tk_sink *s)
{
	uint64_t x;

	if (getrandom(&x, sizeof(x), 0) != (ssize_t)sizeof(x))
		x = (uint64_t)getpid() << 32 ^ (uint64_t)(uintptr_t)s;
	snprintf(s->temp, sizeof(s->temp), ".tkpart-%016llx",
		 (unsigned long long)x);
}

static enum tk_status open_temp(struct tk_sink *s, struct tk_error *err)
{
	s->fd = openat(s->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
	if (s->fd >= 0)
		return TK_OK;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT &&
	    errno != EINVAL)
		return tk_fail_errno(err, "cannot write in the directory");
	for (int tries = 0; tries < 100; tries++) {
		random_name(s);
		s->fd = openat(s->dir, s->temp,
			       O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW |
				       O_CLOEXEC,
			       0666);
		if (s->fd >= 0) {
			s->named = true;
			return TK_OK;
		}
		if (errno != EEXIST)
			break;
	}
	return tk_fail_errno(err, "cannot write in the directory");
}

static enum tk_status open_directory(struct tk_sink *s, struct tk_error *err)
{
	char *slash = strrchr(s->path, '/');
	const char *dir = slash ? s->path : ".";

	s->name = slash ? slash + 1 : s->path;
	if (slash == s->path)
		dir = "/";
	else if (slash)
		*slash = 0;
	s->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0)
		return tk_fail_errno(err, "the output's directory");
	return TK_OK;
}

enum tk_status tk_sink_open(struct tk_sink **out, const char *path,
			    bool replace, struct tk_error *err)
{
	size_t len = strlen(path) + 1;
	struct tk_sink *s = calloc(1, sizeof(*s) + len);
	enum tk_status status;

	if (!s)
		return tk_fail_memory(err);
	s->dir = s->fd = -1;
	s->replace = replace;
	memcpy(s->path, path, len);
	s->buffer = malloc(BUFFER_SIZE);
	status = s->buffer ? TK_OK : tk_fail_memory(err);
	if (!status)
		status = open_directory(s, err);
	if (!status)
		status = check_target(s, err);
	if (!status)
		status = open_temp(s, err);
	if (status)
		tk_sink_close(s);
	else
		*out = s;
	return status;
}

/* ---- writing ---- */

static enum tk_status write_at(const struct tk_sink *s, const uint8_t *p,
			       size_t len, uint64_t offset,
			       struct tk_error *err)
{
	while (len) {
		ssize_t n = pwrite(s->fd, p, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return tk_fail_errno(err, "write");
		p += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return TK_OK;
}

static enum tk_status flush(struct tk_sink *s, struct tk_error *err)
{
	enum tk_status status =
		write_at(s, s->buffer, s->fill, s->written, err);

	if (!status) {
		s->written += s->fill;
		s->fill = 0;
	}
	return status;
}

/* 'data' NULL: zeros. */
static enum tk_status append(struct tk_sink *s, const uint8_t *data,
			     uint64_t len, struct tk_error *err)
{
	while (len) {
		size_t room = BUFFER_SIZE - s->fill;
		size_t piece = len < room ? (size_t)len : room;

		if (data) {
			memcpy(s->buffer + s->fill, data, piece);
			data += piece;
		} else {
			memset(s->buffer + s->fill, 0, piece);
		}
		s->fill += piece;
		len -= piece;
		if (s->fill == BUFFER_SIZE) {
			enum tk_status status = flush(s, err);

			if (status)
				return status;
		}
	}
	return TK_OK;
}

enum tk_status tk_sink_write(struct tk_sink *s, const void *data, size_t len,
			     struct tk_error *err)
{
	return len ? append(s, data, len, err) : TK_OK;
}

enum tk_status tk_sink_zeros(struct tk_sink *s, uint64_t len,
			     struct tk_error *err)
{
	return append(s, NULL, len, err);
}

uint64_t tk_sink_offset(const struct tk_sink *s)
{
	return s->written + s->fill;
}

enum tk_status tk_sink_sync(struct tk_sink *s, struct tk_error *err)
{
	enum tk_status status = flush(s, err);

	/* Never tried again: after a failure the pages may be gone. */
	if (!status && fsync(s->fd))
		status = tk_fail_errno(err, "fsync");
	return status;
}

enum tk_status tk_sink_rewrite(struct tk_sink *s, uint64_t offset,
			       const void *data, size_t len,
			       struct tk_error *err)
{
	return write_at(s, data, len, offset, err);
}

/* ---- publishing ---- */

/* Gives the unnamed file the name 'to'. */
static int link_unnamed(const struct tk_sink *s, const char *to)
{
	char self[48];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", s->fd);
	return linkat(AT_FDCWD, self, s->dir, to, AT_SYMLINK_FOLLOW);
}

static int publish_new(struct tk_sink *s)
{
	if (!s->named)
		return link_unnamed(s, s->name);
	if (!renameat2(s->dir, s->temp, s->dir, s->name, RENAME_NOREPLACE)) {
		s->named = false;
		return 0;
	}
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* tk_sink_close() removes the hidden name. */
	return linkat(s->dir, s->temp, s->dir, s->name, 0);
}

static int publish_over(struct tk_sink *s)
{
	if (!s->named) {
		random_name(s);
		if (link_unnamed(s, s->temp))
			return -1;
		s->named = true;
	}
	if (renameat(s->dir, s->temp, s->dir, s->name))
		return -1;
	s->named = false;
	return 0;
}

enum tk_status tk_sink_publish(struct tk_sink *s, struct tk_error *err)
{
	enum tk_status status = TK_OK;
	sigset_t all, old;
	int failed;

	/* Between link and rename a signal would leave the hidden name. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	failed = s->replace ? publish_over(s) : publish_new(s);
	if (failed && errno == EEXIST)
		status = tk_fail(err, TK_E_EXISTS, TK_NO_OFFSET,
				 "output exists");
	else if (failed)
		status = tk_fail_errno(err, "cannot name the output");
	if (status && s->named && !unlinkat(s->dir, s->temp, 0))
		s->named = false;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (status)
		return status;
	/* Some network file systems cannot sync a directory. */
	if (fsync(s->dir) && errno != EINVAL)
		return tk_fail_errno(err, "fsync of the directory");
	return TK_OK;
}

void tk_sink_close(struct tk_sink *s)
{
	if (!s)
		return;
	if (s->named)
		unlinkat(s->dir, s->temp, 0);
	if (s->fd >= 0)
		close(s->fd);
	if (s->dir >= 0)
		close(s->dir);
	free(s->buffer);
	free(s);
}
