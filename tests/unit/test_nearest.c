/* SPDX-License-Identifier: MIT */
/*
 * test_nearest.c - the nearest rows are those that sorting all of them by a
 * score in long double gives; the same bits for every kernel and split
 */
#include <float.h>
#include <math.h>

#include "base/dtype.h"
#include "compute/kernels/kernels.h"
#include "fpmodes.h"
#include "rng.h"
#include "test.h"
#include "three.h"

#define FOR_EACH_KERNEL(k)                                                    \
	for (size_t i_ = 0; ((k) = tk_kernel_at(i_)); i_++)                   \
		if ((k)->is_supported() &&                                    \
		    !setenv("TK_KERNEL", (k)->name, 1))

#define ROWS 2500
#define MOST_COLS 700

static _Alignas(64) uint8_t data[ROWS * 4 * (MOST_COLS + 64)];
static float wide[ROWS][MOST_COLS];

/* ---- rows of all sorts ---- */

/* Some rows are equal, zero, not finite, tiny or huge. */
static void make_row(float *w, size_t cols, size_t r, struct rng *rng)
{
	const float scale = r % 97 == 5 ? 1e-30F : r % 97 == 6 ? 1e28F : 1;

	for (size_t i = 0; i < cols; i++)
		w[i] = r % 50 == 3   ? wide[r - 1][i]
		       : r % 211 == 7 ? 0
				      : scale * rng_float(rng);
	if (r % 501 == 9)
		w[rng_below(rng, cols)] = r % 2 ? NAN : -INFINITY;
}

static struct tk_matrix make_matrix(enum tk_dtype dtype, size_t cols,
				    uint64_t seed)
{
	struct tk_matrix m = {data, ROWS, cols, tk_row_stride(dtype, cols),
			      dtype};
	struct rng rng = {seed};

	for (size_t r = 0; r < ROWS; r++) {
		uint8_t *row = data + r * m.row_stride;

		make_row(wide[r], cols, r, &rng);
		/* not every type has every number */
		if (tk_row_from_f32(row, dtype, wide[r], cols, NULL))
			memset(row, r % 3 ? 0 : 0x7f, m.row_stride);
		tk_row_to_f32(wide[r], m, r);
	}
	return m;
}

/* ---- what must come out ---- */

/* NaN if there is none. */
static long double exact(enum tk_metric metric, const float *w,
			 const float *h, size_t n)
{
	long double dot = 0, ww = 0, hh = 0, apart = 0;

	for (size_t i = 0; i < n; i++) {
		const long double x = w[i], y = h[i];

		dot += x * y;
		ww += x * x;
		hh += y * y;
		apart += (x - y) * (x - y);
	}
	if (!(ww < INFINITY) || (metric == TK_METRIC_COS && !(ww > 0)))
		return NAN;
	if (metric == TK_METRIC_COS)
		return dot / sqrtl(ww * hh);
	return metric == TK_METRIC_L2 ? sqrtl(apart) : dot;
}

static float must[ROWS];

static int by_rank(const void *a, const void *b)
{
	const uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;

	if (must[i] < must[j] || must[i] > must[j])
		return must[i] < must[j] ? 1 : -1;
	return i < j ? -1 : 1;
}

/* Ranks all rows below n_rows; must[] is their score, L2 negative. */
static size_t rank_all(uint32_t *ids, enum tk_metric metric, const float *h,
		       size_t cols, size_t n_rows, uint64_t *unranked)
{
	size_t n = 0;

	for (size_t r = 0; r < n_rows; r++) {
		must[r] = tk_score(metric, wide[r], h, cols);
		if (metric == TK_METRIC_L2)
			must[r] = -must[r];
		if (!isnan(must[r]))
			ids[n++] = (uint32_t)r;
	}
	*unranked = n_rows - n;
	qsort(ids, n, sizeof(*ids), by_rank);
	return n;
}

/* ---- nearest rows ---- */

static bool is_in(const uint32_t *ids, size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++)
		if (ids[i] == id)
			return true;
	return false;
}

static void expect_nearest(struct tk_matrix m,
			   const struct tk_nearest_query *q, const float *h,
			   const uint32_t *ids, size_t n_ids,
			   uint64_t unranked, const struct tk_parallel *p)
{
	static struct tk_candidate out[ROWS];
	size_t n = 0, i = 0;
	uint64_t bad = 0;
	struct tk_error err;

	assert_ok(tk_nearest(out, &n, &bad, m, q, h, p, &err), err);
	assert_int_equal(bad, unranked);
	for (size_t j = 0; j < n_ids && i < q->k; j++) {
		const float key = must[ids[j]];

		if (is_in(q->exclude, q->n_exclude, ids[j]))
			continue;
		assert_true(i < n);
		assert_int_equal(out[i].id, ids[j]);
		assert_int_equal(tk_f32_to_bits(out[i].key),
				 tk_f32_to_bits(q->metric == TK_METRIC_L2
							? fabsf(key)
							: key));
		i++;
	}
	assert_int_equal(n, i);
}

/* All counts of answers; with and without threads. */
static void check_queries(struct tk_matrix m, enum tk_metric metric,
			  const float *h, uint64_t n_rows)
{
	static const size_t ks[] = {0, 1, 10, ROWS / 2, ROWS + 7};
	static uint32_t ids[ROWS];
	static const uint32_t exclude[] = {2, 1777, 5, 2, UINT32_MAX};
	uint64_t unranked;
	const size_t n = rank_all(ids, metric, h, (size_t)m.cols,
				  (size_t)n_rows, &unranked);

	for (size_t i = 0; i < 2 * LEN(ks); i++) {
		struct tk_nearest_query q = {metric, ks[i / 2], n_rows, NULL,
					     0};

		if (i % 2) {
			q.exclude = exclude;
			q.n_exclude = LEN(exclude);
		}
		expect_nearest(m, &q, h, ids, n, unranked, NULL);
		expect_nearest(m, &q, h, ids, n, unranked, &three);
	}
}

static void test_nearest(void **state)
{
	static const size_t cols[] = {1, 31, 300, MOST_COLS};
	const struct tk_kernel *k;

	(void)state;
	for (int dtype = TK_F32; dtype <= TK_Q8; dtype++)
		for (size_t i = 0; i < LEN(cols); i++) {
			struct tk_matrix m = make_matrix(
				(enum tk_dtype)dtype, cols[i], 7 + i);

			FOR_EACH_KERNEL(k)
				for (int metric = 0; metric <= 2; metric++) {
					check_queries(m,
						      (enum tk_metric)metric,
						      wide[2], ROWS);
					check_queries(m,
						      (enum tk_metric)metric,
						      wide[1777], 1025);
				}
		}
	unsetenv("TK_KERNEL");
}

/* Vectors that are tiny and huge, and the mode of the caller. */
static void test_wide(void **state)
{
	struct tk_matrix m = make_matrix(TK_F32, 100, 3);
	const struct tk_kernel *k;

	(void)state;
	FOR_EACH_KERNEL(k)
		for (int metric = 0; metric <= 2; metric++)
			for (int mode = 0; mode < N_FPMODES; mode++) {
				fpmode_set(mode);
				check_queries(m, (enum tk_metric)metric,
					      wide[5], ROWS);
				check_queries(m, (enum tk_metric)metric,
					      wide[6], ROWS);
				fpmode_set(0);
			}
	unsetenv("TK_KERNEL");
}

/* ---- scores ---- */

/* Within some units in the last place of the exact number. */
static void expect_near(float is, long double exact_score, long double size,
			const char *what, size_t row)
{
	if (isnan(exact_score) || fabsl(exact_score) > FLT_MAX) {
		assert_true(isnan(is));
		return;
	}
	if (!(fabsl((long double)is - exact_score) <= size))
		fail_msg("%s of row %zu: %.9g, not %.9Lg", what, row,
			 (double)is, exact_score);
}

static void test_scores(void **state)
{
	(void)state;
	for (size_t from = 2; from <= 6; from += 2) {
		struct tk_matrix m = make_matrix(TK_F32, 300, from);
		const float *h = wide[from];

		for (size_t r = 0; r < m.rows; r++) {
			const float *w = wide[r];
			long double x = exact(TK_METRIC_COS, w, h, 300);

			expect_near(tk_score(TK_METRIC_COS, w, h, 300), x,
				    4e-7L, "cosine", r);
			x = exact(TK_METRIC_L2, w, h, 300);
			expect_near(tk_score(TK_METRIC_L2, w, h, 300), x,
				    3e-7L * x, "distance", r);
		}
		assert_true(tk_score(TK_METRIC_COS, h, h, 300) == 1);
		assert_true(tk_score(TK_METRIC_L2, h, h, 300) == 0);
	}
}

/* Rows that differ from h in the last places: nothing may cancel. */
static void test_cancellation(void **state)
{
	struct tk_matrix m = make_matrix(TK_F32, 300, 1);
	float *h = wide[0], *w = wide[1];
	struct rng rng = {4};

	(void)state;
	(void)m;
	for (size_t round = 0; round < 200; round++) {
		for (size_t i = 0; i < 300; i++) {
			h[i] = 1 + rng_float(&rng) / 4;
			w[i] = h[i] + (float)rng_below(&rng, round + 1) *
					      0x1p-23F;
		}
		expect_near(tk_score(TK_METRIC_L2, w, h, 300),
			    exact(TK_METRIC_L2, w, h, 300),
			    3e-7L * exact(TK_METRIC_L2, w, h, 300),
			    "distance", round);
	}
}

static void test_unit(void **state)
{
	static const float scales[] = {1, 1e-38F, 1e-43F, 1e30F, 3e38F};
	float x[100], u[100];
	struct rng rng = {6};

	(void)state;
	for (size_t i = 0; i < LEN(scales); i++) {
		long double square = 0;

		for (size_t j = 0; j < 100; j++)
			x[j] = scales[i] * rng_float(&rng);
		for (size_t j = 0; j < 100; j++)
			square += (long double)x[j] * (long double)x[j];
		assert_true(tk_unit(u, x, 100));
		for (size_t j = 0; j < 100; j++)
			assert_true(fabsl((long double)u[j] -
					  (long double)x[j] / sqrtl(square)) <=
				    2e-7L);
	}
	memset(x, 0, sizeof(x));
	assert_false(tk_unit(u, x, 100));
	x[99] = INFINITY;
	assert_false(tk_unit(u, x, 100));
	x[0] = NAN;
	assert_false(tk_unit(u, x, 100));
}

static void test_errors(void **state)
{
	struct tk_matrix m = make_matrix(TK_F32, 20, 2);
	struct tk_nearest_query q = {TK_METRIC_COS, 1, ROWS + 1, NULL, 0};
	struct tk_candidate best = {7, 7};
	float zeros[20] = {0};
	struct tk_error err;
	size_t n = 7;

	(void)state;
	assert_status(tk_nearest(&best, &n, NULL, m, &q, wide[2], NULL, &err),
		      TK_E_ARGUMENT);
	q.n_rows = ROWS;
	assert_status(tk_nearest(&best, &n, NULL, m, &q, zeros, NULL, &err),
		      TK_E_VALUE);
	assert_string_equal(err.message,
			    "the vector is zero: it has no direction");
	zeros[19] = NAN;
	for (int metric = 0; metric <= 2; metric++) {
		q.metric = (enum tk_metric)metric;
		assert_status(tk_nearest(&best, &n, NULL, m, &q, zeros, NULL,
					 &err),
			      TK_E_VALUE);
		assert_string_equal(err.message,
				    "element 19 of the vector is not finite");
	}
	assert_int_equal(n, 7);
	assert_int_equal(best.id, 7);
	q.n_rows = 0;
	assert_ok(tk_nearest(&best, &n, NULL, m, &q, wide[2], NULL, &err),
		  err);
	assert_int_equal(n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_scores),
		cmocka_unit_test(test_cancellation),
		cmocka_unit_test(test_unit),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
