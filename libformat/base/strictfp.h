/* SPDX-License-Identifier: MIT */
/*
 * strictfp.h - refuses a compiler that would not do the sums as they stand
 *
 * The order of the sums is part of the format (spec/compute.md 1 and 2).  A
 * fused multiply-add, or sums that were taken for associative, change the
 * bits of the results and nothing else: nobody would notice.  So what can be
 * known while compiling is checked here, in every file that computes.
 *
 * gcc fuses by default, ignores the standard's pragma, and has no macro that
 * tells; but as strict C11 it does not fuse, and __GCC_IEC_559 is 0 there if
 * an option makes it do so after all.  clang follows the pragma; its
 * -ffp-contract=fast is left to the tests to find.
 */
#ifndef TK_STRICTFP_H
#define TK_STRICTFP_H

#include <float.h>

#if defined(__FAST_MATH__) || __FINITE_MATH_ONLY__ + 0
#error "libformat cannot be compiled with -ffast-math or parts of it"
#endif

/* 32-bit x86 computes with 80 bits unless it is told to use SSE2. */
#if FLT_EVAL_METHOD != 0
#error "libformat needs float to be float: -msse2 -mfpmath=sse"
#endif

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#if !defined(__STRICT_ANSI__)
#error "libformat must not fuse additions: -std=c11 -D_POSIX_C_SOURCE=200809L"
#elif !__GCC_IEC_559
#error "libformat needs IEEE 754: no -ffp-contract=fast, no -funsafe-..."
#endif
#endif

#endif /* TK_STRICTFP_H */
