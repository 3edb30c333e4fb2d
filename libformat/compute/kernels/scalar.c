/* SPDX-License-Identifier: MIT */
/*
 * scalar.c - the canonical dot product in plain C: the reference
 *
 * Independent lanes let any compiler use vectors without changing a bit; the
 * build must not contract a * b + c (-ffp-contract=off).
 */
#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "base/endian.h"
#include "compute/kernels/kernels.h"

/* One block of up to 32 columns that share a scale. */
static void widen_block(float *out, const uint8_t *q, const uint8_t *scale,
			size_t n)
{
	const float s = tk_f16_to_f32(tk_load16(scale));

	for (size_t i = 0; i < n; i++)
		out[i] = s * (float)(int8_t)q[i];
	/* Machines differ in the NaN of a product: spec/format.md 5. */
	for (size_t i = 0; i < n && !isfinite(s); i++)
		if (isnan(out[i]))
			out[i] = tk_bits_to_f32(0x7fc00000);
}

static void widen_q8(float *out, const uint8_t *q, const uint8_t *scales,
		     size_t n)
{
	for (size_t i = 0; i < n; i += TK_Q8_BLOCK)
		widen_block(out + i, q + i, scales + i / TK_Q8_BLOCK * 2,
			    n - i < TK_Q8_BLOCK ? n - i : TK_Q8_BLOCK);
}

void tk_widen(float *out, const uint8_t *row, const struct tk_matrix *m,
	      size_t from, size_t n)
{
	switch (m->dtype) {
	case TK_F32:
		for (size_t i = 0; i < n; i++)
			out[i] = tk_load_f32(row + 4 * (from + i));
		break;
	case TK_F16:
		for (size_t i = 0; i < n; i++)
			out[i] = tk_widen_f16(tk_load16(row + 2 * (from + i)));
		break;
	case TK_BF16:
		for (size_t i = 0; i < n; i++)
			out[i] = tk_bf16_to_f32(
				tk_load16(row + 2 * (from + i)));
		break;
	case TK_Q8:
		widen_q8(out, row + from,
			 row + tk_q8_scales_at(m->cols) +
				 from / TK_Q8_BLOCK * 2,
			 n);
		break;
	case TK_BYTES:
		for (size_t i = 0; i < n; i++)
			out[i] = 0;
		break;
	}
}

/* Adds one panel to the lanes; the first panel replaces them. */
static void add_panel(float lanes[TK_LANES], bool is_first, const float *w,
		      const float *h, size_t n)
{
	float acc[TK_LANES] = {0};
	size_t i = 0;

	for (; n - i >= TK_LANES; i += TK_LANES)
		for (size_t j = 0; j < TK_LANES; j++)
			acc[j] = acc[j] + w[i + j] * h[i + j];
	/* Columns beyond the end count as +0, which changes no lane. */
	for (size_t j = 0; j < n - i; j++)
		acc[j] = acc[j] + w[i + j] * h[i + j];
	for (size_t j = 0; j < TK_LANES; j++)
		lanes[j] = is_first ? acc[j] : lanes[j] + acc[j];
}

/* Folds the lanes to one number. */
static float fold(float lanes[TK_LANES])
{
	for (size_t half = TK_LANES / 2; half; half /= 2)
		for (size_t j = 0; j < half; j++)
			lanes[j] = lanes[j] + lanes[j + half];
	return lanes[0];
}

/* Adds one panel to the lanes of each sum; w[n] may be overwritten. */
static void sum_panel(float (*lanes)[TK_LANES], enum tk_sum sum, bool is_first,
		      float *w, const float *const *hs, size_t n_hs, size_t at,
		      size_t n)
{
	size_t b = 0;

	for (size_t i = 0; sum == TK_SUM_DISTANCE && i < n; i++)
		w[i] = w[i] - hs[0][at + i];
	if (sum == TK_SUM_DOT || sum == TK_SUM_DOT_SQUARE)
		for (; b < n_hs; b++)
			add_panel(lanes[b], is_first, w, hs[b] + at, n);
	if (sum != TK_SUM_DOT)
		add_panel(lanes[b], is_first, w, w, n);
}

void tk_sum_scalar(float *out, enum tk_sum sum, const float *w, const float *h,
		   size_t d)
{
	float lanes[2][TK_LANES] = {{0}};
	float panel[TK_PANEL];

	for (size_t at = 0; at < d; at += TK_PANEL) {
		size_t n = d - at < TK_PANEL ? d - at : TK_PANEL;

		memcpy(panel, w + at, n * sizeof(*w));
		sum_panel(lanes, sum, !at, panel, &h, 1, at, n);
	}
	for (size_t b = 0; b < tk_n_sums(sum, 1); b++)
		out[b] = fold(lanes[b]);
}

float tk_dot_scalar(const float *w, const float *h, size_t n)
{
	float lanes[TK_LANES] = {0};

	for (size_t at = 0; at < n; at += TK_PANEL)
		add_panel(lanes, !at, w + at, h + at,
			  n - at < TK_PANEL ? n - at : TK_PANEL);
	return fold(lanes);
}

/* A row that must be widened, a panel at a time. */
static void sum_row(const struct tk_dot_job *job, const uint8_t *row,
		    uint64_t i)
{
	float lanes[TK_BATCH][TK_LANES] = {{0}};
	float panel[TK_PANEL];
	size_t d = (size_t)job->m->cols;

	for (size_t at = 0; at < d; at += TK_PANEL) {
		size_t n = d - at < TK_PANEL ? d - at : TK_PANEL;

		tk_widen(panel, row, job->m, at, n);
		sum_panel(lanes, job->sum, !at, panel, job->hs, job->n_hs, at,
			  n);
	}
	for (size_t b = 0; b < tk_n_sums(job->sum, job->n_hs); b++)
		job->outs[b][i] = fold(lanes[b]);
}

static void dot(const struct tk_dot_job *job)
{
	const uint16_t one = 1;
	const struct tk_matrix *m = job->m;
	/* Rows are 64-byte aligned: on a little-endian machine an f32 row is
	   an array of floats as it lies. */
	const bool in_place = m->dtype == TK_F32 && job->sum == TK_SUM_DOT &&
			      *(const uint8_t *)&one;

	for (uint64_t i = 0; i < job->n; i++) {
		const uint8_t *row = m->data + (job->first + i) * m->row_stride;

		if (!in_place)
			sum_row(job, row, i);
		for (size_t b = 0; in_place && b < job->n_hs; b++)
			job->outs[b][i] = tk_dot_scalar(
				(const void *)row, job->hs[b],
				(size_t)m->cols);
	}
}

static float largest(enum tk_analogy_rule rule, const float *a,
		     const float *b, const float *c, size_t n)
{
	float best = -INFINITY;

	for (size_t i = 0; i < n; i++) {
		const float key = tk_analogy_key(rule, a[i], b[i], c[i]);

		best = key > best ? key : best;
	}
	return best;
}

static bool is_supported(void)
{
	return true;
}

const struct tk_kernel tk_kernel_scalar = {
	"scalar", is_supported, dot,
	tk_plane_scalar, tk_exp_sum_scalar,
	tk_delta_scalar, tk_add_scalar, largest,
};
