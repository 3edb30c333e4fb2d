/* SPDX-License-Identifier: MIT */
/*
 * vectorrows.h - rows by way of vectors.h, and which shape is for which job
 *
 * Included once by each kernel, after vectors.h.
 */
#ifndef TK_VECTORROWS_H
#define TK_VECTORROWS_H

#include "compute/kernels/vectors.h"

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

/* Sets row r of the cursors to columns at ... at + n - 1 of 'row'. */
INLINE void set_row(struct cursor *main, struct cursor *tail,
		    struct buffers *buffers, size_t r, const uint8_t *row,
		    size_t d, size_t at, size_t n, enum tk_dtype dtype)
{
	const size_t size = element_size(dtype);
	const size_t whole = n / TK_LANES;

	main->rows[r] = row + at * size;
	tail->rows[r] = main->rows[r] + whole * TK_LANES * size;
	main->scales[r] = buffers->scales[r];
	tail->scales[r] = buffers->scales[r] + whole;
	if (dtype == TK_Q8)
		widen_scales(buffers->scales[r],
			     row + tk_q8_scales_at(d) + at / TK_Q8_BLOCK * 2,
			     n);
}

/* Adds a panel of the shape's rows from 'row' on. */
INLINE void add_rows(vec (*lanes)[VECS], struct cursor *main,
		     struct cursor *tail, struct buffers *buffers,
		     const struct tk_matrix *m, const uint8_t *row, size_t at,
		     size_t n, struct shape shape)
{
	for (size_t r = 0; r < shape.n_rows; r++)
		set_row(main, tail, buffers, r, row + r * m->row_stride,
			(size_t)m->cols, at, n, shape.dtype);
	add_panel(lanes, !at, main, tail, n, shape);
}

/*
 * How far ahead of a row, of which n_rows go through a panel before the next
 * panel, the processor is told of.  Found by trying.
 */
INLINE size_t ahead_of(const struct tk_matrix *m, size_t n_rows,
		       struct shape shape)
{
	if (shape.n_hs == 1)
		return shape.sum == TK_SUM_DOT_SQUARE && shape.dtype == TK_F32
			       ? AHEAD_BYTES / 2
			       : AHEAD_BYTES;
	return n_rows == shape.n_rows ? AHEAD_ROWS * m->row_stride
				      : TK_PANEL * element_size(shape.dtype);
}

/*
 * The lanes of rows i ... i + n_rows - 1 with the shape's vectors from b on,
 * panel by panel, shape.n_rows of them in registers at a time.
 */
INLINE void dot_lanes(vec (*lanes)[VECS], const struct tk_dot_job *job,
		      struct buffers *buffers, uint64_t i, size_t n_rows,
		      size_t b, struct shape shape)
{
	const struct tk_matrix *m = job->m;
	const uint8_t *row = m->data + (job->first + i) * m->row_stride;
	const size_t d = (size_t)m->cols, n_sums = sums_of(shape);
	struct shape one = shape;
	struct cursor main, tail;

	one.n_rows = 1;
	main.ahead = job->is_cached ? 0 : ahead_of(m, n_rows, shape);
	tail.ahead = main.ahead;
	for (size_t at = 0; at < d; at += TK_PANEL) {
		size_t n = d - at < TK_PANEL ? d - at : TK_PANEL, k = 0;

		for (size_t j = 0; j < shape.n_hs; j++) {
			main.hs[j] = job->hs[b + j] + at;
			tail.hs[j] = buffers->hs[b + j];
		}
		for (; n_rows - k >= shape.n_rows; k += shape.n_rows)
			add_rows(lanes + k * n_sums, &main, &tail, buffers, m,
				 row + k * m->row_stride, at, n, shape);
		for (; k < n_rows; k++)
			add_rows(lanes + k * n_sums, &main, &tail, buffers, m,
				 row + k * m->row_stride, at, n, one);
	}
}

/* Rows i ... i + group - 1 with the shape's vectors from b on. */
INLINE void dot_group(const struct tk_dot_job *job, struct buffers *buffers,
		      uint64_t i, size_t group, size_t b, struct shape shape)
{
	const size_t n_sums = sums_of(shape), step = buffers->step;
	vec lanes[MOST_PAIRS][VECS];

	/* GROUP of them are folded, whatever they are. */
	for (size_t k = group; k % GROUP; k++)
		memset(lanes + k * n_sums, 0, n_sums * sizeof(*lanes));
	for (size_t k = 0; k < group; k += step)
		dot_lanes(lanes + k * n_sums, job, buffers, i + k,
			  group - k < step ? group - k : step, b, shape);
	for (size_t k = 0; k < group; k += GROUP)
		for (size_t j = 0; j < n_sums; j++) {
			float *out = job->outs[b + j] + i + k, some[GROUP];

			if (group - k >= GROUP) {
				fold_rows(out, lanes + k * n_sums + j, n_sums);
				continue;
			}
			fold_rows(some, lanes + k * n_sums + j, n_sums);
			memcpy(out, some, (group - k) * sizeof(*out));
		}
}

INLINE void dot_rows(const struct tk_dot_job *job, struct shape shape)
{
	const size_t d = (size_t)job->m->cols;
	const size_t rest = d % TK_LANES;
	const size_t most = shape.n_rows > GROUP ? shape.n_rows : GROUP;
	struct buffers buffers;

	buffers.step = shape.n_hs * d * sizeof(float) <= NEAR_BYTES
			       ? shape.n_rows
			       : most;
	memset(buffers.hs, 0, sizeof(buffers.hs));
	for (size_t b = 0; b < job->n_hs; b++)
		memcpy(buffers.hs[b], job->hs[b] + d - rest,
		       rest * sizeof(float));
	for (uint64_t i = 0; i < job->n; i += most) {
		const uint64_t left = job->n - i;
		const size_t group = left < most ? (size_t)left : most;
		size_t b = 0;

		/* Once, where there is no vector. */
		do
			dot_group(job, &buffers, i, group, b, shape);
		while ((b += shape.n_hs) < job->n_hs);
	}
}

/* Sums of squares, with one vector or none. */
INLINE void square_rows(const struct tk_dot_job *job, enum tk_dtype dtype,
			bool is_near)
{
	if (job->sum == TK_SUM_SQUARE)
		dot_rows(job, (struct shape){TK_SUM_SQUARE, dtype, 1, 0});
	else if (job->sum == TK_SUM_DISTANCE && is_near)
		dot_rows(job, (struct shape){TK_SUM_DISTANCE, dtype, 1, 1});
	else if (job->sum == TK_SUM_DISTANCE)
		dot_rows(job, (struct shape){TK_SUM_DISTANCE, dtype, ROWS, 1});
	else if (is_near)
		dot_rows(job, (struct shape){TK_SUM_DOT_SQUARE, dtype, 1, 1});
	else
		dot_rows(job, (struct shape){TK_SUM_DOT_SQUARE, dtype,
					     ROWS / 2, 1});
}

INLINE void dot_dtype(const struct tk_dot_job *job, enum tk_dtype dtype)
{
	const size_t bytes = (size_t)job->m->cols * (4 + element_size(dtype));
	const bool is_near = bytes <= NEAR_BYTES;

	if (job->sum != TK_SUM_DOT)
		square_rows(job, dtype, is_near);
	else if (job->n_hs == 1 && is_near)
		dot_rows(job, (struct shape){TK_SUM_DOT, dtype, 1, 1});
	else if (job->n_hs == 1)
		dot_rows(job, (struct shape){TK_SUM_DOT, dtype, ROWS, 1});
	else if (job->n_hs == 2)
		dot_rows(job, (struct shape){TK_SUM_DOT, dtype, 2, 2});
	else
		dot_rows(job, (struct shape){TK_SUM_DOT, dtype, 2, 4});
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

#endif /* TK_VECTORROWS_H */
