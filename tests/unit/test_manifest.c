/* SPDX-License-Identifier: MIT */
/*
 * test_manifest.c - models as text
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "foreign.h"

#define M "tk-manifest 1\n"

static void open_text(struct source *s, const char *text)
{
	struct source_options opt = {0};

	opt.input = foreign_text("m.txt", text);
	foreign_open(s, NULL, &opt);
}

static void expect_rows(struct source *s, struct table *t, const float *values)
{
	float *rows = foreign_rows(s, t, 2);

	assert_memory_equal(rows, values,
			    (size_t)(t->rows * t->cols) * sizeof(*rows));
	free(rows);
}

static void test_sample(void **state)
{
	static const float after_the[] = {-1, 2, 1, 1.5F, 0.5F, 0, -2, 0};
	struct source_options opt = {.input = TK_SRC "/samples/tiny.txt"};
	struct source s;
	float *e, *u;
	double sum = 0;

	(void)state;
	foreign_open(&s, NULL, &opt);
	assert_string_equal(s.kind, "manifest");
	assert_int_equal(s.tokens.n, 8);
	foreign_token(&s, 1, " cat");
	foreign_token(&s, 5, "\n");
	foreign_token(&s, 6, "\xff");
	assert_int_equal(s.tokens.kind[6], TK_TOKEN_BYTE);
	assert_int_equal(s.special[TK_SPECIAL_EOS], 7);
	assert_int_equal(s.hparams.n_ctx, 4);
	assert_false(s.hparams.tied);
	assert_int_equal(s.w_e.rows, 8);
	assert_int_equal(s.w_u.cols, 4);
	e = foreign_rows(&s, &s.w_e, 3);
	u = foreign_rows(&s, &s.w_u, 3);
	/* What the comment in the file says. */
	for (int i = 0; i < 8; i++) {
		float logit = 0;

		for (int c = 0; c < 4; c++)
			logit += u[4 * i + c] * e[c];
		assert_true(logit == after_the[i]);
		sum += exp(logit);
	}
	assert_true(fabs(exp(2) / sum - 0.394273) < 5e-7);
	for (int c = 0; c < 4; c++)
		assert_true(e[8 + c] - e[4 + c] == e[16 + c] - e[12 + c]);
	free(e);
	free(u);
	source_free(&s);
}

static void test_hparams(void **state)
{
	struct source s;

	(void)state;
	open_text(&s, M "hparam n_ctx 18446744073709551615\n"
			"hparam d_model 12\n"
			"hparam tied true\n"
			"hparam embed_scale 0.1\n"
			"  hparam   logit_scale   2.5  \n"
			"hparam logit_softcap 30\n"
			"hparam final_norm rmsnorm\n"
			"hparam final_norm_eps 9.9999999999999995e-07\n"
			"hparam final_norm_offset 1\n"
			"hparam embed_norm layernorm\n"
			"hparam embed_norm_eps 1e-5\n"
			"end\n");
	assert_true(s.hparams.n_ctx == UINT64_MAX);
	assert_int_equal(s.hparams.d_model, 12);
	assert_true(s.hparams.tied);
	assert_true(s.hparams.embed_scale == 0.1F);
	assert_true(s.hparams.logit_scale == 2.5F);
	assert_true(s.hparams.logit_softcap == 30);
	assert_int_equal(s.hparams.final_norm, TK_NORM_RMS);
	assert_true(s.hparams.final_norm_eps == 1e-6);
	assert_true(s.hparams.final_norm_offset == 1);
	assert_int_equal(s.hparams.embed_norm, TK_NORM_LAYER);
	assert_true(s.hparams.embed_norm_eps == 1e-5);
	source_free(&s);
	open_text(&s, M "hparam final_norm none\nhparam tied false\nend");
	assert_int_equal(s.hparams.final_norm, TK_NORM_NONE);
	assert_true(s.hparams.embed_scale == 1);
	source_free(&s);
}

static void test_tokens(void **state)
{
	struct source s;
	struct tk_bytes b;

	(void)state;
	open_text(&s, M "token \"\"\n"
			"token \" a\\\"b\\\\ \\n\\t\\x41\\xfF\\xc3\"\n"
			"token   \"\xc3\xa4 \xff\"  control\n"
			"token \"x\" unknown -0.5\n"
			"token \"x\" 2e1\n"
			"token \"\\x00\" byte 1\n"
			"token \"y\" user\n"
			"token \"z\" unused\n"
			"token \"n\" normal\n"
			"special bos 0\nspecial eos 1\nspecial unk 2\n"
			"special pad 3\nspecial sep 4\nspecial mask 5\n"
			"end\n");
	assert_int_equal(s.tokens.n, 9);
	foreign_token(&s, 0, "");
	foreign_token(&s, 1, " a\"b\\ \n\tA\xff\xc3");
	foreign_token(&s, 2, "\xc3\xa4 \xff");
	foreign_token(&s, 4, "x");
	b = tokens_get(&s, 5);
	assert_int_equal(b.len, 1);
	assert_int_equal(b.ptr[0], 0);
	assert_memory_equal(s.tokens.kind, "\0\0\2\1\0\5\3\4\0", 9);
	assert_true(s.tokens.has_kinds);
	assert_true(s.tokens.has_scores);
	assert_true(s.tokens.score[3] == -0.5F);
	assert_true(s.tokens.score[4] == 20);
	assert_true(s.tokens.score[6] == 0);
	for (uint32_t i = 0; i < TK_N_SPECIAL; i++)
		assert_int_equal(s.special[i], i);
	source_free(&s);
	open_text(&s, M "token \"a\"\nend\n");
	assert_false(s.tokens.has_kinds);
	assert_false(s.tokens.has_scores);
	source_free(&s);
}

/* All eight, in any order, with lines between them and CR LF. */
static void test_matrices(void **state)
{
	static const float b_u[] = {-INFINITY, INFINITY, 3};
	static const float w[] = {1, 2, 3, 4, 5, 6};
	struct source s;

	(void)state;
	open_text(&s, "tk-manifest 1\r\n"
		      "matrix b_u f32 1 3\r\n-inf inf 3\r\n"
		      "matrix w_u bf16 3 2\r\n1 2\r\n 3   4 \r\n5 6\r\n"
		      "# between\r\n\r\n"
		      "matrix w_e f16 3 2\r\n1 2\r\n3 4\r\n5 6\r\n"
		      "matrix mix f32 3 1\r\n1\r\n2\r\n3\r\n"
		      "matrix final-norm-weight f32 1 2\r\n1 2\r\n"
		      "matrix final-norm-bias f16 1 2\r\n1 2\r\n"
		      "matrix embed-norm-weight f32 1 2\r\n1 2\r\n"
		      "matrix embed-norm-bias f32 1 2\r\n1 2\r\n"
		      "end\r\n");
	assert_string_equal(s.w_e.name, "w_e");
	assert_int_equal(s.w_e.dtype, TK_F16);
	assert_int_equal(s.w_u.dtype, TK_BF16);
	assert_int_equal(s.b_u.dtype, TK_F32);
	assert_int_equal(s.final_norm_bias.dtype, TK_F16);
	assert_int_equal(s.w_e.elem, ELEM_F32);
	assert_int_equal(s.b_u.cols, 3);
	for (int i = 0; i < 2; i++) {
		expect_rows(&s, &s.w_e, w);
		expect_rows(&s, &s.w_u, w);
		expect_rows(&s, &s.b_u, b_u);
		expect_rows(&s, &s.mix, w);
		expect_rows(&s, &s.final_norm_weight, w);
		expect_rows(&s, &s.final_norm_bias, w);
		expect_rows(&s, &s.embed_norm_weight, w);
		expect_rows(&s, &s.embed_norm_bias, w);
	}
	source_free(&s);
}

/* Two matrices read in turns, a row of each at a time. */
static void test_in_turns(void **state)
{
	struct source s;
	float e[2], u[2];

	(void)state;
	open_text(&s, M "matrix w_e f32 4 2\n1 2\n3 4\n5 6\n7 8\n"
			"matrix w_u f32 4 2\n-1 -2\n-3 -4\n-5 -6\n-7 -8\n"
			"end\n");
	for (uint64_t i = 0; i < 4; i++) {
		assert_int_equal(s.w_e.read(&s, &s.w_e, i, 1, e), 0);
		assert_int_equal(s.w_u.read(&s, &s.w_u, i, 1, u), 0);
		assert_true(e[0] == (float)(2 * i + 1) && u[0] == -e[0]);
		assert_true(e[1] == (float)(2 * i + 2) && u[1] == -e[1]);
	}
	source_free(&s);
}

/* %.9g is what tkinfo prints; it must come back as it was. */
static void test_round_trip(void **state)
{
	enum { ROWS = 3000, COLS = 7 };
	char *text = malloc(ROWS * COLS * 20);
	float *values = malloc(ROWS * COLS * sizeof(*values));
	struct source s;
	uint32_t bits = 7;
	size_t n;

	(void)state;
	assert_non_null(text);
	assert_non_null(values);
	n = (size_t)sprintf(text, M "matrix w_e f32 %d %d\n", ROWS, COLS);
	for (int i = 0; i < ROWS * COLS; i++) {
		do
			bits = bits * 1664525 + 1013904223;
		while ((bits & 0x7f800000) == 0x7f800000);
		memcpy(&values[i], &bits, 4);
		n += (size_t)sprintf(text + n, "%.9g%c", (double)values[i],
				     i % COLS == COLS - 1 ? '\n' : ' ');
	}
	strcpy(text + n, "end\n");
	open_text(&s, text);
	expect_rows(&s, &s.w_e, values);
	source_free(&s);
	free(text);
	free(values);
}

/* A manifest, and a part of what is said of it. */
static const struct {
	const char *text, *part;
} bad[] = {
	{"", "first line is"},
	{"tk-manifesto 1\nend\n", "first line is"},
	{"tk-manifest 2\nend\n", ":1: \"2\" is not a version"},
	{"tk-manifest\nend\n", ":1: ends too early"},
	{"tk-manifest 1 2\nend\n", ":1: \"2\" is one field too many"},
	{M, "\"end\" is missing"},
	{M "token \"a\"\n", ":3: the line \"end\" is missing"},
	{M "end\n\n", ":3: something after"},
	{M "end x\n", ":2: \"x\" is one field too many"},
	{M "model x\nend\n", ":2: \"model\" is no line of"},
	{M "\x1b[31m\nend\n", "\"\\x1b[31m\" is no line"},
	{M "hparam\nend\n", ":2: ends too early"},
	{M "hparam n_ctx\nend\n", ":2: ends too early"},
	{M "hparam n_ctz 1\nend\n", "\"n_ctz\" is no hyperparameter"},
	{M "hparam n_ctx -1\nend\n", "\"-1\" is not a whole number"},
	{M "hparam n_ctx 1\nhparam n_ctx 1\nend\n",
	 ":3: \"n_ctx\" is given a second time"},
	{M "hparam tied yes\nend\n", "neither true nor false"},
	{M "hparam embed_scale nan\nend\n", "not a decimal number"},
	{M "hparam final_norm rms\nend\n", "layernorm or rmsnorm"},
	{M "hparam n_ctx 1 2\nend\n", "one field too many"},
	{M "special cls 0\nend\n", "\"cls\" is not bos"},
	{M "special eos x\nend\n", "not a whole number"},
	{M "special eos 4294967295\nend\n", "no token's id"},
	{M "special eos 0\nend\n", "id 0, but there are 0 tokens"},
	{M "token \"a\"\nspecial eos 0\nspecial eos 0\nend\n",
	 "second time"},
	{M "token a\nend\n", ":2: a token stands in double quotes"},
	{M "token\nend\n", ":2: a token stands in double quotes"},
	{M "token \"a\nend\n", "without closing quotes"},
	{M "token \"a\\\"\nend\n", "without closing quotes"},
	{M "token \"a\"b\nend\n", "a space must follow"},
	{M "token \"a\\q\"\nend\n", "a backslash in a token"},
	{M "token \"a\\x4\"\nend\n", "a backslash in a token"},
	{M "token \"\\xg0\"\nend\n", "a backslash in a token"},
	{M "token \"a\\\nend\n", "a backslash in a token"},
	{M "token \"a\tb\"\nend\n", "a control character"},
	{M "token \"a\x7f\"\nend\n", "a control character"},
	{M "token \"a\" strange\nend\n", "neither a kind of token"},
	{M "token \"a\" byte nan\nend\n", "neither a kind of token"},
	{M "token \"a\" 1 byte\nend\n", "one field too many"},
	{M "matrix w_x f32 1 1\n1\nend\n", "is no matrix of a model"},
	{M "matrix w_e f64 1 1\n1\nend\n", "\"f64\" is not f32"},
	{M "matrix b_u q8 1 1\n1\nend\n", "for w_e and w_u only"},
	{M "matrix w_e f32 1\n1\nend\n", ":2: ends too early"},
	{M "matrix w_e f32 0 1\nend\n", "too few or too many"},
	{M "matrix w_e f32 1 0\n\nend\n", "too few or too many"},
	{M "matrix w_e f32 16777217 1\n1\nend\n", "too few or too"},
	{M "matrix b_u f32 2 1\n1\n2\nend\n", "too few or too many"},
	{M "matrix w_e f32 1 1 1\n1\nend\n", "one field too many"},
	{M "matrix w_e f32 2 2\n1 2\n3\nend\n",
	 ":4: a row of fewer than 2 numbers"},
	{M "matrix w_e f32 1 2\n1 2 3\nend\n",
	 ":3: \"3\" is one field too many"},
	{M "matrix w_e f32 2 1\n1\nend\n",
	 ":4: \"end\" is not a decimal"},
	{M "matrix w_e f32 2 1\n1\n", ":4: the file ends within"},
	{M "matrix w_e f32 1 1\n1e39\nend\n", ":3: \"1e39\" is beyond"},
	{M "matrix w_e f32 1 1\nnan\nend\n", ":3: \"nan\" is not"},
	{M "matrix w_e f32 1 1\n1\nmatrix w_e f32 1 1\n1\nend\n",
	 ":4: \"w_e\" is given a second time"},
	{M "hparam tied true\nmatrix w_u f32 1 1\n1\nend\n",
	 "leave one out"},
};

static void test_refused(void **state)
{
	struct source_options opt = {.vocab = "x"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		foreign_refused_bytes(&reader_manifest, bad[i].text,
				      strlen(bad[i].text), bad[i].part);
	foreign_refused(&reader_manifest, &opt, "which FILE?");
	opt.input = foreign_text("m.txt", M "end\n");
	foreign_refused(NULL, &opt, "of no use with a manifest");
}

static void test_long_token(void **state)
{
	char *text = malloc(70000);
	struct source s;
	size_t n = sizeof(M "token \"") - 1;

	(void)state;
	assert_non_null(text);
	strcpy(text, M "token \"");
	memset(text + n, 'x', 65536);
	strcpy(text + n + 65535, "\"\nend\n");
	open_text(&s, text);
	assert_int_equal(tokens_get(&s, 0).len, 65535);
	source_free(&s);
	text[n + 65535] = 'x';
	strcpy(text + n + 65536, "\"\nend\n");
	foreign_refused_bytes(&reader_manifest, text, strlen(text),
			      "more than 65535 bytes");
	free(text);
}

static void test_torture(void **state)
{
	static const char text[] = M "hparam n_ctx 4\nspecial eos 1\n"
				     "token \"a\\x41\" byte -1\ntoken \"b\"\n"
				     "matrix w_e f16 2 2\n1 2\n3 4e-1\n"
				     "matrix w_u f32 2 2\n1 2\n3 4\nend\n";

	(void)state;
	foreign_torture(&reader_manifest, text, sizeof(text) - 1, 300);
	/* No prefix is a model, but for the one without the last LF. */
	for (size_t i = 0; i < sizeof(text) - 2; i++)
		foreign_refused_bytes(&reader_manifest, text, i, "bad");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_hparams),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_matrices),
		cmocka_unit_test(test_in_turns),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_long_token),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, foreign_setup, foreign_teardown);
}
