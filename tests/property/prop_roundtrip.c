/* SPDX-License-Identifier: MIT */
/*
 * prop_roundtrip.c - what is written is read, for models of all shapes; and
 * written again it is the same file
 */
#include <math.h>

#include "forge.h"
#include "test.h"

static struct tk_error err;

#define MODELS 200
#define MOST_TOKENS 300
#define MOST_BYTES 20

static uint8_t text[MOST_TOKENS][MOST_BYTES];
static struct tk_bytes tokens[MOST_TOKENS];
static uint8_t kinds[MOST_TOKENS];
static float scores[MOST_TOKENS];

/* ---- random models ---- */

static bool coin(struct rng *r)
{
	return rng_u64(r) & 1;
}

static void random_vocab(struct tk_vocab_parts *v, struct rng *r)
{
	bool short_ones = coin(r);

	v->n_tokens = 1 + (uint32_t)rng_below(r, MOST_TOKENS);
	for (size_t i = 0; i < v->n_tokens; i++) {
		size_t len = rng_below(r, short_ones ? 3 : MOST_BYTES);

		for (size_t j = 0; j < len; j++)
			text[i][j] = (uint8_t)rng_u64(r);
		tokens[i] = (struct tk_bytes){text[i], len};
		kinds[i] = (uint8_t)rng_below(r, 6);
		scores[i] = rng_any_float(r);
	}
	kinds[0] = 2; /* kinds that are all 0 are left out */
	v->tokens = tokens;
	v->kinds = coin(r) ? kinds : NULL;
	v->scores = coin(r) ? scores : NULL;
}

static void random_hparams(struct forge *f, struct rng *r)
{
	f->hp.n_ctx = coin(r) ? 4 + rng_below(r, 1000) : 0;
	f->hp.embed_scale = coin(r) ? rng_float(r) : 1;
	f->hp.logit_scale = coin(r) ? 0.25F : 1;
	f->hp.logit_softcap = coin(r) ? 30 : 0;
	f->hp.final_norm = (enum tk_norm)rng_below(r, 3);
	f->hp.embed_norm = (enum tk_norm)rng_below(r, 3);
	if (f->hp.final_norm && coin(r))
		f->hp.final_norm_eps = 1e-5;
	if (f->hp.final_norm && coin(r))
		f->hp.final_norm_offset = 1;
	if (f->hp.embed_norm && coin(r))
		f->hp.embed_norm_eps = 1e-6;
	if (coin(r)) {
		f->others = tk_kv_builder_new();
		tk_kv_set_bytes(f->others, "some.body",
				(struct tk_bytes){text[0], MOST_BYTES},
				coin(r));
	}
}

static enum tk_dtype random_dtype(struct rng *r, bool vector)
{
	return (enum tk_dtype)(1 + rng_below(r, vector ? 3 : 4));
}

static void vector(struct forge *f, uint32_t kind, uint64_t cols, bool legal,
		   struct rng *r)
{
	if (legal && coin(r))
		forge_random(f, kind, random_dtype(r, true), 1, cols, r);
}

static void random_matrices(struct forge *f, struct rng *r)
{
	uint64_t d = 1 + rng_below(r, coin(r) ? 4 : 200);
	uint64_t e = rng_below(r, 100), u = rng_below(r, 100);

	f->hp.tied = e && coin(r);
	if (f->hp.tied)
		u = 0;
	if (e)
		forge_random(f, TK_KIND_W_E, random_dtype(r, false), e, d, r);
	if (u)
		forge_random(f, TK_KIND_W_U, random_dtype(r, false), u, d, r);
	vector(f, TK_KIND_EMBED_NORM_WEIGHT, d, e && f->hp.embed_norm, r);
	vector(f, TK_KIND_EMBED_NORM_BIAS, d, e && f->hp.embed_norm, r);
	vector(f, TK_KIND_FINAL_NORM_WEIGHT, d,
	       (e || u) && f->hp.final_norm, r);
	vector(f, TK_KIND_FINAL_NORM_BIAS, d, (e || u) && f->hp.final_norm,
	       r);
	vector(f, TK_KIND_B_U, u ? u : e, u || f->hp.tied, r);
	if (e && coin(r))
		forge_random(f, TK_KIND_MIX, TK_F32, 1 + rng_below(r, 4),
			     coin(r) ? 1 : d, r);
}

static void random_free(struct forge *f, struct rng *r)
{
	static const char *const names[] = {"a.a", "a.ab", "b-b.2", "z_z.z"};
	static uint8_t bytes[70000];

	for (size_t i = 0; i < LEN(names); i++) {
		size_t len = 1 + rng_below(r, coin(r) ? 100 : sizeof(bytes));

		if (coin(r))
			continue;
		for (size_t j = 0; j < len; j += 8)
			bytes[j] = (uint8_t)rng_u64(r);
		forge_free_bytes(f, names[i], coin(r) ? 4 : 0,
				 (struct tk_bytes){bytes, len});
	}
}

/* ---- what comes back ---- */

static void check_vocab(const struct tk_model *m, const struct forge *f)
{
	const struct tk_vocab_parts *v = &f->vocab;
	struct tk_bytes t;
	uint32_t id;

	assert_int_equal(tk_model_vocab(m).n_tokens, v->n_tokens);
	assert_int_equal(tk_model_vocab(m).has_kinds, v->kinds != NULL);
	assert_int_equal(tk_model_vocab(m).has_scores, v->scores != NULL);
	for (uint32_t i = 0; i < v->n_tokens; i++) {
		float score = tk_model_token_score(m, i);

		assert_ok(tk_model_token(&t, m, i, &err), err);
		assert_int_equal(t.len, v->tokens[i].len);
		assert_true(!t.len ||
			    !memcmp(t.ptr, v->tokens[i].ptr, t.len));
		assert_int_equal(tk_model_token_kind(m, i),
				 v->kinds ? v->kinds[i] : 0);
		/* A float that a 32-bit function returns is no signal. */
		if (v->scores && (sizeof(void *) > 4 || !isnan(score)))
			assert_memory_equal(&score, &v->scores[i], 4);
		assert_ok(tk_model_find(&id, m, t, &err), err);
		assert_true(id <= i && v->tokens[id].len == t.len);
		assert_true(!t.len ||
			    !memcmp(v->tokens[id].ptr, t.ptr, t.len));
	}
}

static void check_hparams(const struct tk_model *m, const struct forge *f)
{
	struct tk_hparams hp = tk_model_hparams(m);
	struct tk_kv kv;

	assert_true(hp.n_ctx == f->hp.n_ctx && hp.tied == f->hp.tied &&
		    hp.embed_scale == f->hp.embed_scale &&
		    hp.logit_scale == f->hp.logit_scale &&
		    hp.logit_softcap == f->hp.logit_softcap &&
		    hp.final_norm == f->hp.final_norm &&
		    hp.final_norm_eps == f->hp.final_norm_eps &&
		    hp.final_norm_offset == f->hp.final_norm_offset &&
		    hp.embed_norm == f->hp.embed_norm &&
		    hp.embed_norm_eps == f->hp.embed_norm_eps);
	if (f->others)
		assert_true(tk_kv_find(&kv,
				       tk_model_keyvalues(m, TK_KIND_HPARAMS),
				       "some.body"));
}

/* Every section byte for byte, in the order of the forge. */
static void check_sections(const struct tk_container *c, const struct forge *f)
{
	size_t i = 0;

	for (size_t j = 0; j < tk_container_count(c); j++) {
		struct tk_section s = tk_container_section(c, j);
		struct tk_bytes b = tk_container_stored(c, j);

		assert_ok(tk_container_verify(c, j, &err), err);
		if (i == f->n || s.kind != f->items[i].spec.kind)
			continue;
		assert_int_equal(b.len, f->items[i].spec.size);
		assert_memory_equal(b.ptr, f->items[i].data, b.len);
		assert_int_equal(s.rows, f->items[i].spec.rows);
		assert_int_equal(s.cols, f->items[i].spec.cols);
		assert_int_equal(s.dtype, f->items[i].spec.dtype);
		i++;
	}
	assert_int_equal(i, f->n);
}

static void check_model(struct rng *r)
{
	struct tk_container *c = NULL;
	struct tk_model *m = NULL;
	struct image im, again;
	struct forge f;

	forge_start(&f);
	random_vocab(&f.vocab, r);
	random_hparams(&f, r);
	random_matrices(&f, r);
	random_free(&f, r);
	im = forge_image(&f);
	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	assert_ok(tk_model_open(&m, c, &err), err);
	check_sections(c, &f);
	check_vocab(m, &f);
	check_hparams(m, &f);
	tk_model_close(m);
	tk_container_close(c);
	again = forge_image(&f);
	assert_int_equal(im.size, again.size);
	assert_memory_equal(im.data, again.data, im.size);
	image_free(&im);
	image_free(&again);
	forge_end(&f);
}

static void test_models(void **state)
{
	struct rng r = {107};

	(void)state;
	for (int i = 0; i < MODELS; i++)
		check_model(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_models),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
