/* SPDX-License-Identifier: MIT */
/*
 * spread.c - how numbers are spread: in order, by quantiles, in bins
 */
#include "spread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* ---- in order ---- */

#define DIGIT_BITS 11
#define N_DIGITS (1 << DIGIT_BITS)

/* Sorts by the digit at 'shift'; equal ones stay in order. */
static void sort_digit(uint64_t *out, const uint64_t *in, size_t n,
		       unsigned shift)
{
	static size_t starts[N_DIGITS];
	size_t at = 0;

	memset(starts, 0, sizeof(starts));
	for (size_t i = 0; i < n; i++)
		starts[in[i] >> shift & (N_DIGITS - 1)]++;
	for (size_t d = 0; d < N_DIGITS; d++) {
		const size_t here = starts[d];

		starts[d] = at;
		at += here;
	}
	for (size_t i = 0; i < n; i++)
		out[starts[in[i] >> shift & (N_DIGITS - 1)]++] = in[i];
}

/* Rises as x does; -0 is 0. */
static uint64_t key_of(float x, size_t i)
{
	const uint32_t sign = UINT32_C(1) << 31;
	uint32_t bits;

	x += 0.0F;
	memcpy(&bits, &x, sizeof(bits));
	bits = bits & sign ? ~bits : bits | sign;
	return (uint64_t)bits << 32 | (uint32_t)i;
}

void spread_make(struct spread *s, const float *x, size_t n)
{
	uint64_t *keys = malloc(n * sizeof(*keys) + 1);
	uint64_t *other = malloc(n * sizeof(*other) + 1);

	*s = (struct spread){x, malloc(n * sizeof(*s->order) + 1), 0};
	if (!keys || !other || !s->order)
		cli_die("out of memory for %zu numbers", n);
	for (size_t i = 0; i < n; i++)
		if (isfinite(x[i]))
			keys[s->n++] = key_of(x[i], i);
	sort_digit(other, keys, s->n, 32);
	sort_digit(keys, other, s->n, 32 + DIGIT_BITS);
	sort_digit(other, keys, s->n, 32 + 2 * DIGIT_BITS);
	for (size_t i = 0; i < s->n; i++)
		s->order[i] = (uint32_t)other[i];
	free(other);
	free(keys);
}

void spread_free(struct spread *s)
{
	free(s->order);
	s->order = NULL;
}

float spread_at(const struct spread *s, size_t i)
{
	return s->x[s->order[i]];
}

/* ---- quantiles and bins ---- */

double spread_quantile(const struct spread *s, double q)
{
	const double at = q * (double)(s->n - 1);
	const size_t i = (size_t)at;
	const size_t next = i + 1 < s->n ? i + 1 : i;
	const double low = (double)spread_at(s, i);
	const double high = (double)spread_at(s, next);

	return low + (high - low) * (at - (double)i);
}

static size_t bin_of(const struct bins *b, double x)
{
	const double step = (b->to - b->from) / N_BINS;
	size_t i = (size_t)((x - b->from) / step);

	if (i >= N_BINS)
		return N_BINS - 1;
	/* Where rounding has put it on the wrong side of an edge. */
	if (i && x < b->from + (double)i * step)
		i--;
	else if (i + 1 < N_BINS && x >= b->from + (double)(i + 1) * step)
		i++;
	return i;
}

struct bins spread_bins(const struct spread *s)
{
	const double low = spread_quantile(s, 0.01);
	const double high = spread_quantile(s, 0.99);
	struct bins b = {.from = (double)spread_at(s, 0),
			 .to = (double)spread_at(s, s->n - 1)};

	if (high > low) {
		b.from = fmax(b.from, low - (high - low));
		b.to = fmin(b.to, high + (high - low));
	}
	for (size_t i = 0; i < s->n; i++) {
		const double x = (double)spread_at(s, i);

		if (x < b.from)
			b.below++;
		else if (x > b.to)
			b.above++;
		else
			b.counts[b.to > b.from ? bin_of(&b, x) : 0]++;
	}
	return b;
}
