/* SPDX-License-Identifier: MIT */
/*
 * test_vocabfile.c - vocabularies as lists
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foreign.h"
#include "vocabfile.h"

static int read_words(struct source *s, const char *bytes, size_t len)
{
	source_init(s);
	return vocabfile_read(s, foreign_bytes("words", bytes, len));
}

static void expect(const char *bytes, size_t len, const char *const *words)
{
	struct source s;
	uint32_t n = 0;

	if (read_words(&s, bytes, len))
		fail_msg("%s", s.message);
	for (; words[n]; n++)
		foreign_token(&s, n, words[n]);
	assert_int_equal(s.tokens.n, n);
	source_free(&s);
}

static void refuse(const char *bytes, size_t len, const char *part)
{
	struct source s;

	assert_int_equal(read_words(&s, bytes, len), -1);
	if (!strstr(s.message, part))
		fail_msg("says: %s; expected: %s", s.message, part);
	source_free(&s);
}

#define EXPECT(bytes, ...) \
	expect(bytes, sizeof(bytes) - 1, (const char *const[]){__VA_ARGS__})
#define REFUSE(bytes, part) refuse(bytes, sizeof(bytes) - 1, part)

static void test_lines(void **state)
{
	(void)state;
	EXPECT("a\nb\n", "a", "b", NULL);
	EXPECT("a\nb", "a", "b", NULL);
	EXPECT("a\r\nb\r\n", "a", "b", NULL);
	EXPECT("a\r\nb", "a", "b", NULL);
	/* A blank line is the empty token, the first and the last too. */
	EXPECT("\na\n\n", "", "a", "", NULL);
	EXPECT("\r\na\r\n", "", "a", NULL);
	/* Blanks, duplicates and foreign ends of lines are kept. */
	EXPECT(" a \nb\t\na\na\n", " a ", "b\t", "a", "a", NULL);
	EXPECT("a\rb\n\xc2\x85\v\f\n\xe2\x80\xa8\n", "a\rb", "\xc2\x85\v\f",
	       "\xe2\x80\xa8", NULL);
	EXPECT("\xff\xc3\n", "\xff\xc3", NULL);
	EXPECT("a\nb\r", "a", "b\r", NULL);
}

static void test_refused(void **state)
{
	(void)state;
	REFUSE("a\nb\r\n", "words:2: ends in CR LF");
	REFUSE("a\r\nb\nc\r\n", "words:2: ends in LF");
	REFUSE("a\r\nb\r", "words:2: the file ends between");
	REFUSE("", "is empty");
}

/* A JSON list, if the whole file is one; else words that look like it. */
static void test_list(void **state)
{
	(void)state;
	EXPECT("[\"a\",\"b\",\"c\",\"d\"]", "a", "b", "c", "d", NULL);
	EXPECT(" \r\n\t[ \"a b\",\n\"\", \"\\u00e9\\n\", \"a b\" ]\n",
	       "a b", "", "\xc3\xa9\n", "a b", NULL);
	EXPECT("[PAD]\n[UNK]\nthe\n", "[PAD]", "[UNK]", "the", NULL);
	EXPECT("[\n\"\n]\n", "[", "\"", "]", NULL);
	EXPECT("[\"a\"]\n[\"b\"]\n", "[\"a\"]", "[\"b\"]", NULL);
	EXPECT("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
	       "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", NULL);
	REFUSE("[]\n", "words: is a JSON list without tokens");
	REFUSE("[\"a\", 7]", "list, but its token 1 is a whole number, not");
	REFUSE("[{\"a\": 0}]", "its token 0 is an object, not a text");
	REFUSE("[[\"a\", -1.5]]", "its token 0 is a list, not a text");
	REFUSE("[null]", "its token 0 is null, not a text");
	REFUSE("[NaN]", "its token 0 is NaN");
}

/* The same of a file of that name. */
static void named(const char *name, const char *bytes, const char *refused,
		  uint32_t n)
{
	struct source s;
	int status;

	source_init(&s);
	status = vocabfile_read(&s, foreign_text(name, bytes));
	if (refused ? !status || !strstr(s.message, refused)
		    : status || s.message[0] || s.tokens.n != n)
		fail_msg("%s: %d, %u tokens: %s", bytes, status, s.tokens.n,
			 s.message);
	source_free(&s);
}

/* A list that is damaged is no list of words, if its name says so. */
static void test_named_json(void **state)
{
	static const char *const bad[] = {
		"[\"a\",\n\"b\",\n\"c\"\n", "[\"a\",\n\"b\",\n]\n",
		"\xef\xbb\xbf[\"a\"]", "a\nb\n", "[\"a\"] x", "[PAD]\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		named("words.json", bad[i], "word a line, name it .txt)", 0);
		named("words.JSON", bad[i], "words.JSON: line ", 0);
	}
	named("words.json", "{\"a\": 0}", "is an object, not a JSON list", 0);
	named("words.json", "[\"a\", \"b\"]", NULL, 2);
	named("words.txt", "[\"a\",\n\"b\",\n]\n", NULL, 3);
	named("words.txt", "[PAD]\nx\n", NULL, 2);
	named(".json", "[\"a\", \"b\"]", NULL, 2);
}

static void test_note(void **state)
{
	struct source s;

	(void)state;
	assert_int_equal(read_words(&s, "[PAD]\n", 6), 0);
	assert_int_equal(s.n_notes, 0);
	source_free(&s);
	assert_int_equal(read_words(&s, "[ \"a\",\n]\n", 10), 0);
	assert_int_equal(s.n_notes, 1);
	if (!strstr(s.notes[0], "so each line is a word"))
		fail_msg("%s", s.notes[0]);
	source_free(&s);
}

static void test_nul(void **state)
{
	struct source s;
	struct tk_bytes b;

	(void)state;
	assert_int_equal(read_words(&s, "a\0b\n", 4), 0);
	b = tokens_get(&s, 0);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.ptr, "a\0b", 3);
	source_free(&s);
}

/* Words up to 65535 bytes; a line beyond the window is no text file. */
static void test_long(void **state)
{
	size_t len = 3 << 20;
	char *bytes = malloc(len);
	struct source s;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', len);
	refuse(bytes, len, "words:1: a line of more than 2097152 bytes");
	bytes[1] = '\n';
	bytes[2 + 65535] = '\n';
	assert_int_equal(read_words(&s, bytes, 2 + 65535 + 1 + 9), 0);
	assert_int_equal(s.tokens.n, 3);
	assert_int_equal(tokens_get(&s, 1).len, 65535);
	source_free(&s);
	bytes[2 + 65535] = 'x';
	bytes[2 + 65536] = '\n';
	refuse(bytes, 2 + 65536 + 9, "words:2: a word of 65536 bytes");
	free(bytes);
}

/* More than one window, lines across its edge. */
static void test_many(void **state)
{
	size_t n = 300000, len = 0;
	char *bytes = malloc(n * 16);
	struct source s;
	char word[16];

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(bytes + len, 16, "word-%zu\n",
					i * i % n);
	assert_int_equal(read_words(&s, bytes, len), 0);
	assert_int_equal(s.tokens.n, n);
	for (size_t i = 0; i < n; i++) {
		snprintf(word, sizeof(word), "word-%zu", i * i % n);
		foreign_token(&s, (uint32_t)i, word);
	}
	source_free(&s);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_nul),   cmocka_unit_test(test_long),
		cmocka_unit_test(test_many),  cmocka_unit_test(test_list),
		cmocka_unit_test(test_named_json),
		cmocka_unit_test(test_note),
	};

	return cmocka_run_group_tests(tests, foreign_setup, foreign_teardown);
}
