/* SPDX-License-Identifier: MIT */
/*
 * test_spearman.c - rank correlation, with ties, against other people's
 */
#include "test.h"

#include <math.h>

#include "rng.h"
#include "spearman.h"

#define assert_near(x, want) assert_true(fabs((x) - (want)) < 1e-15)

static void no_ties(void **state)
{
	/* 1 - 6 sum d^2 / (n (n^2 - 1)), with sum d^2 = 194: the worked
	   example of Wikipedia's article on the coefficient. */
	static const double iq[] = {106, 100, 86, 101, 99,
				    103, 97,  113, 112, 110};
	static const double tv[] = {7, 27, 2, 50, 28, 29, 20, 12, 6, 17};
	double x[LEN(iq)];

	(void)state;
	assert_near(spearman(iq, tv, LEN(iq)), 1 - 6 * 194.0 / 990);
	assert_true(spearman(iq, iq, LEN(iq)) == 1);
	for (size_t i = 0; i < LEN(iq); i++)
		x[i] = -exp(iq[i]);
	assert_true(spearman(iq, x, LEN(iq)) == -1);
}

static void ties(void **state)
{
	/* Ranks 1 2.5 2.5 4 and 1.5 1.5 4 3: worked out by hand. */
	static const double x[] = {0, 3, 3, 9};
	static const double y[] = {2, 2, 8, 5};

	(void)state;
	assert_near(spearman(x, y, 4), 2.25 / 4.5);
	assert_near(spearman(y, x, 4), 2.25 / 4.5);
}

static void none(void **state)
{
	static const double x[] = {1, 2, 3}, same[] = {7, 7, 7};

	(void)state;
	assert_true(isnan(spearman(x, x, 0)));
	assert_true(isnan(spearman(x, x, 1)));
	assert_true(isnan(spearman(x, same, 3)));
	assert_true(isnan(spearman(same, x, 3)));
	assert_true(spearman(x, x, 2) == 1);
}

/* The mean rank of a number: those below it, and half of its equals. */
static double rank_of(const double *x, size_t n, size_t i)
{
	double rank = 0.5;

	for (size_t j = 0; j < n; j++)
		rank += x[j] < x[i] ? 1 : x[j] > x[i] ? 0 : 0.5;
	return rank;
}

static double by_definition(const double *x, const double *y, size_t n)
{
	const double mean = ((double)n + 1) / 2;
	double xx = 0, xy = 0, yy = 0;

	for (size_t i = 0; i < n; i++) {
		double a = rank_of(x, n, i) - mean;
		double b = rank_of(y, n, i) - mean;

		xx += a * a;
		xy += a * b;
		yy += b * b;
	}
	return xy / sqrt(xx) / sqrt(yy);
}

static void random_lists(void **state)
{
	double x[60], y[60], want;
	struct rng r = {11};

	(void)state;
	for (size_t n = 0; n < 500; n++) {
		size_t len = rng_below(&r, LEN(x));

		for (size_t i = 0; i < len; i++) {
			x[i] = (double)rng_below(&r, 9) - 4;
			y[i] = (double)rng_below(&r, 30);
		}
		want = by_definition(x, y, len);
		if (isnan(want) || len < 2)
			assert_true(isnan(spearman(x, y, len)));
		else
			assert_true(fabs(spearman(x, y, len) - want) < 1e-14);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_ties),
		cmocka_unit_test(ties),
		cmocka_unit_test(none),
		cmocka_unit_test(random_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
