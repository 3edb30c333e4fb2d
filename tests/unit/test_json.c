/* SPDX-License-Identifier: MIT */
/*
 * test_json.c - JSON files: what is taken, what is refused, and how it is said
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "foreign.h"
#include "json.h"

static int open_bytes(struct doc *d, struct source *s, const void *bytes,
		      size_t len)
{
	source_init(s);
	return doc_open(d, s, foreign_bytes("x.json", bytes, len));
}

static void refuse(const void *bytes, size_t len, const char *part)
{
	struct source s;
	struct doc d;

	assert_int_equal(open_bytes(&d, &s, bytes, len), -1);
	if (!strstr(s.message, part))
		fail_msg("says: %s; expected: %s", s.message, part);
	for (const char *p = s.message; *p; p++)
		assert_in_range((unsigned char)*p, 0x20, 0x7e);
	source_free(&s);
}

static void accept(const char *text)
{
	struct source s;
	struct doc d;

	if (open_bytes(&d, &s, text, strlen(text)))
		fail_msg("%s: %s", text, s.message);
	doc_close(&d);
	source_free(&s);
}

#define REFUSE(text, part) refuse(text, sizeof(text) - 1, part)

static void test_accepted(void **state)
{
	(void)state;
	accept("{}");
	accept(" \n\t{\"a\": [1, 2.5e-3, true, null, \"\\u00e9\\n\"]} \r\n");
	accept("{\"\":{\"\":[]}}");
	accept("{\"a\":\"\\u0000\"}");
	accept("{\"a\":-0}");
}

static void test_refused(void **state)
{
	(void)state;
	REFUSE("", "the text ends in the middle");
	REFUSE("{", "the text ends in the middle");
	REFUSE("{\"a\":1", "the text ends in the middle");
	REFUSE("[]", "is a list, not an object");
	REFUSE("{} {}", "more text behind the end");
	REFUSE("{}\0", "more text behind the end");
	REFUSE("\xef\xbb\xbf{}", "not JSON");
	REFUSE("{\0}", "x.json: line 1, byte 2");
	REFUSE("{a:1}", "not JSON");
	REFUSE("{'a':1}", "not JSON");
	REFUSE("{\"a\":1,}", "not JSON");
	REFUSE("{\"a\":[1,]}", "not JSON");
	REFUSE("{\"a\":01}", "not JSON");
	REFUSE("{\"a\":+1}", "not JSON");
	REFUSE("{\"a\":.5}", "not JSON");
	REFUSE("{\"a\":nan}", "not JSON");
	REFUSE("{\"a\":NaN1}", "not JSON");
	REFUSE("{\"a\":+Infinity}", "not JSON");
	REFUSE("{\"a\":NaNNaN}", "not JSON");
	REFUSE("{\"a\":Infinit", "not JSON");
	REFUSE("{\"a\":1e999}", "a number that is too large");
	REFUSE("{\"a\":\"\x01\"}", "not JSON");
	REFUSE("{\"a\":\"\xff\"}", "not UTF-8");
	REFUSE("{\"a\":\"\xc0\xaf\"}", "not UTF-8");
	REFUSE("{\"a\":\"\xed\xa0\x80\"}", "not UTF-8");
	REFUSE("{\"a\":\"\\ud800\"}", "not JSON");
	REFUSE("{\"\\u0000\":1}", "a NUL character");
	/* the place, and what stands there, with nothing raw in it */
	REFUSE("{\"a\":1,\n\"b\":\x1b[2J}",
	       "x.json: line 2, byte 13: not JSON");
	REFUSE("{\"a\":1,\n\"b\":\x1b[2J}", "\\x1b");
}

/* As Python writes them: harmless, unless the key is needed. */
static void test_bare_words(void **state)
{
	static const char text[] =
		"{\"a\":NaN,\"b\":[1,Infinity,-Infinity],\"NaN\":\"Infinity\"}";
	struct source s;
	struct doc d;
	double x = 7;
	uint64_t u;
	const char *t;

	(void)state;
	accept("{\"a\":{\"b\": NaN }}");
	assert_int_equal(open_bytes(&d, &s, text, strlen(text)), 0);
	assert_int_equal(json_array_size(json_object_get(d.root, "b")), 3);
	assert_int_equal(doc_text(&d, d.root, "NaN", &t), 0);
	assert_string_equal(t, "Infinity");
	for (size_t i = 0; i < 3; i++)
		assert_false(json_whole(json_array_get(json_object_get(
						d.root, "b"), i), &u) && i);
	assert_int_equal(doc_f64(&d, d.root, "a", &x), -1);
	assert_true(x == 7);
	assert_non_null(strstr(s.message, "x.json: a is NaN, infinite or an "
					  "empty object, not a number"));
	doc_close(&d);
	source_free(&s);
}

static void test_duplicates(void **state)
{
	(void)state;
	REFUSE("{\"a\":1,\"a\":1}", "a key that this object has already");
	REFUSE("{\"a\":1,\"\\u0061\":2}", "has already");
	REFUSE("{\"b\":[{\"x\":0,\"y\":1,\"x\":0}]}", "has already");
	accept("{\"a\":{\"a\":{\"a\":1}}}");
}

/* Nothing recurses deep, whatever the file says. */
static void test_depth(void **state)
{
	char *text = malloc(200001);

	(void)state;
	assert_non_null(text);
	memset(text, '[', 200000);
	text[0] = '{';
	refuse(text, 200000, "nested more than 32 deep");
	for (int i = 0; i < 200000; i += 5)
		memcpy(text + i, "{\"a\":", 5);
	refuse(text, 200000, "byte 160: nested more than 32 deep");
	/* brackets in strings do not count */
	strcpy(text, "{\"a\":\"\\\"");
	memset(text + 8, '[', 1000);
	strcpy(text + 1008, "\"}");
	accept(text);
	/* nor do those that are closed */
	strcpy(text, "{\"a\":[0");
	for (int i = 0; i < 1000; i++)
		memcpy(text + 7 + 3 * i, ",[]", 3);
	strcpy(text + 3007, "]}");
	accept(text);
	/* 32 do */
	strcpy(text, "{\"a\":");
	memset(text + 5, '[', 31);
	memset(text + 36, ']', 31);
	strcpy(text + 67, "}");
	accept(text);
	free(text);
}

static void test_numbers(void **state)
{
	static const char text[] =
		"{\"big\":1000000000000000019884624838656,"
		"\"max\":999999999999999999,\"neg\":-1,\"real\":4.0,"
		"\"exp\":4e0,\"text\":\"4\",\"null\":null,\"yes\":true,"
		"\"long\":0.1000000000000000055511151231257827,"
		"\"half\":1234567890123456789.5,"
		"\"minus\":-10000000000000000000}";
	struct source s;
	struct doc d;
	uint64_t u = 7;
	double f = 7;
	int b = UNKNOWN;

	(void)state;
	assert_int_equal(open_bytes(&d, &s, text, strlen(text)), 0);
	assert_int_equal(doc_u64(&d, d.root, "max", &u), 0);
	assert_true(u == 999999999999999999);
	/* absent and null leave the value alone */
	u = 7;
	assert_int_equal(doc_u64(&d, d.root, "absent", &u), 0);
	assert_int_equal(doc_u64(&d, d.root, "null", &u), 0);
	assert_true(u == 7);
	assert_int_equal(doc_f64(&d, d.root, "big", &f), 0);
	assert_true(f == 1e30);
	assert_int_equal(doc_f64(&d, d.root, "minus", &f), 0);
	assert_true(f == -1e19);
	assert_int_equal(doc_f64(&d, d.root, "long", &f), 0);
	assert_true(f == 0.1);
	assert_int_equal(doc_f64(&d, d.root, "half", &f), 0);
	assert_true(f == 1234567890123456789.5);
	assert_int_equal(doc_f64(&d, d.root, "neg", &f), 0);
	assert_true(f == -1);
	assert_int_equal(doc_bool(&d, d.root, "yes", &b), 0);
	assert_int_equal(b, YES);
	for (int i = 0; i < 6; i++) {
		static const char *const keys[] = {"big",  "neg", "real",
						   "exp", "text", "yes"};

		s.message[0] = 0;
		assert_int_equal(doc_u64(&d, d.root, keys[i], &u), -1);
		assert_non_null(strstr(s.message, keys[i]));
	}
	doc_close(&d);
	source_free(&s);
}

static void test_types(void **state)
{
	static const char text[] = "{\"t\":\"x\",\"z\":\"x\\u0000y\","
				   "\"o\":{},\"l\":[]}";
	const json_t *value = NULL;
	const char *word = NULL;
	struct source s;
	struct doc d;
	int b;

	(void)state;
	assert_int_equal(open_bytes(&d, &s, text, strlen(text)), 0);
	assert_int_equal(doc_text(&d, d.root, "t", &word), 0);
	assert_string_equal(word, "x");
	assert_int_equal(doc_object(&d, d.root, "o", &value), 0);
	assert_true(json_is_object(value));
	assert_int_equal(doc_array(&d, d.root, "l", &value), 0);
	assert_true(json_is_array(value));
	assert_int_equal(doc_text(&d, d.root, "z", &word), -1);
	assert_int_equal(doc_text(&d, d.root, "o", &word), -1);
	assert_int_equal(doc_object(&d, d.root, "l", &value), -1);
	assert_int_equal(doc_array(&d, d.root, "o", &value), -1);
	assert_int_equal(doc_bool(&d, d.root, "t", &b), -1);
	assert_non_null(strstr(s.message, "z has a NUL character"));
	doc_close(&d);
	source_free(&s);
}

/* The size is judged before a byte is read. */
static void test_size(void **state)
{
	const char *path = foreign_bytes("huge.json", "", 0);
	struct source s;
	struct doc d;

	(void)state;
	assert_int_equal(truncate(path, ((off_t)512 << 20) + 1), 0);
	source_init(&s);
	assert_int_equal(doc_open(&d, &s, path), -1);
	assert_non_null(strstr(s.message, "the limit for JSON is 536870912"));
	source_free(&s);
	source_init(&s);
	assert_int_equal(doc_open(&d, &s, foreign_path("absent")), -1);
	assert_non_null(strstr(s.message, "No such file"));
	source_free(&s);
}

/* Every prefix, and a bad byte at every place, is refused without a leak. */
static void test_every_cut(void **state)
{
	static const char text[] = "{\"a\":[1,-2.5,{\"b\":\"\\u00e9\xc3\xa9\"}"
				   ",123456789012345678901],\"c\":null}";
	char copy[sizeof(text)];

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(text); i++) {
		refuse(text, i, "x.json: ");
		memcpy(copy, text, sizeof(text));
		copy[i] = '\xff';
		refuse(copy, sizeof(text) - 1, "x.json: ");
	}
	accept(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bare_words),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_every_cut),
	};

	return cmocka_run_group_tests(tests, foreign_setup, foreign_teardown);
}
