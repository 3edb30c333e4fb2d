/* SPDX-License-Identifier: MIT */
/*
 * sink.c - bytes -> file, all or nothing
 */
#include "bytes/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "bytes/checksum.h"
#include "bytes/newfile.h"

#define BUFFER_SIZE ((size_t)4 << 20)

struct tk_sink {
	struct tk_newfile file;
	uint64_t written; /* bytes in the file */
	size_t fill;	  /* bytes in the buffer */
	uint8_t *buffer;
	struct tk_xxh128_stream *hash; /* NULL: nothing is read back */
	uint64_t hash_from;	       /* of all bytes from here on */
};

enum tk_status tk_sink_open(struct tk_sink **out, const char *path,
			    bool replace, struct tk_error *err)
{
	struct tk_sink *s = calloc(1, sizeof(*s));
	enum tk_status status;

	if (!s)
		return tk_fail_memory(err);
	s->buffer = malloc(BUFFER_SIZE);
	status = s->buffer ? tk_newfile_open(&s->file, path, replace, err)
			   : tk_fail_memory(err);
	if (!status) {
		*out = s;
		return TK_OK;
	}
	free(s->buffer);
	free(s);
	return status;
}

/* ---- writing ---- */

static enum tk_status write_at(const struct tk_sink *s, const uint8_t *p,
			       size_t len, uint64_t offset,
			       struct tk_error *err)
{
	while (len) {
		ssize_t n = pwrite(s->file.fd, p, len, (off_t)offset);

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

/* What the buffer has, once it is in the file. */
static void hash_written(struct tk_sink *s)
{
	size_t skip = s->hash_from > s->written
			      ? (size_t)(s->hash_from - s->written)
			      : 0;

	tk_xxh128_add(s->hash, s->buffer + skip, s->fill - skip);
}

static enum tk_status flush(struct tk_sink *s, struct tk_error *err)
{
	enum tk_status status =
		write_at(s, s->buffer, s->fill, s->written, err);

	if (!status) {
		if (s->hash)
			hash_written(s);
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
	if (!status && fsync(s->file.fd))
		status = tk_fail_errno(err, "fsync");
	return status;
}

enum tk_status tk_sink_rewrite(struct tk_sink *s, uint64_t offset,
			       const void *data, size_t len,
			       struct tk_error *err)
{
	return write_at(s, data, len, offset, err);
}

/* ---- reading back ---- */

enum tk_status tk_sink_remember(struct tk_sink *s, struct tk_error *err)
{
	s->hash_from = tk_sink_offset(s);
	if (s->hash_from > BUFFER_SIZE)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "too late to begin");
	s->hash = tk_xxh128_new();
	if (!s->hash)
		return tk_fail_memory(err);
	tk_xxh128_start(s->hash, 0);
	return TK_OK;
}

static enum tk_status read_at(const struct tk_sink *s, uint8_t *p, size_t len,
			      uint64_t offset, struct tk_error *err)
{
	while (len) {
		ssize_t n = pread(s->file.fd, p, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return tk_fail_errno(err, "reading back");
		if (!n)
			return tk_fail(err, TK_E_CHECKSUM, offset,
				       "read back: bytes are missing");
		p += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return TK_OK;
}

enum tk_status tk_sink_read_back(struct tk_sink *s, const uint8_t *head,
				 struct tk_error *err)
{
	uint8_t was[16], is[16];
	uint64_t at = s->hash_from;
	enum tk_status status;

	/* What the kernel still holds in memory would prove nothing. */
	posix_fadvise(s->file.fd, 0, 0, POSIX_FADV_DONTNEED);
	status = read_at(s, s->buffer, (size_t)at, 0, err);
	if (!status && memcmp(s->buffer, head, (size_t)at))
		status = tk_fail(err, TK_E_CHECKSUM, 0, "read back: header "
				 "or table is not what was written");
	tk_xxh128_end(was, s->hash);
	tk_xxh128_start(s->hash, 0);
	while (!status && at < s->written) {
		uint64_t left = s->written - at;
		size_t n = left < BUFFER_SIZE ? (size_t)left : BUFFER_SIZE;

		status = read_at(s, s->buffer, n, at, err);
		tk_xxh128_add(s->hash, s->buffer, n);
		at += n;
	}
	tk_xxh128_end(is, s->hash);
	if (!status && memcmp(is, was, sizeof(is)))
		status = tk_fail(err, TK_E_CHECKSUM, TK_NO_OFFSET,
				 "read back: not what was written");
	return status;
}

/* ---- the end ---- */

const char *tk_sink_temporary(const struct tk_sink *s)
{
	return s->file.temp_path;
}

enum tk_status tk_sink_publish(struct tk_sink *s, struct tk_error *err)
{
	return tk_newfile_publish(&s->file, err);
}

void tk_sink_close(struct tk_sink *s)
{
	if (!s)
		return;
	tk_newfile_close(&s->file);
	tk_xxh128_free(s->hash);
	free(s->buffer);
	free(s);
}
