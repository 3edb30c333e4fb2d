/* SPDX-License-Identifier: MIT */
/*
 * eigen.c - eigenvalues of a small symmetric matrix, by Jacobi's rotations
 */
#include "eigen.h"

#include <math.h>
#include <string.h>

/* More than ever needed: each sweep squares what is left. */
#define MAX_SWEEPS 30

/* Rows i and j of x[n][n]: a turn by the angle of cosine c and sine s. */
static void turn_rows(double *x, size_t n, size_t i, size_t j, double c,
		      double s)
{
	double *a = x + i * n, *b = x + j * n;

	for (size_t k = 0; k < n; k++) {
		double p = a[k], q = b[k];

		a[k] = c * p - s * q;
		b[k] = s * p + c * q;
	}
}

static void turn_columns(double *x, size_t n, size_t i, size_t j, double c,
			 double s)
{
	for (size_t k = 0; k < n; k++) {
		double *row = x + k * n;
		double p = row[i], q = row[j];

		row[i] = c * p - s * q;
		row[j] = s * p + c * q;
	}
}

/* The turn after which a[i][j] is 0; false if it is as good as that. */
static int find_turn(double *c, double *s, const double *a, size_t n, size_t i,
		     size_t j)
{
	double x = a[i * n + j];
	double p = a[i * n + i], q = a[j * n + j];
	double theta, t;

	if (fabs(x) <= 1e-16 * sqrt(fabs(p)) * sqrt(fabs(q)) ||
	    fabs(x) < 1e-290)
		return 0;
	theta = (q - p) / (2 * x);
	/* Squares of it overflow long after they matter. */
	t = fabs(theta) > 1e150 ? 0.5 / fabs(theta)
				: 1 / (fabs(theta) + sqrt(theta * theta + 1));
	if (theta < 0)
		t = -t;
	*c = 1 / sqrt(t * t + 1);
	*s = t * *c;
	return 1;
}

static size_t sweep(double *vectors, double *a, size_t n)
{
	size_t turns = 0;
	double c, s;

	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++) {
			if (!find_turn(&c, &s, a, n, i, j))
				continue;
			turn_rows(a, n, i, j, c, s);
			turn_columns(a, n, i, j, c, s);
			a[i * n + j] = a[j * n + i] = 0;
			turn_rows(vectors, n, i, j, c, s);
			turns++;
		}
	return turns;
}

static void swap_vectors(double *a, double *b, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		double x = a[k];

		a[k] = b[k];
		b[k] = x;
	}
}

void eigen_symmetric(double *values, double *vectors, double *a, size_t n)
{
	memset(vectors, 0, n * n * sizeof(*vectors));
	for (size_t i = 0; i < n; i++)
		vectors[i * n + i] = 1;
	for (int i = 0; i < MAX_SWEEPS && sweep(vectors, a, n); i++)
		;
	for (size_t i = 0; i < n; i++)
		values[i] = a[i * n + i];
	for (size_t i = 0; i < n; i++) {
		size_t best = i;
		double x = values[i];

		for (size_t j = i + 1; j < n; j++)
			if (values[j] > values[best])
				best = j;
		values[i] = values[best];
		values[best] = x;
		if (best != i)
			swap_vectors(vectors + i * n, vectors + best * n, n);
	}
}
