/* SPDX-License-Identifier: MIT */
/*
 * test_gguf.c - what a good GGUF file gives
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gguf_open.h"

#define EPS "llama.attention.layer_norm_rms_epsilon"

static void assert_rows(struct source *s, struct table *t, const void *bytes,
			size_t len)
{
	uint8_t rows[256];

	assert_true(len <= sizeof(rows));
	assert_int_equal(elem_row_bytes(t->elem, t->cols) * t->rows, len);
	assert_int_equal(t->read(s, t, 0, t->rows, rows), 0);
	assert_memory_equal(rows, bytes, len);
	/* The last row alone. */
	assert_int_equal(t->read(s, t, t->rows - 1, 1, rows), 0);
	len /= t->rows;
	assert_memory_equal(rows, (const uint8_t *)bytes + len * (t->rows - 1),
			    len);
}

/* ---- the small model ---- */

static void all_facts(void **state)
{
	struct gguf_image img;
	struct source s;

	(void)state;
	image_init(&img);
	image_text(&img, "general.license", "mit");
	image_text(&img, "tokenizer.ggml.pre", "default");
	image_text(&img, "tokenizer.chat_template", "{{ x }}");
	gguf_assert_open(&s, &img, NULL);
	assert_string_equal(s.kind, "gguf");
	assert_string_equal(s.title,
			    "GGUF v3, architecture llama, 5 tensors");
	assert_string_equal(s.architecture, "llama");
	assert_string_equal(s.license, "mit");
	assert_string_equal(s.tokenizer, "llama");
	assert_string_equal(s.pretokenizer, "default");
	assert_string_equal(s.chat_template, "{{ x }}");
	assert_int_equal(s.hparams.n_ctx, 16);
	assert_int_equal(s.hparams.d_model, 4);
	assert_false(s.hparams.tied);
	assert_true(s.hparams.embed_scale == 1 && s.hparams.logit_scale == 1);
	assert_true(s.hparams.logit_softcap == 0);
	assert_int_equal(s.hparams.final_norm, TK_NORM_RMS);
	assert_true(s.hparams.final_norm_eps == (double)1e-5f);
	assert_true(s.hparams.final_norm_offset == 0);
	assert_int_equal(s.hparams.embed_norm, TK_NORM_NONE);
	assert_int_equal(s.n_notes, 0);
	source_free(&s);
	gguf_image_free(&img);
}

static void no_final_norm(void **state)
{
	struct source_options opt = {.config = "config.json"};
	struct gguf_image img;
	struct source s;

	(void)state;
	image_init(&img);
	image_drop_tensor(&img, "output_norm.weight");
	gguf_assert_open(&s, &img, NULL);
	assert_int_equal(s.hparams.final_norm, TK_NORM_NONE);
	assert_int_equal(s.n_notes, 1);
	assert_string_equal(s.notes[0], "no final norm was found: hidden "
					"vectors are taken as they come");
	source_free(&s);
	assert_int_equal(gguf_open_image(&s, &img, &opt), -1);
	assert_non_null(strstr(s.message, "--config is of no use here"));
	source_free(&s);
	gguf_image_free(&img);
}

static void all_tables(void **state)
{
	struct gguf_image img;
	struct source s;

	(void)state;
	image_init(&img);
	gguf_assert_open(&s, &img, NULL);
	assert_string_equal(s.w_e.name, "token_embd.weight");
	assert_int_equal(s.w_e.elem, ELEM_F32);
	assert_rows(&s, &s.w_e, image_w_e, sizeof(image_w_e));
	assert_string_equal(s.w_u.name, "output.weight");
	assert_int_equal(s.w_u.elem, ELEM_F16);
	assert_rows(&s, &s.w_u, image_w_u, sizeof(image_w_u));
	assert_rows(&s, &s.b_u, image_b_u, sizeof(image_b_u));
	assert_rows(&s, &s.final_norm_weight, image_norm, sizeof(image_norm));
	assert_null(s.final_norm_bias.name);
	assert_null(s.embed_norm_weight.name);
	source_free(&s);
	gguf_image_free(&img);
}

/* ---- architectures ---- */

/* The model under another name: its keys move with it. */
static void rename_model(struct gguf_image *img, const char *name)
{
	image_text(img, "general.architecture", name);
	for (size_t i = 0; i < img->n_kv; i++) {
		struct image_kv *kv = &img->kv[i];
		char key[128];
		const char *rest = strchr(kv->key, '.');

		if (strncmp(kv->key, "llama.", 6))
			continue;
		strcpy(key, name);
		strcat(key, rest);
		free(kv->key);
		kv->key = strdup(key);
		kv->key_len = strlen(key);
	}
}

static void scales(void **state)
{
	static const struct {
		const char *architecture;
		float embed, logit, cap; /* keys; 0: none */
		float want_embed, want_logit, want_cap;
	} cases[] = {
		{"llama", 0, 0, 0, 1, 1, 0},
		{"llama", 3, 0.5f, 25, 3, 0.5f, 25},
		{"gemma", 0, 0, 0, 2, 1, 0},
		{"gemma", 5, 0, 0, 5, 1, 0},
		{"gemma2", 0, 0, 0, 2, 1, 30},
		{"gemma2", 0, 0, 50, 2, 1, 50},
		{"gemma3", 0, 0, 0, 2, 1, 0},
		{"command-r", 0, 0.0625f, 0, 1, 0.0625f, 0},
		{"granite", 12, 8, 0, 12, 0.125f, 0},
		{"granitemoe", 12, 6, 0, 12, 1.0f / 6, 0},
		{"granitehybrid", 0, 8, 0, 1, 0.125f, 0},
		{"minicpm", 0, 0, 0, 12, 64, 0},
		{"minicpm", 10, 9, 0, 10, 1.0f / 9, 0},
		{"grok", 0, 0, 0, 78.38367176906169f, 0.5773502691896257f, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gguf_image img;
		struct source s;

		image_init(&img);
		if (cases[i].embed > 0)
			image_f32(&img, "llama.embedding_scale",
				  cases[i].embed);
		if (cases[i].logit > 0)
			image_f32(&img, "llama.logit_scale", cases[i].logit);
		if (cases[i].cap > 0)
			image_f32(&img, "llama.final_logit_softcapping",
				  cases[i].cap);
		rename_model(&img, cases[i].architecture);
		gguf_assert_open(&s, &img, NULL);
		assert_true(s.hparams.embed_scale == cases[i].want_embed);
		assert_true(s.hparams.logit_scale == cases[i].want_logit);
		assert_true(s.hparams.logit_softcap == cases[i].want_cap);
		source_free(&s);
		gguf_image_free(&img);
	}
}

static void norms(void **state)
{
	struct gguf_image img;
	struct source s;

	(void)state;
	image_init(&img);
	image_drop(&img, EPS);
	image_f32(&img, "llama.attention.layer_norm_epsilon", 1e-6f);
	image_add_tensor(&img, "token_embd_norm.weight", 0, 4, 1, image_norm,
			 16);
	image_add_tensor(&img, "token_embd_norm.bias", 0, 4, 1, image_norm, 16);
	image_add_tensor(&img, "output_norm.bias", 0, 4, 1, image_norm, 16);
	gguf_assert_open(&s, &img, NULL);
	assert_int_equal(s.hparams.final_norm, TK_NORM_LAYER);
	assert_int_equal(s.hparams.embed_norm, TK_NORM_LAYER);
	assert_true(s.hparams.embed_norm_eps == (double)1e-6f);
	assert_rows(&s, &s.embed_norm_bias, image_norm, 16);
	assert_rows(&s, &s.final_norm_bias, image_norm, 16);
	source_free(&s);
	/* In LFM2 the same name means the other norm. */
	image_drop_tensor(&img, "output_norm.weight");
	image_drop_tensor(&img, "output_norm.bias");
	rename_model(&img, "lfm2");
	gguf_assert_open(&s, &img, NULL);
	assert_int_equal(s.hparams.embed_norm, TK_NORM_NONE);
	assert_string_equal(s.final_norm_weight.name, "token_embd_norm.weight");
	source_free(&s);
	gguf_image_free(&img);
}

/* T5's decoder has a name of its own for it. */
static void norm_of_decoder(void **state)
{
	struct gguf_image img;
	struct source s;

	(void)state;
	image_init(&img);
	image_tensor(&img, "output_norm.weight")->name_len = 22;
	image_tensor(&img, "output_norm.weight")->name =
		"dec.output_norm.weight";
	gguf_assert_open(&s, &img, NULL);
	assert_string_equal(s.final_norm_weight.name, "dec.output_norm.weight");
	assert_int_equal(s.hparams.final_norm, TK_NORM_RMS);
	source_free(&s);
	gguf_image_free(&img);
}

static void norms_without_weights(void **state)
{
	struct gguf_image img;
	struct source s;

	(void)state;
	image_init(&img);
	image_drop_tensor(&img, "output_norm.weight");
	image_drop(&img, EPS);
	image_f32(&img, "llama.attention.layer_norm_epsilon", 1e-6f);
	gguf_assert_open(&s, &img, NULL);
	assert_int_equal(s.hparams.final_norm, TK_NORM_NONE);
	source_free(&s);
	rename_model(&img, "olmo");
	gguf_assert_open(&s, &img, NULL);
	assert_int_equal(s.hparams.final_norm, TK_NORM_LAYER);
	assert_null(s.final_norm_weight.name);
	source_free(&s);
	gguf_image_free(&img);
}

/* ---- options ---- */

static void options(void **state)
{
	struct gguf_image img;
	struct source s;
	struct source_options tie = {.tie = true};
	struct source_options vocab_only = {.vocab_only = true};

	(void)state;
	image_init(&img);
	gguf_assert_open(&s, &img, &tie);
	assert_true(s.hparams.tied);
	assert_null(s.w_u.name);
	source_free(&s);
	gguf_assert_open(&s, &img, &vocab_only);
	assert_null(s.w_e.name);
	assert_int_equal(s.tokens.n, 5);
	assert_int_equal(s.hparams.d_model, 4);
	source_free(&s);
	img.n_tensors = 0;
	gguf_assert_open(&s, &img, &vocab_only);
	source_free(&s);
	gguf_image_free(&img);
}

static void names_of_tensors(void **state)
{
	struct source_options opt = {.embed = "output.weight",
				     .unembed = "token_embd.weight"};
	struct gguf_image img;
	struct source s;

	(void)state;
	image_init(&img);
	/* The key describes another matrix than the one named. */
	image_u32(&img, "llama.embedding_length", 5);
	gguf_assert_open(&s, &img, &opt);
	assert_rows(&s, &s.w_e, image_w_u, sizeof(image_w_u));
	assert_rows(&s, &s.w_u, image_w_e, sizeof(image_w_e));
	assert_int_equal(s.hparams.d_model, 4);
	source_free(&s);
	opt.unembed = "output.weight";
	gguf_assert_open(&s, &img, &opt);
	assert_true(s.hparams.tied);
	source_free(&s);
	opt.unembed = "no.such";
	assert_int_equal(gguf_open_image(&s, &img, &opt), -1);
	assert_non_null(strstr(s.message, "has no tensor \"no.such\": there "
					  "is \"output.weight\", \"tok"));
	source_free(&s);
	opt.embed = "output.bias";
	opt.unembed = NULL;
	assert_int_equal(gguf_open_image(&s, &img, &opt), -1);
	source_free(&s);
	source_init(&s);
	assert_int_equal(reader_gguf.open(&s, &opt), -1);
	assert_string_equal(s.message, "--from gguf needs an input file");
	source_free(&s);
	gguf_image_free(&img);
}

/* ---- what may be otherwise ---- */

static void legal_layouts(void **state)
{
	struct gguf_image img;
	struct source s;

	(void)state;
	image_init(&img);
	img.version = 2;
	gguf_assert_open(&s, &img, NULL);
	assert_string_equal(s.title, "GGUF v2, architecture llama, 5 tensors");
	source_free(&s);
	for (uint32_t alignment = 1; alignment <= 1 << 12; alignment <<= 3) {
		img.alignment = alignment;
		image_u32(&img, "general.alignment", alignment);
		gguf_assert_open(&s, &img, NULL);
		assert_rows(&s, &s.w_u, image_w_u, sizeof(image_w_u));
		source_free(&s);
	}
	gguf_image_free(&img);
}

/* A row of Q8_0 in place of four columns of f32. */
static void quantised(void **state)
{
	static uint8_t blocks[6][34];
	struct gguf_image img;
	struct source s;
	float y[32];

	(void)state;
	blocks[5][1] = 0x40; /* scale 2 */
	blocks[5][2] = 21;
	image_init(&img);
	image_drop_tensor(&img, "token_embd.weight");
	image_drop_tensor(&img, "output.weight");
	image_drop_tensor(&img, "output_norm.weight");
	image_drop(&img, "llama.embedding_length");
	image_add_tensor(&img, "token_embd.weight", 8, 32, 6, blocks,
			 sizeof(blocks));
	gguf_assert_open(&s, &img, NULL);
	assert_int_equal(s.w_e.elem, ELEM_Q8_0);
	assert_rows(&s, &s.w_e, blocks, sizeof(blocks));
	assert_true(elem_row_to_f32(y, s.w_e.elem, blocks[5], 32));
	assert_true(y[0] == 42);
	source_free(&s);
	gguf_image_free(&img);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_facts),
		cmocka_unit_test(no_final_norm),
		cmocka_unit_test(all_tables),
		cmocka_unit_test(scales),
		cmocka_unit_test(norms),
		cmocka_unit_test(norm_of_decoder),
		cmocka_unit_test(norms_without_weights),
		cmocka_unit_test(options),
		cmocka_unit_test(names_of_tensors),
		cmocka_unit_test(legal_layouts),
		cmocka_unit_test(quantised),
	};

	return cmocka_run_group_tests(tests, gguf_directory_make,
				      gguf_directory_remove);
}
