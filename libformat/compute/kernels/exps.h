/* SPDX-License-Identifier: MIT */
/*
 * exps.h - exp in vectors of eight f64: spec/compute.md 4.1, summed by 4.3
 *
 * Included once by each instruction set, which defines TARGET and EXP_SUM.
 * The steps are those of tk_exp_raw() in expsum.c, with two shortcuts that
 * give the same bits: adding 1.5 * 2^52 rounds to an integer, ties to even,
 * and leaves it in the low bits, where 2^k is made from.
 */
#include <string.h>

#include "compute/expsum.h"
#include "compute/kernels/kernels.h"

#define EXP_LANES 8

typedef double exps __attribute__((vector_size(8 * EXP_LANES)));
typedef int64_t exps_bits __attribute__((vector_size(8 * EXP_LANES)));

/* lanes[i % 8] += exp(x[i] - max) for i = 0 ... n - 1, none above 0. */
TARGET void EXP_SUM(double lanes[EXP_LANES], const double *x, size_t n,
		    double max)
{
	const double round = 0x1.8p52;
	size_t i = 0;
	exps sum;

	memcpy(&sum, lanes, sizeof(sum));
	for (; n - i >= EXP_LANES; i += EXP_LANES) {
		exps v, t, k, r, p, scale;
		exps_bits bits;

		memcpy(&v, x + i, sizeof(v));
		v = v - max;
		t = v * 0x1.71547652b82fep0 + round;
		k = t - round;
		r = (v - k * 0x1.62e42fee00000p-1) - k * 0x1.a39ef35793c76p-33;
		p = r * tk_inverse_factorial[13] + tk_inverse_factorial[12];
		for (int j = 11; j >= 0; j--)
			p = p * r + tk_inverse_factorial[j];
		memcpy(&bits, &t, sizeof(bits));
		bits = (bits + 1023) << 52;
		memcpy(&scale, &bits, sizeof(scale));
		p = p * scale;
		/* Below -708, and for -Inf, whose p is a NaN: 0. */
		memcpy(&bits, &p, sizeof(bits));
		bits &= v > -708.0;
		memcpy(&p, &bits, sizeof(p));
		sum = sum + p;
	}
	memcpy(lanes, &sum, sizeof(sum));
	for (; i < n; i++)
		lanes[i % EXP_LANES] += tk_exp_raw(x[i] - max);
}
