/* SPDX-License-Identifier: MIT */
/*
 * neon.c - the canonical dot product with the vectors of 64-bit Arm
 */
#include "compute/kernels/kernels.h"

#if defined(__aarch64__) && defined(__AARCH64EL__)
#include <arm_neon.h>

#define TARGET
#define WIDTH 4
#define SUMS 16
#define ROWS 4
#define VEC_HOLD(x) __asm__("" : "+w"(x))

typedef float32x4_t vec;

static inline vec vec_zero(void)
{
	return vdupq_n_f32(0);
}

static inline vec vec_load(const float *p)
{
	return vld1q_f32(p);
}

static inline vec vec_splat(float x)
{
	return vdupq_n_f32(x);
}

static inline void vec_store(float *p, vec x)
{
	vst1q_f32(p, x);
}

static inline vec vec_widen_f32(const uint8_t *chunk, size_t j)
{
	return vreinterpretq_f32_u8(vld1q_u8(chunk + 4 * j));
}

/* Exact; a NaN becomes quiet. */
static inline vec vec_widen_f16(const uint8_t *chunk, size_t j)
{
	return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(chunk + 2 * j)));
}

static inline vec vec_widen_bf16(const uint8_t *chunk, size_t j)
{
	uint16x4_t x = vreinterpret_u16_u8(vld1_u8(chunk + 2 * j));

	return vreinterpretq_f32_u32(vshll_n_u16(x, 16));
}

static inline vec vec_widen_i8(const uint8_t *chunk, size_t j)
{
	uint32_t four;
	int16x8_t x;

	__builtin_memcpy(&four, chunk + j, sizeof(four));
	x = vmovl_s8(vreinterpret_s8_u32(vdup_n_u32(four)));
	return vcvtq_f32_s32(vmovl_s16(vget_low_s16(x)));
}

static inline vec vec_first(vec x, size_t n)
{
	static const uint32_t lanes[WIDTH] = {0, 1, 2, 3};
	uint32x4_t keep = vcgtq_u32(vdupq_n_u32((uint32_t)n), vld1q_u32(lanes));

	return vreinterpretq_f32_u32(
		vandq_u32(vreinterpretq_u32_f32(x), keep));
}

static inline void vec_fold4(float *out, vec a, vec b, vec c, vec d)
{
	vec ab = vcombine_f32(vget_low_f32(a), vget_low_f32(b)) +
		 vcombine_f32(vget_high_f32(a), vget_high_f32(b));
	vec cd = vcombine_f32(vget_low_f32(c), vget_low_f32(d)) +
		 vcombine_f32(vget_high_f32(c), vget_high_f32(d));

	vst1q_f32(out, vpaddq_f32(ab, cd));
}

#include "compute/kernels/vectorrows.h"

typedef float64x2_t wide;

static inline wide wide_low(vec x)
{
	return vcvt_f64_f32(vget_low_f32(x));
}

static inline wide wide_high(vec x)
{
	return vcvt_high_f64_f32(x);
}

static inline wide wide_gap(wide x, wide y)
{
	return vabdq_f64(x, y);
}

static inline wide wide_max(wide x, wide y)
{
	return vbslq_f64(vcgtq_f64(x, y), x, y);
}

static inline wide wide_add(wide s, wide x, wide y)
{
	return vfmaq_f64(s, x, y);
}

static inline vec vec_max(vec x, vec y)
{
	return vbslq_f32(vcgtq_f32(x, y), x, y);
}

static inline void wide_store(double *p, wide x)
{
	vst1q_f64(p, x);
}

#include "compute/kernels/deltas.h"
#include "compute/kernels/adds.h"
#include "compute/kernels/triples.h"

/* Every 64-bit Arm has it. */
static bool is_supported(void)
{
	return true;
}

const struct tk_kernel tk_kernel_neon = {
	"neon", is_supported, dot,
	tk_plane_neon, tk_exp_sum_scalar,
	delta, add, largest,
};

#endif
