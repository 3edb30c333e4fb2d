/* SPDX-License-Identifier: MIT */
/*
 * spec_predict.h - lines of spec/vectors.txt about what a model computes
 */
#ifndef SPEC_PREDICT_H
#define SPEC_PREDICT_H

#include "spec_files.h"

#define MAX_D 64

static void verb_embed(struct line *l)
{
	struct tk_container *c;
	struct tk_model *m = model_word(&c, l, 0);
	float x[MAX_D];

	assert_int_equal(tk_embed(x, m, number(word(l, 1), 10), NULL), TK_OK);
	put_f32s(l, x, tk_model_w_e(m).cols);
	close_model(m, c);
}

/* The ids from word 'first' on to a hidden vector. */
static void context_words(float *h, const struct tk_model *m,
			  const struct line *l, size_t first)
{
	uint32_t ids[MAX_WORDS];
	float scratch[MAX_D];

	for (size_t i = first; i < l->n; i++)
		ids[i - first] = (uint32_t)number(word(l, i), 10);
	assert_int_equal(tk_context(h, scratch, m, ids, l->n - first, NULL),
			 TK_OK);
}

static void verb_context(struct line *l)
{
	struct tk_container *c;
	struct tk_model *m = model_word(&c, l, 0);
	float h[MAX_D];

	context_words(h, m, l, 1);
	put_f32s(l, h, tk_model_w_e(m).cols);
	close_model(m, c);
}

/* RULE M OFFSET:BYTES ...: a context of id 0. */
static void verb_nocontext(struct line *l)
{
	float h[MAX_D], scratch[MAX_D];
	const uint32_t id = 0;
	struct tk_container *c;
	struct tk_model *m;
	size_t size;
	uint8_t *copy = patched(l, &size);

	assert_int_equal(tk_container_open_bytes(
				 &c, (struct tk_bytes){copy, size}, NULL),
			 TK_OK);
	assert_int_equal(tk_model_open(&m, c, NULL), TK_OK);
	put_status(l, tk_context(h, scratch, m, &id, 1, NULL));
	close_model(m, c);
	free(copy);
}

static void verb_norm(struct line *l)
{
	struct tk_container *c;
	struct tk_model *m = model_word(&c, l, 0);
	float h[MAX_WORDS];
	size_t d = f32_words(h, l, 1);

	assert_int_equal(d, tk_model_hparams(m).d_model);
	assert_int_equal(tk_final_norm(h, m, NULL), TK_OK);
	put_f32s(l, h, d);
	close_model(m, c);
}

static void verb_keys(struct line *l)
{
	struct tk_container *c;
	struct tk_model *m = model_word(&c, l, 0);
	uint64_t n = tk_model_n_predictable(m);
	float h[MAX_WORDS], keys[MAX_WORDS];

	assert_int_equal(f32_words(h, l, 1), tk_model_hparams(m).d_model);
	assert_int_equal(tk_keys(keys, m, h, 0, n, NULL), TK_OK);
	put_f32s(l, keys, n);
	close_model(m, c);
}

static void verb_logit(struct line *l)
{
	struct tk_container *c;
	struct tk_model *m = model_word(&c, l, 0);
	float x;

	f32_words(&x, l, 1);
	x = tk_logit(m, x);
	put_f32s(l, &x, 1);
	close_model(m, c);
}

/* M T N SEED */
static void verb_normalizer(struct line *l)
{
	static float keys[4096];
	struct tk_container *c;
	struct tk_model *m = model_word(&c, l, 0);
	size_t n = number(word(l, 2), 10);
	uint32_t x = (uint32_t)number(word(l, 3), 10);
	struct tk_normalizer nz;

	assert_true(n <= 4096);
	for (size_t i = 0; i < n; i++)
		keys[i] = 64 * pattern_next(&x);
	nz = tk_normalize(m, keys, n, f64_word(word(l, 1)));
	put_f64(l, nz.max);
	put_f64(l, nz.sum);
	close_model(m, c);
}

/* M T ID ... */
static void verb_predict(struct line *l)
{
	struct tk_container *c;
	struct tk_model *m = model_word(&c, l, 0);
	uint64_t n = tk_model_n_predictable(m);
	struct tk_candidate best[MAX_WORDS];
	float h[MAX_D], keys[MAX_WORDS];
	struct tk_normalizer nz;

	context_words(h, m, l, 2);
	assert_int_equal(tk_final_norm(h, m, NULL), TK_OK);
	assert_int_equal(tk_keys(keys, m, h, 0, n, NULL), TK_OK);
	nz = tk_normalize(m, keys, n, f64_word(word(l, 1)));
	n = tk_top_k(best, n, keys, n, 0);
	for (size_t i = 0; i < n; i++) {
		float z = tk_logit(m, best[i].key);

		put(l, "%" PRIu32 ":%08" PRIx32 ":%08" PRIx32 ":%016" PRIx64,
		    best[i].id, bits_of_f32(best[i].key), bits_of_f32(z),
		    bits_of_f64(tk_prob(&nz, z)));
	}
	close_model(m, c);
}

#endif /* SPEC_PREDICT_H */
