/* SPDX-License-Identifier: MIT */
/*
 * test_norms.c - from ids to the hidden vector: embeddings, norms, context
 * mix, against plain f64
 */
#include <float.h>
#include <math.h>

#include "base/dtype.h"
#include "forge.h"
#include "fpmodes.h"
#include "test.h"

static struct tk_error err;

#define D 37 /* no multiple of anything */
#define TOKENS 6
#define MIX_ROWS 4

struct opened {
	struct image im;
	struct tk_container *c;
	struct tk_model *m;
};

static void open_forge(struct opened *o, struct forge *f)
{
	o->im = forge_image(f);
	forge_end(f);
	assert_ok(tk_container_open_bytes(&o->c, image_bytes(&o->im), &err),
		  err);
	assert_ok(tk_model_open(&o->m, o->c, &err), err);
}

static void close_opened(struct opened *o)
{
	tk_model_close(o->m);
	tk_container_close(o->c);
	image_free(&o->im);
}

/* ---- the same in f64 ---- */

static double element(struct tk_matrix m, uint64_t r, size_t i)
{
	float row[D];

	assert_true(m.cols <= D);
	tk_row_to_f32(row, m, r);
	return (double)row[i];
}

static void norm(double *x, enum tk_norm kind, double eps, double offset,
		 struct tk_matrix weight, struct tk_matrix bias)
{
	double mean = 0, var = 0;

	if (kind == TK_NORM_NONE)
		return;
	for (size_t i = 0; i < D && kind == TK_NORM_LAYER; i++)
		mean += x[i] / D;
	for (size_t i = 0; i < D; i++)
		var += (x[i] - mean) * (x[i] - mean) / D;
	for (size_t i = 0; i < D; i++) {
		x[i] = (x[i] - mean) / sqrt(var + eps);
		if (weight.data)
			x[i] *= element(weight, 0, i) + offset;
		if (bias.data)
			x[i] += element(bias, 0, i);
	}
}

static void embed(double *x, const struct tk_model *m, uint64_t id)
{
	struct tk_hparams hp = tk_model_hparams(m);

	for (size_t i = 0; i < D; i++)
		x[i] = element(tk_model_w_e(m), id, i) *
		       (double)hp.embed_scale;
	norm(x, hp.embed_norm, hp.embed_norm_eps, 0,
	     tk_model_matrix(m, TK_KIND_EMBED_NORM_WEIGHT),
	     tk_model_matrix(m, TK_KIND_EMBED_NORM_BIAS));
}

static void expect_near(const char *what, const float *is, const double *must)
{
	for (size_t i = 0; i < D; i++)
		if (!(fabs((double)is[i] - must[i]) <=
		      1e-6 * (1 + fabs(must[i]))))
			fail_msg("%s, element %zu: %.9g, not %.9g", what, i,
				 (double)is[i], must[i]);
}

/* ---- all settings ---- */

/* A model by the bits of 'how'. */
static void open_some(struct opened *o, unsigned how)
{
	static const enum tk_dtype vector[] = {TK_F32, TK_F16, TK_BF16,
					       TK_F16};
	static const enum tk_dtype matrix[] = {TK_F32, TK_F16, TK_BF16,
					       TK_Q8};
	enum tk_dtype v = vector[how % 4];
	struct rng r = {how};
	struct forge f;

	forge_start(&f);
	f.hp.embed_scale = how & 4 ? 6.0827627F : 1;
	f.hp.embed_norm = (enum tk_norm)(how % 3);
	f.hp.final_norm = (enum tk_norm)(how / 3 % 3);
	f.hp.embed_norm_eps = how & 8 ? 1e-5 : 1e-12;
	f.hp.final_norm_eps = how & 16 ? 1e-5 : 0;
	f.hp.final_norm_offset = how & 32 ? 0.75F : 0;
	f.hp.n_ctx = how & 64 ? 0 : MIX_ROWS;
	if (f.hp.embed_norm && how & 1)
		forge_random(&f, TK_KIND_EMBED_NORM_WEIGHT, v, 1, D, &r);
	if (f.hp.embed_norm && how & 2)
		forge_random(&f, TK_KIND_EMBED_NORM_BIAS, v, 1, D, &r);
	if (f.hp.final_norm && how & 2)
		forge_random(&f, TK_KIND_FINAL_NORM_WEIGHT, v, 1, D, &r);
	if (f.hp.final_norm && how & 4)
		forge_random(&f, TK_KIND_FINAL_NORM_BIAS, v, 1, D, &r);
	if (how & 128)
		forge_random(&f, TK_KIND_MIX, TK_F32, MIX_ROWS,
			     how & 8 ? 1 : D, &r);
	forge_random(&f, TK_KIND_W_E, matrix[how / 8 % 4], TOKENS, D, &r);
	open_forge(o, &f);
}

static void check_embeddings(const struct opened *o)
{
	float x[D + 1];
	double must[D];

	x[D] = 42;
	for (uint64_t id = 0; id < TOKENS; id++) {
		assert_ok(tk_embed(x, o->m, id, &err), err);
		embed(must, o->m, id);
		expect_near("embedding", x, must);
	}
	assert_true(x[D] == 42);
	assert_status(tk_embed(x, o->m, TOKENS, &err), TK_E_NOT_FOUND);
	assert_status(tk_embed(x, o->m, UINT64_MAX, &err), TK_E_NOT_FOUND);
}

static void check_contexts(const struct opened *o)
{
	static const uint32_t ids[] = {5, 0, 3, 3, 1, 2, 4};
	struct tk_matrix mix = tk_model_matrix(o->m, TK_KIND_MIX);
	float h[D + 1], scratch[D + 1];

	h[D] = scratch[D] = 42;
	assert_int_equal(tk_has_mix(o->m), mix.data != NULL);
	for (size_t n = 1; n <= LEN(ids); n++) {
		size_t used = mix.data ? MIX_ROWS : 1;
		double must[D] = {0}, x[D];

		for (size_t j = 0; j < n && j < used; j++) {
			embed(x, o->m, ids[n - 1 - j]);
			for (size_t i = 0; i < D; i++)
				must[i] += !mix.data ? x[i]
					   : element(mix, j,
						     mix.cols == 1 ? 0 : i) *
						     x[i];
		}
		assert_ok(tk_context(h, scratch, o->m, ids, n, &err), err);
		expect_near("context", h, must);
	}
	assert_true(h[D] == 42 && scratch[D] == 42);
	assert_status(tk_context(h, scratch, o->m, ids, 0, &err),
		      TK_E_ARGUMENT);
}

static void check_final_norm(const struct opened *o, struct rng *r)
{
	struct tk_hparams hp = tk_model_hparams(o->m);
	float h[D], copy[D];
	double must[D];

	for (size_t i = 0; i < D; i++) {
		h[i] = copy[i] = 3 * rng_float(r) + 1;
		must[i] = (double)h[i];
	}
	assert_ok(tk_final_norm(h, o->m, &err), err);
	norm(must, hp.final_norm, hp.final_norm_eps,
	     (double)hp.final_norm_offset,
	     tk_model_matrix(o->m, TK_KIND_FINAL_NORM_WEIGHT),
	     tk_model_matrix(o->m, TK_KIND_FINAL_NORM_BIAS));
	expect_near("final norm", h, must);
	if (!hp.final_norm)
		assert_memory_equal(h, copy, sizeof(h));
}

static void test_all_settings(void **state)
{
	struct rng r = {83};

	(void)state;
	for (unsigned how = 0; how < 256; how++) {
		struct opened o;

		open_some(&o, how);
		check_embeddings(&o);
		check_contexts(&o);
		check_final_norm(&o, &r);
		close_opened(&o);
	}
}

/* An id that is not there, in the part of the context that counts. */
static void test_bad_ids(void **state)
{
	uint32_t ids[] = {0, 99, 1, 2, 3, 4};
	float h[D], scratch[D];
	struct opened o;

	(void)state;
	open_some(&o, 128);
	assert_ok(tk_context(h, scratch, o.m, ids, 6, &err), err);
	assert_status(tk_context(h, scratch, o.m, ids, 5, &err),
		      TK_E_NOT_FOUND);
	close_opened(&o);
	open_some(&o, 0);
	assert_ok(tk_context(h, scratch, o.m, ids, 5, &err), err);
	assert_status(tk_context(h, scratch, o.m, ids, 2, &err),
		      TK_E_NOT_FOUND);
	close_opened(&o);
}

/* n_ctx cuts the context also where it is smaller than the mix. */
static void test_long_context(void **state)
{
	uint32_t ids[300];
	float h[D], same[D], scratch[D];
	struct opened o;

	(void)state;
	for (size_t i = 0; i < LEN(ids); i++)
		ids[i] = i < LEN(ids) - MIX_ROWS ? 99 : (uint32_t)i % TOKENS;
	open_some(&o, 128);
	assert_ok(tk_context(h, scratch, o.m, ids, LEN(ids), &err), err);
	assert_ok(tk_context(same, scratch, o.m, ids + LEN(ids) - MIX_ROWS,
			     MIX_ROWS, &err),
		  err);
	assert_memory_equal(h, same, sizeof(h));
	close_opened(&o);
}

static void test_not_finite(void **state)
{
	static const float bad[] = {NAN, INFINITY, -INFINITY};

	(void)state;
	for (unsigned how = 0; how < 9; how += 3)
		for (size_t i = 0; i < LEN(bad); i++) {
			float h[D] = {0}, copy[D];
			struct opened o;

			open_some(&o, how);
			h[5] = bad[i];
			h[20] = NAN;
			memcpy(copy, h, sizeof(h));
			assert_status(tk_final_norm(h, o.m, &err),
				      TK_E_VALUE);
			assert_non_null(strstr(err.message, "element 5 "));
			assert_memory_equal(h, copy, sizeof(h));
			h[5] = FLT_MAX;
			h[20] = -FLT_MAX;
			assert_ok(tk_final_norm(h, o.m, &err), err);
			for (size_t j = 0; j < D; j++)
				assert_true(isfinite(h[j]));
			close_opened(&o);
		}
}

/* ---- the caller's modes ---- */

struct results {
	float x[D], h[D], normed[D];
};

static void get(struct results *r, const struct opened *o)
{
	static const uint32_t ids[] = {1, 2, 3, 4, 5};
	float scratch[D];

	tk_embed(r->x, o->m, 2, NULL);
	tk_context(r->h, scratch, o->m, ids, LEN(ids), NULL);
	memcpy(r->normed, r->h, sizeof(r->h));
	tk_final_norm(r->normed, o->m, NULL);
}

static void test_modes(void **state)
{
	(void)state;
	for (unsigned how = 128; how < 256; how += 5) {
		struct results first, is;
		struct opened o;

		open_some(&o, how);
		for (int mode = 0; mode < N_FPMODES; mode++) {
			unsigned before;

			fpmode_set(mode);
			before = fpmode_get();
			get(&is, &o);
			if (fpmode_get() != before)
				fail_msg("mode %d is not restored", mode);
			fpmode_set(0);
			if (!mode)
				first = is;
			if (memcmp(&is, &first, sizeof(is)))
				fail_msg("mode %d, how %u", mode, how);
		}
		close_opened(&o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_settings),
		cmocka_unit_test(test_bad_ids),
		cmocka_unit_test(test_long_context),
		cmocka_unit_test(test_not_finite),
		cmocka_unit_test(test_modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
