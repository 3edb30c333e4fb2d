/* SPDX-License-Identifier: MIT */
/*
 * avx512.c - the canonical dot product with vectors of 512 bits
 */
#include "compute/kernels/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f")))
#define WIDTH 16
#define SUMS 16
#define ROWS 8
#define VEC_HOLD(x) __asm__("" : "+v"(x))

typedef __m512 vec;

TARGET static inline vec vec_zero(void)
{
	return _mm512_setzero_ps();
}

TARGET static inline vec vec_load(const float *p)
{
	return _mm512_loadu_ps(p);
}

TARGET static inline vec vec_splat(float x)
{
	return _mm512_set1_ps(x);
}

TARGET static inline void vec_store(float *p, vec x)
{
	_mm512_storeu_ps(p, x);
}

TARGET static inline vec vec_widen_f32(const uint8_t *chunk, size_t j)
{
	return _mm512_loadu_ps(chunk + 4 * j);
}

/* Exact; a NaN becomes quiet. */
TARGET static inline vec vec_widen_f16(const uint8_t *chunk, size_t j)
{
	return _mm512_cvtph_ps(
		_mm256_loadu_si256((const void *)(chunk + 2 * j)));
}

TARGET static inline vec vec_widen_bf16(const uint8_t *chunk, size_t j)
{
	__m512i x = _mm512_cvtepu16_epi32(
		_mm256_loadu_si256((const void *)(chunk + 2 * j)));

	return _mm512_castsi512_ps(_mm512_slli_epi32(x, 16));
}

TARGET static inline vec vec_widen_i8(const uint8_t *chunk, size_t j)
{
	return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(
		_mm_loadu_si128((const void *)(chunk + j))));
}

TARGET static inline vec vec_first(vec x, size_t n)
{
	return _mm512_maskz_mov_ps((__mmask16)((1U << n) - 1), x);
}

/* Parts of two vectors, of four lanes each: 0, 1, 2, 3 of x, then of y. */
#define PARTS(x, y, a, b) _mm512_shuffle_f32x4(x, y, (a) | (b) << 2 |          \
					       (a) << 4 | (b) << 6)

TARGET static inline void vec_fold4(float *out, vec a, vec b, vec c, vec d)
{
	vec ab = PARTS(a, b, 0, 1) + PARTS(a, b, 2, 3);
	vec cd = PARTS(c, d, 0, 1) + PARTS(c, d, 2, 3);
	vec t = PARTS(ab, cd, 0, 2) + PARTS(ab, cd, 1, 3);

	t = t + _mm512_permute_ps(t, 0x0e);
	t = t + _mm512_movehdup_ps(t);
	t = _mm512_permutexvar_ps(
		_mm512_castsi128_si512(_mm_setr_epi32(0, 4, 8, 12)), t);
	_mm_storeu_ps(out, _mm512_castps512_ps128(t));
}

#include "compute/kernels/vectorrows.h"

typedef __m512d wide;

TARGET static inline wide wide_low(vec x)
{
	return _mm512_cvtps_pd(_mm512_castps512_ps256(x));
}

TARGET static inline wide wide_high(vec x)
{
	return _mm512_cvtps_pd(_mm256_castpd_ps(
		_mm512_extractf64x4_pd(_mm512_castps_pd(x), 1)));
}

TARGET static inline wide wide_gap(wide x, wide y)
{
	return _mm512_abs_pd(_mm512_sub_pd(x, y));
}

TARGET static inline wide wide_max(wide x, wide y)
{
	return _mm512_max_pd(x, y);
}

TARGET static inline wide wide_add(wide s, wide x, wide y)
{
	return _mm512_fmadd_pd(x, y, s);
}

TARGET static inline vec vec_max(vec x, vec y)
{
	return _mm512_max_ps(x, y);
}

TARGET static inline void wide_store(double *p, wide x)
{
	_mm512_storeu_pd(p, x);
}

#include "compute/kernels/deltas.h"
#include "compute/kernels/adds.h"
#include "compute/kernels/triples.h"

static bool is_supported(void)
{
	return __builtin_cpu_supports("avx512f");
}

const struct tk_kernel tk_kernel_avx512 = {
	"avx512", is_supported, dot,
	tk_plane_avx512, tk_exp_sum_avx512,
	delta, add, largest,
};

#endif
