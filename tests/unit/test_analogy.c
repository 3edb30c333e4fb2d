/* SPDX-License-Identifier: MIT */
/*
 * test_analogy.c - the answer to each question is the row that going through
 * all of them, one by one, finds; the same bits for every kernel and split
 */
#include <math.h>

#include "base/dtype.h"
#include "compute/kernels/kernels.h"
#include "rng.h"
#include "test.h"

#define FOR_EACH_KERNEL(k)                                                    \
	for (size_t i_ = 0; ((k) = tk_kernel_at(i_)); i_++)                   \
		if ((k)->is_supported() &&                                    \
		    !setenv("TK_KERNEL", (k)->name, 1))

#define MOST_ROWS 9000
#define MOST_COLS 100
#define QUESTIONS 60

static _Alignas(64) uint8_t data[MOST_ROWS * 4 * (MOST_COLS + 28)];
static float wide[MOST_ROWS][MOST_COLS];
static struct tk_analogy questions[QUESTIONS];

/* Every 7th row is 1e-30 of the others; some are zero, not finite, equal. */
static struct tk_matrix make_matrix(enum tk_dtype dtype, size_t rows,
				    size_t cols)
{
	struct tk_matrix m = {data, rows, cols, tk_row_stride(dtype, cols),
			      dtype};
	struct rng rng = {rows + cols};

	for (size_t r = 0; r < rows; r++) {
		uint8_t *row = data + r * m.row_stride;
		float *w = wide[r];

		for (size_t i = 0; i < cols; i++)
			w[i] = r % 100 == 3 ? 0 : rng_float(&rng);
		for (size_t i = 0; r % 7 == 4 && i < cols; i++)
			w[i] *= 1e-30F;
		if (r % 301 == 8)
			w[cols / 2] = r % 2 ? NAN : INFINITY;
		if (r > 9 && r % 11 == 0)
			memcpy(w, wide[r - 9], cols * sizeof(*w));
		if (tk_row_from_f32(row, dtype, w, cols, NULL))
			memset(row, 0, m.row_stride);
		tk_row_to_f32(w, m, r);
	}
	for (size_t i = 0; i < QUESTIONS; i++)
		questions[i] = (struct tk_analogy){
			(uint32_t)rng_below(&rng, rows),
			(uint32_t)rng_below(&rng, rows),
			(uint32_t)rng_below(&rng, rows)};
	questions[1] = (struct tk_analogy){0, 0, 1};
	questions[2] = (struct tk_analogy){2, 3, 1}; /* 3 is zero */
	return m;
}

/* A vector with its norm, or nothing, taken apart. */
static bool cosines(float out[3], const float *w, float units[3][MOST_COLS],
		    size_t cols)
{
	float unit[MOST_COLS], square = tk_dot(w, w, cols), scale = 1;

	if (!tk_unit(unit, w, cols))
		return false;
	if (square >= 0x1p-90F && square <= 0x1p126F) {
		memcpy(unit, w, sizeof(unit));
		scale = (float)(1 / sqrt((double)square));
	}
	for (size_t i = 0; i < 3; i++)
		out[i] = tk_dot(unit, units[i], cols) * scale;
	return true;
}

static float key_of(enum tk_analogy_rule rule, const float c[3])
{
	float a, b, d;

	if (rule == TK_3COSADD)
		return c[1] - c[0] + c[2];
	a = (c[0] + 1) * 0.5F;
	b = (c[1] + 1) * 0.5F;
	d = (c[2] + 1) * 0.5F;
	return b * d / (a + 0.001F);
}

static struct tk_candidate solve(struct tk_analogy q, size_t rows,
				 size_t cols, enum tk_analogy_rule rule)
{
	struct tk_candidate best = {TK_NO_ID, 0};
	float units[3][MOST_COLS], c[3];

	if (!tk_unit(units[0], wide[q.a], cols) ||
	    !tk_unit(units[1], wide[q.b], cols) ||
	    !tk_unit(units[2], wide[q.c], cols))
		return best;
	for (size_t r = 0; r < rows; r++) {
		float key;

		if (r == q.a || r == q.b || r == q.c ||
		    !cosines(c, wide[r], units, cols))
			continue;
		key = key_of(rule, c);
		if (best.id == TK_NO_ID || key > best.key)
			best = (struct tk_candidate){(uint32_t)r, key};
	}
	return best;
}

/* The last piece first. */
static void run_backwards(void *pool, size_t n,
			  void (*work)(void *context, size_t i),
			  void *context)
{
	(void)pool;
	while (n)
		work(context, --n);
}

static const struct tk_parallel backwards = {run_backwards, NULL};

static void check(struct tk_matrix m, size_t rows, enum tk_analogy_rule rule)
{
	struct tk_candidate must[QUESTIONS], best[QUESTIONS];
	const struct tk_kernel *k;
	struct tk_error err;

	for (size_t i = 0; i < QUESTIONS; i++)
		must[i] = solve(questions[i], rows, (size_t)m.cols, rule);
	FOR_EACH_KERNEL(k) {
		assert_ok(tk_analogies(best, m, rows, questions, QUESTIONS,
				       rule, NULL, &err),
			  err);
		assert_memory_equal(best, must, sizeof(must));
		memset(best, 0, sizeof(best));
		assert_ok(tk_analogies(best, m, rows, questions, QUESTIONS,
				       rule, &backwards, &err),
			  err);
		assert_memory_equal(best, must, sizeof(must));
	}
	unsetenv("TK_KERNEL");
}

static void test_dtypes(void **state)
{
	static const size_t cols[] = {1, 33, MOST_COLS};

	(void)state;
	for (int dtype = TK_F32; dtype <= TK_Q8; dtype++)
		for (size_t i = 0; i < LEN(cols); i++)
			for (int rule = 0; rule <= 1; rule++)
				check(make_matrix((enum tk_dtype)dtype, 700,
						  cols[i]),
				      700, (enum tk_analogy_rule)rule);
}

/* More rows than a thread takes at a time; fewer than a vector has. */
static void test_rows(void **state)
{
	static const size_t rows[] = {4, 15, 257, 4096, MOST_ROWS};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++)
		for (int rule = 0; rule <= 1; rule++)
			check(make_matrix(TK_F16, rows[i], 20), rows[i],
			      (enum tk_analogy_rule)rule);
}

/* As if asked one by one; all of 'm'. */
static void check_groups(struct tk_matrix m, const struct tk_analogy *asked,
			 size_t n, size_t step)
{
	struct tk_candidate *best = calloc(n, sizeof(*best)), one;
	struct tk_error err;

	assert_non_null(best);
	assert_ok(tk_analogies(best, m, m.rows, asked, n, TK_3COSADD, NULL,
			       &err),
		  err);
	for (size_t i = 0; i < n; i += step) {
		assert_ok(tk_analogies(&one, m, m.rows, &asked[i], 1,
				       TK_3COSADD, NULL, &err),
			  err);
		assert_memory_equal(&best[i], &one, sizeof(one));
	}
	free(best);
}

/* More words than are multiplied at a time: unit vectors are too large. */
static void test_wide(void **state)
{
	const size_t rows = 60, cols = 100000;
	const uint64_t stride = tk_row_stride(TK_Q8, cols);
	struct tk_matrix m = {aligned_alloc(64, rows * stride), rows, cols,
			      stride, TK_Q8};
	uint16_t *halves = (uint16_t *)(uintptr_t)m.data;
	struct rng rng = {4};

	(void)state;
	assert_non_null(m.data);
	/* small f16 numbers, whether they are scales or not */
	for (size_t i = 0; i < rows * stride / 2; i++)
		halves[i] = 0x2c00 | (uint16_t)rng_below(&rng, 0x1000);
	for (size_t i = 0; i < QUESTIONS; i++)
		questions[i] = (struct tk_analogy){
			(uint32_t)rng_below(&rng, rows),
			(uint32_t)rng_below(&rng, rows),
			(uint32_t)rng_below(&rng, rows)};
	check_groups(m, questions, QUESTIONS, 1);
	free(halves);
}

/* They are too many. */
static void test_many(void **state)
{
	static struct tk_analogy asked[MOST_ROWS / 3];
	struct tk_matrix m = make_matrix(TK_F32, MOST_ROWS, 6);

	(void)state;
	for (size_t i = 0; i < LEN(asked); i++)
		asked[i] = (struct tk_analogy){(uint32_t)(3 * i + 1),
					       (uint32_t)(3 * i + 2),
					       (uint32_t)(3 * i)};
	check_groups(m, asked, LEN(asked), 151);
}

static void test_errors(void **state)
{
	struct tk_matrix m = make_matrix(TK_F32, 100, 20);
	struct tk_analogy q = {1, 2, 50};
	struct tk_candidate best = {7, 7};
	struct tk_error err;

	(void)state;
	assert_status(tk_analogies(&best, m, 101, &q, 1, TK_3COSADD, NULL,
				   &err),
		      TK_E_ARGUMENT);
	assert_status(tk_analogies(&best, m, 50, &q, 1, TK_3COSADD, NULL,
				   &err),
		      TK_E_ARGUMENT);
	assert_string_equal(err.message,
			    "question 0 is about a row that is not there");
	assert_ok(tk_analogies(&best, m, 50, &q, 0, TK_3COSADD, NULL, &err),
		  err);
	assert_int_equal(best.id, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dtypes),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
