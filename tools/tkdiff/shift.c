/* SPDX-License-Identifier: MIT */
/*
 * shift.c - how far the predictions of the next token moved
 *
 * Both models are asked for the same contexts, and their distributions are
 * compared over the tokens that both can predict, made to sum to 1 again.
 * Tokens are matched by their bytes, whatever their ids are.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "progress.h"
#include "teller.h"

/* Floats of keys that may be held for one model at a time. */
#define MOST_KEYS ((uint64_t)16 << 20)

/* What one context comes to. */
struct outcome {
	double kl, mass_a, mass_b;
	bool agree, finite;
	bool overflows[2];
};

struct session {
	const struct settings *set;
	const struct match *match;
	struct teller a, b;
	uint32_t *seeds; /* [n_seeds] ids of A that contexts are made of */
	size_t n_seeds;
	uint32_t *pairs[2]; /* [n_pairs] ids that both can predict, by A's */
	size_t n_pairs;
	size_t length; /* tokens of a context */
	size_t batch;
	struct tk_rng rng;
	uint32_t *contexts; /* [batch, length] ids of A */
	struct outcome *outcomes; /* [batch] */
};

/* ---- tokens ---- */

static uint32_t partner(const struct session *s, uint32_t a)
{
	return s->match->identity ? a : s->match->b_of_a[a];
}

/* Tokens that both have, with a row in both W_E; and that both predict. */
static void list_tokens(struct session *s)
{
	const uint32_t n = s->match->n_a;
	const uint64_t rows_a = tk_model_w_e(s->a.side->model).rows;
	const uint64_t rows_b = tk_model_w_e(s->b.side->model).rows;

	s->seeds = zeros(n, sizeof(*s->seeds));
	s->pairs[0] = zeros(n, sizeof(*s->pairs[0]));
	s->pairs[1] = zeros(n, sizeof(*s->pairs[1]));
	for (uint32_t a = 0; a < n; a++) {
		const uint32_t b = partner(s, a);

		if (b == NO_MATCH)
			continue;
		if (a < rows_a && b < rows_b)
			s->seeds[s->n_seeds++] = a;
		if (a < s->a.n && b < s->b.n) {
			s->pairs[0][s->n_pairs] = a;
			s->pairs[1][s->n_pairs++] = b;
		}
	}
	if (!s->n_pairs || !s->n_seeds)
		cli_die("%s and %s have no token in common that both can "
			"predict: there is nothing to compare; without "
			"--predict their rows are",
			s->a.side->path, s->b.side->path);
}

/* Tokens that the context mix looks back on; 1 without one. */
static uint64_t reach(const struct side *s)
{
	const struct tk_matrix mix = tk_model_matrix(s->model, TK_KIND_MIX);
	const uint64_t n_ctx = tk_model_hparams(s->model).n_ctx;

	if (!tk_has_mix(s->model))
		return 1;
	return n_ctx && n_ctx < mix.rows ? n_ctx : mix.rows;
}

/* 0 ... n - 1, n below 2^32. */
static size_t draw(struct tk_rng *rng, size_t n)
{
	return (size_t)((tk_rng_next(rng) >> 32) * n >> 32);
}

/*
 * Single tokens are drawn without putting them back; the 'i' before were
 * drawn already, and stand in front.
 */
static void draw_context(struct session *s, uint32_t *ids, uint64_t i)
{
	if (s->length == 1) {
		const size_t j = (size_t)i +
				 draw(&s->rng, s->n_seeds - (size_t)i);

		ids[0] = s->seeds[j];
		s->seeds[j] = s->seeds[i];
		s->seeds[i] = ids[0];
		return;
	}
	for (size_t k = 0; k < s->length; k++)
		ids[k] = s->seeds[draw(&s->rng, s->n_seeds)];
}

/* ---- two distributions ---- */

/* One of them over the common tokens. */
struct spread {
	const struct tk_model *m;
	const float *keys;
	const uint32_t *ids; /* [n] */
	double max, log_sum;
	double mass; /* of the tokens in it */
	bool overflows; /* a logit is infinite: no probabilities */
	size_t best; /* place of the best one */
};

static double logit(const struct spread *s, size_t i)
{
	return (double)tk_logit(s->m, s->keys[s->ids[i]]);
}

/* Rank is decided by the key, then by the lower id. */
static size_t find_best(const struct spread *s, size_t n)
{
	size_t best = 0;

	for (size_t i = 1; i < n; i++) {
		const float x = s->keys[s->ids[i]];
		const float y = s->keys[s->ids[best]];

		if (x > y || (x >= y && s->ids[i] < s->ids[best]))
			best = i;
	}
	return best;
}

static struct spread spread_of(const struct teller *t, size_t vector,
			       const uint32_t *ids, size_t n)
{
	struct spread s = {.m = t->side->model,
			   .keys = t->keys + vector * t->n,
			   .ids = ids};
	const struct tk_normalizer all = tk_normalize(s.m, s.keys, t->n, 1);
	double sum = 0;

	s.best = find_best(&s, n);
	s.max = logit(&s, s.best);
	for (size_t i = 0; i < n; i++)
		if (logit(&s, i) > s.max)
			s.max = logit(&s, i);
	for (size_t i = 0; i < n && s.max > -INFINITY; i++)
		sum += tk_exp(logit(&s, i) - s.max);
	s.log_sum = log(sum);
	if (sum > 0)
		s.mass = tk_exp(s.max - all.max) * sum / all.sum;
	s.overflows = all.max >= INFINITY;
	return s;
}

/* The sum of p ln (p / q), nats; infinite where q is 0 and p is not. */
static double divergence(const struct spread *p, const struct spread *q,
			 size_t n)
{
	/* 0, and not nearly so, where both are the same. */
	const double shift = (p->max - q->max) + (p->log_sum - q->log_sum);
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		const double x = logit(p, i), y = logit(q, i);
		const double share = tk_exp(x - p->max);

		if (share > 0)
			sum += share * (x - y - shift);
	}
	sum /= exp(p->log_sum);
	/* It cannot be negative but for what rounding does. */
	return sum < 0 ? 0 : sum;
}

static void compare_one(void *context, size_t i)
{
	struct session *s = context;
	struct outcome *o = &s->outcomes[i];
	const struct spread p =
		spread_of(&s->a, i, s->pairs[0], s->n_pairs);
	const struct spread q =
		spread_of(&s->b, i, s->pairs[1], s->n_pairs);

	*o = (struct outcome){.kl = INFINITY,
			      .mass_a = p.mass,
			      .mass_b = q.mass,
			      .overflows = {p.overflows, q.overflows}};
	/* Where nothing can be predicted there is nothing to compare. */
	if (p.mass > 0 && q.mass > 0) {
		o->kl = divergence(&p, &q, s->n_pairs);
		o->agree = p.best == q.best;
	}
	o->finite = isfinite(o->kl);
}

/* ---- all of it ---- */

/* Bytes of W_U that one batch of contexts needs. */
static uint64_t batch_bytes(const struct teller *t)
{
	return t->n * tk_model_w_u(t->side->model).row_stride;
}

static void check_logits(const struct session *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < 2; k++)
			if (s->outcomes[i].overflows[k])
				cli_die("%s: a logit is infinite, so there are "
					"no probabilities to compare",
					(k ? &s->b : &s->a)->side->path);
}

static void add(struct shift *out, const struct session *s, size_t i)
{
	const struct outcome *o = &s->outcomes[i];
	const uint32_t last =
		s->contexts[i * s->length + s->length - 1];

	out->agree += o->agree;
	out->mass_a += o->mass_a;
	out->mass_b += o->mass_b;
	if (!o->finite) {
		out->infinite++;
		return;
	}
	out->mean_kl += o->kl;
	if (!(o->kl > out->max_kl))
		return;
	out->max_kl = o->kl;
	out->worst_a = last;
	out->worst_b = partner(s, last);
}

static void run_batch(struct shift *out, struct session *s, uint64_t first,
		      size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t *ids = s->contexts + i * s->length;

		draw_context(s, ids, first + i);
		for (size_t k = 0; k < s->length; k++) {
			s->a.ids[k] = ids[k];
			s->b.ids[k] = partner(s, ids[k]);
		}
		teller_embed(&s->a, i, s->length);
		teller_embed(&s->b, i, s->length);
	}
	teller_ask(&s->a, n, s->set->threads);
	progress_add(batch_bytes(&s->a));
	teller_ask(&s->b, n, s->set->threads);
	progress_add(batch_bytes(&s->b));
	cli_parallel(s->set->threads, n, compare_one, s);
	check_logits(s, n);
	for (size_t i = 0; i < n; i++)
		add(out, s, i);
}

static void prepare(struct session *s)
{
	const uint64_t most = s->a.n > s->b.n ? s->a.n : s->b.n;
	const uint64_t x = reach(s->a.side), y = reach(s->b.side);

	list_tokens(s);
	s->length = (size_t)(x > y ? x : y);
	s->batch = MOST_KEYS / most < TK_BATCH ? (size_t)(MOST_KEYS / most)
					       : TK_BATCH;
	if (!s->batch)
		s->batch = 1;
	teller_allocate(&s->a, s->length, s->batch);
	teller_allocate(&s->b, s->length, s->batch);
	s->contexts = zeros((uint64_t)s->batch * s->length,
			       sizeof(*s->contexts));
	s->outcomes = zeros(s->batch, sizeof(*s->outcomes));
	tk_rng_seed(&s->rng, s->set->seed);
}

static void finish(struct shift *out, struct session *s)
{
	const double n = (double)out->contexts;
	const double finite = n - (double)out->infinite;

	out->length = s->length;
	out->tokens = s->n_pairs;
	out->only_a = s->a.n - s->n_pairs;
	out->only_b = s->b.n - s->n_pairs;
	out->mass_a /= n;
	out->mass_b /= n;
	if (finite > 0)
		out->mean_kl /= finite;
	teller_close(&s->a);
	teller_close(&s->b);
	free(s->seeds);
	free(s->pairs[0]);
	free(s->pairs[1]);
	free(s->contexts);
	free(s->outcomes);
}

void shift_measure(struct shift *out, const struct side *a,
		   const struct side *b, const struct match *match,
		   const struct settings *set)
{
	struct session s = {.set = set, .match = match};

	teller_check(a);
	teller_check(b);
	teller_open(&s.a, a);
	teller_open(&s.b, b);
	prepare(&s);
	*out = (struct shift){.done = true,
			      .contexts = set->contexts,
			      .worst_a = NO_MATCH};
	if (s.length == 1 && out->contexts > s.n_seeds)
		out->contexts = s.n_seeds;
	progress_start(((out->contexts - 1) / s.batch + 1) *
		       (batch_bytes(&s.a) + batch_bytes(&s.b)));
	for (uint64_t i = 0; i < out->contexts; i += s.batch) {
		const uint64_t left = out->contexts - i;

		run_batch(out, &s, i, left < s.batch ? (size_t)left : s.batch);
	}
	progress_end();
	finish(out, &s);
}
