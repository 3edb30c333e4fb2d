/* SPDX-License-Identifier: MIT */
/*
 * test_hf_config.c - what config.json says of scales, norms and sizes
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "hf_config.h"
#include "modelfiles.h"
#include "source.h"

#define END {NULL, NULL, 0, 0, NULL}

/* A llama-like model [6, 3] of that dtype and config. */
static void make(const char *dtype, const char *config, bool untied,
		 bool norm_bias)
{
	struct made_tensor list[5] = {
		{"model.embed_tokens.weight", dtype, 6, 3, NULL},
		{"model.norm.weight", dtype, 3, 0, NULL},
		END, END, END};
	size_t n = 2;

	if (untied)
		list[n++] = (struct made_tensor){"lm_head.weight", dtype, 6, 3,
						 NULL};
	if (norm_bias)
		list[n++] = (struct made_tensor){"model.norm.bias", dtype, 3,
						 0, NULL};
	made_tensors("model.safetensors", list);
	foreign_text("config.json", config);
	foreign_text("tokenizer.json", made_tokenizer);
}

/* The hyperparameters of such a model. */
static struct tk_hparams facts(const char *dtype, const char *config,
			       bool untied, bool norm_bias)
{
	struct tk_hparams h;
	struct source s;

	make(dtype, config, untied, norm_bias);
	made_open(&s);
	h = s.hparams;
	source_free(&s);
	return h;
}

/* sqrt(3) in binary32, bfloat16 and binary16, by numpy. */
#define ROOT3_F32 1.7320508f
#define ROOT3_BF16 1.734375f
#define ROOT3_F16 1.73242188f

static void test_gemma(void **state)
{
	struct tk_hparams h;

	(void)state;
	h = facts("F32", "{\"model_type\":\"gemma\"}", false, false);
	assert_true(h.embed_scale == ROOT3_F32);
	assert_true(h.final_norm_offset == 1 && h.final_norm == TK_NORM_RMS);
	assert_true(h.final_norm_eps == 1e-6 && h.logit_softcap == 0);
	h = facts("BF16", "{\"model_type\":\"gemma\",\"rms_norm_eps\":1e-5}",
		  false, false);
	assert_true(h.embed_scale == ROOT3_BF16 && h.final_norm_eps == 1e-5);
	h = facts("F16", "{\"model_type\":\"gemma3_text\"}", false, false);
	assert_true(h.embed_scale == ROOT3_F16);
	h = facts("F32", "{\"model_type\":\"recurrent_gemma\"}", false, false);
	assert_true(h.embed_scale == ROOT3_BF16 && h.logit_softcap == 30);
	h = facts("F32",
		  "{\"model_type\":\"gemma2\",\"final_logit_softcapping\":25}",
		  false, false);
	assert_true(h.logit_softcap == 25 && h.final_norm_offset == 1);
	/* silence is the default; null is none */
	h = facts("F32", "{\"model_type\":\"gemma2\"}", false, false);
	assert_true(h.logit_softcap == 30);
	h = facts("F32",
		  "{\"model_type\":\"gemma2\","
		  "\"final_logit_softcapping\":null}",
		  false, false);
	assert_true(h.logit_softcap == 0);
	/* from the third on with a weight that is used as it is */
	h = facts("F32", "{\"model_type\":\"gemma3n_text\"}", false, false);
	assert_true(h.embed_scale == ROOT3_F32 && h.final_norm_offset == 0);
}

/* A key that is needed must be a number, and one in its range. */
static void test_bad_eps(void **state)
{
	(void)state;
	make("F32", "{\"rms_norm_eps\":-1}", false, false);
	made_refused("config.json: rms_norm_eps is -1; it must not be below");
	make("F32", "{\"layer_norm_epsilon\":-1e-9}", false, false);
	made_refused("config.json: layer_norm_epsilon is -1e-09; it");
	make("F32", "{\"rms_norm_eps\":NaN}", false, false);
	made_refused("config.json: rms_norm_eps is NaN, infinite or an");
	make("F32", "{\"final_logit_softcapping\":-Infinity}", false, false);
	made_refused("config.json: final_logit_softcapping is NaN, infinite");
	assert_true(facts("F32", "{\"rms_norm_eps\":0,\"dropout\":NaN,"
			  "\"rope\":{\"x\":[Infinity,-Infinity]}}",
			  false, false).final_norm_eps == 0);
}

/* RWKV's name for it. */
static void test_context_length(void **state)
{
	(void)state;
	assert_true(facts("F32", "{\"model_type\":\"rwkv\","
			  "\"context_length\":1024}", false, true).n_ctx ==
		    1024);
}

static void test_scales(void **state)
{
	struct tk_hparams h;

	(void)state;
	h = facts("F32", "{\"model_type\":\"llama\"}", true, false);
	assert_true(h.embed_scale == 1 && h.logit_scale == 1 &&
		    h.logit_softcap == 0);
	h = facts("F32",
		  "{\"model_type\":\"granite\",\"embedding_multiplier\":12.0,"
		  "\"logits_scaling\":8.0}",
		  true, false);
	assert_true(h.embed_scale == 12 && h.logit_scale == 0.125f);
	h = facts("F32",
		  "{\"model_type\":\"hyperclovax\",\"embedding_multiplier\":"
		  "10,\"logits_scaling\":0.125}",
		  true, false);
	assert_true(h.embed_scale == 10 && h.logit_scale == 0.125f);
	h = facts("F32", "{\"model_type\":\"cohere\",\"logit_scale\":0.25}",
		  false, false);
	assert_true(h.logit_scale == 0.25f && h.final_norm == TK_NORM_LAYER);
	h = facts("F32", "{\"model_type\":\"cohere2\"}", false, false);
	assert_true(h.logit_scale == 0.0625f);
	h = facts("F32",
		  "{\"model_type\":\"minicpm\",\"hidden_size\":3,"
		  "\"scale_emb\":12,\"dim_model_base\":6}",
		  true, false);
	assert_true(h.embed_scale == 12 && h.logit_scale == 2);
	h = facts("F32",
		  "{\"model_type\":\"falcon_h1\",\"embedding_multiplier\":5,"
		  "\"lm_head_multiplier\":0.5}",
		  true, false);
	assert_true(h.embed_scale == 5 && h.logit_scale == 0.5f);
	h = facts("F32",
		  "{\"model_type\":\"grok\",\"embedding_multiplier_scale\":78,"
		  "\"output_multiplier_scale\":0.5}",
		  true, false);
	assert_true(h.embed_scale == 78 && h.logit_scale == 0.5f);
	h = facts("F32",
		  "{\"model_type\":\"mpt\",\"logit_scale\":"
		  "\"inv_sqrt_d_model\"}",
		  false, false);
	assert_true(h.logit_scale == (float)(1 / sqrt(3)));
	h = facts("F32", "{\"model_type\":\"xglm\",\"scale_embedding\":true}",
		  false, false);
	assert_true(h.embed_scale == ROOT3_F32);
	/* t5: only where W_U is W_E */
	h = facts("F32", "{\"model_type\":\"t5\"}", false, false);
	assert_true(h.logit_scale == (float)(1 / sqrt(3)));
	assert_int_equal(h.final_norm, TK_NORM_RMS);
	h = facts("F32",
		  "{\"model_type\":\"t5\",\"tie_word_embeddings\":false}",
		  true, false);
	assert_true(h.logit_scale == 1);
}

static void test_bad_scales(void **state)
{
	(void)state;
	make("F32", "{\"model_type\":\"granite\",\"logits_scaling\":0}", true,
	     false);
	made_refused("the logit_scale would be inf");
	make("F32", "{\"logit_scale\":-1}", true, false);
	made_refused("the logit_scale would be -1");
	make("F32", "{\"scale_emb\":0}", true, false);
	made_refused("the embed_scale would be 0");
	make("F32", "{\"scale_emb\":1e300}", true, false);
	made_refused("the embed_scale would be 1e+300");
	make("F32", "{\"final_logit_softcapping\":-3}", true, false);
	made_refused("the softcap would be -3");
	make("F32", "{\"logit_scale\":\"x\"}", true, false);
	made_refused("logit_scale is a text, not a number");
	make("F32", "{\"logit_scale\":1,\"logits_scaling\":2}", true, false);
	made_refused("has both logits_scaling and logit_scale");
}

/* Baichuan 2 uses its output rows at length 1; Baichuan 1 does not. */
static void test_unit_rows(void **state)
{
	struct hf_config c;
	struct source s;

	(void)state;
	hf_config_init(&c);
	source_init(&s);
	c.path = "config.json";
	c.traits = traits_find("baichuan");
	c.vocab_size = 64000;
	s.w_e.cols = 3;
	assert_int_equal(hf_config_apply(&c, &s, ELEM_F32), 0);
	c.vocab_size = 125696;
	assert_int_equal(hf_config_apply(&c, &s, ELEM_F32), -1);
	assert_non_null(strstr(s.message, "normalises each row"));
	source_free(&s);
}

static void test_norms(void **state)
{
	struct tk_hparams h;
	struct source s;

	(void)state;
	/* a bias tells a layer norm, whatever the key for eps is called */
	h = facts("F32", "{\"model_type\":\"new\",\"rms_norm_eps\":1e-3}",
		  true, true);
	assert_true(h.final_norm == TK_NORM_LAYER && h.final_norm_eps == 1e-3);
	h = facts("F32", "{\"model_type\":\"new\",\"rms_norm_eps\":1e-3}",
		  true, false);
	assert_true(h.final_norm == TK_NORM_RMS && h.final_norm_eps == 1e-3);
	h = facts("F32", "{\"model_type\":\"new\",\"layer_norm_eps\":1e-3}",
		  true, false);
	assert_true(h.final_norm == TK_NORM_LAYER && h.final_norm_eps == 1e-3);
	/* mamba says layer_norm_epsilon and means an RMS norm */
	h = facts("F32",
		  "{\"model_type\":\"mamba\",\"layer_norm_epsilon\":1e-3}",
		  true, false);
	assert_true(h.final_norm == TK_NORM_RMS && h.final_norm_eps == 1e-3);
	h = facts("F32", "{\"model_type\":\"nemotron\",\"norm_eps\":1e-3}",
		  true, true);
	assert_true(h.final_norm == TK_NORM_LAYER && h.final_norm_offset == 1);
	h = facts("F32", "{\"model_type\":\"qwen3_next\"}", true, false);
	assert_true(h.final_norm == TK_NORM_RMS && h.final_norm_offset == 1);
	h = facts("F32",
		  "{\"model_type\":\"opt\",\"do_layer_norm_before\":false}",
		  false, true);
	assert_int_equal(h.final_norm, TK_NORM_NONE);

	/* olmo's has no weight */
	make("F32", "{\"model_type\":\"olmo\"}", true, false);
	made_tensors("model.safetensors",
		     (const struct made_tensor[]){{"model.embed_tokens.weight",
						   "F32", 6, 3, NULL},
						  END});
	made_open(&s);
	assert_int_equal(s.hparams.final_norm, TK_NORM_LAYER);
	assert_true(s.hparams.final_norm_eps == 1e-5);
	assert_null(s.final_norm_weight.name);
	assert_false(made_noted(&s, "no final norm"));
	source_free(&s);
	foreign_text("config.json", "{\"model_type\":\"llama\"}");
	made_open(&s);
	assert_int_equal(s.hparams.final_norm, TK_NORM_NONE);
	assert_true(made_noted(&s, "no final norm was found"));
	source_free(&s);
}

static void test_sizes(void **state)
{
	struct source s;

	(void)state;
	make("F32",
	     "{\"model_type\":\"llava\",\"hidden_size\":99,"
	     "\"text_config\":{\"model_type\":\"llama\",\"hidden_size\":3,"
	     "\"max_position_embeddings\":77,\"vocab_size\":5},"
	     "\"tie_word_embeddings\":true,\"eos_token_id\":3}",
	     false, false);
	made_open(&s);
	assert_string_equal(s.architecture, "llama");
	assert_true(s.hparams.n_ctx == 77 && s.hparams.tied);
	assert_int_equal(s.special[TK_SPECIAL_EOS], 3);
	source_free(&s);
	make("F32",
	     "{\"model_type\":\"opt\",\"word_embed_proj_dim\":3,"
	     "\"hidden_size\":8}",
	     false, false);
	made_open(&s);
	assert_true(made_noted(&s, "the model's hidden size is 8"));
	assert_true(s.hparams.d_model == 3);
	source_free(&s);
	make("F32", "{\"model_type\":\"some\\u001b\"}", false, false);
	made_open(&s);
	assert_true(made_noted(&s, "model_type \"some\\x1b\" is not known"));
	source_free(&s);
	make("F32", "{\"hidden_size\":\"3\"}", false, false);
	made_refused("hidden_size is a text, not a whole number");
	make("F32", "{\"vocab_size\":6.0}", false, false);
	made_refused("vocab_size is a number with a fraction");
	make("F32", "{\"vocab_size\":-1}", false, false);
	made_refused("vocab_size is -1, below 0");
	make("F32", "{\"tie_word_embeddings\":1}", false, false);
	made_refused("tie_word_embeddings is a whole number");
	make("F32", "[]", false, false);
	made_refused("config.json: is a list");
}

static void test_files(void **state)
{
	struct source_options opt = {0};
	struct source s;

	(void)state;
	made_gpt2();
	opt.input = foreign_path(".");
	rename(foreign_path("config.json"), foreign_path("other.json"));
	made_refused("has no config.json; give one with --config FILE");
	opt.config = foreign_path("other.json");
	foreign_open(&s, NULL, &opt);
	assert_true(s.hparams.n_ctx == 7);
	source_free(&s);
	opt.config = foreign_path("absent.json");
	foreign_refused(NULL, &opt, "absent.json: No such file");
	rename(foreign_path("other.json"), foreign_path("config.json"));
	remove(foreign_path("model.safetensors"));
	made_refused("has no model.safetensors");
	foreign_text("pytorch_model.bin", "PK");
	made_refused("pytorch_model.bin: is a Python pickle, which is never "
		     "loaded; save the model as safetensors");
}

/* One file: config.json and tokenizer.json beside it are taken. */
static void test_single_file(void **state)
{
	struct source_options opt = {0};
	struct source s;

	(void)state;
	made_gpt2();
	opt.input = foreign_path("model.safetensors");
	foreign_open(&s, NULL, &opt);
	assert_string_equal(s.kind, "safetensors");
	assert_true(s.hparams.n_ctx == 7 && s.tokens.n == 5);
	source_free(&s);
	remove(foreign_path("config.json"));
	foreign_open(&s, NULL, &opt);
	assert_true(s.hparams.n_ctx == 0 && s.hparams.tied);
	assert_int_equal(s.hparams.final_norm, TK_NORM_LAYER);
	source_free(&s);
	rename(foreign_path("tokenizer.json"), foreign_path("t"));
	foreign_refused(NULL, &opt, "give the vocabulary with --vocab FILE");
	opt.vocab = foreign_path("t");
	foreign_open(&s, NULL, &opt);
	foreign_token(&s, 2, " c");
	source_free(&s);
	opt.vocab = foreign_text("words", "one\n two\n");
	foreign_open(&s, NULL, &opt);
	foreign_token(&s, 1, " two");
	assert_null(s.tokenizer);
	source_free(&s);
	opt.vocab = foreign_text("words", "1\n2\n3\n4\n5\n6\n7\n");
	foreign_refused(NULL, &opt, "has 7 words, but \"wte.weight\" in "
				    "model.safetensors has 6 rows");
}

#define TEST(f)                                                               \
	cmocka_unit_test_setup_teardown(f, foreign_setup, foreign_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_gemma),	TEST(test_scales),
		TEST(test_bad_scales),	TEST(test_unit_rows),
		TEST(test_bad_eps),	TEST(test_context_length),
		TEST(test_norms),
		TEST(test_sizes),	TEST(test_files),
		TEST(test_single_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
