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

/* Nearest, ties to even; NaN keeps its sign and stays a NaN. */
uint16_t tk_f32_to_f16(float x);
uint16_t tk_f32_to_bf16(float x);

/* In q8, the bytes from the start of a row to its scales. */
uint64_t tk_q8_scales_at(uint64_t cols);

#endif /* TK_DTYPE_H */
