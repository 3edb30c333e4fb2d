/* SPDX-License-Identifier: MIT */
/*
 * expsum.h - exp, tanh and sums of exponentials without libm
 */
#ifndef TK_EXPSUM_H
#define TK_EXPSUM_H

#include "libformat/compute.h"

/* tk_exp() and tk_tanh() in a rounding environment that is set already. */
double tk_exp_raw(double x);
double tk_tanh_raw(double x);

#endif /* TK_EXPSUM_H */
