/* SPDX-License-Identifier: MIT */
/*
 * planeavx512.c - a plane of a sketch with vectors of 512 bits and VNNI
 *
 * A vector has four bytes of each of 16 rows.  The high nibbles stay where
 * they are, 16 times as large, until a block is summed.
 *
 * The processor looks ahead in every stream of addresses, but in each of them
 * not far enough: block by block, panels take turns.
 */
#include "compute/kernels/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vnni")))
#define INLINE TARGET static inline __attribute__((always_inline))
#define HALF (TK_GROUP_BYTES / 2)

/* Sums of 16 rows: of low and high nibbles, with both digits of n. */
struct sums {
	__m512i low1, low0, high1, high0;
};

/* Four digits, for every row. */
INLINE __m512i digits(const int8_t *n)
{
	int32_t four;

	__builtin_memcpy(&four, n, sizeof(four));
	return _mm512_set1_epi32(four);
}

INLINE void add_half(struct sums *s, const uint8_t *p, __m512i first1,
		     __m512i first0, __m512i second1, __m512i second0)
{
	const __m512i mask = _mm512_set1_epi8(15);
	__m512i bytes = _mm512_loadu_si512(p);
	__m512i low = _mm512_and_si512(bytes, mask);
	__m512i high = _mm512_andnot_si512(mask, bytes);

	s->low1 = _mm512_dpbusd_epi32(s->low1, low, first1);
	s->low0 = _mm512_dpbusd_epi32(s->low0, low, first0);
	s->high1 = _mm512_dpbusd_epi32(s->high1, high, second1);
	s->high0 = _mm512_dpbusd_epi32(s->high0, high, second0);
}

INLINE void add_group(struct sums s[2], const uint8_t *p, const int8_t *n1,
		      const int8_t *n0)
{
	const __m512i first1 = digits(n1), second1 = digits(n1 + 4);
	const __m512i first0 = digits(n0), second0 = digits(n0 + 4);

	add_half(&s[0], p, first1, first0, second1, second0);
	add_half(&s[1], p + HALF, first1, first0, second1, second0);
}

/* The products of a block: whole numbers, of which f32 has the nearest. */
INLINE __m512 settle(const struct sums *s, __m512i excess)
{
	__m512i high = _mm512_add_epi32(_mm512_slli_epi32(s->high1, 8),
					s->high0);
	__m512i low = _mm512_add_epi32(_mm512_slli_epi32(s->low1, 8),
				       s->low0);
	__m512i sum = _mm512_add_epi32(low, _mm512_srai_epi32(high, 4));

	return _mm512_cvtepi32_ps(_mm512_sub_epi32(sum, excess));
}

INLINE __m512 scales(const uint8_t *p)
{
	__m512i x = _mm512_cvtepu16_epi32(
		_mm256_loadu_si256((const void *)p));

	return _mm512_castsi512_ps(_mm512_slli_epi32(x, 16));
}

/* The sums of the first 16 rows of a panel, and of the others. */
struct rows {
	__m512 first, second;
};

/* Block b of a panel. */
INLINE void add_block(struct rows *sum, const struct tk_plane *plane,
		      const struct tk_plane_job *job, size_t b)
{
	const uint8_t *p = plane->nibbles + b * TK_PLANE_BYTES;
	const uint8_t *scale = plane->scale + b * TK_SCALE_BYTES;
	const int8_t *n1 = job->n1 + b * TK_SKETCH_COLS;
	const int8_t *n0 = job->n0 + b * TK_SKETCH_COLS;
	const __m512i excess = _mm512_set1_epi32(job->excess[b]);
	const __m512i zero = _mm512_setzero_si512();
	struct sums s[2] = {{zero, zero, zero, zero},
			    {zero, zero, zero, zero}};

#pragma GCC unroll 8
	for (size_t i = 0; i < TK_SKETCH_COLS; i += TK_GROUP_COLS) {
		add_group(s, p, n1 + i, n0 + i);
		p += TK_GROUP_BYTES;
	}
	sum->first = sum->first + scales(scale) * settle(&s[0], excess);
	sum->second = sum->second + scales(scale + TK_SCALE_BYTES / 2) *
					    settle(&s[1], excess);
}

TARGET static void add_planes(const struct tk_plane_job *job)
{
	const struct rows zero = {_mm512_setzero_ps(), _mm512_setzero_ps()};
	struct rows sums[TK_STREAMS] = {zero, zero, zero, zero};

	for (size_t b = 0; b < job->n_blocks; b++)
#pragma GCC unroll 1
		for (size_t k = 0; k < job->n_planes; k++)
			add_block(&sums[k], &job->planes[k], job, b);
	for (size_t k = 0; k < job->n_planes; k++) {
		float *out = job->planes[k].out;

		_mm512_storeu_ps(out, sums[k].first);
		_mm512_storeu_ps(out + TK_SKETCH_ROWS / 2, sums[k].second);
	}
}

void tk_plane_avx512(const struct tk_plane_job *job)
{
	if (__builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512vnni"))
		add_planes(job);
	else
		tk_plane_avx2(job);
}

#endif
