/* SPDX-License-Identifier: MIT */
/*
 * spearman.h - do two lists of numbers rise and fall together?
 */
#ifndef TKVEC_SPEARMAN_H
#define TKVEC_SPEARMAN_H

#include <stddef.h>

/*
 * Spearman's rank correlation of x[n] and y[n], which have no NaN: Pearson's
 * of the ranks, equal numbers having the mean of their ranks.  NaN if there
 * is none: of fewer than two numbers, or if all of a list are equal.
 */
double spearman(const double *x, const double *y, size_t n);

#endif /* TKVEC_SPEARMAN_H */
