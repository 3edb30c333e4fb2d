/* SPDX-License-Identifier: MIT */
/*
 * blocks.c - the element types of foreign files, and their value in f32
 *
 * One function a block type.  Each product and each sum is rounded to f32 in
 * the order written, as ggml does it: so no statement has both (a compiler
 * may then not fuse them), and the file is compiled without contraction.
 */
#include "blocks.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include <libformat/compute.h>

#include "little.h"

/* Elements of a block of ggml's older types, and of its "K" types. */
#define SMALL 32
#define SUPER 256

/* ---- little-endian fields ---- */

static float get_f16(const uint8_t *p)
{
	return tk_f16_to_f32(little_u16(p));
}

static float get_bf16(const uint8_t *p)
{
	uint32_t bits = (uint32_t)little_u16(p) << 16;
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

static int get_i8(uint8_t byte)
{
	return byte < 128 ? byte : byte - 256;
}

/* ---- blocks of 32 ---- */

/* Element i of 32: the low halves of 16 bytes, then their high halves. */
static unsigned nibble(const uint8_t *p, unsigned i)
{
	return p[i & 15] >> 4 * (i >> 4) & 15;
}

static void q4_0(float *y, const uint8_t *b)
{
	float d = get_f16(b);

	for (unsigned i = 0; i < SMALL; i++)
		y[i] = (float)((int)nibble(b + 2, i) - 8) * d;
}

static void q4_1(float *y, const uint8_t *b)
{
	float d = get_f16(b);
	float m = get_f16(b + 2);

	for (unsigned i = 0; i < SMALL; i++) {
		float p = (float)nibble(b + 4, i) * d;

		y[i] = p + m;
	}
}

static void q5_0(float *y, const uint8_t *b)
{
	float d = get_f16(b);
	uint32_t high = little_u32(b + 2);

	for (unsigned i = 0; i < SMALL; i++) {
		unsigned q = nibble(b + 6, i) | (high >> i & 1) << 4;

		y[i] = (float)((int)q - 16) * d;
	}
}

static void q5_1(float *y, const uint8_t *b)
{
	float d = get_f16(b);
	float m = get_f16(b + 2);
	uint32_t high = little_u32(b + 4);

	for (unsigned i = 0; i < SMALL; i++) {
		unsigned q = nibble(b + 8, i) | (high >> i & 1) << 4;
		float p = (float)q * d;

		y[i] = p + m;
	}
}

static void q8_0(float *y, const uint8_t *b)
{
	float d = get_f16(b);

	for (unsigned i = 0; i < SMALL; i++)
		y[i] = (float)get_i8(b[2 + i]) * d;
}

/* The 16 levels of IQ4_NL and IQ4_XS. */
static const int8_t levels[16] = {
	-127, -104, -83, -65, -49, -35, -22, -10,
	1,    13,   25,	 38,  53,  69,	89,  113,
};

static void iq4_nl(float *y, const uint8_t *b)
{
	float d = get_f16(b);

	for (unsigned i = 0; i < SMALL; i++)
		y[i] = d * (float)levels[nibble(b + 2, i)];
}

/* ---- blocks of 256 ---- */

/*
 * Element i of 256 in 64 bytes of 2 bits each: every half of the block has
 * 32 bytes, whose lowest bits are the first 32 elements.
 */
static unsigned pair(const uint8_t *p, unsigned i)
{
	return p[32 * (i >> 7) + (i & 31)] >> 2 * (i >> 5 & 3) & 3;
}

static void q2_k(float *y, const uint8_t *b)
{
	float d = get_f16(b + 80);
	float d_min = get_f16(b + 82);

	for (unsigned i = 0; i < SUPER; i++) {
		unsigned scale = b[i >> 4];
		float s = d * (float)(scale & 15);
		float p = s * (float)pair(b + 16, i);
		float m = d_min * (float)(scale >> 4);

		y[i] = p - m;
	}
}

/* Scale k of 16: four low bits in bytes 0 to 7, two high ones after that. */
static int q3_k_scale(const uint8_t *s, unsigned k)
{
	unsigned low = k < 8 ? s[k] & 15U : s[k - 8] >> 4;
	unsigned high = s[8 + (k & 3)] >> 2 * (k >> 2) & 3;

	return (int)(low | high << 4) - 32;
}

static void q3_k(float *y, const uint8_t *b)
{
	float d = get_f16(b + 108);

	for (unsigned i = 0; i < SUPER; i++) {
		unsigned high = b[i & 31] >> (i >> 5) & 1;
		int q = (int)(pair(b + 32, i) | high << 2) - 4;
		float s = d * (float)q3_k_scale(b + 96, i >> 4);

		y[i] = s * (float)q;
	}
}

/* Scale and minimum k of 8, six bits each, packed into 12 bytes. */
static void q4_k_scale(unsigned *scale, unsigned *min, const uint8_t *s,
		       unsigned k)
{
	if (k < 4) {
		*scale = s[k] & 63;
		*min = s[k + 4] & 63;
		return;
	}
	*scale = (s[k + 4] & 15U) | (unsigned)s[k - 4] >> 6 << 4;
	*min = (unsigned)s[k + 4] >> 4 | (unsigned)s[k] >> 6 << 4;
}

/* Q4_K and Q5_K differ in the fifth bits, which are NULL in Q4_K. */
static void q45_k(float *y, const uint8_t *b, const uint8_t *fifth,
		  const uint8_t *low)
{
	float d = get_f16(b);
	float d_min = get_f16(b + 2);

	for (unsigned i = 0; i < SUPER; i++) {
		unsigned k = i >> 5;
		unsigned q = low[32 * (i >> 6) + (i & 31)] >> 4 * (k & 1) & 15;
		unsigned scale, min;
		float s, p, m;

		if (fifth)
			q |= (fifth[i & 31] >> k & 1U) << 4;
		q4_k_scale(&scale, &min, b + 4, k);
		s = d * (float)scale;
		p = s * (float)q;
		m = d_min * (float)min;
		y[i] = p - m;
	}
}

static void q4_k(float *y, const uint8_t *b)
{
	q45_k(y, b, NULL, b + 16);
}

static void q5_k(float *y, const uint8_t *b)
{
	q45_k(y, b, b + 16, b + 48);
}

static void q6_k(float *y, const uint8_t *b)
{
	float d = get_f16(b + 208);

	for (unsigned i = 0; i < SUPER; i++) {
		unsigned quarter = i >> 5 & 3;
		unsigned at = 64 * (i >> 7) + 32 * (quarter & 1) + (i & 31);
		unsigned low = b[at] >> 4 * (quarter >> 1) & 15;
		unsigned q = low | pair(b + 128, i) << 4;
		float s = d * (float)get_i8(b[192 + (i >> 4)]);

		y[i] = s * (float)((int)q - 32);
	}
}

static void iq4_xs(float *y, const uint8_t *b)
{
	float d = get_f16(b);
	unsigned high = little_u16(b + 2);

	for (unsigned i = 0; i < SUPER; i++) {
		size_t k = i >> 5;
		unsigned low = b[4 + (k >> 1)] >> 4 * (k & 1) & 15;
		int scale = (int)(low | (high >> 2 * k & 3) << 4) - 32;
		float s = d * (float)scale;

		y[i] = s * (float)levels[nibble(b + 8 + 16 * k, i & 31)];
	}
}

/* ---- the table ---- */

static const struct {
	const char *name;
	uint32_t elements; /* of a block */
	uint32_t bytes;	   /* of a block */
	void (*expand)(float *y, const uint8_t *b); /* NULL: plain elements */
} types[ELEM_COUNT] = {
	[ELEM_F32] = {"F32", 1, 4, NULL},
	[ELEM_F16] = {"F16", 1, 2, NULL},
	[ELEM_BF16] = {"BF16", 1, 2, NULL},
	[ELEM_F64] = {"F64", 1, 8, NULL},
	[ELEM_Q4_0] = {"Q4_0", SMALL, 18, q4_0},
	[ELEM_Q8_0] = {"Q8_0", SMALL, 34, q8_0},
	[ELEM_Q4_K] = {"Q4_K", SUPER, 144, q4_k},
	[ELEM_Q6_K] = {"Q6_K", SUPER, 210, q6_k},
	[ELEM_Q4_1] = {"Q4_1", SMALL, 20, q4_1},
	[ELEM_Q5_0] = {"Q5_0", SMALL, 22, q5_0},
	[ELEM_Q5_1] = {"Q5_1", SMALL, 24, q5_1},
	[ELEM_Q2_K] = {"Q2_K", SUPER, 84, q2_k},
	[ELEM_Q3_K] = {"Q3_K", SUPER, 110, q3_k},
	[ELEM_Q5_K] = {"Q5_K", SUPER, 176, q5_k},
	[ELEM_IQ4_NL] = {"IQ4_NL", SMALL, 18, iq4_nl},
	[ELEM_IQ4_XS] = {"IQ4_XS", SUPER, 136, iq4_xs},
};

const char *elem_name(enum elem e)
{
	return types[e].name;
}

uint64_t elem_row_bytes(enum elem e, uint64_t cols)
{
	uint64_t n = cols / types[e].elements;

	if (cols % types[e].elements || n > UINT64_MAX / types[e].bytes)
		return 0;
	return n * types[e].bytes;
}

/* From here on, a number is nearer to 2^128 than to the largest f32. */
#define F32_OVERFLOW 0x1.ffffffp127

/* False if a finite element is beyond the range of f32. */
static bool f64_row(float *out, const uint8_t *row, uint64_t cols)
{
	for (uint64_t i = 0; i < cols; i++) {
		double x = little_f64(row + 8 * i);

		if (isfinite(x) && fabs(x) >= F32_OVERFLOW)
			return false;
		out[i] = (float)x;
	}
	return true;
}

bool elem_row_to_f32(float *out, enum elem e, const uint8_t *row,
		     uint64_t cols)
{
	switch (e) {
	case ELEM_F32:
		for (uint64_t i = 0; i < cols; i++)
			out[i] = little_f32(row + 4 * i);
		return true;
	case ELEM_F16:
		for (uint64_t i = 0; i < cols; i++)
			out[i] = get_f16(row + 2 * i);
		return true;
	case ELEM_BF16:
		for (uint64_t i = 0; i < cols; i++)
			out[i] = get_bf16(row + 2 * i);
		return true;
	case ELEM_F64:
		return f64_row(out, row, cols);
	default:
		for (uint64_t i = 0; i < cols; i += types[e].elements)
			types[e].expand(out + i, row + i / types[e].elements *
							   types[e].bytes);
		return true;
	}
}
