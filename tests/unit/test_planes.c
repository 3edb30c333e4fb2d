/* SPDX-License-Identifier: MIT */
/*
 * test_planes.c - every kernel that this processor has reads the planes of a
 * sketch as the scalar one does, and a search is the same with each
 */
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
			for (int i = 0; i < 10; i++)
				assert_true(check_plane(k, &r, n, false));
		assert_true(check_plane(k, &r, CHECK_BLOCKS, false));
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
			assert_true(check_plane(k, &r, n, true));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_extreme),
		cmocka_unit_test(test_searches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
