/* SPDX-License-Identifier: MIT */
/*
 * libformat/rows.h - what the rows of a matrix are like
 *
 * Norms, which way the rows point together, and how the rows of W_E and W_U
 * go with each other: all of it in one pass, from the rows where they lie, the
 * same bits on every machine and for any number of threads (spec/compute.md
 * 9).
 *
 *     struct tk_row_survey e = {.m = w_e, .n_rows = w_e.rows, .n_mean = n,
 *                               .norms = norms, .mean = mean};
 *
 *     if (!tk_survey_rows(&e, NULL, NULL, NULL, &err))
 *             ...norms[0 ... n_rows - 1]
 *
 * The mean cosine of two different rows, 0 if rows point everywhere alike and
 * 1 if all point the same way, is (u |mean|^2 - 1) / (u - 1), u being n_units.
 */
#ifndef LIBFORMAT_ROWS_H
#define LIBFORMAT_ROWS_H

#include "libformat/model.h"
#include "libformat/parallel.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A matrix, what is asked of it, and the answer. */
struct tk_row_survey {
	struct tk_matrix m;
	uint64_t n_rows; /* rows from here on are not read */
	uint64_t n_mean; /* of them, rows from here on are not in the mean */
	float *norms;	 /* [n_rows] |row|; 0: a row of zeros; NaN (0x7fc00000):
			    an element is not finite; Inf: beyond f32 */
	double *mean;	 /* [cols] of row / |row|, of those that have a norm
			    above 0; zeros if none has.  NULL: not wanted */
	uint64_t n_units; /* rows that are in the mean */
};

#pragma GCC visibility push(default)

/*
 * Fills in norms, mean and n_units of 'a' and, unless it is NULL, of 'b'; and
 * cosines[the lesser of both n_rows], unless it is NULL, with the cosine of
 * each row of 'a' with the same row of 'b', by tk_delta_rows(): NaN if one is
 * zero or not finite.
 *
 * TK_E_ARGUMENT if n_rows is more than there are, or n_mean more than n_rows;
 * TK_E_SHAPE if cosines are wanted of rows of different lengths; TK_E_MEMORY.
 * Memory: 8 bytes a column, and 4 a column and thread.
 * Cost: the bytes of the rows, once, at the speed of the memory.  'parallel'
 * may be NULL.
 */
enum tk_status tk_survey_rows(struct tk_row_survey *a, struct tk_row_survey *b,
			      float *cosines,
			      const struct tk_parallel *parallel,
			      struct tk_error *err);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif /* LIBFORMAT_ROWS_H */
