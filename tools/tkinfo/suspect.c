/* SPDX-License-Identifier: MIT */
/*
 * suspect.c - how near every row is to the unused ones, or how short
 */
#include "suspect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "pca.h"

/* [n] numbers that are none yet. */
static float *numbers(size_t n)
{
	float *x = malloc(n * sizeof(*x) + 1);

	if (!x)
		cli_die("out of memory for %zu numbers", n);
	for (size_t i = 0; i < n; i++)
		x[i] = NAN;
	return x;
}

/* ---- distances to the mean of the unused rows ---- */

/* out[n] = each row's score with h, cosines as distances. */
static void score(float *out, const struct suspect *s, enum tk_metric metric,
		  const float *h)
{
	const struct tk_nearest_query query = {
		.metric = metric, .k = s->n, .n_rows = s->n};
	struct tk_candidate *best = malloc((size_t)s->n * sizeof(*best) + 1);
	size_t threads = s->info->threads, n = 0;
	const struct tk_parallel parallel = {cli_pool, &threads};
	struct tk_error err;

	if (!best)
		cli_die("out of memory for the distances of rows");
	if (tk_nearest(best, &n, NULL, s->other, &query, h, &parallel, &err))
		cli_die_error(s->info->path, &err);
	for (size_t i = 0; i < n; i++)
		out[best[i].id] = metric == TK_METRIC_COS
					  ? (float)(1 - (double)best[i].key)
					  : best[i].key;
	free(best);
}

/* h[d] less its part along v, which is a unit vector. */
static void take_away(float *h, const float *v, size_t d)
{
	double dot = 0;

	for (size_t i = 0; i < d; i++)
		dot += (double)h[i] * (double)v[i];
	for (size_t i = 0; i < d; i++)
		h[i] = (float)((double)h[i] - dot * (double)v[i]);
}

static double square_of(const float *x, size_t d)
{
	double sum = 0;

	for (size_t i = 0; i < d; i++)
		sum += (double)x[i] * (double)x[i];
	return sum;
}

/*
 * Of a row w less its part along v, with h, which has none: the dot product is
 * that of w with h, the square that of w less that of w with v.
 */
static void set_without(struct suspect *s, const float *v, float *h)
{
	const size_t d = (size_t)s->other.cols, n = s->n;
	float *sums = malloc(3 * n * sizeof(*sums) + 1);
	double hh;

	if (!sums)
		cli_die("out of memory for the distances of rows");
	take_away(h, v, d);
	hh = square_of(h, d);
	tk_dot_squares(sums, sums + n, s->other, 0, n, h);
	tk_dot_rows(sums + 2 * n, s->other, 0, n, v);
	for (size_t i = 0; i < n && hh > 0; i++) {
		const double along = (double)sums[2 * n + i];
		const double ww = (double)sums[i] - along * along;

		if (ww > 0 && isfinite(ww))
			s->without_pc[i] = (float)(1 - (double)sums[n + i] /
							       sqrt(ww * hh));
	}
	free(sums);
}

static void read_distances(struct suspect *s)
{
	const size_t d = (size_t)s->other.cols;
	float *h = malloc(d * sizeof(*h) + 1);
	struct pca first;

	if (!h)
		cli_die("out of memory for the unused rows");
	s->n_reference = unused_mean(h, s);
	if (s->n_reference && square_of(h, d) > 0) {
		s->cosine = numbers(s->n);
		s->l2 = numbers(s->n);
		s->without_pc = numbers(s->n);
		score(s->cosine, s, TK_METRIC_COS, h);
		score(s->l2, s, TK_METRIC_L2, h);
		pca_find(&first, s->other, s->n, 1, s->info->threads);
		if (first.n)
			set_without(s, first.components, h);
		pca_free(&first);
	}
	free(h);
}

/* ---- what ranks ---- */

static void rank(struct suspect *s)
{
	double low, high;

	s->key = numbers(s->n);
	for (uint32_t id = 0; id < s->n; id++) {
		const float x = s->by_norm ? s->rows.norms[id] : s->cosine[id];

		if (s->unused[id])
			continue;
		s->key[id] = x;
		s->n_unranked += isfinite(x) == 0;
	}
	spread_make(&s->spread, s->key, s->n);
	if (!s->spread.n)
		return;
	low = spread_quantile(&s->spread, 0.25);
	high = spread_quantile(&s->spread, 0.75);
	s->candidate = spread_quantile(&s->spread, 0.02);
	/* Norms are in proportion to each other. */
	s->far_out = s->by_norm ? low * pow(low / high, 3)
				: low - 3 * (high - low);
	while (s->n_far_out < s->spread.n &&
	       (double)spread_at(&s->spread, (size_t)s->n_far_out) <
		       s->far_out)
		s->n_far_out++;
}

static void set_matrices(struct suspect *s)
{
	const struct tk_model *m = s->info->model;
	const struct tk_matrix w_e = tk_model_w_e(m), w_u = tk_model_w_u(m);
	uint64_t n = s->reach.n;

	s->is_tied = tk_model_hparams(m).tied;
	s->rows.name = w_e.data ? "W_E" : "W_U";
	s->rows.m = w_e.data ? w_e : w_u;
	s->other = w_u;
	n = n < s->rows.m.rows ? n : s->rows.m.rows;
	s->rows.n_tokens = n;
	if (w_u.data)
		n = n < w_u.rows ? n : w_u.rows;
	s->n = (uint32_t)n;
}

void suspect_read(struct suspect *s, const struct info *info)
{
	memset(s, 0, sizeof(*s));
	s->info = info;
	if (info->view)
		cli_die("%s: is an archive; expand it first: tkpack --expand "
			"FILE -o OUT.tk",
			info->path);
	reach_read(&s->reach, info);
	set_matrices(s);
	if (!s->rows.m.data)
		return;
	rows_read(&s->rows, NULL, NULL, info);
	unused_find(s, s->other.data ? s->other.rows : s->rows.m.rows);
	if (s->other.data)
		read_distances(s);
	/* An untied W_E shows it by its norm: only rows that are used are
	   moved away from where they began. */
	s->by_norm = !s->cosine || (tk_model_w_e(info->model).data &&
				    !s->is_tied);
	rank(s);
}

void suspect_free(struct suspect *s)
{
	reach_free(&s->reach);
	rows_free(&s->rows);
	spread_free(&s->spread);
	free(s->unused);
	free(s->cosine);
	free(s->l2);
	free(s->without_pc);
	free(s->key);
}
