/* SPDX-License-Identifier: MIT */
/*
 * test_sketchmodes.c - rounding and flushing that the caller has set change
 * nothing that a search by way of a sketch returns, and stay
 */
#include "fpmodes.h"
#include "sketchcase.h"
#include "test.h"

#define ROWS 900
#define COLS 200
#define K 12

struct results {
	struct tk_candidate best[K];
	struct tk_scan_stats stats;
	struct tk_interval z, p;
};

static void search(struct results *r, struct sketch_case *c, int mode)
{
	unsigned before;
	size_t n = 0;
	enum tk_status status;

	memset(r, 0, sizeof(*r));
	fpmode_set(mode);
	before = fpmode_get();
	status = tk_sketch_top_k(r->best, &n, K, &c->s, c->h, c->scratch,
				 NULL, &r->stats, NULL);
	r->z = tk_sketch_log_normalizer(&c->s, c->scratch, 0.7);
	r->p = tk_sketch_prob(&c->s, r->z, r->best[3].key, 0.7);
	if (fpmode_get() != before)
		status = TK_E_ARGUMENT;
	fpmode_set(0);
	assert_int_equal(status, TK_OK);
	assert_int_equal(n, K);
}

static void expect_same(const struct results *is, const struct results *must)
{
	assert_memory_equal(is->best, must->best, sizeof(is->best));
	assert_memory_equal(&is->z, &must->z, sizeof(is->z));
	assert_memory_equal(&is->p, &must->p, sizeof(is->p));
	assert_int_equal(is->stats.scan, must->stats.scan);
	assert_int_equal(is->stats.rows_rescored, must->stats.rows_rescored);
	assert_int_equal(is->stats.bytes_read, must->stats.bytes_read);
}

/* With each kernel; large numbers, and such as would be flushed to zero. */
static void test_modes(void **state)
{
	static const enum hidden_kind kinds[] = {HIDDEN_UNIFORM,
						 HIDDEN_SUBNORMAL};
	static const char *const kernels[] = {"scalar", "avx2", "avx512",
					      "neon"};
	struct rng r = {31};
	struct sketch_case c;
	struct results must, is;

	(void)state;
	case_new(&c, ROWS, COLS, TK_F32);
	for (size_t i = 0; i < LEN(kinds); i++) {
		unsetenv("TK_KERNEL");
		case_hidden(&c, &r, kinds[i]);
		case_matrix(&c, &r, ROW_HEAVY);
		case_bias(&c, &r, false);
		case_sketch(&c);
		c.s.logit_scale = 0.5F;
		c.s.logit_softcap = 20;
		search(&must, &c, 0);
		for (size_t k = 0; k < LEN(kernels); k++) {
			assert_int_equal(setenv("TK_KERNEL", kernels[k], 1),
					 0);
			for (int mode = 0; mode < N_FPMODES; mode++) {
				search(&is, &c, mode);
				expect_same(&is, &must);
			}
		}
	}
	unsetenv("TK_KERNEL");
	case_free(&c);
}

/* Keys that are subnormal are in order where they count as zeros. */
static void test_subnormal_keys(void **state)
{
	struct rng r = {41};
	struct sketch_case c;
	struct results must, is;

	(void)state;
	case_new(&c, ROWS, COLS, TK_F32);
	case_hidden(&c, &r, HIDDEN_UNIFORM);
	case_matrix(&c, &r, ROW_UNIFORM);
	case_no_bias(&c);
	case_sketch(&c);
	for (size_t i = 0; i < COLS; i++)
		c.h[i] *= 0x1p-135F;
	search(&must, &c, 0);
	assert_true(must.best[0].key > 0 && must.best[0].key < 0x1p-126F);
	for (int mode = 1; mode < N_FPMODES; mode++) {
		search(&is, &c, mode);
		expect_same(&is, &must);
	}
	case_free(&c);
}

/* The sketch itself is the same. */
static void test_making(void **state)
{
	struct rng r = {37};
	struct sketch_case c;
	size_t size = (size_t)tk_sketch_size(ROWS, COLS);
	uint8_t *must = malloc(size);

	(void)state;
	assert_non_null(must);
	case_new(&c, ROWS, COLS, TK_BF16);
	case_hidden(&c, &r, HIDDEN_UNIFORM);
	case_matrix(&c, &r, ROW_HEAVY);
	case_sketch(&c);
	memcpy(must, c.section, size);
	for (int mode = 1; mode < N_FPMODES; mode++) {
		unsigned before;
		bool stays;

		fpmode_set(mode);
		before = fpmode_get();
		case_sketch(&c);
		stays = before == fpmode_get();
		fpmode_set(0);
		assert_true(stays);
		assert_memory_equal(c.section, must, size);
	}
	free(must);
	case_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_subnormal_keys),
		cmocka_unit_test(test_making),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
