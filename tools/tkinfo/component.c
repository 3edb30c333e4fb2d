/* SPDX-License-Identifier: MIT */
/*
 * component.c - the direction in which rows differ most
 *
 * Power iteration: each step multiplies v with the covariance of the rows, in
 * two passes over them.
 */
#include "component.h"

#include <math.h>
#include <stdlib.h>

#include "cli.h"

#define MOST_STEPS 100
#define STEP_ROWS 1024

struct power {
	const struct info *info;
	struct tk_matrix m;
	uint64_t n;
	float *v;	/* [cols] */
	double *mean;	/* [cols] of the finite rows */
	double *product; /* [cols] */
	float *weights; /* [n] of rows; 0: left out */
	uint8_t *is_finite; /* [n] */
	uint64_t n_finite;
	double shift; /* mean . v */
};

static void weigh(struct power *p, double *out)
{
	size_t threads = p->info->threads;
	const struct tk_parallel parallel = {cli_pool, &threads};
	struct tk_error err;

	if (tk_weigh_rows(out, p->m, p->weights, p->n, &parallel, &err))
		cli_die_error(p->info->path, &err);
}

/* The weights of some rows: how far they are along v, from the mean on. */
static void project(void *power, size_t i)
{
	struct power *p = power;
	const uint64_t first = (uint64_t)i * STEP_ROWS, left = p->n - first;
	const uint64_t n = left < STEP_ROWS ? left : STEP_ROWS;

	tk_dot_rows(p->weights + first, p->m, first, n, p->v);
	for (uint64_t r = first; r < first + n; r++)
		p->weights[r] = p->is_finite[r]
					? (float)((double)p->weights[r] -
						  p->shift)
					: 0;
}

static size_t n_steps(const struct power *p)
{
	return (size_t)((p->n + STEP_ROWS - 1) / STEP_ROWS);
}

/* Rows of finite squares, and their mean. */
static void find_mean(struct power *p)
{
	tk_dot_squares(p->weights, NULL, p->m, 0, p->n, NULL);
	for (uint64_t r = 0; r < p->n; r++) {
		p->is_finite[r] = isfinite(p->weights[r]) != 0;
		p->n_finite += p->is_finite[r];
		p->weights[r] = p->is_finite[r];
	}
	weigh(p, p->mean);
	for (uint64_t i = 0; i < p->m.cols && p->n_finite; i++)
		p->mean[i] /= (double)p->n_finite;
}

/* v = x / |x|; the cosine of the new with the old one, NaN if x is zero. */
static double turn(struct power *p, const double *x)
{
	double square = 0, dot = 0;

	for (uint64_t i = 0; i < p->m.cols; i++) {
		square += x[i] * x[i];
		dot += x[i] * (double)p->v[i];
	}
	if (!(square > 0) || !isfinite(square))
		return (double)NAN;
	for (uint64_t i = 0; i < p->m.cols; i++)
		p->v[i] = (float)(x[i] / sqrt(square));
	return dot / sqrt(square);
}

static double step(struct power *p)
{
	p->shift = 0;
	for (uint64_t i = 0; i < p->m.cols; i++)
		p->shift += p->mean[i] * (double)p->v[i];
	cli_parallel(p->info->threads, n_steps(p), project, p);
	weigh(p, p->product);
	return turn(p, p->product);
}

/* Numbers between -1 and 1 that have nothing to do with the rows. */
static void start(struct power *p)
{
	struct tk_rng rng;

	tk_rng_seed(&rng, 1);
	for (uint64_t i = 0; i < p->m.cols; i++)
		p->product[i] = (double)(int64_t)tk_rng_next(&rng) / 0x1p63;
	for (uint64_t i = 0; i < p->m.cols; i++)
		p->v[i] = 0;
	turn(p, p->product);
}

bool component_first(float *v, struct tk_matrix m, uint64_t n,
		     const struct info *info)
{
	const size_t cols = (size_t)m.cols;
	struct power p = {.info = info, .m = m, .n = n, .v = v};
	double cosine = 0;

	p.mean = malloc(cols * sizeof(*p.mean) + 1);
	p.product = malloc(cols * sizeof(*p.product) + 1);
	p.weights = malloc((size_t)n * sizeof(*p.weights) + 1);
	p.is_finite = malloc((size_t)n + 1);
	if (!p.mean || !p.product || !p.weights || !p.is_finite)
		cli_die("out of memory for the first principal component");
	find_mean(&p);
	start(&p);
	for (int i = 0; i < MOST_STEPS && p.n_finite > 1 &&
			!(1 - cosine < 1e-14) && !isnan(cosine); i++)
		cosine = step(&p);
	free(p.mean);
	free(p.product);
	free(p.weights);
	free(p.is_finite);
	return p.n_finite > 1 && !isnan(cosine);
}
