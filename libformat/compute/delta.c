/* SPDX-License-Identifier: MIT */
/*
 * delta.c - how far rows of two matrices are apart
 */
#include "libformat/delta.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "base/fail.h"
#include "base/fpenv.h"
#include "compute/kernels/kernels.h"

/* Bytes of both that a thread does at a time. */
#define PIECE (UINT64_C(1) << 20)

enum tk_dtype tk_delta_rounding(enum tk_dtype a, enum tk_dtype b)
{
	if (a == TK_Q8 || b == TK_Q8)
		return TK_Q8;
	if ((a == TK_F16 && b == TK_F32) || (a == TK_F32 && b == TK_F16))
		return TK_F16;
	return TK_BF16;
}

/* Half a step and one bit more, as less than that is asked for. */
#define JUST_ABOVE(x) ((x) * (1 + FLT_EPSILON))

/*
 * Of f16, no step is below 2^-24; of bf16, none that mattered would be below
 * the one at 2^-100.
 */
static void set_steps(struct tk_delta_job *job, enum tk_dtype a,
		      enum tk_dtype b)
{
	job->rounding = tk_delta_rounding(a, b);
	job->by_b = a != b && job->rounding == a;
	job->floor = 0x1p-100F;
	switch (job->rounding) {
	case TK_Q8:
		job->step = JUST_ABOVE(0.5F + 127.0F / 4096);
		break;
	case TK_F16:
		job->step = JUST_ABOVE(0x1p-11F);
		job->floor = 0x1p-14F;
		break;
	default:
		job->step = JUST_ABOVE(0x1p-8F);
		if (a == TK_F16 || b == TK_F16)
			job->floor = 0x1p-17F;
	}
}

/* ---- one row ---- */

static double fold(const double lanes[TK_DELTA_LANES])
{
	double t[TK_DELTA_LANES];

	memcpy(t, lanes, sizeof(t));
	for (size_t half = TK_DELTA_LANES / 2; half; half /= 2)
		for (size_t j = 0; j < half; j++)
			t[j] = t[j] + t[j + half];
	return t[0];
}

/* Of a row with a NaN or an infinity: the differences that are finite. */
static void count_unfit(struct tk_row_delta *out,
			const struct tk_delta_job *job)
{
	float a[TK_PANEL], b[TK_PANEL];
	const size_t d = (size_t)job->a->cols;

	out->max_abs = 0;
	for (size_t at = 0; at < d; at += TK_PANEL) {
		const size_t n = d - at < TK_PANEL ? d - at : TK_PANEL;

		tk_widen(a, job->row_a, job->a, at, n);
		tk_widen(b, job->row_b, job->b, at, n);
		for (size_t i = 0; i < n; i++) {
			const double x = fabs((double)a[i] - (double)b[i]);

			if (tk_f32_to_bits(a[i]) == tk_f32_to_bits(b[i]))
				continue;
			if (!isfinite(x))
				out->n_unfit++;
			else if (x > out->max_abs)
				out->max_abs = x;
		}
	}
}

static void compare(struct tk_row_delta *out, const struct tk_delta_job *job,
		    const struct tk_kernel *kernel)
{
	const int64_t n = (int64_t)((job->a->cols + TK_LANES - 1) / TK_LANES *
				    TK_LANES);
	struct tk_delta_sums sums;
	double aa, bb;

	kernel->delta(&sums, job);
	aa = fold(sums.aa);
	bb = fold(sums.bb);
	*out = (struct tk_row_delta){.cos = (double)NAN,
				     .n_differ = (uint32_t)(n - sums.same),
				     .n_beyond = (uint32_t)(n - sums.within)};
	for (size_t j = 0; j < TK_DELTA_LANES; j++)
		if (sums.max[j] > out->max_abs)
			out->max_abs = sums.max[j];
	/* Squares of finite f32 cannot overflow f64. */
	if (!isfinite(aa) || !isfinite(bb)) {
		count_unfit(out, job);
	} else if (aa > 0 && bb > 0) {
		out->cos = fold(sums.ab) / (sqrt(aa) * sqrt(bb));
		out->cos = fmin(fmax(out->cos, -1), 1);
	}
}

/* ---- rows ---- */

struct deltas {
	struct tk_row_delta *out;
	struct tk_matrix a, b;
	uint64_t first_a, first_b;
	uint64_t n;
	uint64_t step; /* rows of a piece */
};

static void compare_piece(void *context, size_t piece)
{
	const struct deltas *d = context;
	const struct tk_kernel *kernel = tk_kernel_choose();
	const uint64_t first = piece * d->step, left = d->n - first;
	const uint64_t end = first + (left < d->step ? left : d->step);
	struct tk_delta_job job = {.a = &d->a, .b = &d->b};
	tk_fpenv env = tk_fpenv_set();

	set_steps(&job, d->a.dtype, d->b.dtype);
	for (uint64_t i = first; i < end; i++) {
		job.row_a = d->a.data + (d->first_a + i) * d->a.row_stride;
		job.row_b = d->b.data + (d->first_b + i) * d->b.row_stride;
		compare(&d->out[i], &job, kernel);
	}
	tk_fpenv_restore(env);
}

static bool has_rows(const struct tk_matrix *m, uint64_t first, uint64_t n)
{
	return m->data && first <= m->rows && n <= m->rows - first;
}

enum tk_status tk_delta_rows(struct tk_row_delta *out, struct tk_matrix a,
			     uint64_t first_a, struct tk_matrix b,
			     uint64_t first_b, uint64_t n,
			     const struct tk_parallel *parallel,
			     struct tk_error *err)
{
	struct deltas d = {out, a, b, first_a, first_b, n, 1};
	size_t n_pieces;

	if (a.cols != b.cols)
		return tk_fail(err, TK_E_SHAPE, TK_NO_OFFSET,
			       "rows of %llu and of %llu columns cannot be "
			       "compared",
			       (unsigned long long)a.cols,
			       (unsigned long long)b.cols);
	if (!has_rows(&a, first_a, n) || !has_rows(&b, first_b, n))
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "there are no such rows");
	if (a.row_stride + b.row_stride < PIECE)
		d.step = PIECE / (a.row_stride + b.row_stride);
	n_pieces = (size_t)((n + d.step - 1) / d.step);
	if (parallel && n_pieces > 1)
		parallel->run(parallel->pool, n_pieces, compare_piece, &d);
	else
		for (size_t i = 0; i < n_pieces; i++)
			compare_piece(&d, i);
	return TK_OK;
}
