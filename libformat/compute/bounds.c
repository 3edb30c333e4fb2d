/* SPDX-License-Identifier: MIT */
/*
 * bounds.c - bounds of probabilities after a search: spec/sketch.md 6
 */
#include <math.h>

#include "base/fpenv.h"
#include "compute/element.h"
#include "compute/expsum.h"
#include "compute/sketch.h"

/* Where exp gives 0, at -708 and below, it is not more than this. */
#define SMALLEST 0x1p-1021

/* Bounds of a logit. */
struct logits {
	double lower;
	double upper;
};

static struct tk_hparams hparams_of(const struct tk_sketch *s)
{
	struct tk_hparams hp = tk_hparams_default();

	hp.logit_scale = s->logit_scale;
	hp.logit_softcap = s->logit_softcap;
	return hp;
}

/*
 * Bounds of the logits of keys between two keys.  The scale is monotone; the
 * softcap is nearly so: it may fall by the last bit, as tanh is not exact.
 */
static struct logits logits_of(const struct tk_hparams *hp, float lower,
			       float upper)
{
	float a = tk_logit_raw(hp, lower), b = tk_logit_raw(hp, upper);

	if (hp->logit_softcap > 0) {
		a = nextafterf(a, -INFINITY);
		b = nextafterf(b, INFINITY);
	}
	return (struct logits){(double)a, (double)b};
}

/* At least all logits of a search, which are at most that of this key. */
static double largest_logit(const struct tk_hparams *hp, float key)
{
	float z = tk_logit_raw(hp, key);

	/* A last bit for this logit, one for that of tau, one for a bound. */
	for (int i = 0; i < 3 && hp->logit_softcap > 0; i++)
		z = nextafterf(z, INFINITY);
	return (double)z;
}

static float largest_key(const struct tk_search *x)
{
	float best = -INFINITY;

	for (size_t p = 0; p < x->s->n_panels; p++)
		for (uint32_t left = x->candidates[p]; left; left &= left - 1)
			best = fmaxf(best, x->keys[p * TK_SKETCH_ROWS +
						   (size_t)__builtin_ctz(
							   left)]);
	return best;
}

/* Sums of exp(z / T - shift), bounded. */
struct sums {
	double lower;
	double upper;
	double shift;
	double temperature;
};

static void add(struct sums *sum, struct logits z)
{
	sum->lower += tk_exp_raw(z.lower / sum->temperature - sum->shift);
	sum->upper += tk_exp_raw(z.upper / sum->temperature - sum->shift);
}

/* A key may be -Inf: that token has no part in the sum. */
static void add_row(struct sums *sum, const struct tk_hparams *hp, float lower,
		    float upper)
{
	if (upper > -INFINITY)
		add(sum, logits_of(hp, lower, upper));
}

/* A candidate has its exact key; of other rows there are bounds. */
static void add_panel(struct sums *sum, const struct tk_search *x,
		      const struct tk_hparams *hp, size_t p)
{
	size_t first = p * TK_SKETCH_ROWS;
	const struct tk_matrix *bias = &x->s->b_u;
	float margin[TK_SKETCH_ROWS] = {0};

	if (x->scan != TK_SCAN_FULL)
		tk_sketch_margins(margin, x->s, &x->query, x->scan, p);
	for (size_t j = 0; j < TK_SKETCH_ROWS && first + j < x->s->rows; j++) {
		float key = x->approx[first + j];

		if (x->candidates[p] >> j & 1) {
			key = x->keys[first + j];
			add_row(sum, hp, key, key);
		} else {
			float b = bias->data ? tk_element(bias, first + j) : 0;

			add_row(sum, hp, (key - margin[j]) + b,
				(key + margin[j]) + b);
		}
	}
}

struct tk_interval tk_sketch_log_normalizer(const struct tk_sketch *s,
					    const void *scratch,
					    double temperature)
{
	const struct tk_search *x = scratch;
	struct tk_hparams hp = hparams_of(s);
	float best = largest_key(x);
	struct sums sum = {.temperature = temperature};
	struct tk_interval z;
	double slack;
	tk_fpenv env;

	if (best == -INFINITY)
		return (struct tk_interval){-INFINITY, -INFINITY};
	env = tk_fpenv_set();
	TK_FPENV_HOLD(sum);
	sum.shift = largest_logit(&hp, best) / temperature;
	for (size_t p = 0; p < s->n_panels && isfinite(sum.shift); p++)
		add_panel(&sum, x, &hp, p);
	slack = 0x1p-28 + (fabs(sum.shift) + 800) * 0x1p-49;
	z.lower = sum.shift + log(sum.lower) - slack;
	z.upper = sum.shift + log(sum.upper + (double)s->rows * SMALLEST) +
		  slack;
	TK_FPENV_HOLD(z);
	tk_fpenv_restore(env);
	/* The scale may carry a logit beyond f32, and T beyond f64. */
	return isfinite(sum.shift) ? z
				   : (struct tk_interval){-INFINITY, INFINITY};
}

struct tk_interval tk_sketch_prob(const struct tk_sketch *s,
				  struct tk_interval log_normalizer, float key,
				  double temperature)
{
	struct tk_hparams hp = hparams_of(s);
	tk_fpenv env = tk_fpenv_set();
	struct tk_interval p;
	double a, low, high;

	TK_FPENV_HOLD(key);
	a = (double)tk_logit_raw(&hp, key) / temperature;
	low = a - log_normalizer.upper;
	high = a - log_normalizer.lower;
	p.lower = low < 0 ? tk_exp_raw(low) : 1;
	p.upper = high < 0 ? tk_exp_raw(high) : 1;
	if (high <= -708)
		p.upper = SMALLEST;
	if (key == -INFINITY)
		p.lower = p.upper = 0;
	TK_FPENV_HOLD(p);
	tk_fpenv_restore(env);
	return p;
}
