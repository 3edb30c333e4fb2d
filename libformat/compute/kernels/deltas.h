/* SPDX-License-Identifier: MIT */
/*
 * deltas.h - sums over two rows in vectors: spec/compute.md 8
 *
 * Included by each kernel after vectorrows.h, with
 *
 *     wide       WIDTH / 2 numbers of f64
 *     wide wide_low(vec x), wide_high(vec x)
 *     wide wide_gap(wide x, wide y)           |x - y|
 *     wide wide_max(wide x, wide y)           y if x is none
 *     wide wide_add(wide s, wide x, wide y)   s + x y, fused or not: the
 *                                             product of f32 is exact
 *     void wide_store(double *p, wide x)
 *     vec vec_max(vec x, vec y)               y if x is none
 */
#ifndef TK_DELTAS_H
#define TK_DELTAS_H

#include "base/endian.h"

#define WIDE (WIDTH / 2)
#define N_WIDE (TK_DELTA_LANES / WIDE)

typedef int32_t bits __attribute__((vector_size(4 * WIDTH)));

struct delta {
	wide ab[N_WIDE], aa[N_WIDE], bb[N_WIDE], max[N_WIDE];
	bits same, within; /* how many, negative */
};

INLINE bits bits_of(vec x)
{
	bits b;

	memcpy(&b, &x, sizeof(b));
	return b;
}

INLINE vec vec_of(bits b)
{
	vec x;

	memcpy(&x, &b, sizeof(x));
	return x;
}

/* Half a step of bf16 or f16 at the numbers x; Inf at infinities. */
INLINE vec half_step(vec x, const struct tk_delta_job *job)
{
	const vec power = vec_of(bits_of(x) & 0x7f800000);

	return vec_max(power, vec_splat(job->floor)) * vec_splat(job->step);
}

/* WIDTH columns, of which the first goes into lane 'lane'. */
INLINE void add_pair(struct delta *d, vec x, vec y, vec step, size_t lane)
{
	const bits same = bits_of(x) == bits_of(y);
	const vec gap = vec_of(bits_of(x - y) & 0x7fffffff);

	d->same += same;
	d->within += (gap < step) | same;
#pragma GCC unroll 2
	for (size_t half = 0; half < 2; half++) {
		const size_t v = (lane / WIDE + half) % N_WIDE;
		const wide a = half ? wide_high(x) : wide_low(x);
		const wide b = half ? wide_high(y) : wide_low(y);

		d->ab[v] = wide_add(d->ab[v], a, b);
		d->aa[v] = wide_add(d->aa[v], a, a);
		d->bb[v] = wide_add(d->bb[v], b, b);
		d->max[v] = wide_max(wide_gap(a, b), d->max[v]);
	}
}

/*
 * 'n' chunks of 32 columns.  The step is that of a number of b if 'by_b', else
 * of a; or of each chunk, in q8, if 'limit' is not NULL.
 */
INLINE void add_chunks_of(struct delta *d, const uint8_t *a, const uint8_t *b,
			  size_t n, bool by_b, const float *limit,
			  const struct tk_delta_job *job)
{
	for (size_t c = 0; c < n; c++)
#pragma GCC unroll 8
		for (size_t j = 0; j < TK_LANES; j += WIDTH) {
			const vec x = vec_widen_f32(a + 4 * TK_LANES * c, j);
			const vec y = vec_widen_f32(b + 4 * TK_LANES * c, j);
			const vec step = limit ? vec_splat(limit[c])
					       : half_step(by_b ? y : x, job);

			add_pair(d, x, y, step, j);
		}
}

INLINE void widen_chunks(float *out, const uint8_t *row, enum tk_dtype dtype,
			 const float *scales, size_t n)
{
	for (size_t c = 0; c < n / TK_LANES; c++)
		for (size_t j = 0; j < TK_LANES; j += WIDTH)
			vec_store(out + TK_LANES * c + j,
				  widen(dtype,
					row + TK_LANES * c *
							element_size(dtype),
					j, vec_splat(scales[c])));
}

/* The scales of columns at ...; false if one is not finite. */
INLINE bool load_scales(float *scales, const uint8_t *row,
			const struct tk_matrix *m, size_t at, size_t n)
{
	bool finite = true;

	widen_scales(scales,
		     row + tk_q8_scales_at(m->cols) + at / TK_Q8_BLOCK * 2, n);
	for (size_t i = 0; i < (n + TK_Q8_BLOCK - 1) / TK_Q8_BLOCK; i++)
		finite &= isfinite(scales[i]) != 0;
	return finite;
}

/*
 * Columns at ... at + n - 1 as f32, and zeros up to a multiple of 32; where
 * they lie, if they are that.
 */
INLINE const uint8_t *panel(float *buffer, const uint8_t *row,
			    const struct tk_matrix *m, size_t at, size_t n)
{
	float scales[TK_PANEL / TK_Q8_BLOCK] = {0};
	size_t whole = n / TK_LANES * TK_LANES;

	if (m->dtype == TK_F32 && whole == n)
		return row + 4 * at;
	if (m->dtype == TK_F16)
		widen_chunks(buffer, row + 2 * at, TK_F16, scales, whole);
	else if (m->dtype == TK_BF16)
		widen_chunks(buffer, row + 2 * at, TK_BF16, scales, whole);
	else if (m->dtype == TK_Q8 && load_scales(scales, row, m, at, n))
		widen_chunks(buffer, row + at, TK_Q8, scales, whole);
	else
		whole = 0;
	if (whole < n)
		tk_widen(buffer + whole, row, m, at + whole, n - whole);
	for (; n % TK_LANES; n++)
		buffer[n] = 0;
	return (const uint8_t *)buffer;
}

TARGET static void delta(struct tk_delta_sums *out,
			 const struct tk_delta_job *job)
{
	float a[TK_PANEL], b[TK_PANEL], limit[TK_PANEL / TK_Q8_BLOCK];
	const size_t cols = (size_t)job->a->cols;
	struct delta d;

	memset(&d, 0, sizeof(d));
	for (size_t at = 0; at < cols; at += TK_PANEL) {
		const size_t n = cols - at < TK_PANEL ? cols - at : TK_PANEL;
		const uint8_t *x = panel(a, job->row_a, job->a, at, n);
		const uint8_t *y = panel(b, job->row_b, job->b, at, n);
		const size_t chunks = (n + TK_LANES - 1) / TK_LANES;

		if (job->rounding == TK_Q8) {
			tk_delta_limits(limit, job, at, n);
			add_chunks_of(&d, x, y, chunks, false, limit, job);
		} else if (job->by_b) {
			add_chunks_of(&d, x, y, chunks, true, NULL, job);
		} else {
			add_chunks_of(&d, x, y, chunks, false, NULL, job);
		}
	}
	for (size_t v = 0; v < N_WIDE; v++) {
		wide_store(out->ab + WIDE * v, d.ab[v]);
		wide_store(out->aa + WIDE * v, d.aa[v]);
		wide_store(out->bb + WIDE * v, d.bb[v]);
		wide_store(out->max + WIDE * v, d.max[v]);
	}
	out->same = out->within = 0;
	for (size_t j = 0; j < WIDTH; j++) {
		out->same -= d.same[j];
		out->within -= d.within[j];
	}
}

#endif /* TK_DELTAS_H */
