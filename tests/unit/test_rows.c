/* SPDX-License-Identifier: MIT */
/*
 * test_rows.c - rows of matrices: packed, widened, and the canonical dot
 * product of spec/compute.md 1, done over in f64
 */
#include <float.h>
#include <math.h>

#include "base/dtype.h"
#include "fpmodes.h"
#include "guard.h"
#include "rng.h"
#include "test.h"

static struct tk_error err;

/* Both factors are binary32, so the binary64 result rounds once. */
static float times(float a, float b)
{
	return (float)((double)a * (double)b);
}

static float plus(float a, float b)
{
	return (float)((double)a + (double)b);
}

static float simple_dot(const float *w, const float *h, size_t d)
{
	float t[32] = {0};

	for (size_t p = 0; p < d; p += 512) {
		float a[32] = {0};

		for (size_t i = p; i < p + 512 && i < d; i++)
			a[i % 32] = plus(a[i % 32], times(w[i], h[i]));
		for (size_t j = 0; j < 32; j++)
			t[j] = p ? plus(t[j], a[j]) : a[j];
	}
	for (size_t s = 16; s; s /= 2)
		for (size_t j = 0; j < s; j++)
			t[j] = plus(t[j], t[j + s]);
	return t[0];
}

static void expect_bits(const char *what, size_t n, float is, float must)
{
	if (isnan(must) ? !isnan(is)
			: tk_f32_to_bits(is) != tk_f32_to_bits(must))
		fail_msg("%s %zu: %a, not %a", what, n, (double)is,
			 (double)must);
}

/* Numbers of many sizes, so that the order of sums shows. */
static void fill(float *x, size_t n, struct rng *r)
{
	for (size_t i = 0; i < n; i++)
		x[i] = ldexpf(rng_float(r), (int)rng_below(r, 30) - 15);
}

#define MOST 1100

static void test_dot(void **state)
{
	static float w[MOST], h[MOST];
	struct rng r = {31};

	(void)state;
	assert_true(tk_dot(w, h, 0) == 0);
	for (size_t d = 1; d <= MOST; d++) {
		fill(w, d, &r);
		fill(h, d, &r);
		expect_bits("d", d, tk_dot(w, h, d), simple_dot(w, h, d));
	}
	for (size_t i = 0; i < MOST; i++)
		h[i] = w[i] = -0.0F;
	expect_bits("zeros", 0, tk_dot(w, h, 7), 0.0F);
}

/* Sizes at which a sum overflows, vanishes or is no number. */
static void test_dot_of_extremes(void **state)
{
	static const float v[] = {0,	   -0.0F,     FLT_MAX, -FLT_MAX,
				  FLT_MIN, 0x1p-149F, INFINITY, -INFINITY,
				  NAN,	   1,	      -1,      0x1p-75F};
	static float w[MOST], h[MOST];
	struct rng r = {37};

	(void)state;
	for (int round = 0; round < 3000; round++) {
		size_t d = 1 + rng_below(&r, 100);
		size_t kinds = round % 2 ? LEN(v) : 6;

		for (size_t i = 0; i < d; i++) {
			w[i] = v[rng_below(&r, kinds)];
			h[i] = v[rng_below(&r, kinds)];
		}
		expect_bits("round", (size_t)round, tk_dot(w, h, d),
			    simple_dot(w, h, d));
	}
}

/* ---- matrices ---- */

/* The value of an element, straight from spec/format.md 5. */
static float element(const uint8_t *row, enum tk_dtype dtype, size_t cols,
		     size_t i)
{
	const uint8_t *scale = row + (cols + 63) / 64 * 64 + i / 32 * 2;
	const uint8_t *p = row + (dtype == TK_F32 ? 4 : 2) * i;
	uint32_t bits;
	float x;

	switch (dtype) {
	case TK_F16:
		return tk_f16_to_f32((uint16_t)(p[0] | p[1] << 8));
	case TK_BF16:
		bits = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 24;
		break;
	case TK_Q8:
		return times(tk_f16_to_f32((uint16_t)(scale[0] |
						      scale[1] << 8)),
			     (int8_t)row[i]);
	default:
		bits = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
		       (uint32_t)p[3] << 24;
	}
	memcpy(&x, &bits, 4);
	return x;
}

static void check_matrix(struct tk_matrix m, const float *h)
{
	static float row[MOST], other[MOST], out[8];

	tk_dot_rows(out, m, 1, 2, h);
	for (uint64_t r = 0; r < m.rows; r++) {
		const uint8_t *p = m.data + r * m.row_stride;

		for (size_t i = 0; i < m.cols; i++)
			row[i] = element(p, m.dtype, m.cols, i);
		tk_row_to_f32(other, m, r);
		for (size_t i = 0; i < m.cols; i++)
			expect_bits("column", i, other[i], row[i]);
		if (r)
			expect_bits("row of d", m.cols, out[r - 1],
				    simple_dot(row, h, m.cols));
	}
}

/* Any bytes at all are three rows of some matrix. */
static void test_rows_of_any_bytes(void **state)
{
	static float h[MOST];
	static uint8_t bytes[3 * 4 * (MOST + 64)];
	struct rng r = {41};

	(void)state;
	for (enum tk_dtype t = TK_F32; t <= TK_Q8; t++)
		for (size_t d = 1; d <= MOST; d += d < 70 ? 1 : 41) {
			struct tk_matrix m = {.rows = 3, .cols = d,
					      .dtype = t};
			struct guard g;

			m.row_stride = tk_row_stride(t, d);
			for (size_t i = 0; i < 3 * m.row_stride; i++)
				bytes[i] = (uint8_t)rng_u64(&r);
			fill(h, d, &r);
			g = guard_copy(bytes, 3 * m.row_stride, 64);
			m.data = g.data;
			check_matrix(m, h);
			guard_free(&g);
		}
}

/* ---- packing ---- */

/* Padding is zero; f32, f16 and bf16 are tested in test_dtype.c. */
static void check_packed(enum tk_dtype dtype, const float *x, size_t d)
{
	static uint8_t row[4 * MOST + 64];
	size_t stride = tk_row_stride(dtype, d);
	size_t used = dtype == TK_F32 ? 4 * d : dtype == TK_Q8 ? d : 2 * d;
	size_t scales = (d + 63) / 64 * 64;

	memset(row, 0xaa, sizeof(row));
	assert_ok(tk_row_from_f32(row, dtype, x, d, &err), err);
	for (size_t i = 0; i < d; i++) {
		float is = element(row, dtype, d, i);

		if (dtype == TK_F32)
			expect_bits("f32", i, is, x[i]);
		else if (dtype == TK_F16)
			assert_int_equal(tk_f32_to_f16(x[i]),
					 tk_f32_to_f16(is));
		else if (dtype == TK_BF16)
			assert_int_equal(tk_f32_to_bf16(x[i]),
					 tk_f32_to_bf16(is));
	}
	for (size_t i = used; i < stride; i++)
		if (row[i] && !(dtype == TK_Q8 && i >= scales &&
				i < scales + (d + 31) / 32 * 2))
			fail_msg("padding of %s, %zu columns",
				 tk_dtype_name((uint16_t)dtype), d);
	assert_int_equal(row[stride], 0xaa);
}

static void test_packing(void **state)
{
	static float x[MOST];
	struct rng r = {43};

	(void)state;
	for (enum tk_dtype t = TK_F32; t <= TK_Q8; t++)
		for (size_t d = 1; d < MOST; d += d < 70 ? 1 : 29) {
			fill(x, d, &r);
			check_packed(t, x, d);
		}
}

/* The smallest f16 that is at least max / 127, by trying all of them. */
static uint16_t smallest_scale(float max)
{
	uint16_t bits = 0;

	while (127 * (double)tk_f16_to_f32(bits) < (double)max)
		bits++;
	return bits;
}

static void test_q8(void **state)
{
	static uint8_t row[128];
	struct rng r = {47};
	float x[32];

	(void)state;
	for (int round = 0; round < 1500; round++) {
		float max = 0, s;
		uint16_t bits;

		for (size_t i = 0; i < 32; i++) {
			x[i] = ldexpf(rng_float(&r), round % 50 - 30);
			max = fmaxf(max, fabsf(x[i]));
		}
		if (round % 3 == 0) /* exactly on a scale */
			x[7] = max = 127 * tk_f16_to_f32(smallest_scale(max));
		assert_ok(tk_row_from_f32(row, TK_Q8, x, 32, &err), err);
		bits = (uint16_t)(row[64] | row[65] << 8);
		assert_int_equal(bits, smallest_scale(max));
		s = tk_f16_to_f32(bits);
		for (size_t i = 0; i < 32; i++)
			assert_int_equal((int8_t)row[i],
					 s > 0 ? (int)rint((double)x[i] /
							   (double)s)
					       : 0);
	}
}

static void test_unpackable(void **state)
{
	static const struct {
		enum tk_dtype dtype;
		float x;
		enum tk_status status;
	} values[] = {
		{TK_F32, INFINITY, TK_OK},	 {TK_F32, NAN, TK_OK},
		{TK_F16, INFINITY, TK_OK},	 {TK_F16, NAN, TK_OK},
		{TK_F16, 65519, TK_OK},		 {TK_F16, 65520, TK_E_VALUE},
		{TK_F16, -1e30F, TK_E_VALUE},	 {TK_BF16, -INFINITY, TK_OK},
		{TK_BF16, FLT_MAX, TK_E_VALUE},	 {TK_BF16, 3.38e38F, TK_OK},
		{TK_Q8, INFINITY, TK_E_VALUE},	 {TK_Q8, NAN, TK_E_VALUE},
		{TK_Q8, 127 * 65504.0F, TK_OK},	 {TK_Q8, 0, TK_OK},
		{TK_Q8, 8319009, TK_E_VALUE},	 {TK_Q8, -8319009, TK_E_VALUE},
		{TK_Q8, 0x1p-149F, TK_OK},
	};
	static uint8_t row[128];

	(void)state;
	for (size_t i = 0; i < LEN(values); i++) {
		float x[3] = {0, values[i].x, 1};

		if (tk_row_from_f32(row, values[i].dtype, x, 3, &err) !=
		    values[i].status)
			fail_msg("value %zu", i);
	}
}

/* What has no stride has no row, and nothing of it is written. */
static void test_no_row(void **state)
{
	static const struct {
		int dtype;
		uint64_t cols;
	} rows[] = {
		{TK_BYTES, 3}, {TK_Q8 + 1, 3}, {-1, 3}, {TK_F32, 0},
		{TK_Q8, 0}, {TK_F32, ((uint64_t)1 << 24) + 1},
		{TK_F16, UINT64_MAX},
	};
	float x[3] = {1, 2, 3};
	uint8_t row[64] = {77};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		assert_int_equal(tk_row_from_f32(row,
						 (enum tk_dtype)rows[i].dtype,
						 x, rows[i].cols, &err),
				 TK_E_ARGUMENT);
		assert_int_equal(row[0], 77);
	}
}

/* ---- the caller's modes ---- */

static void test_modes(void **state)
{
	static float w[600], h[600], v[600], row[600], first_row[600];
	static uint8_t q[1024], first_q[1024];
	struct tk_matrix m = {first_q, 1, 600, 1024, TK_Q8};
	struct rng r = {53};
	float first = 0;

	(void)state;
	for (size_t i = 0; i < 600; i++) {
		w[i] = ldexpf(rng_float(&r), -70); /* sums are subnormal */
		h[i] = ldexpf(rng_float(&r), -65);
		v[i] = rng_float(&r);
	}
	m.row_stride = tk_row_stride(TK_Q8, 600);
	for (int mode = 0; mode < N_FPMODES; mode++) {
		unsigned before;
		float dot;

		fpmode_set(mode);
		before = fpmode_get();
		dot = tk_dot(w, h, 600);
		tk_row_from_f32(q, TK_Q8, v, 600, NULL);
		if (!mode)
			memcpy(first_q, q, sizeof(q));
		tk_row_to_f32(row, m, 0);
		if (!mode) {
			first = dot;
			memcpy(first_row, row, sizeof(row));
		}
		if (fpmode_get() != before)
			fail_msg("mode %d is not restored", mode);
		fpmode_set(0);
		expect_bits("dot in mode", (size_t)mode, dot, first);
		assert_memory_equal(row, first_row, sizeof(row));
		assert_memory_equal(q, first_q, sizeof(q));
	}
	assert_true(first != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dot),
		cmocka_unit_test(test_dot_of_extremes),
		cmocka_unit_test(test_rows_of_any_bytes),
		cmocka_unit_test(test_packing),
		cmocka_unit_test(test_q8),
		cmocka_unit_test(test_unpackable),
		cmocka_unit_test(test_no_row),
		cmocka_unit_test(test_modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
