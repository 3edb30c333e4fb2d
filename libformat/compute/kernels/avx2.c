/* SPDX-License-Identifier: MIT */
/*
 * avx2.c - the canonical dot product with vectors of 256 bits, and F16C
 */
#include "compute/kernels/kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,f16c")))
#define WIDTH 8
#define SUMS 8
#define ROWS 4
#define VEC_HOLD(x) __asm__("" : "+x"(x))

typedef __m256 vec;

TARGET static inline vec vec_zero(void)
{
	return _mm256_setzero_ps();
}

TARGET static inline vec vec_load(const float *p)
{
	return _mm256_loadu_ps(p);
}

TARGET static inline vec vec_splat(float x)
{
	return _mm256_set1_ps(x);
}

TARGET static inline void vec_store(float *p, vec x)
{
	_mm256_storeu_ps(p, x);
}

TARGET static inline vec vec_widen_f32(const uint8_t *chunk, size_t j)
{
	return _mm256_loadu_ps((const void *)(chunk + 4 * j));
}

/* Exact; a NaN becomes quiet. */
TARGET static inline vec vec_widen_f16(const uint8_t *chunk, size_t j)
{
	return _mm256_cvtph_ps(
		_mm_loadu_si128((const void *)(chunk + 2 * j)));
}

TARGET static inline vec vec_widen_bf16(const uint8_t *chunk, size_t j)
{
	__m256i x = _mm256_cvtepu16_epi32(
		_mm_loadu_si128((const void *)(chunk + 2 * j)));

	return _mm256_castsi256_ps(_mm256_slli_epi32(x, 16));
}

TARGET static inline vec vec_widen_i8(const uint8_t *chunk, size_t j)
{
	return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(
		_mm_loadl_epi64((const void *)(chunk + j))));
}

TARGET static inline vec vec_first(vec x, size_t n)
{
	const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
	__m256i keep = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lanes);

	return _mm256_and_ps(x, _mm256_castsi256_ps(keep));
}

TARGET static inline void vec_fold4(float *out, vec a, vec b, vec c, vec d)
{
	vec ab = _mm256_permute2f128_ps(a, b, 0x20) +
		 _mm256_permute2f128_ps(a, b, 0x31);
	vec cd = _mm256_permute2f128_ps(c, d, 0x20) +
		 _mm256_permute2f128_ps(c, d, 0x31);
	/* lanes 0 and 1 of a, then of c; behind them, of b and d */
	vec t = _mm256_shuffle_ps(ab, cd, 0x44) +
		_mm256_shuffle_ps(ab, cd, 0xee);

	t = t + _mm256_movehdup_ps(t);
	_mm_storeu_ps(out, _mm_unpacklo_ps(
				   _mm_permute_ps(_mm256_castps256_ps128(t),
						  0x08),
				   _mm_permute_ps(_mm256_extractf128_ps(t, 1),
						  0x08)));
}

#include "compute/kernels/vectorrows.h"

/*
 * Asked of what the program found out when it started, if the compiler knows
 * the name: the instruction itself takes microseconds in a virtual machine.
 */
static bool has_f16c(void)
{
#if defined(__clang__) || __GNUC__ < 11
	unsigned a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
#else
	return __builtin_cpu_supports("f16c");
#endif
}

typedef __m256d wide;

TARGET static inline wide wide_low(vec x)
{
	return _mm256_cvtps_pd(_mm256_castps256_ps128(x));
}

TARGET static inline wide wide_high(vec x)
{
	return _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1));
}

TARGET static inline wide wide_gap(wide x, wide y)
{
	return _mm256_andnot_pd(_mm256_set1_pd(-0.0), _mm256_sub_pd(x, y));
}

TARGET static inline wide wide_max(wide x, wide y)
{
	return _mm256_max_pd(x, y);
}

TARGET static inline wide wide_add(wide s, wide x, wide y)
{
	return _mm256_add_pd(s, _mm256_mul_pd(x, y));
}

TARGET static inline vec vec_max(vec x, vec y)
{
	return _mm256_max_ps(x, y);
}

TARGET static inline void wide_store(double *p, wide x)
{
	_mm256_storeu_pd(p, x);
}

#include "compute/kernels/deltas.h"
#include "compute/kernels/adds.h"
#include "compute/kernels/triples.h"

/* "avx2" includes that the system keeps the registers; F16C needs no more. */
static bool is_supported(void)
{
	return __builtin_cpu_supports("avx2") && has_f16c();
}

const struct tk_kernel tk_kernel_avx2 = {
	"avx2", is_supported, dot,
	tk_plane_avx2, tk_exp_sum_avx2,
	delta, add, largest,
};

#endif
