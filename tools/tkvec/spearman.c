/* SPDX-License-Identifier: MIT */
/*
 * spearman.c - do two lists of numbers rise and fall together?
 */
#include "spearman.h"

#include <math.h>
#include <stdlib.h>

#include "cli.h"

struct ranked {
	double value;
	size_t at; /* in the list */
};

static int by_value(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* ranks[n] of x[n], counted from 1, less their mean; freed by the caller. */
static double *centred_ranks(const double *x, size_t n)
{
	struct ranked *sorted = malloc(n * sizeof(*sorted));
	double *ranks = malloc(n * sizeof(*ranks));

	if (!sorted || !ranks)
		cli_die("out of memory for %zu ranks", n);
	for (size_t i = 0; i < n; i++)
		sorted[i] = (struct ranked){x[i], i};
	qsort(sorted, n, sizeof(*sorted), by_value);
	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n; end++)
			if (sorted[end].value > sorted[i].value)
				break;
		/* Places i + 1 ... end, of which the middle; halves are
		   exact. */
		for (size_t j = i; j < end; j++)
			ranks[sorted[j].at] = ((double)(i + 1 + end) -
					       (double)(n + 1)) / 2;
	}
	free(sorted);
	return ranks;
}

double spearman(const double *x, const double *y, size_t n)
{
	double xx = 0, xy = 0, yy = 0;
	double *a, *b;

	if (n < 2)
		return (double)NAN;
	a = centred_ranks(x, n);
	b = centred_ranks(y, n);
	for (size_t i = 0; i < n; i++) {
		xx += a[i] * a[i];
		xy += a[i] * b[i];
		yy += b[i] * b[i];
	}
	free(a);
	free(b);
	/* Of a list with itself it is 1: sqrt(x * x) is x. */
	return xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : (double)NAN;
}
