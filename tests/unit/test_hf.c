/* SPDX-License-Identifier: MIT */
/*
 * test_hf.c - Hugging Face directories: which tensor is what, and refusals
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modelfiles.h"
#include "source.h"

#define END {NULL, NULL, 0, 0, NULL}
#define CONFIG(text) foreign_text("config.json", "{" text "}")
#define TENSORS(...)                                                          \
	made_tensors("model.safetensors",                                     \
		     (const struct made_tensor[]){__VA_ARGS__, END})

static const float rows6[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
static const float other6[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13};

static void test_gpt2(void **state)
{
	struct source s;
	float *x;

	(void)state;
	made_gpt2();
	TENSORS({"ln_f.bias", "F32", 2, 0, NULL},
		{"ln_f.weight", "F32", 2, 0, NULL},
		{"wpe.weight", "F32", 7, 2, NULL},
		{"wte.weight", "F32", 6, 2, rows6});
	made_open(&s);
	assert_string_equal(s.kind, "huggingface");
	assert_string_equal(s.architecture, "gpt2");
	assert_string_equal(s.w_e.name, "wte.weight");
	assert_true(s.w_e.rows == 6 && s.w_e.cols == 2);
	x = foreign_rows(&s, &s.w_e, 2);
	assert_memory_equal(x, rows6, sizeof(rows6));
	free(x);
	assert_null(s.w_u.name);
	assert_true(s.hparams.tied);
	assert_string_equal(s.final_norm_weight.name, "ln_f.weight");
	assert_string_equal(s.final_norm_bias.name, "ln_f.bias");
	assert_int_equal(s.hparams.final_norm, TK_NORM_LAYER);
	assert_true(s.hparams.final_norm_eps == 1e-4);
	assert_true(s.hparams.final_norm_offset == 0);
	assert_true(s.hparams.n_ctx == 7 && s.hparams.d_model == 2);
	assert_true(s.hparams.embed_scale == 1 && s.hparams.logit_scale == 1);
	assert_int_equal(s.tokens.n, 5);
	assert_int_equal(s.special[TK_SPECIAL_EOS], 4);
	assert_int_equal(s.n_notes, 0);
	source_free(&s);
}

/* llama: untied, in three shards, of which one is not needed and not sound */
static void write_shards(const char *index)
{
	CONFIG("\"model_type\":\"llama\",\"hidden_size\":2,"
	       "\"vocab_size\":6,\"rms_norm_eps\":1e-5,"
	       "\"tie_word_embeddings\":false");
	foreign_text("tokenizer.json", made_tokenizer);
	made_tensors("one.safetensors",
		     (const struct made_tensor[]){
			     {"model.embed_tokens.weight", "BF16", 6, 2, NULL},
			     {"model.norm.weight", "BF16", 2, 0, NULL},
			     END});
	made_tensors("two.safetensors",
		     (const struct made_tensor[]){
			     {"lm_head.weight", "BF16", 6, 2, NULL}, END});
	foreign_text("three.safetensors", "not sound at all");
	foreign_text("model.safetensors.index.json", index);
}

#define MAP(rest)                                                             \
	"{\"metadata\":{\"total_size\":52},\"weight_map\":{" rest "}}"
#define SOUND                                                                 \
	"\"model.embed_tokens.weight\":\"one.safetensors\","                  \
	"\"model.norm.weight\":\"one.safetensors\","                          \
	"\"model.layers.0.mlp.weight\":\"three.safetensors\""

static void test_shards(void **state)
{
	struct source s;

	(void)state;
	write_shards(MAP(SOUND ",\"lm_head.weight\":\"two.safetensors\""));
	made_open(&s);
	assert_string_equal(s.w_e.name, "model.embed_tokens.weight");
	assert_string_equal(s.w_u.name, "lm_head.weight");
	assert_false(s.hparams.tied);
	assert_int_equal(s.w_u.elem, ELEM_BF16);
	assert_int_equal(s.hparams.final_norm, TK_NORM_RMS);
	assert_true(s.hparams.final_norm_eps == 1e-5);
	assert_int_equal(foreign_read_all(&s, &s.w_u), 0);
	source_free(&s);
}

static void test_bad_shards(void **state)
{
	static const char *const names[] = {
		"../two.safetensors", "/two.safetensors",
		"a/../two.safetensors", "C:\\\\two", "", ".", "..",
		"two\\u0000", "two\\u001b", "tw o"};
	char index[512];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(index, sizeof(index),
			 MAP(SOUND ",\"lm_head.weight\":\"%s\""), names[i]);
		write_shards(index);
		made_refused("is not the name of a file beside it");
	}
	write_shards(MAP(SOUND ",\"lm_head.weight\":7"));
	made_refused("weight_map holds a whole number");
	write_shards("{\"weight_map\":[]}");
	made_refused("weight_map is a list");
	write_shards("{}");
	made_refused("has no weight_map");
	write_shards(MAP(SOUND ",\"lm_head.weight\":\"none.safetensors\""));
	made_refused("none.safetensors: No such file");
	write_shards(MAP(SOUND ",\"lm_head.weight\":"
			       "\"model.safetensors.index.json\""));
	made_refused("model.safetensors.index.json: a header of");
	write_shards(MAP(SOUND ",\"lm_head.weight\":\"three.safetensors\""));
	made_refused("three.safetensors: a header of");
	/* in the index, not in the shard */
	write_shards(MAP(SOUND ",\"lm_head.weight\":\"one.safetensors\""));
	made_refused("has no tensor \"lm_head.weight\", which");
	/* in the shard, not in the index */
	write_shards(MAP("\"model.embed_tokens.weight\":\"one.safetensors\""));
	made_refused("has tensor \"model.norm.weight\", which is not in");
	/* in another shard by the index */
	write_shards(MAP("\"model.embed_tokens.weight\":\"one.safetensors\","
			 "\"model.norm.weight\":\"two.safetensors\","
			 "\"lm_head.weight\":\"two.safetensors\""));
	made_refused("which belongs in two.safetensors by");
}

/* A W_U that is there wins over the flag; one that is W_E is not stored. */
static void test_tie(void **state)
{
	struct source_options opt = {0};
	struct source s;

	(void)state;
	made_gpt2();
	opt.input = foreign_path(".");
	CONFIG("\"model_type\":\"gpt2\",\"n_embd\":2,"
	       "\"tie_word_embeddings\":true");
	TENSORS({"wte.weight", "F32", 6, 2, rows6},
		{"lm_head.weight", "F32", 6, 2, rows6});
	made_open(&s);
	assert_true(s.hparams.tied && !s.w_u.name);
	assert_true(made_noted(&s, "byte for byte"));
	source_free(&s);
	TENSORS({"wte.weight", "F32", 6, 2, rows6},
		{"lm_head.weight", "F32", 6, 2, other6});
	made_open(&s);
	assert_false(s.hparams.tied);
	assert_string_equal(s.w_u.name, "lm_head.weight");
	assert_true(made_noted(&s, "tie_word_embeddings is true, but"));
	source_free(&s);
	opt.tie = true;
	foreign_open(&s, NULL, &opt);
	assert_true(s.hparams.tied && !s.w_u.name);
	assert_true(made_noted(&s, "--tie was given"));
	source_free(&s);

	CONFIG("\"model_type\":\"gpt2\",\"tie_word_embeddings\":false");
	TENSORS({"wte.weight", "F32", 6, 2, rows6},
		{"out", "F32", 6, 2, NULL}, {"small", "F32", 5, 2, NULL});
	made_refused("no lm_head.weight; use --tie if W_U is W_E, or "
		     "--unembed NAME, of: \"out\", \"wte.weight\"");
	foreign_open(&s, NULL, &opt);
	assert_true(s.hparams.tied);
	source_free(&s);
	opt.tie = false;
	opt.unembed = "out";
	foreign_open(&s, NULL, &opt);
	assert_string_equal(s.w_u.name, "out");
	source_free(&s);
	opt.unembed = "absent";
	foreign_refused(NULL, &opt, "has no tensor \"absent\"");
}

/* tensors, W_E, W_U, b_U, final norm, embedding norm ("" for none) */
struct names {
	const char *all;
	const char *found[5];
};

static const struct names families_seen[] = {
	{"gpt_neox.embed_in.weight embed_out.weight "
	 "gpt_neox.final_layer_norm.weight",
	 {"gpt_neox.embed_in.weight", "embed_out.weight", "",
	  "gpt_neox.final_layer_norm.weight", ""}},
	{"transformer.wte.weight lm_head.weight lm_head.bias "
	 "transformer.ln_f.weight",
	 {"transformer.wte.weight", "lm_head.weight", "lm_head.bias",
	  "transformer.ln_f.weight", ""}},
	{"transformer.wte.weight transformer.norm_f.weight",
	 {"transformer.wte.weight", "", "", "transformer.norm_f.weight", ""}},
	{"model.embed_tokens.weight lm_head.weight lm_head.bias "
	 "model.final_layernorm.weight",
	 {"model.embed_tokens.weight", "lm_head.weight", "lm_head.bias",
	  "model.final_layernorm.weight", ""}},
	{"model.decoder.embed_tokens.weight "
	 "model.decoder.final_layer_norm.weight",
	 {"model.decoder.embed_tokens.weight", "", "",
	  "model.decoder.final_layer_norm.weight", ""}},
	{"word_embeddings.weight word_embeddings_layernorm.weight "
	 "ln_f.weight",
	 {"word_embeddings.weight", "", "", "ln_f.weight",
	  "word_embeddings_layernorm.weight"}},
	{"model.tok_embeddings.weight output.weight model.norm.weight",
	 {"model.tok_embeddings.weight", "output.weight", "",
	  "model.norm.weight", ""}},
	{"transformer.embedding.word_embeddings.weight "
	 "transformer.output_layer.weight "
	 "transformer.encoder.final_layernorm.weight",
	 {"transformer.embedding.word_embeddings.weight",
	  "transformer.output_layer.weight", "",
	  "transformer.encoder.final_layernorm.weight", ""}},
	{"backbone.embeddings.weight backbone.norm_f.weight",
	 {"backbone.embeddings.weight", "", "", "backbone.norm_f.weight",
	  ""}},
	{"rwkv.embeddings.weight head.weight rwkv.ln_out.weight "
	 "rwkv.blocks.0.pre_ln.weight",
	 {"rwkv.embeddings.weight", "head.weight", "", "rwkv.ln_out.weight",
	  "rwkv.blocks.0.pre_ln.weight"}},
	{"bert.embeddings.word_embeddings.weight "
	 "bert.embeddings.LayerNorm.weight cls.predictions.bias",
	 {"bert.embeddings.word_embeddings.weight", "",
	  "cls.predictions.bias", "", "bert.embeddings.LayerNorm.weight"}},
	{"shared.weight decoder.embed_tokens.weight "
	 "encoder.embed_tokens.weight decoder.final_layer_norm.weight",
	 {"shared.weight", "", "", "decoder.final_layer_norm.weight", ""}},
	{"model.shared.weight model.decoder.embed_tokens.weight "
	 "final_logits_bias",
	 {"model.shared.weight", "", "final_logits_bias", "", ""}},
	{"tok_embeddings.weight output.weight norm.weight",
	 {"tok_embeddings.weight", "output.weight", "", "norm.weight", ""}},
	{"tok_emb.weight head.weight ln_f.weight",
	 {"tok_emb.weight", "head.weight", "", "ln_f.weight", ""}},
	{"language_model.model.embed_tokens.weight "
	 "language_model.lm_head.weight language_model.model.norm.weight",
	 {"language_model.model.embed_tokens.weight",
	  "language_model.lm_head.weight", "",
	  "language_model.model.norm.weight", ""}},
	{"model.language_model.embed_tokens.weight lm_head.weight "
	 "model.language_model.norm.weight model.norm.weight",
	 {"model.language_model.embed_tokens.weight", "lm_head.weight", "",
	  "model.language_model.norm.weight", ""}},
	{"model.text_model.embed_tokens.weight lm_head.weight "
	 "model.text_model.norm.weight",
	 {"model.text_model.embed_tokens.weight", "lm_head.weight", "",
	  "model.text_model.norm.weight", ""}},
};

/* Matrices of 6 x 2, norms of 2, biases of 6. */
static void write_named(const char *all)
{
	struct made_tensor list[8] = {END};
	char copy[512], *word, *rest = copy;
	size_t n = 0;

	snprintf(copy, sizeof(copy), "%s", all);
	while ((word = strtok_r(rest, " ", &rest))) {
		bool norm = strstr(word, "norm") || strstr(word, "ln") ||
			    strstr(word, "Norm");
		bool bias = strstr(word, "bias");

		list[n++] = (struct made_tensor){
			word, "F32", norm ? 2 : 6, norm || bias ? 0 : 2, NULL};
	}
	list[n].name = NULL;
	made_tensors("model.safetensors", list);
}

static void test_families(void **state)
{
	size_t n = sizeof(families_seen) / sizeof(families_seen[0]);

	(void)state;
	foreign_text("tokenizer.json", made_tokenizer);
	CONFIG("");
	for (size_t i = 0; i < n; i++) {
		const struct names *f = &families_seen[i];
		struct source s;
		const struct table *t[5] = {&s.w_e, &s.w_u, &s.b_u,
					    &s.final_norm_weight,
					    &s.embed_norm_weight};

		write_named(f->all);
		made_open(&s);
		for (int k = 0; k < 5; k++)
			assert_string_equal(t[k]->name ? t[k]->name : "",
					    f->found[k]);
		assert_int_equal(s.hparams.tied, !*f->found[1]);
		source_free(&s);
	}
}

static void test_choice(void **state)
{
	struct source_options opt = {0};
	struct source s;

	(void)state;
	made_gpt2();
	opt.input = foreign_path(".");
	TENSORS({"wte.weight", "F32", 6, 2, NULL},
		{"model.embed_tokens.weight", "F32", 6, 2, NULL},
		{"ln_f.weight", "F32", 2, 0, NULL});
	made_refused("W_E could be tensor \"model.embed_tokens.weight\" or "
		     "\"wte.weight\": say which with --embed NAME");
	opt.embed = "wte.weight";
	foreign_open(&s, NULL, &opt);
	assert_string_equal(s.w_e.name, "wte.weight");
	assert_string_equal(s.final_norm_weight.name, "ln_f.weight");
	source_free(&s);
	TENSORS({"mine", "F32", 5, 2, NULL}, {"b\\u001b", "F32", 5, 3, NULL},
		{"i", "I8", 5, 2, NULL}, {"more", "F32", 9, 2, NULL});
	made_refused("no tensor has a name known for W_E; give one with "
		     "--embed NAME, of: \"b\\x1b\", \"mine\"");
	opt.embed = "mine";
	foreign_open(&s, NULL, &opt);
	assert_string_equal(s.w_e.name, "mine");
	assert_true(made_noted(&s, "\"mine\" is no family's name"));
	source_free(&s);
	opt.embed = "more.npy";
	foreign_refused(NULL, &opt, "has no tensor \"more.npy\"; there are");
	TENSORS({"lm_head.weight", "F32", 6, 2, NULL},
		{"language_model.model.embed_tokens.weight", "F32", 6, 2,
		 NULL},
		{"language_model.lm_head.weight", "F32", 6, 2, NULL});
	made_refused("W_U could be tensor \"language_model.lm_head.weight\" "
		     "or \"lm_head.weight\"");
}

static void test_bad_tensors(void **state)
{
	static const char *const types[] = {"I8", "F8_E4M3", "U8", "I32"};

	(void)state;
	made_gpt2();
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		TENSORS({"wte.weight", types[i], 6, 2, NULL});
		made_refused("only F32, F16, BF16 and F64 are read");
	}
	TENSORS({"wte.weight", "F32", 12, 0, NULL});
	made_refused("tensor \"wte.weight\" has 1 dimensions");
	TENSORS({"wte.weight", "F32", 6, 3, NULL});
	made_refused("n_embd is 2, but wte.weight in");
	TENSORS({"wte.weight", "F32", 4, 2, NULL});
	made_refused("vocab_size is 5, but wte.weight in");
	TENSORS({"wte.weight", "F32", 6, 2, NULL},
		{"lm_head.weight", "F32", 6, 3, NULL});
	made_refused("give another with --unembed NAME");
	TENSORS({"wte.weight", "F32", 6, 2, NULL},
		{"lm_head.weight", "F32", 4, 2, NULL});
	made_refused("vocab_size is 5, but lm_head.weight has 4 rows");
	TENSORS({"wte.weight", "F32", 6, 2, NULL},
		{"lm_head.bias", "F32", 5, 0, NULL});
	made_refused("tensor \"lm_head.bias\" has not the 6 elements");
	TENSORS({"wte.weight", "F32", 6, 2, NULL},
		{"ln_f.weight", "F32", 3, 0, NULL});
	made_refused("tensor \"ln_f.weight\" has not the 2 elements");
}

/* Setup and teardown of each test: its files in a directory of its own. */
#define TEST(f)                                                               \
	cmocka_unit_test_setup_teardown(f, foreign_setup, foreign_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_gpt2),     TEST(test_shards), TEST(test_bad_shards),
		TEST(test_tie),	     TEST(test_families), TEST(test_choice),
		TEST(test_bad_tensors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
