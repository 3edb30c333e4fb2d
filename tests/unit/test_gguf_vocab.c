/* SPDX-License-Identifier: MIT */
/*
 * test_gguf_vocab.c - the vocabulary of a good GGUF file
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gguf_open.h"

static void assert_token(const struct source *s, uint32_t id, const char *text,
			 enum tk_token_kind kind)
{
	struct tk_bytes b = tokens_get(s, id);

	assert_int_equal(b.len, strlen(text));
	assert_memory_equal(b.ptr, text, b.len);
	assert_int_equal(s->tokens.kind[id], kind);
}

static void all_tokens(void **state)
{
	struct gguf_image img;
	struct source s;

	(void)state;
	image_init(&img);
	image_u32(&img, "tokenizer.ggml.eos_token_id", 3);
	image_u32(&img, "tokenizer.ggml.eot_token_id", 4);
	image_u32(&img, "tokenizer.ggml.eom_token_id", 3);
	image_u32(&img, "tokenizer.ggml.padding_token_id", UINT32_MAX);
	image_u32(&img, "tokenizer.ggml.seperator_token_id", 2);
	image_bool(&img, "tokenizer.ggml.add_bos_token", 1);
	gguf_assert_open(&s, &img, NULL);
	assert_int_equal(s.tokens.n, 5);
	assert_token(&s, 0, "<unk>", TK_TOKEN_UNKNOWN);
	assert_token(&s, 1, "<s>", TK_TOKEN_CONTROL);
	assert_token(&s, 2, "\n", TK_TOKEN_BYTE);
	assert_token(&s, 3, " a", TK_TOKEN_NORMAL);
	assert_token(&s, 4, "b", TK_TOKEN_NORMAL);
	assert_true(s.tokens.has_kinds && s.tokens.has_scores);
	assert_true(s.tokens.score[3] == -1 && s.tokens.score[4] == -2);
	assert_int_equal(s.special[TK_SPECIAL_BOS], 1);
	assert_int_equal(s.special[TK_SPECIAL_EOS], 3);
	assert_int_equal(s.special[TK_SPECIAL_UNK], 0);
	assert_int_equal(s.special[TK_SPECIAL_PAD], TK_NO_ID);
	assert_int_equal(s.special[TK_SPECIAL_SEP], 2);
	assert_int_equal(s.n_eos_ids, 2);
	assert_true(s.eos_ids[0] == 3 && s.eos_ids[1] == 4);
	assert_int_equal(s.add_bos, YES);
	assert_int_equal(s.add_eos, UNKNOWN);
	source_free(&s);
	gguf_image_free(&img);
}

/* ---- how tokens are written ---- */

static void put_tokens(struct gguf_image *img, const char *model, size_t n,
		       const char *const *tokens, const int32_t *kinds)
{
	image_init(img);
	image_text(img, "tokenizer.ggml.model", model);
	image_strings(img, "tokenizer.ggml.tokens", n, tokens);
	image_array(img, "tokenizer.ggml.token_type", 5, n, kinds, 4 * n);
	image_drop(img, "tokenizer.ggml.scores");
}

static void byte_alphabet(void **state)
{
	static const char *const tokens[] = {
		"\xc4\xa0the", "\xc3\xa2\xc4\xa2", "<|\xc4\xa0|>", "a b",
		"\xe2\x96\x81",
	};
	static const int32_t kinds[] = {1, 1, 3, 1, 4};
	struct gguf_image img;
	struct source s;

	(void)state;
	put_tokens(&img, "gpt2", 5, tokens, kinds);
	gguf_assert_open(&s, &img, NULL);
	assert_token(&s, 0, " the", TK_TOKEN_NORMAL);
	assert_token(&s, 1, "\xe2\x80", TK_TOKEN_NORMAL);
	assert_token(&s, 2, "<|\xc4\xa0|>", TK_TOKEN_CONTROL);
	assert_token(&s, 3, "a b", TK_TOKEN_NORMAL);
	assert_token(&s, 4, "\xe2\x96\x81", TK_TOKEN_USER);
	assert_false(s.tokens.has_scores);
	source_free(&s);
	gguf_image_free(&img);
}

static void pieces(void **state)
{
	/* The second has 129 = 0x81 bytes: a length that completes U+2581. */
	static const char *const tokens[] = {
		"\xe2\x96\x81\xe2\x96\x81x\xe2\x96",
		"0123456789012345678901234567890123456789012"
		"0123456789012345678901234567890123456789012"
		"0123456789012345678901234567890123456789012",
		"<0x00>", "<0x-1>", "<0xe9>", "<0xE>", "<0xE9)", "<0xE9>>",
		"<\xe2\x96\x81>",
	};
	static const int32_t kinds[] = {4, 1, 1, 6, 6, 6, 6, 6, 3};
	struct source_options vocab_only = {.vocab_only = true};
	struct gguf_image img;
	struct source s;

	(void)state;
	put_tokens(&img, "llama", 9, tokens, kinds);
	gguf_assert_open(&s, &img, &vocab_only);
	assert_token(&s, 0, "  x\xe2\x96", TK_TOKEN_USER);
	assert_token(&s, 2, "<0x00>", TK_TOKEN_NORMAL);
	assert_token(&s, 3, "<0x-1>", TK_TOKEN_NORMAL);
	assert_token(&s, 4, "\xe9", TK_TOKEN_BYTE);
	assert_token(&s, 5, "<0xE>", TK_TOKEN_NORMAL);
	assert_token(&s, 6, "<0xE9)", TK_TOKEN_NORMAL);
	assert_token(&s, 7, "<0xE9>>", TK_TOKEN_NORMAL);
	assert_token(&s, 8, "<\xe2\x96\x81>", TK_TOKEN_CONTROL);
	source_free(&s);
	gguf_image_free(&img);
}

static void other_tokenizers(void **state)
{
	static const char *const tokens[] = {"\xe2\x96\x81the", "ing", "[CLS]",
					     "", "x"};
	static const int32_t kinds[] = {1, 1, 3, 5, 5};
	struct gguf_image img;
	struct source s;

	(void)state;
	put_tokens(&img, "bert", 5, tokens, kinds);
	image_u32(&img, "tokenizer.ggml.cls_token_id", 2);
	image_drop(&img, "tokenizer.ggml.bos_token_id");
	gguf_assert_open(&s, &img, NULL);
	assert_token(&s, 0, " the", TK_TOKEN_NORMAL);
	assert_token(&s, 3, "", TK_TOKEN_UNUSED);
	assert_int_equal(s.special[TK_SPECIAL_BOS], 2);
	assert_int_equal(s.n_notes, 1);
	source_free(&s);
	image_text(&img, "tokenizer.ggml.model", "rwkv");
	gguf_assert_open(&s, &img, NULL);
	assert_token(&s, 0, "\xe2\x96\x81the", TK_TOKEN_NORMAL);
	assert_non_null(strstr(s.notes[0], "\"rwkv\" is not known"));
	source_free(&s);
	gguf_image_free(&img);
}

/* More text than the window holds; a token on its border. */
static void many_tokens(void **state)
{
	enum { N = 3000, LEN = 301 };
	const char **tokens = calloc(N, sizeof(*tokens));
	char *text = calloc(N, LEN + 1);
	static float w_e[N][4];
	struct gguf_image img;
	struct source s;

	(void)state;
	assert_true(tokens && text);
	for (size_t i = 0; i < N; i++) {
		char *t = text + i * (LEN + 1);

		memset(t, 'a' + (int)(i % 26), LEN);
		memcpy(t, &(char[]){(char)('0' + i / 1000),
				    (char)('0' + i / 100 % 10),
				    (char)('0' + i / 10 % 10),
				    (char)('0' + i % 10)},
		       4);
		tokens[i] = t;
	}
	image_init(&img);
	image_strings(&img, "tokenizer.ggml.tokens", N, tokens);
	image_drop(&img, "tokenizer.ggml.scores");
	image_drop(&img, "tokenizer.ggml.token_type");
	image_drop_tensor(&img, "output.weight");
	image_drop_tensor(&img, "output.bias");
	image_tensor(&img, "token_embd.weight")->ne[1] = N;
	image_tensor(&img, "token_embd.weight")->data = w_e;
	image_tensor(&img, "token_embd.weight")->size = sizeof(w_e);
	gguf_assert_open(&s, &img, NULL);
	assert_int_equal(s.tokens.n, N);
	for (uint32_t i = 0; i < N; i++)
		assert_token(&s, i, tokens[i], TK_TOKEN_NORMAL);
	source_free(&s);
	gguf_image_free(&img);
	free(tokens);
	free(text);
}

static void own_vocabulary(void **state)
{
	static const char words[] = "one\ntwo\nthree\n";
	struct source_options opt = {0};
	struct gguf_image img;
	struct source s;
	char *path = strdup(gguf_write("words.txt", words, strlen(words)));

	(void)state;
	image_init(&img);
	image_text(&img, "tokenizer.ggml.model", "none");
	image_drop(&img, "tokenizer.ggml.tokens");
	image_drop(&img, "tokenizer.ggml.scores");
	image_drop(&img, "tokenizer.ggml.token_type");
	opt.vocab = path;
	gguf_assert_open(&s, &img, &opt);
	assert_int_equal(s.tokens.n, 3);
	assert_token(&s, 2, "three", TK_TOKEN_NORMAL);
	source_free(&s);
	gguf_image_free(&img);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_tokens),
		cmocka_unit_test(byte_alphabet),
		cmocka_unit_test(pieces),
		cmocka_unit_test(other_tokenizers),
		cmocka_unit_test(many_tokens),
		cmocka_unit_test(own_vocabulary),
	};

	return cmocka_run_group_tests(tests, gguf_directory_make,
				      gguf_directory_remove);
}
