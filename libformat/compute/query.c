/* SPDX-License-Identifier: MIT */
/*
 * query.c - a hidden vector against a sketch: spec/sketch.md 2 and 3
 */
#include <math.h>

#include "base/dtype.h"
#include "base/endian.h"
#include "compute/kernels/kernels.h"
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

/* h_i as a whole number of sigma. */
static int round_to(double h, double sigma)
{
	double n = sigma > 0 ? rint(h / sigma) : 0;

	if (n > LARGEST_N)
		n = LARGEST_N;
	return n < -LARGEST_N ? -LARGEST_N : (int)n;
}

/* n = 256 n1 + n0 */
static void put_digits(struct tk_query *q, size_t i, int n)
{
	int n1 = (n + 128 + 32768) / 256 - 128;

	q->n1[i] = (int8_t)n1;
	q->n0[i] = (int8_t)(n - 256 * n1);
	q->sums[i / TK_SKETCH_COLS] += n;
}

/* Squares of ||h||, ||h - sigma n|| and ||n||. */
struct squares {
	double h, rest, n;
};

static struct squares make_digits(struct tk_query *q, const float *h,
				  size_t d, size_t n_blocks)
{
	double sigma = (double)q->sigma;
	struct squares sum = {0};

	for (size_t b = 0; b < n_blocks; b++)
		q->sums[b] = 0;
	for (size_t i = 0; i < n_blocks * TK_SKETCH_COLS; i++) {
		double x = i < d ? (double)h[i] : 0;
		int n = round_to(x, sigma);
		double rest = x - sigma * n;

		put_digits(q, i, n);
		sum.h += x * x;
		sum.rest += rest * rest;
		sum.n += (double)n * n;
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
	double norm, rest, most;

	q->sigma = (float)((double)largest(h, d) / LARGEST_N);
	q->sigma_16 = 16 * q->sigma;
	sum = make_digits(q, h, d, n_blocks);
	norm = sqrt(sum.h) * margin;
	rest = sqrt(sum.rest) * margin;
	q->h_bound = tk_up32(norm * spare);
	q->c_bound = tk_up32(
		(rest + 1.001 * kappa * 0x1p-24 * (norm + rest)) * spare);
	q->zeta = tk_up32((double)(d + 40) * 0x1p-149);
	most = fmax(norm + rest, sqrt(sum.n));
	/* False for a damaged N_max that is NaN as well. */
	q->is_usable = (double)s->norm_max * most < 0x1p126;
}

/* ---- one plane of a panel ---- */

/* acc[j] += the nibbles of row j, each plus 8, times the n of 8 columns. */
static void add_group(int32_t acc[TK_SKETCH_ROWS], const uint8_t *group,
		      const struct tk_query *q, size_t column)
{
	for (size_t c = 0; c < 4; c++) {
		size_t i = column + c;
		int32_t first = 256 * q->n1[i] + q->n0[i];
		int32_t second = 256 * q->n1[i + 4] + q->n0[i + 4];

		for (size_t j = 0; j < TK_SKETCH_ROWS; j++) {
			uint8_t byte = group[4 * j + c];

			acc[j] += (byte & 15) * first + (byte >> 4) * second;
		}
	}
}

void tk_sketch_plane_scalar(float out[TK_SKETCH_ROWS], const uint8_t *plane,
			    const uint8_t *scale, const struct tk_query *q,
			    size_t n_blocks)
{
	const size_t group_bytes = TK_SKETCH_ROWS * TK_GROUP_COLS / 2;

	for (size_t j = 0; j < TK_SKETCH_ROWS; j++)
		out[j] = 0;
	for (size_t b = 0; b < n_blocks; b++) {
		int32_t acc[TK_SKETCH_ROWS] = {0};

		for (size_t i = 0; i < TK_SKETCH_COLS; i += TK_GROUP_COLS) {
			add_group(acc, plane, q, b * TK_SKETCH_COLS + i);
			plane += group_bytes;
		}
		for (size_t j = 0; j < TK_SKETCH_ROWS; j++) {
			float s = tk_bf16_to_f32(tk_load16(scale + 2 * j));

			out[j] = out[j] + s * (float)(acc[j] - 8 * q->sums[b]);
		}
		scale += TK_SCALE_BYTES;
	}
}

/* ---- bounds ---- */

void tk_sketch_bounds(float upper[TK_SKETCH_ROWS],
		      float lower[TK_SKETCH_ROWS], const struct tk_sketch *s,
		      const struct tk_query *q, enum tk_scan scan, size_t p,
		      const float approx[TK_SKETCH_ROWS])
{
	const uint8_t *errors = scan == TK_SCAN_HI ? s->error_hi : s->error_8;
	const uint8_t *error = errors + p * 4 * TK_SKETCH_ROWS;
	const uint8_t *norm = s->norm + p * 4 * TK_SKETCH_ROWS;

	for (size_t j = 0; j < TK_SKETCH_ROWS; j++) {
		float e = tk_load_f32(error + 4 * j);
		float n = tk_load_f32(norm + 4 * j);
		float apart = (e * q->h_bound + n * q->c_bound) + q->zeta;

		upper[j] = approx[j] + apart;
		lower[j] = approx[j] - apart;
	}
}
