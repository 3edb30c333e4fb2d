/* SPDX-License-Identifier: MIT */
/*
 * cloud.h - the rows of a matrix as a cloud of points, and its covariance
 *
 * Rows are shared out in chunks whose borders do not depend on the number of
 * threads, and what they contribute is added in the order of the chunks.
 */
#ifndef TOOLS_CLOUD_H
#define TOOLS_CLOUD_H

#include <stddef.h>
#include <stdint.h>

#include <libformat.h>

/* Vectors that are multiplied at a time. */
#define CLOUD_BATCH TK_BATCH

struct cloud {
	struct tk_matrix m;
	uint64_t n_rows; /* that are looked at */
	uint64_t n_used; /* that are finite */
	uint8_t *used;	 /* [n_rows] */
	size_t d;
	float *mean;	 /* [d] of the used ones */
	float *mean_rest; /* [d] what rounding left of it */
	float scale;	 /* a power of 2 that brings rows near 1 */
	double squares;	 /* sum of all squares of (row - mean) scale */
	size_t threads;
	size_t n_chunks;
	struct cloud_chunk *chunks;
};

/* Finds the rows that are finite, their mean and scale. */
void cloud_open(struct cloud *c, struct tk_matrix m, uint64_t n_rows,
		size_t threads);

/*
 * out[n][d] = C v for v[n][d], n at most CLOUD_BATCH: C is the covariance of
 * the rows as they are centred and scaled.  The first call finds 'squares'.
 */
void cloud_multiply(float *out, struct cloud *c, const float *v, size_t n);

void cloud_close(struct cloud *c);

/* malloc() of n items, at a multiple of 64; no memory ends the program. */
void *cloud_room(size_t n, size_t size);

#endif /* TOOLS_CLOUD_H */
