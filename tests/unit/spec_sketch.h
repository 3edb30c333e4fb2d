/* SPDX-License-Identifier: MIT */
/*
 * spec_sketch.h - lines of spec/vectors.txt about the sketch
 */
#ifndef SPEC_SKETCH_H
#define SPEC_SKETCH_H

#include "container/digest.h"
#include "sketchcase.h"
#include "spec_words.h"

/* COLS, then rows from word 'first' on. */
static void read_matrix(struct sketch_case *c, struct line *l, size_t first)
{
	size_t cols = number(word(l, 0), 10);
	size_t rows = (l->n - first) / cols;
	float x[MAX_WORDS];

	assert_true(f32_words(x, l, first) == rows * cols && rows);
	case_new(c, rows, cols, TK_F32);
	for (size_t i = 0; i < rows; i++)
		assert_int_equal(tk_row_from_f32(c->matrix +
						 i * c->s.w_u.row_stride,
						 TK_F32, x + i * cols, cols,
						 NULL), TK_OK);
	case_sketch(c);
}

static const uint8_t *read_rows(void *context, uint64_t first, uint64_t n)
{
	const struct tk_matrix *m = context;

	return n <= m->rows - first ? m->data + first * m->row_stride : NULL;
}

static void verb_sketch(struct line *l)
{
	struct tk_digest zero = {{0}};
	struct tk_row_source rows = {.read = read_rows};
	struct tk_container *file;
	struct tk_bytes section;
	struct tk_writer *w;
	struct sketch_case c;
	uint8_t digest[16];

	read_matrix(&c, l, 1);
	rows.rows = c.s.rows;
	rows.cols = c.s.w_u.cols;
	rows.dtype = TK_F32;
	rows.context = &c.s.w_u;
	scratch_make();
	assert_int_equal(tk_writer_open(&w, scratch_path, 1, false, NULL),
			 TK_OK);
	assert_int_equal(tk_sketch_write(w, &rows, &zero, NULL), TK_OK);
	assert_int_equal(tk_writer_commit(w, NULL), TK_OK);
	assert_int_equal(tk_container_open(&file, scratch_path, NULL), TK_OK);
	section = tk_container_stored(file, 0);
	tk_digest_bytes(digest, section.ptr + 32, section.len - 32);
	put_bytes(l, digest, sizeof(digest));
	tk_container_close(file);
	scratch_remove();
	case_free(&c);
}

static void verb_bound(struct line *l)
{
	size_t cols = number(word(l, 0), 10);
	float hi[32], both[32], upper[2][32], lower[32];
	struct sketch_case c;
	struct tk_query *q;

	read_matrix(&c, l, 1 + cols);
	l->n = 1 + cols;
	f32_words(c.h, l, 1);
	q = case_query(&c);
	case_bounds(&c, 0, TK_SCAN_HI, hi, upper[0], lower);
	case_bounds(&c, 0, TK_SCAN_BOTH, both, upper[1], lower);
	put_f32s(l, &q->h_bound, 1);
	put_f32s(l, &q->c_bound, 1);
	put_f32s(l, &q->zeta, 1);
	for (size_t j = 0; j < c.s.rows; j++) {
		put_f32s(l, &hi[j], 1);
		put_f32s(l, &upper[0][j], 1);
		put_f32s(l, &both[j], 1);
		put_f32s(l, &upper[1][j], 1);
	}
	case_free(&c);
}

#endif /* SPEC_SKETCH_H */
