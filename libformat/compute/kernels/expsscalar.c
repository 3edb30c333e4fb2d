/* SPDX-License-Identifier: MIT */
/*
 * expsscalar.c - sums of exponentials in plain C: the reference
 */
#include "compute/expsum.h"
#include "compute/kernels/kernels.h"

void tk_exp_sum_scalar(double lanes[8], const double *x, size_t n, double max)
{
	for (size_t i = 0; i < n; i++)
		lanes[i % 8] += tk_exp_raw(x[i] - max);
}
