/* SPDX-License-Identifier: MIT */
/*
 * test_utf8.c - is this UTF-8?  Against a decoder that goes the other way
 */
#include "base/utf8.h"
#include "guard.h"
#include "rng.h"
#include "test.h"

/* Encodes a scalar value; returns its length. */
static size_t encode(uint8_t *p, uint32_t c)
{
	if (c < 0x80) {
		p[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		p[0] = (uint8_t)(0xc0 + c / 64);
		p[1] = (uint8_t)(0x80 + c % 64);
		return 2;
	}
	if (c < 0x10000) {
		p[0] = (uint8_t)(0xe0 + c / 4096);
		p[1] = (uint8_t)(0x80 + c / 64 % 64);
		p[2] = (uint8_t)(0x80 + c % 64);
		return 3;
	}
	p[0] = (uint8_t)(0xf0 + c / 262144);
	p[1] = (uint8_t)(0x80 + c / 4096 % 64);
	p[2] = (uint8_t)(0x80 + c / 64 % 64);
	p[3] = (uint8_t)(0x80 + c % 64);
	return 4;
}

/* Legal are exactly the encodings of scalar values. */
static void test_every_code_point(void **state)
{
	uint8_t p[4];

	(void)state;
	for (uint32_t c = 0; c < 0x200000; c++) {
		size_t n = encode(p, c);
		bool legal = c < 0x110000 && (c < 0xd800 || c > 0xdfff);

		if (tk_is_utf8(p, n) != legal)
			fail_msg("U+%x", c);
		/* Nor any beginning of it. */
		for (size_t cut = 1; cut < n; cut++)
			assert_false(tk_is_utf8(p, cut));
	}
}

/* All 2- and 3-byte strings: as many legal ones as there must be. */
static void test_all_short_strings(void **state)
{
	size_t two = 0, three = 0;

	(void)state;
	for (uint32_t x = 0; x < 1 << 24; x++) {
		const uint8_t p[] = {(uint8_t)(x >> 16), (uint8_t)(x >> 8),
				     (uint8_t)x};

		three += tk_is_utf8(p, 3);
		two += p[2] == 0 && tk_is_utf8(p, 2);
	}
	/* 128 of one byte, 1920 of two, 63488 - 2048 of three. */
	assert_int_equal(two, 128 * 128 + 1920);
	assert_int_equal(three, 128 * 128 * 128 + 2 * 128 * 1920 +
					(65536 - 2048 - 2048));
}

static void test_overlong(void **state)
{
	static const char *const bad[] = {
		"\xc0\x80",	    "\xc1\xbf",		"\xe0\x80\x80",
		"\xe0\x9f\xbf",	    "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80",
		"\x80",		    "\xbf",		"\xfe",
		"\xff",		    "\xed\xa0\x80",	"\xed\xbf\xbf",
		"a\xc3",	    "\xc3(",		"\xe2\x82(",
	};

	(void)state;
	for (size_t i = 0; i < LEN(bad); i++)
		if (tk_is_utf8((const uint8_t *)bad[i], strlen(bad[i])))
			fail_msg("bad string %zu was accepted", i);
	assert_true(tk_is_utf8((const uint8_t *)"", 0));
	assert_true(tk_is_utf8(NULL, 0));
	assert_true(tk_is_utf8((const uint8_t *)"a\0b", 3));
}

/* Runs of characters, one byte spoilt; nothing is read behind the end. */
static void test_strings(void **state)
{
	struct rng r = {7};
	uint8_t text[64];

	(void)state;
	for (int round = 0; round < 2000; round++) {
		size_t n = 0;
		struct guard g;

		while (n < sizeof(text) - 4 - rng_below(&r, 40)) {
			uint32_t c = (uint32_t)rng_below(&r, 0x110000) >>
				     rng_below(&r, 20);

			n += encode(text + n, c / 0x800 == 27 ? 'x' : c);
		}
		g = guard_copy(text, n, 1);
		assert_true(tk_is_utf8(g.data, n));
		g.data[n - 1] = 0xf1;
		assert_false(tk_is_utf8(g.data, n));
		guard_free(&g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_code_point),
		cmocka_unit_test(test_all_short_strings),
		cmocka_unit_test(test_overlong),
		cmocka_unit_test(test_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
