/* SPDX-License-Identifier: MIT */
/*
 * eigen.h - eigenvalues of a small symmetric matrix
 */
#ifndef TOOLS_EIGEN_H
#define TOOLS_EIGEN_H

#include <stddef.h>

/*
 * a[n][n], symmetric and finite, is used up.  values[n] are its eigenvalues,
 * largest first, and vectors[n][n] their eigenvectors, one a row, orthonormal.
 * Cost: some n^3; by Jacobi's rotations, so small values keep their digits.
 */
void eigen_symmetric(double *values, double *vectors, double *a, size_t n);

#endif /* TOOLS_EIGEN_H */
