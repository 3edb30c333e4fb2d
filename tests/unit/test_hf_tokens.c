/* SPDX-License-Identifier: MIT */
/*
 * test_hf_tokens.c - vocabularies of Hugging Face directories
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modelfiles.h"
#include "source.h"

/* tokenizer.json of a model, steps before it, added tokens; [6, 2] rows. */
#define TOKENIZER(added, steps, model)                                        \
	foreign_text("tokenizer.json",                                        \
		     "{\"added_tokens\":[" added "]," steps "\"model\":{"     \
		     model "}}")
#define ADDED(id, text, special)                                              \
	"{\"id\":" id ",\"content\":\"" text "\",\"special\":" special "}"
#define BYTE_LEVEL "\"pre_tokenizer\":{\"type\":\"ByteLevel\"},"
#define METASPACE                                                             \
	"\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":"          \
	"\"\xe2\x96\x81\"},"
#define MARK "\xe2\x96\x81" /* U+2581 */

static void expect_token(const struct source *s, uint32_t id,
			 const char *text, enum tk_token_kind kind)
{
	foreign_token(s, id, text);
	assert_int_equal(s->tokens.kind[id], kind);
}

static void test_byte_level(void **state)
{
	struct source s;

	(void)state;
	made_gpt2();
	made_open(&s);
	assert_int_equal(s.tokens.n, 5);
	expect_token(&s, 2, " c", TK_TOKEN_NORMAL);
	expect_token(&s, 3, "\n", TK_TOKEN_NORMAL);
	expect_token(&s, 4, "<end>", TK_TOKEN_CONTROL);
	assert_string_equal(s.tokenizer, "bpe");
	assert_string_equal(s.pretokenizer, "ByteLevel");
	assert_true(s.tokens.has_kinds && !s.tokens.has_scores);
	source_free(&s);
	/* byte 0xE9 in the alphabet, and the added token that looks alike;
	   ByteLevel inside a Sequence; no model.type; pairs as merges */
	TOKENIZER(ADDED("1", "\xc3\xaa", "false") ","
		  ADDED("2", MARK, "true") "," ADDED("4", "  ", "false"),
		  "\"pre_tokenizer\":{\"type\":\"Sequence\","
		  "\"pretokenizers\":[{\"type\":\"Digits\"},"
		  "{\"type\":\"ByteLevel\"}]},",
		  "\"vocab\":{\"\xc3\xa9\":0,\"\xc3\xaa\":1,\"" MARK
		  "\":2,\"\xe4\xb8\x80\":3},\"merges\":[[\"a\",\"b c\"]]");
	made_open(&s);
	expect_token(&s, 0, "\xe9", TK_TOKEN_NORMAL);
	expect_token(&s, 1, "\xc3\xaa", TK_TOKEN_USER);
	expect_token(&s, 2, MARK, TK_TOKEN_CONTROL);
	/* not in the alphabet: the text itself */
	expect_token(&s, 3, "\xe4\xb8\x80", TK_TOKEN_NORMAL);
	expect_token(&s, 4, "  ", TK_TOKEN_USER);
	assert_true(made_noted(&s, "1 entries are not written in GPT-2's"));
	assert_string_equal(s.tokenizer, "bpe");
	assert_null(s.pretokenizer);
	source_free(&s);
}

static void test_pieces(void **state)
{
	struct source s;

	(void)state;
	made_gpt2();
	TOKENIZER(ADDED("0", "<unk>", "true") ","
		  ADDED("3", MARK MARK, "false"),
		  "\"decoder\":{\"type\":\"Sequence\",\"decoders\":[{\"type\":"
		  "\"Replace\",\"pattern\":{\"String\":\"" MARK
		  "\"},\"content\":\" \"}]},",
		  "\"type\":\"BPE\",\"byte_fallback\":true,\"unk_token\":"
		  "\"<unk>\",\"vocab\":{\"<unk>\":0,\"<0x0A>\":1,\"" MARK
		  "a" MARK "\":2,\"" MARK MARK
		  "\":3,\"<0x0g>\":4,\"<0xff>\":5},\"merges\":[]");
	made_open(&s);
	expect_token(&s, 0, "<unk>", TK_TOKEN_UNKNOWN);
	expect_token(&s, 1, "\n", TK_TOKEN_BYTE);
	expect_token(&s, 2, " a ", TK_TOKEN_NORMAL);
	expect_token(&s, 3, "  ", TK_TOKEN_USER);
	expect_token(&s, 4, "<0x0g>", TK_TOKEN_NORMAL);
	expect_token(&s, 5, "<0xff>", TK_TOKEN_NORMAL);
	assert_int_equal(s.special[TK_SPECIAL_UNK], 0);
	source_free(&s);

	/* added ones, in the vocabulary and outside of it: U+2581 is a space
	   in text, and itself in a special token */
	TOKENIZER(ADDED("1", MARK "x", "false") ","
		  ADDED("2", MARK "<s>", "true") ","
		  ADDED("3", MARK "y", "false") ","
		  ADDED("4", MARK "<e>", "true"),
		  METASPACE, "\"type\":\"BPE\",\"vocab\":{\"a\":0,\"" MARK
		  "x\":1,\"" MARK "<s>\":2},\"merges\":[]");
	made_open(&s);
	expect_token(&s, 1, " x", TK_TOKEN_USER);
	expect_token(&s, 2, MARK "<s>", TK_TOKEN_CONTROL);
	expect_token(&s, 3, " y", TK_TOKEN_USER);
	expect_token(&s, 4, MARK "<e>", TK_TOKEN_CONTROL);
	source_free(&s);

	TOKENIZER("", METASPACE,
		  "\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"<unk>\",0],"
		  "[\"" MARK "b\",-2.5],[\"<0x41>\",-3.25],[\"\\u0000\",-1]]");
	made_open(&s);
	expect_token(&s, 0, "<unk>", TK_TOKEN_UNKNOWN);
	expect_token(&s, 1, " b", TK_TOKEN_NORMAL);
	/* no byte_fallback: no bytes */
	expect_token(&s, 2, "<0x41>", TK_TOKEN_NORMAL);
	assert_int_equal(tokens_get(&s, 3).len, 1);
	assert_true(s.tokens.has_scores);
	assert_true(s.tokens.score[1] == -2.5f);
	assert_true(s.tokens.score[2] == -3.25f);
	assert_string_equal(s.tokenizer, "unigram");
	assert_string_equal(s.pretokenizer, "Metaspace");
	source_free(&s);
}

static void test_words(void **state)
{
	struct source s;

	(void)state;
	made_gpt2();
	TOKENIZER(ADDED("0", "[UNK]", "true"),
		  "\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},",
		  "\"unk_token\":\"[UNK]\",\"max_input_chars_per_word\":100,"
		  "\"vocab\":{\"[UNK]\":0,\"##ing\":1,\"" MARK "\":2}");
	made_open(&s);
	expect_token(&s, 0, "[UNK]", TK_TOKEN_UNKNOWN);
	expect_token(&s, 1, "##ing", TK_TOKEN_NORMAL);
	expect_token(&s, 2, MARK, TK_TOKEN_NORMAL);
	assert_string_equal(s.tokenizer, "wordpiece");
	source_free(&s);
	TOKENIZER("", "", "\"vocab\":{\"b\":1,\"a\":0}");
	made_open(&s);
	expect_token(&s, 0, "a", TK_TOKEN_NORMAL);
	assert_string_equal(s.tokenizer, "wordlevel");
	source_free(&s);
	/* ids with gaps stay where they are */
	TOKENIZER(ADDED("5", "z", "false"), "", "\"vocab\":{\"b\":3,\"a\":0}");
	made_open(&s);
	assert_int_equal(s.tokens.n, 6);
	assert_false(tokens_has(&s, 1));
	assert_int_equal(s.tokens.kind[1], TK_TOKEN_UNUSED);
	expect_token(&s, 3, "b", TK_TOKEN_NORMAL);
	assert_true(s.tokens.has_kinds);
	assert_true(made_noted(&s, "3 ids have no token"));
	source_free(&s);
}

static void test_refused(void **state)
{
	(void)state;
	made_gpt2();
	TOKENIZER("", "", "\"vocab\":{\"a\":0,\"b\":6}");
	made_refused("ids up to 6, that is 7 tokens, but \"wte.weight\" in "
		     "model.safetensors has 6 rows");
	TOKENIZER(ADDED("999999999999999999", "x", "true"), "",
		  "\"vocab\":{\"a\":0}");
	made_refused("that is 1000000000000000000 tokens, but");
	TOKENIZER("", "", "\"vocab\":{\"a\":-1}");
	made_refused("the id of \"a\" is below 0");
	TOKENIZER("", "", "\"vocab\":{\"a\":3.0}");
	made_refused("the id of \"a\" is a number with a fraction");
	TOKENIZER("", "", "\"vocab\":{\"a\":\"0\"}");
	made_refused("the id of \"a\" is a text");
	TOKENIZER("", "", "\"vocab\":{\"a\":9223372036854775808}");
	made_refused("or too large, not a whole number");
	TOKENIZER("", "", "\"vocab\":{\"a\":0,\"b\":0}");
	made_refused("id 0 stands for \"a\" and for \"b\"");
	TOKENIZER("", "", "\"vocab\":{\"a\":0,\"a\":1}");
	made_refused("a key that this object has already");
	TOKENIZER("", "", "\"vocab\":{}");
	made_refused("has no tokens");
	TOKENIZER("", "", "\"vocab\":3");
	made_refused("the vocab of a wordlevel tokenizer is a whole number");
	TOKENIZER("", "", "\"type\":\"BPE\",\"vocab\":[[\"a\",0]]");
	made_refused("the vocab of a bpe tokenizer is a list");
	TOKENIZER("", "", "\"type\":\"Other\",\"vocab\":{}");
	made_refused("model.type is \"Other\"");
	TOKENIZER("", "", "\"vocab\":[[\"a\",0],[\"b\",\"c\"]]");
	made_refused("vocab[1] is not a text and a score");
	TOKENIZER("", "", "\"vocab\":[[\"a\",0],[\"b\",1e300]]");
	made_refused("vocab[1] is not a text and a score");
	TOKENIZER("", "", "\"vocab\":[[\"a\",0,1]]");
	made_refused("vocab[0] is not");
	TOKENIZER("", "", "\"vocab\":{\"a\":0},\"merges\":[\"a b\",\"a b c\"]");
	made_refused("merges[1] is not two tokens");
	TOKENIZER("", "", "\"vocab\":{\"a\":0},\"merges\":[[\"a\"]]");
	made_refused("merges[0] is not two tokens");
	TOKENIZER("", "", "\"vocab\":{\"a\":0},\"merges\":[\"ab\"]");
	made_refused("merges[0] is not two tokens");
	TOKENIZER(ADDED("0", "b", "true"), "", "\"vocab\":{\"a\":0}");
	made_refused("id 0 is \"a\", but \"b\" as an added token");
	TOKENIZER(ADDED("1", "b", "true") "," ADDED("1", "c", "true"), "",
		  "\"vocab\":{\"a\":0}");
	made_refused("as an added token");
	TOKENIZER("{\"content\":\"x\"}", "", "\"vocab\":{\"a\":0}");
	made_refused("added_tokens[0] has no content or no id");
	TOKENIZER("{\"content\":\"x\",\"id\":1.5}", "", "\"vocab\":{\"a\":0}");
	made_refused("added_tokens[0] has no content or no id");
}

/* The older pair of files, without tokenizer.json. */
static void test_vocab_json(void **state)
{
	struct source s;

	(void)state;
	made_gpt2();
	remove(foreign_path("tokenizer.json"));
	foreign_text("vocab.json", "{\"a\":0,\"\xc4\xa0t\":1,\"<s>\":2}");
	foreign_text("merges.txt", "#version: 0.2\n\xc4\xa0 t\n");
	foreign_text("added_tokens.json", "{\"\xc3\xa9\":3}");
	foreign_text("tokenizer_config.json",
		     "{\"bos_token\":\"<s>\",\"added_tokens_decoder\":{\"4\":"
		     "{\"content\":\"<e>\",\"special\":true},\"3\":"
		     "{\"content\":\"\xc3\xa9\",\"special\":false}}}");
	made_open(&s);
	assert_string_equal(s.tokenizer, "bpe");
	expect_token(&s, 1, " t", TK_TOKEN_NORMAL);
	expect_token(&s, 2, "<s>", TK_TOKEN_CONTROL);
	expect_token(&s, 3, "\xc3\xa9", TK_TOKEN_USER);
	expect_token(&s, 4, "<e>", TK_TOKEN_CONTROL);
	assert_int_equal(s.special[TK_SPECIAL_BOS], 2);
	source_free(&s);
	foreign_text("merges.txt", "a b c\n");
	made_refused("merges.txt:1: \"a b c\" is not two tokens");
	remove(foreign_path("merges.txt"));
	foreign_text("added_tokens.json", "{\"x\":1}");
	made_refused("id 1 is \"\\xc4\\xa0t\", but \"x\" as an added token");
	remove(foreign_path("added_tokens.json"));
	remove(foreign_path("tokenizer_config.json"));
	/* pieces; and words, of which nothing says how they are written */
	foreign_text("vocab.json", "{\"a\":0,\"" MARK "t\":1,\"<0x20>\":2}");
	made_open(&s);
	expect_token(&s, 1, " t", TK_TOKEN_NORMAL);
	expect_token(&s, 2, " ", TK_TOKEN_BYTE);
	assert_null(s.tokenizer);
	source_free(&s);
	foreign_text("vocab.json", "{\"\xc3\xa9\":0,\"<0x20>\":1}");
	made_open(&s);
	expect_token(&s, 0, "\xc3\xa9", TK_TOKEN_NORMAL);
	expect_token(&s, 1, "<0x20>", TK_TOKEN_NORMAL);
	source_free(&s);
	rename(foreign_path("vocab.json"), foreign_path("encoder.json"));
	foreign_text("vocab.bpe", "\xc4\xa0 t\n");
	made_open(&s);
	expect_token(&s, 0, "\xe9", TK_TOKEN_NORMAL);
	source_free(&s);
}

static void test_other_files(void **state)
{
	struct source_options opt = {0};
	struct source s;

	(void)state;
	made_gpt2();
	opt.input = foreign_path(".");
	remove(foreign_path("tokenizer.json"));
	made_refused("has no tokenizer.json, vocab.json, encoder.json or "
		     "vocab.txt; give the vocabulary with --vocab FILE");
	foreign_text("tokenizer.model", "\n");
	made_refused("tokenizer.model: SentencePiece .model files are not "
		     "read yet; save a fast tokenizer (tokenizer.json)");
	foreign_text("vocab.txt", "[PAD]\nthe\n##ing\n");
	made_open(&s);
	assert_string_equal(s.tokenizer, "wordpiece");
	expect_token(&s, 2, "##ing", TK_TOKEN_NORMAL);
	source_free(&s);
	opt.input = foreign_path(".");
	opt.vocab = foreign_path("tokenizer.model");
	foreign_refused(NULL, &opt, "SentencePiece .model files");
	opt.vocab = foreign_text("mine", made_tokenizer);
	foreign_open(&s, NULL, &opt);
	expect_token(&s, 4, "<end>", TK_TOKEN_CONTROL);
	source_free(&s);
	opt.pretokenizer = "gpt2";
	foreign_open(&s, NULL, &opt);
	assert_string_equal(s.pretokenizer, "gpt2");
	source_free(&s);
}

static void test_model2vec(void **state)
{
	struct source s;

	(void)state;
	made_gpt2();
	foreign_text("config.json",
		     "{\"model_type\":\"model2vec\",\"hidden_dim\":64,"
		     "\"seq_length\":1000000}");
	made_tensors("model.safetensors",
		     (const struct made_tensor[]){
			     {"embeddings", "F32", 6, 2, NULL},
			     {"weights", "F64", 6, 0, NULL},
			     {NULL, NULL, 0, 0, NULL}});
	made_open(&s);
	assert_string_equal(s.w_e.name, "embeddings");
	assert_true(!s.w_u.name && !s.hparams.tied && !s.hparams.n_ctx);
	assert_int_equal(s.hparams.final_norm, TK_NORM_NONE);
	assert_true(made_noted(&s, "\"weights\", a factor a token, is not"));
	source_free(&s);
	made_tensors("model.safetensors",
		     (const struct made_tensor[]){
			     {"embeddings", "F32", 6, 2, NULL},
			     {"mapping", "I32", 9, 0, NULL},
			     {NULL, NULL, 0, 0, NULL}});
	made_refused("its vocabulary is quantised");
}

/* Every cut of each JSON file, and a changed byte at every place. */
static void test_torture(void **state)
{
	static const char *const files[] = {"tokenizer.json", "config.json"};
	char text[2048];

	(void)state;
	made_gpt2();
	for (size_t i = 0; i < 2; i++) {
		FILE *f = fopen(foreign_path(files[i]), "rb");
		size_t n = f ? fread(text, 1, sizeof(text), f) : 0;

		assert_true(n && n < sizeof(text));
		fclose(f);
		for (size_t k = 0; k < 2 * n; k++) {
			struct source_options opt = {
				.input = foreign_path(".")};
			struct source s;
			char old = text[k % n];

			text[k % n] ^= (char)(1 << k % 7);
			foreign_bytes(files[i], text, k < n ? k : n);
			text[k % n] = old;
			source_init(&s);
			assert_true(!source_open(&s, &opt) || s.message[0]);
			source_free(&s);
		}
		foreign_bytes(files[i], text, n);
	}
}

#define TEST(f)                                                               \
	cmocka_unit_test_setup_teardown(f, foreign_setup, foreign_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_byte_level), TEST(test_pieces),
		TEST(test_words),      TEST(test_refused),
		TEST(test_vocab_json), TEST(test_other_files),
		TEST(test_model2vec),  TEST(test_torture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
