/* SPDX-License-Identifier: MIT */
/*
 * expsum.h - exp and tanh without libm; logits
 */
#ifndef TK_EXPSUM_H
#define TK_EXPSUM_H

#include "libformat/compute.h"

/* 1 / n!, rounded: spec/compute.md 4.1. */
extern const double tk_inverse_factorial[14];

/* tk_exp() and tk_tanh() in a rounding environment that is set already. */
double tk_exp_raw(double x);
double tk_tanh_raw(double x);

/* tk_logit() there too. */
float tk_logit_raw(const struct tk_hparams *hp, float key);

#endif /* TK_EXPSUM_H */
