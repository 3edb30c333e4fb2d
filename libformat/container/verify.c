/* SPDX-License-Identifier: MIT */
/*
 * verify.c - are these the bytes that were written?
 */
#include "container/verify.h"

#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "container/digest.h"
#include "container/handle.h"
#include "libformat/archive.h"

#define FRAME_CHUNKS (TK_FRAME_SIZE / TK_CHUNK_SIZE)

enum tk_status tk_check_index(const struct tk_container *c, size_t i,
			      struct tk_error *err)
{
	if (i < c->count)
		return TK_OK;
	return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
		       "there is no section %zu: there are %zu", i, c->count);
}

const uint8_t *tk_section_leaves(const struct tk_container *c, size_t i)
{
	const struct tk_section *d = &c->sections[c->count - 1];

	return c->file.ptr + d->offset +
	       c->sections[i].first_leaf * TK_LEAF_SIZE;
}

bool tk_chunk_is_whole(const struct tk_container *c, size_t i,
		       const uint8_t *leaves, uint64_t n)
{
	const struct tk_section *s = &c->sections[i];
	uint64_t at = n * TK_CHUNK_SIZE;
	uint64_t len = s->size - at;
	uint8_t leaf[TK_LEAF_SIZE];

	if (len > TK_CHUNK_SIZE)
		len = TK_CHUNK_SIZE;
	tk_digest_leaf(leaf, c->file.ptr + s->offset + at, (size_t)len, n);
	return !memcmp(leaf, leaves + n * TK_LEAF_SIZE, sizeof(leaf));
}

bool tk_leaves_are_whole(const struct tk_container *c, size_t i)
{
	const struct tk_section *s = &c->sections[i];
	uint8_t digest[16];

	tk_digest_leaves(digest, tk_section_leaves(c, i),
			 tk_leaf_count(s->size));
	return !memcmp(digest, s->digest.b, sizeof(digest));
}

uint64_t tk_padding_start(const struct tk_container *c, size_t i)
{
	const struct tk_section *s = &c->sections[i];

	return i ? s[-1].offset + s[-1].stored_size : c->table_end;
}

/* Padding from the end of what lies before section i. */
static enum tk_status check_padding(const struct tk_container *c, size_t i,
				    struct tk_error *err)
{
	const struct tk_section *s = &c->sections[i];

	for (uint64_t at = tk_padding_start(c, i); at < s->offset; at++)
		if (c->file.ptr[at])
			return tk_fail(err, TK_E_RESERVED, at,
				       "padding before section %s is not zero",
				       s->name);
	return TK_OK;
}

/* The digests section is covered by the sections that it serves. */
static enum tk_status verify_all_digests(const struct tk_container *c,
					 struct tk_error *err)
{
	enum tk_status status = TK_OK;

	for (size_t i = 0; i < c->count - 1 && !status; i++)
		status = tk_container_verify_digests(c, i, err);
	return status;
}

/* The leaf list of a section must give the digest in the table. */
enum tk_status tk_container_verify_digests(const struct tk_container *c,
					   size_t i, struct tk_error *err)
{
	enum tk_status status = tk_check_index(c, i, err);

	if (status)
		return status;
	if (i == c->count - 1)
		return verify_all_digests(c, err);
	if (tk_leaves_are_whole(c, i))
		return TK_OK;
	return tk_fail(err, TK_E_CHECKSUM,
		       (uint64_t)(tk_section_leaves(c, i) - c->file.ptr),
		       "digests of section %s: checksum mismatch",
		       c->sections[i].name);
}

static enum tk_status check_chunks(const struct tk_container *c, size_t i,
				   uint64_t first, uint64_t end,
				   struct tk_error *err)
{
	const struct tk_section *s = &c->sections[i];
	const uint8_t *leaves = tk_section_leaves(c, i);

	if (s->codec != TK_CODEC_NONE)
		return tk_frames_verify(c, i, first / FRAME_CHUNKS,
					(end - 1) / FRAME_CHUNKS + 1, err);
	for (uint64_t n = first; n < end; n++) {
		uint64_t at = n * TK_CHUNK_SIZE;
		uint64_t len = s->size - at;

		if (tk_chunk_is_whole(c, i, leaves, n))
			continue;
		if (len > TK_CHUNK_SIZE)
			len = TK_CHUNK_SIZE;
		return tk_fail(err, TK_E_CHECKSUM, s->offset + at,
			       "section %s, bytes %llu to %llu: checksum "
			       "mismatch",
			       s->name, (unsigned long long)at,
			       (unsigned long long)(at + len - 1));
	}
	return TK_OK;
}

enum tk_status tk_container_verify_outside(const struct tk_container *c,
					   size_t i, struct tk_error *err)
{
	enum tk_status status = tk_check_index(c, i, err);

	if (!status)
		status = check_padding(c, i, err);
	return status ? status : tk_container_verify_digests(c, i, err);
}

enum tk_status tk_container_verify_bytes(const struct tk_container *c,
					 size_t i, uint64_t from, uint64_t len,
					 struct tk_error *err)
{
	const struct tk_section *s = &c->sections[i];
	enum tk_status status = tk_check_index(c, i, err);

	if (status)
		return status;
	if (i == c->count - 1 || !len || !tk_inside(from, len, s->size))
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "no bytes of section %s that have digests",
			       s->name);
	return check_chunks(c, i, from / TK_CHUNK_SIZE,
			    (from + len - 1) / TK_CHUNK_SIZE + 1, err);
}

static enum tk_status check_stored(const struct tk_container *c, size_t i,
				   struct tk_error *err)
{
	const struct tk_section *s = &c->sections[i];

	if (s->codec == TK_CODEC_NONE || tk_stored_is_whole(c, i))
		return TK_OK;
	return tk_fail(err, TK_E_CHECKSUM, s->offset,
		       "section %s: its stored bytes are not those that were "
		       "written",
		       s->name);
}

/* Of an unknown codec, the stored bytes are all that can be judged. */
enum tk_status tk_container_verify(const struct tk_container *c, size_t i,
				   struct tk_error *err)
{
	const struct tk_section *s = &c->sections[i];
	enum tk_status status = tk_container_verify_outside(c, i, err);

	if (status || i == c->count - 1)
		return status;
	if (s->codec > TK_CODEC_ZSTD_PLANES &&
	    (status = check_stored(c, i, err)))
		return status;
	status = check_chunks(c, i, 0, tk_leaf_count(s->size), err);
	return status ? status : check_stored(c, i, err);
}
