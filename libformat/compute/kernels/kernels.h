/* SPDX-License-Identifier: MIT */
/*
 * kernels.h - the canonical dot product, one file an instruction set
 *
 * spec/compute.md 1 fixes every operation and its order, so all kernels give
 * the same bits.  The caller has set the rounding environment.
 */
#ifndef TK_KERNELS_H
#define TK_KERNELS_H

#include <stddef.h>

#define TK_LANES 32
#define TK_PANEL 512

/*
 * Adds one panel of n <= TK_PANEL columns to the lanes; the first panel
 * replaces them.  Plain C: the reference.
 */
void tk_dot_panel_scalar(float lanes[TK_LANES], int is_first, const float *w,
			 const float *h, size_t n);

/* Folds the lanes to one number. */
float tk_dot_fold(float lanes[TK_LANES]);

#endif /* TK_KERNELS_H */
