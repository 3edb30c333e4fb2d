/* SPDX-License-Identifier: MIT */
/*
 * test_decimal.c - decimal numbers, correctly rounded
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decimal.h"

static struct tk_bytes text(const char *s)
{
	return (struct tk_bytes){(const uint8_t *)s, strlen(s)};
}

static uint32_t bits_of(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static float of_bits(uint32_t bits)
{
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* Values worked out with exact rational arithmetic. */
static void test_f32(void **state)
{
	static const struct {
		const char *text;
		uint32_t bits;
	} known[] = {
		{"0", 0}, {"-0", 0x80000000}, {"-0.0e9", 0x80000000},
		{"1", 0x3f800000}, {"+1.50", 0x3fc00000}, {".5", 0x3f000000},
		{"5.", 0x40a00000}, {"1E2", 0x42c80000}, {"1e+2", 0x42c80000},
		{"100e-2", 0x3f800000}, {"0.1", 0x3dcccccd},
		{"-0.418", 0xbed60419}, {"16777217", 0x4b800000},
		{"16777219", 0x4b800002},
		/* half way, and a hair to either side: no double rounding */
		{"16777217.0000000000000000000000001", 0x4b800001},
		{"16777216.9999999999999999999999999", 0x4b800000},
		{"1.00000005960464477539062500", 0x3f800000},
		{"1.00000005960464477539062501", 0x3f800001},
		{"1.0000000596046448", 0x3f800001},
		{"1.00000005960464474", 0x3f800000},
		{"3.4028234663852886e38", 0x7f7fffff},
		{"340282356779733661637539395458142568447.9", 0x7f7fffff},
		{"1.17549435e-38", 0x00800000}, {"1e-45", 1}, {"7e-46", 0},
		{"7.1e-46", 1}, {"1e-400", 0}, {"-1e-99999999999", 0x80000000},
		{"0e99999999999", 0}, {"0000000000000000000000000000012.5",
					0x41480000},
		{"10000000000000000000000e-22", 0x3f800000},
	};
	float x;

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		assert_null(decimal_f32(&x, text(known[i].text)));
		if (bits_of(x) != known[i].bits)
			fail_msg("%s: %08x, not %08x", known[i].text,
				 bits_of(x), known[i].bits);
	}
}

static void test_not_numbers(void **state)
{
	static const char *const bad[] = {
		"", "-", "+", ".", "-.", "e5", ".e5", "1e", "1e+", "1.2.3",
		"1,5", "nan", "NaN", "inf", "-inf", "Infinity", "0x1p3",
		"0x10", "1_000", "1f", "--1", "+-1", "1e5.0", " 1", "1 ",
		"1\n", "\t1", "1e1e1", "1d5", "one",
	};
	float x;
	double y;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!decimal_f32(&x, text(bad[i])))
			fail_msg("%s is no number", bad[i]);
		assert_non_null(decimal_f64(&y, text(bad[i])));
	}
	/* A NUL is a byte like any other. */
	assert_non_null(decimal_f32(&x, (struct tk_bytes){
						(const uint8_t *)"1\0", 2}));
	assert_non_null(strstr(decimal_f32(&x, text("3.5e38")), "range"));
	assert_non_null(strstr(decimal_f32(&x, text("-1e400")), "range"));
	assert_non_null(strstr(decimal_f64(&y, text("1e309")), "range"));
	assert_non_null(strstr(
		decimal_f32(&x, text("340282356779733661637539395458142568448"
				     ".0")),
		"range"));
}

static void test_long(void **state)
{
	char digits[5000];
	float x;

	(void)state;
	memset(digits, '1', sizeof(digits));
	digits[1] = '.';
	assert_null(decimal_f32(&x, (struct tk_bytes){(uint8_t *)digits,
						      1000}));
	assert_int_equal(bits_of(x), 0x3f8e38e4);
	assert_null(decimal_f32(&x, (struct tk_bytes){(uint8_t *)digits,
						      4096}));
	assert_non_null(decimal_f32(&x, (struct tk_bytes){(uint8_t *)digits,
							  4097}));
}

/* Nine digits give back every f32, also where the C library is not asked. */
static void test_round_trip(void **state)
{
	uint32_t bits = 12345;
	char number[64];
	float x;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		bits = bits * 1664525 + 1013904223;
		if ((bits & 0x7f800000) == 0x7f800000)
			continue;
		snprintf(number, sizeof(number), "%.9g",
			 (double)of_bits(bits));
		assert_null(decimal_f32(&x, text(number)));
		assert_int_equal(bits_of(x), bits);
	}
}

/* Against the C library, on numbers near the middle of two f32. */
static void test_half_way(void **state)
{
	uint32_t bits = 99;
	char number[80];
	float x;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		double middle;

		bits = bits * 1664525 + 1013904223;
		/* from 2^-20 to 2^20, where the short way is taken */
		middle = ((double)of_bits(0x35800000 + bits % 0x14000000) +
			  (double)of_bits(0x35800001 + bits % 0x14000000)) /
			 2;
		snprintf(number, sizeof(number), "%.*g", 7 + i % 12, middle);
		assert_null(decimal_f32(&x, text(number)));
		if (bits_of(x) != bits_of(strtof(number, NULL)))
			fail_msg("%s", number);
	}
}

static void test_f64(void **state)
{
	double x;

	(void)state;
	assert_null(decimal_f64(&x, text("1e-5")));
	assert_true(x == 1e-5);
	assert_null(decimal_f64(&x, text("9007199254740993")));
	assert_true(x == 9007199254740992.0);
	assert_null(decimal_f64(&x, text("9.9999999999999995e-07")));
	assert_true(x == 1e-6);
	assert_null(decimal_f64(&x, text("1.7976931348623157e308")));
	assert_true(x == 1.7976931348623157e308);
}

static void test_u64(void **state)
{
	uint64_t x;

	(void)state;
	assert_null(decimal_u64(&x, text("18446744073709551615")));
	assert_true(x == UINT64_MAX);
	assert_null(decimal_u64(&x, text("007")));
	assert_true(x == 7);
	assert_non_null(decimal_u64(&x, text("18446744073709551616")));
	assert_non_null(decimal_u64(&x, text("99999999999999999999")));
	assert_non_null(decimal_u64(&x, text("")));
	assert_non_null(decimal_u64(&x, text("-1")));
	assert_non_null(decimal_u64(&x, text("1.0")));
	assert_non_null(decimal_u64(&x, text("1 ")));
}

static void test_row(void **state)
{
	static const uint8_t expected[12] = {0, 0, 0x80, 0x3f, 0, 0,
					     0, 0x40, 0, 0, 0x40, 0x40};
	struct tk_bytes line = text("  1 2   3 4x inf"), field;
	uint8_t row[12];

	(void)state;
	assert_null(decimal_row(row, &line, 3, false, &field));
	assert_memory_equal(row, expected, 12);
	assert_non_null(decimal_row(row, &line, 1, false, &field));
	assert_int_equal(field.len, 2);
	assert_memory_equal(field.ptr, "4x", 2);
	assert_null(decimal_row(NULL, &line, 1, true, &field));
	assert_non_null(decimal_row(row, &line, 1, true, &field));
	assert_int_equal(field.len, 0);
	line = text("-inf inf");
	assert_null(decimal_row(row, &line, 2, true, &field));
	assert_memory_equal(row, "\0\0\x80\xff\0\0\x80\x7f", 8);
	line = text("-inf");
	assert_non_null(decimal_row(row, &line, 1, false, &field));
	line = text("+inf");
	assert_non_null(decimal_row(row, &line, 1, true, &field));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_f32),
		cmocka_unit_test(test_not_numbers),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_half_way),
		cmocka_unit_test(test_f64),
		cmocka_unit_test(test_u64),
		cmocka_unit_test(test_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
