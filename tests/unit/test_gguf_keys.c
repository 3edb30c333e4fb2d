/* SPDX-License-Identifier: MIT */
/*
 * test_gguf_keys.c - keys of GGUF files that must be refused
 *
 * Beside each of them stands the nearest one that is right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gguf_open.h"

#define T "tokenizer.ggml."
#define EPS "llama.attention.layer_norm_rms_epsilon"

/* A value as its bytes. */
#define BYTES(literal) literal, sizeof(literal) - 1

enum { U32 = 4, I32 = 5, F32 = 6, BOOL = 7, STRING = 8, ARRAY = 9, F64 = 12 };

struct row {
	const char *key;
	uint32_t type;
	const char *value;
	size_t len;
	const char *message;
};

static void check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct gguf_image img;

		image_init(&img);
		image_set(&img, rows[i].key, rows[i].type, rows[i].value,
			  rows[i].len);
		gguf_check(&img, rows[i].key, rows[i].message);
		gguf_image_free(&img);
	}
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof(rows[0]))

/* ---- values of any key ---- */

static void types(void **state)
{
	static const struct row rows[] = {
		{"x", 0, BYTES("\1"), NULL},
		{"x", 1, BYTES("\1"), NULL},
		{"x", 2, BYTES("\1\0"), NULL},
		{"x", 3, BYTES("\1\0"), NULL},
		{"x", 10, BYTES("\1\0\0\0\0\0\0\0"), NULL},
		{"x", 11, BYTES("\1\0\0\0\0\0\0\0"), NULL},
		{"x", 12, BYTES("\1\0\0\0\0\0\0\0"), NULL},
		{"x", 13, BYTES("\1\0\0\0\0\0\0\0"), "type 13 does not exist"},
		{"x", UINT32_MAX, BYTES("\1"), "type 4294967295 does not"},
		{"x", BOOL, BYTES("\1"), NULL},
		{"x", BOOL, BYTES("\2"), "a bool must be 0 or 1, not 2"},
		{"x", STRING, BYTES("\1\0\0\0\0\0\0\0a"), NULL},
		{"x", STRING, BYTES("\377\377\377\377\377\377\377\377a"),
		 "a string of 18446744073709551615 bytes"},
		{"x", STRING, BYTES("\0\20\0\0\0\0\0\0a"),
		 "a string of 4096 bytes"},
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void arrays(void **state)
{
	static const struct row rows[] = {
		{"x", ARRAY, BYTES("\0\0\0\0" "\0\0\0\0\0\0\0\0"), NULL},
		{"x", ARRAY, BYTES("\2\0\0\0" "\2\0\0\0\0\0\0\0" "abcd"), NULL},
		{"x", ARRAY,
		 BYTES("\10\0\0\0" "\1\0\0\0\0\0\0\0" "\1\0\0\0\0\0\0\0a"),
		 NULL},
		{"x", ARRAY,
		 BYTES("\10\0\0\0" "\1\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\200a"),
		 "a string of 9223372036854775808 bytes"},
		{"x", ARRAY, BYTES("\15\0\0\0" "\0\0\0\0\0\0\0\0"),
		 "type 13 does not exist"},
		{"x", ARRAY, BYTES("\11\0\0\0" "\0\0\0\0\0\0\0\0"),
		 "an array of arrays"},
		{"x", ARRAY, BYTES("\0\0\0\0" "\0\0\0\0\0\0\0\200"),
		 "an array of 9223372036854775808 elements"},
		{"x", ARRAY, BYTES("\12\0\0\0" "\0\0\0\0\0\0\0\40"),
		 "an array of 2305843009213693952 elements"},
		{"x", ARRAY, BYTES("\10\0\0\0" "\377\377\377\377\0\0\0\0"),
		 "an array of 4294967295 elements"},
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void names(void **state)
{
	char *name = calloc(1, 65537);
	struct gguf_image img;

	(void)state;
	assert_non_null(name);
	image_init(&img);
	memset(name, 'k', 65535);
	image_append(&img, name, BOOL, "\1", 1);
	gguf_check(&img, "65535 bytes", NULL);
	image_drop(&img, name);
	name[65535] = 'k';
	image_append(&img, name, BOOL, "\1", 1);
	gguf_check(&img, "65536 bytes",
		   "has 65536 bytes; legal are 1 to 65535");
	image_drop(&img, name);
	image_append(&img, "", BOOL, "\1", 1);
	gguf_check(&img, "empty", "has 0 bytes");
	image_drop(&img, "");
	image_append(&img, "a", BOOL, "\1", 1);
	image_kv(&img, "a")->key_len = 2;
	gguf_check(&img, "NUL", "has a NUL in it");
	image_kv(&img, "a")->key_len = 1;
	gguf_check(&img, "once", NULL);
	image_append(&img, "a", U32, "abcd", 4);
	gguf_check(&img, "twice", "key \"a\" stands there twice");
	gguf_image_free(&img);
	free(name);
}

/* ---- keys with a meaning ---- */

static void facts(void **state)
{
	static const struct row rows[] = {
		{"general.alignment", U32, BYTES("\40\0\0\0"), NULL},
		{"general.alignment", U32, BYTES("\0\0\0\0"), "is 0;"},
		{"general.alignment", U32, BYTES("\3\0\0\0"), "is 3;"},
		{"general.alignment", U32, BYTES("\15\0\0\0"), "is 13;"},
		{"general.alignment", U32, BYTES("\0\0\0\200"),
		 "is 2147483648;"},
		{"general.alignment", I32, BYTES("\40\0\0\0"),
		 "must be of type u32, not i32"},
		{"general.alignment", ARRAY,
		 BYTES("\4\0\0\0" "\1\0\0\0\0\0\0\0" "\40\0\0\0"),
		 "not an array of u32"},
		{"general.architecture", U32, BYTES("\1\0\0\0"),
		 "is of type u32, not a string"},
		{"general.architecture", STRING, BYTES("\0\0\0\0\0\0\0\0"),
		 "general.architecture is empty"},
		{"general.architecture", STRING, BYTES("\2\0\0\0\0\0\0\0a\33"),
		 "is \"a\\x1b\", no name"},
		{"general.architecture", STRING, BYTES("\2\0\0\0\0\0\0\0a\0"),
		 "has a NUL"},
		{"split.count", 2, BYTES("\1\0"), NULL},
		{"split.count", 2, BYTES("\2\0"), "part 1 of a model in 2"},
		{"llama.context_length", I32, BYTES("\1\0\0\0"), NULL},
		{"llama.context_length", I32, BYTES("\377\377\377\377"),
		 "is -1, below 0"},
		{"llama.context_length", 11,
		 BYTES("\0\0\0\0\0\0\0\200"), "below 0"},
		{"llama.context_length", 1, BYTES("\177"), NULL},
		{"llama.context_length", 1, BYTES("\200"), "is -128, below 0"},
		{"llama.context_length", 3, BYTES("\0\200"),
		 "is -32768, below 0"},
		{"llama.context_length", ARRAY,
		 BYTES("\4\0\0\0" "\1\0\0\0\0\0\0\0" "\1\0\0\0"),
		 "is an array of u32, not an integer"},
		{"llama.context_length", F32, BYTES("\0\0\200\77"),
		 "is of type f32, not an integer"},
		{"llama.embedding_length", U32, BYTES("\5\0\0\0"),
		 "embedding_length is 5, but \"token_embd.weight\" has rows of "
		 "4"},
		{"llama.vocab_size", U32, BYTES("\6\0\0\0"), NULL},
		{"llama.vocab_size", U32, BYTES("\7\0\0\0"),
		 "vocab_size is 7, but \"token_embd.weight\" has only 6"},
		{"tokenizer.chat_template", STRING,
		 BYTES("\3\0\0\0\0\0\0\0a\0b"), "has a NUL"},
		{"general.license", U32, BYTES("\7\0\0\0"), "not a string"},
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void numbers(void **state)
{
	static const struct row rows[] = {
		{"llama.logit_scale", F32, BYTES("\0\0\200\77"), NULL},
		{"llama.logit_scale", F64, BYTES("\0\0\0\0\0\0\360\77"), NULL},
		{"llama.logit_scale", F32, BYTES("\0\0\0\0"), "above 0"},
		{"llama.logit_scale", F32, BYTES("\0\0\200\277"), "above 0"},
		{"llama.logit_scale", F32, BYTES("\0\0\200\177"), "finite"},
		{"llama.logit_scale", F32, BYTES("\0\0\300\177"), "finite"},
		{"llama.logit_scale", F32, BYTES("\1\0\0\0"), "range of f32"},
		{"llama.logit_scale", F64, BYTES("\0\0\0\0\0\0\360\177"),
		 "finite"},
		{"llama.logit_scale", F64, BYTES("\0\0\0\0\0\0\340\177"),
		 "range of f32"},
		{"llama.logit_scale", U32, BYTES("\1\0\0\0"), "real number"},
		{"llama.embedding_scale", F32, BYTES("\0\0\0\0"), "above 0"},
		{"llama.embedding_scale", F32, BYTES("\0\0\300\377"), "finite"},
		{"llama.embedding_scale", F32, BYTES("\1\0\0\0"),
		 "range of f32"},
		{"llama.final_logit_softcapping", F32, BYTES("\0\0\0\0"), NULL},
		{"llama.final_logit_softcapping", F32, BYTES("\0\0\200\277"),
		 "not below 0"},
		{"llama.final_logit_softcapping", F64,
		 BYTES("\0\0\0\0\0\0\340\177"), "range of f32"},
		{EPS, F32, BYTES("\0\0\0\0"), NULL},
		{EPS, F32, BYTES("\0\0\200\277"), "not below 0"},
		{EPS, F32, BYTES("\0\0\300\177"), "finite"},
		{EPS, U32, BYTES("\0\0\0\0"), "not a real number"},
	};

	(void)state;
	CHECK_ROWS(rows);
}

/* ---- the vocabulary ---- */

#define COUNT_5 "\5\0\0\0\0\0\0\0"
#define COUNT_4 "\4\0\0\0\0\0\0\0"

static void vocabulary(void **state)
{
	static const struct row rows[] = {
		{T "tokens", U32, BYTES("\5\0\0\0"), "not an array of strings"},
		{T "tokens", ARRAY, BYTES("\0\0\0\0" COUNT_5 "abcde"),
		 "an array of u8, not an array of strings"},
		{T "tokens", ARRAY, BYTES("\10\0\0\0" "\0\0\0\0\0\0\0\0"),
		 "0 tokens; legal are 1 to 16777215"},
		{T "scores", ARRAY, BYTES("\1\0\0\0" COUNT_5 "abcde"),
		 "scores is an array of i8, not an array of f32"},
		{T "scores", ARRAY,
		 BYTES("\6\0\0\0" COUNT_4 "0123012301230123"),
		 "scores has 4 elements for 5 tokens"},
		{T "token_type", ARRAY, BYTES("\0\0\0\0" COUNT_5 "\1\1\1\1\1"),
		 "token_type is an array of u8, not an array of i32"},
		{T "token_type", I32, BYTES("\1\0\0\0"), "is of type i32"},
		{T "token_type", ARRAY,
		 BYTES("\5\0\0\0" COUNT_5
		       "\2\0\0\0\3\0\0\0\4\0\0\0\5\0\0\0\6\0\0\0"),
		 NULL},
		{T "token_type", ARRAY,
		 BYTES("\5\0\0\0" COUNT_5
		       "\2\0\0\0\3\0\0\0\4\0\0\0\5\0\0\0\7\0\0\0"),
		 "of token 4 is 7; there are 1 to 6"},
		{T "token_type", ARRAY,
		 BYTES("\5\0\0\0" COUNT_5
		       "\0\0\0\0\3\0\0\0\4\0\0\0\5\0\0\0\6\0\0\0"),
		 "of token 0 is 0; there are"},
		{T "token_type", ARRAY,
		 BYTES("\5\0\0\0" COUNT_5
		       "\2\0\0\0\377\377\377\377\4\0\0\0\5\0\0\0\6\0\0\0"),
		 "of token 1 is -1; there are"},
		{T "model", U32, BYTES("\1\0\0\0"), "not a string"},
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void special_ids(void **state)
{
	static const struct row rows[] = {
		{T "bos_token_id", U32, BYTES("\4\0\0\0"), NULL},
		{T "bos_token_id", U32, BYTES("\5\0\0\0"),
		 "bos_token_id is 5, but there are 5 tokens"},
		{T "bos_token_id", U32, BYTES("\0\0\0\200"),
		 "is 2147483648, but"},
		{T "bos_token_id", U32, BYTES("\377\377\377\377"), NULL},
		{T "bos_token_id", I32, BYTES("\377\377\377\377"), "is -1"},
		{T "bos_token_id", 10, BYTES("\0\0\0\0\1\0\0\0"),
		 "is 4294967296, but"},
		{T "bos_token_id", F32, BYTES("\0\0\200\77"), "not an integer"},
		{T "eot_token_id", U32, BYTES("\5\0\0\0"), "eot_token_id is 5"},
		{T "separator_token_id", U32, BYTES("\5\0\0\0"), "is 5"},
		{T "add_bos_token", BOOL, BYTES("\1"), NULL},
		{T "add_bos_token", U32, BYTES("\1\0\0\0"), "not a bool"},
		{T "add_eos_token", BOOL, BYTES("\0"), NULL},
		{T "add_eos_token", BOOL, BYTES("\1"), "names no eos token"},
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void missing_keys(void **state)
{
	static const struct {
		const char *key, *message;
	} rows[] = {
		{"general.architecture", "no key general.architecture"},
		{"llama.context_length", NULL},
		{"llama.embedding_length", NULL},
		{EPS, "has a final norm, but neither key"},
		{T "model", "no key tokenizer.ggml.model"},
		{T "tokens", "give one, a word a line, with --vocab"},
		{T "scores", NULL},
		{T "token_type", NULL},
		{T "bos_token_id", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct gguf_image img;

		image_init(&img);
		image_drop(&img, rows[i].key);
		gguf_check(&img, rows[i].key, rows[i].message);
		gguf_image_free(&img);
	}
}

static void long_text(void **state)
{
	char text[257] = "";
	struct gguf_image img;

	(void)state;
	image_init(&img);
	memset(text, 'x', 255);
	image_text(&img, "general.license", text);
	gguf_check(&img, "255 bytes", NULL);
	text[255] = 'x';
	image_text(&img, "general.license", text);
	gguf_check(&img, "256 bytes", "has 256 bytes, the limit is 255");
	gguf_image_free(&img);
}

static void long_token(void **state)
{
	char *token = calloc(1, 65537);
	const char *tokens[5] = {token, "b", "c", "d", "e"};
	struct gguf_image img;

	(void)state;
	assert_non_null(token);
	memset(token, 'x', 65535);
	image_init(&img);
	image_strings(&img, T "tokens", 5, tokens);
	gguf_check(&img, "65535 bytes", NULL);
	token[65535] = 'x';
	image_strings(&img, T "tokens", 5, tokens);
	gguf_check(&img, "65536 bytes", "token 0 has 65536 bytes");
	gguf_image_free(&img);
	free(token);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types),       cmocka_unit_test(arrays),
		cmocka_unit_test(names),       cmocka_unit_test(facts),
		cmocka_unit_test(numbers),     cmocka_unit_test(vocabulary),
		cmocka_unit_test(special_ids), cmocka_unit_test(missing_keys),
		cmocka_unit_test(long_text),   cmocka_unit_test(long_token),
	};

	return cmocka_run_group_tests(tests, gguf_directory_make,
				      gguf_directory_remove);
}
