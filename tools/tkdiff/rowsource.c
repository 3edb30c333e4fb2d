/* SPDX-License-Identifier: MIT */
/*
 * rowsource.c - rows of a table: where they lie, or decoded frame by frame
 *
 * A chunk is compared with its digest before the first of its rows is given
 * out.
 */
#include "tkdiff.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

struct verified {
	atomic_uchar *chunks; /* 1: it is what was written */
};

struct verified *verified_new(const struct table *t)
{
	struct verified *v = zeros(1, sizeof(*v));
	const uint64_t n = t->s.size / TK_CHUNK_SIZE + 1;

	v->chunks = zeros((size_t)n, sizeof(*v->chunks));
	return v;
}

void verified_free(struct verified *v)
{
	if (v)
		free(v->chunks);
	free(v);
}

void row_source_open(struct row_source *s, const struct table *t,
		     struct verified *v)
{
	struct tk_error err;

	*s = (struct row_source){
		.table = t, .verified = v, .frame = UINT64_MAX};
	if (t->m.data)
		return;
	if (tk_coder_open(&s->coder, &err))
		cli_die_error(t->side->path, &err);
	s->row = zeros((size_t)t->m.row_stride, 1);
}

void row_source_close(struct row_source *s)
{
	tk_coder_close(s->coder);
	free(s->row);
}

/* ---- mapped ---- */

/* Two threads may do the same chunk: that is no harm. */
static enum tk_status verify(struct row_source *s, uint64_t at, uint64_t len,
			     struct tk_error *err)
{
	const struct table *t = s->table;
	const uint64_t last = (at + len - 1) / TK_CHUNK_SIZE;

	for (uint64_t n = at / TK_CHUNK_SIZE; n <= last; n++) {
		enum tk_status status;

		if (atomic_load_explicit(&s->verified->chunks[n],
					 memory_order_relaxed))
			continue;
		status = tk_container_verify_bytes(t->side->file, t->section,
						   n * TK_CHUNK_SIZE, 1, err);
		if (status)
			return status;
		atomic_store_explicit(&s->verified->chunks[n], 1,
				      memory_order_relaxed);
	}
	return TK_OK;
}

static enum tk_status read_mapped(struct row_source *s, struct tk_matrix *out,
				  uint64_t first, uint64_t n,
				  struct tk_error *err)
{
	const struct tk_matrix m = s->table->m;

	*out = m;
	out->data = m.data + first * m.row_stride;
	out->rows = n;
	return verify(s, first * m.row_stride, n * m.row_stride, err);
}

/* ---- in frames ---- */

static enum tk_status decode(struct row_source *s, uint64_t frame,
			     struct tk_error *err)
{
	const struct side *side = s->table->side;
	enum tk_status status;

	if (s->frame == frame)
		return TK_OK;
	s->frame = UINT64_MAX;
	status = tk_coder_decode(s->coder, &s->data, side->file,
				 s->table->section, frame, err);
	if (!status)
		status = tk_frame_verify(side->file, s->table->section, frame,
					 s->data, err);
	if (!status)
		s->frame = frame;
	return status;
}

/* A row that is in several frames is put together. */
static enum tk_status gather(struct row_source *s, uint64_t at,
			     struct tk_error *err)
{
	const uint64_t size = s->table->m.row_stride;

	for (uint64_t done = 0; done < size;) {
		const uint64_t from = (at + done) % TK_FRAME_SIZE;
		enum tk_status status =
			decode(s, (at + done) / TK_FRAME_SIZE, err);
		uint64_t len = size - done;

		if (status)
			return status;
		if (len > s->data.len - from)
			len = s->data.len - from;
		memcpy(s->row + done, s->data.ptr + from, (size_t)len);
		done += len;
	}
	return TK_OK;
}

static enum tk_status read_frames(struct row_source *s, struct tk_matrix *out,
				  uint64_t first, uint64_t n,
				  struct tk_error *err)
{
	const uint64_t size = s->table->m.row_stride;
	const uint64_t at = first * size, from = at % TK_FRAME_SIZE;
	enum tk_status status;

	*out = s->table->m;
	if (from + size > TK_FRAME_SIZE) {
		out->data = s->row;
		out->rows = 1;
		return gather(s, at, err);
	}
	status = decode(s, at / TK_FRAME_SIZE, err);
	if (status)
		return status;
	out->data = s->data.ptr + from;
	out->rows = (s->data.len - from) / size;
	if (out->rows > n)
		out->rows = n;
	return TK_OK;
}

enum tk_status row_source_read(struct row_source *s, struct tk_matrix *out,
			       uint64_t first, uint64_t n,
			       struct tk_error *err)
{
	return s->table->m.data ? read_mapped(s, out, first, n, err)
				: read_frames(s, out, first, n, err);
}
