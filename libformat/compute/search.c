/* SPDX-License-Identifier: MIT */
/*
 * search.c - the k best tokens by way of a sketch: spec/sketch.md 5
 *
 *   1. Scan: each row's approximate key and upper bound.
 *   2. The exact keys of the k rows that look best: the k-th best key of all
 *      is at least tau, the least of them.
 *   3. Candidates: the rows whose upper bound is not below tau.  If they are
 *      too many, on to the next scan.
 *   4. Their exact keys; the k best of them.
 *
 * Rows are worked on in jobs of their own, so that the caller's threads need
 * not know of each other.  What is not worth the threads' waking is done
 * without them.
 */
#include <math.h>

#include "base/dtype.h"
#include "base/fail.h"
#include "base/fpenv.h"
#include "compute/blame.h"
#include "compute/element.h"
#include "compute/kernels/kernels.h"
#include "compute/panels.h"
#include "compute/topk.h"

/*
 * A job reads TK_STREAMS runs of panels side by side: long enough that the
 * processor sees where each of them goes, but no longer.
 */
#define RUN_BYTES 196608
#define RUN_PANELS 16 /* at most */
/* So many bytes of rows are read before another thread is awake. */
#define ALONE_BYTES (1 << 18)

/* ---- scratch ---- */

static size_t round_up(size_t n)
{
	return (n + 63) & ~(size_t)63;
}

/* Adds 'size' bytes to what is laid out; returns where they begin. */
static void *take(uint8_t *base, size_t *used, size_t size)
{
	uint8_t *at = base ? base + *used : NULL;

	*used += round_up(size);
	return at;
}

/* With 'base' NULL, no more than how much there is. */
static size_t lay_out(struct tk_search *x, const struct tk_sketch *s,
		      uint8_t *base)
{
	size_t panels = (size_t)s->n_panels, rows = panels * TK_SKETCH_ROWS;
	size_t blocks = (size_t)s->n_blocks, cols = blocks * TK_SKETCH_COLS;
	size_t used = round_up(sizeof(*x));

	x->approx = take(base, &used, rows * sizeof(float));
	x->keys = take(base, &used, rows * sizeof(float));
	x->best = take(base, &used, panels * sizeof(float));
	x->reach = take(base, &used, panels * sizeof(float));
	x->candidates = take(base, &used, panels * sizeof(uint32_t));
	x->h = take(base, &used, cols * sizeof(float));
	x->query.n1 = take(base, &used, cols);
	x->query.n0 = take(base, &used, cols);
	x->query.excess = take(base, &used, blocks * sizeof(int32_t));
	return used;
}

size_t tk_sketch_scratch(const struct tk_sketch *s)
{
	struct tk_search x;

	return lay_out(&x, s, NULL);
}

struct tk_search *tk_search_lay_out(const struct tk_sketch *s, const float *h,
				    void *scratch)
{
	struct tk_search *x = scratch;
	size_t d = (size_t)s->w_u.cols;

	*x = (struct tk_search){.s = s, .kernel = tk_kernel_choose()};
	lay_out(x, s, scratch);
	memcpy(x->h, h, d * sizeof(*h));
	memset(x->h + d, 0,
	       ((size_t)s->n_blocks * TK_SKETCH_COLS - d) * sizeof(*h));
	return x;
}

/* ---- jobs ---- */

static size_t run_panels(const struct tk_sketch *s)
{
	size_t size = (size_t)s->n_blocks * (TK_PLANE_BYTES + TK_SCALE_BYTES);
	size_t n = (RUN_BYTES + size - 1) / size;

	return n < RUN_PANELS ? n : RUN_PANELS;
}

static void run(const struct tk_parallel *parallel, struct tk_search *x,
		void (*work)(void *context, size_t i))
{
	size_t each = TK_STREAMS * run_panels(x->s);
	size_t n = ((size_t)x->s->n_panels + each - 1) / each;

	if (parallel) {
		parallel->run(parallel->pool, n, work, x);
		return;
	}
	for (size_t i = 0; i < n; i++)
		work(x, i);
}

/* Panels first ... end - 1 of a job. */
struct range {
	size_t first, end;
};

static struct range range_of(const struct tk_search *x, size_t job)
{
	size_t each = TK_STREAMS * run_panels(x->s), first = job * each;
	size_t left = (size_t)x->s->n_panels - first;

	return (struct range){first, first + (left < each ? left : each)};
}

static void scan_job(void *context, size_t job)
{
	struct tk_search *x = context;
	struct range r = range_of(x, job);
	size_t n = (r.end - r.first + TK_STREAMS - 1) / TK_STREAMS;
	tk_fpenv env = tk_fpenv_set();

	for (size_t p = r.first; p < r.first + n; p++)
		tk_scan_panels(x, p, n, r.end);
	for (size_t p = r.first; p < r.end; p++)
		tk_bound_panel(x, p);
	tk_fpenv_restore(env);
}

/* ---- exact keys ---- */

static void compute_keys(const struct tk_search *x, float *keys, size_t first,
			 size_t n)
{
	const struct tk_matrix *bias = &x->s->b_u;
	const struct tk_dot_job job = {
		.m = &x->s->w_u,
		.first = first,
		.n = n,
		.n_hs = 1,
		.hs = {x->h},
		.outs = {keys},
	};

	x->kernel->dot(&job);
	for (size_t j = 0; j < n && bias->data; j++)
		keys[j] = keys[j] + tk_element(bias, first + j);
}

static void rescore_job(void *context, size_t job)
{
	struct tk_search *x = context;
	struct range r = range_of(x, job);
	tk_fpenv env = tk_fpenv_set();

	for (size_t p = r.first; p < r.end; p++)
		for (uint32_t left = x->candidates[p]; left;
		     left &= left - 1) {
			size_t row = p * TK_SKETCH_ROWS +
				     (size_t)__builtin_ctz(left);

			compute_keys(x, x->keys + row, row, 1);
		}
	tk_fpenv_restore(env);
}

static void full_job(void *context, size_t job)
{
	struct tk_search *x = context;
	struct range r = range_of(x, job);
	size_t first = r.first * TK_SKETCH_ROWS;
	size_t end = r.end * TK_SKETCH_ROWS, rows = (size_t)x->s->rows;
	tk_fpenv env = tk_fpenv_set();

	for (size_t p = r.first; p < r.end; p++)
		x->candidates[p] = tk_panel_rows(x->s, p);
	compute_keys(x, x->keys + first, first,
		     (end < rows ? end : rows) - first);
	tk_fpenv_restore(env);
}

/* ---- tau ---- */

/*
 * The k rows with the largest approximate keys, in any order: they are all in
 * panels whose largest one is among the k largest of all panels.
 */
static size_t find_best(const struct tk_search *x, struct tk_candidate *out,
			size_t k)
{
	size_t n_panels = (size_t)x->s->n_panels, n = 0;
	float least = -INFINITY;

	if (tk_top_k(out, k, x->best, n_panels, 0) == k)
		least = out[k - 1].key;
	for (size_t p = 0; p < n_panels; p++)
		if (x->best[p] >= least)
			tk_offer_panel(out, &n, k, x, p);
	return n;
}

/* False if fewer than k rows have an approximate key above -Inf. */
static bool find_tau(struct tk_search *x, struct tk_candidate *out, size_t k)
{
	if (find_best(x, out, k) < k)
		return false;
	x->tau = INFINITY;
	x->n_sure = 0;
	for (size_t i = 0; i < k; i++) {
		float key;

		compute_keys(x, &key, out[i].id, 1);
		x->n_sure += key > -INFINITY;
		/* One that is none is to be met again: all are candidates. */
		if (!(key < INFINITY))
			key = -INFINITY;
		if (key < x->tau)
			x->tau = key;
	}
	x->stats.rows_rescored += k;
	return true;
}

/* ---- the search ---- */

/* Scans one plane more; true if the candidates then are not too many. */
static bool is_narrowed(struct tk_search *x, struct tk_candidate *out,
			size_t k, enum tk_scan scan, uint64_t limit,
			const struct tk_parallel *parallel)
{
	const struct tk_sketch *s = x->s;
	uint64_t n;

	x->scan = scan;
	run(parallel, x, scan_job);
	x->stats.rows_scanned = s->rows;
	x->stats.bytes_read += s->n_panels *
			       (s->n_blocks * (TK_SCALE_BYTES +
					       TK_PLANE_BYTES) +
				2 * TK_NORM_BYTES);
	if (k > limit || !find_tau(x, out, k))
		return false;
	n = tk_find_candidates(x, limit);
	if (n > limit)
		return false;
	if (n * s->w_u.row_stride < ALONE_BYTES)
		parallel = NULL;
	run(parallel, x, rescore_job);
	/* The k rows are among the candidates. */
	x->stats.rows_rescored += n - k;
	return true;
}

static void find_keys(struct tk_search *x, struct tk_candidate *out, size_t k,
		      struct tk_search_limits limits,
		      const struct tk_parallel *parallel)
{
	bool use = false;

	if (k && k <= limits.both) {
		tk_query_make(&x->query, x->s, x->h);
		use = x->query.is_usable;
	}
	if (!use ||
	    (!is_narrowed(x, out, k, TK_SCAN_HI, limits.hi, parallel) &&
	     !is_narrowed(x, out, k, TK_SCAN_BOTH, limits.both, parallel))) {
		x->scan = TK_SCAN_FULL;
		run(parallel, x, full_job);
		x->stats.rows_rescored += x->s->rows;
	}
}

/*
 * Row 'row' has a key that is none.  A row before it that is no candidate may
 * have one, too, if W_U is not what the sketch was made of.
 */
static enum tk_status blame_lowest(const struct tk_search *x, size_t row,
				   struct tk_error *err)
{
	size_t i = 0;

	compute_keys(x, x->keys, 0, row + 1);
	while (i < row && x->keys[i] < INFINITY)
		i++;
	return tk_blame_key(err, &x->s->w_u, i, &x->s->b_u, i);
}

/* The k best of the candidates. */
static enum tk_status choose(const struct tk_search *x,
			     struct tk_candidate *out, size_t *n, size_t k,
			     struct tk_error *err)
{
	size_t found = 0;

	for (size_t p = 0; p < x->s->n_panels; p++)
		for (uint32_t left = x->candidates[p]; left;
		     left &= left - 1) {
			size_t row = p * TK_SKETCH_ROWS +
				     (size_t)__builtin_ctz(left);
			struct tk_candidate c = {(uint32_t)row, x->keys[row]};

			if (!(c.key < INFINITY))
				return blame_lowest(x, row, err);
			tk_offer(out, &found, k, c);
		}
	/* A sketch of this W_U has the rows among them that made tau. */
	if (found < x->n_sure)
		return tk_fail(err, TK_E_CHECKSUM, TK_NO_OFFSET,
			       "the sketch contradicts W_U; see tkinfo "
			       "--verify");
	tk_sort_candidates(out, found);
	*n = found;
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
	enum tk_status status = tk_check_hidden(h, s->w_u.cols, err);
	tk_fpenv env;

	if (status)
		return status;
	if (k > s->rows)
		k = (size_t)s->rows;
	env = tk_fpenv_set();
	find_keys(x, out, k, limits, parallel);
	status = choose(x, out, n, k, err);
	tk_fpenv_restore(env);
	if (status)
		return status;
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
