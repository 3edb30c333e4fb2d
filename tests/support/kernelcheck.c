/* SPDX-License-Identifier: MIT */
/*
 * kernelcheck.c - does a kernel give the bits of the scalar one?
 */
#include "kernelcheck.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/dtype.h"

#define MOST_STRIDE (4 * CHECK_COLS)

static _Alignas(64) uint8_t data[CHECK_ROWS * MOST_STRIDE];
static float vectors[TK_BATCH * (CHECK_COLS + 1)];

/* ---- numbers ---- */

/* Bits of a float with 'm' mantissa bits and exponents up to 'infinity'. */
static uint32_t some_bits(struct rng *r, unsigned m, uint32_t infinity,
			  enum check_kind kind)
{
	uint64_t random = rng_u64(r);
	uint32_t mantissa = (uint32_t)random & ((UINT32_C(1) << m) - 1);
	uint32_t exponent = (uint32_t)(random >> 32) % infinity;
	unsigned dice = (unsigned)(random >> 56);

	if (kind == CHECK_NARROW)
		exponent = infinity / 2 - 4 + exponent % 8;
	if (kind == CHECK_SUBNORMAL && dice)
		exponent = 0;
	if (kind == CHECK_SPECIAL && dice < 2)
		exponent = infinity;
	if (kind == CHECK_SPECIAL && !dice)
		mantissa = 0;
	return exponent << m | mantissa;
}

static uint32_t bits_f32(struct rng *r, enum check_kind kind)
{
	return some_bits(r, 23, 255, kind) | (rng_u64(r) & 1 ? 1U << 31 : 0);
}

static uint16_t bits_f16(struct rng *r, enum check_kind kind)
{
	return (uint16_t)(some_bits(r, 10, 31, kind) |
			  (rng_u64(r) & 1 ? 0x8000 : 0));
}

static void put(uint8_t *p, uint32_t bits, size_t size)
{
	for (size_t i = 0; i < size; i++)
		p[i] = (uint8_t)(bits >> (8 * i));
}

static void make_row(uint8_t *row, struct rng *r, enum tk_dtype dtype,
		     size_t d, enum check_kind kind)
{
	for (size_t i = 0; i < d; i++)
		switch (dtype) {
		case TK_F32:
			put(row + 4 * i, bits_f32(r, kind), 4);
			break;
		case TK_F16:
			put(row + 2 * i, bits_f16(r, kind), 2);
			break;
		case TK_BF16:
			put(row + 2 * i, bits_f32(r, kind) >> 16, 2);
			break;
		default:
			row[i] = (uint8_t)rng_u64(r);
		}
	for (size_t i = 0; dtype == TK_Q8 && i < d; i += TK_Q8_BLOCK)
		put(row + tk_q8_scales_at(d) + i / TK_Q8_BLOCK * 2,
		    bits_f16(r, kind), 2);
}

struct check check_make(struct rng *r, enum tk_dtype dtype, size_t d,
			enum check_kind kind)
{
	struct check c = {{data, CHECK_ROWS, d, tk_row_stride(dtype, d),
			   dtype},
			  {0}};
	const size_t shift = (size_t)rng_below(r, 2);

	memset(data, 0xff, (size_t)(c.m.rows * c.m.row_stride));
	for (size_t i = 0; i < c.m.rows; i++)
		make_row(data + i * c.m.row_stride, r, dtype, d, kind);
	for (size_t j = 0; j < TK_BATCH; j++) {
		float *h = vectors + j * (CHECK_COLS + 1) + shift;

		/* An Inf or a NaN among the weights is enough. */
		for (size_t i = 0; i < d; i++)
			h[i] = tk_bits_to_f32(bits_f32(
				r, kind == CHECK_SPECIAL ? CHECK_WIDE : kind));
		c.hs[j] = h;
	}
	return c;
}

/* ---- comparing ---- */

/* Any NaN is as any other. */
static bool is_bit(float is, float must)
{
	return (isnan(is) && isnan(must)) || !memcmp(&is, &must, sizeof(is));
}

bool check_kernel(const struct check *c, const struct tk_kernel *kernel,
		  enum tk_sum sum, uint64_t first, uint64_t n, size_t n_hs)
{
	static float out[2][TK_BATCH][CHECK_ROWS + 1];
	const size_t n_sums = tk_n_sums(sum, n_hs);
	struct tk_dot_job job = {
		.m = &c->m, .first = first, .n = n, .sum = sum, .n_hs = n_hs};

	memcpy(job.hs, c->hs, sizeof(job.hs));
	memset(out, 0x55, sizeof(out));
	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; j < n_sums; j++)
			job.outs[j] = out[i][j];
		(i ? kernel : &tk_kernel_scalar)->dot(&job);
	}
	/* One more than there are: nothing may be written there. */
	for (size_t j = 0; j < n_sums; j++)
		for (size_t i = 0; i <= n; i++) {
			if (is_bit(out[1][j][i], out[0][j][i]))
				continue;
			fprintf(stderr,
				"%s, %s, %zu columns, sum %d, row %zu, vector "
				"%zu of %zu:\n%a, not %a\n",
				kernel->name,
				tk_dtype_name((uint16_t)c->m.dtype),
				(size_t)c->m.cols, (int)sum,
				(size_t)first + i, j, n_hs,
				(double)out[1][j][i], (double)out[0][j][i]);
			return false;
		}
	return true;
}

size_t check_columns(const struct tk_kernel *kernel, size_t from, size_t to,
		     size_t step)
{
	struct rng r = {from};
	size_t bad = 0;

	for (size_t d = from; d <= to; d += step)
		for (int dtype = TK_F32; dtype <= TK_Q8; dtype++) {
			const enum check_kind kind =
				(enum check_kind)((d / step + (size_t)dtype) %
						  N_CHECK_KINDS);
			const uint64_t first = rng_below(&r, 3);
			const uint64_t n = CHECK_ROWS - first;
			const struct check c =
				check_make(&r, (enum tk_dtype)dtype, d, kind);

			bad += !check_kernel(&c, kernel, TK_SUM_DOT, first, n,
					     1);
			bad += !check_kernel(&c, kernel, TK_SUM_DOT, first, n,
					     2 + (size_t)rng_below(&r, 7));
			bad += !check_kernel(&c, kernel, TK_SUM_SQUARE, first,
					     n, 0);
			bad += !check_kernel(&c, kernel, TK_SUM_DOT_SQUARE,
					     first, n, 1);
			bad += !check_kernel(&c, kernel, TK_SUM_DISTANCE,
					     first, n, 1);
		}
	return bad;
}

bool check_largest(const struct tk_kernel *kernel, struct rng *r, size_t n)
{
	float cosines[3][CHECK_KEYS], largest[2];

	for (size_t i = 0; i < 3 * n; i++)
		cosines[i % 3][i / 3] = rng_below(r, 40) ? rng_float(r) : NAN;
	for (int rule = TK_3COSADD; rule <= TK_3COSMUL; rule++) {
		for (size_t i = 0; i < 2; i++)
			largest[i] = (i ? kernel : &tk_kernel_scalar)
					     ->largest((enum tk_analogy_rule)
							       rule,
						       cosines[0], cosines[1],
						       cosines[2], n);
		if (is_bit(largest[1], largest[0]))
			continue;
		fprintf(stderr, "%s, largest of %zu, rule %d: %a, not %a\n",
			kernel->name, n, rule, (double)largest[1],
			(double)largest[0]);
		return false;
	}
	return true;
}

/* ---- planes of a sketch ---- */

static int8_t digits[2][CHECK_BLOCKS * TK_SKETCH_COLS];
static int32_t excess[CHECK_BLOCKS];
/* And one byte more: no address is a multiple of anything. */
static uint8_t plane[TK_STREAMS * CHECK_BLOCKS * TK_PLANE_BYTES + 1];
static uint8_t scale[TK_STREAMS * CHECK_BLOCKS * TK_SCALE_BYTES + 1];

static void make_digits(struct rng *r, size_t n_blocks, bool extreme)
{
	const int8_t all[2] = {rng_below(r, 2) ? 127 : -128,
			       rng_below(r, 2) ? 127 : -128};

	memset(excess, 0, sizeof(excess));
	for (size_t i = 0; i < n_blocks * TK_SKETCH_COLS; i++) {
		for (size_t k = 0; k < 2; k++)
			digits[k][i] = extreme ? all[k]
					       : (int8_t)(rng_below(r, 256) -
							  128);
		excess[i / TK_SKETCH_COLS] +=
			8 * (256 * digits[0][i] + digits[1][i]);
	}
}

static bool is_same(const struct tk_kernel *kernel, const float *is,
		    const float *must, size_t n_blocks)
{
	for (size_t j = 0; j < TK_SKETCH_ROWS; j++) {
		if (is_bit(is[j], must[j]))
			continue;
		fprintf(stderr,
			"%s, plane of %zu blocks, row %zu: %a, not %a\n",
			kernel->name, n_blocks, j, (double)is[j],
			(double)must[j]);
		return false;
	}
	return true;
}

bool check_planes(const struct tk_kernel *kernel, struct rng *r,
		  size_t n_planes, size_t n_blocks, bool extreme)
{
	static float out[2][TK_STREAMS][TK_SKETCH_ROWS];
	const size_t shift = (size_t)rng_below(r, 2);
	struct tk_plane_job job = {{{0}},     n_planes, digits[0],
				   digits[1], excess,	n_blocks};
	bool same = true;

	make_digits(r, n_blocks, extreme);
	for (size_t i = 0; i < n_planes * n_blocks * TK_PLANE_BYTES + 1; i++)
		plane[i] = extreme ? 255 : (uint8_t)rng_u64(r);
	for (size_t i = 0; i < n_planes * n_blocks * TK_SKETCH_ROWS; i++)
		put(scale + shift + 2 * i,
		    bits_f32(r, extreme ? CHECK_WIDE : CHECK_NARROW) >> 16, 2);
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < n_planes; k++)
			job.planes[k] = (struct tk_plane){
				plane + shift + k * n_blocks * TK_PLANE_BYTES,
				scale + shift + k * n_blocks * TK_SCALE_BYTES,
				out[i][k]};
		(i ? kernel : &tk_kernel_scalar)->plane(&job);
	}
	for (size_t k = 0; k < n_planes && same; k++)
		same = is_same(kernel, out[1][k], out[0][k], n_blocks);
	return same;
}
