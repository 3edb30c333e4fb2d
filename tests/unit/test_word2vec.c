/* SPDX-License-Identifier: MIT */
/*
 * test_word2vec.c - word2vec's binary form
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foreign.h"

/* Two vectors whose bytes are separators of words: 0x20 and 0x0A. */
#define V1 "\x20\x0a\x20\x40\x0a\x0a\x0a\x3f"
#define V2 "\0\0\x80\x3f\x20\x20\x20\x20"

static void expect(const char *bytes, size_t len, const char *first,
		   const char *second)
{
	struct source_options opt = {0};
	struct source s;

	opt.input = foreign_bytes("v.bin", bytes, len);
	foreign_open(&s, NULL, &opt);
	assert_string_equal(s.kind, "word2vec");
	assert_int_equal(s.tokens.n, 2);
	foreign_token(&s, 0, first);
	foreign_token(&s, 1, second);
	assert_int_equal(s.w_e.rows, 2);
	assert_int_equal(s.w_e.cols, 2);
	assert_null(s.w_u.name);
	for (uint64_t step = 1; step <= 2; step++) {
		float *rows = foreign_rows(&s, &s.w_e, step);

		assert_memory_equal(rows, V1 V2, 16);
		free(rows);
	}
	source_free(&s);
}

#define EXPECT(bytes, first, second) \
	expect(bytes, sizeof(bytes) - 1, first, second)
#define REFUSE(bytes, part) \
	foreign_refused_bytes(&reader_word2vec, bytes, sizeof(bytes) - 1, part)

static void test_forms(void **state)
{
	(void)state;
	EXPECT("2 2\n</s> " V1 "b " V2, "</s>", "b");
	EXPECT("2 2\n</s> " V1 "\nb " V2 "\n", "</s>", "b");
	/* The last newline is as good as none. */
	EXPECT("2 2\n</s> " V1 "b " V2 "\n", "</s>", "b");
	EXPECT("2 2\n</s> " V1 "\nb " V2, "</s>", "b");
	/* A word is any bytes, or none. */
	EXPECT("2 2\nzee\xc3n " V1 "\xff\r\t " V2, "zee\xc3n", "\xff\r\t");
	EXPECT("2 2\na " V1 " " V2, "a", "");
	EXPECT("2 2\na " V1 "a " V2, "a", "a");
	EXPECT("2 2\n\xe9\x85 " V1 "a " V2, "\xe9\x85", "a");
}

static void test_refused(void **state)
{
	static const char whole[] = "2 2\na " V1 "\nb " V2 "\n";
	size_t n = sizeof(whole) - 1;

	(void)state;
	/* Every cut but that of the last newline. */
	for (size_t i = 4; i < n - 1; i++)
		foreign_refused_bytes(&reader_word2vec, whole, i,
				      "it has been cut");
	REFUSE("2 2\na " V1 "\nb " V2 "\n\n", "goes on for 1 bytes");
	REFUSE("2 2\na " V1 "b " V2 "x", "goes on for 1 bytes");
	REFUSE("3 2\na " V1 "\nb " V2 "c " V1 "\n", "byte 25 without a");
	REFUSE("3 2\na " V1 "b " V2 "\nc " V1, "with a newline, those before");
	REFUSE("2 2\na\nb " V1 "b " V2, "a newline within word 0, at byte 5");
	REFUSE("0 2\n", "nothing in it");
	REFUSE("2 0\n", "nothing in it");
	REFUSE("2 131073\na " V1, "the limits are");
	REFUSE("16777216 1\na " V1, "the limits are");
	REFUSE("-1 2\na " V1, "is no word2vec file");
	REFUSE("no header\n", "is no word2vec file");
	REFUSE("2 2", "is no word2vec file");
	REFUSE("2 2\na 1.5 2\nb 2 3\n", "--from text");
	/* Counts whose product is far beyond the file: nothing is allocated. */
	REFUSE("16777215 131072\na " V1, "it has been cut");
}

static void test_long_word(void **state)
{
	static const char header[] = "1 2\n";
	size_t n = 4 + 65536 + 1 + 8;
	char *bytes = malloc(n);
	struct source_options opt = {0};
	struct source s;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', n);
	memcpy(bytes, header, 4);
	memcpy(bytes + 4 + 65536, " " V1, 9);
	foreign_refused_bytes(&reader_word2vec, bytes, n,
			      "has more than 65535 bytes");
	memcpy(bytes + 4 + 65535, " " V1, 9);
	opt.input = foreign_bytes("v.bin", bytes, n - 1);
	foreign_open(&s, &reader_word2vec, &opt);
	assert_int_equal(tokens_get(&s, 0).len, 65535);
	source_free(&s);
	free(bytes);
}

/* Vectors longer than the window, and more of them than it holds. */
static void test_windows(void **state)
{
	static const struct {
		uint32_t words, dims;
	} shapes[] = {{5, 131072}, {3000, 200}, {100000, 5}};

	(void)state;
	for (size_t k = 0; k < 6; k++) {
		uint32_t words = shapes[k / 2].words, dims = shapes[k / 2].dims;
		char *bytes = malloc(32 + words * (12 + 4 * (size_t)dims));
		struct source_options opt = {0};
		struct source s;
		size_t n;
		float *rows;

		assert_non_null(bytes);
		n = (size_t)sprintf(bytes, "%u %u\n", words, dims);
		for (uint32_t i = 0; i < words; i++) {
			n += (size_t)sprintf(bytes + n, "w%u ", i);
			for (uint32_t c = 0; c < dims; c++, n += 4) {
				float x = (float)(i * dims + c);

				memcpy(bytes + n, &x, 4);
			}
			if (k % 2)
				bytes[n++] = '\n';
		}
		opt.input = foreign_bytes("v.bin", bytes, n);
		free(bytes);
		foreign_open(&s, &reader_word2vec, &opt);
		assert_int_equal(s.tokens.n, words);
		rows = foreign_rows(&s, &s.w_e, 3);
		for (uint32_t i = 0; i < words * dims; i++)
			if (rows[i] != (float)i)
				fail_msg("element %u", i);
		free(rows);
		source_free(&s);
	}
}

static bool sniffs(const char *bytes, size_t len)
{
	struct probe p = {.path = "x", .head = (const uint8_t *)bytes,
			  .head_len = len, .size = len};

	return reader_word2vec.sniff(&p);
}

#define SNIFFS(bytes) sniffs(bytes, sizeof(bytes) - 1)

static void test_sniff(void **state)
{
	static const char cut[] = "2 20\n\xc3\xa4 1.5 2.5 3 4 5 6 7 8 9 1\x80";
	struct probe p = {.path = "x", .head = (const uint8_t *)cut,
			  .size = 1000};

	(void)state;
	assert_true(SNIFFS("2 2\na " V1 "b " V2));
	assert_true(SNIFFS("2 2\n\xe9\x85\x92 \x20\x20\x20\xc0"));
	/* A number that is none is still text. */
	assert_false(SNIFFS("2 2\n\xc3\xbc nan 2\n\xc3\xbc 1 2\n"));
	assert_false(SNIFFS("a " V1));
	assert_false(SNIFFS("2 2\na 1 2\nb 3 4\n"));
	assert_false(SNIFFS("2 2\r\na 1 2 \r\nb 3 4 \r\n"));
	assert_false(SNIFFS("1 2\na 1 2"));
	assert_false(SNIFFS("2 2\n. . . 1 2\nb 3 4\n"));
	/* A line of text that the head has only the start of. */
	p.head_len = strlen(cut);
	assert_false(reader_word2vec.sniff(&p));
}

static void test_options(void **state)
{
	struct source_options opt = {0};

	(void)state;
	foreign_refused(&reader_word2vec, &opt, "which FILE?");
	opt.input = foreign_bytes("v.bin", "1 2\na " V1, 4 + 2 + 8);
	opt.unembed = "x";
	foreign_refused(NULL, &opt, "--unembed is of no use");
}

static void test_torture(void **state)
{
	static const char a[] = "2 2\n</s> " V1 "\nb " V2 "\n";
	static const char b[] = "3 1\n</s> \1\2\3\4b \5\6\7\x8long \n\n\n\n";

	(void)state;
	foreign_torture(&reader_word2vec, a, sizeof(a) - 1, 200);
	foreign_torture(NULL, b, sizeof(b) - 1, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_long_word),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_sniff),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, foreign_setup, foreign_teardown);
}
