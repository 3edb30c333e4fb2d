/* SPDX-License-Identifier: MIT */
/*
 * squares.h - rows: sums of squares, beside dot products
 */
#ifndef TK_SQUARES_H
#define TK_SQUARES_H

#include "compute/kernels/kernels.h"

/*
 * Runs the job on the kernel of this process, with h where vectors load
 * fastest.  The caller has set the rounding environment; a NaN may have any
 * payload.
 */
void tk_sum_rows(const struct tk_sum_job *job);

#endif /* TK_SQUARES_H */
