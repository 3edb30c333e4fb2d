/* SPDX-License-Identifier: MIT */
/*
 * planeneon.c - a plane of a sketch with the vectors of 64-bit Arm
 *
 * A vector has four bytes of each of 4 rows.  A product of one column is at
 * most 1920, so the 16 of a block fit into 16 bits.
 */
#include "compute/kernels/kernels.h"

#if defined(__aarch64__) && defined(__AARCH64EL__)
#include <arm_neon.h>

#define ROWS 4 /* of a vector */

/* The products of two rows and four columns each with one digit. */
struct products {
	int16x8_t first, second;
};

/* Four digits, for every row. */
static inline int8x16_t digits(const int8_t *n)
{
	int32_t four;

	__builtin_memcpy(&four, n, sizeof(four));
	return vreinterpretq_s8_s32(vdupq_n_s32(four));
}

static inline void add(struct products *s, int8x16_t nibbles, int8x16_t n)
{
	s->first = vmlal_s8(s->first, vget_low_s8(nibbles), vget_low_s8(n));
	s->second = vmlal_high_s8(s->second, nibbles, n);
}

/* One sum a row. */
static inline int32x4_t fold(struct products s)
{
	return vpaddq_s32(vpaddlq_s16(s.first), vpaddlq_s16(s.second));
}

/* Rows 'row' and the next three, of block b: 256 s1 + s0. */
static inline int32x4_t multiply(const struct tk_plane *plane,
				 const struct tk_plane_job *job, size_t b,
				 size_t row)
{
	const uint8_t *p = plane->nibbles + b * TK_PLANE_BYTES + 4 * row;
	const int8_t *n1 = job->n1 + b * TK_SKETCH_COLS;
	const int8_t *n0 = job->n0 + b * TK_SKETCH_COLS;
	const int16x8_t zero = vdupq_n_s16(0);
	struct products s1 = {zero, zero}, s0 = {zero, zero};

	for (size_t i = 0; i < TK_SKETCH_COLS; i += TK_GROUP_COLS) {
		uint8x16_t bytes = vld1q_u8(p);
		int8x16_t low = vreinterpretq_s8_u8(
			vandq_u8(bytes, vdupq_n_u8(15)));
		int8x16_t high = vreinterpretq_s8_u8(vshrq_n_u8(bytes, 4));

		add(&s1, low, digits(n1 + i));
		add(&s0, low, digits(n0 + i));
		add(&s1, high, digits(n1 + i + 4));
		add(&s0, high, digits(n0 + i + 4));
		p += TK_GROUP_BYTES;
	}
	return vaddq_s32(vshlq_n_s32(fold(s1), 8), fold(s0));
}

static inline float32x4_t scales(const uint8_t *p)
{
	uint16x4_t x = vreinterpret_u16_u8(vld1_u8(p));

	return vreinterpretq_f32_u32(vshll_n_u16(x, 16));
}

static inline void add_block(const struct tk_plane *plane,
			     const struct tk_plane_job *job, size_t b,
			     size_t row)
{
	float *out = plane->out + row;
	int32x4_t product = vsubq_s32(multiply(plane, job, b, row),
				      vdupq_n_s32(job->excess[b]));
	float32x4_t s = scales(plane->scale + b * TK_SCALE_BYTES + 2 * row);

	vst1q_f32(out, vld1q_f32(out) + s * vcvtq_f32_s32(product));
}

void tk_plane_neon(const struct tk_plane_job *job)
{
	for (size_t k = 0; k < job->n_planes; k++) {
		const struct tk_plane *plane = &job->planes[k];

		for (size_t j = 0; j < TK_SKETCH_ROWS; j++)
			plane->out[j] = 0;
		for (size_t b = 0; b < job->n_blocks; b++)
			for (size_t j = 0; j < TK_SKETCH_ROWS; j += ROWS)
				add_block(plane, job, b, j);
	}
}

#endif
