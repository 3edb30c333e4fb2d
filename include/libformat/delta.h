/* SPDX-License-Identifier: MIT */
/*
 * libformat/delta.h - how far the rows of two matrices are apart
 *
 * Rows are compared as they lie, whatever their dtypes, widened to f32.  The
 * results are the same bits on every machine and for any number of threads
 * (spec/compute.md 8).
 *
 * Elements are the same if their bits are: a NaN is the same as itself, and
 * -0 is not +0, though their difference is 0.
 */
#ifndef LIBFORMAT_DELTA_H
#define LIBFORMAT_DELTA_H

#include "libformat/model.h"
#include "libformat/parallel.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One row a against one row b. */
struct tk_row_delta {
	double max_abs; /* the largest |a - b| among those that are finite */
	double cos;	/* -1 ... 1; NaN: a row is zero, or not finite */
	uint32_t n_differ;   /* elements that are not the same */
	uint32_t n_beyond;   /* of them, those that are further apart than
				rounding explains, see below */
	uint32_t n_unfit;    /* of them, those whose |a - b| is not finite: a
				NaN, or an infinity on one side */
};

#pragma GCC visibility push(default)

/*
 * out[i] = row first_a + i of 'a' against row first_b + i of 'b', for i = 0
 * ... n - 1.  'parallel' may be NULL.  Any row_stride that holds the elements
 * is fine, and any address: b_U is a matrix of one column to this function if
 * its row_stride is the size of an element.
 *
 * TK_E_SHAPE if the columns are not as many, TK_E_ARGUMENT for rows that are
 * not there.  Cost: the bytes of both, at the speed of the memory.
 */
enum tk_status tk_delta_rows(struct tk_row_delta *out, struct tk_matrix a,
			     uint64_t first_a, struct tk_matrix b,
			     uint64_t first_b, uint64_t n,
			     const struct tk_parallel *parallel,
			     struct tk_error *err);

/*
 * The dtype whose rounding n_beyond is about: the coarser one of two, or bf16
 * where both are the same, q8 aside.
 *
 * Rounding explains |a - b| up to half a step of that dtype.  Of bf16 and f16,
 * a step is the distance from one number to the next, where the finer one of a
 * and b is (a, if both are the same).  Of q8, half a step is 0.531 times the
 * larger scale: half of it, and what rounding the scale itself adds.  No
 * number's step counts as less than that of 2^-100.
 */
enum tk_dtype tk_delta_rounding(enum tk_dtype a, enum tk_dtype b);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif /* LIBFORMAT_DELTA_H */
