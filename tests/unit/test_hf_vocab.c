/* SPDX-License-Identifier: MIT */
/*
 * test_hf_vocab.c - rarer forms of vocabularies, and what stands beside them
 */
#include <stdio.h>
#include <string.h>

#include "hf_tokenizer.h"
#include "modelfiles.h"

#define MARK "\xe2\x96\x81" /* U+2581 */
#define TOKENIZER(text) foreign_text("tokenizer.json", "{" text "}")
#define MODEL(text) "\"model\":{" text "}"

static void test_steps(void **state)
{
	struct source s;

	(void)state;
	made_gpt2();
	/* a Sequence in a Sequence */
	TOKENIZER("\"normalizer\":{\"normalizers\":[{\"type\":\"NFC\"},"
		  "{\"normalizers\":[{\"type\":\"ByteLevel\"}]}]},"
		  MODEL("\"vocab\":{\"\xc3\xa9\":0}"));
	made_open(&s);
	foreign_token(&s, 0, "\xe9");
	source_free(&s);
	/* another mark for spaces than the usual one */
	TOKENIZER("\"decoder\":{\"type\":\"Metaspace\",\"replacement\":\"_\"},"
		  MODEL("\"vocab\":{\"_a_\":0,\"" MARK "\":1}"));
	made_open(&s);
	foreign_token(&s, 0, " a ");
	foreign_token(&s, 1, MARK);
	source_free(&s);
	/* bytes by the decoder alone */
	TOKENIZER("\"decoder\":{\"type\":\"ByteFallback\"},"
		  MODEL("\"vocab\":{\"<0xE9>\":0,\"" MARK "\":1}"));
	made_open(&s);
	foreign_token(&s, 0, "\xe9");
	foreign_token(&s, 1, MARK);
	source_free(&s);
}

static void test_types(void **state)
{
	(void)state;
	made_gpt2();
	TOKENIZER(MODEL("\"byte_fallback\":1,\"vocab\":{\"a\":0}"));
	made_refused("byte_fallback is a whole number");
	TOKENIZER(MODEL("\"type\":1,\"vocab\":{\"a\":0}"));
	made_refused("type is a whole number");
	TOKENIZER("\"added_tokens\":{\"a\":1}," MODEL("\"vocab\":{\"a\":0}"));
	made_refused("added_tokens is an object");
	TOKENIZER(MODEL("\"merges\":{\"a\":1},\"vocab\":{\"a\":0}"));
	made_refused("merges is an object");
	TOKENIZER(MODEL("\"merges\":[1],\"vocab\":{\"a\":0}"));
	made_refused("merges[0] is not two tokens");
	TOKENIZER(MODEL("\"unk_id\":\"a\",\"vocab\":[[\"a\",0]]"));
	made_refused("unk_id is a text");
	TOKENIZER(MODEL("\"vocab\":[[\"a\",0],[\"b\",0],[\"c\",0],[\"d\",0],"
			"[\"e\",0],[\"f\",0],[\"g\",0]]"));
	made_refused("that is 7 tokens, but \"wte.weight\"");
}

static void test_sizes(void **state)
{
	struct source s;

	(void)state;
	made_gpt2();
	/* 5 by config.json, 6 rows: a sixth token has a row all the same */
	TOKENIZER(MODEL("\"vocab\":{\"a\":0,\"f\":5}"));
	made_open(&s);
	assert_true(made_noted(&s, "6 tokens, though config.json has "
				   "vocab_size 5; \"wte.weight\" in "
				   "model.safetensors has 6 rows"));
	source_free(&s);
}

/* All 256 characters of the alphabet, and one token that is not in it. */
static void test_whole_alphabet(void **state)
{
	struct made_tensor rows[2] = {{"wte.weight", "F32", 300, 2, NULL},
				      {NULL, NULL, 0, 0, NULL}};
	char text[8192] = "{\"\xe4\xb8\x80\":256";
	size_t n = strlen(text);
	int other = 0;
	struct source s;

	(void)state;
	made_gpt2();
	made_tensors("model.safetensors", rows);
	remove(foreign_path("tokenizer.json"));
	for (int b = 0; b < 256; b++) {
		bool own = (b > 0x20 && b < 0x7f) || (b > 0xa0 && b != 0xad);
		int c = own ? b : 256 + other++;

		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      ",\"\\u%04x\":%d", (unsigned)c, b);
	}
	snprintf(text + n, sizeof(text) - n, "}");
	foreign_text("vocab.json", text);
	made_open(&s);
	for (uint32_t b = 0; b < 256; b++) {
		assert_int_equal(tokens_get(&s, b).len, 1);
		assert_int_equal(tokens_get(&s, b).ptr[0], b);
	}
	foreign_token(&s, 256, "\xe4\xb8\x80");
	source_free(&s);
}

static void test_merges(void **state)
{
	static const char *const good[] = {
		"", "#version: 0.2", "#version\n", "#version: 1 2 3\na b\n",
		"# a\r\nb c\r\n", "a b", "a b\nb c\n\n"};
	/* any line may be the bad one */
	static const char *const bad[] = {"#versions\nab\n", " b\n", "a \n",
					  "a  b\n", "a b\na\n",
					  "a b\n\na b\n", "a b\nb a\na b c"};
	struct source s;

	(void)state;
	made_gpt2();
	remove(foreign_path("tokenizer.json"));
	foreign_text("vocab.json", "{\"a\":0}");
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		foreign_text("merges.txt", good[i]);
		made_open(&s);
		source_free(&s);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		foreign_text("merges.txt", bad[i]);
		made_refused("is not two tokens");
	}
	foreign_text("merges.txt", "#version: 0.2\na b\nb c\nc\n");
	made_refused("merges.txt:4: \"c\" is not two tokens");
	foreign_text("vocab.json", "{\"a\":0,\"b\":1}");
	foreign_text("merges.txt", "a b\nb c\nbb a\nb a\n");
	made_open(&s);
	assert_true(made_noted(&s, "merges.txt: 2 lines have a part that is "
				   "no token"));
	source_free(&s);
}

static void test_beside(void **state)
{
	struct source_options opt = {0};

	(void)state;
	made_gpt2();
	remove(foreign_path("tokenizer.json"));
	foreign_text("vocab.json", "{\"a\":0}");
	foreign_text("added_tokens.json", "{\"x\":-1,\"y\":1}");
	made_refused("added_tokens.json: the id of \"x\" is a whole number");
	foreign_text("added_tokens.json", "[]");
	made_refused("added_tokens.json: is a list");
	foreign_text("added_tokens.json", "{}");
	foreign_text("tokenizer_config.json", "{");
	made_refused("tokenizer_config.json: line 1");
	foreign_text("tokenizer_config.json", "{}");
	foreign_text("vocab.json", "{");
	made_refused("vocab.json: line 1");
	foreign_text("generation_config.json", "{");
	made_refused("generation_config.json: line 1");
	remove(foreign_path("generation_config.json"));
	remove(foreign_path("vocab.json"));
	foreign_text("vocab.txt", "");
	made_refused("vocab.txt: is empty");
	opt.input = foreign_path(".");
	opt.vocab = foreign_path("absent");
	foreign_refused(NULL, &opt, "absent: No such file");
}

static void test_vocab_only(void **state)
{
	struct source_options opt = {.vocab_only = true};
	struct source s;

	(void)state;
	made_gpt2();
	opt.input = foreign_path(".");
	remove(foreign_path("model.safetensors"));
	foreign_open(&s, NULL, &opt);
	assert_int_equal(s.tokens.n, 5);
	assert_null(s.w_e.name);
	assert_true(s.hparams.n_ctx == 7 && s.hparams.d_model == 2);
	source_free(&s);
	remove(foreign_path("config.json"));
	foreign_open(&s, NULL, &opt);
	assert_int_equal(s.tokens.n, 5);
	source_free(&s);
	/* the file alone, and what lies beside it */
	opt.input = foreign_path("tokenizer.json");
	foreign_open(&s, NULL, &opt);
	assert_string_equal(s.kind, "tokenizer");
	assert_int_equal(s.tokens.n, 5);
	foreign_token(&s, 2, " c");
	source_free(&s);
	opt.vocab = opt.input;
	foreign_refused(NULL, &opt, "given twice");
	opt.vocab = NULL;
	opt.vocab_only = false;
	foreign_refused(NULL, &opt, "has no matrices; pack the directory it "
				    "lies in, or the vocabulary alone with "
				    "--vocab-only");
	opt.vocab_only = true;
	opt.input = foreign_text("mine.json", " \n{\"a\":0,\"bc\":1}");
	foreign_open(&s, NULL, &opt);
	foreign_token(&s, 1, "bc");
	source_free(&s);
	opt.input = foreign_path(".");
	/* without rows, the size of the file bounds the ids */
	TOKENIZER(MODEL("\"vocab\":{\"a\":0,\"b\":16000000}"));
	foreign_refused(NULL, &opt, "id 16000000 is far beyond the number");
}

static void test_directory_of(void **state)
{
	struct source s;

	(void)state;
	source_init(&s);
	assert_string_equal(hf_directory_of(&s, "x"), ".");
	assert_string_equal(hf_directory_of(&s, "/x"), "/");
	assert_string_equal(hf_directory_of(&s, "a/b/x"), "a/b");
	source_free(&s);
}

#define TEST(f)                                                               \
	cmocka_unit_test_setup_teardown(f, foreign_setup, foreign_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_steps),	   TEST(test_types),
		TEST(test_sizes),	   TEST(test_whole_alphabet),
		TEST(test_merges),	   TEST(test_beside),
		TEST(test_vocab_only),
		cmocka_unit_test(test_directory_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
