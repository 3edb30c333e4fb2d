/* SPDX-License-Identifier: MIT */
/*
 * test_safetensors.c - headers of .safetensors files, good and bad
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modelfiles.h"
#include "safetensors.h"

static int read_header(struct tensor_list *list, struct source *s,
		       const char *header, size_t len, size_t data)
{
	struct file *f;

	made_header("t.safetensors", header, len, data);
	source_init(s);
	if (file_open(&f, s, foreign_path("t.safetensors")))
		return -1;
	return safetensors_read(list, s, f);
}

static void accept(const char *header, size_t data, size_t n)
{
	struct tensor_list list;
	struct source s;

	if (read_header(&list, &s, header, strlen(header), data))
		fail_msg("%s: %s", header, s.message);
	assert_int_equal(list.n, n);
	source_free(&s);
}

static void refuse_bytes(const char *header, size_t len, size_t data,
			 const char *part)
{
	struct tensor_list list;
	struct source s;

	if (!read_header(&list, &s, header, len, data))
		fail_msg("not refused: %s", header);
	if (!strstr(s.message, part))
		fail_msg("%s\nsays: %s; expected: %s", header, s.message,
			 part);
	for (const char *p = s.message; *p; p++)
		assert_in_range((unsigned char)*p, 0x20, 0x7e);
	source_free(&s);
}

static void refuse(const char *header, size_t data, const char *part)
{
	refuse_bytes(header, strlen(header), data, part);
}

#define T(name, dtype, shape, range)                                          \
	"\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":[" shape             \
	"],\"data_offsets\":[" range "]}"

/* The example of the format's own documentation: 60 bytes, 16 of data. */
static void test_reference_file(void **state)
{
	static const char header[] = "{\"test\":{\"dtype\":\"I32\",\"shape\":"
				     "[2,2],\"data_offsets\":[0,16]}}";
	struct tensor_list list;
	const struct tensor *t;
	struct source s;

	(void)state;
	assert_int_equal(strlen(header), 60);
	assert_int_equal(read_header(&list, &s, header, 60, 16), 0);
	t = tensor_find(&list, "test");
	assert_non_null(t);
	assert_null(tensor_find(&list, "tes"));
	assert_null(tensor_find(&list, "test2"));
	assert_int_equal(t->elem, -1);
	assert_string_equal(t->dtype, "I32");
	assert_true(t->n_dims == 2 && t->shape[0] == 2 && t->shape[1] == 2);
	assert_true(t->offset == 8 + 60 && t->size == 16);
	assert_int_equal(s.n_notes, 0);
	source_free(&s);
}

static void test_accepted(void **state)
{
	(void)state;
	accept("{}", 0, 0);
	accept("{}   ", 0, 0);
	accept("{ }", 0, 0);
	accept("{\"__metadata__\":{\"a\":\"b\"}}", 0, 0);
	accept("{\"__metadata__\":{ }}", 0, 0);
	accept("{ \"__metadata__\" : { \"a\" : \"\\u0000\" , \"ab\" : \"\" } , "
	       T("a", "U8", "1", "0,1") "}", 1, 1);
	/* any order in the header, blanks between */
	accept("{ " T("b", "F32", "1", "2,6") " ,\n" T("a", "F16", "1", "0,2")
	       " }  ",
	       6, 2);
	/* scalars; empty tensors where they belong */
	accept("{" T("s", "F64", "", "0,8") "," T("e", "F32", "0,9", "0,0") ","
	       T("f", "F32", "7,0", "8,8") "}",
	       8, 3);
	/* three, five and no dimensions */
	accept("{" T("x", "BF16", "2,3,4", "0,48") ","
	       T("y", "U8", "1,1,1,1,2", "48,50") "}",
	       50, 2);
	/* 4-bit and 6-bit elements that fill whole bytes; an unknown dtype */
	accept("{" T("x", "F4", "2,1", "0,1") "," T("y", "F6_E2M3", "4", "1,4")
	       "," T("z", "Q9", "3", "4,11") "}",
	       11, 3);
	/* an unaligned start */
	accept("{" T("x", "F32", "1", "0,4") "} ", 4, 1);
}

static void test_names(void **state)
{
	struct tensor_list list;
	const struct tensor *t;
	struct source s;
	static const char header[] =
		"{" T("", "U8", "1", "0,1") ","
		T("\\u0061\\n\\ud83d\\ude00", "U8", "1", "1,2") ","
		T("b\\u0000c", "U8", "1", "2,3") ","
		T("../x", "U8", "1", "3,4") "}";

	(void)state;
	assert_int_equal(read_header(&list, &s, header, sizeof(header) - 1, 4),
			 0);
	assert_int_equal(list.n, 4);
	assert_non_null(tensor_find(&list, ""));
	t = tensor_find(&list, "a\n\xf0\x9f\x98\x80");
	assert_true(t && t->name_len == 6 && !t->name[6]);
	assert_null(tensor_find(&list, "b"));
	assert_non_null(tensor_find(&list, "../x"));
	source_free(&s);
	refuse("{" T("a", "U8", "1", "0,1") "," T("\\u0061", "U8", "1", "1,2")
	       "}",
	       2, "two tensors named \"a\"");
	refuse("{" T("\\ud800", "U8", "1", "0,1") "}", 1, "not JSON");
	refuse("{" T("\x1b[2J", "U8", "1", "0,1") "}", 1, "not JSON");
	refuse("{" T("\\u001b[2J", "U8", "2", "0,1") "}", 1, "\\x1b[2J");
}

static void test_lengths(void **state)
{
	static const uint64_t bad[] = {0,
				       1,
				       41,
				       100000001,
				       UINT64_C(1) << 63,
				       UINT64_MAX - 7,
				       UINT64_MAX};
	uint8_t bytes[48] = {0};
	struct tensor_list list;
	struct source s;
	struct file *f;

	(void)state;
	memset(bytes + 8, ' ', 40);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (int k = 0; k < 8; k++)
			bytes[k] = (uint8_t)(bad[i] >> 8 * k);
		source_init(&s);
		assert_int_equal(file_open(&f, &s, foreign_bytes("n", bytes,
								 48)),
				 0);
		assert_int_equal(safetensors_read(&list, &s, f), -1);
		assert_non_null(strstr(s.message, "a header of "));
		source_free(&s);
	}
	for (size_t n = 0; n < 8; n++) {
		source_init(&s);
		assert_int_equal(file_open(&f, &s, foreign_bytes("n", bytes,
								 n)),
				 0);
		assert_int_equal(safetensors_read(&list, &s, f), -1);
		assert_non_null(strstr(s.message, "ends at byte"));
		source_free(&s);
	}
}

static void test_grammar(void **state)
{
	(void)state;
	refuse(" {}", 0, "byte 8: '{' expected");
	refuse("\xef\xbb\xbf{}", 0, "'{' expected");
	refuse("[]", 0, "'{' expected");
	refuse("{}\t", 0, "byte 10: padding with spaces expected");
	refuse("{}\n", 0, "padding with spaces expected");
	refuse_bytes("{}\0", 3, 0, "padding with spaces expected");
	refuse("{} {}", 0, "padding with spaces expected");
	refuse("{" T("a", "U8", "1", "0,1") "}\n", 1, "padding with spaces");
	refuse("{,}", 0, "a tensor's name expected");
	refuse("{\"a\"}", 0, "':' expected");
	refuse("{1:2}", 0, "a tensor's name expected");
	refuse("{" T("a", "U8", "1", "0,1") ",}", 1, "a tensor's name");
	refuse("{" T("a", "U8", "1", "0,1"), 1, "',' or '}' expected");
	refuse("{" T("a", "U8", "1", "0,1") " " T("b", "U8", "1", "1,2") "}",
	       2, "',' or '}' expected");
	refuse("{\"a\":1}", 0, "is not an object of dtype");
	refuse("{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, "not an object");
	refuse("{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],"
	       "\"x\":1}}",
	       1, "not an object of");
	refuse("{\"a\":{\"dtype\":\"U8\",\"dtype\":\"I8\",\"shape\":[1],"
	       "\"data_offsets\":[0,1]}}",
	       1, "has already");
	refuse("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "there twice");
	refuse("{\"__metadata__\":[]}", 0, "no object");
	refuse("{\"__metadata__\":{\"a\":\"\",\"b\":\"\",\"a\":\"\"}}", 0,
	       "__metadata__ has \"a\" twice");
	refuse("{\"__metadata__\":{\"a\":\"\",\"\\u0061\":\"\"}}", 0, "twice");
	refuse("{\"__metadata__\":{\"a\":\"\",}}", 0, "a name expected");
	refuse("{\"__metadata__\":{\"a\" \"\"}}", 0, "':' expected");
	refuse("{\"__metadata__\":{\"a\":\"\"", 0, "',' or '}' expected");
	refuse("{\"__metadata__\":{\"a\":}}", 0, "not JSON");
	refuse("{\"__metadata__\":{\"a\":1}}", 0, "holds a whole number");
	refuse("{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 0, "deep");
}

static void test_ranges(void **state)
{
	(void)state;
	refuse("{" T("a", "U8", "1", "1,2") "}", 2, "begins at byte");
	refuse("{" T("a", "U8", "1", "0,1") "," T("b", "U8", "1", "2,3") "}",
	       3, "begins at byte");
	refuse("{" T("a", "U8", "2", "0,2") "," T("b", "U8", "2", "1,3") "}",
	       3, "begins at byte");
	refuse("{" T("a", "U8", "2", "0,2") "," T("b", "U8", "2", "0,2") "}",
	       2, "begins at byte");
	refuse("{" T("a", "U8", "2", "0,2") "," T("e", "U8", "0", "1,1") "}",
	       2, "begins at byte");
	refuse("{" T("a", "U8", "2", "0,2") "}", 1,
	       "is cut: tensor \"a\" ends");
	refuse("{" T("a", "U8", "2", "2,0") "}", 2, "two rising");
	refuse("{" T("a", "U8", "2", "-2,0") "}", 2, "two rising");
	refuse("{" T("a", "U8", "2", "0,2.0") "}", 2, "two rising");
	refuse("{" T("a", "U8", "2", "0,2e0") "}", 2, "two rising");
	refuse("{" T("a", "U8", "2", "0,\\u0032") "}", 2, "not JSON");
	refuse("{" T("a", "U8", "2", "0") "}", 2, "two rising");
	refuse("{" T("a", "U8", "2", "0,1,2") "}", 2, "two rising");
	refuse("{" T("a", "U8", "2", "0,9007199254740993") "}", 2, "is cut");
	refuse("{" T("a", "U8", "2", "0,18446744073709551616") "}", 2,
	       "two rising");
}

static void test_shapes(void **state)
{
	(void)state;
	refuse("{" T("a", "U8", "3", "0,2") "}", 2, "3 elements of U8 do not");
	refuse("{" T("a", "F32", "1", "0,2") "}", 2, "1 elements of F32");
	refuse("{" T("a", "F4", "3", "0,2") "}", 2, "3 elements of F4");
	refuse("{" T("a", "U8", "4294967296,4294967296", "0,0") "}", 0,
	       "its shape is too large");
	refuse("{" T("a", "U8", "4294967296,2147483648,8", "0,8") "}", 8,
	       "its shape is too large");
	refuse("{" T("a", "F64", "288230376151711745", "0,8") "}", 8,
	       "its shape is too large");
	refuse("{" T("a", "U8", "18446744073709551617", "0,1") "}", 1,
	       "not of whole numbers");
	refuse("{" T("a", "U8", "-1", "0,1") "}", 1, "not of whole numbers");
	refuse("{" T("a", "U8", "1.5", "0,1") "}", 1, "not of whole numbers");
	refuse("{" T("a", "U8", "true", "0,1") "}", 1, "not of whole numbers");
	refuse("{\"a\":{\"dtype\":1,\"shape\":[],\"data_offsets\":[0,1]}}", 1,
	       "dtype is not a text");
	refuse("{\"a\":{\"dtype\":\"U8\",\"shape\":1,\"data_offsets\":[0,1]}}",
	       1, "shape is not a list");
}

static void test_trailing_rest(void **state)
{
	static const char header[] = "{" T("a", "U8", "1", "0,1") "}";
	struct tensor_list list;
	struct source s;

	(void)state;
	assert_int_equal(read_header(&list, &s, header, strlen(header), 5), 0);
	assert_int_equal(list.n, 1);
	assert_true(made_noted(&s, "4 bytes behind the last tensor"));
	source_free(&s);
}

static void test_sniff(void **state)
{
	(void)state;
	assert_true(safetensors_sniff((const uint8_t *)"\2\0\0\0\0\0\0\0{}",
				      10));
	assert_false(safetensors_sniff((const uint8_t *)"\2\0\0\0\0\0\0\0[]",
				       10));
	assert_false(safetensors_sniff((const uint8_t *)"\2\0\0\0\0\0\0\0{}",
				       9));
	assert_false(safetensors_sniff((const uint8_t *)"aaaaaaaa{}", 10));
}

static void test_torture(void **state)
{
	static const struct made_tensor list[] = {
		{"wte.weight", "F32", 2, 2, NULL},
		{"ln_f.weight", "BF16", 2, 0, NULL},
		{"\\u0061b", "F4", 2, 0, NULL},
		{NULL, NULL, 0, 0, NULL},
	};
	size_t len;
	uint8_t *image = made_image(list, &len);

	(void)state;
	foreign_text("tokenizer.json", made_tokenizer);
	foreign_torture(&reader_safetensors, image, len, 1000);
	free(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reference_file),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_grammar),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_trailing_rest),
		cmocka_unit_test(test_sniff),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, foreign_setup, foreign_teardown);
}
