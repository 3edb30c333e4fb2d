/* SPDX-License-Identifier: MIT */
/*
 * test_exps.c - sums of exponentials: every kernel gives the scalar one's bits
 */
#include <math.h>

#include "compute/kernels/kernels.h"
#include "rng.h"
#include "test.h"

#define MOST 1024

static void fill(double *x, size_t n, double max, struct rng *r)
{
	static const double edges[] = {
		0,     -0x1p-1074, -0x1p-60, -0x1.62e42fefa39efp-2, -1,
		-707,  -708,	   -709,     -1e10,		     -1e300,
		-0x1.61fffffffffffp+9,	     -0x1.6200000000001p+9, -INFINITY,
	};

	for (size_t i = 0; i < n; i++)
		switch (rng_below(r, 4)) {
		case 0:
			x[i] = max + edges[rng_below(r, LEN(edges))];
			break;
		case 1:
			x[i] = max - (double)(rng_u64(r) >> 40) * 0x1p-14;
			break;
		default:
			x[i] = max - (double)(rng_u64(r) >> 11) * 0x1p-49;
		}
}

static void check(const struct tk_kernel *k, const double *x, size_t n,
		  double max, const double start[8])
{
	double want[8], is[8];

	memcpy(want, start, sizeof(want));
	memcpy(is, start, sizeof(is));
	tk_exp_sum_scalar(want, x, n, max);
	k->exp_sum(is, x, n, max);
	if (memcmp(want, is, sizeof(want)))
		fail_msg("%s: %zu exponentials: %a, not %a", k->name, n, is[0],
			 want[0]);
}

static void test_same_bits(void **state)
{
	static double x[MOST];
	const struct tk_kernel *k;
	struct rng r = {31};

	(void)state;
	for (size_t i = 0; (k = tk_kernel_at(i)); i++) {
		for (int round = 0; k->is_supported() && round < 3000;
		     round++) {
			size_t n = round < 60 ? (size_t)round
					      : rng_below(&r, MOST + 1);
			double max = (double)rng_float(&r) * 1000;
			double start[8] = {0};

			fill(x, n, max, &r);
			for (size_t j = 0; round % 2 && j < 8; j++)
				start[j] = (double)(rng_u64(&r) >> 20);
			check(k, x, n, max, start);
		}
	}
}

/* One by one: the terms themselves, and not only what is left of a sum. */
static void test_terms(void **state)
{
	const struct tk_kernel *k;
	double x[8], zero[8] = {0};
	struct rng r = {37};

	(void)state;
	for (size_t i = 0; (k = tk_kernel_at(i)); i++)
		for (int round = 0; k->is_supported() && round < 100000;
		     round++) {
			fill(x, 8, 0, &r);
			check(k, x, 8, 0, zero);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_bits),
		cmocka_unit_test(test_terms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
