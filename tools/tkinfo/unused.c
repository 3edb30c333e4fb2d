/* SPDX-License-Identifier: MIT */
/*
 * unused.c - rows that are known to be unused, and their mean
 *
 * Tokens that say so, by kind or name; those that no UTF-8 text can become;
 * bytes for which text has a token.  Padding rows only where there is none of
 * these: they may have been added after training.
 */
#include "suspect.h"

#include <math.h>
#include <stdlib.h>

#include "cli.h"

static enum unused unused_of(const struct reach *r, uint64_t id)
{
	if (r->bits[id] & REACH_UNUSED)
		return UNUSED_NAMED;
	if (r->bits[id] & REACH_NEVER)
		return UNUSED_NEVER;
	if (r->bits[id] & REACH_COPY && r->bits[id] & REACH_BYTE)
		return UNUSED_BYTE;
	return UNUSED_NOT;
}

void unused_find(struct suspect *s, uint64_t rows)
{
	const uint64_t n = s->reach.n < rows ? s->reach.n : rows;
	uint64_t n_found = 0;

	s->unused = calloc((size_t)rows + 1, sizeof(*s->unused));
	if (!s->unused)
		cli_die("out of memory for the unused rows");
	for (uint64_t id = 0; id < n; id++) {
		const enum unused why = unused_of(&s->reach, id);

		s->unused[id] = (uint8_t)why;
		s->n_unused[why]++;
		n_found += why != UNUSED_NOT;
	}
	for (uint64_t id = n; id < rows && !n_found; id++) {
		s->unused[id] = UNUSED_PADDING;
		s->n_unused[UNUSED_PADDING]++;
	}
}

/* Adds a row to sum[d]; false if it is zero, or not finite. */
static bool add_row(double *sum, const float *x, uint64_t d)
{
	double square = 0;

	for (uint64_t i = 0; i < d; i++)
		square += (double)x[i] * (double)x[i];
	if (!(square > 0) || !isfinite(square))
		return false;
	for (uint64_t i = 0; i < d; i++)
		sum[i] += (double)x[i];
	return true;
}

uint64_t unused_mean(float *out, const struct suspect *s)
{
	const uint64_t d = s->other.cols;
	double *sum = calloc((size_t)d, sizeof(*sum));
	uint64_t n = 0;

	if (!sum)
		cli_die("out of memory for the unused rows");
	for (uint64_t row = 0; row < s->other.rows; row++) {
		if (!s->unused[row])
			continue;
		tk_row_to_f32(out, s->other, row);
		n += add_row(sum, out, d);
	}
	for (uint64_t i = 0; i < d; i++)
		out[i] = n ? (float)(sum[i] / (double)n) : 0;
	free(sum);
	return n;
}
