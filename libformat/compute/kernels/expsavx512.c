/* SPDX-License-Identifier: MIT */
/*
 * expsavx512.c - sums of exponentials with vectors of 512 bits
 */
#if defined(__x86_64__)
#define TARGET __attribute__((target("avx512f,avx512dq")))
#define EXP_SUM tk_exp_sum_avx512
#include "compute/kernels/exps.h"
#else
typedef int tk_no_avx512; /* ISO C has no empty translation unit */
#endif
