/* SPDX-License-Identifier: MIT */
/*
 * expsavx2.c - sums of exponentials with vectors of 256 bits
 */
#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2")))
#define EXP_SUM tk_exp_sum_avx2
#include "compute/kernels/exps.h"
#else
typedef int tk_no_avx2; /* ISO C has no empty translation unit */
#endif
