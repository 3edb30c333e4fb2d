/* SPDX-License-Identifier: MIT */
/*
 * blas.h - OpenBLAS, if this was built with it
 */
#ifndef BENCH_BLAS_H
#define BENCH_BLAS_H

#include <stddef.h>

/* What it calls itself, or NULL: it is not there. */
const char *blas_name(void);

void blas_set_threads(size_t threads);

/* out[rows] = m[rows][cols] h[cols]; rows begin every 'stride' elements. */
void blas_multiply(float *out, const float *m, size_t rows, size_t cols,
		   size_t stride, const float *h);

#endif /* BENCH_BLAS_H */
