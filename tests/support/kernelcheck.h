/* SPDX-License-Identifier: MIT */
/*
 * kernelcheck.h - does a kernel give the bits of the scalar one?
 *
 * Needs nothing but the kernels, so that it can be built for another
 * processor and emulated.
 */
#ifndef KERNELCHECK_H
#define KERNELCHECK_H

#include "compute/kernels/kernels.h"
#include "rng.h"

#define CHECK_ROWS 19
#define CHECK_COLS 12288

/* What the numbers are like; each kind has a sign on half of them. */
enum check_kind {
	CHECK_NARROW,	 /* exponents that do not overflow */
	CHECK_WIDE,	 /* finite, of the whole range of the type */
	CHECK_SUBNORMAL, /* most of them */
	CHECK_SPECIAL,	 /* wide, and now and then an Inf or a NaN */
	N_CHECK_KINDS,
};

/* Rows with 0xff between them, and vectors at an odd place. */
struct check {
	struct tk_matrix m;
	const float *hs[TK_BATCH];
};

/* Makes rows and vectors; what it points to is overwritten by the next. */
struct check check_make(struct rng *r, enum tk_dtype dtype, size_t d,
			enum check_kind kind);

/*
 * Sums of rows first ... with n_hs vectors, by 'kernel' and the scalar one.
 * False, and two lines on stderr, if a bit differs; any NaN is as any other.
 */
bool check_kernel(const struct check *c, const struct tk_kernel *kernel,
		  enum tk_sum sum, uint64_t first, uint64_t n, size_t n_hs);

/*
 * All types and kinds for columns from ... to, 'step' apart, with one vector,
 * with two to eight, and sums of squares; returns how many differed.
 */
size_t check_columns(const struct tk_kernel *kernel, size_t from, size_t to,
		     size_t step);

/*
 * The largest key of 'n' rows, at most CHECK_KEYS, for both rules; now and
 * then a row has none.  False, and a line on stderr, if a bit differs.
 */
#define CHECK_KEYS 300

bool check_largest(const struct tk_kernel *kernel, struct rng *r, size_t n);

/* ---- planes of a sketch ---- */

#define CHECK_BLOCKS 192

/*
 * n_planes of n_blocks blocks of any bytes, with any digits, by 'kernel' and
 * by the scalar one; with 'extreme' all bytes and digits are the same, and as
 * large as they come.  False, and a line on stderr, if a bit differs.
 */
bool check_planes(const struct tk_kernel *kernel, struct rng *r,
		  size_t n_planes, size_t n_blocks, bool extreme);

#endif /* KERNELCHECK_H */
