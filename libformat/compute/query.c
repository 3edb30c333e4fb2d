/* SPDX-License-Identifier: MIT */
/*
 * query.c - a hidden vector against a sketch: spec/sketch.md 2 and 3
 */
#include <math.h>

#include "base/dtype.h"
#include "base/endian.h"
#include "compute/sketch.h"

/* The largest n: two signed digits to base 256. */
#define LARGEST_N 32512

/* ---- the query ---- */

static float largest(const float *h, size_t d)
{
	float m = 0;

	for (size_t i = 0; i < d; i++)
		m = fabsf(h[i]) > m ? fabsf(h[i]) : m;
	return m;
}

/* Added and taken away, it rounds to a whole number, half to even. */
static const double to_whole = 0x1.8p52;

/* n[64] of a block: h as whole numbers of sigma > 0. */
static void round_block(double n[TK_SKETCH_COLS], const float *h, double sigma)
{
	for (size_t i = 0; i < TK_SKETCH_COLS; i++) {
		double x = (double)h[i] / sigma;

		x = x < LARGEST_N ? x : LARGEST_N;
		x = x > -LARGEST_N ? x : -LARGEST_N;
		n[i] = x + to_whole - to_whole;
	}
}

/* n = 256 n1 + n0; returns the sum of n. */
static int32_t put_digits(int8_t *n1, int8_t *n0,
			  const double n[TK_SKETCH_COLS])
{
	int32_t sum = 0;

	for (size_t i = 0; i < TK_SKETCH_COLS; i++) {
		int32_t x = (int32_t)n[i];
		int32_t high = (x + 128 + 32768) / 256 - 128;

		n1[i] = (int8_t)high;
		n0[i] = (int8_t)(x - 256 * high);
		sum += x;
	}
	return sum;
}

#define LANES 8

/* Squares of h, h - sigma n and n; of column i in lane i mod 8. */
struct squares {
	double h[LANES], rest[LANES], n[LANES];
};

static void add_squares(struct squares *sum, const float *h,
			const double n[TK_SKETCH_COLS], double sigma)
{
	for (size_t i = 0; i < TK_SKETCH_COLS; i += LANES)
		for (size_t l = 0; l < LANES; l++) {
			double x = (double)h[i + l];
			double rest = x - sigma * n[i + l];

			sum->h[l] += x * x;
			sum->rest[l] += rest * rest;
			sum->n[l] += n[i + l] * n[i + l];
		}
}

static double norm(const double squares[LANES])
{
	double sum = 0;

	for (size_t l = 0; l < LANES; l++)
		sum += squares[l];
	return sqrt(sum);
}

static struct squares make_digits(struct tk_query *q, const float *h,
				  size_t n_blocks)
{
	double n[TK_SKETCH_COLS] = {0}, sigma = (double)q->sigma;
	struct squares sum = {{0}, {0}, {0}};

	for (size_t b = 0; b < n_blocks; b++) {
		size_t at = b * TK_SKETCH_COLS;

		if (sigma > 0)
			round_block(n, h + at, sigma);
		q->excess[b] = 8 * put_digits(q->n1 + at, q->n0 + at, n);
		add_squares(&sum, h + at, n, sigma);
	}
	return sum;
}

void tk_query_make(struct tk_query *q, const struct tk_sketch *s,
		   const float *h)
{
	const double margin = 1 + 0x1p-34, spare = 1 + 0x1p-20;
	size_t d = (size_t)s->w_u.cols, n_blocks = (size_t)s->n_blocks;
	size_t panels = (d + TK_PANEL - 1) / TK_PANEL;
	double kappa = (double)(panels + 20 + n_blocks + 3 + 4);
	struct squares sum;
	double size, rest, most;

	q->sigma = (float)((double)largest(h, d) / LARGEST_N);
	q->sigma_16 = 16 * q->sigma;
	sum = make_digits(q, h, n_blocks);
	size = norm(sum.h) * margin;
	rest = norm(sum.rest) * margin;
	q->h_bound = tk_up32(size * spare);
	q->c_bound = tk_up32(
		(rest + 1.001 * kappa * 0x1p-24 * (size + rest)) * spare);
	q->zeta = tk_up32((double)(d + 40) * 0x1p-149);
	most = fmax(size + rest, norm(sum.n));
	/* False for a damaged N_max that is NaN as well. */
	q->is_usable = (double)s->norm_max * most < 0x1p126;
}

/* ---- bounds ---- */

void tk_sketch_margins(float margin[TK_SKETCH_ROWS], const struct tk_sketch *s,
		       const struct tk_query *q, enum tk_scan scan, size_t p)
{
	const uint8_t *errors = scan == TK_SCAN_HI ? s->error_hi : s->error_8;
	const uint8_t *error = errors + p * TK_NORM_BYTES;
	const uint8_t *size = s->norm + p * TK_NORM_BYTES;

	for (size_t j = 0; j < TK_SKETCH_ROWS; j++) {
		float e = tk_load_f32(error + 4 * j);
		float n = tk_load_f32(size + 4 * j);

		margin[j] = (e * q->h_bound + n * q->c_bound) + q->zeta;
	}
}
