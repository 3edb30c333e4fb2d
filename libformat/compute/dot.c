/* SPDX-License-Identifier: MIT */
/*
 * dot.c - rows of a matrix: widened to f32, packed, and dotted with a vector
 */
#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "base/endian.h"
#include "base/fail.h"
#include "base/fpenv.h"
#include "compute/kernels/kernels.h"
#include "libformat/compute.h"

/* ---- widening, exact ---- */

/* out[n] = columns from ... from + n - 1; 'from' is a multiple of 32. */
static void widen(float *out, const uint8_t *row, const struct tk_matrix *m,
		  size_t from, size_t n)
{
	const uint8_t *scales = row + tk_q8_scales_at(m->cols);

	for (size_t i = 0; i < n; i++) {
		size_t c = from + i;

		switch (m->dtype) {
		case TK_F32:
			out[i] = tk_load_f32(row + 4 * c);
			break;
		case TK_F16:
			out[i] = tk_f16_to_f32(tk_load16(row + 2 * c));
			break;
		case TK_BF16:
			out[i] = tk_bf16_to_f32(tk_load16(row + 2 * c));
			break;
		case TK_Q8:
			out[i] = tk_f16_to_f32(tk_load16(
					 scales + 2 * (c / TK_Q8_BLOCK))) *
				 (float)(int8_t)row[c];
			break;
		case TK_BYTES:
			out[i] = 0;
			break;
		}
	}
}

void tk_row_to_f32(float *out, struct tk_matrix m, uint64_t row)
{
	tk_fpenv env = tk_fpenv_set();

	widen(out, m.data + row * m.row_stride, &m, 0, (size_t)m.cols);
	tk_fpenv_restore(env);
}

/* ---- packing ---- */

/* The smallest f16 that is at least m / 127; spec/format.md 5. */
static uint16_t q8_scale(float m)
{
	double want = (double)m / 127;
	uint16_t bits = tk_f32_to_f16((float)want);

	if ((double)tk_f16_to_f32(bits) < want)
		bits++;
	return bits;
}

/* One block of up to 32 columns; false if it has no scale. */
static bool pack_q8_block(uint8_t *q, uint8_t *scale, const float *in,
			  size_t n)
{
	float m = 0;
	uint16_t bits;
	double s;

	for (size_t i = 0; i < n; i++) {
		if (!isfinite(in[i]))
			return false;
		if (fabsf(in[i]) > m)
			m = fabsf(in[i]);
	}
	bits = q8_scale(m);
	s = (double)tk_f16_to_f32(bits);
	if (!isfinite(s))
		return false;
	scale[0] = (uint8_t)bits;
	scale[1] = (uint8_t)(bits >> 8);
	for (size_t i = 0; i < n; i++)
		q[i] = (uint8_t)(int8_t)(s > 0 ? nearbyint((double)in[i] / s)
					       : 0);
	return true;
}

static bool pack_q8(uint8_t *dst, const float *in, size_t cols)
{
	uint8_t *scales = dst + tk_q8_scales_at(cols);

	for (size_t i = 0; i < cols; i += TK_Q8_BLOCK) {
		size_t n = cols - i < TK_Q8_BLOCK ? cols - i : TK_Q8_BLOCK;

		if (!pack_q8_block(dst + i, scales + 2 * (i / TK_Q8_BLOCK),
				   in + i, n))
			return false;
	}
	return true;
}

/* False if a finite element becomes infinite. */
static bool pack_16(uint8_t *dst, uint16_t (*narrow)(float),
		    uint16_t infinity, const float *in, size_t cols)
{
	for (size_t i = 0; i < cols; i++) {
		uint16_t bits = narrow(in[i]);

		if ((bits & 0x7fff) == infinity && isfinite(in[i]))
			return false;
		dst[2 * i] = (uint8_t)bits;
		dst[2 * i + 1] = (uint8_t)(bits >> 8);
	}
	return true;
}

enum tk_status tk_row_from_f32(uint8_t *dst, enum tk_dtype dtype,
			       const float *in, uint64_t cols,
			       struct tk_error *err)
{
	uint64_t stride = tk_row_stride(dtype, cols);
	tk_fpenv env = tk_fpenv_set();
	bool fits = true;

	memset(dst, 0, (size_t)stride);
	switch (dtype) {
	case TK_F32:
		for (size_t i = 0; i < cols; i++)
			tk_store_f32(dst + 4 * i, in[i]);
		break;
	case TK_F16:
		fits = pack_16(dst, tk_f32_to_f16, 0x7c00, in, (size_t)cols);
		break;
	case TK_BF16:
		fits = pack_16(dst, tk_f32_to_bf16, 0x7f80, in, (size_t)cols);
		break;
	case TK_Q8:
		fits = pack_q8(dst, in, (size_t)cols);
		break;
	case TK_BYTES:
		fits = false;
		break;
	}
	tk_fpenv_restore(env);
	if (!fits)
		return tk_fail(err, TK_E_VALUE, TK_NO_OFFSET,
			       "a value does not fit into %s",
			       tk_dtype_name((uint16_t)dtype));
	return TK_OK;
}

/* ---- dot products ---- */

static float dot_f32(const float *w, const float *h, size_t n)
{
	float lanes[TK_LANES] = {0};

	for (size_t i = 0; i < n; i += TK_PANEL)
		tk_dot_panel_scalar(lanes, !i, w + i, h + i,
				    n - i < TK_PANEL ? n - i : TK_PANEL);
	return tk_dot_fold(lanes);
}

/* The same with a row that must be widened, a panel at a time. */
static float dot_row(const uint8_t *row, const struct tk_matrix *m,
		     const float *h)
{
	float lanes[TK_LANES] = {0};
	float panel[TK_PANEL];
	size_t d = (size_t)m->cols;

	for (size_t i = 0; i < d; i += TK_PANEL) {
		size_t n = d - i < TK_PANEL ? d - i : TK_PANEL;

		widen(panel, row, m, i, n);
		tk_dot_panel_scalar(lanes, !i, panel, h + i, n);
	}
	return tk_dot_fold(lanes);
}

float tk_dot(const float *w, const float *h, size_t n)
{
	tk_fpenv env = tk_fpenv_set();
	float x = dot_f32(w, h, n);

	TK_FPENV_HOLD(x);
	tk_fpenv_restore(env);
	return x;
}

void tk_dot_rows(float *out, struct tk_matrix m, uint64_t first, uint64_t n,
		 const float *h)
{
	const uint16_t one = 1;
	bool in_place = m.dtype == TK_F32 && *(const uint8_t *)&one;
	tk_fpenv env = tk_fpenv_set();

	for (uint64_t i = 0; i < n; i++) {
		const uint8_t *row = m.data + (first + i) * m.row_stride;

		/* Rows are 64-byte aligned: on a little-endian machine an
		   f32 row is an array of floats as it lies. */
		out[i] = in_place ? dot_f32((const void *)row, h,
					    (size_t)m.cols)
				  : dot_row(row, &m, h);
	}
	tk_fpenv_restore(env);
}
