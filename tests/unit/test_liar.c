/* SPDX-License-Identifier: MIT */
/*
 * test_liar.c - a sketch that contradicts its matrix is found out
 */
#include "base/endian.h"
#include "sketchcase.h"
#include "test.h"

#define ROWS 900
#define COLS 200

/* Errors below zero put the bounds of the best rows below their keys. */
static void test_contradiction(void **state)
{
	struct tk_candidate best[3];
	struct rng r = {43};
	struct sketch_case c;
	uint8_t *errors;
	size_t n = 99;

	(void)state;
	case_new(&c, ROWS, COLS, TK_F32);
	case_hidden(&c, &r, HIDDEN_UNIFORM);
	case_matrix(&c, &r, ROW_UNIFORM);
	case_no_bias(&c);
	case_sketch(&c);
	assert_status(tk_sketch_top_k(best, &n, 3, &c.s, c.h, c.scratch, NULL,
				      NULL, NULL), TK_OK);
	assert_int_equal(n, 3);
	errors = (uint8_t *)(uintptr_t)c.s.error_hi;
	for (size_t i = 0; i < 2 * 32 * (size_t)c.s.n_panels; i++)
		tk_store_f32(errors + 4 * i, -100);
	assert_status(tk_sketch_top_k(best, &n, 3, &c.s, c.h, c.scratch, NULL,
				      NULL, NULL), TK_E_CHECKSUM);
	case_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contradiction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
