/* SPDX-License-Identifier: MIT */
/*
 * test_chart.c - bars, lines and shades, with UTF-8 and without
 */
#include <locale.h>
#include <math.h>

#include "chart.h"
#include "test.h"

static char *text;

static FILE *start(void)
{
	static size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	return out;
}

static void ends_as(FILE *out, const char *expected)
{
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
	free(text);
}

static void bar_is(double share, size_t columns, const char *expected)
{
	FILE *out = start();

	chart_bar(out, share, columns);
	ends_as(out, expected);
}

static void line_is(const char *expected)
{
	static const double shares[] = {
		NAN,	 0,	  1.0 / 7, 2.0 / 7, 3.0 / 7, 4.0 / 7, 5.0 / 7,
		6.0 / 7, 1,	  INFINITY, -1,	     NAN,     0.07,    0.08};
	FILE *out = start();

	chart_line(out, shares, LEN(shares));
	ends_as(out, expected);
}

static void shades_are(const char *expected)
{
	static const double shares[] = {NAN, 0, 0.19, 0.2, 0.39, 0.4,
					0.59, 0.6, 0.79, 0.8, 1, 2};
	FILE *out = start();

	for (size_t i = 0; i < LEN(shares); i++)
		fputs(chart_shade(shares[i]), out);
	ends_as(out, expected);
}

static void test_ascii(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C"));
	bar_is(0, 8, "");
	bar_is(1e-9, 8, "#");
	bar_is(0.5, 8, "####");
	bar_is(1, 8, "########");
	bar_is(7, 8, "########");
	bar_is(-1, 8, "");
	bar_is(NAN, 8, "");
	bar_is(1, 0, "");
	line_is(" _.-=+*#@@_ _.");
	shades_are("   ..::**###");
}

static void test_utf8(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	bar_is(0, 8, "");
	bar_is(1e-9, 8, "▏");
	bar_is(0.5, 8, "████");
	bar_is(0.51, 8, "████▏");
	bar_is(31.0 / 64, 8, "███▉");
	bar_is(3.0 / 64, 8, "▍");
	bar_is(1, 8, "████████");
	bar_is(NAN, 8, "");
	line_is(" ▁▂▃▄▅▆▇██▁ ▁▂");
	shades_are("   ░░▒▒▓▓███");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ascii),
		cmocka_unit_test(test_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
