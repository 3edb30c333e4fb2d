/* SPDX-License-Identifier: MIT */
/*
 * planeavx2.c - a plane of a sketch with vectors of 256 bits
 *
 * A vector has four bytes of each of 8 rows.  A product of two columns is at
 * most 3840, so eight of them fit into 16 bits: four groups of columns, both
 * nibbles.
 */
#include "compute/kernels/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))
#define INLINE TARGET static inline __attribute__((always_inline))
#define ROWS 8	 /* of a vector */
#define VECS 2	 /* that share what is loaded of n */
#define GROUPS 4 /* until 16 bits are full */

/* Sums with both digits of n. */
struct sums {
	__m256i s1, s0;
};

/* Four digits, for every row. */
INLINE __m256i digits(const int8_t *n)
{
	int32_t four;

	__builtin_memcpy(&four, n, sizeof(four));
	return _mm256_set1_epi32(four);
}

INLINE void add_nibbles(struct sums *s, __m256i nibbles, __m256i n1,
			__m256i n0)
{
	s->s1 = _mm256_add_epi16(s->s1, _mm256_maddubs_epi16(nibbles, n1));
	s->s0 = _mm256_add_epi16(s->s0, _mm256_maddubs_epi16(nibbles, n0));
}

/* One group of columns, into sums of 16 bits. */
INLINE void add_group(struct sums s[VECS], const uint8_t *p, const int8_t *n1,
		      const int8_t *n0)
{
	const __m256i mask = _mm256_set1_epi8(15);

#pragma GCC unroll 2
	for (size_t v = 0; v < VECS; v++) {
		__m256i bytes = _mm256_loadu_si256(
			(const void *)(p + v * 4 * ROWS));

		add_nibbles(&s[v], _mm256_and_si256(bytes, mask), digits(n1),
			    digits(n0));
		bytes = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), mask);
		add_nibbles(&s[v], bytes, digits(n1 + 4), digits(n0 + 4));
	}
}

/* Half a block, from sums of 16 bits into sums of 32. */
INLINE void add_groups(struct sums total[VECS], const uint8_t *p,
		       const int8_t *n1, const int8_t *n0)
{
	const __m256i one = _mm256_set1_epi16(1);
	const __m256i zero = _mm256_setzero_si256();
	struct sums s[VECS] = {{zero, zero}, {zero, zero}};

#pragma GCC unroll 4
	for (size_t g = 0; g < GROUPS; g++)
		add_group(s, p + g * TK_GROUP_BYTES, n1 + g * TK_GROUP_COLS,
			  n0 + g * TK_GROUP_COLS);
#pragma GCC unroll 2
	for (size_t v = 0; v < VECS; v++) {
		total[v].s1 = _mm256_add_epi32(
			total[v].s1, _mm256_madd_epi16(s[v].s1, one));
		total[v].s0 = _mm256_add_epi32(
			total[v].s0, _mm256_madd_epi16(s[v].s0, one));
	}
}

/* The products of a block: whole numbers, of which f32 has the nearest. */
INLINE __m256 settle(struct sums s, __m256i excess)
{
	__m256i sum = _mm256_add_epi32(_mm256_slli_epi32(s.s1, 8), s.s0);

	return _mm256_cvtepi32_ps(_mm256_sub_epi32(sum, excess));
}

INLINE __m256 scales(const uint8_t *p)
{
	__m256i x = _mm256_cvtepu16_epi32(_mm_loadu_si128((const void *)p));

	return _mm256_castsi256_ps(_mm256_slli_epi32(x, 16));
}

/* VECS * ROWS rows of block b. */
INLINE void add_block(const struct tk_plane *plane,
		      const struct tk_plane_job *job, size_t b, size_t row)
{
	const size_t half = (size_t)GROUPS * TK_GROUP_COLS;
	const uint8_t *p = plane->nibbles + b * TK_PLANE_BYTES + 4 * row;
	const uint8_t *scale = plane->scale + b * TK_SCALE_BYTES + 2 * row;
	const int8_t *n1 = job->n1 + b * TK_SKETCH_COLS;
	const int8_t *n0 = job->n0 + b * TK_SKETCH_COLS;
	const __m256i zero = _mm256_setzero_si256();
	struct sums s[VECS] = {{zero, zero}, {zero, zero}};

	add_groups(s, p, n1, n0);
	add_groups(s, p + GROUPS * TK_GROUP_BYTES, n1 + half, n0 + half);
	for (size_t v = 0; v < VECS; v++) {
		float *out = plane->out + row + ROWS * v;
		__m256 product = settle(s[v],
					_mm256_set1_epi32(job->excess[b]));

		_mm256_storeu_ps(out, _mm256_loadu_ps(out) +
					      scales(scale + v * 2 * ROWS) *
						      product);
	}
}

TARGET void tk_plane_avx2(const struct tk_plane_job *job)
{
	for (size_t k = 0; k < job->n_planes; k++) {
		const struct tk_plane *plane = &job->planes[k];

		for (size_t j = 0; j < TK_SKETCH_ROWS; j++)
			plane->out[j] = 0;
		for (size_t b = 0; b < job->n_blocks; b++) {
			add_block(plane, job, b, 0);
			add_block(plane, job, b, (size_t)VECS * ROWS);
		}
	}
}

#endif
