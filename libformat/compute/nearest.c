/* SPDX-License-Identifier: MIT */
/*
 * nearest.c - the k best rows by their score
 *
 * Rows go by in pieces, shared out among the caller's threads.  Each piece
 * first drops the rows that are worse than the worst of the k best there were
 * when it began, then offers the others to the one heap there is.  Which k
 * are the best does not depend on the order of the offers.
 */
#include <pthread.h>

#include "base/fail.h"
#include "base/fpenv.h"
#include "compute/dot.h"
#include "compute/score.h"
#include "compute/topk.h"

#define PIECE 1024 /* rows */

struct search {
	const struct tk_matrix *m;
	const struct tk_nearest_query *query;
	const float *h;
	float hh; /* for cosines */
	pthread_mutex_t lock; /* of what follows */
	struct tk_candidate *heap; /* distances are negative in it */
	size_t n, k;
	uint64_t unranked;
};

static bool is_excluded(const struct tk_nearest_query *q, uint32_t id)
{
	for (size_t i = 0; i < q->n_exclude; i++)
		if (q->exclude[i] == id)
			return true;
	return false;
}

/*
 * A row that is surely worse than the worst of the best so far: its root and
 * its quotient are saved.  They err by less than the slack.
 */
#define SLACK 0x1p-20

/* What is compared with: NaN or less than any if nothing is known. */
static double limit_of(const struct search *s, float least)
{
	const double x = (double)least;

	if (s->query->metric == TK_METRIC_COS)
		return least > 0 && tk_is_sound(s->hh)
			       ? x * x * (double)s->hh * (1 - SLACK)
			       : -INFINITY;
	return s->query->metric == TK_METRIC_L2 ? x * x * (1 + SLACK) : x;
}

/* may[i] = 0 if row i is.  In a form of which compilers make vectors. */
static void compare(uint32_t *may, enum tk_metric metric, double limit,
		    const float *squares, const float *dots, size_t n)
{
	const double least = (double)TK_SOUND_LEAST;
	const double most = (double)TK_SOUND_MOST;

	for (size_t i = 0; i < n && metric == TK_METRIC_COS; i++) {
		const double x = (double)dots[i], y = (double)squares[i];

		may[i] = !((y >= least) & (y <= most) &
			   (x * fabs(x) < limit * y));
	}
	for (size_t i = 0; i < n && metric == TK_METRIC_L2; i++) {
		const double y = (double)squares[i];

		may[i] = !((y > limit) & (y <= most) & (y >= least));
	}
	for (size_t i = 0; i < n && metric == TK_METRIC_DOT; i++) {
		const double x = (double)dots[i];

		may[i] = !((x < limit) & (x > -INFINITY));
	}
}

/* What ranks row 'row': its score, or its distance times -1; or NaN. */
static float key_of(const struct search *s, uint64_t row, float square,
		    float dot)
{
	switch (s->query->metric) {
	case TK_METRIC_COS:
		if (tk_is_sound(square) && tk_is_sound(s->hh))
			return tk_cosine(dot, square, s->hh);
		return tk_score_wide(TK_METRIC_COS, s->m, row, s->h);
	case TK_METRIC_L2:
		if (tk_is_sound(square))
			return -sqrtf(square);
		return -tk_score_wide(TK_METRIC_L2, s->m, row, s->h);
	case TK_METRIC_DOT:
		break;
	}
	return isfinite(dot) ? dot : NAN;
}

static void sum_piece(const struct search *s, uint64_t first, uint64_t n,
		      float *squares, float *dots)
{
	const enum tk_metric metric = s->query->metric;
	struct tk_dot_job job = {
		.m = s->m,
		.first = first,
		.n = n,
		.sum = metric == TK_METRIC_COS	? TK_SUM_DOT_SQUARE
		       : metric == TK_METRIC_L2 ? TK_SUM_DISTANCE
						: TK_SUM_DOT,
		.n_hs = 1,
		.hs = {s->h},
		.outs = {metric == TK_METRIC_L2 ? squares : dots, squares},
	};

	tk_run_dot(&job);
}

/* The worst key of the k best so far, or less than any. */
static float least_key(struct search *s)
{
	float least = -INFINITY;

	pthread_mutex_lock(&s->lock);
	if (s->n == s->k && s->k)
		least = s->heap[0].key;
	pthread_mutex_unlock(&s->lock);
	return least;
}

static void offer(struct search *s, const struct tk_candidate *found, size_t n,
		  uint64_t unranked)
{
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < n; i++)
		tk_offer(s->heap, &s->n, s->k, found[i]);
	s->unranked += unranked;
	pthread_mutex_unlock(&s->lock);
}

static void search_piece(void *context, size_t i)
{
	struct search *s = context;
	const uint64_t first = (uint64_t)i * PIECE;
	const uint64_t left = s->query->n_rows - first;
	const uint64_t n = left < PIECE ? left : PIECE;
	const float least = least_key(s);
	const double limit = limit_of(s, least);
	const enum tk_metric metric = s->query->metric;
	struct tk_candidate found[PIECE];
	float squares[PIECE], dots[PIECE];
	uint32_t may[PIECE];
	uint64_t unranked = 0;
	size_t n_found = 0;
	tk_fpenv env = tk_fpenv_set();

	sum_piece(s, first, n, squares, dots);
	compare(may, metric, limit, squares, dots, n);
	for (uint64_t r = 0; r < n; r++) {
		struct tk_candidate c = {(uint32_t)(first + r), 0};

		if (!may[r])
			continue;
		c.key = key_of(s, first + r, squares[r], dots[r]);
		unranked += isnan(c.key) != 0;
		if (c.key >= least && !is_excluded(s->query, c.id))
			found[n_found++] = c;
	}
	offer(s, found, n_found, unranked);
	tk_fpenv_restore(env);
}

static void search_all(struct search *s, const struct tk_parallel *parallel)
{
	const size_t n = (size_t)((s->query->n_rows + PIECE - 1) / PIECE);

	if (parallel) {
		parallel->run(parallel->pool, n, search_piece, s);
		return;
	}
	for (size_t i = 0; i < n; i++)
		search_piece(s, i);
}

/* Can h be asked for?  Its square as well. */
static enum tk_status check(struct search *s, struct tk_error *err)
{
	const size_t d = (size_t)s->m->cols;
	bool zero = true;

	if (s->query->n_rows > s->m->rows)
		return tk_fail(err, TK_E_ARGUMENT, TK_NO_OFFSET,
			       "the matrix has %llu rows, not %llu",
			       (unsigned long long)s->m->rows,
			       (unsigned long long)s->query->n_rows);
	for (size_t i = 0; i < d; i++) {
		if (!isfinite(s->h[i]))
			return tk_fail(err, TK_E_VALUE, TK_NO_OFFSET,
				       "element %zu of the vector is not "
				       "finite",
				       i);
		zero = zero && !(s->h[i] < 0 || s->h[i] > 0);
	}
	if (zero && s->query->metric == TK_METRIC_COS)
		return tk_fail(err, TK_E_VALUE, TK_NO_OFFSET,
			       "the vector is zero: it has no direction");
	s->hh = tk_square(s->h, d);
	return TK_OK;
}

enum tk_status tk_nearest(struct tk_candidate *out, size_t *n_out,
			  uint64_t *n_unranked, struct tk_matrix m,
			  const struct tk_nearest_query *query, const float *h,
			  const struct tk_parallel *parallel,
			  struct tk_error *err)
{
	struct search s = {.m = &m,
			   .query = query,
			   .h = h,
			   .lock = PTHREAD_MUTEX_INITIALIZER,
			   .heap = out,
			   .k = query->k};
	tk_fpenv env = tk_fpenv_set();
	enum tk_status status = check(&s, err);

	if (!status) {
		search_all(&s, parallel);
		tk_sort_candidates(out, s.n);
		for (size_t i = 0; query->metric == TK_METRIC_L2 && i < s.n;
		     i++)
			out[i].key = fabsf(out[i].key);
		*n_out = s.n;
		if (n_unranked)
			*n_unranked = s.unranked;
	}
	tk_fpenv_restore(env);
	return status;
}
