/* SPDX-License-Identifier: MIT */
/*
 * test_merge.c - any split of the rows gives the bits of one scan
 */
#include <math.h>

#include "forge.h"
#include "test.h"

#define MAX_ROWS 40000
#define MAX_BLOCKS (MAX_ROWS / TK_BLOCK_ROWS + 1)

static struct tk_error err;
static struct tk_container *c;
static struct tk_model *m;
static struct image im;
static float keys[MAX_ROWS];

static int open_model(void **state)
{
	struct rng r = {1};
	struct forge f;

	(void)state;
	forge_start(&f);
	f.hp.logit_scale = 0.75F;
	f.hp.logit_softcap = 30;
	forge_random(&f, TK_KIND_W_U, TK_F32, 6, 4, &r);
	im = forge_image(&f);
	forge_end(&f);
	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	assert_ok(tk_model_open(&m, c, &err), err);
	return 0;
}

static int close_model(void **state)
{
	(void)state;
	tk_model_close(m);
	tk_container_close(c);
	image_free(&im);
	return 0;
}

/* Few values, so that there are ties within blocks and across them. */
static void random_keys(struct rng *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		keys[i] = 20 * rng_float(r);
		if (rng_below(r, 4) == 0)
			keys[i] = (float)rng_below(r, 21);
		if (rng_below(r, 50) == 0)
			keys[i] = -INFINITY;
	}
	/* Blocks in which nothing can be predicted. */
	for (size_t i = 0; i < n; i++)
		if (i / TK_BLOCK_ROWS % 5 == 3)
			keys[i] = -INFINITY;
}

struct lists {
	struct tk_block blocks[MAX_BLOCKS];
	struct tk_candidate best[MAX_ROWS];
	struct tk_partial p;
};

static struct lists joined;

static void start(struct lists *l)
{
	l->p = (struct tk_partial){.blocks = l->blocks, .best = l->best};
}

/* The part of the blocks from 'first' to 'end'. */
static void add_part(struct lists *l, size_t first, size_t end, size_t n,
		     size_t k, double temperature)
{
	size_t row = first * TK_BLOCK_ROWS;
	size_t stop = end * TK_BLOCK_ROWS < n ? end * TK_BLOCK_ROWS : n;

	assert_ok(tk_block_sums(l->blocks + l->p.n_blocks, m, keys + row, row,
				stop - row, temperature, &err),
		  err);
	l->p.n_blocks += end - first;
	l->p.n_best += tk_top_k(l->best + l->p.n_best, k, keys + row,
				stop - row, (uint32_t)row);
}

/* Cuts 'n' keys into random parts, in random order. */
static void split(struct lists *l, struct rng *r, size_t n, size_t k,
		  double temperature)
{
	const size_t n_blocks = (n + TK_BLOCK_ROWS - 1) / TK_BLOCK_ROWS;
	size_t cuts[MAX_BLOCKS + 1] = {0};
	size_t n_parts = 0, at = 0;

	while (at < n_blocks) {
		at += 1 + rng_below(r, n_blocks - at);
		cuts[++n_parts] = at;
	}
	start(l);
	/* Odd parts first, then the even ones from the end. */
	for (size_t i = 1; i < n_parts; i += 2)
		add_part(l, cuts[i], cuts[i + 1], n, k, temperature);
	for (size_t i = (n_parts + 1) / 2; i--;)
		add_part(l, cuts[2 * i], cuts[2 * i + 1], n, k, temperature);
}

static void check_equal(const struct tk_normalizer *nz, size_t n, size_t k,
			double temperature)
{
	static struct tk_candidate best[MAX_ROWS];
	struct tk_normalizer must = tk_normalize(m, keys, n, temperature);
	size_t n_best = tk_top_k(best, k, keys, n, 0);

	assert_memory_equal(&nz->max, &must.max, sizeof(must.max));
	assert_memory_equal(&nz->sum, &must.sum, sizeof(must.sum));
	assert_true(nz->temperature == must.temperature);
	assert_int_equal(joined.p.n_best, n_best);
	if (n_best)
		assert_memory_equal(joined.best, best,
				    n_best * sizeof(best[0]));
}

static void test_any_split(void **state)
{
	static const size_t ks[] = {1, 2, 10, 700, 1500, MAX_ROWS};
	struct rng r = {97};

	(void)state;
	for (int i = 0; i < 300; i++) {
		size_t n = rng_below(&r, i % 10 ? 9000 : MAX_ROWS) + 1;
		size_t k = ks[rng_below(&r, LEN(ks))];
		double temperature = ldexp(1, (int)rng_below(&r, 9) - 4);
		struct tk_normalizer nz;

		random_keys(&r, n);
		split(&joined, &r, n, k, temperature);
		assert_ok(tk_merge(&nz, &joined.p, k, temperature, &err), err);
		check_equal(&nz, n, k, temperature);
	}
}

/* The best of all, twice: in the last row of a part, the first of another. */
static void test_ties_across_parts(void **state)
{
	struct tk_normalizer nz;
	const size_t n = 3 * TK_BLOCK_ROWS;

	(void)state;
	for (size_t i = 0; i < n; i++)
		keys[i] = 1;
	keys[TK_BLOCK_ROWS - 1] = keys[TK_BLOCK_ROWS] = 2;
	keys[n - 1] = 2;
	start(&joined);
	add_part(&joined, 2, 3, n, 2, 1);
	add_part(&joined, 1, 2, n, 2, 1);
	add_part(&joined, 0, 1, n, 2, 1);
	assert_ok(tk_merge(&nz, &joined.p, 4, 1, &err), err);
	assert_int_equal(joined.p.n_best, 4);
	assert_int_equal(joined.best[0].id, TK_BLOCK_ROWS - 1);
	assert_int_equal(joined.best[1].id, TK_BLOCK_ROWS);
	assert_int_equal(joined.best[2].id, n - 1);
	assert_int_equal(joined.best[3].id, 0);
}

static void test_nothing(void **state)
{
	struct tk_normalizer nz, must;

	(void)state;
	start(&joined);
	assert_ok(tk_merge(&nz, &joined.p, 5, 0, &err), err);
	assert_int_equal(joined.p.n_best, 0);
	assert_true(nz.sum == 0);
	for (size_t i = 0; i < 2000; i++)
		keys[i] = -INFINITY;
	start(&joined);
	add_part(&joined, 0, 2, 2000, 5, 1);
	assert_ok(tk_merge(&nz, &joined.p, 5, 1, &err), err);
	must = tk_normalize(m, keys, 2000, 1);
	assert_int_equal(joined.p.n_best, 0);
	assert_true(nz.max == -INFINITY && must.max == -INFINITY);
	assert_true(nz.sum == 0 && must.sum == 0);
}

static void start_four(void)
{
	struct rng r = {5};

	random_keys(&r, 4 * TK_BLOCK_ROWS);
	start(&joined);
	add_part(&joined, 0, 4, 4 * TK_BLOCK_ROWS, 3, 1);
}

static void refuse(const char *part)
{
	struct tk_normalizer nz;

	assert_status(tk_merge(&nz, &joined.p, 9, 1, &err), TK_E_VALUE);
	if (!strstr(err.message, part))
		fail_msg("no \"%s\" in: %s", part, err.message);
}

static void test_lists_that_are_wrong(void **state)
{
	struct tk_block blocks[2];

	(void)state;
	start_four();
	joined.blocks[1].index = 2;
	refuse("block 2 is there twice");
	start_four();
	joined.blocks[3].index = 0;
	refuse("block 0 is there twice");
	start_four();
	joined.blocks[0].index = 4;
	refuse("block 4 of 4 blocks: one before it is missing");
	start_four();
	joined.blocks[2].index = UINT64_MAX;
	refuse("one before it is missing");
	start_four();
	joined.best[2] = joined.best[0];
	refuse("is there twice");
	start_four();
	joined.best[1].key = NAN;
	refuse("is not a number");
	/* Half a block off. */
	assert_status(tk_block_sums(blocks, m, keys, TK_BLOCK_ROWS / 2, 5, 1,
				    &err),
		      TK_E_ARGUMENT);
	assert_string_equal(err.message,
			    "rows are cut at multiples of 1024, not at 512");
}

/* Ranks, against the list of all. */
static void test_ranks(void **state)
{
	static struct tk_candidate all[MAX_ROWS];
	struct rng r = {131};
	const size_t n = 5000, cut = 1700;
	size_t n_all;

	(void)state;
	random_keys(&r, n);
	n_all = tk_top_k(all, n, keys, n, 0);
	for (size_t i = 0; i < n_all; i += 13) {
		size_t rank = tk_n_better(all[i], keys, cut, 0) +
			      tk_n_better(all[i], keys + cut, n - cut,
					  (uint32_t)cut);

		assert_int_equal(rank, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_split),
		cmocka_unit_test(test_ties_across_parts),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_lists_that_are_wrong),
		cmocka_unit_test(test_ranks),
	};

	return cmocka_run_group_tests(tests, open_model, close_model);
}
