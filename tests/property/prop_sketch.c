/* SPDX-License-Identifier: MIT */
/*
 * prop_sketch.c - a search by way of a sketch finds what the full scan finds,
 * and no key is ever outside its bounds
 *
 * TK_LONG=1 in the environment: the long form, of about half an hour.
 */
#include <float.h>
#include <math.h>

#include "compute/element.h"
#include "compute/expsum.h"
#include "sketchcase.h"
#include "test.h"

/* What has been seen; printed by the long form. */
static struct {
	uint64_t cases, errors, bounds, scans[TK_SCAN_FULL + 1];
	double tightest; /* |F - A| as a share of its bound */
} seen;

static bool is_long(void)
{
	const char *text = getenv("TK_LONG");

	return text && *text == '1';
}

/* ---- the full scan ---- */

/* False if a key is NaN or +Inf; '*bad' is then the first such row. */
static bool full_scan(struct sketch_case *c, size_t *bad)
{
	size_t n = (size_t)c->s.rows;

	tk_dot_rows(c->keys, c->s.w_u, 0, n, c->h);
	for (size_t i = 0; i < n; i++) {
		if (c->s.b_u.data)
			c->keys[i] += tk_element(&c->s.b_u, i);
		*bad = i;
		if (!(c->keys[i] < INFINITY))
			return false;
	}
	return true;
}

/* ---- bounds ---- */

static void check_bound(float key, float lower, float upper, float approx)
{
	seen.bounds++;
	if (key > upper || key < lower)
		fail_msg("%a is not within %a and %a", (double)key,
			 (double)lower, (double)upper);
	if (isfinite(upper) && isfinite(key) && upper > approx)
		seen.tightest = fmax(seen.tightest,
				     fabs((double)key - (double)approx) /
					     ((double)upper - (double)approx));
}

/* Every bound of every row, of both planes; the keys are without bias. */
static void check_bounds(struct sketch_case *c)
{
	const struct tk_sketch *s = &c->s;
	float approx[32], upper[32], lower[32], keys[32];

	if (!case_query(c)->is_usable)
		return;
	for (size_t p = 0; p < s->n_panels; p++) {
		size_t left = (size_t)s->rows - 32 * p;
		size_t n = left < 32 ? left : 32;

		tk_dot_rows(keys, s->w_u, 32 * p, n, c->h);
		case_bounds(c, p, TK_SCAN_HI, approx, upper, lower);
		for (size_t j = 0; j < n; j++)
			check_bound(keys[j], lower[j], upper[j], approx[j]);
		case_bounds(c, p, TK_SCAN_BOTH, approx, upper, lower);
		for (size_t j = 0; j < n; j++)
			check_bound(keys[j], lower[j], upper[j], approx[j]);
	}
}

/* ---- probabilities ---- */

static void check_probs(struct sketch_case *c, size_t n, double temperature)
{
	struct tk_hparams hp = tk_hparams_default();
	struct tk_interval z = tk_sketch_log_normalizer(&c->s, c->scratch,
							temperature);
	long double max = -INFINITY, sum = 0;
	double ln;

	hp.logit_scale = c->s.logit_scale;
	hp.logit_softcap = c->s.logit_softcap;
	for (size_t i = 0; i < c->s.rows; i++)
		if (c->keys[i] > -INFINITY)
			max = fmaxl(max, tk_logit_raw(&hp, c->keys[i]));
	for (size_t i = 0; i < c->s.rows; i++)
		if (c->keys[i] > -INFINITY)
			sum += expl((tk_logit_raw(&hp, c->keys[i]) - max) /
				    temperature);
	ln = (double)(max / temperature + logl(sum));
	if (!n || !isfinite(ln))
		return;
	if (!(z.lower <= ln && ln <= z.upper))
		fail_msg("ln Z = %.17g is not within %.17g and %.17g", ln,
			 z.lower, z.upper);
	for (size_t i = 0; i < n; i++) {
		struct tk_interval p = tk_sketch_prob(
			&c->s, z, c->best[i].key, temperature);
		double a = (double)tk_logit_raw(&hp, c->best[i].key);
		double exact = exp(a / temperature - ln);

		if (!(p.lower <= exact && exact <= p.upper))
			fail_msg("p = %g is not within %g and %g", exact,
				 p.lower, p.upper);
	}
}

/* ---- one search ---- */

static void check_search(struct sketch_case *c, size_t k,
			 struct tk_search_limits limits)
{
	struct tk_scan_stats stats;
	size_t bad, n = 0, n_expected;
	struct tk_error err;
	enum tk_status status = tk_search_top_k(c->best, &n, k, &c->s, c->h,
						c->scratch, limits, NULL,
						&stats, &err);
	bool is_sound = full_scan(c, &bad);

	seen.cases++;
	if (!is_sound) {
		char row[32];

		seen.errors++;
		snprintf(row, sizeof(row), "row %zu ", bad);
		assert_int_equal(status, TK_E_VALUE);
		assert_non_null(strstr(err.message, row));
		return;
	}
	assert_int_equal(status, TK_OK);
	seen.scans[stats.scan]++;
	n_expected = tk_top_k(c->expected, k < c->s.rows ? k : c->s.rows,
			      c->keys, (size_t)c->s.rows, 0);
	if (n != n_expected)
		fail_msg("%zu candidates instead of %zu", n, n_expected);
	for (size_t i = 0; i < n; i++)
		if (memcmp(&c->best[i], &c->expected[i], sizeof(*c->best)))
			fail_msg("rank %zu: id %u, %a instead of id %u, %a", i,
				 c->best[i].id, (double)c->best[i].key,
				 c->expected[i].id,
				 (double)c->expected[i].key);
	check_probs(c, n, k % 2 ? 1.0 : 0.25);
}

/* The same matrix and vector with every way to search. */
static void check_case(struct sketch_case *c, struct rng *r, bool all_bounds)
{
	size_t rows = (size_t)c->s.rows;
	size_t k = 1 + (size_t)rng_below(r, rng_u64(r) & 1 ? rows : 8);
	struct tk_search_limits only_hi = {rows, rows}, both = {0, rows};
	struct tk_search_limits usual = {rows / 8, rows / 2};

	switch (rng_below(r, 3)) {
	case 0:
		check_search(c, k, both);
		break;
	case 1:
		check_search(c, k, usual);
		break;
	default:
		check_search(c, k, only_hi);
	}
	if (all_bounds)
		check_bounds(c);
}

/* ---- many cases ---- */

static void choose_logits(struct sketch_case *c, struct rng *r)
{
	static const float scales[] = {1, 0.0625F, 30};
	static const float caps[] = {0, 0, 30, 0.01F};

	c->s.logit_scale = scales[rng_below(r, LEN(scales))];
	c->s.logit_softcap = caps[rng_below(r, LEN(caps))];
}

/* One matrix, 'n' vectors; the first is the one that rows may follow. */
static void run_matrix(struct rng *r, size_t rows, size_t cols,
		       enum row_kind kind, size_t n, bool hard)
{
	enum tk_dtype dtype = rng_below(r, 2)
				      ? TK_F32
				      : (enum tk_dtype)(1 + rng_below(r, 4));
	struct sketch_case c;

	case_new(&c, rows, cols, dtype);
	for (size_t i = 0; i < n; i++) {
		case_hidden(&c, r,
			    hard ? (enum hidden_kind)rng_below(
					   r, N_HIDDEN_KINDS)
				 : HIDDEN_UNIFORM);
		if (!i) {
			case_matrix(&c, r, kind);
			case_sketch(&c);
		}
		choose_logits(&c, r);
		if (rng_below(r, 3) == 0)
			case_bias(&c, r, hard && rng_below(r, 8) == 0);
		else
			case_no_bias(&c);
		check_case(&c, r, true);
	}
	case_free(&c);
}

static void run_random(struct rng *r, size_t n, size_t rows, size_t cols)
{
	for (size_t i = 0; i < n; i += 10)
		run_matrix(r, 1 + (size_t)rng_below(r, rows),
			   1 + (size_t)rng_below(r, cols), ROW_UNIFORM, 10,
			   false);
}

static void run_hard(struct rng *r, size_t n, size_t rows, size_t cols)
{
	for (size_t i = 0; i < n; i += 2)
		run_matrix(r, 1 + (size_t)rng_below(r, rows),
			   1 + (size_t)rng_below(r, cols),
			   (enum row_kind)rng_below(r, ROW_ANY_BROKEN + 1), 2,
			   true);
}

/* A matrix of a real model's size. */
static void run_large(struct rng *r, size_t n, size_t rows, size_t cols,
		      enum tk_dtype dtype, enum row_kind kind)
{
	struct sketch_case c;

	case_new(&c, rows, cols, dtype);
	case_hidden(&c, r, HIDDEN_UNIFORM);
	case_matrix(&c, r, kind);
	case_sketch(&c);
	for (size_t i = 0; i < n; i++) {
		case_hidden(&c, r, HIDDEN_UNIFORM);
		check_case(&c, r, i % 50 == 0);
	}
	case_free(&c);
}

static void report(const char *what)
{
	if (!is_long())
		return;
	printf("%s: %llu searches (%llu hi, %llu both, %llu full, %llu "
	       "errors), %llu bounds, tightest %.4f\n",
	       what, (unsigned long long)seen.cases,
	       (unsigned long long)seen.scans[TK_SCAN_HI],
	       (unsigned long long)seen.scans[TK_SCAN_BOTH],
	       (unsigned long long)seen.scans[TK_SCAN_FULL],
	       (unsigned long long)seen.errors,
	       (unsigned long long)seen.bounds, seen.tightest);
	fflush(stdout);
	memset(&seen, 0, sizeof(seen));
}

static void test_random(void **state)
{
	struct rng r = {1};

	(void)state;
	run_random(&r, is_long() ? 1000000 : 8000, 128, 64);
	run_random(&r, is_long() ? 10000 : 20, 1024, 256);
	report("random");
}

static void test_hard(void **state)
{
	struct rng r = {2};

	(void)state;
	run_hard(&r, is_long() ? 100000 : 4000, 128, 64);
	run_hard(&r, is_long() ? 10000 : 20, 1024, 256);
	run_hard(&r, is_long() ? 100 : 4, 300, 3000);
	report("hard");
}

static void test_large(void **state)
{
	struct rng r = {3};

	(void)state;
	if (!is_long()) {
		run_large(&r, 3, 3000, 768, TK_F16, ROW_UNIFORM);
		return;
	}
	run_large(&r, 500, 50257, 768, TK_F16, ROW_UNIFORM);
	run_large(&r, 300, 50257, 768, TK_F32, ROW_OUTLIERS);
	run_large(&r, 200, 50257, 768, TK_BF16, ROW_HEAVY);
	report("50257 x 768");
	run_large(&r, 10, 50257, 12288, TK_F16, ROW_UNIFORM);
	run_large(&r, 10, 50257, 12288, TK_F16, ROW_ANY);
	report("50257 x 12288");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_hard),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
