/* SPDX-License-Identifier: MIT */
/*
 * dot.c - rows of a matrix: widened to f32, packed, and dotted with a vector
 */
#include "compute/dot.h"

#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "base/endian.h"
#include "base/fail.h"
#include "base/fpenv.h"
#include "libformat/nearest.h"

/* ---- widening, exact ---- */

void tk_row_to_f32(float *out, struct tk_matrix m, uint64_t row)
{
	tk_fpenv env = tk_fpenv_set();

	tk_widen(out, m.data + row * m.row_stride, &m, 0, (size_t)m.cols);
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
	bool fits = true;
	tk_fpenv env;

	if (!stride)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "%llu columns of dtype %d are no row of a "
			       "matrix",
			       (unsigned long long)cols, (int)dtype);
	env = tk_fpenv_set();
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
	case TK_BYTES: /* has no stride */
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

/* h of this many bytes is moved to where vectors load fastest. */
#define MOVED_BYTES 65536

/* NaN payloads differ between machines. */
static void settle_nans(float *out, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		if (isnan(out[i]))
			out[i] = tk_bits_to_f32(0x7fc00000);
}

static void run(const struct tk_dot_job *job)
{
	tk_fpenv env = tk_fpenv_set();

	tk_kernel_choose()->dot(job);
	tk_fpenv_restore(env);
	for (size_t j = 0; j < tk_n_sums(job->sum, job->n_hs); j++)
		settle_nans(job->outs[j], job->n);
}

/*
 * A vector of 64 bytes that lies across two lines of the cache is loaded
 * twice, for every row anew.
 */
static void run_aligned(const struct tk_dot_job *job)
{
	_Alignas(64) float moved[MOVED_BYTES / sizeof(float)];
	const size_t d = (size_t)job->m->cols;
	const size_t stride = (d + 15) & ~(size_t)15;
	struct tk_dot_job aligned = *job;

	for (size_t j = 0; j < job->n_hs; j++) {
		memcpy(moved + j * stride, job->hs[j], d * sizeof(float));
		aligned.hs[j] = moved + j * stride;
	}
	run(&aligned);
}

static bool must_move(const struct tk_dot_job *job)
{
	const uint64_t floats = (job->m->cols + 15) * job->n_hs;
	uintptr_t bits = 0;

	for (size_t j = 0; j < job->n_hs; j++)
		bits |= (uintptr_t)job->hs[j];
	return bits % 64 && floats <= MOVED_BYTES / sizeof(float) &&
	       job->n > 16;
}

void tk_run_dot(struct tk_dot_job *job)
{
	if (must_move(job))
		run_aligned(job);
	else
		run(job);
}

void tk_dot_batch(float *out, size_t stride, struct tk_matrix m,
		  uint64_t first, uint64_t n, const float *hs, size_t n_hs)
{
	for (size_t j = 0; j < n_hs; j += TK_BATCH) {
		struct tk_dot_job job = {.m = &m, .first = first, .n = n};

		for (; job.n_hs < TK_BATCH && j + job.n_hs < n_hs;
		     job.n_hs++) {
			size_t k = j + job.n_hs;

			job.hs[job.n_hs] = hs + k * (size_t)m.cols;
			job.outs[job.n_hs] = out + k * stride;
		}
		tk_run_dot(&job);
	}
}

void tk_dot_rows(float *out, struct tk_matrix m, uint64_t first, uint64_t n,
		 const float *h)
{
	tk_dot_batch(out, 0, m, first, n, h, 1);
}

void tk_dot_squares(float *squares, float *dots, struct tk_matrix m,
		    uint64_t first, uint64_t n, const float *h)
{
	struct tk_dot_job job = {
		.m = &m,
		.first = first,
		.n = n,
		.sum = h ? TK_SUM_DOT_SQUARE : TK_SUM_SQUARE,
		.n_hs = h != NULL,
		.hs = {h},
		.outs = {h ? dots : squares, squares},
	};

	tk_run_dot(&job);
}

/* One pair is not worth looking for a kernel. */
float tk_dot(const float *w, const float *h, size_t n)
{
	tk_fpenv env = tk_fpenv_set();
	float x = tk_dot_scalar(w, h, n);

	TK_FPENV_HOLD(x);
	tk_fpenv_restore(env);
	settle_nans(&x, 1);
	return x;
}
