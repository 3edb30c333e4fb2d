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

TARGET static inline float vec_fold(vec x)
{
	__m256 y = _mm256_add_ps(
		_mm512_castps512_ps256(x),
		_mm256_castpd_ps(_mm512_extractf64x4_pd(
			_mm512_castps_pd(x), 1)));
	__m128 z = _mm_add_ps(_mm256_castps256_ps128(y),
			      _mm256_extractf128_ps(y, 1));

	z = _mm_add_ps(z, _mm_movehl_ps(z, z));
	return _mm_cvtss_f32(_mm_add_ss(z, _mm_movehdup_ps(z)));
}

#include "compute/kernels/vectors.h"

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

static bool is_supported(void)
{
	return __builtin_cpu_supports("avx512f");
}

const struct tk_kernel tk_kernel_avx512 = {
	"avx512", is_supported, dot, tk_sum_scalar,
	tk_plane_avx512, tk_exp_sum_avx512,
	delta, add,
};

#endif
