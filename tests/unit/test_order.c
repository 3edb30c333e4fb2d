/* SPDX-License-Identifier: MIT */
/*
 * test_order.c - keys are in order whatever the caller has set: where
 * subnormal numbers count as zeros they would all be equal
 */
#include "fpmodes.h"
#include "test.h"

static const float keys[] = {1e-40F, 3e-40F, 2e-40F, -1e-40F, 0, -3e-40F};

static void check_top(int mode)
{
	static const uint32_t want[] = {1, 2, 0, 4, 3, 5};
	struct tk_candidate best[6];
	size_t n;

	fpmode_set(mode);
	n = tk_top_k(best, 6, keys, LEN(keys), 0);
	fpmode_set(0);
	assert_int_equal(n, 6);
	for (size_t i = 0; i < n; i++)
		if (best[i].id != want[i])
			fail_msg("mode %d: place %zu has id %u", mode, i,
				 best[i].id);
}

static void check_rank(int mode)
{
	struct tk_candidate c = {2, keys[2]};
	size_t better;

	fpmode_set(mode);
	better = tk_n_better(c, keys, LEN(keys), 0);
	fpmode_set(0);
	assert_int_equal(better, 1);
}

static void check_merge(int mode)
{
	struct tk_candidate best[3] = {
		{0, keys[0]}, {1, keys[1]}, {2, keys[2]}};
	struct tk_block block = {.index = 0, .max = 3e-40, .sum = 3};
	struct tk_partial p = {.blocks = &block, .n_blocks = 1,
			       .best = best, .n_best = 3};
	struct tk_normalizer nz;
	enum tk_status status;

	fpmode_set(mode);
	status = tk_merge(&nz, &p, 2, 1, NULL);
	fpmode_set(0);
	assert_int_equal(status, TK_OK);
	assert_int_equal(p.n_best, 2);
	assert_int_equal(best[0].id, 1);
	assert_int_equal(best[1].id, 2);
}

static void test_order(void **state)
{
	(void)state;
	for (int mode = 0; mode < N_FPMODES; mode++) {
		check_top(mode);
		check_rank(mode);
		check_merge(mode);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
