/* SPDX-License-Identifier: MIT */
/*
 * deltascalar.c - sums over two rows in plain C: the reference
 */
#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "base/endian.h"
#include "compute/kernels/kernels.h"

static float scale_of(const uint8_t *row, const struct tk_matrix *m, size_t i)
{
	if (m->dtype != TK_Q8)
		return 0;
	return tk_f16_to_f32(tk_load16(row + tk_q8_scales_at(m->cols) +
				       i / TK_Q8_BLOCK * 2));
}

/* The larger one; a NaN loses, and so do the differences it is in. */
void tk_delta_limits(float *limit, const struct tk_delta_job *job, size_t at,
		     size_t n)
{
	for (size_t i = 0; i < n; i += TK_Q8_BLOCK) {
		const float a = fabsf(scale_of(job->row_a, job->a, at + i));
		const float b = fabsf(scale_of(job->row_b, job->b, at + i));

		limit[i / TK_Q8_BLOCK] = (a > b ? a : b) * job->step;
	}
}

static float half_step(float x, const struct tk_delta_job *job)
{
	const float power = tk_bits_to_f32(tk_f32_to_bits(x) & 0x7f800000);

	return (power > job->floor ? power : job->floor) * job->step;
}

static void add(struct tk_delta_sums *out, size_t lane, float x, float y,
		float step)
{
	const double a = (double)x, b = (double)y;
	const double d = fabs(a - b);
	const bool same = tk_f32_to_bits(x) == tk_f32_to_bits(y);

	out->same += same;
	out->within += same || fabsf(x - y) < step;
	out->ab[lane] += a * b;
	out->aa[lane] += a * a;
	out->bb[lane] += b * b;
	if (d > out->max[lane])
		out->max[lane] = d;
}

void tk_delta_scalar(struct tk_delta_sums *out, const struct tk_delta_job *job)
{
	float a[TK_PANEL], b[TK_PANEL], limit[TK_PANEL / TK_Q8_BLOCK];
	const size_t d = (size_t)job->a->cols;

	memset(out, 0, sizeof(*out));
	for (size_t at = 0; at < d; at += TK_PANEL) {
		const size_t n = d - at < TK_PANEL ? d - at : TK_PANEL;

		tk_widen(a, job->row_a, job->a, at, n);
		tk_widen(b, job->row_b, job->b, at, n);
		if (job->rounding == TK_Q8)
			tk_delta_limits(limit, job, at, n);
		for (size_t i = 0; i < n; i++)
			add(out, i % TK_DELTA_LANES, a[i], b[i],
			    job->rounding == TK_Q8
				    ? limit[i / TK_Q8_BLOCK]
				    : half_step(job->by_b ? b[i] : a[i],
						job));
	}
	for (size_t i = d; i % TK_LANES; i++) {
		out->same++;
		out->within++;
	}
}
