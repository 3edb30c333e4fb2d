/* SPDX-License-Identifier: MIT */
/*
 * writer.c - sections -> bytes
 *
 * The file begins with the magic of an unfinished one and room for the table.
 * Sections follow, hashed chunk by chunk as they stream through; then the
 * digests; then, once all of that is on the disk, table and header.
 */
#include "libformat/writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "base/fail.h"
#include "bytes/checksum.h"
#include "bytes/sink.h"
#include "container/digest.h"
#include "container/entry.h"
#include "container/kinds.h"
#include "container/layout.h"
#include "container/leaves.h"
#include "libformat/archive.h"

struct tk_writer {
	struct tk_sink *sink;
	size_t count;	       /* sections, digests included */
	size_t done;	       /* sections ended */
	bool open;	       /* one is begun and not ended */
	enum tk_status broken; /* of the first failure */
	uint64_t left;	       /* bytes that it still lacks */
	struct tk_leaves leaves;
	uint8_t *head; /* header and table */
	size_t head_size;
	bool is_read_back;
	/* Of an archive: the section's bytes as they are stored. */
	bool is_archive;
	struct tk_leaves stored;
	tk_le32 *frame_sizes;
	uint64_t n_frames;
	uint64_t frame_capacity;
};

static struct tk_disk_entry *entry_at(const struct tk_writer *w, size_t i)
{
	return (void *)(w->head + TK_HEADER_SIZE + i * TK_ENTRY_SIZE);
}

enum tk_status tk_writer_open(struct tk_writer **out, const char *path,
			      size_t count, bool replace,
			      struct tk_error *err)
{
	enum tk_status status;
	struct tk_writer *w;

	if (!count || count > TK_MAX_SECTIONS - 1)
		return tk_fail(err, TK_E_LIMIT, TK_NO_OFFSET,
			       "%zu sections are beyond the limit", count);
	w = calloc(1, sizeof(*w));
	if (!w)
		return tk_fail_memory(err);
	w->count = count + 1;
	w->head_size = TK_HEADER_SIZE + w->count * TK_ENTRY_SIZE;
	w->head = calloc(1, w->head_size);
	status = w->head ? tk_leaves_new(&w->leaves, err)
			 : tk_fail_memory(err);
	if (!status)
		status = tk_sink_open(&w->sink, path, replace, err);
	if (!status)
		status = tk_sink_write(w->sink, TK_MAGIC_UNFINISHED, 8, err);
	if (!status)
		status = tk_sink_zeros(w->sink, w->head_size - 8, err);
	if (status)
		tk_writer_abort(w);
	else
		*out = w;
	return status;
}

void tk_writer_abort(struct tk_writer *w)
{
	if (!w)
		return;
	tk_sink_close(w->sink);
	tk_leaves_free(&w->leaves);
	tk_leaves_free(&w->stored);
	free(w->frame_sizes);
	free(w->head);
	free(w);
}

enum tk_status tk_writer_read_back(struct tk_writer *w, struct tk_error *err)
{
	enum tk_status status;

	if (w->open || w->done || w->is_read_back)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "a section is begun already");
	status = tk_sink_remember(w->sink, err);
	w->is_read_back = !status;
	return status;
}

const char *tk_writer_temporary(const struct tk_writer *w)
{
	return tk_sink_temporary(w->sink);
}

/* ---- beginning a section ---- */

/* Puts the section behind what is written. */
static enum tk_status place(struct tk_writer *w, struct tk_disk_entry *e,
			    struct tk_error *err)
{
	uint64_t at = tk_sink_offset(w->sink), size = tk_get64(e->size);
	enum tk_status status;
	uint64_t start;

	if (!tk_round_up(&start, at,
			 tk_section_alignment(size, w->is_archive)) ||
	    start > TK_MAX_FILE_SIZE - size)
		return tk_fail(err, TK_E_LIMIT, TK_NO_OFFSET,
			       "file is beyond 2^47 - 1 bytes");
	e->offset = tk_put64(start);
	e->stored_size = e->size;
	e->first_leaf = tk_put64(w->leaves.count);
	w->left = size;
	w->open = true;
	tk_leaves_start(&w->leaves);
	status = tk_sink_zeros(w->sink, start - at, err);
	w->broken = status ? status : w->broken;
	return status;
}

enum tk_status tk_writer_begin(struct tk_writer *w,
			       const struct tk_section_spec *spec,
			       struct tk_error *err)
{
	struct tk_disk_entry *e;
	enum tk_status status;

	if (w->open || w->done >= w->count - 1 ||
	    spec->kind == TK_KIND_DIGESTS)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "more sections than were announced, or one is "
			       "not ended");
	e = entry_at(w, w->done);
	status = tk_entry_make(e, spec, err);
	if (status)
		return status;
	if (w->done && !tk_entry_precedes(e - 1, e))
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "kind 0x%x: sections must come by rising kind",
			       spec->kind);
	status = place(w, e, err);
	if (!status && w->is_archive) {
		e->codec = tk_put16(tk_archive_codec((uint16_t)spec->dtype));
		w->n_frames = w->stored.count = 0;
		tk_leaves_start(&w->stored);
	}
	return status;
}

/* ---- its bytes ---- */

/* Counts bytes of the section and hashes them. */
static enum tk_status take(struct tk_writer *w, struct tk_bytes piece,
			   struct tk_error *err)
{
	if (!w->open || piece.len > w->left)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "more bytes than the section was to have");
	w->left -= piece.len;
	return tk_leaves_add(&w->leaves, piece.ptr, piece.len, err);
}

enum tk_status tk_writer_write(struct tk_writer *w, struct tk_bytes piece,
			       struct tk_error *err)
{
	enum tk_status status;

	if (w->is_archive)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "an archive is written frame by frame");
	status = take(w, piece, err);
	if (!status)
		status = tk_sink_write(w->sink, piece.ptr, piece.len, err);
	if (status && status != TK_E_ARGUMENT)
		w->broken = status;
	return status;
}

/* ---- the frames of an archive ---- */

enum tk_status tk_writer_archive(struct tk_writer *w, struct tk_error *err)
{
	enum tk_status status;

	if (w->open || w->done || w->is_archive)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "a section is begun already");
	status = tk_leaves_new(&w->stored, err);
	w->is_archive = !status;
	return status;
}

static enum tk_status note_size(struct tk_writer *w, size_t size,
				struct tk_error *err)
{
	if (w->n_frames == w->frame_capacity) {
		uint64_t capacity = w->n_frames ? 2 * w->n_frames : 1024;
		tk_le32 *p = realloc(w->frame_sizes,
				     (size_t)capacity * sizeof(*p));

		if (!p)
			return tk_fail_memory(err);
		w->frame_sizes = p;
		w->frame_capacity = capacity;
	}
	w->frame_sizes[w->n_frames++] = tk_put32((uint32_t)size);
	return TK_OK;
}

/* Bytes as they are stored, after the codec. */
static enum tk_status store(struct tk_writer *w, const void *data, size_t len,
			    struct tk_error *err)
{
	enum tk_status status = tk_leaves_add(&w->stored, data, len, err);

	return status ? status : tk_sink_write(w->sink, data, len, err);
}

enum tk_status tk_writer_frame(struct tk_writer *w, struct tk_bytes data,
			       struct tk_bytes frame, struct tk_error *err)
{
	enum tk_status status;

	if (!w->is_archive ||
	    (data.len != TK_FRAME_SIZE && data.len != w->left))
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "%zu bytes are no frame of this section",
			       data.len);
	status = take(w, data, err);
	if (!status)
		status = note_size(w, frame.len, err);
	if (!status)
		status = store(w, frame.ptr, frame.len, err);
	if (status && status != TK_E_ARGUMENT)
		w->broken = status;
	return status;
}

/* The sizes of the frames follow them. */
static enum tk_status end_frames(struct tk_writer *w, struct tk_disk_entry *e,
				 struct tk_error *err)
{
	size_t len = (size_t)w->n_frames * sizeof(*w->frame_sizes);
	enum tk_status status = store(w, w->frame_sizes, len, err);

	if (!status)
		status = tk_leaves_end(&w->stored, err);
	if (status)
		return status;
	e->stored_size = tk_put64(tk_sink_offset(w->sink) -
				  tk_get64(e->offset));
	tk_digest_leaves(e->stored_digest, w->stored.list, w->stored.count);
	return TK_OK;
}

/* ---- ending a section ---- */

enum tk_status tk_writer_end(struct tk_writer *w, struct tk_digest *digest,
			     struct tk_error *err)
{
	struct tk_disk_entry *e = entry_at(w, w->done);
	enum tk_status status;
	uint64_t first;

	if (!w->open || w->left)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "fewer bytes than the section was to have");
	status = tk_leaves_end(&w->leaves, err);
	if (!status && w->is_archive)
		status = end_frames(w, e, err);
	if (status)
		return w->broken = status;
	first = tk_get64(e->first_leaf);
	tk_digest_leaves(e->digest, w->leaves.list + first * TK_LEAF_SIZE,
			 w->leaves.count - first);
	if (digest)
		memcpy(digest->b, e->digest, sizeof(digest->b));
	w->open = false;
	w->done++;
	return TK_OK;
}

enum tk_status tk_writer_add(struct tk_writer *w, uint32_t kind,
			     struct tk_bytes bytes, struct tk_digest *digest,
			     struct tk_error *err)
{
	struct tk_section_spec spec = {.kind = kind, .size = bytes.len};
	enum tk_status status = tk_writer_begin(w, &spec, err);

	if (!status)
		status = tk_writer_write(w, bytes, err);
	if (!status)
		status = tk_writer_end(w, digest, err);
	return status;
}

/* ---- the end ---- */

static enum tk_status add_digests(struct tk_writer *w, struct tk_error *err)
{
	struct tk_section_spec spec = {
		.kind = TK_KIND_DIGESTS,
		.size = w->leaves.count * TK_LEAF_SIZE,
	};
	struct tk_disk_entry *e = entry_at(w, w->done);
	enum tk_status status = tk_entry_make(e, &spec, err);

	if (!status)
		status = place(w, e, err);
	if (!status)
		status = tk_sink_write(w->sink, w->leaves.list,
				       (size_t)spec.size, err);
	e->first_leaf = tk_put64(0);
	w->open = false;
	return status;
}

static void fill_header(struct tk_writer *w)
{
	struct tk_disk_header *h = (void *)w->head;
	uint8_t root[16];

	memcpy(h->magic, TK_MAGIC, sizeof(h->magic));
	h->version_major = tk_put16(TK_FORMAT_MAJOR);
	h->version_minor = tk_put16(TK_FORMAT_MINOR);
	h->header_size = tk_put32(TK_HEADER_SIZE);
	h->section_count = tk_put32((uint32_t)w->count);
	h->entry_size = tk_put32(TK_ENTRY_SIZE);
	h->features = tk_put64(w->is_archive ? TK_FEATURE_ARCHIVE : 0);
	h->file_size = tk_put64(tk_sink_offset(w->sink));
	h->digest_scheme = tk_put32(TK_DIGEST_SCHEME);
	tk_digest_root(root, w->head, w->head_size);
	memcpy(h->root_digest, root, sizeof(root));
	h->header_checksum = tk_put64(tk_xxh64(h, 0x78, 0));
}

/* The table first: a header that is there stands for a whole file. */
static enum tk_status write_head(struct tk_writer *w, struct tk_error *err)
{
	enum tk_status status = tk_sink_sync(w->sink, err);

	fill_header(w);
	if (!status)
		status = tk_sink_rewrite(w->sink, TK_HEADER_SIZE,
					 w->head + TK_HEADER_SIZE,
					 w->head_size - TK_HEADER_SIZE, err);
	if (!status)
		status = tk_sink_sync(w->sink, err);
	if (!status)
		status = tk_sink_rewrite(w->sink, 0, w->head, TK_HEADER_SIZE,
					 err);
	return status ? status : tk_sink_sync(w->sink, err);
}

enum tk_status tk_writer_commit(struct tk_writer *w, struct tk_error *err)
{
	enum tk_status status = TK_OK;

	if (w->broken)
		status = tk_fail(err, w->broken, TK_NO_OFFSET,
				 "an earlier write failed");
	else if (w->open || w->done != w->count - 1)
		status = tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
				 "%zu sections were announced, %zu written",
				 w->count - 1, w->done);
	if (!status)
		status = add_digests(w, err);
	if (!status)
		status = write_head(w, err);
	if (!status && w->is_read_back)
		status = tk_sink_read_back(w->sink, w->head, err);
	if (!status)
		status = tk_sink_publish(w->sink, err);
	tk_writer_abort(w);
	return status;
}
