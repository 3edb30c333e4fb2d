/* SPDX-License-Identifier: MIT */
/*
 * rows.c - what the rows of a matrix are like
 */
#include "rows.h"

#include <math.h>
#include <stdlib.h>

#include "cli.h"
#include "progress.h"

/* ---- one pass ---- */

#define WINDOW_BYTES (UINT64_C(256) << 20)

/* Blocks go by in windows, after each of which the bar is drawn. */
struct window {
	size_t threads;
	uint64_t bytes; /* of all rows */
	void (*work)(void *context, size_t i);
	void *context;
	size_t first; /* block */
};

static void run_block(void *window, size_t i)
{
	const struct window *w = window;

	w->work(w->context, w->first + i);
}

static void run_windows(void *window, size_t n,
			void (*work)(void *context, size_t i), void *context)
{
	struct window *w = window;
	const size_t n_windows = (size_t)(w->bytes / WINDOW_BYTES) + 1;
	const size_t step = (n + n_windows - 1) / n_windows;

	w->work = work;
	w->context = context;
	progress_start(w->bytes);
	for (w->first = 0; w->first < n; w->first += step) {
		const size_t left = n - w->first;

		cli_parallel(w->threads, left < step ? left : step, run_block,
			     w);
		progress_add(w->bytes / n_windows);
	}
	progress_end();
}

static struct tk_row_survey start(struct rows *r, uint64_t *bytes)
{
	r->norms = malloc((size_t)r->m.rows * sizeof(*r->norms) + 1);
	r->mean = malloc((size_t)r->m.cols * sizeof(*r->mean) + 1);
	r->scratch = malloc((size_t)r->m.cols * sizeof(*r->scratch) + 1);
	if (!r->norms || !r->mean || !r->scratch)
		cli_die("out of memory for %s", r->name);
	*bytes += r->m.rows * r->m.row_stride;
	return (struct tk_row_survey){.m = r->m,
				      .n_rows = r->m.rows,
				      .n_mean = r->n_tokens,
				      .norms = r->norms,
				      .mean = r->mean};
}

static void survey(struct rows *a, struct rows *b, float *cosines,
		   const struct info *info)
{
	struct window window = {.threads = info->threads};
	const struct tk_parallel parallel = {run_windows, &window};
	struct tk_row_survey first = start(a, &window.bytes), second;
	struct tk_error err;

	if (b)
		second = start(b, &window.bytes);
	if (tk_survey_rows(&first, b ? &second : NULL, cosines, &parallel,
			   &err))
		cli_die_error(info->path, &err);
	a->n_units = first.n_units;
	if (b)
		b->n_units = second.n_units;
}

/* ---- what there is to count ---- */

bool rows_has_nan(const struct rows *r, uint64_t row)
{
	tk_row_to_f32(r->scratch, r->m, row);
	for (uint64_t i = 0; i < r->m.cols; i++)
		if (isnan(r->scratch[i]))
			return true;
	return false;
}

static void count(struct rows *r)
{
	for (uint64_t i = 0; i < r->n_tokens; i++) {
		const float norm = r->norms[i];

		if (isnan(norm)) {
			const bool nan = rows_has_nan(r, i);

			r->n_nan += nan;
			r->n_inf += !nan;
		}
		r->n_zero += norm <= 0;
		r->n_huge += isinf(norm) != 0;
	}
}

/* ---- all of it ---- */

void rows_read(struct rows *a, struct rows *b, float *cosines,
	       const struct info *info)
{
	survey(a, b, cosines, info);
	for (struct rows *r = a; r; r = r == a ? b : NULL) {
		count(r);
		spread_make(&r->spread, r->norms, (size_t)r->n_tokens);
		twins_find(r);
	}
}

void rows_free(struct rows *r)
{
	free(r->norms);
	free(r->mean);
	free(r->scratch);
	spread_free(&r->spread);
	free(r->twin);
}

double rows_isotropy(const struct rows *r)
{
	const double n = (double)r->n_units;
	double square = 0;

	for (uint64_t i = 0; i < r->m.cols; i++)
		square += r->mean[i] * r->mean[i];
	return r->n_units > 1 ? (n * square - 1) / (n - 1) : (double)NAN;
}
