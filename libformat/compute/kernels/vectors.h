/* SPDX-License-Identifier: MIT */
/*
 * vectors.h - the shape that all kernels with vectors share
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
 *     float vec_fold(vec x)               spec/compute.md 1, s < WIDTH
 *
 * Everything is inlined where 'dtype', 'n_rows' and 'n_hs' are constants.
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
#define GROUP 4 /* rows that share panels of several vectors */
#define INLINE TARGET static inline __attribute__((always_inline))

/*
 * A row and h of up to this many bytes stay in the nearest cache together:
 * rows go one by one.  Beyond it, ROWS of them share what is loaded of h, and
 * the processor has to be told of that many streams.
 */
#define NEAR_BYTES 12288
#define AHEAD_BYTES 2048

/* Where some rows and the vectors stand, a panel at a time. */
struct cursor {
	const uint8_t *rows[ROWS];
	const float *scales[ROWS]; /* q8 */
	const float *hs[TK_BATCH];
};

struct buffers {
	/* What is left after the last whole chunk, zeros up to 32 columns;
	   q8 is widened already. */
	float rows[ROWS][TK_LANES];
	float hs[TK_BATCH][TK_LANES];
	/* The scales of a panel, widened. */
	float scales[ROWS][TK_PANEL / TK_Q8_BLOCK];
};

INLINE size_t element_size(enum tk_dtype dtype)
{
	return dtype == TK_F32 ? 4 : dtype == TK_Q8 ? 1 : 2;
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
INLINE void prefetch(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i += 64)
		__builtin_prefetch(
			(const void *)((uintptr_t)p + AHEAD_BYTES + i), 0, 2);
}

/* Adds n chunks to the vectors from ... from + pass - 1 of each pair. */
INLINE void add_chunks(vec *acc, const struct cursor *at, size_t n,
		       size_t from, enum tk_dtype dtype, size_t n_rows,
		       size_t n_hs)
{
	const size_t size = TK_LANES * element_size(dtype);
	const size_t pass = PASS(n_rows * n_hs);

	for (size_t c = 0; c < n; c++) {
#pragma GCC unroll 8
		for (size_t r = 0; r < n_rows; r++) {
			const uint8_t *chunk = at->rows[r] + c * size;
			vec scale = vec_zero();

			if (n_rows > 1 && !from)
				prefetch(chunk, size);
			if (dtype == TK_Q8)
				scale = vec_splat(at->scales[r][c]);
#pragma GCC unroll 8
			for (size_t v = 0; v < pass; v++) {
				size_t j = (from + v) * WIDTH;
				vec w = widen(dtype, chunk, j, scale);

#pragma GCC unroll 8
				for (size_t b = 0; b < n_hs; b++) {
					vec h = vec_load(at->hs[b] +
							 TK_LANES * c + j);
					vec *a = &acc[(r * n_hs + b) * pass +
						      v];

					*a = *a + w * h;
				}
			}
		}
	}
}

/*
 * Adds one panel of n columns to lanes[n_rows * n_hs].  The first is added to
 * +0, which changes no bit: a sum that begins at +0 is never -0.
 */
INLINE void add_panel(vec (*lanes)[VECS], const struct cursor *at,
		      const struct cursor *tail, size_t n, enum tk_dtype dtype,
		      size_t n_rows, size_t n_hs)
{
	const size_t pass = PASS(n_rows * n_hs);

	for (size_t from = 0; from < VECS; from += pass) {
		vec acc[SUMS];

#pragma GCC unroll 32
		for (size_t i = 0; i < n_rows * n_hs * pass; i++)
			acc[i] = vec_zero();
		add_chunks(acc, at, n / TK_LANES, from, dtype, n_rows, n_hs);
		if (n % TK_LANES)
			add_chunks(acc, tail, 1, from,
				   dtype == TK_Q8 ? TK_F32 : dtype, n_rows,
				   n_hs);
#pragma GCC unroll 32
		for (size_t i = 0; i < n_rows * n_hs * pass; i++) {
			vec *t = &lanes[i / pass][from + i % pass];

			*t = *t + acc[i];
		}
	}
}

/* The scales of the n columns of a panel. */
INLINE void widen_scales(float *out, const uint8_t *scales, size_t n)
{
	uint8_t bits[TK_PANEL / TK_Q8_BLOCK * 2] = {0};

	if (n < TK_PANEL) {
		memcpy(bits, scales, (n + TK_Q8_BLOCK - 1) / TK_Q8_BLOCK * 2);
		scales = bits;
	}
	for (size_t j = 0; j < TK_PANEL / TK_Q8_BLOCK; j += WIDTH)
		vec_store(out + j, vec_widen_f16(scales, j));
}

/*
 * The last n < 32 columns of a row, and zeros.  In q8 the zeros are made after
 * the scale was applied: it may be an infinity.
 */
INLINE void copy_tail(float *out, const uint8_t *chunk, size_t n, float scale,
		      enum tk_dtype dtype)
{
	uint8_t q[TK_LANES] = {0};

	if (dtype != TK_Q8) {
		memset(out, 0, TK_LANES * sizeof(*out));
		memcpy(out, chunk, n * element_size(dtype));
		return;
	}
	memcpy(q, chunk, n);
	for (size_t j = 0; j < TK_LANES; j += WIDTH)
		vec_store(out + j, vec_splat(scale) * vec_widen_i8(q, j));
	memset(out + n, 0, (TK_LANES - n) * sizeof(*out));
}

/* Sets row r of the cursors to columns at ... at + n - 1 of 'row'. */
INLINE void set_row(struct cursor *main, struct cursor *tail,
		    struct buffers *buffers, size_t r, const uint8_t *row,
		    size_t d, size_t at, size_t n, enum tk_dtype dtype)
{
	const size_t size = element_size(dtype);
	const size_t whole = n / TK_LANES;
	float *scales = buffers->scales[r];

	main->rows[r] = row + at * size;
	main->scales[r] = scales;
	tail->rows[r] = (const uint8_t *)buffers->rows[r];
	if (dtype == TK_Q8)
		widen_scales(scales,
			     row + tk_q8_scales_at(d) + at / TK_Q8_BLOCK * 2,
			     n);
	if (n % TK_LANES)
		copy_tail(buffers->rows[r],
			  main->rows[r] + whole * TK_LANES * size,
			  n % TK_LANES, dtype == TK_Q8 ? scales[whole] : 0,
			  dtype);
}

INLINE float fold(vec *lanes)
{
#pragma GCC unroll 8
	for (size_t half = VECS / 2; half; half /= 2)
#pragma GCC unroll 8
		for (size_t v = 0; v < half; v++)
			lanes[v] = lanes[v] + lanes[v + half];
	return vec_fold(lanes[0]);
}

/* Rows i ... i + group - 1, n_rows of them in registers at a time. */
INLINE void dot_group(const struct tk_dot_job *job, struct buffers *buffers,
		      uint64_t i, size_t group, enum tk_dtype dtype,
		      size_t n_rows, size_t n_hs)
{
	const struct tk_matrix *m = job->m;
	const uint8_t *row = m->data + (job->first + i) * m->row_stride;
	const size_t d = (size_t)m->cols;
	vec lanes[GROUP * TK_BATCH][VECS];
	struct cursor main, tail;

	for (size_t k = 0; k < group * n_hs; k++)
		for (size_t v = 0; v < VECS; v++)
			lanes[k][v] = vec_zero();
	for (size_t at = 0; at < d; at += TK_PANEL) {
		size_t n = d - at < TK_PANEL ? d - at : TK_PANEL;

		for (size_t b = 0; b < n_hs; b++) {
			main.hs[b] = job->hs[b] + at;
			tail.hs[b] = buffers->hs[b];
		}
		for (size_t k = 0; k < group; k += n_rows) {
			for (size_t r = 0; r < n_rows; r++)
				set_row(&main, &tail, buffers, r,
					row + (k + r) * m->row_stride, d, at,
					n, dtype);
			add_panel(lanes + k * n_hs, &main, &tail, n, dtype,
				  n_rows, n_hs);
		}
	}
	for (size_t k = 0; k < group; k++)
		for (size_t b = 0; b < n_hs; b++)
			job->outs[b][i + k] = fold(lanes[k * n_hs + b]);
}

INLINE void dot_rows(const struct tk_dot_job *job, size_t group,
		     enum tk_dtype dtype, size_t n_rows, size_t n_hs)
{
	const size_t d = (size_t)job->m->cols;
	const size_t rest = d % TK_LANES;
	struct buffers buffers;
	uint64_t i = 0;

	memset(buffers.hs, 0, sizeof(buffers.hs));
	for (size_t b = 0; b < n_hs; b++)
		memcpy(buffers.hs[b], job->hs[b] + d - rest,
		       rest * sizeof(float));
	for (; job->n - i >= group; i += group)
		dot_group(job, &buffers, i, group, dtype, n_rows, n_hs);
	for (; i < job->n; i++)
		dot_group(job, &buffers, i, 1, dtype, 1, n_hs);
}

INLINE void dot_dtype(const struct tk_dot_job *job, enum tk_dtype dtype)
{
	const size_t bytes = (size_t)job->m->cols * (4 + element_size(dtype));

	if (job->n_hs == 1 && bytes <= NEAR_BYTES)
		dot_rows(job, 1, dtype, 1, 1);
	else if (job->n_hs == 1)
		dot_rows(job, ROWS, dtype, ROWS, 1);
	else if (job->n_hs == 2)
		dot_rows(job, GROUP, dtype, 1, 2);
	else if (job->n_hs == 4)
		dot_rows(job, GROUP, dtype, 1, 4);
	else
		dot_rows(job, GROUP, dtype, 1, 8);
}

TARGET static void dot_f32(const struct tk_dot_job *job)
{
	dot_dtype(job, TK_F32);
}

TARGET static void dot_f16(const struct tk_dot_job *job)
{
	dot_dtype(job, TK_F16);
}

TARGET static void dot_bf16(const struct tk_dot_job *job)
{
	dot_dtype(job, TK_BF16);
}

TARGET static void dot_q8(const struct tk_dot_job *job)
{
	dot_dtype(job, TK_Q8);
}

/* Vectors are doubled up to the next shape there is: 1, 2, 4 or 8. */
static void dot(const struct tk_dot_job *job)
{
	struct tk_dot_job full = *job;

	while (full.n_hs & (full.n_hs - 1)) {
		full.hs[full.n_hs] = full.hs[0];
		full.outs[full.n_hs++] = full.outs[0];
	}
	switch (job->m->dtype) {
	case TK_F32:
		dot_f32(&full);
		break;
	case TK_F16:
		dot_f16(&full);
		break;
	case TK_BF16:
		dot_bf16(&full);
		break;
	case TK_Q8:
		dot_q8(&full);
		break;
	case TK_BYTES:
		tk_kernel_scalar.dot(job);
	}
}

#endif /* TK_VECTORS_H */
