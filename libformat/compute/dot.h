/* SPDX-License-Identifier: MIT */
/*
 * dot.h - rows, summed with vectors
 */
#ifndef TK_DOT_H
#define TK_DOT_H

#include "compute/kernels/kernels.h"

/*
 * Runs the job on the kernel of this process, its vectors moved to where they
 * load fastest.  Sets the rounding environment; NaN is 0x7fc00000.
 */
void tk_run_dot(struct tk_dot_job *job);

#endif /* TK_DOT_H */
