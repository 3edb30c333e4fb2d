/* SPDX-License-Identifier: MIT */
/*
 * dtype.h - what an element is: its size, and f16 and bf16 to f32 and back
 */
#ifndef TK_DTYPE_H
#define TK_DTYPE_H

#include <stdint.h>
#include <string.h>

#include "libformat/dtype.h"

/* Columns that share one scale in q8. */
#define TK_Q8_BLOCK 32

/* Limits of spec/format.md 10. */
#define TK_MAX_ROWS (UINT64_C(1) << 24)
#define TK_MAX_COLS (UINT64_C(1) << 17)

static inline float tk_bits_to_f32(uint32_t bits)
{
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

static inline uint32_t tk_f32_to_bits(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static inline float tk_bf16_to_f32(uint16_t bits)
{
	return tk_bits_to_f32((uint32_t)bits << 16);
}

/*
 * Without branches, so that compilers can make vectors of it.  Exact, whatever
 * the rounding mode: a subnormal is a small integer times 2^-24.
 */
static inline float tk_widen_f16(uint16_t half)
{
	const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
	const uint32_t x = half & 0x7fff;
	const uint32_t quiet = x > 0x7c00 ? 0x400000 : 0;
	uint32_t bits = (x << 13) + (UINT32_C(112) << 23);

	if (x < 0x400)
		bits = tk_f32_to_bits((float)(int32_t)x * 0x1p-24f);
	if (x >= 0x7c00)
		bits = UINT32_C(0x7f800000) | x << 13 | quiet;
	return tk_bits_to_f32(sign | bits);
}

/* Nearest, ties to even; NaN keeps its sign and stays a NaN. */
uint16_t tk_f32_to_f16(float x);
uint16_t tk_f32_to_bf16(float x);

/* In q8, the bytes from the start of a row to its scales. */
uint64_t tk_q8_scales_at(uint64_t cols);

#endif /* TK_DTYPE_H */
