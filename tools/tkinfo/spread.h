/* SPDX-License-Identifier: MIT */
/*
 * spread.h - how numbers are spread: in order, by quantiles, in bins
 */
#ifndef TKINFO_SPREAD_H
#define TKINFO_SPREAD_H

#include <stddef.h>
#include <stdint.h>

#define N_BINS 10

struct spread {
	const float *x;	 /* borrowed */
	uint32_t *order; /* [n] the finite ones, rising; equal ones by index */
	size_t n;
};

/* Equal steps from 'from' to 'to'; what is far from the others is outside. */
struct bins {
	double from, to;
	uint64_t below, above;
	uint64_t counts[N_BINS]; /* the first alone, if from is to */
};

/* Of x[n]; ends the program if there is no memory.  Freed by spread_free(). */
void spread_make(struct spread *s, const float *x, size_t n);
void spread_free(struct spread *s);

/* The i-th of them. */
float spread_at(const struct spread *s, size_t i);

/*
 * The q-quantile, 0 ... 1, of n > 0 numbers: between two of them, in
 * proportion.
 */
double spread_quantile(const struct spread *s, double q);

/*
 * The bins of n > 0 numbers.  They reach from the least to the largest, but no
 * further from the middle 98 % than these are wide.
 */
struct bins spread_bins(const struct spread *s);

#endif /* TKINFO_SPREAD_H */
