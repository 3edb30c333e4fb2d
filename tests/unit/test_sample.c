/* SPDX-License-Identifier: MIT */
/*
 * test_sample.c - random numbers against published ones, draws against the
 * exact probabilities, cuts against what they mean
 *
 * spec/vectors.txt has whole runs, from an implementation in Python.
 */
#include <math.h>

#include "forge.h"
#include "fpmodes.h"
#include "test.h"

#define N_ROWS 60
#define N_DRAWS 100000

static struct tk_error err;
static struct tk_container *c;
static struct tk_model *m;
static struct image im;
static float keys[N_ROWS];

static int open_model(void **state)
{
	struct rng r = {1};
	struct forge f;

	(void)state;
	forge_start(&f);
	f.hp.logit_scale = 0.5F;
	forge_random(&f, TK_KIND_W_U, TK_F32, 6, 4, &r);
	im = forge_image(&f);
	forge_end(&f);
	assert_ok(tk_container_open_bytes(&c, image_bytes(&im), &err), err);
	assert_ok(tk_model_open(&m, c, &err), err);
	for (size_t i = 0; i < N_ROWS; i++)
		keys[i] = 5 * rng_float(&r);
	keys[3] = keys[17]; /* a tie */
	keys[8] = -INFINITY;
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

/* The authors' own programs print these. */
static void test_published_numbers(void **state)
{
	static const uint64_t xoshiro[] = {11520, 0, 1509978240,
					   1215971899390074240};
	struct tk_rng r;

	(void)state;
	tk_rng_seed(&r, 1234567);
	assert_true(r.s[0] == UINT64_C(6457827717110365317));
	assert_true(r.s[1] == UINT64_C(3203168211198807973));
	assert_true(r.s[2] == UINT64_C(9817491932198370423));
	assert_true(r.s[3] == UINT64_C(4593380528125082431));
	r = (struct tk_rng){{1, 2, 3, 4}};
	for (size_t i = 0; i < LEN(xoshiro); i++)
		assert_true(tk_rng_next(&r) == xoshiro[i]);
}

static void draw(size_t counts[N_ROWS], const struct tk_normalizer *nz,
		 const struct tk_cuts *cuts, uint64_t seed)
{
	struct tk_candidate scratch[N_ROWS];
	struct tk_rng rng;

	memset(counts, 0, N_ROWS * sizeof(counts[0]));
	tk_rng_seed(&rng, seed);
	for (size_t i = 0; i < N_DRAWS; i++) {
		uint32_t id = tk_sample(&rng, scratch, m, keys, N_ROWS, nz,
					cuts);

		assert_true(id < N_ROWS);
		counts[id]++;
	}
}

struct chi2 {
	double sum;
	double cells;
};

static void add_cell(struct chi2 *c2, double count, double must)
{
	c2->sum += (count - must) * (count - must) / must;
	c2->cells += 1;
}

/*
 * Chi-square over the ids with weight[i] > 0, the rare ones taken together;
 * the others must not come.  For f degrees of freedom its mean is f, its
 * deviation sqrt(2 f).
 */
static void check_distribution(const size_t counts[N_ROWS],
			       const double weight[N_ROWS])
{
	double total = 0, rare = 0, must_rare = 0, f;
	struct chi2 c2 = {0, 0};

	for (size_t i = 0; i < N_ROWS; i++)
		total += weight[i];
	for (size_t i = 0; i < N_ROWS; i++) {
		double must = N_DRAWS * weight[i] / total;

		if (!(weight[i] > 0)) {
			assert_int_equal(counts[i], 0);
		} else if (must < 20) {
			rare += (double)counts[i];
			must_rare += must;
		} else {
			add_cell(&c2, (double)counts[i], must);
		}
	}
	if (must_rare > 0)
		add_cell(&c2, rare, must_rare);
	f = c2.cells - 1;
	if (fabs(c2.sum - f) > 4 * sqrt(2 * f))
		fail_msg("chi-square %g with %g degrees of freedom", c2.sum,
			 f);
}

static void test_distribution(void **state)
{
	static const double temperatures[] = {0.4, 1, 3};
	const struct tk_cuts none = {.top_p = 1};
	size_t counts[N_ROWS];
	double weight[N_ROWS];

	(void)state;
	for (size_t t = 0; t < LEN(temperatures); t++) {
		struct tk_normalizer nz =
			tk_normalize(m, keys, N_ROWS, temperatures[t]);

		for (size_t i = 0; i < N_ROWS; i++)
			weight[i] = exp(0.5 * (double)keys[i] /
					temperatures[t]);
		draw(counts, &nz, &none, 11 + t);
		check_distribution(counts, weight);
	}
}

static void test_distribution_of_cuts(void **state)
{
	static const struct tk_cuts cuts[] = {
		{7, 1, 0}, {0, 0.8, 0}, {0, 1, 0.1}, {30, 0.9, 0.05}};
	struct tk_normalizer nz = tk_normalize(m, keys, N_ROWS, 1);
	struct tk_candidate left[N_ROWS];
	size_t counts[N_ROWS];

	(void)state;
	for (size_t j = 0; j < LEN(cuts); j++) {
		double weight[N_ROWS] = {0};
		size_t n = tk_cut(left, m, keys, N_ROWS, &nz, &cuts[j]);

		assert_true(n > 1 && n < N_ROWS);
		for (size_t i = 0; i < n; i++)
			weight[left[i].id] = exp(0.5 * (double)left[i].key);
		draw(counts, &nz, &cuts[j], 21 + j);
		check_distribution(counts, weight);
	}
}

static size_t n_left(uint64_t top_k, double top_p, double min_p)
{
	struct tk_candidate left[N_ROWS], best[N_ROWS];
	struct tk_normalizer nz = tk_normalize(m, keys, N_ROWS, 1);
	const struct tk_cuts cuts = {top_k, top_p, min_p};
	size_t n = tk_cut(left, m, keys, N_ROWS, &nz, &cuts);

	/* What is left is the beginning of the ranking. */
	tk_top_k(best, N_ROWS, keys, N_ROWS, 0);
	assert_memory_equal(left, best, n * sizeof(best[0]));
	return n;
}

static void test_cuts(void **state)
{
	struct tk_candidate best[N_ROWS];
	struct tk_normalizer nz = tk_normalize(m, keys, N_ROWS, 1);
	double sum = 0;
	size_t n;

	(void)state;
	assert_int_equal(n_left(0, 1, 0), N_ROWS - 1);
	assert_int_equal(n_left(5, 1, 0), 5);
	assert_int_equal(n_left(UINT64_MAX, 1, 0), N_ROWS - 1);
	assert_int_equal(n_left(0, 0, 0), 1);
	assert_int_equal(n_left(0, 1, 1), 1);
	n = n_left(0, 0.6, 0);
	tk_top_k(best, N_ROWS, keys, N_ROWS, 0);
	for (size_t i = 0; i < n; i++) {
		assert_true(sum < 0.6);
		sum += tk_prob(&nz, tk_logit(m, best[i].key));
	}
	assert_true(sum >= 0.6);
	n = n_left(0, 1, 0.3);
	assert_true(exp(0.5 * (double)(best[n - 1].key - best[0].key)) >= 0.3);
	assert_true(exp(0.5 * (double)(best[n].key - best[0].key)) < 0.3);
	/* top-p counts its share in what top-k has left. */
	assert_true(n_left(10, 0.6, 0) < n_left(0, 0.6, 0));
}

/* Equal weights stay together under a min-p of 1, not under another cut. */
static void test_cuts_of_ties(void **state)
{
	const float ties[4] = {1, 2, 2, 0};
	struct tk_normalizer nz = tk_normalize(m, ties, 4, 1);
	struct tk_candidate left[4];

	(void)state;
	assert_int_equal(tk_cut(left, m, ties, 4, &nz,
				&(struct tk_cuts){0, 1, 1}),
			 2);
	assert_int_equal(left[0].id, 1);
	assert_int_equal(left[1].id, 2);
	assert_int_equal(tk_cut(left, m, ties, 4, &nz,
				&(struct tk_cuts){1, 1, 1}),
			 1);
	assert_int_equal(tk_cut(left, m, ties, 4, &nz,
				&(struct tk_cuts){0, 0, 1}),
			 1);
	assert_int_equal(left[0].id, 1);
}

static void test_nothing_to_draw(void **state)
{
	const float none[2] = {-INFINITY, -INFINITY};
	const struct tk_cuts cuts[] = {{0, 1, 0}, {1, 0.5, 0.5}};
	struct tk_normalizer nz = tk_normalize(m, none, 2, 1);
	struct tk_candidate scratch[2];
	struct tk_rng rng;

	(void)state;
	tk_rng_seed(&rng, 0);
	for (size_t i = 0; i < LEN(cuts); i++)
		assert_true(tk_sample(&rng, scratch, m, none, 2, &nz,
				      &cuts[i]) == TK_NO_ID);
}

/* Rounding and flushing that the caller has set change nothing, and stay. */
static void test_modes(void **state)
{
	const struct tk_cuts cuts[] = {{0, 1, 0}, {0, 0.9, 0.01}};
	struct tk_normalizer nz = tk_normalize(m, keys, N_ROWS, 1);
	struct tk_candidate scratch[N_ROWS];
	uint32_t must[200] = {0};

	(void)state;
	for (int mode = 0; mode < N_FPMODES; mode++) {
		struct tk_rng rng;

		tk_rng_seed(&rng, 9);
		for (size_t i = 0; i < LEN(must); i++) {
			unsigned before;
			uint32_t id;

			fpmode_set(mode);
			before = fpmode_get();
			id = tk_sample(&rng, scratch, m, keys, N_ROWS, &nz,
				       &cuts[i % 2]);
			assert_int_equal(before, fpmode_get());
			fpmode_set(0);
			if (!mode)
				must[i] = id;
			assert_int_equal(id, must[i]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published_numbers),
		cmocka_unit_test(test_distribution),
		cmocka_unit_test(test_distribution_of_cuts),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_cuts_of_ties),
		cmocka_unit_test(test_nothing_to_draw),
		cmocka_unit_test(test_modes),
	};

	return cmocka_run_group_tests(tests, open_model, close_model);
}
