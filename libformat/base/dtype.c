/* SPDX-License-Identifier: MIT */
/*
 * dtype.c - element sizes; f16 and bf16 to f32 and back
 *
 * Conversions are exact or work on the bits, so neither the rounding mode nor
 * flush-to-zero of the caller can touch them.
 */
#include "base/dtype.h"

float tk_f16_to_f32(uint16_t bits)
{
	return tk_widen_f16(bits);
}

/* x / 2^shift, to nearest, ties to even; 0 < shift < 32. */
static uint32_t shift_even(uint32_t x, unsigned shift)
{
	uint32_t half = UINT32_C(1) << (shift - 1);
	uint32_t rest = x & (2 * half - 1);
	uint32_t up = rest > half || (rest == half && (x >> shift & 1));

	return (x >> shift) + up;
}

uint16_t tk_f32_to_f16(float x)
{
	uint32_t bits = tk_f32_to_bits(x);
	uint32_t sign = bits >> 16 & 0x8000;
	uint32_t exponent = bits >> 23 & 255;
	uint32_t mantissa = bits & 0x7fffff;

	if (exponent == 255)
		return (uint16_t)(sign | 0x7c00 |
				  (mantissa ? 0x200 | mantissa >> 13 : 0));
	if (exponent > 142)
		return (uint16_t)(sign | 0x7c00);
	/* A carry out of the mantissa moves into the exponent by itself. */
	if (exponent > 112)
		return (uint16_t)(sign |
				  shift_even((exponent - 112) << 23 | mantissa,
					     13));
	if (exponent < 102)
		return (uint16_t)sign;
	return (uint16_t)(sign |
			  shift_even(mantissa | 0x800000, 126 - exponent));
}

uint16_t tk_f32_to_bf16(float x)
{
	uint32_t bits = tk_f32_to_bits(x);

	if ((bits & 0x7fffffff) > 0x7f800000)
		return (uint16_t)(bits >> 16 | 0x40);
	return (uint16_t)shift_even(bits, 16);
}

uint64_t tk_q8_scales_at(uint64_t cols)
{
	return (cols + 63) & ~UINT64_C(63);
}

uint64_t tk_row_stride(enum tk_dtype dtype, uint64_t cols)
{
	uint64_t scales = 2 * ((cols + TK_Q8_BLOCK - 1) / TK_Q8_BLOCK);

	if (!cols || cols > TK_MAX_ROWS)
		return 0;
	switch (dtype) {
	case TK_F32:
		return (4 * cols + 63) & ~UINT64_C(63);
	case TK_F16:
	case TK_BF16:
		return (2 * cols + 63) & ~UINT64_C(63);
	case TK_Q8:
		return tk_q8_scales_at(cols) + ((scales + 63) & ~UINT64_C(63));
	case TK_BYTES:
		break;
	}
	return 0;
}

const char *tk_dtype_name(uint16_t dtype)
{
	static const char *const names[] = {"bytes", "f32", "f16", "bf16",
					    "q8"};

	return dtype < sizeof(names) / sizeof(names[0]) ? names[dtype] : "?";
}
