/* SPDX-License-Identifier: MIT */
/*
 * adds.h - rows added to a vector, by vectors: spec/compute.md 9
 *
 * Included by each kernel after deltas.h.  Every element has its own sum, so
 * the order is that of the rows alone.
 */
#ifndef TK_ADDS_H
#define TK_ADDS_H

#define ADD_ROWS 4 /* share what is loaded of the sum, and stored */

/* The rows' part of a panel. */
struct addends {
	const uint8_t *rows[ADD_ROWS];
	float scales[ADD_ROWS][TK_PANEL / TK_Q8_BLOCK]; /* q8 */
	vec by[ADD_ROWS];
};

/* n chunks. */
INLINE void add_rows_of(float *sum, const struct addends *a, size_t n,
			enum tk_dtype dtype, size_t n_rows)
{
	const size_t size = TK_LANES * element_size(dtype);

	for (size_t c = 0; c < n; c++) {
		vec t[VECS];

#pragma GCC unroll 8
		for (size_t v = 0; v < VECS; v++)
			t[v] = vec_load(sum + TK_LANES * c + v * WIDTH);
#pragma GCC unroll 4
		for (size_t r = 0; r < n_rows; r++) {
			const uint8_t *chunk = a->rows[r] + c * size;
			vec scale = vec_zero();

			if (dtype == TK_Q8)
				scale = vec_splat(a->scales[r][c]);
#pragma GCC unroll 8
			for (size_t v = 0; v < VECS; v++) {
				vec w = widen(dtype, chunk, v * WIDTH, scale);

				t[v] = t[v] + w * a->by[r];
			}
		}
#pragma GCC unroll 8
		for (size_t v = 0; v < VECS; v++)
			vec_store(sum + TK_LANES * c + v * WIDTH, t[v]);
	}
}

/* Columns at ... at + n - 1, whole chunks, of rows i ... i + n_rows - 1. */
INLINE void add_panel_of(const struct tk_add_job *job, size_t i, size_t at,
			 size_t n, enum tk_dtype dtype, size_t n_rows)
{
	struct addends a;

#pragma GCC unroll 4
	for (size_t r = 0; r < n_rows; r++) {
		const uint8_t *row = job->rows[i + r];

		a.rows[r] = row + at * element_size(dtype);
		a.by[r] = vec_splat(job->by[i + r]);
		if (dtype == TK_Q8)
			widen_scales(a.scales[r],
				     row + tk_q8_scales_at(job->m->cols) +
					     at / TK_Q8_BLOCK * 2,
				     n);
	}
	add_rows_of(job->sum + at, &a, n / TK_LANES, dtype, n_rows);
}

INLINE void add_dtype(const struct tk_add_job *job, enum tk_dtype dtype)
{
	const size_t whole = (size_t)job->m->cols / TK_LANES * TK_LANES;
	size_t i = 0;

	for (; i < job->n;) {
		const bool all = job->n - i >= ADD_ROWS;

		for (size_t at = 0; at < whole; at += TK_PANEL) {
			const size_t left = whole - at;
			const size_t n = left < TK_PANEL ? left : TK_PANEL;

			if (all)
				add_panel_of(job, i, at, n, dtype, ADD_ROWS);
			else
				add_panel_of(job, i, at, n, dtype, 1);
		}
		i += all ? ADD_ROWS : 1;
	}
	tk_add_columns(job, whole);
}

TARGET static void add_f32(const struct tk_add_job *job)
{
	add_dtype(job, TK_F32);
}

TARGET static void add_f16(const struct tk_add_job *job)
{
	add_dtype(job, TK_F16);
}

TARGET static void add_bf16(const struct tk_add_job *job)
{
	add_dtype(job, TK_BF16);
}

TARGET static void add_q8(const struct tk_add_job *job)
{
	add_dtype(job, TK_Q8);
}

static void add(const struct tk_add_job *job)
{
	switch (job->m->dtype) {
	case TK_F32:
		add_f32(job);
		break;
	case TK_F16:
		add_f16(job);
		break;
	case TK_BF16:
		add_bf16(job);
		break;
	case TK_Q8:
		add_q8(job);
		break;
	case TK_BYTES:
		break;
	}
}

#endif /* TK_ADDS_H */
