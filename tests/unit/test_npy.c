/* SPDX-License-Identifier: MIT */
/*
 * test_npy.c - the header of .npy files
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "npy.h"

#define DICT "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }"

static uint8_t image[20000];

/* A header of that version and dictionary; returns its length. */
static size_t make(int major, const char *dict)
{
	size_t n = strlen(dict), start = major == 1 ? 10 : 12;

	memset(image, 0, sizeof(image));
	memcpy(image, "\x93NUMPY", 6);
	image[6] = (uint8_t)major;
	image[8] = (uint8_t)n;
	image[9] = (uint8_t)(n >> 8);
	memcpy(image + start, dict, n);
	return start + n;
}

static const char *parse(struct npy_header *h, size_t header, uint64_t data)
{
	uint64_t size = header + data;
	size_t len = size < NPY_MAX_HEADER ? (size_t)size : NPY_MAX_HEADER;
	uint8_t *copy = malloc(len ? len : 1); /* of just that size */
	const char *wrong;

	assert_non_null(copy);
	memcpy(copy, image, len);
	wrong = npy_parse(h, copy, len, size);
	free(copy);
	return wrong;
}

static void accept(const char *dict, uint64_t data, struct npy_header *h)
{
	const char *wrong = parse(h, make(1, dict), data);

	if (wrong)
		fail_msg("%s: %s", dict, wrong);
}

static void refuse(const char *dict, uint64_t data, const char *part)
{
	struct npy_header h;
	const char *wrong = parse(&h, make(1, dict), data);

	if (!wrong)
		fail_msg("not refused: %s", dict);
	if (!strstr(wrong, part))
		fail_msg("%s: %s; expected: %s", dict, wrong, part);
}

/* The header as numpy 1.24 writes it: padded to 128 bytes. */
static void test_numpy(void **state)
{
	struct npy_header h;
	char dict[120];

	(void)state;
	for (int major = 1; major <= 3; major++) {
		size_t start = major == 1 ? 10 : 12;

		snprintf(dict, sizeof(dict), "%-*s\n", (int)(127 - start),
			 DICT);
		assert_null(parse(&h, make(major, dict), 24));
		assert_int_equal(h.type, NPY_F4);
		assert_false(h.fortran);
		assert_int_equal(h.n_dims, 2);
		assert_int_equal(h.shape[0], 3);
		assert_int_equal(h.shape[1], 2);
		assert_int_equal(h.elements, 6);
		assert_int_equal(h.data_offset, 128);
	}
}

static void test_types(void **state)
{
	static const struct {
		const char *descr;
		enum npy_type type;
		size_t size;
	} known[] = {{"<f2", NPY_F2, 2}, {"<f4", NPY_F4, 4},
		     {"<f8", NPY_F8, 8}, {"|V2", NPY_V2, 2},
		     {"<V2", NPY_V2, 2}};
	static const char *const bad[] = {
		"'=f4'", "'<c8'", "'|S5'", "'<i4'", "'<f16'", "'f4'", "''",
		"'<f4 '", "' <f4'", "'<F4'", "'|b1'", "'<M8[s]'", "'|V4'",
	};
	struct npy_header h;
	char dict[100];

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		snprintf(dict, sizeof(dict),
			 "{'descr':'%s','fortran_order':True,'shape':(7,)}",
			 known[i].descr);
		accept(dict, 7 * known[i].size, &h);
		assert_int_equal(h.type, known[i].type);
		assert_int_equal(npy_size(h.type), known[i].size);
		assert_true(h.fortran);
		assert_int_equal(h.n_dims, 1);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(dict, sizeof(dict),
			 "{'descr':%s,'fortran_order':False,'shape':(7,)}",
			 bad[i]);
		refuse(dict, 28, "not float16, float32 or float64");
	}
	refuse("{'descr': '>f4', 'fortran_order': False, 'shape': (7,)}", 28,
	       "big-endian");
	refuse("{'descr': '|O', 'fortran_order': False, 'shape': (7,)}", 28,
	       "pickle");
	refuse("{'descr': '/O8', 'fortran_order': False, 'shape': (7,)}", 28,
	       "pickle");
	refuse("{'descr': [('a', '<f4')], 'fortran_order': False, "
	       "'shape': (7,)}",
	       28, "structures");
	refuse("{'descr': <f4, 'fortran_order': False, 'shape': (7,)}", 28,
	       "'descr' is no string");
	refuse("{'descr': '<f4, 'fortran_order': False, 'shape': (7,)}", 28,
	       "not float16");
}

/* Keys in any order, each once; blanks are spaces; nothing is evaluated. */
static void test_dictionary(void **state)
{
	struct npy_header h;
	char deep[9000];

	(void)state;
	accept("{'shape':(2,),'descr':'<f4','fortran_order':False}", 8, &h);
	accept("{ 'fortran_order' : False , 'shape' : ( 2 , ) , "
	       "\"descr\" : \"<f4\" , }  ",
	       8, &h);
	accept(DICT "\n", 24, &h);
	refuse("", 24, "no dictionary");
	refuse("[]", 24, "no dictionary");
	refuse("__import__('os').system('x')", 24, "no dictionary");
	refuse("{}", 24, "without");
	refuse("{'descr': '<f4', 'shape': (3, 2)}", 24, "without");
	refuse("{'descr': '<f4', 'fortran_order': False, 'fortran_order': "
	       "False, 'shape': (3, 2)}",
	       24, "occurs twice");
	refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), "
	       "'x': 1}",
	       24, "a key that is not");
	refuse("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2)", 24,
	       "no dictionary");
	refuse("{'descr': '<f4' 'fortran_order': False, 'shape': (3, 2)}", 24,
	       "no dictionary");
	refuse("{,'descr': '<f4', 'fortran_order': False, 'shape': (3, 2)}", 24,
	       "no dictionary");
	refuse(DICT "x", 24, "after the dictionary");
	refuse(DICT "\n\n", 24, "after the dictionary");
	refuse("{'descr': '<f4',\t'fortran_order': False, 'shape': (3, 2)}", 24,
	       "no dictionary");
	refuse("{'des\\x63r': '<f4', 'fortran_order': False, 'shape': (3, 2)}",
	       24, "no dictionary");
	memset(deep, '(', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = 0;
	refuse(deep, 24, "no dictionary");
	refuse("{'descr': '<f4', 'fortran_order': 'True', 'shape': (3, 2)}",
	       24, "neither True nor False");
	refuse("{'descr': '<f4', 'fortran_order': 1, 'shape': (3, 2)}", 24,
	       "neither True nor False");
	refuse("{'descr': '<f4', 'fortran_order': Falsey, 'shape': (3, 2)}",
	       24, "no dictionary");
}

static void refuse_shape(const char *shape, const char *part)
{
	char dict[200];

	snprintf(dict, sizeof(dict),
		 "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }",
		 shape);
	refuse(dict, 24, part);
}

static void test_shape(void **state)
{
	struct npy_header h;

	(void)state;
	accept("{'descr': '<f4', 'fortran_order': False, "
	       "'shape': (1, 2, 1, 3, 1, 1, 1, 1), }",
	       24, &h);
	assert_int_equal(h.n_dims, 8);
	refuse_shape("()", "a single number");
	refuse_shape("(6)", "no tuple");
	refuse_shape("6", "no tuple");
	refuse_shape("[3, 2]", "no tuple");
	refuse_shape("(3, 2", "1 to 8 numbers");
	refuse_shape("(3 2)", "1 to 8 numbers");
	refuse_shape("(,)", "1 to 8 numbers");
	refuse_shape("(3,, 2)", "1 to 8 numbers");
	refuse_shape("(-1, 2)", "1 to 8 numbers");
	refuse_shape("(0, 2)", "1 to 8 numbers");
	refuse_shape("(03, 2)", "1 to 8 numbers");
	refuse_shape("(3L, 2L)", "1 to 8 numbers");
	refuse_shape("(True, 2)", "1 to 8 numbers");
	refuse_shape("(np.int64(3), 2)", "1 to 8 numbers");
	refuse_shape("(3.0, 2)", "1 to 8 numbers");
	refuse_shape("(18446744073709551616, 2)", "1 to 8 numbers");
	refuse_shape("(9223372036854775808, 2)", "1 to 8 numbers");
	refuse_shape("(1, 1, 1, 1, 1, 1, 1, 1, 6)", "1 to 8 numbers");
	/* Products that would wrap, to 0 and to 24 bytes. */
	refuse_shape("(4294967296, 4294967296)", "2^60 elements");
	refuse_shape("(4611686018427387904, 4)", "2^60 elements");
	refuse_shape("(65536, 65536)", "ends before");
}

static void test_size(void **state)
{
	struct npy_header h;
	size_t n = make(1, DICT);

	(void)state;
	assert_null(parse(&h, n, 24));
	assert_non_null(strstr(parse(&h, n, 23), "ends before"));
	assert_non_null(strstr(parse(&h, n, 0), "ends before"));
	assert_non_null(strstr(parse(&h, n, 25), "goes on after"));
	/* Every prefix of the header. */
	for (size_t i = 0; i < n; i++)
		assert_non_null(parse(&h, i, 0));
}

static void test_start(void **state)
{
	static const uint32_t lengths[] = {0, 65535, 0xffffffff};
	struct npy_header h;
	size_t n;

	(void)state;
	for (int major = 0; major < 6; major++) {
		const char *wrong = parse(&h, make(major, DICT), 24);

		if (major >= 1 && major <= 3)
			assert_null(wrong);
		else
			assert_non_null(strstr(wrong, "version"));
	}
	n = make(1, DICT);
	image[7] = 1;
	assert_non_null(strstr(parse(&h, n, 24), "version"));
	n = make(1, DICT);
	image[1] = 'n';
	assert_non_null(strstr(parse(&h, n, 24), "no .npy file"));
	/* The length is judged before anything is read by it. */
	for (size_t i = 0; i < 3; i++) {
		n = make(2, DICT);
		for (int k = 0; k < 4; k++)
			image[8 + k] = (uint8_t)(lengths[i] >> 8 * k);
		assert_non_null(parse(&h, n, 24));
	}
}

/* A header of 10000 bytes is read, one of 10001 is not, as in numpy. */
static void test_long_header(void **state)
{
	struct npy_header h;
	char dict[10002];

	(void)state;
	memset(dict, ' ', sizeof(dict));
	memcpy(dict, DICT, strlen(DICT));
	dict[10000] = 0;
	assert_null(parse(&h, make(1, dict), 24));
	assert_null(parse(&h, make(3, dict), 24));
	dict[10000] = ' ';
	dict[10001] = 0;
	assert_non_null(strstr(parse(&h, make(1, dict), 24), "10000"));
	assert_non_null(strstr(parse(&h, make(2, dict), 24), "10000"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numpy),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_dictionary),
		cmocka_unit_test(test_shape),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_long_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
