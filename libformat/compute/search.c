/* SPDX-License-Identifier: MIT */
/*
 * search.c - the k best tokens by way of a sketch: spec/sketch.md 5
 *
 *   1. Scan: each row's approximate key.
 *   2. The exact keys of the k rows that look best: the k-th best key of all
 *      is at least tau, the least of them.
 *   3. Candidates: the rows whose upper bound is not below tau.  If they are
 *      too many, on to the next scan.
 *   4. Their exact keys; the k best of them.
 *
 * Rows are worked on in jobs of their own, so that the caller's threads need
 * not know of each other.
 */
#include <math.h>

#include "base/dtype.h"
#include "base/endian.h"
#include "base/fail.h"
#include "base/fpenv.h"
#include "compute/element.h"
#include "compute/sketch.h"

#define JOB_PANELS (TK_BLOCK_ROWS / TK_SKETCH_ROWS)

/* ---- scratch ---- */

static size_t round_up(size_t n)
{
	return (n + 63) & ~(size_t)63;
}

static size_t job_count(const struct tk_sketch *s)
{
	return (size_t)((s->n_panels + JOB_PANELS - 1) / JOB_PANELS);
}

size_t tk_sketch_scratch(const struct tk_sketch *s)
{
	size_t rows = (size_t)s->n_panels * TK_SKETCH_ROWS;
	size_t cols = (size_t)s->n_blocks * TK_SKETCH_COLS;

	return round_up(sizeof(struct tk_search)) +
	       2 * rows * sizeof(float) + 2 * cols +
	       round_up((size_t)s->n_blocks * sizeof(int32_t)) +
	       round_up(job_count(s) * sizeof(uint64_t));
}

/* All begin at a multiple of 64. */
struct tk_search *tk_search_lay_out(const struct tk_sketch *s, const float *h,
				    void *scratch)
{
	size_t rows = (size_t)s->n_panels * TK_SKETCH_ROWS;
	size_t cols = (size_t)s->n_blocks * TK_SKETCH_COLS;
	struct tk_search *x = scratch;
	uint8_t *at = scratch;

	*x = (struct tk_search){.s = s, .h = h};
	at += round_up(sizeof(*x));
	x->approx = (void *)at;
	at += rows * sizeof(float);
	x->keys = (void *)at;
	at += rows * sizeof(float);
	x->query.n1 = (void *)at;
	at += cols;
	x->query.n0 = (void *)at;
	at += cols;
	x->query.sums = (void *)at;
	at += round_up((size_t)s->n_blocks * sizeof(int32_t));
	x->counts = (void *)at;
	return x;
}

/* ---- jobs ---- */

static void run(const struct tk_parallel *parallel, struct tk_search *x,
		void (*work)(void *context, size_t i))
{
	size_t n = job_count(x->s);

	if (parallel) {
		parallel->run(parallel->pool, n, work, x);
		return;
	}
	for (size_t i = 0; i < n; i++)
		work(x, i);
}

/* A job's panels end here. */
static size_t end_of(const struct tk_search *x, size_t job)
{
	size_t end = (job + 1) * JOB_PANELS;

	return end < x->s->n_panels ? end : (size_t)x->s->n_panels;
}

/* Rows of panel p. */
static size_t rows_of(const struct tk_search *x, size_t p)
{
	uint64_t left = x->s->rows - (uint64_t)p * TK_SKETCH_ROWS;

	return left < TK_SKETCH_ROWS ? (size_t)left : TK_SKETCH_ROWS;
}

/* values[n] + the biases of the rows from 'first' on. */
static void add_bias(const struct tk_search *x, float *values, size_t first,
		     size_t n)
{
	for (size_t j = 0; j < n && x->s->b_u.data; j++)
		values[j] = values[j] + tk_element(&x->s->b_u, first + j);
}

/* The exact keys of n rows. */
static void compute_keys(const struct tk_search *x, float *keys, size_t first,
			 size_t n)
{
	tk_dot_rows(keys, x->s->w_u, first, n, x->h);
	add_bias(x, keys, first, n);
}

/* ---- scanning ---- */

static void scan_panel(struct tk_search *x, size_t p)
{
	const struct tk_sketch *s = x->s;
	size_t n_blocks = (size_t)s->n_blocks, at = p * n_blocks;
	bool is_hi = x->scan == TK_SCAN_HI;
	const uint8_t *plane = is_hi ? s->hi : s->lo;
	float *approx = x->approx + p * TK_SKETCH_ROWS;
	float *biased = x->keys + p * TK_SKETCH_ROWS;
	float sums[TK_SKETCH_ROWS];

	tk_sketch_plane_scalar(sums, plane + at * TK_PLANE_BYTES,
			       s->scale + at * TK_SCALE_BYTES, &x->query,
			       n_blocks);
	for (size_t j = 0; j < TK_SKETCH_ROWS; j++) {
		approx[j] = is_hi ? x->query.sigma_16 * sums[j]
				  : approx[j] + x->query.sigma * sums[j];
		biased[j] = approx[j];
	}
	add_bias(x, biased, p * TK_SKETCH_ROWS, rows_of(x, p));
}

static void scan_job(void *context, size_t job)
{
	struct tk_search *x = context;
	tk_fpenv env = tk_fpenv_set();

	for (size_t p = job * JOB_PANELS; p < end_of(x, job); p++)
		scan_panel(x, p);
	tk_fpenv_restore(env);
}

/* ---- tau ---- */

/*
 * Leaves k rows with their exact keys in 'out' and the least in x->tau; false
 * if fewer than k rows have an approximate key above -Inf.
 */
static bool find_tau(struct tk_search *x, struct tk_candidate *out, size_t k)
{
	if (tk_top_k(out, k, x->keys, (size_t)x->s->rows, 0) < k)
		return false;
	x->tau = INFINITY;
	for (size_t i = 0; i < k; i++) {
		compute_keys(x, &out[i].key, out[i].id, 1);
		/* A NaN is met again among the candidates. */
		if (out[i].key < x->tau)
			x->tau = out[i].key;
	}
	x->stats.rows_rescored += k;
	return true;
}

/* ---- candidates ---- */

/* upper[32] of panel p, with the bias; returns how many rows there are. */
static size_t bound_panel(const struct tk_search *x, float *upper, size_t p)
{
	float lower[TK_SKETCH_ROWS];
	size_t n = rows_of(x, p);

	tk_sketch_bounds(upper, lower, x->s, &x->query, x->scan, p,
			 x->approx + p * TK_SKETCH_ROWS);
	add_bias(x, upper, p * TK_SKETCH_ROWS, n);
	return n;
}

/* In this form NaN is a candidate, and so is a tie. */
static bool is_candidate(float upper, float tau)
{
	return !(upper < tau);
}

static void count_job(void *context, size_t job)
{
	struct tk_search *x = context;
	float upper[TK_SKETCH_ROWS];
	tk_fpenv env = tk_fpenv_set();
	uint64_t count = 0;

	for (size_t p = job * JOB_PANELS; p < end_of(x, job); p++) {
		size_t n = bound_panel(x, upper, p);
		float *keys = x->keys + p * TK_SKETCH_ROWS;

		for (size_t j = 0; j < n; j++) {
			count += is_candidate(upper[j], x->tau);
			keys[j] = -INFINITY;
		}
	}
	x->counts[job] = count;
	tk_fpenv_restore(env);
}

static void rescore_job(void *context, size_t job)
{
	struct tk_search *x = context;
	float upper[TK_SKETCH_ROWS];
	tk_fpenv env = tk_fpenv_set();
	uint64_t count = 0;

	for (size_t p = job * JOB_PANELS; p < end_of(x, job); p++) {
		size_t n = bound_panel(x, upper, p);
		float *keys = x->keys + p * TK_SKETCH_ROWS;

		for (size_t j = 0; j < n; j++) {
			if (keys[j] > -INFINITY ||
			    !is_candidate(upper[j], x->tau))
				continue;
			compute_keys(x, keys + j, p * TK_SKETCH_ROWS + j, 1);
			count++;
		}
	}
	x->counts[job] = count;
	tk_fpenv_restore(env);
}

static void full_job(void *context, size_t job)
{
	struct tk_search *x = context;
	size_t first = job * TK_BLOCK_ROWS;
	size_t left = (size_t)x->s->rows - first;
	tk_fpenv env = tk_fpenv_set();

	x->counts[job] = left < TK_BLOCK_ROWS ? left : TK_BLOCK_ROWS;
	compute_keys(x, x->keys + first, first, (size_t)x->counts[job]);
	tk_fpenv_restore(env);
}

static uint64_t total(const struct tk_search *x)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < job_count(x->s); i++)
		sum += x->counts[i];
	return sum;
}

/* ---- the search ---- */

/* Scans one plane more; true if the candidates then are not too many. */
static bool is_narrowed(struct tk_search *x, struct tk_candidate *out,
			size_t k, enum tk_scan scan, uint64_t limit,
			const struct tk_parallel *parallel)
{
	const struct tk_sketch *s = x->s;

	x->scan = scan;
	run(parallel, x, scan_job);
	x->stats.rows_scanned = s->rows;
	x->stats.bytes_read += s->n_panels * s->n_blocks *
			       (TK_SCALE_BYTES + TK_PLANE_BYTES);
	if (k > limit || !find_tau(x, out, k))
		return false;
	run(parallel, x, count_job);
	x->stats.bytes_read += s->n_panels * 2 * 4 * TK_SKETCH_ROWS;
	if (total(x) > limit)
		return false;
	for (size_t i = 0; i < k; i++)
		x->keys[out[i].id] = out[i].key;
	return true;
}

static void find_keys(struct tk_search *x, struct tk_candidate *out, size_t k,
		      struct tk_search_limits limits,
		      const struct tk_parallel *parallel)
{
	tk_fpenv env = tk_fpenv_set();
	bool use = false;

	if (k && k <= limits.both) {
		tk_query_make(&x->query, x->s, x->h);
		use = x->query.is_usable;
	}
	if (use && (is_narrowed(x, out, k, TK_SCAN_HI, limits.hi, parallel) ||
		    is_narrowed(x, out, k, TK_SCAN_BOTH, limits.both,
				parallel))) {
		run(parallel, x, rescore_job);
	} else {
		x->scan = TK_SCAN_FULL;
		run(parallel, x, full_job);
	}
	x->stats.rows_rescored += total(x);
	tk_fpenv_restore(env);
}

static enum tk_status check_keys(const struct tk_search *x,
				 struct tk_error *err)
{
	for (size_t i = 0; i < x->s->rows; i++)
		if (!(x->keys[i] < INFINITY))
			return tk_fail(err, TK_E_VALUE, TK_NO_OFFSET,
				       "the key of row %zu of W_U is not "
				       "finite",
				       i);
	return TK_OK;
}

enum tk_status tk_search_top_k(struct tk_candidate *out, size_t *n, size_t k,
			       const struct tk_sketch *s, const float *h,
			       void *scratch, struct tk_search_limits limits,
			       const struct tk_parallel *parallel,
			       struct tk_scan_stats *stats,
			       struct tk_error *err)
{
	struct tk_search *x = tk_search_lay_out(s, h, scratch);
	enum tk_status status;

	for (size_t i = 0; i < s->w_u.cols; i++)
		if (!isfinite(h[i]))
			return tk_fail(err, TK_E_VALUE, TK_NO_OFFSET,
				       "element %zu of the hidden vector is "
				       "not finite",
				       i);
	if (k > s->rows)
		k = (size_t)s->rows;
	find_keys(x, out, k, limits, parallel);
	if ((status = check_keys(x, err)))
		return status;
	*n = tk_top_k(out, k, x->keys, (size_t)s->rows, 0);
	x->stats.scan = x->scan;
	x->stats.bytes_read += x->stats.rows_rescored * s->w_u.row_stride;
	if (stats)
		*stats = x->stats;
	return TK_OK;
}

enum tk_status tk_sketch_top_k(struct tk_candidate *out, size_t *n, size_t k,
			       const struct tk_sketch *s, const float *h,
			       void *scratch,
			       const struct tk_parallel *parallel,
			       struct tk_scan_stats *stats,
			       struct tk_error *err)
{
	struct tk_search_limits limits = {s->rows / 8, s->rows / 2};

	return tk_search_top_k(out, n, k, s, h, scratch, limits, parallel,
			       stats, err);
}
