/* SPDX-License-Identifier: MIT */
/*
 * sketchrow.c - rows -> scales, nibbles, errors: spec/sketch.md 1
 *
 * Every operation is fixed there, so that a sketch can be made again byte for
 * byte.
 */
#include "compute/sketchrow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/fpenv.h"

/* Norms are this much larger than computed; covers their own errors. */
static const double margin = 1 + 0x1p-34;

bool tk_sketch_row_new(struct tk_sketch_row *r, uint64_t cols)
{
	size_t n_blocks = (size_t)((cols + TK_SKETCH_COLS - 1) /
				   TK_SKETCH_COLS);

	r->values = malloc((size_t)cols * sizeof(*r->values));
	r->q = malloc(n_blocks * TK_SKETCH_COLS);
	r->scale = malloc(n_blocks * sizeof(*r->scale));
	return r->values && r->q && r->scale;
}

void tk_sketch_row_free(struct tk_sketch_row *r)
{
	free(r->values);
	free(r->q);
	free(r->scale);
}

/* ---- quantising ---- */

/* The smallest normal bf16 s with 119 s >= m, which is finite; 0 for 0. */
static uint16_t scale_of(float m)
{
	uint32_t bits = tk_f32_to_bits((float)((double)m / 119)) >> 16;

	if (m == 0)
		return 0;
	if (bits < 0x0080)
		bits = 0x0080;
	while (119 * (double)tk_bf16_to_f32((uint16_t)bits) < (double)m)
		bits++;
	return (uint16_t)bits;
}

/* Added and taken away, it rounds to a whole number, half to even. */
static const double to_whole = 0x1.8p52;

/* q[64] of the n <= 64 elements of a block, which are finite. */
static uint16_t quantise_block(int8_t *q, const float *w, size_t n)
{
	uint16_t scale;
	float m = 0;
	double s;

	for (size_t i = 0; i < n; i++)
		m = fabsf(w[i]) > m ? fabsf(w[i]) : m;
	scale = scale_of(m);
	s = (double)tk_bf16_to_f32(scale);
	memset(q, 0, TK_SKETCH_COLS);
	for (size_t i = 0; i < n && scale; i++)
		q[i] = (int8_t)((double)w[i] / s + to_whole - to_whole);
	return scale;
}

static bool is_finite(const float *w, size_t n)
{
	uint32_t largest = 0;

	for (size_t i = 0; i < n; i++) {
		uint32_t bits = tk_f32_to_bits(w[i]) & 0x7fffffff;

		largest = bits > largest ? bits : largest;
	}
	return largest < 0x7f800000;
}

static void quantise(struct tk_sketch_row *r, size_t cols)
{
	for (size_t i = 0; i < cols; i += TK_SKETCH_COLS)
		r->scale[i / TK_SKETCH_COLS] = quantise_block(
			r->q + i, r->values + i,
			cols - i < TK_SKETCH_COLS ? cols - i : TK_SKETCH_COLS);
}

/* A row without a sketch: its bound is infinite. */
static void clear(struct tk_sketch_row *r, size_t n_blocks)
{
	memset(r->q, 0, n_blocks * TK_SKETCH_COLS);
	memset(r->scale, 0, n_blocks * sizeof(*r->scale));
	r->error_hi = r->error_8 = r->norm = INFINITY;
}

/* ---- measuring ---- */

/* floor((q + 8) / 16), for -119 <= q <= 119. */
static int high(int q)
{
	return (q + 136) / 16 - 8;
}

struct squares {
	double w, v_hi, v_lo, e_hi, e_8;
};

/* Adds n columns that share the scale s, in rising order. */
static void add_squares(struct squares *sum, const float *w, const int8_t *q,
			double s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double x = (double)w[i];
		double v_8 = s * q[i];
		double v_hi = 16 * s * high(q[i]);
		double v_lo = s * (q[i] - 16 * high(q[i]));

		sum->w += x * x;
		sum->v_hi += v_hi * v_hi;
		sum->v_lo += v_lo * v_lo;
		sum->e_hi += (x - v_hi) * (x - v_hi);
		sum->e_8 += (x - v_8) * (x - v_8);
	}
}

static void measure(struct tk_sketch_row *r, size_t cols)
{
	struct squares sum = {0};
	double v, w;

	for (size_t i = 0; i < cols; i += TK_SKETCH_COLS)
		add_squares(&sum, r->values + i, r->q + i,
			    (double)tk_bf16_to_f32(
				    r->scale[i / TK_SKETCH_COLS]),
			    cols - i < TK_SKETCH_COLS ? cols - i
						      : TK_SKETCH_COLS);
	v = sqrt(sum.v_hi) + sqrt(sum.v_lo);
	w = sqrt(sum.w);
	r->error_hi = tk_up32(sqrt(sum.e_hi) * margin);
	r->error_8 = tk_up32(sqrt(sum.e_8) * margin);
	r->norm = tk_up32((v > w ? v : w) * margin);
}

/* ---- panels ---- */

/* Row j of a plane; 'is_low' tells which. */
static void put_nibbles(uint8_t *plane, const struct tk_sketch_row *r,
			size_t j, size_t n_blocks, bool is_low)
{
	const size_t half = TK_GROUP_COLS / 2;

	for (size_t i = 0; i < n_blocks * TK_SKETCH_COLS; i++) {
		size_t c = i % half;
		int q = r->q[i];
		int nibble = 8 + (is_low ? q - 16 * high(q) : high(q));
		uint8_t *to = plane +
			      i / TK_GROUP_COLS * (half * TK_SKETCH_ROWS) +
			      half * j + c;

		/* The columns of a group's first half come first. */
		if (i % TK_GROUP_COLS < half)
			*to = (uint8_t)nibble;
		else
			*to = (uint8_t)(*to | nibble << 4);
	}
}

static void put_scales(uint8_t *scale, const struct tk_sketch_row *r, size_t j,
		       size_t n_blocks)
{
	for (size_t b = 0; b < n_blocks; b++) {
		uint8_t *to = scale + b * TK_SCALE_BYTES + 2 * j;

		to[0] = (uint8_t)r->scale[b];
		to[1] = (uint8_t)(r->scale[b] >> 8);
	}
}

static void put_row(const struct tk_sketch_panel *out,
		    const struct tk_sketch_row *r, size_t j, size_t n_blocks)
{
	if (out->scale)
		put_scales(out->scale, r, j, n_blocks);
	if (out->hi)
		put_nibbles(out->hi, r, j, n_blocks, false);
	if (out->lo)
		put_nibbles(out->lo, r, j, n_blocks, true);
	if (out->is_measured)
		return;
	out->error_hi[j] = r->error_hi;
	out->error_8[j] = r->error_8;
	out->norm[j] = r->norm;
}

/* Row 'at', or if it is beyond the end a row of zeros. */
static void make_row(struct tk_sketch_row *r, struct tk_matrix m, uint64_t at,
		     bool is_bad, bool is_measured, size_t n_blocks)
{
	tk_row_to_f32(r->values, m, at);
	if (is_bad || !is_finite(r->values, (size_t)m.cols)) {
		clear(r, n_blocks);
		return;
	}
	quantise(r, (size_t)m.cols);
	if (is_measured)
		return;
	measure(r, (size_t)m.cols);
	if (!isfinite(r->error_hi) || !isfinite(r->error_8) ||
	    !isfinite(r->norm))
		clear(r, n_blocks);
}

void tk_sketch_fill(const struct tk_sketch_panel *out, struct tk_matrix m,
		    uint64_t first, uint64_t n, struct tk_sketch_row *r)
{
	size_t n_blocks = (size_t)((m.cols + TK_SKETCH_COLS - 1) /
				   TK_SKETCH_COLS);
	tk_fpenv env = tk_fpenv_set();

	for (size_t j = 0; j < TK_SKETCH_ROWS; j++) {
		if (j < n) {
			make_row(r, m, first + j,
				 out->is_measured && isinf(out->norm[j]),
				 out->is_measured, n_blocks);
		} else {
			clear(r, n_blocks);
			r->error_hi = r->error_8 = r->norm = 0;
		}
		put_row(out, r, j, n_blocks);
	}
	tk_fpenv_restore(env);
}
