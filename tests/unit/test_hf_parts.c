/* SPDX-License-Identifier: MIT */
/*
 * test_hf_parts.c - parts of a model that are odd, named by hand, or absent
 */
#include <stdio.h>
#include <string.h>

#include "modelfiles.h"

#define END {NULL, NULL, 0, 0, NULL}
#define TENSORS(...)                                                          \
	made_tensors("model.safetensors",                                     \
		     (const struct made_tensor[]){__VA_ARGS__, END})

static void test_other_types(void **state)
{
	(void)state;
	made_gpt2();
	TENSORS({"wte.weight", "F32", 6, 2, NULL},
		{"lm_head.weight", "I8", 6, 2, NULL});
	made_refused("tensor \"lm_head.weight\" is of type \"I8\"");
	TENSORS({"wte.weight", "F32", 6, 2, NULL},
		{"ln_f.weight", "I8", 2, 0, NULL});
	made_refused("tensor \"ln_f.weight\" is of type \"I8\"");
	TENSORS({"wte.weight", "F32", 6, 2, NULL},
		{"lm_head.bias", "F32", 6, 2, NULL});
	made_refused("tensor \"lm_head.bias\" has not the 6 elements");
}

static void test_absent_parts(void **state)
{
	struct source s;

	(void)state;
	made_gpt2();
	/* "mapping" means something in model2vec only */
	TENSORS({"wte.weight", "F32", 6, 2, NULL},
		{"mapping", "I32", 9, 0, NULL});
	made_open(&s);
	assert_int_equal(s.hparams.embed_norm, TK_NORM_NONE);
	assert_null(s.embed_norm_weight.name);
	assert_null(s.b_u.name);
	source_free(&s);
	TENSORS({"transformer.word_embeddings.weight", "F32", 6, 2, NULL},
		{"transformer.word_embeddings_layernorm.weight", "F32", 2, 0,
		 NULL},
		{"transformer.word_embeddings_layernorm.bias", "F32", 2, 0,
		 NULL});
	made_open(&s);
	assert_int_equal(s.hparams.embed_norm, TK_NORM_LAYER);
	assert_true(s.hparams.embed_norm_eps == 1e-4);
	assert_non_null(s.embed_norm_bias.name);
	source_free(&s);
}

static void test_notes(void **state)
{
	struct source s;

	(void)state;
	made_gpt2();
	TENSORS({"bert.embeddings.word_embeddings.weight", "F32", 6, 2, NULL});
	made_open(&s);
	assert_true(made_noted(&s, "the masked-word head's dense layer"));
	source_free(&s);
	foreign_text("config.json", "{\"model_type\":\"new\"}");
	TENSORS({"wte.weight", "F32", 6, 2, NULL},
		{"ln_f.weight", "F32", 2, 0, NULL});
	made_open(&s);
	assert_true(made_noted(&s, "nothing says what kind of norm"));
	assert_int_equal(s.hparams.final_norm, TK_NORM_RMS);
	source_free(&s);
	foreign_text("config.json", "{\"model_type\":3}");
	made_refused("model_type is a whole number");
}

/* The flag of the text model, and the one outside of it. */
static void test_two_flags(void **state)
{
	static const char form[] = "{\"text_config\":{%s},%s\"n_embd\":2}";
	static const char yes[] = "\"tie_word_embeddings\":true";
	static const char no[] = "\"tie_word_embeddings\":false";
	char text[200], outer[64];
	const char *const flags[] = {"", yes, no};
	struct source s;

	(void)state;
	made_gpt2();
	for (int i = 0; i < 9; i++) {
		const char *a = flags[i / 3], *b = flags[i % 3];

		snprintf(outer, sizeof(outer), "%s%s", b, *b ? "," : "");
		snprintf(text, sizeof(text), form, a, outer);
		foreign_text("config.json", text);
		if (a != yes && b != yes && (a == no || b == no)) {
			made_refused("tie_word_embeddings is false");
			continue;
		}
		made_open(&s);
		assert_true(s.hparams.tied);
		source_free(&s);
	}
}

static void test_by_hand(void **state)
{
	struct source_options opt = {0};
	struct source s;

	(void)state;
	made_gpt2();
	opt.input = foreign_path(".");
	opt.unembed = "nothing";
	foreign_refused(NULL, &opt,
			"has no tensor \"nothing\"; there are \"wte.weight\"");
	/* W_U by the name of W_E */
	opt.unembed = "wte.weight";
	foreign_open(&s, NULL, &opt);
	assert_true(s.hparams.tied && !s.w_u.name);
	source_free(&s);
	/* of a sharded model, whose shapes are not known, likely names */
	remove(foreign_path("model.safetensors"));
	foreign_text("model.safetensors.index.json",
		     "{\"weight_map\":{\"my_embed\":\"a\",\"my_head\":\"a\","
		     "\"mlp\":\"a\"}}");
	opt.unembed = NULL;
	foreign_refused(NULL, &opt, "of: \"my_embed\", \"my_head\"");
	opt.embed = "x";
	foreign_refused(NULL, &opt, "there are \"my_embed\", \"my_head\"");
	foreign_text("model.safetensors.index.json", "{\"weight_map\":{}}");
	opt.embed = NULL;
	foreign_refused(NULL, &opt, "of: none");
	foreign_text("model.safetensors.index.json", "{");
	foreign_refused(NULL, &opt, "model.safetensors.index.json: line 1");
}

/* More candidates than anybody would list. */
static void test_many(void **state)
{
	(void)state;
	made_gpt2();
	TENSORS({"wte.weight", "F32", 6, 2, NULL},
		{"embed_tokens.weight", "F32", 6, 2, NULL},
		{"embed_in.weight", "F32", 6, 2, NULL},
		{"word_embeddings.weight", "F32", 6, 2, NULL},
		{"tok_embeddings.weight", "F32", 6, 2, NULL},
		{"backbone.embeddings.weight", "F32", 6, 2, NULL},
		{"rwkv.embeddings.weight", "F32", 6, 2, NULL},
		{"shared.weight", "F32", 6, 2, NULL},
		{"tok_emb.weight", "F32", 6, 2, NULL},
		{"embeddings", "F32", 6, 2, NULL},
		{"llm.wte.weight", "F32", 6, 2, NULL});
	made_refused("W_E could be tensor \"embed_tokens.weight\" or");
}

#define TEST(f)                                                               \
	cmocka_unit_test_setup_teardown(f, foreign_setup, foreign_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_other_types), TEST(test_absent_parts),
		TEST(test_notes),	TEST(test_two_flags),
		TEST(test_by_hand),	TEST(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
