/* SPDX-License-Identifier: MIT */
/*
 * file.c - foreign files: read with pread, never mapped
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "source.h"

static const char *file_type(mode_t mode)
{
	return S_ISDIR(mode)    ? "a directory"
	       : S_ISFIFO(mode) ? "a FIFO"
	       : S_ISSOCK(mode) ? "a socket"
				: "a device";
}

/* Makes room in the source's list first, so that nothing can leak. */
static struct file *new_file(struct source *s, const char *path)
{
	struct file **list = source_alloc(
		s, (s->n_files + 1) * sizeof(struct file *));
	struct file *f = source_alloc(s, sizeof(*f));

	if (!list || !f)
		return NULL;
	for (size_t i = 0; i < s->n_files; i++)
		list[i] = s->files[i];
	f->fd = -1;
	f->path = source_strdup(s, path);
	if (!f->path)
		return NULL;
	list[s->n_files++] = f;
	s->files = list;
	return f;
}

int file_open(struct file **out, struct source *s, const char *path)
{
	struct file *f = new_file(s, path);

	if (!f)
		return -1;
	/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
	f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (f->fd < 0 || fstat(f->fd, &f->stat))
		return source_fail(s, "%s: %s", path, strerror(errno));
	if (!S_ISREG(f->stat.st_mode))
		return source_fail(s, "%s: is %s, not a file", path,
				   file_type(f->stat.st_mode));
	f->size = (uint64_t)f->stat.st_size;
	*out = f;
	return 0;
}

int file_read(struct source *s, const struct file *f, void *dst, uint64_t len,
	      uint64_t offset)
{
	uint8_t *p = dst;

	if (offset > f->size || len > f->size - offset)
		return source_fail(s,
				   "%s: ends at byte %llu, but bytes %llu to "
				   "%llu are needed",
				   f->path, (unsigned long long)f->size,
				   (unsigned long long)offset,
				   (unsigned long long)(offset + len));
	while (len) {
		size_t piece = len > (1U << 30) ? 1U << 30 : (size_t)len;
		ssize_t n = pread(f->fd, p, piece, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return source_fail(s, "%s: byte %llu: %s", f->path,
					   (unsigned long long)offset,
					   strerror(errno));
		if (n == 0)
			return source_fail(s, "%s: was cut while it was read",
					   f->path);
		p += n;
		offset += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return 0;
}

size_t file_head(const struct file *f, void *dst, size_t len)
{
	size_t have = 0;

	while (have < len) {
		ssize_t n = pread(f->fd, (uint8_t *)dst + have, len - have,
				  (off_t)have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	return have;
}

int scan_open(struct scan *sc, struct source *s, struct file *f,
	      size_t capacity)
{
	sc->file = f;
	sc->capacity = capacity;
	/* No more than there is to read: what goes beyond it will show. */
	sc->buffer = source_alloc(
		s, f->size < capacity ? (size_t)f->size : capacity);
	if (!sc->buffer)
		return -1;
	scan_seek(sc, 0);
	return 0;
}

void scan_seek(struct scan *sc, uint64_t offset)
{
	sc->offset = offset;
	sc->next = sc->end = sc->buffer;
}

int64_t scan_fill(struct scan *sc, struct source *s, size_t need)
{
	size_t have = (size_t)(sc->end - sc->next);
	uint64_t at = sc->offset + have;
	uint64_t left = sc->file->size > at ? sc->file->size - at : 0;
	size_t room = sc->capacity - have;

	if (have >= need || !left)
		return (int64_t)have;
	memmove(sc->buffer, sc->next, have);
	if (room > left)
		room = (size_t)left;
	sc->next = sc->buffer;
	sc->end = sc->buffer + have;
	if (file_read(s, sc->file, sc->buffer + have, room, at))
		return -1;
	sc->end += room;
	return (int64_t)(have + room);
}

void scan_skip(struct scan *sc, size_t n)
{
	sc->next += n;
	sc->offset += n;
}
