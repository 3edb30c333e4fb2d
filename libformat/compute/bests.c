/* SPDX-License-Identifier: MIT */
/*
 * bests.c - the best tokens of several vectors, rows of W_U piece by piece
 */
#include <math.h>

#include "base/fpenv.h"
#include "compute/element.h"
#include "compute/selftest.h"
#include "compute/topk.h"

/* Rows whose keys are on the stack at a time, for TK_BATCH vectors. */
#define STRIP 256

static void offer(struct tk_bests *b, size_t i, const struct tk_rows *rows,
		  uint64_t at, const float *dots, size_t n)
{
	for (size_t j = 0; j < n; j++) {
		struct tk_candidate c = {(uint32_t)(rows->id + at + j),
					 dots[j]};

		if (rows->bias.data)
			c.key = c.key + tk_element(&rows->bias, c.id);
		/* False for NaN as well. */
		if (c.key < INFINITY)
			tk_offer(b->best + b->first[i], &b->n_best[i],
				 b->first[i + 1] - b->first[i], c);
		else if (c.id < b->bad[i])
			b->bad[i] = c.id;
	}
}

void tk_bests_add(struct tk_bests *b, const struct tk_rows *rows)
{
	float dots[TK_BATCH * STRIP];
	tk_fpenv env = tk_fpenv_set();

	for (uint64_t at = 0; at < rows->n; at += STRIP) {
		size_t n = rows->n - at < STRIP ? (size_t)(rows->n - at)
						: STRIP;

		for (size_t i = 0; i < b->n; i += TK_BATCH) {
			size_t m = b->n - i < TK_BATCH ? b->n - i : TK_BATCH;

			tk_dot_batch(dots, STRIP, rows->w_u, rows->first + at,
				     n, b->hs + i * b->d, m);
			for (size_t j = 0; j < m; j++)
				offer(b, i + j, rows, at, dots + j * STRIP, n);
		}
	}
	tk_fpenv_restore(env);
}

void tk_bests_join(struct tk_bests *b, const struct tk_bests *other)
{
	tk_fpenv env = tk_fpenv_set();

	for (size_t i = 0; i < b->n; i++) {
		for (size_t j = 0; j < other->n_best[i]; j++)
			tk_offer(b->best + b->first[i], &b->n_best[i],
				 b->first[i + 1] - b->first[i],
				 other->best[b->first[i] + j]);
		if (other->bad[i] < b->bad[i])
			b->bad[i] = other->bad[i];
	}
	tk_fpenv_restore(env);
}

void tk_bests_sort(struct tk_bests *b)
{
	tk_fpenv env = tk_fpenv_set();

	for (size_t i = 0; i < b->n; i++)
		tk_sort_candidates(b->best + b->first[i], b->n_best[i]);
	tk_fpenv_restore(env);
}
