/* SPDX-License-Identifier: MIT */
/*
 * spec_sample.h - lines of spec/vectors.txt about sampling
 */
#ifndef SPEC_SAMPLE_H
#define SPEC_SAMPLE_H

#include <math.h>

#include "spec_files.h"

#define MAX_KEYS 4096
#define N_DRAWN 8

static void verb_rng(struct line *l)
{
	struct tk_rng rng;

	tk_rng_seed(&rng, number(word(l, 0), 10));
	for (int i = 0; i < 4; i++)
		put(l, "%016" PRIx64, rng.s[i]);
	for (int i = 0; i < 3; i++)
		put(l, "%016" PRIx64, tk_rng_next(&rng));
}

/* M T TOP_K TOP_P MIN_P N SEED */
struct sampling {
	struct tk_container *c;
	struct tk_model *m;
	struct tk_cuts cuts;
	struct tk_normalizer nz;
	struct tk_candidate left[MAX_KEYS];
	float keys[MAX_KEYS];
	size_t n;
};

static void read_sampling(struct sampling *s, struct line *l)
{
	uint32_t x = (uint32_t)number(word(l, 6), 10);

	s->m = model_word(&s->c, l, 0);
	s->cuts.top_k = number(word(l, 2), 10);
	s->cuts.top_p = f64_word(word(l, 3));
	s->cuts.min_p = f64_word(word(l, 4));
	s->n = number(word(l, 5), 10);
	assert_true(s->n <= MAX_KEYS);
	for (size_t i = 0; i < s->n; i++) {
		s->keys[i] = 8 * pattern_next(&x);
		if (i % 7 == 6)
			s->keys[i] = -INFINITY;
	}
	s->nz = tk_normalize(s->m, s->keys, s->n, f64_word(word(l, 1)));
}

static void verb_cuts(struct line *l)
{
	static struct sampling s;
	size_t left;

	read_sampling(&s, l);
	left = tk_cut(s.left, s.m, s.keys, s.n, &s.nz, &s.cuts);
	for (size_t i = 0; i < left; i++)
		put(l, "%" PRIu32, s.left[i].id);
	close_model(s.m, s.c);
}

/* ... SEED_OF_RNG */
static void verb_sample(struct line *l)
{
	static struct sampling s;
	struct tk_rng rng;

	read_sampling(&s, l);
	tk_rng_seed(&rng, number(word(l, 7), 10));
	for (int i = 0; i < N_DRAWN; i++)
		put(l, "%" PRIu32,
		    tk_sample(&rng, s.left, s.m, s.keys, s.n, &s.nz, &s.cuts));
	close_model(s.m, s.c);
}

#endif /* SPEC_SAMPLE_H */
