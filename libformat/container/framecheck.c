/* SPDX-License-Identifier: MIT */
/*
 * framecheck.c - are these the frames that were written?
 *
 * Frames are checked one at a time, each with a coder of its own: next to
 * decoding a mebibyte, making one costs nothing.
 */
#include <assert.h>
#include <string.h>

#include "base/fail.h"
#include "container/digest.h"
#include "container/handle.h"
#include "container/verify.h"
#include "libformat/archive.h"

#define FRAME_CHUNKS (TK_FRAME_SIZE / TK_CHUNK_SIZE)

static_assert(FRAME_CHUNKS == 16, "a bit of a uint16_t for each");

static uint16_t check_chunks(struct tk_bytes data, const uint8_t *leaves,
			     uint64_t first)
{
	uint8_t leaf[TK_LEAF_SIZE];
	uint16_t bad = 0;

	for (unsigned j = 0; data.len; j++) {
		size_t len = data.len < TK_CHUNK_SIZE ? data.len
						      : TK_CHUNK_SIZE;

		tk_digest_leaf(leaf, data.ptr, len, first + j);
		if (memcmp(leaf, leaves + (first + j) * TK_LEAF_SIZE,
			   sizeof(leaf)))
			bad = (uint16_t)(bad | 1u << j);
		data.ptr += len;
		data.len -= len;
	}
	return bad;
}

enum tk_status tk_frame_damage(uint16_t *bad, const struct tk_container *c,
			       size_t i, const uint8_t *leaves, uint64_t n)
{
	struct tk_bytes data = {NULL, 0};
	struct tk_coder *coder = NULL;
	enum tk_status status = tk_coder_open(&coder, NULL);

	if (!status)
		status = tk_coder_decode(coder, &data, c, i, n, NULL);
	if (!status)
		*bad = check_chunks(data, leaves, n * FRAME_CHUNKS);
	else if (status != TK_E_MEMORY)
		*bad = UINT16_MAX;
	tk_coder_close(coder);
	return status == TK_E_MEMORY ? status : TK_OK;
}

static enum tk_status fail_chunk(const struct tk_section *s, uint64_t frame,
				 uint16_t bad, struct tk_error *err)
{
	uint64_t n = frame * FRAME_CHUNKS;

	for (; !(bad & 1); bad >>= 1)
		n++;
	return tk_fail(err, TK_E_CHECKSUM, s->offset + n * TK_CHUNK_SIZE,
		       "section %s, 64 KiB from decoded byte %llu: checksum "
		       "mismatch",
		       s->name, (unsigned long long)n * TK_CHUNK_SIZE);
}

enum tk_status tk_frame_verify(const struct tk_container *c, size_t i,
			       uint64_t n, struct tk_bytes data,
			       struct tk_error *err)
{
	const struct tk_section *s;
	uint64_t left;
	uint16_t bad;

	if (i >= c->count - 1 ||
	    n >= tk_frame_count(c->sections[i].size))
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "there is no such frame");
	s = &c->sections[i];
	left = s->size - n * TK_FRAME_SIZE;
	if (data.len != (left < TK_FRAME_SIZE ? left : TK_FRAME_SIZE))
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "these are not the bytes of one frame");
	bad = check_chunks(data, tk_section_leaves(c, i), n * FRAME_CHUNKS);
	return bad ? fail_chunk(s, n, bad, err) : TK_OK;
}

enum tk_status tk_frames_verify(const struct tk_container *c, size_t i,
				uint64_t first, uint64_t end,
				struct tk_error *err)
{
	struct tk_bytes data = {NULL, 0};
	struct tk_coder *coder = NULL;
	enum tk_status status = tk_coder_open(&coder, err);

	for (uint64_t n = first; n < end && !status; n++) {
		status = tk_coder_decode(coder, &data, c, i, n, err);
		if (!status)
			status = tk_frame_verify(c, i, n, data, err);
	}
	tk_coder_close(coder);
	return status;
}

bool tk_stored_is_whole(const struct tk_container *c, size_t i)
{
	struct tk_bytes stored = tk_container_stored(c, i);
	uint8_t digest[16];

	tk_digest_bytes(digest, stored.ptr, stored.len);
	return !memcmp(digest, c->stored[i], sizeof(digest));
}
