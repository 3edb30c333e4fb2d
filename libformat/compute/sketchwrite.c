/* SPDX-License-Identifier: MIT */
/*
 * sketchwrite.c - rows -> the sketch section; and is it what it should be?
 *
 * The section is stored array by array.  Nothing but the norms is kept from
 * one pass over the rows to the next: a panel is small, a plane is not.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/endian.h"
#include "base/fail.h"
#include "base/fpenv.h"
#include "compute/sketchrow.h"

/* One writing under way. */
struct work {
	const struct tk_row_source *rows;
	size_t n_panels;
	size_t n_blocks;
	struct tk_sketch_row row;
	uint8_t *bytes; /* of one panel of a plane */
	float *norms;	/* [3, 32 n_panels]: error_hi, error_8, norm */
};

static bool allocate(struct work *k, const struct tk_row_source *rows)
{
	k->rows = rows;
	k->n_panels = (size_t)((rows->rows + TK_SKETCH_ROWS - 1) /
			       TK_SKETCH_ROWS);
	k->n_blocks = (size_t)((rows->cols + TK_SKETCH_COLS - 1) /
			       TK_SKETCH_COLS);
	k->bytes = malloc(k->n_blocks * TK_PLANE_BYTES);
	k->norms = malloc(k->n_panels * TK_SKETCH_ROWS * 3 *
			  sizeof(*k->norms));
	return tk_sketch_row_new(&k->row, rows->cols) && k->bytes && k->norms;
}

static void release(struct work *k)
{
	tk_sketch_row_free(&k->row);
	free(k->bytes);
	free(k->norms);
}

/* Fills 'out' from panel p, whose norms come from or go to their place. */
static enum tk_status fill(struct work *k, struct tk_sketch_panel out,
			   size_t p, struct tk_error *err)
{
	const struct tk_row_source *rows = k->rows;
	struct tk_matrix m = {
		.cols = rows->cols,
		.row_stride = tk_row_stride(rows->dtype, rows->cols),
		.dtype = rows->dtype,
	};
	uint64_t first = (uint64_t)p * TK_SKETCH_ROWS;

	m.rows = rows->rows - first;
	if (m.rows > TK_SKETCH_ROWS)
		m.rows = TK_SKETCH_ROWS;
	m.data = rows->read(rows->context, first, m.rows);
	if (!m.data)
		return tk_fail(err, TK_E_IO, TK_NO_OFFSET,
			       "rows from %llu cannot be read",
			       (unsigned long long)first);
	out.error_hi = k->norms + first;
	out.error_8 = out.error_hi + k->n_panels * TK_SKETCH_ROWS;
	out.norm = out.error_8 + k->n_panels * TK_SKETCH_ROWS;
	tk_sketch_fill(&out, m, 0, m.rows, &k->row);
	return TK_OK;
}

static enum tk_status measure(struct work *k, struct tk_error *err)
{
	struct tk_sketch_panel nothing = {0};
	enum tk_status status = TK_OK;

	for (size_t p = 0; p < k->n_panels && !status; p++)
		status = fill(k, nothing, p, err);
	return status;
}

/* One array that has 'size' bytes of each panel in k->bytes. */
static enum tk_status write_pass(struct tk_writer *w, struct work *k,
				 struct tk_sketch_panel out, size_t size,
				 struct tk_error *err)
{
	struct tk_bytes piece = {k->bytes, size};
	enum tk_status status = TK_OK;

	out.is_measured = true;
	for (size_t p = 0; p < k->n_panels && !status; p++) {
		status = fill(k, out, p, err);
		if (!status)
			status = tk_writer_write(w, piece, err);
	}
	return status;
}

/* The norms as they are stored, 32 at a time. */
static enum tk_status write_norms(struct tk_writer *w, const struct work *k,
				  struct tk_error *err)
{
	uint8_t bytes[TK_NORM_BYTES];
	enum tk_status status = TK_OK;

	for (size_t i = 0; i < 3 * k->n_panels && !status; i++) {
		for (size_t j = 0; j < TK_SKETCH_ROWS; j++)
			tk_store_f32(bytes + 4 * j,
				     k->norms[i * TK_SKETCH_ROWS + j]);
		status = tk_writer_write(
			w, (struct tk_bytes){bytes, sizeof(bytes)}, err);
	}
	return status;
}

/* The largest finite one of n norms, none of which is NaN. */
static float largest(const float *norms, size_t n)
{
	tk_fpenv env = tk_fpenv_set();
	float max = 0;

	for (size_t i = 0; i < n; i++)
		if (norms[i] > max && norms[i] < INFINITY)
			max = norms[i];
	TK_FPENV_HOLD(max);
	tk_fpenv_restore(env);
	return max;
}

static struct tk_disk_sketch head_of(const struct tk_digest *of, uint64_t rows,
				     uint64_t cols, float norm_max)
{
	struct tk_disk_sketch head = {
		.rows = tk_put32((uint32_t)rows),
		.cols = tk_put32((uint32_t)cols),
		.panel_rows = tk_put32(TK_SKETCH_ROWS),
		.block_cols = tk_put32(TK_SKETCH_COLS),
	};

	memcpy(head.source, of->b, sizeof(of->b));
	tk_store_f32(&head.norm_max, norm_max);
	return head;
}

static enum tk_status write_all(struct tk_writer *w, struct work *k,
				const struct tk_digest *of,
				struct tk_error *err)
{
	size_t n = k->n_panels * TK_SKETCH_ROWS;
	struct tk_section_spec spec = {
		.kind = TK_KIND_SKETCH,
		.size = tk_sketch_size(k->rows->rows, k->rows->cols),
	};
	struct tk_sketch_panel scale = {.scale = k->bytes};
	struct tk_sketch_panel hi = {.hi = k->bytes};
	struct tk_sketch_panel lo = {.lo = k->bytes};
	struct tk_disk_sketch head;
	enum tk_status status;

	if ((status = tk_writer_begin(w, &spec, err)) ||
	    (status = measure(k, err)))
		return status;
	head = head_of(of, k->rows->rows, k->rows->cols,
		       largest(k->norms + 2 * n, n));
	if ((status = tk_writer_write(w,
				      (struct tk_bytes){(uint8_t *)&head,
							sizeof(head)},
				      err)) ||
	    (status = write_pass(w, k, scale, k->n_blocks * TK_SCALE_BYTES,
				 err)) ||
	    (status = write_pass(w, k, hi, k->n_blocks * TK_PLANE_BYTES,
				 err)) ||
	    (status = write_pass(w, k, lo, k->n_blocks * TK_PLANE_BYTES,
				 err)) ||
	    (status = write_norms(w, k, err)))
		return status;
	return tk_writer_end(w, NULL, err);
}

enum tk_status tk_sketch_write(struct tk_writer *w,
			       const struct tk_row_source *rows,
			       const struct tk_digest *of,
			       struct tk_error *err)
{
	struct work k = {0};
	enum tk_status status;

	if (allocate(&k, rows))
		status = write_all(w, &k, of, err);
	else
		status = tk_fail_memory(err);
	release(&k);
	return status;
}

/* ---- verifying ---- */

/* A sketch that is compared with what it should be. */
struct check {
	const struct tk_sketch *s;
	struct tk_sketch_row row;
	uint8_t *scale; /* of one panel, then its planes and norms */
	uint8_t *hi;
	uint8_t *lo;
	float norms[3][TK_SKETCH_ROWS];
	float norm_max;
	const uint8_t *bad; /* the first byte that differs, or NULL */
};

static void compare(struct check *c, const uint8_t *is, const uint8_t *should,
		    size_t n)
{
	for (size_t i = 0; i < n && !c->bad; i++)
		if (is[i] != should[i])
			c->bad = is + i;
}

static void compare_norms(struct check *c, const uint8_t *is,
			  const float should[TK_SKETCH_ROWS])
{
	uint8_t bytes[TK_NORM_BYTES];

	for (size_t j = 0; j < TK_SKETCH_ROWS; j++)
		tk_store_f32(bytes + 4 * j, should[j]);
	compare(c, is, bytes, sizeof(bytes));
}

static void check_panel(struct check *c, size_t p)
{
	const struct tk_sketch *s = c->s;
	uint64_t first = (uint64_t)p * TK_SKETCH_ROWS;
	uint64_t left = s->rows - first;
	size_t n_blocks = (size_t)s->n_blocks;
	struct tk_sketch_panel panel = {
		.scale = c->scale,
		.hi = c->hi,
		.lo = c->lo,
		.error_hi = c->norms[0],
		.error_8 = c->norms[1],
		.norm = c->norms[2],
	};

	tk_sketch_fill(&panel, s->w_u, first,
		       left < TK_SKETCH_ROWS ? left : TK_SKETCH_ROWS, &c->row);
	compare(c, s->scale + p * n_blocks * TK_SCALE_BYTES, c->scale,
		n_blocks * TK_SCALE_BYTES);
	compare(c, s->hi + p * n_blocks * TK_PLANE_BYTES, c->hi,
		n_blocks * TK_PLANE_BYTES);
	compare(c, s->lo + p * n_blocks * TK_PLANE_BYTES, c->lo,
		n_blocks * TK_PLANE_BYTES);
	compare_norms(c, s->error_hi + 4 * first, c->norms[0]);
	compare_norms(c, s->error_8 + 4 * first, c->norms[1]);
	compare_norms(c, s->norm + 4 * first, c->norms[2]);
	c->norm_max = fmaxf(c->norm_max, largest(c->norms[2], TK_SKETCH_ROWS));
}

/* N_max stands in the header, in front of the scales. */
static void check_head(struct check *c)
{
	const uint8_t *is = c->s->scale - sizeof(struct tk_disk_sketch) +
			    offsetof(struct tk_disk_sketch, norm_max);
	uint8_t should[4];

	tk_store_f32(should, c->norm_max);
	compare(c, is, should, sizeof(should));
}

enum tk_status tk_sketch_verify(const struct tk_model *m, struct tk_error *err)
{
	uint64_t file = (uint64_t)(uintptr_t)tk_container_file(
				tk_model_container(m)).ptr;
	struct tk_sketch s;
	struct check c = {.s = &s};
	enum tk_status status = tk_sketch_open(&s, m, err);
	size_t n_blocks;
	tk_fpenv env;

	if (status)
		return status;
	env = tk_fpenv_set();
	n_blocks = (size_t)s.n_blocks;
	c.scale = malloc(n_blocks * (TK_SCALE_BYTES + 2 * TK_PLANE_BYTES));
	if (c.scale && tk_sketch_row_new(&c.row, s.w_u.cols)) {
		c.hi = c.scale + n_blocks * TK_SCALE_BYTES;
		c.lo = c.hi + n_blocks * TK_PLANE_BYTES;
		for (size_t p = 0; p < s.n_panels && !c.bad; p++)
			check_panel(&c, p);
		check_head(&c);
		if (c.bad)
			status = tk_fail(err, TK_E_CHECKSUM,
					 (uint64_t)(uintptr_t)c.bad - file,
					 "sketch: is not that of its matrix");
	} else {
		status = tk_fail_memory(err);
	}
	tk_fpenv_restore(env);
	tk_sketch_row_free(&c.row);
	free(c.scale);
	return status;
}
