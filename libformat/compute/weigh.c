/* SPDX-License-Identifier: MIT */
/*
 * weigh.c - rows, each times a number, in sum: spec/compute.md 9
 *
 * The rows are cut into some parts, whatever threads there are; in a part,
 * blocks are summed in f32 and added in f64.  Then the parts are added up.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/fail.h"
#include "base/fpenv.h"
#include "compute/kernels/kernels.h"
#include "libformat/rows.h"

#define PARTS 32
#define BLOCK 256 /* rows whose sum is made in f32 */

struct weighing {
	const struct tk_matrix *m;
	const float *by;
	uint64_t n;
	double *sums[PARTS]; /* [cols] each */
	atomic_bool failed;
};

/* t[cols] = the sum of rows first ... end - 1 that count. */
static void sum_block(float *t, const struct weighing *w, uint64_t first,
		      uint64_t end)
{
	const uint8_t *rows[BLOCK];
	float by[BLOCK];
	struct tk_add_job job = {
		.m = w->m, .rows = rows, .by = by, .sum = t};

	for (uint64_t i = first; i < end; i++) {
		if (!(w->by[i] < 0 || w->by[i] > 0))
			continue;
		rows[job.n] = w->m->data + i * w->m->row_stride;
		by[job.n++] = w->by[i];
	}
	for (uint64_t i = 0; i < w->m->cols; i++)
		t[i] = 0;
	tk_kernel_choose()->add(&job);
}

static void sum_part(void *context, size_t part)
{
	struct weighing *w = context;
	const uint64_t blocks = (w->n + BLOCK - 1) / BLOCK;
	const uint64_t last = blocks * (part + 1) / PARTS;
	const size_t cols = (size_t)w->m->cols;
	double *sum = calloc(cols, sizeof(*sum));
	float *t = malloc(cols * sizeof(*t));
	tk_fpenv env = tk_fpenv_set();

	if (!sum || !t)
		w->failed = true;
	for (uint64_t b = blocks * part / PARTS; b < last && !w->failed; b++) {
		const uint64_t left = w->n - b * BLOCK;

		sum_block(t, w, b * BLOCK,
			  b * BLOCK + (left < BLOCK ? left : BLOCK));
		for (size_t i = 0; i < cols; i++)
			sum[i] += (double)t[i];
	}
	w->sums[part] = sum;
	free(t);
	tk_fpenv_restore(env);
}

enum tk_status tk_weigh_rows(double *out, struct tk_matrix m, const float *by,
			     uint64_t n, const struct tk_parallel *parallel,
			     struct tk_error *err)
{
	struct weighing w = {.m = &m, .by = by, .n = n};
	tk_fpenv env;

	if (n > m.rows)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "the matrix has %llu rows, not %llu",
			       (unsigned long long)m.rows,
			       (unsigned long long)n);
	if (parallel)
		parallel->run(parallel->pool, PARTS, sum_part, &w);
	for (size_t part = 0; part < PARTS && !parallel; part++)
		sum_part(&w, part);
	env = tk_fpenv_set();
	for (size_t i = 0; i < m.cols && !w.failed; i++) {
		out[i] = 0;
		for (size_t part = 0; part < PARTS; part++)
			out[i] += w.sums[part][i];
	}
	tk_fpenv_restore(env);
	for (size_t part = 0; part < PARTS; part++)
		free(w.sums[part]);
	return w.failed ? tk_fail_memory(err) : TK_OK;
}
