/* SPDX-License-Identifier: MIT */
/*
 * test_survey.c - norms, mean directions and cosines of rows against their
 * definition in f64; the same bits for every kernel and split
 */
#include <float.h>
#include <math.h>

#include "addcheck.h"
#include "base/dtype.h"
#include "fpmodes.h"
#include "three.h"

#define FOR_EACH_KERNEL(k)                                                    \
	for (size_t i_ = 0; ((k) = tk_kernel_at(i_)); i_++)                   \
		if ((k)->is_supported() &&                                    \
		    !setenv("TK_KERNEL", (k)->name, 1))

#define ROWS 1500 /* some blocks */
#define MOST 1100

static struct tk_error err;

/* ---- kernels ---- */

static void test_bits(void **state)
{
	const struct tk_kernel *k;

	(void)state;
	FOR_EACH_KERNEL(k) {
		for (size_t d = 1; d < 2500; d += d < 600 ? 1 : 37)
			assert_int_equal(
				check_adds(k, d,
					   (enum check_kind)(d % CHECK_SPECIAL),
					   NULL),
				0);
		assert_int_equal(check_adds(k, 12288, CHECK_NARROW, NULL), 0);
	}
	unsetenv("TK_KERNEL");
}

/* ---- matrices ---- */

static _Alignas(64) uint8_t data[2][ROWS * 4 * (MOST + 64)];
static float wide[2][ROWS][MOST]; /* the rows, as they are stored */

/* Some rows are zero, not finite, tiny, huge, or larger than f32 can say. */
static void make_row(float *w, size_t cols, size_t r, enum tk_dtype dtype,
		     struct rng *rng)
{
	const bool can = dtype == TK_F32 || dtype == TK_BF16;
	const float scale = !can	   ? 1
			    : r % 97 == 5  ? 1e-30F
			    : r % 97 == 6  ? 1e28F
			    : r % 97 == 7  ? 1e-42F
			    : r % 201 == 8 ? FLT_MAX / 2
					   : 1;

	for (size_t i = 0; i < cols; i++)
		w[i] = r % 211 == 7 ? 0 : scale * (0.2F + rng_float(rng));
	if (r % 501 == 9 && dtype != TK_Q8)
		w[rng_below(rng, cols)] = r % 2 ? NAN : -INFINITY;
}

static struct tk_matrix make_matrix(size_t which, enum tk_dtype dtype,
				    size_t cols, uint64_t seed)
{
	struct tk_matrix m = {data[which], ROWS, cols,
			      tk_row_stride(dtype, cols), dtype};
	struct rng rng = {seed};

	for (size_t r = 0; r < ROWS; r++) {
		float *w = wide[which][r];

		make_row(w, cols, r, dtype, &rng);
		assert_ok(tk_row_from_f32(data[which] + r * m.row_stride,
					  dtype, w, cols, &err),
			  err);
		tk_row_to_f32(w, m, r);
	}
	return m;
}

/* ---- by definition ---- */

struct answer {
	struct tk_row_survey s;
	float norms[ROWS];
	double mean[MOST];
};

static struct answer first, second;
static float cosines[ROWS];

static void ask_for(struct answer *a, struct tk_matrix m, uint64_t n_rows,
		    uint64_t n_mean)
{
	memset(a, 0x55, sizeof(*a));
	a->s = (struct tk_row_survey){m, n_rows, n_mean, a->norms, a->mean, 9};
}

static double norm_of(const float *w, size_t d)
{
	double sum = 0;

	for (size_t i = 0; i < d; i++)
		sum += (double)w[i] * (double)w[i];
	return sqrt(sum);
}

static void check_norm(float norm, double must)
{
	if (!isfinite(must)) {
		assert_int_equal(tk_f32_to_bits(norm), 0x7fc00000);
		return;
	}
	if (must > (double)FLT_MAX) {
		assert_true(norm > FLT_MAX);
		return;
	}
	assert_true(fabs((double)norm - must) <= must * 1e-6 + 1.5e-45);
	assert_int_equal(norm > 0, must > 0);
}

static void check_answer(const struct answer *a, size_t which)
{
	static double mean[MOST];
	const struct tk_row_survey *s = &a->s;
	uint64_t n = 0;

	memset(mean, 0, sizeof(mean));
	for (size_t r = 0; r < s->n_rows; r++) {
		const float *w = wide[which][r];
		const double norm = norm_of(w, s->m.cols);

		check_norm(a->norms[r], norm);
		if (r >= s->n_mean || !isfinite(norm) || norm <= 0)
			continue;
		n++;
		for (size_t i = 0; i < s->m.cols; i++)
			mean[i] += (double)w[i] / norm;
	}
	assert_int_equal(s->n_units, n);
	for (size_t i = 0; i < s->m.cols && n; i++)
		assert_true(fabs(a->mean[i] - mean[i] / (double)n) < 1e-6);
	/* Not a row more. */
	for (size_t r = s->n_rows; r < ROWS; r++)
		assert_int_equal(tk_f32_to_bits(a->norms[r]), 0x55555555);
}

/* ---- bit by bit: spec/compute.md 9 ---- */

static int64_t total[MOST];

/* Adds the unit of a row to t[d]. */
static void add_unit(float *t, const float *w, size_t d)
{
	const float square = tk_dot(w, w, d);
	const double norm = norm_of(w, d);

	if (!isfinite(norm) || norm <= 0)
		return;
	for (size_t i = 0; i < d; i++)
		t[i] += square >= 0x1p-90F && square <= 0x1p126F
				? w[i] * (1 / sqrtf(square))
				: (float)((double)w[i] / norm);
}

static void check_bits(const struct answer *a, size_t which)
{
	const size_t d = (size_t)a->s.m.cols;
	static float t[MOST];

	memset(total, 0, sizeof(total));
	for (size_t r = 0; r < a->s.n_mean; r += 256) {
		memset(t, 0, sizeof(t));
		for (size_t i = r; i < r + 256 && i < a->s.n_mean; i++)
			add_unit(t, wide[which][i], d);
		for (size_t i = 0; i < d; i++)
			total[i] += (int64_t)rint((double)t[i] * 0x1p32);
	}
	for (size_t i = 0; i < d && a->s.n_units; i++) {
		const double must = (double)total[i] / 0x1p32 /
				    (double)a->s.n_units;

		assert_memory_equal(&a->mean[i], &must, sizeof(must));
	}
}

static void check_cosines(uint64_t n)
{
	static struct tk_row_delta deltas[ROWS];

	assert_ok(tk_delta_rows(deltas, first.s.m, 0, second.s.m, 0, n, NULL,
				&err),
		  err);
	for (size_t r = 0; r < n; r++) {
		const float must = (float)deltas[r].cos;

		assert_true((isnan(must) && isnan(cosines[r])) ||
			    (cosines[r] <= must && cosines[r] >= must));
	}
	for (size_t r = n; r < ROWS; r++)
		assert_int_equal(tk_f32_to_bits(cosines[r]), 0x55555555);
}

static void test_definition(void **state)
{
	static const size_t columns[] = {1, 3, 32, 33, 100, 512, 545, 1024,
					 1099};

	(void)state;
	for (int k = 0; k < 16; k++)
		for (size_t i = (size_t)k % 2; i < LEN(columns); i += 2) {
			const size_t d = columns[i];
			const uint64_t n = ROWS - (uint64_t)k * 9;

			ask_for(&first,
				make_matrix(0, (enum tk_dtype)(1 + k % 4), d,
					    (uint64_t)k),
				n, n - (uint64_t)k);
			ask_for(&second,
				make_matrix(1, (enum tk_dtype)(1 + k / 4), d,
					    99),
				ROWS - 5, 300);
			memset(cosines, 0x55, sizeof(cosines));
			assert_ok(tk_survey_rows(&first.s, &second.s, cosines,
						 k % 3 ? NULL : &three, &err),
				  err);
			check_answer(&first, 0);
			check_answer(&second, 1);
			check_bits(&first, 0);
			check_bits(&second, 1);
			check_cosines(n < ROWS - 5 ? n : ROWS - 5);
		}
}

/* ---- the same bits ---- */

static struct answer must_first, must_second;
static float must_cosines[ROWS];

static void expect_same(const struct tk_parallel *parallel)
{
	struct tk_row_survey a = first.s, b = second.s;

	ask_for(&first, a.m, a.n_rows, a.n_mean);
	ask_for(&second, b.m, b.n_rows, b.n_mean);
	assert_ok(tk_survey_rows(&first.s, &second.s, cosines, parallel, &err),
		  err);
	assert_memory_equal(first.norms, must_first.norms,
			    sizeof(first.norms));
	assert_memory_equal(first.mean, must_first.mean, sizeof(first.mean));
	assert_memory_equal(second.norms, must_second.norms,
			    sizeof(second.norms));
	assert_memory_equal(second.mean, must_second.mean,
			    sizeof(second.mean));
	assert_memory_equal(cosines, must_cosines, sizeof(cosines));
}

static void test_same(void **state)
{
	const struct tk_kernel *k;

	(void)state;
	for (int t = TK_F32; t <= TK_Q8; t++) {
		setenv("TK_KERNEL", "scalar", 1);
		memset(cosines, 0, sizeof(cosines));
		ask_for(&first, make_matrix(0, (enum tk_dtype)t, 777, 1), ROWS,
			1400);
		ask_for(&second,
			make_matrix(1, (enum tk_dtype)(5 - t), 777, 2), 1490,
			1490);
		assert_ok(tk_survey_rows(&first.s, &second.s, cosines, NULL,
					 &err),
			  err);
		must_first = first;
		must_second = second;
		memcpy(must_cosines, cosines, sizeof(cosines));
		FOR_EACH_KERNEL(k) {
			expect_same(NULL);
			expect_same(&three);
		}
		for (int mode = 0; mode < N_FPMODES; mode++) {
			fpmode_set(mode);
			expect_same(NULL);
			fpmode_set(0);
		}
	}
	unsetenv("TK_KERNEL");
}

/* ---- what may be left out, and what is refused ---- */

static void test_parts(void **state)
{
	const struct tk_matrix none = {NULL, 0, 77, 320, TK_F32};
	struct tk_matrix m = make_matrix(0, TK_F32, 77, 3);

	(void)state;
	ask_for(&first, m, ROWS, ROWS);
	assert_ok(tk_survey_rows(&first.s, NULL, NULL, NULL, &err), err);
	check_answer(&first, 0);
	must_first = first;

	/* Without a mean: the same norms. */
	first.s.mean = NULL;
	memset(first.norms, 0, sizeof(first.norms));
	assert_ok(tk_survey_rows(&first.s, NULL, NULL, &three, &err), err);
	assert_memory_equal(first.norms, must_first.norms,
			    sizeof(first.norms));
	assert_int_equal(first.s.n_units, must_first.s.n_units);

	/* Without rows. */
	ask_for(&first, none, 0, 0);
	assert_ok(tk_survey_rows(&first.s, NULL, NULL, NULL, &err), err);
	assert_int_equal(first.s.n_units, 0);
	assert_true(first.mean[0] >= 0 && first.mean[76] <= 0);

	/* Of different lengths, but no cosines. */
	ask_for(&first, m, ROWS, 3);
	ask_for(&second, make_matrix(1, TK_Q8, 78, 4), 1, 1);
	assert_ok(tk_survey_rows(&first.s, &second.s, NULL, NULL, &err), err);
	check_answer(&first, 0);
	check_answer(&second, 1);
	assert_status(tk_survey_rows(&first.s, &second.s, cosines, NULL, &err),
		      TK_E_SHAPE);
}

static void test_refused(void **state)
{
	struct tk_matrix m = make_matrix(0, TK_F16, 40, 3);

	(void)state;
	ask_for(&second, m, ROWS, ROWS);
	ask_for(&first, m, ROWS + 1, 0);
	assert_status(tk_survey_rows(&first.s, NULL, NULL, NULL, &err),
		      TK_E_ARGUMENT);
	assert_status(tk_survey_rows(&second.s, &first.s, NULL, NULL, &err),
		      TK_E_ARGUMENT);
	ask_for(&first, m, 5, 6);
	assert_status(tk_survey_rows(&first.s, NULL, NULL, NULL, &err),
		      TK_E_ARGUMENT);
	assert_int_equal(first.s.n_units, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_definition),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
