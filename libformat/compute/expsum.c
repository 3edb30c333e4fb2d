/* SPDX-License-Identifier: MIT */
/*
 * expsum.c - exp and tanh without libm; logits and their probabilities
 *
 * libm differs between machines, and between processors of one machine; these
 * follow spec/compute.md 4 operation by operation.
 */
#include "compute/expsum.h"

#include <math.h>
#include <string.h>

#include "base/fpenv.h"

/* 1 / n!, rounded; the coefficients of the Taylor polynomial of exp. */
const double tk_inverse_factorial[14] = {
	1.0,
	1.0,
	1.0 / 2,
	1.0 / 6,
	1.0 / 24,
	1.0 / 120,
	1.0 / 720,
	1.0 / 5040,
	1.0 / 40320,
	1.0 / 362880,
	1.0 / 3628800,
	1.0 / 39916800,
	1.0 / 479001600,
	1.0 / 6227020800.0,
};

/* 2^k for -1022 <= k <= 1023. */
static double power_of_two(int k)
{
	uint64_t bits = (uint64_t)(k + 1023) << 52;
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

double tk_exp_raw(double x)
{
	double k, r, p;

	if (!(x > -708))
		return 0;
	/* Only a sketch that lies asks for it: its bounds are then none. */
	if (x > 708)
		return INFINITY;
	k = rint(x * 0x1.71547652b82fep0);
	r = (x - k * 0x1.62e42fee00000p-1) - k * 0x1.a39ef35793c76p-33;
	p = tk_inverse_factorial[13];
	for (int n = 12; n >= 0; n--)
		p = p * r + tk_inverse_factorial[n];
	return p * power_of_two((int)k);
}

double tk_tanh_raw(double x)
{
	double a = fabs(x), t;

	if (a < 0x1p-7) {
		double y = x * x;

		t = a * (1 - y * (1.0 / 3 - y * (2.0 / 15 - 17 * y / 315)));
	} else {
		double e = tk_exp_raw(-2 * a);

		t = (1 - e) / (1 + e);
	}
	return copysign(t, x);
}

double tk_exp(double x)
{
	tk_fpenv env = tk_fpenv_set();

	TK_FPENV_HOLD(x);
	x = tk_exp_raw(x);
	TK_FPENV_HOLD(x);
	tk_fpenv_restore(env);
	return x;
}

double tk_tanh(double x)
{
	tk_fpenv env = tk_fpenv_set();

	TK_FPENV_HOLD(x);
	x = tk_tanh_raw(x);
	TK_FPENV_HOLD(x);
	tk_fpenv_restore(env);
	return x;
}

/* ---- the logit of a key ---- */

float tk_logit_raw(const struct tk_hparams *hp, float key)
{
	float u = key * hp->logit_scale;
	double c = (double)hp->logit_softcap;

	/* Never predicted: no cap gives it a probability back. */
	if (key == -INFINITY)
		return key;
	return hp->logit_softcap > 0
		       ? (float)(c * tk_tanh_raw((double)u / c))
		       : u;
}

float tk_logit(const struct tk_model *m, float key)
{
	struct tk_hparams hp = tk_model_hparams(m);
	tk_fpenv env = tk_fpenv_set();
	float z;

	TK_FPENV_HOLD(key);
	z = tk_logit_raw(&hp, key);
	TK_FPENV_HOLD(z);
	tk_fpenv_restore(env);
	return z;
}

/* ---- probabilities ---- */

double tk_log_normalizer(const struct tk_normalizer *nz)
{
	tk_fpenv env = tk_fpenv_set();
	double x = nz->max + log(nz->sum);

	TK_FPENV_HOLD(x);
	tk_fpenv_restore(env);
	return x;
}

double tk_prob(const struct tk_normalizer *nz, float z)
{
	tk_fpenv env = tk_fpenv_set();
	double x, p;

	TK_FPENV_HOLD(z);
	x = (double)z / nz->temperature - nz->max;
	/* Above the maximum only for a z that was not among the keys. */
	p = x > 0 ? 1 / nz->sum : tk_exp_raw(x) / nz->sum;
	TK_FPENV_HOLD(p);
	tk_fpenv_restore(env);
	return p;
}

double tk_logprob(const struct tk_normalizer *nz, float z)
{
	tk_fpenv env = tk_fpenv_set();
	double x;

	TK_FPENV_HOLD(z);
	x = (double)z / nz->temperature - tk_log_normalizer(nz);
	TK_FPENV_HOLD(x);
	tk_fpenv_restore(env);
	return x;
}
