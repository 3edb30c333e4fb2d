/* SPDX-License-Identifier: MIT */
/*
 * test_text.c - bytes of a file as people may safely see them
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

#define ALL 1000

static struct tk_bytes bytes(const char *text)
{
	return (struct tk_bytes){(const uint8_t *)text, strlen(text)};
}

static void quotes(const char *text, size_t limit, const char *expected)
{
	char *shown = text_quoted(bytes(text), limit);

	assert_non_null(shown);
	assert_string_equal(shown, expected);
	free(shown);
}

/* Compares what 'put' writes to a file. */
static void puts_as(void (*put)(FILE *, struct tk_bytes), struct tk_bytes b,
		    const char *expected)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	put(out, b);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
	free(text);
}

static void put_padded_12(FILE *out, struct tk_bytes b)
{
	text_put_padded(out, b, 12);
}

static void test_escapes(void **state)
{
	(void)state;
	quotes("", ALL, "\"\"");
	quotes(" aunt", ALL, "\" aunt\"");
	quotes("a\"b\\c", ALL, "\"a\\\"b\\\\c\"");
	quotes("\n\t\r", ALL, "\"\\n\\t\\r\"");
	quotes("\033[31m\a\b\177", ALL, "\"\\x1b[31m\\x07\\x08\\x7f\"");
	quotes("\360\237", ALL, "\"\\xf0\\x9f\"");
	quotes("nt", ALL, "\"nt\"");
}

static void test_nul(void **state)
{
	char *shown = text_quoted((struct tk_bytes){(const uint8_t *)"a\0b", 3},
				  ALL);

	(void)state;
	assert_string_equal(shown, "\"a\\x00b\"");
	free(shown);
	shown = text_quoted((struct tk_bytes){NULL, 0}, ALL);
	assert_string_equal(shown, "\"\"");
	free(shown);
}

static void test_printable(void **state)
{
	(void)state;
	quotes("caf\303\251", ALL, "\"caf\303\251\"");
	quotes("\346\227\245", ALL, "\"\346\227\245\"");
	quotes("\360\237\230\200", ALL, "\"\360\237\230\200\"");
	/* A mark on a letter, and without one. */
	quotes("e\314\201", ALL, "\"e\314\201\"");
	quotes("\314\201", ALL, "\"\\xcc\\x81\"");
	quotes("\n\314\201", ALL, "\"\\n\\xcc\\x81\"");
	quotes("e\314\201\314\201\314\201\314\201\314\201", ALL,
	       "\"e\314\201\314\201\314\201\\xcc\\x81\\xcc\\x81\"");
}

static void test_deceptive(void **state)
{
	(void)state;
	quotes("\302\200\302\233", ALL, "\"\\xc2\\x80\\xc2\\x9b\"");
	quotes("\302\240", ALL, "\"\\xc2\\xa0\"");
	quotes("\302\255", ALL, "\"\\xc2\\xad\"");
	quotes("\342\200\213", ALL, "\"\\xe2\\x80\\x8b\"");
	quotes("\342\200\256", ALL, "\"\\xe2\\x80\\xae\"");
	quotes("\342\201\246", ALL, "\"\\xe2\\x81\\xa6\"");
	quotes("\342\200\250", ALL, "\"\\xe2\\x80\\xa8\"");
	quotes("\343\200\200", ALL, "\"\\xe3\\x80\\x80\"");
	quotes("\357\273\277", ALL, "\"\\xef\\xbb\\xbf\"");
	quotes("\363\240\201\201", ALL, "\"\\xf3\\xa0\\x81\\x81\"");
}

static void test_plain_locale(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C"));
	quotes("caf\303\251 \n", ALL, "\"caf\\xc3\\xa9 \\n\"");
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
}

static void test_limit(void **state)
{
	(void)state;
	quotes("abcdefgh", 10, "\"abcdefgh\"");
	quotes("abcdefghi", 10, "\"abcde\"...");
	/* An escape and a wide character are never cut in the middle. */
	quotes("abc\033defghi", 10, "\"abc\"...");
	quotes("\346\227\245\346\227\245\346\227\245\346\227\245\346\227\245",
	       10, "\"\346\227\245\346\227\245\"...");
	quotes("abcdefghi", 0, "\"a\"...");
	quotes("a", 0, "\"a\"");
}

static void test_padded(void **state)
{
	(void)state;
	puts_as(put_padded_12, bytes("abc"), "\"abc\"       ");
	puts_as(put_padded_12, bytes("\346\227\245"),
		"\"\346\227\245\"        ");
	puts_as(put_padded_12, bytes("abcdefghijk"), "\"abcdefg\"...");
	puts_as(put_padded_12, bytes("e\314\201"), "\"e\314\201\"         ");
}

static void test_plain(void **state)
{
	(void)state;
	puts_as(text_put_plain, bytes("a \"b\" \\ \n\033\303\251\303"),
		"a \"b\" \\ \\n\\x1b\303\251\\xc3");
}

static void test_utf8(void **state)
{
	static const char *const good[] = {
		"", "a", "\302\200", "\337\277", "\340\240\200",
		"\355\237\277", "\356\200\200", "\357\277\277",
		"\360\220\200\200", "\364\217\277\277"};
	static const char *const bad[] = {
		"\200", "\300\200", "\301\277", "\302", "\302a",
		"\340\237\277", "\355\240\200", "\340\240",
		"\360\217\277\277", "\364\220\200\200", "\370\210\200\200\200",
		"\377", "a\302"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(text_is_utf8(bytes(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_is_utf8(bytes(bad[i])));
	assert_true(text_is_utf8((struct tk_bytes){NULL, 0}));
}

/* No two bytes, whatever they are, bring a control byte to the terminal. */
static void test_all_pairs(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 65536; i++) {
		const uint8_t pair[2] = {(uint8_t)(i >> 8), (uint8_t)i};
		char *shown = text_quoted((struct tk_bytes){pair, 2}, ALL);

		assert_non_null(shown);
		assert_true(text_is_utf8(bytes(shown)));
		for (const char *p = shown; *p; p++)
			assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
		free(shown);
	}
}

static void sizes(uint64_t n, const char *expected)
{
	char text[24];

	text_size(text, sizeof(text), n);
	assert_string_equal(text, expected);
}

static void test_size(void **state)
{
	(void)state;
	sizes(0, "0 B");
	sizes(1023, "1023 B");
	sizes(1024, "1.0 KiB");
	sizes(1501776, "1466.6 KiB");
	sizes(UINT64_C(5) << 30, "5120.0 MiB");
	sizes(UINT64_MAX, "16.0 EiB");
}

static void test_digest(void **state)
{
	struct tk_digest d;
	char text[33];

	(void)state;
	for (uint8_t i = 0; i < 16; i++)
		d.b[i] = (uint8_t)(i * 17);
	text_digest(text, d);
	assert_string_equal(text, "00112233445566778899aabbccddeeff");
}

/* ---- JSON ---- */

/* What text_json_print() writes, through a file instead of stdout. */
static void prints(json_t *object, const char *expected)
{
	char got[256] = "";
	FILE *file = tmpfile();
	int saved = dup(1);
	size_t n;

	assert_non_null(file);
	fflush(stdout);
	assert_int_equal(dup2(fileno(file), 1), 1);
	text_json_print(object);
	fflush(stdout);
	assert_int_equal(dup2(saved, 1), 1);
	close(saved);
	rewind(file);
	n = fread(got, 1, sizeof(got) - 1, file);
	got[n] = 0;
	fclose(file);
	assert_string_equal(got, expected);
}

static json_t *token_object(const char *text, size_t len)
{
	json_t *object = json_object();

	text_json_token(object, (struct tk_bytes){(const uint8_t *)text, len});
	return object;
}

static void test_json_token(void **state)
{
	(void)state;
	prints(token_object(" aunt", 5), "{\"token\": \" aunt\"}\n");
	prints(token_object(NULL, 0), "{\"token\": \"\"}\n");
	prints(token_object("a\0\177\033\"\\", 6),
	       "{\"token\": \"a\\u0000\\u007f\\u001B\\\"\\\\\"}\n");
	prints(token_object("\303\251", 2), "{\"token\": \"\\u00E9\"}\n");
	prints(token_object("\360\237", 2),
	       "{\"token\": null, \"bytes\": \"f09f\"}\n");
}

static void test_json_order_and_numbers(void **state)
{
	json_t *object = json_object();

	(void)state;
	text_json_set(object, "z", text_json_real(0.1));
	text_json_set(object, "a", text_json_real((double)NAN));
	text_json_set(object, "m", text_json_real(-(double)INFINITY));
	text_json_set(object, "k", text_json_real((double)0.1f));
	assert_true(strtod("0.10000000149011612", NULL) == (double)0.1f);
	prints(object, "{\"z\": 0.10000000000000001, \"a\": null, \"m\": null, "
		       "\"k\": 0.10000000149011612}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_deceptive),
		cmocka_unit_test(test_plain_locale),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_padded),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_all_pairs),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_json_token),
		cmocka_unit_test(test_json_order_and_numbers),
	};

	if (!setlocale(LC_CTYPE, "C.UTF-8")) {
		fputs("test_text: there is no locale C.UTF-8\n", stderr);
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
