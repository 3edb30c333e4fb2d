/* SPDX-License-Identifier: MIT */
/*
 * test_softmax.c - exp, tanh, logits and probabilities, against libm and sums
 * in long double
 */
#include <float.h>
#include <math.h>

#include "forge.h"
#include "fpmodes.h"
#include "test.h"

static struct tk_error err;

static double off_by(double is, long double must)
{
	return (double)fabsl(((long double)is - must) / must);
}

static void test_exp(void **state)
{
	struct rng r = {61};
	double worst = 0;

	(void)state;
	for (double x = -707.99; x < 0; x += 0.00117)
		worst = fmax(worst, off_by(tk_exp(x), expl(x)));
	for (int i = 0; i < 300000; i++) {
		double x = -ldexp((double)(rng_u64(&r) >> 11),
				  (int)rng_below(&r, 60) - 103);

		worst = fmax(worst, off_by(tk_exp(x), expl(x)));
	}
	if (!(worst < 2e-16))
		fail_msg("exp is off by %g", worst);
	assert_true(tk_exp(0) == 1 && tk_exp(-0.0) == 1);
	assert_true(tk_exp(-708) == 0 && tk_exp(-1e300) == 0);
	assert_true(tk_exp(-INFINITY) == 0);
	assert_true(tk_exp(nextafter(-708, 0)) > 0);
}

static void test_tanh(void **state)
{
	struct rng r = {67};
	double worst = 0;

	(void)state;
	for (double x = 1e-5; x < 25; x += 0.00007) {
		double t = tk_tanh(x);

		worst = fmax(worst, off_by(t, tanhl(x)));
		if (tk_tanh(-x) != -t)
			fail_msg("tanh(-%g)", x);
	}
	for (int i = 0; i < 300000; i++) {
		double x = ldexp((double)(rng_u64(&r) >> 11),
				 -(int)rng_below(&r, 900) - 50);

		worst = fmax(worst, x > 0 ? off_by(tk_tanh(x), tanhl(x)) : 0);
	}
	if (!(worst < 4e-15))
		fail_msg("tanh is off by %g", worst);
	assert_true(tk_tanh(0) == 0 && !signbit(tk_tanh(0)));
	assert_true(tk_tanh(-0.0) == 0 && signbit(tk_tanh(-0.0)));
	assert_true(tk_tanh(INFINITY) == 1 && tk_tanh(-INFINITY) == -1);
	assert_true(tk_tanh(1e300) == 1);
}

/* ---- models that differ in scale and cap ---- */

struct opened {
	struct image im;
	struct tk_container *c;
	struct tk_model *m;
};

static struct opened open_with(float scale, float cap)
{
	struct opened o = {.c = NULL};
	struct rng r = {1};
	struct forge f;

	forge_start(&f);
	f.hp.logit_scale = scale;
	f.hp.logit_softcap = cap;
	forge_random(&f, TK_KIND_W_U, TK_F32, 6, 4, &r);
	o.im = forge_image(&f);
	forge_end(&f);
	assert_ok(tk_container_open_bytes(&o.c, image_bytes(&o.im), &err),
		  err);
	assert_ok(tk_model_open(&o.m, o.c, &err), err);
	return o;
}

static void close_opened(struct opened *o)
{
	tk_model_close(o->m);
	tk_container_close(o->c);
	image_free(&o->im);
}

static const struct {
	float scale, cap;
} heads[] = {
	{1, 0}, {0.0625F, 0}, {7, 0}, {1, 30}, {0.5F, 50}, {3, 1},
};

static long double logit(float scale, float cap, float key)
{
	long double u = (long double)(key * scale);

	return cap > 0 ? (long double)cap * tanhl(u / (long double)cap) : u;
}

static void test_logits(void **state)
{
	struct rng r = {71};

	(void)state;
	for (size_t i = 0; i < LEN(heads); i++) {
		struct opened o = open_with(heads[i].scale, heads[i].cap);

		for (int n = 0; n < 20000; n++) {
			float key = ldexpf(rng_float(&r),
					   (int)rng_below(&r, 40) - 20);
			float z = tk_logit(o.m, key);
			long double must = logit(heads[i].scale, heads[i].cap,
						 key);

			if (fabsl((long double)z - must) >
			    fabsl(must) * 1e-7L)
				fail_msg("head %zu, key %a: %a", i,
					 (double)key, (double)z);
			if (heads[i].cap > 0)
				assert_true(fabsf(z) <= heads[i].cap);
		}
		assert_true(tk_logit(o.m, 0) == 0);
		/* A token that is never predicted stays one. */
		assert_true(tk_logit(o.m, -INFINITY) == -INFINITY);
		close_opened(&o);
	}
}

/* ---- sums ---- */

#define MOST 5000

static float keys[MOST];

/* A quarter of the keys is -Inf if 'holes'. */
static void fill_keys(struct rng *r, size_t n, float size, bool holes)
{
	for (size_t i = 0; i < n; i++)
		keys[i] = holes && rng_below(r, 4) == 0
				  ? -INFINITY
				  : rng_float(r) * size;
}

static void check_sum(const struct opened *o, size_t head, size_t n, double t)
{
	struct tk_normalizer nz = tk_normalize(o->m, keys, n, t);
	long double max = -INFINITY, sum = 0, log_sum;
	double total = 0;

	for (size_t i = 0; i < n; i++)
		if (keys[i] > -INFINITY)
			max = fmaxl(max, (long double)tk_logit(o->m, keys[i]) /
						 (long double)t);
	for (size_t i = 0; i < n; i++)
		if (keys[i] > -INFINITY)
			sum += expl((long double)tk_logit(o->m, keys[i]) /
					    (long double)t -
				    max);
	log_sum = max + logl(sum);
	if (fabsl((long double)tk_log_normalizer(&nz) - log_sum) >
	    1e-13L * (1 + fabsl(log_sum)))
		fail_msg("head %zu, n %zu, T %g: %.17g, not %.17Lg", head, n,
			 t, tk_log_normalizer(&nz), log_sum);
	for (size_t i = 0; i < n; i++) {
		float z = tk_logit(o->m, keys[i]);
		double p = tk_prob(&nz, z);
		double slack = 1e-12 * (1 + fabs(tk_log_normalizer(&nz)));

		assert_true(p >= 0 && p <= 1);
		assert_true(keys[i] > -INFINITY || p == 0);
		if (p > 1e-300 &&
		    fabs(exp(tk_logprob(&nz, z)) / p - 1) > slack)
			fail_msg("T %g: probability %g, logarithm %g", t, p,
				 tk_logprob(&nz, z));
		total += p;
	}
	if (fabs(total - 1) > 1e-10)
		fail_msg("head %zu, n %zu, T %g: sum %.17g", head, n, t,
			 total);
}

static void test_sums(void **state)
{
	static const double temperatures[] = {1, 0.7, 2, 1e-3, 1e3,
					      1e-30, 1e30};
	static const size_t counts[] = {1,    2,    7,	  8,	1023,
					1024, 1025, 2048, 2050, MOST};
	struct rng r = {73};

	(void)state;
	for (size_t h = 0; h < LEN(heads); h++) {
		struct opened o = open_with(heads[h].scale, heads[h].cap);

		for (size_t i = 0; i < LEN(counts); i++)
			for (size_t t = 0; t < LEN(temperatures); t++) {
				fill_keys(&r, counts[i], t % 2 ? 300 : 5,
					  i % 2 && counts[i] > 7);
				keys[counts[i] / 2] = 1;
				check_sum(&o, h, counts[i], temperatures[t]);
			}
		close_opened(&o);
	}
}

/* A block of which no token can be predicted adds nothing. */
static void test_empty_blocks(void **state)
{
	struct opened o = open_with(1, 0);
	struct tk_normalizer nz;

	(void)state;
	for (size_t i = 0; i < 4096; i++)
		keys[i] = -INFINITY;
	keys[2048] = 2;
	check_sum(&o, 0, 4096, 1);
	nz = tk_normalize(o.m, keys, 4096, 1);
	assert_true(tk_prob(&nz, 2) == 1 && nz.max == 2 && nz.sum == 1);
	assert_true(nz.temperature == 1);
	/* And if there is no other, no probability is more than 0. */
	nz = tk_normalize(o.m, keys, 2048, 1);
	assert_true(nz.sum == 0 && nz.max == -INFINITY);
	close_opened(&o);
}

/* Largest finite logits: no sum may overflow. */
static void test_extreme_logits(void **state)
{
	struct opened o = open_with(1, 0);

	(void)state;
	keys[0] = FLT_MAX;
	keys[1] = -FLT_MAX;
	keys[2] = FLT_MAX;
	check_sum(&o, 0, 3, 1);
	check_sum(&o, 0, 3, 1e-30);
	check_sum(&o, 0, 3, 1e38);
	keys[0] = keys[1] = keys[2] = 0x1p-149F;
	check_sum(&o, 0, 3, 1e-30);
	close_opened(&o);
}

/* ---- the caller's modes ---- */

struct results {
	double of[10];
};

/* Without arithmetic, which would flush a subnormal number. */
static double bits_of(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, 4);
	return (double)bits;
}

static struct results all_results(const struct opened *o)
{
	struct tk_normalizer nz = tk_normalize(o->m, keys, 3000, 0.7);
	float z = tk_logit(o->m, 0.3F), tiny = tk_logit(o->m, 0x1p-130F);

	return (struct results){{
		tk_exp(-0.1),
		tk_exp(-707.9),
		tk_tanh(0.3),
		tk_tanh(0x1p-1060),
		bits_of(z),
		bits_of(tiny),
		nz.sum,
		nz.max,
		tk_prob(&nz, z),
		tk_logprob(&nz, z),
	}};
}

static void test_modes(void **state)
{
	struct opened o = open_with(0.3F, 30);
	struct results first, is;
	struct rng r = {79};

	(void)state;
	fill_keys(&r, 3000, 100, false);
	for (int mode = 0; mode < N_FPMODES; mode++) {
		unsigned before;

		fpmode_set(mode);
		before = fpmode_get();
		is = all_results(&o);
		if (fpmode_get() != before)
			fail_msg("mode %d is not restored", mode);
		fpmode_set(0);
		if (!mode)
			first = is;
		for (size_t i = 0; i < LEN(is.of); i++)
			if (memcmp(&is.of[i], &first.of[i], 8))
				fail_msg("mode %d, result %zu: %a, not %a",
					 mode, i, is.of[i], first.of[i]);
	}
	close_opened(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exp),
		cmocka_unit_test(test_tanh),
		cmocka_unit_test(test_logits),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_empty_blocks),
		cmocka_unit_test(test_extreme_logits),
		cmocka_unit_test(test_modes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
