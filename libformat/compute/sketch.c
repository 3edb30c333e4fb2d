/* SPDX-License-Identifier: MIT */
/*
 * sketch.c - the sketch section -> struct tk_sketch
 */
#include "compute/sketch.h"

#include <string.h>

#include "base/endian.h"
#include "base/fail.h"

static uint64_t panels(uint64_t rows)
{
	return (rows + TK_SKETCH_ROWS - 1) / TK_SKETCH_ROWS;
}

static uint64_t blocks(uint64_t cols)
{
	return (cols + TK_SKETCH_COLS - 1) / TK_SKETCH_COLS;
}

/* At the limits of rows and columns this is below 2^42. */
uint64_t tk_sketch_size(uint64_t rows, uint64_t cols)
{
	return sizeof(struct tk_disk_sketch) +
	       panels(rows) * (blocks(cols) *
				       (TK_SCALE_BYTES + 2 * TK_PLANE_BYTES) +
			       3 * TK_NORM_BYTES);
}

static enum tk_status check_head(const struct tk_disk_sketch *head,
				 const struct tk_sketch *s, size_t size,
				 uint64_t where, struct tk_error *err)
{
	if (tk_get32(head->rows) != s->rows ||
	    tk_get32(head->cols) != s->w_u.cols ||
	    tk_get32(head->panel_rows) != TK_SKETCH_ROWS ||
	    tk_get32(head->block_cols) != TK_SKETCH_COLS ||
	    size != tk_sketch_size(s->rows, s->w_u.cols))
		return tk_fail(err, TK_E_SECTION, where + 0x20,
			       "sketch: its shape is not that of its matrix");
	for (size_t i = 0; i < sizeof(head->reserved_0x34); i++)
		if (head->reserved_0x34[i])
			return tk_fail(err, TK_E_RESERVED, where + 0x34,
				       "sketch: reserved bytes are not zero");
	return TK_OK;
}

enum tk_status tk_sketch_bind(struct tk_sketch *s, struct tk_bytes section,
			      uint64_t where, struct tk_error *err)
{
	struct tk_disk_sketch head;
	enum tk_status status;
	uint64_t n;

	if (section.len < sizeof(head))
		return tk_fail(err, TK_E_SECTION, where,
			       "sketch: is shorter than its header");
	memcpy(&head, section.ptr, sizeof(head));
	if ((status = check_head(&head, s, section.len, where, err)))
		return status;
	s->n_panels = panels(s->rows);
	s->n_blocks = blocks(s->w_u.cols);
	s->norm_max = tk_load_f32(&head.norm_max);
	n = s->n_panels * s->n_blocks;
	s->scale = section.ptr + sizeof(head);
	s->hi = s->scale + TK_SCALE_BYTES * n;
	s->lo = s->hi + TK_PLANE_BYTES * n;
	s->error_hi = s->lo + TK_PLANE_BYTES * n;
	s->error_8 = s->error_hi + TK_NORM_BYTES * s->n_panels;
	s->norm = s->error_8 + TK_NORM_BYTES * s->n_panels;
	return TK_OK;
}

/* Is the section with that header made from W_U as it is now? */
static bool is_fresh(struct tk_bytes section, const struct tk_container *c,
		     bool is_tied)
{
	size_t u = tk_container_find(c, is_tied ? TK_KIND_W_E : TK_KIND_W_U);
	static const uint8_t zeros[16];
	struct tk_digest digest;

	if (u == TK_NO_SECTION)
		return false;
	digest = tk_container_section(c, u).digest;
	/* What is too short to tell is for tk_sketch_bind() to refuse. */
	return section.len < 32 ||
	       (!memcmp(section.ptr, digest.b, 16) &&
		!memcmp(section.ptr + 16, zeros, 16));
}

enum tk_status tk_sketch_open(struct tk_sketch *out, const struct tk_model *m,
			      struct tk_error *err)
{
	const struct tk_container *c = tk_model_container(m);
	struct tk_hparams hp = tk_model_hparams(m);
	size_t i = tk_container_find(c, TK_KIND_SKETCH);
	struct tk_sketch s = {
		.w_u = tk_model_w_u(m),
		.b_u = tk_model_matrix(m, TK_KIND_B_U),
		.logit_scale = hp.logit_scale,
		.logit_softcap = hp.logit_softcap,
		.rows = tk_model_n_predictable(m),
	};
	struct tk_bytes section;
	enum tk_status status;

	if (i == TK_NO_SECTION || tk_container_section(c, i).dtype > TK_Q8)
		return tk_fail(err, TK_E_NOT_FOUND, TK_NO_OFFSET,
			       "the file has no sketch");
	section = tk_container_stored(c, i);
	if (!is_fresh(section, c, hp.tied))
		return tk_fail(err, TK_E_NOT_FOUND, TK_NO_OFFSET,
			       "the sketch was made from another W_U");
	status = tk_sketch_bind(&s, section,
				tk_container_section(c, i).offset, err);
	if (!status)
		*out = s;
	return status;
}
