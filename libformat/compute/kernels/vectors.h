/* SPDX-License-Identifier: MIT */
/*
 * vectors.h - some rows and vectors in registers: what all kernels share
 *
 * Included once by each of them, after it has defined
 *
 *     TARGET     attributes that allow its instructions
 *     vec        WIDTH floats
 *     SUMS       vectors that fit the registers beside operands, 8 or 16
 *     ROWS       rows at once when a row is long
 *
 * and, 'j' being the first of WIDTH columns of a chunk of 32, one a lane,
 *
 *     vec vec_zero(void)
 *     vec vec_load(const float *p), vec_splat(float x)
 *     void vec_store(float *p, vec x)
 *     vec vec_widen_f32, _f16, _bf16, _i8(const uint8_t *chunk, size_t j)
 *     vec vec_first(vec x, size_t n)      the first n, 0 < n < WIDTH, and +0
 *     VEC_HOLD(x)                         keeps x, a variable, in a register
 *     void vec_fold4(float *out, vec a, vec b, vec c, vec d)
 *                 out[4] = each of them folded: spec/compute.md 1, s < WIDTH
 *
 * Everything is inlined where 'shape' is a constant.
 */
#ifndef TK_VECTORS_H
#define TK_VECTORS_H

#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "compute/kernels/kernels.h"

#define VECS (TK_LANES / WIDTH)
/* Vectors of lanes that are summed in one pass over a panel. */
#define PASS(pairs) (SUMS / (pairs) < VECS ? SUMS / (pairs) : VECS)
#define GROUP 4	      /* rows whose lanes are folded at once */
#define MOST_PAIRS 16 /* of a group, or of ROWS, with the vectors of a shape */
#define INLINE TARGET static inline __attribute__((always_inline))

/*
 * A row and h of up to this many bytes stay in the nearest cache together:
 * rows go one by one.  Beyond it, ROWS of them share what is loaded of h, and
 * the processor has to be told of that many streams.
 */
#define NEAR_BYTES 12288
#define AHEAD_BYTES 2048
#define AHEAD_ROWS 8 /* where rows go by as a whole, with several vectors */

/* Where some rows and the vectors stand, a panel at a time. */
struct cursor {
	const uint8_t *rows[ROWS];
	const float *scales[ROWS]; /* q8 */
	const float *hs[TK_BATCH];
	size_t ahead; /* bytes from there to what is read next, or 0 */
};

/* What is in registers at a time; all of it is known to the compiler. */
struct shape {
	enum tk_sum sum;
	enum tk_dtype dtype;
	size_t n_rows;
	size_t n_hs;
};

struct buffers {
	/* What is left after the last whole chunk, and zeros. */
	float hs[TK_BATCH][TK_LANES];
	/* Rows that go through all panels before the next ones do. */
	size_t step;
	/* The scales of a panel, widened. */
	float scales[ROWS][TK_PANEL / TK_Q8_BLOCK];
};

INLINE size_t element_size(enum tk_dtype dtype)
{
	return dtype == TK_F32 ? 4 : dtype == TK_Q8 ? 1 : 2;
}

INLINE size_t sums_of(struct shape shape)
{
	return tk_n_sums(shape.sum, shape.n_hs);
}

INLINE vec widen(enum tk_dtype dtype, const uint8_t *chunk, size_t j,
		 vec scale)
{
	switch (dtype) {
	case TK_F32:
		return vec_widen_f32(chunk, j);
	case TK_F16:
		return vec_widen_f16(chunk, j);
	case TK_BF16:
		return vec_widen_bf16(chunk, j);
	default:
		return scale * vec_widen_i8(chunk, j);
	}
}

/* Into the second cache; needs no address that exists. */
INLINE void prefetch(const uint8_t *p, size_t ahead, size_t len)
{
	for (size_t i = 0; i < len; i += 64)
		__builtin_prefetch((const void *)((uintptr_t)p + ahead + i), 0,
				   2);
}

/* What sum b of 'shape' has of columns w and, if it is with a vector, h. */
INLINE vec term(struct shape shape, size_t b, vec w, vec h)
{
	if (b == shape.n_hs)
		return w * w;
	if (shape.sum != TK_SUM_DISTANCE)
		return w * h;
	h = w - h;
	return h * h;
}

/* The same for WIDTH columns from j on, of every row. */
INLINE void add_columns(vec *acc, const struct cursor *at, size_t c, size_t n,
			size_t j, size_t v, const vec *scales,
			struct shape shape)
{
	const size_t size = TK_LANES * element_size(shape.dtype);
	const size_t n_rows = shape.n_rows, n_sums = sums_of(shape);
	const size_t pass = PASS(n_rows * n_sums);
	vec h[TK_BATCH];

#pragma GCC unroll 8
	for (size_t b = 0; b < shape.n_hs; b++) {
		h[b] = vec_load(at->hs[b] + TK_LANES * c + j);
		/* Loading it again for each row is no saving. */
		if (n_rows > 1)
			VEC_HOLD(h[b]);
	}
#pragma GCC unroll 8
	for (size_t r = 0; r < n_rows; r++) {
		vec w = widen(shape.dtype, at->rows[r] + c * size, j,
			      scales[r]);

		if (n < j + WIDTH)
			w = vec_first(w, n - j);
		if (n_sums > shape.n_hs)
			VEC_HOLD(w);
#pragma GCC unroll 8
		for (size_t b = 0; b < n_sums; b++) {
			vec *a = &acc[(r * n_sums + b) * pass + v];

			*a = *a + term(shape, b, w, h[b]);
		}
	}
}

/*
 * Adds a chunk of n columns to the vectors from ... from + pass - 1 of each
 * pair.  What lies behind them counts as +0, of which no sum changes.
 */
INLINE void add_chunk(vec *acc, const struct cursor *at, size_t c, size_t n,
		      size_t from, struct shape shape)
{
	const size_t size = TK_LANES * element_size(shape.dtype);
	const size_t pass = PASS(shape.n_rows * sums_of(shape));
	vec scales[ROWS];

#pragma GCC unroll 8
	for (size_t r = 0; r < shape.n_rows; r++) {
		if (shape.n_rows > 1 && !from && at->ahead)
			prefetch(at->rows[r] + c * size, at->ahead, size);
		if (shape.dtype == TK_Q8)
			scales[r] = vec_splat(at->scales[r][c]);
	}
#pragma GCC unroll 8
	for (size_t v = 0; v < pass; v++)
		if (n > (from + v) * WIDTH)
			add_columns(acc, at, c, n, (from + v) * WIDTH, v,
				    scales, shape);
}

/*
 * Adds one panel of n columns to the lanes of each pair; the first panel
 * makes them.
 */
INLINE void add_panel(vec (*lanes)[VECS], bool is_first,
		      const struct cursor *at, const struct cursor *tail,
		      size_t n, struct shape shape)
{
	const size_t pairs = shape.n_rows * sums_of(shape);
	const size_t pass = PASS(pairs), whole = n / TK_LANES;

	for (size_t from = 0; from < VECS; from += pass) {
		vec acc[SUMS];

#pragma GCC unroll 32
		for (size_t i = 0; i < pairs * pass; i++)
			acc[i] = vec_zero();
#pragma GCC unroll 1
		for (size_t c = 0; c < whole; c++)
			add_chunk(acc, at, c, TK_LANES, from, shape);
		if (n % TK_LANES)
			add_chunk(acc, tail, 0, n % TK_LANES, from, shape);
#pragma GCC unroll 32
		for (size_t i = 0; i < pairs * pass; i++) {
			vec *t = &lanes[i / pass][from + i % pass];

			if (!is_first)
				acc[i] = *t + acc[i];
			*t = acc[i];
		}
	}
}

/* out[4] = the folded lanes of one sum of four rows, which are 'step' apart. */
INLINE void fold_rows(float *out, vec (*lanes)[VECS], size_t step)
{
	vec x[4][VECS];

#pragma GCC unroll 4
	for (size_t q = 0; q < 4; q++) {
#pragma GCC unroll 8
		for (size_t v = 0; v < VECS; v++)
			x[q][v] = lanes[q * step][v];
#pragma GCC unroll 8
		for (size_t half = VECS / 2; half; half /= 2)
#pragma GCC unroll 8
			for (size_t v = 0; v < half; v++)
				x[q][v] = x[q][v] + x[q][v + half];
	}
	vec_fold4(out, x[0][0], x[1][0], x[2][0], x[3][0]);
}

#endif /* TK_VECTORS_H */
