/* SPDX-License-Identifier: MIT */
/*
 * pca.h - principal components: the directions in which rows differ most
 */
#ifndef TOOLS_PCA_H
#define TOOLS_PCA_H

#include <stddef.h>
#include <stdint.h>

#include <libformat.h>

/* As many as can be asked for. */
#define PCA_MOST 32

struct pca {
	size_t n;	   /* components: fewer than asked for where rows do
			      not differ in as many directions */
	size_t d;	   /* columns */
	uint64_t n_rows;   /* rows that count: the finite ones */
	double total;	   /* variance along all d directions together */
	double *variance;  /* [n] along each, largest first: of n_rows rows,
			      not of n_rows - 1 */
	double *error;	   /* [n] how far C v is from variance v, divided by
			      variance, C being the covariance: near 0 */
	float *mean;	   /* [d] of the rows */
	float *components; /* [n][d] unit vectors, perpendicular to each other;
			      in each, the element farthest from 0 is > 0 */
};

/*
 * The p (at most PCA_MOST) leading principal components of the first n_rows
 * rows of 'm'.  Rows with a NaN or an infinity are left out.  To be freed with
 * pca_free(); no memory ends the program.
 *
 * The matrix is read in place, once for the mean and then once for each 8
 * dimensions of a block Krylov space (Golub and Underwood 1977; Musco and
 * Musco 2015) until all errors are small; of clouds without a
 * longest direction they remain what 'error' says.  The result is the same
 * bits on every machine and for any number of threads.
 * Memory: below 100 MiB for 2^17 columns, some MiB for 768.
 */
void pca_find(struct pca *out, struct tk_matrix m, uint64_t n_rows, size_t p,
	      size_t threads);

/*
 * out[n][p->n]: where rows first ... first + n - 1 of 'm' lie along the
 * components, seen from the mean; not finite for rows that are not.
 */
void pca_place(float *out, const struct pca *p, struct tk_matrix m,
	       uint64_t first, size_t n);

void pca_free(struct pca *p);

#endif /* TOOLS_PCA_H */
