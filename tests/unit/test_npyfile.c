/* SPDX-License-Identifier: MIT */
/*
 * test_npyfile.c - matrices from .npy files
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foreign.h"

static const char words[] = "one\ntwo\nthree\n";

/* The path of a .npy file of 'rows' x 'cols'; data[size * rows * cols]. */
static const char *make(const char *name, const char *descr, bool fortran,
			size_t rows, size_t cols, const void *data)
{
	size_t n = rows * cols * (size_t)(descr[2] - '0');
	char *bytes = malloc(128 + n);
	char dict[118];
	const char *path;

	assert_non_null(bytes);
	memcpy(bytes, "\x93NUMPY\1\0\x76\0", 10);
	snprintf(dict, sizeof(dict),
		 "{'descr': '%s', 'fortran_order': %s, 'shape': (%zu, %zu), }",
		 descr, fortran ? "True" : "False", rows, cols);
	memset(bytes + 10, ' ', 118);
	memcpy(bytes + 10, dict, strlen(dict));
	memcpy(bytes + 128, data, n);
	path = foreign_bytes(name, bytes, 128 + n);
	free(bytes);
	return path;
}

/* What numpy wrote for [[1.5, -2], [0.1, 0.001], [3, 65504]]. */
static const struct {
	const char *descr;
	bool fortran;
	const char *data;
} golden[] = {
	{"<f2", false, "003e00c0662e19140042ff7b"},
	{"<f2", true, "003e662e004200c01914ff7b"},
	{"<f4", false, "0000c03f000000c0cdcccc3d6f12833a0000404000e07f47"},
	{"<f4", true, "0000c03fcdcccc3d00004040000000c06f12833a00e07f47"},
	{"<f8", false,
	 "000000000000f83f00000000000000c09a9999999999b93ffca9f1d24d62503f"
	 "00000000000008400000000000fcef40"},
	{"<f8", true,
	 "000000000000f83f9a9999999999b93f000000000000084000000000000000c0"
	 "fca9f1d24d62503f0000000000fcef40"},
};

static void unhex(uint8_t *out, const char *hex)
{
	unsigned byte;

	for (; *hex; hex += 2) {
		assert_int_equal(sscanf(hex, "%2x", &byte), 1);
		*out++ = (uint8_t)byte;
	}
}

/* bfloat16 is the upper half of f32; ml_dtypes writes it as V2. */
static void test_bfloat16(void **state)
{
	static const uint8_t data[] = {0xc0, 0x3f, 0x00, 0xc0, 0xcd, 0x3d,
				       0x83, 0x3a, 0x40, 0x40, 0x80, 0x47};
	static const float want[] = {1.5f, -2, 0.10009765625f,
				     0.00099945068359375f, 3, 65536};
	static const char *const descr[] = {"<V2", "|V2"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct source_options opt = {.dtype = TK_BF16};
		struct source s;
		float *rows;

		opt.vocab = foreign_text("words", words);
		opt.embed = make("e.npy", descr[i / 2], i % 2, 3, 2, data);
		opt.unembed = make("u.npy", descr[i / 2], false, 3, 2, data);
		foreign_open(&s, NULL, &opt);
		assert_int_equal(s.w_u.elem, ELEM_BF16);
		rows = foreign_rows(&s, &s.w_e, 2);
		for (size_t r = 0; r < 3; r++)
			for (size_t c = 0; c < 2; c++)
				assert_true(rows[2 * r + c] ==
					    want[i % 2 ? 3 * c + r
						       : 2 * r + c]);
		free(rows);
		source_free(&s);
	}
}

static void test_golden(void **state)
{
	static const uint32_t f4[] = {0x3fc00000, 0xc0000000, 0x3dcccccd,
				      0x3a83126f, 0x40400000, 0x477fe000};
	static const uint32_t f2[] = {0x3fc00000, 0xc0000000, 0x3dccc000,
				      0x3a832000, 0x40400000, 0x477fe000};
	const char *vocab = foreign_text("words", words);

	(void)state;
	for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
		struct source_options opt = {.vocab = vocab};
		struct source s;
		uint8_t data[48];
		float *rows;

		unhex(data, golden[i].data);
		opt.input = make("e.npy", golden[i].descr, golden[i].fortran, 3,
				 2, data);
		foreign_open(&s, NULL, &opt);
		assert_string_equal(s.kind, "npy");
		assert_int_equal(s.w_e.rows, 3);
		assert_int_equal(s.w_e.cols, 2);
		assert_null(s.w_u.name);
		assert_false(s.hparams.tied);
		foreign_token(&s, 2, "three");
		for (uint64_t step = 1; step <= 3; step++) {
			rows = foreign_rows(&s, &s.w_e, step);
			assert_memory_equal(
				rows, golden[i].descr[2] == '2' ? f2 : f4, 24);
			free(rows);
		}
		source_free(&s);
	}
}

/* Larger than the block in which columns become rows. */
static void test_fortran_blocks(void **state)
{
	size_t rows = 70000, cols = 130;
	float *data = malloc(rows * cols * sizeof(*data)), *got;
	struct source_options opt = {0};
	struct source s;

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i < rows * cols; i++)
		data[i] = (float)i;
	opt.vocab = foreign_text("words", words);
	opt.embed = make("big.npy", "<f4", true, rows, cols, data);
	foreign_open(&s, NULL, &opt);
	got = foreign_rows(&s, &s.w_e, 999);
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < cols; c++)
			if (got[r * cols + c] != data[c * rows + r])
				fail_msg("row %zu column %zu", r, c);
	free(got);
	free(data);
	source_free(&s);
}

static void test_both_ends(void **state)
{
	struct source_options opt = {0};
	float zero[40] = {0};
	struct source s;

	(void)state;
	opt.vocab = foreign_text("words", words);
	opt.embed = make("e.npy", "<f4", false, 5, 4, zero);
	opt.unembed = make("u.npy", "<f2", false, 3, 4, zero);
	foreign_open(&s, NULL, &opt);
	assert_int_equal(s.w_u.rows, 3);
	assert_int_equal(s.w_u.elem, ELEM_F16);
	assert_int_equal(s.n_notes, 1); /* two rows of padding */
	source_free(&s);
	opt.tie = true;
	foreign_refused(NULL, &opt, "leave one out");
	opt.unembed = NULL;
	foreign_open(&s, NULL, &opt);
	assert_true(s.hparams.tied);
	source_free(&s);
}

/* The words of a tokenizer, by id. */
static void test_json_words(void **state)
{
	struct source_options opt = {0};
	float zero[8] = {0};
	struct source s;

	(void)state;
	opt.vocab = foreign_text("vocab.json", " {\"b\": 1, \"a\": 0}\n");
	opt.embed = make("e.npy", "<f4", false, 2, 1, zero);
	foreign_open(&s, NULL, &opt);
	assert_int_equal(s.tokens.n, 2);
	foreign_token(&s, 0, "a");
	foreign_token(&s, 1, "b");
	source_free(&s);
	opt.vocab = foreign_text("vocab.json", "{\"b\": 2, \"a\": 0}");
	foreign_refused(NULL, &opt, "has 2 rows, but the vocabulary has 3");
	opt.vocab = foreign_text("vocab.json", "{}");
	foreign_refused(NULL, &opt, "no tokens");
}

/* Words may begin with '{', and a text is no list of words. */
static void test_braces(void **state)
{
	struct source_options opt = {0};
	float zero[8] = {0};
	struct source s;

	(void)state;
	opt.embed = make("e.npy", "<f4", false, 2, 1, zero);
	opt.vocab = foreign_text("words", "{\nb\n");
	foreign_open(&s, NULL, &opt);
	foreign_token(&s, 0, "{");
	foreign_token(&s, 1, "b");
	source_free(&s);
	opt.vocab = foreign_text("words", "{{x\n}\n");
	foreign_open(&s, NULL, &opt);
	foreign_token(&s, 0, "{{x");
	source_free(&s);
	opt.vocab = foreign_text("words", "{\n\"\n");
	foreign_refused(NULL, &opt, "word a line, name it .txt)");
	opt.vocab = foreign_text("words.txt", "{\n\"\n");
	foreign_open(&s, NULL, &opt);
	foreign_token(&s, 1, "\"");
	source_free(&s);
	/* A map that is damaged has as many lines as there are rows. */
	opt.vocab = foreign_text("vocab.json", "{\"a\": 0,\n");
	foreign_refused(NULL, &opt, "vocab.json: line 2");
	opt.vocab = foreign_text("vocab.json", "{x\nb\n");
	foreign_refused(NULL, &opt, "vocab.json: line 1");
	opt.vocab = foreign_text("vocab.json", "\xef\xbb\xbf{\"a\": 0,\n"
					       "\"b\": 1}\n");
	foreign_refused(NULL, &opt, "not JSON");
}

static void test_refused(void **state)
{
	struct source_options opt = {0};
	float zero[200] = {0};
	void *wide;

	(void)state;
	foreign_refused(NULL, &opt, "nothing to pack");
	opt.embed = make("e.npy", "<f4", false, 5, 4, zero);
	foreign_refused(NULL, &opt, "give them with --vocab");
	opt.vocab = foreign_text("words", words);
	opt.input = opt.embed;
	foreign_refused(NULL, &opt, "given twice");
	opt.input = NULL;
	opt.unembed = make("u.npy", "<f4", false, 5, 6, zero);
	foreign_refused(NULL, &opt, "W_U has 6 columns, but W_E");
	/* [d, V] where [V, d] is meant */
	opt.unembed = make("u.npy", "<f4", false, 4, 5, zero);
	foreign_refused(NULL, &opt, "transpose it");
	opt.unembed = NULL;
	opt.embed = make("e.npy", "<f4", false, 2, 3, zero);
	foreign_refused(NULL, &opt, "transpose it");
	opt.embed = make("e.npy", "<f4", false, 2, 2, zero);
	foreign_refused(NULL, &opt, "has 2 rows, but the vocabulary has 3");
	opt.embed = make("e.npy", "<f4", false, 3, 2, zero);
	opt.vocab = foreign_text("words", "one\ntwo\nthree\n\n");
	foreign_refused(NULL, &opt, "its last line is empty");
	opt.vocab = foreign_text("words", words);
	wide = calloc(3 * 131073, 2);
	assert_non_null(wide);
	opt.embed = make("e.npy", "<f2", false, 3, 131073, wide);
	free(wide);
	foreign_refused(NULL, &opt, "has 131073 columns");
	opt.embed = make("e.npy", "|V2", false, 3, 2, zero);
	foreign_refused(NULL, &opt, "if they are bfloat16, type: --dtype bf16");
	opt.dtype = TK_F32;
	foreign_refused(NULL, &opt, "if they are bfloat16");
	opt.dtype = TK_BYTES;
	opt.embed = foreign_text("e.npz", "PK\3\4 and so on");
	foreign_refused(NULL, &opt, ".npz");
	opt.embed = foreign_text("e.npy", "three lines\n");
	foreign_refused(NULL, &opt, "is no .npy file");
	opt.embed = foreign_bytes(
		"e.npy",
		"\x93NUMPY\1\0\x37\0{'descr': '<f4', 'fortran_order': False, "
		"'shape': (3,)}\1\2\3\4\1\2\3\4\1\2\3\4",
		10 + 0x37 + 12);
	foreign_refused(NULL, &opt, "dimensions is 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_bfloat16),
		cmocka_unit_test(test_fortran_blocks),
		cmocka_unit_test(test_both_ends),
		cmocka_unit_test(test_json_words),
		cmocka_unit_test(test_braces),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, foreign_setup, foreign_teardown);
}
