/* SPDX-License-Identifier: MIT */
/*
 * test_bytelevel.c - GPT-2's byte alphabet
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bytelevel.h"

/* The alphabet as its authors define it: printable first, then in order. */
static void make_alphabet(unsigned alphabet[256])
{
	unsigned next = 0x100;

	for (unsigned b = 0; b < 256; b++) {
		int printable = (b >= '!' && b <= '~') ||
				(b >= 0xa1 && b <= 0xac) || b >= 0xae;

		alphabet[b] = printable ? b : next++;
	}
	assert_int_equal(next, 0x100 + 68);
}

static size_t put_char(uint8_t *p, unsigned c)
{
	if (c < 0x80) {
		p[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		p[0] = (uint8_t)(0xc0 | c >> 6);
		p[1] = (uint8_t)(0x80 | (c & 0x3f));
		return 2;
	}
	p[0] = (uint8_t)(0xe0 | c >> 12);
	p[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
	p[2] = (uint8_t)(0x80 | (c & 0x3f));
	return 3;
}

static void every_byte(void **state)
{
	unsigned alphabet[256];
	uint8_t text[512], out[512];
	size_t len = 0;

	(void)state;
	make_alphabet(alphabet);
	for (unsigned b = 0; b < 256; b++)
		len += put_char(text + len, alphabet[b]);
	assert_int_equal(bytelevel_decode(out, text, len), 256);
	for (unsigned b = 0; b < 256; b++)
		assert_int_equal(out[b], b);
	/* In place too. */
	assert_int_equal(bytelevel_decode(text, text, len), 256);
	assert_memory_equal(text, out, 256);
}

static void every_other_character(void **state)
{
	unsigned alphabet[256];
	uint8_t text[3], out[3];

	(void)state;
	make_alphabet(alphabet);
	for (unsigned c = 0; c < 0x1000; c++) {
		size_t want = SIZE_MAX;

		for (unsigned b = 0; b < 256; b++)
			if (alphabet[b] == c)
				want = 1;
		assert_int_equal(
			bytelevel_decode(out, text, put_char(text, c)), want);
	}
}

static void not_utf8(void **state)
{
	static const char *const bad[] = {
		"\x80",	    "\xc4",	"a\xc4",    "\xc4\x20",
		"\xc4\xc4", "\xc0\xa1", "\xc1\xbf", "\xe2\x96\x81",
		"\xff",	    "\xe4\xa0",
	};
	uint8_t out[8];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(bytelevel_decode(out, bad[i], strlen(bad[i])),
				 SIZE_MAX);
	/* The second byte is there, but not in the text. */
	assert_int_equal(bytelevel_decode(out, "\xc4\xa0", 1), SIZE_MAX);
	assert_int_equal(bytelevel_decode(out, "", 0), 0);
	assert_int_equal(bytelevel_decode(out, "\xc4\xa0" "a", 3), 2);
	assert_memory_equal(out, " a", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte),
		cmocka_unit_test(every_other_character),
		cmocka_unit_test(not_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
