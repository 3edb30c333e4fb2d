/* SPDX-License-Identifier: MIT */
/*
 * sample.c - the next token drawn by chance: spec/compute.md 5
 *
 * xoshiro256** (Blackman and Vigna 2018), seeded by splitmix64 (Steele, Lea
 * and Flood 2014): small, fast, and easy to write in any language.
 */
#include <math.h>

#include "base/fpenv.h"
#include "compute/expsum.h"
#include "libformat/tokenizer.h"

/* ---- random numbers ---- */

static uint64_t splitmix64(uint64_t *state)
{
	uint64_t a = *state += UINT64_C(0x9e3779b97f4a7c15);

	a = (a ^ (a >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	a = (a ^ (a >> 27)) * UINT64_C(0x94d049bb133111eb);
	return a ^ (a >> 31);
}

static uint64_t rotate_left(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

void tk_rng_seed(struct tk_rng *rng, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		rng->s[i] = splitmix64(&seed);
}

uint64_t tk_rng_next(struct tk_rng *rng)
{
	uint64_t *s = rng->s;
	const uint64_t result = rotate_left(s[1] * 5, 7) * 9;
	const uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return result;
}

/* ---- weights ---- */

/* What turns a key into a weight. */
struct scale {
	struct tk_hparams hp;
	const struct tk_normalizer *nz;
};

/* exp(z / T - M), at most 1. */
static double weigh(const struct scale *s, float key)
{
	double v = (double)tk_logit_raw(&s->hp, key) / s->nz->temperature;

	return tk_exp_raw(v - s->nz->max);
}

static double weigh_all(const struct scale *s, const struct tk_candidate *c,
			size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum = sum + weigh(s, c[i].key);
	return sum;
}

/* ---- cuts; one candidate always stays ---- */

static size_t cut_top_p(const struct scale *s, const struct tk_candidate *c,
			size_t n, double top_p)
{
	const double enough = top_p * weigh_all(s, c, n);
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		sum = sum + weigh(s, c[i].key);
		if (sum >= enough)
			return i + 1;
	}
	return n;
}

/* Weights fall with rank. */
static size_t cut_min_p(const struct scale *s, const struct tk_candidate *c,
			size_t n, double min_p)
{
	const double least = min_p * weigh(s, c[0].key);
	size_t i = 1;

	while (i < n && weigh(s, c[i].key) >= least)
		i++;
	return i;
}

static bool has_cut(const struct tk_cuts *cuts)
{
	return cuts->top_k || cuts->top_p < 1 || cuts->min_p > 0;
}

static size_t cut(struct tk_candidate *out, const struct scale *s,
		  const float *keys, size_t n, const struct tk_cuts *cuts)
{
	size_t k = cuts->top_k && cuts->top_k < n ? (size_t)cuts->top_k : n;

	k = tk_top_k(out, k, keys, n, 0);
	if (k && cuts->top_p < 1)
		k = cut_top_p(s, out, k, cuts->top_p);
	if (k && cuts->min_p > 0)
		k = cut_min_p(s, out, k, cuts->min_p);
	return k;
}

size_t tk_cut(struct tk_candidate *out, const struct tk_model *m,
	      const float *keys, size_t n, const struct tk_normalizer *nz,
	      const struct tk_cuts *cuts)
{
	const struct scale s = {tk_model_hparams(m), nz};
	tk_fpenv env = tk_fpenv_set();

	n = cut(out, &s, keys, n, cuts);
	TK_FPENV_HOLD(n);
	tk_fpenv_restore(env);
	return n;
}

/* ---- drawing ---- */

/* A number in [0, 1), times the sum of the weights: always below the sum. */
static double draw(struct tk_rng *rng, double sum)
{
	return (double)(tk_rng_next(rng) >> 11) * 0x1p-53 * sum;
}

static uint32_t draw_row(struct tk_rng *rng, const struct scale *s,
			 const float *keys, size_t n)
{
	double sum = 0, v;

	for (size_t i = 0; i < n; i++)
		sum = sum + weigh(s, keys[i]);
	v = draw(rng, sum);
	sum = 0;
	for (size_t i = 0; i < n; i++) {
		sum = sum + weigh(s, keys[i]);
		if (sum > v)
			return (uint32_t)i;
	}
	return TK_NO_ID;
}

static uint32_t draw_candidate(struct tk_rng *rng, const struct scale *s,
			       const struct tk_candidate *c, size_t n)
{
	const double v = draw(rng, weigh_all(s, c, n));
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		sum = sum + weigh(s, c[i].key);
		if (sum > v)
			return c[i].id;
	}
	return TK_NO_ID;
}

uint32_t tk_sample(struct tk_rng *rng, struct tk_candidate *scratch,
		   const struct tk_model *m, const float *keys, size_t n,
		   const struct tk_normalizer *nz, const struct tk_cuts *cuts)
{
	const struct scale s = {tk_model_hparams(m), nz};
	tk_fpenv env = tk_fpenv_set();
	uint32_t id;

	if (has_cut(cuts)) {
		n = cut(scratch, &s, keys, n, cuts);
		id = draw_candidate(rng, &s, scratch, n);
	} else {
		id = draw_row(rng, &s, keys, n);
	}
	TK_FPENV_HOLD(id);
	tk_fpenv_restore(env);
	return id;
}
