/* SPDX-License-Identifier: MIT */
/*
 * test_compute.c - keys and the best of them
 */
#include <float.h>
#include <math.h>

#include "forge.h"
#include "fpmodes.h"
#include "test.h"

static struct tk_error err;

/* ---- the best ---- */

static int by_rank(const void *pa, const void *pb)
{
	const struct tk_candidate *a = pa, *b = pb;

	if (a->key != b->key)
		return a->key > b->key ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static void check_top_k(const float *keys, size_t n, size_t k, uint32_t first)
{
	static struct tk_candidate all[700], is[800];
	size_t have = 0, got;

	for (size_t i = 0; i < n; i++)
		if (keys[i] > -INFINITY)
			all[have++] = (struct tk_candidate){
				first + (uint32_t)i, keys[i]};
	qsort(all, have, sizeof(all[0]), by_rank);
	memset(is, 0x77, sizeof(is));
	got = tk_top_k(is, k, keys, n, first);
	assert_int_equal(got, k < have ? k : have);
	for (size_t i = 0; i < got; i++)
		if (is[i].id != all[i].id || is[i].key != all[i].key)
			fail_msg("n %zu, k %zu, rank %zu: id %u, not %u", n, k,
				 i, is[i].id, all[i].id);
	assert_int_equal(is[got].id, 0x77777777);
}

static void test_top_k(void **state)
{
	static float keys[700];
	struct rng r = {89};

	(void)state;
	for (int round = 0; round < 3000; round++) {
		size_t n = rng_below(&r, round % 10 ? 40 : 700);
		size_t k = rng_below(&r, n + 20);
		/* Few values: many ties. */
		uint64_t values = 1 + rng_below(&r, 1 + n * 2);

		for (size_t i = 0; i < n; i++) {
			uint64_t x = rng_below(&r, values + 2);

			keys[i] = x == values	    ? -INFINITY
				  : x == values + 1 ? NAN
						    : (float)x - 9;
		}
		check_top_k(keys, n, k, round % 3 ? 0 : 1000000);
		check_top_k(keys, n, 0, 0);
		check_top_k(keys, n, n, 0);
		check_top_k(keys, n, 1, 0);
	}
}

static void test_top_k_orders(void **state)
{
	static float keys[700];

	(void)state;
	for (size_t n = 0; n < 700; n = 2 * n + 1)
		for (int order = 0; order < 4; order++) {
			for (size_t i = 0; i < n; i++)
				keys[i] = order == 0   ? (float)i
					  : order == 1 ? -(float)i
					  : order == 2 ? 0
						       : -INFINITY;
			for (size_t k = 0; k < n + 3; k += 1 + n / 9)
				check_top_k(keys, n, k, 0);
		}
	keys[0] = -0.0F;
	keys[1] = 0;
	keys[2] = INFINITY;
	check_top_k(keys, 3, 3, UINT32_MAX - 3);
}

/* ---- keys ---- */

#define D 600
#define ROWS 9
#define TOKENS 6

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

static void open_some(struct opened *o, enum tk_dtype w, enum tk_dtype b,
		      bool tied)
{
	struct rng r = {97};
	struct forge f;

	forge_start(&f);
	f.hp.tied = tied;
	forge_random(&f, tied ? TK_KIND_W_E : TK_KIND_W_U, w, ROWS, D, &r);
	if (b)
		forge_random(&f, TK_KIND_B_U, b, 1, ROWS, &r);
	open_forge(o, &f);
}

static void check_keys(const struct opened *o, const float *h)
{
	struct tk_matrix w = tk_model_w_u(o->m);
	struct tk_matrix b = tk_model_matrix(o->m, TK_KIND_B_U);
	float keys[TOKENS + 1], piece[TOKENS], row[D], bias[ROWS] = {0};

	keys[TOKENS] = 42;
	assert_int_equal(tk_model_n_predictable(o->m), TOKENS);
	assert_ok(tk_keys(keys, o->m, h, 0, TOKENS, &err), err);
	assert_true(keys[TOKENS] == 42);
	if (b.data)
		tk_row_to_f32(bias, b, 0);
	for (size_t i = 0; i < TOKENS; i++) {
		double must = (double)bias[i], size = fabs(must);

		tk_row_to_f32(row, w, i);
		for (size_t j = 0; j < D; j++) {
			must += (double)row[j] * (double)h[j];
			size += fabs((double)row[j] * (double)h[j]);
		}
		if (fabs((double)keys[i] - must) > 1e-6 * size)
			fail_msg("row %zu: %.9g, not %.9g", i,
				 (double)keys[i], must);
		if (b.data)
			assert_true(keys[i] == tk_dot(row, h, D) + bias[i]);
	}
	/* Any split of the rows. */
	for (size_t from = 0; from <= TOKENS; from++)
		for (size_t n = 0; n <= TOKENS - from; n++) {
			assert_ok(tk_keys(piece, o->m, h, from, n, &err),
				  err);
			assert_memory_equal(piece, keys + from,
					    n * sizeof(keys[0]));
		}
}

static void test_keys(void **state)
{
	static const enum tk_dtype biases[] = {TK_BYTES, TK_F32, TK_F16,
					       TK_BF16};
	struct rng r = {101};
	float h[D];

	(void)state;
	for (size_t i = 0; i < D; i++)
		h[i] = rng_float(&r);
	for (enum tk_dtype w = TK_F32; w <= TK_Q8; w++)
		for (size_t b = 0; b < LEN(biases); b++)
			for (int tied = 0; tied < 2; tied++) {
				struct opened o;

				open_some(&o, w, biases[b], tied);
				check_keys(&o, h);
				close_opened(&o);
			}
}

static void test_rows_beyond(void **state)
{
	static const struct {
		uint64_t first, n;
	} bad[] = {
		{0, 7}, {6, 1}, {7, 0}, {5, UINT64_MAX}, {UINT64_MAX, 1},
		{UINT64_MAX, 0}, {1, UINT64_MAX - 1},
	};
	float h[D] = {0}, keys[ROWS] = {42};
	struct opened o;

	(void)state;
	open_some(&o, TK_F32, TK_F32, false);
	for (size_t i = 0; i < LEN(bad); i++)
		assert_status(tk_keys(keys, o.m, h, bad[i].first, bad[i].n,
				      &err),
			      TK_E_ARGUMENT);
	assert_true(keys[0] == 42);
	close_opened(&o);
}

/* ---- weights that are no numbers ---- */

static void open_values(struct opened *o, const float *w, const float *b)
{
	struct forge f;

	forge_start(&f);
	forge_matrix(&f, TK_KIND_W_U, TK_F32, TOKENS, 2, w);
	forge_matrix(&f, TK_KIND_B_U, TK_F32, 1, TOKENS, b);
	open_forge(o, &f);
}

static void test_bad_weights(void **state)
{
	static const float bad[] = {NAN, INFINITY, FLT_MAX};
	float h[2] = {4, 1}, keys[TOKENS];

	(void)state;
	for (size_t i = 0; i < LEN(bad); i++) {
		float w[2 * TOKENS] = {0}, b[TOKENS] = {0};
		struct opened o;

		w[2 * 3] = bad[i];
		w[2 * 4] = NAN;
		open_values(&o, w, b);
		assert_status(tk_keys(keys, o.m, h, 0, TOKENS, &err),
			      TK_E_VALUE);
		assert_non_null(strstr(err.message, "row 3 "));
		assert_non_null(strstr(err.message,
				       i == 0	? "column 0 is nan"
				       : i == 1 ? "column 0 is inf"
						: "the sum overflows"));
		assert_status(tk_keys(keys, o.m, h, 4, 2, &err), TK_E_VALUE);
		assert_non_null(strstr(err.message, "row 4 "));
		assert_ok(tk_keys(keys, o.m, h, 0, 3, &err), err);
		close_opened(&o);
	}
}

static void test_bad_biases(void **state)
{
	static const float bad[] = {NAN, INFINITY};
	float w[2 * TOKENS] = {0}, h[2] = {1, 1}, keys[TOKENS];

	(void)state;
	for (size_t i = 0; i < LEN(bad); i++) {
		float b[TOKENS] = {0};
		struct opened o;

		b[5] = bad[i];
		open_values(&o, w, b);
		assert_status(tk_keys(keys, o.m, h, 0, TOKENS, &err),
			      TK_E_VALUE);
		assert_non_null(strstr(err.message, "row 5 "));
		assert_non_null(strstr(err.message, "its bias is not"));
		close_opened(&o);
	}
}

/* Also where every key would be -Inf, which is no error of its own. */
static void test_bad_vectors(void **state)
{
	static const float bad[] = {NAN, INFINITY, -INFINITY};
	float w[2 * TOKENS], b[TOKENS] = {0}, keys[3 * TOKENS];
	struct opened o;

	(void)state;
	for (size_t i = 0; i < 2 * TOKENS; i++)
		w[i] = -1;
	open_values(&o, w, b);
	for (size_t i = 0; i < LEN(bad); i++)
		for (size_t at = 0; at < 6; at++) {
			float hs[6] = {1, 1, 1, 1, 1, 1};

			hs[at] = bad[i];
			assert_status(tk_keys_batch(keys, TOKENS, o.m, hs, 3,
						    0, TOKENS, &err),
				      TK_E_VALUE);
			assert_non_null(strstr(err.message, at % 2
							? "element 1 of"
							: "element 0 of"));
		}
	close_opened(&o);
}

/* A bias of -Inf is legal: that token is never predicted. */
static void test_masked_token(void **state)
{
	float w[2 * TOKENS], b[TOKENS] = {0}, keys[TOKENS], h[2] = {1, 1};
	struct tk_candidate best[TOKENS];
	struct tk_normalizer nz;
	struct opened o;

	(void)state;
	for (size_t i = 0; i < 2 * TOKENS; i++)
		w[i] = (float)i;
	b[TOKENS - 1] = -INFINITY;
	open_values(&o, w, b);
	assert_ok(tk_keys(keys, o.m, h, 0, TOKENS, &err), err);
	assert_int_equal(tk_top_k(best, TOKENS, keys, TOKENS, 0), TOKENS - 1);
	assert_int_equal(best[0].id, TOKENS - 2);
	nz = tk_normalize(o.m, keys, TOKENS, 1);
	assert_true(tk_prob(&nz, tk_logit(o.m, keys[TOKENS - 1])) == 0);
	assert_true(tk_logprob(&nz, tk_logit(o.m, keys[TOKENS - 1])) ==
		    -INFINITY);
	close_opened(&o);
}

static void test_modes(void **state)
{
	struct rng r = {103};
	float h[D], keys[TOKENS], first[TOKENS] = {0};
	struct opened o;

	(void)state;
	for (size_t i = 0; i < D; i++)
		h[i] = ldexpf(rng_float(&r), -130);
	open_some(&o, TK_F16, TK_BYTES, false);
	for (int mode = 0; mode < N_FPMODES; mode++) {
		unsigned before;

		fpmode_set(mode);
		before = fpmode_get();
		tk_keys(keys, o.m, h, 0, TOKENS, NULL);
		if (fpmode_get() != before)
			fail_msg("mode %d is not restored", mode);
		fpmode_set(0);
		if (!mode)
			memcpy(first, keys, sizeof(keys));
		assert_memory_equal(keys, first, sizeof(keys));
	}
	assert_true(first[0] != 0 && fabsf(first[0]) < FLT_MIN);
	close_opened(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_top_k),
		cmocka_unit_test(test_top_k_orders),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_rows_beyond),
		cmocka_unit_test(test_bad_weights),
		cmocka_unit_test(test_bad_biases),
		cmocka_unit_test(test_bad_vectors),
		cmocka_unit_test(test_masked_token),
		cmocka_unit_test(test_modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
