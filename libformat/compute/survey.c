/* SPDX-License-Identifier: MIT */
/*
 * survey.c - what the rows of a matrix are like: spec/compute.md 9
 *
 * Rows go by in blocks, shared out among the caller's threads, and in a block
 * in pieces that the second cache holds: their squares are summed, and then
 * the rows, divided by their norms.  The sums of blocks are whole numbers, so
 * it does not matter who adds first.
 */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/fail.h"
#include "base/fpenv.h"
#include "compute/score.h"
#include "libformat/delta.h"
#include "libformat/rows.h"

#define BLOCK 256	   /* rows whose sum is made in f32 */
#define PIECE (256 << 10)  /* bytes */
#define FIXED 0x1p32	   /* steps of a sum of blocks in 1 */

/* One of the matrices that are read side by side. */
struct side {
	struct tk_row_survey *survey;
	int64_t *total; /* [cols] the sum of the unit rows; NULL: none */
	uint64_t n_units;
};

struct survey {
	struct side sides[2];
	size_t n_sides;
	float *cosines;
	uint64_t step; /* rows of a piece */
	pthread_mutex_t lock; /* of totals and n_units */
	atomic_bool failed;   /* no memory */
};

/* Rows first ... end - 1 of a side, of which this thread adds up the units. */
struct piece {
	const struct side *side;
	uint64_t first, n;
	float *sum; /* [cols], or NULL */
	uint64_t n_units;
};

/* ---- one row ---- */

/* The sum of squares in f64, where none overflows. */
static double wide_square(const struct tk_matrix *m, uint64_t row)
{
	const uint8_t *data = m->data + row * m->row_stride;
	const size_t d = (size_t)m->cols;
	float panel[TK_PANEL];
	double sum = 0;

	for (size_t at = 0; at < d; at += TK_PANEL) {
		const size_t n = d - at < TK_PANEL ? d - at : TK_PANEL;

		tk_widen(panel, data, m, at, n);
		for (size_t i = 0; i < n; i++)
			sum = sum + (double)panel[i] * (double)panel[i];
	}
	return sum;
}

/* Adds a row whose norm is beyond what f32 can divide by. */
static void add_wide(float *sum, const struct tk_matrix *m, uint64_t row,
		     double norm)
{
	const uint8_t *data = m->data + row * m->row_stride;
	const size_t d = (size_t)m->cols;
	float panel[TK_PANEL];

	for (size_t at = 0; at < d; at += TK_PANEL) {
		const size_t n = d - at < TK_PANEL ? d - at : TK_PANEL;

		tk_widen(panel, data, m, at, n);
		for (size_t i = 0; i < n; i++)
			sum[at + i] = sum[at + i] +
				      (float)((double)panel[i] / norm);
	}
}

/* ---- a piece ---- */

/* Adds the n rows that were collected. */
static void flush(const struct piece *p, const uint8_t *const *rows,
		  const float *by, size_t n)
{
	const struct tk_matrix *m = &p->side->survey->m;
	const struct tk_add_job job = {
		.m = m,
		.rows = rows,
		.by = by,
		.n = n,
		.sum = p->sum,
	};

	tk_kernel_choose()->add(&job);
}

/* A row that the sums in f32 do not do justice to; its norm. */
static float do_wide(struct piece *p, uint64_t row, bool is_unit)
{
	const struct tk_matrix *m = &p->side->survey->m;
	const double square = wide_square(m, row);

	if (!isfinite(square))
		return tk_bits_to_f32(0x7fc00000);
	if (is_unit && square > 0) {
		p->n_units++;
		if (p->sum)
			add_wide(p->sum, m, row, sqrt(square));
	}
	return (float)sqrt(square);
}

/* The squares of rows are where their norms will be. */
static void add_units(struct piece *p)
{
	const struct tk_row_survey *s = p->side->survey;
	const uint8_t *rows[BLOCK];
	float by[BLOCK];
	size_t n = 0;

	for (uint64_t i = p->first; i < p->first + p->n; i++) {
		const float square = s->norms[i];
		const bool is_unit = i < s->n_mean;

		if (!tk_is_sound(square)) {
			if (n && p->sum)
				flush(p, rows, by, n);
			n = 0;
			s->norms[i] = do_wide(p, i, is_unit);
			continue;
		}
		s->norms[i] = sqrtf(square);
		if (!is_unit)
			continue;
		p->n_units++;
		rows[n] = s->m.data + i * s->m.row_stride;
		by[n++] = 1 / s->norms[i];
	}
	if (n && p->sum)
		flush(p, rows, by, n);
}

static void survey_piece(struct piece *p)
{
	const struct tk_row_survey *s = p->side->survey;

	tk_dot_squares(s->norms + p->first, NULL, s->m, p->first, p->n, NULL);
	add_units(p);
}

/* Of rows that are still in the cache. */
static void compare(const struct survey *s, uint64_t first, uint64_t n)
{
	struct tk_row_delta deltas[BLOCK];

	tk_delta_rows(deltas, s->sides[0].survey->m, first,
		      s->sides[1].survey->m, first, n, NULL, NULL);
	for (uint64_t i = 0; i < n; i++)
		s->cosines[first + i] = (float)deltas[i].cos;
}

/* ---- a block ---- */

/* How many of the rows first ... first + n - 1 there are. */
static uint64_t clip(uint64_t first, uint64_t n, uint64_t rows)
{
	if (first >= rows)
		return 0;
	return n < rows - first ? n : rows - first;
}

static void add_block(struct survey *s, const struct piece *pieces)
{
	pthread_mutex_lock(&s->lock);
	for (size_t k = 0; k < s->n_sides; k++) {
		struct side *side = &s->sides[k];

		side->n_units += pieces[k].n_units;
		for (size_t i = 0; side->total && i < side->survey->m.cols; i++)
			side->total[i] += (int64_t)nearbyint(
				(double)pieces[k].sum[i] * FIXED);
	}
	pthread_mutex_unlock(&s->lock);
}

static void survey_pieces(struct survey *s, struct piece *pieces,
			  uint64_t first)
{
	for (uint64_t at = 0; at < BLOCK; at += s->step) {
		const uint64_t most = clip(at, s->step, BLOCK);
		uint64_t n = most;

		for (size_t k = 0; k < s->n_sides; k++) {
			pieces[k].first = first + at;
			pieces[k].n = clip(first + at, most,
					   s->sides[k].survey->n_rows);
			if (pieces[k].n)
				survey_piece(&pieces[k]);
			n = pieces[k].n < n ? pieces[k].n : n;
		}
		if (s->cosines && n)
			compare(s, first + at, n);
	}
}

static void survey_block(void *context, size_t block)
{
	struct survey *s = context;
	struct piece pieces[2] = {{.side = &s->sides[0]},
				  {.side = &s->sides[1]}};
	tk_fpenv env = tk_fpenv_set();

	for (size_t k = 0; k < s->n_sides; k++) {
		if (!s->sides[k].total)
			continue;
		pieces[k].sum = calloc((size_t)s->sides[k].survey->m.cols,
				       sizeof(float));
		if (!pieces[k].sum)
			s->failed = true;
	}
	if (!s->failed) {
		survey_pieces(s, pieces, (uint64_t)block * BLOCK);
		add_block(s, pieces);
	}
	free(pieces[0].sum);
	free(pieces[1].sum);
	tk_fpenv_restore(env);
}

/* ---- all of it ---- */

static enum tk_status check(const struct tk_row_survey *s,
			    struct tk_error *err)
{
	if (s->n_rows > s->m.rows || s->n_mean > s->n_rows)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "%llu of %llu rows of a matrix of %llu",
			       (unsigned long long)s->n_mean,
			       (unsigned long long)s->n_rows,
			       (unsigned long long)s->m.rows);
	return TK_OK;
}

static void start(struct survey *s, struct tk_row_survey *survey,
		  uint64_t *n_rows, uint64_t *bytes)
{
	struct side *side = &s->sides[s->n_sides++];

	side->survey = survey;
	if (survey->mean) {
		side->total = calloc((size_t)survey->m.cols,
				     sizeof(*side->total));
		s->failed |= !side->total;
	}
	*bytes += survey->m.row_stride;
	if (survey->n_rows > *n_rows)
		*n_rows = survey->n_rows;
}

static void finish(struct side *side)
{
	struct tk_row_survey *s = side->survey;

	s->n_units = side->n_units;
	for (size_t i = 0; side->total && i < s->m.cols; i++)
		s->mean[i] = side->n_units ? (double)side->total[i] / FIXED /
						     (double)side->n_units
					   : 0;
}

static void run(struct survey *s, size_t n,
		const struct tk_parallel *parallel)
{
	if (parallel)
		parallel->run(parallel->pool, n, survey_block, s);
	for (size_t i = 0; i < n && !parallel; i++)
		survey_block(s, i);
}

enum tk_status tk_survey_rows(struct tk_row_survey *a, struct tk_row_survey *b,
			      float *cosines,
			      const struct tk_parallel *parallel,
			      struct tk_error *err)
{
	struct survey s = {.cosines = b ? cosines : NULL,
			   .lock = PTHREAD_MUTEX_INITIALIZER};
	enum tk_status status = check(a, err);
	uint64_t n_rows = 0, bytes = 0;
	tk_fpenv env;

	if (!status && b)
		status = check(b, err);
	if (!status && s.cosines && a->m.cols != b->m.cols)
		status = tk_fail(err, TK_E_SHAPE, TK_NO_OFFSET,
				 "rows of %llu and of %llu columns have no "
				 "cosine",
				 (unsigned long long)a->m.cols,
				 (unsigned long long)b->m.cols);
	if (status)
		return status;
	start(&s, a, &n_rows, &bytes);
	if (b)
		start(&s, b, &n_rows, &bytes);
	/* Kernels take up to eight rows at a time. */
	s.step = bytes < PIECE / 8 ? PIECE / bytes / 8 * 8 : 8;
	env = tk_fpenv_set();
	if (!s.failed)
		run(&s, (size_t)((n_rows + BLOCK - 1) / BLOCK), parallel);
	for (size_t k = 0; k < s.n_sides && !s.failed; k++)
		finish(&s.sides[k]);
	tk_fpenv_restore(env);
	free(s.sides[0].total);
	free(s.sides[1].total);
	return s.failed ? tk_fail_memory(err) : TK_OK;
}
