/* SPDX-License-Identifier: MIT */
/*
 * test_textvec.c - word vectors as text
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foreign.h"

struct expected {
	const char *word;
	float row[3];
};

static void open_text(struct source *s, const char *bytes, size_t len)
{
	struct source_options opt = {0};

	opt.input = foreign_bytes("v.txt", bytes, len);
	foreign_open(s, &reader_text, &opt);
}

/* A file of words with three numbers each. */
static void expect(const char *bytes, size_t len, const struct expected *e,
		   uint32_t n)
{
	struct source s;

	open_text(&s, bytes, len);
	assert_int_equal(s.tokens.n, n);
	assert_int_equal(s.w_e.rows, n);
	assert_int_equal(s.w_e.cols, 3);
	assert_int_equal(s.w_e.elem, ELEM_F32);
	assert_null(s.w_u.name);
	/* Twice: a second pass starts at row 0 again. */
	for (uint64_t step = 1; step <= 2; step++) {
		float *rows = foreign_rows(&s, &s.w_e, step);

		for (uint32_t i = 0; i < n; i++)
			assert_memory_equal(rows + 3 * i, e[i].row, 12);
		free(rows);
	}
	for (uint32_t i = 0; i < n; i++)
		foreign_token(&s, i, e[i].word);
	source_free(&s);
}

#define ROWS(...) (const struct expected[]){__VA_ARGS__}
#define COUNT(...) (sizeof(ROWS(__VA_ARGS__)) / sizeof(struct expected))
#define EXPECT(bytes, ...) \
	expect(bytes, sizeof(bytes) - 1, ROWS(__VA_ARGS__), COUNT(__VA_ARGS__))
#define REFUSE(bytes, part) \
	foreign_refused_bytes(&reader_text, bytes, sizeof(bytes) - 1, part)

static void test_shapes_of_files(void **state)
{
	(void)state;
	/* GloVe; word2vec and fastText, with a header and trailing spaces */
	EXPECT("a 1 2 3\nb -0.5 .25 1e1\n", {"a", {1, 2, 3}},
	       {"b", {-0.5F, 0.25F, 10}});
	EXPECT("2 3\na 1 2 3 \nb 4 5 6 \n", {"a", {1, 2, 3}},
	       {"b", {4, 5, 6}});
	EXPECT("2 3 \na 1 2 3\nb 4 5 6", {"a", {1, 2, 3}}, {"b", {4, 5, 6}});
	EXPECT("2 3\r\na 1 2 3\r\nb 4 5 6 \r\n", {"a", {1, 2, 3}},
	       {"b", {4, 5, 6}});
	EXPECT("a 1 2 3\r\nb 4 5 6", {"a", {1, 2, 3}}, {"b", {4, 5, 6}});
	EXPECT("1 3\na 1 2 3\n", {"a", {1, 2, 3}});
}

static void test_words(void **state)
{
	(void)state;
	/* Words with spaces, words that are one, the empty word. */
	EXPECT("a 1 2 3\n. . . 4 5 6\nat name@domain.com 7 8 9\n"
	       "  1 2 3\n 4 5 6\nb 7 8 9\nc 1 2 3\nd 4 5 6\ne 7 8 9\n",
	       {"a", {1, 2, 3}}, {". . .", {4, 5, 6}},
	       {"at name@domain.com", {7, 8, 9}}, {" ", {1, 2, 3}},
	       {"", {4, 5, 6}}, {"b", {7, 8, 9}}, {"c", {1, 2, 3}},
	       {"d", {4, 5, 6}}, {"e", {7, 8, 9}});
	/* Words that are numbers. */
	EXPECT("2 3\n5 5 1 2 3\n7 4 5 6\n", {"5 5", {1, 2, 3}},
	       {"7", {4, 5, 6}});
	/* Only 0x20 and 0x0A separate anything. */
	EXPECT("a\xc2\xa0"
	       "b 1 2 3\n\xc2\x85 1 2 3\n\xe2\x80\xa8 1 2 3\n\v\f\r\t 1 2 3\n"
	       "\xff\xc3 1 2 3\n",
	       {"a\xc2\xa0"
		"b",
		{1, 2, 3}},
	       {"\xc2\x85", {1, 2, 3}}, {"\xe2\x80\xa8", {1, 2, 3}},
	       {"\v\f\r\t", {1, 2, 3}}, {"\xff\xc3", {1, 2, 3}});
	/* Duplicates are kept. */
	EXPECT("a 1 2 3\na 4 5 6\n", {"a", {1, 2, 3}}, {"a", {4, 5, 6}});
}

static void test_specials(void **state)
{
	static const char bytes[] = "</s> 1 2\nx 1 2\n<unk> 1 2\n</s> 1 2\n"
				    "<unk> 1 2\n";
	struct source_options opt = {.tie = true};
	struct source s;

	(void)state;
	opt.input = foreign_text("v.txt", bytes);
	foreign_open(&s, NULL, &opt);
	assert_int_equal(s.special[TK_SPECIAL_EOS], 0);
	assert_int_equal(s.special[TK_SPECIAL_UNK], 2);
	assert_int_equal(s.special[TK_SPECIAL_BOS], TK_NO_ID);
	assert_int_equal(s.tokens.kind[0], TK_TOKEN_NORMAL);
	assert_int_equal(s.tokens.kind[2], TK_TOKEN_UNKNOWN);
	assert_int_equal(s.tokens.kind[4], TK_TOKEN_NORMAL);
	assert_true(s.hparams.tied);
	source_free(&s);
}

static void test_header(void **state)
{
	(void)state;
	REFUSE("3 3\na 1 2 3\nb 1 2 3\n", "says 3 words, but it has 2");
	REFUSE("1 3\na 1 2 3\nb 1 2 3\n", "says 1 words, but it has 2");
	REFUSE("0 3\na 1 2 3\n", "there is nothing in it");
	REFUSE("1 0\na 1 2 3\n", "there is nothing in it");
	REFUSE("9223372036854775808 3\na 1 2 3\n", "the limits are");
	REFUSE("99999999999999999999 3\na 1 2 3\n", "the limits are");
	REFUSE("1 1048576\na 1 2 3\n", "the limits are");
	REFUSE("1 2\n", "says 1 words, but it has 0");
	/* Two numbers are a header, even if they might be a word's line. */
	REFUSE("2 3\n1 5\n4 7\n", "put a line \"WORDS NUMBERS\" before it");
	REFUSE("2 4\na 1 2 3\nb 1 2 3\n", "bad:2: \"a\" is not a decimal");
	REFUSE("2 2\na 1 2 3\nb 1 2 3\n",
	       "says that a line has 2 numbers, but most have more; correct");
	/* It is right, though most words have a space. */
	EXPECT("3 3\nnew city0 1 2 3\nnew city1 1 2 0\nold 4 5 6\n",
	       {"new city0", {1, 2, 3}}, {"new city1", {1, 2, 0}},
	       {"old", {4, 5, 6}});
}

static void test_number_of_numbers(void **state)
{
	(void)state;
	/* Most lines decide; without a majority the user must. */
	REFUSE("a 1 2 3\nb 1 2\n", "put a line \"WORDS NUMBERS\" before");
	REFUSE("a 1 2 3\nb 1 2\nc 1 2 3\n", "bad:2:");
	REFUSE("a 1 2 3\n1 2\nc 1 2 3\n", "is the first field already");
	REFUSE("a\nb\n", "0 numbers after a word");
	REFUSE("a 1 2 3\n\nb 1 2 3\nc 1 2 3\n", "bad:2: is empty");
	REFUSE("a 1 2 3\nb 1 2 3\n\n", "bad:3: is empty");
}

static void test_numbers(void **state)
{
	static const char *const bad[] = {
		"nan", "inf", "-inf", "0x1p3", "1,5", "1e400", "1.2.3", "-",
		"1e", "3.5e38", "",
	};
	char bytes[80];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int n = snprintf(bytes, sizeof(bytes),
				 "a 1 2 3\nb 1 2 3\nc 1 %s 3\nd 1 2 3\n",
				 bad[i]);

		foreign_refused_bytes(&reader_text, bytes, (size_t)n, "bad:3:");
	}
	REFUSE("a 1 2 nan\nb 4 5 6\n", "bad:1: \"nan\" is not a decimal");
	REFUSE("a 1 2 3\nb 1 2  \nc 1 2 3\n", "an empty field");
	REFUSE("a 1 2 3\nb 1 2 3  \nc 1 2 3\n", "an empty field");
	REFUSE("a\t1\t2\t3\nb\t1\t2\t3\n", "separated by spaces");
	REFUSE("2 3\na\t1\t2\t3\nb\t1\t2\t3\n", "tr '\\t' ' '");
	/* The first number is none of the word's, though nothing is short. */
	REFUSE("a\t1 2 3\nb\t1 2 3\n", "words and numbers must be separated");
	REFUSE("new york\t1 2 3\nb\t1 2 3\nc 2 3\n", "tr '\\t' ' '");
	REFUSE("2 3\na\t1 2 3\nb\t1 2 3\n", "separated by");
	EXPECT("a\t1 2 3 4\nb 1 2 3\nc 1 2 3\nd\tx 1 2 3\n",
	       {"a\t1", {2, 3, 4}}, {"b", {1, 2, 3}}, {"c", {1, 2, 3}},
	       {"d\tx", {1, 2, 3}});
	REFUSE("1 2\na \0\0\0\0\1\2\3\4\n", "--from word2vec");
	REFUSE("a 1 2 3\r\nb 1 2 3\n", "bad:2: ends in LF");
	REFUSE("a 1 2 3\nb 1 2 3\r\n", "bad:2: ends in CR LF");
}

static void test_sniff(void **state)
{
	static const struct {
		const char *bytes;
		bool yes;
	} known[] = {
		{"a 1 2\n", true},	    {"2 3\na 1 2 3\n", true},
		{"a b c 0.5 -1e3", true},   {"the 1061396\nof 593677\n", false},
		{"a b c\n", false},	    {"{\"a\": 1}\n", false},
		{"1 2 3x 4 5\n", true},	    {"a 1 nan\n", true},
		{"a -INF 1\n", true},	    {"a nan inf\n", false},
		{"a 1 nane\n", false},	    {"a 1 b nan\n", false},
		{"a\n1 2 3\n", false},
	};
	struct probe p = {.path = "x"};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		p.head = (const uint8_t *)known[i].bytes;
		p.head_len = strlen(known[i].bytes);
		p.size = p.head_len;
		if (reader_text.sniff(&p) != known[i].yes)
			fail_msg("%s", known[i].bytes);
	}
	p.is_directory = true;
	assert_false(reader_text.sniff(&p));
}

static void test_options(void **state)
{
	struct source_options opt = {0};

	(void)state;
	foreign_refused(&reader_text, &opt, "which FILE?");
	opt.input = foreign_text("v.txt", "a 1 2 3\n");
	opt.unembed = "x";
	foreign_refused(NULL, &opt, "--unembed is of no use");
	opt.unembed = NULL;
	opt.vocab = "x";
	foreign_refused(NULL, &opt, "--vocab is of no use");
}

/* A line as long as the window, and a word that is too long. */
static void test_long(void **state)
{
	size_t len = 3 << 20;
	char *bytes = malloc(len);
	struct source s;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', len);
	memcpy(bytes + len - 7, " 1 2 3\n", 7);
	foreign_refused_bytes(&reader_text, bytes, len, "bad:1: a line of");
	foreign_refused_bytes(&reader_text, bytes + len - 65543, 65543,
			      "a word of 65536 bytes");
	open_text(&s, bytes + len - 65542, 65542);
	assert_int_equal(tokens_get(&s, 0).len, 65535);
	source_free(&s);
	free(bytes);
}

/* Several windows; every row where it belongs. */
static void test_many(void **state)
{
	size_t n = 60000, len = 0;
	char *bytes = malloc(n * 60);
	struct source s;
	float *rows;

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(bytes + len, 60,
					"word%zu %zu.25 -%zue-1 0.%06zu\n", i,
					i, i, i);
	open_text(&s, bytes, len);
	assert_int_equal(s.tokens.n, n);
	rows = foreign_rows(&s, &s.w_e, 700);
	for (size_t i = 0; i < n; i++) {
		assert_true(rows[3 * i] == (float)i + 0.25F);
		assert_true(rows[3 * i + 1] == -(float)((double)i / 10));
		assert_true(rows[3 * i + 2] == (float)((double)i / 1e6));
	}
	free(rows);
	source_free(&s);
	free(bytes);
}

static void test_torture(void **state)
{
	static const char bytes[] = "3 2\n</s> 1 -2.5e3\na b 0.25 1e-3 \n"
				    "\xc3\xa4 7 .5\n";

	(void)state;
	foreign_torture(&reader_text, bytes, sizeof(bytes) - 1, 200);
	foreign_torture(NULL, bytes + 4, sizeof(bytes) - 5, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes_of_files),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_specials),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_number_of_numbers),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_sniff),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, foreign_setup, foreign_teardown);
}
