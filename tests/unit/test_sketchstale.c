/* SPDX-License-Identifier: MIT */
/*
 * test_sketchstale.c - rows of W_U that are spoilt once there is a sketch: a
 * search that meets one names the row that a scan of all would name
 */
#include <math.h>

#include "base/endian.h"
#include "compute/kernels/kernels.h"
#include "sketchcase.h"
#include "test.h"

#define ROWS 900
#define COLS 200
#define K 3

static struct sketch_case c;
static struct tk_candidate best[ROWS];

static void spoil(uint32_t row, float value)
{
	/* A product of +Inf, not of -Inf, which is a key. */
	tk_store_f32(c.matrix + row * c.s.w_u.row_stride + 4 * 17,
		     copysignf(value, c.h[17]));
}

static enum tk_status search(size_t k, struct tk_error *err)
{
	struct tk_candidate out[K];
	size_t n = 0;

	return tk_sketch_top_k(out, &n, k, &c.s, c.h, c.scratch, NULL, NULL,
			       err);
}

/* Spoils the row of that rank, and the worst one before it. */
static void check(size_t k, size_t rank, float value)
{
	struct rng r = {17};
	uint32_t id, low = 0;
	struct tk_error err;
	char row[32];

	case_hidden(&c, &r, HIDDEN_UNIFORM);
	case_matrix(&c, &r, ROW_UNIFORM);
	case_no_bias(&c);
	case_sketch(&c);
	tk_dot_rows(c.keys, c.s.w_u, 0, ROWS, c.h);
	assert_int_equal(tk_top_k(best, ROWS, c.keys, ROWS, 0), ROWS);
	id = best[rank].id;
	for (uint32_t i = 1; i < id; i++)
		if (c.keys[i] < c.keys[low])
			low = i;
	assert_true(low < id && c.keys[low] < best[ROWS / 2].key);
	/* A row that need not be looked at is not. */
	spoil(low, value);
	assert_ok(search(k, &err), err);
	spoil(id, value);
	assert_status(search(k, &err), TK_E_VALUE);
	snprintf(row, sizeof(row), "the key of row %u of", low);
	if (!strstr(err.message, row))
		fail_msg("not row %u: %s", low, err.message);
}

static void test_first(void **state)
{
	(void)state;
	for (size_t k = 1; k <= K; k++)
		for (size_t rank = 0; rank < k; rank++) {
			check(k, rank, NAN);
			check(k, rank, INFINITY);
		}
}

/* Not among the k that look best, but among those that might be. */
static void test_candidate(void **state)
{
	(void)state;
	check(1, 1, NAN);
	check(2, 2, INFINITY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_candidate),
	};
	int failed;

	case_new(&c, ROWS, COLS, TK_F32);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	case_free(&c);
	return failed;
}
