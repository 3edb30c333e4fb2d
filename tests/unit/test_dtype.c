/* SPDX-License-Identifier: MIT */
/*
 * test_dtype.c - f16 and bf16 to f32 and back, against arithmetic in f64
 *
 * The library works on bits; here values are made with ldexp() and rounded
 * with nearbyint(), which knows nothing of bits.
 */
#include <fenv.h>
#include <float.h>
#include <math.h>

#include "base/dtype.h"
#include "rng.h"
#include "test.h"

struct narrow {
	int mantissa;	  /* bits stored */
	int min_exponent; /* of the smallest normal number */
	double max;	  /* the largest finite one */
	uint16_t infinity;
	uint16_t (*of)(float x);
};

static const struct narrow f16 = {10, -14, 65504, 0x7c00, tk_f32_to_f16};
static const struct narrow bf16 = {7, -126, 0x1.fep127, 0x7f80,
				   tk_f32_to_bf16};

/* The value of a pattern that is not a NaN. */
static double value(const struct narrow *t, uint16_t bits)
{
	int exponent = (bits & 0x7fff) >> t->mantissa;
	int mantissa = bits & ((1 << t->mantissa) - 1);
	double x;

	if ((bits & 0x7fff) == t->infinity)
		x = INFINITY;
	else if (!exponent)
		x = ldexp(mantissa, t->min_exponent - t->mantissa);
	else
		x = ldexp(mantissa + (1 << t->mantissa),
			  t->min_exponent - t->mantissa + exponent - 1);
	return bits & 0x8000 ? -x : x;
}

/* To nearest, ties to even; beyond the largest: infinity or it. */
static double rounded(const struct narrow *t, double x)
{
	int exponent;
	double unit, y;

	if (x == 0 || isinf(x))
		return x;
	frexp(x, &exponent);
	exponent--;
	if (exponent < t->min_exponent)
		exponent = t->min_exponent;
	unit = ldexp(1, exponent - t->mantissa);
	y = nearbyint(x / unit) * unit;
	return fabs(y) > t->max ? copysign(INFINITY, x) : copysign(y, x);
}

static bool is_nan(const struct narrow *t, uint16_t bits)
{
	return (bits & 0x7fff) > t->infinity;
}

static void check_narrowing(const struct narrow *t, float x)
{
	uint16_t bits = t->of(x);
	double expected;

	if (isnan(x)) {
		if (!is_nan(t, bits) || !signbit(x) != !(bits & 0x8000))
			fail_msg("NaN %08x gives %04x", tk_f32_to_bits(x),
				 bits);
		return;
	}
	expected = rounded(t, (double)x);
	if (is_nan(t, bits) || value(t, bits) != expected ||
	    !signbit(x) != !(bits & 0x8000))
		fail_msg("%a gives %04x, which is %a, not %a", (double)x, bits,
			 value(t, bits), expected);
}

static void check_widening(const struct narrow *t, uint16_t bits, float x)
{
	if (is_nan(t, bits) ? !isnan(x) : (double)x != value(t, bits))
		fail_msg("%04x gives %a", bits, (double)x);
	if (!signbit(x) != !(bits & 0x8000))
		fail_msg("%04x: sign", bits);
}

static void test_all_f16(void **state)
{
	(void)state;
	for (uint32_t bits = 0; bits < 65536; bits++) {
		float x = tk_f16_to_f32((uint16_t)bits);

		check_widening(&f16, (uint16_t)bits, x);
		if (is_nan(&f16, (uint16_t)bits))
			/* Payload kept, quiet bit set. */
			assert_int_equal(tk_f32_to_bits(x),
					 0x7fc00000 | (bits & 0x8000) << 16 |
						 (bits & 0x3ff) << 13);
		else
			assert_int_equal(tk_f32_to_f16(x), bits);
	}
}

static void test_all_bf16(void **state)
{
	(void)state;
	for (uint32_t bits = 0; bits < 65536; bits++) {
		float x = tk_bf16_to_f32((uint16_t)bits);

		check_widening(&bf16, (uint16_t)bits, x);
		assert_int_equal(tk_f32_to_bits(x), bits << 16);
		if (!is_nan(&bf16, (uint16_t)bits))
			assert_int_equal(tk_f32_to_bf16(x), bits);
	}
}

/* At, and one f32 beside, each number and each middle of two. */
static void check_boundaries(const struct narrow *t)
{
	for (uint32_t bits = 0; bits < t->infinity; bits++) {
		double a = value(t, (uint16_t)bits);
		double b = value(t, (uint16_t)(bits + 1));
		float middle;

		if (isinf(b))
			b = 2 * a - value(t, (uint16_t)(bits - 1));
		middle = (float)((a + b) / 2);
		for (int sign = -1; sign < 2; sign += 2) {
			float x = (float)sign * middle;
			float y = (float)(sign * a);

			check_narrowing(t, x);
			check_narrowing(t, nextafterf(x, 0));
			check_narrowing(t, nextafterf(x, x * 2));
			check_narrowing(t, y);
			check_narrowing(t, nextafterf(y, -INFINITY));
			check_narrowing(t, nextafterf(y, INFINITY));
		}
	}
}

static void test_boundaries(void **state)
{
	static const float edges[] = {
		FLT_MAX, -FLT_MAX, FLT_MIN,   65519.996F, 65520.0F, 65504.0F,
		1e30F,	 -1e30F,   0x1p-149F, 0x1p-25F,	  0x1.8p-25F,
	};
	static const uint32_t nans[] = {0x7f800001, 0xff800001, 0x7fc00000,
					0xffffffff, 0x7f80ffff, 0x7fbfe000};

	(void)state;
	check_boundaries(&f16);
	check_boundaries(&bf16);
	for (size_t i = 0; i < LEN(edges); i++) {
		check_narrowing(&f16, edges[i]);
		check_narrowing(&bf16, edges[i]);
	}
	for (size_t i = 0; i < LEN(nans); i++) {
		check_narrowing(&f16, tk_bits_to_f32(nans[i]));
		check_narrowing(&bf16, tk_bits_to_f32(nans[i]));
	}
	check_narrowing(&f16, INFINITY);
	check_narrowing(&bf16, -INFINITY);
	assert_int_equal(tk_f32_to_f16(-0.0F), 0x8000);
	assert_int_equal(tk_f32_to_bf16(-0.0F), 0x8000);
}

static void test_random(void **state)
{
	struct rng r = {3};

	(void)state;
	for (int i = 0; i < 1000000; i++) {
		check_narrowing(&bf16, rng_any_float(&r));
		/* Most of all floats are out of f16's reach. */
		check_narrowing(&f16, rng_float(&r) *
					      ldexpf(1, (int)(rng_u64(&r) %
							      45) -
								26));
	}
}

/* The bits decide, not the rounding mode of the caller. */
static void test_rounding_mode(void **state)
{
	static const int modes[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
	volatile float x = 1.0F + 0x1p-11F, y = 1.0F + 0x1p-8F;

	(void)state;
	for (size_t i = 0; i < LEN(modes); i++) {
		fesetround(modes[i]);
		uint16_t a = tk_f32_to_f16(x), b = tk_f32_to_bf16(y);
		fesetround(FE_TONEAREST);
		assert_int_equal(a, 0x3c00);
		assert_int_equal(b, 0x3f80);
	}
}

/* Straight from the table of spec/format.md 5. */
static uint64_t expected_stride(enum tk_dtype dtype, uint64_t c)
{
	uint64_t blocks = (c + 31) / 32;
	uint64_t size = dtype == TK_F32 ? 4 * c : dtype == TK_Q8 ? c : 2 * c;
	uint64_t stride = (size + 63) / 64 * 64;

	return dtype == TK_Q8 ? stride + (2 * blocks + 63) / 64 * 64 : stride;
}

static void test_strides(void **state)
{
	static const uint64_t more[] = {131071, 131072, 131073, 16777215,
					16777216};

	(void)state;
	for (enum tk_dtype t = TK_F32; t <= TK_Q8; t++) {
		for (uint64_t c = 1; c < 5000; c++)
			assert_int_equal(tk_row_stride(t, c),
					 expected_stride(t, c));
		for (size_t i = 0; i < LEN(more); i++)
			assert_int_equal(tk_row_stride(t, more[i]),
					 expected_stride(t, more[i]));
		assert_int_equal(tk_row_stride(t, 0), 0);
		assert_int_equal(tk_row_stride(t, 16777217), 0);
		assert_int_equal(tk_row_stride(t, UINT64_MAX), 0);
	}
	assert_int_equal(tk_row_stride(TK_BYTES, 64), 0);
	assert_int_equal(tk_row_stride((enum tk_dtype)5, 64), 0);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(tk_dtype_name(TK_BYTES), "bytes");
	assert_string_equal(tk_dtype_name(TK_F32), "f32");
	assert_string_equal(tk_dtype_name(TK_F16), "f16");
	assert_string_equal(tk_dtype_name(TK_BF16), "bf16");
	assert_string_equal(tk_dtype_name(TK_Q8), "q8");
	assert_string_equal(tk_dtype_name(5), "?");
	assert_string_equal(tk_dtype_name(65535), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_f16),
		cmocka_unit_test(test_all_bf16),
		cmocka_unit_test(test_boundaries),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_rounding_mode),
		cmocka_unit_test(test_strides),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
