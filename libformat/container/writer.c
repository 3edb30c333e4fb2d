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
#include "base/dtype.h"
#include "base/fail.h"
#include "bytes/checksum.h"
#include "bytes/sink.h"
#include "container/digest.h"
#include "container/kinds.h"
#include "container/layout.h"

struct tk_writer {
	struct tk_sink *sink;
	struct tk_xxh128_stream *hash; /* of the chunk under way */
	size_t count;		       /* sections, digests included */
	size_t done;		       /* sections ended */
	bool open;		       /* one is begun and not ended */
	enum tk_status broken;	       /* of the first failure */
	uint64_t left;		       /* bytes it still lacks */
	uint64_t chunk_fill;	       /* bytes in the chunk under way */
	uint64_t chunk;		       /* its number in the section */
	uint8_t *leaves;
	uint64_t n_leaves;
	uint64_t leaf_capacity;
	uint8_t *head;		       /* header and table */
	size_t head_size;
};

static struct tk_disk_entry *entry_at(const struct tk_writer *w, size_t i)
{
	return (void *)(w->head + TK_HEADER_SIZE + i * TK_ENTRY_SIZE);
}

enum tk_status tk_writer_open(struct tk_writer **out, const char *path,
			      size_t count, bool replace,
			      struct tk_error *err)
{
	enum tk_status status = TK_OK;
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
	w->hash = tk_xxh128_new();
	if (!w->head || !w->hash)
		status = tk_fail_memory(err);
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
	tk_xxh128_free(w->hash);
	free(w->leaves);
	free(w->head);
	free(w);
}

/* ---- beginning a section ---- */

static enum tk_status check_names(const struct tk_section_spec *spec,
				  const struct tk_kind_rule *rule,
				  struct tk_error *err)
{
	uint8_t name[32] = {0};

	if (spec->kind == TK_KIND_SELFTEST)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "a selftest section has no layout yet");
	if (rule && !spec->name && !spec->flags)
		return TK_OK;
	if (spec->kind != TK_KIND_FREE || !spec->name ||
	    strlen(spec->name) > 31 || spec->flags > 7)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "kind 0x%x: name and flags are not its own",
			       spec->kind);
	memcpy(name, spec->name, strlen(spec->name));
	if (!tk_is_section_name(name) || !strchr(spec->name, '.'))
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "a free section's name must be a-z 0-9 _ . - "
			       "with a dot");
	return TK_OK;
}

/* Puts the section's size into '*size'. */
static enum tk_status check_spec(uint64_t *size,
				 const struct tk_section_spec *spec,
				 const struct tk_kind_rule *rule,
				 struct tk_error *err)
{
	uint64_t max_rows = rule ? rule->max_rows : TK_MAX_ROWS;
	uint64_t max_cols = rule ? rule->max_cols : TK_MAX_ROWS;
	uint64_t stride;

	if (spec->dtype > TK_Q8 || (rule && !(rule->dtypes >> spec->dtype & 1)))
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "kind 0x%x cannot have dtype %d", spec->kind,
			       spec->dtype);
	*size = spec->size;
	if (spec->dtype != TK_BYTES) {
		if (spec->rows > max_rows || spec->cols > max_cols)
			return tk_fail(err, TK_E_LIMIT, TK_NO_OFFSET,
				       "kind 0x%x: %llu x %llu is beyond the "
				       "limit",
				       spec->kind,
				       (unsigned long long)spec->rows,
				       (unsigned long long)spec->cols);
		stride = tk_row_stride(spec->dtype, spec->cols);
		if (!tk_mul(size, spec->rows, stride))
			*size = UINT64_MAX;
	}
	if (!*size)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "kind 0x%x: an empty section", spec->kind);
	if (*size > TK_MAX_FILE_SIZE)
		return tk_fail(err, TK_E_LIMIT, TK_NO_OFFSET,
			       "kind 0x%x: size is beyond 2^47 - 1",
			       spec->kind);
	return TK_OK;
}

static void fill_entry(struct tk_disk_entry *e,
		       const struct tk_section_spec *spec,
		       const struct tk_kind_rule *rule)
{
	const char *name = rule ? rule->name : spec->name;

	e->kind = tk_put32(spec->kind);
	e->flags = tk_put32(rule ? rule->flags : spec->flags);
	e->dtype = tk_put16((uint16_t)spec->dtype);
	memcpy(e->name, name, strlen(name));
	if (spec->dtype != TK_BYTES) {
		e->rows = tk_put64(spec->rows);
		e->cols = tk_put64(spec->cols);
		e->row_stride =
			tk_put64(tk_row_stride(spec->dtype, spec->cols));
	}
}

static bool is_in_order(const struct tk_disk_entry *a,
			const struct tk_disk_entry *b)
{
	uint32_t ka = tk_get32(a->kind), kb = tk_get32(b->kind);

	return ka < kb ||
	       (ka == kb && memcmp(a->name, b->name, sizeof(a->name)) < 0);
}

static enum tk_status begin(struct tk_writer *w, struct tk_disk_entry *e,
			    uint64_t size, struct tk_error *err)
{
	uint64_t at = tk_sink_offset(w->sink);
	enum tk_status status;
	uint64_t start;

	if (!tk_round_up(&start, at, tk_section_alignment(size)) ||
	    start > TK_MAX_FILE_SIZE - size)
		return tk_fail(err, TK_E_LIMIT, TK_NO_OFFSET,
			       "file is beyond 2^47 - 1 bytes");
	e->offset = tk_put64(start);
	e->size = e->stored_size = tk_put64(size);
	e->first_leaf = tk_put64(w->n_leaves);
	w->left = size;
	w->open = true;
	w->chunk = w->chunk_fill = 0;
	tk_xxh128_start(w->hash, 0);
	status = tk_sink_zeros(w->sink, start - at, err);
	if (status)
		w->broken = status;
	return status;
}

enum tk_status tk_writer_begin(struct tk_writer *w,
			       const struct tk_section_spec *spec,
			       struct tk_error *err)
{
	const struct tk_kind_rule *rule = tk_kind_rule(spec->kind);
	struct tk_disk_entry *e;
	enum tk_status status;
	uint64_t size = 0;

	if (w->open || w->done >= w->count - 1 ||
	    spec->kind == TK_KIND_DIGESTS)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "more sections than were announced, or one is "
			       "not ended");
	if ((status = check_names(spec, rule, err)) ||
	    (status = check_spec(&size, spec, rule, err)))
		return status;
	e = entry_at(w, w->done);
	memset(e, 0, sizeof(*e));
	fill_entry(e, spec, rule);
	if (w->done && !is_in_order(e - 1, e))
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "kind 0x%x: sections must come by rising kind",
			       spec->kind);
	return begin(w, e, size, err);
}

/* ---- its bytes ---- */

static enum tk_status end_chunk(struct tk_writer *w, struct tk_error *err)
{
	if (w->n_leaves == w->leaf_capacity) {
		uint64_t capacity = w->leaf_capacity ? 2 * w->leaf_capacity
						     : 1024;
		uint8_t *p = realloc(w->leaves, capacity * TK_LEAF_SIZE);

		if (!p)
			return tk_fail_memory(err);
		w->leaves = p;
		w->leaf_capacity = capacity;
	}
	tk_xxh128_end(w->leaves + w->n_leaves++ * TK_LEAF_SIZE, w->hash);
	w->chunk_fill = 0;
	tk_xxh128_start(w->hash, ++w->chunk);
	return TK_OK;
}

enum tk_status tk_writer_write(struct tk_writer *w, struct tk_bytes piece,
			       struct tk_error *err)
{
	enum tk_status status;

	if (!w->open || piece.len > w->left)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "more bytes than the section was to have");
	w->left -= piece.len;
	if ((status = tk_sink_write(w->sink, piece.ptr, piece.len, err)))
		return w->broken = status;
	while (piece.len) {
		size_t room = TK_CHUNK_SIZE - (size_t)w->chunk_fill;
		size_t n = piece.len < room ? piece.len : room;

		tk_xxh128_add(w->hash, piece.ptr, n);
		w->chunk_fill += n;
		piece.ptr += n;
		piece.len -= n;
		if (w->chunk_fill == TK_CHUNK_SIZE &&
		    (status = end_chunk(w, err)))
			return w->broken = status;
	}
	return TK_OK;
}

enum tk_status tk_writer_end(struct tk_writer *w, struct tk_digest *digest,
			     struct tk_error *err)
{
	struct tk_disk_entry *e = entry_at(w, w->done);
	enum tk_status status;
	uint64_t first;

	if (!w->open || w->left)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "fewer bytes than the section was to have");
	if (w->chunk_fill && (status = end_chunk(w, err)))
		return w->broken = status;
	first = tk_get64(e->first_leaf);
	tk_digest_leaves(e->digest, w->leaves + first * TK_LEAF_SIZE,
			 w->n_leaves - first);
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
	struct tk_section_spec spec = {.kind = TK_KIND_DIGESTS};
	struct tk_disk_entry *e = entry_at(w, w->done);
	uint64_t size = w->n_leaves * TK_LEAF_SIZE;
	enum tk_status status;

	fill_entry(e, &spec, tk_kind_rule(spec.kind));
	status = begin(w, e, size, err);
	if (!status)
		status = tk_sink_write(w->sink, w->leaves, (size_t)size, err);
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
	h->file_size = tk_put64(tk_sink_offset(w->sink));
	h->digest_scheme = tk_put32(TK_DIGEST_SCHEME);
	tk_digest_root(root, w->head, w->head_size);
	memcpy(h->root_digest, root, sizeof(root));
	h->header_checksum = tk_put64(tk_xxh64(h, 0x78, 0));
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
		fill_header(w);
	/* The table first: a header that is there stands for a whole file. */
	if (!status)
		status = tk_sink_sync(w->sink, err);
	if (!status)
		status = tk_sink_rewrite(w->sink, TK_HEADER_SIZE,
					 w->head + TK_HEADER_SIZE,
					 w->head_size - TK_HEADER_SIZE, err);
	if (!status)
		status = tk_sink_sync(w->sink, err);
	if (!status)
		status = tk_sink_rewrite(w->sink, 0, w->head, TK_HEADER_SIZE,
					 err);
	if (!status)
		status = tk_sink_sync(w->sink, err);
	if (!status)
		status = tk_sink_publish(w->sink, err);
	tk_writer_abort(w);
	return status;
}
