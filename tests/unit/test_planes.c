/* SPDX-License-Identifier: MIT */
/*
 * test_planes.c - every kernel that this processor has reads the planes of a
 * sketch as the scalar one does, and a search is the same with each
 */
#include <math.h>

#include "kernelcheck.h"
#include "sketchcase.h"
#include "test.h"

#define FOR_EACH_KERNEL(k)                                                    \
	for (size_t i_ = 0; ((k) = tk_kernel_at(i_)); i_++)                   \
		if ((k)->is_supported())

static void test_random(void **state)
{
	const struct tk_kernel *k;
	struct rng r = {1};

	(void)state;
	FOR_EACH_KERNEL(k) {
		for (size_t n = 1; n < 40; n++)
			for (size_t i = 0; i <= TK_STREAMS; i++)
				assert_true(check_planes(k, &r, i, n, false));
		assert_true(check_planes(k, &r, TK_STREAMS, CHECK_BLOCKS,
					 false));
	}
}

/* Where sums of 16 bits would be too small. */
static void test_extreme(void **state)
{
	const struct tk_kernel *k;
	struct rng r = {2};

	(void)state;
	FOR_EACH_KERNEL(k)
		for (size_t n = 1; n < 20; n++)
			assert_true(check_planes(k, &r, 1 + n % TK_STREAMS, n,
						 true));
}

/* What a search found, and what it looked at. */
struct found {
	enum tk_status status;
	size_t n;
	struct tk_scan_stats stats;
	struct tk_interval log_normalizer;
};

static struct found search(struct sketch_case *c, size_t k)
{
	struct found f;

	memset(&f, 0, sizeof(f));
	memset(c->best, 0, (size_t)c->s.rows * sizeof(*c->best));
	f.status = tk_sketch_top_k(c->best, &f.n, k, &c->s, c->h, c->scratch,
				   NULL, &f.stats, NULL);
	if (!f.status)
		f.log_normalizer = tk_sketch_log_normalizer(&c->s, c->scratch,
							    1);
	return f;
}

static void check_search(struct sketch_case *c, size_t n)
{
	const struct tk_kernel *k;
	struct found must, is;

	assert_int_equal(setenv("TK_KERNEL", "scalar", 1), 0);
	must = search(c, n);
	memcpy(c->expected, c->best, (size_t)c->s.rows * sizeof(*c->best));
	FOR_EACH_KERNEL(k) {
		assert_int_equal(setenv("TK_KERNEL", k->name, 1), 0);
		is = search(c, n);
		assert_memory_equal(&is, &must, sizeof(is));
		assert_memory_equal(c->best, c->expected,
				    is.n * sizeof(*c->best));
	}
	unsetenv("TK_KERNEL");
}

/* All shapes there are: the last panel, the last block. */
static void test_searches(void **state)
{
	struct rng r = {3};
	struct sketch_case c;

	(void)state;
	for (size_t rows = 1; rows < 100; rows += 3)
		for (size_t cols = 1; cols < 200; cols += 7) {
			case_new(&c, rows, cols,
				 (enum tk_dtype)(1 + rng_below(&r, 4)));
			case_hidden(&c, &r, HIDDEN_UNIFORM);
			case_matrix(&c, &r,
				    rows % 2 ? ROW_UNIFORM : ROW_ANY_BROKEN);
			case_sketch(&c);
			if (cols % 2)
				case_bias(&c, &r, false);
			check_search(&c, 1 + (size_t)rng_below(&r, 5));
			case_free(&c);
		}
}

/* ---- how much is looked at ---- */

#define ROWS 777
#define K 9

/* Step 2 of spec/sketch.md 5 for every row, one by one: candidates, or 0. */
static uint64_t count_candidates(struct sketch_case *c, enum tk_scan scan)
{
	static float upper[ROWS + 32], approx[ROWS + 32], lower[32];
	struct tk_candidate best[K];
	float tau = INFINITY;
	uint64_t n = 0;

	case_query(c);
	for (size_t p = 0; p < c->s.n_panels; p++)
		case_bounds(c, p, scan, approx + 32 * p, upper + 32 * p,
			    lower);
	if (tk_top_k(best, K, approx, ROWS, 0) < K)
		return 0;
	for (size_t i = 0; i < K; i++) {
		tk_dot_rows(&best[i].key, c->s.w_u, best[i].id, 1, c->h);
		tau = best[i].key < tau ? best[i].key : tau;
	}
	for (size_t i = 0; i < ROWS; i++)
		n += !(upper[i] < tau);
	return n;
}

static void check_counts(struct sketch_case *c)
{
	uint64_t hi = count_candidates(c, TK_SCAN_HI);
	uint64_t both = count_candidates(c, TK_SCAN_BOTH);
	struct found f = search(c, K);

	assert_int_equal(f.status, TK_OK);
	assert_true(hi >= K && both >= K);
	if (f.stats.scan == TK_SCAN_HI)
		assert_int_equal(f.stats.rows_rescored, hi);
	else if (f.stats.scan == TK_SCAN_BOTH)
		assert_int_equal(f.stats.rows_rescored, K + both);
	else
		assert_int_equal(f.stats.rows_rescored, 2 * K + ROWS);
	assert_int_equal(f.stats.scan, hi <= ROWS / 8	? TK_SCAN_HI
				       : both <= ROWS / 2 ? TK_SCAN_BOTH
							  : TK_SCAN_FULL);
}

static void test_counts(void **state)
{
	static const enum row_kind kinds[] = {ROW_UNIFORM, ROW_HEAVY,
					      ROW_CONSTANT, ROW_OUTLIERS};
	struct rng r = {4};
	struct sketch_case c;

	(void)state;
	for (size_t i = 0; i < 80; i++) {
		case_new(&c, ROWS, 1 + (size_t)rng_below(&r, 300), TK_F32);
		case_hidden(&c, &r, HIDDEN_UNIFORM);
		case_matrix(&c, &r, kinds[i % LEN(kinds)]);
		case_sketch(&c);
		check_counts(&c);
		case_free(&c);
	}
}

/* A damaged sketch may have a NaN where there is no row. */
static void test_beyond(void **state)
{
	struct rng r = {5};
	struct sketch_case c;
	struct found must, is;

	(void)state;
	case_new(&c, ROWS, 64, TK_F32);
	case_hidden(&c, &r, HIDDEN_UNIFORM);
	case_matrix(&c, &r, ROW_UNIFORM);
	case_sketch(&c);
	must = search(&c, K);
	assert_int_equal(must.stats.scan, TK_SCAN_HI);
	memset(c.section + (c.s.norm - c.section) + 4 * ROWS, 0xff, 4);
	is = search(&c, K);
	assert_memory_equal(&is, &must, sizeof(is));
	case_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_extreme),
		cmocka_unit_test(test_searches),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_beyond),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
